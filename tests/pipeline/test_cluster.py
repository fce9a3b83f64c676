"""A build on a cluster makes the same bytes, also where a machine is lost meanwhile."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_study import LABELS, build_study, environment, run, sums, write_study

import morphkit as mk
from morphkit._core.progress import Progress
from morphkit.errors import InputError
from morphkit.pack import kept_images
from morphkit.pipeline import cluster as clusters

distributed = pytest.importorskip("distributed")

#: Three processes are started.
pytestmark = [
    pytest.mark.slow,
    # Of its event loop and its sockets, where a machine is killed.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TINY = {
    "align": {"method": "two_point", "width": 48, "height": 48},
    "checks": {"measures": ["mean_difference_frame256"]},
    "continua": [
        {"from": LABELS[0], "to": LABELS[1], "steps": 3},
        {"from": LABELS[1], "to": LABELS[0], "levels": [0.0, 0.4, 1.1]},
    ],
}


class Machines:
    """A scheduler of dask and two workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1")
        self.address = self._address()
        options = [self.address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"]
        self.workers = [self._start("worker", *options) for _ in range(2)]

    def _start(self, what: str, *options: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [
                *(sys.executable, "-m", f"distributed.cli.dask_{what}"),
                *(*options, "--no-dashboard"),
            ],
            env=environment(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _address(self) -> str:
        assert self.scheduler.stderr is not None
        for line in self.scheduler.stderr:
            if "Scheduler at:" in line:
                return line.rpartition(" ")[2].strip()
        raise AssertionError("the scheduler did not start")

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    found = Machines(tmp_path_factory.mktemp("machines"))
    yield found
    found.stop()


def test_the_bytes_are_those_of_one_machine(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two workers is killed when the first image has arrived."""
    recipe = write_study(tmp_path / "study", **TINY)
    with distributed.Client(machines.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    stages: list[str] = []

    def advance(name: str) -> None:
        if stages[-1] == "rendering" and machines.workers[0].poll() is None:
            machines.workers[0].send_signal(signal.SIGKILL)
            machines.workers[0].wait()

    told = Progress(lambda text, total: stages.append(text), advance)
    reduced: list[object] = []
    for name in ("thumbnail", "preview_of"):  # sheet and report find what arrived
        monkeypatch.setattr(kept_images, name, lambda *of: reduced.append(of))
    mk.build_pack(recipe, tmp_path / "pack", cluster=machines.address, progress=told)
    monkeypatch.undo()
    assert not reduced
    assert machines.workers[0].poll() is not None
    build_study(recipe, tmp_path / "here")
    assert sums(tmp_path / "pack") == sums(tmp_path / "here")
    assert stages == [
        *("reading photographs", "matching faces", "rendering", "writing the pack"),
    ]
    # What arrived is kept as in a build here: nothing is made again.
    build = ["build", recipe, "--output", tmp_path / "pack"]
    again = run(*build, "--cluster", machines.address, "--shared-storage")
    assert again.stderr.splitlines()[0] == "up to date"
    # Photographs of shared storage, and a set that is measured as a whole.
    text = recipe.read_text("utf-8")
    recipe.write_text(text + '\n[match]\nmethod = "luminance"\n', "utf-8")
    where = {"cluster": machines.address, "shared_storage": True}
    mk.build_pack(recipe, tmp_path / "pack", **where)
    build_study(recipe, tmp_path / "here")
    assert sums(tmp_path / "pack") == sums(tmp_path / "here")

    monkeypatch.setattr(clusters, "software_key", lambda: "another")
    recipe.write_text(text, "utf-8")
    with pytest.raises(InputError, match="another version of morphkit"):
        mk.build_pack(recipe, tmp_path / "other", cluster=machines.address)
    assert not (tmp_path / "other").exists()


def test_a_cluster_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = write_study(tmp_path / "study", **TINY)
    build = ["build", recipe, "--output", tmp_path / "pack"]
    assert "no meaning without --cluster" in run(*build, "--shared-storage").stderr
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    found = run(*build, "--cluster", "tcp://127.0.0.1:9")
    assert found.exit_code == 3
    assert "dask scheduler" in found.stderr
    monkeypatch.setitem(sys.modules, "distributed", None)
    found = run(*build, "--cluster", "tcp://127.0.0.1:9")
    assert 'pip install "morphkit-faces[cluster]"' in found.stderr
