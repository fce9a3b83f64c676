"""Commands that are killed and given again end as if nothing had been."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("needs a system that can fork", allow_module_level=True)

import kill_scenarios
import killing
from small_study import command, environment, sums

import morphkit as mk
from morphkit.pipeline import demo

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

#: A second each, or less.
QUICK = ("export again", "report")
NAMES = (
    *("build", "build again", "morph", "init", "demo", "landmarks detect"),
    *("landmarks propagate", "filmstrip"),
    *("landmarks convert", "prototype", "symmetrise", "export", "export again"),
    *("publish", "report", "design", "simulate", "fit", "scale", "norms", "respace"),
    "answers",
)


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
    assert set(kill_scenarios.scenarios(base)) == set(NAMES) >= set(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_a_killed_command_is_given_again(name: str, base: Path, tmp_path: Path) -> None:
    check(name, base, tmp_path / "place", 3)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in QUICK])
def test_any_killed_command_is_given_again(
    name: str, base: Path, tmp_path: Path
) -> None:
    check(name, base, tmp_path / "place", 7)


def test_two_builds_at_once_never_mix(base: Path, tmp_path: Path) -> None:
    study, alone = base / "study", tmp_path / "alone"
    recipes = [study / "study.toml", study / "grey.toml"]
    wanted = set()
    for recipe in recipes:
        mk.build_pack(recipe, alone / recipe.stem)
        wanted.add(sums(alone / recipe.stem))
    for wait in ([], ["--wait"]):
        place = tmp_path / f"place{len(wait)}"
        running = [
            subprocess.Popen(
                command("build", recipe, "--output", place / "pack", "-q", *wait),
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for recipe in recipes
        ]
        texts = "".join(process.communicate()[1] for process in running)
        codes = sorted(process.returncode for process in running)
        assert codes == ([0, 0] if wait else [0, 3]), texts
        assert ("is being written by process" in texts) == (not wait)
        assert mk.verify_pack(place / "pack") == ()
        assert sums(place / "pack") in wanted
        assert {path.name for path in place.iterdir()} == {"pack", ".pack.store"}
        shutil.rmtree(place)
