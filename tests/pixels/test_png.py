"""PNG files: read by independent decoders, the same bytes from both implementations."""

import hashlib
import heapq
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from morphkit.errors import InputError
from morphkit.pixels import deflate, encode_png


def lopsided_row():
    """A row of pixels whose differences need Huffman codes longer than 14 bits."""
    counts = [1, 1]
    while sum(counts) < 3 * 16384:  # a little more than Fibonacci: no ties
        counts.append(counts[-1] + counts[-2] + 1)
    differences = np.repeat(np.arange(10, 9 + len(counts)), counts[:-1])
    np.random.default_rng(0).shuffle(differences)
    pixels = differences[: differences.size // 3 * 3].reshape(1, -1, 3)
    return np.cumsum(pixels, axis=1).astype(np.uint8)


def pictures():
    rng = np.random.default_rng(12)
    y, x = np.mgrid[:301, :217]
    gradient = np.stack([x, y, x + y], -1).astype(np.uint8)
    runs = np.repeat(rng.integers(0, 256, (40, 90)), rng.integers(1, 700, 90), axis=1)
    return {
        "noise": rng.integers(0, 256, (97, 83, 3), dtype=np.uint8),
        "flat": np.full((120, 200, 3), 77, np.uint8),
        "black": np.zeros((64, 64, 3), np.uint8),
        "gradient": gradient,
        "soft noise": (gradient // 2 + rng.integers(0, 9, gradient.shape)).astype("u1"),
        "runs": runs.astype(np.uint8)[:, :16384],
        "one pixel": np.full((1, 1, 3), 200, np.uint8),
        "one row": rng.integers(0, 256, (1, 999, 3), dtype=np.uint8),
        "one column": rng.integers(0, 256, (999, 1, 3), dtype=np.uint8),
        "few rows": rng.integers(0, 5, (7, 50, 3), dtype=np.uint8),
        "grey": rng.integers(0, 40, (33, 70), dtype=np.uint8),
        "one grey pixel": np.zeros((1, 1), np.uint8),
        "16 bit": rng.integers(0, 65536, (31, 44, 3)).astype(np.uint16),
        "16-bit grey": rng.integers(0, 900, (31, 44)).astype(np.uint16),
        "long codes": lopsided_row(),
        "strided": gradient[::2, ::-3],
    }


PICTURES = pictures()


def parts_of(file):
    """Names and contents of the chunks, their check sums verified."""
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, []
    while place < len(file):
        size, kind = struct.unpack_from(">I4s", file, place)
        content = file[place + 8 : place + 8 + size]
        (check,) = struct.unpack_from(">I", file, place + 8 + size)
        assert check == zlib.crc32(kind + content)
        chunks.append((kind, content))
        place += 12 + size
    return chunks


def decoded(file):
    """The picture as OpenCV reads it, RGB order, depth kept."""
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_UNCHANGED)
    return image[..., ::-1] if image.ndim == 3 else image


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("choice", ["c", "numpy"])
def test_other_programs_read_the_same_pixels(name, choice, monkeypatch, request):
    if choice == "c":
        request.getfixturevalue("native")
    monkeypatch.setenv("MORPHKIT_PIXELS", choice)
    image = PICTURES[name]
    file = encode_png(image)
    np.testing.assert_array_equal(decoded(file), image)
    if image.dtype == np.uint8 or image.ndim == 2:  # Pillow reads 16 bits in grey only
        with Image.open(io.BytesIO(file)) as opened:
            assert opened.format == "PNG"
            assert "gamma" not in opened.info
            np.testing.assert_array_equal(np.asarray(opened), image)


def test_only_these_chunks_are_written():
    file = encode_png(PICTURES["gradient"])
    chunks = parts_of(file)
    assert [kind for kind, _ in chunks] == [b"IHDR", b"sRGB", b"IDAT", b"IEND"]
    assert chunks[0][1] == struct.pack(">IIBBBBB", 217, 301, 8, 2, 0, 0, 0)
    assert chunks[1][1] == b"\x00"
    rows = zlib.decompress(chunks[2][1])
    assert len(rows) == 301 * (3 * 217 + 1)
    assert set(rows[:: 3 * 217 + 1]) == {4}


@pytest.mark.parametrize("name", PICTURES)
def test_c_writes_the_bytes_of_numpy(name, native, scalar):
    image = PICTURES[name]
    rows = np.ascontiguousarray(image.astype(image.dtype.newbyteorder(">")))
    rows = rows.reshape(len(image), -1).view(np.uint8)
    step = rows.shape[1] // image.shape[1]
    expected = deflate.zlib_stream(rows, step)
    assert native.zlib_stream(rows, step) == expected
    assert scalar.zlib_stream(rows, step) == expected


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(
    runs=st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 530)), min_size=1, max_size=30
    ),
    width=st.integers(1, 90),
    step=st.sampled_from([1, 2, 3, 6]),
)
def test_c_writes_the_bytes_of_numpy_for_any_runs(native, scalar, runs, width, step):
    values = np.concatenate([np.full(count, value) for value, count in runs])
    size = -(-values.size // (width * step)) * width * step
    # cumulative sums leave the runs in the filtered bytes of the first row
    rows = np.resize(np.cumsum(values), size).astype(np.uint8)
    rows = rows.reshape(-1, width * step)
    expected = deflate.zlib_stream(rows, step)
    assert native.zlib_stream(rows, step) == expected
    assert scalar.zlib_stream(rows, step) == expected
    assert len(zlib.decompress(expected)) == len(rows) * (width * step + 1)


def test_matches_are_all_repetitions_of_at_least_eight_bytes():
    data = np.array([5] * 8 + [6] * 9 + [7] * 600 + [8, 8] + [9] * 266, np.uint8)
    places, lengths = deflate._matches(data)
    # the first byte of a run is a literal; 599 = 258 + 258 + 83; 265 = 258 + 7
    assert places.tolist() == [9, 18, 276, 534, 620]
    assert lengths.tolist() == [8, 258, 258, 83, 258]


def optimal_cost(frequencies):
    heap = [count for count in frequencies if count]
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


@pytest.mark.parametrize("seed", range(5))
def test_huffman_codes_are_optimal_and_complete(seed):
    rng = np.random.default_rng(seed)
    frequencies = rng.integers(20, 3000, 286) * (rng.random(286) < 0.8)
    lengths = deflate.code_lengths(frequencies, 14)
    assert (frequencies * lengths).sum() == optimal_cost(frequencies.tolist())
    assert sum(2.0 ** -lengths[lengths > 0]) == 1.0
    np.testing.assert_array_equal(lengths > 0, frequencies > 0)


def test_huffman_codes_that_would_be_too_long_are_shortened():
    frequencies = np.array([1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610])
    for longest in (4, 5, 7, 13):
        lengths = deflate.code_lengths(frequencies, longest)
        assert lengths.max() == longest
        assert sum(2.0**-lengths) == 1.0
        assert (np.diff(lengths) <= 0).all()


def test_a_picture_here_needs_codes_that_are_too_long():
    row = PICTURES["long codes"].reshape(1, -1)
    counts = np.bincount(deflate._filtered(row, 0, 1, 3))
    assert deflate.code_lengths(counts, 30).max() > deflate.MAX_BITS + 1


def test_equal_frequencies_give_shorter_codes_to_later_symbols():
    lengths = deflate.code_lengths(np.array([4, 4, 4, 0, 4, 4]), 14)
    assert lengths.tolist() == [3, 3, 2, 0, 2, 2]
    codes = deflate.canonical_codes(lengths).tolist()
    written = [f"{codes[k]:0{lengths[k]}b}"[::-1] for k in (0, 1, 2, 4, 5)]
    assert written == ["110", "111", "00", "01", "10"]


def test_golden_file():
    """Changing this constant changes the bytes of every published file."""
    rng = np.random.default_rng(20240301)
    image = np.cumsum(rng.integers(-3, 4, (61, 83, 3)), axis=1).astype(np.uint8)
    image[20:30] = 128
    assert hashlib.sha256(encode_png(image)).hexdigest() == GOLDEN_FILE


GOLDEN_FILE = "0749c79c9d9f5d363ea9bfa93df2bc68c480054396fb8e0ae87414c363d1c1a9"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 3, 3)), r"image: the values are float64; allowed are uint8"),
        (np.zeros((3, 3), bool), r"image: the values are bool"),
        (np.zeros((3, 3, 4), np.uint8), r"image: an array of shape \(3, 3, 4\)"),
        (np.zeros(3, np.uint8), r"image: an array of shape \(3,\)"),
        (np.zeros((3, 0, 3), np.uint8), r"image: 0 x 3 px; a side has 1 to 16384 px"),
        (np.zeros((16385, 1), np.uint8), r"image: 1 x 16385 px"),
    ],
)
def test_encode_png_refuses(image, message):
    with pytest.raises(InputError, match=message):
        encode_png(image)


def test_the_extension_survives_senseless_rows(native):
    rows = np.zeros((2, 6), np.uint8)
    for bad, step in ((rows[:0], 3), (rows[:, :0], 1), (rows, 0), (rows, 7)):
        with pytest.raises(ValueError, match="rows: not one pixel"):
            native.zlib_stream(bad, step)
    with pytest.raises(ValueError, match="rows: an array of 3 dimensions"):
        native.zlib_stream(rows[None], 3)
