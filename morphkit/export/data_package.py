"""Stimuli and trials as one data set: a Data Package that is also Psych-DS.

The pack already is such a data set. Here it is reduced to what a design shows, and the
design's trial tables are added, described column by column.

References
----------
Data Package v2: https://datapackage.org/; Psych-DS: https://psych-ds.github.io/
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morphkit._core.files import (
    sha256_of,
    write_bytes_atomically,
    write_text_atomically,
)
from morphkit._core.folders import files_of
from morphkit._core.paths import inside
from morphkit.export.adapter import Material
from morphkit.export.stimuli import read_stimulus, used_rows
from morphkit.export.trial_rows import TrialRow, all_rows, format_csv
from morphkit.pack import documents
from morphkit.pack.layout import DESCRIPTION, MANIFEST
from morphkit.pack.model import Pack
from morphkit.pack.public import public_pack

#: Column of a trial table, without the number at its end -> its description.
COLUMNS = {
    "trial_order": "Place in the session, from 1",
    "list_number": "Counterbalancing list, from 1",
    "n_trials": "Trials of the list",
    "design_kind": "Design",
    "phase_name": "Part of the session",
    "block_number": "Block, from 1; between blocks there is a pause",
    "pause_text": "Text of the pause before the trial, or none",
    "continuum_name": "Continuum of the first stimulus",
    "stimulus_": "Stimulus, in the order of the trial",
    "step_": "Step of that stimulus in its continuum, from 1",
    "level_": "Level of that stimulus: 0 is the first label, 1 the second",
    "image_digests": "Short digests of pixels and level of the stimuli, joined by |",
    "picture_": "File of a picture, from the left of the screen",
    "picture_width": "Width of a picture, pixels",
    "picture_height": "Height of a picture, pixels",
    "question_name": "Rating scale, or none",
    "question_text": "Question that the participant reads",
    "choice_": "Label that can be chosen, from the left of the screen",
    "choice_text_": "Word that the participant reads for that label",
    "scale_least": "Least rating",
    "scale_greatest": "Greatest rating",
    "scale_step": "Step of the rating",
    "scale_text_left": "Word at the least rating",
    "scale_text_right": "Word at the greatest rating",
    "correct_choice": "Label that is right, or none",
    "feedback_rule": "none, by_table or by_balance (the moved balance point)",
    "probe_side": "Side of the dot after two images: left or right",
    "probe_": "File of the dot, or of none, in the place of that picture",
    "mask_picture": "File of the mask of the trial",
    "fixation_ms": "Time of the fixation cross, drawn for the trial, milliseconds",
    "visit_name": "Planned session of a course of training, or none",
    "arm_code": "Letter of the arm of a training trial, or none",
    "boundary_shift": "Shift of the boundary of training, thousandths of a step",
    "balance_rule": "How the balance point is estimated: count or fit",
    "balance_from": "Where it comes from: session, table or table-or-session",
}


def write(material: Material, folder: Path) -> None:
    """Write the data set.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    pack = _shown(material)
    for row in pack.stimuli:
        target = inside(folder, row.file)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(target, read_stimulus(row, material.folder))
    tables = _trial_tables(material)
    rows = next(iter(tables.values()))
    for path, text in documents.texts(pack).items():
        if path == DESCRIPTION:
            text = _described(text, rows[0])
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(folder / path, text)
    for path, table in tables.items():
        write_text_atomically(folder / path, format_csv(table))
    _write_manifest(pack, folder, tables)


def describe(column: str) -> str:
    """Return the description of a column of a trial table.

    Examples
    --------
    >>> describe("stimulus_2")
    'Stimulus, in the order of the trial'
    """
    return COLUMNS[column if column in COLUMNS else column.rstrip("123456789")]


def _shown(material: Material) -> Pack:
    """Return the pack reduced to what the design shows, as a public copy."""
    rows = used_rows(material)
    continua = {row.continuum_id for row in rows}
    people = {row.identity_id for row in rows}
    pack = material.pack
    shown = dataclasses.replace(
        pack,
        stimuli=rows,
        continua=tuple(r for r in pack.continua if r.continuum_id in continua),
        identities=tuple(r for r in pack.identities if r.identity_id in people),
        scores={name: s for name, s in pack.scores.items() if name in continua},
    )
    return public_pack(shown)


def _trial_tables(material: Material) -> dict[str, list[TrialRow]]:
    """Return the trial tables by path; names follow the key-value rule of Psych-DS."""
    files = {row.stimulus_id: row.file for row in used_rows(material)}
    tables = {}
    for rows in all_rows(material, files):
        task = str(rows[0]["design_kind"]).replace("_", "")
        number = rows[0]["list_number"]
        path = f"data/task-{task}_condition-{number:02d}_description-trials_data.csv"
        tables[path] = rows
    return tables


def _described(text: str, row: TrialRow) -> str:
    """Return the description of the data set with the columns of the trial tables."""
    described = json.loads(text)
    known = {entry["name"] for entry in described["variableMeasured"]}
    described["variableMeasured"] += [
        {"@type": "PropertyValue", "name": name, "description": describe(name)}
        for name in sorted(set(row) - known)
    ]
    described["variableMeasured"].sort(key=lambda entry: entry["name"])
    return documents.to_json(described)


def _write_manifest(
    pack: Pack, folder: Path, tables: Mapping[str, list[TrialRow]]
) -> None:
    """Write ``datapackage.json`` over everything that is in the folder."""
    files = {
        path: (file.stat().st_size, sha256_of(file))
        for path, file in files_of(folder).items()
    }
    manifest = documents.manifest(pack, files)
    for resource in manifest["resources"]:
        rows = tables.get(resource["path"])
        if rows is not None:
            resource |= {
                "name": f"trials-{rows[0]['list_number']:02d}",
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": trial_schema(rows[0]),
            }
    # A trial table refers to the stimuli, so it comes after them.
    manifest["resources"].sort(key=lambda resource: resource["path"] in tables)
    write_text_atomically(folder / MANIFEST, documents.to_json(manifest))


def trial_schema(row: TrialRow) -> dict[str, Any]:
    """Return the Table Schema of a trial table: types, keys and descriptions."""
    kinds = {str: "string", int: "integer", float: "number"}
    return {
        "fields": [
            {
                "name": name,
                "type": kinds[type(value)],
                "description": describe(name),
                "constraints": {"required": True},
            }
            for name, value in row.items()
        ],
        "missingValues": [""],
        "primaryKey": ["trial_order"],
        "foreignKeys": [
            {
                "fields": [name],
                "reference": {"resource": "stimuli", "fields": ["stimulus_id"]},
            }
            for name in row
            if name.startswith("stimulus_")
        ],
    }
