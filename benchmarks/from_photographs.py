"""Show that photographs and landmark files give the same ``SHA256SUMS`` everywhere.

Builds packs from photographs and landmark files in many configurations: CPU features of
NumPy and OpenCV switched off, other BLAS core types, thread counts, both
implementations of pixels and matching, the C code compiled anew without optimisation
and by another compiler, scratch virtual environments with old and new releases of the
libraries, and a Python for another processor (`aarch64_python`). Prints for each how
many files of the packs have another hash than in the first row, which they are, and how
far meshes moved; the exit code is 1 if any differs. The manifest is left out, and in
the report the versions of the libraries.

The last columns are canaries: computations that morphkit keeps out of its packs because
they are known to vary. Where they change, the configuration had its effect.

Run: ``python benchmarks/from_photographs.py`` in a checkout (``--only TEXT`` for the
rows with a text in their names, besides the first; ``--python python3.13`` for another
release of Python). The packs are the demo, and, where
``../shared/data/london`` exists (CC-BY 4.0, De Bruine & Jones,
https://doi.org/10.6084/m9.figshare.5047666), three neutral-smiling pairs of it with the
landmarks that the detector found here, written as landmark files. Frames have 160 px
and continua three images, so that a configuration takes some 10 CPU seconds.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import aarch64_python
import bit_exactness
from real_pairs import LONDON

ROOT = bit_exactness.ROOT
#: Side of the frames, pixels, and images of a continuum.
SIDE, STEPS = 160, 3
PAIRS = ("001", "008", "013")
#: Left out: it names the libraries and the processor.
MANIFEST = "datapackage.json"
RECIPE = "recipe.json"
#: How the C code is compiled anew.
COMPILERS = {
    "gcc -O0": ("gcc", "-O0"),
    "gcc -O3, all of this processor, contracted": (
        "gcc",
        "-O3 -march=native -ffp-contract=fast",
    ),
    "clang -O2": ("clang", "-O2"),
}
#: Configurations of `bit_exactness` that are built in.
CONFIGURATIONS = (
    "as it is",
    "NumPy implementation",
    "OpenCV without AVX2, FMA3",
    "OpenCV above SSE3 off",
    "NumPy dispatch off",
    "BLAS core Prescott",
    "BLAS core Haswell",
)
THREADS = (1, 2, 4)
_THREADS_OF = ("MORPHKIT_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Scratch environments: the oldest releases that setup.cfg allows, and some between
#: these and those of this environment.
STACKS = {
    "OpenCV 4.11, NumPy 1.26": bit_exactness.STACKS["OpenCV 4.11, NumPy 1.26"],
    "OpenCV 4.12, NumPy 2.0": (
        "opencv-python-headless==4.12.0.88",
        "numpy==2.0.2",
        "scipy==1.14.1",
        "scikit-image==0.24.0",
        "Pillow==11.0.0",
        "click",
    ),
}
#: Configurations in every scratch environment.
IN_STACKS = ("as it is", "NumPy dispatch off")
_CANARIES = ("cv2.remap", "DIS", "float32 exp", "LAPACK")


def prepare(
    folder: Path,
    pairs: Sequence[str],
    side: int = SIDE,
    shipped: Sequence[str] | None = None,
) -> None:
    """Write the studies: photographs, landmark files and a recipe in JSON each.

    `shipped` are identities of the demo, by default all.
    """
    from morphkit.pipeline.demo import demo_recipe, shipped_faces

    demo = demo_recipe().resolved()
    demo["align"] |= {"width": side, "height": side}
    demo["continua"][0]["steps"] = STEPS
    if shipped is not None:
        demo["identities"] = {name: demo["identities"][name] for name in shipped}
    _write(folder / "demo", demo)
    for place in ("source_faces", "landmarks"):
        shutil.copytree(shipped_faces() / place, folder / "demo" / place)
    if pairs:
        _prepare_pairs(folder / "pairs", pairs, side)


def _prepare_pairs(folder: Path, pairs: Sequence[str], side: int) -> None:
    """Write the study of pairs, whose landmarks are detected."""
    from morphkit.faces.detectors import detect
    from morphkit.faces.formats import write_landmarks
    from morphkit.faces.images import read_image

    for place in ("source_faces", "landmarks"):
        (folder / place).mkdir(parents=True)
    person = {"consent_basis": "dataset-licence", "may_morph": True}
    identities: dict[str, dict[str, object]] = {}
    for pair in pairs:
        files = {"happy": f"{pair}_08.jpg", "distressed": f"{pair}_03.jpg"}
        identities[f"p{pair}"] = person | {"files": files}
        for file in files.values():
            shutil.copy(LONDON / file, folder / "source_faces")
            photo = read_image(LONDON / file)
            place = folder / "landmarks" / f"{Path(file).stem}.json"
            size = photo.shape[1], photo.shape[0]
            write_landmarks(place, detect(photo, where=file), size=size)
    recipe = {
        "schema": 1,
        "pack": {"name": "everywhere"},
        "identities": identities,
        "sources": {"detector": "none"},
        "align": {
            "method": "two_point",
            "frame": "faces",
            "width": side,
            "height": side,
        },
        "morph": {"mask": "oval"},
        "continua": [{"from": "happy", "to": "distressed", "steps": STEPS}],
    }
    _write(folder, recipe)


def _write(folder: Path, recipe: Mapping[str, object]) -> None:
    """Write a recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECIPE).write_text(json.dumps(recipe), "utf-8")


def build_here(folder: Path) -> dict[str, object]:
    """Return hashes and nodes of the packs that this process builds, and canaries."""
    import cv2
    import numpy as np

    from morphkit.pipeline.software import software_versions
    from morphkit.pixels import implementation

    sums: dict[str, str] = {}
    nodes: dict[str, list[int]] = {}
    for study in sorted(folder.iterdir()):
        with tempfile.TemporaryDirectory() as scratch:
            pack = Path(scratch) / "pack"
            _build(study, pack, sums, nodes)
            if keep := os.environ.get("KEEP_PACK"):
                shutil.copytree(pack, Path(keep) / study.name)
    version = ".".join(map(str, sys.version_info[:2]))
    about = f"Python {version}, cv2 {cv2.__version__}, numpy {np.__version__}"
    return {
        "sums": sums,
        "nodes": nodes,
        "canaries": _canaries(),
        "processor": software_versions()["platform"],
        "about": f"{about}, {implementation()}",
    }


def _build(
    study: Path, folder: Path, sums: dict[str, str], nodes: dict[str, list[int]]
) -> None:
    """Build the pack of a study; note the hashes of its files, and its nodes."""
    from morphkit.pack.frozen_mesh import read_frozen
    from morphkit.pack.layout import REPORT, mesh_file
    from morphkit.pipeline.make_pack import build_pack
    from morphkit.recipe import make_recipe

    recipe = make_recipe(json.loads((study / RECIPE).read_text("utf-8")))
    pack = build_pack(recipe, folder, root=study)
    for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines():
        found, _, file = line.partition("  ")
        sums[f"{study.name}/{file}"] = found
    del sums[f"{study.name}/{MANIFEST}"]
    sums[f"{study.name}/{REPORT}"] = _without_software(folder / REPORT)
    for row in pack.continua:
        mesh = read_frozen(folder / mesh_file(row.continuum_id)).correspondence
        nodes[row.continuum_id] = mesh.photo_nodes.ravel().tolist()


def _without_software(report: Path) -> str:
    """Return the hash of a report without the versions of the libraries."""
    from morphkit.pipeline.software import software_versions

    text = report.read_text("utf-8")
    text = re.sub(r"Images were made with morphkit [^;]*;", "", text)
    for name in software_versions():
        row = rf'<th scope="row">{re.escape(name)}</th><td>[^<]*</td>'
        text = re.sub(row, "", text)
    return hashlib.sha256(text.encode()).hexdigest()


def _canaries() -> dict[str, str]:
    """Return hashes of computations that differ between machines."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    plane = cv2.GaussianBlur(
        rng.integers(0, 256, (200, 200)).astype(np.uint8), (9, 9), 2
    )
    across = rng.uniform(0, 200, (200, 200, 2)).astype(np.float32)
    remapped = cv2.remap(plane.astype(np.float32), across, None, cv2.INTER_CUBIC)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(plane, np.roll(plane, 2, 1), None)
    system = rng.normal(size=(200, 200))
    found = (
        remapped,
        flow,
        np.exp(rng.uniform(-20, 20, 100_000).astype(np.float32)),
        np.linalg.solve(system, rng.normal(size=(200, 2))),
    )
    hashes = (hashlib.sha256(one.tobytes()).hexdigest() for one in found)
    return dict(zip(_CANARIES, hashes, strict=True))


def run(
    python: str | Sequence[str], folder: Path, settings: Mapping[str, str]
) -> dict[str, object]:
    """Return what a process of its own finds."""
    found: dict[str, object] = bit_exactness.run(
        python, folder, settings, program=Path(__file__)
    )
    return found


def differing(found: Mapping[str, object], base: Mapping[str, object]) -> list[str]:
    """Return the files of a pack whose hashes are not those of another one."""
    mine, other = found["sums"], base["sums"]
    assert isinstance(mine, dict)
    assert isinstance(other, dict)
    return sorted(f for f in mine.keys() | other if mine.get(f) != other.get(f))


def recompile(folder: Path, compiler: str, flags: str) -> str | None:
    """Return a folder with a copy of the package, its C code compiled anew; or None."""
    if not shutil.which(compiler):
        return None
    package = folder / f"{compiler}{len(list(folder.iterdir()))}"
    ignore = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "morphkit", package / "morphkit", ignore=ignore)
    for place in ("source_faces", "landmarks"):
        (package / place).symlink_to(ROOT / place)
    pixels = package / "morphkit" / "pixels"
    fixed = ["-shared", "-fPIC", "-std=c11", "-DPy_LIMITED_API=0x030B0000", "-fwrapv"]
    include = f"-I{sysconfig.get_path('include')}"
    sources = sorted(pixels.glob("_*.c"))
    target = pixels / "_native.abi3.so"
    subprocess.run(
        [compiler, *fixed, *flags.split(), include, *sources, "-o", target, "-lm"],
        check=True,
    )
    return str(package)


@dataclass(frozen=True)
class Job:
    """A configuration: its name, and how its interpreter and environment are made."""

    name: str
    make: Callable[[Path], tuple[str | Sequence[str], Mapping[str, str]] | None]


def jobs(*, venvs: bool, pythons: Sequence[str] = ()) -> Iterator[Job]:
    """Yield every configuration; what it takes is made when it is built."""
    settings = {name: bit_exactness.CONFIGURATIONS[name] for name in CONFIGURATIONS}
    for n in THREADS:
        name = f"{n} thread{'s' if n > 1 else ''}"
        settings[name] = dict.fromkeys(_THREADS_OF, str(n))
    for name, chosen in settings.items():
        yield Job(name, partial(_here, chosen))
    for name, (compiler, flags) in COMPILERS.items():
        yield Job(name, partial(_compiled, compiler, flags))
    for stack, packages in STACKS.items() if venvs else ():
        for name in IN_STACKS:
            chosen = bit_exactness.CONFIGURATIONS[name]
            yield Job(f"{stack}: {name}", partial(_in_stack, packages, chosen))
    newest = bit_exactness.STACKS["OpenCV 5, NumPy 2"]
    for python in pythons:
        yield Job(python, partial(_in_stack, newest, {}, base=python))
    if venvs:
        yield Job("aarch64, emulated", _on_aarch64)


def _here(
    settings: Mapping[str, str], scratch: Path
) -> tuple[str, Mapping[str, str]] | None:
    """Return this interpreter with settings."""
    return sys.executable, settings


def _compiled(
    compiler: str, flags: str, scratch: Path
) -> tuple[str, Mapping[str, str]] | None:
    """Return this interpreter with the C code compiled anew; None without compiler."""
    package = recompile(scratch, compiler, flags)
    return (sys.executable, {"PYTHONPATH": package}) if package else None


def _in_stack(
    packages: tuple[str, ...],
    settings: Mapping[str, str],
    scratch: Path,
    base: str = sys.executable,
) -> tuple[str, Mapping[str, str]] | None:
    """Return the interpreter of a scratch environment, made once."""
    name = f"{Path(base).name}-{packages[0]}-{packages[1]}"
    folder = scratch / re.sub(r"[^0-9a-z.]+", "-", name)
    if not folder.exists():
        return bit_exactness.make_stack(folder, packages, base), settings
    return str(folder / "bin" / "python"), settings


def _on_aarch64(scratch: Path) -> tuple[Sequence[str], Mapping[str, str]] | None:
    """Return a Python for 64-bit Arm with the newest releases; None without QEMU."""
    package = recompile(scratch, aarch64_python.COMPILER, "-O3")
    if aarch64_python.missing() or not package:
        return None
    newest = (*bit_exactness.STACKS["OpenCV 5, NumPy 2"], *bit_exactness.OTHERS)
    python, site = aarch64_python.unpack(scratch / "aarch64", newest)
    return python, {"PYTHONPATH": f"{package}{os.pathsep}{site}"}


def moved(found: Mapping[str, object], base: Mapping[str, object]) -> float:
    """Return by how much nodes differ at most, pixels."""
    mine, other = found["nodes"], base["nodes"]
    assert isinstance(mine, dict)
    assert isinstance(other, dict)
    apart = [
        abs(a - b)
        for name, nodes in mine.items()
        for a, b in zip(nodes, other[name], strict=False)
    ]
    return max(apart) / 256


def table(folder: Path, scratch: Path, chosen: Sequence[Job]) -> bool:
    """Print a row for every configuration; return whether all packs are the same."""
    head = ("configuration", "files that differ", "nodes, px", *_CANARIES)
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    base: dict[str, object] = {}
    holds = True
    for job in chosen:
        made = job.make(scratch)
        if made is None:
            print(f"| {job.name} | left out: no compiler or emulator |")
            continue
        found = run(made[0], folder, made[1])
        base = base or found
        other = differing(found, base)
        holds &= not other
        mine, theirs = found["canaries"], base["canaries"]
        assert isinstance(mine, dict)
        assert isinstance(theirs, dict)
        cells = ["**changed**" if mine[c] != theirs[c] else "same" for c in _CANARIES]
        told = ", ".join(other[:4]) + (" …" if len(other) > 4 else "")
        count = f"{len(other)} of {len(found['sums'])}"  # type: ignore[arg-type]
        row = (f"{job.name} ({found['about']})", f"{count} {told}".rstrip())
        print("| " + " | ".join([*row, f"{moved(found, base):.3f}", *cells]) + " |")
        sys.stdout.flush()
    return holds


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-venvs", action="store_true", help="no scratch venvs")
    parser.add_argument("--python", action="append", default=[], help="other releases")
    parser.add_argument("--only", action="append", help="rows with it in their names")
    parser.add_argument("--pairs", nargs="*", default=PAIRS if LONDON.is_dir() else ())
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.worker:
        print(json.dumps(build_here(wanted.worker)))
        return 0
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        scratch, study = Path(name) / "scratch", Path(name) / "study"
        scratch.mkdir()
        study.mkdir()
        prepare(study, wanted.pairs)
        first, *rest = jobs(venvs=not wanted.no_venvs, pythons=wanted.python)
        rest = [
            job
            for job in rest
            if not wanted.only or any(text in job.name for text in wanted.only)
        ]
        holds = table(study, scratch, [first, *rest])
    print("all packs are identical" if holds else "NOT identical")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
