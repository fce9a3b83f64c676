"""A perceptual difference scale as a value, with intervals and band.

Conventions
-----------
The normalised scale runs from 0 to 1; sigma is the noise in its units. Intervals, the
simultaneous band and the covariance are of the normalised scale, whose ends have none.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.scoring import Method
from morphkit.psychophysics.simultaneous_band import critical_value

#: Where the uncertainty comes from; version 0.1 wrote "raters".
Source = Literal["wald", "bootstrap", "participants", "partial", "raters"]


@dataclass(frozen=True, eq=False)
class DifferenceScale:
    """A perceptual scale of levels, fitted to triads or quadruples.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Physical levels, growing.
    values : ndarray, shape (n,)
        The scale, 0 at the first level and 1 at the last.
    sigma, sigma_error : float
        Noise in units of the scale, and its standard error.
    sigma_interval : Interval
        From the interval of the last coefficient, of which sigma is the inverse; its
        error is of the same source as the covariance.
    raw, raw_covariance : ndarray, shape (n - 1,) and (n - 1, n - 1)
        Coefficients of the levels after the first, in units of the noise.
    covariance : ndarray, shape (n, n)
        Of `values`, from `source`.
    intervals : tuple of Interval
        Pointwise, of each value.
    band : tuple of Interval
        Simultaneous: it contains all values together with probability 0.95.
    source : str
        Where the uncertainty comes from: ``"wald"``, ``"bootstrap"`` (parametric),
        ``"participants"`` (participants resampled) or ``"partial"`` (that, of a scale
        that was drawn towards the mean of several).
    method : str
        ``"ml"``, or ``"firth"`` if some scale predicts every answer, so that maximum
        likelihood finds no noise.
    n_trials : int
    log_likelihood, deviance, null_deviance : float
        Of single answers.

    Raises
    ------
    InputError
        If the arrays do not match.
    """

    levels: Array
    values: Array
    sigma: float
    sigma_error: float
    sigma_interval: Interval
    raw: Array
    raw_covariance: Array
    covariance: Array
    intervals: tuple[Interval, ...]
    band: tuple[Interval, ...]
    source: Source
    method: Method
    n_trials: int
    log_likelihood: float
    deviance: float
    null_deviance: float

    def __post_init__(self) -> None:
        n = self.levels.size
        shapes = {
            "levels": (n,),
            "values": (n,),
            "raw": (n - 1,),
            "raw_covariance": (n - 1, n - 1),
            "covariance": (n, n),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape or n < 2:
                raise InputError(
                    f"{name} of a scale has the shape {getattr(self, name).shape}",
                    allowed=f"{shape} of {n} levels, at least 2",
                )
        if not ((np.diff(self.levels) > 0).all() and self.null_deviance > 0):
            raise InputError("the levels of a scale grow, and its deviance is positive")
        if (np.diag(self.covariance) < 0).any():
            raise InputError("a variance of a scale is negative")
        for name in ("intervals", "band"):
            if len(getattr(self, name)) not in (0, n):
                raise InputError(f"{name} of a scale are not one for every level")

    @property
    def separated(self) -> bool:
        """Whether maximum likelihood has no finite estimate."""
        return self.method == "firth"

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2 * len(self.raw)

    @property
    def deviance_accounted(self) -> float:
        """Share of the deviance that the scale accounts for."""
        return 1 - self.deviance / self.null_deviance

    @property
    def wald_covariance(self) -> Array:
        """Covariance of `values` by the curvature of the likelihood."""
        J = normalising(self.raw)
        return np.asarray(J @ self.raw_covariance @ J.T)

    @property
    def errors(self) -> Array:
        """Standard errors of `values`."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as a JSON object."""
        result: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, Interval):
                result[name] = value.to_dict()
            elif isinstance(value, tuple):
                result[name] = [interval.to_dict() for interval in value]
            else:
                result[name] = value.tolist() if hasattr(value, "tolist") else value
        return result | {
            "aic": self.aic,
            "deviance_accounted": self.deviance_accounted,
            "errors": self.errors.tolist(),
        }


def normalising(beta: Array) -> Array:
    """Return the Jacobian of ``(0, β / β_last)`` over β."""
    n = len(beta)
    J = np.zeros((n + 1, n))
    J[1:n, : n - 1] = np.eye(n - 1) / beta[-1]
    J[1:n, -1] = -beta[:-1] / beta[-1] ** 2
    return J


def with_covariance(
    scale: DifferenceScale,
    covariance: Array,
    *,
    source: Source,
    level: float = 0.95,
    intervals: tuple[Interval, ...] | None = None,
    degrees: int | None = None,
) -> DifferenceScale:
    """Return the scale with another covariance, and intervals and band from it.

    Parameters
    ----------
    scale : DifferenceScale
    covariance : ndarray, shape (n, n)
        Of its values.
    source : str
        Where it comes from.
    level : float, optional
    intervals : tuple of Interval, optional
        Instead of those that follow.
    degrees : int, optional
        Degrees of freedom of the covariance, if it was estimated from so few
        participants that Student's quantiles are needed. It is then enlarged until
        its normal band equals Student's, so that later steps need not know.
    """
    error = np.sqrt(np.diag(covariance))
    once = scipy.stats.norm if degrees is None else scipy.stats.t(degrees)
    reach = float(once.ppf((1 + level) / 2)) * error
    wide = critical_value(covariance, level, degrees) * error
    if degrees is not None and wide.any():
        factor = critical_value(covariance, level, degrees)
        covariance = covariance * (factor / critical_value(covariance, level)) ** 2
    if intervals is None:
        intervals = _around(scale.values, reach, level)
    return replace(
        scale,
        covariance=frozen(covariance),
        intervals=intervals,
        band=_around(scale.values, wide, level),
        source=source,
    )


def _around(values: Array, reach: Array, level: float) -> tuple[Interval, ...]:
    return tuple(
        Interval(float(v - r), float(v + r), level)
        for v, r in zip(values, reach, strict=True)
    )
