"""A build as tasks, one for each continuum, which need nothing of each other.

A continuum is one identity between two of its faces. Its photographs are read, its mesh
is found and kept in the store; when all are matched, each is rendered, measured,
written, kept and released. So no photographs, meshes and frames add up, a build that is
stopped loses only what it was at, and tasks can be done in any order, by threads here
(`morphkit._core.workers`), or by other processes, here or on other machines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, overload

from morphkit._core.store import Store
from morphkit._core.workers import work_on
from morphkit.errors import InputError
from morphkit.morph.finish import Finish
from morphkit.morph.framing import Box
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import Scene
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.trajectory import ingredients_of
from morphkit.pack.copy_sizes import ExpectedCopies
from morphkit.pack.kept_images import KeptImages, SmallCopies
from morphkit.pipeline.check_recipe import Key, continuum_id
from morphkit.pipeline.make_continuum import Made, make_continuum
from morphkit.pipeline.photographs import KnownFace, SourceFaces
from morphkit.pipeline.plan import (
    ContinuumPlan,
    Outline,
    Placed,
    check_different,
    place_in_frame,
    plan_continuum,
)
from morphkit.pipeline.settings import finish_settings, morph_settings
from morphkit.pipeline.source_faces import SourceFace
from morphkit.recipe import ContinuumPart, Recipe
from morphkit.recipe.composition import Composition

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class ContinuumTask:
    """A continuum to be made.

    Parameters
    ----------
    recipe : Recipe
    identity : str
    part : ContinuumPart
    frames : mapping of (str, str) to (Similarity, (int, int))
        Where at least its source faces lie, from `place_in_frame`.
    """

    recipe: Recipe
    identity: str
    part: ContinuumPart
    frames: Mapping[Key, Placed]

    @property
    def name(self) -> str:
        """Name of the continuum."""
        return continuum_id(self.identity, self.part)

    @property
    def keys(self) -> list[Key]:
        """The source faces that it is made from, sorted."""
        anchors = Composition(self.recipe).anchors(self.identity, self.part)
        used = {(one.identity, one.label) for one in ingredients_of(anchors)}
        return sorted(used)

    def alone(
        self, faces: SourceFaces
    ) -> tuple["ContinuumTask", Mapping[Key, KnownFace]]:
        """Return it with its source faces for elsewhere, and nothing of other faces."""
        known = {key: faces.known[key] for key in self.keys}
        return replace(self, frames={key: self.frames[key] for key in known}), known

    def plan(
        self, faces: Mapping[Key, SourceFace], store: Store | None
    ) -> ContinuumPlan:
        """Return its plan; a mesh that is not in the store is found, and kept there.

        Raises
        ------
        InputError
            If its faces cannot be morphed, or read again.
        """
        recipe, part, identity = self.recipe, self.part, self.identity
        return plan_continuum(recipe, part, identity, faces, self.frames, store)

    def outline(
        self, faces: Mapping[Key, SourceFace], store: Store | None
    ) -> Outline | InputError:
        """Match its faces; return what else is needed of the plan, or the fault."""
        try:
            return self.plan(faces, store).outline
        except InputError as error:
            return error.at(self.name)


def tasks_of(recipe: Recipe, faces: SourceFaces) -> list[ContinuumTask]:
    """Return the tasks of a recipe, in its order.

    Raises
    ------
    InputError
        If a photograph is used twice, or the faces do not fit into one frame.
    """
    check_different(faces.known)
    frames = place_in_frame(recipe, {key: one.face for key, one in faces.known.items()})
    return [
        ContinuumTask(recipe, identity, part, frames)
        for identity, part in recipe.planned()
    ]


class ScenesOf(Sequence[Scene]):
    """The scenes of tasks that are matched, each made where it is asked for."""

    def __init__(
        self, tasks: Sequence[ContinuumTask], faces: SourceFaces, store: Store
    ) -> None:
        self._tasks, self._faces, self._store = tasks, faces, store

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._tasks)

    @overload
    def __getitem__(self, index: int) -> Scene: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Scene]: ...

    def __getitem__(self, index: int | slice) -> Scene | Sequence[Scene]:
        """Return a scene, or some."""
        if isinstance(index, slice):
            return ScenesOf(self._tasks[index], self._faces, self._store)
        return self._tasks[index].plan(self._faces, self._store).scene()


@dataclass(frozen=True, eq=False)
class Learned:
    """What is known of a set when a continuum of it is made in another process.

    Parameters
    ----------
    statistics : SetStatistics
    boxes : mapping
        What is cut out of its frames.
    wanted : ExpectedCopies
        The small copies that shall come back.
    """

    statistics: SetStatistics
    boxes: Mapping[tuple[int, int], Box]
    wanted: ExpectedCopies


def make_alone(
    task: ContinuumTask,
    learned: Learned,
    faces: SourceFaces,
    store: Store,
    folder: Path,
    advance: Tell,
) -> tuple[Made, SmallCopies]:
    """Make a continuum in another process than the one that has the rest of its set.

    Parameters
    ----------
    task : ContinuumTask
    learned : Learned
    faces : SourceFaces
        Its own.
    store : Store
        Has its mesh.
    folder : Path
        The pack in the making, or what is to become part of it.
    advance : callable
        Called with the name of every finished image.
    """
    images = KeptImages(folder, learned.wanted, max_bytes=0)
    settings = finish_settings(task.recipe)
    made = make_continuum(
        task.plan(faces, store),
        finish=Finish(settings, learned.statistics, learned.boxes),
        prepared=PreparedScenes(morph_settings(task.recipe).rendering),
        folder=folder,
        store=store,
        images=images,
        advance=advance,
    )
    return made, images.copies()


@dataclass(frozen=True, eq=False)
class Staging:
    """Where a build keeps what it has finished.

    Parameters
    ----------
    folder : Path
        The pack in the making.
    store : Store
    images : KeptImages
    prepared : PreparedScenes
    """

    folder: Path
    store: Store
    images: KeptImages
    prepared: PreparedScenes

    def learned(self, finish: Finish) -> Learned:
        """Return what is known of the set by now, for another process."""
        return Learned(finish.statistics, finish.boxes, self.images.wanted)


#: A task whose faces are matched.
Matched = tuple[ContinuumTask, Outline]


class Workers(Protocol):
    """Who does the tasks of a build; the results are the same, whoever does."""

    @property
    def threads(self) -> int:
        """Threads of this process for what is done before and after the tasks."""

    def match(
        self,
        tasks: Sequence[ContinuumTask],
        faces: SourceFaces,
        staging: Staging,
        advance: Tell,
    ) -> list[Outline | InputError]:
        """Match the faces of continua; return outlines or faults, in their order."""

    def make(
        self,
        matched: Sequence[Matched],
        faces: SourceFaces,
        staging: Staging,
        finish: Finish,
        advance: Tell,
    ) -> list[Made]:
        """Make continua; return what was made, in their order."""


@dataclass(frozen=True)
class Threads:
    """The threads of this process.

    Parameters
    ----------
    jobs : int
        Tasks at once, 1 or more.
    """

    jobs: int = 1

    @property
    def threads(self) -> int:
        """Threads for what is done before and after the tasks; see `Workers`."""
        return self.jobs

    def match(
        self,
        tasks: Sequence[ContinuumTask],
        faces: SourceFaces,
        staging: Staging,
        advance: Tell,
    ) -> list[Outline | InputError]:
        """Match the faces of continua; see `Workers`."""

        def match(task: ContinuumTask, tell: Tell) -> Outline | InputError:
            found = task.outline(faces, staging.store)
            tell(task.name)
            return found

        return work_on(tasks, match, jobs=self.jobs, advance=advance)

    def make(
        self,
        matched: Sequence[Matched],
        faces: SourceFaces,
        staging: Staging,
        finish: Finish,
        advance: Tell,
    ) -> list[Made]:
        """Make continua whose faces are matched; see `Workers`."""

        def make(one: Matched, tell: Tell) -> Made:
            return make_continuum(
                one[0].plan(faces, staging.store),
                finish=finish,
                prepared=staging.prepared,
                folder=staging.folder,
                store=staging.store,
                images=staging.images,
                advance=tell,
            )

        return work_on(matched, make, jobs=self.jobs, advance=advance)
