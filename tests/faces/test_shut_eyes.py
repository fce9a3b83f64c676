"""Lids of shut eyes lie on the dark line; those of open eyes stay where they are."""

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES

from morphkit.faces.detectors import mesh
from morphkit.faces.detectors.convert import to_ibug_68
from morphkit.faces.detectors.shut_eyes import close_shut_eyes
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.correspondence.openings import is_open

SKINS = {"light": (231, 180, 160), "brown": (150, 98, 74), "dark": (74, 46, 38)}
LEFT, RIGHT, LINE = 60.0, 140.0, 103.0


def drawn(height: float = 16.0) -> tuple[np.ndarray, np.ndarray]:
    """Return lids as networks draw them, apart, around y = 100."""
    x = np.linspace(LEFT, RIGHT, 9)
    bow = height / 2 * np.sin(np.pi * (x - LEFT) / (RIGHT - LEFT))
    return np.column_stack([x, 100 - bow]), np.column_stack([x, 100 + bow])


def picture(skin: str, seen: str) -> np.ndarray:
    """Return an eye in skin: shut, open, or a narrow dark slit without white."""
    frame = np.full((200, 200, 3), SKINS[skin], np.uint8)
    y, x = np.mgrid[:200, :200] + 0.5
    bow = np.sin(np.pi * np.clip((x - LEFT) / (RIGHT - LEFT), 0, 1))
    if seen == "shut":
        frame[(np.abs(y - LINE) < 2.5) & (bow > 0)] = 12
        return frame
    inside = np.abs(y - 100) < (11 if seen == "open" else 10) * bow
    frame[inside] = 210 if seen == "open" else 18
    frame[inside & (np.abs(x - 100) < 12)] = 18
    return frame


@pytest.mark.parametrize("skin", SKINS)
def test_both_lids_of_a_shut_eye_lie_on_its_line(skin):
    eyes = [drawn(), drawn()]
    for lids in close_shut_eyes(picture(skin, "shut"), eyes):
        for edge, before in zip(lids, drawn(), strict=True):
            np.testing.assert_allclose(edge[2:-2, 1], LINE, atol=1.0)
            np.testing.assert_allclose(edge[:, 0], before[:, 0], atol=0.01)
            np.testing.assert_array_equal(edge[[0, -1]], before[[0, -1]])


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("seen", ["open", "slit"])
def test_lids_stay_where_an_eyeball_is_seen(skin, seen):
    eyes = [drawn(22.0), drawn(22.0)]
    found = close_shut_eyes(picture(skin, seen), eyes)
    np.testing.assert_array_equal(found, eyes)


def test_one_eye_that_is_seen_keeps_both_open():
    frame = np.hstack([picture("light", "shut"), picture("light", "open")])
    upper, lower = (edge + np.array([200.0, 0.0]) for edge in drawn(22.0))
    there = [drawn(), (upper, lower)]
    np.testing.assert_array_equal(close_shut_eyes(frame, there), there)


def test_lids_that_are_drawn_shut_stay():
    eyes = [drawn(), drawn(6.0)]
    closed, kept = close_shut_eyes(picture("brown", "shut"), eyes)
    assert np.ptp(closed[0][2:-2, 1] - closed[1][2:-2, 1]) < 0.5
    np.testing.assert_array_equal(kept, eyes[1])


@pytest.mark.slow
@pytest.mark.parametrize("identity", ["maja", "zola"])
def test_shut_eyes_of_infants_are_found_shut(identity):
    image = read_image(SOURCE_FACES / f"{identity}_distressed.png")
    truth = read_landmarks(LANDMARKS / f"{identity}_distressed.json")
    eyes = truth.template.openings[1:]
    before, after = (
        to_ibug_68(find(image)[0].points) for find in (mesh.find_as_drawn, mesh.find)
    )
    assert not any(is_open(truth.points, eye) for eye in eyes)
    assert all(is_open(before, eye) for eye in eyes)
    assert not any(is_open(after, eye) for eye in eyes)
    lids = [i for eye in eyes for edge in (eye.upper, eye.lower) for i in edge[1:-1]]
    off = [np.abs(points - truth.points)[lids, 1].mean() for points in (before, after)]
    assert off[1] < 0.7 * off[0]
    mouth = truth.template.regions["mouth"]
    np.testing.assert_array_equal(
        *(np.delete(points, [*lids, *mouth], 0) for points in (after, before))
    )


@pytest.mark.slow
def test_open_eyes_of_an_infant_stay():
    image = read_image(SOURCE_FACES / "maja_happy.png")
    before, after = (find(image)[0].points for find in (mesh.find_as_drawn, mesh.find))
    np.testing.assert_array_equal(before, after)
