"""The tasks of a build in several processes of this machine.

Python runs one thread at a time, and a good part of a build is Python, so that threads
wait for each other. What a process finishes it writes to the pack in the making and to
the store itself; what the pack needs besides comes back.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morphkit._core.store import Store
from morphkit.errors import InputError
from morphkit.morph.finish import Finish
from morphkit.pack.kept_images import SmallCopies
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.make_continuum import Made
from morphkit.pipeline.photographs import KnownFace, SourceFaces
from morphkit.pipeline.plan import Outline
from morphkit.pipeline.tasks import (
    ContinuumTask,
    Learned,
    Matched,
    Staging,
    Tell,
    Threads,
    Workers,
    make_alone,
)
from morphkit.pixels.backend import THREADS, allowed_threads

if TYPE_CHECKING:  # builds on one job need none of it
    from morphkit._core.processes import GoOn, Processes


@dataclass(frozen=True, eq=False)
class Errand:
    """A task with what a process needs for it.

    Parameters
    ----------
    task : ContinuumTask
    known : mapping of (str, str) to KnownFace
        Its source faces.
    store : Store
    """

    task: ContinuumTask
    known: Mapping[Key, KnownFace]
    store: Store

    @property
    def faces(self) -> SourceFaces:
        """Its source faces, which this machine has decoded before."""
        background = self.task.recipe.frame.background
        return SourceFaces(self.known, background, seen=self.known)


@dataclass(frozen=True, eq=False)
class MakingErrand(Errand):
    """A task whose faces are matched.

    Parameters
    ----------
    folder : Path
        The pack in the making.
    learned : Learned
    """

    folder: Path
    learned: Learned


@dataclass(frozen=True, eq=False)
class Done:
    """What a process made.

    Parameters
    ----------
    found : Outline, InputError or Made
    used : set of str
        Keys of the store that were found or kept.
    copies : SmallCopies or None
        Of the images.
    """

    found: Any
    used: set[str]
    copies: SmallCopies | None = None


def match(errand: Errand, go_on: "GoOn") -> Done:
    """Match the faces of a continuum; this runs in any process of the build."""
    del go_on  # it does not take long
    return Done(errand.task.outline(errand.faces, errand.store), errand.store.used)


def make(errand: MakingErrand, go_on: "GoOn") -> Done:
    """Make a continuum; this runs in any process of the build."""
    made, copies = make_alone(
        errand.task,
        errand.learned,
        errand.faces,
        errand.store,
        errand.folder,
        lambda name: go_on(),
    )
    return Done(made, errand.store.used, copies)


class SeveralProcesses:
    """Processes of this machine; see `morphkit.pipeline.tasks.Workers`.

    Parameters
    ----------
    jobs : int
        Tasks at once, 2 or more.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._ends = contextlib.ExitStack()
        self._begun: Processes | None = None

    @property
    def threads(self) -> int:
        """Threads of this process for what is done before and after the tasks."""
        return self._jobs

    def close(self) -> None:
        """End the processes."""
        self._ends.close()
        self._begun = None

    @contextlib.contextmanager
    def _at_work(self) -> Iterator["Processes"]:
        """Give the processes, started if need be; a failure leaves none at work."""
        from morphkit._core.processes import processes

        if self._begun is None:
            each = max(allowed_threads() // self._jobs, 1)
            self._begun = self._ends.enter_context(
                processes(self._jobs, {THREADS: str(each)})
            )
        try:
            yield self._begun
        except BaseException:
            self.close()  # before the folder goes that they write into
            raise

    def match(
        self,
        tasks: Sequence[ContinuumTask],
        faces: SourceFaces,
        staging: Staging,
        advance: Tell,
    ) -> list[Outline | InputError]:
        """Match the faces of continua; see `Workers`."""
        if len(tasks) < 2:
            return Threads(self._jobs).match(tasks, faces, staging, advance)

        def errand_of(task: ContinuumTask) -> Errand:
            return Errand(*_parts(task, faces, staging))

        found: dict[int, Outline | InputError] = {}
        with self._at_work() as processes:
            for number, done in processes.do(match, tasks, errand_of):
                staging.store.used |= done.used
                found[number] = done.found
                advance(tasks[number].name)
        return [found[number] for number in range(len(tasks))]

    def make(
        self,
        matched: Sequence[Matched],
        faces: SourceFaces,
        staging: Staging,
        finish: Finish,
        advance: Tell,
    ) -> list[Made]:
        """Make continua whose faces are matched; see `Workers`."""
        if len(matched) < 2:
            return Threads(self._jobs).make(matched, faces, staging, finish, advance)

        def errand_of(one: Matched) -> MakingErrand:
            parts = _parts(one[0], faces, staging)
            return MakingErrand(*parts, staging.folder, staging.learned(finish))

        found: dict[int, Made] = {}
        with self._at_work() as processes:
            for number, done in processes.do(make, matched, errand_of):
                staging.store.used |= done.used
                if done.copies is not None:
                    staging.images.take(done.copies)
                found[number] = done.found
                for row in done.found.stimuli:
                    advance(row.stimulus_id)
        return [found[number] for number in range(len(matched))]


def _parts(
    task: ContinuumTask, faces: SourceFaces, staging: Staging
) -> tuple[ContinuumTask, Mapping[Key, KnownFace], Store]:
    """Return a task with what it needs, and nothing of other faces."""
    return *task.alone(faces), staging.store.again()


@contextlib.contextmanager
def workers_for(jobs: int, *, processes: bool) -> Iterator[Workers]:
    """Give who does the tasks of a build here; processes have ended with the block.

    Parameters
    ----------
    jobs : int
        Tasks at once, 1 or more.
    processes : bool
        Whether these are processes instead of threads.
    """
    if not processes or jobs < 2:
        yield Threads(jobs)
        return
    workers = SeveralProcesses(jobs)
    try:
        yield workers
    finally:
        workers.close()
