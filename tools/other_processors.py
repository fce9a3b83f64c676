"""Show that the C code gives the same bits on other processors, by an emulator.

The kernels of the C extension are compiled for each processor below, as a program that
Python calls in place of the extension, and run by QEMU where this machine has another
processor. Each then makes the golden scenes (``tests/golden/pixels``), the 15 frames of
a pair of the shipped faces and their PNG files, with dense matching; all hashes must be
those of the extension here. A row tells the lanes of ``_native_lanes.h`` at work.

Run: ``python tools/other_processors.py`` in a checkout (exit code 1 if a hash differs).
Debian has what it takes: ``apt-get install gcc gcc-aarch64-linux-gnu qemu-user``. A
processor without its compiler or emulator is left out, or is an error if named:
``--only aarch64``.
"""

import argparse
import hashlib
import json
import platform
import runpy
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SCENES = ROOT / "tests" / "golden" / "pixels" / "scenes.py"
KERNELS = (
    *("prepare", "render", "render_planes", "level", "reduce_luma"),
    *("even_contrast", "match", "halfway", "spread", "zlib_stream"),
)


@dataclass(frozen=True)
class Build:
    """How the kernels are compiled and run; `emulator` for another processor."""

    compiler: tuple[str, ...]
    machine: str
    emulator: tuple[str, ...] = ()
    lanes: str = "plain"

    def command(self, program: Path) -> list[str]:
        """Return what runs the program here."""
        foreign = platform.machine() != self.machine
        return [*(self.emulator if foreign else ()), str(program)]

    def missing(self) -> list[str]:
        """Return the programs that this machine lacks."""
        needed = {self.compiler[0], *self.command(Path())[:-1][:1]}
        return sorted(name for name in needed if not shutil.which(name))


_ARM = ("aarch64-linux-gnu-gcc", "-static")
_EMULATED = ("qemu-aarch64",)
BUILDS: Mapping[str, Build] = {
    "x86-64": Build(("gcc", "-O3"), "x86_64", lanes="SSE2"),
    "x86-64, plain C": Build(("gcc", "-O1", "-DMORPHKIT_SCALAR"), "x86_64"),
    "aarch64": Build((*_ARM, "-O3"), "aarch64", _EMULATED, "NEON"),
    "aarch64, not optimised": Build((*_ARM, "-O0"), "aarch64", _EMULATED, "NEON"),
    "aarch64, plain C": Build(
        (*_ARM, "-O3", "-DMORPHKIT_SCALAR"), "aarch64", _EMULATED
    ),
}


class Engine:
    """The kernels in a process of their own, with the functions of the extension."""

    def __init__(self, build: Build, folder: Path) -> None:
        program = folder / "kernels"
        files = (ROOT / "morphkit" / "pixels").glob("_native_*.c")
        code = [str(ROOT / "tools" / "other_processors.c"), *map(str, sorted(files))]
        subprocess.run(
            [*build.compiler, "-std=c11", *code, "-lm", "-o", str(program)], check=True
        )
        self._process = subprocess.Popen(
            build.command(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.lanes = self._output.readline().decode("ascii").strip()
        self.calls = 0

    @property
    def _output(self) -> Any:
        return self._process.stdout

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self, n_bytes: int) -> bytes:
        found: bytes = self._output.read(n_bytes)
        if len(found) != n_bytes:
            raise SystemExit("the program with the kernels has ended early")
        return found

    def _call(self, kernel: str, arguments: list[Any], written: list[Any]) -> Any:
        """Return the two integers of an answer, and fill the arrays `written`."""
        send = self._process.stdin
        assert send is not None
        send.write(struct.pack("<2q", KERNELS.index(kernel), len(arguments)))
        for one in arguments:
            if isinstance(one, np.ndarray):
                shape = (*one.shape, 1, 1)[:3]
                send.write(struct.pack("<4q", one.itemsize, *shape))
                send.write(np.ascontiguousarray(one).tobytes())
            else:
                send.write(struct.pack("<2q", 0, one))
        send.flush()
        self.calls += 1
        status, first, second = struct.unpack("<3q", self._read(24))
        if status:
            raise ValueError(f"{kernel}: status {status}")
        for array in written:
            array[...] = np.frombuffer(self._read(array.nbytes), array.dtype).reshape(
                array.shape
            )
        return first, second

    def _draw(self, kernel: str, layers: tuple[Any, ...], out: Any, *more: Any) -> Any:
        samples, nodes, frame, triangles, weights, taps = layers
        each = [*samples, *nodes, *weights]
        arguments = [len(samples), *each, frame, triangles, taps, out, *more]
        return self._call(kernel, arguments, [out])

    def render(self, *arguments: Any) -> Any:
        """Draw a frame into an image."""
        *layers, encode, image, covered, behind = (*arguments, 0, 0)[:10]
        return self._draw("render", tuple(layers), image, covered, behind, encode)

    def render_planes(self, *arguments: Any) -> Any:
        """Draw a frame into planes."""
        *layers, planes, covered, behind = (*arguments, 0, 0)[:9]
        return self._draw("render_planes", tuple(layers), planes, covered, behind)

    def prepare(self, *arrays: Any) -> None:
        """Write the samples of a photograph."""
        self._call("prepare", list(arrays), [arrays[-1]])

    def level(self, planes: Any, weights: Any, encode: Any, image: Any) -> None:
        """Write the frame of planes, its detail kept level."""
        one, two = weights
        both = one * two if one > 0 and two > 0 else 0
        self._call("level", [planes, both, encode, image], [image])

    def reduce_luma(self, frame: Any, plane: Any) -> None:
        """Write the luma of a frame at the size of the plane."""
        self._call("reduce_luma", [frame, plane], [plane])

    def even_contrast(self, *arguments: Any) -> None:
        """Write code values with their contrast made even."""
        self._call("even_contrast", list(arguments), [arguments[-1]])

    def match(self, *arrays: Any) -> None:
        """Write displacements between two planes."""
        self._call("match", list(arrays), [arrays[-1]])

    def halfway(self, *arguments: Any) -> None:
        """Write displacements halfway between two planes, and their trust."""
        self._call("halfway", list(arguments), list(arguments[-2:]))

    def spread(self, *arguments: Any) -> None:
        """Write means of displacements."""
        self._call("spread", list(arguments), [arguments[-1]])

    def zlib_stream(self, rows: Any, pixel_bytes: int) -> bytes:
        """Return the content of IDAT."""
        size, _ = self._call("zlib_stream", [rows, pixel_bytes], [])
        return self._read(size)


@contextmanager
def in_place(engine: Engine) -> Any:
    """Let morphkit work with these kernels."""
    from morphkit.pixels import backend

    chosen = backend._select
    backend._select = lambda wish: engine  # type: ignore[assignment, return-value]
    try:
        yield
    finally:
        backend._select = chosen


def hashes_of_scenes() -> dict[str, str]:
    """Return the hashes of the golden scenes."""
    found: dict[str, str] = runpy.run_path(str(SCENES))["hashes"]()
    return found


def hashes_of_faces() -> dict[str, str]:
    """Return the hashes of a pair of the shipped faces, from photographs to files."""
    from morphkit.faces.face import Face
    from morphkit.faces.formats import read_landmarks
    from morphkit.faces.images import read_image
    from morphkit.geometry.align import ALIGNMENTS, to_common_frame
    from morphkit.geometry.correspondence import correspond
    from morphkit.geometry.correspondence.refinements import REFINEMENTS
    from morphkit.geometry.warp import WARPS
    from morphkit.morph.scene import Scene
    from morphkit.morph.settings import Rendering
    from morphkit.morph.trajectory import Trajectory
    from morphkit.pipeline.demo import demo_identities, shipped_faces
    from morphkit.pixels import encode_png

    place, name = shipped_faces(), demo_identities()[0]
    faces = []
    for label in ("happy", "distressed"):
        (image,) = (place / "source_faces").glob(f"{name}_{label}.*")
        (marks,) = (place / "landmarks").glob(f"{name}_{label}.*")
        faces.append(Face(read_image(image), read_landmarks(marks)))
    align = ALIGNMENTS["procrustes"]
    moves, size = to_common_frame(faces, alignment=align, size=(300, 340))
    photos = [face.image for face in faces]
    marks_of = [face.landmarks for face in faces]
    how = {"warp": WARPS["tps"], "size": size, "photos": photos}
    refinement = REFINEMENTS["integer-flow"]
    matched = correspond(marks_of, moves, **how, refinement=refinement)
    mesh = matched.correspondence
    scene = Scene("pair", "face", mesh, photos, Trajectory.equal_steps(15))
    frames, files = hashlib.sha256(), hashlib.sha256()
    for frame in scene.prepared(Rendering(detail="level")).frames():
        frames.update(frame.tobytes())
        files.update(encode_png(frame))
    nodes = hashlib.sha256(mesh.frame_nodes.tobytes() + mesh.photo_nodes.tobytes())
    found = {"nodes": nodes, "frames": frames, "files": files}
    return {name: value.hexdigest() for name, value in found.items()}


def differing(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return the names under which hashes differ."""
    names = sorted(expected.keys() | found.keys())
    return [name for name in names if expected.get(name) != found.get(name)]


def check(name: str, build: Build, expected: Mapping[str, str]) -> list[str]:
    """Print a row, and return what differs on a processor."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(build, Path(folder))
        try:
            with in_place(engine):
                wrong = differing(expected, hashes_of_scenes() | hashes_of_faces())
        finally:
            engine.close()
    if engine.lanes != build.lanes:
        wrong.append(f"lanes are {engine.lanes} instead of {build.lanes}")
    result = ", ".join(wrong) or f"all {len(expected)} hashes equal"
    print(f"| {name} | {engine.lanes} | {engine.calls} | {result} |", flush=True)
    return wrong


def main() -> int:
    """Compare all processors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=BUILDS, action="append", help="a processor")
    asked = parser.parse_args().only
    golden = json.loads(SCENES.with_name("hashes.json").read_text("utf-8"))
    expected = golden[max(golden, key=int)] | hashes_of_faces()
    print("| processor | lanes | calls | result |\n|---|---|---|---|")
    wrong = 0
    for name in asked or BUILDS:
        build = BUILDS[name]
        missing = build.missing()
        if missing:
            print(f"| {name} | | | left out: no {', no '.join(missing)} |")
            wrong += bool(asked)
            continue
        wrong += bool(check(name, build, expected))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
