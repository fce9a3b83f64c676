"""How much processor time it takes to start, beside an empty program.

Each round starts every program once, in turn, in a new process; the least of all rounds
is what the program needs, the rest is what else the machine did. Run it with
``python benchmarks/import_time.py [PACK]``; with the folder of a small pack, verifying
it is timed, too. What the time goes into is shown by
``python -X importtime -c "import morphkit"``.
"""

import resource
import subprocess
import sys

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
    "morphkit calibrate fit --help": [*MORPHKIT, "calibrate", "fit", "--help"],
}
ROUNDS = 9


def seconds(arguments: list[str]) -> float:
    """Return the processor time of a new process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the least time of every program, and what it adds to Python alone."""
    programs = dict(PROGRAMS)
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
