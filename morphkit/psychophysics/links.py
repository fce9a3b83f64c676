"""Links: the symmetric distributions behind psychometric functions.

Conventions
-----------
``F`` is the distribution function, ``f`` its density and ``z`` the linear predictor.
Everything is expressed by ``log F`` and the hazard ``f / F``, which stay exact far out,
where ``F`` itself has rounded to 0 or 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """A distribution that is symmetric about 0.

    Parameters
    ----------
    log_cdf : callable
        ``log F(z)``.
    hazard : callable
        ``f(z) / F(z)``; by symmetry that at ``-z`` is ``f(z) / (1 - F(z))``.
    both : callable
        ``log F(z)``, ``log F(-z)`` and the hazards at ``z`` and ``-z``: all four for
        the price of two.
    bend : callable
        ``f'(z) / f(z)``.
    quartile : float
        ``z`` at which ``F`` is 0.75: the JND in units of the spread.
    spread : str
        What ``1 / slope`` is called.
    """

    log_cdf: Callable[[Array], Array]
    hazard: Callable[[Array], Array]
    both: Callable[[Array], tuple[Array, Array, Array, Array]]
    bend: Callable[[Array], Array]
    quartile: float
    spread: str

    def cdf(self, z: Array) -> Array:
        """Return ``F(z)``."""
        return np.asarray(np.exp(self.log_cdf(z)))

    def weight(self, z: Array) -> Array:
        """Return ``f² / (F (1 - F))``, the information of one answer about ``z``."""
        return self.hazard(z) * self.hazard(-z)


def _probit_hazard(z: Array) -> Array:
    # erfcx overflows to infinity where the hazard is below 1e-300: 0 is right there.
    return np.asarray(np.sqrt(2 / np.pi) / scipy.special.erfcx(-z / np.sqrt(2)))


def _probit_both(z: Array) -> tuple[Array, Array, Array, Array]:
    t = np.abs(z)
    log_density = -0.5 * t * t - 0.5 * np.log(2 * np.pi)
    # Of the two sides the rarer is computed, the other is 1 less its probability.
    rare = np.sqrt(2 / np.pi) / scipy.special.erfcx(t / np.sqrt(2))
    density = np.exp(log_density)
    tail = density / rare
    often, log_often = density / (1 - tail), np.log1p(-tail)
    log_rare = log_density - np.log(rare)
    up = z > 0
    return (
        np.where(up, log_often, log_rare),
        np.where(up, log_rare, log_often),
        np.where(up, often, rare),
        np.where(up, rare, often),
    )


def _logit_both(z: Array) -> tuple[Array, Array, Array, Array]:
    return _logit_log_cdf(z), _logit_log_cdf(-z), _logit_hazard(z), _logit_hazard(-z)


def _logit_log_cdf(z: Array) -> Array:
    return np.asarray(scipy.special.log_expit(z))


def _logit_hazard(z: Array) -> Array:
    return np.asarray(scipy.special.expit(-z))


LINKS: Mapping[str, Link] = {
    "probit": Link(
        log_cdf=lambda z: np.asarray(scipy.special.log_ndtr(z)),
        hazard=_probit_hazard,
        both=_probit_both,
        bend=lambda z: -z,
        # The normal quantile of 3/4, without loading SciPy to know it.
        quartile=0.6744897501960817,
        spread="standard deviation of the Gaussian",
    ),
    "logit": Link(
        log_cdf=_logit_log_cdf,
        hazard=_logit_hazard,
        both=_logit_both,
        bend=lambda z: -np.tanh(z / 2),
        quartile=float(np.log(3)),
        spread="scale of the logistic distribution",
    ),
}
