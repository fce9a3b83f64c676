"""A row of a table of answers, before rows of all files are looked at together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from morphkit.experiment.answer import Answer

_MOST_NAMED = 5


@dataclass(frozen=True)
class TableRow:
    """An answer and where it stands.

    Parameters
    ----------
    answer : Answer
        With an empty design where the table states none.
    place : str
        File and line.
    file : str
    ordered : bool, optional
        Whether the file states the number of the trial.
    others : mapping of str to str, optional
        Cells of columns that were not understood, by the name of the column.
    """

    answer: Answer
    place: str
    file: str
    ordered: bool = True
    others: Mapping[str, str] = field(default_factory=dict)

    def with_answer(self, **changes: object) -> "TableRow":
        """Return the row with parts of its answer changed."""
        return replace(self, answer=replace(self.answer, **changes))  # type: ignore[arg-type]

    def with_order(self, order: int) -> "TableRow":
        """Return the row with another number of its trial."""
        return self.with_answer(order=order)


def named(places: Iterable[str]) -> str:
    """Return places in a message: the first ones, and how many others there are.

    Examples
    --------
    >>> named(f"a.csv:{n}" for n in range(2, 10))
    'a.csv:2, 3, 4, 5, 6 and 3 more'
    """
    found = list(dict.fromkeys(places))
    shown: list[str] = []
    before = ""
    for place in found[:_MOST_NAMED]:
        file, colon, line = place.rpartition(":")
        shown.append(line.strip() if colon and file == before else place)
        before = file
    text = ", ".join(shown)
    more = len(found) - _MOST_NAMED
    return f"{text} and {more} more" if more > 0 else text
