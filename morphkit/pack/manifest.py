"""The manifest of a pack, ``datapackage.json``, as typed values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit._core.bounds import CONTINUA
from morphkit._core.documents import read_json, restore
from morphkit._core.paths import inside, is_inside
from morphkit.errors import InputError
from morphkit.pack.contents import AGAIN
from morphkit.pack.layout import MANIFEST
from morphkit.pack.maker import Maker, maker_of, plug_ins_of
from morphkit.pack.older import schema_of
from morphkit.pack.photographs import DecodedPhoto

_NAME = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Resource:
    """A file of a pack, with its size and its hash (``sha256:…``)."""

    path: str
    hash: str
    bytes: int | None = None

    def __post_init__(self) -> None:
        if not is_inside(self.path):
            raise InputError(f"path is {self.path!r}", allowed="a path inside the pack")
        if not _SHA256.fullmatch(self.sha256):
            raise InputError(f"hash is {self.hash!r}", allowed="sha256: and 64 digits")

    @property
    def sha256(self) -> str:
        """The hash without the name of its kind."""
        return self.hash.removeprefix("sha256:")


@dataclass(frozen=True)
class About:
    """What made a pack, from which recipe, and what its photographs decoded to."""

    software: Mapping[str, str]
    recipe_sha256: str
    public: bool = False
    left_out: int = 0
    photographs: tuple[DecodedPhoto, ...] = ()

    def __post_init__(self) -> None:
        if "morphkit" not in self.software:
            raise InputError("software does not name the version of morphkit")
        if not _SHA256.fullmatch(self.recipe_sha256):
            raise InputError(f"recipe_sha256 is {self.recipe_sha256!r}")
        if not 0 <= self.left_out <= CONTINUA:
            raise InputError(
                f"left_out is {self.left_out}", allowed=f"0 to {CONTINUA:,}"
            )


@dataclass(frozen=True)
class Described:
    """The values of a manifest that are read as they stand."""

    name: str
    version: str
    resources: tuple[Resource, ...]
    morphkit: About
    title: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError(
                f"{self.name!r} is not a name of a pack",
                allowed="lower-case letters, digits, and - _ . between them",
            )


@dataclass(frozen=True)
class Manifest:
    """The manifest of a pack.

    Parameters
    ----------
    schema : int
        Number of the pack's schema.
    described : Described
    made_by : Maker
    plug_ins : mapping of str to str
        Version of every other distribution whose entries made the pack.
    """

    schema: int
    described: Described
    made_by: Maker
    plug_ins: Mapping[str, str]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The files, with their hashes."""
        return self.described.resources


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a pack.

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    path = inside(folder, MANIFEST)
    if not path.exists():
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy="is this the folder of a morphkit pack?",
        )
    data = read_json(path)
    try:
        return _manifest(data)
    except InputError as error:
        raise error.at(str(path)) from None


def _manifest(data: Any) -> Manifest:
    """Return what a JSON value says about a pack."""
    if not isinstance(data, dict):
        raise InputError("is not a JSON object")
    schema = schema_of(data)
    listed = data.get("resources")
    if not isinstance(listed, list) or not all(
        isinstance(one, dict) and {"path", "hash"} <= set(one) for one in listed
    ):
        raise InputError("does not list its files with their hashes", remedy=AGAIN)
    described = restore(Described, data, where="", remedy=AGAIN)
    about = data["morphkit"]
    return Manifest(schema, described, maker_of(about), plug_ins_of(about))
