"""Serving a study: addresses, who can reach it, and what came in at the end."""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.text import counted
from morphkit._core.web_server import LOOPBACK, listening, run_until_interrupted
from morphkit.errors import InputError
from morphkit.serving.choices import PORT
from morphkit.serving.row_file import RowFile, opened
from morphkit.serving.study import ServedStudy, read_served_study

#: Every address of this machine.
_ALL = "0.0.0.0"
_CODE = re.compile(r"[A-Za-z0-9_-]{4,64}")


@dataclass(frozen=True)
class Served:
    """What is said of a study that is served, at its beginning and its end.

    Parameters
    ----------
    study : str
        Pack, version and design.
    address : str
        What participants open.
    answers : Path
        The file of answers.
    n_rows, n_participants : int
        What it holds.
    n_new : int
        Rows that came in since the beginning.
    reach : str
        Who can reach it, in words.
    """

    study: str
    address: str
    answers: Path
    n_rows: int
    n_participants: int
    n_new: int
    reach: str

    def holds(self) -> str:
        """Return in words what the file holds."""
        rows = counted(self.n_rows, "row")
        return f"{rows} of {counted(self.n_participants, 'participant')}"


def serve_study(
    study: str | Path,
    *,
    answers: str | Path | None = None,
    lan: bool = False,
    host: str | None = None,
    port: int = PORT,
    access_code: str = "",
    ready: Callable[[Served], None] = lambda served: None,
) -> Served:
    """Hand out an exported study and keep the answers, until Ctrl-C.

    Every row is on the disk before the page is told so; a page sends again what it was
    not told of, to a server that was started again too, and no row is kept twice.

    Parameters
    ----------
    study : str or Path
        Folder made by ``morphkit export PACK jspsych`` (or ``labjs``).
    answers : str or Path, optional
        File that rows are appended to; by default ``<study>_answers.jsonl`` beside the
        study. The reader of answers ``serve`` reads it.
    lan : bool, optional
        Serve on every network of this machine. Otherwise only this machine reaches it.
    host : str, optional
        Serve on this address of the machine alone (IPv4).
    port : int, optional
        0 takes a free one; a page that is open does not find a server that was started
        again on another.
    access_code : str, optional
        What the address must hold: 4 to 64 letters, digits, ``-`` or ``_``.
    ready : callable, optional
        Called with the address once the study can be opened.

    Returns
    -------
    Served
        What came in.

    Raises
    ------
    InputError
        If the folder is no such export or was changed, may not be shown over a network
        and should, or the file of answers is one of another study.
    OutputError
        If the port is not free, or the file cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.serve_study("experiment")  # doctest: +SKIP
    """
    from morphkit.serving.server import make_app

    if access_code and not _CODE.fullmatch(access_code):
        raise InputError(
            f'"{access_code}"',
            where="--access-code",
            allowed="4 to 64 letters, digits, - or _",
        )
    bound = _bound(host, lan=lan)
    folder = Path(study)
    found = read_served_study(folder)
    if found.lab_only and not ipaddress.ip_address(bound).is_loopback:
        raise InputError(
            "is for the laboratory only: its faces may not be shown over a network",
            where=str(folder),
            remedy="leave out --lan and --host, or export it without --lab-only",
        )
    place = folder.absolute()
    file = Path(answers) if answers else place.with_name(f"{place.name}_answers.jsonl")
    remedy = f"end the program that uses it, or choose another with --port (not {port})"
    with (
        opened(file, found) as rows,
        listening(bound, port, remedy=remedy) as listener,
    ):
        port, before = int(listener.getsockname()[1]), rows.n_rows
        names = {socket.gethostname(), f"{socket.gethostname()}.local"}
        app = make_app(found, rows, port=port, names=names, access_code=access_code)
        address = f"http://{_seen_as(bound)}:{port}/"
        address += f"{access_code}/" if access_code else ""

        def said() -> Served:
            return _served(found, rows, address, before, reach(bound, access_code))

        run_until_interrupted(app, listener, lambda: ready(said()))
        return said()


def _served(
    study: ServedStudy, rows: RowFile, address: str, before: int, words: str
) -> Served:
    """Return what is said of a study now."""
    return Served(
        study.name,
        address,
        rows.path,
        rows.n_rows,
        len(rows.participants),
        rows.n_rows - before,
        words,
    )


def _bound(host: str | None, *, lan: bool) -> str:
    """Return the address to listen on.

    Raises
    ------
    InputError
        If it is no number of IPv4.
    """
    if host is None:
        return _ALL if lan else LOOPBACK
    try:
        return str(ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host))
    except ValueError:
        raise InputError(
            f'"{host}"',
            where="--host",
            allowed="an address of this machine such as 192.168.1.20",
            remedy="--lan takes all of them",
        ) from None


def _seen_as(bound: str) -> str:
    """Return the address by which others see this machine; nothing is sent for it."""
    if bound != _ALL:
        return bound
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("10.255.255.255", 9))
            return str(asked.getsockname()[0])
        except OSError:
            return LOOPBACK


def reach(bound: str, access_code: str = "") -> str:
    """Return in words who can reach a study.

    Parameters
    ----------
    bound : str
        Address that is listened on.
    access_code : str, optional

    Examples
    --------
    >>> reach("127.0.0.1")
    'Only this computer reaches it.'
    """
    if ipaddress.ip_address(bound).is_loopback:
        return "Only this computer reaches it."
    who = "who knows the address with its code" if access_code else "in this network"
    return (
        f"Everybody {who} can see the faces of this study, children's faces too, and "
        "send answers. Nothing is encrypted: whoever can read the network reads faces, "
        "codes and answers. Use a network of the laboratory that strangers are not in, "
        "never the open Internet."
    )
