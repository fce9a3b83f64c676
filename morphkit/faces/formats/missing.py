"""Points that were not placed, as programs write them: -1 -1, 0 0, NaN or NA."""

import re

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit.errors import InputError
from morphkit.faces.template import Template

#: Missing points that are named.
_NAMED = 6
_WORD = re.compile(r"[+-]?nan|na|n/a|null|", re.IGNORECASE)


def is_missing_word(token: str) -> bool:
    """Return whether a cell says that there is no number, in words or by being empty.

    Examples
    --------
    >>> [is_missing_word(token) for token in ("NaN", "NA", "", "0", "anna")]
    [True, True, True, False, False]
    """
    return _WORD.fullmatch(token.strip()) is not None


def missing_points(raw: Points) -> npt.NDArray[np.intp]:
    """Return the indices of points that were not placed.

    Parameters
    ----------
    raw : ndarray, shape (N, 2)
        Coordinates as they stand in a file. Not a number, or (-1, -1), is a missing
        point. So is (0, 0), unless other points lie on those edges of the image, as the
        corners of a frame do.
    """
    unknown = np.isnan(raw).any(axis=1) | (raw == -1).all(axis=1)
    corner = (raw == 0).all(axis=1)
    on_edge = ((raw == 0).any(axis=1) & ~corner).any()
    return np.flatnonzero(unknown | (corner & ~on_edge))


def said_missing(raw: Points, template: Template) -> str:
    """Return how many points are missing and which, for a message.

    Parameters
    ----------
    raw : ndarray, shape (N, 2)
        As in `missing_points`, which finds some.
    template : Template
        Names them.
    """
    missing = missing_points(raw)
    x, y = raw[missing[0]]
    said = "not a number" if np.isnan([x, y]).any() else f"{x:g} {y:g}"
    names = ", ".join(f'{i} "{template.points[i]}"' for i in missing[:_NAMED])
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"{len(missing)} of {len(raw)} points are missing ({said}): {names}{more}"


def refuse_missing(raw: Points, template: Template) -> None:
    """Refuse a face of which points were not placed.

    Parameters
    ----------
    raw, template
        As in `said_missing`.

    Raises
    ------
    InputError
        With their number and the names of the first.
    """
    if len(missing_points(raw)):
        raise InputError(
            said_missing(raw, template),
            allowed="every landmark has a place in pixels",
            remedy="place them, or detect the landmarks of this photograph again",
        )
