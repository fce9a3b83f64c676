"""Emotion recognition training: feedback that moves the balance point.

References
----------
Penton-Voak, I. S., Thomas, J., Gage, S. H., McMurran, M., McDonald, S., & Munafò, M. R.
(2013). Increasing recognition of happiness in ambiguous facial expressions reduces
anger and aggressive behavior. Psychological Science, 24(5), 688–697.
https://doi.org/10.1177/0956797612459657
"""

from collections.abc import Iterable

from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design, Timing, Training, Trial
from morphkit.experiment.designs.blocks import in_blocks
from morphkit.experiment.designs.categorisation import category_trial, passes
from morphkit.experiment.designs.kind import Array, DesignKind, Option, Planning
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    Stimuli,
    checked,
    chosen_continua,
    labels_of,
)
from morphkit.pack.rows import Stimulus

#: As published, but for the fixation.
TIMING = Timing(fixation=2000, stimulus=150, mask=150)


def make_training(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    shift_steps: float = 2.0,
    repeats: int = 3,
    training_blocks: int = 6,
    lists: int = 4,
    timing: Timing | None = None,
) -> Design:
    """Return a design of baseline, training with feedback, and test.

    As published: 15 images, three times each in baseline and test (45 trials); in
    training blocks of 31 trials, in which the images near the middle come three times,
    those beside them twice and the four at the ends once; feedback by the participant's
    own balance point, moved by two steps. Other numbers of images keep the proportions.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out. Every continuum has its own baseline, training
        and test; their order turns from list to list.
    shift_steps : float, optional
        Steps by which the balance point is moved; positive makes more images count as
        the first label, 0 is the control condition.
    repeats : int, optional
        Showings of every image in baseline and test.
    training_blocks : int, optional
        Blocks of training.
    lists : int, optional
        Orders to draw; best an even number.
    timing : Timing, optional
        As published, but for the fixation: 2000 ms (published: drawn from 1500 to
        2500), image 150 ms, mask 150 ms.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, or the continua have
        several pairs of labels.
    """
    settings = checked(
        {
            "shift_steps": float(shift_steps),
            "repeats": repeats,
            "training_blocks": training_blocks,
            "lists": lists,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    labels = labels_of(chosen)
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        turn = number // 2 % len(chosen)
        order = [*chosen.values()][turn:] + [*chosen.values()][:turn]
        session: list[Trial] = []
        for rows in order:
            for phase, names in _parts(rows, draws, repeats, training_blocks):
                trials = [
                    category_trial(phase, name, labels, number % 2 == 1)
                    for name in names
                ]
                first = session[-1].block + 1 if session else 1
                session += in_blocks(trials, first=first, longest=len(trials))
        made.append(tuple(session))
    return Design(
        "training",
        tuple(made),
        seed,
        timing=timing or TIMING,
        training=Training(float(shift_steps), *labels),
        settings=settings,
    )


def showings_in_training(step: int, n_steps: int) -> int:
    """Return how often an image comes up in a block of training.

    Examples
    --------
    >>> [showings_in_training(step, 15) for step in range(1, 16)]
    [1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 2, 2, 2, 1, 1]
    """
    from_end = min(step - 1, n_steps - step)
    if 15 * from_end < 2 * n_steps:
        return 1
    return 2 if 15 * from_end < 5 * n_steps else 3


def _parts(
    rows: Stimuli, draws: Draws, repeats: int, n_blocks: int
) -> Iterable[tuple[str, list[str]]]:
    """Yield the phases of one continuum: name and images in their order."""
    baseline = passes(rows, draws, repeats)
    yield "baseline", baseline
    last = baseline[-1]
    block = [
        row.stimulus_id
        for row in rows
        for _ in range(showings_in_training(row.step, row.n_steps))
    ]
    for _ in range(n_blocks):
        order = draws.apart(block, key=str, after=last)
        last = order[-1]
        yield "training", order
    yield "test", passes(rows, draws, repeats, after=last)


def _result(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return whether an answer of baseline or test is the first label."""
    if answer.phase == "training":
        return None
    key = (row.continuum_id, answer.phase)
    return key, float(answer.response == row.from_label)


def _shift(shares: Array, n_images: int) -> Array:
    """Return how far the balance point moved from baseline to test, steps."""
    return n_images * (shares[:, 1::2] - shares[:, ::2])


KIND = DesignKind(
    "baseline, training by feedback that moves the balance point, test",
    make_training,
    planning=Planning(
        unit="steps", repeats=lambda plan: 3, result=_result, change=_shift
    ),
    task="category",
    n_stimuli=(1,),
    options={
        "shift_steps": Option(
            "Shift of the balance point by feedback, in steps; default: 2.", type=float
        ),
    },
    timing=TIMING,
)
