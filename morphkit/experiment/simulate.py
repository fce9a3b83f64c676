"""Simulated observers who answer a design, to try out its analysis."""

from pathlib import Path

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.answer import Answers
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design
from morphkit.experiment.observers import OBSERVERS, Observer, answer_design
from morphkit.pack.whole import read_whole_pack, used_nevertheless


def simulate_answers(
    design: Design | str | Path,
    pack: str | Path,
    *,
    observer: Observer | str = "linear",
    n_participants: int = 20,
    seed: int = 1,
    unverified: bool = False,
) -> Answers:
    """Return the answers of simulated observers to a design.

    Parameters
    ----------
    design : Design, str or Path
        A design, or the folder to which one was written.
    pack : str or Path
        Folder of the pack shown.
    observer : Observer or str, optional
        Population of participants: an observer, or its name in
        `morphkit.experiment.observers.OBSERVERS`.
    n_participants : int, optional
        1 or more; number n, from 1, gets list ``(n - 1) % len(design.lists)``.
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
        If there is no such observer or design, it shows images not in the pack, or the
        pack is not whole.

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
