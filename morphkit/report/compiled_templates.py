"""Templates of pages as bytecode, kept where Python keeps that of modules.

Compiling the templates of a report takes longer than filling them in. What was compiled
lies in ``__pycache__`` beside them, as Python's own files do: written where that is
possible and not forbidden (``PYTHONDONTWRITEBYTECODE``, ``PYTHONPYCACHEPREFIX``), never
needed, and compiled anew if a template, `morphkit.report.page`, Python or Jinja is
another.
"""

import contextlib
import marshal
import sys
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from morphkit._core.files import write_bytes_atomically
from morphkit.errors import OutputError

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

_FOLDER = Path(__file__).parent


class CompiledTemplates(jinja2.BytecodeCache):
    """Compiled templates of this package."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name of a template, by which it is kept."""
        del filename
        return name

    def get_source_checksum(self, source: str) -> str:
        """Return a hash of everything that decides what a template is compiled to."""
        page = _FOLDER.joinpath("page.py").read_bytes()
        parts = MAGIC_NUMBER, jinja2.__version__.encode(), page, source.encode()
        return sha256(b"\0".join(parts)).hexdigest()

    def load_bytecode(self, bucket: "Bucket") -> None:
        """Take a template that was compiled earlier, if it is there and whole."""
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            checksum, _, code = _place(bucket).read_bytes().partition(b"\n")
            if checksum == bucket.checksum.encode():
                bucket.code = marshal.loads(code)

    def dump_bytecode(self, bucket: "Bucket") -> None:
        """Keep a compiled template where that is possible."""
        if sys.dont_write_bytecode or bucket.code is None:
            return
        place = _place(bucket)
        data = bucket.checksum.encode() + b"\n" + marshal.dumps(bucket.code)
        with contextlib.suppress(OSError, OutputError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_bytes_atomically(place, data, overwrite=True)


def _place(bucket: "Bucket") -> Path:
    """Return the file of a compiled template."""
    return Path(cache_from_source(str(_FOLDER / f"{bucket.key}.py")))
