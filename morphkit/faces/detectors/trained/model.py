"""A trained detector: an adapter and steps of descent, for one template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Image, Points
from morphkit.faces.detectors.trained.adapter import Adapter, fit_adapter
from morphkit.faces.detectors.trained.descent import (
    WINDOWS,
    Grey,
    Start,
    Step,
    learn_steps,
)
from morphkit.faces.detectors.trained.frame import (
    BETWEEN_EYES,
    Upright,
    mean_mesh,
    mirrored,
)
from morphkit.faces.formats import builtin_template
from morphkit.faces.template import Template

#: Parts in which identities are left out while starts are made.
MOST_PARTS = 8
#: Starts of a face besides the one that the adapter gives.
MORE_STARTS = 2


@dataclass(frozen=True, eq=False)
class Example:
    """A face to learn from, in the standard frame.

    Parameters
    ----------
    grey : ndarray, shape (SIDE, SIDE), dtype uint8
    mesh : ndarray, shape (478, 2)
        Points of the mesh detector.
    truth : ndarray, shape (N, 2)
        Landmarks, corrected by a person or exact.
    known : ndarray, shape (N,), dtype bool
        Which landmarks are not hidden.
    identity : int
        Whose face it is.
    """

    grey: Grey
    mesh: Points
    truth: Points
    known: npt.NDArray[np.bool_]
    identity: int

    @classmethod
    def of_photo(
        cls,
        image: Image,
        mesh: Points,
        truth: Points,
        reference: Points,
        *,
        known: npt.NDArray[np.bool_] | None = None,
        identity: int,
    ) -> "Example":
        """Return the example that a photograph gives; points are in its frame.

        Parameters
        ----------
        image : ndarray, shape (H, W, 3), dtype uint8 or uint16
        mesh : ndarray, shape (478, 2)
        truth : ndarray, shape (N, 2)
        reference : ndarray, shape (478, 2)
            Of `common_reference`.
        known : ndarray, shape (N,), dtype bool, optional
        identity : int
        """
        upright = Upright(mesh, reference)
        known = np.ones(len(truth), bool) if known is None else known
        return cls(upright.crop(image), upright(mesh), upright(truth), known, identity)

    def mirrored(self, partners: Sequence[int]) -> "Example":
        """Return the mirrored face."""
        return Example(
            np.ascontiguousarray(self.grey[:, ::-1]),
            mirrored(self.mesh, builtin_template("mesh_478").mirror),
            mirrored(self.truth, partners),
            self.known[list(partners)],
            self.identity,
        )


def common_reference(meshes: Sequence[Points]) -> Points:
    """Return the mean mesh of faces, as precisely as it is kept in a file."""
    return mean_mesh(meshes).astype(np.float32).astype(np.float64)


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """What carries the mesh of a face in a photograph to a template.

    Parameters
    ----------
    template : Template
    reference : ndarray, shape (478, 2)
        Mean mesh in the standard frame.
    adapter : Adapter
    steps : tuple of Step
        None where only the adapter was trained.
    about : mapping
        Where it comes from, as JSON: numbers of faces, hashes, software, errors.
    """

    template: Template
    reference: Points
    adapter: Adapter
    steps: tuple[Step, ...]
    about: dict[str, Any] = field(default_factory=dict)

    def place(self, image: Image, mesh: Points) -> Points:
        """Return the landmarks of a face in a photograph, given its mesh."""
        upright = Upright(mesh, self.reference)
        grey = upright.crop(image) if self.steps else None
        return upright.back(self.place_upright(grey, upright(mesh)))

    def place_upright(self, grey: Grey | None, mesh: Points) -> Points:
        """Return the landmarks of a face in the standard frame.

        Parameters
        ----------
        grey : ndarray, shape (SIDE, SIDE), dtype uint8, or None
            Not needed without steps.
        mesh : ndarray, shape (478, 2)
        """
        points = self.adapter(mesh)
        if grey is not None:
            for step in self.steps:
                points = step.move(grey, points)
        return points


def learn(
    examples: Sequence[Example],
    template: Template,
    reference: Points,
    *,
    descent: bool = True,
    advance: Callable[[], None] = lambda: None,
) -> TrainedModel:
    """Return the model that examples teach.

    The same examples in the same order give the same numbers on one machine.

    Parameters
    ----------
    examples : sequence of Example
        Of several identities.
    template : Template
        Mirrored copies are learnt from, too, if it has mirror partners.
    reference : ndarray, shape (478, 2)
        By which the examples were brought into the standard frame.
    descent : bool, optional
        Whether to learn steps of descent, or the adapter alone.
    advance : callable, optional
        Called `N_PARTS` times.
    """
    examples = _filled(examples)
    copies = [
        [one, one.mirrored(template.mirror)] if template.mirror else [one]
        for one in examples
    ]
    adapter = _adapter([copy for both in copies for copy in both])
    advance()
    steps: tuple[Step, ...] = ()
    if descent:
        steps = learn_steps(_starts(copies), advance=advance)
    return TrainedModel(template, reference, adapter, steps)


#: Calls of `advance` while one model is learnt.
N_PARTS = 1 + len(WINDOWS)


def _adapter(faces: Sequence[Example]) -> Adapter:
    """Return the adapter of some faces."""
    return fit_adapter(
        [face.mesh for face in faces],
        [face.truth for face in faces],
        [face.identity for face in faces],
    )


def _filled(faces: Sequence[Example]) -> list[Example]:
    """Return the faces with hidden points where the others' say that they are."""
    if all(face.known.all() for face in faces):
        return list(faces)
    known = np.array([face.known for face in faces])
    truth = np.array([face.truth for face in faces])
    count = np.maximum(known.sum(axis=0), 1)[:, None]
    mean = (truth * known[:, :, None]).sum(axis=0) / count
    filled = list(faces)
    guesses = [mean] * len(faces)
    for _ in range(3):
        filled = [
            Example(
                face.grey, face.mesh,
                np.where(face.known[:, None], face.truth, guess),
                face.known, face.identity,
            )
            for face, guess in zip(faces, guesses, strict=True)
        ]  # fmt: skip
        adapter = _adapter(filled)
        guesses = [adapter(face.mesh) for face in faces]
    return filled


def _starts(copies: Sequence[Sequence[Example]]) -> list[Start]:
    """Return faces with the places from which their points are to be found.

    The adapter is off on faces that it was not fitted to: each face begins where an
    adapter without its identity puts it, and where the errors of other faces would.
    """
    identities = sorted({faces[0].identity for faces in copies})
    part = {name: k % MOST_PARTS for k, name in enumerate(identities)}
    begins: dict[int, list[Points]] = {}
    for wanted in sorted(set(part.values())):
        rest = [c for both in copies for c in both if part[c.identity] != wanted]
        adapter = _adapter(rest)
        for k, both in enumerate(copies):
            if part[both[0].identity] == wanted:
                begins[k] = [adapter(face.mesh) for face in both]
    generator = np.random.default_rng(0)
    starts = []
    for k, both in enumerate(copies):
        for face, begin in zip(both, begins[k], strict=True):
            places = [begin]
            for _ in range(MORE_STARTS):
                other = int(generator.integers(len(copies)))
                error = begins[other][0] - copies[other][0].truth
                places.append(_shaken(face.truth + error, generator))
            starts += [
                Start(face.grey, face.truth, place, face.known, face.identity)
                for place in places
            ]
    return starts


def _shaken(points: Points, generator: np.random.Generator) -> Points:
    """Return points a little turned, scaled and shifted, as a mesh may be."""
    angle = np.deg2rad(generator.normal(0, 0.7))
    size = np.exp(generator.normal(0, 0.01))
    c, s = size * np.cos(angle), size * np.sin(angle)
    middle = points.mean(axis=0)
    shift = generator.normal(0, BETWEEN_EYES / 112, 2)
    turned: Points = (points - middle) @ np.array([[c, s], [-s, c]]) + middle + shift
    return turned
