"""Transparent photographs show the background, whatever colour is hidden in them."""

import io
import struct

import numpy as np
import pytest
from image_files import chunk, put, raw_png, tiff_16
from PIL import Image

from morphkit.errors import InputError
from morphkit.faces.images import read_image, read_photo

RNG = np.random.default_rng(8)
RGB = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (6, 9, 3), dtype=np.uint16)
ALPHA = RNG.integers(1, 255, (6, 9), dtype=np.uint8)
ALPHA[:, :3] = 0
ALPHA[:, 3:5] = 255
HIDDEN = (0, 255, 0)


def mixed(codes, alpha, background):
    """Return what colour science says: light mixed by alpha."""
    top = np.iinfo(codes.dtype).max

    def light(values):
        return np.where(
            values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
        )

    behind = light(np.array(background) / 255)
    both = alpha[..., None] * light(codes / top) + (1 - alpha[..., None]) * behind
    dark = both <= 0.0031308
    return top * np.where(dark, 12.92 * both, 1.055 * both ** (1 / 2.4) - 0.055)


def file(rgb, alpha, kind="PNG", **options):
    data = io.BytesIO()
    Image.fromarray(np.dstack([rgb, alpha])).save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("a.png", "PNG", {}),
        ("a.webp", "WEBP", {"lossless": True, "exact": True}),
        ("a.tif", "TIFF", {}),
    ],
)
@pytest.mark.parametrize("background", ["#808080", "#ff0010"])
def test_light_is_mixed_with_the_background(tmp_path, name, kind, options, background):
    hidden = RGB.copy()
    hidden[ALPHA == 0] = HIDDEN
    path = put(tmp_path, name, file(hidden, ALPHA, kind, **options))
    found = read_image(path, background=background)
    colour = tuple(bytes.fromhex(background[1:]))
    want = mixed(RGB, ALPHA / 255, colour)
    assert np.abs(found - want).max() <= 0.6
    assert (found[ALPHA == 0] == colour).all()
    assert (found[ALPHA == 255] == RGB[ALPHA == 255]).all()
    in_codes = ALPHA[..., None] / 255 * RGB + (1 - ALPHA[..., None] / 255) * colour
    assert np.abs(found - in_codes).max() > 10


def test_middle_grey_where_nothing_is_said(tmp_path):
    path = put(tmp_path, "a.png", file(RGB, ALPHA))
    assert (read_image(path)[ALPHA == 0] == 128).all()
    assert (read_photo(path).on() == read_image(path)).all()
    assert read_photo(path).transparent == pytest.approx((ALPHA < 255).mean())


def test_opaque_alpha_changes_nothing(tmp_path):
    full = np.full_like(ALPHA, 255)
    photo = read_photo(put(tmp_path, "a.png", file(RGB, full)))
    assert photo.mask is None
    assert photo.transparent == 0
    assert (photo.on("#ff0000") == RGB).all()
    assert (photo.on("mean") == RGB).all()


def test_16_bits(tmp_path):
    alpha = RNG.integers(0, 65536, (6, 9), dtype=np.uint16)
    alpha[0], alpha[1] = 0, 65535
    four = np.dstack([DEEP, alpha])
    for name, data in (
        ("a.png", raw_png(four, 6, 16)),
        ("a.tif", tiff_16(four)),
    ):
        found = read_image(put(tmp_path, name, data), background="#204060")
        want = mixed(DEEP, alpha / 65535, (0x20, 0x40, 0x60))
        assert found.dtype == np.uint16
        # Light has 15 bits: up to 26 codes in the deepest shadows, one in the lights.
        assert np.abs(found - want).max() <= 27
        assert np.abs(found - want)[want > 20000].max() <= 2.5
        assert (found[1] == DEEP[1]).all()
        assert (found[0] == [0x2020, 0x4040, 0x6060]).all()


def test_16_bit_grey_with_alpha(tmp_path):
    alpha = DEEP[..., 1]
    both = np.dstack([DEEP[..., 0], alpha])
    photo = read_photo(put(tmp_path, "a.png", raw_png(both, 4, 16)))
    assert (photo.image == DEEP[..., :1]).all()
    assert photo.mask is not None
    assert np.abs(photo.mask * 65535 - alpha).max() < 0.01


def test_samples_multiplied_by_alpha(tmp_path):
    """Associated alpha: the file holds colour times alpha."""
    alpha = np.where(ALPHA == 0, 0, 128 + ALPHA.astype(int) // 2).astype(np.uint16)
    deep_alpha = alpha * np.uint16(257)
    times = np.rint(DEEP * (deep_alpha[..., None] / 65535)).astype(np.uint16)
    data = tiff_16(np.dstack([times, deep_alpha]), _338=[1])
    photo = read_photo(put(tmp_path, "a.tif", data))
    seen = alpha > 0
    assert np.abs(photo.image[seen].astype(int) - DEEP[seen]).max() <= 1
    plain = read_photo(
        put(tmp_path, "b.tif", tiff_16(np.dstack([times, deep_alpha]), _338=[2]))
    )
    assert (plain.image == times).all()
    ignored = read_photo(
        put(tmp_path, "c.tif", tiff_16(np.dstack([times, deep_alpha]), _338=[0]))
    )
    assert (ignored.image == times).all()
    assert ignored.mask is None


def test_8_bit_tiff_multiplied_by_alpha(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    alpha = np.where(ALPHA == 0, 0, 128 + ALPHA.astype(int) // 2).astype(np.uint8)
    times = np.rint(RGB * (alpha[..., None] / 255)).astype(np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, np.dstack([times, alpha]), photometric="rgb", extrasamples=[1]
    )
    found = read_image(path, background="#ffffff")
    want = mixed(RGB, alpha / 255, (255, 255, 255))
    assert np.abs(found - want).max() <= 2


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_grey_with_a_transparent_value(tmp_path, bits):
    top = (1 << bits) - 1
    samples = RNG.integers(0, top + 1, (8, 8))
    key = int(samples[3, 4])
    data = raw_png(samples, 0, bits, chunk(b"tRNS", struct.pack(">H", key)))
    found = read_image(put(tmp_path, "a.png", data), background="#102030")
    full = np.iinfo(found.dtype).max
    clear = samples == key
    assert (found[clear] // (full // 255) == [0x10, 0x20, 0x30]).all()
    want = (samples * (full // top))[..., None].repeat(3, axis=2)
    assert (found[~clear] == want[~clear]).all()


def test_colours_with_a_transparent_value(tmp_path):
    for samples, bits in ((RGB, 8), (DEEP, 16)):
        key = chunk(b"tRNS", samples[2, 2].astype(">u2").tobytes())
        found = read_image(put(tmp_path, "a.png", raw_png(samples, 2, bits, key)))
        clear = (samples == samples[2, 2]).all(axis=2)
        assert (found[clear] == 128 * (257 if bits == 16 else 1)).all()
        assert (found[~clear] == samples[~clear]).all()


def test_palette_with_alpha(tmp_path):
    palette = Image.fromarray(RGB).quantize(8)
    clear = bytes([0, 255, 100, 255, 255, 255, 255, 255])
    palette.save(tmp_path / "a.png", transparency=clear)
    index = np.asarray(palette)
    plain = np.asarray(palette.convert("RGB"))
    found = read_image(tmp_path / "a.png", background="#0000ff")
    want = mixed(plain, np.array([*clear])[index] / 255, (0, 0, 255))
    assert np.abs(found - want).max() <= 0.6
    assert (index == 2).any()
    assert (found[index == 0] == (0, 0, 255)).all()


def test_alpha_of_heic(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    cut = np.full((64, 64, 4), (200, 90, 40, 255), np.uint8)
    cut[:, :32] = (*HIDDEN, 0)
    heif.from_pillow(Image.fromarray(cut)).save(tmp_path / "a.heic", quality=-1)
    found = read_image(tmp_path / "a.heic").astype(int)
    assert np.abs(found[:, :24] - 128).max() <= 2
    assert np.abs(found[:, 40:] - (200, 90, 40)).max() <= 6


def test_background_that_is_no_colour(tmp_path):
    path = put(tmp_path, "a.png", file(RGB, ALPHA))
    with pytest.raises(InputError, match=r'a\.png: .*transparent.*"mean".*#rrggbb'):
        read_image(path, background="mean")
