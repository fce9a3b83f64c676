from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.pixels.spec import Int16, Int32, UInt8

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

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
    encode: UInt8 | None,
    image: UInt8 | Int16,
    covered: int = 0,
    behind: int = 0,
    sheets: int = 0,
    rims: int = 0,
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
    sheets: int = 0,
    rims: int = 0,
) -> tuple[int, int]: ...
def level(
    planes: Int16,
    weights: tuple[int, int],
    encode: UInt8 | None,
    image: UInt8 | Int16,
    light: Int16 | None = None,
) -> None: ...
def zlib_stream(rows: UInt8, pixel_bytes: int) -> bytes: ...
def reduce_area(frame: UInt8, small: UInt8) -> None: ...
def even_contrast(codes: UInt8, half: int, result: UInt8) -> None: ...
def match(first: UInt8, second: UInt8, flow: Int32) -> None: ...
def halfway(
    there: Int32, back: Int32, apart: int, most: int, middle: Int32, trust: Int32
) -> None: ...
def spread(
    middle: Int32, trust: Int32, taps: Int16, still: int, result: Int32
) -> None: ...
def tally(
    frame: UInt8,
    before: UInt8,
    region: UInt8,
    skin: UInt8,
    shares: Int32,
    sums: Int64,
) -> None: ...
def resample(
    picture: npt.NDArray[Any],
    values: Float64,
    down: Int32,
    down_weights: Float64,
    across: Int32,
    across_weights: Float64,
    square: Float64,
) -> None: ...
def scale_down(
    frame: UInt8,
    across: Int32,
    across_weights: Int32,
    down: Int32,
    down_weights: Int32,
    result: UInt8,
) -> None: ...
def compare_colours(
    first: Float64, second: Float64, series: Float64, parts: Float64
) -> None: ...
def correlate(
    values: Float64, taps: Float64, odd: bool, axis: int, result: Float64
) -> None: ...
def means_apart(values: Float64, side: int, every: int, result: Float64) -> None: ...
def filter_columns(
    values: Float64, places: Int32, taps: Float64, reach: Int32, result: Float64
) -> None: ...
def use_threads(count: int, least: int = 65536) -> None: ...
