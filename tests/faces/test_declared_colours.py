"""Colours that are declared without a profile, against colour science in floats."""

import io
import struct

import numpy as np
import pytest
from image_files import bitmap, chunk, put, raw_png, with_exif
from PIL import Image, ImageCms

from morphkit.errors import InputError
from morphkit.faces.images import SUFFIXES, read_image, read_photo

RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 256, (12, 10, 3), dtype=np.uint8)
RGB[0, 0], RGB[0, 1], RGB[0, 2] = (200, 80, 60), 0, 255

# Published matrices to XYZ (D65): Adobe RGB (1998), and sRGB of IEC 61966-2-1.
ADOBE = [
    [0.57667, 0.18556, 0.18823],
    [0.29734, 0.62736, 0.07529],
    [0.02703, 0.07069, 0.99134],
]
P3 = [
    [0.486571, 0.265668, 0.198217],
    [0.228975, 0.691739, 0.079287],
    [0.0, 0.045113, 1.043944],
]
TO_SRGB = [
    [3.2406, -1.5372, -0.4986],
    [-0.9689, 1.8758, 0.0415],
    [0.0557, -0.2040, 1.0570],
]


def expected(codes, matrix, gamma: float | None):
    values = codes / 255
    curve = np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )
    light = curve if gamma is None else values**gamma
    rgb = np.clip(light @ np.array(matrix).T @ np.array(TO_SRGB).T, 0, 1)
    dark = rgb <= 0.0031308
    return 255 * np.where(dark, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)


def saved(tmp_path, name, rgb=RGB, **options):
    image = Image.fromarray(rgb)
    image.save(tmp_path / name, **options)
    return tmp_path / name


def exif(space: int | None = None, index: str = "") -> bytes:
    return with_exif(Image.new("RGB", (2, 2)), space=space, index=index)


@pytest.mark.parametrize("space", [0xFFFF, 2, None])
def test_adobe_rgb_by_exif(tmp_path, space):
    said = exif(space, "" if space == 2 else "R03")
    path = saved(tmp_path, "a.png", exif=said)
    found = read_image(path)
    assert np.abs(found - expected(RGB, ADOBE, 563 / 256)).max() <= 1.5
    assert np.abs(found[0, 0].astype(int) - (230, 79, 56)).max() <= 1
    assert (found[0, 1], found[0, 2]) == (pytest.approx(0), pytest.approx(255))
    assert not read_photo(path).had_profile
    jpeg = saved(tmp_path, "a.jpg", np.full((16, 16, 3), (200, 80, 60), np.uint8))
    plain = read_image(jpeg)
    jpeg = saved(
        tmp_path, "b.jpg", np.full((16, 16, 3), (200, 80, 60), np.uint8), exif=said
    )
    assert np.abs(read_image(jpeg) - expected(plain, ADOBE, 563 / 256)).max() <= 1.5
    assert (read_image(jpeg) != plain).any()


def test_a_profile_counts_more_than_exif(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path, "a.png", exif=exif(0xFFFF, "R03"), icc_profile=srgb)
    assert (read_image(path) == RGB).all()


@pytest.mark.parametrize(("space", "index"), [(1, "R98"), (1, ""), (0xFFFF, "R98")])
def test_srgb_by_exif_changes_nothing(tmp_path, space, index):
    path = saved(tmp_path, "a.png", exif=exif(space, index))
    assert (read_image(path) == RGB).all()


@pytest.mark.parametrize(
    ("space", "index", "match"),
    [(0xFFFF, "", '"not sRGB" and no more'), (1, "R03", "both sRGB and Adobe RGB")],
)
def test_unknown_colours_are_refused(tmp_path, space, index, match):
    path = saved(tmp_path, "a.png", exif=exif(space, index))
    with pytest.raises(InputError, match=f"{match}.*export it as sRGB"):
        read_image(path)


def chrm(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(v * 100_000) for v in values)))


def gama(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


WHITE = (0.3127, 0.329)
OF_ADOBE = chrm(*WHITE, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
OF_SRGB = chrm(*WHITE, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def png(tmp_path, *chunks: bytes):
    return put(tmp_path, "a.png", raw_png(RGB, 2, 8, *chunks))


def test_primaries_and_gamma_of_a_png(tmp_path):
    found = read_image(png(tmp_path, gama(0.45455), OF_ADOBE))
    assert np.abs(found - expected(RGB, ADOBE, 1 / 0.45455)).max() <= 1.5
    for chunks in ([OF_SRGB], [gama(0.45455), OF_SRGB], [gama(0.45455)]):
        assert (read_image(png(tmp_path, *chunks)) == RGB).all()
    # The chunk sRGB counts more.
    said = [chunk(b"sRGB", b"\0"), gama(0.45455), OF_ADOBE]
    assert (read_image(png(tmp_path, *said)) == RGB).all()


@pytest.mark.parametrize(
    ("chunks", "match"),
    [
        ([OF_ADOBE], "primaries other than those of sRGB.*no gamma"),
        ([OF_ADOBE, gama(0.01)], r"a gamma of 0\.010"),
        ([OF_SRGB, gama(1.0)], r"declares a gamma of 1\.000"),
        ([gama(0.45455), chrm(*WHITE, 0.6, 0, 0.3, 0.6, 0.1, 0.1)], "no colours"),
        ([gama(0.45455), chrm(*WHITE, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4)], "on one line"),
    ],
)
def test_primaries_that_cannot_be_used(tmp_path, chunks, match):
    with pytest.raises(InputError, match=f"{match}.*export it as sRGB"):
        read_image(png(tmp_path, *chunks))


def test_numbers_of_a_png(tmp_path):
    found = read_image(png(tmp_path, chunk(b"cICP", bytes([12, 13, 0, 1]))))
    assert np.abs(found - expected(RGB, P3, None)).max() <= 1.5
    for numbers in ([1, 13, 0, 1], [1, 1, 0, 1]):
        said = chunk(b"cICP", bytes(numbers))
        assert (read_image(png(tmp_path, said, gama(0.5))) == RGB).all()
    for numbers in ([9, 16, 0, 1], [9, 18, 0, 1], [1, 13, 0, 0], [1, 13, 1, 1], [3]):
        with pytest.raises(InputError, match=r"by the numbers .*cICP.*export it"):
            read_image(png(tmp_path, chunk(b"cICP", bytes(numbers))))


def test_16_bits_in_adobe_rgb_are_refused(tmp_path):
    deep = RNG.integers(0, 65536, (4, 5, 3))
    data = raw_png(deep, 2, 16, gama(0.45455), OF_ADOBE)
    with pytest.raises(InputError, match="16-bit image with a colour profile other"):
        read_image(put(tmp_path, "a.png", data))


# --- JFIF and BMP -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jfif", "a.JPE", "a.JFIF"])
def test_other_names_of_jpeg(tmp_path, name):
    data = io.BytesIO()
    Image.fromarray(RGB).save(data, "JPEG")
    found = read_photo(put(tmp_path, name, data.getvalue()))
    assert found.format == "JPEG"
    jpeg = put(tmp_path, "b.jpg", data.getvalue())
    assert (found.image == read_image(jpeg)).all()


def test_bitmaps(tmp_path):
    for bits in (24, 32):
        path = put(tmp_path, "a.BMP", bitmap(RGB, bits=bits))
        photo = read_photo(path)
        assert photo.format == "BMP"
        assert photo.mask is None
        assert (photo.image == RGB).all()
    for image in (Image.fromarray(RGB), Image.fromarray(RGB).quantize(16)):
        image.save(tmp_path / "b.bmp")
        assert (
            read_image(tmp_path / "b.bmp") == np.asarray(image.convert("RGB"))
        ).all()
    assert SUFFIXES[".bmp"] == "BMP"


def test_every_cut_of_a_bitmap_is_noticed(tmp_path):
    whole = bitmap(RGB)
    for length in range(2, len(whole), 7):
        with pytest.raises(InputError, match=r"truncated|damaged"):
            read_photo(put(tmp_path, "a.bmp", whole[:length]))


def test_colours_of_bitmaps(tmp_path):
    fields = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0)

    def head(kind: bytes, ends: bytes = bytes(36), more: bytes = b"") -> bytes:
        return fields + kind[::-1] + ends + bytes(12) + more

    for kind in (b"sRGB", b"Win ", bytes(4)):
        path = put(tmp_path, "a.bmp", bitmap(RGB, head=head(kind)))
        assert (read_image(path) == RGB).all()
    own = head(bytes(4), bytes([1] * 36))
    with pytest.raises(InputError, match="declares colours of its own"):
        read_image(put(tmp_path, "a.bmp", bitmap(RGB, head=own)))
    profile = read_profile(tmp_path)
    size = (-10 * 3 % 4 + 30) * 12
    place = struct.pack("<4I", 4, 124 + size, len(profile), 0)
    embedded = bitmap(RGB, head=head(b"MBED", more=place), after=profile)
    photo = read_photo(put(tmp_path, "a.bmp", embedded))
    assert photo.had_profile
    assert np.abs(photo.image - expected(RGB, ADOBE, 563 / 256)).max() <= 1.5


def read_profile(tmp_path) -> bytes:
    """Return a profile of Adobe RGB."""
    from morphkit.faces.images import declared

    return declared._profile(declared._ADOBE_RGB)


def test_compressed_bitmaps_are_refused(tmp_path):
    data = bytearray(bitmap(RGB))
    data[30] = 1
    with pytest.raises(InputError, match=r"the BMP file is compressed.*export it"):
        read_photo(put(tmp_path, "a.bmp", bytes(data)))
