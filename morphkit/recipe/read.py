"""From a TOML text to a recipe, or to every fault that is in it."""

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from morphkit._core.files import decode_text
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.recipe.model import Recipe, hash_of
from morphkit.recipe.values import COLOUR_PATTERN, ID_PATTERN

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


def read_recipe(path: str | Path) -> Recipe:
    """Return the recipe in a file.

    Parameters
    ----------
    path : str or Path
        TOML; every key is in ``docs/recipe.md``.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or does not hold a valid recipe; all
        faults of the recipe are told together.
    """
    path = Path(path)
    try:
        text = decode_text(path.read_bytes(), where=str(path))
    except FileNotFoundError:
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy='make a new study with "morphkit init DIR"',
        ) from None
    except OSError as error:
        if path.is_dir():
            raise _a_folder(path) from None
        raise InputError(f"cannot be read ({error})", where=str(path)) from None
    return parse_recipe(text, where=str(path))


def _a_folder(path: Path) -> InputError:
    """Return the error for a folder in the place of a recipe."""
    inside = sorted(path.glob("*.toml"))
    return InputError(
        "this is a folder",
        where=str(path),
        allowed="the file of a recipe is needed",
        remedy=f"give {inside[0]}" if len(inside) == 1 else "",
    )


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


def written_sha256(text: str) -> str:
    """Return the hash of a resolved recipe as it stands in a pack.

    It is that of the text, not of what this version would make of it: a version that
    knows more keys must not find the packs of an earlier one changed.

    Parameters
    ----------
    text : str
        What `to_toml` returned, in this version or an earlier one.
    """
    return hash_of(tomllib.loads(text))


def make_recipe(data: dict[str, Any], *, where: str = "recipe") -> Recipe:
    """Return the recipe that plain values describe.

    Parameters
    ----------
    data : dict
        The keys of a recipe as TOML has them: text, numbers, booleans, lists, tables.
    where : str, optional
        What messages call it.

    Raises
    ------
    InputError
        With every fault that was found. Contradictions between the parts are looked
        for as soon as every part is right by itself.

    Examples
    --------
    >>> make_recipe({"schema": 1, "pack": {"name": "pilot"}})
    Traceback (most recent call last):
    ...
    morphkit.errors.InputError: recipe: identities: missing; add this key
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
    model: type[BaseModel] = Recipe
    for key in path:
        fields = {each.alias or name: each for name, each in model.model_fields.items()}
        if key in fields:
            model = _model_in(fields[key].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the part of a recipe that a key holds, by itself, in a list or table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = map(_model_in, get_args(annotation))
    return next((model for model in found if model is not None), None)
