"""Designs of experiments: what is shown and asked, in which order and how often.

A design is made from the stimuli table of a pack and a seed. All random choices are
made here, so that all front ends show the same.
"""

from morphkit._core.registry import Table
from morphkit.experiment.designs import (
    categorisation,
    dot_probe,
    identification,
    labelling,
    mlds,
    rating,
    same_different,
    training,
)
from morphkit.experiment.designs.kind import DesignKind

DESIGNS = Table(
    "designs",
    DesignKind,
    {
        "categorisation": categorisation.KIND,
        "training": training.KIND,
        "mlds": mlds.KIND,
        "rating": rating.KIND,
        "same_different": same_different.KIND,
        "labelling": labelling.KIND,
        "identification": identification.KIND,
        "dot_probe": dot_probe.KIND,
    },
)


def current_name(name: str) -> str:
    """Return the current name of a design, also for names of older versions.

    Examples
    --------
    >>> current_name("2afc"), current_name("mlds")
    ('categorisation', 'mlds')
    """
    if name in DESIGNS:
        return name
    return next((n for n, kind in DESIGNS.items() if name in kind.former_names), name)


def fitting_design(n_stimuli: int, *, is_number: bool) -> str:
    """Return the first design that fits an answer without the name of a design.

    Parameters
    ----------
    n_stimuli : int
        Images of the trial.
    is_number : bool
        Whether the answer is a number.

    Examples
    --------
    >>> fitting_design(3, is_number=False), fitting_design(1, is_number=True)
    ('mlds', 'rating')
    """
    fits = [name for name, kind in DESIGNS.items() if n_stimuli in kind.n_stimuli]
    rated = [name for name in fits if (DESIGNS[name].task == "rating") == is_number]
    return next(iter(rated or fits), "")


__all__ = ["DESIGNS", "DesignKind", "current_name", "fitting_design"]
