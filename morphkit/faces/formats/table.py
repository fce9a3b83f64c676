"""The entry type of the format table, and what all format modules share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from morphkit.errors import InputError
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

Size = tuple[int, int]
Sizes = Size | Mapping[str, Size] | None


class Reader(Protocol):
    """Parse a text into the landmarks of each image in it."""

    def __call__(
        self,
        text: str,
        *,
        template: Template | None = None,
        size: Sizes = None,
    ) -> dict[str, Landmarks]:
        """Return landmarks by image name; "" where the text names no image."""


class Writer(Protocol):
    """Format the landmarks of one or more images as a text."""

    def __call__(
        self,
        landmarks: Mapping[str, Landmarks],
        *,
        size: Sizes = None,
    ) -> str:
        """Return the text."""


@dataclass(frozen=True)
class FormatOption:
    """What a format leaves open, and its files do not say.

    Parameters
    ----------
    values : tuple of int
        Possible ones; the first is taken unless another is asked for.
    about : str
        One line, as in "what a .pts calls the first pixel".
    """

    values: tuple[int, ...]
    about: str


#: Values by the name of the option, for whichever format has it.
FormatOptions = Mapping[str, int]


@dataclass(frozen=True)
class Format:
    """A landmark file format.

    Parameters
    ----------
    suffixes : tuple of str
        File suffixes, lower case, with the dot; the first is used for writing.
    read : Reader
        Text to landmarks.
    write : Writer
        Landmarks to text.
    precision : float
        Largest change of a coordinate, in pixels, after writing and reading.
    holds_template : bool, optional
        Whether the file names the template of its points.
    holds_many : bool, optional
        Whether one file can hold several images.
    names_image : bool, optional
        Whether the file names the image of its points.
    holds_hidden : bool, optional
        Whether the file says which landmarks are hidden.
    needs_size : bool, optional
        Whether reading and writing need the size of the image.
    about : str, optional
        One line for listings.
    options : mapping of str to FormatOption, optional
        Keywords that `read` and `write` of this format take beside the common ones.
    """

    suffixes: tuple[str, ...]
    read: Reader
    write: Writer
    precision: float
    holds_template: bool = False
    holds_many: bool = False
    names_image: bool = False
    holds_hidden: bool = False
    needs_size: bool = False
    about: str = ""
    options: Mapping[str, FormatOption] = field(default_factory=dict)

    def with_options(self, chosen: FormatOptions) -> "Format":
        """Return the format as it reads and writes with some options.

        Parameters
        ----------
        chosen : mapping of str to int
            Those of other formats say nothing here.
        """
        own: dict[str, Any] = {
            name: chosen[name] for name in self.options if name in chosen
        }
        if not own:
            return self
        return replace(
            self, read=partial(self.read, **own), write=partial(self.write, **own)
        )


def size_of(sizes: Sizes, image: str) -> Size | None:
    """Return the width and height of `image`, None if unknown."""
    return sizes.get(image) if isinstance(sizes, Mapping) else sizes


def single_face(landmarks: Mapping[str, Landmarks]) -> tuple[str, Landmarks]:
    """Return the one image and its landmarks, for formats that hold one face."""
    if len(landmarks) != 1:
        raise InputError(
            f"{len(landmarks)} images in a format that holds one",
            remedy="write one file per image, or choose csv, tps or imglab",
        )
    return next(iter(landmarks.items()))


def fitting_template(n_points: int, template: Template | None) -> Template:
    """Return `template`, or the only built-in one with `n_points` landmarks.

    Raises
    ------
    InputError
        If the number differs, or no or several built-in templates have it.
    """
    if template is not None:
        if template.n_points != n_points:
            raise InputError(
                f"found {n_points} points",
                allowed=f"template {template.name} has {template.n_points}",
                remedy=_templates_of(n_points),
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
        remedy="give the template, or its definition file, with the option template",
    )


def _templates_of(n_points: int) -> str:
    """Return what to do with a number of points that is not that of the template."""
    known = [builtin_template(name) for name in builtin_templates()]
    fits = [one.name for one in known if one.n_points == n_points]
    if fits:
        return (
            f"template {' or '.join(fits)} has {n_points}: choose it (--template, or "
            "template under [sources])"
        )
    whose = _FOREIGN.get(n_points, "")
    return (
        f"no built-in template has {n_points}{whose}: give the file of its definition "
        "(--template FILE, or template under [sources])"
    )


#: Sets of other programs that are known by their number of points.
_FOREIGN = {
    98: "; WFLW has",
    29: "; COFW has",
}


def add_once(
    found: dict[str, Landmarks], image: str, landmarks: Landmarks, where: str
) -> None:
    """Add an image to the collection; refuse a second one of the same name."""
    if image in found:
        raise InputError(
            f'a second face for the image "{image}"',
            where=where,
            allowed="one face per image",
            remedy="delete the unwanted one",
        )
    found[image] = landmarks
