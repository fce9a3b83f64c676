/* For measurements: sums over the pixels of a face, and a square at another size.
 *
 * Sums are of integers; the square is of doubles in a fixed order, which the compiler must
 * not contract. measuring_oracle.py is the readable counterpart and gives the same bits.
 */
#include "_native.h"

/* ---- sums over a face -------------------------------------------------------------- */

static inline int64_t luma_of(const uint8_t *pixel) {
    return 54 * pixel[0] + 183 * pixel[1] + 19 * pixel[2];
}

static inline int is_clipped(const uint8_t *pixel) {
    int found = 0;
    for (int k = 0; k < 3; k++) found |= pixel[k] == 0 || pixel[k] == 255;
    return found;
}

/* Add a pixel of the region to the sums that take every pixel. */
static void add_pixel(const uint8_t *pixel, const uint8_t *before, int is_skin,
                      int64_t *sums) {
    const int64_t red = pixel[0], green = pixel[1], blue = pixel[2];
    const int64_t luma = luma_of(pixel), yellow = red + green - 2 * blue;
    int64_t *tone = sums + TALLY_TONES + 5 * (luma >> 11);
    sums[TALLY_REGION]++;
    sums[TALLY_CLIPPED] += is_clipped(pixel);
    for (int k = 0; k < 3; k++) sums[TALLY_DIFFERENCE] += abs(pixel[k] - before[k]);
    tone[0]++;
    tone[1] += red - green;
    tone[2] += (red - green) * (red - green);
    tone[3] += yellow;
    tone[4] += yellow * yellow;
    if (is_skin) {
        sums[TALLY_YELLOW] += yellow;
        sums[TALLY_LUMA] += luma;
    }
}

/* Add a pixel that has four neighbours to the sums that look at those. */
static void add_inner(const uint8_t *pixel, int64_t pitch, int is_skin,
                      const int32_t *shares, int64_t *sums) {
    const int64_t light =
        (shares[pixel[0]] + shares[256 + pixel[1]] + shares[512 + pixel[2]]) >> 16;
    const int64_t laplacian = 4 * luma_of(pixel) - luma_of(pixel - 3) - luma_of(pixel + 3) -
                              luma_of(pixel - pitch) - luma_of(pixel + pitch);
    sums[TALLY_INNER]++;
    sums[TALLY_LIGHT] += light;
    sums[TALLY_LIGHT_2] += light * light;
    sums[TALLY_LAPLACIAN_2] += laplacian * laplacian;
    if (is_skin) {
        sums[TALLY_INNER_SKIN]++;
        sums[TALLY_SKIN_LIGHT] += light;
        sums[TALLY_SKIN_LIGHT_2] += light * light;
    }
}

void tally_face(const uint8_t *frame, const uint8_t *before, const uint8_t *region,
                const uint8_t *skin, int64_t width, int64_t height, const int32_t *shares,
                int64_t *sums) {
    memset(sums, 0, TALLY_LENGTH * sizeof(int64_t));
    for (int64_t y = 0, at = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++, at++) {
            if (!region[at]) continue;
            add_pixel(frame + 3 * at, before + 3 * at, skin[at], sums);
            if (x > 0 && y > 0 && x < width - 1 && y < height - 1)
                add_inner(frame + 3 * at, 3 * width, skin[at], shares, sums);
        }
}

/* ---- a square at another size ------------------------------------------------------ */

/* Write what a row of a picture stands for, from one value to another. */
static void look_up(const void *picture, int item, int64_t start, int64_t n,
                    const double *values, int mask, double *row) {
    const uint8_t *bytes = (const uint8_t *)picture + start;
    const uint16_t *words = (const uint16_t *)picture + start;
    if (item == 1)
        for (int64_t k = 0; k < n; k++) row[k] = values[bytes[k] & mask];
    else
        for (int64_t k = 0; k < n; k++) row[k] = values[words[k] & mask];
}

/* Add n values times a weight. */
static void add_weighted(double *sums, double weight, const double *values, int64_t n) {
    for (int64_t k = 0; k < n; k++) sums[k] += weight * values[k];
}

Status resample_square(const void *picture, int item, int64_t width, const double *values,
                       int64_t n_values, const int32_t *down, const double *down_weights,
                       int64_t n_down, const int32_t *across,
                       const double *across_weights, int64_t n_across, int64_t side,
                       double *square) {
    int64_t left = width, right = 0;
    for (int64_t k = 0; k < side; k++) {
        if (across[k] < left) left = across[k];
        if (across[k] + n_across > right) right = across[k] + n_across;
    }
    const int64_t n = 3 * (right - left);
    /* The rows that were looked up last, each at its number modulo n_down. */
    double *rows = malloc((size_t)(n_down * n) * sizeof(double));
    int64_t *held = malloc((size_t)n_down * sizeof(int64_t));
    double *mean = malloc((size_t)n * sizeof(double));
    const int whole = rows && held && mean;
    for (int64_t k = 0; whole && k < n_down; k++) held[k] = -1;
    for (int64_t y = 0; whole && y < side; y++) {
        for (int64_t k = 0; k < n; k++) mean[k] = 0.0;
        for (int64_t k = 0; k < n_down; k++) {
            const int64_t row = down[y] + k, slot = row % n_down;
            const double weight = down_weights[y * n_down + k];
            if (weight == 0.0) continue;
            if (held[slot] != row)
                look_up(picture, item, 3 * (row * width + left), n, values,
                        (int)(n_values - 1), rows + slot * n);
            held[slot] = row;
            add_weighted(mean, weight, rows + slot * n, n);
        }
        for (int64_t x = 0; x < side; x++) {
            double *pixel = square + 3 * (y * side + x);
            pixel[0] = pixel[1] = pixel[2] = 0.0;
            for (int64_t k = 0; k < n_across; k++)
                add_weighted(pixel, across_weights[x * n_across + k],
                             mean + 3 * (across[x] - left + k), 3);
        }
    }
    free(rows);
    free(held);
    free(mean);
    return whole ? DONE : NO_MEMORY;
}
