"""Alignment: least squares, the mean shape, and where the face lies in the frame."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.spatial import procrustes as scipy_procrustes

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import ALIGNMENTS, align_set, fill_frame
from morphkit.geometry.align.procrustes import fit, mean_shape
from morphkit.geometry.align.two_point import fit as fit_two
from morphkit.geometry.similarity import Similarity

IBUG = builtin_template("ibug_68")
PLAIN = settings(deadline=None, max_examples=50)
WIDTH, HEIGHT = 1350, 1350


def face_points(seed: int, noise: float = 6.0) -> np.ndarray:
    """Return an upright ibug-68 face: mirror pairs level, somewhat irregular."""
    rng = np.random.default_rng(4)
    points = rng.uniform([420, 380], [660, 1000], (68, 2))
    mirror = np.array(IBUG.mirror)
    for i, j in enumerate(mirror):
        # Image-left points are those whose name says so.
        if "left" in IBUG.points[i]:
            points[j] = [WIDTH - points[i, 0], points[i, 1]]
        elif i == j:
            points[i, 0] = WIDTH / 2
    return points + np.random.default_rng(seed).normal(0, noise, (68, 2))


def rotated(points, angle_deg, scale=1.0, shift=(0.0, 0.0), about=(675.0, 675.0)):
    """Turn counter-clockwise as seen, with complex numbers."""
    z = (points - about) @ [1, 1j] * scale * np.exp(-1j * math.radians(angle_deg))
    return np.stack([z.real, z.imag], axis=1) + about + shift


@st.composite
def moves(draw):
    scale, angle = draw(st.floats(0.05, 20)), math.radians(draw(st.floats(-180, 180)))
    shift = st.floats(-3000, 3000)
    return Similarity(
        scale * math.cos(angle), scale * math.sin(angle), draw(shift), draw(shift)
    )


# ---- least squares


@PLAIN
@given(moves(), st.integers(4, 190), st.integers(0, 9))
def test_known_similarity_is_recovered(move, n, seed):
    points = np.random.default_rng(seed).uniform(0, 1350, (n, 2))
    found = fit(points, move(points))
    assert np.allclose(found(points), move(points), rtol=0, atol=1e-8 * move.scale)
    assert found.scale == pytest.approx(move.scale, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_best_of_all_similarities(seed):
    """A general optimiser finds nothing better, with real residuals."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1350, (68, 2))
    goal = rotated(points, 40 * seed, 0.4) + rng.normal(0, 90, (68, 2))

    def misses(v):
        a, b, dx, dy = v
        x, y = points.T
        return np.concatenate([a * x - b * y + dx, b * x + a * y + dy]) - goal.T.ravel()

    best = least_squares(misses, [1.0, 0, 0, 0], x_scale=[1e-3, 1e-3, 1, 1], xtol=1e-15)
    found = fit(points, goal)
    values = [found.a, found.b, found.dx, found.dy]
    assert values == pytest.approx(best.x, rel=1e-5, abs=1e-5)
    assert (misses(values) ** 2).sum() <= 2 * best.cost * (1 + 1e-12)


def test_a_mirrored_face_stays_mirrored():
    """The best similarity of a mirrored face is poor; a reflection would be exact."""
    points = face_points(1)
    mirrored = points * [-1, 1] + [WIDTH, 0]
    swapped = mirrored[list(IBUG.mirror)]
    for goal in (mirrored, swapped):
        found = fit(points, goal)
        moved = found(points)
        before, after = points[[0, 8, 16]], moved[[0, 8, 16]]
        turn = [
            np.linalg.det(np.array([c[1] - c[0], c[2] - c[0]])) for c in (before, after)
        ]
        assert turn[0] * turn[1] > 0
    assert np.abs(fit(points, mirrored)(points) - mirrored).max() > 20


@pytest.mark.parametrize("n", [2, 5, 68])
def test_landmarks_at_one_place(n):
    here, there = np.full((n, 2), 7.5), np.random.default_rng(1).uniform(0, 9, (n, 2))
    with pytest.raises(InputError, match="cannot align landmarks that all coincide"):
        fit(here, there)
    with pytest.raises(InputError, match="cannot align to landmarks that all coin"):
        fit(there, here)
    with pytest.raises(InputError, match="all coincide"):
        mean_shape([there, here])


def test_sets_of_different_size():
    with pytest.raises(InputError, match="cannot align 68 points with 67 points"):
        fit(face_points(1), face_points(1)[:67])
    with pytest.raises(InputError, match="there is no face to align"):
        mean_shape([])


# ---- the mean shape


def reference_mean(shapes):
    """Generalised Procrustes analysis on top of scipy's pairwise one.

    `scipy.spatial.procrustes` may reflect; shapes as alike as these it only rotates.
    """
    mean = shapes[-1]
    for _ in range(60):
        aligned = [scipy_procrustes(mean, shape)[1] for shape in shapes]
        units = [a / np.linalg.norm(a - a.mean(axis=0)) for a in aligned]
        mean = np.mean(units, axis=0)
    mean = mean - mean.mean(axis=0)
    return mean / np.sqrt((mean**2).sum(axis=1).mean())


def photos(n=7, noise=14.0):
    rng = np.random.default_rng(8)
    return [
        rotated(
            face_points(k, noise),
            rng.uniform(-30, 30),
            rng.uniform(0.4, 2.5),
            rng.uniform(-200, 200, 2),
        )
        for k in range(n)
    ]


def test_mean_shape_against_scipy():
    shapes = photos()
    mean, expected = mean_shape(shapes), reference_mean(shapes)
    assert np.allclose(mean.mean(axis=0), 0, atol=1e-12)
    assert np.sqrt((mean**2).sum(axis=1).mean()) == pytest.approx(1, rel=1e-12)
    _, _, disparity = scipy_procrustes(expected, mean)
    assert disparity < 1e-16
    # It is the mean of the aligned shapes, not one of them.
    assert min(scipy_procrustes(shape, mean)[2] for shape in shapes) > 1e-5


def test_mean_shape_is_turned_as_the_photos_are():
    shapes = photos()
    z = [(s - s.mean(axis=0)) @ [1, 1j] for s in shapes]
    m = mean_shape(shapes) @ [1, 1j]
    total = sum(np.vdot(m, s / np.linalg.norm(s)) for s in z)
    assert abs(np.angle(total)) < 1e-12
    turned = mean_shape([rotated(shape, 25) for shape in shapes])
    assert np.allclose(turned, rotated(mean_shape(shapes), 25, about=(0, 0)), atol=1e-9)


def test_sizes_and_places_of_the_photos_do_not_matter():
    shapes = photos()
    changed = [3.7 * shape + 400 if k % 2 else shape for k, shape in enumerate(shapes)]
    assert np.allclose(mean_shape(changed), mean_shape(shapes), atol=1e-9)


def test_photos_turned_every_way():
    """Where rotations cancel there is no mean one, but there is a mean shape."""
    up = face_points(1, 0)[:5]
    centred = np.round(up - up.mean(axis=0))
    centred -= centred.mean(axis=0)
    mean = mean_shape([centred, -centred])
    assert scipy_procrustes(centred, mean)[2] < 1e-20


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_order_of_the_faces_changes_no_bit(name):
    faces = [Landmarks(IBUG, shape) for shape in photos(6)]
    sizes = [(1350, 1350), (900, 1200), (2000, 1500)] * 2

    def moves_of(order):
        found = align_set(
            [faces[k] for k in order],
            [sizes[k] for k in order],
            alignment=ALIGNMENTS[name],
            size=(512, 640),
        )
        return dict(zip(order, found, strict=True))

    base = moves_of(range(6))
    for seed in range(12):
        order = np.random.default_rng(seed).permutation(6).tolist()
        assert moves_of(order) == base


# ---- the place in the frame


def aligned(shapes, *, name="procrustes", sizes=None, size=(WIDTH, HEIGHT), kind=IBUG):
    return align_set(
        [Landmarks(kind, shape) for shape in shapes],
        sizes or [(WIDTH, HEIGHT)] * len(shapes),
        alignment=ALIGNMENTS[name],
        size=size,
    )


def lean(points) -> float:
    """Return by how many degrees the mirror pairs are off level, the eyes' way."""
    left = [i for i, p in enumerate(IBUG.points) if "left" in p]
    right = [IBUG.mirror[i] for i in left]
    x, y = (points[right] - points[left]).sum(axis=0)
    return math.degrees(math.atan2(y, x))


@pytest.mark.parametrize("angle", [0, 3, -17, 60, 90, 135, 180, -100])
def test_one_photo_is_only_turned_upright(angle):
    points = rotated(face_points(2), angle, 0.7, (31, -12))
    (move,) = aligned([points])
    assert move.scale == pytest.approx(1, rel=1e-12)
    assert move(points).mean(axis=0) == pytest.approx(points.mean(axis=0), abs=1e-9)
    assert lean(move(points)) == pytest.approx(0, abs=1e-9)


def test_a_face_that_is_upright_and_alone_is_not_moved():
    points = face_points(3, noise=0)
    (move,) = aligned([points])
    assert np.allclose(move(points), points, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["eyes", "mirror", "neither"])
def test_upright_with_what_the_template_says(kind):
    template = Template(
        "part",
        IBUG.points,
        mirror=IBUG.mirror if kind == "mirror" else (),
        eyes=IBUG.eyes if kind == "eyes" else (),
    )
    points = rotated(face_points(5), 20)
    (move,) = aligned([points], kind=template)
    left, right = (points[list(eye)].mean(axis=0) for eye in IBUG.eyes)
    x, y = right - left
    expected = {
        "eyes": math.degrees(math.atan2(y, x)),
        "mirror": lean(points),
        "neither": 0.0,
    }
    assert move.angle_deg == pytest.approx(expected[kind], abs=1e-9)
    assert lean(points) != pytest.approx(expected["eyes"], abs=1e-3)


def test_faces_lie_on_average_where_they_lay():
    """Centre: the mean of the centres. Size: the geometric mean of the sizes."""
    shapes = photos(5)
    moved = [m(s) for m, s in zip(aligned(shapes), shapes, strict=True)]
    centres = np.mean([shape.mean(axis=0) for shape in shapes], axis=0)
    assert np.mean([s.mean(axis=0) for s in moved], axis=0) == pytest.approx(centres)

    def radius(s):
        return np.sqrt(((s - s.mean(axis=0)) ** 2).sum(axis=1).mean())

    wanted = np.exp(np.mean([np.log(radius(shape)) for shape in shapes]))
    # A least-squares fit is a little smaller than its goal, by the cosine of the angle.
    got = [radius(s) for s in moved]
    assert wanted * 0.99 < min(got) <= max(got) < wanted * (1 + 1e-9)
    assert max(got) - min(got) < 0.01 * wanted


@pytest.mark.parametrize(
    ("photo", "frame", "fill"),
    [
        ((1350, 1350), (512, 512), 512 / 1350),
        ((1350, 1350), (300, 400), 400 / 1350),  # a portrait of a square: sides are cut
        ((1350, 1800), (512, 512), 512 / 1350),
        ((1800, 1350), (512, 256), 512 / 1800),
        ((200, 300), (400, 600), 2.0),
    ],
)
def test_the_frame_is_filled_about_the_middle(photo, frame, fill):
    """The middle of the photo goes to the middle of the frame, edges included."""
    points = face_points(3, noise=0)
    (move,) = aligned([points], sizes=[photo], size=frame)
    assert move.scale == pytest.approx(fill, rel=1e-12)
    middle = move([[(photo[0] - 1) / 2, (photo[1] - 1) / 2]])[0]
    assert middle == pytest.approx([(frame[0] - 1) / 2, (frame[1] - 1) / 2], abs=1e-9)


def test_pixels_of_a_photo_do_not_weigh():
    """The same photo with twice the pixels goes to the same place."""
    one, two = photos(2)
    larger = 2 * (two + 0.5) - 0.5
    plain = aligned([one, two])
    mixed = aligned([one, larger], sizes=[(WIDTH, HEIGHT), (2 * WIDTH, 2 * HEIGHT)])
    assert np.allclose(mixed[1](larger), plain[1](two), rtol=0, atol=1e-8)
    assert np.allclose(mixed[0](one), plain[0](one), rtol=0, atol=1e-8)


# ---- two points


def test_two_points_are_hit_exactly():
    shapes = photos(4)
    moved = [
        Landmarks(IBUG, m(s)).eye_centres()
        for m, s in zip(aligned(shapes, name="two_point"), shapes, strict=True)
    ]
    for eyes in moved:
        assert np.allclose(eyes, moved[0], rtol=0, atol=1e-9)
        assert eyes[0, 1] == pytest.approx(eyes[1, 1], abs=1e-9)
        assert eyes[0, 0] < eyes[1, 0]
    apart = [
        float(np.hypot(*np.diff(Landmarks(IBUG, s).eye_centres(), axis=0)[0]))
        for s in shapes
    ]
    assert moved[0][1, 0] - moved[0][0, 0] == pytest.approx(np.prod(apart) ** 0.25)


@PLAIN
@given(moves(), moves())
def test_two_points_exactly(first, second):
    eyes = np.array([[500.25, 610.5], [830.0, 590.75]])
    start, goal = first(eyes), second(eyes)
    size = (
        1e-12 * (1 + np.abs([*start, *goal]).max()) * (1 + second.scale / first.scale)
    )
    assert np.allclose(fit_two(start, goal)(start), goal, rtol=0, atol=size)


@pytest.mark.parametrize("n", [1, 3])
def test_two_point_needs_two(n):
    with pytest.raises(InputError, match=f"two-point alignment got {n} points"):
        fit_two(np.ones((n, 2)), np.ones((2, 2)))


def test_eyes_at_one_place():
    points = face_points(1)
    for eye in IBUG.eyes:
        points[list(eye)] = 300, 300
    with pytest.raises(InputError, match="all coincide"):
        aligned([points], name="two_point")


def test_faces_of_different_templates():
    other = Template("other", tuple("abc"))
    faces = [Landmarks(IBUG, face_points(1)), Landmarks(other, np.eye(3, 2) * 9)]
    with pytest.raises(InputError, match="different templates: ibug_68, other; conver"):
        align_set(faces, [(9, 9)] * 2, alignment=ALIGNMENTS["procrustes"], size=(9, 9))


@pytest.mark.parametrize("turn", [0.0, 0.06])
def test_a_frame_is_filled_by_every_photograph(turn):
    size, photo = (120, 100), (240, 200)
    tilted = Similarity(0.5 * np.cos(turn), 0.5 * np.sin(turn), 4.0, -3.0)
    whole = Similarity(0.55, 0.0, -6.0, -5.0)
    filled = fill_frame([tilted, whole], [photo, photo], size)
    corners = np.array([(x, y) for x in (-0.5, 119.5) for y in (-0.5, 99.5)])
    least = min(
        min(at.min() + 0.5, (np.array(photo) - 0.5 - at).min())
        for at in (move.inverse()(corners) for move in filled)
    )
    assert least == pytest.approx(0.0, abs=1e-9)  # just filled, no more
    zooms = {round(b.scale / a.scale, 12) for a, b in
             zip([tilted, whole], filled, strict=True)}  # fmt: skip
    assert len(zooms) == 1
    assert 1.0 < zooms.pop() < 1.25
    middle = np.array([59.5, 49.5])
    np.testing.assert_allclose(filled[0].inverse()(middle), tilted.inverse()(middle))


def test_a_frame_that_is_filled_already_stays():
    moves = [Similarity(1.0, 0.0, -10.0, -10.0)]
    assert fill_frame(moves, [(140, 140)], (100, 100)) == moves


def test_filling_has_a_limit():
    far = [Similarity(1.0, 0.0, 80.0, 0.0)]
    (filled,) = fill_frame(far, [(100, 100)], (100, 100))
    assert filled.scale == pytest.approx(1.25)
