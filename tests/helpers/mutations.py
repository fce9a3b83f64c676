"""Structured mutations of whole packs, designs, fits, wordings and files of a study.

A mutation changes one or two values of documents, cells of tables, arrays or files of
something good, as Hypothesis draws them; the result is sealed again and read by the
functions that read what strangers send.
"""

import json
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hostile
import numpy as np
import tomli_w
from hostile import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES
from hypothesis import strategies as st

import morphkit as mk
from morphkit.errors import MorphkitError
from morphkit.experiment.texts import read_wording, wording_text
from morphkit.export.participation import read_participation
from morphkit.pack.contents import ends_of, image_of, mesh_of, statistics_of
from morphkit.pack.layout import ends_file, mesh_file
from morphkit.pack.read import read_pack
from morphkit.pack.recheck import trajectory_of
from morphkit.pack.verify import verify_pack

#: Files of a recruitment, by their names.
RECRUITMENT = {
    "study.toml": """
consent = "I agree."
least_window = [1000, 700]
parameters = ["group"]
completion_code = "C1"
completion_url = "https://example.org/done?g={group}"
phones = false
attention = [2, 5]
before = ["mood.toml"]
[screen]
distance = 57
picture_height_deg = 8.0
whole_pixels = false
""",
    "mood.toml": """
title = {en = "Mood", da = "Humør"}
text = "In the last seven days"
[[items]]
name = "days"
kind = "likert"
text = "How often?"
answers = ["never", "sometimes"]
rows = [{name = "calm", text = "I was calm"}]
[[items]]
name = "parent"
kind = "choice"
text = "Children?"
answers = [{value = "yes", text = {en = "Yes", da = "Ja"}}, {value = 2, text = "No"}]
[[items]]
name = "age"
kind = "number"
text = "Age?"
least = 16
most = 99
required = false
[[items]]
name = "now"
kind = "slider"
text = "Now?"
low = "bad"
high = "good"
""",
}
#: What may stand anywhere in a document.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.sampled_from([2**31, -(2**63), 10**20, 10**400, 1e308, -1e308, 5e-324, -0.0]),
    st.floats(allow_nan=True),
    st.sampled_from(
        [
            *("", " ", "x", "ada", "happy", "\x1b[2J", "../../x", "/etc/passwd", "NaN"),
            *("[__import__('os')]", "=1+1", "x' or 1 or '", "é", "😀", "a" * 5000),
            *("sha256:" + "0" * 64, "0" * 64, "pooled", "continuum", "ml", "probit"),
        ]
    ),
    st.text(max_size=8),
    st.lists(st.integers(-2, 2), max_size=4),
    st.just([[0.0, 1.0], [1.0, 0.0]]),
    st.just({}),
    st.just({"low": None, "high": 1.0, "level": 0.95}),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)
#: What may stand in a cell of a table.
CELLS = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "0",
                "1",
                "-1",
                "2",
                "3",
                "0.5",
                "nan",
                "inf",
                "1e999",
                "9" * 400,
            ),
            *(
                "٣",
                "1_0",
                "true",
                "ada",
                "happy",
                "../../x",
                "a/b",
                '"',
                "'",
                "\x1b[2J",
            ),
            *("[x]", "=1+1", "endpoint", "0" * 64, "A" * 64, "x" * 300, "\x00", "é"),
            *("9" * 5000, "[" * 3000, "٣" * 20, '{"a":' * 3000, "</script>", "{x}"),
        ]
    ),
    st.text(max_size=6),
    st.integers().map(str),
)


def places_in(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a document."""
    yield at
    inner: Any = ()
    if isinstance(data, dict):
        inner = data.items()
    elif isinstance(data, list):
        inner = enumerate(data[:6])
    for key, value in inner:
        yield from places_in(value, (*at, key))


def changed(data: Any, draw: Callable[[Any], Any]) -> Any:
    """Return a document with one value replaced, taken away, doubled or added."""
    *way, last = draw(st.sampled_from([p for p in places_in(data) if p] or [(None,)]))
    if last is None:
        return draw(ODD)
    inner = data
    for key in way:
        inner = inner[key]
    how = draw(st.sampled_from(("replace", "replace", "replace", "drop", "more")))
    if how == "replace":
        inner[last] = draw(ODD)
    elif how == "drop":
        del inner[last]
    elif isinstance(inner, list):
        inner.extend([inner[last]] * draw(st.integers(1, 3)))
    else:
        inner[draw(st.text(max_size=5))] = inner[last]
    return data


def change_json(path: Path, draw: Callable[[Any], Any]) -> None:
    """Change a JSON document in a file."""
    data = changed(json.loads(path.read_text("utf-8")), draw)
    path.write_text(json.dumps(data), "utf-8")


def change_toml(path: Path, draw: Callable[[Any], Any]) -> None:
    """Change a TOML document in a file, as values or as a text."""
    text = path.read_text("utf-8")
    try:
        data = changed(mk_toml(text), draw)
        path.write_text(tomli_w.dumps(data), "utf-8")
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        at = draw(st.integers(0, len(text)))
        path.write_text(text[:at] + draw(CELLS) + text[at:], "utf-8", "surrogatepass")


def mk_toml(text: str) -> Any:
    """Return the values of a TOML text."""
    import tomllib

    return tomllib.loads(text)


def change_table(path: Path, draw: Callable[[Any], Any]) -> None:
    """Change a cell, a row or a column of a table."""
    rows = [line.split(",") for line in path.read_text("utf-8").splitlines()]
    if not rows:
        return
    k = draw(st.integers(0, len(rows) - 1))
    how = draw(st.sampled_from(("cell",) * 6 + ("column", "drop", "twice", "swap")))
    c = draw(st.integers(0, len(rows[k]) - 1))
    if how == "cell":
        rows[k][c] = draw(CELLS)
    elif how == "column":
        value = draw(CELLS)
        for row in rows[1:]:
            row[min(c, len(row) - 1)] = value
    elif how == "drop":
        del rows[k]
    elif how == "twice":
        rows.insert(k, list(rows[k]))
    else:
        rows[k], rows[-1] = rows[-1], rows[k]
    text = "\n".join(",".join(row) for row in rows) + "\n"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def change_arrays(path: Path, draw: Callable[[Any], Any]) -> None:
    """Change the values, the kind, the shape or the number of arrays."""
    with np.load(path) as file:
        held = dict(file)
    name = draw(st.sampled_from(sorted(held)))
    array = held[name]
    how = draw(st.sampled_from(("value", "kind", "shape", "cut", "drop", "empty")))
    if how == "value" and array.size:
        flat = array.copy().reshape(-1)
        odd = draw(st.sampled_from([0, -1, 1, 2**30, -(2**30), 10**6]))
        flat[draw(st.integers(0, flat.size - 1))] = np.array(odd).astype(flat.dtype)
        array = flat.reshape(array.shape)
    elif how == "kind":
        kind = draw(st.sampled_from(["f8", "i8", "c16", "U3", "?", "u1", "i2", "f2"]))
        array = array.astype(kind)
    elif how == "shape":
        array = array.reshape(-1) if array.ndim > 1 else array[None]
    elif how == "cut":
        array = array[: draw(st.integers(0, 3))]
    elif how == "empty":
        array = array[:0]
    held[name] = array
    if how == "drop":
        del held[name]
    np.savez(path, **held)


def change_bytes(path: Path, draw: Callable[[Any], Any]) -> None:
    """Change, cut or add bytes."""
    data = bytearray(path.read_bytes())
    at = draw(st.integers(0, max(len(data) - 1, 0)))
    how = draw(st.sampled_from(("flip", "cut", "add")))
    if how == "flip" and data:
        data[at] ^= draw(st.integers(1, 255))
    elif how == "cut":
        del data[at:]
    else:
        data[at:at] = draw(st.binary(max_size=8))
    path.write_bytes(bytes(data))


#: What Python and NumPy say of a file that an earlier change has broken.
BROKEN = (
    *(ValueError, OSError, EOFError, LookupError, NotImplementedError, RuntimeError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)


class Mutator:
    """Draws mutations of what belongs to a good pack, and reads them.

    Parameters
    ----------
    good : SimpleNamespace
        What the fixture of the same name in ``tests/hostile`` holds.
    place : Path
        Empty folder.
    """

    def __init__(self, good: SimpleNamespace, place: Path) -> None:
        self.good, self.place = good, place
        self.counts: Counter[str] = Counter()
        from mutated_files import StudyFiles
        from mutated_trial_files import TrialFiles

        (place / "answered").mkdir()
        self.study = StudyFiles(place / "answered")
        (place / "trial").mkdir()
        self.trial = TrialFiles(place / "trial", RECRUITMENT)
        self.wording = place / "texts.toml"
        self.texts = wording_text("en")
        self.recruits = place / "recruits"

    @contextmanager
    def copy(self, what: Path) -> Iterator[Path]:
        """Give a copy of a folder or a file."""
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            copy = Path(folder) / what.name
            if what.is_dir():
                shutil.copytree(what, copy)
            else:
                shutil.copy(what, copy)
            yield copy

    def pack(self, draw: Callable[[Any], Any]) -> None:
        """Change a pack and do what the commands do with it."""
        name = self.good.continuum
        ways: list[tuple[str, Callable[..., None]]] = [
            *[(MANIFEST, change_json)] * 3,
            *[(CHECKS, change_json)] * 3,
            *[(RECIPE, change_toml)] * 2,
            *[(TABLE_FILES[t], change_table) for t in ("stimuli", "continua")] * 4,
            (TABLE_FILES["identities"], change_table),
            *[(mesh_file(name), change_arrays)] * 2,
            *[
                (path, change_bytes)
                for path in (MANIFEST, SUMS, mesh_file(name), self.good.image)
            ],
            (ends_file(name), change_json),
        ]
        with self.copy(self.good.pack) as folder:
            listed = [{"identity": "ada", "label": "happy", "mirrored": False}] * 2
            shares = [{"shares": [[1.0] * 3, [0.0] * 3]}, {"shares": [[0.0] * 3] * 2}]
            for path, change in draw(
                st.lists(st.sampled_from(ways), min_size=1, max_size=2)
            ):
                if path == ends_file(name) and not (folder / path).exists():
                    ends = {"ends": listed, "anchors": shares}
                    (folder / path).write_text(json.dumps(ends), "utf-8")
                try:
                    change(folder / path, draw)
                except BROKEN:
                    continue  # the second change of one file that was broken already
            hostile.seal(folder)
            verify_pack(folder)
            pack = read_pack(folder)
            for row in pack.continua:
                stimuli = pack.stimuli_of(row.continuum_id)
                ends_of(folder, row.continuum_id)
                mesh_of(folder, row.continuum_id, stimuli)
                trajectory_of(stimuli, folder, row.continuum_id)
            statistics_of(folder)
            for row in pack.stimuli[:2]:
                image_of(row, folder)
            _ = pack.recipe
            pack.frame("stimuli")
            mk.check_pack(folder)

    def design(self, draw: Callable[[Any], Any]) -> None:
        """Change a design and read it."""
        with self.copy(self.good.design) as folder:
            table = next(folder.glob("task-*.csv"))
            for _ in range(draw(st.integers(1, 2))):
                if draw(st.booleans()):
                    change_json(folder / "design.json", draw)
                else:
                    change_table(table, draw)
            mk.read_design(folder)

    def texts_of(self, draw: Callable[[Any], Any]) -> None:
        """Change a wording and read it."""
        self.wording.write_text(self.texts, "utf-8")
        for _ in range(draw(st.integers(1, 2))):
            change_toml(self.wording, draw)
        read_wording(self.wording, labels=("happy", "distressed"))

    def participation_of(self, draw: Callable[[Any], Any]) -> None:
        """Change the file of a recruitment, or of a questionnaire, and read it."""
        self.recruits.mkdir(exist_ok=True)
        for name, text in RECRUITMENT.items():
            (self.recruits / name).write_text(text, "utf-8")
        for _ in range(draw(st.integers(1, 2))):
            change_toml(self.recruits / draw(st.sampled_from([*RECRUITMENT])), draw)
        found = read_participation(self.recruits / "study.toml")
        for language in ("en", "da-DK"):
            json.dumps([found.to_dict(), found.pages(language)], allow_nan=False)

    def run(self, kind: str, draw: Callable[[Any], Any]) -> None:
        """Make and read one mutation; anything but an error of morphkit's is raised."""
        study = self.study
        act = {
            "pack": self.pack,
            "design": self.design,
            "fit": partial(study.document, "category"),
            "scale": partial(study.document, "scale"),
            "norms": partial(study.document, "rating"),
            "answers": study.answers,
            "landmarks": study.landmark_file,
            "own": study.own_file,
            "wording": self.texts_of,
            "participation": self.participation_of,
            "course": self.trial.a_course,
            "tables": self.trial.tables,
            "pages": self.trial.pages,
            "served": self.trial.a_server,
            "detector": self.trial.a_detector,
        }[kind]
        try:
            with hostile.at_most():
                act(draw)
            self.counts[f"{kind} taken"] += 1
        except MorphkitError:
            self.counts[f"{kind} refused"] += 1


KINDS = (
    *("pack", "design", "fit", "scale", "norms", "wording", "participation", "answers"),
    *("landmarks", "own", "course", "tables", "pages", "served", "detector"),
)
