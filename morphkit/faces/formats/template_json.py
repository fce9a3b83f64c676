"""Template definitions: morphkit's own JSON and WebMorph's.

References
----------
DeBruine, L. (2022). webmorphR: Reproducible stimuli. doi 10.5281/zenodo.6570965
"""

import json
import warnings
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from morphkit._core.documents import read_json
from morphkit._core.files import WINDOWS
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError
from morphkit.faces.formats.lines import place_error
from morphkit.faces.template import Opening, Template


@cache
def builtin_templates() -> tuple[str, ...]:
    """Return the names of the built-in templates, sorted.

    Examples
    --------
    >>> "ibug_68" in builtin_templates()
    True
    """
    folder = resources.files("morphkit.faces") / "templates"
    names = (Path(entry.name) for entry in folder.iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".json"))


@cache
def builtin_template(name: str) -> Template:
    """Return the built-in template called `name`.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> builtin_template("ibug_68").points[8]
    'chin'
    """
    if name not in builtin_templates():
        raise InputError(
            f'no built-in template is called "{name}"',
            allowed=f"built in: {', '.join(builtin_templates())}",
            remedy=did_you_mean(name, builtin_templates())
            or "or give the path of a definition (.json)",
        )
    entry = resources.files("morphkit.faces") / "templates" / f"{name}.json"
    return Template.from_dict(json.loads(entry.read_text(encoding="utf-8")))


def find_template(name_or_path: str | Path) -> Template:
    """Return a built-in template by name, or the one defined in a file.

    Parameters
    ----------
    name_or_path : str or Path
        A built-in name or a path; anything that ends in ``.json`` is a path.

    Returns
    -------
    Template

    Raises
    ------
    InputError
        If there is no such template, or the file does not define one.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.find_template("ibug_68").n_points
    68
    """
    if Path(name_or_path).suffix.lower() == ".json":
        return read_template(name_or_path)
    return builtin_template(str(name_or_path))


def read_template(path: str | Path) -> Template:
    """Return the template defined in a file.

    Parameters
    ----------
    path : str or Path
        morphkit's own JSON (`Template.to_dict`) or a WebMorph definition.

    Returns
    -------
    Template
        From WebMorph: repeated names are numbered, a line is closed if the file says
        so or it ends where it starts, and the alignment points are the eyes.

    Raises
    ------
    InputError
        If the file is not such a definition.

    Warns
    -----
    UserWarning
        If WebMorph's mirror partners contradict each other; the template then has
        no mirror map.
    """
    data = _load(path)
    try:
        return _from_webmorph(data) if _is_webmorph(data) else Template.from_dict(data)
    except InputError as error:
        raise place_error(error, path) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"not a template definition ({type(error).__name__}: {error})",
            where=str(path),
            allowed="morphkit's own JSON or a WebMorph definition",
        ) from None


def _load(path: str | Path) -> dict[str, Any]:
    """Return the JSON object in a file."""
    data = read_json(path, fallback=WINDOWS)
    if not isinstance(data, dict) or "points" not in data:
        raise InputError(
            'not a template definition: there is no "points"', where=str(path)
        )
    if "schema" in data:
        raise InputError(
            "a landmark file, not a template definition",
            where=str(path),
            remedy="give the definition of its template",
        )
    return data


def _is_webmorph(data: dict[str, Any]) -> bool:
    """Return whether the points are objects, as WebMorph writes them."""
    points = data["points"]
    return isinstance(points, list) and any(isinstance(p, dict) for p in points)


def _from_webmorph(data: dict[str, Any]) -> Template:
    """Return the template that a WebMorph definition describes."""
    points = data["points"]
    if [p.get("n", i) for i, p in enumerate(points)] != list(range(len(points))):
        raise InputError("the points are not numbered 0, 1, 2, … in order")
    name = str(_scalar(data.get("name", "webmorph")))
    flags = data.get("closed") or []
    lines, closed = [], []
    for i, line in enumerate(data.get("lines") or []):
        indices = _indices(line)
        ends_meet = len(indices) > 1 and indices[0] == indices[-1]
        lines.append(indices[:-1] if ends_meet else indices)
        closed.append(ends_meet or bool(flags[i] if i < len(flags) else False))
    return Template(
        name=name,
        points=_unique([str(p["name"]) for p in points]),
        lines=tuple(lines),
        closed=tuple(closed),
        mirror=_mirror(name, [p.get("sym") for p in points]),
        eyes=_eyes(data.get("align_pts") or [], points),
        openings=_openings(data.get("masks") or {}),
        description=str(_scalar(data.get("notes", ""))),
        source="WebMorph template definition",
    )


def _openings(masks: dict[str, Any]) -> tuple[Opening, ...]:
    """Return the mouth, from the outline that WebMorph calls teeth."""
    outlines = masks.get("teeth") or []
    if len(outlines) != 2 or not all(isinstance(o, list) for o in outlines):
        return ()
    upper, lower = (_indices(outline) for outline in outlines)
    if upper[:1] + upper[-1:] != lower[-1:] + lower[:1] or len(upper) != len(lower):
        return ()
    return (Opening("mouth", upper, lower[::-1]),)


def _scalar(value: Any) -> Any:
    """Unwrap an R-style array of length one; return anything else unchanged."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _indices(line: Any) -> tuple[int, ...]:
    """Return a line's indices; R writes an array of length one as a number."""
    found = line if isinstance(line, list) else [line]
    if not all(isinstance(i, int) and not isinstance(i, bool) for i in found):
        raise InputError(f"{str(line)[:60]} is not a list of point numbers")
    return tuple(found)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Return `names` with repeated ones numbered from 1."""
    counts, seen = Counter(names), Counter[str]()
    taken = {name for name, count in counts.items() if count == 1}
    unique = []
    for name in names:
        said = name
        while counts[name] > 1 and (said == name or said in taken):
            seen[name] += 1
            said = f"{name} {seen[name]}"
        taken.add(said)
        unique.append(said)
    return tuple(unique)


def _mirror(name: str, partners: list[Any]) -> tuple[int, ...]:
    """Return the mirror map; none if it is missing or contradicts itself."""
    if any(partner is None for partner in partners):
        return ()
    mirror = [int(_scalar(partner)) for partner in partners]
    n = len(mirror)
    odd = [i for i, j in enumerate(mirror) if not 0 <= j < n or mirror[j] != i]
    if odd:
        warnings.warn(
            f"template {name}: the mirror partners of points "
            f"{', '.join(map(str, odd))} contradict each other; the template is read "
            "without a mirror map",
            stacklevel=4,
        )
        return ()
    return tuple(mirror)


def _eyes(
    align: list[int], points: list[dict[str, Any]]
) -> tuple[tuple[int, ...], ...]:
    """Return WebMorph's two alignment points, the image-left one first."""
    if len(align) != 2 or not all(0 <= i < len(points) for i in align):
        return ()
    first, second = sorted(align, key=lambda i: float(points[i].get("x") or i))
    return ((first,), (second,))
