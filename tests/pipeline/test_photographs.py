"""Photographs of a set are read where they are needed, and change nothing by it."""

import gc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_study import FIRST, LABELS, SECOND, build_study, sums, write_study

import morphkit as mk
from morphkit.errors import InputError
from morphkit.morph.scene import PreparedScene, Scene
from morphkit.pipeline import photographs
from morphkit.pipeline.photographs import SourceFaces, see_sources
from morphkit.pipeline.plan import ContinuumPlan
from morphkit.pipeline.source_faces import SourceFace, read_sources
from morphkit.pipeline.sources import resolve_sources, resolve_template
from morphkit.pipeline.tasks import tasks_of
from morphkit.recipe import read_recipe

pytestmark = pytest.mark.slow

TINY = {
    "align": {"method": "two_point", "width": 48, "height": 48},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": 2}],
}


@pytest.fixture
def sources(tmp_path):
    recipe = read_recipe(write_study(tmp_path / "study", **TINY))
    files = resolve_sources(recipe, tmp_path / "study")
    template = resolve_template(recipe, tmp_path / "study")
    return recipe, files, template


@pytest.mark.parametrize("n_kept", [0, 1, 4])
def test_a_face_is_the_same_however_often_it_is_read(sources, n_kept, monkeypatch):
    recipe, files, template = sources
    whole = read_sources(recipe, files, template=template)
    n_bytes = next(iter(whole.values())).face.image.nbytes
    monkeypatch.setattr(photographs, "MAX_BYTES", n_kept * n_bytes)
    read = []
    real = photographs.read_photo
    monkeypatch.setattr(
        photographs, "read_photo", lambda path: read.append(path) or real(path)
    )
    faces = see_sources(recipe, files, template=template)
    assert list(faces) == list(whole)
    for key, face in whole.items():
        assert faces[key].known.keys() == face.known.keys()
        assert faces[key].known["pixels"] == face.known["pixels"]
        assert np.array_equal(faces[key].known["points"], face.known["points"])
    # Each of four is asked for three times; one is kept from the first to the third.
    assert len(read) == {0: 12, 1: 4, 4: 0}[n_kept]


def test_a_photograph_that_changes_meanwhile_is_refused(sources, monkeypatch):
    recipe, files, template = sources
    monkeypatch.setattr(photographs, "MAX_BYTES", 0)
    faces = see_sources(recipe, files, template=template)
    file = files[FIRST, LABELS[0]].photo
    image = mk.read_photo(file).image.copy()
    image[0, 0] ^= 1
    mk.write_png(file, image, overwrite=True)
    with pytest.raises(InputError, match="changed while the build was at work"):
        faces[FIRST, LABELS[0]]
    assert faces[SECOND, LABELS[0]].face.size == (640, 640)


def test_photographs_are_read_by_several_jobs_in_their_order(sources):
    recipe, files, template = sources
    told = []
    one = see_sources(recipe, files, template=template)
    two = see_sources(recipe, files, template=template, jobs=2, progress=told.append)
    assert list(two.known) == list(one.known) == list(files)
    assert [k.decoded for k in two.known.values()] == [
        k.decoded for k in one.known.values()
    ]
    assert told == [source.photo.name for source in files.values()]
    broken = replace(files[FIRST, LABELS[1]], photo=Path("missing.png"))
    with pytest.raises(InputError, match=r"missing\.png"):
        see_sources(
            recipe, files | {(FIRST, LABELS[1]): broken}, template=template, jobs=2
        )


def test_a_machine_that_decodes_otherwise_is_refused(sources, monkeypatch):
    recipe, files, template = sources
    known = see_sources(recipe, files, template=template).known
    faces = SourceFaces(known, recipe.frame.background)  # what the machine is sent
    real = photographs.read_photo

    def elsewhere(path):
        photo = real(path)
        return replace(photo, image=photo.image ^ np.uint8(1))

    monkeypatch.setattr(photographs, "read_photo", elsewhere)
    with pytest.raises(InputError, match="decoded to other pixels by Pillow"):
        faces[FIRST, LABELS[0]]


def test_a_set_that_does_not_fit_into_memory_has_the_same_bytes(tmp_path, monkeypatch):
    recipe = write_study(
        tmp_path / "study",
        **TINY,
        match={"method": "luminance"},
        morph={"mask": "oval"},
    )
    build_study(recipe, tmp_path / "kept")
    monkeypatch.setattr(photographs, "MAX_BYTES", 0)
    build_study(recipe, tmp_path / "read", jobs=2)
    assert sums(tmp_path / "kept") == sums(tmp_path / "read")


def test_a_plan_reads_each_of_its_photographs_once(sources, monkeypatch):
    recipe, files, template = sources
    monkeypatch.setattr(photographs, "MAX_BYTES", 0)
    faces = see_sources(recipe, files, template=template)
    task = tasks_of(recipe, faces)[0]
    read = []
    real = photographs.read_photo
    monkeypatch.setattr(
        photographs, "read_photo", lambda path: read.append(path) or real(path)
    )
    task.plan(faces, None)
    assert sorted(read) == sorted(files[FIRST, label].photo for label in LABELS)


def test_a_build_holds_one_continuum_at_a_time(tmp_path, monkeypatch):
    """Whatever was made of a continuum is let go before the next is begun."""
    recipe = write_study(tmp_path / "study", **TINY)
    monkeypatch.setattr(photographs, "MAX_BYTES", 0)
    kinds = (SourceFace, ContinuumPlan, Scene, PreparedScene)
    before = [one for one in gc.get_objects() if type(one) in kinds]
    others, most = {id(one) for one in before}, dict.fromkeys(kinds, 0)

    def look(_: str) -> None:
        own = (one for one in gc.get_objects() if id(one) not in others)
        held = Counter(type(one) for one in own)
        most.update({kind: max(most[kind], held[kind]) for kind in kinds})

    pack = build_study(recipe, tmp_path / "pack", progress=mk.Progress(advance=look))
    assert len(pack.continua) == 2
    assert len(others) == len(before)  # they were kept, so that no other has their id
    assert most == {SourceFace: 2, ContinuumPlan: 1, Scene: 1, PreparedScene: 1}
