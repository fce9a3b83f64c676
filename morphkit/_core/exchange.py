"""Two folders exchange their places in one step, where the system can do so.

Linux has ``renameat2`` (not on every kind of drive), macOS ``renamex_np`` (APFS).
Windows has nothing of the kind.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

#: Of both systems: the two names are exchanged.
_EXCHANGE = 2
#: Linux: paths are relative to the working directory.
_AT_FDCWD = -100


def exchange(one: Path, other: Path) -> bool:
    """Exchange two paths; False, and nothing happens, where this cannot be done."""
    call = _system_call()
    if call is None:
        return False
    first, second = os.fsencode(one.absolute()), os.fsencode(other.absolute())
    if sys.platform == "darwin":
        return bool(call(first, second, _EXCHANGE) == 0)
    return bool(call(_AT_FDCWD, first, _AT_FDCWD, second, _EXCHANGE) == 0)


@cache
def _system_call() -> Any:
    """Return the function of the system; None if it has none."""
    name = {"linux": "renameat2", "darwin": "renamex_np"}.get(sys.platform)
    if name is None:
        return None
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
    path, flags = ctypes.c_char_p, ctypes.c_uint
    function.argtypes = (
        [path, path, flags]
        if sys.platform == "darwin"
        else [ctypes.c_int, path, ctypes.c_int, path, flags]
    )
    function.restype = ctypes.c_int
    return function
