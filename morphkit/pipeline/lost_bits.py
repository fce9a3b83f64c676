"""Photographs with more bits than the images that are made from them."""

from collections.abc import Iterable, Iterator

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.faces.face import Face


def find_lost_bits(faces: Iterable[Face], bit_depth: int) -> Iterator[Finding]:
    """Find photographs of 16 bits whose images have 8."""
    deep = len({id(f.image) for f in faces if f.image.dtype == np.uint16})
    if deep and bit_depth == 8:
        yield Finding(
            "bit-depth",
            "note",
            f"{counted(deep, '16-bit photograph')}, 8-bit pack: set bit_depth = 16 "
            "under [frame] (--bit-depth 16) to keep more than 8 bits",
            value=8.0,
        )
