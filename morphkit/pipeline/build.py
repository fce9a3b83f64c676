"""From a recipe to a pack.

A build works in a hidden folder next to its output, which takes its place only when
everything is done. What it finishes is kept (`morphkit._core.store`), so that a build
that was interrupted, or one of a recipe or sources that have changed a little, makes
only what is not there yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from morphkit._core.array_files import read_arrays, write_arrays
from morphkit._core.files import sha256_of, write_text_atomically
from morphkit._core.folders import FolderKind, check_place, claimed, written_whole
from morphkit._core.progress import Progress
from morphkit._core.store import Note, Store
from morphkit._core.workers import work_on
from morphkit.errors import InputError, raise_all
from morphkit.faces.template import Template
from morphkit.morph.finish import Finish, crop_boxes
from morphkit.morph.measure_set import measure_set
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import Scene
from morphkit.morph.set_statistics import SetStatistics
from morphkit.pack.consent import identity_rows
from morphkit.pack.documents import to_json
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import FRAMING, TABLE_FILES, TEMPLATE
from morphkit.pack.model import Pack
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.read import PACK, is_pack
from morphkit.pack.rows import NormRow
from morphkit.pack.write import write_documents, write_manifest
from morphkit.pipeline.built import find_built, is_own_pack, limit, note_built, tidy
from morphkit.pipeline.check_recipe import Key, check_recipe
from morphkit.pipeline.keys import request_key, set_key
from morphkit.pipeline.make_continuum import Made, restore_continuum
from morphkit.pipeline.make_public import check_may_publish, make_public
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.photographs import SourceFaces, see_sources
from morphkit.pipeline.plan import Outline, with_size
from morphkit.pipeline.plug_ins import used_plug_ins
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.software import software_versions
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import (
    check_detectable,
    known_of,
    only_needed,
    resolve_template,
    with_chosen,
    with_template,
    without_folder_of_detector,
)
from morphkit.pipeline.tasks import (
    ContinuumTask,
    ScenesOf,
    Staging,
    Tell,
    Threads,
    Workers,
    tasks_of,
)
from morphkit.recipe import Recipe, to_toml

#: Ends the key of a public copy, which is not the pack that it is a copy of.
PUBLIC = ".public"


def build(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    output: Path,
    *,
    template: Template | None = None,
    norms: tuple[NormRow, ...] | None = None,
    workers: Workers | None = None,
    public: bool = False,
    overwrite: bool = False,
    kind: FolderKind = PACK,
    replaces_own: bool = True,
    progress: Progress | None = None,
) -> Pack:
    """Build a pack, or find that it stands there already.

    Parameters
    ----------
    recipe : Recipe
    files : mapping of (str, str) to SourceFiles
        Every source face by identity and label, from
        `morphkit.pipeline.sources.resolve_sources`.
    output : Path
        Folder of the pack: new, empty, or an earlier pack of the same study; of
        another one, with `overwrite`.
    template : Template, optional
        The landmark set, if the recipe names a file outside the working directory;
        from `morphkit.pipeline.sources.resolve_template`.
    norms : tuple of NormRow, optional
        Ratings of the images, if the recipe names a table outside the working
        directory; from `morphkit.pipeline.norms.resolve_norms`.
    workers : Workers, optional
        Who matches and renders continua; by default one after the other is done here.
        It changes no byte of the result.
    public : bool, optional
        Make the public copy alone, as `morphkit.pipeline.publish` does.
    overwrite : bool, optional
        Replace an existing pack. Anything that is not a pack is never replaced.
    kind : FolderKind, optional
        What alone is replaced.
    replaces_own : bool, optional
        Whether an earlier pack of the same study is replaced without `overwrite`.
    progress : Progress, optional

    Raises
    ------
    InputError
        If consent, sources or names do not allow the build; all faults are listed.
    OutputError
        If the output exists, cannot be written, or is being written.
    """
    progress = progress or Progress()
    with claimed(output, closed=is_pack):
        check_recipe(recipe)
        if public:
            check_may_publish(recipe)
        template = template or resolve_template(recipe, Path(), files)
        recipe = with_chosen(recipe, template)
        norms = resolve_norms(recipe, Path()) if norms is None else norms
        files = only_needed(recipe, files)
        check_detectable(template, recipe.sources.detector, files.values())
        store = Store(output)
        request = _request(recipe, template, norms, files)
        request += PUBLIC if request and public else ""
        standing = find_built(store, request)
        if standing is not None:
            progress.stage("up to date", 1)
            return standing
        photos = [source.photo for source in files.values()]
        own = replaces_own and is_own_pack(output, recipe, photos)
        check_place(output, kind, overwrite=overwrite or own, closed=is_pack)
        with store.worth_keeping(), written_whole(output) as folder:
            prepared = PreparedScenes(morph_settings(recipe).rendering)
            staging = Staging(folder, store, KeptImages(folder), prepared)
            by = workers or Threads()
            pack = _write(recipe, files, template, norms, staging, by, progress)
            if public:
                pack = make_public(pack, folder)
            _finish(pack, staging, progress, jobs=by.threads)
            note_built(store, request, folder)
        tidy(store)
    return pack


def _write(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    template: Template,
    norms: tuple[NormRow, ...],
    staging: Staging,
    workers: Workers,
    progress: Progress,
) -> Pack:
    """Write images and meshes of a pack into an empty folder."""
    progress.stage("reading photographs", len(files))
    faces = see_sources(
        recipe,
        files,
        template=template,
        store=staging.store,
        progress=progress.advance,
        jobs=workers.threads,
    )
    tasks = tasks_of(recipe, faces)
    progress.stage("matching faces", len(tasks))
    matched = workers.match(tasks, faces, staging, progress.advance)
    raise_all(one for one in matched if isinstance(one, InputError))
    outlines = [one for one in matched if isinstance(one, Outline)]
    recipe = with_size(recipe, outlines[0].size)
    plug_ins = used_plug_ins(recipe, files, faces.known)
    if recipe.sources.template != template.name:
        # A definition of the user's own goes into the pack, without its path.
        text, place = to_json(template.to_dict()), staging.folder / TEMPLATE
        place.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(place, text, overwrite=True)
        recipe = with_template(recipe, TEMPLATE)
    recipe = without_folder_of_detector(recipe)
    if norms:  # they go into the pack too
        part = recipe.pack.model_copy(update={"norms": TABLE_FILES["norms"]})
        recipe = recipe.model_copy(update={"pack": part})
    made = _make(tasks, outlines, faces, recipe, staging, workers, progress)
    decoded = {known.decoded for known in faces.known.values()}
    return _assemble(recipe, made, norms, plug_ins, decoded)


def _make(
    tasks: Sequence[ContinuumTask],
    outlines: Sequence[Outline],
    faces: SourceFaces,
    recipe: Recipe,
    staging: Staging,
    workers: Workers,
    progress: Progress,
) -> list[Made]:
    """Return all continua, in order: those of earlier builds, and the others made."""
    staging.images.expect([outline.n_steps for outline in outlines])
    scenes = ScenesOf(tasks, faces, staging.store)
    finish = _learned(scenes, outlines, recipe, staging, progress)
    made = {
        outline.name: restore_continuum(
            task.recipe,
            outline,
            finish=finish,
            folder=staging.folder,
            store=staging.store,
        )
        for task, outline in zip(tasks, outlines, strict=True)
    }
    limit(staging.store)
    matched = zip(tasks, outlines, strict=True)
    missing = [(task, one) for task, one in matched if made[one.name] is None]
    if missing:
        n_images = sum(outline.n_steps for _, outline in missing)
        progress.stage("rendering", n_images)
        found = workers.make(missing, faces, staging, finish, progress.advance)
        for (task, _), one in zip(missing, found, strict=True):
            made[task.name] = one
    return [one for one in made.values() if one is not None]


def _learned(
    scenes: Sequence[Scene],
    outlines: Sequence[Outline],
    recipe: Recipe,
    staging: Staging,
    progress: Progress,
) -> Finish:
    """Return how the images are finished; write the statistics of the set, if any."""
    settings, folder, store = finish_settings(recipe), staging.folder, staging.store
    prepared = staging.prepared
    boxes = crop_boxes(((one.size, one.mask) for one in outlines), settings)
    if not settings.needs_set:
        return Finish(settings, measure_set(scenes, settings, prepared), boxes)
    (folder / FRAMING).parent.mkdir(parents=True, exist_ok=True)
    key = set_key(recipe, [outline.key for outline in outlines])
    note = store.find(key)
    if note is not None and FRAMING in note.files and store.restore(note, folder):
        return Finish(settings, SetStatistics(read_arrays(folder / FRAMING)), boxes)
    progress.stage("measuring the whole set", 1)
    finish = Finish(settings, measure_set(scenes, settings, prepared), boxes)
    progress.advance("set")
    write_arrays(folder / FRAMING, finish.statistics.arrays)
    store.keep(key, Note({}, {FRAMING: sha256_of(folder / FRAMING)}), folder)
    return finish


def _request(
    recipe: Recipe,
    template: Template,
    norms: tuple[NormRow, ...],
    files: Mapping[Key, SourceFiles],
) -> str:
    """Return the key of the whole pack; "" if a file cannot be read."""
    try:
        sources = {key: known_of(source) for key, source in files.items()}
    except InputError:
        return ""  # reading the sources reports all such files together
    return request_key(recipe, template, norms, sources)


def _assemble(
    recipe: Recipe,
    made: list[Made],
    norms: tuple[NormRow, ...],
    plug_ins: Mapping[str, str],
    decoded: Iterable[DecodedPhoto],
) -> Pack:
    """Return the pack of all continua built."""
    return Pack(
        name=recipe.pack.name,
        version=recipe.pack.version,
        recipe_toml=to_toml(recipe),
        recipe_sha256=recipe.sha256(),
        software=software_versions(),
        plug_ins=plug_ins,
        stimuli=tuple(row for part in made for row in part.stimuli),
        continua=tuple(part.continuum for part in made),
        identities=identity_rows(recipe),
        findings=tuple(finding for part in made for finding in part.findings),
        scores={part.continuum.continuum_id: part.scores for part in made},
        norms=norms,
        photographs=tuple(sorted(decoded)),
    )


def _finish(pack: Pack, staging: Staging, progress: Progress, *, jobs: int) -> None:
    """Write everything but the images; last the manifest, which covers all files."""
    from morphkit.report import write_report

    folder, images = staging.folder, staging.images
    progress.stage("writing the pack", 3)

    def write(what: str, tell: Tell) -> None:
        if what == "contact sheet":
            write_contact_sheet(pack, folder, images)
            write_documents(pack, folder)
        else:
            write_report(pack, folder, images, jobs=jobs)
        tell(what)

    work_on(("report", "contact sheet"), write, jobs=jobs, advance=progress.advance)
    write_manifest(pack, folder, {row.file: row.sha256 for row in pack.stimuli})
    progress.advance("manifest")
