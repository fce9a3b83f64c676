"""How many participants a training trial needs to find a difference between arms.

Whole trials are simulated: thresholds of everybody, counted before and after training
from as many showings as the design has, participants that are lost, and the analysis of
covariance of ``calibrate training``. The difference is asked for, not learned from
feedback: how much training moves people is what a trial is to find out.

Conventions
-----------
Thresholds, changes and differences are in steps of the continuum.

References
----------
Vickers & Altman (2001), doi:10.1136/bmj.323.7321.1123 (analysis of covariance). Of
which size changes are: Carnegie et al. (2016), doi:10.1007/s00737-015-0565-5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morphkit.errors import InputError, raise_all
from morphkit.experiment.choices import CHANGE_SD
from morphkit.experiment.designs.kind import POWER, Outcome
from morphkit.experiment.observers.observer import Observer, draw_looks, draw_person
from morphkit.experiment.observers.probabilities import chance_of_second_label
from morphkit.experiment.observers.truth import SCALES
from morphkit.experiment.size_search import LARGEST, SizeSearch
from morphkit.psychophysics.change import covariance_analysis

Array = npt.NDArray[np.float64]
#: An effect with a smaller p is found.
_ALPHA = 0.05


@dataclass(frozen=True)
class TrialGoal:
    """What a trial is to find, and who takes part.

    Parameters
    ----------
    difference : float
        True difference in mean change between an arm and the reference, steps.
    change_sd : float, optional
        Standard deviation of true changes within an arm, steps.
    dropout : float, optional
        Share of the participants who are lost before the last test.
    observer : Observer, optional
        Population of participants: where their thresholds lie, and how they answer.

    Raises
    ------
    InputError
        With every value that is out of range.
    """

    difference: float
    change_sd: float = CHANGE_SD
    dropout: float = 0.0
    observer: Observer = field(default_factory=Observer)

    def __post_init__(self) -> None:
        faults = []
        if not self.difference > 0:
            faults.append(
                InputError(f"a difference of {self.difference:g}", allowed="above 0")
            )
        if not self.change_sd >= 0:
            faults.append(
                InputError(f"change_sd is {self.change_sd:g}", allowed="0 or more")
            )
        if not 0 <= self.dropout < 1:
            faults.append(
                InputError(f"dropout is {self.dropout:g}", allowed="from 0, below 1")
            )
        raise_all(faults)


@dataclass(frozen=True)
class TrialSize:
    """The tests of a trial: what thresholds are counted from.

    Parameters
    ----------
    n_arms, n_continua, n_images, repeats : int
        Arms; continua that are trained, images of each, and showings of every image in
        baseline and test.
    """

    n_arms: int
    n_continua: int
    n_images: int
    repeats: int


@dataclass(frozen=True)
class TrialNeed:
    """How many participants a trial needs.

    Parameters
    ----------
    per_arm : int
        Participants to allocate to each arm, those who will be lost among them.
    participants : int
        Of all arms.
    precision : float
        Half-width that the 95 % interval of the difference has at most in 80 % of such
        trials, steps.
    power : float
        Share of such trials that find the difference (two-sided, 5 %).
    n_runs : int
        Trials of this size that were simulated for it, after the size was chosen.
    """

    per_arm: int
    participants: int
    precision: float
    power: float
    n_runs: int


def find_trial_need(
    goal: TrialGoal,
    size: TrialSize,
    *,
    seed: int = 1,
    n_runs: int = 200,
    advance: Callable[[int], None] = lambda per_arm: None,
) -> TrialNeed:
    """Return how many participants find the difference in 80 % of trials.

    Parameters
    ----------
    goal : TrialGoal
    size : TrialSize
    seed : int, optional
    n_runs : int, optional
        Simulated trials of each number of participants.
    advance : callable, optional
        Called with every number of participants of an arm that was tried.

    Raises
    ------
    InputError
        If there are fewer than two arms, or no possible number is enough.
    """
    if size.n_arms < 2:
        raise InputError(
            f"a difference between {size.n_arms} arms",
            allowed="two arms or more",
            remedy="give the arms: --arm raised=2 --arm control=0",
        )

    def evaluate(per_arm: int, stream: int) -> Outcome:
        generator = np.random.default_rng([seed, per_arm, stream])
        return simulate_trials(goal, size, per_arm, n_runs, generator)

    search = SizeSearch(evaluate, n_runs, advance=advance)
    per_arm = search.find()
    if per_arm is None:
        raise InputError(
            f"a difference of {goal.difference:g} steps is not found with "
            f"{LARGEST} participants an arm",
            remedy="ask for a larger difference, or assume less spread",
        )
    precision, power = search.tried[per_arm]
    return TrialNeed(
        per_arm,
        per_arm * size.n_arms,
        precision,
        power or 0.0,
        search.studies(per_arm),
    )


def simulate_trials(
    goal: TrialGoal,
    size: TrialSize,
    per_arm: int,
    n_runs: int,
    generator: np.random.Generator,
) -> Outcome:
    """Return precision and power of a trial with so many participants in each arm.

    All arms but the reference differ from it by as much; power is of one of them.
    """
    arms = np.arange(size.n_arms).repeat(per_arm)
    widths, found = np.full(n_runs, np.inf), np.zeros(n_runs, bool)
    for run in range(n_runs):
        kept = generator.random(len(arms)) >= goal.dropout
        if len({*arms[kept].tolist()}) < size.n_arms:
            continue
        before, after = draw_thresholds(goal, size, arms[kept], generator)
        effects = covariance_analysis(before, after, arms[kept])
        if effects:
            widths[run] = (effects[0].high - effects[0].low) / 2
            found[run] = effects[0].p < _ALPHA and effects[0].estimate > 0
    # Not a mean of two: some may be infinite.
    nth = int(np.ceil(POWER * n_runs)) - 1
    return float(np.sort(widths)[nth]), float(found.mean())


def draw_thresholds(
    goal: TrialGoal,
    size: TrialSize,
    arms: npt.NDArray[np.int_],
    generator: np.random.Generator,
) -> tuple[Array, Array]:
    """Return counted thresholds of participants before and after, means of continua.

    Parameters
    ----------
    goal : TrialGoal
    size : TrialSize
    arms : ndarray of int, shape (n,)
        Of every participant; 0 is the reference.
    generator : numpy.random.Generator

    Returns
    -------
    before, after : ndarray, shape (n,)
    """
    chances = answer_chances(goal, size, arms, generator)
    # The balance point, over the showings of every image, plus one half.
    shares = generator.binomial(size.repeats, 1 - chances) / size.repeats
    before, after = shares.sum(-1).mean(0) + 0.5
    return before, after


def answer_chances(
    goal: TrialGoal,
    size: TrialSize,
    arms: npt.NDArray[np.int_],
    generator: np.random.Generator,
) -> Array:
    """Return the chances of the second label.

    Returns
    -------
    ndarray, shape (n_continua, 2, n, n_images)
        Before and after.
    """
    who, step = goal.observer, 1 / (size.n_images - 1)
    people = [draw_person(who, generator) for _ in arms]
    moved = goal.difference * (arms > 0)
    moved = moved + goal.change_sd * generator.standard_normal(len(arms))
    shifts = np.array([one.shift for one in people])
    noises = who.category_noise * np.array([one.noise_factor for one in people])
    levels, shape = np.linspace(0, 1, size.n_images), SCALES[who.scale]
    chances = []
    for looks in (draw_looks(who, generator) for _ in range(size.n_continua)):
        places = np.array(
            [shape.at(levels, shape.within(looks.bend + p.bend)) for p in people]
        )
        middle = who.boundary + looks.shift + shifts
        boundaries = np.stack([middle, middle + step * moved])
        chances.append(
            chance_of_second_label(
                places,
                boundaries[..., None],
                noises[:, None],
                lapses=who.lapses,
                guess=who.guess,
            )
        )
    return np.array(chances)
