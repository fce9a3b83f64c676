/* Dense matching of two planes: docs/correspondence_specification.md, in C.
 *
 * Threads take bands of the patches. Integers only; matching_oracle.py is the readable
 * counterpart and gives the same bits.
 */
#include "_native.h"

#define PATCH 8                /* pixels along a side of a patch */
#define STRIDE 4               /* pixels between patches */
#define N (PATCH * PATCH)
#define PAD (2 * PATCH)        /* replicated pixels around a plane */
#define LEVELS 12              /* at most */
#define SMALLEST 40            /* pixels of the shorter side of the coarsest level */
#define CODE_BITS 4            /* of a code value behind its point */
#define FARTHEST (32 << UNIT_BITS)
#define NOISE ((int64_t)N << 12) /* of a patch whose structure is noise */
#define SYSTEM_BITS 4          /* of a system behind its point */
#define LARGEST ((int64_t)1 << 17) /* entry of a system */
#define SMOOTHNESS 4           /* weight of every neighbour */
#define RETURN 1               /* weight of no displacement */
#define ROUNDS 8               /* in which the systems are set up */
#define SWEEPS 6               /* in which they are solved */
#define INVERSE_BITS 30
#define FEWEST 128             /* patches for which one more thread is worth its start */

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
    int threads;
    int32_t *between; /* what each thread has between two sweeps */
} Level;

/* Sums over a patch: of a difference, its square, and its products with the slopes. */
typedef struct {
    int32_t apart, squares, x, y;
} Sums;

/* Sum the differences of a patch of the second plane, `right` and `below` of 256 beyond
 * its first pixel, from one of the first plane, whose slopes have the same rows. */
static void add_differences(const int16_t *target, int64_t row, const int16_t *from,
                            int64_t from_row, int16_t right, int16_t below,
                            const int16_t *gx, const int16_t *gy, Sums *sums) {
#ifdef MORPHKIT_LANES
    const Shorts across = weights_of(256 - right, right), ones = shorts_of(1);
    const Shorts down = weights_of(256 - below, below);
    const Longs half = longs_of(128);
    Longs apart = longs_of(0), squares = apart, x = apart, y = apart;
    Shorts above = shorts_of(0);
    for (int r = 0; r <= PATCH; r++, from += from_row) {
        const Shorts left = load_shorts(from), next = load_shorts(from + 1);
        const Shorts here = narrow(
            shift_longs_down(add_longs(weigh_lower(left, next, across), half), 8),
            shift_longs_down(add_longs(weigh_upper(left, next, across), half), 8));
        if (r > 0) {
            const Shorts there = narrow(
                shift_longs_down(add_longs(weigh_lower(above, here, down), half), 8),
                shift_longs_down(add_longs(weigh_upper(above, here, down), half), 8));
            const Shorts difference = subtract_shorts(there, load_shorts(target));
            apart = add_longs(apart, sum_products(difference, ones));
            squares = add_longs(squares, sum_products(difference, difference));
            x = add_longs(x, sum_products(difference, load_shorts(gx)));
            y = add_longs(y, sum_products(difference, load_shorts(gy)));
            target += row;
            gx += row;
            gy += row;
        }
        above = here;
    }
    const Longs one = sum_neighbours(apart, squares), other = sum_neighbours(x, y);
    const Longs both = sum_neighbours(one, other);
    store_longs((uint32_t *)sums, both);
#else
    const int16_t left = (int16_t)(256 - right), above = (int16_t)(256 - below);
    int16_t across[PATCH + 1][PATCH];
    for (int r = 0; r <= PATCH; r++, from += from_row)
        for (int c = 0; c < PATCH; c++)
            across[r][c] =
                (int16_t)((from[c] * left + from[c + 1] * right + 128) >> 8);
    for (int r = 0; r < PATCH; r++, target += row, gx += row, gy += row)
        for (int c = 0; c < PATCH; c++) {
            const int16_t there = (int16_t)(
                (across[r][c] * above + across[r + 1][c] * below + 128) >> 8);
            const int16_t apart = (int16_t)(there - target[c]);
            sums->apart += apart;
            sums->squares += apart * apart;
            sums->x += gx[c] * apart;
            sums->y += gy[c] * apart;
        }
#endif
}

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
    const int16_t *from = second->at + (y >> 8) * second->row + (x >> 8);
    const int64_t place = y0 * first->row + x0;
    Sums s = {0, 0, 0, 0};
    add_differences(first->at + place, first->row, from, second->row, right, below,
                    level->across.at + place, level->down.at + place, &s);
    *cost = ((int64_t)N * s.squares - (int64_t)s.apart * s.apart) >> 6;
    *along_x = ((int64_t)N * s.x - structure->x * s.apart) >> 6;
    *along_y = ((int64_t)N * s.y - structure->y * s.apart) >> 6;
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

/* Displacements of all patches. */
typedef struct {
    int32_t *u, *v;
} Grids;

/* One step of Jacobi's method in some rows, with what is left of every system. */
static void sweep(const Level *level, Grids from, Grids to, int64_t top, int64_t bottom) {
    const int64_t w = level->columns, h = level->rows, most = (int64_t)1 << 34;
    const int64_t half = (int64_t)1 << (INVERSE_BITS - 1);
    const int32_t *u = from.u, *v = from.v;
    for (int64_t row = top; row < bottom; row++)
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
            to.u[k] = (int32_t)clamp64(u[k] + du, -FARTHEST, FARTHEST);
            to.v[k] = (int32_t)clamp64(v[k] + dv, -FARTHEST, FARTHEST);
        }
}

/* All steps in a band. Each needs the rows beside it of the one before, so that a thread
 * makes those for itself: fewer with every step. */
static void solve_band(void *context, int index, int count) {
    Level *level = context;
    const int64_t n = level->columns * level->rows;
    const int64_t first = first_row(level->rows, index, count);
    const int64_t end = first_row(level->rows, index + 1, count);
    int32_t *own = level->between + 4 * n * index;
    const Grids between[2] = {{own, own + n}, {own + 2 * n, own + 3 * n}};
    Grids from = {level->u, level->v};
    for (int k = 1; k <= SWEEPS; k++) {
        const Grids to = k < SWEEPS ? between[k % 2] : (Grids){level->next_u, level->next_v};
        const int64_t beside = SWEEPS - k;
        sweep(level, from, to, clamp64(first - beside, 0, level->rows),
              clamp64(end + beside, 0, level->rows));
        from = to;
    }
}

static void structure_band(void *context, int index, int count) {
    Level *level = context;
    const int64_t end = first_row(level->rows, index + 1, count);
    for (int64_t row = first_row(level->rows, index, count); row < end; row++)
        for (int64_t column = 0; column < level->columns; column++) {
            const int64_t place = corner(row, level->first.height) * level->across.row +
                                  corner(column, level->first.width);
            level->structures[row * level->columns + column] =
                structure_of(level->across.at + place, level->down.at + place,
                             level->across.row);
        }
}

static void system_band(void *context, int index, int count) {
    Level *level = context;
    const int64_t end = first_row(level->rows, index + 1, count);
    for (int64_t row = first_row(level->rows, index, count); row < end; row++)
        for (int64_t column = 0; column < level->columns; column++)
            level->systems[row * level->columns + column] = system_of(level, column, row);
}

INLINE void exchange(int32_t **one, int32_t **other) {
    int32_t *kept = *one;
    *one = *other;
    *other = kept;
}

static void improve(Level *level) {
    in_threads(level->threads, structure_band, level);
    for (int round = 0; round < ROUNDS; round++) {
        in_threads(level->threads, system_band, level);
        in_threads(level->threads, solve_band, level);
        exchange(&level->u, &level->next_u);
        exchange(&level->v, &level->next_v);
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

/* As `divide`; nearly all patches lie STRIDE pixels apart. */
INLINE int64_t divide_between(int64_t part, int64_t whole) {
    return whole == 8 * STRIDE ? (part + 4 * STRIDE) >> 5 : divide(part, whole);
}

INLINE int32_t value_at(const int32_t *grid, int64_t columns, Between y, Between x) {
    const int32_t *above = grid + y.before * columns, *below = grid + y.after * columns;
    const int64_t keep = y.whole - y.part;
    const int64_t left =
        divide_between(above[x.before] * keep + below[x.before] * y.part, y.whole);
    const int64_t right =
        divide_between(above[x.after] * keep + below[x.after] * y.part, y.whole);
    return (int32_t)divide_between(left * (x.whole - x.part) + right * x.part, x.whole);
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
    free(level->between);
}

static int new_level(int64_t width, int64_t height, int threads, Level *level) {
    level->columns = n_patches(width);
    level->rows = n_patches(height);
    const size_t n = (size_t)(level->columns * level->rows);
    level->threads = (int)clamp64((int64_t)n / FEWEST, 1, threads);
    level->between = malloc(4 * n * (size_t)level->threads * sizeof(int32_t));
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
           level->systems && level->u && level->v && level->next_u && level->next_v &&
           level->between;
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

typedef struct {
    const Level *level;
    int32_t *flow;
} Written;

static void write_band(void *context, int index, int count) {
    const Level *level = ((Written *)context)->level;
    const int64_t w = level->first.width, h = level->first.height;
    const int64_t end = first_row(h, index + 1, count);
    int64_t y = first_row(h, index, count);
    int32_t *flow = ((Written *)context)->flow + 2 * y * w;
    for (; y < end; y++) {
        const Between down = between(8 * y, h);
        for (int64_t x = 0; x < w; x++, flow += 2) {
            const Between across = between(8 * x, w);
            flow[0] = value_at(level->u, level->columns, down, across);
            flow[1] = value_at(level->v, level->columns, down, across);
        }
    }
}

Status match_planes(const uint8_t *first, const uint8_t *second, int64_t width,
                    int64_t height, int32_t *flow, int threads) {
    Level levels[LEVELS] = {0};
    int n = 0, whole = 1;
    for (int64_t w = width, h = height; whole && n < LEVELS;) {
        whole = new_level(w, h, threads, &levels[n++]);
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
        in_threads(levels[0].threads, write_band, &(Written){&levels[0], flow});
    }
    for (int k = 0; k < n; k++) free_level(&levels[k]);
    return whole ? DONE : NO_MEMORY;
}
