"""Sentences for a paper on answers with several labels, and on answers to a probe.

Every number in them is one of the tables of the same analysis.
"""

from collections.abc import Iterable, Sequence

from morphkit._core.text import counted
from morphkit.experiment.analysis.dot_probe import REASONS, ProbeResult
from morphkit.experiment.analysis.label_values import (
    ALL,
    POOLED,
    LabelResult,
    LabelSettings,
    Mean,
    said_mean,
)
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.answer import Account

#: Reasons that say nothing of participants' answers to this task.
_NO_ANSWERS = ("other-task", "repeated-header", "no-trial")


def label_sentences(
    result: LabelResult, settings: LabelSettings, *, apart: Sequence[str] = ()
) -> Iterable[str]:
    """Yield what a paper must report of answers with several labels.

    Parameters
    ----------
    result : LabelResult
    settings : LabelSettings
    apart : sequence of str, optional
        Reasons of exclusion that another sentence names.
    """
    yield (
        f"{counted(len(result.participants), 'participant')} chose one of "
        f"{counted(len(result.answered), 'answer')} ({', '.join(result.answered)}) for "
        f"{counted(len(result.stimuli), 'image')}{_used(result.answers, apart)}."
    )
    for one in result.accuracies:
        if (one.identity_id, one.band) == (POOLED, ALL):
            yield (
                f"Of {counted(one.n_answers, 'answer')} to images meant to show "
                f"{one.label}, {said_mean(one.hits)} were right on average; the "
                f"unbiased hit rate (Wagner, 1993) was {said_mean(one.unbiased)}, by "
                f"chance {said_mean(one.chance)}."
            )
    for pair in result.pairs:
        if pair.identity_id == POOLED:
            yield (
                f"For {pair.signal} against {pair.noise}, d' was "
                f"{said_mean(pair.d_prime)} and the criterion "
                f"{said_mean(pair.criterion)} (hits "
                f"{said_mean(pair.hit_rate)}, false alarms "
                f"{said_mean(pair.false_alarm_rate)}; log-linear correction, "
                "Hautus, 1995)."
            )
    for found in result.identified:
        if found.identity_id == POOLED:
            yield (
                f"In sequences of rising intensity, {found.label} was identified from "
                f"an intensity of {said_mean(found.threshold)} on "
                f"({found.n_identified} of {counted(found.n_sequences, 'sequence')}; "
                "the others count one step beyond the last image)."
            )
    yield from _intervals(settings.samples, settings.seed)


def probe_sentences(
    result: ProbeResult, settings: ProbeSettings, *, apart: Sequence[str] = ()
) -> Iterable[str]:
    """Yield what a paper must report of answers to a probe; as `label_sentences`."""
    n = len(result.excluded)
    yield (
        f"{counted(n, 'participant')} found a dot in the place of one of two faces"
        f"{_used(result.answers, apart)}."
    )
    counts = {
        said: sum(int(row[reason.replace("-", "_")]) for row in result.excluded)
        for reason, said in REASONS.items()
    }
    left = ", ".join(f"{k} {said}" for said, k in counts.items() if k) or "none"
    yield (
        f"Answers that were wrong, outside {settings.fastest:g} to "
        f"{settings.slowest:g} ms, or beyond {settings.outliers:g} standard deviations "
        f"from the participant's mean were left out ({left})."
    )
    for pair in result.pairs:
        reliability = "not estimated"
        if pair.reliability is not None:
            found = pair.reliability
            value = Mean(found.reliability, found.interval)
            reliability = f"{said_mean(value)} from {found.n_splits} random halves"
        yield (
            f"The bias towards {pair.first} against {pair.second} was "
            f"{said_mean(pair.bias)} ms "
            f"({counted(pair.n_participants, 'participant')}, "
            f"{counted(pair.n_answers, 'answer')}; split-half reliability by Spearman "
            f"and Brown {reliability})."
        )
    yield from _intervals(settings.samples, settings.seed)


def _used(account: Account | None, apart: Sequence[str]) -> str:
    """Return how many answers were used, and which were not."""
    if account is None:
        return ""
    said = account.reasons(without=(*_NO_ANSWERS, *apart))
    left = f"; {said} excluded" if said else ""
    return f" ({counted(account.used, 'answer')}{left})"


def _intervals(samples: int, seed: int) -> Iterable[str]:
    """Yield where the intervals come from."""
    if samples:
        yield (
            f"Brackets are 95 % intervals from {samples} draws of the participants "
            f"(seed {seed}): their spread, times Student's quantile."
        )
