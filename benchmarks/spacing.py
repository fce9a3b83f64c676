"""How evenly spaced continua are, and what making them even in one measure does.

Usage: python benchmarks/spacing.py [--infants 12] [--pairs 10] [--steps 15]
           [--respace gabor_jet_face256 ciede2000_mean_face256]

On the shipped infants (happy to distressed) and the pairs in shared/data/london beside
the repository (neutral to smile, detected landmarks). For every measure, on frames
before they are rounded to 8 bits unless it says otherwise:

1. equal levels: largest step over the smallest, variation, departure of the path from
   the line of equal steps, ratio of the edge steps, local exponent;
2. levels equalised on the primary measure, or on others that are named: what it and
   all the others then say, on unrounded frames and on the 8-bit frames of files;
3. matched ends: ghosting, agreement, openings, the worst landmark.

Also the common tutorial's way (piecewise affine, bilinear, sRGB, ends not resampled)
measured alike, for comparison.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import statistics
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import baselines
import numpy as np

from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.align import ALIGNMENTS, to_common_frame
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_codes, render_frame
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pipeline.demo import demo_identities, shipped_faces
from morphkit.pixels import ONE
from morphkit.quality.checks.end_agreement import compare_ends, states_of
from morphkit.quality.distances import Spacing
from morphkit.quality.equal_levels import equal_levels
from morphkit.quality.regions import face_region
from morphkit.quality.spacing import (
    find_measure,
    find_measures,
    measure_spacing,
    spacing_of_frames,
)

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
SIZE = (512, 512)
MEASURES = (
    "gabor_jet_face256",
    "ciede2000_mean_face256",
    "ciede2000_rms_face256",
    "ssim_root_face256",
    "gabor_jet_frame256",
)
EQUALISED = "gabor_jet_face256"


def infants(count: int) -> list[tuple[Face, Face]]:
    """Return the shipped faces, happy and distressed."""
    found = []
    for name in demo_identities()[:count]:
        pair = []
        for label in ("happy", "distressed"):
            image = read_image(shipped_faces() / "source_faces" / f"{name}_{label}.png")
            file = shipped_faces() / "landmarks" / f"{name}_{label}.json"
            size = (image.shape[1], image.shape[0])
            pair.append(Face(image, read_landmarks(file, size=size), name))
        found.append((pair[0], pair[1]))
    return found


def adults(count: int) -> list[tuple[Face, Face]]:
    """Return the shared pairs with detected landmarks."""
    found = []
    for path in sorted(LONDON.glob("*_08.jpg"))[:count]:
        name = path.name[:3]
        files = [LONDON / f"{name}_{label}.jpg" for label in ("03", "08")]
        photos = [read_image(file) for file in files]
        first, second = (Face(photo, detect(photo), name) for photo in photos)
        found.append((first, second))
    return found


class Pair:
    """A pair of faces, matched and ready to be rendered."""

    def __init__(self, faces: tuple[Face, Face]) -> None:
        self.faces = faces
        moves, size = to_common_frame(
            faces, alignment=ALIGNMENTS["two_point"], size=SIZE
        )
        self.mesh = correspond(
            [face.landmarks for face in faces],
            moves,
            warp=WARPS["tps"],
            size=size,
            photos=[face.image for face in faces],
            refinement=REFINEMENTS[DEFAULT],
        ).correspondence
        self.how = Rendering(detail="level")
        photos = [face.image for face in faces]
        self.sources = prepare_sources(self.mesh, photos, self.how)
        self.moves = moves

    def frame(self, level: float) -> np.ndarray:
        """Return a frame before it is rounded."""
        shares = (integer_weights(level),) * 3
        return render_codes(self.mesh, self.sources, shares, self.how)

    def file(self, level: float) -> np.ndarray:
        """Return a frame as a file holds it."""
        return render_frame(self.mesh, self.sources, level, self.how)

    def ends(self):
        """Return how well both ends match."""
        half = (ONE // 2, ONE // 2)
        how = Rendering()
        pictures = tuple(
            render_codes(self.mesh, self.sources, (half, alone, alone), how)
            for alone in ((ONE, 0), (0, ONE))
        )
        template = self.faces[0].landmarks.template
        states = states_of(*(face.landmarks.points for face in self.faces), template)
        region = face_region(self.mesh)
        return compare_ends(pictures, region, self.mesh, (0, 1), states, template)

    def tutorial(self) -> Callable[[float], np.ndarray]:
        """Return the frames of the common tutorial, floats before rounding."""
        images, points = [], []
        for k in range(2):
            frame = render_frame(self.mesh, self.sources, float(k), Rendering())
            images.append(np.float32(frame))
            marks = self.mesh.landmarks[k] / UNITS_PER_PIXEL
            points.append(baselines.with_border(marks, SIZE))
        triangles = baselines.triangles_of(*points)

        def at(level: float) -> np.ndarray:
            if level in (0.0, 1.0):
                return images[int(level)] / 255.0
            made = baselines.tutorial_frame(*images, *points, level, triangles)
            return np.clip(np.asarray(made, np.float64) / 255.0, 0, 1)

        return at


def row(name: str, found: list[Spacing]) -> None:
    """Print one measure over all pairs: medians and ranges."""

    def told(values: list[float | None], digits: int) -> str:
        known = [value for value in values if value is not None]
        if not known:
            return "-"
        middle = statistics.median(known)
        return f"{middle:.{digits}f} [{min(known):.{digits}f}-{max(known):.{digits}f}]"

    cells = (
        told([one.max_min for one in found], 3),
        told([one.cv for one in found], 3),
        told([one.departure for one in found], 3),
        told([one.edge_ratio for one in found], 2),
        told([one.exponent for one in found], 3),
        f"{sum(one.monotone for one in found)}/{len(found)}",
    )
    print(f"  {name:<26}" + "".join(f"{cell:>23}" for cell in cells), flush=True)


def table(title: str, found: dict[str, list[Spacing]]) -> None:
    """Print a table over all pairs."""
    print(f" {title}")
    head = ("max/min", "CV", "D", "edge ratio", "exponent", "monotone")
    print(f"  {'measure':<26}" + "".join(f"{cell:>23}" for cell in head))
    for name, spacings in found.items():
        row(name, spacings)


def last(name: str, tables: dict[str, dict[str, list[Spacing]]]) -> None:
    """Print largest over smallest step of the pair that was measured last."""
    for kind, found in tables.items():
        cells = (f"{measure} {one[-1].max_min:.4f}" for measure, one in found.items())
        print(f"  {name:<8}{kind}: {', '.join(cells)}", flush=True)


def run(
    title: str,
    faces: list[tuple[Face, Face]],
    n_steps: int,
    equalised: list[str],
) -> None:
    """Print the tables of some pairs."""
    print(f"{title}: {len(faces)} pairs, {n_steps} steps; median [range]", flush=True)
    tables: dict[str, dict[str, list[Spacing]]] = defaultdict(lambda: defaultdict(list))
    ends = []
    equal = np.linspace(0, 1, n_steps).tolist()
    for pair in map(Pair, faces):
        measures = find_measures(MEASURES, pair.mesh)
        ends.append((pair.faces[0].name, pair.ends()))

        def keep(kind: str, spacings: dict[str, Spacing]) -> None:
            for name, one in spacings.items():
                tables[kind][name].append(one)

        keep("equal levels", measure_spacing(pair.frame, equal, measures))
        keep("tutorial", measure_spacing(pair.tutorial(), equal, measures[:4]))
        for name in equalised:
            measure = find_measure(name, pair.mesh)
            levels = equal_levels(pair.frame, measure, n_steps).levels.tolist()
            keep(
                f"after respacing on {name}",
                measure_spacing(pair.frame, levels, measures),
            )
            files = [pair.file(level) for level in levels]
            keep(
                f"after respacing on {name}, 8-bit files",
                spacing_of_frames(files, levels, measures),
            )
        last(pair.faces[0].name, tables)
    for kind, found in tables.items():
        table(kind, found)
    steps = [one.steps.mean() for one in tables["equal levels"][MEASURES[0]]]
    factor = max(steps) / min(steps)
    print(
        f" mean step in {MEASURES[0]}: {min(steps):.1f} to {max(steps):.1f}, a factor "
        f"of {factor:.1f} between pairs"
    )
    print(" matched ends: ghosting, agreement, openings alike, worst landmark")
    for name, one in ends:
        openings = ", ".join(f"{key} {v:.1f}" for key, v in one.openings.items())
        print(
            f"  {name:<8}{one.ghosting:8.3f}{one.agreement:8.2f}  {openings:<60}"
            f"{one.landmark_error or 0:6.1f} % {one.landmark}"
        )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--infants", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--respace", nargs="*", default=[EQUALISED], metavar="MEASURE")
    asked = parser.parse_args()
    if asked.infants:
        run("infants", infants(asked.infants), asked.steps, asked.respace)
    if asked.pairs and LONDON.is_dir():
        run("London", adults(asked.pairs), asked.steps, asked.respace)


if __name__ == "__main__":
    main()
