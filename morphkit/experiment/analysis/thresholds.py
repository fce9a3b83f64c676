"""Thresholds of participants before and after training, never pooled over phases.

The threshold is the place on a continuum, in steps, up to which images are called by
the first label. As published it is counted: the balance point plus one half
(`morphkit.experiment.training_rule`). It is estimated by a psychometric function, too.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from morphkit.experiment.answer import Answer
from morphkit.experiment.training_rule import Counts, count_baseline, move_boundary
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.links import LINKS, Array
from morphkit.psychophysics.psychometric import all_same, fit_many

#: Share of the trials of a phase that have to be answered.
LEAST_ANSWERED = 0.8
#: A function that rises by fewer standard deviations over all steps has no threshold.
_FLAT = 1e-6


@dataclass(frozen=True)
class Threshold:
    """Threshold of a participant for a continuum, at one time.

    Parameters
    ----------
    participant, arm, continuum, visit, phase : str
    n_trials, n_answers : int
        Trials, and those with an answer.
    balance : float
        Number of images that get the first label.
    count, count_error : float or None
        Balance point plus one half, and its standard error: that of counts whose shares
        are those of the function with Firth's penalty. The function of highest
        likelihood is too steep where answers are few, and its error too small.
    fit, fit_error : float or None
        Point of equality of the fitted function, and its standard error by the function
        with Firth's penalty.
    spread : float or None
        Standard deviation of the fitted function, steps.
    fault : str
        Why there is no threshold, a key of
        `morphkit.experiment.analysis.training.REASONS`; empty if there is one.
    """

    participant: str
    arm: str
    continuum: str
    visit: str
    phase: str
    n_trials: int
    n_answers: int
    balance: float
    count: float | None
    count_error: float | None
    fit: float | None
    fit_error: float | None
    spread: float | None
    fault: str = ""

    def value(self, estimator: str) -> tuple[float, float] | None:
        """Return the estimate and its standard error; None if there is none."""
        both = (
            (self.count, self.count_error)
            if estimator == "count"
            else (self.fit, self.fit_error)
        )
        if self.fault or both[0] is None or both[1] is None:
            return None
        return both[0], both[1]


def measure_thresholds(
    trials: Iterable[Answer],
    stimuli: Mapping[str, Stimulus],
    labels: tuple[str, str],
) -> tuple[Threshold, ...]:
    """Return the threshold of each participant, continuum, visit and phase.

    Parameters
    ----------
    trials : iterable of Answer
        Of baselines and tests; those without an answer count as trials.
    stimuli : mapping of str to Stimulus
        The images of the pack by their id.
    labels : (str, str)
        Of both ends.
    """
    groups: dict[tuple[str, str, str, str], list[Answer]] = defaultdict(list)
    for one in trials:
        continuum = stimuli[one.stimuli[0]].continuum_id
        groups[one.participant, continuum, one.visit, one.phase.casefold()].append(one)
    steps: dict[str, list[int]] = defaultdict(list)
    for row in stimuli.values():
        steps[row.continuum_id].append(row.step)
    counts = {
        key: _counts(found, stimuli, labels, sorted(steps[key[1]]))
        for key, found in groups.items()
    }
    fits = _fits(counts)
    return tuple(
        _threshold(key, found, counts[key], fits[key]) for key, found in groups.items()
    )


_Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class _Fit:
    """A fitted function: intercept and slope, what is wrong.

    `penalised` are intercept and slope with Firth's penalty, `covariance` is theirs.
    """

    a: float
    b: float
    penalised: Array
    covariance: Array
    fault: str = ""


def _counts(
    trials: Iterable[Answer],
    stimuli: Mapping[str, Stimulus],
    labels: tuple[str, str],
    steps: Iterable[int],
) -> Counts:
    """Return the answers of trials by step; steps that were never seen have none."""
    counts: Counts = {step: [0, 0] for step in steps}
    first, second = (label.casefold() for label in labels)
    for one in trials:
        said = one.response.strip().casefold()
        step = stimuli[one.stimuli[0]].step
        count_baseline(counts, step, said == first, said in (first, second))
    return counts


def _fits(counts: Mapping[_Key, Counts]) -> dict[_Key, _Fit]:
    """Return the fitted functions, those of the same steps fitted at once."""
    alike: dict[tuple[int, ...], list[_Key]] = defaultdict(list)
    for key, found in counts.items():
        alike[tuple(found)].append(key)
    fits: dict[_Key, _Fit] = {}
    for steps, keys in alike.items():
        both = np.array([[counts[key][step] for step in steps] for key in keys], float)
        shown = both[:, :, 1]
        second = shown - both[:, :, 0]
        x = np.array(steps, float)
        scored, _ = fit_many(x, second, shown)
        careful, _ = fit_many(x, second, shown, penalised=True)
        for k, key in enumerate(keys):
            a, b = (float(v) for v in scored.coefficients[k])
            fault = "" if b > 0 else "reversed"
            if (shown[k] > 0).sum() < 2:
                fault = "few-answers"
            elif not scored.converged[k] or all_same(second[k], shown[k]):
                fault = "all-alike"
            elif abs(b) * np.ptp(x) < _FLAT:
                fault = "flat"
            fits[key] = _Fit(
                a, b, careful.coefficients[k], careful.covariance[k], fault
            )
    return fits


def _threshold(
    key: _Key, trials: Sequence[Answer], counts: Counts, fit: _Fit
) -> Threshold:
    """Return the threshold of one participant for a continuum, at one time."""
    participant, continuum, visit, phase = key
    numerator, _, denominator = move_boundary(counts, 0, "count")
    balance = numerator / denominator
    n_answers = sum(answered for _, answered in counts.values())
    fault = fit.fault
    if n_answers < LEAST_ANSWERED * len(trials):
        fault = "few-answers"
    known = fit.fault in ("", "reversed")
    return Threshold(
        participant,
        trials[0].arm,
        continuum,
        visit,
        phase,
        len(trials),
        n_answers,
        balance,
        balance + 0.5 if known else None,
        _count_error(counts, fit) if known else None,
        -fit.a / fit.b if known else None,
        _fit_error(fit) if known else None,
        abs(1 / fit.b) if known else None,
        fault,
    )


def _fit_error(fit: _Fit) -> float:
    """Return the standard error of the point of equality by the delta method."""
    a, b = fit.penalised
    slope = np.array([-1 / b, a / b**2])
    return math.sqrt(float(slope @ fit.covariance @ slope))


def _count_error(counts: Counts, fit: _Fit) -> float:
    """Return the standard error of the counted threshold, by the fitted shares."""
    answered = [step for step, (_, n) in sorted(counts.items()) if n]
    a, b = fit.penalised
    share = LINKS["probit"].cdf(a + b * np.array(answered, float))
    shown = np.array([counts[step][1] for step in answered], float)
    return math.sqrt(float((share * (1 - share) / shown).sum()))
