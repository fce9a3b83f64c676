"""The tables that occur once in a recipe: one class for each."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from morphkit._core.entry_names import NamesOf
from morphkit.errors import InputError
from morphkit.geometry.choices import FRAMES, OUTLINE, REFINEMENT, SHARE
from morphkit.morph.choices import DIFFERENCES
from morphkit.pixels.choices import DETAILS, SAMPLINGS
from morphkit.quality.known_limits import known_limits
from morphkit.quality.limits import Limit, with_limits
from morphkit.quality.measures import DEFAULT_MEASURES, measure_names
from morphkit.recipe.values import (
    COLOUR_PATTERN,
    MAX_SIDE,
    VERSION_PATTERN,
    Choice,
    Flag,
    Id,
    Licence,
    Number,
    OneOf,
    Part,
    RelativePath,
    Sides,
    relative,
    sides,
    text_or_list,
    whole_number,
)

if TYPE_CHECKING:
    from morphkit.morph.normalise import Matching

#: Stands for the template that landmark files say, or have by their number of points.
AUTO = "auto"
#: On what the right to use an identity's photographs rests; tables of packs have no
#: other word for it.
ConsentBasis = Literal[
    "guardian-explicit",
    "participant-explicit",
    "dataset-licence",
    "synthetic",
    "unknown",
]
Sex = Literal["female", "male", "unknown"]


class PackPart(Part):
    """Name and licence of the result."""

    name: Id
    version: Annotated[str, Field(pattern=VERSION_PATTERN)] = "1.0.0"
    title: str = ""
    description: str = ""
    licence: Licence = "LicenseRef-unstated"
    creators: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    #: Recipe hash of the pack that this one was respaced from.
    parent: str = ""
    #: Table of ratings of the images.
    norms: Annotated[str, AfterValidator(relative)] = ""


class SourcesPart(Part):
    """The folders and names of photographs and landmarks."""

    images: RelativePath = "source_faces"
    landmarks: RelativePath = "landmarks"
    template: str = AUTO
    detector: str = "mesh"
    pattern: str = "{identity}_{label}.png"

    @model_validator(mode="after")
    def _check_pattern(self) -> "SourcesPart":
        fields = re.findall(r"{identity}|{label}|[{}]", self.pattern)
        if "{label}" not in fields or {"{", "}"} & {*fields}:
            raise ValueError(
                f"pattern '{self.pattern}' must hold {{label}}, may hold "
                "{identity}, and nothing else in braces"
            )
        relative(self.pattern)
        return self


class Identity(Part):
    """One person, with consent and description."""

    age_months: Annotated[Number, Field(ge=0, le=1500)] | None = None
    sex: Sex = "unknown"
    description: str = ""
    licence: Licence | None = None
    consent_basis: ConsentBasis = "unknown"
    may_morph: Flag = False
    may_show_online: Flag = False
    may_redistribute: Flag = False
    approval: str = ""
    #: Files that do not follow the pattern: label -> file in the folder of images.
    files: dict[Id, RelativePath] = Field(default_factory=dict)
    #: Which face of a photograph with several: label -> number, or "largest".
    faces: dict[Id, Choice] = Field(default_factory=dict)


class AlignPart(Part):
    """The common frame."""

    method: Annotated[str, OneOf(NamesOf("alignments"), "none")] = "procrustes"
    width: Annotated[int, Field(ge=16, le=MAX_SIDE, strict=True)] | None = 512
    height: Annotated[int, Field(ge=16, le=MAX_SIDE, strict=True)] | None = 512
    #: What the frame is found from.
    frame: Annotated[str, OneOf(FRAMES)] = "photos"
    #: Of the height of such a frame that the mean face takes, from hairline to chin.
    share: Annotated[Number, Field(ge=0.2, le=0.9)] | None = None

    @model_validator(mode="after")
    def _check_share(self) -> "AlignPart":
        if self.frame != "faces":
            if self.share is not None:
                raise InputError(
                    f'share is {self.share:g}, but frame is "{self.frame}"',
                    where="align",
                    remedy='set frame = "faces", or leave share out',
                )
        elif self.method == "none":
            raise InputError(
                'frame is "faces", but method is "none"',
                where="align",
                allowed="without alignment photographs keep their own frame",
                remedy="choose a method, or leave frame out",
            )
        elif self.share is None:
            object.__setattr__(self, "share", SHARE)
        return self


class MorphPart(Part):
    """How frames are morphed."""

    warp: Annotated[str, OneOf(NamesOf("warps"))] = "tps"
    refine: Annotated[str, OneOf(NamesOf("refinements"), "none")] = REFINEMENT
    outline: Annotated[str, OneOf(OUTLINE, NamesOf("outlines"), "none")] = OUTLINE
    blend: Annotated[str, OneOf(NamesOf("blends"))] = "linear"
    detail: Annotated[str, OneOf(DETAILS)] = "level"
    sampling: Annotated[str, OneOf(SAMPLINGS)] = "bicubic"
    difference: Annotated[str, OneOf(DIFFERENCES)] = "ratio"
    spacing: Annotated[int, Field(ge=2, le=64, strict=True)] = 8
    mask: Annotated[str, OneOf("none", NamesOf("masks"))] = "none"


class FramePart(Part):
    """The visible part of a frame, and what surrounds it."""

    background: Annotated[str, Field(pattern=COLOUR_PATTERN)] = "#808080"
    feather: Annotated[Number, Field(ge=0, le=0.25)] = 0.04
    grey: Flag = False
    crop: Annotated[
        Annotated[str, OneOf("none", "mask"), Tag("[text]")]
        | Annotated[Sides, BeforeValidator(sides), Tag("[sides]")],
        Discriminator(text_or_list),
    ] = "none"
    pad: Annotated[Sides, BeforeValidator(sides)] = (0, 0, 0, 0)
    bit_depth: Annotated[Literal[8, 16], BeforeValidator(whole_number)] = 8


def _matching_of(name: str) -> "Matching | None":
    """Return the matching of a name; None for "none", and for one that is not known."""
    if name == "none":
        return None
    from morphkit.morph.normalise import MATCHINGS  # not loaded for recipes without

    return MATCHINGS.get(name)


class MatchPart(Part):
    """Low-level properties that are matched over the set."""

    method: Annotated[str, OneOf("none", NamesOf("matchings"))] = "none"
    over: Annotated[str, OneOf("sources", "frames")] | None = None
    within: Annotated[str, OneOf("set", "identity")] = "set"
    rescale: Annotated[Literal[0, 1, 2], BeforeValidator(whole_number)] = 1

    @property
    def matching(self) -> "Matching | None":
        """What is matched, and how; None for "none"."""
        return _matching_of(self.method)

    @model_validator(mode="before")
    @classmethod
    def _choose(cls, data: Any) -> Any:
        """Fill in the default of `over`, which depends on the method."""
        if isinstance(data, dict) and data.get("over") is None:
            method = _matching_of(str(data.get("method")))
            return data | {"over": method.over[0]} if method else data
        return data

    @model_validator(mode="after")
    def _check(self) -> "MatchPart":
        method = self.matching
        if method and self.over not in method.over:
            raise InputError(
                f"{self.method} cannot be matched over {self.over}",
                allowed=f"over: {', '.join(method.over)}",
            )
        return self


class LimitPart(Part):
    """Limits from which a measurement is reported; see `LIMITS`."""

    note: Number | None = None
    warning: Number | None = None
    error: Number | None = None


class ChecksPart(Part):
    """What is measured on the result, and the limits of its checks."""

    measures: Annotated[
        tuple[Annotated[str, OneOf(measure_names)], ...], Field(min_length=1)
    ] = DEFAULT_MEASURES
    limits: dict[str, LimitPart] = Field(default_factory=dict, validate_default=True)

    @model_validator(mode="after")
    def _check(self) -> "ChecksPart":
        if len(set(self.measures)) < len(self.measures):
            raise InputError("measures lists one twice")
        limits = with_limits(self._own(), known_limits())
        filled = {name: LimitPart(**each.to_dict()) for name, each in limits.items()}
        object.__setattr__(self, "limits", filled)
        return self

    def _own(self) -> dict[str, dict[str, float]]:
        return {
            name: part.model_dump(exclude_none=True)
            for name, part in self.limits.items()
        }

    def table(self) -> dict[str, Limit]:
        """Return all limits as the checks take them."""
        return with_limits(self._own(), known_limits())


class CalibrationPart(Part):
    """The scale on which the levels are equal, and its uncertainty."""

    scale: str
    kind: Literal["human", "metric"]
    trials: Annotated[int, Field(ge=1, strict=True)] | None = None
    participants: Annotated[int, Field(ge=1, strict=True)] | None = None
    sigma: Number | None = None
    #: Largest half-width of the simultaneous 95 % band of the scale.
    uncertainty: Number | None = None
    margin: Number | None = None
    #: Largest departure from equal steps before, and predicted after, respacing.
    departure: Number
    predicted: Number

    @model_validator(mode="before")
    @classmethod
    def _read_former_key(cls, data: Any) -> Any:
        """Accept the key that participants had up to version 0.1."""
        if isinstance(data, dict) and "raters" in data and "participants" not in data:
            return {"participants" if k == "raters" else k: v for k, v in data.items()}
        return data
