"""Commands that are killed and given again end as if nothing had been."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("needs a system that can fork", allow_module_level=True)

import kill_scenarios
import killing
from small_study import command, environment, sums

import morphkit as mk
from morphkit._core.locks import lock_file, read_note
from morphkit.pipeline import demo

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

#: A second each, or less.
QUICK = ("export again", "report")
NAMES = (
    *("build", "build again", "morph", "init", "demo", "landmarks detect"),
    *("filmstrip", "compare", "landmarks convert"),
    *("prototype", "symmetrise", "export", "export again"),
    *("publish", "report", "design", "simulate", "fit", "scale", "norms", "respace"),
    "answers",
)
#: What writes in the same ways as these: killed at fewer points.
ALIKE = (
    *("landmarks propagate", "transform", "export points", "report answers"),
    *("course", "allocate", "balance", "training", "labels", "attention"),
    *("discriminate", "wording"),
)
#: Takes seconds of the processor: killed by ``benchmarks/kills.py`` alone.
LONG = ("landmarks train",)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patch:
        # What makes the demo small is undone after this module.
        patch.setattr(demo, "demo_recipe", demo.demo_recipe)
        kill_scenarios.make_base(folder)
        yield folder


def check(name: str, base: Path, place: Path, n_points: int) -> None:
    scenario = kill_scenarios.scenarios(base)[name]
    n_events = killing.count_events(scenario, place)
    wanted = killing.tree(place)
    assert len(wanted) > 1
    points = killing.points_of(n_events, n_points)
    found = killing.kill_and_rerun(scenario, place, points, wanted)
    assert found.faults == []
    assert found.kills == len(points) == found.completed + found.told_done


def test_every_scenario_is_tested(base: Path) -> None:
    assert set(kill_scenarios.scenarios(base)) == {*NAMES, *ALIKE, *LONG}
    assert set(NAMES) >= set(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_a_killed_command_is_given_again(name: str, base: Path, tmp_path: Path) -> None:
    check(name, base, tmp_path / "place", 3)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in QUICK])
def test_any_killed_command_is_given_again(
    name: str, base: Path, tmp_path: Path
) -> None:
    check(name, base, tmp_path / "place", 7)


@pytest.mark.parametrize("name", ALIKE)
def test_a_command_that_writes_alike_is_given_again(
    name: str, base: Path, tmp_path: Path
) -> None:
    check(name, base, tmp_path / "place", 3)


def started(recipe: Path, place: Path, *options: str) -> subprocess.Popen[str]:
    """Start the build of a recipe into a place."""
    return subprocess.Popen(
        command("build", recipe, "--output", place / "pack", "-q", *options),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped_while_it_writes(recipe: Path, place: Path) -> subprocess.Popen[str]:
    """Start a build and stop it while it holds its place, however fast it is."""
    build, lock = started(recipe, place), lock_file(place / "pack")
    while read_note(lock) is None:
        assert build.poll() is None, "it ended before it was seen at work"
        time.sleep(0.001)
    build.send_signal(signal.SIGSTOP)
    return build


@pytest.mark.parametrize("wait", [False, True], ids=["told", "waits"])
def test_two_builds_at_once_never_mix(base: Path, tmp_path: Path, wait: bool) -> None:
    place, alone = tmp_path / "place", tmp_path / "alone"
    recipes = [base / "study" / "study.toml", base / "study" / "grey.toml"]
    wanted = []
    for recipe in recipes:
        mk.build_pack(recipe, alone / recipe.stem)
        wanted.append(sums(alone / recipe.stem))
    first = stopped_while_it_writes(recipes[0], place)
    try:
        second = started(recipes[1], place, *(["--wait"] if wait else []))
        if not wait:
            assert "is being written by process" in second.communicate()[1]
            assert second.returncode == 3
    finally:
        first.send_signal(signal.SIGCONT)
    text = first.communicate()[1]
    assert first.returncode == 0, text
    if wait:
        text = second.communicate()[1]
        assert second.returncode == 0, text
    assert mk.verify_pack(place / "pack") == ()
    assert sums(place / "pack") == wanted[wait]
    assert {path.name for path in place.iterdir()} == {"pack", ".pack.store"}
