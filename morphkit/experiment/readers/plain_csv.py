"""Answers in a plain table, one per row, as laboratories keep them.

Separators, encodings and common names of columns are recognised; the content of cells
is never guessed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.registry import did_you_mean
from morphkit._core.tables import TableLine, read_table, table_text
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import current_name, fitting_design

#: Column -> other names under which it is found.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "participant": ("subject", "subject_id", "participant_id", "id", "rater"),
    "order": ("trial", "trial_order", "trial_number"),
    "phase": ("phase_name",),
    "design": ("design_kind",),
    "question": ("question_name", "measure"),
    "stimulus_1": ("stimulus", "stimulus_id", "image", "file"),
    "stimulus_2": (),
    "stimulus_3": (),
    "stimulus_4": (),
    "response": ("answer", "choice", "chosen_choice"),
    "rt_seconds": ("rt_s", "answer_seconds"),
    "rt_ms": ("reaction_time_ms",),
    "rt": ("reaction_time", "response_time"),
}
NEEDED = ("participant", "stimulus_1", "response")
_SEPARATORS = ",;\t|"
_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
#: Medians between which a reaction time may be either seconds or milliseconds.
MOST_SECONDS, LEAST_MILLISECONDS = 20.0, 50.0


def read(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
) -> tuple[Answer, ...]:
    """Return the answers in a table.

    Parameters
    ----------
    path : Path
    columns : mapping, optional
        Name in `COLUMNS` -> name of the column in the file.
    recode : mapping, optional
        Response in the file -> label.

    Raises
    ------
    InputError
        If the file is not a table, a column is missing, or cells cannot be right; all
        bad cells are reported together.
    """
    where = str(path)
    header, lines = _table(path)
    rows = [(line.number, line.cells) for line in lines]
    place = _places(header, columns or {}, where=where)
    scale = _seconds(place, rows, where=where)
    answers: list[Answer] = []
    errors: list[InputError] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            if len(cells) != len(header):
                raise InputError(
                    f"{len(cells)} cells", allowed=f"{len(header)} as in the header"
                )
            found = {name: cells[k].strip() for name, k in place.items()}
            person = found["participant"]
            seen[person] = seen.get(person, 0) + 1
            answers.append(_answer(found, seen[person], scale, recode or {}))
        except InputError as error:
            errors.append(error.at(f"{where}:{line}"))
    raise_all(errors[:20])
    if not answers:
        raise InputError("the table contains no answer", where=where)
    return tuple(answers)


def _table(path: Path) -> tuple[tuple[str, ...], list[TableLine]]:
    """Return the header of a file and its other lines."""
    text = read_text(path, fallback=WINDOWS)
    if "\0" in text:
        raise InputError("not a text file", where=str(path), allowed="a CSV table")
    head, *lines = read_table(text, where=str(path), delimiters=_SEPARATORS)
    return tuple(name.strip() for name in head.cells), lines


def _places(
    header: Sequence[str], columns: Mapping[str, str], *, where: str
) -> dict[str, int]:
    """Return the position of each column."""
    errors = [
        InputError(
            f'there is no column of answers called "{name}"',
            where="--columns",
            allowed=f"known: {', '.join(COLUMNS)}",
            remedy=did_you_mean(name, COLUMNS),
        )
        for name in columns
        if name not in COLUMNS
    ]
    lower = [name.casefold() for name in header]
    twice = sorted({name for name in lower if name and lower.count(name) > 1})
    if twice:
        errors.append(InputError(f"two columns are called {', '.join(twice)}"))
    place: dict[str, int] = {}
    for name, others in COLUMNS.items():
        if name in columns:
            if columns[name].casefold() in lower:
                place[name] = lower.index(columns[name].casefold())
            else:
                errors.append(
                    InputError(
                        f'has no column "{columns[name]}"',
                        allowed=f"columns: {', '.join(header)}",
                        remedy=did_you_mean(columns[name], header),
                    )
                )
            continue
        known = [lower.index(n) for n in (name, *others) if n in lower]
        if len(known) > 1:
            both = ", ".join(f'"{header[k]}"' for k in known)
            errors.append(
                InputError(
                    f"{both} could all be the column {name}",
                    remedy=f"say which: --columns {name}={header[known[0]]}",
                )
            )
        elif known:
            place[name] = known[0]
    missing = [name for name in NEEDED if name not in place and name not in columns]
    if missing:
        errors.append(
            InputError(
                f"has no column {', '.join(missing)}",
                allowed=f"columns: {', '.join(header)}",
                remedy=f"name it: --columns {missing[0]}=NAME",
            )
        )
    raise_all(error.at(where) for error in errors)
    return place


def _seconds(
    place: Mapping[str, int], rows: Iterable[tuple[int, tuple[str, ...]]], *, where: str
) -> tuple[str, float]:
    """Return the column of reaction times and its unit in seconds."""
    if "rt_seconds" in place:
        return "rt_seconds", 1.0
    if "rt_ms" in place:
        return "rt_ms", 0.001
    if "rt" not in place:
        return "", 1.0
    each: dict[str, list[float]] = {}
    for _, cells in rows:
        if len(cells) > max(place["rt"], place["participant"]):
            value = _decimal(cells[place["rt"]])
            if value is not None:
                each.setdefault(cells[place["participant"]], []).append(value)
    middles = [median(values) for values in each.values()]
    if not middles or max(middles) <= MOST_SECONDS:
        return "rt", 1.0
    if min(middles) >= LEAST_MILLISECONDS:
        return "rt", 0.001
    raise InputError(
        "the reaction times of some participants look like seconds, of others like "
        f"milliseconds (medians from {min(middles):g} to {max(middles):g})",
        where=where,
        remedy="name the column rt_seconds or rt_ms, with one unit for all",
    )


def unit_is_stated(path: Path, columns: Mapping[str, str] | None = None) -> bool:
    """Return whether the header, not the values, says the unit of reaction times."""
    header, _ = _table(path)
    return "rt" not in _places(header, columns or {}, where=str(path))


def _answer(
    cells: Mapping[str, str],
    count: int,
    scale: tuple[str, float],
    recode: Mapping[str, str],
) -> Answer:
    """Return the answer of one row."""
    order = cells.get("order", "")
    number = float(count) if not order else _decimal(order)
    if number is None or number != int(number):
        raise InputError(f'order is "{order}"', allowed="a whole number from 1")
    column, unit = scale
    rt = cells.get(column, "")
    seconds = _decimal(rt)
    if rt.casefold() not in ("", "na", "nan", "none", "null") and seconds is None:
        raise InputError(f'{column} is "{rt}"', allowed="a number")
    names = [cells.get(f"stimulus_{k}", "") for k in range(1, 5)]
    response = recode.get(cells["response"], cells["response"])
    stimuli = tuple(stimulus_name(name) for name in names if name)
    return Answer(
        participant=cells["participant"],
        order=int(number),
        stimuli=stimuli,
        response=response,
        design=current_name(cells.get("design", ""))
        or fitting_design(len(stimuli), is_number=_decimal(response) is not None),
        phase=cells.get("phase", "") or "main",
        question=cells.get("question", ""),
        rt_seconds=None if seconds is None else seconds * unit,
    )


def stimulus_name(cell: str) -> str:
    r"""Return the id of a stimulus from a cell that may hold the path of its file.

    Examples
    --------
    >>> stimulus_name(r"stimuli\ada_s01.PNG")
    'ada_s01'
    """
    name = cell.replace("\\", "/").rpartition("/")[2]
    suffix = next((s for s in _SUFFIXES if name.lower().endswith(s)), "")
    return name.removesuffix(name[len(name) - len(suffix) :]) if suffix else name


def _decimal(cell: str) -> float | None:
    """Return the number in a cell, with point or comma; None if there is none."""
    try:
        value = float(cell.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def format_answers(answers: Iterable[Answer]) -> str:
    """Return answers as the text of a plain table, which `read` gives back."""
    names = [f"stimulus_{k}" for k in range(1, 5)]
    head = ["participant", "order", "design", "phase", "question"]
    rows: list[list[object]] = [[*head, *names, "response", "rt_seconds"]]
    for one in answers:
        stimuli = [*one.stimuli, *[""] * (4 - len(one.stimuli))]
        seconds = "" if one.rt_seconds is None else repr(one.rt_seconds)
        first = [one.participant, one.order, one.design, one.phase, one.question]
        rows.append([*first, *stimuli, one.response, seconds])
    return table_text(rows)
