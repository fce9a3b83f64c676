/* Two fields of displacements carried to the middle between two planes, and smoothed:
 * docs/correspondence_specification.md, in C.
 *
 * Integers only; matching_oracle.py is the readable counterpart and gives the same bits.
 */
#include <math.h>

#include "_native.h"

/* ---- to the middle ------------------------------------------------------------- */

/* A displacement of a field at a place, in units, from pixel x, y; bilinear. */
INLINE void field_at(const int32_t *field, int64_t width, int64_t height, int64_t x,
                     int64_t y, int64_t *u, int64_t *v) {
    const int64_t top = (int64_t)1 << UNIT_BITS;
    x = clamp64(x, 0, (width - 1) * top);
    y = clamp64(y, 0, (height - 1) * top);
    const int64_t column = x >> UNIT_BITS, row = y >> UNIT_BITS;
    const int64_t right = (x & (top - 1)) >> 4, below = (y & (top - 1)) >> 4;
    const int32_t *p = field + 2 * (row * width + column);
    const int64_t across = column < width - 1 ? 2 : 0;
    const int64_t down = row < height - 1 ? 2 * width : 0;
    const int64_t a = (256 - right) * (256 - below), b = right * (256 - below);
    const int64_t c = (256 - right) * below, d = right * below;
    *u = p[0] * a + p[across] * b + p[down] * c + p[down + across] * d;
    *v = p[1] * a + p[across + 1] * b + p[down + 1] * c + p[down + across + 1] * d;
}

INLINE int64_t root(int64_t value) {
    return (int64_t)sqrt((double)value);
}

typedef struct {
    const int32_t *there, *back;
    int64_t width, height, apart, most;
    int32_t *middle, *trust;
} Meeting;

static void meet_band(void *context, int index, int count) {
    const Meeting *m = context;
    const int64_t one = 1 << ONE_BITS, share = (int64_t)1 << 17;
    const int64_t width = m->width, height = m->height, apart = m->apart, most = m->most;
    const int64_t end = first_row(height, index + 1, count);
    for (int64_t y = first_row(height, index, count); y < end; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t k = y * width + x;
            const int64_t px = x << UNIT_BITS, py = y << UNIT_BITS;
            int64_t u = ((int64_t)m->there[2 * k] - m->back[2 * k]) / 2;
            int64_t v = ((int64_t)m->there[2 * k + 1] - m->back[2 * k + 1]) / 2;
            int64_t from_u = 0, from_v = 0, to_u = 0, to_v = 0;
            for (int round = 0; round < 4; round++) {
                field_at(m->there, width, height, px - u / 2, py - v / 2, &from_u,
                         &from_v);
                field_at(m->back, width, height, px + u / 2, py + v / 2, &to_u, &to_v);
                const int64_t before_u = u, before_v = v;
                u = (from_u - to_u) / share;
                v = (from_v - to_v) / share;
                if (u == before_u && v == before_v) break; /* as in all rounds to come */
            }
            const int64_t du = (from_u + to_u) / (share / 2);
            const int64_t dv = (from_v + to_v) / (share / 2);
            const int64_t agree =
                apart * apart * one / (apart * apart + du * du + dv * dv);
            const int64_t length = root(u * u + v * v);
            const int64_t within = length > most ? most * one / length : one;
            m->middle[2 * k] = (int32_t)(u * within / one);
            m->middle[2 * k + 1] = (int32_t)(v * within / one);
            m->trust[k] =
                (int32_t)((agree * agree >> ONE_BITS) * within / one * within / one);
        }
}

Status meet_halfway(const int32_t *there, const int32_t *back, int64_t width,
                    int64_t height, int64_t apart, int64_t most, int32_t *middle,
                    int32_t *trust, int threads) {
    Meeting meeting = {there, back, width, height, apart, most, middle, trust};
    in_threads(threads, meet_band, &meeting);
    return DONE;
}

/* ---- smoothing ------------------------------------------------------------------ */

/* Add values as far before as behind, each with its tap; mostly the taps are equal. */
INLINE void add_taps(int64_t *sums, const int64_t *before, const int64_t *after, int64_t n,
                     int64_t tap_before, int64_t tap_after) {
    if (tap_before == tap_after)
        for (int64_t k = 0; k < n; k++) sums[k] += tap_after * (before[k] + after[k]);
    else
        for (int64_t k = 0; k < n; k++)
            sums[k] += tap_before * before[k] + tap_after * after[k];
}

INLINE void set_tap(int64_t *sums, const int64_t *values, int64_t n, int64_t tap) {
    for (int64_t k = 0; k < n; k++) sums[k] = tap * values[k];
}

typedef struct {
    const int32_t *middle, *trust;
    int64_t width, height;
    const int16_t *taps;
    int64_t half, still;
    int64_t *across; /* sums along rows */
    int64_t *lines;  /* a line for every thread, with as much 0 around it as taps reach */
    int64_t pitch;   /* from one to the next */
    int64_t *nothing; /* a row of 0, beyond the first and the last */
    int32_t *result;
} Spreading;

static void across_band(void *context, int index, int count) {
    const Spreading *s = context;
    const int64_t width = s->width, row = 3 * width;
    const int64_t end = first_row(s->height, index + 1, count);
    int64_t *line = s->lines + index * s->pitch + 3 * s->half;
    const int16_t *tap = s->taps + s->half;
    for (int64_t y = first_row(s->height, index, count); y < end; y++) {
        for (int64_t x = 0; x < width; x++) {
            const int64_t k = y * width + x;
            line[3 * x] = (int64_t)s->trust[k] * s->middle[2 * k];
            line[3 * x + 1] = (int64_t)s->trust[k] * s->middle[2 * k + 1];
            line[3 * x + 2] = s->trust[k];
        }
        int64_t *sums = s->across + y * row;
        set_tap(sums, line, row, tap[0]);
        for (int64_t k = 1; k <= s->half; k++)
            add_taps(sums, line - 3 * k, line + 3 * k, row, tap[-k], tap[k]);
    }
}

static void down_band(void *context, int index, int count) {
    const Spreading *s = context;
    const int64_t width = s->width, height = s->height, row = 3 * width;
    const int64_t end = first_row(height, index + 1, count);
    int64_t *line = s->lines + index * s->pitch + 3 * s->half;
    const int16_t *tap = s->taps + s->half;
    const int64_t *none = s->nothing;
    for (int64_t y = first_row(height, index, count); y < end; y++) {
        set_tap(line, s->across + y * row, row, tap[0]);
        for (int64_t k = 1; k <= s->half; k++) {
            const int64_t before = y - k, after = y + k;
            if (before >= 0 || after < height)
                add_taps(line, before >= 0 ? s->across + before * row : none,
                         after < height ? s->across + after * row : none, row, tap[-k],
                         tap[k]);
        }
        for (int64_t x = 0; x < width; x++) {
            const int64_t whole = line[3 * x + 2] + s->still;
            s->result[2 * (y * width + x)] = (int32_t)(line[3 * x] / whole);
            s->result[2 * (y * width + x) + 1] = (int32_t)(line[3 * x + 1] / whole);
        }
    }
}

Status spread_trusted(const int32_t *middle, const int32_t *trust, int64_t width,
                      int64_t height, const int16_t *taps, int64_t n_taps, int64_t still,
                      int32_t *result, int threads) {
    const size_t row = 3 * (size_t)width, pitch = row + 6 * (size_t)(n_taps / 2);
    Spreading spreading = {middle, trust, width, height, taps, n_taps / 2, still,
                           malloc(row * (size_t)height * sizeof(int64_t)),
                           calloc(pitch * (size_t)threads, sizeof(int64_t)),
                           (int64_t)pitch,
                           calloc(row, sizeof(int64_t)),
                           result};
    const int whole = spreading.across && spreading.lines && spreading.nothing;
    if (whole) {
        in_threads(threads, across_band, &spreading);
        in_threads(threads, down_band, &spreading);
    }
    free(spreading.across);
    free(spreading.lines);
    free(spreading.nothing);
    return whole ? DONE : NO_MEMORY;
}
