"""A participant made of real clicks and key presses, for exported experiments."""

import io
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image

READY = """(last) => {
  const main = document.querySelector("main[data-mk]");
  if (!main) return null;
  const { mk, order, state } = main.dataset;
  if (mk === "sending") return null;
  if (mk === "trial") {
    if (order === last || !["stimulus", "mask", "answer"].includes(state)) return null;
  }
  const off = main.querySelector(".mk-pictures.mk-off");
  return { mk, order: order ?? null, state: state ?? null, words: main.innerText,
    stimuli: [...main.querySelectorAll("canvas")].map((c) => c.dataset.stimulus),
    boxes: [...main.querySelectorAll("canvas")].map((c) => {
      const box = c.getBoundingClientRect();
      return [box.x, box.y, box.width, box.height];
    }),
    visible: !off,
    choices: [...main.querySelectorAll("[data-choice]")].map((b) => b.dataset.choice) };
}"""


@dataclass(frozen=True)
class Seen:
    """A trial as a participant sees it: pictures and choices from the left."""

    order: int
    stimuli: tuple[str, ...]
    choices: tuple[str, ...]
    boxes: tuple[tuple[float, ...], ...]


def play(
    page,
    answer: Callable[[Seen], str],
    *,
    look: Callable[[Seen], None] | None = None,
    keys: tuple[str, ...] = ("f", "j"),
    participant: str = "P001",
    stop_after: int | None = None,
    clicks: bool = True,
) -> list[tuple[Seen, str]]:
    """Play, by turns with buttons and keys; return what was answered.

    Without `clicks` trials are answered by keys alone, which is three times as fast.
    With `stop_after` the trial after so many answers is left on the screen.
    """
    done: list[tuple[Seen, str]] = []
    last = None
    while True:
        found = page.wait_for_function(READY, arg=last, timeout=30000).json_value()
        enough = stop_after is not None and len(done) >= stop_after
        if found["mk"] == "end" or (enough and found["mk"] == "trial"):
            return done
        if found["mk"] == "participant":
            page.fill("#mk-code", participant)
            page.keyboard.press("Enter")
            page.wait_for_selector("[data-mk=instructions]")
        elif found["mk"] == "trial":
            last = found["order"]
            seen = Seen(
                int(last),
                tuple(found["stimuli"]),
                tuple(found["choices"]),
                tuple(map(tuple, found["boxes"])),
            )
            if look is not None:
                look(seen)
            chosen = answer(seen)
            done.append((seen, chosen))
            by_key = not clicks or len(done) % 2 == 0
            _answer(page, seen, chosen, by_key=by_key, keys=keys)
        elif found["mk"] == "missing":
            return done
        else:
            old = page.query_selector("main")
            if len(done) % 2:
                page.click(".mk-go")
            else:
                page.keyboard.press("Space")
            page.wait_for_function("(old) => !old.isConnected", arg=old)


def _answer(page, seen: Seen, chosen: str, *, by_key: bool, keys) -> None:
    if chosen == "":
        return  # too late
    if not seen.choices:
        slider = page.locator(".mk-slider")
        slider.press("Home")
        for _ in range(int(chosen)):
            slider.press("ArrowRight")
        if by_key:
            slider.press("Enter")
        else:
            page.click(".mk-go")
    elif by_key:
        page.keyboard.press(keys[seen.choices.index(chosen)])
    else:
        page.click(f"[data-choice={chosen}]")


class Eyes:
    """Compares what stands on the screen with the files of the pack, pixel by pixel."""

    def __init__(self, page, files: dict[str, Path]) -> None:
        self.page = page
        self.pictures = {
            name: np.asarray(Image.open(path).convert("RGB"))
            for name, path in files.items()
        }
        self.looked = 0

    def __call__(self, seen: Seen) -> None:
        data = self.page.screenshot()
        screen = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        for name, box in zip(seen.stimuli, seen.boxes, strict=True):
            x, y, width, height = (round(value) for value in box)
            picture = self.pictures[name]
            assert (height, width) == picture.shape[:2], name
            shown = screen[y : y + height, x : x + width]
            assert np.array_equal(shown, picture), (seen.order, name)
            self.looked += 1


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path):
    """Give the address of a server of a folder on this machine."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def outside(watched) -> list[str]:
    """Return the requests of a page that leave this machine."""
    own = ("file:", "data:", "blob:", "http://127.0.0.1:")
    return [url for url in watched.requests if not url.startswith(own)]
