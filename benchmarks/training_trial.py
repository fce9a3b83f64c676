"""Whether a training trial's table of outcomes says what was done to the participants.

Usage: python benchmarks/training_trial.py [--runs 100] [--seed 4]

Trials are simulated with the size and the changes of Carnegie et al. (2016,
doi:10.1007/s00737-015-0565-5): 32 mothers in three arms, 15 images of an infant, three
showings of each before and after; changes of -1.7 [-3.1, -0.3], +1.3 [0.6, 2.1] and
+0.1 [-0.8, 1.1] steps. The spread of true changes in each arm is that of the interval,
less what counting 45 answers adds. Printed is how often the mean change of an arm lies
in its published interval, how often nominal 95 % intervals hold the truth (of the mean
of an arm; of the difference from the control arm by analysis of covariance, and by the
mixed model; of single participants), and how often two arms that are alike are found to
differ, all with their Monte Carlo error.

A second part lets observers learn from the feedback of a whole course.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
from collections import defaultdict

import numpy as np
from scipy.special import ndtr

from morphkit.experiment.allocation import allocate
from morphkit.experiment.analysis.outcome_values import Outcome, OutcomeSettings
from morphkit.experiment.analysis.training import measure_outcome
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs.training import make_training
from morphkit.experiment.observers import Observer, answer_visits
from morphkit.pack.rows import Stimulus

LABELS = ("happy", "distressed")
STEPS = np.arange(1, 16)
#: Arm -> participants, mean change, its published interval.
PUBLISHED = {
    "lowered": (11, -1.7, (-3.1, -0.3)),
    "raised": (11, 1.3, (0.6, 2.1)),
    "control": (10, 0.1, (-0.8, 1.1)),
}
#: Spread of a psychometric function, and of points of equality, steps.
SPREAD, BETWEEN = 1.8, 1.0
#: Half the width of a 95 % interval of the mean of n, in standard errors.
HALF = {10: 2.262, 11: 2.228}


def stimuli(names: tuple[str, ...] = ("infant",)) -> dict[str, Stimulus]:
    """Return the images of continua of 15 steps."""
    rows = [
        Stimulus(
            stimulus_id=f"{name}_s{step:02d}",
            file=f"stimuli/{name}_s{step:02d}.png",
            continuum_id=f"{name}_happy_distressed",
            identity_id=name,
            from_label=LABELS[0],
            to_label=LABELS[1],
            step=int(step),
            n_steps=15,
            level=float(step - 1) / 14,
            perceptual_position=None,
            width=1,
            height=1,
            bytes=1,
            sha256="0" * 64,
            pixel_sha256="0" * 64,
            kind="morph",
            ambiguous=None,
        )
        for name in names
        for step in STEPS
    ]
    return {row.stimulus_id: row for row in rows}


def true_spread(arm: str) -> float:
    """Return the standard deviation of true changes in an arm."""
    n, _, (low, high) = PUBLISHED[arm]
    observed = (high - low) / 2 / HALF[n] * np.sqrt(n)
    counted = 2 * SPREAD / np.sqrt(np.pi) / 3
    return float(np.sqrt(max(observed**2 - counted, 0.0)))


def one_trial(
    generator: np.random.Generator, changes: dict[str, float]
) -> tuple[list[Answer], dict[str, float]]:
    """Return the answers of one simulated trial, and the true change of everybody."""
    answers: list[Answer] = []
    true: dict[str, float] = {}
    for arm, (n, _, _) in PUBLISHED.items():
        for k in range(n):
            who = f"{arm}{k}"
            before = generator.normal(8, BETWEEN)
            true[who] = changes[arm] + generator.normal(0, true_spread(arm))
            for phase, place in (("baseline", before), ("test", before + true[who])):
                chance = ndtr((STEPS - place) / SPREAD).repeat(3)
                second = generator.random(45) < chance
                answers += [
                    Answer(
                        *(who, order + 1, (f"infant_s{step:02d}",), LABELS[int(said)]),
                        design="training",
                        phase=phase,
                        arm=arm,
                    )
                    for order, (step, said) in enumerate(
                        zip(STEPS.repeat(3), second, strict=True)
                    )
                ]
            answers.append(
                Answer(who, 99, ("infant_s01",), LABELS[0], phase="training", arm=arm)
            )
    return answers, true


Held = dict[str, list[float]]


def published(runs: int, seed: int) -> None:
    """Print the table of trials of the published size."""
    generator = np.random.default_rng(seed)
    rows = stimuli()
    settings = OutcomeSettings(reference="control")
    changes = {arm: mean for arm, (_, mean, _) in PUBLISHED.items()}
    held: Held = defaultdict(list)
    for _ in range(runs):
        answers, true = one_trial(generator, changes)
        found = measure_outcome(answers, rows, LABELS, settings=settings)
        note(held, found, changes, true)
        answers, _ = one_trial(generator, changes | {"raised": changes["control"]})
        alike = measure_outcome(answers, rows, LABELS, settings=settings)
        for one in alike.comparisons:
            if one.arm == "raised":
                name = f"arms alike, found to differ by {one.model}"
                held[name].append(one.effect.p < 0.05)
    print(f"{runs} trials of 32 mothers, and {runs} in which raised is as control")
    for name, values in held.items():
        mean, error = np.mean(values), np.std(values) / np.sqrt(len(values))
        if name.startswith("steps"):
            print(f"{name:58s} {mean:6.2f} ± {error:.2f}")
        else:
            print(f"{name:58s} {100 * mean:6.1f} ± {100 * error:.1f} %")


def note(
    held: Held, found: Outcome, changes: dict[str, float], true: dict[str, float]
) -> None:
    """Note of one trial what lies where."""
    for one in found.comparisons:
        difference = changes[one.arm] - changes["control"]
        holds = one.effect.low <= difference <= one.effect.high
        held[f"difference by {one.model} holds the truth"].append(holds)
    for arm in found.arms:
        low, high = PUBLISHED[arm.arm][2]
        inside = low <= arm.change.estimate <= high
        held[f"mean change of {arm.arm} in the published interval"].append(inside)
        holds = arm.change.low <= changes[arm.arm] <= arm.change.high
        held["interval of the mean of an arm holds the truth"].append(holds)
        held[f"steps: mean change of {arm.arm}"].append(arm.change.estimate)
    for one in found.changes:
        holds = one.low <= true[one.participant] <= one.high
        held["interval of a participant holds the truth"].append(holds)


def learned(seed: int, n: int) -> None:
    """Print what observers learn in five sessions, by arm."""
    names = ("a", "b", "c")
    rows = stimuli(names)
    arms = ("raised=2", "lowered=-2", "control=0", "placebo=sham")
    parts = {f"visit-{k}": "middle" for k in range(1, 6)}
    parts |= {"visit-1": "first", "visit-5": "last", "follow-up": "follow-up"}
    visits = {
        visit: make_training(
            list(rows.values()),
            seed=seed,
            arms=arms,
            transfer=["c_happy_distressed"],
            visit=visit,
            parts=part,
            training_blocks=3,
        )
        for visit, part in parts.items()
    }
    allocation = allocate(visits["visit-1"], n, seed=seed)
    answers = answer_visits(
        visits,
        list(rows.values()),
        Observer(learning=0.03, generalisation=0.5, retention=0.9),
        codes={one.code: one.list_number for one in allocation.places},
        dropout=0.03,
        generator=np.random.default_rng(seed),
    )
    found = measure_outcome(
        answers, rows, LABELS, settings=OutcomeSettings(), allocation=allocation
    )
    print(f"\nfive sessions and a follow-up, {len(allocation.places)} participants")
    for one in found.arms:
        print(
            f"{one.identities:9s} {one.arm:8s} n {one.n:3d} change "
            f"{one.change.estimate:+.2f} "
            f"[{one.change.low:+.2f}, {one.change.high:+.2f}]"
            f"; raised {one.raised}, lowered {one.lowered}"
        )
    for one in found.comparisons:
        effect = one.effect
        print(
            f"{one.identities:9s} {one.model:6s} {one.occasion:14s} {one.arm:8s} "
            f"{effect.estimate:+.2f} [{effect.low:+.2f}, {effect.high:+.2f}]"
        )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--participants", type=int, default=120)
    asked = parser.parse_args()
    published(asked.runs, asked.seed)
    learned(asked.seed, asked.participants)


if __name__ == "__main__":
    main()
