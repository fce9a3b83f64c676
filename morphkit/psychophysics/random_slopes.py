"""The typical psychometric function where participants differ in place and slope.

A function with random intercepts alone lets participants differ in their point of
equality and gives all of them one slope: where slopes differ, or some answers do not
depend on the image, its slope is too flat. Here every participant has a PSE and a slope
of their own (a correlated pair), every identity a PSE, and guess and lapse rates are
common to all.

Conventions
-----------
The typical participant is the median one: half of all people have a larger PSE, and
half a larger JND. Slopes are positive and their logarithms normal, so this is the
participant with the mean log slope; the mean of slopes themselves, which lme4 estimates
from slopes that may be negative, is that of a steeper function (by half the variance of
log slopes, 2 % at an SD of 0.2 and 13 % at 0.5).

Each participant shifts the estimate by what the likelihood of their answers says
(influence), and intervals are Student's of these J shifts: like a mean of J numbers,
whatever part of their variance is between participants and whatever of answers, and
right if the model's own variances are not.

References
----------
Moscatelli, Mezzetti & Lacquaniti (2012), doi:10.1167/12.11.26 (mixed models of
psychometric functions); Liang & Zeger (1986), doi:10.1093/biomet/73.1.13 (variance from
clusters); Satterthwaite (1946), doi:10.2307/3002019 (degrees of freedom of a sum).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy

from morphkit.errors import InputError
from morphkit.psychophysics.integrated_likelihood import MAX_RATE
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.scoring import look_up_link
from morphkit.psychophysics.slope_likelihood import UNITS, Indices, SlopeModel, State

#: A standard deviation or rate closer to a limit is on it, in units of the search.
_ON_LIMIT = 0.02
#: Largest parameters.
_HIGHEST = np.array([np.inf] * 6 + [MAX_RATE] * 2)
#: Steps of second differences, in these units.
_STEP = 0.01
#: A direction with less curvature, of the largest, is flat.
_FLAT = 1e-4
#: Slopes that differ more, by a factor of 50 to either side, are those of people some
#: of whom have none, or one that falls.
_WIDEST = 2.0
#: Place or slope in a flat direction, at most.
_DETERMINED = 0.1


@dataclass(frozen=True)
class RandomSlopes:
    """The function of the typical participant and identity.

    Parameters
    ----------
    link : str
    pse, jnd, spread : float
        Of the median participant: without guesses and lapses, as of all fits.
    pse_interval, jnd_interval : Interval
        From the influence of participants, with Student's quantile of as many degrees
        of freedom as participants less one. That of the PSE is of identities like
        these, not only of these, with Satterthwaite's degrees of freedom.
    sd_identity, sd_participant : float
        Standard deviations of the PSE between identities and between participants, in
        units of the axis.
    sd_log_slope, correlation : float
        Standard deviation of the natural logarithm of participants' slopes, and its
        correlation with their PSEs.
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
    sd_log_slope: float
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
        Intercept and slope to begin with; the slope is positive.
    link : str, optional
    rates : bool, optional
        Whether guess and lapse rates are estimated; otherwise they are 0.
    level : float, optional
        Of the intervals.

    Raises
    ------
    InputError
        If there are fewer than three participants, or the answers do not determine the
        model, as where somebody's slope is none or falls.
    """
    x, K, N = (np.asarray(value, float) for value in (levels, chosen, shown))
    n_identities, n_participants, _ = K.shape
    if n_participants < 3:
        raise InputError(f"{n_participants} participants", allowed="at least 3")
    middle, width = float(x.mean()), float(np.ptp(x)) / 4
    model = SlopeModel((x - middle) / width, K, N, look_up_link(link))
    free = np.array([0, 1] + [2] * (n_identities > 1) + [3, 4, 5] + [6, 7] * rates)
    place = (-start[0] / start[1] - middle) / width
    first = np.array([place, math.log(start[1] * width), 0.2, 0.2, 0, 0.2, 0.01, 0.01])
    first[np.setdiff1d(np.arange(8), free)] = 0
    try:
        theta, state = model.maximum(first, free)
        V = _covariance(model, theta, state, free)
    except np.linalg.LinAlgError:
        V = None
    if V is None or math.hypot(theta[4], theta[5]) > _WIDEST:
        raise InputError(
            "the answers do not determine how participants differ in their slopes"
        )
    mu, kappa, s, a, b, c, guess, lapse = map(float, theta)
    pse, spread = middle + width * mu, width * math.exp(-kappa)
    jnd = model.link.quartile * spread
    parts, degrees = [float(V[0, 0])], [n_participants - 1]
    if n_identities > 1:
        # Of the identities: at the maximum s² is too small by (I - 1) / I.
        parts.append(s * s / (n_identities - 1))
        degrees.append(n_identities - 1)
    reach = width * _reach(parts, degrees, level)
    factor = math.exp(_reach([float(V[1, 1])], [n_participants - 1], level))
    sd_log_slope = math.hypot(b, c)
    return RandomSlopes(
        link=link,
        pse=pse,
        jnd=jnd,
        spread=spread,
        pse_interval=Interval(pse - reach, pse + reach, level),
        jnd_interval=Interval(jnd / factor, jnd * factor, level),
        sd_identity=width * abs(s),
        sd_participant=width * abs(a),
        sd_log_slope=sd_log_slope,
        correlation=math.copysign(1, a) * b / sd_log_slope if sd_log_slope else 0.0,
        guess=guess,
        lapse=lapse,
        log_likelihood=float(state.value[0]),
    )


def _reach(parts: Sequence[float], degrees: Sequence[int], level: float) -> float:
    """Return half of an interval from parts of a variance and their degrees."""
    total = sum(parts)
    each = sum(part**2 / n for part, n in zip(parts, degrees, strict=True))
    student = scipy.stats.t.ppf((1 + level) / 2, total**2 / each)
    return float(student * math.sqrt(total))


def _covariance(
    model: SlopeModel, theta: Array, state: State, free: Indices
) -> Array | None:
    """Return the covariance of place and log slope for these identities, or None.

    The effects of identities are taken as known, so the answers of participants are
    independent of each other. Standard deviations and rates on a limit are, too.
    """
    places = theta[2] * state.effects.u[0]
    given = replace(model, z=model.z - places[:, None])
    theta = np.where(np.arange(8) == 2, 0.0, theta)
    near = _ON_LIMIT * UNITS
    inside = (np.abs(theta) > near) & (theta < _HIGHEST - near)
    inside[[0, 1, 4]] = True
    on = np.intersect1d(free, np.flatnonzero(inside))
    _, _, scores = given.slopes(theta, on, state.effects)
    scale = UNITS[on]
    curvature = _curvature(given, theta, on, state)
    if not np.isfinite(curvature).all():
        return None
    values, vectors = np.linalg.eigh(curvature)
    flat = _FLAT * values[-1]
    steep = values > flat
    # Which part of the slopes is correlated makes no difference where places do not
    # differ: that direction is flat. Place and slope themselves must not be.
    if values[0] < -flat or (np.abs(vectors[:2, ~steep]) > _DETERMINED).any():
        return None
    solved = vectors[:, steep] / values[steep] @ vectors[:, steep].T
    influence = scale[:, None] * (solved @ (scale[:, None] * scores))
    influence -= influence.mean(1, keepdims=True)
    J = scores.shape[1]
    return np.asarray(influence[:2] @ influence[:2].T * J / (J - 1))


def _curvature(model: SlopeModel, theta: Array, free: Indices, state: State) -> Array:
    """Return minus the second derivatives, in units of the search."""
    rows = []
    for k in free:
        step = np.where(np.arange(8) == k, _STEP * UNITS, 0)
        up, down = (
            model.slopes(theta + sign * step, free, state.effects)[1]
            for sign in (1, -1)
        )
        rows.append((down - up) / (2 * _STEP) * UNITS[free])
    curvature = np.array(rows)
    return np.asarray((curvature + curvature.T) / 2)
