/* A pixel of the frame: the triangle it lies in, its samples, their blend. */
#ifndef MORPHKIT_NATIVE_PIXEL_H
#define MORPHKIT_NATIVE_PIXEL_H

#include "_native.h"

/* ---- integer division ------------------------------------------------------- */

/* Quotient rounded down, denominator above 0; the short division is the fast one. */
INLINE int64_t floor_div(int64_t numerator, int64_t denominator) {
    if (numerator == (int32_t)numerator && denominator == (int32_t)denominator) {
        const int32_t n = (int32_t)numerator, d = (int32_t)denominator;
        return n / d - (n % d < 0);
    }
    return numerator / denominator - (numerator % denominator < 0);
}

/* A denominator from 1 to 2^46 that divides several numerators. */
typedef struct {
    int64_t denominator, reciprocal; /* ⌊2^60 / denominator⌋ */
} Divisor;

/* floor(2^32 · numerator / denominator) modulo 2^64. */
INLINE uint64_t quotient_q32(int64_t numerator, const Divisor *divisor) {
    const int64_t denominator = divisor->denominator;
    const int64_t limit = (int64_t)1 << 28;
    if (numerator > -limit && numerator < limit && numerator <= 4 * denominator &&
        numerator >= -4 * denominator) {
        /* the product is at most 2^62; the quotient is right or off by one */
        const int64_t guess = (numerator * divisor->reciprocal) >> 28;
        const int64_t rest = numerator * ((int64_t)1 << 32) - guess * denominator;
        return (uint64_t)(guess + (rest >= denominator) - (rest < 0));
    }
    const int64_t whole = floor_div(numerator, denominator);
    int64_t rest = numerator - whole * denominator;
    const int64_t upper = (rest << 16) / denominator;
    rest = (rest << 16) - upper * denominator;
    const int64_t lower = (rest << 16) / denominator;
    return ((uint64_t)whole << 32) + (uint64_t)((upper << 16) + lower);
}

/* ---- triangles -------------------------------------------------------------- */

/* Map from the frame to one photo: u = u0 + (ux·dx + uy·dy)/256, Q32. */
typedef struct {
    uint64_t ux, uy, vx, vy, u0, v0;
    int64_t u_last, v_last; /* position of the last column and row, Q32 */
    const int16_t *samples;
    int64_t stride; /* from one row of samples to the next */
} Map;

/* Crossing of an edge with a row, rounded up, stepped exactly from row to row. */
typedef struct {
    int64_t x, rest, step, step_rest, denominator;
} Edge;

/* Start an edge from (xa, ya) down to (xb, yb) on row y; units 1/256 px. */
INLINE void start_edge(Edge *edge, const int64_t *a, const int64_t *b, int64_t y) {
    const int64_t dx = b[0] - a[0], dy = b[1] - a[1];
    const int64_t column = a[0] >> 8; /* whole pixels apart keep the numbers short */
    edge->denominator = 256 * dy;
    const int64_t numerator =
        (a[0] - 256 * column) * dy + (256 * y - a[1]) * dx + edge->denominator - 1;
    const int64_t quotient = floor_div(numerator, edge->denominator);
    edge->x = column + quotient;
    edge->rest = numerator - quotient * edge->denominator;
    edge->step = floor_div(dx, dy);
    edge->step_rest = 256 * (dx - edge->step * dy);
}

INLINE void step_edge(Edge *edge) {
    edge->rest += edge->step_rest;
    const int64_t carry = edge->rest >= edge->denominator;
    edge->rest -= carry ? edge->denominator : 0;
    edge->x += edge->step + carry;
}

INLINE int64_t cross(int64_t a, int64_t b, int64_t c, int64_t d) {
    return a * d - b * c;
}

/* Set the map of a triangle; return whether no position needs clamping. */
INLINE int set_map(Map *map, const Photo *photo, const int64_t corner[3][2],
                   const int32_t *index, int64_t sign, const Divisor *area) {
    const int32_t *p[3];
    for (int k = 0; k < 3; k++) p[k] = photo->nodes + 2 * (int64_t)index[k];
    const int64_t x1 = corner[1][0] - corner[0][0], y1 = corner[1][1] - corner[0][1];
    const int64_t x2 = corner[2][0] - corner[0][0], y2 = corner[2][1] - corner[0][1];
    const int64_t u1 = (int64_t)p[1][0] - p[0][0], v1 = (int64_t)p[1][1] - p[0][1];
    const int64_t u2 = (int64_t)p[2][0] - p[0][0], v2 = (int64_t)p[2][1] - p[0][1];
    map->ux = quotient_q32(sign * cross(u1, y1, u2, y2), area);
    map->uy = quotient_q32(sign * cross(x1, u1, x2, u2), area);
    map->vx = quotient_q32(sign * cross(v1, y1, v2, y2), area);
    map->vy = quotient_q32(sign * cross(x1, v1, x2, v2), area);
    map->u0 = ((uint64_t)(int64_t)p[0][0] << 24) + (1 << 23);
    map->v0 = ((uint64_t)(int64_t)p[0][1] << 24) + (1 << 23);
    map->u_last = (photo->width - 1) << 32;
    map->v_last = (photo->height - 1) << 32;
    map->samples = photo->samples;
    map->stride = CHANNELS * (photo->width + PAD_BEFORE + PAD_AFTER);
    const int64_t right = 256 * (photo->width - 1), bottom = 256 * (photo->height - 1);
    int inside = 1;
    for (int k = 0; k < 3; k++)
        inside &= p[k][0] > 0 && p[k][0] < right && p[k][1] > 0 && p[k][1] < bottom;
    return inside;
}

INLINE void read_corners(const Scene *scene, const int32_t *index,
                         int64_t corner[3][2]) {
    for (int k = 0; k < 3; k++)
        for (int axis = 0; axis < 2; axis++)
            corner[k][axis] = scene->frame_nodes[2 * (int64_t)index[k] + axis];
}

/* Order corners from the highest to the lowest. */
INLINE void sort_corners(const int64_t corner[3][2], const int64_t **sorted) {
    const int64_t *high = corner[0], *middle = corner[1], *low = corner[2], *swap;
    if (high[1] > middle[1]) swap = high, high = middle, middle = swap;
    if (middle[1] > low[1]) swap = middle, middle = low, low = swap;
    if (high[1] > middle[1]) swap = high, high = middle, middle = swap;
    sorted[0] = high;
    sorted[1] = middle;
    sorted[2] = low;
}

/* Twice the signed area of a triangle. */
INLINE int64_t area_of(const int64_t corner[3][2]) {
    return cross(corner[1][0] - corner[0][0], corner[1][1] - corner[0][1],
                 corner[2][0] - corner[0][0], corner[2][1] - corner[0][1]);
}

/* Set the maps of a triangle, whose area is not 0, to all photos; return whether no
 * position needs clamping. */
INLINE int set_maps(Map *maps, const Scene *scene, const int64_t corner[3][2],
                    const int32_t *index, int64_t det) {
    const int64_t sign = det < 0 ? -1 : 1;
    const Divisor area = {sign * det, ((int64_t)1 << 60) / (sign * det)};
    int inside = 1;
    for (int k = 0; k < scene->n_photos; k++)
        inside &= set_map(&maps[k], &scene->photos[k], corner, index, sign, &area);
    return inside;
}

/* ---- pixels ----------------------------------------------------------------- */

typedef struct Context Context;
typedef Edge (*DrawRows)(const Context *, const Map *, int n, Edge one, Edge two,
                         int64_t y, int64_t end, const int64_t *origin);

struct Context {
    const Scene *scene;
    int64_t top, bottom; /* the band of rows that is drawn: up to bottom - 1 */
    uint64_t *seen;      /* one bit per pixel of the band, rows of whole words */
    int64_t words;
    DrawRows draw_inside, draw_clamped;
    int cubic, way;
#ifdef MORPHKIT_LANES
    Shorts (*taps)[2]; /* -2·weight of neighbours (0, 1) and (2, 3) */
    Shorts *weights;   /* of photos in pairs */
#endif
};

/* The blend of samples where covers differ: a photo's weight is multiplied by 32767 less
 * the amount by which its cover, times its presence, falls short of the largest, and its
 * light is shaded by the amount by which its cover exceeds the others. Samples are
 * relative to MIDDLE, four per photo. Returns 0 if the covers are equal or nothing is
 * left, and the plain blend applies. */
INLINE int mix_covered(const Scene *scene, const int16_t *samples, int n, int32_t *mixed) {
    int alike = 1;
    for (int k = 1; k < n; k++) alike &= samples[CHANNELS * k + 3] == samples[3];
    if (alike) return 0;
    int32_t covers[MAX_PHOTOS], most = 0, least = WHITE;
    for (int k = 0; k < n; k++) {
        const int32_t cover = samples[CHANNELS * k + 3] + MIDDLE;
        least = cover < least ? cover : least;
        covers[k] = (cover * scene->photos[k].presence + HALF) >> ONE_BITS;
        most = covers[k] > most ? covers[k] : most;
    }
    int64_t whole = 0, total[3] = {0, 0, 0};
    for (int k = 0; k < n; k++) {
        const int16_t *sample = samples + CHANNELS * k;
        const int64_t share =
            (int64_t)(WHITE - (most - covers[k])) * scene->photos[k].weight;
        whole += share;
        const int32_t over = sample[3] + MIDDLE - least;
        const int32_t lost = (scene->photos[k].shade * over + (1 << ONE_BITS)) >> 15;
        const int64_t lit = (share * ((1 << ONE_BITS) - lost) + HALF) >> ONE_BITS;
        for (int c = 0; c < 3; c++) total[c] += lit * (sample[c] + MIDDLE);
    }
    if (whole <= 0) return 0;
    for (int c = 0; c < 3; c++) {
        const int64_t sum = total[c] + whole / 2;
        mixed[c] = sum <= 0 ? 0 : (int32_t)clamp64(sum / whole, 0, WHITE);
    }
    return 1;
}

/* What is drawn: the blend, the blend with covers that may differ, or planes. */
enum { PLAIN, COVERED, IN_PLANES };

/* Write light as it is, or as codes. */
INLINE void write_light(const Scene *scene, int32_t red, int32_t green, int32_t blue,
                        int64_t pixel) {
    if (scene->light) {
        int16_t *out = scene->light + 3 * pixel;
        out[0] = (int16_t)red;
        out[1] = (int16_t)green;
        out[2] = (int16_t)blue;
    } else {
        uint8_t *out = scene->image + 3 * pixel;
        out[0] = scene->encode[red];
        out[1] = scene->encode[green];
        out[2] = scene->encode[blue];
    }
}

INLINE void write_planes(const Scene *scene, const int32_t *light, int32_t apart,
                         int64_t pixel) {
    int16_t *out = scene->planes + CHANNELS * pixel;
    for (int c = 0; c < 3; c++) out[c] = (int16_t)light[c];
    out[3] = (int16_t)(MIDDLE + apart / 512); /* towards 0, symmetric in the photos */
}

#ifdef MORPHKIT_LANES

#define PREFETCH_PIXELS 16

/* Prefetch what the neighbouring triangles to the right will read or write. */
INLINE void prefetch(const void *p, int64_t offset) {
    prefetch_byte((const void *)((uintptr_t)p + (uintptr_t)offset));
}

/* light - 16384 of a photo at one position, not yet clipped to the range.
 *
 * Stored samples are -(2s + 1), where s = light - 16384. With the weights -2w their sum
 * is 4·(sum of w·s + 8192): its upper half is the rounded sum, without any shift. */
INLINE Longs sample(const Context *context, const Map *map, int64_t u, int64_t v,
                    int cubic) {
    const Shorts *along = context->taps[((uint32_t)u) >> 24];
    const Shorts *down = context->taps[((uint32_t)v) >> 24];
    const int64_t stride = map->stride;
    const int16_t *p = map->samples + (v >> 32) * stride + (u >> 32) * CHANNELS;
    Longs sum;
    if (cubic) {
        Longs columns[4];
        for (int k = 0; k < 2; k++, p += 2 * CHANNELS) {
            const Shorts r0 = load_shorts(p), r1 = load_shorts(p + stride);
            const Shorts r2 = load_shorts(p + 2 * stride);
            const Shorts r3 = load_shorts(p + 3 * stride);
            columns[2 * k] = add_longs(weigh_lower(r0, r1, down[0]),
                                       weigh_lower(r2, r3, down[1]));
            columns[2 * k + 1] = add_longs(weigh_upper(r0, r1, down[0]),
                                           weigh_upper(r2, r3, down[1]));
        }
        sum = add_longs(weigh_tops(columns[0], columns[1], along[0]),
                        weigh_tops(columns[2], columns[3], along[1]));
    } else { /* the pair in the table is that of the neighbours (1, 2) */
        p += stride + CHANNELS;
        const Shorts r1 = load_shorts(p), r2 = load_shorts(p + stride);
        sum = weigh_tops(weigh_lower(r1, r2, down[0]), weigh_upper(r1, r2, down[0]),
                         along[0]);
    }
    return shift_longs_down(subtract_longs(longs_of(2 * HALF), sum), ONE_BITS + 1);
}

INLINE void draw_pixel(const Context *context, const Map *maps, int n, const int64_t *u,
                       const int64_t *v, int cubic, int way, int64_t pixel) {
    const Scene *scene = context->scene;
    const int covers = way == COVERED || (way == IN_PLANES && scene->covered);
    Shorts apart = shorts_of(0);
    int16_t samples[CHANNELS * (MAX_PHOTOS + 1)];
    Longs total = longs_of((MIDDLE << ONE_BITS) + HALF);
    for (int k = 0; k < n; k += 2) { /* an odd last one is paired with weight 0 */
        const Longs one = sample(context, &maps[k], u[k], v[k], cubic);
        const Longs two =
            k + 1 < n ? sample(context, &maps[k + 1], u[k + 1], v[k + 1], cubic) : one;
        const Shorts above = larger_shorts(narrow(one, two), shorts_of(-MIDDLE));
        const Shorts both = smaller_shorts(above, shorts_of(WHITE - MIDDLE));
        if (covers) store_shorts(samples + CHANNELS * k, both);
        if (way == IN_PLANES) apart = subtract_shorts(both, upper_four(both));
        total = add_longs(total, weigh_halves(both, context->weights[k / 2]));
    }
    int32_t mixed[3];
    if (covers && mix_covered(scene, samples, n, mixed)) {
        if (way == IN_PLANES)
            write_planes(scene, mixed, 0, pixel);
        else
            write_light(scene, mixed[0], mixed[1], mixed[2], pixel);
        return;
    }
    const Longs rounded = shift_longs_down(total, ONE_BITS);
    const Shorts light = larger_shorts(narrow(rounded, rounded), shorts_of(0));
    if (way == IN_PLANES) {
        static const int16_t shares[8] = {54, 183, 19, 0, 0, 0, 0, 0};
        const int32_t luma = first_two(sum_products(apart, load_shorts(shares)));
        store_four(scene->planes + CHANNELS * pixel,
                   with_fourth(light, MIDDLE + luma / 512));
        return;
    }
    write_light(scene, short_at(light, 0), short_at(light, 1), short_at(light, 2), pixel);
}

#else

/* Linear light of one channel of a photo at one position. */
INLINE int32_t sample(const int16_t *p, int64_t stride, const int16_t *along,
                      const int16_t *down, int cubic) {
    const int first = cubic ? 0 : 1, last = cubic ? 3 : 2;
    int32_t total = HALF;
    for (int i = first; i <= last; i++) {
        int32_t stored = 0;
        for (int j = first; j <= last; j++)
            stored += down[j] * (int32_t)p[j * stride + i * CHANNELS];
        /* stored = 32767·16384 - 2·(sum of weight·light) */
        total += along[i] * (((1 << 29) - stored) >> 15);
    }
    return clamp32(total >> ONE_BITS, 0, WHITE);
}

INLINE void draw_pixel(const Context *context, const Map *maps, int n, const int64_t *u,
                       const int64_t *v, int cubic, int way, int64_t pixel) {
    const Scene *scene = context->scene;
    int32_t total[3] = {HALF, HALF, HALF}, mixed[3];
    int16_t samples[CHANNELS * MAX_PHOTOS];
    for (int k = 0; k < n; k++) {
        const int64_t stride = maps[k].stride;
        const int16_t *p =
            maps[k].samples + (v[k] >> 32) * stride + (u[k] >> 32) * CHANNELS;
        const int16_t *along = scene->taps + 4 * (((uint32_t)u[k]) >> 24);
        const int16_t *down = scene->taps + 4 * (((uint32_t)v[k]) >> 24);
        for (int c = 0; c < (way == PLAIN ? 3 : CHANNELS); c++) {
            const int32_t found = sample(p + c, stride, along, down, cubic);
            samples[CHANNELS * k + c] = (int16_t)(found - MIDDLE);
            if (c < 3) total[c] += scene->photos[k].weight * found;
        }
    }
    int32_t apart = 0;
    if (way == PLAIN || !mix_covered(scene, samples, n, mixed)) {
        for (int c = 0; c < 3; c++) mixed[c] = clamp32(total[c] >> ONE_BITS, 0, WHITE);
        if (way == IN_PLANES)
            apart = 54 * (samples[0] - samples[4]) + 183 * (samples[1] - samples[5]) +
                    19 * (samples[2] - samples[6]);
    }
    if (way == IN_PLANES)
        write_planes(scene, mixed, apart, pixel);
    else
        write_light(scene, mixed[0], mixed[1], mixed[2], pixel);
}

#endif

/* Make the pixels at edges of holes the mean of finer samples, in a band that is drawn;
 * `behind` is the scene in triangles behind others. */
Status smooth_edges(const Context *context, const Scene *behind);

#endif
