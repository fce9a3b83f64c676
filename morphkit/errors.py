"""Errors, worded so that the reader can put things right.

Every message has the same form: ``where: what is wrong, what was found; what is
allowed; what to do``. Commands turn an `InputError` into exit code 3; no mistake of a
user shows a traceback.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: The name to install morphkit by. The import and the command are ``morphkit``; on the
#: Python Package Index that name belongs to another project.
DISTRIBUTION = "morphkit-faces"


class MorphkitError(Exception):
    """Base class of all errors that morphkit raises deliberately."""


class InputError(MorphkitError, ValueError):
    """A file, value or option that cannot be used.

    Parameters
    ----------
    problem : str
        What is wrong and what was found.
    where : str, optional
        File, file:line, recipe key or option at fault.
    allowed : str, optional
        What would be accepted.
    remedy : str, optional
        What to do about it.

    Examples
    --------
    >>> str(InputError("expected 2 numbers, found 3", where="anna.tem:14",
    ...                allowed='a .tem point line is "x y"'))
    'anna.tem:14: expected 2 numbers, found 3; a .tem point line is "x y"'
    """

    def __init__(
        self, problem: str, *, where: str = "", allowed: str = "", remedy: str = ""
    ) -> None:
        self.problem = problem
        self.where = where
        self.allowed = allowed
        self.remedy = remedy
        message = "; ".join(part for part in (problem, allowed, remedy) if part)
        super().__init__(f"{where}: {message}" if where else message)

    def at(self, where: str) -> "InputError":
        """Return the same error, located at `where` unless it has a location."""
        if self.where:
            return self
        return InputError(
            self.problem, where=where, allowed=self.allowed, remedy=self.remedy
        )


#: Errors of one kind that are told one by one; of more, the first stands for all.
_TOLD_ONE_BY_ONE = 5
#: Places of the others that are named.
_NAMED = 5
#: What differs between errors of one kind: quoted names, hashes and numbers.
_PARTICULAR = re.compile(r'"[^"]*"|\b[0-9a-f]{8,}|\d+(?:[.,]\d+)*')


def folded(errors: Sequence[InputError]) -> list[str]:
    r"""Return the messages of errors; one kind over many files becomes one message.

    Errors are of one kind if they say the same but for their places, and names and
    numbers in them. Of more than five the first is told, then how many more there are,
    and where.

    Examples
    --------
    >>> errors = [InputError("empty", where=f"faces/{k}.png") for k in "abcdefgh"]
    >>> print("\n".join(folded(errors)))
    faces/a.png: empty
    (and 7 more of this kind: b.png, c.png, d.png, e.png, f.png, …)
    """
    kinds: dict[str, list[InputError]] = {}
    for error in errors:
        kinds.setdefault(_kind(error), []).append(error)
    texts: list[str] = []
    for error in errors:
        alike = kinds[_kind(error)]
        places = dict.fromkeys(_place(one) for one in alike)
        if len(alike) <= _TOLD_ONE_BY_ONE or len(places) < len(alike):
            texts.append(str(error))
        elif error is alike[0]:
            names = [*places][1 : _NAMED + 1]
            more = ", …" if len(places) > _NAMED + 1 else ""
            said = f"{', '.join(names)}{more}"
            texts += [str(error), f"(and {len(alike) - 1} more of this kind: {said})"]
    return texts


def _place(error: InputError) -> str:
    """Return the file of an error, without folder and line."""
    return re.sub(r":\d+$", "", re.split(r"[\\/]", error.where)[-1])


def _kind(error: InputError) -> str:
    """Return what an error says, without its place, and names and numbers in it."""
    text = "; ".join((error.problem, error.allowed, error.remedy))
    name = _place(error)
    for part in (error.where, name, name.rpartition(".")[0]):
        text = text.replace(part, "") if len(part) > 1 else text
    return _PARTICULAR.sub("", text)


class SeveralInputsError(InputError):
    """Several inputs that cannot be used, reported together.

    Parameters
    ----------
    errors : iterable of InputError
        At least one; kept in order as the attribute `errors`. In the message, many of
        one kind are one (`folded`).
    """

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(folded(self.errors)))

    def at(self, where: str) -> "SeveralInputsError":
        """Return the same errors, each located at `where` unless it has a location."""
        return SeveralInputsError(error.at(where) for error in self.errors)

    def __reduce__(self) -> tuple[type, tuple[tuple[InputError, ...]]]:
        # By default only the message survives pickling between processes.
        return type(self), (self.errors,)


class OutputError(MorphkitError, OSError):
    """A path that cannot be written: it exists, or disk or permissions forbid it."""


def install_command(*extras: str) -> str:
    """Return the command that installs morphkit with some of its extras.

    Where morphkit is installed already, however that was done, the same command adds
    only what an extra needs.

    Parameters
    ----------
    *extras : str
        Names of extras; none for morphkit alone.

    Examples
    --------
    >>> print(install_command("video"))
    pip install "morphkit-faces[video]"
    """
    what = f'"{DISTRIBUTION}[{",".join(extras)}]"' if extras else DISTRIBUTION
    return f"pip install {what}"


def install_others_command(versions: Mapping[str, str]) -> str:
    """Return the command that installs other distributions in the versions given.

    Examples
    --------
    >>> print(install_others_command({"morphkit-lab": "1.2.0"}))
    pip install "morphkit-lab==1.2.0"
    """
    return "pip install " + " ".join(f'"{n}=={v}"' for n, v in versions.items())


class MissingExtraError(MorphkitError, ImportError):
    """A library that an optional feature needs is not installed.

    Parameters
    ----------
    feature : str
        What was asked for.
    extra : str
        Name of the extra that installs the library.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.feature = feature
        self.extra = extra
        super().__init__(
            f'{feature} needs the extra "{extra}", which is not installed; '
            f"install it with: {install_command(extra)}"
        )

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.feature, self.extra)


class OtherVersionError(InputError):
    """A pack that another version has to judge: this one does not know its form.

    Parameters
    ----------
    problem, where, allowed
        As for `InputError`.
    maker : str
        What made the pack, by its whole name; kept as an attribute.
    """

    def __init__(
        self, problem: str, *, maker: str, where: str = "", allowed: str = ""
    ) -> None:
        self.maker = maker
        super().__init__(
            problem,
            where=where,
            allowed=allowed,
            remedy=f"install {maker} to reproduce it",
        )

    def at(self, where: str) -> "OtherVersionError":
        """Return the same error, placed at `where` if it has no place yet."""
        if self.where:
            return self
        return OtherVersionError(
            self.problem, maker=self.maker, where=where, allowed=self.allowed
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _other_version, (self.problem, self.maker, self.where, self.allowed)


def _other_version(
    problem: str, maker: str, where: str, allowed: str
) -> OtherVersionError:
    """Return the error again, where it was copied between processes."""
    return OtherVersionError(problem, maker=maker, where=where, allowed=allowed)


class PlugInError(MorphkitError):
    """What another distribution offers cannot be used: it is broken, or not alone."""


def raise_all(errors: Iterable[InputError]) -> None:
    """Raise the collected errors: a single one as itself, none not at all.

    Raises
    ------
    InputError
        If there is one error.
    SeveralInputsError
        If there are several; groups among them are flattened.
    """
    flat: list[InputError] = []
    for error in errors:
        flat += error.errors if isinstance(error, SeveralInputsError) else [error]
    flat = list({str(error): error for error in flat}.values())  # each is told once
    if len(flat) == 1:
        raise flat[0]
    if flat:
        raise SeveralInputsError(flat)
