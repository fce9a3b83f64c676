"""Event markers: codes that an experiment sends to what records gaze or physiology.

They go out by a serial port, a parallel port or the Lab Streaming Layer (LSL), from the
computer that shows the faces. Which code means what stands in the table `CODES_FILE` of
the export.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit._core.tables import table_text
from morphkit.errors import InputError
from morphkit.experiment.design import Design

#: Table of the codes, in an export with markers.
CODES_FILE = "event_codes.csv"
FIXATION, MASK, DOT, RATED, LATE = 1, 2, 3, 10, 20
#: An image has this and its step, the first of a trial; an answer this and its place
#: among the choices of the trial table.
IMAGES, ANSWERS = 100, 10
#: Largest code: a byte.
_MOST = 255
_BAUD = 115_200
_FORMS = {
    "serial": re.compile(r"serial:([A-Za-z0-9/_.]{1,64})(?::([0-9]{3,7}))?"),
    "parallel": re.compile(r"parallel:(0[xX][0-9A-Fa-f]{1,6}|/dev/parport[0-9])"),
    "lsl": re.compile(r"lsl(?::([A-Za-z][A-Za-z0-9_]{0,31}))?"),
}


@dataclass(frozen=True)
class Markers:
    """Where codes go.

    Parameters
    ----------
    kind : str
        ``"serial"``, ``"parallel"`` or ``"lsl"``.
    port : str
        Name of the serial port, address of the parallel port, or name of the stream.
    baud : int, optional
        Of a serial port.
    """

    kind: str
    port: str
    baud: int = _BAUD

    def code(self) -> str:
        """Return Python that opens the port and defines ``send_marker(code)``."""
        return {"serial": _SERIAL, "parallel": _PARALLEL, "lsl": _LSL}[
            self.kind
        ].format(port=self.port, baud=self.baud)


_SERIAL = """\
import serial
marker_port = serial.Serial({port!r}, {baud})
def send_marker(code):
    marker_port.write(bytes([code]))
"""
#: A pulse of 3 ms: recorders read the change, and the next one starts from 0.
_PARALLEL = """\
import time
try:
    from psychopy import parallel
    marker_port = parallel.ParallelPort(address={port!r})
except ImportError:
    import parallel
    marker_port = parallel.Parallel({port!r})
def send_marker(code):
    marker_port.setData(code)
    time.sleep(0.003)
    marker_port.setData(0)
"""
_LSL = """\
from pylsl import StreamInfo, StreamOutlet
marker_port = StreamOutlet(StreamInfo({port!r}, 'Markers', 1, 0, 'int32', {port!r}))
def send_marker(code):
    marker_port.push_sample([code])
"""


def read_markers(text: str) -> Markers:
    """Return where markers go, from a text such as ``"serial:/dev/ttyUSB0"``.

    Raises
    ------
    InputError
        If it is something else.

    Examples
    --------
    >>> read_markers("serial:COM3:9600")
    Markers(kind='serial', port='COM3', baud=9600)
    >>> read_markers("lsl").port
    'morphkit'
    """
    for kind, form in _FORMS.items():
        found = form.fullmatch(text)
        if found and kind == "serial":
            return Markers(kind, found[1], int(found[2] or _BAUD))
        if found:
            return Markers(kind, found[1] or "morphkit")
    raise InputError(
        f'no place for markers is called "{text[:60]}"',
        where="--markers",
        allowed="serial:PORT or serial:PORT:BAUD, parallel:ADDRESS (0x378), lsl or "
        "lsl:NAME",
    )


def answer_codes(design: Design) -> dict[str, int]:
    """Return the code of each answer, in the order of the trial table."""
    trials = [trial for each in design.lists for trial in each]
    names = dict.fromkeys(name for trial in trials for name in trial.choices)
    return {name: ANSWERS + k for k, name in enumerate(names, start=1)}


def answer_marker(design: Design, chosen: str, nothing: str) -> str:
    """Return Python that sends the code of an answer.

    Parameters
    ----------
    design : Design
    chosen, nothing : str
        Expressions: the answer, and its value where there is none.
    """
    codes = answer_codes(design)
    answered = f"{codes!r}[{chosen}]" if codes else str(RATED)
    return f"send_marker({LATE} if {chosen} == {nothing} else {answered})\n"


def code_rows(design: Design, steps: Iterable[int]) -> list[dict[str, str | int]]:
    """Return the table of codes of a design whose images have these steps.

    Raises
    ------
    InputError
        If a step has no code left.
    """
    timing = design.timing
    rows: list[dict[str, str | int]] = []

    def add(code: int, event: str, needed: object = True) -> None:
        if needed:
            rows.append({"code": code, "event": event})

    add(FIXATION, "fixation cross", timing.fixation)
    add(MASK, "mask", timing.mask)
    add(DOT, "dot in the place of an image", design.probe)
    add(RATED, "rating given", design.scales)
    for name, code in answer_codes(design).items():
        add(code, f"answer {name}")
    add(LATE, "no answer in time", timing.answer is not None)
    for step in sorted(set(steps)):
        if IMAGES + step > _MOST:
            raise InputError(
                f"images of step {step}",
                where="--markers",
                allowed=f"steps up to {_MOST - IMAGES}: a code is one byte",
            )
        add(IMAGES + step, f"images appear, the first of step {step}")
    return rows


def write_codes(folder: Path, rows: list[dict[str, str | int]]) -> None:
    """Write the table of codes into an export."""
    text = table_text([rows[0], *(row.values() for row in rows)])
    write_text_atomically(folder / CODES_FILE, text)
