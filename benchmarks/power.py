"""How many trials it takes to see uneven spacing, or to certify even spacing.

Usage: python benchmarks/power.py [--runs 250] [--seed 1]

Simulates, by sample size:

- difference scaling: likelihood-ratio test of the scale against the straight line;
- equivalence: how often the simultaneous 95 % band lies within the margin;
- adjacent steps in a two-interval task: likelihood-ratio test of equal d';
- categorisation: bootstrap test of the deviance of a psychometric function.

The scale is ``ψ(a) = a + A sin(2 π a) / (2 π)``. Where shared/reference beside the
repository has the same cell, its power stands in brackets, with the difference in
standard errors of both simulations; over all of them these should look standard normal.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import itertools
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from morphkit.psychophysics.comparisons import Comparisons, design_matrix
from morphkit.psychophysics.difference_scaling import fit_scale
from morphkit.psychophysics.equivalence import certify
from morphkit.psychophysics.psychometric import deviance_of, fit_many, separated_sets
from morphkit.psychophysics.scoring import estimate_many

Array = npt.NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT.parent / "shared" / "reference" / "power_and_recovery.json"
BENDS = (0.0, 0.1, 0.2, 1 / 3)
_differences: list[float] = []


def bent(amplitude: float, n: int = 8) -> Array:
    """Return the scale at `n` equal steps."""
    at = np.linspace(0, 1, n)
    return np.asarray(at + amplitude * np.sin(2 * np.pi * at) / (2 * np.pi))


def max_min(psi: Array) -> float:
    """Return largest over smallest step."""
    return float(np.diff(psi).max() / np.diff(psi).min())


def different_trials(design: str) -> npt.NDArray[np.intp]:
    """Return every trial of 8 levels once, as quadruples."""
    size = 3 if design == "triad" else 4
    rows = np.array(list(itertools.combinations(range(8), size)))
    return rows[:, [0, 1, 1, 2]] if size == 3 else rows


def told(power: float, runs: int, other: float | None, others: int) -> str:
    """Return a power beside the one that was found before."""
    if other is None:
        return f"{power:5.2f}              "
    both = (power * runs + other * others) / (runs + others)
    # Half an event keeps the error of shares of 0 and 1 from vanishing.
    spread = max(both * (1 - both), 0.25 / (runs + others))
    z = (power - other) / math.sqrt(spread * (1 / runs + 1 / others))
    _differences.append(z)
    return f"{power:5.2f} ({other:4.2f} {z:+4.1f})"


def difference_scaling(
    runs: int, generator: np.random.Generator, known: list[dict[str, Any]]
) -> None:
    """Print the power of the test against the straight line."""
    sizes = (140, 280, 560, 1120, 2240)
    print("difference scaling, 8 levels, p < 0.05 against the straight line")
    print("design sigma max/min" + "".join(f"{n:>19}" for n in sizes))
    for design, sigma, A in itertools.product(("quad", "triad"), (0.1, 0.2), BENDS):
        psi, rows = bent(A), different_trials(design)
        X = design_matrix(rows, 8)
        chance = special.ndtr(X @ psi[1:] / sigma)
        cells = []
        for n in sizes:
            # As often each as it goes, the rest drawn.
            each, rest = divmod(n, len(rows))
            drawn = generator.permuted(
                np.tile(np.arange(len(rows)) < rest, (runs, 1)), axis=1
            )
            N = each + drawn.astype(float)
            K = generator.binomial(N.astype(int), chance).astype(float)
            full, separated = estimate_many(X, K, N, tolerance=1e-8)
            line, _ = estimate_many(X @ np.linspace(0, 1, 8)[1:, None], K, N)
            statistic = 2 * (full.log_likelihood - line.log_likelihood)
            power = (stats.chi2.sf(statistic[~separated], 6) < 0.05).mean()
            cell = [
                r
                for r in known
                if (r["design"], r["N"], r["sigma"], r["p"]) == (design, n, sigma, 8)
                and abs(r["a"] - A) < 1e-3
            ]
            other = cell[0]["power"] if cell else None
            cells.append(told(power, runs, other, cell[0]["nsim"] if cell else 1))
        print(f"{design:6} {sigma:5} {max_min(psi):7.2f} " + "".join(cells))


def equivalence(
    runs: int, generator: np.random.Generator, known: list[dict[str, Any]]
) -> None:
    """Print how often the band lies within the margin; triads."""
    sizes = (560, 1120, 2240, 4480)
    print("\nequivalence: band within the margin, quadruples of 8 levels")
    print("sigma departure margin" + "".join(f"{n:>19}" for n in sizes))
    rows = different_trials("quad")
    X = design_matrix(rows, 8)
    for sigma, A in itertools.product((0.1, 0.2), (0.0, 0.1, 0.2, 0.3142)):
        psi = bent(A)
        chance = special.ndtr(X @ psi[1:] / sigma)
        cells: dict[float, list[str]] = {0.05: [], 0.075: []}
        cell = [r for r in known if r["sigma"] == sigma and abs(r["a"] - A) < 1e-3]
        for n in sizes:
            trials, p = np.resize(rows, (n, 4)), np.resize(chance, n)
            bounds = np.array(
                [
                    certify(
                        fit_scale(Comparisons(trials, generator.random(n) < p, 8))
                    ).upper_bound
                    for _ in range(runs)
                ]
            )
            for margin, name in ((0.05, "p_margin05"), (0.075, "p_margin075")):
                by = cell[0]["by_N"].get(str(n)) if cell else None
                share = float((bounds <= margin).mean())
                cells[margin].append(told(share, runs, by[name] if by else None, 200))
        off = float(np.abs(psi - np.linspace(0, 1, 8)).max())
        for margin, line in cells.items():
            print(f"{sigma:5} {off:9.3f} {margin:6} " + "".join(line))


def adjacent(
    runs: int, generator: np.random.Generator, known: list[dict[str, Any]]
) -> None:
    """Print the power of comparing neighbours, 14 steps."""
    sizes = (20, 50, 100, 200, 400, 800)
    print("\nneighbours in two intervals, 14 steps, trials per step")
    print("mean d' max/min    " + "".join(f"{n:>19}" for n in sizes))
    for dprime, A in itertools.product((0.5, 1.0), (*BENDS, 0.5)):
        steps = np.diff(bent(A, 15))
        chance = special.ndtr(dprime * steps / steps.mean() / np.sqrt(2))
        cell = [
            r for r in known if r["mean_dprime"] == dprime and abs(r["a"] - A) < 1e-3
        ]
        cells = []
        for n in sizes:
            K = generator.binomial(n, chance, (8 * runs, 14)).astype(float)
            share, whole = K / n, K.sum(1, keepdims=True) / (14 * n)
            full = special.xlogy(K, share) + special.xlogy(n - K, 1 - share)
            equal = special.xlogy(K, whole) + special.xlogy(n - K, 1 - whole)
            statistic = 2 * (full - equal).sum(1)
            power = float((stats.chi2.sf(statistic, 13) < 0.05).mean())
            by = cell[0]["power_by_trials_per_step"].get(str(n)) if cell else None
            cells.append(told(power, 8 * runs, by, 2000))
        print(f"{dprime:7} {max_min(bent(A, 15)):7.2f}     " + "".join(cells))


def categorisation(
    runs: int, generator: np.random.Generator, known: list[dict[str, Any]]
) -> None:
    """Print the power of the deviance, 15 steps."""
    sizes = (20, 100, 360, 1000)
    print("\ncategorisation, 15 steps, answers per step; deviance above 95 % of the")
    print("deviances of even steps with the fitted spread")
    print("sigma max/min       " + "".join(f"{n:>19}" for n in sizes))
    x = np.linspace(0, 1, 15)
    for sigma, A in itertools.product((0.12, 0.2), BENDS):
        psi = bent(A, 15)
        cell = [r for r in known if r["sigma_cat"] == sigma and abs(r["a"] - A) < 1e-3]
        cells = []
        for n in sizes:
            deviances, spread = deviance_sample(psi, sigma, n, runs, generator)
            even, _ = deviance_sample(x, spread, n, 2000, generator)
            power = float((deviances > np.quantile(even, 0.95)).mean())
            by = cell[0]["power_by_n_per_frame"].get(str(n)) if cell else None
            cells.append(told(power, runs, by, 200))
        print(f"{sigma:5} {max_min(psi):7.2f}       " + "".join(cells))


def deviance_sample(
    psi: Array, sigma: float, n: int, runs: int, generator: np.random.Generator
) -> tuple[Array, float]:
    """Return deviances of simulated observers, and their mean fitted spread."""
    x = np.linspace(0, 1, len(psi))
    shape = (runs, len(psi))
    K = generator.binomial(n, special.ndtr((psi - 0.5) / sigma), shape).astype(float)
    N = np.full_like(K, n)
    scored, _ = fit_many(x, K, N)
    deviances = deviance_of(scored.log_likelihood, K, N)
    kept = ~separated_sets(K, N)
    return deviances[kept], float(1 / scored.coefficients[kept, 1].mean())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    generator = np.random.default_rng(wanted.seed)
    known: dict[str, Any] = {"mlds_lrt": [], "equivalence": [], "other": {}}
    if REFERENCE.is_file():
        known = json.loads(REFERENCE.read_text("utf-8"))
    other = known["other"]
    begin = time.process_time()
    difference_scaling(wanted.runs, generator, known["mlds_lrt"])
    equivalence(wanted.runs, generator, known["equivalence"])
    adjacent(wanted.runs, generator, other.get("adjacent_2ifc", []))
    categorisation(wanted.runs, generator, other.get("categorisation", []))
    z = np.array(_differences)
    if z.size:
        print(
            f"\n{z.size} cells beside the reference: mean z {z.mean():+.2f}, "
            f"sd {z.std():.2f}, beyond 2: {(np.abs(z) > 2).mean():.1%}, beyond 3: "
            f"{(np.abs(z) > 3).mean():.1%}"
        )
    print(f"{wanted.runs} runs each, {time.process_time() - begin:.0f} s of CPU")


if __name__ == "__main__":
    main()
