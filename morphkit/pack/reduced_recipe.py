"""The recipe of a pack without identities that were left out of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from morphkit.errors import InputError
from morphkit.recipe import Recipe, make_recipe
from morphkit.recipe.composition import Composition


def reduced(data: Mapping[str, Any], recipe: Recipe, shown: set[str]) -> dict[str, Any]:
    """Return a recipe that makes the faces of some identities only.

    Parameters
    ----------
    data : mapping
        The recipe as plain values.
    recipe : Recipe
        The same, parsed.
    shown : set of str
        The identities whose continua stay. Those that their faces are made from stay
        too, without continua of their own.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If a recipe cannot say so.
    """
    made = Composition(recipe).shown()
    used = {one for name in shown for one in (name, *made.get(name, ()))}
    people = {n: who for n, who in data["identities"].items() if n in used}
    parts = dict(data) | {"identities": people}
    parts["prototypes"] = [*_prototypes(data, recipe, used)]
    known = {*people, *(part["identity"] for part in parts["prototypes"])}
    for name in ("transforms", "symmetrised"):
        parts[name] = [
            part
            for part in _some(data.get(name, ()), recipe, known)
            if part.get("by", next(iter(known))) in known
        ]
    parts["continua"] = [*_some(data.get("continua", ()), recipe, shown)]
    parts["grids"] = [*_grids(data, recipe, shown)]
    for name in ("prototypes", "transforms", "symmetrised", "continua", "grids"):
        if not parts[name]:
            del parts[name]
    _check_same(parts, recipe, shown)
    return parts


def _prototypes(
    data: Mapping[str, Any], recipe: Recipe, used: set[str]
) -> Iterator[dict[str, Any]]:
    """Yield the prototypes all of whose identities stay."""
    for part in data.get("prototypes", ()):
        if {*recipe.identities_of(_names(part.get("of", "*")))} <= used:
            yield part


def _some(parts: Any, recipe: Recipe, names: set[str]) -> Iterator[dict[str, Any]]:
    """Yield entries for several identities, for those that stay."""
    for part in parts:
        every = recipe.identities_of(_names(part.get("identities", "*")))
        kept = [name for name in every if name in names]
        if kept:
            yield part if len(kept) == len(every) else {**part, "identities": kept}


def _grids(
    data: Mapping[str, Any], recipe: Recipe, shown: set[str]
) -> Iterator[dict[str, Any]]:
    """Yield the grids that stay, whole.

    Raises
    ------
    InputError
        If some rows of a grid would stay and others not: rows are counted.
    """
    for part, grid in zip(data.get("grids", ()), recipe.grids, strict=True):
        rows = set(grid.rows())
        if rows <= shown:
            yield part
        elif rows & shown:
            raise InputError(
                f"{', '.join(sorted(rows - shown))} cannot be left out alone",
                where="--without",
                allowed=f"all rows of its grid: {', '.join(sorted(rows))}",
            )


def _names(value: Any) -> Any:
    """Return identities as a recipe holds them."""
    return tuple(value) if isinstance(value, list) else value


def _check_same(parts: Mapping[str, Any], recipe: Recipe, shown: set[str]) -> None:
    """Refuse a recipe that would make other faces.

    Raises
    ------
    InputError
        With what to do.
    """
    found = make_recipe(dict(parts), where="the recipe of the copy")
    before, after = Composition(recipe), Composition(found)
    wanted = [(n, before.anchors(n, p)) for n, p in recipe.planned() if n in shown]
    if [(n, after.anchors(n, part)) for n, part in found.planned()] != wanted:
        raise InputError(
            "the recipe cannot be written without the identities left out",
            where="--without",
            remedy="take them out of the recipe, build again, and publish that pack",
        )
