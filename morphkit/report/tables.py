"""Tables of the report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

#: Title of a column, its class, and the key of its values; two keys form an interval.
Column = tuple[str, str, str | tuple[str, str]]


def table_of(
    head: Iterable[tuple[str, str]], rows: Iterable[Markup], *, kind: str = "compact"
) -> Markup:
    """Return a table.

    Parameters
    ----------
    head : iterable of (str, str)
        Title and class of every column.
    rows : iterable of Markup
        Cells of every row.
    kind : str, optional
        Class of the table.
    """
    titles = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(
            Markup(' class="{}"').format(each) if each else "", title
        )
        for title, each in head
    )
    body = Markup("\n").join(Markup("<tr>{}</tr>").format(row) for row in rows)
    return Markup(
        '<div class="scroll"><table class="{}"><thead><tr>{}</tr></thead>\n'
        "<tbody>\n{}\n</tbody></table></div>"
    ).format(kind, titles, body)


def folded(title: str, table: Markup) -> Markup:
    """Return a table in a collapsed section; nothing without a table."""
    if not table:
        return Markup("")
    return Markup("<details>\n<summary>{}</summary>\n{}\n</details>").format(
        title, table
    )


def answer_table(
    title: str,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Iterable[Column],
) -> Markup:
    """Return a table without its empty columns."""
    from morphkit.experiment.analysis.plots import ALL

    kept = [c for c in columns if any(_cell(row, c[2]) != "–" for row in rows)]
    if not rows:
        return Markup("")
    lines = [
        Markup('<th scope="row">{}</th>').format(row[key] or ALL)
        + Markup("").join(
            Markup("<td{}>{}</td>").format(
                Markup(' class="n"') if kind else "", _cell(row, where)
            )
            for _, kind, where in kept
        )
        for row in rows
    ]
    return table_of(((title, ""), *((t, kind) for t, kind, _ in kept)), lines)


def _cell(row: Mapping[str, Any], where: str | tuple[str, str]) -> str:
    """Format a value of a row, or the interval of two."""
    if isinstance(where, str):
        return _short(row.get(where))
    low, high = (row.get(name) for name in where)
    if low is None and high is None:
        return "–"
    return f"{_short(low, '…')} to {_short(high, '…')}"


def _short(value: Any, nothing: str = "–") -> str:
    if value is None or value == "":
        return nothing
    return f"{value:.3g}" if isinstance(value, float) else str(value)
