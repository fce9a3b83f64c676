"""Sums of faces: what moves outside of a face, what folds, and what is told."""

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from morphkit.faces.template import Opening, Template
from morphkit.geometry.correspondence import MatchedFaces
from morphkit.geometry.correspondence.frozen_mesh import Correspondence, to_nodes
from morphkit.geometry.correspondence.openings import openness
from morphkit.geometry.correspondence.refine import _limit_near_rim
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import regular_mesh, rim_anchors, signed_areas
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.unfold import _near, find_fold, unfold_mixtures

SIZE = (200, 220)
A, B, C = (Mixture.of(name, "x") for name in "abc")
MESH = regular_mesh(SIZE, 8)
FACE = np.array(
    [[60, 70], [140, 72], [100, 110], [78, 142], [124, 140], [99, 138], [101, 146],
     [55, 120], [146, 122], [100, 180]], float
)  # fmt: skip
MOUTH = Opening("mouth", (3, 5, 4), (3, 6, 4))
SPOTS = Template("spots", tuple("abcdefghij"), openings=(MOUTH,))


def matched(ends: list[np.ndarray], landmarks: list[np.ndarray]) -> MatchedFaces:
    """Return a correspondence with given nodes."""
    nodes = to_nodes(np.array(ends))
    return MatchedFaces(
        Correspondence(
            SIZE,
            MESH.triangles,
            nodes,
            nodes,
            (np.array([16384], np.int16),) * len(ends),
            to_nodes(np.array(landmarks)),
        ),
        (),
    )


def noise(seed: int, by: float) -> np.ndarray:
    """Return nodes with a smooth displacement, the rim in its place."""
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 6, 4)
    x, y = MESH.nodes.T / 40
    shift = by * np.stack([np.sin(x + turn[0]) * np.cos(y + turn[1]),
                           np.cos(x + turn[2]) * np.sin(y + turn[3])], 1)  # fmt: skip
    shift[MESH.rim] = 0
    return MESH.nodes + shift


def sum_of(mesh: Correspondence, mixture: Mixture) -> np.ndarray:
    shares = np.array(list(mixture.column("shape").values()))
    return np.tensordot(shares, mesh.frame_nodes / 256, axes=1)


def smile(by: float) -> np.ndarray:
    """Return landmarks of a mouth that is wider and open, a chin that is lower."""
    moved = FACE.copy()
    moved[[3, 4], 0] += [-by, by]
    moved[6, 1] += 2 * by
    moved[9, 1] += by
    return moved


def test_beyond_the_face_landmarks_say_where_everything_goes():
    """Noise of dense matching does not: against the spline of SciPy."""
    marks = [FACE, FACE + 1.5, smile(5) + 1.5]
    made = unfold_mixtures(
        matched([noise(k, 3.0) for k in range(3)], marks),
        [A.transformed(B, C, shape=1.0)],
        warp=WARPS["tps"],
        template=SPOTS,
        refined=True,
    )
    mixture = A.transformed(B, C, shape=1.0)
    nodes = sum_of(made.correspondence, mixture)
    base = noise(0, 3.0)
    rim = rim_anchors(SIZE)
    start = np.vstack([FACE, rim])
    end = np.vstack([FACE + smile(5) - FACE, rim])
    oracle = RBFInterpolator(start, end, kernel="thin_plate_spline")(base)
    far = (_near(base, FACE, MOUTH) == 0) & ~MESH.rim
    assert far.sum() > 300
    assert np.abs(nodes - oracle)[far].max() < 0.02
    # At the mouth the mesh itself has its say.
    mouth = _near(base, FACE, MOUTH) == 1
    plain = base + noise(2, 3.0) - noise(1, 3.0)
    assert mouth.sum() >= 6
    assert np.abs(nodes - plain)[mouth].max() < 0.02
    assert np.abs(nodes - oracle)[mouth].max() > 2


def test_a_caricature_does_not_exaggerate_what_was_matched_beyond_the_face():
    """Hair and collars follow the landmarks; between both faces, all of the mesh."""
    found = matched([noise(k, 3.0) for k in range(2)], [smile(5), FACE])
    how = {"warp": WARPS["tps"], "template": SPOTS, "refined": True}
    mixture = A.transformed(B, A, shape=0.5)
    made = unfold_mixtures(found, [mixture], **how)
    base, rim = noise(0, 3.0), rim_anchors(SIZE)
    oracle = RBFInterpolator(
        np.vstack([smile(5), rim]),
        np.vstack([smile(5) + 0.5 * (smile(5) - FACE), rim]),
        kernel="thin_plate_spline",
    )(base)
    far = (_near(base, smile(5), MOUTH) == 0) & ~MESH.rim
    nodes = sum_of(made.correspondence, mixture)
    assert far.sum() > 300
    assert np.abs(nodes - oracle)[far].max() < 0.05
    plain = sum_of(found.correspondence, mixture)
    assert np.abs(plain - oracle)[far].max() > 1
    assert unfold_mixtures(found, [A.transformed(A, B, shape=0.5)], **how) is found


def test_far_from_the_landmarks_a_difference_moves_nothing_where_they_are_kept():
    """A crown was drawn down with the eyes; within the landmarks all moves."""
    down = FACE + np.where(np.arange(10)[:, None] < 2, [0.0, 12.0], 0.0)
    marks, ends = [FACE, FACE, down], [MESH.nodes, MESH.nodes, MESH.nodes]
    mixture = A.transformed(B, C, shape=1.0)
    how = {"warp": WARPS["tps"], "template": SPOTS, "refined": True}
    free, kept = (
        sum_of(
            unfold_mixtures(
                matched(ends, marks), [mixture], kept=is_kept, **how
            ).correspondence,
            mixture,
        )
        - MESH.nodes
        for is_kept in (False, True)
    )
    x, y = MESH.nodes.T
    crown = (y < 30) & (y > 8) & (np.abs(x - 100) < 30)  # 40 px and more above the eyes
    assert np.abs(free[crown]).max() > 2
    assert np.abs(kept[crown]).max() < 0.01
    inside = (x > 62) & (x < 138) & (y > 76) & (y < 110)
    assert np.abs(kept - free)[inside].max() < 0.01 < np.abs(free[inside]).max()


def test_means_stay_as_they_are():
    found = matched([noise(k, 3.0) for k in range(3)], [FACE, FACE + 2, smile(4)])
    for anchors in ([Mixture.mean([A, B, C])], [A, Mixture.mean([A, B, C])]):
        made = unfold_mixtures(
            found, anchors, warp=WARPS["tps"], template=SPOTS, refined=True
        )
        assert made is found


def test_an_anchor_beside_a_transform_stays():
    found = matched([noise(k, 3.0) for k in range(3)], [FACE, FACE + 2, smile(4)])
    made = unfold_mixtures(
        found,
        [A, A.transformed(B, C, shape=0.8)],
        warp=WARPS["tps"],
        template=SPOTS,
        refined=True,
    )
    off = made.correspondence.frame_nodes - found.correspondence.frame_nodes
    assert np.abs(off[0]).max() <= 1
    assert np.abs(off[2]).max() > 100


def test_a_mouth_does_not_shut_beyond_its_lips():
    """A shut mouth less the opening of another would turn inside out."""
    mixture = A.transformed(B, C, shape=-1.5)
    marks = [FACE, FACE, smile(8)]
    landmarks = np.tensordot(
        list(mixture.column("shape").values()), np.array(marks), axes=1
    )
    assert openness(landmarks, MOUTH) < 0
    ends = [
        RBFInterpolator(
            np.vstack([FACE, rim_anchors(SIZE)]),
            np.vstack([points, rim_anchors(SIZE)]),
            kernel="thin_plate_spline",
        )(MESH.nodes)
        for points in marks
    ]
    for nodes in ends:
        nodes[MESH.rim] = MESH.nodes[MESH.rim]
    found = matched(ends, marks)
    assert find_fold(found.correspondence, mixture)
    made = unfold_mixtures(
        found, [mixture], warp=WARPS["tps"], template=SPOTS, refined=True
    )
    assert find_fold(made.correspondence, mixture) == ()
    assert made.findings == ()


@pytest.mark.parametrize("share", [0.8, 1.2])
def test_an_open_mouth_that_shuts_or_nearly_is_shut(share):
    """It does not stay open as one that was shut stays shut, nor by a slit."""
    marks = [smile(8), smile(14), FACE]
    ends = [noise(k, 0.5) for k in range(3)]
    mixture = A.transformed(B, C, shape=share)
    shares = list(mixture.column("shape").values())
    left = openness(np.tensordot(shares, np.array(marks), axes=1), MOUTH)
    assert left < 0 if share > 1 else 0 < left < 0.08
    made = unfold_mixtures(
        matched(ends, marks), [mixture], warp=WARPS["tps"], template=SPOTS, refined=True
    )
    nodes = sum_of(made.correspondence, mixture)
    upper, lower = (
        int(np.argmin(np.hypot(*(ends[0] - smile(8)[k]).T))) for k in (5, 6)
    )
    before = ends[0][lower, 1] - ends[0][upper, 1]
    assert before > 14
    assert 0 < nodes[lower, 1] - nodes[upper, 1] < before / 3


def test_a_fold_is_told_with_its_place():
    nodes = MESH.nodes.copy()
    at = int(np.argmin(np.hypot(*(nodes - [120, 88]).T)))
    nodes[at] += [14, 0]
    mixture = Mixture.mean([A, B])
    (found,) = find_fold(matched([nodes] * 2, [FACE] * 2).correspondence, mixture)
    assert (found.code, found.severity) == ("fold", "error")
    areas = signed_areas(nodes, MESH.triangles)
    assert found.value == (areas <= 0).sum() > 0
    x, y = (
        float(part) for part in found.message.split("(")[1].split(")")[0].split(",")
    )
    assert np.hypot(x - 128, y - 88) < 12
    assert (
        find_fold(matched([MESH.nodes] * 2, [FACE] * 2).correspondence, mixture) == ()
    )


def test_sheets_of_other_meshes_are_smoothed_too():
    """A mesh that is not regular, as where eyes open: nodes of its own at the end."""
    extra = np.vstack([MESH.nodes, [[100, 100], [104, 100], [100, 104]]])
    behind = np.array([[len(extra) - 3, len(extra) - 2, len(extra) - 1]], np.int32)
    triangles = np.concatenate([behind, MESH.triangles])
    ends = [extra.copy() for _ in range(3)]
    at = int(np.argmin(np.hypot(*(MESH.nodes - [120, 120]).T)))
    ends[1][at] += [-5, 0]
    ends[2][at] += [5, 0]
    plain = matched([MESH.nodes] * 3, [FACE, FACE, smile(4)]).correspondence
    nodes = to_nodes(np.array(ends))
    mesh = Correspondence(SIZE, triangles, nodes, nodes, plain.taps, plain.landmarks)
    mixture = A.transformed(B, C, shape=1.2)
    assert find_fold(mesh, mixture)
    made = unfold_mixtures(
        MatchedFaces(mesh, ()),
        [mixture],
        warp=WARPS["tps"],
        template=SPOTS,
        refined=False,
    )
    assert find_fold(made.correspondence, mixture) == ()
    assert [f.code for f in made.findings] == ["fold-removed"]


# ---- what a difference is added to


def base(mixture: Mixture) -> dict[str, float]:
    return {
        one.identity: round(share, 9) for one, share in mixture.base_of("shape").items()
    }


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (Mixture.mean([A, B]), {"a": 0.5, "b": 0.5}),
        (A.transformed(B, C, shape=0.5), {"a": 1, "b": 0, "c": 0}),
        (A.transformed(B, C, shape=-0.5), {"a": 1, "b": 0, "c": 0}),
        (A.transformed(A, B, shape=0.3), {"a": 0.7, "b": 0.3}),
        (A.transformed(A, B, shape=1.25), {"a": 0, "b": 1}),
        (A.transformed(A, B, shape=-0.25), {"a": 1, "b": 0}),
        # Half of the face is in the source: it can give as much as it has.
        (
            Mixture.mean([A, C]).transformed(A, B, shape=1.0),
            {"a": 0, "b": 0.5, "c": 0.5},
        ),
        (
            A.transformed(B, C, shape=1.0).transformed(B, C, shape=0.5),
            {"a": 1, "b": 0, "c": 0},
        ),
    ],
)  # fmt: skip
def test_the_base_of_a_sum(made, expected):
    assert base(made) == expected
    mirrored = {
        one.identity: share for one, share in made.mirrored().base_of("shape").items()
    }
    assert mirrored == pytest.approx(made.base_of("shape") and expected)
    assert all(i.mirrored for i in made.mirrored().base)


def test_the_base_of_shares_alone():
    shares = {Ingredient("a", "x"): (1.25,) * 3, Ingredient("b", "x"): (-0.25,) * 3}
    assert base(Mixture(shares)) == {"a": 1, "b": 0}


# ---- the edge of the frame


@pytest.mark.parametrize("way", [(90, 0), (-90, 40), (0, -300), (60, 60)])
def test_what_moves_far_does_not_fold_at_the_edge(way):
    """Backgrounds without structure are matched anywhere."""
    shift = np.broadcast_to(np.array(way, float), (*MESH.grid, 2))
    held = _limit_near_rim(MESH, shift).reshape(-1, 2)
    assert (held[MESH.rim] == 0).all()
    areas = signed_areas(MESH.nodes + held, MESH.triangles)
    small = _limit_near_rim(MESH, np.full((*MESH.grid, 2), 2.0)).reshape(-1, 2)
    assert (small[~MESH.rim] == 2).all()
    beside = (np.abs(held) < 40).all(axis=1)[MESH.triangles].all(axis=1)
    assert (areas[beside] > 0).all()
