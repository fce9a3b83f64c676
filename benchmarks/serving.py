"""Whether a row is lost or doubled when many answer at once and the server is killed.

``morphkit serve`` hands out a small study, and as many participants as are asked for
send all rows of their sessions at the same time over HTTP, each row after the receipt
of the one before, as the page does: what has no receipt is sent again. Meanwhile the
server is killed (SIGKILL) and started again, several times. The file is then compared
with what was sent, row by row. Run it with ``python benchmarks/serving.py``.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

from export_study import QUICK, export, write_small_pack
from serving_load import load

from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack


def small_study(folder: Path) -> Path:
    """Return an exported study."""
    write_small_pack(folder / "pack", identities=["ada"])
    rows = read_pack(folder / "pack").stimuli
    design = DESIGNS["categorisation"].make(rows, seed=3, timing=QUICK, lists=1)
    export(folder / "pack", "jspsych", folder / "study", design)
    return folder / "study"


def main() -> None:
    """Print how many rows were sent, lost and doubled; exit 1 if any was."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--between", type=float, default=1.0, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        study = small_study(Path(scratch))
        begun = time.perf_counter()
        done = load(
            study,
            n_people=options.people,
            n_rows=options.rows,
            n_kills=options.kills,
            between_s=options.between,
        )
        took = time.perf_counter() - begun
    print(f"{options.people} participants at once, {options.rows} rows each")
    print(
        f"{done.sent} rows in {done.attempts} attempts, {done.kills} kills, "
        f"{took:.0f} s"
    )
    print(f"{done.lost} lost, {done.doubled} doubled, in their order: {done.in_order}")
    middle = 1000 * statistics.median(done.waited)
    print(f"to a receipt: median {middle:.0f} ms, longest {max(done.waited):.1f} s")
    sys.exit(bool(done.lost or done.doubled or not done.in_order))


if __name__ == "__main__":
    main()
