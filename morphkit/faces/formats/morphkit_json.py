"""``.json``: morphkit's own landmark file, exact and complete.

Conventions
-----------
x to the right, y downwards, the first pixel is 0. Coordinates are written in full
precision and keys are sorted: the same landmarks give the same bytes. ``hidden`` lists
the indices of hidden landmarks and is there only where some are; so are ``confidence``
and ``origin`` of landmarks that were propagated and, where there were several faces,
``faces`` (left, top, width and height of each) and the number of the ``face`` taken.
"""

import json
from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np

from morphkit._core.arrays import as_points
from morphkit._core.documents import parse_json
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError
from morphkit.faces.formats.missing import refuse_missing
from morphkit.faces.formats.table import Sizes, single_face
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.landmarks import FaceBox, Landmarks, Placement
from morphkit.faces.template import Template

SCHEMA = 1

_KEYS = (
    *("hidden", "image", "image_sha256", "placement", "points", "schema", "template"),
)
_PLACEMENT = (
    *("by", "confidence", "detector", "face", "faces", "models", "origin", "score"),
)


def read(
    text: str,
    *,
    template: Template | None = None,
    size: Sizes = None,
) -> dict[str, Landmarks]:
    """Return the landmarks in `text` by the name of their image.

    Parameters
    ----------
    text : str
        Content of a landmark file.
    template : Template, optional
        Definition of the template named in the file; needed only if that is neither
        built in nor embedded.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If it is not such a file, or its template is not the one given.
    """
    data = _object(text)
    try:
        raw = _without_nulls(data["points"])
        if not (isinstance(raw, list) and raw and all(map(_is_pair, raw))):
            raise InputError('"points" is not a list of [x, y]')
        chosen, points = _template(data["template"], template), np.array(raw, float)
        if np.isnan(points).any() and len(points) == chosen.n_points:
            refuse_missing(points, chosen)
        sha256, image = (data.get(k, "") for k in ("image_sha256", "image"))
        if not isinstance(sha256, str) or not isinstance(image, str):
            raise InputError('"image" and "image_sha256" must be strings')
        return {
            image: Landmarks(
                chosen,
                as_points(points),
                _placement(data.get("placement", {})),
                sha256,
                _hidden(data.get("hidden", [])),
            )
        }
    except OverflowError:
        raise InputError(
            "a coordinate is too large", allowed="coordinates must be finite numbers"
        ) from None
    except KeyError as error:
        raise InputError(
            f"the key {error} is missing",
            allowed="schema, template and points are required",
        ) from None


def _object(text: str) -> dict[str, Any]:
    """Return the JSON object with its keys and schema checked."""
    data = parse_json(text.removeprefix("\ufeff"), where="", nan=True)
    if not isinstance(data, dict) or "schema" not in data:
        raise InputError(
            'not a landmark file: there is no "schema"',
            remedy="a template definition is given as the option template",
        )
    if data["schema"] != SCHEMA or isinstance(data["schema"], bool):
        raise InputError(
            f"schema {data['schema']!r}",
            allowed=f"this version of morphkit reads schema {SCHEMA}",
            remedy="use the version that wrote the file, or a newer one",
        )
    _check_keys(data, _KEYS)
    return data


def _check_keys(data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse unknown keys."""
    for key in data:
        if key not in known:
            raise InputError(
                f'unknown key "{key}"',
                allowed=f"known: {', '.join(known)}",
                remedy=did_you_mean(key, known),
            )


def _without_nulls(points: Any) -> Any:
    """Return the points with nan where JSON has null: both stand for missing points."""
    if not isinstance(points, list):
        return points
    return [
        [nan if v is None else v for v in one] if isinstance(one, list) else one
        for one in ([None, None] if one is None else one for one in points)
    ]


def _is_pair(value: Any) -> bool:
    """Return whether `value` is a list of two numbers."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    )


def _template(said: Any, given: Template | None) -> Template:
    """Return the template that the file names or embeds."""
    if isinstance(said, dict):
        held = Template.from_dict(said)
    elif given is not None and given.name == said:
        held = given
    elif isinstance(said, str) and said in builtin_templates():
        held = builtin_template(said)
    else:
        raise InputError(
            f"the template {said!r} of the file is not built in",
            allowed=f"built in: {', '.join(builtin_templates())}",
            remedy="give its definition with the option template",
        )
    if given is not None and held != given:
        raise InputError(
            f"the file has the template {held.name}",
            allowed=f"{given.name} was requested"
            + (", with a different definition" if held.name == given.name else ""),
        )
    return held


def _hidden(said: Any) -> frozenset[int]:
    """Return the indices of hidden landmarks."""
    if not isinstance(said, list) or not all(type(i) is int for i in said):
        raise InputError('"hidden" is not a list of indices')
    return frozenset(said)


def _placement(said: Any) -> Placement:
    """Return how the landmarks were placed."""
    if not isinstance(said, dict):
        raise InputError('"placement" is not an object')
    _check_keys(said, _PLACEMENT)
    score, models = said.get("score"), said.get("models", {})
    numeric = isinstance(score, int | float) and not isinstance(score, bool)
    if not (score is None or numeric) or not isinstance(models, dict):
        raise InputError('"placement" has an invalid score or invalid models')
    return Placement(
        by=str(said.get("by", "unknown")),
        detector=str(said.get("detector", "")),
        models={str(name): str(digest) for name, digest in models.items()},
        score=None if score is None else float(score),
        origin=str(said.get("origin", "")),
        confidence=_confidence(said.get("confidence", [])),
        face=_face(said.get("face")),
        faces=_faces(said.get("faces", [])),
    )


def _face(said: Any) -> int | None:
    """Return which of several faces was taken."""
    if said is not None and (type(said) is not int or said < 1):
        raise InputError('"placement" has an invalid face')
    return said


def _faces(said: Any) -> tuple[FaceBox, ...]:
    """Return the places of several faces."""
    numbers = isinstance(said, list) and all(
        isinstance(box, list) and len(box) == 4 and all(type(v) is int for v in box)
        for box in said
    )
    if not numbers:
        raise InputError('"placement" has invalid faces')
    return tuple((x, y, width, height) for x, y, width, height in said)


def _confidence(said: Any) -> tuple[float, ...]:
    """Return the confidence of every landmark, if there are any."""
    numbers = isinstance(said, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in said
    )
    if not numbers:
        raise InputError('"placement" has an invalid confidence')
    return tuple(float(chance) for chance in said)


def _placement_dict(placement: Placement) -> dict[str, Any]:
    """Return how landmarks were placed as a JSON object."""
    carried = {
        "origin": placement.origin,
        "confidence": list(placement.confidence),
        "face": placement.face,
        "faces": [list(box) for box in placement.faces],
    }
    return {
        "by": placement.by,
        "detector": placement.detector,
        "models": dict(placement.models),
        "score": placement.score,
        **{key: value for key, value in carried.items() if value},
    }


def write(landmarks: Mapping[str, Landmarks], *, size: Sizes = None) -> str:
    """Return the landmark file; a template that is not built in is embedded.

    Parameters
    ----------
    landmarks : mapping of str to Landmarks
        One image.
    size : optional
        Not needed by this format.

    Raises
    ------
    InputError
        If there is not exactly one image.
    """
    image, one = single_face(landmarks)
    name = one.template.name
    built_in = name in builtin_templates() and builtin_template(name) == one.template
    data = {
        "image": image,
        "image_sha256": one.image_sha256,
        "placement": _placement_dict(one.placement),
        "schema": SCHEMA,
        "template": name if built_in else one.template.to_dict(),
    }
    if one.hidden:
        data["hidden"] = sorted(one.hidden)
    rows = {key: json.dumps(data[key], sort_keys=True) for key in data}
    pairs = ",\n".join(f"  {json.dumps(pair)}" for pair in one.points.tolist())
    rows["points"] = f"[\n{pairs}\n ]"
    body = ",\n".join(f" {json.dumps(key)}: {rows[key]}" for key in sorted(rows))
    return f"{{\n{body}\n}}\n"
