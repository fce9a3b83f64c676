"""An empty cell of a pack's table is unknown, never 0, for every reader of packs."""

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from export_study import export, write_small_pack
from PIL import Image

from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.answer import Answer
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.observers import Observer, answer_design
from morphkit.pack import read_pack, verify_pack, write_pack
from morphkit.pack.compare import compare_packs
from morphkit.pack.layout import CONTACT_SHEET, TABLE_FILES
from morphkit.pack.previews import write_contact_sheet
from morphkit.pack.recheck import recheck
from morphkit.report import write_report

NAME = "ben_happy_sad_s03"
TOLD = rf'the level of the image "{NAME}" is unknown.*obtain the pack again'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack that does not know the level of its image NAME."""
    folder = tmp_path / "pack"
    known = write_small_pack(folder)
    stimuli = tuple(
        dataclasses.replace(row, level=None) if row.stimulus_id == NAME else row
        for row in known.stimuli
    )
    write_pack(dataclasses.replace(known, stimuli=stimuli), folder)
    return folder


def test_it_is_read_as_unknown_and_written_as_an_empty_cell(folder):
    pack = read_pack(folder)
    assert [row.level for row in pack.stimuli_of("ben_happy_sad")] == [
        *(0.0, 0.25, None),
        *(0.75, 1.0),
    ]
    line = (folder / TABLE_FILES["stimuli"]).read_text("utf-8").splitlines()[8]
    assert line.startswith(f"{NAME},")
    assert ",3,5,,," in line


def test_sheet_and_report_draw_nothing_for_it(folder):
    pack = read_pack(folder)
    write_contact_sheet(pack, folder)
    sheet = Image.open(folder / CONTACT_SHEET).convert("L")
    unknown = sheet.copy()
    known = dataclasses.replace(
        pack,
        stimuli=tuple(dataclasses.replace(r, level=r.level or 0) for r in pack.stimuli),
    )
    write_contact_sheet(known, folder)
    with_zero = Image.open(folder / CONTACT_SHEET).convert("L")
    assert sum(unknown.histogram()[:200]) < sum(with_zero.histogram()[:200])
    write_report(pack, folder)
    page = (folder / "report.html").read_text("utf-8")
    (button,) = re.findall(rf'<button[^>]*data-id="{NAME}"[^>]*>', page)
    assert 'data-level=""' in button
    assert 'data-x=""' in button
    assert page.count('data-x="') == len(pack.stimuli)


def test_verifying_finds_it(folder):
    (found,) = verify_pack(folder)
    assert (found.code, found.where) == ("bad-table", NAME)
    assert found.message == "has no level"


def test_checking_says_which_image_of_which_pack(folder):
    with pytest.raises(InputError, match=TOLD) as caught:
        recheck(read_pack(folder), folder)
    assert caught.value.where == str(folder)


def test_comparing_tells_unknown_from_0(folder, tmp_path):
    pack = read_pack(folder)
    zero = tuple(dataclasses.replace(r, level=r.level or 0.0) for r in pack.stimuli)
    shutil.copytree(folder, tmp_path / "other")
    write_pack(dataclasses.replace(pack, stimuli=zero), tmp_path / "other")
    found = compare_packs(folder, tmp_path / "other")
    (different,) = (image for image in found.images if not image.same)
    assert (different.stimulus_id, different.levels) == (NAME, (None, 0.0))


def test_trial_tables_are_refused(folder, tmp_path):
    design = DESIGNS["mlds"].make(read_pack(folder).stimuli, seed=1)
    with pytest.raises(InputError, match=f"pack small_pack: {TOLD}"):
        export(folder, "psychopy", tmp_path / "out", design)
    assert not (tmp_path / "out").exists()


def test_observers_and_answers_are_refused_but_ratings_are_not(folder):
    pack = read_pack(folder)
    design = DESIGNS["categorisation"].make(pack.stimuli, seed=1)
    with pytest.raises(InputError, match=TOLD):
        answer_design(
            design,
            pack.stimuli,
            Observer(),
            n_participants=1,
            generator=np.random.default_rng(1),
        )
    chosen = [Answer("p1", 1, (NAME,), "sad")]
    with pytest.raises(InputError, match=f"pack small_pack: {TOLD}"):
        collect(chosen, pack, task="category")
    rated = [Answer("p1", 1, (NAME,), "70", "rating", question="valence")]
    assert len(collect(rated, pack, task="rating").answers) == 1


def test_a_size_that_no_reader_can_do_without_must_be_there(folder):
    file = folder / TABLE_FILES["stimuli"]
    text = file.read_text("utf-8")
    file.write_text(text.replace(",48,64,", ",,64,", 1), "utf-8", newline="\n")
    with pytest.raises(InputError, match=r"csv:2: width is empty; integer, 1 or more"):
        read_pack(folder)
    file.write_text(text.replace(",48,64,", ",0,64,", 1), "utf-8", newline="\n")
    with pytest.raises(InputError, match=r'csv:2: width is "0"; integer, 1 or more'):
        read_pack(folder)
