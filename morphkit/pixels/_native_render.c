/* The frame: triangles rasterised one by one, photos sampled and blended. */
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

/* Draw pixels x to x + count - 1 of row y. */
INLINE void draw_span(const Context *context, const Map *maps, int n, int64_t x,
                      int64_t y, int64_t count, const int64_t *origin, int cubic,
                      int clamped, int way) {
    const int64_t pixel = y * context->scene->width + x;
    const uint64_t dx = (uint64_t)(256 * x - origin[0]);
    const uint64_t dy = (uint64_t)(256 * y - origin[1]);
#ifdef MORPHKIT_LANES
    if (way != IN_PLANES)
        prefetch(context->scene->image, 3 * (pixel + PREFETCH_PIXELS));
#endif
    uint64_t u[MAX_PHOTOS], v[MAX_PHOTOS];
    int64_t at_u[MAX_PHOTOS], at_v[MAX_PHOTOS];
    for (int k = 0; k < n; k++) {
        const Map *map = &maps[k];
        u[k] = map->u0 + (uint64_t)((int64_t)(map->ux * dx + map->uy * dy) >> 8);
        v[k] = map->v0 + (uint64_t)((int64_t)(map->vx * dx + map->vy * dy) >> 8);
#ifdef MORPHKIT_LANES
        const int64_t row = ((int64_t)v[k] >> 32) + PAD_BEFORE + PAD_AFTER;
        const int64_t ahead = ((int64_t)u[k] >> 32) + PREFETCH_PIXELS;
        prefetch(map->samples, 2 * (row * map->stride + ahead * CHANNELS));
#endif
    }
    for (int64_t i = 0; i < count; i++) {
        for (int k = 0; k < n; k++) {
            at_u[k] = (int64_t)u[k];
            at_v[k] = (int64_t)v[k];
            if (clamped) {
                at_u[k] = clamp64(at_u[k], 0, maps[k].u_last);
                at_v[k] = clamp64(at_v[k], 0, maps[k].v_last);
            }
            u[k] += maps[k].ux;
            v[k] += maps[k].vx;
        }
        draw_pixel(context, maps, n, at_u, at_v, cubic, way, pixel + i);
    }
}

/* Note pixels x to x + count - 1 of row y as covered. */
INLINE void mark_seen(const Context *context, int64_t x, int64_t y, int64_t count) {
    uint64_t *row = context->seen + (y - context->top) * context->words;
    const int64_t end = x + count;
    for (int64_t word = x >> 6; 64 * word < end; word++) {
        const int64_t from = x > 64 * word ? x - 64 * word : 0;
        const int64_t to = end - 64 * word < 64 ? end - 64 * word : 64;
        row[word] |= (~(uint64_t)0 >> (64 - (to - from))) << from;
    }
}

/* Draw the part of a triangle between two edges, from row y to row end - 1, and return
 * the first edge on row `end`. The compiler specialises the loop for each constant `n`,
 * `cubic`, `clamped` and `way`; local copies of invariants tell it that writing pixels
 * changes nothing else. */
INLINE Edge draw_rows(const Context *shared, const Map *shared_maps, int n, Edge one,
                      Edge two, int64_t y, int64_t end, const int64_t *origin, int cubic,
                      int clamped, int way) {
    const Scene scene = *shared->scene;
    Context context = *shared;
    Map copies[2];
    const Map *maps = shared_maps;
    context.scene = &scene;
    if (n <= 2) {
        for (int k = 0; k < n; k++) copies[k] = shared_maps[k];
        maps = copies;
    }
    const int64_t start[2] = {origin[0], origin[1]};
    for (; y < end; y++) {
        const int64_t left = one.x < two.x ? one.x : two.x;
        const int64_t right = one.x < two.x ? two.x : one.x;
        const int64_t from = left < 0 ? 0 : left;
        const int64_t to = right > scene.width ? scene.width : right;
        if (from < to) {
            draw_span(&context, maps, n, from, y, to - from, start, cubic, clamped,
                      way);
            mark_seen(&context, from, y, to - from);
        }
        step_edge(&one);
        step_edge(&two);
    }
    return one;
}

#define ROWS_FUNCTION(name, photos, cubic, clamped, way)                              \
    static Edge name(const Context *context, const Map *maps, int n, Edge one,        \
                     Edge two, int64_t y, int64_t end, const int64_t *origin) {       \
        (void)n;                                                                      \
        return draw_rows(context, maps, photos, one, two, y, end, origin, cubic,      \
                         clamped, way);                                               \
    }

ROWS_FUNCTION(linear_1, 1, 0, 0, PLAIN)
ROWS_FUNCTION(linear_2, 2, 0, 0, PLAIN)
ROWS_FUNCTION(linear_n, n, 0, 0, PLAIN)
ROWS_FUNCTION(cubic_1, 1, 1, 0, PLAIN)
ROWS_FUNCTION(cubic_2, 2, 1, 0, PLAIN)
ROWS_FUNCTION(cubic_n, n, 1, 0, PLAIN)
ROWS_FUNCTION(linear_1_clamped, 1, 0, 1, PLAIN)
ROWS_FUNCTION(linear_2_clamped, 2, 0, 1, PLAIN)
ROWS_FUNCTION(linear_n_clamped, n, 0, 1, PLAIN)
ROWS_FUNCTION(cubic_1_clamped, 1, 1, 1, PLAIN)
ROWS_FUNCTION(cubic_2_clamped, 2, 1, 1, PLAIN)
ROWS_FUNCTION(cubic_n_clamped, n, 1, 1, PLAIN)
ROWS_FUNCTION(linear_2_covered, 2, 0, 0, COVERED)
ROWS_FUNCTION(linear_n_covered, n, 0, 0, COVERED)
ROWS_FUNCTION(cubic_2_covered, 2, 1, 0, COVERED)
ROWS_FUNCTION(cubic_n_covered, n, 1, 0, COVERED)
ROWS_FUNCTION(linear_2_clamped_covered, 2, 0, 1, COVERED)
ROWS_FUNCTION(linear_n_clamped_covered, n, 0, 1, COVERED)
ROWS_FUNCTION(cubic_2_clamped_covered, 2, 1, 1, COVERED)
ROWS_FUNCTION(cubic_n_clamped_covered, n, 1, 1, COVERED)
ROWS_FUNCTION(linear_planes, 2, 0, 0, IN_PLANES)
ROWS_FUNCTION(linear_planes_clamped, 2, 0, 1, IN_PLANES)
ROWS_FUNCTION(cubic_planes, 2, 1, 0, IN_PLANES)
ROWS_FUNCTION(cubic_planes_clamped, 2, 1, 1, IN_PLANES)

/* ---- frame ------------------------------------------------------------------ */

/* Draw one triangle, given as three node indices within range. */
static void draw_triangle(const Context *context, const int32_t *index, Map *maps) {
    const Scene *scene = context->scene;
    int64_t corner[3][2];
    for (int k = 0; k < 3; k++)
        for (int axis = 0; axis < 2; axis++)
            corner[k][axis] = scene->frame_nodes[2 * (int64_t)index[k] + axis];
    const int64_t *high = corner[0], *middle = corner[1], *low = corner[2], *swap;
    if (high[1] > middle[1]) swap = high, high = middle, middle = swap;
    if (middle[1] > low[1]) swap = middle, middle = low, low = swap;
    if (high[1] > middle[1]) swap = high, high = middle, middle = swap;
    /* row y is active from ceil(Ymin/256) to ceil(Ymax/256) - 1 */
    const int64_t top = clamp64((high[1] + 255) >> 8, context->top, context->bottom);
    const int64_t turn = clamp64((middle[1] + 255) >> 8, context->top, context->bottom);
    const int64_t end = clamp64((low[1] + 255) >> 8, context->top, context->bottom);
    if (top == end) return;
    const int64_t det = cross(corner[1][0] - corner[0][0], corner[1][1] - corner[0][1],
                              corner[2][0] - corner[0][0], corner[2][1] - corner[0][1]);
    if (det == 0) return;
    const int64_t sign = det < 0 ? -1 : 1;
    const Divisor area = {sign * det, ((int64_t)1 << 60) / (sign * det)};
    int inside = 1;
    for (int k = 0; k < scene->n_photos; k++)
        inside &= set_map(&maps[k], &scene->photos[k], corner, index, sign, &area);
    const DrawRows draw = inside ? context->draw_inside : context->draw_clamped;
    Edge whole, part;
    start_edge(&whole, high, low, top);
    if (top < turn) {
        start_edge(&part, high, middle, top);
        whole = draw(context, maps, scene->n_photos, whole, part, top, turn, corner[0]);
    }
    if (turn < end) {
        start_edge(&part, middle, low, turn);
        draw(context, maps, scene->n_photos, whole, part, turn, end, corner[0]);
    }
}

INLINE int count_bits(uint64_t word) {
    int count = 0;
    for (; word; word &= word - 1) count++;
    return count;
}

/* Count the pixels of a band that no triangle covers and find the first. */
static void find_holes(const Context *context, int64_t *uncovered, int64_t *first) {
    const Scene *scene = context->scene;
    for (int64_t y = context->top; y < context->bottom; y++)
        for (int64_t word = 0; word < context->words; word++) {
            const int64_t left = scene->width - 64 * word;
            uint64_t holes = ~context->seen[(y - context->top) * context->words + word];
            if (left < 64) holes &= ((uint64_t)1 << left) - 1;
            if (!holes) continue;
            if (*first < 0) {
                int64_t x = 64 * word;
                for (uint64_t rest = holes; !(rest & 1); rest >>= 1) x++;
                *first = y * scene->width + x;
            }
            *uncovered += count_bits(holes);
        }
}

/* Bilinear weights are those without outer neighbours. */
static int needs_cubic(const int16_t *taps) {
    for (int f = 0; f < PHASES; f++)
        if (taps[4 * f] || taps[4 * f + 3]) return 1;
    return 0;
}

static void choose_functions(Context *context, int cubic) {
    static const DrawRows plain[2][2][3] = {
        {{linear_1, linear_2, linear_n},
         {linear_1_clamped, linear_2_clamped, linear_n_clamped}},
        {{cubic_1, cubic_2, cubic_n},
         {cubic_1_clamped, cubic_2_clamped, cubic_n_clamped}}};
    static const DrawRows covered[2][2][2] = {
        {{linear_2_covered, linear_n_covered},
         {linear_2_clamped_covered, linear_n_clamped_covered}},
        {{cubic_2_covered, cubic_n_covered},
         {cubic_2_clamped_covered, cubic_n_clamped_covered}}};
    const int n = context->scene->n_photos;
    const DrawRows *inside = &plain[cubic][0][n <= 2 ? n - 1 : 2];
    const DrawRows *clamped = &plain[cubic][1][n <= 2 ? n - 1 : 2];
    static const DrawRows planes[2][2] = {{linear_planes, linear_planes_clamped},
                                          {cubic_planes, cubic_planes_clamped}};
    if (context->scene->planes) {
        inside = &planes[cubic][0];
        clamped = &planes[cubic][1];
    } else if (context->scene->covered && n > 1) { /* a cover excludes others */
        inside = &covered[cubic][0][n == 2 ? 0 : 1];
        clamped = &covered[cubic][1][n == 2 ? 0 : 1];
    }
    context->draw_inside = *inside;
    context->draw_clamped = *clamped;
}

/* A frame that threads draw in bands, and what they report. */
typedef struct {
    const Context *context;
    const Scene *behind; /* the scene in triangles behind others */
    Status status[MAX_THREADS];
    int64_t uncovered[MAX_THREADS], first[MAX_THREADS];
} Frame;

/* Draw one band: all triangles, in their order, in its rows. */
static void draw_band(void *shared, int index, int count) {
    Frame *frame = shared;
    Context context = *frame->context;
    const Scene *scene = context.scene;
    Map maps[MAX_PHOTOS];
    context.top = scene->height * index / count;
    context.bottom = scene->height * (index + 1) / count;
    const size_t words = (size_t)(context.words * (context.bottom - context.top));
    context.seen = calloc(words, sizeof(uint64_t));
    Status status = context.seen ? DONE : NO_MEMORY;
    for (int64_t t = 0; t < scene->n_triangles && status == DONE; t++) {
        const int32_t *triangle = scene->triangles + 3 * t;
        const int32_t corners[3] = {triangle[0], triangle[1], triangle[2]};
        for (int k = 0; k < 3; k++)
            if (corners[k] < 0 || corners[k] >= scene->n_nodes) status = BAD_INDEX;
        context.scene = t < scene->n_behind ? frame->behind : scene;
        if (status == DONE) draw_triangle(&context, corners, maps);
    }
    frame->uncovered[index] = 0;
    frame->first[index] = -1;
    if (status == DONE)
        find_holes(&context, &frame->uncovered[index], &frame->first[index]);
    frame->status[index] = status;
    free(context.seen);
}

Status draw_scene(const Scene *scene, int threads, int64_t *uncovered, int64_t *first) {
    Context context = {.scene = scene, .words = (scene->width + 63) / 64};
    const int cubic = needs_cubic(scene->taps);
    choose_functions(&context, cubic);
#ifdef MORPHKIT_LANES
    Shorts taps[PHASES][2], weights[MAX_PHOTOS / 2];
    for (int f = 0; f < PHASES; f++) {
        const int16_t *w = scene->taps + 4 * f;
        taps[f][0] = cubic ? weights_of(-2 * w[0], -2 * w[1])
                           : weights_of(-2 * w[1], -2 * w[2]);
        taps[f][1] = weights_of(-2 * w[2], -2 * w[3]);
    }
    for (int k = 0; k < scene->n_photos; k += 2) {
        const int paired = k + 1 < scene->n_photos;
        weights[k / 2] = weights_of(scene->photos[k].weight,
                                    paired ? scene->photos[k + 1].weight : 0);
    }
    context.taps = taps;
    context.weights = weights;
#endif
    /* in triangles behind others, covers of two photos last longer */
    Photo lasting[2];
    Scene behind = *scene;
    if (scene->n_photos == 2) {
        for (int k = 0; k < 2; k++) {
            lasting[k] = scene->photos[k];
            lasting[k].presence = scene->photos[k].lasting;
        }
        behind.photos = lasting;
    }
    Frame frame = {.context = &context, .behind = &behind};
    const int bands = threads < scene->height ? threads : (int)scene->height;
    in_threads(bands, draw_band, &frame);
    Status status = DONE;
    *uncovered = 0;
    *first = -1;
    for (int k = 0; k < bands; k++) {
        if (frame.status[k] != DONE) status = frame.status[k];
        *uncovered += frame.uncovered[k];
        if (*first < 0) *first = frame.first[k];
    }
    return status;
}
