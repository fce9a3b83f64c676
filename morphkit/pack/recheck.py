"""Checking a finished pack again, by its own limits or those of another recipe.

Measurements made during the build, before frames were rounded to 8 bits, are stored in
the pack and are used as long as its images are unchanged. Those that an older version
did not store are made on the images.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image
from morphkit._core.digits import measured
from morphkit._core.finding import Finding
from morphkit._core.paths import inside
from morphkit._core.progress import Progress
from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.faces.embeddings import EMBEDDINGS
from morphkit.faces.images import pixel_sha256
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.continuum import Scores
from morphkit.morph.trajectory import Trajectory
from morphkit.pack.contents import ends_of, image_of, mesh_of, template_of
from morphkit.pack.frozen_mesh import FrozenContinuum
from morphkit.pack.layout import CHECKS as CHECKS_FILE
from morphkit.pack.layout import mesh_file
from morphkit.pack.model import Pack
from morphkit.pack.rows import Stimulus
from morphkit.pack.whole import read_whole_pack
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks import CHECKS, Evidence, View, check
from morphkit.quality.checks.identity import shows_one_person
from morphkit.quality.checks.identity_distances import IdentityDistances
from morphkit.quality.distances import EIGHT_BIT, Spacing
from morphkit.quality.groups import FindingGroup, group_findings
from morphkit.quality.limits import Limit
from morphkit.quality.spacing import find_measures, spacing_of_frames
from morphkit.recipe import ChecksPart, Recipe, read_recipe


@dataclass(frozen=True, eq=False)
class Rechecked:
    """Findings and measurements of a pack.

    Parameters
    ----------
    findings : tuple of Finding
        In the order of the continua.
    evidence : mapping of str to Evidence
        By continuum.
    unverified : tuple of str, optional
        Files of the pack that are not as ``SHA256SUMS`` says, if it was checked
        nevertheless.
    """

    findings: tuple[Finding, ...]
    evidence: Mapping[str, Evidence]
    unverified: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def groups(self) -> tuple[FindingGroup, ...]:
        """Findings by kind: what asks for a decision first, the gravest first."""
        return group_findings(self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return findings and measurements as a JSON object.

        Each of the ``groups`` has the indices of its findings, worst first.
        """
        number = {id(finding): k for k, finding in enumerate(self.findings)}
        seen = self.evidence
        return {
            "holds": self.holds,
            "unverified": list(self.unverified),
            "findings": [finding.to_dict() for finding in self.findings],
            "groups": [
                group.to_dict() | {"findings": [number[id(f)] for f in group.findings]}
                for group in self.groups
            ],
            "spacing": {
                name: {
                    measure: measured(spacing.summary())
                    | {"steps": spacing.steps.tolist()}
                    for measure, spacing in one.spacings.items()
                }
                for name, one in seen.items()
            },
            "ends": {
                name: one.ends.to_dict() if one.ends else None
                for name, one in seen.items()
            },
            "identity": {
                name: one.identity.to_dict() | {"held": shows_one_person(one)}
                for name, one in seen.items()
                if one.identity
            },
        }


def check_pack(
    folder: str | Path,
    *,
    recipe: str | Path | None = None,
    embedding: str | None = None,
    unverified: bool = False,
    progress: Progress | None = None,
) -> Rechecked:
    """Return the quality and the predicted spacing of a pack.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.
    recipe : str or Path, optional
        Recipe whose ``[checks]`` are applied instead of the pack's own.
    embedding : str, optional
        Entry of `morphkit.faces.embeddings.EMBEDDINGS` in which faces are compared with
        those at the ends; None skips this.
    unverified : bool, optional
        Go on with a pack that is not whole; the result names what is not as it says.
        Images that changed are an error among the findings either way.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Rechecked
        `findings` report values outside limits; `evidence` contains the `spacings` of
        every continuum, one `Spacing` per measure.

    Raises
    ------
    InputError
        If the pack or the recipe cannot be read, the pack is not whole, or there is no
        such embedding.
    MissingExtraError
        If the embedding is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> checked = mk.check_pack("pack")
    >>> checked.holds
    True
    >>> spacing = checked.evidence["maja_happy_distressed"].spacings
    >>> spacing["mean_difference_frame256"].steps.shape
    (6,)
    """
    folder, progress = Path(folder), progress or Progress()
    checks = None if recipe is None else read_recipe(recipe).checks
    pack = read_whole_pack(folder, unverified=unverified)
    progress.stage("measuring continua", len(pack.continua))
    return recheck(pack, folder, checks, embedding=embedding, advance=progress.advance)


def recheck(
    pack: Pack,
    folder: Path,
    checks: ChecksPart | None = None,
    *,
    embedding: str | None = None,
    advance: Callable[[str], None] = lambda name: None,
) -> Rechecked:
    """Return findings and measurements of a pack.

    Parameters
    ----------
    pack : Pack
    folder : Path
        Its folder.
    checks : ChecksPart, optional
        Measures and limits; by default those of the pack's own recipe.
    embedding : str, optional
        Entry of `morphkit.faces.embeddings.EMBEDDINGS` in which faces are compared with
        those at the ends; None skips this.
    advance : callable, optional
        Called with the name of every continuum checked.

    Raises
    ------
    InputError
        If a file of the pack is missing or cannot be read, or there is no such
        embedding.
    MissingExtraError
        If the embedding is not installed.
    """
    recipe = pack.recipe
    checks = checks or recipe.checks
    findings: list[Finding] = []
    evidence = {}
    for row in pack.continua:
        name = row.continuum_id
        seen, notes = _look(pack, folder, name, checks, recipe.human_scale)
        if embedding is not None:
            _check_landmarks(pack)
            held = load_identity_distances(pack, folder, name, recipe, embedding)
            seen = replace(seen, identity=held)
        evidence[name] = seen
        kept = [
            f
            for f in pack.findings
            if f.where == name and _stands(f, blind=seen.correspondence is None)
        ]
        findings += [*kept, *(replace(f, where=name) for f in (*notes, *check(seen)))]
        advance(name)
    known = {row.continuum_id for row in pack.continua}
    findings += [f for f in pack.findings if f.where not in known]
    return Rechecked(tuple(findings), evidence, pack.unverified)


def _stands(finding: Finding, *, blind: bool) -> bool:
    """Return whether a finding of the build is kept, as it is not repeated here."""
    if finding.code not in CHECKS:
        return True
    made = CHECKS[finding.code]
    return made.needs_photographs or (blind and made.needs_mesh)


def _check_landmarks(pack: Pack) -> None:
    """Refuse to look for faces in a public copy, which does not say where they are."""
    if pack.public:
        raise InputError(
            "is a public copy, without the landmarks by which faces are found",
            where=pack.name,
            remedy="compare faces in the pack that it is a copy of",
        )


def _look(
    pack: Pack, folder: Path, name: str, checks: ChecksPart, human_scale: str
) -> tuple[Evidence, list[Finding]]:
    """Return the evidence of a continuum, and findings on it."""
    stimuli = pack.stimuli_of(name)
    frozen = None if pack.public else mesh_of(folder, name, stimuli)
    notes = [] if _unchanged(stimuli, folder) else [_changed()]
    scores = pack.scores.get(name, {})
    spacings = {} if notes else _stored_spacings(scores, checks)
    missing = [m for m in checks.measures if m not in spacings]
    if missing and frozen is None:
        notes.append(_not_measured(missing))
    elif missing and frozen is not None:
        measures = find_measures(missing, frozen.correspondence)
        levels = _levels(stimuli, folder).tolist()
        placed = frozen
        frames = (in_frame(image_of(row, folder), placed) for row in stimuli)
        spacings |= spacing_of_frames(frames, levels, measures)
    ordered = {m: spacings[m] for m in (*checks.measures, *spacings) if m in spacings}
    if any(one.precision == EIGHT_BIT for one in ordered.values()):
        notes.append(_from_files(missing))
    ends = scores.get("ends")
    return (
        Evidence(
            trajectory_of(stimuli, folder, name),
            frozen.correspondence if frozen else None,
            (),
            _stored_scores(scores, name),
            ordered,
            EndAgreement.from_dict(ends) if ends and not notes else None,
            checks.table(),
            human_scale if stimuli[0].perceptual_position is not None else "",
            view=_view(pack, folder, frozen, stimuli[0]) if frozen else None,
        ),
        notes,
    )


def stored_evidence(pack: Pack, folder: Path, name: str) -> Evidence | None:
    """Return the evidence that a pack holds of a continuum; nothing is measured.

    For a pack that was just built, or is known to be whole. None if there is no such
    continuum, or a measurement, a level or the mesh of it is missing.
    """
    recipe, stimuli = pack.recipe, pack.stimuli_of(name)
    scores = pack.scores.get(name, {})
    ends = scores.get("ends")
    if not stimuli or any(one.level is None for one in stimuli) or _lacking(scores):
        return None
    if not pack.public and not inside(folder, mesh_file(name)).exists():
        return None
    return Evidence(
        trajectory_of(stimuli, folder, name),
        None if pack.public else mesh_of(folder, name, stimuli).correspondence,
        (),
        _stored_scores(scores, name),
        _stored_spacings(scores, recipe.checks),
        EndAgreement.from_dict(ends) if ends else None,
        recipe.checks.table(),
        recipe.human_scale if stimuli[0].perceptual_position is not None else "",
    )


def _view(pack: Pack, folder: Path, frozen: FrozenContinuum, image: Stimulus) -> View:
    """Return what the images of a continuum show of its frame."""
    recipe = pack.recipe
    template = template_of(recipe, folder)
    (left, top), pad = frozen.corner, recipe.frame.pad
    right, bottom = left + image.width, top + image.height
    images = (left, top, right, bottom)
    if recipe.frame.crop == "mask":
        box = (0, 0, *frozen.correspondence.size)
    else:
        box = (left + pad[0], top + pad[1], right - pad[2], bottom - pad[3])
    return View(template, box, images=images)


def _changed() -> Finding:
    return Finding(
        "changed-pixels",
        "error",
        "an image differs from the one that was measured; see morphkit verify",
    )


def _not_measured(measures: list[str]) -> Finding:
    return Finding(
        "not-measured",
        "note",
        "a public copy does not say where the faces are, so only what it stores is "
        "known; not measured: " + ", ".join(measures),
    )


def _from_files(measures: list[str]) -> Finding:
    return Finding(
        "spacing-8bit",
        "note",
        "measured on 8-bit images, which adds to small steps: " + ", ".join(measures),
    )


def _unchanged(stimuli: tuple[Stimulus, ...], folder: Path) -> bool:
    """Return whether the images have the pixel hashes in their table."""
    return all(
        pixel_sha256(image_of(row, folder)) == row.pixel_sha256 for row in stimuli
    )


def _stored_spacings(
    scores: Mapping[str, Any], checks: ChecksPart
) -> dict[str, Spacing]:
    """Return the spacings measured when the pack was built."""
    found = scores.get("spacing") or {}
    return {
        name: Spacing.from_dict(name, data)
        for name, data in found.items()
        if name in checks.measures or "_face" not in name
    }


def _stored_scores(scores: Mapping[str, Any], name: str) -> Scores:
    """Return the measurements of frames and steps."""

    def arrays(table: str) -> dict[str, npt.NDArray[np.float64]]:
        return {n: np.array(values) for n, values in scores.get(table, {}).items()}

    missing = _lacking(scores)
    if missing:
        raise InputError(
            f"lacks {', '.join(sorted(missing))} of {name}", where=CHECKS_FILE
        )
    return Scores(arrays("per_frame"), arrays("per_step"))


def _lacking(scores: Mapping[str, Any]) -> set[str]:
    """Return the measurements of frames that a pack should hold and does not."""
    needed = {"luminance", "contrast", "detail", "clipped"}
    return needed - set(scores.get("per_frame", {}))


def in_frame(image: Image, frozen: FrozenContinuum) -> Image:
    """Return an image placed in the frame of the mesh, surrounded by grey."""
    width, height = frozen.correspondence.size
    left, top = frozen.corner
    if (left, top) == (0, 0) and image.shape[:2] == (height, width):
        return image
    middle = np.iinfo(image.dtype).max // 2 + 1
    frame = np.full((height, width, 3), middle, image.dtype)
    part = image[max(-top, 0) : height - top, max(-left, 0) : width - left]
    y, x = max(top, 0), max(left, 0)
    frame[y : y + part.shape[0], x : x + part.shape[1]] = part
    return frame


def load_identity_distances(
    pack: Pack, folder: Path, name: str, recipe: Recipe, embedding: str
) -> IdentityDistances:
    """Return the distances of the faces of a continuum from those at its ends.

    Faces are located by the landmarks in the pack; nothing is detected.

    Raises
    ------
    InputError
        If there is no such embedding, or the landmarks do not include the eyes.
    MissingExtraError
        If the embedding is not installed.
    """
    entry = look_up(EMBEDDINGS, embedding, kind="embedding")
    stimuli = pack.stimuli_of(name)
    frozen = mesh_of(folder, name, stimuli)
    shares = trajectory_of(stimuli, folder, name).face_weights("shape")
    marks = frozen.correspondence.landmarks / UNITS_PER_PIXEL
    template = template_of(recipe, folder)
    seen = []
    for row, share in zip(stimuli, shares, strict=True):
        points = (share[:, None, None] * marks).sum(axis=0) - frozen.corner
        image = image_of(row, folder)
        try:
            seen.append(entry.describe(image, points, template))
        except InputError as error:
            raise error.at(name) from None
    person = recipe.identities.get(stimuli[0].identity_id)
    first, last = (
        np.array([np.linalg.norm(one - end) for one in seen])
        for end in (seen[0], seen[-1])
    )
    steps = [np.linalg.norm(b - a) for a, b in pairwise(seen)]
    return IdentityDistances(
        embedding,
        first,
        last,
        spacing=Spacing(
            *(embedding, "distance of descriptors", _levels(stimuli, folder)),
            *(np.array(steps), first, last),
            exponent=None,
            precision=EIGHT_BIT,
        ),
        adults_only=entry.adults_only,
        age_months=person.age_months if person else None,
    )


def trajectory_of(stimuli: tuple[Stimulus, ...], folder: Path, name: str) -> Trajectory:
    """Return the trajectory of a continuum of a pack.

    Raises
    ------
    InputError
        If a level is unknown, the levels do not form a trajectory, or the shares of
        the anchors cannot be read.
    """
    made_from = ends_of(folder, name)
    via, anchors = False, None
    if made_from is not None:
        shares = [anchor.shares for anchor in made_from.anchors]
        # Anchor, face, kind of share -> kind, anchor, face.
        anchors = np.array(shares, np.float64).transpose(2, 0, 1)
        # What a difference is added to matters to rendering alone.
        anchors = np.concatenate([anchors, anchors[1:2]])
        via = len(shares) == 3
    levels = _levels(stimuli, folder)
    try:
        return Trajectory(levels, via, levels, levels, anchors)
    except InputError as error:
        raise error.at(f"{folder}: {name}") from None


def _levels(stimuli: tuple[Stimulus, ...], folder: Path) -> npt.NDArray[np.float64]:
    """Return the levels of images, which must all be known."""
    try:
        return np.array([stimulus.known_level for stimulus in stimuli])
    except InputError as error:
        raise error.at(str(folder)) from None


def limit_rows(limits: Mapping[str, Limit]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, meaning, values and source of every limit."""
    for name, limit in limits.items():
        values = ", ".join(f"{k} {v:g}" for k, v in limit.to_dict().items())
        yield name, limit.what, values or "never reported", limit.source
