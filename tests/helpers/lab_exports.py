"""A tiny design, its exports, and the golden files of the text exports.

``python tests/helpers/lab_exports.py`` writes the golden files anew.
"""

import tempfile
from pathlib import Path

from export_study import export, write_small_pack
from repository import GOLDEN as ALL_GOLDEN

from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.design import Design, Timing, Training, Trial

GOLDEN = ALL_GOLDEN / "exports"
#: Text export -> the file of it that is kept.
KEPT = {
    "gorilla": "gorilla_list_02.csv",
    "qualtrics": "qualtrics_list_02.txt",
    "eprime": "eprime_list_02.txt",
    "inquisit": "inquisit_list_02.iqx",
    "psytoolkit": "script_list_02.txt",
}
LABELS = ("happy", "sad")


def face(step: int) -> str:
    """Return a stimulus of the small pack."""
    return f"ada_happy_sad_s{step:02d}"


def category(**options) -> Design:
    """Return two lists of a practice and two main trials, sides reversed."""
    lists = tuple(
        (
            Trial("practice", 1, (face(1),), LABELS, flipped, correct="happy"),
            Trial("main", 2, (face(3),), LABELS, flipped),
            Trial("main", 2, (face(2),), LABELS, flipped),
        )
        for flipped in (False, True)
    )
    timing = options.pop("timing", Timing(fixation=500, stimulus=150, mask=100))
    return Design("categorisation", lists, seed=1, timing=timing, **options)


def triads() -> Design:
    """Return one list of two triads, the second reversed."""
    pairs = (FIRST_PAIR, SECOND_PAIR)
    trial = Trial(
        "practice", 1, (face(1), face(2), face(5)), pairs, correct=SECOND_PAIR
    )
    other = Trial("main", 2, (face(1), face(3), face(4)), pairs, flipped=True)
    return Design("mlds", ((trial, other),), seed=1)


def rating() -> Design:
    """Return one list of two ratings."""
    trials = tuple(Trial("main", 1, (face(k),), (), question="valence") for k in (2, 4))
    return Design("rating", (trials,), seed=1, scales={"valence": (0.0, 100.0, 1.0)})


def same_different() -> Design:
    """Return one list of two pairs."""
    pairs = ((face(1), face(1), "same"), (face(1), face(3), "different"))
    trials = tuple(
        Trial("main", 1, (a, b), ("same", "different"), flipped=True, correct=right)
        for a, b, right in pairs
    )
    return Design("same_different", (trials,), seed=1)


def labelling() -> Design:
    """Return two lists of three trials with four answers, in both orders."""
    choices = (*LABELS, "neutral", "cannot_tell")
    lists = tuple(
        tuple(Trial("main", 1, (face(k),), choices, flipped) for k in (4, 1, 3))
        for flipped in (False, True)
    )
    return Design("labelling", lists, seed=1, keys=("1", "2", "3", "4"))


def training(*, shift: float = 1.0) -> Design:
    """Return one list: the baseline twice through five steps, then training."""
    baseline = [Trial("baseline", 1, (face(k),), LABELS) for k in (1, 2, 3, 4, 5) * 2]
    taught = [Trial("training", 2, (face(k),), LABELS) for k in (5, 4, 3, 2, 1)]
    return Design(
        "training",
        ((*baseline, *taught),),
        seed=1,
        training=Training(shift, *LABELS),
    )


DESIGNS = {
    "categorisation": category,
    "mlds": triads,
    "rating": rating,
    "same_different": same_different,
    "training": training,
    "labelling": labelling,
}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        write_small_pack(Path(place) / "pack", identities=["ada"])
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for name, file in KEPT.items():
            output = Path(place) / name
            export(Path(place) / "pack", name, output, category())
            (GOLDEN / file).write_bytes((output / file).read_bytes())
