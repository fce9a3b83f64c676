"""Exporting: from a neutral pack to a folder that a front end runs directly."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import morphkit
from morphkit._core.documents import read_json
from morphkit._core.files import read_text, sha256_of, write_text_atomically
from morphkit._core.folders import FolderKind, check_place, files_of, written_whole
from morphkit._core.registry import look_up
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.experiment.balance_points import BalancePoints
from morphkit.experiment.design import Design
from morphkit.experiment.designs import DESIGNS
from morphkit.export import FRONT_ENDS
from morphkit.export.adapter import Adapter, Material
from morphkit.export.balance_table import checked_points
from morphkit.export.consent import Consent, check_consent, leave_out, made_with
from morphkit.export.destinations import Sending
from morphkit.export.markers import (
    Markers,
    code_rows,
    read_markers,
    write_codes,
)
from morphkit.export.participation import ANYBODY, Participation
from morphkit.export.provenance import with_provenance
from morphkit.export.screen_texts import check_texts, unread
from morphkit.export.stimuli import as_they_are, check_stimuli, used_rows
from morphkit.pack.model import Pack
from morphkit.pack.read import is_pack
from morphkit.pack.whole import changed_images, read_whole_pack

#: Version of the layout of an export's manifest.
#: File that marks a folder as an export, and lists its files.
EXPORT_MANIFEST = "morphkit_export.json"
EXPORT_SCHEMA = "morphkit-export/1"
README = "README.txt"


@dataclass(frozen=True)
class Exported:
    """A written export.

    Parameters
    ----------
    folder : Path
    front_end : str
        Name in the table of front ends.
    n_files, n_stimuli : int
        Numbers of files written and of images shown.
    open_first : str
        File that starts it; empty if there is none.
    consent : Consent
        What the consent to it rests on.
    remarks : tuple of str, optional
        Remarks on design and front end.
    unverified : tuple of str, optional
        Files of the pack that are not as it says, if it was exported nevertheless.
    """

    folder: Path
    front_end: str
    n_files: int
    n_stimuli: int
    open_first: str
    consent: Consent
    remarks: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    @property
    def approved(self) -> tuple[str, ...]:
        """Identities permitted only by the named approval."""
        return self.consent.approved

    def to_dict(self) -> dict[str, Any]:
        """Return the export as a JSON object."""
        return {
            "folder": str(self.folder),
            "front_end": self.front_end,
            "n_files": self.n_files,
            "n_images": self.n_stimuli,
            "open_first": str(self.folder / self.open_first)
            if self.open_first
            else None,
            "approved": list(self.approved),
            "consent": self.consent.to_dict(),
            "unverified": list(self.unverified),
        }


def write_export(
    folder: Path,
    front_end: str,
    output: Path,
    *,
    design: Design | None,
    wording: Mapping[str, str],
    language: str = "en",
    approval: str | None = None,
    lab_only: bool = False,
    without: Iterable[str] = (),
    provenance: bool = False,
    participation: Participation | None = None,
    sending: Sending | None = None,
    markers: str = "",
    balance_points: BalancePoints | None = None,
    unverified: bool = False,
    overwrite: bool = False,
) -> Exported:
    """Write a pack as a folder that a front end runs as it is.

    Parameters
    ----------
    folder : Path
        The pack. Nothing else is read, and the images used are verified against its
        hashes.
    front_end : str
        Name in `morphkit.export.FRONT_ENDS`.
    output : Path
        New or empty folder; written completely or not at all.
    design : Design or None
        Trials to show; None exports only the stimuli, if the front end can.
    wording : mapping of str to str
        Texts for participants.
    language : str, optional
        Tag of their language.
    approval : str, optional
        Reference of an approval that overrides the consent of the pack; recorded.
    lab_only : bool, optional
        Whether a front end for the web is used on a laboratory's own computers alone,
        without a network; recorded, said in the export, and held by its page.
    without : iterable of str, optional
        Identities to leave out.
    provenance : bool, optional
        Whether copies of the images state in their metadata (XMP) what they are; the
        images of a pack have no metadata.
    markers : str, optional
        Where codes of events go: see `morphkit.export.markers.read_markers`.
    balance_points : BalancePoints, optional
        Balance points of participants that the design carries over.
    participation : Participation, optional
        What comes before and after the trials of a recruited participant.
    sending : Sending, optional
        Where the pages send answers; None saves them as a file in the browser.
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
    """
    adapter = look_up(FRONT_ENDS, front_end, kind="front end")
    check_place(output, EXPORT, overwrite=overwrite, closed=is_pack)
    without = tuple(without)
    pack = leave_out(read_whole_pack(folder, unverified=unverified), without)
    _check_design(adapter, front_end, design)
    _check_left_out(design, pack, without)
    entry = _checked_participation(participation, adapter, front_end)
    _check_sending(sending, adapter, front_end, lab_only=lab_only)
    sent = _checked_markers(markers, adapter, front_end)
    points = checked_points(balance_points, design, pack, adapter)
    material = Material(
        pack, folder, design, wording, language, lab_only, entry, sending, sent, points
    )
    material = _with_images(material, unverified=unverified)
    check_texts(wording)
    check_texts(entry.texts(language))
    rows = used_rows(material)
    consent = check_consent(
        material.pack,
        [row.stimulus_id for row in rows],
        adapter,
        approval=approval,
        lab_only=lab_only,
    )
    check_stimuli(rows, folder)
    about = _about(material, front_end, adapter, consent)
    about["left_out"] = sorted(without)
    about["provenance"] = provenance
    about["markers"] = markers
    about["balance_points"] = len(points.participants)
    about["participation"] = entry.to_dict() if participation else None
    about["sending"] = sending.to_dict() if sending else None
    with written_whole(output) as place, tempfile.TemporaryDirectory() as scratch:
        if provenance:
            material = with_provenance(material, Path(scratch))
        adapter.write(material, place)
        if sent is not None and design is not None:
            write_codes(place, code_rows(design, (row.step for row in rows)))
        _write_readme(place / README, about, adapter, consent)
        about["files"] = [
            {"path": path, "bytes": file.stat().st_size, "sha256": sha256_of(file)}
            for path, file in files_of(place).items()
        ]
        text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
        write_text_atomically(place / EXPORT_MANIFEST, text)
    return Exported(
        output,
        front_end,
        len(about["files"]) + 1,
        len(rows),
        adapter.open_first,
        consent,
        (*made_with(pack, without), *([sending.sentence] if sending else [])),
        material.pack.unverified,
    )


def own_files(output: Path) -> frozenset[str]:
    """Return the files that an export lists as its own; none if it is not an export."""
    if not (output / EXPORT_MANIFEST).is_file():
        return frozenset()
    try:
        about = read_json(output / EXPORT_MANIFEST)
        if about["schema"] != EXPORT_SCHEMA:
            return frozenset()
        return frozenset({str(f["path"]) for f in about["files"]} | {EXPORT_MANIFEST})
    except (InputError, ValueError, KeyError, TypeError):
        return frozenset()


#: An export, as a kind of output folder.
EXPORT = FolderKind("export", own_files)


def _check_design(adapter: Adapter, name: str, design: Design | None) -> None:
    """Refuse a design that a front end cannot show."""
    if design is None:
        if adapter.shows_trials:
            raise InputError(
                f'the front end "{name}" shows trials, but there is no design',
                allowed=f"one of {', '.join(DESIGNS)}",
            )
    elif not adapter.shows_trials:
        raise InputError(
            f'"{name}" takes only the stimuli, but a design was given',
            remedy="leave the design out",
        )
    elif adapter.lacks(design):
        able = [n for n, other in FRONT_ENDS.items() if not other.lacks(design)]
        raise InputError(
            f'the front end "{name}" cannot show the design "{design.kind}", which '
            f"needs {' and '.join(adapter.lacks(design))}",
            remedy=f"front ends that can: {', '.join(able)}" if able else "",
        )


def _checked_participation(
    given: Participation | None, adapter: Adapter, name: str
) -> Participation:
    """Return what comes before and after the trials; refused where nothing shows it."""
    if given is None:
        return ANYBODY
    if adapter.on_monitor and given == Participation(screen=given.screen):
        _check_monitor(given, adapter)
    elif not adapter.recruits:
        able = [n for n, other in FRONT_ENDS.items() if other.recruits]
        sized = [n for n, other in FRONT_ENDS.items() if other.on_monitor]
        raise InputError(
            f'the front end "{name}" has no page of consent and no way back of its own',
            where="--participation",
            remedy=f"front ends that have: {', '.join(able)}; {', '.join(sized)} "
            "take a file with [screen] alone",
        )
    return given


def _check_monitor(given: Participation, adapter: Adapter) -> None:
    """Refuse a size in degrees on a monitor that is not stated."""
    screen = given.screen
    if screen is None or screen.blind_spot or not screen.monitor_width_cm:
        raise InputError(
            "programs of the laboratory do not measure the screen",
            where="--participation",
            allowed="[screen] with distance and monitor_width_cm, in centimetres",
        )
    if adapter.fixed_screen and not any(screen.monitor_pixels):
        raise InputError(
            "the file of this program states how many pixels the screen has",
            where="--participation",
            allowed="[screen] with monitor_pixels too, such as [1920, 1080]",
        )


def _check_sending(
    sending: Sending | None, adapter: Adapter, name: str, *, lab_only: bool
) -> None:
    """Refuse to send answers from pages that cannot, or that have no network."""
    if sending is None:
        return
    if not adapter.sends:
        able = [n for n, other in FRONT_ENDS.items() if other.sends]
        raise InputError(
            f'the front end "{name}" sends no answers: its program keeps them',
            where="--send-to",
            remedy=f"front ends that send: {', '.join(able)}",
        )
    if lab_only and not sending.stays_here:
        raise InputError(
            "an export for the laboratory only has no network to send answers over",
            where="--send-to",
            allowed="an address on the computer itself (http://localhost…)",
            remedy="leave out --send-to: answers are saved as a file",
        )


def _checked_markers(text: str, adapter: Adapter, name: str) -> Markers | None:
    """Return where codes of events go; refused where nothing sends them."""
    if not text:
        return None
    if not adapter.marks:
        able = [n for n, other in FRONT_ENDS.items() if other.marks]
        raise InputError(
            f'the front end "{name}" sends no markers to a port',
            where="--markers",
            remedy=f"front ends that do: {', '.join(able)}; pages for browsers record "
            "the time of each image instead",
        )
    return read_markers(text)


def _check_left_out(design: Design | None, pack: Pack, without: Sequence[str]) -> None:
    """Refuse a design of fixed trials that show an identity that is left out."""
    if design is None or not without:
        return
    missing = sorted(set(design.stimuli()) - set(pack.by_id))
    if missing:
        raise InputError(
            f"the design shows {counted(len(missing), 'image')} that are left out or "
            f"not in the pack: {', '.join(missing[:3])}"
            + (", …" if len(missing) > 3 else ""),
            where="--without",
            remedy="make a design without the identity: morphkit calibrate design PACK "
            "--identity NAME (repeatable), or name a design to draw it anew",
        )


def _with_images(material: Material, *, unverified: bool) -> Material:
    """Return the material with images that changed described as they are.

    Raises
    ------
    InputError
        If an image is not that of the pack, unless it is to be used nevertheless.
    """
    rows, folder = used_rows(material), material.folder
    if not unverified:
        check_stimuli(rows, folder)
        return material
    changed = set(changed_images(rows, folder))
    pack = material.pack
    stimuli = tuple(
        as_they_are(row, folder) if row.file in changed else row for row in pack.stimuli
    )
    files = (*pack.unverified, *sorted(changed))
    return replace(material, pack=replace(pack, stimuli=stimuli, unverified=files))


def _about(
    material: Material, front_end: str, adapter: Adapter, consent: Consent
) -> dict[str, Any]:
    """Return the manifest of an export, except its list of files."""
    pack, design = material.pack, material.design
    about: dict[str, Any] = {
        "schema": EXPORT_SCHEMA,
        "front_end": front_end,
        "title": adapter.title,
        "verified": adapter.verified,
        "software": {"morphkit": morphkit.__version__},
        "pack": {
            "name": pack.name,
            "version": pack.version,
            "recipe_sha256": pack.recipe_sha256,
            "unverified": list(pack.unverified),
        },
        "language": material.language,
        "texts": unread(material.wording) if material.design else "",
        "design": None,
        "consent": {
            "online": adapter.online,
            "public": adapter.public,
            **consent.to_dict(),
        },
    }
    if design is not None:
        about["design"] = {
            "kind": design.kind,
            "seed": design.seed,
            "n_lists": len(design.lists),
            "n_trials": [len(trials) for trials in design.lists],
            "timing_ms": dict(vars(design.timing)),
            "keys": list(design.keys),
            "settings": dict(design.settings),
        }
    used = [FRONT_ENDS.plug_in(front_end)]
    if design is not None:
        used.append(DESIGNS.plug_in(design.kind))
    plug_ins = {one.distribution: one.version for one in used if one is not None}
    return about | ({"plug_ins": plug_ins} if plug_ins else {})


def _write_readme(
    path: Path, about: Mapping[str, Any], adapter: Adapter, consent: Consent
) -> None:
    """Write the README of an export; what it rests on goes into one that is there."""
    said = "\n".join(consent.sentences())
    if about["pack"]["unverified"]:
        said += "\nMade from a pack that is NOT WHOLE (--unverified): " + ", ".join(
            about["pack"]["unverified"]
        )
    text = read_text(path) if path.exists() else _readme(about, adapter)
    write_text_atomically(path, f"{text}\n{said}\n", overwrite=True)


def _readme(about: Mapping[str, Any], adapter: Adapter) -> str:
    """Return the README of an export."""
    pack, design = about["pack"], about["design"]
    lines = [
        f"{pack['name']} {pack['version']} for {adapter.title}",
        "",
        f"Double-click {adapter.open_first} on the computer that shows it."
        if about["consent"]["lab_only"]
        else adapter.start,
        "",
        f"Made with morphkit {about['software']['morphkit']} from the pack "
        f"{pack['name']} {pack['version']}",
        f"(recipe {pack['recipe_sha256']}).",
    ]
    if design:
        counts = sorted(set(design["n_trials"]))
        trials = " or ".join([*map(str, counts[:-1]), counted(counts[-1], "trial")])
        lists = counted(design["n_lists"], "counterbalancing list")
        lines += [
            f"Design {design['kind']}, seed {design['seed']}: {trials} for each "
            f"participant, {lists}.",
        ]
    if about["texts"]:
        lines += ["", f"NOT READ YET: {about['texts']}."]
    if not adapter.verified:
        lines += [
            "",
            "NOT VERIFIED: this export follows the published format, but has not been "
            "run in the vendor's program. Test it there before relying on it.",
        ]
    if adapter.ran:
        lines += ["", f"What was run: {adapter.ran}"]
    if adapter.sends:
        lines += ["", *_said_of_sending(about["sending"])]
    lines += ["", f"{EXPORT_MANIFEST} lists every file with its hash."]
    if adapter.reader:
        read = f"morphkit answers FILES --from {adapter.reader} --output answers.csv"
        lines += [f"Import the answers with: {read}"]
    elif design:
        lines += [
            "morphkit has no reader of this program's data files. Bring them into a "
            "table with one answer",
            "per row, and name its columns: morphkit answers TABLE --from csv "
            "--columns participant=…,stimulus_1=…,response=… --output answers.csv",
        ]
    return "\n".join(lines) + "\n"


def _said_of_sending(settings: Mapping[str, str] | None) -> list[str]:
    """Return what the README says of where answers go."""
    if not settings:
        return [
            "At the end of a session the browser saves its answers as a file. To have "
            "the answers of a",
            "laboratory in one file, a line for each trial as it comes, hand this "
            "folder out with:",
            "morphkit serve FOLDER",
            "(this computer alone, unless --lan is given). To send them to an address "
            "of your own or to",
            "DataPipe (OSF), export again with --send-to.",
        ]
    sending = Sending(settings["to"], {k: v for k, v in settings.items() if k != "to"})
    note = sending.destination.note
    return [
        sending.sentence,
        "A page says that answers are saved when their receipt is there, and not "
        "before; until then they stay in the browser and are sent again.",
        *([note] if note else []),
    ]
