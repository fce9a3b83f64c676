"""Show that the C code gives the same bits on other processors, by an emulator.

The kernels of the C extension are compiled for each processor below, as a program that
Python calls in place of the extension, and run by QEMU where this machine has another
processor. Each then makes the golden scenes (``tests/golden/pixels``), the 15 frames of
a pair of the shipped faces, their PNG files, small copies and measured steps, with
dense matching; all hashes must be those of the extension here. A row tells the lanes of
``_native_lanes.h`` at work.

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
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from kernels import Kernels, compiled, in_place

ROOT = Path(__file__).resolve().parents[1]
THREADS = 2
#: By which neighbouring frames are compared.
_STEPS = ("ciede2000_mean", "ssim_root")
SCENES = ROOT / "tests" / "golden" / "pixels" / "scenes.py"


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
        return [*(self.emulator if foreign else ()), str(program), str(THREADS)]

    def missing(self) -> list[str]:
        """Return the programs that this machine lacks."""
        needed = {self.compiler[0], *self.command(Path())[:-2]}
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
    from morphkit.pack.small_copies import thumbnail
    from morphkit.pipeline.demo import demo_identities, shipped_faces
    from morphkit.pixels import encode_png
    from morphkit.quality.metrics import METRICS

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
    frames, files, seen = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    last = None
    for frame in scene.prepared(Rendering(detail="level")).frames():
        frames.update(frame.tobytes())
        files.update(encode_png(frame))
        seen.update(thumbnail(frame, 112).tobytes())
        if last is not None:
            steps = [METRICS[each].score(last, frame) for each in _STEPS]
            seen.update(np.array(steps).tobytes())
        last = frame
    nodes = hashlib.sha256(mesh.frame_nodes.tobytes() + mesh.photo_nodes.tobytes())
    found = {"nodes": nodes, "frames": frames, "files": files, "measured": seen}
    return {name: value.hexdigest() for name, value in found.items()}


def differing(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return the names under which hashes differ."""
    names = sorted(expected.keys() | found.keys())
    return [name for name in names if expected.get(name) != found.get(name)]


def check(name: str, build: Build, expected: Mapping[str, str]) -> list[str]:
    """Print a row, and return what differs on a processor."""
    with tempfile.TemporaryDirectory() as folder:
        kernels = Kernels(build.command(compiled(build.compiler, Path(folder))))
        try:
            with in_place(kernels):
                wrong = differing(expected, hashes_of_scenes() | hashes_of_faces())
        finally:
            kernels.close()
    if kernels.lanes != build.lanes:
        wrong.append(f"lanes are {kernels.lanes} instead of {build.lanes}")
    result = ", ".join(wrong) or f"all {len(expected)} hashes equal"
    print(f"| {name} | {kernels.lanes} | {kernels.calls} | {result} |", flush=True)
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
