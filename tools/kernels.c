/* The kernels of morphkit.pixels as a process of its own, without Python: for processors
 * that only an emulator has, and to count instructions. kernels.py sends it the calls that
 * Python would make of the extension. Its argument is the number of threads.
 *
 * A call is the number of a kernel, the number of its arguments, and the arguments: an
 * integer is 0 and its value, an array the size of its items, its three dimensions (1
 * where it has fewer) and its bytes. The answer is the status, two integers, and the bytes
 * of the arrays that the kernel writes. All integers have 64 bits.
 */
#include <stdio.h>

#include "../morphkit/pixels/_native.h"

#define MOST (3 * MAX_PHOTOS + 16)

static int n_threads;

typedef struct {
    int64_t value, item, shape[3], bytes;
    void *data;
} Argument;

static void must(int holds) {
    if (!holds) exit(2);
}

static int64_t read_integer(void) {
    int64_t value;
    must(fread(&value, sizeof value, 1, stdin) == 1);
    return value;
}

static void write_integer(int64_t value) {
    must(fwrite(&value, sizeof value, 1, stdout) == 1);
}

static Argument read_argument(void) {
    Argument a = {.item = read_integer()};
    if (a.item == 0) {
        a.value = read_integer();
        return a;
    }
    a.bytes = a.item;
    for (int k = 0; k < 3; k++) a.bytes *= a.shape[k] = read_integer();
    a.data = malloc((size_t)a.bytes + 1);
    must(a.data && fread(a.data, 1, (size_t)a.bytes, stdin) == (size_t)a.bytes);
    return a;
}

static void write_array(const Argument *a) {
    must(fwrite(a->data, 1, (size_t)a->bytes, stdout) == (size_t)a->bytes);
}

/* Arguments: n, n samples, n nodes, n weights, nodes of the frame, triangles, taps, what
 * is written, covered, behind, sheets, rims, and for an image the table of codes. */
static Status draw(Argument *a, int in_planes, int64_t *uncovered, int64_t *first) {
    Photo photos[MAX_PHOTOS];
    const int n = (int)a->value;
    const Argument *samples = a + 1, *nodes = samples + n, *weights = nodes + n;
    const Argument *rest = weights + n, *out = rest + 3;
    for (int k = 0; k < n; k++)
        photos[k] = (Photo){.samples = samples[k].data,
                            .height = samples[k].shape[0] - PAD_BEFORE - PAD_AFTER,
                            .width = samples[k].shape[1] - PAD_BEFORE - PAD_AFTER,
                            .nodes = nodes[k].data,
                            .weight = (int32_t)weights[k].value};
    const Scene scene = {.photos = photos,
                         .n_photos = n,
                         .frame_nodes = rest[0].data,
                         .n_nodes = rest[0].shape[0],
                         .triangles = rest[1].data,
                         .n_triangles = rest[1].shape[0],
                         .taps = rest[2].data,
                         .encode = in_planes ? NULL : out[5].data,
                         .image = in_planes || out->item == 2 ? NULL : out->data,
                         .light = in_planes || out->item == 1 ? NULL : out->data,
                         .planes = in_planes ? out->data : NULL,
                         .height = out->shape[0],
                         .width = out->shape[1],
                         .covered = (int)out[1].value,
                         .n_behind = out[2].value,
                         .n_sheets = out[3].value,
                         .n_rims = out[4].value};
    set_presences(photos, n, scene.covered);
    return draw_scene(&scene, n_threads, uncovered, first);
}

enum {
    PREPARE,
    RENDER,
    RENDER_PLANES,
    LEVEL,
    REDUCE,
    EVEN,
    MATCH,
    HALFWAY,
    SPREAD,
    ZLIB,
    TALLY,
    RESAMPLE,
    SCALE,
    COMPARE,
    CORRELATE,
    MEANS,
    FILTER
};

static int answer(int64_t kernel, Argument *a) {
    int64_t one = 0, two = -1;
    const int64_t *shape = a[0].shape, n = a[0].value;
    const Argument *written[2] = {NULL, NULL};
    uint8_t *stream = NULL;
    size_t size = 0;
    Status status = NO_MEMORY;
    switch (kernel) {
    case PREPARE:
        status = prepare_samples(a[0].data, (int)a[0].item, shape[1], shape[0], a[1].data,
                                 a[2].data, a[2].shape[0], a[3].data, n_threads);
        written[0] = &a[3];
        break;
    case RENDER:
    case RENDER_PLANES:
        status = draw(a, kernel == RENDER_PLANES, &one, &two);
        written[0] = &a[3 * n + 4];
        break;
    case LEVEL:
        status = level_detail(a[0].data, shape[1], shape[0], a[1].value, a[2].data,
                              a[3].item == 1 ? a[3].data : NULL,
                              a[3].item == 2 ? a[3].data : a[4].data, n_threads);
        written[0] = &a[3];
        written[1] = a[4].item ? &a[4] : NULL;
        break;
    case REDUCE:
        status = reduce_area(a[0].data, shape[1], shape[0], a[1].shape[1], a[1].shape[0],
                             a[1].data, n_threads);
        written[0] = &a[1];
        break;
    case EVEN:
        status = even_contrast(a[0].data, shape[1], shape[0], a[1].value, a[2].data,
                               n_threads);
        written[0] = &a[2];
        break;
    case MATCH:
        status = match_planes(a[0].data, a[1].data, shape[1], shape[0], a[2].data,
                              n_threads);
        written[0] = &a[2];
        break;
    case HALFWAY:
        status = meet_halfway(a[0].data, a[1].data, shape[1], shape[0], a[2].value,
                              a[3].value, a[4].data, a[5].data, n_threads);
        written[0] = &a[4];
        written[1] = &a[5];
        break;
    case SPREAD:
        status = spread_trusted(a[0].data, a[1].data, shape[1], shape[0], a[2].data,
                                a[2].shape[0], a[3].value, a[4].data, n_threads);
        written[0] = &a[4];
        break;
    case ZLIB:
        status = compress_rows(a[0].data, shape[0], shape[1], a[1].value, n_threads, &stream,
                               &size);
        one = (int64_t)size;
        break;
    case TALLY:
        tally_face(a[0].data, a[1].data, a[2].data, a[3].data, shape[1], shape[0],
                   a[4].data, a[5].data);
        status = DONE;
        written[0] = &a[5];
        break;
    case RESAMPLE:
        status = resample_square(a[0].data, (int)a[0].item, shape[1], a[1].data,
                                 a[1].shape[0], a[2].data, a[3].data, a[3].shape[1],
                                 a[4].data, a[5].data, a[5].shape[1], a[6].shape[0],
                                 a[6].data);
        written[0] = &a[6];
        break;
    case SCALE:
        status = scale_frame(a[0].data, shape[1], a[1].data, a[2].data, a[2].shape[1],
                             a[5].shape[1], a[3].data, a[4].data, a[4].shape[1],
                             a[5].shape[0], a[5].data);
        written[0] = &a[5];
        break;
    case COMPARE:
        compare_colours(a[0].data, a[1].data, shape[0], a[2].data, a[3].data);
        status = DONE;
        written[0] = &a[3];
        break;
    case CORRELATE:
        status = correlate_plane(a[0].data, shape[1], shape[0], a[1].data, a[1].shape[0],
                                 a[2].value != 0, (int)a[3].value, a[4].data);
        written[0] = &a[4];
        break;
    case MEANS:
        status = means_of_squares(a[0].data, shape[1], shape[0], a[1].value, a[2].value,
                                  a[3].data);
        written[0] = &a[3];
        break;
    case FILTER:
        status = filter_columns(a[0].data, shape[0], shape[1], a[1].data, a[1].shape[0],
                                a[2].data, a[3].data, a[2].shape[0], a[2].shape[1],
                                a[4].data);
        written[0] = &a[4];
        break;
    }
    write_integer(status);
    write_integer(one);
    write_integer(two);
    for (int k = 0; k < 2 && written[k]; k++) write_array(written[k]);
    must(fwrite(stream, 1, size, stdout) == size);
    free(stream);
    return fflush(stdout);
}

int main(int count, char **words) {
    n_threads = count > 1 ? atoi(words[1]) : 1;
    must(n_threads >= 1 && n_threads <= MAX_THREADS);
#ifdef MORPHKIT_LANES
    puts(MORPHKIT_LANES);
#else
    puts("plain");
#endif
    int64_t kernel;
    while (fflush(stdout) == 0 && fread(&kernel, sizeof kernel, 1, stdin) == 1) {
        static Argument arguments[MOST];
        const int64_t n = read_integer();
        must(kernel >= PREPARE && kernel <= FILTER && n > 0 && n <= MOST);
        for (int64_t k = 0; k < n; k++) arguments[k] = read_argument();
        must(answer(kernel, arguments) == 0);
        for (int64_t k = 0; k < n; k++) free(arguments[k].data);
        memset(arguments, 0, sizeof arguments);
    }
    return 0;
}
