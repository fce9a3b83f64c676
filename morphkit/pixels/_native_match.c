/* Dense matching of two planes: docs/correspondence_specification.md, in C.
 *
 * Integers only; matching_oracle.py is the readable counterpart and gives the same bits.
 */
#include <math.h>

#include "_native.h"

#define PATCH 8                /* pixels along a side of a patch */
#define STRIDE 4               /* pixels between patches */
#define N (PATCH * PATCH)
#define PAD (2 * PATCH)        /* replicated pixels around a plane */
#define LEVELS 12              /* at most */
#define SMALLEST 40            /* pixels of the shorter side of the coarsest level */
#define CODE_BITS 4            /* of a code value behind its point */
#define UNIT_BITS 12           /* displacements are in units of 1/4096 px */
#define FARTHEST (32 << UNIT_BITS)
#define NOISE ((int64_t)N << 12) /* of a patch whose structure is noise */
#define SYSTEM_BITS 4          /* of a system behind its point */
#define LARGEST ((int64_t)1 << 17) /* entry of a system */
#define SMOOTHNESS 4           /* weight of every neighbour */
#define RETURN 1               /* weight of no displacement */
#define ROUNDS 8               /* in which the systems are set up */
#define SWEEPS 6               /* in which they are solved */
#define INVERSE_BITS 30

/* ---- planes -------------------------------------------------------------------- */

/* Values with PAD more around them; `at` is the first within. */
typedef struct {
    int16_t *memory, *at;
    int64_t width, height, row;
} Plane;

static int new_plane(int64_t width, int64_t height, Plane *plane) {
    const int64_t row = width + 2 * PAD;
    plane->memory = malloc(sizeof(int16_t) * (size_t)(row * (height + 2 * PAD)));
    plane->at = plane->memory ? plane->memory + PAD * row + PAD : NULL;
    plane->width = width;
    plane->height = height;
    plane->row = row;
    return plane->memory != NULL;
}

static void replicate(Plane *plane) {
    const int64_t w = plane->width, h = plane->height, row = plane->row;
    for (int64_t y = 0; y < h; y++) {
        int16_t *line = plane->at + y * row;
        for (int k = 1; k <= PAD; k++) {
            line[-k] = line[0];
            line[w - 1 + k] = line[w - 1];
        }
    }
    const size_t bytes = sizeof(int16_t) * (size_t)row;
    for (int k = 1; k <= PAD; k++) {
        memcpy(plane->at - k * row - PAD, plane->at - PAD, bytes);
        memcpy(plane->at + (h - 1 + k) * row - PAD, plane->at + (h - 1) * row - PAD,
               bytes);
    }
}

static void fill(Plane *plane, const uint8_t *codes) {
    for (int64_t y = 0; y < plane->height; y++)
        for (int64_t x = 0; x < plane->width; x++)
            plane->at[y * plane->row + x] =
                (int16_t)(codes[y * plane->width + x] << CODE_BITS);
    replicate(plane);
}

static void halve(const Plane *from, Plane *to) {
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t x = 0; x < to->width; x++) {
            const int16_t *p = from->at + 2 * y * from->row + 2 * x;
            to->at[y * to->row + x] =
                (int16_t)((p[0] + p[1] + p[from->row] + p[from->row + 1] + 2) >> 2);
        }
    replicate(to);
}

/* Differences of the pixels on both sides: twice the slope. */
static void slopes(const Plane *from, Plane *across, Plane *down) {
    for (int64_t y = 0; y < from->height; y++)
        for (int64_t x = 0; x < from->width; x++) {
            const int16_t *p = from->at + y * from->row + x;
            across->at[y * across->row + x] = (int16_t)(p[1] - p[-1]);
            down->at[y * down->row + x] = (int16_t)(p[from->row] - p[-from->row]);
        }
}

/* ---- patches ------------------------------------------------------------------- */

static int64_t n_patches(int64_t side) {
    return 1 + (side - PATCH + STRIDE - 1) / STRIDE;
}

/* First pixel of a patch; the last one ends with the plane. */
INLINE int64_t corner(int64_t index, int64_t side) {
    return STRIDE * index < side - PATCH ? STRIDE * index : side - PATCH;
}

/* Products of slopes about their means, and their sums. */
typedef struct {
    int64_t xx, yy, xy, x, y;
} Structure;

/* The system [xx xy; xy yy] d = (x, y) of a patch and its inverse. */
typedef struct {
    int64_t xx, yy, xy, x, y, inverse_xx, inverse_yy, inverse_xy;
} System;

static Structure structure_of(const int16_t *across, const int16_t *down, int64_t row) {
    int32_t x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int r = 0; r < PATCH; r++)
        for (int c = 0; c < PATCH; c++) {
            const int32_t a = across[r * row + c], b = down[r * row + c];
            x += a;
            y += b;
            xx += a * a;
            yy += b * b;
            xy += a * b;
        }
    return (Structure){.xx = ((int64_t)N * xx - (int64_t)x * x) >> 6,
                       .yy = ((int64_t)N * yy - (int64_t)y * y) >> 6,
                       .xy = ((int64_t)N * xy - (int64_t)x * y) >> 6,
                       .x = x,
                       .y = y};
}

typedef struct {
    Plane first, second, across, down;
    int64_t columns, rows;
    Structure *structures;
    System *systems;
    int32_t *u, *v, *next_u, *next_v;
} Level;

/* A patch of the second plane, displaced, minus the patch of the first: the products of
 * the difference about its mean with itself and with the slopes. */
static void compare(const Level *level, int64_t x0, int64_t y0, int32_t u, int32_t v,
                    const Structure *structure, int64_t *cost, int64_t *along_x,
                    int64_t *along_y) {
    const int32_t half = 1 << (UNIT_BITS - 9);
    const Plane *first = &level->first, *second = &level->second;
    const int64_t x = clamp64(256 * x0 + ((u + half) >> (UNIT_BITS - 8)), -256 * PATCH,
                              256 * second->width);
    const int64_t y = clamp64(256 * y0 + ((v + half) >> (UNIT_BITS - 8)), -256 * PATCH,
                              256 * second->height);
    const int16_t right = (int16_t)(x & 255), below = (int16_t)(y & 255);
    const int16_t left = (int16_t)(256 - right), above = (int16_t)(256 - below);
    const int16_t *from = second->at + (y >> 8) * second->row + (x >> 8);
    const int64_t place = y0 * first->row + x0;
    int16_t across[PATCH + 1][PATCH];
    for (int r = 0; r <= PATCH; r++, from += second->row)
        for (int c = 0; c < PATCH; c++)
            across[r][c] =
                (int16_t)((from[c] * left + from[c + 1] * right + 128) >> 8);
    int32_t sum = 0, squares = 0, sx = 0, sy = 0;
    for (int r = 0; r < PATCH; r++) {
        const int64_t line = place + r * first->row;
        const int16_t *target = first->at + line;
        const int16_t *gx = level->across.at + line, *gy = level->down.at + line;
        for (int c = 0; c < PATCH; c++) {
            const int16_t there = (int16_t)(
                (across[r][c] * above + across[r + 1][c] * below + 128) >> 8);
            const int16_t apart = (int16_t)(there - target[c]);
            sum += apart;
            squares += apart * apart;
            sx += gx[c] * apart;
            sy += gy[c] * apart;
        }
    }
    *cost = ((int64_t)N * squares - (int64_t)sum * sum) >> 6;
    *along_x = ((int64_t)N * sx - structure->x * sum) >> 6;
    *along_y = ((int64_t)N * sy - structure->y * sum) >> 6;
}

static System system_of(const Level *level, int64_t column, int64_t row) {
    const int64_t k = row * level->columns + column;
    const Structure *structure = &level->structures[k];
    const int64_t u = level->u[k], v = level->v[k];
    int64_t cost, x, y;
    compare(level, corner(column, level->first.width), corner(row, level->first.height),
            level->u[k], level->v[k], structure, &cost, &x, &y);
    const int64_t scale = NOISE + (cost >> 2), one = 1 << SYSTEM_BITS;
    const int64_t xx = clamp64(structure->xx * one / scale, 0, LARGEST);
    const int64_t yy = clamp64(structure->yy * one / scale, 0, LARGEST);
    const int64_t xy = clamp64(divide(structure->xy * one, scale), -LARGEST, LARGEST);
    const int64_t units = -2 * (one << UNIT_BITS);
    System s = {.xx = xx + 4 * SMOOTHNESS + RETURN,
                .yy = yy + 4 * SMOOTHNESS + RETURN,
                .xy = xy,
                .x = xx * u + xy * v + divide(units * x, scale),
                .y = xy * u + yy * v + divide(units * y, scale)};
    const int64_t found = s.xx * s.yy - xy * xy, determinant = found < 1 ? 1 : found;
    s.inverse_xx = (s.yy << INVERSE_BITS) / determinant;
    s.inverse_yy = (s.xx << INVERSE_BITS) / determinant;
    s.inverse_xy = -divide(xy * ((int64_t)1 << INVERSE_BITS), determinant);
    return s;
}

/* One step of Jacobi's method, with what is left of every system. */
static void sweep(Level *level) {
    const int64_t w = level->columns, h = level->rows, most = (int64_t)1 << 34;
    const int64_t half = (int64_t)1 << (INVERSE_BITS - 1);
    const int32_t *u = level->u, *v = level->v;
    for (int64_t row = 0; row < h; row++)
        for (int64_t column = 0; column < w; column++) {
            const int64_t k = row * w + column;
            const int64_t left = column ? k - 1 : k, right = column < w - 1 ? k + 1 : k;
            const int64_t above = row ? k - w : k, below = row < h - 1 ? k + w : k;
            const System *s = &level->systems[k];
            const int64_t around_u = (int64_t)u[left] + u[right] + u[above] + u[below];
            const int64_t around_v = (int64_t)v[left] + v[right] + v[above] + v[below];
            const int64_t x = clamp64(
                s->x + SMOOTHNESS * around_u - s->xx * u[k] - s->xy * v[k], -most, most);
            const int64_t y = clamp64(
                s->y + SMOOTHNESS * around_v - s->xy * u[k] - s->yy * v[k], -most, most);
            const int64_t du = (s->inverse_xx * x + s->inverse_xy * y + half) >>
                               INVERSE_BITS;
            const int64_t dv = (s->inverse_xy * x + s->inverse_yy * y + half) >>
                               INVERSE_BITS;
            level->next_u[k] = (int32_t)clamp64(u[k] + du, -FARTHEST, FARTHEST);
            level->next_v[k] = (int32_t)clamp64(v[k] + dv, -FARTHEST, FARTHEST);
        }
    int32_t *old = level->u;
    level->u = level->next_u;
    level->next_u = old;
    old = level->v;
    level->v = level->next_v;
    level->next_v = old;
}

static void improve(Level *level) {
    const int64_t w = level->columns, h = level->rows;
    for (int64_t row = 0; row < h; row++)
        for (int64_t column = 0; column < w; column++) {
            const int64_t place = corner(row, level->first.height) * level->across.row +
                                  corner(column, level->first.width);
            level->structures[row * w + column] =
                structure_of(level->across.at + place, level->down.at + place,
                             level->across.row);
        }
    for (int round = 0; round < ROUNDS; round++) {
        for (int64_t row = 0; row < h; row++)
            for (int64_t column = 0; column < w; column++)
                level->systems[row * w + column] = system_of(level, column, row);
        for (int k = 0; k < SWEEPS; k++) sweep(level);
    }
}

/* ---- from level to level --------------------------------------------------------- */

/* Where on the patches along a side a position lies, in eighths of a pixel. */
typedef struct {
    int64_t before, after, part, whole;
} Between;

static Between between(int64_t position, int64_t side) {
    const int64_t n = n_patches(side), centre = 4 * (PATCH - 1);
    if (n < 2) return (Between){0, 0, 0, 1};
    const int64_t index = clamp64((position - centre) / (8 * STRIDE), 0, n - 2);
    const int64_t here = 8 * corner(index, side) + centre;
    const int64_t next = 8 * corner(index + 1, side) + centre;
    return (Between){index, index + 1, clamp64(position - here, 0, next - here),
                     next - here};
}

INLINE int32_t value_at(const int32_t *grid, int64_t columns, Between y, Between x) {
    const int32_t *above = grid + y.before * columns, *below = grid + y.after * columns;
    const int64_t keep = y.whole - y.part;
    const int64_t left = divide(above[x.before] * keep + below[x.before] * y.part, y.whole);
    const int64_t right = divide(above[x.after] * keep + below[x.after] * y.part, y.whole);
    return (int32_t)divide(left * (x.whole - x.part) + right * x.part, x.whole);
}

static void free_level(Level *level) {
    Plane *planes[4] = {&level->first, &level->second, &level->across, &level->down};
    for (int k = 0; k < 4; k++) free(planes[k]->memory);
    free(level->structures);
    free(level->systems);
    free(level->u);
    free(level->v);
    free(level->next_u);
    free(level->next_v);
}

static int new_level(int64_t width, int64_t height, Level *level) {
    level->columns = n_patches(width);
    level->rows = n_patches(height);
    const size_t n = (size_t)(level->columns * level->rows);
    level->structures = malloc(n * sizeof(Structure));
    level->systems = malloc(n * sizeof(System));
    level->u = calloc(n, sizeof(int32_t));
    level->v = calloc(n, sizeof(int32_t));
    level->next_u = malloc(n * sizeof(int32_t));
    level->next_v = malloc(n * sizeof(int32_t));
    return new_plane(width, height, &level->first) &&
           new_plane(width, height, &level->second) &&
           new_plane(width, height, &level->across) &&
           new_plane(width, height, &level->down) && level->structures &&
           level->systems && level->u && level->v && level->next_u && level->next_v;
}

/* Start with twice the displacements of the level above. */
static void inherit(const Level *coarse, Level *fine) {
    const int64_t centre = 4 * (PATCH - 1);
    for (int64_t row = 0; row < fine->rows; row++) {
        const int64_t y = ((8 * corner(row, fine->first.height) + centre + 4) >> 1) - 4;
        const Between down = between(y, coarse->first.height);
        for (int64_t column = 0; column < fine->columns; column++) {
            const int64_t x =
                ((8 * corner(column, fine->first.width) + centre + 4) >> 1) - 4;
            const Between across = between(x, coarse->first.width);
            const int64_t k = row * fine->columns + column;
            fine->u[k] = 2 * value_at(coarse->u, coarse->columns, down, across);
            fine->v[k] = 2 * value_at(coarse->v, coarse->columns, down, across);
        }
    }
}

static void write_pixels(const Level *level, int32_t *flow) {
    const int64_t w = level->first.width, h = level->first.height;
    for (int64_t y = 0; y < h; y++) {
        const Between down = between(8 * y, h);
        for (int64_t x = 0; x < w; x++, flow += 2) {
            const Between across = between(8 * x, w);
            flow[0] = value_at(level->u, level->columns, down, across);
            flow[1] = value_at(level->v, level->columns, down, across);
        }
    }
}

Status match_planes(const uint8_t *first, const uint8_t *second, int64_t width,
                    int64_t height, int32_t *flow) {
    Level levels[LEVELS] = {0};
    int n = 0, whole = 1;
    for (int64_t w = width, h = height; whole && n < LEVELS;) {
        whole = new_level(w, h, &levels[n++]);
        w /= 2;
        h /= 2;
        if ((w < h ? w : h) < SMALLEST) break;
    }
    if (whole) {
        fill(&levels[0].first, first);
        fill(&levels[0].second, second);
        for (int k = 1; k < n; k++) {
            halve(&levels[k - 1].first, &levels[k].first);
            halve(&levels[k - 1].second, &levels[k].second);
        }
        for (int k = n - 1; k >= 0; k--) {
            if (k < n - 1) inherit(&levels[k + 1], &levels[k]);
            slopes(&levels[k].first, &levels[k].across, &levels[k].down);
            improve(&levels[k]);
        }
        write_pixels(&levels[0], flow);
    }
    for (int k = 0; k < n; k++) free_level(&levels[k]);
    return whole ? DONE : NO_MEMORY;
}

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

Status meet_halfway(const int32_t *there, const int32_t *back, int64_t width,
                    int64_t height, int64_t apart, int64_t most, int32_t *middle,
                    int32_t *trust) {
    const int64_t one = 1 << ONE_BITS, share = (int64_t)1 << 17;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t k = y * width + x;
            const int64_t px = x << UNIT_BITS, py = y << UNIT_BITS;
            int64_t u = ((int64_t)there[2 * k] - back[2 * k]) / 2;
            int64_t v = ((int64_t)there[2 * k + 1] - back[2 * k + 1]) / 2;
            int64_t from_u = 0, from_v = 0, to_u = 0, to_v = 0;
            for (int round = 0; round < 4; round++) {
                field_at(there, width, height, px - u / 2, py - v / 2, &from_u, &from_v);
                field_at(back, width, height, px + u / 2, py + v / 2, &to_u, &to_v);
                u = (from_u - to_u) / share;
                v = (from_v - to_v) / share;
            }
            const int64_t du = (from_u + to_u) / (share / 2);
            const int64_t dv = (from_v + to_v) / (share / 2);
            const int64_t agree =
                apart * apart * one / (apart * apart + du * du + dv * dv);
            const int64_t length = root(u * u + v * v);
            const int64_t within = length > most ? most * one / length : one;
            middle[2 * k] = (int32_t)(u * within / one);
            middle[2 * k + 1] = (int32_t)(v * within / one);
            trust[k] = (int32_t)((agree * agree >> ONE_BITS) * within / one * within / one);
        }
    return DONE;
}

/* ---- smoothing ------------------------------------------------------------------ */

INLINE void add_tap(int64_t *sums, const int64_t *values, int64_t n, int64_t tap) {
    for (int64_t k = 0; k < n; k++) sums[k] += tap * values[k];
}

Status spread_trusted(const int32_t *middle, const int32_t *trust, int64_t width,
                      int64_t height, const int16_t *taps, int64_t n_taps, int64_t still,
                      int32_t *result) {
    const int64_t half = n_taps / 2, row = 3 * width;
    int64_t *across = calloc((size_t)(row * height), sizeof(int64_t));
    int64_t *line = malloc((size_t)row * sizeof(int64_t));
    if (across && line) {
        for (int64_t y = 0; y < height; y++) {
            for (int64_t x = 0; x < width; x++) {
                const int64_t k = y * width + x;
                line[3 * x] = (int64_t)trust[k] * middle[2 * k];
                line[3 * x + 1] = (int64_t)trust[k] * middle[2 * k + 1];
                line[3 * x + 2] = trust[k];
            }
            int64_t *sums = across + y * row;
            for (int64_t k = -half; k <= half; k++) {
                const int64_t from = k > 0 ? k : 0, to = k < 0 ? width + k : width;
                if (from < to)
                    add_tap(sums + 3 * (from - k), line + 3 * from, 3 * (to - from),
                            taps[k + half]);
            }
        }
        for (int64_t y = 0; y < height; y++) {
            memset(line, 0, (size_t)row * sizeof(int64_t));
            for (int64_t k = -half; k <= half; k++)
                if (y + k >= 0 && y + k < height)
                    add_tap(line, across + (y + k) * row, row, taps[k + half]);
            for (int64_t x = 0; x < width; x++) {
                const int64_t whole = line[3 * x + 2] + still;
                result[2 * (y * width + x)] = (int32_t)(line[3 * x] / whole);
                result[2 * (y * width + x) + 1] = (int32_t)(line[3 * x + 1] / whole);
            }
        }
    }
    const int whole = across && line;
    free(across);
    free(line);
    return whole ? DONE : NO_MEMORY;
}
