"""Packs, designs and documents as a stranger may send them.

Every case changes a good pack and seals it again, so that its sums agree: what is
refused is refused for what it is, not because a hash differs.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import signal
import struct
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from morphkit.pack.layout import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES, mesh_file
from morphkit.recipe.model import hash_of

Change = Callable[[Path], None]

#: Seconds that nothing takes on these packs.
PATIENCE = 60


class Hangs(Exception):  # noqa: N818 - it is no error of morphkit's
    """Something took longer than anybody waits."""


@contextlib.contextmanager
def at_most(seconds: int = PATIENCE) -> Iterator[None]:
    """Raise `Hangs` if the block takes longer; where the system has no alarm, wait.

    Time is that of the processor: a machine that has other work to do is no fault. Who
    waits for something else is given ten times as long.
    """
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise Hangs(f"longer than {seconds} s")

    before = {n: signal.signal(n, stop) for n in (signal.SIGALRM, signal.SIGPROF)}
    signal.alarm(10 * seconds)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def tree(folder: Path) -> dict[str, str]:
    """Return everything below a folder: what it is, and the hash of files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder" if path.is_dir() else "other"
    return found


def seal(pack: Path) -> None:
    """Make manifest, hash of the recipe and sums agree with the files again."""
    files = {
        path.relative_to(pack).as_posix(): path.read_bytes()
        for path in sorted(pack.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.name != SUMS
    }
    _seal_images(pack, files)
    try:
        manifest = json.loads(files[MANIFEST])
        listed = {one["path"]: one for one in manifest["resources"]}
        for path, one in listed.items():
            if path in files:
                digest = hashlib.sha256(files[path]).hexdigest()
                one |= {"bytes": len(files[path]), "hash": f"sha256:{digest}"}
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            recipe = tomllib.loads(files[RECIPE].decode())
            if not manifest["morphkit"].pop("keep", False):
                manifest["morphkit"]["recipe_sha256"] = hash_of(recipe)
        files[MANIFEST] = json.dumps(manifest, indent=1).encode()
        (pack / MANIFEST).write_bytes(files[MANIFEST])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    lines = [
        f"{hashlib.sha256(data).hexdigest()}  {path}\n"
        for path, data in sorted(files.items())
    ]
    if (pack / SUMS).is_file() and not (pack / SUMS).is_symlink():
        (pack / SUMS).write_text("".join(lines), "utf-8", newline="\n")


def _seal_images(pack: Path, files: dict[str, bytes]) -> None:
    """Make the hashes of changed images in the table agree."""
    path = TABLE_FILES["stimuli"]
    if path not in files:
        return
    lines = files[path].decode("utf-8", "replace").split("\n")
    for k, line in enumerate(lines):
        cells = line.split(",")
        if len(cells) > 13 and cells[1] in files and k:
            data = files[cells[1]]
            if cells[12].isdigit():
                cells[12] = str(len(data))
            cells[13] = hashlib.sha256(data).hexdigest()
            lines[k] = ",".join(cells)
    files[path] = "\n".join(lines).encode()
    (pack / path).write_bytes(files[path])


# How packs are changed


def text(path: str, old: str, new: str, *, count: int = -1) -> Change:
    """Replace a part of a text file."""

    def change(pack: Path) -> None:
        before = (pack / path).read_text("utf-8")
        after = re.sub(old, lambda m: m.expand(new), before, count=max(count, 0))
        assert after != before, (path, old)
        (pack / path).write_text(after, "utf-8", newline="\n")

    return change


def tables(old: str, new: str, *names: str) -> Change:
    """Replace in tables, by default in those of stimuli and of continua."""

    def change(pack: Path) -> None:
        for name in names or ("stimuli", "continua"):
            text(TABLE_FILES[name], old, new)(pack)

    return change


def document(path: str, edit: Callable[[Any], Any]) -> Change:
    """Change the values of a JSON document, in place or by what `edit` returns."""

    def change(pack: Path) -> None:
        data = json.loads((pack / path).read_text("utf-8"))
        result = edit(data)
        data = data if result is None else result
        (pack / path).write_text(json.dumps(data), "utf-8")

    return change


def instead(path: str, data: bytes | str | Callable[[], bytes]) -> Change:
    """Put other content in the place of a file; what is large is made when needed."""

    def change(pack: Path) -> None:
        made = data() if callable(data) else data
        held = made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made
        place = pack / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.write_bytes(held)

    return change


def pipe(path: str) -> Change:
    """Put a pipe, into which nobody writes, in the place of a file."""

    def change(pack: Path) -> None:
        (pack / path).unlink(missing_ok=True)
        os.mkfifo(pack / path)

    return change


def link(path: str, target: str) -> Change:
    """Put a symbolic link in the place of a file."""

    def change(pack: Path) -> None:
        (pack / path).unlink(missing_ok=True)
        (pack / path).symlink_to(target)

    return change


def both(*changes: Change) -> Change:
    """Make several changes."""

    def change(pack: Path) -> None:
        for each in changes:
            each(pack)

    return change


def arrays(edit: Callable[[dict[str, Any]], Any], name: str) -> Change:
    """Change the arrays of a frozen mesh."""

    def change(pack: Path) -> None:
        path = pack / mesh_file(name)
        with np.load(path) as file:
            held = dict(file)
        edit(held)
        np.savez(path, **held)

    return change


def npz(*members: tuple[str, bytes]) -> bytes:
    """Return a compressed archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def npy(shape: tuple[int, ...], dtype: str, content: bytes = b"") -> bytes:
    """Return an npy file whose head says what it likes."""
    head = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + content


def bomb(megabytes: int) -> bytes:
    """Return an archive that unpacks to so many megabytes of zeros."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("frame_nodes.npy", "w", force_zip64=True) as member,
    ):
        member.write(npy((megabytes * 2**20,), "|u1"))
        for _ in range(megabytes):
            member.write(bytes(2**20))
    return data.getvalue()


def png(width: int, height: int) -> bytes:
    """Return a PNG of zeros, one bit a pixel: few bytes, many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(content, zlib.crc32(kind))
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def copy_of(pack: Path, place: Path) -> Path:
    """Return a copy of a pack that may be changed, with its links and pipes."""

    def copied(source: str, target: str) -> None:
        if Path(source).is_fifo():
            os.mkfifo(target)
        else:
            shutil.copy2(source, target)

    shutil.copytree(pack, place, symlinks=True, copy_function=copied)
    return place


def sealed(pack: Path, change: Change) -> Path:
    """Return a pack, changed and sealed again."""
    change(pack)
    seal(pack)
    return pack


__all__ = [
    "CHECKS",
    "MANIFEST",
    "RECIPE",
    "SUMS",
    "TABLE_FILES",
]
