"""How people come to a study in a browser, and how they leave it.

A small TOML file, which belongs to one recruitment and not to a design: the text of the
page on which people consent, the window that the pictures need, how large they are on
the screen, which parameters of the address are kept, and what is shown at the end.
"""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from morphkit._core.documents import read_toml
from morphkit._core.files import read_text
from morphkit._core.paths import inside
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.export.questionnaire import Questionnaire, read_questionnaire
from morphkit.export.screen_size import ScreenSize, read_screen_size

#: Parameters of the address that are kept anyway: name -> column. The last is the code
#: of a person in SONA; the first is the participant where no code is given.
KNOWN = {
    "PROLIFIC_PID": "prolific_pid",
    "STUDY_ID": "prolific_study_id",
    "SESSION_ID": "prolific_session_id",
    "SONA_ID": "sona_id",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Participation:
    """What an export does before and after its trials.

    Parameters
    ----------
    consent : str, optional
        Text of the page on which people consent; without consent nothing starts. Empty
        for no such page.
    least_window : (int, int), optional
        Width and height that a window needs before the study starts, CSS pixels.
    parameters : tuple of str, optional
        Parameters of the address that are kept in columns ``param_…``.
    completion_code : str, optional
        Code that people read at the end, once their answers are saved.
    completion_url : str, optional
        Address of the button at the end; names of parameters in braces are filled in.
    screen : ScreenSize, optional
        How large the pictures are, which is measured then.
    phones : bool, optional
        Whether it may be done on phones and tablets, which have no mouse.
    attention : tuple of int, optional
        Trials after which people are told which answer to choose.
    before, after : tuple of Questionnaire, optional
        Questionnaires before and after the trials.
    """

    consent: str = ""
    least_window: tuple[int, int] = (0, 0)
    parameters: tuple[str, ...] = ()
    completion_code: str = ""
    completion_url: str = ""
    screen: ScreenSize | None = None
    phones: bool = True
    attention: tuple[int, ...] = ()
    before: tuple[Questionnaire, ...] = ()
    after: tuple[Questionnaire, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            **vars(self),
            "screen": None if self.screen is None else self.screen.to_dict(),
            "before": [one.name for one in self.before],
            "after": [one.name for one in self.after],
        }

    def texts(self, language: str) -> dict[str, str]:
        """Return what people read, by where it stands."""
        found = {"consent": self.consent, "completion_code": self.completion_code}
        for one in (*self.before, *self.after):
            found |= one.texts(language)
        return found

    def pages(self, language: str) -> dict[str, Any]:
        """Return the questionnaires in one language, as a JSON object."""
        return {
            "before": [one.page(language) for one in self.before],
            "after": [one.page(language) for one in self.after],
        }


#: No page of consent, any window, no code and no address at the end.
ANYBODY = Participation()


def read_participation(path: str | Path) -> Participation:
    """Return what a file says of the participation in a study.

    Parameters
    ----------
    path : str or Path
        TOML file; ``consent`` is a text, or the name of a text file beside it;
        ``before`` and ``after`` are names of questionnaires beside it.

    Raises
    ------
    InputError
        If the file cannot be read, or a value cannot be right; with all of them.
    """
    path, where = Path(path), str(path)
    data = read_toml(path)
    known = [field.name for field in fields(Participation)]
    errors = [
        InputError(
            f'there is no key "{name}"',
            where=where,
            allowed=", ".join(known),
            remedy=did_you_mean(name, known),
        )
        for name in data
        if name not in known
    ]
    consent, code, url = (
        _text(data, name, where, errors)
        for name in ("consent", "completion_code", "completion_url")
    )
    if consent.endswith((".txt", ".md")) and "\n" not in consent:
        consent = read_text(inside(path.parent, consent))
    parameters = _names(data.get("parameters", []), where, errors)
    window = _window(data.get("least_window", [0, 0]), where, errors)
    errors += _address(url, parameters, where)
    screen = read_screen_size(data.get("screen"), where, errors)
    phones = data.get("phones", True)
    if not isinstance(phones, bool):
        errors.append(
            InputError(f"{phones!r}", where=f"{where}: phones", allowed="true, false")
        )
    attention = _places(data.get("attention", []), where, errors)
    before, after = (_pages(data, key, path, errors) for key in ("before", "after"))
    names = [one.name for one in (*before, *after)]
    if len(set(names)) < len(names):
        errors.append(InputError("two questionnaires have one name", where=where))
    raise_all(errors)
    return Participation(
        consent=consent.strip(),
        least_window=window,
        parameters=parameters,
        completion_code=code,
        completion_url=url,
        screen=screen,
        phones=phones,
        attention=attention,
        before=before,
        after=after,
    )


def _places(value: object, where: str, errors: list[InputError]) -> tuple[int, ...]:
    """Return the trials after which attention is checked."""
    if isinstance(value, list) and all(type(n) is int and n >= 1 for n in value):
        return tuple(sorted(set(value)))
    errors.append(
        InputError(
            f"{value!r} are no places",
            where=f"{where}: attention",
            allowed="numbers of trials, such as [12, 30]",
        )
    )
    return ()


def _pages(
    data: dict[str, Any], key: str, path: Path, errors: list[InputError]
) -> tuple[Questionnaire, ...]:
    """Return the questionnaires in the files that a key names."""
    files = data.get(key, [])
    if not isinstance(files, list) or not all(isinstance(f, str) for f in files):
        errors.append(
            InputError(
                f"{files!r} are no files",
                where=f"{path}: {key}",
                allowed='names of questionnaires, such as ["mood.toml"]',
            )
        )
        return ()
    found = []
    for file in files:
        try:
            found.append(read_questionnaire(inside(path.parent, file)))
        except InputError as error:
            errors.append(error)
    return tuple(found)


def _text(data: dict[str, Any], name: str, where: str, errors: list[InputError]) -> str:
    """Return a text of the file; what is none is added to the errors."""
    value = data.get(name, "")
    if isinstance(value, str):
        return value
    errors.append(InputError(f"{value!r} is no text", where=f"{where}: {name}"))
    return ""


def _names(value: object, where: str, errors: list[InputError]) -> tuple[str, ...]:
    """Return the names of parameters."""
    names = tuple(map(str, value)) if isinstance(value, list) else ("",)
    bad = [name for name in names if not _NAME.fullmatch(name) or name in KNOWN]
    if bad:
        errors.append(
            InputError(
                f"{bad[0]!r} is no name of a parameter",
                where=f"{where}: parameters",
                allowed="a list of names of letters, digits and _; "
                f"{', '.join(KNOWN)} are kept anyway",
            )
        )
    return names


def _window(value: object, where: str, errors: list[InputError]) -> tuple[int, int]:
    """Return the least width and height of a window."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(type(n) is int and 0 <= n <= 10_000 for n in value)
    ):
        return value[0], value[1]
    errors.append(
        InputError(
            f"{value!r} is no size of a window",
            where=f"{where}: least_window",
            allowed="width and height in pixels, such as [1000, 700]",
        )
    )
    return 0, 0


def _address(url: str, parameters: tuple[str, ...], where: str) -> list[InputError]:
    """Return what is wrong with the address at the end."""
    if not url:
        return []
    place = f"{where}: completion_url"
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return [InputError(f'"{url}"', where=place, allowed="an address with https://")]
    allowed = [*KNOWN, "participant", *parameters]
    return [
        InputError(
            f"there is no parameter {{{name}}}",
            where=place,
            allowed=", ".join(allowed),
            remedy="add it to parameters",
        )
        for name in _PLACE.findall(url)
        if name not in allowed
    ]
