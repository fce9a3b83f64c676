"""Emotion recognition training: feedback that moves the balance point.

References
----------
Penton-Voak, I. S., Thomas, J., Gage, S. H., McMurran, M., McDonald, S., & Munafò, M. R.
(2013). Increasing recognition of happiness in ambiguous facial expressions reduces
anger and aggressive behavior. Psychological Science, 24(5), 688–697.
https://doi.org/10.1177/0956797612459657
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from morphkit._core.registry import did_you_mean, look_up
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Arm, Design, Timing, Training, Trial
from morphkit.experiment.designs.blocks import in_blocks
from morphkit.experiment.designs.categorisation import category_trial, passes
from morphkit.experiment.designs.fixations import with_fixations
from morphkit.experiment.designs.kind import Array, DesignKind, Option, Planning
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    Stimuli,
    checked,
    chosen_continua,
    labels_of,
)
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    BALANCE_SOURCES,
    OWN_SESSION,
)
from morphkit.pack.rows import Stimulus

#: As published, but for the fixation.
TIMING = Timing(fixation=2000, stimulus=150, mask=150)
#: What stands for the shift of an arm whose feedback is drawn.
SHAM = "sham"
#: Stream of draws for letters and lists of arms, the same in all visits of a course.
ARMS_STREAM = (1, 1, 1)
WHOLE, FIRST, MIDDLE, LAST, FOLLOW_UP = "whole", "first", "middle", "last", "follow-up"
_ALL = ("baseline", "training", "test")
#: What a visit holds -> phases of a continuum that is trained, and of one that is
#: tested only: it is seen before the first training and after the last.
PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    WHOLE: (_ALL, ("baseline", "test")),
    FIRST: (_ALL, ("baseline",)),
    MIDDLE: (_ALL, ()),
    LAST: (_ALL, ("test",)),
    FOLLOW_UP: (("test",), ("test",)),
}


def make_training(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    shift_steps: float = 2.0,
    balance: str = "count",
    balance_from: str = OWN_SESSION,
    arms: Iterable[str] = (),
    transfer: Iterable[str] = (),
    visit: str = "",
    parts: str = WHOLE,
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
        and test: all baselines come first and all tests last. The order of continua
        turns from list to list.
    shift_steps : float, optional
        Steps by which the balance point is moved; positive makes more images count as
        the first label, 0 is the control condition.
    balance : str, optional
        How the balance point is estimated: counted as published, or by a ``"fit"``; see
        `morphkit.experiment.training_rule`.
    balance_from : str, optional
        Where the balance point comes from: the baseline of this ``"session"``, or a
        ``"table"`` of an earlier one, without which a participant is refused
        (``"table-or-session"``: measured anew).
    arms : iterable of str, optional
        Arms of a trial instead of one shift: ``"raised=2"``, ``"control=0"``,
        ``"sham=sham"``. Every arm has the same orders; which list is of which arm is
        drawn from the seed.
    transfer : iterable of str, optional
        Continua that are tested and never trained.
    visit : str, optional
        Which of the planned sessions of a course it is; each has orders of its own.
    parts : str, optional
        A name in `PARTS`: what there is beside the training.
    repeats : int, optional
        Showings of every image in baseline and test.
    training_blocks : int, optional
        Blocks of training.
    lists : int, optional
        Orders to draw, of each arm; best an even number.
    timing : Timing, optional
        As published, but for the fixation: 2000 ms (published: drawn from 1500 to
        2500, which is ``fixation=(1500, 2500)``), image 150 ms, mask 150 ms.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, the continua have several
        pairs of labels, or an arm cannot be read.
    """
    settings: dict[str, Any] = checked(
        {
            "shift_steps": float(shift_steps),
            "repeats": repeats,
            "training_blocks": training_blocks,
            "lists": lists,
        }
    )
    chosen = chosen_continua(stimuli, identities=identities, continua=continua)
    tested_only = _tested_only(chosen, [*transfer])
    labels = labels_of(chosen)
    look_up(PARTS, parts, kind="plan of a visit")
    course = drawn_arms([*arms], seed, lists)
    if course:
        del settings["shift_steps"]
    if tested_only:
        settings["transfer"] = " ".join(tested_only)
    if visit or parts != WHOLE:
        settings["parts"] = parts
    path = [zlib.crc32(visit.encode())] if visit else []
    made: list[tuple[Trial, ...]] = []
    for number in range(lists):
        plan = _Plan(chosen, tested_only, parts, repeats, training_blocks)
        trials = _session(plan, Draws(seed, *path, number), number, labels)
        sham = _sham(trials, stimuli, labels, Draws(seed, *path, number, 1))
        arms_here = course[number] if course else [None]
        made += [sham if arm and arm.sham else trials for arm in arms_here]
    every = [arm for each in course for arm in each]
    timing = timing or TIMING
    return Design(
        "training",
        with_fixations(made, timing, seed, visit=visit),
        seed,
        timing=timing,
        training=Training(
            0.0 if course else float(shift_steps), *labels, balance, balance_from
        ),
        arms=tuple(sorted({*every}, key=lambda arm: arm.code)),
        list_arms=tuple(arm.code for arm in every),
        visit=visit,
        settings=settings,
    )


def drawn_arms(asked: Sequence[str], seed: int, lists: int) -> list[list[Arm]]:
    """Return the arms of the lists of each order, in an order drawn for each.

    The letters of the arms are drawn, too.

    Raises
    ------
    InputError
        With every arm that cannot be read; if there is a single one.
    """
    if not asked:
        return []
    faults, read = [], []
    for text in asked:
        name, _, value = text.partition("=")
        try:
            sham = value.strip() == SHAM
            shift = 0.0 if sham else float(value)
            read.append((name.strip(), shift, sham))
            Arm("A", *read[-1])
        except InputError as error:
            faults.append(error.at(f"arm {text}"))
        except ValueError:
            faults.append(
                InputError(
                    f'the arm "{text}"',
                    allowed=f"NAME=STEPS, such as raised=2, or NAME={SHAM}",
                )
            )
    if len(asked) > len(ascii_uppercase):
        faults.append(
            InputError(f"{len(asked)} arms", allowed=f"{len(ascii_uppercase)} at most")
        )
    if len(asked) == 1:
        faults.append(
            InputError(
                f'one arm, "{asked[0]}"',
                allowed="two or more",
                remedy="for a single condition give the shift (shift_steps) and no arm",
            )
        )
    raise_all(faults)
    draws = Draws(seed, *ARMS_STREAM)
    letters = draws.shuffled(ascii_uppercase[: len(read)])
    arms = [Arm(code, *one) for code, one in zip(letters, read, strict=True)]
    return [draws.shuffled(arms) for _ in range(lists)]


def _tested_only(chosen: Mapping[str, Stimuli], transfer: Sequence[str]) -> list[str]:
    """Return the continua for transfer; refuse those that are not there, or all."""
    raise_all(
        InputError(
            f'no continuum "{name}" to test transfer on',
            allowed=f"one of {', '.join(chosen)}",
            remedy=did_you_mean(name, chosen),
        )
        for name in transfer
        if name not in chosen
    )
    if len({*transfer}) == len(chosen):
        raise InputError(
            "all continua are for transfer", allowed="one or more that are trained"
        )
    return [name for name in chosen if name in transfer]


@dataclass(frozen=True)
class _Plan:
    """What one visit holds."""

    chosen: Mapping[str, Stimuli]
    tested_only: Sequence[str]
    parts: str
    repeats: int
    n_blocks: int


def _session(
    plan: _Plan, draws: Draws, number: int, labels: tuple[str, str]
) -> tuple[Trial, ...]:
    """Return the trials of one order: of each phase the continua one after the other.

    All baselines come before any training, all tests after it: what is learned about
    one face carries over to others.
    """
    turn = number // 2 % len(plan.chosen)
    order = [*plan.chosen][turn:] + [*plan.chosen][:turn]
    drawn = {name: list(_phases(plan, name, draws)) for name in order}
    session: list[Trial] = []
    for phase in _ALL:
        for name in order:
            for names in (names for one, names in drawn[name] if one == phase):
                trials = [
                    category_trial(phase, one, labels, number % 2 == 1) for one in names
                ]
                first = session[-1].block + 1 if session else 1
                session += in_blocks(trials, first=first, longest=len(trials))
    return tuple(session)


def _sham(
    trials: Sequence[Trial], stimuli: Stimuli, labels: tuple[str, str], draws: Draws
) -> tuple[Trial, ...]:
    """Return the trials with answers that feedback calls correct, drawn beforehand.

    The clearest images, which come once in a block, have the label of their end. Of
    the showings of every other image half have either label, to one.
    """
    rows = {row.stimulus_id: row for row in stimuli}
    places: dict[str, list[int]] = {}
    for k, trial in enumerate(trials):
        if trial.phase == "training":
            places.setdefault(trial.stimuli[0], []).append(k)
    right: dict[int, str] = {}
    for name, found in sorted(places.items()):
        row = rows[name]
        if showings_in_training(row.step, row.n_steps) == 1:
            end = labels[int(2 * row.step > row.n_steps)]
            right |= dict.fromkeys(found, end)
            continue
        odd = draws.below(2)
        drawn = draws.shuffled([labels[(k + odd) % 2] for k in range(len(found))])
        right |= dict(zip(found, drawn, strict=True))
    return tuple(
        replace(trial, correct=right.get(k, "")) for k, trial in enumerate(trials)
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


def _phases(plan: _Plan, name: str, draws: Draws) -> Iterable[tuple[str, list[str]]]:
    """Yield the phases of one continuum: name and images in their order."""
    rows = plan.chosen[name]
    is_trained = name not in plan.tested_only
    phases = [
        phase
        for phase in PARTS[plan.parts][0 if is_trained else 1]
        for _ in range(plan.n_blocks if phase == "training" else 1)
    ]
    block = [
        row.stimulus_id
        for row in rows
        for _ in range(showings_in_training(row.step, row.n_steps))
    ]
    last = None
    for phase in phases:
        if phase == "training":
            order = draws.apart(block, key=str, after=last)
        else:
            order = passes(rows, draws, plan.repeats, after=last)
        last = order[-1]
        yield phase, order


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
        "balance": Option(
            "How feedback estimates the balance point: counted as published (default), "
            "or by a fit.",
            type=str,
            choices=tuple(BALANCE_RULES),
        ),
        "balance_from": Option(
            "Where the balance point comes from: this session (default), or a table "
            "that export gets; who is not in it is refused, or measured anew.",
            type=str,
            choices=tuple(BALANCE_SOURCES),
        ),
        "arms": Option(
            "An arm of a trial, NAME=STEPS or NAME=sham; repeatable.",
            type=str,
            many=True,
            flag="arm",
        ),
        "transfer": Option(
            "A continuum that is tested and never trained; repeatable.",
            type=str,
            many=True,
        ),
        "training_blocks": Option("Blocks of training.", least=1),
    },
    timing=TIMING,
)
