"""Designs of experiments: what is shown and asked, in which order and how often.

A design is made from the stimuli table of a pack and a seed; everything that chance
decides is decided here, so that all front ends show the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

from morphkit._core.registry import Table
from morphkit.experiment.design import Design
from morphkit.experiment.designs.categorisation import make_categorisation
from morphkit.experiment.designs.mlds import make_mlds
from morphkit.experiment.designs.rating import make_rating
from morphkit.experiment.designs.same_different import make_same_different
from morphkit.experiment.designs.training import make_training


@dataclass(frozen=True)
class DesignKind:
    """A kind of experiment.

    Parameters
    ----------
    summary : str
        One line for people.
    make : callable
        ``make(stimuli, *, seed, identities=None, continua=None, timing=None, …)``
        returns a `Design`; the other options have defaults.
    former_names : tuple of str, optional
        What older versions called it. Files that say so are read for ever.
    """

    summary: str
    make: Callable[..., Design]
    former_names: tuple[str, ...] = ()


DESIGNS = Table(
    "designs",
    DesignKind,
    {
        "categorisation": DesignKind(
            "every image: one label or the other?",
            make_categorisation,
            former_names=("2afc",),
        ),
        "training": DesignKind(
            "baseline, training by feedback that moves the balance point, test",
            make_training,
        ),
        "mlds": DesignKind(
            "triads or quadruples: which pair differs more? (difference scaling)",
            make_mlds,
        ),
        "rating": DesignKind(
            "every image on sliders: valence, intensity, clarity, genuineness",
            make_rating,
        ),
        "same_different": DesignKind(
            "two images: same or different?", make_same_different
        ),
    },
)


def current_name(name: str) -> str:
    """Return the name of a design, whichever version of morphkit wrote it.

    Examples
    --------
    >>> current_name("2afc"), current_name("mlds")
    ('categorisation', 'mlds')
    """
    return next((n for n, kind in DESIGNS.items() if name in kind.former_names), name)


__all__ = ["DESIGNS", "DesignKind", "current_name"]
