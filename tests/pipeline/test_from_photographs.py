"""From photographs and landmark files every byte of a pack is the same everywhere.

A small version of ``benchmarks/from_photographs.py``: one infant, and everything that
can be switched off in one process.
"""

import sys

import pytest
from repository import load

from morphkit.pixels.backend import native

pytestmark = pytest.mark.slow

benchmark = load("benchmarks/from_photographs.py")
#: Configurations of the benchmark that are set together.
TOGETHER = (
    "NumPy implementation",
    "OpenCV without AVX2, FMA3",
    "NumPy dispatch off",
    "BLAS core Prescott",
    "2 threads",
)


def test_other_processors_and_code_change_no_byte(tmp_path):
    study = tmp_path / "study"
    benchmark.prepare(study, [], side=96, shipped=["maja"])
    known = benchmark.bit_exactness.CONFIGURATIONS
    settings = {k: v for name in TOGETHER for k, v in known[name].items()}
    plain = {"MORPHKIT_PIXELS": "c"} if native() else {}
    here = benchmark.run(sys.executable, study, plain)
    other = benchmark.run(sys.executable, study, settings)
    assert benchmark.differing(other, here) == []
    assert benchmark.moved(other, here) == 0
    assert len(here["sums"]) > 10
    if "avx2" in here["processor"]:  # else there is little to switch off
        changed = {k for k, v in other["canaries"].items() if v != here["canaries"][k]}
        assert {"LAPACK", "float32 exp", "DIS"} <= changed
