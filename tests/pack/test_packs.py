"""The folder of a pack: what is in it, what it may not hold, and proving it whole."""

import csv
import dataclasses
import getpass
import hashlib
import io
import json
import re
import shutil
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import numpy as np
import pytest
import tomli_w
from PIL import Image as Pillow
from small_pack import make_pack
from small_study import (
    IDENTITIES,
    PERSON,
    STEPS,
    STIMULI,
    build_study,
    files_below,
    recipe_data,
    write_study,
)

from morphkit._core.array_files import arrays_in, read_arrays, write_arrays
from morphkit._core.bounds import ARRAYS
from morphkit._core.files import sha256_of
from morphkit.errors import InputError
from morphkit.faces.images import pixel_sha256, read_image
from morphkit.pack import read_pack, verify_pack, write_pack
from morphkit.pack.frozen_mesh import read_frozen, write_frozen
from morphkit.pack.layout import TABLE_FILES
from morphkit.pack.maker import present_maker
from morphkit.pack.model import MAX_NAME
from morphkit.pack.rows import IdentityRow
from morphkit.pack.schema import PACK_SCHEMA, TABLES
from morphkit.pack.tables import format_table, parse_table
from morphkit.pack.write import files_of
from morphkit.pipeline.norms import resolve_norms
from morphkit.recipe import make_recipe, parse_recipe, to_toml

#: Columns that other programs rely on.
STIMULI_COLUMNS = [
    "stimulus_id",
    "file",
    "continuum_id",
    "identity_id",
    "from_label",
    "to_label",
    "step",
    "n_steps",
    "level",
    "perceptual_position",
    "width",
    "height",
    "bytes",
    "sha256",
    "pixel_sha256",
    "kind",
    "ambiguous",
]
DOCUMENTS = [
    "CITATION.cff",
    "LICENSE.txt",
    "README.md",
    "SHA256SUMS",
    "checks.json",
    "datapackage.json",
    "dataset_description.json",
    "recipe.toml",
    "report.html",
]
NORMS_HEAD = "stimulus_id,measure,mean,sd,n,rater_group,instrument,source_doi"
NORMS = f"""{NORMS_HEAD}
{STIMULI[0]},intensity,20.125,3.5,31,parents,VAS,10.1000/x
{STIMULI[0]},intensity,21.0,,1,,,
{STIMULI[-1]},valence,-1.5,0.25,30,parents,VAS,
"""
DESCRIPTION = 'Faces, "quoted"; über\nzwei Zeilen'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack; its sources have names that must not get into it."""
    root = tmp_path_factory.mktemp("secret-root")
    recipe = write_study(root)
    people = {
        name: PERSON
        | {
            "description": DESCRIPTION,
            "files": {label: f"Anna_Geheim_{name}_{label}.png" for label in LABELS},
        }
        for name in IDENTITIES
    }
    for name in IDENTITIES:
        for label in LABELS:
            photo = root / "source_faces" / f"{name}_{label}.png"
            photo.rename(photo.with_name(f"Anna_Geheim_{photo.name}"))
            for file in (root / "landmarks").glob(f"{name}_{label}.*"):
                file.rename(file.with_name(f"Anna_Geheim_{file.name}"))
    (root / "ratings").mkdir()
    (root / "ratings" / "norms.csv").write_text(NORMS, "utf-8-sig")
    about = {"name": "small_study", "creators": ["Muster, Eva"]}
    about["norms"] = "ratings/norms.csv"
    data = {**_load(recipe), "identities": people, "pack": about}
    recipe.write_text(tomli_w.dumps(data), "utf-8")
    build_study(recipe, root / "pack")
    return root / "pack"


LABELS = ("happy", "distressed")


def _load(recipe: Path) -> dict[str, object]:
    import tomllib

    return tomllib.loads(recipe.read_text("utf-8"))


@pytest.fixture
def pack(original: Path, tmp_path: Path) -> Path:
    """Return a pack that a test may damage."""
    return Path(shutil.copytree(original, tmp_path / "pack"))


def rows_of(pack: Path, name: str) -> list[dict[str, str]]:
    with (pack / TABLE_FILES[name]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# What is there


def test_the_folder_holds_what_the_contract_names_and_nothing_else(
    original: Path,
) -> None:
    expected = {
        *DOCUMENTS,
        *TABLE_FILES.values(),
        "materials/preview/contact_sheet.png",
        *(f"materials/stimuli/{s.split('_')[0]}/{s}.png" for s in STIMULI),
        *(f"data/correspondence/{i}_happy_distressed.npz" for i in IDENTITIES),
    }
    assert set(files_of(original)) == expected
    assert not [p for p in files_below(original) if Path(p).name.startswith(".")]


def test_the_table_of_stimuli_has_the_columns_of_the_contract(original: Path) -> None:
    rows = rows_of(original, "stimuli")
    assert list(rows[0]) == STIMULI_COLUMNS
    assert [row["stimulus_id"] for row in rows] == STIMULI
    for row in rows:
        step = int(row["step"])
        assert row["identity_id"] == row["stimulus_id"].split("_")[0]
        assert row["continuum_id"] == f"{row['identity_id']}_happy_distressed"
        assert (row["from_label"], row["to_label"]) == LABELS
        assert row["n_steps"] == str(STEPS)
        assert float(row["level"]) == (step - 1) / (STEPS - 1)
        assert row["kind"] == ("endpoint" if step in (1, STEPS) else "morph")
        assert row["ambiguous"] == "0"
        assert row["perceptual_position"] == ""


def test_the_table_of_stimuli_says_what_the_files_are(original: Path) -> None:
    for row in rows_of(original, "stimuli"):
        data = (original / row["file"]).read_bytes()
        pixels = np.asarray(Pillow.open(io.BytesIO(data)))
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        assert len(data) == int(row["bytes"])
        assert pixels.shape == (int(row["height"]), int(row["width"]), 3)
        assert pixel_sha256(pixels) == row["pixel_sha256"]


def test_the_table_of_continua_names_the_sources_by_hash(original: Path) -> None:
    sources = original.parent / "source_faces"
    rows = rows_of(original, "continua")
    assert [row["identity_id"] for row in rows] == list(IDENTITIES)
    for row in rows:
        name = f"Anna_Geheim_{row['identity_id']}"
        assert row["from_sha256"] == sha256_of(sources / f"{name}_happy.png")
        assert row["to_sha256"] == sha256_of(sources / f"{name}_distressed.png")
        for column in ("warp", "blend", "align", "spacing", "from_placed_by"):
            assert row[column]


def test_norms_are_attached_and_read_back(original: Path) -> None:
    assert [tuple(row.values()) for row in rows_of(original, "norms")] == [
        (STIMULI[0], "intensity", "20.125", "3.5", "31", "parents", "VAS", "10.1000/x"),
        (STIMULI[0], "intensity", "21.0", "", "1", "", "", ""),
        (STIMULI[-1], "valence", "-1.5", "0.25", "30", "parents", "VAS", ""),
    ]
    pack = read_pack(original)
    assert pack.norms[0].mean == 20.125
    assert pack.norms[1].sd is None
    assert verify_pack(original) == ()
    # The recipe in the pack names the table in the pack, so that it builds again.
    recipe = parse_recipe(pack.recipe_toml)
    assert recipe.pack.norms == TABLE_FILES["norms"]
    assert resolve_norms(recipe, original) == pack.norms


def test_norms_do_not_change_the_hash_of_a_recipe() -> None:
    """Fits to answers stay fits to the pack when norms are attached later."""
    recipe = make_recipe(recipe_data())
    assert "norms" not in recipe.resolved()["pack"]
    assert "norms" not in to_toml(recipe)
    other = make_recipe(recipe_data(pack={"name": "small_study", "norms": "n.csv"}))
    assert other.resolved()["pack"]["norms"] == "n.csv"
    plain = make_recipe(recipe_data(pack={"name": "small_study"}))
    assert other.sha256() == plain.sha256()
    assert other.sha256() != recipe.sha256()  # which names its creators


def test_a_pack_without_norms_has_no_table_of_them(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    pack = make_pack(tmp_path / "a")
    write_pack(pack, tmp_path / "a")
    assert not (tmp_path / "a" / TABLE_FILES["norms"]).exists()
    assert read_pack(tmp_path / "a").norms == ()
    about = json.loads((tmp_path / "a" / "dataset_description.json").read_text())
    assert "rater_group" not in {v["name"] for v in about["variableMeasured"]}


ROW = f"{STIMULI[0]},intensity,20,3,30,parents,VAS,"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stimulus,mean\n", "the columns are"),
        (f"{NORMS_HEAD}\n", "contains no rows"),
        (f"{NORMS_HEAD}\n{ROW}\nada_x,v,1,1,1,,,\n", r'norms.csv:3: .*no stimulus "a'),
        (f"{NORMS_HEAD}\n{ROW.replace('20', 'high')}\n", 'norms.csv:2: mean is "high"'),
        (f"{NORMS_HEAD}\n{ROW.replace('20', 'nan')}\n", "norms.csv:2: mean is nan"),
        (f"{NORMS_HEAD}\n{ROW.replace('20', '')}\n", "norms.csv:2: mean is empty"),
        (f"{NORMS_HEAD}\n{ROW.replace(',3,', ',-3,')}\n", "norms.csv:2: sd is -3"),
        (f"{NORMS_HEAD}\n{ROW.replace('30', '0')}\n", "norms.csv:2: n is 0"),
        (f"{NORMS_HEAD}\n{ROW}\n{ROW}\n", "norms.csv:3: the same .* as in line 2"),
        (f"{NORMS_HEAD}\n{ROW.replace('intensity', '')}\n", "measure is empty"),
    ],
)
def test_norms_that_cannot_be_right_are_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "norms.csv").write_text(text, "utf-8")
    about = {"name": "small_study", "norms": "norms.csv"}
    with pytest.raises(InputError, match=message):
        resolve_norms(make_recipe(recipe_data(pack=about)), tmp_path)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_norms_may_be_saved_by_a_spreadsheet(delimiter: str, tmp_path: Path) -> None:
    text = f"{NORMS_HEAD}\r\n{ROW.replace('parents', 'Eltern, Bär')}\r\n"
    text = text.replace(",", delimiter).replace(f"Eltern{delimiter}", "Eltern,")
    (tmp_path / "norms.csv").write_bytes(text.encode("cp1252"))
    about = {"name": "small_study", "norms": "norms.csv"}
    with pytest.warns(UserWarning, match=r"norms\.csv:2: .* read as Windows text"):
        (row,) = resolve_norms(make_recipe(recipe_data(pack=about)), tmp_path)
    assert (row.rater_group, row.mean, row.sd, row.n) == ("Eltern, Bär", 20.0, 3.0, 30)


def test_cells_are_copied_as_they_stand_unless_their_value_changed(
    original: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(original, tmp_path / "pack"))
    file = folder / TABLE_FILES["stimuli"]
    foreign = (
        file.read_text("utf-8").replace(",0.0,", ",0.000,").replace(",1.0,", ",1,")
    )
    file.write_text(foreign, "utf-8", newline="\n")
    pack = read_pack(folder)
    write_pack(pack, folder)
    assert file.read_text("utf-8") == foreign
    people = (folder / TABLE_FILES["identities"]).read_text("utf-8")
    assert people == (original / TABLE_FILES["identities"]).read_text("utf-8")
    first, *rest = pack.stimuli
    changed = dataclasses.replace(first, level=0.125)
    write_pack(dataclasses.replace(pack, stimuli=(changed, *rest)), folder)
    lines, before = file.read_text("utf-8").splitlines(), foreign.splitlines()
    assert lines[1] == before[1].replace(",0.000,", ",0.125,")
    assert lines[2:] == before[2:]


def test_every_fault_of_norms_is_told_at_once(tmp_path: Path) -> None:
    lines = [NORMS_HEAD, *(f"nobody_{k},v,nan,1,1,,," for k in range(20))]
    (tmp_path / "norms.csv").write_text("\n".join(lines), "utf-8")
    about = {"name": "small_study", "norms": "norms.csv"}
    with pytest.raises(InputError) as caught:
        resolve_norms(make_recipe(recipe_data(pack=about)), tmp_path)
    told = str(caught.value)
    assert "norms.csv:2: there is no stimulus" in told
    assert "norms.csv:2: mean is nan" in told
    assert "and 30 others" in told


def test_verify_sees_norms_of_no_stimulus(pack: Path) -> None:
    edit_table(pack, "norms", f"{STIMULI[-1]},valence", "nobody_s01,valence")
    (found,) = verify_pack(pack)
    assert (found.code, found.where) == ("bad-table", "nobody_s01")


@pytest.mark.slow
def test_half_way_is_marked_ambiguous(tmp_path: Path) -> None:
    levels = [-0.1, 0.0, 0.5, 1.0]
    recipe = write_study(
        tmp_path / "study",
        continua=[
            {
                "from": "happy",
                "to": "distressed",
                "levels": levels,
                "identities": [IDENTITIES[0]],
            }
        ],
    )
    build_study(recipe, tmp_path / "pack")
    rows = rows_of(tmp_path / "pack", "stimuli")
    assert [row["ambiguous"] for row in rows] == ["0", "0", "1", "0"]
    assert [row["kind"] for row in rows] == [
        "caricature",
        "endpoint",
        "morph",
        "endpoint",
    ]
    assert [float(row["level"]) for row in rows] == levels


def test_the_table_of_identities_records_consent(original: Path) -> None:
    rows = rows_of(original, "identities")
    assert [row["identity_id"] for row in rows] == list(IDENTITIES)
    for row in rows:
        assert row["consent_basis"] == "synthetic"
        assert [row[f"may_{what}"] for what in ("morph", "show_online")] == ["1", "0"]
        assert row["may_redistribute"] == "0"
        assert row["description"] == DESCRIPTION
        assert row["approval"] == ""


def test_names_are_unique_short_and_no_numbers(original: Path) -> None:
    names = [Path(path).name for path in files_of(original)]
    assert len({name.lower() for name in names}) == len(names)
    missing = {"na", "nan", "null", "none", "inf", "infinity", "true", "false"}
    for name in (*names, *IDENTITIES, *STIMULI):
        stem = name.partition(".")[0]
        assert len(stem) <= MAX_NAME
        assert stem.lower() not in missing
        with pytest.raises(ValueError, match="could not convert"):
            float(stem)


def test_texts_are_utf8_with_plain_line_ends(original: Path) -> None:
    texts = [
        f for p, f in files_of(original).items() if not p.endswith((".png", "npz"))
    ]
    assert len(texts) == len(DOCUMENTS) + len(TABLE_FILES)
    for file in texts:
        data = file.read_bytes()
        data.decode("utf-8", errors="strict")
        assert not data.startswith(b"\xef\xbb\xbf"), file
        assert b"\r" not in data, file
        assert data.endswith(b"\n"), file


def test_paths_are_relative_with_forward_slashes(original: Path) -> None:
    manifest = json.loads((original / "datapackage.json").read_text("utf-8"))
    paths = [resource["path"] for resource in manifest["resources"]]
    paths += [row["file"] for row in rows_of(original, "stimuli")]
    paths += [line[66:] for line in (original / "SHA256SUMS").read_text().splitlines()]
    for path in paths:
        assert not path.startswith(("/", "~"))
        assert not re.search(r"\\|^[A-Za-z]:|(^|/)\.\.?(/|$)", path)
        assert (original / path).is_file()


def test_nothing_of_the_machine_or_the_people_gets_into_a_pack(original: Path) -> None:
    home = str(Path.home())
    today = date.today()
    forbidden = {
        "path of the pack": str(original),
        "folder of the sources": "secret-root",
        "source file": "Geheim",
        "working directory": str(Path.cwd()),
        "home": home if len(home) > 2 else None,
        "temporary folder": "/tmp/",
        "user": getpass.getuser() if len(getpass.getuser()) > 4 else None,
        "host": socket.gethostname() if len(socket.gethostname()) > 4 else None,
        "date": today.isoformat(),
        "written date": today.strftime("%d %b"),
    }
    for path, file in files_of(original).items():
        data = file.read_bytes()
        for what, text in forbidden.items():
            if text:
                assert text.encode() not in data, f"{path} holds the {what}"


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (stored,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert zlib.crc32(name + body) == stored
        yield name, body
        at += 12 + length


def test_images_are_8_bit_srgb_png_with_four_kinds_of_chunks(original: Path) -> None:
    images = [f for p, f in files_of(original).items() if p.endswith(".png")]
    assert len(images) == len(STIMULI) + 1
    for file in images:
        found = list(chunks(file.read_bytes()))
        names = [name for name, _ in found]
        assert names[:2] == [b"IHDR", b"sRGB"], file
        assert set(names[2:-1]) == {b"IDAT"}, file
        assert names[-1] == b"IEND", file
        depth, colour, *rest = found[0][1][8:]
        assert (depth, colour, rest) == (8, 2, [0, 0, 0])
        assert found[1][1] == b"\x00"  # perceptual


def test_the_sums_are_those_that_sha256sum_checks(original: Path) -> None:
    lines = (original / "SHA256SUMS").read_text("utf-8").splitlines()
    assert lines == sorted(lines, key=lambda line: line[66:])
    found = dict(reversed(line.split("  ", 1)) for line in lines)
    assert set(found) == set(files_of(original)) - {"SHA256SUMS"}
    for path, sha256 in found.items():
        assert hashlib.sha256((original / path).read_bytes()).hexdigest() == sha256


def test_the_recipe_of_a_pack_is_resolved_and_reads_back(original: Path) -> None:
    text = (original / "recipe.toml").read_text("utf-8")
    recipe = parse_recipe(text)
    for part in ("sources", "align", "morph"):
        assert set(_load(original / "recipe.toml")[part]) >= {  # type: ignore[call-overload]
            name
            for name, value in getattr(recipe, part).model_dump().items()
            if value is not None
        }
    manifest = json.loads((original / "datapackage.json").read_text("utf-8"))
    assert manifest["morphkit"]["recipe_sha256"] == recipe.sha256()


def test_the_manifest_lists_every_file_with_bytes_and_hash(original: Path) -> None:
    manifest = json.loads((original / "datapackage.json").read_text("utf-8"))
    resources = {resource["path"]: resource for resource in manifest["resources"]}
    assert set(resources) == set(files_of(original)) - {
        "datapackage.json",
        "SHA256SUMS",
    }
    names = [resource["name"] for resource in manifest["resources"]]
    assert len(set(names)) == len(names)
    for path, resource in resources.items():
        assert resource["bytes"] == (original / path).stat().st_size
        assert resource["hash"] == f"sha256:{sha256_of(original / path)}"
    about = manifest["morphkit"]
    assert about["schema"] == f"morphkit-pack/{PACK_SCHEMA}"
    assert about["made_by"] == present_maker().to_dict()
    assert about["parent"] == ""
    assert {"morphkit", "numpy", "scipy"} <= set(about["software"])


# Other standards


def validity(pack: Path) -> frictionless.Report:
    return frictionless.validate(str(pack / "datapackage.json"))


def test_frictionless_finds_the_pack_valid(original: Path) -> None:
    report = validity(original)
    assert report.valid, report.flatten(["title", "message"])
    assert len(report.tasks) == len(files_of(original)) - 2


def damage_byte(pack: Path) -> None:
    file = pack / f"materials/stimuli/{IDENTITIES[0]}/{STIMULI[1]}.png"
    file.write_bytes(file.read_bytes() + b"\x00")


def damage_missing(pack: Path) -> None:
    (pack / f"materials/stimuli/{IDENTITIES[0]}/{STIMULI[1]}.png").unlink()


def edit_table(pack: Path, name: str, old: str, new: str) -> None:
    """Change a table and make the manifest agree with it."""
    file = pack / TABLE_FILES[name]
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8", newline="\n")
    agree(pack, TABLE_FILES[name])


def agree(pack: Path, path: str) -> None:
    """Write size and hash of a changed file into the manifest and the sums."""
    manifest = json.loads((pack / "datapackage.json").read_text("utf-8"))
    for resource in manifest["resources"]:
        if resource["path"] == path:
            resource["bytes"] = (pack / path).stat().st_size
            resource["hash"] = f"sha256:{sha256_of(pack / path)}"
    set_manifest(pack, manifest)


def set_manifest(pack: Path, manifest: object) -> None:
    """Write a manifest, and sums that agree with the files."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (pack / "datapackage.json").write_text(text, "utf-8", newline="\n")
    sums = {p: sha256_of(f) for p, f in files_of(pack).items() if p != "SHA256SUMS"}
    lines = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
    (pack / "SHA256SUMS").write_text(lines, "utf-8", newline="\n")


FRICTIONLESS_MUTANTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "byte": (damage_byte, "hash count"),
    "file": (damage_missing, "scheme-error"),
    "foreign key": (
        lambda pack: edit_table(
            pack, "stimuli", f"{IDENTITIES[0]}_happy_distressed,", "nobody_a_b,"
        ),
        "foreign-key",
    ),
    "number": (
        lambda pack: edit_table(pack, "stimuli", ",96,112,", ",96,wide,"),
        "type",
    ),
    "enum": (
        lambda pack: edit_table(pack, "stimuli", ",morph,", ",copy,"),
        "constraint",
    ),
    "twice": (
        lambda pack: edit_table(pack, "stimuli", STIMULI[1] + ",", STIMULI[0] + ","),
        "primary-key",
    ),
    "norms of nothing": (
        lambda pack: edit_table(pack, "norms", f"{STIMULI[-1]},", "nobody_s01,"),
        "foreign-key",
    ),
    "raters": (
        lambda pack: edit_table(pack, "norms", ",31,", ",0,"),
        "constraint",
    ),
    "boolean": (
        lambda pack: edit_table(pack, "identities", ",synthetic,1,", ",synthetic,yes,"),
        "type",
    ),
}


@pytest.mark.parametrize("name", FRICTIONLESS_MUTANTS)
def test_frictionless_refuses_mutants(name: str, pack: Path) -> None:
    damage, kind = FRICTIONLESS_MUTANTS[name]
    damage(pack)
    report = validity(pack)
    assert not report.valid
    types = " ".join(kind for (kind,) in report.flatten(["type"]))
    assert any(word in types for word in kind.split()), types


def test_psych_ds_finds_every_column_described(original: Path) -> None:
    about = json.loads((original / "dataset_description.json").read_text("utf-8"))
    assert about["@context"].startswith("https://schema.org")
    assert about["@type"] == "Dataset"
    assert about["name"] == "small_study"
    assert about["description"]
    described = {
        v if isinstance(v, str) else v["name"] for v in about["variableMeasured"]
    }
    tables = sorted((original / "data").rglob("*.csv"))
    assert len(tables) == len(TABLES)
    keywords = "study site subject session task condition trial stimulus description"
    for table in tables:
        assert table.name.endswith("_data.csv")
        for pair in table.name.removesuffix("_data.csv").split("_"):
            assert pair.split("-")[0] in keywords.split()
        with table.open(encoding="utf-8", newline="") as file:
            assert set(next(csv.reader(file))) <= described


# Reading back


def test_a_pack_reads_back_as_it_was_written(original: Path, tmp_path: Path) -> None:
    again = shutil.copytree(original, tmp_path / "again")
    for path in {*TABLE_FILES.values(), *DOCUMENTS} - {"report.html"}:
        (again / path).unlink()
    write_pack(read_pack(original), again)
    for path in files_of(original):
        assert (again / path).read_bytes() == (original / path).read_bytes(), path


def test_tables_round_trip_with_their_types() -> None:
    row = IdentityRow(
        identity_id="ada",
        age_months=7.25,
        sex="",
        description='a, "b"\nc',
        licence="CC0-1.0",
        consent_basis="synthetic",
        may_morph=True,
        may_show_online=False,
        may_redistribute=False,
        approval="",
    )
    text = format_table(IdentityRow, [row, dataclasses.replace(row, age_months=None)])
    back = parse_table(IdentityRow, text, where="t")
    assert back == (row, dataclasses.replace(row, age_months=None))
    types = [[type(v) for v in dataclasses.astuple(each)] for each in (back[0], row)]
    assert types[0] == types[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("age_months", "age"), "the columns are"),
        (lambda text: "", "the table is empty"),
        (lambda text: text.replace(",7.0,", ",seven,"), 't:2: age_months is "seven"'),
        (lambda text: text.replace(",1,0,0,", ",1,0,2,"), "may_redistribute"),
        (lambda text: text.replace("synthetic", ""), "t:2: consent_basis is empty"),
        (lambda text: text.replace("synthetic", "yes"), 'basis is "yes"; one of guard'),
        (lambda text: text.replace(",7.0,,", ",7.0,infant,"), 'sex is "infant"'),
        (lambda text: text.replace("ada", ""), "t:2: identity_id is empty"),
        (lambda text: text + "ada\n", "t:3: 1 cells"),
        (lambda text: text + '"a', "t:3: not a CSV table"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(
    change: Callable[[str], str], message: str
) -> None:
    row = IdentityRow("ada", 7.0, "", "", "", "synthetic", True, False, False, "")
    text = format_table(IdentityRow, [row])
    with pytest.raises(InputError, match=message):
        parse_table(IdentityRow, change(text), where="t")


def test_frozen_correspondences_repeat_byte_for_byte(
    original: Path, tmp_path: Path
) -> None:
    source = original / f"data/correspondence/{IDENTITIES[0]}_happy_distressed.npz"
    write_frozen(tmp_path / "again.npz", read_frozen(source))
    assert (tmp_path / "again.npz").read_bytes() == source.read_bytes()
    with np.load(source) as arrays:  # readable without morphkit
        assert arrays["frame_nodes"].dtype == np.dtype("<i4")
        assert arrays["photo_landmarks"].dtype == np.dtype("<f8")
        older = {name: arrays[name] for name in arrays.files}
    assert read_frozen(source).correspondence.behind == older["size"][2]
    older["size"] = older["size"][:2]
    write_arrays(tmp_path / "older.npz", older)
    assert read_frozen(tmp_path / "older.npz").correspondence.behind is None


def test_surroundings_are_kept_with_their_filter(
    original: Path, tmp_path: Path
) -> None:
    source = original / f"data/correspondence/{IDENTITIES[0]}_happy_distressed.npz"
    frozen, taps = read_frozen(source), np.array([4096, 8192, 4096], np.int16)
    mesh = frozen.correspondence
    assert mesh.surroundings == ((), ())
    outline = np.array([[0, 0], [9000, 0], [9000, 9000]], np.int32)
    kept = replace(mesh, surroundings=((), (outline,)), fades=(mesh.fades[0], taps))
    write_frozen(tmp_path / "kept.npz", replace(frozen, correspondence=kept))
    again = read_frozen(tmp_path / "kept.npz").correspondence
    assert [len(there) for there in again.surroundings] == [0, 1]
    np.testing.assert_array_equal(again.surroundings[1][0], outline)
    assert [taps.tolist() for taps in again.fades] == [[16384], [4096, 8192, 4096]]
    assert again.swapped().surroundings[1] == ()
    with pytest.raises(InputError, match="do not match its ends"):
        replace(mesh, surroundings=((),))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"text", None])
def test_what_is_no_correspondence_is_refused(
    data: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "a.npz"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.npz: "):
        read_frozen(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: ("version", manifest),
        lambda manifest: ("software", manifest["morphkit"]),
        lambda manifest: ("recipe_sha256", manifest["morphkit"]),
    ],
)
def test_a_manifest_that_lacks_something_is_refused(
    change: Callable[[dict[str, Any]], tuple[str, dict[str, Any]]], pack: Path
) -> None:
    manifest = json.loads((pack / "datapackage.json").read_text("utf-8"))
    key, part = change(manifest)
    del part[key]
    set_manifest(pack, manifest)
    with pytest.raises(InputError, match=rf"datapackage.json: .*{key} is missing"):
        read_pack(pack)
    assert [f.code for f in verify_pack(pack)] == ["invalid-content"]


# Proving


def test_a_pack_verifies(original: Path) -> None:
    assert verify_pack(original) == ()


def found(pack: Path) -> set[tuple[str, str]]:
    return {(finding.where, finding.code) for finding in verify_pack(pack)}


@pytest.mark.parametrize("offset", [0, 50, -1])
def test_one_byte_of_any_file_is_found(pack: Path, offset: int) -> None:
    for path, file in files_of(pack).items():
        data = bytearray(file.read_bytes())
        kept = bytes(data)
        data[offset] ^= 1
        file.write_bytes(data)
        wheres = {where for where, _ in found(pack)}
        assert path in wheres, path
        file.write_bytes(kept)
    assert verify_pack(pack) == ()


def test_every_emptied_or_missing_file_is_found(pack: Path) -> None:
    for path, file in files_of(pack).items():
        data = file.read_bytes()
        file.write_bytes(b"")
        assert path in {where for where, _ in found(pack)}, path
        file.unlink()
        assert path in {where for where, _ in found(pack)}, path
        file.write_bytes(data)


def test_added_files_are_found(pack: Path) -> None:
    for path in ("notes.txt", "data/.DS_Store", "materials/stimuli/ada/extra.png"):
        (pack / path).parent.mkdir(exist_ok=True)
        (pack / path).write_bytes(b"")
        assert found(pack) == {(path, "extra-file")}
        (pack / path).unlink()


def test_swapped_files_are_found(pack: Path) -> None:
    folder = f"materials/stimuli/{IDENTITIES[0]}"
    a, b = (pack / folder / f"{name}.png" for name in STIMULI[1:3])
    a.rename(pack / "c")
    b.rename(a)
    (pack / "c").rename(b)
    assert found(pack) == {
        (f"{folder}/{name}.png", "changed-file") for name in STIMULI[1:3]
    }


def test_links_are_found_even_to_the_same_bytes(pack: Path, tmp_path: Path) -> None:
    path = "recipe.toml"
    shutil.move(pack / path, tmp_path / "elsewhere")
    (pack / path).symlink_to(tmp_path / "elsewhere")
    assert found(pack) == {(path, "changed-file")}
    (tmp_path / "elsewhere").unlink()  # a broken link
    assert found(pack) == {(path, "changed-file")}


def test_a_linked_folder_is_found(pack: Path, tmp_path: Path) -> None:
    shutil.move(pack / "materials", tmp_path / "materials")
    (pack / "materials").symlink_to(tmp_path / "materials")
    assert ("materials", "extra-file") in found(pack)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("a", "b", 1),
        lambda text: "\n".join(text.splitlines()[1:]) + "\n",
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + text.splitlines()[0] + "\n",
        lambda text: "".join(line + "\n" for line in text.splitlines()[::-1]),
        lambda text: text + "0" * 64 + "  nothing.txt\n",
    ],
)
def test_edited_sums_are_found(change: Callable[[str], str], pack: Path) -> None:
    file = pack / "SHA256SUMS"
    edited = change(file.read_text("utf-8"))
    file.write_bytes(edited.encode())
    assert {where for where, _ in found(pack)} & {"SHA256SUMS", "nothing.txt"}


# Changes that somebody covers up by writing new sums


def test_a_covered_change_of_an_image_is_found(pack: Path) -> None:
    from morphkit.faces.images import write_png

    path = f"materials/stimuli/{IDENTITIES[0]}/{STIMULI[1]}.png"
    image = read_image(pack / path).copy()
    image[0, 0, 0] ^= 1
    write_png(pack / path, image, overwrite=True)
    agree(pack, path)
    assert found(pack) == {(path, "changed-pixels")}


def test_a_covered_change_of_the_recipe_is_found(pack: Path) -> None:
    file = pack / "recipe.toml"
    text = file.read_text("utf-8").replace("steps = 4", "steps = 5")
    file.write_text(text, "utf-8", newline="\n")
    agree(pack, "recipe.toml")
    assert found(pack) == {("recipe.toml", "bad-recipe")}
    file.write_text("schema = ", "utf-8", newline="\n")
    agree(pack, "recipe.toml")
    (finding,) = verify_pack(pack)
    assert "recipe.toml of small_study: not valid TOML" in finding.message


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("stimuli", ",96,112,", ",96,113,", "bad-table"),
        ("stimuli", STIMULI[1] + ".png", STIMULI[1] + "x.png", "bad-table"),
        ("continua", f",{IDENTITIES[0]},", ",nobody,", "invalid-content"),
        ("stimuli", ",96,112,", ",96,wide,", "invalid-content"),
        ("identities", "identity_id", "identity", "invalid-content"),
    ],
)
def test_covered_changes_of_tables_are_found(
    name: str, old: str, new: str, code: str, pack: Path
) -> None:
    edit_table(pack, name, old, new)
    codes = {finding.code for finding in verify_pack(pack)}
    assert codes == {code}


def test_an_image_left_out_of_the_table_is_found(pack: Path) -> None:
    path = f"materials/stimuli/{IDENTITIES[0]}/zz.png"
    shutil.copy(pack / "materials/preview/contact_sheet.png", pack / path)
    manifest = json.loads((pack / "datapackage.json").read_text("utf-8"))
    size, sha256 = (pack / path).stat().st_size, sha256_of(pack / path)
    manifest["resources"].append(
        {"name": "zz", "path": path, "bytes": size, "hash": f"sha256:{sha256}"}
    )
    set_manifest(pack, manifest)
    assert found(pack) == {(path, "bad-table")}


def test_a_manifest_with_other_sizes_is_found(pack: Path) -> None:
    manifest = json.loads((pack / "datapackage.json").read_text("utf-8"))
    manifest["resources"][3]["bytes"] += 1
    set_manifest(pack, manifest)
    (finding,) = verify_pack(pack)
    assert manifest["resources"][3]["path"] in finding.message


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({}, "the layout is None"),
        (
            {"morphkit": {"schema": "morphkit-pack/9"}},
            "made by a later morphkit, pack schema 9",
        ),
        ({"morphkit": []}, "the layout is None"),
        ({"morphkit": {"schema": "morphkit-pack/1"}}, "does not list its files"),
        (
            {"morphkit": {"schema": "morphkit-pack/1"}, "resources": [{"path": 3}]},
            "does not list its files",
        ),
        ([], "is not a JSON object"),
    ],
)
def test_what_is_no_pack_is_refused(
    manifest: object, message: str, tmp_path: Path
) -> None:
    (tmp_path / "datapackage.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError, match=message):
        verify_pack(tmp_path)


def test_no_folder_and_no_manifest_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        verify_pack(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is this the folder of a morphkit pack"):
        verify_pack(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        np.array([1j, 2j]),
        np.array(["a", "b"]),
        np.array([b"a", b"b"]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.array([3], "timedelta64[s]"),
        np.array([(1, 2.0)], [("a", "<i4"), ("b", "<f8")]),
        np.array([{}], object),
    ],
    ids=lambda values: str(values.dtype)[:12],
)
def test_arrays_of_no_numbers_are_refused(values: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", good=np.arange(3), other=values)
    with pytest.raises(InputError, match=r"a\.npz: .*an array of "):
        read_arrays(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", good=np.arange(3))
    assert read_arrays(tmp_path / "a.npz")["good"].tolist() == [0, 1, 2]


@pytest.mark.slow
def test_arrays_are_counted_and_weighed_before_they_are_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", large=np.zeros(10_000))
    data = (tmp_path / "a.npz").read_bytes()
    assert len(data) < 1000
    assert arrays_in(data, most=80_200)["large"].size == 10_000
    monkeypatch.setattr(
        "zipfile.ZipFile.read", lambda *_: pytest.fail("it was unpacked")
    )
    with pytest.raises(InputError, match=r"1 arrays of 80,1\d\d bytes"):
        arrays_in(data, most=80_000)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        for number in range(ARRAYS + 1):
            archive.writestr(f"a{number}.npy", b"")
    with pytest.raises(InputError, match=f"holds {ARRAYS + 1:,} arrays"):
        read_arrays(tmp_path / "b.npz")
