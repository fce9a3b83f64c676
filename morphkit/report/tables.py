"""Tables of the report."""

from collections.abc import Iterable

from markupsafe import Markup


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
