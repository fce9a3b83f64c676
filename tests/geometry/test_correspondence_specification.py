"""The number of the correspondence specification: no rule changes while it stays.

Nodes are the same to the last unit on every machine. OpenCV's flow alone differs
between its releases and between processors, by a few pixels at single nodes, so that
there meshes are held to the middle of the differences.
"""

import functools
import json
import re

import numpy as np
import pytest
from repository import DOCS, load

from morphkit.geometry.correspondence import CORRESPONDENCE_SPECIFICATION

golden = load("tests/golden/correspondence/meshes.py")
NODES = json.loads(golden.GOLDEN.read_text("utf-8"))
PRESENT = NODES[str(CORRESPONDENCE_SPECIFICATION)]["meshes"]
MADE_WITH = NODES[str(CORRESPONDENCE_SPECIFICATION)]["made_with"]
#: Units of 1/256 px that half of the nodes may differ by, found by OpenCV elsewhere.
MIDDLE = 32

CHANGED = """
{name}: nodes are not those of CORRESPONDENCE_SPECIFICATION {number}, {told}.
If that is a mistake, mend it. If it is meant:
1. raise CORRESPONDENCE_SPECIFICATION in
   morphkit/geometry/correspondence/frozen_mesh.py;
2. say what changes under "Changes pixels" in CHANGELOG.md;
3. run: python tests/golden/correspondence/meshes.py
"""


@functools.cache
def meshes():
    """Return every mesh by its name, each with whether OpenCV has a say in it."""
    return {name: (by_opencv, mesh) for name, by_opencv, mesh in golden.meshes()}


@pytest.mark.parametrize("name", PRESENT)
def test_nodes_move_only_with_their_number(name):
    by_opencv, mesh = meshes()[name]
    elsewhere = by_opencv and golden.dense_software() != MADE_WITH
    found, wanted = golden.nodes_of(mesh), PRESENT.get(name, [])
    told = "of another kind"
    same = [*map(len, found)] == [*map(len, wanted)]
    if same:
        parts = zip(found, wanted, strict=True)
        apart = np.concatenate([np.abs(np.subtract(a, b)) for a, b in parts])
        told = f"by up to {apart.max()} units, {np.median(apart)} in the middle"
        same = np.median(apart) <= MIDDLE if elsewhere else apart.max() == 0
    assert same, CHANGED.format(
        name=name, number=CORRESPONDENCE_SPECIFICATION, told=told
    )


def test_the_present_number_is_the_last_one():
    numbers = sorted(map(int, NODES))
    assert numbers == [*range(1, CORRESPONDENCE_SPECIFICATION + 1)]
    assert set(PRESENT) == set(meshes())
    text = (DOCS / "correspondence_specification.md").read_text("utf-8")
    told = [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert told == numbers
