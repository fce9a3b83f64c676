"""Answers of simulated observers with known parameters, for tests of what fits them."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR, Answer
from morphkit.pack.model import Pack


def category_answers(
    pack: Pack,
    *,
    participants: int = 6,
    repeats: int = 2,
    pse: float = 0.5,
    sd: float = 0.15,
    rater_sd: float = 0.05,
    identity_sd: float = 0.05,
    seed: int = 1,
) -> list[Answer]:
    """Return categories; PSEs differ between participants and identities."""
    generator = np.random.default_rng(seed)
    identities = [row.identity_id for row in pack.identities]
    moved = dict(
        zip(identities, generator.normal(0, identity_sd, len(identities)), strict=True)
    )
    answers = []
    for person in range(participants):
        shift = generator.normal(0, rater_sd)
        rows = [row for row in pack.stimuli for _ in range(repeats)]
        order = generator.permutation(len(rows))
        for place, k in enumerate(order, start=1):
            row = rows[k]
            middle = pse + shift + moved[row.identity_id]
            second = generator.random() < ndtr((row.level - middle) / sd)
            answers.append(
                Answer(
                    f"p{person + 1:02d}",
                    place,
                    (row.stimulus_id,),
                    str(row.to_label if second else row.from_label),
                    rt_seconds=float(generator.gamma(6, 0.1) + 0.25),
                )
            )
    return answers


def bent(levels: np.ndarray, amplitude: float) -> np.ndarray:
    """Return a scale that leaves the straight line by a sine."""
    return levels + amplitude * np.sin(2 * np.pi * levels) / (2 * np.pi)


def triad_answers(
    pack: Pack,
    *,
    participants: int = 4,
    steps: Sequence[int] = (1, 3, 5, 7, 9, 11, 13, 15),
    repeats: int = 1,
    amplitude: float = 1 / 3,
    sigma: float = 0.15,
    seed: int = 1,
) -> list[Answer]:
    """Return triads of each continuum in turn, half of them stored backwards."""
    generator = np.random.default_rng(seed)
    triads = list(itertools.combinations(steps, 3)) * repeats
    answers = []
    for person in range(participants):
        continua = [row.continuum_id for row in pack.continua]
        rows = {r.step: r for r in pack.stimuli_of(continua[person % len(continua)])}
        for place, k in enumerate(generator.permutation(len(triads)), start=1):
            shown = [rows[step] for step in triads[k]]
            a, b, c = bent(np.array([r.level for r in shown]), amplitude)
            second = (c - b) - (b - a) + generator.normal(0, sigma) > 0
            names = tuple(r.stimulus_id for r in shown)
            if generator.random() < 0.5:
                names, second = names[::-1], not second
            answers.append(
                Answer(
                    f"p{person + 1:02d}",
                    place,
                    names,
                    SECOND_PAIR if second else FIRST_PAIR,
                    design="mlds",
                )
            )
    return answers


def rating_answers(
    pack: Pack,
    *,
    participants: int = 5,
    questions: Sequence[str] = ("intensity",),
    sd: float = 6.0,
    seed: int = 1,
) -> list[Answer]:
    """Return ratings from 20 to 80 that follow the level, noisy and whole."""
    generator = np.random.default_rng(seed)
    answers = []
    for person in range(participants):
        place = 0
        for question in questions:
            for row in pack.stimuli:
                place += 1
                rating = 20 + 60 * row.level + generator.normal(0, sd)
                answers.append(
                    Answer(
                        f"p{person + 1:02d}",
                        place,
                        (row.stimulus_id,),
                        f"{rating:.0f}",
                        design="rating",
                        question=question,
                    )
                )
    return answers
