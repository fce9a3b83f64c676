/* For dense matching: frames reduced by area, and contrast made even.
 *
 * Integers only; planes_oracle.py is the readable counterpart and gives the same bits.
 */
#include <math.h>

#include "_native.h"

#define CONTRAST 40              /* code values of one standard deviation */
#define NOISE (4 << 8)           /* variance that is noise, 1/256 code value² */

/* ---- reduced by area --------------------------------------------------------------- */

/* Add to n_out pixels the parts of n_in pixels that each overlaps, in units of 1/n_out. */
static void add_row(const uint8_t *row, int64_t n_in, int64_t n_out, int64_t *sums) {
    int64_t left = n_in;
    for (int64_t in = 0; in < n_in; in++, row += 3) {
        int64_t part = n_out;
        while (part > 0) {
            const int64_t taken = part < left ? part : left;
            for (int k = 0; k < 3; k++) sums[k] += taken * row[k];
            part -= taken;
            left -= taken;
            if (left == 0) {
                sums += 3;
                left = n_in;
            }
        }
    }
}

typedef struct {
    const uint8_t *frame;
    int64_t width, height, columns, rows;
    uint8_t *small;
    int64_t *lines; /* two for every thread */
} Reduction;

static void reduce_band(void *context, int index, int count) {
    const Reduction *r = context;
    const int64_t n = 3 * r->columns, first = first_row(r->rows, index, count);
    uint8_t *small = r->small + first * n;
    const uint8_t *end = r->small + first_row(r->rows, index + 1, count) * n;
    int64_t *row = r->lines + 2 * n * index, *sums = row + n;
    memset(sums, 0, (size_t)n * sizeof(int64_t));
    /* In units of 1/rows of a row of the frame: a row of the result takes `height`. */
    int64_t left = r->height, y = first * r->height / r->rows;
    int64_t part = r->rows - first * r->height % r->rows;
    for (; small < end; y++, part = r->rows) {
        memset(row, 0, (size_t)n * sizeof(int64_t));
        add_row(r->frame + 3 * y * r->width, r->width, r->columns, row);
        while (part > 0 && small < end) {
            const int64_t taken = part < left ? part : left;
            for (int64_t x = 0; x < n; x++) sums[x] += taken * row[x];
            part -= taken;
            left -= taken;
            if (left > 0) continue;
            for (int64_t x = 0; x < n; x++)
                *small++ = (uint8_t)divide(sums[x], r->width * r->height);
            memset(sums, 0, (size_t)n * sizeof(int64_t));
            left = r->height;
        }
    }
}

Status reduce_area(const uint8_t *frame, int64_t width, int64_t height, int64_t columns,
                   int64_t rows, uint8_t *small, int threads) {
    int64_t *lines = malloc(6 * (size_t)columns * (size_t)threads * sizeof(int64_t));
    if (lines)
        in_threads(threads, reduce_band,
                   &(Reduction){frame, width, height, columns, rows, small, lines});
    free(lines);
    return lines ? DONE : NO_MEMORY;
}

/* ---- contrast made even ------------------------------------------------------------ */

typedef struct {
    const uint8_t *codes;
    int64_t width, height, half; /* of the neighbourhood */
    int64_t *fine, *around, *sums, *lines;
    uint8_t *result;
} Evening;

/* Sums of 2 half + 1 pixels along rows; edges are replicated. */
static void row_band(void *context, int index, int count) {
    const Evening *e = context;
    const int64_t width = e->width, half = e->half;
    const int64_t end = first_row(e->height, index + 1, count);
    for (int64_t y = first_row(e->height, index, count); y < end; y++) {
        const int64_t *row = e->around + y * width;
        int64_t *out = e->sums + y * width, sum = 0;
        for (int64_t k = -half; k <= half; k++) sum += row[clamp64(k, 0, width - 1)];
        for (int64_t x = 0; x < width; x++) {
            out[x] = sum;
            sum += row[clamp64(x + half + 1, 0, width - 1)] -
                   row[clamp64(x - half, 0, width - 1)];
        }
    }
}

/* The same of these sums along columns, as means. */
static void column_band(void *context, int index, int count) {
    const Evening *e = context;
    const int64_t width = e->width, last = e->height - 1, half = e->half;
    const int64_t area = (2 * half + 1) * (2 * half + 1);
    const int64_t first = first_row(e->height, index, count);
    const int64_t end = first_row(e->height, index + 1, count);
    int64_t *line = e->lines + index * width;
    memset(line, 0, (size_t)width * sizeof(int64_t));
    for (int64_t k = first - half; k <= first + half; k++)
        for (int64_t x = 0; x < width; x++)
            line[x] += e->sums[clamp64(k, 0, last) * width + x];
    for (int64_t y = first; y < end; y++) {
        const int64_t *next = e->sums + clamp64(y + half + 1, 0, last) * width;
        const int64_t *gone = e->sums + clamp64(y - half, 0, last) * width;
        for (int64_t x = 0; x < width; x++) {
            e->around[y * width + x] = divide(line[x], area);
            line[x] += next[x] - gone[x];
        }
    }
}

/* Minus the mean around. */
static void fine_band(void *context, int index, int count) {
    const Evening *e = context;
    const int64_t end = first_row(e->height, index + 1, count) * e->width;
    for (int64_t k = first_row(e->height, index, count) * e->width; k < end; k++) {
        e->fine[k] = ((int64_t)e->codes[k] << 8) - e->around[k];
        e->around[k] = e->fine[k] * e->fine[k] >> 8;
    }
}

/* Divided by the deviation around. */
static void even_band(void *context, int index, int count) {
    const Evening *e = context;
    const int64_t end = first_row(e->height, index + 1, count) * e->width;
    for (int64_t k = first_row(e->height, index, count) * e->width; k < end; k++) {
        const int64_t varies = (e->around[k] + NOISE) << 8;
        const int64_t deviation = (int64_t)sqrt((double)varies);
        const int64_t value = 128 + divide(CONTRAST * e->fine[k], deviation);
        e->result[k] = (uint8_t)clamp64(value, 0, 255);
    }
}

/* Replace `around` by means of means of the squares around every pixel. */
static void blur(Evening *e, int threads) {
    for (int k = 0; k < 2; k++) {
        in_threads(threads, row_band, e);
        in_threads(threads, column_band, e);
    }
}

Status even_contrast(const uint8_t *codes, int64_t width, int64_t height, int64_t half,
                     uint8_t *result, int threads) {
    const int64_t n = width * height;
    const size_t bytes = (size_t)n * sizeof(int64_t);
    Evening e = {codes,         width,
                 height,        half,
                 malloc(bytes), malloc(bytes),
                 malloc(bytes), malloc((size_t)(width * threads) * sizeof(int64_t)),
                 result};
    const int whole = e.fine && e.around && e.sums && e.lines;
    if (whole) {
        for (int64_t k = 0; k < n; k++) e.around[k] = (int64_t)codes[k] << 8;
        blur(&e, threads);
        in_threads(threads, fine_band, &e);
        e.half = 2 * half;
        blur(&e, threads);
        in_threads(threads, even_band, &e);
    }
    free(e.fine);
    free(e.around);
    free(e.sums);
    free(e.lines);
    return whole ? DONE : NO_MEMORY;
}
