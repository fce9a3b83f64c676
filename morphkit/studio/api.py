"""What the page of the studio can ask for: values in, JSON or images out."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from morphkit._core.finding import Finding
from morphkit._core.names import Folders
from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.pipeline.check_recipe import Key
from morphkit.pixels import encode_png
from morphkit.studio.documents import (
    NONE,
    Change,
    Document,
    facts_of,
    mark_checked,
    read_document,
    save_document,
    settle_landmarks,
    stamp_of,
)
from morphkit.studio.findings import (
    Checks,
    Looked,
    look_at,
    state_of,
    to_dict,
    urgency,
)
from morphkit.studio.history import notes_file
from morphkit.studio.pictures import encoded, thumbnail, whole_picture
from morphkit.studio.placing import best_source, place_carried, place_detected
from morphkit.studio.preview import Previews, Sketch
from morphkit.studio.start_shape import start_points
from morphkit.studio.study import StudioFace, StudioStudy
from morphkit.studio.templates import TemplateDesk
from morphkit.studio.training import about_trained, is_by_machine, train
from morphkit.studio.work import Work

#: Photographs that are decoded at once.
AT_ONCE = 4


@dataclass(frozen=True)
class Picture:
    """An encoded image.

    Parameters
    ----------
    data : bytes
        A PNG.
    remarks : tuple of str
        What was found on the way.
    """

    data: bytes
    remarks: tuple[str, ...] = ()


class Studio:
    """A study that is open in the studio.

    Parameters
    ----------
    study : StudioStudy
    """

    def __init__(self, study: StudioStudy) -> None:
        self.study = study
        self._checks = Checks(study.template)
        self._previews = Previews(study)
        self.templates = TemplateDesk(study)
        self._work = Work()
        self._kept: dict[str, tuple[object, Document]] = {}
        settle_landmarks(study.faces.values())

    def close(self) -> None:
        """Stop work that goes on in the background."""
        self._work.stop()

    # What there is

    def overview(self) -> dict[str, Any]:
        """Return the study: its template, its faces with their states, worst first."""
        looked = self._look()
        findings = self._findings(looked)
        faces = [
            self._summary(self.study.face(name), one, findings.get(name, []))
            for name, one in looked.items()
        ]
        faces.sort(key=lambda one: (one["urgency"], one["id"]))
        template = self.study.template
        return {
            "name": self.study.name,
            "has_recipe": self.study.has_recipe,
            "detector": self.study.recipe.sources.detector,
            "trained": about_trained(self.study),
            "template": template.to_dict(),
            "faces": faces,
            "work": self._work.to_dict(),
        }

    def face(self, name: str) -> dict[str, Any]:
        """Return one face: its landmarks, findings, photograph and continua.

        Raises
        ------
        InputError
            If there is no such face, or its files cannot be read.
        """
        face = self.study.face(name)
        document = self._read(name)
        width, height = facts_of(face).size
        found = self._findings(self._look()).get(name, [])
        return {
            **document.to_dict(),
            **self._summary(face, Looked(document), found),
            "width": width,
            "height": height,
            "findings": [to_dict(one) for one in found],
            "continua": self._continua(face),
        }

    def picture(self, name: str) -> Picture:
        """Return the photograph of a face, as it is morphed."""
        return Picture(whole_picture(self.study.face(name)))

    def thumbnail(self, name: str) -> Picture:
        """Return a small picture of a face with its lines."""
        return Picture(thumbnail(self._read(name)))

    # What is changed

    def save(self, name: str, version: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write the landmarks of a face, if its file still is `version`.

        Parameters
        ----------
        name : str
            Id of the face.
        version : str
            Version that the change was made from.
        data : mapping
            ``points``, ``hidden``, and how the history goes on: ``start``, ``edits``,
            ``position``.

        Raises
        ------
        ConflictError
            If the file is another version.
        InputError, OutputError
            If something is not as it must be, or cannot be written.
        """
        face = self.study.face(name)
        change = Change(
            _points(data.get("points")),
            _indices(data.get("hidden", [])),
            start=_whole(data.get("start", 0)),
            edits=_listed(data.get("edits", [])),
            position=_whole(data.get("position", 0)),
        )
        return self._saved(save_document(face, self.study.template, version, change))

    def mark(self, name: str, version: str, *, checked: bool) -> dict[str, Any]:
        """Record that a person has checked a face, or has not."""
        face = self.study.face(name)
        template = self.study.template
        return self._saved(mark_checked(face, template, version, checked=checked))

    def start(self, name: str, clicks: Any) -> dict[str, Any]:
        """Return landmarks that fit three clicks; nothing is written."""
        face = self.study.face(name)
        width, height = facts_of(face).size
        others = [
            document.landmarks.points
            for other, document in self._documents(self._look()).items()
            if other != name and document.landmarks is not None
        ]
        points = start_points(
            _points(clicks), self.study.template, others, (width, height)
        )
        return {"points": points.tolist()}

    def detect(
        self,
        names: Sequence[str],
        *,
        number: int | None = None,
        again: bool = False,
        unless_touched: bool = False,
    ) -> dict[str, Any]:
        """Begin to place landmarks by the detector on faces; they are saved.

        Parameters
        ----------
        names : sequence of str
            Ids of faces.
        number : int, optional
            Which of several faces in a photograph, from 1.
        again : bool, optional
            Also where there are landmarks already; else those faces are skipped.
        unless_touched : bool, optional
            But not where a person has moved or checked them.

        Raises
        ------
        InputError
            If the recipe forbids detection, or the detector lacks the template.
        """
        sources = self.study.recipe.sources
        if sources.detector == "none":
            raise InputError(
                'the recipe forbids detection (detector = "none")',
                remedy="start from three clicks",
            )
        place = partial(
            place_detected,
            self.study,
            number=number,
            again=again,
            unless_touched=unless_touched,
        )
        units = [(one.id, partial(place, one)) for one in map(self.study.face, names)]
        self._work.begin("Detecting", units)
        return self._work.to_dict()

    def carry(
        self, names: Sequence[str], *, source: str = "", again: bool = False
    ) -> dict[str, Any]:
        """Begin to carry landmarks to faces from another photograph of the person.

        Parameters
        ----------
        names : sequence of str
            Ids of faces.
        source : str, optional
            Id of the face whose landmarks are carried; by default, for each, the one
            of the same person that was looked at most.
        again : bool, optional
            Also where there are landmarks already; else those faces are skipped.

        Raises
        ------
        InputError
            If `source` has no landmarks, or shows another person.
        """
        looked = self._look()
        documents, findings = self._documents(looked), self._findings(looked)
        states = {n: state_of(one, findings.get(n, [])) for n, one in looked.items()}
        units = []
        for face in map(self.study.face, names):
            start = source or best_source(self.study, face, states)
            known = documents.get(start)
            if known is None or known.landmarks is None or start == face.id:
                raise InputError(
                    f"{face.photo.name}: no other photograph of {face.identity} has "
                    "landmarks that could be carried to it",
                    remedy="detect or place those of one first",
                )
            if known.face.key[0] != face.key[0]:
                raise InputError(
                    f"{known.face.photo.name} shows {known.face.identity}, not "
                    f"{face.identity}"
                )
            run = partial(place_carried, self.study, face, known.face, again=again)
            units.append((face.id, run))
        self._work.begin("Carrying", units)
        return self._work.to_dict()

    def train(self) -> dict[str, Any]:
        """Begin to train a detector on the faces that were placed or corrected by hand.

        From then on it places landmarks in this study.
        """
        documents = list(self._documents(self._look()).values())
        run = partial(train, self.study, documents, self._work.progress)
        self._work.begin("Training", [("", run)])
        return self._work.to_dict()

    def compare(self) -> dict[str, Any]:
        """Begin to compare all faces with the detector, for the findings."""
        documents = self._documents(self._look())
        waiting = [
            (name, partial(self._look_at, name))
            for name, document in documents.items()
            if document.landmarks is not None and not self._checks.has_looked(document)
        ]
        if waiting and not self._work.is_busy:
            self._work.begin("Comparing with the detector", waiting, gives_way=True)
        return self._work.to_dict()

    def work(self) -> dict[str, Any]:
        """Return how far the work in the background is."""
        return self._work.to_dict()

    # What is looked at

    def check(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the findings about landmarks that need not be saved."""
        moved = self._moved({name: data})
        looked = self._look()
        found = self._checks.find(self._documents(looked), moved).get(name, [])
        return {"findings": [to_dict(one) for one in found]}

    def preview(
        self,
        continuum: str,
        step: int,
        *,
        moved: Mapping[str, Mapping[str, Any]] | None = None,
        full: bool = False,
    ) -> Picture:
        """Return a frame of a continuum of landmarks as they are on the page.

        Parameters
        ----------
        continuum : str
            Name of the continuum.
        step : int
            From 0.
        moved : mapping of str to mapping, optional
            Id of a face -> its ``points`` and ``hidden``, where they are not those of
            its file.
        full : bool, optional
            As a build makes it, not small and quick.

        Raises
        ------
        InputError
            If consent does not cover it, or the faces cannot be morphed.
        """
        for key in self._previews.needs(continuum):
            face = self.study.face(".".join(key))
            if not face.may_morph:
                raise InputError(
                    f"no preview: may_morph of {face.identity} is not true",
                    remedy="morphing needs consent; record it in the recipe",
                )
        faces = self._sketches(self._moved(moved or {}))
        ready = self._previews.ready(continuum, faces, full=full)
        n_steps = ready.prepared.shares.n_steps
        if not 0 <= step < n_steps:
            raise InputError(f"step {step} of {n_steps}")
        frame = ready.frame(step)
        data = encode_png(frame) if full else encoded(frame)
        return Picture(data, ready.messages)

    # Parts

    def _look_at(self, name: str) -> None:
        """Detect the face of a photograph, for the findings."""
        self._checks.look(self._read(name))

    def _read(self, name: str, folders: Folders | None = None) -> Document:
        """Return the document of a face; kept while its files are the same."""
        face = self.study.face(name)
        file = face.landmark_file(folders)
        files = (face.photo, file, notes_file(file))
        stamp = (file, *map(stamp_of, files))
        kept = self._kept.get(name)
        if kept is None or kept[0] != stamp:
            kept = stamp, read_document(face, self.study.template, folders)
            self._kept[name] = kept
        return kept[1]

    def _look(self) -> dict[str, Looked]:
        """Return every face with its document, or why it has none."""
        names, folders = list(self.study.faces), Folders()

        def look(name: str) -> Looked:
            return look_at(partial(self._read, name, folders))

        if len(self._kept) >= len(names):
            return {name: look(name) for name in names}
        with ThreadPoolExecutor(AT_ONCE) as pool:  # photographs are decoded
            return dict(zip(names, pool.map(look, names), strict=True))

    @staticmethod
    def _documents(looked: Mapping[str, Looked]) -> dict[str, Document]:
        """Return the documents that can be read."""
        return {n: one.document for n, one in looked.items() if one.document}

    def _findings(self, looked: Mapping[str, Looked]) -> dict[str, list[Finding]]:
        """Return the findings about every face that can be read."""
        return self._checks.find(self._documents(looked))

    def _summary(
        self, face: StudioFace, looked: Looked, findings: list[Finding]
    ) -> dict[str, Any]:
        """Return what a list of faces shows of one."""
        state = state_of(looked, findings)
        document = looked.document
        worst = next((one for one in findings if one.severity != "note"), None)
        consent = face.consent
        return {
            "id": face.id,
            "identity": face.identity,
            "label": face.label,
            "photo": face.photo.name,
            "needed": face.is_needed,
            "state": state,
            "urgency": urgency(state, findings),
            "error": looked.error,
            "worst": worst and to_dict(worst),
            "n_findings": sum(one.severity != "note" for one in findings),
            "version": document.version if document else NONE,
            "placed_by": _placed_by(document),
            "n_hidden": (
                len(document.landmarks.hidden) if document and document.landmarks else 0
            ),
            "consent": consent
            and {
                "basis": consent.consent_basis,
                "may_morph": consent.may_morph,
                "may_show_online": consent.may_show_online,
                "may_redistribute": consent.may_redistribute,
            },
            "siblings": [
                {"id": one.id, "label": one.label}
                for one in self.study.of_identity(face.key[0])
            ],
        }

    def _continua(self, face: StudioFace) -> list[dict[str, Any]]:
        """Return the continua that a face is part of."""
        found = []
        for identity, part in self.study.recipe.planned():
            for name, one in self._previews.continua(identity):
                if one is part and face.key in self._previews.needs(name):
                    levels = part.trajectory().levels.tolist()
                    needs = [".".join(key) for key in self._previews.needs(name)]
                    found.append(
                        {
                            "name": name,
                            "from": part.from_,
                            "to": part.to,
                            "levels": levels,
                            "needs": needs,
                            "missing": [
                                one for one in needs if not self._is_placed(one)
                            ],
                        }
                    )
        return found

    def _is_placed(self, name: str) -> bool:
        """Return whether a face has landmarks that can be read."""
        document = look_at(partial(self._read, name)).document
        return document is not None and document.landmarks is not None

    def _moved(self, data: Mapping[str, Mapping[str, Any]]) -> dict[str, Landmarks]:
        """Return landmarks as they are on the page."""
        return {
            name: Landmarks(
                self.study.template,
                np.asarray(_points(one.get("points")), np.float64),
                Placement("hand"),
                facts_of(self.study.face(name)).sha256,
                frozenset(_indices(one.get("hidden", []))),
            )
            for name, one in data.items()
        }

    def _sketches(self, moved: Mapping[str, Landmarks]) -> dict[Key, Sketch]:
        """Return every face of the recipe that has landmarks, for the common frame."""
        found: dict[Key, Sketch] = {}
        for name, document in self._documents(self._look()).items():
            landmarks = moved.get(name, document.landmarks)
            face = document.face
            if landmarks is not None and (face.is_needed or name in moved):
                found[face.key] = Sketch(face, landmarks, facts_of(face).size)
        return found

    def _saved(self, document: Document) -> dict[str, Any]:
        """Return a document after a save, with what the checks say of it now."""
        looked = self._look()
        found = self._findings(looked).get(document.face.id, [])
        return {
            **document.to_dict(),
            **self._summary(document.face, Looked(document), found),
            "findings": [to_dict(one) for one in found],
        }


def _placed_by(document: Document | None) -> str:
    """Return "machine" or "person", or "" without landmarks."""
    if document is None or document.landmarks is None:
        return ""
    return "machine" if is_by_machine(document.landmarks) else "person"


def _points(value: Any) -> list[list[float]]:
    """Return a list of pairs of numbers."""
    try:
        pairs = [[float(x), float(y)] for x, y in value]
    except (TypeError, ValueError):
        raise InputError('"points" is not a list of [x, y]') from None
    return pairs


def _indices(value: Any) -> list[int]:
    """Return a list of whole numbers."""
    if not isinstance(value, list):
        raise InputError('"hidden" is not a list of indices')
    return [_whole(one) for one in value]


def _whole(value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is not a whole number")
    return value


def _listed(value: Any) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise InputError('"edits" is not a list')
    return value
