"""Answers in a plain table, one per row, as laboratories keep them.

Separators, encodings and common names of columns are recognised; the content of cells
is never guessed. A table is understood whole, or refused with the rows that are not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from morphkit._core.files import WINDOWS, read_text
from morphkit._core.registry import did_you_mean
from morphkit._core.tables import TableLine, read_table, sections, table_text
from morphkit._core.text import composed
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import (
    DETAILS,
    ITEM,
    OPTIONAL,
    PARAMETER,
    Account,
    Answer,
    Answers,
    optional_cell,
    recorded,
)
from morphkit.experiment.designs import DESIGNS, current_name
from morphkit.experiment.readers.cells import (
    decimal,
    details_in,
    digests_in,
    is_nothing,
)
from morphkit.experiment.readers.settle import settle
from morphkit.experiment.readers.table_row import TableRow

#: Column -> other names under which it is found.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "participant": (
        *("subject", "subject_id", "participant_id", "id", "rater"),
        "record_id",
    ),
    "order": ("trial", "trial_order", "trial_number", "redcap_repeat_instance"),
    "phase": ("phase_name",),
    "design": ("design_kind",),
    "question": ("question_name", "measure"),
    "stimulus_1": ("stimulus", "stimulus_id", "image", "file"),
    "stimulus_2": (),
    "stimulus_3": (),
    "stimulus_4": (),
    "session": ("session_id", "run_id"),
    "visit": ("visit_name", "redcap_event_name"),
    "arm": ("arm_code",),
    "response": ("answer", "choice", "chosen_choice"),
    "rt_seconds": ("rt_s", "answer_seconds"),
    "rt_ms": ("reaction_time_ms",),
    "rt": ("reaction_time", "response_time"),
    "image_digests": (),
    **dict.fromkeys(DETAILS, ()),
}
NEEDED = ("participant", "stimulus_1", "response")
#: What REDCap itself counts; columns of the study say it better where it has them.
_OF_REDCAP = ("redcap_event_name", "redcap_repeat_instance")
_SEPARATORS = ",;\t|"
_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
#: Medians between which a reaction time may be either seconds or milliseconds.
MOST_SECONDS, LEAST_MILLISECONDS = 20.0, 50.0


@dataclass(frozen=True)
class TableRows:
    """The rows of a table that hold answers, and how many hold none.

    Parameters
    ----------
    rows : tuple of TableRow
    excluded : mapping of str to int
        Other rows, by a key of `morphkit.experiment.answer.EXCLUSIONS`.
    unit_is_stated : bool
        Whether the header, not the values, says the unit of reaction times.
    """

    rows: tuple[TableRow, ...]
    excluded: Mapping[str, int] = field(default_factory=dict)
    unit_is_stated: bool = True

    @property
    def account(self) -> Account:
        """What became of the rows of the table."""
        n = len(self.rows)
        return Account(n + sum(self.excluded.values()), n, self.excluded)


def read(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
) -> Answers:
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
    table = read_rows(path, columns=columns, recode=recode)
    rows, findings = settle(table.rows)
    answers = tuple(row.answer for row in rows)
    places = tuple(row.place for row in rows)
    return Answers(answers, findings, table.account, places)


def read_rows(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
) -> TableRows:
    """Return the rows of a table, whose designs are not settled yet; as `read`.

    A row whose answers are to be told apart from those of other files keeps an empty
    design unless its table states one.
    """
    where = str(path)
    rows: list[TableRow] = []
    excluded: Counter[str] = Counter()
    errors: list[InputError] = []
    seen: Counter[str] = Counter()
    stated = True
    for number, (head, lines) in enumerate(_sections(path)):
        header = [name.strip() for name in head.cells]
        at = where if number == 0 else f"{where}:{head.number}"
        excluded["repeated-header"] += number > 0
        place = _places(header, columns or {}, where=at)
        filled = [line for line in lines if any(map(str.strip, line.cells))]
        scale = _seconds(place, filled, where=where)
        stated = stated and scale[0] != "rt"
        for line in filled:
            try:
                cells = _cells(line, header)
                found = _found(cells, header, place)
                if _is_page(found):
                    excluded["no-trial"] += 1
                    continue
                seen[found["participant"]] += 1
                answer = _answer(found, seen[found["participant"]], scale, recode or {})
            except InputError as error:
                errors.append(error.at(f"{where}:{line.number}"))
                continue
            others = {
                name: cells[k]
                for k, name in enumerate(header)
                if name and k not in place.values()
            }
            rows.append(
                TableRow(
                    answer,
                    f"{where}:{line.number}",
                    where,
                    ordered=not is_nothing(found.get("order", "")),
                    others=others,
                )
            )
    raise_all(_listed(errors, where))
    if not rows:
        raise InputError(
            "the table contains no answer",
            where=where,
            allowed="one answer per row, below the names of the columns",
        )
    return TableRows(
        tuple(_from_one(rows)), {k: n for k, n in excluded.items() if n}, stated
    )


def _listed(errors: list[InputError], where: str) -> list[InputError]:
    """Return the first errors, and how many others there are."""
    most = 20
    if len(errors) <= most:
        return errors
    left = InputError(f"and {len(errors) - most} other rows", where=where)
    return [*errors[:most], left]


def _sections(path: Path) -> list[tuple[TableLine, list[TableLine]]]:
    """Return the headers of a file, each with the lines below it."""
    text = composed(read_text(path, fallback=WINDOWS))
    if "\0" in text:
        raise InputError(
            "not a text file",
            where=str(path),
            allowed="a CSV table",
            remedy="save it as “CSV UTF-8 (comma delimited)”",
        )
    return sections(read_table(text, where=str(path), delimiters=_SEPARATORS))


def _cells(line: TableLine, header: Sequence[str]) -> list[str]:
    """Return the cells of a line; empty ones beyond the header are left out."""
    cells = [cell.strip() for cell in line.cells]
    while len(cells) > len(header) and not cells[-1]:
        cells.pop()
    if len(cells) != len(header):
        raise InputError(
            f"{len(cells)} cells", allowed=f"{len(header)} as in the header"
        )
    return cells


def _found(
    cells: Sequence[str], header: Sequence[str], place: Mapping[str, int]
) -> dict[str, str]:
    """Return the cells of a line by the columns of an answer, parameters and items."""
    found = {name: cells[k] for name, k in place.items()}
    return found | {
        name: cells[k]
        for k, name in enumerate(header)
        if name.startswith((PARAMETER, ITEM))
    }


def _is_page(cells: Mapping[str, str]) -> bool:
    """Return whether a row is of a page between trials: of no picture, or of a text."""
    first, response = cells["stimulus_1"], cells["response"]
    return first.startswith("<") or (is_nothing(first) and is_nothing(response))


def _from_one(rows: list[TableRow]) -> list[TableRow]:
    """Return rows whose trials are numbered from 1; some programs begin at 0."""
    if all(row.answer.order > 1 for row in rows):
        return [row.with_order(row.answer.order - 1) for row in rows]
    return rows


def _places(
    header: Sequence[str], columns: Mapping[str, str], *, where: str
) -> dict[str, int]:
    """Return the position of each column.

    A column of the name itself comes before one of another name for it.
    """
    by_other = {other: name for name, others in COLUMNS.items() for other in others}
    named = {
        by_other.get(name, name): composed(column) for name, column in columns.items()
    }
    errors = [
        InputError(
            f'there is no column of answers called "{name}"',
            where="--columns",
            allowed=f"known: {', '.join(COLUMNS)}",
            remedy=did_you_mean(name, COLUMNS),
        )
        for name in named
        if name not in COLUMNS
    ]
    lower = [name.casefold() for name in header]
    twice = sorted({name for name in lower if name and lower.count(name) > 1})
    if twice:
        errors.append(
            InputError(
                f"two columns are called {', '.join(twice)}",
                remedy="rename one of them in the table",
            )
        )
    place: dict[str, int] = {}
    for name in COLUMNS:
        try:
            found = _place(name, named, header)
        except InputError as error:
            errors.append(error)
        else:
            if found is not None:
                place[name] = found
    missing = [name for name in NEEDED if name not in place and name not in named]
    if missing:
        errors.append(
            InputError(
                f"has no column {', '.join(missing)}",
                allowed=f"columns: {', '.join(header)}",
                remedy=f"name it: --columns {missing[0]}=COLUMN",
            )
        )
    shared = [n for n, k in place.items() if list(place.values()).count(k) > 1]
    if shared:
        errors.append(InputError(f"one column would be {' and '.join(shared)}"))
    raise_all(error.at(where) for error in errors)
    return place


def _place(name: str, named: Mapping[str, str], header: Sequence[str]) -> int | None:
    """Return the position of one column; None if the table has none of it.

    Parameters
    ----------
    name : str
        A key of `COLUMNS`.
    named : mapping of str to str
        What columns are called in this table, as far as it was said.
    header : sequence of str

    Raises
    ------
    InputError
        If the table has no column that was named, or several that may be meant.
    """
    lower = [each.casefold() for each in header]
    if name in named:
        if named[name].casefold() not in lower:
            raise InputError(
                f'has no column "{named[name]}"',
                allowed=f"columns: {', '.join(header)}",
                remedy=did_you_mean(named[name], header),
            )
        return lower.index(named[name].casefold())
    taken = [column.casefold() for column in named.values()]
    known = [lower.index(n) for n in COLUMNS[name] if n in lower and n not in taken]
    if name in lower and name not in taken:
        known = [lower.index(name)]
    known = [k for k in known if lower[k] not in _OF_REDCAP] or known
    if len(known) > 1:
        both = ", ".join(f'"{header[k]}"' for k in known)
        raise InputError(
            f"{both} could all be the column {name}",
            remedy=f"say which: --columns {name}=COLUMN",
        )
    return known[0] if known else None


def _seconds(
    place: Mapping[str, int], lines: Iterable[TableLine], *, where: str
) -> tuple[str, float]:
    """Return the column of reaction times and its unit in seconds."""
    lines = list(lines)
    column = next((n for n in ("rt_seconds", "rt_ms", "rt") if n in place), "")
    if column:
        _refuse_thousands(column, place[column], lines, where)
    if column != "rt":
        return column, 0.001 if column == "rt_ms" else 1.0
    each: dict[str, list[float]] = {}
    for line in lines:
        if len(line.cells) > max(place["rt"], place["participant"]):
            value = decimal(line.cells[place["rt"]])
            if value is not None:
                person = line.cells[place["participant"]]
                each.setdefault(person, []).append(value)
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


def _refuse_thousands(
    column: str, at: int, lines: Sequence[TableLine], where: str
) -> None:
    """Refuse 1.071 beside 923, which may be more than a thousand, or about one.

    Raises
    ------
    InputError
        With a row of either kind.
    """
    found = {
        line.number: line.cells[at].strip() for line in lines if len(line.cells) > at
    }
    whole = [
        (n, c) for n, c in found.items() if c.isdecimal() and (decimal(c) or 0.0) >= 50
    ]
    parted = [
        (n, c)
        for n, c in found.items()
        if re.fullmatch(r"\d{1,3}[.,]\d{3}", c) and (decimal(c) or 0.0) < 50
    ]
    if whole and parted:
        (n, one), (m, other) = whole[0], parted[0]
        raise InputError(
            f"{column} is {one} in line {n} and {other} in line {m} "
            f"({len(parted)} of that form): with separators of thousands?",
            where=where,
            remedy="export the table again without separators of thousands",
        )


def _answer(
    cells: Mapping[str, str],
    count: int,
    scale: tuple[str, float],
    recode: Mapping[str, str],
) -> Answer:
    """Return the answer of one row; its design is empty if the table states none."""
    order = cells.get("order", "")
    number = float(count) if is_nothing(order) else decimal(order)
    if number is None or number != int(number) or number < 0:
        raise InputError(f'order is "{order}"', allowed="a whole number, from 1")
    column, unit = scale
    rt = cells.get(column, "")
    seconds = decimal(rt)
    if seconds is None and not is_nothing(rt):
        raise InputError(f'{column} is "{rt}"', allowed="a number")
    names = [cells.get(f"stimulus_{k}", "") for k in range(1, 5)]
    design = current_name(cells.get("design", ""))
    return Answer(
        # Also "NA", which may be initials; `answer_files` tells of it.
        participant=cells["participant"],
        # One more than it is, until it is known whether they are numbered from 0.
        order=int(number) + 1,
        stimuli=tuple(stimulus_name(name) for name in names if not is_nothing(name)),
        response=_recoded(cells["response"], recode),
        design=design if design in DESIGNS else "",
        phase=cells.get("phase", "").casefold() or "main",
        question=cells.get("question", ""),
        rt_seconds=None if seconds is None else seconds * unit,
        session=cells.get("session", ""),
        image_digests=digests_in(cells.get("image_digests", "")),
        details=details_in(cells),
        visit=_code(cells.get("visit", "")),
        arm=_code(cells.get("arm", "")),
    )


def _code(cell: str) -> str:
    """Return a word of a design; empty where a cell says that there is none."""
    return "" if is_nothing(cell) else cell


def _recoded(response: str, recode: Mapping[str, str]) -> str:
    """Return what a code stands for: 1 is the same as 1.0, and "H" as "h"."""
    for code, label in recode.items():
        value = decimal(code)
        if response.casefold() == composed(code).casefold() or (
            value is not None and decimal(response) == value
        ):
            return label
    return "" if is_nothing(response) else response


def stimulus_name(cell: str) -> str:
    r"""Return the id of a stimulus from a cell that may hold the path of its file.

    Examples
    --------
    >>> stimulus_name(r"stimuli\maja_s01.PNG")
    'maja_s01'
    """
    name = cell.replace("\\", "/").rpartition("/")[2]
    suffix = next((s for s in _SUFFIXES if name.lower().endswith(s)), "")
    return name.removesuffix(name[len(name) - len(suffix) :]) if suffix else name


def format_answers(answers: Iterable[Answer]) -> str:
    """Return answers as the text of a plain table, which `read` gives back."""
    given = list(answers)
    names = [f"stimulus_{k}" for k in range(1, 5)]
    others = recorded(given)
    stated = [name for name in others if name in OPTIONAL]
    others = [name for name in others if name not in OPTIONAL]
    head = ["participant", *stated, "order", "design", "phase", "question"]
    rows: list[list[object]] = [[*head, *names, "response", "rt_seconds", *others]]
    for one in given:
        stimuli = [*one.stimuli, *[""] * (4 - len(one.stimuli))]
        seconds = "" if one.rt_seconds is None else repr(one.rt_seconds)
        said = [optional_cell(one, name) for name in stated]
        first = [one.participant, *said, one.order, one.design, one.phase]
        last = [optional_cell(one, name) for name in others]
        rows.append([*first, one.question, *stimuli, one.response, seconds, *last])
    return table_text(rows)
