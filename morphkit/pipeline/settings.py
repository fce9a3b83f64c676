"""Parts of a recipe as settings of morphing."""

from morphkit.morph.settings import FinishSettings, MatchSettings, MorphSettings
from morphkit.recipe import Recipe


def morph_settings(recipe: Recipe) -> MorphSettings:
    """Return how the faces of a recipe are aligned, matched and rendered."""
    part = recipe.morph
    return MorphSettings(
        align=recipe.align.method,
        warp=part.warp,
        refine=part.refine,
        outline=part.outline,
        blend=part.blend,
        detail=part.detail,
        sampling=part.sampling,
        difference=part.difference,
        spacing=part.spacing,
    )


def finish_settings(recipe: Recipe) -> FinishSettings:
    """Return what happens to the frames of a recipe after they are rendered."""
    match, frame = recipe.match, recipe.frame
    return FinishSettings(
        grey=frame.grey,
        match=MatchSettings(
            match.method, match.over or "", match.within, match.rescale
        ),
        mask=recipe.morph.mask,
        feather=frame.feather,
        background=frame.background,
        crop=frame.crop,
        pad=frame.pad,
        bit_depth=frame.bit_depth,
    )
