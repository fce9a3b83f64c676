"""Images of a continuum as a build would make them, before landmarks are saved.

There is one engine: the plan, the mesh and the renderer are those of a build. A *live*
image is a build of the same recipe in a small frame from reduced photographs, without
dense matching, so that it follows a hand; a *full* one is the build itself.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from morphkit._core.arrays import Frame, Image, eight_bit
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.morph.finish import Finish
from morphkit.morph.hidden import fill_hidden
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import PreparedScene
from morphkit.pipeline.check_recipe import Key, continuum_id
from morphkit.pipeline.plan import place_in_frame, plan_continuum
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFace
from morphkit.recipe import ContinuumPart, Recipe
from morphkit.recipe.composition import Composition
from morphkit.studio.documents import image_of, photo_of, stamp_of
from morphkit.studio.study import StudioFace, StudioStudy

#: Longer side of a live image, pixels.
LIVE = 256
#: Longer side of the photographs that live images are made from, in frames.
PHOTO = 1.5
#: Reduced photographs that are kept.
SMALL = 64
#: Continua that are kept ready for the slider.
KEPT = 4


@dataclass(frozen=True, eq=False)
class Sketch:
    """A face without its pixels: enough for the common frame.

    Parameters
    ----------
    face : StudioFace
    landmarks : Landmarks
    size : (int, int)
        Width and height of its photograph, pixels.
    """

    face: StudioFace
    landmarks: Landmarks
    size: tuple[int, int]

    def reduced(self, longest: float) -> "Sketch":
        """Return the face on its photograph reduced to a longer side, if larger."""
        share = min(1.0, longest / max(self.size))
        width, height = (max(1, round(side * share)) for side in self.size)
        factor = np.array([width / self.size[0], height / self.size[1]])
        # Pixels are counted at their centres.
        points = (self.landmarks.points + 0.5) * factor - 0.5
        moved = self.landmarks.with_points(points)
        return Sketch(self.face, moved, (width, height))


@dataclass(frozen=True, eq=False)
class ReadyContinuum:
    """A continuum whose frames can be asked for.

    Parameters
    ----------
    prepared : PreparedScene
    finish : Finish
    messages : tuple of str
        What was found while the faces were matched.
    """

    prepared: PreparedScene
    finish: Finish
    messages: tuple[str, ...]

    def frame(self, step: int) -> Frame:
        """Return the image of a step, from 0."""
        framing = self.finish.framing(self.prepared.scene)
        return eight_bit(framing.finished(self.finish.picture(self.prepared, step)))


class Previews:
    """Continua of a study that are ready to be looked at.

    Parameters
    ----------
    study : StudioStudy
    """

    def __init__(self, study: StudioStudy) -> None:
        self._study = study
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], ReadyContinuum] = OrderedDict()
        self._small: dict[tuple[str, tuple[int, int]], Image] = {}

    def continua(self, identity: str) -> list[tuple[str, ContinuumPart]]:
        """Return the continua of an identity by name, in the order of the recipe."""
        return [
            (continuum_id(name, part), part)
            for name, part in self._study.recipe.planned()
            if name == identity and not self._fails(name, part)
        ]

    def needs(self, name: str) -> tuple[Key, ...]:
        """Return the photographs that a continuum is made from."""
        identity, part = self._part(name)
        anchors = Composition(self._study.recipe).anchors(identity, part)
        keys = {(i.identity, i.label) for anchor in anchors for i in anchor.ingredients}
        return tuple(sorted(keys))

    def ready(
        self, name: str, faces: Mapping[Key, Sketch], *, full: bool
    ) -> ReadyContinuum:
        """Return a continuum, from the ones kept if nothing has changed.

        Parameters
        ----------
        name : str
            From `continua`.
        faces : mapping of (str, str) to Sketch
            Every face of the study that has landmarks; the frame depends on all.
        full : bool
            As a build makes it.

        Raises
        ------
        InputError
            If the faces cannot be morphed.
        """
        key = (name, full, *_state(faces))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._make(name, faces, full=full)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _make(
        self, name: str, faces: Mapping[Key, Sketch], *, full: bool
    ) -> ReadyContinuum:
        """Return a continuum, made anew."""
        identity, part = self._part(name)
        missing = [key for key in self.needs(name) if key not in faces]
        if missing:
            raise InputError(
                "not shown: "
                + ", ".join(f"{who} · {label}" for who, label in missing)
                + " has no landmarks yet"
            )
        recipe = self._study.recipe
        filled = fill_hidden({key: one.landmarks for key, one in faces.items()})
        faces = {key: replace(one, landmarks=filled[key]) for key, one in faces.items()}
        if not full:
            recipe, faces = _reduced(recipe, faces)
        shown = {key: self._source(faces[key]) for key in self.needs(name)}
        frames = place_in_frame(recipe, faces)
        plan = plan_continuum(recipe, part, identity, shown, frames)
        prepared = PreparedScenes(morph_settings(recipe).rendering)
        scene = plan.scene()
        finish = learn_finish([scene], finish_settings(recipe), prepared)
        ready = prepared.take(finish.match_photos(scene))
        return ReadyContinuum(
            ready, finish, tuple(finding.message for finding in plan.matched.findings)
        )

    def _source(self, sketch: Sketch) -> SourceFace:
        """Return a face with its pixels, in the size of its sketch."""
        photo = photo_of(sketch.face)
        height, width = photo.image.shape[:2]
        image = image_of(sketch.face)
        if sketch.size != (width, height):
            image = self._small_image(photo.sha256, image, sketch.size)
        face = Face(image, sketch.landmarks, str(sketch.face.photo))
        return SourceFace(face, photo.sha256)

    def _small_image(self, sha256: str, whole: Image, size: tuple[int, int]) -> Image:
        """Return a reduced photograph; those of the faces last seen are kept."""
        import cv2

        key = (sha256, size)
        if key not in self._small:
            image = eight_bit(whole)
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            self._small[key] = small.astype(np.uint8, copy=False)
            while len(self._small) > SMALL:
                self._small.pop(next(iter(self._small)))
        return self._small[key]

    def _part(self, name: str) -> tuple[str, ContinuumPart]:
        """Return identity and entry of a continuum."""
        for identity, part in self._study.recipe.planned():
            if continuum_id(identity, part) == name:
                return identity, part
        raise InputError(f'the study has no continuum "{name}"')

    def _fails(self, identity: str, part: ContinuumPart) -> bool:
        """Return whether a continuum lacks one of its photographs."""
        keys = {face.key for face in self._study.faces.values()}
        anchors = Composition(self._study.recipe).anchors(identity, part)
        return any(
            (i.identity, i.label) not in keys
            for anchor in anchors
            for i in anchor.ingredients
        )


def _reduced(
    recipe: Recipe, faces: Mapping[Key, Sketch]
) -> tuple[Recipe, dict[Key, Sketch]]:
    """Return a recipe of a small frame, and faces on reduced photographs."""
    frame = recipe.frame_size()
    align = recipe.align
    if frame:
        share = min(1.0, LIVE / max(frame))
        width, height = (max(16, round(side * share)) for side in frame)
        align = align.model_copy(update={"width": width, "height": height})
    morph = recipe.morph.model_copy(update={"refine": "none", "outline": "none"})
    small = {
        key: one.reduced(LIVE * PHOTO if frame else LIVE) for key, one in faces.items()
    }
    return recipe.model_copy(update={"align": align, "morph": morph}), small


def _state(faces: Mapping[Key, Sketch]) -> Sequence[object]:
    """Return what an image depends on: photographs and landmarks."""
    return [
        (
            key,
            stamp_of(one.face.photo),
            one.landmarks.points.tobytes(),
            one.landmarks.hidden,
        )
        for key, one in sorted(faces.items())
    ]
