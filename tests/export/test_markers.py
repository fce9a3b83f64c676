"""Event markers: where they go, what they mean, and what arrives at a port."""

import csv
import os
import select
import sys
import tty
from types import SimpleNamespace

import pytest
from export_study import export, write_small_pack
from lab_exports import category, labelling, rating

from morphkit.errors import InputError
from morphkit.experiment.design import Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.export.markers import (
    CODES_FILE,
    Markers,
    answer_marker,
    code_rows,
    read_markers,
)
from morphkit.pack import read_pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("serial:/dev/ttyUSB0", Markers("serial", "/dev/ttyUSB0")),
        ("serial:COM3:9600", Markers("serial", "COM3", 9600)),
        ("parallel:0x378", Markers("parallel", "0x378")),
        ("lsl:faces", Markers("lsl", "faces")),
    ],
)
def test_places_are_read(text, wanted):
    assert read_markers(text) == wanted


@pytest.mark.parametrize(
    "text", ["usb", "serial:", "serial:a'b", "parallel:888", "lsl:two words", "lsl:'"]
)
def test_other_places_are_refused(text):
    with pytest.raises(InputError, match=r"--markers.*serial:PORT"):
        read_markers(text)


def test_codes_arrive_at_a_serial_port(monkeypatch):
    """The code that an export runs, at one end of a pair of pseudo-terminals."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)

    class Serial:  # what pyserial does with the name of a port
        def __init__(self, port, baud):
            assert baud == 9600
            self.file = os.open(port, os.O_WRONLY | os.O_NOCTTY)

        def write(self, data):
            os.write(self.file, data)

    monkeypatch.setitem(sys.modules, "serial", SimpleNamespace(Serial=Serial))
    space = {}
    exec(Markers("serial", os.ttyname(theirs), 9600).code(), space)
    for code in (1, 103, 255):
        space["send_marker"](code)
    arrived = b""
    while len(arrived) < 3 and select.select([ours], [], [], 10)[0]:  # one by one
        arrived += os.read(ours, 16)
    assert list(arrived) == [1, 103, 255]


def test_a_parallel_port_has_pulses(monkeypatch):
    said = []
    port = SimpleNamespace(setData=said.append)
    module = SimpleNamespace(Parallel=lambda address: port)
    monkeypatch.setitem(sys.modules, "parallel", module)
    monkeypatch.setitem(sys.modules, "psychopy", None)
    space = {}
    exec(Markers("parallel", "/dev/parport0").code(), space)
    space["send_marker"](7)
    assert said == [7, 0]


def test_every_code_is_one_event():
    probes = DESIGNS["dot_probe"]
    for design in (category(), labelling(), rating()):
        rows = code_rows(design, range(1, 16))
        codes = [row["code"] for row in rows]
        assert len({*codes}) == len(codes)
        assert all(1 <= code <= 255 for code in codes)
    assert probes.timing.stimulus == 500
    by_event = {row["event"]: row["code"] for row in code_rows(labelling(), [3])}
    assert by_event["answer happy"] == 11
    assert by_event["answer cannot_tell"] == 14
    assert by_event["images appear, the first of step 3"] == 103
    with pytest.raises(InputError, match="steps up to 155"):
        code_rows(category(), [156])


def test_the_code_of_an_answer_follows_from_its_label():
    sent = []
    for chosen in ("sad", "cannot_tell", "none"):
        code = answer_marker(labelling(), "chosen", "'none'")
        exec(code, {"send_marker": sent.append, "chosen": chosen})
    assert sent == [12, 14, 20]


@pytest.mark.parametrize("front_end", ["psychopy", "opensesame"])
def test_exports_have_the_table_and_none_without_markers(pack, tmp_path, front_end):
    design = DESIGNS["dot_probe"].make(
        read_pack(pack).stimuli, seed=1, timing=Timing(stimulus=300, answer=900)
    )
    export(pack, front_end, tmp_path / "a", design, markers="lsl")
    text = (tmp_path / "a" / CODES_FILE).read_text("utf-8-sig")
    rows = {row["event"]: int(row["code"]) for row in csv.DictReader(text.splitlines())}
    assert rows["dot in the place of an image"] == 3
    assert rows["answer left"] == 11
    assert rows["no answer in time"] == 20
    export(pack, front_end, tmp_path / "b", design)
    assert not (tmp_path / "b" / CODES_FILE).exists()
    for path in (tmp_path / "b").rglob("*"):
        assert not path.is_file() or b"send_marker" not in path.read_bytes()


def test_front_ends_without_ports_are_refused(pack, tmp_path):
    with pytest.raises(InputError, match=r"sends no markers.*psychopy, opensesame"):
        export(pack, "jspsych", tmp_path / "a", category(), markers="lsl")
