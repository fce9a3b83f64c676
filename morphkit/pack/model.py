"""The result: a folder of stimuli with everything that is known about them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from morphkit._core.finding import Finding
from morphkit.errors import InputError

#: Version of the layout; "morphkit": {"schema": ...} in datapackage.json.
PACK_SCHEMA = "morphkit-pack/1"
MAX_NAME = 48

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: Words that a program may read as missing, as a number or as a truth value.
_NOT_NAMES = {"na", "nan", "inf", "infinity", "null", "none", "true", "false", "t", "f"}

Row = Mapping[str, str | int | float | bool | None]


def check_name(name: str) -> str:
    """Return `name` if every front end can take it as the name of a stimulus.

    Raises
    ------
    InputError
        If it is too long, holds other characters than letters, digits, "_" and "-",
        or a program could read it as a number or as missing.
    """
    if len(name) > MAX_NAME:
        raise InputError(
            f'the name "{name}" has {len(name)} characters',
            allowed=f"at most {MAX_NAME}",
            remedy="choose shorter names of identities and labels",
        )
    if not _NAME.fullmatch(name):
        raise InputError(
            f'"{name}" cannot be the name of a stimulus',
            allowed='a letter, then letters, digits, "_" and "-"',
        )
    if name.lower() in _NOT_NAMES:
        raise InputError(f'"{name}" can be read as a number or as a missing value')
    return name


@dataclass(frozen=True, eq=False)
class Pack:
    """The content of a pack: tables, findings and what it was made from.

    Parameters
    ----------
    name, version : str
        From the recipe.
    recipe_toml : str
        The resolved recipe.
    recipe_sha256 : str
        Its hash.
    software : mapping of str to str
        Version of every library that has a say in the result.
    stimuli, continua, identities : tuple of mapping
        Rows of the three tables, in order.
    findings : tuple of Finding
        Outcome of the checks.
    scores : mapping
        Continuum id -> measurements.
    norms : tuple of mapping, optional
        Rows of the table of ratings; none where nobody rated.
    """

    name: str
    version: str
    recipe_toml: str
    recipe_sha256: str
    software: Mapping[str, str]
    stimuli: tuple[Row, ...]
    continua: tuple[Row, ...]
    identities: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)
    norms: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        ids = [str(row["stimulus_id"]) for row in self.stimuli]
        for name in ids:
            check_name(name)
        if len(set(ids)) < len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            raise InputError(f'two stimuli are called "{twice}"')

    def stimuli_of(self, continuum_id: str) -> tuple[Row, ...]:
        """Return the rows of one continuum, by step."""
        return tuple(r for r in self.stimuli if r["continuum_id"] == continuum_id)
