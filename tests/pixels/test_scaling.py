"""Frames scaled down: C against NumPy, and both against Pillow, to the last bit."""

import numpy as np
import pytest
from PIL import Image as Pillow

from morphkit.pixels import scaling_oracle
from morphkit.pixels.scaling import lanczos_taps, scale_down

RNG = np.random.default_rng(3)
LANCZOS = Pillow.Resampling.LANCZOS


def frame_of(width, height):
    """Return black and white noise, which goes beyond both ends of the codes."""
    return RNG.integers(0, 2, (height, width, 3)).astype(np.uint8) * 255


@pytest.mark.parametrize(
    ("size", "into"),
    [
        ((61, 61), (48, 48)),
        ((61, 61), (7, 7)),
        ((200, 150), (1, 1)),
        ((30, 40), (30, 9)),
    ],
)
def test_native_and_scalar_scale_as_the_oracle(native, scalar, size, into):
    frame = frame_of(*size)
    taps = [*lanczos_taps(size[0], into[0], size[0])]
    taps += lanczos_taps(size[1], into[1], size[1])
    wanted = np.zeros((into[1], into[0], 3), np.uint8)
    scaling_oracle.scale_down(frame, *taps, wanted)
    for code in (native, scalar):
        result = np.zeros_like(wanted)
        code.scale_down(frame, *taps, result)
        np.testing.assert_array_equal(result, wanted)
    np.testing.assert_array_equal(scale_down(frame, into), wanted)


@pytest.mark.parametrize(
    ("size", "into"),
    [
        *(((512, 512), (into, into)) for into in (384, 192, 112, 50)),
        *(((150, 120), (round(150 / s), round(120 / s))) for s in (1.1, 1.7, 3.3)),
        ((97, 60), (31, 60)),  # along one axis alone
        ((60, 97), (60, 31)),
    ],
)
def test_frames_are_those_of_pillow(size, into):
    frame = frame_of(*size)
    wanted = np.asarray(Pillow.fromarray(frame).resize(into, LANCZOS))
    np.testing.assert_array_equal(scale_down(frame, into), wanted)


def test_a_part_is_scaled_as_pillow_scales_it():
    frame = frame_of(64, 64)
    box = (0, 0, 63.3, 62.6)
    wanted = np.asarray(Pillow.fromarray(frame).resize((40, 40), LANCZOS, box=box))
    np.testing.assert_array_equal(scale_down(frame, (40, 40), (63.3, 62.6)), wanted)


def test_grey_stays_grey():
    for code in (0, 1, 127, 255):
        frame = np.full((37, 41, 3), code, np.uint8)
        assert (scale_down(frame, (13, 11)) == code).all()


@pytest.mark.parametrize(
    ("place", "wrong", "message"),
    [
        (0, np.zeros((9, 9, 4), np.uint8), "frame"),
        (1, np.int32([8, 0]), "weights: of pixels"),
        (3, np.int32([-1, 0]), "weights: of pixels"),
        (4, np.full((2, 2), 1 << 23, np.int32), "too large"),
        (5, np.zeros((2, 3, 3), np.uint8), "weights: of pixels"),
    ],
)
def test_native_refuses_what_does_not_fit(native, place, wrong, message):
    first, weights = np.zeros(2, np.int32), np.ones((2, 2), np.int32)
    arguments = [np.zeros((9, 9, 3), np.uint8), first, weights, first, weights]
    arguments.append(np.zeros((2, 2, 3), np.uint8))
    arguments[place] = wrong
    with pytest.raises(ValueError, match=message):
        native.scale_down(*arguments)
