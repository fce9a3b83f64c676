"""Whether continua keep their identity, as an embedding of faces sees it.

Usage: python benchmarks/identity.py [--infants 12] [--pairs 10] [--steps 15]
           [--embedding dlib_resnet]

On the shipped infants (happy to distressed) and the pairs in shared/data/london beside
the repository (neutral to smile, detected landmarks), in frames of 512 × 512 pixels:

1. every continuum: distance of its ends, largest distance of an image from the nearer
   end, and at which step;
2. all pairs of different people, any expression: least, median and largest distance;
3. a continuum from each person to the next: the same as 1, which a check should find.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import itertools

import numpy as np
from spacing import LONDON, Pair, adults, infants

from morphkit.faces.embeddings import DEFAULT, EMBEDDINGS
from morphkit.faces.face import Face
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.quality.checks.identity_distances import IdentityDistances


def held(faces: tuple[Face, Face], name: str, n_steps: int) -> IdentityDistances:
    """Return how far the files of a continuum are from its ends."""
    pair = Pair(faces)
    marks = pair.mesh.landmarks / UNITS_PER_PIXEL
    template = faces[0].landmarks.template
    seen = [
        EMBEDDINGS[name].describe(
            pair.file(level), (1 - level) * marks[0] + level * marks[1], template
        )
        for level in np.linspace(0, 1, n_steps).tolist()
    ]
    first, last = (
        np.array([np.linalg.norm(one - end) for one in seen])
        for end in (seen[0], seen[-1])
    )
    return IdentityDistances(name, first, last)


def apart(pairs: list[tuple[Face, Face]], name: str) -> list[float]:
    """Return distances of photographs of different people."""
    describe = EMBEDDINGS[name].describe
    seen = [
        [describe(f.image, f.landmarks.points, f.landmarks.template) for f in pair]
        for pair in pairs
    ]
    return [
        float(np.linalg.norm(a - b))
        for one, other in itertools.combinations(seen, 2)
        for a in one
        for b in other
    ]


def tell(name: str, found: IdentityDistances) -> None:
    """Print one continuum."""
    print(
        f"  {name:<14} ends {found.ends:.3f}, nearer end at most {found.largest:.3f} "
        f"(step {found.farthest})",
        flush=True,
    )


def run(title: str, pairs: list[tuple[Face, Face]], name: str, n_steps: int) -> None:
    """Print everything about some people."""
    print(f"{title}, {name}, {n_steps} steps", flush=True)
    for pair in pairs:
        tell(pair[0].name, held(pair, name, n_steps))
    distances = apart(pairs, name)
    print(
        f"  photographs of two people: {min(distances):.3f} to {max(distances):.3f}, "
        f"median {np.median(distances):.3f} ({len(distances)} pairs)"
    )
    for one, other in itertools.pairwise(pairs):
        mixed = (one[0], other[1])
        tell(f"{one[0].name} to {other[0].name}", held(mixed, name, n_steps))


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--infants", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--embedding", choices=list(EMBEDDINGS), default=DEFAULT)
    asked = parser.parse_args()
    if asked.infants:
        run("infants", infants(asked.infants), asked.embedding, asked.steps)
    if asked.pairs and LONDON.is_dir():
        run("London", adults(asked.pairs), asked.embedding, asked.steps)


if __name__ == "__main__":
    main()
