"""Whether a pack is whole where it is read.

`morphkit.pack.verify` looks at every file. A command that reads a pack looks only at
what it reads: tables, documents and meshes are compared with ``SHA256SUMS`` first, and
images with their hashes as they are used. Whoever goes on with a pack that is not
whole has asked for it, and what is made says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from morphkit._core.files import sha256_of
from morphkit._core.finding import Finding
from morphkit._core.folders import files_of
from morphkit._core.paths import inside
from morphkit.errors import InputError
from morphkit.pack.layout import CHECKS, MANIFEST, RECIPE, SUMS
from morphkit.pack.manifest import read_manifest
from morphkit.pack.model import Pack
from morphkit.pack.read import read_pack
from morphkit.pack.rows import Stimulus
from morphkit.pack.verify import compare_files, listed_hashes, read_sums

#: Documents that `read_pack` reads, besides everything in the folder of data.
DOCUMENTS = (MANIFEST, RECIPE, CHECKS)
#: Folder of the tables, of the frozen meshes and of what depends on the whole set.
DATA = "data/"
#: Files and images named in a message; of more, the number.
MOST_NAMED = 4

T = TypeVar("T")


def read_whole_pack(folder: Path, *, unverified: bool = False) -> Pack:
    """Return the content of a pack whose documents are as ``SHA256SUMS`` says.

    Parameters
    ----------
    folder : Path
        The pack.
    unverified : bool, optional
        Go on with a pack that is not whole; its `unverified` names the files.

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack, a table or document cannot be read, or one is not
        as ``SHA256SUMS`` says.
    """
    found = find_changed(folder)
    if found and not unverified:
        raise not_whole(folder, [f"{each.where} {each.message}" for each in found])
    pack = read_pack(folder)
    names = dict.fromkeys(finding.where for finding in found)
    return replace(pack, unverified=tuple(names))


def used_nevertheless(pack: Pack) -> tuple[Finding, ...]:
    """Return a finding on a pack that is not whole and was read all the same."""
    if not pack.unverified:
        return ()
    files = ", ".join(pack.unverified)
    message = f"the pack is not whole, and is used nevertheless: {files}"
    return (Finding("not-whole", "warning", message, where=pack.name),)


def find_changed(folder: Path) -> tuple[Finding, ...]:
    """Return findings on tables, documents and meshes that are not as they were.

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack.
    """
    read_manifest(folder)
    if not (folder / SUMS).is_file():
        return (Finding("missing-file", "error", "is missing", where=SUMS),)
    sums, found = read_sums(folder / SUMS)
    files = files_of(folder)
    listed = listed_hashes(folder, files)
    return (*found, *compare_files(_read(files), _read(sums), _read(listed)))


def _read(table: Mapping[str, T]) -> dict[str, T]:
    """Return the entries of what is read."""
    return {
        path: value
        for path, value in table.items()
        if path in DOCUMENTS or path.startswith(DATA)
    }


def changed_images(rows: Iterable[Stimulus], folder: Path) -> Iterator[str]:
    """Yield the paths of images that are not those described in the pack."""
    for row in rows:
        try:
            changed = sha256_of(inside(folder, row.file)) != row.sha256
        except InputError:
            changed = True
        if changed:
            yield row.file


def not_whole(where: Path, faults: Iterable[str]) -> InputError:
    """Return the error for a pack that is not whole."""
    faults = list(faults)
    named = ", ".join(faults[:MOST_NAMED])
    if len(faults) > MOST_NAMED:
        named += f" and {len(faults) - MOST_NAMED} more"
    return InputError(
        f"the pack is not whole: {named}",
        where=str(where),
        remedy='obtain it again from its source, or rebuild it ("morphkit verify" '
        "names everything that differs); to go on with it as it is, and have the "
        "result say so: --unverified",
    )
