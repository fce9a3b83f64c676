"""Tongues of mouths that are open in every face: one piece, which follows the jaw."""

import numpy as np
import pytest
from repository import LANDMARKS

from morphkit.faces.formats import read_landmarks
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry import polygon
from morphkit.geometry.correspondence import correspond, landmarks
from morphkit.geometry.correspondence.openings import edges, is_open, outline, tie
from morphkit.geometry.correspondence.tongue import tongue_points
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import signed_areas
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pixels import blend_nodes

REDUCED = 2  # the shipped faces are used at half of their size
SIZE = (320, 320)
KEPT = [Similarity.identity()] * 2
SHIPPED = sorted({path.stem.split("_")[0] for path in LANDMARKS.glob("*_happy.json")})
SKIN, LIP, DARK, TONGUE, TEETH = (
    (224, 182, 158),
    (196, 120, 112),
    (60, 20, 20),
    (176, 84, 92),
    (225, 220, 205),
)


def pair(name: str, folder: str = "") -> list[Landmarks]:
    """Return the smile and the cry of a shipped infant, both with an open mouth."""
    held = [
        read_landmarks(LANDMARKS / folder / f"{name}_{label}.json")
        for label in ("happy", "distressed")
    ]
    return [one.with_points((one.points + 0.5) / REDUCED - 0.5) for one in held]


def places(faces: list[Landmarks], photos=()) -> list[np.ndarray]:
    return tongue_points(faces, [face.points for face in faces], photos)


def middle_of(face: Landmarks) -> np.ndarray:
    """Return the middle of the upper and of the lower edge of the mouth."""
    both = edges(face.points, face.template.openings[0])
    return both[:, both.shape[1] // 2]


def between_lips(face: Landmarks) -> np.ndarray:
    """Return the pixels within the mouth."""
    ring = outline(face.points, face.template.openings[0])
    return polygon.drawn(np.rint(ring).astype(int), SIZE)


def opened(face: Landmarks, by: float) -> Landmarks:
    """Return a face whose lower lip lies lower, pixels."""
    points = face.points.copy()
    points[list(face.template.openings[0].lower[1:-1])] += [0.0, by]
    return face.with_points(points)


def drawn(face: Landmarks, seat: np.ndarray, inside: tuple = DARK) -> np.ndarray:
    """Return skin and a mouth with a furrowed tongue, whose middle is its seat."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] * 1.0
    frame = np.full((*SIZE[::-1], 3), SKIN, float)
    mouth = between_lips(face)
    frame[mouth] = inside
    u, v = x - seat[0], y - seat[1]
    tongue = mouth & (u**2 / 15**2 + v**2 / 7**2 < 1)
    frame[tongue] = (np.array(TONGUE) + 40 * np.cos(0.7 * v)[..., None])[tongue]
    return np.rint(frame).astype(np.uint8)


def test_a_tongue_that_follows_the_jaw_is_seen_once(monkeypatch):
    """The tongue moves as those of rendered infants do; lips, by the landmarks."""
    faces = pair("maja")
    half = faces[0].with_points((faces[0].points + faces[1].points) / 2)
    seats = [
        0.45 * upper + 0.55 * lower + [0.0, 5.0]
        for upper, lower in map(middle_of, faces)
    ]
    photos = [drawn(*one) for one in zip(faces, seats, strict=True)]
    x, y = np.rint((seats[0] + seats[1]) / 2).astype(int)
    there = np.s_[y - 3 : y + 4, x - 8 : x + 9]
    true = drawn(half, (seats[0] + seats[1]) / 2)[there]

    def error() -> float:
        mesh = correspond(
            faces, KEPT, warp=WARPS["tps"], size=SIZE, photos=photos
        ).correspondence
        rendering = Rendering(detail="plain")
        sources = prepare_sources(mesh, photos, rendering)
        frame = render_frame(mesh, sources, 0.5, rendering)[there]
        return float(((frame.astype(float) - true) ** 2).mean())

    found = error()
    nowhere = [np.empty((0, 2))] * 2
    monkeypatch.setattr(landmarks, "tongue_points", lambda *_: nowhere)
    assert found < 0.2 * error()


@pytest.mark.parametrize("folder", ["", "infant"])
@pytest.mark.parametrize("name", SHIPPED)
def test_the_places_move_as_one_between_the_lips(name, folder):
    faces = pair(name, folder)
    found = places(faces)
    assert [there.shape for there in found] == [(3, 2), (3, 2)]
    moves = found[1] - found[0]
    np.testing.assert_allclose(moves, moves[[0, 0, 0]], atol=1e-9)
    lips = middle_of(faces[1]) - middle_of(faces[0])
    np.testing.assert_allclose(moves[1], 0.45 * lips[0] + 0.55 * lips[1], atol=1e-9)
    for face, there in zip(faces, found, strict=True):
        assert polygon.within(
            there, outline(face.points, face.template.openings[0])
        ).all()


@pytest.mark.parametrize("name", SHIPPED)
def test_meshes_with_tongues_do_not_fold_in_either_order(name):
    faces = pair(name)
    there, back = (
        correspond(order, KEPT, warp=WARPS["tps"], size=SIZE)
        for order in (faces, faces[::-1])
    )
    mesh = there.correspondence
    for field in ("frame_nodes", "photo_nodes", "triangles"):
        swapped = getattr(back.correspondence.swapped(), field)
        assert np.array_equal(getattr(mesh, field), swapped)
    assert not [one for one in there.findings if one.code == "fold"]
    for level in np.linspace(0.0, 1.0, 5):
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(float(level)))
        assert signed_areas(nodes * 1.0, mesh.triangles).min() > 0


def test_nothing_jumps_where_the_other_mouth_becomes_the_wider_one():
    face = pair("maja")[0]
    narrower, same, wider = (
        np.array(places([face, opened(face, by)])) for by in (-1e-6, 0.0, 1e-6)
    )
    assert np.abs(narrower - same).max() < 1e-5
    assert np.abs(wider - same).max() < 1e-5
    np.testing.assert_allclose(same[0], same[1])


def test_three_faces_share_one_tongue():
    first, last = pair("maja")
    found = places([last, first, opened(first, 4.0)])
    alone = places([first, opened(first, 4.0)])
    np.testing.assert_allclose(found[1:], alone)


@pytest.mark.parametrize(("share", "number"), [(0.25, 0), (0.5, 3)])
def test_a_mouth_closed_in_one_face_has_no_places(share, number):
    """Closed is what counts as such everywhere: lips that part a little, too."""
    faces = [face.with_points(4 * face.points) for face in pair("maja")]
    mouth = faces[0].template.openings[0]
    shut = faces[0].points.copy()
    tie(shut, mouth)
    little = faces[0].with_points(share * faces[0].points + (1 - share) * shut)
    assert is_open(little.points, mouth) == bool(number)
    assert [len(one) for one in places([little, faces[1]])] == [number] * 2


@pytest.mark.parametrize("toothy", [0, 1])
def test_teeth_of_the_upper_jaw_do_not_follow_the_lower_one(toothy):
    faces = pair("maja")
    photos = [drawn(face, np.array([-99.0, -99.0])) for face in faces]
    assert len(places(faces, photos)[0]) == 3
    photos[toothy] = drawn(faces[toothy], np.array([-99.0, -99.0]), TEETH)
    assert len(places(faces, photos)[0]) == 0


def test_places_that_would_lie_on_a_lip_are_left_out():
    faces = pair("maja")
    small = [face.with_points(face.points / 16) for face in faces]
    assert len(places(small)[0]) == 0
    aside = faces[1].points.copy()  # a mouth too narrow for the others' tongue
    lips = sorted(
        {*faces[1].template.openings[0].upper, *faces[1].template.openings[0].lower}
    )
    aside[lips, 0] += 0.8 * (aside[lips, 0].mean() - aside[lips, 0])
    assert [len(one) for one in places([faces[0], faces[1].with_points(aside)])] == [
        1,
        1,
    ]
