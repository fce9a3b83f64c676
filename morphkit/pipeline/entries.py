"""What can be chosen by name, as a list that is read at once.

It comes from the file of `morphkit._core.entry_names`, which this module writes. Where
tables are loaded already, or plug-ins offer something, they are asked themselves.
"""

import json
from pathlib import Path

from morphkit._core import entry_names
from morphkit._core.entry_names import listed_entries
from morphkit._core.plug_ins import offers_anything
from morphkit._core.registry import TABLES, look_up


def list_entries(kind: str | None = None) -> dict[str, str]:
    """Return the entries of a kind, each with a summary.

    Parameters
    ----------
    kind : str, optional
        ``"warps"``, ``"designs"``, ``"front-ends"``, …; by default the kinds are
        listed, each with its names.

    Returns
    -------
    dict of str to str
        By name, in the order of the table.

    Raises
    ------
    InputError
        If there is no such kind.

    Examples
    --------
    >>> list(list_entries("blends"))
    ['linear', 'srgb']
    """
    if TABLES or offers_anything():
        # Loaded here and not above: that takes the time which the file saves.
        from morphkit.pipeline.entry_tables import KINDS

        if kind is None:
            return {name: ", ".join(make()) for name, make in KINDS.items()}
        return look_up(KINDS, kind, kind="kind of thing to list")()
    kinds = listed_entries()
    if kind is None:
        return {name: ", ".join(entries) for name, entries in kinds.items()}
    return dict(look_up(kinds, kind, kind="kind of thing to list"))


def text_of_tables() -> str:
    """Return the file as it should be; plug-ins are left out by having none."""
    from morphkit.pipeline.entry_tables import KINDS

    kinds = {kind: make() for kind, make in KINDS.items()}
    return json.dumps(kinds, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    Path(entry_names.__file__).with_name(entry_names.FILE).write_text(
        text_of_tables(), "utf-8"
    )
