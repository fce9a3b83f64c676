"""How much fine detail frames keep along a continuum, and what keeping it costs.

Usage: python benchmarks/detail.py [--pairs 3] [--size 675] [--no-align]
       [--picture FOLDER]

For every pair, frames at 25, 50 and 75 % are compared with the straight line between
the two ends, inside the hull of the landmarks: variance of the Laplacian, energy of
what a Gaussian of 1.5 px takes away, and energy between Gaussians of 1.5 and 6 px, all
on code values. What one photo alone shows (mouths that open) is as sharp as there at
every level, so above the line, levelled or not; a second table leaves it out. Cost is
CPU time of a frame, plain and level interleaved, median ratio. `--picture` writes crops
of the middle frame, plain beside level, three times enlarged. Needs shared/data/london
beside the repository (CC-BY 4.0, DeBruine & Jones 2017); shipped faces always run.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from scipy import ndimage

from morphkit.align import ALIGNMENTS, Alignment
from morphkit.arrays import Frame
from morphkit.correspond import correspond
from morphkit.correspondence import Correspondence
from morphkit.detect import detect
from morphkit.face import Face
from morphkit.formats import read_landmarks
from morphkit.images import read_image
from morphkit.pixels import DETAILS, ONE, Source, blend_nodes, cover_of, render
from morphkit.quality import face_region
from morphkit.refine import REFINEMENTS
from morphkit.render import (
    Rendering,
    integer_weights,
    prepare_sources,
    render_frame,
    to_common_frame,
)
from morphkit.warp import WARPS

ROOT = Path(__file__).resolve().parents[1]
LONDON = ROOT.parent / "shared" / "data" / "london"
LEVELS = (0.25, 0.5, 0.75)
Mask = npt.NDArray[np.bool_]
Energies = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """A pair that is ready for rendering."""

    name: str
    mesh: Correspondence
    sources: tuple[Source, ...]


def pairs(count: int, side: int, *, align: bool) -> Iterator[Pair]:
    """Yield the shipped pairs, then those of the data set."""
    method = ALIGNMENTS["procrustes"] if align else None
    for name in ("ada", "ben"):
        faces = [
            Face(
                read_image(ROOT / "source_faces" / f"{name}_{label}.png"),
                read_landmarks(ROOT / "landmarks" / f"{name}_{label}.json"),
            )
            for label in ("neutral", "distressed")
        ]
        yield prepared(name, faces, (512, 512) if align else None, method)
    for path in sorted(LONDON.glob("*_08.jpg"))[:count]:
        photos = [read_image(path.with_stem(path.stem[:4] + k)) for k in ("03", "08")]
        faces = [Face(photo, detect(photo)) for photo in photos]
        size = (side, side) if align else None
        yield prepared(path.stem[:3], faces, size, method)


def prepared(
    name: str,
    faces: list[Face],
    size: tuple[int, int] | None,
    method: Alignment | None,
) -> Pair:
    """Return a pair, matched."""
    moves, size = to_common_frame(faces, alignment=method, size=size)
    photos = [face.image for face in faces]
    mesh = correspond(
        [face.landmarks for face in faces],
        moves,
        warp=WARPS["tps"],
        size=size,
        photos=photos,
        refinement=REFINEMENTS["flow"],
    ).correspondence
    return Pair(name, mesh, prepare_sources(mesh, photos))


def energies(frame: Frame, region: Mask) -> Energies:
    """Return Laplacian variance, fine energy and band energy in a region."""
    grey = frame.astype(np.float64) @ np.array([54, 183, 19]) / 256
    narrow, wide = (ndimage.gaussian_filter(grey, sigma) for sigma in (1.5, 6))
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    parts = (ndimage.convolve(grey, kernel), grey - narrow, narrow - wide)
    return np.array([(part[region] ** 2).mean() for part in parts])


def alone(pair: Pair, level: float) -> Mask:
    """Return where one photo alone is seen, and some px around."""
    mesh, weights = pair.mesh, integer_weights(level)
    nodes = blend_nodes(list(mesh.frame_nodes), weights)
    covers = []
    for k, source in enumerate(pair.sources):
        cover = cover_of(mesh.insides[k], (source.width, source.height))
        white = np.repeat((cover[..., None] > 0) * np.uint8(255), 3, axis=2)
        shown = render(
            [Source(white)],
            [mesh.photo_nodes[k]],
            nodes,
            mesh.triangles,
            (ONE,),
            size=mesh.size,
            sampling="bilinear",
        )
        covers.append(shown[..., 0] > 0)
    return np.asarray(ndimage.binary_dilation(covers[0] ^ covers[1], iterations=10))


def table(pair: Pair) -> None:
    """Print the energies of frames, relative to the line between the ends."""
    ends = [render_frame(pair.mesh, pair.sources, level) for level in (0.0, 1.0)]
    masks = {"face": lambda level: face_region(pair.mesh, level)}
    if any(len(inside) for inside in pair.mesh.insides):
        masks["face, openings apart"] = lambda level: (
            face_region(pair.mesh, level) & ~alone(pair, level)
        )
    for what, mask in masks.items():
        first, second = (energies(ends[k], mask(float(k))) for k in (0, 1))
        for level in LEVELS:
            line = first + level * (second - first)
            row = []
            for name in DETAILS:
                options = Rendering(detail=name)
                frame = render_frame(pair.mesh, pair.sources, level, options)
                row += [energies(frame, mask(level)) / line]
            cells = "   ".join("".join(f"{x:8.1%}" for x in part - 1) for part in row)
            print(f"{pair.name:<5}{what:<22}{level:5.0%} {cells}")


def cost(pair: Pair, rounds: int) -> tuple[float, float]:
    """Return CPU seconds of a plain frame and the cost of a level one, in those."""
    seconds: dict[str, list[float]] = {name: [] for name in DETAILS}
    for k in range(rounds):
        for name, spent in seconds.items():
            begin = time.process_time()
            level = (k + 1) / (rounds + 1)
            render_frame(pair.mesh, pair.sources, level, Rendering(detail=name))
            spent.append(time.process_time() - begin)
    ratios = [b / a for a, b in zip(seconds["plain"], seconds["level"], strict=True)]
    return statistics.median(seconds["plain"]), statistics.median(ratios)


def crops(pair: Pair) -> Frame:
    """Return parts of the middle frame, plain beside level, three times enlarged."""
    shown = [
        render_frame(pair.mesh, pair.sources, 0.5, Rendering(detail=name))
        for name in DETAILS
    ]
    y, x = np.nonzero(face_region(pair.mesh, 0.5))
    width, height = min(160, int(np.ptp(x)) // 2), min(110, int(np.ptp(y)) // 3)
    rows = []
    for right, down in ((0.08, 0.12), (0.3, 0.6), (0.3, 0.88), (-0.2, 0.2)):
        left = max(x.min() + int(right * np.ptp(x)), 0)
        top = min(y.min() + int(down * np.ptp(y)), shown[0].shape[0] - height)
        parts = [frame[top : top + height, left : left + width] for frame in shown]
        rows.append(np.hstack(parts))
    whole, cubic = np.vstack(rows), cv2.INTER_CUBIC
    return np.asarray(cv2.resize(whole, None, fx=3, fy=3, interpolation=cubic))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3, help="of the data set")
    parser.add_argument("--size", type=int, default=675, help="of their frames")
    parser.add_argument("--no-align", action="store_true", help="frames of the photos")
    parser.add_argument("--rounds", type=int, default=9, help="of timing")
    parser.add_argument("--picture", type=Path, help="folder for crops")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    print("above or below the line between the ends: Laplacian, < 1.5 px, 1.5 to 6 px")
    print(f"{'':<33}{'plain':>24}   {'level':>24}")
    for pair in pairs(wanted.pairs, wanted.size, align=not wanted.no_align):
        table(pair)
        seconds, ratio = cost(pair, wanted.rounds)
        width, height = pair.mesh.size
        print(
            f"{pair.name:<5}{width} x {height}: {1000 * seconds:.0f} ms a frame, "
            f"level {ratio:.2f} times that"
        )
        if wanted.picture:
            wanted.picture.mkdir(parents=True, exist_ok=True)
            path = wanted.picture / f"detail_{pair.name}.png"
            PillowImage.fromarray(crops(pair)).save(path)


if __name__ == "__main__":
    main()
