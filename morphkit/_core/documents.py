"""Documents, JSON and TOML, parsed into typed values before anything uses them.

A document may come from a stranger. It is bounded (`morphkit._core.bounds`), has the
types that a dataclass names, and whatever is wrong with it is one `InputError` with the
key at fault.

JSON is parsed by ``pydantic_core``, which refuses what Python's parser lets through
(numbers that are none, halves of characters, nesting without end). The values are
checked here: the dataclasses are those of packages that know of no files, some of them
hold NumPy arrays, and neither goes together with models of pydantic.
"""

import tomllib
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from math import isfinite, isnan
from pathlib import Path
from typing import (
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from morphkit._core.arrays import frozen
from morphkit._core.bounds import DEPTH, DOCUMENT_BYTES, VALUES
from morphkit._core.files import read_text
from morphkit._core.tables import place_of
from morphkit.errors import InputError

T = TypeVar("T")

#: Whole numbers beyond it are not what they seem in other programs.
_LARGEST = 2**53
#: Above all that is measured; far enough below the largest float that sums stay finite.
_MOST = 1e100
#: Types as they are called in documents.
_IN_JSON = {
    dict: "object",
    list: "list",
    bool: "true or false",
    int: "number",
    float: "number",
    type(None): "null",
}


def read_json(path: str | Path, *, fallback: str = "") -> Any:
    """Return the values in a JSON file.

    Parameters
    ----------
    path : str or Path
    fallback : str, optional
        As for `morphkit._core.files.read_text`.

    Raises
    ------
    InputError
        If it cannot be read, is not JSON, or is beyond a bound.
    """
    text = read_text(path, fallback=fallback, most=DOCUMENT_BYTES)
    return parse_json(text, where=str(path))


def parse_json(text: str, *, where: str, nan: bool = False) -> Any:
    """Return the values in a JSON text; errors as in `read_json`.

    Parameters
    ----------
    text : str
    where : str
        Name of the file, for messages.
    nan : bool, optional
        Whether NaN is a value, for what is missing.
    """
    from pydantic_core import from_json

    try:
        data = from_json(text, cache_strings="keys")
    except ValueError as error:
        problem, _, place = str(error).rpartition(" at line ")
        line = int(place.partition(" ")[0] or 1) if place[:1].isdigit() else 1
        raise InputError(
            f"not JSON ({problem or error})", where=place_of(where, line)
        ) from None
    _check_bounds(data, where)
    _check_finite(data, where, nan=nan)
    return data


def read_toml(path: str | Path, *, remedy: str = "") -> dict[str, Any]:
    """Return the values in a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, is not TOML, or is beyond a bound.
    """
    text = read_text(path, most=DOCUMENT_BYTES)
    return parse_toml(text, where=str(path), remedy=remedy)


def parse_toml(text: str, *, where: str, remedy: str = "") -> dict[str, Any]:
    """Return the values in a TOML text.

    Raises
    ------
    InputError
        If it is not TOML, or is beyond a bound.
    """
    if len(text) > DOCUMENT_BYTES:
        raise InputError(
            f"has {len(text):,} characters",
            where=where,
            allowed=f"at most {DOCUMENT_BYTES:,}",
        )
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise InputError(
            "lists or tables lie too deeply inside each other", where=where
        ) from None
    except ValueError as error:  # also of numbers with thousands of digits
        raise InputError(
            f"not valid TOML: {error}", where=where, remedy=remedy
        ) from None
    _check_bounds(data, where)
    return data


def _check_bounds(data: Any, where: str) -> None:
    """Refuse a document with too many values, or that are nested too deeply."""
    level, n_values = [data], 0
    for _ in range(DEPTH):
        n_values += len(level)
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if n_values + len(level) > VALUES:
            raise InputError(
                f"has more than {VALUES:,} values", where=where, allowed="fewer"
            )
        if not level:
            return
    raise InputError(
        f"lists and objects lie more than {DEPTH} levels deep in each other",
        where=where,
    )


def _check_finite(data: Any, where: str, *, nan: bool) -> None:
    """Refuse numbers that are none, and infinite ones."""
    rest = [data]
    while rest:
        one = rest.pop()
        if isinstance(one, dict | list):
            rest += one.values() if isinstance(one, dict) else one
        elif isinstance(one, float) and not (isfinite(one) or (nan and isnan(one))):
            name = "NaN" if isnan(one) else "Infinity"
            raise InputError(
                f"{name} is not finite", where=where, allowed="finite numbers only"
            )


def restore(
    kind: type[T],
    data: Any,
    *,
    where: str,
    remedy: str = "",
    key: str = "",
    exact: Collection[type] = (),
) -> T:
    """Return values of a document as an instance of a dataclass.

    Parameters
    ----------
    kind : type
        The dataclass, or another annotated type. Keys that it does not name are
        ignored; fields with a default may be missing.
    data : JSON value
    where : str
        Name of the file, for messages.
    remedy : str, optional
        What to do about a fault.
    key : str, optional
        Where in the document the values stand.
    exact : collection of type, optional
        Dataclasses in which a key that they do not name is a fault.

    Raises
    ------
    InputError
        If a value is missing, of another type, not finite or refused by the class.
    """
    try:
        result: T = _Reader(frozenset(exact)).value(kind, data, key)
    except _NotThat as fault:
        raise InputError(str(fault), where=where, remedy=remedy) from None
    return result


def restored(kind: type[T], data: Any) -> T | None:
    """Return values that morphkit kept for itself; None if they are damaged.

    Parameters
    ----------
    kind : type
        As in `restore`.
    data : JSON value
    """
    try:
        return restore(kind, data, where="")
    except InputError:
        return None


class _NotThat(Exception):  # noqa: N818 - reported as an InputError
    """A value of a document is not of its type."""


@dataclass(frozen=True)
class _Reader:
    """Makes typed values of what JSON holds."""

    exact: frozenset[type]

    def value(self, kind: Any, value: Any, at: str) -> Any:
        """Return what JSON holds as a value of an annotated type."""
        if kind is Any:
            return value
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self._one_of(arguments, value, at)
        if origin is np.ndarray:
            return _array(value, at)
        if origin is Literal:
            return _listed(arguments, value, at)
        if origin is tuple:
            return self._tuple(arguments, value, at)
        if origin in (dict, Mapping):
            found = _check(value, dict, at)
            return {
                k: self.value(arguments[1], v, _below(at, k)) for k, v in found.items()
            }
        if is_dataclass(kind):
            return self._instance(kind, value, at)
        return _plain(kind, value, at)

    def _one_of(self, kinds: tuple[Any, ...], value: Any, at: str) -> Any:
        """Return a value of one of several types, chosen by what JSON holds."""
        if value is None and type(None) in kinds:
            return None
        known = [one for one in kinds if one is not type(None)]
        fits: Callable[[Any], bool] = (
            (lambda kind: get_origin(kind) is tuple)
            if isinstance(value, list)
            else (
                lambda kind: is_dataclass(kind) or get_origin(kind) in (dict, Mapping)
            )
            if isinstance(value, dict)
            else (lambda kind: isinstance(kind, type) and type(value) is kind)
        )
        return self.value(
            next((kind for kind in known if fits(kind)), known[-1]), value, at
        )

    def _tuple(
        self, arguments: tuple[Any, ...], value: Any, at: str
    ) -> tuple[Any, ...]:
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
            self.value(kind, one, f"{at}[{k}]")
            for k, (kind, one) in enumerate(zip(kinds, value, strict=True))
        )

    def _instance(self, kind: Any, value: Any, at: str) -> Any:
        """Return a JSON object as an instance of a dataclass."""
        _check(value, dict, at)
        if kind in self.exact:
            unknown = sorted(set(value) - {name for name, _, _ in _fields(kind)})
            if unknown:
                raise _NotThat(f"{_below(at, unknown[0][:60])} is not known")
        made = {}
        for field, one, required in _fields(kind):
            name = _below(at, field)
            if field in value:
                made[field] = self.value(one, value[field], name)
            elif required:
                raise _NotThat(f"{name} is missing")
        try:
            return kind(**made)
        except InputError as error:
            raise _NotThat(f"{at}: {error}" if at else str(error)) from None


def _below(at: str, name: str) -> str:
    """Return where a value of a JSON object stands."""
    return f"{at}.{name}" if at else name


def _listed(words: tuple[str, ...], value: Any, at: str) -> str:
    """Return a text that is one of those that a `Literal` lists."""
    word: str = _check(value, str, at)
    if word not in words:
        raise _NotThat(f'{at} is "{word[:60]}", none of {", ".join(words)}')
    return word


def _array(value: Any, at: str) -> Any:
    """Return nested lists of numbers as a frozen array."""
    _check(value, list, at)
    try:
        array = np.array(value)
        if array.dtype.kind not in "iuf" or not (np.abs(array) <= _MOST).all():
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise _NotThat(f"{at} contains something that is not a number") from None
    return frozen(array.astype(float))


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Return name and type of the fields of a dataclass, and whether it needs them."""
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    )


def _plain(kind: Any, value: Any, at: str) -> Any:
    """Return a text, a number or a Boolean, which must be of its type."""
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(value, at)
        if not abs(value) <= _MOST:
            raise _NotThat(f"{at} is not a finite number")
        return float(value)
    _check(value, kind, at)
    if kind is int and abs(value) > _LARGEST:
        raise _NotThat(f"{at} is too large a number")
    return value


def _check(value: Any, kind: Any, at: str) -> Any:
    """Return the value if it is of a plain type."""
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise _wrong(value, at)


def _wrong(value: Any, at: str) -> _NotThat:
    """Return the fault of a value of another type."""
    shown = (
        f'"{value[:60]}"'
        if isinstance(value, str)
        else f"of type {_IN_JSON.get(type(value), type(value).__name__)}"
    )
    return _NotThat(f"{at or 'the document'} is {shown}")
