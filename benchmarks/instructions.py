"""Count the instructions of the engine, the matcher and the default job.

Usage: python benchmarks/instructions.py [--write]

Every call of the C extension is recorded while morphkit does each job below, and made
again by a program of these kernels alone (``tools/kernels.c``, one thread) under
callgrind of Valgrind, which counts instructions. Counts do not depend on the load, the
processor, Python, NumPy or OpenCV; the jobs match in integers, so that every library
gives the same calls. They depend on the compiler: the baseline beside this file has one
set of counts for each release of GCC that was measured.

A function, or a job as a whole, that takes over 5 % more than in the baseline is an
error that names it; one that takes over 5 % less asks for a new baseline (`--write`).
Functions below 1 % of a job are counted in the whole only. The exit code is 1 for an
error. Without Valgrind, or with a compiler of which nothing is known, nothing is
compared, and a line says so. Debian: ``apt-get install gcc valgrind``.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from kernels import Recorder, compiled, in_place

BASELINE = HERE / "instructions.json"
COMPILER = ("gcc", "-O3")
MOST = 0.05  # a rise beyond this is an error
LEAST = 0.01  # share of a job that a function has, to be compared by itself
Counts = dict[str, int]


def pair() -> list[tuple[Path, Path]]:
    """Return photograph and landmarks of two shipped faces."""
    from morphkit.pipeline.demo import demo_identities, shipped_faces

    place, name = shipped_faces(), demo_identities()[0]
    return [
        (
            next((place / "source_faces").glob(f"{name}_{label}.*")),
            next((place / "landmarks").glob(f"{name}_{label}.*")),
        )
        for label in ("happy", "distressed")
    ]


def engine(folder: Path) -> None:
    """Draw and write frames in every way, of two and of three photographs."""
    import itertools

    import numpy as np

    from morphkit.faces.images import read_image
    from morphkit.pixels import (
        DETAILS,
        SAMPLINGS,
        RenderJob,
        Source,
        cover_of,
        encode_png,
        render,
    )

    del folder
    photos = [read_image(image)[::2, ::2] for image, _ in pair()]
    size = width, height = photos[0].shape[1], photos[0].shape[0]
    xs = np.linspace(-128, 256 * width - 128, 33).round().astype(int)
    ys = np.linspace(-128, 256 * height - 128, 33).round().astype(int)
    frame = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    first = (np.arange(32)[:, None] * 33 + np.arange(32)).ravel()
    upper = np.stack([first, first + 1, first + 34], axis=1)
    triangles = np.concatenate([upper, upper[:, [0, 2, 2]] + [0, 0, -1]])
    nodes = [frame, frame + (np.indices((33, 33)).sum(0).reshape(-1, 1) % 7 * 40)]
    quarter = np.array([[width, height], [3 * width, height], [2 * width, 3 * height]])
    cover = cover_of([64 * quarter], size, (4096, 8192, 4096))
    sources = [Source(photos[0], cover=cover), Source(photos[1])]
    for sampling, detail in itertools.product(SAMPLINGS, DETAILS):
        scene = sources, nodes, frame, triangles, (6000, 10384), size
        job = RenderJob(*scene, sampling=sampling, detail=detail, shaded=True)
        encode_png(render(job))
    three = [*sources, Source(photos[0][:, ::-1])]
    scene = three, [*nodes, frame], frame, triangles, (6000, 5000, 5384), size
    encode_png(render(RenderJob(*scene)))


def matcher(folder: Path) -> None:
    """Match two photographs."""
    from morphkit.faces.images import read_image
    from morphkit.geometry.correspondence import integer_flow

    del folder
    photos = [read_image(image)[::2, ::2] for image, _ in pair()]
    integer_flow.estimate(*photos, smooth=0.006, most=0.018, even=True)


def default_job(folder: Path) -> None:
    """Run `morphkit morph A B --steps 15`, with landmark files, at 256 px."""
    from morphkit.cli import main

    command = ["morph", "--steps", "15", "--size", "256", "256", "--quiet"]
    command += ["--output", str(folder / "pack")]
    images, marks = zip(*pair(), strict=True)
    command += [*map(str, images), "--landmarks-a", str(marks[0])]
    command += ["--landmarks-b", str(marks[1])]
    main(command, standalone_mode=False)


JOBS: Mapping[str, Callable[[Path], None]] = {
    "engine": engine,
    "matcher": matcher,
    "default job": default_job,
}


def counts_of(profile: str, program: str) -> Counts:
    r"""Return instructions of every function of a program, from a file of callgrind.

    What a function calls is not counted with it. Copies that the compiler made of a
    function are counted with it.

    Examples
    --------
    >>> text = "ob=(1) /x/kernels\nfn=(1) run.part.0\n0 5\ncalls=1 0\n0 9\n0 2\n"
    >>> counts_of(text + "fn=(2) other\n0 1\nob=(2) libc\nfn=(3) free\n0 8", "kernels")
    {'run': 7, 'other': 1}
    """
    names: dict[str, str] = {}
    counts: Counts = {}
    own, function, skip = False, "", False
    for line in profile.splitlines():
        named = re.match(r"(ob|fn)=\((\d+)\)(?: (.*))?", line)
        if named:
            kind, number, name = named.groups()
            if name is not None:
                names[kind + number] = name
            known = names[kind + number]
            if kind == "ob":
                own = Path(known).name == program
            else:
                function = known.split(".")[0].split("'")[0]
        elif re.match(r"cob=\((\d+)\) |cfn=\((\d+)\) ", line):
            kind = "ob" if line.startswith("cob") else "fn"
            number, name = re.findall(r"\((\d+)\) (.*)", line)[0]
            names[kind + number] = name
        elif line.startswith("calls="):
            skip = True  # the next line is what the call has cost
        elif line[:1].isdigit():
            if own and not skip:
                counts[function] = counts.get(function, 0) + int(line.split()[1])
            skip = False
    return counts


def counted(job: Callable[[Path], None], program: Path, folder: Path) -> Counts:
    """Return instructions of every kernel function in a job."""
    from morphkit.pixels import backend

    calls, profile = folder / "calls", folder / "profile"
    with calls.open("wb") as file, in_place(Recorder(backend.native(), file)):
        job(folder)
    command = ["valgrind", "--quiet", "--tool=callgrind", "--compress-pos=no"]
    with calls.open("rb") as file:
        subprocess.run(
            [*command, f"--callgrind-out-file={profile}", str(program), "1"],
            stdin=file,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return counts_of(profile.read_text("utf-8"), program.name)


def rises(job: str, counts: Counts, known: Counts) -> tuple[list[str], list[str]]:
    """Return what takes more instructions than in the baseline, and what less.

    Examples
    --------
    >>> rises("engine", {"draw": 106, "rare": 9}, {"draw": 100, "old": 900})[0]
    ['engine, draw: 106 instructions, in the baseline 100 (+6.0 %)']
    """
    whole = sum(known.values())
    compared = {name: n for name, n in known.items() if n >= LEAST * whole}
    new = counts.keys() - known.keys()
    compared |= {name: 0 for name in new if counts[name] >= LEAST * whole}
    pairs = [(name, counts.get(name, 0), n) for name, n in compared.items()]
    pairs.append(("as a whole", sum(counts.values()), whole))
    more, less = [], []
    for name, now, before in pairs:
        change = now / before - 1 if before else float("inf")
        if abs(change) <= MOST:
            continue
        text = f"{job}, {name}: {now} instructions, in the baseline {before}"
        (more if change > 0 else less).append(f"{text} ({100 * change:+.1f} %)")
    return more, less


def main() -> int:
    """Count, print and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="renew the baseline")
    write = parser.parse_args().write
    missing = [name for name in ("valgrind", COMPILER[0]) if not shutil.which(name)]
    if missing:
        print(f"nothing is counted: no {', no '.join(missing)}")
        return 0
    asked = [COMPILER[0], "-dumpfullversion"], [COMPILER[0], "-dumpmachine"]
    version, machine = (
        subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
        for ask in asked
    )
    release = f"gcc {version.split('.')[0]}, {machine.split('-')[0]}"
    baseline = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    known = baseline.get(release, {})
    found: dict[str, Counts] = {}
    more: list[str] = []
    less: list[str] = []
    for name, job in JOBS.items():
        with tempfile.TemporaryDirectory() as folder:
            program = compiled(COMPILER, Path(folder))
            found[name] = counted(job, program, Path(folder))
        whole = sum(found[name].values())
        print(f"{name}: {whole / 1e6:.1f} million instructions", flush=True)
        ordered = sorted(found[name].items(), key=lambda item: -item[1])
        for function, n in ordered[:6]:
            print(f"  {function:<20}{n / 1e6:10.1f} million {n / whole:7.1%}")
        if name in known and not write:
            risen, fallen = rises(name, found[name], known[name])
            more += risen
            less += fallen
    if write:
        baseline[release] = {
            job: dict(sorted(counts.items())) for job, counts in found.items()
        }
        text = json.dumps(baseline, indent=1, sort_keys=True)
        BASELINE.write_text(text + "\n", "utf-8")
    elif not known:
        print(f"nothing is compared: {BASELINE.name} knows nothing of {release}")
    for line in less:
        print(f"less: {line}; renew the baseline with --write")
    for line in more:
        print(f"MORE: {line}", file=sys.stderr)
    return 1 if more else 0


if __name__ == "__main__":
    sys.exit(main())
