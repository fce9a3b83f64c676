"""Which photographs show one face: the pairs between which landmarks are carried."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from morphkit._core.journal import Journal
from morphkit._core.names import Folders, same_name
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.faces.choices import FaceChoice
from morphkit.faces.formats import find_template, read_collection
from morphkit.faces.images import BACKGROUND, SUFFIXES
from morphkit.faces.template import Template
from morphkit.pipeline.check_recipe import needed
from morphkit.pipeline.delineate.choices import PATTERN
from morphkit.pipeline.delineate.photos import images_in
from morphkit.pipeline.source_faces import SourceFiles
from morphkit.pipeline.sources import (
    landmark_file,
    photo_name,
    resolve_template,
    template_of,
)
from morphkit.recipe import read_recipe

#: Folder of landmark files beside photographs.
LANDMARKS = "landmarks"
#: What placed landmarks that no person has worked on.
AUTOMATIC = ("detector", "propagated")


@dataclass(frozen=True)
class Pair:
    """Two photographs of one face.

    Parameters
    ----------
    start, landmarks : Path
        The photograph whose landmarks are known, and their file.
    photo, file : Path
        The other one, and the landmark file to write.
    """

    start: Path
    landmarks: Path
    photo: Path
    file: Path


@dataclass(frozen=True)
class Pairs:
    """What landmarks are carried between.

    Parameters
    ----------
    pairs : tuple of Pair
    template : Template
        Of the landmarks.
    output : Path
        Folder of the landmark files to write.
    is_study : bool, optional
        Whether faces that have landmarks are left alone, rather than refused.
    background : str, optional
        Colour that is seen where photographs are transparent.
    choices : mapping of Path to int or "largest", optional
        Which face of a photograph with several is meant.
    errors : tuple of InputError, optional
        One for each face of a study whose landmarks are not known.
    """

    pairs: tuple[Pair, ...]
    template: Template
    output: Path
    is_study: bool = False
    background: str = BACKGROUND
    choices: Mapping[Path, FaceChoice] = field(default_factory=dict)
    errors: tuple[InputError, ...] = field(default=(), compare=False)

    def to_do(
        self, journal: Journal, *, overwrite: bool
    ) -> tuple[list[Pair], list[Path]]:
        """Return the pairs that have no file yet, and the files that stay.

        Raises
        ------
        OutputError
            If a file exists that may not be replaced.
        """
        jobs, kept = [], []
        folders = Folders()
        for pair in self.pairs:
            there = landmark_file(pair.file.parent, Path(pair.file.name), folders)
            mine = there is not None and journal.made(str(pair.photo), there)
            if there is None or mine:
                jobs.append(pair)
            elif self.is_study and not (overwrite and self._is_automatic(there)):
                kept.append(there)
            elif overwrite and same_name(there.name) == same_name(pair.file.name):
                jobs.append(pair)
            else:
                kept.append(there)
        if kept and not self.is_study:
            more = f" and {len(kept) - 3} more" if len(kept) > 3 else ""
            raise OutputError(
                f"{', '.join(map(str, kept[:3]))}{more}: already exists; choose "
                "another folder, or add --overwrite; nothing was written"
            )
        return jobs, kept

    def _is_automatic(self, file: Path) -> bool:
        """Return whether no person has placed the landmarks of a file."""
        if file.suffix.lower() != ".json":
            return False
        try:
            faces = read_collection(file, template=self.template).values()
        except InputError:
            return False
        return all(face.placement.by in AUTOMATIC for face in faces)


def find_pairs(
    given: Sequence[Path],
    *,
    start: str = "",
    to: Sequence[str] = (),
    landmarks: Path | None = None,
    output: Path | None = None,
    template: str | Path | None = None,
    pattern: str = "",
) -> Pairs:
    """Return the pairs that are meant.

    Parameters
    ----------
    given : sequence of Path
        Photographs of one face, or one recipe, folder of a study or of photographs.
    start, to, landmarks, output, template, pattern : optional
        As in `morphkit.propagate_landmarks`.

    Raises
    ------
    InputError
        If there is nothing of the kind, or options do not go with it.
    """
    if not given:
        raise InputError(
            "nothing is given",
            allowed="a photograph with landmarks and others of the same face, or a "
            "study",
        )
    for path in given:
        if not path.exists():
            raise InputError(
                "there is no such file", where=str(path), remedy="check the name"
            )
    place = given[0]
    if place.suffix.lower() != ".toml" and not place.is_dir():
        return _of_photos(given, (start, to, pattern), landmarks, output, template)
    if len(given) > 1:
        raise InputError(
            f"{len(given)} places are given",
            allowed="one study, or photographs of one face",
        )
    if not start:
        raise InputError(
            "it is not said which photographs have landmarks",
            where=str(place),
            remedy="give their label: --from happy",
        )
    recipe = recipe_of(place)
    if recipe is None:
        return _of_folder(place, start, to, landmarks, output, template, pattern)
    if landmarks is not None or template is not None or pattern:
        raise InputError(
            "a recipe names its landmarks, template and pattern itself",
            where=str(recipe),
            remedy="leave out --landmarks, --template and --pattern",
        )
    return _of_recipe(recipe, start, to, output)


def recipe_of(place: Path) -> Path | None:
    """Return the recipe that a file or a folder stands for; None if for none.

    Raises
    ------
    InputError
        If a folder holds several, none of them called ``study.toml``.
    """
    if not place.is_dir():
        return place if place.suffix.lower() == ".toml" else None
    recipes = sorted(place.glob("*.toml"))
    chosen = [recipe for recipe in recipes if recipe.name == "study.toml"] or recipes
    if len(chosen) > 1:
        raise InputError(
            f"{len(chosen)} recipes: {', '.join(one.name for one in chosen[:5])}",
            where=str(place),
            remedy="give one of them",
        )
    return chosen[0] if chosen else None


def _of_photos(
    given: Sequence[Path],
    study: tuple[str, Sequence[str], str],
    landmarks: Path | None,
    output: Path | None,
    template: str | Path | None,
) -> Pairs:
    """Return the first photograph with each of the others."""
    if any(study):
        raise InputError(
            "--from, --to and --pattern belong to a study",
            where=str(given[0]),
            remedy="leave them out, or give a recipe or a folder",
        )
    raise_all(
        InputError(
            "this is not a photograph",
            where=str(path),
            allowed=f"images end in {', '.join(SUFFIXES)}",
        )
        for path in given
        if path.suffix.lower() not in SUFFIXES
    )
    first, *others = given
    if not others:
        raise InputError(
            "one photograph is given",
            where=str(first),
            remedy="give the photographs to carry its landmarks to, too",
        )
    known = _known(first, landmarks)
    folder = known.parent if output is None else output
    files = [folder / f"{photo.stem}.json" for photo in others]
    names = [same_name(str(file)) for file in (known, *files)]
    raise_all(
        InputError(
            f"would have the landmark file {file.name} of another photograph, too",
            where=str(photo),
            remedy="rename it, or choose another folder with --output",
        )
        for i, (photo, file) in enumerate(zip(others, files, strict=True))
        if names[i + 1] in names[: i + 1]
    )
    pairs = [
        Pair(first, known, photo, file)
        for photo, file in zip(others, files, strict=True)
    ]
    return Pairs(tuple(pairs), _template(template, [pairs[0]]), folder)


def _known(photo: Path, landmarks: Path | None) -> Path:
    """Return the landmark file of a photograph."""
    places = [photo.parent / LANDMARKS, photo.parent]
    if landmarks is not None:
        if not landmarks.is_dir():
            return landmarks
        places = [landmarks]
    for place in places:
        found = landmark_file(place, Path(photo.name))
        if found is not None:
            return found
    raise InputError(
        f"there is no landmark file of {photo.name} in "
        + " or ".join(map(str, places)),
        where=str(photo),
        remedy="give it with --landmarks FILE, or place landmarks first: morphkit "
        "studio, or morphkit landmarks detect",
    )


def _of_recipe(path: Path, start: str, to: Sequence[str], output: Path | None) -> Pairs:
    """Return the pairs of the identities of a recipe."""
    recipe, root = read_recipe(path), path.parent
    images, landmarks = root / recipe.sources.images, root / recipe.sources.landmarks
    keys = needed(recipe)
    folders = Folders()

    def photo_of(identity: str, label: str) -> Path:
        name = photo_name(recipe, (identity, label))
        return folders.find(images / name) or images / name

    def name_of(identity: str, label: str) -> Path:
        return Path(photo_name(recipe, (identity, label)))

    faces: dict[str, dict[str, tuple[Path, Path]]] = {}
    for identity, label in keys:
        faces.setdefault(identity, {})[label] = (
            photo_of(identity, label),
            name_of(identity, label),
        )
        faces[identity].setdefault(
            start, (photo_of(identity, start), name_of(identity, start))
        )
    known = {label for _, label in keys}
    if any(labels[start][0].is_file() for labels in faces.values()):
        known.add(start)
    _check_labels(known, start, to, path)
    pairs, errors = _pairs_of(faces, start, to, landmarks, output or landmarks)
    return Pairs(
        pairs,
        resolve_template(recipe, root),
        output or landmarks,
        is_study=True,
        background=recipe.frame.background,
        choices={photo_of(*key): recipe.face_choice(key) for key in keys},
        errors=errors,
    )


def _of_folder(
    folder: Path,
    start: str,
    to: Sequence[str],
    landmarks: Path | None,
    output: Path | None,
    template: str | Path | None,
    pattern: str,
) -> Pairs:
    """Return the pairs of the photographs of a folder, by their names."""
    parts = name_parts(pattern or PATTERN)
    faces: dict[str, dict[str, tuple[Path, Path]]] = {}
    for photo in images_in(folder):
        found = parts.fullmatch(photo.stem)
        if found:
            labels = faces.setdefault(found["identity"], {})
            labels[found["label"]] = (photo, Path(photo.name))
    _check_labels({label for one in faces.values() for label in one}, start, to, folder)
    known = folder / LANDMARKS if landmarks is None else landmarks
    pairs, errors = _pairs_of(faces, start, to, known, output or known)
    return Pairs(
        pairs, _template(template, pairs), output or known, is_study=True, errors=errors
    )


def name_parts(pattern: str) -> re.Pattern[str]:
    """Return what finds identity and label in the name of a file, without suffix.

    Raises
    ------
    InputError
        If the pattern does not have both, once.
    """
    if pattern.count("{identity}") != 1 or pattern.count("{label}") != 1:
        raise InputError(
            f'the pattern is "{pattern}"',
            where="--pattern",
            allowed="{identity} and {label} in it, each once",
        )
    text = re.escape(Path(pattern).with_suffix("").name)
    text = text.replace(r"\{identity\}", "(?P<identity>.+)")
    return re.compile(text.replace(r"\{label\}", "(?P<label>[^_]+)"))


def _check_labels(known: set[str], start: str, to: Sequence[str], where: Path) -> None:
    """Refuse labels that no photograph has."""
    labels = sorted(known)
    raise_all(
        InputError(
            f'no photograph has the label "{label}"',
            where=str(where),
            allowed=f"labels: {', '.join(labels) or 'none'}",
            remedy=did_you_mean(label, labels),
        )
        for label in (start, *to)
        if label not in known
    )
    if start in to:
        raise InputError(f'"{start}" is carried to itself', where="--to")


def _pairs_of(
    faces: Mapping[str, Mapping[str, tuple[Path, Path]]],
    start: str,
    to: Sequence[str],
    landmarks: Path,
    output: Path,
) -> tuple[tuple[Pair, ...], tuple[InputError, ...]]:
    """Return the pairs of all identities, and what keeps some from being found.

    Parameters
    ----------
    faces : mapping
        Identity -> label -> photograph, and its name in the folder of photographs.
    """
    pairs, errors = [], []
    for identity, labels in sorted(faces.items()):
        wanted = [
            label for label in labels if label != start and label in (to or labels)
        ]
        try:
            known = _known_of(identity, start, labels, landmarks) if wanted else None
        except InputError as error:
            errors.append(error)
            continue
        for label in wanted:
            photo, name = labels[label]
            if known is not None:
                file = (output / name).with_suffix(".json")
                pairs.append(Pair(labels[start][0], known, photo, file))
    if not pairs and not errors:
        raise InputError(
            f'no identity has photographs of "{start}" and of another label',
            allowed="two photographs of a face",
        )
    return tuple(pairs), tuple(errors)


def _known_of(
    identity: str,
    start: str,
    labels: Mapping[str, tuple[Path, Path]],
    landmarks: Path,
) -> Path:
    """Return the landmark file of the photograph to start from."""
    if start not in labels or not labels[start][0].is_file():
        raise InputError(
            f'"{identity}" has no photograph of "{start}"',
            where=str(labels[start][0]) if start in labels else "",
        )
    photo, name = labels[start]
    found = landmark_file(landmarks, name)
    if found is None:
        raise InputError(
            f"has no landmark file in {landmarks}",
            where=str(photo),
            remedy="place its landmarks first, in morphkit studio",
        )
    return found


def _template(given: str | Path | None, pairs: Sequence[Pair]) -> Template:
    """Return the template of the known landmarks."""
    if given is not None:
        return find_template(given)
    return template_of(SourceFiles(pair.start, pair.landmarks) for pair in pairs)
