"""``.tem``: Psychomorph and WebMorph templates with points and lines.

Conventions
-----------
x to the right, y downwards, the first pixel is 0. A line is closed if its flag is 1 or
it ends where it starts; it is written with flag 0 and its first index repeated, as
WebMorph does.
"""

from collections.abc import Mapping

import numpy as np

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.direction import is_upright
from morphkit.faces.formats.lines import Row, at_line, integer, point, rows_of
from morphkit.faces.formats.missing import refuse_missing
from morphkit.faces.formats.table import Sizes, fitting_template, single_face
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

Lines = tuple[tuple[int, ...], ...]


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
) -> dict[str, Landmarks]:
    """Return the landmarks in `text`, under an empty name.

    Parameters
    ----------
    text : str
        Content of a ``.tem``.
    template : Template, optional
        What the points are. Without it, the built-in template with this number of
        points (and these lines, or an upright face), else one made from the lines in
        the file.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If a line cannot be parsed or the number of points is wrong.
    """
    rows = list(rows_of(text))
    if not rows:
        raise InputError(
            "the file has no content", allowed="a .tem starts with the number of points"
        )
    first, content = rows[0]
    n_points = integer(content, first, "the number of points")
    points = np.array(_points(rows, n_points))
    if len(rows) == n_points + 1 and not text.endswith(("\n", "\r")):
        raise at_line(
            rows[-1][0],
            "the file ends here without a line end",
            allowed="without the number of lines it may be cut off inside a number",
            remedy="compare it with the original, then add a line with 0",
        )
    lines, closed, n_rows = _lines(rows[n_points + 1 :], n_points)
    _check_tail(rows[n_points + 1 + n_rows :], len(lines))
    if template is None:
        template = _template(points, lines, closed)
    template = fitting_template(n_points, template)
    refuse_missing(points, template)
    return {"": Landmarks(template, points)}


def _points(rows: list[Row], n_points: int) -> list[tuple[float, float]]:
    """Return the points that follow the header."""
    first, last = rows[0][0], rows[-1][0]
    if n_points < 3:
        raise at_line(first, f"{n_points} points", allowed="a face has at least 3")
    points = []
    for i, row in enumerate(rows[1 : n_points + 1]):
        alone = len(row[1].split()) == 1
        said = f"line {first} declares {n_points} points, {i} came before"
        points.append(
            point(row, 'a .tem point line is "x y"', remedy=said if alone else "")
        )
    if len(points) < n_points:
        raise at_line(
            last,
            f"the file ends after {len(points)} points",
            allowed=f"line {first} declares {n_points}",
        )
    return points


def _lines(rows: list[Row], n_points: int) -> tuple[Lines, tuple[bool, ...], int]:
    """Return lines, closed flags and the number of rows read."""
    if not rows:
        return (), (), 0
    what = f"the number of lines after the {n_points} points"
    n_lines = integer(rows[0][1], rows[0][0], what)
    lines, closed, at = [], [], 1
    for i in range(n_lines):
        if len(rows) < at + 3:
            raise at_line(
                rows[-1][0], f"the file ends inside line {i + 1} of {n_lines}"
            )
        flag = integer(rows[at][1], rows[at][0], "0 (open) or 1 (closed)")
        if flag not in (0, 1):
            raise at_line(rows[at][0], f"expected 0 (open) or 1 (closed), found {flag}")
        indices, at = _indices(rows, at + 1, n_points)
        ends_meet = len(indices) > 1 and indices[0] == indices[-1]
        lines.append(indices[:-1] if ends_meet else indices)
        closed.append(flag == 1 or ends_meet)
    return tuple(lines), tuple(closed), at


def _indices(rows: list[Row], at: int, n_points: int) -> tuple[tuple[int, ...], int]:
    """Return the indices of the line whose count is in row `at`, and the next row."""
    line, content = rows[at]
    count = integer(content, line, "how many points the line has")
    if count < 1:
        raise at_line(line, f"a line of {count} points", allowed="at least 1 is needed")
    indices: list[int] = []
    at += 1
    while len(indices) < count and at < len(rows):
        line, content = rows[at]
        indices += [integer(t, line, "the index of a point") for t in content.split()]
        at += 1
    if len(indices) != count:
        raise at_line(line, f"expected {count} indices, found {len(indices)}")
    if not all(0 <= i < n_points for i in indices):
        bad = next(i for i in indices if not 0 <= i < n_points)
        raise at_line(
            line,
            f"there is no point {bad}",
            allowed=f"points are numbered 0 to {n_points - 1}",
        )
    return tuple(indices), at


def _check_tail(rows: list[Row], n_lines: int) -> None:
    """Accept what programs append: a count, a byte or WebMorph's JSON."""
    if rows and (len(rows[0][1]) == 1 or rows[0][1].isdecimal()):
        rows = rows[1:]
    if rows and not rows[0][1].startswith("{"):
        line, content = rows[0]
        raise at_line(
            line,
            f"unexpected '{content[:60]}' after the {n_lines} lines",
            allowed="only a contour number and WebMorph's JSON may follow",
        )


def _template(points: Points, lines: Lines, closed: tuple[bool, ...]) -> Template:
    """Return the built-in template of this length, else one made from the file.

    Programs let their users redraw lines. Points with other lines than a built-in
    template of their number are still its points if they make an upright face.
    """
    known = map(builtin_template, builtin_templates())
    fits = [one for one in known if one.n_points == len(points)]
    same = [one for one in fits if (one.lines, one.closed) == (lines, closed)]
    if same or not lines:
        fits = same or fits
    elif np.isfinite(points).all():
        fits = [one for one in fits if is_upright(Landmarks(one, points))]
    if len(fits) == 1:
        return fits[0]
    names = tuple(f"point {i}" for i in range(len(points)))
    return Template(
        f"unnamed_{len(points)}", names, lines, closed, source="made from a .tem file"
    )


def write(landmarks: Mapping[str, Landmarks], *, size: Sizes = None) -> str:
    """Return a ``.tem`` with the points and the lines of their template.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        One image.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If there is not exactly one image.
    """
    _, one = single_face(landmarks)
    rows = [str(len(one.points))]
    rows += [f"{_exact(x)}\t{_exact(y)}" for x, y in one.points]
    rows.append(str(len(one.template.lines)))
    for line, closed in zip(one.template.lines, one.template.closed, strict=True):
        indices = [*line, line[0]] if closed else line
        rows += ["0", str(len(indices)), " ".join(map(str, indices))]
    return "\n".join(rows) + "\n"


def _exact(value: float) -> str:
    """Format `value` with all its decimals, at least three, never an exponent."""
    return np.format_float_positional(value + 0.0, trim="k", min_digits=3)
