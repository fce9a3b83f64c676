"""Whether faces made from others fold: transforms, prototypes, symmetrised faces.

Usage: python benchmarks/folds.py [--people 2] [--prototypes 2 3 5 10] [--pairs 001 …]

On the photographs of shared/data/london beside the repository (CC-BY 4.0, DeBruine &
Jones 2017), with detected landmarks:

- transform: what makes each neutral face smile, applied to other people, at fractions
  in shape of -1, 0.25, 0.5, 1 and 1.5;
- caricature: each face away from the mean of three others, at 0.5 and 0.9;
- prototype: the mean of the first 2, 3, … neutral faces;
- symmetrise: every photograph.

Every fold is printed with its place, and per verb: how many were made, how many fold
as drawn (a finding of severity "error"), in how many a fold was smoothed away and by
how many pixels at most, and the smallest and largest area of a triangle over that in
the face it started from, at the 1st and 99th percentile: how much hair, clothes and
background are squeezed or stretched.
"""

import argparse
from pathlib import Path

import numpy as np

from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.images import read_image
from morphkit.geometry.align import ALIGNMENTS, to_common_frame
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.geometry.correspondence.refinements import DEFAULT, wider
from morphkit.geometry.warp import WARPS
from morphkit.geometry.warp.mesh import signed_areas
from morphkit.morph.correspondence import face_of, match_ingredients
from morphkit.morph.mixture import Mixture
from morphkit.morph.settings import MorphSettings
from morphkit.morph.transform import lay_on
from morphkit.morph.unfold import find_fold, unfold_mixtures

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
FRACTIONS = (-1.0, 0.25, 0.5, 1.0, 1.5)
ALIGNMENT = ALIGNMENTS["two_point"]
Row = tuple[bool, float, float, float]


def tried(
    mixtures: list[Mixture],
    faces: dict[tuple[str, str], Face],
    moves: dict,
    size: tuple,
) -> list[Row]:
    """Return for each mixture: folds, pixels smoothed, least and largest area."""
    ingredients = max((m.ingredients for m in mixtures), key=len)
    used = [face_of(one, faces) for one in ingredients]
    settings = MorphSettings(refine=wider(DEFAULT))
    matched = match_ingredients(ingredients, faces, moves, size=size, settings=settings)
    rows = []
    for mixture in mixtures:
        made = unfold_mixtures(
            matched,
            [mixture],
            warp=WARPS["tps"],
            template=used[0].landmarks.template,
            refined=True,
        )
        mesh = made.correspondence
        new = made.findings[len(matched.findings) :]
        smoothed = max((f.value or 0.0 for f in new), default=0.0)
        shares = [mixture.column("shape").get(one, 0.0) for one in ingredients]
        base = [mixture.base_of("shape").get(one, 0.0) for one in ingredients]
        nodes, start = (
            np.tensordot(share, mesh.frame_nodes / UNITS_PER_PIXEL, axes=1)
            for share in (shares, base)
        )
        areas = signed_areas(nodes, mesh.triangles)
        ratio = areas / np.maximum(signed_areas(start, mesh.triangles), 1e-9)
        low, high = np.percentile(ratio, [1, 99])
        folds = find_fold(mesh, mixture)
        for found in folds:
            print(f"{used[0].name} with {np.round(shares, 2)}: {found.message}")
        rows.append((bool(folds), smoothed, low, high))
    return rows


def told(name: str, rows: list[Row]) -> None:
    """Print a line about a verb."""
    folds, smoothed, low, high = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    print(
        f"{name:<12}{len(rows):5} made{int(folds.sum()):4} fold"
        f"{int((smoothed > 0).sum()):4} smoothed, by {smoothed.max():5.1f} px at most; "
        f"areas {low.min():.2f} to {high.max():.2f}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = sorted(path.name[:3] for path in LONDON.glob("*_08.jpg"))
    parser.add_argument("--pairs", nargs="+", default=every)
    parser.add_argument("--people", type=int, default=2, help="subjects of each pair")
    parser.add_argument("--prototypes", nargs="*", type=int, default=[2, 3, 5, 10])
    wanted = parser.parse_args()
    faces = {}
    for name in every:
        for label in ("03", "08"):
            photo = read_image(LONDON / f"{name}_{label}.jpg")
            faces[name, label] = Face(photo, detect(photo), name=f"{name}_{label}")

    rows = []
    for pair in wanted.pairs:
        for step in range(1, wanted.people + 1):
            other = every[(every.index(pair) + 3 * step) % len(every)]
            subject = faces[other, "03"]
            source, target = Mixture.of(pair, "03"), Mixture.of(pair, "08")
            mixtures = [
                Mixture.of(other, "03").transformed(
                    source, target, shape=s, colour=1, texture=1
                )
                for s in FRACTIONS
            ]
            used = [(other, "03"), (pair, "03"), (pair, "08")]
            moves = {key: lay_on(subject, faces[key], ALIGNMENT) for key in used}
            rows += tried(mixtures, faces, moves, subject.size)
    told("transform", rows)

    rows = []
    for pair in wanted.pairs:
        own = Mixture.of(pair, "03")
        k = every.index(pair)
        others = [every[(k + j) % len(every)] for j in (1, 2, 5)]
        mean = Mixture.mean([Mixture.of(name, "03") for name in others])
        mixtures = [
            own.transformed(mean, own, shape=s, colour=0, texture=0) for s in (0.5, 0.9)
        ]
        moves = {
            (name, "03"): lay_on(faces[pair, "03"], faces[name, "03"], ALIGNMENT)
            for name in (pair, *others)
        }
        rows += tried(mixtures, faces, moves, faces[pair, "03"].size)
    told("caricature", rows)

    rows = []
    for n in wanted.prototypes:
        keys = [(name, "03") for name in every[:n]]
        placed, size = to_common_frame(
            [faces[key] for key in keys], alignment=ALIGNMENT, size=None
        )
        mean = Mixture.mean([Mixture.of(*key) for key in keys])
        rows += tried([mean], faces, dict(zip(keys, placed, strict=True)), size)
    if rows:
        told("prototype", rows)

    rows = []
    for key in faces:
        if key[0] in wanted.pairs:
            both = (faces[key], faces[key].mirrored())
            placed, size = to_common_frame(both, alignment=ALIGNMENT, size=None)
            made = Mixture.of(*key).symmetrised(shape=1)
            rows += tried([made], faces, {key: placed[0]}, size)
    told("symmetrise", rows)


if __name__ == "__main__":
    main()
