"""New recipes whose steps are equal on a scale, perceptual or of a metric."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from morphkit._core.documents import parse_toml, restore
from morphkit._core.files import read_text, sha256_of
from morphkit._core.progress import Progress
from morphkit.errors import InputError, raise_all
from morphkit.experiment.analysis.scales import DIFFERS
from morphkit.faces.images import SUFFIXES
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template
from morphkit.morph.finish import Finish
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import PreparedScene
from morphkit.pack.contents import ends_of, mesh_of, template_of
from morphkit.pack.frozen_mesh import FrozenContinuum
from morphkit.pack.model import Pack
from morphkit.pack.rows import ContinuumRow
from morphkit.pipeline.check_recipe import Key, check_recipe, continuum_id
from morphkit.pipeline.measure import frame_maker
from morphkit.pipeline.plan import ContinuumPlan, plan_continua
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.sources import (
    SourceFiles,
    only_needed,
    read_sources,
    resolve_sources,
    resolve_template,
    with_chosen,
)
from morphkit.psychophysics.difference_scaling import MIN_PARTICIPANTS
from morphkit.psychophysics.equivalence import band_holds
from morphkit.psychophysics.respacing import Respacing, departure, respace
from morphkit.psychophysics.scoring import Method
from morphkit.quality.equal_levels import equal_levels
from morphkit.quality.spacing import find_measure
from morphkit.recipe import Recipe, make_recipe, parse_recipe

#: Steps are left unchanged if the ratio of largest to smallest is below this.
EVEN_ENOUGH = 1.01


@dataclass(frozen=True, eq=False)
class NewLevels:
    """Levels of one continuum, and their positions on a scale from 0 to 1.

    Parameters
    ----------
    levels, positions : tuple of float
    """

    levels: tuple[float, ...]
    positions: tuple[float, ...]


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


def recipe_of(source: Path) -> Recipe:
    """Return the recipe in a file.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.
    """
    return parse_recipe(recipe_text(source), where=str(source))


def recipe_text(source: Path) -> str:
    """Return the text of a recipe.

    Raises
    ------
    InputError
        If there is none.
    """
    if not source.is_file():
        raise InputError(
            "there is no such file", where=str(source), remedy="a recipe or a pack"
        )
    return read_text(source)


_FIT_AGAIN = "write the file again with morphkit calibrate scale"


@dataclass(frozen=True, eq=False)
class Measured:
    """What is used of a difference scale in a document.

    Raises
    ------
    InputError
        If the arrays do not match.
    """

    levels: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]
    method: Method
    n_trials: int
    sigma: float
    source: str = "participants"

    def __post_init__(self) -> None:
        n = self.levels.size
        shapes = (self.levels.shape, self.values.shape, self.covariance.shape)
        if shapes != ((n,), (n,), (n, n)):
            raise InputError(f"levels, values and covariance of the shapes {shapes}")


@dataclass(frozen=True)
class Straight:
    """The test of a scale against a straight line."""

    p_value: float


@dataclass(frozen=True)
class Differing:
    """The test whether the scales of continua differ."""

    p_value: float


@dataclass(frozen=True)
class Entry:
    """A scale in a document: of all answers, a continuum or a participant."""

    scope: str
    continuum_id: str | None
    n_participants: int
    linear: Straight
    scale: Measured
    judged: Measured | None = None

    @property
    def certified(self) -> Measured:
        """The scale that the certificate is of: of a continuum, partially pooled."""
        return self.scale if self.judged is None else self.judged


@dataclass(frozen=True)
class Entries:
    """The scales in a document, and whether its continua differ."""

    scales: tuple[Entry, ...]
    heterogeneity: Differing | None = None


def respace_on_people(
    recipe: Recipe,
    document: Mapping[str, Any],
    *,
    scope: str | None,
    margin: float,
    seed: int,
    where: str,
) -> dict[str, tuple[Respacing, Entry]]:
    """Return the proposals of a perceptual scale.

    Parameters
    ----------
    recipe : Recipe
    document : mapping
        What ``morphkit calibrate scale`` wrote.
    scope : {"pooled", "continuum"} or None
        Which of its scales; None takes that of each continuum if there are several that
        were pooled in part, else that of all answers.
    margin : float
        Departure from equal steps that does not matter.
    seed : int
        Of the bootstrap.
    where : str
        Name of the document, for messages.

    Returns
    -------
    dict
        Continuum id -> what is proposed, and the entry of the document it comes from.
        Only continua that were measured.

    Raises
    ------
    InputError
        If the document has no such scale, or is of other continua.
    """
    entries_read = restore(Entries, document, where=where, remedy=_FIT_AGAIN)
    entries = entries_read.scales
    pooled = [one for one in entries if one.scope == "pooled"]
    single = {str(e.continuum_id): e for e in entries if e.scope == "continuum"}
    parts = {continuum_id(i, part): part for i, part in recipe.planned()}
    strange = [name for name in single if name not in parts]
    if strange:
        raise InputError(
            f'the scale is of "{strange[0]}", which is not in the recipe',
            allowed=f"continua: {', '.join(parts)}",
        )
    partial = any(one.judged is not None for one in single.values())
    wanted = scope or ("pooled" if pooled and not partial else "continuum")
    if wanted == "pooled":
        if not pooled:
            raise InputError(
                "there is no pooled scale",
                remedy="use the scales of single continua",
            )
        differ = entries_read.heterogeneity
        if differ is not None and differ.p_value < DIFFERS:
            raise InputError(
                f"the scales of its continua differ (p = {differ.p_value:.2g}), so "
                "that one scale would make some of them worse",
                where=where,
                remedy="respace each continuum on its own scale: leave out --pooled",
            )
        chosen = dict.fromkeys(single or parts, pooled[0])
    else:
        chosen = single
    if not chosen:
        raise InputError("there is no scale of a continuum")
    raise_all(
        InputError(
            f"the scale is of {entry.n_participants} participants, whose answers its "
            "uncertainty takes as independent",
            where=where,
            allowed=f"at least {MIN_PARTICIPANTS} participants, drawn again",
            remedy="ask more people; fit again without --samples 0",
        )
        for entry in {id(one): one for one in chosen.values()}.values()
        if not band_holds(entry.certified.source, entry.n_participants)
    )
    line = min((one.linear.p_value for one in pooled), default=1.0)
    found: dict[str, tuple[Respacing, Entry]] = {}
    known: dict[tuple[int, tuple[float, ...]], Respacing] = {}
    for name, entry in chosen.items():
        present = parts[name].trajectory().levels
        key = (id(entry), tuple(present.tolist()))
        if key not in known:
            # A continuum that was pooled in part has the answers to all as evidence.
            p = min(entry.linear.p_value, line if entry.judged else 1.0)
            known[key] = _on_people(entry, p, present, name, margin, seed)
        found[name] = (known[key], entry)
    return found


def _on_people(
    entry: Entry,
    p_straight: float,
    present: npt.NDArray[np.float64],
    name: str,
    margin: float,
    seed: int,
) -> Respacing:
    """Return the proposal of one scale for one continuum."""
    try:
        scale = entry.certified
        return respace(
            scale.levels,
            scale.values,
            scale.covariance,
            present=present,
            margin=margin,
            generator=np.random.default_rng(seed),
            separated=scale.method != "ml",
            p_straight=p_straight,
        )
    except InputError as error:
        raise error.at(name) from None


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
        files = _files_of_pack(pack.continua, source, template, frozen, list(folders))
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
    names = [row.continuum_id for row in pack.continua]
    made = [name for name in names if ends_of(folder, name) is not None]
    raise_all(
        InputError(
            "is made of derived faces",
            where=name,
            remedy="give the recipe instead of the pack",
        )
        for name in made
    )
    return {name: mesh_of(folder, name, pack.stimuli_of(name)) for name in names}


def _files_of_pack(
    continua: Iterable[ContinuumRow],
    pack: Path,
    template: Template,
    frozen: Mapping[str, FrozenContinuum],
    folders: list[Path],
) -> dict[Key, SourceFiles]:
    """Return the photographs of a pack, found by hash, with its landmarks."""
    by_hash: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if (
                file.suffix.lower() in SUFFIXES
                and file.is_file()
                and file.stat().st_size
            ):
                by_hash.setdefault(sha256_of(file), file)
    files: dict[Key, SourceFiles] = {}
    errors = []
    for row in continua:
        points = frozen[row.continuum_id].photo_landmarks
        for number, end in enumerate(row.ends):
            key = (row.identity_id, end.label)
            photo = by_hash.get(end.sha256)
            if photo is None:
                errors.append(
                    InputError(
                        f'the photograph of "{key[0]}", "{key[1]}" was not found',
                        where=str(pack),
                        remedy="give its folder with --sources",
                    )
                )
                continue
            placed = Landmarks(template, points[number], Placement("hand"))
            files[key] = SourceFiles(photo, placed)
    raise_all(errors)
    return files


def respaced_recipe(
    text: str,
    new: Mapping[str, NewLevels],
    calibration: Mapping[str, Any],
    *,
    where: str = "recipe",
    root: Path | None = None,
) -> tuple[Recipe, str]:
    """Return a new recipe with other levels, which names its parent.

    Parameters
    ----------
    text : str
        The parent, as TOML.
    new : mapping of str to NewLevels
        Continuum id -> its levels; other continua stay as they are.
    calibration : mapping
        The table ``calibration`` of the recipe.
    where : str, optional
        Name of the parent, for errors.
    root : Path, optional
        Folder of the parent, whose landmark files say the template where it is left
        open; by default it is not one with such files.

    Returns
    -------
    (Recipe, str)
        The recipe, and its text.

    Raises
    ------
    InputError
        If a continuum is a row of a grid, or there is no such continuum.
    """
    parent = parse_recipe(text, where=where)
    data = parse_toml(text, where=where)
    left = set(new)
    entries: list[dict[str, Any]] = []
    for part, given in zip(parent.continua, data.get("continua", []), strict=True):
        names = parent.identities_of(part)
        ids = {identity: continuum_id(identity, part) for identity in names}
        left -= set(ids.values())
        entries += _entries(given, ids, new)
    if left:
        raise InputError(
            "is a row of a grid, whose steps are always equal",
            where=sorted(left)[0],
            remedy="write the continuum under [[continua]]",
        )
    data["continua"] = entries
    if root is not None:
        parent = with_chosen(parent, resolve_template(parent, root))
    data["pack"] = data["pack"] | {"parent": parent.sha256()}
    data["pack"].pop("norms", None)  # of other images under the same names
    data["calibration"] = {k: v for k, v in calibration.items() if v is not None}
    # Tables of tables come last, so that the file reads from the simple to the long.
    ordered = {k: v for k, v in data.items() if k != "continua"} | {"continua": entries}
    return make_recipe(ordered, where=where), tomli_w.dumps(ordered)


def _entries(
    given: Mapping[str, Any],
    ids: Mapping[str, str],
    new: Mapping[str, NewLevels],
) -> list[dict[str, Any]]:
    """Return the entries of the continua of one entry: one for each set of levels."""
    groups: dict[tuple[tuple[float, ...], tuple[float, ...]] | None, list[str]] = {}
    for identity, name in ids.items():
        found = new.get(name)
        key = None if found is None else (found.levels, found.positions)
        groups.setdefault(key, []).append(identity)
    whole = len(groups) == 1
    entries = []
    for key, names in groups.items():
        entry = dict(given)
        if not whole:
            entry["identities"] = sorted(names)
        if key is not None:
            entry.pop("steps", None)
            entry |= {"levels": list(key[0]), "positions": list(key[1])}
        entries.append(entry)
    return entries


def even_positions(n: int) -> tuple[float, ...]:
    """Return `n` equal steps from 0 to 1."""
    return tuple((np.arange(n) / (n - 1)).tolist())
