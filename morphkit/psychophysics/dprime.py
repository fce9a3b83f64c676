"""Sensitivity d′ from the share of correct answers, for the designs of discrimination.

References
----------
Macmillan & Creelman (2005), ISBN 978-0-8058-4231-6; Versfeld, Dai & Green (1996),
doi:10.3758/BF03205478 (oddity).
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import integrate, optimize
from scipy.special import ndtr, ndtri

from morphkit.errors import InputError

_LARGEST = 12.0


def dprime_yes_no(hits: float, false_alarms: float) -> float:
    """Return d′ of a yes-no task.

    Examples
    --------
    >>> round(dprime_yes_no(0.75, 0.2), 6)
    1.516111
    """
    _check(hits, "hits", 0)
    _check(false_alarms, "false alarms", 0)
    return float(ndtri(hits) - ndtri(false_alarms))


def dprime_forced_choice(correct: float, alternatives: int = 2) -> float:
    """Return d′ of a choice among `alternatives` intervals or places (mAFC)."""
    if alternatives < 2:
        raise InputError(f"{alternatives} alternatives", allowed="at least 2")
    _check(correct, "correct", 1 / alternatives)
    m = alternatives - 1
    return _solve(
        lambda d: _integral(lambda x: _density(x - d) * float(ndtr(x)) ** m), correct
    )


def dprime_abx(correct: float, *, independent: bool = False) -> float:
    """Return d′ of ABX: by differencing, or by independent observations.

    Parameters
    ----------
    correct : float
        Share of correct answers.
    independent : bool, optional
        The observer compares each interval with a criterion, the ideal strategy for
        fixed pairs; otherwise the differences between intervals.
    """
    _check(correct, "correct", 0.5)
    a, b = math.sqrt(2), 2.0 if independent else math.sqrt(6)

    def share(d: float) -> float:
        return float(ndtr(d / a) * ndtr(d / b) + ndtr(-d / a) * ndtr(-d / b))

    return _solve(share, correct)


def dprime_same_different(
    hits: float, false_alarms: float, *, independent: bool = False
) -> float:
    """Return d′ of a same-different task: by differencing or independent observations.

    Parameters
    ----------
    hits : float
        Share of "different" among different pairs.
    false_alarms : float
        Share of "different" among same pairs.
    independent : bool, optional
    """
    _check(false_alarms, "false alarms", 0)
    _check(hits, "hits", false_alarms)
    if independent:
        # P(correct) of an unbiased observer with the same distance between the z.
        unbiased = float(ndtr((ndtri(hits) - ndtri(false_alarms)) / 2))
        return float(2 * ndtri((1 + math.sqrt(2 * unbiased - 1)) / 2))
    k = math.sqrt(2) * ndtri(1 - false_alarms / 2)

    def share(d: float) -> float:
        return float(ndtr((d - k) / math.sqrt(2)) + ndtr((-d - k) / math.sqrt(2)))

    return _solve(share, hits)


def dprime_oddity(correct: float) -> float:
    """Return d′ of the odd one out of three, by differencing (triangle test)."""
    _check(correct, "correct", 1 / 3)

    def share(d: float) -> float:
        def at(x: float) -> float:
            near = -x * math.sqrt(3) + d * math.sqrt(2 / 3)
            far = -x * math.sqrt(3) - d * math.sqrt(2 / 3)
            return float(ndtr(near) + ndtr(far)) * _density(x)

        return 2 * float(integrate.quad(at, 0, 10, epsabs=1e-12)[0])

    return _solve(share, correct)


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _integral(at: Callable[[float], float]) -> float:
    return float(
        integrate.quad(at, -10, 10 + _LARGEST, epsabs=1e-12, points=[0.0], limit=200)[0]
    )


def _solve(share: Callable[[float], float], wanted: float) -> float:
    if wanted > share(_LARGEST):
        raise InputError(f"a share of {wanted:g} would need d' above {_LARGEST:g}")
    found = optimize.brentq(lambda d: share(d) - wanted, 0, _LARGEST, xtol=1e-12)
    return float(found)


def _check(value: float, name: str, least: float) -> None:
    """Refuse a share that no finite sensitivity gives."""
    if not (np.isfinite(value) and least < value < 1):
        raise InputError(
            f"a share of {name} of {value:g}",
            allowed=f"more than {least:.4g} and less than 1",
            remedy="with all or none correct, d' has no finite value",
        )
