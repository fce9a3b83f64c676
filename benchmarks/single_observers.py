"""Whether intervals of a single observer's psychometric function hold the truth.

Usage: python benchmarks/single_observers.py [--runs 500] [--lapse-runs 200] [--seed 7]
           [--part plain discrete both symmetric]

One observer answers 15 steps, 3 to 100 times each. Printed is how often nominal 95 %
intervals hold the truth, with the Monte Carlo error, of all data sets that have a fit;
how many have none (all answers alike, or none that changes with the step); the median
bias of the PSE, steps, and of the JND. `plain` are functions without guesses and
lapses, as `morphkit calibrate fit` fits participants; `both` and `symmetric` are those
of `--lapses` (threshold in place of the PSE), with the number of fits that say that a
parameter is at its limit: an observer who guesses more often than is considered has to
be told. `discrete` is about observers whose answers are nearly certain: how many
different data sets they give, and how often intervals of the PSE of other levels would
hold the truth. Where hardly anything differs, no level is met exactly.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Answers, Interval
from morphkit.psychophysics.lapses import fit_with_lapses
from morphkit.psychophysics.links import LINKS
from morphkit.psychophysics.psychometric import fit_psychometric
from morphkit.psychophysics.score_tests import statistic_of_pse

#: PSE, JND, intervals, whether the fit says that something is at its limit.
Fitted = tuple[float, float, Interval, Interval, bool]

STEPS = np.arange(1.0, 16)


@dataclass(frozen=True)
class Cell:
    """One kind of observer: answers a step, PSE, σ, guess and lapse rate."""

    n: int
    pse: float
    sigma: float
    guess: float = 0.0
    lapse: float = 0.0

    @property
    def chances(self) -> npt.NDArray[np.float64]:
        """The chance of the second label at each step."""
        share = ndtr((STEPS - self.pse) / self.sigma)
        return np.asarray(self.guess + (1 - self.guess - self.lapse) * share)


PLAIN = (
    Cell(3, 8, 1), Cell(3, 8, 1.8), Cell(3, 8, 3), Cell(3, 6.4, 1.8), Cell(10, 8, 1.8),
    Cell(20, 8, 3), Cell(10, 8.3, 0.3), Cell(20, 8.3, 0.6), Cell(10, 17, 1.8),
    Cell(10, 15.5, 1.8), Cell(3, 13, 1.8), Cell(20, -1, 3),
)  # fmt: skip
#: Cells whose answers are nearly certain, and levels of their intervals.
DISCRETE = (Cell(3, 8, 1), Cell(10, 8.3, 0.3), Cell(10, 17, 1.8))
LEVELS = (0.85, 0.9, 0.93, 0.94, 0.95, 0.96)
BOTH = (
    Cell(20, 8, 1.8), Cell(20, 8, 1.8, 0.05, 0.05), Cell(20, 8, 1.8, 0.02, 0.02),
    Cell(20, 8, 1.8, 0.0, 0.1), Cell(20, 8, 1.8, 0.1, 0.02),
    Cell(100, 6, 1.8, 0.05, 0.05), Cell(3, 8, 1.8, 0.02, 0.02),
    Cell(20, 13, 1.8, 0.05, 0.05), Cell(20, 8.3, 0.5, 0.05, 0.05),
    Cell(100, 8, 1.8, 0.25, 0.25),
)  # fmt: skip


#: Those that guess as often as they lapse.
SYMMETRIC = tuple(cell for cell in BOTH if cell.guess == cell.lapse)


def plain(k: npt.NDArray[np.float64], n: int) -> Fitted:
    """Return PSE, JND and their intervals as those of `fit_psychometric`."""
    fit = fit_psychometric(STEPS, k, np.full(15, n))
    return fit.pse, fit.jnd, fit.pse_score, fit.jnd_score, False


def lapses(k: npt.NDArray[np.float64], n: int, rates: str) -> Fitted:
    """Return threshold, JND and their intervals as those of `fit_with_lapses`."""
    fit = fit_with_lapses(STEPS, k, np.full(15, n), rates=rates)
    ends = fit.threshold_interval, fit.jnd_interval
    return fit.threshold, fit.jnd, *ends, bool(fit.at_bound)


def run(
    cell: Cell, fit: Callable[..., Fitted], runs: int, seed: int | list[int]
) -> str:
    """Return the line of a cell."""
    generator = np.random.default_rng(seed)
    jnd = float(ndtri(0.75)) * cell.sigma
    found, none = [], 0
    for _ in range(runs):
        try:
            one = fit(generator.binomial(cell.n, cell.chances), cell.n)
        except InputError:
            none += 1
            continue
        place, width, places, widths, said = one
        found.append(
            (
                places.contains(cell.pse),
                widths.contains(jnd),
                place - cell.pse,
                width / jnd,
                said,
            )
        )
    table = np.array(found, float)
    held = table[:, :2].mean(0)
    errors = np.sqrt(np.maximum(held * (1 - held), 0.01) / len(table))
    return (
        f"{cell.n:4} {cell.pse:5} {cell.sigma:4} {cell.guess:5} {cell.lapse:5} | "
        f"PSE {held[0]:6.1%} ± {errors[0]:.1%} "
        f"(median {np.median(table[:, 2]):+.2f}) | "
        f"JND {held[1]:6.1%} ± {errors[1]:.1%} "
        f"(median {np.median(table[:, 3]) - 1:+.1%}) | "
        f"no fit {none}, at a limit {table[:, 4].sum():.0f}"
    )


def discreteness(cell: Cell, runs: int, seed: int) -> str:
    """Return how many data sets differ, and how often each level holds the truth."""
    generator = np.random.default_rng(seed)
    answers = generator.binomial(cell.n, cell.chances, (runs, 15)).astype(float)
    total = answers.sum(1)
    answers = answers[(total > 0) & (total < 15 * cell.n)]
    different, times = np.unique(answers, axis=0, return_counts=True)
    shown, probit = np.full(15, float(cell.n)), LINKS["probit"]
    found = np.array(
        [
            statistic_of_pse(Answers(STEPS, k, shown), cell.pse, probit)
            for k in different
        ]
    )
    held = [times[found <= chi2.ppf(one, 1)].sum() / times.sum() for one in LEVELS]
    shares = ", ".join(
        f"{one:.0%}: {h:.1%}" for one, h in zip(LEVELS, held, strict=True)
    )
    most = np.sort(times)[::-1].cumsum() / times.sum()
    return (
        f"{cell.n:4} {cell.pse:5} {cell.sigma:4} | {int((most < 0.9).sum()) + 1} data "
        f"sets are 90 % of {times.sum()} | levels: PSE held {shares}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--lapse-runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parts: dict[str, tuple[tuple[Cell, ...], Callable[..., Fitted]]] = {
        "plain": (PLAIN, plain),
        "both": (BOTH, partial(lapses, rates="both")),
        "symmetric": (SYMMETRIC, partial(lapses, rates="symmetric")),
    }
    names = [*parts, "discrete"]
    parser.add_argument("--part", choices=names, nargs="+", default=names)
    asked = parser.parse_args()
    if "discrete" in asked.part:
        for cell in DISCRETE:
            print(discreteness(cell, 10 * asked.runs, asked.seed), flush=True)
    for name in (one for one in asked.part if one in parts):
        cells, fit = parts[name]
        print(f"{name}: answers a step, PSE, sigma, guess, lapse | coverage (bias)")
        for number, cell in enumerate(cells):
            runs = asked.runs if name == "plain" else asked.lapse_runs
            # These runs are fewer: with the same random numbers in every cell, all
            # would be off alike.
            seed = asked.seed if name == "plain" else [asked.seed, number]
            print(run(cell, fit, runs, seed), flush=True)


if __name__ == "__main__":
    main()
