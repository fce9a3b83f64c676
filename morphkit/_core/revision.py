"""Which state of the source this morphkit is: its revision, beside its version.

Of a checkout, git is asked. A wheel or source archive carries what its build wrote into
`WRITTEN`; ``setup.py`` reads this file alone for that, so that it imports nothing but
the standard library.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

#: What stands for a revision that cannot be known.
UNKNOWN = "unknown"
#: Characters of a hash of git, and of a hash of modified files.
LENGTH, MODIFIED_LENGTH = 12, 8
#: File in the package of a wheel or source archive that holds its revision.
WRITTEN = "revision.txt"


@cache
def revision() -> str:
    """Return the revision of the morphkit that runs; "unknown" if nothing tells.

    It is the commit. Where files of the package were changed since, ``.dirty.`` and a
    hash of what they hold now follow, so that equal revisions are equal software.
    """
    package = Path(__file__).resolve().parents[1]
    return (
        checkout_revision(package.parent)
        or written_revision(package)
        or _installed_revision(package.name)
        or UNKNOWN
    )


@cache
def code_sha256() -> str:
    """Return a hash of all files of the morphkit that runs, compiled ones too.

    Unlike a revision it is always known, and it is the same after changes of a
    checkout that do not touch the package.
    """
    return files_sha256(Path(__file__).resolve().parents[1])


def files_sha256(place: Path) -> str:
    """Return a hash of a module, or of all files of a package with their names."""
    found = hashlib.sha256()
    for name, file in sorted(_files_of(place)):
        data = file.read_bytes()
        found.update(f"{name}\0{len(data)}\0".encode(errors="surrogateescape") + data)
    return found.hexdigest()


def _files_of(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield what a hash calls the files of a module or package, and their paths."""
    if not place.is_dir():
        yield place.name, place
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if name != "__pycache__"]
        beside = Path(folder).relative_to(place).as_posix()
        for name in files:
            path = Path(folder, name)
            if name != WRITTEN and path.is_file():
                yield f"{beside}/{name}", path


def software_name(version: str, revision: str) -> str:
    """Return how a state of morphkit is called in every message.

    Examples
    --------
    >>> software_name("0.2.0", "0123456789ab")
    'morphkit 0.2.0 (revision 0123456789ab)'
    """
    return f"morphkit {version} (revision {revision})"


def checkout_revision(root: Path) -> str:
    """Return the revision of a checkout of morphkit; "" if the folder is none.

    A study that is kept in git with morphkit installed inside it is not a checkout of
    morphkit: the repository must begin at the folder itself.
    """
    if not (root / ".git").exists() or not (root / "setup.py").is_file():
        return ""
    commit = _git(root, "rev-parse", f"--short={LENGTH}", "HEAD")
    changed = _git(root, "status", "--porcelain", "-uall", "--", "morphkit", "setup.py")
    if commit is None or changed is None:
        return ""
    if not changed:
        return commit.strip()
    return f"{commit.strip()}.dirty.{_hash_of_files(root)}"


def written_revision(package: Path) -> str:
    """Return the revision that a build wrote into a package; "" if there is none."""
    try:
        return (package / WRITTEN).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _installed_revision(package: str) -> str:
    """Return the commit that an installer recorded; "" if none did."""
    for name in metadata.packages_distributions().get(package, []):
        text = metadata.distribution(name).read_text("direct_url.json")
        commit = json.loads(text or "{}").get("vcs_info", {}).get("commit_id")
        if isinstance(commit, str):
            return commit[:LENGTH]
    return ""


def _hash_of_files(root: Path) -> str:
    """Return a hash of all files of the package that git does not ignore."""
    listed = _git(root, "ls-files", "-coz", "--exclude-standard", "--", "morphkit")
    found = hashlib.sha256()
    for name in sorted(filter(None, (listed or "").split("\0"))):
        file = root / name
        data = file.read_bytes() if file.is_file() else b""
        head = f"{name}\0{len(data)}\0".encode(errors="surrogateescape")
        found.update(head + data)
    return found.hexdigest()[:MODIFIED_LENGTH]


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints about a folder; None where it is missing or refuses.

    Nothing of the surroundings may lead it to another repository or let it write.
    """
    kept = {name: text for name, text in os.environ.items() if name[:4] != "GIT_"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=kept | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            capture_output=True,
            check=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
