"""Whether luminance, contrast and colour of the face follow the line between the ends.

Usage: python benchmarks/luminance.py [--pairs 10] [--shipped 12] [--size 675]
       [--steps 15] [--blend linear] [--detail level] [--match none] [--csv FILE]
       [--truth]

For every continuum of `steps` frames, inside the hull of the landmarks at each level:
mean luminance, RMS contrast (standard deviation of luminance) and mean red, green and
blue, all of linear light. What is printed is the largest departure from the straight
line between the two end frames, in percent of the line, beside two departures that
tell the causes apart:

agreeing
    The contrast that the blend of the two warped photographs must lose where they
    differ: Var(wA + (1-w)B) = w·Var A + (1-w)·Var B - w(1-w)·Var(A-B). The column is
    the departure of the contrast with that loss added back.
shape
    Departure of the mean luminance of photograph A alone and B alone, warped to each
    level and then averaged with the weights of the level: what the moving outline and
    the changing shares of cheek, brow and mouth do without any blending.

With `--truth` instead: what the true pictures of the rendered infants do at 25, 50 and
75 % (rendered as in ``ground_truth.py`` where they are missing, which needs the
requirements of ``faces_generator``), beside the morphs of the same ends in the frame of
the pictures. A face that changes does not keep to the line by nature.

Needs shared/data/london beside the repository (CC-BY 4.0, DeBruine & Jones 2017) for
the photographs; shipped faces always run.
"""

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Frame, Image
from morphkit.faces.detectors import detect
from morphkit.faces.face import Face
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.geometry.align import ALIGNMENTS, to_common_frame
from morphkit.geometry.correspondence import correspond
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.morph.frame import prepare_sources, render_frame, render_light
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.normalise.light import between, line_to, on_light, tone_of
from morphkit.morph.settings import Rendering
from morphkit.pipeline.demo import demo_identities, shipped_faces
from morphkit.pixels import ONE, RenderJob, blend_nodes, render
from morphkit.pixels.spec import decode_table, encode_table
from morphkit.quality.checks import face_region

ROOT = Path(__file__).resolve().parents[1]
LONDON = ROOT.parent / "shared" / "data" / "london"
MEASURES = ("luminance", "contrast", "red", "green", "blue")
Values = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """A pair that is ready for rendering."""

    name: str
    mesh: Correspondence
    photos: tuple[Image, ...]


def pairs(shipped: int, photographs: int, side: int) -> Iterator[Pair]:
    """Yield the shipped pairs, then those of the data set."""
    for name in list(demo_identities())[:shipped]:
        yield matched(name, shipped_ends(name), (512, 512))
    for path in sorted(LONDON.glob("*_08.jpg"))[:photographs]:
        photos = [read_image(path.with_stem(path.stem[:4] + k)) for k in ("03", "08")]
        yield matched(path.stem[:3], [Face(p, detect(p)) for p in photos], (side, side))


def shipped_ends(name: str) -> list[Face]:
    """Return the happy and the distressed face of a shipped infant."""
    root = shipped_faces()
    return [
        Face(
            read_image(root / "source_faces" / f"{name}_{label}.png"),
            read_landmarks(root / "landmarks" / f"{name}_{label}.json"),
        )
        for label in ("happy", "distressed")
    ]


def matched(name: str, faces: list[Face], size: tuple[int, int] | None) -> Pair:
    """Return a pair in the frame and with the mesh that `morphkit morph` takes.

    Without a size the frame is that of the photographs.
    """
    alignment = ALIGNMENTS["two_point"] if size else None
    moves, size = to_common_frame(faces, alignment=alignment, size=size)
    photos = tuple(face.image for face in faces)
    mesh = correspond(
        [face.landmarks for face in faces],
        moves,
        warp=WARPS["tps"],
        size=size,
        photos=photos,
        refinement=REFINEMENTS[DEFAULT],
    ).correspondence
    return Pair(name, mesh, photos)


def light_of(frame: Frame, region: npt.NDArray[np.bool_]) -> Values:
    """Return linear light of a region, columns luminance, red, green, blue."""
    rgb = decode_table("uint8")[frame[region]] / 32767
    return np.column_stack([rgb @ np.array([0.2126, 0.7152, 0.0722]), rgb])


def summary(light: Values) -> Values:
    """Return the measures of one frame."""
    return np.array([light[:, 0].mean(), light[:, 0].std(), *light[:, 1:].mean(axis=0)])


def line(values: Values, levels: Values) -> Values:
    """Return the straight line between the first and the last row."""
    share = levels.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[0] + share * (values[-1] - values[0]))


def largest(departures: Values) -> Values:
    """Return the departure of every column that is largest without its sign."""
    at = np.abs(departures).argmax(axis=0)
    return np.take_along_axis(departures, at[None], axis=0)[0]


def departures(
    pair: Pair, levels: Values, how: Rendering, match: str = "none"
) -> tuple[Values, Values]:
    """Return departures of the measures and of `agreeing` and `shape`, fractions."""
    sources = prepare_sources(pair.mesh, pair.photos, how)
    lights = [
        render_light(pair.mesh, sources, (integer_weights(t),) * 3, how)
        for t in levels.tolist()
    ]
    regions = [face_region(pair.mesh, level) for level in levels.tolist()]
    if match == "line":
        tones = [tone_of(f, region) for f, region in zip(lights, regions, strict=True)]
        for k, level in enumerate(levels.tolist()):
            wanted = between(tones[0], tones[-1], level)
            lights[k] = on_light(lights[k], line_to(tones[k], wanted))
    frames = [np.asarray(encode_table()[light]) for light in lights]
    rows, agreeing, shape = [], [], []
    for level, frame, region in zip(levels.tolist(), frames, regions, strict=True):
        rows.append(summary(light_of(frame, region)))
        nodes = blend_nodes(list(pair.mesh.frame_nodes), integer_weights(level))
        alone = [
            light_of(
                render(
                    RenderJob(
                        [source],
                        [pair.mesh.photo_nodes[k]],
                        nodes,
                        pair.mesh.triangles,
                        (ONE,),
                        size=pair.mesh.size,
                        sampling=how.sampling,
                    )
                ),
                region,
            )[:, 0]
            for k, source in enumerate(sources)
        ]
        apart = level * (1 - level) * (alone[0] - alone[1]).var()
        agreeing.append(np.sqrt(rows[-1][1] ** 2 + apart))
        shape.append((1 - level) * alone[0].mean() + level * alone[1].mean())
    found = np.array(rows)
    causes = np.column_stack([agreeing, shape])
    return tuple(v / line(v, levels) - 1 for v in (found, causes))  # type: ignore[return-value]


def print_truth(count: int, how: Rendering) -> None:
    """Print departures of true pictures and of morphs from the line, percent."""
    from ground_truth import regions, truth

    rows = []
    eyes: dict[float, list[float]] = {0.25: [], 0.5: [], 0.75: []}
    print("largest departure over 25, 50, 75 %, percent: luminance, contrast")
    print(f"{'':<7}{'truth, line':>18}{'morph, line':>18}{'morph, truth':>18}")
    for name in list(demo_identities())[:count]:
        pair = matched(name, shipped_ends(name), None)
        sources = prepare_sources(pair.mesh, pair.photos, how)
        shown = {"truth": [], "morph": []}
        for level in (0.0, 0.25, 0.5, 0.75, 1.0):
            region = face_region(pair.mesh, level)
            morph = render_frame(pair.mesh, sources, level, how)
            if level in eyes:
                true, points = truth(name, level, "linear")
                mask = regions(points, true.shape[0])["eyes"]
                light = [light_of(picture, mask).mean() for picture in (morph, true)]
                eyes[level].append(light[0] / light[1])
            else:
                true = pair.photos[int(level)]
            shown["truth"].append(summary(light_of(true, region)))
            shown["morph"].append(summary(light_of(morph, region)))
        true, morph = (np.array(values)[:, :2] for values in shown.values())
        levels = np.linspace(0, 1, 5)
        pairs_of = (
            true / line(true, levels),
            morph / line(morph, levels),
            morph / true,
        )
        rows.append(np.concatenate([largest(ratio - 1) for ratio in pairs_of]))
        print(f"{name:<7}" + "".join(f"{100 * v:+9.2f}" for v in rows[-1]))
    table = np.abs(rows)
    for what, of in (("median", np.median), ("most", np.max)):
        print(f"{what:<7}" + "".join(f"{100 * v:9.2f}" for v in of(table, axis=0)))
    inside = (table <= 0.01).sum(axis=0)
    print(f"{'<= 1 %':<7}" + "".join(f"{n:>6}/{len(table)}" for n in inside))
    told = (f"{np.mean(ratios):.3f} at {level:g}" for level, ratios in eyes.items())
    print(f"light of the eyes, morph over truth: {', '.join(told)}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10, help="of the data set")
    parser.add_argument("--shipped", type=int, default=12, help="of the shipped faces")
    parser.add_argument("--size", type=int, default=675, help="of photographs' frames")
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--blend", default="linear")
    parser.add_argument("--detail", default="level")
    parser.add_argument("--match", choices=("none", "line"), default="none")
    parser.add_argument("--csv", type=Path, help="every departure of every frame")
    parser.add_argument("--truth", action="store_true", help="what true pictures do")
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    levels = np.linspace(0, 1, wanted.steps)
    how = Rendering(blend=wanted.blend, detail=wanted.detail)
    if wanted.truth:
        print_truth(wanted.shipped, how)
        return
    print("largest departure from the line between the ends, percent")
    print(f"{'':<7}" + "".join(f"{m:>11}" for m in (*MEASURES, "agreeing", "shape")))
    worst, lines = [], []
    for pair in pairs(wanted.shipped, wanted.pairs, wanted.size):
        found, causes = departures(pair, levels, how, wanted.match)
        both = np.column_stack([found, causes])
        worst.append(largest(both))
        print(f"{pair.name:<7}" + "".join(f"{100 * v:+11.2f}" for v in worst[-1]))
        lines += [
            [pair.name, f"{level:.6g}", *(f"{v:.6g}" for v in row)]
            for level, row in zip(levels, both, strict=True)
        ]
    table = np.abs(worst)
    for what, of in (("median", np.median), ("most", np.max)):
        print(f"{what:<7}" + "".join(f"{100 * v:11.2f}" for v in of(table, axis=0)))
    inside = (table[:, :5] <= 0.01).sum(axis=0)
    print(f"{'<= 1 %':<7}" + "".join(f"{n:>8}/{len(table)}" for n in inside))
    if wanted.csv:
        with wanted.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["pair", "level", *MEASURES, "agreeing", "shape"])
            writer.writerows(lines)


if __name__ == "__main__":
    main()
