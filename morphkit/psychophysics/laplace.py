"""A probit or logit with crossed random intercepts, by Laplace's approximation.

Conventions
-----------
Arrays are indexed (data set ``r``, identity ``i``, participant ``j``, level ``x``);
participant ``j`` counts ``c[r, j]`` times, as often as a bootstrap has drawn it. The
predictor is ``β0 + β1 z + s_I u_i + s_J v_j`` with standard normal ``u`` and ``v``; the
parameters are ``θ = (β0, β1, s_I, s_J)``. Weights are those of Fisher scoring, as in
lme4.

References
----------
Bates et al. (2015), doi:10.18637/jss.v067.i01 (Laplace approximation of glmer).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit.psychophysics.links import Array, Link

MAX_STEPS = 60
_INNER = 30


@dataclass(frozen=True, eq=False)
class Crossed:
    """Counts by identity, participant and level, and copies of each participant.

    Parameters
    ----------
    z : ndarray, shape (I, m)
        Levels, standardised.
    K, N : ndarray, shape (I, J, m)
        Answers for the second label, and answers; 0 where nothing was shown.
    copies : ndarray, shape (R, J)
        How often each participant counts, per data set.
    link : Link
    """

    z: Array
    K: Array
    N: Array
    copies: Array
    link: Link

    def part(self, rows: npt.NDArray[np.intp]) -> "Crossed":
        """Return some of the data sets."""
        return Crossed(self.z, self.K, self.N, self.copies[rows], self.link)


@dataclass(frozen=True, eq=False)
class Modes:
    """Most likely random effects: ``u (R, I)`` and ``v (R, J)``."""

    u: Array
    v: Array

    def part(self, rows: npt.NDArray[np.intp]) -> "Modes":
        """Return the modes of some data sets."""
        return Modes(self.u[rows], self.v[rows])


@dataclass(frozen=True, eq=False)
class State:
    """The model at some parameters and modes, and what follows from it.

    Parameters
    ----------
    theta : ndarray, shape (R, 4)
    modes : Modes
    value : ndarray, shape (R,)
        Laplace log-likelihood, if the modes have been found.
    score_u, score_v : ndarray, shape (R, I) and (R, J)
        Gradient of the penalised log-likelihood over the random effects, per copy.
    """

    theta: Array
    modes: Modes
    value: Array
    score_u: Array
    score_v: Array
    eta: Array
    up: Array
    down: Array
    g: Array
    blocks: "_Blocks"

    def part(self, rows: npt.NDArray[np.intp]) -> "State":
        """Return some of the data sets."""
        fields = {
            name: value.part(rows) if hasattr(value, "part") else value[rows]
            for name, value in vars(self).items()
        }
        return State(**fields)


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Curvature over the random effects, in blocks shared by copies of a participant.

    | A   B |   identities
    | B'  d |   participants, diagonal
    """

    A: Array
    B: Array
    d: Array
    c: Array

    def part(self, rows: npt.NDArray[np.intp]) -> "_Blocks":
        return _Blocks(self.A[rows], self.B[rows], self.d[rows], self.c[rows])

    def schur(self) -> Array:
        """Return ``A - B d⁻¹ B'`` over all copies."""
        weighted = self.B * (self.c / self.d)[:, None, :]
        return self.A - weighted @ self.B.transpose(0, 2, 1)

    def solve(self, qu: Array, qv: Array) -> tuple[Array, Array]:
        """Return the solution for identities and for each copy of a participant."""
        right = qu - (self.B * (self.c * qv / self.d)[:, None, :]).sum(2)
        yu = np.linalg.solve(self.schur(), right[..., None])[..., 0]
        return yu, (qv - (self.B * yu[:, :, None]).sum(1)) / self.d


def _blocks(W: Array, c: Array, s: Array, t: Array) -> _Blocks:
    n = W.shape[1]
    A = np.zeros((len(W), n, n))
    A[:, range(n), range(n)] = 1 + s**2 * (W * c[:, None, :]).sum(2)
    return _Blocks(A, (s * t)[..., None] * W, 1 + t**2 * W.sum(1), c)


def evaluate(data: Crossed, theta: Array, modes: Modes) -> State:
    """Return the model at given parameters and modes."""
    s, t, c = theta[:, 2, None], theta[:, 3, None], data.copies
    fixed = theta[:, :1, None] + theta[:, 1, None, None] * data.z
    effects = (s * modes.u)[:, :, None] + (t * modes.v)[:, None, :]
    eta = fixed[:, :, None, :] + effects[..., None]
    log_yes, log_no, up, down = data.link.both(eta)
    M = data.N - data.K
    value = ((data.K * log_yes + M * log_no).sum((1, 3)) * c).sum(1)
    value = value - 0.5 * ((modes.u**2).sum(1) + (c * modes.v**2).sum(1))
    blocks = _blocks((data.N * up * down).sum(-1), c, s, t)
    determinant = np.linalg.slogdet(blocks.schur())[1] + (c * np.log(blocks.d)).sum(1)
    g = (data.K * up - M * down).sum(-1)
    return State(
        theta=theta,
        modes=modes,
        value=value - 0.5 * determinant,
        score_u=s * (g * c[:, None, :]).sum(2) - modes.u,
        score_v=t * g.sum(1) - modes.v,
        eta=eta,
        up=up,
        down=down,
        g=g,
        blocks=blocks,
    )


def find_modes(
    data: Crossed, theta: Array, modes: Modes, *, tolerance: float = 1e-10
) -> State:
    """Return the model at the modes of the random effects."""
    state = evaluate(data, theta, modes)
    for _ in range(_INNER):
        du, dv = state.blocks.solve(state.score_u, state.score_v)
        step = np.maximum(np.abs(du).max(1), np.abs(dv).max(1))
        if (step < tolerance).all():
            break
        # A long step means that the start is far away, where the quadratic is a poor
        # guide.
        share = np.minimum(1, 2 / np.maximum(step, 1e-300))[:, None]
        modes = Modes(modes.u + share * du, modes.v + share * dv)
        state = evaluate(data, theta, modes)
        # Scoring at least halves the error, and does far better near the end.
        if (step < 10 * tolerance).all():
            break
    return state


def gradient(data: Crossed, state: State) -> Array:
    """Return the slope of the Laplace log-likelihood over the four parameters.

    It has three parts: the likelihood at fixed modes, the determinant at fixed modes,
    and the determinant as the modes follow the parameters.
    """
    s, t, c = state.theta[:, 2, None], state.theta[:, 3, None], data.copies
    u, v = state.modes.u[:, :, None], state.modes.v[:, None, :]
    each = c[:, None, :]
    up, down, bend = state.up, state.down, data.link.bend(state.eta)
    W = data.N * up * down
    observed = data.K * up * (up - bend) + (data.N - data.K) * down * (down + bend)
    Wo, Wox = observed.sum(-1), (observed * data.z[:, None, :]).sum(-1)

    # Inverse of the curvature: identities, identity by participant, participant with
    # itself.
    S = np.linalg.inv(state.blocks.schur())
    SB = S @ state.blocks.B
    d = state.blocks.d[:, None, :]
    diagonal = np.einsum("rii->ri", S)[:, :, None]
    mixed = -SB / d
    own = 1 / d + (state.blocks.B * SB).sum(1, keepdims=True) / d**2
    s3, t3 = s[..., None], t[..., None]
    leverage = s3**2 * diagonal + 2 * s3 * t3 * mixed + t3**2 * own
    D = W * (2 * bend - up + down) * (each * leverage)[..., None]
    Dc, Dx = D.sum(-1), (D * data.z[:, None, :]).sum(-1)
    Wc = W.sum(-1) * each

    gx = _slope_over_level(data, state)
    direct = [(state.g * each).sum((1, 2)), (gx * each).sum((1, 2))]
    direct += [(state.g * each * u).sum((1, 2)), (state.g * each * v).sum((1, 2))]
    bent = [Dc.sum((1, 2)), Dx.sum((1, 2))]
    bent += [
        (Dc * u).sum((1, 2)) + 2 * (Wc * (s3 * diagonal + t3 * mixed)).sum((1, 2)),
        (Dc * v).sum((1, 2)) + 2 * (Wc * (s3 * mixed + t3 * own)).sum((1, 2)),
    ]

    # How the modes follow: by the observed curvature, solved once for all parameters.
    exact = _blocks(Wo, c, s, t)
    # D counts every copy of a participant; the system is written for one of them.
    one = np.where(c > 0, Dc.sum(1) / np.maximum(c, 1), 0)
    yu, yv = exact.solve(s * Dc.sum(2), t * one)
    g_u, g_v = (state.g * each).sum(2), state.g.sum(1)
    moves = []
    for k, row in enumerate((Wo, Wox, Wo * u, Wo * v)):
        su = -s * (row * each).sum(2) + (g_u if k == 2 else 0)
        sv = -t * row.sum(1) + (g_v if k == 3 else 0)
        moves.append((yu * su).sum(1) + (c * yv * sv).sum(1))
    return np.stack(
        [a - 0.5 * (b + m) for a, b, m in zip(direct, bent, moves, strict=True)], 1
    )


def _slope_over_level(data: Crossed, state: State) -> Array:
    """Return the score of each cell over the slope."""
    score = data.K * state.up - (data.N - data.K) * state.down
    return np.asarray((score * data.z[:, None, :]).sum(-1))


def hessian(data: Crossed, state: State, free: npt.NDArray[np.intp]) -> Array:
    """Return second derivatives of one data set, over its free parameters."""
    step, rows = 1e-4, []
    for k in free:
        sides = []
        for sign in (1, -1):
            moved = state.theta.copy()
            moved[:, k] += sign * step
            sides.append(gradient(data, find_modes(data, moved, state.modes))[0, free])
        rows.append((sides[0] - sides[1]) / (2 * step))
    H = np.array(rows)
    return np.asarray((H + H.T) / 2)


def maximise(
    data: Crossed,
    theta: Array,
    modes: Modes,
    free: npt.NDArray[np.intp],
    inverse: Array,
    *,
    tolerance: float = 1e-10,
) -> tuple[Array, Modes, Array, npt.NDArray[np.bool_]]:
    """Return the maxima of many data sets by a quasi-Newton method (BFGS).

    Parameters
    ----------
    data : Crossed
    theta : ndarray, shape (R, 4)
    modes : Modes
        Starting values.
    free : ndarray of int
        Parameters that may change.
    inverse : ndarray, shape (f, f)
        First guess of the inverse of minus the second derivatives.
    tolerance : float, optional
        On the gain expected from another step.

    Returns
    -------
    theta, modes, value, converged
    """
    n_sets = len(theta)
    theta, u, v = theta.copy(), modes.u.copy(), modes.v.copy()
    value, converged = np.zeros(n_sets), np.zeros(n_sets, bool)
    close = min(1e-4, tolerance**0.5 / 10)
    active = np.arange(n_sets)
    state = find_modes(data, theta, modes, tolerance=close)
    B = np.repeat(inverse[None], n_sets, 0)
    slope = gradient(data, state)[:, free]
    for _ in range(MAX_STEPS):
        theta[active], value[active] = state.theta, state.value
        u[active], v[active] = state.modes.u, state.modes.v
        direction = np.einsum("rpq,rq->rp", B, slope)
        promised = (direction * slope).sum(1)
        done = np.abs(promised) < tolerance
        converged[active[done]] = True
        rows = np.flatnonzero(~done)
        if not rows.size:
            break
        active, state, B, slope = active[rows], state.part(rows), B[rows], slope[rows]
        uphill = (promised[rows] > 0)[:, None]
        part = data.part(active)
        state, moved = _search(
            part, state, free, np.where(uphill, direction[rows], 0.1 * slope), close
        )
        now = gradient(part, state)[:, free]
        B, slope = _update(B, moved, slope - now), now
    return theta, Modes(u, v), value, converged


def _update(B: Array, s: Array, y: Array) -> Array:
    """Return the BFGS update; none where the curvature has the wrong sign."""
    sy = (s * y).sum(1)
    good = sy > 1e-14
    rho = np.where(good, 1 / np.where(good, sy, 1), 0)
    left = np.eye(B.shape[1]) - rho[:, None, None] * s[:, :, None] * y[:, None, :]
    new = left @ B @ left.transpose(0, 2, 1)
    return np.asarray(new + rho[:, None, None] * s[:, :, None] * s[:, None, :])


def _search(
    data: Crossed,
    state: State,
    free: npt.NDArray[np.intp],
    direction: Array,
    close: float,
) -> tuple[State, Array]:
    """Return a higher point along each direction, halving steps that lead down."""
    share = np.ones(len(direction))
    for _ in range(12):
        trial = state.theta.copy()
        trial[:, free] += share[:, None] * direction
        reached = find_modes(data, trial, state.modes, tolerance=close)
        down = ~(reached.value > state.value - 1e-9)
        if not down.any():
            break
        share[down] /= 2
    return reached, share[:, None] * direction
