"""Refinement: what is left between two photographs, found and folded into the mesh."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from morphkit.faces.formats.template_json import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.refine import refine_ends
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.similarity import Similarity
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import regular_mesh, signed_areas
from morphkit.pixels import ONE, RenderJob, Source, blend_nodes, render

SIDE = 240
STILL = [Similarity.identity()] * 2


def texture(seed: int = 0) -> np.ndarray:
    """Return a picture with structure at several scales."""
    rng = np.random.default_rng(seed)
    layers = [gaussian_filter(rng.standard_normal((SIDE, SIDE)), s) * s for s in
              (1.5, 4, 10)]  # fmt: skip
    grey = sum(layers)
    grey = (grey - grey.min()) / np.ptp(grey) * 230 + 10
    return np.repeat(grey.round().astype(np.uint8)[..., None], 3, axis=2)


def field(amplitude: float) -> np.ndarray:
    """Return a smooth displacement (H, W, 2) that fades out at the edge."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1)
    window = (np.sin(np.pi * x) * np.sin(np.pi * y)) ** 2
    return amplitude * np.stack([window * np.cos(4 * y), window * np.sin(5 * x)], -1)


def displaced(image: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return the image that shows at x what `image` shows at x + shift."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    at = [y + shift[..., 1], x + shift[..., 0]]
    planes = [map_coordinates(image[..., c].astype(float), at, order=3, mode="nearest")
              for c in range(3)]  # fmt: skip
    return np.clip(np.rint(np.stack(planes, -1)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", REFINEMENTS)
def test_a_known_displacement_is_found(name):
    image, truth = texture(), field(3.0)
    # first(x) = image(x + truth/2), second(x) = image(x - truth/2): so
    # first(x - d/2) = second(x + d/2) for d = truth, up to the field's slope.
    first, second = displaced(image, truth / 2), displaced(image, -truth / 2)
    found = REFINEMENTS[name].estimate(first, second, smooth=3.0, most=20.0)
    inner = (slice(20, -20), slice(20, -20))
    error = np.hypot(*np.moveaxis(found - truth, -1, 0))[inner]
    assert np.median(error) < 0.25
    assert error.mean() < 0.15 * np.hypot(*np.moveaxis(truth, -1, 0))[inner].mean()


@pytest.mark.parametrize("name", REFINEMENTS)
@pytest.mark.parametrize("even", [False, True])
def test_exchanging_the_frames_changes_the_sign_alone(name, even):
    first, second = displaced(texture(), field(2.0)), texture()
    how = {"smooth": 2.0, "most": 20.0, "even": even}
    one = REFINEMENTS[name].estimate(first, second, **how)
    two = REFINEMENTS[name].estimate(second, first, **how)
    np.testing.assert_array_equal(one, -two)
    assert np.abs(one).max() > 1


@pytest.mark.parametrize("name", REFINEMENTS)
@pytest.mark.parametrize("even", [False, True])
def test_equal_and_empty_frames_stay(name, even):
    estimate = REFINEMENTS[name].estimate
    how = {"smooth": 2.0, "most": 20.0, "even": even}
    assert np.abs(estimate(texture(), texture(), **how)).max() < 0.05
    flat = np.full((64, 64, 3), 128, np.uint8)
    assert np.abs(estimate(flat, flat, **how)).max() < 0.05


@pytest.mark.parametrize("name", REFINEMENTS)
def test_even_contrast_matches_texture_under_another_light(name):
    """Skin keeps its texture where an expression changes its shading."""
    truth = field(3.0)
    first, second = (displaced(texture(), s * truth / 2) for s in (1, -1))
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    wave = np.sin(9 * x + 2 * y) * np.cos(8 * y)
    first, second = (
        np.rint(110 + 0.25 * (1 + s * 0.7 * wave[..., None]) * (one - 110.0)
                + s * 45 * wave[..., None]).astype(np.uint8)
        for s, one in ((1, first), (-1, second))
    )  # fmt: skip
    estimate = REFINEMENTS[name].estimate
    plain, even = (
        np.hypot(*np.moveaxis(found - truth, -1, 0))[20:-20, 20:-20].mean()
        for found in (
            estimate(first, second, smooth=3.0, most=20.0, even=e)
            for e in (False, True)
        )
    )
    assert even < 0.6
    assert even < 0.5 * plain


@pytest.mark.parametrize("name", REFINEMENTS)
def test_no_displacement_passes_the_limit(name):
    first, second = displaced(texture(), field(8.0)), texture()
    found = REFINEMENTS[name].estimate(first, second, smooth=2.0, most=1.5)
    assert np.hypot(*np.moveaxis(found, -1, 0)).max() <= 1.5 + 1e-6


def pair() -> tuple[list[np.ndarray], list[Landmarks]]:
    """Return two pictures that landmarks at four corners do not match."""
    image = texture(3)
    photos = [displaced(image, field(5.0) / 2), displaced(image, -field(5.0) / 2)]
    template = builtin_template("dlib_5")
    points = [(30, 30), (210, 32), (28, 208), (211, 212), (120, 14)]
    return photos, [Landmarks(template, points), Landmarks(template, points)]


def likeness(photos, mesh) -> float:
    """Return the mean difference of both ends at the middle level."""
    half = blend_nodes(list(mesh.frame_nodes), (ONE // 2, ONE // 2))
    ends = [
        render(
            RenderJob(
                [Source(photo)], [nodes], half, mesh.triangles, [ONE], size=mesh.size
            )
        )
        for photo, nodes in zip(photos, mesh.photo_nodes, strict=True)
    ]
    difference = ends[0].astype(int) - ends[1]
    return float(np.abs(difference)[20:-20, 20:-20].mean())


@pytest.mark.slow
@pytest.mark.parametrize("warp", WARPS)
@pytest.mark.parametrize("name", REFINEMENTS)
def test_a_refined_mesh_matches_the_photographs(warp, name):
    photos, faces = pair()
    still = [Similarity.identity()] * 2
    meshes = [
        correspond(faces, still, warp=WARPS[warp], size=(SIDE, SIDE), photos=photos,
                   refinement=refinement).correspondence
        for refinement in (None, REFINEMENTS[name])
    ]  # fmt: skip
    before, after = (likeness(photos, mesh) for mesh in meshes)
    assert after < 0.25 * before
    for nodes in meshes[1].frame_nodes:
        assert (signed_areas(nodes, meshes[1].triangles) > 0).all()


@pytest.mark.slow
def test_nothing_is_carried_over_an_edge_that_landmarks_place():
    """Else the gum of an open mouth is drawn half-transparent over its lip."""
    photos, _ = pair()
    mesh = regular_mesh((SIDE, SIDE), 8)
    ring = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    edge = np.column_stack([120 + 50 * np.cos(ring), 120 + 30 * np.sin(ring)])
    how = {"refinement": REFINEMENTS["flow"], "size": (SIDE, SIDE)}
    scene = (mesh, [mesh.nodes] * 2, list(map(Source, photos)), STILL)
    free = refine_ends(*scene, **how)
    kept = refine_ends(*scene, keep=[(edge, 1.0)], **how)
    far = np.linalg.norm(mesh.nodes[:, None] - edge, axis=2).min(axis=1)
    moved = [np.linalg.norm(ends[0] - mesh.nodes, axis=1) for ends in (free, kept)]
    # Half of the slack, and a node no further than to the edge, half a cell to spare.
    room = 0.5 + np.maximum(far - 4, 0)
    assert (moved[0] > room + 0.5).sum() > 20
    assert (moved[1] <= room + 1e-6).all()
    away = far > 20
    assert np.abs(moved[1] - moved[0])[away].max() < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", REFINEMENTS)
def test_exchanging_the_faces_exchanges_the_refined_ends(name):
    photos, faces = pair()
    still = [Similarity.identity()] * 2
    one, two = (
        correspond(faces[::k], still, warp=WARPS["tps"], size=(SIDE, SIDE),
                   photos=photos[::k], refinement=REFINEMENTS[name]).correspondence
        for k in (1, -1)
    )  # fmt: skip
    np.testing.assert_array_equal(one.frame_nodes, two.swapped().frame_nodes)
    np.testing.assert_array_equal(one.photo_nodes, two.swapped().photo_nodes)
    assert not np.array_equal(one.frame_nodes[0], one.frame_nodes[1])


@pytest.mark.parametrize("name", REFINEMENTS)
def test_what_is_seen_in_one_frame_alone_does_not_count(name):
    first, second = displaced(texture(), field(4.0)), texture()
    ignore = np.zeros((SIDE, SIDE), dtype=bool)
    ignore[90:130, 100:140] = True
    odd = first.copy()
    odd[ignore] = np.roll(second, 7, axis=1)[ignore]
    beside = np.zeros_like(ignore)
    beside[84:136, 94:146] = True
    beside &= ~ignore
    estimate = REFINEMENTS[name].estimate
    free = estimate(first, second, smooth=4.0, most=20.0)
    off = [
        np.abs(estimate(odd, second, smooth=4.0, most=20.0, **how) - free)[beside]
        for how in ({}, {"ignore": ignore})
    ]
    assert off[1].mean() < 0.75 * off[0].mean()


@pytest.mark.parametrize("name", REFINEMENTS)
def test_nothing_moves_where_the_warp_is_to_hold(name):
    first, second = displaced(texture(), field(4.0)), texture()
    hold = np.zeros((SIDE, SIDE), dtype=bool)
    hold[90:150, 100:160] = True
    estimate = REFINEMENTS[name].estimate
    found = estimate(first, second, smooth=3.0, most=20.0, hold=hold)
    free = estimate(first, second, smooth=3.0, most=20.0)
    assert np.abs(found[100:140, 110:150]).max() < 0.05
    assert np.abs(free[100:140, 110:150]).max() > 1
    np.testing.assert_allclose(found[:60], free[:60], atol=1e-5)
