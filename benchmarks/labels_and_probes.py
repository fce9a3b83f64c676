"""Whether means over participants of labelling and dot-probe tasks hold the truth.

Usage: python benchmarks/labels_and_probes.py [--runs 400] [--splits 200] [--seed 6]

Labels: participants who differ in how they confuse three expressions, and in how
readily they answer "happy", label 20 images of each. Printed is how often the 95 %
interval of the mean, as `calibrate labels` makes it, holds the mean of very many
participants with as many images: of the unbiased hit rates, of d' and of the criterion
of the first pair.

Dot-probe: reaction times are skewed; biases of participants differ by 20 ms around a
mean of 15 ms. Printed is the mean bias that `calibrate attention` finds, how often its
interval holds the truth, and the same of the split-half reliability, whose truth is the
share of the variance of measured biases that is not of the trials.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse

import numpy as np
import numpy.typing as npt

from morphkit.psychophysics.attention import ProbeTimes, split_half_reliability
from morphkit.psychophysics.confusion import unbiased_hit_rates
from morphkit.psychophysics.detection import Detection
from morphkit.psychophysics.resampling import mean_interval

Array = npt.NDArray[np.float64]
SHOWINGS = 20
#: Evidence for happy, distressed and neutral in images of each.
EVIDENCE = np.array([[1.6, -0.6, 0.2], [-0.5, 1.2, 0.4], [0.1, 0.2, 1.1]])
MEAN_BIAS, SD_BIAS, MEDIAN_MS, SPREAD = 15.0, 20.0, 450.0, 0.2


def labelled(n: int, generator: np.random.Generator) -> Array:
    """Return the measures of participants, shape ``(n, 5)``: H_u of each, d', c."""
    leaning = generator.normal(0, 0.5, (n, 1, 3)) + generator.normal(0, 0.3, (n, 3, 3))
    utility = EVIDENCE + leaning
    chance = np.exp(utility) / np.exp(utility).sum(2, keepdims=True)
    counts = generator.multinomial(SHOWINGS, chance)
    rows = []
    for one in counts:
        found = Detection(SHOWINGS, SHOWINGS, int(one[0, 0]), int(one[1, 0]))
        rows.append([*unbiased_hit_rates(one), found.d_prime, found.criterion])
    return np.array(rows)


def labels(runs: int, generator: np.random.Generator) -> None:
    """Print the coverage of means over participants."""
    truth = labelled(20_000, generator).mean(0)
    print("labels: truth of H_u (happy, distressed, neutral), d', c:", truth.round(3))
    for n in (4, 6, 12, 30):
        held = []
        for _ in range(runs):
            ends = [
                mean_interval(v, generator, samples=500)
                for v in labelled(n, generator).T
            ]
            held.append([e.contains(t) for e, t in zip(ends, truth, strict=True) if e])
        shares = np.mean(held, 0)
        print(f"  {n:2} participants:", told(shares, runs), flush=True)


def probed(n: int, trials: int, generator: np.random.Generator) -> list[ProbeTimes]:
    """Return the reaction times of participants, milliseconds."""
    people = []
    for bias in generator.normal(MEAN_BIAS, SD_BIAS, n):
        own = MEDIAN_MS * np.exp(generator.normal(0, 0.15))
        times = own * np.exp(SPREAD * generator.standard_normal((2, trials)))
        people.append(ProbeTimes(times[0] - bias / 2, times[1] + bias / 2))
    return people


def probes(runs: int, splits: int, generator: np.random.Generator) -> None:
    """Print recovery and coverage of the mean bias and of its reliability."""
    # Variance of a lognormal time, with a median that differs between people.
    medians = MEDIAN_MS**2 * np.exp(2 * 0.15**2)
    variance = medians * np.exp(SPREAD**2) * (np.exp(SPREAD**2) - 1)
    for n, trials in ((20, 40), (40, 40), (40, 160)):
        truth = SD_BIAS**2 / (SD_BIAS**2 + 2 * variance / trials)
        rows = []
        for _ in range(runs):
            people = probed(n, trials, generator)
            biases = np.array([one.bias for one in people])
            ends = mean_interval(biases, generator, samples=500)
            halves = split_half_reliability(people, generator, splits=splits)
            if ends and halves:
                held = halves.interval.contains(truth)
                rows.append(
                    [ends.contains(MEAN_BIAS), held, biases.mean(), halves.reliability]
                )
        table = np.array(rows, float)
        error = table[:, 2].std() / np.sqrt(len(table))
        print(
            f"dot-probe, {n} participants, {trials} trials of each kind: mean bias "
            f"{table[:, 2].mean():.1f} ± {error:.1f} ms (truth {MEAN_BIAS:g}), "
            f"reliability {np.median(table[:, 3]):.2f} in the median (truth "
            f"{truth:.2f}); held:",
            told(table[:, :2].mean(0), len(table)),
            flush=True,
        )


def told(shares: Array, runs: int) -> str:
    """Return shares with the largest of their Monte Carlo errors."""
    error = np.sqrt(np.maximum(shares * (1 - shares), 0.01) / runs).max()
    return " ".join(f"{one:.1%}" for one in shares) + f" (± {error:.1%})"


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    generator = np.random.default_rng(asked.seed)
    labels(asked.runs, generator)
    probes(asked.runs // 4, asked.splits, generator)


if __name__ == "__main__":
    main()
