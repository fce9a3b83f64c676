"""The number of threads of a library for linear algebra changes no byte of a file."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from small_study import environment, write_study

from morphkit._core.files import sha256_of

pytestmark = pytest.mark.slow

VARIABLES = (
    *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
)
HIERARCHICAL = ("fitted_categorisation/fit.json", "fitted_categorisation/pooled.csv")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?")
#: Everything that measures or fits, in one process: a pack, and fits to answers.
SCRIPT = """
import sys
from pathlib import Path
import morphkit as mk

recipe, folder = sys.argv[1], Path(sys.argv[2])
pack = folder / "pack"
mk.build_pack(recipe, pack)
# Few bootstrap samples: each is drawn and fitted in the same way.
for design, fit, options in (
    ("mlds", mk.fit_difference_scales, {"samples": 200}),
    ("categorisation", mk.fit_psychometric_functions, {"samples": 200}),
    ("rating", mk.summarise_ratings, {}),
):
    plan = mk.design_study(pack, design).design
    answers = mk.simulate_answers(plan, pack, n_participants=12, seed=3)
    mk.write_answers(folder / f"{design}.csv", answers)
    fit(answers, pack, **options).write(folder / f"fitted_{design}")
mk.report_pack(pack, folder / "page.html", answers=[folder / "categorisation.csv"])
"""


def made(tmp_path, name, settings):
    """Return the hash of every file that a process of its own writes."""
    recipe = write_study(tmp_path / name / "study")
    folder = tmp_path / name / "made"
    folder.mkdir()
    command = [sys.executable, "-c", SCRIPT, str(recipe), str(folder)]
    subprocess.run(command, env=environment(settings), check=True)
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not is_hidden(path.relative_to(folder))
    }


def numbers_of(path):
    """Return a text with its numbers taken out, and the numbers."""
    text = path.read_text("utf-8")
    return NUMBER.sub("#", text), [float(one) for one in NUMBER.findall(text)]


def is_hidden(path):
    """Return whether a path is of what a build keeps for the next one."""
    return any(part.startswith(".") for part in path.parts)


def test_threads_and_processors_change_no_byte(tmp_path):
    """Other kernels stand for other processors; they sum in another order too.

    Bands of difference scales turn with signs of eigenvectors, which kernels choose;
    the search of the hierarchical fit ends in another place of a flat top.
    """
    alone = dict.fromkeys(VARIABLES, "1")
    expected = made(tmp_path, "one", alone)
    names = {"pack/checks.json", "pack/SHA256SUMS", "pack/report.html", "page.html"}
    assert names <= set(expected)
    assert "fitted_mlds/scale.json" in expected
    assert "fitted_categorisation/fit.json" in expected

    def alike(path, name):
        (text, one), (other, two) = (
            numbers_of(tmp_path / folder / "made" / path) for folder in ("one", name)
        )
        return text == other and np.allclose(one, two, rtol=1e-3, atol=1e-3)

    for name, other in (
        ("two", dict.fromkeys(VARIABLES, "2")),
        ("four", dict.fromkeys(VARIABLES, "4")),
        ("kernel", alone | {"OPENBLAS_CORETYPE": "Prescott"}),
    ):
        found = made(tmp_path, name, other)
        changed = [
            path
            for path in expected
            if found.get(path) != expected[path]
            and not (name == "kernel" and path.startswith("fitted_mlds/"))
            and not (name == "kernel" and path in HIERARCHICAL and alike(path, name))
        ]
        assert not changed, f"{name}: {json.dumps(changed)} {os.cpu_count()}"
        assert found.keys() == expected.keys()
