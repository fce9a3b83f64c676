/* Edges of holes: pixels that are partly behind, as the mean of finer samples. */
#include "_native_pixel.h"

#define FINE 4             /* samples of a pixel along each axis */
#define APART (256 / FINE) /* between them, 1/256 px */
#define FIRST ((APART - 256) / 2)
#define ROWS_AT_ONCE 64
#define MAX_EXTENTS 16

/* Pixels left to right - 1 of rows top to bottom - 1, and the triangle of every sample. */
typedef struct {
    int64_t left, top, right, bottom, columns; /* columns of samples */
    int32_t *owner;
} Box;

/* The box of some triangles, 1/256 px. */
typedef struct {
    int64_t low[2], high[2];
} Extent;

/* Note the samples between two edges from row y to row end - 1; return the first edge. */
static Edge own_rows(const Box *box, int32_t t, Edge one, Edge two, int64_t y,
                     int64_t end) {
    for (; y < end; y++) {
        const int64_t from = clamp64(one.x < two.x ? one.x : two.x, 0, box->columns);
        const int64_t to = clamp64(one.x < two.x ? two.x : one.x, 0, box->columns);
        for (int64_t x = from; x < to; x++) box->owner[y * box->columns + x] = t;
        step_edge(&one);
        step_edge(&two);
    }
    return one;
}

/* Note the samples of one triangle: as pixels are, at a scale on which samples are apart
 * as pixels are. */
static void own_samples(const Box *box, const Scene *scene, int32_t t) {
    const int64_t rows = FINE * (box->bottom - box->top);
    int64_t corner[3][2];
    read_corners(scene, scene->triangles + 3 * (int64_t)t, corner);
    int above = 1, below = 1, before = 1, after = 1;
    for (int k = 0; k < 3; k++) {
        corner[k][0] = FINE * (corner[k][0] - 256 * box->left - FIRST);
        corner[k][1] = FINE * (corner[k][1] - 256 * box->top - FIRST);
        above &= corner[k][1] <= 0;
        below &= corner[k][1] >= 256 * rows;
        before &= corner[k][0] <= 0;
        after &= corner[k][0] >= 256 * box->columns;
    }
    if (above | below | before | after || area_of(corner) == 0) return;
    const int64_t *sorted[3];
    sort_corners(corner, sorted);
    const int64_t top = clamp64((sorted[0][1] + 255) >> 8, 0, rows);
    const int64_t turn = clamp64((sorted[1][1] + 255) >> 8, 0, rows);
    const int64_t end = clamp64((sorted[2][1] + 255) >> 8, 0, rows);
    if (top == end) return;
    Edge whole, part;
    start_edge(&whole, sorted[0], sorted[2], top);
    if (top < turn) {
        start_edge(&part, sorted[0], sorted[1], top);
        whole = own_rows(box, t, whole, part, top, turn);
    }
    if (turn < end) {
        start_edge(&part, sorted[1], sorted[2], turn);
        own_rows(box, t, whole, part, turn, end);
    }
}

/* Rounded to the nearest, halves away from 0. */
INLINE int32_t mean_of(int32_t sum) {
    const int32_t n = FINE * FINE;
    return sum < 0 ? -((n / 2 - sum) / n) : (sum + n / 2) / n;
}

/* Draw a pixel as the mean of its samples, whose triangles are given. */
static void draw_samples(const Context *context, const Scene *behind,
                         const int32_t *owners, int64_t x, int64_t y) {
    const Scene *scene = context->scene;
    int16_t found[CHANNELS];
    int32_t sums[CHANNELS] = {0, 0, 0, 0};
    Scene here = *scene, there = *behind;
    here.light = there.light = found;
    if (scene->planes) here.planes = there.planes = found;
    Context one = *context;
    Map maps[MAX_PHOTOS];
    int64_t corner[3][2], u[MAX_PHOTOS], v[MAX_PHOTOS];
    int32_t last = -1;
    for (int s = 0; s < FINE * FINE; s++) {
        const int32_t *index = scene->triangles + 3 * (int64_t)owners[s];
        if (owners[s] != last) {
            read_corners(scene, index, corner);
            set_maps(maps, scene, corner, index, area_of(corner));
            last = owners[s];
        }
        const int64_t at_x = 256 * x + FIRST + APART * (s % FINE);
        const int64_t at_y = 256 * y + FIRST + APART * (s / FINE);
        const uint64_t dx = (uint64_t)(at_x - corner[0][0]);
        const uint64_t dy = (uint64_t)(at_y - corner[0][1]);
        for (int k = 0; k < scene->n_photos; k++) {
            const Map *map = &maps[k];
            u[k] = clamp64((int64_t)(map->u0 + (uint64_t)((int64_t)(map->ux * dx +
                                                                    map->uy * dy) >>
                                                          8)),
                           0, map->u_last);
            v[k] = clamp64((int64_t)(map->v0 + (uint64_t)((int64_t)(map->vx * dx +
                                                                    map->vy * dy) >>
                                                          8)),
                           0, map->v_last);
        }
        one.scene = owners[s] < scene->n_behind ? &there : &here;
        draw_pixel(&one, maps, scene->n_photos, u, v, context->cubic, context->way, 0);
        for (int c = 0; c < 3; c++) sums[c] += found[c];
        if (scene->planes) sums[3] += found[3] - MIDDLE;
    }
    const int32_t light[3] = {mean_of(sums[0]), mean_of(sums[1]), mean_of(sums[2])};
    const int64_t pixel = y * scene->width + x;
    if (!scene->planes) {
        write_light(scene, light[0], light[1], light[2], pixel);
        return;
    }
    int16_t *out = scene->planes + CHANNELS * pixel;
    for (int c = 0; c < 3; c++) out[c] = (int16_t)light[c];
    out[3] = (int16_t)(MIDDLE + mean_of(sums[3]));
}

/* Draw the pixels of a box whose samples lie in sheets, in rims and before them. */
static void smooth_box(const Context *context, const Scene *behind, const Box *box) {
    const int32_t sheets = (int32_t)context->scene->n_sheets;
    const int32_t rims = (int32_t)context->scene->n_rims;
    for (int64_t y = box->top; y < box->bottom; y++) {
        const int32_t *row = box->owner + FINE * (y - box->top) * box->columns;
        for (int64_t x = box->left; x < box->right; x++, row += FINE) {
            int32_t owners[FINE * FINE];
            int in_sheets = 0, in_rims = 0, in_none = 0;
            for (int s = 0; s < FINE * FINE; s++) {
                const int32_t t = row[s / FINE * box->columns + s % FINE];
                in_sheets += t < sheets;
                in_rims += t < rims;
                in_none |= t < 0;
                owners[s] = t;
            }
            const int all = FINE * FINE;
            in_rims -= in_sheets;
            if (in_none || in_sheets == all || in_rims == all || !(in_sheets + in_rims))
                continue;
            draw_samples(context, behind, owners, x, y);
        }
    }
}

/* Smooth the edges in the box of some triangles, some rows at once. */
static Status smooth_rows(const Context *context, const Scene *behind, const Extent *in) {
    const Scene *scene = context->scene;
    Box box = {.left = clamp64((in->low[0] >> 8) - 1, 0, scene->width),
               .right = clamp64((in->high[0] >> 8) + 2, 0, scene->width)};
    const int64_t top = clamp64((in->low[1] >> 8) - 1, context->top, context->bottom);
    const int64_t bottom = clamp64((in->high[1] >> 8) + 2, context->top, context->bottom);
    if (box.left >= box.right || top >= bottom) return DONE;
    box.columns = FINE * (box.right - box.left);
    const int64_t rows = bottom - top < ROWS_AT_ONCE ? bottom - top : ROWS_AT_ONCE;
    const size_t bytes = (size_t)(box.columns * FINE * rows) * sizeof(int32_t);
    box.owner = malloc(bytes);
    if (!box.owner) return NO_MEMORY;
    for (box.top = top; box.top < bottom; box.top = box.bottom) {
        box.bottom = box.top + rows < bottom ? box.top + rows : bottom;
        memset(box.owner, 0xff, bytes); /* -1: no triangle */
        for (int64_t t = 0; t < scene->n_triangles; t++)
            own_samples(&box, scene, (int32_t)t);
        smooth_box(context, behind, &box);
    }
    free(box.owner);
    return DONE;
}

/* The box of the triangles from *t on that the numbers of their nodes join; *t is then
 * the one after them. */
static Extent next_extent(const Scene *scene, int64_t *t) {
    Extent found = {{INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MIN}};
    int32_t first = INT32_MAX, last = -1;
    for (; *t < scene->n_rims; (*t)++) {
        const int32_t *index = scene->triangles + 3 * *t;
        int joined = last < 0;
        for (int k = 0; k < 3; k++) joined |= index[k] >= first && index[k] <= last;
        if (!joined) break;
        for (int k = 0; k < 3; k++) {
            const int32_t *node = scene->frame_nodes + 2 * (int64_t)index[k];
            for (int axis = 0; axis < 2; axis++) {
                if (node[axis] < found.low[axis]) found.low[axis] = node[axis];
                if (node[axis] > found.high[axis]) found.high[axis] = node[axis];
            }
            first = index[k] < first ? index[k] : first;
            last = index[k] > last ? index[k] : last;
        }
    }
    return found;
}

INLINE int meet(const Extent *one, const Extent *two) {
    int apart = 0;
    for (int axis = 0; axis < 2; axis++)
        apart |= one->high[axis] < two->low[axis] || two->high[axis] < one->low[axis];
    return !apart;
}

Status smooth_edges(const Context *context, const Scene *behind) {
    Extent extents[MAX_EXTENTS]; /* of holes, which lie apart, with sheet and rims */
    int n = 0;
    for (int64_t t = 0; t < context->scene->n_rims;) {
        const Extent found = next_extent(context->scene, &t);
        int k = 0;
        while (k < n && !meet(&found, &extents[k])) k++;
        if (k == n && n < MAX_EXTENTS) extents[n++] = found;
        Extent *with = &extents[k < MAX_EXTENTS ? k : MAX_EXTENTS - 1];
        for (int axis = 0; axis < 2; axis++) {
            if (found.low[axis] < with->low[axis]) with->low[axis] = found.low[axis];
            if (found.high[axis] > with->high[axis]) with->high[axis] = found.high[axis];
        }
    }
    for (int k = 0; k < n; k++) {
        const Status status = smooth_rows(context, behind, &extents[k]);
        if (status != DONE) return status;
    }
    return DONE;
}
