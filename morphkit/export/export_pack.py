"""Exporting a pack and a design, chosen by name, to a front end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from morphkit._core.folders import claimed
from morphkit._core.registry import did_you_mean, look_up
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.balance_points import BalancePoints, read_balance_points
from morphkit.experiment.choices import DEFAULT_DESIGN
from morphkit.experiment.design import Ability, Design
from morphkit.experiment.designs import DESIGNS, current_name
from morphkit.experiment.designs.files import DESIGN_FILE, design_about, read_design
from morphkit.experiment.names_and_keys import check_keys
from morphkit.experiment.texts import check_texts, promises_feedback, read_wording
from morphkit.export import FRONT_ENDS
from morphkit.export.adapter import Adapter
from morphkit.export.consent import leave_out
from morphkit.export.destinations import read_destination
from morphkit.export.participation import read_participation
from morphkit.export.screen_texts import unread
from morphkit.export.write_export import Exported, write_export
from morphkit.pack.link import belongs_to
from morphkit.pack.model import Pack
from morphkit.pack.read import is_pack
from morphkit.pack.whole import read_whole_pack


def export_pack(
    folder: str | Path,
    front_end: str,
    output: str | Path,
    *,
    design: Design | str | Path | None = None,
    language: str = "en",
    keys: Sequence[str] | None = None,
    seed: int = 1,
    approval: str | None = None,
    lab_only: bool = False,
    without: Iterable[str] = (),
    provenance: bool = False,
    participation: str | Path | None = None,
    send_to: str | None = None,
    markers: str = "",
    balance_points: BalancePoints | str | Path | None = None,
    unverified: bool = False,
    overwrite: bool = False,
) -> Exported:
    """Write a pack as a folder that a front end runs as it is.

    Parameters
    ----------
    folder : str or Path
        The pack. Nothing else is read, and the images used are verified against its
        hashes.
    front_end : str
        Name in `morphkit.export.FRONT_ENDS`.
    output : str or Path
        New or empty folder; written completely or not at all.
    design : Design, str or Path, optional
        Trials to show: a design, the folder to which one was written, or a name in
        `morphkit.experiment.designs.DESIGNS`. The default is a categorisation task if
        the front end shows trials, otherwise none.
    language : str, optional
        Texts for participants: a tag such as ``"de"``, or a file of texts.
    keys : sequence of str, optional
        Answer keys from left to right, as many as a trial has answers: a letter from a
        to z, a digit, or ``"space"``.
    seed : int, optional
        Seed of the orders of a design chosen by name.
    approval : str, optional
        Reference of an approval that overrides the recorded consent; recorded too.
    lab_only : bool, optional
        Whether a front end for the web (jspsych, labjs) is used on a laboratory's own
        computers alone, without a network: no right to show faces online is needed
        then. Recorded, said in the export, and held by its page.
    without : iterable of str, optional
        Identities to leave out. A design chosen by name is drawn without them; one
        that shows them is refused.
    provenance : bool, optional
        Whether copies of the images state in their metadata (XMP) what they are.
    participation : str or Path, optional
        TOML file on what comes before and after the trials of a recruited participant:
        consent, the window, size on the screen, questionnaires, parameters of the
        address, a code or an address at the end.
    send_to : str, optional
        Where the pages of jspsych and labjs send answers as they come: an address with
        ``https://``, or ``datapipe:`` and the id of an experiment there. By default
        they are saved as a file in the browser.
    markers : str, optional
        Where PsychoPy and OpenSesame send codes of events: ``"serial:/dev/ttyUSB0"``,
        ``"parallel:0x378"`` or ``"lsl"``.
    balance_points : BalancePoints, str or Path, optional
        Balance points of an earlier session, or the file of their table, for a design
        that carries them over.
    unverified : bool, optional
        Go on with a pack that is not whole; recorded. Front ends that need consent for
        the web or for passing on refuse such a pack nevertheless.
    overwrite : bool, optional
        Whether an existing export may be replaced.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        If the pack cannot be read or is not whole, the design does not suit front end
        or pack, or consent is missing.
    OutputError
        If the output cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> done = mk.export_pack(
    ...     "pack", "psychtoolbox", "experiment", design="plan_categorisation"
    ... )
    >>> done.n_stimuli
    7
    """
    adapter = look_up(FRONT_ENDS, front_end, kind="front end")
    folder, without = Path(folder), tuple(without)
    pack = leave_out(read_whole_pack(folder, unverified=unverified), without)
    chosen, remarks = _choose_design(pack, adapter, design, seed=seed)
    if chosen is not None and keys is not None:
        chosen = replace(chosen, keys=_check_keys(keys, chosen))
    if chosen is not None and _announces_in_vain(chosen, adapter):
        remarks.append(
            f"{front_end} gives no feedback in practice, and does not announce any"
        )
    wording = read_wording(language, labels=tuple(_labels(chosen)))
    if chosen is not None:
        check_texts(chosen, wording)
    entry = None if participation is None else read_participation(participation)
    sending = None if send_to is None else read_destination(send_to)
    points = balance_points
    if isinstance(points, str | Path):
        points = read_balance_points(points)
    if chosen is not None and (remark := unread(wording)):
        remarks.append(remark)
    with claimed(Path(output), closed=is_pack):
        done = write_export(
            folder,
            front_end,
            Path(output),
            design=chosen,
            wording=wording,
            language=wording["language"],
            approval=approval,
            lab_only=lab_only,
            without=without,
            provenance=provenance,
            participation=entry,
            sending=sending,
            markers=markers,
            balance_points=points,
            unverified=unverified,
            overwrite=overwrite,
        )
    return replace(done, remarks=(*remarks, *done.remarks))


def _choose_design(
    pack: Pack, adapter: Adapter, design: Design | str | Path | None, *, seed: int
) -> tuple[Design | None, list[str]]:
    """Return the design to show, and remarks on it.

    Raises
    ------
    InputError
        If there is no such design.
    """
    if isinstance(design, Design):
        return design, []
    if design is None:
        if not adapter.shows_trials:
            return None, []
        design = DEFAULT_DESIGN
    name, folder = current_name(str(design)), Path(design)
    if name in DESIGNS:
        return DESIGNS[name].make(pack.stimuli, seed=seed), []
    if folder.name == DESIGN_FILE:
        folder = folder.parent
    if not (folder / DESIGN_FILE).is_file():
        raise InputError(
            f'no design is called "{design}", and no folder of that name holds a '
            "design",
            where="--design",
            allowed=f"{', '.join(DESIGNS)}, or a folder made by "
            '"morphkit calibrate design"',
            remedy=did_you_mean(str(design), DESIGNS),
        )
    about = design_about(folder)
    other = "recipe_sha256" in about and not belongs_to(about, pack)
    remarks = [f"{folder} was made for a pack of another recipe"] if other else []
    return read_design(folder), remarks


def _announces_in_vain(design: Design, adapter: Adapter) -> bool:
    """Return whether a design promises feedback that a front end does not give."""
    return promises_feedback(design) and Ability.FEEDBACK not in adapter.abilities


def _labels(design: Design | None) -> Iterator[str]:
    """Yield the answers of a design that need a text, each once."""
    if design is None:
        return
    choices = dict.fromkeys(
        choice
        for trials in design.lists
        for trial in trials
        for choice in trial.choices
    )
    yield from (c for c in choices if c not in (FIRST_PAIR, SECOND_PAIR))


def _check_keys(keys: Sequence[str], design: Design) -> tuple[str, ...]:
    """Return answer keys in lower case, once they are known to be keys."""
    lower = tuple(key.lower() for key in keys)
    n = max(2, design.n_choices)
    if len(lower) != n and n > 2:
        raise InputError(
            f"{len(lower)} keys for {counted(n, 'answer')} of a trial",
            where="--keys",
            remedy="make the design with keys of its own: morphkit calibrate design "
            f"PACK --design {design.kind}, with a key for each answer",
        )
    check_keys(lower, n=n, where="--keys")
    return lower
