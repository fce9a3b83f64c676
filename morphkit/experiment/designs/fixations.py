"""Designs with a time course: fixations of trials, drawn from a range.

A cross that always stays for the same time tells when the image will come; the paradigm
of emotion recognition training draws it from 1500 to 2500 ms.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.random_order import Draws

#: Stream of draws for fixations: other orders stay as they are without them.
FIXATIONS_STREAM = zlib.crc32(b"fixation")


def with_fixations(
    lists: Iterable[Sequence[Trial]], timing: Timing, seed: int, *, visit: str = ""
) -> tuple[tuple[Trial, ...], ...]:
    """Return the lists of a design, with the fixation of each trial.

    Parameters
    ----------
    lists : iterable of sequence of Trial
    timing : Timing
        Without a range of fixations nothing is drawn.
    seed : int
        Seed of the design; each list has draws of its own.
    visit : str, optional
        As in the design; each has draws of its own.

    Returns
    -------
    tuple of tuple of Trial
        Whole milliseconds, all of the range equally likely.

    Examples
    --------
    >>> trial = Trial("main", 1, ("a",), ("happy", "sad"))
    >>> (drawn,) = with_fixations([[trial] * 3], Timing(fixation=(1500, 2500)), seed=1)
    >>> [one.fixation for one in drawn]
    [2221, 2476, 1677]
    """
    if timing.drawn_fixation is None:
        return tuple(map(tuple, lists))
    least, most = timing.drawn_fixation
    path = [zlib.crc32(visit.encode())] if visit else []
    drawn = []
    for number, trials in enumerate(lists):
        draws = Draws(seed, FIXATIONS_STREAM, *path, number)
        n = most - least + 1
        drawn.append(tuple(replace(t, fixation=least + draws.below(n)) for t in trials))
    return tuple(drawn)


def timed_design(
    kind: str,
    lists: Iterable[Sequence[Trial]],
    seed: int,
    *,
    timing: Timing,
    settings: Mapping[str, Any],
    keys: tuple[str, ...] = ("f", "j"),
    scales: Mapping[str, tuple[float, float, float]] | None = None,
    probe: bool = False,
) -> Design:
    """Return a design of lists of trials, their fixations drawn.

    Parameters
    ----------
    kind, lists, seed, timing, settings, keys, scales, probe
        As in `morphkit.experiment.design.Design`.

    Raises
    ------
    InputError
        As by `morphkit.experiment.design.Design`.
    """
    return Design(
        kind,
        with_fixations(lists, timing, seed),
        seed,
        timing=timing,
        keys=keys,
        scales=scales or {},
        probe=probe,
        settings=settings,
    )
