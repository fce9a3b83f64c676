"""The faces that ship with morphkit, and the recipe of the demo."""

from importlib import resources
from pathlib import Path

from morphkit.errors import InputError
from morphkit.recipe import Recipe, make_recipe


def shipped_faces() -> Path:
    """Return the folder that holds ``source_faces/`` and ``landmarks/``.

    In an installed package they lie in the package, in a checkout beside it.

    Raises
    ------
    InputError
        If they are in neither place.
    """
    package = Path(str(resources.files("morphkit")))
    for folder in (package / "demo_study", package.parent):
        if (folder / "source_faces").is_dir() and (folder / "landmarks").is_dir():
            return folder
    raise InputError(
        "the faces that ship with morphkit are not there",
        where=str(package),
        remedy="install morphkit again",
    )


def demo_identities() -> list[str]:
    """Return the identities that ship with a happy and a distressed face, sorted."""
    images = shipped_faces() / "source_faces"
    happy = {file.stem.removesuffix("_happy") for file in images.glob("*_happy.png")}
    return sorted(
        name for name in happy if (images / f"{name}_distressed.png").is_file()
    )


def demo_recipe() -> Recipe:
    """Return the recipe of the demo: 15 steps from happy to distressed each."""
    person = {
        "consent_basis": "synthetic",
        "licence": "CC0-1.0",
        "description": "rendered by code; not a photograph",
        "may_morph": True,
        "may_show_online": True,
        "may_redistribute": True,
    }
    return make_recipe(
        {
            "schema": 1,
            "pack": {
                "name": "demo_infants",
                "title": "Demo infants, happy to distressed",
                "description": "Rendered infants for trying morphkit. They are not "
                "photographs and must not be mixed with ratings of real infants.",
                "licence": "CC0-1.0",
                "creators": ["The morphkit developers"],
            },
            "identities": dict.fromkeys(demo_identities(), person),
            "align": {"method": "two_point"},
            "continua": [{"from": "happy", "to": "distressed", "steps": 15}],
        },
        where="demo",
    )
