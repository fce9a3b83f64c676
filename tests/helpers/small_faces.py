"""The shipped faces at a fifth of their size, or another share."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from repository import LANDMARKS, SOURCE_FACES

from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks, write_landmarks
from morphkit.faces.images import read_image, write_png

REDUCED = 5
SIDE = 128


def shipped(name: str, reduced: int = REDUCED) -> Face:
    whole = read_image(SOURCE_FACES / f"{name}.png").astype(float)
    side = len(whole) // reduced
    parts = whole.reshape(side, reduced, side, reduced, 3)
    small = np.rint(parts.mean(axis=(1, 3))).astype(np.uint8)
    held = read_landmarks(LANDMARKS / f"{name}.json")
    return Face(small, held.with_points((held.points + 0.5) / reduced - 0.5), name)


def write_reduced(folder: Path, names: Iterable[str], reduced: int = REDUCED) -> Path:
    """Write reduced photographs and their landmarks as the shipped ones lie."""
    for place in ("source_faces", "landmarks"):
        (folder / place).mkdir(parents=True)
    for name in names:
        face = shipped(name, reduced)
        write_png(folder / "source_faces" / f"{name}.png", face.image)
        write_landmarks(folder / "landmarks" / f"{name}.tem", face.landmarks)
    return folder
