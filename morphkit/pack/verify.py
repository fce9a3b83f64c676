"""Verifying that a pack is intact: nothing changed, nothing missing, nothing added."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from morphkit._core.bounds import DOCUMENT_BYTES
from morphkit._core.files import sha256_of
from morphkit._core.finding import Finding
from morphkit._core.folders import OF_THE_DESKTOP, files_of
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, OtherVersionError
from morphkit.faces.images import pixel_sha256
from morphkit.pack.consent import consent_faults
from morphkit.pack.contents import image_of
from morphkit.pack.layout import MANIFEST, RECIPE, STIMULI, SUMS
from morphkit.pack.manifest import read_manifest
from morphkit.pack.model import Pack
from morphkit.pack.read import read_pack
from morphkit.pack.rows import Stimulus
from morphkit.pack.schema import TABLES
from morphkit.pack.write import format_sums


def verify_pack(folder: str | Path) -> tuple[Finding, ...]:
    """Return findings on what is wrong with a pack; none if it is intact.

    The files are compared with ``SHA256SUMS`` and the manifest, the manifest with the
    tables, the tables with the decoded pixels, and the recipe with its hash.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.

    Returns
    -------
    tuple of Finding

    Raises
    ------
    OtherVersionError
        If its files are unchanged, but only another version can judge whether they
        agree with each other.
    InputError
        If the folder is not a pack.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.verify_pack("pack")
    ()
    """
    folder = Path(folder)
    if not (folder / SUMS).is_file():
        read_manifest(folder)  # without sums, the manifest shows whether it is a pack
        return (_wrong("missing-file", "is missing", SUMS),)
    files = files_of(folder)
    sums, found = read_sums(files[SUMS])
    listed = listed_hashes(folder, files)
    found += compare_files(files, sums, listed)
    if found:
        return tuple(found)
    try:
        _check_listed(files, sums, folder)
        return tuple(_verify_content(folder))
    except OtherVersionError as error:
        raise OtherVersionError(
            f"every file is as {SUMS} says, but the content cannot be verified here: "
            f"{error.problem}",
            maker=error.maker,
            where=str(folder),
            allowed=error.allowed,
        ) from None
    except InputError as error:
        return (_wrong("invalid-content", str(error), ""),)


def is_unchanged(folder: Path, sums_sha256: str | None = None) -> bool:
    """Return whether every file of a pack is as its sums say, and none is more or less.

    With `sums_sha256` it must also be the pack whose sums have this hash. Pixels are
    not looked at.
    """
    try:
        if sums_sha256 is not None and sha256_of(folder / SUMS) != sums_sha256:
            return False
        files = {
            path: file
            for path, file in files_of(folder).items()
            if file.name not in OF_THE_DESKTOP
        }
        sums, found = read_sums(files[SUMS])
        return not found and not compare_files(files, sums, {})
    except (InputError, KeyError):
        return False


def _wrong(code: str, message: str, where: str) -> Finding:
    return Finding(code, "error", message, where=where)


def read_sums(file: Path) -> tuple[dict[str, str], list[Finding]]:
    """Return the sums by path, and a finding if their file was changed."""
    sums: dict[str, str] = {}
    try:
        data = read_bytes(file, most=DOCUMENT_BYTES)
    except InputError as error:
        return sums, [_wrong("bad-sums", error.problem, SUMS)]
    text = data.decode("utf-8", errors="replace")
    for line in text.splitlines():
        sha256, _, path = line.partition("  ")
        sums[path] = sha256
    if format_sums(sums) == text and not file.is_symlink():
        return sums, []
    return sums, [
        _wrong("bad-sums", "is not in the form in which morphkit writes it", SUMS)
    ]


def listed_hashes(folder: Path, files: Mapping[str, Path]) -> dict[str, str]:
    """Return the hashes of the manifest by path; none if it cannot be read."""
    if MANIFEST not in files:
        return {}
    try:
        manifest = read_manifest(folder)
    except InputError:
        return {}
    return {resource.path: resource.sha256 for resource in manifest.resources}


def compare_files(
    files: Mapping[str, Path], sums: Mapping[str, str], listed: Mapping[str, str]
) -> list[Finding]:
    """Return findings on files that were changed, are missing or were added."""
    found = []
    for path in sorted({*sums, *listed, *files} - {SUMS}):
        if path not in sums and path not in listed and path != MANIFEST:
            found.append(_wrong("extra-file", "does not belong to the pack", path))
            continue
        if path not in sums:
            found.append(_wrong("bad-sums", f"has no sum for {path}", SUMS))
        if path not in files:
            found.append(_wrong("missing-file", "is missing", path))
            continue
        hashes = (sums.get(path), listed.get(path))
        fault = _fault(files[path], hashes[0] or hashes[1], hashes[1])
        if fault == SUMS:
            found.append(_wrong("bad-sums", f"has another sum for {path}", SUMS))
        elif fault:
            found.append(_wrong("changed-file", fault, path))
    return found


def _fault(file: Path, expected: str | None, listed: str | None) -> str:
    """Return what is wrong with a file, or ``SHA256SUMS`` if that is at fault."""
    if file.is_symlink():
        return "is a symbolic link"
    if not file.is_file():
        return "is not a regular file"
    try:
        found = sha256_of(file)
    except InputError as error:
        return error.problem
    if expected is None or found == expected:
        return ""
    return SUMS if found == listed else "has changed"


def _check_listed(
    files: Mapping[str, Path], sums: Mapping[str, str], folder: Path
) -> None:
    """Refuse a manifest whose files, sizes or hashes differ from those present."""
    listed = {
        resource.path: (resource.hash, resource.bytes)
        for resource in read_manifest(folder).resources
    }
    there = {
        path: (f"sha256:{sha256}", files[path].stat().st_size)
        for path, sha256 in sums.items()
        if path != MANIFEST
    }
    wrong = sorted(p for p in {*listed, *there} if listed.get(p) != there.get(p))
    if wrong:
        raise InputError(
            f"does not match the files: {', '.join(wrong)}",
            where=MANIFEST,
        )


def _verify_content(folder: Path) -> list[Finding]:
    """Return findings on tables that disagree with the files."""
    pack = read_pack(folder)
    found = []
    try:
        _ = pack.recipe  # can be read
    except OtherVersionError:
        if not pack.recipe_changed:
            raise
    if pack.recipe_changed:
        found.append(
            _wrong("bad-recipe", f"is not the recipe recorded in {MANIFEST}", RECIPE)
        )
    else:
        found += [
            _wrong("bad-table", error.problem, error.where)
            for name, error in consent_faults(pack)
            if name in {row.identity_id for row in pack.identities}
        ]
    images = {row.file for row in pack.stimuli}
    there = {p for p in files_of(folder) if p.startswith(f"{STIMULI}/")}
    found += [
        _wrong("bad-table", "is in the table but not in the pack", path)
        for path in sorted(images - there)
    ]
    found += [
        _wrong("bad-table", "is in the pack but not in the table", path)
        for path in sorted(there - images)
    ]
    found += [*_unknown_keys(pack), *_empty_cells(pack)]
    for row in pack.stimuli:
        if row.file in there:
            found += _verify_image(folder, row)
    return found


def _unknown_keys(pack: Pack) -> list[Finding]:
    """Return findings on rows that refer to unknown keys."""
    continua = {row.continuum_id for row in pack.continua}
    identities = {row.identity_id for row in pack.identities}
    named = [
        *((r.continuum_id, r.continuum_id, r.identity_id) for r in pack.continua),
        *((r.stimulus_id, r.continuum_id, r.identity_id) for r in pack.stimuli),
    ]
    return [
        _wrong("bad-table", f'names "{key}", which is in no table', name)
        for name, continuum, identity in named
        for key, known in ((continuum, continua), (identity, identities))
        if key not in known
    ] + [
        _wrong("bad-table", "has norms but is not a stimulus of the pack", name)
        for name in sorted({row.stimulus_id for row in pack.norms} - set(pack.by_id))
    ]


def _empty_cells(pack: Pack) -> Iterator[Finding]:
    """Yield findings on empty cells that the schema requires to be filled."""
    for table, rows in (
        ("identities", pack.identities),
        ("continua", pack.continua),
        ("stimuli", pack.stimuli),
        ("norms", pack.norms),
    ):
        about = TABLES[table]
        for row in rows:
            for column in about.columns:
                value = getattr(row, column.name)
                if column.constraints.get("required") and value in (None, ""):
                    name = str(getattr(row, about.primary_key[0]))
                    yield _wrong("bad-table", f"has no {column.name}", name)


def _verify_image(folder: Path, row: Stimulus) -> list[Finding]:
    """Return findings on an image that disagrees with its row."""
    name = row.file
    path = folder / name
    try:
        image = image_of(row, folder)
    except InputError as error:
        return [_wrong("bad-table", error.problem, name)]
    if pixel_sha256(image) != row.pixel_sha256:
        return [_wrong("changed-pixels", "has different pixels", name)]
    said = (row.sha256, row.bytes, row.width, row.height)
    height, width = image.shape[:2]
    if said != (sha256_of(path), path.stat().st_size, width, height):
        return [_wrong("bad-table", "does not match the table", name)]
    return []
