"""The kernels of the C extension as a program, and the calls that Python makes of them.

`Kernels` has the functions of the extension and asks the program, which an emulator may
run; `Recorder` has them too, lets the extension work, and keeps every call as a file
that the program reads. For the other programs of this folder and of ``benchmarks/``.
"""

import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
#: In the order of their numbers in ``kernels.c``.
NAMES = (
    *("prepare", "render", "render_planes", "level", "reduce_area"),
    *("even_contrast", "match", "halfway", "spread", "zlib_stream"),
    *("tally", "resample", "scale_down", "compare_colours", "correlate"),
    *("means_apart", "filter_columns"),
)


def compiled(compiler: Sequence[str], folder: Path) -> Path:
    """Return the program, compiled into a folder."""
    program = folder / "kernels"
    files = sorted((ROOT / "morphkit" / "pixels").glob("_native_*.c"))
    code = map(str, (ROOT / "tools" / "kernels.c", *files))
    options = ["-std=c11", "-D_DEFAULT_SOURCE", "-pthread", "-o", str(program)]
    subprocess.run([*compiler, *options, *code, "-lm"], check=True)
    return program


def flat(kernel: str, arguments: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the arguments of a call as the program takes them, and what it writes."""
    if kernel in ("render", "render_planes"):
        samples, nodes, frame, triangles, weights, taps, *rest = arguments
        encode = [rest.pop(0)] if kernel == "render" else []
        out, *options = (*rest, 0, 0, 0, 0)[:5]
        each = [*samples, *nodes, *weights]
        scene = [len(samples), *each, frame, triangles, taps]
        return [*scene, out, *options, *encode], [out]
    if kernel == "level":
        planes, (one, two), encode, *out = arguments
        both = one * two if one > 0 and two > 0 else 0
        return [planes, both, encode, *(*out, None)[:2]], out
    written = {"zlib_stream": 0, "halfway": 2}.get(kernel, 1)
    return list(arguments), list(arguments[len(arguments) - written :])


def write_call(file: IO[bytes], kernel: str, arguments: Sequence[Any]) -> None:
    """Write a call as the program reads it."""
    file.write(struct.pack("<2q", NAMES.index(kernel), len(arguments)))
    for one in arguments:
        if isinstance(one, np.ndarray):
            shape = (*one.shape, 1, 1)[:3]
            file.write(struct.pack("<4q", one.itemsize, *shape))
            file.write(np.ascontiguousarray(one).tobytes())
        else:
            file.write(struct.pack("<2q", 0, one or 0))  # None: without a table


class Kernels:
    """The kernels in a process of their own, with the functions of the extension.

    Parameters
    ----------
    command : sequence of str
        What runs the program.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self.lanes = self._output.readline().decode("ascii").strip()
        self.calls = 0

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self, n_bytes: int) -> bytes:
        found = self._output.read(n_bytes)
        if len(found) != n_bytes:
            raise SystemExit("the program with the kernels has ended early")
        return found

    def __getattr__(self, kernel: str) -> Callable[..., Any]:
        """Return a function of the extension."""
        if kernel not in NAMES:
            raise AttributeError(kernel)

        def call(*given: Any) -> Any:
            arguments, written = flat(kernel, given)
            write_call(self._input, kernel, arguments)
            self._input.flush()
            self.calls += 1
            status, first, second = struct.unpack("<3q", self._read(24))
            if status:
                raise ValueError(f"{kernel}: status {status}")
            for array in written:
                found = np.frombuffer(self._read(array.nbytes), array.dtype)
                array[...] = found.reshape(array.shape)
            return self._read(first) if kernel == "zlib_stream" else (first, second)

        return call


class Recorder:
    """The functions of the extension, whose calls are kept.

    Parameters
    ----------
    extension : module
    file : binary file
        The calls, for the program to read.
    """

    def __init__(self, extension: Any, file: IO[bytes]) -> None:
        self._extension, self._file = extension, file
        self.calls = dict.fromkeys(NAMES, 0)

    def __getattr__(self, kernel: str) -> Callable[..., Any]:
        """Return a function of the extension."""
        if kernel not in NAMES:
            raise AttributeError(kernel)

        def call(*given: Any) -> Any:
            write_call(self._file, kernel, flat(kernel, given)[0])
            self.calls[kernel] += 1
            return getattr(self._extension, kernel)(*given)

        return call


@contextmanager
def in_place(kernels: Any) -> Iterator[None]:
    """Let morphkit work with these kernels."""
    from morphkit.pixels import backend

    chosen = backend._select
    backend._select = lambda wish: kernels  # type: ignore[assignment]
    try:
        yield
    finally:
        backend._select = chosen
