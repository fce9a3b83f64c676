"""Numbers that other programs gave, and where they come from.

Those in golden/numbers are part of the repository: scripts beside them make them with
programs that are trusted. Where a folder of further numbers lies beside the repository,
tests compare with these too.
"""

import json
from pathlib import Path
from typing import Any

from repository import GOLDEN, SHARED

OWN = GOLDEN / "numbers"
FURTHER = SHARED / "reference"


def sources(own: str, further: str) -> list[Path]:
    """Return the files of reference numbers that are here, the repository's first."""
    more = FURTHER / further
    return [OWN / own, *([more] if more.is_file() else [])]


def load(path: Path) -> Any:
    """Return the numbers of a file."""
    return json.loads(path.read_text("utf-8"))
