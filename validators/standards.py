"""Programs for standards: each must accept the exports and refuse a broken copy.

    python standards.py BIN FOLDER

BIN holds frictionless, bids-validator-deno and deno; exiftool comes from the system.
With PSYCHDS_SOURCE, a checkout of psych-ds/psychds-validator, Psych-DS is checked too.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Check = Callable[[Path], list[str]]


def run(*command: str | Path, cwd: Path | None = None) -> tuple[int, str]:
    """Return the exit code and everything that a program says."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def frictionless(bin_folder: Path) -> Check:
    """Return the check of a Data Package."""

    def check(folder: Path) -> list[str]:
        code, said = run(
            bin_folder / "frictionless", "validate", folder / "datapackage.json"
        )
        return [said[-1500:]] if code else []

    return check


def bids(bin_folder: Path) -> Check:
    """Return the check of a BIDS data set: no error; warnings are told elsewhere."""

    def check(folder: Path) -> list[str]:
        done = subprocess.run(
            [str(bin_folder / "bids-validator-deno"), "--json", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        issues = json.loads(done.stdout)["issues"]["issues"]
        return [
            f"{i['code']} {i.get('location')}"
            for i in issues
            if i["severity"] == "error"
        ]

    return check


def exiftool(folder: Path) -> list[str]:
    """Check that the text in every image is valid and says what it should."""
    fields = ["DigitalSourceType", "ModelReleaseStatus", "MinorModelAgeDisclosure"]
    _, said = run(
        *("exiftool", "-json", "-validate", "-warning", "-error", "-r"),
        *(f"-XMP:{name}" for name in fields),
        folder,
    )
    rows = json.loads(said[said.index("[") : said.rindex("]") + 1])
    return [
        str(row)
        for row in rows
        if row.get("Validate") != "OK" or any(name not in row for name in fields)
    ]


def psych_ds(bin_folder: Path, source: Path) -> Check:
    """Return the check of Psych-DS, run from a checkout of its validator."""
    copy = Path(tempfile.mkdtemp()) / "validator"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git"))
    # The same releases from the npm registry instead of esm.sh.
    config = copy / "deno.json"
    text = config.read_text().replace("https://esm.sh/", "npm:")
    config.write_text(text)

    def check(folder: Path) -> list[str]:
        _, said = run(
            *(bin_folder / "deno", "run", "-A", "--node-modules-dir=auto"),
            *("src/psychds-validator.ts", folder.resolve()),
            cwd=copy,
        )
        return [] if "appears to be psych-DS compatible" in said else [said[-1500:]]

    return check


def must(name: str, check: Check, folder: Path, spoil: Callable[[Path], None]) -> None:
    """Run a check on a folder, and on a broken copy of it that it must refuse."""
    problems = check(folder)
    if problems:
        raise SystemExit(f"{name} refuses {folder}: {problems[0]}")
    with tempfile.TemporaryDirectory() as place:
        broken = Path(place) / folder.name
        shutil.copytree(folder, broken)
        spoil(broken)
        if not check(broken):
            raise SystemExit(f"{name} accepts a broken copy of {folder}")
    print(f"{name}: {folder} is valid; a broken copy is refused")


def unknown_stimulus(folder: Path) -> None:
    """Name a stimulus in a trial table that the table of stimuli does not have."""
    path = sorted((folder / "data").glob("task-*_data.csv"))[0]
    with path.open(encoding="utf-8", newline="") as file:
        head, first, *rest = csv.reader(file)
    first[head.index("stimulus_1")] = "nobody_s01"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, first, *rest])
    text = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in text["resources"]:
        resource.pop("hash", None)
        resource.pop("bytes", None)
    (folder / "datapackage.json").write_text(json.dumps(text), "utf-8")


def undescribed_column(folder: Path) -> None:
    """Take the description of a column away."""
    path = folder / "dataset_description.json"
    text = json.loads(path.read_text("utf-8"))
    text["variableMeasured"] = [
        entry for entry in text["variableMeasured"] if entry["name"] != "stimulus_1"
    ]
    path.write_text(json.dumps(text), "utf-8")


def lost_image(folder: Path) -> None:
    """Delete an image that the events name."""
    sorted((folder / "stimuli").glob("*.png"))[0].unlink()


def cut_packet(folder: Path) -> None:
    """Write an unknown name into the text of one image."""
    path = sorted(folder.rglob("*.png"))[0]
    path.write_bytes(
        path.read_bytes().replace(b"ModelReleaseStatus", b"ModelReleaseStatuz")
    )


def main(bin_folder: Path, folder: Path) -> None:
    """Run every check."""
    data_sets = sorted((folder / "psych_ds").iterdir())
    for each in data_sets:
        must("frictionless", frictionless(bin_folder), each, unknown_stimulus)
    must("bids-validator", bids(bin_folder), folder / "bids", lost_image)
    must("exiftool", exiftool, folder / "provenance", cut_packet)
    if source := os.environ.get("PSYCHDS_SOURCE"):
        check = psych_ds(bin_folder, Path(source))
        for each in data_sets:
            must("Psych-DS validator", check, each, undescribed_column)
    else:
        print("Psych-DS validator: not run (PSYCHDS_SOURCE is not set)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
