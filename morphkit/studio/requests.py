"""Values in the requests of the page, checked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.studio.documents import Change, facts_of
from morphkit.studio.study import StudioFace, StudioStudy


def change_in(data: Mapping[str, Any]) -> Change:
    """Return the change that a save is to write.

    Raises
    ------
    InputError
        If something is missing or is not of its kind.
    """
    return Change(
        points_in(data.get("points")),
        _indices(data.get("hidden", [])),
        start=_whole(data.get("start", 0)),
        edits=_listed(data.get("edits", [])),
        position=_whole(data.get("position", 0)),
    )


def landmarks_in(
    data: Mapping[str, Any], study: StudioStudy, face: StudioFace
) -> Landmarks:
    """Return the landmarks of a face as they are on the page.

    Raises
    ------
    InputError
        If they do not fit the template.
    """
    return Landmarks(
        study.template,
        np.asarray(points_in(data.get("points")), np.float64),
        Placement("hand"),
        facts_of(face).sha256,
        frozenset(_indices(data.get("hidden", []))),
    )


def points_in(value: Any) -> list[list[float]]:
    """Return a list of pairs of numbers."""
    try:
        pairs = [[float(x), float(y)] for x, y in value]
    except (TypeError, ValueError):
        raise InputError('"points" is not a list of [x, y]') from None
    return pairs


def _indices(value: Any) -> list[int]:
    """Return a list of whole numbers."""
    if not isinstance(value, list):
        raise InputError('"hidden" is not a list of indices')
    return [_whole(one) for one in value]


def _whole(value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is not a whole number")
    return value


def _listed(value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise InputError('"edits" is not a list')
    return value
