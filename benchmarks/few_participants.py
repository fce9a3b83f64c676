"""Whether bands of difference scales hold the truth when few raters differ.

Usage: python benchmarks/few_participants.py [--runs 400] [--seed 3]
           [--raters 5 7 10 20] [--spreads 0.3 0.8]

Raters judge every triad of 8 levels once; their scales are bent by sines of different
heights, and their noise differs (SD of its logarithm 0.3). The truth is the scale, and
its sigma, that a study of very many such raters would find.
Printed is how often nominal 95 % intervals of values, and the simultaneous band, hold
it: from the curvature of the likelihood (answers taken as independent), from drawing
raters again, and that with Student's quantiles, as `morphkit calibrate scale` does it
from five raters on; and how often the first and the last of these hold sigma. With 400
runs the error of a share is 1 %.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import itertools

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from morphkit.experiment.analysis.scales import with_student_quantiles
from morphkit.psychophysics.comparisons import Comparisons, design_matrix
from morphkit.psychophysics.difference_scale import DifferenceScale, with_covariance
from morphkit.psychophysics.difference_scaling import fit_scale, resample_participants

Array = npt.NDArray[np.float64]
LEVELS = np.linspace(0, 1, 8)
ROWS = np.array(list(itertools.combinations(range(8), 3)))[:, [0, 1, 1, 2]]
NOISE, NOISE_SPREAD, HEIGHT = 0.2, 0.3, 1 / 3


def chances(n: int, spread: float, generator: np.random.Generator) -> Array:
    """Return the chance that each rater says the second pair of each triad."""
    heights = HEIGHT + spread * generator.standard_normal((n, 1))
    psi = LEVELS + heights * np.sin(2 * np.pi * LEVELS) / (2 * np.pi)
    noise = NOISE * np.exp(NOISE_SPREAD * generator.standard_normal((n, 1)))
    return np.asarray(ndtr(psi[:, 1:] @ design_matrix(ROWS, 8).T / noise))


def truth(spread: float, generator: np.random.Generator) -> DifferenceScale:
    """Return the scale that very many raters would give."""
    share = chances(20_000, spread, generator).mean(0)
    second = [np.arange(400) < k for k in np.rint(400 * share)]
    rows = np.repeat(ROWS, 400, axis=0)
    return fit_scale(Comparisons(rows, np.concatenate(second), 8))


def held(scale: DifferenceScale, values: Array) -> tuple[float, bool]:
    """Return the share of values that their intervals hold, and if the band does."""
    inner = slice(1, -1)
    pairs = list(zip(scale.intervals[inner], values[inner], strict=True))
    band = list(zip(scale.band[inner], values[inner], strict=True))
    share = np.mean([interval.contains(v) for interval, v in pairs])
    return float(share), all(interval.contains(v) for interval, v in band)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--raters", type=int, nargs="+", default=[5, 7, 10, 20])
    parser.add_argument("--spreads", type=float, nargs="+", default=[0.3, 0.8])
    asked = parser.parse_args()
    generator = np.random.default_rng(asked.seed)
    print(
        "raters  spread | values, band: likelihood    raters again    Student's | sigma"
    )
    for n, spread in itertools.product(asked.raters, asked.spreads):
        true = truth(spread, generator)
        raters = np.repeat(np.arange(n), len(ROWS))
        found, sigmas = [], []
        for _ in range(asked.runs):
            chance = chances(n, spread, generator)
            second = (generator.random(chance.shape) < chance).ravel()
            comparisons = Comparisons(np.tile(ROWS, (n, 1)), second, 8)
            scale = fit_scale(comparisons)
            drawn = resample_participants(
                comparisons, raters, scale, generator, n_samples=300
            )
            plain = with_covariance(scale, drawn.covariance(), source="")
            ways = [scale, plain, with_student_quantiles(scale, drawn, n)]
            found.append([held(way, true.values) for way in ways])
            sigmas.append([w.sigma_interval.contains(true.sigma) for w in ways[::2]])
        shares = np.array(found, float).mean(0)
        cells = "   ".join(f"{v:6.1%} {b:6.1%}" for v, b in shares)
        last = " ".join(f"{share:6.1%}" for share in np.mean(sigmas, 0))
        print(f"{n:6} {spread:7} |           {cells} | {last}", flush=True)


if __name__ == "__main__":
    main()
