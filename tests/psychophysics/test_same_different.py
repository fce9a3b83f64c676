"""Sensitivity from same or different, against published values and simulated truth."""

import numpy as np
import pytest
from scipy.special import ndtr
from small_rows import stimuli_rows

from morphkit.errors import InputError
from morphkit.experiment.designs.same_different import make_same_different
from morphkit.experiment.observers import Observer, answer_design
from morphkit.psychophysics.same_different import (
    Sensitivity,
    criterion,
    d_prime_differencing,
    d_prime_independent,
)


def test_sensitivities_are_those_of_psyphy():
    """R's psyphy 0.2.3: dprime.SD(H = .75, FA = .2), methods diff and IO.

    The former is found by `uniroot`, to a millionth.
    """
    assert d_prime_differencing(0.75, 0.2) == pytest.approx(2.76356294621068, rel=1e-6)
    assert d_prime_independent(0.75, 0.2) == pytest.approx(2.26552418953768, rel=1e-9)


@pytest.mark.parametrize("d", [0.3, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("k", [0.8, 1.5, 2.5])
def test_differencing_gives_back_what_was_put_in(d, k):
    root = np.sqrt(2)
    hits = float(ndtr((d - k) / root) + ndtr((-d - k) / root))
    false_alarms = float(2 * ndtr(-k / root))
    assert d_prime_differencing(hits, false_alarms) == pytest.approx(d, rel=1e-6)
    assert criterion(false_alarms) == pytest.approx(k, rel=1e-9)


def test_independent_observations_are_those_of_a_simulated_optimal_observer():
    """Each image is told by itself, and the more likely of same and different said."""
    generator, d, n = np.random.default_rng(4), 1.8, 400_000
    kinds = generator.integers(0, 2, (n, 2))
    seen = kinds * d + generator.standard_normal((n, 2))
    told = (seen > d / 2).astype(int)
    different = told[:, 0] != told[:, 1]
    apart = kinds[:, 0] != kinds[:, 1]
    found = d_prime_independent(different[apart].mean(), different[~apart].mean())
    assert found == pytest.approx(d, abs=0.03)


def test_rates_of_all_or_nothing_have_a_sensitivity():
    best = Sensitivity(20, 20, 20, 0)
    assert 4 < best.independent < best.differencing < 12
    assert Sensitivity(20, 20, 5, 9).differencing == 0
    assert best.to_dict()["hit_rate"] == pytest.approx(20.5 / 21)
    with pytest.raises(InputError, match="21 of 20 pairs"):
        Sensitivity(20, 20, 21, 0)
    with pytest.raises(InputError, match="between 0 and 1"):
        d_prime_differencing(1.0, 0.2)


def test_simulated_observers_are_recovered():
    """A step of two fourteenths, noise 0.05, criterion 0.1 of the scale."""
    rows = stimuli_rows(("ada",))
    observer = Observer(lapses=0.0).alike()
    design = make_same_different(rows, seed=1, repeats=40, lists=2)
    answers = answer_design(
        design,
        rows,
        observer,
        n_participants=2,
        generator=np.random.default_rng(3),
    )
    main = [a for a in answers if a.phase == "main"]
    apart = [a.response == "different" for a in main if a.stimuli[0] != a.stimuli[1]]
    same = [a.response == "different" for a in main if a.stimuli[0] == a.stimuli[1]]
    found = Sensitivity(len(apart), len(same), sum(apart), sum(same))
    assert found.differencing == pytest.approx((2 / 14) / 0.05, rel=0.08)
    assert criterion(found.false_alarm_rate) == pytest.approx(0.1 / 0.05, rel=0.08)
