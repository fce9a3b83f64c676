/* What Python calls to make frames: photographs prepared, frames drawn and compressed. */
#include "_python.h"

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
    result = report_status(status);
end:
    release_all(views, held);
    return result;
}

/* ---- render ----------------------------------------------------------------- */

/* Read photo k from the sequences; its two buffers are held even if it is invalid. */
static int read_photo(PyObject *samples, PyObject *nodes, PyObject *weights, int k,
                      int64_t n_nodes, Photo *photo, Py_buffer *views, int *held) {
    static const Kind samples_kind = {"samples", 2, 3, 0}, nodes_kind = {"nodes", 4, 2, 0};
    PyObject *stored = PyTuple_GetItem(samples, k), *places = PyTuple_GetItem(nodes, k);
    PyObject *weight = PyTuple_GetItem(weights, k);
    if (!stored || !places || !weight) return 0;
    if (!get_array(stored, &views[*held], &samples_kind)) return 0;
    const Py_buffer *sample_view = &views[(*held)++];
    if (!get_array(places, &views[*held], &nodes_kind)) return 0;
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
                 : report_status(status);
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
    result = report_status(status);
end:
    release_all(views, held);
    return result;
}

/* ---- zlib_stream ------------------------------------------------------------ */

static PyObject *zlib_stream(PyObject *module, PyObject *args) {
    static const Kind kind = {"rows", 1, 2, 0};
    PyObject *object, *result = NULL;
    Py_buffer rows;
    int pixel_bytes;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:zlib_stream", &object, &pixel_bytes)) return NULL;
    if (!get_array(object, &rows, &kind)) return NULL;
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
                     : report_status(status);
        free(stream);
    }
    PyBuffer_Release(&rows);
    return result;
}

PyMethodDef frame_methods[] = {
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
    {"zlib_stream", zlib_stream, METH_VARARGS,
     "zlib_stream(rows, pixel_bytes): as morphkit.pixels.deflate.zlib_stream."},
    {NULL, NULL, 0, NULL}};
