from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from morphkit.pixels.spec import Int16, Int32, UInt8

def prepare(
    photo: npt.NDArray[Any], table: Int16, taps: Int16, samples: Int16
) -> None: ...
def render(
    samples: Sequence[Int16],
    nodes: Sequence[Int32],
    frame_nodes: Int32,
    triangles: Int32,
    weights: Sequence[int],
    tap_weights: Int16,
    encode: UInt8,
    image: UInt8,
    covered: int = 0,
    behind: int = 0,
) -> tuple[int, int]: ...
def render_planes(
    samples: Sequence[Int16],
    nodes: Sequence[Int32],
    frame_nodes: Int32,
    triangles: Int32,
    weights: Sequence[int],
    tap_weights: Int16,
    planes: Int16,
    covered: int = 0,
    behind: int = 0,
) -> tuple[int, int]: ...
def level(
    planes: Int16,
    weights: tuple[int, int],
    encode: UInt8,
    image: UInt8,
) -> None: ...
def zlib_stream(rows: UInt8, pixel_bytes: int) -> bytes: ...
