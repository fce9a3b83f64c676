"""Exports: what is refused, what is recorded, and that nothing is half-written."""

import dataclasses
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from export_study import export, write_small_pack

import morphkit as mk
import morphkit.export
from morphkit.cli import main
from morphkit.errors import InputError, OutputError
from morphkit.experiment.design import Ability, Design, Trial
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import write_design
from morphkit.experiment.readers import READERS, plain_csv
from morphkit.experiment.texts import read_wording
from morphkit.export import FRONT_ENDS, jspsych
from morphkit.export.adapter import Adapter
from morphkit.export.browser_study import STAGE_SCRIPTS, page_text
from morphkit.export.write_export import write_export
from morphkit.pack import read_pack, verify_pack
from morphkit.pack.write import files_of

WITH_TRIALS = [name for name, a in FRONT_ENDS.items() if a.shows_trials]
OF_THE_WEB = [name for name, a in FRONT_ENDS.items() if a.online]


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "pack"
    write_small_pack(folder)
    return folder


@pytest.fixture(scope="module")
def neutral(tmp_path_factory):
    """Return a pack that begins at a neutral face."""
    folder = tmp_path_factory.mktemp("packs") / "neutral"
    labels = (("neutral", "happy"), ("neutral", "sad"))
    write_small_pack(folder, identities=["ada"], labels=labels)
    return folder


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """Return a pack of faces that nobody may show online or pass on."""
    folder = tmp_path_factory.mktemp("packs") / "closed"
    write_small_pack(folder, may_show_online=False, may_redistribute=False)
    return folder


#: Few trials of every kind.
SHORT = {
    "categorisation": {"repeats": 1, "practice": 2, "lists": 2},
    "training": {"repeats": 1, "training_blocks": 1, "lists": 1, "identities": ["ada"]},
    "mlds": {"trials": 2, "lists": 2},
    "rating": {"scales": ["valence"], "lists": 1},
    "same_different": {"repeats": 1, "lists": 1, "practice": 0},
    "labelling": {"repeats": 1, "lists": 2, "practice": 0},
    "identification": {"repeats": 1, "lists": 2},
    "dot_probe": {"repeats": 1, "lists": 2, "practice": 2},
}
#: Designs that need neutral faces.
FROM_NEUTRAL = ("identification",)


def design_for(folder, kind="categorisation", **options):
    rows = read_pack(folder).stimuli
    return DESIGNS[kind].make(rows, seed=2, **SHORT.get(kind, {}) | options)


def below(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def sums(folder):
    return {
        path: hashlib.sha256(file.read_bytes()).hexdigest()
        for path, file in files_of(folder).items()
    }


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


# what every front end owes


@pytest.mark.parametrize("name", WITH_TRIALS)
@pytest.mark.parametrize("kind", list(DESIGNS))
def test_exports_repeat_byte_for_byte(pack, neutral, tmp_path, name, kind):
    pack = neutral if kind in FROM_NEUTRAL else pack
    if FRONT_ENDS[name].lacks(design_for(pack, kind)):
        with pytest.raises(InputError, match=f'cannot show the design "{kind}"'):
            export(pack, name, tmp_path / "a", design_for(pack, kind))
        return
    for place in ("a", "b"):
        export(pack, name, tmp_path / place, design_for(pack, kind))
    assert sums(tmp_path / "a") == sums(tmp_path / "b")
    assert below(tmp_path) == sorted(
        ["a", "b", *(f"{p}/{f}" for p in "ab" for f in below(tmp_path / p))]
    )


@pytest.mark.parametrize("name", WITH_TRIALS)
def test_the_manifest_tells_what_was_exported_and_from_what(pack, tmp_path, name):
    design = design_for(pack)
    done = export(pack, name, tmp_path / "a", design)
    about = json.loads((tmp_path / "a" / "morphkit_export.json").read_text("utf-8"))
    content = read_pack(pack)
    assert about["pack"] == {
        "name": "small_pack",
        "version": "1.0.0",
        "recipe_sha256": content.recipe_sha256,
        "unverified": [],
    }
    assert about["front_end"] == name
    assert about["verified"] is FRONT_ENDS[name].verified
    assert about["design"]["kind"] == "categorisation"
    assert about["design"]["seed"] == 2
    assert about["consent"]["approval"] is None
    listed = {file["path"]: file["sha256"] for file in about["files"]}
    found = sums(tmp_path / "a")
    del found["morphkit_export.json"]
    assert listed == found
    assert done.n_files == len(found) + 1
    readme = (tmp_path / "a" / "README.txt").read_text("utf-8")
    assert content.recipe_sha256 in readme
    assert ("NOT VERIFIED" in readme) is not FRONT_ENDS[name].verified
    adapter = FRONT_ENDS[name]
    assert ("What was run: " in readme) is bool(adapter.ran)
    assert ("morphkit serve" in readme) is adapter.sends
    if adapter.verified and adapter.shows_trials:
        assert (
            re.search(r"\d\.\d.* Debian 12.* 20\d\d", adapter.ran)
            or "156" in adapter.ran
        )
    if adapter.reader:
        assert f"--from {adapter.reader} " in readme
        assert adapter.reader in READERS
    else:
        assert "Import the answers" not in readme
    assert "/tmp" not in readme + json.dumps(about)
    assert verify_pack(pack) == ()  # the pack is read only


@pytest.mark.parametrize("kind", list(DESIGNS))
@pytest.mark.parametrize("language", ["da", "fr"])
def test_pages_have_every_text_in_every_language(
    pack, neutral, tmp_path, kind, language
):
    """A wording that lacks a key would stop an export, not show in it."""
    pack = neutral if kind in FROM_NEUTRAL else pack
    export(pack, "jspsych", tmp_path / "a", design_for(pack, kind), language=language)
    script = (tmp_path / "a" / "study.js").read_text("utf-8")
    study = json.loads(script[script.index("{") : script.rindex(";")])
    assert study["language"] == language
    assert all(study["texts"].values())
    code = "".join(map(page_text, STAGE_SCRIPTS))
    used = set(re.findall(r"\btext\([\"`](\w+)", code))
    used |= set(re.findall(r'"(\w+_button)"', code))
    used |= {f"phase_{name}" for name in study["phases"]} - {"phase_"}
    assert len(used) > 20
    assert used - {"phase_"} <= set(study["texts"])


def test_parts_of_the_stage_use_only_parts_that_are_loaded_before():
    loaded = set()
    for name in STAGE_SCRIPTS:
        code = page_text(name)
        made = set(re.findall(r"^(?:window|globalThis)\.(\w+) = ", code, re.MULTILINE))
        used = set(re.findall(r"window\.(Morphkit\w+)", code)) - made
        # Destinations put themselves into a table of the stage.
        assert len(made) == (0 if name.startswith("send_") else 1), name
        assert used <= loaded, name
        loaded |= made


def test_texts_that_no_native_has_read_are_said(pack, tmp_path):
    said = "not yet been read by a native speaker"
    for language in ("en", "nb"):
        place = tmp_path / language
        done = mk.export_pack(
            pack, "jspsych", place, design=design_for(pack), language=language
        )
        about = json.loads((place / "morphkit_export.json").read_text("utf-8"))
        places = ("\n".join(done.remarks), about["texts"])
        for text in (*places, (place / "README.txt").read_text("utf-8")):
            assert (said in text) is (language == "nb")


# consent


@pytest.mark.parametrize("name", OF_THE_WEB)
def test_faces_that_may_not_be_shown_online_are_refused(closed, tmp_path, name):
    design = design_for(closed) if FRONT_ENDS[name].shows_trials else None
    with pytest.raises(InputError, match="may_show_online") as caught:
        export(closed, name, tmp_path / "a", design)
    assert "identity ada" in str(caught.value)
    assert "identity ben" in str(caught.value)
    assert below(tmp_path) == []


def test_only_the_identities_that_are_used_count(closed, tmp_path):
    with pytest.raises(InputError, match="identity ada") as caught:
        export(
            closed, "jspsych", tmp_path / "a", design_for(closed, identities=["ada"])
        )
    assert "ben" not in str(caught.value)


def test_a_laboratory_needs_no_right_to_show_online(closed, tmp_path):
    export(closed, "psychopy", tmp_path / "a", design_for(closed))
    assert (tmp_path / "a" / "README.txt").is_file()


def test_a_public_archive_needs_the_right_to_pass_on(closed, tmp_path, monkeypatch):
    public = Adapter("an archive", jspsych.write, online=False, public=True)
    public = dataclasses.replace(public, abilities=frozenset(Ability))
    monkeypatch.setitem(morphkit.export.FRONT_ENDS, "archive", public)
    with pytest.raises(InputError, match="may_redistribute is not true") as caught:
        export(closed, "archive", tmp_path / "a", design_for(closed))
    assert "may_show_online" not in str(caught.value)
    assert len(caught.value.errors) == 2


def test_an_approval_overrides_and_is_recorded(closed, tmp_path):
    done = export(
        closed, "jspsych", tmp_path / "a", design_for(closed), approval="EC 2026/17"
    )
    assert done.approved == ("ada", "ben")
    about = json.loads((tmp_path / "a" / "morphkit_export.json").read_text("utf-8"))
    assert about["consent"]["approval"] == "EC 2026/17"
    assert about["consent"]["approved_identities"] == ["ada", "ben"]
    assert "EC 2026/17" in (tmp_path / "a" / "README.txt").read_text("utf-8")


def test_an_approval_that_was_not_needed_is_not_recorded(pack, tmp_path):
    export(pack, "jspsych", tmp_path / "a", design_for(pack), approval="EC 2026/17")
    assert "EC 2026/17" not in (tmp_path / "a" / "morphkit_export.json").read_text()


# what cannot be exported


def test_images_that_changed_are_refused_all_at_once(tmp_path):
    write_small_pack(tmp_path / "pack")
    design = design_for(tmp_path / "pack")
    images = sorted((tmp_path / "pack").rglob("*_s0[12].png"))[:2]
    images[0].write_bytes(images[0].read_bytes() + b"\0")
    images[1].unlink()
    with pytest.raises(InputError) as caught:
        export(tmp_path / "pack", "jspsych", tmp_path / "a", design)
    said = str(caught.value)
    assert f"{images[0]}: is not the image described in the pack" in said
    assert f"{images[1]}: there is no such file" in said
    assert not (tmp_path / "a").exists()


def test_a_design_of_another_pack_is_refused(pack, tmp_path):
    trial = Trial("main", 1, ("zoe_s01",), ("happy", "sad"))
    other = Trial("main", 1, ("zoe_s02",), ("happy", "sad"))
    with pytest.raises(InputError, match="zoe_s01") as caught:
        export(
            pack,
            "jspsych",
            tmp_path / "a",
            Design("categorisation", ((trial, other),), 1),
        )
    assert "zoe_s02" in str(caught.value)


def test_a_front_end_of_trials_needs_a_design(pack, tmp_path):
    with pytest.raises(InputError, match="there is no design"):
        export(pack, "jspsych", tmp_path / "a", None)
    with pytest.raises(InputError, match='did you mean "jspsych"'):
        export(pack, "jspych", tmp_path / "a", None)


# the place


def test_an_export_is_replaced_only_when_asked(pack, tmp_path):
    export(pack, "jspsych", tmp_path / "a", design_for(pack))
    with pytest.raises(OutputError, match="add --overwrite"):
        export(pack, "jspsych", tmp_path / "a", design_for(pack))
    export(pack, "labjs", tmp_path / "a", design_for(pack), overwrite=True)
    assert (tmp_path / "a" / "standalone").is_dir()
    assert not (tmp_path / "a" / "index.html").exists()


def test_no_export_goes_into_a_pack(pack, tmp_path):
    folder = Path(shutil.copytree(pack, tmp_path / "pack"))
    before = below(folder)
    with pytest.raises(OutputError, match="lies inside the pack"):
        export(folder, "jspsych", folder / "deep" / "a", design_for(pack))
    assert below(folder) == before


def test_an_old_export_that_was_moved_aside_comes_back(pack, tmp_path):
    """As a run that is killed between its two moves leaves it."""
    export(pack, "jspsych", tmp_path / "a", design_for(pack))
    before = sums(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / ".a.replaced-by-morphkit")
    with (
        pytest.warns(UserWarning, match="it is back as it was"),
        pytest.raises(OutputError, match="add --overwrite"),
    ):
        export(pack, "labjs", tmp_path / "a", design_for(pack))
    assert sums(tmp_path / "a") == before


def test_data_of_participants_are_never_removed(pack, tmp_path):
    export(pack, "jspsych", tmp_path / "a", design_for(pack))
    (tmp_path / "a" / "P001.csv").write_text("answers", "utf-8")
    with pytest.raises(OutputError, match=r"P001\.csv"):
        export(pack, "jspsych", tmp_path / "a", design_for(pack), overwrite=True)
    assert (tmp_path / "a" / "P001.csv").read_text("utf-8") == "answers"


@pytest.mark.parametrize("manifest", ["", "{}", "[1]", '{"schema": "other/1"}'])
def test_a_folder_that_is_no_export_is_left_alone(pack, tmp_path, manifest):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "morphkit_export.json").write_text(manifest, "utf-8")
    with pytest.raises(OutputError, match="is not a morphkit export"):
        export(pack, "jspsych", tmp_path / "a", design_for(pack), overwrite=True)
    assert below(tmp_path) == ["a", "a/morphkit_export.json"]


def test_an_adapter_that_fails_leaves_nothing_and_the_old_export(
    pack, tmp_path, monkeypatch
):
    export(pack, "jspsych", tmp_path / "a", design_for(pack))
    before = sums(tmp_path / "a")

    def fail(material, folder: Path):
        (folder / "half.txt").write_text("half", "utf-8")
        raise OSError(28, "No space left on device")

    broken = dataclasses.replace(FRONT_ENDS["jspsych"], write=fail)
    monkeypatch.setitem(morphkit.export.FRONT_ENDS, "jspsych", broken)
    with pytest.raises(OutputError, match="No space left"):
        export(pack, "jspsych", tmp_path / "a", design_for(pack), overwrite=True)
    assert sums(tmp_path / "a") == before
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


# pages


def test_a_text_of_a_study_cannot_end_its_script(pack, tmp_path):
    wording = dict(read_wording("en", labels=("happy", "sad")))
    wording["title"] = '</script><script>alert("x")</script>'
    design = design_for(pack)
    write_export(pack, "jspsych", tmp_path / "a", design=design, wording=wording)
    script = (tmp_path / "a" / "study.js").read_text("utf-8")
    assert "</script>" not in script
    page = (tmp_path / "a" / "index.html").read_text("utf-8")
    assert "<script>alert" not in page
    start = script.index("{")
    study = json.loads(script[start : script.rindex(";")])
    assert study["texts"]["title"] == wording["title"]
    assert len(study["lists"]) == len(design.lists)


def test_pages_name_nothing_outside(pack, tmp_path):
    for name in ("jspsych", "labjs"):
        export(pack, name, tmp_path / name, design_for(pack))
        for path in files_of(tmp_path / name).values():
            if path.suffix in (".html", ".css") or path.name.startswith("stage"):
                assert "http" not in path.read_text("utf-8"), path
            assert "sourceMappingURL" not in path.read_bytes().decode("latin-1")


def test_vendored_files_are_those_that_were_reviewed():
    """As tools/vendor_front_ends.py wrote them; each folder has its licence."""
    folder = Path(jspsych.__file__).parent / "vendor"
    source = json.loads((folder / "SOURCE.json").read_text("utf-8"))
    found = sums(folder)
    del found["SOURCE.json"]
    assert found == source["files"]
    assert {"jspsych/LICENSE.txt", "labjs/LICENSE.txt"} <= set(found)
    assert "url(" not in (folder / "jspsych" / "jspsych.css").read_text("utf-8")


# the commands


def test_export_and_answers_on_the_command_line(pack, tmp_path):
    result = run(
        "export", pack, "jspsych", "--output", tmp_path / "a", "--keys", "1", "0"
    )
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "a" / "index.html") in result.stdout
    assert '"keys": [\n   "1",\n   "0"\n  ]' in (
        tmp_path / "a" / "morphkit_export.json"
    ).read_text("utf-8")
    told = run("export", pack, "labjs", "--output", tmp_path / "b", "--json")
    assert json.loads(told.stdout)["open_first"].endswith("standalone/index.html")


def test_a_design_from_a_folder_is_shown_as_it_is(pack, tmp_path):
    design = design_for(pack, "mlds", trials=2, lists=3)
    (tmp_path / "plan").mkdir()
    write_design(design, tmp_path / "plan", about={"recipe_sha256": "0" * 64})
    result = run(
        "export",
        pack,
        "jspsych",
        "--output",
        tmp_path / "a",
        "--design",
        tmp_path / "plan",
    )
    assert result.exit_code == 0, result.output
    assert "another recipe" in result.stderr
    about = json.loads((tmp_path / "a" / "morphkit_export.json").read_text("utf-8"))
    assert about["design"]["kind"] == "mlds"
    assert about["design"]["n_lists"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["jspsych", "--design", "trainng"], 'did you mean "training"'),
        (["jspych"], 'did you mean "jspsych"'),
        (["jspsych", "--keys", "f", "F"], "both answers have the same key"),
        (["jspsych", "--keys", "f", "return"], "is not an answer key"),
        (["jspsych", "--language", "xx"], 'no language is called "xx"'),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(pack, tmp_path, arguments, said):
    result = run("export", pack, *arguments, "--output", tmp_path / "a")
    assert result.exit_code == 3
    assert said in result.stderr
    assert below(tmp_path) == []


HEAD = "participant,order,design,phase,question,stimuli,choice_order,response,rt\n"


def test_answers_are_joined_and_checked(pack, tmp_path):
    for name in ("P2", "P1"):
        rows = f"{name},1,categorisation,main,,ada_happy_sad_s01,happy|sad,sad,512.5\n"
        rows += f"{name},2,categorisation,main,,ada_happy_sad_s02,happy|sad,,\n"
        (tmp_path / f"{name}.csv").write_text(HEAD + rows, "utf-8")
    files = [tmp_path / "P2.csv", tmp_path / "P1.csv"]
    table = tmp_path / "answers.csv"
    result = run(
        "answers", *files, "--from", "labjs", "--pack", pack, "--output", table
    )
    assert result.exit_code == 0, result.output
    assert "no answer in time in 2 trials" in result.stderr
    joined = READERS["csv"].read(table)
    assert [(a.participant, a.order) for a in joined] == [
        *(("P1", 1), ("P1", 2)),
        *(("P2", 1), ("P2", 2)),
    ]
    assert [a.response for a in joined] == ["sad", "", "sad", ""]
    assert [a.rt_seconds for a in joined] == [0.5125, None, 0.5125, None]
    again = run("answers", *files, "--from", "labjs", "--output", table)
    assert again.exit_code == 3
    both = [files[0], files[0], "--from", "labjs", "--output", tmp_path / "x.csv"]
    twice = run("answers", *both)
    assert twice.exit_code == 0
    assert "P2: 2 rows repeat others exactly and are counted once" in twice.stdout
    assert "2 of 4 rows used; excluded: 2 repeated rows" in twice.stdout


def test_answers_to_another_pack_are_refused(tmp_path, pack):
    rows = "P1,1,categorisation,main,,zoe_s01,happy|sad,sad,512.5\n"
    (tmp_path / "P1.csv").write_text(HEAD + rows, "utf-8")
    result = run(
        *("answers", tmp_path / "P1.csv", "--from", "jspsych"),
        *("--pack", pack, "--output", tmp_path / "a.csv"),
    )
    assert result.exit_code == 3
    assert "zoe_s01" in result.stderr
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("reader", ["jspsych", "labjs"])
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P1,1,categorisation,main,,a,happy|sad,f,500", r'trial 1: response is "f"'),
        ("P1,x,categorisation,main,,a,happy|sad,sad,500", r'order is "x"'),
        ("P1,1.5,categorisation,main,,a,happy|sad,sad,500", "a whole number"),
        ("P1,1,categorisation,main,,a,happy|sad,sad,fast", r'rt is "fast"'),
        ("P1,1,categorisation,main,,a,happy|sad,sad,-3", "reaction time"),
        ("P1,1,rating,main,valence,a,,high,500", r'response is "high"'),
        (",1,categorisation,main,,a,happy|sad,sad,500", "without a participant"),
        ("P1,1,categorisation,main,,,happy|sad,sad,500", "0 stimuli"),
    ],
)
def test_cells_that_cannot_be_right_are_told(tmp_path, reader, row, said):
    path = tmp_path / "data.csv"
    path.write_text(HEAD + row + "\n", "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        READERS[reader].read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("reader", ["jspsych", "labjs"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "has no column participant, order"),
        (HEAD, "contains no trial"),
        (
            "screen_type," + HEAD + "page,P1,1,categorisation,main,,a,x|y,x,1\n",
            "contains no trial",
        ),
        ("PK\x03\x04", "a spreadsheet or an archive"),
    ],
)
def test_other_files_are_refused(tmp_path, reader, text, said):
    path = tmp_path / "data.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        READERS[reader].read(path)


def test_quotes_words_and_line_ends_of_jspsych_are_read(tmp_path):
    """Every cell quoted, CRLF, null as a word: as jsPsych's own CSV writes them."""
    head = ",".join(f'"{name}"' for name in HEAD.strip().split(","))
    row = '"P1","3","rating","main","valence","ada_s01","","null","null"'
    path = tmp_path / "data.csv"
    path.write_bytes(f"\ufeff{head}\r\n{row}\r\n".encode())
    (answer,) = READERS["jspsych"].read(path)
    assert (answer.response, answer.rt_seconds, answer.question) == (
        "",
        None,
        "valence",
    )


def test_results_of_several_runs_in_one_file_are_read(tmp_path):
    """As JATOS exports them: one table after the other, each with its header."""
    rows = "{},1,categorisation,main,,ada_happy_sad_s01,happy|sad,sad,512.5\n"
    path = tmp_path / "results.txt"
    path.write_text(HEAD + rows.format("P1") + HEAD + rows.format("P2"), "utf-8")
    assert [a.participant for a in READERS["jspsych"].read(path)] == ["P1", "P2"]


def test_answers_in_a_table_of_ones_own(tmp_path):
    """The way round a missing column that the message names is there."""
    table = tmp_path / "lab.csv"
    table.write_text("Subj,stimulus,key\np1,ada_s01,h\np2,ada_s02,d\n", "utf-8")
    asked = ("answers", table, "--from", "csv", "--output", tmp_path / "all.csv")
    refused = run(*asked)
    assert refused.exit_code == 3
    assert "--columns participant=COLUMN" in refused.stderr
    done = run(
        *asked,
        *("--columns", "participant=Subj,response=key"),
        *("--recode", "h=happy,d=sad"),
    )
    assert done.exit_code == 0, done.stderr
    joined = plain_csv.read(tmp_path / "all.csv")
    assert [(a.participant, a.response) for a in joined] == [
        ("p1", "happy"),
        ("p2", "sad"),
    ]
    other = run(
        *("answers", table, "--from", "jspsych", "--recode", "h=happy"),
        *("--output", tmp_path / "x.csv"),
    )
    assert other.exit_code == 2
    assert "need --from csv" in other.stderr
