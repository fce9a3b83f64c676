"""Inner lips of shut mouths lie on the dark line; those of open ones stay."""

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES

from morphkit.faces.detectors import mesh
from morphkit.faces.detectors.convert import to_ibug_68
from morphkit.faces.detectors.shut_lips import close_shut_lips
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.correspondence.openings import is_open

#: Skin, upper and lower lip.
COLOURS = {
    "light": ((231, 180, 160), (190, 110, 105), (205, 120, 115)),
    "dark": ((92, 62, 50), (62, 42, 40), (120, 66, 62)),
}
#: What is seen between lips that are open.
SEEN = {"teeth": (205, 200, 190), "cavity": (18, 8, 8), "tongue": (150, 70, 70)}
LEFT, RIGHT, LINE = 50.0, 150.0, 103.0


def drawn(height: float) -> tuple[np.ndarray, np.ndarray]:
    """Return edges as a network draws them, apart around y = 100."""
    x = np.linspace(LEFT, RIGHT, 11)
    bow = height / 2 * np.sin(np.pi * (x - LEFT) / (RIGHT - LEFT))
    return np.column_stack([x, 100 - bow]), np.column_stack([x, 100 + bow])


def picture(skin: str, seen: str) -> np.ndarray:
    """Return lips in skin: shut, or with something between them."""
    around, upper, lower = COLOURS[skin]
    frame = np.full((200, 200, 3), around, np.uint8)
    y, x = np.mgrid[:200, :200] + 0.5
    bow = np.sin(np.pi * np.clip((x - LEFT) / (RIGHT - LEFT), 0, 1))
    frame[(np.abs(y - 100) < 24 * bow) & (y < LINE)] = upper
    frame[(np.abs(y - 100) < 28 * bow) & (y > LINE)] = lower
    if seen == "shut":
        frame[(np.abs(y - LINE) < 1.2) & (bow > 0)] = 24
        return frame
    inside = np.abs(y - 100) < 9 * bow
    frame[inside] = SEEN[seen]
    edge = inside & (np.abs(y - 100) > (4 if seen == "tongue" else 7.5) * bow)
    frame[edge] = (20, 10, 10)
    return frame


@pytest.mark.parametrize("skin", COLOURS)
def test_both_lips_of_a_shut_mouth_lie_on_its_line(skin):
    found = close_shut_lips(picture(skin, "shut"), drawn(18.0), drawn(52.0))
    for edge, before in zip(found, drawn(18.0), strict=True):
        np.testing.assert_allclose(edge[1:-1, 1], LINE, atol=2.0)
        np.testing.assert_allclose(edge[:, 0], before[:, 0], atol=0.01)
        np.testing.assert_array_equal(edge[[0, -1]], before[[0, -1]])


@pytest.mark.parametrize("skin", COLOURS)
@pytest.mark.parametrize("seen", SEEN)
def test_lips_stay_where_something_is_seen_between_them(skin, seen):
    found = close_shut_lips(picture(skin, seen), drawn(18.0), drawn(52.0))
    np.testing.assert_array_equal(found, drawn(18.0))


@pytest.mark.parametrize("height", [4.0, 40.0])
def test_lips_drawn_shut_or_wide_open_stay(height):
    found = close_shut_lips(picture("light", "shut"), drawn(height), drawn(60.0))
    np.testing.assert_array_equal(found, drawn(height))


@pytest.mark.slow
def test_a_shut_mouth_of_an_infant_is_found_shut():
    image = read_image(SOURCE_FACES / "yaro_neutral.png")
    truth = read_landmarks(LANDMARKS / "yaro_neutral.json")
    mouth = truth.template.openings[0]
    before, after = (
        to_ibug_68(find(image)[0].points) for find in (mesh.find_as_drawn, mesh.find)
    )
    assert is_open(before, mouth)
    assert not is_open(after, mouth)
    lips = [*mouth.upper[1:-1], *mouth.lower[1:-1]]
    off = [
        np.linalg.norm(p - truth.points, axis=1)[lips].mean() for p in (before, after)
    ]
    assert off[1] < 0.8 * off[0]
    np.testing.assert_array_equal(*(np.delete(p, lips, 0) for p in (before, after)))
