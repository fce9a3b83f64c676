"""Show that photographs and landmark files give the same ``SHA256SUMS`` everywhere.

Builds packs from photographs and landmark files in many configurations: CPU features of
NumPy and OpenCV switched off, other BLAS core types, thread counts, both
implementations of pixels and matching, the C code compiled anew without optimisation
and by another compiler, and scratch virtual environments with old and new releases of
the libraries. Prints for each how many files of the packs have another hash than in the
first row, which they are, and how far meshes moved; the exit code is 1 if any differs.
The manifest is left out, and in the report the versions of the
libraries.

The last columns are canaries: computations that morphkit keeps out of its packs because
they are known to vary. Where they change, the configuration had its effect.

Run: ``python benchmarks/from_photographs.py`` in a checkout. The faces are two of the
shipped ones and, where ``../shared/data/london`` exists (CC-BY 4.0, De Bruine & Jones,
https://doi.org/10.6084/m9.figshare.5047666), three neutral-smiling pairs of it with the
landmarks that the detector found here, written as landmark files.
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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bit_exactness
from real_pairs import LONDON

ROOT = bit_exactness.ROOT
#: Side of the frames, pixels, and images of a continuum.
SIDE, STEPS = 160, 3
SHIPPED, PAIRS = ("maja", "nilo"), ("001", "008", "013")
#: Left out: it names the libraries and the processor.
MANIFEST = "datapackage.json"
#: How the C code is compiled anew.
COMPILERS = {
    "gcc -O0": ("gcc", "-O0"),
    "gcc -O3, all of this processor, contracted": (
        "gcc",
        "-O3 -march=native -ffp-contract=fast",
    ),
    "clang -O2": ("clang", "-O2"),
}
#: Configurations in every scratch environment.
IN_STACKS = ("as it is", "NumPy dispatch off", "NumPy implementation")
_CANARIES = ("cv2.remap", "DIS", "float32 exp", "LAPACK")


def prepare(
    folder: Path, shipped: Sequence[str], pairs: Sequence[str], side: int = SIDE
) -> None:
    """Write a study: photographs, landmark files and a recipe in JSON."""
    from morphkit.faces.detectors import detect
    from morphkit.faces.formats import write_landmarks
    from morphkit.faces.images import read_image
    from morphkit.pipeline.demo import shipped_faces

    for place in ("source_faces", "landmarks"):
        (folder / place).mkdir(parents=True)
    person = {"consent_basis": "dataset-licence", "may_morph": True}
    identities: dict[str, dict[str, object]] = {}
    for name in shipped:
        identities[name] = dict(person)
        for kind in ("source_faces", "landmarks"):
            for label in ("happy", "distressed"):
                (file,) = sorted((shipped_faces() / kind).glob(f"{name}_{label}.*"))
                shutil.copy(file, folder / kind)
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
    (folder / "recipe.json").write_text(json.dumps(recipe), "utf-8")


def build_here(folder: Path) -> dict[str, object]:
    """Return the hashes of a pack that this process builds, its nodes and canaries."""
    import numpy as np

    from morphkit.pack.frozen_mesh import read_frozen
    from morphkit.pack.layout import REPORT, mesh_file
    from morphkit.pipeline.make_pack import build_pack
    from morphkit.pipeline.software import software_versions
    from morphkit.pixels import implementation
    from morphkit.recipe import make_recipe

    recipe = make_recipe(json.loads((folder / "recipe.json").read_text("utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        pack = Path(scratch) / "pack"
        build_pack(recipe, pack, root=folder)
        lines = (pack / "SHA256SUMS").read_text("utf-8").splitlines()
        sums = {file: found for found, file in (line.split("  ", 1) for line in lines)}
        sums[REPORT] = _without_software(pack / REPORT)
        nodes = {
            name: read_frozen(pack / mesh_file(f"{name}_happy_distressed"))
            .correspondence.photo_nodes.ravel()
            .tolist()
            for name in recipe.identities
        }
        if keep := os.environ.get("KEEP_PACK"):
            shutil.copytree(pack, keep)
    sums.pop(MANIFEST)
    import cv2

    return {
        "sums": sums,
        "nodes": nodes,
        "canaries": _canaries(),
        "processor": software_versions()["platform"],
        "about": f"cv2 {cv2.__version__}, numpy {np.__version__}, {implementation()}",
    }


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


def run(python: str, folder: Path, settings: Mapping[str, str]) -> dict[str, object]:
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
    sources = sorted(pixels.glob("_native*.c"))
    target = pixels / "_native.abi3.so"
    subprocess.run(
        [compiler, *fixed, *flags.split(), include, *sources, "-o", target, "-lm"],
        check=True,
    )
    return str(package)


def jobs(scratch: Path, *, venvs: bool) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the name, the interpreter and the environment of every configuration."""
    threads = {"4 threads": {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}}
    for name, settings in (bit_exactness.CONFIGURATIONS | threads).items():
        yield name, sys.executable, dict(settings)
    for name, (compiler, flags) in COMPILERS.items():
        package = recompile(scratch, compiler, flags)
        if package:
            yield name, sys.executable, {"PYTHONPATH": package}
    for k, (stack, packages) in enumerate(
        bit_exactness.STACKS.items() if venvs else ()
    ):
        python = bit_exactness.make_stack(scratch / f"venv{k}", packages)
        for name in IN_STACKS:
            settings = dict(bit_exactness.CONFIGURATIONS[name])
            yield f"{stack}: {name}", python, settings


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


def table(folder: Path, scratch: Path, *, venvs: bool) -> bool:
    """Print a row for every configuration; return whether all packs are the same."""
    head = ("configuration", "files that differ", "nodes, px", *_CANARIES)
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    base: dict[str, object] = {}
    holds = True
    for name, python, settings in jobs(scratch, venvs=venvs):
        found = run(python, folder, settings)
        base = base or found
        other = differing(found, base)
        holds &= not other
        mine, theirs = found["canaries"], base["canaries"]
        assert isinstance(mine, dict)
        assert isinstance(theirs, dict)
        cells = ["**changed**" if mine[c] != theirs[c] else "same" for c in _CANARIES]
        told = ", ".join(other[:4]) + (" …" if len(other) > 4 else "")
        count = f"{len(other)} of {len(found['sums'])}"  # type: ignore[arg-type]
        row = (f"{name} ({found['about']})", f"{count} {told}".rstrip())
        print("| " + " | ".join([*row, f"{moved(found, base):.3f}", *cells]) + " |")
        sys.stdout.flush()
    return holds


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-venvs", action="store_true", help="no scratch venvs")
    parser.add_argument("--shipped", nargs="*", default=SHIPPED)
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
        prepare(study, wanted.shipped, wanted.pairs)
        holds = table(study, scratch, venvs=not wanted.no_venvs)
    print("all packs are identical" if holds else "NOT identical")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
