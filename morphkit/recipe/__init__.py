"""The recipe: what to make, validated in full before any work begins.

A recipe is a TOML file. Unknown keys, wrong values and contradictions are all reported
at once, each with its key.
"""

from morphkit.recipe.continua import ContinuumPart, GridPart
from morphkit.recipe.faces import PrototypePart, SymmetrisedPart, TransformPart
from morphkit.recipe.model import Recipe
from morphkit.recipe.read import (
    make_recipe,
    parse_recipe,
    read_recipe,
    written_images_sha256,
    written_sha256,
)
from morphkit.recipe.settings import (
    AlignPart,
    CalibrationPart,
    ChecksPart,
    ConsentBasis,
    FramePart,
    Identity,
    LimitPart,
    MatchPart,
    MorphPart,
    PackPart,
    Sex,
    SourcesPart,
)
from morphkit.recipe.values import (
    COLOUR_PATTERN,
    ID_PATTERN,
    MAX_SIDE,
    MAX_STEPS,
    VERSION_PATTERN,
    Flag,
    Fraction,
    Id,
    Identities,
    Licence,
    Number,
    OwnLevels,
    Pixels,
    RelativePath,
    Sides,
    Steps,
)
from morphkit.recipe.write import recipe_schema, to_toml

__all__ = [
    "COLOUR_PATTERN",
    "ID_PATTERN",
    "MAX_SIDE",
    "MAX_STEPS",
    "VERSION_PATTERN",
    "AlignPart",
    "CalibrationPart",
    "ChecksPart",
    "ConsentBasis",
    "ContinuumPart",
    "Flag",
    "Fraction",
    "FramePart",
    "GridPart",
    "Id",
    "Identities",
    "Identity",
    "Licence",
    "LimitPart",
    "MatchPart",
    "MorphPart",
    "Number",
    "OwnLevels",
    "PackPart",
    "Pixels",
    "PrototypePart",
    "Recipe",
    "RelativePath",
    "Sex",
    "Sides",
    "SourcesPart",
    "Steps",
    "SymmetrisedPart",
    "TransformPart",
    "make_recipe",
    "parse_recipe",
    "read_recipe",
    "recipe_schema",
    "to_toml",
    "written_images_sha256",
    "written_sha256",
]
