"""Run an export with event markers in its program, and read what it sent.

    python markers.py PROGRAM KIND KEY SIDE WORK PYTHON [lsl]

PROGRAM is psychopy or opensesame; PYTHON that of its environment. The port is a pair of
pseudo-terminals, or a stream of LSL on this computer. Every trial must have sent its
codes, in their order: fixation cross, images, dot if there is one, answer; masks may
come before an answer or not at all.
"""

import os
import shutil
import subprocess
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from exports import LABELS, designs

from morphkit.experiment.design import Design
from morphkit.experiment.texts import read_wording
from morphkit.export.markers import DOT, FIXATION, IMAGES, MASK, answer_codes
from morphkit.export.write_export import write_export
from morphkit.pack import read_pack
from morphkit.pack.model import Pack

HERE = Path(__file__).parent
STREAM = "validators"


def wanted(design: Design, pack: Pack, side: str) -> list[int]:
    """Return the codes of a session in which one key answers everything."""
    codes, found = answer_codes(design), []
    for trial in design.lists[0]:
        chosen = trial.shown_choices[0 if side == "left" else -1]
        found += [FIXATION, IMAGES + pack.by_id[trial.stimuli[0]].step]
        found += [DOT] if design.probe else []
        found += [codes[chosen]]
    return found


def serial_port() -> tuple[str, list[int]]:
    """Return the name of a port, and the codes that arrive there from now on."""
    ours, theirs = os.openpty()
    tty.setraw(theirs, termios.TCSANOW)
    heard: list[int] = []

    def listen() -> None:
        while data := os.read(ours, 64):
            heard.extend(data)

    threading.Thread(target=listen, daemon=True).start()
    return os.ttyname(theirs), heard


def stream() -> tuple[list[int], Callable[[], None]]:
    """Return the codes that a stream of LSL sends, and what begins to listen."""
    from pylsl import StreamInlet, resolve_byprop

    heard: list[int] = []

    def listen() -> None:
        inlet = StreamInlet(resolve_byprop("name", STREAM, timeout=120)[0])
        while True:
            sample, _ = inlet.pull_sample(timeout=120)
            heard.extend(sample or [])

    return heard, threading.Thread(target=listen, daemon=True).start


def command(program: str, folder: Path, python: str) -> list[str]:
    """Return how the experiment of participant 1 is started."""
    if program == "opensesame":
        return [python, str(HERE / "opensesame_run.py"), str(folder), "1"]
    run = [python, str(HERE / "psychopy_run.py"), str(folder), "1"]
    script = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return [python, script.strip()]


def main(
    program: str, kind: str, key: str, side: str, work: Path, python: str, how: str
) -> None:
    """Export, run and compare; raise SystemExit with the first difference."""
    pack = read_pack(work / "pack")
    design = designs(pack)[kind]
    folder = work / f"{program}_markers" / kind
    shutil.rmtree(folder, ignore_errors=True)
    if how == "lsl":
        heard, listen = stream()
        listen()
        port = f"lsl:{STREAM}"
    else:
        name, heard = serial_port()
        port = f"serial:{name}"
    write_export(
        work / "pack",
        program,
        folder,
        design=design,
        wording=read_wording("en", LABELS),
        markers=port,
    )
    on_screen = [sys.executable, str(HERE / "on_screen.py"), "--keys", f"{key},space"]
    start = [*on_screen, "--wait", "4", "--", *command(program, folder, python)]
    found = subprocess.run(start, check=False, capture_output=True, text=True)
    time.sleep(1)
    expected = wanted(design, pack, side)
    told = [code for code in heard if code != MASK]
    if found.returncode or told != expected:
        sys.stderr.write(found.stdout[-2000:] + found.stderr[-2000:])
        raise SystemExit(f"{program} {kind}: sent {heard} for {expected}")
    masks = heard.count(MASK)
    print(
        f"{program} {kind} {how}: {len(heard)} codes, {masks} of masks, as they should"
    )


if __name__ == "__main__":
    program, kind, key, side, work, python = sys.argv[1:7]
    main(program, kind, key, side, Path(work), python, *(sys.argv[7:] or ["serial"]))
