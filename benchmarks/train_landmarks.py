"""Detectors trained on few faces: error by their number, beside dlib's trainer.

    python benchmarks/train_landmarks.py [FOLDER] [--draws N] [--json FILE]

FOLDER holds photographs with WebMorph templates of 189 points (``NNN.jpg``,
``NNN.tem``), one of each person: all 102 faces of the Face Research Lab London Set
(https://doi.org/10.6084/m9.figshare.5047666.v5) for the figures in docs/landmarks.md,
or ten of them in ../shared/data/london. Test faces (40, or half) are never trained on.
All methods learn from the same faces, in turns. Errors are percent of the distance of
the outer eye corners: of the points inside the face (pupils, irises, lids, nose, brows,
mouth, jaw and chin), and of all.

dlib's ``train_shape_predictor`` is run where dlib is installed, as it comes and with
the settings that suit few faces best (300 trees of depth 2, nu 0.05, mirrored copies);
the box of the mesh stands for that of its own detector.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Image, Points
from morphkit.faces.detectors import mesh
from morphkit.faces.detectors.boxes import bounding_box
from morphkit.faces.detectors.trained.model import Example, common_reference, learn
from morphkit.faces.detectors.trained.model_file import (
    TrainedOn,
    about_model,
    model_bytes,
)
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.images import read_photo

TEMPLATE = builtin_template("frl_189")
INSIDE = sorted({i for region in TEMPLATE.regions.values() for i in region})
NUMBERS = (5, 10, 20, 40, 60)
Place = Callable[[Image, Points], Points]


class Face:
    """A photograph with its mesh and its template."""

    def __init__(self, photo: Path) -> None:
        self.photo = photo
        self.points = read_landmarks(
            photo.with_suffix(".tem"), template=TEMPLATE
        ).points
        self.mesh = mesh.find_as_drawn(self.image())[0].points

    def image(self) -> Image:
        """Return the photograph."""
        return read_photo(self.photo).image


def main() -> None:
    """Train on more and more faces and print the errors on the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path("../shared/data/london")
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=1,
        help="sets of faces that are trained on, for each number",
    )
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    faces = [
        Face(photo)
        for photo in sorted(given.folder.glob("[!.]*.jpg"))
        if photo.with_suffix(".tem").is_file()
    ]
    order = np.random.default_rng(0).permutation(len(faces))
    n_test = min(40, len(faces) // 2)
    test = [faces[k] for k in order[:n_test]]
    rest = [faces[k] for k in order[n_test:]]
    methods = _methods()
    print(
        f"{len(faces)} faces, {n_test} for testing; percent of the distance of the "
        f"outer eye corners: {len(INSIDE)} points inside the face / all 189"
    )
    rows = []
    for n in [number for number in NUMBERS if number <= len(rest)]:
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in methods}
        for draw in range(given.draws):
            drawn = np.random.default_rng(draw).permutation(len(rest))[:n]
            some = [rest[k] for k in (drawn if draw else range(n))]
            for name, train in methods.items():
                found[name].append(_measure(train, some, test))
        for name, measured in found.items():
            inside, whole, seconds, size, apply = np.mean(measured, axis=0)
            row = {
                "method": name,
                "n": n,
                "inside": inside,
                "all": whole,
                "train_cpu_s": seconds,
                "MB": size,
                "place_cpu_s": apply,
            }
            rows.append(row)
            print(
                f"{n:3d} faces  {name:20s} {inside:5.2f} / {whole:5.2f} %   training "
                f"{seconds:5.1f} CPU s, {size:5.1f} MB, {apply:.3f} CPU s a face "
                "beside the mesh",
                flush=True,
            )
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


def _measure(
    train: Callable[[Sequence[Face]], tuple[Place, int]],
    some: Sequence[Face],
    test: Sequence[Face],
) -> tuple[float, ...]:
    """Return errors, CPU seconds of training, megabytes, and seconds for a face."""
    begun = time.process_time()
    place, size = train(some)
    seconds = time.process_time() - begun
    errors, spent = [], 0.0
    for face in test:
        image = face.image()
        begun = time.process_time()
        points = place(image, face.mesh)
        spent += time.process_time() - begun
        left, right = face.points[list(TEMPLATE.outer_eye_corners)]
        off = np.hypot(*(points - face.points).T)
        errors.append(off / np.hypot(*(right - left)) * 100)
    inside = float(np.mean(np.array(errors)[:, INSIDE]))
    return inside, float(np.mean(errors)), seconds, size / 1e6, spent / len(test)


def _methods() -> dict[str, Callable[[Sequence[Face]], tuple[Place, int]]]:
    """Return the ways to train, by name."""
    found: dict[str, Any] = {
        "adapter": lambda some: _train(some, descent=False),
        "adapter + descent": lambda some: _train(some, descent=True),
    }
    try:
        import dlib  # noqa: F401
    except ImportError:
        print("dlib is not installed: no baseline")
        return found
    return found | {
        "dlib, as it comes": lambda some: _train_dlib(some),
        "dlib, for few faces": lambda some: _train_dlib(
            some, mirror=True, tree_depth=2, nu=0.05, cascade_depth=10,
            num_trees_per_cascade_level=300,
        ),
    }  # fmt: skip


def _train(some: Sequence[Face], *, descent: bool) -> tuple[Place, int]:
    """Return morphkit's trained detector, and the bytes of its file."""
    reference = common_reference([face.mesh for face in some])
    examples = [
        Example.of_photo(face.image(), face.mesh, face.points, reference, identity=k)
        for k, face in enumerate(some)
    ]
    model = learn(examples, TEMPLATE, reference, descent=descent)
    model.about.update(
        about_model(TEMPLATE, trained_on=TrainedOn(len(some), len(some), 1))
    )
    return model.place, len(model_bytes(model))


def _train_dlib(
    some: Sequence[Face], *, mirror: bool = False, **settings: Any
) -> tuple[Place, int]:
    """Return dlib's shape predictor, and the bytes of its file."""
    import tempfile

    import dlib

    options = dlib.shape_predictor_training_options()
    options.num_threads = 1
    options.random_seed = "0"
    for name, value in settings.items():
        setattr(options, name, value)
    images, truths = [], []
    for face in some:
        picture = np.ascontiguousarray(face.image())
        sides = [(picture, face.points, face.mesh)]
        if mirror:
            width = picture.shape[1]
            partners = list(TEMPLATE.mirror)
            sides.append(
                (
                    np.ascontiguousarray(picture[:, ::-1]),
                    np.array([width - 1, 0]) - face.points[partners] * [1, -1],
                    np.array([width - 1, 0]) - face.mesh * [1, -1],
                )
            )
        for shown, points, found in sides:
            parts = dlib.points([dlib.point(*map(int, p)) for p in np.rint(points)])
            images.append(shown)
            truths.append([dlib.full_object_detection(_box(found), parts)])
    predictor = dlib.train_shape_predictor(images, truths, options)

    def place(image: Image, points: Points) -> Points:
        shape = predictor(np.ascontiguousarray(image), _box(points))
        return np.array([(part.x, part.y) for part in shape.parts()], float)

    with tempfile.NamedTemporaryFile(suffix=".dat") as file:
        predictor.save(file.name)
        return place, Path(file.name).stat().st_size


def _box(points: Points) -> Any:
    """Return the box of a mesh as dlib has it."""
    import dlib

    return dlib.rectangle(*(int(v) for v in np.rint(bounding_box(points))))


if __name__ == "__main__":
    main()
