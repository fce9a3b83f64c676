"""From a recipe to a pack.

A build works in a hidden folder next to its output and moves it into place only when
everything is done. An interrupted build resumes: continua already finished from the
same recipe, sources and software are kept.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from morphkit._core.files import write_text_atomically
from morphkit._core.finding import Finding
from morphkit._core.folders import check_place, resumable
from morphkit._core.progress import Progress
from morphkit.faces.formats.template_json import (
    builtin_template,
    builtin_templates,
)
from morphkit.faces.template import Template
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.pack.consent import identity_rows
from morphkit.pack.documents import to_json
from morphkit.pack.frozen_mesh import write_arrays
from morphkit.pack.layout import FRAMING, TABLE_FILES, TEMPLATE
from morphkit.pack.maker import present_maker
from morphkit.pack.model import Pack
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.read import PACK, is_pack
from morphkit.pack.rows import ContinuumRow, NormRow, Stimulus
from morphkit.pack.write import write_documents, write_manifest
from morphkit.pipeline.check_recipe import Key, check_recipe
from morphkit.pipeline.make_continuum import make_continuum
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.plug_ins import used_plug_ins
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.sources import (
    SourceFace,
    SourceFiles,
    only_needed,
    read_sources,
    resolve_template,
)
from morphkit.recipe import Recipe, to_toml
from morphkit.recipe.settings import AUTO
from morphkit.report import write_report


def build(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    output: Path,
    *,
    template: Template | None = None,
    norms: tuple[NormRow, ...] | None = None,
    jobs: int = 1,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Pack:
    """Build a pack.

    Parameters
    ----------
    recipe : Recipe
    files : mapping of (str, str) to SourceFiles
        Every source face by identity and label, from
        `morphkit.pipeline.sources.resolve_sources`.
    output : Path
        Folder of the pack; new or empty, unless `overwrite`.
    template : Template, optional
        The landmark set, if the recipe names a file outside the working directory;
        from `morphkit.pipeline.sources.resolve_template`.
    norms : tuple of NormRow, optional
        Ratings of the images, if the recipe names a table outside the working
        directory; from `morphkit.pipeline.norms.resolve_norms`.
    jobs : int, optional
        Continua rendered in parallel. It does not change a byte of the result.
    overwrite : bool, optional
        Replace an existing pack. Anything that is not a pack is never replaced.
    progress : Progress, optional

    Raises
    ------
    InputError
        If consent, sources or names do not allow the build; all faults are listed.
    OutputError
        If the output exists or cannot be written.
    """
    progress = progress or Progress()
    check_place(output, PACK, overwrite=overwrite, closed=is_pack)
    check_recipe(recipe)
    template = template or resolve_template(recipe, Path(), files)
    recipe = _with_chosen(recipe, template)
    norms = resolve_norms(recipe, Path()) if norms is None else norms
    files = only_needed(recipe, files)
    progress.stage("reading photographs", len(files))
    faces = read_sources(recipe, files, template=template, progress=progress.advance)
    plans = plan_continua(recipe, faces)
    plug_ins = used_plug_ins(recipe, files, faces)
    own = recipe.sources.template != template.name
    if own:  # a definition of the user's own goes into the pack, without its path
        recipe = _with_template(recipe, TEMPLATE)
    if norms:  # they go into the pack too
        part = recipe.pack.model_copy(update={"norms": TABLE_FILES["norms"]})
        recipe = recipe.model_copy(update={"pack": part})

    with resumable(output, _fingerprint(recipe, template, faces, plug_ins)) as work:
        if own:
            text = to_json(template.to_dict())
            (work.result / TEMPLATE).parent.mkdir(parents=True, exist_ok=True)
            write_text_atomically(work.result / TEMPLATE, text, overwrite=True)
        settings = finish_settings(recipe)
        if settings.needs_set:
            progress.stage("measuring the whole set", 1)
        prepared = PreparedScenes(morph_settings(recipe).rendering)
        finish = learn_finish([plan.scene() for plan in plans], settings, prepared)
        if settings.needs_set:
            progress.advance("set")
            (work.result / FRAMING).parent.mkdir(parents=True, exist_ok=True)
            write_arrays(work.result / FRAMING, finish.statistics.arrays)
        progress.stage("rendering", sum(plan.trajectory.n_steps for plan in plans))
        make = partial(make_continuum, finish=finish, prepared=prepared, work=work)
        made = _make_all(plans, make, jobs, progress.advance)
        progress.stage("writing the pack", 3)
        pack = _assemble(recipe, made, norms, plug_ins)
        _finish(pack, work.result, progress)
    return pack


def _with_chosen(recipe: Recipe, template: Template) -> Recipe:
    """Return the recipe with the name of a built-in template that it left open."""
    built_in = template.name in builtin_templates()
    if recipe.sources.template != AUTO or not built_in:
        return recipe
    if builtin_template(template.name) != template:
        return recipe
    return _with_template(recipe, template.name)


def _with_template(recipe: Recipe, path: str) -> Recipe:
    """Return the recipe with another template."""
    sources = recipe.sources.model_copy(update={"template": path})
    return recipe.model_copy(update={"sources": sources})


class _Stopped(Exception):  # noqa: N818 - the error is in another thread
    """The build is stopping."""


def _make_all(
    plans: Sequence[ContinuumPlan],
    make: Callable[..., dict[str, Any]],
    jobs: int,
    advance: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Return all continua, built, in order; the first failure stops the others."""
    stopping = threading.Event()

    def go_on(text: str) -> None:
        if stopping.is_set():
            raise _Stopped
        advance(text)

    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        tasks = [pool.submit(make, plan, advance=go_on) for plan in plans]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            stopping.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _fingerprint(
    recipe: Recipe,
    template: Template,
    faces: Mapping[Key, SourceFace],
    plug_ins: Mapping[str, str],
) -> str:
    """Return a hash of everything that determines the pack."""
    parts: list[Any] = [recipe.sha256(), sorted(software_versions().items())]
    parts.append(present_maker().to_dict())
    parts.append(template.to_dict())
    parts.append(dict(plug_ins))
    for key in sorted(faces):
        source = faces[key]
        points = hashlib.sha256(source.face.landmarks.points.tobytes()).hexdigest()
        parts.append([key, source.sha256, source.placed_by, points])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _assemble(
    recipe: Recipe,
    made: list[dict[str, Any]],
    norms: tuple[NormRow, ...],
    plug_ins: Mapping[str, str],
) -> Pack:
    """Return the pack of all continua built."""
    return Pack(
        name=recipe.pack.name,
        version=recipe.pack.version,
        recipe_toml=to_toml(recipe),
        recipe_sha256=recipe.sha256(),
        software=software_versions(),
        plug_ins=plug_ins,
        stimuli=tuple(Stimulus(**row) for part in made for row in part["stimuli"]),
        continua=tuple(ContinuumRow(**part["continuum"]) for part in made),
        identities=identity_rows(recipe),
        findings=tuple(Finding(**f) for part in made for f in part["findings"]),
        scores={part["continuum"]["continuum_id"]: part["scores"] for part in made},
        norms=norms,
    )


def _finish(pack: Pack, folder: Path, progress: Progress) -> None:
    """Write everything but the images; last the manifest, which covers all files."""
    write_contact_sheet(pack, folder)
    progress.advance("contact sheet")
    write_documents(pack, folder)
    write_report(pack, folder)
    progress.advance("report")
    write_manifest(pack, folder)
    progress.advance("manifest")
