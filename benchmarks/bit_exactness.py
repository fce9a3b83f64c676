"""Show that frozen meshes give the same pixels and PNG bytes everywhere.

Freezes the correspondence between two of the shipped faces once, then renders it in
many configurations: CPU features of OpenCV and NumPy switched off, other BLAS core
types, thread counts, both implementations of the pixel specification, and scratch
virtual environments with old and new releases of the libraries. Prints a table of
hashes; the exit code is 1 if any row differs.

The other columns are canaries: computations that morphkit keeps out of its pixels
because they are known to vary, among them the correspondence itself, computed anew.
Where they change, the configuration had its effect.

Run: ``python benchmarks/bit_exactness.py`` in a checkout; the scratch environments
are downloaded into a temporary folder (``--no-venvs`` leaves them out).
"""

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from morphkit.geometry.correspondence.frozen_mesh import Correspondence

ROOT = Path(__file__).resolve().parents[1]
SIZE = (256, 288)
LEVELS = (-0.25, 0.0, 1 / 14, 0.25, 0.5, 0.75, 1.0, 1.25)

#: Releases for scratch environments: the oldest that setup.cfg allows, and new ones.
STACKS = {
    "OpenCV 4.11, NumPy 1.26": (
        "opencv-python-headless==4.11.0.86",
        "numpy==1.26.4",
        "scipy==1.11.4",
        "scikit-image==0.22.0",
        "Pillow==10.3.0",
        "click==8.1.7",
    ),
    "OpenCV 5, NumPy 2": (
        "opencv-python-headless>=5",
        "numpy>=2",
        "scipy",
        "scikit-image",
        "Pillow",
        "click",
    ),
}

#: What morphkit needs besides, in any release.
OTHERS = (
    *("pydantic", "tomli-w", "rich", "pandas", "matplotlib", "jinja2"),
    *("lazy_loader", "filelock", "starlette", "uvicorn"),
)

#: What each configuration sets; {dispatch} is every optional CPU feature of NumPy.
CONFIGURATIONS: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "C extension": {"MORPHKIT_PIXELS": "c"},
    "NumPy implementation": {"MORPHKIT_PIXELS": "numpy"},
    "OpenCV without AVX2, FMA3": {"OPENCV_CPU_DISABLE": "AVX2,FMA3"},
    "OpenCV above SSE3 off": {
        "OPENCV_CPU_DISABLE": "SSSE3,SSE4.1,POPCNT,SSE4.2,FP16,AVX,AVX2,FMA3,"
        "AVX_512F,AVX512_COMMON,AVX512_SKX"
    },
    "OpenCV without IPP": {"OPENCV_IPP": "disabled"},
    "NumPy dispatch off": {"NPY_DISABLE_CPU_FEATURES": "{dispatch}"},
    "BLAS core Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "BLAS core Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "1 thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "2 threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
}

_COLUMNS = ("pixels", "png", "correspondence", "cv2.remap", "float32 exp", "LAPACK")


def freeze(folder: Path, size: tuple[int, int] = SIZE) -> None:
    """Write what is rendered: two photographs and their frozen correspondence."""
    from morphkit.pack.frozen_mesh import FrozenContinuum, write_frozen
    from morphkit.pipeline.demo import demo_identities, shipped_faces

    faces, name = shipped_faces(), demo_identities()[0]
    for place in ("source_faces", "landmarks"):
        for end, label in enumerate(("happy", "distressed")):
            (file,) = sorted((faces / place).glob(f"{name}_{label}.*"))
            (folder / f"{end}{file.suffix}").write_bytes(file.read_bytes())
    mesh = _correspond(folder, size)
    write_frozen(folder / "frozen.npz", FrozenContinuum(mesh, mesh.landmarks / 256))


def _correspond(folder: Path, size: tuple[int, int]) -> "Correspondence":
    """Return the correspondence between both faces, computed here."""
    from morphkit.faces.face import Face
    from morphkit.faces.formats import read_landmarks
    from morphkit.faces.images import read_image
    from morphkit.geometry.align import ALIGNMENTS, to_common_frame
    from morphkit.geometry.correspondence import correspond
    from morphkit.geometry.correspondence.refinements import DEFAULT, REFINEMENTS
    from morphkit.geometry.warp import WARPS

    faces = [
        Face(read_image(folder / f"{k}.png"), read_landmarks(folder / f"{k}.json"))
        for k in (0, 1)
    ]
    alignment = ALIGNMENTS["procrustes"]
    moves, size = to_common_frame(faces, alignment=alignment, size=size)
    matched = correspond(
        [face.landmarks for face in faces],
        moves,
        warp=WARPS["tps"],
        size=size,
        photos=[face.image for face in faces],
        refinement=REFINEMENTS[DEFAULT],
    )
    return matched.correspondence


def render_here(folder: Path, *, few: bool = False) -> dict[str, str]:
    """Return the hashes of everything rendered in this process.

    All ways of rendering are combined; with `few` only the first and the last.
    """
    import cv2
    import numpy as np

    from morphkit.faces.images import read_image
    from morphkit.morph.blend import BLENDS
    from morphkit.morph.scene import Scene
    from morphkit.morph.settings import Rendering
    from morphkit.morph.trajectory import Trajectory
    from morphkit.pack.frozen_mesh import FrozenContinuum, read_frozen, write_frozen
    from morphkit.pixels import DETAILS, SAMPLINGS, encode_png, implementation

    mesh = read_frozen(folder / "frozen.npz").correspondence
    photos = [read_image(folder / f"{k}.png") for k in (0, 1)]
    pixels, png = hashlib.sha256(), hashlib.sha256()
    scene = Scene("pair", "face", mesh, photos, Trajectory.through(LEVELS))
    ways = list(itertools.product(SAMPLINGS, BLENDS, DETAILS))
    for how in (ways[0], ways[-1]) if few else ways:
        for frame in scene.prepared(Rendering(*how)).frames():
            pixels.update(frame.tobytes())
            png.update(encode_png(frame))

    again = _correspond(folder, mesh.size)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "again.npz"
        write_frozen(file, FrozenContinuum(again, again.landmarks / 256))
        frozen = hashlib.sha256(file.read_bytes())
    rng = np.random.default_rng(0)
    across = rng.uniform(0, 600, (400, 400, 2)).astype(np.float32)
    remapped = cv2.remap(
        np.ascontiguousarray(photos[0].astype(np.float32)),
        across,
        None,
        cv2.INTER_CUBIC,
    )
    exponentials = np.exp(rng.uniform(-20, 20, 100_000).astype(np.float32))
    system = rng.normal(size=(200, 200))
    solved = np.linalg.solve(system, rng.normal(size=(200, 2)))
    return {
        "pixels": pixels.hexdigest(),
        "png": png.hexdigest(),
        "correspondence": frozen.hexdigest(),
        "cv2.remap": hashlib.sha256(remapped.tobytes()).hexdigest(),
        "float32 exp": hashlib.sha256(exponentials.tobytes()).hexdigest(),
        "LAPACK": hashlib.sha256(solved.tobytes()).hexdigest(),
        "implementation": implementation(),
        "versions": f"cv2 {cv2.__version__}, numpy {np.__version__}",
    }


def run(
    python: str | Sequence[str],
    folder: Path,
    settings: Mapping[str, str],
    *,
    few: bool = False,
    program: Path = Path(__file__),
) -> dict[str, str]:
    """Return the hashes of a process of its own, which runs a program as a worker.

    `python` is an interpreter, or the words that run one.
    """
    environment = dict(os.environ)
    words = [python] if isinstance(python, str) else [*python]
    if python != sys.executable:  # a scratch environment has no morphkit of its own
        environment["PYTHONPATH"] = str(ROOT)
    if "{dispatch}" in settings.values():
        off = _dispatched(words, environment)
        settings = {k: v.replace("{dispatch}", off) for k, v in settings.items()}
    arguments = ["--worker", str(folder), *(["--few"] if few else [])]
    done = subprocess.run(
        [*words, str(program.resolve()), *arguments],
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{settings or python}: {done.stderr}")
    result: dict[str, str] = json.loads(done.stdout)
    return result


def _dispatched(python: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the CPU features that NumPy chooses at run time, as it calls them."""
    ask = (
        "try:\n from numpy._core import _multiarray_umath as m\n"
        "except ImportError:\n from numpy.core import _multiarray_umath as m\n"
        "print(*(f for f in m.__cpu_dispatch__ if m.__cpu_features__[f]))"
    )
    asked = subprocess.run(
        [*python, "-c", ask],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


def make_stack(
    folder: Path, packages: tuple[str, ...], base: str = sys.executable
) -> str:
    """Return the interpreter of a new virtual environment with these packages.

    `base` is the interpreter that it is made of.
    """
    subprocess.run([base, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", *packages, *OTHERS],
        check=True,
        stdout=sys.stderr,
    )
    return str(python)


def table(folder: Path, *, venvs: bool) -> bool:
    """Print a row for every configuration; return whether pixels and PNG agree."""
    print("| configuration | " + " | ".join(_COLUMNS) + " |")
    print("|---|" + "---|" * len(_COLUMNS))
    base: dict[str, str] = {}
    holds = True
    jobs = [(name, sys.executable, s) for name, s in CONFIGURATIONS.items()]
    for stack, packages in STACKS.items() if venvs else ():
        python = make_stack(folder / f"venv{len(jobs)}", packages)
        for name in ("as it is", "NumPy implementation", "OpenCV without AVX2, FMA3"):
            jobs.append((f"{stack}: {name}", python, CONFIGURATIONS[name]))
    for name, python, settings in jobs:
        found = run(python, folder, settings)
        base = base or found
        cells = [
            found[c][:12] if found[c] == base[c] else f"**{found[c][:12]}**"
            for c in _COLUMNS
        ]
        holds &= all(found[c] == base[c] for c in _COLUMNS[:2])
        about = f"{found['versions']}, {found['implementation']}"
        print(f"| {name} ({about}) | " + " | ".join(cells) + " |", flush=True)
    return holds


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-venvs", action="store_true", help="no scratch venvs")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--few", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(render_here(arguments.worker, few=arguments.few)))
        return 0
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as scratch:
        freeze(Path(scratch))
        holds = table(Path(scratch), venvs=not arguments.no_venvs)
    print()
    print("bold: differs from the first row; all columns but two are canaries")
    print("pixels and PNG bytes are identical" if holds else "NOT identical")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
