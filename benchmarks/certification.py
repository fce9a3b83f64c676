"""How often continua are certified, rightly and wrongly, where faces and people differ.

Usage: python benchmarks/certification.py [--runs 200] [--seed 5] [--samples 300]
           [--cells all|one|several|quick]

Raters judge every balanced triad of each continuum of 15 images once, or several times;
a scale is bent by sines whose height differs between identities and between raters. A
continuum is truly even if its scale over very many raters departs by at most 0.075 and
its neighbouring steps differ by at most 1.5:1. Printed are shares of studies, or of
continua, with Monte Carlo errors: that the mean of all is certified; that the test of
heterogeneity rejects; that a continuum is certified, for even and uneven ones; of the
certified ones, how many are uneven (false); and that the band of a continuum holds its
scale, drawn towards the mean and by its own answers.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from morphkit.experiment.analysis.partial_scales import Part, pool_continua
from morphkit.experiment.analysis.scales import with_student_quantiles
from morphkit.experiment.designs.mlds import balanced_sets
from morphkit.psychophysics.comparisons import Comparisons, design_matrix
from morphkit.psychophysics.difference_scale import DifferenceScale
from morphkit.psychophysics.difference_scaling import fit_scale, resample_participants
from morphkit.psychophysics.equivalence import certify
from morphkit.psychophysics.neighbours import largest_ratio

Array = npt.NDArray[np.float64]
MARGIN, RATIO, NOISE = 0.075, 1.5, 0.2


@dataclass(frozen=True)
class Cell:
    """One kind of study.

    Parameters
    ----------
    identities, raters, repeats, images : int
    bend, between_faces, between_raters : float
        Mean height of the sine, and its standard deviations.
    zigzag : float
        Ratio of alternating steps.
    """

    identities: int
    raters: int
    repeats: int = 1
    images: int = 15
    bend: float = 0.0
    between_faces: float = 0.0
    between_raters: float = 0.2
    zigzag: float = 1.0


CELLS = (
    Cell(1, 20), Cell(1, 40, 2), Cell(1, 40, 4), Cell(1, 5, 8), Cell(1, 9, 8),
    Cell(1, 20, 4, zigzag=1.6), Cell(1, 40, 4, zigzag=1.5), Cell(1, 5, 16, zigzag=1.5),
    Cell(1, 20, 4, bend=0.48), Cell(1, 5, 16, bend=0.48), Cell(1, 9, 8, bend=0.48),
    Cell(4, 20), Cell(4, 40, 2), Cell(4, 20, 1, between_faces=0.3),
    Cell(4, 40, 2, between_faces=0.2), Cell(4, 40, 4, between_faces=0.3),
    Cell(4, 9, 8, between_faces=0.3), Cell(12, 20, 2, between_faces=0.3),
)  # fmt: skip
QUICK = (Cell(4, 20), Cell(4, 20, 1, between_faces=0.3), Cell(1, 5, 4, bend=0.48))

#: Which cells are asked for: of one identity, a study takes a fifth of the time.
PARTS = {
    "all": CELLS,
    "one": tuple(cell for cell in CELLS if cell.identities == 1),
    "several": tuple(cell for cell in CELLS if cell.identities > 1),
    "quick": QUICK,
}


def scale_of(cell: Cell, heights: Array) -> Array:
    """Return scales of sine heights, one a row."""
    t = np.linspace(0, 1, cell.images)
    gaps = np.where(np.arange(cell.images - 1) % 2 == 0, cell.zigzag, 1.0)
    at = np.concatenate([[0], np.cumsum(gaps)]) / gaps.sum()
    bend = np.multiply.outer(np.clip(heights, -0.95, 0.95), np.sin(2 * np.pi * t))
    return np.asarray(at + bend / (2 * np.pi))


def average(
    cell: Cell, height: float, rows: Array, generator: np.random.Generator
) -> Array:
    """Return the scale that very many raters would give."""
    heights = height + cell.between_raters * generator.standard_normal(4000)
    X = design_matrix(rows.astype(int), cell.images)
    share = ndtr(scale_of(cell, heights)[:, 1:] @ X.T / NOISE).mean(0)
    second = [np.arange(400) < k for k in np.rint(400 * share)]
    trials = np.repeat(rows.astype(int), 400, axis=0)
    return fit_scale(Comparisons(trials, np.concatenate(second), cell.images)).values


def study(
    cell: Cell, heights: Array, own: Array, rows: Array, generator: np.random.Generator
) -> list[Comparisons]:
    """Return the answers to each identity, raters in turn."""
    X = design_matrix(rows.astype(int), cell.images)
    answers = []
    for height in heights:
        chance = ndtr(scale_of(cell, height + own)[:, 1:] @ X.T / NOISE)
        chance = np.repeat(chance, cell.repeats, axis=0)
        second = generator.random(chance.shape) < chance
        trials = np.tile(rows.astype(int), (len(chance), 1))
        answers.append(Comparisons(trials, second.ravel(), cell.images))
    return answers


def holds(scale: DifferenceScale, truth: Array) -> bool:
    """Return whether a band holds a scale."""
    inner = slice(1, -1)
    pairs = zip(scale.band[inner], truth[inner], strict=True)
    return all(band.contains(value) for band, value in pairs)


def run(cell: Cell, runs: int, samples: int, seed: int) -> str:
    """Return the line of a cell."""
    generator = np.random.default_rng(seed)
    rows = np.array(balanced_sets(cell.images, 3))[:, [0, 1, 1, 2]].astype(float)
    pooled, rejected = [], []
    even: list[bool] = []
    certified: list[bool] = []
    own_ones: list[bool] = []
    covered: list[tuple[bool, bool]] = []
    for _ in range(runs):
        heights = cell.bend + cell.between_faces * generator.standard_normal(
            cell.identities
        )
        own = cell.between_raters * generator.standard_normal(cell.raters)
        truths = [average(cell, h, rows, generator) for h in heights]
        answers = study(cell, heights, own, rows, generator)
        who = np.repeat(np.arange(cell.raters), cell.repeats * len(rows))
        scales = []
        for one in answers:
            scale = fit_scale(one)
            drawn = resample_participants(one, who, scale, generator, n_samples=samples)
            scales.append(with_student_quantiles(scale, drawn, cell.raters))
        judged, differing = scales, False
        if cell.identities > 1:
            people = tuple(f"{k:04}" for k in who)
            parts = [
                Part(str(k), one, people, scale)
                for k, (one, scale) in enumerate(zip(answers, scales, strict=True))
            ]
            found, test = pool_continua(parts, generator, n_samples=samples)
            judged, differing = list(found.values()), test.p_value < 0.05
            rejected.append(differing)
            together = Comparisons(
                np.concatenate([a.quads for a in answers]),
                np.concatenate([a.second for a in answers]),
                cell.images,
            )
            mean = fit_scale(together)
            drawn = resample_participants(
                together,
                np.tile(who, cell.identities),
                mean,
                generator,
                n_samples=samples,
            )
            mean = with_student_quantiles(mean, drawn, cell.raters)
            verdict = certify(mean, n_participants=cell.raters, differing=differing)
            pooled.append(verdict.verdict == "uniform")
        line = np.linspace(0, 1, cell.images)
        for truth, scale, alone in zip(truths, judged, scales, strict=True):
            even.append(
                bool(np.abs(truth - line).max() <= MARGIN)
                and largest_ratio(truth) <= RATIO
            )
            for kept, each in ((certified, scale), (own_ones, alone)):
                found_one = certify(each, n_participants=cell.raters)
                kept.append(found_one.verdict == "uniform")
            covered.append((holds(scale, truth), holds(alone, truth)))
    good, given = np.array(even), np.array(certified)
    return (
        f"{cell.identities:3} {cell.raters:3} {cell.repeats:2} {cell.bend:5} "
        f"{cell.between_faces:5} {cell.zigzag:4} | {share(pooled)} {share(rejected)} | "
        f"{share(given[good])} {share(given[~good])} {share(~good[given])} "
        f"({share(own_ones)}) | " + " ".join(share(one) for one in np.array(covered).T)
    )


def share(found: object) -> str:
    """Return a share with its Monte Carlo error."""
    values = np.asarray(found, float)
    if not values.size:
        return "      –     "
    p = values.mean()
    return (
        f"{p:6.1%} ±{np.sqrt(max(p * (1 - p), 0.25 / len(values)) / len(values)):4.1%}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--cells", choices=list(PARTS), default="all")
    asked = parser.parse_args()
    print(
        "ids raters repeats bend SD(faces) zigzag | mean certified, continua differ | "
        "even certified, uneven certified, certified but uneven (by own answers) | "
        "band: partial, own"
    )
    for cell in PARTS[asked.cells]:
        print(run(cell, asked.runs, asked.samples, asked.seed), flush=True)


if __name__ == "__main__":
    main()
