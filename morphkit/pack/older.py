"""Packs of other schemas: older ones are read as if they were of the present one.

The only place that knows of them. `SCHEMAS` says what each number stands for;
``tests/golden/packs`` has a pack of each.
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.tables import read_table
from morphkit.errors import InputError, OtherVersionError
from morphkit.pack.layout import TABLE_FILES
from morphkit.pack.maker import Maker, maker_of, present_maker
from morphkit.pack.rows import Stimulus
from morphkit.pack.schema import PACK_SCHEMA
from morphkit.recipe import Recipe, make_recipe, parse_recipe

#: How manifests write the number of a schema.
LAYOUT = "morphkit-pack/"


@dataclass(frozen=True)
class Schema:
    """What a number stands for.

    Parameters
    ----------
    change : str
        What came with it.
    columns : mapping, optional
        Table -> column that came with it -> what its cells hold in packs from before.
    """

    change: str
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


#: Every schema that was written. Manifests of 1 and 2 both say 1; columns tell them.
SCHEMAS: Mapping[int, Schema] = {
    1: Schema("the first"),
    2: Schema(
        "continua by a third face; table of norms; masks, cropped frames and what "
        "depends on the whole set",
        {"continua": {"via_label": ""}},
    ),
    3: Schema("version, revision and specification numbers of what made the pack"),
}
#: Keys of resolved recipes that earlier ones do not have, and the value that says what
#: was done then: resolved recipes have every key that their morphkit knew.
NOT_WRITTEN: Mapping[str, Mapping[str, Any]] = {
    "morph": {"refine": "none", "detail": "plain"}
}


def schema_of(manifest: Mapping[str, Any]) -> int:
    """Return the number of the schema of a pack.

    Parameters
    ----------
    manifest : mapping
        What ``datapackage.json`` holds.

    Raises
    ------
    OtherVersionError
        If it is newer than this morphkit.
    InputError
        If it is no manifest of a pack.
    """
    about = manifest.get("morphkit")
    layout = about.get("schema") if isinstance(about, dict) else None
    number = re.fullmatch(re.escape(LAYOUT) + "([1-9][0-9]{0,5})", str(layout))
    if not number:
        raise InputError(
            f"the layout is {layout!r}", allowed=f'"{LAYOUT}{PACK_SCHEMA}"'
        )
    schema = int(number[1])
    if schema > PACK_SCHEMA:
        raise _newer(schema, about or {})
    if schema > 1:
        return schema
    return 2 if "via_label" in _columns_told(manifest, "continua") else 1


def _newer(schema: int, about: Mapping[str, Any]) -> OtherVersionError:
    """Return the error for a pack of a schema that came later."""
    try:
        maker = str(maker_of(about))
    except InputError:  # it is told in some later way
        maker = "a later morphkit"
    return OtherVersionError(
        f"made by {maker}, pack schema {schema}",
        allowed=f"this is {present_maker()}, which reads schemas up to {PACK_SCHEMA}",
        maker=maker,
    )


def _columns_told(manifest: Mapping[str, Any], table: str) -> list[Any]:
    """Return the names of the columns of a table, as the manifest tells them."""
    for resource in manifest.get("resources") or []:
        if isinstance(resource, dict) and resource.get("path") == TABLE_FILES[table]:
            schema = resource.get("schema")
            fields = schema.get("fields") if isinstance(schema, dict) else None
            return [f.get("name") for f in fields or [] if isinstance(f, dict)]
    return []


def present_table(schema: int, table: str, text: str) -> str:
    """Return the CSV text of a table with the columns that came after its schema.

    Parameters
    ----------
    schema : int
        Of the pack.
    table : str
        Name in `morphkit.pack.schema.TABLE_FILES`.
    text : str
        What its file holds. A text that is no table is returned as it is, for the
        reader of tables to refuse.
    """
    added: dict[str, str] = {}
    for number in range(schema + 1, PACK_SCHEMA + 1):
        added |= SCHEMAS[number].columns.get(table, {})
    if not added:
        return text
    try:
        header, *lines = (line.cells for line in read_table(text))
    except InputError:
        return text
    result = io.StringIO()
    writer = csv.writer(result, lineterminator="\n")
    writer.writerow([*header, *added])
    writer.writerows([*cells, *added.values()] for cells in lines)
    return result.getvalue()


def present_mesh(
    arrays: Mapping[str, npt.NDArray[Any]],
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a frozen mesh with those that older packs do not have.

    There every image was a whole frame; the first had no outlines of openings either.
    """
    added = {"corner": np.zeros(2, np.int32)}
    if "frame_nodes" in arrays:
        ends = range(len(arrays["frame_nodes"]))
        added |= {f"feather_{k}": np.array([16384], np.int16) for k in ends}
    return added | dict(arrays)


def is_named_before(row: Stimulus) -> bool:
    """Return whether the name of an image is from before all steps had equal digits.

    In the first packs the numbers of 100 and more images did not sort as text.
    """
    return row.n_steps > 99 and row.stimulus_id == f"{row.continuum_id}_s{row.step:02d}"


def read_written_recipe(text: str, maker: Maker, *, where: str) -> Recipe:
    """Return the resolved recipe of a pack.

    Parameters
    ----------
    text : str
        What its file holds.
    maker : Maker
        What wrote it.
    where : str
        Name of the file, for errors.

    Raises
    ------
    OtherVersionError
        If this morphkit cannot read it, and another wrote it.
    InputError
        If this morphkit cannot read it and wrote it itself, so that it was changed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return parse_recipe(text, where=where)  # which says what is wrong with it
    for name, keys in NOT_WRITTEN.items():
        part = data.setdefault(name, {})
        if isinstance(part, dict):
            data[name] = {**keys, **part}
    try:
        return make_recipe(data, where=where)
    except InputError as error:
        if maker == present_maker():
            raise
        raise OtherVersionError(
            f"is a recipe that this {present_maker()} does not take ({error})",
            where=where,
            allowed=f"made by {maker}",
            maker=str(maker),
        ) from None
