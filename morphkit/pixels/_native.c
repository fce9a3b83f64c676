/* The module morphkit.pixels._native: arguments checked, work done without the GIL.
 *
 * Sizes come from the buffers themselves, so that no argument can make the code read or
 * write out of bounds; values are checked by the Python callers.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_native.h"

/* Get a C-contiguous buffer of the given item size and number of dimensions. */
static int get_array(PyObject *object, Py_buffer *view, const char *name,
                     Py_ssize_t item, int dimensions, int writable) {
    const int flags = PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0) return 0;
    if (view->itemsize == item && view->ndim == dimensions) return 1;
    PyErr_Format(PyExc_ValueError,
                 "%s: an array of %d dimensions and %zd-byte items; expected %d and %zd",
                 name, view->ndim, view->itemsize, dimensions, item);
    PyBuffer_Release(view);
    return 0;
}

/* What an array must be like. */
typedef struct {
    const char *name;
    Py_ssize_t item;
    int dimensions, writable;
} Kind;

/* Get the buffers of some arrays; those that were got before one fails are `held`, too. */
static int get_arrays(PyObject **objects, const Kind *kinds, int count, Py_buffer *views,
                      int *held) {
    for (int k = 0; k < count; k++, (*held)++)
        if (!get_array(objects[k], &views[*held], kinds[k].name, kinds[k].item,
                       kinds[k].dimensions, kinds[k].writable))
            return 0;
    return 1;
}

/* Return whether a condition holds; set a ValueError if not. */
static int expect(int condition, const char *message) {
    if (!condition) PyErr_SetString(PyExc_ValueError, message);
    return condition;
}

static void release_all(Py_buffer *views, int count) {
    for (int k = 0; k < count; k++) PyBuffer_Release(&views[k]);
}

/* ---- threads ------------------------------------------------------------------ */

/* Threads allowed, calls at work, and pixels for which one more thread is worth its start;
 * they are changed under Python's lock only. */
static int allowed = 1, at_work = 0;
static long least = 65536;

/* Threads for a call: calls at the same time share those that are allowed. */
static int begin_threads(Py_ssize_t pixels) {
    const int free_ones = allowed / ++at_work;
    const Py_ssize_t useful = pixels / least;
    const int most = useful < MAX_THREADS ? (int)useful : MAX_THREADS;
    const int count = free_ones < most ? free_ones : most;
    return count > 1 ? count : 1;
}

static void end_threads(void) {
    at_work--;
}

static PyObject *use_threads(PyObject *module, PyObject *args) {
    int count;
    long pixels = 65536;
    (void)module;
    if (!PyArg_ParseTuple(args, "i|l:use_threads", &count, &pixels)) return NULL;
    if (!expect(count >= 1 && pixels >= 1, "count, least: not 1 or more")) return NULL;
    allowed = count;
    least = pixels;
    Py_RETURN_NONE;
}

/* Do `work` without Python's lock, in `threads` threads. */
#define IN_THREADS(pixels, work)                           \
    do {                                                   \
        const int threads = begin_threads(pixels);         \
        Py_BEGIN_ALLOW_THREADS work;                       \
        Py_END_ALLOW_THREADS end_threads();                \
    } while (0)

/* Return None, or set the error of a status. */
static PyObject *report(Status status) {
    if (status == DONE) Py_RETURN_NONE;
    if (status == NO_MEMORY) return PyErr_NoMemory();
    PyErr_SetString(PyExc_ValueError, "triangles: a node index is out of range");
    return NULL;
}

/* ---- prepare ---------------------------------------------------------------- */

static int check_photo(const Py_buffer *photo, const Py_buffer *table,
                       const Py_buffer *taps, const Py_buffer *samples) {
    const Py_ssize_t codes = photo->itemsize == 1 ? 256 : 65536;
    return expect(photo->shape[0] > 0 && photo->shape[1] > 0 && photo->shape[2] == 3,
                  "photo: the shape is not (height, width, 3)") &&
           expect(table->shape[0] == codes, "table: not one entry per code value") &&
           expect(taps->shape[0] % 2 == 1, "taps: not an odd number") &&
           expect(samples->shape[0] == photo->shape[0] + PAD_BEFORE + PAD_AFTER &&
                      samples->shape[1] == photo->shape[1] + PAD_BEFORE + PAD_AFTER &&
                      samples->shape[2] == CHANNELS,
                  "samples: the shape is not (height + 3, width + 3, 4)");
}

static PyObject *prepare(PyObject *module, PyObject *args) {
    static const Kind kinds[3] = {{"table", 2, 1, 0}, {"taps", 2, 1, 0},
                                  {"samples", 2, 3, 1}};
    PyObject *objects[4], *result = NULL;
    Py_buffer views[4];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOO:prepare", &objects[0], &objects[1], &objects[2],
                          &objects[3]))
        return NULL;
    if (PyObject_GetBuffer(objects[0], &views[0], PyBUF_C_CONTIGUOUS) < 0) return NULL;
    held = 1;
    if (!expect(views[0].ndim == 3 && (views[0].itemsize == 1 || views[0].itemsize == 2),
                "photo: not a 3-D array of 8 or 16 bits") ||
        !get_arrays(objects + 1, kinds, 3, views, &held) ||
        !check_photo(&views[0], &views[1], &views[2], &views[3]))
        goto end;
    const Py_ssize_t width = views[0].shape[1], height = views[0].shape[0];
    Status status;
    IN_THREADS(width * height,
               status = prepare_samples(views[0].buf, (int)views[0].itemsize, width,
                                        height, views[1].buf, views[2].buf,
                                        views[2].shape[0], views[3].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* ---- render ----------------------------------------------------------------- */

/* Read photo k from the sequences; its two buffers are held even if it is invalid. */
static int read_photo(PyObject *samples, PyObject *nodes, PyObject *weights, int k,
                      int64_t n_nodes, Photo *photo, Py_buffer *views, int *held) {
    PyObject *stored = PyTuple_GetItem(samples, k), *places = PyTuple_GetItem(nodes, k);
    PyObject *weight = PyTuple_GetItem(weights, k);
    if (!stored || !places || !weight) return 0;
    if (!get_array(stored, &views[*held], "samples", 2, 3, 0)) return 0;
    const Py_buffer *sample_view = &views[(*held)++];
    if (!get_array(places, &views[*held], "nodes", 4, 2, 0)) return 0;
    const Py_buffer *node_view = &views[(*held)++];
    const long share = PyLong_AsLong(weight);
    if (share == -1 && PyErr_Occurred()) return 0;
    photo->samples = sample_view->buf;
    photo->height = sample_view->shape[0] - PAD_BEFORE - PAD_AFTER;
    photo->width = sample_view->shape[1] - PAD_BEFORE - PAD_AFTER;
    photo->nodes = node_view->buf;
    photo->weight = (int32_t)share;
    return expect(photo->height > 0 && photo->width > 0 &&
                      sample_view->shape[2] == CHANNELS,
                  "samples: the shape is not (height + 3, width + 3, 4)") &&
           expect(node_view->shape[0] == n_nodes && node_view->shape[1] == 2,
                  "nodes: the shape is not that of frame_nodes") &&
           expect(share >= -32768 && share <= 32767, "weights: not within 16 bits");
}

/* Read a scene except its photos: the last objects are image and encode, which is None
 * for an image of light, or only planes. */
static int read_scene(PyObject **objects, int in_planes, Scene *scene, Py_buffer *views,
                      int *held) {
    const int in_light = !in_planes && objects[4] == Py_None;
    const int count = in_planes || in_light ? 4 : 5;
    const Kind kinds[5] = {{"frame_nodes", 4, 2, 0},
                           {"triangles", 4, 2, 0},
                           {"tap_weights", 2, 2, 0},
                           {in_planes ? "planes" : "image",
                            in_planes || in_light ? 2 : 1, 3, 1},
                           {"encode", 1, 1, 0}};
    const Py_ssize_t columns[5] = {2, 3, 4, in_planes ? CHANNELS : 3, WHITE + 1};
    if (!get_arrays(objects, kinds, count, views, held)) return 0;
    for (int k = 0; k < count; k++)
        if (!expect(views[k].shape[kinds[k].dimensions - 1] == columns[k],
                    "an array has the wrong last dimension"))
            return 0;
    scene->frame_nodes = views[0].buf;
    scene->n_nodes = views[0].shape[0];
    scene->triangles = views[1].buf;
    scene->n_triangles = views[1].shape[0];
    scene->taps = views[2].buf;
    scene->planes = in_planes ? views[3].buf : NULL;
    scene->light = in_light ? views[3].buf : NULL;
    scene->image = in_planes || in_light ? NULL : views[3].buf;
    scene->encode = in_planes || in_light ? NULL : views[4].buf;
    scene->height = views[3].shape[0];
    scene->width = views[3].shape[1];
    return expect(views[2].shape[0] == PHASES, "tap_weights: not 256 rows") &&
           expect(scene->height > 0 && scene->width > 0, "image: empty");
}

static PyObject *draw(PyObject *args, int in_planes) {
    PyObject *samples, *nodes, *weights, *objects[5], *result = NULL;
    Photo photos[MAX_PHOTOS];
    Scene scene = {.photos = photos};
    Py_buffer views[5 + 2 * MAX_PHOTOS];
    int held = 0;
    long long behind = 0, sheets = 0, rims = 0;
    if (in_planes ? !PyArg_ParseTuple(args, "O!O!OOO!OO|iLLL:render_planes", &PyTuple_Type,
                                      &samples, &PyTuple_Type, &nodes, &objects[0],
                                      &objects[1], &PyTuple_Type, &weights, &objects[2],
                                      &objects[3], &scene.covered, &behind,
                                      &sheets, &rims)
                  : !PyArg_ParseTuple(args, "O!O!OOO!OOO|iLLL:render", &PyTuple_Type,
                                      &samples, &PyTuple_Type, &nodes, &objects[0],
                                      &objects[1], &PyTuple_Type, &weights, &objects[2],
                                      &objects[4], &objects[3], &scene.covered, &behind,
                                      &sheets, &rims))
        return NULL;
    const Py_ssize_t count = PyTuple_Size(samples);
    if (!expect(count >= 1 && count <= MAX_PHOTOS, "samples: not 1 to 256 photos") ||
        !expect(PyTuple_Size(nodes) == count && PyTuple_Size(weights) == count,
                "nodes, weights: not one per photo") ||
        !expect(!in_planes || count == 2, "samples: planes are of two photos"))
        return NULL;
    if (!read_scene(objects, in_planes, &scene, views, &held)) goto end;
    scene.n_photos = (int)count;
    for (int k = 0; k < scene.n_photos; k++)
        if (!read_photo(samples, nodes, weights, k, scene.n_nodes, &photos[k], views,
                        &held))
            goto end;
    set_presences(photos, scene.n_photos, scene.covered);
    scene.n_behind = behind;
    scene.n_sheets = sheets;
    scene.n_rims = rims;
    if (!expect(sheets >= 0 && sheets <= rims && rims <= scene.n_triangles,
                "sheets, rims: not within the triangles"))
        goto end;
    int64_t uncovered = 0, first = -1;
    Status status;
    IN_THREADS((Py_ssize_t)(scene.width * scene.height),
               status = draw_scene(&scene, threads, &uncovered, &first));
    result = status == DONE
                 ? Py_BuildValue("LL", (long long)uncovered, (long long)first)
                 : report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *render(PyObject *module, PyObject *args) {
    (void)module;
    return draw(args, 0);
}

static PyObject *render_planes(PyObject *module, PyObject *args) {
    (void)module;
    return draw(args, 1);
}

/* ---- level ------------------------------------------------------------------ */

static PyObject *level(PyObject *module, PyObject *args) {
    PyObject *objects[4], *result = NULL;
    Py_buffer views[4];
    int held = 0;
    long one, two;
    (void)module;
    objects[3] = Py_None;
    if (!PyArg_ParseTuple(args, "O(ll)OO|O:level", &objects[0], &one, &two, &objects[1],
                          &objects[2], &objects[3]))
        return NULL;
    const int in_light = objects[1] == Py_None, in_both = objects[3] != Py_None;
    if (!expect(!(in_light && in_both), "light: without a table it is written once"))
        return NULL;
    PyObject *arrays[4] = {objects[0], objects[2], objects[1], objects[3]};
    const Kind kinds[4] = {{"planes", 2, 3, 0},
                           {"image", in_light ? 2 : 1, 3, 1},
                           {"encode", 1, 1, 0},
                           {"light", 2, 3, 1}};
    if (!get_arrays(arrays, kinds, in_light ? 2 : in_both ? 4 : 3, views, &held)) goto end;
    const Py_ssize_t *planes = views[0].shape, *image = views[1].shape;
    const Py_ssize_t *light = in_both ? views[3].shape : image;
    if (!expect(one >= -32768 && one <= 32767 && one + two == 1 << ONE_BITS,
                "weights: not two within 16 bits and of the sum 16384") ||
        !expect(in_light || views[2].shape[0] == WHITE + 1,
                "encode: not 32768 entries") ||
        !expect(planes[0] > 0 && planes[1] > 0 && planes[2] == CHANNELS,
                "planes: the shape is not (height, width, 4)") ||
        !expect(image[0] == planes[0] && image[1] == planes[1] && image[2] == 3 &&
                    light[0] == planes[0] && light[1] == planes[1] && light[2] == 3,
                "image, light: the shape is not (height, width, 3)"))
        goto end;
    int16_t *plain = in_light ? views[1].buf : in_both ? views[3].buf : NULL;
    const int64_t both = one > 0 && two > 0 ? (int64_t)one * two : 0;
    Status status;
    IN_THREADS(planes[0] * planes[1],
               status = level_detail(views[0].buf, planes[1], planes[0], both,
                                     in_light ? NULL : views[2].buf,
                                     in_light ? NULL : views[1].buf, plain, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* ---- dense matching ----------------------------------------------------------- */

/* Return whether a field has the size of a plane and two values a pixel. */
static int is_field(const Py_buffer *field, int64_t height, int64_t width) {
    return expect(field->shape[0] == height && field->shape[1] == width &&
                      field->shape[2] == 2,
                  "a field: the shape is not (height, width, 2)");
}

static PyObject *reduce(PyObject *module, PyObject *args) {
    static const Kind kinds[2] = {{"frame", 1, 3, 0}, {"small", 1, 3, 1}};
    PyObject *objects[2], *result = NULL;
    Py_buffer views[2];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:reduce_area", &objects[0], &objects[1])) return NULL;
    if (!get_arrays(objects, kinds, 2, views, &held)) goto end;
    const Py_ssize_t *frame = views[0].shape, *small = views[1].shape;
    if (!expect(frame[0] > 0 && frame[1] > 0 && frame[0] <= 8192 && frame[1] <= 8192 &&
                    frame[2] == 3,
                "frame: the shape is not (height, width, 3), sides up to 8192") ||
        !expect(small[0] > 0 && small[1] > 0 && small[0] <= frame[0] &&
                    small[1] <= frame[1] && small[2] == 3,
                "small: larger than the frame"))
        goto end;
    Status status;
    IN_THREADS(frame[0] * frame[1],
               status = reduce_area(views[0].buf, frame[1], frame[0], small[1], small[0],
                                    views[1].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *even(PyObject *module, PyObject *args) {
    static const Kind kinds[2] = {{"codes", 1, 2, 0}, {"result", 1, 2, 1}};
    PyObject *objects[2], *result = NULL;
    Py_buffer views[2];
    int held = 0;
    long long half;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLO:even_contrast", &objects[0], &half, &objects[1]))
        return NULL;
    if (!get_arrays(objects, kinds, 2, views, &held)) goto end;
    const Py_ssize_t *codes = views[0].shape;
    if (!expect(codes[0] > 0 && codes[1] > 0 && codes[0] <= 8192 && codes[1] <= 8192,
                "codes: sides are not 1 to 8192") ||
        !expect(views[1].shape[0] == codes[0] && views[1].shape[1] == codes[1],
                "result: the shape is not that of codes") ||
        !expect(half > 0 && half <= 1024, "half: not 1 to 1024"))
        goto end;
    Status status;
    IN_THREADS(codes[0] * codes[1],
               status = even_contrast(views[0].buf, codes[1], codes[0], half,
                                      views[1].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *match(PyObject *module, PyObject *args) {
    static const Kind kinds[3] = {{"first", 1, 2, 0}, {"second", 1, 2, 0},
                                  {"flow", 4, 3, 1}};
    PyObject *objects[3], *result = NULL;
    Py_buffer views[3];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO:match", &objects[0], &objects[1], &objects[2]))
        return NULL;
    if (!get_arrays(objects, kinds, 3, views, &held)) goto end;
    const int64_t height = views[0].shape[0], width = views[0].shape[1];
    if (!expect(height >= 8 && width >= 8 && height <= 8192 && width <= 8192,
                "first: sides are not 8 to 8192") ||
        !expect(views[1].shape[0] == height && views[1].shape[1] == width,
                "second: the shape is not that of first") ||
        !is_field(&views[2], height, width))
        goto end;
    Status status;
    IN_THREADS((Py_ssize_t)(width * height),
               status = match_planes(views[0].buf, views[1].buf, width, height,
                                     views[2].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *halfway(PyObject *module, PyObject *args) {
    static const Kind kinds[4] = {{"there", 4, 3, 0}, {"back", 4, 3, 0},
                                  {"middle", 4, 3, 1}, {"trust", 4, 2, 1}};
    PyObject *objects[4], *result = NULL;
    Py_buffer views[4];
    int held = 0;
    long long apart, most;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOLLOO:halfway", &objects[0], &objects[1], &apart, &most,
                          &objects[2], &objects[3]))
        return NULL;
    if (!get_arrays(objects, kinds, 4, views, &held)) goto end;
    const int64_t height = views[3].shape[0], width = views[3].shape[1];
    if (!expect(height > 0 && width > 0, "trust: empty") ||
        !expect(apart > 0 && apart <= 1 << 20 && most >= 0 && most <= 1 << 20,
                "apart, most: not 1 to 1048576") ||
        !is_field(&views[0], height, width) || !is_field(&views[1], height, width) ||
        !is_field(&views[2], height, width))
        goto end;
    Status status;
    IN_THREADS((Py_ssize_t)(width * height),
               status = meet_halfway(views[0].buf, views[1].buf, width, height, apart, most,
                                     views[2].buf, views[3].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *spread(PyObject *module, PyObject *args) {
    static const Kind kinds[4] = {{"middle", 4, 3, 0}, {"trust", 4, 2, 0},
                                  {"taps", 2, 1, 0}, {"result", 4, 3, 1}};
    PyObject *objects[4], *result = NULL;
    Py_buffer views[4];
    int held = 0;
    long long still;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOLO:spread", &objects[0], &objects[1], &objects[2],
                          &still, &objects[3]))
        return NULL;
    if (!get_arrays(objects, kinds, 4, views, &held)) goto end;
    const int64_t height = views[1].shape[0], width = views[1].shape[1];
    if (!expect(height > 0 && width > 0, "trust: empty") ||
        !expect(views[2].shape[0] % 2 == 1, "taps: not an odd number") ||
        !expect(still > 0, "still: not more than 0") ||
        !is_field(&views[0], height, width) || !is_field(&views[3], height, width))
        goto end;
    Status status;
    IN_THREADS((Py_ssize_t)(width * height),
               status = spread_trusted(views[0].buf, views[1].buf, width, height,
                                       views[2].buf, views[2].shape[0], still,
                                       views[3].buf, threads));
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* ---- tally and resample ------------------------------------------------------ */

static PyObject *tally(PyObject *module, PyObject *args) {
    static const Kind kinds[6] = {{"frame", 1, 3, 0}, {"before", 1, 3, 0},
                                  {"region", 1, 2, 0}, {"skin", 1, 2, 0},
                                  {"shares", 4, 2, 0}, {"sums", 8, 1, 1}};
    PyObject *objects[6], *result = NULL;
    Py_buffer views[6];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOO:tally", &objects[0], &objects[1], &objects[2],
                          &objects[3], &objects[4], &objects[5]))
        return NULL;
    if (!get_arrays(objects, kinds, 6, views, &held)) goto end;
    const Py_ssize_t height = views[0].shape[0], width = views[0].shape[1];
    for (int k = 0; k < 4; k++)
        if (!expect(views[k].shape[0] == height && views[k].shape[1] == width &&
                        (k > 1 || views[k].shape[2] == 3),
                    "before, region, skin: not of the size of the frame"))
            goto end;
    if (!expect(views[4].shape[0] == 3 && views[4].shape[1] == 256,
                "shares: the shape is not (3, 256)") ||
        !expect(views[5].shape[0] == TALLY_LENGTH, "sums: not of that length"))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    tally_face(views[0].buf, views[1].buf, views[2].buf, views[3].buf, width, height,
               views[4].buf, views[5].buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
end:
    release_all(views, held);
    return result;
}

/* Return whether taps lie in a picture of some length, for every pixel of a side. */
static int are_taps(const Py_buffer *first, const Py_buffer *weights, Py_ssize_t side,
                    Py_ssize_t length) {
    const int32_t *places = first->buf;
    int inside = first->shape[0] == side && weights->shape[0] == side &&
                 weights->shape[1] > 0 && weights->shape[1] <= length;
    for (Py_ssize_t k = 0; inside && k < side; k++)
        inside = places[k] >= 0 && places[k] <= length - weights->shape[1];
    return expect(inside, "weights: of pixels that are not there");
}

static PyObject *resample(PyObject *module, PyObject *args) {
    static const Kind kinds[6] = {{"values", 8, 1, 0}, {"down", 4, 1, 0},
                                  {"down_weights", 8, 2, 0}, {"across", 4, 1, 0},
                                  {"across_weights", 8, 2, 0}, {"square", 8, 3, 1}};
    PyObject *objects[7], *result = NULL;
    Py_buffer views[7];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOOO:resample", &objects[0], &objects[1], &objects[2],
                          &objects[3], &objects[4], &objects[5], &objects[6]))
        return NULL;
    if (PyObject_GetBuffer(objects[0], &views[0], PyBUF_C_CONTIGUOUS) < 0) return NULL;
    held = 1;
    const Py_ssize_t item = views[0].itemsize;
    if (!expect(views[0].ndim == 3 && (item == 1 || item == 2) && views[0].shape[2] == 3,
                "picture: the shape is not (height, width, 3), of 8 or 16 bits") ||
        !get_arrays(objects + 1, kinds, 6, views, &held))
        goto end;
    const Py_ssize_t side = views[6].shape[0];
    const Py_ssize_t n_values = views[1].shape[0];
    if (!expect(n_values > 0 && n_values <= 65536 && (n_values & (n_values - 1)) == 0,
                "values: their number is no power of two up to 65536") ||
        !expect(side > 0 && views[6].shape[1] == side && views[6].shape[2] == 3,
                "square: the shape is not (side, side, 3)") ||
        !are_taps(&views[2], &views[3], side, views[0].shape[0]) ||
        !are_taps(&views[4], &views[5], side, views[0].shape[1]))
        goto end;
    Status status;
    Py_BEGIN_ALLOW_THREADS
    status = resample_square(views[0].buf, (int)item, views[0].shape[1], views[1].buf,
                             n_values, views[2].buf, views[3].buf, views[3].shape[1],
                             views[4].buf, views[5].buf, views[5].shape[1], side,
                             views[6].buf);
    Py_END_ALLOW_THREADS
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* Return whether the sizes of the weights of every pixel sum up to 2^23 at most. */
static int are_small(const Py_buffer *weights) {
    const int32_t *weight = weights->buf;
    int small = 1;
    for (Py_ssize_t k = 0; small && k < weights->shape[0]; k++) {
        int64_t total = 0;
        for (Py_ssize_t i = 0; i < weights->shape[1]; i++, weight++)
            total += *weight < 0 ? -(int64_t)*weight : *weight;
        small = total <= 1 << 23;
    }
    return expect(small, "weights: too large");
}

static PyObject *scale(PyObject *module, PyObject *args) {
    static const Kind kinds[6] = {{"frame", 1, 3, 0},          {"across", 4, 1, 0},
                                  {"across_weights", 4, 2, 0}, {"down", 4, 1, 0},
                                  {"down_weights", 4, 2, 0},   {"result", 1, 3, 1}};
    PyObject *objects[6], *result = NULL;
    Py_buffer views[6];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOO:scale_down", &objects[0], &objects[1], &objects[2],
                          &objects[3], &objects[4], &objects[5]))
        return NULL;
    if (!get_arrays(objects, kinds, 6, views, &held)) goto end;
    const Py_ssize_t rows = views[5].shape[0], columns = views[5].shape[1];
    if (!expect(views[0].shape[2] == 3 && views[5].shape[2] == 3 && rows > 0 && columns > 0,
                "frame, result: not of three channels") ||
        !are_taps(&views[1], &views[2], columns, views[0].shape[1]) ||
        !are_taps(&views[3], &views[4], rows, views[0].shape[0]) ||
        !are_small(&views[2]) || !are_small(&views[4]))
        goto end;
    Status status;
    Py_BEGIN_ALLOW_THREADS
    status = scale_frame(views[0].buf, views[0].shape[1], views[1].buf, views[2].buf,
                         views[2].shape[1], columns, views[3].buf, views[4].buf,
                         views[4].shape[1], rows, views[5].buf);
    Py_END_ALLOW_THREADS
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* ---- colours and planes of doubles --------------------------------------------- */

static PyObject *compare(PyObject *module, PyObject *args) {
    static const Kind kinds[4] = {{"first", 8, 2, 0}, {"second", 8, 2, 0},
                                  {"series", 8, 1, 0}, {"parts", 8, 2, 1}};
    PyObject *objects[4], *result = NULL;
    Py_buffer views[4];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOO:compare_colours", &objects[0], &objects[1],
                          &objects[2], &objects[3]))
        return NULL;
    if (!get_arrays(objects, kinds, 4, views, &held)) goto end;
    const Py_ssize_t n = views[0].shape[0];
    if (!expect(views[0].shape[1] == 3 && views[1].shape[1] == 3 && views[1].shape[0] == n,
                "first, second: not colours of one number") ||
        !expect(views[2].shape[0] == 9, "series: not 9 coefficients") ||
        !expect(views[3].shape[0] == COLOUR_PARTS && views[3].shape[1] == n,
                "parts: the shape is not (6, n)"))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    compare_colours(views[0].buf, views[1].buf, n, views[2].buf, views[3].buf);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
end:
    release_all(views, held);
    return result;
}

static PyObject *correlate(PyObject *module, PyObject *args) {
    static const Kind kinds[3] = {
        {"values", 8, 2, 0}, {"taps", 8, 1, 0}, {"result", 8, 2, 1}};
    PyObject *objects[3], *result = NULL;
    Py_buffer views[3];
    int held = 0, odd, axis;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOiiO:correlate", &objects[0], &objects[1], &odd, &axis,
                          &objects[2]))
        return NULL;
    if (!get_arrays(objects, kinds, 3, views, &held)) goto end;
    const Py_ssize_t height = views[0].shape[0], width = views[0].shape[1];
    const Py_ssize_t n_taps = views[1].shape[0];
    if (!expect(axis == 0 || axis == 1, "axis: not 0 or 1") ||
        !expect(views[2].shape[0] == height && views[2].shape[1] == width,
                "result: not of the shape of the values") ||
        !expect(n_taps > 0 && n_taps - 1 <= (axis ? width : height),
                "taps: none, or more than mirrored values"))
        goto end;
    Status status;
    Py_BEGIN_ALLOW_THREADS
    status = correlate_plane(views[0].buf, width, height, views[1].buf, n_taps, odd != 0,
                             axis, views[2].buf);
    Py_END_ALLOW_THREADS
    result = report(status);
end:
    release_all(views, held);
    return result;
}

static PyObject *means(PyObject *module, PyObject *args) {
    static const Kind kinds[2] = {{"values", 8, 2, 0}, {"result", 8, 2, 1}};
    PyObject *objects[2], *result = NULL;
    Py_buffer views[2];
    int held = 0;
    long long side, every;
    (void)module;
    if (!PyArg_ParseTuple(args, "OLLO:means_apart", &objects[0], &side, &every,
                          &objects[1]))
        return NULL;
    if (!get_arrays(objects, kinds, 2, views, &held)) goto end;
    const Py_ssize_t height = views[0].shape[0], width = views[0].shape[1];
    if (!expect(side > 0 && side <= 1 << 20 && every > 0 && every <= 1 << 20,
                "side, every: not 1 to 1048576") ||
        !expect(views[1].shape[0] == (height + every - 1) / every &&
                    views[1].shape[1] == (width + every - 1) / every,
                "result: not of the shape of every so many values"))
        goto end;
    Status status;
    Py_BEGIN_ALLOW_THREADS
    status = means_of_squares(views[0].buf, width, height, side, every, views[1].buf);
    Py_END_ALLOW_THREADS
    result = report(status);
end:
    release_all(views, held);
    return result;
}

/* ---- zlib_stream ------------------------------------------------------------ */

static PyObject *zlib_stream(PyObject *module, PyObject *args) {
    PyObject *object, *result = NULL;
    Py_buffer rows;
    int pixel_bytes;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:zlib_stream", &object, &pixel_bytes)) return NULL;
    if (!get_array(object, &rows, "rows", 1, 2, 0)) return NULL;
    if (expect(rows.shape[0] > 0 && pixel_bytes > 0 && pixel_bytes <= rows.shape[1],
               "rows: not one pixel")) {
        uint8_t *stream = NULL;
        size_t size = 0;
        Status status;
        IN_THREADS(rows.len / pixel_bytes,
                   status = compress_rows(rows.buf, rows.shape[0], rows.shape[1],
                                          pixel_bytes, threads, &stream, &size));
        result = status == DONE
                     ? PyBytes_FromStringAndSize((char *)stream, (Py_ssize_t)size)
                     : report(status);
        free(stream);
    }
    PyBuffer_Release(&rows);
    return result;
}

/* ---- module ----------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"prepare", prepare, METH_VARARGS,
     "prepare(photo, table, taps, samples): as morphkit.pixels.oracle.prepare."},
    {"render", render, METH_VARARGS,
     "render(samples, nodes, frame_nodes, triangles, weights, tap_weights, encode, "
     "image): as morphkit.pixels.oracle.render."},
    {"render_planes", render_planes, METH_VARARGS,
     "render_planes(samples, nodes, frame_nodes, triangles, weights, tap_weights, "
     "planes): as morphkit.pixels.detail_oracle.render_planes."},
    {"level", level, METH_VARARGS,
     "level(planes, weights, encode, image, light=None): as "
     "morphkit.pixels.detail_oracle.level."},
    {"reduce_area", reduce, METH_VARARGS,
     "reduce_area(frame, small): as morphkit.pixels.planes_oracle.reduce_area."},
    {"even_contrast", even, METH_VARARGS,
     "even_contrast(codes, half, result): as "
     "morphkit.pixels.planes_oracle.even_contrast."},
    {"match", match, METH_VARARGS,
     "match(first, second, flow): as morphkit.pixels.matching_oracle.match."},
    {"halfway", halfway, METH_VARARGS,
     "halfway(there, back, apart, most, middle, trust): as "
     "morphkit.pixels.matching_oracle.halfway."},
    {"spread", spread, METH_VARARGS,
     "spread(middle, trust, taps, still, result): as "
     "morphkit.pixels.matching_oracle.spread."},
    {"tally", tally, METH_VARARGS,
     "tally(frame, before, region, skin, shares, sums): as "
     "morphkit.pixels.measuring_oracle.tally."},
    {"resample", resample, METH_VARARGS,
     "resample(picture, values, down, down_weights, across, across_weights, square): as "
     "morphkit.pixels.measuring_oracle.resample."},
    {"scale_down", scale, METH_VARARGS,
     "scale_down(frame, across, across_weights, down, down_weights, result): as "
     "morphkit.pixels.scaling_oracle.scale_down."},
    {"compare_colours", compare, METH_VARARGS,
     "compare_colours(first, second, series, parts): as "
     "morphkit.pixels.colour_oracle.compare_colours."},
    {"correlate", correlate, METH_VARARGS,
     "correlate(values, taps, odd, axis, result): as "
     "morphkit.pixels.smoothing_oracle.correlate."},
    {"means_apart", means, METH_VARARGS,
     "means_apart(values, side, every, result): as "
     "morphkit.pixels.smoothing_oracle.means_apart."},
    {"zlib_stream", zlib_stream, METH_VARARGS,
     "zlib_stream(rows, pixel_bytes): as morphkit.pixels.deflate.zlib_stream."},
    {"use_threads", use_threads, METH_VARARGS,
     "use_threads(count, least=65536): use up to so many threads for a frame or a file, "
     "each for at least so many pixels."},
    {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "morphkit.pixels._native",
    .m_doc = "The pixel specification in C: the same bits as the NumPy modules.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void) {
    return PyModuleDef_Init(&definition);
}
