"""Bradley and Terry's, and Thurstone's, scale from choices between two.

It tells whether people order the steps of a continuum as it was built.

References
----------
Bradley & Terry (1952), doi:10.1093/biomet/39.3-4.324; Thurstone (1927),
doi:10.1037/h0070288 (case V is the probit).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Answers
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import binomial_coefficients, deviance_of
from morphkit.psychophysics.scoring import estimate_many


@dataclass(frozen=True, eq=False)
class PairedScale:
    """Abilities of items from paired comparisons, the first item at 0.

    Parameters
    ----------
    link : str
        ``"logit"`` (Bradley-Terry) or ``"probit"`` (Thurstone, case V).
    method : str
        ``"ml"``, or ``"firth"`` where some items always win against others.
    abilities, errors : ndarray, shape (n,)
    covariance : ndarray, shape (n, n)
    log_likelihood, deviance : float
    """

    link: str
    method: str
    abilities: Array
    errors: Array
    covariance: Array
    log_likelihood: float
    deviance: float

    def out_of_order(self) -> tuple[tuple[int, int], ...]:
        """Return neighbours of which the later one lies below the earlier."""
        steps = np.diff(self.abilities)
        return tuple((int(k), int(k) + 1) for k in np.flatnonzero(steps < 0))

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as a JSON object."""
        arrays = ("abilities", "errors", "covariance")
        return {k: v.tolist() if k in arrays else v for k, v in vars(self).items()} | {
            "out_of_order": [list(pair) for pair in self.out_of_order()]
        }


def fit_paired(wins: npt.ArrayLike, *, link: str = "logit") -> PairedScale:
    """Return the scale of items from who won against whom.

    Parameters
    ----------
    wins : array-like, shape (n, n)
        ``wins[i, j]``: how often i was chosen over j; the diagonal is not read.
    link : str, optional

    Raises
    ------
    InputError
        If the table is not square, a count is negative, or the comparisons fall apart
        into groups of items that never met.
    """
    w = np.asarray(wins, float)
    n = len(w)
    if w.shape != (n, n) or n < 2 or not (w >= 0).all():
        raise InputError(
            f"wins of shape {w.shape}", allowed="a square of counts, at least 2 items"
        )
    first, second = np.triu_indices(n, 1)
    met = (w + w.T)[first, second] > 0
    first, second = first[met], second[met]
    X = np.zeros((len(first), n))
    X[np.arange(len(first)), first] = 1
    X[np.arange(len(first)), second] = -1
    X = X[:, 1:]
    if not len(X) or np.linalg.matrix_rank(X) < n - 1:
        raise InputError("some items were never compared with the others")
    K, N = w[first, second], (w + w.T)[first, second]
    scored, separated = estimate_many(X, K[None], N[None], link=link)
    V = np.zeros((n, n))
    V[1:, 1:] = scored.covariance[0]
    value = float(scored.log_likelihood[0])
    return PairedScale(
        link=link,
        method="firth" if separated[0] else "ml",
        abilities=frozen(np.concatenate([[0], scored.coefficients[0]])),
        errors=frozen(np.sqrt(np.diag(V))),
        covariance=frozen(V),
        log_likelihood=value + binomial_coefficients(Answers(K, K, N)),
        deviance=float(deviance_of(np.array([value]), K[None], N[None])[0]),
    )
