"""Scales of several continua: whether they differ, and how far they are pooled."""

import numpy as np
import pytest
from scipy.special import ndtr

from morphkit.errors import InputError
from morphkit.experiment.analysis.partial_scales import Part, pool_continua
from morphkit.experiment.analysis.scales import with_student_quantiles
from morphkit.experiment.designs.mlds import balanced_sets
from morphkit.psychophysics.comparisons import Comparisons, design_matrix
from morphkit.psychophysics.difference_scaling import fit_scale, resample_participants
from morphkit.psychophysics.equivalence import certify
from morphkit.psychophysics.partial_pooling import (
    count_blocks,
    exchange_continua,
    pool_partially,
)

pytestmark = pytest.mark.slow

N = 9
T = np.linspace(0, 1, N)
ROWS = np.array(balanced_sets(N, 3))[:, [0, 1, 1, 2]]


def bent(height):
    return T + height * np.sin(2 * np.pi * T) / (2 * np.pi)


def parts_of(
    heights, *, raters=12, repeats=2, noise=0.15, seed=1, crossed=True, drawn_again=True
):
    """Return answers to continua that are bent by heights, and their own scales."""
    generator = np.random.default_rng(seed)
    own = 0.2 * generator.standard_normal(raters)
    parts = []
    for k, height in enumerate(heights):
        chance = np.array(
            [ndtr(design_matrix(ROWS, N) @ bent(height + h)[1:] / noise) for h in own]
        )
        chance = np.tile(chance, (1, repeats))
        second = (generator.random(chance.shape) < chance).ravel()
        trials = Comparisons(np.tile(ROWS, (raters * repeats, 1)), second, N)
        who = np.repeat(np.arange(raters), repeats * len(ROWS))
        scale = fit_scale(trials)
        if drawn_again:
            drawn = resample_participants(trials, who, scale, generator, n_samples=200)
            scale = with_student_quantiles(scale, drawn, raters)
        group = "" if crossed else f"g{k}_"
        names = tuple(f"{group}p{number:02}" for number in who)
        parts.append(Part(f"c{k}", trials, names, scale))
    return parts


def judge(parts, seed=2):
    return pool_continua(parts, np.random.default_rng(seed), n_samples=200)


@pytest.mark.parametrize("crossed", [True, False])
def test_continua_that_differ_are_told_and_those_that_do_not_are_not(crossed):
    _, alike = judge(parts_of([0.2] * 4, crossed=crossed))
    _, apart = judge(parts_of([-0.6, 0.0, 0.3, 0.7], crossed=crossed))
    assert alike.p_value > 0.05 > apart.p_value
    assert apart.p_value == pytest.approx(1 / 201)
    # A sine of height h moves the middle image by nothing, those beside it by h / 2π.
    assert alike.spread < 0.02 < apart.spread < 0.2
    assert alike.spread <= alike.spread_high < apart.spread_high
    assert apart.weight > 0.9 > alike.weight
    assert f"p = {apart.p_value:.2g}" in apart.sentence()


def test_exchanged_names_reject_as_often_as_they_say():
    """Of studies of three equal continua, 5 % are called different."""
    p = []
    for seed in range(60):
        parts = parts_of([0.3] * 3, raters=6, repeats=1, seed=seed, drawn_again=False)
        trials = Comparisons(
            np.concatenate([part.comparisons.quads for part in parts]),
            np.concatenate([part.comparisons.second for part in parts]),
            N,
        )
        who = np.tile(np.repeat(np.arange(6), len(ROWS)), 3)
        blocks = count_blocks(trials, who, np.repeat(np.arange(3), 6 * len(ROWS)))
        wald = parts[0].scale.wald_covariance
        generator = np.random.default_rng(seed)
        p.append(exchange_continua(blocks, wald, generator, n_samples=99)[1])
    assert np.mean(np.array(p) < 0.05) < 0.12
    assert 0.38 < np.mean(p) < 0.64


def test_a_continuum_keeps_its_own_scale_where_they_differ():
    parts = parts_of([-0.9, 0.0, 0.3, 0.9], repeats=6)
    judged, _ = judge(parts)
    for part in parts:
        drawn, own = judged[part.continuum_id], part.scale
        assert drawn.values == pytest.approx(own.values, abs=0.015)
        assert drawn.source == "partial"
        assert drawn.raw.tolist() == own.raw.tolist()
    verdicts = [certify(judged[p.continuum_id], n_participants=12) for p in parts]
    assert [one.verdict == "uneven" for one in verdicts] == [True, False, False, True]


def test_continua_alike_are_drawn_towards_their_mean_and_are_surer():
    parts = parts_of([0.2] * 6)
    judged, _ = judge(parts)
    own = np.array([part.scale.values for part in parts])
    drawn = np.array([judged[part.continuum_id].values for part in parts])
    assert drawn.std(0).max() < 0.7 * own.std(0).max()
    assert drawn.mean(0) == pytest.approx(own.mean(0), abs=1e-9)
    for part in parts:
        widths = [
            np.mean([b.high - b.low for b in scale.band])
            for scale in (judged[part.continuum_id], part.scale)
        ]
        assert widths[0] < 0.9 * widths[1]


def test_pooled_in_part_is_the_textbook_case_of_one_value():
    """One inner value: known means, variances and weights of random effects."""
    values = np.array([[0, 0.3, 1], [0, 0.5, 1], [0, 0.7, 1]])
    alone, common = 0.02**2, 0.01**2
    joint = np.zeros((3, 3, 3, 3))
    joint[:, 1, :, 1] = common + alone * np.eye(3)
    wald = np.zeros((3, 3))
    wald[1, 1] = alone
    found = pool_partially(values, joint, wald)
    total = np.var([0.3, 0.5, 0.7], ddof=1)  # of which `alone` is noise
    assert found.spread == pytest.approx(np.sqrt(total - alone), rel=0.01)
    between = found.spread_high**2
    weight = between / (between + alone)
    assert found.weight == pytest.approx(weight, rel=1e-6)
    assert found.values[:, 1] == pytest.approx(0.5 + weight * np.array([-0.2, 0, 0.2]))
    expected = common + alone / 3 + (2 / 3) * weight * alone
    assert found.covariance[:, 1, 1] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(InputError, match="one scale"):
        pool_partially(values[:1], joint[:1, :, :1], wald)


def test_sigma_of_people_who_differ_is_known_less_well_than_of_one():
    """The interval is of draws of whole people, symmetric about the inverse."""
    generator = np.random.default_rng(3)
    noise = 0.15 * np.exp(0.6 * generator.standard_normal((12, 1)))
    chance = np.repeat(ndtr(design_matrix(ROWS, N) @ T[1:] / noise), 4, axis=0)
    second = (generator.random(chance.shape) < chance).ravel()
    trials = Comparisons(np.tile(ROWS, (48, 1)), second, N)
    who = np.repeat(np.arange(12), 4 * len(ROWS))
    scale = fit_scale(trials)
    drawn = resample_participants(trials, who, scale, generator, n_samples=200)
    found = with_student_quantiles(scale, drawn, 12)
    error = np.sqrt(12 / 11 * np.var(1 / drawn.sigmas, ddof=1))
    ends = 1 / np.array([found.sigma_interval.high, found.sigma_interval.low])
    assert ends == pytest.approx(1 / scale.sigma + np.array([-1, 1]) * 2.200985 * error)
    assert error > 1.5 * np.sqrt(scale.raw_covariance[-1, -1])
    assert found.sigma_error == pytest.approx(error * scale.sigma**2)
