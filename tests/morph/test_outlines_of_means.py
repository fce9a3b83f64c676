"""Outlines of heads are looked for in means of several people, unless asked for."""

import dataclasses

import numpy as np
import pytest

from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.morph.prototype import prototype
from morphkit.morph.settings import MorphSettings
from morphkit.morph.symmetrise import symmetrise
from morphkit.morph.transform import transform
from morphkit.pipeline.continuum import continuum

#: Without eyes, which is told wherever outlines are looked for.
SPOTS = Template("spots", tuple("abcd"), mirror=(1, 0, 2, 3))
POINTS = np.array([[20.0, 18], [70, 21], [45, 40], [47, 61]])
PLAIN = MorphSettings(align="none", refine="none")


def face(code: int) -> Face:
    return Face(np.full((80, 96, 3), code, np.uint8), Landmarks(SPOTS, POINTS))


FACES = [face(code) for code in (90, 120, 150)]
MAKERS = {
    "prototype": lambda how: prototype(FACES, settings=how),
    "symmetrise": lambda how: symmetrise(FACES[0], settings=how),
    "transform": lambda how: transform(FACES[0], FACES[:2], FACES[1:], settings=how),
    "halfway": lambda how: transform(
        *(FACES[0], FACES[:1], FACES[1:2]), shape=0.5, region="everywhere", settings=how
    ),
    "continuum": lambda how: continuum(*FACES[:2], 3, settings=how),
}


@pytest.mark.parametrize("verb", MAKERS)
def test_who_has_outlines(verb):
    def told(outline: str) -> list[str]:
        how = dataclasses.replace(PLAIN, outline=outline)
        found = MAKERS[verb](how).findings
        return [f.severity for f in found if f.code == "outline-unsure"]

    assert told("auto") == (["note"] if verb == "prototype" else [])
    assert told("grabcut") == ["warning"]
    assert told("none") == []
