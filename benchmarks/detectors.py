"""Print how accurate and how steady each detector is on the London faces.

Run ``python benchmarks/detectors.py FOLDER``, FOLDER holding NNN_03.jpg, NNN_03.tem and
NNN_08.jpg of the Face Research Lab London Set. All errors are percent of the distance
of the outer eye corners (IOD), means over faces and points.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from morphkit._core.arrays import Frame, Points
from morphkit.errors import InputError
from morphkit.faces.detectors import DETECTORS, detect
from morphkit.faces.detectors.agreement import agreement
from morphkit.faces.formats import builtin_template

# Points of ibug_68 (or means of two) and the point of the 189-point template that is
# defined alike; only where the two definitions agree to about 1 % IOD.
TIGHT: dict[str, list[tuple[tuple[int, ...], int]]] = {
    "eye corners": [((36,), 18), ((39,), 22), ((42,), 23), ((45,), 27)],
    "lids": [((37, 38), 20), ((40, 41), 29), ((43, 44), 25), ((46, 47), 32)],
    "nose base": [((33,), 55)],
    "mouth corners": [((48,), 87), ((54,), 93)],
    "outer lips": [((50,), 89), ((51,), 90), ((52,), 91), ((57,), 106)],
    "inner lips": [((62,), 96), ((66,), 101)],
}
INNER = slice(17, 68)

Move = Callable[[Frame], tuple[Frame, Callable[[Points], Points]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    neutral = [read(path) for path in sorted(folder.glob("*_03.jpg"))]
    smiling = [read(path) for path in sorted(folder.glob("*_08.jpg"))]
    truth = [read_tem(path) for path in sorted(folder.glob("*_03.tem"))]
    print(f"OpenCV {cv2.__version__}; {len(neutral)} neutral, {len(smiling)} smiling")
    for name in DETECTORS:
        print(f"\n{name}")
        start = time.process_time()
        found = [detect(image, detector=name).points for image in neutral]
        seconds = (time.process_time() - start) / len(neutral)
        print(f"  {'CPU seconds a photograph':34}{seconds:8.2f}")
        print_accuracy(found, truth)
        print_steadiness(name, neutral, found)
    print("\nmesh and dlib_68 apart")
    for label, images in (("neutral", neutral), ("smiling", smiling)):
        pairs = [[detect(image, detector=d) for d in DETECTORS] for image in images]
        apart = [agreement(*pair) for pair in pairs]
        rows = {key: np.mean([a[key] for a in apart]) for key in apart[0]}
        print(f"  {label:10}", "  ".join(f"{k} {v:.1f}" for k, v in rows.items()))


def read(path: Path) -> Frame:
    """Return a photograph."""
    return np.asarray(cv2.imread(str(path)), np.uint8)[..., ::-1].copy()


def read_tem(path: Path) -> Points:
    """Return the points of a .tem file."""
    lines = path.read_text().splitlines()
    rows = [line.split()[:2] for line in lines[1 : int(lines[0]) + 1]]
    return np.array(rows, dtype=float)


def print_accuracy(found: list[Points], truth: list[Points]) -> None:
    """Print error against the hand-made templates, raw and without the mean offset."""
    everything = []
    for label, pairs in TIGHT.items():
        offsets = np.array(
            [
                [in_face(f[list(a)].mean(axis=0) - t[b], t) for a, b in pairs]
                for f, t in zip(found, truth, strict=True)
            ]
        )
        everything.append(offsets)
        print_row(label, offsets)
    print_row("all of these", np.concatenate(everything, axis=1))


def in_face(offset: Points, truth: Points) -> Points:
    """Return an offset along and across the eye line in percent of the IOD."""
    across = truth[27] - truth[18]
    c, s = across / np.hypot(*across)
    rotated: Points = np.array([[c, s], [-s, c]]) @ offset / np.hypot(*across) * 100
    return rotated


def print_row(label: str, offsets: Points) -> None:
    """Print mean error, error without the mean offset, and the mean offset."""
    raw = np.linalg.norm(offsets, axis=-1).mean()
    centred = np.linalg.norm(offsets - offsets.mean(axis=0), axis=-1).mean()
    right, down = offsets.mean(axis=(0, 1))
    print(f"  {label:34}{raw:8.2f}{centred:8.2f}   offset {right:+.2f} {down:+.2f}")


def print_steadiness(name: str, images: list[Frame], found: list[Points]) -> None:
    """Print how far the inner points move when the image is changed in a known way."""
    for label, move in MOVES.items():
        distances = []
        for image, points in zip(images, found, strict=True):
            moved, expected = move(image)
            wanted = expected(points)
            unit = np.hypot(*(wanted[45] - wanted[36])) / 100
            try:
                again = detect(moved, detector=name).points
            except InputError:
                continue
            change = np.linalg.norm(again - wanted, axis=1) / unit
            distances.append(change[INNER].mean())
        missed = len(images) - len(distances)
        said = f"{np.mean(distances):8.2f}" if distances else "       -"
        print(f"  {label:34}{said}" + (f"   {missed} not found" if missed else ""))


def affine(image: Frame, matrix: Points) -> tuple[Frame, Callable[[Points], Points]]:
    """Return the image moved by a matrix, and the map that its points follow."""
    size = (image.shape[1], image.shape[0])
    moved = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8), lambda p: p @ matrix[:, :2].T + matrix[:, 2]


def turned(angle_deg: float) -> Move:
    """Return a turn about the image's centre."""

    def move(image: Frame) -> tuple[Frame, Callable[[Points], Points]]:
        height, width = image.shape[:2]
        centre = ((width - 1) / 2, (height - 1) / 2)
        return affine(image, cv2.getRotationMatrix2D(centre, angle_deg, 1.0))

    return move


def mirrored(image: Frame) -> tuple[Frame, Callable[[Points], Points]]:
    """Return the mirror image."""
    partner = list(builtin_template("ibug_68").mirror)
    width = image.shape[1]

    def expected(points: Points) -> Points:
        other = points[partner].copy()
        other[:, 0] = width - 1 - other[:, 0]
        return other

    return image[:, ::-1].copy(), expected


def shifted(image: Frame) -> tuple[Frame, Callable[[Points], Points]]:
    """Return the image one pixel further right and down."""
    return affine(image, np.array([[1.0, 0, 1], [0, 1, 1]]))


def shrunk(scale: float) -> Move:
    """Return the image made smaller, in a grey frame of the old size."""

    def move(image: Frame) -> tuple[Frame, Callable[[Points], Points]]:
        height, width = image.shape[:2]
        size = (round(width * scale), round(height * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        x, y = (width - size[0]) // 2, (height - size[1]) // 2
        framed = np.full_like(image, 128)
        framed[y : y + size[1], x : x + size[0]] = small
        factor = np.array(size) / (width, height)
        return framed, lambda p: (p + 0.5) * factor - 0.5 + (x, y)

    return move


MOVES: dict[str, Move] = {
    "shift by 1 pixel": shifted,
    "mirror": mirrored,
    "turn by 5 degrees": turned(5),
    "turn by 30 degrees": turned(30),
    "turn by 45 degrees": turned(45),
    "turn by 90 degrees": turned(90),
    "turn by 180 degrees": turned(180),
    "half the size": shrunk(0.5),
    "a fifth of the size": shrunk(0.2),
    "a tenth of the size": shrunk(0.1),
}


if __name__ == "__main__":
    main()
