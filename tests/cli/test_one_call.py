"""Every command is one call of the front door: the same bytes, the same JSON."""

import ast
import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from small_study import (
    FACES,
    IDENTITIES,
    LANDMARKS,
    PERSON,
    SIDE,
    build_study,
    run,
    write_study,
)

import morphkit as mk
from morphkit.cli import main
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.design import Timing

CLI = Path(mk.__file__).parent / "cli"
MODULES = {path.stem: ast.parse(path.read_text("utf-8")) for path in CLI.glob("*.py")}
#: Functions of the front door that read options, or write what a call returned.
BESIDE = {
    *("find_template", "draw_comparison", "write_answers", "write_png"),
    "data_quality",
}
#: What commands take from the library beside the front door: words and numbers for
#: people, choices for options, and places that are refused before the work.
WORDS = {
    *("counted", "did_you_mean", "raise_all", "files_of", "languages", "trials_file"),
    *("fit_table", "scale_table", "shows_one_person", "measure_names", "current_name"),
    *("check_course_folder", "check_design_folder", "check_folder", "names_in"),
    *("maker_of", "present_maker", "schema_of", "read_manifest"),
    *("format_options", "folded", "visible", "wider", "uncollected", "group_findings"),
}
#: Lines of a function, without its options and its docstring.
MOST_LINES = 36


def functions() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (f"{module}.{node.name}", node)
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]


def commands(group: click.Group = main, path: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, f"{path}{name} ")
        else:
            found[f"{path}{name}"] = command
    return found


def called(node: ast.AST) -> set[str]:
    return {
        each.func.id
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_makes_one_call_of_the_front_door(name):
    callback = commands()[name].callback
    source = dict(functions())[
        f"{callback.__module__.split('.')[-1]}.{callback.__name__}"
    ]
    calls = called(source) & set(mk.__all__) - BESIDE
    calls = {one for one in calls if not one[0].isupper()}
    assert len(calls) == 1, calls


def test_commands_call_nothing_else_of_the_library():
    """What is imported and begins with a small letter is a function."""
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom):
                continue
            head = str(node.module)
            if not head.startswith("morphkit.") or head.startswith("morphkit.cli"):
                continue
            taken = {a.name for a in node.names if a.name[0].islower()}
            assert taken <= WORDS | set(mk.__all__), (module, head)


@pytest.mark.parametrize(("name", "node"), functions())
def test_functions_of_the_command_line_are_short(name, node):
    """Those that are a list of options are as long as it; imports do nothing."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    body = [one for one in body if not isinstance(one, ast.ImportFrom)]
    lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
    assert lines <= MOST_LINES or name.endswith("_options"), lines


#: Designs of which there is a plan, and answers.
KINDS = ("categorisation", "mlds", "rating", "same_different", "labelling", "dot_probe")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study, its pack, a second pack, a plan, answers of three kinds, a scale."""
    folder = tmp_path_factory.mktemp("one_call")
    recipe = write_study(
        folder / "study",
        checks={"measures": ["mean_difference_frame256"]},
        continua=[{"from": "happy", "to": "distressed", "steps": 9}],
    )
    build_study(recipe, folder / "pack")
    free = {name: PERSON | {"may_redistribute": True} for name in IDENTITIES}
    other = write_study(folder / "other", morph={"blend": "srgb"}, identities=free)
    build_study(other, folder / "second")
    for kind in KINDS:
        repeats = 40 if kind in ("categorisation", "mlds") else 2
        plan = mk.design_study(
            folder / "pack", kind, n_participants=12, repeats=repeats
        )
        plan.write(folder / f"plan_{kind}")
        answers = mk.simulate_answers(
            folder / f"plan_{kind}",
            folder / "pack",
            observer="curved",
            n_participants=12,
        )
        mk.write_answers(folder / f"{kind}.csv", answers)
    plan = mk.plan_course(
        folder / "pack",
        arms=["raised=1", "control=0"],
        n_sessions=1,
        follow_ups=[],
        training_blocks=1,
    )
    plan.write(folder / "course")
    drawn = mk.allocate_participants(folder / "course", 4, seed=3)
    drawn.write(folder / "codes.csv", folder / "key.csv")
    answers = mk.simulate_answers(
        folder / "course", folder / "pack", allocation=folder / "key.csv"
    )
    mk.write_answers(folder / "course.csv", answers)
    many = mk.simulate_answers(
        folder / "plan_mlds", folder / "pack", observer="curved", n_participants=60
    )
    scales = mk.fit_difference_scales(many, folder / "pack", samples=100)
    scales.write(folder / "scale")
    return folder


def files(path: Path) -> dict[str, bytes]:
    """Return what a command wrote: a file, its siblings of one stem, or a folder."""
    if path.is_dir():
        return {
            file.relative_to(path).as_posix(): file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    return {
        file.name.removeprefix(path.stem): file.read_bytes()
        for file in sorted(path.parent.glob(f"{path.stem}.*"))
    }


A, B = FACES / "maja_happy.png", FACES / "maja_distressed.png"
LA, LB = LANDMARKS / "maja_happy.json", LANDMARKS / "maja_distressed.json"
PHOTOS = mk.PhotoSettings(landmarks=LANDMARKS)
MARKED = ("--landmarks", LANDMARKS)
TAUGHT = [
    LANDMARKS / f"{identity}_{label}.json"
    for identity in ("maja", "nilo", "oona")
    for label in ("happy", "distressed")
]

#: Command -> its arguments, and the call; "OUT" stands for what is written.
WRITING: dict[str, tuple[tuple[object, ...], Callable[[Path, Path], object]]] = {
    "morph": (
        (
            *(A, B, "--steps", 3, "--size", SIDE, SIDE, "--landmarks-a", LA),
            *("--landmarks-b", LB, "--output", "OUT", "--labels", "happy", "sad"),
            *("--identity", "maja", "--align", "procrustes", "--refine", "none"),
            *("--mask", "oval", "--warp", "piecewise_affine", "--grey"),
        ),
        lambda at, out: mk.morph_photos(
            mk.SourceFiles(A, LA),
            mk.SourceFiles(B, LB),
            out,
            n_steps=3,
            size=(SIDE, SIDE),
            labels=("happy", "sad"),
            identity="maja",
            align="procrustes",
            settings={
                "morph": {"refine": "none", "mask": "oval", "warp": "piecewise_affine"},
                "frame": {"grey": True},
            },
        ),
    ),
    "landmarks train": (
        (*TAUGHT, "--images", FACES, "--output", "OUT.npz"),
        lambda at, out: mk.train_detector(TAUGHT, out, images=FACES),
    ),
    "build": (
        ("study/study.toml", "--output", "OUT"),
        lambda at, out: mk.build_pack(at / "study/study.toml", out),
    ),
    "init": (("OUT", "--demo"), lambda at, out: mk.start_study(out, with_faces=True)),
    "report": (
        ("pack", "--output", "OUT.html", "--answers", "mlds.csv"),
        lambda at, out: mk.report_pack(at / "pack", out, answers=[at / "mlds.csv"]),
    ),
    "export": (
        (
            *("pack", "psych_ds", "--output", "OUT", "--design", "plan_mlds"),
            *("--keys", "a", "l", "--i-have-approval", "test 1"),
        ),
        lambda at, out: mk.export_pack(
            at / "pack",
            "psych_ds",
            out,
            design=at / "plan_mlds",
            keys=("a", "l"),
            approval="test 1",
        ),
    ),
    "publish": (
        ("second", "--output", "OUT"),
        lambda at, out: mk.publish_pack(at / "second", out),
    ),
    "answers": (
        (
            "categorisation.csv",
            "--from",
            "csv",
            "--pack",
            "pack",
            "--output",
            "OUT.csv",
        ),
        lambda at, out: mk.write_answers(
            out,
            mk.join_answers(mk.read_answers(at / "categorisation.csv"), at / "pack"),
        ),
    ),
    "prototype": (
        (A, FACES / "nilo_happy.png", *MARKED, "--size", 64, 64, "--output", "OUT.png"),
        lambda at, out: mk.prototype_photos(
            [A, FACES / "nilo_happy.png"], out, size=(64, 64), settings=PHOTOS
        ),
    ),
    "transform": (
        (A, "--from", A, "--to", B, "--shape", 0.5, *MARKED, "--output", "OUT.png"),
        lambda at, out: mk.transform_photo(
            A, out, source=[A], target=[B], shape=0.5, settings=PHOTOS
        ),
    ),
    "symmetrise": (
        (A, "--size", 64, 64, *MARKED, "--output", "OUT.png"),
        lambda at, out: mk.symmetrise_photo(A, out, size=(64, 64), settings=PHOTOS),
    ),
    "landmarks detect": (
        (A, "--output", "OUT", "--no-agreement"),
        lambda at, out: mk.delineate_photos([A], out, agreement=False),
    ),
    "landmarks propagate": (
        (A, B, "--landmarks", LA, "--output", "OUT"),
        lambda at, out: mk.propagate_landmarks([A, B], landmarks=LA, output=out),
    ),
    "landmarks convert": (
        (LA, "OUT.tem"),
        lambda at, out: mk.convert_landmarks(LA, out),
    ),
    "calibrate design": (
        (
            "pack",
            "--design",
            "mlds",
            "--precision",
            0.2,
            "--runs",
            20,
            "--output",
            "OUT",
        ),
        lambda at, out: mk.design_study(
            at / "pack", "mlds", precision=0.2, n_runs=20
        ).write(out),
    ),
    "calibrate simulate": (
        ("plan_mlds", "--pack", "pack", "--observer", "noisy", "--output", "OUT.csv"),
        lambda at, out: mk.write_answers(
            out, mk.simulate_answers(at / "plan_mlds", at / "pack", observer="noisy")
        ),
    ),
    "calibrate course": (
        (
            *("pack", "--arm", "raised=1", "--arm", "sham=sham", "--sessions", 2),
            *("--follow-up", 3, "--transfer", 1, "--fixation", 500, "--output", "OUT"),
        ),
        lambda at, out: mk.plan_course(
            at / "pack",
            arms=["raised=1", "sham=sham"],
            n_sessions=2,
            follow_ups=[3],
            transfer=1,
            timing=Timing(fixation=500, stimulus=150, mask=150),
        ).write(out),
    ),
    "calibrate allocate": (
        (
            *("course", "--participants", 8, "--stratum", "first", "--seed", 5),
            *("--block", 4, "--output", "OUT.csv", "--key", "other_key.csv"),
            "--overwrite",
        ),
        lambda at, out: mk.allocate_participants(
            at / "course", 8, strata=["first"], blocks=[4], seed=5
        ).write(out, at / "other_key.csv", overwrite=True),
    ),
    "calibrate balance": (
        (*("course.csv", "--pack", "pack", "--rule", "fit"), "--output", "OUT.csv"),
        lambda at, out: mk.measure_balance_points(
            mk.read_answers(at / "course.csv"), at / "pack", rule="fit"
        ).write(out),
    ),
    "calibrate training": (
        (
            *("course.csv", "--pack", "pack", "--allocation", "key.csv"),
            *("--threshold", "fit", "--reference", "raised", "--output", "OUT"),
        ),
        lambda at, out: mk.analyse_training(
            mk.read_answers(at / "course.csv"),
            at / "pack",
            allocation=at / "key.csv",
            threshold="fit",
            reference="raised",
        ).write(out),
    ),
    "calibrate fit": (
        (
            *("categorisation.csv", "--pack", "pack", "--samples", 20),
            *("--axis", "step", "--link", "logit", "--lapses", "symmetric"),
            *("--design", "plan_categorisation", "--output", "OUT"),
        ),
        lambda at, out: mk.fit_psychometric_functions(
            mk.read_answers(at / "categorisation.csv"),
            at / "pack",
            samples=20,
            axis="step",
            link="logit",
            lapses="symmetric",
            design=at / "plan_categorisation",
        ).write(out),
    ),
    "calibrate scale": (
        ("mlds.csv", "--pack", "pack", "--samples", 20, "--output", "OUT"),
        lambda at, out: mk.fit_difference_scales(
            mk.read_answers(at / "mlds.csv"), at / "pack", samples=20
        ).write(out),
    ),
    "calibrate discriminate": (
        ("same_different.csv", "--pack", "pack", "--output", "OUT"),
        lambda at, out: mk.measure_discrimination(
            mk.read_answers(at / "same_different.csv"), at / "pack"
        ).write(out),
    ),
    "calibrate labels": (
        ("labelling.csv", "--pack", "pack", "--samples", 50, "--output", "OUT"),
        lambda at, out: mk.measure_labels(
            mk.read_answers(at / "labelling.csv"), at / "pack", samples=50
        ).write(out),
    ),
    "calibrate attention": (
        ("dot_probe.csv", "--pack", "pack", "--samples", 50, "--output", "OUT"),
        lambda at, out: mk.measure_attention(
            mk.read_answers(at / "dot_probe.csv"),
            at / "pack",
            settings=ProbeSettings(samples=50),
        ).write(out),
    ),
    "calibrate norms": (
        (
            "rating.csv",
            "--pack",
            "pack",
            "--rater-group",
            "simulated",
            "--output",
            "OUT",
        ),
        lambda at, out: mk.summarise_ratings(
            mk.read_answers(at / "rating.csv"), at / "pack", rater_group="simulated"
        ).write(out),
    ),
    "calibrate wording": (
        ("da", "--output", "OUT.toml"),
        lambda at, out: mk.write_wording(out, "da"),
    ),
    "calibrate respace": (
        ("study/study.toml", "--scale", "scale", "--output", "OUT.toml"),
        lambda at, out: mk.respace_recipe(
            at / "study/study.toml", scale=at / "scale"
        ).write(out),
    ),
}

#: Command -> its arguments, and the call whose value it prints with --json.
TELLING: dict[str, tuple[tuple[object, ...], Callable[[Path], object]]] = {
    "check": (("pack",), lambda at: mk.check_pack(at / "pack").to_dict()),
    "compare": (
        ("pack", "second"),
        lambda at: mk.compare_packs(at / "pack", at / "second").to_dict(),
    ),
    "verify": (
        ("pack",),
        lambda at: {
            "holds": True,
            "findings": [f.to_dict() for f in mk.verify_pack(at / "pack")],
        },
    ),
    "reproduce": (
        ("pack", "--sources", "study"),
        lambda at: mk.reproduce_pack(at / "pack", [at / "study"]).to_dict(),
    ),
    "landmarks agreement": (
        ("study/landmarks", LANDMARKS),
        lambda at: mk.measure_landmark_agreement(
            "study/landmarks", LANDMARKS
        ).to_dict(),
    ),
    "landmarks survey": (
        ("study/source_faces", "--detector", "mesh"),
        lambda at: mk.survey_photos(
            ["study/source_faces"], detectors=["mesh"]
        ).to_dict(),
    ),
    "landmarks check": (
        ("study/landmarks", "--images", "study/source_faces"),
        lambda at: mk.check_landmark_files(
            ["study/landmarks"], images="study/source_faces"
        ).to_dict(),
    ),
    "clean": (
        ("plan_mlds",),
        lambda at: mk.clean_folder(at / "plan_mlds").to_dict(),
    ),
    "list": (("warps",), lambda at: mk.list_entries("warps")),
}
#: The demo is `build` with a fixed recipe, of all faces; the studio is a server.
ELSEWHERE = {"demo", "studio", "serve"}


def test_every_command_is_compared():
    assert {*WRITING, *TELLING, *ELSEWHERE} == set(commands())


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITING)
def test_a_command_writes_what_the_call_writes(name, place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    arguments, call = WRITING[name]
    (tmp_path / "command").mkdir()
    (tmp_path / "call").mkdir()
    given = next(str(a) for a in arguments if str(a).startswith("OUT"))
    paths = [tmp_path / folder / given for folder in ("command", "call")]
    result = run(
        *name.split(), *(paths[0] if a == given else str(a) for a in arguments)
    )
    assert result.exit_code in (0, 4), result.output + result.stderr
    call(place, paths[1])
    written = files(paths[0])
    assert written
    assert files(paths[1]) == written


@pytest.mark.slow
@pytest.mark.parametrize("name", TELLING)
def test_a_command_tells_what_the_call_returns(name, place, monkeypatch):
    monkeypatch.chdir(place)
    arguments, call = TELLING[name]
    result = run(*name.split(), *map(str, arguments), "--json")
    assert result.exit_code in (0, 4), result.output + result.stderr
    assert json.loads(result.stdout) == json.loads(json.dumps(call(place)))
