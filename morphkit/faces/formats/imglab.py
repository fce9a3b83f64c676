"""dlib's imglab XML: boxes and parts for training shape predictors.

Conventions
-----------
x to the right, y downwards, the first pixel is 0, whole pixels only. Parts are named by
zero-padded numbers, because dlib sorts part names as text.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

import numpy as np

from morphkit.errors import InputError
from morphkit.faces.formats.lines import at_line, number
from morphkit.faces.formats.missing import refuse_missing
from morphkit.faces.formats.table import Sizes, add_once, fitting_template, size_of
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

PRECISION = 0.5

Parts = dict[str, tuple[float, float]]


@dataclass
class _Found:
    """What has been read so far: for each face its image, line and parts."""

    image: str = ""
    depth: list[str] = field(default_factory=list)
    faces: list[tuple[str, int, Parts]] = field(default_factory=list)


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
) -> dict[str, Landmarks]:
    """Return the landmarks of each image that has a box with parts.

    Parameters
    ----------
    text : str
        Content of an imglab file.
    template : Template, optional
        What the points are; without it, the only built-in template of this length.
        With it, parts may also be named after its points.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If it is not such XML, declares a document type or entities, an image has
        several faces with parts, or the parts do not match the template.
    """
    found: dict[str, Landmarks] = {}
    for image, line, parts in _faces(text):
        where = f"line {line}"
        try:
            points = _in_order(parts, template)
            chosen = fitting_template(len(points), template)
            refuse_missing(points, chosen)
            landmarks = Landmarks(chosen, points)
        except InputError as error:
            raise error.at(where) from None
        add_once(found, image, landmarks, where)
    if not found:
        raise InputError(
            "no box with parts", allowed="<image><box><part name x y/></box></image>"
        )
    return found


def _faces(text: str) -> list[tuple[str, int, Parts]]:
    """Return image, line and parts of every box that has parts."""
    found = _Found()
    parser = expat.ParserCreate("utf-8")

    def start(tag: str, attributes: dict[str, str]) -> None:
        _start(found, tag, attributes, parser.CurrentLineNumber)

    def end(tag: str) -> None:
        found.depth.pop()

    def refuse(*_: object) -> None:
        raise at_line(
            parser.CurrentLineNumber,
            "a document type declaration",
            allowed="imglab files have none; entities are not expanded",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        clean = text.removeprefix("\ufeff").rstrip(" \t\r\n\x00")
        parser.Parse(clean.encode("utf-8", errors="replace"), True)
    except expat.ExpatError as error:
        raise at_line(
            error.lineno, f"not well-formed XML ({expat.ErrorString(error.code)})"
        ) from None
    return [face for face in found.faces if face[2]]


def _start(found: _Found, tag: str, attributes: dict[str, str], line: int) -> None:
    """Process one opening tag."""
    if not found.depth and tag != "dataset":
        raise at_line(line, f"the root is <{tag}>", allowed="imglab's is <dataset>")
    found.depth.append(tag)
    if tag == "image":
        found.image = _attribute(attributes, "file", tag, line)
    elif tag == "box":
        if found.depth[-2:] != ["image", "box"]:
            raise at_line(line, "a <box> outside an <image>")
        found.faces.append((found.image, line, {}))
    elif tag == "part":
        if found.depth[-2:] != ["box", "part"]:
            raise at_line(line, "a <part> outside a <box>")
        parts = found.faces[-1][2]
        name = _attribute(attributes, "name", tag, line)
        if name in parts:
            raise at_line(line, f'a second part "{name}"', allowed="names are unique")
        x, y = (number(_attribute(attributes, k, tag, line), line) for k in "xy")
        parts[name] = (x, y)


def _attribute(attributes: dict[str, str], key: str, tag: str, line: int) -> str:
    """Return a required attribute."""
    if key not in attributes:
        raise at_line(line, f'<{tag}> lacks the attribute "{key}"')
    return attributes[key]


def _in_order(parts: Parts, template: Template | None) -> np.ndarray:
    """Return the points in the order of their numbers, or of the template's names."""
    if template is not None and set(parts) == set(template.points):
        return np.array([parts[name] for name in template.points])
    if not all(name.isascii() and name.isdecimal() for name in parts):
        odd = next(n for n in parts if not (n.isascii() and n.isdecimal()))
        raise InputError(
            f'a part is called "{odd}"',
            allowed="parts are numbers from 0, or all names of the given template",
        )
    numbered = {int(name): point for name, point in parts.items()}
    missing = set(range(len(parts))) - set(numbered)
    if missing:
        raise InputError(
            f"there is no part {min(missing)}",
            allowed=f"{len(parts)} parts are numbered 0 to {len(parts) - 1}",
        )
    return np.array([numbered[i] for i in range(len(parts))])


def write(landmarks: Mapping[str, Landmarks], *, size: Sizes = None) -> str:
    """Return an imglab file; each box encloses the rounded landmarks tightly.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        By image name.
    size : tuple of int or mapping, optional
        Written as attributes of the image where known.

    Raises
    ------
    InputError
        If an image has no name.

    Warns
    -----
    UserWarning
        If coordinates that are not whole pixels are rounded.
    """
    rows = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<dataset>",
        "<name>morphkit landmarks</name>",
        "<images>",
    ]
    if any((one.points != np.rint(one.points)).any() for one in landmarks.values()):
        warnings.warn(
            "imglab files hold whole pixels: landmarks were rounded by up to 0.5 px; "
            "keep the original file",
            stacklevel=3,
        )
    for image, one in landmarks.items():
        rows += _image(image, one, size)
    return "\n".join([*rows, "</images>", "</dataset>"]) + "\n"


def _image(image: str, one: Landmarks, sizes: Sizes) -> list[str]:
    """Return the lines of one image."""
    # With it the network modules of Python are loaded, which reading has no use for.
    from xml.sax.saxutils import escape

    if not image:
        raise InputError(
            "the image has no name",
            allowed="imglab files list images by file name",
            remedy="give the option image",
        )
    whole = [(math.floor(x + 0.5), math.floor(y + 0.5)) for x, y in one.points]
    left, top = (min(axis) for axis in zip(*whole, strict=True))
    right, bottom = (max(axis) for axis in zip(*whole, strict=True))
    known = size_of(sizes, image)
    said = f" width='{known[0]}' height='{known[1]}'" if known else ""
    digits = max(2, len(str(len(whole) - 1)))
    file = escape(image, {"'": "&apos;", '"': "&quot;"})
    return [
        f"  <image file='{file}'{said}>",
        f"    <box top='{top}' left='{left}' width='{right - left + 1}' "
        f"height='{bottom - top + 1}'>",
        *(
            f"      <part name='{i:0{digits}}' x='{x}' y='{y}'/>"
            for i, (x, y) in enumerate(whole)
        ),
        "    </box>",
        "  </image>",
    ]
