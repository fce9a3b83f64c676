"""How often photographs are prepared: once for a continuum, where memory allows."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_evidence as small
from small_study import FIRST, IDENTITIES, LABELS, build_study, sums, write_study

from morphkit.morph.prepared_scenes import MAX_BYTES, PreparedScenes
from morphkit.morph.scene import Scene
from morphkit.morph.settings import Rendering
from morphkit.morph.trajectory import Trajectory
from morphkit.pipeline.reproduce import reproduce_pack

#: Packs are built, or photographs read, for nearly every test.
pytestmark = pytest.mark.slow

PAIR = {"from": LABELS[0], "to": LABELS[1], "steps": 3}
NAMES = [f"{identity}_{LABELS[0]}_{LABELS[1]}" for identity in IDENTITIES]


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """Return how often the photographs of every continuum were prepared, by name."""
    count: Counter = Counter()
    prepare = Scene.prepared

    def prepared(self, rendering):
        count[self.name] += 1
        return prepare(self, rendering)

    monkeypatch.setattr(Scene, "prepared", prepared)
    return count


def build(folder: Path, **parts: Any) -> Path:
    """Build a small study; return its pack."""
    parts = {"morph": {"refine": "none"}, "continua": [PAIR]} | parts
    build_study(write_study(folder, **parts), folder / "pack")
    return folder / "pack"


GREY = {"grey": True, "background": "mean"}
#: What depends on the set, and how often photographs are prepared for it. A match over
#: sources changes the photographs, which are then others.
PARTS: dict[str, tuple[dict[str, Any], int]] = {
    "nothing": ({}, 1),
    "background": ({"frame": {"background": "mean"}}, 1),
    "line": ({"match": {"method": "line"}}, 1),
    "frames": ({"match": {"method": "luminance", "over": "frames"}}, 1),
    "shine-sf": ({"match": {"method": "shine-sf"}, "frame": GREY}, 1),
    "sources": (
        {"match": {"method": "luminance"}, "frame": {"background": "mean"}},
        2,
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_photographs_are_prepared_once_a_continuum(name, counted, tmp_path):
    parts, times = PARTS[name]
    build(tmp_path, **parts)
    assert counted == dict.fromkeys(NAMES, times)


def test_it_is_so_for_reproducing(counted, tmp_path):
    pack = build(tmp_path, match={"method": "line"})
    counted.clear()
    assert reproduce_pack(pack, [tmp_path / "source_faces"]).holds
    # Once as frozen, once as learnt anew.
    assert counted == dict.fromkeys(NAMES, 2)


@pytest.mark.parametrize("method", ["line", "luminance"])
def test_memory_is_bounded_and_changes_nothing(method, counted, tmp_path, monkeypatch):
    parts = {"match": {"method": method}, "frame": {"background": "mean"}}
    plenty = sums(build(tmp_path / "plenty", **parts))
    first = Counter(counted)
    counted.clear()
    monkeypatch.setattr(PreparedScenes.__init__, "__defaults__", (0,))
    assert sums(build(tmp_path / "none", **parts)) == plenty
    assert all(counted[name] > first[name] for name in NAMES)


def small_scene(name: str) -> Scene:
    """Return a scene of two small photographs."""
    width, height = small.SIZE
    photos = [np.full((height, width, 3), k, np.uint8) for k in (50, 90)]
    return Scene(name, FIRST, small.correspondence(), photos, Trajectory.equal_steps(2))


def test_no_more_is_kept_than_fits():
    """Of three scenes two fit: those that came first, until they are taken."""
    a, b, c = (small_scene(name) for name in "abc")
    one = a.prepared(Rendering()).n_bytes
    assert one == 2 * (small.SIZE[0] + 3) * (small.SIZE[1] + 3) * 4 * 2
    held = PreparedScenes(Rendering(), int(2.5 * one))
    kept = [held.keep(each) for each in (a, b, c)]
    assert held.keep(a) is kept[0]
    assert held.keep(b) is kept[1]
    assert held.keep(c) is not kept[2]
    assert held.once(a) is not kept[0]
    assert held.take(a) is kept[0]
    assert held.take(a) is not kept[0]
    assert held.take(b) is kept[1]


def test_prepared_photographs_of_the_demo_fit():
    """24 photographs of 640 × 640 pixels."""
    assert MAX_BYTES > 24 * 643 * 643 * 4 * 2
