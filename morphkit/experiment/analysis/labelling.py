"""Answers that are one of several labels: confusions, unbiased hit rates, sensitivity.

Conventions
-----------
Everything is worked out for each participant first; means over participants have
intervals with participants drawn again. What an image is meant to show, and how
strongly, is said in `morphkit.experiment.intended`; images half way between two labels
have no right answer and stand in no table.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import Collected, ends_of
from morphkit.experiment.analysis.label_values import (
    ALL,
    BANDS,
    POOLED,
    Accuracy,
    Confusion,
    Identified,
    LabelResult,
    LabelSettings,
    Mean,
    PairSensitivity,
)
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.intended import (
    CANNOT_TELL,
    NEUTRAL,
    intended_label,
    intensity,
)
from morphkit.pack.model import Pack
from morphkit.psychophysics.confusion import chance_hit_rates, unbiased_hit_rates
from morphkit.psychophysics.detection import Detection
from morphkit.psychophysics.intervals import Interval
from morphkit.psychophysics.resampling import mean_interval


@dataclass(frozen=True)
class _Seen:
    """An answer, and what it was to."""

    answer: Answer
    identity: str
    continuum: str
    label: str
    strength: float

    def is_in(self, band: str) -> bool:
        """Return whether it counts in a band of intensity."""
        if band == ALL or self.label == NEUTRAL:
            return True
        return BANDS[min(int(self.strength * len(BANDS)), len(BANDS) - 1)] == band


class _Means:
    """Makes means over participants, all intervals from one stream of draws."""

    def __init__(self, settings: LabelSettings) -> None:
        self._generator = np.random.default_rng(settings.seed)
        self._samples = settings.samples

    def of_shares(self, values: Iterable[float]) -> Mean:
        """Return the mean of shares: its interval ends at 0 and 1."""
        mean = self.of(values)
        ends = mean.interval
        if ends is None or ends.low is None or ends.high is None:
            return mean
        return Mean(mean.value, Interval(max(ends.low, 0.0), min(ends.high, 1.0)))

    def of(self, values: Iterable[float]) -> Mean:
        """Return the mean of values that are numbers."""
        own = np.array([v for v in values if not np.isnan(v)])
        if not len(own):
            return Mean(None, None)
        interval = mean_interval(own, self._generator, samples=self._samples)
        return Mean(float(own.mean()), interval)


def measure_labelled(
    collected: Collected, via: Mapping[str, str], settings: LabelSettings
) -> LabelResult:
    """Return confusions, accuracies and sensitivities of answers with several labels.

    Parameters
    ----------
    collected : Collected
    via : mapping of str to str
        Label in the middle of continua of three anchors, by continuum.
    settings : LabelSettings

    Raises
    ------
    InputError
        If no image shown has a right answer.
    """
    seen = list(_seen(collected, via))
    if not seen:
        raise InputError(
            "no image that was shown has a right answer",
            remedy="show images nearer to the ends of their continua",
        )
    there = {one.label for one in seen}
    ends = (name for row in collected.stimuli.values() for name in ends_of(row))
    shown = _in_order(name for name in (*ends, *sorted(there)) if name in there)
    answered = _in_order([*shown, *sorted({one.answer.response for one in seen})])
    means = _Means(settings)
    confusions: list[Confusion] = []
    accuracies: list[Accuracy] = []
    pairs: list[PairSensitivity] = []
    for identity, own in _scopes(seen):
        for band in (ALL, *BANDS):
            part = [one for one in own if one.is_in(band)]
            confusions += _confusions(part, identity, band, answered)
            accuracies += _accuracies(part, identity, band, answered, means)
        pairs += _pairs(own, identity, shown, means)
    kinds = {one.answer.design for one in seen}
    rises = {name for name in kinds if name in DESIGNS and DESIGNS[name].rising}
    rising = [one for one in seen if one.answer.design in rises]
    return LabelResult(
        answered,
        collected.participants,
        tuple(confusions),
        tuple(accuracies),
        tuple(pairs),
        tuple(_identified(rising, shown, means)),
        (*collected.findings, *_findings(collected, seen)),
        collected.shown,
        collected.account,
    )


def labels_between(pack: Pack) -> dict[str, str]:
    """Return the label in the middle of each continuum; empty where there is none."""
    return {row.continuum_id: row.via_label for row in pack.continua}


def _seen(collected: Collected, via: Mapping[str, str]) -> Iterable[_Seen]:
    """Yield the answers to images that are meant to show something."""
    for answer in collected.answers:
        row = collected.stimuli[answer.stimuli[0]]
        label = intended_label(row, via.get(row.continuum_id, ""))
        if label:
            yield _Seen(
                answer, row.identity_id, row.continuum_id, label, intensity(row)
            )


def _in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels once each: neutral, and cannot tell, last."""
    found = list(dict.fromkeys(labels))
    last = [name for name in (NEUTRAL, CANNOT_TELL) if name in found]
    return (*(name for name in found if name not in last), *last)


def _scopes(seen: Sequence[_Seen]) -> Iterable[tuple[str, list[_Seen]]]:
    """Yield all answers, then those to each identity if there are several."""
    yield POOLED, list(seen)
    identities = list(dict.fromkeys(one.identity for one in seen))
    for name in sorted(identities) if len(identities) > 1 else ():
        yield name, [one for one in seen if one.identity == name]


def _counts(
    seen: Iterable[_Seen], shown: Sequence[str], answered: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Return the matrix of counts: labels shown by answers."""
    table = Counter((one.label, one.answer.response) for one in seen)
    return np.array([[table[a, b] for b in answered] for a in shown], np.float64)


def _confusions(
    seen: Sequence[_Seen], identity: str, band: str, answered: Sequence[str]
) -> Iterable[Confusion]:
    """Yield how often each label shown was called by each answer."""
    shown = [label for label in answered if any(one.label == label for one in seen)]
    counts = _counts(seen, shown, answered)
    for label, row in zip(shown, counts, strict=True):
        for name, n in zip(answered, row, strict=True):
            yield Confusion(identity, band, label, name, int(n), float(n / row.sum()))


def _by_person(seen: Iterable[_Seen]) -> dict[str, list[_Seen]]:
    """Return the answers of each participant."""
    found: dict[str, list[_Seen]] = defaultdict(list)
    for one in seen:
        found[one.answer.participant].append(one)
    return dict(sorted(found.items()))


def _accuracies(
    seen: Sequence[_Seen],
    identity: str,
    band: str,
    answered: Sequence[str],
    means: _Means,
) -> Iterable[Accuracy]:
    """Yield hit rates of each label that was shown, raw and unbiased."""
    shown = [label for label in answered if any(one.label == label for one in seen)]
    columns = [*shown, *(name for name in answered if name not in shown)]
    hits, unbiased, chance = [], [], []
    for own in _by_person(seen).values():
        counts = _counts(own, shown, columns)
        n = counts.sum(1)
        correct = np.diag(counts)
        rates = np.divide(correct, n, out=np.full(len(n), np.nan), where=n > 0)
        hits.append(rates)
        unbiased.append(unbiased_hit_rates(counts))
        chance.append(np.where(n > 0, chance_hit_rates(counts), np.nan))
    for k, label in enumerate(shown):
        own = [one for one in seen if one.label == label]
        yield Accuracy(
            *(identity, band, label),
            len({one.answer.participant for one in own}),
            len(own),
            *(
                means.of_shares(row[k] for row in each)
                for each in (hits, unbiased, chance)
            ),
        )


def _pairs(
    seen: Sequence[_Seen], identity: str, shown: Sequence[str], means: _Means
) -> Iterable[PairSensitivity]:
    """Yield the sensitivity to each pair of expressions, or to one against neutral."""
    expressions = [label for label in shown if label != NEUTRAL]
    if len(expressions) == 1 and NEUTRAL in shown:
        expressions.append(NEUTRAL)
    for signal, noise in combinations(expressions, 2):
        found = []
        for own in _by_person(seen).values():
            yes, no = (
                [one.answer.response == signal for one in own if one.label == label]
                for label in (signal, noise)
            )
            if yes and no:
                found.append(Detection(len(yes), len(no), sum(yes), sum(no)))
        if found:
            yield PairSensitivity(
                *(identity, signal, noise, len(found)),
                means.of_shares(one.hit_rate for one in found),
                means.of_shares(one.false_alarm_rate for one in found),
                means.of(one.d_prime for one in found),
                means.of(one.criterion for one in found),
            )


def _identified(
    seen: Sequence[_Seen], shown: Sequence[str], means: _Means
) -> Iterable[Identified]:
    """Yield the intensity at which each expression is identified."""
    for identity, own in _scopes(seen) if seen else ():
        for label in (name for name in shown if name != NEUTRAL):
            people = [
                [_reached(each) for each in _sequences(theirs, label)]
                for theirs in _by_person(own).values()
            ]
            people = [found for found in people if found]
            every = [one for found in people for one in found]
            if every:
                yield Identified(
                    *(identity, label, len(people), len(every)),
                    sum(stays for _, _, stays in every),
                    means.of(float(np.mean([t for t, _, _ in p])) for p in people),
                    means.of(float(np.mean([f for _, f, _ in p])) for p in people),
                )


def _sequences(seen: Sequence[_Seen], label: str) -> list[list[_Seen]]:
    """Return the rising sequences of a participant towards a label."""
    found: list[list[_Seen]] = []
    order = sorted(seen, key=lambda one: (one.answer.session, one.answer.order))
    last: _Seen | None = None
    for one in order:
        if one.label != label:
            continue
        goes_on = (
            last is not None
            and one.continuum == last.continuum
            and one.answer.session == last.answer.session
            and one.strength > last.strength
        )
        if goes_on:
            found[-1].append(one)
        else:
            found.append([one])
        last = one
    return found


def _reached(sequence: Sequence[_Seen]) -> tuple[float, float, bool]:
    """Return where an expression is identified for good and first, and whether it is.

    One step beyond the end stands for never.
    """
    strengths = [one.strength for one in sequence]
    right = [one.answer.response == one.label for one in sequence]
    gaps = np.diff([0.0, *strengths])
    beyond = strengths[-1] + float(gaps.mean())
    wrong = [k for k, is_right in enumerate(right) if not is_right]
    at = wrong[-1] + 1 if wrong else 0
    stays = at < len(right)
    first = strengths[right.index(True)] if any(right) else beyond
    return (strengths[at] if stays else beyond), first, stays


def _findings(collected: Collected, seen: Sequence[_Seen]) -> Iterable[Finding]:
    """Yield what a reader of the tables must know."""
    halfway = len(collected.answers) - len(seen)
    if halfway:
        yield Finding(
            "no-right-answer",
            "note",
            f"{counted(halfway, 'answer')} to images half way between two labels, "
            "which have no right answer, stand in no table",
            value=halfway,
        )
    known = {name for row in collected.stimuli.values() for name in ends_of(row)}
    used = Counter(a.response for a in collected.answers)
    never = [name for name in used if name not in {*known, NEUTRAL, CANNOT_TELL}]
    if never:
        yield Finding(
            "label-not-in-pack",
            "note",
            "answers with labels that no image of the pack is meant to show: "
            + ", ".join(f"{name} ({used[name]})" for name in sorted(never)),
            value=sum(used[name] for name in never),
        )
