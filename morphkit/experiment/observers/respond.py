"""Simulated observers that answer any design."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.experiment.answer import (
    DIFFERENT,
    FIRST_PAIR,
    PROBE_SIDES,
    SAME,
    SECOND_PAIR,
    Answer,
)
from morphkit.experiment.design import Design, Trial
from morphkit.experiment.intended import CANNOT_TELL, NEUTRAL
from morphkit.experiment.observers.observer import (
    Looks,
    Observer,
    Person,
    draw_looks,
    draw_person,
)
from morphkit.experiment.observers.probabilities import (
    chance_of_different,
    chance_of_second_label,
    second_pair_evidence,
    with_lapses,
)
from morphkit.experiment.observers.truth import SCALES
from morphkit.experiment.training_rule import (
    Counts,
    count_baseline,
    counts_as_first,
    measured_point,
    move_boundary,
)
from morphkit.pack.rows import Stimulus

Array = npt.NDArray[np.float64]
#: What an observer with places on the scale, and a person's own traits, makes of a
#: trial: standard deviations in favour of its second choice.
Evidence = Callable[[Array, Observer, Person], float]
#: A rating takes so many times as long as a choice.
_RATING_TIME = 3.0


@dataclass(frozen=True, eq=False)
class _Face:
    """What an observer sees of a stimulus."""

    place: float
    level: float
    bend: float
    step: int
    continuum: str
    label: str
    to_label: str
    shift: float

    @property
    def end(self) -> str:
        """The label of the end that it is nearer to."""
        return self.label if self.level < 0.5 else self.to_label


@dataclass(eq=False)
class _Session:
    """An observer in the course of a session: feedback moves the boundary."""

    observer: Observer
    person: Person
    design: Design
    faces: Mapping[str, _Face]
    generator: np.random.Generator
    moved: dict[str, float] = field(default_factory=dict)
    baseline: dict[str, Counts] = field(default_factory=dict)
    evidence: Evidence | None = None
    shift: int = 0
    carried: Mapping[str, int] = field(default_factory=dict)

    def answer(self, trial: Trial) -> tuple[str, float]:
        """Return response and reaction time."""
        if self.evidence is not None:
            places = np.array([self.faces[name].place for name in trial.stimuli])
            found = self.evidence(places, self.observer, self.person)
            chance = float(chance_of_second_label(found, 0.0, 1.0))
            first, second = trial.choices
            return self._choose(chance, found, (first, second))
        if trial.choices == PROBE_SIDES:
            return self._find_probe(trial)
        if len(trial.choices) > 2:
            return self._label(trial)
        if not trial.choices:
            return self._rate(trial), _RATING_TIME * self._time(1.0)
        if set(trial.choices) == {FIRST_PAIR, SECOND_PAIR}:
            return self._compare(trial)
        if set(trial.choices) == {SAME, DIFFERENT}:
            return self._discriminate(trial)
        return self._categorise(trial)

    def _choose(
        self, chance: float, evidence: float, answers: tuple[str, str]
    ) -> tuple[str, float]:
        """Return one of two answers; the farther the evidence from 0, the faster."""
        total = float(
            with_lapses(np.array(chance), self.observer.lapses, self.observer.guess)
        )
        second = self.generator.random() < total
        return answers[int(second)], self._time(float(np.exp(-abs(evidence))))

    def _time(self, doubt: float) -> float:
        """Return a reaction time in seconds."""
        who = self.observer
        median = who.rt_least + who.rt_range * doubt
        spread = float(np.exp(who.rt_spread * self.generator.standard_normal()))
        return round(median * spread, 4)

    def _compare(self, trial: Trial) -> tuple[str, float]:
        """Return which pair differs more."""
        places = np.array([self.faces[name].place for name in trial.stimuli])
        noise = self.observer.noise * self.person.noise_factor
        evidence = float(second_pair_evidence(places)) / noise
        chance = float(chance_of_second_label(evidence, 0.0, 1.0))
        return self._choose(chance, evidence, (FIRST_PAIR, SECOND_PAIR))

    def _discriminate(self, trial: Trial) -> tuple[str, float]:
        """Return whether two pictures are the same."""
        first, second = (self.faces[name] for name in trial.stimuli)
        noise = self.observer.discrimination_noise * self.person.noise_factor
        apart = second.place - first.place
        chance = float(chance_of_different(apart, noise, self.observer.criterion))
        evidence = (abs(apart) - self.observer.criterion) / noise
        return self._choose(chance, evidence, (SAME, DIFFERENT))

    def _find_probe(self, trial: Trial) -> tuple[str, float]:
        """Return the side of the dot: sooner where an expression was, if attended."""
        shown = [self.faces[name].end != NEUTRAL for name in trial.stimuli]
        place = trial.choices.index(trial.correct)
        towards = int(shown[place]) - int(shown[1 - place])
        response = trial.correct
        if self.generator.random() < self.observer.lapses:
            response = trial.choices[self.generator.integers(2)]
        time = self._time(0.0) - towards * self.observer.attention / 2
        return response, round(max(time, 0.05), 4)

    def _label(self, trial: Trial) -> tuple[str, float]:
        """Return one of several labels: that of the range in which a face is seen.

        A face is seen at its place, with the noise of categories. On the way from a
        neutral end the label begins at the boundary; between two expressions a range
        around it is neutral. Who is near an edge may say that they cannot tell, and
        lapses take any answer.
        """
        who, face = self.observer, self.faces[trial.stimuli[0]]
        noise = who.category_noise * self.person.noise_factor
        seen = face.place + noise * self.generator.standard_normal()
        seen -= who.boundary + self.person.shift + face.shift
        plain = NEUTRAL in (face.label, face.to_label) or NEUTRAL not in trial.choices
        half = 0.0 if plain else who.neutral_range / 2
        label = NEUTRAL
        if abs(seen) >= half:
            label = face.label if seen < 0 else face.to_label
        edge = abs(abs(seen) - half)
        if CANNOT_TELL in trial.choices and edge < who.doubt:
            label = CANNOT_TELL
        if self.generator.random() < who.lapses:
            label = trial.choices[self.generator.integers(len(trial.choices))]
        return label, self._time(float(np.exp(-edge / noise)))

    def _categorise(self, trial: Trial) -> tuple[str, float]:
        """Return the category of a face, and learn from feedback."""
        face = self.faces[trial.stimuli[0]]
        first, second = trial.choices
        if face.label != first:
            first, second = second, first
        noise = self.observer.category_noise * self.person.noise_factor
        own = self.observer.boundary + self.person.shift + face.shift
        boundary = own + self.moved.get(face.continuum, 0.0)
        evidence = (face.place - boundary) / noise
        chance = float(chance_of_second_label(evidence, 0.0, 1.0))
        response, time = self._choose(chance, evidence, (first, second))
        if self.design.training is not None:
            said = "" if self.is_late(time) else response
            self._train(trial, face, said, boundary)
        return response, time

    def is_late(self, time: float) -> bool:
        """Return whether an answer comes after the time that is allowed."""
        allowed = self.design.timing.answer
        return allowed is not None and 1000 * time > allowed

    def _train(self, trial: Trial, face: _Face, response: str, boundary: float) -> None:
        """Note answers of the baseline; move the boundary after wrong ones in training.

        Answers that come too late are not counted, and have no feedback on the label.
        """
        training = self.design.training
        if training is None:
            return
        counts = self.baseline.setdefault(face.continuum, {})
        if trial.phase == "baseline":
            first = response == training.from_label
            count_baseline(counts, face.step, first, bool(response))
        elif trial.phase == "training" and response:
            point = self.carried.get(face.continuum)
            _, moved, denominator = move_boundary(
                counts, self.shift, training.balance, point
            )
            first = counts_as_first(face.step, moved, denominator)
            right = training.from_label if first else training.to_label
            # A sham says what the table says.
            if response != (trial.correct or right):
                self._learn(face, self.observer.learning * (face.place - boundary))

    def balance_points(self) -> Mapping[str, int]:
        """Return the balance points of the baseline, in ten-thousandths of a step."""
        training = self.design.training
        if training is None:
            return {}
        return {
            continuum: measured_point(counts, training.balance)
            for continuum, counts in self.baseline.items()
        }

    def _learn(self, face: _Face, step: float) -> None:
        """Move the boundary of a continuum, and of others as far as it carries."""
        others = {one.continuum for one in self.faces.values()} - {face.continuum}
        carried = self.observer.generalisation * step
        self.moved[face.continuum] = self.moved.get(face.continuum, 0.0) + step
        for name in others if carried else ():
            self.moved[name] = self.moved.get(name, 0.0) + carried

    def _rate(self, trial: Trial) -> str:
        """Return a rating as text: pleasant, strong and clear as the place has it."""
        place = self.faces[trial.stimuli[0]].place
        extreme = min(abs(2 * place - 1), 1.0)
        share = {
            "valence": 0.85 - 0.7 * place,
            "intensity": 0.2 + 0.6 * extreme,
            "clarity": 0.25 + 0.6 * extreme,
            "genuineness": 0.55 + 0.2 * extreme,
        }.get(trial.question, 0.1 + 0.8 * place)
        noise = self.observer.rating_noise * self.person.noise_factor
        share += self.person.rating_shift + noise * self.generator.standard_normal()
        if self.generator.random() < self.observer.lapses:
            share = self.generator.random()
        least, greatest, step = self.design.scales[trial.question]
        n = round((greatest - least) / step)
        return f"{least + step * min(max(round(share * n), 0), n):g}"


def answer_design(
    design: Design,
    stimuli: Sequence[Stimulus],
    observer: Observer,
    *,
    n_participants: int,
    generator: np.random.Generator,
    evidence: Evidence | None = None,
) -> list[Answer]:
    """Return the answers of simulated participants to a design.

    Participant number n has list ``(n - 1) % len(lists)``. Where the design limits the
    time to answer, answers that come later are empty.

    Parameters
    ----------
    design : Design
    stimuli : sequence of mapping
        Rows of the stimuli table of the pack.
    observer : Observer
    n_participants : int
        At least 1.
    generator : numpy.random.Generator
    evidence : callable, optional
        How a design of its own kind is answered; see
        `morphkit.experiment.designs.kind.DesignKind`.

    Raises
    ------
    InputError
        If there is no participant, or the design shows what is not in the pack.
    """
    if n_participants < 1:
        raise InputError(f"{n_participants} participants", allowed="1 or more")
    faces = _faces([design], stimuli, observer, generator)
    answers = []
    width = max(3, len(str(n_participants)))
    for number in range(1, n_participants + 1):
        person = draw_person(observer, generator)
        session = _Session(
            observer,
            person,
            design,
            _seen_by(person, observer, faces),
            generator,
            evidence=evidence,
        )
        list_number = 1 + (number - 1) % len(design.lists)
        answers += _answered(session, f"sim{number:0{width}d}", list_number)
    return answers


def answer_visits(
    visits: Mapping[str, Design],
    stimuli: Sequence[Stimulus],
    observer: Observer,
    *,
    codes: Mapping[str, int],
    dropout: float,
    generator: np.random.Generator,
) -> list[Answer]:
    """Return the answers of simulated participants to all visits of a course.

    What they learn stays, as far as they retain it. Where a design carries the balance
    point over, it is that of the first visit.

    Parameters
    ----------
    visits : mapping of str to Design
    stimuli : sequence of mapping
        Rows of the stimuli table of the pack.
    observer : Observer
    codes : mapping of str to int
        Code of each participant, and the list, from 1.
    dropout : float
        Chance of staying away from a visit, and all later ones.
    generator : numpy.random.Generator

    Raises
    ------
    InputError
        If a design shows what is not in the pack.
    """
    faces = _faces(list(visits.values()), stimuli, observer, generator)
    answers: list[Answer] = []
    for code, number in codes.items():
        person, moved = draw_person(observer, generator), dict[str, float]()
        points: Mapping[str, int] = {}
        for design in visits.values():
            if generator.random() < dropout:
                break
            moved = {k: observer.retention * v for k, v in moved.items()}
            session = _Session(observer, person, design, faces, generator, moved)
            if design.training is not None and design.training.is_carried:
                session.carried = points
            answers += _answered(session, code, number)
            points = points or session.balance_points()
    return answers


def _answered(session: _Session, participant: str, number: int) -> list[Answer]:
    """Return the answers of an observer to a list of the design."""
    design = session.design
    arm = design.arm_of(number)
    session.shift = design.shift_of(number)
    answers = []
    for order, trial in enumerate(design.lists[number - 1], start=1):
        response, time = session.answer(trial)
        late = session.is_late(time)
        answers.append(
            Answer(
                participant=participant,
                order=order,
                stimuli=trial.stimuli,
                response="" if late else response,
                design=design.kind,
                phase=trial.phase,
                question=trial.question,
                rt_seconds=None if late else time,
                visit=design.visit,
                arm=arm.code if arm else "",
                details={"probe_side": trial.correct} if design.probe else {},
            )
        )
    return answers


def _seen_by(
    person: Person, observer: Observer, faces: Mapping[str, _Face]
) -> Mapping[str, _Face]:
    """Return the places that one observer sees."""
    if not person.bend:
        return faces
    shape = SCALES[observer.scale]
    return {
        name: replace(
            face,
            place=float(shape.at(face.level, shape.within(face.bend + person.bend))),
        )
        for name, face in faces.items()
    }


def _faces(
    designs: Sequence[Design],
    stimuli: Sequence[Stimulus],
    observer: Observer,
    generator: np.random.Generator,
) -> dict[str, _Face]:
    """Return what is seen of every stimulus of designs."""
    rows = {row.stimulus_id: row for row in stimuli}
    shown = sorted({name for design in designs for name in design.stimuli()})
    lacking = [name for name in shown if name not in rows]
    if lacking:
        raise InputError(
            f'the design shows "{lacking[0]}", which is not in the pack',
            remedy="give the pack that the design was made for",
        )
    shape = SCALES[observer.scale]
    continua = dict.fromkeys(row.continuum_id for row in stimuli)
    looks: dict[str, Looks] = {
        name: draw_looks(observer, generator) for name in continua
    }
    return {
        name: _Face(
            place=float(shape.at(rows[name].known_level, looks[continuum].bend)),
            level=rows[name].known_level,
            bend=looks[continuum].bend,
            step=rows[name].step,
            continuum=continuum,
            label=rows[name].from_label,
            to_label=rows[name].to_label,
            shift=looks[continuum].shift,
        )
        for name in shown
        for continuum in (rows[name].continuum_id,)
    }
