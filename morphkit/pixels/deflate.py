"""The compressed stream of our PNG files in NumPy: the oracle of the C extension.

Deflate leaves the encoder free to choose; these choices are fixed here, so that the
bytes depend on the pixels alone: filter "Paeth" everywhere, at most eight bands of rows
with one dynamic Huffman block each, and repetitions of the preceding byte as the only
matches. ``docs/pixel_specification.md``, section "PNG", states them all.

References
----------
RFC 1950 (zlib), RFC 1951 (deflate); PNG specification, third edition.
"""

import zlib

import numpy as np

from morphkit.pixels.spec import Int64, UInt8

BANDS = 8
"""Blocks in a file, one per band of rows; fewer if there are fewer rows."""
PAETH = 4
"""The PNG filter: difference from the nearest of left, above and above left."""
MIN_MATCH = 8
MAX_MATCH = 258
MAX_BITS = 14
"""Longest Huffman code: four codes and seven bits fit into a 64-bit word."""
END_OF_BLOCK = 256
N_SYMBOLS = 286
CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)

# RFC 1951, 3.2.5: the shortest match of every length symbol from 257 to 285
EXTRA_BITS = np.array([0] * 8 + [k for k in range(1, 6) for _ in range(4)] + [0])
SHORTEST = np.array([*(3 + np.cumsum(1 << EXTRA_BITS) - (1 << EXTRA_BITS))[:-1], 258])


def zlib_stream(rows: UInt8, pixel_bytes: int) -> bytes:
    """Return the zlib stream of an image, filtered and compressed.

    Parameters
    ----------
    rows : (H, n) ndarray of uint8
        The bytes of every row of pixels, in PNG order.
    pixel_bytes : int
        Bytes per pixel; n is a multiple of it.

    Returns
    -------
    bytes
        The content of the IDAT chunk.
    """
    bands = min(BANDS, len(rows))
    edges = [len(rows) * k // bands for k in range(bands + 1)]
    parts = [b"\x78\x01"]
    check = 1
    carry = np.empty(0, np.uint8)  # bits that do not yet fill a byte
    for k in range(bands):
        data = _filtered(rows, edges[k], edges[k + 1], pixel_bytes)
        check = zlib.adler32(data.data, check)
        last = k == bands - 1
        bits = np.concatenate([carry, *_block(data, last=last)])
        whole = bits.size if last else bits.size // 8 * 8
        parts.append(np.packbits(bits[:whole], bitorder="little").tobytes())
        carry = bits[whole:]
    parts.append(check.to_bytes(4, "big"))
    return b"".join(parts)


def _filtered(rows: UInt8, top: int, bottom: int, pixel_bytes: int) -> UInt8:
    """Return the filtered bytes of some rows, each after its filter number."""
    around = np.zeros((bottom - top + 1, rows.shape[1] + pixel_bytes), np.int16)
    around[0 if top else 1 :, pixel_bytes:] = rows[max(top - 1, 0) : bottom]
    left, corner = around[1:, :-pixel_bytes], around[:-1, :-pixel_bytes]
    above, here = around[:-1, pixel_bytes:], around[1:, pixel_bytes:]
    to_left = np.abs(above - corner)  # |p - left| with p = left + above - corner
    to_above = np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    nearest = np.where(to_above <= to_corner, above, corner)
    is_left = (to_left <= to_above) & (to_left <= to_corner)
    filtered = np.full((bottom - top, rows.shape[1] + 1), PAETH, np.uint8)
    filtered[:, 1:] = (here - np.where(is_left, left, nearest)).astype(np.uint8)
    return filtered.reshape(-1)


def _block(data: UInt8, *, last: bool) -> list[UInt8]:
    """Return the bits of one dynamic Huffman block, in pieces."""
    places, lengths = _matches(data)
    literal = np.ones(data.size, bool)
    inside = np.repeat(places - np.cumsum(lengths) + lengths, lengths)
    literal[inside + np.arange(inside.size)] = False
    match_symbols = np.searchsorted(SHORTEST, lengths, "right") - 1
    frequencies = np.bincount(data[literal], minlength=N_SYMBOLS)
    frequencies += np.bincount(match_symbols + 257, minlength=N_SYMBOLS)
    frequencies[END_OF_BLOCK] = 1
    sizes = code_lengths(frequencies, MAX_BITS)
    codes = canonical_codes(sizes)

    # what every byte contributes: a literal, a match at its first byte, or nothing
    value, n_bits = codes[data], np.where(literal, sizes[data], 0)
    symbols = match_symbols + 257
    extra = (lengths - SHORTEST[match_symbols]) << sizes[symbols]
    value[places] = codes[symbols] | extra
    # the extra bit is the distance code 0: distance 1
    n_bits[places] = sizes[symbols] + EXTRA_BITS[match_symbols] + 1
    end = (codes[END_OF_BLOCK : END_OF_BLOCK + 1], sizes[END_OF_BLOCK:][:1])
    return [_bits(*_header(sizes, last=last)), _bits(value, n_bits), _bits(*end)]


def _matches(data: UInt8) -> tuple[Int64, Int64]:
    """Return first bytes and lengths of the matches, all of distance 1.

    A run is a maximal stretch of bytes equal to their predecessor. It is cut into
    matches of 258 from its start; a remainder below MIN_MATCH stays literal.
    """
    equal = np.zeros(data.size + 1, bool)
    equal[1:-1] = data[1:] == data[:-1]
    edges = np.flatnonzero(equal[1:] != equal[:-1]) + 1
    start, stop = edges[::2], edges[1::2]
    pieces = -(-(stop - start) // MAX_MATCH)
    first = np.cumsum(pieces) - pieces
    places = np.repeat(start - first * MAX_MATCH, pieces)
    places += np.arange(places.size) * MAX_MATCH
    lengths = np.minimum(np.repeat(stop, pieces) - places, MAX_MATCH)
    keep = lengths >= MIN_MATCH
    return places[keep], lengths[keep]


def code_lengths(frequencies: Int64, longest: int) -> Int64:
    """Return the length of the Huffman code of every symbol.

    Parameters
    ----------
    frequencies : (n,) ndarray of int64
        At least two above 0; a symbol of frequency 0 gets no code.
    longest : int
        Largest length of a code, bits.

    Returns
    -------
    (n,) ndarray of int64
        Code lengths; the shortest codes go to the most frequent symbols and, among
        equal ones, to the last.
    """
    order = sorted(np.flatnonzero(frequencies).tolist(), key=lambda s: frequencies[s])
    depths = _tree_depths([int(frequencies[symbol]) for symbol in order])
    count = [0] * (longest + 1)
    for depth in depths:
        count[min(depth, longest)] += 1
    # Truncated codes oversubscribe the tree: lengthen a shorter code for each.
    excess = sum(n << (longest - bits) for bits, n in enumerate(count)) - (1 << longest)
    for _ in range(excess):
        bits = max(b for b in range(1, longest) if count[b])
        count[longest] -= 1
        count[bits] -= 1
        count[bits + 1] += 2
    lengths = np.zeros(frequencies.size, np.int64)
    by_length = [b for b in range(longest, 0, -1) for _ in range(count[b])]
    lengths[order] = by_length
    return lengths


def _tree_depths(weights: list[int]) -> list[int]:
    """Return the depth of every leaf of the Huffman tree; weights ascend.

    The two lightest nodes are joined, a leaf before a joined node of the same weight.
    """
    n = len(weights)
    nodes, parent = list(weights), [0] * (2 * n - 1)
    leaf, joined = 0, n
    for _ in range(n - 1):
        total = 0
        for _ in range(2):
            if leaf < n and (joined >= len(nodes) or nodes[leaf] <= nodes[joined]):
                child, leaf = leaf, leaf + 1
            else:
                child, joined = joined, joined + 1
            total += nodes[child]
            parent[child] = len(nodes)
        nodes.append(total)
    depths = [0] * (2 * n - 1)
    for k in range(2 * n - 3, -1, -1):
        depths[k] = depths[parent[k]] + 1
    return depths[:n]


def canonical_codes(lengths: Int64) -> Int64:
    """Return the codes of RFC 1951, 3.2.2, with the first bit lowest.

    Parameters
    ----------
    lengths : (n,) ndarray of int64
        Code lengths; 0 for symbols without a code.

    Returns
    -------
    (n,) ndarray of int64
        Codes with their bits reversed, as they are written.
    """
    codes = np.zeros(lengths.size, np.int64)
    code = 0
    for bits in range(1, int(lengths.max()) + 1):
        code <<= 1
        for symbol in np.flatnonzero(lengths == bits).tolist():
            codes[symbol] = int(f"{code:0{bits}b}"[::-1], 2)
            code += 1
    return codes


def _header(sizes: Int64, *, last: bool) -> tuple[Int64, Int64]:
    """Return values and bit counts of a block's header: all lengths, none repeated."""
    sequence = np.append(sizes, 1)  # one distance code, of one bit
    code_sizes = code_lengths(np.bincount(sequence, minlength=19), 7)
    codes = canonical_codes(code_sizes)
    fields = [(int(last), 1), (2, 2), (N_SYMBOLS - 257, 5), (0, 5), (19 - 4, 4)]
    fields += [(int(code_sizes[k]), 3) for k in CODE_LENGTH_ORDER]
    values, n_bits = np.array(fields).T
    return (
        np.concatenate([values, codes[sequence]]),
        np.concatenate([n_bits, code_sizes[sequence]]),
    )


def _bits(values: Int64, n_bits: Int64) -> UInt8:
    """Return the lowest `n_bits` bits of all values, concatenated, lowest first."""
    start = np.repeat(np.cumsum(n_bits) - n_bits, n_bits)
    place = np.arange(start.size) - start
    return ((np.repeat(values, n_bits) >> place) & 1).astype(np.uint8)
