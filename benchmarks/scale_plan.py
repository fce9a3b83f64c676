"""What a large set would cost, from what few identities cost on this machine.

Usage: python benchmarks/scale_plan.py [--identities 10000] [--steps 30] [--side 512]
       [--cores 64] [--price 0.04] [--rounds 1]

Builds of 2 and 6 identities, and of 6 with half of the steps, each in a process of its
own on one thread, give the processor time of one frame more and of one identity more
without its frames (`growth.py`); medians of the rounds. What does not grow is left out.
"""

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from growth import Cost, Study, build, median_of, write_study

#: Identities of the two sizes of sets that are built.
FEW, MORE = 2, 6


def measured(study: Study, rounds: int) -> Cost:
    """Return the median cost of a study on one thread."""
    costs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as temporary:
            recipe = write_study(study, Path(temporary, "study"))
            costs.append(build(recipe, Path(temporary, "pack"), jobs=1))
    return median_of(costs)


def main() -> None:
    """Print the costs, and the plan."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--identities", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--cores", type=int, default=64)
    parser.add_argument("--price", type=float, default=0.04)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    os.nice(10)
    whole = Study(MORE, options.steps, options.side)
    few = measured(replace(whole, n_identities=FEW), options.rounds)
    half = measured(replace(whole, n_steps=options.steps // 2), options.rounds)
    more = measured(whole, options.rounds)
    identity = (more.cpu - few.cpu) / (MORE - FEW)
    frames = MORE * (options.steps - options.steps // 2)
    frame = (more.cpu - half.cpu) / frames
    disk = (more.disk - few.disk) / (MORE - FEW)
    hours = options.identities * identity / 3600
    print(f"one frame {1000 * frame:.0f} ms, one identity with all {identity:.2f} s,")
    print(f"{identity - options.steps * frame:.2f} s of it not for frames (CPU)")
    print(
        f"{options.identities} identities of {options.steps} frames, {options.side} px:"
    )
    print(f"  {hours:.1f} core hours, {hours / options.cores:.2f} h on {options.cores}")
    print(f"  {hours * options.price:.2f} at {options.price} for a core hour")
    print(f"  {options.identities * disk / 1e9:.0f} GB of packs")
    print(f"  {more.memory / 1e9:.2f} GB of memory for each process")
    print(f"load of the machine at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
