"""A studio that runs, in a process of its own, and requests to it."""

import json
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warm import Process, start


@dataclass
class Answer:
    """What a studio answered."""

    status: int
    headers: Any
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Running:
    """A studio that answers at an address."""

    process: Process
    address: str
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The address without its token."""
        return self.address.partition("/#")[0]

    @property
    def token(self) -> str:
        """The token that opens the studio once."""
        return self.address.partition("token=")[2]

    def buy(self) -> "Running":
        """Exchange the token for the key."""
        answer = self.ask("/api/key", {"token": self.token})
        assert answer.status == 200, answer.body
        self.key = answer.data["key"]
        return self

    def ask(
        self,
        path: str,
        data: Any = None,
        *,
        method: str | None = None,
        **headers: str | None,
    ) -> Answer:
        """Send a request as the page would; `headers` replace or remove some."""
        body = None if data is None else json.dumps(data).encode()
        sent: dict[str, str | None] = {"X-Studio-Key": self.key}
        if body is not None:
            sent |= {"Content-Type": "application/json", "Origin": self.root}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.root + path,
            data=body,
            method=method or ("POST" if body else "GET"),
            headers={k: v for k, v in sent.items() if v is not None},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def stop(self) -> int:
        """End the studio as Ctrl-C does; return its exit code."""
        if sys.platform == "win32":
            self.process.terminate()
        else:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@contextmanager
def running_studio(*arguments: str | Path) -> Iterator[Running]:
    """Give a studio that answers, and end it."""
    process = start("studio", *arguments, "--no-browser", apart=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http\S+", line)
        if not found:
            process.wait(timeout=30)
            assert process.stderr is not None
            raise AssertionError(process.stderr.read())
        yield Running(process, found[0])
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
