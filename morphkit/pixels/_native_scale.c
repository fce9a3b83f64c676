/* Frames scaled by weights in fixed point: first along rows, then along columns.
 *
 * Integers only; scaling_oracle.py is the readable counterpart and gives the same bits.
 * For sums of products of 16 bits a weight is taken apart: 2^11 times one half of it, plus
 * the other.
 */
#include "_native.h"

#define WEIGHT_BITS 22
#define LOW_BITS 11
#define LOW_MASK ((1 << LOW_BITS) - 1)
#define EIGHT 8 /* shorts at once */

/* Taps of a row: of pixel k the weights begin at n times k. */
typedef struct {
    const int32_t *first, *weights;
    int64_t n;
    int16_t *halves; /* of two weights: high ones and low ones, each four times */
} Taps;

/* What is in hand while a frame is scaled. */
typedef struct {
    Taps across, down;
    int64_t columns;
    int16_t *wide;  /* a row of the frame, four values a pixel, and one pixel more */
    int16_t *lines; /* rows that were scaled last, each at its number modulo down.n */
    int64_t *held;  /* their numbers */
    const int16_t **rows; /* those of a row of the result, in order */
    int64_t pitch;  /* values from one of them to the next */
} Scaling;

INLINE int32_t code_of(int32_t sum) {
    return clamp32((sum + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS, 0, 255);
}

#ifdef MORPHKIT_LANES

/* Codes of sums whose high and low halves are apart. */
INLINE Longs joined(Longs high, Longs low) {
    const Longs half = longs_of(1 << (WEIGHT_BITS - 1));
    const Longs sum = add_longs(shift_longs_up(high, LOW_BITS), add_longs(low, half));
    return shift_longs_down(sum, WEIGHT_BITS);
}

INLINE Shorts held_codes(Shorts codes) {
    return smaller_shorts(larger_shorts(codes, shorts_of(0)), shorts_of(255));
}

/* Weights of two neighbouring taps, the last of which may have no neighbour. */
static void halve_weights(const Taps *taps, int64_t count) {
    const int64_t pairs = (taps->n + 1) / 2;
    for (int64_t k = 0; k < count * pairs; k++) {
        const int64_t at = 2 * (k % pairs);
        const int32_t *weights = taps->weights + k / pairs * taps->n + at;
        const int32_t one = weights[0], two = at + 1 < taps->n ? weights[1] : 0;
        int16_t *halves = taps->halves + 2 * EIGHT * k;
        store_shorts(halves, weights_of(one >> LOW_BITS, two >> LOW_BITS));
        store_shorts(halves + EIGHT, weights_of(one & LOW_MASK, two & LOW_MASK));
    }
}

/* Write a row as shorts; the fourth of a pixel is that of nothing, whatever it is. */
static void widen_row(const uint8_t *row, int64_t width, int16_t *wide) {
    for (int64_t x = 0; x + 1 < width; x++)
        store_four(wide + CHANNELS * x, widen_four(row + 3 * x));
    for (int c = 0; c < 3; c++)
        wide[CHANNELS * (width - 1) + c] = row[3 * (width - 1) + c];
}

static void scale_row(const Scaling *s, int16_t *line) {
    const int64_t pairs = (s->across.n + 1) / 2;
    const int16_t *halves = s->across.halves;
    for (int64_t x = 0; x < s->columns; x++, line += 3) {
        const int16_t *pixel = s->wide + CHANNELS * s->across.first[x];
        Longs high = longs_of(0), low = high;
        for (int64_t k = 0; k < pairs; k++, pixel += EIGHT, halves += 2 * EIGHT) {
            const Shorts both = load_shorts(pixel);
            high = add_longs(high, weigh_halves(both, load_shorts(halves)));
            low = add_longs(low, weigh_halves(both, load_shorts(halves + EIGHT)));
        }
        const Longs codes = joined(high, low);
        store_four(line, held_codes(narrow(codes, codes)));
    }
}

static void scale_column(const Scaling *s, int64_t y, int16_t *sums) {
    const int64_t n = s->down.n, pairs = (n + 1) / 2;
    for (int64_t x = 0; x < s->pitch; x += EIGHT) {
        const int16_t *halves = s->down.halves + 2 * EIGHT * pairs * y;
        Longs high[2] = {longs_of(0), longs_of(0)}, low[2] = {high[0], high[0]};
        for (int64_t k = 0; k < n; k += 2, halves += 2 * EIGHT) {
            const Shorts one = load_shorts(s->rows[k] + x);
            const Shorts two = load_shorts(s->rows[k + 1 < n ? k + 1 : k] + x);
            const Shorts upper = load_shorts(halves), lower = load_shorts(halves + EIGHT);
            high[0] = add_longs(high[0], weigh_lower(one, two, upper));
            high[1] = add_longs(high[1], weigh_upper(one, two, upper));
            low[0] = add_longs(low[0], weigh_lower(one, two, lower));
            low[1] = add_longs(low[1], weigh_upper(one, two, lower));
        }
        store_shorts(sums + x, held_codes(narrow(joined(high[0], low[0]),
                                                 joined(high[1], low[1]))));
    }
}

#else

static void halve_weights(const Taps *taps, int64_t count) {
    (void)taps;
    (void)count;
}

static void widen_row(const uint8_t *row, int64_t width, int16_t *wide) {
    for (int64_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++) wide[CHANNELS * x + c] = row[3 * x + c];
}

static void scale_row(const Scaling *s, int16_t *line) {
    for (int64_t x = 0; x < s->columns; x++)
        for (int c = 0; c < 3; c++) {
            const int16_t *value = s->wide + CHANNELS * s->across.first[x] + c;
            const int32_t *weights = s->across.weights + x * s->across.n;
            int32_t sum = 0;
            for (int64_t k = 0; k < s->across.n; k++)
                sum += weights[k] * value[CHANNELS * k];
            line[3 * x + c] = (int16_t)code_of(sum);
        }
}

static void scale_column(const Scaling *s, int64_t y, int16_t *sums) {
    const int64_t n = s->down.n;
    const int32_t *weights = s->down.weights + y * n;
    for (int64_t x = 0; x < 3 * s->columns; x++) {
        int32_t sum = 0;
        for (int64_t k = 0; k < n; k++)
            sum += weights[k] * s->rows[k][x];
        sums[x] = (int16_t)code_of(sum);
    }
}

#endif

static void scale_rows(Scaling *s, const uint8_t *frame, int64_t width, int64_t rows,
                       uint8_t *result, int16_t *sums) {
    for (int64_t y = 0; y < rows; y++) {
        for (int64_t k = 0; k < s->down.n; k++) {
            const int64_t row = s->down.first[y] + k, slot = row % s->down.n;
            s->rows[k] = s->lines + slot * s->pitch;
            if (s->held[slot] == row) continue;
            s->held[slot] = row;
            widen_row(frame + 3 * row * width, width, s->wide);
            scale_row(s, s->lines + slot * s->pitch);
        }
        scale_column(s, y, sums);
        uint8_t *out = result + 3 * y * s->columns;
        for (int64_t x = 0; x < 3 * s->columns; x++) out[x] = (uint8_t)sums[x];
    }
}

Status scale_frame(const uint8_t *frame, int64_t width, const int32_t *across,
                   const int32_t *across_weights, int64_t n_across, int64_t columns,
                   const int32_t *down, const int32_t *down_weights, int64_t n_down,
                   int64_t rows, uint8_t *result) {
    Scaling s = {{across, across_weights, n_across, NULL},
                 {down, down_weights, n_down, NULL},
                 columns, NULL, NULL, NULL, NULL,
                 /* the last pixel is written with a fourth value */
                 (3 * columns + 1 + EIGHT - 1) / EIGHT * EIGHT};
    const size_t item = sizeof(int16_t), pair = 2 * EIGHT * item;
    s.across.halves = malloc((size_t)(columns * ((n_across + 1) / 2)) * pair);
    s.down.halves = malloc((size_t)(rows * ((n_down + 1) / 2)) * pair);
    s.wide = calloc((size_t)(CHANNELS * (width + 1)), item);
    s.lines = calloc((size_t)(n_down * s.pitch), item);
    s.held = malloc((size_t)n_down * sizeof(int64_t));
    s.rows = malloc((size_t)n_down * sizeof(int16_t *));
    int16_t *sums = malloc((size_t)s.pitch * item);
    const int whole = s.across.halves && s.down.halves && s.wide && s.lines && s.held &&
                      s.rows && sums;
    if (whole) {
        halve_weights(&s.across, columns);
        halve_weights(&s.down, rows);
        for (int64_t k = 0; k < n_down; k++) s.held[k] = -1;
        scale_rows(&s, frame, width, rows, result, sums);
    }
    free(s.across.halves);
    free(s.down.halves);
    free(s.wide);
    free(s.lines);
    free(s.held);
    free((void *)s.rows);
    free(sums);
    return whole ? DONE : NO_MEMORY;
}
