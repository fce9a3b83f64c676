"""Matching over a set: SHINE's own results, an exact Fourier transform, light."""

import hashlib
import runpy
from collections.abc import Iterator

import numpy as np
import pytest
from face_pictures import LABELS, grey
from reference_numbers import load, sources

from morphkit.errors import InputError
from morphkit.morph.normalise import MATCHINGS, SetImage, fourier, light, shine
from morphkit.pixels.spec import decode_table, encode_table

#: Relative to the largest value: rounding of some dozens of additions.
CLOSE = 1e-13


@pytest.fixture(
    scope="module",
    params=sources("shine.json", "shine_fixture.json"),
    ids=lambda path: path.stem,
)
def reference(request) -> tuple[dict, list[np.ndarray]]:
    """Return what SHINE gave in Octave, and the images that it was given."""
    found = load(request.param)
    if "made_by" in found:
        return found, [grey(label) for label in LABELS]
    synth = runpy.run_path(str(request.param.parent / "synth.py"))["synth"]
    images = [
        np.rint(synth(k).astype(float).mean(axis=-1)).astype(np.uint8)
        for k in (0, 1 / 14, 1)
    ]
    return found | {"average_histogram_sum": 65540}, images


def sha256(image: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def matched(
    name: str,
    images: list[np.ndarray],
    *,
    rescale: int = 1,
    visible: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Return grey images after a match over all of them."""
    light = [decode_table("uint8")[np.repeat(i[..., None], 3, axis=2)] for i in images]
    shown = [
        SetImage("a", k, 0.0, one, np.ones(one.shape[:2], bool), visible)
        for k, one in enumerate(light)
    ]
    match = MATCHINGS[name]
    learned = match.learn(lambda: iter(shown), rescale)
    return [match.change(one, learned)[..., 0] for one in shown]


@pytest.mark.parametrize("name", ["sfMatch", "specMatch"])
def test_spectra_are_those_of_shine_bit_for_bit(reference, name):
    found, images = reference[0]["ref"], reference[1]
    target = shine.mean_amplitude(images)
    change = {
        "sfMatch": shine.with_rotational_average,
        "specMatch": shine.with_spectrum,
    }[name]
    changed = [change(image, target) for image in images]
    for rescale in (0, 1, 2):
        between = shine.limits(changed, rescale)
        for number, image in enumerate(changed, start=1):
            expected = found[f"{name}_r{rescale}_{number}"]["sha256"]
            assert sha256(shine.scaled(image, between)) == expected, (rescale, number)


def test_whole_sets_are_matched_by_their_own_mean_and_limits():
    images = [picture(k, 30 + 20 * k)[..., 0] for k in range(3)]
    target = np.mean([np.abs(np.fft.fft2(image / 255)) for image in images], axis=0)
    phases = [np.exp(1j * np.angle(np.fft.fft2(image / 255))) for image in images]
    floats = [np.fft.ifft2(target * phase).real for phase in phases]
    low, high = min(map(np.min, floats)), max(map(np.max, floats))
    by_spectrum = matched("shine-spectrum", images, rescale=1)
    for image, exact in zip(by_spectrum, floats, strict=True):
        assert np.abs(image - (exact - low) / (high - low) * 255).max() < 0.501
    by_spectrum = matched("shine-spectrum", images, rescale=0)
    for image, exact in zip(by_spectrum, floats, strict=True):
        assert np.abs(image - np.clip(exact * 255, 0, 255)).max() < 0.501
    ranges = [np.ptp(image) for image in matched("shine-sf", images, rescale=2)]
    assert max(ranges) == 255 or min(ranges) > 200


def test_luminance_is_that_of_shine_bit_for_bit(reference):
    found, images = reference[0]["ref"], reference[1]
    for number, image in enumerate(matched("shine-luminance", images), start=1):
        assert sha256(image) == found[f"lumMatch_{number}"]["sha256"]


def test_histograms_are_those_of_shine(reference):
    """SHINE's pixels are random; its mean, deviation and counts are not."""
    found, images = reference[0]["ref"], reference[1]
    target = shine.average_histogram(map(shine.histogram, images))
    # 256 × 256 but for rounding, as in SHINE.
    assert target.sum() == reference[0]["average_histogram_sum"] > 65536
    changed = matched("shine-histogram", images)
    for number, image in enumerate(changed, start=1):
        expected = found[f"histMatch_{number}"]
        assert image.mean() == expected["mean"]
        assert image.std(ddof=1) == pytest.approx(expected["std"], rel=1e-12)
        deviation = np.abs(shine.histogram(image) - target).max()
        assert deviation == expected["max_hist_dev"]
    again = matched("shine-histogram", images)
    assert all((a == b).all() for a, b in zip(changed, again, strict=True))


@pytest.mark.parametrize(
    "shape", [(16, 16), (15, 12), (7, 11), (1, 9), (54, 50), (13, 1), (97, 6)]
)
def test_the_transform_is_that_of_numpy(shape):
    image = np.random.default_rng(5).random(shape) - 0.3
    real, imaginary = fourier.forward(image)
    expected = np.fft.fft2(image)
    size = np.abs(expected).max()
    assert np.abs(real + 1j * imaginary - expected).max() < CLOSE * size
    assert np.abs(fourier.inverse((real, imaginary)) - image).max() < CLOSE


def test_roots_of_unity_lie_on_the_circle():
    for n in (1, 2, 3, 8, 45, 360):
        cosines, sines = fourier.roots_of_unity(n)
        angles = 2 * np.pi * np.arange(n) / n
        assert np.abs(cosines - np.cos(angles)).max() < 1e-15
        assert np.abs(sines - np.sin(angles)).max() < 1e-15
    assert fourier.roots_of_unity(4)[0].tolist() == [1.0, 0.0, -1.0, 0.0]


def test_rings_count_as_shine_counts_them():
    """SHINE's own formula, with frequencies shifted to the middle."""
    for height, width in ((8, 8), (6, 10), (7, 8), (9, 5)):
        down = np.arange(height) - height / 2
        across = np.arange(width) - width / 2
        radius = np.hypot(*np.meshgrid(across, down))
        expected = np.floor(radius + 0.5).astype(int)
        if height % 2 or width % 2:
            expected -= 1
        found = np.fft.fftshift(shine.rings(height, width))
        assert (found == expected).all(), (height, width)


def test_an_image_without_a_frequency_gets_no_nonsense():
    flat = np.full((8, 8), 90, np.uint8)
    wavy = (120 + 40 * np.cos(np.arange(64).reshape(8, 8))).astype(np.uint8)
    for name in ("shine-sf", "shine-spectrum"):
        for image in matched(name, [flat, wavy], rescale=0):
            assert image.dtype == np.uint8
            assert 0 < image.mean() < 255


def test_a_constant_image_becomes_the_mean():
    flat, other = np.full((4, 4), 90, np.uint8), np.arange(16, dtype=np.uint8)
    changed = matched("shine-luminance", [flat, other.reshape(4, 4)])
    assert (changed[0] == round((90 + 7.5) / 2)).all()


def test_equal_pixels_are_ordered_by_their_neighbourhood():
    """The pixel of a flat area beside the bright edge becomes the brighter one."""
    image = np.full((6, 6), 100, np.uint8)
    image[:, 5] = 200
    target = np.zeros(256, np.int64)
    target[[10, 20, 30]] = 24, 6, 6
    matched = shine.with_histogram(image, target)
    assert (matched[:, 5] == 30).all()
    assert (matched[:, 4] == 20).all()
    assert (matched[:, :4] == 10).all()


def test_the_nearest_neighbours_count_first():
    """Brighter close by goes before brighter further away."""
    image = np.full((9, 40), 50, np.uint8)
    image[3, 9] = image[5, 11] = 60  # both pixels beside (4, 10) are a little brighter
    image[1:8, 30:32] = 200  # (4, 28) has much more, two pixels away
    target = np.bincount([100] * 358 + [150, 151], minlength=256)
    keys = [shine.around(image, side) for side in (3, 5, 9)]
    near, far = (4, 10), (4, 28)
    assert keys[0][near] > keys[0][far]
    assert keys[1][near] < keys[1][far]
    matched = shine.with_histogram(image, target)
    ranks = np.argsort(np.lexsort([k.ravel() for k in (*keys[::-1], image)]))
    order = ranks.reshape(image.shape)
    assert order[near] > order[far]
    graded = shine.with_histogram(image, np.bincount(range(256), minlength=256))
    assert graded[near] >= graded[far]
    assert (np.diff(graded.ravel()[np.argsort(ranks)].astype(int)) >= 0).all()
    assert sorted(set(matched.ravel().tolist())) == [100, 150, 151]


def test_tone_is_mean_and_sample_deviation():
    image = np.array([[3, 9], [10, 200]], np.uint8)
    assert shine.tone(image) == pytest.approx((image.mean(), image.std(ddof=1)))
    inside = np.array([[True, False], [True, True]])
    values = image[inside].astype(float)
    assert shine.tone(image, inside) == pytest.approx((71, values.std(ddof=1)))


def test_sums_around_pixels_are_those_of_scipy():
    from scipy import ndimage

    image = np.random.default_rng(2).integers(0, 256, (9, 13), dtype=np.uint8)
    for side in (3, 5, 9):
        ones = np.ones((side, side), np.int64)
        expected = ndimage.correlate(image.astype(np.int64), ones, mode="nearest")
        assert (shine.around(image, side) == expected).all()


def test_only_what_is_inside_is_changed_and_counted():
    rng = np.random.default_rng(3)
    images = [rng.integers(20, 90 + 40 * k, (20, 24), dtype=np.uint8) for k in (0, 1)]
    inside = np.zeros((20, 24), bool)
    inside[4:15, 6:20] = True
    changed = matched("shine-luminance", images, visible=inside)
    for before, after in zip(images, changed, strict=True):
        assert (before[~inside] == after[~inside]).all()
    means = [image[inside].mean() for image in changed]
    assert means[0] == pytest.approx(means[1], abs=0.3)
    target = np.bincount([7] * 77 + [9] * 77, minlength=256)
    changed = shine.with_histogram(images[0], target, inside)
    assert (changed[~inside] == images[0][~inside]).all()
    assert np.bincount(changed[inside]).tolist()[7:] == [77, 0, 77]


def test_an_empty_mask_is_refused():
    image, nothing = np.zeros((4, 4), np.uint8), np.zeros((4, 4), bool)
    with pytest.raises(InputError, match="without pixels"):
        shine.tone(image, nothing)
    with pytest.raises(InputError, match="without pixels"):
        shine.with_histogram(image, np.ones(256, np.int64), nothing)
    with pytest.raises(InputError, match="without pixels"):
        light.tone_of(np.zeros((4, 4, 3), np.int16), nothing)


def test_spectra_of_images_of_two_sizes_are_refused():
    with pytest.raises(InputError, match="differ in size"):
        matched("shine-sf", [np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)])


# --- light --------------------------------------------------------------------


def picture(seed: int, low: int = 40, high: int = 200) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(low, high, (40, 50, 3), dtype=np.uint8)


def decoded(image: np.ndarray) -> np.ndarray:
    return decode_table(image.dtype.name)[image]


def encoded(found: np.ndarray) -> np.ndarray:
    return encode_table()[found]


def by_definition(image: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Return mean and deviation of Rec. 709 luminance, in floating point."""
    v = image[inside] / np.iinfo(image.dtype).max
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    values = linear @ np.array([0.2126, 0.7152, 0.0722])
    return values.mean(), values.std()


NONE = (0.0, 0.0, 0.0)
INSIDE = np.zeros((40, 50), bool)
INSIDE[5:30, 8:44] = True


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tone_is_that_of_the_definition(dtype):
    image = picture(1).astype(dtype) * (np.iinfo(dtype).max // 255)
    found = light.tone_of(decoded(image), INSIDE)
    assert found[:2] == pytest.approx(by_definition(image, INSIDE), rel=3e-4)
    rgb = decoded(image)[INSIDE].astype(float) / 32767
    assert found.colour == pytest.approx(tuple(rgb.mean(axis=0)), rel=1e-9)


def test_a_line_gives_the_tone_that_was_wanted():
    image, wanted = picture(2, 80, 170), light.Tone(0.31, 0.045, NONE)
    found = light.tone_of(decoded(image), INSIDE)
    line = light.line_to(found, wanted)
    frame = encoded(light.on_light(decoded(image), line))
    assert by_definition(frame, INSIDE) == pytest.approx(wanted[:2], rel=4e-3)
    photo = light.on_photo(image, line)
    assert photo.dtype == np.uint16
    assert by_definition(photo, INSIDE) == pytest.approx(wanted[:2], rel=3e-4)


def test_a_line_keeps_the_proportions_of_the_mean_colour():
    """A face stays as red as it was, whatever its luminance becomes."""
    image = picture(4, 90, 160)
    image[..., 0] += 60
    image[..., 2] -= 40
    before = light.tone_of(decoded(image), INSIDE)
    wanted = light.Tone(0.5 * before.mean, 0.8 * before.contrast, NONE)
    photo = light.on_photo(image, light.line_to(before, wanted))
    after = light.tone_of(decoded(photo), INSIDE)
    assert after[:2] == pytest.approx(wanted[:2], rel=2e-3)
    halves = tuple(0.5 * channel for channel in before.colour)
    assert after.colour == pytest.approx(halves, rel=5e-3)


def test_a_line_is_what_the_definition_says():
    line = light.Line(90000, *[-40_000_000] * 3)
    codes = np.arange(256, dtype=np.uint8)
    grey = np.repeat(codes[None, :, None], 3, axis=2)
    linear = decode_table("uint8").astype(float) * 90000 / 65536 - 40_000_000 / 65536
    linear = np.clip(linear / 32767, 0, 1)
    curve = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    off = np.abs(encoded(light.on_light(decoded(grey), line))[0, :, 0] - 255 * curve)
    assert off.max() < 0.52
    floats = light.on_codes(grey / 255, line)
    # Light in tables is rounded to 1/32767, which is much in the darkest codes.
    assert np.abs(floats[0, :, 0] - curve).max() < 0.004


def test_the_line_that_changes_nothing_changes_nothing():
    image = picture(3, 0, 256)
    assert (light.on_light(decoded(image), light.SAME) == decoded(image)).all()
    deep = (image.astype(np.uint16) * 257) ^ 5
    table = decode_table("uint16")
    # Other codes of the same light may take the place, never other light.
    assert np.abs(table[light.on_photo(deep, light.SAME)] - table[deep]).max() <= 1


def test_no_contrast_is_made_from_nothing():
    flat = light.Tone(0.2, 0.001, NONE)
    with pytest.raises(InputError, match=r"contrast inside the mask is 0\.0010"):
        light.line_to(flat, light.Tone(0.2, 0.1, NONE))
    with pytest.raises(InputError, match="at most 8 times"):
        light.line_to(light.Tone(0.2, 0.1, NONE), light.Tone(0.2, 0.0, NONE))


def showing(images: list[np.ndarray], *, grey: bool = False):
    """Return a set of two continua."""
    half = len(images) // 2

    def show() -> Iterator[SetImage]:
        for k, image in enumerate(images):
            used = np.repeat(image[..., :1], 3, axis=2) if grey else image
            name, index = f"c{k // half}", k % half
            yield SetImage(name, index, index / (half - 1), decoded(used), INSIDE)

    return show


@pytest.mark.parametrize("name", MATCHINGS)
def test_every_match_makes_its_set_alike(name):
    """What the method measures differs less after it, over all images."""
    matching = MATCHINGS[name]
    images = [picture(k, 30 + 9 * k, 130 + 18 * k) for k in range(6)]
    show = showing(images, grey=matching.grey)
    learned = matching.learn(show, 1)
    before = list(show())
    after = [matching.change(shown, learned) for shown in before]
    assert all(a.dtype == np.uint8 and a.shape == (40, 50, 3) for a in after)
    if matching.grey:
        assert all((a[..., :1] == a).all() for a in after)

    def spread(pictures: list[np.ndarray]) -> float:
        tones = [by_definition(p, INSIDE) for p in pictures]
        if matching.of_set:
            return float(np.std([mean for mean, _ in tones]))
        middle = [tones[k][0] - (tones[k - 1][0] + tones[k + 1][0]) / 2 for k in (1, 4)]
        return float(np.abs(middle).max())

    assert spread(after) < 0.7 * spread([encoded(shown.light) for shown in before])


def test_frames_on_a_line_keep_their_ends():
    images = [picture(k, 40 + 5 * k * k, 140 + 9 * k) for k in range(6)]
    matching, show = MATCHINGS["line"], showing(images)
    learned = matching.learn(show, 1)
    after = [matching.change(shown, learned) for shown in show()]
    for k in (0, 2, 3, 5):
        assert (after[k] == images[k]).all()
    for first, middle, last in (after[:3], after[3:]):
        tones = [by_definition(image, INSIDE) for image in (first, middle, last)]
        wanted = tuple(np.mean([tones[0], tones[2]], axis=0))
        assert tones[1] == pytest.approx(wanted, rel=6e-3)


def test_luminance_reaches_the_mean_of_the_set():
    images = [picture(k, 110 + 4 * k, 170 + 6 * k) for k in range(4)]
    matching, show = MATCHINGS["luminance"], showing(images)
    learned = matching.learn(show, 1)
    wanted = tuple(np.mean([by_definition(i, INSIDE) for i in images], axis=0))
    for shown in show():
        changed = matching.change(shown, learned)
        assert by_definition(changed, INSIDE) == pytest.approx(wanted, rel=1e-2)


@pytest.mark.parametrize(
    ("name", "learned"),
    [
        ("luminance", {}),
        ("line", {"lines_c0": np.zeros((1, 2))}),
        ("shine-luminance", {"target": np.zeros(3)}),
        ("shine-histogram", {"target": np.zeros(255)}),
        ("shine-sf", {"target": np.zeros(4)}),
        ("shine-spectrum", {"target": np.zeros((4, 4))}),
    ],
)
def test_damaged_parameters_are_refused(name, learned):
    shown = next(showing([picture(1)] * 4, grey=True)())
    with pytest.raises(InputError, match=r"frozen of the set|a spectrum of 4×4"):
        MATCHINGS[name].change(shown, learned)
