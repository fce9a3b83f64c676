/* Complex filters of columns that close on themselves, read at some places: in C.
 *
 * Doubles in a fixed order, which the compiler must not contract; filters_oracle.py is the
 * readable counterpart and gives the same bits.
 */
#include "_native_doubles.h"

#define BLOCK 20 /* columns at once: their sums are in registers */
#define IN_BLOCK (BLOCK / DOUBLES)

/* Join the values as far behind a place as before it, for some columns: their sums, or
 * their differences. A value that lies as far before as behind is joined to nothing. */
static void fold(const double *values, int64_t n, int64_t width, int64_t place,
                 int64_t reach, int64_t count, int odd, double *folded) {
    for (int64_t d = 0; d <= reach; d++, folded += BLOCK) {
        const double *after = values + (place + d) % n * width;
        const double *before = values + (place + n - d) % n * width;
        if (after == before)
            for (int64_t x = 0; x < count; x++) folded[x] = odd ? 0.0 : after[x];
        else if (odd)
            for (int64_t x = 0; x < count; x++) folded[x] = after[x] - before[x];
        else
            for (int64_t x = 0; x < count; x++) folded[x] = after[x] + before[x];
    }
}

/* Write the sums of a block of folded columns, the nearest taps first. */
static void sum_block(const double *folded, const double *taps, int64_t reach,
                      double *result) {
    Doubles sums[IN_BLOCK];
    for (int i = 0; i < IN_BLOCK; i++)
        sums[i] = multiply_doubles(load_doubles(folded + i * DOUBLES),
                                   doubles_of(taps[0]));
    for (int64_t d = 1; d <= reach; d++) {
        const double *row = folded + d * BLOCK;
        const Doubles tap = doubles_of(taps[d]);
        for (int i = 0; i < IN_BLOCK; i++) {
            const Doubles value = load_doubles(row + i * DOUBLES);
            sums[i] = add_doubles(sums[i], multiply_doubles(value, tap));
        }
    }
    for (int i = 0; i < IN_BLOCK; i++) store_doubles(result + i * DOUBLES, sums[i]);
}

Status filter_columns(const double *values, int64_t n, int64_t width,
                      const int32_t *places, int64_t n_places, const double *taps,
                      const int32_t *reach, int64_t n_groups, int64_t n_filters,
                      double *result) {
    const int64_t columns = width / n_groups, length = n / 2 + 1;
    double *folded = calloc((size_t)(length * BLOCK), sizeof(double)), sums[BLOCK];
    if (!folded) return NO_MEMORY;
    for (int64_t group = 0; group < n_groups; group++, reach += n_filters) {
        int64_t farthest = 0;
        for (int64_t f = 0; f < n_filters; f++)
            if (reach[f] > farthest) farthest = reach[f];
        for (int64_t x = 0; x < columns; x += BLOCK)
            for (int64_t k = 0; k < 2 * n_places; k++) {
                const int odd = (int)(k % 2);
                const int64_t place = k / 2, first = group * columns + x;
                const int64_t rest = columns - x, count = rest < BLOCK ? rest : BLOCK;
                fold(values + first, n, width, places[place], farthest, count, odd,
                     folded);
                for (int64_t f = odd; f < n_filters; f += 2) {
                    double *to = result + (first * n_filters + f) * n_places + place;
                    sum_block(folded, taps + (group * n_filters + f) * length, reach[f],
                              sums);
                    for (int64_t i = 0; i < count; i++)
                        to[i * n_filters * n_places] = sums[i];
                }
            }
    }
    free(folded);
    return DONE;
}
