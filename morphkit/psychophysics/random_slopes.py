"""The typical psychometric function where participants differ in place and slope.

A function with random intercepts alone lets participants differ in their point of
equality and gives all of them one slope: where slopes differ, or some answers do not
depend on the image, its slope is too flat. Here every participant has an intercept and
a slope of their own (a correlated pair), every identity an intercept, and guess and
lapse rates are common to all.

Conventions
-----------
``P = γ + (1 - γ - λ) F(η)``,
``η = β0 + β1 z + s u_i + a v_j + (b v_j + c w_j) z`` with standard normal u, v, w. The
likelihood is Laplace's approximation with the expected curvature, as lme4 has it for
γ = λ = 0.

References
----------
Moscatelli, Mezzetti & Lacquaniti (2012), doi:10.1167/12.11.26 (mixed models of
psychometric functions); Bates et al. (2015), doi:10.18637/jss.v067.i01 (lme4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.integrated_likelihood import MAX_RATE
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array, Link
from morphkit.psychophysics.scoring import look_up_link

_INNER = 40
#: A parameter closer to its limit is on it.
_ON_LIMIT = 2e-3


@dataclass(frozen=True)
class RandomSlopes:
    """The function of the typical participant and identity.

    Parameters
    ----------
    link : str
    pse, jnd, spread : float
        Of the typical participant: without guesses and lapses, as of all fits.
    pse_interval, jnd_interval : Interval
        Wald's, with Student's quantile of as many degrees of freedom as participants
        less one. That of the PSE is of identities like these, not only of these.
    sd_identity, sd_participant, sd_slope, correlation : float
        Standard deviations of the intercepts of identities and participants and of the
        slopes of participants at level 0 of the axis, in link units, and the
        correlation of the latter two.
    guess, lapse : float
    log_likelihood : float
        Of single answers, after Laplace.
    """

    link: str
    pse: float
    jnd: float
    spread: float
    pse_interval: Interval
    jnd_interval: Interval
    sd_identity: float
    sd_participant: float
    sd_slope: float
    correlation: float
    guess: float
    lapse: float
    log_likelihood: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as a JSON object."""
        return {
            name: value.to_dict() if isinstance(value, Interval) else value
            for name, value in vars(self).items()
        }


@dataclass(eq=False)
class _Model:
    """Counts ``(I, J, m)`` at standardised levels ``(I, m)``, and the last modes."""

    z: Array
    K: Array
    N: Array
    link: Link
    modes: Array = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        n_identities, n_participants, _ = self.K.shape
        self.modes = np.zeros(n_identities + 2 * n_participants)

    def minus(self, theta: Array) -> float:
        """Return minus the Laplace log-likelihood; it starts from the last modes."""
        s, a, b, c = theta[2:6]
        n, J, _ = self.K.shape
        x, modes = self.z[:, None, :], self.modes
        value = -np.inf
        share, step = 1.0, np.zeros_like(modes)
        for _ in range(_INNER):
            trial = modes + share * step
            state = self._evaluate(theta, trial)
            if state[0] < value - 1e-9 and share > 1e-3:
                share /= 2
                continue
            modes, share = trial, 1.0
            value, g, W = state
            score = -modes
            score[:n] += s * g.sum((1, 2))
            gx = (g * x).sum((0, 2))
            score[n : n + J] += a * g.sum((0, 2)) + b * gx
            score[n + J :] += c * gx
            H = _curvature(W, x, (s, a, b, c))
            step = np.asarray(np.linalg.solve(H, score), float)
            if np.abs(step).max() < 1e-9:
                break
        self.modes = modes
        _, log_determinant = np.linalg.slogdet(H)
        return float(-(value - 0.5 * log_determinant))

    def _evaluate(self, theta: Array, modes: Array) -> tuple[float, Array, Array]:
        """Return the penalised log-likelihood, its slope and curvature over ``η``."""
        b0, b1, s, a, b, c, gamma, lapse = theta
        n, J, _ = self.K.shape
        u, v, w = modes[:n], modes[n : n + J], modes[n + J :]
        x = self.z[:, None, :]
        eta = b0 + b1 * x + (s * u)[:, None, None] + (a * v)[None, :, None]
        eta = eta + (b * v + c * w)[None, :, None] * x
        log_yes, log_no, up, down = self.link.both(eta)
        K, M = self.K, self.N - self.K
        if gamma == 0 and lapse == 0:
            value = (K * log_yes + M * log_no).sum()
            g, W = K * up - M * down, self.N * up * down
        else:
            F = np.exp(log_yes)
            density = (1 - gamma - lapse) * F * up
            P = np.clip(gamma + (1 - gamma - lapse) * F, 1e-300, 1 - 1e-16)
            value = (scipy.special.xlogy(K, P) + scipy.special.xlog1py(M, -P)).sum()
            g = density * (K / P - M / (1 - P))
            W = self.N * density**2 / (P * (1 - P))
        return float(value - 0.5 * modes @ modes), g, W


def _curvature(W: Array, x: Array, scales: Sequence[float]) -> Array:
    """Return the curvature over the random effects."""
    s, a, b, c = scales
    n, J, _ = W.shape
    W0, W1, W2 = W.sum(2), (W * x).sum(2), (W * x * x).sum(2)
    p0, p1, p2 = W0.sum(0), W1.sum(0), W2.sum(0)
    H = np.eye(n + 2 * J)
    i, j, k = np.arange(n), np.arange(n, n + J), np.arange(n + J, n + 2 * J)
    H[i, i] += s * s * W0.sum(1)
    H[j, j] += a * a * p0 + 2 * a * b * p1 + b * b * p2
    H[k, k] += c * c * p2
    H[j, k] = H[k, j] = a * c * p1 + b * c * p2
    H[:n, n : n + J] = s * (a * W0 + b * W1)
    H[:n, n + J :] = s * c * W1
    H[n : n + J, :n], H[n + J :, :n] = H[:n, n : n + J].T, H[:n, n + J :].T
    return H


def fit_random_slopes(
    levels: npt.ArrayLike,
    chosen: npt.ArrayLike,
    shown: npt.ArrayLike,
    *,
    start: tuple[float, float],
    link: str = "probit",
    rates: bool = True,
    level: float = 0.95,
) -> RandomSlopes:
    """Return the function of the typical participant.

    Parameters
    ----------
    levels : array-like, shape (I, m)
        Levels of each identity.
    chosen, shown : array-like, shape (I, J, m)
        Answers for the second label, and answers.
    start : tuple of float
        Intercept and slope to begin with.
    link : str, optional
    rates : bool, optional
        Whether guess and lapse rates are estimated; otherwise they are 0.
    level : float, optional
        Of the intervals.

    Raises
    ------
    InputError
        If there are fewer than three participants, or the answers do not determine the
        model.
    """
    x, K, N = (np.asarray(value, float) for value in (levels, chosen, shown))
    n_identities, n_participants, _ = K.shape
    if n_participants < 3:
        raise InputError(f"{n_participants} participants", allowed="at least 3")
    middle, width = float(x.mean()), float(np.ptp(x)) / 4
    model = _Model((x - middle) / width, K, N, look_up_link(link))
    b0, b1 = start[0] + start[1] * middle, start[1] * width
    rate = (0.0, MAX_RATE) if rates else (0.0, 0.0)
    bounds = [(None, None), (1e-3, None), (0.0, None if n_identities > 1 else 0.0)]
    bounds += [(0.0, None), (None, None), (0.0, None), rate, rate]
    first = np.array([b0, b1, 0.3 * (n_identities > 1), 0.4, 0.0, 0.2 * b1, 0.0, 0.0])
    first[6:] = 0.01 * rates
    try:
        return _fit(model, first, bounds, (middle, width), link, level)
    except np.linalg.LinAlgError:
        raise _undetermined() from None


def _undetermined() -> InputError:
    return InputError(
        "the answers do not determine how participants differ in their slopes"
    )


def _fit(
    model: _Model,
    first: Array,
    bounds: list[tuple[float | None, float | None]],
    scale: tuple[float, float],
    link: str,
    level: float,
) -> RandomSlopes:
    """Return the maximum, in units of the levels."""
    middle, width = scale
    found = scipy.optimize.minimize(
        model.minus,
        first,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-12, "gtol": 1e-5, "maxiter": 200, "eps": 1e-5},
    )
    theta = np.array(found.x)
    V = _covariance(model, theta, bounds)
    if not np.isfinite(found.fun) or V is None or theta[1] <= 1e-3:
        raise _undetermined()
    reach = float(scipy.stats.t.ppf((1 + level) / 2, model.K.shape[1] - 1))
    gradient = np.array([-1 / theta[1], theta[0] / theta[1] ** 2]) * width
    pse_reach = reach * math.sqrt(gradient @ V @ gradient)
    pse = float(middle - width * theta[0] / theta[1])
    jnd = float(model.link.quartile * width / theta[1])
    factor = math.exp(reach * math.sqrt(V[1, 1]) / theta[1])
    a, b, c = theta[3:6]
    # Intercepts at level 0 of the axis, in its units.
    L = np.array([[1, -middle / width], [0, 1 / width]]) @ np.array([[a, 0], [b, c]])
    C = L @ L.T
    sds = np.sqrt(np.diag(C))
    return RandomSlopes(
        link=link,
        pse=pse,
        jnd=jnd,
        spread=float(width / theta[1]),
        pse_interval=Interval(pse - pse_reach, pse + pse_reach, level),
        jnd_interval=Interval(jnd / factor, jnd * factor, level),
        sd_identity=float(theta[2]),
        sd_participant=float(sds[0]),
        sd_slope=float(sds[1]),
        correlation=float(C[0, 1] / sds.prod()) if sds.all() else 0.0,
        guess=float(theta[6]),
        lapse=float(theta[7]),
        log_likelihood=-float(found.fun),
    )


def _covariance(
    model: _Model, theta: Array, bounds: Sequence[tuple[float | None, float | None]]
) -> Array | None:
    """Return the covariance of the fixed effects; None if there is none.

    Parameters on a limit are taken as known.
    """
    free = [
        k
        for k, (low, high) in enumerate(bounds)
        if (low is None or theta[k] > low + _ON_LIMIT)
        and (high is None or theta[k] < high - _ON_LIMIT)
    ]
    n, step = len(free), 1e-3
    H = np.zeros((n, n))
    here = model.minus(theta)

    def at(*moves: tuple[int, float]) -> float:
        moved = theta.copy()
        for k, sign in moves:
            moved[free[k]] += sign * step
        return model.minus(moved)

    for i in range(n):
        H[i, i] = (at((i, 1)) - 2 * here + at((i, -1))) / step**2
        for j in range(i):
            both = at((i, 1), (j, 1)) + at((i, -1), (j, -1))
            one = at((i, 1), (j, -1)) + at((i, -1), (j, 1))
            H[i, j] = H[j, i] = (both - one) / (4 * step**2)
    values = np.linalg.eigvalsh(H)
    if not np.isfinite(values).all() or values[0] <= 0:
        return None
    return np.asarray(np.linalg.inv(H)[:2, :2])
