"""Where the pages of an export send answers, if not into a file.

A destination is one script of the page, which knows how its place takes rows and what
a receipt is, and one line of the table. Queue, retries and the copy in the browser are
the same for all of them (``pages/stage_sending.js``).

References
----------
de Leeuw, J. R. (2024). DataPipe: Born-open data collection for online experiments.
Behavior Research Methods, 56(3), 2499–2506. https://doi.org/10.3758/s13428-023-02161-x
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from morphkit.errors import InputError

#: Names of this computer, which need no encryption.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Where DataPipe takes files. https://pipe.jspsych.org/docs/api
DATAPIPE = "https://pipe.jspsych.org/api/data/"
_EXPERIMENT = re.compile(r"[A-Za-z0-9]{6,40}")


@dataclass(frozen=True)
class Destination:
    """A place that takes answers from a page.

    Parameters
    ----------
    title : str
        What it is, for the README of an export.
    script : str
        The file of the page that knows it.
    settings : callable
        ``settings(text)`` returns what the script needs, from what the user wrote; it
        raises `InputError` if that cannot be right.
    note : str, optional
        What the README says of it besides.
    named : bool, optional
        Whether users write its name and a colon before what it takes.
    """

    title: str
    script: str
    settings: Callable[[str], Mapping[str, str]]
    note: str = ""
    named: bool = False


@dataclass(frozen=True)
class Sending:
    """Where an export sends answers.

    Parameters
    ----------
    to : str
        Name in `DESTINATIONS`.
    settings : mapping of str to str
        What its script needs.
    """

    to: str
    settings: Mapping[str, str]

    @property
    def destination(self) -> Destination:
        """What takes them."""
        return DESTINATIONS[self.to]

    @property
    def sentence(self) -> str:
        """Where they go, in words."""
        what = self.settings.get("experiment", self.settings.get("url", ""))
        return f"Answers are sent to {self.destination.title}: {what}"

    @property
    def stays_here(self) -> bool:
        """Whether they stay on the computer that shows the page."""
        return urlsplit(self.settings.get("url", "")).hostname in LOOPBACK

    def to_dict(self) -> dict[str, str]:
        """Return it as a JSON object, as the page reads it."""
        return {"to": self.to, **self.settings}


def read_destination(text: str) -> Sending:
    """Return where ``--send-to`` says that answers go.

    Parameters
    ----------
    text : str
        An address (``https://…``; ``http://`` on this computer only), or
        ``datapipe:`` and the id of an experiment.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> read_destination("datapipe:Ab12Cd34Ef56").settings["experiment"]
    'Ab12Cd34Ef56'
    """
    name, _, rest = text.partition(":")
    if name in DESTINATIONS and DESTINATIONS[name].named:
        return Sending(name, DESTINATIONS[name].settings(rest))
    return Sending("post", DESTINATIONS["post"].settings(text))


def _address(text: str) -> dict[str, str]:
    """Return the settings of a plain POST."""
    where, allowed = "--send-to", "https://…, http://localhost…, or datapipe:EXPERIMENT"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f'"{text}" ({error})', where=where, allowed=allowed) from None
    plain = text.isascii() and text.isprintable() and " " not in text
    if parts.scheme not in ("http", "https") or not host or not plain:
        raise InputError(f'"{text}" is no address', where=where, allowed=allowed)
    if parts.username is not None or parts.fragment:
        raise InputError(
            f'"{text}" holds a password or a fragment, which participants could read',
            where=where,
            allowed=allowed,
        )
    if parts.scheme == "http" and host not in LOOPBACK:
        raise InputError(
            f'"{text}" is not encrypted: everybody on the way could read the answers',
            where=where,
            allowed=allowed,
            remedy="use the address that begins with https://",
        )
    return {"url": text}


def _experiment(text: str) -> dict[str, str]:
    """Return the settings of DataPipe."""
    if not _EXPERIMENT.fullmatch(text):
        raise InputError(
            f'"{text}" is no experiment of DataPipe',
            where="--send-to datapipe:",
            allowed="the letters and digits that its page shows as experiment ID",
        )
    return {"url": DATAPIPE, "experiment": text}


#: Destinations, in display order. JATOS is that of its own export.
DESTINATIONS: dict[str, Destination] = {
    "post": Destination(
        title="an address of the laboratory, one row at a time",
        script="send_post.js",
        settings=_address,
    ),
    "datapipe": Destination(
        title="DataPipe, which puts one file for each session into a project (OSF)",
        script="send_datapipe.js",
        settings=_experiment,
        note="NOT RUN AGAINST THE SERVICE: it follows the published interface "
        "(https://pipe.jspsych.org/docs/api), and was run against a stand-in. Play "
        "a session to its end and look for its file before you recruit. Sessions "
        "that are not played to their end stay in the browser of the participant.",
        named=True,
    ),
    "jatos": Destination(
        title="the JATOS server that the page comes from",
        script="send_jatos.js",
        settings=lambda _: {},
    ),
}
#: What the JATOS export does.
JATOS = Sending("jatos", {})
