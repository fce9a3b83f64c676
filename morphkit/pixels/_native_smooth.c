/* Filters of planes along one axis, and means over squares: in C.
 *
 * Doubles in a fixed order, which the compiler must not contract; smoothing_oracle.py is
 * the readable counterpart and gives the same bits.
 */
#include "_native_doubles.h"

#define BLOCK 4 /* pairs of doubles whose sums are in registers */

/* A row of a plane, and the rows that lie as far before and behind it as the taps do:
 * those of the middle, then one of each for every other tap. */
typedef struct {
    const double **before, **after;
    const double *taps;
    int64_t n_taps;
    int odd; /* the taps before the middle are those behind it, with the other sign */
} Rows;

INLINE Doubles join(Doubles after, Doubles before, int odd) {
    return odd ? subtract_doubles(after, before) : add_doubles(after, before);
}

/* Write a row of weighted sums, the farthest taps first. */
static void sum_row(const Rows *rows, int64_t width, double *result) {
    const int64_t step = BLOCK * DOUBLES;
    int64_t x = 0;
    for (; x + step <= width; x += step) {
        Doubles sums[BLOCK];
        for (int i = 0; i < BLOCK; i++)
            sums[i] = multiply_doubles(load_doubles(rows->before[0] + x + i * DOUBLES),
                                       doubles_of(rows->taps[0]));
        for (int64_t k = rows->n_taps - 1; k > 0; k--) {
            const double *before = rows->before[k] + x, *after = rows->after[k] + x;
            const Doubles tap = doubles_of(rows->taps[k]);
            for (int i = 0; i < BLOCK; i++) {
                const Doubles both = join(load_doubles(after + i * DOUBLES),
                                          load_doubles(before + i * DOUBLES), rows->odd);
                sums[i] = add_doubles(sums[i], multiply_doubles(both, tap));
            }
        }
        for (int i = 0; i < BLOCK; i++) store_doubles(result + x + i * DOUBLES, sums[i]);
    }
    for (; x < width; x++) {
        double sum = rows->before[0][x] * rows->taps[0];
        for (int64_t k = rows->n_taps - 1; k > 0; k--) {
            const double after = rows->after[k][x], before = rows->before[k][x];
            sum += (rows->odd ? after - before : after + before) * rows->taps[k];
        }
        result[x] = sum;
    }
}

/* The index of a place up to n beyond n values, which are mirrored. */
INLINE int64_t mirrored(int64_t place, int64_t n) {
    return place < 0 ? -1 - place : place < n ? place : 2 * n - 1 - place;
}

Status correlate_plane(const double *values, int64_t width, int64_t height,
                       const double *taps, int64_t n_taps, int odd, int across,
                       double *result) {
    const int64_t reach = n_taps - 1;
    Rows rows = {malloc((size_t)n_taps * sizeof(double *)),
                 malloc((size_t)n_taps * sizeof(double *)), taps, n_taps, odd};
    double *line = malloc((size_t)(width + 2 * reach) * sizeof(double));
    const int whole = rows.before && rows.after && line;
    for (int64_t k = 0; whole && across && k < n_taps; k++) {
        rows.before[k] = line + reach - k;
        rows.after[k] = line + reach + k;
    }
    for (int64_t y = 0; whole && y < height; y++) {
        const double *row = values + y * width;
        for (int64_t k = 0; across && k < reach; k++) {
            line[k] = row[mirrored(k - reach, width)];
            line[reach + width + k] = row[mirrored(width + k, width)];
        }
        if (across) memcpy(line + reach, row, (size_t)width * sizeof(double));
        for (int64_t k = 0; !across && k < n_taps; k++) {
            rows.before[k] = values + mirrored(y - k, height) * width;
            rows.after[k] = values + mirrored(y + k, height) * width;
        }
        sum_row(&rows, width, result + y * width);
    }
    free((void *)rows.before);
    free((void *)rows.after);
    free(line);
    return whole ? DONE : NO_MEMORY;
}

/* ---- means over squares ---------------------------------------------------------- */

/* Add a row to sums, or nothing, as 0 is added beyond the edge. */
static void add_row(double *sums, const double *row, int64_t n) {
    if (row)
        for (int64_t x = 0; x < n; x++) sums[x] += row[x];
    else
        for (int64_t x = 0; x < n; x++) sums[x] += 0.0;
}

Status means_of_squares(const double *values, int64_t width, int64_t height, int64_t side,
                        int64_t every, double *result) {
    const int64_t before = side / 2, columns = (width + every - 1) / every;
    double *line = calloc((size_t)(width + side), sizeof(double)); /* 0 beyond the edges */
    if (!line) return NO_MEMORY;
    double *means = line + before;
    for (int64_t y = 0; y < height; y += every, result += columns) {
        for (int64_t x = 0; x < width; x++) means[x] = y < before ? 0.0 : -0.0;
        for (int64_t row = y - before; row < y - before + side; row++)
            add_row(means, row < 0 || row >= height ? NULL : values + row * width, width);
        for (int64_t x = 0; x < width; x++) means[x] /= (double)side;
        for (int64_t x = 0; x < columns; x++) {
            double sum = line[x * every];
            for (int64_t k = 1; k < side; k++) sum += line[x * every + k];
            result[x] = sum / (double)side;
        }
    }
    free(line);
    return DONE;
}
