"""Who took part in a study and how it was run, as papers must say it.

No front end knows the age of a participant or how far the screen was. They are asked
for in a small file: a table of participants (CSV), or a TOML file that says more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.documents import read_toml
from morphkit._core.files import read_text
from morphkit._core.paths import inside
from morphkit._core.registry import did_you_mean
from morphkit._core.tables import read_table
from morphkit._core.text import composed
from morphkit.errors import InputError, raise_all
from morphkit.experiment.design import Design
from morphkit.experiment.readers.cells import decimal

#: Columns of the table of participants.
COLUMNS = ("participant", "age", "sex")
#: Keys of the TOML file -> whether it is a number.
_KEYS = {"recruitment": False, "display": False, "viewing_distance_cm": True}
_OLDEST = 120
#: Far above any distance of a screen, cm, and any number that a paper would print.
_FARTHEST = 100_000


@dataclass(frozen=True)
class ParticipantRow:
    """What is known of one participant.

    Parameters
    ----------
    age : float or None
        Years.
    sex : str
        As the file says it; empty if it does not.
    """

    age: float | None = None
    sex: str = ""


@dataclass(frozen=True, eq=False)
class StudyRecord:
    """Who took part, and how the study was run.

    Parameters
    ----------
    people : mapping of str to ParticipantRow
        By the code of the participant.
    recruitment, display : str
        How participants were recruited, and on what they saw the images, as it stands
        after "by" and "on".
    viewing_distance_cm : float or None
    design : Design or None
        What was shown.
    front_end : str
        Name of the reader of the answers.
    """

    people: Mapping[str, ParticipantRow] = field(default_factory=dict)
    recruitment: str = ""
    display: str = ""
    viewing_distance_cm: float | None = None
    design: Design | None = None
    front_end: str = ""


def read_participants(path: str | Path) -> StudyRecord:
    """Return what a file says of participants and how the study was run.

    Parameters
    ----------
    path : str or Path
        A table (``.csv``) with the columns participant, age and sex; or a TOML file
        with any of ``recruitment``, ``display``, ``viewing_distance_cm``, and
        ``[participants.CODE]`` with ``age`` and ``sex``, or ``participants`` as the
        name of such a table beside it.

    Raises
    ------
    InputError
        With everything that cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() != ".toml":
        return StudyRecord(people=_table(path))
    where = str(path)
    data = read_toml(path)
    given = data.pop("participants", {})
    faults = [_unknown(key, where) for key in data if key not in _KEYS]
    for key, is_number in _KEYS.items():
        value = data.get(key)
        good = _is_positive(value) if is_number else isinstance(value, str)
        if key in data and not good:
            what = f"above 0, to {_FARTHEST:,}" if is_number else "a text"
            faults.append(InputError(f"{key} is {value!r}", where=where, allowed=what))
    raise_all(faults)
    if isinstance(given, str):
        people = _table(inside(path.parent, given))
    elif isinstance(given, dict):
        people = _people(given.items(), where)
    else:
        raise InputError(
            "participants is neither a table nor a file",
            where=where,
            allowed='[participants.CODE] tables, or participants = "people.csv"',
        )
    distance = data.get("viewing_distance_cm")
    return StudyRecord(
        people,
        data.get("recruitment", "").strip().rstrip("."),
        data.get("display", "").strip().rstrip("."),
        None if distance is None else float(distance),
    )


def _unknown(key: str, where: str) -> InputError:
    known = [*_KEYS, "participants"]
    return InputError(
        f'no key "{key}"',
        where=where,
        allowed=", ".join(known),
        remedy=did_you_mean(key, known),
    )


def _is_positive(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value <= _FARTHEST  # type: ignore[operator]


def _table(path: Path) -> dict[str, ParticipantRow]:
    """Return the participants in a table."""
    where = str(path)
    lines = read_table(read_text(path), where=where, delimiters=",;\t")
    names = [cell.strip().casefold() for cell in lines[0].cells]
    known = {*names} <= {*COLUMNS} and len({*names}) == len(names)
    if "participant" not in names or not known:
        raise InputError(
            f"the columns are {', '.join(lines[0].cells)}",
            where=where,
            allowed=f"{', '.join(COLUMNS)}, each once; the first is needed",
        )
    rows = [line.by_column(names, where=where) for line in lines[1:]]
    return _people(((row.pop("participant"), row) for row in rows), where)


def _people(rows: Iterable[tuple[str, Any]], where: str) -> dict[str, ParticipantRow]:
    """Return participants by code; refuse what is no age, or comes twice."""
    people: dict[str, ParticipantRow] = {}
    faults = []
    for code, row in rows:
        name = composed(code.strip())
        if not name or name in people or not isinstance(row, dict):
            wrong = "comes twice" if name in people else "has no code, or no values"
            faults.append(InputError(f'participant "{name}" {wrong}', where=where))
            continue
        extra = {*row} - {*COLUMNS[1:]}
        text, sex = str(row.get("age", "")).strip(), row.get("sex", "")
        age = decimal(text)
        good = age is not None and 0 <= age <= _OLDEST if text else True
        if extra or not good or not isinstance(sex, str):
            faults.append(
                InputError(
                    f'participant "{name}": age "{text}"'
                    + (f", and {', '.join(sorted(extra))}" if extra else ""),
                    where=where,
                    allowed=f"age in years, 0 to {_OLDEST}, and sex",
                )
            )
            continue
        people[name] = ParticipantRow(age, sex.strip())
    raise_all(faults)
    return people
