"""The likelihood of answers of participants who differ in place and slope.

Every participant has a place (the point of equality) and a slope of their own, a
correlated pair, every identity a place, and guess and lapse rates are common to all.
What differs is integrated out by Laplace's approximation.

Conventions
-----------
``P = γ + (1 - γ - λ) F(η)`` with standard normal u (identities), v and w
(participants), at standardised levels z:

- log slopes: ``η = exp(κ + b v_j + c w_j) (z - μ - s u_i - a v_j)``. Slopes are
  positive, and ``μ`` and ``exp(κ)`` are the place and the slope of the median
  participant. The curvature is the observed one: with the expected one JNDs came out
  2 % too small.
- linear slopes: ``η = μ + s u_i + a v_j + (κ + b v_j + c w_j) z``, which for γ = λ = 0
  is the model of lme4. The curvature is the expected one, as there.

The parameters are ``θ = (μ, κ, s, a, b, c, γ, λ)``; arrays begin with R of them. A
participant or an identity without answers adds nothing.

References
----------
Moscatelli, Mezzetti & Lacquaniti (2012), doi:10.1167/12.11.26 (mixed models of
psychometric functions); Bates et al. (2015), doi:10.18637/jss.v067.i01 (lme4).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.psychophysics.integrated_likelihood import MAX_RATE
from morphkit.psychophysics.links import Array, Link

#: About how well parameters are known: the unit in which they are searched.
UNITS = np.array([0.05, 0.05, 0.2, 0.1, 0.1, 0.1, 0.01, 0.01])
#: Steps of differences, in these units.
_STEP = 1e-4
_INNER = 40
_CLOSE = 1e-8
#: A longer step of the random effects is cut: the quadratic is a poor guide there.
_LEAP = 3.0
#: Effects this close to the most likely ones have a curvature like theirs.
_NEAR = 0.3
#: Log slopes are kept within, so that nothing overflows.
_STEEPEST = 30.0
#: Log slopes of the median participant that are looked at.
_LOG_SLOPES = (-7.0, 5.0)

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Effects:
    """Random effects: ``u (R, I)`` of identities, ``v, w (R, J)`` of participants."""

    u: Array
    v: Array
    w: Array

    def moved(self, step: "Effects", share: Array) -> "Effects":
        """Return the effects after a share ``(R,)`` of a step."""
        part = share[:, None]
        return Effects(
            self.u + part * step.u, self.v + part * step.v, self.w + part * step.w
        )

    def rows(self, n: int) -> "Effects":
        """Return the first of them n times."""
        return Effects(*[np.repeat(one[:1], n, 0) for one in vars(self).values()])

    def reach(self) -> Array:
        """Return the largest of each row."""
        return np.asarray(
            np.max([np.abs(one).max(1) for one in vars(self).values()], axis=0)
        )


@dataclass(frozen=True, eq=False)
class State:
    """The model at some parameters and random effects.

    Parameters
    ----------
    effects : Effects
    penalised : ndarray, shape (R,)
        Log-likelihood with the effects' own density.
    value : ndarray, shape (R,)
        Laplace log-likelihood, if the effects are the most likely ones.
    each : ndarray, shape (R, J)
        Laplace log-likelihood of each participant, given the effects of identities.
    step : Effects
        To the maximum of the quadratic at this place.
    """

    effects: Effects
    penalised: Array
    value: Array
    each: Array
    step: Effects

    def better(self, other: "State", rows: npt.NDArray[np.bool_]) -> "State":
        """Return this state with some rows from another."""

        def pick(new: Array, old: Array) -> Array:
            return np.where(rows if new.ndim == 1 else rows[:, None], new, old)

        found: dict[str, Any] = {}
        for name, old in vars(self).items():
            new = getattr(other, name)
            if isinstance(old, Effects):
                pairs = zip(vars(new).values(), vars(old).values(), strict=True)
                found[name] = Effects(*[pick(*pair) for pair in pairs])
            else:
                found[name] = pick(new, old)
        return State(**found)


@dataclass(frozen=True, eq=False)
class SlopeModel:
    """Counts ``(I, J, m)`` at standardised levels ``(I, m)``, and how slopes differ."""

    z: Array
    K: Array
    N: Array
    link: Link
    log_slopes: bool = True

    def at(self, theta: Array, effects: Effects | None = None) -> State:
        """Return the model at its most likely random effects.

        Parameters
        ----------
        theta : ndarray, shape (R, 8)
        effects : Effects, optional
            To begin with.
        """
        n, J, _ = self.K.shape
        R = len(theta)
        if effects is None:
            effects = Effects(np.zeros((R, n)), np.zeros((R, J)), np.zeros((R, J)))
        state, share = self._evaluate(theta, effects), np.ones(R)
        for _ in range(_INNER):
            reach = state.step.reach()
            if (reach < _CLOSE).all():
                break
            length = share * np.minimum(1, _LEAP / np.maximum(reach, _CLOSE))
            # The expected curvature leads there from afar, the observed one is faster.
            near = self.log_slopes and float(reach.max()) < _NEAR
            moved = state.effects.moved(state.step, length)
            trial = self._evaluate(theta, moved, observed=near)
            higher = trial.penalised >= state.penalised - 1e-9
            state = state.better(trial, higher)
            share = np.where(higher, 1.0, share / 2)
        if self.log_slopes:
            return self._evaluate(theta, state.effects, observed=True)
        return state

    def slopes(
        self, theta: Array, free: Indices, effects: Effects | None
    ) -> tuple[State, Array, Array]:
        """Return the model, and slopes over free parameters.

        Parameters
        ----------
        theta : ndarray, shape (8,)
        free : ndarray of int, shape (f,)
        effects : Effects, optional

        Returns
        -------
        state : State
            Its first row is the model at `theta`.
        total, each : ndarray, shape (f,) and (f, J)
            Slopes of ``value`` and ``each``.
        """
        step = _STEP * UNITS[free]
        rows = np.repeat(theta[None], len(free) + 1, 0)
        rows[np.arange(len(free)) + 1, free] += step
        state = self.at(rows, effects.rows(len(rows)) if effects else None)
        total = (state.value[1:] - state.value[0]) / step
        return state, total, (state.each[1:] - state.each[0]) / step[:, None]

    def maximum(self, first: Array, free: Indices) -> tuple[Array, State]:
        """Return the most likely parameters.

        Parameters
        ----------
        first : ndarray, shape (8,)
            To begin with.
        free : ndarray of int
            Parameters that may change.
        """
        theta, state = first.copy(), None

        def minus(x: Array) -> tuple[float, Array]:
            nonlocal state
            theta[free] = x * UNITS[free]
            begin = state.effects if state else None
            state, total, _ = self.slopes(theta, free, begin)
            return -float(state.value[0]), -total * UNITS[free]

        limits = [(-np.inf, np.inf)] * 6 + [(0.0, MAX_RATE)] * 2
        limits[1] = _LOG_SLOPES if self.log_slopes else limits[1]
        bounds = np.array(limits)[free] / UNITS[free, None]
        found = scipy.optimize.minimize(
            minus,
            first[free] / UNITS[free],
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-14, "gtol": 1e-4, "maxiter": 200},
        )
        theta[free] = found.x * UNITS[free]
        begin = state.effects.rows(1) if state else None
        return theta, self.at(theta[None], begin)

    def _evaluate(
        self, theta: Array, effects: Effects, *, observed: bool = False
    ) -> State:
        """Return the model with the expected curvature, or the observed one."""
        mu, kappa, s, a, b, c, gamma, lapse = theta.T[:, :, None]
        u, v, w = effects.u, effects.v, effects.w
        place = (mu + s * u)[:, :, None] + (a * v)[:, None, :]
        slope, z = kappa + b * v + c * w, self.z[:, None, :]
        if self.log_slopes:
            slope = np.exp(np.clip(slope, -_STEEPEST, _STEEPEST))
            eta = slope[:, None, :, None] * (z - place[..., None])
            unit, over = -slope, eta
        else:
            eta = place[..., None] + slope[:, None, :, None] * z
            unit, over = np.ones_like(slope), np.broadcast_to(z, eta.shape)
        own, g, W = self._answers(eta, gamma, lapse, observed)
        # η changes by s·unit with u, by a·unit + b·over with v, by c·over with w.
        unit, Wo = unit[:, None, :], W * over
        g0, g1 = unit * g.sum(3), (g * over).sum(3)
        W0, W1, W2 = unit**2 * W.sum(3), unit * Wo.sum(3), (Wo * over).sum(3)
        score_v = a * g0.sum(1) + b * g1.sum(1) - v
        score = np.stack([score_v, c * g1.sum(1) - w], -1)
        p0, p1, p2 = W0.sum(1), W1.sum(1), W2.sum(1)
        D = np.empty((*v.shape, 2, 2))
        D[..., 0, 0] = 1 + a * a * p0 + 2 * a * b * p1 + b * b * p2
        D[..., 0, 1] = D[..., 1, 0] = c * (a * p1 + b * p2)
        D[..., 1, 1] = 1 + c * c * p2
        A = 1 + s * s * W0.sum(2)
        if observed:
            # η is not linear in v and w.
            q0, q1 = g0.sum(1), g1.sum(1)
            D[..., 0, 0] -= b * (b * q1 + 2 * a * q0)
            D[..., 0, 1] -= c * (b * q1 + a * q0)
            D[..., 1, 0] = D[..., 0, 1]
            D[..., 1, 1] -= c * c * q1
            W1 = W1 - g0
        s, a, b, c = (one[..., None] for one in (s, a, b, c))
        B = np.stack([s * (a * W0 + b * W1), s * c * W1], -1)
        score_u = s[..., 0] * g0.sum(2) - u
        step, determinant, own_determinant = _solve(A, B, D, score_u, score)
        each = own - 0.5 * (v * v + w * w)
        penalised = each.sum(1) - 0.5 * (u * u).sum(1)
        value = penalised - 0.5 * (determinant + own_determinant.sum(1))
        each = each - 0.5 * own_determinant
        state = State(effects, penalised, value, each, step)
        if observed and not (known := np.isfinite(value)).all():
            # Far from the most likely effects the observed curvature may be none.
            return self._evaluate(theta, effects).better(state, known)
        return state

    def _answers(
        self, eta: Array, gamma: Array, lapse: Array, observed: bool
    ) -> tuple[Array, Array, Array]:
        """Return log-likelihoods ``(R, J)``, and slope and curvature over ``η``."""
        log_yes, log_no, up, _ = self.link.both(eta)
        gamma, lapse = gamma[..., None, None], lapse[..., None, None]
        share, yes = 1 - gamma - lapse, np.exp(log_yes)
        P = np.maximum(gamma + share * yes, 1e-300)
        Q = np.maximum(lapse + share * np.exp(log_no), 1e-300)
        density, M = share * yes * up, self.N - self.K
        value = (self.K * np.log(P) + M * np.log(Q)).sum((1, 3))
        g = density * (self.K / P - M / Q)
        if observed:
            W = self.K * (density / P) ** 2 + M * (density / Q) ** 2
            W -= g * self.link.bend(eta)
        else:
            W = self.N * density**2 / (P * Q)
        return value, g, W


def _solve(
    A: Array, B: Array, D: Array, score_u: Array, score: Array
) -> tuple[Effects, Array, Array]:
    """Return the solution of the curvature's system, and its log-determinants.

    Parameters
    ----------
    A : ndarray, shape (R, I)
        Identities; between them there is nothing.
    B : ndarray, shape (R, I, J, 2)
    D : ndarray, shape (R, J, 2, 2)
        Participants.
    score_u, score : ndarray, shape (R, I) and (R, J, 2)

    Returns
    -------
    step : Effects
    determinant, own : ndarray, shape (R,) and (R, J)
        Of identities once participants are eliminated, and of participants; NaN where
        the curvature is not one of a maximum.
    """
    R, n, J, _ = B.shape
    det = D[..., 0, 0] * D[..., 1, 1] - D[..., 0, 1] ** 2
    det = np.where((det > 0) & (D[..., 0, 0] > 0), det, np.nan)
    inverse = np.empty_like(D)
    inverse[..., 0, 0], inverse[..., 1, 1] = D[..., 1, 1] / det, D[..., 0, 0] / det
    inverse[..., 0, 1] = inverse[..., 1, 0] = -D[..., 0, 1] / det
    flat = B.reshape(R, n, 2 * J)
    BD = np.einsum("rijp,rjpq->rijq", B, inverse).reshape(R, n, 2 * J)
    schur = -BD @ flat.transpose(0, 2, 1)
    schur[:, range(n), range(n)] += A
    right = score_u - (BD @ score.reshape(R, 2 * J, 1))[..., 0]
    u = np.linalg.solve(schur, right[..., None])[..., 0]
    left = score - (u[:, None, :] @ flat)[:, 0].reshape(R, J, 2)
    vw = np.einsum("rjpq,rjq->rjp", inverse, left)
    with np.errstate(invalid="ignore"):
        sign, determinant = np.linalg.slogdet(schur)
    determinant = np.where(sign > 0, determinant, np.nan)
    return Effects(u, vw[..., 0], vw[..., 1]), determinant, np.log(det)
