"""Which other distributions contributed to a pack: those whose entries made it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from morphkit._core.registry import Table
from morphkit.faces.detectors import DETECTORS
from morphkit.faces.formats import FORMATS, format_name
from morphkit.geometry.align import ALIGNMENTS
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.outline import OUTLINES
from morphkit.geometry.warp import WARPS
from morphkit.morph.blend import BLENDS
from morphkit.morph.masks import MASKS
from morphkit.morph.normalise import MATCHINGS
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.photographs import KnownFace
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.quality.checks import CHECKS
from morphkit.quality.measures import measure_names
from morphkit.quality.metrics import METRICS
from morphkit.recipe import Recipe

Used = tuple[Table[Any], str]


def used_plug_ins(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    faces: Mapping[Key, KnownFace],
) -> dict[str, str]:
    """Return version by name of the distributions whose entries make a pack.

    Parameters
    ----------
    recipe : Recipe
    files, faces : mapping
        Every source face, as files and read.

    Returns
    -------
    dict of str to str
        Empty if all entries are morphkit's own.
    """
    used = [*_of_recipe(recipe), *_of_sources(files.values(), faces.values())]
    found = {
        plug_in.distribution: plug_in.version
        for table, name in used
        if (plug_in := table.plug_in(name)) is not None
    }
    return dict(sorted(found.items()))


def _of_recipe(recipe: Recipe) -> Iterator[Used]:
    """Yield the entries that a recipe names, and all checks, which always run."""
    morph = recipe.morph
    yield ALIGNMENTS, recipe.align.method
    yield WARPS, morph.warp
    yield REFINEMENTS, morph.refine
    yield OUTLINES, morph.outline
    yield BLENDS, morph.blend
    yield MASKS, morph.mask
    yield MATCHINGS, recipe.match.method
    metrics = measure_names()
    for measure in recipe.checks.measures:
        yield METRICS, metrics[measure][0]
    for name, _ in CHECKS.items():  # those that can be loaded
        yield CHECKS, name


def _of_sources(
    files: Iterable[SourceFiles], faces: Iterable[KnownFace]
) -> Iterator[Used]:
    """Yield the formats and detectors from which the landmarks come."""
    for source in files:
        if isinstance(source.landmarks, Path):
            yield FORMATS, format_name(source.landmarks)
    for face in faces:
        yield DETECTORS, face.face.landmarks.placement.detector
