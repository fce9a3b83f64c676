"""Choice between the C extension and the NumPy implementation of the specification.

Both give the same bits, so the choice is one of speed only. The environment variable
``MORPHKIT_PIXELS`` forces it: ``c`` or ``numpy``. The extension draws a frame and
writes a file in several threads, which change no bit; ``MORPHKIT_THREADS`` limits them.
"""

import importlib
import os
import warnings
from functools import cache
from types import ModuleType

from morphkit.errors import InputError, MorphkitError

VARIABLE = "MORPHKIT_PIXELS"
THREADS = "MORPHKIT_THREADS"


class NativeMissingError(MorphkitError, ImportError):
    """The C extension was requested but cannot be imported."""


class FallbackWarning(UserWarning):
    """The C extension is missing: results are the same but take much longer."""


def implementation() -> str:
    """Return which implementation renders and writes pixels: "c" or "numpy".

    Raises
    ------
    InputError
        If ``MORPHKIT_PIXELS`` is set to anything but "c", "numpy" or nothing.
    NativeMissingError
        If ``MORPHKIT_PIXELS`` is "c" and the extension is not installed.

    Warns
    -----
    FallbackWarning
        Once, if the extension is missing and NumPy was not requested.
    """
    return "numpy" if native() is None else "c"


def native() -> ModuleType | None:
    """Return the C extension, or None to use the NumPy implementation."""
    return _select(os.environ.get(VARIABLE, ""))


@cache
def _select(wish: str) -> ModuleType | None:
    """Return the extension for a value of the environment variable."""
    if wish not in ("", "c", "numpy"):
        raise InputError(
            f"unknown implementation {wish!r}",
            where=VARIABLE,
            allowed='allowed are "c" and "numpy"',
            remedy="correct or unset the variable",
        )
    if wish == "numpy":
        return None
    try:
        extension = importlib.import_module("morphkit.pixels._native")
        extension.use_threads(allowed_threads())
        return extension
    except ImportError as error:
        if wish == "c":
            raise NativeMissingError(
                f"{VARIABLE}: the C extension cannot be imported ({error}); install "
                "morphkit where a C compiler or a wheel is available, or unset the "
                "variable"
            ) from error
        warnings.warn(
            "morphkit.pixels: the C extension is not installed, so the NumPy "
            "implementation is used; pixels are the same but take some twenty times "
            "longer; install morphkit where a C compiler or a wheel is available, or "
            f"set {VARIABLE}=numpy to accept this",
            FallbackWarning,
            stacklevel=3,
        )
        return None


def allowed_threads() -> int:
    """Return how many threads the extension may use, 1 or more.

    That is ``MORPHKIT_THREADS``, or else ``OMP_NUM_THREADS``, or else the number of
    processors that this process may use. Calls at the same time, as those of a build
    with ``--jobs``, share them.

    Raises
    ------
    InputError
        If ``MORPHKIT_THREADS`` is set to anything but a number from 1 on, or nothing.
    """
    wish = os.environ.get(THREADS, "")
    if wish and not (wish.isdecimal() and 1 <= int(wish) <= 1024):
        raise InputError(
            f"{wish!r} threads",
            where=THREADS,
            allowed="a number from 1 to 1024",
            remedy="correct or unset the variable",
        )
    common = os.environ.get("OMP_NUM_THREADS", "")
    for text in (wish, common):
        if text.isdecimal() and int(text):
            return min(int(text), 1024)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
