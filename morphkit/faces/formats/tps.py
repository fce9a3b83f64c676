"""``.tps``: landmarks of tpsDig, geomorph and webmorphR.

Conventions
-----------
In the file y points up from the lower edge: ``y_file = height - y``. webmorphR negates
y instead; a face whose y are all zero or less is read that way. SCALE is not applied:
landmarks are in pixels.
"""

import re
import warnings
from collections.abc import Mapping
from pathlib import PureWindowsPath

import numpy as np

from morphkit._core.arrays import Points
from morphkit.errors import InputError, raise_all
from morphkit.faces.formats.lines import Row, at_line, decimals, integer, point, rows_of
from morphkit.faces.formats.missing import missing_points, said_missing
from morphkit.faces.formats.table import Sizes, add_once, fitting_template, size_of
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

PRECISION = 1e-6

_KEY = re.compile(r"([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*)")


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
    tps_y_up: int = 1,
) -> dict[str, Landmarks]:
    """Return the landmarks of each specimen by its IMAGE, else its ID.

    Parameters
    ----------
    text : str
        Content of a ``.tps``.
    template : Template, optional
        What the points are; without it, the only built-in template of this length.
    size : tuple of int or mapping, optional
        Width and height of the image, or of each image by name; needed unless y is
        negated.
    tps_y_up : int, optional
        Whether y counts up from the lower edge (1) or down from the upper one (0).

    Raises
    ------
    InputError
        If a line cannot be parsed, the size is missing, the number of points is wrong,
        there are curves or three-dimensional points, or no specimen is whole.
    """
    rows = list(rows_of(text))
    starts = [i for i, row in enumerate(rows) if _key(row)[0] in ("LM", "LM3")]
    if not starts:
        raise InputError('there is no "LM="', allowed="a specimen starts with LM=N")
    if starts[0] != 0:
        raise at_line(
            rows[0][0], f"unexpected '{rows[0][1][:60]}' before the first LM="
        )
    found: dict[str, Landmarks] = {}
    missing: list[InputError] = []
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        image, raw = _specimen(rows[start:stop])
        where = f"line {rows[start][0]}"
        try:
            if lacks := _incomplete(raw, template, image):
                missing.append(
                    InputError(
                        lacks,
                        where=where,
                        allowed="every landmark is needed",
                        remedy="place them, or detect the landmarks of that photograph",
                    )
                )
                continue
            points = _downwards(raw, image, size) if tps_y_up else raw
            landmarks = Landmarks(fitting_template(len(points), template), points)
        except InputError as error:
            raise error.at(where) from None
        add_once(found, image, landmarks, where)
    if not found:
        raise_all(missing)
    for lacking in missing:  # the others are whole
        warnings.warn(f"{lacking}; passed over", UserWarning, stacklevel=2)
    return found


def _key(row: Row) -> tuple[str, str]:
    """Return the key (upper case) and value of a line, both empty if it has none."""
    found = _KEY.fullmatch(row[1])
    return (found[1].upper(), found[2]) if found else ("", "")


def _specimen(rows: list[Row]) -> tuple[str, Points]:
    """Return image name and coordinates as they stand in the file."""
    line = rows[0][0]
    key, value = _key(rows[0])
    n_points = integer(value, line, "LM=N")
    if key == "LM3":
        raise at_line(
            line, "three-dimensional points (LM3)", allowed="only LM is supported"
        )
    if n_points < 0:
        raise at_line(line, f"a specimen of {n_points} points", allowed="LM=1 or more")
    body = rows[1 : n_points + 1]
    cut = next((i for i, row in enumerate(body) if _key(row)[0]), len(body))
    if cut < n_points:
        raise at_line(
            (body[cut] if cut < len(body) else rows[-1])[0],
            f"found {cut} points",
            allowed=f"line {line} declares {n_points}",
        )
    points = [point(row, 'a .tps point line is "x y"') for row in body]
    said: dict[str, str] = {}
    for row in rows[n_points + 1 :]:
        key, value = _key(row)
        if not key:
            raise at_line(row[0], f"unexpected '{row[1][:60]}' after the points")
        if key in ("CURVES", "OUTLINES") and value != "0":
            raise at_line(
                row[0],
                f"{key}={value}",
                allowed="only landmarks are supported",
                remedy="turn the curves into landmarks (tpsUtil) or delete them",
            )
        said[key] = value
    return said.get("IMAGE") or said.get("ID", ""), np.array(points).reshape(-1, 2)


def _incomplete(raw: Points, template: Template | None, image: str) -> str:
    """Return what is missing of a specimen, "" if it is whole."""
    said = f' of "{image}"' if image else ""
    if not len(raw):
        return f"the specimen{said} has no points yet (LM=0)"
    if not len(missing_points(raw)):
        return ""
    return said_missing(raw, fitting_template(len(raw), template)) + said


def _downwards(raw: Points, image: str, sizes: Sizes) -> Points:
    """Return the points with y downwards."""
    x, y = raw[:, 0], raw[:, 1]
    if len(raw) and (y <= 0).all() and (y < 0).any():
        return np.column_stack([x, -y])
    return np.column_stack([x, _height(sizes, image) - y])


def _height(sizes: Sizes, image: str) -> int:
    """Return the height of `image`."""
    size = size_of(sizes, image)
    if size is None:
        raise InputError(
            f'the height of the image "{image}" is unknown',
            allowed="in a .tps y is measured up from the lower edge",
            remedy="give the size (width, height) of the image, or the photograph "
            "itself (--images, or --image of landmarks convert)",
        )
    return size[1]


def write(
    landmarks: Mapping[str, Landmarks], *, size: Sizes = None, tps_y_up: int = 1
) -> str:
    """Return a ``.tps`` with IMAGE, ID and SCALE=1 and six decimals.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        By image name.
    size : tuple of int or mapping
        Width and height of the image, or of each image by name.
    tps_y_up : int, optional
        Whether y counts up from the lower edge (1) or down from the upper one (0).

    Raises
    ------
    InputError
        If a size is missing, or a face lies entirely below its image.
    """
    rows: list[str] = []
    for image, one in landmarks.items():
        down = one.points[:, 1]
        upwards = _height(size, image) - down if tps_y_up else down
        if (upwards <= 0).all():
            raise InputError(
                "all landmarks lie below the image",
                where=image,
                remedy="check that the size belongs to this image",
            )
        rows.append(f"LM={len(one.points)}")
        rows += [
            f"{decimals(x, 6)} {decimals(y, 6)}"
            for x, y in zip(one.points[:, 0], upwards, strict=True)
        ]
        if image:
            rows += [f"IMAGE={image}", f"ID={PureWindowsPath(image).stem}"]
        rows.append("SCALE=1.0")
    return "\n".join(rows) + "\n"
