"""A good pack, its photographs, a design and answers, from which others come."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from make_good import make_good


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> SimpleNamespace:
    """A pack of two continua of three images, and what belongs to it."""
    return make_good(tmp_path_factory.mktemp("good"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder in which a stranger's pack lies beside what is not theirs."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours.png").write_bytes(b"ours")
    return tmp_path
