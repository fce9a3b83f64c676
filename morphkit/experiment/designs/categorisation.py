"""Single-interval categorisation of every image.

It is sometimes loosely called 2AFC; but there is one interval, not two, so that a bias
towards one answer shifts the point of subjective equality.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import scipy

from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import (
    POWER,
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
    checked,
    chosen_continua,
    labels_of,
)
from morphkit.experiment.observers.probabilities import chance_of_second_label
from morphkit.experiment.observers.truth import SCALES
from morphkit.psychophysics.clustered import clustered_covariance
from morphkit.psychophysics.psychometric import fit_many
from morphkit.psychophysics.simultaneous_band import MIN_PARTICIPANTS


def make_categorisation(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    repeats: int = 3,
    practice: int = 4,
    feedback: bool = False,
    lists: int = 4,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design in which every image is assigned to one of two categories.

    Every image is shown once before any is shown again, in random order, and never
    twice in a row. The sides of the answers stay the same for a participant and are
    reversed in every second list.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    repeats : int, optional
        Showings of every image.
    practice : int, optional
        Trials with ends of continua before the others.
    feedback : bool, optional
        Say after each practice trial whether the answer was right: the label of that
        end. It is otherwise left open, since it teaches where to draw the line.
    lists : int, optional
        Orders to draw; best an even number.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, image until the answer.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, or the continua have
        several pairs of labels.
    """
    settings = checked(
        {
            "repeats": repeats,
            "practice": practice,
            "feedback": feedback,
            "lists": lists,
            "block_trials": block_trials,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    labels = labels_of(chosen)
    rows = [row for each in chosen.values() for row in each]
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        flipped = number % 2 == 1
        parts = [
            practice_trials(
                rows,
                draws,
                n=practice,
                choices=labels,
                flipped=flipped,
                feedback=feedback,
            )
        ]
        shown = [t.stimuli[0] for part in parts for t in part]
        main = passes(rows, draws, repeats, after=shown[-1] if shown else None)
        parts.append([category_trial("main", name, labels, flipped) for name in main])
        made.append(join(parts, longest=block_trials))
    return timed_design(
        "categorisation", made, seed, timing=timing or Timing(), settings=settings
    )


def category_trial(
    phase: str,
    stimulus: str,
    labels: tuple[str, str],
    flipped: bool,
    correct: str = "",
) -> Trial:
    """Return a trial that asks for the category of one image."""
    return Trial(phase, 1, (stimulus,), labels, flipped=flipped, correct=correct)


def passes(
    rows: Stimuli,
    draws: Draws,
    repeats: int,
    *,
    after: str | None = None,
) -> list[str]:
    """Return every image `repeats` times: all of them before any is repeated."""
    names = [row.stimulus_id for row in rows]
    order: list[str] = []
    for _ in range(repeats):
        order += draws.apart(names, key=str, after=order[-1] if order else after)
    return order


def practice_trials(
    rows: Stimuli,
    draws: Draws,
    *,
    n: int,
    choices: tuple[str, str],
    flipped: bool,
    feedback: bool = False,
) -> list[Trial]:
    """Return `n` trials with the first and last images of continua.

    Both labels occur equally often, up to one. Only with feedback is one correct.
    """
    ends: dict[bool, list[str]] = {
        last: draws.shuffled(
            row.stimulus_id for row in rows if row.step == (row.n_steps if last else 1)
        )
        for last in (False, True)
    }
    sides = [bool(k % 2) for k in range(n)]
    drawn = [
        (last, ends[last][k // 2 % len(ends[last])]) for k, last in enumerate(sides)
    ]
    order = draws.apart(drawn, key=lambda each: each[1])
    return [
        category_trial(
            "practice", name, choices, flipped, choices[int(last)] if feedback else ""
        )
        for last, name in order
    ]


def _simulate(
    plan: Plan,
    size: StudySize,
    margin: float | None,
    generator: np.random.Generator,
) -> Outcome:
    """Return precision and power for a point of subjective equality, in steps."""
    rows = next(iter(chosen_continua(plan.stimuli).values()))
    levels = np.array([row.known_level for row in rows])
    n_continua = plan.n_continua()
    K = np.zeros((plan.n_runs, size.participants, len(levels)))
    shape, who = SCALES[plan.observer.scale], plan.observer
    for run in range(plan.n_runs):
        people = plan.people(size, generator)
        shifts = np.array([person.shift for person in people])[:, None]
        noises = np.array([person.noise_factor for person in people])[:, None]
        for looks in plan.looks(n_continua, generator):
            # What is special about one continuum is part of its own result.
            own = looks.shift if plan.pooled else 0.0
            chance = chance_of_second_label(
                np.array(
                    [
                        shape.at(levels, shape.within(looks.bend + p.bend))
                        for p in people
                    ]
                ),
                who.boundary + own + shifts,
                who.category_noise * noises,
                lapses=who.lapses,
                guess=who.guess,
            )
            K[run] += generator.binomial(size.repeats, chance)
    N = np.full(K.shape[1:], float(size.repeats * n_continua))
    steps = np.arange(1.0, len(levels) + 1)
    scored, _ = fit_many(steps, K.sum(1), np.tile(N.sum(0), (plan.n_runs, 1)))
    good = scored.converged & (scored.coefficients[:, 1] > 0)
    few = 1 < size.participants < MIN_PARTICIPANTS
    if good.mean() < 0.5 or few:
        return float("inf"), None if margin is None else 0.0
    kept = replace(
        scored,
        coefficients=scored.coefficients[good],
        covariance=scored.covariance[good],
    )
    C, quantile = kept.covariance, float(scipy.stats.norm.ppf(0.975))
    if size.participants > 1:
        X = np.stack([np.ones_like(steps), steps], 1)
        C = clustered_covariance(X, K[good], N, kept)
        quantile = float(scipy.stats.t.ppf(0.975, size.participants - 1))
    a, b = kept.coefficients.T
    pse = -a / b
    slopes = np.stack([-1 / b, a / b**2], 1)
    variance = np.einsum("ri,rij,rj->r", slopes, C, slopes)
    # Participants who all answer alike leave none, and rounding less than none.
    widths = quantile * np.sqrt(np.maximum(variance, 0.0))
    precision = float(np.quantile(widths, POWER))
    if margin is None:
        return precision, None
    away = np.abs(pse - (len(levels) + 1) / 2) + widths
    return precision, float((away <= margin).sum() / plan.n_runs)


KIND = DesignKind(
    "every image: one label or the other?",
    make_categorisation,
    planning=Planning(unit="steps", repeats=lambda plan: 3, simulate=_simulate),
    task="category",
    n_stimuli=(1,),
    options={
        "practice": PRACTICE,
        "feedback": Option("Give feedback in practice.", type=bool),
        "block_trials": BLOCK_TRIALS,
    },
    former_names=("2afc",),
)
