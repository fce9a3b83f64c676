"""A build by several processes makes the same bytes, and nothing is lost with one."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_study import (
    LABELS,
    build_study,
    command,
    environment,
    run,
    sums,
    write_study,
)

from morphkit._core.leftovers import partials_of
from morphkit._core.progress import Progress
from morphkit.errors import InputError, OutputError
from morphkit.faces.images import read_image, write_png
from morphkit.pipeline import build as building

#: Processes are started.
pytestmark = pytest.mark.slow

TINY = {
    "align": {"method": "two_point", "width": 48, "height": 48},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [
        {"from": LABELS[0], "to": LABELS[1], "steps": 3},
        {"from": LABELS[1], "to": LABELS[0], "levels": [0.0, 0.4, 1.1]},
    ],
}
#: Takes long enough to be killed in the middle.
LONG = {
    "align": {"method": "two_point", "width": 192, "height": 192},
    "continua": [{"from": LABELS[0], "to": LABELS[1], "steps": 40}],
    "morph": {"refine": "none"},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"), **TINY)


@pytest.fixture(scope="module")
def expected(study: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("expected") / "pack"
    build_study(study, output)
    return sums(output)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the recipe of a longer study, and the sums of its pack."""
    study = write_study(tmp_path_factory.mktemp("long"), **LONG)
    output = tmp_path_factory.mktemp("whole") / "pack"
    build_study(study, output)
    return study, sums(output)


def build(study: Path, output: Path, **options: object) -> list[tuple[str, int]]:
    """Build by two processes; return what was told of its stages."""
    stages: list[tuple[str, int]] = []
    told = Progress(lambda text, total: stages.append((text, total)))
    build_study(study, output, jobs=2, processes=True, progress=told, **options)
    return stages


def test_the_bytes_are_those_of_one_process(
    study: Path, expected: str, tmp_path: Path
) -> None:
    output = tmp_path / "pack"
    stages = build(study, output)
    assert sums(output) == expected
    assert ("rendering", 12) in stages
    assert not multiprocessing.active_children()
    assert build(study, output) == [("up to date", 1)]
    # Of what they kept, nothing is made again, and nothing else is kept.
    store = {file.name for file in output.with_name(".pack.store").rglob("*.json")}
    (output / "report.html").unlink()
    stages = build(study, output, overwrite=True)
    assert "rendering" not in dict(stages)
    assert sums(output) == expected
    assert store == {
        file.name for file in output.with_name(".pack.store").rglob("*.json")
    }


def test_a_set_that_is_measured_as_a_whole_has_the_same_bytes(tmp_path: Path) -> None:
    recipe = write_study(tmp_path / "study", **TINY, match={"method": "luminance"})
    build(recipe, tmp_path / "several")
    build_study(recipe, tmp_path / "one")
    assert sums(tmp_path / "several") == sums(tmp_path / "one")


def test_the_program_has_jobs_that_are_processes(
    study: Path, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    real = building.build

    def recorded(*arguments, workers, **options):
        given.append(type(workers).__name__)
        return real(*arguments, workers=workers, **options)

    monkeypatch.setattr("morphkit.pipeline.make_pack.build", recorded)
    for jobs in (1, 2):
        output = tmp_path / str(jobs)
        assert run("build", study, "--output", output, "--jobs", jobs).exit_code == 0
        assert sums(output) == expected
    assert given == ["Threads", "SeveralProcesses"]


def test_a_photograph_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    recipe = write_study(tmp_path / "study", **TINY)

    def spoil(text: str, total: int) -> None:
        if text == "rendering":
            for photo in (tmp_path / "study" / "source_faces").iterdir():
                image = read_image(photo).copy()
                image[0, 0] ^= 1
                write_png(photo, image, overwrite=True)

    with pytest.raises(InputError, match="changed while the build was at work"):
        build_study(
            recipe, tmp_path / "p", jobs=2, processes=True, progress=Progress(spoil)
        )
    assert not list(partials_of(tmp_path / "p"))
    assert not multiprocessing.active_children()


def test_what_was_finished_is_kept_when_a_process_is_killed(
    study: Path, expected: str, tmp_path: Path
) -> None:
    output = tmp_path / "pack"
    stages: list[str] = []

    def advance(text: str) -> None:
        if stages[-1] == "rendering":
            for other in multiprocessing.active_children():
                other.kill()

    told = Progress(lambda text, total: stages.append(text), advance)
    with pytest.raises(OutputError, match=r"from outside.*--jobs; what was finished"):
        build_study(study, output, jobs=2, processes=True, progress=told)
    assert not output.exists()
    assert not list(partials_of(output))
    again = dict(build(study, output))
    assert 0 < again["rendering"] < 12
    assert sums(output) == expected


def begun(folder: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    """Return a command that has made some images of a pack in a folder."""
    process = subprocess.Popen(
        command(*arguments),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # Folders come and go meanwhile, which a walk takes as it finds them.
    while not any(name.endswith(".png") for *_, of in os.walk(folder) for name in of):
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    return process


def test_killed_with_its_processes_and_given_again(
    long: tuple[Path, str], tmp_path: Path
) -> None:
    study, expected = long
    arguments = ("build", study, "--output", tmp_path / "pack", "--jobs", "2")
    process = begun(tmp_path, *arguments)
    process.kill()
    process.wait()
    assert run(*arguments).exit_code == 0  # while the others may still be ending
    assert sums(tmp_path / "pack") == expected
    process.communicate(timeout=60)  # its output ends when the last of them does
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".pack.store", "pack"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_interrupted_with_its_processes_and_given_again(
    long: tuple[Path, str], tmp_path: Path
) -> None:
    """A terminal interrupts all of them."""
    study, expected = long
    arguments = ("build", study, "--output", tmp_path / "pack", "--jobs", "2")
    process = begun(tmp_path, *arguments)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1, stderr
    assert stdout == ""
    assert stderr.splitlines()[-1].startswith("morphkit: interrupted; ")
    assert "Traceback" not in stderr
    assert [path.name for path in tmp_path.iterdir()] == [".pack.store"]
    assert run(*arguments).exit_code == 0
    assert sums(tmp_path / "pack") == expected
