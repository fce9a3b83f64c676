"""The hidden folder in which a build works until its result takes its place.

It lies beside the output, so that taking its place is one rename. Only an interruption
leaves it behind, with what was finished; any other failure removes it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from morphkit.errors import InputError, OutputError
from morphkit.pack.layout import MANIFEST, SUMS
from morphkit.pack.read import read_manifest
from morphkit.pack.write import files_of

#: Files that desktops leave in folders that somebody looks at.
_OF_THE_DESKTOP = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Staging:
    """The working folder of a build.

    Parameters
    ----------
    folder : Path
        Hidden folder beside the output.
    """

    folder: Path

    @property
    def pack(self) -> Path:
        """Folder that becomes the output."""
        return self.folder / "pack"

    @property
    def done(self) -> Path:
        """Folder of what is known about finished continua."""
        return self.folder / "done"

    @property
    def mark(self) -> Path:
        """File that tells which build works here."""
        return self.folder / "build"


def check_output(output: Path, *, overwrite: bool) -> None:
    """Refuse an output folder that must not or cannot be written.

    Raises
    ------
    OutputError
        If it exists and is not to be replaced, is not a pack or holds other files
        beside one, or lies below a file or inside a pack.
    """
    try:
        if not (output.exists() or output.is_symlink()):
            _check_parents(output)
            return
        if not overwrite:
            raise OutputError(
                f"{output}: already exists; choose another folder, or add --overwrite "
                "to replace the pack that is there"
            )
        _check_pack(output)
    except OutputError:
        raise
    except OSError as error:
        raise _refused(output, error) from None


def _check_parents(output: Path) -> None:
    """Refuse an output whose parents are no folders that can be written."""
    parent = output.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise OutputError(
            f"{output}: {parent} is a file, not a folder; choose another output folder"
        )
    for folder in (parent, *parent.parents):
        if (folder / MANIFEST).is_file() and (folder / SUMS).is_file():
            raise OutputError(
                f"{output}: lies inside the pack {folder}, which would then hold files "
                "that do not belong to it; choose a folder outside"
            )
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"{output}: no permission to write into {parent}; choose another output "
            "folder"
        )


def _check_pack(output: Path) -> None:
    """Refuse to replace what is not a pack, or more than a pack."""
    try:
        manifest = read_manifest(output)
        if output.is_symlink():
            raise InputError("is a symbolic link")
    except InputError:
        raise OutputError(
            f"{output}: is not a morphkit pack, so it is not replaced; choose another "
            "folder"
        ) from None
    own = {resource["path"] for resource in manifest["resources"]} | {MANIFEST, SUMS}
    others = [
        path
        for path, file in files_of(output).items()
        if path not in own and file.name not in _OF_THE_DESKTOP
    ]
    if others:
        shown = ", ".join(others[:3]) + (", …" if len(others) > 3 else "")
        raise OutputError(
            f"{output}: holds files that do not belong to the pack, so it is not "
            f"replaced: {shown}; move them elsewhere, or choose another folder"
        )


@contextmanager
def staged(output: Path, fingerprint: str) -> Iterator[Staging]:
    """Give a working folder, and move what was made there to its place.

    Parameters
    ----------
    output : Path
        Where the result goes; what is there is replaced.
    fingerprint : str
        Hash of everything that decides the result. What an interrupted build with the
        same one has finished is kept.

    Raises
    ------
    OutputError
        If anything cannot be written.
    """
    staging = Staging(output.absolute().parent / f".{output.absolute().name}.partial")
    try:
        _open(staging, fingerprint)
    except OutputError:
        raise
    except OSError as error:
        raise _refused(output, error) from None
    try:
        yield staging
        _take_place(staging, output)
    except OutputError:
        _discard(staging)
        raise
    except OSError as error:
        _discard(staging)
        raise _refused(output, error) from None
    except Exception:
        _discard(staging)
        raise


def _refused(output: Path, error: OSError) -> OutputError:
    """Return the error for a place that the system refuses."""
    return OutputError(
        f"{output}: cannot be written ({error.strerror or error}); choose another "
        "output folder"
    )


def _open(staging: Staging, fingerprint: str) -> None:
    """Make the working folder, or keep one that belongs to the same build."""
    folder = staging.folder
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _in_the_way(folder)
    if folder.exists():
        if staging.mark.is_file():
            if staging.mark.read_text("utf-8", errors="replace") != fingerprint:
                shutil.rmtree(folder)
        elif any(folder.iterdir()):
            raise _in_the_way(folder)
    new = not staging.mark.is_file()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if new:
            staging.mark.write_text(fingerprint, "utf-8")
        staging.done.mkdir(exist_ok=True)
        staging.pack.mkdir(exist_ok=True)
        # A build that was killed may have left a file that it was writing.
        for rest in folder.rglob(".morphkit-*.tmp"):
            rest.unlink()
    except OSError:
        if new:
            _discard(staging)
        raise


def _in_the_way(folder: Path) -> OutputError:
    """Return the error for something that is not ours where the work would be."""
    return OutputError(
        f"{folder}: is in the way and was not left by an interrupted build; move it "
        "elsewhere, or choose another output folder"
    )


def _take_place(staging: Staging, output: Path) -> None:
    """Move the finished pack to its place, which is empty or holds an older one."""
    old = staging.folder / "replaced"
    if old.exists():
        shutil.rmtree(old)
    replaces = output.exists()
    if replaces:
        output.replace(old)
    try:
        staging.pack.replace(output)
    except OSError:
        if replaces:
            old.replace(output)
        raise
    _discard(staging)


def _discard(staging: Staging) -> None:
    """Remove the working folder."""
    shutil.rmtree(staging.folder, ignore_errors=True)
