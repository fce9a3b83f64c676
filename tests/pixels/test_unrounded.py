"""Frames before they are rounded: the same as those that are, bit for bit."""

import numpy as np
import pytest
import small_evidence as small

from morphkit.morph.frame import (
    prepare_sources,
    render_codes,
    render_deep,
    render_frame,
    render_mixed,
    render_unrounded,
    render_with_samples,
)
from morphkit.morph.integer_weights import integer_weights
from morphkit.morph.settings import Rendering
from morphkit.pixels.spec import code_table, encode_table

RNG = np.random.default_rng(12)
PHOTOS = [
    RNG.integers(0, 256, (small.SIZE[1], small.SIZE[0], 3), dtype=np.uint8)
    for _ in range(2)
]
MESH = small.correspondence(
    frame_nodes=np.array([small.units(small.MESH.nodes), small.pushed(50, 40, (4, 3))])
)


@pytest.mark.parametrize("implementation", ["c", "numpy"])
@pytest.mark.parametrize("detail", ["plain", "level"])
@pytest.mark.parametrize("blend", ["linear", "srgb"])
def test_rounded_they_are_the_frames(implementation, detail, blend, monkeypatch):
    if implementation == "c":
        pytest.importorskip("morphkit.pixels._native")
    monkeypatch.setenv("MORPHKIT_PIXELS", implementation)
    how = Rendering(detail=detail, blend=blend)
    sources = prepare_sources(MESH, PHOTOS, how)
    for level in (0.0, 0.3, 1.0, 1.4):
        frame = render_frame(MESH, sources, level, how)
        codes = render_codes(MESH, sources, (integer_weights(level),) * 3, how)
        assert (np.rint(255 * codes) == frame).all()
        if level == 0.3:
            assert len(np.unique(codes)) > 1000  # and they are not rounded


def test_texture_of_its_own_is_not_rounded_either():
    how = Rendering(detail="level")
    sources = prepare_sources(MESH, PHOTOS, how)
    shares = ((8192, 8192), (8192, 8192), (16384, 0))
    codes = render_codes(MESH, sources, shares, how)
    frame = render_mixed(MESH, sources, shares, how)
    assert (np.rint(255 * codes) == frame).all()


@pytest.mark.parametrize("scale", ["light", "code"])
def test_codes_are_what_is_rounded(scale):
    codes = code_table(scale)
    assert (np.rint(255 * codes) == encode_table(scale)).all()
    assert (codes[0], codes[-1]) == pytest.approx((0, 1))
    assert codes.max() <= 1
    assert (np.diff(codes) > 0).all()


@pytest.mark.parametrize("implementation", ["c", "numpy"])
@pytest.mark.parametrize("detail", ["plain", "level"])
@pytest.mark.parametrize("colour", [(16384, 0), (9000, 7384)])
@pytest.mark.parametrize("texture", ["that of the colour", "of its own"])
def test_drawn_once_they_are_the_same(
    implementation, detail, colour, texture, monkeypatch
):
    if implementation == "c":
        pytest.importorskip("morphkit.pixels._native")
    monkeypatch.setenv("MORPHKIT_PIXELS", implementation)
    how = Rendering(detail=detail, blend="srgb")
    sources = prepare_sources(MESH, PHOTOS, how)
    shares = ((8192, 8192), colour, colour if texture[0] == "t" else (12000, 4384))
    frame, samples = render_with_samples(MESH, sources, shares, how)
    assert (frame == render_mixed(MESH, sources, shares, how)).all()
    assert (samples == render_unrounded(MESH, sources, shares, how)).all()
    assert samples.dtype == np.int16
    deep, same = render_with_samples(MESH, sources, shares, how, deep=True)
    assert (deep == render_deep(MESH, sources, shares, how)).all()
    assert (same == samples).all()
