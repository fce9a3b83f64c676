"""Proving that a pack is whole: nothing changed, nothing missing, nothing added."""

from pathlib import Path
from typing import Any

from morphkit.errors import InputError
from morphkit.files import sha256_of
from morphkit.finding import Finding
from morphkit.images import pixel_sha256, read_image
from morphkit.packs.reading import read_manifest, read_pack
from morphkit.packs.writing import MANIFEST, SUMS, files_of
from morphkit.recipe import parse_recipe


def verify_pack(folder: Path) -> tuple[Finding, ...]:
    """Return what is wrong with a pack; nothing if it is whole.

    Compared are the files with ``SHA256SUMS`` and the manifest, the manifest with the
    tables, the tables with the decoded pixels, and the recipe with its hash.

    Raises
    ------
    InputError
        If the folder is not a pack at all.
    """
    manifest = read_manifest(folder)
    found = _verify_files(folder, manifest)
    if found:
        return tuple(found)
    try:
        return tuple(_verify_content(folder))
    except InputError as error:
        return (_wrong("invalid-content", str(error), ""),)


def _wrong(code: str, message: str, where: str) -> Finding:
    return Finding(code, "error", message, where=where)


def _verify_files(folder: Path, manifest: dict[str, Any]) -> list[Finding]:
    """Return findings about files that changed, are missing or were added."""
    files = files_of(folder)
    if SUMS not in files:
        return [_wrong("missing-file", "is missing", SUMS)]
    sums: dict[str, str] = {}
    for number, line in enumerate(
        files[SUMS].read_text("utf-8", errors="replace").splitlines(), start=1
    ):
        sha256, gap, path = line.partition("  ")
        if not gap or len(sha256) != 64 or path in sums:
            return [_wrong("bad-sums", f"line {number} is not a sum: {line!r}", SUMS)]
        sums[path] = sha256
    listed = {
        resource["path"]: resource.get("hash", "").removeprefix("sha256:")
        for resource in manifest["resources"]
    }
    found = []
    for path in sorted(set(sums) | set(files) - {SUMS}):
        if path not in files:
            found.append(_wrong("missing-file", "is missing", path))
        elif path not in sums:
            found.append(_wrong("extra-file", "does not belong to the pack", path))
        elif sha256_of(files[path]) != sums[path]:
            found.append(_wrong("changed-file", "has changed", path))
        elif path != MANIFEST and listed.get(path) != sums[path]:
            found.append(
                _wrong("bad-manifest", f"{MANIFEST} and {SUMS} disagree on it", path)
            )
    found += [
        _wrong("bad-manifest", f"is in {MANIFEST} but not in {SUMS}", path)
        for path in sorted(set(listed) - set(sums))
    ]
    return found


def _verify_content(folder: Path) -> list[Finding]:
    """Return findings about tables that do not say what the files hold."""
    pack = read_pack(folder)
    found = []
    if parse_recipe(pack.recipe_toml).sha256() != pack.recipe_sha256:
        found.append(
            _wrong("bad-recipe", "is not the recipe of the manifest", "recipe.toml")
        )
    images = {str(row["file"]) for row in pack.stimuli}
    there = {p for p in files_of(folder) if p.startswith("materials/stimuli/")}
    found += [
        _wrong("bad-table", "is in the table but not in the pack", path)
        for path in sorted(images - there)
    ]
    found += [
        _wrong("bad-table", "is in the pack but not in the table", path)
        for path in sorted(there - images)
    ]
    for row in pack.stimuli:
        path = folder / str(row["file"])
        if not path.is_file():
            continue
        image = read_image(path)
        if pixel_sha256(image) != row["pixel_sha256"]:
            found.append(_wrong("changed-pixels", "has other pixels", str(row["file"])))
        if sha256_of(path) != row["sha256"] or path.stat().st_size != row["bytes"]:
            found.append(
                _wrong("bad-table", "is not the file of the table", str(row["file"]))
            )
    return found
