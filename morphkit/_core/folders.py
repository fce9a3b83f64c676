"""Folders that are written whole or not at all, and never over what is not theirs.

The work is done in a hidden folder beside the output, which takes its place when
everything is there. A folder that is replaced is moved aside first; a run that is
killed between these two moves leaves it there, and the next run for the same place puts
it back.
"""

import os
import secrets
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from morphkit.errors import OutputError

#: Files that desktops leave in folders that somebody looks at.
_OF_THE_DESKTOP = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class FolderKind:
    """A kind of folder that is written whole: a pack, an export, a design.

    Parameters
    ----------
    name : str
        What it is called in messages.
    own : callable
        ``own(folder)``: the relative paths of the files that belong to such a folder,
        by its own account; empty if it is not a folder of this kind.
    """

    name: str
    own: Callable[[Path], frozenset[str]]


@dataclass(frozen=True)
class Workspace:
    """The hidden folder in which a folder is made.

    Parameters
    ----------
    folder : Path
        Lies beside the output.
    """

    folder: Path

    @property
    def result(self) -> Path:
        """Folder that becomes the output."""
        return self.folder / "new"

    @property
    def notes(self) -> Path:
        """Folder of what the work notes for itself; it goes when the work is done."""
        return self.folder / "done"

    @property
    def mark(self) -> Path:
        """File that says what work goes on here."""
        return self.folder / "build"


def files_of(folder: Path) -> dict[str, Path]:
    """Return the files below a folder, and links, by relative POSIX path, sorted."""
    found = {
        file.relative_to(folder).as_posix(): file
        for file in folder.rglob("*")
        if file.is_symlink() or not file.is_dir()
    }
    return dict(sorted(found.items()))


def check_place(
    output: Path,
    kind: FolderKind,
    *,
    overwrite: bool | None,
    closed: Callable[[Path], bool] = lambda folder: False,
) -> None:
    """Refuse an output folder that must not or cannot be written.

    What an interrupted run had moved aside is put back first.

    Parameters
    ----------
    output : Path
        Folder to be. An empty folder is as good as none.
    kind : FolderKind
        What is to be written.
    overwrite : bool or None
        Whether a folder of this kind that is there may be replaced; None where it
        never is.
    closed : callable, optional
        ``closed(folder)``: whether a folder would be broken by another one inside.

    Raises
    ------
    OutputError
        If it exists and is not to be replaced, is not of the kind or holds other files
        too, or lies where nothing can be written.
    """
    try:
        put_back(output)
        if _exists(output) and not _is_empty(output):
            _check_replaceable(output, kind, overwrite=overwrite)
        else:
            _check_parents(output, closed)
    except OutputError:
        raise
    except OSError as error:
        raise _refused(output, error) from None


def _exists(path: Path) -> bool:
    """Return whether something has this name, be it a link to nowhere."""
    return path.exists() or path.is_symlink()


def _is_empty(path: Path) -> bool:
    """Return whether this is a folder with nothing in it."""
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _check_parents(output: Path, closed: Callable[[Path], bool]) -> None:
    """Refuse an output whose parents are not folders that can be written."""
    parent = output.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise OutputError(
            f"{output}: {parent} is a file, not a folder; choose another output folder"
        )
    for folder in (parent, *parent.parents):
        if closed(folder):
            raise OutputError(
                f"{output}: lies inside the pack {folder}, which would then hold files "
                "that do not belong to it; choose a folder outside"
            )
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"{output}: no permission to write into {parent}; choose another output "
            "folder"
        )


def _check_replaceable(
    output: Path, kind: FolderKind, *, overwrite: bool | None
) -> None:
    """Refuse to replace what is not of a kind, or more than that."""
    if overwrite is None:
        raise OutputError(f"{output}: already exists; choose a new or empty folder")
    if not overwrite:
        raise OutputError(
            f"{output}: already exists; choose another folder, or add --overwrite to "
            f"replace the {kind.name} that is there"
        )
    own = frozenset() if output.is_symlink() else kind.own(output)
    if not own:
        raise OutputError(
            f"{output}: is not a morphkit {kind.name}, so it is not replaced; choose "
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
            f"{output}: holds files that do not belong to the {kind.name}, so it is "
            f"not replaced: {shown}; move them elsewhere (data of participants?), or "
            "choose another folder"
        )


@contextmanager
def written_whole(output: Path) -> Iterator[Path]:
    """Give an empty folder, and move it to `output` when the block has ended well.

    Nothing is left behind by a block that ends otherwise, interrupted or failed.

    Raises
    ------
    OutputError
        If anything cannot be written.
    """
    output = output.absolute()
    name = f".{output.name}.{secrets.token_hex(6)}.partial"
    work = Workspace(output.with_name(name))
    try:
        with _system_errors(output):
            put_back(output)
            work.result.mkdir(parents=True)
            yield work.result
            _take_place(work.result, output)
    finally:
        shutil.rmtree(work.folder, ignore_errors=True)


@contextmanager
def resumable(output: Path, fingerprint: str) -> Iterator[Workspace]:
    """Give a workspace, and move its result to `output` when the block has ended well.

    An interrupted block leaves the workspace, and the next one with the same
    fingerprint finds in it what was done. A block that fails leaves nothing.

    Parameters
    ----------
    output : Path
        Where the result goes; what is there is replaced.
    fingerprint : str
        Hash of everything that decides the result.

    Raises
    ------
    OutputError
        If anything cannot be written, or its name is taken by something else.
    """
    output = output.absolute()
    work = Workspace(output.with_name(f".{output.name}.partial"))
    with _system_errors(output):
        put_back(output)
        _open(work, fingerprint)
        try:
            yield work
            _take_place(work.result, output)
        except Exception:
            _discard(work)
            raise
        _discard(work)


@contextmanager
def _system_errors(output: Path) -> Iterator[None]:
    """Turn what the system refuses into an error that names the output."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise _refused(output, error) from None


def _refused(output: Path, error: OSError) -> OutputError:
    """Return the error for a place that the system refuses."""
    return OutputError(
        f"{output}: cannot be written ({error.strerror or error}); choose another "
        "output folder"
    )


def _open(work: Workspace, fingerprint: str) -> None:
    """Make the workspace, or keep one that belongs to the same work."""
    folder = work.folder
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _in_the_way(folder)
    if folder.exists():
        if work.mark.is_file():
            if work.mark.read_bytes() != fingerprint.encode():
                shutil.rmtree(folder)
        elif any(folder.iterdir()):
            raise _in_the_way(folder)
    new = not work.mark.is_file()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if new:
            work.mark.write_bytes(fingerprint.encode())
        work.notes.mkdir(exist_ok=True)
        work.result.mkdir(exist_ok=True)
        # A run that was killed may have left a file that it was writing.
        for rest in folder.rglob(".morphkit-*.tmp"):
            rest.unlink()
    except OSError:
        if new:
            _discard(work)
        raise


def _in_the_way(folder: Path) -> OutputError:
    """Return the error for something that is not ours where the work would be."""
    return OutputError(
        f"{folder}: is in the way and was not left by an interrupted build; move it "
        "elsewhere, or choose another output folder"
    )


def _discard(work: Workspace) -> None:
    """Remove a workspace."""
    shutil.rmtree(work.folder, ignore_errors=True)


def _aside(output: Path) -> Path:
    """Return where a folder lies while another one takes its place."""
    output = output.absolute()
    return output.with_name(f".{output.name}.replaced-by-morphkit")


def _take_place(new: Path, output: Path) -> None:
    """Move a finished folder to its place, which is empty or holds an older one."""
    aside = _aside(output)
    try:
        if output.exists():
            output.replace(aside)
        new.replace(output)
    except BaseException:
        if aside.exists() and not output.exists():
            aside.replace(output)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def put_back(output: Path) -> None:
    """Put back what a run that was killed had moved aside, and say so.

    Where the new folder had already taken its place, the old one goes.
    """
    aside = _aside(output)
    if aside.is_symlink() or not aside.is_dir():
        return
    if _exists(output):
        shutil.rmtree(aside)
        return
    aside.replace(output)
    warnings.warn(
        f"{output}: a run that was killed had moved this folder aside; it is back as "
        "it was",
        UserWarning,
        stacklevel=2,
    )
