"""The metrics against published and hand-made numbers."""

import hashlib
import math
import runpy
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from face_pictures import LABELS, face
from reference_numbers import load, sources
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from morphkit.errors import InputError, MissingExtraError
from morphkit.quality.metrics import METRICS, cvvdp, gabor_jet
from morphkit.quality.metrics.ciede2000 import colour_difference
from morphkit.quality.metrics.frames import as_luma

mean_difference = METRICS["mean_difference"].score
ciede2000 = METRICS["ciede2000_mean"].score


def flat(*colour, shape=(3, 4)):
    return np.full((*shape, 3), colour, np.uint8)


def test_mean_difference_by_hand():
    a = np.zeros((2, 2, 3), np.uint8)
    b = a.copy()
    b[0, 0] = 10, 20, 30
    b[1, 1] = 255, 0, 0
    assert mean_difference(a, b) == (60 + 255) / 12
    mask = np.array([[0.5, 0], [1, 0]], np.float32)
    assert mean_difference(a, b, mask=mask) == pytest.approx(30 / 4.5)


def test_differences_do_not_wrap_around():
    """In 8 bits 0 - 255 would be 1."""
    assert mean_difference(flat(0, 0, 0), flat(255, 255, 255)) == 255
    assert mean_difference(flat(3, 0, 250), flat(1, 2, 255)) == pytest.approx(3)


def test_a_large_frame_is_summed_exactly():
    a = np.zeros((600, 800, 3), np.uint8)
    b = np.full_like(a, 1)
    b[0, 0, 0] = 254
    assert mean_difference(a, b) == (600 * 800 * 3 + 253) / (600 * 800 * 3)


def lab_of(code):
    """Return L*, a*, b* of an sRGB colour, from the definitions (D65, 2 degrees)."""
    v = np.array(code) / 255
    light = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    rgb_to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    t = rgb_to_xyz @ light / [0.95047, 1.0, 1.08883]
    delta = 6 / 29
    f = np.where(t > delta**3, np.cbrt(t), t / (3 * delta**2) + 4 / 29)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def delta_e(first, second):
    """Return CIEDE2000 of two Lab colours, step by step as Sharma et al. (2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    c_bar = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(c_bar**7 / (c_bar**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = (math.degrees(math.atan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = h2 - h1
    if c1 * c2 == 0:
        turn = 0.0
    elif abs(turn) > 180:
        turn -= math.copysign(360, turn)
    d_l, d_c = l2 - l1, c2 - c1
    d_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2
    if c1 * c2 != 0:
        h = h / 2 if abs(h1 - h2) <= 180 else (h + (360 if h < 360 else -360)) / 2

    def cos(angle):
        return math.cos(math.radians(angle))

    t = (
        1
        - 0.17 * cos(h - 30)
        + 0.24 * cos(2 * h)
        + 0.32 * cos(3 * h + 6)
        - 0.20 * cos(4 * h - 63)
    )
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    r = 2 * math.sqrt(c**7 / (c**7 + 25.0**7))
    r *= -math.sin(math.radians(60 * math.exp(-(((h - 275) / 25) ** 2))))
    x, y, z = d_l / s_l, d_c / s_c, d_h / s_h
    return math.sqrt(x * x + y * y + z * z + r * y * z)


#: Rows of the table of test data of Sharma, Wu and Dalal (2005).
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.001), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, -0.001, 2.49), (50.0, 0.001, -2.49), 4.8045),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


def test_ciede2000_against_the_published_formula():
    for first, second, expected in PUBLISHED:
        assert delta_e(first, second) == pytest.approx(expected, abs=5e-5)
    rng = np.random.default_rng(11)
    for _ in range(60):
        a, b = rng.integers(0, 256, (2, 3))
        expected = delta_e(lab_of(a), lab_of(b))
        # The matrices and white points in use differ in their fourth digit.
        assert ciede2000(flat(*a), flat(*b)) == pytest.approx(expected, rel=2e-3)


def test_ciede2000_is_that_of_scikit_image():
    """Also of greys, which have no hue, and of hues on both sides of 0."""
    rng = np.random.default_rng(12)
    first, second = rng.uniform([0, -90, -90], [100, 90, 90], (2, 70, 90, 3))
    first[:5, :, 1:] = 0.0
    second[3:8, :, 1:] = 0.0
    wanted = deltaE_ciede2000(first, second)
    assert colour_difference(first, second) == pytest.approx(wanted, abs=1e-11)
    table = [np.array([row[k] for row in PUBLISHED]) for k in range(3)]
    assert colour_difference(*table[:2]) == pytest.approx(table[2], abs=5e-5)


def test_ciede2000_of_black_and_white():
    assert ciede2000(flat(0, 0, 0), flat(255, 255, 255)) == pytest.approx(100, abs=1e-3)


def test_ciede2000_is_a_mean_over_pixels():
    a, b = flat(90, 80, 70), flat(90, 80, 70)
    b[:, :1] = 200, 80, 70
    one = ciede2000(a[:, :1], b[:, :1])
    assert one > 10
    assert ciede2000(a, b) == pytest.approx(one / 4)


def texture(seed, height=256, width=256):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (height, width))


def jets_by_transform(grey, grid):
    """Return Gabor jets as both programs compute them: one transform a kernel."""
    w = 2 * np.pi * np.fft.fftfreq(256)
    x, y = np.meshgrid(w, -w)
    answers = []
    for scale in range(5):
        k = np.pi / 2 * 2 ** (-scale / 2)
        c = (2 * np.pi / k) ** 2 / 2
        for turn in range(8):
            kx, ky = k * np.cos(np.pi * turn / 8), k * np.sin(np.pi * turn / 8)
            kernel = np.exp(-c * ((kx - x) ** 2 + (ky - y) ** 2))
            kernel -= np.exp(-c * (k**2 + x**2 + y**2))
            whole = np.fft.ifft2(np.fft.fft2(grey) * 2 * np.pi * kernel)
            answers.append(whole[np.ix_(grid, grid)])
    return np.array(answers)


@pytest.mark.parametrize("grid", [gabor_jet.GRID_YUE, gabor_jet.GRID_APPLET])
def test_jets_are_those_of_the_whole_transform(grid):
    grey = texture(1)
    expected = jets_by_transform(grey, list(grid))
    found = gabor_jet.jets(grey, grid)
    assert np.abs(found - expected).max() < 1e-12 * np.abs(expected).max()


def test_jets_do_not_see_constant_light():
    assert np.abs(gabor_jet.jets(np.full((256, 256), 200.0))).max() < 1e-10


def test_a_jet_answers_to_its_own_grating():
    """The kernel of scale 2, orientation 3 sees the wave of that frequency best."""
    k, angle = np.pi / 4, 3 * np.pi / 8
    y, x = np.mgrid[:256, :256]
    wave = 50 * np.cos(k * (np.cos(angle) * x - np.sin(angle) * y))
    strength = np.abs(gabor_jet.jets(wave)).mean(axis=(1, 2))
    assert strength.argmax() == 2 * 8 + 3


#: Metric, what other programs call it, and how theirs follows from ours.
KNOWN = (
    ("gabor_jet", "gaborjet_mag_yue10x10_256", lambda d: d),
    ("gabor_jet_applet", "gaborjet_web_applet_dissimilarity", lambda d: d),
    ("ciede2000_mean", "ciede2000_mean", lambda d: d),
    ("ciede2000_rms", "ciede2000_rms", lambda d: d),
    ("ssim_root", "ssim_skimage_gauss_1.5_popcov_luma255", lambda d: 1 - d**2),
    ("flip", "flip_ldr_default_ppd", lambda d: d),
    ("cvvdp", "cvvdp_jod_standard_4k", lambda d: 10 - d),
)
SOURCES = sources("image_metrics.json", "image_metrics_synthetic.json")


def frames_of(path):
    """Return the frames that a file of numbers is about."""
    if "made_by" in load(path):
        return dict(zip("ABC", map(face, LABELS), strict=True))
    synth = runpy.run_path(str(path.parent / "synth.py"))["synth"]
    return {"A": synth(0), "B": synth(1 / 14), "C": synth(1)}


@pytest.mark.parametrize("pair", ["A|B", "A|C"])
@pytest.mark.parametrize(
    ("path", "metric", "known", "of"),
    [
        pytest.param(path, *entry, id=f"{path.stem}-{entry[0]}")
        for path in SOURCES
        for entry in KNOWN
        if entry[1] in load(path)["A|B"]
    ],
)
def test_reference_numbers(path, pair, metric, known, of):
    numbers, frames = load(path), frames_of(path)
    for name, frame in frames.items():
        found = hashlib.sha256(frame.tobytes()).hexdigest()
        assert found == numbers["sha256"][name]
    a, b = (frames[name] for name in pair.split("|"))
    library = METRICS[metric].library
    if library and not find_spec(library):
        pytest.skip(f"{library} is not installed")
    found = of(METRICS[metric].score(a, b))
    # Two implementations of one formula, both in double precision; FLIP is in single
    # precision, and ColorVideoVDP the mean of both ways round.
    loose = {"flip": 3e-4, "cvvdp": 5e-3}
    assert found == pytest.approx(numbers[pair][known], rel=loose.get(metric, 1e-12))


@pytest.mark.parametrize("name", ["flip", "cvvdp"])
def test_a_metric_whose_extra_is_missing_says_which(name, monkeypatch):
    metric = METRICS[name]
    monkeypatch.setitem(sys.modules, metric.library, None)
    cvvdp._program.cache_clear()  # another test may have loaded it
    a = np.zeros((16, 16, 3), np.uint8)
    with pytest.raises(MissingExtraError, match=rf'needs the extra "{metric.extra}"'):
        metric.score(a, a + 9)


def test_a_frame_of_another_size_is_brought_to_256_pixels():
    """A smooth picture keeps its jets when it comes in twice the size."""
    y, x = np.mgrid[:512, :512] / 512
    large = 0.5 + 0.4 * np.sin(9 * x + 4 * y) * np.cos(7 * y)
    small = large.reshape(256, 2, 256, 2).mean(axis=(1, 3))
    a, b = (np.repeat(g[..., None], 3, 2) for g in (large, small))
    changed = np.clip(b + 0.1 * np.sin(20 * b), 0, 1)
    metric = METRICS["gabor_jet"]
    apart = metric.distance(metric.prepare(a, None), metric.prepare(b, None))
    assert apart < 0.02 * metric.score(b, changed)


def test_a_frame_too_small_for_the_window():
    tiny = np.zeros((10, 40, 3), np.uint8)
    with pytest.raises(InputError, match="at least 11 pixels each way"):
        METRICS["ssim_root"].score(tiny, tiny)


@pytest.mark.parametrize(("top", "left"), [(0, 0), (14, 3), (40, 49)])
def test_structure_inside_a_mask_is_that_of_the_whole_frame(top, left):
    """Windows that reach beyond the mask, or the edge of the frame, are whole."""
    rng = np.random.default_rng(13)
    mask = np.zeros((60, 80), np.float32)
    mask[top : top + 20, left : left + 31] = rng.uniform(0.1, 1, (20, 31))
    a, b = rng.uniform(0, 1, (2, 60, 80, 3))
    own = {"gaussian_weights": True, "use_sample_covariance": False, "data_range": 1}
    planes = (as_luma(each, mask) for each in (a, b))
    _, everywhere = structural_similarity(*planes, full=True, **own)
    wanted = np.sqrt(1 - np.average(everywhere, weights=mask))
    found = METRICS["ssim_root"].score(a, b, mask=mask)
    assert found == pytest.approx(wanted, abs=1e-12)
