"""Structured mutations of what belongs to a study besides packs.

Documents of fits, scales and ratings, tables of answers, landmark files, and the files
that morphkit keeps for itself beside an output: each is changed as Hypothesis draws it,
and read by the functions that read what people and strangers send.
"""

import hashlib
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vendor_data
from export_study import export, write_small_pack
from hypothesis import strategies as st
from lab_exports import category, rating
from mutations import (
    CELLS,
    ODD,
    change_bytes,
    change_json,
    change_table,
    changed,
)
from repository import GOLDEN
from simulated_answers import category_answers, rating_answers, triad_answers

import morphkit as mk
from morphkit._core.journal import Journal
from morphkit._core.leftovers import settle_files
from morphkit._core.locks import lock_file, read_note
from morphkit._core.store import Note, Store
from morphkit.experiment.analysis.results import read_study
from morphkit.export import FRONT_ENDS
from morphkit.faces.formats import FORMATS
from morphkit.faces.formats.template_json import builtin_template
from morphkit.report.answer_files import human_figures, human_tables
from morphkit.report.answer_methods import human_sentences
from morphkit.report.answers import categories_html, ratings_html, scales_html
from morphkit.studio.history import notes_file, read_notes

Draw = Callable[[Any], Any]
#: Tasks and what fits their answers.
FITS: dict[str, Callable[..., Any]] = {
    "category": mk.fit_psychometric_functions,
    "scale": mk.fit_difference_scales,
    "rating": mk.summarise_ratings,
}
#: Document of a task.
DOCUMENTS = {"category": "fit.json", "scale": "scale.json", "rating": "norms.json"}
#: What may stand among the words of a text file.
WORDS = st.one_of(CELLS, st.sampled_from(["-1", "0", "68", "189", "1e999", "\n", "{"]))
SIZE = (256, 288)
#: Programs that cannot be run here, whose data files are made from their exports.
VENDORS = ("qualtrics", "gorilla", "eprime", "inquisit", "psytoolkit")


class StudyFiles:
    """A study that was answered, with its files.

    Parameters
    ----------
    place : Path
        Empty folder.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = place / "shown"
        self.pack = write_small_pack(self.folder, n_steps=5, size=(8, 8))
        given = {
            "category": category_answers(self.pack, participants=4, repeats=3),
            "scale": triad_answers(
                self.pack, participants=6, steps=(1, 2, 3, 4, 5), repeats=2
            ),
            "rating": rating_answers(self.pack, participants=4),
        }
        self.documents: dict[str, Path] = {}
        self.tables: list[tuple[Path, str]] = []
        for task, answers in given.items():
            table = place / f"{task}.csv"
            mk.write_answers(table, answers)
            self.tables.append((table, "csv"))
            options = {} if task == "rating" else {"samples": 20}
            FITS[task](answers, self.folder, **options).write(place / task)
            self.documents[task] = place / task / DOCUMENTS[task]
        of_programs = GOLDEN / "answers"
        self.tables += [
            (of_programs / "expyriment.xpd", "expyriment"),
            (of_programs / "opensesame.csv", "opensesame"),
            (of_programs / "osweb.json", "opensesame"),
            (of_programs / "psychopy.csv", "psychopy"),
            (of_programs / "psychopy_rating.csv", "psychopy"),
            (of_programs / "psychtoolbox.csv", "psychtoolbox"),
            *browser_tables(place),
            *vendor_tables(place / "vendors", self.folder),
        ]
        self.landmarks = landmark_files(place / "landmarks")

    def document(self, task: str, draw: Draw) -> None:
        """Change a document of a fit, read it and make all that a report shows."""
        path = self._copy(self.documents[task])
        for _ in range(draw(st.integers(1, 2))):
            change_json(path, draw)
        study = read_study([path], self.pack)
        tuple(human_sentences(study))
        categories_html(study)
        scales_html(study, self.pack)
        ratings_html(study, self.pack)
        tuple(human_tables(study, self.pack))
        tuple(human_figures(study, self.pack))
        tuple(study.findings)
        if task == "scale":
            mk.respace_recipe(self.folder, scale=path)

    def answers(self, draw: Draw) -> None:
        """Change a table of answers, read it and fit what it holds."""
        source, program = draw(st.sampled_from(self.tables))
        path = self._copy(source)
        beside = source.with_name("qualtrics_key.csv")
        if program == "qualtrics":
            key = Path(shutil.copy(beside, path.with_name(beside.name)))
            change_text(key if draw(st.booleans()) else path, draw)
        for _ in range(draw(st.integers(1, 3))):
            change_text(path, draw)
        how: dict[str, Any] = {
            "sessions": draw(
                st.sampled_from([None, "first", "last", "longest", "all"])
            ),
            "unite": draw(st.booleans()),
            "missing": draw(st.sampled_from([(), ("-99",), ("happy",), ("",)])),
            "range": draw(st.sampled_from([None, (0.0, 100.0), (1.0, 7.0)])),
        }
        found = mk.read_answers(path, program, **how)
        found.frame()
        joined = mk.join_answers(found)
        again = path.with_name("again.csv")
        again.unlink(missing_ok=True)
        mk.write_answers(again, joined)
        own = [source.stem] * 4 if source.stem in FITS else []
        task = draw(st.sampled_from([*FITS, *own]))
        options: dict[str, Any] = {} if task == "rating" else {"samples": 0}
        FITS[task](found, self.folder, **options)

    def landmark_file(self, draw: Draw) -> None:
        """Change a landmark file, read it, check it and write it in all formats."""
        source = draw(st.sampled_from(self.landmarks))
        path = self._copy(source)
        for _ in range(draw(st.integers(1, 3))):
            change_text(path, draw)
        mk.check_landmark_files([path])
        template = draw(st.sampled_from([None, builtin_template("ibug_68")]))
        found = mk.read_landmarks(path, template=template, size=SIZE)
        for suffix in sorted({s for known in FORMATS.values() for s in known.suffixes}):
            again = path.with_name(f"again{suffix}")
            again.unlink(missing_ok=True)
            mk.write_landmarks(again, found, size=SIZE, image="a.png")
            mk.read_landmarks(again, template=found.template, size=SIZE)

    def own_file(self, draw: Draw) -> None:
        """Change a file that lies beside an output, and do what commands begin with."""
        folder = self.place / "beside"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        store = Store(folder / "pack")
        (folder / "made.png").write_bytes(b"made")
        files = {"made.png": hashlib.sha256(b"made").hexdigest()}
        store.keep("a", Note({"rows": [1.5, "x"]}, files), folder)
        note = store.folder / "notes" / "a.json"
        journal = Journal(folder, "key")
        journal.note("a", {folder / "made.png": b"made"}, {"photo": "x"})
        lock_file(folder / "pack").write_bytes(
            b'\n{"pid": 1, "host": "a", "since": "b", "command": "c"}'
        )
        todo = folder / f".morphkit-{'0' * 16}.todo"
        todo.write_text(json.dumps({f".morphkit-{'1' * 16}.tmp": "b.txt"}))
        (folder / f".morphkit-{'1' * 16}.tmp").write_text("new")
        notes = notes_file(folder / "ada.json")
        notes.parent.mkdir()
        notes.write_text(
            json.dumps(
                {
                    "schema": "morphkit-notes/1",
                    "edits": [{"label": "a", "points": {"0": [0, 0, 1, 1]}}],
                    "positions": {"x": 1},
                    "checked": "x",
                }
            )
        )
        place = draw(st.sampled_from([note, note, todo, journal.path, notes]))
        place = draw(st.sampled_from([place, lock_file(folder / "pack")]))
        if place == note and draw(st.booleans()):  # with the hash of its content
            text = json.dumps(
                changed(json.loads(note.read_bytes().partition(b"\n")[2]), draw)
            ).encode()
            digest = hashlib.sha256(text).hexdigest().encode()
            note.write_bytes(digest + b"\n" + text)
        elif place.suffix in (".todo", ".notes") and draw(st.booleans()):
            change_json(place, draw)
        else:
            change_bytes(place, draw)
        again = Store(folder / "pack")
        known = again.find("a")
        if known is not None:
            again.restore(known, folder / "restored")
        again.limit(["a"])
        settle_files(folder)
        read_note(lock_file(folder / "pack"))
        Journal(folder, "key").done("a")
        read_notes(folder / "ada.json")
        there = {path.name for path in self.place.iterdir()}
        assert not there - self._known, there

    def _copy(self, source: Path) -> Path:
        """Return a copy of a file, in a folder of its own."""
        folder = self.place / "changed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Path(shutil.copy(source, folder / source.name))

    @property
    def _known(self) -> set[str]:
        """What lies in the folder of the study."""
        made = {path.name for path, _ in self.tables} | {*self.documents}
        return made | {"shown", "landmarks", "changed", "beside", "vendors"}


def vendor_tables(place: Path, pack: Path) -> list[tuple[Path, str]]:
    """Write what programs of vendors save of two short studies, with their names."""
    found = []
    for front_end in VENDORS:
        for design in (category(), rating()):
            if FRONT_ENDS[front_end].lacks(design):
                continue
            folder = place / f"{front_end}_{design.kind}"
            export(pack, front_end, folder / "export", design)
            (data := folder / "data").mkdir()
            pressed = [1] * len(design.lists[0])
            path = getattr(vendor_data, front_end)(folder / "export", data, pressed)
            if front_end == "eprime":  # words can be changed in it
                path.write_text(path.read_text("utf-16"), "utf-8")
            found.append((path, front_end))
    return found


#: Columns of the pages for browsers that a row of these tables fills.
BROWSER_ROW = {
    "screen_type": "trial",
    "pack": "small_pack",
    "participant": "p1",
    "list": "1",
    "started": "2026-11-29T10:00:00Z",
    "resumed": "0",
    "order": "1",
    "n_trials": "5",
    "design": "categorisation",
    "phase": "main",
    "block": "1",
    "question": "",
    "stimuli": "",
    "image_digests": "",
    "choice_order": "happy|sad",
    "response": "happy",
    "rt": "512.5",
    "answered_by": "key f",
    "correct_label": "",
    "picture_scale": "1",
    "picture_fit": "1",
    "was_hidden": "false",
    "prolific_pid": "",
    "param_group": "a",
}


def browser_tables(place: Path) -> list[tuple[Path, str]]:
    """Write what browsers save of a short study; return it with its program."""
    rows = [
        BROWSER_ROW
        | {"screen_type": "question", "question": "about.age", "response": "31"}
    ]
    rows += [
        BROWSER_ROW
        | {
            "order": str(k),
            "stimuli": f"ada_happy_sad_s{k:02d}",
            "response": "happy" if k < 3 else "sad",
        }
        for k in range(1, 6)
    ]
    rows.insert(3, BROWSER_ROW | {"screen_type": "check", "correct_label": "happy"})
    lines = [",".join(BROWSER_ROW), *(",".join(row.values()) for row in rows)]
    found = []
    for program in ("jspsych", "labjs"):
        path = place / f"{program}.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        mk.read_answers(path, program)  # it is good before it is changed
        found.append((path, program))
    return found


def landmark_files(folder: Path) -> list[Path]:
    """Write the landmarks of a shipped face in every format; return the files."""
    folder.mkdir()
    shipped = mk.shipped_faces() / "landmarks"
    found = []
    for name in ("maja_happy", "nilo_distressed"):
        landmarks = mk.read_landmarks(shipped / f"{name}.json")
        for known in FORMATS.values():
            path = folder / f"{name}{known.suffixes[0]}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some keep whole pixels only
                mk.write_landmarks(path, landmarks, size=SIZE, image=f"{name}.png")
            found.append(path)
    return found


def change_text(path: Path, draw: Draw) -> None:
    """Change a file as what it is: values, cells, words, lines or bytes."""
    how = draw(st.sampled_from(("kind",) * 4 + ("word",) * 3 + ("line", "bytes")))
    try:
        if how == "kind" and path.suffix == ".json":
            change_json(path, draw)
        elif how == "kind" and path.suffix == ".csv":
            change_table(path, draw)
        elif how == "bytes":
            change_bytes(path, draw)
        else:
            change_words(path, draw, lines=how == "line")
    except (ValueError, IndexError, KeyError, RecursionError):
        change_bytes(path, draw)  # a change before has broken it


def change_words(path: Path, draw: Draw, *, lines: bool) -> None:
    """Change, drop, double or move a word or a line of a text."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    parts = text.split("\n" if lines else " ")
    k = draw(st.integers(0, len(parts) - 1))
    how = draw(st.sampled_from(("other", "other", "drop", "twice", "swap")))
    if how == "other":
        parts[k] = draw(WORDS)
    elif how == "drop":
        del parts[k]
    elif how == "twice":
        parts[k:k] = [parts[k]] * draw(st.integers(1, 3))
    else:
        parts[k], parts[-1] = parts[-1], parts[k]
    text = ("\n" if lines else " ").join(parts)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


__all__ = ["ODD", "StudyFiles"]
