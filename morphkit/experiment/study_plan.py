"""Planning a study: its size, and every trial of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.folders import check_place, claimed, written_whole
from morphkit._core.progress import Progress
from morphkit._core.registry import did_you_mean, look_up
from morphkit.errors import InputError, raise_all
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS, current_name
from morphkit.experiment.designs.files import DESIGN, write_design
from morphkit.experiment.designs.kind import StudySize
from morphkit.experiment.designs.settings import chosen_continua
from morphkit.experiment.observers import OBSERVERS, Observer
from morphkit.experiment.power import Need, Planner, find_need
from morphkit.experiment.session_length import session_minutes
from morphkit.pack.link import link_to
from morphkit.pack.model import Pack
from morphkit.pack.read import is_pack
from morphkit.pack.whole import read_whole_pack
from morphkit.psychophysics.choices import STANDARD_RATIO

#: Typical number of sizes tried; for the progress bar only.
_TRIED = 16


@dataclass(frozen=True, eq=False)
class StudyPlan:
    """A planned study.

    Parameters
    ----------
    design : Design
        All trials.
    size : StudySize
        Participants and repeats.
    need : Need or None
        Results of the simulations; None if the size was given.
    about : mapping
        Pack, observer and goal, as JSON.
    """

    design: Design
    size: StudySize
    need: Need | None
    about: Mapping[str, Any]

    @property
    def minutes(self) -> int:
        """Minutes that a session takes: `morphkit.experiment.session_length`."""
        return max(1, round(session_minutes(self.design)))

    def to_dict(self) -> dict[str, Any]:
        """Return the plan without its trials as a JSON object."""
        return {
            "kind": self.design.kind,
            "lists": len(self.design.lists),
            "trials_per_list": max(len(trials) for trials in self.design.lists),
            "minutes": self.minutes,
            **{key: value for key, value in self.about.items() if key != "stimuli"},
        }

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write the table of trials and ``design.json`` into a folder.

        Parameters
        ----------
        folder : str or Path
            New or empty.
        overwrite : bool, optional
            Whether an existing design may be replaced.

        Raises
        ------
        OutputError
            If the folder contains anything else, or cannot be written.
        """
        folder = Path(folder)
        with claimed(folder, closed=is_pack):
            check_design_folder(folder, overwrite=overwrite)
            with written_whole(folder) as place:
                write_design(self.design, place, about=self.about)


def check_design_folder(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that a design must not be written to, before any work.

    Raises
    ------
    OutputError
        If it contains anything but a replaceable design, or lies inside a pack.
    """
    check_place(folder, DESIGN, overwrite=overwrite, closed=is_pack)


def design_study(
    pack: str | Path,
    kind: str = "mlds",
    *,
    precision: float | None = None,
    margin: float | None = None,
    ratio: float = STANDARD_RATIO,
    n_participants: int | None = None,
    repeats: int | None = None,
    identities: Sequence[str] | None = None,
    continua: Sequence[str] | None = None,
    pooled: bool = True,
    n_lists: int | None = None,
    observer: Observer | str = "linear",
    n_runs: int = 200,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    unverified: bool = False,
    progress: Progress | None = None,
) -> StudyPlan:
    """Plan a study: how many trials and participants it needs, and every trial of it.

    With a precision or a margin the study is simulated in growing sizes until it
    reaches what is wanted (in 80 % of studies, for a margin). With `n_participants`
    given the trials of each are found, otherwise the participants. With neither, the
    design is made as asked for.

    Parameters
    ----------
    pack : str or Path
        Folder of the pack that is shown.
    kind : str, optional
        Name in `morphkit.experiment.designs.DESIGNS`.
    precision : float, optional
        Wanted half-width of 95 % intervals, in the unit of the design.
    margin : float, optional
        Wanted margin of equivalence, in the unit of the design: of the scale, at most
        0.4, in ``"mlds"``; steps in ``"categorisation"``.
    ratio : float, optional
        With a margin in ``"mlds"``: largest ratio of neighbouring steps that counts as
        equal.
    n_participants : int, optional
        Number of participants.
    repeats : int, optional
        Presentations of every image; in ``"mlds"``, trials per continuum.
    identities, continua : sequence of str, optional
        Only these.
    pooled : bool, optional
        Whether all continua together give one result, instead of one each.
    n_lists : int, optional
        Orders to draw.
    observer : Observer or str, optional
        Participants in the simulations: an observer, or its name.
    n_runs : int, optional
        Simulated studies of each size, 20 or more.
    seed : int, optional
        Seed of all random draws.
    options : mapping, optional
        Further options of the design: ``images``, ``timing``, ``practice``, …
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    StudyPlan

    Raises
    ------
    InputError
        If there is no such design, option, observer or continuum, no study of a
        possible size reaches the goal, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> plan = mk.design_study("pack", "categorisation", n_participants=8, repeats=3)
    >>> plan.design.kind, len(plan.design.stimuli())
    ('categorisation', 7)
    """
    progress, options = progress or Progress(), dict(options or {})
    kind = current_name(kind)
    _check_options(kind, options)
    who = observer
    if isinstance(who, str):
        who = look_up(OBSERVERS, who, kind="observer")
    content = read_whole_pack(Path(pack), unverified=unverified)
    chosen = chosen_continua(
        content.stimuli, identities=identities or None, continua=continua or None
    )
    planner = Planner(
        kind,
        [row for rows in chosen.values() for row in rows],
        who,
        seed,
        n_runs=n_runs,
        options=options,
        pooled=pooled,
        ratio=ratio,
        advance=progress.advance,
    )
    need = None
    if precision is not None or margin is not None:
        progress.stage("simulating studies", _TRIED)
        need = find_need(
            planner,
            precision=precision,
            margin=margin,
            participants=n_participants,
            repeats=repeats,
        )
    size = need.study if need else planner.study(n_participants, repeats)
    design = planner.design(size, lists=n_lists)
    about = _about(content, design) | {
        "participants": size.participants if need or n_participants else None,
        "observer": asdict(who) | {"bend": who.true_bend},
        "precision": precision,
        "margin": margin,
        "ratio": ratio if margin is not None and kind == "mlds" else None,
        "pooled": pooled,
        "need": None if need is None else _as_json(need),
    }
    return StudyPlan(design, size, need, about)


def _check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse options that a design does not have.

    Raises
    ------
    InputError
        Lists all of them.
    """
    known = ["timing", *look_up(DESIGNS, kind, kind="design").options]
    raise_all(
        InputError(
            f'the design "{kind}" has no option "{name}"',
            allowed=f"it has {', '.join(known)}",
            remedy=did_you_mean(name, known),
        )
        for name in options
        if name not in known
    )


def _about(pack: Pack, design: Design) -> dict[str, Any]:
    """Return the pack that a study is planned with, as JSON."""
    return {
        "pack": pack.name,
        "version": pack.version,
        **link_to(pack, design.stimuli()),
        **({"unverified": list(pack.unverified)} if pack.unverified else {}),
    }


def _as_json(need: Need) -> dict[str, Any]:
    """Return a need as JSON; infinite values become null."""
    tried = [
        {k: v if v is None or np.isfinite(v) else None for k, v in one.items()}
        for one in need.tried
    ]
    return {
        "participants": need.study.participants,
        "repeats": need.study.repeats,
        "precision": need.precision,
        "power": need.power,
        "n_runs": need.n_runs,
        "tried": tried,
    }
