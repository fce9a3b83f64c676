"""Many participants who answer at once while their server is killed and restarted."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from open_serve import Serving, row_of, serving

#: Seconds a participant thinks, and waits after an attempt without a receipt, at most.
THINKS_S, WAITS_S = 0.1, 0.5


class Participant(threading.Thread):
    """Sends the rows of one session, each until it has its receipt, as a page does."""

    def __init__(self, number: int, n_rows: int, server: Serving) -> None:
        super().__init__()
        self.draw = random.Random(number)
        self.server = server
        self.session = f"{self.draw.getrandbits(64):016x}"
        self.rows = [
            row_of(server.study, f"P{number:03}", n, rt=self.draw.randrange(10**4) / 10)
            for n in range(1, n_rows + 1)
        ]
        self.attempts = 0
        self.waited: list[float] = []

    def run(self) -> None:
        """Send all of them."""
        for number, row in enumerate(self.rows, start=1):
            time.sleep(self.draw.uniform(0, THINKS_S))
            sent = {"session": self.session, "row": number, "answer": row}
            begun = time.perf_counter()
            while self._send(sent) != number:
                time.sleep(self.draw.uniform(0, WAITS_S))
            self.waited.append(time.perf_counter() - begun)

    def _send(self, data: dict[str, Any]) -> int | None:
        """Return how many rows are kept; None without an answer."""
        self.attempts += 1
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            headers = {"Origin": f"http://127.0.0.1:{self.server.port}"}
            line.request("POST", "/answers", json.dumps(data), headers)
            answer = line.getresponse()
            said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            line.close()
        return said.get("received")


@dataclass(frozen=True)
class Load:
    """What came of it."""

    sent: int
    attempts: int
    kills: int
    lost: int
    doubled: int
    in_order: bool
    waited: list[float]


def load(
    study: Path, *, n_people: int, n_rows: int, n_kills: int, between_s: float
) -> Load:
    """Let participants answer at once, kill the server meanwhile, and compare the file.

    The server is killed `n_kills` times, or until all have sent everything.
    """
    kills = 0
    with serving(study) as server:
        people = [Participant(n, n_rows, server) for n in range(1, n_people + 1)]
        for one in people:
            one.start()
        while kills < n_kills and any(one.is_alive() for one in people):
            time.sleep(between_s)
            server.kill()
            server.start()
            kills += 1
        for one in people:
            one.join()
        found = server.lines
    kept: dict[str, list[Any]] = {one.session: [] for one in people}
    for row in found:
        kept[row["session"]].append(row["answer"])
    return Load(
        sent=sum(len(one.rows) for one in people),
        attempts=sum(one.attempts for one in people),
        kills=kills,
        lost=sum(row not in kept[one.session] for one in people for row in one.rows),
        doubled=len(found) - len({(row["session"], row["row"]) for row in found}),
        in_order=all(kept[one.session] == one.rows for one in people),
        waited=[s for one in people for s in one.waited],
    )
