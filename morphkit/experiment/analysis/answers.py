"""Answers of one study, checked against the pack that was shown.

Invalid answers are errors, all reported together; answers that can be used but deserve
a remark give a finding.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from morphkit._core.finding import Finding
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR, Answer, Answers
from morphkit.experiment.designs import DESIGNS, fitting_design
from morphkit.pack.model import Pack
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.difference_scaling import MIN_PARTICIPANTS

#: Phases that are not analysed: the participant learns the task.
LEARNING = ("practice", "training")
#: Faster answers are too early to depend on the stimulus.
FASTEST_SECONDS = 0.15
_MAX_LISTED = 10


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
    """

    answers: tuple[Answer, ...]
    stimuli: Mapping[str, Stimulus]
    labels: tuple[str, str]
    findings: tuple[Finding, ...]

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
) -> Collected:
    """Return the answers of one task.

    Parameters
    ----------
    answers : iterable of Answer
    pack : Pack
    task : str
        ``"category"``, ``"scale"`` (triads and quadruples) or ``"rating"``.
    continua : sequence of str, optional
        Only these; all otherwise.
    phases : sequence of str, optional
        Only these; all but practice and training otherwise.

    Raises
    ------
    InputError
        If no answer belongs to the task, stimuli are unknown, a response is not one of
        the task, or a trial has two different answers.
    """
    stimuli = pack.by_id
    given = list(answers)
    chosen = [a for a in given if _task(a) == task and _in_phase(a, phases)]
    if not chosen:
        raise _nothing(given, task, phases)
    _check_stimuli(chosen, stimuli, pack)
    known = {row.continuum_id for row in pack.stimuli}
    raise_all(
        InputError(
            f'there is no continuum "{name}"', where=pack.name, allowed=", ".join(known)
        )
        for name in continua
        if name not in known
    )
    kept = [
        a
        for a in chosen
        if not continua or stimuli[a.stimuli[0]].continuum_id in continua
    ]
    if not kept:
        raise InputError(f"no answer is to {', '.join(continua)}")
    labels = _labels(kept, stimuli)
    # Findings from reading the files come first.
    findings = list(answers.findings) if isinstance(answers, Answers) else []
    kept = _without_repeats(kept, findings)
    kept = _answered(kept, findings)
    kept = [_in_words(a, task, labels) for a in kept]
    _check_responses(kept, task, labels)
    if task != "rating":  # ratings are of images, independent of levels
        raise_all(_without_level(kept, pack))
    findings += _on_participants(kept)
    return Collected(
        answers=tuple(sorted(kept, key=lambda a: (a.participant, a.order, a.stimuli))),
        stimuli=stimuli,
        labels=labels,
        findings=tuple(findings),
    )


def tasks_of(answers: Iterable[Answer]) -> Counter[str]:
    """Return the number of answers per task, without practice and training."""
    return Counter(_task(a) for a in answers if _in_phase(a, ()))


def _task(answer: Answer) -> str:
    """Return the task of an answer."""
    n, kind = len(answer.stimuli), DESIGNS.get(answer.design)
    if kind is None or n not in kind.n_stimuli:
        kind = DESIGNS[fitting_design(n, is_number=False)]
    return kind.task


def _in_phase(answer: Answer, phases: Sequence[str]) -> bool:
    return answer.phase in phases if phases else answer.phase not in LEARNING


def _nothing(given: Sequence[Answer], task: str, phases: Sequence[str]) -> InputError:
    """Return the error for answers of another task or phase."""
    found = Counter(f"{_task(a)} in phase {a.phase}" for a in given)
    said = ", ".join(f"{n} of {name}" for name, n in sorted(found.items()))
    wanted = {
        "category": "label answers to single stimuli",
        "scale": "answers to triads or quadruples",
        "rating": "ratings",
    }[task]
    return InputError(
        f"there are no {wanted}; found: {said or 'nothing'}",
        allowed=f"phases {', '.join(phases)}" if phases else "",
        remedy="if responses are codes, translate them: --recode 1=happy,2=distressed"
        if task == "category"
        else "",
    )


def _without_level(answers: Iterable[Answer], pack: Pack) -> Iterator[InputError]:
    """Yield an error for every image shown whose level is unknown."""
    for name in sorted({s for a in answers for s in a.stimuli}):
        try:
            pack.level_of(name)
        except InputError as error:
            yield error


def _check_stimuli(
    answers: Sequence[Answer], stimuli: Mapping[str, Stimulus], pack: Pack
) -> None:
    """Refuse stimuli that are not in the pack, and trials across continua."""
    unknown = Counter(s for a in answers for s in a.stimuli if s not in stimuli)
    errors = [
        InputError(
            f'stimulus "{name}" is not in the pack ({n} answers)', where=pack.name
        )
        for name, n in sorted(unknown.items())[:_MAX_LISTED]
    ]
    if len(unknown) > _MAX_LISTED:
        errors.append(
            InputError(
                f"and {len(unknown) - _MAX_LISTED} other unknown stimuli",
                where=pack.name,
                remedy="is this the pack that was shown?",
            )
        )
    mixed = [
        a
        for a in answers
        if all(s in stimuli for s in a.stimuli)
        and len({stimuli[s].continuum_id for s in a.stimuli}) > 1
    ]
    errors += [
        InputError(
            f"trial {a.order} of {a.participant} compares stimuli of different "
            f"continua: {', '.join(a.stimuli)}"
        )
        for a in mixed[:_MAX_LISTED]
    ]
    raise_all(errors)


def _labels(
    answers: Sequence[Answer], stimuli: Mapping[str, Stimulus]
) -> tuple[str, str]:
    pairs = sorted(
        {
            (stimuli[s].from_label, stimuli[s].to_label)
            for a in answers
            for s in a.stimuli
        }
    )
    if len(pairs) > 1:
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
    kept: dict[tuple[str, str, int, str], Answer] = {}
    errors, repeats = [], Counter[str]()
    for a in answers:
        key = (a.participant, a.phase, a.order, a.question)
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
                    remedy="give each participant a separate code, and each trial "
                    "its number",
                )
            )
    raise_all(errors[:_MAX_LISTED])
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


def _in_words(answer: Answer, task: str, labels: tuple[str, str]) -> Answer:
    """Return the answer with its response spelled as in the pack."""
    known = labels if task == "category" else (FIRST_PAIR, SECOND_PAIR)
    for word in known:
        if answer.response.strip().casefold() == word.casefold():
            return answer if answer.response == word else replace(answer, response=word)
    return answer


def _check_responses(
    answers: Sequence[Answer], task: str, labels: tuple[str, str]
) -> None:
    """Refuse responses that the task does not have."""
    if task == "rating":
        bad = Counter(a.response for a in answers if not _is_number(a.response))
        allowed = "a number"
    else:
        known = labels if task == "category" else (FIRST_PAIR, SECOND_PAIR)
        bad = Counter(a.response for a in answers if a.response not in known)
        allowed = " or ".join(f'"{word}"' for word in known)
    raise_all(
        InputError(
            f'the response "{word}" ({n} answers)',
            allowed=allowed,
            remedy=f"translate it: --recode {word}=LABEL",
        )
        for word, n in sorted(bad.items())[:_MAX_LISTED]
    )


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


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
                limit=MIN_PARTICIPANTS,
            )
        )
    elif len(people) < MIN_PARTICIPANTS:
        found.append(
            Finding(
                "few-participants",
                "warning",
                f"{len(people)} participants, fewer than {MIN_PARTICIPANTS}: they say "
                "little about other people, and difference scales treat their "
                "answers as independent",
                value=len(people),
                limit=MIN_PARTICIPANTS,
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
