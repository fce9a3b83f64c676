"""The working directory of examples in docstrings: the files of a small study.

An example that names ``pack``, ``study.toml`` or ``answers.csv`` finds them, as a
reader would have them after the first steps of ``docs/python_api.md``.
"""

from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem

import morphkit as mk

RECIPE = """\
schema = 1

[pack]
name = "pilot"

[identities.maja]
consent_basis = "synthetic"
may_morph = true
may_redistribute = true

[align]
method = "two_point"
width = 96
height = 96

[checks]
measures = ["mean_difference_frame256"]

[[continua]]
from = "happy"
to = "distressed"
steps = 7
"""
#: Design -> the table of answers to it.
ANSWERS = {
    "categorisation": "answers.csv",
    "mlds": "triads.csv",
    "rating": "ratings.csv",
    "same_different": "pairs.csv",
}


def fill(folder: Path) -> None:
    """Write the files that examples name."""
    (folder / "study.toml").write_text(RECIPE, "utf-8")
    pack = folder / "pack"
    mk.build_pack(folder / "study.toml", pack, root=mk.shipped_faces())
    for kind, table in ANSWERS.items():
        plan = mk.design_study(pack, kind, n_participants=6, repeats=20)
        plan.write(folder / f"plan_{kind}")
        answers = mk.simulate_answers(plan.design, pack, n_participants=6)
        mk.write_answers(folder / table, answers)
    mk.plan_course(
        pack, arms=["raised=1", "control=0"], n_sessions=2, follow_ups=[2]
    ).write(folder / "course")
    scales = mk.fit_difference_scales(
        mk.read_answers(folder / "triads.csv"), pack, samples=100
    )
    scales.write(folder / "scale")


@pytest.fixture(scope="session")
def folder_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that examples name."""
    folder = tmp_path_factory.mktemp("examples")
    fill(folder)
    return folder


def is_of_the_front_door(test: pytest.Item) -> bool:
    """Return whether a test is an example that may name files of that folder."""
    return isinstance(test, DoctestItem) and any(
        "import morphkit as mk" in example.source for example in test.dtest.examples
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark examples of the front door as slow: they need that folder."""
    for item in filter(is_of_the_front_door, items):
        item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def examples_in_their_folder(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run an example of the front door in that folder."""
    if is_of_the_front_door(request.node):
        monkeypatch.chdir(request.getfixturevalue("folder_of_examples"))
