"""Checks of the mesh and of the coverage of the frame."""

from collections.abc import Iterator

import numpy as np

from morphkit._core.finding import Finding
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.geometry.warp.mesh import (
    area_within,
    centre_of_largest_group,
    signed_areas,
)
from morphkit.morph.integer_weights import step_shares
from morphkit.morph.masks.shown import REPEATED
from morphkit.pixels import blend_nodes
from morphkit.quality.checks.evidence import Evidence


def find_folds(evidence: Evidence) -> Iterator[Finding]:
    """Find the step at which the mesh folds most, with position and size."""
    mesh = evidence.mesh
    worst: tuple[int, int, float, float] | None = None
    shares = step_shares(evidence.trajectory)
    for step in range(1, shares.n_steps + 1):
        nodes = blend_nodes(list(mesh.frame_nodes), shares.rows(step - 1)[0])
        folded = signed_areas(nodes, mesh.triangles) <= 0
        if folded.any() and (worst is None or folded.sum() > worst[1]):
            x, y = centre_of_largest_group(
                nodes / UNITS_PER_PIXEL, mesh.triangles[folded]
            )
            worst = (step, int(folded.sum()), x, y)
    if worst is not None:
        step, n, x, y = worst
        yield Finding(
            "fold",
            "error",
            f"the mesh folds: {n} triangles {evidence.told((x, y))} at step {step}; "
            "check the landmarks there",
            value=float(n),
            limit=0.0,
        )


def find_outside(evidence: Evidence) -> Iterator[Finding]:
    """Find photographs that do not reach the edge of the frame."""
    mesh = evidence.mesh
    for k, photo_size in enumerate(evidence.photo_sizes):
        nodes = np.hstack([mesh.frame_nodes[k], mesh.photo_nodes[k]]) / UNITS_PER_PIXEL
        high = np.array([*mesh.size, *photo_size]) - 0.5
        shown = area_within(nodes[mesh.triangles], np.full(4, -0.5), high)
        share = round(1 - shown / (mesh.size[0] * mesh.size[1]), 6)
        if evidence.view and evidence.view.hides_outside:
            if share > REPEATED:
                yield _hidden(k, share)
            continue
        if judged := evidence.judge("outside-photo", share):
            yield Finding(
                "outside-photo",
                judged[0],
                f"{share:.1%} of the frame lies outside photograph {k + 1} and repeats "
                "its edge; choose a smaller frame, or photographs with more around the "
                "face",
                value=share,
                limit=judged[1],
            )


def _hidden(k: int, share: float) -> Finding:
    """Return the note on what a photograph does not show and a mask hides."""
    return Finding(
        "outside-photo",
        "note",
        f"{share:.1%} of the frame lies outside photograph {k + 1} and is hidden by "
        "background in all images; photographs with more around the face avoid that",
        value=share,
    )


def find_enlarged(evidence: Evidence) -> Iterator[Finding]:
    """Find photographs with a lower resolution than the frame."""
    mesh = evidence.mesh
    for k in range(mesh.n_ends):
        photo = np.abs(signed_areas(mesh.photo_nodes[k], mesh.triangles)).sum()
        frame = np.abs(signed_areas(mesh.frame_nodes[k], mesh.triangles)).sum()
        times = float(np.sqrt(frame / photo))
        if judged := evidence.judge("enlarged", times):
            yield Finding(
                "enlarged",
                judged[0],
                f"photograph {k + 1} is enlarged {times:.2f} times and will look soft; "
                "choose a smaller frame",
                value=times,
                limit=judged[1],
            )
