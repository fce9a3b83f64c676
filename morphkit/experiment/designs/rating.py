"""Ratings of every image on one or more scales."""

from collections.abc import Iterable

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.categorisation import passes
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import DesignKind, Option, Planning
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    BLOCK_TRIALS,
    Stimuli,
    at_least,
    checked,
    chosen_continua,
)
from morphkit.pack.rows import Stimulus

#: Rating scales: least, greatest, step. The names of their ends are in the wording.
SCALES = {
    "valence": (0.0, 100.0, 1.0),
    "intensity": (0.0, 100.0, 1.0),
    "clarity": (0.0, 100.0, 1.0),
    "genuineness": (0.0, 100.0, 1.0),
}


def make_rating(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    scales: Iterable[str] = tuple(SCALES),
    repeats: int = 1,
    lists: int = 4,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design in which every image is rated.

    One scale after the other: all images on the first, then all on the second. Which
    scale comes first turns from list to list, so that each is first, second, … equally
    often over as many lists as there are scales.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    scales : iterable of str, optional
        Names in `SCALES`.
    repeats : int, optional
        Showings of every image on every scale.
    lists : int, optional
        Orders to draw; best a multiple of the number of scales.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, image until the answer.

    Raises
    ------
    InputError
        If a number is too small or a name is not known.
    """
    names = tuple(dict.fromkeys(scales))
    for name in names:
        if name not in SCALES:
            raise InputError(
                f'no rating scale is called "{name}"',
                allowed=f"known: {', '.join(SCALES)}",
                remedy=did_you_mean(name, SCALES),
            )
    at_least("the number of scales", len(names), 1)
    settings = checked(
        {"repeats": repeats, "lists": lists, "block_trials": block_trials}
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    rows = [row for each in chosen.values() for row in each]
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        turn = number % len(names)
        parts: list[list[Trial]] = []
        last = None
        for name in names[turn:] + names[:turn]:
            order = passes(rows, draws, repeats, after=last)
            last = order[-1]
            parts.append([Trial("main", 1, (s,), (), question=name) for s in order])
        made.append(join(parts, longest=block_trials))
    return timed_design(
        "rating",
        made,
        seed,
        timing=timing or Timing(),
        scales={name: SCALES[name] for name in names},
        settings=settings,
    )


def _result(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return the rating of an image on a scale."""
    del row
    return (answer.question, *answer.stimuli), float(answer.response)


KIND = DesignKind(
    "every image on sliders: valence, intensity, clarity, genuineness",
    make_rating,
    planning=Planning(unit="points", repeats=lambda plan: 1, result=_result),
    task="rating",
    n_stimuli=(1,),
    options={
        "scales": Option(
            "Scales to rate; default: all.",
            type=str,
            choices=tuple(SCALES),
            many=True,
            flag="rating-scale",
        ),
        "block_trials": BLOCK_TRIALS,
    },
)
