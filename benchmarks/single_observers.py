"""Whether intervals of a single observer's psychometric function hold the truth.

Usage: python benchmarks/single_observers.py [--runs 500] [--lapse-runs 200] [--seed 7]
           [--part plain lapses]

One observer answers 15 steps, 3 to 100 times each. Printed is how often nominal 95 %
intervals hold the truth, with the Monte Carlo error, of all data sets that have a fit;
how many have none (all answers alike, or none that changes with the step); the median
bias of the PSE, steps, and of the JND. `plain` are functions without guesses and
lapses, as `morphkit calibrate fit` fits participants; `lapses` are those of
`--lapses both` (threshold in place of the PSE).
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.lapses import fit_with_lapses
from morphkit.psychophysics.psychometric import fit_psychometric

Fitted = tuple[float, float, Interval, Interval]

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
LAPSES = (
    Cell(20, 8, 1.8), Cell(20, 8, 1.8, 0.05, 0.05), Cell(20, 8, 1.8, 0.02, 0.02),
    Cell(20, 8, 1.8, 0.0, 0.1), Cell(20, 8, 1.8, 0.1, 0.02),
    Cell(100, 6, 1.8, 0.05, 0.05), Cell(3, 8, 1.8, 0.02, 0.02),
    Cell(20, 13, 1.8, 0.05, 0.05), Cell(20, 8.3, 0.5, 0.05, 0.05),
)  # fmt: skip


def plain(k: npt.NDArray[np.float64], n: int) -> Fitted:
    """Return PSE, JND and their intervals as those of `fit_psychometric`."""
    fit = fit_psychometric(STEPS, k, np.full(15, n))
    return fit.pse, fit.jnd, fit.pse_profile, fit.jnd_profile


def lapses(k: npt.NDArray[np.float64], n: int) -> Fitted:
    """Return threshold, JND and their intervals as those of `fit_with_lapses`."""
    fit = fit_with_lapses(STEPS, k, np.full(15, n))
    return fit.threshold, fit.jnd, fit.threshold_profile, fit.jnd_profile


def run(cell: Cell, fit: Callable[..., Fitted], runs: int, seed: int) -> str:
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
        place, width, places, widths = one
        found.append(
            (
                places.contains(cell.pse),
                widths.contains(jnd),
                place - cell.pse,
                width / jnd,
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
        f"no fit {none}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--lapse-runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parts = {"plain": (PLAIN, plain), "lapses": (LAPSES, lapses)}
    parser.add_argument("--part", choices=list(parts), nargs="+", default=list(parts))
    asked = parser.parse_args()
    for name in asked.part:
        cells, fit = parts[name]
        print(f"{name}: answers a step, PSE, sigma, guess, lapse | coverage (bias)")
        for cell in cells:
            runs = asked.runs if name == "plain" else asked.lapse_runs
            print(run(cell, fit, runs, asked.seed), flush=True)


if __name__ == "__main__":
    main()
