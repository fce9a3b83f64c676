"""Exports that send answers: to an address of the laboratory, and to DataPipe."""

import csv
import json
import re
import subprocess
import sys

import pytest
from export_study import QUICK, export, write_small_pack
from open_serve import free_port
from playing import play, served
from repository import DOCS

from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.designs import DESIGNS
from morphkit.export.destinations import read_destination
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow

KEPT = "() => Object.values(localStorage).map((text) => JSON.parse(text))"
DATAPIPE = "https://pipe.jspsych.org/api/data/"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture
def make(pack, tmp_path):
    """Return ``make(send_to, front_end="jspsych")`` -> (folder of pages, n_trials)."""

    def make_one(send_to, front_end="jspsych"):
        design = DESIGNS["categorisation"].make(
            read_pack(pack).stimuli,
            seed=3,
            timing=QUICK,
            practice=0,
            repeats=1,
            lists=1,
        )
        folder = tmp_path / front_end
        export(pack, front_end, folder, design, sending=read_destination(send_to))
        below = folder / "standalone" if front_end == "labjs" else folder
        return below, len(design.lists[0])

    return make_one


def alternate(seen):
    return seen.choices[seen.order % 2]


def chosen(done):
    return [response for _, response in done]


def is_saved(page):
    page.get_by_text("have been saved").wait_for(timeout=60_000)


def without_network_errors(watched):
    watched.problems[:] = [
        text
        for text in watched.problems
        if "Failed to load resource" not in text and "blocked by CORS" not in text
    ]


class Receiver:
    """The receiver of the page on serving, in a process of its own."""

    def __init__(self, folder, port, page):
        self.port = port
        self.file = folder / "rows.jsonl"
        text = (DOCS / "serving.md").read_text("utf-8")
        (code,) = re.findall(r"^```python title.*?\n(.*?)^```", text, re.M | re.S)
        code = code.replace('"https://study.example.org"', repr(page))
        code = code.replace('("127.0.0.1", 8000)', f'("127.0.0.1", {port})')
        assert page in code
        assert str(port) in code
        (folder / "receiver.py").write_text(code, "utf-8")
        self.process = None

    def start(self):
        place = self.file.parent
        command = [sys.executable, "receiver.py"]
        self.process = subprocess.Popen(command, cwd=place, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_answers_to_an_address_of_the_laboratory(open_page, make, tmp_path, front_end):
    """The receiver of the docs; it comes late, and is away in the middle."""
    port = free_port()
    pages, total = make(f"http://127.0.0.1:{port}/", front_end)
    with served(pages) as address:
        receiver = Receiver(tmp_path, port, address)
        watched = open_page(f"{address}/index.html?participant=P1")
        page = watched.page
        try:
            done = play(page, alternate, stop_after=2)
            receiver.start()
            for _ in range(300):
                if receiver.file.exists() and len(receiver.file.read_bytes()) > 10:
                    break
                page.wait_for_timeout(100)
            receiver.kill()
            done += play(page, alternate, stop_after=1)
            receiver.start()
            done += play(page, alternate)
            is_saved(page)
        finally:
            receiver.kill()
        assert page.evaluate(KEPT) == []
        without_network_errors(watched)
    answers = read_answers(receiver.file, "serve")
    assert [a.response for a in answers] == chosen(done)
    rows = [json.loads(line) for line in receiver.file.read_text("utf-8").splitlines()]
    assert [row["row"] for row in rows] == list(range(1, total + 1))


def test_a_page_that_answers_anything_is_no_receipt(open_page, make):
    """A server that says 200 to everything keeps nothing, and nothing is saved."""
    pages, _ = make("http://127.0.0.1:9/rows")
    watched = open_page("about:blank")
    said = iter(["<html>ok</html>", "{}", '{"received": "1"}', '{"received": 0}'])

    def answer(route):
        headers = {"Access-Control-Allow-Origin": "*"}
        headers["Access-Control-Allow-Headers"] = "*"
        route.fulfill(status=200, body=next(said, "[]"), headers=headers)

    watched.page.route("http://127.0.0.1:9/**", answer)
    with served(pages) as address:
        watched.page.goto(f"{address}/index.html")
        play(watched.page, alternate)
        assert "could not be saved" in watched.page.inner_text("[role=alert]")
        assert len(watched.page.evaluate(KEPT)) == 1
        without_network_errors(watched)


class StandIn:
    """DataPipe, as its reference and its source say that it answers.

    https://pipe.jspsych.org/docs/api; functions/src/api-data.ts and api-messages.ts of
    github.com/jspsych/datapipe: 400 where one of three parameters is missing or the
    name is used already, 201 with a message when the file is stored, 202 with "error":
    null when it is safe and is stored later, 500 where it is not stored.
    """

    def __init__(self, troubles=()):
        self.files = {}
        self.troubles = list(troubles)
        self.asked = 0

    def __call__(self, route):
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        request = route.request
        if request.method == "OPTIONS":
            route.fulfill(status=204, headers=cors)
            return
        self.asked += 1
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "offline":
            route.abort()
            return
        status, said = self.save(json.loads(request.post_data), trouble)
        if trouble == "receipt lost":
            route.abort()
            return
        route.fulfill(status=status, headers=cors, body=json.dumps(said))

    def save(self, sent, trouble):
        if not all(sent.get(name) for name in ("experimentID", "filename", "data")):
            return 400, {"error": "MISSING_PARAMETER", "message": ""}
        if sent["experimentID"] != "Ab12Cd34Ef56":
            return 400, {"error": "EXPERIMENT_NOT_FOUND", "message": ""}
        if trouble == "broken":
            return 500, {"error": "DATA_PERSIST_ERROR", "message": ""}
        if sent["filename"] in self.files:
            return 400, {"error": "FILE_EXISTS", "message": ""}
        self.files[sent["filename"]] = sent["data"]
        if trouble == "queued":
            return 202, {"error": None, "message": "Data received."}
        return 201, {"message": "Success"}


@pytest.mark.parametrize(
    "troubles",
    [(), ("queued",), ("offline", "broken"), ("receipt lost",), ("broken",) * 2],
)
def test_a_whole_session_is_one_file_of_datapipe(open_page, make, tmp_path, troubles):
    """Stored once, whatever is lost on the way."""
    pages, total = make("datapipe:Ab12Cd34Ef56")
    service = StandIn(troubles)
    watched = open_page("about:blank")
    watched.page.route(f"{DATAPIPE}**", service)
    with served(pages) as address:
        watched.page.goto(f"{address}/index.html?participant=P5")
        done = play(watched.page, alternate, stop_after=total - 1)
        assert service.asked == 0
        done += play(watched.page, alternate)
        is_saved(watched.page)
        assert watched.page.evaluate(KEPT) == []
        without_network_errors(watched)
    ((name, table),) = service.files.items()
    assert re.fullmatch(
        r"small_pack_categorisation_P5_[0-9a-f]{16}_[0-9a-f]{8}\.csv", name
    )
    assert len(list(csv.DictReader(table.splitlines()))) == total
    (tmp_path / name).write_text(table, "utf-8", newline="")
    assert [a.response for a in read_answers(tmp_path / name, "jspsych")] == chosen(
        done
    )


def test_an_experiment_that_takes_nothing_saves_nothing(open_page, make):
    pages, _ = make("datapipe:Zz12Zz34Zz56")
    watched = open_page("about:blank")
    watched.page.route(f"{DATAPIPE}**", StandIn())
    with served(pages) as address:
        watched.page.goto(f"{address}/index.html")
        play(watched.page, alternate)
        assert "could not be saved" in watched.page.inner_text("[role=alert]")
        assert len(watched.page.evaluate(KEPT)) == 1
        without_network_errors(watched)
