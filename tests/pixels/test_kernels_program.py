"""The program of the kernels alone knows all functions of the extension."""

import ast
import shutil
import sys

import numpy as np
import pytest
from repository import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from kernels import NAMES, Kernels, Recorder, compiled

pytestmark = pytest.mark.slow

sys.path.remove(str(ROOT / "tools"))


def test_every_function_of_the_extension_has_its_number():
    stub = ast.parse((ROOT / "morphkit/pixels/_native.pyi").read_text("utf-8"))
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert set(NAMES) == functions - {"use_threads"}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
def test_the_program_answers_as_the_extension(native, tmp_path):
    rng = np.random.default_rng(5)
    frame = rng.integers(0, 256, (31, 40, 3), dtype=np.uint8)
    rows = frame.reshape(31, -1)
    with (tmp_path / "calls").open("wb") as file:
        recorder = Recorder(native, file)
        kernels = Kernels([str(compiled(("gcc", "-O0"), tmp_path)), "2"])
        try:
            small = [np.zeros((9, 12, 3), np.uint8) for _ in range(2)]
            for engine, result in zip((recorder, kernels), small, strict=True):
                engine.reduce_area(frame, result)
            streams = [one.zlib_stream(rows, 3) for one in (recorder, kernels)]
        finally:
            kernels.close()
    np.testing.assert_array_equal(*small)
    assert small[0].any()
    assert streams[0] == streams[1]
    assert recorder.calls["zlib_stream"] == recorder.calls["reduce_area"] == 1
