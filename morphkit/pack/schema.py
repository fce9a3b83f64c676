"""The tables of a pack: files, columns, types and keys, stated once.

Both standards that a pack follows are generated from here: the Data Package
(``datapackage.json``) and Psych-DS (``dataset_description.json``).
"""

from dataclasses import dataclass, field, fields
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from morphkit.pack.rows import (
    ContinuumRow,
    IdentityRow,
    Meaning,
    NormRow,
    Row,
    Stimulus,
)

#: Number of the schema: raised with every change of columns or files.
#: `morphkit.pack.older` describes each number.
PACK_SCHEMA = 3
#: Tables that a pack may lack.
OPTIONAL = ("norms",)

#: Type of a field -> its name in Table Schema.
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class Column:
    """A column of a table, following Table Schema (Data Package v2).

    Parameters
    ----------
    name, type, description : str
    constraints : dict
    may_be_empty : bool
        Whether a row can be read without it.
    """

    name: str
    type: str
    description: str
    constraints: dict[str, Any] = field(default_factory=dict)
    may_be_empty: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the column as a Table Schema field."""
        result: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "description": self.description,
        }
        if self.type == "boolean":
            result |= {"trueValues": ["1"], "falseValues": ["0"]}
        if self.constraints:
            result["constraints"] = self.constraints
        return result


def columns_of(row: type[Row]) -> tuple[Column, ...]:
    """Return the columns of the table for a type of row.

    Examples
    --------
    >>> columns_of(NormRow)[4].type, columns_of(NormRow)[4].description
    ('integer', 'Raters')
    """
    hints = get_type_hints(row, include_extras=True)
    return tuple(_column(each.name, hints[each.name]) for each in fields(row))


def _column(name: str, hint: Any) -> Column:
    """Return the column of a field, from its annotation."""
    kind, meaning = get_args(hint)
    meant: Meaning = meaning
    constraints = dict(meant.constraints)
    if get_origin(kind) is Literal:
        constraints["enum"] = list(get_args(kind))
        kind = str
    is_union = isinstance(kind, UnionType)
    base = get_args(kind)[0] if is_union else kind
    may_be_empty = is_union or (base is str and not constraints.get("required"))
    return Column(name, _TYPES[base], meant.text, constraints, may_be_empty)


@dataclass(frozen=True)
class Table:
    """A table: the type of its rows, and its keys."""

    row: type[Row]
    primary_key: tuple[str, ...]
    foreign_keys: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in order."""
        return columns_of(self.row)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as a Table Schema."""
        schema: dict[str, Any] = {
            "fields": [column.to_dict() for column in self.columns],
            "missingValues": [""],
            "primaryKey": list(self.primary_key),
        }
        if self.foreign_keys:
            schema["foreignKeys"] = [
                {
                    "fields": [column],
                    "reference": {"resource": table, "fields": [column]},
                }
                for column, table in self.foreign_keys.items()
            ]
        return schema


TABLES: dict[str, Table] = {
    "identities": Table(IdentityRow, ("identity_id",)),
    "continua": Table(ContinuumRow, ("continuum_id",), {"identity_id": "identities"}),
    "stimuli": Table(
        Stimulus,
        ("stimulus_id",),
        {"continuum_id": "continua", "identity_id": "identities"},
    ),
    "norms": Table(
        NormRow,
        ("stimulus_id", "measure", "rater_group", "instrument"),
        {"stimulus_id": "stimuli"},
    ),
}
