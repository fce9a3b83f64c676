"""Spacing: known paths, the gate for sums, and levels of equal steps."""

import math
import weakref

import numpy as np
import pytest
from PIL import Image as Pillow

from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence, to_nodes
from morphkit.quality.distances import EIGHT_BIT, FLOAT, Spacing
from morphkit.quality.equal_levels import equal_levels
from morphkit.quality.measures import DEFAULT_MEASURES
from morphkit.quality.metrics.resampling import resample
from morphkit.quality.regions import face_region, whole_frame
from morphkit.quality.spacing import (
    Gauge,
    Measure,
    find_measure,
    landmark_measure,
    measure_spacing,
    probes_among,
    probes_between,
    spacing_of_frames,
)

LEVELS = (np.arange(15) / 14).tolist()


def along(power=1.0):
    """Return a measure of places on a line, where far is |a - b| to a power."""
    return Measure(
        "toy", "u", lambda place: place, lambda a, b: float(abs(a - b) ** power)
    )


def curved(level):
    """Return a place that moves the faster the further it is."""
    return level**2 + 0.2 * level


def spacing(frame_at=curved, levels=LEVELS, power=1.0):
    return measure_spacing(frame_at, levels, [along(power)])["toy"]


def test_steps_of_a_known_path():
    found = spacing()
    places = np.array([curved(level) for level in LEVELS])
    assert found.steps == pytest.approx(np.diff(places))
    assert found.exponent == pytest.approx(1.0, abs=0.02)
    assert found.additive
    share = places / places[-1]
    assert found.cumulative == pytest.approx(share)
    assert found.departure == pytest.approx(np.abs(share - LEVELS).max())
    assert found.max_min == pytest.approx(found.steps[-1] / found.steps[0])
    assert found.cv == pytest.approx(np.std(np.diff(places)) / np.mean(np.diff(places)))
    assert found.edge_ratio == pytest.approx(
        (found.steps[0] + found.steps[-1]) / 2 / np.median(found.steps[1:-1])
    )
    # x² + x/5 = 0.6
    assert found.half_level == pytest.approx(-0.1 + math.sqrt(0.61), abs=2e-3)
    assert found.straightness == pytest.approx(1.0)
    assert found.monotone
    assert found.precision == FLOAT


@pytest.mark.parametrize(
    ("power", "additive"),
    [(0.5, False), (0.93, False), (0.97, True), (1.03, True), (2, False)],
)
def test_only_distances_that_add_up_are_summed(power, additive):
    found = spacing(lambda level: 3 * level, power=power)
    assert found.exponent == pytest.approx(power)
    assert found.additive is additive
    for value in (found.cumulative, found.departure, found.half_level):
        assert (value is not None) is additive
    assert (found.straightness is not None) is additive
    assert found.max_min == pytest.approx(1.0)  # steps are compared either way


@pytest.mark.parametrize("n_levels", [2, 3, 15, 120])
def test_what_was_compared_with_all_others_is_let_go(n_levels):
    """Memory does not grow with the steps, and nothing is measured otherwise."""
    levels = np.linspace(0, 1, n_levels).tolist()
    alive: list[int] = []
    features = weakref.WeakSet()

    class Place:
        def __init__(self, level):
            self.at = curved(level)
            features.add(self)
            alive.append(len(features))

    def far(a, b):
        return abs(a.at - b.at)

    toy = Measure("toy", "u", Place, far)
    found = measure_spacing(lambda level: level, levels, [toy])["toy"]
    assert len(features) == 0
    assert max(alive) <= 16  # both ends, neighbours, and those of four probes
    everything = Gauge([toy])
    probes = probes_between(levels)
    for level in {*levels, *(each for probe in probes for each in probe)}:
        everything.add(level, level)
    expected = everything.spacing("toy", levels, probes)
    assert found.to_dict() == expected.to_dict()


def test_the_exponent_is_local():
    """A path on a circle is measured where steps are short, at any number of frames."""
    on_circle = Measure("toy", "u", np.array, lambda a, b: float(np.hypot(*(a - b))))

    def frame_at(level):
        return math.cos(3 * level), math.sin(3 * level)

    for n in (2, 3, 5, 15, 40):
        levels = np.linspace(0, 1, n).tolist()
        found = measure_spacing(frame_at, levels, [on_circle])["toy"]
        assert found.exponent == pytest.approx(1.0, abs=0.02)
    assert found.straightness == pytest.approx(2 * math.sin(1.5) / 3, abs=1e-3)


def test_a_path_that_turns_back():
    found = spacing(lambda level: level if level < 0.72 else 1.2 - level / 2)
    assert not found.monotone
    assert found.setbacks == tuple(range(12, 16))


def test_frames_that_stand_still():
    found = spacing(lambda level: 1.0)
    assert found.exponent is None
    assert found.max_min is None
    assert found.cv == 0.0
    assert not found.monotone
    assert found.cumulative is None
    still = spacing(lambda level: max(level, 0.3))
    assert still.max_min is None
    assert still.setbacks


def test_probes_lie_inside_and_use_the_frames_there_are():
    for n in (2, 3, 4, 7, 15, 33):
        levels = np.linspace(-0.2, 1.3, n).tolist()
        for start, middle, end in probes_between(levels):
            assert levels[0] < start < middle < end <= levels[-1]
            assert end - start <= 1.5 / 14 + 1e-6
            assert start in levels or n == 2
    assert all(end in LEVELS for _, _, end in probes_between(LEVELS))


def test_probes_among_frames_leave_out_the_ends():
    probes = probes_among(LEVELS)
    assert len(probes) == 11
    assert LEVELS[0] not in {level for probe in probes for level in probe}
    assert LEVELS[-1] not in {level for probe in probes for level in probe}
    assert probes_among(LEVELS[:4]) == []
    assert probes_among([0, 0.1, 0.2, 0.9, 0.95, 1.0]) == []


def test_spacing_of_files_says_so():
    found = spacing_of_frames([curved(level) for level in LEVELS], LEVELS, [along()])[
        "toy"
    ]
    assert found.precision == EIGHT_BIT
    assert found.steps == pytest.approx(spacing().steps)
    few = spacing_of_frames([0.0, 0.4, 1.0], [0, 0.5, 1], [along()])["toy"]
    assert few.exponent is None
    assert few.cumulative is None


def test_there_and_back_through_json():
    found = spacing()
    again = Spacing.from_dict("toy", found.to_dict())
    assert again.summary() == found.summary()
    with pytest.raises(InputError, match="toy: no spacing"):
        Spacing.from_dict("toy", {"levels": [0, 1]})
    with pytest.raises(InputError, match="3 steps of a spacing of 2 levels"):
        Spacing("m", "u", [0, 1], [1, 2, 3], [0, 1], [1, 0], None)


@pytest.mark.parametrize("n_steps", [2, 3, 9, 15])
def test_equal_levels_of_a_known_path(n_steps):
    found = equal_levels(curved, along(), n_steps, enough=1.0002)
    share = np.linspace(0, 1, n_steps) * 1.2
    assert found.levels == pytest.approx(-0.1 + np.sqrt(0.01 + share), abs=1e-4)
    assert found.max_min <= 1.0002
    assert found.history[-1] <= found.history[0]
    assert found.levels[[0, -1]].tolist() == [0.0, 1.0]
    assert (np.diff(found.levels) > 0).all()


def test_equal_levels_keep_other_ends():
    found = equal_levels(curved, along(), 8, ends=(0.2, 1.3))
    assert found.levels[[0, -1]].tolist() == [0.2, 1.3]
    assert found.max_min <= 1.002


def test_equal_levels_need_frames_that_differ():
    with pytest.raises(InputError, match="steps 1 and 2 are identical in toy"):
        equal_levels(lambda level: max(level, 0.5), along(), 9)
    with pytest.raises(InputError, match="1 steps"):
        equal_levels(curved, along(), 1)


def test_equal_levels_of_a_jump_are_the_best_there_were():
    """What cannot be made even does not run away, and is not worse than before."""

    def frame_at(level):
        return level + (5.0 if level > 0.5 else 0.0)

    found = equal_levels(frame_at, along(), 9)
    assert found.max_min == min(found.history)
    # Seven steps share 1, one has the jump: nothing is more even than that.
    assert found.max_min == pytest.approx(41)
    assert len(found.history) <= 9


def bending(level):
    """Return a place in space: the way bends, is jagged, and twice of another pace.

    As frames do, it stands still within 1/16384 of the levels.
    """
    level = round(level * 16384) / 16384
    at, paces = [0, 0.31, 0.33, 0.75, 0.85, 1], [0, 0.2, 0.26, 0.5, 1, 1.3]
    pace = np.interp(level, at, paces)
    jagged = 0.003 * np.sin(311 * level) + 0.002 * (int(level * 200) % 3)
    return np.array([np.cos(2 * pace), np.sin(2 * pace), jagged])


@pytest.mark.parametrize("n_steps", [7, 15, 31])
def test_equal_levels_of_a_path_with_kinks(n_steps):
    """No smooth curve goes through it: its steps are walked, one by one."""
    measure = Measure(
        "toy", "u", lambda place: place, lambda a, b: float(np.linalg.norm(a - b))
    )
    found = equal_levels(bending, measure, n_steps)
    seen = [bending(level) for level in found.levels]
    steps = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    assert steps.max() / steps.min() == pytest.approx(found.max_min)
    assert found.max_min <= 1.01
    assert found.levels[[0, -1]].tolist() == [0.0, 1.0]
    assert (np.diff(found.levels) > 0).all()
    # The same number of frames is looked at as eight rounds of all levels need.
    assert len(found.history) <= 9


def test_equal_levels_do_not_run_together_at_a_jump():
    """An end that stands apart draws all levels to it, finer than they can be made."""

    def frame_at(level):
        return round(level * 16384) / 16384 + (3.0 if level > 0 else 0.0)

    found = equal_levels(frame_at, along(), 15, max_rounds=30)
    assert (np.diff(found.levels) > 0).all()
    assert found.max_min <= found.history[0]


def test_landmarks_move_in_percent_of_the_eye_distance():
    still = np.array([[0.0, 0.0], [60.0, 0.0]])
    measure = landmark_measure(60.0)
    assert measure.distance(still, still + np.array([3.0, 4.0])) == pytest.approx(
        100 * 5 / 60
    )
    with pytest.raises(InputError, match="pixels apart"):
        landmark_measure(0.0)


def mesh(size=(200, 160)):
    """Return a correspondence whose landmarks lie on an ellipse that widens."""
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    centre = np.array([100, 80])
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    ends = to_nodes(np.stack([circle * [30, 40], circle * [36, 40]]) + centre)
    taps = (np.array([16384], np.int16),) * 2
    triangles = np.array([[0, 7, 14]], np.int32)
    return Correspondence(size, triangles, ends, ends, taps, ends)


def test_the_region_of_a_face():
    region = face_region(mesh())
    assert region.side == pytest.approx(1.2 * 80)
    assert region.corner == pytest.approx((100 - 48, 80 - 48))
    # An ellipse of 36 by 40 pixels at 256/96 of its size.
    area = np.pi * 36 * 40 * (256 / 96) ** 2
    assert region.mask.sum() == pytest.approx(area, rel=0.03)
    columns, rows = region.mask.any(axis=0), region.mask.any(axis=1)
    assert np.flatnonzero(columns)[[0, -1]] == pytest.approx([32, 223], abs=1.5)
    assert np.flatnonzero(rows)[[0, -1]] == pytest.approx([21, 234], abs=1.5)


def test_what_lies_beyond_the_frame_is_grey_and_does_not_count():
    region = whole_frame(mesh())
    white = np.ones((160, 200, 3))
    cut = region.cut(white)
    assert cut[region.mask == 1].min() == 1
    assert (cut[region.mask == 0] == 0.5).all()
    assert region.mask.sum() / 256**2 == pytest.approx(0.8, abs=0.01)
    assert whole_frame(mesh((160, 160))).mask is None


@pytest.mark.parametrize(
    ("box", "n_pixels"), [((10, 5, 90, 85), 33), ((3.5, 2.25, 43.5, 42.25), 64)]
)
def test_resampling_against_pillow(box, n_pixels):
    picture = np.random.default_rng(4).uniform(size=(90, 100, 1))
    image = Pillow.fromarray(picture[..., 0].astype(np.float32))
    size, filter_ = (n_pixels, n_pixels), Pillow.Resampling.BILINEAR
    expected = np.asarray(image.resize(size, filter_, box=box))
    corner = (box[0] - 0.5, box[1] - 0.5)
    found = resample(picture, corner, box[2] - box[0], n_pixels)[..., 0]
    inner = slice(3, -3)  # Pillow does not look beyond the box
    assert found[inner, inner] == pytest.approx(expected[inner, inner], abs=1e-5)


@pytest.mark.parametrize("corner", [(-0.5, -0.5), (20.3, 31.7), (-30.0, 50.2), (90, 1)])
@pytest.mark.parametrize("side", [12.0, 41.5])
def test_values_are_looked_up_where_the_square_is(corner, side):
    """Indices give the bits that their values give: the order of sums is the same."""
    rng = np.random.default_rng(4)
    values = rng.random(500)
    indices = rng.integers(0, 500, (60, 80, 3)).astype(np.int16)
    found = resample(indices, corner, side, 32, values=values)
    whole = resample(values[indices], corner, side, 32)
    assert found.tobytes() == whole.tobytes()
    inside = corner[0] + side > 0 and corner[0] < 80
    assert (len(np.unique(whole)) > 50) == inside


def test_names_of_measures():
    for name in DEFAULT_MEASURES:
        assert find_measure(name, mesh()).name == name
    with pytest.raises(InputError, match=r'did you mean "gabor_jet_face256"'):
        find_measure("gabor_jet_face265", mesh())


@pytest.mark.slow
def test_frames_before_rounding_and_after():
    """Rounding adds to steps that are small, and hides how uneven they are."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:160, :160]
    base = 0.4 + 0.1 * np.sin(x / 9) + 0.1 * np.cos(y / 7)
    change = 0.004 * rng.normal(size=base.shape)
    levels = LEVELS[::2]

    def frame_at(level):
        return np.repeat((base + level**2 * change)[..., None], 3, axis=2)

    name = "ssim_root_frame256"
    measure = find_measure(name, mesh((160, 160)))
    exact = measure_spacing(frame_at, levels, [measure])[name]
    files = [np.rint(255 * frame_at(level)).astype(np.uint8) for level in levels]
    rounded = spacing_of_frames(files, levels, [measure])[name]
    assert exact.max_min == pytest.approx(13, rel=0.02)  # (7² - 6²) / 1
    assert rounded.max_min < 0.5 * exact.max_min
