"""A detector that is trained in the studio, on the faces that were corrected in it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from morphkit._core.progress import Progress
from morphkit._core.text import counted
from morphkit.errors import InputError, MorphkitError
from morphkit.faces.detectors.trained.detector import read_detector
from morphkit.faces.formats import builtin_templates
from morphkit.faces.landmarks import Landmarks
from morphkit.pipeline.delineate.choices import PATTERN
from morphkit.pipeline.delineate.pairs import AUTOMATIC
from morphkit.pipeline.delineate.train import train_detector
from morphkit.studio.documents import Document
from morphkit.studio.study import StudioStudy

#: Name of the detector, in the folder of the study.
FILE = "trained.npz"


def trained_file(study: StudioStudy) -> Path:
    """Return the file of the detector that the studio trains."""
    return study.folder / FILE


def detector_of(study: StudioStudy) -> str:
    """Return the detector to place landmarks with: the trained one, else the recipe's.

    A recipe that forbids detection forbids it for a trained detector, too.
    """
    forbids = study.recipe.sources.detector == "none"
    is_trained = about_trained(study) is not None and not forbids
    return str(trained_file(study)) if is_trained else study.recipe.sources.detector


def about_trained(study: StudioStudy) -> dict[str, Any] | None:
    """Return what is known of the trained detector; None if none serves the study."""
    file = trained_file(study)
    if not file.is_file():
        return None
    try:
        model = read_detector(file).model
    except MorphkitError:
        return None
    if model.template.name != study.template.name:
        return None
    about = model.about
    trained_on = about["trained_on"]
    return {
        "file": file.name,
        "error": dict(about["error"]).get("all"),
        "normaliser": about["normaliser"],
        "n_faces": trained_on["n_faces"],
        "n_identities": trained_on["n_identities"],
    }


def is_by_machine(landmarks: Landmarks) -> bool:
    """Return whether nobody has moved landmarks since they were placed."""
    return landmarks.placement.by in AUTOMATIC


def train(
    study: StudioStudy, documents: Iterable[Document], progress: Progress
) -> None:
    """Train a detector on the faces whose landmarks a person placed or corrected.

    Parameters
    ----------
    study : StudioStudy
    documents : iterable of Document
        All that can be read.
    progress : Progress
        Progress callbacks.

    Raises
    ------
    InputError
        If there are too few such faces, or they cannot be trained on.
    OutputError
        If the detector cannot be written.
    """
    used = [
        one
        for one in documents
        if one.landmarks is not None and not is_by_machine(one.landmarks)
    ]
    folders = sorted({str(one.face.photo.parent) for one in used})
    if len(folders) > 1:
        raise InputError(
            f"the photographs lie in {counted(len(folders), 'folder')}",
            remedy='train with "morphkit landmarks train", which takes one at a time, '
            "or put them into one folder",
        )
    pattern = Path(study.recipe.sources.pattern).name
    names_both = "{identity}" in pattern and "{label}" in pattern
    own = study.definition or study.folder / f"{study.template.name}.json"
    train_detector(
        [one.file for one in used],
        trained_file(study),
        images=folders[0] if folders else None,
        template=(
            study.template.name
            if study.template.name in builtin_templates()
            else (own if own.is_file() else None)
        ),
        pattern=pattern if names_both else PATTERN,
        overwrite=True,
        progress=progress,
    )
