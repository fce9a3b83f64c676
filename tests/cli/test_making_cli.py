"""The commands that make packs, and what all commands share."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from PIL import Image as Pillow
from repository import PACKAGE
from small_study import (
    FACES,
    FIRST,
    IDENTITIES,
    LABELS,
    LANDMARKS,
    SECOND,
    STEPS,
    STIMULI,
    files_below,
    recipe_data,
    run,
    run_alone,
    sums,
    write_study,
)

from morphkit.cli import main
from morphkit.faces.formats import read_landmarks
from morphkit.faces.images import read_image
from morphkit.pack import read_pack, verify_pack
from morphkit.pipeline import demo
from morphkit.pipeline.demo import demo_identities, demo_recipe
from morphkit.pipeline.entry_tables import KINDS
from morphkit.recipe import Recipe, make_recipe, parse_recipe, read_recipe


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        yield (*names, name)


def happy(identity: str = FIRST) -> Path:
    return FACES / f"{identity}_happy.png"


def distressed(identity: str = FIRST) -> Path:
    return FACES / f"{identity}_distressed.png"


def landmarks_options() -> list[str]:
    (a,), (b,) = (sorted(LANDMARKS.glob(f"{FIRST}_{label}.*")) for label in LABELS)
    return ["--landmarks-a", str(a), "--landmarks-b", str(b)]


# All commands


def test_help_of_the_program_names_its_commands_and_exit_codes() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in main.commands:
        assert re.search(rf"^  {name} ", result.stdout, re.MULTILINE), name
    for code in ("0 done", "1 failure", "2 wrong usage", "3 bad input", "4 a check"):
        assert code in result.stdout


@pytest.mark.parametrize("name", list(commands(main)), ids=" ".join)
def test_every_command_has_help_with_an_example(name: tuple[str, ...]) -> None:
    result = run(*name, "--help")
    assert result.exit_code == 0
    assert result.stderr == ""
    example = re.search(r"Examples?:\n((?: {4,}.*\n)+)", result.stdout)
    assert example, result.stdout
    assert f"morphkit {name[0]}" in example[1]
    # Each example is one line of a shell, or goes on after a backslash.
    for line in example[1].rstrip().replace("\\\n", "").splitlines():
        assert line.startswith("    morphkit "), line


def test_the_version_is_told() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert re.fullmatch(r"\S+ \d+\.\d+\.\d+\S*\n", result.stdout)


def test_an_unknown_command_or_option_is_wrong_usage() -> None:
    for arguments in (
        ["bild"],
        ["build", "--outptu", "x"],
        ["build"],
        ["list", "a", "b"],
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "Error: " in result.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_lists_are_complete_and_readable_by_programs(kind: str) -> None:
    plain, as_json = run("list", kind), run("list", kind, "--json")
    assert plain.exit_code == as_json.exit_code == 0
    entries = json.loads(as_json.stdout)
    assert as_json.stderr == ""
    assert plain.stderr == ("" if entries else f"there are no {kind}\n")
    assert len(entries) == len(plain.stdout.splitlines())
    assert entries or kind == "plug-ins"  # of which none need be installed
    for line, (name, summary) in zip(
        plain.stdout.splitlines(), entries.items(), strict=True
    ):
        assert re.split(r" {2,}", line, maxsplit=1) == [name, summary]
        assert summary


def test_lists_name_every_choice_of_a_recipe() -> None:
    schema = Recipe.model_json_schema()["$defs"]
    known = set(schema["MorphPart"]["properties"]["warp"]["enum"])
    assert set(json.loads(run("list", "warps", "--json").stdout)) == known
    known = set(schema["MorphPart"]["properties"]["blend"]["enum"])
    assert set(json.loads(run("list", "blends", "--json").stdout)) == known
    known = set(schema["AlignPart"]["properties"]["method"]["enum"]) - {"none"}
    assert set(json.loads(run("list", "alignments", "--json").stdout)) == known


# build


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the recipe of a study that no test changes."""
    return write_study(tmp_path_factory.mktemp("study") / "study")


@pytest.mark.slow
def test_build_tells_the_result_on_stdout_and_progress_on_stderr(
    study: Path, tmp_path: Path
) -> None:
    result = run("build", study, "--output", tmp_path / "pack")
    assert result.exit_code == 0
    told = result.stdout.splitlines()
    assert told[-2:] == [
        f"{tmp_path / 'pack'}: {len(STIMULI)} images in 2 continua",
        f"Open next: {tmp_path / 'pack' / 'report.html'}",
    ]
    finding = re.compile(r"(warning|error): .+ \[[a-z-]+\]|  (worst|what to do): .+")
    assert all(finding.fullmatch(line) for line in told[:-2])
    groups = read_pack(tmp_path / "pack").groups
    notes = [f for g in groups if g.severity == "note" for f in g.findings]
    assert result.stderr.splitlines() == [
        "reading photographs (4)",
        "matching faces (2)",
        f"rendering ({len(STIMULI)})",
        "writing the pack (3)",
        f"{len(notes)} notes stand in the report",
        "The pack holds its photographs (at level 0 and 1), their hashes and "
        f"landmarks; for the public: morphkit publish {tmp_path / 'pack'} --output DIR",
    ]
    assert notes
    assert verify_pack(tmp_path / "pack") == ()


@pytest.mark.slow
def test_build_as_json_prints_nothing_else(study: Path, tmp_path: Path) -> None:
    done = run_alone("build", study, "--output", tmp_path / "pack", "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert data["pack"] == str(tmp_path / "pack")
    assert data["n_images"] == len(STIMULI)
    assert data["continua"] == [f"{name}_happy_distressed" for name in IDENTITIES]
    pack = read_pack(tmp_path / "pack")
    assert data["findings"] == [finding.to_dict() for finding in pack.findings]


@pytest.mark.slow
def test_build_can_be_quiet(study: Path, tmp_path: Path) -> None:
    result = run("build", study, "--output", tmp_path / "pack", "--quiet")
    assert result.exit_code == 0
    assert result.stderr == ""
    told = re.compile(r"(warning|error): .+\]|  (worst|what to do): .+")
    assert all(map(told.fullmatch, result.stdout.splitlines()))


@pytest.mark.slow
def test_build_replaces_a_pack_only_when_asked(study: Path, tmp_path: Path) -> None:
    output = tmp_path / "pack"
    assert run("build", study, "--output", output, "-q").exit_code == 0
    (output / "README.md").write_text("changed")
    refused = run("build", study, "--output", output)
    assert refused.exit_code == 3
    assert "--overwrite" in refused.stderr
    assert (output / "README.md").read_text() == "changed"
    assert run("build", study, "--output", output, "-q", "--overwrite").exit_code == 0
    assert verify_pack(output) == ()


@pytest.mark.slow
def test_build_finds_everything_from_the_folder_of_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = write_study(
        tmp_path / "study",
        sources={"template": "templates/mine.json"},
        align={"method": "procrustes", "width": 64, "height": 64},
    )
    (tmp_path / "study" / "templates").mkdir()
    shutil.copy(
        PACKAGE / "faces" / "templates" / "ibug_68.json",
        tmp_path / "study" / "templates" / "mine.json",
    )
    monkeypatch.chdir(tmp_path)
    result = run("build", recipe.relative_to(tmp_path), "--output", "packs/a", "-q")
    assert result.exit_code == 0
    assert verify_pack(tmp_path / "packs" / "a") == ()


# demo


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the demo small; its recipe is tested by itself."""
    data = recipe_data()
    for person in data["identities"].values():
        person["may_show_online"] = True
    monkeypatch.setattr(demo, "demo_recipe", lambda: make_recipe(data))


def test_the_recipe_of_the_demo_makes_fifteen_images_of_every_face() -> None:
    recipe = demo_recipe()
    assert sorted(recipe.identities) == demo_identities()
    (part,) = recipe.continua
    assert (part.from_, part.to, part.steps) == ("happy", "distressed", 15)
    assert recipe.align.width == recipe.align.height == 512
    for person in recipe.identities.values():
        assert person.consent_basis == "synthetic"
        assert person.may_show_online
        assert person.may_redistribute


@pytest.mark.slow
@pytest.mark.usefixtures("small_demo")
def test_demo_goes_into_output_demo_and_replaces_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        result = run("demo")
        assert result.exit_code == 0
        assert "Open next: output/demo/report.html" in result.stdout.replace("\\", "/")
        assert "demo_jspsych/index.html" in result.stdout.replace("\\", "/")
    made = sorted(path.name for path in (tmp_path / "output").iterdir())
    assert made == [".demo.store", "demo", "demo_jspsych"]
    experiment = tmp_path / "output" / "demo_jspsych"
    assert (experiment / "index.html").is_file()
    assert len([*(experiment / "stimuli").iterdir()]) == 8
    assert verify_pack(tmp_path / "output" / "demo") == ()


@pytest.mark.usefixtures("small_demo")
@pytest.mark.parametrize("name", ["thesis.txt", "datapackage.json"])
def test_demo_leaves_a_foreign_folder_alone(name: str, tmp_path: Path) -> None:
    output = tmp_path / "demo"
    output.mkdir()
    (output / name).write_text("{}")
    result = run("demo", "--output", output)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"morphkit: {output}: is not a morphkit demo")
    assert files_below(tmp_path) == ["demo", f"demo/{name}"]


# morph


@pytest.mark.slow
def test_morph_detects_landmarks_and_writes_its_recipe(tmp_path: Path) -> None:
    output = tmp_path / "pack"
    result = run(
        *("morph", happy(), distressed(), "--steps", 3, "--output", output),
        *("--size", 64, 80, "--identity", FIRST, "--labels", *LABELS),
    )
    assert result.exit_code == 0
    pack = read_pack(output)
    assert [row.level for row in pack.stimuli] == [0.0, 0.5, 1.0]
    assert {(row.width, row.height) for row in pack.stimuli} == {(64, 80)}
    assert pack.continua[0].from_placed_by == "detector mesh"
    recipe = read_recipe(output / "recipe.toml")
    assert recipe.identities[FIRST].may_morph
    assert not recipe.identities[FIRST].may_show_online
    assert recipe.continua[0].steps == 3
    # The recipe that it wrote gives the same stimuli again.
    again = tmp_path / "again"
    for name in ("source_faces", "landmarks"):
        (again / name).mkdir(parents=True)
    for label in LABELS:
        shutil.copy(FACES / f"{FIRST}_{label}.png", again / "source_faces")
    shutil.copy(output / "recipe.toml", again)
    assert (
        run("build", again / "recipe.toml", "--output", again / "pack", "-q").exit_code
        == 0
    )
    assert sums(again / "pack") == sums(output)


@pytest.mark.slow
def test_morph_takes_the_size_of_the_photographs(tmp_path: Path) -> None:
    for number, photo in enumerate((happy(), distressed())):
        Pillow.open(photo).crop((40, 60, 610, 630)).save(tmp_path / f"{number}.png")
    photos = [tmp_path / "0.png", tmp_path / "1.png"]
    options = ["--steps", "2", "--sampling", "bilinear", "--refine", "none", "-q"]
    assert run("morph", *photos, "--output", tmp_path / "a", *options).exit_code == 0
    assert {row.width for row in read_pack(tmp_path / "a").stimuli} == {570}
    result = run("morph", photos[0], distressed(), "--output", tmp_path / "b", *options)
    assert result.exit_code == 0
    assert {row.width for row in read_pack(tmp_path / "b").stimuli} == {512}
    assert read_pack(tmp_path / "b").name == "face_first_second"


@pytest.mark.slow
def test_morph_passes_its_options_on(tmp_path: Path) -> None:
    result = run(
        *("morph", happy(), distressed(), "--steps", 2, "--output", tmp_path / "p"),
        *("--size", 48, 48, "--align", "two_point", "--warp", "piecewise_affine"),
        *("--blend", "srgb", "--sampling", "bilinear", "--refine", "none", "-q"),
        *("--identity", "a" * 20, "--labels", "smile", "cry", *landmarks_options()),
    )
    assert result.exit_code == 0
    recipe = parse_recipe(read_pack(tmp_path / "p").recipe_toml)
    assert recipe.align.method == "two_point"
    morph = recipe.morph
    assert (morph.warp, morph.blend) == ("piecewise_affine", "srgb")
    assert (morph.sampling, morph.refine) == ("bilinear", "none")
    # The name of the pack would be longer than names may be.
    assert recipe.pack.name == "a" * 20
    assert read_pack(tmp_path / "p").continua[0].from_placed_by == "render"


@pytest.mark.slow
def test_morph_without_alignment_gives_the_ends_back(
    shared: Path, tmp_path: Path
) -> None:
    ends = shared / "webmorph" / "ends"
    names = ("f_multi", "m_multi")
    files = [ends / f"{name}.jpg" for name in names]
    result = run(
        *("morph", *files, "--steps", 3, "--output", tmp_path / "pack", "-q"),
        *("--align", "none", "--template", shared / "webmorph/tem_defs/frl.json"),
        *("--landmarks-a", ends / "f_multi.tem", "--landmarks-b", ends / "m_multi.tem"),
        *("--refine", "none"),
    )
    assert result.exit_code == 0, result.stderr
    pack = read_pack(tmp_path / "pack")
    for row, file in zip(pack.stimuli[::2], files, strict=True):
        frame = read_image(tmp_path / "pack" / row.file)
        assert (frame == read_image(file)).all()
    assert verify_pack(tmp_path / "pack") == ()
    # Nothing tells where the templates came from; the definition is in the pack.
    assert str(shared) not in pack.recipe_toml
    assert run("reproduce", tmp_path / "pack", "--sources", ends).exit_code == 0


@pytest.mark.slow
def test_morph_takes_the_template_of_the_landmark_files(
    shared: Path, tmp_path: Path
) -> None:
    ends = shared / "webmorph" / "ends"
    files = [ends / f"{name}.tem" for name in ("f_multi", "m_multi")]
    result = run(
        *("morph", ends / "f_multi.jpg", ends / "m_multi.jpg", "--steps", 2),
        *("--output", tmp_path / "pack", "--refine", "none", "--size", 64, 64, "-q"),
        *("--landmarks-a", files[0], "--landmarks-b", files[1]),
    )
    assert result.exit_code == 0, result.stderr
    pack = read_pack(tmp_path / "pack")
    # The recipe in the pack says which it was, by name, and aligns by its eyes.
    assert pack.recipe.sources.template == "frl_189"
    assert pack.recipe.align.method == "two_point"
    assert run("reproduce", tmp_path / "pack", "--sources", ends).exit_code == 0


@pytest.mark.slow
def test_morph_with_a_template_that_no_one_knows_keeps_it_in_the_pack(
    tmp_path: Path,
) -> None:
    photos = [FACES / f"maja_{label}.png" for label in ("happy", "neutral")]
    for photo in photos:
        points = read_landmarks(LANDMARKS / f"{photo.stem}.json").points[::2]
        rows = "\n".join(f"{x} {y}" for x, y in points)
        text = f"34\n{rows}\n1\n0\n3\n0 1 2\n"
        (tmp_path / f"{photo.stem}.tem").write_text(text, "utf-8")
    files = [tmp_path / f"{photo.stem}.tem" for photo in photos]
    result = run(
        *("morph", *photos, "--steps", 2, "--output", tmp_path / "pack", "-q"),
        *("--landmarks-a", files[0], "--landmarks-b", files[1], "--size", 64, 64),
        *("--refine", "none"),
    )
    assert result.exit_code == 0, result.stderr
    recipe = read_pack(tmp_path / "pack").recipe
    assert recipe.sources.template == "data/template.json"
    assert recipe.align.method == "procrustes"
    assert verify_pack(tmp_path / "pack") == ()


def test_landmark_files_of_two_templates_do_not_mix(tmp_path: Path) -> None:
    photos = [FACES / f"maja_{label}.png" for label in ("happy", "neutral")]
    small = tmp_path / "small.json"
    run("landmarks", "convert", LANDMARKS / "maja_neutral.json", small,
        "--to-template", "dlib_5")  # fmt: skip
    result = run(
        *("morph", *photos, "--steps", 2, "--output", tmp_path / "pack", "-q"),
        *("--landmarks-a", LANDMARKS / "maja_happy.json", "--landmarks-b", small),
    )
    assert result.exit_code == 3
    assert (
        "2 templates: ibug_68 (maja_happy.json), dlib_5 (small.json)" in result.stderr
    )
    assert "landmarks convert" in result.stderr


@pytest.mark.slow
def test_both_can_be_detected_where_one_has_a_file_of_another_template(
    tmp_path: Path,
) -> None:
    photos = [tmp_path / f"maja_{label}.png" for label in ("happy", "distressed")]
    for photo in photos:
        shutil.copy(FACES / photo.name, photo)
    shutil.copy(LANDMARKS / "infant/maja_happy.json", tmp_path)
    pack = tmp_path / "pack"
    morph = ("morph", *photos, "--steps", 2, "--output", pack, "--size", 64, 64, "-q")
    refused = run(*morph, "--refine", "none")
    assert refused.exit_code == 3
    remedy = "--face-a largest"
    assert remedy in " ".join(refused.stderr.split())
    assert not pack.exists()
    result = run(*morph, "--refine", "none", *remedy.split())
    assert result.exit_code == 0, result.stderr
    assert read_pack(pack).recipe.sources.template == "ibug_68"


@pytest.mark.parametrize("chosen", [(), ("--template", "ibug_68")])
def test_every_error_of_a_file_beside_says_how_to_leave_it_aside(
    chosen: tuple[str, ...], tmp_path: Path
) -> None:
    """Both have one: of two templates, or of another than the chosen one."""
    photos = [tmp_path / f"maja_{label}.png" for label in ("happy", "distressed")]
    for photo in photos:
        shutil.copy(FACES / photo.name, photo)
    shutil.copy(LANDMARKS / "infant/maja_happy.json", tmp_path)
    other = "maja_distressed.json"
    shutil.copy(LANDMARKS / (f"infant/{other}" if chosen else other), tmp_path)
    refused = run("morph", *photos, "--steps", 2, "--output", tmp_path / "p", *chosen)
    assert refused.exit_code == 3
    told = " ".join(refused.stderr.split())
    if chosen:
        assert "A can be left aside with --face-a largest" in told
        assert "B can be left aside with --face-b largest" in told
    else:
        aside = "files beside A and B can be left aside with --face-a largest --face-b"
        assert aside in told
        assert "take away those of one template" in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--align", "none", "--size", "64", "64"], "--size has no meaning"),
        (["--face-a", "1", "--landmarks-a", "x.tem"], "--face-a has no meaning"),
        (["--face-b", "0"], '"0" is no face'),
        (["--face", "biggest"], "or largest"),
        (["--warp", "tsp"], "'tsp' is not one of"),
        (["--size", "4", "64"], "4 is not in the range"),
    ],
)
def test_morph_refuses_options_without_meaning(
    options: list[str], message: str, tmp_path: Path
) -> None:
    arguments = ["--steps", "3", "--output", str(tmp_path / "p"), *options]
    result = run("morph", happy(), distressed(), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert files_below(tmp_path) == []


# init


def test_init_writes_a_recipe_that_validates(tmp_path: Path) -> None:
    result = run("init", tmp_path / "deep" / "study")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'deep' / 'study' / 'study.toml'}\n"
    assert "Next: " in result.stderr
    recipe = read_recipe(tmp_path / "deep" / "study" / "study.toml")
    # The comments show the defaults, but for the alignment: see the page on morphing.
    assert recipe.align.method == "two_point"
    assert recipe.morph == make_recipe(recipe_data(morph={})).morph
    assert recipe.sources == make_recipe(recipe_data()).sources
    assert files_below(tmp_path / "deep" / "study") == [
        "landmarks",
        "source_faces",
        "study.toml",
    ]
    assert run("init", tmp_path / "quiet", "-q").stderr == ""


@pytest.mark.slow
def test_init_with_faces_then_build_works(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (tmp_path / "study").mkdir()  # an empty folder is as good as none
    result = run("init", study, "--demo")
    assert result.exit_code == 0
    assert result.stderr == (
        f"Next: morphkit build {study / 'study.toml'} --output DIR\n"
    )
    recipe = study / "study.toml"
    text = (
        recipe.read_text("utf-8")
        .replace("512", "64 ")
        .replace("steps = 15", "steps = 3")
    )
    recipe.write_text(text, "utf-8")
    result = run("build", recipe, "--output", study / "pack")
    assert result.exit_code == 0, result.stderr
    assert len(read_pack(study / "pack").stimuli) == 3 * len(
        read_recipe(recipe).identities
    )
    assert run("reproduce", study / "pack", "--sources", study).exit_code == 0


def test_init_leaves_what_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("x")
    for name in ("mine", "file", "file/below"):
        result = run("init", tmp_path / name)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"morphkit: {tmp_path / name}: ")
        assert len(result.stderr.splitlines()) == 1
    assert files_below(tmp_path) == ["file", "mine", "mine/thesis.txt"]


def test_the_other_identity_of_the_study_exists() -> None:
    assert SECOND in demo_identities()
    assert STEPS >= 3
