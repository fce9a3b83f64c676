"""Two faces to a strip: seven frames, level 0 to 1."""

import numpy as np
from PIL import Image

import morphkit as mk


def read(name):
    """Return a face that ships with morphkit."""
    place = mk.shipped_faces()
    return mk.read_face(
        place / f"source_faces/{name}.png", place / f"landmarks/{name}.json"
    )


made = mk.continuum(read("maja_happy"), read("maja_distressed"), 7, size=(240, 240))
strip = np.concatenate(made.frames, axis=1)
Image.fromarray(strip).save("strip.jpg", quality=90)
