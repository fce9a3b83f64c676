"""The same recipe and sources give the same bytes, whatever the surroundings."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from repository import load
from small_study import (
    LABELS,
    build_study,
    environment,
    run_alone,
    sums,
    write_study,
)

from morphkit.pixels.backend import native

pytestmark = pytest.mark.slow

bit_exactness = load("benchmarks/bit_exactness.py")


def built(
    folder: Path, env: Mapping[str, str], *options: str, cwd: Path | None = None
) -> str:
    """Return the sums of a pack that a process of its own builds."""
    recipe = write_study(folder / "study")
    where = Path(os.path.relpath(recipe, cwd)) if cwd else recipe
    done = run_alone(
        "build", where, "--output", folder / "pack", *options, cwd=cwd, env=env
    )
    assert done.returncode == 0, done.stderr
    return sums(folder / "pack")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the sums of a build in plain surroundings."""
    plain = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "LANG": "C"}
    return built(tmp_path_factory.mktemp("plain"), plain)


def test_surroundings_change_no_byte_of_a_pack(expected: str, tmp_path: Path) -> None:
    cwd = tmp_path / "somewhere" / "ä else"
    cwd.mkdir(parents=True)
    env = {
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "de_DE.UTF-8",
        "TZ": "Pacific/Kiritimati",
        "SOURCE_DATE_EPOCH": "1700000000",
    }
    assert built(tmp_path / "other place", env, "--jobs", "2", cwd=cwd) == expected


def test_threads_change_no_byte_of_a_pack(expected: str, tmp_path: Path) -> None:
    recipe = write_study(tmp_path / "study")
    script = (
        "import cv2; cv2.setNumThreads(1); from morphkit.cli import main; "
        f"main(['build', {str(recipe)!r}, '--output', {str(tmp_path / 'pack')!r}])"
    )
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", script], env=environment(one), check=True)
    assert sums(tmp_path / "pack") == expected


def test_no_float_is_summed_by_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its ``sum`` carries what is lost from Python 3.12 on, so that bits differ."""

    def ordered(values: Iterable[Any], start: Any = 0) -> Any:
        values = list(values)
        assert not any(type(value) is float for value in values), values
        return sum(values, start)

    study = write_study(
        tmp_path,
        align={"method": "procrustes", "width": 48, "height": 56},
        morph={"refine": "none", "mask": "face", "spacing": 32},
        frame={"grey": True},
        match={"method": "line", "over": "frames"},
        prototypes=[{"identity": "both", "label": label} for label in LABELS],
        continua=[
            {"identities": ["both"], "from": LABELS[0], "to": LABELS[1], "steps": 3}
        ],
    )
    build_study(study, tmp_path / "before")
    for name, module in list(sys.modules.items()):
        if name.startswith(("morphkit.geometry", "morphkit.morph", "morphkit.pixels")):
            monkeypatch.setattr(module, "sum", ordered, raising=False)
    build_study(study, tmp_path / "pack")
    assert sums(tmp_path / "pack") == sums(tmp_path / "before")


# Pixels from the frozen correspondence


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two photographs and their frozen correspondence."""
    folder = tmp_path_factory.mktemp("frozen")
    bit_exactness.freeze(folder, (96, 112))
    return folder


def rendered(frozen: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the hashes of frames that a process of its own renders."""
    found: dict[str, str] = bit_exactness.run(
        sys.executable, frozen, settings, few=True
    )
    return found


@pytest.fixture(scope="module")
def base(frozen: Path) -> dict[str, str]:
    """Return the hashes of frames as they are rendered here."""
    return rendered(frozen, {})


#: Two processes for all that may vary; the benchmark tells them apart.
TOGETHER = (
    (
        "OpenCV without AVX2, FMA3",
        "NumPy dispatch off",
        "BLAS core Prescott",
        "1 thread",
    ),
    ("NumPy implementation", "BLAS core Haswell", "2 threads"),
)


@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_frozen_meshes_give_the_same_bytes(
    names: tuple[str, ...], base: dict[str, str], frozen: Path
) -> None:
    settings = {
        k: v for name in names for k, v in bit_exactness.CONFIGURATIONS[name].items()
    }
    found = rendered(frozen, settings)
    assert (found["pixels"], found["png"]) == (base["pixels"], base["png"])
    if "NumPy implementation" in names:
        assert found["implementation"] == "numpy"


@pytest.mark.skipif(native() is None, reason="the C extension is not installed")
def test_the_c_extension_is_what_is_compared(
    base: dict[str, str], frozen: Path
) -> None:
    assert base["implementation"] == "c"


def test_the_hashes_depend_on_the_pixels(base: dict[str, str], frozen: Path) -> None:
    from morphkit.faces.images import read_image, write_png

    photo = frozen / "0.png"
    kept = photo.read_bytes()
    image = read_image(photo).copy()
    image[300, 300] ^= 8
    write_png(photo, image, overwrite=True)
    landmarks = frozen / "0.json"
    text = landmarks.read_text("utf-8")
    data = json.loads(text) | {"image_sha256": ""}
    landmarks.write_text(json.dumps(data), "utf-8")
    changed = rendered(frozen, {})
    photo.write_bytes(kept)
    landmarks.write_text(text, "utf-8")
    assert changed["pixels"] != base["pixels"]
    assert changed["png"] != base["png"]
