"""The picture of the shipped faces: each infant happy, neutral and distressed.

    python docs/pictures/source_faces.py

Pixels are those of the shipped faces, made smaller by averaging.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from morphkit.faces.images import read_image
from morphkit.pack.small_copies import thumbnail

FACES = Path(__file__).parents[2] / "source_faces"
TARGET = Path(__file__).with_name("source_faces.jpg")
LABELS = ("happy", "neutral", "distressed")
#: Size of one face in pixels, and infants in a row.
SIDE, ABREAST = 160, 2


def sheet(folder: Path = FACES) -> np.ndarray:
    """Return the faces of a folder, some infants in a row, dtype uint8."""
    infants = sorted({file.stem.split("_")[0] for file in folder.glob("*_*.png")})
    shown = [
        thumbnail(read_image(folder / f"{infant}_{label}.png"), SIDE)
        for infant in infants
        for label in LABELS
    ]
    n = ABREAST * len(LABELS)
    rows = [np.concatenate(shown[i : i + n], 1) for i in range(0, len(shown), n)]
    return np.concatenate(rows, 0)


if __name__ == "__main__":
    picture = Image.fromarray(sheet())
    picture.save(TARGET, quality=86, subsampling=0, optimize=True)
