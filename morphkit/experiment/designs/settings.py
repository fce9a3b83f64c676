"""Which images of a pack a design shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.experiment.designs.kind import Option
from morphkit.pack.rows import Stimulus

Stimuli = Sequence[Stimulus]
#: Options that several designs have.
PRACTICE = Option("Practice trials.", least=0)
BLOCK_TRIALS = Option("Trials between breaks.", least=1)


def chosen_continua(
    stimuli: Stimuli,
    *,
    identities: Iterable[str] | None = None,
    continua: Iterable[str] | None = None,
) -> dict[str, list[Stimulus]]:
    """Return the rows of the continua that were asked for, by step.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Images of a pack.
    identities, continua : iterable of str, optional
        Names to keep; all if left out.

    Returns
    -------
    dict of str to list of Stimulus
        Continuum id -> its images; in the order of the pack.

    Raises
    ------
    InputError
        With every name that is not in the pack; if nothing is left.
    """
    raise_all(
        [
            *_unknown("identity", [s.identity_id for s in stimuli], identities),
            *_unknown("continuum", [s.continuum_id for s in stimuli], continua),
        ]
    )
    kept: dict[str, list[Stimulus]] = {}
    for row in stimuli:
        if identities is not None and row.identity_id not in set(identities):
            continue
        if continua is not None and row.continuum_id not in set(continua):
            continue
        kept.setdefault(row.continuum_id, []).append(row)
    if not kept:
        raise InputError(
            "no continuum matches both the chosen names and identities",
            remedy="leave out one of the two options",
        )
    return {name: sorted(rows, key=lambda r: r.step) for name, rows in kept.items()}


def _unknown(
    kind: str, there: Iterable[str], asked: Iterable[str] | None
) -> list[InputError]:
    """Return an error for every name that was asked for and does not exist."""
    known = list(dict.fromkeys(there))
    return [
        InputError(
            f'no {kind} is called "{name}"',
            allowed=f"in this pack: {', '.join(known)}",
            remedy=did_you_mean(name, known),
        )
        for name in asked or ()
        if name not in known
    ]


def labels_of(continua: Mapping[str, Stimuli]) -> tuple[str, str]:
    """Return the two labels that all continua have in common.

    Raises
    ------
    InputError
        If there are several pairs: one question cannot ask for both.
    """
    pairs = list(
        dict.fromkeys(
            (rows[0].from_label, rows[0].to_label) for rows in continua.values()
        )
    )
    if len(pairs) > 1:
        shown = ", ".join(f"{first}–{second}" for first, second in pairs)
        raise InputError(
            f"the continua have several pairs of labels: {shown}",
            allowed="one pair per design",
            remedy="make a design for each, choosing its continua",
        )
    return pairs[0]


#: Least value of the settings that designs have in common.
LEAST = {
    "repeats": 1,
    "practice": 0,
    "training_blocks": 1,
    "lists": 1,
    "block_trials": 1,
}


def checked(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a design, none of them too small.

    Raises
    ------
    InputError
        If one in `LEAST` is smaller.
    """
    for name, least in LEAST.items():
        if name in settings:
            at_least(name, settings[name], least)
    return settings


def at_least(name: str, value: int, least: int) -> int:
    """Return a number of a design, or say what it should be.

    Raises
    ------
    InputError
        If it is below `least`.
    """
    if value < least:
        raise InputError(f"{name} is {value}", allowed=f"{least} or more")
    return value
