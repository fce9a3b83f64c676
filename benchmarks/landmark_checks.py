"""How well `morphkit landmarks check` finds errors that were planted, and only those.

One point of one face is moved by a percentage of the inter-ocular distance in a
random direction, at one end of a pair too; labels are exchanged or mirrored; regions
are shifted as a whole. One table has for each check the area under the ROC curve
(planted against correct) and how often it is a finding; below it, how many findings 20
correct faces have. For checks without a score the area is that of their one working
point. The sets:
ten adults of 189 points by hand, if the shared photographs are there, and the 36
rendered infants that ship with morphkit, with errors of 0.7 %. For the detector they
are compared with what it sees of them, with and without the second detector (extra
dlib68), with and without their labels.

    python benchmarks/landmark_checks.py [--shared ../shared/data] [--trials 60]
        [--sizes]
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
#: How far single points are moved, percent of the inter-ocular distance.
MOVED = (3, 5, 10)
Faces = Sequence[Landmarks]
Pairs = list[tuple[Landmarks, Landmarks]]
Rng = np.random.Generator


@dataclass(frozen=True)
class Row:
    """What one check does with one kind of planted error."""

    check: str
    faces: str
    planted: str
    area: float
    found: float


def main() -> None:
    """Print one table of all checks, and what they find in correct faces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument(
        "--sizes", action="store_true", help="Outliers by number of faces, too."
    )
    options = parser.parse_args()
    rng, trials = np.random.default_rng(2026), options.trials
    hand = [
        mk.read_landmarks(f) for f in sorted(options.shared.glob("london/*_03.tem"))
    ]
    sets = {"36 infants": infants(rng)} | ({"10 adults": hand} if hand else {})
    rows = []
    for name, faces in sets.items():
        rows += [row_of_points(name, faces, percent, rng, trials) for percent in MOVED]
    pairs = ends(rng)
    rows += [row_of_ends(pairs, percent, rng, trials) for percent in MOVED]
    seen = detected()
    rows += rows_of_detector(compared(seen, LABELS, rng), rng, trials)
    for name, faces in sets.items():
        rows += rows_of_gross(name, faces)
    rows.append(row_of_exchanged(pairs))
    print(f"{'check':14}{'faces':12}{'planted':44}{'ROC area':>9}{'found':>7}")
    for row in rows:
        print(
            f"{row.check:14}{row.faces:12}{row.planted:44}{row.area:9.3f}"
            f"{row.found:7.0%}"
        )
    print("\nfindings in 20 correct faces (aim: below 1)")
    for name, (n_faces, codes) in false_alarms(seen, hand, rng).items():
        listed = ", ".join(f"{code} {n}" for code, n in codes.items()) or "none"
        print(f"{name:44}{20 * sum(codes.values()) / n_faces:6.2f}  ({listed})")
    if options.sizes:
        report_sizes(sets, rng, trials)
        report_detector(seen, rng, trials)


def row_of_points(name: str, faces: Faces, percent: int, rng: Rng, trials: int) -> Row:
    """Return how well single points that were moved stand out from the correct ones."""
    clean = [one.score for one in find_outliers(faces)]
    scores = []
    for _ in range(trials):
        i, point, points = moved(faces, percent, rng)
        others = [*faces[:i], faces[i].with_points(points), *faces[i + 1 :]]
        scores.append(score_of(find_outliers(others), i, point))
    return row("outlier", name, f"a point moved {percent} %", scores, clean, FLAGGED)


def row_of_ends(pairs: Pairs, percent: int, rng: Rng, trials: int) -> Row:
    """Return the same of points that were moved at one of both ends."""
    scores = [moved_in_pair(pairs, percent, rng) for _ in range(trials)]
    clean = [one.score for one in find_odd_displacements(pairs)]
    planted = f"a point moved {percent} % at one end"
    return row("displacement", f"{len(pairs)} pairs", planted, scores, clean, STRAYED)


def rows_of_detector(faces: list[Delineation], rng: Rng, trials: int) -> list[Row]:
    """Return the same of regions and points, compared with what detectors see."""
    regions = [f"{name} as a whole" for name in faces[0].landmarks.template.regions]
    correct = list(DETECTOR_CHECK.rank(faces))
    found = []
    for what, percent in SHIFTS:
        wanted = f"{what} as a whole" in regions
        clean = [one.score for one in correct if (one.point in regions) == wanted]
        scores, hits = [], []
        for _ in range(trials):
            i, some, changed = shifted(faces, what, percent, rng)
            names = faces[i].landmarks.template.points
            name = f"{what} as a whole" if wanted else names[some[0]]
            (score,) = (
                one.score
                for one in DETECTOR_CHECK.rank(changed)
                if one.where == faces[i].where and one.point == name
            )
            scores.append(score)
            hits.append(is_found(changed, i, some))
        planted = f"{what} moved {percent} %"
        area = row("detector", "", "", scores, clean, STRAYED).area
        found.append(
            Row(
                "detector", f"{len(faces)} infants", planted, area, float(np.mean(hits))
            )
        )
    return found


def rows_of_gross(name: str, faces: Faces) -> list[Row]:
    """Return how often exchanged and mirrored labels are found, and wrongly found."""
    all_of = range(len(faces))
    before = [codes_after(faces, i, lambda face: face.points) for i in all_of]
    rows = []
    for code, change in GROSS.items():
        after = [codes_after(faces, i, change) for i in all_of]
        what = str(change.__doc__).rstrip(".").lower()
        for check in (code, "any of them"):
            hits, wrong = (
                np.mean([code in one if check == code else bool(one) for one in codes])
                for codes in (after, before)
            )
            area = float(1 + hits - wrong) / 2
            rows.append(Row(check, name, what, area, float(hits)))
    return rows


def row_of_exchanged(pairs: Pairs) -> Row:
    """Return how often two neighbours that were exchanged at one end turn over."""
    find = LANDMARK_CHECKS["turned-over"].find

    def turns(first: Landmarks, second: Landmarks) -> bool:
        return any(
            find(
                [
                    Delineation(label, face, identity="one", label=label)
                    for label, face in zip(LABELS, (first, second), strict=True)
                ]
            )
        )

    wrong = np.mean([turns(*pair) for pair in pairs])
    hits = np.mean([turns(a, b.with_points(exchanged(b))) for a, b in pairs])
    planted = "corner and edge of a lip exchanged"
    area = float(1 + hits - wrong) / 2
    return Row("turned-over", f"{len(pairs)} pairs", planted, area, float(hits))


def exchanged(face: Landmarks) -> npt.NDArray[np.float64]:
    """Exchange a corner of the mouth with its neighbour on the outer lip."""
    points = face.points.copy()
    points[[48, 49]] = points[[49, 48]]
    return points


def false_alarms(
    seen: dict[str, PhotoInfo], hand: Faces, rng: Rng
) -> dict[str, tuple[int, Counter[str]]]:
    """Return the findings of all checks about correct faces, notes left out."""
    everyone = ("distressed", "happy", "neutral")
    sets = {
        "36 infants, labels known": compared(seen, everyone, rng),
        "24 infants, both ends": compared(seen, LABELS, rng),
        "36 infants, one detector": compared(seen, everyone, rng, second=False),
        "36 infants, labels unknown": compared(seen, everyone, rng, labelled=False),
    }
    if hand:
        sets["10 adults by hand, 189 points"] = [
            Delineation(f"{i}", face) for i, face in enumerate(hand)
        ]
    return {
        name: (
            len(faces),
            Counter(f.code for f in check_landmarks(faces) if f.severity != "note"),
        )
        for name, faces in sets.items()
    }


def row(
    check: str,
    faces: str,
    planted: str,
    scores: list[float],
    clean: list[float],
    limit: float,
) -> Row:
    """Return a row: planted scores against correct ones."""
    below = np.searchsorted(np.sort(clean), scores) / len(clean)
    hits = np.array(scores) >= limit
    return Row(check, faces, planted, float(np.mean(below)), float(np.mean(hits)))


def report_sizes(sets: Mapping[str, Faces], rng: Rng, trials: int) -> None:
    """Print what sets of fewer faces tell."""
    for name, faces in sets.items():
        few = {n: faces[:n] for n in (2, 5, 10, 20, 36) if n <= len(faces)}
        for n, some in few.items():
            for percent in MOVED:
                report(f"{name}, {n} of them", some, percent, rng, trials)
    draws = [one for _ in range(20) for one in worst_of_pairs(ends(rng))]
    rate = np.mean(np.array(draws) >= STRAYED)
    print(f"displacement: {rate:.4f} findings a correct pair, of {len(draws)}")


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


def report_detector(seen: dict[str, PhotoInfo], rng: Rng, trials: int) -> None:
    """Print what the comparison finds with one detector, and without labels."""
    for second in (True, False):
        for labelled in (True, False):
            about = f"{'two detectors' if second else 'mesh alone'}, labels "
            print(about + ("known" if labelled else "unknown"))
            faces = compared(seen, LABELS, rng, second=second, labelled=labelled)
            for what, percent in SHIFTS:
                found = []
                for _ in range(trials):
                    i, some, changed = shifted(faces, what, percent, rng)
                    found.append(is_found(changed, i, some))
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
    second: bool = True,
    labelled: bool = True,
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


def shifted(
    faces: list[Delineation], what: str, percent: int, rng: Rng
) -> tuple[int, list[int], list[Delineation]]:
    """Return a face, the points of it that were moved, and the faces with it."""
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
    return i, some, changed


def is_found(faces: list[Delineation], i: int, some: Sequence[int]) -> bool:
    """Return whether a region or a point that was moved is a finding of its face."""
    return any(
        f.where == faces[i].where and {*f.points} & {*some}
        for f in DETECTOR_CHECK.find(faces)
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
    return np.asarray(2 * face.points.mean(axis=0) - face.points)


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
    found = check_landmarks(all_faces)
    return {f.code for f in found if f.where == f"{i}" and f.severity != "note"}


if __name__ == "__main__":
    main()
