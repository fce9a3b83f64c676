"""The number of the schema: no column and no file of a pack changes while it stays.

Run as a program, it writes what packs are made of to ``tests/golden/packs`` under the
present number; what stands there already is never replaced.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from small_study import FIRST, LABELS, build_study, write_study

from morphkit._core.array_files import read_arrays
from morphkit.pack.older import NOT_WRITTEN, SCHEMAS
from morphkit.pack.schema import PACK_SCHEMA, TABLES
from morphkit.recipe import Recipe, make_recipe

GOLDEN = ROOT / "tests" / "golden" / "packs" / "schemas.json"

CHANGED = """
Packs are no longer what schema {number} says:
{lines}
If that is a mistake, mend it. If it is meant:
1. raise PACK_SCHEMA in morphkit/pack/schema.py;
2. say in SCHEMAS of morphkit/pack/older.py what came with the number, and what older
   packs hold in place of new columns; read older files there;
3. say it in docs/pack.md and CHANGELOG.md;
4. run: PYTHONPATH=tests/helpers python tests/pack/test_pack_schema.py
5. commit, and freeze a pack of that commit: python tests/golden/packs/freeze.py COMMIT
"""

STUDY: dict[str, Any] = {
    "align": {"method": "two_point", "width": 48, "height": 56},
    "morph": {"refine": "none", "mask": "oval", "spacing": 32},
    "frame": {"background": "mean", "crop": "mask"},
    "match": {"method": "luminance", "over": "frames"},
    "prototypes": [{"identity": "both", "label": label} for label in LABELS],
    "continua": [
        {"identities": [name], "from": "happy", "to": "distressed", "steps": 3}
        for name in (FIRST, "both")
    ],
}


def build(folder: Path) -> Path:
    """Return a pack that has every kind of file."""
    recipe = write_study(folder, **STUDY, pack={"name": "all", "norms": "norms.csv"})
    header = ",".join(column.name for column in TABLES["norms"].columns)
    name = f"{FIRST}_happy_distressed_s02"
    (folder / "norms.csv").write_text(
        f"{header}\n{name},intensity,3.5,0.5,9,adults,vas,\n", "utf-8"
    )
    build_study(recipe, folder / "pack")
    return folder / "pack"


def described(pack: Path) -> dict[str, Any]:
    """Return what a pack is made of: files, columns with types, arrays, keys."""
    manifest = json.loads((pack / "datapackage.json").read_text("utf-8"))
    found: dict[str, Any] = {}
    for file in sorted(path for path in pack.rglob("*") if path.is_file()):
        path = file.relative_to(pack).as_posix()
        name = re.sub(rf"({FIRST}|both)(_happy_distressed)?(_s\d\d)?", "NAME", path)
        found[name] = list(_parts(file, path, manifest))
    return found


def _parts(file: Path, path: str, manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what a file is made of."""
    if file.suffix == ".csv":
        (schema,) = (r["schema"] for r in manifest["resources"] if r["path"] == path)
        with file.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines))
        told = {f["name"]: f["type"] for f in schema["fields"]}
        assert header == [*told]
        yield from (f"{name}: {told[name]}" for name in header)
        yield f"key: {', '.join(schema['primaryKey'])}"
    elif file.suffix == ".npz":
        arrays = {}
        for name, array in read_arrays(file).items():
            kind = re.sub(rf"_\d+|_both|_{FIRST}", "_N", name)
            arrays[kind] = f"{array.dtype.name}, {array.ndim}"
        yield from (f"{name}: {kind} axes" for name, kind in sorted(arrays.items()))
    elif path == "datapackage.json":
        about = manifest["morphkit"]
        yield from (f"morphkit.{key}" for key in about)
        yield from (f"morphkit.made_by.{key}" for key in about["made_by"])
    elif path == "checks.json":
        data = json.loads(file.read_text("utf-8"))
        yield from data
        yield from (f"scores.NAME.{key}" for key in next(iter(data["scores"].values())))
    elif file.suffix == ".json":
        yield from json.loads(file.read_text("utf-8"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("schema"))


def differences(found: dict[str, Any], golden: dict[str, Any]) -> list[str]:
    """Return what is in one of two descriptions alone, or in another order."""
    lines = []
    for name in sorted({*found, *golden}):
        here, there = found.get(name), golden.get(name)
        if here is None or there is None:
            lines.append(f"  {name}: only {'before' if here is None else 'now'}")
            continue
        lines += [f"  {name}: + {part}" for part in here if part not in there]
        lines += [f"  {name}: - {part}" for part in there if part not in here]
        if sorted(here) == sorted(there) and here != there:
            lines.append(f"  {name}: the order is another one")
    return lines


def test_packs_change_only_with_the_number_of_their_schema(pack: Path) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    lines = differences(described(pack), golden.get(str(PACK_SCHEMA), {}))
    assert not lines, CHANGED.format(number=PACK_SCHEMA, lines="\n".join(lines))


def test_the_study_has_every_kind_of_file(pack: Path) -> None:
    """Or a change of a file that it does not have would not be seen."""
    from morphkit.pack import layout

    files = {path.relative_to(pack).as_posix() for path in pack.rglob("*")}
    stated = {
        value
        for name, value in vars(layout).items()
        if name.isupper() and isinstance(value, str)
    }
    assert stated | {*layout.TABLE_FILES.values()} <= files | {layout.TEMPLATE}
    assert any(path.endswith(".npz") for path in files)


def test_every_schema_is_told_of() -> None:
    assert [*SCHEMAS] == [*range(1, PACK_SCHEMA + 1)]
    text = (ROOT / "docs" / "pack.md").read_text("utf-8")
    for number in SCHEMAS:
        assert f"\n| {number} | `morphkit-pack/" in text


def test_keys_that_older_recipes_lack_are_keys_of_the_recipe() -> None:
    written = make_recipe(
        {
            "schema": 1,
            "pack": {"name": "x"},
            "identities": {"a": {}},
            "continua": [{"from": "b", "to": "c", "steps": 2}],
        }
    ).resolved()
    for part, keys in NOT_WRITTEN.items():
        assert set(keys) <= set(written[part])
        Recipe.model_fields[part].annotation.model_validate(keys)


if __name__ == "__main__":
    golden = json.loads(GOLDEN.read_text("utf-8")) if GOLDEN.is_file() else {}
    if str(PACK_SCHEMA) in golden:
        sys.exit(f"schema {PACK_SCHEMA} stands already; raise PACK_SCHEMA first")
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        golden[str(PACK_SCHEMA)] = described(build(Path(name) / "study"))
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", "utf-8")
