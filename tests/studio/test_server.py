"""The studio over a real loopback socket: who is let in, and what a crash leaves."""

import json
import socket
import sys
from http.client import HTTPException

import pytest
from open_studio import running_studio
from small_study import LANDMARKS, run, write_study

from morphkit.studio.server import Keys, _files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def studio(study):
    with running_studio(study) as running:
        yield running.buy()


FACE = "/api/faces/maja.happy"


def test_the_page_is_open_and_tells_nothing(studio):
    answer = studio.ask("/", X_Studio_Key=None)
    assert answer.status == 200
    assert b"maja" not in answer.body


@pytest.mark.parametrize("name", sorted(_files()))
def test_every_file_of_the_page_is_served(studio, name):
    answer = studio.ask(f"/{name}")
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/study.toml",
        "/../study.toml",
        "/..%2f..%2fsetup.cfg",
        "/api.py",
        "/%00",
        "//etc",
    ],
)
def test_nothing_else_is_served(studio, path):
    assert studio.ask(path).status == 404


@pytest.mark.parametrize("path", ["/api/study", FACE, f"{FACE}/picture", "/api/work"])
@pytest.mark.parametrize("key", [None, "", "x" * 43])
def test_without_the_key_nothing_is_told(studio, path, key):
    assert studio.ask(path, X_Studio_Key=key).status == 403


def test_the_token_buys_the_key_once(studio):
    assert studio.ask("/api/key", {"token": studio.token}).status == 403
    assert studio.ask("/api/key", {"token": "x"}).status == 403


def test_a_wrong_token_does_not_spend_the_right_one():
    keys = Keys()
    assert keys.buy("wrong") is None
    key = keys.buy(keys.token)
    assert key is not None
    assert keys.fits(key)
    assert not keys.fits(keys.token)
    assert keys.buy(keys.token) is None


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1", "localhost", "127.0.0.1:1", "evil.localhost"]
)
def test_another_host_is_refused(studio, host):
    """A name that an attacker makes point here carries its own name."""
    assert studio.ask("/api/study", Host=host).status == 403
    assert studio.ask("/", Host=host).status == 403


def test_the_name_localhost_is_known(studio):
    port = studio.root.rpartition(":")[2]
    assert studio.ask("/api/study", Host=f"localhost:{port}").status == 200


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://example.org", "http://127.0.0.1:1", "https://127.0.0.1"],
)
def test_a_change_from_another_page_is_refused(studio, origin):
    answer = studio.ask("/api/compare", {}, Origin=origin)
    assert answer.status == 403
    assert "another page" in answer.data["error"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_it_comes_from_elsewhere_is_refused(studio, site):
    """Ports of this machine count as one site: they are not one origin."""
    assert studio.ask("/api/study", Sec_Fetch_Site=site).status == 403


def test_only_this_machine_is_listened_to(studio):
    port = int(studio.root.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    others = {
        info[4][0]
        for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)
    } - {"127.0.0.1", "127.0.1.1"}
    for other in others:
        with pytest.raises(OSError):  # noqa: PT011 - refused, or no route
            socket.create_connection((other, port), timeout=2)


@pytest.mark.parametrize(
    ("body", "status"), [(b"[1, 2]", 400), (b"{", 400), (b"{}", 422)]
)
def test_what_is_not_a_request_is_told(studio, body, status):
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        f"{studio.root}/api/preview",
        data=body,
        headers={"X-Studio-Key": studio.key, "Origin": studio.root},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as error:
        assert error.code == status


def test_a_change_names_its_version(studio):
    face = studio.ask(FACE).data
    data = {"points": face["points"]}
    answer = studio.ask(f"{FACE}/landmarks", data, method="PUT")
    assert answer.status == 428


def test_a_save_against_an_old_version_is_a_conflict(studio, study):
    face = studio.ask(FACE)
    version = face.headers["ETag"]
    points = face.data["points"]
    points[30][0] += 1.25
    saved = studio.ask(
        f"{FACE}/landmarks", {"points": points}, method="PUT", If_Match=version
    )
    assert saved.status == 200
    assert saved.headers["ETag"] != version
    file = study.parent / "landmarks" / "maja_happy.json"
    kept = file.read_bytes()
    points[30][0] += 5
    again = studio.ask(
        f"{FACE}/landmarks", {"points": points}, method="PUT", If_Match=version
    )
    assert again.status == 409
    assert f'"{again.data["now"]["version"]}"' == saved.headers["ETag"]
    assert file.read_bytes() == kept


def test_ctrl_c_ends_it_quietly(study):
    if sys.platform == "win32":
        pytest.skip("Ctrl-C cannot be sent to one process on Windows")
    with running_studio(study) as running:
        running.buy()
        assert running.stop() == 0
        assert running.process.stderr is not None
        assert "Traceback" not in running.process.stderr.read()


def test_a_port_that_is_taken_is_told(study):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("studio", study, "--no-browser", "--port", port)
    assert result.exit_code == 3
    assert "cannot be used" in result.stderr


def test_a_studio_killed_while_it_saves_loses_nothing(tmp_path):
    """Whatever the moment: the file is whole, and is the last version that was told."""
    import threading

    study = write_study(tmp_path)
    file = tmp_path / "landmarks" / "maja_happy.json"
    start = json.loads((LANDMARKS / "maja_happy.json").read_text("utf-8"))["points"]
    for wait in (0.03, 0.08, 0.17):
        told: list[float] = []
        with running_studio(study) as running:
            running.buy()
            face = running.ask(FACE).data
            version, first = face["version"], face["history"]["position"]

            def saves(running=running, version=version, told=told, first=first):
                for k in range(500):
                    points = [list(p) for p in start]
                    points[0][0] += (k + 1) / 64
                    last = [start[0][0] + k / 64, start[0][1]]
                    edit = {"label": "m", "points": {"0": [*last, *points[0]]}}
                    try:
                        answer = running.ask(
                            f"{FACE}/landmarks",
                            {
                                "points": points,
                                "start": first + k,
                                "edits": [edit],
                                "position": first + k + 1,
                            },
                            method="PUT",
                            If_Match=version,
                        )
                    except (OSError, HTTPException):  # it is gone
                        return
                    version = answer.data["version"]
                    told.append(points[0][0])

            thread = threading.Thread(target=saves)
            thread.start()
            while not told:
                thread.join(0.01)
            thread.join(wait)
            running.process.kill()
            thread.join()
        there = json.loads(file.read_text("utf-8"))["points"][0][0]
        assert there in (told[-1], told[-1] + 1 / 64)
        with running_studio(study) as running:
            face = running.buy().ask(FACE).data
        # A file in the making may have been left, and the next studio removes it.
        assert not list(file.parent.rglob("*.tmp"))
        edits, position = face["history"]["edits"], face["history"]["position"]
        assert position in (first + len(told), first + len(told) + 1)
        assert edits[position - 1]["points"]["0"][2] == there
