"""Tables of answers as laboratories keep them, and all that may have happened to them.

`tables` draws a table that is right, and changes to it: columns renamed or turned, rows
doubled, words for numbers, codes, encodings, separators, headers that come again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

STEPS = 5
HEAD = ("participant", "order", "stimulus", "response", "rt_ms")
OTHER_NAMES = {
    "participant": ("Subject", "participant_id", "RATER", "id", "Proband"),
    "order": ("trial", "Trial_Number", "nr"),
    "stimulus": ("image", "FILE", "stimulus_1", "Bild"),
    "response": ("answer", "Choice", "Taste"),
    "rt_ms": ("reaction_time_ms", "rt", "rt_seconds", "latency"),
}
LABELS = ("happy", "sad")
ODD = ("", " ", "NA", "None", "null", "-99", "99", "very", "6 very clear", "1,5", "=1")
ODD += (
    "0",
    "1",
    "Happy ",
    "SAD",
    "inf",
    "nan",
    "1e999",
    "7 (extremely)",
    "(",
    "\ufeff",
)


@dataclass
class Made:
    """A table to be written, how, and the options to read it with.

    Parameters
    ----------
    rows : list of list of str
        The header first.
    blank : int
        Lines without a cell.
    """

    rows: list[list[str]]
    separator: str = ","
    encoding: str = "utf-8"
    begin: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    blank: int = 0

    def bytes(self) -> bytes:
        """Return the file."""
        lines = [self.separator.join(map(self._quoted, row)) for row in self.rows]
        text = self.begin + "\r\n".join([*lines, *[""] * self.blank]) + "\n"
        return text.encode(self.encoding, "replace")

    def _quoted(self, cell: str) -> str:
        special = (self.separator, '"', "\n", "\r")
        if any(c in cell for c in special):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def n_rows(self) -> int:
        """Return the lines with a cell below the first header."""
        return sum(any(map(str.strip, row)) for row in self.rows[1:])


def _image(step: int) -> str:
    return f"ada_happy_sad_s{step:02d}"


@st.composite
def right_tables(draw: st.DrawFn) -> Made:
    """Draw a table of labels or of ratings that is right."""
    rated = draw(st.booleans())
    people = [f"P{n:02d}" for n in range(1, draw(st.integers(1, 5)) + 1)]
    repeats = draw(st.integers(1, 3))
    random = draw(st.randoms(use_true_random=False))
    rows: list[list[str]] = [list(HEAD)]
    for person in people:
        steps = [s for s in range(1, STEPS + 1) for _ in range(repeats)]
        random.shuffle(steps)
        for order, step in enumerate(steps, start=1):
            label = LABELS[step + random.gauss(0, 1) > (STEPS + 1) / 2]
            answer = str(min(max(step + random.randint(-1, 2), 1), 7))
            time = str(random.randint(300, 1500))
            row = [person, str(order), _image(step), answer if rated else label, time]
            rows.append(row)
    return Made(rows)


Change = Callable[[st.DrawFn, Made], None]


def _place(draw: st.DrawFn, made: Made) -> int:
    return draw(st.integers(1, max(len(made.rows) - 1, 1)))


def rename(draw: st.DrawFn, made: Made) -> None:
    """Rename a column; perhaps say so."""
    k = draw(st.integers(0, len(made.rows[0]) - 1))
    old = made.rows[0][k]
    new = draw(st.sampled_from((*OTHER_NAMES.get(old, ("x",)), old.upper())))
    made.rows[0][k] = new
    if draw(st.booleans()):
        made.options.setdefault("columns", {})[old] = new


def turn(draw: st.DrawFn, made: Made) -> None:
    """Put the columns in another order."""
    order = draw(st.permutations(range(len(made.rows[0]))))
    made.rows = [
        [row[k] for k in order] if len(row) == len(order) else row for row in made.rows
    ]


def without_column(draw: st.DrawFn, made: Made) -> None:
    """Leave a column out."""
    k = draw(st.integers(0, len(made.rows[0]) - 1))
    made.rows = [row[:k] + row[k + 1 :] for row in made.rows]


def another_column(draw: st.DrawFn, made: Made) -> None:
    """Add a column: one that is known, or a stranger."""
    name = draw(
        st.sampled_from(("item", "phase", "session", "question", "id", "x", ""))
    )
    values = draw(
        st.lists(st.sampled_from(("a", "b", "1", "")), min_size=1, max_size=3)
    )
    made.rows = [
        [*row, name if k == 0 else values[k % len(values)]]
        for k, row in enumerate(made.rows)
    ]


def double_rows(draw: st.DrawFn, made: Made) -> None:
    """Put some rows in again: in place, or at the end."""
    start = _place(draw, made)
    again = [list(r) for r in made.rows[start : start + draw(st.integers(1, 30))]]
    at = len(made.rows) if draw(st.booleans()) else start
    made.rows[at:at] = again


def paste_twice(draw: st.DrawFn, made: Made) -> None:
    """Put the whole table in again, with or without its header."""
    start = draw(st.integers(0, 1))
    made.rows += [list(row) for row in made.rows[start:]]


def begin_again(draw: st.DrawFn, made: Made) -> None:
    """Let rows come before themselves, answered otherwise; perhaps choose."""
    if draw(st.booleans()):
        which = st.sampled_from(("first", "last", "longest"))
        made.options["sessions"] = draw(which)
    start = _place(draw, made)
    first = [list(r) for r in made.rows[start : start + draw(st.integers(1, 12))]]
    for row in first[:: draw(st.integers(1, 3))]:
        row[-1] = "777"
    made.rows[start:start] = first


def header_again(draw: st.DrawFn, made: Made) -> None:
    """Put the header in again, perhaps with what follows in another order."""
    at = _place(draw, made)
    head = list(made.rows[0])
    order = draw(st.permutations(range(len(head))))
    below = [
        [row[k] for k in order] if len(row) == len(order) else row
        for row in made.rows[at:]
    ]
    made.rows = [*made.rows[:at], [head[k] for k in order], *below]


def odd_cell(draw: st.DrawFn, made: Made) -> None:
    """Put something odd in a cell, or in several cells of a column."""
    at, k = _place(draw, made), draw(st.integers(0, len(made.rows[0]) - 1))
    odd = draw(st.one_of(st.sampled_from(ODD), st.text(max_size=6)))
    for row in made.rows[at : at + draw(st.integers(1, 12))]:
        if k < len(row):
            row[k] = odd.replace("\0", "").replace("\r", "").replace("\n", "")


def coded_person(draw: st.DrawFn, made: Made) -> None:
    """Code the responses of some rows as numbers; perhaps say so."""
    at = _place(draw, made)
    codes = {"happy": "0", "sad": "1"}
    for row in made.rows[at : at + draw(st.integers(1, 40))]:
        row[:] = [codes.get(cell, cell) for cell in row]
    if draw(st.booleans()):
        made.options["recode"] = {"0": "happy", "1": "sad"}


def other_code(draw: st.DrawFn, made: Made) -> None:
    """Spell the codes of participants otherwise in some rows."""
    how = draw(st.sampled_from((str.lower, lambda c: c.replace("P0", "P"), str.strip)))
    for row in made.rows[1 :: draw(st.integers(1, 3))]:
        row[:] = [how(cell) if cell.startswith("P0") else cell for cell in row]


def ragged(draw: st.DrawFn, made: Made) -> None:
    """Give a row more or fewer cells."""
    row = made.rows[_place(draw, made) % len(made.rows)]
    if draw(st.booleans()):
        row.append(draw(st.sampled_from(("", "x"))))
    elif len(row) > 1:
        row.pop()


def saved(draw: st.DrawFn, made: Made) -> None:
    """Save it as another program does."""
    made.separator = draw(st.sampled_from(",;\t|"))
    made.encoding = draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "cp1252")))
    made.begin = draw(st.sampled_from(("", f"sep={made.separator}\r\n", "\r\n")))
    made.blank = draw(st.integers(0, 2))


def asked(draw: st.DrawFn, made: Made) -> None:
    """Read it with options."""
    made.options |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "missing": st.lists(st.sampled_from((-99, "99", "very")), max_size=2),
                "range": st.sampled_from(((1, 7), (2, 3), {"": (1.0, 7.0)})),
                "sessions": st.sampled_from(("first", "last", "longest", "all")),
                "unite": st.booleans(),
            },
        )
    )


CHANGES: tuple[Change, ...] = (
    *(rename, turn, without_column, another_column, double_rows, paste_twice),
    *(begin_again, header_again, odd_cell, coded_person, other_code, ragged, saved),
    *(asked, asked, begin_again),
)


@st.composite
def tables(draw: st.DrawFn, most: int = 4) -> Made:
    """Draw a table to which up to so many things have happened."""
    made = draw(right_tables())
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=most)):
        change(draw, made)
    return made
