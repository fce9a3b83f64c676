"""Trained detectors as files: read through one gate, since they may be a stranger's.

The file is an ordinary ``.npz`` of numbers; nothing in it is executed. What it says of
itself is a JSON text, stored as bytes in the array ``about``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.array_files import BROKEN, arrays_bytes, arrays_in
from morphkit._core.bounds import MODEL_BYTES, TEMPLATE_POINTS
from morphkit._core.documents import parse_json, restore
from morphkit.errors import InputError
from morphkit.faces.detectors.nets import model_hashes
from morphkit.faces.detectors.trained.adapter import MOST_DIRECTIONS, Adapter
from morphkit.faces.detectors.trained.descent import Step
from morphkit.faces.detectors.trained.frame import N_MESH, SIDE
from morphkit.faces.detectors.trained.model import TrainedModel
from morphkit.faces.detectors.trained.patches import N_VALUES
from morphkit.faces.template import Template

SCHEMA = "morphkit-detector/1"
SUFFIX = ".npz"
#: Steps that a file may have.
_MOST_STEPS = 8
_REMEDY = 'train it again with "morphkit landmarks train", or get the file again'


@dataclass(frozen=True)
class TrainedOn:
    """What a detector was trained on; no name and no path.

    Parameters
    ----------
    n_faces, n_identities, n_expressions : int
        Expressions are counted by the labels of the faces; 0 if they have none.
    faces : tuple of str, optional
        A hash of each face, of its photograph and landmarks together, sorted.
    n_left_out : int, optional
        Faces that could not be used.
    """

    n_faces: int
    n_identities: int
    n_expressions: int
    faces: tuple[str, ...] = ()
    n_left_out: int = 0


@dataclass(frozen=True)
class About:
    """What the file of a trained detector says of itself.

    Parameters
    ----------
    schema : str
    template : mapping
        Definition of the template.
    mesh : mapping of str to str
        Hashes of the models of the mesh that it starts from.
    trained_on : TrainedOn
    software : mapping of str to str, optional
        Versions of what trained it.
    error : mapping of str to float, optional
        Mean error of each region on identities that were left out, in percent.
    normaliser : str, optional
        Length to which percent relate.
    """

    schema: str
    template: dict[str, Any]
    mesh: Mapping[str, str]
    trained_on: TrainedOn
    software: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, float] = field(default_factory=dict)
    normaliser: str = ""


def model_bytes(model: TrainedModel) -> bytes:
    """Return a trained detector as a file with deterministic bytes."""
    text = json.dumps(model.about, ensure_ascii=False, sort_keys=True)
    arrays: dict[str, npt.NDArray[Any]] = {
        "about": np.frombuffer(text.encode(), np.uint8),
        "reference": model.reference.astype(np.float32),
        **{name: part.astype(np.float32) for name, part in _parts(model.adapter)},
    }
    for k, step in enumerate(model.steps):
        arrays |= {
            f"step_{k}_window": np.array([step.window], np.int32),
            f"step_{k}_usual": step.usual,
            f"step_{k}_weights": step.weights,
            f"step_{k}_shift": step.shift,
        }
    return arrays_bytes(arrays)


def about_model(template: Template, **known: Any) -> dict[str, Any]:
    """Return what is said of a new detector, as JSON."""
    return asdict(About(SCHEMA, template.to_dict(), dict(model_hashes()), **known))


def _parts(adapter: Adapter) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return the arrays of an adapter by name."""
    names = ("mesh_mean", "mean", "left", "right")
    return [(name, getattr(adapter, name)) for name in names]


def model_in(data: bytes) -> TrainedModel:
    """Return the trained detector in a file.

    Raises
    ------
    InputError
        If it is not one, is damaged or beyond a bound, or starts from another mesh.
    """
    try:
        arrays = arrays_in(data, most=MODEL_BYTES)
        about = _about(arrays.pop("about"))
        template = Template.from_dict(about.template)
        return _model(arrays, about, template)
    except InputError as error:
        raise InputError(
            f"is not a trained detector: {error}", remedy=error.remedy or _REMEDY
        ) from None
    except BROKEN as error:
        said = f'it lacks "{error.args[0]}"' if isinstance(error, KeyError) else error
        raise InputError(
            f"is not a trained detector ({said})", remedy=_REMEDY
        ) from None


def _about(data: npt.NDArray[Any]) -> About:
    """Return what a file says of itself."""
    if data.dtype != np.uint8 or data.ndim != 1:
        raise InputError(f"its description is an array of {data.dtype}")
    said = parse_json(data.tobytes().decode("utf-8"), where="about")
    about = restore(About, said, where="about")
    if about.schema != SCHEMA:
        raise InputError(
            f'its schema is "{about.schema}"',
            allowed=f'this version reads "{SCHEMA}"',
        )
    if dict(about.mesh) != dict(model_hashes()):
        raise InputError(
            "it was trained on points of other models of the mesh",
            remedy="train it again with this version",
        )
    return about


def _model(
    arrays: dict[str, npt.NDArray[Any]], about: About, template: Template
) -> TrainedModel:
    """Return the model that arrays hold, with the shapes that they must have."""
    n = template.n_points
    if n > TEMPLATE_POINTS:
        raise InputError(f"its template has {n} points", allowed=str(TEMPLATE_POINTS))
    wide = 2 * N_MESH
    k = arrays["left"].shape[-1] if arrays["left"].ndim == 2 else 0
    if not 1 <= k <= MOST_DIRECTIONS:
        raise InputError(f"its adapter has {k} directions")
    single = np.dtype("<f4")
    adapter = Adapter(
        _taken(arrays, "mesh_mean", (wide,), single),
        _taken(arrays, "mean", (2 * n,), single),
        _taken(arrays, "left", (wide, k), single),
        _taken(arrays, "right", (k, 2 * n), single),
    )
    reference = _taken(arrays, "reference", (N_MESH, 2), single).astype(np.float64)
    steps: list[Step] = []
    while f"step_{len(steps)}_window" in arrays:
        steps.append(_step(arrays, len(steps), n))
    if len(steps) > _MOST_STEPS or arrays:
        raise InputError(
            f"it holds what no detector has: {len(steps)} steps, "
            + ", ".join(sorted(arrays)[:3])
        )
    return TrainedModel(template, reference, adapter, tuple(steps), asdict(about))


def _step(arrays: dict[str, npt.NDArray[Any]], k: int, n: int) -> Step:
    """Return one step of descent."""
    half = np.dtype("<f2")
    window = int(_taken(arrays, f"step_{k}_window", (1,), np.dtype("<i4"))[0])
    if not 8 <= window <= SIDE // 2:
        raise InputError(f"a step looks at {window} pixels")
    return Step(
        window,
        _taken(arrays, f"step_{k}_usual", (n, N_VALUES), half),
        _taken(arrays, f"step_{k}_weights", (n, N_VALUES, 2), half),
        _taken(arrays, f"step_{k}_shift", (n, 2), half),
    )


def _taken(
    arrays: dict[str, npt.NDArray[Any]],
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> npt.NDArray[Any]:
    """Take an array out of those of a file; it is of a shape and type, and finite."""
    array = arrays.pop(name)
    if array.shape != shape or array.dtype != dtype:
        raise InputError(
            f"{name} has the shape {array.shape} and type {array.dtype}",
            allowed=f"{shape} and {dtype}",
        )
    if not np.isfinite(array).all():
        raise InputError(f"{name} has numbers that are not finite")
    return array


def is_model_file(name: str | Path) -> bool:
    """Return whether what names a detector is the file of a trained one."""
    return Path(name).suffix.lower() == SUFFIX
