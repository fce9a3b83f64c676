"""Which of several faces in an image is meant: said by the user, never guessed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.faces.choices import LARGEST, FaceChoice
from morphkit.faces.detectors.boxes import bounding_box
from morphkit.faces.landmarks import FaceBox, Landmarks

#: The largest face is this much larger than the next, or it has to be said which.
_LARGER = 1.1


class SeveralFacesError(InputError):
    """An image with several faces, where it was not said which is meant.

    Parameters
    ----------
    problem, where, allowed, remedy
        As for `InputError`.
    boxes : sequence of (int, int, int, int)
        Left, top, width and height of every face, in the order of their numbers; kept
        as an attribute.
    """

    def __init__(
        self,
        problem: str,
        *,
        boxes: Sequence[FaceBox] = (),
        where: str = "",
        allowed: str = "",
        remedy: str = "",
    ) -> None:
        self.boxes = tuple(boxes)
        super().__init__(problem, where=where, allowed=allowed, remedy=remedy)

    def at(self, where: str) -> "SeveralFacesError":
        """Return the same error, located at `where` unless it has a location."""
        return self if self.where else self._with(where=where)

    def told(self, remedy: str) -> "SeveralFacesError":
        """Return the same error with something more to do about it, said first."""
        return self._with(remedy=f"{remedy}; {self.remedy}")

    def _with(self, **changed: str) -> "SeveralFacesError":
        parts = {"where": self.where, "allowed": self.allowed, "remedy": self.remedy}
        return SeveralFacesError(self.problem, boxes=self.boxes, **(parts | changed))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.problem, self.boxes, self.where, self.allowed, self.remedy)
        return _several_faces, parts


def _several_faces(
    problem: str, boxes: Sequence[FaceBox], where: str, allowed: str, remedy: str
) -> SeveralFacesError:
    """Return the error again, where it was copied between processes."""
    return SeveralFacesError(
        problem, boxes=boxes, where=where, allowed=allowed, remedy=remedy
    )


def choose_face(
    faces: Sequence[Landmarks],
    maybe: Sequence[Landmarks],
    face: FaceChoice,
    where: str,
) -> Landmarks:
    """Return the requested face, or the only one that can be meant.

    Parameters
    ----------
    faces : sequence of Landmarks
        The faces found, in reading order.
    maybe : sequence of Landmarks
        Places that may be faces, too; they are numbered after the others.
    face : int, "largest" or None
        Which one is meant.
    where : str
        The image's name, for messages.

    Returns
    -------
    Landmarks
        Where there were several, their placement says which was taken of which.

    Raises
    ------
    InputError
        If there is no face, or none of that number.
    SeveralFacesError
        If it was not said which, or the largest is not clearly so, or may be none.
    """
    if not faces:
        raise InputError(
            "no face was found",
            where=where,
            remedy="crop the image so that the face fills most of it, make it "
            "brighter, try another detector, or place the landmarks by hand",
        )
    every = (*faces, *maybe)
    boxes = [box_of(one) for one in every]
    number: int | None = None
    if len(every) == 1 and face in (None, 1, LARGEST):
        return faces[0]
    if face == LARGEST:
        number = _largest(boxes, len(faces))
    elif face is not None and 1 <= face <= len(every):
        number = int(face)
    if number is None:
        raise _several(faces, maybe, face, where)
    taken = every[number - 1]
    placement = replace(taken.placement, face=number, faces=tuple(boxes))
    return replace(taken, placement=placement)


def box_of(face: Landmarks) -> FaceBox:
    """Return left, top, width and height around the landmarks, whole pixels."""
    x0, y0, x1, y1 = np.rint(bounding_box(face.points)).astype(int).tolist()
    return x0, y0, x1 - x0, y1 - y0


def _largest(boxes: Sequence[FaceBox], n_sure: int) -> int | None:
    """Return the number of the largest face; None if it is not clear which it is."""
    sides = [float(np.sqrt(max(w, 0) * max(h, 0))) for _, _, w, h in boxes]
    first, second = sorted(range(len(sides)), key=lambda i: -sides[i])[:2]
    if first >= n_sure or sides[first] < _LARGER * sides[second]:
        return None
    return first + 1


def _several(
    faces: Sequence[Landmarks],
    maybe: Sequence[Landmarks],
    face: FaceChoice,
    where: str,
) -> SeveralFacesError:
    """Return the error that lists all faces with their numbers, places and sizes."""
    n = len(faces) + len(maybe)
    were = "was" if len(faces) == 1 else "were"
    problem = f"{counted(len(faces), 'face')} {were} found"
    if maybe:
        problem += f", and {counted(len(maybe), 'place')} that may be a face"
    if face == LARGEST:
        problem += "; it is not clear which face is the largest"
    elif face is not None:
        problem = f"there is no face {face}, found {n}"
    told = [_describe(one) for one in faces]
    told += [f"{_describe(one)}, may be a face" for one in maybe]
    listed = "".join(f"\n  {i}: {text}" for i, text in enumerate(told, 1))
    largest = "" if face == LARGEST else " or --face largest"
    return SeveralFacesError(
        problem,
        boxes=[box_of(one) for one in (*faces, *maybe)],
        where=where,
        allowed="faces are numbered from 1 in reading order",
        remedy=f"say which with --face N{largest} (morph: --face-a, --face-b, too; a "
        "recipe: faces = {label = N} of the identity), or crop the image to one face:"
        + listed,
    )


def _describe(face: Landmarks) -> str:
    """Describe the position and score of a face in words."""
    x, y, width, height = box_of(face)
    score = face.placement.score
    said = "" if score is None else f", score {score:.2f}"
    return f"x {x}, y {y}, width {width}, height {height}{said}"
