"""Landmarks of all checks, ranked by how rarely a correct face has one as odd."""

from dataclasses import replace

import numpy as np
import pytest
from repository import LANDMARKS

from morphkit.faces.formats import read_landmarks
from morphkit.quality.landmark_checks import (
    LANDMARK_CHECKS,
    Delineation,
    PhotoInfo,
    rank_points,
)
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.quality.landmark_checks.ranks import (
    OF_DETECTED,
    OF_MOVEMENTS,
    OF_OUTLIERS,
    OF_REGIONS,
)


def infants(rng):
    """Return both ends of ten infants, with errors of 0.7 %, beside a detector's.

    The detector is as wrong about all of them, and strays by 0.7 % more.
    """
    names = sorted(file.stem.split("_")[0] for file in LANDMARKS.glob("*_happy.json"))
    habit = rng.normal(0, 0.02, (68, 2))
    faces = []
    for name in names[:10]:
        for label in ("happy", "distressed"):
            true = read_landmarks(LANDMARKS / f"{name}_{label}.json")
            unit = scale_of(true).length
            placed, seen = (
                true.points + unit * rng.normal(0, 0.005, true.points.shape)
                for _ in range(2)
            )
            where = f"{name}_{label}"
            photo = PhotoInfo(f"{where}.png", (9999, 9999), "5", (seen + unit * habit,))
            marks = replace(true.with_points(placed), image_sha256="")
            faces.append(Delineation(where, marks, photo, identity=name, label=label))
    return faces


def moved(faces, i, points, step):
    """Return the faces, some points of one moved by a share of the distance."""
    marks = faces[i].landmarks
    places = marks.points.copy()
    places[list(points)] += np.array(step) * scale_of(marks).length
    changed = list(faces)
    changed[i] = replace(faces[i], landmarks=marks.with_points(places))
    return changed


@pytest.fixture(scope="module")
def faces():
    return infants(np.random.default_rng(8))


def test_three_checks_rank_and_say_which_they_are(faces):
    ranked = rank_points(faces)
    assert {one.check for one in ranked} == {"outlier", "displacement", "detector"}
    chances = [one.chance for one in ranked]
    assert chances == sorted(chances)
    names = {one.point for one in ranked if one.check == "detector"}
    assert "mouth as a whole" in names
    assert min(chances) > 0.003  # of 20 correct faces and 10 pairs


@pytest.mark.parametrize(
    ("points", "step", "check", "point"),
    [
        ([30], (0.1, 0.05), "displacement", "tip of nose"),
        (range(48, 68), (0.06, 0.0), "detector", "mouth as a whole"),
    ],
)
def test_what_was_moved_comes_first(faces, points, step, check, point):
    """A mouth that moved as a whole is seen by the detector alone."""
    ranked = rank_points(moved(faces, 4, points, step))
    own = [one for one in ranked if one.check == check]
    name = faces[4].landmarks.template.points[30] if point == "tip of nose" else point
    assert own[0].point == name
    assert faces[4].where in own[0].where
    assert own[0].chance < 0.01
    if check == "detector":
        assert ranked[0] == own[0]


@pytest.mark.parametrize(
    "calibration", [OF_OUTLIERS, OF_MOVEMENTS, OF_DETECTED, OF_REGIONS]
)
def test_a_higher_score_is_rarer(calibration):
    n = calibration.n_points
    chances = [calibration.chance(score, n) for score in np.arange(0, 12, 0.5)]
    assert chances[0] == n
    assert np.all(np.diff(chances) <= 0)
    assert calibration.chance(calibration.one, n) == pytest.approx(1)
    assert calibration.chance(9, 2 * n) == pytest.approx(2 * calibration.chance(9, n))


def test_few_faces_are_ranked_by_their_neighbours_alone(faces):
    assert {one.check for one in rank_points(faces[:6])} == {"outlier"}
    assert not list(LANDMARK_CHECKS["mirrored"].rank(faces))
