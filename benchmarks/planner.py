"""Whether planned studies do what they were planned for.

Usage: python benchmarks/planner.py [--runs 100] [--studies 200] [--seed 11]

Of every goal, the planner says how many participants it needs. Studies of that size are
then simulated anew and analysed as `calibrate fit` and `calibrate scale` do it,
participants drawn again. Printed are the planned share of studies that reach the goal
(80 % or a little more), and the realised one with its Monte Carlo error. Of training
trials with two arms (`calibrate course --difference`) a regression of its own looks for
the difference.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "helpers"))
from small_rows import stimuli_rows

from morphkit.experiment.analysis.scales import with_student_quantiles
from morphkit.experiment.designs.kind import StudySize
from morphkit.experiment.designs.mlds import balanced_sets
from morphkit.experiment.observers import Observer
from morphkit.experiment.observers.probabilities import (
    chance_of_second_label,
    chance_of_second_pair,
)
from morphkit.experiment.observers.truth import SCALES
from morphkit.experiment.power import Planner, find_need
from morphkit.experiment.trial_power import (
    TrialGoal,
    TrialSize,
    draw_thresholds,
    find_trial_need,
)
from morphkit.psychophysics.comparisons import Comparisons
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.difference_scaling import fit_scale, resample_participants
from morphkit.psychophysics.equivalence import certify
from morphkit.psychophysics.pooling import fit_identities

ROWS = stimuli_rows(("ada",))
LEVELS = np.array([row.known_level for row in ROWS])
PLAIN = Observer()
#: Differences between two arms.
TRIALS = (TrialGoal(1.0), TrialGoal(1.0, dropout=0.15), TrialGoal(1.5, change_sd=1.9))
#: Design, goal, how far neighbouring steps may differ, observers.
GOALS = (
    ("categorisation", {"precision": 0.5}, 1.5, PLAIN),
    ("categorisation", {"margin": 1.0}, 1.5, PLAIN),
    ("mlds", {"margin": 0.075}, 2.0, PLAIN),
    ("mlds", {"margin": 0.075}, 2.0, dataclasses.replace(PLAIN, shape_spread=0.3)),
    ("mlds", {"margin": 0.05}, 1.5, PLAIN),
)


def scaling(
    planner: Planner, size: StudySize, margin: float, generator: np.random.Generator
) -> bool:
    """Return whether a new study certifies an even continuum."""
    sets = np.array(balanced_sets(len(LEVELS), 3))
    who, shape = planner.observer, SCALES[planner.observer.scale]
    people = planner.people(size, generator)
    order = np.arange(size.participants * size.repeats)
    rater, asked = order // size.repeats, order % len(sets)
    seen = np.array([shape.at(LEVELS, shape.within(p.bend)) for p in people])
    noise = who.noise * np.array([p.noise_factor for p in people])
    chance = chance_of_second_pair(
        seen[rater[:, None], sets[asked]],
        noise[rater],
        lapses=who.lapses,
        guess=who.guess,
    )
    second = generator.random(len(order)) < chance
    trials = Comparisons(sets[asked][:, [0, 1, 1, 2]], second, len(LEVELS))
    scale = fit_scale(trials)
    drawn = resample_participants(trials, rater, scale, generator, n_samples=300)
    scale = with_student_quantiles(scale, drawn, size.participants)
    found = certify(
        scale,
        margin=margin,
        ratio_limit=planner.ratio,
        n_participants=size.participants,
    )
    return found.verdict == "uniform"


def categories(
    planner: Planner, size: StudySize, generator: np.random.Generator
) -> tuple[float, float]:
    """Return the half-width of an interval that a new study prints, and the PSE."""
    who, people = planner.observer, planner.people(size, generator)
    places = SCALES[who.scale].at(LEVELS, who.true_bend)
    shift = np.array([p.shift for p in people])[:, None]
    noise = who.category_noise * np.array([p.noise_factor for p in people])[:, None]
    chance = chance_of_second_label(
        places, who.boundary + shift, noise, lapses=who.lapses, guess=who.guess
    )
    counts = CrossedCounts(
        np.arange(1.0, len(LEVELS) + 1)[None],
        generator.binomial(size.repeats, chance)[None],
        np.full((1, *chance.shape), size.repeats),
    )
    (one,), intervals = fit_identities(counts, generator, n_samples=500)
    ends = intervals["identity_pse"][0]
    if ends is None or ends.low is None or ends.high is None or one is None:
        return float("inf"), float("nan")
    return (ends.high - ends.low) / 2, one.pse


def found_by_regression(
    goal: TrialGoal, size: TrialSize, per_arm: int, generator: np.random.Generator
) -> tuple[bool, float]:
    """Return whether a new trial finds the difference, and the interval's half-width.

    After is regressed on before and arm by the normal equations, not by the analysis
    that the planner runs.
    """
    arms = np.repeat([0, 1], per_arm)
    arms = arms[generator.random(len(arms)) >= goal.dropout]
    before, after = draw_thresholds(goal, size, arms, generator)
    X = np.column_stack([np.ones(len(arms)), arms, before])
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ after
    left, degrees = after - X @ beta, len(arms) - 3
    error = float(np.sqrt(left @ left / degrees * inverse[1, 1]))
    reach = float(stats.t.ppf(0.975, degrees)) * error
    return bool(beta[1] > reach), reach


def trials(runs: int, studies: int, seed: int) -> None:
    """Print planned and realised shares of trials with two arms."""
    size = TrialSize(2, 1, len(LEVELS), 3)
    for goal in TRIALS:
        need = find_trial_need(goal, size, n_runs=runs)
        generator = np.random.default_rng(seed)
        done = [
            found_by_regression(goal, size, need.per_arm, generator)
            for _ in range(studies)
        ]
        share = np.mean([found for found, _ in done])
        narrow = np.mean([width <= need.precision for _, width in done])
        error = np.sqrt(share * (1 - share) / studies)
        print(
            f"training, {goal.difference} steps, dropout {goal.dropout}, SD of changes "
            f"{goal.change_sd} | {need.per_arm} in each of two arms | planned "
            f"{need.power:.0%}, realised {share:.1%} ± {error:.1%}; half-width at most "
            f"{need.precision:.2f} planned in 80 %, realised in {narrow:.1%}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--part", choices=("all", "trials"), default="all")
    asked = parser.parse_args()
    trials(asked.runs, asked.studies, asked.seed)
    if asked.part == "trials":
        return
    print("design, goal, ratio, SD of raters' bend | participants x trials | shares")
    for kind, goal, ratio, observer in GOALS:
        planner = Planner(kind, ROWS, observer, 1, n_runs=asked.runs, ratio=ratio)
        need = find_need(planner, **goal)
        generator = np.random.default_rng(asked.seed)
        reached = []
        for _ in range(asked.studies):
            if kind == "mlds":
                found = scaling(planner, need.study, goal["margin"], generator)
            else:
                width, pse = categories(planner, need.study, generator)
                middle = (len(LEVELS) + 1) / 2
                found = (
                    width <= goal["precision"]
                    if "precision" in goal
                    else abs(pse - middle) + width <= goal["margin"]
                )
            reached.append(found)
        share = float(np.mean(reached))
        error = np.sqrt(share * (1 - share) / len(reached))
        planned = "80 %" if need.power is None else f"{need.power:.0%}"
        print(
            f"{kind}, {goal}, {ratio}, {observer.shape_spread} | "
            f"{need.study.participants} x {need.study.repeats} | planned {planned}, "
            f"realised {share:.1%} ± {error:.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
