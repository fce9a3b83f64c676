"""The stimuli folder of a BIDS data set, ready to be merged into a study.

References
----------
BIDS 1.11: https://bids-specification.readthedocs.io/; columns of ``stimuli.tsv`` after
the proposal BEP044.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from morphkit._core.files import (
    write_bytes_atomically,
    write_text_atomically,
)
from morphkit._core.paths import inside
from morphkit._core.reading import read_bytes
from morphkit._core.tables import table_text
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.export.adapter import Material
from morphkit.pack.documents import citation, licence_text, to_json
from morphkit.pack.rows import Stimulus
from morphkit.recipe import PackPart

_VERSION = "1.11.0"

#: Column -> its description, for ``stimuli.json``.
_COLUMNS = {
    "stimulus_id": "Name of the stimulus",
    "type": "Kind of stimulus",
    "filename": "File in the folder stimuli; what stim_file in events.tsv names",
    "description": "What is seen",
    "continuum_id": "Continuum",
    "identity_id": "Identity shown",
    "from_label": "Label at level 0",
    "to_label": "Label at level 1",
    "step": "Number of the image in its continuum, from 1",
    "level": "0 is the first label, 1 the second",
    "pixel_sha256": "Hash of the decoded pixels, as in the pack",
}


def write(material: Material, folder: Path) -> None:
    """Write a BIDS data set that contains the stimuli but no participants.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    part = material.pack.recipe.pack
    stimuli = folder / "stimuli"
    stimuli.mkdir()
    for row in material.pack.stimuli:
        data = read_bytes(inside(material.folder, row.file))
        write_bytes_atomically(stimuli / _file(row), data)
    write_text_atomically(stimuli / "stimuli.tsv", _table(material.pack.stimuli))
    columns = {name: {"Description": text} for name, text in _COLUMNS.items()}
    write_text_atomically(stimuli / "stimuli.json", to_json(columns))
    for name, text in _documents(material, part).items():
        write_text_atomically(folder / name, text)


def _file(row: Stimulus) -> str:
    """Return the name of an image in the folder ``stimuli``."""
    return f"{row.stimulus_id}.png"


def _table(rows: tuple[Stimulus, ...]) -> str:
    """Return ``stimuli.tsv``; BIDS writes a missing value as n/a."""
    lines: list[Iterable[str]] = [_COLUMNS]
    for row in rows:
        said = f"morph from {row.from_label} to {row.to_label}"
        cells = asdict(row) | {
            "type": "image",
            "filename": _file(row),
            "description": said,
        }
        lines.append([_cell(cells[name]) for name in _COLUMNS])
    return table_text(lines, delimiter="\t")


def _cell(value: str | int | float | bool | None) -> str:
    """Return a value as BIDS writes it."""
    if value is None or value == "":
        return "n/a"
    text = str(value)
    if "\t" in text or "\n" in text:
        raise InputError(f"the cell {text!r}", allowed="no tab or line end in a .tsv")
    return text


def _documents(material: Material, part: PackPart) -> dict[str, str]:
    """Return the text files at the top level of the data set."""
    pack = material.pack
    description = {
        "Name": part.title or part.name,
        "BIDSVersion": _VERSION,
        "DatasetType": "raw",
        "License": part.licence,
        "GeneratedBy": [{"Name": "morphkit", "Version": pack.software["morphkit"]}],
    }
    images = counted(len(pack.stimuli), "image")
    continua = counted(len(pack.continua), "continuum", "continua")
    readme = (
        f"# {part.title or part.name}\n\n"
        f"{images} of {continua} of face morphs, version {part.version}, as the "
        "stimuli folder of a BIDS data set.\n\n"
        "Copy `stimuli/` into the data set of a study and name its files in the column "
        "`stim_file` of the events (relative to `stimuli/`). `stimuli/stimuli.tsv` has "
        "one row for each image; `level` is 0 for the first label and 1 for the "
        "second.\n"
    )
    return {
        "dataset_description.json": to_json(description),
        # Authors and licence stand in CITATION.cff; BIDS refuses them in both.
        "CITATION.cff": citation(part),
        "LICENSE": licence_text(part),
        # The one README that a data set may have; the export writes no other then.
        "README.txt": readme,
        ".bidsignore": "morphkit_export.json\n",
    }
