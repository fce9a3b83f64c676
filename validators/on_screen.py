"""Run a program on a virtual screen and answer it with real keys and clicks.

    python on_screen.py --keys f,space [--click 640,700] [--shots FOLDER] -- COMMAND...

Keys are pressed one after the other, again and again, until the program ends, or with
--kill-at until a file that it writes has as many lines; then it is killed. Needs Xvfb,
openbox and xdotool; screenshots need Pillow.
"""

import argparse
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SIZE = (1280, 800)


def start_screen() -> tuple[subprocess.Popen[bytes], str]:
    """Start a virtual screen; return its process and the name of the display."""
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"),
            *("-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24"),
        ],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return screen, f":{pipe.readline().strip()}"


def press(key: str, environment: dict[str, str]) -> None:
    """Press a key for a tenth of a second: a shorter press can fall between polls."""
    for move in ("keydown", "keyup"):
        subprocess.run(["xdotool", move, key], env=environment, check=False)
        time.sleep(0.1)


def click(place: str, environment: dict[str, str]) -> None:
    """Click on a place of the screen, given as x,y."""
    x, y = place.split(",")
    steps = (["mousemove", x, y], ["mousedown", "1"], ["mouseup", "1"])
    for step in steps:
        subprocess.run(["xdotool", *step], env=environment, check=False)
        time.sleep(0.1)


def shoot(target: Path, display: str) -> None:
    """Write what the screen shows as PNG."""
    from PIL import ImageGrab

    ImageGrab.grab(xdisplay=display).save(target)


def lines_in(files: str) -> int:
    """Return the number of lines in the longest file that a pattern matches."""
    folder, _, pattern = files.rpartition("/")
    found = (path.read_bytes().count(b"\n") for path in Path(folder).glob(pattern))
    return max(found, default=0)


def main() -> int:
    """Run the command; return its exit code, or 124 if it did not end in time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", required=True)
    parser.add_argument("--click", default="")
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--wait", type=float, default=6.0)
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--kill-at", nargs=2, metavar=("FILES", "LINES"))
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    screen, display = start_screen()
    environment = os.environ | {"DISPLAY": display, "SDL_AUDIODRIVER": "dummy"}
    manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
    time.sleep(1)
    program = subprocess.Popen(given.command, env=environment, start_new_session=True)
    started, shots = time.monotonic(), 0
    if given.shots:
        given.shots.mkdir(parents=True, exist_ok=True)
    code = 124
    try:
        moves = [("key", key) for key in given.keys.split(",")]
        moves += [("click", place) for place in given.click.split() if place]
        time.sleep(given.wait)
        for kind, what in itertools.cycle(moves):
            if program.poll() is not None:
                code = program.returncode
                break
            if given.kill_at and lines_in(given.kill_at[0]) >= int(given.kill_at[1]):
                code = 0  # it is killed below
                break
            if time.monotonic() - started > given.limit:
                print("on_screen: not finished in time", file=sys.stderr)
                break
            if given.shots and shots < 99:
                shoot(given.shots / f"{shots:02d}.png", display)
                shots += 1
            press(what, environment) if kind == "key" else click(what, environment)
            time.sleep(0.15)
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
        manager.terminate()
        screen.terminate()
        manager.wait()
        screen.wait()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
