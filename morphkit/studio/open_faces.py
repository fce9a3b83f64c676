"""The faces of a study that is open: read once a version, and judged by the checks."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from morphkit._core.finding import Finding
from morphkit._core.names import Folders
from morphkit.faces.landmarks import Landmarks
from morphkit.pipeline.check_recipe import Key
from morphkit.studio.documents import Document, facts_of, read_document, stamp_of
from morphkit.studio.findings import Checks, Looked, look_at
from morphkit.studio.history import notes_file
from morphkit.studio.preview import Sketch
from morphkit.studio.study import StudioStudy

#: Photographs that are decoded at once.
AT_ONCE = 4


class OpenFaces:
    """The faces of a study, as their files are now.

    Parameters
    ----------
    study : StudioStudy
    """

    def __init__(self, study: StudioStudy) -> None:
        self._study = study
        self._checks = Checks(study.template)
        self._kept: dict[str, tuple[object, Document]] = {}

    def read(self, name: str, folders: Folders | None = None) -> Document:
        """Return the document of a face; kept while its files are the same."""
        face = self._study.face(name)
        file = face.landmark_file(folders)
        files = (face.photo, file, notes_file(file))
        stamp = (file, *map(stamp_of, files))
        kept = self._kept.get(name)
        if kept is None or kept[0] != stamp:
            kept = stamp, read_document(face, self._study.template, folders)
            self._kept[name] = kept
        return kept[1]

    def look(self) -> dict[str, Looked]:
        """Return every face with its document, or why it has none."""
        names, folders = list(self._study.faces), Folders()

        def look(name: str) -> Looked:
            return look_at(partial(self.read, name, folders))

        if len(self._kept) >= len(names):
            return {name: look(name) for name in names}
        with ThreadPoolExecutor(AT_ONCE) as pool:  # photographs are decoded
            return dict(zip(names, pool.map(look, names), strict=True))

    def documents(self) -> dict[str, Document]:
        """Return the documents that can be read."""
        return documents_of(self.look())

    def is_placed(self, name: str) -> bool:
        """Return whether a face has landmarks that can be read."""
        document = look_at(partial(self.read, name)).document
        return document is not None and document.landmarks is not None

    def findings(
        self,
        looked: Mapping[str, Looked],
        moved: Mapping[str, Landmarks] | None = None,
    ) -> dict[str, list[Finding]]:
        """Return the findings about every face that can be read.

        Parameters
        ----------
        looked : mapping of str to Looked
            What `look` returned.
        moved : mapping of str to Landmarks, optional
            Landmarks to judge in place of those of a file.
        """
        return self._checks.find(documents_of(looked), moved)

    def detect_for_findings(self, name: str) -> None:
        """Let the detector see a photograph, for the findings."""
        self._checks.look(self.read(name))

    def undetected(self) -> list[str]:
        """Return the faces with landmarks whose photographs no detector has seen."""
        return [
            name
            for name, document in self.documents().items()
            if document.landmarks is not None and not self._checks.has_looked(document)
        ]

    def sketches(self, moved: Mapping[str, Landmarks]) -> dict[Key, Sketch]:
        """Return every face of the recipe that has landmarks, for the common frame.

        Parameters
        ----------
        moved : mapping of str to Landmarks
            Landmarks in place of those of a file.
        """
        found: dict[Key, Sketch] = {}
        for name, document in self.documents().items():
            landmarks = moved.get(name, document.landmarks)
            face = document.face
            if landmarks is not None and (face.is_needed or name in moved):
                found[face.key] = Sketch(face, landmarks, facts_of(face).size)
        return found


def documents_of(looked: Mapping[str, Looked]) -> dict[str, Document]:
    """Return the documents that can be read."""
    return {name: one.document for name, one in looked.items() if one.document}
