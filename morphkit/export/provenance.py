"""Provenance inside images (XMP with IPTC and PLUS fields), on request only.

A pack's images carry no metadata: a name or a level in a file could unblind a
participant. If a set is redistributed, metadata state that an image is a composite, who
made it, and whether it shows a minor. They never name the person, the expression or the
level, and pixels are unchanged.

References
----------
XMP in PNG: https://www.w3.org/TR/png-3/#11iTXt; IPTC digital source types:
http://cv.iptc.org/newscodes/digitalsourcetype/; PLUS: https://www.useplus.org/
"""

import dataclasses
import hashlib
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from morphkit._core.files import write_bytes_atomically
from morphkit._core.paths import inside
from morphkit.errors import InputError
from morphkit.export.adapter import Material
from morphkit.export.stimuli import read_stimulus, used_rows
from morphkit.pack.documents import licence_page
from morphkit.pack.model import Pack
from morphkit.pack.rows import IdentityRow, Stimulus
from morphkit.recipe import ConsentBasis, PackPart

_COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/composite"
_PLUS = "http://ns.useplus.org/ldf/vocab/"
#: PLUS model release: not applicable; limited (a study's consent is no free licence);
#: none.
_RELEASES: Mapping[ConsentBasis, str] = {
    "synthetic": "MR-NAP",
    "guardian-explicit": "MR-LPR",
    "participant-explicit": "MR-LPR",
    "dataset-licence": "MR-LPR",
    "unknown": "MR-NON",
}
_DESCRIPTION = "Face morph made for research. Not a photograph of a real expression."

#: Bytes before the first chunk, and of the first chunk (IHDR) whole.
_SIGNATURE, _HEADER = 8, 25

_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
 dc:identifier={identifier}
 xmp:CreatorTool={tool}
 xmpRights:Marked="{marked}"{page}
 Iptc4xmpExt:DigitalSourceType="{source_type}"
 plus:ModelReleaseStatus="{release}"
 plus:MinorModelAgeDisclosure="{age}">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt>\
</dc:description>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{licence}</rdf:li></rdf:Alt>\
</dc:rights>{creators}
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def with_provenance(material: Material, scratch: Path) -> Material:
    """Return the material with images that state their provenance.

    Parameters
    ----------
    material : Material
        Its own files are not changed.
    scratch : Path
        Empty folder for the copies; it must exist until the export is written.

    Returns
    -------
    Material
        The same pack with `scratch` as its folder and updated sizes and hashes of the
        stimuli. The folder contains only the images.
    """
    part = material.pack.recipe.pack
    people = {row.identity_id: row for row in material.pack.identities}
    used = {row.stimulus_id for row in used_rows(material)}
    rows: list[Stimulus] = []
    for row in material.pack.stimuli:
        if row.stimulus_id not in used:
            rows.append(row)
            continue
        text = packet(row, _person(people, row), material.pack, part)
        data = insert(read_stimulus(row, material.folder), text)
        target = inside(scratch, row.file)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(target, data)
        sha256 = hashlib.sha256(data).hexdigest()
        rows.append(dataclasses.replace(row, bytes=len(data), sha256=sha256))
    pack = dataclasses.replace(material.pack, stimuli=tuple(rows))
    return dataclasses.replace(material, pack=pack, folder=scratch)


def _person(people: Mapping[str, IdentityRow], row: Stimulus) -> IdentityRow:
    """Return the row of the identity that an image shows."""
    if row.identity_id not in people:
        raise InputError(
            f'the identity "{row.identity_id}" has no row in the table of identities',
            where=row.stimulus_id,
            remedy="obtain the pack again from its source, or rebuild it",
        )
    return people[row.identity_id]


def packet(row: Stimulus, person: IdentityRow, pack: Pack, part: PackPart) -> str:
    """Return the XMP packet of one stimulus.

    Parameters
    ----------
    row : Stimulus
    person : IdentityRow
        The identity shown.
    pack : Pack
    part : PackPart
        Description of the pack in the recipe.
    """
    licence = person.licence or part.licence
    page = licence_page(part.model_copy(update={"licence": licence}))
    web = page if page.startswith("https://") else ""
    people = "".join(f"<rdf:li>{escape(name)}</rdf:li>" for name in part.creators)
    creators = f"\n<dc:creator><rdf:Seq>{people}</rdf:Seq></dc:creator>"
    return _PACKET.format(
        identifier=quoteattr(f"sha256:{row.pixel_sha256}"),
        tool=quoteattr(f"morphkit {pack.software['morphkit']}"),
        marked="False" if licence == "CC0-1.0" else "True",
        page=f"\n xmpRights:WebStatement={quoteattr(web)}" if web else "",
        source_type=_COMPOSITE,
        release=_PLUS + _RELEASES[person.consent_basis],
        age=_PLUS + age_code(person.age_months),
        description=_DESCRIPTION,
        licence=escape(licence),
        creators=creators if people else "",
    )


def age_code(months: str | float | bool | None) -> str:
    """Return the PLUS code of an age: 14 and under, each year to 24, 25 and over.

    Examples
    --------
    >>> age_code(7), age_code(17 * 12 + 11), age_code(600), age_code(None)
    ('AG-U14', 'AG-A17', 'AG-A25', 'AG-UNK')
    """
    if months is None or months == "":
        return "AG-UNK"
    years = int(float(months) // 12)
    if years <= 14:
        return "AG-U14"
    return f"AG-A{min(years, 25)}"


def insert(png: bytes, text: str) -> bytes:
    """Return a PNG file with an XMP packet after its header; pixels are unchanged."""
    place = _SIGNATURE + _HEADER
    keyword = b"XML:com.adobe.xmp"
    # Keyword, end, uncompressed (two bytes), no language, no translated keyword.
    content = keyword + b"\x00" * 5 + text.encode("utf-8")
    check = zlib.crc32(content, zlib.crc32(b"iTXt"))
    chunk = struct.pack(">I", len(content)) + b"iTXt" + content
    return png[:place] + chunk + struct.pack(">I", check) + png[place:]
