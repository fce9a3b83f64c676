"""Reference numbers that are not part of the repository."""

import json
from typing import Any

import pytest
from repository import SHARED

FOLDER = SHARED / "reference"


def load(name: str) -> Any:
    """Return a file of reference numbers; skip the test where it is not here."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"the reference numbers (../shared/reference/{name}) are not here")
    return json.loads(path.read_text("utf-8"))
