"""What made a pack: version, revision and specification numbers of morphkit."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import morphkit
from morphkit._core.revision import UNKNOWN, revision, software_name
from morphkit.errors import InputError
from morphkit.geometry.correspondence import CORRESPONDENCE_SPECIFICATION
from morphkit.pixels import PIXEL_SPECIFICATION

#: Form of a version or a revision: a pack may come from a stranger, and both are
#: printed on terminals.
_WORD = re.compile(r"[0-9A-Za-z._+-]{1,64}")


@dataclass(frozen=True)
class Maker:
    """The morphkit that made a pack.

    Parameters
    ----------
    version : str
    revision : str, optional
        Commit of its source, marked if files were modified; "unknown" in packs from
        before it was recorded, and if it could not be found.
    pixel_specification, correspondence_specification : int or None, optional
        Numbers of the specifications by which frozen meshes become pixels, and
        photographs with landmarks become frozen meshes. None in packs from before they
        were numbered.

    Raises
    ------
    InputError
        If one of them has an invalid form.
    """

    version: str
    revision: str = UNKNOWN
    pixel_specification: int | None = None
    correspondence_specification: int | None = None

    def __post_init__(self) -> None:
        for name in ("version", "revision"):
            text = getattr(self, name)
            if not isinstance(text, str) or not _WORD.fullmatch(text):
                raise InputError(
                    f"made_by.{name} is {text!r}",
                    allowed="1 to 64 letters, digits, points, + and -",
                )
        for name in ("pixel_specification", "correspondence_specification"):
            number = getattr(self, name)
            if number is not None and (type(number) is not int or number < 1):
                raise InputError(
                    f"made_by.{name} is {number!r}", allowed="a whole number from 1"
                )

    def __str__(self) -> str:
        """Return the name of the software, as used in messages."""
        return software_name(self.version, self.revision)

    @property
    def known(self) -> bool:
        """Whether it identifies a single state of the software."""
        return self.revision != UNKNOWN

    @property
    def with_numbers(self) -> str:
        """Its name with the number of its pixel specification."""
        number = self.pixel_specification or "not recorded"
        return f"{self}, pixel specification {number}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def present_maker() -> Maker:
    """Return the running morphkit."""
    return Maker(
        morphkit.__version__,
        revision(),
        PIXEL_SPECIFICATION,
        CORRESPONDENCE_SPECIFICATION,
    )


def plug_ins_of(about: Mapping[str, Any]) -> dict[str, str]:
    """Return version by name of the other distributions that made a pack.

    Parameters
    ----------
    about : mapping
        Entry "morphkit" of the manifest.

    Raises
    ------
    InputError
        If one has another form.
    """
    recorded = about.get("plug_ins", {})
    words = [*recorded, *recorded.values()] if isinstance(recorded, dict) else [None]
    if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in words):
        raise InputError(
            f"plug_ins is {recorded!r}", allowed="names of distributions with versions"
        )
    return dict(recorded)


def maker_of(about: Mapping[str, Any]) -> Maker:
    """Return what made a pack, from the entry "morphkit" of its manifest.

    Raises
    ------
    InputError
        If it is not recorded.
    """
    recorded = about.get("made_by")
    try:
        if recorded is None:  # before schema 3, only the version was recorded
            recorded = {"version": about["software"]["morphkit"]}
        return Maker(**recorded)
    except (KeyError, TypeError):
        raise InputError(
            "does not record which morphkit made the pack",
            allowed='"made_by" with version, revision and both numbers',
        ) from None
