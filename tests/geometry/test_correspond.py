"""From landmarks to a frozen mesh."""

import dataclasses
import re

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, read_landmarks, read_template
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS, align_set
from morphkit.geometry.correspondence import SPACING, correspond
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, to_nodes
from morphkit.geometry.correspondence.landmarks import fold_finding
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import regular_mesh, signed_areas
from morphkit.geometry.warp.unfold import UnfoldResult
from morphkit.pixels import lowpass_taps

REDUCED = 4  # the shipped faces are used at a quarter of their size
SIZE = (160, 160)
KEPT = [Similarity.identity()] * 2


def shipped(name: str, *, openings: bool = False) -> Landmarks:
    """Return the landmarks of a shipped face, of a template that knows no openings."""
    held = read_landmarks(LANDMARKS / f"{name}.json")
    points = (held.points + 0.5) / REDUCED - 0.5
    if openings:
        return held.with_points(points)
    return Landmarks(dataclasses.replace(held.template, openings=()), points)


def photo(name: str) -> np.ndarray:
    whole = read_image(SOURCE_FACES / f"{name}.png").astype(float)
    side = whole.shape[0] // REDUCED
    parts = whole.reshape(side, REDUCED, side, REDUCED, 3)
    return np.rint(parts.mean(axis=(1, 3))).astype(np.uint8)


def aligned(*faces, size=SIZE):
    return align_set(
        faces, [SIZE] * len(faces), alignment=ALIGNMENTS["procrustes"], size=size
    )


MAJA = shipped("maja_happy"), shipped("maja_distressed")
PHOTOS = photo("maja_happy"), photo("maja_distressed")
PAIRS = {
    "expressions": MAJA,
    "persons": (shipped("maja_happy"), shipped("nilo_distressed")),
}


def same(one, other) -> bool:
    """Return whether two correspondences agree in every bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("triangles", "frame_nodes", "photo_nodes", "landmarks")
    ) and [t.tolist() for t in one.taps] == [t.tolist() for t in other.taps]


@pytest.mark.slow
@pytest.mark.parametrize("warp", WARPS)
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("refinement", [None, *REFINEMENTS])
def test_exchanging_the_faces_exchanges_the_ends(warp, pair, refinement):
    faces = PAIRS[pair]
    moves = aligned(*faces)

    def made(order):
        return correspond(
            [faces[k] for k in order],
            [moves[k] for k in order],
            warp=WARPS[warp],
            size=SIZE,
            photos=[PHOTOS[k] for k in order],
            refinement=REFINEMENTS[refinement] if refinement else None,
        )

    there, back = made((0, 1)), made((1, 0))
    assert same(back.correspondence, there.correspondence.swapped())
    assert not same(back.correspondence, there.correspondence)
    assert back.findings == there.findings


def test_a_refinement_moves_the_mesh():
    plain = correspond(MAJA, KEPT, warp=WARPS["tps"], size=SIZE)
    finer = correspond(
        MAJA,
        KEPT,
        warp=WARPS["tps"],
        size=SIZE,
        photos=PHOTOS,
        refinement=REFINEMENTS["flow"],
    )
    moved = finer.correspondence.frame_nodes - plain.correspondence.frame_nodes
    assert 0.05 < np.abs(moved).max() / UNITS_PER_PIXEL < 0.1 * SIZE[0]


def carried(mesh, points, start, end):
    """Return where the mesh carries points from one end to the other, by hand."""
    nodes = mesh.frame_nodes / UNITS_PER_PIXEL
    corners = nodes[start][mesh.triangles]
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], 2)
    result = []
    for point in points:
        shares = np.linalg.solve(edges, (point - corners[:, 0])[..., None])[..., 0]
        shares = np.column_stack([1 - shares.sum(axis=1), shares])
        t = int(shares.min(axis=1).argmax())
        assert shares[t].min() > -0.05
        result.append(shares[t] @ nodes[end][mesh.triangles[t]])
    return np.array(result)


@pytest.mark.parametrize(
    ("warp", "spacing", "limit", "typical"),
    [
        ("piecewise_affine", 8, 0.02, 0.01),
        # A mesh of straight edges cuts the corners of a smooth map.
        ("tps", 2, 0.2, 0.06),
        ("tps", 8, 1.8, 0.5),
    ],
)
def test_landmarks_lie_on_landmarks(warp, spacing, limit, typical):
    """What one photograph shows at a landmark, the other shows at the same one."""
    rng = np.random.default_rng(3)
    cell = rng.choice(64, 50, replace=False)
    start = 16 * np.stack([cell % 8, cell // 8], 1) + rng.uniform(18, 30, (50, 2))
    kind = Template("scattered", tuple(f"p{k}" for k in range(50)))
    end = start + rng.normal(0, 1.6, start.shape)
    faces = [Landmarks(kind, start), Landmarks(kind, end)]
    made = correspond(
        faces, aligned(*faces), warp=WARPS[warp], size=SIZE, spacing=spacing
    )
    assert made.findings == ()
    places = made.correspondence.landmarks / UNITS_PER_PIXEL
    assert np.abs(places[0] - places[1]).max() > 3
    for first, second in ((0, 1), (1, 0)):
        found = carried(made.correspondence, places[first], first, second)
        off = np.hypot(*(found - places[second]).T)
        assert off.max() < limit
        assert np.median(off) < typical


@pytest.mark.parametrize("warp", WARPS)
def test_photo_nodes_are_frame_nodes_seen_in_the_photo(warp):
    moves = aligned(*MAJA, size=(100, 120))
    mesh = correspond(MAJA, moves, warp=WARPS[warp], size=(100, 120)).correspondence
    assert mesh.size == (100, 120)
    for k, move in enumerate(moves):
        expected = move.inverse()(mesh.frame_nodes[k] / UNITS_PER_PIXEL)
        off = np.abs(mesh.photo_nodes[k] / UNITS_PER_PIXEL - expected).max()
        # Both are rounded, one after the other's scale.
        assert off <= (0.5 + 0.75 / move.scale) / UNITS_PER_PIXEL
        placed = move(MAJA[k].points)
        assert np.abs(mesh.landmarks[k] / UNITS_PER_PIXEL - placed).max() <= 0.5 / 256


@pytest.mark.parametrize("warp", WARPS)
@pytest.mark.parametrize("refinement", [None, *REFINEMENTS])
def test_without_alignment_nodes_of_frame_and_photo_are_the_same(warp, refinement):
    """That is why the ends of a continuum are the photographs, bit for bit."""
    mesh = correspond(
        MAJA,
        KEPT,
        warp=WARPS[warp],
        size=SIZE,
        photos=PHOTOS,
        refinement=REFINEMENTS[refinement] if refinement else None,
    ).correspondence
    assert (mesh.frame_nodes == mesh.photo_nodes).all()
    assert (mesh.frame_nodes[0] != mesh.frame_nodes[1]).any()


def test_the_rim_stays_and_the_middle_of_both_ends_is_the_mesh():
    mesh = correspond(MAJA, KEPT, warp=WARPS["tps"], size=SIZE).correspondence
    rest = regular_mesh(SIZE, SPACING)
    assert (mesh.triangles == rest.triangles).all()
    for nodes in mesh.frame_nodes:
        assert (nodes[rest.rim] == UNITS_PER_PIXEL * rest.nodes[rest.rim]).all()
    middle = mesh.frame_nodes.mean(axis=0) / UNITS_PER_PIXEL
    inside = ~rest.rim & (rest.nodes <= SIZE[0] - 1).all(axis=1)
    assert np.abs(middle - rest.nodes)[inside].max() < 0.01
    for nodes in mesh.frame_nodes:
        assert signed_areas(nodes, mesh.triangles).min() > 0


def test_taps_follow_the_reduction():
    small = [
        Similarity.scaling(0.25, shift=(0, 0)),
        Similarity.scaling(1.5, shift=(0, 0)),
    ]
    mesh = correspond(MAJA, small, warp=WARPS["tps"], size=SIZE).correspondence
    assert [tuple(tap.tolist()) for tap in mesh.taps] == [
        lowpass_taps(4.0),
        (16384,),
    ]
    assert len(mesh.taps[0]) > 5


def test_more_than_two_faces(monkeypatch):
    """Their order changes no bit, though sums of several numbers depend on theirs.

    Rounding to 1/256 px would hide nearly all of that: it is left out here.
    """
    exact = []

    def kept(points):
        exact.append(points.copy())
        return to_nodes(points)

    monkeypatch.setattr("morphkit.geometry.correspondence.landmarks.to_nodes", kept)
    faces = [*MAJA, shipped("nilo_happy"), shipped("nilo_distressed")]
    moves = aligned(*faces)

    def made(order):
        exact.clear()
        correspond(
            [faces[k] for k in order],
            [moves[k] for k in order],
            warp=WARPS["tps"],
            size=SIZE,
        )
        return [points[np.argsort(order)] for points in exact]

    plain = made([0, 1, 2, 3])
    assert [len(array) for array in plain] == [4, 4, 4]  # frame, photo, landmarks
    for order in ([3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]):
        for one, other in zip(plain, made(order), strict=True):
            assert (one == other).all()


# ---- what is told


def test_nothing_to_tell():
    still = [MAJA[0], MAJA[0].with_points(MAJA[0].points + 0.25)]
    assert correspond(still, KEPT, warp=WARPS["tps"], size=SIZE).findings == ()


def test_merged_landmarks_are_told_and_kept():
    faces = []
    for face in MAJA:
        points = face.points.copy()
        points[[61, 62]] = points[[67, 66]]
        faces.append(face.with_points(points))
    made = correspond(faces, KEPT, warp=WARPS["tps"], size=SIZE)
    (found,) = (f for f in made.findings if f.code == "merged-landmarks")
    names = builtin_template("ibug_68").points
    assert found.severity == "note"
    assert found.value == 2.0
    assert f'"{names[61]}" = "{names[67]}"' in found.message
    assert f'"{names[62]}" = "{names[66]}"' in found.message
    assert made.correspondence.landmarks.shape == (2, 68, 2)
    # Their common control point still leads them.
    places = made.correspondence.landmarks / UNITS_PER_PIXEL
    off = carried(made.correspondence, places[0][[61, 67]], 0, 1) - places[1][[61, 67]]
    assert np.abs(off).max() < 1.0


def test_landmarks_that_change_places_are_told():
    """Nothing lies between them half-way: they are merged, and that is suspicious."""
    points = MAJA[0].points.copy()
    points[[31, 35]] = points[[35, 31]]  # the wings of the nose
    made = correspond(
        [MAJA[0], MAJA[0].with_points(points)], KEPT, warp=WARPS["tps"], size=SIZE
    )
    (found,) = made.findings
    names = builtin_template("ibug_68").points
    assert (found.code, found.severity) == ("crossed-landmarks", "warning")
    assert f'"{names[31]}" = "{names[35]}"' in found.message
    apart = np.hypot(*(points[31] - points[35]))
    assert found.value == pytest.approx(apart, abs=0.02)
    assert f"up to {apart:.1f} px apart" in found.message


@pytest.mark.parametrize(
    ("moved", "told"), [(9.84, "up to 9.8 px"), (0.01, "less than")]
)
def test_a_fold_tells_how_far_nodes_moved(moved, told):
    mesh = regular_mesh((64, 64), 16)
    said = fold_finding(
        mesh, UnfoldResult(mesh.nodes, 1, moved, (3.0, 4.0), clean=True)
    )
    assert told in said.message
    assert "0.0 px" not in said.message


@pytest.mark.parametrize("warp", WARPS)
def test_a_fold_is_removed_and_told(warp):
    """A landmark that overtakes its neighbour: a mesh that follows both turns over."""
    points = MAJA[0].points.copy()
    points[31] = points[35] + np.array([12, 0])
    faces = [MAJA[0], MAJA[0].with_points(points)]
    made = correspond(faces, KEPT, warp=WARPS[warp], size=SIZE, spacing=4)
    found = [f for f in made.findings if f.code in ("fold", "fold-removed")]
    assert found
    for one in found:
        assert one.severity == {"fold": "error", "fold-removed": "note"}[one.code]
        assert one.value > 0.5
        place = [
            float(part)
            for part in re.findall(r"around \((\d+), (\d+)\)", one.message)[0]
        ]
        assert np.hypot(*(place - points[35])) < 20
    if {f.code for f in found} == {"fold-removed"}:
        for nodes in made.correspondence.frame_nodes:
            assert signed_areas(nodes, made.correspondence.triangles).min() > 0


def test_faces_of_different_templates():
    other = dataclasses.replace(builtin_template("ibug_68"), name="own")
    faces = [MAJA[0], Landmarks(other, MAJA[1].points)]
    with pytest.raises(
        InputError, match="different templates: ibug_68, own; convert the landmark"
    ):
        correspond(faces, KEPT, warp=WARPS["tps"], size=SIZE)


def test_every_face_has_a_place():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        correspond(MAJA, KEPT[:1], warp=WARPS["tps"], size=SIZE)


# ---- mouths and eyes that open


def with_mouth(height: float) -> Landmarks:
    """Return a face whose inner lips are so far apart at every place."""
    face = shipped("maja_happy", openings=True)
    mouth = next(o for o in face.template.openings if o.name == "mouth")
    points = face.points.copy()
    upper, lower = list(mouth.upper[1:-1]), list(mouth.lower[1:-1])
    middle = (points[upper] + points[lower]) / 2
    points[upper] = middle - [0, height / 2]
    points[lower] = middle + np.array([0, height / 2])
    return face.with_points(points)


def test_a_mouth_that_opens_has_its_inside_from_the_open_face():
    shut, wide = with_mouth(0.4), with_mouth(8.0)
    mouth = next(o for o in shut.template.openings if o.name == "mouth")
    for faces, closed in (((shut, wide), 0), ((wide, shut), 1)):
        made = correspond(faces, KEPT, warp=WARPS["tps"], size=SIZE)
        mesh = made.correspondence
        (found,) = (f for f in made.findings if f.code == "opening")
        assert found.message.startswith("open in one face and closed in the other: mou")
        assert [len(photo) for photo in mesh.insides] == (
            [0, 1] if closed == 0 else [1, 0]
        )
        # The lips are one line in the closed face, and as they were in the open one.
        places = (
            mesh.landmarks[:, list(mouth.upper)],
            mesh.landmarks[:, list(mouth.lower)],
        )
        assert (places[0][closed] == places[1][closed]).all()
        apart = np.abs(mesh.landmarks[1 - closed] / UNITS_PER_PIXEL - wide.points).max()
        assert apart <= 0.5 / UNITS_PER_PIXEL
        # The outline runs through the landmarks of the open mouth.
        (outline,) = mesh.insides[1 - closed]
        edge = wide.points[[*mouth.upper, *mouth.lower]]
        away = np.hypot(*np.moveaxis(outline / UNITS_PER_PIXEL - edge[:, None], 2, 0))
        assert away.min(axis=1).max() < 0.01
    there = correspond((shut, wide), KEPT, warp=WARPS["tps"], size=SIZE)
    back = correspond((wide, shut), KEPT, warp=WARPS["tps"], size=SIZE)
    assert same(back.correspondence, there.correspondence.swapped())


@pytest.mark.parametrize("height", [0.3, 8.0])
def test_a_mouth_that_stays_as_it_is_is_no_opening(height):
    faces = with_mouth(height), with_mouth(1.2 * height)
    made = correspond(faces, KEPT, warp=WARPS["tps"], size=SIZE)
    assert "opening" not in {f.code for f in made.findings}
    assert made.correspondence.insides == ((), ())


# ---- hand-made templates of photographs


@pytest.mark.parametrize("warp", WARPS)
def test_real_templates_with_closed_mouths(shared, warp):
    """Coincident lips are merged, told, and leave a mesh without folds."""
    template = read_template(shared / "webmorph/tem_defs/frl.json")
    files = sorted((shared / "london").glob("*.tem"))
    faces = [read_landmarks(path, template=template) for path in files]
    size = (256, 256)
    for first, second in zip(faces[:5], faces[5:], strict=True):
        pair = [first, second]
        moves = align_set(
            pair, [(1350, 1350)] * 2, alignment=ALIGNMENTS["procrustes"], size=size
        )
        made = correspond(pair, moves, warp=WARPS[warp], size=size)
        codes = {f.code for f in made.findings}
        assert "merged-landmarks" in codes
        assert codes <= {"merged-landmarks", "fold-removed"}
        mesh = made.correspondence
        assert mesh.landmarks.shape == (2, 189, 2)
        for nodes in mesh.frame_nodes:
            assert signed_areas(nodes, mesh.triangles).min() > 0
