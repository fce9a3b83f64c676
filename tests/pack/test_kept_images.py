"""What a build keeps of its images changes nothing but how much is read."""

import pickle

import numpy as np
import pytest
from small_pack import make_pack

from morphkit.errors import InputError
from morphkit.faces.images import read_image
from morphkit.pack import copy_sizes, kept_images
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.layout import CONTACT_SHEET
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.small_copies import preview_of
from morphkit.report import embedded_images
from morphkit.report.embedded_images import embed_previews
from morphkit.report.pack_report import make_report


def kept_of(pack, folder, **limits):
    expected = copy_sizes.ExpectedCopies([row.n_steps for row in pack.continua])
    kept = KeptImages(folder, expected, **limits)
    for row in pack.stimuli:
        kept.add(row, read_image(folder / row.file))
    return kept


@pytest.mark.slow
@pytest.mark.parametrize("size", [(48, 64), (420, 300)])
@pytest.mark.parametrize("max_bytes", [0, 400_000, 96 << 20])
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
    embed_previews(pack, second)
    assert second.preview(row, 384, 85) == first.preview(row, 384, 85)
    assert (first.image(row) == image).all()
    for ask in (
        lambda: second.image(row),
        lambda: second.thumbnail(row, 100),
        lambda: second.preview(row, 384, 75),
    ):
        with pytest.raises(InputError):
            ask()


def test_small_copies_of_another_process_are_kept(tmp_path, monkeypatch):
    pack = make_pack(tmp_path, n_steps=3, size=(420, 300))
    other = kept_of(pack, tmp_path, max_bytes=0)
    kept, full = KeptImages(tmp_path), KeptImages(tmp_path)
    kept.take(pickle.loads(pickle.dumps(other.copies())))
    monkeypatch.setattr(kept_images, "BUDGET", -1)
    monkeypatch.setattr(kept_images, "MAX_AREA", -1)
    full.take(other.copies())
    row = pack.stimuli[0]
    for each in pack.stimuli:
        (tmp_path / each.file).unlink()
    width = copy_sizes.thumbnail_width([[(420, 300)] * 3] * len(pack.continua))
    assert (kept.thumbnail(row, width) == other.thumbnail(row, width)).all()
    assert kept.preview(row, 384, 85) == other.preview(row, 384, 85)
    for ask in (
        lambda: full.thumbnail(row, width),
        lambda: full.preview(row, 384, 85),
    ):
        with pytest.raises(InputError):
            ask()


def test_small_copies_are_wanted_while_there_is_room(tmp_path, monkeypatch):
    pack = make_pack(tmp_path, n_steps=3, size=(420, 300))
    full = kept_of(pack, tmp_path, max_bytes=0)
    assert full.wanted is full.expected
    monkeypatch.setattr(kept_images, "BUDGET", -1)
    assert full.wanted is full.expected  # the other kind has room
    monkeypatch.setattr(kept_images, "MAX_AREA", -1)
    others = KeptImages(tmp_path, full.wanted, max_bytes=0)
    monkeypatch.undo()
    for row in pack.stimuli:
        others.add(row, read_image(tmp_path / row.file))
    assert not others.copies().thumbnails
    assert not others.copies().previews


def test_the_size_of_previews_is_tried_once(tmp_path, monkeypatch):
    monkeypatch.setattr(copy_sizes, "FEW", 0)
    monkeypatch.setattr(copy_sizes, "TRIED", 2)
    pack = make_pack(tmp_path, n_steps=3, size=(420, 300))
    kept = KeptImages(tmp_path)
    kept.take(kept_of(pack, tmp_path).copies())
    tried = []
    monkeypatch.setattr(copy_sizes, "encode_jpeg", lambda *of: tried.append(of))
    kept.add(pack.stimuli[0], read_image(tmp_path / pack.stimuli[0].file))
    assert kept.expected.n_tried == 2
    assert not tried


@pytest.mark.slow
def test_previews_have_the_size_that_the_report_of_a_large_set_chooses(
    tmp_path, monkeypatch
):
    for module in (copy_sizes, kept_images, embedded_images):
        monkeypatch.setattr(module, "BUDGET", 20_000)
    monkeypatch.setattr(copy_sizes, "FEW", 0)
    pack = make_pack(tmp_path, n_steps=3, size=(420, 300))
    wanted = embed_previews(pack, KeptImages(tmp_path))
    kept = kept_of(pack, tmp_path)
    made = []

    def recorded(row, image, width, quality):
        made.append((width, quality))
        return preview_of(row, image, width, quality)

    monkeypatch.setattr(kept_images, "preview_of", recorded)
    assert embed_previews(pack, kept) == wanted
    assert {each.width < 384 for found in wanted.values() for each in found} == {True}
    assert set(made) == {copy_sizes.LARGEST}  # those that are tried, and no other


def test_an_image_is_known_by_its_content(tmp_path):
    """Another image of the same name is read."""
    pack = make_pack(tmp_path / "a", n_steps=3, size=(420, 300))
    other = make_pack(tmp_path / "b", n_steps=3, size=(420, 300), dtype=np.uint16)
    kept = kept_of(pack, tmp_path / "b")
    row = other.stimuli[0]
    assert row.file == pack.stimuli[0].file
    assert row.pixel_sha256 != pack.stimuli[0].pixel_sha256
    assert kept.image(row).dtype == np.uint16
