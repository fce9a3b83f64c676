"""The tasks of a build on other machines, by dask.distributed.

A task travels with what it needs: the recipe, landmarks and places of its faces, and
their photographs unless the machines share storage. What is made travels back and is
kept here at once, so that a build that is stopped loses only what was under way. The
scheduler gives the tasks of a machine that is lost to others. Machines whose software
would make other bytes are refused.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from morphkit._core.files import write_bytes_atomically
from morphkit._core.folders import files_of
from morphkit._core.paths import inside
from morphkit._core.reading import read_bytes
from morphkit._core.store import Note, Store
from morphkit.errors import (
    InputError,
    MissingExtraError,
    MorphkitError,
    OutputError,
)
from morphkit.morph.finish import Finish
from morphkit.pack.kept_images import SmallCopies
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.keys import software_key
from morphkit.pipeline.make_continuum import (
    Made,
    continuum_key,
    keep_made,
)
from morphkit.pipeline.photographs import KnownFace, SourceFaces
from morphkit.pipeline.plan import Outline
from morphkit.pipeline.tasks import (
    ContinuumTask,
    Learned,
    Matched,
    Staging,
    Tell,
    make_alone,
)

if TYPE_CHECKING:
    from distributed import Client

#: How often a task that failed is given to a machine again.
RETRIES = 3
#: Tasks under way for each thread of the cluster: one at work, one that waits there.
AHEAD = 2
#: How long is waited for the scheduler, and for the first machine, seconds.
PATIENCE = 60

#: Notes of a store by their keys, with the content of their files.
Kept = Mapping[str, tuple[Note, Mapping[str, bytes]]]


@dataclass(frozen=True, eq=False)
class Parcel:
    """A task with what a machine needs for it.

    Parameters
    ----------
    task : ContinuumTask
    known : mapping of (str, str) to KnownFace
        Its source faces.
    photos : mapping of (str, str) to bytes
        Their files; those of others are read where they lie.
    kept : mapping
        What the store has for it.
    software : str
        Key of the software that must do it.
    learned : Learned or None
        None where its faces are only to be matched.
    """

    task: ContinuumTask
    known: Mapping[Key, KnownFace]
    photos: Mapping[Key, bytes]
    kept: Kept
    software: str
    learned: Learned | None = None


@dataclass(frozen=True, eq=False)
class Delivery:
    """What a machine made of a parcel.

    Parameters
    ----------
    found : Outline, Made, InputError or None
        An error where its faces cannot be morphed.
    kept : mapping, optional
        What is to be kept in the store.
    files : mapping of str to bytes, optional
        Files of the pack by their path.
    copies : SmallCopies or None, optional
        Of the images.
    refused : InputError or None, optional
        Why nothing was made at all.
    """

    found: Outline | Made | InputError | None
    kept: Kept = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    copies: SmallCopies | None = None
    refused: InputError | None = None


def work_off(parcel: Parcel) -> Delivery:
    """Do a task in a folder of its own; this runs on a machine of the cluster."""
    if parcel.software != software_key():
        return Delivery(None, refused=_other_software())
    with tempfile.TemporaryDirectory(prefix="morphkit-") as temporary:
        place = Path(temporary)
        store = Store(place / "pack")
        _keep(store, parcel.kept)
        faces = SourceFaces(
            {key: _unpacked(key, parcel, place) for key in parcel.known},
            parcel.task.recipe.frame.background,
        )
        if parcel.learned is None:
            found = parcel.task.outline(faces, store)
            return Delivery(found, _notes(store, store.used))
        return _made(parcel.task, parcel.learned, faces, store, place / "new")


def _made(
    task: ContinuumTask,
    learned: Learned,
    faces: SourceFaces,
    store: Store,
    folder: Path,
) -> Delivery:
    """Return the images of a continuum, and everything that goes with them."""
    folder.mkdir()
    try:
        made, copies = make_alone(
            task, learned, faces, store, folder, lambda name: None
        )
    except InputError as error:  # as it would be here: trying again does not help
        return Delivery(None, refused=error)
    files = {path: read_bytes(file) for path, file in files_of(folder).items()}
    return Delivery(made, files=files, copies=copies)


def _unpacked(key: Key, parcel: Parcel, place: Path) -> KnownFace:
    """Return a source face whose photograph lies on this machine."""
    known = parcel.known[key]
    if key not in parcel.photos:
        return known
    folder = place / "photographs" / "_".join(key)
    folder.mkdir(parents=True)
    photo = folder / known.files.photo.name
    write_bytes_atomically(photo, parcel.photos[key])
    return replace(known, files=replace(known.files, photo=photo))


def _notes(store: Store, keys: Iterable[str]) -> Kept:
    """Return what a store has under some keys."""
    found = {}
    for key in sorted(keys):
        note = store.find(key)
        if note is not None:
            files = {path: store.file(note, path) for path in note.files}
            found[key] = note, {p: read_bytes(f) for p, f in files.items() if f}
    return found


def _keep(store: Store, kept: Kept) -> None:
    """Keep in a store what another one had."""
    for key, (note, files) in kept.items():
        for data in files.values():
            store.add(data)
        store.keep(key, note)


def _other_software() -> InputError:
    """Return the error for a machine that would make other bytes."""
    return InputError(
        "a machine of the cluster has another version of morphkit or of its libraries, "
        "or another kind of processor, so that it would make other bytes",
        remedy="install the same on all of them",
    )


class Cluster:
    """The machines of a cluster; see `morphkit.pipeline.tasks.Workers`.

    Parameters
    ----------
    client : distributed.Client
    address : str
        For messages.
    shared : bool
        Whether the machines read photographs under the same paths as this one.
    """

    def __init__(self, client: "Client", address: str, *, shared: bool) -> None:
        self._client, self._address, self._shared = client, address, shared

    @property
    def threads(self) -> int:
        """One; see `morphkit.pipeline.tasks.Workers`."""
        return 1

    def match(
        self,
        tasks: Sequence[ContinuumTask],
        faces: SourceFaces,
        staging: Staging,
        advance: Tell,
    ) -> list[Outline | InputError]:
        """Match the faces of continua; see `Workers`."""
        parcels = (self._parcel(task, faces) for task in tasks)
        found: dict[int, Outline | InputError] = {}
        for number, delivery in self._work_off(parcels):
            _keep(staging.store, delivery.kept)
            if isinstance(delivery.found, Outline | InputError):
                found[number] = delivery.found
            advance(tasks[number].name)
        return [found[number] for number in sorted(found)]

    def make(
        self,
        matched: Sequence[Matched],
        faces: SourceFaces,
        staging: Staging,
        finish: Finish,
        advance: Tell,
    ) -> list[Made]:
        """Make continua whose faces are matched; see `Workers`."""
        parcels = (
            replace(
                self._parcel(task, faces),
                kept=_notes(staging.store, [outline.mesh]),
                learned=staging.learned(finish),
            )
            for task, outline in matched
        )
        found: dict[int, Made] = {}
        for number, delivery in self._work_off(parcels):
            if not isinstance(delivery.found, Made):
                continue
            found[number] = delivery.found
            task, outline = matched[number]
            key = continuum_key(task.recipe, outline, finish)
            _write(delivery.files, staging.folder)
            keep_made(key, delivery.found, staging.store, staging.folder)
            if delivery.copies is not None:
                staging.images.take(delivery.copies)
            for row in delivery.found.stimuli:
                advance(row.stimulus_id)
        return [found[number] for number in sorted(found)]

    def _parcel(self, task: ContinuumTask, faces: SourceFaces) -> Parcel:
        """Return a task with what it needs, and nothing of other faces."""
        own, known = task.alone(faces)
        photos = {} if self._shared else {key: _photo(known[key]) for key in known}
        return Parcel(own, known, photos, {}, software_key())

    def _work_off(self, parcels: Iterator[Parcel]) -> Iterator[tuple[int, Delivery]]:
        """Yield what the machines make, as it arrives, by the number of its parcel.

        Only some parcels are under way at once: the scheduler need not hold them all.

        Raises
        ------
        InputError
            If a machine has other software.
        OutputError
            If a task fails again and again, or the scheduler is lost.
        """
        from distributed import as_completed

        numbered = enumerate(parcels)
        numbers: dict[str, int] = {}
        arriving = as_completed([], loop=self._client.loop, with_results=True)

        def send() -> None:
            for number, parcel in itertools.islice(numbered, 1):
                future = self._client.submit(
                    work_off, parcel, retries=RETRIES, pure=False
                )
                numbers[future.key] = number
                arriving.add(future)

        try:
            for _ in range(AHEAD * max(sum(self._client.nthreads().values()), 1)):
                send()
            for future, delivery in arriving:
                if delivery.refused is not None:
                    raise delivery.refused
                yield numbers.pop(future.key), delivery
                send()
        except MorphkitError:
            raise
        except Exception as error:
            raise OutputError(
                f"{self._address}: the cluster could not do the work "
                f"({type(error).__name__}: {error})"
            ) from error


@contextlib.contextmanager
def connected(address: str, *, shared: bool = False) -> Iterator[Cluster]:
    """Give the machines that a scheduler leads.

    Parameters
    ----------
    address : str
        Of the scheduler: ``tcp://HOST:8786``, or ``tls://…``.
    shared : bool, optional
        Whether the machines read photographs under the same paths as this one; they are
        sent otherwise.

    Raises
    ------
    MissingExtraError
        Without the extra ``cluster``.
    InputError
        If there is no scheduler, or no machine.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("a build on a cluster", "cluster") from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no scheduler of dask answers ({error})",
            where=address,
            remedy="start one with: dask scheduler; its address is on the screen",
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(
                "the scheduler has no machine to work on",
                where=address,
                remedy=f"start one with: dask worker {address}",
            ) from None
        yield Cluster(client, address, shared=shared)


def _photo(known: KnownFace) -> bytes:
    """Return the file of a photograph."""
    return read_bytes(known.files.photo)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files of the pack."""
    for path, data in files.items():
        target = inside(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(target, data, overwrite=True)
