"""Probabilities of answers, given the stimuli.

References
----------
Maloney & Yang (2003), doi:10.1167/3.8.5 (scaling); Macmillan & Creelman (2005),
Detection Theory, 2nd ed., chapter 9 (same or different by the difference).
"""

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]


def second_pair_evidence(places: Array) -> Array:
    """Return the difference of the second pair minus that of the first.

    Parameters
    ----------
    places : ndarray, shape (..., 3) or (..., 4)
        Places on the scale of a triad or quadruple; the middle one of a triad belongs
        to both pairs.
    """
    first = np.abs(places[..., 1] - places[..., 0])
    return np.asarray(np.abs(places[..., -1] - places[..., -2]) - first)


def with_lapses(chance: Array, lapses: float, guess: float) -> Array:
    """Return the probability of the second answer, including lapses."""
    return np.asarray((1 - lapses) * chance + lapses * guess)


def chance_of_second_pair(
    places: Array, noise: npt.ArrayLike, *, lapses: float = 0.0, guess: float = 0.5
) -> Array:
    """Return the probability that the second pair is judged to differ more."""
    chance = scipy.special.ndtr(second_pair_evidence(places) / np.asarray(noise))
    return with_lapses(chance, lapses, guess)


def chance_of_second_label(
    place: npt.ArrayLike,
    boundary: npt.ArrayLike,
    noise: npt.ArrayLike,
    *,
    lapses: float = 0.0,
    guess: float = 0.5,
) -> Array:
    """Return the probability that the second label is chosen."""
    away = np.asarray(place, np.float64) - np.asarray(boundary)
    return with_lapses(
        np.asarray(scipy.special.ndtr(away / np.asarray(noise))), lapses, guess
    )


def chance_of_different(
    difference: npt.ArrayLike,
    noise: npt.ArrayLike,
    criterion: float,
    *,
    lapses: float = 0.0,
    guess: float = 0.5,
) -> Array:
    """Return the probability that two images are called different."""
    spread = np.sqrt(2) * np.asarray(noise, np.float64)
    away = np.abs(np.asarray(difference, np.float64))
    inside = scipy.special.ndtr((criterion - away) / spread) - scipy.special.ndtr(
        (-criterion - away) / spread
    )
    return with_lapses(np.asarray(1 - inside), lapses, guess)
