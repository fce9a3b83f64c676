"""Answers of one study, checked against the pack that was shown.

Invalid answers are errors, all reported together; answers that can be used but deserve
a remark give a finding.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from morphkit._core.finding import Finding
from morphkit.errors import InputError, raise_all
from morphkit.experiment.analysis.chosen_answers import (
    nothing_chosen,
    refuse_pooled_phases,
    why_left_out,
)
from morphkit.experiment.analysis.responses import (
    MAX_LISTED,
    check_responses,
    in_words,
    words_of,
)
from morphkit.experiment.answer import Account, Answer, Answers
from morphkit.experiment.intended import CANNOT_TELL, NEUTRAL
from morphkit.experiment.shown_images import check_builds
from morphkit.pack.model import Pack
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.simultaneous_band import MIN_PARTICIPANTS

#: Faster answers are too early to depend on the stimulus.
FASTEST_SECONDS = 0.15
#: Fewer participants are reported.
FEW_PARTICIPANTS = 10


@dataclass(frozen=True, eq=False)
class Collected:
    """Answers to analyse, and findings made while collecting them.

    Parameters
    ----------
    answers : tuple of Answer
        In the order of participants and trials.
    stimuli : mapping of str to Stimulus
        The images of the pack by their id.
    labels : tuple of str
        Labels at level 0 and level 1.
    findings : tuple of Finding
    account : Account
        What became of the rows that were read.
    """

    answers: tuple[Answer, ...]
    stimuli: Mapping[str, Stimulus]
    labels: tuple[str, str]
    findings: tuple[Finding, ...]
    account: Account

    @property
    def participants(self) -> tuple[str, ...]:
        """Codes of the participants, sorted."""
        return tuple(sorted({answer.participant for answer in self.answers}))

    @property
    def continua(self) -> tuple[str, ...]:
        """Continua shown, in the order of the pack."""
        shown = {self.continuum(a.stimuli[0]) for a in self.answers}
        ordered = dict.fromkeys(row.continuum_id for row in self.stimuli.values())
        return tuple(name for name in ordered if name in shown)

    @property
    def shown(self) -> tuple[str, ...]:
        """Ids of the images shown, sorted."""
        return tuple(sorted({name for a in self.answers for name in a.stimuli}))

    def continuum(self, stimulus: str) -> str:
        """Return the continuum of a stimulus."""
        return self.stimuli[stimulus].continuum_id

    def place(self, stimulus: str, axis: str) -> float:
        """Return level or step of a stimulus.

        Raises
        ------
        InputError
            If its level is unknown.
        """
        row = self.stimuli[stimulus]
        return row.known_level if axis == "level" else float(row.step)


def collect(
    answers: Iterable[Answer],
    pack: Pack,
    *,
    task: str,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    apart: bool = False,
) -> Collected:
    """Return the answers of one task.

    Parameters
    ----------
    answers : iterable of Answer
    pack : Pack
    task : str
        ``"category"``, ``"scale"`` (triads and quadruples), ``"rating"``, ``"pair"``
        (same or different), ``"label"`` (one of several) or ``"probe"``.
    continua : sequence of str, optional
        Only these; all otherwise.
    phases : sequence of str, optional
        Only these; all but practice and training otherwise.
    apart : bool, optional
        Whether the analysis keeps phases and visits apart itself; else several are
        refused.

    Raises
    ------
    InputError
        If no answer belongs to the task, stimuli are unknown, a response is not one of
        the task, or a trial has two different answers.
    """
    stimuli = pack.by_id
    read = answers if isinstance(answers, Answers) else Answers(tuple(answers))
    given = list(read)
    left_out = Counter(why_left_out(a, task, phases) for a in given)
    chosen = [a for a in given if not why_left_out(a, task, phases)]
    if not chosen:
        raise nothing_chosen(given, task, phases)
    _check_stimuli(chosen, stimuli, pack, across=task == "probe")
    other = check_builds(chosen, pack, other_build=read.other_build)
    kept = _of_continua(chosen, continua, pack)
    left_out["other-continuum"] = len(chosen) - len(kept)
    if task in ("category", "label", "probe") and not apart:
        refuse_pooled_phases(kept)
    labels = _labels(kept, stimuli, several=task in ("label", "probe"))
    # Findings from reading the files come first.
    findings = [*read.findings, *other]
    single = _without_repeats(kept, findings)
    left_out["duplicate"] = len(kept) - len(single)
    kept = _answered(single, findings)
    left_out["unanswered"] = len(single) - len(kept)
    words = _spellings(pack) if task == "label" else words_of(task, labels)
    kept = [in_words(a, words) for a in kept]
    check_responses(kept, task, labels)
    if task != "rating":  # ratings are of images, independent of levels
        raise_all(_without_level(kept, pack))
    findings += _on_participants(kept)
    return Collected(
        answers=tuple(sorted(kept, key=lambda a: (a.participant, a.order, a.stimuli))),
        stimuli=stimuli,
        labels=labels,
        findings=tuple(findings),
        account=read.account.less(
            **{k.replace("-", "_"): n for k, n in left_out.items() if k}
        ),
    )


def _of_continua(
    answers: Sequence[Answer], continua: Sequence[str], pack: Pack
) -> Sequence[Answer]:
    """Return the answers to some continua, or all of them if none are named."""
    if not continua:
        return answers
    known = dict.fromkeys(row.continuum_id for row in pack.stimuli)
    raise_all(
        InputError(
            f'there is no continuum "{name}"', where=pack.name, allowed=", ".join(known)
        )
        for name in continua
        if name not in known
    )
    kept = [a for a in answers if pack.by_id[a.stimuli[0]].continuum_id in continua]
    if not kept:
        raise InputError(f"no answer is to {', '.join(continua)}")
    return kept


def _spellings(pack: Pack) -> tuple[str, ...]:
    """Return the labels that the images of a pack may be given, as they are spelled."""
    there = dict.fromkeys(label for row in pack.stimuli for label in ends_of(row))
    return (*there, NEUTRAL, CANNOT_TELL)


def _without_level(answers: Iterable[Answer], pack: Pack) -> Iterator[InputError]:
    """Yield an error for every image shown whose level is unknown."""
    for name in sorted({s for a in answers for s in a.stimuli}):
        try:
            pack.level_of(name)
        except InputError as error:
            yield error


def _check_stimuli(
    answers: Sequence[Answer],
    stimuli: Mapping[str, Stimulus],
    pack: Pack,
    *,
    across: bool,
) -> None:
    """Refuse stimuli that are not in the pack, and trials across continua."""
    unknown = Counter(s for a in answers for s in a.stimuli if s not in stimuli)
    errors = [
        InputError(
            f'stimulus "{name}" is not in the pack ({n} answers)', where=pack.name
        )
        for name, n in sorted(unknown.items())[:MAX_LISTED]
    ]
    if len(unknown) > MAX_LISTED:
        errors.append(
            InputError(
                f"and {len(unknown) - MAX_LISTED} other unknown stimuli",
                where=pack.name,
                remedy="is this the pack that was shown?",
            )
        )
    mixed = [
        a
        for a in answers
        if not across
        and all(s in stimuli for s in a.stimuli)
        and len({stimuli[s].continuum_id for s in a.stimuli}) > 1
    ]
    errors += [
        InputError(
            f"trial {a.order} of {a.participant} compares stimuli of different "
            f"continua: {', '.join(a.stimuli)}"
        )
        for a in mixed[:MAX_LISTED]
    ]
    raise_all(errors)


def ends_of(row: Stimulus) -> tuple[str, str]:
    """Return the labels at the ends of the continuum of an image."""
    return row.from_label, row.to_label


def _labels(
    answers: Sequence[Answer], stimuli: Mapping[str, Stimulus], *, several: bool
) -> tuple[str, str]:
    """Return the labels of the ends; of several pairs the first, where these may be."""
    pairs = sorted({ends_of(stimuli[s]) for a in answers for s in a.stimuli})
    if len(pairs) > 1 and not several:
        raise InputError(
            "the continua have different labels: "
            + "; ".join(f"{a} to {b}" for a, b in pairs),
            remedy="analyse them one at a time, with --continuum",
        )
    return pairs[0]


def _without_repeats(
    answers: Sequence[Answer], findings: list[Finding]
) -> list[Answer]:
    """Return the answers without duplicates; refuse conflicting answers."""
    kept: dict[tuple[str, str, str, str, int, str], Answer] = {}
    errors, repeats = [], Counter[str]()
    for a in answers:
        key = (a.participant, a.visit, a.session, a.phase, a.order, a.question)
        if key not in kept:
            kept[key] = a
        elif kept[key] == a:
            repeats[a.participant] += 1
        else:
            errors.append(
                InputError(
                    f"participant {a.participant} has two different answers to trial "
                    f"{a.order} ({a.phase}): {kept[key].response!r} to "
                    f"{'+'.join(kept[key].stimuli)} and {a.response!r} to "
                    f"{'+'.join(a.stimuli)}",
                    remedy="give each participant a separate code, each trial its "
                    "number, and each session its name in a column session",
                )
            )
    raise_all(errors[:MAX_LISTED])
    if repeats:
        n, who = repeats.total(), ", ".join(sorted(repeats)[:5])
        findings.append(
            Finding(
                "duplicate-trial",
                "warning",
                f"{n} rows duplicate a trial exactly and are counted once",
                where=who,
                value=n,
            )
        )
    return list(kept.values())


def _answered(answers: Sequence[Answer], findings: list[Finding]) -> list[Answer]:
    """Return the answers given in time."""
    kept = [a for a in answers if a.response]
    missed = len(answers) - len(kept)
    if not kept:
        raise InputError("no trial was answered")
    if missed:
        findings.append(
            Finding(
                "unanswered",
                "warning" if missed > 0.05 * len(answers) else "note",
                f"{missed} of {len(answers)} trials were not answered and are excluded",
                value=missed,
            )
        )
    return kept


def _on_participants(answers: Sequence[Answer]) -> list[Finding]:
    """Return findings on who answered, and how fast."""
    people = sorted({a.participant for a in answers})
    found = []
    if len(people) == 1:
        found.append(
            Finding(
                "one-participant",
                "warning",
                "all answers are from one participant: nothing is known about others, "
                "and intervals apply to this one only",
                where=people[0],
                value=1,
                limit=FEW_PARTICIPANTS,
            )
        )
    elif len(people) < FEW_PARTICIPANTS:
        found.append(
            Finding(
                "few-participants",
                "warning",
                f"{len(people)} participants, fewer than {FEW_PARTICIPANTS}: they say "
                "little about other people; fewer than "
                f"{MIN_PARTICIPANTS} have no verdict on spacing",
                value=len(people),
                limit=FEW_PARTICIPANTS,
            )
        )
    for person in people:
        times = [a.rt_seconds for a in answers if a.participant == person]
        known = [t for t in times if t is not None]
        fast = sum(t < FASTEST_SECONDS for t in known)
        if fast > 0.1 * len(known):
            found.append(
                Finding(
                    "fast-answers",
                    "warning",
                    f"{fast} of {len(known)} answers took less than "
                    f"{FASTEST_SECONDS:g} s",
                    where=person,
                    value=fast / len(known),
                    limit=0.1,
                )
            )
    return found
