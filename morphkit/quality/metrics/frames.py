"""What every metric asks of its frames and its mask, and how it sees them.

Conventions
-----------
A metric takes frames as integer code values, uint8 or uint16, or as code values that
were never rounded: float in [0, 1], sRGB, 1 being white.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Mask
from morphkit.errors import InputError
from morphkit.pixels.spec import code_table

Codes = npt.NDArray[np.float64]
#: Frames of integer or of unrounded code values.
AnyFrame = npt.NDArray[Any]

#: Shares of red, green and blue in luma (Rec. 709).
LUMA = np.array([0.2126, 0.7152, 0.0722])
#: CIE XYZ of linear red, green and blue (columns), and of white (D65, 2 degrees).
_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
#: What stands outside a mask: middle grey.
FILL = 0.5


@dataclass(frozen=True, eq=False)
class Unrounded:
    """A frame as it was rendered; code values are looked up where they are needed.

    Parameters
    ----------
    samples : ndarray, shape (H, W, 3), dtype int16
        0 to 32767.
    scale : str
        What they are proportional to; see `morphkit.pixels.spec.code_table`.
    """

    samples: npt.NDArray[np.int16]
    scale: str

    @property
    def values(self) -> Codes:
        """The code value of every sample."""
        return code_table(self.scale)


def check_frame(frame: AnyFrame) -> None:
    """Raise InputError unless a frame is one that metrics take.

    Raises
    ------
    InputError
        If it is not ``(H, W, 3)``, of another dtype than uint8, uint16 and float, or
        a float goes beyond 0 to 1.
    """
    kinds = frame.dtype in (np.uint8, np.uint16) or frame.dtype.kind == "f"
    if frame.ndim != 3 or frame.shape[2] != 3 or not kinds:
        raise InputError(
            f"a frame of shape {frame.shape} and dtype {frame.dtype}",
            allowed="(height, width, 3) and uint8, uint16 or float in [0, 1]",
        )
    if frame.dtype.kind == "f" and not (frame.min() >= 0 and frame.max() <= 1):
        raise InputError(
            "a frame of floats beyond 0 to 1", allowed="code values from 0 to 1"
        )


def check_mask(mask: Mask | None, frame: AnyFrame) -> None:
    """Raise InputError unless a mask fits a frame.

    Raises
    ------
    InputError
        If it has another size, leaves nothing or goes beyond 0 to 1.
    """
    if mask is None:
        return
    if mask.shape != frame.shape[:2]:
        raise InputError(
            f"a mask of shape {mask.shape} for frames of {frame.shape[:2]}"
        )
    if not ((mask >= 0).all() and (mask <= 1).all() and mask.any()):
        raise InputError(
            "a mask that leaves nothing or goes beyond 0 to 1",
            allowed="0 is left out, 1 counts in full",
        )


def check_frames(a: AnyFrame, b: AnyFrame, mask: Mask | None) -> None:
    """Raise InputError unless two frames and a mask can be compared; see the others."""
    check_frame(a)
    check_frame(b)
    if a.shape != b.shape:
        raise InputError(f"frames of shapes {a.shape} and {b.shape} to compare")
    check_mask(mask, a)


def as_codes(frame: AnyFrame) -> Codes:
    """Return a frame as code values in [0, 1], float64."""
    if frame.dtype.kind == "f":
        return frame.astype(np.float64, copy=False)
    return frame / np.float64(np.iinfo(frame.dtype).max)


def code_values(frame: AnyFrame) -> Codes | None:
    """Return what the integers of a frame stand for; None for a frame of floats."""
    if frame.dtype.kind == "f":
        return None
    return as_codes(np.arange(np.iinfo(frame.dtype).max + 1, dtype=frame.dtype))


def luma_of(codes: Codes) -> Codes:
    """Return the luma of code values, ``(..., 3)``, summed in a fixed order."""
    red, green, blue = (codes[..., k] * LUMA[k] for k in range(3))
    return np.asarray(red + green + blue)


def lab_of(codes: Codes) -> Codes:
    """Return sRGB code values in [0, 1], ``(..., 3)``, as CIELAB (D65, 2 degrees).

    As `skimage.color.rgb2lab`, but summed in a fixed order.
    """
    # Channel by channel, since what lies apart in memory takes twice the time.
    red, green, blue = (_light(codes[..., k].copy()) for k in range(3))
    x, y, z = (
        _cube_root((red * own[0] + green * own[1] + blue * own[2]) / white)
        for own, white in zip(_XYZ, _WHITE, strict=True)
    )
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def _light(codes: Codes) -> Codes:
    """Return code values in linear light."""
    curved = ((codes + 0.055) / 1.055) ** 2.4
    return np.where(codes > 0.04045, curved, codes / 12.92)


def _cube_root(light: Codes) -> Codes:
    """Return the cube root of light, a straight line near black."""
    return np.where(light > 0.008856, np.cbrt(light), 7.787 * light + 16.0 / 116.0)


def as_luma(frame: AnyFrame, mask: Mask | None) -> Codes:
    """Return the luma of a frame, ``(H, W)`` in [0, 1], middle grey outside a mask."""
    luma = luma_of(as_codes(frame))
    if mask is None:
        return np.asarray(luma)
    return np.asarray(FILL + mask * (luma - FILL))
