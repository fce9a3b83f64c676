"""The page on a training trial: its commands run as they stand there."""

import csv
import re
import shlex

import pytest
from export_study import write_small_pack
from repository import DOCS
from small_study import run

from morphkit.pipeline.demo import demo_recipe

PAGE = (DOCS / "trial.md").read_text("utf-8")


def commands():
    """Return the commands of the page, without the program."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("morphkit ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


def rows(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_the_page_goes_from_the_pack_to_the_outcome():
    first, *rest = commands()
    assert first == ["demo", "--output", "output/demo"]
    assert [" ".join(one[:2]) for one in rest] == [
        "calibrate course",
        "calibrate course",
        "calibrate allocate",
        "export output/demo",
        "export output/demo",
        "calibrate simulate",
        "calibrate course",
        "calibrate balance",
        "export output/demo",
        "calibrate training",
    ]


@pytest.mark.slow
def test_the_commands_of_the_page_run(tmp_path, monkeypatch):
    """With faces of the demo's names that are quicker to make; they print the same."""
    monkeypatch.chdir(tmp_path)
    names = list(demo_recipe().identities)
    labels = [("happy", "distressed")]
    write_small_pack(
        tmp_path / "output/demo", identities=names, n_steps=15, labels=labels
    )
    for command in commands()[1:]:
        result = run(*command)
        assert result.exit_code == 0, result.output + result.stderr
        if "planned" in command:
            assert result.stdout in PAGE
        if command[:2] == ["calibrate", "training"]:
            shown = PAGE.split(shlex.join(command))[1].split("```")[2]
            lines = [line for line in shown.splitlines()[1:] if line not in ("", "…")]
            assert len(lines) > 20
            assert lines == [
                line for line in result.stdout.splitlines() if line in lines
            ]
    assert "raised" not in (tmp_path / "codes.csv").read_text("utf-8")
    assert {row["arm_name"] for row in rows(tmp_path / "key.csv")} == {
        "raised",
        "lowered",
        "control",
    }
    exported = "".join(
        path.read_text("utf-8")
        for folder in ("visit-1", "follow-up-2-weeks", "carried-visit-2")
        for path in (tmp_path / "run" / folder).rglob("*.js*")
        if "vendor" not in path.parts
    )
    assert '"visit": "visit-1"' in exported
    points = rows(tmp_path / "balance.csv")
    assert {row["source"] for row in points} == {"visit-1"}
    study = (tmp_path / "run/carried-visit-2/study.js").read_text("utf-8")
    assert '"balance_from": "table"' in study
    assert all(f'"{row["participant"]}"' in study for row in points)
    for name in ("raised", "lowered"):
        assert not re.search(rf'"{name}"|=\s*{name}', exported), name
    flow = {row["stage"]: row for row in rows(tmp_path / "outcome/flow.csv")}
    assert int(flow["allocated"]["total"]) >= 24
    arms = {
        row["arm"]: row
        for row in rows(tmp_path / "outcome/arms.csv")
        if row["identities"] == "trained"
    }
    assert float(arms["raised"]["change"]) > float(arms["control"]["change"])
    assert float(arms["lowered"]["change"]) < float(arms["control"]["change"])
    assert (tmp_path / "outcome/changes.svg").stat().st_size > 1000
