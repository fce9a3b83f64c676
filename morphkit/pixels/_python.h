/* Shared by what Python calls: arguments checked, work done without Python's lock.
 *
 * Sizes come from the buffers themselves, so that no argument can make the code read or
 * write out of bounds; values are checked by the Python callers.
 */
#ifndef MORPHKIT_PYTHON_H
#define MORPHKIT_PYTHON_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_native.h"

/* What an array must be like. */
typedef struct {
    const char *name;
    Py_ssize_t item;
    int dimensions, writable;
} Kind;

/* Get a C-contiguous buffer of the given item size and number of dimensions. */
int get_array(PyObject *object, Py_buffer *view, const Kind *kind);

/* Get the buffers of some arrays; those that were got before one fails are `held`, too. */
int get_arrays(PyObject **objects, const Kind *kinds, int count, Py_buffer *views,
               int *held);

void release_all(Py_buffer *views, int count);

/* Return whether a condition holds; set a ValueError if not. */
int expect(int condition, const char *message);

/* Return None, or set the error of a status. */
PyObject *report_status(Status status);

/* Threads for a call: calls at the same time share those that are allowed. */
int begin_threads(Py_ssize_t pixels);

void end_threads(void);

/* Do `work` without Python's lock, in `threads` threads. */
#define IN_THREADS(pixels, work)                           \
    do {                                                   \
        const int threads = begin_threads(pixels);         \
        Py_BEGIN_ALLOW_THREADS work;                       \
        Py_END_ALLOW_THREADS end_threads();                \
    } while (0)

/* What Python calls, file by file. */
extern PyMethodDef thread_methods[], frame_methods[], matching_methods[],
    measuring_methods[];

#endif
