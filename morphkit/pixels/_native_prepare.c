/* Photos to samples: decoded, low-pass filtered, padded. */
#include "_native.h"

/* Decode one row of a photo into linear light. */
static void decode_row(const void *photo, int code_bytes, int64_t start, int64_t count,
                       const int16_t *table, int16_t *light) {
    if (code_bytes == 1) {
        const uint8_t *code = (const uint8_t *)photo + start;
        for (int64_t i = 0; i < count; i++) light[i] = table[code[i]];
    } else {
        const uint16_t *code = (const uint16_t *)photo + start;
        for (int64_t i = 0; i < count; i++) light[i] = table[code[i]];
    }
}

/* Add a tap times some linear light to the sums. */
static void add_tap(int32_t *total, const int16_t *light, int16_t tap, int64_t count) {
    for (int64_t i = 0; i < count; i++) total[i] += (int32_t)tap * light[i];
}

static void start_sums(int32_t *total, int64_t count) {
    for (int64_t i = 0; i < count; i++) total[i] = HALF;
}

static void finish_sums(const int32_t *total, int16_t *light, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        light[i] = (int16_t)clamp32(total[i] >> ONE_BITS, 0, WHITE);
}

/* Store one row: 32767 - 2·light, edges replicated. */
static void store_row(const int16_t *light, int64_t width, int16_t *out) {
    for (int64_t x = -PAD_BEFORE; x < width + PAD_AFTER; x++, out += CHANNELS) {
        const int16_t *pixel = light + 3 * clamp64(x, 0, width - 1);
        for (int c = 0; c < 3; c++) out[c] = (int16_t)(WHITE - 2 * pixel[c]);
        out[3] = WHITE; /* no cover */
    }
}

/* Filter along one row whose ends are replicated; `wide` is the buffer for that. */
static void filter_row(int16_t *light, int64_t width, const int16_t *taps,
                       int64_t n_taps, int16_t *wide, int32_t *total) {
    const int64_t reach = n_taps / 2;
    for (int64_t x = -reach; x < width + reach; x++)
        for (int c = 0; c < 3; c++)
            wide[3 * (x + reach) + c] = light[3 * clamp64(x, 0, width - 1) + c];
    start_sums(total, 3 * width);
    for (int64_t k = 0; k < n_taps; k++)
        add_tap(total, wide + 3 * k, taps[k], 3 * width);
    finish_sums(total, light, 3 * width);
}

typedef struct {
    const void *photo;
    int code_bytes;
    int64_t width, height;
    const int16_t *table, *taps;
    int64_t n_taps;
    int16_t *samples;
    int16_t *light;  /* rows that are filtered along columns later */
    int16_t *lines;  /* one for every thread, with room for what is replicated */
    int32_t *totals; /* one for every thread */
} Preparation;

INLINE int64_t stored_row(const Preparation *p) {
    return CHANNELS * (p->width + PAD_BEFORE + PAD_AFTER);
}

INLINE int64_t line_items(const Preparation *p) { return 3 * (p->width + p->n_taps - 1); }

/* Rows decoded, and stored or filtered along themselves. */
static void decode_band(void *context, int index, int count) {
    const Preparation *p = context;
    const int64_t n = 3 * p->width, end = first_row(p->height, index + 1, count);
    int16_t *line = p->lines + index * line_items(p);
    for (int64_t y = first_row(p->height, index, count); y < end; y++) {
        int16_t *row = p->n_taps > 1 ? p->light + y * n : line;
        decode_row(p->photo, p->code_bytes, y * n, n, p->table, row);
        if (p->n_taps > 1)
            filter_row(row, p->width, p->taps, p->n_taps, line, p->totals + index * n);
        else
            store_row(row, p->width, p->samples + (y + PAD_BEFORE) * stored_row(p));
    }
}

/* Rows filtered along columns and stored. */
static void filter_band(void *context, int index, int count) {
    const Preparation *p = context;
    const int64_t n = 3 * p->width, reach = p->n_taps / 2;
    const int64_t end = first_row(p->height, index + 1, count);
    int16_t *line = p->lines + index * line_items(p);
    int32_t *total = p->totals + index * n;
    for (int64_t y = first_row(p->height, index, count); y < end; y++) {
        start_sums(total, n);
        for (int64_t k = 0; k < p->n_taps; k++)
            add_tap(total, p->light + clamp64(y + k - reach, 0, p->height - 1) * n,
                    p->taps[k], n);
        finish_sums(total, line, n);
        store_row(line, p->width, p->samples + (y + PAD_BEFORE) * stored_row(p));
    }
}

Status prepare_samples(const void *photo, int code_bytes, int64_t width, int64_t height,
                       const int16_t *table, const int16_t *taps, int64_t n_taps,
                       int16_t *samples, int threads) {
    Preparation p = {.photo = photo, .code_bytes = code_bytes, .width = width};
    p.height = height;
    p.table = table;
    p.taps = taps;
    p.n_taps = n_taps;
    p.samples = samples;
    const int filters = n_taps > 1;
    const size_t n = 3 * (size_t)width, each = (size_t)threads;
    p.lines = malloc(sizeof(int16_t) * each * (size_t)line_items(&p));
    p.light = filters ? malloc(sizeof(int16_t) * n * (size_t)height) : NULL;
    p.totals = filters ? malloc(sizeof(int32_t) * each * n) : NULL;
    const int whole = p.lines && (!filters || (p.light && p.totals));
    if (whole) {
        in_threads(threads, decode_band, &p);
        if (filters) in_threads(threads, filter_band, &p);
        const int64_t stored = stored_row(&p);
        const size_t bytes = sizeof(int16_t) * (size_t)stored;
        int16_t *last = samples + height * stored;
        memcpy(samples, samples + stored, bytes);
        for (int k = 1; k <= PAD_AFTER; k++) memcpy(last + k * stored, last, bytes);
    }
    free(p.lines);
    free(p.light);
    free(p.totals);
    return whole ? DONE : NO_MEMORY;
}
