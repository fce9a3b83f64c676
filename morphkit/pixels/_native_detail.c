/* Detail kept level: detail_oracle.py in C, in one pass over the rows of the planes. */
#include "_native.h"

#define CELL 8         /* side of a cell in which energies are summed */
#define CELL_ITEMS (CELL * CHANNELS)
#define SHORT_RING 8   /* rows kept for smoothing, a power of two */
#define LONG_RING 16   /* rows of bands kept until their gains are known */
#define MAX_FINE 8191  /* fine structure is clipped to this before it is squared */
#define SHARPEST 2047  /* largest amount added to a gain, 1/4096 */
#define BANDS 2
#define SUMS (2 * BANDS) /* per cell: of the blend in each band, then of the loss */

#ifdef MORPHKIT_LANES
INLINE Shorts mean8(const uint16_t *a, const uint16_t *b, const uint16_t *c) {
    return mean_of_three(load_shorts(a), load_shorts(b), load_shorts(c));
}
#endif

/* Weighted mean of a, b and c, with weights 1, 2, 1; of values up to 32767. */
INLINE uint16_t mean(uint16_t a, uint16_t b, uint16_t c) {
    const uint16_t sides = (uint16_t)((uint16_t)(a + c) >> 1);
    return (uint16_t)((uint16_t)(sides + b + 1) >> 1);
}

INLINE void mean_rows(const uint16_t *a, const uint16_t *b, const uint16_t *c,
                      uint16_t *out, int64_t count) {
    int64_t i = 0;
#ifdef MORPHKIT_LANES
    for (; i + 8 <= count; i += 8) store_shorts(out + i, mean8(a + i, b + i, c + i));
#endif
    for (; i < count; i++) out[i] = mean(a[i], b[i], c[i]);
}

/* The same along a row of pixels, `step` apart; ends are replicated. */
static void mean_along(const uint16_t *row, int64_t step, uint16_t *out, int64_t width) {
    const int64_t reach = CHANNELS * step, last = width - 1;
    if (width > 2 * step)
        mean_rows(row, row + reach, row + 2 * reach, out + reach,
                  CHANNELS * width - 2 * reach);
    for (int64_t x = 0; x < width; x++) {
        if (x == step && width > 2 * step) x = width - step;
        const uint16_t *before = row + CHANNELS * clamp64(x - step, 0, last);
        const uint16_t *behind = row + CHANNELS * clamp64(x + step, 0, last);
        for (int c = 0; c < CHANNELS; c++)
            out[CHANNELS * x + c] = mean(before[c], row[CHANNELS * x + c], behind[c]);
    }
}

/* State kept from row to row. Rows of rings are followed by zeros up to the end of the
 * last cell. */
typedef struct {
    const int16_t *planes;
    int64_t width, height, columns, rows, stride;
    int flip;                 /* whether the photos are swapped */
    int64_t seen, once;       /* rows read, and rows smoothed once */
    uint16_t *light, *along;  /* rows of planes if turned, and means along the row */
    uint16_t *near, *wide;    /* rows smoothed once, and their means along the row */
    int16_t *bands[BANDS];
    uint32_t *sums;           /* of squares: SUMS of 4 lanes for every cell of a row */
    int16_t *gains[BANDS];    /* of all cells */
    int16_t *lines[BANDS];    /* on one row: of all columns, the outer ones replicated */
    const uint8_t *encode;
    uint8_t *image;           /* what is written, as codes, or NULL */
    int16_t *plain;           /* the same before it is encoded, or NULL */
} Work;

/* Slot of row y; rows beyond the frame are replicated. */
INLINE int64_t at(const Work *w, int64_t y, int64_t kept) {
    return (clamp64(y, 0, w->height - 1) & (kept - 1)) * w->stride;
}

/* ---- bands ------------------------------------------------------------------ */

/* Return whether to swap the photos: whether the first pixel in which they differ is
 * darker in the first of them. This makes rounding independent of their order. */
static int is_flipped(const int16_t *planes, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++) {
        const int16_t apart = planes[CHANNELS * i + 3];
        if (apart != MIDDLE) return apart < MIDDLE;
    }
    return 0;
}

/* Row y of the planes, as if the photos were swapped if they are to be. */
INLINE const uint16_t *light_row(const Work *w, int64_t y) {
    if (w->flip) return w->light + at(w, y, SHORT_RING);
    return (const uint16_t *)w->planes + CHANNELS * w->width * y;
}

/* Read row y of the planes and smooth it along. */
static void read_row(Work *w, int64_t y) {
    const int64_t count = CHANNELS * w->width, place = at(w, y, SHORT_RING);
    if (w->flip) {
        const int16_t *row = w->planes + count * y;
        int16_t *turned = (int16_t *)w->light + place;
        int64_t i = 0;
#ifdef MORPHKIT_LANES
        static const int16_t fourth[8] = {0, 0, 0, -1, 0, 0, 0, -1};
        const Shorts sign = load_shorts(fourth);
        const Shorts twice = shift_shorts_up(sign, ONE_BITS + 1); /* 32768, modulo 2^16 */
        for (; i + 8 <= count; i += 8) {
            const Shorts minus =
                subtract_shorts(other_bits(load_shorts(row + i), sign), sign);
            store_shorts(turned + i, add_shorts(minus, twice));
        }
#endif
        for (; i < count; i++)
            turned[i] = (int16_t)((i & 3) == 3 ? 2 * MIDDLE - row[i] : row[i]);
    }
    mean_along(light_row(w, y), 1, w->along + place, w->width);
}

/* Smooth row y, take the first band from it, and smooth it along once more. */
static void smooth_once(Work *w, int64_t y) {
    const int64_t count = CHANNELS * w->width, place = at(w, y, SHORT_RING);
    const uint16_t *above = w->along + at(w, y - 1, SHORT_RING);
    const uint16_t *here = w->along + place, *light = light_row(w, y);
    const uint16_t *below = w->along + at(w, y + 1, SHORT_RING);
    uint16_t *near = w->near + place;
    int16_t *band = w->bands[0] + at(w, y, LONG_RING);
    int64_t i = 0;
#ifdef MORPHKIT_LANES
    for (; i + 8 <= count; i += 8) {
        const Shorts low = mean8(above + i, here + i, below + i);
        store_shorts(near + i, low);
        store_shorts(band + i, subtract_shorts(load_shorts(light + i), low));
    }
#endif
    for (; i < count; i++) {
        near[i] = mean(above[i], here[i], below[i]);
        band[i] = (int16_t)(light[i] - near[i]);
    }
    mean_along(near, 2, w->wide + place, w->width);
}

#ifdef MORPHKIT_LANES

INLINE void add_squares(Shorts value, uint32_t *sums) {
    value = smaller_shorts(value, shorts_of(MAX_FINE));
    value = larger_shorts(value, shorts_of(-MAX_FINE));
    store_longs(sums, add_longs(load_longs(sums), sum_products(value, value)));
}

/* Add the squares of 8 pixels of a band: of half its luma, and of the difference of the
 * photos. */
INLINE void add_energies(const Shorts band[4], uint32_t *blend, uint32_t *lost) {
    static const int16_t shares[8] = {54, 183, 19, 0, 54, 183, 19, 0};
    const Shorts luma = load_shorts(shares);
    Longs fine[2], apart[2];
    for (int k = 0; k < 2; k++) {
        const Shorts one = band[2 * k], two = band[2 * k + 1];
        const Longs sums = sum_neighbours(sum_products(one, luma), sum_products(two, luma));
        fine[k] = shift_longs_down(sums, 9);
        apart[k] = shift_longs_down(odd_longs(longs_in(one), longs_in(two)), 16);
    }
    add_squares(narrow(fine[0], fine[1]), blend);
    add_squares(narrow(apart[0], apart[1]), lost);
}

#else

INLINE void add_square(int32_t value, uint32_t *sum) {
    const int32_t held = clamp32(value, -MAX_FINE, MAX_FINE);
    *sum += (uint32_t)(held * held);
}

/* Add the squares of 8 pixels of a band. */
INLINE void add_energies(const int16_t *band, uint32_t *blend, uint32_t *lost) {
    for (int x = 0; x < CELL; x++, band += CHANNELS) {
        const int32_t sum = 54 * band[0] + 183 * band[1] + 19 * band[2];
        add_square(sum >> 9, &blend[x & 3]);
        add_square(band[3], &lost[x & 3]);
    }
}

#endif

/* Take the second band of row y, and add the squares of both. */
static void smooth_twice(Work *w, int64_t y) {
    const uint16_t *above = w->wide + at(w, y - 2, SHORT_RING);
    const uint16_t *here = w->wide + at(w, y, SHORT_RING);
    const uint16_t *below = w->wide + at(w, y + 2, SHORT_RING);
    const uint16_t *near = w->near + at(w, y, SHORT_RING);
    const int16_t *first = w->bands[0] + at(w, y, LONG_RING);
    int16_t *second = w->bands[1] + at(w, y, LONG_RING);
    uint32_t *sums = w->sums;
    for (int64_t c = 0; c < w->columns; c++, sums += 4 * SUMS) {
        const int64_t i = CELL_ITEMS * c;
#ifdef MORPHKIT_LANES
        Shorts fine[4], coarse[4];
        for (int k = 0; k < 4; k++) {
            const int64_t j = i + 8 * k;
            const Shorts low = mean8(above + j, here + j, below + j);
            coarse[k] = subtract_shorts(load_shorts(near + j), low);
            fine[k] = load_shorts(first + j);
            store_shorts(second + j, coarse[k]);
        }
        add_energies(fine, sums, sums + 8);
        add_energies(coarse, sums + 4, sums + 12);
#else
        for (int k = 0; k < CELL_ITEMS; k++)
            second[i + k] =
                (int16_t)(near[i + k] - mean(above[i + k], here[i + k], below[i + k]));
        add_energies(first + i, sums, sums + 8);
        add_energies(second + i, sums + 4, sums + 12);
#endif
    }
}

/* ---- gains ------------------------------------------------------------------ */

/* Square root, rounded down, of a number below 2^30. */
INLINE int32_t integer_root(int32_t number) {
#ifdef MORPHKIT_LANES
    return root_of(number);
#else
    int32_t root = 0;
    for (int32_t bit = 1 << 14; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= number) root += bit;
    return root;
#endif
}

INLINE int64_t total_of(const uint32_t *lane) {
    return (int64_t)lane[0] + lane[1] + lane[2] + lane[3];
}

/* The gain minus 1 of every cell of row r, 1/4096, from the sums of squares, which are
 * reset. */
static void set_gains(Work *w, int64_t r, int64_t both) {
    const int64_t most = (int64_t)5 << (2 * ONE_BITS - 2);
    const int64_t shares[BANDS] = {both, both * 9 / 8};
    uint32_t *sums = w->sums;
    for (int64_t c = 0; c < w->columns; c++, sums += 4 * SUMS)
        for (int band = 0; band < BANDS; band++) {
            const int64_t whole = total_of(sums + 4 * band);
            const int64_t missing = shares[band] * total_of(sums + 4 * (BANDS + band));
            int64_t extra = missing / (whole > 1 ? whole : 1);
            if (extra > most) extra = most;
            const int32_t square = (1 << 2 * ONE_BITS) + (int32_t)extra;
            const int32_t gain = (integer_root(square) - (1 << ONE_BITS)) >> 2;
            w->gains[band][r * w->columns + c] =
                (int16_t)(gain > SHARPEST ? SHARPEST : gain);
        }
    memset(w->sums, 0, sizeof(*w->sums) * (size_t)(4 * SUMS * w->columns));
}

/* Gains on row y of the centres of all columns; cell r has its centre at 8·r + 7/2. */
static void set_line(const Work *w, const int16_t *gains, int64_t y, int16_t *line) {
    const int64_t place = 2 * y - (CELL - 1), phase = place & 15;
    const int16_t *one = gains + clamp64(place >> 4, 0, w->rows - 1) * w->columns;
    const int16_t *two = gains + clamp64((place >> 4) + 1, 0, w->rows - 1) * w->columns;
    for (int64_t c = 0; c < w->columns; c++)
        line[c + 1] = (int16_t)(one[c] + (((two[c] - one[c]) * phase + 8) >> 4));
    line[0] = line[1];
    line[w->columns + 1] = line[w->columns];
}

/* ---- frame ------------------------------------------------------------------ */

/* Write a pixel as codes, and before it is encoded. */
INLINE void write_sharp(const Work *w, int64_t pixel, const int16_t *sharp) {
    if (w->plain)
        for (int c = 0; c < 3; c++) w->plain[3 * pixel + c] = sharp[c];
    if (w->image)
        for (int c = 0; c < 3; c++) w->image[3 * pixel + c] = w->encode[sharp[c]];
}

/* Sharpen pixels `from` to `to` - 1 of a row, all in the 8 between two centres of cells,
 * the first of which is pixel `begin` (beyond the row for the first of a row). */
static void sharpen_part(const Work *w, int64_t y, const int16_t *light,
                         const int16_t *const bands[BANDS],
                         const int16_t *const lines[BANDS], int64_t begin, int64_t from,
                         int64_t to) {
    for (int64_t x = from; x < to; x++) {
        const int32_t phase = (int32_t)(2 * (x - begin) + 1);
        int32_t gains[BANDS];
        int16_t sharp[3];
        for (int k = 0; k < BANDS; k++)
            gains[k] = lines[k][0] + (((lines[k][1] - lines[k][0]) * phase + 8) >> 4);
        for (int c = 0; c < 3; c++) {
            const int64_t i = CHANNELS * x + c;
            const int32_t sum = light[i] + ((16 * gains[0] * bands[0][i]) >> 16) +
                                ((16 * gains[1] * bands[1][i]) >> 16);
            sharp[c] = (int16_t)clamp32(sum, 0, WHITE);
        }
        write_sharp(w, w->width * y + x, sharp);
    }
}

#ifdef MORPHKIT_LANES

/* Gain of the 8 pixels between two centres, 1/65536. */
INLINE Shorts between(const int16_t *line) {
    static const int16_t odd[8] = {1, 3, 5, 7, 9, 11, 13, 15};
    const Shorts step = shorts_of((int16_t)(line[1] - line[0]));
    const Shorts sum = add_shorts(multiply_shorts(step, load_shorts(odd)), shorts_of(8));
    const Shorts gain = add_shorts(shift_shorts_down(sum, 4), shorts_of(line[0]));
    return shift_shorts_up(gain, 4);
}

/* The gain of two pixels for each of their channels. */
INLINE Shorts widen(Shorts gain, int pair) {
    const Shorts twice = pair & 2 ? double_upper(gain) : double_lower(gain);
    return pair & 1 ? double_upper_pairs(twice) : double_lower_pairs(twice);
}

/* Sharpen all 8 pixels between two centres of cells, the first of which is `begin`. */
INLINE void sharpen_whole(const Work *w, int64_t y, const int16_t *light,
                          const int16_t *const bands[BANDS],
                          const int16_t *const lines[BANDS], int64_t begin) {
    const Shorts one = between(lines[0]), two = between(lines[1]);
    int16_t sharp[CELL_ITEMS];
    for (int k = 0; k < 4; k++) { /* sums saturate at 32767 = WHITE */
        const int64_t i = CHANNELS * begin + 8 * k;
        const Shorts added =
            add_shorts(upper_product(widen(one, k), load_shorts(bands[0] + i)),
                       upper_product(widen(two, k), load_shorts(bands[1] + i)));
        const Shorts sum = held_sum_shorts(load_shorts(light + i), added);
        store_shorts(sharp + 8 * k, larger_shorts(sum, shorts_of(0)));
    }
    for (int x = 0; x < CELL; x++)
        write_sharp(w, w->width * y + begin + x, sharp + CHANNELS * x);
}

#endif

/* Add the bands of row y, times their gains, and write it. */
static void sharpen_row(const Work *w, int64_t y) {
    const int16_t *light = w->planes + CHANNELS * w->width * y;
    const int64_t place = at(w, y, LONG_RING);
    const int16_t *const bands[BANDS] = {w->bands[0] + place, w->bands[1] + place};
    for (int k = 0; k < BANDS; k++) set_line(w, w->gains[k], y, w->lines[k]);
    for (int64_t s = 0; s <= w->columns; s++) {
        const int64_t begin = CELL * s - CELL / 2, end = begin + CELL;
        const int16_t *const lines[BANDS] = {w->lines[0] + s, w->lines[1] + s};
        const int64_t from = begin < 0 ? 0 : begin, to = end < w->width ? end : w->width;
#ifdef MORPHKIT_LANES
        if (from == begin && to == end) {
            sharpen_whole(w, y, light, bands, lines, begin);
            continue;
        }
#endif
        sharpen_part(w, y, light, bands, lines, begin, from, to);
    }
}

/* Write what lies above the centres of rows of cells from - 1 to to - 1, and what lies
 * around the first and the last; the row of cells before gives its gains. */
static void run(Work *w, int64_t from, int64_t to, int64_t both) {
    const int64_t begin = from > 0 ? from - 1 : 0;
    int64_t y = CELL * begin, done = from > 0 ? y + CELL / 2 : 0;
    w->once = y > 2 ? y - 2 : 0;
    w->seen = w->once > 1 ? w->once - 1 : 0;
    for (int64_t r = begin; r < to; r++) {
        const int64_t end = CELL * (r + 1) < w->height ? CELL * (r + 1) : w->height;
        for (; y < end; y++) {
            for (; w->once < w->height && w->once <= y + 2; w->once++) {
                for (; w->seen < w->height && w->seen <= w->once + 1; w->seen++)
                    read_row(w, w->seen);
                smooth_once(w, w->once);
            }
            smooth_twice(w, y);
        }
        set_gains(w, r, both);
        /* up to the centres of this row of cells; nothing follows the last */
        const int64_t known = r + 1 < w->rows ? CELL * r + CELL / 2 : w->height;
        for (; done < known && r >= from; done++) sharpen_row(w, done);
    }
}

/* A frame that threads write in bands of whole rows of cells. */
typedef struct {
    const Work *work;
    int64_t both;
    Status status[MAX_THREADS];
} Frame;

static void level_band(void *shared, int index, int count) {
    Frame *frame = shared;
    Work w = *frame->work;
    const int64_t short_items = SHORT_RING * w.stride, long_items = LONG_RING * w.stride;
    const int64_t cells = w.columns * w.rows;
    int16_t *rings = calloc((size_t)(4 * short_items + BANDS * long_items), sizeof(*rings));
    int16_t *gains = malloc(sizeof(*gains) * (size_t)(BANDS * (cells + w.columns + 2)));
    w.sums = calloc((size_t)(4 * SUMS * w.columns), sizeof(*w.sums));
    const Status status = rings && gains && w.sums ? DONE : NO_MEMORY;
    if (status == DONE) {
        uint16_t **const short_rings[4] = {&w.light, &w.along, &w.near, &w.wide};
        for (int k = 0; k < 4; k++)
            *short_rings[k] = (uint16_t *)rings + k * short_items;
        for (int k = 0; k < BANDS; k++) {
            w.bands[k] = rings + 4 * short_items + k * long_items;
            w.gains[k] = gains + k * cells;
            w.lines[k] = gains + BANDS * cells + k * (w.columns + 2);
        }
        run(&w, w.rows * index / count, w.rows * (index + 1) / count, frame->both);
    }
    frame->status[index] = status;
    free(rings);
    free(gains);
    free(w.sums);
}

Status level_detail(const int16_t *planes, int64_t width, int64_t height, int64_t both,
                    const uint8_t *encode, uint8_t *image, int16_t *light,
                    int threads) {
    Work work = {.planes = planes, .width = width, .height = height};
    work.encode = encode;
    work.image = image;
    work.plain = light;
    work.columns = (width + CELL - 1) / CELL;
    work.rows = (height + CELL - 1) / CELL;
    work.stride = CELL_ITEMS * work.columns;
    work.flip = is_flipped(planes, width * height);
    Frame frame = {.work = &work, .both = both};
    const int bands = threads < work.rows ? threads : (int)work.rows;
    in_threads(bands, level_band, &frame);
    Status status = DONE;
    for (int k = 0; k < bands; k++)
        if (frame.status[k] != DONE) status = frame.status[k];
    return status;
}
