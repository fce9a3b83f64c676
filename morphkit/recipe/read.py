"""Reading recipes from TOML, and reporting every fault in them."""

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from morphkit._core.bounds import DOCUMENT_BYTES
from morphkit._core.documents import parse_toml
from morphkit._core.files import read_text
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.recipe.model import Recipe, hash_of, hash_of_images
from morphkit.recipe.values import COLOUR_PATTERN, ID_PATTERN

#: Markers that pydantic inserts among the keys of a location.
_NOT_KEYS = ("[key]", "[all]", "[list]", "[text]", "[sides]", "[number]")
#: Pydantic's type errors in the words of TOML.
_WORDS = {
    "tuple_type": "should be a list; a list of tables is written [[name]]",
    "model_type": "should be a table",
    "dict_type": "should be a table of tables",
    "bool_type": "should be true or false, without quotes",
    "int_type": "should be a whole number, without quotes or a decimal point",
    "float_type": "should be a number, without quotes",
    "string_type": "should be a string in quotes",
}
#: What else pydantic says -> the same in the words of the other messages.
_PHRASES = {
    "Value error, ": "",
    "Input should": "should",
    "String should": "should",
    "Tuple should": "the list should",
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
}


def read_recipe(path: str | Path) -> Recipe:
    """Return the recipe in a file.

    Parameters
    ----------
    path : str or Path
        TOML; every key is in ``docs/recipe.md``.

    Returns
    -------
    Recipe

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or is not a valid recipe; all faults
        of the recipe are reported together.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.read_recipe("study.toml").pack.name
    'pilot'
    """
    path = Path(path)
    if path.is_dir():
        raise _folder_error(path)
    if not path.exists():
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy='create a new study with "morphkit init DIR"',
        )
    return parse_recipe(read_text(path, most=DOCUMENT_BYTES), where=str(path))


def _folder_error(path: Path) -> InputError:
    """Return the error for a folder given as a recipe."""
    inside = sorted(path.glob("*.toml"))
    return InputError(
        "this is a folder",
        where=str(path),
        allowed="a recipe file is needed",
        remedy=f"give {inside[0]}" if len(inside) == 1 else "",
    )


def parse_recipe(text: str, *, where: str = "recipe") -> Recipe:
    """Return the recipe in a TOML text; errors are as in `read_recipe`."""
    data = parse_toml(
        text,
        where=where,
        remedy="put strings in quotes and tables in [brackets]; a key or table may "
        "appear only once",
    )
    return make_recipe(data, where=where)


def written_sha256(text: str) -> str:
    """Return the hash of a resolved recipe as written in a pack.

    It is that of the text, not of its interpretation by this version: a version with
    more keys must not find the packs of an earlier one changed.

    Parameters
    ----------
    text : str
        The result of `to_toml`, of this version or an earlier one.

    Raises
    ------
    InputError
        If it is not TOML.
    """
    return hash_of(parse_toml(text, where="recipe"))


def written_images_sha256(text: str) -> str:
    """Return the hash of what a resolved recipe, as written, says of the images."""
    return hash_of_images(parse_toml(text, where="recipe"))


def make_recipe(data: dict[str, Any], *, where: str = "recipe") -> Recipe:
    """Return a recipe from plain values.

    Parameters
    ----------
    data : dict
        The keys of a recipe as TOML has them: text, numbers, booleans, lists, tables.
    where : str, optional
        What messages call it.

    Returns
    -------
    Recipe

    Raises
    ------
    InputError
        With every fault found. Contradictions between the parts are checked once every
        part is valid by itself.

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
        raise_all(_to_input_error(error, where) for error in found.errors())
        raise  # not reached: a validation error holds at least one fault


def _to_input_error(error: Any, where: str) -> InputError:
    """Translate an error of pydantic."""
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
    message = _WORDS.get(error["type"], error["msg"])
    for phrase, ours in _PHRASES.items():
        message = message.replace(phrase, ours)
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
    found = error.get("input")
    told = isinstance(found, dict | list | tuple) or f"'{found}'" in message
    shown = "" if told else f" (found {found!r})"
    # File names are no obstacle: photographs can be listed by name.
    remedy = (
        'list photographs with other names as files = {label = "file"} under '
        "the identity"
        if error.get("ctx", {}).get("pattern") == ID_PATTERN and path[0] != "pack"
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
    """Return the valid keys below a path of keys."""
    model: type[BaseModel] = Recipe
    for key in path:
        fields = {each.alias or name: each for name, each in model.model_fields.items()}
        if key in fields:
            model = _model_in(fields[key].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation, by itself or in a list or table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = map(_model_in, get_args(annotation))
    return next((model for model in found if model is not None), None)
