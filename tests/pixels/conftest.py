"""The C extension, as it is installed and once more with its plain path."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from repository import ROOT


@pytest.fixture(scope="session")
def native():
    """The C extension as it is installed."""
    return pytest.importorskip(
        "morphkit.pixels._native", reason="the C extension is not built"
    )


@cache  # once for both test files that use it
def plain_build():
    """The C extension built without SSE2 and NEON, or None."""
    folder = Path(tempfile.mkdtemp(prefix="morphkit_scalar_"))
    command = [sys.executable, "setup.py", "-q", "build_ext", "-D", "MORPHKIT_SCALAR"]
    places = ["--build-lib", str(folder), "--build-temp", str(folder / "temp")]
    try:
        subprocess.run(
            [*command, *places],
            cwd=ROOT,
            env={**os.environ, "CFLAGS": "-O1"},  # soon done; the bits are the same
            capture_output=True,
            check=False,
        )
        built = [*folder.glob("morphkit/pixels/_native*")]
        if not built:
            return None
        found = importlib.util.spec_from_file_location("scalar._native", built[0])
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        module.use_threads(3, 1)
        return module
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def scalar():
    """The C extension once more, with its plain path, in three threads."""
    module = plain_build()
    if module is None:
        pytest.skip("no C compiler (or setuptools) to build the plain C path with")
    return module
