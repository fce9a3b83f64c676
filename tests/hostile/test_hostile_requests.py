"""What strangers in a laboratory's network may send to the server of a study."""

import asyncio
import json
import socket
from types import SimpleNamespace

import pytest
from export_study import QUICK, export, write_small_pack
from open_serve import row_of, serving

from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack
from morphkit.serving import server as served
from morphkit.serving.row_file import opened
from morphkit.serving.study import read_served_study

pytestmark = pytest.mark.slow
#: Lines that are held open at once.
MANY = 200


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    write_small_pack(folder / "pack", identities=["ada"])
    rows = read_pack(folder / "pack").stimuli
    design = DESIGNS["categorisation"].make(rows, seed=3, timing=QUICK, practice=0)
    export(folder / "pack", "jspsych", folder / "study", design)
    return folder / "study"


def sent(study, session="0" * 16, **cells):
    return {"session": session, "row": 1, "answer": row_of(study, **cells)}


def heads(port, *more, line="POST /answers HTTP/1.1"):
    host = f"127.0.0.1:{port}"
    lines = [line, f"Host: {host}", f"Origin: http://{host}", *more, "", ""]
    return "\r\n".join(lines).encode()


def ask(port, data):
    """Send bytes; return the status that comes back, None for a closed line."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(65536)
    return int(answer.split()[1]) if answer else None


def test_no_request_stops_the_server_or_adds_a_row(study):
    with serving(study) as running:
        port = running.port
        body = json.dumps(sent(study)).encode()
        length = f"Content-Length: {len(body)}"
        for line in ("PUT /answers", "DELETE /index.html", "OPTIONS /answers"):
            assert ask(port, heads(port, line=f"{line} HTTP/1.1")) == 405, line
        assert ask(port, b"\x16\x03\x01\x02\x00\x01\xfc" * 20) == 400
        assert ask(port, heads(port, "A: " + "x" * 200_000, length) + body) == 400
        both = heads(port, length, "Transfer-Encoding: chunked") + body
        assert ask(port, both) in (400, None)
        assert ask(port, heads(port, "Content-Length: -5") + body) == 400
        # Shorter than was said: the line is closed, and nothing is kept.
        assert ask(port, heads(port, f"Content-Length: {len(body) + 9}") + body) is None
        endless = heads(port, "Transfer-Encoding: chunked")
        endless += b"10000\r\n" + b" " * 65536 + b"\r\n"
        assert ask(port, endless + (b"10000\r\n" + b" " * 65536 + b"\r\n") * 4) == 413
        digits = body.replace(b"401.5", b"9" * 5000)
        assert digits != body
        assert running.post(digits)[0] == 400
        twice = body.replace(b'"row": 1', b'"row": 0, "row": 1')
        assert running.post(twice) == (200, {"received": 1})
        assert len(running.lines) == 1
        # So many lines that say half a thing keep nobody out.
        half = heads(port, length)[:-2], heads(port, length) + body[:40]
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(MANY)]
        for number, line in enumerate(lines):
            line.sendall(half[number % 2])
        for number in range(20):
            one = sent(study, session=f"{number:016x}", participant=f"P{number}")
            known = number == 0
            assert running.post(one)[0] == (409 if known else 200)
        for line in lines:
            line.close()
        assert running.get("")[0] == 200
        assert len(running.lines) == 20
        # The terminal of the laboratory is not filled with what strangers send.
        said = running.stop()
        assert "Traceback" not in said
        assert len(said) < 5000


def test_a_row_that_does_not_arrive_is_given_up(study, tmp_path, monkeypatch):
    monkeypatch.setattr(served, "SLOWEST", 0.05)
    host = b"127.0.0.1:80"
    answers = []

    async def receive():
        """One half of a row, and then nothing for a day."""
        if not answers:
            answers.append(None)
            return {"type": "http.request", "body": b"{", "more_body": True}
        await asyncio.sleep(86400)
        return SimpleNamespace()

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/answers",
        "raw_path": b"/answers",
        "query_string": b"",
        "headers": [(b"host", host), (b"origin", b"http://" + host)],
    }
    about = read_served_study(study)
    with opened(tmp_path / "rows.jsonl", about) as rows:
        app = served.make_app(about, rows, port=80)
        asyncio.run(asyncio.wait_for(app(scope, receive, send), timeout=20))
    assert answers[1]["status"] == 408
    assert b"has to arrive" in answers[2]["body"]
