"""New recipes that name their parent, with the levels of a respacing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from morphkit._core.documents import parse_toml
from morphkit._core.files import read_text
from morphkit.errors import InputError
from morphkit.pipeline.check_recipe import continuum_id
from morphkit.pipeline.sources import resolve_template, with_chosen
from morphkit.recipe import Recipe, make_recipe, parse_recipe


@dataclass(frozen=True, eq=False)
class NewLevels:
    """Levels of one continuum, and their positions on a scale from 0 to 1.

    Parameters
    ----------
    levels, positions : tuple of float
    """

    levels: tuple[float, ...]
    positions: tuple[float, ...]


def recipe_of(source: Path) -> Recipe:
    """Return the recipe in a file.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    return parse_recipe(recipe_text(source), where=str(source))


def recipe_text(source: Path) -> str:
    """Return the text of a recipe.

    Raises
    ------
    InputError
        If there is none.
    """
    if not source.is_file():
        raise InputError(
            "there is no such file", where=str(source), remedy="a recipe or a pack"
        )
    return read_text(source)


def respaced_recipe(
    text: str,
    new: Mapping[str, NewLevels],
    calibration: Mapping[str, Any],
    *,
    where: str = "recipe",
    root: Path | None = None,
) -> tuple[Recipe, str]:
    """Return a new recipe with other levels, which names its parent.

    Parameters
    ----------
    text : str
        The parent, as TOML.
    new : mapping of str to NewLevels
        Continuum id -> its levels; other continua stay as they are.
    calibration : mapping
        The table ``calibration`` of the recipe.
    where : str, optional
        Name of the parent, for errors.
    root : Path, optional
        Folder of the parent, whose landmark files say the template where it is left
        open; by default it is not one with such files.

    Returns
    -------
    (Recipe, str)
        The recipe, and its text.

    Raises
    ------
    InputError
        If a continuum is a row of a grid, or there is no such continuum.
    """
    parent = parse_recipe(text, where=where)
    data = parse_toml(text, where=where)
    left = set(new)
    entries: list[dict[str, Any]] = []
    for part, given in zip(parent.continua, data.get("continua", []), strict=True):
        names = parent.identities_of(part)
        ids = {identity: continuum_id(identity, part) for identity in names}
        left -= set(ids.values())
        entries += _entries(given, ids, new)
    if left:
        raise InputError(
            "is a row of a grid, whose steps are always equal",
            where=sorted(left)[0],
            remedy="write the continuum under [[continua]]",
        )
    data["continua"] = entries
    if root is not None:
        parent = with_chosen(parent, resolve_template(parent, root))
    data["pack"] = data["pack"] | {"parent": parent.sha256()}
    data["pack"].pop("norms", None)  # of other images under the same names
    data["calibration"] = {k: v for k, v in calibration.items() if v is not None}
    # Tables of tables come last, so that the file reads from the simple to the long.
    ordered = {k: v for k, v in data.items() if k != "continua"} | {"continua": entries}
    return make_recipe(ordered, where=where), tomli_w.dumps(ordered)


def _entries(
    given: Mapping[str, Any],
    ids: Mapping[str, str],
    new: Mapping[str, NewLevels],
) -> list[dict[str, Any]]:
    """Return the entries of the continua of one entry: one for each set of levels."""
    groups: dict[tuple[tuple[float, ...], tuple[float, ...]] | None, list[str]] = {}
    for identity, name in ids.items():
        found = new.get(name)
        key = None if found is None else (found.levels, found.positions)
        groups.setdefault(key, []).append(identity)
    whole = len(groups) == 1
    entries = []
    for key, names in groups.items():
        entry = dict(given)
        if not whole:
            entry["identities"] = sorted(names)
        if key is not None:
            entry.pop("steps", None)
            entry |= {"levels": list(key[0]), "positions": list(key[1])}
        entries.append(entry)
    return entries


def even_positions(n: int) -> tuple[float, ...]:
    """Return `n` equal steps from 0 to 1."""
    return tuple((np.arange(n) / (n - 1)).tolist())
