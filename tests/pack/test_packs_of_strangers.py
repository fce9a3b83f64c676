"""Packs from strangers: names and paths that leave the folder, texts that are run."""

from pathlib import Path

import pytest
from export_study import write_small_pack
from small_study import run

from morphkit._core.paths import is_inside
from morphkit.errors import InputError
from morphkit.experiment.design import Design, Trial
from morphkit.pack import read_pack
from morphkit.pack.layout import MANIFEST, TABLE_FILES

CODE = "[__import__('os').system('touch ran')]"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_small_pack(tmp_path / "pack", identities=["ada"])
    return tmp_path / "pack"


def change(pack: Path, table: str, old: str, new: str) -> None:
    path = pack / TABLE_FILES[table]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def label_of(pack: Path) -> str:
    return read_pack(pack).stimuli[0].from_label


@pytest.mark.parametrize("label", [CODE, "Happy", "a b", "happy\x1b[2J"])
def test_labels_are_names(pack, label):
    change(pack, "stimuli", f",{label_of(pack)},", f",{label},")
    with pytest.raises(InputError, match=r"stimuli_data.csv:2: from_label is"):
        read_pack(pack)


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/b", "C:x"])
def test_continua_are_names(pack, name):
    continuum = read_pack(pack).continua[0].continuum_id
    change(pack, "continua", f"{continuum},", f"{name},")
    with pytest.raises(InputError, match="continuum_id is"):
        read_pack(pack)


@pytest.mark.parametrize(
    "path",
    ["../../x/y.png", "/etc/passwd", "materials/../../x.png", "C:/x.png", "a\\b.png"],
)
def test_files_lie_in_the_pack(pack, path):
    change(pack, "stimuli", read_pack(pack).stimuli[0].file, path)
    with pytest.raises(InputError, match=r"file is .*a path inside the pack"):
        read_pack(pack)


def test_names_of_images_are_names(pack):
    name = read_pack(pack).stimuli[0].stimulus_id
    change(pack, "stimuli", f"{name},", "../x,")
    with pytest.raises(InputError, match="cannot be the name of a stimulus"):
        read_pack(pack)


@pytest.mark.parametrize("name", ["/x/y", "../y", "a b"])
def test_a_pack_has_a_name(pack, name):
    manifest = pack / MANIFEST
    text = manifest.read_text("utf-8")
    own = f'"name": "{read_pack(pack).name}"'
    dashed = own.replace("_", "-")
    assert own in text or dashed in text
    own = own if own in text else dashed
    manifest.write_text(text.replace(own, f'"name": "{name}"', 1), "utf-8")
    with pytest.raises(InputError, match="is not a name of a pack"):
        read_pack(pack)


@pytest.mark.parametrize("front_end", ["psychopy", "psych_ds", "media", "labjs"])
def test_nothing_is_written_of_a_pack_that_leaves_its_folder(pack, tmp_path, front_end):
    change(pack, "stimuli", read_pack(pack).stimuli[0].file, "../../x/y.png")
    arguments = ("export", pack, front_end, "--output", tmp_path / "out")
    assert "the pack is not whole" in run(*arguments).stderr
    result = run(*arguments, "--unverified")
    assert result.exit_code == 3
    assert "a path inside the pack" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack"]


@pytest.mark.parametrize("keys", [("x' or 1 or '", "j"), ("F", "j"), ("", "j")])
def test_keys_are_keys(keys):
    trial = Trial("main", 1, ("s",), ("happy", "sad"))
    with pytest.raises(InputError, match="is not an answer key"):
        Design("categorisation", ((trial,),), seed=1, keys=keys)


def test_paths_inside_and_outside():
    assert is_inside("materials/stimuli/ada/ada_s01.png")
    for path in ("", "/", "a//b", "./a", "a/..", "a\nb", "\\\\host\\x"):
        assert not is_inside(path)
