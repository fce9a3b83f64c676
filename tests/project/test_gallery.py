"""The gallery: every example runs, makes its picture, and is what the page shows."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from repository import DOCS, load

gallery = load("docs/gallery/make_pictures.py")

#: Code values, 0 to 255, by which a pixel of a picture shrunk to a quarter may differ,
#: and the share of pixels that may differ by more. Fonts and encoders vary a little
#: from version to version: labels may move, curves and faces may not.
CODES, SHARE = 16, 0.01


def difference(first: Path, second: Path) -> float:
    """Return the share of pixels that differ; 1 where the sizes do."""
    pictures = [Image.open(path).convert("RGB") for path in (first, second)]
    if pictures[0].size != pictures[1].size:
        return 1.0
    size = tuple(side // 4 for side in pictures[0].size)
    a, b = (np.asarray(p.resize(size, Image.Resampling.BOX), float) for p in pictures)
    return float((np.abs(a - b).max(axis=2) > CODES).mean())


def test_the_page_shows_every_example_as_it_is():
    """``python docs/gallery/make_pictures.py`` writes it."""
    assert (DOCS / "gallery.md").read_text("utf-8") == gallery.page()
    files = {path.stem for path in (DOCS / "gallery").glob("*.py")}
    assert files - {"make_pictures"} == set(gallery.EXAMPLES)
    assert {path.stem for path in gallery.PICTURES.iterdir()} == set(gallery.EXAMPLES)


@pytest.mark.parametrize("name", gallery.EXAMPLES)
def test_examples_are_short_and_their_pictures_small(name):
    lines = (DOCS / "gallery" / f"{name}.py").read_text("utf-8").splitlines()
    assert len(lines) < 40
    assert gallery.picture_of(name).stat().st_size < 150_000


@pytest.mark.slow
@pytest.mark.parametrize("name", gallery.EXAMPLES)
def test_an_example_makes_its_picture(name, tmp_path):
    picture = gallery.make(name, tmp_path)
    assert [*tmp_path.iterdir()] == [picture]
    assert difference(picture, gallery.picture_of(name)) <= SHARE


def test_the_comparison_tells_pictures_apart(tmp_path):
    """A strip whose frames stand in reverse order, and a plot with another curve."""
    strip = np.asarray(Image.open(gallery.picture_of("strip")))
    frames = np.split(strip, 7, axis=1)
    Image.fromarray(np.concatenate(frames[::-1], axis=1)).save(tmp_path / "other.png")
    assert difference(tmp_path / "other.png", gallery.picture_of("strip")) > SHARE
    plots = [gallery.picture_of(name) for name in ("spacing", "psychometric")]
    shapes = [np.asarray(Image.open(path).convert("RGB")).shape for path in plots]
    assert shapes[0] == shapes[1]
    assert difference(*plots) > SHARE
