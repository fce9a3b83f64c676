"""Teeth: found by their colour, uncovered by the lips, and not squeezed."""

import numpy as np
import pytest
from repository import LANDMARKS, ROOT

from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import correspond, landmarks
from morphkit.geometry.correspondence.lips import follow_teeth
from morphkit.geometry.correspondence.openings import edges, tie
from morphkit.geometry.correspondence.teeth import shows_teeth
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import signed_areas
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, render

SIZE = (640, 640)
STILL = [Similarity.identity()] * 2
SKINS = [(236, 196, 174), (141, 85, 56), (72, 47, 38)]
GUMS = (168, 84, 84)
#: As little coloured as teeth, and darker than any: what lies in the shade behind them.
SHADE = (88, 90, 86)
TEETH = (225, 220, 205)
#: Fractions of the height of the painted mouth at which its teeth begin and end.
TOP, BOTTOM = 0.15, 0.7


def smiling() -> Landmarks:
    return read_landmarks(LANDMARKS / "maja_distressed.json")


def closed() -> Landmarks:
    """Return the same face with its lips closed."""
    face = smiling()
    points = face.points.copy()
    tie(points, face.template.openings[0])
    return Landmarks(face.template, points)


def picture(skin: tuple, teeth: tuple, *more: tuple) -> np.ndarray:
    """Return skin with a mouth of gums, and a band of teeth in it.

    Each of `more` is a band of teeth besides: its top and bottom.
    """
    face = smiling()
    upper, lower = edges(face.points, face.template.openings[0])
    frame = np.full((*SIZE, 3), skin, np.uint8)
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    top, bottom = (
        np.interp(x, *edge.T, left=9e9, right=-9e9) for edge in (upper, lower)
    )
    share = (y - top) / np.maximum(bottom - top, 1e-9)
    inside = (x > upper[0, 0]) & (x < upper[-1, 0]) & (share > 0) & (share < 1)
    frame[inside] = GUMS
    for above, below in ((TOP, BOTTOM), *more):
        frame[inside & (share > above) & (share < below)] = teeth
    return frame


@pytest.mark.parametrize("skin", SKINS)
def test_teeth_are_found_on_every_skin(skin):
    mouth = smiling().template.openings[0]
    frame = picture(skin, TEETH)
    assert shows_teeth(frame, smiling(), mouth)
    assert shows_teeth(frame.astype(np.uint16) * 257, smiling(), mouth)


def test_what_is_pale_and_dark_is_no_teeth():
    mouth = smiling().template.openings[0]
    assert not shows_teeth(picture(SKINS[0], SHADE), smiling(), mouth)
    assert shows_teeth(picture(SKINS[2], SHADE), smiling(), mouth)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("tongue", [GUMS, (200, 110, 110), (40, 20, 20)])
def test_gums_tongues_and_the_dark_are_no_teeth(skin, tongue):
    mouth = smiling().template.openings[0]
    assert not shows_teeth(picture(skin, tongue), smiling(), mouth)


def test_mouths_of_infants_show_none():
    for path in sorted((ROOT / "source_faces").glob("*_distressed.png")):
        face = read_landmarks(LANDMARKS / f"{path.stem}.json")
        assert not shows_teeth(read_image(path), face, face.template.openings[0])


def matched(teeth: tuple, aside: float = 0.0):
    """Return the mesh from closed lips, some pixels aside, to a mouth."""
    photos = [np.full((*SIZE, 3), SKINS[0], np.uint8), picture(SKINS[0], teeth)]
    first = closed()
    points = first.points.copy()
    points[48:68, 0] += aside
    return correspond(
        [Landmarks(first.template, points), smiling()],
        STILL,
        warp=WARPS["tps"],
        size=SIZE,
        photos=photos,
    ).correspondence


def rates_halfway(mesh) -> np.ndarray:
    """Return how many rows of the open photograph every row halfway goes on by."""
    half = blend_nodes(list(mesh.frame_nodes), (ONE // 2, ONE // 2))
    rows = np.repeat(np.arange(SIZE[1]) % 128 * 2, SIZE[0]).reshape(SIZE[::-1])
    ramp = np.repeat(rows[..., None], 3, axis=2).astype(np.uint8)
    job = RenderJob(
        [Source(ramp, scale="code")],
        *([mesh.photo_nodes[1]], half, mesh.triangles, [ONE]),
        size=SIZE,
    )
    return np.diff(render(job)[..., 0].astype(int), axis=0) / 2


def rows_seen(mesh) -> np.ndarray:
    """Return these rates in a column of the teeth."""
    mouth = smiling().template.openings[0]
    middle = len(mouth.upper) // 2
    top, bottom = (
        np.mean([face.points[edge[middle]] for face in (closed(), smiling())], axis=0)
        for edge in (mouth.upper, mouth.lower)
    )
    x, y = np.rint(0.6 * top + 0.4 * bottom).astype(int)
    return rates_halfway(mesh)[y - 3 : y + 2, x]


def test_teeth_are_uncovered_and_gums_stretched():
    np.testing.assert_allclose(rows_seen(matched(TEETH)), 1, atol=0.6)
    assert rows_seen(matched(GUMS)).mean() > 1.7
    assert matched(GUMS).behind == 0


def test_teeth_keep_their_height_from_corner_to_corner():
    """Lips take no part of them along, neither at gums nor where the dark begins."""
    points = (closed().points + smiling().points) / 2
    upper, lower = edges(points, smiling().template.openings[0])
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1] - 1))
    top, bottom = (np.interp(x, *edge.T) for edge in (upper, lower))
    share = (y - top) / np.maximum(bottom - top, 1e-9)
    along = (x - upper[0, 0]) / (upper[-1, 0] - upper[0, 0])
    seen = (share > 0.25) & (share < 0.75) & (along > 0.15) & (along < 0.85)
    rates = rates_halfway(matched(TEETH))[seen]
    assert np.mean(np.abs(rates - 1) < 0.6) > 0.99


@pytest.mark.parametrize("aside", [0.0, 6.0])
def test_teeth_stay_with_the_upper_jaw(aside):
    """All of the sheet behind the lips moves as the nose does, which is still here."""
    mesh = matched(TEETH, aside)
    sheet = np.unique(mesh.triangles[: mesh.behind])
    moved = (mesh.frame_nodes[1] - mesh.frame_nodes[0])[sheet] / 256
    still = np.hypot(*moved.T) < 0.02
    assert still.sum() > 40


def test_no_triangle_of_the_lips_turns_over():
    mesh = matched(TEETH)
    for level in np.linspace(0, 1, 15):
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(level))
        assert signed_areas(nodes, mesh.triangles[mesh.behind :]).min() > 0


#: How far the teeth of `bulging` go on below the curve through the landmarks, at the
#: image-left side, as a fraction of the width of the mouth.
BULGE = 0.06


def bulging(skin: tuple, beside: tuple = TEETH, begins: float = -0.02) -> np.ndarray:
    """Return a mouth full of teeth, whose left ones end below the curve."""
    frame = picture(skin, TEETH, (BOTTOM, 1.0))
    upper, lower = edges(smiling().points, smiling().template.openings[0])
    wide = upper[-1, 0] - upper[0, 0]
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    below = (y - np.interp(x, *lower.T)) / wide
    along = (x - upper[0, 0]) / wide
    beyond = (along > 0.03) & (along < 0.34) & (below > begins) & (below < BULGE)
    frame[beyond] = beside
    return frame


def followed(frame: np.ndarray, first: Landmarks | None = None) -> list[Landmarks]:
    """Return the landmarks of a mouth that is closed first, beside its picture."""
    photos = [np.full_like(frame, frame[0, 0]), frame]
    return follow_teeth([first or closed(), smiling()], photos)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("deeper", [1, 257])
def test_lips_end_where_teeth_end(skin, deeper):
    dtype = np.uint8 if deeper == 1 else np.uint16
    frame = bulging(skin).astype(dtype) * dtype(deeper)
    shut, wide = followed(frame)
    mouth, old = wide.template.openings[0], smiling()
    length = np.ptp(edges(old.points, old.template.openings[0])[0, :, 0])
    (upper, lower), curve = (
        (wide.points[list(edge)] for edge in (mouth.upper, mouth.lower)),
        edges(old.points, old.template.openings[0])[1],
    )
    below = (lower[:, 1] - np.interp(lower[:, 0], *curve.T)) / length
    along = (lower[:, 0] - lower[0, 0]) / length
    beside = (along > 0.05) & (along < 0.32)
    beside &= [landmark >= 68 for landmark in mouth.lower]
    np.testing.assert_allclose(below[beside], BULGE, atol=0.012)
    np.testing.assert_allclose(below[along > 0.37], 0, atol=0.006)
    assert beside.sum() >= 2
    assert len(upper) == len(lower) > len(old.template.openings[0].upper)
    np.testing.assert_array_equal(wide.points[:68], old.points)
    both = shut.points[list(mouth.upper)], shut.points[list(mouth.lower)]
    np.testing.assert_allclose(*both, atol=1e-9)


def with_few(beyond: float, slant: float = 0.0) -> np.ndarray:
    """Return a mouth with one tooth of the lower jaw, image-left of the middle.

    It goes on below the curve through the landmarks by a fraction of the mouth's width,
    and by less towards the middle if it is slanted.
    """
    frame = picture(SKINS[1], GUMS)
    upper, lower = edges(smiling().points, smiling().template.openings[0])
    wide = upper[-1, 0] - upper[0, 0]
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    below = (y - np.interp(x, *lower.T)) / wide
    along = (x - upper[0, 0]) / wide
    tooth = (along > 0.3) & (along < 0.48) & (below > -0.06)
    frame[tooth & (below < beyond - slant * (along - 0.34))] = TEETH
    return frame


@pytest.mark.parametrize(
    ("beyond", "slant", "more"),
    [
        (0.0, 0.0, False),
        (0.008, 0.0, False),
        (0.014, 0.0, True),
        (0.02, 0.0, True),
        (0.02, 0.14, True),
    ],
)
def test_first_teeth_end_where_the_lip_begins(beyond, slant, more):
    """A smaller part counts than of many teeth: it is one of a single tooth.

    Where it does, the lip follows all of it.
    """
    frame = with_few(beyond, slant)
    mouth = smiling().template.openings[0]
    assert not shows_teeth(frame, smiling(), mouth)
    _, wide = followed(frame)
    assert (len(wide.points) > 68) == more
    if more:
        new = wide.template.openings[0].lower
        lower = wide.points[[k for k in new if k >= 68]]
        curve = edges(smiling().points, mouth)[1]
        below = (lower[:, 1] - np.interp(lower[:, 0], *curve.T)) / np.ptp(curve[:, 0])
        assert below.max() == pytest.approx(beyond, abs=0.0065)
        assert (below > 0.004).sum() == 2


@pytest.mark.slow
def test_lips_without_teeth_beside_them_stay():
    """Neither pale lips of dark skin are teeth, nor light on a lip below its edge."""
    for frame in (
        bulging(SKINS[0], begins=0.03),
        bulging(SKINS[2], SHADE),
        bulging(SKINS[0], GUMS),
        picture(SKINS[0], GUMS),
        picture(SKINS[0], TEETH),
    ):
        assert [len(face.points) for face in followed(frame)] == [68, 68]
    frame = bulging(SKINS[0])
    assert len(followed(frame)[0].points) > 68
    assert len(followed(frame, first=smiling())[0].points) == 68
    assert len(follow_teeth([closed(), smiling()], ())[0].points) == 68


def seen_through_the_lip() -> int:
    """Return how many pixels below a mouth a quarter open are not skin alone."""
    frame = bulging(SKINS[1])
    photos = [np.full_like(frame, SKINS[1]), frame]
    faces = [closed(), smiling()]
    found = correspond(faces, STILL, warp=WARPS["tps"], size=SIZE, photos=photos)
    assert found.correspondence.landmarks.shape == (2, 68, 2)
    assert not any("mouth edge" in one.message for one in found.findings)
    sources = prepare_sources(found.correspondence, photos)
    shown = render_frame(found.correspondence, sources, 0.25)[..., 1]
    used = landmarks.follow_teeth(faces, photos)
    ends = [edges(face.points, used[0].template.openings[0])[1] for face in used]
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    lip = np.interp(x, *(0.75 * ends[0] + 0.25 * ends[1]).T, left=9e9, right=9e9)
    return int((np.abs(shown[y > lip + 2].astype(int) - SKINS[1][1]) > 8).sum())


@pytest.mark.slow
def test_no_teeth_show_through_a_lip(monkeypatch):
    mended = seen_through_the_lip()
    monkeypatch.setattr(landmarks, "follow_teeth", lambda faces, photos: faces)
    before = seen_through_the_lip()
    assert before > 100
    assert before > 4 * mended
