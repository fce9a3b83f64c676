"""What the table of formats holds, and what every format module shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from morphkit.errors import InputError
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

Size = tuple[int, int]
Sizes = Size | Mapping[str, Size] | None


class Reader(Protocol):
    """Turn a text into the landmarks of each image that it names."""

    def __call__(
        self,
        text: str,
        *,
        template: Template | None = None,
        size: Sizes = None,
        pts_origin: int = 1,
    ) -> dict[str, Landmarks]:
        """Return landmarks by image name; "" where the text names no image."""


class Writer(Protocol):
    """Turn the landmarks of one or more images into a text."""

    def __call__(
        self,
        landmarks: Mapping[str, Landmarks],
        *,
        size: Sizes = None,
        pts_origin: int = 1,
    ) -> str:
        """Return the text."""


@dataclass(frozen=True)
class Format:
    """A landmark file format.

    Parameters
    ----------
    suffixes : tuple of str
        Endings of its files, lower case, with the dot; the first is written.
    read : Reader
        Text to landmarks.
    write : Writer
        Landmarks to text.
    precision : float
        Largest change of a coordinate, in pixels, when it is written and read.
    holds_template : bool, optional
        Whether the file says which template its points follow.
    holds_many : bool, optional
        Whether one file can hold several images.
    names_image : bool, optional
        Whether the file says which image its points belong to.
    needs_size : bool, optional
        Whether reading and writing need the size of the image.
    about : str, optional
        One line for listings.
    """

    suffixes: tuple[str, ...]
    read: Reader
    write: Writer
    precision: float
    holds_template: bool = False
    holds_many: bool = False
    names_image: bool = False
    needs_size: bool = False
    about: str = ""


def size_of(sizes: Sizes, image: str) -> Size | None:
    """Return width and height of `image`, None if they are not known."""
    return sizes.get(image) if isinstance(sizes, Mapping) else sizes


def single_face(landmarks: Mapping[str, Landmarks]) -> tuple[str, Landmarks]:
    """Return the one image and its landmarks, for formats that hold one face."""
    if len(landmarks) != 1:
        raise InputError(
            f"{len(landmarks)} images for a format that holds one",
            remedy="write one file for each image, or choose csv, tps or imglab",
        )
    return next(iter(landmarks.items()))


def fitting_template(n_points: int, template: Template | None) -> Template:
    """Return `template`, or the only built-in one with `n_points` landmarks.

    Raises
    ------
    InputError
        If the number differs, or none or several of the built-in templates have it.
    """
    if template is not None:
        if template.n_points != n_points:
            raise InputError(
                f"found {n_points} points",
                allowed=f"template {template.name} has {template.n_points}",
            )
        return template
    known = [builtin_template(name) for name in builtin_templates()]
    fits = [t for t in known if t.n_points == n_points]
    if len(fits) == 1:
        return fits[0]
    names = ", ".join(f"{t.name} ({t.n_points})" for t in fits or known)
    raise InputError(
        f"{n_points} points fit {'several' if fits else 'no'} built-in templates",
        allowed=f"{'they fit' if fits else 'built in'}: {names}",
        remedy="name the template or its definition file with the option template",
    )


def add_once(
    found: dict[str, Landmarks], image: str, landmarks: Landmarks, where: str
) -> None:
    """Add an image to the collection, refusing a second one of that name."""
    if image in found:
        raise InputError(
            f'a second face for the image "{image}"',
            where=where,
            allowed="one face for each image",
            remedy="delete the one that is not meant",
        )
    found[image] = landmarks
