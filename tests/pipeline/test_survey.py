"""What detectors find in photographs, without a trace."""

import json

import numpy as np
import pytest
from repository import SOURCE_FACES
from small_study import run

import morphkit as mk
from morphkit.errors import InputError, MissingExtraError
from morphkit.faces.detectors import DETECTORS, Detector, mesh
from morphkit.faces.formats import builtin_template
from morphkit.faces.images import write_png
from morphkit.faces.landmarks import Landmarks, Placement

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """Return two photographs with a face, one of two faces and one of none."""
    maja, nilo = (
        mk.read_photo(SOURCE_FACES / f"{name}_neutral.png").image[::2, ::2].copy()
        for name in ("maja", "nilo")
    )
    (tmp_path / "photos").mkdir()
    pictures = {"secret_maja": maja, "secret_nilo": nilo, "secret_both": [maja, nilo],
                "secret_wall": np.full((200, 200, 3), 90, np.uint8)}  # fmt: skip
    for name, picture in pictures.items():
        image = np.hstack(picture) if isinstance(picture, list) else picture
        write_png(tmp_path / f"photos/{name}.png", np.ascontiguousarray(image))
    return tmp_path / "photos"


def shifted(image):
    """Return the 68 points of the mesh, all two percent to the right."""
    template = builtin_template("ibug_68")
    found = []
    for face in mesh.find(image):
        points = DETECTORS["mesh"].way_to("ibug_68")(face.points)
        unit = np.hypot(*(points[45] - points[36])) / 100
        found.append(
            Landmarks(template, points + np.array([2 * unit, 0]), Placement("detector"))
        )
    return tuple(found)


def missing(image):
    raise MissingExtraError("detector rare", "rare")


@pytest.fixture
def others(monkeypatch):
    for name, find in (("shifted", shifted), ("rare", missing)):
        entry = Detector(find, "ibug_68", True, "for tests", "none")
        monkeypatch.setitem(DETECTORS, name, entry)


def test_faces_are_counted_and_distances_measured(folder, others):
    found = mk.survey_photos([folder], detectors=["mesh", "shifted"])
    assert found.n_photos == 4
    for one in found.found:
        assert (one.one, one.several, one.none) == (2, 1, 1)
    (pair,) = found.apart
    assert pair.n_faces == 4
    assert pair.median["all"] == pytest.approx(2, rel=1e-3)
    assert pair.p95["mouth"] == pytest.approx(2, rel=1e-3)


def test_results_have_no_names_and_nothing_is_written(folder, others):
    (folder / "secret_broken.png").write_bytes(b"no picture")
    before = sorted(folder.parent.rglob("*"))
    out = run("landmarks", "survey", folder, "--detector", "mesh", "--json")
    assert out.exit_code == 3
    told = json.loads(out.stdout)
    assert told["n_photos"] == 4
    assert told["n_unusable"] == 1
    assert "secret" not in out.stdout
    assert "secret_broken.png" in out.stderr
    assert sorted(folder.parent.rglob("*")) == before


def test_who_cannot_be_asked_is_named(folder, others, monkeypatch):
    monkeypatch.delitem(DETECTORS, "shifted")
    wall = [folder / "secret_wall.png"]
    found = mk.survey_photos(wall)
    assert "rare" in found.not_asked
    assert found.found[0].none == 1
    with pytest.raises(MissingExtraError):
        mk.survey_photos(wall, detectors=["rare"])
    with pytest.raises(InputError, match='no detector is called "mush"'):
        mk.survey_photos(wall, detectors=["mush"])
