"""Detail kept level: both implementations, exact properties, energies that come out."""

import hashlib

import numpy as np
import pytest
from pixel_scenes import assert_same, grid_mesh, noise
from repository import DOCS, LANDMARKS, SOURCE_FACES

from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.morph.settings import MorphSettings, Rendering
from morphkit.pipeline.continuum import continuum
from morphkit.pixels import (
    DETAILS,
    RenderJob,
    Source,
    cover_of,
    detail_oracle,
    render,
    spec,
)

SPECIFICATION = (DOCS / "pixel_specification.md").read_text(encoding="utf-8")
ENCODE = spec.encode_table()
LEVELS = (4096, 8192, 12288)


def levelled(module, planes, weights):
    """Code values of planes with their detail kept level."""
    image = np.zeros((*planes.shape[:2], 3), np.uint8)
    module.level(np.ascontiguousarray(planes), weights, ENCODE, image)
    light = np.full(image.shape, -1, np.int16)
    module.level(np.ascontiguousarray(planes), weights, None, light)
    np.testing.assert_array_equal(ENCODE[light], image)
    both = np.zeros_like(image), np.full_like(light, -1)
    module.level(np.ascontiguousarray(planes), weights, ENCODE, *both)
    np.testing.assert_array_equal(both[0], image)
    np.testing.assert_array_equal(both[1], light)
    return image


def adversarial(rng, height, width, kind):
    """Planes of noise, of extremes, of weak grain, or of nothing."""
    shape = height, width, 4
    planes = rng.integers(0, 32768, shape)
    if kind == "extremes":
        planes = 32767 * rng.integers(0, 2, shape)
    elif kind == "grain":
        planes = 16384 * rng.integers(0, 2) + rng.integers(0, 300, shape)
    elif kind == "flat":
        planes = np.broadcast_to(rng.integers(0, 32768, 4), shape).copy()
    planes[..., 3] = 16384 + rng.choice([-1, 1], (height, width)) * (
        planes[..., 3] // 2
    )
    return planes.astype(np.int16)


def frame(photos, weights, mesh=None, **options):
    """Frame of photos that lie in the frame as they are, or on a mesh of their own."""
    sources = [p if isinstance(p, Source) else Source(p) for p in photos]
    width, height = sources[0].width, sources[0].height
    nodes, triangles = grid_mesh(width, height, 16 * 256)
    return render(
        RenderJob(
            sources,
            mesh or [nodes] * len(photos),
            nodes,
            triangles,
            weights,
            size=(width, height),
            **options,
        )
    )


def grain(rng, size, strength, level=110.0):
    """A photo of grey with independent grain."""
    values = level + strength * rng.standard_normal((size, size, 1))
    return np.repeat(np.clip(np.round(values), 0, 255), 3, 2).astype(np.uint8)


def detail(image):
    """Variance of the Laplacian of code values."""
    grey = image.astype(np.int64) @ np.array([54, 183, 19]) / 256
    inner = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1]
    return float(((inner - grey[1:-1, :-2] - grey[1:-1, 2:]) ** 2).mean())


# ---- implementations --------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["noise", "extremes", "grain", "flat"])
def test_native_and_scalar_level_as_the_oracle(native, scalar, kind):
    rng = np.random.default_rng(1)
    sizes = [(1, 1), (1, 9), (9, 1), (2, 3), (7, 8), (8, 8), (9, 17), (3, 40), (41, 35)]
    sizes.append((150, 9))  # bands of several rows of cells
    for height, width in sizes + [tuple(rng.integers(1, 40, 2)) for _ in range(20)]:
        planes = adversarial(rng, height, width, kind)
        first = int(rng.integers(-3000, 19000))
        weights = (first, spec.ONE - first)
        expected = levelled(detail_oracle, planes, weights)
        for module in (native, scalar):
            found = levelled(module, planes, weights)
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("sampling", ["bicubic", "bilinear"])
@pytest.mark.parametrize("covers", [False, True])
def test_native_and_scalar_planes_as_the_oracle(native, scalar, sampling, covers):
    rng = np.random.default_rng(2)
    width, height = 61, 43
    frame_nodes, triangles = grid_mesh(width, height, 9 * 256, rng)
    nodes = tuple(
        (frame_nodes + rng.integers(-700, 701, frame_nodes.shape)).astype(np.int32)
        for _ in range(2)
    )
    square = np.array([[12, 9], [40, 9], [40, 30], [12, 30]], np.int32) * 256
    cover = cover_of([square], (width, height), (4096, 8192, 4096))
    photos = [noise(rng, height, width) for _ in range(2)]
    photos[0][:, ::2] = 0
    sources = [Source(photos[0], cover=cover if covers else None), Source(photos[1])]
    results = []
    for module in (detail_oracle, native, scalar):
        planes = np.zeros((height, width, 4), np.int16)
        report = module.render_planes(
            tuple(source.samples for source in sources),
            nodes,
            frame_nodes,
            triangles,
            (5000, spec.ONE - 5000),
            spec.tap_table(sampling),
            planes,
            int(covers),
        )
        assert report == (0, -1)
        results.append(planes)
    np.testing.assert_array_equal(results[1], results[0])
    np.testing.assert_array_equal(results[2], results[0])
    light, _ = assert_light(native, sources, nodes, frame_nodes, triangles, sampling)
    if not covers:
        np.testing.assert_array_equal(results[0][..., :3], light)
    else:
        apart = results[0][14:26, 18:36, 3]  # deep inside the cover
        assert (apart == 16384).all()
        assert (results[0][..., 3] != 16384).any()


def assert_light(module, sources, nodes, frame_nodes, triangles, sampling):
    """Light of the plain blend of photos without covers."""
    size = sources[0].width, sources[0].height
    weights = (5000, spec.ONE - 5000)
    return assert_same(
        [module], sources, nodes, frame_nodes, triangles, weights, size, sampling
    )


def test_holes_are_reported_alike(native):
    nodes = np.array([[-128, -128], [2000, -128], [-128, 2000]], np.int32)
    triangles = np.array([[0, 1, 2]], np.int32)
    photo = Source(noise(np.random.default_rng(3), 8, 8)).samples
    arguments = ((photo, photo), (nodes, nodes), nodes, triangles, (8192, 8192))
    reports = [
        module.render_planes(
            *arguments, spec.tap_table("bicubic"), np.zeros((8, 8, 4), np.int16)
        )
        for module in (detail_oracle, native)
    ]
    assert reports[0] == reports[1]
    assert reports[0][0] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"planes": np.zeros((4, 4, 3), np.int16)}, "planes: the shape"),
        ({"planes": np.zeros((0, 4, 4), np.int16)}, "planes: the shape"),
        ({"planes": np.zeros((4, 4, 4), np.int32)}, "planes"),
        ({"weights": (8192, 8193)}, "weights"),
        ({"weights": (100000, spec.ONE - 100000)}, "weights"),
        ({"encode": np.zeros(32767, np.uint8)}, "encode"),
        ({"image": np.zeros((4, 5, 3), np.uint8)}, "image"),
        ({"light": np.zeros((4, 5, 3), np.int16)}, "light"),
        ({"light": np.zeros((4, 4, 3), np.uint8)}, "light"),
        (
            {"encode": None, "image": np.zeros((4, 4, 3), np.int16)}
            | {"light": np.zeros((4, 4, 3), np.int16)},
            "light",
        ),
    ],
)
def test_native_refuses_what_does_not_fit(native, change, message):
    arguments = {
        "planes": np.zeros((4, 4, 4), np.int16),
        "weights": (8192, 8192),
        "encode": ENCODE,
        "image": np.zeros((4, 4, 3), np.uint8),
    } | change
    with pytest.raises(ValueError, match=message):
        native.level(*arguments.values())


def test_native_draws_planes_of_two_photos_only(native):
    photo = Source(noise(np.random.default_rng(3), 8, 8)).samples
    nodes, triangles = grid_mesh(8, 8, 1024)
    with pytest.raises(ValueError, match="two photos"):
        native.render_planes(
            (photo,),
            (nodes,),
            nodes,
            triangles,
            (16384,),
            spec.tap_table("bicubic"),
            np.zeros((8, 8, 4), np.int16),
        )


# ---- exact properties -------------------------------------------------------------


@pytest.mark.parametrize("scale", spec.SCALES)
def test_slopes_are_the_derivative_of_tones(scale):
    slopes = spec.slope_table(scale)
    digest = hashlib.sha256(slopes.astype("<i2").tobytes()).hexdigest()
    assert scale == "code" or f"| slopes | `{digest}` |" in SPECIFICATION
    light = 8.0 * np.arange(4096)
    exact = 0.5 * np.sqrt(2**13 / (light + 256)) if scale == "light" else 0.5
    assert np.abs(slopes / 8192 - exact).max() < 1 / 8192
    assert not slopes.flags.writeable


def smoothed(values, step):
    """Means with the weights 1, 2, 1 of values `step` px apart, in floating point."""
    for axis in (0, 1):
        room = [(0, 0), (0, 0)]
        room[axis] = (step, step)
        wide, length = np.pad(values, room, "edge"), values.shape[axis]
        before, behind = (
            np.take(wide, range(k, k + length), axis) for k in (0, 2 * step)
        )
        values = (before + 2 * values + behind) / 4
    return values


def test_gain_is_the_formula():
    """One cell of known energies in each band: the gain is the root of the fraction."""
    rng = np.random.default_rng(4)
    most = np.array([400, 400, 400, 100])
    planes = (16384 + rng.integers(-most, most + 1, (8, 8, 4))).astype(np.int16)
    luma = planes[..., :3].astype(float) @ np.array([54, 183, 19]) / 256
    twice = 2.0 * (planes[..., 3] - 16384.0)
    found = detail_oracle.bands(planes)
    for k, share in enumerate((1.0, 9 / 8)):
        energies = []
        for values in (luma, twice):
            once = smoothed(values, 1)
            band = values - once if k == 0 else once - smoothed(once, 2)
            energies.append((band**2).sum())
        extra = share * 4000 * 12384 / 2**28 * energies[1] / energies[0]
        both = int(share * 8) * 4000 * 12384 // 8
        gain = detail_oracle.gains(found[k], both)
        assert gain.shape == (1, 1)
        expected = min(float(np.sqrt(1 + extra)) - 1, 2047 / 4096)
        assert 0.02 < expected < 0.45
        assert int(gain[0, 0]) / 4096 == pytest.approx(expected, rel=0.05)


def test_gain_is_at_most_a_half_more():
    planes = np.zeros((8, 8, 4), np.int16)
    planes[..., 3] = 16384
    planes[::2, ::2, 3] = 20000
    for band in detail_oracle.bands(planes):
        assert detail_oracle.gains(band, 1 << 26)[0, 0] == 2047


def test_gain_runs_on_straight_lines_between_centres():
    gain = np.array([[0, 1600], [800, 800]])
    spread = detail_oracle.spread(gain, 16, 13)
    assert spread[0, 0] == 0
    assert spread[15, 0] == 800
    exact = np.clip((np.arange(13) - 3.5) / 8, 0, 1) * 1600
    assert np.abs(spread[0] - exact).max() <= 0.5


@pytest.mark.parametrize("module", ["oracle", "native"])
def test_exchanged_photos_change_no_bit(module, native):
    rng = np.random.default_rng(5)
    engine = native if module == "native" else detail_oracle
    for kind in ("noise", "extremes", "grain"):
        planes = adversarial(rng, 37, 29, kind)
        other = planes.copy()
        other[..., 3] = 32768 - planes[..., 3].astype(int)
        np.testing.assert_array_equal(
            levelled(engine, planes, (3000, 13384)),
            levelled(engine, other, (13384, 3000)),
        )


def test_exchanged_photos_on_a_mesh_change_no_bit():
    rng = np.random.default_rng(6)
    photos = [noise(rng, 50, 60) for _ in range(2)]
    nodes, _ = grid_mesh(60, 50, 16 * 256)
    mesh = [nodes + rng.integers(-200, 201, nodes.shape) for _ in range(2)]
    one = frame(photos, (3000, 13384), mesh, detail="level")
    two = frame(photos[::-1], (13384, 3000), mesh[::-1], detail="level")
    np.testing.assert_array_equal(one, two)
    assert (one != frame(photos, (3000, 13384), mesh)).any()


@pytest.mark.parametrize("weights", [(0, 16384), (16384, 0), (-4096, 20480)])
def test_ends_and_caricatures_are_plain(weights):
    rng = np.random.default_rng(7)
    photos = [noise(rng, 30, 40) for _ in range(2)]
    plain = frame(photos, weights)
    np.testing.assert_array_equal(frame(photos, weights, detail="level"), plain)
    if 0 in weights:
        np.testing.assert_array_equal(plain, photos[weights.index(16384)])


@pytest.mark.parametrize("weight", LEVELS)
def test_equal_photos_stay_bit_for_bit(weight):
    photo = noise(np.random.default_rng(8), 33, 47)
    found = frame([photo, photo], (weight, spec.ONE - weight), detail="level")
    np.testing.assert_array_equal(found, photo)


def test_constants_stay():
    for one, two in [(0, 255), (255, 255), (17, 230), (0, 1)]:
        photos = [np.full((20, 30, 3), value, np.uint8) for value in (one, two)]
        plain = frame(photos, (6000, 10384))
        assert len(np.unique(plain)) == 1
        np.testing.assert_array_equal(
            frame(photos, (6000, 10384), detail="level"), plain
        )


def test_ramps_stay():
    """Where light runs straight there is nothing fine; one code value is rounding."""
    row = np.arange(40, 136, dtype=np.uint8)[None, :, None]
    photos = [np.tile(part, (40, 1, 3)) for part in (row, row[:, ::-1])]
    plain = frame(photos, (8192, 8192)).astype(int)
    level = frame(photos, (8192, 8192), detail="level").astype(int)
    assert np.abs(level - plain).max() <= 1


@pytest.mark.parametrize("weight", LEVELS)
def test_edges_that_agree_get_no_halo(weight):
    """An edge that both photos show, in independent grain of 3 code values."""
    rng = np.random.default_rng(9)
    clean = np.full((96, 96), 60.0)
    clean[:, 48:] = 200.0
    photos = []
    for _ in range(2):
        noisy = clean[..., None] + 3 * rng.standard_normal((96, 96, 1))
        photos.append(np.repeat(np.round(noisy), 3, 2).astype(np.uint8))
    weights = (weight, spec.ONE - weight)
    level = frame(photos, weights, detail="level").astype(float)
    plain = frame(photos, weights).astype(float)
    step = (level - plain)[..., 1].mean(axis=0)  # grain averages out over 96 rows
    assert np.abs(step).max() < 0.015 * 140
    # and grain elsewhere is as strong as ever
    assert detail(level[:, :36]) == pytest.approx(detail(photos[0][:, :36]), rel=0.12)


def test_where_one_photo_alone_is_seen_nothing_changes():
    rng = np.random.default_rng(10)
    photos = [noise(rng, 64, 64) for _ in range(2)]
    square = np.array([[8, 8], [56, 8], [56, 56], [8, 56]], np.int32) * 256
    sources = [Source(photos[0], cover=cover_of([square], (64, 64))), Source(photos[1])]
    level = frame(sources, (8192, 8192), detail="level")
    np.testing.assert_array_equal(level[26:38, 26:38], photos[0][26:38, 26:38])
    assert (level[:5] != frame(sources, (8192, 8192))[:5]).any()


# ---- energies ---------------------------------------------------------------------


@pytest.mark.parametrize("weight", LEVELS)
@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("strengths", [(6.0, 6.0), (4.0, 8.0)])
def test_grain_keeps_the_line_between_the_ends(weight, shared, strengths):
    """Grain of any correlation, of one strength or two: within 5 % of the line."""
    rng = np.random.default_rng(11)
    common = rng.standard_normal((256, 256))
    photos = []
    for strength in strengths:
        own = rng.standard_normal((256, 256))
        values = strength * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own)
        grey = np.round(120 + values)[..., None]
        photos.append(np.repeat(np.clip(grey, 0, 255), 3, 2).astype(np.uint8))
    weights = (weight, spec.ONE - weight)
    share = weight / spec.ONE
    line = share * detail(photos[0]) + (1 - share) * detail(photos[1])
    found = detail(frame(photos, weights, detail="level"))
    assert found == pytest.approx(line, rel=0.05)
    plain = detail(frame(photos, weights))
    if shared == 0.0:
        assert plain < 0.8 * line


def test_grain_in_shadow_counts_as_in_light():
    """A frame half dark, half bright: each half keeps its own line."""
    rng = np.random.default_rng(12)
    photos = [
        np.hstack([grain(rng, 128, 5, 40), grain(rng, 128, 5, 210)]) for _ in range(2)
    ]
    level = frame(photos, (8192, 8192), detail="level")
    for half in (slice(0, 112), slice(144, 256)):
        line = (detail(photos[0][:, half]) + detail(photos[1][:, half])) / 2
        assert detail(level[:, half]) == pytest.approx(line, rel=0.05)


# ---- what is asked for ------------------------------------------------------------


def test_unknown_detail_is_refused():
    photo = noise(np.random.default_rng(13), 8, 8)
    with pytest.raises(InputError, match=r"detail: unknown detail 'sharp'; allowed"):
        frame([photo], (16384,), detail="sharp")


def test_three_photos_are_refused():
    photos = [noise(np.random.default_rng(14), 8, 8)] * 3
    with pytest.raises(InputError, match=r"detail: 3 photos .* between two photos"):
        frame(photos, (8192, 4096, 4096), detail="level")
    # one of weight 0 is not in the frame
    frame(photos, (8192, 8192, 0), detail="level")


def test_rendering_passes_it_on():
    """A continuum of the shipped faces: the ends are the same, the middle is not."""
    faces = [
        Face(
            image=read_image(SOURCE_FACES / f"maja_{label}.png"),
            landmarks=read_landmarks(LANDMARKS / f"maja_{label}.json"),
        )
        for label in ("neutral", "distressed")
    ]
    plain, level = (
        continuum(
            *faces,
            3,
            size=(160, 160),
            settings=MorphSettings(refine="none", detail=name),
        ).frames
        for name in DETAILS
    )
    assert Rendering().detail == "plain"
    np.testing.assert_array_equal(level[0], plain[0])
    np.testing.assert_array_equal(level[2], plain[2])
    assert detail(level[1]) > 1.02 * detail(plain[1])


# ---- golden -----------------------------------------------------------------------

GOLDEN = {
    "light": "7bedbe94d919de639be378f86c4b893d1da4a8185fd818b936dd8539ae233817",
    "code": "3429e547e71d7db5d8bc3268c16e8ea828056caa5cce6a852e62f41b93f31742",
}


@pytest.mark.parametrize("scale", spec.SCALES)
def test_frames_are_as_ever(scale):
    """Frames of photos that are made by integers; a new sum changes published faces."""
    y, x, c = np.ogrid[:45, :70, :3]
    photos = [
        ((x * x * 3 + y * y * k + 40 * c + x * y * 7) % 256).astype(np.uint8)
        for k in (5, 11)
    ]
    nodes, _ = grid_mesh(70, 45, 16 * 256)
    moved = nodes + (nodes[:, ::-1] % 300) - 150
    sources = [Source(photo, scale=scale) for photo in photos]
    found = frame(sources, (6000, 10384), [nodes, moved], detail="level")
    assert hashlib.sha256(found.tobytes()).hexdigest() == GOLDEN[scale]
