"""Dot-probe: where people look, from how fast they find a dot behind one of two faces.

Two faces of one identity stand side by side for a moment; a dot then appears in the
place of one of them, and its side is the answer. People who looked at that face answer
sooner.

References
----------
MacLeod, Mathews & Tata (1986), doi:10.1037/0021-843X.95.1.15.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError
from morphkit.experiment.answer import PROBE_SIDES, Answer
from morphkit.experiment.design import Design, Timing, Trial
from morphkit.experiment.designs.blocks import join
from morphkit.experiment.designs.dot_probe_texts import DOT_PROBE_TEXTS
from morphkit.experiment.designs.fixations import timed_design
from morphkit.experiment.designs.kind import DesignKind, Option, Planning
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.designs.settings import (
    BLOCK_TRIALS,
    PRACTICE,
    Stimuli,
    checked,
    chosen_continua,
)
from morphkit.experiment.intended import NEUTRAL
from morphkit.pack.rows import Stimulus

#: Faces for half a second, and two seconds to find the dot.
TIMING = Timing(fixation=500, stimulus=500, answer=2000)


def make_dot_probe(
    stimuli: Stimuli,
    *,
    seed: int,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
    pairs: Sequence[str] = (),
    repeats: int = 2,
    practice: int = 4,
    lists: int = 4,
    block_trials: int = 60,
    timing: Timing | None = None,
) -> Design:
    """Return a design with pairs of faces at the ends of continua, and a dot.

    Of every identity and pair of labels, both faces stand on either side, and the dot
    in either place, equally often. No identity comes twice in a row where others are
    left.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack; only ends of continua are shown.
    seed : int
        All orders are drawn from it.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.
    pairs : sequence of str, optional
        Pairs of labels such as ``"distressed:neutral"``, of which the bias is towards
        the first; all pairs that identities have if left out.
    repeats : int, optional
        How often each of the four arrangements of a pair is shown.
    practice : int, optional
        Trials before the others, with feedback.
    lists : int, optional
        Orders to draw.
    block_trials : int, optional
        Trials between breaks at most.
    timing : Timing, optional
        500 ms fixation, faces for 500 ms, 2000 ms to find the dot.

    Raises
    ------
    InputError
        If a number is too small, a name is not in the pack, no identity has a pair, or
        the faces have no duration.
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
    faces = _ends([row for rows in chosen.values() for row in rows])
    wanted = _pairs(faces, pairs)
    made = []
    for number in range(lists):
        draws = Draws(seed, number)
        trials = [
            (identity, Trial("main", 1, shown, PROBE_SIDES, correct=side))
            for _ in range(repeats)
            for identity, first, second in wanted
            for shown in ((first, second), (second, first))
            for side in PROBE_SIDES
        ]
        order = draws.apart(trials, key=lambda each: each[0])
        early = draws.shuffled(trials)
        parts = [
            [
                Trial("practice", 1, t.stimuli, PROBE_SIDES, correct=t.correct)
                for _, t in (early[k % len(early)] for k in range(practice))
            ],
            [trial for _, trial in order],
        ]
        made.append(join(parts, longest=block_trials))
    timing = timing or TIMING
    return timed_design(
        "dot_probe", made, seed, timing=timing, probe=True, settings=settings
    )


def _ends(rows: Iterable[Stimulus]) -> dict[str, dict[str, str]]:
    """Return identity -> label -> image at an end with that label, the first found."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        own = found.setdefault(row.identity_id, {})
        if row.step == 1:
            own.setdefault(row.from_label, row.stimulus_id)
        if row.step == row.n_steps:
            own.setdefault(row.to_label, row.stimulus_id)
    return found


def _pairs(
    faces: dict[str, dict[str, str]], asked: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Return identity and both images of every pair, neutral faces second.

    Raises
    ------
    InputError
        If a pair that was asked for is none, or no identity has it.
    """
    labels = list(dict.fromkeys(label for own in faces.values() for label in own))
    labels.sort(key=lambda label: label == NEUTRAL)
    known = [f"{a}:{b}" for a, b in combinations(labels, 2)]
    for name in asked:
        first, colon, second = name.partition(":")
        if not colon or first == second or not {first, second} <= set(labels):
            raise InputError(
                f'"{name}" is no pair of labels of the pack',
                allowed=f"LABEL:LABEL of {', '.join(labels)}",
                remedy=did_you_mean(name, known),
            )
    pairs = [tuple(name.split(":")) for name in asked or known]
    found = [
        (identity, own[first], own[second])
        for identity, own in faces.items()
        for first, second in pairs
        if first in own and second in own
    ]
    if not found:
        raise InputError(
            "no identity has both faces of a pair",
            allowed=", ".join(known) or "identities with two labels",
        )
    return found


def _result(answer: Answer, row: Stimulus) -> tuple[tuple[str, ...], float] | None:
    """Return the reaction time to a pair, milliseconds."""
    del row
    if answer.rt_seconds is None:
        return None
    return tuple(sorted(answer.stimuli)), 1000 * answer.rt_seconds


KIND = DesignKind(
    "two faces, then a dot in the place of one: on which side?",
    make_dot_probe,
    planning=Planning(unit="ms", repeats=lambda plan: 2, result=_result),
    task="probe",
    n_stimuli=(2,),
    options={
        "pairs": Option(
            "A pair of labels, as in distressed:neutral; default: all.",
            type=str,
            many=True,
            flag="pair",
        ),
        "practice": PRACTICE,
        "block_trials": BLOCK_TRIALS,
    },
    timing=TIMING,
    texts=DOT_PROBE_TEXTS,
)
