"""A course of training: its planned sessions, each a design, with arms in common.

A visit is a planned session: one of training, or a follow-up that only tests. Lists and
arms correspond in all visits, so that one code of a participant serves for all of them;
orders are drawn anew for each.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from morphkit._core.documents import read_json
from morphkit._core.files import write_text_atomically
from morphkit._core.folders import FolderKind, check_place, claimed, written_whole
from morphkit._core.paths import inside
from morphkit._core.progress import Progress
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.experiment.choices import CHANGE_SD, FOLLOW_UP_WEEKS, N_SESSIONS
from morphkit.experiment.design import Design, Timing
from morphkit.experiment.designs.files import (
    design_files,
    read_design,
    write_design,
)
from morphkit.experiment.designs.settings import chosen_continua
from morphkit.experiment.designs.training import (
    FIRST,
    FOLLOW_UP,
    LAST,
    MIDDLE,
    WHOLE,
    make_training,
)
from morphkit.experiment.observers import OBSERVERS, Observer
from morphkit.experiment.parallel_sets import draw_parallel_set, norms_of_continua
from morphkit.experiment.session_length import session_minutes
from morphkit.experiment.training_rule import OWN_SESSION
from morphkit.experiment.trial_power import (
    TrialGoal,
    TrialNeed,
    TrialSize,
    find_trial_need,
)
from morphkit.pack.link import link_to
from morphkit.pack.read import is_pack
from morphkit.pack.whole import read_whole_pack

COURSE_SCHEMA = "morphkit-course/1"
COURSE_FILE = "course.json"
#: Typical numbers of participants tried; for the progress bar only.
_TRIED = 12


@dataclass(frozen=True, eq=False)
class Course:
    """A planned course of training.

    Parameters
    ----------
    visits : mapping of str to Design
        In the order in which they take place.
    about : mapping
        Pack, arms and continua, as JSON.
    """

    visits: Mapping[str, Design]
    about: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the course without its trials as a JSON object."""
        return {
            "schema": COURSE_SCHEMA,
            **self.about,
            "arms": [vars(arm) for arm in next(iter(self.visits.values())).arms],
            "visits": [
                {
                    "visit": name,
                    "trials": max(map(len, design.lists)),
                    "minutes": max(1, round(session_minutes(design))),
                }
                for name, design in self.visits.items()
            ],
        }

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the folder of each visit's design, and ``course.json``.

        Parameters
        ----------
        folder : str or Path
            New or empty.
        overwrite : bool, optional
            Whether an existing course may be replaced.

        Raises
        ------
        OutputError
            If the folder contains anything else, or cannot be written.
        """
        folder = Path(folder)
        with claimed(folder, closed=is_pack):
            check_course_folder(folder, overwrite=overwrite)
            with written_whole(folder) as place:
                for name, design in self.visits.items():
                    (place / name).mkdir()
                    write_design(design, place / name, about=self.about)
                text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
                write_text_atomically(place / COURSE_FILE, text + "\n")


def check_course_folder(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that a course must not be written to, before any work.

    Raises
    ------
    OutputError
        If it contains anything but a replaceable course, or lies inside a pack.
    """
    check_place(folder, COURSE, overwrite=overwrite, closed=is_pack)


def plan_course(
    pack: str | Path,
    *,
    arms: Sequence[str] = (),
    n_sessions: int = N_SESSIONS,
    follow_ups: Iterable[int] = FOLLOW_UP_WEEKS,
    identities: Sequence[str] | None = None,
    continua: Sequence[str] | None = None,
    transfer: int = 0,
    balance: str = "count",
    balance_from: str = OWN_SESSION,
    repeats: int = 3,
    training_blocks: int = 6,
    lists: int = 4,
    timing: Timing | None = None,
    difference: float | None = None,
    change_sd: float = CHANGE_SD,
    dropout: float = 0.0,
    observer: Observer | str = "linear",
    n_runs: int = 200,
    seed: int = 1,
    unverified: bool = False,
    progress: Progress | None = None,
) -> Course:
    """Plan a course of training: sessions, follow-ups that only test, and arms.

    Every session has a baseline of its own. Its feedback takes the balance point from
    there, or from the table of an earlier visit.

    Parameters
    ----------
    pack : str or Path
        Folder of the pack that is shown.
    arms : sequence of str, optional
        Two or more: ``"raised=2"``, ``"lowered=-2"``, ``"control=0"``, ``"sham=sham"``;
        see `morphkit.experiment.designs.training`.
    n_sessions : int, optional
        Sessions of training.
    follow_ups : iterable of int, optional
        Weeks after the last session at which participants are only tested.
    identities, continua : sequence of str, optional
        Only these.
    transfer : int, optional
        How many of the continua are tested and never trained: those whose norms, where
        the pack has any, are nearest to the norms of the others.
    balance_from : str, optional
        Where sessions after the first take the balance point from: ``"session"``,
        ``"table"`` or ``"table-or-session"``, as in
        `morphkit.experiment.designs.training.make_training`.
    balance, repeats, training_blocks, lists, timing
        As in `morphkit.experiment.designs.training.make_training`.
    difference : float, optional
        Steps by which an arm differs from the reference in its mean change: how many
        participants find that by the analysis of covariance is simulated.
    change_sd : float, optional
        Standard deviation of the true changes within an arm, steps.
    dropout : float, optional
        Share of the participants who are lost before the last test.
    observer : Observer or str, optional
        Participants in these simulations: an observer, or its name.
    n_runs : int, optional
        Simulated trials of each number of participants.
    seed : int, optional
        Seed of all random draws.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Course

    Raises
    ------
    InputError
        If a number is too small, no possible number of participants reaches the goal,
        an arm cannot be read, a name is not in the pack, or
        the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> course = mk.plan_course(
    ...     "pack", arms=["raised=1", "control=0"], n_sessions=2, follow_ups=[2]
    ... )
    >>> list(course.visits)
    ['visit-1', 'visit-2', 'follow-up-2-weeks']
    """
    weeks = sorted({*follow_ups})
    for n, what in ((n_sessions, "sessions"), (min(weeks, default=1), "weeks")):
        if n < 1:
            raise InputError(f"{n} {what}", allowed="1 or more")
    if balance_from != OWN_SESSION and n_sessions < 2:
        raise InputError(
            f'a balance point from a "{balance_from}" in a single session',
            allowed=f'"{OWN_SESSION}": there is no earlier session',
        )
    content = read_whole_pack(Path(pack), unverified=unverified)
    chosen = chosen_continua(
        content.stimuli, identities=identities or None, continua=continua or None
    )
    norms = norms_of_continua(content, list(chosen))
    apart = draw_parallel_set(norms, transfer, seed=seed) if transfer else ()
    parts = [FIRST, *[MIDDLE] * (n_sessions - 2), LAST] if n_sessions > 1 else [WHOLE]
    plan = {f"visit-{k}": part for k, part in enumerate(parts, start=1)}
    plan |= {f"follow-up-{week}-week{'s' * (week > 1)}": FOLLOW_UP for week in weeks}
    visits = {
        name: make_training(
            content.stimuli,
            seed=seed,
            continua=list(chosen),
            arms=arms,
            transfer=apart,
            visit=name,
            parts=part,
            balance=balance,
            balance_from=balance_from if part in (MIDDLE, LAST) else OWN_SESSION,
            repeats=repeats,
            training_blocks=training_blocks,
            lists=lists,
            timing=timing,
        )
        for name, part in plan.items()
    }
    shown = next(iter(visits.values()))
    goal = need = None
    if difference is not None:
        who = observer
        if isinstance(who, str):
            who = look_up(OBSERVERS, who, kind="observer")
        goal = TrialGoal(difference, change_sd, dropout, who)
        trained = [rows for name, rows in chosen.items() if name not in apart]
        size = TrialSize(len(shown.arms), len(trained), len(trained[0]), repeats)
        told = progress or Progress()
        told.stage("simulating trials", _TRIED)
        need = find_trial_need(
            goal,
            size,
            seed=seed,
            n_runs=n_runs,
            advance=lambda n: told.advance(f"{n} in each arm"),
        )
    about = {
        "pack": content.name,
        "version": content.version,
        **link_to(content, shown.stimuli()),
        **({"unverified": list(content.unverified)} if content.unverified else {}),
        "participants": None if need is None else need.participants,
        **({} if need is None or goal is None else _planned(goal, need)),
        "trained": [name for name in chosen if name not in apart],
        "transfer": list(apart),
        "transfer_norms": len(next(iter(norms.values()))),
    }
    return Course(visits, about)


def _planned(goal: TrialGoal, need: TrialNeed) -> dict[str, Any]:
    """Return what a course was planned for, as JSON."""
    return {"goal": asdict(goal), "need": asdict(need)}


def is_course(folder: Path) -> bool:
    """Return whether a folder holds a course."""
    return (folder / COURSE_FILE).is_file()


def read_course(folder: str | Path) -> Course:
    """Return the course in a folder.

    Raises
    ------
    InputError
        If the folder does not hold a course, or a design of it cannot be read.
    """
    path = Path(folder) / COURSE_FILE
    data = read_json(path)
    known = isinstance(data, dict) and data.get("schema") == COURSE_SCHEMA
    visits = data.get("visits") if known else None
    listed = visits if isinstance(visits, list) else [None]
    names = [name for one in listed if (name := _visit(one))]
    if not names or len(names) < len(listed):
        raise InputError(
            "is not a course of a known layout",
            where=str(path),
            allowed=f'"schema": "{COURSE_SCHEMA}"',
            remedy='make it again with "morphkit calibrate course"',
        )
    designs = {name: read_design(inside(path.parent, name)) for name in names}
    made = ("schema", "arms", "visits")
    about = {key: value for key, value in data.items() if key not in made}
    return Course(designs, about)


def _visit(one: object) -> str:
    """Return the name of a visit that a course lists; empty if it is none."""
    name = one.get("visit") if isinstance(one, dict) else None
    return name if isinstance(name, str) else ""


def first_design(folder: Path) -> Design:
    """Return the first design of a course, or the design in a folder.

    Raises
    ------
    InputError
        If the folder holds neither.
    """
    if is_course(folder):
        return next(iter(read_course(folder).visits.values()))
    return read_design(folder)


def _own(folder: Path) -> frozenset[str]:
    """Return the files of a course in a folder; none if there is no course."""
    try:
        course = read_course(folder)
    except (InputError, OSError):
        return frozenset()
    found = {COURSE_FILE}
    for name in course.visits:
        found |= {f"{name}/{file}" for file in design_files(folder / name)}
    return frozenset(found)


#: The folder of a course, as a kind of output folder.
COURSE = FolderKind("course", _own)
