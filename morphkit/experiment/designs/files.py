"""Designs as files: a table of trials, and everything else in one JSON file.

The table has one row for each list and trial, and a name that follows Psych-DS. Any
program can use it; `read_design` returns the same design.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.bounds import TRIALS
from morphkit._core.documents import read_json, restore
from morphkit._core.files import read_text, write_text_atomically
from morphkit._core.folders import FolderKind
from morphkit._core.paths import inside
from morphkit._core.tables import (
    check_header,
    place_of,
    read_table,
    table_text,
)
from morphkit.errors import InputError, raise_all
from morphkit.experiment.design import Arm, Design, Timing, Training, Trial
from morphkit.experiment.designs import current_name

#: Version of the layout.
DESIGN_SCHEMA = "morphkit-design/1"
DESIGN_FILE = "design.json"
#: Largest number of images in a trial, and usual number of answers.
_N_STIMULI, _N_CHOICES = 4, 2

#: Columns of the table of trials; where trials have more answers, there are more.
COLUMNS = {
    "trial_id": "Name of the row",
    "list_id": "Counterbalancing list; participant n, from 1, has list "
    "(n - 1) modulo the number of lists, counted from the first",
    "order": "Place in the session, from 1",
    "phase": "practice, baseline, training, test or main",
    "block": "Number of the block, from 1; between blocks there is a break",
    **{
        f"stimulus_{k}": f"Image {k} of the trial, in the order in which answers name "
        "them; empty where there are fewer"
        for k in range(1, _N_STIMULI + 1)
    },
    **{
        f"choice_{k}": f"Answer {k}, in neutral order; empty for a rating"
        for k in range(1, _N_CHOICES + 1)
    },
    "flipped": "1 if answers, and images side by side, stand in reverse order",
    "question": "Rating scale; empty where a design has one question",
    "correct": "The right answer; empty where there is none",
}
#: The column that the table has besides where fixations are drawn from a range.
FIXATION = {"fixation": "Milliseconds of the fixation cross, drawn for each trial"}


def trials_file(kind: str) -> str:
    """Return the name of the table of trials of a kind of design.

    Examples
    --------
    >>> trials_file("same_different")
    'task-samedifferent_description-trials_data.csv'
    """
    return f"task-{kind.replace('_', '')}_description-trials_data.csv"


def write_design(
    design: Design, folder: Path, *, about: Mapping[str, Any] | None = None
) -> tuple[Path, Path]:
    """Write a design into a folder.

    Parameters
    ----------
    design : Design
    folder : Path
        Exists.
    about : mapping, optional
        Further information on the design (its pack, its power), as JSON.

    Returns
    -------
    (Path, Path)
        The table of trials and the JSON file.

    Raises
    ------
    OutputError
        If a file already exists or cannot be written.
    """
    table, rest = folder / trials_file(design.kind), folder / DESIGN_FILE
    write_text_atomically(table, trials_text(design))
    write_text_atomically(rest, _rest_text(design, about or {}))
    return table, rest


def trials_text(design: Design) -> str:
    """Return the table of trials as CSV: UTF-8, LF, empty cells for no value."""
    rows = (
        _cells(trial, number, place, len(design.keys))
        for number, trials in enumerate(design.lists, start=1)
        for place, trial in enumerate(trials, start=1)
    )
    return table_text([_columns(design.timing, len(design.keys)), *rows])


def _columns(timing: Timing, n_choices: int) -> dict[str, str]:
    """Return the columns of the table of a design."""
    found: dict[str, str] = {}
    for name, meaning in COLUMNS.items():
        found[name] = meaning
        if name == f"choice_{_N_CHOICES}":
            found |= {
                f"choice_{k}": f"Answer {k}, in neutral order"
                for k in range(_N_CHOICES + 1, n_choices + 1)
            }
    return found | (FIXATION if timing.drawn_fixation else {})


def list_id(number: int) -> str:
    """Return the name of a list, from 1; no program reads it as a number."""
    return f"list_{number:03d}"


def _cells(trial: Trial, number: int, place: int, n_choices: int) -> list[str | int]:
    """Return the row of a trial."""
    return [
        f"{list_id(number)}_trial_{place:04d}",
        list_id(number),
        place,
        trial.phase,
        trial.block,
        *_filled(trial.stimuli, _N_STIMULI),
        *_filled(trial.choices, n_choices),
        int(trial.flipped),
        trial.question,
        trial.correct,
        *([] if trial.fixation is None else [trial.fixation]),
    ]


def _filled(values: Sequence[str], n: int) -> list[str]:
    """Return values padded with empty cells to length `n`."""
    return [*values, *[""] * (n - len(values))]


def _rest_text(design: Design, about: Mapping[str, Any]) -> str:
    """Return everything but the trials as JSON."""
    data = {
        "schema": DESIGN_SCHEMA,
        "kind": design.kind,
        "trials": trials_file(design.kind),
        "n_lists": len(design.lists),
        "seed": design.seed,
        "timing": vars(design.timing),
        "keys": list(design.keys),
        "scales": {name: list(scale) for name, scale in design.scales.items()},
        "training": None if design.training is None else vars(design.training),
        **_special(design),
        "settings": dict(design.settings),
        "about": dict(about),
        "columns": _columns(design.timing, len(design.keys)),
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _special(design: Design) -> dict[str, Any]:
    """Return what only some designs have: arms and visit of a trial, a probe."""
    found: dict[str, Any] = {}
    if design.arms:
        found["arms"] = [vars(arm) for arm in design.arms]
        found["list_arms"] = list(design.list_arms)
    found |= {"visit": design.visit} if design.visit else {}
    return found | ({"probe": True} if design.probe else {})


def read_design(folder: str | Path) -> Design:
    """Return the design in a folder, or in the folder of a ``design.json``.

    Parameters
    ----------
    folder : str or Path
        What ``morphkit calibrate design`` wrote.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        If a file is missing or does not contain a design; lists every invalid row of
        the table.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.read_design("plan_mlds").kind
    'mlds'
    """
    folder = Path(folder)
    folder = folder.parent if folder.name == DESIGN_FILE else folder
    path = folder / DESIGN_FILE
    rest = _rest(path)
    table = inside(folder, trials_file(rest.kind))
    lists = _lists(table, _columns(rest.timing, len(rest.keys)))
    if len(lists) != rest.n_lists:
        raise InputError(
            f"{len(lists)} lists", where=str(table), allowed=f"{rest.n_lists}"
        )
    try:
        return Design(
            kind=current_name(rest.kind),
            lists=lists,
            seed=rest.seed,
            timing=rest.timing,
            keys=rest.keys,
            scales=rest.scales,
            training=rest.training,
            arms=rest.arms,
            list_arms=rest.list_arms,
            visit=rest.visit,
            probe=rest.probe,
            settings=rest.settings,
        )
    except InputError as error:
        raise error.at(str(path)) from None


def design_files(folder: Path) -> frozenset[str]:
    """Return the names of the files of a design in a folder; empty if there is none."""
    try:
        read_design(folder)
        kind = _rest(folder / DESIGN_FILE).kind
    except (InputError, OSError):
        return frozenset()
    return frozenset({DESIGN_FILE, trials_file(kind)})


#: The folder of a design, as a kind of output folder.
DESIGN = FolderKind("design", design_files)

_AGAIN = 'make it again with "morphkit calibrate design"'


def design_about(folder: Path) -> dict[str, Any]:
    """Return the information in a design's file on its pack and its power.

    Raises
    ------
    InputError
        If the file is missing or does not hold a design.
    """
    return dict(_rest(folder / DESIGN_FILE).about)


def design_training(folder: Path) -> Training | None:
    """Return the training in a design's file; None where there is none.

    Errors as in `design_about`.
    """
    return _rest(folder / DESIGN_FILE).training


def design_arms(folder: Path) -> tuple[Arm, ...]:
    """Return the arms in a design's file; none where there are none.

    Errors as in `design_about`.
    """
    return _rest(folder / DESIGN_FILE).arms


@dataclass(frozen=True)
class _Rest:
    """Everything but the trials of a design."""

    kind: str
    n_lists: int
    seed: int
    timing: Timing
    keys: tuple[str, ...]
    scales: Mapping[str, tuple[float, float, float]]
    settings: Mapping[str, str | int | float | bool | None]
    training: Training | None = None
    arms: tuple[Arm, ...] = ()
    list_arms: tuple[str, ...] = ()
    visit: str = ""
    probe: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)


def _rest(path: Path) -> _Rest:
    """Return everything but the trials of a design."""
    data = read_json(path)
    if not isinstance(data, dict) or data.get("schema") != DESIGN_SCHEMA:
        raise InputError(
            "is not a design of a known layout",
            where=str(path),
            allowed=f'"schema": "{DESIGN_SCHEMA}"',
            remedy=_AGAIN,
        )
    raise_all(
        InputError("missing", where=f"{path}: {key}", remedy=_AGAIN)
        for key in ("kind", "n_lists", "seed", "timing", "keys", "scales", "settings")
        if key not in data
    )
    return restore(
        _Rest, data, where=str(path), remedy=_AGAIN, exact=(Timing, Training, Arm)
    )


def _lists(path: Path, columns: Collection[str]) -> tuple[tuple[Trial, ...], ...]:
    """Return the lists of trials in a table."""
    lines = read_table(read_text(path), where=str(path), most=TRIALS)
    check_header(lines, columns, where=str(path))
    lists: dict[str, list[Trial]] = {}
    before: dict[str, int] = {}
    faults: list[InputError] = []
    for line in lines[1:]:
        where = place_of(str(path), line.number)
        try:
            _add(lists, before, line.by_column(columns, where=str(path)))
        except InputError as error:
            faults.append(error.at(where))
    raise_all(faults)
    expected = [list_id(number) for number in range(1, len(lists) + 1)]
    if list(lists) != expected:
        raise InputError(
            f"the lists are {', '.join(lists)}",
            where=str(path),
            allowed=f"in this order: {', '.join(expected)}",
        )
    return tuple(map(tuple, lists.values()))


def _add(
    lists: dict[str, list[Trial]], before: dict[str, int], row: Mapping[str, str]
) -> None:
    """Add the trial of a row to its list; `before` holds the row before, by list."""
    for name in ("order", "block", *(FIXATION if "fixation" in row else ())):
        if not re.fullmatch("[0-9]{1,9}", row[name]):
            raise InputError(f'{name} is "{row[name]}"', allowed="a whole number")
    if row["flipped"] not in ("0", "1"):
        raise InputError(f'flipped is "{row["flipped"]}"', allowed="0 or 1")
    trials = lists.setdefault(row["list_id"], [])
    expected = before.get(row["list_id"], 0) + 1
    before[row["list_id"]] = int(row["order"])
    if int(row["order"]) != expected:
        raise InputError(f"order is {row['order']}", allowed=f"{expected} comes next")
    trials.append(
        Trial(
            phase=row["phase"],
            block=int(row["block"]),
            stimuli=_present(row[f"stimulus_{k}"] for k in range(1, _N_STIMULI + 1)),
            choices=_present(
                cell for name, cell in row.items() if name.startswith("choice_")
            ),
            flipped=row["flipped"] == "1",
            question=row["question"],
            correct=row["correct"],
            fixation=int(row["fixation"]) if "fixation" in row else None,
        )
    )


def _present(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the cells that are not empty."""
    return tuple(cell for cell in cells if cell)
