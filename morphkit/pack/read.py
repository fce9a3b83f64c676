"""Reading a pack back from its folder."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from morphkit._core.files import decode_text
from morphkit._core.finding import Finding
from morphkit._core.folders import FolderKind
from morphkit.errors import InputError, raise_all
from morphkit.pack.layout import (
    CHECKS,
    MANIFEST,
    RECIPE,
    SUMS,
    TABLE_FILES,
    is_inside,
)
from morphkit.pack.maker import maker_of, plug_ins_of
from morphkit.pack.model import Pack
from morphkit.pack.older import present_table, schema_of
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import OPTIONAL
from morphkit.pack.tables import R, parse_table


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a pack.

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    manifest = read_json(path)
    try:
        schema_of(manifest)
    except InputError as error:
        raise error.at(str(path)) from None
    resources = manifest.get("resources")
    if not isinstance(resources, list) or not all(
        isinstance(resource, dict)
        and isinstance(resource.get("path"), str)
        and isinstance(resource.get("hash"), str)
        for resource in resources
    ):
        raise InputError("does not list its files with their hashes", where=str(path))
    return manifest


def is_pack(folder: Path) -> bool:
    """Return whether a folder is a pack, of any layout."""
    return (folder / MANIFEST).is_file() and (folder / SUMS).is_file()


def files_of_pack(folder: Path) -> frozenset[str]:
    """Return the paths that a pack lists as its own; none if it is not a pack."""
    try:
        resources = read_manifest(folder)["resources"]
    except InputError:
        return frozenset()
    return frozenset({resource["path"] for resource in resources} | {MANIFEST, SUMS})


_FROM_ITS_SOURCE = "obtain the pack again from its source, or rebuild it"

#: A pack, as a kind of output folder.
PACK = FolderKind("pack", files_of_pack)


def read_pack(folder: str | Path) -> Pack:
    """Return the content of a pack; older schemas are converted to the present one.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.

    Returns
    -------
    Pack

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack, or a table or document cannot be read.

    Examples
    --------
    >>> import morphkit as mk
    >>> pack = mk.read_pack("pack")
    >>> pack.frame("stimuli").level.tolist()[:2]
    [0.0, 0.16666666666666666]
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    schema = schema_of(manifest)
    texts = {
        name: present_table(schema, name, _text(folder / path))
        for name, path in TABLE_FILES.items()
        if name not in OPTIONAL or (folder / path).exists()
    }

    def rows(kind: type[R], table: str) -> tuple[R, ...]:
        where = str(Path(folder, TABLE_FILES[table]))
        return parse_table(kind, texts[table], where=where)

    stimuli, continua = rows(Stimulus, "stimuli"), rows(ContinuumRow, "continua")
    identities = rows(IdentityRow, "identities")
    norms = rows(NormRow, "norms") if "norms" in texts else ()
    found = read_json(folder / CHECKS)
    raise_all(_strange_names(folder, str(manifest.get("name")), stimuli))
    try:
        return Pack(
            name=str(manifest["name"]).replace("-", "_"),
            version=str(manifest["version"]),
            recipe_toml=_text(folder / RECIPE),
            recipe_sha256=str(manifest["morphkit"]["recipe_sha256"]),
            software=dict(manifest["morphkit"]["software"]),
            stimuli=stimuli,
            continua=continua,
            identities=identities,
            findings=tuple(Finding(**finding) for finding in found["findings"]),
            scores=dict(found["scores"]),
            norms=norms,
            tables_as_read=texts,
            made_by=maker_of(manifest["morphkit"]),
            plug_ins=plug_ins_of(manifest["morphkit"]),
            public=manifest["morphkit"].get("public") is True,
        )
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{MANIFEST} or {CHECKS} is incomplete ({error})", where=str(folder)
        ) from None
    except InputError as error:
        raise error.at(str(folder)) from None


def _strange_names(
    folder: Path, name: str, stimuli: Iterable[Stimulus]
) -> Iterable[InputError]:
    """Yield an error for every name or path that could lead out of a folder.

    Front ends and reports make files of these names and open these paths.
    """
    if not re.fullmatch(r"[a-z0-9]+([-_.][a-z0-9]+)*", name):
        yield InputError(
            f"{name!r} is not a name of a pack",
            where=str(folder / MANIFEST),
            allowed="lower-case letters, digits, and - _ . between them",
            remedy=_FROM_ITS_SOURCE,
        )
    where = str(folder / TABLE_FILES["stimuli"])
    for row in stimuli:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", row.stimulus_id):
            yield InputError(
                f"stimulus_id is {row.stimulus_id!r}",
                where=where,
                allowed="letters, digits, - and _",
                remedy=_FROM_ITS_SOURCE,
            )
        if not is_inside(row.file):
            yield InputError(
                f"file is {row.file!r}",
                where=where,
                allowed="a path inside the pack",
                remedy=_FROM_ITS_SOURCE,
            )


def _text(path: Path) -> str:
    """Return the text of a file of the pack, with its line endings unchanged."""
    try:
        return decode_text(path.read_bytes(), where=str(path))
    except FileNotFoundError:
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy="is this the folder of a morphkit pack?",
        ) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error})", where=str(path)) from None


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of the pack.

    Raises
    ------
    InputError
        If the file is missing or contains something else.
    """
    try:
        data = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error}", where=str(path)) from None
    if not isinstance(data, dict):
        raise InputError("is not a JSON object", where=str(path))
    return data
