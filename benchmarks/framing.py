"""Is the face in the frame, wherever it lies in its photograph? Else an error tells.

Run: python benchmarks/framing.py [--pairs 001 002 …] [--copies "small" …] [--infants]

Of each of the ten neutral-smiling pairs in shared/data/london beside the repository
(CC-BY 4.0, DeBruine & Jones 2017) the smiling photograph is copied as it would be if
it were taken otherwise: rolled, beside the middle, small, in a corner, of another size,
and cut off by the edge. With --infants, so are those of the shipped infants (neutral to
distressed). Each copy is morphed with the neutral photograph as it is, by
`morph_photos` and its default frame, in three steps.

Landmarks are those that are detected in the photograph as it is, carried to the copy by
the similarity that made it: what is asked is where the frame lies, not what a detector
finds. For each kind of copy are printed, over the pairs,

- in: builds without an error in which every face (landmarks, and the forehead above)
  lies in all images, and was in its photograph;
- error: builds with `face-outside-frame` or `face-outside-photo` as an error;
- refused: copies whose landmarks lie so far outside that nothing is built;
- wrongly: of these two, those whose faces lie in images and photographs to the last
  point;
- missed: builds without an error that lack more than 0.5 % of a face, in the images or
  in the photograph (a photograph lacks up to 1 % with a warning alone).

What is lacking is counted here anew, on a grid of points inside the outline.
"""

import argparse
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage.measure import points_in_poly

import morphkit as mk
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.extent import with_forehead
from morphkit.geometry.hull import convex_hull
from morphkit.pack.contents import mesh_of
from morphkit.pipeline.demo import demo_identities
from morphkit.pipeline.source_faces import SourceFiles

LONDON = Path(__file__).resolve().parents[2] / "shared" / "data" / "london"
#: Longer side of a photograph as it is, pixels.
SIDE = 480
#: How a copy is made: roll in degrees, scale, the middle of the face in fractions of
#: the copy, and its size.
COPIES: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "rolled 30°": {"roll": 30, "scale": 0.8},
    "rolled -75°": {"roll": -75, "scale": 0.8},
    "upside down": {"roll": 180, "scale": 0.8},
    "beside": {"scale": 0.6, "at": (0.3, 0.5)},
    "high": {"scale": 0.6, "at": (0.5, 0.3)},
    "low, rolled": {"scale": 0.5, "at": (0.5, 0.72), "roll": 40},
    "small": {"scale": 0.3},
    "small, in a corner": {"scale": 0.25, "at": (0.84, 0.82)},
    "wide": {"scale": 0.5, "at": (0.7, 0.5), "size": (720, 360)},
    "tall": {"scale": 0.6, "at": (0.5, 0.3), "size": (360, 800)},
    "cheek cut off": {"scale": 0.8, "at": (0.14, 0.5)},
    "chin cut off": {"scale": 0.8, "at": (0.5, 0.88)},
    "forehead cut off": {"scale": 0.8, "at": (0.5, 0.14)},
}
#: Share of a face that may be lacking unnoticed.
LEAST = 0.005
ERRORS = ("face-outside-frame", "face-outside-photo")


def write(folder: Path, name: str, photo: Image.Image, marks: Landmarks) -> SourceFiles:
    """Write a photograph and its landmarks."""
    files = SourceFiles(folder / f"{name}.png", folder / f"{name}.json")
    photo.save(files.photo)
    mk.write_landmarks(files.landmarks, marks, overwrite=True)
    return files


def copied(
    photo: Image.Image,
    marks: Landmarks,
    *,
    roll: float = 0.0,
    scale: float = 1.0,
    at: tuple[float, float] = (0.5, 0.5),
    size: tuple[int, int] | None = None,
) -> tuple[Image.Image, Landmarks]:
    """Return a photograph as it would be if it were taken otherwise."""
    size = size or photo.size
    turn = math.radians(roll)
    a, b = scale * math.cos(turn), scale * math.sin(turn)
    forward = np.array([[a, b], [-b, a]])
    middle = (marks.points.min(axis=0) + marks.points.max(axis=0)) / 2
    place = np.array(size) * at - 0.5
    # Pillow asks where a pixel of the copy comes from, in corners of pixels.
    back = np.linalg.inv(forward)
    shift = middle + 0.5 - back @ (place + 0.5)
    coefficients = (*back[0], shift[0], *back[1], shift[1])
    copy = photo.transform(
        size,
        Image.Transform.AFFINE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=(190, 200, 210),
    )
    points = (marks.points - middle) @ forward.T + place
    return copy, Landmarks(marks.template, points)


def lacking(marks: Landmarks, size: tuple[int, int]) -> float:
    """Return the share of a face, with its forehead, that lies outside an image."""
    hull = convex_hull(with_forehead(marks.points, marks.template))
    low, high = hull.min(axis=0), hull.max(axis=0)
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 200).T), axis=-1).reshape(-1, 2)
    face = grid[points_in_poly(grid, hull)]
    outside = (face < -0.5) | (face > np.array(size) - 0.5)
    return float(outside.any(axis=1).mean())


def in_images(folder: Path, pack: mk.Pack, marks: Landmarks) -> float:
    """Return the largest share of a face that lies outside the images of a pack."""
    mesh = mesh_of(folder, pack.continua[0].continuum_id, pack.stimuli).correspondence
    size = (pack.stimuli[0].width, pack.stimuli[0].height)
    ends = mesh.landmarks / 256
    shapes = [ends[0], (ends[0] + ends[1]) / 2, ends[1]]
    return max(lacking(Landmarks(marks.template, shape), size) for shape in shapes)


def outcome(
    folder: Path, plain: SourceFiles, photo: Image.Image, marks: Landmarks, size: int
) -> list[str]:
    """Return what became of a copy that is morphed with a photograph as it is."""
    files = write(folder, "copy", photo, marks)
    lacks = lacking(marks, photo.size)
    try:
        pack = mk.morph_photos(
            plain,
            files,
            folder / "pack",
            n_steps=3,
            size=(size, size),
            settings={"morph": {"refine": "none"}},
            overwrite=True,
        )
    except mk.InputError as error:
        if "outside the image" not in str(error):
            raise
        return ["refused"] if lacks > 0 else ["refused", "wrongly"]
    told = {f.code for f in pack.findings if f.severity == "error"} & {*ERRORS}
    lacks = max(lacks, in_images(folder / "pack", pack, marks))
    if told:
        return ["error"] if lacks > 0 else ["error", "wrongly"]
    return ["missed"] if lacks > LEAST else ["in"]


def photographs(
    pairs: Sequence[str], *, infants: bool
) -> Iterator[list[tuple[Image.Image, Landmarks]]]:
    """Return two photographs of a person at a time, with landmarks."""
    for pair in pairs:
        faces = []
        for end in ("03", "08"):
            photo = Image.open(LONDON / f"{pair}_{end}.jpg").convert("RGB")
            photo.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            faces.append((photo, mk.detect(np.asarray(photo))))
        yield faces
    for name in demo_identities() if infants else ():
        faces = []
        for label in ("neutral", "distressed"):
            folder = mk.shipped_faces()
            photo = Image.open(folder / "source_faces" / f"{name}_{label}.png")
            marks = mk.read_landmarks(folder / "landmarks" / f"{name}_{label}.json")
            scale = SIDE / photo.width
            small = photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            points = (marks.points + 0.5) * scale - 0.5
            faces.append((small, Landmarks(marks.template, points)))
        yield faces


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line for each kind of copy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = sorted(path.name[:3] for path in LONDON.glob("*_08.jpg"))
    parser.add_argument("--pairs", nargs="*", default=every)
    parser.add_argument("--copies", nargs="+", choices=COPIES, default=list(COPIES))
    parser.add_argument("--infants", action="store_true")
    parser.add_argument("--size", type=int, default=128)
    wanted = parser.parse_args(arguments)
    found: dict[str, Counter[str]] = {how: Counter() for how in wanted.copies}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for first, second in photographs(wanted.pairs, infants=wanted.infants):
            plain = write(folder, "plain", *first)
            for how in wanted.copies:
                copy = copied(*second, **COPIES[how])
                found[how].update(outcome(folder, plain, *copy, wanted.size))
    titles = ("in", "error", "refused", "wrongly", "missed")
    print(f"{'':20}" + "".join(f"{title:>9}" for title in titles))
    every_one: Counter[str] = sum(found.values(), Counter())
    for how, counted in {**found, "all": every_one}.items():
        print(f"{how:20}" + "".join(f"{counted[title]:9}" for title in titles))


if __name__ == "__main__":
    main()
