"""What the page shows of a face: its state, its worst finding, its continua."""

from collections.abc import Sequence
from typing import Any

from morphkit._core.finding import Finding
from morphkit.studio.documents import NONE, Document
from morphkit.studio.findings import Looked, state_of, to_dict, urgency
from morphkit.studio.open_faces import OpenFaces
from morphkit.studio.preview import Previews
from morphkit.studio.study import StudioFace, StudioStudy
from morphkit.studio.training import is_by_machine


def summary_of(
    study: StudioStudy, face: StudioFace, looked: Looked, findings: Sequence[Finding]
) -> dict[str, Any]:
    """Return what a list of faces shows of one."""
    document, marks = looked.document, None
    if document is not None:
        marks = document.landmarks
    state = state_of(looked, list(findings))
    worst = next((one for one in findings if one.severity != "note"), None)
    consent = face.consent
    return {
        "id": face.id,
        "identity": face.identity,
        "label": face.label,
        "photo": face.photo.name,
        "needed": face.is_needed,
        "state": state,
        "urgency": urgency(state, list(findings)),
        "error": looked.error,
        "worst": worst and to_dict(worst),
        "n_findings": sum(one.severity != "note" for one in findings),
        "version": document.version if document else NONE,
        "placed_by": _placed_by(document),
        "n_hidden": len(marks.hidden) if marks else 0,
        "consent": consent
        and {
            "basis": consent.consent_basis,
            "may_morph": consent.may_morph,
            "may_show_online": consent.may_show_online,
            "may_redistribute": consent.may_redistribute,
        },
        "siblings": [
            {"id": one.id, "label": one.label} for one in study.of_identity(face.key[0])
        ],
    }


def continua_of(
    study: StudioStudy, face: StudioFace, previews: Previews, faces: OpenFaces
) -> list[dict[str, Any]]:
    """Return the continua that a face is part of."""
    found = []
    for identity, part in study.recipe.planned():
        for name, one in previews.continua(identity):
            needs = previews.needs(name)
            if one is part and face.key in needs:
                ids = [".".join(key) for key in needs]
                found.append(
                    {
                        "name": name,
                        "from": part.from_,
                        "to": part.to,
                        "levels": part.trajectory().levels.tolist(),
                        "needs": ids,
                        "missing": [one for one in ids if not faces.is_placed(one)],
                    }
                )
    return found


def _placed_by(document: Document | None) -> str:
    """Return "machine" or "person", or "" without landmarks."""
    if document is None or document.landmarks is None:
        return ""
    return "machine" if is_by_machine(document.landmarks) else "person"
