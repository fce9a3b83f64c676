"""The tables of a pack: columns, types, keys and descriptions, stated once.

Both standards that a pack follows are generated from here: the Data Package
(``datapackage.json``) and Psych-DS (``dataset_description.json``).
"""

from dataclasses import dataclass, field
from typing import Any

from morphkit.recipe import ID_PATTERN

#: Whole names of the tables in ``data/``.
TABLE_FILES = {
    "identities": "data/description-identities_data.csv",
    "continua": "data/description-continua_data.csv",
    "stimuli": "data/description-stimuli_data.csv",
    "norms": "data/description-norms_data.csv",
}
#: Tables that a pack may be without.
OPTIONAL = ("norms",)

_SHA256 = "^[0-9a-f]{64}$"


@dataclass(frozen=True)
class Column:
    """A column of a table, after Table Schema (Data Package v2)."""

    name: str
    type: str
    description: str
    constraints: dict[str, Any] = field(default_factory=dict)

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


@dataclass(frozen=True)
class Table:
    """A table: its columns and keys."""

    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: dict[str, str] = field(default_factory=dict)

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


def _id(name: str, text: str, **more: Any) -> Column:
    return Column(
        name, "string", text, {"required": True, "pattern": ID_PATTERN} | more
    )


def _label(name: str, text: str) -> Column:
    return _id(name, text)


_MUST = {"required": True}

TABLES: dict[str, Table] = {
    "identities": Table(
        (
            _id("identity_id", "Identity, without any name of a person", unique=True),
            Column("age_months", "number", "Age in months"),
            Column("sex", "string", "female, male or unknown"),
            Column("description", "string", "What the recipe says of the identity"),
            Column("licence", "string", "SPDX identifier or LicenseRef"),
            Column("consent_basis", "string", "On what the right to use rests", _MUST),
            Column("may_morph", "boolean", "May be morphed", _MUST),
            Column("may_show_online", "boolean", "May be shown in web studies", _MUST),
            Column("may_redistribute", "boolean", "May be passed on", _MUST),
            Column("approval", "string", "Reference of the approval"),
        ),
        ("identity_id",),
    ),
    "continua": Table(
        (
            _id("continuum_id", "Continuum", unique=True),
            _id("identity_id", "Identity shown"),
            _label("from_label", "Label at level 0"),
            _label("to_label", "Label at level 1"),
            Column("n_steps", "integer", "Number of images", {"minimum": 2}),
            Column(
                "from_sha256",
                "string",
                "Hash of the photograph at level 0",
                {"pattern": _SHA256},
            ),
            Column(
                "to_sha256",
                "string",
                "Hash of the photograph at level 1",
                {"pattern": _SHA256},
            ),
            Column("from_placed_by", "string", "Who placed the landmarks at level 0"),
            Column("to_placed_by", "string", "Who placed the landmarks at level 1"),
            Column("align", "string", "Alignment"),
            Column("warp", "string", "Warp"),
            Column("blend", "string", "Blend"),
            Column("spacing", "string", "How the levels were chosen"),
            Column(
                "step_cv",
                "number",
                "Coefficient of variation of the difference between neighbours",
            ),
            Column(
                "luminance_drift",
                "number",
                "Largest departure of the face's luminance from the line between "
                "the ends, as a fraction",
            ),
            Column(
                "detail_least",
                "number",
                "Least detail relative to the line between the ends",
            ),
            Column("via_label", "string", "Label at level 0.5; empty for none"),
        ),
        ("continuum_id",),
        {"identity_id": "identities"},
    ),
    "stimuli": Table(
        (
            Column(
                "stimulus_id",
                "string",
                "Stimulus: name of the image file",
                {"required": True, "unique": True, "maxLength": 48},
            ),
            Column(
                "file", "string", "Path in the pack", {"required": True, "unique": True}
            ),
            _id("continuum_id", "Continuum"),
            _id("identity_id", "Identity shown"),
            _label("from_label", "Label at level 0"),
            _label("to_label", "Label at level 1"),
            Column("step", "integer", "Number of the image, from 1", {"minimum": 1}),
            Column("n_steps", "integer", "Number of images", {"minimum": 2}),
            Column("level", "number", "0 is the first label, 1 the second", _MUST),
            Column(
                "perceptual_position",
                "number",
                "Place on a fitted perceptual scale; empty where none was fitted",
            ),
            Column("width", "integer", "Pixels", {"minimum": 1}),
            Column("height", "integer", "Pixels", {"minimum": 1}),
            Column("bytes", "integer", "Size of the file", {"minimum": 1}),
            Column("sha256", "string", "Hash of the file", {"pattern": _SHA256}),
            Column(
                "pixel_sha256",
                "string",
                "Hash of the decoded pixels",
                {"pattern": _SHA256},
            ),
            Column(
                "kind",
                "string",
                "endpoint, morph or caricature",
                {"enum": ["endpoint", "morph", "caricature"]},
            ),
            Column("ambiguous", "boolean", "Exactly half way between the labels"),
        ),
        ("stimulus_id",),
        {"continuum_id": "continua", "identity_id": "identities"},
    ),
    "norms": Table(
        (
            Column("stimulus_id", "string", "Stimulus that was rated", _MUST),
            Column("measure", "string", "What was rated", _MUST),
            Column("mean", "number", "Mean over raters", _MUST),
            Column("sd", "number", "Standard deviation between raters", {"minimum": 0}),
            Column("n", "integer", "Raters", {"minimum": 1}),
            Column("rater_group", "string", "Who rated"),
            Column("instrument", "string", "With which scale"),
            Column("source_doi", "string", "Where the ratings are published"),
        ),
        ("stimulus_id", "measure", "rater_group", "instrument"),
        {"stimulus_id": "stimuli"},
    ),
}
