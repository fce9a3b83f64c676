"""How well `morphkit landmarks check` finds errors that were planted, and only those.

One point of one face is moved by a percentage of the inter-ocular distance in a
random direction, at one end of a pair too; labels are exchanged or mirrored. For each
check: the area under the ROC curve (planted against correct), how often it is a
finding, and how many findings correct faces have. The sets: ten adults of 189 points by
hand, if the shared photographs are there, and the 36 rendered infants that ship with
morphkit, with errors of 0.7 %.

    python benchmarks/landmark_checks.py [--shared ../shared/data] [--trials 60]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import morphkit as mk
from morphkit.faces.landmarks import Landmarks
from morphkit.quality.landmark_checks import Delineation, check_landmarks
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.quality.landmark_checks.outliers import (
    FLAGGED,
    Outlier,
    find_odd_displacements,
    find_outliers,
)

NOISE = 0.7
LABELS = ("distressed", "happy")
Faces = Sequence[Landmarks]
Rng = np.random.Generator


def main() -> None:
    """Print a table for each set and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--trials", type=int, default=60)
    options = parser.parse_args()
    rng = np.random.default_rng(2026)
    sets = {"36 infants, rendered, 0.7 %": infants(rng)}
    files = sorted((options.shared / "london").glob("*_03.tem"))
    if files:
        hand = [mk.read_landmarks(file) for file in files]
        sets = {"10 adults, by hand": hand} | sets
    for name, faces in sets.items():
        print(f"\n{name}: {false_alarms(faces):.3f} findings a correct face")
        few = {n: faces[:n] for n in (2, 5, 10, 20, 36) if n <= len(faces)}
        for n, some in few.items():
            for percent in (3, 5, 10):
                report(f"outlier, {n} faces", some, percent, rng, options.trials)
    pairs = ends(rng)
    for percent in (3, 5, 10):
        scores = [moved_in_pair(pairs, percent, rng) for _ in range(options.trials)]
        clean = [one.score for one in find_odd_displacements(pairs)]
        line(f"displacement, {len(pairs)} pairs", percent, scores, clean)
    for code, change in GROSS.items():
        found = [code in codes_after(faces, i, change) for i in range(len(faces))]
        print(f"{code:28} {change.__doc__:44} found in {np.mean(found):.0%}")


def infants(rng: Rng) -> list[Landmarks]:
    """Return the landmarks of the shipped infants, as exact as hands are."""
    folder = mk.shipped_faces() / "landmarks"
    return [placed(mk.read_landmarks(f), rng) for f in sorted(folder.glob("*.json"))]


def placed(face: Landmarks, rng: Rng) -> Landmarks:
    """Return landmarks with errors of `NOISE` percent, as a distance."""
    step = NOISE / 100 * scale_of(face).length / np.sqrt(2)
    return face.with_points(face.points + rng.normal(0, step, face.points.shape))


def ends(rng: Rng) -> list[tuple[Landmarks, Landmarks]]:
    """Return both ends of every shipped infant."""
    folder = mk.shipped_faces() / "landmarks"
    names = sorted({file.stem.split("_")[0] for file in folder.glob("*_happy.json")})
    return [
        (
            placed(mk.read_landmarks(folder / f"{name}_{LABELS[0]}.json"), rng),
            placed(mk.read_landmarks(folder / f"{name}_{LABELS[1]}.json"), rng),
        )
        for name in names
    ]


def false_alarms(faces: Faces) -> float:
    """Return how many findings of all checks a correct face has."""
    found = check_landmarks([Delineation(f"{i}", face) for i, face in enumerate(faces)])
    return len(found) / len(faces)


def report(name: str, faces: Faces, percent: int, rng: Rng, trials: int) -> None:
    """Print how well moved points are found among the correct ones."""
    clean = [one.score for one in find_outliers(faces)]
    scores, ranks = [], []
    for _ in range(trials):
        i, point, points = moved(faces, percent, rng)
        others = [*faces[:i], faces[i].with_points(points), *faces[i + 1 :]]
        own = [one for one in find_outliers(others) if one.face == i]
        rank = [one.point for one in own].index(point)
        scores.append(own[rank].score)
        ranks.append(rank)
    line(name, percent, scores, clean, f"worst five {np.mean(np.array(ranks) < 5):.0%}")


def line(
    name: str, percent: int, scores: list[float], clean: list[float], more: str = ""
) -> None:
    """Print a row."""
    area = np.mean(np.searchsorted(np.sort(clean), scores) / len(clean))
    hits = np.mean(np.array(scores) >= FLAGGED)
    print(
        f"{name:28} moved {percent:2} %: ROC area {area:.3f}, finding {hits:.0%}, "
        f"highest correct {max(clean):.1f} {more}"
    )


def moved(
    faces: Faces, percent: int, rng: Rng
) -> tuple[int, int, npt.NDArray[np.float64]]:
    """Return a face, a point of it, and its points with that one moved."""
    i = int(rng.integers(len(faces)))
    regions = faces[i].template.regions.values()
    point = int(rng.choice(sorted({p for region in regions for p in region})))
    angle = rng.uniform(0, 2 * np.pi)
    points = faces[i].points.copy()
    step = percent / 100 * scale_of(faces[i]).length
    points[point] += step * np.array([np.cos(angle), np.sin(angle)])
    return i, point, points


def moved_in_pair(
    pairs: list[tuple[Landmarks, Landmarks]], percent: int, rng: Rng
) -> float:
    """Return the score of a point that was moved at the second end of one pair."""
    i, point, points = moved([second for _, second in pairs], percent, rng)
    changed = list(pairs)
    changed[i] = pairs[i][0], pairs[i][1].with_points(points)
    return score_of(find_odd_displacements(changed), i, point)


def score_of(found: list[Outlier], face: int, point: int) -> float:
    """Return the score of one point of one face."""
    return next(one.score for one in found if (one.face, one.point) == (face, point))


def mirror(face: Landmarks) -> npt.NDArray[np.float64]:
    """Exchange the labels of left and right."""
    return face.points[list(face.template.mirror)]


def stand_on_head(face: Landmarks) -> npt.NDArray[np.float64]:
    """Turn the face by 180 degrees."""
    return 2 * face.points.mean(axis=0) - face.points


def exchange_lips(face: Landmarks) -> npt.NDArray[np.float64]:
    """Exchange the upper and the lower inner lip."""
    points = face.points.copy()
    mouth = face.template.openings[0]
    upper, lower = list(mouth.upper[1:-1]), list(mouth.lower[1:-1])
    points[upper], points[lower] = face.points[lower], face.points[upper]
    return points


GROSS: dict[str, Callable[[Landmarks], npt.NDArray[np.float64]]] = {
    "mirrored": mirror,
    "upside-down": stand_on_head,
    "crossed-line": exchange_lips,
}


def codes_after(
    faces: Faces, i: int, change: Callable[[Landmarks], npt.NDArray[np.float64]]
) -> set[str]:
    """Return the codes of findings about a face that was changed."""
    all_faces = [Delineation(f"{k}", face) for k, face in enumerate(faces)]
    wrong = faces[i].with_points(change(faces[i]))
    all_faces[i] = replace(all_faces[i], landmarks=wrong)
    return {f.code for f in check_landmarks(all_faces) if f.where == f"{i}"}


if __name__ == "__main__":
    main()
