"""New levels of continua whose steps are equal in a metric of images."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from morphkit._core.progress import Progress
from morphkit.errors import InputError, raise_all
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.morph.finish import Finish
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import PreparedScene
from morphkit.pack.contents import ends_of, mesh_of, template_of
from morphkit.pack.frozen_mesh import FrozenContinuum
from morphkit.pack.model import Pack
from morphkit.pipeline.check_recipe import Key, check_recipe
from morphkit.pipeline.find_photographs import find_photographs
from morphkit.pipeline.measure import frame_maker
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.respaced_recipe import recipe_of
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFiles, read_sources
from morphkit.pipeline.sources import only_needed, resolve_sources, resolve_template
from morphkit.psychophysics.respacing import departure
from morphkit.quality.equal_levels import equal_levels
from morphkit.quality.spacing import find_measure

#: Steps are left unchanged if the ratio of largest to smallest is below this.
EVEN_ENOUGH = 1.01


@dataclass(frozen=True, eq=False)
class MetricRespacing:
    """The proposal for a continuum on the scale of a metric.

    Parameters
    ----------
    applied : bool
    reason : str
        One sentence.
    levels : tuple of float
    before, after : float
        Largest step over the smallest.
    departure, predicted : float
        Largest departure from equal steps, before and after.
    """

    applied: bool
    reason: str
    levels: tuple[float, ...]
    before: float
    after: float
    departure: float
    predicted: float


def respace_on_metric(
    source: Path,
    metric: str,
    *,
    pack: Pack | None = None,
    folders: Iterable[Path] = (),
    progress: Progress | None = None,
) -> dict[str, MetricRespacing]:
    """Return levels with equal steps in a metric, for every continuum.

    Parameters
    ----------
    source : Path
        A recipe, whose photographs are where it says; or the folder of a pack, whose
        frozen meshes are used.
    metric : str
        Name of a measure, such as ``"gabor_jet_face256"``.
    pack : Pack, optional
        The pack in that folder.
    folders : iterable of Path, optional
        For a pack: where its photographs are looked for, by hash.
    progress : Progress, optional

    Raises
    ------
    InputError
        If a photograph is missing, or frames cannot be made at other levels.
    """
    progress = progress or Progress()
    if pack and pack.public:
        raise InputError(
            "is a public copy, which has no meshes",
            where=str(source),
            remedy="give its recipe, or the pack that it is a copy of",
        )
    recipe = pack.recipe if pack else recipe_of(source)
    check_recipe(recipe)
    if recipe.match.method != "none" and recipe.match.over == "frames":
        raise InputError(
            f"match.method {recipe.match.method} depends on the frames themselves",
            where=str(source),
            remedy='respace with match.method = "none", then match the new frames',
        )
    frozen: dict[str, FrozenContinuum] = {}
    template = (
        template_of(recipe, source) if pack else resolve_template(recipe, source.parent)
    )
    if pack:
        frozen = _meshes(pack, source)
        files = _files_of_pack(pack, source, template, frozen, folders)
    else:
        files = resolve_sources(recipe, source.parent)
    files = only_needed(recipe, files)
    progress.stage("reading photographs", len(files))
    faces = read_sources(recipe, files, template=template, progress=progress.advance)
    plans = plan_continua(recipe, faces)
    scenes = [plan.scene(frozen.get(plan.name)) for plan in plans]
    prepared = PreparedScenes(morph_settings(recipe).rendering)
    # Frames are measured before mask and crop, so that the background has no effect.
    settings = replace(finish_settings(recipe), background="#000000")
    finish = learn_finish(scenes, settings, prepared)
    progress.stage("finding levels", len(plans))
    found = {}
    for plan, scene in zip(plans, scenes, strict=True):
        ready = prepared.take(finish.match_photos(scene))
        found[plan.name] = _on_metric(plan, ready, finish, metric)
        progress.advance(plan.name)
    return found


def _on_metric(
    plan: ContinuumPlan, prepared: PreparedScene, finish: Finish, metric: str
) -> MetricRespacing:
    """Return the levels of one continuum."""
    present = plan.trajectory.levels
    if (
        plan.trajectory.shape_levels is not None
        or plan.trajectory.colour_levels is not None
    ):
        raise InputError(
            "shape and colour have separate levels",
            where=plan.name,
            remedy="respace a continuum whose shape and colour share their levels",
        )
    measure = find_measure(metric, prepared.scene.mesh)
    ends = (float(present[0]), float(present[-1]))
    frame_at = frame_maker(prepared, finish)
    try:
        result = equal_levels(frame_at, measure, len(present), ends=ends)
    except InputError as error:
        raise error.at(plan.name) from None
    seen = [measure.features(frame_at(level)) for level in present.tolist()]
    steps = np.array([measure.distance(a, b) for a, b in pairwise(seen)])
    before = float(steps.max() / steps.min()) if steps.min() > 0 else float("inf")
    reason = ""
    if before <= EVEN_ENOUGH:
        reason = f"the steps are even enough (largest over smallest {before:.3f})"
    elif result.max_min >= before:
        reason = (
            f"new levels would be no more even ({result.max_min:.3f}) than the present "
            f"ones ({before:.3f})"
        )
    return MetricRespacing(
        applied=not reason,
        reason=reason or "new levels are more even",
        levels=tuple(present.tolist() if reason else result.levels.tolist()),
        before=before,
        after=before if reason else result.max_min,
        departure=departure(np.concatenate([[0.0], np.cumsum(steps)])),
        predicted=departure(np.concatenate([[0.0], np.cumsum(result.steps)])),
    )


def _meshes(pack: Pack, folder: Path) -> dict[str, FrozenContinuum]:
    """Return the frozen meshes of a pack."""
    raise_all(
        InputError(
            f'goes through a third face, "{row.via_label}"'
            if row.via_label
            else "is made of derived faces",
            where=row.continuum_id,
            remedy="give the recipe instead of the pack",
        )
        for row in pack.continua
        if row.via_label or ends_of(folder, row.continuum_id) is not None
    )
    names = [row.continuum_id for row in pack.continua]
    return {name: mesh_of(folder, name, pack.stimuli_of(name)) for name in names}


def _files_of_pack(
    pack: Pack,
    folder: Path,
    template: Template,
    frozen: Mapping[str, FrozenContinuum],
    folders: Iterable[Path],
) -> dict[Key, SourceFiles]:
    """Return the photographs of a pack, found by their hashes, with its landmarks."""
    placed = {
        (row.identity_id, end.label): (end.sha256, points)
        for row in pack.continua
        for end, points in zip(
            row.ends, frozen[row.continuum_id].photo_landmarks, strict=True
        )
    }
    wanted = {key: sha256 for key, (sha256, _) in placed.items()}
    found = find_photographs(pack.recipe, wanted, pack.photographs, folders)
    raise_all(
        InputError(
            f'the photograph of "{key[0]}", "{key[1]}" was not found',
            where=str(folder),
            remedy="give its folder with --sources",
        )
        for key in placed
        if key not in found.files or key in found.changed
    )
    return {
        key: SourceFiles(
            found.files[key], Landmarks(template, points, Placement("hand"))
        )
        for key, (_, points) in placed.items()
    }
