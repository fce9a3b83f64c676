"""Reading a pack back from its folder."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.bounds import CONTINUA, DOCUMENT_BYTES, PACK_ROWS, STEPS
from morphkit._core.documents import read_json, restore
from morphkit._core.finding import Finding
from morphkit._core.folders import FolderKind
from morphkit._core.paths import inside, is_inside
from morphkit.errors import InputError, raise_all
from morphkit.morph.trajectory import VIA_MAX, VIA_MIN
from morphkit.pack.contents import AGAIN, text_of
from morphkit.pack.layout import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES
from morphkit.pack.manifest import read_manifest
from morphkit.pack.model import Pack
from morphkit.pack.older import present_table
from morphkit.pack.rows import ContinuumRow, IdentityRow, NormRow, Stimulus
from morphkit.pack.schema import OPTIONAL
from morphkit.pack.tables import R, parse_table
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.distances import Spacing


def is_pack(folder: Path) -> bool:
    """Return whether a folder is a pack, of any layout."""
    return (folder / MANIFEST).is_file() and (folder / SUMS).is_file()


def files_of_pack(folder: Path) -> frozenset[str]:
    """Return the paths that a pack lists as its own; none if it is not a pack."""
    try:
        resources = read_manifest(folder).resources
    except InputError:
        return frozenset()
    return frozenset({resource.path for resource in resources} | {MANIFEST, SUMS})


#: A pack, as a kind of output folder.
PACK = FolderKind("pack", files_of_pack)


def read_pack(folder: str | Path) -> Pack:
    """Return the content of a pack; older schemas are converted to the present one.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.

    Returns
    -------
    Pack

    Raises
    ------
    OtherVersionError
        If the pack is of a newer schema than this version knows.
    InputError
        If the folder is not a pack, or a table or document cannot be read.

    Examples
    --------
    >>> import morphkit as mk
    >>> pack = mk.read_pack("pack")
    >>> pack.frame("stimuli").level.tolist()[:2]
    [0.0, 0.16666666666666666]
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    described = manifest.described
    texts = {
        name: present_table(manifest.schema, name, _text(folder, path))
        for name, path in TABLE_FILES.items()
        if name not in OPTIONAL or (folder / path).exists()
    }

    def rows(kind: type[R], table: str) -> tuple[R, ...]:
        where = str(Path(folder, TABLE_FILES[table]))
        return parse_table(kind, texts[table], where=where, most=PACK_ROWS)

    stimuli, continua = rows(Stimulus, "stimuli"), rows(ContinuumRow, "continua")
    raise_all(_misfits(folder, stimuli, continua))
    found = restore(
        _Checks,
        read_json(inside(folder, CHECKS)),
        where=str(folder / CHECKS),
        remedy=AGAIN,
    )
    found.check(stimuli, where=str(folder / CHECKS))
    try:
        return Pack(
            name=described.name.replace("-", "_"),
            version=described.version,
            recipe_toml=_text(folder, RECIPE),
            recipe_sha256=described.morphkit.recipe_sha256,
            software=described.morphkit.software,
            stimuli=stimuli,
            continua=continua,
            identities=rows(IdentityRow, "identities"),
            findings=found.findings,
            scores=found.scores,
            norms=rows(NormRow, "norms") if "norms" in texts else (),
            tables_as_read=texts,
            made_by=manifest.made_by,
            plug_ins=manifest.plug_ins,
            public=described.morphkit.public,
            left_out=described.morphkit.left_out,
            photographs=described.morphkit.photographs,
        )
    except InputError as error:
        raise error.at(str(folder)) from None


def _text(folder: Path, path: str) -> str:
    """Return the text of a table or the recipe."""
    return text_of(folder, path, most=DOCUMENT_BYTES)


@dataclass(frozen=True)
class _Scores:
    """The measurements of a continuum."""

    per_frame: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    per_step: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    spacing: Mapping[str, Mapping[str, Any]] | None = None
    ends: EndAgreement | None = None

    def check(self, n_images: int) -> None:
        """Refuse measurements of more or fewer images than there are."""
        for table, length in (
            (self.per_frame, n_images),
            (self.per_step, n_images - 1),
        ):
            for name, values in table.items():
                if len(values) != length:
                    raise InputError(f"{len(values)} values of {name}, not {length}")
        for name, data in (self.spacing or {}).items():
            spacing = restore(Spacing, {**data, "measure": name}, where=name)
            if len(spacing.levels) != n_images:
                raise InputError(f"{len(spacing.levels)} levels, not {n_images}")


@dataclass(frozen=True)
class _Checks:
    """The content of ``checks.json``."""

    findings: tuple[Finding, ...]
    scores: Mapping[str, Any]

    def check(self, stimuli: Iterable[Stimulus], *, where: str) -> None:
        """Refuse measurements that do not fit the images."""
        n_images: dict[str, int] = defaultdict(int)
        for row in stimuli:
            n_images[row.continuum_id] += 1
        for name, data in self.scores.items():
            key = f"scores.{name}"
            scores = restore(_Scores, data, where=where, remedy=AGAIN, key=key)
            try:
                if name in n_images:
                    scores.check(n_images[name])
            except InputError as error:
                raise InputError(f"{key}: {error}", where=where, remedy=AGAIN) from None


def _misfits(
    folder: Path, stimuli: Iterable[Stimulus], continua: Sequence[ContinuumRow]
) -> Iterator[InputError]:
    """Yield an error for every path that leaves the pack, and every row too many.

    Front ends and reports open these paths, and count on every continuum having its
    images.
    """
    known = {row.continuum_id: row for row in continua}
    images: dict[str, list[Stimulus]] = {name: [] for name in known}
    faults = []
    if not continua:
        faults.append(("continua", "there is no continuum", "at least one"))
    if len(known) < len(continua):
        faults.append(("continua", "two continua have one name", "one row for each"))
    if len(continua) > CONTINUA:
        faults.append(("continua", f"{len(continua):,} rows", f"at most {CONTINUA:,}"))
    for row in stimuli:
        if not is_inside(row.file):
            said = f"file is {row.file[:200]!r}"
            faults.append(("stimuli", said, "a path inside the pack"))
        if row.continuum_id in known:
            images[row.continuum_id].append(row)
        else:
            said = f'"{row.stimulus_id}" is of "{row.continuum_id}"'
            faults.append(("stimuli", said, "a continuum of the table of continua"))
    faults += [
        fault for name in known for fault in _odd_images(known[name], images[name])
    ]
    for table, said, allowed in faults:
        where = str(folder / TABLE_FILES[table])
        yield InputError(said, where=where, allowed=allowed, remedy=AGAIN)


def _odd_images(
    row: ContinuumRow, images: Sequence[Stimulus]
) -> Iterator[tuple[str, str, str]]:
    """Yield table, fault and what is allowed where images are not those of a row."""
    name, n_steps = row.continuum_id, row.n_steps
    if not 2 <= n_steps <= STEPS:
        yield "continua", f'n_steps of "{name}" is {n_steps}', f"2 to {STEPS}"
        return
    if [one.step for one in images] != [*range(1, n_steps + 1)] or any(
        one.n_steps != n_steps for one in images
    ):
        said = f'the images of "{name}" are not its steps from 1 to {n_steps}, in order'
        yield "stimuli", said, "one row for each step, all with the same n_steps"
    levels = [one.level for one in images if one.level is not None]
    if any(not VIA_MIN <= level <= VIA_MAX for level in levels):
        said = f'a level of "{name}" cannot be rendered'
        yield "stimuli", said, f"fractions from {VIA_MIN} to {VIA_MAX}"
    own = (row.identity_id, row.from_label, row.to_label)
    if {(one.identity_id, one.from_label, one.to_label) for one in images} - {own}:
        said = f'images of "{name}" are of another identity, or have other labels'
        yield "stimuli", said, f"as in the table of continua: {', '.join(own)}"
