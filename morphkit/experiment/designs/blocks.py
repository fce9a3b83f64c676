"""Blocks: how trials are divided between breaks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from morphkit.experiment.design import Trial


def in_blocks(trials: Sequence[Trial], *, first: int, longest: int) -> list[Trial]:
    """Return the trials, numbered in blocks of nearly equal length.

    Parameters
    ----------
    trials : sequence of Trial
        In order; their block numbers are replaced.
    first : int
        Number of the first block.
    longest : int
        Largest number of trials in a block.
    """
    n_blocks = max(1, -(-len(trials) // longest))
    return [
        replace(trial, block=first + place * n_blocks // len(trials))
        for place, trial in enumerate(trials)
    ]


def join(parts: Iterable[Sequence[Trial]], *, longest: int) -> tuple[Trial, ...]:
    """Return the parts of a session in sequence, each starting a new block."""
    session: list[Trial] = []
    for part in parts:
        if part:
            first = session[-1].block + 1 if session else 1
            session += in_blocks(part, first=first, longest=longest)
    return tuple(session)
