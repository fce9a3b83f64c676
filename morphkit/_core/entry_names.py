"""The names of what can be chosen, without the tables that hold it.

To load all tables takes most of a second. What they hold is therefore kept as a file,
which ``python -m morphkit.pipeline.entries`` writes and a test holds to the tables.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from morphkit._core.plug_ins import PREFIX, plug_ins_of
from morphkit._core.registry import TABLES

#: Kind of entry -> its names, each with a summary.
FILE = "entries.json"


@cache
def listed_entries() -> Mapping[str, Mapping[str, str]]:
    """Return morphkit's own entries of every kind, each with a summary."""
    text = files("morphkit._core").joinpath(FILE).read_text("utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


class NamesOf:
    """The names of one kind of entry: morphkit's own, then those of plug-ins.

    A table that is loaded is asked itself.

    Parameters
    ----------
    kind : str
        As ``morphkit list`` calls it: ``"warps"``, ``"front-ends"``.
    table : str, optional
        Name of the table, where it is another.
    """

    def __init__(self, kind: str, table: str = "") -> None:
        self.kind = kind
        self._group = PREFIX + (table or kind.replace("-", "_"))

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the table."""
        if self._group in TABLES:
            yield from TABLES[self._group]
            return
        own = listed_entries()[self.kind]
        yield from own
        yield from dict.fromkeys(
            one.name for one in plug_ins_of(self._group) if one.name not in own
        )
