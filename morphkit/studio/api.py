"""What the page of the studio can ask for: values in, JSON or images out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from morphkit.errors import InputError
from morphkit.faces.landmarks import Landmarks
from morphkit.pixels import encode_png
from morphkit.studio.documents import (
    Document,
    facts_of,
    mark_checked,
    save_document,
    settle_landmarks,
)
from morphkit.studio.findings import Looked, state_of, to_dict
from morphkit.studio.landmark_sets import fitting_sets
from morphkit.studio.open_faces import OpenFaces, documents_of
from morphkit.studio.pictures import encoded, thumbnail, whole_picture
from morphkit.studio.placing import best_source, place_carried, place_detected
from morphkit.studio.preview import Previews
from morphkit.studio.requests import change_in, landmarks_in, points_in
from morphkit.studio.shown import continua_of, summary_of
from morphkit.studio.start_shape import start_points
from morphkit.studio.study import StudioStudy
from morphkit.studio.templates import TemplateDesk
from morphkit.studio.training import about_trained, train
from morphkit.studio.work import Work


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
        self._work = Work()
        self._open(study)
        self._fitting = fitting_sets(study)
        settle_landmarks(study.faces.values())

    def _open(self, study: StudioStudy) -> None:
        """Take the faces of a study, none of them read."""
        self.study = study
        self._faces = OpenFaces(study)
        self._previews = Previews(study)
        self.templates = TemplateDesk(study)

    def close(self) -> None:
        """Stop work that goes on in the background."""
        self._work.stop()

    # What there is

    def overview(self) -> dict[str, Any]:
        """Return the study: its template, its faces with their states, worst first."""
        looked = self._faces.look()
        findings = self._faces.findings(looked)
        faces = [
            summary_of(self.study, self.study.face(name), one, findings.get(name, []))
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
            "fitting": self._fitting and self._fitting.to_dict(self.study),
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
        width, height = facts_of(face).size
        return {
            **self._shown(self._faces.read(name)),
            "width": width,
            "height": height,
            "continua": continua_of(self.study, face, self._previews, self._faces),
        }

    def picture(self, name: str) -> Picture:
        """Return the photograph of a face, as it is morphed."""
        return Picture(whole_picture(self.study.face(name)))

    def thumbnail(self, name: str) -> Picture:
        """Return a small picture of a face with its lines."""
        return Picture(thumbnail(self._faces.read(name)))

    # What is changed

    def choose_set(self, name: str) -> dict[str, Any]:
        """Take the landmarks for those of another set that fits; nothing is written.

        Raises
        ------
        InputError
            If no set of the name fits, or work in the background goes by this one.
        """
        if self._fitting is None:
            raise InputError(
                f"the landmark files are of {self.study.template.name}, and say so"
            )
        self._work.make_way()
        self._open(self._fitting.chosen_for(self.study, name))
        return self._fitting.to_dict(self.study)

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
        template, change = self.study.template, change_in(data)
        return self._shown(save_document(face, template, version, change))

    def mark(self, name: str, version: str, *, checked: bool) -> dict[str, Any]:
        """Record that a person has checked a face, or has not."""
        face = self.study.face(name)
        template = self.study.template
        return self._shown(mark_checked(face, template, version, checked=checked))

    def start(self, name: str, clicks: Any) -> dict[str, Any]:
        """Return landmarks that fit three clicks; nothing is written."""
        face = self.study.face(name)
        width, height = facts_of(face).size
        others = [
            document.landmarks.points
            for other, document in self._faces.documents().items()
            if other != name and document.landmarks is not None
        ]
        points = start_points(
            points_in(clicks), self.study.template, others, (width, height)
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
        looked = self._faces.look()
        documents, findings = documents_of(looked), self._faces.findings(looked)
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
        documents = list(self._faces.documents().values())
        run = partial(train, self.study, documents, self._work.progress)
        self._work.begin("Training", [("", run)])
        return self._work.to_dict()

    def compare(self) -> dict[str, Any]:
        """Begin to compare all faces with the detector, for the findings."""
        look = self._faces.detect_for_findings
        waiting = [(name, partial(look, name)) for name in self._faces.undetected()]
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
        found = self._faces.findings(self._faces.look(), moved).get(name, [])
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
        faces = self._faces.sketches(self._moved(moved or {}))
        ready = self._previews.ready(continuum, faces, full=full)
        n_steps = ready.prepared.shares.n_steps
        if not 0 <= step < n_steps:
            raise InputError(f"step {step} of {n_steps}")
        frame = ready.frame(step)
        data = encode_png(frame) if full else encoded(frame)
        return Picture(data, ready.messages)

    # Parts

    def _moved(self, data: Mapping[str, Mapping[str, Any]]) -> dict[str, Landmarks]:
        """Return landmarks as they are on the page."""
        return {
            name: landmarks_in(one, self.study, self.study.face(name))
            for name, one in data.items()
        }

    def _shown(self, document: Document) -> dict[str, Any]:
        """Return a document with what the checks say of it now."""
        found = self._faces.findings(self._faces.look()).get(document.face.id, [])
        return {
            **document.to_dict(),
            **summary_of(self.study, document.face, Looked(document), found),
            "findings": [to_dict(one) for one in found],
        }
