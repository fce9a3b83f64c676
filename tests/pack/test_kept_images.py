"""What a build keeps of its images changes nothing but how much is read."""

import numpy as np
import pytest
from small_pack import make_pack

from morphkit.errors import InputError
from morphkit.faces.images import read_image
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import CONTACT_SHEET
from morphkit.pack.previews import write_contact_sheet
from morphkit.report.pack_report import make_report


def kept_of(pack, folder, **limits):
    kept = KeptImages(folder, **limits)
    for row in pack.stimuli:
        kept.add(row, read_image(folder / row.file))
    return kept


@pytest.mark.parametrize("size", [(48, 64), (420, 300)])
@pytest.mark.parametrize("max_bytes", [0, 400_000, 64 << 20])
def test_sheet_and_report_are_the_same(tmp_path, size, max_bytes):
    pack = make_pack(tmp_path, n_steps=3, size=size)
    write_contact_sheet(pack, tmp_path)
    sheet = (tmp_path / CONTACT_SHEET).read_bytes()
    report = make_report(pack, tmp_path)
    kept = kept_of(pack, tmp_path, max_bytes=max_bytes)
    write_contact_sheet(pack, tmp_path, kept)
    assert (tmp_path / CONTACT_SHEET).read_bytes() == sheet
    assert make_report(pack, tmp_path, kept=kept) == report


def test_what_is_kept_is_not_read(tmp_path):
    pack = make_pack(tmp_path, n_steps=3, size=(420, 300))
    first, second = kept_of(pack, tmp_path), kept_of(pack, tmp_path, max_bytes=0)
    row = pack.stimuli[0]
    image = read_image(tmp_path / row.file)
    for each in pack.stimuli:
        (tmp_path / each.file).unlink()
    write_contact_sheet(pack, tmp_path, second)
    assert second.preview(row, 384, 85) == first.preview(row, 384, 85)
    assert (first.image(row) == image).all()
    for ask in (
        lambda: second.image(row),
        lambda: second.thumbnail(row, 100),
        lambda: second.preview(row, 384, 75),
    ):
        with pytest.raises(InputError):
            ask()


def test_an_image_is_known_by_its_content(tmp_path):
    """Another image of the same name is read."""
    pack = make_pack(tmp_path / "a", n_steps=3, size=(420, 300))
    other = make_pack(tmp_path / "b", n_steps=3, size=(420, 300), dtype=np.uint16)
    kept = kept_of(pack, tmp_path / "b")
    row = other.stimuli[0]
    assert row.file == pack.stimuli[0].file
    assert row.pixel_sha256 != pack.stimuli[0].pixel_sha256
    assert kept.image(row).dtype == np.uint16
