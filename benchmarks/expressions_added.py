"""How near a transform comes to the expression that the infant itself shows.

Shipped infants at rest are transformed by what makes others smile or cry (the
prototypes of maja, nilo, oona and saga), and compared with their own pictures, which
have the same pose and light: peak signal-to-noise ratio within the landmarks, and the
correlation of what lies between 2 and 8 pixels (brows, folds, lids). Infants smile and
cry in strengths of their own, so nobody comes close; two ways can be compared. The
signal-to-noise ratio above the brows, where a crown stays, is told, too.

    python benchmarks/expressions_added.py [--infants uma wren timo]
"""

import argparse
from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

import morphkit as mk
from morphkit.geometry.correspondence.frozen_mesh import to_nodes
from morphkit.morph.framing import inside_landmarks

#: Distance of what lies above the brows from the highest landmark, pixels.
ABOVE = 10
OTHERS = ("maja", "nilo", "oona", "saga")


def main() -> None:
    """Print a row for every face, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--infants", nargs="+", default=["uma", "wren", "timo"])
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for name in parser.parse_args().infants:
        for label in ("happy", "distressed"):
            neutral, shown = (
                [read(one, of) for one in OTHERS] for of in ("neutral", label)
            )
            made = mk.transform(read(name, "neutral"), neutral, shown)
            row = compared(made.frame, read(name, label))
            rows.setdefault(label, []).append(row)
            errors = [one.code for one in made.findings if one.severity == "error"]
            told = ", ".join(errors) or "no errors"
            print(f"{name} {label}: {told_of(row)}, {told}")
    for label, found in rows.items():
        mean = np.mean(found, axis=0).tolist()
        print(f"{label}, mean of {len(found)}: {told_of(mean)}")


def told_of(row: Sequence[float]) -> str:
    """Return the values of a face in words."""
    near, like, above = row
    return f"{near:.1f} dB, correlation {like:.2f}, above the brows {above:.1f} dB"


def read(name: str, label: str) -> mk.Face:
    """Return a face that ships with morphkit."""
    place = mk.shipped_faces()
    return mk.read_face(
        place / f"source_faces/{name}_{label}.png",
        place / f"landmarks/{name}_{label}.json",
    )


def compared(frame: np.ndarray, truth: mk.Face) -> tuple[float, float, float]:
    """Return nearness, dB, and correlation of middle detail; nearness above the brows.

    The first two are of what lies within the landmarks.
    """
    inside = inside_landmarks(to_nodes(truth.landmarks.points), truth.size)
    both = [image.astype(float) for image in (frame, truth.image)]
    error = ((both[0] - both[1])[inside] ** 2).mean()
    grey = [image.mean(axis=2) for image in both]
    fine = [gaussian_filter(one, 2) - gaussian_filter(one, 8) for one in grey]
    like = np.corrcoef(*(one[inside] for one in fine))[0, 1]
    top = max(int(truth.landmarks.points[:, 1].min()) - ABOVE, 1)
    above = ((both[0] - both[1])[:top] ** 2).mean()
    return nearness(error), float(like), nearness(above)


def nearness(error: float) -> float:
    """Return the peak signal-to-noise ratio of a mean squared error, dB."""
    return float(10 * np.log10(255**2 / error))


if __name__ == "__main__":
    main()
