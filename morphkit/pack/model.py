"""The result: a folder of stimuli with everything known about them."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from morphkit._core.finding import Finding
from morphkit._core.plug_ins import missing_plug_ins
from morphkit._core.registry import look_up
from morphkit._core.text import counted
from morphkit.errors import InputError, install_others_command
from morphkit.pack.contents import check_frame
from morphkit.pack.maker import Maker, present_maker
from morphkit.pack.older import read_written_recipe
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import TABLES
from morphkit.recipe import Recipe, written_images_sha256, written_sha256

if TYPE_CHECKING:
    from pandas import DataFrame

    from morphkit.quality.groups import FindingGroup

MAX_NAME = 48

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: Words that programs may read as missing, as a number or as a Boolean.
_NOT_NAMES = {"na", "nan", "inf", "infinity", "null", "none", "true", "false", "t", "f"}


def check_name(name: str) -> str:
    """Return `name` if every front end accepts it as the name of a stimulus.

    Raises
    ------
    InputError
        If it is too long, contains characters other than letters, digits, "_" and "-",
        or could be read as a number or as missing.
    """
    if len(name) > MAX_NAME:
        raise InputError(
            f'the name "{name}" has {len(name)} characters',
            allowed=f"at most {MAX_NAME}",
            remedy="choose shorter names for identities and labels",
        )
    if not _NAME.fullmatch(name):
        raise InputError(
            f'"{name}" cannot be the name of a stimulus',
            allowed='a letter, then letters, digits, "_" and "-"',
        )
    if name.lower() in _NOT_NAMES:
        raise InputError(f'"{name}" can be read as a number or as a missing value')
    return name


def _is_about(where: str, continua: Collection[str]) -> bool:
    """Return whether a finding is on one of some continua, or on a part of one."""
    return any(
        where == name or where.startswith((f"{name} ", f"{name}_s", f"{name},"))
        for name in continua
    )


@dataclass(frozen=True, eq=False)
class Pack:
    """The content of a pack: tables, findings and what it was made from.

    Parameters
    ----------
    name, version : str
        From the recipe.
    recipe_toml : str
        The resolved recipe.
    recipe_sha256 : str
        Its hash.
    software : mapping of str to str
        Version of every library that affects the result.
    stimuli : tuple of Stimulus
        The images, in order.
    continua : tuple of ContinuumRow
    identities : tuple of IdentityRow
    findings : tuple of Finding
        Outcome of the checks.
    scores : mapping
        Continuum id -> measurements.
    norms : tuple of NormRow, optional
        Ratings of the images; empty if there are none.
    tables_as_read : mapping of str to str, optional
        Name of a table -> its text, if the pack was read from a folder. Cells copied
        into other data sets keep their text.
    made_by : Maker, optional
        The morphkit that made it; by default the running one.
    plug_ins : mapping of str to str, optional
        Version of every other distribution whose entries made it.
    unverified : tuple of str, optional
        Files that are not as ``SHA256SUMS`` says, in a pack that was read nevertheless.
    public : bool, optional
        Whether it is a public copy: without hashes and landmarks of photographs, and
        without the meshes that follow from them.
    left_out : int, optional
        Identities that it does not show although the set from which it was made does.
    photographs : tuple of DecodedPhoto, optional
        What the files of its photographs decoded to, sorted by hash; empty in public
        copies, and in packs from before it was recorded.
    """

    name: str
    version: str
    recipe_toml: str
    recipe_sha256: str
    software: Mapping[str, str]
    stimuli: tuple[Stimulus, ...]
    continua: tuple[ContinuumRow, ...]
    identities: tuple[IdentityRow, ...]
    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)
    norms: tuple[NormRow, ...] = ()
    tables_as_read: Mapping[str, str] = field(default_factory=dict)
    made_by: Maker = field(default_factory=present_maker)
    plug_ins: Mapping[str, str] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    public: bool = False
    left_out: int = 0
    photographs: tuple[DecodedPhoto, ...] = ()

    def __post_init__(self) -> None:
        names = [stimulus.stimulus_id for stimulus in self.stimuli]
        for name in names:
            check_name(name)
        if len(self.by_id) < len(names):
            ((twice, _),) = Counter(names).most_common(1)
            raise InputError(f'two stimuli are called "{twice}"')

    def __repr__(self) -> str:
        """Return one line; tables and recipe would fill pages."""
        parts = (
            counted(len(self.continua), "continuum", "continua"),
            counted(len(self.stimuli), "image"),
            counted(len(self.findings), "finding"),
        )
        return f"<Pack {self.name} {self.version}: {', '.join(parts)}>"

    @cached_property
    def groups(self) -> "tuple[FindingGroup, ...]":
        """Findings by kind: what asks for a decision first, the gravest first."""
        from morphkit.quality.groups import group_findings

        return group_findings(self.findings)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the pack was made from, parsed once.

        Raises
        ------
        OtherVersionError
            If this version cannot read it, and another wrote it.
        InputError
            If it was changed and cannot be read, it needs a plug-in that is not
            installed, or its frame is far larger than the images.
        """
        where = f"recipe.toml of {self.name}"
        try:
            recipe = read_written_recipe(self.recipe_toml, self.made_by, where=where)
        except InputError as error:
            missing = missing_plug_ins(self.plug_ins)
            if not missing:
                raise
            wanted = ", ".join(f"{n} {version}" for n, version in missing.items())
            raise InputError(
                f"the pack was made with {wanted}, which is not installed: {error}",
                remedy=f"if you trust it: {install_others_command(missing)}",
            ) from None
        size = recipe.frame_size()
        if size is not None:
            check_frame(size, self.stimuli, where=where)
        return recipe

    @property
    def usable(self) -> bool:
        """Whether no error was found that leaves its images without a use.

        Such errors are faces outside the images; others may not matter to a study.
        """
        from morphkit.quality.checks import spoilt

        return not spoilt(self.findings)

    @cached_property
    def recipe_changed(self) -> bool:
        """Whether the text of the recipe is not the one that the manifest records.

        Raises
        ------
        InputError
            If it is not TOML.
        """
        return written_sha256(self.recipe_toml) != self.recipe_sha256

    @cached_property
    def images_sha256(self) -> str:
        """Hash of what the recipe says of the images alone: not consent, not names."""
        return written_images_sha256(self.recipe_toml)

    @cached_property
    def by_id(self) -> Mapping[str, Stimulus]:
        """The images by their id, in order."""
        return {stimulus.stimulus_id: stimulus for stimulus in self.stimuli}

    @cached_property
    def _by_continuum(self) -> Mapping[str, tuple[Stimulus, ...]]:
        """The images of every continuum, in order."""
        found: dict[str, list[Stimulus]] = {}
        for stimulus in self.stimuli:
            found.setdefault(stimulus.continuum_id, []).append(stimulus)
        return {name: tuple(stimuli) for name, stimuli in found.items()}

    def level_of(self, stimulus_id: str) -> float:
        """Return the level of an image, which must be known.

        Raises
        ------
        InputError
            If its cell in the table of the pack is empty.
        """
        try:
            return self.by_id[stimulus_id].known_level
        except InputError as error:
            raise error.at(f"pack {self.name}") from None

    def frame(self, table: str = "stimuli") -> "DataFrame":
        """Return a table of the pack as a data frame.

        Parameters
        ----------
        table : {"stimuli", "continua", "identities", "norms"}, optional

        Returns
        -------
        pandas.DataFrame
            One row for each image, continuum, identity or rating, with the columns
            described in ``docs/pack.md``; unknown numbers are NaN.

        Raises
        ------
        InputError
            If there is no such table.
        """
        from pandas import DataFrame

        kind = look_up(TABLES, table, kind="table")
        columns = kind.columns
        rows = [
            [getattr(row, column.name) for column in columns]
            for row in getattr(self, table)
        ]
        frame = DataFrame(rows, columns=[column.name for column in columns])
        numbers = [c.name for c in columns if c.type == "number"]
        return frame.astype(dict.fromkeys(numbers, float))

    def stimuli_of(self, continuum_id: str) -> tuple[Stimulus, ...]:
        """Return the images of one continuum, by step."""
        return self._by_continuum.get(continuum_id, ())

    def without(self, identities: Collection[str]) -> "Pack":
        """Return the pack without some identities: images, continua, rows, ratings."""
        stimuli = tuple(s for s in self.stimuli if s.identity_id not in identities)
        continua = tuple(c for c in self.continua if c.identity_id not in identities)
        gone = {c.continuum_id for c in self.continua} - {
            c.continuum_id for c in continua
        }
        kept = {s.stimulus_id for s in stimuli}
        return replace(
            self,
            stimuli=stimuli,
            continua=continua,
            identities=tuple(
                row for row in self.identities if row.identity_id not in identities
            ),
            findings=tuple(f for f in self.findings if not _is_about(f.where, gone)),
            scores={n: scores for n, scores in self.scores.items() if n not in gone},
            norms=tuple(row for row in self.norms if row.stimulus_id in kept),
            left_out=self.left_out + len(set(identities)),
            photographs=(),  # a part of a pack is not made again from them
        )
