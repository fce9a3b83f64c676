"""One continuum of a pack: rendered, measured, checked and written."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit._core.digits import measured
from morphkit._core.documents import restored
from morphkit._core.files import (
    sha256_of,
    write_bytes_atomically,
    write_text_atomically,
)
from morphkit._core.finding import Finding
from morphkit._core.store import Note, Store
from morphkit.faces.images import pixel_sha256
from morphkit.morph.finish import Finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.pack.documents import to_json
from morphkit.pack.frozen_mesh import FrozenContinuum, write_frozen
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import ends_file, mesh_file, stimulus_file
from morphkit.pack.rows import ContinuumRow, Stimulus, StimulusKind
from morphkit.pipeline.check_recipe import stimulus_id
from morphkit.pipeline.keys import frames_key
from morphkit.pipeline.lost_bits import find_lost_bits
from morphkit.pipeline.measure import Measuring
from morphkit.pipeline.plan import ContinuumPlan, Outline
from morphkit.pixels import encode_png
from morphkit.quality.checks import (
    Evidence,
    check,
    departures,
)
from morphkit.recipe import Recipe


@dataclass(frozen=True)
class Made:
    """What is known of a continuum that was made.

    Parameters
    ----------
    stimuli : tuple of Stimulus
    continuum : ContinuumRow
    findings : tuple of Finding
    scores : mapping
    """

    stimuli: tuple[Stimulus, ...]
    continuum: ContinuumRow
    findings: tuple[Finding, ...]
    scores: Mapping[str, Any]


def make_continuum(
    plan: ContinuumPlan,
    *,
    finish: Finish,
    prepared: PreparedScenes,
    folder: Path,
    store: Store,
    images: KeptImages,
    advance: Callable[[str], None],
) -> Made:
    """Render and write a continuum, and keep it in the store.

    Parameters
    ----------
    plan : ContinuumPlan
    finish : Finish
        Finish of the set.
    prepared : PreparedScenes
        Scenes of the set; the photographs of the continuum are prepared once, or not at
        all if they are kept there.
    folder : Path
        Folder of the pack in the making.
    store : Store
    images : KeptImages
        Given every image that is written.
    advance : callable
        Called with the name of every finished image.

    Returns
    -------
    Made
    """
    frozen = folder / mesh_file(plan.name)
    frozen.parent.mkdir(parents=True, exist_ok=True)

    scene = finish.match_photos(plan.scene())
    ready = prepared.take(scene)
    framing = finish.framing(scene)
    faces = [source.face for source in plan.faces]
    measuring = Measuring(finish, ready, faces, plan.recipe.checks.measures)
    rows = []
    for step, picture in measuring.pictures():
        image = framing.finished(picture)
        row = _write_image(plan, step, image, folder)
        images.add(row, image)
        rows.append(row)
        advance(row.stimulus_id)
    points = np.array([face.landmarks.points for face in faces])
    if not plan.is_simple:
        text = to_json(plan.ends())
        write_text_atomically(folder / ends_file(plan.name), text, overwrite=True)
    write_frozen(frozen, FrozenContinuum(scene.mesh, points, plan.mask, framing.corner))

    evidence = measuring.evidence(
        framing,
        plan.recipe.checks.table(),
        human_scale=plan.recipe.human_scale if plan.positions else "",
        hides_outside=plan.hides_outside,
    )
    findings = (
        *plan.matched.findings,
        *find_transparent(plan),
        *find_lost_bits(faces, finish.settings.bit_depth),
        *check(evidence),
    )
    made = Made(
        tuple(rows),
        _continuum(plan, evidence),
        tuple(_placed(finding, plan.name) for finding in findings),
        _scores(evidence),
    )
    keep_made(continuum_key(plan.recipe, plan.outline, finish), made, store, folder)
    return made


def keep_made(key: str, made: Made, store: Store, folder: Path) -> None:
    """Keep a continuum whose files lie in a folder, so that it can be restored."""
    name = made.continuum.continuum_id
    files = {row.file: row.sha256 for row in made.stimuli}
    others = [p for p in (mesh_file(name), ends_file(name)) if (folder / p).exists()]
    files |= {path: sha256_of(folder / path) for path in others}
    store.keep(key, Note(asdict(made), files), folder)


def find_transparent(plan: ContinuumPlan) -> Iterator[Finding]:
    """Find photographs in which the background is seen."""
    for source in dict.fromkeys(plan.faces):
        if source.transparent:
            yield Finding(
                "transparent-photo",
                "note",
                f"{source.transparent:.1%} of photograph {plan.faces.index(source) + 1}"
                " is transparent, and shows the background "
                f"({plan.recipe.frame.background})",
                value=round(source.transparent, 6),
            )


def restore_continuum(
    recipe: Recipe, outline: Outline, *, finish: Finish, folder: Path, store: Store
) -> Made | None:
    """Put a continuum into a pack that an earlier build has made.

    Returns
    -------
    Made or None
        None if there is none, it is damaged, or a file of it was changed.
    """
    note = store.find(continuum_key(recipe, outline, finish))
    made = restored(Made, note.data) if note else None
    if note is None or made is None or len(made.stimuli) != outline.n_steps:
        return None
    # As they are when they are kept: nothing that is no file of it is named.
    own = {row.file: row.sha256 for row in made.stimuli}
    if not own.items() <= note.files.items() or not store.restore(note, folder):
        return None
    return made


def continuum_key(recipe: Recipe, outline: Outline, finish: Finish) -> str:
    """Return the key of the images of a continuum, and of what is said of them."""
    return frames_key(recipe, outline.key, outline.identity, finish, outline.size)


def _placed(finding: Finding, name: str) -> Finding:
    """Return a finding that names its continuum."""
    return Finding(**(finding.to_dict() | {"where": name}))


def _write_image(
    plan: ContinuumPlan, step: int, frame: Image, folder: Path
) -> Stimulus:
    """Write an image into a pack and return its row."""
    name = stimulus_id(plan.name, step + 1, plan.trajectory.n_steps)
    path = folder / stimulus_file(plan.identity, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = encode_png(frame)
    write_bytes_atomically(path, written, overwrite=True)
    level = float(plan.trajectory.levels[step])
    shape, colour = (
        float(plan.trajectory.levels_of(what)[step]) for what in ("shape", "colour")
    )
    kind: StimulusKind = "caricature"
    if 0 <= level <= 1:
        kind = "morph" if 0 < level < 1 else "endpoint"
    return Stimulus(
        stimulus_id=name,
        file=path.relative_to(folder).as_posix(),
        continuum_id=plan.name,
        identity_id=plan.identity,
        from_label=plan.labels[0],
        to_label=plan.labels[-1],
        step=step + 1,
        n_steps=plan.trajectory.n_steps,
        level=level,
        perceptual_position=plan.positions[step] if plan.positions else None,
        width=frame.shape[1],
        height=frame.shape[0],
        bytes=len(written),
        sha256=hashlib.sha256(written).hexdigest(),
        pixel_sha256=pixel_sha256(frame),
        kind=kind,
        ambiguous=level == shape == colour == 0.5,
    )


def _continuum(plan: ContinuumPlan, evidence: Evidence) -> ContinuumRow:
    """Return the row of a continuum."""
    steps = evidence.scores.per_step["difference"]
    drift = departures(evidence, "luminance")
    first, second = plan.photograph(0), plan.photograph(-1)
    return ContinuumRow(
        continuum_id=plan.name,
        identity_id=plan.identity,
        from_label=plan.labels[0],
        to_label=plan.labels[-1],
        n_steps=plan.trajectory.n_steps,
        from_sha256=first.sha256 if first else "",
        to_sha256=second.sha256 if second else "",
        from_placed_by=first.placed_by if first else "",
        to_placed_by=second.placed_by if second else "",
        align=plan.recipe.align.method,
        warp=plan.recipe.morph.warp,
        blend=plan.recipe.morph.blend,
        spacing=plan.spacing,
        step_cv=measured(float(steps.std() / steps.mean())) if steps.any() else 0.0,
        luminance_drift=measured(float(drift[np.abs(drift).argmax()])),
        detail_least=measured(1.0 + float(departures(evidence, "detail").min())),
        via_label=plan.labels[1] if plan.trajectory.via else "",
    )


def _scores(evidence: Evidence) -> dict[str, Any]:
    """Return the measurements as JSON."""

    def listed(table: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, list[float]]:
        return {name: values.tolist() for name, values in table.items()}

    return {
        "per_frame": listed(evidence.scores.per_frame),
        "per_step": listed(evidence.scores.per_step),
        "spacing": {name: each.to_dict() for name, each in evidence.spacings.items()},
        "ends": evidence.ends.to_dict() if evidence.ends else None,
    }
