"""Matching: equalising low-level properties over a whole set.

A method first measures every image of the set, then changes each towards what they have
in common. It is never applied by default: an expression changes luminance, contrast and
spectrum, and matching removes that part of it.

What a method has learnt from the set is a mapping of names to arrays, frozen in the
pack, so that each image can be reproduced on its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

from morphkit._core.arrays import Frame
from morphkit._core.registry import Table
from morphkit.morph.normalise import sets
from morphkit.morph.normalise.sets import ImageSet, Learned, SetImage


@dataclass(frozen=True)
class Matching:
    """A matching method.

    Parameters
    ----------
    learn : callable
        ``learn(showing, rescale) -> mapping of str to ndarray``: what the set has in
        common. Every call of ``showing()`` yields all images of the set.
    change : callable
        ``change(shown, learnt) -> (H, W, 3) uint8``: one image, matched.
    over : tuple of str
        What it supports: ``"frames"``, ``"sources"``; the first is the default of
        recipes.
    grey : bool
        Whether it is defined for grey images only.
    summary : str
        One line for listings.
    between_ends : bool, optional
        Whether it needs a single line between two ends, so that no continuum may pass
        through a third face.
    of_set : bool, optional
        Whether an image depends on other continua of the set.
    """

    learn: Callable[[ImageSet, int], Learned]
    change: Callable[[SetImage, Learned], Frame]
    over: tuple[str, ...]
    grey: bool
    summary: str
    between_ends: bool = False
    of_set: bool = True


MATCHINGS = Table(
    "matchings",
    Matching,
    {
        "luminance": Matching(
            learn=sets.learn_luminance,
            change=sets.change_light,
            over=("sources", "frames"),
            grey=False,
            summary="mean luminance and RMS contrast of the face, a line in linear "
            "light",
        ),
        "line": Matching(
            learn=sets.learn_line,
            change=sets.change_light,
            over=("frames",),
            grey=False,
            summary="mean luminance and RMS contrast on the line between the own ends",
            between_ends=True,
            of_set=False,
        ),
        "shine-luminance": Matching(
            learn=sets.learn_tone,
            change=sets.change_tone,
            over=("frames",),
            grey=True,
            summary="SHINE lumMatch: mean and standard deviation of code values",
        ),
        "shine-histogram": Matching(
            learn=sets.learn_histogram,
            change=sets.change_histogram,
            over=("frames",),
            grey=True,
            summary="SHINE histMatch: the average histogram, ties by neighbourhood",
        ),
        "shine-sf": Matching(
            learn=sets.learn_rotational_average,
            change=sets.change_rotational_average,
            over=("frames",),
            grey=True,
            summary="SHINE sfMatch: rotational average of the amplitude spectrum",
        ),
        "shine-spectrum": Matching(
            learn=sets.learn_spectrum,
            change=sets.change_spectrum,
            over=("frames",),
            grey=True,
            summary="SHINE specMatch: the amplitude spectrum",
        ),
    },
)

__all__ = ["MATCHINGS", "ImageSet", "Learned", "Matching", "SetImage"]
