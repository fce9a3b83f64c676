"""Entries that other distributions offer, as entry points of Python packaging.

References
----------
https://packaging.python.org/en/latest/specifications/entry-points/
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import (
    EntryPoint,
    PackageNotFoundError,
    distributions,
    version,
)
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from morphkit._core.revision import files_sha256
from morphkit.errors import PlugInError

#: Groups of entry points are called after the tables: ``morphkit.warps``.
PREFIX = "morphkit."


@dataclass(frozen=True)
class PlugIn:
    """An entry that a distribution offers.

    Parameters
    ----------
    group : str
        Group of entry points: ``"morphkit.warps"``.
    name : str
        Of the entry.
    distribution, version : str
        What offers it.
    point : EntryPoint
        Where it is.
    """

    group: str
    name: str
    distribution: str
    version: str
    point: EntryPoint = field(repr=False, compare=False)

    def __str__(self) -> str:
        """Return distribution and version."""
        return f"{self.distribution} {self.version}"

    def load(self) -> Any:
        """Return the entry.

        Raises
        ------
        PlugInError
            If its module cannot be imported or does not have it.
        """
        try:
            return self.point.load()
        except Exception as error:
            raise PlugInError(
                f'{self.group} "{self.name}" of {self} cannot be loaded from '
                f"{self.point.value} ({type(error).__name__}: {error}); repair it, or: "
                f"pip uninstall {self.distribution}"
            ) from error


def missing_plug_ins(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return those of some distributions that are not installed in this version."""
    return {name: v for name, v in wanted.items() if _installed(name) != v}


def _installed(distribution: str) -> str:
    """Return the version of a distribution, "" if it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def plug_in_code() -> dict[str, str]:
    """Return version and hash of the code of every distribution with plug-ins."""
    found: dict[str, str] = {}
    for offers in _offered(tuple(sys.path)).values():
        for one in offers:
            top = one.point.module.partition(".")[0]
            found[f"{one} {top}"] = _code_of(top)
    return dict(sorted(found.items()))


def _code_of(module: str) -> str:
    """Return a hash of a module or package, which is not imported; "" without files."""
    spec = find_spec(module)
    places = [*(spec.submodule_search_locations or [])] if spec else []
    if spec and not places and spec.origin:
        places = [spec.origin]
    return " ".join(files_sha256(Path(place)) for place in places)


def plug_ins_of(group: str) -> tuple[PlugIn, ...]:
    """Return what a group offers, by distribution and name; nothing is loaded."""
    return _offered(tuple(sys.path)).get(group, ())


def offers_anything() -> bool:
    """Return whether any distribution offers an entry of any kind."""
    return bool(_offered(tuple(sys.path)))


@lru_cache(maxsize=4)
def _offered(path: tuple[str, ...]) -> dict[str, tuple[PlugIn, ...]]:
    """Return all plug-ins on a search path, by group."""
    found: dict[str, list[PlugIn]] = {}
    seen: set[str] = set()
    for one in distributions(path=list(path)):
        # Only these few are parsed: there may be hundreds.
        if f"[{PREFIX}" not in (one.read_text("entry_points.txt") or ""):
            continue
        name = one.name
        if name in seen:  # the first on the path is the one that Python imports
            continue
        seen.add(name)
        for point in one.entry_points:
            if point.group.startswith(PREFIX):
                offer = PlugIn(point.group, point.name, name, one.version, point)
                found.setdefault(point.group, []).append(offer)
    return {
        group: tuple(sorted(offers, key=lambda one: (one.distribution, one.name)))
        for group, offers in found.items()
    }
