"""A trained model as a detector: faces found by the mesh, placed in its template."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from morphkit._core.arrays import Image
from morphkit._core.bounds import MODEL_BYTES
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError
from morphkit.faces.detectors import mesh
from morphkit.faces.detectors.trained.model import TrainedModel
from morphkit.faces.detectors.trained.model_file import SUFFIX, model_in
from morphkit.faces.landmarks import Landmarks, Placement

#: Digits of the hash by which a placement names the file.
DIGITS = 12


@dataclass(frozen=True, eq=False)
class TrainedDetector:
    """A trained model under the name that placements record.

    Parameters
    ----------
    name : str
        Of the entry, or of the file with the first digits of its hash.
    model : TrainedModel
    files : mapping of str to str
        SHA-256 of its file by name; those of the mesh are added.
    """

    name: str
    model: TrainedModel
    files: Mapping[str, str]

    def find(self, image: Image) -> tuple[Landmarks, ...]:
        """Return the landmarks of every face in an image, in reading order."""
        return tuple(
            Landmarks(
                self.model.template,
                self.model.place(image, face.points),
                Placement(
                    by="detector",
                    detector=self.name,
                    models={**self.files, **face.placement.models},
                    score=face.placement.score,
                ),
            )
            for face in mesh.find_as_drawn(image)
        )


def is_recorded(name: str) -> bool:
    """Return whether a recorded name of a detector is that of a trained one's file."""
    return re.search(rf"{SUFFIX} [0-9a-f]{{{DIGITS}}}$", name) is not None


def read_detector(path: Path) -> TrainedDetector:
    """Return the trained detector in a file.

    Raises
    ------
    InputError
        If there is none.
    """
    data = read_bytes(path, most=MODEL_BYTES)
    try:
        model = _model_in(data)
    except InputError as error:
        raise error.at(str(path)) from None
    sha256 = hashlib.sha256(data).hexdigest()
    # Recorded names end at a comma.
    name = f"{path.stem.replace(',', '_')}{SUFFIX} {sha256[:DIGITS]}"
    return TrainedDetector(name, model, {path.name: sha256})


@lru_cache(maxsize=4)
def _model_in(data: bytes) -> TrainedModel:
    return model_in(data)
