"""Writing the documents, the manifest and the sums of a pack."""

from collections.abc import Mapping
from pathlib import Path

from morphkit._core.files import sha256_of, write_text_atomically
from morphkit._core.folders import files_of
from morphkit.pack import documents
from morphkit.pack.layout import MANIFEST, SUMS
from morphkit.pack.model import Pack


def write_documents(pack: Pack, folder: Path) -> None:
    """Write the tables and texts of a pack into its folder."""
    for path, text in documents.texts(pack).items():
        write_text_atomically(folder / path, text, overwrite=True)


def write_manifest(
    pack: Pack, folder: Path, hashed: Mapping[str, str] | None = None
) -> None:
    """Write the manifest and the sums over every file in the folder.

    This is the last step of a build: everything else must be in place.

    Parameters
    ----------
    pack : Pack
    folder : Path
    hashed : mapping of str to str, optional
        Path -> SHA-256 of files that were hashed while they were written, and which
        need not be read again.
    """
    known = hashed or {}
    files = {
        path: (file.stat().st_size, known.get(path) or sha256_of(file))
        for path, file in files_of(folder).items()
        if path not in (MANIFEST, SUMS)
    }
    text = documents.to_json(documents.manifest(pack, files))
    write_text_atomically(folder / MANIFEST, text, overwrite=True)
    sums = {path: sha256 for path, (_, sha256) in files.items()}
    sums[MANIFEST] = sha256_of(folder / MANIFEST)
    write_text_atomically(folder / SUMS, format_sums(sums), overwrite=True)


def format_sums(sums: Mapping[str, str]) -> str:
    """Return sums by path in the format of ``sha256sum``."""
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))


def write_pack(pack: Pack, folder: Path) -> None:
    """Write documents, manifest and sums next to the images of a pack."""
    write_documents(pack, folder)
    write_manifest(pack, folder)
