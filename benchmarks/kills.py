"""What is lost, mixed or left behind when commands are killed, or run at once.

Usage: python benchmarks/kills.py [--kills 300] [--pairs 30] [--folder DIR]

Every command that writes is killed (SIGKILL) just before an event of the file system,
at points spread over all of its events, and given again. Then its output must be that
of a run that was not disturbed, byte for byte; nothing hidden may be left; a file of
somebody else in the place must be as it was; and where an output is replaced, an old or
a new one must have been there at the instant of the kill. The same points are tried in
every run.

Then pairs of builds with different recipes run into one output at once. Each must end
with a pack of its own, or say that the other is writing; and what is there in the end
must be the pack of one of them, whole. Images are tiny; the study is of the faces that
ship with morphkit. Only on systems that can fork.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

import kill_scenarios
import killing
import tomli_w
from small_study import command, recipe_data, sums

import morphkit as mk


def kill_all(base: Path, place: Path, n_kills: int) -> bool:
    """Kill every command; print what came of it, and return whether nothing did."""
    scenarios = kill_scenarios.scenarios(base)
    events, wanted = {}, {}
    for name, scenario in scenarios.items():
        events[name] = killing.count_events(scenario, place)
        wanted[name] = killing.tree(place)
    shares = share_out(events, n_kills)
    print("| command | events | kills | completed | said it is there | faults |")
    print("|---|---|---|---|---|---|")
    total, faults = [0, 0, 0], []
    for name, scenario in scenarios.items():
        points = killing.points_of(events[name], shares[name])
        found = killing.kill_and_rerun(scenario, place, points, wanted[name])
        numbers = (found.kills, found.completed, found.told_done)
        total = [a + b for a, b in zip(total, numbers, strict=True)]
        faults += found.faults
        cells = (name, events[name], *numbers, len(found.faults))
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    print(
        f"| all | {sum(events.values())} | {' | '.join(map(str, total))} "
        f"| {len(faults)} |\n"
    )
    for fault in faults:
        print(f"- {fault}")
    return not faults


def share_out(events: dict[str, int], n_kills: int) -> dict[str, int]:
    """Return how often each command is killed: as evenly as its events allow."""
    shares = dict.fromkeys(events, 0)
    while sum(shares.values()) < n_kills:
        open_ = [name for name in events if shares[name] < events[name]]
        if not open_:
            break
        for name in open_[: n_kills - sum(shares.values())]:
            shares[name] += 1
    return shares


def run_pairs(base: Path, place: Path, n_pairs: int) -> bool:
    """Run builds with different recipes at once; return whether none mixed."""
    recipes = {}
    for steps in (4, 6):
        for grey in (False, True):
            parts = kill_scenarios.TINY | {
                "continua": [{"from": "happy", "to": "distressed", "steps": steps}],
                "frame": {"grey": grey},
            }
            recipe = base / "study" / f"s{steps}_{grey}.toml"
            recipe.write_text(tomli_w.dumps(recipe_data(**parts)), "utf-8")
            mk.build_pack(recipe, base / "alone" / recipe.stem)
            recipes[recipe] = sums(base / "alone" / recipe.stem)
    names = list(recipes)
    both, refused, mixed = 0, 0, []
    for pair in range(n_pairs):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        one, other = names[pair % 4], names[(pair + 1 + pair // 4 % 3) % 4]
        waits = ["--wait"] if pair % 3 == 0 else []
        running = [
            subprocess.Popen(
                [*command("build", r, "--output", place / "pack", "-q", *waits)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for r in (one, other)
        ]
        texts = [process.communicate()[1] for process in running]
        codes = sorted(process.returncode for process in running)
        told = sum("is being written by process" in text for text in texts)
        refused += codes == [0, 3]
        both += codes == [0, 0]
        whole = mk.verify_pack(place / "pack") == ()
        held = sums(place / "pack") in (recipes[one], recipes[other])
        left = sorted(path.name for path in place.iterdir())
        right = codes == [0, 0] or (codes == [0, 3] and told == 1 and not waits)
        if not (whole and held and right and left == [".pack.store", "pack"]):
            mixed.append((one.stem, other.stem, codes, whole, held, left, texts))
    print(
        f"{n_pairs} pairs of builds at once: {refused} in which one was told that the "
        f"other is writing, {both} in which both ended; {len(mixed)} mixed or wrong"
    )
    for each in mixed:
        print(f"- {each}")
    return not mixed


def main() -> None:
    """Print both tables; exit 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="instead of a temporary one")
    options = parser.parse_args()
    os.nice(10)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        kill_scenarios.make_base(folder / "base")
        right = kill_all(folder / "base", folder / "place", options.kills)
        right = run_pairs(folder / "base", folder / "pairs", options.pairs) and right
    print(f"{time.monotonic() - began:.0f} s")
    raise SystemExit(not right)


if __name__ == "__main__":
    main()
