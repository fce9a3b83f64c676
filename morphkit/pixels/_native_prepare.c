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

Status prepare_samples(const void *photo, int code_bytes, int64_t width, int64_t height,
                       const int16_t *table, const int16_t *taps, int64_t n_taps,
                       int16_t *samples) {
    const int64_t count = 3 * width, reach = n_taps / 2;
    const int64_t stored = CHANNELS * (width + PAD_BEFORE + PAD_AFTER);
    const int64_t kept = n_taps > 1 ? height : 1; /* rows that are filtered later */
    int16_t *light = malloc(sizeof(int16_t) * (size_t)(kept * count));
    int16_t *wide = malloc(sizeof(int16_t) * (size_t)(count + 6 * reach));
    int32_t *total = malloc(sizeof(int32_t) * (size_t)count);
    Status status = light && wide && total ? DONE : NO_MEMORY;
    for (int64_t y = 0; y < height && status == DONE; y++) {
        int16_t *row = light + (n_taps > 1 ? y * count : 0);
        decode_row(photo, code_bytes, y * count, count, table, row);
        if (n_taps > 1)
            filter_row(row, width, taps, n_taps, wide, total);
        else
            store_row(row, width, samples + (y + PAD_BEFORE) * stored);
    }
    for (int64_t y = 0; y < height && status == DONE && n_taps > 1; y++) {
        start_sums(total, count);
        for (int64_t k = 0; k < n_taps; k++)
            add_tap(total, light + clamp64(y + k - reach, 0, height - 1) * count,
                    taps[k], count);
        finish_sums(total, wide, count);
        store_row(wide, width, samples + (y + PAD_BEFORE) * stored);
    }
    if (status == DONE) {
        const size_t bytes = sizeof(int16_t) * (size_t)stored;
        int16_t *last = samples + height * stored;
        memcpy(samples, samples + stored, bytes);
        for (int k = 1; k <= PAD_AFTER; k++) memcpy(last + k * stored, last, bytes);
    }
    free(light);
    free(wide);
    free(total);
    return status;
}
