"""The recipe: what to make, checked whole before any work begins.

A recipe is a TOML file. Unknown keys, wrong values and contradictions are all reported
at once, each with its key.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from morphkit.align import ALIGNMENTS
from morphkit.blend import BLENDS
from morphkit.errors import InputError, raise_all
from morphkit.limits import Limit, with_limits
from morphkit.masks import MASKS
from morphkit.matching import MATCHINGS
from morphkit.pixels import DETAILS, SAMPLINGS
from morphkit.refine import REFINEMENTS
from morphkit.registry import did_you_mean
from morphkit.spacing import DEFAULT_MEASURES, measure_names
from morphkit.trajectory import Trajectory
from morphkit.verbs import REGIONS
from morphkit.warp import WARPS

#: What names of packs, identities and labels look like.
ID_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
VERSION_PATTERN = r"^[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$"
#: A colour, or the mean luminance of the faces of the set.
COLOUR_PATTERN = r"^(mean|#[0-9a-fA-F]{6})$"
MAX_SIDE = 8192
MAX_STEPS = 999


def _relative(path: str) -> str:
    """Return a relative POSIX path or raise ValueError."""
    pure = PurePosixPath(path)
    if "\\" in path or pure.is_absolute() or re.match(r"^[A-Za-z]:", path):
        raise ValueError(f"'{path}' is not a relative path with forward slashes")
    if ".." in pure.parts:
        raise ValueError(f"'{path}' leaves the folder of the recipe ('..')")
    return path


def _whole(value: object) -> object:
    """Return the value, or raise ValueError if it is a truth value or has a point."""
    if isinstance(value, bool | float):
        raise ValueError("should be a whole number")
    return value


def _one_of(*names: str) -> tuple[AfterValidator, WithJsonSchema]:
    """Return a check that a value is one of `names`, and how a schema says so."""

    def check(name: str) -> str:
        if name in names:
            return name
        hint = did_you_mean(name, names)
        known = ", ".join(names)
        raise ValueError(f"'{name}' is not known; known: {known}; {hint}".rstrip("; "))

    return AfterValidator(check), WithJsonSchema({"type": "string", "enum": [*names]})


Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=24)]
#: Nothing is guessed: "yes" is no truth value, and "15" is no number.
Flag = Annotated[bool, Strict()]
Number = Annotated[float, Strict()]
RelativePath = Annotated[str, AfterValidator(_relative)]
Licence = Annotated[
    str, Field(pattern=r"^(LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9][A-Za-z0-9.+-]*)$")
]


class _Part(BaseModel):
    """A part of a recipe: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PackPart(_Part):
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
    norms: Annotated[str, AfterValidator(_relative)] = ""


class SourcesPart(_Part):
    """Where photographs and landmarks are."""

    images: RelativePath = "source_faces"
    landmarks: RelativePath = "landmarks"
    template: str = "ibug_68"
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
        _relative(self.pattern)
        return self


class Identity(_Part):
    """One person: consent and description live with the identity."""

    age_months: Annotated[Number, Field(ge=0, le=1500)] | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    description: str = ""
    licence: Licence | None = None
    consent_basis: Literal[
        "guardian-explicit",
        "participant-explicit",
        "dataset-licence",
        "synthetic",
        "unknown",
    ] = "unknown"
    may_morph: Flag = False
    may_show_online: Flag = False
    may_redistribute: Flag = False
    approval: str = ""
    #: Files that do not follow the pattern: label -> file in the folder of images.
    files: dict[Id, RelativePath] = Field(default_factory=dict)


class AlignPart(_Part):
    """The common frame."""

    method: Annotated[str, *_one_of(*ALIGNMENTS, "none")] = "procrustes"
    width: Annotated[int, Field(ge=16, le=MAX_SIDE, strict=True)] | None = 512
    height: Annotated[int, Field(ge=16, le=MAX_SIDE, strict=True)] | None = 512


class MorphPart(_Part):
    """How frames are made."""

    warp: Annotated[str, *_one_of(*WARPS)] = "tps"
    refine: Annotated[str, *_one_of(*REFINEMENTS, "none")] = "flow"
    blend: Annotated[str, *_one_of(*BLENDS)] = "linear"
    detail: Annotated[str, *_one_of(*DETAILS)] = "level"
    sampling: Annotated[str, *_one_of(*SAMPLINGS)] = "bicubic"
    spacing: Annotated[int, Field(ge=2, le=64, strict=True)] = 8
    mask: Annotated[str, *_one_of("none", *MASKS)] = "none"

    def rendering(self) -> dict[str, str]:
        """Return what `morphkit.render.Rendering` is made of."""
        return {name: getattr(self, name) for name in ("sampling", "blend", "detail")}


def _sides(value: object) -> object:
    """Return a number of pixels as the same number for all four sides."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * 4
    return value


def _text_or_list(value: object) -> str:
    """Return which kind of value says what is cut off."""
    return "[text]" if isinstance(value, str) else "[sides]"


Pixels = Annotated[int, Field(ge=0, le=MAX_SIDE, strict=True)]
Sides = tuple[Pixels, Pixels, Pixels, Pixels]


class FramePart(_Part):
    """What is shown of a frame, and what lies around it."""

    background: Annotated[str, Field(pattern=COLOUR_PATTERN)] = "#808080"
    feather: Annotated[Number, Field(ge=0, le=0.25)] = 0.04
    grey: Flag = False
    crop: Annotated[
        Annotated[str, *_one_of("none", "mask"), Tag("[text]")]
        | Annotated[Sides, BeforeValidator(_sides), Tag("[sides]")],
        Discriminator(_text_or_list),
    ] = "none"
    pad: Annotated[Sides, BeforeValidator(_sides)] = (0, 0, 0, 0)


class MatchPart(_Part):
    """Low-level properties made alike over the set."""

    method: Annotated[str, *_one_of("none", *MATCHINGS)] = "none"
    over: Annotated[str, *_one_of("sources", "frames")] | None = None
    within: Annotated[str, *_one_of("set", "identity")] = "set"
    rescale: Annotated[Literal[0, 1, 2], BeforeValidator(_whole)] = 1

    @model_validator(mode="before")
    @classmethod
    def _choose(cls, data: Any) -> Any:
        """Write out what the method looks at where the recipe does not say."""
        if isinstance(data, dict) and data.get("over") is None:
            method = MATCHINGS.get(str(data.get("method")))
            return data | {"over": method.over[0]} if method else data
        return data

    @model_validator(mode="after")
    def _check(self) -> "MatchPart":
        method = MATCHINGS.get(self.method)
        if method and self.over not in method.over:
            raise InputError(
                f"{self.method} cannot look at {self.over}",
                allowed=f"over: {', '.join(method.over)}",
            )
        return self


class LimitPart(_Part):
    """From which value on a measurement is told; see `morphkit.limits.LIMITS`."""

    note: Number | None = None
    warning: Number | None = None
    error: Number | None = None


class ChecksPart(_Part):
    """What is measured on the result, and from which value on it is told."""

    measures: Annotated[
        tuple[Annotated[str, *_one_of(*measure_names())], ...], Field(min_length=1)
    ] = DEFAULT_MEASURES
    limits: dict[str, LimitPart] = Field(default_factory=dict, validate_default=True)

    @model_validator(mode="after")
    def _check(self) -> "ChecksPart":
        if len(set(self.measures)) < len(self.measures):
            raise InputError("measures name one twice")
        limits = with_limits(self._own())
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
        return with_limits(self._own())


def _all_or_list(value: object) -> str:
    """Return which kind of value names the identities of a continuum."""
    return "[all]" if isinstance(value, str) else "[list]"


def _number_or_list(value: object) -> str:
    """Return which kind of value gives the levels of shape or colour."""
    return "[number]" if isinstance(value, int | float) else "[list]"


Identities = Annotated[
    Annotated[Literal["*"], Tag("[all]")] | Annotated[tuple[Id, ...], Tag("[list]")],
    Discriminator(_all_or_list),
]
OwnLevels = Annotated[
    Annotated[Number, Tag("[number]")]
    | Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS), Tag("[list]")],
    Discriminator(_number_or_list),
]
Steps = Annotated[int, Field(ge=2, le=MAX_STEPS, strict=True)]
#: Fractions of a difference; the pixel specification takes no larger ones.
Fraction = Annotated[Number, Field(ge=-1.5, le=1.5)]


class PrototypePart(_Part):
    """The mean of the photographs of several identities, a face of its own."""

    identity: Id
    label: Id
    of: Identities = "*"
    base: Id | None = None


class TransformPart(_Part):
    """Faces plus a fraction of the difference between two faces of another."""

    identities: Identities = "*"
    label: Id
    base: Id
    by: Id
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    shape: Fraction = 1.0
    colour: Fraction = 1.0
    texture: Fraction = 1.0
    region: Annotated[str, *_one_of(*REGIONS)] = "face"


class SymmetrisedPart(_Part):
    """Faces half way to their mirror images."""

    identities: Identities = "*"
    label: Id
    base: Id
    shape: Fraction = 1.0
    colour: Fraction = 1.0
    texture: Fraction = 1.0


class ContinuumPart(_Part):
    """A continuum, or the same for several identities."""

    identities: Identities = "*"
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    via: Id | None = None
    steps: Steps | None = None
    levels: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None
    #: Places of the levels on the scale of the calibration.
    positions: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None
    shape_levels: OwnLevels | None = None
    colour_levels: OwnLevels | None = None

    @model_validator(mode="after")
    def _check(self) -> "ContinuumPart":
        faults = []
        if self.via in (self.from_, self.to):
            faults.append(InputError(f"via is '{self.via}', which is an end"))
        if not self.identities:
            faults.append(InputError("identities is an empty list"))
        if self.from_ == self.to:
            faults.append(InputError(f"from and to are both '{self.to}'"))
        if (self.steps is None) == (self.levels is None):
            faults.append(InputError("give either steps or levels"))
        else:
            try:
                self.trajectory()
            except InputError as error:
                faults.append(error)
        if self.positions is not None:
            n_levels = len(self.levels or ())
            if len(self.positions) != n_levels:
                faults.append(
                    InputError(f"{len(self.positions)} positions, {n_levels} levels")
                )
            if any(a >= b for a, b in pairwise(self.positions)):
                faults.append(InputError("the positions do not grow"))
        raise_all(faults)
        return self

    def trajectory(self) -> Trajectory:
        """Return the levels as a plan."""
        via = self.via is not None
        if self.levels is not None:
            plan = Trajectory.through(self.levels, via=via)
        else:
            plan = Trajectory.equal_steps(self.steps or 0, via=via)
        return plan.apart(self.shape_levels, self.colour_levels)


class GridPart(_Part):
    """Continua of faces between two identities: identity by expression."""

    identities: tuple[Id, Id]
    identity_steps: Steps | None = None
    identity_levels: (
        Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None
    ) = None
    from_: Annotated[Id, Field(alias="from")]
    to: Id
    via: Id | None = None
    steps: Steps | None = None
    levels: Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "GridPart":
        faults = []
        if self.identities[0] == self.identities[1]:
            faults.append(InputError(f"both identities are '{self.identities[0]}'"))
        if (self.identity_steps is None) == (self.identity_levels is None):
            faults.append(InputError("give either identity_steps or identity_levels"))
        else:
            try:
                self.rows()
            except InputError as error:
                faults.append(error)
        raise_all(faults)
        self.continuum(self.identities[0])  # what is wrong with a row is wrong here
        return self

    def rows(self) -> dict[str, float]:
        """Return the identities of the grid by name, with their levels."""
        if self.identity_levels is not None:
            plan = Trajectory.through(self.identity_levels)
        else:
            plan = Trajectory.equal_steps(self.identity_steps or 0)
        stem = "_".join(self.identities)
        digits = len(str(plan.n_steps))
        return {
            f"{stem}_i{k:0{max(digits, 2)}d}": level
            for k, level in enumerate(plan.levels.tolist(), start=1)
        }

    def continuum(self, identity: str) -> ContinuumPart:
        """Return the continuum of one row."""
        return ContinuumPart.model_validate(
            {
                "identities": [identity],
                "from": self.from_,
                "to": self.to,
                "via": self.via,
                "steps": self.steps,
                "levels": self.levels,
            }
        )


class CalibrationPart(_Part):
    """The scale on which the levels are equal, and how certain it is."""

    scale: str
    kind: Literal["human", "metric"]
    trials: Annotated[int, Field(ge=1, strict=True)] | None = None
    raters: Annotated[int, Field(ge=1, strict=True)] | None = None
    sigma: Number | None = None
    #: Largest half-width of the simultaneous 95 % band of the scale.
    uncertainty: Number | None = None
    margin: Number | None = None
    #: Largest departure from equal steps before, and as predicted after.
    departure: Number
    predicted: Number


class Recipe(_Part):
    """A whole recipe; see the page on recipes for every key."""

    schema_: Annotated[Literal[1], Field(alias="schema"), BeforeValidator(_whole)]
    pack: PackPart
    sources: SourcesPart = SourcesPart()
    identities: dict[Id, Identity]
    align: AlignPart = AlignPart()
    morph: MorphPart = MorphPart()
    frame: FramePart = FramePart()
    match: MatchPart = MatchPart()
    calibration: CalibrationPart | None = None
    checks: ChecksPart = ChecksPart()
    prototypes: tuple[PrototypePart, ...] = ()
    transforms: tuple[TransformPart, ...] = ()
    symmetrised: tuple[SymmetrisedPart, ...] = ()
    grids: tuple[GridPart, ...] = ()
    continua: tuple[ContinuumPart, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        faults = []
        if not self.identities:
            faults.append("there is no identity; add an [identities.name]")
        if not self.continua and not self.grids:
            faults.append("there is no continuum; add a [[continua]]")
        if self.align.method != "none" and None in (
            self.align.width,
            self.align.height,
        ):
            faults.append("an aligned set needs a width and a height")
        if self.frame.crop == "mask" and self.morph.mask == "none":
            faults.append('frame.crop is "mask", but morph.mask is "none"')
        if (
            self.match.method != "none"
            and MATCHINGS[self.match.method].grey
            and not self.frame.grey
        ):
            faults.append(
                f"match.method {self.match.method} is defined on grey images: set "
                "frame.grey = true"
            )
        faults += [*self._faults_of_derived(), *self._faults_of_continua()]
        raise_all(map(InputError, faults))
        return self

    def _faults_of_continua(self) -> Iterator[str]:
        """Yield what is wrong with the continua together."""
        seen: set[tuple[str, str, str]] = set()
        made = {part.identity for part in self.prototypes}
        for part in self.continua:
            names = self.identities_of(part)
            for identity in sorted(set(names) - set(self.identities) - made):
                hint = did_you_mean(identity, self.identities)
                yield (
                    f"continua name the identity '{identity}', which has no "
                    f"[identities.{identity}]; {hint}"
                ).rstrip("; ")
            for identity in sorted(set(names)):
                key = (identity, part.from_, part.to)
                if key in seen:
                    yield (
                        f"two continua of '{identity}' go from {part.from_} to "
                        f"{part.to}"
                    )
                if names.count(identity) > 1:
                    yield f"a continuum names the identity '{identity}' twice"
                seen.add(key)

    def _faults_of_derived(self) -> Iterator[str]:
        """Yield what is wrong with the faces that no photograph shows."""
        known = {*self.identities, *(part.identity for part in self.prototypes)}
        for part in self.prototypes:
            if part.identity in self.identities:
                yield (
                    f"the prototype '{part.identity}' has the name of an identity; "
                    "choose another"
                )
            if len(set(self.identities_of(part.of))) < 2:
                yield f"the prototype '{part.identity}' needs at least 2 identities"
        rows = {name for grid in self.grids for name in grid.rows()}
        for name in sorted(known & rows):
            yield f"a row of a grid would be called '{name}', as an identity is"
        named: list[tuple[str, Iterable[str]]] = [
            *(("prototypes", self.identities_of(part.of)) for part in self.prototypes),
            *(("transforms", (*self.identities_of(t), t.by)) for t in self.transforms),
            *(("symmetrised", self.identities_of(even)) for even in self.symmetrised),
            *(("grids", grid.identities) for grid in self.grids),
        ]
        for where, names in named:
            for identity in sorted(set(names) - known):
                hint = did_you_mean(identity, known)
                yield (
                    f"{where} name the identity '{identity}', which is not known; "
                    f"{hint}"
                ).rstrip("; ")
        made = [(part.identity, part.label) for part in self.prototypes]
        changed: list[TransformPart | SymmetrisedPart] = [
            *self.transforms,
            *self.symmetrised,
        ]
        for each in changed:
            made += [(identity, each.label) for identity in self.identities_of(each)]
        for identity, label in sorted({key for key in made if made.count(key) > 1}):
            yield f"the face '{label}' of '{identity}' is made twice"

    def planned(self) -> Iterator[tuple[str, ContinuumPart]]:
        """Yield every continuum of the recipe: identity, and the entry that asks."""
        for part in self.continua:
            for identity in self.identities_of(part):
                yield identity, part
        for grid in self.grids:
            for identity in grid.rows():
                yield identity, grid.continuum(identity)

    def identities_of(
        self,
        part: ContinuumPart | TransformPart | SymmetrisedPart | str | tuple[str, ...],
    ) -> tuple[str, ...]:
        """Return the identities of an entry, sorted; "*" means every photographed."""
        asked = part if isinstance(part, str | tuple) else part.identities
        return tuple(sorted(self.identities if asked == "*" else asked))

    def frame_size(self) -> tuple[int, int] | None:
        """Return width and height of the frame; None keeps those of the photos."""
        width, height = self.align.width, self.align.height
        if self.align.method == "none" or width is None or height is None:
            return None
        return width, height

    def resolved(self) -> dict[str, Any]:
        """Return the recipe with every default written out, as plain values.

        Names of source files are left out: they may tell whose face it is, and the
        pack knows its sources by hash.
        """
        data = self.model_dump(by_alias=True, exclude_none=True, mode="json")
        for identity in data["identities"].values():
            identity.pop("files", None)
        if not self.pack.norms:
            del data["pack"]["norms"]
        for name in ("prototypes", "transforms", "symmetrised", "grids", "continua"):
            if not data[name]:
                del data[name]
        words = re.sub(r"{\w*}|\.\w+$", "", self.sources.pattern)
        if any(character.isalnum() for character in words):
            data["sources"]["pattern"] = SourcesPart().pattern
        return data

    @property
    def human_scale(self) -> str:
        """Scale of people on which levels were made equal; empty for none."""
        calibration = self.calibration
        human = calibration is not None and calibration.kind == "human"
        return calibration.scale if calibration is not None and human else ""

    def sha256(self) -> str:
        """Return the hash of the resolved recipe.

        Norms do not count: they are about the images, which stay the same with them,
        and so do all fits to answers.
        """
        data = self.resolved()
        data["pack"].pop("norms", None)
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


#: What pydantic puts among the keys of a place.
_NOT_KEYS = ("[key]", "[all]", "[list]", "[text]", "[sides]", "[number]")
#: Faults that pydantic names after Python's types, in the words of TOML.
_WORDS = {
    "tuple_type": "should be a list; a list of tables is written [[name]]",
    "model_type": "should be a table",
    "dict_type": "should be a table of tables",
    "bool_type": "should be true or false, without quotes",
    "int_type": "should be a whole number, without quotes and without a point",
    "float_type": "should be a number, without quotes",
    "string_type": "should be a text in quotes",
}


def read_recipe(path: Path) -> Recipe:
    """Return the recipe in a file.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or does not hold a valid recipe; all
        faults of the recipe are told together.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy='make a new study with "morphkit init DIR"',
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=str(path)) from None
    return parse_recipe(text, where=str(path))


def parse_recipe(text: str, *, where: str = "recipe") -> Recipe:
    """Return the recipe in a TOML text; errors are as in `read_recipe`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"not valid TOML: {error}",
            where=where,
            remedy="text values stand in quotes, tables in [brackets]; a key or "
            "table may appear only once",
        ) from None
    return make_recipe(data, where=where)


def make_recipe(data: dict[str, Any], *, where: str = "recipe") -> Recipe:
    """Return the recipe that plain values describe.

    Raises
    ------
    InputError
        With every fault that was found. Contradictions between the parts are looked
        for as soon as every part is right by itself.
    """
    try:
        return Recipe.model_validate(data)
    except ValidationError as found:
        raise_all(_told(error, where) for error in found.errors())
        raise  # not reached: a validation error holds at least one fault


def _told(error: Any, where: str) -> InputError:
    """Return a fault that pydantic found in morphkit's words."""
    path = [part for part in map(str, error["loc"]) if part not in _NOT_KEYS]
    place = f"{where}: {_key(path)}" if path else where
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        return InputError(
            "unknown key",
            where=place,
            allowed=f"known here: {', '.join(known)}",
            remedy=did_you_mean(path[-1], known),
        )
    if error["type"] == "missing":
        return InputError("missing", where=place, remedy="add this key")
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, InputError):
        return raised.at(place)
    message = _WORDS.get(error["type"], error["msg"]).removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        wanted = error["ctx"]["pattern"]
        message = (
            "names have lower-case letters, digits and single underscores, and start "
            "with a letter"
            if wanted == ID_PATTERN
            else 'should be a colour such as "#808080", or "mean"'
            if wanted == COLOUR_PATTERN
            else f"should match {wanted}"
        )
    if path and path[-1] == "identities" and error["type"] == "literal_error":
        message = 'should be "*" or a list'
    message = message.replace("Tuple should", "the list should")
    found = error.get("input")
    shown = "" if isinstance(found, dict | list | tuple) else f" (found {found!r})"
    # What photographs are called is no reason: they can be listed by name.
    remedy = (
        'photographs with other names are listed as files = {label = "file"} under '
        "the identity"
        if error.get("ctx", {}).get("pattern") == ID_PATTERN
        else ""
    )
    return InputError(f"{message}{shown}", where=place, remedy=remedy)


def _key(path: list[str]) -> str:
    """Return a path of keys as in ``continua[0].steps``."""
    text = ""
    for part in path:
        text += f"[{part}]" if part.isdigit() else f".{part}" if text else part
    return text


def _known_keys(path: list[str]) -> list[str]:
    """Return the keys that are known below a path of keys."""
    models: dict[str, type[BaseModel]] = {
        "pack": PackPart,
        "sources": SourcesPart,
        "identities": Identity,
        "align": AlignPart,
        "morph": MorphPart,
        "frame": FramePart,
        "match": MatchPart,
        "calibration": CalibrationPart,
        "checks": ChecksPart,
        "prototypes": PrototypePart,
        "transforms": TransformPart,
        "symmetrised": SymmetrisedPart,
        "grids": GridPart,
        "continua": ContinuumPart,
    }
    model = models.get(path[0], Recipe) if path else Recipe
    return [field.alias or name for name, field in model.model_fields.items()]


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, for editors that complete and check keys."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Recipe.model_json_schema(),
    }


def to_toml(recipe: Recipe) -> str:
    """Return the resolved recipe as a TOML text that `parse_recipe` reads."""
    return tomli_w.dumps(recipe.resolved())
