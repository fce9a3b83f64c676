"""Whether intervals of psychometric functions hold the truth where participants differ.

Usage: python benchmarks/interval_coverage.py [--runs 60] [--seed 3]

Participants differ in their point of equality (SD 0.8 steps) and in their slope;
identities differ by 0.6 steps. Some answers do not depend on the image. Printed is how
often nominal 95 % intervals hold the truth, with its Monte Carlo error, and the bias:
of the PSE of an identity, from the profile of all answers and from drawing participants
again; of the typical JND, from random intercepts alone and from random slopes with
guesses and lapses.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse

import numpy as np
from scipy.special import ndtr, ndtri

from morphkit.psychophysics.pooling import CrossedCounts, pool

STEPS = np.arange(1.0, 16)
SPREAD = 1.8
#: Identities, participants, answers a cell, SD of the log slopes, blind answers.
CELLS = (
    (1, 5, 10, 0.2, 0.0),
    (1, 10, 10, 0.2, 0.0),
    (1, 20, 10, 0.2, 0.0),
    (1, 10, 10, 0.5, 0.0),
    (4, 10, 3, 0.3, 0.04),
    (4, 20, 3, 0.3, 0.04),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    print("I  J  n SD(log slope) blind | PSE of identity: profile  drawn | JND:")
    print(
        "  random intercepts (bias), random slopes (bias), fits of the latter, ± error"
    )
    for cell in CELLS:
        n_identities, n_participants, n, sd_slope, blind = cell
        generator = np.random.default_rng(asked.seed)
        typical = ndtri(0.75) * SPREAD
        rows, jnds = [], []
        for _ in range(asked.runs):
            own = generator.normal(0, 0.8, (1, n_participants, 1))
            moved = generator.normal(0, 0.6, (n_identities, 1, 1)) * (n_identities > 1)
            slope = np.exp(generator.normal(0, sd_slope, own.shape)) / SPREAD
            share = ndtr((STEPS - 8 - own - moved) * slope)
            share = blind / 2 + (1 - blind) * share
            counts = CrossedCounts(
                np.tile(STEPS, (n_identities, 1)),
                generator.binomial(n, share),
                np.full(share.shape, n),
            )
            found = pool(counts, generator, n_samples=300)
            truth, one = 8 + float(moved[0, 0, 0]), found.per_identity[0]
            drawn = found.of_identity("pse", 0)
            random, slopes = found.hierarchical, found.random_slopes
            if one is None or drawn is None or random is None:
                continue
            ends = found.interval_of("hierarchical_jnd")
            rows.append(
                (
                    one.pse_profile.contains(truth),
                    drawn.contains(truth),
                    ends is not None and ends.contains(typical),
                    slopes.jnd_interval.contains(typical) if slopes else np.nan,
                )
            )
            jnds.append((random.jnd, slopes.jnd if slopes else np.nan))
        held = np.nanmean(np.array(rows, float), 0)
        bias = np.nanmean(np.array(jnds), 0) / typical - 1
        fitted = int(np.isfinite(np.array(jnds)[:, 1]).sum())
        error = np.sqrt(0.95 * 0.05 / len(rows))
        print(
            f"{n_identities:1} {n_participants:2} {n:2} {sd_slope:5} {blind:5} | "
            f"{held[0]:6.1%} {held[1]:6.1%} | {held[2]:6.1%} ({bias[0]:+.1%}) "
            f"{held[3]:6.1%} ({bias[1]:+.1%}) {fitted} of {len(rows)} ± {error:.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
