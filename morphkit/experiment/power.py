"""How many trials and raters a study needs, found by simulating it.

Conventions
-----------
*Precision* is the half-width of a 95 % interval, taken from how much the result differs
between simulated studies, so that differences between raters are in it. Its unit is
that of the result: places on the scale for difference scaling, steps of the continuum
for categories and training, points for ratings, shares for same or different.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.mlds import FORMS, spread_steps
from morphkit.experiment.designs.same_different import DIFFERENT
from morphkit.experiment.designs.settings import chosen_continua
from morphkit.experiment.observers import SCALES, Observer, answer_design
from morphkit.experiment.observers.observer import (
    Looks,
    Person,
    draw_looks,
    draw_person,
)
from morphkit.experiment.observers.probabilities import (
    chance_of_second_label,
    chance_of_second_pair,
)
from morphkit.pack.rows import Stimulus
from morphkit.psychophysics.comparisons import design_matrix
from morphkit.psychophysics.difference_scaling import MIN_RATERS, critical_value
from morphkit.psychophysics.psychometric import fit_many
from morphkit.psychophysics.scoring import estimate_many

Array = npt.NDArray[np.float64]

#: 95 % of a normal distribution.
_Z = 1.959963984540054
#: Share of studies that should reach what is wanted.
POWER = 0.8
#: More raters, or repeats, are not looked for.
_MOST = 5000
#: Raters whose single results are compared.
_SAMPLE = 60

UNITS = {
    "mlds": "of the scale",
    "categorisation": "steps",
    "rating": "points",
    "training": "steps",
    "same_different": "share of answers",
}


@dataclass(frozen=True)
class Study:
    """The size of a study.

    Parameters
    ----------
    raters : int
    repeats : int
        Showings of every image to a rater; for difference scaling the trials of a rater
        for each continuum.
    """

    raters: int
    repeats: int


@dataclass(frozen=True)
class Need:
    """What a study needs.

    Parameters
    ----------
    study : Study
    precision : float
        Half-width of a 95 % interval in such a study.
    power : float or None
        Share of such studies whose result lies within the margin for sure; None where
        no margin was asked for.
    n_runs : int
        Simulated studies of each size.
    tried : tuple of mapping
        Every size that was tried: raters, repeats, precision, power.
    """

    study: Study
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
        Rows of the stimuli table of the continua that are used.
    observer : Observer
        Who answers.
    seed : int
    n_runs : int, optional
        Simulated studies of each size.
    options : mapping, optional
        Further options of the design (``form``, ``images``, ``lag``, …).
    pooled : bool, optional
        Whether one result is wanted for all continua together, not one for each.
    advance : callable, optional
        Called with a text after every size that was tried.
    """

    kind: str
    stimuli: Sequence[Stimulus]
    observer: Observer
    seed: int
    n_runs: int = 200
    options: Mapping[str, Any] = field(default_factory=dict)
    pooled: bool = False
    advance: Callable[[str], None] = lambda text: None
    _spreads: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def evaluate(
        self, study: Study, margin: float | None
    ) -> tuple[float, float | None]:
        """Return precision and, where there is a margin, power of a study."""
        generator = np.random.default_rng([self.seed, study.raters, study.repeats])
        if self.kind == "mlds":
            return self._scaling(study, margin, generator)
        if self.kind == "categorisation":
            return self._category(study, margin, generator)
        if margin is not None:
            raise InputError(
                f"a margin for {self.kind}",
                allowed="mlds and categorisation have one",
                remedy="ask for a precision",
            )
        if study.repeats not in self._spreads:
            generator = np.random.default_rng([self.seed, study.repeats])
            self._spreads[study.repeats] = self._spread(study, generator)
        return _Z * self._spreads[study.repeats] / float(np.sqrt(study.raters)), None

    def _scaling(
        self, study: Study, margin: float | None, generator: np.random.Generator
    ) -> tuple[float, float | None]:
        """Return precision and power of a difference scale."""
        rows = next(iter(chosen_continua(self.stimuli).values()))
        size = FORMS[self.options.get("form", "triads")]
        steps = spread_steps(len(rows), self.options.get("images", 8))
        levels = np.array([rows[step - 1].known_level for step in steps])
        sets = np.array(list(combinations(range(len(levels)), size)))
        quads = sets if size == 4 else sets[:, [0, 1, 1, 2]]
        shares = (np.array(steps) - 1) / (len(rows) - 1)
        N = _dealt(study, len(sets))
        n_continua = self._n_continua()
        K = np.zeros((self.n_runs, len(sets)))
        shape, who = SCALES[self.observer.scale], self.observer
        for run in range(self.n_runs):
            noises = np.array([p.noise_factor for p in self._people(study, generator)])
            for looks in self._looks(n_continua, generator):
                places = shape.at(levels, looks.bend)[sets]
                chance = chance_of_second_pair(
                    places,
                    who.noise * noises[:, None],
                    lapses=who.lapses,
                    guess=who.guess,
                )
                K[run] += generator.binomial(N, chance).sum(0)
        total = np.tile(n_continua * N.sum(0).astype(float), (self.n_runs, 1))
        X = design_matrix(quads, len(levels))
        scored, separated = estimate_many(X, K, total)
        beta = scored.coefficients
        good = scored.converged & ~separated & (beta[:, -1] > 0)
        if good.mean() < 0.5:
            return float("inf"), None if margin is None else 0.0
        values = np.zeros((int(good.sum()), len(levels)))
        values[:, 1:] = beta[good] / beta[good, -1:]
        precision = float(_Z * values.std(0, ddof=1).max())
        if margin is None:
            return precision, None
        wide = _band(beta[good], scored.covariance[good], study.raters)
        bound = (np.abs(values - shares) + wide).max(1)
        return precision, float((bound <= margin).sum() / self.n_runs)

    def _category(
        self, study: Study, margin: float | None, generator: np.random.Generator
    ) -> tuple[float, float | None]:
        """Return precision and power of a point of equality, in steps."""
        rows = next(iter(chosen_continua(self.stimuli).values()))
        levels = np.array([row.known_level for row in rows])
        n_continua = self._n_continua()
        K = np.zeros((self.n_runs, len(levels)))
        shape, who = SCALES[self.observer.scale], self.observer
        for run in range(self.n_runs):
            people = self._people(study, generator)
            shifts = np.array([person.shift for person in people])[:, None]
            noises = np.array([person.noise_factor for person in people])[:, None]
            for looks in self._looks(n_continua, generator):
                # What is special about one continuum is part of its own result.
                own = looks.shift if self.pooled else 0.0
                chance = chance_of_second_label(
                    shape.at(levels, looks.bend),
                    who.boundary + own + shifts,
                    who.category_noise * noises,
                    lapses=who.lapses,
                    guess=who.guess,
                )
                K[run] += generator.binomial(study.repeats, chance).sum(0)
        total = np.full_like(K, study.repeats * study.raters * n_continua)
        steps = np.arange(1.0, len(levels) + 1)
        scored, _ = fit_many(steps, K, total)
        good = scored.converged & (scored.coefficients[:, 1] > 0)
        if good.mean() < 0.5:
            return float("inf"), None if margin is None else 0.0
        a, b = scored.coefficients[good].T
        pse = -a / b
        precision = float(_Z * pse.std(ddof=1))
        if margin is None:
            return precision, None
        away = np.abs(pse - (len(levels) + 1) / 2) + precision
        return precision, float((away <= margin).sum() / self.n_runs)

    def _spread(self, study: Study, generator: np.random.Generator) -> float:
        """Return how much results of single raters differ: a standard deviation."""
        design = self.design(study)
        answers = answer_design(
            design,
            self.stimuli,
            self.observer,
            n_participants=_SAMPLE,
            generator=generator,
        )
        rows = {row.stimulus_id: row for row in self.stimuli}
        results: dict[str, dict[tuple[str, ...], list[float]]] = {}
        for answer in answers:
            if answer.phase == "practice" or not answer.response:
                continue
            found = _result(answer, rows[answer.stimuli[0]])
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
        if self.kind == "training":
            # Keys are (continuum, phase): baseline before test. Shares become steps.
            n_images = len(next(iter(chosen_continua(self.stimuli).values())))
            table = n_images * (table[:, 1::2] - table[:, ::2])
        return float(np.sqrt(table.var(0, ddof=1).mean()))

    def study(self, raters: int | None = None, repeats: int | None = None) -> Study:
        """Return a study of which only some sizes are said."""
        return Study(raters or 20, repeats or _usual_repeats(self))

    def design(self, study: Study, *, lists: int | None = None) -> Design:
        """Return the design of a study.

        Parameters
        ----------
        study : Study
        lists : int, optional
            Orders to draw; for difference scaling one for every rater if left out, at
            most 60, so that sets of images are dealt evenly.
        """
        options = dict(self.options)
        if self.kind == "mlds":
            options |= {"trials": study.repeats, "lists": min(study.raters, 60)}
        else:
            options["repeats"] = study.repeats
        if lists is not None:
            options["lists"] = lists
        return DESIGNS[self.kind].make(self.stimuli, seed=self.seed, **options)

    def _n_continua(self) -> int:
        """Return how many continua one result is pooled from."""
        return len(chosen_continua(self.stimuli)) if self.pooled else 1

    def _people(self, study: Study, generator: np.random.Generator) -> list[Person]:
        return [draw_person(self.observer, generator) for _ in range(study.raters)]

    def _looks(self, n: int, generator: np.random.Generator) -> list[Looks]:
        return [draw_looks(self.observer, generator) for _ in range(n)]


def find_need(
    planner: Planner,
    *,
    precision: float | None = None,
    margin: float | None = None,
    raters: int | None = None,
    repeats: int | None = None,
) -> Need:
    """Return the smallest study that reaches a precision, or a margin with power 0.8.

    Parameters
    ----------
    planner : Planner
    precision : float, optional
        Half-width of a 95 % interval; this or a margin.
    margin : float, optional
        The result should lie within so much of an even spacing, or of the middle of
        the continuum, for sure.
    raters : int, optional
        Their number; left out, it is found, and `repeats` stays.
    repeats : int, optional
        Where raters are looked for.

    Raises
    ------
    InputError
        If not one of precision and margin is given, one is not positive, or no study of
        a possible size reaches it.
    """
    wanted = precision if margin is None else margin
    if wanted is None or None not in (precision, margin):
        raise InputError("give a precision or a margin, one of them")
    if not wanted > 0:
        raise InputError(f"{wanted:g} is wanted", allowed="more than 0")
    usual = repeats or _usual_repeats(planner)
    tried: dict[int, tuple[float, float | None]] = {}

    def study(size: int) -> Study:
        return Study(size, usual) if raters is None else Study(raters, size)

    def reached(size: int) -> bool:
        if size not in tried:
            tried[size] = planner.evaluate(study(size), margin)
            planner.advance(f"{study(size).raters} raters × {study(size).repeats}")
        found, power = tried[size]
        return found <= wanted if power is None else power >= POWER

    size = _smallest(reached)
    if size is None:
        what = "raters" if raters is None else f"repeats with {raters} raters"
        raise InputError(
            f"{wanted:g} is not reached with {_MOST} {what}",
            remedy="ask for less, for more raters, or assume a less noisy observer",
        )
    found, power = tried[size]
    return Need(
        study=study(size),
        precision=found,
        power=power,
        n_runs=planner.n_runs,
        tried=tuple(
            {
                "raters": study(each).raters,
                "repeats": study(each).repeats,
                "precision": tried[each][0],
                "power": tried[each][1],
            }
            for each in sorted(tried)
        ),
    )


def _smallest(reached: Callable[[int], bool]) -> int | None:
    """Return the smallest size that is reached, by doubling and halving."""
    high = 2
    while not reached(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    # To within 3 %: simulations do not tell closer sizes apart.
    while high - low > max(1, high // 32):
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def _usual_repeats(planner: Planner) -> int:
    """Return how often a rater sees an image unless that is said."""
    if planner.kind != "mlds":
        return {"categorisation": 3, "training": 3, "rating": 1, "same_different": 2}[
            planner.kind
        ]
    size = FORMS[planner.options.get("form", "triads")]
    rows = next(iter(chosen_continua(planner.stimuli).values()))
    steps = spread_steps(len(rows), planner.options.get("images", 8))
    return len(list(combinations(steps, size)))


def _dealt(study: Study, n_sets: int) -> npt.NDArray[np.int64]:
    """Return how often every rater judges every set, as the lists deal them."""
    N = np.zeros((study.raters, n_sets), np.int64)
    place = np.arange(study.raters * study.repeats)
    np.add.at(N, (place // study.repeats, place % n_sets), 1)
    return N


def _band(beta: Array, covariance: Array, n_raters: int) -> Array:
    """Return half-widths of simultaneous bands of normalised scales.

    From `MIN_RATERS` on they are Student's, as fits make them that draw raters again.
    The critical value hardly differs between studies of one size: it is that of the
    mean covariance.
    """
    n = beta.shape[1]
    J = np.zeros((len(beta), n + 1, n))
    J[:, np.arange(1, n), np.arange(n - 1)] = 1 / beta[:, -1:]
    J[:, 1:n, -1] = -beta[:, :-1] / beta[:, -1:] ** 2
    V = J @ covariance @ J.transpose(0, 2, 1)
    errors = np.sqrt(np.maximum(V[:, range(n + 1), range(n + 1)], 0))
    degrees = n_raters - 1 if n_raters >= MIN_RATERS else None
    return np.asarray(critical_value(V.mean(0), degrees=degrees) * errors)


def _result(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return what an answer says, under the result that it belongs to."""
    continuum = row.continuum_id
    if answer.design == "rating":
        return (answer.question, *answer.stimuli), float(answer.response)
    if answer.design == "same_different":
        if answer.stimuli[0] == answer.stimuli[1]:
            return None
        return (continuum,), float(answer.response == DIFFERENT)
    if answer.phase == "training":
        return None
    return (continuum, answer.phase), float(answer.response == row.from_label)
