"""A recipe made in memory, built, and its contact sheet."""

import tempfile
from pathlib import Path

from PIL import Image

import morphkit as mk

person = {"consent_basis": "synthetic", "may_morph": True}
recipe = mk.make_recipe(
    {
        "schema": 1,
        "pack": {"name": "gallery"},
        "identities": dict.fromkeys(("oona", "pavo", "saga"), person),
        "align": {"method": "two_point", "width": 256, "height": 256},
        "morph": {"mask": "oval"},
        "continua": [
            {"from": "happy", "via": "neutral", "to": "distressed", "steps": 9}
        ],
    }
)
with tempfile.TemporaryDirectory() as folder:
    pack = Path(folder) / "pack"
    mk.build_pack(recipe, pack, root=mk.shipped_faces())
    sheet = mk.read_photo(pack / "materials/preview/contact_sheet.png").image
Image.fromarray(sheet).save("recipe.jpg", quality=90)
