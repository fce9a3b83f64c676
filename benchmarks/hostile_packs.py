"""Mutations of packs, designs, fits, answers and other files, in great number.

None may end in anything but a result or an error of morphkit's own, or take longer than
a minute. Run as::

    python benchmarks/hostile_packs.py --examples 50000

Examples are drawn from a seed, so that a fault can be found again.
"""

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "helpers"), str(TESTS / "hostile")]

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from make_good import make_good
from mutations import KINDS, Mutator

#: Examples drawn between two lines on progress.
PART = 250


def main() -> None:
    """Draw mutations and report how they ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    faults: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        mutator = Mutator(make_good(Path(folder)), Path(folder))
        for kind in options.kinds:
            number = options.examples // len(options.kinds)
            for part in range(-(-number // PART)):
                draw_many(mutator, kind, faults, options.seed * 10_000 + part)
                took = f"{time.monotonic() - begun:.0f} s"
                print(kind, dict(mutator.counts), took, flush=True)
    print(f"{mutator.counts.total()} inputs, {faults.total()} faults")
    for fault, n in faults.most_common():
        print(f"{n:6} {fault}")
    sys.exit(bool(faults))


def draw_many(mutator: Mutator, kind: str, faults: Counter[str], number: int) -> None:
    """Draw a part of the examples; faults are counted by where they come from."""

    @seed(number)
    @settings(
        max_examples=PART,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def each(data: st.DataObject) -> None:
        try:
            mutator.run(kind, data.draw)
        except Exception as error:  # noqa: BLE001 - every kind is to be counted
            place = [
                f"{Path(frame.filename).name}:{frame.lineno}"
                for frame in traceback.extract_tb(error.__traceback__)
                if "morphkit" in frame.filename
            ]
            said = f"{kind}: {type(error).__name__} {str(error)[:80]} {place[-2:]}"
            faults[said] += 1
            if faults[said] == 1:
                print(said, flush=True)
            mutator.counts[f"{kind} at fault"] += 1

    each()


if __name__ == "__main__":
    main()
