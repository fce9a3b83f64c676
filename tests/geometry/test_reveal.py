"""Eyes that shut: what is behind the lids stays, and the mesh stays sound."""

from dataclasses import replace

import numpy as np
import pytest
from float_reference import decode
from repository import LANDMARKS
from scipy.ndimage import binary_erosion
from skimage.draw import polygon2mask

from morphkit.faces.formats import read_landmarks
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.openings import JAW, resolve_openings
from morphkit.geometry.correspondence.reveal import plain_sheets, reveal
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import regular_mesh, signed_areas
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, render

SIZE = (640, 640)
STILL = [Similarity.identity()] * 2
#: Where the inner corner of an eye is that does not move.
STAY = np.zeros((2, 2))


def faces(identity: str = "maja") -> list[Landmarks]:
    """Return the landmarks of a face with open and with shut eyes."""
    return [
        read_landmarks(LANDMARKS / f"{identity}_{label}.json")
        for label in ("happy", "distressed")
    ]


def ramp() -> np.ndarray:
    """Return a picture that tells the row of each of its pixels."""
    row = np.arange(SIZE[1]) % 128 * 2
    return np.repeat(np.repeat(row[:, None], SIZE[0], 1)[..., None], 3, 2).astype("u1")


def test_an_eye_that_nearly_shuts_does_not_fade_into_its_lids():
    """White eyeballs and black lids: there is more white than if they were mixed.

    On the scale of code values, where nothing is shaded.
    """
    both = faces()
    mesh = correspond(both, STILL, warp=WARPS["tps"], size=SIZE).correspondence
    photos = [np.full((*SIZE, 3), code, np.uint8) for code in (255, 0)]
    level = 0.875
    points = blend_nodes(list(mesh.landmarks), integer_weights(level)) / 256
    how = Rendering(blend="srgb")
    white, faded = (
        render_frame(m, prepare_sources(m, photos, how), level, how)
        for m in (mesh, replace(mesh, behind=0))
    )
    for eye in resolve_openings(both).tied:
        x, y = np.rint(points[[*eye.upper, *eye.lower]].mean(axis=0)).astype(int)
        near = slice(y - 4, y + 2), x, 0
        assert white[near].max() > 1.3 * faded[near].max() > 0


def test_eyeballs_do_not_shine_between_lids_of_dark_skin():
    """At seven eighths a white one is at most twice as bright as the darkest skin."""
    both = faces()
    mesh = correspond(both, STILL, warp=WARPS["tps"], size=SIZE).correspondence
    shut = np.full((*SIZE, 3), (72, 47, 38), np.uint8)
    wide = shut.copy()
    for eye in resolve_openings(both).insides[0]:
        inside = polygon2mask(SIZE, eye[:, ::-1])
        wide[binary_erosion(inside, iterations=3)] = 190  # lids have soft edges
    frame = render_frame(mesh, prepare_sources(mesh, [wide, shut]), 0.875)
    light = decode(frame) @ [0.2126, 0.7152, 0.0722]
    skin = light[0, 0]
    assert (light < 0.95 * skin).sum() + (light > 1.05 * skin).sum() > 30
    assert light.max() < 2 * skin


def test_an_eyeball_is_uncovered_and_not_squeezed():
    both = faces()
    mesh = correspond(both, STILL, warp=WARPS["tps"], size=SIZE).correspondence
    opened = resolve_openings(both)
    for eye in opened.tied:
        middle = len(eye.upper) // 2
        top, bottom = (
            np.mean([points[edge[middle]] for points in opened.points], axis=0)
            for edge in (eye.upper, eye.lower)
        )
        x, y = np.rint((top + bottom) / 2).astype(int)
        half = blend_nodes(list(mesh.frame_nodes), (ONE // 2, ONE // 2))
        frame = render(
            RenderJob(
                [Source(ramp(), scale="code")],
                *([mesh.photo_nodes[0]], half, mesh.triangles, [ONE]),
                size=SIZE,
            )
        )
        rows = frame[y - 1 : y + 2, x, 0].astype(int)
        # As high as in the photograph: one row a pixel, where a squeezed one has two.
        np.testing.assert_allclose(np.diff(rows), 2, atol=1)
        # The lid above lies over what it hides, and comes along with its edge.
        lid = np.mean([points[eye.upper[middle]] for points in opened.points], axis=0)
        row = frame[int(np.rint(lid[1])) - 3, x, 0] / 2
        there = opened.points[0][eye.upper[middle]][1] % 128 - 3
        assert abs(row - there) < 3


def test_lids_meet_before_the_end():
    """The eyeball of the open eye alone: seen halfway, and no more at 97 %."""
    both = faces()
    mesh = correspond(both, STILL, warp=WARPS["tps"], size=SIZE).correspondence
    eyes = resolve_openings(both).insides[0]
    inside = np.any([polygon2mask(SIZE, eye[:, ::-1]) for eye in eyes], axis=0)
    white = np.repeat(255 * binary_erosion(inside)[..., None], 3, 2).astype("u1")
    lit = []
    for level in (0.5, 0.85, 0.97):
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(level))
        job = RenderJob(
            [Source(white, scale="code")],
            *([mesh.photo_nodes[0]], nodes, mesh.triangles, [ONE]),
            size=SIZE,
        )
        lit.append(int((render(job)[..., 0] > 128).sum()))
    assert lit[0] > lit[1] > 20
    assert lit[2] == 0


@pytest.mark.parametrize("identity", ["maja", "zola"])
def test_an_eyeball_stays_where_shut_lids_are_drawn_too_narrow(identity):
    """As detectors draw them: the outer corner and the lids lie too far inside."""
    both = faces(identity)
    narrow = both[1].points.copy()
    narrow[36:42, 0] += 0.2 * (narrow[39, 0] - narrow[36:42, 0])
    across = np.ascontiguousarray(ramp()[: SIZE[0]].transpose(1, 0, 2))
    seen = []
    for points in (both[1].points, narrow):
        ends = [both[0], Landmarks(both[1].template, points)]
        mesh = correspond(ends, STILL, warp=WARPS["tps"], size=SIZE).correspondence
        half = blend_nodes(list(mesh.frame_nodes), (ONE // 2, ONE // 2))
        frame = render(
            RenderJob(
                [Source(across, scale="code")],
                *([mesh.photo_nodes[0]], half, mesh.triangles, [ONE]),
                size=SIZE,
            )
        )
        lids = np.mean([both[0].points, both[1].points], axis=0)[[37, 38, 40, 41]]
        x, y = np.rint(lids.mean(axis=0)).astype(int)
        seen.append(frame[y, x - 8 : x + 9, 0].astype(int))
    np.testing.assert_allclose(np.diff(seen[1]), 2, atol=1)  # as wide as it was
    np.testing.assert_allclose(seen[1], seen[0], atol=1)  # within half a pixel


@pytest.mark.parametrize("identity", ["maja", "pavo", "zola"])
def test_no_triangle_turns_over_at_any_level(identity):
    mesh = correspond(
        faces(identity), STILL, warp=WARPS["tps"], size=SIZE
    ).correspondence
    plain = regular_mesh(SIZE, 8)
    assert len(mesh.triangles) > len(plain.triangles) + 100
    for level in np.linspace(0, 1, 15):
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(level))
        assert signed_areas(nodes, mesh.triangles).min() > 0


def test_the_ends_are_the_photographs():
    rng = np.random.default_rng(2)
    photos = [rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8) for _ in range(2)]
    mesh = correspond(faces(), STILL, warp=WARPS["tps"], size=SIZE).correspondence
    sources = prepare_sources(mesh, photos)
    for level, photo in enumerate(photos):
        frame = render_frame(mesh, sources, float(level))
        np.testing.assert_array_equal(frame, photo)


def test_exchanging_the_faces_exchanges_the_ends():
    one, two = (
        correspond(faces()[::k], STILL, warp=WARPS["tps"], size=SIZE).correspondence
        for k in (1, -1)
    )
    np.testing.assert_array_equal(one.triangles, two.triangles)
    np.testing.assert_array_equal(one.frame_nodes, two.frame_nodes[::-1])
    for a, b in zip(one.insides, two.insides[::-1], strict=True):
        for inside, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(inside, other)


def test_an_eye_too_narrow_or_too_near_the_edge_is_left_alone():
    both = faces()
    opened = resolve_openings(both)
    eye = next(one for one in opened.tied if one.name not in JAW)
    mesh = regular_mesh(SIZE, 8)
    sheets = plain_sheets(mesh, [mesh.nodes, mesh.nodes])
    tiny = [points / 40 + 300 for points in opened.points]
    assert reveal(sheets, mesh, eye, tiny, [True, False], anchor=STAY, rim=0.5) is None
    corner = opened.points[0][eye.upper[0]]
    out = [points - corner for points in opened.points]
    assert reveal(sheets, mesh, eye, out, [True, False], anchor=STAY, rim=0.5) is None
    made = reveal(sheets, mesh, eye, opened.points, [True, False], anchor=STAY, rim=0.5)
    assert made is not None
    for nodes in made.ends:  # though the skin around stays while the lids move
        assert signed_areas(nodes, made.drawn).min() > 0


@pytest.mark.parametrize("far", [4.0, 7.0, 10.0])
def test_nodes_that_lids_would_pass_over_give_way(far):
    opened = resolve_openings(faces())
    eye = next(one for one in opened.tied if one.name not in JAW)
    mesh = regular_mesh(SIZE, 8)
    sheets = plain_sheets(mesh, [mesh.nodes, mesh.nodes])
    moved = [opened.points[0] - (0, far), opened.points[1] + (0, far)]
    made = reveal(sheets, mesh, eye, moved, [True, False], anchor=STAY, rim=0.8)
    assert made is None or all(
        signed_areas(nodes, made.triangles).min() > 0 for nodes in made.ends
    )


#: Shares of an open face, of a cry and of a face at rest: the first, then with the
#: difference of the others.
SUMS = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, -1.0]])


def wider_eyes(face: Landmarks, times: float) -> Landmarks:
    """Return a face whose eyes are open wider by a factor."""
    points = face.points.copy()
    for first in (36, 42):
        eye = points[first : first + 6]
        eye[:, 1] += (times - 1) * (eye[:, 1] - eye[[0, 3], 1].mean())
    return Landmarks(face.template, points)


def in_sums(times: float, *, told: bool = True, identity: str = "maja"):
    """Return the mesh of a face that shuts its eyes as one with wider eyes does."""
    at_rest = faces(identity)[0]
    ends = [at_rest, faces("saga")[1], wider_eyes(faces("saga")[0], times)]
    still = [Similarity.identity()] * 3
    how = {"warp": WARPS["tps"], "size": SIZE, "sums": SUMS if told else None}
    return correspond(ends, still, **how).correspondence


def nodes_at(mesh, level: float) -> np.ndarray:
    """Return the nodes at a level from the first sum to the second."""
    shares = np.rint(ONE * ((1 - level) * SUMS[0] + level * SUMS[1])).astype(int)
    return blend_nodes(list(mesh.frame_nodes), tuple(shares.tolist()))


@pytest.mark.parametrize(
    ("times", "told", "folds"),
    [(0.8, True, False), (1.0, True, False), (1.4, True, False), (1.4, False, True)],
)
def test_a_sum_that_shuts_eyes_does_not_fold(times, told, folds):
    """If the holes are made for the ends, they fold in a sum that goes past them."""
    mesh = in_sums(times, told=told)
    assert mesh.behind
    least = [
        signed_areas(nodes_at(mesh, level), mesh.triangles).min()
        for level in np.linspace(0, 1, 15)
    ]
    assert (min(least) <= 0) == folds


@pytest.mark.parametrize("identity", ["maja", "zola"])
def test_lids_of_a_sum_meet_over_an_eyeball_that_stays(identity):
    mesh = in_sums(1.4, identity=identity)
    eyes = resolve_openings(faces(identity)).insides[0]
    inside = np.any([polygon2mask(SIZE, eye[:, ::-1]) for eye in eyes], axis=0)
    white = np.repeat(255 * binary_erosion(inside)[..., None], 3, 2).astype("u1")

    def seen(photo: np.ndarray, level: float) -> np.ndarray:
        where = [mesh.photo_nodes[0]], nodes_at(mesh, level), mesh.triangles, [ONE]
        return render(RenderJob([Source(photo, scale="code")], *where, size=SIZE))

    lit = [int((seen(white, level)[..., 0] > 128).sum()) for level in (0, 0.5, 1)]
    assert lit[0] > 1.5 * lit[1] > 200
    assert lit[2] == 0
    half, landmarks = seen(ramp(), 0.5), mesh.landmarks / 256
    lids = np.tensordot((SUMS[0] + SUMS[1]) / 2, landmarks, 1)[[37, 38, 40, 41]]
    x, y = np.rint(lids.mean(axis=0)).astype(int)
    rows = half[y - 3 : y + 4, x, 0].astype(int)
    assert abs(rows[-1] - rows[0] - 12) <= 1  # as high as it was, one row a pixel


def test_an_opening_that_no_sum_opens_gets_no_hole():
    """The eyes of the difference alone are open: nothing of them is ever seen."""
    shut = faces()[1]
    ends = [shut, *faces("saga")]
    still = [Similarity.identity()] * 3
    same = np.array([[1.0, 0.0, 0.0], [1.0, 0.05, -0.05]])
    how = {"warp": WARPS["tps"], "size": SIZE}
    assert correspond(ends, still, **how, sums=same).correspondence.behind == 0
    assert correspond(ends, still, **how).correspondence.behind


def test_a_sum_that_shuts_keeps_the_eyeball_of_one_that_is_open():
    """And not that of the end which happens to come first."""
    own, cry = faces()
    wider = wider_eyes(own, 1.4)
    opened = resolve_openings([wider, own, cry])
    eye = next(one for one in opened.tied if one.name not in JAW)
    mesh = regular_mesh(SIZE, 8)
    sheets = plain_sheets(mesh, [mesh.nodes] * 3, [mesh.nodes] * 2)
    made = reveal(
        *(sheets, mesh, eye, [*opened.points, own.points, opened.points[2]]),
        [True, True, False, True, False],
        anchor=np.zeros((5, 2)),
        rim=0.5,
    )
    assert made is not None
    first, last = np.unique(made.behind)[[0, -1]]
    heights = [
        float(
            np.ptp(nodes[first : last + 1].reshape(2, -1, 2)[:, 1:-1, 1], axis=0).max()
        )
        for nodes in made.sums
    ]
    assert heights[1] == pytest.approx(heights[0], abs=0.2)
    assert np.ptp(made.ends[0][first : last + 1], axis=0)[1] > 1.2 * heights[0]
