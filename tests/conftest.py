"""Fixtures that several test files use."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of photographs and templates that is not part of the repository."""
    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder (../shared/data) is not here")
    return folder.resolve()
