"""Folders that are written whole or not at all, and never over what is not theirs.

The work is done in a hidden folder beside the output, which no other process uses, and
which takes its place when everything is there. Where a folder is replaced, the two
exchange their places in one step, so that one of them is always there. Where the system
cannot do this, the old one is moved aside first; a run that is killed between these two
moves leaves it there, and the next run for the same place puts it back.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.exchange import exchange
from morphkit._core.leftovers import aside_of, partial_name, settle_place
from morphkit._core.locks import held
from morphkit.errors import OutputError

#: Files that desktops leave in folders that somebody looks at.
OF_THE_DESKTOP = {".DS_Store", "Thumbs.db", "desktop.ini"}


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

    What a run that was killed had left is removed or put back first.

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
    with claimed(output, closed=closed):
        if _exists(output) and not _is_empty(output):
            _check_replaceable(output, kind, overwrite=overwrite)


@contextmanager
def claimed(
    output: Path, *, closed: Callable[[Path], bool] = lambda folder: False
) -> Iterator[None]:
    """Hold the place of an output folder: no other process writes there meanwhile.

    What a run that was killed had left there is removed or put back first.

    Parameters
    ----------
    output : Path
        Folder to be.
    closed : callable, optional
        ``closed(folder)``: whether a folder would be broken by another one inside.

    Raises
    ------
    OutputError
        If it lies where nothing can be written, or another process is writing there.
    """
    with _system_errors(output):
        _check_parents(output, closed)
        with held(output) as certain:
            if certain:
                settle_place(output)
            yield


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
        if path not in own and file.name not in OF_THE_DESKTOP
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

    Nothing is left behind by a block that ends otherwise, interrupted or failed. No
    other process writes the place meanwhile.

    Raises
    ------
    OutputError
        If anything cannot be written, or another process is writing there.
    """
    output = output.absolute()
    work = output.with_name(partial_name(output.name))
    with _system_errors(output), held(output) as certain:
        try:
            if certain:
                settle_place(output)
            work.mkdir(mode=0o700)
            new = work / "new"
            new.mkdir()
            yield new
            _take_place(new, output)
        finally:
            shutil.rmtree(work, ignore_errors=True)


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


def _take_place(new: Path, output: Path) -> None:
    """Move a finished folder to its place, which is empty or holds an older one.

    The older one is then where the new one was made, or gone.
    """
    if output.exists() and exchange(new, output):
        return
    aside = aside_of(output)
    try:
        if output.exists():
            output.replace(aside)
        new.replace(output)
    except BaseException:
        if aside.exists() and not output.exists():
            aside.replace(output)
        raise
    shutil.rmtree(aside, ignore_errors=True)
