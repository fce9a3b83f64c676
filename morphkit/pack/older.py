"""Packs of older schemas, which are read as if they had the present one.

This is the only place that knows them. `SCHEMAS` describes each number;
``tests/golden/packs`` has a pack of each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.documents import parse_toml
from morphkit._core.tables import read_table, table_text
from morphkit.errors import InputError, OtherVersionError
from morphkit.pack.layout import TABLE_FILES
from morphkit.pack.maker import Maker, maker_of, present_maker
from morphkit.pack.rows import Stimulus
from morphkit.pack.schema import PACK_SCHEMA
from morphkit.recipe import Recipe, make_recipe

#: Form of the schema number in manifests.
LAYOUT = "morphkit-pack/"


@dataclass(frozen=True)
class Schema:
    """The meaning of a schema number.

    Parameters
    ----------
    change : str
        What it introduced.
    columns : mapping, optional
        Table -> column that it introduced -> value of its cells in earlier packs.
    """

    change: str
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


#: Every schema ever written. Manifests of 1 and 2 both say 1; their columns differ.
SCHEMAS: Mapping[int, Schema] = {
    1: Schema("the first"),
    2: Schema(
        "continua by a third face; table of norms; masks, cropped frames and what "
        "depends on the whole set",
        {"continua": {"via_label": ""}},
    ),
    3: Schema("version, revision and specification numbers of what made the pack"),
}
#: Keys missing from earlier resolved recipes, and the value that describes what was
#: done then: a resolved recipe has every key that its morphkit knew.
NOT_WRITTEN: Mapping[str, Mapping[str, Any]] = {
    "morph": {
        "refine": "none",
        "outline": "none",
        "detail": "plain",
        "difference": "sum",
    },
    "align": {"frame": "photos"},
}


def schema_of(manifest: Mapping[str, Any]) -> int:
    """Return the number of the schema of a pack.

    Parameters
    ----------
    manifest : mapping
        Content of ``datapackage.json``.

    Raises
    ------
    OtherVersionError
        If it is newer than this morphkit.
    InputError
        If it is not the manifest of a pack.
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
    """Return the error for a pack of a later schema."""
    try:
        maker = str(maker_of(about))
    except InputError:  # recorded in a form of a later schema
        maker = "a later morphkit"
    return OtherVersionError(
        f"made by {maker}, pack schema {schema}",
        allowed=f"this is {present_maker()}, which reads schemas up to {PACK_SCHEMA}",
        maker=maker,
    )


def _columns_told(manifest: Mapping[str, Any], table: str) -> list[Any]:
    """Return the names of the columns of a table, from the manifest."""
    for resource in manifest.get("resources") or []:
        if isinstance(resource, dict) and resource.get("path") == TABLE_FILES[table]:
            schema = resource.get("schema")
            fields = schema.get("fields") if isinstance(schema, dict) else None
            return [f.get("name") for f in fields or [] if isinstance(f, dict)]
    return []


def present_table(schema: int, table: str, text: str) -> str:
    """Return the CSV text of a table with the columns added since its schema.

    Parameters
    ----------
    schema : int
        Of the pack.
    table : str
        Name in `morphkit.pack.schema.TABLE_FILES`.
    text : str
        Content of its file. A text that is not a table is returned unchanged, for the
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
    return table_text(
        [[*header, *added], *([*cells, *added.values()] for cells in lines)]
    )


def present_mesh(
    arrays: Mapping[str, npt.NDArray[Any]],
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a frozen mesh with those that older packs lack.

    In those, every image was a whole frame; the first had no outlines of openings.
    """
    added = {"corner": np.zeros(2, np.int32)}
    if "frame_nodes" in arrays:
        ends = range(len(arrays["frame_nodes"]))
        added |= {f"feather_{k}": np.array([16384], np.int16) for k in ends}
    return added | dict(arrays)


def is_named_before(row: Stimulus) -> bool:
    """Return whether an image was named before step numbers had equal length.

    In the first packs the numbers of 100 and more images did not sort as text.
    """
    return row.n_steps > 99 and row.stimulus_id == f"{row.continuum_id}_s{row.step:02d}"


def read_written_recipe(text: str, maker: Maker, *, where: str) -> Recipe:
    """Return the resolved recipe of a pack.

    Parameters
    ----------
    text : str
        Content of its file.
    maker : Maker
        The morphkit that wrote it.
    where : str
        Name of the file, for errors.

    Raises
    ------
    OtherVersionError
        If this morphkit cannot read it, and another wrote it.
    InputError
        If this morphkit wrote it but cannot read it, so that it must have been changed.
    """
    data = parse_toml(text, where=where)
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
