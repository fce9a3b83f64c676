"""Structured mutations of what belongs to a trial and to studies in browsers.

Courses with their designs, keys of allocations, tables of balance points, records of
participants, files of a recruitment, trained detectors, and what a server of a study is
sent and keeps. What is read in spite of a change goes on: into exports of all front
ends, into simulated answers, into a file that must be readable again.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import tomli_w
from drawn_meshes import drawn_model
from export_study import QUICK, export, write_small_pack
from hypothesis import strategies as st
from mutated_files import change_text
from mutations import change_arrays, change_bytes, change_json, change_toml, changed
from open_serve import row_of

import morphkit as mk
from morphkit.errors import InputError
from morphkit.experiment.allocation import allocate, check_allocation, read_allocation
from morphkit.experiment.balance_points import (
    BalancePoint,
    BalancePoints,
    check_balance_points,
    read_balance_points,
)
from morphkit.experiment.course import first_design, read_course
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.designs.files import read_design, write_design
from morphkit.experiment.study_record import read_participants
from morphkit.experiment.texts import read_wording, wording_text
from morphkit.export import FRONT_ENDS
from morphkit.export.destinations import read_destination
from morphkit.export.markers import read_markers
from morphkit.export.participation import read_participation
from morphkit.export.write_export import write_export
from morphkit.faces.detectors.trained.detector import read_detector
from morphkit.faces.detectors.trained.model_file import model_bytes
from morphkit.serving.row_file import opened
from morphkit.serving.server import _kept
from morphkit.serving.study import read_served_study, study_script

Draw = Callable[[Any], Any]
PEOPLE = "participant,age,sex\nP1,31,female\nP2,28.5,male\n"
RECORD = {
    "recruitment": "flyers",
    "display": "a monitor",
    "viewing_distance_cm": 57,
    "participants": {"P1": {"age": 31, "sex": "female"}, "P2": {"age": 28.5}},
}
#: Front ends that need no extra, in turn with designs that they can show.
SHOWN = [name for name, one in FRONT_ENDS.items() if one.shows_trials]
ADDRESSES = (
    *("https://lab.example.org:8443/a?b=c", "http://localhost:5000/x"),
    *("datapipe:Ab12Cd34Ef56", "serial:/dev/ttyUSB0:9600", "parallel:0x378", "lsl:a"),
)


class TrialFiles:
    """A trial and a study in browsers, with their files.

    Parameters
    ----------
    place : Path
        Empty folder.
    recruitment : mapping of str to str
        Files of a recruitment, by their names.
    """

    def __init__(self, place: Path, recruitment: dict[str, str]) -> None:
        self.place = place
        self.pack = place / "shown"
        self.recruitment = recruitment
        self.made = write_small_pack(
            self.pack, identities=["ada"], n_steps=5, size=(8, 8)
        )
        self.course = place / "course"
        mk.plan_course(
            self.pack,
            arms=["raised=1", "control=0", "sham=sham"],
            n_sessions=2,
            follow_ups=[2],
            balance_from="table-or-session",
            repeats=1,
            training_blocks=1,
            lists=1,
            timing=QUICK,
        ).write(self.course)
        self.design = first_design(self.course)
        allocate(self.design, 3, seed=5).write(place / "codes.csv", place / "key.csv")
        rows = [("P1", 12345, "count"), ("P2", 30000, "count")]
        BalancePoints(
            tuple(
                BalancePoint(who, "ada_happy_sad", point, "visit-1", rule)
                for who, point, rule in rows
            )
        ).write(place / "points.csv")
        self.designs = self._designs()
        self.texts = wording_text("en")
        self.served = place / "served"
        export(self.pack, "jspsych", self.served, self.designs["categorisation"])
        self.study = read_served_study(self.served)
        self.detector = place / "own.npz"
        self.detector.write_bytes(small_model())

    def _designs(self) -> dict[str, Any]:
        """Write a short design of every kind; return them by name."""
        found = {}
        for name, kind in DESIGNS.items():
            try:
                found[name] = kind.make(self.made.stimuli, seed=3, timing=QUICK)
            except InputError:  # of one identity, or of this pair of labels
                continue
            (self.place / name).mkdir()
            write_design(found[name], self.place / name)
        assert len(found) >= 5, found
        return found

    def a_course(self, draw: Draw) -> None:
        """Change a course or a design of any kind; export and answer what is read."""
        folder = self._fresh()
        if draw(st.booleans()):
            course = Path(shutil.copytree(self.course, folder / "course"))
            visit = course / draw(st.sampled_from(["visit-1", "visit-2"]))
            files = [course / "course.json", visit / "design.json"]
            for _ in range(draw(st.integers(1, 2))):
                self._change(
                    draw(st.sampled_from([*files, *visit.glob("*.csv")])), draw
                )
            read_course(course).to_dict()
            design = read_design(visit)
        else:
            name = draw(st.sampled_from(sorted(self.designs)))
            copy = Path(shutil.copytree(self.place / name, folder / name))
            for _ in range(draw(st.integers(1, 2))):
                self._change(draw(st.sampled_from(sorted(copy.iterdir()))), draw)
            design = read_design(copy)
        self._exported(design, folder, draw)
        mk.simulate_answers(design, self.pack, n_participants=2)

    def tables(self, draw: Draw) -> None:
        """Change a key, balance points, or a record of people, and use what is read."""
        folder = self._fresh()
        name = draw(
            st.sampled_from(["key.csv", "points.csv", "people.csv", "study.toml"])
        )
        path = folder / name
        if name == "people.csv":
            path.write_text(PEOPLE, "utf-8")
        elif name == "study.toml":
            path.write_text(tomli_w.dumps(RECORD), "utf-8")
        else:
            shutil.copy(self.place / name, path)
        for _ in range(draw(st.integers(1, 2))):
            self._change(path, draw)
        if name == "key.csv":
            key = read_allocation(path)
            check_allocation(key, self.design)
            key.write(folder / "a.csv", folder / "b.csv")
            assert read_allocation(folder / "b.csv") == key
        elif name == "points.csv":
            points = read_balance_points(path)
            points.write(folder / "again.csv")
            assert read_balance_points(folder / "again.csv").points == points.points
            design = read_design(self.course / "visit-2")
            check_balance_points(points, design, self.made)
            self._exported(design, folder, draw, points)
        else:
            record = read_participants(path)
            assert all(
                one.age is None or one.age >= 0 for one in record.people.values()
            )

    def pages(self, draw: Draw) -> None:
        """Change texts, a recruitment and addresses; export what is read."""
        folder = self._fresh()
        (folder / "own.toml").write_text(self.texts, "utf-8")
        for name, text in self.recruitment.items():
            (folder / name).write_text(text, "utf-8")
        file = draw(st.sampled_from(["own.toml", *self.recruitment]))
        change_words_of(folder / file, draw)
        entry = read_participation(folder / "study.toml")
        wording = read_wording(str(folder / "own.toml"), labels=("happy", "sad"))
        address = draw(st.sampled_from(ADDRESSES))
        at = draw(st.integers(0, len(address)))
        odd = draw(st.one_of(st.just(""), st.text(max_size=2)))
        given = address[:at] + odd + address[at:]
        front_end = draw(st.sampled_from(["jspsych", "labjs", "jatos"]))
        plain = given.startswith(("serial", "parallel", "lsl"))
        if plain:
            read_markers(given).code()
        sends = FRONT_ENDS[front_end].sends and not plain
        write_export(
            self.pack,
            front_end,
            folder / "out",
            design=self.designs["categorisation"],
            wording=wording,
            language="en",
            participation=entry,
            sending=read_destination(given) if sends and front_end != "jatos" else None,
        )

    def a_server(self, draw: Draw) -> None:
        """Change a row that is sent, a file of rows, or the study that is served."""
        folder = self._fresh()
        rows = folder / "answers.jsonl"
        what = draw(st.sampled_from(["sent", "sent", "rows", "study"]))
        if what == "study":
            copy = Path(shutil.copytree(self.served, folder / "served"))
            self._change(copy / "morphkit_export.json", draw)
            study = read_served_study(copy)
            study_script(study)
            return
        with opened(rows, self.study) as file:
            for n in (1, 2):
                sent = {
                    "session": "0" * 16,
                    "row": n,
                    "answer": row_of(self.served, order=n),
                }
                if what == "sent":
                    sent = changed(sent, draw)
                body = json.dumps(sent).encode("utf-8", "surrogatepass")
                if what == "sent" and draw(st.booleans()):
                    at = draw(st.integers(0, len(body)))
                    body = body[:at] + draw(st.binary(max_size=3)) + body[at:]
                answer = _kept(self.study, file, body)
                assert answer.status_code in (200, 400, 409, 422), answer.body
        if what == "rows":
            for _ in range(draw(st.integers(1, 2))):
                change_text(rows, draw)
        elif not rows.stat().st_size:
            raise InputError("nothing was taken")
        with opened(rows, self.study):
            pass  # what was taken is there when the server starts again
        mk.read_answers(rows, "serve").frame()

    def a_detector(self, draw: Draw) -> None:
        """Change the file of a trained detector and place what it says."""
        path = Path(shutil.copy(self.detector, self._fresh() / "own.npz"))
        for _ in range(draw(st.integers(1, 2))):
            try:
                draw(st.sampled_from([change_arrays, change_arrays, change_bytes]))(
                    path, draw
                )
            except (ValueError, OSError, KeyError, IndexError, EOFError, BadZipFile):
                continue  # broken already
        model = read_detector(path).model
        mesh = np.random.default_rng(1).uniform(60, 340, (478, 2))
        model.place(np.zeros((400, 400, 3), np.uint8), mesh)

    def _exported(
        self, design: Any, folder: Path, draw: Draw, points: Any = None
    ) -> None:
        """Export a design to a front end that can show it."""
        able = [name for name in SHOWN if not FRONT_ENDS[name].lacks(design)]
        if able:
            name = draw(st.sampled_from(able))
            carried = design.training is not None and design.training.is_carried
            if carried and points is None:
                points = read_balance_points(self.place / "points.csv")
            options = {"balance_points": points} if carried else {}
            export(self.pack, name, folder / "out", design, **options)

    def _change(self, path: Path, draw: Draw) -> None:
        """Change a file as what it is."""
        if path.suffix == ".toml":
            change_toml(path, draw)
        elif path.suffix == ".json" and draw(st.booleans()):
            try:
                change_json(path, draw)
            except (ValueError, RecursionError, KeyError, IndexError):
                change_bytes(path, draw)  # a change before has broken it
        else:
            change_text(path, draw)

    def _fresh(self) -> Path:
        """Return an empty folder."""
        folder = self.place / "changed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


def change_words_of(path: Path, draw: Draw) -> None:
    """Put a text into a value of a TOML file, or change it as a document."""
    if draw(st.booleans()):
        change_toml(path, draw)
        return
    from nasty_texts import INVISIBLE, NASTY

    text = path.read_text("utf-8")
    places = [k for k, letter in enumerate(text) if letter == '"']
    at = draw(st.sampled_from(places)) + 1
    said = json.dumps(draw(st.sampled_from([*NASTY, *INVISIBLE[:-1]])))[1:-1]
    path.write_text(text[:at] + said + text[at:], "utf-8")


def small_model() -> bytes:
    """Return the file of a detector that was trained on a few drawn meshes."""
    return model_bytes(drawn_model())


__all__ = ["TrialFiles"]
