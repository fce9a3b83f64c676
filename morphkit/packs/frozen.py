"""Correspondences as files: the frozen half of a pack, with bytes that repeat.

The file is an ordinary ``.npz``, which ``numpy.load`` reads. Written by hand because
``numpy.savez`` leaves the archive's date and system to the library.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morphkit.correspondence import Correspondence
from morphkit.errors import InputError
from morphkit.files import write_bytes_atomically


@dataclass(frozen=True, eq=False)
class FrozenContinuum:
    """A correspondence with the landmarks in the photographs that it came from.

    Parameters
    ----------
    correspondence : Correspondence
    photo_landmarks : ndarray, shape (K, L, 2), dtype float64
        Pixels of the photographs.
    """

    correspondence: Correspondence
    photo_landmarks: npt.NDArray[np.float64]


def write_frozen(path: Path, frozen: FrozenContinuum) -> None:
    """Write a correspondence as an npz file whose bytes depend on nothing else."""
    mesh = frozen.correspondence
    arrays = {
        "size": np.array(mesh.size, dtype=np.int32),
        "triangles": mesh.triangles,
        "frame_nodes": mesh.frame_nodes,
        "photo_nodes": mesh.photo_nodes,
        "landmarks": mesh.landmarks,
        "photo_landmarks": frozen.photo_landmarks,
    }
    arrays |= {f"taps_{k}": taps for k, taps in enumerate(mesh.taps)}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, the least possible
            member.create_system = 3
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            little = np.ascontiguousarray(arrays[name])
            little = little.astype(little.dtype.newbyteorder("<"), copy=False)
            np.lib.format.write_array(content, little, version=(1, 0))
            archive.writestr(member, content.getvalue())
    write_bytes_atomically(path, data.getvalue(), overwrite=True)


def read_frozen(path: Path) -> FrozenContinuum:
    """Return the correspondence in an npz file.

    Raises
    ------
    InputError
        If the file is missing or does not hold a correspondence.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
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
        )
        return FrozenContinuum(mesh, arrays["photo_landmarks"])
    except FileNotFoundError:
        raise InputError("there is no such file", where=str(path)) from None
    except InputError as error:
        raise error.at(str(path)) from None
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            f"does not hold a correspondence ({error})", where=str(path)
        ) from None
