"""Choice between the C extension and the NumPy implementation of the specification.

Both give the same bits, so the choice is one of speed only. The environment variable
``MORPHKIT_PIXELS`` forces it: ``c`` or ``numpy``.
"""

import importlib
import os
import warnings
from functools import cache
from types import ModuleType

from morphkit.errors import InputError, MorphkitError

VARIABLE = "MORPHKIT_PIXELS"


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
        return importlib.import_module("morphkit.pixels._native")
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
