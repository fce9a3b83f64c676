"""Which morphkit is tested, and fixtures that several test files use.

With ``MORPHKIT_REQUIRE_NATIVE=1`` a missing C extension is a failure. Without it, the
NumPy implementation is tested where there is no extension.
"""

import importlib
import os
from pathlib import Path
from typing import Any

# Before NumPy is loaded: matrices are small, and test workers share the processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from repository import PACKAGE, SHARED

#: Scripts that make golden files need programs that tests do not.
collect_ignore_glob = ["golden/*"]


def pytest_configure() -> None:
    """Look for the C extension once, before any test.

    Raises
    ------
    pytest.UsageError
        If it is required and cannot be imported.
    """
    try:
        importlib.import_module("morphkit.pixels._native")
    except ImportError as error:
        if os.environ.get("MORPHKIT_REQUIRE_NATIVE") == "1":
            raise pytest.UsageError(
                "the C extension is required (MORPHKIT_REQUIRE_NATIVE=1) and cannot "
                f"be imported from {PACKAGE}: {error}"
            ) from error
        os.environ.setdefault("MORPHKIT_PIXELS", "numpy")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give every worker files as a whole, so that it makes what they share once."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of photographs and templates that is not part of the repository."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("photographs and landmarks of people (../shared/data) are not here")
    return folder
