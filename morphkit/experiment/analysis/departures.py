"""What a study departs in from the design that it was to follow."""

from collections.abc import Iterator
from pathlib import Path

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.experiment.designs.files import DESIGN_FILE, design_about
from morphkit.pack.model import Pack


def departures(design: Path, pack: Pack, *, n_raters: int) -> tuple[Finding, ...]:
    """Return what is told of a study beside its design.

    Parameters
    ----------
    design : Path
        Folder that ``morphkit calibrate design`` wrote, or its ``design.json``.
    pack : Pack
        Pack that was shown.
    n_raters : int
        Participants who answered.

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
    return tuple(_departures(folder, pack, n_raters))


def _departures(folder: Path, pack: Pack, n_raters: int) -> Iterator[Finding]:
    about = design_about(folder)
    recipe = about.get("recipe_sha256", pack.recipe_sha256)
    if recipe != pack.recipe_sha256:
        yield Finding(
            "other-recipe",
            "warning",
            "the design was made for a pack of another recipe "
            f"({str(recipe)[:12]}…; this pack: {pack.recipe_sha256[:12]}…)",
            where=str(about.get("pack", "")),
        )
    planned = about.get("raters")
    if isinstance(planned, int) and n_raters < planned:
        yield Finding(
            "fewer-raters",
            "warning",
            f"{counted(n_raters, 'rater')}, and the design was planned for {planned}: "
            "results will be less certain than planned",
            value=n_raters,
            limit=planned,
        )
