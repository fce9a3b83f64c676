"""The function of the typical participant and identity: random intercepts.

References
----------
Moscatelli, Mezzetti & Lacquaniti (2012), doi:10.1167/12.11.26 (generalised linear mixed
models of psychometric functions).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.psychophysics import laplace
from morphkit.psychophysics.crossed_counts import CrossedCounts
from morphkit.psychophysics.laplace import Crossed, Modes
from morphkit.psychophysics.links import Array
from morphkit.psychophysics.psychometric import all_same, fit_many
from morphkit.psychophysics.scoring import look_up_link

#: Data sets that are fitted together; bounds memory.
_CHUNK = 40


@dataclass(frozen=True, eq=False)
class HierarchicalFit:
    """A psychometric function with random intercepts of identities and participants.

    Parameters
    ----------
    link : str
    intercept, slope : float
        Of the typical participant and identity.
    pse, pse_error, spread, jnd : float
        As in `PsychometricFit`; the error is that of the delta method.
    sd_identity, sd_participant : float
        Standard deviations of the intercepts, in link units; times the spread they are
        those of the PSE. 0 where there is only one identity or participant.
    identity_pse : ndarray, shape (I,)
        PSE of each identity, drawn towards the typical one as far as its data are few.
    log_likelihood : float
        Of single answers, after Laplace.
    converged : bool
    """

    link: str
    intercept: float
    slope: float
    pse: float
    pse_error: float
    spread: float
    jnd: float
    sd_identity: float
    sd_participant: float
    identity_pse: Array
    log_likelihood: float
    converged: bool

    def __post_init__(self) -> None:
        look_up_link(self.link)

    def to_dict(self) -> dict[str, Any]:
        """Return the fit as a JSON object."""
        return vars(self) | {"identity_pse": self.identity_pse.tolist()}


@dataclass(frozen=True)
class _Scale:
    """How levels are standardised."""

    middle: float
    width: float


@dataclass(frozen=True, eq=False)
class Start:
    """Starting values of bootstrap fits: the fit of the data themselves."""

    theta: Array
    modes: Modes
    inverse: Array
    free: npt.NDArray[np.intp]
    scale: _Scale


def fit_random_intercepts(
    counts: CrossedCounts, link: str
) -> tuple[HierarchicalFit, Start]:
    """Return the fit of all answers, and where fits of its samples start.

    Parameters
    ----------
    counts : CrossedCounts
    link : str
        Name in `morphkit.psychophysics.links.LINKS`.

    Raises
    ------
    InputError
        If the answers do not determine it.
    """
    x, K, N = counts.together()
    if all_same(K, N):
        raise InputError("all answers are the same label")
    scored, separated = fit_many(x[N[0] > 0], K[:, N[0] > 0], N[:, N[0] > 0], link=link)
    if separated[0]:
        raise InputError(
            "one level separates the answers of all participants, so the differences "
            "between them cannot be estimated"
        )
    a, b = scored.coefficients[0]
    scale = _Scale(float(x.mean()), float(np.ptp(x)) / 4)
    n_identities, n_participants = counts.shown.shape[:2]
    free = np.array([0, 1] + [2] * (n_identities > 1) + [3] * (n_participants > 1))
    theta = np.array([[a + b * scale.middle, b * scale.width, 0.0, 0.0]])
    theta[:, free[2:]] = 0.3
    data = _crossed(counts, np.ones((1, n_participants)), link, scale)
    modes = Modes(np.zeros((1, n_identities)), np.zeros((1, n_participants)))
    first = np.eye(len(free)) * 4 / N.sum()
    theta, modes, value, converged = laplace.maximise(data, theta, modes, free, first)
    best = laplace.find_modes(data, theta, modes)
    curvature = -laplace.hessian(data, best, free)
    # At a standard deviation of 0 the curvature may change sign; the search stops
    # there.
    eigen, vectors = np.linalg.eigh(curvature)
    inverse = vectors @ np.diag(1 / np.maximum(eigen, 1e-3 * eigen.max())) @ vectors.T
    start = Start(theta, modes, inverse, free, scale)
    fit = _describe(theta[0], modes, start, link, float(value[0]), bool(converged[0]))
    return fit, start


def _crossed(counts: CrossedCounts, copies: Array, link: str, scale: _Scale) -> Crossed:
    z = (counts.levels - scale.middle) / scale.width
    return Crossed(z, counts.chosen, counts.shown, copies, look_up_link(link))


def _describe(
    theta: Array, modes: Modes, start: Start, link: str, value: float, converged: bool
) -> HierarchicalFit:
    """Return the fit in units of the levels."""
    scale = start.scale
    slope = theta[1] / scale.width
    intercept = theta[0] - slope * scale.middle
    gradient = np.array([-1 / theta[1], theta[0] / theta[1] ** 2]) * scale.width
    error = math.sqrt(gradient @ start.inverse[:2, :2] @ gradient)
    identity = intercept + theta[2] * modes.u[0]
    return HierarchicalFit(
        link=link,
        intercept=float(intercept),
        slope=float(slope),
        pse=float(-intercept / slope),
        pse_error=error,
        spread=float(1 / slope),
        jnd=float(look_up_link(link).quartile / slope),
        sd_identity=abs(float(theta[2])),
        sd_participant=abs(float(theta[3])),
        identity_pse=frozen(-identity / slope),
        log_likelihood=value,
        converged=converged,
    )


def refit(
    counts: CrossedCounts, copies: Array, link: str, start: Start
) -> tuple[Array, Array]:
    """Return PSE and slope of samples of the participants.

    Parameters
    ----------
    counts : CrossedCounts
    copies : ndarray, shape (B, J)
        How often every participant is in every sample.
    link : str
    start : Start
        From the fit of the data themselves.

    Returns
    -------
    pse, slope : ndarray, shape (B,)
        In units of the levels; NaN where a sample had no fit.
    """
    theta = np.full((len(copies), 4), np.nan)
    for first in range(0, len(copies), _CHUNK):
        rows = slice(first, first + _CHUNK)
        data = _crossed(counts, copies[rows], link, start.scale)
        n = len(data.copies)
        begin = Modes(np.repeat(start.modes.u, n, 0), np.repeat(start.modes.v, n, 0))
        found, _, _, converged = laplace.maximise(
            data,
            np.repeat(start.theta, n, 0),
            begin,
            start.free,
            start.inverse,
            tolerance=1e-4,
        )
        theta[rows] = np.where(converged[:, None], found, np.nan)
    slope = theta[:, 1] / start.scale.width
    return start.scale.middle - theta[:, 0] / slope, slope
