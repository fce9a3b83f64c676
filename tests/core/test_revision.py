"""Which state of the source runs: told of checkouts, archives and installations."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

from morphkit._core import revision as asked
from morphkit._core.revision import checkout_revision, software_name, written_revision

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


def git(folder: Path, *arguments: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository that begins as that of morphkit does."""
    root = tmp_path / "checkout"
    (root / "morphkit").mkdir(parents=True)
    (root / "setup.py").write_text("")
    (root / "README.md").write_text("about")
    (root / ".gitignore").write_text("*.so\n")
    (root / "morphkit" / "__init__.py").write_text("x = 1\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    return root


def test_a_clean_checkout_is_its_commit(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    assert checkout_revision(checkout) == commit[:12]
    (checkout / "README.md").write_text("more about it")
    (checkout / "morphkit" / "_native.so").write_text("compiled")
    assert checkout_revision(checkout) == commit[:12]


def test_changed_files_of_the_package_are_told_by_what_they_hold(
    checkout: Path,
) -> None:
    commit, file = checkout_revision(checkout), checkout / "morphkit" / "__init__.py"
    file.write_text("x = 2\n")
    second = checkout_revision(checkout)
    file.write_text("x = 3\n")
    third = checkout_revision(checkout)
    file.write_text("x = 2\n")
    assert checkout_revision(checkout) == second
    assert second.startswith(f"{commit}.dirty.")
    assert len({commit, second, third}) == 3
    file.write_text("x = 1\n")
    assert checkout_revision(checkout) == commit
    (checkout / "morphkit" / "new.py").write_text("")
    assert checkout_revision(checkout) not in (commit, second, third)


def test_a_repository_around_an_installation_is_not_its_revision(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = checkout / "venv" / "site-packages"
    shutil.copytree(checkout / "morphkit", inside / "morphkit")
    assert checkout_revision(inside) == ""
    assert checkout_revision(checkout.parent) == ""
    other = checkout.parent / "other"
    shutil.copytree(checkout, other)
    git(other, "commit", "-q", "--allow-empty", "-m", "second")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert checkout_revision(checkout) != checkout_revision(other)


def test_without_git_nothing_is_claimed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout_revision(checkout) == ""


def test_asking_changes_nothing(checkout: Path) -> None:
    index = checkout / ".git" / "index"
    os.utime(checkout / "morphkit" / "__init__.py", (1, 1))
    before = index.read_bytes()
    checkout_revision(checkout)
    assert index.read_bytes() == before


def test_what_a_build_wrote_is_read(tmp_path: Path) -> None:
    assert written_revision(tmp_path) == ""
    (tmp_path / asked.WRITTEN).write_text("0123456789ab\n")
    assert written_revision(tmp_path) == "0123456789ab"
    (tmp_path / asked.WRITTEN).write_bytes(b"\xff\xfe")
    assert written_revision(tmp_path) == ""


@pytest.mark.slow
def test_a_source_archive_carries_its_revision(tmp_path: Path) -> None:
    """Also what is built from the archive, which has no history."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    pytest.importorskip("setuptools")
    source = tmp_path / "source"
    git(tmp_path, "clone", "-q", "--no-hardlinks", str(ROOT), str(source))
    run = [sys.executable, "setup.py", "-q"]
    subprocess.run(
        [*run, "sdist", "--dist-dir", tmp_path],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    expected = git(source, "rev-parse", "HEAD")[:12]
    assert written_revision(unpacked / "morphkit") == expected
    subprocess.run(
        [*run, "build_py", "--build-lib", tmp_path / "built"],
        cwd=unpacked,
        check=True,
        capture_output=True,
    )
    assert written_revision(tmp_path / "built" / "morphkit") == expected


def test_every_message_calls_it_the_same() -> None:
    assert software_name("0.1.0", "unknown") == "morphkit 0.1.0 (revision unknown)"
    assert asked.revision() == asked.revision()
    assert asked.revision().isascii()
