"""Whether intervals of psychometric functions hold the truth where participants differ.

Usage: python benchmarks/interval_coverage.py [--runs 1000] [--typical 300] [--seed 3]

Participants differ in their point of equality (SD 0.8 steps) and in their slope;
identities differ by 0.6 steps. Some answers do not depend on the image. Printed is how
often nominal 95 % intervals hold the truth, with its Monte Carlo error, and the bias:
of the PSE of an identity, from the profile of all answers and from drawing participants
again; of its JND, from drawing participants again, where the truth is the function of
very many participants together; and, in `--typical` studies, of the typical (median)
participant from random slopes with guesses and lapses: of the PSE, where the truth is
that of all identities, and of the JND. Studies without such a fit are counted.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from morphkit.errors import InputError
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.pooling import fit_identities
from morphkit.psychophysics.psychometric import fit_psychometric
from morphkit.psychophysics.random_slopes import fit_random_slopes

STEPS = np.arange(1.0, 16)
MIDDLE, SPREAD, BETWEEN = 8.0, 1.8, 0.8
Cell = tuple[int, int, int, float, float]
#: Identities, participants, answers a cell, SD of the log slopes, blind answers.
CELLS: tuple[Cell, ...] = (
    (1, 5, 10, 0.2, 0.0),
    (1, 10, 10, 0.2, 0.0),
    (1, 20, 10, 0.2, 0.0),
    (1, 10, 10, 0.5, 0.0),
    (4, 10, 3, 0.3, 0.04),
    (4, 20, 3, 0.3, 0.04),
)


def shares_of(
    n: int,
    moved: npt.NDArray[np.float64],
    sd_slope: float,
    blind: float,
    generator: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Return the shares of second labels: identities, participants, steps."""
    own = generator.normal(0, BETWEEN, (1, n, 1))
    slope = np.exp(generator.normal(0, sd_slope, own.shape)) / SPREAD
    share = ndtr((STEPS - MIDDLE - own - moved) * slope)
    return np.asarray(blind / 2 + (1 - blind) * share)


def jnd_of_all(sd_slope: float, blind: float) -> float:
    """Return the JND of the function of very many participants together."""
    generator = np.random.default_rng(1)
    share = shares_of(20_000, np.zeros((1, 1, 1)), sd_slope, blind, generator)
    n = np.full(15, 1e6)
    return fit_psychometric(STEPS, np.rint(n * share.mean((0, 1))), n).jnd


def studies(cell: Cell, runs: int, seed: int) -> Iterator[tuple[CrossedCounts, float]]:
    """Yield answers, and the true PSE of the first identity."""
    n_identities, n_participants, n, sd_slope, blind = cell
    generator = np.random.default_rng(seed)
    for _ in range(runs):
        moved = generator.normal(0, 0.6, (n_identities, 1, 1)) * (n_identities > 1)
        share = shares_of(n_participants, moved, sd_slope, blind, generator)
        counts = CrossedCounts(
            np.tile(STEPS, (n_identities, 1)),
            generator.binomial(n, share),
            np.full(share.shape, n),
        )
        yield counts, MIDDLE + float(moved[0, 0, 0])


def identities(cell: Cell, runs: int, seed: int) -> str:
    """Return how often intervals of an identity hold."""
    jnd, generator = jnd_of_all(*cell[3:]), np.random.default_rng(seed)
    found = []
    for counts, truth in studies(cell, runs, seed):
        fits, ends = fit_identities(counts, generator, n_samples=300)
        pse, width = ends["identity_pse"][0], ends["identity_jnd"][0]
        if fits[0] is not None and pse is not None and width is not None:
            found.append(
                (
                    fits[0].pse_profile.contains(truth),
                    pse.contains(truth),
                    width.contains(jnd),
                    fits[0].jnd / jnd,
                )
            )
    return told(found, runs)


def typical(cell: Cell, runs: int, seed: int) -> str:
    """Return how often intervals of the typical participant hold."""
    jnd, start, found = ndtri(0.75) * SPREAD, (-MIDDLE / SPREAD, 1 / SPREAD), []
    for counts, _ in studies(cell, runs, seed):
        try:
            fit = fit_random_slopes(
                counts.levels, counts.chosen, counts.shown, start=start
            )
        except InputError:
            continue
        found.append(
            (
                fit.pse_interval.contains(MIDDLE),
                fit.jnd_interval.contains(jnd),
                fit.jnd / jnd,
            )
        )
    return told(found, runs)


def told(found: list[tuple[float, ...]], runs: int) -> str:
    """Return shares of intervals that hold, the bias, and the error of a share."""
    if not found:
        return "-"
    *held, ratio = np.mean(found, 0)
    error = np.sqrt(0.05 * 0.95 / len(found))
    shares = " ".join(f"{one:6.1%}" for one in held)
    return f"{shares} ({ratio - 1:+.1%}) ± {error:.1%} of {len(found)}/{runs}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--typical", type=int, default=300)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    print("I  J  n SD(log slope) blind | identity: PSE by profile, PSE, JND (bias) |")
    print("  typical participant by random slopes: PSE, JND (bias)")
    for cell in CELLS:
        line = " ".join(f"{value:2}" for value in cell)
        one = identities(cell, asked.runs, asked.seed)
        print(
            line, one, typical(cell, asked.typical, asked.seed), sep=" | ", flush=True
        )


if __name__ == "__main__":
    main()
