"""Landmarks carried to another photograph of the same face.

The true landmarks of the shipped infants stand in for what a detector sees, so that no
network runs here; those of another template are carried.
"""

from dataclasses import replace

import numpy as np
import pytest
from repository import LANDMARKS, SOURCE_FACES

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.images import read_image
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.propagation import (
    UNLIKE,
    View,
    propagate,
    unclear_landmarks,
)
from morphkit.geometry.propagation.carry import carry
from morphkit.geometry.propagation.edges import edges_of
from morphkit.geometry.propagation.frame import stand

pytestmark = pytest.mark.slow

IBUG = builtin_template("ibug_68")


def landmarks(name: str, *, infant: bool = False) -> Landmarks:
    return read_landmarks(LANDMARKS / ("infant" if infant else "") / f"{name}.json")


def view(name: str) -> View:
    return View(read_image(SOURCE_FACES / f"{name}.png"), landmarks(name))


def errors(points, name: str, *, infant: bool = False):
    """Return distances from the truth, percent of the inter-ocular distance."""
    truth = landmarks(name, infant=infant).points
    return 100 * np.hypot(*(points - truth).T) / np.hypot(*(truth[45] - truth[36]))


@pytest.fixture(scope="module")
def carried():
    known = landmarks("maja_neutral", infant=True)
    return known, propagate(known, view("maja_neutral"), view("maja_distressed"))


# --- edges


@pytest.mark.parametrize("name", ["ibug_68", "infant_170"])
def test_both_lips_have_two_edges(name):
    template = builtin_template(name)
    points = landmarks("maja_happy", infant=name == "infant_170").points
    edges = edges_of(template, points)
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    for upper, lower in pairs:
        assert upper.is_upper
        assert not lower.is_upper
        assert {upper.indices[0], upper.indices[-1]} == {
            lower.indices[0],
            lower.indices[-1],
        }
        assert not {*upper.inner} & {*lower.inner}
    lips = [e for e in edges if "lip" in template.points[e.inner[0]]]
    assert [e.is_upper for e in lips] == [True, False] * 2
    for edge in lips:
        side = "upper" if edge.is_upper else "lower"
        assert all(side in template.points[i] for i in edge.inner)


def test_two_lines_between_the_same_corners_are_edges():
    """The 189 points have the outer lips as two open lines."""
    template = builtin_template("frl_189")
    mouth = {87: [0, 0], 93: [60, 0]}
    for y, line in ((-9, range(88, 93)), (-2, range(94, 99)), (2, range(99, 104))):
        mouth |= {p: [10 * i + 10, y] for i, p in enumerate(line)}
    mouth |= {p: [10 * i + 10, 9] for i, p in enumerate(range(104, 109))}
    points = np.zeros((189, 2))
    points[list(mouth)] = list(mouth.values())
    found = {e.inner: e.is_upper for e in edges_of(template, points)}
    assert found[88, 89, 90, 91, 92] is found[94, 95, 96, 97, 98] is True
    assert found[99, 100, 101, 102, 103] is found[104, 105, 106, 107, 108] is False


def test_a_closed_line_is_cut_at_its_corners_wherever_it_begins():
    points = landmarks("maja_happy").points
    expected = {(e.indices, e.is_upper) for e in edges_of(IBUG, points)}
    for shift in (1, 5, 9):
        lines = tuple(line[shift:] + line[:shift] if len(line) == 12 else line
                      for line in IBUG.lines)  # fmt: skip
        turned = replace(IBUG, lines=lines)
        found = {(e.indices, e.is_upper) for e in edges_of(turned, points)}
        assert found == expected
    back = replace(IBUG, lines=tuple(line[::-1] for line in IBUG.lines))
    assert {(e.indices, e.is_upper) for e in edges_of(back, points)} == expected


# --- carrying


def test_lips_that_were_closed_part(carried):
    """The inner lips of the neutral face touch; a smooth map would keep them so."""
    known, found = carried
    error = errors(found.points, "maja_distressed", infant=True)
    names = known.template.points
    for word in ("lip inner", "lip outer", "eye upper lid", "eye lower lid"):
        some = [i for i, name in enumerate(names) if word in name]
        assert error[some].mean() < 4.5, word
    assert error[:68].mean() < 2.5


def test_each_edge_follows_its_own_edge_only():
    """The upper lip does not move when only the lower one does."""
    start = landmarks("maja_neutral")
    opened = start.points.copy()
    opened[[65, 66, 67]] += [0, 30]
    known = landmarks("maja_neutral", infant=True)
    image = read_image(SOURCE_FACES / "maja_neutral.png")
    first, second = stand(View(image, start), View(image, start.with_points(opened)))
    points = first.to(known.points)
    moved = carry(known.template, points, IBUG, first.points, second.points).points
    step = (moved - points)[:, 1]
    names = known.template.points
    upper = [i for i, n in enumerate(names) if n.startswith("upper lip inner")]
    lower = [i for i, n in enumerate(names) if n.startswith("lower lip inner")]
    assert np.ptp(step[upper]) < 0.5
    assert (step[[66, 94, 93]] - step[upper].mean() > 5).all()
    assert step[lower].mean() > step[upper].mean() + 5


def test_closed_lips_part_even_if_they_were_placed_across_each_other():
    """Where both lips are in one place, the template says which is which."""
    start = landmarks("maja_neutral")
    opened = start.points.copy()
    opened[[65, 66, 67]] += [0, 30]
    known = landmarks("maja_neutral", infant=True)
    names = known.template.points
    upper = [i for i, n in enumerate(names) if n.startswith("upper lip inner")]
    lower = [i for i, n in enumerate(names) if n.startswith("lower lip inner")]
    across = known.points.copy()
    across[upper] += [0, 2]
    across[lower] -= [0, 2]
    image = read_image(SOURCE_FACES / "maja_neutral.png")
    first, second = stand(View(image, start), View(image, start.with_points(opened)))
    points = first.to(across)
    moved = carry(known.template, points, IBUG, first.points, second.points).points
    step = (moved - points)[:, 1]
    assert step[lower].min() > step[upper].max() + 2


def test_a_photograph_that_is_turned_and_scaled_changes_nothing():
    known, start = landmarks("pavo_happy", infant=True), view("pavo_happy")
    small = np.ascontiguousarray(np.rot90(start.image)[::2, ::2])
    width = start.image.shape[1]

    def turned(points):
        """Follow a quarter turn to the left, and every second pixel."""
        return np.column_stack([points[:, 1], width - 1 - points[:, 0]]) / 2

    end = View(small, start.seen.with_points(turned(start.seen.points)))
    found = propagate(known, start, end)
    off = np.hypot(*(found.points - turned(known.points)).T)
    assert off.max() < 0.7  # pixels of the small photograph


def test_pupils_follow_the_gaze_and_lids_do_not():
    template = builtin_template("mesh_478")
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 400, (478, 2))
    points[[33, 133, 362, 263]] = [[100, 180], [160, 180], [240, 180], [300, 180]]
    for ring, centre in ((range(468, 473), [130, 180]), (range(473, 478), [270, 180])):
        ways = [[0, 0], [5, 0], [0, -5], [-5, 0], [0, 5]]
        points[list(ring)] = np.add(centre, ways)
    end = points.copy()
    end[468:] += [8, 0]
    moved = carry(template, points, template, points, end).points - points
    assert np.allclose(moved[468:], [8, 0])
    assert np.allclose(moved[[33, 133, 362, 263]], 0)


# --- confidence


def test_what_rests_is_more_certain_than_what_moves(carried):
    known, found = carried
    assert found.confidence.shape == (170,)
    assert ((found.confidence > 0) & (found.confidence < 1)).all()
    nose, lower_lip = found.confidence[27:31], found.confidence[[65, 66, 67]]
    assert nose.min() > 0.7
    assert lower_lip.max() < 0.5
    assert known.template.points[66].startswith("lower lip inner")


# --- what cannot be carried


def test_lips_without_lines_are_named():
    known = landmarks("maja_happy")
    bare = replace(IBUG, name="own", lines=(), closed=(), clockwise=(), openings=())
    assert unclear_landmarks(known, known) == []
    unclear = unclear_landmarks(Landmarks(bare, known.points), known)
    assert {61, 62, 63, 65, 66, 67} <= {*unclear}
    assert not {*unclear} & {*range(36), 36, 39, 60, 64}


def test_a_confidence_for_each_landmark_or_none():
    points = landmarks("maja_happy").points
    with pytest.raises(InputError, match="3 confidences"):
        Landmarks(IBUG, points, Placement("propagated", confidence=(0.1, 0.2, 0.3)))
    with pytest.raises(InputError, match="not between 0 and 1"):
        Placement("propagated", confidence=(0.1, 1.2))


def test_the_mirror_image_has_the_confidence_of_the_partners():
    chances = tuple(np.linspace(0, 1, 68))
    placed = Placement("propagated", confidence=chances)
    mirrored = Landmarks(IBUG, landmarks("maja_happy").points, placed).mirrored(640)
    assert mirrored.placement.confidence[36] == chances[45]


# --- two persons


def unlike(start, end):
    return propagate(landmarks(start), view(start), view(end)).unlike


def test_a_photograph_of_somebody_else_is_noticed():
    assert unlike("maja_happy", "maja_neutral") < UNLIKE
    assert unlike("maja_happy", "maja_distressed") < UNLIKE
    assert unlike("maja_happy", "pavo_happy") > UNLIKE
    assert unlike("maja_happy", "pavo_distressed") > UNLIKE


def test_light_that_is_brighter_is_the_same_person():
    start, end = view("maja_happy"), view("maja_neutral")
    dimmed = View((end.image * 0.8).astype(np.uint8), end.seen)
    assert propagate(landmarks("maja_happy"), start, dimmed).unlike < UNLIKE


def test_a_photograph_without_any_pattern_has_a_number_all_the_same():
    start = view("maja_happy")
    plain = View(np.full_like(start.image, 90), start.seen)
    assert np.isfinite(propagate(landmarks("maja_happy"), plain, plain).unlike)
    assert np.isfinite(propagate(landmarks("maja_happy"), start, start).unlike)
