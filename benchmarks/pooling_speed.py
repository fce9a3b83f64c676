"""How long pooling takes: 20 participants, 12 identities, 15 steps, 2,000 draws.

Usage: python benchmarks/pooling_speed.py [--samples 2000] [--repeats 1]

One process, one thread. Naive, per-identity and hierarchical fits, all of them fitted
again to every draw of participants. Target: a minute on two cores.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import time

import numpy as np
from scipy.special import ndtr

from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.pooling import pool


def main() -> None:
    """Print times and what was fitted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=1, help="answers per step")
    wanted = parser.parse_args()
    generator = np.random.default_rng(1)
    levels = np.tile(np.arange(1.0, 16), (12, 1))
    identity = generator.normal(0, 0.6, (12, 1, 1))
    participant = generator.normal(0, 0.75, (1, 20, 1))
    chance = ndtr((levels[:, None] - 8 - identity - participant) / 2)
    chosen = generator.binomial(wanted.repeats, chance)
    counts = CrossedCounts(levels, chosen, np.full(chosen.shape, wanted.repeats))
    wall, cpu = time.perf_counter(), time.process_time()
    fit = pool(counts, generator, n_samples=wanted.samples)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{wanted.samples} samples: {cpu:.1f} s of CPU, {wall:.1f} s in all")
    print(f"failed: {fit.n_failed}")
    for name in ("naive", "hierarchical"):
        for what in ("pse", "jnd"):
            value = getattr(getattr(fit, name), what)
            interval = fit.intervals[f"{name}_{what}"]
            print(
                f"{name:12} {what}: {value:.3f}, {interval.low:.3f} to "
                f"{interval.high:.3f}"
            )


if __name__ == "__main__":
    main()
