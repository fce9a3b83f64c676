"""Progress of long computations, reported to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Callbacks that a build reports its progress to; by default nobody listens.

    Parameters
    ----------
    stage : callable
        ``stage(text, total)`` begins a stage of `total` units.
    advance : callable
        ``advance(text)`` completes one unit.
    """

    stage: Callable[[str, int], None] = lambda text, total: None
    advance: Callable[[str], None] = lambda text: None
