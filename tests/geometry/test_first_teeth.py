"""First teeth: found below, taken along by the lower jaw, and dark where lips meet."""

from functools import cache

import cv2
import numpy as np
import pytest
from repository import LANDMARKS, ROOT

from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import correspond, reveal
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.correspondence.lower_jaw import darkest_place, lower_jaws
from morphkit.geometry.correspondence.openings import edges, tie
from morphkit.geometry.correspondence.teeth import gum_below_teeth
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import signed_areas
from morphkit.morph.correspondence import correspond_mixtures
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import MorphSettings
from morphkit.pixels import blend_nodes

SIZE = (640, 640)
SKINS = [(236, 196, 174), (72, 47, 38)]
GUMS, TEETH = (168, 84, 84), (225, 220, 205)
#: Shipped infants with first teeth.
WITH_TEETH = {"nilo", "pavo", "rumi", "saga", "vito", "wren", "zola"}
#: Where a closed face is darkest, pixels.
DARK = np.array([250, 300])


def smiling() -> Landmarks:
    return read_landmarks(LANDMARKS / "maja_distressed.json")


def closed() -> Landmarks:
    """Return the same face with its lips closed where its lower lip was."""
    face = smiling()
    points, mouth = face.points.copy(), face.template.openings[0]
    tie(points, mouth)
    return Landmarks(face.template, points)


def picture(skin: tuple, *bands: tuple[float, float], wide: float = 0.1) -> np.ndarray:
    """Return skin with a mouth of gums, and teeth in the middle of some bands of it."""
    frame = np.full((*SIZE[::-1], 3), skin, np.uint8)
    upper, lower = edges(smiling().points, smiling().template.openings[0])
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    top, bottom = (
        np.interp(x, *edge.T, left=9e9, right=-9e9) for edge in (upper, lower)
    )
    share = (y - top) / np.maximum(bottom - top, 1e-9)
    frame[(share > 0) & (share < 1)] = GUMS
    width = upper[-1, 0] - upper[0, 0]
    near = np.abs(x - upper[len(upper) // 2, 0]) < wide * width
    for above, below in bands:
        frame[near & (share > above) & (share < below)] = TEETH
    return frame


@pytest.mark.parametrize("skin", SKINS)
def test_gum_is_measured_below_a_few_lower_teeth(skin):
    mouth = smiling().template.openings[0]
    upper, lower = edges(smiling().points, mouth)
    middle = len(upper) // 2
    high = np.linalg.norm(lower[middle] - upper[middle])
    wide = np.linalg.norm(upper[-1] - upper[0])
    for end in (0.8, 0.95):
        found = gum_below_teeth(picture(skin, (0.6, end)), smiling(), mouth)
        assert found == pytest.approx((1 - end) * high / wide, abs=0.02)
    both = picture(skin, (0.6, 0.8), (0.0, 0.05))
    assert gum_below_teeth(both, smiling(), mouth) == pytest.approx(
        0.2 * high / wide, abs=0.02
    )


@pytest.mark.parametrize("bands", [[], [(0.1, 0.3)], [(0.1, 0.9)]])
def test_other_mouths_show_no_first_teeth(bands):
    """None, some of the upper jaw alone, or a whole row, wide and high."""
    frame = picture(SKINS[0], *bands, wide=0.3)
    assert gum_below_teeth(frame, smiling(), smiling().template.openings[0]) is None


def test_first_teeth_of_shipped_infants_are_found():
    found = set()
    for label in ("happy", "distressed"):
        for path in sorted((ROOT / "source_faces").glob(f"*_{label}.png")):
            face = read_landmarks(LANDMARKS / f"{path.stem}.json")
            mouth = face.template.openings[0]
            if gum_below_teeth(read_image(path), face, mouth) is not None:
                found.add(path.stem)
    assert found == {f"{n}_{e}" for n in WITH_TEETH for e in ("happy", "distressed")}


def test_the_lower_lip_closes_over_gum_and_no_farther():
    face, mouth = smiling(), smiling().template.openings[0]
    placed = [closed().points, face.points]
    inner = [edges(one, mouth)[1] for one in placed]
    inner = [lip[len(lip) // 2] for lip in inner]
    wide = np.linalg.norm(np.subtract(*face.points[[mouth.upper[0], mouth.upper[-1]]]))

    def sunk(gum: float) -> float:
        shut, opened = lower_jaws(mouth, face.template, placed, [False, True], gum)
        np.testing.assert_array_equal(opened, inner[1])
        return float(np.linalg.norm(shut - inner[0]))

    assert sunk(0.0) == 0.0
    assert sunk(0.03) == pytest.approx(0.03 * wide)
    # The outer edge of the lip is where it was: so are the teeth.
    assert sunk(9.0) == pytest.approx(inner[1][1] - inner[0][1], abs=1.0)


@pytest.mark.parametrize("deeper", [1, 257])
def test_the_darkest_place_is_more_than_one_pixel(deeper):
    frame = picture(SKINS[0]).astype(np.uint16 if deeper > 1 else np.uint8) * deeper
    frame[280, 320] = 0  # a single one
    frame[299:302, 249:252] = 20 * deeper
    frame[2:9, 2:9] = 0  # not in the face
    np.testing.assert_array_equal(darkest_place(frame, smiling()), DARK)
    np.testing.assert_array_equal(darkest_place(frame[:, :300], smiling()), DARK)
    frame[349:352, 199:202] = 30 * deeper
    eye = DARK + np.array([[-9, 0], [0, -5], [4, 0], [0, 5]])
    found = darkest_place(frame, smiling(), [eye])
    np.testing.assert_array_equal(found, [200, 350])


@cache
def matched() -> tuple[Correspondence, list[np.ndarray]]:
    """Return the mesh from closed lips to first teeth, and both pictures."""
    photos = [np.full((*SIZE[::-1], 3), SKINS[0], np.uint8)]
    photos[0][299:302, 249:252] = 0
    photos.append(picture(SKINS[0], (0.6, 0.85)))
    faces = [closed(), smiling()]
    still = [Similarity.identity()] * 2
    made = correspond(faces, still, warp=WARPS["tps"], size=SIZE, photos=photos)
    assert made.alone == ((), ())
    return made.correspondence, photos


def test_closed_lips_show_a_dark_place_for_what_is_behind():
    mesh, _ = matched()
    assert mesh.insides == ((), ())
    shared = np.unique(mesh.triangles[mesh.behind :])
    sheet = np.setdiff1d(mesh.triangles[: mesh.behind], shared)
    there = mesh.photo_nodes[0, sheet]
    dark = (there == DARK * 256).all(axis=1)
    assert dark.sum() > 40
    assert (mesh.photo_nodes[1, sheet[dark]] == mesh.frame_nodes[1, sheet[dark]]).all()


def test_a_sheet_that_does_not_fill_its_hole_is_not_used(monkeypatch):
    """Pixels without a triangle would stop a whole build: the mouth is stretched."""
    _, photos = matched()
    monkeypatch.setattr(reveal, "_FARTHER", -0.05)
    mesh = correspond(
        [closed(), smiling()],
        [Similarity.identity()] * 2,
        warp=WARPS["tps"],
        size=SIZE,
        photos=photos,
    ).correspondence
    assert (mesh.behind, len(mesh.insides[1])) == (0, 1)


def rows_of_teeth(level: float) -> np.ndarray:
    """Return the red of a frame in the column through the teeth, where it is gray."""
    mesh, photos = matched()
    frame = render_frame(mesh, prepare_sources(mesh, photos), level)
    upper, _ = edges(smiling().points, smiling().template.openings[0])
    column = frame[:, int(upper[len(upper) // 2, 0]) + 6].astype(int)
    gray = column[:, 1] > 0.9 * column[:, 0]
    return column[gray, 0]


def test_teeth_keep_their_height_and_lose_light_as_lips_close():
    """Of linear light as much is left as the open photograph's share."""
    whole = rows_of_teeth(1.0)
    half = rows_of_teeth(0.6)
    assert len(half) == pytest.approx(len(whole), abs=2)
    assert half.max() == pytest.approx(255 * (0.6 * (225 / 255) ** 2.2) ** (1 / 2.2), 8)
    assert half.max() < 200


def test_a_mouth_is_not_dark_where_the_pupil_of_the_other_is_seen_alone():
    """Saga at rest is darkest in her pupils, and her eyes are shut as she cries."""
    faces, photos = [], []
    for label in ("neutral", "distressed"):
        photos.append(read_image(ROOT / "source_faces" / f"saga_{label}.png"))
        faces.append(read_landmarks(LANDMARKS / f"saga_{label}.json"))
    still = [Similarity.identity()] * 2
    mesh = correspond(
        faces, still, warp=WARPS["tps"], size=SIZE, photos=photos, holes=True
    ).correspondence
    assert len(mesh.insides[0]) == 2
    inner = [*faces[1].template.openings[0].upper, *faces[1].template.openings[0].lower]
    place = tuple(faces[1].points[inner].mean(axis=0).astype(int)[::-1])
    near, cry = (
        float(blurred(render_frame(mesh, prepare_sources(mesh, photos), level))[place])
        for level in (0.9, 1.0)
    )
    assert near == pytest.approx(cry, rel=0.25)


def blurred(frame: np.ndarray) -> np.ndarray:
    """Return the mean code values of 9 × 9 pixels."""
    return cv2.blur(frame.mean(axis=2), (9, 9))


def test_a_whole_way_of_a_shipped_infant_with_teeth():
    """With eyes that are seen alone, and a mouth that is not."""
    faces, moves = {}, {}
    for label in ("neutral", "happy"):
        image = read_image(ROOT / "source_faces" / f"nilo_{label}.png")
        face = read_landmarks(LANDMARKS / f"nilo_{label}.json")
        faces["nilo", label] = Face(image, face)
        moves["nilo", label] = Similarity.identity()
    ends = [Mixture.of("nilo", label) for label in ("neutral", "happy")]
    made = correspond_mixtures(
        ends, faces, moves, size=SIZE, settings=MorphSettings(refine="none")
    )
    assert made.correspondence.insides == ((), ())
    assert made.correspondence.behind > 100
    mesh = made.correspondence
    for level in np.linspace(0, 1, 9):
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(level))
        assert signed_areas(nodes, mesh.triangles).min() > 0
