"""Publishing a pack: a copy for the public, from a private pack that is whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphkit._core.files import (
    read_text,
    write_bytes_atomically,
    write_text_atomically,
)
from morphkit._core.folders import check_place, claimed, written_whole
from morphkit._core.paths import inside
from morphkit._core.progress import Progress
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, raise_all
from morphkit.export.adapter import Adapter, Material
from morphkit.export.consent import Consent, check_consent, leave_out, made_with
from morphkit.pack.contents import ends_of
from morphkit.pack.layout import TEMPLATE, ends_file
from morphkit.pack.model import Pack
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.public import public_ends, public_pack
from morphkit.pack.read import PACK, is_pack
from morphkit.pack.verify import verify_pack
from morphkit.pack.whole import read_whole_pack
from morphkit.pack.write import write_documents, write_manifest
from morphkit.report import write_report

_AGAIN = "obtain it again from its source, or rebuild it"


@dataclass(frozen=True)
class Published:
    """A written public copy.

    Parameters
    ----------
    folder : Path
    pack : Pack
        Its tables and findings.
    consent : Consent
        What the consent to it rests on.
    remarks : tuple of str
        What is to be known of it.
    """

    folder: Path
    pack: Pack
    consent: Consent
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "pack": str(self.folder),
            "n_images": len(self.pack.stimuli),
            "recipe_sha256": self.pack.recipe_sha256,
            "consent": self.consent.to_dict(),
            "left_out": self.pack.left_out,
            "remarks": list(self.remarks),
        }


def publish_pack(
    folder: str | Path,
    output: str | Path,
    *,
    without: Sequence[str] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Write a copy of a pack for the public.

    It is a pack as any other: with the same images, levels and measurements, its own
    manifest and sums, and a report. It has no hash of a photograph, no landmark and no
    mesh. The ends of its continua still are photographs.

    Parameters
    ----------
    folder : str or Path
        The pack, which must be whole and allow all of its identities to be passed on
        (``may_redistribute``). No approval stands in place of that: state in the recipe
        what was consented to.
    output : str or Path
        Folder of the copy; new or empty, unless `overwrite`.
    without : sequence of str, optional
        Identities to leave out: their images, rows, measurements and norms, and what
        the recipe says of them.
    overwrite : bool, optional
        Replace an existing pack.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Published

    Raises
    ------
    InputError
        If the pack is not whole or is a public copy, an identity may not be passed on,
        or one that is to be left out is not there.
    OutputError
        If the output exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> done = mk.publish_pack("pack", "public_pack")
    >>> done.pack.public, {row.from_sha256 for row in done.pack.continua}
    (True, {''})
    """
    folder, output, progress = Path(folder), Path(output), progress or Progress()
    with claimed(output, closed=is_pack):
        check_place(output, PACK, overwrite=overwrite)
        pack = read_whole_pack(folder)
        progress.stage("publishing", 4)
        _check_private(pack, folder)
        pack = leave_out(pack, without)
        consent = check_publishing(pack)
        progress.advance("verified")
        made = public_pack(pack)
        with written_whole(output) as place:
            _copy_files(pack, folder, place)
            progress.advance("images")
            write_public_documents(made, place, progress.advance)
            _check_whole(place)
            progress.advance("verified again")
    return Published(output, made, consent, tuple(made_with(pack, without)))


def check_publishing(pack: Pack) -> Consent:
    """Return what the consent to a public copy rests on.

    Raises
    ------
    InputError
        If an identity may not be passed on, or the record of consent is damaged.
    """
    try:
        names = [row.stimulus_id for row in pack.stimuli]
        return check_consent(pack, names, _PUBLIC)
    except InputError as error:
        errors = getattr(error, "errors", (error,))
        raise_all(
            InputError(
                one.problem,
                where=one.where,
                remedy="leave the identity out (--without NAME), or have the recipe "
                "state the consent that was given, and build again",
            )
            for one in errors
        )
        raise


def write_public_documents(
    pack: Pack, folder: Path, advance: Callable[[str], None] = lambda text: None
) -> None:
    """Write everything but the images of a public copy; last manifest and sums."""
    write_contact_sheet(pack, folder)
    write_documents(pack, folder)
    write_report(pack, folder)
    write_manifest(pack, folder)
    advance("documents")


def _no_front_end(material: Material, folder: Path) -> None:
    """Write nothing: a public copy is a pack."""


#: What a public copy needs of consent: as an archive.
_PUBLIC = Adapter("a public copy", _no_front_end, online=False, public=True)


def _check_private(pack: Pack, folder: Path) -> None:
    """Refuse a pack that is public already, or not whole in any file."""
    if pack.public:
        raise InputError(
            "is a public copy already",
            where=str(folder),
            remedy="copy the folder as it is",
        )
    raise_all(
        InputError(f"{found.where} {found.message}", where=str(folder), remedy=_AGAIN)
        for found in verify_pack(folder)
    )


def _copy_files(pack: Pack, folder: Path, place: Path) -> None:
    """Copy images, lists of ends and the template, and nothing else."""
    for row in pack.stimuli:
        target = place / row.file
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(target, read_bytes(inside(folder, row.file)))
    (place / TEMPLATE).parent.mkdir(parents=True, exist_ok=True)
    template = inside(folder, TEMPLATE)
    if template.exists():
        write_bytes_atomically(place / TEMPLATE, read_bytes(template))
    for continuum in pack.continua:
        ends = ends_file(continuum.continuum_id)
        if ends_of(folder, continuum.continuum_id) is not None:
            (place / ends).parent.mkdir(parents=True, exist_ok=True)
            text = read_text(inside(folder, ends))
            write_text_atomically(place / ends, public_ends(text))


def _check_whole(place: Path) -> None:
    """Refuse a copy that does not verify; it is not moved to its place then."""
    raise_all(
        InputError(f"the copy is not whole: {found.message}", where=found.where)
        for found in verify_pack(place)
    )
