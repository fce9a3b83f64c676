"""Data files as Gorilla, Qualtrics, E-Prime, Inquisit and PsyToolkit save them.

Each is made from an exported file alone, as the program repeats it in its data: their
columns and marks are those of public files of these programs (docs/front_ends.md names
them); the participants are made here.
"""

import csv
import io
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

#: What was pressed in a trial: 1 the left answer, 2 the right one, None neither; or a
#: rating. The n-th answer came after 700 + n/2 milliseconds.
Pressed = Sequence[int | None]


def milliseconds(order: int) -> float:
    """Return the reaction time of a trial."""
    return 700 + order / 2


def _table(path: Path, rows: list[list[object]], **options) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


def gorilla(
    folder: Path, to: Path, pressed: Pressed, *, number: int = 1, second: bool = True
) -> Path:
    """Write the data of a task: of the second Task Builder, or the first."""
    with (folder / f"gorilla_list_{number:02d}.csv").open(newline="") as file:
        sheet = list(csv.DictReader(file))
    mark = "Spreadsheet: " if second else ""
    kind = "Response Type" if second else "Zone Type"
    head = [
        *("Event Index", "UTC Timestamp", "UTC Date and Time", "Tree Node Key"),
        *("Repeat Key", "Participant Public ID", "Participant Private ID"),
        *("Task Name", "Spreadsheet Row", "Trial Number", kind, "Reaction Time"),
        *("Response", *(mark + name for name in sheet[0])),
    ]
    rows: list[list[object]] = [list(head)]

    def event(what: str, time: object, response: object, cells: dict, n: int) -> None:
        at = 1796000000000 + 1000 * len(rows)
        first = [len(rows), at, "29/11/2026 10:00:00", "task-abcd", ""]
        rows.append(
            [
                *first,
                "BLIND",
                4711,
                "Faces",
                n,
                n,
                what,
                time,
                response,
                *cells.values(),
            ]
        )

    event("info" if second else "", "", "BEGIN", dict.fromkeys(sheet[0], ""), 0)
    answers = iter(pressed)
    for n, cells in enumerate(sheet, start=1):
        event("" if second else "fixation", 250, "", cells, n)
        if cells["display"] != "Trial":
            event("action" if second else "continue_button", 900, "Next", cells, n)
            continue
        one = next(answers)
        texts = ("", cells["ChoiceLeft"], cells["ChoiceRight"])
        said = texts[one] if one and cells["LabelLeft"] else one
        if said is not None:
            time = milliseconds(int(cells["TrialOrder"]))
            event(
                "response" if second else "response_button_text", time, said, cells, n
            )
    rows.append(["END OF FILE", *[""] * (len(head) - 1)])
    return _table(to / "data_exp_1-v1_task-abcd.csv", rows)


def qualtrics(
    folder: Path, to: Path, pressed: Pressed, *, number: int = 1, as_text: bool = False
) -> Path:
    """Write a CSV export with its three header rows, and the key beside it."""
    key = (folder / "qualtrics_key.csv").read_bytes()
    (to / "qualtrics_key.csv").write_bytes(key)
    trials = [
        row
        for row in csv.DictReader(io.StringIO(key.decode("utf-8"), newline=""))
        if int(row["list_number"]) == number
    ]
    meta = {
        "StartDate": ("Start Date", "2026-11-29 10:00:00"),
        "Status": ("Response Type", "IP Address" if as_text else "0"),
        "Progress": ("Progress", "100"),
        "Finished": ("Finished", "True" if as_text else "1"),
        "ResponseId": ("Response ID", "R_2abcDEF"),
        "DistributionChannel": ("Distribution Channel", "anonymous"),
        "ExternalReference": ("External Data Reference", ""),
    }
    cells = []
    for row, one in zip(trials, pressed, strict=True):
        as_label = as_text and one and "choice_1" in row
        cells.append(row[f"choice_text_{one}"] if as_label else one)
    names = [row["trial_id"] for row in trials]
    questions = [f"{row['question_name']}\nof a face" for row in trials]
    ids = [json.dumps({"ImportId": f"QID{k}"}) for k in range(len(meta) + len(names))]
    return _table(
        to / "survey.csv",
        [
            [*meta, *names],
            [*(text for text, _ in meta.values()), *questions],
            [*ids],
            [*(value for _, value in meta.values()), *cells],
        ],
    )


def eprime(folder: Path, to: Path, pressed: Pressed, *, number: int = 1) -> Path:
    """Write the text log of a session: UTF-16, frames of three levels."""
    text = (folder / f"eprime_list_{number:02d}.txt").read_text("ascii")
    head, *rows = (line.split("\t") for line in text.splitlines())
    lines = [
        *("*** Header Start ***", "VersionPersist: 1", "LevelName: Session"),
        *("LevelName: Block", "LevelName: Trial", "Experiment: faces"),
        *("SessionDate: 11-29-2026", "SessionTime: 10:00:00", "Subject: 7"),
        *("Session: 1", "*** Header End ***"),
    ]
    for row, one in zip(rows, pressed, strict=True):
        cells = dict(zip(head, row, strict=True))
        keys = ("", cells.get("KeyLeft"), cells.get("KeyRight"))
        key = "" if one is None else keys[one] if "KeyLeft" in cells else one
        time = "" if one is None else f"{milliseconds(int(cells['TrialOrder'])):g}"
        lines += ["\t\tLevel: 3", "\t\t*** LogFrame Start ***"]
        lines += [f"\t\t{name}: {cell}" for name, cell in cells.items()]
        lines += ["\t\tFixation.OnsetTime: 1000", f"\t\tFace.RT: {time or 0}"]
        lines += [f"\t\tFace.RESP: {key}", "\t\t*** LogFrame End ***"]
    lines += ["Level: 1", "*** LogFrame Start ***", "Clock.Scale: 1"]
    lines += ["*** LogFrame End ***"]
    path = to / "faces-7-1.txt"
    path.write_bytes("\r\n".join([*lines, ""]).encode("utf-16"))
    return path


def inquisit(
    folder: Path, to: Path, pressed: Pressed, *, number: int = 1, prefix: bool = True
) -> Path:
    """Write raw data: the columns of <data>, from the items of the script."""
    script = (folder / f"inquisit_list_{number:02d}.iqx").read_text("utf-8")
    items = {
        name: re.findall(r'/ \d+ = "(.*)"', body)
        for name, body in re.findall(r"<item (\w+)>\n(.*?)</item>", script, re.S)
    }
    (columns,) = re.findall(r"/ columns = \((.*)\)", script)
    names = columns.split(", ")
    rows: list[list[object]] = [
        [name if prefix else name.removeprefix("values.") for name in names]
    ]
    for k, one in enumerate(pressed):
        cells: dict[str, object] = {
            "date": "112926",
            "time": "10:00:00",
            "subject": "12",
            "trialnum": k + 1,
            "latency": 4000 if one is None else milliseconds(k + 1),
            "values.chosen": "none"
            if one is None
            else items[f"labels_{('', 'left', 'right')[one]}"][k],
        }
        for name, told in re.findall(r"values\.(\w+) = item\.(trial_\w+)\.", script):
            cells[f"values.{name}"] = items[told][k]
        for place in range(1, 5):
            if f"pictures_{place}" in items:
                file = items[f"pictures_{place}"][k]
                cells[f"picture.face_{place}.currentitem"] = file
        rows.append([cells[name] for name in names])
    return _table(to / "faces_12.iqdat", rows, delimiter="\t")


def psytoolkit(folder: Path, to: Path, pressed: Pressed, *, number: int = 1) -> Path:
    """Write the data file of a participant, and the survey that names both."""
    script = (folder / f"script_list_{number:02d}.txt").read_text("utf-8")
    (saved,) = re.findall(r"^  save (.*)$", script, re.M)
    (table,) = re.findall(r"^table trials\n((?:  .*\n)+)", script, re.M)
    lines = []
    for k, (row, one) in enumerate(zip(table.splitlines(), pressed, strict=True)):
        cells = shlex.split(row)
        late = one is None
        told = {"RT": 4000 if late else milliseconds(k + 1), "STATUS": 3 if late else 2}
        told |= {"KEY": one or 0, "0": 0}
        lines.append(
            " ".join(
                cells[int(word[1:]) - 1] if word[0] == "@" else f"{told[word]:g}"
                for word in saved.split()
            )
        )
    file = "faces.2026-11-29-1000.data.0f3a.txt"
    data = to / "experiment_data"
    data.mkdir()
    (data / file).write_text("\n".join([*lines, ""]), "utf-8")
    survey = [["participant", "faces_1", "TIME_start"], ["s.0f3a", file, "2026-11-29"]]
    _table(to / "data.csv", survey)
    return data / file
