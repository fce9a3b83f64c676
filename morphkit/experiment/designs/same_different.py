"""Same or different: whether a step of a continuum can be seen."""

from collections.abc import Iterable, Sequence

from morphkit.errors import InputError
from morphkit.experiment.answer import DIFFERENT, SAME, Answer
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import DesignKind, Option, Planning
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    BLOCK_TRIALS,
    PRACTICE,
    Stimuli,
    at_least,
    checked,
    chosen_continua,
)
from morphkit.pack.rows import Stimulus


def make_same_different(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    lag: int = 2,
    repeats: int = 2,
    practice: int = 4,
    lists: int = 4,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design in which two images are the same or not.

    Every pair of images that are `lag` steps apart comes up, with either image on the
    left equally often over the repeats, and just as many pairs of twice the same image.
    The sides of the answers stay the same for a participant and are reversed in every
    second list.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    lag : int, optional
        Steps between the two images of a pair that differs.
    repeats : int, optional
        Showings of every pair.
    practice : int, optional
        Trials before the others: the two ends, and twice the same end.
    lists : int, optional
        Orders to draw; best an even number.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, images until the answer.

    Raises
    ------
    InputError
        If a number is too small, a name is not known, or a continuum has no two images
        that are so far apart.
    """
    at_least("lag", lag, 1)
    settings = checked(
        {
            "lag": lag,
            "repeats": repeats,
            "practice": practice,
            "lists": lists,
            "block_trials": block_trials,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    for name, rows in chosen.items():
        if len(rows) <= lag:
            raise InputError(
                f"{len(rows)} images, none of them {lag} steps apart",
                where=name,
                allowed=f"a lag from 1 to {len(rows) - 1}",
            )
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        flipped = number % 2 == 1
        ready = _practice([*chosen.values()], practice, draws)
        main: list[tuple[str, str]] = []
        for repeat in range(repeats):
            pairs = [
                pair
                for rows in chosen.values()
                for pair in _pairs(rows, lag, turned=(repeat + number // 2) % 2)
            ]
            before = main or ready
            last = _key(before[-1]) if before else None
            main += draws.apart(pairs, key=_key, after=last)
        parts = [
            [_trial("practice", pair, flipped) for pair in ready],
            [_trial("main", pair, flipped) for pair in main],
        ]
        made.append(join(parts, longest=block_trials))
    return timed_design(
        "same_different", made, seed, timing=timing or Timing(), settings=settings
    )


def _key(pair: tuple[str, str]) -> frozenset[str]:
    """Return what must not come twice in a row."""
    return frozenset(pair)


def _pairs(rows: Stimuli, lag: int, *, turned: int) -> list[tuple[str, str]]:
    """Return the pairs of one continuum, as many of one kind as of the other."""
    names = [row.stimulus_id for row in rows]
    apart = [(names[k], names[k + lag]) for k in range(len(names) - lag)]
    other = [
        pair if (k + turned) % 2 == 0 else pair[::-1] for k, pair in enumerate(apart)
    ]
    # As many equal pairs, spread evenly over the continuum.
    n = len(apart)
    equal = [names[(2 * k + 1) * len(names) // (2 * n)] for k in range(n)]
    return [*other, *((name, name) for name in equal)]


def _trial(phase: str, pair: tuple[str, str], flipped: bool) -> Trial:
    """Return the trial of a pair."""
    correct = SAME if pair[0] == pair[1] else DIFFERENT
    return Trial(phase, 1, pair, (SAME, DIFFERENT), flipped=flipped, correct=correct)


def _practice(
    continua: Sequence[Stimuli], n: int, draws: Draws
) -> list[tuple[str, str]]:
    """Return pairs of which the answer is clear, half of them equal."""
    turns = draws.shuffled(continua)
    pairs = []
    for k in range(n):
        rows = turns[k // 2 % len(turns)]
        ends = draws.shuffled(rows[end].stimulus_id for end in (0, -1))
        pairs.append((ends[0], ends[k % 2]))
    return draws.apart(pairs, key=_key)


def _result(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return whether a pair that differs was called different."""
    if answer.stimuli[0] == answer.stimuli[1]:
        return None
    return (row.continuum_id,), float(answer.response == DIFFERENT)


KIND = DesignKind(
    "two images: same or different?",
    make_same_different,
    planning=Planning(unit="share of answers", repeats=lambda plan: 2, result=_result),
    task="pair",
    n_stimuli=(2,),
    options={
        "lag": Option("Steps between two different images; default: 2.", least=1),
        "practice": PRACTICE,
        "block_trials": BLOCK_TRIALS,
    },
)
