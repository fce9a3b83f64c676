"""What of an export is handed out, and which rows are answers to it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit._core.bounds import TRIALS
from morphkit._core.documents import read_json
from morphkit._core.files import read_text, sha256_of
from morphkit._core.paths import inside
from morphkit.errors import InputError, raise_all
from morphkit.export import FRONT_ENDS
from morphkit.export.write_export import EXPORT_MANIFEST, EXPORT_SCHEMA

#: Files that a page needs, by their endings; nothing else is handed out.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}
#: The script of a page that holds the study, and what is added to it here: answers go
#: to this server.
STUDY_SCRIPT = "study.js"
SENDING = '\nwindow.MORPHKIT.sending = { to: "post", url: "answers" };\n'
#: The script that sends them.
NEEDED = "stage_sending.js"
#: Rows that a session may have beside its trials.
MORE_ROWS = 500
#: Columns of a row, and characters of a cell.
COLUMNS, CELL = 500, 50_000
_SESSION = re.compile(r"[0-9a-f]{16}")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class ServedStudy:
    """A study that can be handed out.

    Parameters
    ----------
    folder : Path
        The export.
    name : str
        Pack, version and design.
    files : mapping of str to Path
        What is handed out, by its path relative to the page.
    lab_only : bool
        Whether its faces may not be shown over a network.
    evaluates : bool
        Whether its library makes functions of texts.
    same : mapping of str to str
        Cells that are the same in every row of it.
    most_rows : int
        Rows that a session may have.
    """

    folder: Path
    name: str
    files: Mapping[str, Path]
    lab_only: bool
    evaluates: bool
    same: Mapping[str, str]
    most_rows: int

    def fault(self, session: object, row: object, answer: object) -> str:
        """Return why something is no row of an answer to this study; empty if it is."""
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            return "session: 16 hexadecimal digits are needed"
        if type(row) is not int or not 1 <= row <= self.most_rows:
            return f"row: a number from 1 to {self.most_rows} is needed"
        if not isinstance(answer, dict) or not 0 < len(answer) <= COLUMNS:
            return f"answer: an object of 1 to {COLUMNS} cells is needed"
        for name, value in answer.items():
            if not _COLUMN.fullmatch(name) or not _is_cell(value):
                return f"answer: {name[:64]!r} is no column, or its cell no value"
        for name, value in self.same.items():
            if answer.get(name) != value:
                return f'answer: its {name} is not "{value}"; this is another study'
        person = answer.get("participant")
        if not isinstance(person, str) or not _PERSON.fullmatch(person):
            return "answer: there is no code of a participant"
        return ""


def _is_cell(value: object) -> bool:
    """Return whether a value can stand in a table."""
    if isinstance(value, str):  # halves of characters are not to be written
        return len(value) <= CELL and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or type(value) in (bool, int)


def read_served_study(folder: Path) -> ServedStudy:
    """Return the study in a folder that ``morphkit export`` wrote.

    Parameters
    ----------
    folder : Path
        An export of jsPsych or lab.js.

    Raises
    ------
    InputError
        If it is none, is not as it was written, or sends its answers elsewhere.
    """
    where = str(folder)
    if not (folder / EXPORT_MANIFEST).is_file():
        raise InputError(
            "is no export",
            where=where,
            allowed="a folder made by morphkit export PACK jspsych (or labjs)",
        )
    about = read_json(folder / EXPORT_MANIFEST)
    try:
        return _study(folder, about)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"is not a manifest of an export ({error!r})",
            where=str(folder / EXPORT_MANIFEST),
            remedy="export the pack again",
        ) from None


def _study(folder: Path, about: Mapping[str, Any]) -> ServedStudy:
    """Return the study that a manifest describes."""
    where, name = str(folder), str(about["front_end"])
    able = [key for key, one in FRONT_ENDS.items() if one.sends and one.open_first]
    if about["schema"] != EXPORT_SCHEMA or name not in able:
        raise InputError(
            f'is an export for "{name}", which no browser opens by itself',
            where=where,
            allowed=f"an export of {' or '.join(able)}",
        )
    if about.get("sending"):
        raise InputError(
            f"sends its answers to {about['sending'].get('url')}",
            where=where,
            remedy="export the pack without --send-to",
        )
    adapter = FRONT_ENDS[name]
    files = _files(folder, about, adapter.open_first.rpartition("/")[0])
    if not {"index.html", STUDY_SCRIPT, NEEDED} <= set(files):
        raise InputError(
            "was made by a version of morphkit that could not send answers",
            where=where,
            remedy="export the pack again",
        )
    pack, design = about["pack"], about["design"]
    return ServedStudy(
        folder=folder,
        name=f"{pack['name']} {pack['version']}, {design['kind']}",
        files=files,
        lab_only=bool(about["consent"]["lab_only"]) or _says_lab_only(files),
        evaluates=adapter.evaluates,
        same={
            "pack": str(pack["name"]),
            "recipe": str(pack["recipe_sha256"])[:12],
            "design": str(design["kind"]),
        },
        most_rows=min(max(map(int, design["n_trials"])), TRIALS) + MORE_ROWS,
    )


def _says_lab_only(files: Mapping[str, Path]) -> bool:
    """Return whether the page says so, whatever became of the manifest."""
    return '\n "lab_only": ' in read_text(files[STUDY_SCRIPT])


def _files(folder: Path, about: Mapping[str, Any], below: str) -> dict[str, Path]:
    """Return the files of the page, each as the export wrote it.

    Raises
    ------
    InputError
        If one is not; all of them are named.
    """
    files, errors = {}, []
    for one in about["files"]:
        path = str(one["path"])
        if below and not path.startswith(f"{below}/"):
            continue
        if Path(path).suffix not in TYPES:
            continue
        file = inside(folder, path)
        if not file.is_file() or sha256_of(file) != one["sha256"]:
            errors.append(
                InputError(
                    "is not as the export wrote it",
                    where=str(file),
                    remedy="export the pack again",
                )
            )
        files[path.removeprefix(f"{below}/")] = file
    raise_all(errors)
    return files


def study_script(study: ServedStudy) -> bytes:
    """Return the script of the study, which sends answers to this server."""
    return (read_text(study.files[STUDY_SCRIPT]) + SENDING).encode()
