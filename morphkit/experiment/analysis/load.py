"""Results read back from the documents that the commands wrote."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from morphkit._core.arrays import frozen
from morphkit.errors import InputError
from morphkit.experiment.analysis.categories import CategoryResult
from morphkit.experiment.analysis.norms import NormsResult
from morphkit.experiment.analysis.scales import ScaleResult
from morphkit.psychophysics.intervals import Interval

_INTERVAL = {"low", "high", "level"}


def restore_fits(document: Mapping[str, Any], *, where: str) -> CategoryResult:
    """Return the psychometric functions in a document.

    Raises
    ------
    InputError
        If a value is missing or of the wrong type.
    """
    result: CategoryResult = _restore(CategoryResult, document, where)
    return result


def restore_scales(document: Mapping[str, Any], *, where: str) -> ScaleResult:
    """Return the difference scales in a document; errors as in `restore_fits`."""
    result: ScaleResult = _restore(ScaleResult, document, where)
    return result


def restore_norms(document: Mapping[str, Any], *, where: str) -> NormsResult:
    """Return the ratings in a document; errors as in `restore_fits`."""
    named = {**document, "summaries": document.get("norms")}
    result: NormsResult = _restore(NormsResult, named, where)
    return result


def _restore(kind: type, document: Mapping[str, Any], where: str) -> Any:
    """Return an instance of a class; errors name the key in the document."""
    about = document.get("pack")
    shown = about.get("stimuli") if isinstance(about, dict) else None
    try:
        # In documents from before images were recorded there are none.
        return _value(kind, {**document, "stimuli": list(shown or ())}, "")
    except _NotThat as fault:
        raise InputError(
            str(fault),
            where=where,
            remedy="write the file again with morphkit calibrate",
        ) from None


class _NotThat(Exception):  # noqa: N818 - reported as an InputError
    """A value of a document is not of its type."""


def _value(kind: Any, value: Any, at: str) -> Any:
    """Return what JSON holds as a value of an annotated type."""
    if kind is Any:
        return _untyped(value, at)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        known = [one for one in arguments if one is not type(None)]
        return _value(known[0], value, at)
    if origin is np.ndarray:
        return _array(value, at)
    if origin is tuple:
        return _tuple(arguments, value, at)
    if origin in (dict, Mapping):
        _check(value, dict, at)
        return {k: _value(arguments[1], v, f"{at}.{k}") for k, v in value.items()}
    if is_dataclass(kind):
        return _instance(kind, value, at)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _check(value, kind, at)


def _untyped(value: Any, at: str) -> Any:
    """Return intervals as `Interval`, and lists as tuples."""
    if isinstance(value, dict) and set(value) == _INTERVAL:
        return _value(Interval, value, at)
    if isinstance(value, list):
        return tuple(_untyped(one, f"{at}[{k}]") for k, one in enumerate(value))
    return value


def _array(value: Any, at: str) -> Any:
    """Return nested lists of numbers as a frozen array."""
    _check(value, list, at)
    try:
        return frozen(np.array(value, float))
    except (TypeError, ValueError):
        raise _NotThat(f"{at} contains something that is not a number") from None


def _tuple(arguments: tuple[Any, ...], value: Any, at: str) -> tuple[Any, ...]:
    """Return a list as a tuple: of any length, or of one type for each place."""
    _check(value, list, at)
    kinds = (
        (arguments[0],) * len(value)
        if len(arguments) == 2 and arguments[1] is ...
        else arguments
    )
    if len(kinds) != len(value):
        raise _NotThat(f"{at} has {len(value)} parts instead of {len(kinds)}")
    return tuple(
        _value(kind, one, f"{at}[{k}]")
        for k, (kind, one) in enumerate(zip(kinds, value, strict=True))
    )


def _instance(kind: Any, value: Any, at: str) -> Any:
    """Return a JSON object as an instance of a dataclass; other keys are ignored."""
    _check(value, dict, at)
    made = {}
    optional = {f.name for f in fields(kind) if f.default is not MISSING}
    for field, one in _fields(kind):
        name = f"{at}.{field}" if at else field
        if field not in value and field in optional:
            continue
        if field not in value:
            raise _NotThat(f"{name} is missing")
        made[field] = _value(one, value[field], name)
    try:
        return kind(**made)
    except InputError as error:
        raise _NotThat(f"{at}: {error.problem}") from None


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return names and types of the fields of a dataclass."""
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _check(value: Any, kind: Any, at: str) -> Any:
    """Return the value if it is of a plain type."""
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not right:
        raise _NotThat(f"{at or 'the document'} is {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else f"of type {type(value).__name__}"
