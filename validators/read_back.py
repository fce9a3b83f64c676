"""Read data files back with morphkit's own readers and compare them with the design.

    python read_back.py READER KIND PARTICIPANT KEY FILE [LEAST]

Every trial of the participant's list must be there, in its order; where only one key
was pressed (KEY is left or right), every answer must be the choice on that side. What
counted as right in training is worked out again from the answers of the baseline, or
from the balance point that was carried over. With
LEAST the program was killed: the first trials must be there, at least so many.
"""

import csv
import importlib
import json
import re
import sys
from fractions import Fraction
from pathlib import Path

from exports import CARRIED, DEGREES, designs
from training_cases import fitted, rounded, wanted

from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Design
from morphkit.pack import read_pack
from morphkit.pack.link import stimulus_digest
from morphkit.pack.model import Pack


def check_shown(answer: Answer, pack: Pack, kind: str, where: str) -> None:
    """Compare what a program recorded of the images and of the session."""
    shown = tuple(stimulus_digest(pack.by_id[name]) for name in answer.stimuli)
    if answer.image_digests != shown:
        raise SystemExit(f"{where}: {answer.image_digests} for {shown}")
    if not re.fullmatch(r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}", answer.session):
        raise SystemExit(f'{where}: the session is "{answer.session}"')
    if kind == "degrees":
        check_size(answer, where)


def check_size(answer: Answer, where: str) -> None:
    """Compare the size that was recorded with the one that was asked for."""
    names = ("picture_height_deg", "distance_cm", "distance_by")
    said = [answer.details.get(name, "") for name in names]
    if abs(float(said[0] or 0) - DEGREES) > 0.02 or said[1:] != ["57", "stated"]:
        raise SystemExit(f"{where}: {said} for {DEGREES} degrees from 57 cm")


def check_feedback(
    answers: list[Answer], design: Design, pack: Pack, file: Path
) -> str:
    """Work out again what counted as right; return what was compared, in words."""
    training = design.training
    if training is None:
        return ""
    counts: dict[int, tuple[int, int]] = {}
    for answer in answers:
        if answer.phase == "baseline":
            step = pack.by_id[answer.stimuli[0]].step
            first, n = counts.get(step, (0, 0))
            counts[step] = (first + (answer.response == training.from_label), n + 1)
    counts = dict(sorted(counts.items()))
    own, source = None, "session"
    if training.is_carried:
        own, source = Fraction(CARRIED[answers[0].participant], 10_000), "visit-1"
    elif training.balance == "fit" and (found := fitted(counts)) is not None:
        own = Fraction(round(1000 * found), 1000)
    balance, boundary, first_label = wanted(
        (counts, Fraction(training.shift_steps)), own
    )
    right = right_choices(file)
    taught = [answer for answer in answers if answer.phase == "training"]
    for answer in taught:
        step = pack.by_id[answer.stimuli[0]].step
        label = training.from_label if first_label[step - 1] else training.to_label
        said = [float(answer.details[k]) for k in ("balance_point", "boundary")]
        if said != [float(rounded(balance)), float(rounded(boundary))]:
            raise SystemExit(f"{file}: {said} for {balance}, {boundary}")
        if right[answer.order - 1] != label:
            raise SystemExit(f"{file}: {right[answer.order - 1]} is right for {label}")
    if {answer.details["balance_source"] for answer in answers} != {source}:
        raise SystemExit(f"{file}: not every row has its balance point from {source}")
    fit = "fitted " * (training.balance == "fit" and own is not None)
    return f", {len(taught)} as taught (balance point {fit}{float(balance):.4f})"


def right_choices(file: Path) -> list[str]:
    """Return what counted as right in every trial, as the program wrote it."""
    if file.suffix == ".json":
        return [row["right_choice"] for row in json.loads(file.read_text("utf-8"))]
    lines = file.read_text("utf-8-sig").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [row["right_choice"] for row in rows if row.get("trial_order")]


def main(
    reader: str, kind: str, participant: str, side: str, file: Path, least: int = 0
) -> None:
    """Compare; raise SystemExit with the first difference."""
    pack = read_pack(next(p / "pack" for p in file.parents if (p / "pack").is_dir()))
    design = designs(pack)[kind]
    trials = design.lists[(int(participant) - 1) % len(design.lists)]
    answers = importlib.import_module(f"morphkit.experiment.readers.{reader}").read(
        file
    )
    if least and least <= len(answers) < len(trials):
        trials = trials[: len(answers)]
    if len(answers) != len(trials):
        raise SystemExit(f"{file}: {len(answers)} answers to {len(trials)} trials")
    for order, (answer, trial) in enumerate(zip(answers, trials, strict=True), 1):
        wanted = (participant, order, trial.stimuli, trial.phase, trial.question)
        found = (
            answer.participant,
            answer.order,
            answer.stimuli,
            answer.phase,
            answer.question,
        )
        check_shown(answer, pack, kind, str(file))
        if found != wanted or answer.design != design.kind:
            raise SystemExit(f"{file}: {answer} for {trial}")
        if answer.rt_seconds is None or not answer.response:
            raise SystemExit(f"{file}: no answer in trial {order}")
        if trial.choices and side != "any":
            chosen = trial.shown_choices[0 if side == "left" else -1]
            if answer.response != chosen:
                raise SystemExit(f"{file}: {answer.response} for the key of {chosen}")
        elif not trial.choices and not 0 <= float(answer.response) <= 100:
            raise SystemExit(f"{file}: a rating of {answer.response}")
    times = {answer.rt_seconds for answer in answers}
    if len(times) < len(answers) / 2:
        raise SystemExit(f"{file}: the same reaction time again and again")
    taught = "" if least else check_feedback(answers, design, pack, file)
    ratings = {a.response for a in answers} if not trials[0].choices else ""
    print(f"{file.name}: {len(answers)} answers, all as pressed{taught} {ratings}")


if __name__ == "__main__":
    main(*sys.argv[1:5], Path(sys.argv[5]), *map(int, sys.argv[6:]))
