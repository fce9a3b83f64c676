"""Norms: ratings of stimuli with intervals, and how far raters agree."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit.errors import InputError, raise_all
from morphkit.experiment.analysis.answers import Collected
from morphkit.experiment.answer import Account
from morphkit.psychophysics.agreement import (
    IntraclassCorrelation,
    bootstrap_stimuli,
    intraclass_correlations,
    krippendorff_alpha,
)
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.ratings import RatingSummary, rating_table, summarise

#: Number of raters below which a finding says that norms rest on few.
FEW_FOR_NORMS = 30


@dataclass(frozen=True)
class Agreement:
    """How far raters agree on one question.

    Parameters
    ----------
    measure : str
    n_stimuli, n_raters : int
        In the intraclass correlations: stimuli that all of these raters rated.
    icc : tuple of IntraclassCorrelation
        Empty if no two raters rated the same two stimuli.
    alpha : float or None
        Krippendorff's alpha for interval data, over all ratings.
    alpha_interval : Interval or None
        By resampling stimuli.
    """

    measure: str
    n_stimuli: int
    n_raters: int
    icc: tuple[IntraclassCorrelation, ...]
    alpha: float | None
    alpha_interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """Return the agreement as a JSON object."""
        return vars(self) | {
            "icc": [one.to_dict() for one in self.icc],
            "alpha_interval": self.alpha_interval and self.alpha_interval.to_dict(),
        }


@dataclass(frozen=True)
class NormsResult:
    """Ratings of all stimuli on all questions, and what became of the rows read.

    Raises
    ------
    InputError
        If there is agreement on what was not rated.
    """

    summaries: tuple[RatingSummary, ...]
    agreement: tuple[Agreement, ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None

    def __post_init__(self) -> None:
        rated = {one.measure for one in self.summaries}
        raise_all(
            InputError(f'agreement on "{one.measure}", which nobody rated')
            for one in self.agreement
            if one.measure not in rated
        )


def make_norms(collected: Collected, *, seed: int = 1) -> NormsResult:
    """Return means with intervals, and agreement, of every question."""
    ratings: dict[str, dict[str, dict[str, list[float]]]] = {}
    for a in collected.answers:
        question = ratings.setdefault(a.question or "rating", {})
        row = question.setdefault(a.stimuli[0], defaultdict(list))
        row[a.participant].append(float(a.response))
    findings = list(collected.findings)
    n = len(collected.participants)
    if n < FEW_FOR_NORMS:
        findings.append(
            Finding(
                "few-raters",
                "warning",
                f"{n} raters; norms of faces usually rest on {FEW_FOR_NORMS} or more",
                value=n,
                limit=FEW_FOR_NORMS,
            )
        )
    generator = np.random.default_rng(seed)
    summaries, agreement = [], []
    order = list(collected.stimuli)
    for measure in sorted(ratings):
        by_stimulus = ratings[measure]
        summaries += [
            summarise(stimulus, measure, by_stimulus[stimulus])
            for stimulus in sorted(by_stimulus, key=order.index)
        ]
        agreement.append(_agreement(measure, by_stimulus, generator, findings))
    return NormsResult(
        tuple(summaries),
        tuple(agreement),
        tuple(findings),
        collected.shown,
        collected.account,
    )


def _agreement(
    measure: str,
    ratings: dict[str, dict[str, list[float]]],
    generator: np.random.Generator,
    findings: list[Finding],
) -> Agreement:
    table, _, raters = rating_table(ratings)
    complete = np.asarray(np.isfinite(table).all(axis=0))
    left_out = [
        r for r, whole in zip(raters, complete.tolist(), strict=True) if not whole
    ]
    if left_out:
        findings.append(
            Finding(
                "incomplete-raters",
                "note",
                f"{len(left_out)} raters did not rate every stimulus and are excluded "
                "from the intraclass correlations",
                where=measure,
                value=len(left_out),
            )
        )
    try:
        icc = tuple(intraclass_correlations(table[:, complete]).values())
    except InputError as error:
        findings.append(
            Finding("no-agreement", "warning", str(error.problem), where=measure)
        )
        icc = ()
    alpha, interval = None, None
    try:
        alpha = krippendorff_alpha(table)
        interval = bootstrap_stimuli(table, krippendorff_alpha, generator)
    except InputError as error:
        findings.append(
            Finding("no-agreement", "warning", str(error.problem), where=measure)
        )
    return Agreement(measure, len(table), int(complete.sum()), icc, alpha, interval)
