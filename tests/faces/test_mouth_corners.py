"""Corners of wide open mouths lie where the crease between the lips ends."""

import numpy as np
import pytest

from morphkit.faces.detectors.mouth_corners import seat_corners

SKINS = {"light": (231, 180, 160), "brown": (150, 98, 74), "dark": (74, 46, 38)}
LEFT, RIGHT, MIDDLE = 60.0, 140.0, 100.0
#: Where the creases end, beside and below the corners as drawn; their height.
REACH, LOW = 14.0, 112.0


def drawn(height: float = 50.0) -> tuple[np.ndarray, np.ndarray]:
    """Return both edges of an opening as networks draw it, around y = 100."""
    x = np.linspace(LEFT, RIGHT, 11)
    bow = height / 2 * np.sin(np.pi * (x - LEFT) / (RIGHT - LEFT))
    return np.column_stack([x, MIDDLE - bow]), np.column_stack([x, MIDDLE + bow])


def picture(skin: str, *, crease: bool = True, reach: float = REACH) -> np.ndarray:
    """Return a dark opening in skin, with or without creases beside it."""
    frame = np.full((200, 200, 3), SKINS[skin], np.uint8)
    y, x = np.mgrid[:200, :200] + 0.5
    frame[((x - 100) / 34) ** 2 + ((y - 106) / 22) ** 2 < 1] = 8
    if crease:
        line = (np.abs(y - LOW) < 2.0) & (np.abs(x - 100) > 30)
        frame[line & (np.abs(x - 100) < RIGHT - 100 + reach)] = 8
    return frame


@pytest.mark.parametrize("skin", SKINS)
def test_corners_lie_on_their_creases_and_the_middle_stays(skin):
    for turned in (False, True):
        frame, edges = picture(skin), drawn()
        if turned:  # the mouth of a face that lies on its side
            frame = np.ascontiguousarray(np.rot90(frame))
            edges = tuple(np.column_stack([e[:, 1], 200 - e[:, 0]]) for e in edges)
        lips = seat_corners(frame, edges, edges)
        for moved, before in zip(lips, edges, strict=True):
            if turned:
                moved, before = (
                    np.column_stack([200 - e[:, 1], e[:, 0]]) for e in (moved, before)
                )
            np.testing.assert_allclose(moved[[0, -1], 1], LOW, atol=1.5)
            beside = np.abs(moved[[0, -1], 0] - MIDDLE) - (RIGHT - MIDDLE)
            np.testing.assert_allclose(beside, REACH - 8.0, atol=3.0)
            np.testing.assert_allclose(moved[5], before[5], atol=0.01)


@pytest.mark.parametrize("skin", SKINS)
def test_lips_without_a_crease_stay(skin):
    frame = picture(skin, crease=False)
    np.testing.assert_array_equal(seat_corners(frame, drawn(), drawn()), drawn())


def test_one_crease_is_not_enough():
    frame = picture("light")
    frame[:, :100] = picture("light", crease=False)[:, :100]
    np.testing.assert_array_equal(seat_corners(frame, drawn(), drawn()), drawn())


def test_a_broken_crease_is_none():
    frame, whole = picture("light", crease=False), picture("light")
    beside = np.abs(np.arange(200) + 0.5 - MIDDLE)
    for seen in (beside < 38, beside > 48):
        frame[:, seen] = whole[:, seen]
    np.testing.assert_array_equal(seat_corners(frame, drawn(), drawn()), drawn())


def test_corners_do_not_go_inwards():
    frame = picture("light", reach=3.0)
    np.testing.assert_array_equal(seat_corners(frame, drawn(), drawn()), drawn())


def test_lips_follow_their_corners_the_lower_one_less():
    """A quarter of the way from corner to corner: 0.35 and 0.06 of the corner's way."""
    edges = drawn()
    lips = seat_corners(picture("light"), edges, edges)
    for edge, before, share in zip(lips, edges, (0.35, 0.06), strict=True):
        way = (edge - before)[:, 1]
        assert np.interp(2.5, np.arange(11), way) / way[0] == pytest.approx(
            share, abs=0.05
        )


def test_corners_do_not_go_up():
    frame = np.ascontiguousarray(picture("light")[::-1])
    np.testing.assert_array_equal(seat_corners(frame, drawn(), drawn()), drawn())


def test_smiles_stay():
    smile = drawn(20.0)
    np.testing.assert_array_equal(seat_corners(picture("light"), smile, smile), smile)
