"""Build a tiny pack with the morphkit of a commit, and freeze it here.

    python tests/golden/packs/freeze.py 092aab3 dea72f5

The commit is taken out of the history into a temporary folder, compiled and run there,
on the face in ``golden/faces/``, which shipped with those commits. The result is
``COMMIT.zip``, the whole pack as that state wrote it. A frozen pack is never made anew:
it stands for the packs of that time that lie on other people's discs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
STUDY = HERE / "study.toml"
FACES = HERE.parent / "faces"


def freeze(commit: str) -> Path:
    """Return the archive of a pack that the morphkit of a commit has built."""
    target = HERE / f"{commit}.zip"
    if target.exists():
        raise SystemExit(f"{target.name} is frozen already")
    with tempfile.TemporaryDirectory(prefix="morphkit_freeze_") as name:
        folder = Path(name)
        source = check_out(commit, folder / "source")
        study = folder / "study"
        study.mkdir()
        shutil.copy(STUDY, study)
        for kind, suffix in (("source_faces", "png"), ("landmarks", "json")):
            (study / kind).mkdir()
            for label in ("happy", "distressed"):
                shutil.copy(FACES / f"ada_{label}.{suffix}", study / kind)
        env = {k: v for k, v in os.environ.items() if k != "MORPHKIT_PIXELS"}
        env["PYTHONPATH"] = str(source)
        build = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
        command = [sys.executable, "-m", "morphkit", "build", "study.toml"]
        subprocess.run(
            [*command, "--output", "pack", "--quiet"], cwd=study, env=env, check=True
        )
        pack_up(study / "pack", target)
    return target


def check_out(commit: str, folder: Path) -> Path:
    """Return a folder with a clone whose files are those of a commit."""
    clone = ["git", "clone", "-q", "--no-checkout", str(ROOT), str(folder)]
    subprocess.run(clone, check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=folder, check=True)
    return folder


def pack_up(pack: Path, target: Path) -> None:
    """Write a pack as an archive whose bytes follow from its files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(path for path in pack.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(file.relative_to(pack).as_posix())
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, file.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", nargs="+", metavar="COMMIT")
    for each in parser.parse_args().commits:
        print(freeze(each))  # noqa: T201 - a program
