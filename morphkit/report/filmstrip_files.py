"""Filmstrips as a file: a page for a browser, or one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from morphkit._core.files import write_bytes_atomically
from morphkit._core.finding import Finding
from morphkit.errors import InputError, OutputError
from morphkit.pack.model import Pack
from morphkit.pack.recheck import Rechecked
from morphkit.pack.whole import read_whole_pack
from morphkit.pixels import encode_png
from morphkit.quality.groups import FindingGroup
from morphkit.report.embedded_films import EmbeddedFilmstrip, embed_filmstrips
from morphkit.report.filmstrip_picture import draw_filmstrips
from morphkit.report.filmstrips import Filmstrip, choose_findings, make_filmstrips
from morphkit.report.page import page_template, policy_of, text_of

#: Maximum number of characters for all strips of a page of their own.
BUDGET = 12_000_000


@dataclass(frozen=True)
class _Shown:
    """A strip of a page, with its finding."""

    finding: Finding
    embedded: EmbeddedFilmstrip


def write_filmstrips(
    checked: Rechecked,
    folder: str | Path,
    output: str | Path,
    *,
    overwrite: bool = False,
) -> int:
    """Write the filmstrips of what a check found, as a page or as one picture.

    Shown are the worst finding of every kind that asks for a decision, and every error
    and warning, as far as they are seen somewhere in the images.

    Parameters
    ----------
    checked : Rechecked
        What `morphkit.check_pack` returned.
    folder : str or Path
        Folder of the pack that was checked; it is not changed.
    output : str or Path
        A page (``.html``), which needs nothing but itself, or a picture (``.png``).
    overwrite : bool, optional
        Replace an existing file.

    Returns
    -------
    int
        Number of strips; if there is nothing to show, no file is written.

    Raises
    ------
    InputError
        If the pack cannot be read, or the file has another ending or lies inside it.
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.write_filmstrips(mk.check_pack("pack"), "pack", "worst.html")
    2
    """
    folder, output = Path(folder), Path(output)
    _check_output(output, folder, overwrite=overwrite)
    pack = read_whole_pack(folder, unverified=bool(checked.unverified))
    groups = checked.groups
    chosen = choose_findings(groups)
    strips = tuple(make_filmstrips(pack, folder, chosen, checked.evidence.get))
    if not strips:
        return 0
    private = [row.identity_id for row in pack.identities if not row.may_redistribute]
    if output.suffix.lower() == ".png":
        data = encode_png(draw_filmstrips(strips, groups, private=private))
    else:
        data = _page(pack, strips, groups, private).encode("utf-8")
    write_bytes_atomically(output, data, overwrite=overwrite)
    return len(strips)


def _check_output(output: Path, folder: Path, *, overwrite: bool) -> None:
    """Refuse a file that would change the pack, and one that is there already."""
    if output.suffix.lower() not in (".png", ".html", ".htm"):
        raise InputError(
            "is no page and no picture",
            where=str(output),
            allowed=".html or .png",
        )
    if output.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            "lies inside the pack, which must stay as it is",
            where=str(output),
            remedy="choose a place outside it",
        )
    if output.exists() and not overwrite:
        raise OutputError(
            f"{output}: already exists; choose another name, or add --overwrite"
        )


def _page(
    pack: Pack,
    strips: Sequence[Filmstrip],
    groups: Sequence[FindingGroup],
    private: Sequence[str],
) -> str:
    """Return the page."""
    style = text_of("report.css")
    embedded = embed_filmstrips(strips, budget=BUDGET)
    kinds = {f: group for group in groups for f in group.findings}
    return page_template("filmstrips.html.j2").render(
        name=pack.name,
        version=pack.version,
        private=private,
        strips=[(_Shown(f, one), kinds[f]) for f, one in embedded.items()],
        left_out=len(strips) - len(embedded),
        style=Markup(style),
        policy=Markup(policy_of(style)),
    )
