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

Status reduce_area(const uint8_t *frame, int64_t width, int64_t height, int64_t columns,
                   int64_t rows, uint8_t *small) {
    const int64_t n = 3 * columns;
    const size_t bytes = (size_t)n * sizeof(int64_t);
    int64_t *row = malloc(bytes), *sums = calloc((size_t)n, sizeof(int64_t));
    if (row && sums) {
        int64_t left = height;
        for (int64_t y = 0; y < height; y++) {
            memset(row, 0, bytes);
            add_row(frame + 3 * y * width, width, columns, row);
            int64_t part = rows;
            while (part > 0) {
                const int64_t taken = part < left ? part : left;
                for (int64_t x = 0; x < n; x++) sums[x] += taken * row[x];
                part -= taken;
                left -= taken;
                if (left > 0) continue;
                for (int64_t x = 0; x < n; x++)
                    *small++ = (uint8_t)divide(sums[x], width * height);
                memset(sums, 0, bytes);
                left = height;
            }
        }
    }
    const int whole = row && sums;
    free(row);
    free(sums);
    return whole ? DONE : NO_MEMORY;
}

/* ---- contrast made even ------------------------------------------------------------ */

/* Means of squares of 2 half + 1 pixels; edges are replicated. `line` has `width`. */
static void box(int64_t *values, int64_t width, int64_t height, int64_t half,
                int64_t *sums, int64_t *line) {
    const int64_t side = 2 * half + 1;
    for (int64_t y = 0; y < height; y++) {
        const int64_t *row = values + y * width;
        int64_t *out = sums + y * width, sum = 0;
        for (int64_t k = -half; k <= half; k++) sum += row[clamp64(k, 0, width - 1)];
        for (int64_t x = 0; x < width; x++) {
            out[x] = sum;
            sum += row[clamp64(x + half + 1, 0, width - 1)] -
                   row[clamp64(x - half, 0, width - 1)];
        }
    }
    memset(line, 0, (size_t)width * sizeof(int64_t));
    for (int64_t k = -half; k <= half; k++)
        for (int64_t x = 0; x < width; x++)
            line[x] += sums[clamp64(k, 0, height - 1) * width + x];
    for (int64_t y = 0; y < height; y++) {
        const int64_t *next = sums + clamp64(y + half + 1, 0, height - 1) * width;
        const int64_t *last = sums + clamp64(y - half, 0, height - 1) * width;
        for (int64_t x = 0; x < width; x++) {
            values[y * width + x] = divide(line[x], side * side);
            line[x] += next[x] - last[x];
        }
    }
}

Status even_contrast(const uint8_t *codes, int64_t width, int64_t height, int64_t half,
                     uint8_t *result) {
    const int64_t n = width * height;
    const size_t bytes = (size_t)n * sizeof(int64_t);
    int64_t *fine = malloc(bytes), *around = malloc(bytes), *sums = malloc(bytes);
    int64_t *line = malloc((size_t)width * sizeof(int64_t));
    if (fine && around && sums && line) {
        for (int64_t k = 0; k < n; k++) around[k] = (int64_t)codes[k] << 8;
        for (int k = 0; k < 2; k++) box(around, width, height, half, sums, line);
        for (int64_t k = 0; k < n; k++) {
            fine[k] = ((int64_t)codes[k] << 8) - around[k];
            around[k] = fine[k] * fine[k] >> 8;
        }
        for (int k = 0; k < 2; k++) box(around, width, height, 2 * half, sums, line);
        for (int64_t k = 0; k < n; k++) {
            const int64_t varies = (around[k] + NOISE) << 8;
            const int64_t deviation = (int64_t)sqrt((double)varies);
            result[k] = (uint8_t)clamp64(128 + divide(CONTRAST * fine[k], deviation), 0,
                                         255);
        }
    }
    const int whole = fine && around && sums && line;
    free(fine);
    free(around);
    free(sums);
    free(line);
    return whole ? DONE : NO_MEMORY;
}
