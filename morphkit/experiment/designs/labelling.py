"""Labelling: every image, and one of several labels.

With neutral faces and an answer for those who cannot tell, people are not forced to
call every face one thing or the other: a training that only makes them say "happy" more
often shows as false alarms.

References
----------
Griffiths et al. (2015), doi:10.1016/j.psychres.2015.11.007: six labels before and after
a training.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import MOST_CHOICES, Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.categorisation import passes
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import DesignKind, Option, Planning
from morphkit.experiment.designs.labelling_texts import LABELLING_TEXTS
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    BLOCK_TRIALS,
    PRACTICE,
    Stimuli,
    checked,
    chosen_continua,
)
from morphkit.experiment.intended import CANNOT_TELL, NEUTRAL, intended_label
from morphkit.experiment.names_and_keys import default_keys
from morphkit.pack.rows import Stimulus

#: Options of designs that ask for one of several labels.
LABEL_OPTIONS = {
    "labels": Option(
        "A label to answer beside those at the ends of the continua; default: neutral.",
        type=str,
        many=True,
        flag="label",
    ),
    "cannot_tell": Option('Offer the answer "cannot tell", too.', type=bool),
    "answer_keys": Option(
        "Key of an answer, from the left; default: digits.",
        type=str,
        many=True,
        flag="key",
    ),
}


def make_labelling(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    labels: Sequence[str] = (NEUTRAL,),
    cannot_tell: bool = False,
    answer_keys: Sequence[str] = (),
    repeats: int = 2,
    practice: int = 4,
    lists: int = 4,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design in which every image is given one of several labels.

    Every image is shown once before any is shown again, in random order, and never
    twice in a row. The answers stay at their places for a participant, and stand in
    reverse order in every second list.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack; continua may have different ends.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    labels : sequence of str, optional
        Answers beside the labels at the ends of the continua.
    cannot_tell : bool, optional
        Whether people may say that they cannot tell.
    answer_keys : sequence of str, optional
        Key of each answer, from the left; digits from 1 if left out.
    repeats : int, optional
        Showings of every image.
    practice : int, optional
        Trials with ends of continua before the others, without feedback.
    lists : int, optional
        Orders to draw; best an even number.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, image until the answer.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, or there are fewer than
        three answers.
    """
    settings = checked(
        {
            "repeats": repeats,
            "practice": practice,
            "lists": lists,
            "block_trials": block_trials,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    choices = answers_of(chosen, labels, cannot_tell=cannot_tell)
    rows = [row for each in chosen.values() for row in each]
    made = []
    for number in range(lists):
        draws, flipped = Draws(seed, number), number % 2 == 1
        ends = draws.shuffled(
            r.stimulus_id for r in rows if r.step in (1, r.n_steps) and practice
        )
        first = [ends[k % len(ends)] for k in range(practice)]
        first = draws.apart(first, key=str)
        main = passes(rows, draws, repeats, after=first[-1] if first else None)
        made.append(
            join(
                [
                    [label_trial("practice", name, choices, flipped) for name in first],
                    [label_trial("main", name, choices, flipped) for name in main],
                ],
                longest=block_trials,
            )
        )
    return label_design(
        "labelling",
        made,
        seed,
        choices=choices,
        answer_keys=answer_keys,
        timing=timing or Timing(),
        settings=settings,
    )


def label_design(
    kind: str,
    lists: Iterable[Sequence[Trial]],
    seed: int,
    *,
    choices: Sequence[str],
    answer_keys: Sequence[str],
    timing: Timing,
    settings: Mapping[str, Any],
) -> Design:
    """Return a design of trials that ask for one of several labels, with their keys."""
    return timed_design(
        kind,
        lists,
        seed,
        timing=timing,
        keys=tuple(answer_keys) or default_keys(len(choices)),
        settings={**settings, "answers": " ".join(choices)},
    )


def label_trial(
    phase: str, stimulus: str, choices: tuple[str, ...], flipped: bool
) -> Trial:
    """Return a trial that asks for the label of an image."""
    return Trial(phase, 1, (stimulus,), choices, flipped=flipped)


def answers_of(
    continua: Mapping[str, Stimuli], labels: Sequence[str], *, cannot_tell: bool
) -> tuple[str, ...]:
    """Return the possible answers: labels of the ends, further ones, cannot tell.

    Raises
    ------
    InputError
        If there are fewer than three, or more than there are digits.
    """
    ends = [
        label
        for rows in continua.values()
        for label in (rows[0].from_label, rows[0].to_label)
    ]
    more = [CANNOT_TELL] if cannot_tell else []
    choices = tuple(dict.fromkeys([*ends, *labels, *more]))
    if not 3 <= len(choices) <= MOST_CHOICES:
        raise InputError(
            f"the answers are {', '.join(choices)}",
            allowed=f"three to {MOST_CHOICES}",
            remedy="add a label, or the answer cannot tell, or use the design "
            '"categorisation"'
            if len(choices) < 3
            else "choose continua with fewer labels",
        )
    return choices


def is_right(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return whether an answer is what the image was meant to show, for its continuum.

    An image half way between two labels has no right answer.
    """
    wanted = intended_label(row)
    if not wanted:
        return None
    return (row.continuum_id,), float(answer.response == wanted)


KIND = DesignKind(
    "every image: which of several labels?",
    make_labelling,
    planning=Planning(unit="share of answers", repeats=lambda plan: 2, result=is_right),
    task="label",
    n_stimuli=(1,),
    options={**LABEL_OPTIONS, "practice": PRACTICE, "block_trials": BLOCK_TRIALS},
    texts=LABELLING_TEXTS,
)
