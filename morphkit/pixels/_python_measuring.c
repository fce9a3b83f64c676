/* What Python calls to measure frames, and to show them at another size. */
#include "_python.h"

/* ---- sums and means over frames ---------------------------------------------- */

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
    result = report_status(status);
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
    result = report_status(status);
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
    result = report_status(status);
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
    result = report_status(status);
end:
    release_all(views, held);
    return result;
}

/* Return whether the numbers of an array are 0 or more, and less than a limit. */
static int are_below(const Py_buffer *view, Py_ssize_t limit) {
    const int32_t *number = view->buf;
    int below = 1;
    for (Py_ssize_t k = 0; below && k < view->len / view->itemsize; k++)
        below = number[k] >= 0 && number[k] < limit;
    return below;
}

static PyObject *filter(PyObject *module, PyObject *args) {
    static const Kind kinds[5] = {{"values", 8, 2, 0}, {"places", 4, 1, 0},
                                  {"taps", 8, 3, 0}, {"reach", 4, 2, 0},
                                  {"result", 8, 3, 1}};
    PyObject *objects[5], *result = NULL;
    Py_buffer views[5];
    int held = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOO:filter_columns", &objects[0], &objects[1],
                          &objects[2], &objects[3], &objects[4]))
        return NULL;
    if (!get_arrays(objects, kinds, 5, views, &held)) goto end;
    const Py_ssize_t n = views[0].shape[0], width = views[0].shape[1];
    const Py_ssize_t *taps = views[2].shape, *answers = views[4].shape;
    if (!expect(n > 0 && are_below(&views[1], n), "places: not within the columns") ||
        !expect(taps[0] > 0 && width % taps[0] == 0 && taps[2] == n / 2 + 1,
                "taps: not of groups of columns, half as long as those") ||
        !expect(views[3].shape[0] == taps[0] && views[3].shape[1] == taps[1] &&
                    are_below(&views[3], taps[2]),
                "reach: not within the taps of every filter") ||
        !expect(answers[0] == width && answers[1] == taps[1] &&
                    answers[2] == views[1].shape[0],
                "result: the shape is not (columns, filters, places)"))
        goto end;
    Status status;
    Py_BEGIN_ALLOW_THREADS
    status = filter_columns(views[0].buf, n, width, views[1].buf, views[1].shape[0],
                            views[2].buf, views[3].buf, taps[0], taps[1], views[4].buf);
    Py_END_ALLOW_THREADS
    result = report_status(status);
end:
    release_all(views, held);
    return result;
}

PyMethodDef measuring_methods[] = {
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
    {"filter_columns", filter, METH_VARARGS,
     "filter_columns(values, places, taps, reach, result): as "
     "morphkit.pixels.filters_oracle.filter_columns."},
    {NULL, NULL, 0, NULL}};
