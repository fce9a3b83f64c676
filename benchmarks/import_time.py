"""How long ``import morphkit`` takes, beside an empty program and ``import numpy``.

Each round starts every program once, in turn, in a new process. Run it with
``python benchmarks/import_time.py``; what the time goes into is shown by
``python -X importtime -c "import morphkit"``.
"""

import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "python alone": "pass",
    "import morphkit": "import morphkit",
    "import numpy": "import numpy",
    "first use (mk.read_photo)": "import morphkit; morphkit.read_photo",
}
ROUNDS = 9


def seconds(code: str) -> float:
    """Return the wall time of a new process that runs some code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the median of every program, and what it adds to Python alone."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, code in PROGRAMS.items():
            times[name].append(seconds(code))
    empty = statistics.median(times["python alone"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<28}{median:7.3f} s{median - empty:+9.3f} s")


if __name__ == "__main__":
    main()
