/* Arguments of what Python calls, and how many threads a call has. */
#include "_python.h"

int get_array(PyObject *object, Py_buffer *view, const Kind *kind) {
    const int flags = PyBUF_C_CONTIGUOUS | (kind->writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0) return 0;
    if (view->itemsize == kind->item && view->ndim == kind->dimensions) return 1;
    PyErr_Format(PyExc_ValueError,
                 "%s: an array of %d dimensions and %zd-byte items; expected %d and %zd",
                 kind->name, view->ndim, view->itemsize, kind->dimensions, kind->item);
    PyBuffer_Release(view);
    return 0;
}

int get_arrays(PyObject **objects, const Kind *kinds, int count, Py_buffer *views,
               int *held) {
    for (int k = 0; k < count; k++, (*held)++)
        if (!get_array(objects[k], &views[*held], &kinds[k])) return 0;
    return 1;
}

void release_all(Py_buffer *views, int count) {
    for (int k = 0; k < count; k++) PyBuffer_Release(&views[k]);
}

int expect(int condition, const char *message) {
    if (!condition) PyErr_SetString(PyExc_ValueError, message);
    return condition;
}

PyObject *report_status(Status status) {
    if (status == DONE) Py_RETURN_NONE;
    if (status == NO_MEMORY) return PyErr_NoMemory();
    PyErr_SetString(PyExc_ValueError, "triangles: a node index is out of range");
    return NULL;
}

/* Threads allowed, calls at work, and pixels for which one more thread is worth its start;
 * they are changed under Python's lock only. */
static int allowed = 1, at_work = 0;
static long least = 65536;

int begin_threads(Py_ssize_t pixels) {
    const int free_ones = allowed / ++at_work;
    const Py_ssize_t useful = pixels / least;
    const int most = useful < MAX_THREADS ? (int)useful : MAX_THREADS;
    const int count = free_ones < most ? free_ones : most;
    return count > 1 ? count : 1;
}

void end_threads(void) { at_work--; }

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

PyMethodDef thread_methods[] = {
    {"use_threads", use_threads, METH_VARARGS,
     "use_threads(count, least=65536): use up to so many threads for a frame or a file, "
     "each for at least so many pixels."},
    {NULL, NULL, 0, NULL}};
