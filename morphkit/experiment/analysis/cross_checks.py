"""The same psychometric functions fitted by another program, for comparison.

morphkit contains no code of the other program and uses its results for nothing else: it
is called only if it is installed and requested.

psignifit (GPL-3.0 or later) fits five parameters by their posterior: threshold, width,
guess and lapse rate, overdispersion. Of its kinds of experiment *equal asymptote* is
asked for: guess and lapse rate alike, as in a choice between two categories. Its kind
*2AFC* takes the guess rate for one half, which is wrong here, and is never used.

References
----------
Schütt, Harmeling, Macke & Wichmann (2016), doi:10.1016/j.visres.2016.02.002.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.registry import Table
from morphkit.errors import InputError, MissingExtraError
from morphkit.experiment.analysis.categories import (
    CategoryResult,
    ScopedFit,
)
from morphkit.experiment.analysis.fit_findings import is_determined
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.lapses import fit_with_lapses
from morphkit.psychophysics.psychometric import PsychometricFit
from morphkit.psychophysics.scoring import look_up_link

#: psignifit's names of our links, and the 95 % point of each in units of the spread.
_SIGMOIDS = {
    "probit": ("norm", 1.6448536269514722),
    "logit": ("logistic", float(np.log(19))),
}


@dataclass(frozen=True)
class ExternalFit:
    """The fit of another program to one data set.

    Parameters
    ----------
    pse, jnd : float
        Of the function without guesses and lapses.
    pse_interval, jnd_interval : Interval
    guess, lapse, overdispersion : float
        Overdispersion is from 0 (binomial variation) to below 1.
    remarks : tuple of str
        Warnings of the program.
    """

    pse: float
    jnd: float
    pse_interval: Interval
    jnd_interval: Interval
    guess: float
    lapse: float
    overdispersion: float
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrossCheck:
    """Another program that fits psychometric functions.

    Parameters
    ----------
    load : callable
        Returns the library, or raises MissingExtraError.
    fit : callable
        ``fit(library, fit) -> ExternalFit`` for the data of one of our fits.
    summary : str
        One line for listings.
    licence : str
        SPDX expression.
    library : str
    """

    load: Callable[[], ModuleType]
    fit: Callable[[ModuleType, PsychometricFit], ExternalFit]
    summary: str
    licence: str
    library: str


@dataclass(frozen=True)
class Compared:
    """One of our fits next to that of another program.

    Parameters
    ----------
    scope : str
        ``"pooled"`` (all answers in one function) or ``"continuum"``.
    continuum_id : str or None
    pse, jnd : float
        Ours, with guess and lapse rates alike as there; without where that cannot be
        fitted.
    elsewhere : ExternalFit
    """

    scope: str
    continuum_id: str | None
    pse: float
    jnd: float
    elsewhere: ExternalFit

    @property
    def agrees(self) -> bool:
        """Whether its intervals contain our values."""
        other = self.elsewhere
        return other.pse_interval.contains(self.pse) and other.jnd_interval.contains(
            self.jnd
        )

    def to_row(self) -> dict[str, Any]:
        """Return the numbers as a row of a table."""
        other = self.elsewhere
        return {
            "scope": self.scope,
            "continuum_id": self.continuum_id,
            "pse": self.pse,
            "other_pse": other.pse,
            "other_pse_low": other.pse_interval.low,
            "other_pse_high": other.pse_interval.high,
            "jnd": self.jnd,
            "other_jnd": other.jnd,
            "other_jnd_low": other.jnd_interval.low,
            "other_jnd_high": other.jnd_interval.high,
            "other_guess": other.guess,
            "other_lapse": other.lapse,
            "other_overdispersion": other.overdispersion,
            "agrees": int(self.agrees),
        }


@dataclass(frozen=True)
class CrossChecked:
    """The result of a cross-check.

    Parameters
    ----------
    program, version : str
    compared : tuple of Compared
    findings : tuple of Finding
    """

    program: str
    version: str
    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        rows = [
            one.to_row() | {"remarks": list(one.elsewhere.remarks)}
            for one in self.compared
        ]
        return {"program": self.program, "version": self.version, "compared": rows}


def fits_to_check(result: CategoryResult) -> tuple[ScopedFit, ...]:
    """Return the fits to compare: of each identity and of all answers together.

    Those that say nothing (all answers alike, or no change with the level) are not.
    """
    both = (*result.of("continuum"), *result.of("pooled"))
    return tuple(one for one in both if one.fit is not None and is_determined(one.fit))


def cross_check(
    result: CategoryResult,
    program: str,
    library: ModuleType,
    advance: Callable[[str], None] = lambda name: None,
) -> CrossChecked:
    """Return our fits next to those of another program.

    Parameters
    ----------
    result : CategoryResult
    program : str
        Entry of `CROSS_CHECKS`.
    library : module
        From its `load`.
    advance : callable, optional
        Called with the name of every fit when it is done.
    """
    entry = CROSS_CHECKS[program]
    compared, findings = [], []
    for scoped in fits_to_check(result):
        if scoped.fit is None:
            continue
        where = scoped.continuum_id or "all answers"
        pse, jnd = _ours(scoped.fit)
        elsewhere = entry.fit(library, scoped.fit)
        one = Compared(scoped.scope, scoped.continuum_id, pse, jnd, elsewhere)
        compared.append(one)
        if not one.agrees:
            findings.append(_disagreement(one, program, where))
        advance(where)
    used = version(entry.library)
    return CrossChecked(program, used, tuple(compared), tuple(findings))


def _ours(fit: PsychometricFit) -> tuple[float, float]:
    """Return PSE and JND of the function without guesses and lapses."""
    try:
        found = fit_with_lapses(
            fit.levels, fit.chosen, fit.shown, rates="symmetric", link=fit.link
        )
    except InputError:
        return fit.pse, fit.jnd
    return found.threshold, found.jnd


def _disagreement(one: Compared, program: str, where: str) -> Finding:
    other = one.elsewhere
    of_pse = not other.pse_interval.contains(one.pse)
    name, value = ("PSE", one.pse) if of_pse else ("JND", one.jnd)
    interval = other.pse_interval if of_pse else other.jnd_interval
    return Finding(
        "cross-check",
        "warning",
        f"{program} does not agree: the {name} is {value:.4g} here and "
        f"{other.pse if of_pse else other.jnd:.4g} there (95 % {interval.low:.4g} to "
        f"{interval.high:.4g}); check the plot of this fit",
        where=where,
        value=value,
    )


def _load_psignifit() -> ModuleType:
    try:
        import psignifit
    except ImportError:
        raise MissingExtraError("the cross-check psignifit", "psignifit") from None
    return psignifit  # type: ignore[no-any-return]


def _by_psignifit(library: ModuleType, fit: PsychometricFit) -> ExternalFit:
    """Return psignifit's fit: the mode of the posterior and its 95 % intervals."""
    sigmoid, reach = _SIGMOIDS[fit.link]
    # Its sigmoids grow; answers for the other label are the same function turned.
    falls = fit.slope < 0
    chosen = fit.shown - fit.chosen if falls else fit.chosen
    data = np.column_stack([fit.levels, chosen, fit.shown])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = library.psignifit(
            data[fit.shown > 0], sigmoid=sigmoid, experiment_type="equal asymptote"
        )
    best, ends = found.parameter_estimate_MAP, found.confidence_intervals
    # Its width goes from the 5 % to the 95 % point, our JND is half of 25 to 75 %.
    per_width = look_up_link(fit.link).quartile / (2 * reach)
    width_low, width_high = (float(v) * per_width for v in ends["width"]["0.95"])
    low, high = map(float, ends["threshold"]["0.95"])
    return ExternalFit(
        pse=float(best["threshold"]),
        jnd=float(best["width"]) * per_width * (-1 if falls else 1),
        pse_interval=Interval(low, high),
        jnd_interval=Interval(-width_high, -width_low)
        if falls
        else Interval(width_low, width_high),
        guess=float(best["gamma"]),
        lapse=float(best["lambda"]),
        overdispersion=float(best["eta"]),
        remarks=tuple(str(one.message) for one in caught),
    )


CROSS_CHECKS = Table(
    "cross_checks",
    CrossCheck,
    {
        "psignifit": CrossCheck(
            load=_load_psignifit,
            fit=_by_psignifit,
            summary="psignifit's posterior with lapses and overdispersion; "
            "3 to 5 s per fit",
            licence="GPL-3.0-or-later",
            library="psignifit",
        ),
    },
)
