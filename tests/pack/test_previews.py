"""Thumbnails and the contact sheet."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import small_pack
from small_pack import make_pack

from morphkit.errors import InputError
from morphkit.faces.images import read_image
from morphkit.pack import copy_sizes
from morphkit.pack.copy_sizes import THUMBNAIL, evenly_spaced
from morphkit.pack.previews import CONTACT_SHEET, write_contact_sheet
from morphkit.pack.small_copies import page_copy, thumbnail
from morphkit.pixels import MAX_SIDE

WHITE = [255, 255, 255]


def sheet_of(folder, **options):
    write_contact_sheet(make_pack(folder, **options), folder)
    return read_image(folder / CONTACT_SHEET)


@pytest.mark.parametrize("n", [2, 3, 14, 15, 16, 17, 100, 999])
@pytest.mark.parametrize("at_most", [2, 3, 15])
def test_evenly_spaced_indices_grow_and_hold_both_ends(n, at_most):
    chosen = evenly_spaced(n, at_most)
    assert len(chosen) == min(n, at_most)
    assert (chosen[0], chosen[-1]) == (0, n - 1)
    gaps = np.diff(chosen)
    assert gaps.min() >= 1
    assert gaps.max() - gaps.min() <= 1


def test_a_thumbnail_keeps_the_shape_and_the_mean_colour():
    ramp = np.linspace(0, 255, 600)[None, :, None] * np.array([1.0, 0.5, 0.1])
    image = np.broadcast_to(ramp, (900, 600, 3)).astype(np.uint8)
    small = thumbnail(image, 100)
    assert small.shape == (150, 100, 3)
    assert small.dtype == np.uint8
    np.testing.assert_allclose(
        small.mean(axis=(0, 1)), image.mean(axis=(0, 1)), atol=0.6
    )
    # Red still grows from left to right.
    assert (np.diff(small[75, :, 0].astype(int)) >= 0).all()


def test_a_small_image_is_not_enlarged():
    image = np.arange(16 * 20 * 3, dtype=np.uint16).astype(np.uint8).reshape(20, 16, 3)
    np.testing.assert_array_equal(thumbnail(image, 100), image)


def test_deep_images_become_8_bit_rounded_to_nearest():
    codes = np.array([0, 127, 128, 257, 385, 386, 65535], np.uint16)
    image = np.broadcast_to(codes[None, :, None], (2, 7, 3)).copy()
    assert thumbnail(image, 100)[0, :, 0].tolist() == [0, 0, 0, 1, 1, 2, 255]


def test_very_tall_images_stay_within_twice_the_width():
    assert thumbnail(np.zeros((4000, 20, 3), np.uint8), 50).shape == (100, 1, 3)


def test_the_sheet_shows_every_image_on_white(tmp_path):
    sheet = sheet_of(tmp_path, n_steps=5, size=(256, 256))
    assert sheet[0, 0].tolist() == WHITE
    assert sheet[-1, -1].tolist() == WHITE
    # The first images are pure blue, the last pure red, where green is least: in their
    # top left corners.
    pure_blue = (sheet[..., 2] > 250) & (sheet[..., 0] < 5)
    pure_red = (sheet[..., 0] > 250) & (sheet[..., 2] < 5)
    for found in (pure_blue, pure_red):
        rows, columns = found.any(axis=1), found.any(axis=0)
        assert columns.sum() == THUMBNAIL
        assert rows.sum() == 2 * THUMBNAIL
    assert pure_blue.any(axis=0).argmax() < pure_red.any(axis=0).argmax()


def test_long_continua_show_evenly_spaced_steps(tmp_path):
    few = sheet_of(tmp_path / "few", identities=["ada"], n_steps=15)
    many = sheet_of(tmp_path / "many", identities=["ada"], n_steps=200)
    # "15 of 200 steps" is an extra line of the label; the images are as many.
    assert abs(many.shape[1] - few.shape[1]) < 50
    assert many.shape[0] == few.shape[0]
    assert (many[..., 0] < many[..., 1]).any()


@pytest.mark.parametrize("size", [(16, 16), (16, 400), (400, 16)])
def test_odd_shapes_fit(tmp_path, size):
    sheet = sheet_of(tmp_path, n_steps=3, size=size)
    pure_blue = (sheet[..., 2] > 250) & (sheet[..., 0] < 5)
    assert pure_blue.any()


@pytest.mark.slow
def test_a_hundred_tall_continua_fit_into_a_png(tmp_path):
    names = [f"id{k}" for k in range(100)]
    sheet = sheet_of(tmp_path, identities=names, n_steps=2, size=(100, 200))
    assert sheet.shape[0] <= MAX_SIDE


def test_large_sets_have_smaller_thumbnails(tmp_path, monkeypatch):
    pack = make_pack(tmp_path, n_steps=10, size=(200, 200))
    write_contact_sheet(pack, tmp_path)
    large = read_image(tmp_path / CONTACT_SHEET)
    monkeypatch.setattr(copy_sizes, "MAX_AREA", 20 * 60 * 60)
    write_contact_sheet(pack, tmp_path)
    small = read_image(tmp_path / CONTACT_SHEET)
    assert large.shape[0] - small.shape[0] == 2 * (THUMBNAIL - 60)
    assert large.shape[1] - small.shape[1] == 10 * (THUMBNAIL - 60)


def test_deep_images_make_the_same_sheet(tmp_path):
    plain = sheet_of(tmp_path / "a", size=(32, 32))
    deep = sheet_of(tmp_path / "b", size=(32, 32), dtype=np.uint16)
    difference = np.abs(plain.astype(int) - deep)
    assert difference.max() <= 1


def test_the_file_holds_nothing_but_pixels(tmp_path):
    sheet_of(tmp_path)
    data = (tmp_path / CONTACT_SHEET).read_bytes()
    for chunk in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"gAMA", b"iCCP", b"eXIf"):
        assert chunk not in data


def test_a_missing_image_is_named(tmp_path):
    pack = make_pack(tmp_path)
    (tmp_path / pack.stimuli[2].file).unlink()
    with pytest.raises(InputError, match="ada_happy_sad_s03"):
        write_contact_sheet(pack, tmp_path)


@pytest.mark.slow
def test_bytes_repeat_in_other_folders_and_processes(tmp_path):
    """Sheet and report: another folder, working directory and hash seed."""
    helper = Path(small_pack.__file__)
    made = []
    for seed in ("1", "77"):
        folder = tmp_path / f"run {seed}"
        (folder / "pack").mkdir(parents=True)
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, helper, folder / "pack"],
            cwd=folder,
            env=environment,
            check=True,
        )
        made.append(
            [
                (folder / "pack" / name).read_bytes()
                for name in (CONTACT_SHEET, "report.html")
            ]
        )
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0][1]


def test_a_copy_for_a_page_looks_like_the_thumbnail():
    rows, columns = np.mgrid[:600, :500] / 100
    image = np.stack([np.sin(rows * columns), np.cos(rows), np.sin(columns)], axis=2)
    image = np.uint8(np.rint(127 + 120 * image))
    for width in (40, 120, 166):
        exact, quick = thumbnail(image, width), page_copy(image, width)
        assert exact.shape == quick.shape
        error = exact.astype(float) - quick
        assert (error**2).mean() < 4
    np.testing.assert_array_equal(page_copy(image, 200), thumbnail(image, 200))
