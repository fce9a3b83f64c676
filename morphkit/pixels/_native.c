/* The module morphkit.pixels._native. Its functions are in _python_*.c, which check what
 * they are given; the work is done by _native_*.c, which know nothing of Python. */
#include "_python.h"

static int add_functions(PyObject *module) {
    PyMethodDef *parts[] = {thread_methods, frame_methods, matching_methods,
                            measuring_methods};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (PyModule_AddFunctions(module, parts[k]) < 0) return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)add_functions}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "morphkit.pixels._native",
    .m_doc = "The pixel specification in C: the same bits as the NumPy modules.",
    .m_size = 0,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__native(void) {
    return PyModuleDef_Init(&definition);
}
