"""Whether every fit with guess and lapse rates ends in a result or a reason.

Usage: python benchmarks/lapse_fits.py [--runs 250] [--seed 9]

Observers answer 15 steps three times each (45 trials), without and with guesses and
lapses; then come odd data: each split of the answers at two levels, one step answered
the other way, answers all alike or reversed, coin tosses, single answers. Each is
fitted as by `morphkit calibrate fit --lapses both`. Counted are results, refusals with
their reason, tracebacks (anything but an error of morphkit's own), and silent bounds: a
rate, threshold or spread at the limit of what is considered, of which the result says
nothing. Exit code 1 if there is any of the latter two.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from morphkit.errors import MorphkitError
from morphkit.psychophysics.integrated_likelihood import MAX_RATE
from morphkit.psychophysics.lapses import LapseFit, fit_with_lapses

Data = tuple[npt.NDArray[np.float64], npt.NDArray[np.int_], npt.NDArray[np.int_]]
STEPS = np.arange(1.0, 16)
#: PSE, σ, guess and lapse rate.
OBSERVERS = (
    (5, 1.0, 0, 0), (5, 1.8, 0, 0), (5, 3.0, 0, 0), (8, 1.8, 0.02, 0.02),
    (13, 1.8, 0.05, 0.05), (8.3, 0.3, 0.1, 0.0),
)  # fmt: skip


def of_observers(runs: int, generator: np.random.Generator) -> Iterator[Data]:
    """Yield levels, answers and trials of simulated observers."""
    for pse, sigma, guess, lapse in OBSERVERS:
        chance = guess + (1 - guess - lapse) * ndtr((STEPS - pse) / sigma)
        for k in generator.binomial(3, chance, (runs, 15)):
            yield STEPS, k, np.full(15, 3)


def odd(generator: np.random.Generator) -> Iterator[Data]:
    """Yield data that hardly anybody means to measure."""
    three = np.full(15, 3)
    for value in (0, 3):
        yield STEPS, np.full(15, value), three
    for a, b in itertools.product(range(4), repeat=2):
        yield np.array([1.0, 15.0]), np.array([a, b]), np.array([3, 3])
        ends = np.zeros(15, int)
        ends[0], ends[-1] = a, b
        yield STEPS, ends, three
    for cut in range(16):
        split = np.where(np.arange(15) < cut, 0, 3)
        yield STEPS, split, three
        yield STEPS, split[::-1].copy(), three
        for stray in range(0, 15, 2):
            other = split.copy()
            other[stray] = 3 - other[stray]
            yield STEPS, other, three
    for n in (1, 3, 10):
        for k in generator.binomial(n, 0.5, (20, 15)):
            yield STEPS, k, np.full(15, n)
    for k in generator.binomial(1, ndtr((STEPS - 8) / 1.8), (20, 15)):
        yield STEPS, k, np.ones(15, int)


def silent(fit: LapseFit, x: npt.NDArray[np.float64]) -> bool:
    """Return whether something lies at a limit, and the result does not say so."""
    width = np.ptp(x)
    limits = {
        "guess": fit.guess > MAX_RATE - 1e-3,
        "lapse": fit.lapse > MAX_RATE - 1e-3,
        "spread": fit.spread < 1e-3 * np.diff(x).min(),
        "threshold": abs(fit.threshold - x.mean()) > 9.99 * width
        or fit.spread > 99 * width,
    }
    return any(at and n not in fit.at_bound for n, at in limits.items())


def count(data: Iterator[Data]) -> Counter[str]:
    """Return how many data sets ended how; what fails is printed."""
    found: Counter[str] = Counter()
    for x, k, n in data:
        try:
            fit = fit_with_lapses(x, k, n)
        except MorphkitError as error:
            found[f"refused: {str(error).partition(';')[0][:60]}"] += 1
        except Exception as error:  # noqa: BLE001 (that is what is counted)
            found["traceback"] += 1
            print(f"  {type(error).__name__}: {error}: {k.tolist()} of {n.tolist()}")
        else:
            found["result"] += 1
            for name in fit.at_bound:
                found[f"said: {name} at its limit"] += 1
            if silent(fit, x):
                found["silent bound"] += 1
                print(f"  silent: {k.tolist()} of {n.tolist()}: {fit}")
    return found


def main() -> int:
    """Print both counts; return 1 if anything ended badly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=250)
    parser.add_argument("--seed", type=int, default=9)
    asked = parser.parse_args()
    generator = np.random.default_rng(asked.seed)
    bad = 0
    for name, data in (
        ("simulated observers", of_observers(asked.runs, generator)),
        ("odd data", odd(generator)),
    ):
        found = count(data)
        print(name, dict(found), flush=True)
        bad += found["traceback"] + found["silent bound"]
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
