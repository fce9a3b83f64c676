"""Firefox as Debian ships it, driven by the standard protocol that it speaks itself.

WebDriver BiDi over a WebSocket: no driver program beside the browser, nothing patched,
nothing downloaded. https://www.w3.org/TR/webdriver-bidi/
"""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("firefox-esr", "firefox")
KEYS = {
    "Escape": "\ue00c",
    "Enter": "\ue007",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Alt": "\ue00a",
}
#: Seconds within which a condition is to hold; a machine may be busy.
PATIENCE = 60.0


class Firefox:
    """A Firefox that runs."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0
        self.problems: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])

    def send(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; what is logged meanwhile is kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("method") == "log.entryAdded":
                entry = answer["params"]
                if entry["level"] in ("error", "warn"):
                    self.problems.append(f"{entry['level']}: {entry['text']}")
            if answer.get("id") == self._number:
                assert answer["type"] == "success", (method, answer)
                return answer["result"]

    @contextmanager
    def page(self) -> Iterator["Page"]:
        """Give a page with storage of its own, as in an empty profile, and close it."""
        user = self.send("browser.createUserContext")["userContext"]
        self.problems.clear()
        try:
            made = self.send("browsingContext.create", type="tab", userContext=user)
            yield Page(self, made["context"], user)
        finally:
            self.send("browser.removeUserContext", userContext=user)


class Page:
    """A page of a Firefox that runs."""

    def __init__(self, browser: Firefox, context: str, user: str) -> None:
        self.context = context
        self.problems = browser.problems
        self.send = browser.send
        self._user = user

    def resize(self, width: int, height: int) -> None:
        """Give the page another size."""
        viewport = {"width": width, "height": height}
        self.send(
            "browsingContext.setViewport", context=self.context, viewport=viewport
        )

    def open(self, address: str) -> None:
        """Open an address."""
        self.send(
            "browsingContext.navigate",
            context=self.context,
            url=address,
            wait="complete",
        )

    def evaluate(self, code: str) -> Any:
        """Return what an expression on the page is; as JSON, so of plain values."""
        result = self.send(
            "script.evaluate",
            expression=f"JSON.stringify({code}) ?? 'null'",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    def wait(self, code: str) -> None:
        """Wait until an expression on the page is true."""
        until = time.monotonic() + PATIENCE
        while not self.evaluate(f"Boolean({code})"):
            assert time.monotonic() < until, f"never true: {code}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click on what a selector finds, with the mouse."""
        x, y = self.evaluate(
            f"""(() => {{
              const found = document.querySelector({json.dumps(selector)});
              found.scrollIntoView({{ block: "nearest" }});
              const box = found.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        move = {"type": "pointerMove", "x": round(x), "y": round(y)}
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._act("pointer", [move, down, up], "mouse")

    def downloads(self, folder: Path | None) -> None:
        """Put files into a folder, or refuse all of them."""
        way: dict[str, str] = {"type": "denied"}
        if folder is not None:
            way = {"type": "allowed", "destinationFolder": str(folder)}
        self.send(
            "browser.setDownloadBehavior",
            downloadBehavior=way,
            userContexts=[self._user],
        )

    def press(self, *keys: str) -> None:
        """Press keys together, the last one last."""
        values = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": value} for value in values]
        actions += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._act("key", actions)

    def drag(
        self, places: Sequence[tuple[float, float]], pointer: str = "mouse"
    ) -> None:
        """Go from place to place with the button, or a finger, down."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 30}
            for x, y in places
        ]
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self._act("pointer", [moves[0], down, *moves[1:], up], pointer)

    def _act(self, kind: str, actions: list[Any], pointer: str = "") -> None:
        """Perform actions of an input device."""
        source: dict[str, Any] = {"type": kind, "id": kind + pointer}
        if pointer:
            source["parameters"] = {"pointerType": pointer}
        source["actions"] = actions
        self.send("input.performActions", context=self.context, actions=[source])


@contextmanager
def running_firefox(path: str) -> Iterator[Firefox]:
    """Give a Firefox with an empty profile, and end it."""
    from websockets.sync.client import connect

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, "--headless", "--no-remote", "--profile", profile]
        process = subprocess.Popen(
            [*command, "--remote-debugging-port", "0", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        rest = None
        try:
            assert process.stderr is not None
            said = ""
            for line in process.stderr:
                said += line
                if found := re.search(r"ws://\S+", line):
                    break
            else:
                raise AssertionError(said)
            # What it says from now on is not read, and must not make it wait.
            rest = threading.Thread(target=process.stderr.read, daemon=True)
            rest.start()
            with connect(f"{found[0]}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.kill()
            process.wait()
            if rest is not None:
                rest.join()
            if process.stderr is not None:
                process.stderr.close()


def find_firefox() -> str | None:
    """Return the path of Firefox, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
