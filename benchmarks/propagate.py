"""How exact `morphkit landmarks propagate` is, and whether its confidence is true.

From the neutral and the happy picture of each rendered infant that ships with morphkit
to the distressed one, whose true landmarks are known: mean error by region in percent
of the inter-ocular distance (outer eye corners), beside what else one could do:

- copy: the landmarks moved by the similarity that fits what the detector sees;
- detector: the landmarks that it places on the distressed picture;
- spline: a thin-plate spline through its displacements of the whole face;
- flow: dense optical flow (DIS) between the aligned pictures;
- parts: part by part by the detector, not matched with the pictures.

Then how often landmarks of each confidence are right (within 3 %). The ten adults in
the shared photographs smile without true landmarks: for them, how far propagated lips
are from those that each detector places, beside how far the detectors are from each
other (needs the extra dlib68). Last, how often photographs of one person and of two are
taken for those of two, by their foreheads (``--persons`` does this alone). With
``--own`` alone: the same for the mouth with a detector trained on three other infants.

    python benchmarks/propagate.py [--shared ../shared/data] [--persons | --own]
"""

import argparse
import itertools
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

import morphkit as mk
from morphkit.faces.detectors import DETECTORS, conversions_from, find_detector
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.align import procrustes
from morphkit.geometry.propagation import UNLIKE, View, propagate
from morphkit.geometry.propagation.carry import carry, skin_of
from morphkit.geometry.propagation.forehead import unlikeness
from morphkit.geometry.propagation.frame import Standing, stand
from morphkit.geometry.propagation.match import warp_frame

REGIONS = {
    "jaw": range(17),
    "brows": range(17, 27),
    "nose": range(27, 36),
    "eyes": range(36, 48),
    "outer lips": range(48, 60),
    "inner lips": range(60, 68),
}
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.001)
#: Share of the pairs of two persons that are looked at.
OTHERS = 0.15
Values = npt.NDArray[np.float64]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--persons", action="store_true", help="One or two alone.")
    parser.add_argument("--own", action="store_true", help="A trained detector alone.")
    options = parser.parse_args()
    files = sorted((options.shared / "london").glob("*_03.tem"))
    folder = mk.shipped_faces()
    names = sorted(f.stem[:-6] for f in (folder / "landmarks").glob("*_happy.json"))
    views = {
        (name, label): view(folder / f"source_faces/{name}_{label}.png")
        for name in names
        for label in ("neutral", "happy", "distressed")
    }
    if options.own:
        report_own(folder, names, views)
        return
    if not options.persons:
        report_errors(folder, names, views)
        if files:
            report_adults(files)
    report_persons("infants", views)
    if files:
        ends = {"_03": "neutral", "_08": "smiling"}
        report_persons(
            "adults",
            {
                (file.stem[:3], label): view(
                    file.with_name(f"{file.stem[:3]}{end}.jpg")
                )
                for file in files
                for end, label in ends.items()
            },
        )


def report_errors(
    folder: Path, names: list[str], views: Mapping[tuple[str, str], View]
) -> None:
    """Print the errors from both other labels to the distressed one."""
    chances: list[Values] = []
    right: list[npt.NDArray[np.bool_]] = []
    for label in ("neutral", "happy"):
        rows: dict[str, list[Values]] = {}
        for name in names:
            pair = views[name, label], views[name, "distressed"]
            for folder_name in ("", "infant"):
                places = folder / "landmarks" / folder_name
                known, truth = (
                    mk.read_landmarks(places / f"{name}_{one}.json")
                    for one in (label, "distressed")
                )
                found = propagate(known, *pair)
                error = errors(found.points, truth)
                chances.append(found.confidence)
                right.append(error < 3)
                if not folder_name:
                    others = baselines(known, *pair)
                    for row, points in {**others, "propagate": found.points}.items():
                        rows.setdefault(row, []).append(errors(points, truth))
        print(f"\n{label} to distressed, {len(names)} infants: mean error, % IOD")
        table(rows)
    report_confidence(np.concatenate(chances), np.concatenate(right))


def report_own(
    folder: Path, names: list[str], views: Mapping[tuple[str, str], View]
) -> None:
    """Print errors of the mouth, by the mesh and by a detector of one's own.

    It is trained on all labels of three infants, for the six that are farthest from
    them in the list.
    """
    rows: dict[str, list[Values]] = {}
    with tempfile.TemporaryDirectory() as place:
        for half in (names, names[6:] + names[:6]):
            file = Path(place) / f"{half[0]}.npz"
            known = [
                folder / f"landmarks/{name}_{label}.json"
                for name in half[:3]
                for label in ("neutral", "happy", "distressed")
            ]
            mk.train_detector(known, file, images=folder / "source_faces")
            own = find_detector(str(file))
            for name, label in itertools.product(half[6:], ("neutral", "happy")):
                start, end = views[name, label], views[name, "distressed"]
                marks, truth = (
                    mk.read_landmarks(folder / f"landmarks/{name}_{one}.json")
                    for one in (label, "distressed")
                )
                (first,), (second,) = own.find(start.image), own.find(end.image)
                both = View(start.image, first), View(end.image, second)
                for row, points in (
                    (f"{label} mesh", propagate(marks, start, end).points),
                    (f"{label} own", propagate(marks, *both).points),
                ):
                    rows.setdefault(row, []).append(errors(points, truth))
    for row, found in rows.items():
        mean = np.mean(found, axis=0)
        print(f"{row:14} all {mean.mean():.2f}, mouth {mean[48:].mean():.2f} % IOD")


def report_persons(name: str, views: Mapping[tuple[str, str], View]) -> None:
    """Print how often two photographs are said to show two persons."""
    rng = np.random.default_rng(5)
    found: dict[bool, list[float]] = {True: [], False: []}
    for (who, label), start in views.items():
        for (other, another), end in views.items():
            if label == another or (who != other and rng.random() > OTHERS):
                continue
            first, second = stand(start, end)
            skin = skin_of(start.seen.template, first.points)[::6]
            warped = warp_frame(first.frame(), second.points[skin], first.points[skin])
            found[who == other].append(unlikeness(warped, second.frame()))
    one, two = np.array(found[True]), np.array(found[False])
    print(
        f"{name}: of {len(one)} pairs of one person {np.mean(one > UNLIKE):.0%} said "
        f"to show two, of {len(two)} pairs of two persons {np.mean(two > UNLIKE):.0%}; "
        f"ROC area {np.mean(one[:, None] < two):.3f}, highest of one {one.max():.2f}"
    )


def view(photo: Path) -> View:
    """Return the only face in a photograph."""
    image = mk.read_photo(photo).on()
    (seen,) = DETECTORS["mesh"].find(image)
    return View(image, seen)


def errors(points: Values, truth: Landmarks) -> Values:
    """Return distances from the truth, percent of the inter-ocular distance."""
    unit = np.hypot(*(truth.points[45] - truth.points[36]))
    return np.asarray(100 * np.hypot(*(points - truth.points).T) / unit)


def baselines(known: Landmarks, start: View, end: View) -> dict[str, Values]:
    """Return what else one could do."""
    from scipy.interpolate import RBFInterpolator

    first, second = stand(start, end)
    points, back = first.to(known.points), second.to.inverse()
    spline = RBFInterpolator(first.points, second.points - first.points, smoothing=0.1)
    to_68 = conversions_from("mesh_478")["ibug_68"]
    seen = start.seen.template
    parts = carry(known.template, points, seen, first.points, second.points).points
    return {
        "copy": procrustes.fit(start.seen.points, end.seen.points)(known.points),
        "detector": to_68(end.seen.points),
        "spline": back(points + spline(points)),
        "flow": back(points + flow(points, first, second)),
        "parts": back(parts),
    }


def flow(points: Values, first: Standing, second: Standing) -> Values:
    """Return the displacements of DIS."""
    import cv2

    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(one.frame(), cv2.COLOR_RGB2GRAY) for one in (first, second)]
    field = search.calc(grey[0], grey[1], None)
    at = points.astype(np.float32)[:, None]
    return np.asarray(cv2.remap(field, at, None, cv2.INTER_LINEAR)[:, 0], float)


def table(rows: Mapping[str, list[Values]]) -> None:
    """Print a row for each way."""
    print(f"{'':10}{'all':>12}" + "".join(f"{name:>12}" for name in REGIONS))
    for row, found in rows.items():
        means = np.mean(found, axis=0)
        cells = [means.mean(), *(means[list(one)].mean() for one in REGIONS.values())]
        print(f"{row:10}" + "".join(f"{cell:12.2f}" for cell in cells))


def report_confidence(chance: Values, right: npt.NDArray[np.bool_]) -> None:
    """Print how often landmarks of each confidence are right."""
    order = np.argsort(np.argsort(chance))
    n_right = int(right.sum())
    area = (order[right].mean() - (n_right - 1) / 2) / (len(right) - n_right)
    print(f"\nconfidence: {len(right)} landmarks, ROC area {area:.3f}")
    for low, high in itertools.pairwise(BINS):
        some = (chance >= low) & (chance < high)
        if some.any():
            print(
                f"  {low:.1f} to {min(high, 1):.1f}: {some.sum():5} landmarks, mean "
                f"{chance[some].mean():.2f}, right {right[some].mean():.2f}"
            )


def report_adults(files: list[Path]) -> None:
    """Print how far propagated lips of smiles are from what detectors place."""
    to_68 = conversions_from("mesh_478")["ibug_68"]
    lips = list(range(48, 68))
    rows: dict[str, list[float]] = {}
    for file in files:
        neutral, smile = (
            view(file.with_name(file.stem[:3] + end)) for end in ("_03.jpg", "_08.jpg")
        )
        by_mesh = to_68(smile.seen.points)
        by_dlib = DETECTORS["dlib_68"].find(smile.image)[0].points
        dlib_start = DETECTORS["dlib_68"].find(neutral.image)[0]
        found = propagate(dlib_start, neutral, smile)
        unit = np.hypot(*(by_dlib[45] - by_dlib[36])) / 100
        for row, one, other in (
            ("mesh and dlib", by_mesh, by_dlib),
            ("propagated dlib and dlib", found.points, by_dlib),
            ("propagated dlib and mesh", found.points, by_mesh),
        ):
            apart = np.hypot(*(one - other)[lips].T).mean() / unit
            rows.setdefault(row, []).append(float(apart))
    print("\nsmiles of 10 adults: mean distance of lips, % IOD")
    for row, values in rows.items():
        print(f"{row:26}{np.mean(values):6.2f}")


if __name__ == "__main__":
    main()
