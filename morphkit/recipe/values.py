"""Types of the values in a recipe, and their validation."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    Tag,
)
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from morphkit._core.bounds import FRAME_SIDE, STEPS
from morphkit._core.registry import did_you_mean, names_in

#: Pattern of the names of packs, identities and labels.
ID_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
VERSION_PATTERN = r"^[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$"
#: A colour, or the mean luminance of the faces of the set.
COLOUR_PATTERN = r"^(mean|#[0-9a-fA-F]{6})$"
MAX_SIDE = FRAME_SIDE
MAX_STEPS = STEPS


def relative(path: str) -> str:
    """Return a relative POSIX path or raise ValueError."""
    pure = PurePosixPath(path)
    if "\\" in path or pure.is_absolute() or re.match(r"^[A-Za-z]:", path):
        raise ValueError(f"'{path}' is not a relative path with forward slashes")
    if ".." in pure.parts:
        raise ValueError(f"'{path}' leaves the folder of the recipe ('..')")
    return path


def whole_number(value: object) -> object:
    """Return a whole number; raise ValueError for a boolean or a decimal point."""
    if isinstance(value, bool | float):
        raise ValueError("should be a whole number")
    return value


class OneOf:
    """A check that a value is one of some names, and how a schema says so.

    Parameters
    ----------
    choices : str, or iterable or callable of str
        Single names, and tables, which are asked when a value is checked.
    """

    def __init__(
        self, *choices: str | Iterable[str] | Callable[[], Iterable[str]]
    ) -> None:
        self._choices = choices

    def check(self, name: str) -> str:
        """Return a name that is known, or raise ValueError."""
        names = names_in(*self._choices)
        if name in names:
            return name
        hint = did_you_mean(name, names)
        known = ", ".join(names)
        raise ValueError(f"'{name}' is not known; known: {known}; {hint}".rstrip("; "))

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return how pydantic checks a value."""
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return how a JSON Schema says it."""
        del schema, handler
        return {"type": "string", "enum": [*names_in(*self._choices)]}


def sides(value: object) -> object:
    """Expand a number of pixels to all four sides."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * 4
    return value


def text_or_list(value: object) -> str:
    """Return the type tag of a `crop` value."""
    return "[text]" if isinstance(value, str) else "[sides]"


def all_or_list(value: object) -> str:
    """Return the type tag of an `identities` value."""
    return "[all]" if isinstance(value, str) else "[list]"


def number_or_list(value: object) -> str:
    """Return the type tag of a shape or colour level."""
    return "[number]" if isinstance(value, int | float) else "[list]"


def number_or_text(value: object) -> str:
    """Return the type tag of which face is meant."""
    return "[text]" if isinstance(value, str) else "[number]"


Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=24)]
#: Nothing is guessed: "yes" is not a boolean, and "15" is not a number.
Flag = Annotated[bool, Strict()]
Number = Annotated[float, Strict()]
RelativePath = Annotated[str, AfterValidator(relative)]
Licence = Annotated[
    str, Field(pattern=r"^(LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9][A-Za-z0-9.+-]*)$")
]
Pixels = Annotated[int, Field(ge=0, le=MAX_SIDE, strict=True)]
Sides = tuple[Pixels, Pixels, Pixels, Pixels]
Identities = Annotated[
    Annotated[Literal["*"], Tag("[all]")] | Annotated[tuple[Id, ...], Tag("[list]")],
    Discriminator(all_or_list),
]
OwnLevels = Annotated[
    Annotated[Number, Tag("[number]")]
    | Annotated[tuple[Number, ...], Field(max_length=MAX_STEPS), Tag("[list]")],
    Discriminator(number_or_list),
]
Steps = Annotated[int, Field(ge=2, le=MAX_STEPS, strict=True)]
#: Which of several faces in a photograph: a number in reading order, or the largest.
Choice = Annotated[
    Annotated[int, Field(ge=1, strict=True), Tag("[number]")]
    | Annotated[Literal["largest"], Tag("[text]")],
    Discriminator(number_or_text),
]
#: Fractions of a difference; the pixel specification takes no larger ones.
Fraction = Annotated[Number, Field(ge=-1.5, le=1.5)]


class Part(BaseModel):
    """Base of the parts of a recipe: frozen, and strict about unknown keys.

    How pydantic checks a part is worked out on its first use: mostly that is once, in
    the recipe that holds it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
