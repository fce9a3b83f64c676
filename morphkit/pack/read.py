"""Reading a pack back from its folder."""

import json
from pathlib import Path
from typing import Any

from morphkit._core.finding import Finding
from morphkit._core.folders import FolderKind
from morphkit.errors import InputError
from morphkit.pack.layout import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES
from morphkit.pack.model import PACK_SCHEMA, Pack
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.tables import R, parse_table


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a pack.

    Raises
    ------
    InputError
        If the folder is not a pack of a layout that this version knows.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder))
    manifest = read_json(path)
    about = manifest.get("morphkit")
    schema = about.get("schema") if isinstance(about, dict) else None
    if schema != PACK_SCHEMA:
        raise InputError(
            f"the layout is {schema!r}", where=str(path), allowed=f'"{PACK_SCHEMA}"'
        )
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
    """Return whether a folder is a pack, of this layout or another one."""
    return (folder / MANIFEST).is_file() and (folder / SUMS).is_file()


def files_of_pack(folder: Path) -> frozenset[str]:
    """Return the paths that a pack lists as its own; none if this is no pack."""
    try:
        resources = read_manifest(folder)["resources"]
    except InputError:
        return frozenset()
    return frozenset({resource["path"] for resource in resources} | {MANIFEST, SUMS})


#: A pack, for what writes folders.
PACK = FolderKind("pack", files_of_pack)


def read_pack(folder: str | Path) -> Pack:
    """Return the content of a pack.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.

    Raises
    ------
    InputError
        If the folder is not a pack, or a table or document cannot be read.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    norms = folder / TABLE_FILES["norms"]
    stimuli = _rows(Stimulus, folder / TABLE_FILES["stimuli"])
    continua = _rows(ContinuumRow, folder / TABLE_FILES["continua"])
    identities = _rows(IdentityRow, folder / TABLE_FILES["identities"])
    ratings = _rows(NormRow, norms) if norms.exists() else ()
    found = read_json(folder / CHECKS)
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
            norms=ratings,
        )
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{MANIFEST} or {CHECKS} lacks something ({error})", where=str(folder)
        ) from None
    except InputError as error:
        raise error.at(str(folder)) from None


def _rows(kind: type[R], path: Path) -> tuple[R, ...]:
    """Return the rows of a table of the pack."""
    return parse_table(kind, _text(path), where=str(path))


def _text(path: Path) -> str:
    """Return the text of a file of the pack, its line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise InputError(
            "there is no such file",
            where=str(path),
            remedy="is this the folder of a morphkit pack?",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error})", where=str(path)) from None


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of the pack.

    Raises
    ------
    InputError
        If the file is missing or holds something else.
    """
    try:
        data = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error}", where=str(path)) from None
    if not isinstance(data, dict):
        raise InputError("holds no JSON object", where=str(path))
    return data
