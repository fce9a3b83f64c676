"""Where exports send answers: off unless asked, said in the export, consent held."""

import json

import pytest
from export_study import QUICK, export, write_small_pack

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.designs import DESIGNS
from morphkit.export import FRONT_ENDS
from morphkit.export.browser_study import page_text
from morphkit.export.destinations import DESTINATIONS, read_destination
from morphkit.pack import read_pack

ADDRESS = "https://lab.example.org/rows?study=3"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture(scope="module")
def design(pack):
    return DESIGNS["categorisation"].make(
        read_pack(pack).stimuli, seed=3, timing=QUICK, lists=1
    )


def study_in(folder):
    script = (folder / "study.js").read_text("utf-8")
    return json.loads(script[script.index("{") : script.rindex(";")])


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
def test_nothing_is_sent_unless_asked(pack, design, tmp_path, front_end):
    export(pack, front_end, tmp_path / "a", design)
    pages = tmp_path / "a" / ("standalone" if front_end == "labjs" else "")
    assert study_in(pages)["sending"] is None
    about = json.loads((tmp_path / "a" / "morphkit_export.json").read_text("utf-8"))
    assert about["sending"] is None
    assert "are sent" not in (tmp_path / "a" / "README.txt").read_text("utf-8")
    assert not (pages / "send_datapipe.js").exists()


@pytest.mark.parametrize("front_end", ["jspsych", "labjs"])
@pytest.mark.parametrize("text", [ADDRESS, "datapipe:Ab12Cd34Ef56"])
def test_where_answers_go_is_said(pack, design, tmp_path, front_end, text):
    place = tmp_path / "a"
    done = mk.export_pack(pack, front_end, place, design=design, send_to=text)
    pages = place / ("standalone" if front_end == "labjs" else "")
    sending = study_in(pages)["sending"]
    about = json.loads((place / "morphkit_export.json").read_text("utf-8"))
    assert about["sending"] == sending == read_destination(text).to_dict()
    readme = (place / "README.txt").read_text("utf-8")
    said = text.removeprefix("datapipe:")
    assert said in readme
    assert any(said in remark for remark in done.remarks)
    assert ("NOT RUN AGAINST THE SERVICE" in readme) is ("datapipe" in text)
    page = (pages / "index.html").read_text("utf-8")
    assert DESTINATIONS[sending["to"]].script in page


@pytest.mark.parametrize("name", DESTINATIONS)
def test_a_destination_is_one_script(name):
    code = page_text(DESTINATIONS[name].script)
    assert f"MorphkitSending.destinations.{name} = " in code
    assert "send: async (" in code
    # Queue and retries are the same for all of them.
    assert "setTimeout" not in code
    assert "fetch(" not in code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lab.example.org",
        "http://lab.example.org/rows",
        "http://192.168.1.20:8000/",
        "ftp://lab.example.org",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@lab.example.org/",
        "https://lab.example.org/#x",
        "https://lab.example.org/a b",
        "https://lab.example.org:port/",
        "datapipe:",
        "datapipe:../x",
        "datapipe:https://x",
    ],
)
def test_what_is_no_destination_is_refused(text):
    with pytest.raises(InputError, match=r"--send-to"):
        read_destination(text)


@pytest.mark.parametrize(
    "text",
    [ADDRESS, "http://localhost:8000/", "http://127.0.0.1/rows", "http://[::1]:80/"],
)
def test_addresses_that_are_taken(text):
    assert read_destination(text).settings == {"url": text}


def test_front_ends_that_keep_answers_themselves_refuse_it(pack, design, tmp_path):
    sending = read_destination(ADDRESS)
    others = {name for name, one in FRONT_ENDS.items() if not one.sends}
    assert {"jatos", "psychopy", "qualtrics"} <= others
    for name in ("jatos", "psychopy"):
        with pytest.raises(InputError, match=r"front ends that send: jspsych, labjs"):
            export(pack, name, tmp_path / name, design, sending=sending)


def test_faces_of_the_laboratory_alone_send_nothing_out_of_it(pack, design, tmp_path):
    for text in (ADDRESS, "datapipe:Ab12Cd34Ef56"):
        sending = read_destination(text)
        with pytest.raises(InputError, match=r"no network to send answers over"):
            export(
                pack, "jspsych", tmp_path / "a", design, lab_only=True, sending=sending
            )
    sending = read_destination("http://localhost:8000/")
    export(pack, "jspsych", tmp_path / "a", design, lab_only=True, sending=sending)


def test_consent_is_asked_for_as_ever(tmp_path, design):
    write_small_pack(tmp_path / "pack", identities=["ada"], may_show_online=False)
    with pytest.raises(InputError, match=r"may_show_online"):
        export(
            tmp_path / "pack",
            "jspsych",
            tmp_path / "a",
            design,
            sending=read_destination(ADDRESS),
        )
