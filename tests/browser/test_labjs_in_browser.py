"""The lab.js export, run by lab.js itself in a real browser."""

import base64
import csv
import json
from urllib.parse import unquote

import pytest
from export_study import QUICK, export, write_small_pack
from playing import Eyes, outside, play, served

from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.readers.labjs import read
from morphkit.export.browser_study import vendored
from morphkit.pack import read_pack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder)
    return folder


def make(pack, output, kind, **options):
    design = DESIGNS[kind].make(
        read_pack(pack).stimuli, seed=4, timing=QUICK, **options
    )
    export(pack, "labjs", output, design)
    return design


def alternate(seen):
    return seen.choices[seen.order % 2]


def look_at(page, pack):
    rows = read_pack(pack).stimuli
    return Eyes(page, {r.stimulus_id: pack / r.file for r in rows})


def finish(page, tmp_path, steps):
    with page.expect_download(timeout=60000) as waiting:
        result = steps()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return result, path


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_categorisation_shows_what_it_logs(open_page, pack, tmp_path, scheme):
    out = tmp_path / "export"
    design = make(
        pack, out, "categorisation", repeats=1, practice=2, lists=2, block_trials=6
    )
    folder = out / "standalone"
    with served(folder) as address:
        target = folder / "index.html" if scheme == "file" else f"{address}/"
        watched = open_page(target)
        page = watched.page
        eyes = look_at(page, pack)
        code = {"file": "P001", "http": "P002"}[scheme]
        done, data = finish(
            page, tmp_path, lambda: play(page, alternate, look=eyes, participant=code)
        )
    trials = design.lists[int(code[-1]) - 1]
    answers = read(data)
    assert data.name == f"small_pack_categorisation_{code}.csv"
    assert eyes.looked == len(done) == len(trials)
    assert [a.stimuli for a in answers] == [t.stimuli for t in trials]
    assert [a.response for a in answers] == [chosen for _, chosen in done]
    assert [a.order for a in answers] == list(range(1, len(trials) + 1))
    assert {a.participant for a in answers} == {code}
    assert all(0 < a.rt_seconds < 8 for a in answers)
    assert outside(watched) == []
    # lab.js keeps the same, with columns of its own.
    text = page.evaluate("study.options.datastore.exportCsv()")
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["sender"] for row in rows} >= {"start", "screen"}
    (tmp_path / "own.csv").write_text(text, "utf-8")
    assert list(read(tmp_path / "own.csv")) == list(answers)


@pytest.mark.parametrize(
    ("kind", "options", "judge"),
    [
        ("mlds", {"trials": 3, "practice": 2}, alternate),
        ("rating", {"scales": ["intensity"]}, lambda seen: str(seen.order % 3)),
        ("same_different", {"repeats": 1, "practice": 0, "lag": 3}, alternate),
        ("training", {"repeats": 1, "training_blocks": 1}, alternate),
    ],
)
def test_the_other_designs(open_page, pack, tmp_path, kind, options, judge):
    out = tmp_path / "export"
    design = make(pack, out, kind, lists=1, identities=["ada"], **options)
    page = open_page(out / "standalone" / "index.html").page
    done, data = finish(page, tmp_path, lambda: play(page, judge))
    answers = read(data)
    assert [a.stimuli for a in answers] == [t.stimuli for t in design.lists[0]]
    assert [a.phase for a in answers] == [t.phase for t in design.lists[0]]
    assert {a.design for a in answers} == {kind}
    if kind == "rating":
        least, _, step = design.scales["intensity"]
        expected = [least + step * (k % 3) for k in range(1, len(done) + 1)]
        assert [float(a.response) for a in answers] == expected
    else:
        assert [a.response for a in answers] == [chosen for _, chosen in done]


def test_a_missing_picture_stops_the_study_with_its_name(open_page, pack, tmp_path):
    out = tmp_path / "export"
    make(pack, out, "categorisation", repeats=1, lists=1)
    gone = sorted((out / "standalone" / "stimuli").iterdir())[0]
    gone.unlink()
    watched = open_page(out / "standalone" / "index.html")
    watched.page.wait_for_selector("[data-mk=missing]")
    assert f"stimuli/{gone.name}" in watched.page.inner_text("main")
    watched.problems.clear()


def assemble(study, folder):
    """Write a study as the builder's export does: its files, header and script.

    After packages/builder/src/logic/io/assemble of lab.js 20.2.4. The library is the
    one that ships; style sheets and fallbacks of the builder are left out.
    """
    for path, file in study["files"]["files"].items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        head, _, words = file["content"].partition(",")
        if head.endswith(";base64"):
            target.write_bytes(base64.b64decode(words))
        else:
            target.write_text(unquote(words), "utf-8")
    # The builder reads this one as text, and would take base64 letters for it.
    assert study["files"]["files"]["index.html"]["content"].startswith(
        "data:text/html,"
    )
    page = folder / "index.html"
    header = '<script src="lib/lab.js"></script><script src="script.js" defer></script>'
    text = page.read_text("utf-8")
    assert text.count("${") == 1  # the builder fills in whatever stands in such braces
    page.write_text(text.replace("${ header }", header), "utf-8")
    (folder / "lib").mkdir()
    (folder / "lib" / "lab.js").write_text(vendored("labjs/lab.js"), "utf-8")
    tree = component(study["components"], "root")
    script = f"const study = lab.util.fromObject({tree})\nstudy.run()\n"
    (folder / "script.js").write_text(script, "utf-8")


def component(components, number):
    """Return a component and those below it as JavaScript."""
    node = dict(components[number])
    parts = {
        name: json.dumps(node[name])
        for name in ("type", "title", "content", "tardy", "sample")
        if name in node
    }
    handlers = ", ".join(
        f"{json.dumps(h['message'])}: function () {{ {h['code']} }}"
        for h in node["messageHandlers"]
    )
    parts["messageHandlers"] = f"{{ {handlers} }}"
    if "templateParameters" in node:
        names = [column["name"] for column in node["templateParameters"]["columns"]]
        rows = [
            dict(zip(names, map(float, row), strict=True))
            for row in node["templateParameters"]["rows"]
        ]
        parts["templateParameters"] = json.dumps(rows)
    below = [component(components, child) for child in node.get("children", [])]
    if node["type"] == "lab.flow.Loop":
        parts["template"] = below[0]
    elif below:
        parts["content"] = f"[{', '.join(below)}]"
    return "{" + ", ".join(f"{name}: {value}" for name, value in parts.items()) + "}"


def test_the_study_of_the_builder_runs(open_page, pack, tmp_path):
    design = make(
        pack, tmp_path / "export", "categorisation", repeats=1, practice=2, lists=1
    )
    path = tmp_path / "export" / "small_pack_categorisation.study.json"
    study = json.loads(path.read_text("utf-8"))
    assert study["version"] == [20, 2, 4]
    assert set(study["components"]) == {"root", "1", "2", "3"}
    folder = tmp_path / "assembled"
    assemble(study, folder)
    page = open_page(folder / "index.html").page
    eyes = look_at(page, pack)
    done = play(page, alternate, look=eyes)
    assert len(done) == eyes.looked == len(design.lists[0])
    text = page.evaluate("study.options.datastore.exportCsv()")
    (tmp_path / "data.csv").write_text(text, "utf-8")
    answers = read(tmp_path / "data.csv")
    assert [a.response for a in answers] == [chosen for _, chosen in done]
