"""Ends that match and ends that do not: ghosting, openings, landmarks."""

import dataclasses

import numpy as np
import pytest
import small_evidence as small
from scipy.ndimage import shift

from morphkit.errors import InputError
from morphkit.faces.template import Opening
from morphkit.quality.checks.end_agreement import (
    across_lines,
    carry_landmarks,
    compare_ends,
    eye_distance_of,
    opening_states,
)
from morphkit.quality.checks.ghosting import measure_ghosting
from morphkit.quality.limits import LIMITS
from morphkit.quality.regions import Region, face_region

REGION = face_region(small.correspondence())


def picture(seed=3):
    return REGION.cut(small.picture(seed))


def moved(by):
    return np.clip(shift(picture(), (*by, 0), order=3, mode="nearest"), 0, 1)


@pytest.mark.parametrize("by", [(0, 6), (5, 0), (-4, 7)])
def test_a_shifted_end_is_doubled(by):
    found = measure_ghosting(picture(), moved(by), REGION.mask)
    assert found.ghosting > 0.3
    assert found.shift == pytest.approx(np.hypot(*by), abs=2.0)


@pytest.mark.slow
def test_more_shift_is_more_ghosting():
    shares = [
        measure_ghosting(picture(), moved((0, by)), REGION.mask).ghosting
        for by in (0, 1, 3, 6)
    ]
    assert shares[0] == 0
    assert (np.diff(shares) > 0).all()


def test_what_only_one_end_has_is_not_doubled():
    """A wrinkle or a tooth agrees nowhere; nor do two different pictures."""
    second = picture()
    second[120:150, 90:170] = picture(8)[120:150, 90:170]
    found = measure_ghosting(picture(), second, REGION.mask)
    assert found.ghosting < 0.02
    assert found.agreement < 0.99
    other = measure_ghosting(picture(), picture(8), REGION.mask)
    assert other.ghosting < LIMITS["ghosting"].warning
    assert abs(other.agreement) < 0.2


def test_the_place_of_what_is_doubled():
    second = picture()
    second[60:120, 130:190] = moved((0, 6))[60:120, 130:190]
    found = measure_ghosting(picture(), second, REGION.mask)
    x, y = found.place
    assert 120 < x < 200
    assert 50 < y < 130


def test_light_and_contrast_do_not_matter_much():
    dark = 0.2 + 0.6 * picture()
    assert measure_ghosting(picture(), dark, REGION.mask).ghosting < 1e-3


@pytest.mark.slow
def test_a_doubled_edge_counts_alike_beside_glaring_ones():
    """A brow on dark skin is doubled as a brow on light skin is.

    Glaring edges elsewhere, as of eyes and teeth in a dark face, hardly lower the
    share of it.
    """

    def share(glare):
        second = picture()
        second[60:120, 60:120] = moved((0, 6))[60:120, 60:120]
        both = [picture(), second]
        for one in both:
            one[150:180] = 0.5 + glare * (one[150:180] - 0.5)
        return measure_ghosting(*(0.5 + (b - 0.5) / 4 for b in both), None).ghosting

    assert share(4) > 0.8 * share(1)


@pytest.mark.slow
def test_plain_skin_is_no_edge():
    """What is doubled is a share of the edges, however much skin lies beside them."""
    both = [picture(), moved((0, 6))]
    for one in both:
        one[128:] = 0.5 + 0.02 * (picture()[128:] - 0.5)
    above = np.zeros((256, 256), np.float32)
    above[:128] = 1.0
    alone, whole = (measure_ghosting(*both, mask).ghosting for mask in (above, None))
    assert whole > 0.85 * alone > 0.2


def test_pictures_that_cannot_be_compared():
    with pytest.raises(InputError, match="cannot compare images"):
        measure_ghosting(picture(), picture()[:-1], None)
    with pytest.raises(InputError, match="the mask is empty"):
        measure_ghosting(picture(), picture(), np.zeros((256, 256), np.float32))


def test_the_mesh_carries_landmarks():
    """A mesh that grows by a tenth and moves carries its landmarks with it."""
    rest = small.MESH.nodes
    grown = (rest - [80, 60]) * 1.1 + [83, 58]
    nodes = small.units(np.array([rest, grown]))
    marks = small.units(np.array([small.LANDMARKS] * 2))
    mesh = small.correspondence(frame_nodes=nodes, landmarks=marks)
    expected = (small.LANDMARKS - [80, 60]) * 1.1 + [83, 58]
    assert carry_landmarks(mesh, (0, 1)) == pytest.approx(expected, abs=0.02)
    back = (small.LANDMARKS - [83, 58]) / 1.1 + [80, 60]
    assert carry_landmarks(mesh, (1, 0)) == pytest.approx(back, abs=0.02)


def test_only_what_leads_across_a_line_counts():
    away = np.zeros_like(small.LANDMARKS)
    outward = small.FACE - [80, 60]
    along = np.stack([-outward[:, 1] * 35 / 45, outward[:, 0] * 45 / 35], 1)
    away[:24] = 3 * along / np.hypot(*along.T)[:, None]
    assert across_lines(away, small.LANDMARKS, small.TEMPLATE)[:24].max() < 0.15
    away[:24] = (
        3 * np.stack([along[:, 1], -along[:, 0]], 1) / np.hypot(*along.T)[:, None]
    )
    error = across_lines(away, small.LANDMARKS, small.TEMPLATE)
    assert error[:24] == pytest.approx(np.full(24, 3.0), abs=0.05)
    away[25] = 3, 4  # on no line: counts in full
    assert across_lines(away, small.LANDMARKS, small.TEMPLATE)[25] == 5


def test_the_moved_landmark_is_named():
    found = small.ends(small.picture(), (4.0, 3.0))
    assert found.landmark == "p26"
    # Eyes are 28 pixels apart; on no line, so the whole way of 5 pixels counts.
    assert found.landmark_error == pytest.approx(100 * 5 / 28, rel=0.01)
    assert found.landmark_place == pytest.approx((94, 48))


@pytest.mark.slow
def test_openings_are_compared_where_landmarks_are_alike():
    assert set(small.with_teeth().openings) == {"mouth"}
    assert small.with_teeth().openings["mouth"] > 6
    assert small.sound_ends().openings["mouth"] == 0


@pytest.mark.parametrize(
    ("name", "side", "alike"),
    [
        ("image-left eye", 120.0, True),
        ("image-left eye", 180.0, False),
        ("mouth", 120.0, False),
    ],
)
def test_eyes_of_small_faces_may_lie_a_pixel_apart(name, side, alike):
    """Their whites and lights are a pixel wide; two pixels of the square, here."""
    points = side / 256 * np.array([[90, 120], [128, 100], [166, 120], [128, 140.0]])
    opening = Opening(name, (0, 1, 2), (0, 3, 2))
    striped = np.full((256, 256, 3), 0.5)
    striped[80:160, 60:200] = (np.arange(60, 200) // 2 % 2)[None, :, None]
    region = Region((0.0, 0.0), side, None)
    found = opening_states(striped, np.roll(striped, 2, 1), region, points, [opening])
    assert (found[name] < 1) == alike
    shut = np.where(striped == 0.5, striped, 0.5)
    assert opening_states(striped, shut, region, points, [opening])[name] > 20


def test_a_template_without_eyes():
    blind = dataclasses.replace(small.TEMPLATE, eyes=())
    marks = small.units(np.array([small.LANDMARKS] * 2))
    assert eye_distance_of(small.correspondence(landmarks=marks), blind) is None
    seen = eye_distance_of(small.correspondence(landmarks=marks), small.TEMPLATE)
    assert seen == pytest.approx(28)


@pytest.mark.parametrize(("is_open", "named"), [(False, "p29"), (True, "p26")])
def test_lips_count_unless_both_mouths_are_open(is_open, named):
    """Open mouths are matched by what is in them."""
    other = small.LANDMARKS.copy()
    other[29] += 0, -9
    other[26] += 4, 3
    mesh = small.correspondence(
        landmarks=small.units(np.array([small.LANDMARKS, other]))
    )
    states = {o.name: (is_open, is_open) for o in small.TEMPLATE.openings}
    pictures, region = (small.picture(), small.picture()), face_region(mesh)
    found = compare_ends(pictures, region, mesh, (0, 1), states, small.TEMPLATE)
    assert found.landmark == named
