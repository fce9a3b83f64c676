"""Identification: from which intensity on an expression is seen in a face.

Sequences go from the neutral face to the expression, image by image; after each image
one of several labels is chosen. An expression is identified from the image on from
which every answer is right.

References
----------
Arteche et al. (2011), doi:10.1016/j.jad.2011.04.015: mothers with depression, and the
intensity at which infants are seen to be happy or sad.
"""

from collections.abc import Iterable, Mapping, Sequence

from morphkit.errors import InputError
from morphkit.experiment.design import Design, Timing
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.kind import DesignKind, Planning
from morphkit.experiment.designs.labelling import (
    LABEL_OPTIONS,
    answers_of,
    is_right,
    label_design,
    label_trial,
)
from morphkit.experiment.designs.labelling_texts import IDENTIFICATION_TEXTS
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import Stimuli, checked, chosen_continua
from morphkit.experiment.intended import NEUTRAL


def make_identification(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    labels: Sequence[str] = (NEUTRAL,),
    cannot_tell: bool = False,
    answer_keys: Sequence[str] = (),
    repeats: int = 1,
    lists: int = 4,
    timing: Timing | None = None,
) -> Design:
    """Return a design of sequences from neutral to an expression.

    Sequences come in random order, every continuum once before any comes again; each is
    a block, with a break after it. The answers stand in reverse order in every second
    list.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; otherwise every continuum with a neutral end.
    labels, cannot_tell, answer_keys
        As for `morphkit.experiment.designs.labelling.make_labelling`.
    repeats : int, optional
        Sequences of each continuum.
    lists : int, optional
        Orders to draw; best an even number.
    timing : Timing, optional
        500 ms fixation, image until the answer.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, a continuum that was asked
        for has no neutral end, or there are fewer than three answers.
    """
    settings = checked({"repeats": repeats, "lists": lists})
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    sequences = _sequences(chosen, asked=continua is not None)
    choices = answers_of(
        {name: chosen[name] for name in sequences}, labels, cannot_tell=cannot_tell
    )
    made = []
    for number in range(lists):
        draws, flipped = Draws(seed, number), number % 2 == 1
        order: list[str] = []
        for _ in range(repeats):
            after = order[-1] if order else None
            order += draws.apart(list(sequences), key=str, after=after)
        parts = [
            [label_trial("main", image, choices, flipped) for image in sequences[name]]
            for name in order
        ]
        made.append(join(parts, longest=max(map(len, parts))))
    return label_design(
        "identification",
        made,
        seed,
        choices=choices,
        answer_keys=answer_keys,
        timing=timing or Timing(),
        settings=settings,
    )


def _sequences(
    chosen: Mapping[str, Stimuli], *, asked: bool
) -> dict[str, tuple[str, ...]]:
    """Return the images of each continuum from neutral on.

    Raises
    ------
    InputError
        If there is none, or a continuum that was asked for has no neutral end.
    """
    found: dict[str, tuple[str, ...]] = {}
    without = []
    for name, rows in chosen.items():
        images = tuple(row.stimulus_id for row in rows)
        if rows[0].from_label == NEUTRAL:
            found[name] = images
        elif rows[0].to_label == NEUTRAL:
            found[name] = images[::-1]
        else:
            without.append(name)
    if without and (asked or not found):
        raise InputError(
            f"no end is {NEUTRAL}: {', '.join(without)}",
            allowed=f'continua from "{NEUTRAL}" to an expression',
            remedy=f'build a pack with [[continua]] from = "{NEUTRAL}"',
        )
    return found


KIND = DesignKind(
    "rising intensity from neutral: from which image on is the expression seen?",
    make_identification,
    planning=Planning(unit="share of images", repeats=lambda plan: 1, result=is_right),
    task="label",
    n_stimuli=(1,),
    options=LABEL_OPTIONS,
    texts=IDENTIFICATION_TEXTS,
    rising=True,
)
