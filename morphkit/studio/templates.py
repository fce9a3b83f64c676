"""The draft of a template and the file it becomes: kept, checked, written.

One draft is kept for a study, in the folder of the studio beside the landmarks. A save
names the version that it was made from, as those of landmarks do.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.files import write_together
from morphkit._core.reading import own_bytes, own_json
from morphkit.errors import InputError, MorphkitError
from morphkit.faces.formats import collection_bytes
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.geometry.mirror_pairs import find_mirror_pairs
from morphkit.studio.documents import (
    NONE,
    check_inside,
    facts_of,
    held,
    read_document,
)
from morphkit.studio.findings import to_dict
from morphkit.studio.history import FOLDER
from morphkit.studio.study import StudioStudy
from morphkit.studio.template_draft import TemplateDraft, edges_of

DRAFT = "template.draft"


class DraftConflictError(MorphkitError):
    """The draft of a study is not the version that a change was made from.

    Parameters
    ----------
    now : KeptDraft
    """

    def __init__(self, now: "KeptDraft") -> None:
        self.now = now
        super().__init__(
            "the landmark set was changed in another window in the meantime; nothing "
            "was written"
        )


@dataclass(frozen=True)
class KeptDraft:
    """The draft as it is on disk.

    Parameters
    ----------
    version : str
        SHA-256 of the file; `NONE` if there is none.
    data : dict, optional
        ``face``, whose photograph it is placed on, and the keys of
        `TemplateDraft.to_dict`.
    """

    version: str
    data: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"version": self.version, "draft": self.data}


class TemplateDesk:
    """What the page can ask for to make a template: JSON in, JSON out.

    Parameters
    ----------
    study : StudioStudy
    """

    def __init__(self, study: StudioStudy) -> None:
        self._study = study

    def draft(self) -> dict[str, Any]:
        """Return the draft that is kept, and the template that can be copied."""
        kept = read_draft(self._study).to_dict()
        return {**kept, "template": self._study.template.name}

    def copy(self, name: str) -> dict[str, Any]:
        """Return a draft that copies the template of the study, placed as on a face.

        Raises
        ------
        InputError
            If the face has no landmarks.
        """
        face = self._study.face(name)
        landmarks = read_document(face, self._study.template).landmarks
        if landmarks is None:
            raise InputError(
                f"{face.photo.name} has no landmarks to copy",
                remedy="choose a face that has, or start empty",
            )
        draft = TemplateDraft.from_template(landmarks.template, landmarks.points)
        return {"face": face.id, **draft.to_dict()}

    def keep(self, version: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write the draft, if it still is `version`; as `keep_draft`."""
        return keep_draft(self._study, version, data).to_dict()

    def examine(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what keeps a draft from being a template, and what it would lack."""
        draft = TemplateDraft.from_dict(data)
        return {"findings": [to_dict(one) for one in draft.problems()]}

    def mirror(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return probable mirror partners of a draft, and how far off each is."""
        draft = TemplateDraft.from_dict(data)
        lines = [(line.points, line.closed) for line in draft.lines]
        partners, off = find_mirror_pairs(draft.places, draft.points, lines)
        return {
            "partners": list(partners),
            "off": [None if np.isnan(one) else float(one) for one in off],
        }

    def edges(
        self, data: Mapping[str, Any], name: str, chosen: Sequence[int]
    ) -> dict[str, Any]:
        """Return the edges of an opening from the landmarks around it."""
        found = edges_of(TemplateDraft.from_dict(data), name, chosen)
        return asdict(found)

    def write(self, data: Mapping[str, Any], *, replace: bool) -> dict[str, Any]:
        """Write the template and the landmarks of its face; as `write_template`."""
        return write_template(self._study, data, replace=replace)


def read_draft(study: StudioStudy) -> KeptDraft:
    """Return the draft of a study; none where it is missing or damaged."""
    try:
        data = own_bytes(_draft_file(study))
        kept = own_json(data)
        study.face(kept["face"])
        TemplateDraft.from_dict(kept)
    except (OSError, ValueError, TypeError, KeyError):
        return KeptDraft(NONE, None)
    return KeptDraft(hashlib.sha256(data).hexdigest(), kept)


def keep_draft(study: StudioStudy, version: str, data: Mapping[str, Any]) -> KeptDraft:
    """Write the draft if it still is a known version.

    Raises
    ------
    DraftConflictError
        If it is another version; nothing is written.
    InputError, OutputError
        If it has another form than a draft, or cannot be written.
    """
    face = study.face(str(data.get("face")))
    kept = {"face": face.id, **TemplateDraft.from_dict(data).to_dict()}
    file = _draft_file(study)
    with held(file.parent.parent / "any"):
        now = read_draft(study)
        if now.version != version:
            raise DraftConflictError(now)
        write_together({file: json.dumps(kept).encode()}, overwrite=True)
    return read_draft(study)


def write_template(
    study: StudioStudy, data: Mapping[str, Any], *, replace: bool
) -> dict[str, Any]:
    """Write the template, and the landmarks of the photograph it was placed on.

    Parameters
    ----------
    study : StudioStudy
    data : mapping
        A draft.
    replace : bool
        Whether files of that name may be replaced.

    Returns
    -------
    dict
        ``file`` and ``landmarks``, what was written, relative to the folder of the
        study, and ``commands`` that take them; ``exists`` instead, if there are such
        files with other content and they may not be replaced.

    Raises
    ------
    InputError
        If the draft is no template yet, or a landmark lies outside the photograph.
    OutputError
        If a file cannot be written.
    """
    draft = TemplateDraft.from_dict(data)
    template = draft.template()
    face = study.face(str(data.get("face")))
    photo = facts_of(face)
    landmarks = Landmarks(template, draft.places, Placement("hand"), photo.sha256)
    check_inside(landmarks, photo.size)
    file = study.folder / f"{template.name}.json"
    folder = study.folder / f"landmarks_{template.name}"
    placed = folder / Path(face.name).with_suffix(".json")
    files = {
        file: (json.dumps(template.to_dict(), indent=2) + "\n").encode(),
        placed: collection_bytes(placed, {photo.name: landmarks}, size=photo.size),
    }
    others = [one for one in files if one.exists() and own_bytes(one) != files[one]]
    if others and not replace:
        return {"exists": [_relative(one, study.folder) for one in others]}
    write_together(files, overwrite=True)
    return {
        "file": _relative(file, study.folder),
        "landmarks": _relative(placed, study.folder),
        "commands": [
            f"morphkit studio {_given(study)} --template {file.name} --landmarks "
            f"{folder.name}",
            f'template = "{file.name}"',
        ],
    }


def _given(study: StudioStudy) -> str:
    """Return what to give a command for the photographs of a study."""
    folders = {face.photo.parent for face in study.faces.values()}
    return " ".join(sorted(_relative(one, study.folder) for one in folders))


def _relative(path: Path, folder: Path) -> str:
    """Return a path as seen from a folder."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return str(path)


def _draft_file(study: StudioStudy) -> Path:
    """Return the file of the draft of a study."""
    first = next(iter(study.faces.values()), None)
    if first is None:
        raise InputError("there is no photograph to place a template on")
    return first.folder / FOLDER / DRAFT
