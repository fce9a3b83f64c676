"""Adapters to front ends, which write files from a pack and a design."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from morphkit.experiment.balance_points import NO_POINTS, BalancePoints
from morphkit.experiment.design import Ability, Design
from morphkit.export.destinations import Sending
from morphkit.export.markers import Markers
from morphkit.export.participation import ANYBODY, Participation
from morphkit.pack.model import Pack


@dataclass(frozen=True, eq=False)
class Material:
    """The input of an export.

    Parameters
    ----------
    pack : Pack
        The neutral pack, read back.
    folder : Path
        Its folder; paths in the tables are relative to it.
    design : Design or None
        Trials to show; None for adapters that export stimuli only.
    wording : mapping of str to str
        Every text that a participant sees, by key, labels among them.
    language : str
        Its language tag (``"en"``).
    lab_only : bool, optional
        Whether it is for a laboratory's own computers alone, without a network.
    participation : Participation, optional
        What comes before and after the trials of a recruited participant.
    sending : Sending, optional
        Where pages send answers; None saves them as a file.
    markers : Markers, optional
        Where codes of events go.
    points : BalancePoints, optional
        Balance points of participants that are carried over.
    """

    pack: Pack
    folder: Path
    design: Design | None
    wording: Mapping[str, str]
    language: str = "en"
    lab_only: bool = False
    participation: Participation = ANYBODY
    sending: Sending | None = None
    markers: Markers | None = None
    points: BalancePoints = NO_POINTS


@dataclass(frozen=True)
class Adapter:
    """One front end or standard that packs are exported to.

    Parameters
    ----------
    title : str
        Its name and the version it was made for.
    write : callable
        ``write(material, folder)`` fills an empty folder, which is moved into place
        only when complete.
    online : bool
        Whether participants see the faces over a network: every identity used must have
        ``may_show_online``.
    public : bool, optional
        Whether the result is meant to be passed on: ``may_redistribute`` is needed.
    abilities : frozenset of Ability, optional
        What it can do for designs that need it; empty if it exports stimuli only.
    ran : str, optional
        What was run, where and when, as a sentence for the README of the export.
    verified : bool, optional
        Whether the result was run in the program itself. If not, the export says so.
    start : str, optional
        What to open or do first, as one sentence for the README of the export.
    open_first : str, optional
        File that starts the export, if its name is always the same.
    runs_offline : bool, optional
        Whether an online front end also runs on a single computer without a network,
        as tested: it may then be exported for the laboratory only, where no right to
        show a face online is needed.
    recruits : bool, optional
        Whether it shows a page of consent and a way back (`Participation`).
    sends : bool, optional
        Whether its pages can send answers to an address (`Sending`).
    on_monitor : bool, optional
        Whether it shows pictures at a size in degrees, on a monitor whose width is
        stated (`ScreenSize`).
    fixed_screen : bool, optional
        Whether its file states the pixels of that monitor, too.
    reader : str, optional
        Name of the reader of its data files; empty if there is none.
    marks : bool, optional
        Whether it sends codes of events to a port.
    evaluates : bool, optional
        Whether its library makes functions of texts, which a server has to allow.
    """

    title: str
    write: Callable[[Material, Path], None]
    online: bool
    public: bool = False
    abilities: frozenset[Ability] = frozenset()
    ran: str = ""
    verified: bool = True
    start: str = ""
    open_first: str = ""
    runs_offline: bool = False
    recruits: bool = False
    sends: bool = False
    on_monitor: bool = False
    fixed_screen: bool = False
    reader: str = ""
    marks: bool = False
    evaluates: bool = False

    @property
    def shows_trials(self) -> bool:
        """Whether it shows trials, not only stimuli."""
        return bool(self.abilities)

    def lacks(self, design: Design) -> tuple[Ability, ...]:
        """Return the abilities that a design needs and it lacks, in order."""
        return tuple(a for a in Ability if a in design.needs - self.abilities)
