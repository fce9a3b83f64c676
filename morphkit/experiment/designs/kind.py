"""Entries of the table of designs: everything known about a kind of experiment.

A design is one file: it makes trials, and says beside that which options a command
offers for it, what participants read, how a study of it is planned and by which
analysis its answers are read. Front ends and commands know no design by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from morphkit._core.text import counted
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.observers.observer import Looks, Observer, Person
from morphkit.experiment.observers.respond import Evidence
from morphkit.pack.rows import Stimulus

#: Share of studies that should reach the goal.
POWER = 0.8
#: Precision (half-width of a 95 % interval) and, where there is a margin, power.
Outcome = tuple[float, float | None]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StudySize:
    """The size of a study.

    Parameters
    ----------
    participants : int
    repeats : int
        Showings of every image to a participant; for difference scaling the trials of a
        participant for each continuum.
    """

    participants: int
    repeats: int


class Plan(Protocol):
    """A planned study, as seen by its design."""

    @property
    def stimuli(self) -> Sequence[Stimulus]:
        """Images of the continua that are used."""

    @property
    def observer(self) -> Observer:
        """Who answers."""

    @property
    def n_runs(self) -> int:
        """Simulated studies of each size."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of the design that were given."""

    @property
    def pooled(self) -> bool:
        """Whether one result is wanted for all continua together."""

    @property
    def ratio(self) -> float:
        """Largest ratio of neighbouring steps that counts as equal."""

    def n_continua(self) -> int:
        """Return how many continua one result is pooled from."""

    def people(self, size: StudySize, generator: np.random.Generator) -> list[Person]:
        """Return the participants of one simulated study."""

    def looks(self, n: int, generator: np.random.Generator) -> list[Looks]:
        """Return the individual parameters of each of `n` continua."""


@dataclass(frozen=True)
class Option:
    """An option of a design that commands offer.

    Parameters
    ----------
    help : str
        What it says, one sentence.
    type : type, optional
        Of its value: int, float, str or bool.
    least : int, optional
        Smallest value of a number.
    choices : tuple of str, optional
        Possible values of a text.
    many : bool, optional
        Whether it may be given several times.
    flag : str, optional
        What the command line calls it, if not by its name.
    """

    help: str
    type: type = int
    least: int | None = None
    choices: tuple[str, ...] = ()
    many: bool = False
    flag: str = ""


def _repeats(size: StudySize) -> dict[str, Any]:
    """Return the options of a design by which a study has its size."""
    return {"repeats": size.repeats}


def _showings(repeats: int) -> str:
    """Return how often a participant sees an image, in words."""
    return counted(repeats, "showing")


def _unchanged(results: Array, n_images: int) -> Array:
    """Return the results of participants unchanged."""
    del n_images
    return results


@dataclass(frozen=True)
class Planning:
    """How the size of a study is found.

    Either `simulate` runs whole studies, or precision follows from how much the results
    of single participants differ: `result` and `change` say what these are.

    Parameters
    ----------
    unit : str
        Of the precision, as it stands after a number: ``"steps"``.
    repeats : callable
        ``repeats(plan) -> int``: how often a participant sees an image unless that is
        said.
    most_margin : float, optional
        Largest margin that says anything, in that unit.
    simulate : callable, optional
        ``simulate(plan, size, margin, generator) -> (precision, power)``.
    result : callable, optional
        ``result(answer, row) -> (key, value)``: what an answer says, under the result
        that it belongs to, or None; `row` is its first stimulus.
    change : callable, optional
        ``change(table, n_images)`` of the mean values, participants by sorted keys;
        leaves them as they are if left out.
    size : callable, optional
        ``size(study_size)``: the options of the design by which a study has its size.
    counted : callable, optional
        ``counted(repeats)`` says them in words; ``"3 showings"`` if left out.
    """

    unit: str
    repeats: Callable[[Plan], int]
    most_margin: float = float("inf")
    simulate: (
        Callable[[Plan, StudySize, float | None, np.random.Generator], Outcome] | None
    ) = None
    result: (
        Callable[[Answer, Stimulus], tuple[tuple[str, ...], float] | None] | None
    ) = None
    change: Callable[[Array, int], Array] = _unchanged
    size: Callable[[StudySize], dict[str, Any]] = _repeats
    counted: Callable[[int], str] = _showings


@dataclass(frozen=True)
class DesignKind:
    """A kind of experiment.

    Parameters
    ----------
    summary : str
        One line for people.
    make : callable
        ``make(stimuli, *, seed, identities=None, continua=None, lists=…, timing=None,
        …)`` returns a `Design`; its other parameters are `options`, with defaults. It
        takes a range of fixations if its lists go through
        `morphkit.experiment.designs.fixations.with_fixations`.
    planning : Planning
        How the size of a study is found.
    task : str
        What its answers are to: ``"category"``, ``"scale"`` or ``"rating"``, which
        ``calibrate`` analyses, or another word for what it does not.
    n_stimuli : tuple of int
        Images of a trial: by them, and by numbers as answers, rows of a table that name
        no design are distinguished. The first design that fits is taken.
    options : mapping of str to Option, optional
        Parameters of `make` that commands offer.
    timing : Timing, optional
        Unless another is asked for.
    texts : mapping of str to mapping, optional
        Language tag -> key -> text, for what the files of languages do not have:
        ``instructions_<form>``, ``question_<form>``, and with feedback in practice
        ``instructions_<form>_feedback``.
    evidence : callable, optional
        ``evidence(places, observer, person) -> float``: how simulated observers answer
        where their own ways (a label, the larger of two differences, same or different,
        a rating) do not fit: from the places of the images on the perceptual scale, how
        much speaks for the second choice, in standard deviations.
    form : callable, optional
        ``form(trial)``: what stands behind the name of the design in these keys, where
        trials of several forms read differently.
    rising : bool, optional
        Whether its trials are sequences of rising intensity, of which it is asked from
        which image on the expression is seen.
    former_names : tuple of str, optional
        Names in older versions, which are still read.
    """

    summary: str
    make: Callable[..., Design]
    planning: Planning
    task: str
    n_stimuli: tuple[int, ...]
    options: Mapping[str, Option] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    evidence: Evidence | None = None
    form: Callable[[Trial], str] = lambda trial: ""
    rising: bool = False
    former_names: tuple[str, ...] = ()
