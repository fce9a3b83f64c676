"""More than two answers, and a dot, in the files of front ends."""

import csv
import re
import tarfile
import textwrap

import pytest
from export_study import export, write_small_pack
from lab_exports import category, labelling

from morphkit.errors import InputError
from morphkit.experiment.design import Ability, Timing
from morphkit.experiment.designs import DESIGNS
from morphkit.export import FRONT_ENDS
from morphkit.export.export_pack import export_pack
from morphkit.pack import read_pack


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack") / "pack"
    write_small_pack(folder, identities=["ada"])
    return folder


class Var:
    """The variables of OpenSesame: digits that were pressed come as numbers."""

    def __init__(self, **values):
        vars(self).update(values)

    def get(self, name, default=None):
        return getattr(self, name, default)


def script_of(folder):
    (path,) = folder.glob("*.osexp")
    with tarfile.open(path) as archive:
        return archive.extractfile("script.opensesame").read().decode("utf-8")


def score(folder, **values):
    """Run the code after an answer, as OpenSesame does; return the label chosen."""
    found = re.search(
        r"define inline_script score\n\t___run__\n(.*?)\t__end__",
        script_of(folder),
        re.DOTALL,
    )
    var = Var(
        time_face=1000,
        time_answer_1=1000,
        response_time=700,
        phase_name="main",
        feedback_rule="none",
        correct_choice="none",
        **values,
    )
    exec(
        textwrap.dedent(found[1].replace("\t", "", 1).replace("\n\t", "\n")),
        {"var": var},
    )
    return var.chosen_choice, var.answer_seconds


def test_opensesame_knows_a_digit_that_it_made_a_number(pack, tmp_path):
    export(pack, "opensesame", tmp_path / "out", labelling())
    names = ("happy", "sad", "neutral", "cannot_tell")
    cells = {f"choice_{k}": name for k, name in enumerate(names, 1)}
    cells |= {f"choice_text_{k}": name for k, name in enumerate(names, 1)}
    for k, name in enumerate(names, 1):
        for pressed in (k, str(k)):
            assert score(tmp_path / "out", response=pressed, **cells) == (name, 0.7)
    assert score(tmp_path / "out", response="None", **cells) == ("none", "none")


def test_opensesame_goes_on_after_a_digit(pack, tmp_path):
    """The mask must not come after an answer: the condition knows both forms."""
    design = DESIGNS["labelling"].make(
        read_pack(pack).stimuli, seed=1, timing=Timing(stimulus=150, mask=100)
    )
    export(pack, "opensesame", tmp_path / "out", design)
    (condition,) = set(re.findall(r'run mask "(.*)"', script_of(tmp_path / "out")))
    for pressed, goes_on in ((None, True), ("None", True), (2, False), ("2", False)):
        assert eval(condition, {"var": Var(response=pressed)}) is goes_on


def test_tables_have_every_answer_and_the_place_of_the_dot(pack, tmp_path):
    probes = DESIGNS["dot_probe"].make(read_pack(pack).stimuli, seed=1, lists=1)
    for name, design in (("labels", labelling()), ("probes", probes)):
        export(pack, "psychopy", tmp_path / name, design)
        path = tmp_path / name / "conditions" / "list_01.csv"
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
        for row, trial in zip(rows, design.lists[0], strict=True):
            n = len(trial.choices)
            assert tuple(row[f"choice_{k}"] for k in range(1, n + 1)) == trial.choices
            if design.probe:
                at = ["left", "right"].index(trial.correct) + 1
                assert row["probe_side"] == trial.correct
                assert row[f"probe_{at}"] == "probe_dot.png"
                assert row[f"probe_{3 - at}"] == "probe_none.png"
    assert (tmp_path / "probes" / "stimuli" / "probe_dot.png").is_file()
    assert not (tmp_path / "labels" / "stimuli" / "probe_dot.png").exists()


def test_front_ends_that_cannot_are_refused_with_those_that_can(pack, tmp_path):
    probes = DESIGNS["dot_probe"].make(read_pack(pack).stimuli, seed=1)
    for name in ("gorilla", "eprime", "inquisit", "psytoolkit"):
        assert Ability.LABELS in FRONT_ENDS[name].lacks(labelling())
        with pytest.raises(InputError, match=r"more than two answers; front ends that"):
            export(pack, name, tmp_path / name, labelling())
    with pytest.raises(InputError, match=r"a probe in the place of an image"):
        export(pack, "psychtoolbox", tmp_path / "octave", probes)


def test_keys_are_as_many_as_answers(pack, tmp_path):
    with pytest.raises(InputError, match=r"2 keys for 4 answers.*a key for each"):
        export_pack(pack, "jspsych", tmp_path / "a", design=labelling(), keys="fj")
    export_pack(pack, "jspsych", tmp_path / "b", design=labelling(), keys="asdf")
    script = (tmp_path / "b" / "study.js").read_text("utf-8")
    assert re.search(r'"keys": \[\s*"a",\s*"s",\s*"d",\s*"f"\s*\]', script)
    with pytest.raises(InputError, match="3 answer keys"):
        export_pack(pack, "jspsych", tmp_path / "c", design=category(), keys="asd")
