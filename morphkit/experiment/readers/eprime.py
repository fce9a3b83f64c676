"""Text logs of E-Prime: a frame for each trial, below a header for the session.

References
----------
https://github.com/tjmahr/rprime
https://github.com/njvack/optimus
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from morphkit._core.files import WINDOWS, read_text
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Account, Answers
from morphkit.experiment.readers.trial_rows import answers_from_rows

_MARK = re.compile(r"\*\*\* (Header|LogFrame) (Start|End) \*\*\*")
#: Attribute of the list -> column of a trial table.
_COLUMNS = {
    "TrialOrder": "trial_order",
    "ListNumber": "list_number",
    "NTrials": "n_trials",
    "DesignKind": "design_kind",
    "Phase": "phase_name",
    "QuestionName": "question_name",
    "LabelLeft": "choice_1",
    "LabelRight": "choice_2",
    "ScaleLeast": "scale_least",
    "ScaleGreatest": "scale_greatest",
    "Digests": "image_digests",
    **{f"Stimulus{k}": f"stimulus_{k}" for k in range(1, 5)},
}
_AGAIN = (
    "give the .txt that E-Prime writes beside the .edat3 of a session; E-Recovery "
    "makes a data file of one that was broken off"
)


def read(path: Path) -> Answers:
    """Return the answers in the text log of a session (``experiment-1-1.txt``).

    The response is that of the object of a trial which recorded one (``….RESP``), its
    time ``….RT`` of the same object. A key is told as the label it stands for.

    Raises
    ------
    InputError
        If the file is no such log or is cut off, or a key is none of the two.
    """
    where = str(path)
    header, frames = _parts(read_text(path, fallback=WINDOWS), where)
    trials = [frame for frame in frames if "TrialOrder" in frame]
    rows, errors = [], []
    for frame in trials:
        try:
            rows.append(_row(frame, header))
        except InputError as error:
            errors.append(error.at(f"{where}: trial {frame['TrialOrder']}"))
    raise_all(errors)
    read = answers_from_rows(rows, where=where, seconds=0.001)
    others = len(frames) - len(trials)
    return replace(
        read, account=read.account + Account(others, 0, {"no-trial": others})
    )


def _parts(text: str, where: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the lines of the header, and of each frame, by their names."""
    header: dict[str, str] = {}
    frames: list[dict[str, str]] = []
    part: dict[str, str] | None = None
    begun = 0
    for number, line in enumerate(text.splitlines(), start=1):
        found = _MARK.fullmatch(line.strip())
        if found and found[2] == "Start":
            if part is not None:
                break
            part = header if found[1] == "Header" else {}
            begun = number
        elif found:
            if part is not None and found[1] == "LogFrame":
                frames.append(part)
            part = None
        elif part is not None:
            name, colon, value = line.strip().partition(":")
            # Names of levels come more than once; the last is as good as any.
            part |= {name: value.strip()} if colon else {}
    if part is not None:
        raise InputError(
            "is cut off: a frame begins here and does not end",
            where=f"{where}:{begun}",
            remedy="copy the file again; if the session was broken off there, delete "
            "this line and all below it in a copy",
        )
    if not frames or not header.get("Subject"):
        raise InputError(
            "is no text log of E-Prime: "
            + ("its header names no Subject" if frames else "it has no LogFrame"),
            where=where,
            remedy=_AGAIN,
        )
    return header, frames


def _row(frame: Mapping[str, str], header: Mapping[str, str]) -> dict[str, str]:
    """Return a frame as the row of a trial table."""
    row = {new: frame.get(name, "") for name, new in _COLUMNS.items()}
    row |= {"participant": header["Subject"], "started": _started(header)}
    row |= {"chosen_choice": "", "answer_seconds": ""}
    # An object that waits for no answer has none of these.
    objects = [n.removesuffix(".RESP") for n in frame if n.endswith(".RESP")]
    if not objects:
        raise InputError(
            "no object of the trial recorded a response",
            remedy="let the ImageDisplay of the trial log its RESP and RT (Duration/"
            "Input > Data Logging: Standard)",
        )
    given = [name for name in objects if frame[f"{name}.RESP"]]
    for name in given[:1]:
        row["chosen_choice"] = _chosen(frame[f"{name}.RESP"], frame)
        row["answer_seconds"] = frame.get(f"{name}.RT", "")
    return row


def _chosen(response: str, frame: Mapping[str, str]) -> str:
    """Return the label of a key; a rating is itself."""
    if not frame.get("LabelLeft"):
        return response
    keys = {
        frame.get(f"Key{side}", "").strip("{}").casefold(): frame.get(
            f"Label{side}", ""
        )
        for side in ("Left", "Right")
    }
    key = response.strip("{}").casefold()
    if key not in keys:
        raise InputError(
            f'the key is "{response}"',
            allowed=f"one of {list(keys)}, with a label (LabelLeft, LabelRight)",
        )
    return keys[key]


def _started(header: Mapping[str, str]) -> str:
    """Return when the session began; E-Prime writes the month first."""
    date = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", header.get("SessionDate", ""))
    time = header.get("SessionTime", "")
    return f"{date[3]}-{date[1]}-{date[2]}T{time}" if date and time else ""
