"""Arrays as files, with reproducible bytes, and the one gate that reads them.

The file is an ordinary ``.npz``, which ``numpy.load`` reads. It is written by hand
because ``numpy.savez`` leaves the archive's date and system to the library.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.bounds import ARRAYS, ARRAYS_BYTES
from morphkit._core.files import write_bytes_atomically
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError

#: What the libraries raise for a file that is damaged or of another kind.
BROKEN = (
    OSError,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    SyntaxError,
    TypeError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


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


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an npz file by name.

    Raises
    ------
    InputError
        If the file is missing or contains something else.
    """
    try:
        return arrays_in(read_bytes(path))
    except InputError as error:
        raise error.at(str(path)) from None
    except BROKEN as error:
        raise InputError(
            f"is not a file of arrays ({error})",
            where=str(path),
            remedy='"morphkit verify" shows which files of a pack were changed',
        ) from None


def arrays_in(data: bytes, *, most: int = ARRAYS_BYTES) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an npz file by name; no code in it is executed.

    What they take unpacked is known, and bounded, before anything is unpacked.

    Parameters
    ----------
    data : bytes
    most : int, optional
        Bytes that all of them may have.

    Raises
    ------
    InputError
        If they have more.
    BROKEN
        Any of these, if it is not such a file.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if len(members) > ARRAYS or size > most:
            raise InputError(
                f"holds {len(members):,} arrays of {size:,} bytes",
                allowed=f"at most {ARRAYS:,} of {most:,} bytes in all",
            )
        return {
            member.filename.removesuffix(".npy"): _array(archive.read(member))
            for member in members
        }


def _array(data: bytes) -> npt.NDArray[Any]:
    """Return the numbers in an npy file, which has as many as its head says."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array of another version of the format")
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in "iufb":
        raise ValueError(f"an array of {dtype}")
    size = dtype.itemsize * math.prod(shape)
    if min(shape, default=0) < 0 or size != len(data) - file.tell():
        raise ValueError(f"an array of the shape {shape} with another number of values")
    flat = np.frombuffer(data, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if by_column else "C").copy()
