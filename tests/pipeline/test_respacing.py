"""New levels on a measured scale, and when they are refused."""

import tomllib

import numpy as np
import pytest

from morphkit.errors import InputError
from morphkit.experiment.observers import SCALES
from morphkit.pipeline.respaced_recipe import NewLevels, respaced_recipe
from morphkit.psychophysics.respacing import (
    ALPHA,
    Smoothing,
    SmoothScale,
    departure,
    max_min,
    respace,
)

LEVELS = np.linspace(0, 1, 8)
EVEN = np.linspace(0, 1, 15)


def covariance(sd: float, n: int = 8) -> np.ndarray:
    """Of a scale whose neighbours err together, as those of fits do."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    C = sd**2 * 0.5**apart
    C[[0, -1]] = 0
    C[:, [0, -1]] = 0
    return C


def proposed(
    values, sd=0.02, *, levels=LEVELS, present=EVEN, margin=0.05, seed=1, **more
):
    return respace(
        levels,
        values,
        covariance(sd, len(levels)),
        present=present,
        margin=margin,
        generator=np.random.default_rng(seed),
        n_samples=400,
        **more,
    )


def test_a_curve_is_inverted():
    scale = SmoothScale(np.array([0.05, -0.08, 0.01]))
    shares = scale.shares_at(EVEN)
    assert scale.at(shares) == pytest.approx(EVEN, abs=1e-12)
    assert (np.diff(shares) > 0).all()
    assert shares[[0, -1]] == pytest.approx([0, 1], abs=1e-12)


def test_curves_are_least_squares_in_the_metric_of_the_covariance():
    """The oracle whitens by a Cholesky factor and leaves the rest to LAPACK."""
    C = covariance(0.03)
    smoothing = Smoothing(LEVELS, C)
    generator = np.random.default_rng(4)
    scales = smoothing.draw(SCALES["wave"].at(LEVELS, 0.5), 200, generator)
    amplitudes, gains = smoothing.amplitudes(scales)
    L = np.linalg.cholesky(C[1:-1, 1:-1])
    t = LEVELS[1:-1]
    for scale, found, gain in zip(scales, amplitudes, gains, strict=True):
        rest = np.linalg.solve(L, scale[1:-1] - t)
        candidates = {0: (rest @ rest, np.zeros(0))}
        for k in range(1, 6):
            G = np.sin(np.pi * np.outer(t, np.arange(1, k + 1)))
            c, *_ = np.linalg.lstsq(np.linalg.solve(L, G), rest, rcond=None)
            fine = np.linspace(0, 1, 1001)
            wave = np.cos(np.pi * np.outer(fine, np.arange(1, k + 1)))
            steepest = -(wave @ (np.pi * np.arange(1, k + 1) * c)).min()
            if steepest > 0.98:
                c = c * 0.98 / steepest
            left = rest - np.linalg.solve(L, G) @ c
            candidates[k] = (left @ left + 2 * k, c)
        best = min(candidates, key=lambda k: candidates[k][0])
        assert found[:best] == pytest.approx(candidates[best][1], abs=1e-9)
        assert not found[best:].any()
        assert gain == pytest.approx(candidates[0][0] - candidates[best][0], abs=1e-8)
    assert (np.count_nonzero(amplitudes, axis=1) >= 2).mean() > 0.9


def test_a_scale_that_falls_gives_a_curve_that_grows():
    values = np.array([0, 0.5, 0.45, 0.4, 0.42, 0.5, 0.55, 1.0])
    amplitudes, _ = Smoothing(LEVELS, covariance(0.002)).amplitudes(values[None])
    curve = SmoothScale(amplitudes[0]).at(np.linspace(0, 1, 500))
    assert (np.diff(curve) > 0).all()


@pytest.mark.parametrize(
    ("name", "bend", "allowed"), [("wave", 0.6, 1.02), ("power", 1.8, 2.2)]
)
def test_a_curved_scale_is_made_even(name, bend, allowed):
    shape = SCALES[name]
    result = proposed(shape.at(LEVELS, bend), sd=0.01)
    assert result.applied
    before, after = shape.at(EVEN, bend), shape.at(result.levels, bend)
    assert max_min(after) < allowed < max_min(before) / 1.3
    assert departure(after) < 0.01 < departure(before)
    assert result.levels[[0, -1]].tolist() == [0, 1]
    assert result.positions == pytest.approx(EVEN, abs=1e-9)
    assert result.predicted_departure <= result.worst_departure < result.departure


def test_what_is_even_within_the_margin_is_left():
    result = proposed(SCALES["wave"].at(LEVELS, 0.1), sd=0.005)
    assert not result.applied
    assert "even within 0.05" in result.reason
    assert result.bound < 0.05
    assert result.levels.tolist() == EVEN.tolist()


def test_what_may_be_even_is_left():
    result = proposed(LEVELS + covariance(0.05)[3] * 10, sd=0.05)
    assert not result.applied
    assert "may well be even" in result.reason
    assert result.p_value > 0.05


def test_the_answers_have_a_say_beside_their_covariance():
    values = SCALES["wave"].at(LEVELS, 0.6)
    assert proposed(values, sd=0.01, p_straight=0.001).applied
    result = proposed(values, sd=0.01, p_straight=0.3)
    assert not result.applied
    assert "may well be even (p = 0.3)" in result.reason


def test_what_would_get_no_better_is_left():
    """Uneven for sure, but so finely that the answers cannot tell how to mend it."""
    values = LEVELS.copy()
    values[1:-1] += 0.04 * np.array([1, 0, -1, 1, 0, -1])
    result = proposed(values, sd=0.022, margin=0.01)
    assert not result.applied
    assert "could be as uneven" in result.reason
    assert result.p_value < ALPHA
    assert result.worst_departure > result.departure
    assert proposed(values, sd=0.01, margin=0.01).applied


def test_a_scale_without_noise_proves_nothing():
    result = proposed(SCALES["wave"].at(LEVELS, 0.6), separated=True)
    assert not result.applied
    assert "its noise is unknown" in result.reason


@pytest.mark.slow
def test_an_even_scale_is_left_alone_in_most_studies():
    smoothing = Smoothing(LEVELS, covariance(0.05))
    drawn = smoothing.draw(LEVELS, 60, np.random.default_rng(9))
    changed = [proposed(v, sd=0.05, seed=k).applied for k, v in enumerate(drawn)]
    assert sum(changed) <= 5  # 5 % of 60 are 3; more than 5 has p = 0.08


def test_the_second_round_looks_at_steps_not_at_levels():
    """Levels that were respaced are uneven by themselves; the spacing is not."""
    first = proposed(SCALES["wave"].at(LEVELS, 0.6), sd=0.004)
    measured = first.levels[[0, 2, 4, 6, 8, 10, 12, 14]]
    values = SCALES["wave"].at(measured, 0.6)
    second = proposed(values, sd=0.004, levels=measured, present=first.levels)
    assert not second.applied
    assert second.bound < 0.02
    assert departure(measured) > 0.05
    # And if it did not succeed, the next step starts from there.
    values = SCALES["wave"].at(measured, -0.6)
    third = proposed(values, sd=0.004, levels=measured, present=first.levels)
    assert third.applied
    # Eight places of a curve this steep, joined by five harmonics: nearly even.
    places = SCALES["wave"].at(third.levels, -0.6)
    assert departure(places) < 0.5 * departure(SCALES["wave"].at(first.levels, -0.6))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"levels": LEVELS * 0.9},
            "from level 0 to 0.9, the continuum goes from 0 to 1",
        ),
        ({"values": LEVELS[:-1]}, "7 values for 8 levels"),
        ({"values": LEVELS + 0.1}, "from 0.1 to 1.1; 0 to 1"),
        ({"covariance": np.eye(7)}, "covariance of shape"),
        ({"covariance": np.zeros((8, 8))}, "is not positive"),
        (
            {"levels": [0, 0.2, 0.2 + 1e-15, 0.2 + 2e-15, *LEVELS[4:]]},
            "do not determine a smooth curve",
        ),
        ({"margin": 0.0}, "a margin of 0"),
        ({"levels": [0, 1], "values": [0, 1], "covariance": np.eye(2)}, "3 or more"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, message):
    given = {
        "levels": LEVELS,
        "values": LEVELS,
        "covariance": covariance(0.02),
        "present": EVEN,
        "margin": 0.05,
    } | change
    with pytest.raises(InputError, match=message):
        respace(**given, generator=np.random.default_rng(1))


RECIPE = """
schema = 1
[pack]
name = "demo"
[identities.maja]
[identities.nilo]
[identities.oona]
[[continua]]
from = "happy"
to = "distressed"
steps = 3
[[continua]]
identities = ["maja"]
from = "happy"
to = "neutral"
steps = 4
"""
CALIBRATION = {
    "scale": "mlds",
    "kind": "human",
    "sigma": None,
    "departure": 0.1,
    "predicted": 0.02,
}


def test_a_new_recipe_has_no_norms_of_other_images():
    """Its images have the names of the old ones and other levels."""
    rated = RECIPE.replace("[pack]\n", '[pack]\nnorms = "norms.csv"\n', 1)
    assert rated != RECIPE
    new = {"maja_happy_distressed": NewLevels((0.0, 0.4, 1.0), (0.0, 0.5, 1.0))}
    child, text = respaced_recipe(rated, new, CALIBRATION)
    assert child.pack.norms == ""
    assert "norms" not in tomllib.loads(text)["pack"]


def test_a_new_recipe_has_levels_for_each_identity():
    new = {
        "maja_happy_distressed": NewLevels((0.0, 0.4, 1.0), (0.0, 0.5, 1.0)),
        "oona_happy_distressed": NewLevels((0.0, 0.7, 1.0), (0.0, 0.5, 1.0)),
    }
    child, text = respaced_recipe(RECIPE, new, CALIBRATION)
    data = tomllib.loads(text)
    assert len(data["pack"]["parent"]) == 64
    assert "sigma" not in data["calibration"]
    found = {
        (i, part.to): part.trajectory().levels.tolist() for i, part in child.planned()
    }
    assert found == {
        ("maja", "distressed"): [0, 0.4, 1],
        ("nilo", "distressed"): [0, 0.5, 1],
        ("oona", "distressed"): [0, 0.7, 1],
        ("maja", "neutral"): pytest.approx([0, 1 / 3, 2 / 3, 1]),
    }
    parts = {tuple(part.identities): part.positions for part in child.continua[:3]}
    assert parts == {
        ("maja",): (0, 0.5, 1),
        ("nilo",): None,
        ("oona",): (0, 0.5, 1),
    }


def test_the_same_levels_for_all_stay_one_entry():
    names = [f"{name}_happy_distressed" for name in ("maja", "nilo", "oona")]
    new = dict.fromkeys(names, NewLevels((0.0, 0.4, 1.0), (0.0, 0.5, 1.0)))
    child, _ = respaced_recipe(RECIPE, new, CALIBRATION)
    assert len(child.continua) == 2
    assert child.continua[0].identities == "*"
    with pytest.raises(InputError, match="nobody"):
        respaced_recipe(RECIPE, {"nobody": new[names[0]]}, CALIBRATION)
