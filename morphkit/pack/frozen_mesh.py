"""Correspondences as files: the frozen half of a pack, with reproducible bytes.

The file is an ordinary ``.npz``, which ``numpy.load`` reads. It is written by hand
because ``numpy.savez`` leaves the archive's date and system to the library.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.files import read_bytes, write_bytes_atomically
from morphkit.errors import InputError
from morphkit.geometry.correspondence.frozen_mesh import Correspondence
from morphkit.morph.masks import MaskShape
from morphkit.pack.older import present_mesh

#: What the libraries raise for a file that is damaged or of another kind.
_BROKEN = (
    OSError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


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
    """

    correspondence: Correspondence
    photo_landmarks: npt.NDArray[np.float64]
    mask: MaskShape | None = None
    corner: tuple[int, int] = (0, 0)


def write_frozen(path: Path, frozen: FrozenContinuum) -> None:
    """Write a correspondence as an npz file with deterministic bytes."""
    write_bytes_atomically(path, frozen_bytes(frozen), overwrite=True)


def frozen_bytes(frozen: FrozenContinuum) -> bytes:
    """Return a correspondence as an npz file with deterministic bytes."""
    mesh = frozen.correspondence
    arrays: dict[str, npt.NDArray[Any]] = {
        "size": np.array(mesh.size, dtype=np.int32),
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
    if frozen.mask is not None:
        arrays |= {"mask": frozen.mask.outline, "mask_feather": frozen.mask.feather}
    return arrays_bytes(arrays)


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays as an npz file with deterministic bytes."""
    write_bytes_atomically(path, arrays_bytes(arrays), overwrite=True)


def arrays_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return arrays as an npz file with deterministic bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, the earliest possible
            member.create_system = 3
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            little = np.ascontiguousarray(arrays[name])
            little = little.astype(little.dtype.newbyteorder("<"), copy=False)
            np.lib.format.write_array(content, little, version=(1, 0))
            archive.writestr(member, content.getvalue())
    return data.getvalue()


def read_frozen(path: Path) -> FrozenContinuum:
    """Return the correspondence in an npz file.

    Raises
    ------
    InputError
        If the file is missing or does not contain a correspondence.
    """
    try:
        arrays = present_mesh(_arrays(read_bytes(path)))
        n_ends = len(arrays["frame_nodes"])
        width, height = arrays["size"].tolist()
        taps = tuple(arrays[f"taps_{k}"] for k in range(n_ends))
        mesh = Correspondence(
            size=(width, height),
            triangles=arrays["triangles"],
            frame_nodes=arrays["frame_nodes"],
            photo_nodes=arrays["photo_nodes"],
            taps=taps,
            landmarks=arrays["landmarks"],
            insides=tuple(_insides(arrays, k) for k in range(n_ends)),
            feathers=tuple(arrays[f"feather_{k}"] for k in range(n_ends)),
        )
        mask = None
        if "mask" in arrays:
            mask = MaskShape(arrays["mask"], arrays["mask_feather"])
        left, top = arrays["corner"].tolist()
        return FrozenContinuum(mesh, arrays["photo_landmarks"], mask, (left, top))
    except InputError as error:
        raise error.at(str(path)) from None
    except _BROKEN as error:
        raise InputError(
            f"is not a correspondence ({error})",
            where=str(path),
            remedy='"morphkit verify" shows which files of a pack were changed',
        ) from None


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an npz file by name.

    Raises
    ------
    InputError
        If the file is missing or contains something else.
    """
    try:
        return _arrays(read_bytes(path))
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(
            f"is not a file of arrays ({error})",
            where=str(path),
            remedy='"morphkit verify" shows which files of a pack were changed',
        ) from None


def _insides(
    arrays: Mapping[str, npt.NDArray[Any]], end: int
) -> tuple[npt.NDArray[np.int32], ...]:
    """Return the outlines of one end, in order."""
    names: list[str] = []
    while (name := f"inside_{end}_{len(names)}") in arrays:
        names.append(name)
    return tuple(arrays[name] for name in names)


def _arrays(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an npz file by name; no code in it is executed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(name)), allow_pickle=False
            )
            for name in archive.namelist()
        }
