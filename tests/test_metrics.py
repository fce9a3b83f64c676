"""The metrics against published and hand-made numbers."""

import numpy as np
import pytest
from skimage.color import lab2rgb

from morphkit.metrics import ciede2000, mean_difference


def flat(*colour, shape=(3, 4)):
    return np.full((*shape, 3), colour, np.uint8)


def test_mean_difference_by_hand():
    a = np.zeros((2, 2, 3), np.uint8)
    b = a.copy()
    b[0, 0] = 10, 20, 30
    b[1, 1] = 255, 0, 0
    assert mean_difference.score(a, b) == (60 + 255) / 12
    mask = np.array([[0.5, 0], [1, 0]], np.float32)
    assert mean_difference.score(a, b, mask=mask) == pytest.approx(30 / 4.5)


def test_differences_do_not_wrap_around():
    """In 8 bits 0 - 255 would be 1."""
    assert mean_difference.score(flat(0, 0, 0), flat(255, 255, 255)) == 255
    assert mean_difference.score(flat(3, 0, 250), flat(1, 2, 255)) == pytest.approx(3)


def test_a_large_frame_is_summed_exactly():
    a = np.zeros((600, 800, 3), np.uint8)
    b = np.full_like(a, 1)
    b[0, 0, 0] = 254
    assert mean_difference.score(a, b) == (600 * 800 * 3 + 253) / (600 * 800 * 3)


#: Rows of the table of Sharma, Wu and Dalal (2005) that lie within sRGB.
PUBLISHED = [
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
]


@pytest.mark.parametrize(("first", "second", "expected"), PUBLISHED)
def test_ciede2000_against_the_published_table(first, second, expected):
    """Within what rounding to 8 bits leaves open."""
    a, b = (
        flat(*np.rint(255 * lab2rgb(np.array(lab)[None, None]))[0, 0].astype(int))
        for lab in (first, second)
    )
    assert ciede2000.score(a, b) == pytest.approx(expected, abs=0.35)


def test_ciede2000_of_black_and_white():
    assert ciede2000.score(flat(0, 0, 0), flat(255, 255, 255)) == pytest.approx(
        100, abs=1e-3
    )


def test_ciede2000_is_a_mean_over_pixels():
    a, b = flat(90, 80, 70), flat(90, 80, 70)
    b[:, :1] = 200, 80, 70
    one = ciede2000.score(a[:, :1], b[:, :1])
    assert one > 10
    assert ciede2000.score(a, b) == pytest.approx(one / 4)
