/* Detail kept level: detail_oracle.py in C. Loops over rows are plain C in 16 bits, which
 * compilers turn into vector instructions. */
#include "_native.h"

#define CELL 8          /* side of a cell in which energies are summed */
#define BEFORE 8        /* room before a row, for what is replicated there */
#define MAX_FINE 4095   /* fine structure of tones is held within this */
#define SHARPEST 2047   /* most that is added to a gain, 1/4096 */
#define SLOTS 8         /* rows that are kept, a power of two */

/* ---- rows ------------------------------------------------------------------- */

/* Mean of b, twice, and of a and c; values up to 32767. */
INLINE void mean_rows(const uint16_t *a, const uint16_t *b, const uint16_t *c,
                      uint16_t *out, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const uint16_t sides = (uint16_t)((uint16_t)(a[i] + c[i]) >> 1);
        out[i] = (uint16_t)((uint16_t)(sides + b[i] + 1) >> 1);
    }
}

/* The same along a row; its ends are replicated into the room around it. */
INLINE void mean_along(uint16_t *row, int64_t step, uint16_t *out, int64_t width) {
    for (int64_t i = 1; i <= step; i++) {
        row[-i] = row[0];
        row[width - 1 + i] = row[width - 1];
    }
    mean_rows(row - step, row, row + step, out, width);
}

/* A plane smoothed along its rows, then down its columns, a few rows at a time. */
typedef struct {
    const int16_t *plane;
    int64_t width, height, stride;
    int64_t n_along, n_down;       /* rows that are done */
    uint16_t *along, *down, *spare; /* SLOTS rows each, two spare rows */
} Smoother;

static int64_t smoother_items(int64_t width) {
    return (2 * SLOTS + 2) * (width + 2 * BEFORE);
}

static void start_smoother(Smoother *s, const int16_t *plane, int64_t width,
                           int64_t height, uint16_t *room) {
    s->plane = plane;
    s->width = width;
    s->height = height;
    s->stride = width + 2 * BEFORE;
    s->n_along = s->n_down = 0;
    s->along = room + BEFORE;
    s->down = s->along + SLOTS * s->stride;
    s->spare = s->down + SLOTS * s->stride;
}

INLINE uint16_t *slot(uint16_t *rows, const Smoother *s, int64_t y) {
    return rows + (clamp64(y, 0, s->height - 1) & (SLOTS - 1)) * s->stride;
}

/* Smooth along the next row, with one step or two. */
static void smooth_along(Smoother *s, int wide) {
    uint16_t *row = s->spare, *between = s->spare + s->stride;
    uint16_t *out = slot(s->along, s, s->n_along);
    memcpy(row, s->plane + s->n_along * s->width, sizeof(*row) * (size_t)s->width);
    mean_along(row, 1, wide ? between : out, s->width);
    if (wide) mean_along(between, 2, out, s->width);
    s->n_along++;
}

/* Smooth down the columns of the next row by one step. */
static void smooth_down(Smoother *s, int wide) {
    const int64_t y = s->n_down;
    while (s->n_along < s->height && s->n_along <= y + 1) smooth_along(s, wide);
    mean_rows(slot(s->along, s, y - 1), slot(s->along, s, y), slot(s->along, s, y + 1),
              slot(s->down, s, y), s->width);
    s->n_down++;
}

/* ---- energies --------------------------------------------------------------- */

/* Sum the squares of fine structure over the cells of one plane of tones. */
static void sum_energies(Smoother *s, int64_t *cells, int64_t columns, int16_t *fine) {
    memset(fine, 0, sizeof(*fine) * (size_t)(CELL * columns));
    for (int64_t y = 0; y < s->height; y++) {
        const int16_t *tone = s->plane + y * s->width;
        int64_t *sums = cells + y / CELL * columns;
        smooth_down(s, 0);
        const uint16_t *low = slot(s->down, s, y);
        for (int64_t x = 0; x < s->width; x++) {
            const int16_t left = (int16_t)(tone[x] - (int16_t)low[x]);
            const int16_t high = left > MAX_FINE ? MAX_FINE : left;
            fine[x] = (int16_t)(high < -MAX_FINE ? -MAX_FINE : high);
        }
        for (int64_t c = 0; c < columns; c++) {
            int32_t sum = 0; /* at most 64·4095², of a whole cell */
            for (int i = 0; i < CELL; i++)
                sum += (int32_t)fine[CELL * c + i] * fine[CELL * c + i];
            sums[c] += sum;
        }
    }
}

/* Sum of the cells around one with the weights 1, 2, 1, both ways. */
static int64_t gather(const int64_t *cells, int64_t columns, int64_t rows, int64_t c,
                      int64_t r) {
    int64_t total = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
            total += (2 - abs(i)) * (2 - abs(j)) *
                     cells[clamp64(r + j, 0, rows - 1) * columns +
                           clamp64(c + i, 0, columns - 1)];
    return total;
}

/* Square root, rounded down, of a number below 2^30. */
static int32_t integer_root(int32_t number) {
    int32_t root = 0;
    for (int32_t bit = 1 << 14; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= number) root += bit;
    return root;
}

/* What is added to the gain 1 in every cell, 1/4096. */
static void set_gains(const int64_t *blend, const int64_t *difference, int64_t columns,
                      int64_t rows, int64_t both, int16_t *gains) {
    const int64_t most = 5 << (2 * ONE_BITS - 2);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            const int64_t whole = gather(blend, columns, rows, c, r);
            const int64_t lost = gather(difference, columns, rows, c, r);
            const int64_t extra =
                clamp64(both * lost / (whole > 1 ? whole : 1), 0, most);
            const int32_t gain =
                integer_root((int32_t)((1 << 2 * ONE_BITS) + extra)) - (1 << ONE_BITS);
            gains[r * columns + c] = (int16_t)clamp32(gain >> 2, 0, SHARPEST);
        }
}

/* ---- frame ------------------------------------------------------------------ */

/* Gain of every pixel of row y, 1/65536. Cell c has its centre at 8·c + 7/2. */
static void spread_gains(const int16_t *gains, int64_t columns, int64_t rows, int64_t y,
                         int16_t *cells, int16_t *out) {
    const int64_t place = 2 * y - (CELL - 1), phase = place & 15;
    const int16_t *here = gains + clamp64(place >> 4, 0, rows - 1) * columns;
    const int16_t *next = gains + clamp64((place >> 4) + 1, 0, rows - 1) * columns;
    for (int64_t c = 0; c < columns; c++) /* one cell is repeated at both ends */
        cells[c + 1] = (int16_t)(here[c] + (((next[c] - here[c]) * phase + 8) >> 4));
    cells[0] = cells[1];
    cells[columns + 1] = cells[columns];
    for (int64_t c = 0; c <= columns; c++) {
        const int16_t from = cells[c], step = (int16_t)(cells[c + 1] - from);
        for (int i = 0; i < CELL; i++) {
            const int16_t part = (int16_t)((int16_t)(step * (2 * i + 1) + 8) >> 4);
            out[CELL * c - CELL / 2 + i] = (int16_t)(16 * (from + part));
        }
    }
}

/* Add to row y of one channel what the gain says of its fine structure; encode it. */
static void level_row(Smoother *s, int64_t y, const int16_t *gain, int16_t *sharp,
                      const uint8_t *encode, uint8_t *out) {
    const int16_t *light = s->plane + y * s->width;
    const uint16_t *low = s->spare;
    while (s->n_down < s->height && s->n_down <= y + 2) smooth_down(s, 1);
    mean_rows(slot(s->down, s, y - 2), slot(s->down, s, y), slot(s->down, s, y + 2),
              s->spare, s->width);
    for (int64_t x = 0; x < s->width; x++) {
        const int16_t fine = (int16_t)(light[x] - (int16_t)low[x]);
        const int16_t added = (int16_t)(((int32_t)gain[x] * fine) >> 16);
        const int32_t sum = light[x] + added;
        sharp[x] = (int16_t)(sum < 0 ? 0 : sum > WHITE ? WHITE : sum);
    }
    for (int64_t x = 0; x < s->width; x++) out[3 * x] = encode[sharp[x]];
}

Status level_detail(const int16_t *planes, int64_t width, int64_t height, int64_t both,
                    const uint8_t *encode, uint8_t *image) {
    const int64_t columns = (width + CELL - 1) / CELL, rows = (height + CELL - 1) / CELL;
    const int64_t area = width * height, cells = columns * rows;
    const int64_t row = CELL * (columns + 3), items = smoother_items(width);
    int64_t *energies = calloc((size_t)(2 * cells), sizeof(int64_t));
    uint16_t *kept = malloc(sizeof(uint16_t) * (size_t)(3 * items));
    int16_t *gains = malloc(sizeof(int16_t) * (size_t)(cells + columns + 2 + 2 * row));
    Status status = energies && kept && gains ? DONE : NO_MEMORY;
    if (status == DONE) {
        int16_t *line = gains + cells, *sharp = line + columns + 2;
        int16_t *gain = sharp + row + CELL;
        Smoother smoothers[3];
        for (int k = 0; k < 2; k++) {
            start_smoother(smoothers, planes + (3 + k) * area, width, height, kept);
            sum_energies(smoothers, energies + k * cells, columns, sharp);
        }
        set_gains(energies, energies + cells, columns, rows, both, gains);
        for (int c = 0; c < 3; c++)
            start_smoother(&smoothers[c], planes + c * area, width, height,
                           kept + c * items);
        for (int64_t y = 0; y < height; y++) {
            spread_gains(gains, columns, rows, y, line, gain);
            for (int c = 0; c < 3; c++)
                level_row(&smoothers[c], y, gain, sharp, encode,
                          image + 3 * y * width + c);
        }
    }
    free(energies);
    free(kept);
    free(gains);
    return status;
}
