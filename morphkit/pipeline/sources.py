"""The photographs and landmarks that a recipe asks for, found and read.

All faults of all sources are told together, each with its file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from morphkit.detect import detect
from morphkit.errors import InputError, MissingExtraError, raise_all
from morphkit.face import Face
from morphkit.formats import FORMATS, read_landmarks
from morphkit.formats.template_json import find_template
from morphkit.images import Photo, read_photo
from morphkit.landmarks import Landmarks
from morphkit.recipe import Identity, Recipe

#: Identity and label: what a source face is known by.
Key = tuple[str, str]


@dataclass(frozen=True)
class SourceFiles:
    """Where a source face is.

    Parameters
    ----------
    photo : Path
    landmarks : Path, Landmarks or None
        A file, landmarks at hand, or None to have them detected.
    face : int, optional
        Which face of the photograph to take, from 1 in reading order.
    """

    photo: Path
    landmarks: Path | Landmarks | None = None
    face: int | None = None


@dataclass(frozen=True, eq=False)
class SourceFace:
    """A source face that was read.

    Parameters
    ----------
    face : Face
    sha256 : str
        Hash of the file of the photograph.
    """

    face: Face
    sha256: str

    @property
    def placed_by(self) -> str:
        """Who placed the landmarks, in a word or two."""
        placement = self.face.landmarks.placement
        return f"{placement.by} {placement.detector}".strip()


def needed(recipe: Recipe) -> list[Key]:
    """Return the source faces that a recipe needs, sorted."""
    keys = {
        (identity, label)
        for part in recipe.continua
        for identity in recipe.identities_of(part)
        for label in (part.from_, part.to)
    }
    return sorted(keys)


def check_consent(recipe: Recipe) -> None:
    """Refuse identities whose consent does not cover morphing.

    Raises
    ------
    InputError
        Naming each of them.
    """
    raise_all(
        InputError(
            "may_morph is not true",
            where=f"identities.{name}",
            remedy="morphing needs consent: record it with may_morph = true and "
            "consent_basis, or leave the identity out",
        )
        for name in sorted({identity for identity, _ in needed(recipe)})
        if not recipe.identities[name].may_morph
    )


def resolve_sources(recipe: Recipe, root: Path) -> dict[Key, SourceFiles]:
    """Return the files of every source face that a recipe needs.

    Parameters
    ----------
    recipe : Recipe
    root : Path
        Folder of the recipe.

    Raises
    ------
    InputError
        With every photograph that is missing and every landmark file that is
        ambiguous.
    """
    images, landmarks = root / recipe.sources.images, root / recipe.sources.landmarks
    found, errors = {}, []
    for key in needed(recipe):
        identity, label = key
        name = recipe.identities[identity].files.get(label) or (
            recipe.sources.pattern.format(identity=identity, label=label)
        )
        photo = images / name
        if not photo.is_file():
            errors.append(
                InputError(
                    "there is no such photograph",
                    where=str(photo),
                    remedy=f'the recipe needs it for identity "{identity}", label '
                    f'"{label}"; {_names_nearby(photo)}',
                )
            )
            continue
        try:
            found[key] = SourceFiles(photo, _landmark_file(landmarks, Path(name)))
        except InputError as error:
            errors.append(error)
    raise_all(errors)
    return found


def _names_nearby(photo: Path) -> str:
    """Return which photographs there are instead."""
    if not photo.parent.is_dir():
        return f"the folder {photo.parent} does not exist"
    names = sorted(file.name for file in photo.parent.iterdir() if file.is_file())
    if not names:
        return f"the folder {photo.parent} is empty"
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    return f"there are: {shown}"


def _landmark_file(folder: Path, photo: Path) -> Path | None:
    """Return the one landmark file that belongs to a photograph."""
    suffixes = {suffix for known in FORMATS.values() for suffix in known.suffixes}
    files = [
        file
        for suffix in sorted(suffixes)
        if (file := folder / photo.with_suffix(suffix)).is_file()
    ]
    if len(files) > 1:
        raise InputError(
            f"{len(files)} landmark files for one photograph: "
            + ", ".join(file.name for file in files),
            where=str(folder / photo),
            remedy="keep the one that is right",
        )
    return files[0] if files else None


def read_sources(
    recipe: Recipe,
    files: Mapping[Key, SourceFiles],
    *,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[Key, SourceFace]:
    """Return every source face, read and where need be delineated.

    Raises
    ------
    InputError
        With every file that cannot be used.
    """
    found, errors = {}, []
    for key, source in files.items():
        progress(source.photo.name)
        try:
            found[key] = read_source(
                source,
                template=recipe.sources.template,
                detector=recipe.sources.detector,
            )
        except InputError as error:
            errors.append(error)
        except MissingExtraError as error:
            errors.append(InputError(str(error), where=str(source.photo)))
    raise_all(errors)
    return found


def read_source(source: SourceFiles, *, template: str, detector: str) -> SourceFace:
    """Return one source face.

    Raises
    ------
    InputError
        If the photograph or its landmarks cannot be used.
    """
    photo = read_photo(source.photo)
    landmarks = _landmarks(source, photo, template, detector)
    if landmarks.image_sha256 and landmarks.image_sha256 != photo.sha256:
        place = source.landmarks if isinstance(source.landmarks, Path) else source.photo
        raise InputError(
            "the landmarks were placed on another version of the photograph "
            f"({source.photo.name} has changed since)",
            where=str(place),
            remedy="place or detect them again",
        )
    return SourceFace(Face(photo.image, landmarks, str(source.photo)), photo.sha256)


def _landmarks(
    source: SourceFiles, photo: Photo, template: str, detector: str
) -> Landmarks:
    """Return the landmarks of a source face, from where they are."""
    height, width = photo.image.shape[:2]
    if isinstance(source.landmarks, Landmarks):
        return source.landmarks
    if source.landmarks is not None:
        landmarks = read_landmarks(
            source.landmarks,
            template=find_template(template),
            size=(width, height),
            image=source.photo.name,
        )
        if landmarks.template.name != template:
            raise InputError(
                f'the landmarks are of template "{landmarks.template.name}"',
                where=str(source.landmarks),
                allowed=f'the recipe asks for "{template}"',
                remedy="set template = … under [sources], or convert the file with "
                '"morphkit landmarks convert"',
            )
        return landmarks
    if detector == "none":
        raise InputError(
            "has no landmark file, and the recipe forbids detection",
            where=str(source.photo),
            remedy="place landmarks, or name a detector under [sources]",
        )
    return detect(
        photo.image,
        detector=detector,
        template=template,
        face=source.face,
        where=str(source.photo),
    )


def identity_row(name: str, identity: Identity, licence: str) -> dict[str, object]:
    """Return the row of an identity in the table of a pack."""
    return {
        "identity_id": name,
        "age_months": identity.age_months,
        "sex": identity.sex,
        "description": identity.description,
        "licence": identity.licence or licence,
        "consent_basis": identity.consent_basis,
        "may_morph": identity.may_morph,
        "may_show_online": identity.may_show_online,
        "may_redistribute": identity.may_redistribute,
        "approval": identity.approval,
    }
