"""Rendered infants that nobody has seen, with exact landmarks: to train and to test.

    pip install -r faces_generator/requirements.txt
    python benchmarks/infant_faces.py render FOLDER --first 0 --identities 60
    python benchmarks/infant_faces.py render FOLDER --first 1000 --identities 20
    python benchmarks/infant_faces.py train FOLDER --below 1000 --output FILE.npz
    python benchmarks/infant_faces.py test FOLDER --from 1000 [--model FILE.npz]

Every identity is drawn from its seed: head, face, age, colours, hair and clothes. Four
pictures of each vary expression (between the three of the generator, each
unit stronger or weaker), pose (yaw to 30 degrees), light and gaze. None of them
is one of the twelve that ship. The generator draws no hands.

``test`` prints errors of the mesh, of dlib_68 where it is installed, and of models,
in percent of the distance of the outer eye corners, by expression and region.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.arrays import Image, Points
from morphkit.errors import MissingExtraError
from morphkit.faces.detectors import DETECTORS, mesh
from morphkit.faces.detectors.convert import to_ibug_68
from morphkit.faces.detectors.trained.model import (
    Example,
    TrainedModel,
    common_reference,
    learn,
)
from morphkit.faces.detectors.trained.model_file import (
    TrainedOn,
    about_model,
    model_bytes,
    model_in,
)
from morphkit.faces.formats import builtin_template, read_landmarks
from morphkit.faces.images import read_photo
from morphkit.pipeline.software import software_versions

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

#: Side of the pictures, pixels, and directions of light: coarse, for speed.
SIDE, N_LIGHTS = 384, 60
PICTURES = 4
RACES = ("african", "asian", "caucasian")
#: Modes of shape beside the heads, and how far they go either way.
MODES = {
    "nose/nose-scale-horiz-decr": 0.5,
    "nose/nose-point-up": 0.4,
    "mouth/mouth-upperlip-height-decr": 0.5,
    "mouth/mouth-lowerlip-height-decr": 0.3,
    "head/head-oval": 0.3,
    "head/head-round": 0.35,
    "chin/chin-width-incr": 0.35,
    "bump/cheekfat": 0.25,
    "eyes/l-eye-epicanthus-in": 0.4,
}
#: Points of ibug_68 (or means of two) and their equals in the 189-point template.
COMMON = (
    ((36,), 18), ((39,), 22), ((42,), 23), ((45,), 27), ((37, 38), 20), ((40, 41), 29),
    ((43, 44), 25), ((46, 47), 32), ((33,), 55), ((48,), 87), ((54,), 93), ((50,), 89),
    ((51,), 90), ((52,), 91), ((57,), 106), ((62,), 96), ((66,), 101),
)  # fmt: skip


def draw_identity(seed: int) -> Any:
    """Return an invented infant."""
    from faces_generator.head import load_head
    from faces_generator.identities import FIRST_SET
    from faces_generator.identity import Identity

    generator = np.random.default_rng([7, seed])
    models = list(FIRST_SET.values())
    skin, dress = (models[int(generator.integers(len(models)))] for _ in range(2))
    sex = str(generator.choice(["female", "male"]))
    share = generator.dirichlet([0.7] * 3)
    shape = {
        f"macro/{race}-{sex}": float(s) for race, s in zip(RACES, share, strict=True)
    }
    shape[f"macro/{sex}-maxweight"] = float(generator.uniform(-0.3, 0.8))
    known = set(load_head().asset.modes)
    for mode, most in MODES.items():
        if mode in known or mode.startswith("bump/"):
            shape[mode] = float(generator.uniform(-most, most))
    return Identity(
        f"infant{seed}", seed + 5000, sex[0], int(generator.choice([4, 8, 12])),
        skin.monk, shape, skin.tone, skin.iris, skin.brow, skin.hair, dress.cloth,
        dress.background, (0, 0, 0), skin.light, exposure=skin.exposure,
        gloss=skin.gloss, redness=skin.redness, lips=skin.lips,
        brow_opacity=skin.brow_opacity, pattern=dress.pattern, neckline=dress.neckline,
        squint_out=float(generator.uniform(0.1, 0.24)),
        iris_size=float(generator.uniform(0.42, 0.5)),
    )  # fmt: skip


def draw_picture(seed: int, number: int) -> tuple[Any, Any, str]:
    """Return who is shown how in one picture of an identity, and the expression."""
    from dataclasses import replace

    from faces_generator.expression import LABELS, Expression, express
    from faces_generator.light import Light

    generator = np.random.default_rng([8, seed, number])
    label = ("happy", "neutral", "distressed", "distressed")[number]
    other = str(generator.choice([one for one in LABELS if one != label]))
    level = float(generator.uniform(0, 0.45))
    path = str(generator.choice(["linear", "eased"]))
    plain = express(label, other, level, path)
    weights = {
        unit: float(weight * generator.uniform(0.75, 1.2))
        for unit, weight in plain.weights.items()
    }
    shown = Expression(weights, plain.flush, plain.hinge)
    yaw, pitch, roll = generator.normal(0, [13, 6, 8])
    who = replace(
        draw_identity(seed),
        pose_deg=(float(np.clip(yaw, -30, 30)), float(np.clip(pitch, -15, 15)),
                  float(roll)),
        gaze=tuple(float(v) for v in generator.normal(0, 0.08, 2)),
        light=Light(
            (float(generator.uniform(-0.8, 0.8)), float(generator.uniform(0.2, 0.8)),
             0.75),
            float(generator.uniform(2.8, 4.2)),
            fill=float(generator.uniform(0.5, 1.5)),
            ambient=float(generator.uniform(0.6, 1.1)),
            warmth=float(generator.uniform(0.4, 1.6)),
        ),
    )  # fmt: skip
    return who, shown, label


def render(folder: Path, seeds: Sequence[int]) -> None:
    """Render the pictures of identities that are not there yet."""
    from faces_generator.head import load_head
    from faces_generator.landmarks import Landmarker
    from faces_generator.pose import pose_head
    from faces_generator.render import render_posed

    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for number in range(PICTURES):
            file = folder / f"{seed:04d}_{number}.npz"
            if file.is_file():
                continue
            who, shown, label = draw_picture(seed, number)
            posed = pose_head(load_head(), who, shown)
            image = render_posed(who, posed, shown, SIDE, n_lights=N_LIGHTS)
            points = Landmarker(load_head(), who, posed, who.camera(SIDE)).locate_68()
            part = file.with_suffix(".part")
            with part.open("wb") as opened:
                np.savez(
                    opened,
                    image=image,
                    points=points,
                    label=np.array(label),
                    yaw=np.array(who.pose_deg[0]),
                )
            part.replace(file)
            print(file.name, flush=True)


@dataclass(frozen=True, eq=False)
class Face:
    """A picture with its true landmarks and its mesh, None where none was found."""

    seed: int
    label: str
    image: Image
    points: Points
    mesh: Points | None


def read(folder: Path, seeds: range) -> list[Face]:
    """Return rendered faces; what the mesh finds is kept beside them."""
    faces = []
    for file in sorted(folder.glob("*.npz")):
        seed = int(file.stem.partition("_")[0])
        if seed not in seeds:
            continue
        with np.load(file) as kept:
            image, points, label = kept["image"], kept["points"], str(kept["label"])
        beside = file.with_suffix(".mesh.npy")
        if not beside.is_file():
            seen = mesh.find_as_drawn(image)
            np.save(beside, seen[0].points if seen else np.zeros((0, 2)))
        found = np.load(beside)
        faces.append(Face(seed, label, image, points, found if len(found) else None))
    return faces


def train(folder: Path, below: int, output: Path, *, descent: bool) -> None:
    """Train on the identities below a seed and write the detector."""
    faces = [face for face in read(folder, range(below)) if face.mesh is not None]
    reference = common_reference([face.mesh for face in faces])
    examples = [
        Example.of_photo(
            face.image, face.mesh, face.points, reference, identity=face.seed
        )
        for face in faces
    ]
    template = builtin_template("ibug_68")
    model = learn(examples, template, reference, descent=descent)
    people = len({face.seed for face in faces})
    model.about.update(
        about_model(
            template, trained_on=TrainedOn(len(faces), people, 3),
            software=software_versions(),
        )
    )  # fmt: skip
    output.write_bytes(model_bytes(model))
    print(
        f"{output}: {len(faces)} faces of {people} identities, "
        f"{output.stat().st_size / 1e6:.2f} MB"
    )


Placed = dict[str, Points | None]


def place(face: Face, models: dict[str, TrainedModel]) -> Placed:
    """Return the 68 landmarks by the mesh, by dlib_68 and by models."""
    found: Placed = {"mesh": None if face.mesh is None else to_ibug_68(face.mesh)}
    try:
        seen = DETECTORS["dlib_68"].find(face.image)
        found["dlib_68"] = seen[0].points if seen else None
    except MissingExtraError:
        pass
    for name, model in models.items():
        found[name] = None if face.mesh is None else model.place(face.image, face.mesh)
    return found


def test(faces: Sequence[Face], models: dict[str, TrainedModel]) -> None:
    """Print the errors by expression and region."""
    template = builtin_template("ibug_68")
    regions = {**template.regions, "all": tuple(range(68))}
    placed = [place(face, models) for face in faces]
    people = len({face.seed for face in faces})
    print(
        f"{len(faces)} pictures of {people} identities; % of the distance of the "
        "outer eye corners"
    )
    for label in ("happy", "neutral", "distressed", "all"):
        chosen = [k for k, face in enumerate(faces) if label in (face.label, "all")]
        print(f"\n{label:12s}", *(f"{name:>7s}" for name in regions), "  found")
        for name in placed[0]:
            errors = []
            for k in chosen:
                points = placed[k][name]
                if points is not None:
                    true = faces[k].points
                    unit = np.hypot(*(true[45] - true[36])) / 100
                    errors.append(np.hypot(*(points - true).T) / unit)
            over = np.mean(errors, axis=0) if errors else np.full(68, np.nan)
            cells = (f"{over[list(part)].mean():7.2f}" for part in regions.values())
            print(f"{name:12s}", *cells, f"{len(errors):4d}/{len(chosen)}")


def photographs(folder: Path, models: dict[str, TrainedModel]) -> None:
    """Print errors on photographs with WebMorph templates, at common places."""
    template = builtin_template("frl_189")
    rows: dict[str, list[Points]] = {}
    for photo in sorted(folder.glob("[!.]*.jpg")):
        if not photo.with_suffix(".tem").is_file():
            continue
        true = read_landmarks(photo.with_suffix(".tem"), template=template).points
        image = read_photo(photo).image
        seen = mesh.find_as_drawn(image)
        face = Face(0, "", image, true, seen[0].points)
        unit = np.hypot(*(true[27] - true[18])) / 100
        for name, points in place(face, models).items():
            if points is not None:
                off = [points[list(a)].mean(axis=0) - true[b] for a, b in COMMON]
                rows.setdefault(name, []).append(np.array(off) / unit)
    for name, found in rows.items():
        off = np.array(found)
        plain = np.hypot(*off.transpose(2, 0, 1)).mean()
        rest = np.hypot(*(off - off.mean(axis=0)).transpose(2, 0, 1)).mean()
        print(
            f"{name:12s} {plain:5.2f} %, without the mean offset {rest:5.2f} % "
            f"({len(found)} photographs of adults, {len(COMMON)} places)"
        )


def main() -> None:
    """Render, train or test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("render")
    one.add_argument("folder", type=Path)
    one.add_argument("--first", type=int, default=0)
    one.add_argument("--identities", type=int, default=60)
    two = verbs.add_parser("train")
    two.add_argument("folder", type=Path)
    two.add_argument("--below", type=int, default=1000)
    two.add_argument("--output", type=Path, required=True)
    two.add_argument("--no-descent", action="store_true")
    three = verbs.add_parser("test")
    three.add_argument("folder", type=Path)
    three.add_argument("--from", dest="start", type=int, default=1000)
    three.add_argument("--model", type=Path, action="append", default=[])
    three.add_argument("--photographs", type=Path)
    given = parser.parse_args()
    if given.verb == "train":
        descent = not given.no_descent
        return train(given.folder, given.below, given.output, descent=descent)
    if given.verb == "test":
        models = {file.stem: model_in(file.read_bytes()) for file in given.model}
        test(read(given.folder, range(given.start, 10_000)), models)
        if given.photographs:
            photographs(given.photographs, models)
        return None
    render(given.folder, range(given.first, given.first + given.identities))
    return None


if __name__ == "__main__":
    main()
