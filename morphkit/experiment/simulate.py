"""Simulated observers who answer a design, to try out its analysis."""

from pathlib import Path

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.experiment.allocation import (
    Allocation,
    check_allocation,
    read_allocation,
)
from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.answer import Answer, Answers
from morphkit.experiment.course import Course, is_course, read_course
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design
from morphkit.experiment.observers import (
    OBSERVERS,
    Observer,
    answer_design,
    answer_visits,
)
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack, used_nevertheless


def simulate_answers(
    design: Design | Course | str | Path,
    pack: str | Path,
    *,
    observer: Observer | str = "linear",
    n_participants: int = 20,
    allocation: Allocation | str | Path | None = None,
    dropout: float = 0.0,
    seed: int = 1,
    unverified: bool = False,
) -> Answers:
    """Return the answers of simulated observers to a design, or to a whole course.

    Parameters
    ----------
    design : Design, Course, str or Path
        A design or a course, or the folder to which one was written.
    pack : str or Path
        Folder of the pack shown.
    observer : Observer or str, optional
        Population of participants: an observer, or its name in
        `morphkit.experiment.observers.OBSERVERS`.
    n_participants : int, optional
        1 or more; number n, from 1, gets list ``(n - 1) % len(design.lists)``.
    allocation : Allocation, str or Path, optional
        Of a course: an allocation, or the file of its key. Every code is a participant,
        and what she learns stays as far as `Observer.retention` says.
    dropout : float, optional
        Of a course: chance of staying away from a visit, and all later ones.
    seed : int, optional
        Seed of all random draws.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.

    Returns
    -------
    Answers
        By participant and trial; `findings` report where pack or participants differ
        from the plan of the design, and a pack that is not whole.

    Raises
    ------
    InputError
        If there is no such observer or design, it shows images not in the pack, a
        course has no allocation or another one, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> answers = mk.simulate_answers("plan_rating", "pack", n_participants=6)
    >>> answers[0].question in ("valence", "intensity", "clarity", "genuineness")
    True
    """
    shown = read_whole_pack(Path(pack), unverified=unverified)
    who = observer
    if isinstance(who, str):
        who = look_up(OBSERVERS, who, kind="observer")
    found: tuple[Finding, ...] = used_nevertheless(shown)
    if isinstance(design, str | Path) and is_course(Path(design)):
        design = read_course(design)
    if isinstance(design, Course):
        made = _simulate_course(
            design, shown, who, allocation, dropout=dropout, seed=seed
        )
        return Answers(made, found)
    if not isinstance(design, Design):
        found += departures(Path(design), shown, n_participants=n_participants)
        design = read_design(Path(design))
    kind = DESIGNS.get(design.kind)
    answers = answer_design(
        design,
        shown.stimuli,
        who,
        n_participants=n_participants,
        generator=np.random.default_rng(seed),
        evidence=kind.evidence if kind else None,
    )
    return Answers(tuple(answers), found)


def _simulate_course(
    course: Course,
    shown: Pack,
    who: Observer,
    allocation: Allocation | str | Path | None,
    *,
    dropout: float,
    seed: int,
) -> tuple[Answer, ...]:
    """Return the answers of everybody who is allocated to all visits of a course."""
    if not 0 <= dropout <= 1:
        raise InputError(f"a dropout of {dropout:g}", allowed="0 to 1")
    if allocation is None:
        raise InputError(
            "a course is simulated with the codes of an allocation",
            remedy="make one with morphkit calibrate allocate, and give its key",
        )
    if not isinstance(allocation, Allocation):
        allocation = read_allocation(allocation)
    check_allocation(allocation, next(iter(course.visits.values())))
    answers = answer_visits(
        course.visits,
        shown.stimuli,
        who,
        codes={one.code: one.list_number for one in allocation.places},
        dropout=dropout,
        generator=np.random.default_rng(seed),
    )
    return tuple(answers)
