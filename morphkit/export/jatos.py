"""JATOS: the jsPsych experiment as a study archive that a JATOS server imports.

The archive holds one ``.jas`` file at its root and one folder of study assets, as
JATOS 3 writes and reads them. Names of studies and components follow from the content,
so that importing an export again updates the study that is there.
"""

import json
import tempfile
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path

from morphkit._core.folders import files_of
from morphkit._core.paths import inside
from morphkit.export.adapter import Material
from morphkit.export.browser_study import design_of
from morphkit.export.destinations import JATOS
from morphkit.export.jspsych import write_pages

#: Namespace of the identifiers of studies and components.
_NAMESPACE = uuid.UUID("6a1f2b0c-5f0e-5c39-9a52-0d8b6c1f7e21")
#: A fixed time, so that equal content gives equal bytes; ZIP has none before 1980.
_TIME = (2000, 1, 1, 0, 0, 0)


def write(material: Material, folder: Path) -> None:
    """Write the archive ``<pack>_<design>.jzip``.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty.
    """
    name = f"{material.pack.name}_{design_of(material).kind}"
    material = replace(material, sending=JATOS)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        pages = Path(scratch) / "pages"
        pages.mkdir()
        write_pages(material, pages, experiment="jatos_experiment.js", jatos=True)
        with zipfile.ZipFile(inside(folder, f"{name}.jzip"), "x") as archive:
            _add(archive, f"{name}.jas", study_text(material, name).encode())
            for path, file in files_of(pages).items():
                _add(archive, f"{name}/{path}", file.read_bytes())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file with the same time and permissions on every machine."""
    about = zipfile.ZipInfo(name, _TIME)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.create_system = 3
    about.external_attr = 0o644 << 16
    archive.writestr(about, data)


def study_text(material: Material, name: str) -> str:
    """Return the description of the study that JATOS reads."""
    pack, design = material.pack, design_of(material)
    study = uuid.uuid5(_NAMESPACE, f"{name} {pack.recipe_sha256} {design.seed}")
    component = uuid.uuid5(study, design.kind)
    return (
        json.dumps(
            {
                "version": "3",
                "data": {
                    "uuid": str(study),
                    "title": f"{pack.name} {pack.version} {design.kind}",
                    "description": f"Made with morphkit from the pack {pack.name} "
                    f"{pack.version}, recipe {pack.recipe_sha256}, seed {design.seed}.",
                    "groupStudy": False,
                    "linearStudy": False,
                    "dirName": name,
                    "comments": "",
                    "jsonData": None,
                    "componentList": [
                        {
                            "uuid": str(component),
                            "title": design.kind,
                            "htmlFilePath": "index.html",
                            "reloadable": True,
                            "active": True,
                            "comments": "",
                            "jsonData": None,
                        }
                    ],
                    "batchList": [],
                },
            },
            indent=1,
        )
        + "\n"
    )
