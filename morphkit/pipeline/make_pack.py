"""Packs from a recipe and the files that it names, or from two photographs."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from morphkit._core.progress import Progress
from morphkit.errors import InputError, SeveralInputsError, raise_all
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import find_detector
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.formats.template_json import find_template
from morphkit.geometry.align import alignment_for
from morphkit.pack.model import Pack
from morphkit.pipeline.build import build
from morphkit.pipeline.cluster import connected
from morphkit.pipeline.norms import resolve_norms
from morphkit.pipeline.processes import workers_for
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import (
    resolve_sources,
    resolve_template,
    template_of,
    with_file_beside,
)
from morphkit.pipeline.tasks import Workers
from morphkit.recipe import ID_PATTERN, Recipe, make_recipe, read_recipe
from morphkit.recipe.settings import AUTO

#: Characters allowed in the name of a pack, as in `morphkit.recipe`.
_LONGEST = 24
#: Where errors of templates lie.
_TEMPLATE = ("template", "sources.template")


def build_pack(
    recipe: Recipe | str | Path,
    output: str | Path,
    *,
    root: str | Path | None = None,
    jobs: int = 1,
    processes: bool = False,
    cluster: str | None = None,
    shared_storage: bool = False,
    public: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Pack:
    """Build the pack that a recipe describes.

    The whole recipe and all of its sources are checked before any work. What an earlier
    build of the same output has finished is taken from it where nothing that decides it
    has changed; if nothing at all has, the pack that stands there is returned.

    Parameters
    ----------
    recipe : Recipe, str or Path
        A recipe, or its file.
    output : str or Path
        Folder of the pack: new, empty, or an earlier pack of the same study, which is
        replaced: one with its name, scale and at least one of its photographs.
    root : str or Path, optional
        Folder to which paths in the recipe are relative: by default that of its file,
        or the working directory for a recipe made in memory.
    jobs : int, optional
        Continua matched and rendered in parallel, 1 or more. It does not change a byte.
    processes : bool, optional
        Whether the jobs are processes, as those of the program are, instead of threads
        of this one. They are faster, and the more so the more there are, but begin by
        importing the script that called: what it does must stand under
        ``if __name__ == "__main__":``.
    cluster : str, optional
        Address of a scheduler of dask.distributed, such as ``"tcp://HOST:8786"``, whose
        machines match and render instead of this one. They must have the same software,
        and it does not change a byte either.
    shared_storage : bool, optional
        Whether the machines of the cluster read photographs under the same paths as
        this one; they are sent otherwise.
    public : bool, optional
        Make the copy for the public alone, as `publish_pack` does: without hashes,
        landmarks and meshes of photographs. Every identity needs ``may_redistribute``.
    overwrite : bool, optional
        Replace a pack of another study. Anything that is not a pack is never replaced.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Pack
        The tables and findings of what was written.

    Raises
    ------
    InputError
        If recipe, consent, sources or names do not allow the build; all faults are
        listed.
    OutputError
        If the output exists or cannot be written, or the cluster fails.
    MissingExtraError
        If a cluster is asked for without the extra ``cluster``.

    Examples
    --------
    >>> import tempfile
    >>> import morphkit as mk
    >>> recipe = mk.make_recipe(
    ...     {
    ...         "schema": 1,
    ...         "pack": {"name": "tiny"},
    ...         "identities": {"maja": {"may_morph": True}},
    ...         "align": {"method": "two_point", "width": 64, "height": 64},
    ...         "continua": [{"from": "happy", "to": "distressed", "steps": 3}],
    ...     }
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pack = mk.build_pack(recipe, f"{folder}/tiny", root=mk.shipped_faces())
    >>> pack.name, len(pack.stimuli)
    ('tiny', 3)
    """
    output = Path(output)
    if not isinstance(recipe, Recipe):
        root = Path(recipe).parent if root is None else root
        recipe = read_recipe(Path(recipe))
    root = Path() if root is None else Path(root)
    files = resolve_sources(recipe, root)
    template, norms = resolve_template(recipe, root), resolve_norms(recipe, root)
    with contextlib.ExitStack() as stack:
        workers: Workers = stack.enter_context(
            workers_for(jobs, processes=processes)
            if cluster is None
            else connected(cluster, shared=shared_storage)
        )
        return build(
            recipe,
            files,
            output,
            template=template,
            norms=norms,
            workers=workers,
            public=public,
            overwrite=overwrite,
            progress=progress,
        )


def morph_photos(
    first: str | Path | SourceFiles,
    second: str | Path | SourceFiles,
    output: str | Path,
    *,
    n_steps: int,
    labels: tuple[str, str] = ("first", "second"),
    identity: str = "face",
    align: str | None = None,
    frame: str | None = None,
    face: FaceChoice = None,
    size: tuple[int, int] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Pack:
    """Build a pack of the continuum between two photographs.

    The recipe that was used is written into the pack. By giving two photographs you
    state that you may morph them; nothing else is assumed about consent.

    Parameters
    ----------
    first, second : str, Path or SourceFiles
        Photographs; `SourceFiles` add a landmark file, or which of several faces to
        use. Landmarks that are not given are those of a landmark file beside the
        photograph, of the same name; else they are detected.
    output : str or Path
        Folder of the pack; new or empty, unless `overwrite`.
    n_steps : int
        Number of images, including both ends: 2 to 999.
    labels : (str, str), optional
        Expressions in the photographs, such as ``("happy", "distressed")``.
    identity : str, optional
        Code of the person shown; never a name.
    align : str, optional
        Name in `morphkit.geometry.align.ALIGNMENTS`, or ``"none"``. The default is
        ``"two_point"`` if the template defines eyes, otherwise ``"procrustes"``.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the faces, with the mean face in its middle, or
        where it shows on average what the photographs show. The default is ``"faces"``
        unless ``align="none"``, which keeps the frame of the photographs.
    face : int or "largest", optional
        Which of several faces, from 1 in reading order, in photographs without a
        landmark file whose `SourceFiles` do not say it.
    size : (int, int), optional
        Width and height of the images, pixels; by default that of the photographs, or
        512 × 512 if they differ in size, or less where a photograph would have to be
        enlarged by more than a quarter. ``align="none"`` keeps that of the photographs.
    settings : mapping, optional
        Parts of a recipe: ``{"morph": {"warp": "tps"}, "frame": {"grey": True}}``.
    overwrite : bool, optional
        Replace an existing pack.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Pack
        The tables and findings of what was written.

    Raises
    ------
    InputError
        If a photograph, its landmarks or a setting cannot be used.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> photos = mk.shipped_faces() / "source_faces"
    >>> pack = mk.morph_photos(
    ...     photos / "nilo_happy.png",
    ...     photos / "nilo_neutral.png",
    ...     "two_photos",
    ...     n_steps=3,
    ...     labels=("happy", "neutral"),
    ...     size=(64, 64),
    ... )
    >>> [stimulus.level for stimulus in pack.stimuli]
    [0.0, 0.5, 1.0]
    """
    given_files = [
        s if isinstance(s, SourceFiles) else SourceFiles(Path(s))
        for s in (first, second)
    ]
    both = [with_file_beside(source) for source in given_files]
    beside = {
        side: str(source.landmarks)
        for side, source, own in zip("ab", both, given_files, strict=True)
        if source.landmarks is not own.landmarks
    }
    both = [
        replace(s, face=face) if s.landmarks is None and s.face is None else s
        for s in both
    ]
    _check_names(labels, identity)
    given = {name: dict(part) for name, part in (settings or {}).items()}
    detector = given.get("sources", {}).get("detector", "")
    if is_model_file(detector):
        find_detector(detector)
        both = [replace(source, detector=Path(detector)) for source in both]
    template = given.get("sources", {}).get("template", AUTO)
    with _detection_offered(beside, is_free=template == AUTO):
        if align is None:
            align = _usual_alignment(template, both)
        recipe = _recipe_of_two(
            given, labels, identity, n_steps, align=align, frame=frame, size=size
        )
        files = {
            (identity, label): source
            for label, source in zip(labels, both, strict=True)
        }
        return build(
            recipe,
            files,
            Path(output),
            overwrite=overwrite,
            replaces_own=False,  # many pairs have the same name
            progress=progress,
        )


def _usual_alignment(template: str, sources: Sequence[SourceFiles]) -> str:
    """Return the alignment for the template that was chosen, or that the files have."""
    if template != AUTO:
        return alignment_for(find_template(template))
    try:
        return alignment_for(template_of(sources))
    except InputError as error:
        raise error.at("template") from None


def _recipe_of_two(
    given: Mapping[str, Mapping[str, Any]],
    labels: tuple[str, str],
    identity: str,
    n_steps: int,
    *,
    align: str,
    frame: str | None,
    size: tuple[int, int] | None,
) -> Recipe:
    """Return the recipe of a continuum between two photographs of one person."""
    width, height = size or (None, None)
    name = f"{identity}_{labels[0]}_{labels[1]}"
    made = {
        "schema": 1,
        "pack": {"name": name if len(name) <= _LONGEST else identity},
        "identities": {identity: {"may_morph": True}},
        "align": {
            "method": align,
            "frame": frame or ("photos" if align == "none" else "faces"),
            "width": width,
            "height": height,
        },
        "continua": [{"from": labels[0], "to": labels[1], "steps": n_steps}],
    }
    return make_recipe({**given, **made}, where="options")


@contextlib.contextmanager
def _detection_offered(beside: Mapping[str, str], *, is_free: bool) -> Iterator[None]:
    """Add to errors of landmark files how to leave these aside and have faces detected.

    Parameters
    ----------
    beside : mapping of str to str
        Side, a or b -> the landmark file that was found beside its photograph.
    is_free : bool
        Whether the template follows from the files.
    """
    try:
        yield
    except InputError as error:
        several = error.errors if isinstance(error, SeveralInputsError) else (error,)
        raise_all(_or_detected(one, beside, is_free=is_free) for one in several)


def _or_detected(
    error: InputError, beside: Mapping[str, str], *, is_free: bool
) -> InputError:
    """Return an error, with the way to leave aside the landmark files it is about."""
    of_templates = is_free and error.where in _TEMPLATE
    sides = [s for s, file in beside.items() if of_templates or file in error.where]
    if not sides:
        return error
    files = "files" if len(sides) > 1 else "file"
    options = " ".join(f"--face-{side} largest" for side in sides)
    detect = (
        f"have faces detected: the landmark {files} beside "
        f"{' and '.join(map(str.upper, sides))} can be left aside with {options}"
    )
    return InputError(
        error.problem,
        where=error.where,
        allowed=error.allowed,
        remedy=f"{error.remedy}; or {detect}" if error.remedy else detect,
    )


def _check_names(labels: tuple[str, str], identity: str) -> None:
    """Refuse labels that are one, and names that cannot be used in image names.

    Raises
    ------
    InputError
        If both labels are one; else lists all names of that kind.
    """
    if labels[0] == labels[1]:
        raise InputError(
            f'both are "{labels[0]}"',
            where="--labels",
            allowed="a label for A and another for B: happy distressed",
        )
    named = [("--labels", label) for label in labels] + [("--identity", identity)]
    raise_all(
        InputError(
            f'"{name}" cannot be part of the name of an image',
            where=option,
            allowed="a letter first, then lower-case letters, digits and single "
            "underscores: happy, infant_04",
        )
        for option, name in named
        if not re.fullmatch(ID_PATTERN, name)
    )
