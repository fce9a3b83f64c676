"""Every mistake ends in one clear message, an exit code, and nothing half-written."""

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from click.testing import Result
from PIL import Image as Pillow
from small_study import (
    FACES,
    FIRST,
    IDENTITIES,
    LABELS,
    PERSON,
    SECOND,
    STIMULI,
    build_study,
    command,
    environment,
    files_below,
    recipe_data,
    run,
    sums,
    write_pair,
    write_study,
)

from morphkit._core.files import sha256_of

HAPPY = f"{FIRST}_happy.png"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return the recipe of a study that a test may spoil."""
    return write_study(tmp_path / "study")


def photo(study: Path) -> Path:
    return study.parent / "source_faces" / HAPPY


def landmark_file(study: Path) -> Path:
    return study.parent / "landmarks" / f"{FIRST}_happy.json"


def without_landmarks(study: Path) -> Path:
    landmark_file(study).unlink()
    return photo(study)


def points_of(study: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(landmark_file(study).read_text("utf-8"))
    return data


def set_points(study: Path, **change: Any) -> None:
    data = points_of(study) | change
    landmark_file(study).write_text(json.dumps(data), "utf-8")


def set_recipe(study: Path, **parts: Any) -> None:
    study.write_text(tomli_w.dumps(recipe_data(**parts)), "utf-8")


def chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def huge_png() -> bytes:
    """Return a whole PNG of 30,000 × 30,000 pixels that holds almost none."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


# What is spoilt, and what the message says: where, and a part of what


def corrupt_jpeg(study: Path) -> None:
    file = without_landmarks(study)
    set_recipe(
        study,
        identities={
            FIRST: PERSON | {"files": {"happy": "a.jpg"}},
            SECOND: PERSON,
        },
    )
    Pillow.open(file).save(file.with_name("a.jpg"), quality=90)
    data = bytearray(file.with_name("a.jpg").read_bytes())
    data[len(data) // 3 : len(data)] = b"\x00" * (len(data) - len(data) // 3)
    file.with_name("a.jpg").write_bytes(data)


def truncated_png(study: Path) -> None:
    photo(study).write_bytes(photo(study).read_bytes()[:5000])


def text_as_png(study: Path) -> None:
    photo(study).write_text("not an image at all\n")


def empty_photo(study: Path) -> None:
    photo(study).write_bytes(b"")


def one_pixel(study: Path) -> None:
    Pillow.new("RGB", (1, 1)).save(without_landmarks(study))


def huge_photo(study: Path) -> None:
    without_landmarks(study).write_bytes(huge_png())


def no_face(study: Path) -> None:
    Pillow.new("RGB", (400, 400), (120, 110, 100)).save(without_landmarks(study))


def two_faces(study: Path) -> None:
    write_pair(without_landmarks(study))


def not_a_number(study: Path) -> None:
    points = points_of(study)["points"]
    set_points(study, points=[[float("nan"), 1.0], *points[1:]])


def too_few_points(study: Path) -> None:
    set_points(study, points=points_of(study)["points"][:-1])


def points_outside(study: Path) -> None:
    points = points_of(study)["points"]
    set_points(study, points=[[-40.0, 1.0], *points[1:]])


def template_mismatch(study: Path) -> None:
    set_points(study, template="dlib_5", points=[[1.0, 2.0]] * 5)


def another_photo(study: Path) -> None:
    set_points(study, image_sha256="0" * 64)


def broken_landmarks(study: Path) -> None:
    landmark_file(study).write_text('{"points": [', "utf-8")


def two_landmark_files(study: Path) -> None:
    shutil.copy(landmark_file(study), landmark_file(study).with_suffix(".pts"))


def missing_photo(study: Path) -> None:
    photo(study).unlink()


def folder_as_photo(study: Path) -> None:
    photo(study).unlink()
    photo(study).mkdir()


def empty_folder(study: Path) -> None:
    for file in photo(study).parent.iterdir():
        file.unlink()


def same_photo_twice(study: Path) -> None:
    shutil.copy(photo(study), photo(study).with_name(f"{FIRST}_distressed.png"))
    for file in (study.parent / "landmarks").iterdir():
        file.unlink()


def unknown_key(study: Path) -> None:
    set_recipe(study, morph={"wrap": "tps"})


def duplicate_identity(study: Path) -> None:
    text = study.read_text("utf-8")
    study.write_text(text + f"\n[identities.{FIRST}]\nmay_morph = true\n", "utf-8")


def bad_toml(study: Path) -> None:
    study.write_text("schema = 1\n[pack\n", "utf-8")


def parent_folder(study: Path) -> None:
    set_recipe(study, sources={"images": "../elsewhere"})


def one_step(study: Path) -> None:
    set_recipe(study, continua=[{"from": "happy", "to": "distressed", "steps": 1}])


def unknown_detector(study: Path) -> None:
    set_recipe(study, sources={"detector": "mash"})


def unknown_template(study: Path) -> None:
    set_recipe(study, sources={"template": "ibug_86"})


def no_consent(study: Path) -> None:
    set_recipe(study, identities={FIRST: PERSON | {"may_morph": False}, SECOND: PERSON})


def missing_recipe(study: Path) -> None:
    study.unlink()


def recipe_is_a_folder(study: Path) -> None:
    study.unlink()
    study.mkdir()


def name_of_a_number(study: Path) -> None:
    set_recipe(study, identities={"nan": PERSON})


def names_too_long(study: Path) -> None:
    set_recipe(
        study,
        identities={"a" * 24: PERSON},
        continua=[{"from": "b" * 20, "to": "c" * 20, "steps": 2}],
    )


def pattern_without_identity(study: Path) -> None:
    set_recipe(study, sources={"pattern": "{label}.png"})
    for label in LABELS:
        shutil.copy(photo(study), photo(study).with_name(f"{label}.png"))


BAD: dict[Callable[[Path], None], tuple[str, str]] = {
    corrupt_jpeg: ("a.jpg", "JPEG"),
    truncated_png: (HAPPY, "truncated"),
    text_as_png: (HAPPY, "not an image"),
    empty_photo: (HAPPY, "empty"),
    one_pixel: (HAPPY, "no face was found"),
    huge_photo: (HAPPY, "at most 150,000,000 pixels"),
    no_face: (HAPPY, "no face was found"),
    two_faces: (HAPPY, "2 faces were found"),
    not_a_number: (f"{FIRST}_happy.json", "1 of 68 points are missing (not a number)"),
    too_few_points: (f"{FIRST}_happy.json", "67"),
    points_outside: (f"{FIRST}_happy.json", "1 landmark lies outside the image"),
    template_mismatch: (f"{FIRST}_happy.json", "dlib_5"),
    another_photo: (f"{FIRST}_happy.json", "another photograph or version"),
    broken_landmarks: (f"{FIRST}_happy.json", "JSON"),
    two_landmark_files: (HAPPY, "2 landmark files"),
    missing_photo: (HAPPY, "there is no such photograph"),
    folder_as_photo: (HAPPY, "there is no such photograph"),
    empty_folder: (f"{FIRST}_distressed.png", "source_faces is empty"),
    same_photo_twice: (HAPPY, "is the same photograph as"),
    unknown_key: ("study.toml: morph.wrap", 'did you mean "warp"?'),
    duplicate_identity: ("study.toml", "not valid TOML"),
    bad_toml: ("study.toml", "not valid TOML"),
    parent_folder: ("study.toml: sources.images", "leaves the folder"),
    one_step: ("study.toml: continua[0].steps", "2"),
    unknown_detector: ("sources.detector", 'did you mean "mesh"?'),
    unknown_template: ("sources.template", 'did you mean "ibug_68"?'),
    no_consent: (f"identities.{FIRST}", "may_morph is not true"),
    missing_recipe: ("study.toml", "there is no such file"),
    recipe_is_a_folder: ("study.toml", "this is a folder"),
    name_of_a_number: ("continua[0]", "can be read as a number"),
    names_too_long: ("continua[0]", "at most 48"),
    pattern_without_identity: ("distressed.png", "{identity}"),
}

#: Mistakes that concern more than one file, and are told for each.
SEVERAL = {empty_folder: 4, pattern_without_identity: 2}


def told(result: Result, *, exit_code: int = 3) -> list[str]:
    """Return the messages of a command that failed as it should."""
    assert result.exit_code == exit_code, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    stages = "reading photographs|matching faces|rendering|writing the pack"
    progress = re.compile(rf"({stages})( \(\d+\))?")
    lines = [
        line for line in result.stderr.splitlines() if not progress.fullmatch(line)
    ]
    assert lines[0].startswith("morphkit: ")
    return [line for line in lines if not line.startswith("  ")]  # lists of faces


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_mistake_is_one_message_and_nothing_is_written(
    spoil: Callable[[Path], None], study: Path, tmp_path: Path
) -> None:
    spoil(study)
    before = files_below(tmp_path)
    where, what = BAD[spoil]
    result = run("build", study, "--output", tmp_path / "new" / "pack")
    messages = told(result)
    assert len(messages) == SEVERAL.get(spoil, 1), result.stderr
    assert where in messages[0]
    assert what in result.stderr
    # where (with a line or a key): what is wrong, what was found; what to do
    start = re.escape(where.partition(": ")[0])
    assert re.match(rf"morphkit: (\S*/)?{start}(:\d+)?: ", messages[0]), messages[0]
    assert re.search(r"[;(]", messages[0]), messages[0]
    assert files_below(tmp_path) == before


def test_all_bad_sources_are_listed_at_once(study: Path, tmp_path: Path) -> None:
    set_recipe(study, sources={"detector": "mesh"})
    faces = photo(study).parent
    text_as_png(study)
    (faces / f"{FIRST}_distressed.png").unlink()
    (study.parent / "landmarks" / f"{SECOND}_happy.json").write_text("[]", "utf-8")
    (study.parent / "landmarks" / f"{SECOND}_distressed.json").unlink()
    Pillow.new("RGB", (99, 99)).save(faces / f"{SECOND}_distressed.png")
    messages = told(run("build", study, "--output", tmp_path / "pack"))
    # One each, and the landmarks of the photograph that is gone.
    assert len(messages) == 5
    assert {
        Path(m.removeprefix("morphkit: ").split(": ")[0]).stem for m in messages
    } == {f"{identity}_{label}" for identity in IDENTITIES for label in LABELS}


def test_all_faults_of_a_recipe_are_listed_at_once(study: Path, tmp_path: Path) -> None:
    set_recipe(
        study,
        morph={"warp": "tsp", "blend": "linear", "typo": 1},
        align={"width": 3},
        pack={"name": "Bad Name"},
    )
    messages = told(run("build", study, "--output", tmp_path / "pack"))
    keys = [
        message.partition("study.toml: ")[2].partition(": ")[0] for message in messages
    ]
    assert sorted(keys) == ["align.width", "morph.typo", "morph.warp", "pack.name"]


# The command without a recipe


def morph(*options: str | Path, a: Path | None = None, b: Path | None = None) -> Result:
    a, b = a or FACES / HAPPY, b or FACES / f"{FIRST}_distressed.png"
    return run("morph", a, b, *options)


def test_morph_lists_both_bad_photographs(tmp_path: Path) -> None:
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    a.write_text("text")
    result = morph("--steps", "3", "--output", tmp_path / "pack", a=a, b=b)
    messages = told(result)
    assert len(messages) == 2
    assert messages[0].startswith(f"morphkit: {a}: this is not an image")
    assert messages[1].startswith(f"{b}: there is no such file")
    assert files_below(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    ("options", "exit_code", "message"),
    [
        (["--steps", "1"], 2, "--steps"),
        (["--steps", "3", "--detector", "mash"], 3, 'did you mean "mesh"?'),
        (["--steps", "3", "--template", "ibug_86"], 3, 'did you mean "ibug_68"?'),
        (["--steps", "3", "--template", "no.json"], 3, "there is no such file"),
        (["--steps", "3", "--identity", "Anna B"], 3, "lower-case letters"),
        (["--steps", "3", "--labels", "sad", "sad"], 3, '--labels: both are "sad"'),
        (["--steps", "3", "--labels", "sad", "2"], 3, '--labels: "2" cannot be part'),
        (["--steps", "3", "--landmarks-a", "no.tem"], 3, "no.tem: there is no such"),
        (["--steps", "3", "--face-b", "7"], 3, "there is no face 7"),
    ],
)
def test_morph_with_options_that_cannot_be_used(
    options: list[str],
    exit_code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = morph(*options, "--output", "pack")
    assert result.exit_code == exit_code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert files_below(tmp_path) == []


@pytest.mark.slow
def test_morph_of_one_photograph_twice(tmp_path: Path) -> None:
    result = morph("--steps", "3", "--output", tmp_path / "p", b=FACES / HAPPY)
    assert "is the same photograph as" in told(result)[0]
    assert files_below(tmp_path) == []


# Places that cannot be written


def test_an_output_that_exists(study: Path, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "thesis.txt").write_text("years of work")
    before = files_below(tmp_path)
    (message,) = told(run("build", study, "--output", tmp_path / "pack"))
    assert message.startswith(f"morphkit: {tmp_path / 'pack'}: already exists;")
    assert "--overwrite" in message
    assert files_below(tmp_path) == before


def test_an_output_below_a_file(study: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    before = files_below(tmp_path)
    result = run("build", study, "--output", tmp_path / "file" / "a" / "pack")
    (message,) = told(result)
    assert f"{tmp_path / 'file'} is a file, not a folder;" in message
    assert files_below(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_an_output_where_no_folder_can_be_made(study: Path) -> None:
    (message,) = told(run("build", study, "--output", "/proc/morphkit/pack"))
    assert message.startswith("morphkit: /proc/morphkit/pack: cannot be written (")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_an_output_without_permission(study: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    (message,) = told(run("build", study, "--output", tmp_path / "locked" / "pack"))
    assert "no permission" in message


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 200 kB, where that is permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if (
        not shutil.which("mount")
        or subprocess.run(mounting, capture_output=True, check=False).returncode
    ):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk(study: Path, small_disk: Path) -> None:
    (message,) = told(run("build", study, "--output", small_disk / "pack"))
    assert "full" in message or "No space left" in message
    assert f"what was finished is kept in {small_disk / '.pack.store'}" in message
    assert [path.name for path in small_disk.iterdir()] == [".pack.store"]


def fill(folder: Path) -> None:
    """Fill a disk to the last byte."""
    filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filler, bytes(4096)):
            pass
    except OSError:
        os.close(filler)


@pytest.mark.slow
def test_a_disk_without_any_room(study: Path, small_disk: Path) -> None:
    fill(small_disk)
    (message,) = told(run("build", study, "--output", small_disk / "pack"))
    assert "full" in message or "No space left" in message
    assert files_below(small_disk) == ["filler"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
def test_a_file_that_may_not_grow(study: Path, tmp_path: Path) -> None:
    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        command("build", study, "--output", tmp_path / "pack", "--quiet"),
        env=environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    (message,) = done.stderr.splitlines()
    assert "File too large" in message
    assert "what was finished is kept" in message
    assert sorted(path.name for path in tmp_path.iterdir()) == [".pack.store", "study"]


# Interruption


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_an_interrupted_process_goes_on_and_ends_in_the_same_bytes(
    tmp_path: Path,
) -> None:
    # Many small images: time enough to be interrupted in the middle.
    recipe = write_study(
        tmp_path / "study",
        continua=[{"from": "happy", "to": "distressed", "steps": 40}],
        morph={"refine": "none"},
    )
    build_study(recipe, tmp_path / "whole")
    output = tmp_path / "pack"
    store = tmp_path / ".pack.store"
    arguments = command("build", recipe, "--output", output)
    process = subprocess.Popen(
        arguments,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    second = f".pack.*.partial/new/materials/stimuli/{SECOND}/*.png"
    while len(list(tmp_path.glob(second))) < 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1, stderr
    assert stdout == ""
    assert stderr.splitlines()[-1].startswith("morphkit: interrupted; ")
    assert "Traceback" not in stderr
    assert not output.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".pack.store",
        ".whole.store",
        "study",
        "whole",
    ]
    assert not list(store.rglob("*.tmp"))
    assert store.stat().st_mode & 0o077 == 0
    finished = {file.name for file in (tmp_path / "whole").rglob(f"{FIRST}*.png")}
    hashes = {sha256_of(file) for file in (tmp_path / "whole").rglob(f"{FIRST}*.png")}
    assert len(finished) == 40
    files = {file.name: file for file in (store / "files").iterdir()}
    assert hashes <= set(files)
    kept = {files[name].stat().st_mtime_ns for name in hashes}

    done = subprocess.run(
        arguments, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sums(output) == sums(tmp_path / "whole")
    there = (output / "materials" / "stimuli" / FIRST).iterdir()
    assert {file.stat().st_mtime_ns for file in there} == kept


# Nothing else is touched


@pytest.mark.slow
def test_sources_are_never_changed(study: Path, tmp_path: Path) -> None:
    before = {name: sha256_of(study.parent / name) for name in _files(study.parent)}
    assert run("build", study, "--output", tmp_path / "pack", "-q").exit_code == 0
    assert run("reproduce", tmp_path / "pack", "--sources", study.parent).exit_code == 0
    text_as = study.parent / "source_faces" / "other.png"
    text_as.write_text("x")
    assert run("reproduce", tmp_path / "pack", "--sources", study.parent).exit_code == 0
    text_as.unlink()
    after = {name: sha256_of(study.parent / name) for name in _files(study.parent)}
    assert after == before


def _files(folder: Path) -> list[str]:
    return [name for name in files_below(folder) if (folder / name).is_file()]


def test_the_huge_photograph_is_a_whole_png() -> None:
    data = huge_png()
    assert struct.unpack(">II", data[16:24]) == (30_000, 30_000)
    assert len(data) < 200


@pytest.mark.slow
def test_the_spoilt_studies_are_otherwise_good(study: Path, tmp_path: Path) -> None:
    result = run("build", study, "--output", tmp_path / "pack", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["n_images"] == len(STIMULI)
    assert np.isfinite(points_of(study)["points"]).all()
