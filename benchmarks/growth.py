"""How time, memory and folders grow with identities, frames and the size of frames.

Usage: python benchmarks/growth.py STUDY [STUDY ...] [--jobs 1 2] [--rounds 1]
       [--plot FILE.svg]

A STUDY is identities × steps @ pixels, such as 40x30@512. Its photographs are those of
the faces that ship with morphkit, each changed in one pixel, so that every identity is
new work. Each build runs in a process of its own, on one thread for each job, the jobs
of a study in turn. Printed are the wall time, the processor time of the build and of
the processes that it starts, the memory of all of them at their largest, what one
identity and one frame cost of the processor, and what the pack fills on the disk;
medians of the rounds. Packs of one study that differ in a byte end the program with
exit 1. The plot shows processor time and memory over images, a curve for each pair of
steps and pixels.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tomli_w

import morphkit as mk
from morphkit._core.plots import (
    Curve,
    Dot,
    Plot,
    Scale,
    level_ticks,
    points_of,
    position,
)
from morphkit._core.svg import draw_sheet
from morphkit.faces.images import read_image
from morphkit.pipeline.demo import demo_identities

LABELS = ("happy", "distressed")
#: Builds, and tells what it used: the processes that it started and waited for, too.
PROGRAM = """
import json, resource, sys
from morphkit.cli import main
main(standalone_mode=False)
own, others = (resource.getrusage(who) for who in
               (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
cpu = sum(one.ru_utime + one.ru_stime for one in (own, others))
print(json.dumps([cpu, own.ru_maxrss, others.ru_maxrss]))
"""


@dataclass(frozen=True)
class Study:
    """A study to build: how many identities, how many steps, the side of its frames."""

    n_identities: int
    n_steps: int
    side: int

    @classmethod
    def of(cls, text: str) -> "Study":
        """Return the study that a text such as ``40x30@512`` names."""
        found = re.fullmatch(r"(\d+)x(\d+)@(\d+)", text)
        if found is None:
            raise argparse.ArgumentTypeError("a study is IDENTITIESxSTEPS@PIXELS")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        """Return the text that names it."""
        return f"{self.n_identities}x{self.n_steps}@{self.side}"


@dataclass(frozen=True)
class Cost:
    """What a build used: seconds, seconds of processors, and bytes."""

    wall: float
    cpu: float
    memory: int
    disk: int


def write_study(study: Study, folder: Path) -> Path:
    """Write photographs, landmarks and recipe of a study; return the recipe."""
    shipped, people = demo_identities(), []
    for kind in ("source_faces", "landmarks"):
        (folder / kind).mkdir(parents=True)
    for k in range(study.n_identities):
        name = f"{shipped[k % len(shipped)]}_{k:05d}"
        people.append(name)
        for label in LABELS:
            write_face(k, shipped[k % len(shipped)], label, folder, name)
    data = {
        "schema": 1,
        "pack": {"name": "grown"},
        "identities": {
            name: {"consent_basis": "synthetic", "may_morph": True} for name in people
        },
        "align": {"method": "two_point", "width": study.side, "height": study.side},
        "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": study.n_steps}],
    }
    (folder / "study.toml").write_text(tomli_w.dumps(data), "utf-8")
    return folder / "study.toml"


def write_face(k: int, shipped: str, label: str, folder: Path, name: str) -> None:
    """Write photograph and landmarks of a shipped face that is changed in a pixel."""
    root = mk.shipped_faces()
    image = read_image(root / "source_faces" / f"{shipped}_{label}.png").copy()
    image[0, 0] = (k % 256, k // 256 % 256, k // 65536)
    mk.write_png(folder / "source_faces" / f"{name}_{label}.png", image)
    marks = json.loads((root / "landmarks" / f"{shipped}_{label}.json").read_text())
    marks.pop("image_sha256", None)
    marks["image"] = f"{name}_{label}.png"
    path = folder / "landmarks" / f"{name}_{label}.json"
    path.write_text(json.dumps(marks), "utf-8")


def build(recipe: Path, output: Path, jobs: int) -> Cost:
    """Build in a process of its own; return what it used."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = ["build", recipe, "--output", output, "-q", "--jobs", jobs]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, command)],
        env=os.environ | one,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    cpu, own, others = json.loads(done.stdout.splitlines()[-1])
    kilobytes = own + others * (jobs - 1)
    disk = sum(file.stat().st_size for file in output.rglob("*") if file.is_file())
    return Cost(wall, cpu, kilobytes << 10, disk)


def measure(study: Study, jobs: list[int], rounds: int) -> tuple[dict[int, Cost], bool]:
    """Print the rows of a study; return its costs, and whether its packs are alike."""
    found: dict[int, list[Cost]] = {n: [] for n in jobs}
    sums = set()
    with tempfile.TemporaryDirectory() as temporary:
        recipe = write_study(study, Path(temporary, "study"))
        for k in range(rounds):
            for n in jobs:
                output = Path(temporary, f"pack_{k}_{n}")
                found[n].append(build(recipe, output, n))
                sums.add((output / "SHA256SUMS").read_bytes())
                mk.clean_folder(Path(temporary))
    for n, costs in found.items():
        print_row(study, n, costs, found[jobs[0]])
    return {n: median_of(costs) for n, costs in found.items()}, len(sums) == 1


def median_of(costs: list[Cost]) -> Cost:
    """Return the median of every cost."""
    names = ("wall", "cpu", "memory", "disk")
    return Cost(*(statistics.median(getattr(c, name) for c in costs) for name in names))


def print_row(study: Study, n: int, costs: list[Cost], first: list[Cost]) -> None:
    """Print what a study cost with a number of jobs, beside the first number."""
    cost = median_of(costs)
    ratio = statistics.median(
        one.wall / other.wall for one, other in zip(costs, first, strict=True)
    )
    frames = study.n_identities * study.n_steps
    print(
        f"| {study} | {n} | {cost.wall:.1f} | {ratio:.2f} | {cost.cpu:.1f} | "
        f"{cost.cpu / study.n_identities:.3f} | {1000 * cost.cpu / frames:.1f} | "
        f"{cost.memory / 2**20:.0f} | {cost.disk / 1e6:.1f} |",
        flush=True,
    )


def plot_of(title: str, unit: str, found: dict[Study, float]) -> Plot:
    """Return a plot of one cost over images, both from 0."""
    across = [0.0, max(float(study.n_identities * study.n_steps) for study in found)]
    scale = Scale.over([0.0, *found.values()], from_zero=True)
    curves, dots = [], []
    for n_steps, side in sorted({(one.n_steps, one.side) for one in found}):
        kind = f"{n_steps} images each, {side} px"
        points = sorted(
            (one.n_identities * n_steps, cost)
            for one, cost in found.items()
            if (one.n_steps, one.side) == (n_steps, side)
        )
        line = points_of(*zip(*points, strict=True), across, scale)
        curves.append(Curve(len(curves) + 1, line, kind))
        dots += [
            Dot(position(n, across), scale(cost), f"{kind}: {n} images, {cost:.0f}")
            for n, cost in points
        ]
    return Plot(
        title=title,
        note="",
        alt_text=", ".join(dot.text for dot in dots),
        curve="",
        line="",
        band="",
        dots=tuple(dots),
        x_ticks=level_ticks(across),
        y_ticks=scale.ticks(),
        curves=tuple(curves),
        cursor=False,
        across="images",
        up=unit,
    )


def main() -> None:
    """Print the table; exit 1 if packs of one study are not the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("studies", nargs="+", type=Study.of, metavar="STUDY")
    parser.add_argument("--jobs", nargs="+", type=int, default=[1])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    os.nice(10)
    print(
        "| study | jobs | s | of the first | CPU s | CPU s an identity | CPU ms a frame"
        " | MB of memory | MB of the pack |\n" + "|---" * 9 + "|"
    )
    found, same = {}, []
    for study in options.studies:
        costs, alike = measure(study, options.jobs, options.rounds)
        found[study] = costs[options.jobs[0]]
        same.append(alike)
    if options.plot:
        cpu = {study: cost.cpu for study, cost in found.items()}
        memory = {study: cost.memory / 2**20 for study, cost in found.items()}
        plots = [plot_of("Processor time", "s", cpu), plot_of("Memory", "MB", memory)]
        options.plot.write_text(draw_sheet("What a build takes", plots), "utf-8")
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load of the machine at the end {load:.1f}")
    raise SystemExit(not all(same))


if __name__ == "__main__":
    main()
