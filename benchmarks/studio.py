"""How soon the preview of the studio follows a landmark that was moved.

A studio serves the shipped faces on this machine; a client moves a landmark by
a pixel, asks for the frame in the middle of the continuum and decodes it, as the page
does. Then only the slider moves. Run it with ``python benchmarks/studio.py``.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np

import morphkit as mk

FACE = "maja.happy"
ROUNDS = 60
#: What a hand still feels as at once, milliseconds.
LIMIT = 200


class Client:
    """What the page of a studio does: requests with its key."""

    def __init__(self, address: str) -> None:
        self.root, _, token = address.partition("/#token=")
        self.key = ""
        self.key = json.loads(self.send("/api/key", {"token": token}))["key"]

    def send(self, path: str, data: object = None) -> bytes:
        """Return the answer to a request."""
        request = urllib.request.Request(
            self.root + path,
            data=None if data is None else json.dumps(data).encode(),
            headers={"X-Studio-Key": self.key, "Origin": self.root},
        )
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())


def times(client: Client) -> dict[str, list[float]]:
    """Return milliseconds until a frame is there."""
    face = json.loads(client.send(f"/api/faces/{FACE}"))
    name, points = face["continua"][0]["name"], face["points"]
    found: dict[str, list[float]] = {"a landmark moved": [], "the slider moved": []}
    for k in range(ROUNDS + 3):
        for what in found:
            if what == "a landmark moved":
                points[30][0] += 0.5 if k % 2 else -0.5 + k / 1000
            begun = time.perf_counter()
            wish = {
                "continuum": name,
                "step": 7 if what == "a landmark moved" else k % 15,
                "moved": {FACE: {"points": points}},
            }
            data = client.send("/api/preview", wish)
            frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            assert frame is not None
            if k >= 3:  # the first ones load libraries and reduce the photographs
                found[what].append(1000 * (time.perf_counter() - begun))
    return found


def main() -> None:
    """Print the median and the 95th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        mk.start_study(study, with_faces=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "morphkit", "studio", str(study), "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        address = re.search(r"http\S+", process.stdout.readline())
        assert address is not None
        try:
            found = times(Client(address[0]))
        finally:
            process.terminate()
            process.wait()
    for what, values in found.items():
        middle = statistics.median(values)
        late = statistics.quantiles(values, n=20)[-1]
        word = "within" if late <= LIMIT else "beyond"
        print(
            f"{what:<18}{middle:6.0f} ms median{late:6.0f} ms in 95 %  "
            f"({word} {LIMIT} ms)"
        )


if __name__ == "__main__":
    main()
