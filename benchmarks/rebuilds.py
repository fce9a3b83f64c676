"""What a build costs when little has changed since the last one.

Usage: python benchmarks/rebuilds.py [--size 512] [--steps 15] [--rounds 3]

A study of the faces that ship with morphkit is built, and built again after one thing
has changed: nothing, a title, one landmark (not of the eyes, which decide the common
frame), a setting of all images, an identity; and after a build that a full disk has
stopped halfway. The table has the images rendered and the time of the command, start of
Python included (median of the rounds). Every pack is compared, byte for byte, with that
of a build into an empty place.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tomli_w

import morphkit as mk
from morphkit.pipeline.demo import demo_recipe

#: As `morphkit build`, but with a disk that is full after some images.
FULL = """
import errno, os, sys
from pathlib import Path
from morphkit._core import files
real, left = files._write_one, [int(sys.argv.pop(1))]
def write(path, temporary, data):
    if path.suffix == ".png":
        left[0] -= 1
        if left[0] < 0:
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise files.OutputError(files._refusal(path, error))
    real(path, temporary, data)
files._write_one = write
from morphkit.cli import main
main()
"""


@dataclass
class Study:
    """A study that is built and changed.

    Parameters
    ----------
    folder : Path
    size, steps : int
        Side and number of the images.
    """

    folder: Path
    size: int
    steps: int

    def write(self, *, title: str = "", grey: bool = False, align: str = "") -> None:
        """Write the recipe of all identities whose photographs are there."""
        data = demo_recipe().resolved()
        photos = (self.folder / "source_faces").glob("*_happy.png")
        names = sorted(photo.name.partition("_")[0] for photo in photos)
        data["identities"] = {n: data["identities"][n] for n in names}
        data["align"] = {"method": align or "two_point"}
        if align != "none":
            data["align"] |= {"width": self.size, "height": self.size}
        data["pack"] |= {"name": "rebuilt", "title": title}
        data["frame"]["grey"] = grey
        (continuum,) = data["continua"]
        continuum["steps"] = self.steps
        recipe = self.folder / "study.toml"
        recipe.write_text(tomli_w.dumps(data), "utf-8")

    def add(self, names: list[str]) -> None:
        """Add the photographs and landmarks of some identities."""
        shipped = mk.shipped_faces()
        for kind in ("source_faces", "landmarks"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            for name in names:
                for file in (shipped / kind).glob(f"{name}_*"):
                    shutil.copy(file, self.folder / kind)

    def move_landmark(self, label: str) -> None:
        """Move the tip of a nose by half a pixel."""
        file = self.folder / "landmarks" / f"maja_{label}.json"
        data = json.loads(file.read_text("utf-8"))
        data["points"][30][0] += 0.5
        file.write_text(json.dumps(data), "utf-8")

    def build(self, output: str, *, full_after: int | None = None) -> tuple[int, float]:
        """Build in a process of its own; return images rendered, and seconds."""
        start = "from morphkit.cli import main; main()"
        program = [start] if full_after is None else [FULL, str(full_after)]
        arguments = ["build", "study.toml", "--output", output]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", *program, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        assert done.returncode == (0 if full_after is None else 3), done.stderr
        told = [line for line in done.stderr.splitlines() if "rendering (" in line]
        n_images = int(told[0].partition("(")[2].rstrip(")")) if told else 0
        return n_images, seconds


def sums(pack: Path) -> bytes:
    """Return what is equal for packs that are equal byte for byte."""
    return (pack / "SHA256SUMS").read_bytes()


def main() -> None:
    """Print the table; exit 1 if a pack is not that of a build into an empty place."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.nice(10)
    names = list(demo_recipe().identities)[:5]
    found: dict[str, list[tuple[int, float, bool]]] = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as temporary:
            study = Study(Path(temporary), options.size, options.steps)
            run_round(study, names, found)
    print("| since the last build | images rendered | s | bytes of a clean build |")
    print("|---|---|---|---|")
    right = True
    for what, runs in found.items():
        same = all(run[2] for run in runs)
        right = right and same
        seconds = statistics.median(run[1] for run in runs)
        print(f"| {what} | {runs[0][0]} | {seconds:.2f} | {'yes' if same else 'NO'} |")
    raise SystemExit(not right)


def run_round(
    study: Study,
    names: list[str],
    found: dict[str, list[tuple[int, float, bool]]],
) -> None:
    """Build and change a study once; add what it cost."""

    def measure(what: str, change: Callable[[], None]) -> None:
        change()
        n_images, seconds = study.build("pack")
        study.build(f"clean_{len(found)}")
        same = sums(study.folder / "pack") == sums(study.folder / f"clean_{len(found)}")
        shutil.rmtree(study.folder / f"clean_{len(found)}")
        mk.clean_folder(study.folder / f"clean_{len(found)}")
        found.setdefault(what, []).append((n_images, seconds, same))

    def fill_the_disk() -> None:
        shutil.rmtree(study.folder / "pack")
        mk.clean_folder(study.folder / "pack")
        half = len(names) * study.steps // 2
        study.build("pack", full_after=half)

    study.add(names)
    measure("(nothing was there)", study.write)
    measure("nothing", study.write)
    measure("the title", lambda: study.write(title="Another"))
    measure("one landmark", lambda: study.move_landmark("happy"))
    measure("grey images", lambda: study.write(grey=True))
    measure("a full disk halfway", fill_the_disk)
    measure("one more identity", lambda: (study.add(["timo"]), study.write())[1])
    study.write(align="none")
    study.build("pack")
    measure(
        "one more identity, without alignment",
        lambda: (study.add(["uma"]), study.write(align="none"))[1],
    )


if __name__ == "__main__":
    main()
