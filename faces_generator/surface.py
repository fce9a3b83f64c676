"""What of a head is seen, pixel by pixel: what skin and relief are drawn on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from faces_generator.arrays import Array

if TYPE_CHECKING:
    from faces_generator.head import Head
    from faces_generator.mesh import Fragments


class Surface(NamedTuple):
    """What the visible surface is, one entry for each visible pixel."""

    place: np.ndarray
    part: np.ndarray
    lips: np.ndarray
    mouth: np.ndarray
    lids: np.ndarray
    ears: np.ndarray
    cloth: np.ndarray
    facing: np.ndarray


def see_surface(
    head: Head, fragments: Fragments, cloth: Array, facing: Array
) -> Surface:
    """Return what the visible surface is."""
    return Surface(
        fragments.of(head.rest2).astype(float),
        head.triangle_group[fragments.triangle],
        fragments.of(head.masks["lips"]),
        fragments.of(head.masks["inside-mouth"]),
        fragments.of(head.masks["eyelids"]),
        fragments.of(head.masks["ears"]),
        fragments.of(cloth) > 0.5,
        np.clip(fragments.of(facing), 0, 1),
    )
