"""Eyes of photographs that are mixed with their own mirror images."""

from small_faces import SIDE, shipped

from morphkit.geometry.similarity import Similarity
from morphkit.morph.correspondence import match_ingredients
from morphkit.morph.mixture import Ingredient
from morphkit.morph.settings import MorphSettings

LABELS = ("happy", "distressed")
PLAIN = MorphSettings(align="none", refine="none", detail="plain")


def test_an_open_eye_is_seen_once_beside_shut_ones():
    """Only the photograph itself, and not its mirror image, shows open eyes alone."""
    faces = {("maja", label): shipped(f"maja_{label}") for label in LABELS}
    ingredients = [
        Ingredient(*key, mirrored) for key in faces for mirrored in (False, True)
    ]
    matched = match_ingredients(
        ingredients,
        faces,
        dict.fromkeys(faces, Similarity.identity()),
        size=(SIDE, SIDE),
        settings=PLAIN,
    )
    shown = {
        one: len(inside)
        for one, inside in zip(ingredients, matched.correspondence.insides, strict=True)
    }
    assert shown == {
        Ingredient("maja", "happy"): 2,
        Ingredient("maja", "happy", mirrored=True): 0,
        Ingredient("maja", "distressed"): 0,
        Ingredient("maja", "distressed", mirrored=True): 0,
    }
