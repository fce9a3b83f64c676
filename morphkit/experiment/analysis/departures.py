"""Departures of a study from its design."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.experiment.answer import Answer
from morphkit.experiment.design import Arm, Training
from morphkit.experiment.designs.files import (
    DESIGN_FILE,
    design_about,
    design_arms,
    design_training,
)
from morphkit.experiment.training_rule import (
    OWN_SESSION,
    POINT_UNITS,
    Counts,
    count_baseline,
    counts_as_first,
    four_digits,
    move_boundary,
)
from morphkit.pack.link import belongs_to
from morphkit.pack.model import Pack


def departures(
    design: Path, pack: Pack, *, n_participants: int, answers: Iterable[Answer] = ()
) -> tuple[Finding, ...]:
    """Return findings about the departures of a study from its design.

    Parameters
    ----------
    design : Path
        Folder that ``morphkit calibrate design`` wrote, or its ``design.json``.
    pack : Pack
        Pack that was shown.
    n_participants : int
        Number of participants who answered.
    answers : iterable of Answer, optional
        All answers, of every phase.

    Returns
    -------
    tuple of Finding
        ``other-recipe`` if the design was made for a pack of another recipe,
        ``fewer-raters`` if it asks for more participants, ``one-sided-training`` where
        a participant's boundary of training lies beyond all images.

    Raises
    ------
    InputError
        If there is no such design.
    """
    folder = design.parent if design.name == DESIGN_FILE else design
    found = [*_departures(folder, pack, n_participants)]
    training = design_training(folder)
    if training is not None:
        arms = {arm.code: arm for arm in design_arms(folder)}
        found += _one_sided(answers, pack, training, arms)
    return tuple(found)


def _one_sided(
    answers: Iterable[Answer],
    pack: Pack,
    training: Training,
    arms: Mapping[str, Arm],
) -> Iterator[Finding]:
    """Yield a finding for every training whose feedback knows one label only."""
    stimuli = pack.by_id
    baselines: dict[tuple[str, str, str, str], Counts] = {}
    carried: dict[tuple[str, str, str, str], int] = {}
    for a in answers:
        row = stimuli.get(a.stimuli[0])
        if row is None:
            continue
        key = (a.participant, a.session, row.continuum_id, a.arm)
        if a.details.get("balance_source", OWN_SESSION) != OWN_SESSION:
            point = a.details.get("balance_point", "")
            if re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", point):
                carried[key] = round(POINT_UNITS * float(point))
        if a.phase.casefold() == "baseline":
            counts = baselines.setdefault(key, {})
            is_first = a.response == training.from_label
            is_answered = a.response in (training.from_label, training.to_label)
            count_baseline(counts, row.step, is_first, is_answered)
    for key, counts in sorted(baselines.items()):
        participant, _, continuum, code = key
        arm = arms.get(code)
        if arm is not None and arm.sham:
            continue
        shift = training.shift if arm is None else arm.shift
        known = carried.get(key)
        _, boundary, units = move_boundary(counts, shift, training.balance, known)
        said = {counts_as_first(step, boundary, units) for step in counts}
        if len(said) == 1:
            label = training.from_label if said == {True} else training.to_label
            yield Finding(
                "one-sided-training",
                "warning",
                f"the boundary of training lies at step {four_digits(boundary, units)} "
                f'of {len(counts)}, beyond all images: feedback always said "{label}"',
                where=f"{participant}, {continuum}",
                value=four_digits(boundary, units),
                limit=float(len(counts)),
            )


def _departures(folder: Path, pack: Pack, n_participants: int) -> Iterator[Finding]:
    about = design_about(folder)
    recipe = about.get("recipe_sha256", "")
    if "recipe_sha256" in about and not belongs_to(about, pack):
        yield Finding(
            "other-recipe",
            "warning",
            "the design was made for a pack of another recipe "
            f"({str(recipe)[:12]}…; this pack: {pack.recipe_sha256[:12]}…)",
            where=str(about.get("pack", "")),
        )
    # Called raters up to version 0.1.
    planned = about.get("participants", about.get("raters"))
    if isinstance(planned, int) and n_participants < planned:
        yield Finding(
            "fewer-raters",
            "warning",
            f"{counted(n_participants, 'participant')}, but the design was planned for "
            f"{planned}: results will be less certain than planned",
            value=n_participants,
            limit=planned,
        )
