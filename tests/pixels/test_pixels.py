"""The pixel specification: both implementations against each other and independents.

Frames are read in 15-bit linear light wherever possible: two encode tables that give
the low and the high byte make the renderer show what the 8-bit codes would hide.
"""

import hashlib
import importlib
import importlib.util
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pixel_scenes import assert_same, grid_mesh, light_of, noise
from repository import ROOT
from scipy import ndimage

from morphkit.errors import InputError
from morphkit.pixels import (
    FallbackWarning,
    NativeMissingError,
    RenderJob,
    Source,
    backend,
    blend_nodes,
    implementation,
    lowpass_taps,
    oracle,
    render,
    spec,
)

SAMPLINGS = ("bicubic", "bilinear")


def noise_source(rng, height, width, covered=False):
    """A photo of noise, with a cover that is 0, full or between, if asked for."""
    cover = None
    if covered:
        cover = rng.choice([0, 0, 32767, 1, 9000, 32766], (height, width))
        cover = cover.astype(np.int16)
    return Source(noise(rng, height, width), cover=cover)


# ---- tables -----------------------------------------------------------------------

TABLES = {
    "decode uint8": lambda: spec.decode_table("uint8"),
    "decode uint16": lambda: spec.decode_table("uint16"),
    "encode": spec.encode_table,
    "encode 16 bits": spec.encode_table_16,
    "encode 16 bits, code": lambda: spec.encode_table_16("code"),
    "taps bicubic": lambda: spec.tap_table("bicubic"),
    "taps bilinear": lambda: spec.tap_table("bilinear"),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_specification(name):
    table = TABLES[name]()
    raw = table.astype(table.dtype.newbyteorder("<")).tobytes()
    digest = hashlib.sha256(raw).hexdigest()
    text = (ROOT / "docs" / "pixel_specification.md").read_text(encoding="utf-8")
    assert f"| {name} | `{digest}` |" in text
    assert not table.flags.writeable


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_decode_table_is_the_srgb_curve_rounded(dtype):
    code = np.linspace(0, 1, np.iinfo(dtype).max + 1)
    curve = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    np.testing.assert_array_equal(
        spec.decode_table(dtype), np.floor(curve * 32767 + 0.5)
    )


def test_encode_table_is_the_inverse_curve_rounded_and_undoes_decoding():
    v = np.linspace(0, 1, 32768)
    curve = np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)
    table = spec.encode_table()
    np.testing.assert_array_equal(table, np.floor(255 * curve + 0.5))
    np.testing.assert_array_equal(table[spec.decode_table("uint8")], np.arange(256))


def keys(x):
    """Cubic convolution kernel of Keys (1981) with a = -1/2, in floating point."""
    x = np.abs(x)
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


def test_taps_are_keys_cubic_and_sum_to_one():
    phase = np.arange(256)[:, None] / 256
    exact = keys(phase - np.array([-1, 0, 1, 2])) * 16384
    table = spec.tap_table("bicubic").astype(int)
    assert np.abs(table - exact).max() <= 1.5
    assert np.abs(table - exact)[:, [0, 3]].max() <= 0.5
    np.testing.assert_array_equal(table.sum(axis=1), 16384)
    np.testing.assert_array_equal(table[1:], table[:0:-1, ::-1])
    np.testing.assert_array_equal(spec.tap_table("bilinear").sum(axis=1), 16384)


# ---- the two implementations ------------------------------------------------------


@pytest.mark.parametrize("covered", [False, True])
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize(
    "weights",
    [
        *[(16384,), (6001, 10383), (1, 16383), (13000, 3384)],
        *[(-9000, 25384), (30000, -20000, 6384)],
    ],
)
def test_c_equals_numpy_on_a_warped_mesh(native, scalar, sampling, weights, covered):
    rng = np.random.default_rng(len(weights))
    size = (157, 121)
    frame, triangles = grid_mesh(*size, 8 * 256, rng)
    sources = [
        noise_source(rng, 90 + 40 * k, 170 - 30 * k, covered and k < 2)
        for k in range(len(weights))
    ]
    nodes = [frame + rng.integers(-900, 900, frame.shape) for _ in weights]
    scene = (sources, nodes, frame, triangles, weights, size, sampling)
    _, report = assert_same([oracle, native, scalar], *scene)
    assert report == (0, -1)


@pytest.mark.slow
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_c_equals_numpy_at_real_size(native, sampling):
    rng = np.random.default_rng(7)
    size = (700, 450)
    frame, triangles = grid_mesh(*size, 8 * 256, rng)
    smooth = ndimage.gaussian_filter(rng.normal(size=(2, *frame.shape)), (0, 40, 0))
    nodes = [frame + (40000 * wave).astype(int) for wave in smooth]
    sources = [Source(noise(rng, size[1], size[0])) for _ in range(2)]
    assert_same(
        [oracle, native], sources, nodes, frame, triangles, (7001, 9383), size, sampling
    )


LIMIT = spec.MAX_NODE
COORDINATE = st.one_of(
    st.integers(-LIMIT, LIMIT),
    st.integers(-2000, 6000),
    st.integers(-4, 20).map(lambda pixel: 256 * pixel),
    st.sampled_from([-LIMIT, LIMIT, -128, 0, 1, 255, 256]),
)
POINT = st.tuples(COORDINATE, COORDINATE)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_c_equals_numpy_on_adversarial_meshes(native, scalar, data):
    """Slivers, degenerate and folded triangles, positions far outside the photo."""
    count = data.draw(st.integers(1, 3))
    size = data.draw(st.tuples(st.integers(1, 70), st.integers(1, 20)))
    free = data.draw(st.lists(POINT, min_size=1, max_size=9))
    far = [(-LIMIT, -LIMIT), (LIMIT, -LIMIT), (LIMIT, LIMIT), (-LIMIT, LIMIT)]
    frame = np.array([*far, *free])
    index = st.integers(0, len(frame) - 1)
    extra = data.draw(st.lists(st.tuples(index, index, index), max_size=12))
    triangles = np.array([(0, 1, 2), (0, 2, 3), *extra])
    points = st.lists(POINT, min_size=len(frame), max_size=len(frame))
    nodes = [np.array(data.draw(points)) for _ in range(count)]
    weights = [(16384,), (32767, -16383), (-32768, 16385, 32767)][count - 1]
    rng = np.random.default_rng(count)
    covered = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    sources = [
        noise_source(rng, 5 + 9 * k, 17 - 8 * k, covered[k]) for k in range(count)
    ]
    for sampling in SAMPLINGS:
        assert_same(
            [oracle, native, scalar],
            *(sources, nodes, frame, triangles, weights, size, sampling),
        )


def test_c_equals_numpy_on_slivers_over_the_largest_frame(native, scalar):
    """Triangles of area 1/2 unit² and 16384 px length, with the steepest maps."""
    rng = np.random.default_rng(3)
    size = (16384, 3)
    far = [(-LIMIT, -LIMIT), (LIMIT, -LIMIT), (LIMIT, LIMIT), (-LIMIT, LIMIT)]
    slivers = [(-LIMIT, 0), (LIMIT, 255), (LIMIT - 1, 256), (LIMIT, 512), (-LIMIT, 511)]
    frame = np.array(far + slivers)
    triangles = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7), (8, 5, 7)])
    nodes = [rng.choice([-LIMIT, 0, 3000, LIMIT], frame.shape) for _ in range(2)]
    sources = [Source(noise(rng, 20, 20)) for _ in range(2)]
    for sampling in SAMPLINGS:
        assert_same(
            [oracle, native, scalar],
            *(sources, nodes, frame, triangles, (16000, 384), size, sampling),
        )


def test_an_edge_that_crosses_just_behind_a_pixel(native, scalar):
    """On row 1 the edge lies 1/(256·601) px behind a centre: the least there can be."""
    height, start = 601, pow(601, -1, 256)
    over = pow(256, -1, height)
    for lean in (over, over - height):
        border = 256 * 8
        left = [(-border, 0), (start, 0), (start + lean, height), (-border, height)]
        right = [(start, 0), (border, 0), (border, height), (start + lean, height)]
        frame = np.array([*left, *right])
        triangles = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)])
        sources = [Source(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))]
        nodes = [np.array([(300, 300)] * 4 + [(1500, 1500)] * 4)]
        seen, report = assert_same(
            [oracle, native, scalar],
            *(sources, nodes, frame, triangles, (16384,), (7, 3), "bilinear"),
        )
        assert report == (0, -1)
        crossing = [Fraction(start, 256) + Fraction(lean * y, height) for y in range(3)]
        assert crossing[1] - crossing[1].__floor__() == Fraction(1, 256 * height)
        want = [[x >= edge for x in range(7)] for edge in crossing]
        np.testing.assert_array_equal(seen[..., 0] == seen.max(axis=(0, 1))[0], want)


def test_a_quotient_that_a_rounded_reciprocal_overestimates(native, scalar):
    """Pixel 3 lies at -65/2 units, a brink of the phase, from a floor that counts."""
    slope, height = 65, 4129760
    top = 256 * 20
    frame = np.array([(0, 0), (1536, 0), (0, height)])
    photo = np.array([(top, 128), (top - slope, 128), (top, 128)])
    assert (2**60 // (1536 * height) * -slope * height >> 28) != (
        -slope * 2**32 // 1536
    )
    sources = [Source(noise(np.random.default_rng(0), 3, 40))]
    scene = (sources, [photo], frame, np.array([(0, 1, 2)]), (16384,), (6, 1))
    seen, report = assert_same([oracle, native, scalar], *scene, "bilinear")
    assert report == (0, -1)
    moved = light_of(oracle, sources, [photo + 1], *scene[2:], "bilinear")[0]
    assert (seen[0, 3] != moved[0, 3]).any()  # one phase more would be seen


def test_holes_are_counted_alike(native, scalar):
    rng = np.random.default_rng(11)
    frame, triangles = grid_mesh(130, 9, 700, rng)
    source = Source(noise(rng, 9, 130))
    kept = triangles[rng.random(len(triangles)) < 0.9]
    scene = ([source], [frame], frame, kept, (16384,), (130, 9), "bicubic")
    _, (uncovered, first) = assert_same([oracle, native, scalar], *scene)
    assert uncovered > 0
    assert first >= 0


# ---- geometry ---------------------------------------------------------------------


def own_triangles(frame, triangles):
    """Give every triangle nodes of its own, so that each can show other pixels."""
    return frame[triangles].reshape(-1, 2), np.arange(3 * len(triangles)).reshape(-1, 3)


@pytest.mark.parametrize("seed", range(6))
def test_every_pixel_is_in_exactly_one_triangle(seed, request):
    """Without overlap the order of triangles cannot matter; without holes no error."""
    rng = np.random.default_rng(seed)
    size = (int(rng.integers(20, 90)), int(rng.integers(20, 90)))
    step = int(rng.choice([300, 512, 1024, 1999]))
    frame, triangles = own_triangles(*grid_mesh(*size, step, rng))
    colour = rng.integers(0, 256 * 60, frame.shape)
    sources = [Source(noise(rng, 60, 60))]
    modules = [oracle]
    if importlib.util.find_spec("morphkit.pixels._native"):
        modules.append(request.getfixturevalue("native"))
    for module in modules:
        scene = ([colour], frame)
        one, report = light_of(
            module, sources, *scene, triangles, (16384,), size, "bicubic"
        )
        two, _ = light_of(
            module, sources, *scene, triangles[::-1], (16384,), size, "bicubic"
        )
        assert report == (0, -1)
        np.testing.assert_array_equal(one, two)


def test_pixels_inside_a_triangle_belong_to_it():
    """Against exact point-in-triangle tests; pixels on edges are left out."""
    rng = np.random.default_rng(5)
    size = (40, 31)
    frame, triangles = grid_mesh(*size, 900, rng)
    corners = frame.astype(np.int64)[triangles]
    owner = oracle._owners(corners, 0, size[1], size[0])
    y, x = np.divmod(np.arange(size[0] * size[1]), size[0])
    p = 256 * np.stack([x, y], 1)
    sides = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        edge = corners[:, b] - corners[:, a]
        to = p[:, None] - corners[None, :, a]
        sides.append(edge[:, 0] * to[..., 1] - edge[:, 1] * to[..., 0])
    inside = np.all(np.array(sides) > 0, axis=0)
    pixel, triangle = np.nonzero(inside)
    assert len(pixel) > 0.9 * len(p)
    np.testing.assert_array_equal(owner[pixel], triangle)


@pytest.mark.parametrize("shift", [0, 1])
def test_an_edge_through_pixel_centres_gives_them_to_the_right_and_below(shift):
    """[ceil(left), ceil(right)) and 256·y in [Ymin, Ymax): two squares at 2 px."""
    border, middle, end = -128, 512 + shift, 1152
    for axis in (0, 1):
        frame = np.array(
            [(a, b) for a in (border, middle, end) for b in (border, end)]
        )[:, :: 1 - 2 * axis]
        triangles = np.array([(0, 1, 3), (0, 3, 2), (2, 3, 5), (2, 5, 4)])
        corners = frame[triangles].astype(np.int64)
        owner = oracle._owners(corners, 0, 5, 5).reshape(5, 5)
        second = owner >= 2
        expected = np.arange(5) >= 2 + shift
        want = np.broadcast_to(expected, (5, 5))
        np.testing.assert_array_equal(second, want.T if axis else want)


@pytest.mark.parametrize("module", ["oracle", "native"])
def test_the_last_triangle_is_seen_where_a_mesh_folds(module, request):
    drawn = oracle if module == "oracle" else request.getfixturevalue("native")
    photo = np.zeros((4, 8, 3), np.uint8)
    photo[:, 4:] = 255
    border, triangles = grid_mesh(6, 6, 6 * 256)
    frame = np.vstack([border, border])
    left, right = np.full((4, 2), 256), np.full((4, 2), (6 * 256, 256))
    both = np.vstack([triangles, triangles + 4])
    for order, expected in ((both, 32767), (both[::-1], 0)):
        seen, _ = light_of(
            drawn,
            *([Source(photo)], [np.vstack([left, right])], frame, order),
            *((16384,), (6, 6), "bicubic"),
        )
        np.testing.assert_array_equal(seen, expected)


def test_an_affine_map_of_a_ramp_is_the_ramp(request):
    """Linear light 2000 + 40·u + 25·v at u, v rounded to 1/256 px, to 1 unit."""
    light = 2000 + 40 * np.arange(180)[None, :] + 25 * np.arange(150)[:, None]
    codes = np.searchsorted(spec.decode_table("uint16"), light)
    photo = np.repeat(codes[..., None], 3, axis=2).astype(np.uint16)
    size = (61, 47)
    frame, triangles = grid_mesh(*size, 5 * 256, np.random.default_rng(0))
    a, b, c, d, e, f = 1.7, -0.4, 40.3, 0.6, 2.1, 13.9
    x, y = frame.T.astype(float) / 256
    photo_nodes = np.stack([a * x + b * y + c, d * x + e * y + f], 1)
    # nodes on whole 1/256 px: each triangle has a slightly different map
    rounded = np.round(photo_nodes * 256).astype(int)
    row, column = np.mgrid[: size[1], : size[0]]
    u, v = a * column + b * row + c, d * column + e * row + f
    slack = 40 * (0.5 + 0.6) / 256 + 25 * (0.5 + 0.6) / 256 + 1.01
    modules = [oracle]
    if importlib.util.find_spec("morphkit.pixels._native"):
        modules.append(request.getfixturevalue("native"))
    for module in modules:
        for sampling in SAMPLINGS:
            seen, _ = light_of(
                module,
                *([Source(photo)], [rounded], frame, triangles),
                *((16384,), size, sampling),
            )
            difference = seen - (2000 + 40 * u + 25 * v)[..., None]
            assert np.abs(difference).max() < slack
            assert abs(difference.mean()) < 0.1  # rounded, not cut off


def test_bicubic_is_keys_interpolation():
    """One triangle map against a floating-point sum with the kernel itself."""
    rng = np.random.default_rng(2)
    photo = noise(rng, 40, 50)
    light = spec.decode_table("uint8")[photo].astype(float)
    size = (30, 25)
    corners, triangles = grid_mesh(*size, 100 * 256)
    a, b, c, d = 1.3, 0.21, -0.17, 1.1
    x, y = corners.T / 256
    nodes = np.round(256 * np.stack([a * x + b * y + 3, c * x + d * y + 8], 1))
    seen, _ = light_of(
        oracle,
        *([Source(photo)], [nodes], corners, triangles, (16384,), size, "bicubic"),
    )
    row, column = np.mgrid[: size[1], : size[0]]
    exact = np.empty((size[1], size[0], 2))
    for index in triangles:  # exact affine map of each triangle, in floating point
        matrix = np.column_stack([corners[index], np.ones(3)]).astype(float)
        solved = np.linalg.solve(matrix, nodes[index])
        place = np.stack([256 * column, 256 * row, np.ones_like(row)], -1) @ solved
        owned = oracle._owners(
            corners.astype(np.int64)[index[None]], 0, size[1], size[0]
        ).reshape(row.shape)
        exact[owned >= 0] = place[owned >= 0]
    phase = np.floor(exact + 0.5) / 256
    u, v = phase[..., 0], phase[..., 1]
    expected = np.zeros((*row.shape, 3))
    for j in range(-1, 3):
        for i in range(-1, 3):
            ku, kv = np.floor(u).astype(int) + i, np.floor(v).astype(int) + j
            weight = keys(u - ku) * keys(v - kv)
            pixel = light[np.clip(kv, 0, 39), np.clip(ku, 0, 49)]
            expected += weight[..., None] * pixel
    expected = np.clip(expected, 0, 32767)
    # where the phase is on the brink, the coefficients' error of 1/65536 px decides
    sure = (np.abs((exact + 0.5) % 1 - 0.5) < 0.48).all(axis=-1)
    assert sure.mean() > 0.85
    assert np.abs(seen - expected)[sure].max() < 5
    codes = spec.encode_table().astype(int)
    off = codes[seen] - codes[np.round(expected).astype(int)]
    assert np.abs(off[sure]).max() <= 1


# ---- render -----------------------------------------------------------------------


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("choice", ["c", "numpy"])
def test_identity_returns_the_photo(sampling, choice, monkeypatch, request):
    if choice == "c":
        request.getfixturevalue("native")
    monkeypatch.setenv("MORPHKIT_PIXELS", choice)
    rng = np.random.default_rng(1)
    photo = noise(rng, 67, 93)
    frame, triangles = grid_mesh(93, 67, 1111, rng)
    source = Source(photo)
    image = render(
        RenderJob(
            [source, source],
            [frame, frame],
            *(frame, triangles, [5000, 11384]),
            size=(93, 67),
            sampling=sampling,
        )
    )
    np.testing.assert_array_equal(image, photo)


def warped_scene(rng, size=(80, 60)):
    frame, triangles = grid_mesh(*size, 1500, rng)
    sources = [Source(noise(rng, 60, 80)), Source(noise(rng, 70, 90))]
    nodes = [frame + rng.integers(-800, 800, frame.shape) for _ in range(2)]
    return sources, nodes, frame, triangles


@pytest.mark.parametrize("choice", ["c", "numpy"])
def test_exchanging_the_photos_changes_nothing(choice, monkeypatch, request):
    if choice == "c":
        request.getfixturevalue("native")
    monkeypatch.setenv("MORPHKIT_PIXELS", choice)
    sources, nodes, _, triangles = warped_scene(np.random.default_rng(9))
    for weights in ([3001, 13383], [-5001, 21385]):
        frame = blend_nodes(nodes, weights)
        frame[[0]] = -128  # corners of the frame stay where they are
        outer = grid_mesh(80, 60, 1500)[0]
        edge = (outer == outer.min(0)).any(1) | (outer == outer.max(0)).any(1)
        frame[edge] = outer[edge]
        one = render(
            RenderJob(sources, nodes, frame, triangles, weights, size=(80, 60))
        )
        two = render(
            RenderJob(
                sources[::-1],
                nodes[::-1],
                frame,
                triangles,
                weights[::-1],
                size=(80, 60),
            )
        )
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(
            blend_nodes(nodes, weights), blend_nodes(nodes[::-1], weights[::-1])
        )


def test_threads_do_not_disturb_each_other(native):
    sources, nodes, frame, triangles = warped_scene(np.random.default_rng(13))
    shares = [[k, 16384 - k] for k in range(0, 16384, 1000)] * 4

    def draw(weights):
        return render(
            RenderJob(sources, nodes, frame, triangles, weights, size=(80, 60))
        )

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw, shares))
    for weights, image in zip(shares, together, strict=True):
        np.testing.assert_array_equal(image, draw(weights))


def test_photos_of_weight_0_do_not_matter_but_are_checked():
    sources, nodes, frame, triangles = warped_scene(np.random.default_rng(4))
    one = render(RenderJob(sources, nodes, frame, triangles, [16384, 0], size=(80, 60)))
    alone = render(
        RenderJob(sources[:1], nodes[:1], frame, triangles, [16384], size=(80, 60))
    )
    np.testing.assert_array_equal(one, alone)
    with pytest.raises(InputError, match=r"nodes\[1\]: an array of float64"):
        render(
            RenderJob(
                sources,
                [nodes[0], nodes[1].astype(float)],
                *(frame, triangles, [16384, 0]),
                size=(80, 60),
            )
        )


def test_blend_is_the_rounded_weighted_sum_held_within_the_range():
    border, triangles = grid_mesh(1, 1, 256)
    for a, b, w in ((200, 13, 4000), (255, 0, -9000), (0, 255, -9000), (77, 78, 8191)):
        sources = [Source(np.full((1, 1, 3), code, np.uint8)) for code in (a, b)]
        table = spec.decode_table("uint8").tolist()
        exact = (w * table[a] + (16384 - w) * table[b]) / 16384
        seen, _ = light_of(
            oracle,
            *(sources, [border, border], border, triangles),
            *((w, 16384 - w), (1, 1), "bicubic"),
        )
        assert seen[0, 0, 0] == np.clip(np.floor(exact + 0.5), 0, 32767)


def test_blend_nodes_rounds_half_up_and_extrapolates():
    one, two = np.array([[0, -1], [3, LIMIT]]), np.array([[1, 0], [-3, -LIMIT]])
    np.testing.assert_array_equal(
        blend_nodes([one, two], [8192, 8192]), [[1, 0], [0, 0]]
    )
    np.testing.assert_array_equal(
        blend_nodes([one, two], [32767, -16383]), [[-1, -2], [9, 12582400]]
    )
    assert blend_nodes([one], [16384]).dtype == np.int32


def test_overshoot_is_cut_off_only_at_the_end():
    """A white dot on black: bicubic rings below 0 in both directions at once."""
    photo = np.zeros((9, 9, 3), np.uint8)
    photo[4, 4] = 255
    border, triangles = grid_mesh(9, 9, 9 * 256)
    taps = spec.tap_table("bicubic").astype(int)[128]
    seen, _ = light_of(
        oracle,
        *([Source(photo)], [border + 128], border, triangles),
        *((16384,), (9, 9), "bicubic"),
    )
    down = (taps * 32767 + 8192) >> 14
    both = (taps[None, :] * down[:, None] + 8192) >> 14
    # the pixel at (x, y) lies at x + 1/2: it has the dot as its neighbour 4 - x
    expected = np.zeros((9, 9), int)
    expected[2:6, 2:6] = np.clip(both[::-1, ::-1], 0, 32767)
    np.testing.assert_array_equal(seen[..., 0], expected)
    assert expected[2, 2] > 0


def test_golden_frame():
    """Changing this constant changes every published stimulus: see CHANGELOG."""
    rng = np.random.default_rng(20240229)
    sources, nodes, frame, triangles = warped_scene(rng)
    image = render(
        RenderJob(sources, nodes, frame, triangles, [6000, 10384], size=(80, 60))
    )
    assert hashlib.sha256(image.tobytes()).hexdigest() == GOLDEN_FRAME


GOLDEN_FRAME = "717df02d7faf317c93c569371e0171db67f1be042a06eccca1391fbff240ae0f"


# ---- photos -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.7, 9.0])
def test_samples_are_alike_and_filtered_exactly(native, scalar, dtype, scale):
    rng = np.random.default_rng(6)
    photo, taps = noise(rng, 23, 31, dtype), np.array(lowpass_taps(scale), np.int16)
    light = spec.decode_table(np.dtype(dtype).name)[photo].astype(float)
    if taps.size > 1:
        for axis in (1, 0):
            total = ndimage.correlate1d(light, taps.astype(float), axis, mode="nearest")
            light = np.clip(np.floor((total + 8192) / 16384), 0, 32767)
    padded = np.pad(light, ((1, 2), (1, 2), (0, 0)), mode="edge")
    for module in (oracle, native, scalar):
        samples = np.full((26, 34, 4), 77, np.int16)
        module.prepare(photo, spec.decode_table(np.dtype(dtype).name), taps, samples)
        np.testing.assert_array_equal(samples[..., :3], 32767 - 2 * padded)
        assert (samples[..., 3] == 32767).all()  # no cover


def test_negative_taps_are_held_within_the_range(native):
    rng = np.random.default_rng(8)
    photo = (noise(rng, 12, 9) > 127).astype(np.uint8) * 255
    taps = np.array([-4000, 24384, -4000], np.int16)
    table = spec.decode_table("uint8")
    one, two = (np.empty((15, 12, 4), np.int16) for _ in range(2))
    oracle.prepare(photo, table, taps, one)
    native.prepare(photo, table, taps, two)
    np.testing.assert_array_equal(one, two)
    assert one[..., :3].max() == 32767
    assert one[..., :3].min() == -32767


@pytest.mark.parametrize("scale", [1.01, 1.3, 2.0, 5.5, 64.0])
def test_lowpass_taps_are_a_gaussian_of_the_stated_width(scale):
    taps = np.array(lowpass_taps(scale))
    place = np.arange(len(taps)) - len(taps) // 2
    assert taps.sum() == 16384
    np.testing.assert_array_equal(taps, taps[::-1])
    assert (taps >= 0).all()
    assert (np.diff(taps[: len(taps) // 2 + 1]) >= -1).all()
    variance = (taps * place**2).sum() / 16384
    assert variance == pytest.approx((scale**2 - 1) / 4 + 1 / 12, rel=0.06, abs=0.09)
    Source(np.zeros((2, 3, 3), np.uint8), taps=lowpass_taps(scale))


def test_lowpass_prevents_aliasing():
    """A grating finer than the frame can show comes out as grey, not as a grating."""
    period = 3.0
    wave = np.sin(2 * np.pi * np.arange(400) / period)
    codes = spec.encode_table()[(16000 + 15000 * wave).astype(int)]
    photo = np.repeat(np.tile(codes, (40, 1))[..., None], 3, axis=2)
    size = (100, 10)
    frame, triangles = grid_mesh(*size, 100 * 256)
    spread = {}
    for taps in ((16384,), lowpass_taps(4.0)):
        seen, _ = light_of(
            oracle,
            *([Source(photo, taps=taps)], [4 * frame + 384], frame, triangles),
            *((16384,), size, "bicubic"),
        )
        spread[len(taps)] = np.ptp(seen[2:-2, 5:-5])
    plain, filtered = spread.values()
    assert plain > 15000
    assert filtered < 0.05 * plain


# ---- errors and choice of the implementation ---------------------------------------

PHOTO = np.zeros((4, 5, 3), np.uint8)
BORDER = np.array([[-128, -128], [1152, -128], [1152, 896], [-128, 896]])
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (0, 4)}, r"size: 0 x 4 px; a side of a frame has 1 to 16384 px"),
        ({"size": (5, 16385)}, r"size: 5 x 16385 px"),
        ({"size": (6, 4)}, r"4 of 24 pixels .* in no triangle, the first at \(5, 0\)"),
        ({"triangles": HALVES[:1]}, r"10 of 20 pixels .*, the first at \(0, 0\)"),
        ({"triangles": HALVES + 2}, r"indices from 2 to 5, with 4 nodes; .* 0 to 3"),
        ({"triangles": HALVES - 1}, r"triangles: node indices from -1"),
        ({"triangles": HALVES / 1.0}, r"triangles: an array of float64"),
        ({"triangles": np.empty((0, 3), int)}, r"20 of 20 pixels"),
        ({"frame_nodes": BORDER * 1.0}, r"frame_nodes: an array of float64"),
        ({"frame_nodes": BORDER[:, :1]}, r"frame_nodes: .* shape \(4, 1\)"),
        ({"frame_nodes": BORDER[:3]}, r"nodes\[0\]: 4 nodes, but the frame has 3"),
        ({"frame_nodes": BORDER * 5000}, r"node 1 is at \[22500.0, -2500.0\] px"),
        ({"frame_nodes": BORDER + 2**22}, r"frame_nodes: node 1 is at"),
        ({"nodes": [BORDER - 2**22]}, r"nodes\[0\]: node 0 is at .* -16384 and 16384"),
        ({"nodes": [BORDER] * 2}, r"nodes: 2 arrays for 1 sources"),
        ({"weights": [16383]}, r"weights: \[16383\], of the sum 16383"),
        ({"weights": [8192, 8192]}, r"weights: \[8192, 8192\] for 1 sources"),
        ({"weights": [1.0]}, r"weights: \[1.0\] for 1 sources"),
        ({"sampling": "lanczos"}, r"unknown sampling 'lanczos'; allowed are bicubic"),
    ],
)
def test_render_refuses(change, message):
    scene = {
        "sources": [Source(PHOTO)],
        "nodes": [BORDER],
        "frame_nodes": BORDER,
        "triangles": HALVES,
        "weights": [16384],
        "size": (5, 4),
    }
    assert render(RenderJob(**scene)).shape == (4, 5, 3)
    changed = scene | change
    with pytest.raises(InputError, match=message):
        render(RenderJob(**changed))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([32768, -16384], r"each within -32768 and 32767"),
        ([32767, 32767, -32768, -16382], r"absolute sum 114684"),
        ([], r"\[\] for 0 arrays of nodes"),
        ([64] * 256 + [0], r"257 arrays of nodes; at most 256"),
    ],
)
def test_blend_nodes_refuses_weights(weights, message):
    with pytest.raises(InputError, match=message):
        blend_nodes([BORDER] * len(weights), weights)


def test_blend_nodes_refuses_different_meshes():
    with pytest.raises(InputError, match=r"nodes\[1\]: 3 nodes, but the first has 4"):
        blend_nodes([BORDER, BORDER[:3]], [16384, 0])


@pytest.mark.parametrize(
    ("photo", "message"),
    [
        (PHOTO.astype(float), r"photo: the values are float64"),
        (PHOTO[..., 0], r"photo: an array of shape \(4, 5\)"),
        (PHOTO[..., :2], r"photo: an array of shape \(4, 5, 2\)"),
        (PHOTO[:0], r"photo: 5 x 0 px; a side has 1 to 16384 px"),
        (np.zeros((1, 16385, 3), np.uint8), r"16385 x 1 px; .*; reduce or crop"),
    ],
)
def test_source_refuses_photos(photo, message):
    with pytest.raises(InputError, match=message):
        Source(photo)


@pytest.mark.parametrize(
    "taps",
    [
        (),
        (8192, 8192),
        (16383,),
        (1, 16383, 0),
        (16384.0,),
        (-32768, 81920, -32768),
        (0,) * 512 + (16384,) + (0,) * 512,
        ((16384,),),
    ],
)
def test_source_refuses_taps(taps):
    with pytest.raises(InputError, match=r"taps: a low-pass filter of .* lowpass_taps"):
        Source(PHOTO, taps=taps)


@pytest.mark.parametrize("scale", [0.0, -1.0, 64.1, float("nan"), float("inf")])
def test_lowpass_taps_refuses(scale):
    with pytest.raises(InputError, match=r"lowpass_taps: a scale of .* at most 64"):
        lowpass_taps(scale)


def test_sources_do_not_change():
    photo = PHOTO.copy()
    source = Source(photo)
    photo[:] = 255
    with pytest.raises(ValueError, match="read-only"):
        source.samples[0, 0, 0] = 1
    assert (source.samples[..., :3] == 32767).all()
    assert repr(source) == "Source(5 x 4 px)"


@pytest.fixture
def fresh_choice():
    backend._select.cache_clear()
    yield
    backend._select.cache_clear()


@pytest.mark.usefixtures("fresh_choice")
def test_the_variable_chooses_the_implementation(monkeypatch, native):
    monkeypatch.setenv("MORPHKIT_PIXELS", "numpy")
    assert implementation() == "numpy"
    monkeypatch.setenv("MORPHKIT_PIXELS", "c")
    assert implementation() == "c"
    monkeypatch.delenv("MORPHKIT_PIXELS")
    assert implementation() == "c"
    monkeypatch.setenv("MORPHKIT_PIXELS", "fast")
    with pytest.raises(InputError, match=r"MORPHKIT_PIXELS: .* 'fast'; allowed are"):
        implementation()


@pytest.mark.usefixtures("fresh_choice")
def test_a_missing_extension_is_reported_once(monkeypatch):
    def fail(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", fail)
    monkeypatch.delenv("MORPHKIT_PIXELS", raising=False)
    with pytest.warns(FallbackWarning, match="the C extension is not installed"):
        assert implementation() == "numpy"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert implementation() == "numpy"
    monkeypatch.setenv("MORPHKIT_PIXELS", "c")
    with pytest.raises(NativeMissingError, match=r"MORPHKIT_PIXELS: .* unset"):
        implementation()


def test_the_extension_survives_senseless_arguments(native):
    """Callers check first; the extension itself must refuse rather than crash."""
    rng = np.random.default_rng(0)
    source = Source(noise(rng, 6, 7))
    frame, triangles = grid_mesh(7, 6, 512)
    good = [
        (source.samples,),
        (frame,),
        frame,
        triangles,
        (16384,),
        spec.tap_table("bicubic"),
        spec.encode_table(),
        np.zeros((6, 7, 3), np.uint8),
    ]
    assert native.render(*good) == (0, -1)
    bad = [
        (0, (), "samples: not 1 to 256"),
        (0, (source.samples[:3],), "samples: the shape"),
        (0, (source.samples.astype(np.int32),), "samples: an array of 3 dimensions"),
        (1, (frame[:-1],), "nodes: the shape"),
        (1, (), "not one per photo"),
        (2, frame[:0], "nodes: the shape"),
        (2, frame.ravel(), "frame_nodes: an array of 1 dimensions"),
        (3, triangles + len(frame), "triangles: a node index is out of range"),
        (3, -triangles, "triangles: a node index is out of range"),
        (4, (40000,), "weights: not within 16 bits"),
        (5, spec.tap_table("bicubic")[:9], "tap_weights: not 256 rows"),
        (6, spec.encode_table()[:-1], "wrong last dimension"),
        (7, np.zeros((6, 7, 4), np.uint8), "wrong last dimension"),
        (7, np.zeros((0, 7, 3), np.uint8), "image: empty"),
    ]
    for place, value, message in bad:
        arguments = [*good[:place], value, *good[place + 1 :]]
        with pytest.raises(ValueError, match=re.escape(message)):
            native.render(*arguments)
    sealed = np.zeros((6, 7, 3), np.uint8)
    sealed.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        native.render(*good[:7], sealed)
    for one, two in pairwise([np.zeros((6, 7, 3), np.uint8), np.zeros((6, 7), "f8")]):
        with pytest.raises((ValueError, BufferError)):
            native.prepare(two, good[6], good[6], one)
