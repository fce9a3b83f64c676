"""How long work tells what it does, whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Whom a build tells what it does; nobody, unless said.

    Parameters
    ----------
    stage : callable
        ``stage(text, total)`` begins a stage of `total` units.
    advance : callable
        ``advance(text)`` ends one unit.
    """

    stage: Callable[[str, int], None] = lambda text, total: None
    advance: Callable[[str], None] = lambda text: None
