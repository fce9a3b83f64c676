"""Checks that need the photograph or the faces detected in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit.faces.detectors.boxes import bounding_box, overlap
from morphkit.faces.template import Template
from morphkit.quality.landmark_checks.evidence import Delineation
from morphkit.quality.landmark_checks.frame_checks import by_template
from morphkit.quality.landmark_checks.measures import named, scale_of

#: Number of faces of one template from which the set's own habits are subtracted: what
#: differs in all faces is a convention of placement, not a mistake.
MIN_FACES = 8
#: Largest distance of a region from its detected position, as a fraction of the
#: inter-ocular distance. Two detectors on 20 adult portraits differed by at most 0.024
#: in eyes, nose and mouth, 0.040 in brows and jaw; the detector from the true landmarks
#: of rendered infants by 0.017 and 0.043 (happy or neutral), 0.041 and 0.060 (crying).
SHIFTED = {"jaw": 0.07, "brows": 0.07, "nose": 0.03, "eyes": 0.03, "mouth": 0.03}
#: The same for one landmark: adults 0.055 and 0.114, infants 0.092 and 0.127, crying
#: 0.151 and 0.156.
FAR = {"jaw": 0.16, "brows": 0.16, "nose": 0.10, "eyes": 0.10, "mouth": 0.10}
FAR_OTHER = 0.16
#: Of a region that only the template knows.
SHIFTED_OTHER = 0.07
#: Where the truth of a region lies between two detectors that disagree.
BETWEEN = 0.5
#: Minimum overlap of two boxes of one face.
OVERLAP = 0.3


def find_changed_images(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find photographs that changed since their landmarks were placed."""
    for face in faces:
        placed_on = face.landmarks.image_sha256
        if face.photo and placed_on and placed_on != face.photo.sha256:
            yield Finding(
                "changed-image",
                "error",
                f"the landmarks were placed on another version of {face.photo.name}; "
                "restore that version, or place or detect them again",
                where=face.where,
            )


@dataclass(frozen=True, eq=False)
class _Comparison:
    """Landmarks minus detected ones, relative to the inter-ocular vector, complex.

    `apart` is the same between two detectors: 0 if there is one.
    """

    face: Delineation
    off: npt.NDArray[np.complex128]
    apart: npt.NDArray[np.complex128]


def find_detector_disagreement(faces: Sequence[Delineation]) -> Iterator[Finding]:
    """Find regions and landmarks far from where the default detector places them."""
    for template, group in by_template(faces):
        compared = []
        for face in group:
            if face.photo is None or face.photo.detected is None:
                continue
            seen = _same_face(face.landmarks.points, face.photo.detected)
            if seen is None:
                yield Finding(
                    "detector",
                    "warning",
                    "the detector finds no face where the landmarks are; check them on "
                    "the photograph",
                    where=face.where,
                )
            else:
                other = _same_face(face.landmarks.points, face.photo.second)
                compared.append(_compare(face, seen, other))
        yield from _judge(template, compared)


def _same_face(points: Points, detected: Sequence[Points]) -> Points | None:
    """Return the detected face at the landmarks."""
    if not detected:
        return None
    overlaps = [overlap(bounding_box(points), bounding_box(face)) for face in detected]
    best = int(np.argmax(overlaps))
    return detected[best] if overlaps[best] > OVERLAP else None


def _compare(face: Delineation, seen: Points, other: Points | None) -> _Comparison:
    """Return the differences in the upright frame of the detected face."""
    there = face.landmarks.with_points(seen)
    left, right = there.eye_centres()
    across = complex(*(right - left))
    turn = abs(across) / across / scale_of(there).length
    off = (face.landmarks.points - seen) @ np.array([1, 1j])
    apart = (seen - (seen if other is None else other)) @ np.array([1, 1j])
    return _Comparison(face, off * turn, apart * turn)


def _judge(template: Template, compared: Sequence[_Comparison]) -> Iterator[Finding]:
    """Yield findings about the faces of one template."""
    regions = template.regions
    for i, one in enumerate(compared):
        off = one.off
        if len(compared) >= MIN_FACES:
            others = np.array([c.off for j, c in enumerate(compared) if j != i])
            off = off - (
                np.median(others.real, axis=0) + 1j * np.median(others.imag, axis=0)
            )
        for region, indices in regions.items():
            shift = float(abs(off[list(indices)].mean()))
            doubt = float(abs(one.apart[list(indices)].mean()))
            limit = SHIFTED.get(region, SHIFTED_OTHER) + BETWEEN * doubt
            if shift > limit:
                yield Finding(
                    "detector",
                    "warning",
                    f"the {region} as a whole: {shift:.1%} of the inter-ocular "
                    "distance from where the detector places it (allowed "
                    f"{limit:.1%})",
                    where=one.face.where,
                    value=shift,
                    limit=limit,
                    points=tuple(indices),
                )
        yield from _far_points(one.face, np.abs(off), np.abs(one.apart), regions)


def _far_points(
    face: Delineation,
    distance: npt.NDArray[np.float64],
    doubt: npt.NDArray[np.float64],
    regions: Mapping[str, Sequence[int]],
) -> Iterator[Finding]:
    """Yield one finding about single landmarks that are too far off."""
    limit = np.full(len(distance), FAR_OTHER)
    for region, indices in regions.items():
        limit[list(indices)] = FAR.get(region, FAR_OTHER)
    limit += doubt
    far = np.flatnonzero(distance > limit)
    if len(far):
        far = far[np.argsort(-(distance / limit)[far], kind="stable")]
        worst = far[0]
        yield Finding(
            "detector",
            "warning",
            f"{named(face.landmarks.template, far.tolist())}: up to "
            f"{distance[worst]:.1%} of the inter-ocular distance from where the "
            f"detector places them (allowed {limit[worst]:.0%})",
            where=face.where,
            value=float(distance[worst]),
            limit=float(limit[worst]),
            points=tuple(far.tolist()),
        )


def without_photo(faces: Sequence[Delineation]) -> str:
    """Return why some faces are not compared with their photograph, "" if all are."""
    missing = [face.where for face in faces if face.photo is None]
    if not missing:
        return ""
    if len(missing) == len(faces):
        return "no photographs are given; give their folder with --images"
    more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
    return f"there is no photograph for {', '.join(missing[:4])}{more}"


def without_size(faces: Sequence[Delineation]) -> str:
    """Return why the right and lower borders of some images are unknown."""
    missing = without_photo(faces)
    return f"{missing} (the left and upper borders were checked)" if missing else ""


def without_detection(faces: Sequence[Delineation]) -> str:
    """Return why some faces are not compared with the detector, "" if all are."""
    blind = [face for face in faces if face.photo and face.photo.detected is None]
    names = sorted({face.landmarks.template.name for face in blind})
    if not names:
        return without_photo(faces)
    return f"the detector does not support the template {' and '.join(names)}"
