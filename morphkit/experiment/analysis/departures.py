"""Departures of a study from its design."""

from collections.abc import Iterator
from pathlib import Path

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.experiment.designs.files import DESIGN_FILE, design_about
from morphkit.pack.link import belongs_to
from morphkit.pack.model import Pack


def departures(design: Path, pack: Pack, *, n_participants: int) -> tuple[Finding, ...]:
    """Return findings about the departures of a study from its design.

    Parameters
    ----------
    design : Path
        Folder that ``morphkit calibrate design`` wrote, or its ``design.json``.
    pack : Pack
        Pack that was shown.
    n_participants : int
        Number of participants who answered.

    Returns
    -------
    tuple of Finding
        ``other-recipe`` if the design was made for a pack of another recipe,
        ``fewer-raters`` if it asks for more participants.

    Raises
    ------
    InputError
        If there is no such design.
    """
    folder = design.parent if design.name == DESIGN_FILE else design
    return tuple(_departures(folder, pack, n_participants))


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
