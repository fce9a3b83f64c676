"""Writing recipes as TOML, and their JSON Schema."""

from typing import Any

import tomli_w

from morphkit.recipe.model import Recipe


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, for editors that complete and check keys."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Recipe.model_json_schema(),
    }


def to_toml(recipe: Recipe) -> str:
    """Return the resolved recipe as a TOML text that `parse_recipe` reads."""
    return tomli_w.dumps(recipe.resolved())
