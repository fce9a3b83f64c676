"""How much processor time it takes to start, beside an empty program.

Each round starts every program once, in turn, in a new process; the least of all rounds
is what the program needs, the rest is what else the machine did. ``morph`` is stopped
where it opens the first photograph: it is ready then. Run it with
``python benchmarks/import_time.py [PACK]``; with the folder of a small pack, verifying
it is timed, too. What the time goes into is shown by
``python -X importtime -c "import morphkit"``.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import morphkit

MORPHKIT = ["-m", "morphkit"]
PROGRAMS = {
    "python alone": ["-c", "pass"],
    "import morphkit": ["-c", "import morphkit"],
    "import numpy": ["-c", "import numpy"],
    "first use (mk.read_photo)": ["-c", "import morphkit; morphkit.read_photo"],
    "morphkit --version": [*MORPHKIT, "--version"],
    "morphkit --help": [*MORPHKIT, "--help"],
    "morphkit list": [*MORPHKIT, "list"],
    "morphkit morph --help": [*MORPHKIT, "morph", "--help"],
    "morphkit check --help": [*MORPHKIT, "check", "--help"],
    "morphkit export --help": [*MORPHKIT, "export", "--help"],
    "morphkit calibrate fit --help": [*MORPHKIT, "calibrate", "fit", "--help"],
    "morphkit calibrate design --help": [*MORPHKIT, "calibrate", "design", "--help"],
    "morphkit landmarks detect --help": [*MORPHKIT, "landmarks", "detect", "--help"],
}
#: Ends where a photograph, the second argument, is opened.
READY = """
import os, sys
def end(event, arguments):
    if event == "open" and str(arguments[0]) == sys.argv[2]:
        os._exit(0)
sys.addaudithook(end)
from morphkit.cli import main
main()
raise SystemExit("the photograph was not opened")
"""
ROUNDS = 9


def seconds(arguments: list[str]) -> float:
    """Return the processor time of a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ready(folder: Path) -> list[str]:
    """Return the program that makes a continuum, up to its first photograph."""
    photos = morphkit.shipped_faces() / "source_faces"
    pair = [str(photos / f"maja_{label}.png") for label in ("happy", "distressed")]
    output = ["--output", str(folder / "pack")]
    return ["-c", READY, "morph", *pair, "--steps", "15", *output]


def main() -> None:
    """Print the least time of every program, and what it adds to Python alone."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as where it is installed
    with tempfile.TemporaryDirectory() as folder:
        programs = PROGRAMS | {"morphkit morph, ready": ready(Path(folder))}
        print_times(programs)


def print_times(programs: dict[str, list[str]]) -> None:
    """Print the least time of programs, in turn."""
    if sys.argv[1:]:
        programs["morphkit verify"] = [*MORPHKIT, "verify", sys.argv[1]]
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, arguments in programs.items():
            times[name].append(seconds(arguments))
    empty = min(times["python alone"])
    for name, values in times.items():
        least = min(values)
        print(f"{name:<32}{least:7.3f} s{least - empty:+9.3f} s")


if __name__ == "__main__":
    main()
