"""Pictures, landmark files and the template, written for the rest of the project."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from faces_generator.arrays import Array
from faces_generator.expression import LABELS
from faces_generator.identities import SETS
from faces_generator.infant_template import template_dict
from faces_generator.render import render_level
from morphkit.faces.formats import write_landmarks
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "morphkit" / "faces" / "templates"
SIZE = 640


def write_picture(path: Path, image: Array) -> str:
    """Write an RGB picture as a PNG file without metadata; return its SHA-256."""
    done, data = cv2.imencode(
        ".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9]
    )
    if not done:
        raise OSError(f"{path}: the picture could not be encoded")
    path.write_bytes(data.tobytes())
    return hashlib.sha256(data.tobytes()).hexdigest()


def infant_template() -> Template:
    """Return the infant template."""
    return Template.from_dict(template_dict())


def write_template(folder: Path = TEMPLATES) -> Path:
    """Write the infant template as JSON and return the path."""
    data = template_dict()
    rows = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in data.items()]
    path = Path(folder) / f"{data['name']}.json"
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return path


def write_face(
    picture: Path,
    landmarks: Path,
    infant_landmarks: Path,
    rendered: tuple[Array, Array, Array],
) -> None:
    """Write a picture and its two landmark files.

    Parameters
    ----------
    picture, landmarks, infant_landmarks : Path
        Files to write.
    rendered : tuple
        What `render_level` returns.
    """
    image, points68, points_infant = rendered
    sha256 = write_picture(picture, image)
    ibug = Template.from_dict(
        json.loads((TEMPLATES / "ibug_68.json").read_text("utf-8"))
    )
    infant = infant_template()
    for path, template, points in (
        (landmarks, ibug, points68),
        (infant_landmarks, infant, points_infant),
    ):
        placed = Landmarks(template, points, Placement(by="render"), sha256)
        write_landmarks(path, placed, image=picture.name, overwrite=True)


def write_level(output: Path, *args: Any, **options: Any) -> None:
    """Render one level to `output`, and its landmarks beside it.

    Parameters
    ----------
    output : Path
        PNG file to write; the landmarks get its name with ``.json`` and
        ``.infant.json``.
    *args, **options
        For `render_level`.
    """
    write_face(
        output,
        output.with_suffix(".json"),
        output.with_suffix(".infant.json"),
        render_level(*args, **options),
    )


def write_set(
    name: str,
    root: Path = ROOT,
    *,
    report: Callable[[str], object] = lambda line: None,
) -> None:
    """Render every identity of a set with every label, then replace all files at once.

    Parameters
    ----------
    name : str
        One of `SETS`.
    root : Path, optional
        Folder that holds ``source_faces`` and ``landmarks``.
    report : callable, optional
        Told the name of each finished picture.
    """
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        made = Path(scratch)
        files: list[Path] = []
        for identity in SETS[name]:
            pictures, landmarks = made / "source_faces", made / "landmarks"
            for label in LABELS:
                stem = f"{identity}_{label}"
                face = (
                    pictures / f"{stem}.png",
                    landmarks / f"{stem}.json",
                    landmarks / "infant" / f"{stem}.json",
                )
                for path in face:
                    path.parent.mkdir(parents=True, exist_ok=True)
                rendered = render_level(identity, label, label, 0.0, size=SIZE)
                write_face(*face, rendered)
                files += face
                report(stem)
        write_template()
        for path in files:
            target = root / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
