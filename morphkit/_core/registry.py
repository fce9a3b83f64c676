"""Tables of detectors, formats, warps, metrics and the rest, and look-up in them.

A table is a literal dict in a package's ``__init__``, in display order. Behind its own
entries stand those of other distributions, which offer them as entry points in the
group of the table; they are loaded when they are looked up, never before.
"""

import difflib
import warnings
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import TypeVar

from morphkit._core.plug_ins import PlugIn, plug_ins_of
from morphkit.errors import InputError, PlugInError

Entry = TypeVar("Entry")
#: Every table by the name of its group of entry points.
TABLES: dict[str, "Table"] = {}  # type: ignore[type-arg]


class Table(MutableMapping[str, Entry]):
    """Entries of one kind by name: morphkit's own, then those of plug-ins.

    Parameters
    ----------
    kind : str
        What it holds, in the plural: ``"warps"``. Plug-ins stand in the group of entry
        points ``"morphkit.warps"``.
    entry_type : type
        Class of the entries.
    entries : dict of str to Entry
        morphkit's own, in display order.
    """

    def __init__(
        self, kind: str, entry_type: type[Entry], entries: dict[str, Entry]
    ) -> None:
        self.group = f"morphkit.{kind}"
        self._entry_type = entry_type
        self._own = dict(entries)
        TABLES[self.group] = self

    def __getitem__(self, name: str) -> Entry:
        """Return an entry; that of a plug-in is loaded.

        Raises
        ------
        KeyError
            If there is none.
        PlugInError
            If it cannot be loaded, or several distributions offer it.
        """
        if name in self._own:
            return self._own[name]
        return self._load(self._plug_ins()[name])

    def __setitem__(self, name: str, entry: Entry) -> None:
        """Put an entry in, for this process."""
        self._own[name] = entry

    def __delitem__(self, name: str) -> None:
        """Take an entry out that was put in."""
        del self._own[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names; no plug-in is loaded."""
        yield from self._own
        yield from self._plug_ins()

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._own) + len(self._plug_ins())

    def __contains__(self, name: object) -> bool:
        """Return whether there is an entry, or a plug-in that offers it."""
        return name in self._own or name in self._plug_ins()

    def items(self) -> ItemsView[str, Entry]:
        """Return names and entries; plug-ins that cannot be loaded are left out.

        Warns
        -----
        UserWarning
            For every plug-in that is left out.
        """
        return self._loaded().items()

    def values(self) -> ValuesView[Entry]:
        """Return the entries; as in `items`."""
        return self._loaded().values()

    def plug_in(self, name: str) -> PlugIn | None:
        """Return the plug-in that an entry comes from; None for morphkit's own."""
        offered = None if name in self._own else self._plug_ins().get(name)
        return offered[0] if offered else None

    def _loaded(self) -> dict[str, Entry]:
        """Return all entries that can be had."""
        found = dict(self._own)
        for name, offered in self._plug_ins().items():
            try:
                found[name] = self._load(offered)
            except PlugInError as error:
                warnings.warn(f"left out: {error}", stacklevel=3)
        return found

    def _plug_ins(self) -> Mapping[str, tuple[PlugIn, ...]]:
        """Return what is offered under names that morphkit does not use itself."""
        offered: dict[str, tuple[PlugIn, ...]] = {}
        for one in plug_ins_of(self.group):
            if one.name in self._own:
                _say_once(
                    f'{one} offers {self.group} "{one.name}", which is morphkit\'s '
                    "own name and stays so; it should choose another"
                )
            else:
                offered[one.name] = (*offered.get(one.name, ()), one)
        return offered

    def _load(self, offered: tuple[PlugIn, ...]) -> Entry:
        """Return the entry that one plug-in offers."""
        if len(offered) > 1:
            raise PlugInError(
                f'{self.group} "{offered[0].name}" is offered by '
                f"{' and by '.join(map(str, offered))}; uninstall all but one"
            )
        entry = offered[0].load()
        if not isinstance(entry, self._entry_type):
            raise PlugInError(
                f'{self.group} "{offered[0].name}" of {offered[0]} is a '
                f"{type(entry).__name__}; it should be a {self._entry_type.__name__}"
            )
        return entry


_SAID: set[str] = set()


def _say_once(text: str) -> None:
    """Warn of something once in a process."""
    if text not in _SAID:
        _SAID.add(text)
        warnings.warn(text, stacklevel=5)


def names_in(
    *choices: str | Iterable[str] | Callable[[], Iterable[str]],
) -> tuple[str, ...]:
    """Return the names of choices: single names, tables, and what makes names.

    Examples
    --------
    >>> names_in("none", {"tps": 1, "tsp": 2}, lambda: ["own"])
    ('none', 'tps', 'tsp', 'own')
    """
    found: list[str] = []
    for each in choices:
        if isinstance(each, str):
            found.append(each)
        else:
            found += each() if callable(each) else each
    return tuple(found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ``did you mean "tps"?``, or an empty string.

    Examples
    --------
    >>> did_you_mean("tsp", ["tps", "piecewise-affine"])
    'did you mean "tps"?'
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else ""


def look_up(
    table: Mapping[str, Entry], name: str, *, kind: str, also: tuple[str, ...] = ()
) -> Entry:
    """Return the entry of `table` called `name`.

    Parameters
    ----------
    table : mapping
        One of morphkit's tables.
    name : str
        Name as the user wrote it.
    kind : str
        What the entries are, in the singular, for the message.
    also : tuple of str, optional
        Words that the caller accepts besides the names of entries, for the message.

    Raises
    ------
    InputError
        If there is no such entry.
    PlugInError
        If it is a plug-in's and cannot be loaded.
    """
    if name in table:
        return table[name]
    raise InputError(
        f'no {kind} is called "{name}"',
        allowed=f"known: {', '.join((*table, *also))}",
        remedy=did_you_mean(name, (*table, *also)),
    )
