"""Simulated observers, and how observers and faces differ.

Conventions
-----------
Everything is in units of the perceptual scale, which is 1 from the first end of a
continuum to the second.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from morphkit._core.registry import look_up
from morphkit.errors import InputError, raise_all
from morphkit.experiment.observers.truth import SCALES


@dataclass(frozen=True)
class Observer:
    """A population of observers.

    Parameters
    ----------
    scale : str, optional
        Name in `morphkit.experiment.observers.SCALES`.
    bend : float or None, optional
        Departure of the scale from a straight line; None is the default of the scale.
    noise : float, optional
        Standard deviation of the comparison of two differences (scaling).
    boundary : float, optional
        Boundary between the two categories.
    category_noise : float, optional
        Standard deviation of a face's position in categorisation.
    neutral_range : float, optional
        Width of the range around the boundary in which a face between two expressions
        looks neutral.
    doubt : float, optional
        Distance from a boundary within which people cannot tell.
    discrimination_noise : float, optional
        Standard deviation of a face's position in a direct comparison.
    criterion : float, optional
        Smallest difference at which two images are called different.
    rating_noise : float, optional
        Standard deviation of a rating, as a share of its range.
    lapses : float, optional
        Share of answers that do not depend on the image.
    guess : float, optional
        Share of the second answer among those.
    learning : float, optional
        Fraction of the distance to a face by which the boundary moves after negative
        feedback; 0 is no learning.
    generalisation : float, optional
        Share of such a movement that the boundaries of all other continua make, too.
    retention : float, optional
        Share of what was learned that is left at the next visit of a course.
    rater_spread, identity_spread : float, optional
        Standard deviation of the boundary between observers, and between identities.
    noise_spread : float, optional
        Standard deviation of the logarithm of all noises between observers.
    bend_spread, shape_spread : float, optional
        Standard deviation of the bend between identities, and between observers.
    attention : float, optional
        Seconds by which a probe is found sooner in the place of an expression than in
        that of a neutral face.
    rt_least, rt_range : float, optional
        Median reaction time of a clear answer, and the additional time of an answer at
        chance, seconds.
    rt_spread : float, optional
        Standard deviation of the logarithm of reaction times.

    Raises
    ------
    InputError
        With every value that is out of range.
    """

    scale: str = "linear"
    bend: float | None = None
    noise: float = 0.2
    boundary: float = 0.5
    category_noise: float = 0.12
    neutral_range: float = 0.2
    doubt: float = 0.03
    discrimination_noise: float = 0.05
    criterion: float = 0.1
    rating_noise: float = 0.1
    lapses: float = 0.02
    guess: float = 0.5
    learning: float = 0.1
    generalisation: float = 0.0
    retention: float = 1.0
    rater_spread: float = 0.06
    identity_spread: float = 0.04
    noise_spread: float = 0.2
    bend_spread: float = 0.0
    shape_spread: float = 0.0
    attention: float = 0.0
    rt_least: float = 0.5
    rt_range: float = 0.6
    rt_spread: float = 0.25

    def __post_init__(self) -> None:
        shape = look_up(SCALES, self.scale, kind="scale")
        faults = [
            InputError(f"{name} is {getattr(self, name):g}", allowed="more than 0")
            for name in ("noise", "category_noise", "discrimination_noise", "rt_least")
            if not getattr(self, name) > 0
        ]
        faults += [
            InputError(f"{name} is {getattr(self, name):g}", allowed="0 or more")
            for name in (
                *("criterion", "rating_noise", "rater_spread", "identity_spread"),
                *("noise_spread", "bend_spread", "shape_spread"),
                *("rt_range", "rt_spread", "neutral_range", "doubt"),
            )
            if not getattr(self, name) >= 0
        ]
        faults += [
            InputError(f"{name} is {getattr(self, name):g}", allowed="0 to 1")
            for name in ("lapses", "guess", "learning", "generalisation", "retention")
            if not 0 <= getattr(self, name) <= 1
        ]
        if self.bend is not None:
            try:
                shape.at([0.0], self.bend)
            except InputError as error:
                faults.append(error)
        raise_all(faults)

    @property
    def true_bend(self) -> float:
        """The bend, or the default of the scale."""
        return SCALES[self.scale].usual if self.bend is None else self.bend

    def alike(self) -> "Observer":
        """Return the observer without differences between people and identities."""
        return replace(
            self,
            rater_spread=0,
            identity_spread=0,
            noise_spread=0,
            bend_spread=0,
            shape_spread=0,
        )


@dataclass(frozen=True)
class Person:
    """The individual parameters of one observer.

    Parameters
    ----------
    shift : float
        Added to the boundary.
    noise_factor : float
        Multiplies all noises.
    rating_shift : float
        Added to all ratings, as a share of their range.
    bend : float
        Added to the bend of every scale.
    """

    shift: float = 0.0
    noise_factor: float = 1.0
    rating_shift: float = 0.0
    bend: float = 0.0


@dataclass(frozen=True)
class Looks:
    """The individual parameters of one continuum.

    Parameters
    ----------
    shift : float
        Added to the boundary.
    bend : float
        Bend of its scale.
    """

    shift: float = 0.0
    bend: float = field(default=0.0)


def draw_person(observer: Observer, generator: np.random.Generator) -> Person:
    """Draw one observer from the population."""
    shift, factor, rating = generator.standard_normal(3).tolist()
    # Drawn only if asked for: studies of older versions keep their draws.
    apart = observer.shape_spread
    bend = apart * float(generator.standard_normal()) if apart else 0.0
    return Person(
        shift=observer.rater_spread * shift,
        noise_factor=float(np.exp(observer.noise_spread * factor)),
        rating_shift=0.5 * observer.rating_noise * rating,
        bend=bend,
    )


def draw_looks(observer: Observer, generator: np.random.Generator) -> Looks:
    """Draw the individual parameters of a continuum; its scale stays increasing."""
    shape = SCALES[observer.scale]
    shift, bend = generator.standard_normal(2).tolist()
    bent = observer.true_bend + observer.bend_spread * bend
    return Looks(
        shift=observer.identity_spread * shift,
        bend=shape.within(bent),
    )
