"""How well `morphkit landmarks check` finds errors that were planted, and only those.

One point of one face is moved by a percentage of the inter-ocular distance in a
random direction, at one end of a pair too; labels are exchanged or mirrored; regions
are shifted as a whole. For each check: the area under the ROC curve (planted against
correct), how often it is a finding, and how many findings correct faces have. The sets:
ten adults of 189 points by hand, if the shared photographs are there, and the 36
rendered infants that ship with morphkit, with errors of 0.7 %. For the detector they
are compared with what it sees of them, with and without the second detector (extra
dlib68), with and without their labels.

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
from morphkit.pipeline.delineate.read import photo_info
from morphkit.quality.landmark_checks import (
    LANDMARK_CHECKS,
    Delineation,
    PhotoInfo,
    check_landmarks,
)
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.quality.landmark_checks.outliers import (
    FLAGGED,
    STRAYED,
    Outlier,
    find_odd_displacements,
    find_outliers,
)

NOISE = 0.7
LABELS = ("distressed", "happy")
DETECTOR_CHECK = LANDMARK_CHECKS["detector"]
#: What is moved, and by how much.
SHIFTS = (
    *(("mouth", 3), ("mouth", 5), ("eyes", 5), ("nose", 5), ("jaw", 7)),
    *(("a point", 5), ("a point", 10)),
)
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
        line(f"displacement, {len(pairs)} pairs", percent, scores, clean, STRAYED)
    draws = [one for _ in range(20) for one in worst_of_pairs(ends(rng))]
    rate = np.mean(np.array(draws) >= STRAYED)
    print(f"displacement: {rate:.4f} findings a correct pair, of {len(draws)}")
    report_detector(rng, options.trials)
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
    line(
        name,
        percent,
        scores,
        clean,
        FLAGGED,
        f"worst five {np.mean(np.array(ranks) < 5):.0%}",
    )


def worst_of_pairs(pairs: list[tuple[Landmarks, Landmarks]]) -> list[float]:
    """Return the highest score of each pair."""
    found = find_odd_displacements(pairs)
    return [max(o.score for o in found if o.face == i) for i in range(len(pairs))]


def report_detector(rng: Rng, trials: int) -> None:
    """Print what the comparison with detectors finds, and what it finds wrongly."""
    seen = detected()
    for second in (True, False):
        for labelled in (True, False):
            about = f"{'two detectors' if second else 'mesh alone'}, labels "
            about += "known" if labelled else "unknown"
            for labels in (LABELS, ("distressed", "happy", "neutral")):
                faces = compared(seen, labels, rng, second=second, labelled=labelled)
                alarms = len(list(DETECTOR_CHECK.find(faces))) / len(faces)
                print(f"{about}, {len(faces)} faces: {alarms:.3f} findings a face")
            faces = compared(seen, LABELS, rng, second=second, labelled=labelled)
            for what, percent in SHIFTS:
                found = [shift_is_found(faces, what, percent, rng)
                         for _ in range(trials)]  # fmt: skip
                print(f"  {what} moved {percent} %: found in {np.mean(found):.0%}")


def detected() -> dict[str, PhotoInfo]:
    """Return what both detectors see of the shipped faces."""
    folder = mk.shipped_faces()
    found = {}
    for file in sorted((folder / "source_faces").glob("*.png")):
        photo = mk.read_photo(file)
        template = mk.find_template("ibug_68")
        found[file.stem] = photo_info(photo, photo.on(), template)
    return found


def compared(
    seen: dict[str, PhotoInfo],
    labels: Sequence[str],
    rng: Rng,
    *,
    second: bool,
    labelled: bool,
) -> list[Delineation]:
    """Return correct faces with what detectors see of them."""
    folder = mk.shipped_faces() / "landmarks"
    faces = []
    for name, info in seen.items():
        identity, label = name.split("_")
        if label in labels:
            faces.append(
                Delineation(
                    name,
                    placed(mk.read_landmarks(folder / f"{name}.json"), rng),
                    info if second else replace(info, second=()),
                    identity=identity,
                    label=label if labelled else "",
                )
            )
    return faces


def shift_is_found(faces: list[Delineation], what: str, percent: int, rng: Rng) -> bool:
    """Return whether a region or a point that was moved is a finding of its face."""
    i = int(rng.integers(len(faces)))
    face = faces[i].landmarks
    region = face.template.regions.get(what)
    some = [int(rng.integers(17, 68))] if region is None else list(region)
    angle = rng.uniform(0, 2 * np.pi)
    points = face.points.copy()
    step = percent / 100 * scale_of(face).length
    points[some] += step * np.array([np.cos(angle), np.sin(angle)])
    changed = [*faces]
    changed[i] = replace(faces[i], landmarks=face.with_points(points))
    return any(
        f.where == faces[i].where and {*f.points} & {*some}
        for f in DETECTOR_CHECK.find(changed)
    )


def line(
    name: str,
    percent: int,
    scores: list[float],
    clean: list[float],
    limit: float,
    more: str = "",
) -> None:
    """Print a row."""
    area = np.mean(np.searchsorted(np.sort(clean), scores) / len(clean))
    hits = np.mean(np.array(scores) >= limit)
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
