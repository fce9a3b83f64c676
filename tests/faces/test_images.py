"""Photographs: every kind of file is made here, and every way to be refused."""

import contextlib
import io
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
from image_files import chunk, put, tiff_16, with_chunk
from PIL import Image, ImageCms

from morphkit._core.files import (
    sha256_of,
    write_bytes_atomically,
    write_text_atomically,
)
from morphkit._core.reading import read_bytes
from morphkit.errors import InputError, MissingExtraError, OutputError
from morphkit.faces import images
from morphkit.faces.images import (
    apply_orientation,
    pixel_sha256,
    read_image,
    read_photo,
    write_png,
)
from morphkit.faces.images.headers import identify

RNG = np.random.default_rng(42)
RGB = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
RGB[0, :2] = [[0, 0, 0], [255, 255, 255]]
DEEP = RNG.integers(0, 65536, (5, 7, 3), dtype=np.uint16)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(tmp_path, name, image, **options):
    path = tmp_path / name
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    image.save(path, **options)
    return path


def deep(suffix: str, array) -> bytes:
    if array.ndim == 3:
        array = np.ascontiguousarray(array[..., [2, 1, 0, 3][: array.shape[2]]])
    ok, data = cv2.imencode(suffix, array)
    assert ok
    return data.tobytes()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


def profile(gamma: float, primaries: list[list[float]]) -> bytes:
    """Return a matrix profile with D50 primaries (columns XYZ of R, G, B)."""

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(values) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"sRGB\0" + b"\0" * 79
    tags = {b"desc": text + b"\0" * (-len(text) % 4), b"cprt": b"text\0\0\0\0CC0\0"}
    tags |= {b"wtpt": xyz([0.9642, 1, 0.8249])}
    columns = zip(b"rgb", primaries, strict=True)
    for letter, column in columns:
        tags[bytes([letter]) + b"XYZ"] = xyz(column)
        tags[bytes([letter]) + b"TRC"] = curve
    table, data = b"", b""
    for name, content in tags.items():
        at = 128 + 4 + 12 * len(tags) + len(data)
        table += name + struct.pack(">II", at, len(content))
        data += content
    size = 128 + 4 + len(table) + len(data)
    head = struct.pack(
        ">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ "
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


P3 = [[0.5151, 0.2412, -0.0011], [0.2920, 0.6922, 0.0419], [0.1571, 0.0666, 0.7841]]
SRGB_D50 = np.array(
    [[0.4360, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [0.1431, 0.0606, 0.7141]]
)


def expected_srgb(codes, gamma: float, primaries) -> np.ndarray:
    """Return what colour science says, without a colour management system."""
    linear = (codes / 255.0) ** gamma
    rgb = linear @ np.array(primaries) @ np.linalg.inv(SRGB_D50)
    rgb = np.clip(rgb, 0, 1)
    low = rgb <= 0.0031308
    return 255 * np.where(low, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)


# --- what is read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.PNG", {}),
        ("a.tif", {}),
        ("a.tiff", {"compression": "tiff_lzw"}),
        ("a.webp", {"lossless": True}),
    ],
)
def test_lossless_8(tmp_path, name, options):
    path = saved(tmp_path, name, RGB, **options)
    photo = read_photo(path)
    assert (photo.image == RGB).all()
    assert photo.image.dtype == np.uint8
    assert not photo.image.flags.writeable
    assert photo.mask is None
    assert photo.sha256 == sha256_of(path)
    assert (photo.original_size, photo.bit_depth) == ((7, 5), 8)
    assert (photo.had_profile, photo.name) == (False, name)
    assert photo.format == images.SUFFIXES[path.suffix.lower()]
    assert (read_image(path) == RGB).all()


def test_jpeg_is_what_pillow_decodes(tmp_path):
    path = saved(tmp_path, "a.jpg", RGB, quality=90)
    with Image.open(path) as image:
        assert (read_image(path) == np.asarray(image)).all()


@pytest.mark.parametrize("kind", ["png", "tiff", "big-endian tiff"])
def test_16_bits_are_kept(tmp_path, kind):
    if kind == "png":
        path = put(tmp_path, "a.png", deep(".png", DEEP))
    else:
        order = ">" if kind.startswith("big") else "<"
        path = put(tmp_path, "a.tif", tiff_16(DEEP, order))
    photo = read_photo(path)
    assert photo.image.dtype == np.uint16
    assert (photo.image == DEEP).all()
    assert photo.bit_depth == 16


def test_16_bit_grey_and_alpha(tmp_path):
    grey, alpha = DEEP[:, :, 0], DEEP[:, :, 1]
    both = np.dstack([DEEP, alpha])
    for name, data in {
        "a.png": deep(".png", grey),
        "a.tif": tiff_16(grey),
    }.items():
        assert (read_image(put(tmp_path, name, data)) == grey[:, :, None]).all()
    for name, data in {"b.png": deep(".png", both), "b.tif": tiff_16(both)}.items():
        photo = read_photo(put(tmp_path, name, data))
        assert (photo.image == DEEP).all()
        assert (photo.mask == (alpha / np.float32(65535)).astype(np.float32)).all()


def test_grey_palette_and_bits(tmp_path):
    grey = RGB[:, :, 0]
    path = saved(tmp_path, "grey.png", grey)
    assert (read_image(path) == grey[:, :, None]).all()
    bits = Image.fromarray(grey > 99)
    assert bits.mode == "1"
    found = read_image(saved(tmp_path, "bits.png", bits))
    assert (found == np.where(grey > 99, 255, 0)[:, :, None]).all()
    palette = Image.fromarray(RGB).quantize(16)
    found = read_image(saved(tmp_path, "palette.png", palette, bits=4))
    assert (found == np.asarray(palette.convert("RGB"))).all()


def test_alpha_becomes_the_mask_and_colours_stay(tmp_path):
    alpha = RGB[:, :, 0].copy()
    alpha[2] = 0
    for name, options in (("a.png", {}), ("a.webp", {"lossless": True, "exact": True})):
        path = saved(tmp_path, name, np.dstack([RGB, alpha]), **options)
        photo = read_photo(path)
        assert (photo.image == RGB).all()
        assert photo.mask is not None
        assert photo.mask.dtype == np.float32
        assert (photo.mask == alpha.astype(np.float32) / np.float32(255)).all()
    opaque = np.dstack([RGB, np.full_like(alpha, 255)])
    assert read_photo(saved(tmp_path, "o.png", opaque)).mask is None
    grey = Image.merge("LA", [Image.fromarray(RGB[:, :, 1]), Image.fromarray(alpha)])
    photo = read_photo(saved(tmp_path, "la.png", grey))
    assert (photo.image == RGB[:, :, 1:2]).all()
    assert (photo.mask[2] == 0).all()


def test_transparent_palette_and_key(tmp_path):
    palette = Image.fromarray(RGB).quantize(8)
    index = np.asarray(palette)
    photo = read_photo(saved(tmp_path, "p.png", palette, transparency=int(index[1, 1])))
    assert (photo.mask == (index != index[1, 1])).all()
    assert (photo.image == np.asarray(palette.convert("RGB"))).all()
    key = tuple(int(v) for v in RGB[3, 3])
    photo = read_photo(saved(tmp_path, "key.png", RGB, transparency=key))
    assert (photo.mask == (key != RGB).any(axis=2)).all()


# --- orientation --------------------------------------------------------------------

# Where the stored top-left pixel and its right neighbour belong, from the EXIF text:
# (row 0 is the visual …, column 0 is the visual …).
EXIF_CORNER = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def upright(array, orientation):
    """Return the expected picture pixel by pixel, from the words of EXIF."""
    row_side, column_side = EXIF_CORNER[orientation]
    height, width = array.shape[:2]
    swap = row_side in ("left", "right")
    out = np.empty(((width, height) if swap else (height, width)) + array.shape[2:])
    for r in range(height):
        for c in range(width):
            sides = {row_side: r, column_side: c}
            y = sides.get("top", out.shape[0] - 1 - sides.get("bottom", 0))
            x = sides.get("left", out.shape[1] - 1 - sides.get("right", 0))
            out[y, x] = array[r, c]
    return out.astype(array.dtype)


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation(tmp_path, turn):
    want, alpha = upright(RGB, turn), RGB[:, :, 0]
    four = np.dstack([RGB, alpha])
    assert (apply_orientation(RGB, turn) == want).all()
    made = {
        "a.png": {"exif": exif(turn)},
        "a.webp": {"exif": exif(turn), "lossless": True, "exact": True},
        "a.tif": {"tiffinfo": {274: turn}},
        "b.tif": {"tiffinfo": {274: turn}, "compression": "tiff_lzw"},
    }
    for name, options in made.items():
        photo = read_photo(saved(tmp_path, name, four, **options))
        assert photo.image.shape == want.shape, name
        assert (photo.image == want).all(), name
        mask = upright(alpha, turn).astype(np.float32) / np.float32(255)
        assert (photo.mask == mask).all(), name
        assert photo.original_size == (7, 5), name
    jpeg = saved(tmp_path, "a.jpg", RGB, exif=exif(turn))
    stored = np.asarray(Image.open(io.BytesIO(jpeg.read_bytes())))
    assert (read_image(jpeg) == upright(stored, turn)).all()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_orientation_of_16_bits(tmp_path, turn, order):
    want = upright(DEEP, turn)
    png = with_chunk(deep(".png", DEEP), b"eXIf", exif(turn)[6:])
    tif = tiff_16(DEEP, order, _274=[turn])
    for name, data in (("a.png", png), ("a.tif", tif)):
        photo = read_photo(put(tmp_path, name, data))
        assert photo.image.shape == want.shape, name
        assert (photo.image == want).all(), name
        assert photo.original_size == (7, 5)


def test_unknown_orientation_is_upright(tmp_path):
    assert (read_image(saved(tmp_path, "a.png", RGB, exif=exif(9))) == RGB).all()


# --- colour profiles ----------------------------------------------------------------


def test_srgb_profile_changes_nothing(tmp_path):
    for name in ("a.png", "a.tif"):
        photo = read_photo(saved(tmp_path, name, RGB, icc_profile=SRGB))
        assert (photo.image == RGB).all()
        assert photo.had_profile
    data = with_chunk(deep(".png", DEEP), b"iCCP", b"x\0\0" + zlib.compress(SRGB))
    assert (read_image(put(tmp_path, "d.png", data)) == DEEP).all()


@pytest.mark.parametrize(
    ("gamma", "primaries"), [(1.8, SRGB_D50), (2.2, P3), (1.8, P3)]
)
def test_other_profiles_are_converted(tmp_path, gamma, primaries):
    """The profile calls itself sRGB: what counts is what it does."""
    data = profile(gamma, primaries)
    # Colours inside both gamuts, and not near black, where 8 bits are coarse.
    codes = RNG.integers(90, 200, (30, 40, 3)).astype(np.uint8)
    grey = codes.mean(axis=2, keepdims=True)
    codes = (grey + (codes - grey) * 0.4).astype(np.uint8)
    photo = read_photo(saved(tmp_path, "a.png", codes, icc_profile=data))
    want = expected_srgb(codes, gamma, primaries)
    assert np.abs(photo.image - want).max() < 1.5
    assert np.abs(photo.image.astype(int) - codes).max() > 3
    assert photo.had_profile


def test_profile_of_grey_pixels(tmp_path):
    codes = np.arange(60, 250, dtype=np.uint8)[None]
    path = saved(tmp_path, "a.png", codes, icc_profile=profile(1.8, SRGB_D50))
    found = read_image(path)
    want = expected_srgb(np.repeat(codes[:, :, None], 3, axis=2), 1.8, SRGB_D50)
    assert np.abs(found - want).max() < 1.5


def cmyk_profile() -> bytes:
    """Return a CMYK profile whose full black has L* 20, and 70 in other intents."""

    def table(dark: float) -> bytes:
        head = b"mft1" + b"\0" * 4 + bytes([4, 3, 2, 0])
        one = struct.pack(">i", 65536)
        head += b"".join(one if i in (0, 4, 8) else b"\0" * 4 for i in range(9))
        inks = [[c >> (3 - i) & 1 for i in range(4)] for c in range(16)]
        lightness = [dark if any(ink) else 100 for ink in inks]
        nodes = b"".join(bytes([round(v * 2.55), 128, 128]) for v in lightness)
        ramp = bytes(range(256))
        return head + ramp * 4 + nodes + ramp * 3

    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"A2B0": table(70), b"A2B1": table(20), b"A2B2": table(70)}
    tags = {b"wtpt": white, **{k: v + b"\0" * (-len(v) % 4) for k, v in tags.items()}}
    index, data = b"", b""
    for name, content in tags.items():
        at = 132 + 12 * len(tags) + len(data)
        index += name + struct.pack(">II", at, len(content))
        data += content
    size = 132 + len(index) + len(data)
    head = struct.pack(
        ">I4sI4s4s4s", size, b"lcms", 0x02100000, b"scnr", b"CMYK", b"Lab "
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + data


def test_cmyk_profile_relative_colorimetric_with_black_point(tmp_path):
    inks = np.zeros((2, 3, 4), np.uint8)
    inks[1] = [0, 0, 0, 255]
    image = Image.fromarray(inks, mode="CMYK")
    photo = read_photo(saved(tmp_path, "a.tif", image, icc_profile=cmyk_profile()))
    assert photo.had_profile
    assert photo.image[0].min() >= 253
    assert photo.image[1].max() <= 2  # L* 20 would be 48, L* 70 would be 171


def test_alpha_survives_a_conversion(tmp_path):
    four = np.dstack([RGB, RGB[:, :, 0]])
    photo = read_photo(saved(tmp_path, "a.png", four, icc_profile=profile(1.8, P3)))
    assert (photo.mask == RGB[:, :, 0].astype(np.float32) / np.float32(255)).all()
    opaque = saved(tmp_path, "b.png", RGB, icc_profile=profile(1.8, P3))
    assert (photo.image == read_image(opaque)).all()


def test_profile_errors(tmp_path):
    other = profile(1.8, P3)
    deep_file = with_chunk(deep(".png", DEEP), b"iCCP", b"x\0\0" + zlib.compress(other))
    with pytest.raises(InputError, match=r"a\.png: a 16-bit image with a colour prof"):
        read_photo(put(tmp_path, "a.png", deep_file))
    with pytest.raises(InputError, match="embedded colour profile cannot be read"):
        read_photo(saved(tmp_path, "b.png", RGB, icc_profile=b"x" * 200))
    cmyk = Image.fromarray(RGB).convert("CMYK")
    with pytest.raises(
        InputError, match="colour profile is for RGB, the pixels are CM"
    ):
        read_photo(saved(tmp_path, "c.jpg", cmyk, icc_profile=SRGB))


def test_lab_tiff(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    big = np.kron(RGB // 2 + 60, np.ones((4, 4, 1), np.uint8)).astype(np.uint8)
    there = ImageCms.profileToProfile(Image.fromarray(big), srgb, lab, outputMode="LAB")
    found = read_image(saved(tmp_path, "a.tif", there))
    change = np.abs(found.astype(int) - big)
    assert change.mean() < 1.5  # whole steps of a* and b* are coarse
    assert change.max() <= 12


def test_cmyk_with_and_without_adobe_inversion(tmp_path):
    cmyk = np.kron(RNG.integers(0, 256, (2, 3, 4)), np.ones((16, 16, 1)))
    image = Image.fromarray(cmyk.astype(np.uint8), mode="CMYK")
    keep = 255 - cmyk.astype(int)
    want = np.rint(keep[:, :, :3] * keep[:, :, 3:] / 255)
    exact = read_image(saved(tmp_path, "a.tif", image))
    assert np.abs(exact - want).max() <= 1
    jpeg = saved(tmp_path, "a.jpg", image, quality=100, subsampling=0)
    assert b"Adobe" in jpeg.read_bytes()
    assert np.abs(read_image(jpeg) - want).mean() < 2


def test_gamma_chunk(tmp_path):
    png = saved(tmp_path, "a.png", RGB).read_bytes()
    good = with_chunk(png, b"gAMA", struct.pack(">I", 45455))
    assert (read_image(put(tmp_path, "b.png", good)) == RGB).all()
    linear = with_chunk(png, b"gAMA", struct.pack(">I", 100000))
    with pytest.raises(InputError, match=r"declares a gamma of 1\.000.*sRGB"):
        read_image(put(tmp_path, "c.png", linear))


# --- HEIC ---------------------------------------------------------------------------


def test_heic(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    large = np.kron(RGB, np.ones((16, 16, 1), np.uint8))
    path = tmp_path / "a.heic"
    heif.from_pillow(Image.fromarray(large)).save(path, quality=-1, chroma=444)
    photo = read_photo(path)
    assert photo.format == "HEIC"
    assert np.abs(photo.image.astype(int) - large).max() <= 6
    heif.from_pillow(Image.fromarray(large)).save(path, quality=-1, exif=exif(6))
    turned = read_photo(path).image
    assert turned.shape == (112, 80, 3)
    assert np.abs(turned.astype(int) - upright(large, 6)).mean() < 20


def test_heic_of_10_bits_is_refused(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    samples = RNG.integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    heif.from_bytes("RGB;16", (64, 48), samples.tobytes()).save(tmp_path / "a.heic")
    with pytest.raises(InputError, match="the HEIC file has 10 bits"):
        read_photo(tmp_path / "a.heic")


def test_heic_needs_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = put(tmp_path, "a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40)
    with pytest.raises(
        MissingExtraError, match=r'pip install "morphkit-faces\[heif\]"'
    ):
        read_photo(path)


# --- what is refused ----------------------------------------------------------------


def test_not_a_photograph(tmp_path):
    png = saved(tmp_path, "good.png", RGB).read_bytes()
    cases = {
        (
            "text.png",
            b"hello, I am a text",
        ): "text.png: this is not an image; JPEG, PNG",
        ("zero.png", b""): r"zero\.png: the file is empty \(0 bytes\)",
        (
            "a.jpg",
            png,
        ): r'content is PNG but the suffix is "\.jpg".*rename it to a\.png',
        ("a", png): r'the suffix is "".*rename it to a\.png',
        ("a.bmp", png): r'content is PNG but the suffix is "\.bmp"',
        (
            "a.gif",
            b"GIF89a" + b"\0" * 20,
        ): "GIF files are not supported; .*export it as PNG",
        ("a.png", b"BM" + b"\0" * 20): r"content is BMP but .*rename it to a\.bmp",
        ("a.psd", b"8BPS" + b"\0" * 20): "Photoshop files are not supported",
        ("a.heic", b"\0\0\0\x18ftypavif" + b"\0" * 9): "AVIF files are not supported",
        ("a.tif", b"II+\0" + b"\0" * 20): "BigTIFF files are not supported",
    }
    for (name, data), match in cases.items():
        with pytest.raises(InputError, match=match):
            read_photo(put(tmp_path, name, data))
    with pytest.raises(InputError, match=r"none.png: there is no such file"):
        read_photo(tmp_path / "none.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match=r"this is a folder; a file is needed"):
        read_photo(tmp_path / "folder.png")
    with pytest.raises(InputError, match=r"not a file name|cannot be read"):
        read_photo("a\0b.png")
    with pytest.raises(InputError, match=r"cannot be read|no such file"):
        read_photo(tmp_path / "good.png" / "a.png")


@pytest.mark.slow
def test_every_cut_is_noticed(tmp_path):
    """No prefix of a file is a photograph."""
    big = np.kron(RGB, np.ones((8, 8, 1), np.uint8))
    noise = RNG.integers(0, 256, big.shape, dtype=np.uint8)
    thumb = io.BytesIO()
    Image.fromarray(RGB).save(thumb, "JPEG")
    made = {
        "a.jpg": saved(tmp_path, "a.jpg", noise, comment=thumb.getvalue()),
        "p.jpg": saved(tmp_path, "p.jpg", noise, progressive=True),
        "a.png": saved(tmp_path, "a.png", noise),
        "d.png": put(
            tmp_path, "d.png", deep(".png", np.kron(DEEP, np.uint16([[[1]]])))
        ),
        "a.tif": saved(tmp_path, "a.tif", noise),
        "l.tif": saved(tmp_path, "l.tif", noise, compression="tiff_lzw"),
        "d.tif": put(tmp_path, "d.tif", tiff_16(DEEP)),
        "a.webp": saved(tmp_path, "a.webp", noise),
    }
    for name, path in made.items():
        data = path.read_bytes()
        assert read_photo(path)
        for cut in sorted(
            {*range(1, 60), *np.linspace(60, len(data) - 1, 90).astype(int)}
        ):
            with pytest.raises(
                InputError, match=r"truncated|damaged|not an image|pixels"
            ):
                read_photo(put(tmp_path, f"cut-{name}", data[:cut]))
        for cut in (1, 2, 3, 5):
            with pytest.raises(InputError, match=r"truncated|damaged"):
                read_photo(put(tmp_path, f"cut-{name}", data[:-cut]))


def test_cut_is_noticed_whatever_pillow_is_told(tmp_path, monkeypatch):
    """Another library may have told Pillow to fill what is missing with grey."""
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    thumb = io.BytesIO()
    Image.fromarray(RGB).save(thumb, "JPEG")
    noise = RNG.integers(0, 256, (40, 56, 3), dtype=np.uint8)
    data = saved(tmp_path, "a.jpg", noise, comment=thumb.getvalue()).read_bytes()
    for cut in (len(data) // 2, len(data) - 200, len(data) - 2, len(data) - 1):
        with pytest.raises(InputError, match=r"JPEG file is truncated"):
            read_photo(put(tmp_path, "a.jpg", data[:cut]))
    png = saved(tmp_path, "a.png", noise).read_bytes()
    with pytest.raises(InputError, match=r"PNG file is truncated"):
        read_photo(put(tmp_path, "a.png", png[:-20]))


@pytest.mark.slow
def test_damage_never_shows_a_traceback(tmp_path):
    files = {
        "a.jpg": saved(tmp_path, "a.jpg", RGB).read_bytes(),
        "a.png": saved(tmp_path, "a.png", RGB, exif=exif(6)).read_bytes(),
        "a.tif": tiff_16(DEEP, _274=[6]),
        "b.tif": saved(tmp_path, "b.tif", RGB, icc_profile=SRGB).read_bytes(),
        "a.webp": saved(tmp_path, "a.webp", RGB).read_bytes(),
    }
    rng = np.random.default_rng(1)
    for name, data in files.items():
        for _ in range(80):
            bad = bytearray(data)
            for at in rng.integers(0, len(bad), 4):
                bad[at] = rng.integers(0, 256)
            with contextlib.suppress(InputError):
                assert read_photo(put(tmp_path, name, bytes(bad))).image.size


def test_trailing_bytes_are_harmless(tmp_path):
    for name in ("a.jpg", "a.png"):
        path = saved(tmp_path, name, RGB)
        want = read_image(path)
        more = put(tmp_path, f"more-{name}", path.read_bytes() + b"trailer \xff\xd9")
        assert (read_image(more) == want).all()


def test_too_large_is_refused_before_decoding(tmp_path):
    def header(width: int, height: int) -> bytes:
        ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + ihdr + chunk(b"IDAT", b"") + chunk(b"IEND", b"")

    limit = "at most 150,000,000 pixels and 16,384 along a side"
    for size in ((16_000, 9_400), (16_385, 10), (10, 16_385), (16_000, 16_000)):
        with pytest.raises(InputError, match=limit):
            read_photo(put(tmp_path, "a.png", header(*size)))
    with pytest.raises(InputError, match=r"more pixels than|at most"):
        read_photo(put(tmp_path, "a.png", header(2**31 - 1, 2**31 - 1)))
    with pytest.raises(InputError, match=r"truncated|damaged"):
        read_photo(put(tmp_path, "a.png", header(16_000, 9_000)))


def test_several_pictures(tmp_path):
    frames = [Image.fromarray(RGB), Image.fromarray(RGB[::-1].copy())]
    for name in ("a.png", "a.webp", "a.tif"):
        path = saved(tmp_path, name, frames[0], save_all=True, append_images=frames[1:])
        with pytest.raises(InputError, match="file holds 2 images; one image per"):
            read_photo(path)
    jpeg = saved(tmp_path, "a.jpg", frames[0], quality=90)
    want = read_image(jpeg)
    mpo = tmp_path / "b.jpg"
    frames[0].save(
        mpo, format="MPO", save_all=True, append_images=frames[1:], quality=90
    )
    assert read_photo(mpo).format == "JPEG"
    assert (read_image(mpo) == want).all()


def test_samples_that_are_not_read(tmp_path):
    floats = Image.fromarray(RGB[:, :, 0].astype(np.float32))
    with pytest.raises(InputError, match="32-bit samples; 8 or 16 bits"):
        read_photo(saved(tmp_path, "f.tif", floats))
    ints = Image.fromarray(RGB[:, :, 0].astype(np.int32))
    with pytest.raises(InputError, match="32-bit samples"):
        read_photo(saved(tmp_path, "i.tif", ints))
    grey, four = DEEP[:, :, 0], np.dstack([DEEP, DEEP[:, :, 0]])
    cases = {
        "photometric interpretation 0": tiff_16(grey, _262=[0]),
        "photometric interpretation 5": tiff_16(four, _262=[5], _338=[0]),
        "planar configuration 2": tiff_16(DEEP, _284=[2]),
        "extra samples 3": tiff_16(four, _338=[3]),
    }
    for match, data in cases.items():
        with pytest.raises(InputError, match=f"{match}|damaged"):
            read_photo(put(tmp_path, "a.tif", data))


# --- hashes and writing -------------------------------------------------------------


def test_pixel_sha256():
    import hashlib

    want = hashlib.sha256(b"5x7x3 uint16\n" + DEEP.astype("<u2").tobytes()).hexdigest()
    assert pixel_sha256(DEEP) == want
    assert pixel_sha256(DEEP.astype(">u2")) == want
    assert pixel_sha256(np.asfortranarray(DEEP)) == want
    assert pixel_sha256(DEEP.reshape(7, 5, 3)) != want
    changed = DEEP.copy()
    changed[4, 6, 2] ^= 1
    assert pixel_sha256(changed) != want


def test_write_png(tmp_path):
    path = tmp_path / "a.png"
    write_png(path, RGB)
    assert (read_image(path) == RGB).all()
    first = path.read_bytes()
    with pytest.raises(OutputError, match=r"a\.png: already exists"):
        write_png(path, RGB)
    write_png(path, RGB, overwrite=True)
    assert path.read_bytes() == first
    write_png(tmp_path / "d.png", DEEP)
    assert (read_image(tmp_path / "d.png") == DEEP).all()
    with pytest.raises(InputError, match=r'the suffix is "\.jpg"; \.png is needed'):
        write_png(tmp_path / "a.jpg", RGB)
    with pytest.raises(InputError, match="image has dtype float64"):
        write_png(tmp_path / "b.png", RGB / 255)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "d.png"]


def test_identify_examples(tmp_path):
    assert identify(b"") == ""
    assert identify(b"\xff\xd8\xff\xe0") == "JPEG"
    assert identify(b"RIFF1234WAVE") == ""


def test_atomic_writing(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_text_atomically(path, "ä\r\n\n")
    assert path.read_bytes() == b"\xc3\xa4\r\n\n"
    write_bytes_atomically(path, b"new", overwrite=True)
    assert read_bytes(path) == b"new"
    with pytest.raises(InputError, match=r"the text contains .*UTF-8 can encode"):
        write_text_atomically(tmp_path / "b.txt", "\ud800")
    with pytest.raises(OutputError, match="already exists; choose another name"):
        write_bytes_atomically(path, b"x")
    with pytest.raises(
        OutputError, match=r"no.txt: the folder .* does not exist; create"
    ):
        write_bytes_atomically(tmp_path / "no" / "no.txt", b"x")
    with pytest.raises(OutputError, match=r"a\.txt is a file, not a folder"):
        write_bytes_atomically(path / "b.txt", b"x")
    with pytest.raises(OutputError, match="this is a folder; give a file name"):
        write_bytes_atomically(tmp_path, b"x", overwrite=True)
    with pytest.raises(OutputError, match="cannot be written"):
        write_bytes_atomically(tmp_path / ("x" * 300), b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("error", "match"),
    [
        (OSError(28, "No space left on device"), "disk or quota is full; free some"),
        (PermissionError(13, "Permission denied"), "no permission to write here"),
        (OSError(5, "Input/output error"), r"cannot be written \(Input/output error\)"),
    ],
)
def test_refused_by_the_system(tmp_path, monkeypatch, error, match):
    path = put(tmp_path, "a.txt", b"old")

    def refuse(self, target):
        raise error

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OutputError, match=match):
        write_bytes_atomically(path, b"new", overwrite=True)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_interrupted_writing_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes_atomically(tmp_path / "a.txt", b"new")
    assert list(tmp_path.iterdir()) == []


def test_london_photographs(shared):
    photo = read_photo(shared / "london" / "001_03.jpg")
    assert photo.image.shape == (1350, 1350, 3)
    assert photo.bit_depth == 8


def test_a_memory_that_does_not_suffice_is_not_taken_for_a_damaged_file(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.png"
    Image.new("RGB", (8, 8)).save(path)
    for name, error, said in (
        ("_decode_8", InputError, "or the memory does not suffice"),
        ("read_bytes", MemoryError, None),
    ):
        monkeypatch.setattr(f"morphkit.faces.images.read.{name}", _without_memory)
        with pytest.raises(error, match=said):
            read_photo(path)


def _without_memory(*_):
    raise MemoryError
