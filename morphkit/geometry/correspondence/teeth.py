"""Teeth between lips: bright and without the colour of skin.

Lips that part uncover teeth, which stay with the upper jaw, or first teeth, which go
with the lower one. Gums and tongue alone go with the lips. Which of them a mouth shows
is decided by its picture.

Conventions
-----------
Points are in the photograph, pixels. Light is linear, 0 to 1.
"""

import numpy as np
import numpy.typing as npt

from morphkit._core import fixed_order
from morphkit._core.arrays import Image
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Opening
from morphkit.geometry.correspondence.openings import edges
from morphkit.pixels.spec import WHITE, decode_table

Floats = npt.NDArray[np.float64]

#: Luminance of teeth, at least, over that of the skin of the same face.
BRIGHT = 0.35
#: Green over red of teeth, at least, over that of the skin: on skin of any tone teeth
#: are less red, lips, gums and tongues redder.
PALE = 1.1
#: Share of the inside of a mouth from which it shows teeth. Nine smiles of adults
#: have 0.40 to 0.83, 48 open mouths of rendered infants, some with first teeth, at
#: most 0.12.
TOOTHY = 0.25
#: The same from which it shows a few. First teeth of 11 rendered infants, of which this
#: was chosen, have 0.02 to 0.12, mouths of infants without teeth 0.000.
A_FEW = 0.015
#: Luminance of teeth in the shade of the cheek, at least, over that of all teeth.
_SHADE = 0.3
#: Samples from edge to edge.
_ROWS = 48
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def shows_teeth(photo: Image, face: Landmarks, opening: Opening) -> bool:
    """Return whether an open mouth shows many teeth.

    Parameters
    ----------
    photo : ndarray, shape (H, W, 3), dtype uint8 or uint16
        sRGB code values.
    face : Landmarks
        In the frame of the photograph.
    opening : Opening
        The mouth.
    """
    upper, lower = edges(face.points, opening)
    tooth = _is_tooth(_light(photo, _inside(face, opening)), _skin(photo, face))
    height = fixed_order.length(lower - upper)
    seen = fixed_order.total(tooth.sum(axis=0) * height) / _ROWS
    return bool(seen >= TOOTHY * fixed_order.total(height))


def gum_below_teeth(photo: Image, face: Landmarks, opening: Opening) -> float | None:
    """Return how much gum an open mouth shows below a few teeth of the lower jaw.

    Parameters
    ----------
    photo, face, opening
        As for `shows_teeth`.

    Returns
    -------
    float or None
        Mean distance from these teeth to the lower edge, as a fraction of the distance
        between the corners. None if the mouth shows many teeth or none, or most of them
        lie in the upper half.
    """
    upper, lower = edges(face.points, opening)
    tooth = _is_tooth(_light(photo, _inside(face, opening)), _skin(photo, face))
    height = fixed_order.length(lower - upper)
    low = fixed_order.total(tooth[_ROWS // 2 :].sum(axis=0) * height) / _ROWS
    seen = fixed_order.total(tooth.sum(axis=0) * height) / _ROWS
    whole = fixed_order.total(height)
    if not A_FEW * whole <= seen < TOOTHY * whole or low < seen / 2:
        return None
    below = tooth[::-1].argmax(axis=0) / _ROWS * height
    here = tooth[_ROWS // 2 :].any(axis=0)
    width = float(fixed_order.length(upper[-1] - upper[0]))
    return float(fixed_order.mean(below[here])) / width


def like_teeth(
    photo: Image, face: Landmarks, opening: Opening, points: Floats
) -> npt.NDArray[np.bool_]:
    """Return where a photograph shows what the teeth in its mouth look like.

    Parameters
    ----------
    photo, face, opening
        As for `shows_teeth`; the mouth shows teeth.
    points : ndarray, shape (..., 2)
        Places in the photograph.

    Returns
    -------
    ndarray, shape (...), dtype bool
        Whether it is bright and pale for the skin, and not much darker than the teeth:
        on dark skin lips are pale, too.
    """
    skin, light = _skin(photo, face), _light(photo, points)
    inside = _light(photo, _inside(face, opening))
    teeth = fixed_order.dot(inside[_is_tooth(inside, skin)], _LUMA)
    shade = _SHADE * np.median(teeth)
    return np.asarray(_is_tooth(light, skin) & (fixed_order.dot(light, _LUMA) > shade))


def _inside(face: Landmarks, opening: Opening) -> Floats:
    """Return places in rows between the edges of an opening, (rows, S, 2)."""
    upper, lower = edges(face.points, opening)
    down = ((np.arange(_ROWS) + 0.5) / _ROWS)[:, None, None]
    return np.asarray((1 - down) * upper + down * lower)


def _is_tooth(light: Floats, skin: Floats) -> npt.NDArray[np.bool_]:
    """Return what is bright and pale for a skin, shape of `light` but for colours."""
    bright = fixed_order.dot(light, _LUMA) > BRIGHT * fixed_order.dot(skin, _LUMA)
    return np.asarray(
        bright & (light[..., 1] * skin[0] > PALE * light[..., 0] * skin[1])
    )


def _skin(photo: Image, face: Landmarks) -> Floats:
    """Return the colour of the skin: the median over the hull of the nose."""
    nose = face.points[list(face.template.regions["nose"])]
    low, high = nose.min(axis=0), nose.max(axis=0)
    x, y = np.meshgrid(*np.linspace(low, high, 24).T)
    return np.median(_light(photo, np.stack([x, y], axis=-1)).reshape(-1, 3), axis=0)


def _light(photo: Image, points: Floats) -> Floats:
    """Return the linear light of the pixels nearest to points."""
    last = np.array(photo.shape[1::-1]) - 1
    column, row = np.moveaxis(np.clip(np.rint(points), 0, last).astype(int), -1, 0)
    return np.asarray(decode_table(photo.dtype.name)[photo[row, column]] / WHITE)
