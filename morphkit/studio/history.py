"""The history of edits of one face: what undo and redo need, without limit.

It lies in a file of its own beside the landmarks. A position in it is valid for one
version of the landmark file; if that was changed elsewhere, the history is not used.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.reading import own_bytes, own_json
from morphkit.errors import InputError

#: Folder of the studio in a folder of landmarks; no reader of landmarks looks into it.
FOLDER = ".studio"
SCHEMA = 1
#: Longest text of an edit.
LONGEST = 120


@dataclass(frozen=True)
class History:
    """Edits in order, and how many of them stand.

    Parameters
    ----------
    edits : tuple of dict
        ``label``; ``points``: index -> [x before, y before, x after, y after];
        ``hidden``: index -> [before, after].
    position : int
        Number of edits that stand; those after it can be redone.
    """

    edits: tuple[Mapping[str, Any], ...] = ()
    position: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.position <= len(self.edits):
            raise InputError(
                f"position {self.position} in a history of {len(self.edits)} edits"
            )

    def continued(
        self, start: int, edits: Sequence[Mapping[str, Any]], position: int
    ) -> "History":
        """Return the history with its edits from `start` on replaced.

        Raises
        ------
        InputError
            If it does not reach so far, or an edit is not one.
        """
        if not 0 <= start <= len(self.edits):
            raise InputError(f"edit {start} of a history of {len(self.edits)}")
        return History((*self.edits[:start], *map(_checked, edits)), position)

    def to_dict(self) -> dict[str, Any]:
        """Return the history as a JSON object."""
        return {"edits": [dict(edit) for edit in self.edits], "position": self.position}


@dataclass(frozen=True)
class Notes:
    """What the studio keeps of a face beside its landmarks.

    Parameters
    ----------
    history : History
    positions : mapping of str to int
        Version of the landmark file -> position in the history.
    checked : str
        Version that a person has checked; empty if none was.
    """

    history: History = History()
    positions: Mapping[str, int] = field(default_factory=dict)
    checked: str = ""

    def history_of(self, version: str) -> History:
        """Return the history as of a version; empty if it is not about that one."""
        if version not in self.positions:
            return History()
        return History(self.history.edits, self.positions[version])

    def to_bytes(self) -> bytes:
        """Return the content of the file of notes."""
        data = {
            "schema": SCHEMA,
            "edits": [dict(edit) for edit in self.history.edits],
            "positions": dict(self.positions),
            "checked": self.checked,
        }
        return (json.dumps(data, separators=(",", ":")) + "\n").encode()


def notes_file(landmarks: Path) -> Path:
    """Return the file of notes of a landmark file."""
    return landmarks.parent / FOLDER / f"{landmarks.name}.notes"


def read_notes(landmarks: Path) -> Notes:
    """Return the notes on a landmark file; none where they are missing or damaged.

    Notes serve comfort: without them the landmarks are as good as before.
    """
    try:
        data = own_json(own_bytes(notes_file(landmarks)))
        if data["schema"] != SCHEMA:
            return Notes()
        edits = tuple(map(_checked, data["edits"]))
        positions = {
            str(version): int(position)
            for version, position in data["positions"].items()
            if 0 <= int(position) <= len(edits)
        }
        return Notes(History(edits, len(edits)), positions, str(data["checked"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return Notes()


def _checked(edit: Any) -> dict[str, Any]:
    """Return an edit whose form is right."""
    try:
        label = str(edit["label"])[:LONGEST]
        points = {str(int(i)): _numbers(four, 4) for i, four in edit["points"].items()}
        hidden = {
            str(int(i)): [bool(flag) for flag in two]
            for i, two in edit.get("hidden", {}).items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("an edit has another form than those of a history") from None
    if any(len(two) != 2 for two in hidden.values()):
        raise InputError("an edit has another form than those of a history")
    return {"label": label, "points": points, "hidden": hidden}


def _numbers(values: Any, n: int) -> list[float]:
    """Return some numbers of a known count."""
    numbers = [float(value) for value in values]
    if len(numbers) != n or any(value != value for value in numbers):
        raise ValueError(values)
    return numbers
