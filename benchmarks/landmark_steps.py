"""How evenly the landmarks of a continuum move from frame to frame.

Usage: python benchmarks/landmark_steps.py [--pairs 10]

Two measures, on the pairs in shared/data/london beside the repository:

tracked
    Where the frozen mesh, in whole units of 1/256 pixel, carries each landmark at
    every step: found in the triangle that holds it. The mean step over the landmarks,
    largest against smallest.
re-detected
    The landmarks found anew in every rendered frame by the detector, projected on the
    way between the ends; how far the projections leave a straight line, in percent of
    a step. The detector's own noise is in it.
"""

import argparse
from pathlib import Path

import numpy as np

from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.images import read_image
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import MorphSettings
from morphkit.pipeline.continuum import continuum
from morphkit.pixels import blend_nodes

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
STEPS = 15


def tracked(made) -> np.ndarray:
    """Return the mean landmark step of every pair of neighbours, pixels."""
    mesh = made.correspondence
    first = mesh.frame_nodes[0].astype(float)
    corners = first[mesh.triangles]
    shares, where = [], []
    for point in mesh.landmarks[0].astype(float):
        edges = np.stack(
            [corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], 2
        )
        near = np.abs(corners.mean(axis=1) - point).max(axis=1) < 64 * UNITS_PER_PIXEL
        index = np.flatnonzero(near)
        two = np.linalg.solve(edges[index], (point - corners[index, 0])[..., None])[
            ..., 0
        ]
        three = np.column_stack([1 - two.sum(axis=1), two])
        best = int(three.min(axis=1).argmax())
        shares.append(three[best])
        where.append(index[best])
    places = []
    for level in made.trajectory.levels.tolist():
        nodes = blend_nodes(list(mesh.frame_nodes), integer_weights(level))
        at = nodes[mesh.triangles[where]] / UNITS_PER_PIXEL
        places.append(np.einsum("lk,lkd->ld", np.array(shares), at))
    return np.linalg.norm(np.diff(places, axis=0), axis=2).mean(axis=1)


def redetected(made) -> float:
    """Return the largest departure from equal steps, in percent of a step."""
    found = np.array([detect(frame).points for frame in made.frames])
    way = (found[-1] - found[0]).ravel()
    along = (found - found[0]).reshape(len(found), -1) @ way / (way @ way)
    k = np.arange(len(along))
    line = np.polyval(np.polyfit(k, along, 1), k)
    return float(np.abs(along - line).max() * (len(along) - 1) * 100)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    names = sorted(path.name[:3] for path in LONDON.glob("*_08.jpg"))
    print(f"{'pair':<6}{'mean step px':>14}{'max/min - 1 %':>16}{'re-detected %':>16}")
    for name in names[: parser.parse_args().pairs]:
        photos = [read_image(LONDON / f"{name}_{label}.jpg") for label in ("03", "08")]
        faces = [Face(photo, detect(photo), name) for photo in photos]
        made = continuum(
            *faces,
            STEPS,
            size=faces[0].size,
            settings=MorphSettings(align="procrustes", detail="plain"),
        )
        steps = tracked(made)
        print(
            f"{name:<6}{steps.mean():14.3f}"
            f"{100 * (steps.max() / steps.min() - 1):16.3f}"
            f"{redetected(made):16.1f}"
        )


if __name__ == "__main__":
    main()
