"""Measurements against independent ones, and where the checks draw their lines."""

import itertools
from dataclasses import replace

import matplotlib.path
import numpy as np
import pytest
import small_evidence as small
from scipy.ndimage import binary_dilation, laplace
from scipy.spatial import ConvexHull

from morphkit.errors import InputError
from morphkit.morph.continuum import Scores
from morphkit.morph.trajectory import Trajectory
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks import (
    CHECKS,
    Evidence,
    FrameMeasurements,
    View,
    face_region,
    find_clipping,
    find_contrast_drift,
    find_cut_off,
    find_detail_gain,
    find_detail_loss,
    find_edge_steps,
    find_enlarged,
    find_folds,
    find_ghosting,
    find_landmark_errors,
    find_luminance_drift,
    find_not_additive,
    find_opening_states,
    find_outside,
    find_outside_frame,
    find_setbacks,
    find_uneven_spacing,
)
from morphkit.quality.distances import Spacing
from morphkit.quality.limits import LIMITS, Limit, with_limits

OUTSIDE_NOTE, OUTSIDE = LIMITS["outside-photo"].to_dict().values()
ENLARGED = LIMITS["enlarged"].warning
LUMINANCE_DRIFT = LIMITS["luminance-drift"].warning
CONTRAST_NOTE, CONTRAST_DRIFT = LIMITS["contrast-drift"].to_dict().values()
DETAIL_LOSS = LIMITS["detail-loss"].warning
CLIPPED = LIMITS["clipping"].warning

WIDTH, HEIGHT = small.SIZE
RNG = np.random.default_rng(6)
COLOURS = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def to_light(codes):
    v = np.asarray(codes, float) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def measured(frames):
    """Return measurements with all their digits; evidence has those that mean sth."""
    measuring = FrameMeasurements(small.correspondence())
    for frame, level in zip(frames, np.linspace(0, 1, len(frames)), strict=True):
        measuring.add(frame, level)
    return measuring.scores()


# ---- the face


@pytest.mark.parametrize("level", [0.0, 0.35, 1.0, 1.4])
def test_the_face_is_the_hull_of_its_landmarks(level):
    ends = [small.FACE + RNG.uniform(-6, 6, small.FACE.shape) for _ in range(2)]
    mesh = small.correspondence(landmarks=small.units(np.array(ends)))
    points = (1 - level) * ends[0] + level * ends[1]
    outline = matplotlib.path.Path(points[ConvexHull(points).vertices])
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    expected = outline.contains_points(np.stack([x.ravel(), y.ravel()], 1))
    region = face_region(mesh, level)
    assert region.shape == (HEIGHT, WIDTH)
    # Rounded landmarks may move a pixel across the border.
    assert (region != expected.reshape(region.shape)).sum() <= 3
    assert 3000 < region.sum() < 8000


def test_a_face_on_a_line_has_no_inside():
    line = small.units(np.array([[[k, 2 * k] for k in range(24)]] * 2))
    with pytest.raises(InputError, match="all landmarks lie on one line"):
        face_region(small.correspondence(landmarks=line), 0.5)


# ---- measurements


def test_measurements_against_floating_point():
    scores = measured([COLOURS, small.textured(1)]).per_frame
    region = face_region(small.correspondence(), 0.0)
    light = to_light(COLOURS) @ [0.2126, 0.7152, 0.0722]
    inner = region.copy()
    inner[[0, -1]] = inner[:, [0, -1]] = False
    assert scores["luminance"][0] == pytest.approx(light[inner].mean(), abs=3e-5)
    assert scores["contrast"][0] == pytest.approx(light[inner].std(), abs=3e-5)
    grey = COLOURS.astype(float) @ [54 / 256, 183 / 256, 19 / 256]
    detail = (laplace(grey)[inner] ** 2).mean()
    assert scores["detail"][0] == pytest.approx(detail, rel=1e-12)
    ends = ((COLOURS == 0) | (COLOURS == 255)).any(axis=2)
    assert scores["clipped"][0] == pytest.approx(ends[region].mean(), rel=1e-12)
    assert set(scores) == {
        *("luminance", "contrast", "skin_contrast", "detail", "clipped"),
        *("colour", "cast"),
    }


@pytest.mark.parametrize("shift", [(0, 0), (-60, -60), (60, 60)])
def test_only_the_face_and_its_neighbours_are_measured(shift):
    """Wherever it lies, also across the edge of the frame."""
    points = small.FACE + shift
    mesh = small.correspondence(landmarks=small.units(np.array([points, points])))
    region = face_region(mesh, 0.0)
    assert region.any()
    seen = binary_dilation(region, np.ones((3, 3)))
    assert not seen.all()
    frames = [COLOURS, small.textured(1)]
    other = [
        np.where(seen[..., None], f, RNG.integers(0, 256, f.shape)) for f in frames
    ]
    found = []
    for each in (frames, other):
        measuring = FrameMeasurements(mesh)
        for frame in each:
            measuring.add(frame.astype(np.uint8), 0.0)
        found.append(measuring.scores())
    for name, values in found[0].per_frame.items():
        assert (values == found[1].per_frame[name]).all(), name
    (step,) = found[0].per_step["difference"]
    a, b = (frame[region].astype(int) for frame in frames)
    assert step == found[1].per_step["difference"][0] == np.abs(a - b).mean()


def test_colour_is_what_lightness_does_not_tell():
    """Grey and toned faces have none; the others as much as their codes."""
    rng = np.random.default_rng(2)
    grey = np.repeat(small.textured(1)[..., :1], 3, axis=2).astype(float)
    toned = np.clip(grey * [1.08, 1.0, 0.8], 0, 255)
    alive = grey + rng.normal(0, 12, grey.shape)
    frames = [np.rint(f).clip(0, 255).astype(np.uint8) for f in (grey, toned, alive)]
    of_grey, of_tone, of_colour = measured(frames).per_frame["colour"]
    assert of_grey == 0
    assert of_tone < 2
    region = face_region(small.correspondence(), 1.0)
    red, green, blue = frames[2][region].astype(float).T
    expected = np.hypot((red - green).std(), (red + green - 2 * blue).std())
    assert of_colour == pytest.approx(expected, rel=0.1)
    cast = measured(frames).per_frame["cast"]
    assert cast[0] == 0
    red, green, blue = frames[1][face_region(small.correspondence(), 0.5)].T.astype(int)
    luma = (54 * red + 183 * green + 19 * blue) / 256
    assert cast[1] == pytest.approx((red + green - 2 * blue).mean() / luma.mean())


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        (lambda c, grey: grey, "error"),
        (lambda c, grey: grey * [1.1, 1.0, 0.8], "error"),  # sepia
        (lambda c, grey: grey + 0.1 * (c - grey), "error"),
        (lambda c, grey: grey + 0.5 * (c - grey), "warning"),
        (lambda c, grey: grey + 0.8 * (c - grey), None),
        (lambda c, grey: c * 0.8, None),  # darker
    ],
)
def test_a_grey_or_toned_end_gives_the_level_away(change, severity):
    colours = small.coloured(0).astype(float)
    grey = (colours @ [54 / 256, 183 / 256, 19 / 256])[..., None].repeat(3, axis=2)
    other = np.rint(change(colours, grey)).clip(0, 255).astype(np.uint8)
    for ends in ((colours.astype(np.uint8), other), (other, colours.astype(np.uint8))):
        share = np.linspace(0, 1, 5)[:, None, None, None]
        frames = np.rint((1 - share) * ends[0] + share * ends[1]).astype(np.uint8)
        found = [*CHECKS["grey-end"].find(small.evidence([*frames]))]
        assert [f.severity for f in found] == ([severity] if severity else [])


def test_two_grey_ends_give_nothing_away():
    assert not [*CHECKS["grey-end"].find(small.evidence())]


def test_a_third_anchor_in_grey_is_found():
    frames = [small.coloured(k) for k in range(5)]
    frames[2] = small.textured(2)
    evidence = small.evidence(frames)
    assert not [*CHECKS["grey-end"].find(evidence)]
    passing = replace(evidence, trajectory=Trajectory.equal_steps(5, via=True))
    (found,) = CHECKS["grey-end"].find(passing)
    assert found.severity == "error"


def test_packs_without_the_measurement_are_read():
    evidence = small.evidence([small.coloured(k) for k in range(5)])
    older = {n: v for n, v in evidence.scores.per_frame.items() if n != "colour"}
    scores = replace(evidence.scores, per_frame=older)
    for name in ("grey-end", "colour-cast"):
        assert not [*CHECKS[name].find(replace(evidence, scores=scores))]


def test_only_the_face_is_measured():
    changed = COLOURS.copy()
    outside = ~face_region(small.correspondence(), 0.0)
    # The grain looks one pixel around: leave a rim as it is.
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    far = outside & (np.hypot((x - 80) / 37, (y - 60) / 47) > 1)
    changed[far] = 255 - changed[far]
    assert far.mean() > 0.5
    first, second = (measured([frame, frame]) for frame in (COLOURS, changed))
    for name in first.per_frame:
        assert (first.per_frame[name] == second.per_frame[name]).all()


def test_difference_of_neighbours():
    frames = [COLOURS, 255 - COLOURS, 255 - COLOURS, small.textured(2)]
    steps = measured(frames).per_step["difference"]
    region = face_region(small.correspondence(), 0.5)
    for k, (a, b) in enumerate(itertools.pairwise(frames)):
        expected = np.abs(a.astype(int) - b.astype(int))[region].mean()
        assert steps[k] == pytest.approx(expected, rel=1e-12)
    assert steps[1] == 0


def test_nothing_measured_yet():
    scores = FrameMeasurements(small.correspondence()).scores()
    assert (scores.per_frame, scores.per_step) == ({}, {})


# ---- folds


def test_place_and_number_of_a_fold():
    (found,) = find_folds(small.folded())
    assert found.severity == "error"
    assert found.message.startswith("the mesh folds: ")
    # Half-way, where the node passes its neighbour, first turns over as many.
    assert "at step 3" in found.message
    rest = small.units(small.MESH.nodes)
    nodes = small.pushed(50, 40, (24, 3)).astype(float)

    def turned(points):
        a, b, c = (points[small.MESH.triangles[:, k]] for k in range(3))
        return np.linalg.det(np.stack([b - a, c - a], axis=1)) <= 0

    assert not turned(rest.astype(float)).any()
    assert found.value == turned(nodes).sum()
    x, y = (float(s) for s in found.message.split("(")[1].split(")")[0].split(","))
    assert np.hypot(x - 60, y - 40) < 10


def test_a_fold_between_the_ends_is_found():
    """Both ends are sound; half-way a triangle that turns by half a turn is flat."""
    nodes = np.array([[[0, 0], [20, 0], [0, 20]], [[0, 0], [-20, 0], [0, -20]]])
    mesh = small.correspondence(
        triangles=np.array([[0, 1, 2]], np.int32),
        frame_nodes=small.units(nodes),
        photo_nodes=small.units(nodes),
    )
    empty = Scores()
    for levels, n in (([0.0, 1.0], 0), ([0.0, 0.5, 1.0], 1)):
        plan = Trajectory.through(levels)
        found = list(find_folds(Evidence(plan, mesh, (small.SIZE,) * 2, empty)))
        assert len(found) == n
        assert all("at step 2" in one.message for one in found)


# ---- faces outside the images, and outside of the photographs


def segment(away: float) -> float:
    """Return the share of a disc beyond a line at a distance, in radii."""
    return float((np.arccos(away) - away * np.sqrt(1 - away**2)) / np.pi)


@pytest.mark.parametrize("left", [48, 50, 80, 100])
def test_share_of_the_face_outside_the_images(left):
    """The face is an ellipse of 24 landmarks, 35 pixels to either side of 80."""
    (found,) = find_outside_frame(small.seen((left, 0, 160, 120)))
    away = (left - 0.5 - 80) / 35
    assert found.value == pytest.approx(segment(-away), abs=0.01)
    assert found.severity == "error"
    assert "photograph 1" in found.message
    assert f"{found.value:.1%}" in found.message
    assert "--frame" in found.message


def test_a_face_within_the_images_is_no_finding():
    for box in ((0, 0, *small.SIZE), (45, 15, 116, 106)):
        assert not list(find_outside_frame(small.seen(box)))
    assert not list(find_outside_frame(small.evidence()))


def test_the_forehead_belongs_to_the_face():
    """With eyes at 45 and a chin at 105, the hairline lies at 0."""
    landmarks = small.LANDMARKS.copy()
    landmarks[:24] = landmarks[:24].clip([0, 40], [160, 105])
    mesh = small.correspondence(landmarks=small.units(np.array([landmarks] * 2)))
    for top, holds in ((0, True), (6, False)):
        view = View(small.TEMPLATE, (0, top, 160, 120))
        found = list(find_outside_frame(replace(small.evidence(mesh=mesh), view=view)))
        assert (not found) == holds


def test_the_worst_step_of_a_face_that_leaves_the_images_is_named():
    """Caricatures go on beyond the ends, of which none leaves them."""
    marks = small.units(np.array([small.FACE, small.FACE + np.array([20, 0])]))
    mesh = small.correspondence(landmarks=marks)
    plain = small.seen((0, 0, 136, 120), mesh=mesh)
    assert not list(find_outside_frame(plain))
    (found,) = find_outside_frame(
        small.seen((0, 0, 136, 120), mesh=mesh, levels=[-0.2, 0.0, 0.5, 1.0, 1.4])
    )
    assert "at step 5" in found.message
    assert "photograph 2" in found.message


def test_share_of_a_face_that_its_photograph_cuts_off():
    photos = (small.FACE, small.FACE - [0, 40])
    (found,) = find_cut_off(small.seen((0, 0, *small.SIZE), photos=photos))
    assert found.value == pytest.approx(segment((20.5) / 45), abs=0.01)
    assert found.severity == "error"
    assert "photograph 2" in found.message
    little = (small.FACE, small.FACE - [0, 17.5])
    (found,) = find_cut_off(small.seen((0, 0, *small.SIZE), photos=little))
    assert found.severity == "warning"


def test_what_a_mask_hides_is_a_note():
    shifted = small.evidence(mesh=small.shifted_photo((14, 0)))
    view = View(small.FACE_ONLY, (0, 0, *small.SIZE), hides_outside=True)
    (found,) = find_outside(replace(shifted, view=view))
    assert (found.severity, found.value) == ("note", pytest.approx(14 / 160, abs=1e-6))
    assert "hidden" in found.message


# ---- outside of the photograph


@pytest.mark.parametrize(
    ("shift", "share"),
    [
        ((-4, 0), 4 / 160),
        ((14, 0), 14 / 160),
        ((0, -3.5), 3.5 / 120),
        ((0, 2), 2 / 120),
        ((-6, 9), 1 - (154 / 160) * (111 / 120)),
    ],
)
def test_share_outside_is_an_area(shift, share):
    """By how many pixels a photograph falls short, not by how many nodes."""
    (found,) = find_outside(small.evidence(mesh=small.shifted_photo(shift)))
    assert found.value == pytest.approx(share, abs=1e-6)
    assert found.severity == ("warning" if share > OUTSIDE else "note")
    assert "photograph 2" in found.message
    assert f"{share:.1%}" in found.message


def test_share_outside_of_a_turned_photograph():
    """Against counting pixels."""
    angle = np.radians(3)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = (np.array(small.SIZE) - 1) / 2
    nodes = (small.MESH.nodes - middle) @ turn + middle
    rest = small.units(small.MESH.nodes)
    mesh = small.correspondence(photo_nodes=np.array([rest, small.units(nodes)]))
    fine = [(np.arange(side * 8) - 3.5) / 8 for side in small.SIZE]
    x, y = np.meshgrid(*fine)
    at = (np.stack([x, y], -1) - middle) @ turn + middle
    out = ((at < -0.5) | (at > np.array(small.SIZE) - 0.5)).any(axis=2).mean()
    (found,) = find_outside(small.evidence(mesh=mesh))
    assert found.value == pytest.approx(out, abs=2e-4)


@pytest.mark.parametrize("share", [0.9 * OUTSIDE_NOTE, 0.0])
def test_little_outside_is_not_told(share):
    mesh = small.shifted_photo((share * WIDTH, 0))
    assert not list(find_outside(small.evidence(mesh=mesh)))


def test_a_larger_photograph_is_never_outside():
    mesh = small.shifted_photo((40, 30))
    sizes = (small.SIZE, (WIDTH + 40, HEIGHT + 30))
    assert not list(find_outside(small.evidence(mesh=mesh, photo_sizes=sizes)))
    smaller = (small.SIZE, (WIDTH + 40, HEIGHT + 20))
    (found,) = find_outside(small.evidence(mesh=mesh, photo_sizes=smaller))
    assert found.value == pytest.approx(10 / HEIGHT, abs=1e-6)


# ---- enlarged


@pytest.mark.parametrize("scale", [0.3, 0.79, 0.81, 1.0, 3.0])
def test_enlargement(scale):
    assert ENLARGED == 1 / 0.8
    found = list(find_enlarged(small.evidence(mesh=small.reduced_photo(scale))))
    assert len(found) == (scale < 0.8)
    for one in found:
        assert one.value == pytest.approx(1 / scale, rel=1e-3)
        assert f"photograph 2 is enlarged {1 / scale:.2f} times" in one.message


# ---- light, grain and clipping against the line between the ends


def scored(levels=(0.0, 0.2, 0.7, 1.0), **values) -> Evidence:
    per_frame = {name: np.array(v, dtype=float) for name, v in values.items()}
    plan = Trajectory.through(list(levels))
    return Evidence(plan, small.correspondence(), (small.SIZE,) * 2, Scores(per_frame))


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("times", "n"), [(0.9, 0), (1.1, 1)])
def test_luminance_may_leave_its_line_by_so_much(sign, times, n):
    """The line belongs to the levels: 0.2 of the way at the second step."""
    drift = sign * times * LUMINANCE_DRIFT
    values = [0.5, 0.6 * (1 + drift), 0.85, 1.0]
    found = list(find_luminance_drift(scored(luminance=values)))
    assert len(found) == n
    for one in found:
        assert one.value == pytest.approx(drift)
        assert f"at step 2 is {drift:+.1%} off the line" in one.message


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(
    ("drift", "severity"),
    [
        (0.9 * CONTRAST_NOTE, None),
        (1.1 * CONTRAST_NOTE, "note"),
        (0.9 * CONTRAST_DRIFT, "note"),
        (1.1 * CONTRAST_DRIFT, "warning"),
    ],
)
def test_contrast_may_leave_its_line_by_so_much(sign, drift, severity):
    values = [0.5, 0.6, 0.85 * (1 + sign * drift), 1.0]
    found = list(find_contrast_drift(scored(contrast=values)))
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert one.value == pytest.approx(sign * drift)
        assert f"at step 3 is {sign * drift:+.1%} off the line" in one.message


@pytest.mark.parametrize(("times", "n"), [(0.9, 0), (1.1, 1), (-3.0, 0)])
def test_detail_may_be_lost_by_so_much(times, n):
    """More detail than the line is no loss."""
    loss = times * DETAIL_LOSS
    values = [200.0, 220.0, 270.0 * (1 - loss), 300.0]
    found = list(find_detail_loss(scored(detail=values)))
    assert len(found) == n
    for one in found:
        assert one.value == pytest.approx(loss)
        assert f"at step 3 has {loss:.0%} less fine detail" in one.message


@pytest.mark.parametrize(
    ("gain", "severity"), [(0.2, None), (0.3, "note"), (1.1, "warning"), (-0.9, None)]
)
def test_detail_may_be_gained_by_so_much(gain, severity):
    values = [200.0, 220.0, 270.0 * (1 + gain), 300.0]
    found = list(find_detail_gain(scored(detail=values)))
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(f"at step 3 has {gain:.0%} more" in one.message for one in found)


@pytest.mark.parametrize(("times", "n"), [(0.9, 0), (1.1, 1)])
def test_so_much_may_be_clipped(times, n):
    values = [0.0, 0.0, 0.001, times * CLIPPED]
    found = list(find_clipping(scored(clipped=values)))
    assert len(found) == n
    for one in found:
        assert one.value == pytest.approx(times * CLIPPED)
        assert "of the face at step 4" in one.message


def test_a_black_and_flat_face_has_lost_nothing():
    """Nothing to compare with is no drift and no loss."""
    flat = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 3
    seen = small.evidence(flat)
    assert not list(find_luminance_drift(seen))
    assert not list(find_detail_loss(seen))
    assert len(list(find_clipping(seen))) == 1


# ---- spacing


def spaced(steps, *, measure="m", exponent=1.0, setback=False):
    """Return a spacing of given steps along a straight path."""
    places = np.concatenate([[0.0], np.cumsum(steps)])
    away, back = places.copy(), places[-1] - places
    if setback:
        away[3] = away[2]
    levels = np.linspace(0, 1, len(places))
    return Spacing(measure, "u", levels, steps, away, back, exponent)


def seen(*spacings, **more):
    mesh = small.correspondence()
    return Evidence(
        Trajectory.equal_steps(3),
        mesh,
        (small.SIZE,) * 2,
        Scores(),
        {one.measure: one for one in spacings},
        **more,
    )


@pytest.mark.parametrize(
    ("largest", "severity"),
    [(1.09, None), (1.11, "note"), (1.49, "note"), (1.51, "warning"), (2.01, "error")],
)
def test_steps_may_differ_by_so_much(largest, severity):
    even = np.ones(15)
    even[7] = largest
    found = list(find_uneven_spacing(seen(spaced(even))))
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert one.value == pytest.approx(largest)
        assert f"{largest:.2f} times the smallest in m" in one.message


def test_a_path_may_leave_its_line_by_so_much():
    """Half the steps 1.3 times as large: the curve is .065 off, which is graver."""
    steps = np.repeat([1.0, 1.3], 7)
    (found,) = find_uneven_spacing(seen(spaced(steps)))
    assert found.severity == "warning"
    assert "departs from equal steps by 0.065 (allowed 0.05)" in found.message
    (found,) = find_uneven_spacing(seen(spaced(steps, exponent=1.8)))
    assert found.severity == "note"
    assert "line of equal steps" not in found.message


def test_levels_equal_to_people_are_not_judged_by_a_measure():
    """What people see as even is told as a note, however uneven it is to a measure."""
    steps = np.ones(15)
    steps[7] = 3
    (by_measure,) = find_uneven_spacing(seen(spaced(steps)))
    (by_people,) = find_uneven_spacing(seen(spaced(steps), human_scale="triads, mlds"))
    assert (by_measure.severity, by_people.severity) == ("error", "note")
    assert "calibrate respace" in by_measure.message
    assert "equalised on a perceptual scale (triads, mlds)" in by_people.message
    assert by_people.value == by_measure.value == 3


def test_two_frames_alike_are_an_error():
    steps = np.ones(8)
    steps[4] = 0
    (found,) = find_uneven_spacing(seen(spaced(steps)))
    assert found.severity == "error"
    assert "steps 5 and 6 are identical" in found.message


def test_only_the_primary_measure_is_judged():
    uneven = spaced(np.array([1.0, 3.0, 1.0, 1.0]), measure="other")
    assert not list(find_uneven_spacing(seen(spaced(np.ones(4)), uneven)))
    assert not list(find_uneven_spacing(seen()))


@pytest.mark.parametrize(
    ("edge", "severity"), [(1.05, None), (1.2, "note"), (1.4, "warning"), (0.5, None)]
)
def test_ends_may_stand_apart_by_so_much(edge, severity):
    steps = np.array([edge, *np.ones(9), edge])
    found = list(find_edge_steps(seen(spaced(steps))))
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_every_frame_leads_on_in_two_measures():
    good, bad = spaced(np.ones(6), measure="good"), spaced(np.ones(6), setback=True)
    (found,) = find_setbacks(seen(good, bad))
    assert found.severity == "error"
    assert found.message.startswith("step 4 is no farther")
    other = spaced(np.ones(6), measure="other")
    (found,) = find_setbacks(seen(good, bad, other))
    assert found.severity == "warning"
    assert not list(find_setbacks(seen(good, other)))
    assert not list(find_setbacks(seen(good)))


def test_what_does_not_add_up_is_told():
    (found,) = find_not_additive(seen(spaced(np.ones(6), exponent=0.8)))
    assert (found.value, found.limit) == (0.8, 0.95)
    (found,) = find_not_additive(seen(spaced(np.ones(6), exponent=1.9)))
    assert found.limit == 1.05
    assert not list(find_not_additive(seen(spaced(np.ones(6), exponent=None))))


# ---- limits


def test_limits_of_a_recipe_count():
    own = with_limits({"spacing-uneven": {"note": 1.3}})
    steps = np.array([1.0, 1.2, 1.0, 1.2, 1.0])
    assert len(list(find_uneven_spacing(seen(spaced(steps))))) == 1
    assert not list(find_uneven_spacing(seen(spaced(steps), limits=own)))
    assert own["spacing-uneven"].warning == LIMITS["spacing-uneven"].warning
    assert own["ghosting"] == LIMITS["ghosting"]


def test_limits_that_are_none():
    with pytest.raises(InputError, match=r'did you mean "ghosting"'):
        with_limits({"ghostin": {"note": 1.0}})
    with pytest.raises(InputError, match=r"of ghosting the limits are 0\.5, 0\.08"):
        with_limits({"ghosting": {"note": 0.5}})
    assert Limit("", "").judge(1e9) is None
    assert Limit("", "", warning=0.1).judge(0.1) is None


# ---- ends


def matched(**values):
    plain = {
        "ghosting": 0.0,
        "ghosting_place": (3.0, 4.0),
        "ghosting_shift": 5.0,
        "agreement": 0.9,
    }
    return seen(ends=EndAgreement(**(plain | values)))


@pytest.mark.parametrize(
    ("share", "severity"), [(0.02, None), (0.05, "note"), (0.2, "warning")]
)
def test_edges_may_be_doubled_by_so_much(share, severity):
    found = list(find_ghosting(matched(ghosting=share)))
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all("around (3, 4), by 5 px" in one.message for one in found)


def test_the_opening_that_differs_most_is_named():
    (found,) = find_opening_states(matched(openings={"mouth": 3.0, "left eye": 9.0}))
    assert found.message.startswith("the left eye differs between")
    assert not list(find_opening_states(matched(openings={"mouth": 5.4})))
    assert not list(find_opening_states(matched()))


def test_the_landmark_that_fits_worst_is_named():
    values = {"landmark": "nose tip", "landmark_place": (8.0, 9.0)}
    (found,) = find_landmark_errors(matched(landmark_error=7.5, **values))
    assert found.message.startswith("nose tip at (8, 9) lies 7.5 %")
    assert not list(find_landmark_errors(matched(landmark_error=5.5, **values)))
    assert not list(find_landmark_errors(matched()))


def test_ends_there_and_back_through_json():
    ends = matched(landmark_error=2.0).ends
    assert EndAgreement.from_dict(ends.to_dict()) == ends
    with pytest.raises(InputError, match="not a measurement of the ends"):
        EndAgreement.from_dict({"ghost": 1})
