/* What Python calls to match photographs densely. */
#include "_python.h"

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
    result = report_status(status);
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
    result = report_status(status);
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
    result = report_status(status);
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
    result = report_status(status);
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
    result = report_status(status);
end:
    release_all(views, held);
    return result;
}

PyMethodDef matching_methods[] = {
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
    {NULL, NULL, 0, NULL}};
