"""How many trials and participants a study needs, found by simulating it.

Conventions
-----------
*Precision* is the half-width that 95 % intervals, as fits print them, have at most in
80 % of simulated studies: with Student's quantiles, and differences between
participants. Its unit is that of the result: positions on the scale for difference
scaling, steps of the continuum for categories and training, points for ratings, shares
for same or different.

How the size is found, and why it is simulated anew: `morphkit.experiment.size_search`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from morphkit.errors import InputError
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.kind import Planning, StudySize
from morphkit.experiment.designs.settings import chosen_continua
from morphkit.experiment.observers import Observer, answer_design
from morphkit.experiment.observers.observer import (
    Looks,
    Person,
    draw_looks,
    draw_person,
)
from morphkit.experiment.size_search import LARGEST, SizeSearch
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.choices import STANDARD_RATIO
from morphkit.psychophysics.intervals import half_width

#: Number of simulated participants whose individual results are compared.
_SAMPLE = 60


@dataclass(frozen=True)
class Need:
    """What a study needs.

    Parameters
    ----------
    study : StudySize
    precision : float
        Half-width that 95 % intervals have at most in 80 % of such studies.
    power : float or None
        Share of such studies that establish a result within the margin; None if no
        margin was given.
    n_runs : int
        Studies of this size that were simulated for `precision` and `power`, after the
        size was chosen.
    tried : tuple of mapping
        Every size tried: participants, repeats, precision, power.
    """

    study: StudySize
    precision: float
    power: float | None
    n_runs: int
    tried: tuple[Mapping[str, float | None], ...] = ()


@dataclass(frozen=True, eq=False)
class Planner:
    """A study to be planned.

    Parameters
    ----------
    kind : str
        Name in `morphkit.experiment.designs.DESIGNS`.
    stimuli : sequence of mapping
        Rows of the stimuli table for the continua used.
    observer : Observer
        Population of simulated participants.
    seed : int
    n_runs : int, optional
        Simulated studies of each size.
    options : mapping, optional
        Further options of the design (``form``, ``images``, ``lag``, …).
    pooled : bool, optional
        Whether all continua together give one result, instead of one each.
    ratio : float, optional
        Largest ratio of neighbouring steps that counts as equal.
    advance : callable, optional
        Called with a text after every size tried.
    """

    kind: str
    stimuli: Sequence[Stimulus]
    observer: Observer
    seed: int
    n_runs: int = 200
    options: Mapping[str, Any] = field(default_factory=dict)
    pooled: bool = False
    ratio: float = STANDARD_RATIO
    advance: Callable[[str], None] = lambda text: None
    _spreads: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def evaluate(
        self, study: StudySize, margin: float | None, *, stream: int = 0
    ) -> tuple[float, float | None]:
        """Return the precision and, if there is a margin, the power of a study.

        Parameters
        ----------
        study : StudySize
        margin : float or None
        stream : int, optional
            Other draws for another number.
        """
        words = [self.seed, study.participants, study.repeats]
        generator = np.random.default_rng([*words, stream] if stream else words)
        if self.planning.simulate is not None:
            return self.planning.simulate(self, study, margin, generator)
        if margin is not None:
            able = [n for n, kind in DESIGNS.items() if kind.planning.simulate]
            raise InputError(
                f"a margin for {self.kind}",
                allowed=f"{' and '.join(able)} have one",
                remedy="ask for a precision",
            )
        if study.repeats not in self._spreads:
            generator = np.random.default_rng([self.seed, study.repeats])
            self._spreads[study.repeats] = self._spread(study, generator)
        return half_width(self._spreads[study.repeats], study.participants), None

    def _spread(self, study: StudySize, generator: np.random.Generator) -> float:
        """Return the standard deviation of results between participants."""
        design = self.design(study)
        answers = answer_design(
            design,
            self.stimuli,
            self.observer,
            n_participants=_SAMPLE,
            generator=generator,
            evidence=DESIGNS[self.kind].evidence,
        )
        result = self.planning.result
        if result is None:
            raise TypeError(f"{self.kind} has neither simulate nor result")
        rows = {row.stimulus_id: row for row in self.stimuli}
        results: dict[str, dict[tuple[str, ...], list[float]]] = {}
        for answer in answers:
            if answer.phase == "practice" or not answer.response:
                continue
            found = result(answer, rows[answer.stimuli[0]])
            if found is not None:
                key, value = found
                mine = results.setdefault(answer.participant, {})
                mine.setdefault(key, []).append(value)
        table = np.array(
            [
                [np.mean(values) for _, values in sorted(mine.items())]
                for mine in results.values()
            ]
        )
        n_images = len(next(iter(chosen_continua(self.stimuli).values())))
        table = self.planning.change(table, n_images)
        return float(np.sqrt(table.var(0, ddof=1).mean()))

    def study(
        self, participants: int | None = None, repeats: int | None = None
    ) -> StudySize:
        """Return the size of a study, with defaults for what is not given."""
        return StudySize(participants or 20, repeats or self.planning.repeats(self))

    def design(self, study: StudySize, *, lists: int | None = None) -> Design:
        """Return the design of a study.

        Parameters
        ----------
        study : StudySize
        lists : int, optional
            Orders to draw; by default, difference scaling has one per participant, at
            most 60, so that sets of images are distributed evenly.
        """
        options = {**self.options, **self.planning.size(study)}
        if lists is not None:
            options["lists"] = lists
        return DESIGNS[self.kind].make(self.stimuli, seed=self.seed, **options)

    @property
    def planning(self) -> Planning:
        """How a study with this design is planned."""
        return DESIGNS[self.kind].planning

    def n_continua(self) -> int:
        """Return how many continua one result is pooled from."""
        return len(chosen_continua(self.stimuli)) if self.pooled else 1

    def people(self, study: StudySize, generator: np.random.Generator) -> list[Person]:
        """Return the participants of one simulated study."""
        return [
            draw_person(self.observer, generator) for _ in range(study.participants)
        ]

    def looks(self, n: int, generator: np.random.Generator) -> list[Looks]:
        """Return the individual parameters of each of `n` continua."""
        return [draw_looks(self.observer, generator) for _ in range(n)]


def find_need(
    planner: Planner,
    *,
    precision: float | None = None,
    margin: float | None = None,
    participants: int | None = None,
    repeats: int | None = None,
) -> Need:
    """Return the smallest study that reaches a precision, or a margin with power 0.8.

    Parameters
    ----------
    planner : Planner
    precision : float, optional
        Half-width of a 95 % interval; this or a margin.
    margin : float, optional
        Margin of equivalence around even spacing, or around the middle of the
        continuum.
    participants : int, optional
        Number of participants; by default it is found, for fixed `repeats`.
    repeats : int, optional
        Used when the number of participants is found.

    Raises
    ------
    InputError
        Unless exactly one of precision and margin is given and is positive, or if no
        study of a possible size reaches it.
    """
    wanted = precision if margin is None else margin
    if wanted is None or None not in (precision, margin):
        raise InputError("give either a precision or a margin")
    if not wanted > 0:
        raise InputError(f"the target is {wanted:g}", allowed="more than 0")
    most = planner.planning.most_margin
    if margin is not None and margin > most:
        raise InputError(
            f"a margin of {margin:g}", allowed=f"{most:g} {planner.planning.unit}"
        )
    usual = repeats or planner.planning.repeats(planner)

    def study(size: int) -> StudySize:
        return (
            StudySize(size, usual)
            if participants is None
            else StudySize(participants, size)
        )

    search = SizeSearch(
        lambda size, stream: planner.evaluate(study(size), margin, stream=stream),
        planner.n_runs,
        precision=None if precision is None else wanted,
        advance=lambda size: planner.advance(
            f"{study(size).participants} × {study(size).repeats}"
        ),
    )
    size = search.find()
    if size is None:
        what = "participants"
        if participants is not None:
            what = f"repeats with {participants} participants"
        raise InputError(
            f"{wanted:g} is not reached with {LARGEST} {what}",
            remedy="ask for less, allow more, or assume a less noisy observer",
        )
    found, power = search.tried[size]
    return Need(
        study=study(size),
        precision=found,
        power=power,
        n_runs=search.studies(size),
        tried=tuple(
            {
                "participants": study(each).participants,
                "repeats": study(each).repeats,
                "precision": search.tried[each][0],
                "power": search.tried[each][1],
            }
            for each in sorted(search.tried)
        ),
    )
