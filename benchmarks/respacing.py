"""How often respacing is right: leaves an even continuum alone, mends an uneven one.

Simulated participants judge triads of 8 of 15 images; a scale is fitted to their
answers and `respace` decides. The truth is known: an even scale should be left alone
(95 % of studies at least), a strongly curved one should come out more even.

    python benchmarks/respacing.py [--runs 100]

Prints a table; exit code 1 if a line falls short of 95 %.
"""

import argparse
import sys
from itertools import combinations

import numpy as np

from morphkit.experiment.observers import SCALES
from morphkit.experiment.observers.probabilities import chance_of_second_pair
from morphkit.psychophysics.comparisons import make_comparisons
from morphkit.psychophysics.difference_scaling import compare_with_line, fit_scale
from morphkit.psychophysics.respacing import departure, max_min, respace

LEVELS = np.linspace(0, 1, 8)
PRESENT = np.linspace(0, 1, 15)
TRIADS = np.array(list(combinations(range(8), 3)))
MARGIN = 0.05
ENOUGH = 0.95

#: Scale, bend, noise, triads in all, and what should come of it in 95 % of studies.
STUDIES = [
    *(("linear", 0.0, 0.1, n, "left") for n in (56, 112, 280, 560)),
    *(("linear", 0.0, 0.2, n, "left") for n in (56, 112, 280, 560)),
    *(("linear", 0.0, 0.4, n, "left") for n in (112, 560)),
    *(("wave", 2 / 3, 0.1, n, "better") for n in (112, 280, 1120)),
    *(("wave", 2 / 3, 0.2, n, "better") for n in (280, 560, 1120)),
    *(("power", 2.0, 0.1, n, "better") for n in (280, 1120)),
    *(("power", 2.0, 0.2, n, "better") for n in (560, 1120)),
    *(("categorical", 5.0, 0.2, n, "better") for n in (560, 1120)),
]
#: Milder curves: what happens is told, nothing is demanded, but never worse.
MILD = [
    *(("wave", 1 / 3, 0.2, n, "told") for n in (280, 560, 1120, 2240)),
    *(("wave", 0.1, 0.2, n, "told") for n in (560, 2240)),
]


def study(
    name: str, bend: float, noise: float, n_trials: int, generator: np.random.Generator
) -> tuple[bool, float, float]:
    """Return whether levels were changed, and the true departure before and after."""
    shape = SCALES[name]
    triads = np.tile(TRIADS, (n_trials // len(TRIADS), 1))
    chance = chance_of_second_pair(shape.at(LEVELS, bend)[triads], noise)
    second = generator.random(len(triads)) < chance
    rows = triads[:, [0, 1, 1, 2]].tolist()
    comparisons = make_comparisons(rows, second.tolist(), n_levels=8)
    scale = fit_scale(comparisons, LEVELS)
    result = respace(
        scale.levels,
        scale.values,
        scale.covariance,
        present=PRESENT,
        margin=MARGIN,
        generator=generator,
        separated=scale.separated,
        p_straight=compare_with_line(comparisons, scale).p_value,
        n_samples=500,
    )
    before, after = shape.at(PRESENT, bend), shape.at(result.levels, bend)
    if name == "linear":
        return result.applied, 1.0, max_min(after)
    if departure(after) > departure(before) + 1e-12:
        return result.applied, max_min(before), float("inf")
    return result.applied, max_min(before), max_min(after)


def main() -> int:
    """Print the table; return 1 if a line falls short."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    print(
        f"{given.runs} studies a line; max/min: largest over smallest true step, "
        "median\nworse: more uneven than before, in departure or max/min\n"
    )
    print(
        f"{'scale':12} {'bend':>5} {'noise':>5} {'triads':>6} {'changed':>8} "
        f"{'better':>7} {'worse':>6} {'before':>7} {'after':>6}"
    )
    short = 0
    for line, (name, bend, noise, n_trials, wanted) in enumerate(STUDIES + MILD):
        generator = np.random.default_rng([given.seed, line])
        done = [
            study(name, bend, noise, n_trials, generator) for _ in range(given.runs)
        ]
        changed = np.array([one[0] for one in done])
        before, after = (np.array([one[k] for one in done]) for k in (1, 2))
        better, worse = (after < before).mean(), (after > before + 1e-9).mean()
        share = {"left": 1 - changed.mean(), "better": better, "told": 1.0}[wanted]
        fails = share < ENOUGH
        short += fails
        print(
            f"{name:12} {bend:5.2f} {noise:5.2f} {n_trials:6} {changed.mean():8.0%} "
            f"{better:7.0%} {worse:6.0%} {before[0]:7.2f} {np.median(after):6.2f}"
            f"{'  FALLS SHORT' if fails else ''}",
            flush=True,
        )
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main())
