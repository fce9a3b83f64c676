"""A server of a study that runs in a process of its own, and rows sent to it."""

import json
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warm import Process, start


@dataclass
class Serving:
    """A server of a study, which can be killed and started again."""

    study: Path
    port: int
    options: tuple[str, ...] = ()
    process: Process | None = None
    address: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The file of answers."""
        return self.study.with_name(f"{self.study.name}_answers.jsonl")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The rows that it holds."""
        return [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]

    def start(self) -> "Serving":
        """Start it; returns once it answers."""
        self.process = start("serve", self.study, "--port", self.port, *self.options)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"is served at (http\S+)", line):
                self.address = found[1]
                return self
        raise AssertionError("".join(self.said))

    def kill(self) -> None:
        """End it as a crash or a power cut does."""
        assert self.process is not None
        self.process.kill()
        self._end()

    def stop(self) -> str:
        """End it by Ctrl-C; return what it said."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self._end()

    def _end(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as out:
            said = out.read()
        self.process.wait()
        self.process = None
        return said

    def post(
        self, data: Any, *, path: str = "answers", **headers: str | None
    ) -> tuple[int, Any]:
        """Send something as a page would; return status and answer."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        origin = self.address.split("/")[2]
        sent = {"Content-Type": "application/json", "Origin": f"http://{origin}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.address + path,
            data=body,
            headers={name: text for name, text in sent.items() if text is not None},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Ask for something; return status and body."""
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def serving(study: Path, *options: str) -> Iterator[Serving]:
    """Serve a study; what still runs in the end is ended."""
    server = Serving(study, free_port(), options)
    try:
        yield server.start()
    finally:
        if server.process is not None:
            server.kill()


def row_of(study: Path, participant: str = "P1", order: int = 1, **cells: Any) -> Any:
    """Return a row that answers a trial of an exported study, as its page makes it."""
    about = json.loads((study / "morphkit_export.json").read_text("utf-8"))
    return {
        "pack": about["pack"]["name"],
        "recipe": about["pack"]["recipe_sha256"][:12],
        "design": about["design"]["kind"],
        "participant": participant,
        "started": "2026-03-02T10:00:00Z",
        "order": order,
        "phase": "main",
        "question": "category",
        "stimuli": f"ada_happy_sad_s{order:02}",
        "choice_order": "happy|sad",
        "response": "sad" if order % 2 else "happy",
        "rt": 400.5 + order,
        "was_hidden": False,
        "stimulus_ms": None,
    } | cells
