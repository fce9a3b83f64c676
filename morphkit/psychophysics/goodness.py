"""Goodness of fit of a psychometric function by parametric bootstrap.

The deviance has a χ² distribution only with many answers per level: with three per
level it suggests p = 0.99996 where the truth is 0.6.

References
----------
Wichmann & Hill (2001), doi:10.3758/BF03194544.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit.psychophysics.psychometric import (
    PsychometricFit,
    deviance_of,
    fit_many,
    separated_sets,
)


@dataclass(frozen=True)
class GoodnessOfFit:
    """Whether the deviance is as large as expected under the model.

    Parameters
    ----------
    deviance : float
    p_value : float
        Share of data sets simulated from the fit with a deviance at least as large,
        the observed one among them.
    n_samples : int
        Simulated data sets.
    """

    deviance: float
    p_value: float
    n_samples: int

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return dict(vars(self))


def goodness_of_fit(
    fit: PsychometricFit, generator: np.random.Generator, *, n_samples: int = 2000
) -> GoodnessOfFit:
    """Return the parametric-bootstrap goodness of fit.

    The deviance is that of maximum likelihood. Where a data set is separated, its limit
    is 0, simulated or real: such a data set fits perfectly, and p is 1.

    Parameters
    ----------
    fit : PsychometricFit
    generator : numpy.random.Generator
    n_samples : int, optional
    """
    if fit.separated:
        return GoodnessOfFit(0.0, 1.0, n_samples)
    N = np.broadcast_to(fit.shown, (n_samples, len(fit.shown)))
    K = generator.binomial(N.astype(int), fit.predict(fit.levels)).astype(float)
    # With few answers the same tables recur: each is fitted once.
    unique, inverse = np.unique(K, axis=0, return_inverse=True)
    overlap = ~separated_sets(unique, N[: len(unique)])
    deviances = np.zeros(len(unique))
    if overlap.any():
        K, shown = unique[overlap], N[: overlap.sum()]
        scored, _ = fit_many(fit.levels, K, shown, link=fit.link)
        deviances[overlap] = deviance_of(scored.log_likelihood, K, shown)
    # Simulated deviances equal to the observed one must not be lost by rounding.
    larger = deviances[inverse.ravel()] >= fit.deviance * (1 - 1e-9) - 1e-9
    p_value = (1 + int(larger.sum())) / (1 + n_samples)
    return GoodnessOfFit(fit.deviance, p_value, n_samples)
