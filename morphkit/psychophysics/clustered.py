"""Covariance of fits to the answers of several participants, without resampling.

What drawing participants again approaches with many draws: the sandwich of the scores
of single participants. Planning needs it, which looks at thousands of studies.

References
----------
Liang & Zeger (1986), doi:10.1093/biomet/73.1.13.
"""

import numpy as np
import scipy

from morphkit.psychophysics.links import Array
from morphkit.psychophysics.scoring import Scored

#: Chances nearer to 0 or 1 would divide by nothing.
_EDGE = 1e-9


def clustered_covariance(X: Array, K: Array, N: Array, scored: Scored) -> Array:
    """Return the covariance of probit coefficients, participants drawn again.

    Parameters
    ----------
    X : ndarray, shape (T, m)
    K, N : ndarray, shape (R, J, T) and (J, T)
        Second answers in every study, and answers, by participant.
    scored : Scored
        The R fits to the sums over participants, with their covariance.

    Returns
    -------
    ndarray, shape (R, m, m)
        Enlarged by J / (J - 1).
    """
    J = len(N)
    eta = scored.coefficients @ X.T
    p = scipy.stats.norm.cdf(eta).clip(_EDGE, 1 - _EDGE)
    weight = scipy.stats.norm.pdf(eta) / (p * (1 - p))
    result = np.empty_like(scored.covariance)
    for run, (chance, each) in enumerate(zip(p, weight, strict=True)):
        scores = ((K[run] - N * chance) * each) @ X
        bread = scored.covariance[run]
        result[run] = bread @ (scores.T @ scores) @ bread
    return result * J / max(J - 1, 1)
