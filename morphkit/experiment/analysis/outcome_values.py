"""The outcome of a training trial as values: changes, arms and comparisons.

Conventions
-----------
Thresholds and their changes are in steps of the continuum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from morphkit._core.finding import Finding
from morphkit.experiment.analysis.thresholds import Threshold
from morphkit.experiment.analysis.training_detection import (
    DetectionChange,
    DetectionSummary,
)
from morphkit.experiment.answer import Account
from morphkit.psychophysics.change import Effect

TRAINED, TRANSFER = "trained", "transfer"
#: Why a participant is not among those analysed, in the order in which it is asked.
REASONS: Mapping[str, str] = {
    "no-answers": "never began",
    "not-allocated": "a code that was not allocated",
    "other-arm": "another arm than allocated",
    "no-baseline": "no baseline of the first visit",
    "no-test": "no test after the last training",
    "few-answers": "fewer than 80 % of trials answered",
    "all-alike": "all answers alike",
    "flat": "answers that are the same for all images",
    "reversed": "answers with the labels exchanged",
}


@dataclass(frozen=True)
class OutcomeSettings:
    """How an outcome is computed.

    Parameters
    ----------
    threshold : str, optional
        Name in `morphkit.experiment.analysis.thresholds.ESTIMATORS`.
    reference : str, optional
        Arm that others are compared with, by name or letter.
    """

    threshold: str = "count"
    reference: str = ""


@dataclass(frozen=True)
class Change:
    """Change of the threshold of one participant, for one set of identities.

    Parameters
    ----------
    participant, arm, stratum, identities : str
        `identities` is ``"trained"`` or ``"transfer"``.
    before, after : float
        Thresholds, steps; means over the continua of the set.
    change, error : float
    low, high : float
        95 % interval, of this participant's own answers.
    verdict : str
        ``"raised"``, ``"lowered"``, or ``"uncertain"`` where the interval holds 0.
    """

    participant: str
    arm: str
    stratum: str
    identities: str
    before: float
    after: float
    change: float
    error: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class ArmSummary:
    """Change of the thresholds of one arm, for one set of identities.

    Parameters
    ----------
    identities, arm : str
    n : int
        Participants.
    before, after : float
        Mean thresholds.
    change : Effect or None
        Mean change with its interval; None of fewer than two participants.
    raised, lowered : int
        Participants whose own interval lies above 0, or below: responders.
    """

    identities: str
    arm: str
    n: int
    before: float
    after: float
    change: Effect | None
    raised: int
    lowered: int


@dataclass(frozen=True)
class Comparison:
    """Difference of an arm from the reference.

    Parameters
    ----------
    identities, model, occasion, arm, reference : str
        `model` is ``"ancova"`` or ``"mixed"``.
    n : int
        Participants of the model.
    effect : Effect
    """

    identities: str
    model: str
    occasion: str
    arm: str
    reference: str
    n: int
    effect: Effect


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of a training trial.

    Parameters
    ----------
    thresholds : tuple of Threshold
    changes : tuple of Change
    arms : tuple of ArmSummary
    comparisons : tuple of Comparison
    flow : tuple of mapping
        Rows of the CONSORT table: stage, reason, and a count for every arm.
    occasions : tuple of str
        Before, after, and follow-ups, as visit and phase.
    findings : tuple of Finding
    answers : Account or None
        What became of the rows that were read.
    detection : tuple of DetectionChange
        Sensitivity and criterion of each participant, before and after.
    detection_arms : tuple of DetectionSummary
    """

    thresholds: tuple[Threshold, ...]
    changes: tuple[Change, ...]
    arms: tuple[ArmSummary, ...]
    comparisons: tuple[Comparison, ...]
    flow: tuple[Mapping[str, str | int], ...]
    occasions: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    answers: Account | None = None
    detection: tuple[DetectionChange, ...] = ()
    detection_arms: tuple[DetectionSummary, ...] = ()
