"""What answers of several labels come to, as values with rows of tables.

Conventions
-----------
Means are over participants; their intervals come from drawing participants again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from morphkit._core.finding import Finding
from morphkit.experiment.answer import Account
from morphkit.psychophysics.intervals import Interval

#: All images, and thirds of the intensity.
ALL, BANDS = "all", ("low", "middle", "high")
#: Name of what is over all identities.
POOLED = "pooled"


@dataclass(frozen=True)
class LabelSettings:
    """How labels are analysed.

    Parameters
    ----------
    samples : int, optional
        Draws of participants; 0 for no intervals.
    seed : int, optional
        Of these draws.
    """

    samples: int = 2000
    seed: int = 1


@dataclass(frozen=True)
class Mean:
    """A mean over participants, with a 95 % interval if it has one."""

    value: float | None
    interval: Interval | None

    def cells(self, name: str) -> dict[str, float | None]:
        """Return the cells of a table."""
        ends = self.interval
        return {
            name: self.value,
            f"{name}_low": ends.low if ends else None,
            f"{name}_high": ends.high if ends else None,
        }


def said_mean(mean: Mean) -> str:
    """Return a mean and its interval in three digits.

    Examples
    --------
    >>> said_mean(Mean(0.51234, None)), said_mean(Mean(None, None))
    ('0.512', 'unknown')
    """
    if mean.value is None:
        return "unknown"
    ends = mean.interval
    if ends is None or ends.low is None or ends.high is None:
        return f"{mean.value:.3g}"
    return f"{mean.value:.3g} [{ends.low:.3g}, {ends.high:.3g}]"


@dataclass(frozen=True)
class Confusion:
    """How often images meant to show one label were called by each.

    Parameters
    ----------
    identity_id : str
        `POOLED` for all.
    band : str
        One of `BANDS` by intensity, or `ALL`; neutral images belong to every band.
    shown, answered : str
    n : int
        Answers of all participants.
    share : float
        Of the answers to that label.
    """

    identity_id: str
    band: str
    shown: str
    answered: str
    n: int
    share: float


@dataclass(frozen=True)
class Accuracy:
    """How well images meant to show one label are recognised.

    Parameters
    ----------
    identity_id, band, label : str
    n_participants, n_answers : int
    hits, unbiased, chance : Mean
        Hit rate, Wagner's unbiased hit rate, and the one expected by chance.
    """

    identity_id: str
    band: str
    label: str
    n_participants: int
    n_answers: int
    hits: Mean
    unbiased: Mean
    chance: Mean

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        return _row(self, ("hits", "unbiased", "chance"))


@dataclass(frozen=True)
class PairSensitivity:
    """How well two labels are told apart, and how readily the first is given.

    Parameters
    ----------
    identity_id, signal, noise : str
        `POOLED` or an identity; the label that is looked for, and the other one.
    n_participants : int
    hit_rate, false_alarm_rate, d_prime, criterion : Mean
    """

    identity_id: str
    signal: str
    noise: str
    n_participants: int
    hit_rate: Mean
    false_alarm_rate: Mean
    d_prime: Mean
    criterion: Mean

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        names = ("hit_rate", "false_alarm_rate", "d_prime", "criterion")
        return _row(self, names)


@dataclass(frozen=True)
class Identified:
    """From which intensity on an expression is identified, in rising sequences.

    Parameters
    ----------
    identity_id, label : str
    n_participants, n_sequences : int
    n_identified : int
        Sequences at whose end the expression was identified.
    threshold : Mean
        Intensity of the first image from which on every answer is right; one step
        beyond the last image where there is none.
    first : Mean
        Intensity of the first right answer, whatever follows; the same elsewhere.
    """

    identity_id: str
    label: str
    n_participants: int
    n_sequences: int
    n_identified: int
    threshold: Mean
    first: Mean

    def to_row(self) -> dict[str, Any]:
        """Return the row of a table."""
        return _row(self, ("threshold", "first"))


def _row(one: Any, means: Sequence[str]) -> dict[str, Any]:
    """Return a value as cells, its means with their intervals."""
    row = {name: value for name, value in vars(one).items() if name not in means}
    for name in means:
        row |= getattr(one, name).cells(name)
    return row


@dataclass(frozen=True)
class LabelResult:
    """Everything derived from answers that are one of several labels."""

    answered: tuple[str, ...]
    participants: tuple[str, ...]
    confusions: tuple[Confusion, ...]
    accuracies: tuple[Accuracy, ...]
    pairs: tuple[PairSensitivity, ...]
    identified: tuple[Identified, ...]
    findings: tuple[Finding, ...]
    stimuli: tuple[str, ...] = ()
    answers: Account | None = None

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Return ``confusion``, ``accuracy``, ``sensitivity`` and ``identified``."""
        return {
            "confusion": [dict(vars(one)) for one in self.confusions],
            "accuracy": [one.to_row() for one in self.accuracies],
            "sensitivity": [one.to_row() for one in self.pairs],
            "identified": [one.to_row() for one in self.identified],
        }
