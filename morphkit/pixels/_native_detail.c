/* Detail kept level: detail_oracle.py in C. Simple loops along rows are left to the
 * compiler, which turns them into vector instructions. */
#include "_native.h"

#define CELL 8        /* side of a cell in which energies are summed */
#define ROOM 8        /* items before and behind a row, for what is replicated */
#define KEPT 8        /* rows that are kept, a power of two */
#define MAX_FINE 4095 /* fine structure of tones is held within this */
#define SHARPEST 2047 /* most that is added to a gain, 1/4096 */

#ifdef MORPHKIT_SSE2
INLINE __m128i load8(const int16_t *p) {
    return _mm_loadu_si128((const __m128i *)p);
}
#endif

/* Rows of a frame that are still needed. */
typedef struct {
    int64_t height, stride;
    int64_t done; /* rows that were written */
} Ring;

/* Where row y is kept; beyond the frame it is the nearest. */
INLINE int64_t place_of(const Ring *ring, int64_t y) {
    return (clamp64(y, 0, ring->height - 1) & (KEPT - 1)) * ring->stride;
}

/* ---- energies --------------------------------------------------------------- */

/* Luma of a row of planes, and how far the photos are apart there. */
static void split_row(const int16_t *planes, int64_t width, int16_t *luma,
                      int16_t *apart) {
    for (int64_t x = 0; x < width; x++) {
        const int16_t *p = planes + CHANNELS * x;
        luma[x] = (int16_t)((54 * p[0] + 183 * p[1] + 19 * p[2]) >> 8);
        apart[x] = p[3];
    }
}

/* Sum along a row with the weights 1, 2, 1; its ends are replicated. */
static void sum_along(int16_t *row, int64_t width, int32_t *sums) {
    row[-1] = row[0];
    row[width] = row[width - 1];
    for (int64_t x = 0; x < width; x++) sums[x] = row[x - 1] + 2 * row[x] + row[x + 1];
}

/* Sum down three rows of such sums. */
static void sum_down(const int32_t *a, const int32_t *b, const int32_t *c, int64_t width,
                     int32_t *sums) {
    for (int64_t x = 0; x < width; x++) sums[x] = a[x] + 2 * b[x] + c[x];
}

/* Sum of the squares of fine structure in a row of a cell. */
INLINE int32_t cell_energy(const int16_t *row, const int32_t *around,
                           const uint16_t *slopes) {
#ifdef MORPHKIT_SSE2
    const __m128i zero = _mm_setzero_si128(), bias = _mm_set1_epi32(32768);
    const __m128i values = load8(row);
    __m128i half[2] = {_mm_unpacklo_epi16(zero, values), _mm_unpackhi_epi16(zero, values)};
    for (int k = 0; k < 2; k++) { /* |16·value - around| / 2, less 32768 */
        const __m128i sum = _mm_loadu_si128((const __m128i *)(around + 4 * k));
        const __m128i found = _mm_sub_epi32(_mm_srai_epi32(half[k], 12), sum);
        const __m128i sign = _mm_srai_epi32(found, 31);
        const __m128i size = _mm_sub_epi32(_mm_xor_si128(found, sign), sign);
        half[k] = _mm_sub_epi32(_mm_srli_epi32(size, 1), bias);
    }
    const __m128i held =
        _mm_xor_si128(_mm_packs_epi32(half[0], half[1]), _mm_set1_epi16(-32768));
    const __m128i tone = _mm_mulhi_epu16(held, load8((const int16_t *)slopes));
    const __m128i fine = _mm_min_epi16(tone, _mm_set1_epi16(MAX_FINE));
    __m128i total = _mm_madd_epi16(fine, fine);
    total = _mm_add_epi32(total, _mm_srli_si128(total, 8));
    total = _mm_add_epi32(total, _mm_srli_si128(total, 4));
    return _mm_cvtsi128_si32(total);
#else
    int32_t total = 0;
    for (int i = 0; i < CELL; i++) {
        const int32_t found = 16 * row[i] - around[i];
        const int32_t half = (found < 0 ? -found : found) >> 1;
        const uint32_t held = half > 65535 ? 65535 : (uint32_t)half;
        const int32_t tone = (int32_t)((held * slopes[i]) >> 16);
        total += tone > MAX_FINE ? MAX_FINE * MAX_FINE : tone * tone;
    }
    return total;
#endif
}

/* Sum the energies of the blend and of what the photos are apart, cell by cell. */
static Status sum_energies(const int16_t *planes, int64_t width, int64_t height,
                           const int16_t *slopes, int64_t columns, int64_t *blend,
                           int64_t *lost) {
    Ring ring = {.height = height, .stride = width + 2 * ROOM};
    const int64_t items = KEPT * ring.stride;
    /* zeros, so that what is beyond a row, up to a whole cell, has no slope */
    int16_t *narrow = calloc((size_t)(2 * items + ring.stride), sizeof(int16_t));
    int32_t *wide = calloc((size_t)(2 * items + ring.stride), sizeof(int32_t));
    if (narrow && wide) {
        int16_t *rows[2] = {narrow + ROOM, narrow + items + ROOM};
        uint16_t *slope = (uint16_t *)narrow + 2 * items;
        int32_t *sums[2] = {wide, wide + items}, *around = wide + 2 * items;
        for (int64_t y = 0; y < height; y++) {
            while (ring.done < height && ring.done <= y + 1) {
                const int64_t at = place_of(&ring, ring.done);
                split_row(planes + CHANNELS * width * ring.done++, width, rows[0] + at,
                          rows[1] + at);
                for (int k = 0; k < 2; k++)
                    sum_along(rows[k] + at, width, sums[k] + at);
            }
            const int64_t at = place_of(&ring, y);
            const int64_t above = place_of(&ring, y - 1), below = place_of(&ring, y + 1);
            for (int k = 0; k < 2; k++) {
                sum_down(sums[k] + above, sums[k] + at, sums[k] + below, width, around);
                for (int64_t x = 0; x < width && k == 0; x++)
                    slope[x] = (uint16_t)slopes[(around[x] >> 7) & (SLOPES - 1)];
                int64_t *cells = (k ? lost : blend) + y / CELL * columns;
                for (int64_t c = 0; c < columns; c++)
                    cells[c] += cell_energy(rows[k] + at + CELL * c, around + CELL * c,
                                            slope + CELL * c);
            }
        }
    }
    const Status status = narrow && wide ? DONE : NO_MEMORY;
    free(narrow);
    free(wide);
    return status;
}

/* ---- gains ------------------------------------------------------------------ */

/* Sum of the cells around one with the weights 1, 2, 1, both ways. */
static int64_t gather(const int64_t *cells, int64_t columns, int64_t rows, int64_t c,
                      int64_t r) {
    int64_t total = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
            total += (2 - abs(i)) * (2 - abs(j)) *
                     cells[clamp64(r + j, 0, rows - 1) * columns +
                           clamp64(c + i, 0, columns - 1)];
    return total;
}

/* Square root, rounded down, of a number below 2^30. */
static int32_t integer_root(int32_t number) {
    int32_t root = 0;
    for (int32_t bit = 1 << 14; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= number) root += bit;
    return root;
}

/* What is added to the gain 1 in every cell, 1/4096. */
static void set_gains(const int64_t *blend, const int64_t *lost, int64_t columns,
                      int64_t rows, int64_t both, int16_t *gains) {
    const int64_t most = (int64_t)5 << (2 * ONE_BITS - 2);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            const int64_t whole = gather(blend, columns, rows, c, r);
            const int64_t missing = both * gather(lost, columns, rows, c, r);
            const int64_t extra = clamp64(missing / (whole > 1 ? whole : 1), 0, most);
            const int32_t square = (int32_t)(((int64_t)1 << 2 * ONE_BITS) + extra);
            const int32_t gain = (integer_root(square) - (1 << ONE_BITS)) >> 2;
            gains[r * columns + c] = (int16_t)clamp32(gain, 0, SHARPEST);
        }
}

/* Gain of every channel from the centre of a cell to that of the next, 1/65536. */
INLINE void spread_cell(int16_t from, int16_t to, int16_t *out) {
#ifdef MORPHKIT_SSE2
    const __m128i phases = _mm_setr_epi16(1, 3, 5, 7, 9, 11, 13, 15);
    __m128i gain = _mm_mullo_epi16(_mm_set1_epi16((int16_t)(to - from)), phases);
    gain = _mm_srai_epi16(_mm_add_epi16(gain, _mm_set1_epi16(8)), 4);
    gain = _mm_slli_epi16(_mm_add_epi16(gain, _mm_set1_epi16(from)), 4);
    for (int k = 0; k < 2; k++, out += 2 * 8) {
        const __m128i twice =
            k ? _mm_unpackhi_epi16(gain, gain) : _mm_unpacklo_epi16(gain, gain);
        _mm_storeu_si128((__m128i *)out, _mm_unpacklo_epi32(twice, twice));
        _mm_storeu_si128((__m128i *)(out + 8), _mm_unpackhi_epi32(twice, twice));
    }
#else
    for (int i = 0; i < CELL; i++)
        for (int channel = 0; channel < CHANNELS; channel++)
            *out++ = (int16_t)(16 * (from + (((to - from) * (2 * i + 1) + 8) >> 4)));
#endif
}

/* Gain of every channel of row y, 1/65536. Cell c has its centre at 8·c + 7/2; `line` is
 * room for the cells of a row, of which the outer ones are repeated; `out` begins half a
 * cell before the row. */
static void spread_gains(const int16_t *gains, int64_t columns, int64_t rows, int64_t y,
                         int16_t *line, int16_t *out) {
    const int64_t place = 2 * y - (CELL - 1), phase = place & 15;
    const int16_t *one = gains + clamp64(place >> 4, 0, rows - 1) * columns;
    const int16_t *two = gains + clamp64((place >> 4) + 1, 0, rows - 1) * columns;
    for (int64_t c = 0; c < columns; c++)
        line[c + 1] = (int16_t)(one[c] + (((two[c] - one[c]) * phase + 8) >> 4));
    line[0] = line[1];
    line[columns + 1] = line[columns];
    for (int64_t c = 0; c <= columns; c++, out += CELL * CHANNELS)
        spread_cell(line[c], line[c + 1], out);
}

/* ---- frame ------------------------------------------------------------------ */

/* Mean of b, twice, and of a and c; of values up to 32767. */
INLINE void mean_rows(const uint16_t *a, const uint16_t *b, const uint16_t *c,
                      uint16_t *out, int64_t count) {
    int64_t i = 0;
#ifdef MORPHKIT_SSE2
    for (; i + 8 <= count; i += 8) {
        const __m128i sides = _mm_add_epi16(load8((const int16_t *)a + i),
                                            load8((const int16_t *)c + i));
        _mm_storeu_si128((__m128i *)(out + i),
                         _mm_avg_epu16(_mm_srli_epi16(sides, 1),
                                       load8((const int16_t *)b + i)));
    }
#endif
    for (; i < count; i++) {
        const uint16_t sides = (uint16_t)((uint16_t)(a[i] + c[i]) >> 1);
        out[i] = (uint16_t)((uint16_t)(sides + b[i] + 1) >> 1);
    }
}

/* The same along a row of pixels, `step` apart; its ends are replicated. */
INLINE void mean_along(uint16_t *row, int64_t step, uint16_t *out, int64_t width) {
    const size_t pixel = CHANNELS * sizeof(*row);
    for (int64_t i = 1; i <= step; i++) {
        memcpy(row - CHANNELS * i, row, pixel);
        memcpy(row + CHANNELS * (width - 1 + i), row + CHANNELS * (width - 1), pixel);
    }
    mean_rows(row - CHANNELS * step, row, row + CHANNELS * step, out, CHANNELS * width);
}

/* A frame smoothed along its rows, then down its columns, a few rows at a time. */
typedef struct {
    const int16_t *planes;
    int64_t width;
    Ring along, down;
    uint16_t *along_rows, *down_rows, *spare[2];
} Smoother;

/* Write the smoothed row y. */
static void smooth_row(Smoother *s, int64_t y, uint16_t *out) {
    const int64_t count = CHANNELS * s->width;
    Ring *along = &s->along, *down = &s->down;
    const uint16_t *rows = s->along_rows, *sums = s->down_rows;
    for (; down->done < down->height && down->done <= y + 2; down->done++) {
        const int64_t at = down->done;
        for (; along->done < along->height && along->done <= at + 1; along->done++) {
            memcpy(s->spare[0], s->planes + count * along->done,
                   sizeof(uint16_t) * (size_t)count);
            mean_along(s->spare[0], 1, s->spare[1], s->width);
            mean_along(s->spare[1], 2, s->along_rows + place_of(along, along->done),
                       s->width);
        }
        mean_rows(rows + place_of(along, at - 1), rows + place_of(along, at),
                  rows + place_of(along, at + 1), s->down_rows + place_of(down, at),
                  count);
    }
    mean_rows(sums + place_of(down, y - 2), sums + place_of(down, y),
              sums + place_of(down, y + 2), out, count);
}

/* Add to a row what the gain says of its fine structure, and encode it. */
static void sharpen_row(const int16_t *light, const uint16_t *low, const int16_t *gain,
                        int16_t *sharp, const uint8_t *encode, uint8_t *out,
                        int64_t width) {
    int64_t i = 0;
#ifdef MORPHKIT_SSE2
    for (; i + 8 <= CHANNELS * width; i += 8) { /* sums are held at 32767 = WHITE */
        const __m128i here = load8(light + i);
        const __m128i fine = _mm_sub_epi16(here, load8((const int16_t *)low + i));
        const __m128i sum = _mm_adds_epi16(here, _mm_mulhi_epi16(load8(gain + i), fine));
        _mm_storeu_si128((__m128i *)(sharp + i),
                         _mm_max_epi16(sum, _mm_setzero_si128()));
    }
#endif
    for (; i < CHANNELS * width; i++) {
        const int16_t fine = (int16_t)(light[i] - (int16_t)low[i]);
        const int16_t added = (int16_t)(((int32_t)gain[i] * fine) >> 16);
        const int32_t sum = light[i] + added;
        sharp[i] = (int16_t)(sum < 0 ? 0 : sum > WHITE ? WHITE : sum);
    }
    for (int64_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++) out[3 * x + c] = encode[sharp[CHANNELS * x + c]];
}

/* Write the frame from planes and the gain of every cell. */
static Status sharpen(const int16_t *planes, int64_t width, int64_t height,
                      const int16_t *gains, int64_t columns, int64_t rows,
                      const uint8_t *encode, uint8_t *image) {
    const int64_t count = CHANNELS * width, stride = count + 2 * ROOM;
    const int64_t wide = CHANNELS * CELL * (columns + 1);
    uint16_t *block = malloc(sizeof(uint16_t) * (size_t)((2 * KEPT + 4) * stride));
    int16_t *gain = malloc(sizeof(int16_t) * (size_t)(wide + columns + 2));
    if (block && gain) {
        uint16_t *extra = block + 2 * KEPT * stride + ROOM;
        const Ring ring = {.height = height, .stride = stride};
        Smoother s = {planes, width, ring, ring, block, block + KEPT * stride,
                      {extra, extra + stride}};
        uint16_t *low = extra + 2 * stride;
        int16_t *sharp = (int16_t *)(low + stride) - ROOM;
        for (int64_t y = 0; y < height; y++) {
            spread_gains(gains, columns, rows, y, gain + wide, gain);
            smooth_row(&s, y, low);
            sharpen_row(planes + count * y, low, gain + CHANNELS * CELL / 2, sharp,
                        encode, image + 3 * width * y, width);
        }
    }
    const Status status = block && gain ? DONE : NO_MEMORY;
    free(block);
    free(gain);
    return status;
}

Status level_detail(const int16_t *planes, int64_t width, int64_t height, int64_t both,
                    const int16_t *slopes, const uint8_t *encode, uint8_t *image) {
    const int64_t columns = (width + CELL - 1) / CELL, rows = (height + CELL - 1) / CELL;
    const int64_t cells = columns * rows;
    int64_t *energies = calloc((size_t)(2 * cells), sizeof(int64_t));
    int16_t *gains = malloc(sizeof(int16_t) * (size_t)cells);
    Status status = energies && gains ? DONE : NO_MEMORY;
    if (status == DONE)
        status = sum_energies(planes, width, height, slopes, columns, energies,
                              energies + cells);
    if (status == DONE) {
        set_gains(energies, energies + cells, columns, rows, both, gains);
        status = sharpen(planes, width, height, gains, columns, rows, encode, image);
    }
    free(energies);
    free(gains);
    return status;
}
