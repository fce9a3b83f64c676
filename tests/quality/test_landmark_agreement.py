"""Agreement of two placements: known bias and noise come back, in upright frames."""

import numpy as np
import pytest
from repository import LANDMARKS

from morphkit.errors import InputError
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.similarity import Similarity
from morphkit.quality.landmark_agreement import compare_placements
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.report.agreement_figure import draw_agreement

IBUG = builtin_template("ibug_68")
TRUE = [read_landmarks(file) for file in sorted(LANDMARKS.glob("*.json"))]


def placed(face, noise, bias=(0.0, 0.0), *, rng):
    """Return a placement with noise and bias, percent of the inter-ocular distance."""
    unit = scale_of(face).length / 100
    moved = face.points + rng.normal(0, noise * unit, face.points.shape)
    return face.with_points(moved + np.multiply(bias, unit))


def by_name(differences):
    return {one.name: one for one in differences}


def test_bias_and_noise_come_back():
    rng = np.random.default_rng(1)
    first = [placed(face, 0.8, rng=rng) for face in TRUE]
    second = []
    for face in TRUE:
        other = placed(face, 0.8, rng=rng)
        points = other.points.copy()
        mouth = list(IBUG.regions["mouth"])
        points[mouth] += np.array([0.5, -2.0]) * scale_of(face).length / 100
        second.append(other.with_points(points))
    found = compare_placements(first, second)
    assert found.n_faces == 36
    assert found.normaliser == "inter-ocular distance"
    features = by_name(found.features)
    assert features["mouth"].bias_x == pytest.approx(0.5, abs=0.15)
    assert features["mouth"].bias_y == pytest.approx(-2.0, abs=0.15)
    assert features["eyes"].bias_y == pytest.approx(0.0, abs=0.15)
    # The noise of one placement, whatever the bias.
    for name in ("jaw", "mouth", "eyes", "all"):
        assert features[name].noise == pytest.approx(0.8, rel=0.05)
    # Of a landmark the difference has the noise of two; of a feature less.
    spread = np.mean([one.spread_x for one in found.points])
    assert spread == pytest.approx(0.8 * np.sqrt(2), rel=0.05)
    assert features["jaw"].spread_x == pytest.approx(spread / np.sqrt(17), rel=0.3)
    assert [one.name for one in found.points] == list(IBUG.points)


@pytest.mark.slow
def test_limits_contain_the_differences_of_further_faces():
    rng = np.random.default_rng(2)
    inside = []
    unit = scale_of(TRUE[0]).length / 100
    for _ in range(60):
        some = [TRUE[i] for i in rng.choice(36, 5, replace=False)]
        first, second = ([placed(f, 1.0, rng=rng) for f in some] for _ in range(2))
        limits = np.array(
            [p.limits_x for p in compare_placements(first, second).points]
        )
        new = [placed(TRUE[0], 1.0, rng=rng).points[:, 0] for _ in range(2)]
        off = (new[1] - new[0]) / unit
        inside.append((limits[:, 0] <= off) & (off <= limits[:, 1]))
    # Without allowance for five faces they have 0.93; 1.96 standard deviations 0.86.
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("angle", [0, 30, 90, -150])
def test_differences_are_those_of_the_upright_face(angle):
    """Whatever the roll and the size of the face in the photograph."""
    rng = np.random.default_rng(3)
    first = [placed(face, 0.5, rng=rng) for face in TRUE[:6]]
    second = [placed(face, 0.5, (1.0, 0.0), rng=rng) for face in TRUE[:6]]
    turn = Similarity(
        2 * np.cos(np.radians(angle)), 2 * np.sin(np.radians(angle)), 10, -40
    )
    turned = [
        [face.with_points(turn(face.points)) for face in side]
        for side in (first, second)
    ]
    plain, again = compare_placements(first, second), compare_placements(*turned)
    for one, other in zip(plain.points, again.points, strict=True):
        assert one.bias_x == pytest.approx(other.bias_x)
        assert one.limits_y == pytest.approx(other.limits_y)
    assert by_name(again.features)["all"].bias_x == pytest.approx(1.0, abs=0.15)


def test_of_a_single_face_the_spread_is_not_known():
    found = compare_placements(TRUE[:1], TRUE[1:2])
    everything = by_name(found.features)["all"]
    assert everything.distance > 0
    assert everything.spread_x is None
    assert everything.limits_x is None
    assert everything.noise is None
    assert "<ellipse" not in draw_agreement(found)


def test_the_normaliser_is_named():
    blind = Template("blind", IBUG.points)
    faces = [Landmarks(blind, face.points) for face in TRUE[:3]]
    found = compare_placements(faces, faces)
    assert found.to_dict()["unit"] == "percent of the radius of the face"
    assert [one.name for one in found.features] == ["all"]


def test_only_the_same_landmarks_are_compared():
    with pytest.raises(InputError, match="2 and 1 faces"):
        compare_placements(TRUE[:2], TRUE[:1])
    other = Landmarks(Template("own", IBUG.points), TRUE[0].points)
    with pytest.raises(InputError, match="several templates"):
        compare_placements([TRUE[0]], [other])


def test_the_figure_shows_every_landmark_where_it_is():
    rng = np.random.default_rng(4)
    first, second = ([placed(f, 1.0, rng=rng) for f in TRUE[:5]] for _ in range(2))
    found = compare_placements(first, second)
    drawn = draw_agreement(found)
    assert drawn.count("<ellipse") == drawn.count("<circle") == 68
    assert "<title>nose tip: " in drawn
    assert "1 % of the inter-ocular distance" in drawn
    assert "of 5 faces" in drawn
