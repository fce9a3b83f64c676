"""The source faces of a build: known at once, their pixels read where they are needed.

A set of thousands of faces does not fit into memory. What decides a plan (landmarks,
sizes, hashes) is kept of every face; photographs are kept as far as the memory set
aside allows, and read again otherwise.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from morphkit._core.store import Store
from morphkit.errors import InputError
from morphkit.faces.face import Face
from morphkit.faces.images import read_photo
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.morph.hidden import fill_hidden
from morphkit.pack.photographs import DecodedPhoto
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.source_faces import SourceFace, SourceFiles, each_source
from morphkit.recipe import Recipe

#: Memory limit for photographs that are kept, bytes. More saves little: a larger set is
#: gone through in order, so that what is needed next went first.
MAX_BYTES = 32 << 20


@dataclass(frozen=True, eq=False)
class PlacedPhoto:
    """A face without its pixels: what a common frame is found from.

    Parameters
    ----------
    landmarks : Landmarks
    size : (int, int)
        Width and height of the photograph, pixels.
    name : str
        Its file, for messages.
    """

    landmarks: Landmarks
    size: tuple[int, int]
    name: str


@dataclass(frozen=True, eq=False)
class KnownFace:
    """What is known of a source face without its pixels.

    Parameters
    ----------
    face : PlacedPhoto
    decoded : DecodedPhoto
        Hashes of the file of the photograph and of its pixels.
    files : SourceFiles
        Where it is read, with the landmarks that were read or detected.
    """

    face: PlacedPhoto
    decoded: DecodedPhoto
    files: SourceFiles

    @property
    def sha256(self) -> str:
        """Hash of the file of the photograph."""
        return self.decoded.sha256


class SourceFaces(Mapping[Key, SourceFace]):
    """Source faces by identity and label, each read where it is asked for.

    Parameters
    ----------
    known : mapping of (str, str) to KnownFace
    background : str
        Of transparent photographs.
    max_bytes : int, optional
        Memory limit for photographs that are kept.
    seen : iterable of (str, str), optional
        Those of which it is known what this machine decodes their files to.
    """

    def __init__(
        self,
        known: Mapping[Key, KnownFace],
        background: str,
        max_bytes: int = MAX_BYTES,
        seen: Iterable[Key] = (),
    ) -> None:
        self.known = dict(known)
        self._background = background
        self._free = max_bytes
        self._kept: OrderedDict[Key, SourceFace] = OrderedDict()
        self._changing = threading.Lock()
        self._seen = set(seen)

    def __iter__(self) -> Iterator[Key]:
        """Return the keys, in the order of the recipe."""
        return iter(self.known)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.known)

    def __getitem__(self, key: Key) -> SourceFace:
        """Return a source face, from memory or from its file.

        Raises
        ------
        InputError
            If its photograph can no longer be read, has changed since it was seen, or
            gives other pixels on another machine.
        """
        with self._changing:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        known = self.known[key]
        if found is None:
            found = self._read(known, seen=key in self._seen)
            self.keep(key, found)
        landmarks = known.face.landmarks
        if found.face.landmarks is landmarks:
            return found
        return replace(found, face=replace(found.face, landmarks=landmarks))

    def keep(self, key: Key, face: SourceFace) -> None:
        """Keep a face that was read; those that were not asked for longest may go."""
        n_bytes = face.face.image.nbytes
        with self._changing:
            if key in self._kept:
                return
            self._seen.add(key)
            self._kept[key] = face
            self._free -= n_bytes
            while self._free < 0 and self._kept:
                _, gone = self._kept.popitem(last=False)
                self._free += gone.face.image.nbytes

    def with_hidden_filled(self) -> "SourceFaces":
        """Return the faces with places for the landmarks that something hides."""
        filled = fill_hidden({k: one.face.landmarks for k, one in self.known.items()})
        for key, known in self.known.items():
            if filled[key] is not known.face.landmarks:
                face = replace(known.face, landmarks=filled[key])
                self.known[key] = replace(known, face=face)
        return self

    def _read(self, known: KnownFace, *, seen: bool) -> SourceFace:
        """Return a face whose photograph is read again.

        Where it was seen before, the same decoder gives the same pixels of the same
        file; they are not hashed again.
        """
        photo = read_photo(known.files.photo)
        if photo.sha256 != known.sha256:
            raise InputError(
                "was changed while the build was at work",
                where=str(known.files.photo),
                remedy="give the command again",
            )
        face = Face(
            photo.on(self._background), known.face.landmarks, str(known.files.photo)
        )
        again = seen and photo.decoder == known.decoded.decoder
        pixels = known.decoded.pixel_sha256 if again else ""
        found = SourceFace(face, photo.sha256, photo.transparent, photo.decoder, pixels)
        if found.pixel_sha256 != known.decoded.pixel_sha256:
            raise InputError(
                f"is decoded to other pixels by {photo.decoder} than it was before, by "
                f"{known.decoded.decoder}",
                where=str(known.files.photo),
                remedy="install the same on all machines of the cluster, or use PNG",
            )
        return found


def see_sources(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    *,
    template: Template,
    store: Store | None = None,
    progress: Callable[[str], None] = lambda text: None,
    jobs: int = 1,
) -> SourceFaces:
    """Return every source face, seen once; arguments and errors of `each_source`."""
    faces = SourceFaces({}, recipe.frame.background, MAX_BYTES)
    for key, read in each_source(
        recipe, files, template=template, store=store, progress=progress, jobs=jobs
    ):
        face, marks = read.face, read.face.landmarks
        placed = PlacedPhoto(marks, face.size, face.name)
        with_marks = replace(files[key], landmarks=marks)
        faces.known[key] = KnownFace(placed, read.decoded, with_marks)
        faces.keep(key, read)
    return faces.with_hidden_filled()
