"""Scales of several continua that are alike, but not the same.

Conventions
-----------
Scales go from 0 to 1; their inner values differ between continua like a Brownian
bridge of standard deviation ``τ √(t (1 - t))`` at the share t of the continuum: the
least that can be said of increments that sum to nothing. *Spread* is that of the
middle, ``τ / 2``. The scale of one continuum is drawn towards their mean by as much as
its own answers are uncertain beside that spread, taken at the upper end of its 95 %
interval: where it may be large, a continuum is judged by its own answers.

References
----------
Efron & Morris (1975), doi:10.1080/01621459.1975.10479864 (shrinkage); Higgins,
Thompson & Spiegelhalter (2009), doi:10.1111/j.1467-985X.2008.00552.x (random effects).
"""

from dataclasses import dataclass

import numpy as np
import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.comparisons import Comparisons, Indices, design_matrix
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.scoring import estimate_many

#: Largest spread that is considered, and how finely: a scale is 1 from end to end.
_TAUS = np.concatenate([[0.0], np.geomspace(1e-3, 4.0, 400)])


@dataclass(frozen=True, eq=False)
class PartialPooling:
    """Scales of several continua, each drawn towards their mean.

    Parameters
    ----------
    values : ndarray, shape (K, n)
    covariance : ndarray, shape (K, n, n)
        Of each; that of the participants in common is part of it.
    spread, spread_high : float
        Standard deviation of the middle between continua, and the upper end of its
        one-sided 95 % interval.
    weight : float
        How much of the distance of a continuum from the mean is kept, 0 to 1.
    """

    values: Array
    covariance: Array
    spread: float
    spread_high: float
    weight: float


def pool_partially(values: Array, joint: Array, wald: Array) -> PartialPooling:
    """Return scales that are drawn towards their mean.

    Parameters
    ----------
    values : ndarray, shape (K, n)
        Fitted scales, 0 and 1 at the ends.
    joint : ndarray, shape (K, n, K, n)
        Their covariance, from drawing participants again.
    wald : ndarray, shape (n, n)
        That of one of them by the curvature of the likelihood: of as many values as
        there are participants, a covariance has to be stabilised.

    Raises
    ------
    InputError
        If there is only one scale.
    """
    K, n = values.shape
    if K < 2:
        raise InputError("one scale", allowed="2 or more to be pooled")
    inner = slice(1, n - 1)
    t = values.mean(0)[inner].clip(1e-3, 1 - 1e-3)
    t = np.maximum.accumulate(t)
    B = np.minimum.outer(t, t) - np.outer(t, t) + 1e-9 * np.eye(n - 2)
    V, W = joint[:, inner][:, :, :, inner], wald[inner, inner]
    own = np.mean([V[k, :, k] for k in range(K)], axis=0)
    both = (V.sum((0, 2)) - own * K) / (K * (K - 1))
    alone = _stable(own - both, W)
    common = _positive(both + (own - both) - alone)
    d = (values - values.mean(0))[:, inner]
    tau, high = _spread(d, B, alone)
    S = high**2 * B @ np.linalg.inv(high**2 * B + alone)
    C = common + alone / K + (1 - 1 / K) * (S @ alone + (S @ alone).T) / 2
    drawn, covariance = values.copy(), np.zeros((K, n, n))
    drawn[:, inner] = values.mean(0)[inner] + d @ S.T
    covariance[:, inner, inner] = C
    return PartialPooling(
        values=drawn,
        covariance=covariance,
        spread=tau / 2,
        spread_high=high / 2,
        weight=float(np.trace(S) / len(S)),
    )


def _spread(d: Array, B: Array, alone: Array) -> tuple[float, float]:
    """Return the residual-likelihood estimate of τ, and its upper bound."""
    ratio, U = scipy.linalg.eigh(B, alone)
    share = (d @ U) ** 2
    total = 1 + _TAUS[:, None] ** 2 * np.maximum(ratio, 0)
    likelihood = -0.5 * (
        (len(d) - 1) * np.log(total).sum(1) + (share.sum(0) / total).sum(1)
    )
    best = int(likelihood.argmax())
    near = 2 * (likelihood[best] - likelihood) <= scipy.stats.chi2.ppf(0.90, 1)
    return float(_TAUS[best]), float(_TAUS[np.flatnonzero(near).max()])


def _stable(drawn: Array, wald: Array) -> Array:
    """Return a positive covariance as large as that of the draws.

    Its shape is halfway that by the curvature: the draws of few participants have
    directions without any variance.
    """
    factor = max(float(np.trace(drawn) / np.trace(wald)), 0.5)
    mixed = (drawn + factor * wald) / 2
    values, vectors = np.linalg.eigh(mixed)
    least = 0.25 * float(np.linalg.eigvalsh(factor * wald).min())
    return np.asarray((vectors * np.maximum(values, least)) @ vectors.T)


def _positive(C: Array) -> Array:
    """Return the nearest covariance."""
    values, vectors = np.linalg.eigh((C + C.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Answers of participants to several continua, counted.

    Parameters
    ----------
    quads : ndarray of int, shape (T, 4)
        Different trials, in canonical form.
    second, asked : ndarray, shape (J, K, T)
        How often each participant chose the second pair, and was asked, in each
        continuum.
    n_levels : int
    """

    quads: Indices
    second: Array
    asked: Array
    n_levels: int

    @property
    def crossed(self) -> bool:
        """Whether participants judged several continua each."""
        return bool(((self.asked.sum(2) > 0).sum(1) > 1).any())


def count_blocks(
    comparisons: Comparisons, participants: Indices, continua: Indices
) -> Blocks:
    """Return the answers counted by participant, continuum and trial."""
    rows, place = np.unique(comparisons.quads, axis=0, return_inverse=True)
    J, K, T = int(participants.max()) + 1, int(continua.max()) + 1, len(rows)
    at = (participants * K + continua) * T + place.reshape(-1)
    asked = np.bincount(at, minlength=J * K * T).reshape(J, K, T).astype(float)
    weights = comparisons.second.astype(float)
    second = np.bincount(at, weights, J * K * T).astype(float).reshape(J, K, T)
    return Blocks(rows, second, asked, comparisons.n_levels)


def resample_together(
    blocks: Blocks, generator: np.random.Generator, *, n_samples: int
) -> Array:
    """Return the scales of all continua when participants are drawn again.

    Returns
    -------
    ndarray, shape (B, K, n)
        B is smaller than asked for where draws determine no scale.
    """
    J = len(blocks.asked)
    copies = generator.multinomial(J, np.full(J, 1 / J), n_samples).astype(float)
    K = np.einsum("bj,jkt->bkt", copies, blocks.second)
    N = np.einsum("bj,jkt->bkt", copies, blocks.asked)
    return _scales(blocks, K, N)


def _scales(blocks: Blocks, K: Array, N: Array) -> Array:
    """Return normalised scales of counts (B, K, T), of draws where all have one."""
    X, T = design_matrix(blocks.quads, blocks.n_levels), len(blocks.quads)
    start = estimate_many(X, K.sum((0, 1))[None], N.sum((0, 1))[None])[0]
    scored, _ = estimate_many(
        X,
        K.reshape(-1, T),
        N.reshape(-1, T),
        start=start.coefficients[0],
        tolerance=1e-6,
    )
    beta = scored.coefficients
    good = (scored.converged & (beta[:, -1] > 0)).reshape(K.shape[:2]).all(1)
    last = np.where(beta[:, -1:] > 0, beta[:, -1:], 1)
    values = np.concatenate([np.zeros((len(beta), 1)), beta / last], axis=1)
    return np.asarray(values.reshape(*K.shape[:2], -1)[good])


@dataclass(frozen=True)
class Heterogeneity:
    """Whether the scales of continua differ.

    Parameters
    ----------
    statistic : float
        Sum of squared distances of the scales from their mean, in its errors.
    p_value : float
        Share of exchanges of the continua's names, within participants where these
        judged several, that give as much.
    n_samples : int
        Number of exchanges.
    spread, spread_high : float
        Standard deviation of the middle image between continua, in units of the scale,
        and the upper end of its one-sided 95 % interval.
    weight : float
        How much of its own distance from the mean the scale of a continuum keeps.
    """

    statistic: float
    p_value: float
    n_samples: int
    spread: float
    spread_high: float
    weight: float

    def to_dict(self) -> dict[str, float]:
        """Return the test as a JSON object."""
        return dict(vars(self))

    def sentence(self) -> str:
        """Return what is known of differences between continua, in words."""
        return (
            f"between continua the scale of the middle image has a standard deviation "
            f"of {self.spread:.3f}, at most {self.spread_high:.3f} (p = "
            f"{self.p_value:.2g} that they are the same, {self.n_samples} exchanges); "
            f"each continuum keeps {self.weight:.0%} of its distance from their mean"
        )


def exchange_continua(
    blocks: Blocks, wald: Array, generator: np.random.Generator, *, n_samples: int
) -> tuple[float, float]:
    """Return statistic and p value of the test that all continua have one scale.

    Under that hypothesis the names of the continua that a participant judged can be
    exchanged, and those of whole participants where each judged only one.
    """
    J, K, _ = blocks.asked.shape
    turns = np.tile(np.arange(K), (n_samples + 1, J, 1))
    if blocks.crossed:
        turns[1:] = generator.permuted(turns[1:], axis=2)
        people = np.broadcast_to(np.arange(J)[None, :, None], turns.shape)
    else:
        orders = np.tile(np.arange(J), (n_samples + 1, 1))
        orders[1:] = generator.permuted(orders[1:], axis=1)
        return _exchanged_people(blocks, wald, orders)
    second = blocks.second[people, turns].sum(1)
    asked = blocks.asked[people, turns].sum(1)
    return _compared(blocks, second, asked, wald)


def _exchanged_people(
    blocks: Blocks, wald: Array, orders: Indices
) -> tuple[float, float]:
    """Return the test where names of whole participants are exchanged."""
    J, K, _ = blocks.asked.shape
    own = blocks.asked.sum(2).argmax(1)
    member = np.zeros((len(orders), K, J))
    for sample, order in enumerate(orders):
        member[sample, own[order], np.arange(J)] = 1
    second = np.einsum("bkj,jt->bkt", member, blocks.second.sum(1))
    asked = np.einsum("bkj,jt->bkt", member, blocks.asked.sum(1))
    return _compared(blocks, second, asked, wald)


def _compared(
    blocks: Blocks, second: Array, asked: Array, wald: Array
) -> tuple[float, float]:
    """Return the statistic of the first counts, and the share that are as large."""
    own = _scales(blocks, second[:1], asked[:1])
    if not len(own):
        raise InputError("a continuum has no scale of its own")
    values = np.concatenate([own, _scales(blocks, second[1:], asked[1:])])
    inner = slice(1, values.shape[2] - 1)
    d = (values - values.mean(1, keepdims=True))[:, :, inner]
    weight = np.linalg.inv(wald[inner, inner])
    found = np.einsum("bki,ij,bkj->b", d, weight, d)
    return float(found[0]), float((found >= found[0] - 1e-9).mean())
