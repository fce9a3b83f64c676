"""The responses that a task has, and how they may be spelled."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import (
    DIFFERENT,
    FIRST_PAIR,
    PROBE_SIDES,
    SAME,
    SECOND_PAIR,
    Answer,
)
from morphkit.experiment.names_and_keys import is_word

#: Faults of one kind that are named one by one.
MAX_LISTED = 10


def in_words(answer: Answer, words: Sequence[str]) -> Answer:
    """Return the answer with its response spelled as one of some words."""
    for word in words:
        if answer.response.strip().casefold() == word.casefold():
            return answer if answer.response == word else replace(answer, response=word)
    return answer


def words_of(task: str, labels: tuple[str, str]) -> tuple[str, str]:
    """Return the two responses of a task."""
    pairs = {
        "scale": (FIRST_PAIR, SECOND_PAIR),
        "pair": (SAME, DIFFERENT),
        "probe": PROBE_SIDES,
    }
    return pairs.get(task, labels)


def check_responses(
    answers: Sequence[Answer], task: str, labels: tuple[str, str]
) -> None:
    """Refuse responses that the task does not have; a label may be any name."""
    if task == "label":
        bad = Counter(a.response for a in answers if not is_word(a.response))
        allowed = "a label: letters, digits, _ and -"
    elif task == "rating":
        bad = Counter(a.response for a in answers if not _is_number(a.response))
        allowed = "a number"
    else:
        known = words_of(task, labels)
        bad = Counter(a.response for a in answers if a.response not in known)
        allowed = " or ".join(f'"{word}"' for word in known)
    errors = [
        InputError(
            f'the response "{word}" ({n} answers)',
            allowed=allowed,
            remedy=f'translate it (--recode "{word}={_placeholder(task)}"), or name '
            f'it as no answer (--missing "{word}")',
        )
        for word, n in sorted(bad.items())
    ]
    if len(errors) > MAX_LISTED:
        left = InputError(f"and {len(errors) - MAX_LISTED} other responses")
        errors = [*errors[:MAX_LISTED], left]
    raise_all(errors)


def _placeholder(task: str) -> str:
    """Return what stands for the answer in an example; nothing is suggested."""
    return {"rating": "NUMBER", "scale": "PAIR", "pair": "SAME"}.get(task, "LABEL")


def _is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
