"""A Python for 64-bit Arm beside this one, run by QEMU: for `from_photographs`.

Debian's interpreter with its libraries is unpacked into a folder, nothing is installed;
wheels of the libraries for that processor are unpacked beside it. So NumPy, SciPy and
OpenCV are those that a user has there: other vector instructions, multiplications and
additions that compilers contract, other libraries for linear algebra.
"""

import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

EMULATOR, COMPILER = "qemu-aarch64", "aarch64-linux-gnu-gcc"
#: Debian's packages: the interpreter, and what wheels expect of a system.
_DEBIAN = ("python3-minimal", "libpython3-stdlib", "libstdc++6", "libgomp1")
#: Newest tag of manylinux that is taken.
_NEWEST_GLIBC = 35


def missing() -> list[str]:
    """Return the programs that this machine lacks."""
    needed = [EMULATOR] if platform.machine() != "aarch64" else []
    needed += [COMPILER, "apt-get", "dpkg-deb"]
    return [name for name in needed if not shutil.which(name)]


def unpack(folder: Path, packages: Sequence[str]) -> tuple[list[str], Path]:
    """Return what runs the interpreter, and the folder of its packages.

    Parameters
    ----------
    folder : Path
        New; everything is unpacked into it.
    packages : sequence of str
        Requirements, of which wheels are taken.
    """
    tree, wheels, site = folder / "system", folder / "wheels", folder / "site"
    _unpack_debian(folder, tree)
    (python,) = (tree / "usr" / "bin").glob("python3.[0-9]*")
    _download(wheels, packages, version=python.name.removeprefix("python"))
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    return [EMULATOR, "-L", str(tree), str(python)], site


def _unpack_debian(folder: Path, tree: Path) -> None:
    """Unpack Debian's packages, with lists and states of their own."""
    state, cache = folder / "state", folder / "cache"
    for place in (state / "lists" / "partial", cache / "archives" / "partial"):
        place.mkdir(parents=True)
    (state / "status").touch()
    settings = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": cache,
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "Debug::NoLocking": "1",
    }
    options = [part for k, v in settings.items() for part in ("-o", f"{k}={v}")]
    for command in (
        ["update"],
        ["install", "-y", "--no-install-recommends", "--download-only", *_DEBIAN],
    ):
        _run("apt-get", *options, *command)
    for archive in sorted((cache / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), str(tree))


def _download(folder: Path, packages: Sequence[str], *, version: str) -> None:
    """Download wheels for the processor and a version of Python."""
    tags = [f"manylinux_2_{n}_aarch64" for n in range(17, _NEWEST_GLIBC + 1)]
    platforms = [f"--platform={tag}" for tag in ("manylinux2014_aarch64", *tags)]
    abis = [f"--abi={abi}" for abi in (f"cp{version.replace('.', '')}", "abi3", "none")]
    how = ["--only-binary=:all:", f"--python-version={version}", "--implementation=cp"]
    pip = (sys.executable, "-m", "pip", "download", "-q", "-d", str(folder))
    _run(*pip, *how, *abis, *platforms, *packages)


def _run(*command: str) -> None:
    """Run a program; what it says goes to the terminal, not into the table."""
    subprocess.run(command, check=True, stdout=sys.stderr)
