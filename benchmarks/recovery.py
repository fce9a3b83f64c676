"""Whether fits give back what was put in: bias, error, and coverage of intervals.

Usage: python benchmarks/recovery.py [--runs 500] [--part PART …] [--seed 1]

Observers with known parameters are simulated, fitted as `morphkit calibrate` fits, and
compared with the truth, over a grid of truths. Coverage is the share of nominal 95 %
intervals that hold the truth; with 500 runs its own error is 1 %. Parts: psychometric
and scale, unless asked otherwise; pooled are hierarchical fits, whose intervals come
from resampling participants (some minutes).
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import itertools
import time

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from morphkit.errors import InputError
from morphkit.psychophysics.comparisons import Comparisons, design_matrix
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.difference_scaling import fit_scale
from morphkit.psychophysics.pooling import pool
from morphkit.psychophysics.psychometric import fit_psychometric

Array = npt.NDArray[np.float64]
STEPS = np.arange(1.0, 16)
QUARTILE = 0.6744897501960817


def psychometric(runs: int, generator: np.random.Generator) -> None:
    """Print the recovery of PSE and JND, 15 steps."""
    print("psychometric functions, 15 steps, in steps; SK: Spearman and Kärber's")
    head = "pse  sigma    n   | PSE bias   rmse  cover | SK rmse | JND bias   rmse"
    print(f"{head}  cover | penalised  no fit")
    for n, sigma, pse in itertools.product((3, 10, 20), (1.0, 1.8, 3.0), (5, 8, 11)):
        K = generator.binomial(n, ndtr((STEPS - pse) / sigma), (runs, 15))
        found, none = [], 0
        for k in K:
            try:
                fit = fit_psychometric(STEPS, k, np.full(15, n))
            except InputError:
                none += 1
                continue
            jnd = QUARTILE * sigma
            found.append(
                (
                    fit.pse - pse,
                    fit.pse_score.contains(pse),
                    fit.spearman_karber - pse,
                    fit.jnd - jnd,
                    fit.jnd_score.contains(jnd),
                    fit.separated,
                )
            )
        table = np.array(found, float)
        mean, rms = table.mean(0), np.sqrt((table**2).mean(0))
        print(
            f"{pse:3}  {sigma:5.1f}  {n:3}   | {mean[0]:8.3f}  {rms[0]:5.3f} "
            f"{mean[1]:6.1%} |  {rms[2]:5.3f}  | {mean[3]:8.3f}  {rms[3]:5.3f} "
            f"{mean[4]:6.1%} | {mean[5]:8.1%} {none:6}"
        )


def bent(amplitude: float, n: int = 8) -> Array:
    """Return a scale that leaves the straight line by a sine."""
    at = np.linspace(0, 1, n)
    return at + amplitude * np.sin(2 * np.pi * at) / (2 * np.pi)


def trials(design: str, n_levels: int, n_trials: int) -> npt.NDArray[np.intp]:
    """Return trials as quadruples, each different one as often as another."""
    size = 3 if design == "triad" else 4
    rows = np.array(list(itertools.combinations(range(n_levels), size)))
    if size == 3:
        rows = rows[:, [0, 1, 1, 2]]
    return np.resize(rows, (n_trials, 4))


def scale(runs: int, generator: np.random.Generator) -> None:
    """Print the recovery of difference scales, 8 levels."""
    print(
        "\ndifference scales, 8 levels; coverage of each value, of the band, of sigma"
    )
    print(
        "design  sigma  max/min     N | bias(max)   rmse  cover  band  sigma | penal."
    )
    for design, sigma, amplitude, n in itertools.product(
        ("triad", "quad"), (0.1, 0.2), (0.0, 1 / 3), (280, 1120)
    ):
        psi = bent(amplitude)
        rows = trials(design, 8, n)
        chance = ndtr(design_matrix(rows, 8) @ psi[1:] / sigma)
        values, inside, band, sigmas, separated = [], [], [], [], 0
        for _ in range(runs):
            made = fit_scale(Comparisons(rows, generator.random(n) < chance, 8))
            separated += made.separated
            values.append(made.values - psi)
            pairs = list(zip(made.intervals, made.band, psi, strict=True))[1:-1]
            inside.append([interval.contains(v) for interval, _, v in pairs])
            band.append(all(whole.contains(v) for _, whole, v in pairs))
            sigmas.append(made.sigma_interval.contains(sigma))
        off = np.array(values)[:, 1:-1]
        ratio = np.diff(psi).max() / np.diff(psi).min()
        print(
            f"{design:6} {sigma:6} {ratio:8.2f} {n:5} | "
            f"{np.abs(off.mean(0)).max():9.4f} {np.sqrt((off**2).mean()):6.4f} "
            f"{np.mean(inside):6.1%} {np.mean(band):5.1%} {np.mean(sigmas):6.1%} | "
            f"{separated}"
        )


def pooled(runs: int, generator: np.random.Generator) -> None:
    """Print the coverage of pooled PSE and JND by resampling participants."""
    print("\nhierarchical fits: 4 identities, 9 levels, answers once; 200 resamples")
    print(
        "participants  participant sd | PSE bias   rmse  cover | JND bias   rmse  cover"
    )
    levels = np.tile(np.linspace(0, 1, 9), (4, 1))
    moved = np.array([-0.05, 0.02, 0.06, -0.03])[:, None, None]
    for n, rater_sd in itertools.product((12, 30), (0.05, 0.15)):
        found = []
        for _ in range(runs):
            shift = generator.normal(0, rater_sd, (1, n, 1))
            chance = ndtr((levels[:, None] - 0.5 - moved - shift) / 0.2)
            answers = generator.binomial(1, chance)
            counts = CrossedCounts(levels, answers, np.ones_like(answers))
            fit = pool(counts, generator, n_samples=200)
            if fit.hierarchical is None:
                continue
            jnd = QUARTILE * 0.2
            found.append(
                (
                    fit.hierarchical.pse - 0.5,
                    fit.intervals["hierarchical_pse"].contains(0.5),
                    fit.hierarchical.jnd - jnd,
                    fit.intervals["hierarchical_jnd"].contains(jnd),
                )
            )
        table = np.array(found, float)
        mean, rms = table.mean(0), np.sqrt((table**2).mean(0))
        print(
            f"{n:6} {rater_sd:9} | {mean[0]:8.4f} {rms[0]:6.4f} {mean[1]:6.1%} | "
            f"{mean[2]:8.4f} {rms[2]:6.4f} {mean[3]:6.1%}"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parts = {"psychometric": psychometric, "scale": scale, "pooled": pooled}
    default = ["psychometric", "scale"]
    parser.add_argument("--part", choices=list(parts), nargs="+", default=default)
    wanted = parser.parse_args()
    generator = np.random.default_rng(wanted.seed)
    begin = time.process_time()
    for name in wanted.part:
        parts[name](wanted.runs, generator)
    print(f"\n{wanted.runs} runs each, {time.process_time() - begin:.0f} s of CPU")


if __name__ == "__main__":
    main()
