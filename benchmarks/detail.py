"""How much fine detail frames keep along a continuum, where, and what it costs.

Usage: python benchmarks/detail.py [--pairs 3] [--shipped 2] [--size 675] [--no-align]
       [--every] [--picture FOLDER] [--truth]

For every pair, frames at 25, 50 and 75 % are compared with the straight line between
the two ends: variance of the Laplacian, energy of what a Gaussian of 1.5 px takes away
("fine"), and energy between Gaussians of 1.5 and 6 px, all on code values, in the
frame and the hull of the landmarks, plain and levelled; with `--every` also for skin,
brows, eyes, mouth, hair and clothes. The last column, "warped", is the fine energy of
the photographs warped to the level one by one, on average: what moving and stretching
does to the line without any blending, so that "level" less "warped" is what blending
does.

What one photo alone shows (mouths that open, eyes that shut) is as sharp as there at
every level, and its rim is as long as ever while its area shrinks: it is above the line
by nature. It is left out of all rows but "face, openings in it".
Beyond 5 % of the line are counted at the end. Cost is CPU time of a frame, plain and
level interleaved, median ratio. `--picture` writes crops of the middle frame, plain
beside level, three times enlarged. With `--truth` instead: what true pictures of the
rendered infants do on the way (rendered as in ``ground_truth.py`` where they are
missing, which needs the requirements of ``faces_generator``). Needs shared/data/london
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

from morphkit._core.arrays import Frame
from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.align import ALIGNMENTS, Alignment, to_common_frame
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL, Correspondence
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pipeline.demo import demo_identities, shipped_faces
from morphkit.pixels import (
    DETAILS,
    ONE,
    RenderJob,
    Source,
    blend_nodes,
    cover_of,
    render,
)
from morphkit.quality.checks import face_region

ROOT = Path(__file__).resolve().parents[1]
LONDON = ROOT.parent / "shared" / "data" / "london"
LEVELS = (0.25, 0.5, 0.75)
#: Parts of the face, by landmarks (first, behind the last) of the 68.
PARTS = {
    "brows": ((17, 22), (22, 27)),
    "eyes": ((36, 42), (42, 48)),
    "mouth": ((48, 60),),
}
Mask = npt.NDArray[np.bool_]
Energies = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """A pair that is ready for rendering."""

    name: str
    mesh: Correspondence
    sources: tuple[Source, ...]


def pairs(shipped: int, count: int, side: int, *, align: bool) -> Iterator[Pair]:
    """Yield the shipped pairs, then those of the data set."""
    method = ALIGNMENTS["two_point"] if align else None
    root = shipped_faces()
    for name in list(demo_identities())[:shipped]:
        faces = [
            Face(
                read_image(root / "source_faces" / f"{name}_{label}.png"),
                read_landmarks(root / "landmarks" / f"{name}_{label}.json"),
            )
            for label in ("happy", "distressed")
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
        refinement=REFINEMENTS[DEFAULT],
    ).correspondence
    return Pair(name, mesh, prepare_sources(mesh, photos))


def energies(frame: Frame) -> Energies:
    """Return the squares of Laplacian, fine structure and band of every pixel."""
    grey = frame.astype(np.float64) @ np.array([54, 183, 19]) / 256
    narrow, wide = (ndimage.gaussian_filter(grey, sigma) for sigma in (1.5, 6))
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    parts = (ndimage.convolve(grey, kernel), grey - narrow, narrow - wide)
    return np.array([part**2 for part in parts])


def regions(pair: Pair, level: float, *, every: bool) -> dict[str, Mask]:
    """Return the parts of the frame at a level, openings apart."""
    both = ~alone(pair, level)
    face = face_region(pair.mesh, level)
    found = {"face": face & both, "whole frame": both}
    if any(len(inside) for inside in pair.mesh.insides):
        found["face, openings in it"] = face
    if not every:
        return found
    first, second = pair.mesh.landmarks / UNITS_PER_PIXEL
    points = (1 - level) * first + level * second
    width = float(np.ptp(points[:17, 0]))
    skin = face & both
    for name, slices in PARTS.items():
        mask = np.zeros(face.shape, np.uint8)
        for start, end in slices:
            outline = cv2.convexHull(np.rint(points[start:end]).astype(np.int32))
            cv2.fillConvexPoly(mask, outline, 1)
        around = ndimage.binary_dilation(mask, iterations=max(round(0.03 * width), 2))
        found[name] = around & face & both
        skin = skin & ~around
    rows = np.arange(len(face))[:, None]
    outside = ~ndimage.binary_dilation(face, iterations=max(round(0.03 * width), 2))
    chin = points[8, 1]
    return found | {
        "skin": skin,
        "hair and above": outside & (rows < chin - 0.3 * width),
        "clothes": outside & (rows > chin + 0.15 * width),
    }


def alone(pair: Pair, level: float) -> Mask:
    """Return where one photo alone is seen, and some px around."""
    mesh, weights = pair.mesh, integer_weights(level)
    nodes = blend_nodes(list(mesh.frame_nodes), weights)
    covers = []
    for k, source in enumerate(pair.sources):
        cover = cover_of(mesh.insides[k], (source.width, source.height))
        white = np.repeat((cover[..., None] > 0) * np.uint8(255), 3, axis=2)
        shown = render(
            RenderJob(
                [Source(white)],
                [mesh.photo_nodes[k]],
                nodes,
                mesh.triangles,
                (ONE,),
                size=mesh.size,
                sampling="bilinear",
            )
        )
        covers.append(shown[..., 0] > 0)
    return np.asarray(ndimage.binary_dilation(covers[0] ^ covers[1], iterations=10))


def warped(pair: Pair, level: float) -> list[Frame]:
    """Return the photographs in the shape of a level, each alone."""
    nodes = blend_nodes(list(pair.mesh.frame_nodes), integer_weights(level))
    return [
        render(
            RenderJob(
                [source],
                [place],
                nodes,
                pair.mesh.triangles,
                (ONE,),
                size=pair.mesh.size,
            )
        )
        for source, place in zip(pair.sources, pair.mesh.photo_nodes, strict=True)
    ]


def table(pair: Pair, *, every: bool) -> dict[str, float]:
    """Print energies relative to the line between the ends; return the worst fine one.

    Returns
    -------
    dict
        By region the departure that is largest without its sign, of levelled frames.
    """
    ends = [energies(render_frame(pair.mesh, pair.sources, t)) for t in (0.0, 1.0)]
    parts = [regions(pair, t, every=every) for t in (0.0, 1.0)]
    worst: dict[str, float] = {}
    for level in LEVELS:
        shown = [
            energies(
                render_frame(pair.mesh, pair.sources, level, Rendering(detail=name))
            )
            for name in DETAILS
        ]
        apart = [energies(frame)[1] for frame in warped(pair, level)]
        for what, mask in regions(pair, level, every=every).items():
            masks = [part[what] for part in parts]
            if not all(part.any() for part in (mask, *masks)):
                continue
            first, second = (
                end[:, part].mean(axis=1) for end, part in zip(ends, masks, strict=True)
            )
            line = first + level * (second - first)
            moved = sum(
                share * energy[mask].mean()
                for share, energy in zip((1 - level, level), apart, strict=True)
            )
            row = [energy[:, mask].mean(axis=1) / line - 1 for energy in shown]
            cells = "   ".join("".join(f"{x:8.1%}" for x in part) for part in row)
            shift = moved / line[1] - 1
            print(f"{pair.name:<5}{what:<22}{level:5.0%} {cells}   {shift:8.1%}")
            worst[what] = max(worst.get(what, 0.0), float(row[1][1]), key=abs)
    return worst


def print_truth(count: int) -> None:
    """Print the fine energy of true pictures relative to the line, openings in it."""
    from ground_truth import regions as true_regions
    from ground_truth import truth

    print(
        "fine energy of true pictures against the line between the ends, 25, 50, 75 %"
    )
    root, rows = shipped_faces(), []
    for name in list(demo_identities())[:count]:
        labels = ("happy", "distressed")
        marks = [
            read_landmarks(root / "landmarks" / f"{name}_{label}.json").points
            for label in labels
        ]
        shown = [
            (read_image(root / "source_faces" / f"{name}_{label}.png"), points)
            for label, points in zip(labels, marks, strict=True)
        ]
        shown[1:1] = [truth(name, level, "linear") for level in LEVELS]
        found = []
        for picture, points in shown:
            fine, masks = energies(picture)[1], true_regions(points, len(picture))
            found.append([fine[masks[what]].mean() for what in ("face", "eyes")])
        values = np.array(found)
        line = values[0] + np.outer(LEVELS, values[-1] - values[0])
        rows.append((values[1:-1] / line - 1).T)
        cells = "   ".join("".join(f"{x:8.1%}" for x in part) for part in rows[-1])
        print(f"{name:<7}{cells}")
    for k, what in enumerate(("face", "eyes")):
        part = np.array(rows)[:, k]
        print(f"{what:<7}{part.min():8.1%} to {part.max():.1%}")


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
    parser.add_argument("--shipped", type=int, default=2, help="of the shipped faces")
    parser.add_argument("--size", type=int, default=675, help="of their frames")
    parser.add_argument("--no-align", action="store_true", help="frames of the photos")
    parser.add_argument("--every", action="store_true", help="every part of the frame")
    parser.add_argument("--rounds", type=int, default=9, help="of timing")
    parser.add_argument("--picture", type=Path, help="folder for crops")
    parser.add_argument("--truth", action="store_true", help="what true pictures do")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    if wanted.truth:
        print_truth(wanted.shipped)
        return
    print("above or below the line between the ends: Laplacian, < 1.5 px, 1.5 to 6 px")
    print(f"{'':<33}{'plain':>24}   {'level':>24}   {'warped':>8}")
    worst: dict[str, dict[str, float]] = {}
    align = not wanted.no_align
    for pair in pairs(wanted.shipped, wanted.pairs, wanted.size, align=align):
        for what, value in table(pair, every=wanted.every).items():
            worst.setdefault(what, {})[pair.name] = value
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
    print("\nfine energy, levelled: largest departure from the line over the levels")
    for what, found in worst.items():
        outside = {name: value for name, value in found.items() if abs(value) > 0.05}
        names = ", ".join(f"{name} {value:+.1%}" for name, value in outside.items())
        print(
            f"{what:<22}{len(found) - len(outside)} of {len(found)} within 5 %; {names}"
        )


if __name__ == "__main__":
    main()
