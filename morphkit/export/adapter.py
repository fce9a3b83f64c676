"""What an adapter to a front end is: it reads a pack and a design, and writes files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from morphkit.experiment.design import Ability, Design
from morphkit.pack.model import Pack


@dataclass(frozen=True, eq=False)
class Material:
    """What an export is made from.

    Parameters
    ----------
    pack : Pack
        The neutral pack, read back.
    folder : Path
        Its folder; files of the tables are relative to it.
    design : Design or None
        Trials to show; None for adapters of stimuli alone.
    wording : mapping of str to str
        Every text that a participant sees, by key, labels among them.
    language : str
        Its language tag (``"en"``).
    """

    pack: Pack
    folder: Path
    design: Design | None
    wording: Mapping[str, str]
    language: str = "en"


@dataclass(frozen=True)
class Adapter:
    """One front end or standard that packs are exported to.

    Parameters
    ----------
    title : str
        Its name and the version it was made for.
    write : callable
        ``write(material, folder)`` fills an empty folder; it is moved to its place only
        when whole.
    online : bool
        Whether participants see the faces over a network: every identity that is used
        must have ``may_show_online``.
    public : bool, optional
        Whether the result is made to be passed on: ``may_redistribute`` is needed.
    abilities : frozenset of Ability, optional
        What it can do for designs that need it; empty where stimuli alone are taken.
    verified : bool, optional
        Whether the result was run in the program itself. Where not, the export says so.
    start : str, optional
        What to open or do first, as one sentence for the README of the export.
    open_first : str, optional
        File of the export that starts it, where its name is always the same.
    """

    title: str
    write: Callable[[Material, Path], None]
    online: bool
    public: bool = False
    abilities: frozenset[Ability] = frozenset()
    verified: bool = True
    start: str = ""
    open_first: str = ""

    @property
    def shows_trials(self) -> bool:
        """Whether it shows trials, not the stimuli alone."""
        return bool(self.abilities)

    def lacks(self, design: Design) -> tuple[Ability, ...]:
        """Return what a design needs and it cannot do, in the order of `Ability`."""
        return tuple(a for a in Ability if a in design.needs - self.abilities)
