"""Fixtures that several test files use."""

import os
from pathlib import Path

# Before NumPy is loaded: matrices are small, and test workers share the processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of photographs and templates that is not part of the repository."""
    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder (../shared/data) is not here")
    return folder.resolve()
