"""The rows of a pack's tables, as typed values; their fields are the columns.

Each field states the meaning of its column and the values allowed in it: a `Literal`
lists them. The descriptions for Data Package and Psych-DS, and the reader and writer of
tables, are derived from them.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from morphkit.errors import InputError
from morphkit.faces.landmarks import PLACED_BY
from morphkit.recipe import ID_PATTERN, ConsentBasis, Sex


@dataclass(frozen=True)
class Meaning:
    """The meaning of a column, and its Table Schema constraints."""

    text: str
    constraints: dict[str, Any] = field(default_factory=dict)


_MUST = {"required": True}
_ID = _MUST | {"pattern": ID_PATTERN}
_KEY = _ID | {"unique": True}
_FILE_NAME = {"required": True, "unique": True, "maxLength": 48}
_UNIQUE = {"required": True, "unique": True}
_SHA256 = {"pattern": "^[0-9a-f]{64}$"}
#: Entries of tables, also of those that only plug-ins have.
_ENTRY = {"pattern": r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"}
#: ``detector mesh, face 2``; empty where no single photograph is at the end.
PLACED_PATTERN = rf"^({'|'.join(PLACED_BY)})([ ,].*)?$"
_PLACED = {"pattern": PLACED_PATTERN}

StimulusKind = Literal["endpoint", "morph", "caricature"]


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An identity that is shown. None or empty means unknown."""

    identity_id: Annotated[str, Meaning("Identity, without any name of a person", _KEY)]
    age_months: Annotated[float | None, Meaning("Age in months")]
    sex: Annotated[Sex, Meaning("female, male or unknown")]
    description: Annotated[str, Meaning("What the recipe says of the identity")]
    licence: Annotated[str, Meaning("SPDX identifier or LicenseRef")]
    consent_basis: Annotated[
        ConsentBasis, Meaning("On what the right to use rests", _MUST)
    ]
    may_morph: Annotated[bool | None, Meaning("May be morphed", _MUST)]
    may_show_online: Annotated[
        bool | None, Meaning("May be shown in web studies", _MUST)
    ]
    may_redistribute: Annotated[bool | None, Meaning("May be passed on", _MUST)]
    approval: Annotated[str, Meaning("Reference of the approval")]


@dataclass(frozen=True, slots=True)
class End:
    """A photograph at an end of a continuum, and who placed its landmarks."""

    label: str
    sha256: str
    placed_by: str


@dataclass(frozen=True, slots=True)
class ContinuumRow:
    """A continuum. None or empty means unknown."""

    continuum_id: Annotated[str, Meaning("Continuum", _KEY)]
    identity_id: Annotated[str, Meaning("Identity shown", _ID)]
    from_label: Annotated[str, Meaning("Label at level 0", _ID)]
    to_label: Annotated[str, Meaning("Label at level 1", _ID)]
    n_steps: Annotated[int, Meaning("Number of images", {"minimum": 2})]
    from_sha256: Annotated[str, Meaning("Hash of the photograph at level 0", _SHA256)]
    to_sha256: Annotated[str, Meaning("Hash of the photograph at level 1", _SHA256)]
    from_placed_by: Annotated[
        str, Meaning("Who placed the landmarks at level 0", _PLACED)
    ]
    to_placed_by: Annotated[
        str, Meaning("Who placed the landmarks at level 1", _PLACED)
    ]
    align: Annotated[str, Meaning("Alignment", _ENTRY)]
    warp: Annotated[str, Meaning("Warp", _ENTRY)]
    blend: Annotated[str, Meaning("Blend", _ENTRY)]
    spacing: Annotated[str, Meaning("How the levels were chosen")]
    step_cv: Annotated[
        float | None,
        Meaning("Coefficient of variation of the difference between neighbours"),
    ]
    luminance_drift: Annotated[
        float | None,
        Meaning(
            "Largest departure of the face's luminance from the line between the "
            "ends, as a fraction"
        ),
    ]
    detail_least: Annotated[
        float | None, Meaning("Least detail relative to the line between the ends")
    ]
    via_label: Annotated[str, Meaning("Label at level 0.5; empty for none")]

    @property
    def ends(self) -> tuple[End, End]:
        """The photographs at level 0 and at level 1."""
        return (
            End(self.from_label, self.from_sha256, self.from_placed_by),
            End(self.to_label, self.to_sha256, self.to_placed_by),
        )


@dataclass(frozen=True, slots=True)
class Stimulus:
    """An image of a pack. None or empty means unknown."""

    stimulus_id: Annotated[str, Meaning("Stimulus: name of the image file", _FILE_NAME)]
    file: Annotated[str, Meaning("Path in the pack", _UNIQUE)]
    continuum_id: Annotated[str, Meaning("Continuum", _ID)]
    identity_id: Annotated[str, Meaning("Identity shown", _ID)]
    from_label: Annotated[str, Meaning("Label at level 0", _ID)]
    to_label: Annotated[str, Meaning("Label at level 1", _ID)]
    step: Annotated[int, Meaning("Number of the image, from 1", {"minimum": 1})]
    n_steps: Annotated[int, Meaning("Number of images", {"minimum": 2})]
    level: Annotated[float | None, Meaning("0 is the first label, 1 the second", _MUST)]
    perceptual_position: Annotated[
        float | None,
        Meaning("Place on a fitted perceptual scale; empty where none was fitted"),
    ]
    width: Annotated[int, Meaning("Pixels", {"minimum": 1})]
    height: Annotated[int, Meaning("Pixels", {"minimum": 1})]
    bytes: Annotated[int, Meaning("Size of the file", {"minimum": 1})]
    sha256: Annotated[str, Meaning("Hash of the file", _SHA256)]
    pixel_sha256: Annotated[str, Meaning("Hash of the decoded pixels", _SHA256)]
    kind: Annotated[StimulusKind, Meaning("endpoint, morph or caricature")]
    ambiguous: Annotated[bool | None, Meaning("Exactly half way between the labels")]

    @property
    def known_level(self) -> float:
        """The level, which must be known.

        Raises
        ------
        InputError
            If its cell in the table of the pack is empty.
        """
        if self.level is None:
            raise InputError(
                f'the level of the image "{self.stimulus_id}" is unknown: its cell in '
                "the table of stimuli is empty",
                remedy="obtain the pack again from its source, or rebuild it",
            )
        return self.level


@dataclass(frozen=True, slots=True)
class NormRow:
    """Ratings of one image by one group. None or empty means unknown."""

    stimulus_id: Annotated[str, Meaning("Stimulus that was rated", _MUST)]
    measure: Annotated[str, Meaning("What was rated", _MUST)]
    mean: Annotated[float | None, Meaning("Mean over raters", _MUST)]
    sd: Annotated[
        float | None, Meaning("Standard deviation between raters", {"minimum": 0})
    ]
    n: Annotated[int | None, Meaning("Raters", {"minimum": 1})]
    rater_group: Annotated[str, Meaning("Who rated")]
    instrument: Annotated[str, Meaning("With which scale")]
    source_doi: Annotated[str, Meaning("Where the ratings are published")]


Row = IdentityRow | ContinuumRow | Stimulus | NormRow
