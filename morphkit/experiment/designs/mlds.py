"""Trials for difference scaling, where the larger of two differences is chosen.

References
----------
Maloney, L. T., & Yang, J. N. (2003). Maximum likelihood difference scaling. Journal of
Vision, 3(8), 5. https://doi.org/10.1167/3.8.5
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import (
    POWER,
    Array,
    DesignKind,
    Option,
    Outcome,
    Plan,
    Planning,
    StudySize,
)
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    BLOCK_TRIALS,
    PRACTICE,
    Stimuli,
    at_least,
    checked,
    chosen_continua,
)
from morphkit.experiment.observers.probabilities import chance_of_second_pair
from morphkit.experiment.observers.truth import SCALES
from morphkit.psychophysics.clustered import clustered_covariance
from morphkit.psychophysics.comparisons import design_matrix
from morphkit.psychophysics.neighbours import ratio_exceeds
from morphkit.psychophysics.scoring import estimate_many
from morphkit.psychophysics.simultaneous_band import (
    MIN_PARTICIPANTS,
    critical_value,
    stabilised,
)

#: Images of a trial by the name of its form.
FORMS = {"triads": 3, "quadruples": 4}


def make_mlds(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    form: str = "triads",
    images: int | None = None,
    trials: int | None = None,
    practice: int = 2,
    lists: int = 20,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design in which the larger of two differences is chosen.

    Images of a trial stand in the order of their steps; the middle one of a triad
    belongs to both pairs. Which end is on the left is reversed in half of the trials.
    Over the lists every triad or quadruple comes up equally often, up to one.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    form : {"triads", "quadruples"}, optional
        Triads tell as much, trial for trial, with one picture fewer.
    images : int, optional
        Images of a continuum that are used, evenly over its steps, both ends among
        them. All if it has fewer or this is left out: of images that are not compared
        nothing is certified.
    trials : int, optional
        Trials of a list for each continuum; left out, every balanced triad or quadruple
        once. Its pairs differ by at most one step: answers to others are clear, and say
        little.
    practice : int, optional
        Trials with a clear answer before the others.
    lists : int, optional
        Lists to draw.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, images until the answer.

    Raises
    ------
    InputError
        If a number is too small, a form or name is not known, or a continuum has too
        few images.
    """
    if form not in FORMS:
        raise InputError(f'form is "{form}"', allowed=" or ".join(FORMS))
    if images is not None:
        at_least("images", images, FORMS[form])
    settings = checked(
        {
            "form": form,
            "images": images,
            "trials": trials,
            "practice": practice,
            "lists": lists,
            "block_trials": block_trials,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    sets = {
        name: _sets(name, rows, n_images=images, size=FORMS[form])
        for name, rows in chosen.items()
    }
    dealt = {
        name: _deal(each, trials, lists, Draws(seed, lists + number))
        for number, (name, each) in enumerate(sets.items())
    }
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        ready = _practice([*chosen.values()], FORMS[form], practice, draws)
        shown = [each for name in sets for each in dealt[name][number]]
        last = ready[-1].stimuli if ready else None
        order = draws.apart(shown, key=lambda names: names, after=last)
        parts = [ready, _trials(order, draws)]
        made.append(join(parts, longest=block_trials))
    return timed_design(
        "mlds", made, seed, timing=timing or Timing(), settings=settings
    )


def spread_steps(n_steps: int, n: int) -> list[int]:
    """Return `n` of the steps 1 to `n_steps`, evenly spread, both ends among them.

    Examples
    --------
    >>> spread_steps(15, 8)
    [1, 3, 5, 7, 9, 11, 13, 15]
    """
    if n >= n_steps:
        return list(range(1, n_steps + 1))
    return [1 + (2 * k * (n_steps - 1) + n - 1) // (2 * (n - 1)) for k in range(n)]


def balanced_sets(n: int, size: int) -> list[tuple[int, ...]]:
    """Return triads or quadruples of `n` images whose pairs differ by a step at most.

    The answers to others are clear, and say little.

    Parameters
    ----------
    n : int
        Images, numbered from 0.
    size : int
        3 or 4 images a set; the middle image of three belongs to both pairs.

    Examples
    --------
    >>> balanced_sets(4, 3)
    [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    """
    every = combinations(range(n), size)
    return [k for k in every if abs((k[-1] - k[-2]) - (k[1] - k[0])) <= 1]


def _sets(
    name: str, rows: Stimuli, *, n_images: int | None, size: int
) -> list[tuple[str, ...]]:
    """Return the balanced sets of a continuum, each in the order of steps."""
    if len(rows) < size:
        raise InputError(
            f"{len(rows)} images", where=name, allowed=f"{size} or more for this form"
        )
    steps = spread_steps(len(rows), n_images or len(rows))
    used = [rows[step - 1].stimulus_id for step in steps]
    return [tuple(used[k] for k in one) for one in balanced_sets(len(used), size)]


def _deal(
    sets: Sequence[tuple[str, ...]], n: int | None, lists: int, draws: Draws
) -> list[list[tuple[str, ...]]]:
    """Return the sets of every list, as equally often over the lists as can be."""
    n = len(sets) if n is None else at_least("trials", n, 1)
    stock: list[tuple[str, ...]] = []
    while len(stock) < n * lists:
        stock += draws.shuffled(sets)
    return [stock[k * n : (k + 1) * n] for k in range(lists)]


def _trials(order: Sequence[tuple[str, ...]], draws: Draws) -> list[Trial]:
    """Return trials of which half are shown the other way round."""
    flips = draws.shuffled(k % 2 == 1 for k in range(len(order)))
    return [_trial("main", *each) for each in zip(order, flips, strict=True)]


def _trial(
    phase: str, stimuli: tuple[str, ...], flipped: bool, correct: str = ""
) -> Trial:
    """Return the trial of a triad or quadruple."""
    pairs = (FIRST_PAIR, SECOND_PAIR)
    return Trial(phase, 1, stimuli, pairs, flipped=flipped, correct=correct)


def _practice(
    continua: Sequence[Stimuli], size: int, n: int, draws: Draws
) -> list[Trial]:
    """Return trials of which the two pairs differ as much as they can."""
    ready: list[Trial] = []
    for k in range(n):
        rows = continua[draws.below(len(continua))]
        names = [row.stimulus_id for row in rows]
        # All but one image close together, the one far away at the other end.
        second = k % 2 == 0
        near = slice(0, size - 1) if second else slice(1 - size, None)
        used = [*names[near], names[-1]] if second else [names[0], *names[near]]
        clear = len(names) > size
        correct = (SECOND_PAIR if second else FIRST_PAIR) if clear else ""
        flipped = draws.below(2) == 1
        ready.append(_trial("practice", tuple(used), flipped, correct))
    return ready


def _repeats(plan: Plan) -> int:
    """Return the number of sets of a continuum: every one comes up once."""
    size = FORMS[plan.options.get("form", "triads")]
    return len(balanced_sets(len(_steps(plan)), size))


def _steps(plan: Plan) -> list[int]:
    """Return the steps that are compared."""
    rows = next(iter(chosen_continua(plan.stimuli).values()))
    return spread_steps(len(rows), plan.options.get("images") or len(rows))


def _size(size: StudySize) -> dict[str, Any]:
    """Return the trials of a participant, and lists that deal the sets evenly."""
    return {"trials": size.repeats, "lists": min(size.participants, 60)}


def _simulate(
    plan: Plan,
    size: StudySize,
    margin: float | None,
    generator: np.random.Generator,
) -> Outcome:
    """Return precision and power of a difference scale."""
    rows = next(iter(chosen_continua(plan.stimuli).values()))
    n = FORMS[plan.options.get("form", "triads")]
    steps = _steps(plan)
    levels = np.array([rows[step - 1].known_level for step in steps])
    sets = np.array(balanced_sets(len(levels), n))
    quads = sets if n == 4 else sets[:, [0, 1, 1, 2]]
    shares = (np.array(steps) - 1) / (len(rows) - 1)
    if margin is not None and len(steps) < len(rows):
        raise InputError(
            f"a margin with {len(steps)} of {len(rows)} images compared",
            allowed="all images: of others nothing can be certified",
            remedy="leave out --images, or ask for a precision",
        )
    N = _dealt(size, len(sets)).astype(float)
    n_continua = plan.n_continua()
    K = np.zeros((plan.n_runs, size.participants, len(sets)))
    shape, who = SCALES[plan.observer.scale], plan.observer
    for run in range(plan.n_runs):
        people = plan.people(size, generator)
        noises = np.array([p.noise_factor for p in people])
        for looks in plan.looks(n_continua, generator):
            seen = [shape.at(levels, shape.within(looks.bend + p.bend)) for p in people]
            chance = chance_of_second_pair(
                np.array(seen)[:, sets],
                who.noise * noises[:, None],
                lapses=who.lapses,
                guess=who.guess,
            )
            K[run] += generator.binomial(N.astype(int), chance)
    X, N = design_matrix(quads, len(levels)), n_continua * N
    scored, separated = estimate_many(X, K.sum(1), np.tile(N.sum(0), (plan.n_runs, 1)))
    good = scored.converged & ~separated & (scored.coefficients[:, -1] > 0)
    few = 1 < size.participants < MIN_PARTICIPANTS
    if good.mean() < 0.5 or few:
        return float("inf"), None if margin is None else 0.0
    kept = replace(
        scored,
        coefficients=scored.coefficients[good],
        covariance=scored.covariance[good],
    )
    values, C = _normalised(kept.coefficients, kept.covariance)
    degrees = None
    if size.participants > 1:
        degrees = size.participants - 1
        drawn = clustered_covariance(X, K[good], N, kept)
        _, drawn = _normalised(kept.coefficients, drawn)
        C = np.array(
            [stabilised(a, b, size.participants) for a, b in zip(drawn, C, strict=True)]
        )
    errors = np.sqrt(np.einsum("rii->ri", C))
    once = scipy.stats.norm if degrees is None else scipy.stats.t(degrees)
    widths = float(once.ppf(0.975)) * errors.max(1)
    precision = float(np.quantile(widths, POWER))
    if margin is None:
        return precision, None
    # The critical value hardly differs between studies of one size.
    critical = critical_value(C.mean(0), degrees=degrees)
    bound = (np.abs(values - shares) + critical * errors).max(1)
    wide = (critical / critical_value(C.mean(0))) ** 2
    even = [
        not ratio_exceeds(plan.ratio, value, wide * one)
        for value, one in zip(values, C, strict=True)
    ]
    return precision, float(((bound <= margin) & even).sum() / plan.n_runs)


def _normalised(beta: Array, covariance: Array) -> tuple[Array, Array]:
    """Return normalised scales of raw ones, and their covariances."""
    n = beta.shape[1]
    J = np.zeros((len(beta), n + 1, n))
    J[:, np.arange(1, n), np.arange(n - 1)] = 1 / beta[:, -1:]
    J[:, 1:n, -1] = -beta[:, :-1] / beta[:, -1:] ** 2
    values = np.concatenate([np.zeros((len(beta), 1)), beta / beta[:, -1:]], axis=1)
    return values, J @ covariance @ J.transpose(0, 2, 1)


def _dealt(size: StudySize, n_sets: int) -> npt.NDArray[np.int64]:
    """Return how often every participant judges every set, as the lists deal them."""
    N = np.zeros((size.participants, n_sets), np.int64)
    place = np.arange(size.participants * size.repeats)
    np.add.at(N, (place // size.repeats, place % n_sets), 1)
    return N


KIND = DesignKind(
    "triads or quadruples: which pair differs more? (difference scaling)",
    make_mlds,
    planning=Planning(
        unit="of the scale",
        most_margin=0.4,
        repeats=_repeats,
        simulate=_simulate,
        size=_size,
        counted=lambda n: f"{counted(n, 'trial')} for each continuum",
    ),
    task="scale",
    n_stimuli=tuple(FORMS.values()),
    options={
        "form": Option(
            "Stimuli of a trial; default: triads.", type=str, choices=tuple(FORMS)
        ),
        "images": Option(
            "Number of images compared per continuum; default: all.", least=3
        ),
        "practice": PRACTICE,
        "block_trials": BLOCK_TRIALS,
    },
    form=lambda trial: {n: name for name, n in FORMS.items()}[len(trial.stimuli)],
)
