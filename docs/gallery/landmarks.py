"""Landmarks placed by the detector, drawn over the photograph."""

import numpy as np
from PIL import Image

import morphkit as mk

photo = mk.read_photo(mk.shipped_faces() / "source_faces/timo_happy.png")
drawn = [
    mk.draw_overlay(photo.image, mk.detect(photo.image, template=template))
    for template in ("ibug_68", "mesh_478")
]
Image.fromarray(np.concatenate([photo.image, *drawn], axis=1)).resize(
    (1440, 480), Image.Resampling.LANCZOS
).save("landmarks.jpg", quality=88)
