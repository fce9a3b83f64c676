"""The numbers of the specifications: no pixel changes while its number stays."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from repository import ROOT

from morphkit.pixels import spec
from morphkit.pixels.backend import VARIABLE

SCENES = ROOT / "tests" / "golden" / "pixels" / "scenes.py"

CHANGED = """
{n} of {total} golden scenes have other pixels than PIXEL_SPECIFICATION {number}:
{names}
If that is a mistake, mend it. If it is meant, published stimuli change:
1. raise PIXEL_SPECIFICATION in morphkit/pixels/spec.py;
2. state the new rule, and what was before, in docs/pixel_specification.md;
3. say what changes under "Changes pixels" in CHANGELOG.md;
4. run: python tests/golden/pixels/scenes.py
"""


def load(path: Path):
    found = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


scenes = load(SCENES)
GOLDEN = json.loads(scenes.GOLDEN.read_text("utf-8"))


@pytest.mark.parametrize("engine", ["c", "numpy"])
def test_pixels_change_only_with_their_number(engine, monkeypatch):
    if engine == "c":
        pytest.importorskip("morphkit.pixels._native")
    monkeypatch.setenv(VARIABLE, engine)
    found = scenes.hashes()
    golden = GOLDEN.get(str(spec.PIXEL_SPECIFICATION), {})
    changed = [name for name in found if found[name] != golden.get(name)]
    assert not changed, CHANGED.format(
        n=len(changed),
        total=len(found),
        number=spec.PIXEL_SPECIFICATION,
        names="\n".join(f"  {name}" for name in changed),
    )
    assert set(golden) == set(found), "a scene was left out; its hash stands still"


def test_the_present_number_is_the_last_one():
    assert max(map(int, GOLDEN)) == spec.PIXEL_SPECIFICATION
    assert sorted(map(int, GOLDEN)) == [*range(1, spec.PIXEL_SPECIFICATION + 1)]


def test_every_number_changed_something():
    tables = [json.dumps(table, sort_keys=True) for table in GOLDEN.values()]
    assert len(set(tables)) == len(tables)


def test_scenes_differ_from_each_other():
    """A scene that shows nothing of its own would hold nothing."""
    table = GOLDEN[str(spec.PIXEL_SPECIFICATION)]
    equal = {name for name in table if [*table.values()].count(table[name]) > 1}
    # At the ends and beyond them detail is plain; shade is of linear light alone.
    plain = {
        f"{s} {d} {t}"
        for s in spec.SCALES
        for d in ("plain", "level")
        for t in ("0.0", "1.0", "1.4")
    }
    shade = {name for name in table if re.fullmatch(r"opening \w+ \S+ code", name)}
    assert equal <= plain | shade


def test_the_documents_name_the_number():
    text = (ROOT / "docs" / "pixel_specification.md").read_text("utf-8")
    assert f"specification number **{spec.PIXEL_SPECIFICATION}**" in text
