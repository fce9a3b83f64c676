"""The norms that a recipe attaches to its stimuli, checked before any work."""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.names import Folders
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.pack.rows import NormRow
from morphkit.pack.schema import TABLES
from morphkit.pack.tables import parse_table
from morphkit.pipeline.check_recipe import continuum_id, stimulus_id
from morphkit.recipe import Recipe

_MAX_LISTED = 10


def resolve_norms(recipe: Recipe, root: Path) -> tuple[NormRow, ...]:
    """Return the rows of the norms that a recipe names; none if it names none.

    Parameters
    ----------
    recipe : Recipe
    root : Path
        Folder of the recipe, to which the path of the table is relative.

    Raises
    ------
    InputError
        If the table cannot be read or has wrong columns, or a row is invalid: a
        stimulus that is not in the recipe, an impossible number, a duplicate.
    """
    if not recipe.pack.norms:
        return ()
    path = Folders().find(root / recipe.pack.norms) or root / recipe.pack.norms
    text = read_text(path, fallback=WINDOWS)
    rows = parse_table(
        NormRow,
        text,
        where=str(path),
        delimiters=",;\t",
        finite=False,
        remedy="correct the table of norms",
    )
    if not rows:
        raise InputError(
            "contains no rows", where=str(path), remedy="leave pack.norms out"
        )
    faults = list(_faults(rows, stimuli_of(recipe), str(path)))
    if len(faults) > _MAX_LISTED:
        left = InputError(f"and {len(faults) - _MAX_LISTED} others", where=str(path))
        faults = [*faults[:_MAX_LISTED], left]
    raise_all(faults)
    return rows


def stimuli_of(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of all images that a recipe makes."""
    return tuple(
        stimulus_id(continuum_id(identity, part), step, n_steps)
        for identity, part in recipe.planned()
        for n_steps in [part.trajectory().n_steps]
        for step in range(1, n_steps + 1)
    )


def _faults(
    rows: Iterable[NormRow], known: tuple[str, ...], where: str
) -> Iterator[InputError]:
    """Yield an error for every invalid row; the first line is the header."""
    seen: dict[tuple[object, ...], int] = {}
    names = set(known)
    for line, row in enumerate(rows, start=2):
        place = f"{where}:{line}"
        stimulus = row.stimulus_id
        if stimulus not in names:
            yield InputError(
                f'there is no stimulus "{stimulus}"',
                where=place,
                remedy=did_you_mean(stimulus, known),
            )
        for fault, allowed in _impossible(row):
            yield InputError(fault, where=place, allowed=allowed)
        key = tuple(getattr(row, name) for name in TABLES["norms"].primary_key)
        if key in seen:
            yield InputError(
                f"the same stimulus, measure, rater_group and instrument as in line "
                f"{seen[key]}",
                where=place,
            )
        seen.setdefault(key, line)


def _impossible(row: NormRow) -> Iterator[tuple[str, str]]:
    """Yield every invalid cell, and what is allowed there."""
    if row.mean is None or not math.isfinite(row.mean):
        yield f"mean is {'empty' if row.mean is None else row.mean}", "a number"
    if row.sd is not None and not (math.isfinite(row.sd) and row.sd >= 0):
        yield f"sd is {row.sd}", "0 or more, or empty"
    if row.n is not None and row.n < 1:
        yield f"n is {row.n}", "1 or more, or empty"
