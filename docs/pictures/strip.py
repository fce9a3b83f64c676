"""The picture at the head of the README: some images of the demo, side by side.

    python docs/pictures/strip.py output/demo

Pixels are those of the pack, made smaller by averaging; the same pack gives the same.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from morphkit.faces.images import read_image
from morphkit.pack import read_pack
from morphkit.pack.small_copies import thumbnail

#: Which infants, every how many steps, and in what size, pixels.
INFANTS, EVERY, SIDE, GAP = ("maja", "pavo"), 2, 118, 8
TARGET = Path(__file__).with_name("strip.jpg")


def strip(folder: Path) -> np.ndarray:
    """Return a row of images for each infant, shape (H, W, 3), dtype uint8."""
    pack = read_pack(folder)
    rows = []
    for infant in INFANTS:
        shown = pack.stimuli_of(f"{infant}_happy_distressed")[::EVERY]
        images = [thumbnail(read_image(folder / row.file), SIDE) for row in shown]
        rows.append(_joined(images, axis=1))
    return _joined(rows, axis=0)


def _joined(parts: list[np.ndarray], axis: int) -> np.ndarray:
    """Return parts with white between them."""
    shape = list(parts[0].shape)
    shape[axis] = GAP
    gap = np.full(shape, 255, np.uint8)
    joined = [each for part in parts for each in (part, gap)][:-1]
    return np.concatenate(joined, axis=axis)


if __name__ == "__main__":
    picture = Image.fromarray(strip(Path(sys.argv[1])))
    picture.save(TARGET, quality=88, subsampling=0, optimize=True)
