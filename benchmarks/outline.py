"""What outlines of heads change: how well photographs meet beyond the landmarks.

Usage: python benchmarks/outline.py [--sets 001_03-009_03 …] [--pictures DIR]

On photographs of shared/data/london beside the repository (CC-BY 4.0, DeBruine & Jones
2017) with detected landmarks: sets of photographs, by default pairs of one person,
pairs of two people, and prototypes of five. Each is warped to the mean shape with
landmarks alone and with dense matching, without and with outlines. Printed are the
normalised cross-correlation between 1.5 and 8 px of all pairs of the warped
photographs in the face and outside of it, the standard deviation between them, code
values, in the face, outside of it above the chin (hair, ears, background) and below it
(neck, clothes), and the folds: how many had to be smoothed, by how much at most.

With --pictures, the plain means, for looking at ghosts.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from real_pairs import SIZE, hull, luma, ncc, warped

from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.images import read_image
from morphkit.geometry.align import ALIGNMENTS, align_set
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS, wider
from morphkit.geometry.outline import OUTLINES
from morphkit.geometry.outline.controls import outline_controls
from morphkit.geometry.warp import WARPS
from morphkit.pixels import Source

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
SETS = (
    *("001_03-001_08", "022_03-022_08", "030_03-030_08"),
    *("001_03-009_03", "002_03-022_03", "008_03-036_03", "013_03-064_03"),
    *("025_03-030_03", "001_03-009_03-022_03-030_03-036_03"),
    "002_03-008_03-013_03-025_03-064_03",
)
NAMES = ("ncc face", "ncc outside", "sd face", "sd above", "sd below")


def face(name: str) -> Face:
    """Return a photograph with detected landmarks."""
    photo = read_image(LONDON / f"{name}.jpg")
    return Face(photo, detect(photo), name=name)


def measure(
    faces: list[Face], refine: str, outline: str
) -> tuple[list, str, np.ndarray]:
    """Return the figures of a set, what is said about it, and its plain mean."""
    moves = align_set(
        [one.landmarks for one in faces],
        [one.size for one in faces],
        alignment=ALIGNMENTS["two_point"],
        size=SIZE,
    )
    guided = outline_controls(faces, moves, OUTLINES.get(outline), size=SIZE)
    matched = correspond(
        [one.landmarks for one in faces],
        moves,
        warp=WARPS["tps"],
        size=SIZE,
        photos=[one.image for one in faces],
        refinement=REFINEMENTS.get(refine),
        guides=guided.ends,
    )
    mesh = matched.correspondence
    nodes = np.rint(mesh.frame_nodes.mean(axis=0)).astype(np.int32)
    seen = [
        warped(mesh, Source(one.image, taps=tuple(taps.tolist())), k, nodes)
        for k, (one, taps) in enumerate(zip(faces, mesh.taps, strict=True))
    ]
    landmarks = mesh.landmarks.mean(axis=0) / 256
    inside = hull(landmarks)
    above = np.arange(SIZE[1])[:, None] < landmarks[8, 1]
    spread = np.std([luma(frame) for frame in seen], axis=0)
    pairs = [(a, b) for k, a in enumerate(seen) for b in seen[:k]]
    figures = [
        *(np.mean([ncc(a, b, where) for a, b in pairs]) for where in (inside, ~inside)),
        spread[inside].mean(),
        spread[~inside & above].mean(),
        spread[~inside & ~above].mean(),
    ]
    folds = [f.value or 0.0 for f in matched.findings if f.code.startswith("fold")]
    said = f"{len(folds)} folds, {max(folds, default=0):.1f} px"
    said += "".join(f"; {one.message}" for one in guided.findings)
    return figures, said, np.mean(seen, axis=0).astype(np.uint8)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--pictures", type=Path)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{'':<36}" + "".join(f"{name:>12}" for name in NAMES))
    for each in wanted.sets:
        faces = [face(name) for name in each.split("-")]
        for refine in ("none", wider(DEFAULT)):
            for outline in ("none", *OUTLINES):
                figures, said, mean = measure(faces, refine, outline)
                name = f"{each[:14]} {len(faces)} {refine} {outline}"
                row = "".join(f"{value:12.3f}" for value in figures)
                print(f"{name:<36}{row}  {said}", flush=True)
                if wanted.pictures:
                    wanted.pictures.mkdir(parents=True, exist_ok=True)
                    file = f"{each[:13]}_{len(faces)}_{refine}_{outline}.png"
                    Image.fromarray(mean).save(wanted.pictures / file)


if __name__ == "__main__":
    main()
