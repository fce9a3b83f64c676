"""The smile of a prototype, added to a face that did not make it."""

import numpy as np
from PIL import Image

import morphkit as mk

SIZE = (360, 360)
place = mk.shipped_faces()


def read(name):
    """Return a face that ships with morphkit."""
    return mk.read_face(
        place / f"source_faces/{name}.png", place / f"landmarks/{name}.json"
    )


others = ("maja", "nilo", "oona", "saga")
neutral = [read(f"{name}_neutral") for name in others]
happy = [read(f"{name}_happy") for name in others]
uma = read("uma_neutral")
smiling = mk.transform(uma, neutral, happy)
means = [mk.prototype(faces, size=SIZE).frame for faces in (neutral, happy)]
shown = [
    np.asarray(Image.fromarray(image).resize(SIZE, Image.Resampling.LANCZOS))
    for image in (*means, uma.image, smiling.frame)
]
Image.fromarray(np.concatenate(shown, axis=1)).save("prototype.jpg", quality=90)
