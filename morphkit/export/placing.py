"""Writing a folder wholly or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from morphkit.errors import OutputError
from morphkit.pack.write import files_of

#: File that marks a folder as an export, and lists its files.
EXPORT_MANIFEST = "morphkit_export.json"
#: Files that desktops leave in folders that somebody looks at.
_OF_THE_DESKTOP = {".DS_Store", "Thumbs.db", "desktop.ini"}


def check_place(
    output: Path, *, overwrite: bool, own: frozenset[str], kind: str = "export"
) -> None:
    """Refuse an output folder that must not or cannot be written.

    Parameters
    ----------
    output : Path
        Folder to be.
    overwrite : bool
        Whether an export that is there may be replaced.
    own : frozenset of str
        Paths that an export there lists as its own; empty where there is none.
    kind : str, optional
        What is to be written, for the messages.

    Raises
    ------
    OutputError
        If it exists and is not to be replaced, is no export or holds other files
        beside one, or lies where nothing can be written.
    """
    if not (output.exists() or output.is_symlink()):
        parent = output.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir():
            raise OutputError(f"{output}: {parent} is a file; choose another folder")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(f"{output}: no permission to write into {parent}")
        return
    if output.is_dir() and not output.is_symlink() and not any(output.iterdir()):
        return
    if not overwrite:
        raise OutputError(
            f"{output}: already exists; choose another folder, or add --overwrite to "
            f"replace the {kind} that is there"
        )
    if not own or output.is_symlink():
        raise OutputError(
            f"{output}: is no {kind} of morphkit, so it is not replaced; choose "
            "another folder"
        )
    others = [
        path
        for path, file in files_of(output).items()
        if path not in own and file.name not in _OF_THE_DESKTOP
    ]
    if others:
        shown = ", ".join(others[:3]) + (", …" if len(others) > 3 else "")
        raise OutputError(
            f"{output}: holds files that do not belong to the {kind}, so it is not "
            f"replaced: {shown}; move them elsewhere (data of participants?), or "
            "choose another folder"
        )


@contextmanager
def placed(output: Path) -> Iterator[Path]:
    """Give an empty folder, and move it to `output` when the block has ended well.

    Raises
    ------
    OutputError
        If anything cannot be written; then nothing is left behind.
    """
    output = output.absolute()
    work = output.parent / f".{output.name}.{secrets.token_hex(6)}.partial"
    try:
        try:
            (work / "new").mkdir(parents=True)
            yield work / "new"
            if output.exists():
                output.replace(work / "old")
            _move(work, output)
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(
                f"{output}: cannot be written ({error.strerror or error}); choose "
                "another output folder"
            ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move(work: Path, output: Path) -> None:
    """Move the new folder to its place; bring the old one back if that fails."""
    try:
        (work / "new").replace(output)
    except OSError:
        if (work / "old").exists():
            (work / "old").replace(output)
        raise
