"""Goodness of fit of a difference scale: deviance, runs of residuals, six points.

All three are parametric bootstraps: answers of the fitted observer are simulated,
refitted and compared. They need trials in canonical form, as `Comparisons` have.

References
----------
Maloney & Yang (2003), doi:10.1167/3.8.5 (six-point condition); Knoblauch & Maloney
(2008), doi:10.18637/jss.v025.i02; Wood (2006), ISBN 978-1-58488-474-3 (runs).
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.psychophysics.comparisons import Comparisons, Indices, design_matrix
from morphkit.psychophysics.difference_scale import DifferenceScale
from morphkit.psychophysics.difference_scaling import predict
from morphkit.psychophysics.links import LINKS, Array
from morphkit.psychophysics.scoring import estimate_many


@dataclass(frozen=True)
class BootstrapTest:
    """A statistic and how often the fitted observer gives one as extreme."""

    statistic: float
    mean: float
    sd: float
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """Return the test as a JSON object."""
        return dict(vars(self))


@dataclass(frozen=True)
class ScaleChecks:
    """Goodness of fit of a difference scale.

    Parameters
    ----------
    deviance : BootstrapTest
        Large if answers are noisier than the scale allows.
    runs : BootstrapTest
        Runs of residuals of the same sign, in order of probability; few if the shape is
        wrong.
    six_points : BootstrapTest or None
        Likelihood of the answers in six-point sets; small if differences do not add up.
        None if no trials form such a set, as with triads.
    n_samples : int
    """

    deviance: BootstrapTest
    runs: BootstrapTest
    six_points: BootstrapTest | None
    n_samples: int

    def to_dict(self) -> dict[str, Any]:
        """Return the checks as a JSON object."""
        return {
            "deviance": self.deviance.to_dict(),
            "runs": self.runs.to_dict(),
            "six_points": self.six_points.to_dict() if self.six_points else None,
            "n_samples": self.n_samples,
        }


def check_scale(
    comparisons: Comparisons,
    scale: DifferenceScale,
    generator: np.random.Generator,
    *,
    n_samples: int = 1000,
) -> ScaleChecks:
    """Return the goodness of fit of a scale.

    Parameters
    ----------
    comparisons : Comparisons
        What `scale` was fitted to.
    scale : DifferenceScale
    generator : numpy.random.Generator
    n_samples : int, optional
    """
    rows, place = np.unique(comparisons.quads, axis=0, return_inverse=True)
    place = place.reshape(-1)
    X = design_matrix(rows, comparisons.n_levels)
    chance = predict(scale, comparisons.quads)
    answers = generator.random((n_samples, len(chance))) < chance
    K = _sum_by(place, answers.astype(float), len(rows))
    N = np.bincount(place, minlength=len(rows)).astype(float)
    scored, _ = estimate_many(
        X, K, np.broadcast_to(N, K.shape), start=scale.raw, tolerance=1e-7
    )
    good = scored.converged
    eta = scored.coefficients[good] @ X.T
    sets = _six_point_weights(rows)
    own = (X @ scale.raw)[None]
    seen = comparisons.second[None]
    p = LINKS["probit"]
    deviances = -2 * scored.log_likelihood[good]
    six = None
    if sets.any():
        mine = _weighted(seen, own, place, sets)
        six = _lower(float(mine[0]), _weighted(answers[good], eta, place, sets))
    return ScaleChecks(
        deviance=_upper(scale.deviance, deviances),
        runs=_lower(
            float(_runs(seen, p.cdf(own), place)[0]),
            _runs(answers[good], p.cdf(eta), place).astype(float),
        ),
        six_points=six,
        n_samples=n_samples,
    )


def _sum_by(place: Indices, values: Array, n: int) -> Array:
    """Return the sums of columns with the same index."""
    member = np.zeros((len(place), n))
    member[np.arange(len(place)), place] = 1
    return np.asarray(values @ member)


def _lower(observed: float, simulated: Array) -> BootstrapTest:
    extreme = int((simulated <= observed + 1e-9).sum())
    return _test(observed, simulated, extreme)


def _upper(observed: float, simulated: Array) -> BootstrapTest:
    extreme = int((simulated >= observed - 1e-9).sum())
    return _test(observed, simulated, extreme)


def _test(observed: float, simulated: Array, extreme: int) -> BootstrapTest:
    return BootstrapTest(
        statistic=observed,
        mean=float(simulated.mean()),
        sd=float(simulated.std(ddof=1)),
        p_value=(1 + extreme) / (1 + len(simulated)),
    )


def _runs(
    second: npt.NDArray[np.bool_], chance: Array, place: Indices
) -> npt.NDArray[np.intp]:
    """Return changes of sign of residuals, ordered by the fitted probability.

    A residual is positive where the second pair was chosen. Equal trials stay in the
    order in which they were answered.
    """
    order = np.argsort(chance[:, place], axis=1, kind="stable")
    signs = np.take_along_axis(np.broadcast_to(second, order.shape), order, 1)
    return np.asarray((signs[:, 1:] != signs[:, :-1]).sum(1))


def _six_point_weights(rows: Indices) -> Array:
    """Return in how many six-point sets each different trial takes part.

    Levels a < b < c and a' < b' < c' with a < a' make one, if all three trials were
    asked: (a, b) with (a', b'), (b, c) with (b', c'), (a, c) with (a', c').
    """
    known = {tuple(row): k for k, row in enumerate(rows.tolist())}
    weights = np.zeros(len(rows))
    triples = list(itertools.combinations(sorted({k for row in known for k in row}), 3))
    for (a, b, c), (d, e, f) in itertools.product(triples, repeat=2):
        found = [known.get(q) for q in ((a, b, d, e), (b, c, e, f), (a, c, d, f))]
        if a < d and None not in found:
            weights[[k for k in found if k is not None]] += 1
    return weights


def _weighted(
    second: npt.NDArray[np.bool_], eta: Array, place: Indices, weights: Array
) -> Array:
    """Return the log-likelihood with every answer counted once per six-point set."""
    p = LINKS["probit"]
    yes, no = p.log_cdf(eta)[:, place], p.log_cdf(-eta)[:, place]
    return np.asarray((np.where(second, yes, no) * weights[place]).sum(1))
