"""``.csv``: one row per landmark, or (read-only) one row per image.

Conventions
-----------
x to the right, y downwards, the first pixel is 0. The long form that is written has the
columns image, index (from 0), name, x, y. The wide form that is also read has one row
per image and columns such as ``original_0_x``, ``original_0_y``, or ``x0``, ``y0``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import nan

import numpy as np

from morphkit._core.tables import read_table, table_text
from morphkit.errors import InputError
from morphkit.faces.formats.lines import at_line, integer, number
from morphkit.faces.formats.missing import is_missing_word, refuse_missing
from morphkit.faces.formats.table import Sizes, add_once, fitting_template
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

COLUMNS = ("image", "index", "name", "x", "y")

Table = list[tuple[int, dict[str, str]]]
_IMAGE = ("image", "image_name", "file", "filename")
_WIDE = (
    re.compile(r"(?:.*_)?(?P<i>\d{1,4})_(?P<axis>[xy])", re.ASCII),
    re.compile(r"(?P<axis>[xy])_?(?P<i>\d{1,4})", re.ASCII),
)


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
) -> dict[str, Landmarks]:
    """Return the landmarks of each image in the table.

    Parameters
    ----------
    text : str
        Content of a ``.csv``, long or wide.
    template : Template, optional
        What the points are; without it, the built-in template with these names, else
        the only one of this length.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If columns are missing, a cell is not a number, an index is missing or repeated,
        names contradict the template, or the number of points is wrong.
    """
    header, table = _table(text)
    if {"index", "x", "y"} <= set(header):
        return _read_long(header, table, template)
    return _read_wide(header, table, template)


def _table(text: str) -> tuple[list[str], Table]:
    """Return the column names in lower case and the rows with their line numbers."""
    lines = read_table(text.removeprefix("\ufeff").replace("\x00", " "))
    filled = [line for line in lines if any(cell.strip() for cell in line.cells)]
    header = _header(filled[0].cells, filled[0].number) if filled else []
    table: Table = []
    for line in filled[1:]:
        if len(line.cells) != len(header):
            raise at_line(
                line.number,
                f"expected {len(header)} cells, found {len(line.cells)}",
            )
        table.append((line.number, dict(zip(header, line.cells, strict=True))))
    if not table:
        raise InputError("the table has no rows", allowed=f"columns {COLUMNS}")
    return header, table


def _header(cells: Sequence[str], line: int) -> list[str]:
    """Return the checked names of the columns."""
    names = [cell.strip().lower() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        raise at_line(
            line,
            "the columns are separated by semicolons",
            allowed="commas between columns, points for decimals",
            remedy='save it as "CSV (comma delimited)"',
        )
    if len(set(names)) != len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise at_line(line, f'two columns are called "{twice}"')
    return names


def _image_column(header: list[str]) -> str:
    """Return the name of the column that names the image."""
    for name in _IMAGE:
        if name in header:
            return name
    raise InputError(
        "no column names the image", where="line 1", allowed=f"one of {_IMAGE}"
    )


def _read_long(
    header: list[str], table: Table, template: Template | None
) -> dict[str, Landmarks]:
    """Read one row per landmark."""
    column = _image_column(header)
    images: dict[str, Table] = {}
    for line, row in table:
        images.setdefault(row[column], []).append((line, row))
    return {image: _face(rows, template) for image, rows in images.items()}


def _face(rows: Table, template: Template | None) -> Landmarks:
    """Return the landmarks of the rows of one image."""
    points: dict[int, tuple[float, float]] = {}
    names: dict[int, str] = {}
    for line, row in rows:
        i = integer(row["index"].strip(), line, "an index from 0")
        if i in points:
            raise at_line(line, f"index {i} occurs twice for this image")
        points[i] = _cell(row["x"], line), _cell(row["y"], line)
        names[i] = row.get("name", "")
    first = rows[0][0]
    missing = set(range(len(points))) - set(points)
    if missing:
        raise at_line(
            first,
            f"index {min(missing)} is missing for this image",
            allowed=f"{len(points)} points are numbered from 0 to {len(points) - 1}",
        )
    order = range(len(points))
    try:
        chosen = _named([names[i] for i in order], template)
        raw = np.array([points[i] for i in order])
        refuse_missing(raw, chosen)
        return Landmarks(chosen, raw)
    except InputError as error:
        raise error.at(f"line {first}") from None


def _cell(text: str, line: int) -> float:
    """Return the number in a cell, nan if it is empty or says NA or NaN."""
    return nan if is_missing_word(text) else number(text.strip(), line)


def _named(names: list[str], template: Template | None) -> Template:
    """Return the template, found by the names of its points if the table has them."""
    if template is None:
        for known in map(builtin_template, builtin_templates()):
            if known.points == tuple(names):
                return known
    chosen = fitting_template(len(names), template)
    for i, (name, expected) in enumerate(zip(names, chosen.points, strict=True)):
        if name and name != expected:
            raise InputError(
                f'point {i} is called "{name}"',
                allowed=f'template {chosen.name} calls it "{expected}"',
                remedy="give the template that the table follows",
            )
    return chosen


def _read_wide(
    header: list[str], table: Table, template: Template | None
) -> dict[str, Landmarks]:
    """Read one row per image."""
    columns: dict[tuple[int, str], str] = {}
    for name in header:
        found = next((m for p in _WIDE if (m := p.fullmatch(name))), None)
        if found:
            key = int(found["i"]), found["axis"]
            if key in columns:
                raise InputError(
                    f'columns "{columns[key]}" and "{name}" are the same coordinate',
                    where="line 1",
                )
            columns[key] = name
    n_points = len(columns) // 2
    wanted = [(i, axis) for i in range(n_points) for axis in "xy"]
    if not columns or set(wanted) != set(columns):
        raise InputError(
            "the columns are neither the long nor the wide form",
            where="line 1",
            allowed=f"{', '.join(COLUMNS)}; or image_name, original_0_x, "
            "original_0_y, … without a gap",
        )
    image = _image_column(header)
    found_faces: dict[str, Landmarks] = {}
    for line, row in table:
        values = [_cell(row[columns[key]], line) for key in wanted]
        try:
            chosen = fitting_template(n_points, template)
            raw = np.array(values).reshape(-1, 2)
            refuse_missing(raw, chosen)
            face = Landmarks(chosen, raw)
        except InputError as error:
            raise error.at(f"line {line}") from None
        add_once(found_faces, row[image], face, f"line {line}")
    return found_faces


def write(landmarks: Mapping[str, Landmarks], *, size: Sizes = None) -> str:
    """Return the long table with every digit of the coordinates.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        By image name.
    size : optional
        Not needed by this format.
    """
    rows: list[Iterable[object]] = [COLUMNS]
    for image, one in landmarks.items():
        for i, (name, (x, y)) in enumerate(
            zip(one.template.points, one.points.tolist(), strict=True)
        ):
            rows.append((image, i, name, x, y))
    return table_text(rows)
