"""What the studio works on: the faces of a recipe, or photographs that are given.

Photographs without a recipe get one in memory, so that the preview of a continuum has
one way only: that of a build.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from morphkit._core.names import Folders
from morphkit.errors import InputError, raise_all
from morphkit.faces.formats import FORMATS, find_template, format_name
from morphkit.faces.images import BACKGROUND, SUFFIXES
from morphkit.faces.template import Template
from morphkit.geometry.align import USUAL_SIZE, alignment_for
from morphkit.pipeline.check_recipe import Key, needed
from morphkit.pipeline.delineate.photos import images_in
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import (
    landmark_file,
    photo_name,
    resolve_template,
    template_of,
    with_detector_in,
)
from morphkit.recipe import Identity, Recipe, make_recipe, read_recipe
from morphkit.recipe.settings import AUTO

#: Folder of landmark files beside photographs that are given without a recipe.
LANDMARKS = "landmarks"
#: Steps of the preview where no recipe says how many.
STEPS = 15


@dataclass(frozen=True)
class StudioFace:
    """A photograph and the file that its landmarks have, or are to have.

    Parameters
    ----------
    key : (str, str)
        Identity and label in the recipe.
    identity, label : str
        The same as people know them.
    photo : Path
    folder : Path
        Folder of the landmark files.
    name : str
        Name of the photograph in the folder of photographs.
    consent : Identity, optional
        What the recipe says of the person; None without a recipe.
    is_needed : bool, optional
        Whether the recipe needs the face.
    background : str, optional
        Colour that is seen where the photograph is transparent.
    """

    key: Key
    identity: str
    label: str
    photo: Path
    folder: Path
    name: str
    consent: Identity | None = field(default=None, compare=False)
    is_needed: bool = True
    background: str = BACKGROUND

    @property
    def id(self) -> str:
        """Name in addresses, unique in the study."""
        return ".".join(self.key)

    @property
    def may_morph(self) -> bool:
        """Whether continua of the face may be shown."""
        return self.consent is None or self.consent.may_morph

    def landmark_file(self, folders: Folders | None = None) -> Path:
        """Return the landmark file: the one that exists, or the one to write.

        Parameters
        ----------
        folders : Folders, optional
            What was listed already.

        Raises
        ------
        InputError
            If there are several.
        """
        found = landmark_file(self.folder, Path(self.name), folders)
        return found or self.folder / Path(self.name).with_suffix(".json")


@dataclass(frozen=True)
class StudioStudy:
    """The faces that a studio shows, and how a build would morph them.

    Parameters
    ----------
    name : str
        For the title of the page.
    recipe : Recipe
    template : Template
    faces : mapping of str to StudioFace
        By `StudioFace.id`, in the order of identities and labels.
    has_recipe : bool, optional
        Whether the recipe is a file of the lab.
    folder : Path, optional
        Where a template that is made in the studio is written: beside the recipe, or
        the photographs.
    is_open : bool, optional
        Whether nothing but their number says what the landmarks are.
    definition : Path, optional
        File of the template, where it is a lab's own.
    """

    name: str
    recipe: Recipe
    template: Template
    faces: Mapping[str, StudioFace] = field(default_factory=dict)
    has_recipe: bool = True
    folder: Path = Path()
    is_open: bool = False
    definition: Path | None = None

    def face(self, name: str) -> StudioFace:
        """Return a face by its id.

        Raises
        ------
        InputError
            If there is none.
        """
        if name not in self.faces:
            raise InputError(f'there is no face "{name}" in this study')
        return self.faces[name]

    def of_identity(self, identity: str) -> list[StudioFace]:
        """Return the faces of one identity."""
        return [face for face in self.faces.values() if face.key[0] == identity]


def find_study(
    given: Sequence[Path],
    *,
    landmarks: Path | None = None,
    template: str | Path | None = None,
) -> StudioStudy:
    """Return the faces that are meant: of a recipe, or photographs.

    Parameters
    ----------
    given : sequence of Path
        A recipe, the folder of a study, or photographs and folders of them; nothing
        for the study in the working directory.
    landmarks : Path, optional
        Folder of the landmark files of photographs; by default ``landmarks`` beside
        them. A recipe says where its landmarks are.
    template : str or Path, optional
        Landmark set of photographs, by name or definition file; by default what their
        landmark files have, else ``ibug_68``. A recipe names its own.

    Raises
    ------
    InputError
        If there is nothing of the kind.
    """
    recipe = _recipe_of(given)
    if recipe is None:
        study = _of_photos(
            [Path(path) for path in given],
            landmarks,
            None if template is None else find_template(template),
        )
        return study if template is None else replace(study, definition=_file(template))
    if landmarks is not None or template is not None:
        raise InputError(
            "a recipe names its landmarks and its template itself",
            where=str(recipe),
            remedy="leave out --landmarks and --template, or give photographs",
        )
    return _of_recipe(recipe)


def _recipe_of(given: Sequence[Path]) -> Path | None:
    """Return the recipe that is meant; None if photographs are."""
    if len(given) > 1:
        return None
    place = given[0] if given else Path()
    if place.suffix.lower() == ".toml":
        return place
    if not place.is_dir():
        return None
    recipes = sorted(place.glob("*.toml"))
    chosen = [recipe for recipe in recipes if recipe.name == "study.toml"] or recipes
    if len(chosen) > 1:
        raise InputError(
            f"{len(chosen)} recipes: {', '.join(one.name for one in chosen[:5])}",
            where=str(place),
            remedy="give one of them",
        )
    if chosen:
        return chosen[0]
    if given:
        return None
    raise InputError(
        "there is no study in the working directory",
        allowed="morphkit studio STUDY, or morphkit studio PHOTOS…",
        remedy='begin a study with "morphkit init DIR"',
    )


def _of_recipe(path: Path) -> StudioStudy:
    """Return the faces that a recipe needs, and other photographs of its people."""
    root = path.parent
    recipe = with_detector_in(read_recipe(path), root)
    images, landmarks = root / recipe.sources.images, root / recipe.sources.landmarks
    wanted = needed(recipe)
    names = {key: photo_name(recipe, key) for key in wanted}
    names = {**_others(recipe, images, set(names.values())), **names}
    folders = Folders()
    labels = [
        label
        for _, part in recipe.planned()
        for label in (part.from_, part.via, part.to)
    ]
    order = {key: labels.index(key[1]) if key[1] in labels else 99 for key in wanted}
    faces = [
        StudioFace(
            key,
            *key,
            folders.find(images / name) or images / name,
            landmarks,
            name,
            recipe.identities.get(key[0]),
            is_needed=key in order,
            background=recipe.frame.background,
        )
        for key, name in sorted(
            names.items(), key=lambda one: (one[0][0], order.get(one[0], 100), one)
        )
    ]
    name = recipe.sources.template
    return StudioStudy(
        recipe.pack.title or recipe.pack.name,
        recipe,
        resolve_template(recipe, root),
        {face.id: face for face in faces},
        folder=root,
        is_open=name == AUTO and _say_nothing(faces),
        definition=_file(root / name),
    )


def _file(template: str | Path) -> Path | None:
    """Return the file that defines a template; None if a name was given."""
    return Path(template) if Path(template).suffix.lower() == ".json" else None


def _say_nothing(faces: Iterable[StudioFace]) -> bool:
    """Return whether there are landmark files, and none says what its points are."""
    named = set()
    for face in faces:
        with suppress(InputError):  # reported when the face is read
            file = face.landmark_file()
            if file.is_file():
                named.add(format_name(file))
    return bool(named) and not any(FORMATS[name].holds_template for name in named)


def _others(recipe: Recipe, images: Path, used: Collection[str]) -> dict[Key, str]:
    """Return photographs of known identities that the recipe does not use."""
    pattern = re.escape(recipe.sources.pattern)
    for part in ("identity", "label"):
        pattern = pattern.replace(rf"\{{{part}\}}", f"(?P<{part}>[a-z0-9_]+)", 1)
        pattern = pattern.replace(rf"\{{{part}\}}", f"(?P={part})")
    if "(?P<identity>" not in pattern or not images.is_dir():
        return {}
    found: dict[Key, str] = {}
    for file in sorted(images.rglob("*")):
        name = file.relative_to(images).as_posix()
        for identity in recipe.identities:
            known = f"(?P<identity>{identity})"
            one = pattern.replace("(?P<identity>[a-z0-9_]+)", known)
            fits = re.fullmatch(one, name)
            if fits and name not in used and file.is_file():
                found.setdefault((identity, fits["label"]), name)
    return found


def _of_photos(
    given: Sequence[Path], landmarks: Path | None, template: Template | None
) -> StudioStudy:
    """Return photographs as faces: ``maja_happy.jpg`` is "happy" of "maja"."""
    photos: dict[Path, None] = {}
    errors = []
    for path in given:
        try:
            for photo in images_in(path) if path.is_dir() else [_photo(path)]:
                photos.setdefault(photo)
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    named = [(_names_of(photo, alone=len(photos) <= 2), photo) for photo in photos]
    faces: dict[str, StudioFace] = {}
    for (identity, label), photo in named:
        key = _free_key((_slug(identity), _slug(label)), faces)
        folder = photo.parent / LANDMARKS if landmarks is None else landmarks
        one = StudioFace(key, identity, label, photo, folder, photo.name)
        faces[one.id] = one
    _check_distinct(faces.values())
    is_open = template is None and _say_nothing(faces.values())
    if template is None:
        files = [(face.photo, face.landmark_file()) for face in faces.values()]
        template = template_of(SourceFiles(p, f) for p, f in files if f.is_file())
    recipe = _recipe_for([face.key for face in faces.values()], template)
    name = str(given[0]) if len(given) == 1 else f"{len(photos)} photographs"
    folder = next(iter(faces.values())).photo.parent
    return StudioStudy(
        name,
        recipe,
        template,
        faces,
        has_recipe=False,
        folder=folder,
        is_open=is_open,
    )


def _photo(path: Path) -> Path:
    """Return the path of a photograph that is there."""
    if not path.is_file():
        raise InputError(
            "there is no such file", where=str(path), remedy="check the name"
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            "this is not a photograph",
            where=str(path),
            allowed=f"images end in {', '.join(SUFFIXES)}",
        )
    return path


def _names_of(photo: Path, *, alone: bool) -> tuple[str, str]:
    """Return identity and label that the name of a photograph tells.

    One or two photographs show one person, whatever they are called.
    """
    identity, _, label = photo.stem.rpartition("_")
    if identity and label:
        return identity, label
    return ("face", photo.stem) if alone else (photo.stem, "photo")


def _slug(name: str) -> str:
    """Return a name as recipes allow it."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "x"
    return plain if plain[0].isalpha() else f"x{plain}"


def _free_key(key: Key, taken: Mapping[str, StudioFace]) -> Key:
    """Return a key that no other face has."""
    keys = {face.key for face in taken.values()}
    number, free = 1, key
    while free in keys:
        number += 1
        free = (key[0], f"{key[1]}{number}")
    return free


def _check_distinct(faces: Iterable[StudioFace]) -> None:
    """Refuse two photographs that would have one landmark file."""
    owners: dict[Path, StudioFace] = {}
    errors = []
    for face in faces:
        file = (face.folder / face.name).with_suffix("")
        other = owners.setdefault(file, face)
        if other is not face:
            errors.append(
                InputError(
                    f"{other.photo.name} would have the same landmark file",
                    where=str(face.photo),
                    remedy="rename one of the two photographs",
                )
            )
    raise_all(errors)


def _recipe_for(keys: Sequence[Key], template: Template) -> Recipe:
    """Return the recipe by which photographs would be morphed.

    Every label of an identity leads to the next one.
    """
    labels: dict[str, list[str]] = {}
    for identity, label in keys:
        labels.setdefault(identity, []).append(label)
    continua = [
        {"identities": [identity], "from": first, "to": second, "steps": STEPS}
        for identity, names in labels.items()
        for first, second in pairwise(names)
    ]
    first = next(iter(labels))
    # A recipe needs a continuum; that of a single photograph is never shown.
    single = {
        "identities": [first],
        "from": labels[first][0],
        "to": f"not_{labels[first][0]}",
        "steps": STEPS,
    }
    width, height = USUAL_SIZE
    return make_recipe(
        {
            "schema": 1,
            "pack": {"name": "photographs"},
            "sources": {"template": template.name},
            "identities": {name: {"may_morph": True} for name in labels},
            "align": {
                "method": alignment_for(template),
                "frame": "faces",
                "width": width,
                "height": height,
            },
            "continua": continua or [single],
        },
        where="photographs",
    )
