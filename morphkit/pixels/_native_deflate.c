/* The content of IDAT: filter "Paeth", then one dynamic Huffman block per band. */
#include "_native.h"

#define BANDS 8
#define PAETH 4
#define MIN_MATCH 8
#define MAX_MATCH 258
#define MAX_BITS 14 /* four codes and seven bits fit into 64 bits */
#define END_OF_BLOCK 256
#define N_SYMBOLS 286
#define N_LENGTHS 29
#define SLACK 64 /* readable bytes after the filtered ones */

/* ---- filter ----------------------------------------------------------------- */

INLINE int distance(int a, int b) {
    return a < b ? b - a : a - b;
}

INLINE uint8_t paeth(int left, int above, int corner) {
    const int to_left = distance(above, corner), to_above = distance(left, corner);
    const int to_corner = distance(left + above, 2 * corner);
    if (to_left <= to_above && to_left <= to_corner) return (uint8_t)left;
    return (uint8_t)(to_above <= to_corner ? above : corner);
}

#ifdef MORPHKIT_LANES
/* The same for 16 bytes. |left + above - 2·corner| is the sum of the two distances
 * if both neighbours lie on the same side of the corner, otherwise their difference. */
INLINE Bytes paeth16(Bytes left, Bytes above, Bytes corner) {
    const Bytes zero = no_bytes();
    const Bytes above_down = excess(corner, above), left_down = excess(corner, left);
    const Bytes to_left = any_bits(excess(above, corner), above_down);
    const Bytes to_above = any_bits(excess(left, corner), left_down);
    const Bytes same_side =
        equal_bytes(equal_bytes(above_down, zero), equal_bytes(left_down, zero));
    const Bytes difference =
        subtract_bytes(larger_bytes(to_left, to_above), smaller_bytes(to_left, to_above));
    const Bytes to_corner = pick(same_side, held_sum(to_left, to_above), difference);
    const Bytes nearest = smaller_bytes(smaller_bytes(to_left, to_above), to_corner);
    const Bytes upper =
        pick(equal_bytes(smaller_bytes(to_above, to_corner), to_above), above, corner);
    return pick(equal_bytes(nearest, to_left), left, upper);
}
#endif

/* Filter one row; `above` is a row of zeros for the first one. */
static void filter_row(const uint8_t *row, const uint8_t *above, int64_t count,
                       int64_t step, uint8_t *out) {
    int64_t i = 0;
    *out++ = PAETH;
    for (; i < step; i++) out[i] = (uint8_t)(row[i] - paeth(0, above[i], 0));
#ifdef MORPHKIT_LANES
    for (; i + 16 <= count; i += 16) {
        const Bytes guess = paeth16(load_bytes(row + i - step), load_bytes(above + i),
                                    load_bytes(above + i - step));
        store_bytes(out + i, subtract_bytes(load_bytes(row + i), guess));
    }
#endif
    for (; i < count; i++)
        out[i] = (uint8_t)(row[i] - paeth(row[i - step], above[i], above[i - step]));
}

/* ---- checksum of RFC 1950 --------------------------------------------------- */

static uint32_t adler32(uint32_t check, const uint8_t *data, size_t count) {
    uint64_t a = check & 0xFFFF, b = check >> 16;
    while (count) {
        const size_t part = count < 4096 ? count : 4096; /* sums stay below 2^32 */
        size_t i = 0;
        b += a * part;
#ifdef MORPHKIT_LANES
        Longs sums = longs_of(0), before = sums, weighted = sums;
        for (; i + 16 <= part; i += 16) {
            const Bytes bytes = load_bytes(data + i);
            before = add_longs(before, sums);
            sums = add_bytes(sums, bytes);
            weighted = add_bytes_falling(weighted, bytes);
        }
        uint32_t lanes[3][4], total[3];
        store_longs(lanes[0], sums);
        store_longs(lanes[1], before);
        store_longs(lanes[2], weighted);
        for (int k = 0; k < 3; k++)
            total[k] = lanes[k][0] + lanes[k][1] + lanes[k][2] + lanes[k][3];
        /* each further byte adds the sum of the bytes before it once more */
        b += 16 * (uint64_t)total[1] + total[2] + (uint64_t)total[0] * (part - i);
        a += total[0];
#endif
        for (; i < part; i++) {
            a += data[i];
            b += (uint64_t)data[i] * (part - i);
        }
        a %= 65521;
        b %= 65521;
        data += part;
        count -= part;
    }
    return (uint32_t)(b << 16 | a);
}

/* ---- matches: repetitions of the preceding byte ----------------------------- */

typedef struct {
    uint32_t place, length;
} Match;

INLINE int lowest_bit(uint64_t word) {
#if defined(__GNUC__)
    return __builtin_ctzll(word);
#else
    int place = 0;
    for (; !(word & 1); word >>= 1) place++;
    return place;
#endif
}

/* First byte at or after `i` that starts a run of MIN_MATCH bytes equal to their
 * predecessors, or `count`. The byte after the last differs from it. */
INLINE size_t find_run(const uint8_t *data, size_t i, size_t count) {
#ifdef MORPHKIT_LANES
    for (; i < count; i += 64 - (MIN_MATCH - 1)) {
        uint64_t equal = equal_places(data + i, data + i - 1);
        equal &= equal >> 1; /* now 2 bytes, then 4, then MIN_MATCH */
        equal &= equal >> 2;
        equal &= equal >> 4;
        if (equal) {
            i += (size_t)lowest_bit(equal);
            return i < count ? i : count;
        }
    }
    return count;
#else
    size_t equal = 0;
    for (; i < count; i++) {
        equal = data[i] == data[i - 1] ? equal + 1 : 0;
        if (equal == MIN_MATCH) return i + 1 - MIN_MATCH;
    }
    return count;
#endif
}

/* Collect the matches of a band. */
static size_t find_matches(const uint8_t *data, size_t count, Match *matches) {
    size_t found = 0, i = find_run(data, 1, count);
    while (i < count) {
        size_t end = i + MIN_MATCH;
        while (data[end] == data[end - 1]) end++;
        for (; end - i >= MIN_MATCH; found++) {
            const size_t length = end - i < MAX_MATCH ? end - i : MAX_MATCH;
            matches[found] = (Match){(uint32_t)i, (uint32_t)length};
            i += length;
        }
        i = find_run(data, end, count);
    }
    return found;
}

/* ---- Huffman codes ---------------------------------------------------------- */

/* Sort the symbols in use by frequency, then number; return how many there are. */
static int sort_symbols(const uint32_t *frequency, int n, int *order) {
    int used = 0;
    for (int symbol = 0; symbol < n; symbol++) {
        if (!frequency[symbol]) continue;
        int k = used++;
        for (; k > 0 && frequency[order[k - 1]] > frequency[symbol]; k--)
            order[k] = order[k - 1];
        order[k] = symbol;
    }
    return used;
}

/* Depths of the leaves of the Huffman tree; a leaf precedes a node of equal weight. */
static void tree_depths(const uint32_t *frequency, const int *order, int n, int *depth) {
    uint64_t weight[2 * N_SYMBOLS];
    int parent[2 * N_SYMBOLS], leaf = 0, joined = n;
    for (int k = 0; k < n; k++) weight[k] = frequency[order[k]];
    for (int next = n; next < 2 * n - 1; next++) {
        weight[next] = 0;
        for (int child = 0; child < 2; child++) {
            const int light =
                leaf < n && (joined >= next || weight[leaf] <= weight[joined]);
            const int chosen = light ? leaf++ : joined++;
            weight[next] += weight[chosen];
            parent[chosen] = next;
        }
    }
    depth[2 * n - 2] = 0;
    for (int k = 2 * n - 3; k >= 0; k--) depth[k] = depth[parent[k]] + 1;
}

/* Code lengths, at most `longest`; at least two symbols are in use. */
static void code_lengths(const uint32_t *frequency, int n, int longest, int *length) {
    int order[N_SYMBOLS], depth[2 * N_SYMBOLS], count[MAX_BITS + 2] = {0};
    const int used = sort_symbols(frequency, n, order);
    tree_depths(frequency, order, used, depth);
    for (int k = 0; k < used; k++) count[depth[k] < longest ? depth[k] : longest]++;
    int64_t excess = -((int64_t)1 << longest);
    for (int bits = 1; bits <= longest; bits++)
        excess += (int64_t)count[bits] << (longest - bits);
    for (; excess > 0; excess--) { /* lengthen a shorter code for each truncated one */
        int bits = longest - 1;
        while (!count[bits]) bits--;
        count[longest]--;
        count[bits]--;
        count[bits + 1] += 2;
    }
    memset(length, 0, sizeof(int) * (size_t)n);
    for (int bits = longest, k = 0; bits > 0; bits--)
        for (int i = 0; i < count[bits]; i++) length[order[k++]] = bits;
}

/* A code with its bits in writing order, above the 8 bits of its length. */
typedef uint64_t Code;
#define CODE(value, bits) ((Code)(value) << 8 | (Code)(bits))

/* Canonical codes of RFC 1951, 3.2.2. */
static void canonical_codes(const int *length, int n, Code *codes) {
    uint32_t next = 0;
    for (int bits = 1; bits <= MAX_BITS; bits++) {
        next <<= 1;
        for (int symbol = 0; symbol < n; symbol++) {
            if (length[symbol] != bits) continue;
            uint32_t reversed = 0;
            for (int k = 0; k < bits; k++) reversed |= (next >> k & 1) << (bits - 1 - k);
            codes[symbol] = CODE(reversed, bits);
            next++;
        }
    }
}

/* ---- bits ------------------------------------------------------------------- */

typedef struct {
    uint8_t *data;
    size_t size, room; /* whole bytes written; bytes allocated */
    uint64_t word;     /* the next bits, fewer than 8 between calls of put() */
    unsigned bits;
} Writer;

INLINE void flush_bits(Writer *writer) {
    uint8_t *out = writer->data + writer->size;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int k = 0; k < 8; k++) out[k] = (uint8_t)(writer->word >> 8 * k);
#else
    memcpy(out, &writer->word, 8);
#endif
    writer->size += writer->bits >> 3;
    writer->word >>= writer->bits & ~7u;
    writer->bits &= 7;
}

/* Write up to 56 bits. */
INLINE void put(Writer *writer, Code code) {
    writer->word |= (code >> 8) << writer->bits;
    writer->bits += (unsigned)(code & 255);
    flush_bits(writer);
}

/* Make room for more bytes. */
static Status reserve(Writer *writer, size_t bytes) {
    const size_t needed = writer->size + bytes + 16;
    if (needed <= writer->room) return DONE;
    uint8_t *data = realloc(writer->data, needed);
    if (!data) return NO_MEMORY;
    writer->data = data;
    writer->room = needed;
    return DONE;
}

/* Join two codes: at most 28 bits each. */
INLINE Code join(Code one, Code two) {
    return CODE((one >> 8) | (two >> 8) << (one & 255), (one + two) & 255);
}

INLINE void put_literals(Writer *writer, const uint8_t *data, size_t count,
                         const Code *codes) {
    Writer local = *writer; /* lets the compiler keep it in registers */
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const Code one = join(codes[data[i]], codes[data[i + 1]]);
        const Code two = join(codes[data[i + 2]], codes[data[i + 3]]);
        local.word |= (one >> 8) << local.bits;
        local.word |= (two >> 8) << (local.bits + (one & 255));
        local.bits += (unsigned)((one + two) & 255);
        flush_bits(&local);
    }
    for (; i < count; i++) put(&local, codes[data[i]]);
    *writer = local;
}

/* ---- blocks ----------------------------------------------------------------- */

typedef struct {
    int symbol[MAX_MATCH + 1]; /* of every match length, from 0 for a length of 3 */
    int shortest[N_LENGTHS], extra_bits[N_LENGTHS];
} LengthTable;

/* RFC 1951, 3.2.5. */
static void fill_lengths(LengthTable *table) {
    int length = 3;
    for (int k = 0; k < N_LENGTHS - 1; k++) {
        table->extra_bits[k] = k < 8 ? 0 : k / 4 - 1;
        table->shortest[k] = length;
        for (int i = 0; i < 1 << table->extra_bits[k] && length <= MAX_MATCH; i++)
            table->symbol[length++] = k;
    }
    table->extra_bits[N_LENGTHS - 1] = 0;
    table->shortest[N_LENGTHS - 1] = MAX_MATCH;
    table->symbol[MAX_MATCH] = N_LENGTHS - 1;
}

/* Count every literal and length symbol; four tables keep equal bytes apart. */
static void count_symbols(const uint8_t *data, size_t count, const Match *matches,
                          size_t n_matches, const LengthTable *lengths,
                          uint32_t *frequency) {
    uint32_t part[4][256];
    memset(part, 0, sizeof part);
    memset(frequency, 0, sizeof(uint32_t) * N_SYMBOLS);
    size_t i = 0;
    for (size_t k = 0; k <= n_matches; k++) {
        const size_t end = k < n_matches ? matches[k].place : count;
        for (; i + 4 <= end; i += 4)
            for (int j = 0; j < 4; j++) part[j][data[i + j]]++;
        for (; i < end; i++) part[0][data[i]]++;
        if (k < n_matches) {
            frequency[257 + lengths->symbol[matches[k].length]]++;
            i += matches[k].length;
        }
    }
    for (int k = 0; k < 256; k++)
        frequency[k] = part[0][k] + part[1][k] + part[2][k] + part[3][k];
    frequency[END_OF_BLOCK] = 1;
}

/* Write the header of a block: all code lengths, without repetitions. */
static void put_header(Writer *writer, const int *length, int last) {
    static const int order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                  11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint32_t frequency[19] = {0};
    int sizes[19];
    Code codes[19] = {0};
    for (int k = 0; k < N_SYMBOLS; k++) frequency[length[k]]++;
    frequency[1]++; /* the one distance code, of one bit */
    code_lengths(frequency, 19, 7, sizes);
    canonical_codes(sizes, 19, codes);
    put(writer, CODE(last | 2 << 1 | (N_SYMBOLS - 257) << 3 | (19 - 4) << 13, 17));
    for (int k = 0; k < 19; k++) put(writer, CODE(sizes[order[k]], 3));
    for (int k = 0; k < N_SYMBOLS; k++) put(writer, codes[length[k]]);
    put(writer, codes[1]);
}

/* Write a band as one block. */
static Status put_block(Writer *writer, const uint8_t *data, size_t count,
                        Match *matches, const LengthTable *lengths, int last) {
    const size_t n_matches = find_matches(data, count, matches);
    uint32_t frequency[N_SYMBOLS];
    int length[N_SYMBOLS];
    Code codes[N_SYMBOLS] = {0}, match_codes[MAX_MATCH + 1];
    count_symbols(data, count, matches, n_matches, lengths, frequency);
    code_lengths(frequency, N_SYMBOLS, MAX_BITS, length);
    canonical_codes(length, N_SYMBOLS, codes);
    uint64_t bits = 4096; /* more than any header has */
    for (int k = 0; k < N_SYMBOLS; k++)
        bits += (uint64_t)frequency[k] * (unsigned)(length[k] + (k > 256 ? 6 : 0));
    if (reserve(writer, (size_t)(bits / 8)) != DONE) return NO_MEMORY;
    for (int k = MIN_MATCH; k <= MAX_MATCH; k++) {
        const int symbol = lengths->symbol[k];
        const Code extra = CODE(k - lengths->shortest[symbol],
                                lengths->extra_bits[symbol] + 1); /* distance 1: 0 */
        match_codes[k] = join(codes[257 + symbol], extra);
    }
    put_header(writer, length, last);
    size_t i = 0;
    for (size_t k = 0; k < n_matches; k++) {
        put_literals(writer, data + i, matches[k].place - i, codes);
        put(writer, match_codes[matches[k].length]);
        i = (size_t)matches[k].place + matches[k].length;
    }
    put_literals(writer, data + i, count - i, codes);
    put(writer, codes[END_OF_BLOCK]);
    return DONE;
}

/* ---- stream ----------------------------------------------------------------- */

/* An image whose bands threads compress; each into bits of its own. */
typedef struct {
    const uint8_t *rows;
    int64_t n_rows, row_bytes, pixel_bytes, bands;
    Writer blocks[BANDS];
    size_t sizes[BANDS]; /* filtered bytes */
    uint32_t checks[BANDS];
    Status status[BANDS];
} Image;

/* Compress every band whose number is `index` modulo `count`. */
static void compress_bands(void *shared, int index, int count) {
    Image *image = shared;
    const int64_t n_rows = image->n_rows, bands = image->bands, wide = image->row_bytes;
    const size_t most = (size_t)((n_rows / bands + 1) * (wide + 1));
    uint8_t *data = malloc(most + SLACK), *zeros = calloc((size_t)wide, 1);
    Match *matches = malloc(sizeof(Match) * (most / MIN_MATCH + 1));
    const Status status = data && zeros && matches ? DONE : NO_MEMORY;
    LengthTable lengths;
    fill_lengths(&lengths);
    for (int64_t k = index; k < bands; k += count) {
        image->status[k] = status;
        if (status != DONE) continue;
        const int64_t end = n_rows * (k + 1) / bands;
        size_t size = 0;
        for (int64_t y = n_rows * k / bands; y < end; y++) {
            const uint8_t *row = image->rows + y * wide;
            filter_row(row, y ? row - wide : zeros, wide, image->pixel_bytes,
                       data + size);
            size += (size_t)wide + 1;
        }
        memset(data + size, ~data[size - 1], SLACK); /* ends the last run */
        image->sizes[k] = size;
        image->checks[k] = adler32(1, data, size);
        image->status[k] = put_block(&image->blocks[k], data, size, matches, &lengths,
                                     k == bands - 1);
    }
    free(data);
    free(zeros);
    free(matches);
}

/* The checksum of data whose parts have these, the second being of `size` bytes. */
static uint32_t joined_check(uint32_t first, uint32_t second, size_t size) {
    const uint64_t base = 65521, a = (first & 0xFFFF) + base - 1;
    const uint64_t b = (first >> 16) + (second >> 16) + (size % base) * (a % base);
    return (uint32_t)(b % base << 16 | (a + (second & 0xFFFF)) % base);
}

/* Write all bits of a block. */
static void append(Writer *writer, const Writer *block) {
    Writer local = *writer;
    size_t i = 0;
    for (; i + 4 <= block->size; i += 4) {
        const uint8_t *p = block->data + i;
        const uint32_t word = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                              (uint32_t)p[3] << 24;
        put(&local, CODE(word, 32));
    }
    for (; i < block->size; i++) put(&local, CODE(block->data[i], 8));
    put(&local, CODE(block->word, block->bits));
    *writer = local;
}

Status compress_rows(const uint8_t *rows, int64_t n_rows, int64_t row_bytes,
                     int64_t pixel_bytes, int threads, uint8_t **stream, size_t *size) {
    Image image = {.rows = rows,
                   .n_rows = n_rows,
                   .row_bytes = row_bytes,
                   .pixel_bytes = pixel_bytes,
                   .bands = n_rows < BANDS ? n_rows : BANDS};
    in_threads(threads < image.bands ? threads : (int)image.bands, compress_bands, &image);
    Writer writer = {0};
    Status status = DONE;
    size_t all = 16;
    for (int64_t k = 0; k < image.bands; k++) {
        if (image.status[k] != DONE) status = image.status[k];
        all += image.blocks[k].size + 1;
    }
    if (status == DONE) status = reserve(&writer, all);
    if (status == DONE) {
        uint32_t check = 1;
        put(&writer, CODE(0x0178, 16));
        for (int64_t k = 0; k < image.bands; k++) {
            append(&writer, &image.blocks[k]);
            check = joined_check(check, image.checks[k], image.sizes[k]);
        }
        writer.size += writer.bits > 0; /* the last byte is padded with 0 bits */
        for (int k = 0; k < 4; k++)
            writer.data[writer.size++] = (uint8_t)(check >> (24 - 8 * k));
    }
    for (int64_t k = 0; k < image.bands; k++) free(image.blocks[k].data);
    *stream = writer.data;
    *size = writer.size;
    return status;
}
