"""Questionnaires before and after the trials of a study in a browser.

A questionnaire is a small TOML file; its texts may be in several languages. Every item
is a row of the data, and a column of the answers that are read back.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from morphkit._core.documents import read_toml
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all

#: A text of a file: in every language, or by language tag.
Text = str | Mapping[str, str]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
#: Texts that an item has beside its answers.
_ITEM_TEXTS = ("text", "low", "high")
_FILE_KEYS = ("name", "title", "text", "items")
#: Keys of an item of each kind, beside `_COMMON`; the first ones must be there.
_COMMON = ("name", "kind", "text", "required")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "choice": ("answers",),
    "likert": ("answers", "rows"),
    "number": ("least", "most"),
    "text": (),
    "slider": ("least", "most", "low", "high"),
}


@dataclass(frozen=True)
class Item:
    """One item of a questionnaire.

    Parameters
    ----------
    name : str
        Its name in the data.
    kind : str
        ``"choice"``, ``"likert"`` (rows with the same answers), ``"number"``,
        ``"text"`` or ``"slider"``.
    text : str or mapping
        What is asked.
    required : bool
        Whether nobody goes on without an answer.
    answers : tuple of (str, str or mapping)
        Value in the data and text of each answer; the value is its place, from 1,
        where the file has none.
    rows : tuple of (str, str or mapping)
        Name and text of each row.
    least, most : float
        Of a number or a slider.
    low, high : str or mapping
        What stands at the ends of a slider.
    """

    name: str
    kind: str
    text: Text
    required: bool = True
    answers: tuple[tuple[str, Text], ...] = ()
    rows: tuple[tuple[str, Text], ...] = ()
    least: float = 0
    most: float = 100
    low: Text = ""
    high: Text = ""


@dataclass(frozen=True)
class Questionnaire:
    """A page of items.

    Parameters
    ----------
    name : str
        Its name in the data.
    title, text : str or mapping
        What stands above the items.
    items : tuple of Item
    where : str
        Its file, for messages.
    """

    name: str
    title: Text
    text: Text
    items: tuple[Item, ...]
    where: str = ""

    def page(self, language: str) -> dict[str, Any]:
        """Return it in one language, as a JSON object.

        Raises
        ------
        InputError
            If a text is not there in this language.
        """

        def said(text: Text) -> str:
            if isinstance(text, str):
                return text
            found = text.get(language, text.get(language.split("-")[0]))
            if found is None:
                raise InputError(
                    f'"{next(iter(text.values()))}" has no text in the language '
                    f'"{language}"',
                    where=self.where,
                    allowed=", ".join(text),
                    remedy="add it to the questionnaire",
                )
            return found

        return {
            "name": self.name,
            "title": said(self.title),
            "text": said(self.text),
            "items": [
                {
                    **asdict(item),
                    **{key: said(getattr(item, key)) for key in _ITEM_TEXTS},
                    "answers": [[value, said(text)] for value, text in item.answers],
                    "rows": [[name, said(text)] for name, text in item.rows],
                }
                for item in self.items
            ],
        }

    def texts(self, language: str) -> dict[str, str]:
        """Return its texts and values in one language, by where they stand."""
        page = self.page(language)
        found = {key: page[key] for key in ("title", "text")}
        for item in page["items"]:
            found |= {f"{item['name']}: {key}": item[key] for key in _ITEM_TEXTS}
            for value, text in (*item["answers"], *item["rows"]):
                found[f"{item['name']}: value {value}"] = value
                found[f"{item['name']}: answer {value}"] = text
        return {f"{self.where}: {key}": text for key, text in found.items()}


def read_questionnaire(path: Path) -> Questionnaire:
    """Return the questionnaire in a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read, or something in it cannot be right; with all of it.
    """
    where = str(path)
    data = read_toml(path)
    reader = _Reader(where)
    reader.keys(data, _FILE_KEYS, "")
    name = reader.name(data.get("name", path.stem), "name")
    title, text = (reader.text(data.get(key, ""), key) for key in ("title", "text"))
    given = data.get("items")
    if not isinstance(given, list) or not given:
        reader.wrong(
            "there are no items", "items", "[[items]], each with name and kind"
        )
        given = []
    items = [reader.item(one, f"items {k}") for k, one in enumerate(given, start=1)]
    names = [item.name for item in items]
    for repeated in sorted({n for n in names if n and names.count(n) > 1}):
        reader.wrong(f'two items are called "{repeated}"', "items", "each its own name")
    raise_all(reader.errors)
    return Questionnaire(name, title, text, tuple(items), where)


class _Reader:
    """Reads parts of a file, and collects what is wrong with them."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.errors: list[InputError] = []

    def wrong(self, said: str, place: str, allowed: str, remedy: str = "") -> None:
        """Add an error."""
        where = f"{self.where}: {place}" if place else self.where
        self.errors.append(
            InputError(said, where=where, allowed=allowed, remedy=remedy)
        )

    def keys(
        self, table: Mapping[str, Any], known: tuple[str, ...], place: str
    ) -> None:
        """Refuse keys that are not known."""
        for key in table:
            if key not in known:
                allowed, remedy = ", ".join(known), did_you_mean(key, known)
                self.wrong(f'there is no key "{key}"', place, allowed, remedy)

    def name(self, value: object, place: str) -> str:
        """Return a name in the data."""
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self.wrong(f"{value!r} is no name", place, "small letters, digits and _")
        return ""

    def text(self, value: object, place: str) -> Text:
        """Return a text, in one or several languages."""
        if isinstance(value, str):
            return value
        texts = value if isinstance(value, dict) else {}
        if texts and all(isinstance(one, str) for one in texts.values()):
            return texts
        self.wrong(f"{value!r} is no text", place, 'a text, or {en = "…", da = "…"}')
        return ""

    def item(self, table: object, place: str) -> Item:
        """Return an item."""
        nothing = Item("", "text", "")
        if not isinstance(table, dict):
            self.wrong(f"{table!r} is no table", place, "[[items]]")
            return nothing
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            self.wrong(f"{kind!r} is no kind of item", place, ", ".join(_KINDS))
            return nothing
        own = _KINDS[kind]
        self.keys(table, (*_COMMON, *own), place)
        required = table.get("required", True)
        if not isinstance(required, bool):
            self.wrong(f"{required!r}", f"{place}: required", "true, false")
        least, most = self._limits(table, kind, place)
        return Item(
            name=self.name(table.get("name"), f"{place}: name"),
            kind=kind,
            text=self.text(table.get("text"), f"{place}: text"),
            required=required is True,
            answers=self._answers(table, place) if "answers" in own else (),
            rows=self._rows(table, place) if "rows" in own else (),
            least=least,
            most=most,
            low=self.text(table.get("low", ""), f"{place}: low"),
            high=self.text(table.get("high", ""), f"{place}: high"),
        )

    def _limits(
        self, table: Mapping[str, Any], kind: str, place: str
    ) -> tuple[float, float]:
        """Return least and most of a number or slider."""
        limits = table.get("least", 0), table.get("most", 100)
        numbers = all(type(n) in (int, float) and abs(n) < 1e9 for n in limits)
        if kind not in ("number", "slider") or (numbers and limits[0] < limits[1]):
            return limits
        self.wrong(
            f"from {limits[0]!r} to {limits[1]!r}", place, "least, and a larger most"
        )
        return 0, 100

    def _answers(
        self, table: Mapping[str, Any], place: str
    ) -> tuple[tuple[str, Text], ...]:
        """Return value and text of each answer."""
        found: list[tuple[str, Text]] = []
        given = table.get("answers")
        if not isinstance(given, list) or len(given) < 2:
            self.wrong("too few answers", f"{place}: answers", "a list of two or more")
            return ()
        for number, one in enumerate(given, start=1):
            here = f"{place}: answers {number}"
            if isinstance(one, dict) and set(one) == {"value", "text"}:
                value = one["value"]
                if type(value) not in (str, int, float):
                    self.wrong(f"{value!r} is no value", here, "a text or a number")
                found.append((str(value), self.text(one["text"], here)))
            else:
                found.append((str(number), self.text(one, here)))
        if len({value for value, _ in found}) < len(found):
            self.wrong("a value comes twice", f"{place}: answers", "each its own value")
        return tuple(found)

    def _rows(
        self, table: Mapping[str, Any], place: str
    ) -> tuple[tuple[str, Text], ...]:
        """Return name and text of each row."""
        given = table.get("rows")
        if not isinstance(given, list) or not given:
            self.wrong("there are no rows", f"{place}: rows", "{name = …, text = …}")
            return ()
        found = []
        for number, one in enumerate(given, start=1):
            here = f"{place}: rows {number}"
            row = one if isinstance(one, dict) else {}
            self.keys(row, ("name", "text"), here)
            found.append(
                (self.name(row.get("name"), here), self.text(row.get("text"), here))
            )
        if len({name for name, _ in found}) < len(found):
            self.wrong("a name comes twice", f"{place}: rows", "each its own name")
        return tuple(found)
