/* The frame: triangles rasterised one by one, photos sampled and blended. */
#include "_native_pixel.h"

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
    read_corners(scene, index, corner);
    const int64_t *sorted[3];
    sort_corners(corner, sorted);
    const int64_t *high = sorted[0], *middle = sorted[1], *low = sorted[2];
    /* row y is active from ceil(Ymin/256) to ceil(Ymax/256) - 1 */
    const int64_t top = clamp64((high[1] + 255) >> 8, context->top, context->bottom);
    const int64_t turn = clamp64((middle[1] + 255) >> 8, context->top, context->bottom);
    const int64_t end = clamp64((low[1] + 255) >> 8, context->top, context->bottom);
    if (top == end) return;
    const int64_t det = area_of(corner);
    if (det == 0) return;
    const int inside = set_maps(maps, scene, corner, index, det);
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
    context->cubic = cubic;
    context->way = PLAIN;
    if (context->scene->planes) {
        context->way = IN_PLANES;
        inside = &planes[cubic][0];
        clamped = &planes[cubic][1];
    } else if (context->scene->covered && n > 1) { /* a cover excludes others */
        context->way = COVERED;
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
    context.scene = scene;
    if (status == DONE && scene->n_sheets > 0)
        status = smooth_edges(&context, frame->behind);
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
    /* in triangles behind others, covers of two photos last longer, in another shade */
    Photo lasting[2];
    Scene behind = *scene;
    if (scene->n_photos == 2) {
        for (int k = 0; k < 2; k++) {
            lasting[k] = scene->photos[k];
            lasting[k].presence = scene->photos[k].lasting;
            if (scene->covered == 3) lasting[k].shade = scene->photos[k].lid_shade;
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
