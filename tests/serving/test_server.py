"""The server of a study over a real socket: what it hands out, and what it takes."""

import json
import shutil
import socket

import pytest
from open_serve import Serving, free_port, row_of, serving

from morphkit.errors import InputError, OutputError
from morphkit.serving.run import reach, serve_study

pytestmark = pytest.mark.slow
ONE = "0123456789abcdef"


@pytest.fixture(scope="module")
def server(study_folder):
    with serving(study_folder) as running:
        yield running


@pytest.fixture
def body(study_folder):
    return {"session": ONE, "row": 1, "answer": row_of(study_folder)}


def test_the_files_of_the_page_are_handed_out_and_nothing_else(server, study_folder):
    about = json.loads((study_folder / "morphkit_export.json").read_text("utf-8"))
    paths = {one["path"] for one in about["files"]}
    open_ones = {p for p in paths if p.endswith((".html", ".js", ".css", ".png"))}
    assert len(open_ones) > 20
    for path in sorted(open_ones):
        status, data = server.get(path)
        assert status == 200
        if path != "study.js":
            assert data == (study_folder / path).read_bytes()
    script = server.get("study.js")[1]
    assert script.startswith((study_folder / "study.js").read_bytes())
    assert server.get("")[1] == server.get("index.html")[1]
    for path in (
        *sorted(paths - open_ones),
        "morphkit_export.json",
        server.file.name,
        "answers",
        "api/answers",
    ):
        assert server.get(path)[0] in (404, 405), path


@pytest.mark.parametrize(
    "path",
    [
        "../study_answers.jsonl",
        "..%2fstudy_answers.jsonl",
        "%2e%2e/study_answers.jsonl",
        "stimuli/../../study_answers.jsonl",
        "stimuli/..%5c..%5cstudy_answers.jsonl",
        "/etc/passwd",
        "/study_answers.jsonl",
        "index.html%00.png",
        "stimuli",
        "stimuli/",
        "INDEX.HTML",
    ],
)
def test_no_path_leads_out_of_the_study(server, body, path):
    server.post(body)
    port = server.port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        request = f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        line.sendall(f"{request}Connection: close\r\n\r\n".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"P1" not in answer


def test_every_answer_says_that_it_is_private(server):
    import urllib.request

    with urllib.request.urlopen(server.address) as answer:
        headers = answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "server" not in {name.lower() for name in headers}


def test_a_row_has_a_receipt_and_a_retry_the_same_one(server, study_folder):
    session = "1" * 16
    rows = [row_of(study_folder, order=n) for n in (1, 2)]
    before = len(server.lines)
    for _ in range(3):
        sent = {"session": session, "row": 1, "answer": rows[0]}
        assert server.post(sent) == (200, {"received": 1})
    sent = {"session": session, "row": 2, "answer": rows[1]}
    assert server.post(sent) == (200, {"received": 2})
    status, said = server.post(sent | {"answer": rows[0]})
    assert status == 409
    assert "is another" in said["error"]
    # A row too far has no receipt: the page learns what is there.
    sent = {"session": "2" * 16, "row": 5, "answer": row_of(study_folder, order=5)}
    assert server.post(sent) == (200, {"received": 0})
    assert len(server.lines) == before + 2


def test_what_is_no_row_of_this_study_is_refused(server, body):
    before = server.file.read_bytes() if server.file.exists() else b""
    answer = body["answer"]
    wrong = [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 60_000, 400),
        (b'{"session": NaN}', 400),
        ([1], 422),
        ({}, 422),
        (body | {"more": 1}, 422),
        (body | {"session": "../../x"}, 422),
        (body | {"session": 7}, 422),
        (body | {"row": 0}, 422),
        (body | {"row": True}, 422),
        (body | {"row": 10**9}, 422),
        (body | {"answer": []}, 422),
        (body | {"answer": {}}, 422),
        (body | {"answer": answer | {"recipe": "0" * 12}}, 422),
        (body | {"answer": answer | {"pack": "other"}}, 422),
        (body | {"answer": answer | {"participant": "=1+1"}}, 422),
        (body | {"answer": answer | {"participant": None}}, 422),
        (body | {"answer": answer | {"a b": 1}}, 422),
        (body | {"answer": answer | {"nested": {"a": 1}}}, 422),
        (body | {"answer": answer | {"text": "x" * 50_001}}, 422),
        (body | {"answer": answer | {"half": "\ud800"}}, 422),
        (body | {"answer": answer | {f"c{n}": n for n in range(600)}}, 422),
        (b" " * 300_000, 413),
    ]
    for data, status in wrong:
        assert server.post(data)[0] == status, data
    assert (server.file.read_bytes() if server.file.exists() else b"") == before


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://example.org", "http://127.0.0.1:1", "https://127.0.0.1"],
)
def test_answers_from_other_pages_are_refused(server, body, origin):
    status, said = server.post(body, Origin=origin)
    assert status == 403
    assert "another page" in said["error"]


@pytest.mark.parametrize(
    "host", ["example.org", "evil.localhost", "127.0.0.1", "127.0.0.1:1"]
)
def test_a_name_that_is_not_of_this_machine_is_refused(server, host):
    """Whoever makes a name point here asks by that name."""
    if ":" not in host and not host[0].isdigit():
        host = f"{host}:{server.port}"
    assert server.get("", Host=host)[0] == 403


def test_only_this_machine_is_listened_to_unless_asked(server):
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError):  # noqa: PT011 - refused, or no route
        socket.create_connection((other, server.port), timeout=2)


def test_the_network_is_asked_for_and_said_in_words(study_folder, tmp_path):
    options = ("--lan", "--answers", str(tmp_path / "a.jsonl"))
    with serving(study_folder, *options) as running:
        host = running.address.split("/")[2].rpartition(":")[0]
        assert running.get("")[0] == 200
        running.address = f"http://127.0.0.1:{running.port}/"
        assert running.get("")[0] == 200
        said = running.stop()
    assert host
    for words in ("Everybody in this network", "children's faces", "Nothing is encr"):
        assert words in said
        assert words in reach("192.168.1.20")
    assert reach("127.0.0.5") == "Only this computer reaches it."


def test_without_the_access_code_there_is_nothing(study_folder, tmp_path, body):
    options = ("--access-code", "spring26", "--answers", str(tmp_path / "a.jsonl"))
    with serving(study_folder, *options) as running:
        assert running.get("")[0] == running.get("index.html")[0] == 200
        assert running.post(body) == (200, {"received": 1})
        root = running.address
        for code in ("", "spring2/", "spring27/", "Spring26/", "spring26x/"):
            running.address = f"http://127.0.0.1:{running.port}/{code}"
            assert running.get("index.html")[0] == 404
            assert running.post(body)[0] == 404
        running.address = root.rstrip("/")
        assert running.get("?participant=P1")[0] == 200


def test_the_faces_of_the_laboratory_alone_stay_in_it(export_served, tmp_path):
    study = export_served("jspsych", tmp_path / "study", lab_only=True)

    def served(_):
        pytest.fail("it is served")

    for options in ({"lan": True}, {"host": "192.168.1.20"}):
        with pytest.raises(InputError, match=r"may not be shown over a network"):
            serve_study(study, **options, ready=served)
    with serving(study) as running:
        assert running.get("")[0] == 200
    # Whatever somebody writes into the manifest.
    manifest = study / "morphkit_export.json"
    about = json.loads(manifest.read_text("utf-8"))
    about["consent"]["lab_only"] = False
    manifest.write_text(json.dumps(about), "utf-8")
    with pytest.raises(InputError, match=r"may not be shown over a network"):
        serve_study(study, lan=True, ready=served)


def test_what_is_no_study_is_refused(
    export_served, served_pack, study_folder, tmp_path
):
    with pytest.raises(InputError, match=r"is no export"):
        serve_study(served_pack)
    with pytest.raises(InputError, match=r'an export for "psychopy"'):
        serve_study(export_served("psychopy", tmp_path / "psychopy"))
    for name, change in {
        "stimuli": lambda p: next(p.glob("stimuli/**/*.png")).write_bytes(b"x"),
        "script": lambda p: (p / "stage.js").unlink(),
    }.items():
        place = tmp_path / name
        shutil.copytree(study_folder, place)
        change(place)
        with pytest.raises(InputError, match=r"is not as the export wrote it"):
            serve_study(place)
    place = tmp_path / "manifest"
    shutil.copytree(study_folder, place)
    manifest = place / "morphkit_export.json"
    about = json.loads(manifest.read_text("utf-8"))
    for broken, why in (
        (about | {"files": []}, r"version of morphkit that could not"),
        (about | {"files": [{"path": "../x.png", "sha256": ""}]}, r"not a path inside"),
        (about | {"design": None}, r"is not a manifest"),
        (about | {"consent": []}, r"is not a manifest"),
        (about | {"schema": "x"}, r"no browser opens by itself"),
        (about | {"front_end": "media"}, r"no browser opens by itself"),
        (about | {"sending": {"url": "https://x.org"}}, r"sends its answers to"),
        ([], r"is not a manifest"),
    ):
        manifest.write_text(json.dumps(broken), "utf-8")
        with pytest.raises(InputError, match=why):
            serve_study(place)


def test_options_that_cannot_be_are_refused(study_folder, server):
    with pytest.raises(InputError, match=r"--access-code"):
        serve_study(study_folder, access_code="a/b")
    with pytest.raises(InputError, match=r"--host"):
        serve_study(study_folder, host="example.org")
    with pytest.raises(OutputError, match=r"is being written by"):
        serve_study(study_folder, port=free_port())
    place = study_folder.with_name("others.jsonl")
    with pytest.raises(OutputError, match=r"cannot be used.*choose another"):
        serve_study(study_folder, answers=place, port=server.port)


def test_the_end_says_what_came_in(study_folder, tmp_path):
    running = Serving(study_folder, free_port(), ("--answers", str(tmp_path / "a")))
    session = {"session": ONE, "row": 1, "answer": row_of(study_folder)}
    assert running.start().post(session) == (200, {"received": 1})
    assert "1 row came in" in running.stop()
    running.start()
    other = {"session": "2" * 16, "row": 1, "answer": row_of(study_folder, "P2")}
    assert running.post(session) == running.post(other) == (200, {"received": 1})
    said = running.stop()
    assert "1 row came in" in said
    assert "holds 2 rows of 2 participants" in said
    assert "--from serve" in said
