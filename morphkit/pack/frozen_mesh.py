"""Correspondences as files: the frozen half of a pack, with reproducible bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.array_files import BROKEN, arrays_bytes, arrays_in
from morphkit._core.bounds import NODES, OUTLINE_POINTS, PHOTO_SIDE, TAPS
from morphkit._core.files import write_bytes_atomically
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import SHARP, Correspondence
from morphkit.morph.masks import MaskShape
from morphkit.pack.older import present_mesh


@dataclass(frozen=True, eq=False)
class FrozenContinuum:
    """A correspondence with the landmarks of its photographs.

    Parameters
    ----------
    correspondence : Correspondence
    photo_landmarks : ndarray, shape (K, L, 2), dtype float64
        In pixels of the photographs.
    mask : MaskShape, optional
        The mask of the continuum.
    corner : (int, int), optional
        Position of the top-left pixel of its images in the frame of the mesh; not
        (0, 0) if they are cropped or padded.

    Raises
    ------
    InputError
        If the corner lies farther away than any photograph is large.
    """

    correspondence: Correspondence
    photo_landmarks: npt.NDArray[np.float64]
    mask: MaskShape | None = None
    corner: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if max(map(abs, self.corner)) > PHOTO_SIDE:
            raise InputError(f"images with the corner {self.corner}")


def write_frozen(path: Path, frozen: FrozenContinuum) -> None:
    """Write a correspondence as an npz file with deterministic bytes."""
    write_bytes_atomically(path, frozen_bytes(frozen), overwrite=True)


def frozen_bytes(frozen: FrozenContinuum) -> bytes:
    """Return a correspondence as an npz file with deterministic bytes."""
    mesh = frozen.correspondence
    # A mesh that says which triangles are behind others says it after its size.
    behind = [] if mesh.behind is None else [mesh.behind]
    arrays: dict[str, npt.NDArray[Any]] = {
        "size": np.array([*mesh.size, *behind], dtype=np.int32),
        "triangles": mesh.triangles,
        "frame_nodes": mesh.frame_nodes,
        "photo_nodes": mesh.photo_nodes,
        "landmarks": mesh.landmarks,
        "photo_landmarks": frozen.photo_landmarks,
        "corner": np.array(frozen.corner, dtype=np.int32),
    }
    arrays |= {f"taps_{k}": taps for k, taps in enumerate(mesh.taps)}
    arrays |= {f"feather_{k}": taps for k, taps in enumerate(mesh.feathers)}
    arrays |= {
        f"inside_{k}_{j}": outline
        for k, outlines in enumerate(mesh.insides)
        for j, outline in enumerate(outlines)
    }
    for k, outlines in enumerate(mesh.surroundings):
        if outlines:
            arrays[f"fade_{k}"] = mesh.fades[k]
        arrays |= {f"surrounding_{k}_{j}": one for j, one in enumerate(outlines)}
    if frozen.mask is not None:
        arrays |= {"mask": frozen.mask.outline, "mask_feather": frozen.mask.feather}
    return arrays_bytes(arrays)


def read_frozen(path: Path) -> FrozenContinuum:
    """Return the correspondence in an npz file.

    Raises
    ------
    InputError
        If the file is missing or does not contain a correspondence.
    """
    try:
        arrays = present_mesh(arrays_in(read_bytes(path)))
        _check_sizes(arrays)
        n_ends = len(arrays["frame_nodes"])
        width, height, *behind = arrays["size"].tolist()
        taps = tuple(arrays[f"taps_{k}"] for k in range(n_ends))
        mesh = Correspondence(
            size=(width, height),
            triangles=arrays["triangles"],
            frame_nodes=arrays["frame_nodes"],
            photo_nodes=arrays["photo_nodes"],
            taps=taps,
            landmarks=arrays["landmarks"],
            insides=tuple(_outlines(arrays, "inside", k) for k in range(n_ends)),
            feathers=tuple(arrays[f"feather_{k}"] for k in range(n_ends)),
            behind=behind[0] if behind else None,
            surroundings=tuple(
                _outlines(arrays, "surrounding", k) for k in range(n_ends)
            ),
            fades=tuple(arrays.get(f"fade_{k}", SHARP) for k in range(n_ends)),
        )
        mask = None
        if "mask" in arrays:
            mask = MaskShape(arrays["mask"], arrays["mask_feather"])
        left, top = arrays["corner"].tolist()
        return FrozenContinuum(mesh, arrays["photo_landmarks"], mask, (left, top))
    except InputError as error:
        raise error.at(str(path)) from None
    except BROKEN as error:
        raise InputError(
            f"is not a correspondence ({str(error) or type(error).__name__})",
            where=str(path),
            remedy='"morphkit verify" shows which files of a pack were changed',
        ) from None


def _outlines(
    arrays: Mapping[str, npt.NDArray[Any]], kind: str, end: int
) -> tuple[npt.NDArray[np.int32], ...]:
    """Return the outlines of one end, in order."""
    names: list[str] = []
    while (name := f"{kind}_{end}_{len(names)}") in arrays:
        names.append(name)
    return tuple(arrays[name] for name in names)


def _check_sizes(arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Refuse a mesh of more parts than it can be worked with."""
    most = {
        "triangles": 2 * NODES,
        "frame_nodes": NODES,
        "photo_nodes": NODES,
        "landmarks": NODES,
        "photo_landmarks": NODES,
        "taps": TAPS,
        "feather": TAPS,
        "fade": TAPS,
        "mask_feather": TAPS,
        "size": 3,
        "inside": OUTLINE_POINTS,
        "surrounding": OUTLINE_POINTS,
        "mask": OUTLINE_POINTS,
    }
    for name, array in arrays.items():
        longest = most.get(name, most.get(name.partition("_")[0], 2))
        if max(array.shape, default=0) > longest:
            raise InputError(
                f"{name} has the shape {array.shape}", allowed=f"at most {longest:,}"
            )
