"""``.pts``: iBUG point files, version 1.

Conventions
-----------
x to the right, y downwards. The first pixel is 1 by the convention of the data sets
(`pts_origin` 1); files of programs that count from 0 are read with `pts_origin` 0.
"""

import re
from collections.abc import Mapping

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.formats.lines import Row, at_line, decimals, integer, point, rows_of
from morphkit.faces.formats.missing import refuse_missing
from morphkit.faces.formats.table import Sizes, fitting_template, single_face
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

PRECISION = 1e-6


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
    pts_origin: int = 1,
) -> dict[str, Landmarks]:
    """Return the landmarks in `text`, under an empty name.

    Parameters
    ----------
    text : str
        Content of a ``.pts``.
    template : Template, optional
        What the points are; without it, the only built-in template of this length.
    size : optional
        Not needed by this format.
    pts_origin : int, optional
        Number of the first pixel: 1 or 0.

    Raises
    ------
    InputError
        If a line cannot be parsed or the number of points is wrong.
    """
    rows = list(rows_of(text))
    opening = next((i for i, row in enumerate(rows) if row[1] == "{"), None)
    if opening is None:
        raise InputError(
            'there is no line "{"', allowed="a .pts has its points between { and }"
        )
    announced = _header(rows[:opening])
    closing = next((i for i, row in enumerate(rows) if row[1] == "}"), None)
    if closing is None:
        raise at_line(
            rows[-1][0], 'the file ends without "}"', remedy="it is truncated"
        )
    if rows[closing + 1 :]:
        line, content = rows[closing + 1]
        raise at_line(line, f"unexpected '{content[:60]}' after the \"}}\"")
    points = [
        point(r, 'a .pts point line is "x y"') for r in rows[opening + 1 : closing]
    ]
    if announced is not None and announced != len(points):
        raise at_line(
            rows[closing][0],
            f"found {len(points)} points",
            allowed=f"n_points is {announced}",
        )
    chosen = fitting_template(len(points), template)
    raw = np.array(points).reshape(-1, 2)
    refuse_missing(raw, chosen)
    return {"": Landmarks(chosen, raw - pts_origin)}


def _header(rows: list[Row]) -> int | None:
    """Return the declared number of points, None if there is none."""
    announced = None
    for line, content in rows:
        found = re.fullmatch(r"(\w+)\s*:\s*(\S+)", content)
        if not found or found[1] not in ("version", "n_points"):
            raise at_line(
                line,
                f"unexpected '{content[:60]}'",
                allowed='"version: 1" and "n_points: N" come before the "{"',
            )
        if found[1] == "n_points":
            announced = integer(found[2], line, "the number of points")
        elif found[2] not in ("1", "1.0"):
            raise at_line(
                line, f"version {found[2]}", allowed="only version 1 is supported"
            )
    return announced


def write(
    landmarks: Mapping[str, Landmarks], *, size: Sizes = None, pts_origin: int = 1
) -> str:
    """Return a ``.pts`` of version 1 with six decimals.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        One image.
    size : optional
        Not needed by this format.
    pts_origin : int, optional
        What the file calls the first pixel: 1 or 0.

    Raises
    ------
    InputError
        If there is not exactly one image.
    """
    _, one = single_face(landmarks)
    rows = ["version: 1", f"n_points: {len(one.points)}", "{"]
    rows += [
        f"{decimals(x, 6)} {decimals(y, 6)}" for x, y in one.points + float(pts_origin)
    ]
    return "\n".join([*rows, "}"]) + "\n"
