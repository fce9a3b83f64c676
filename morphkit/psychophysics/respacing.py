"""New levels whose steps are equal on a scale measured with participants.

A fitted difference scale is a few noisy numbers; levels read off it directly inherit
all of its noise, and make an even continuum uneven. So a smooth curve is fitted to it
first, as simple as the data allow, and nothing is changed unless that is predicted to
help.

Conventions
-----------
Levels are fractions. The *share* ``t`` of a level says how many of the present steps
lie before it, 0 to 1; between steps levels are joined by a monotone cubic. Places on
the scale go from 0 to 1 as well. The curve is ``ψ(t) = t + Σ c_j sin(π j t)``, j from 1
to k; k = 0 is the straight line: the present steps are equal.
*Departure* is the largest distance of the places of N steps from N equal steps.

References
----------
Knoblauch & Maloney (2008), doi:10.18637/jss.v025.i02 (bootstrap of difference scales);
Akaike (1974), doi:10.1109/TAC.1974.1100705.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics.simultaneous_band import critical_value

Array = npt.NDArray[np.float64]

#: Maximum number of harmonics.
MAX_HARMONICS = 5
#: Largest condition number of the equations that a curve is fitted by.
MAX_CONDITION = 1e14
#: Chance of calling an even scale uneven.
ALPHA = 0.01
#: Fraction of bootstrap samples in which new levels must be better than the present
#: ones.
SURE = 0.95
#: Minimum slope of a curve that counts as increasing.
MIN_SLOPE = 0.02
_GRID = np.linspace(0.0, 1.0, 1001)


@dataclass(frozen=True, eq=False)
class SmoothScale:
    """A straight line with sine harmonics.

    Parameters
    ----------
    amplitudes : ndarray, shape (k,)
        Of the harmonics; none is the straight line.
    """

    amplitudes: Array

    def at(self, shares: npt.ArrayLike) -> Array:
        """Return the places of shares."""
        t = np.asarray(shares, np.float64)
        return np.asarray(t + _harmonics(t, len(self.amplitudes)) @ self.amplitudes)

    def shares_at(self, places: npt.ArrayLike) -> Array:
        """Return the shares of places from 0 to 1."""
        wanted = np.asarray(places, np.float64)
        t = np.interp(wanted, _curves(self.amplitudes[None])[0], _GRID)
        for _ in range(4):  # Newton's method: the grid only gives the start
            slope = 1 + _slopes(t, len(self.amplitudes)) @ self.amplitudes
            t = t - (self.at(t) - wanted) / slope
        return np.asarray(t)


def departure(places: npt.ArrayLike) -> float:
    """Return the largest distance of positions from equal spacing, on a scale of 1.

    Examples
    --------
    >>> round(departure([0.0, 0.4, 1.0]), 6)
    0.1
    """
    where = np.asarray(places, np.float64)
    where = (where - where[0]) / (where[-1] - where[0])
    return float(np.abs(where - np.linspace(0, 1, len(where))).max())


def max_min(places: npt.ArrayLike) -> float:
    """Return the largest over the smallest step; infinite if one is not positive."""
    steps = np.diff(np.asarray(places, np.float64))
    return float(steps.max() / steps.min()) if steps.min() > 0 else float("inf")


@dataclass(frozen=True, eq=False)
class Smoothing:
    """A smoother for scales that were measured at the same shares.

    Parameters
    ----------
    shares : array-like, shape (n,)
        Increasing, from 0 to 1.
    covariance : array-like, shape (n, n)
        Of the fitted values, which are 0 and 1 at the ends; rows and columns of the
        ends are not used.

    Raises
    ------
    InputError
        If there are fewer than three shares, they do not increase from 0 to 1, or the
        covariance does not match.
    """

    shares: Array
    covariance: Array

    def __post_init__(self) -> None:
        shares = np.asarray(self.shares, np.float64)
        covariance = np.asarray(self.covariance, np.float64)
        if shares.ndim != 1 or len(shares) < 3 or not (np.diff(shares) > 0).all():
            raise InputError("the levels of the scale", allowed="3 or more, increasing")
        if abs(shares[0]) > 1e-9 or abs(shares[-1] - 1) > 1e-9:
            raise InputError(
                "the scale was not measured from end to end of the continuum",
                remedy="measure a scale that includes both ends of the continuum",
            )
        if covariance.shape != (len(shares),) * 2 or not np.isfinite(covariance).all():
            raise InputError(
                f"a covariance of shape {covariance.shape} for {len(shares)} levels"
            )
        inner = covariance[1:-1, 1:-1]
        if not np.linalg.eigvalsh(inner).min() > 0:
            raise InputError(
                "the covariance of the scale is not positive",
                remedy="fit the scale to more answers",
            )
        object.__setattr__(self, "shares", frozen(shares))
        object.__setattr__(self, "covariance", frozen(covariance))
        G = _harmonics(shares[1:-1], self.most)
        if not np.linalg.cond(G.T @ np.linalg.inv(inner) @ G) < MAX_CONDITION:
            raise InputError(
                "levels or covariance of the scale do not determine a smooth curve",
                allowed="levels apart from each other, variances alike",
                remedy="fit the scale to more answers",
            )

    @property
    def most(self) -> int:
        """Maximum number of harmonics for this number of levels."""
        return min(MAX_HARMONICS, len(self.shares) - 2)

    def amplitudes(self, values: Array) -> tuple[Array, Array]:
        """Return the curves of many scales, each as simple as its data allow.

        The number of harmonics has the lowest AIC. All curves increase: one that would
        decrease somewhere is shrunk towards the straight line until it does not.

        Parameters
        ----------
        values : ndarray, shape (R, n)

        Returns
        -------
        amplitudes : ndarray, shape (R, most)
            Zeros beyond the harmonics used.
        gain : ndarray, shape (R,)
            AIC of the straight line minus the lowest; 0 where the line is best.
        """
        inner, t = np.asarray(values)[:, 1:-1], self.shares[1:-1]
        weight = np.linalg.inv(self.covariance[1:-1, 1:-1])
        rest = inner - t
        line = np.einsum("ri,ij,rj->r", rest, weight, rest)
        best, least = np.zeros((len(inner), self.most)), line.copy()
        for k in range(1, self.most + 1):
            G = _harmonics(t, k)
            c = np.linalg.solve(G.T @ weight @ G, G.T @ weight @ rest.T).T
            falls = -(c @ _slopes(_GRID, k).T).min(1)
            # A curve that decreases somewhere is shrunk towards the line until it
            # increases.
            c = c * np.minimum(1, (1 - MIN_SLOPE) / np.maximum(falls, 1e-9))[:, None]
            left = rest - c @ G.T
            aic = np.einsum("ri,ij,rj->r", left, weight, left) + 2 * k
            better = aic < least
            least[better] = aic[better]
            best[better] = 0.0
            best[better, :k] = c[better]
        return best, line - least

    def draw(self, at: Array, n: int, generator: np.random.Generator) -> Array:
        """Simulate `n` fitted scales, given the true scale `at`."""
        root = np.linalg.cholesky(self.covariance[1:-1, 1:-1])
        drawn = np.tile(at, (n, 1))
        drawn[:, 1:-1] += generator.standard_normal((n, len(root))) @ root.T
        return drawn


@dataclass(frozen=True, eq=False)
class Respacing:
    """The levels proposed for a continuum, and why.

    Parameters
    ----------
    applied : bool
        Whether the levels are new; otherwise they are the present ones.
    reason : str
        One sentence.
    levels : ndarray, shape (N,)
        Levels of the steps.
    positions : ndarray, shape (N,)
        Their positions on the smooth scale, 0 to 1.
    scale : SmoothScale
        Of the shares of the present steps.
    departure, max_min : float
        Of the present levels on the smooth scale.
    predicted_departure, predicted_max_min : float
        Of new levels: medians over bootstrap samples.
    worst_departure : float
        Departure that new levels exceed in 5 % of the samples.
    p_value : float
        Probability of a scale that looks as uneven if the truth is a straight line: the
        larger of that by simulation from the covariance and that of the answers.
    margin, bound : float
        Margin of equivalence, and the largest departure of the simultaneous 95 % band
        of the measured scale from equal steps.
    """

    applied: bool
    reason: str
    levels: Array
    positions: Array
    scale: SmoothScale
    departure: float
    max_min: float
    predicted_departure: float
    predicted_max_min: float
    worst_departure: float
    p_value: float
    margin: float
    bound: float


def respace(
    levels: npt.ArrayLike,
    values: npt.ArrayLike,
    covariance: npt.ArrayLike,
    *,
    present: npt.ArrayLike,
    margin: float,
    generator: np.random.Generator,
    separated: bool = False,
    p_straight: float = 0.0,
    n_samples: int = 1000,
) -> Respacing:
    """Return levels with equal steps on a measured scale, if these are reliable.

    Nothing is changed if the spacing is certainly even within the margin, if it may
    well be even, or if new levels are not more even than the present ones in at least
    95 % of bootstrap samples.

    Parameters
    ----------
    levels, values : array-like, shape (n,)
        Measured levels and fitted scale, 0 and 1 at the ends.
    covariance : array-like, shape (n, n)
        Of the values.
    present : array-like, shape (N,)
        Levels of the continuum, its ends those of the scale.
    margin : float
        Negligible departure.
    generator : numpy.random.Generator
    separated : bool, optional
        Whether some scale predicts every answer, so that the covariance is meaningless.
    p_straight : float, optional
        P value of the likelihood-ratio test of the answers against equal steps, if
        known: with few answers it is more reliable than that from the covariance.
    n_samples : int, optional
        Of the bootstrap.

    Raises
    ------
    InputError
        If the scale was not measured from end to end of the continuum, or the arguments
        do not match.
    """
    now, measured = np.asarray(present, float), np.asarray(values, float)
    at, C = np.asarray(levels, float), np.asarray(covariance, float)
    even = np.linspace(0.0, 1.0, len(now))
    _check(at, measured, now, margin)
    smoothing = Smoothing(np.interp(at, now, even), C)
    rows, gains = smoothing.amplitudes(measured[None])
    scale = SmoothScale(frozen(_used(rows[0])))
    bound = _bound(measured, smoothing)

    straight = smoothing.draw(smoothing.shares, n_samples, generator)
    _, null = smoothing.amplitudes(straight)
    simulated = (1 + int((null >= gains[0]).sum())) / (1 + n_samples)
    p_value = max(simulated, p_straight)
    drawn = smoothing.draw(scale.at(smoothing.shares), n_samples, generator)
    sampled, _ = smoothing.amplitudes(drawn)
    proposed = scale.at([np.interp(even, c, _GRID) for c in _curves(sampled)])
    departures = np.abs(proposed - even).max(1)
    worst = float(np.quantile(departures, SURE))
    steps = np.diff(proposed)

    here = scale.at(even)
    reason = _refusal(
        bound, margin, p_value, worst, departure(here), separated=separated
    )
    shares = even if reason else scale.shares_at(even)
    return Respacing(
        applied=not reason,
        reason=reason or "new levels are predicted to be more even",
        levels=frozen(now if reason else _levels_of(shares, now)),
        positions=frozen(scale.at(shares)),
        scale=scale,
        departure=departure(here),
        max_min=max_min(here),
        predicted_departure=float(np.median(departures)),
        predicted_max_min=float(np.median(steps.max(1) / steps.min(1))),
        worst_departure=worst,
        p_value=p_value,
        margin=margin,
        bound=bound,
    )


def _refusal(
    bound: float,
    margin: float,
    p_value: float,
    worst: float,
    here: float,
    *,
    separated: bool,
) -> str:
    """Return the reason against a change; empty if there is none."""
    if separated:
        return (
            "one scale predicts every answer, so its noise is unknown: more answers "
            "are needed"
        )
    if bound <= margin:
        return (
            f"the spacing is even within {margin:g} (the 95 % band of the scale stays "
            f"within {bound:.3f}): there is nothing to gain"
        )
    if p_value >= ALPHA:
        return (
            f"the spacing may well be even (p = {p_value:.2g}): more answers are "
            "needed to say how uneven it is"
        )
    if worst >= here:
        return (
            f"new levels could be as uneven ({worst:.3f}) as the present ones "
            f"({here:.3f}): more answers are needed"
        )
    return ""


def _bound(values: Array, smoothing: Smoothing) -> float:
    """Return the largest departure of the simultaneous band from equal steps."""
    wide = critical_value(smoothing.covariance) * np.sqrt(np.diag(smoothing.covariance))
    return float((np.abs(values - smoothing.shares) + wide).max())


def _check(levels: Array, values: Array, present: Array, margin: float) -> None:
    """Refuse arguments that do not match."""
    if values.shape != levels.shape:
        raise InputError(f"{values.size} values for {levels.size} levels")
    if not (abs(values[0]) < 1e-9 and abs(values[-1] - 1) < 1e-9):
        raise InputError(
            f"the scale goes from {values[0]:g} to {values[-1]:g}", allowed="0 to 1"
        )
    ends = (levels[0], levels[-1])
    if not np.allclose(ends, (present[0], present[-1]), rtol=0, atol=1e-9):
        raise InputError(
            f"the scale was measured from level {ends[0]:g} to {ends[1]:g}, the "
            f"continuum goes from {present[0]:g} to {present[-1]:g}",
            remedy="measure a scale that includes both ends of the continuum",
        )
    if not 0 < margin < 1:
        raise InputError(f"a margin of {margin:g}", allowed="between 0 and 1")


def _used(amplitudes: Array) -> Array:
    """Return amplitudes without trailing zeros."""
    used = np.flatnonzero(amplitudes)
    return amplitudes[: used[-1] + 1] if used.size else amplitudes[:0]


def _levels_of(shares: Array, present: Array) -> Array:
    """Return the levels of shares, the ends exactly those of the present levels."""
    even = np.linspace(0.0, 1.0, len(present))
    levels = np.asarray(scipy.interpolate.PchipInterpolator(even, present)(shares))
    levels[0], levels[-1] = present[0], present[-1]
    return levels


def _harmonics(t: Array, k: int) -> Array:
    """Return the harmonics 1 to k at `t`, one a column."""
    return np.asarray(np.sin(np.pi * np.multiply.outer(t, np.arange(1, k + 1))))


def _slopes(t: Array, k: int) -> Array:
    """Return the derivatives of the harmonics at `t`, one a column."""
    j = np.pi * np.arange(1, k + 1)
    return np.asarray(j * np.cos(np.multiply.outer(t, j)))


def _curves(amplitudes: Array) -> Array:
    """Return the curves of rows of amplitudes on the grid."""
    k = amplitudes.shape[1]
    return np.asarray(_GRID + amplitudes @ _harmonics(_GRID, k).T)
