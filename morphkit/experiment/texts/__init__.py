"""What participants read: welcome, instructions, questions, answers, feedback.

Every text has a key and may hold words in braces that a front end fills in. The texts
of a language stand in one TOML file; a study may bring its own, and a design what the
files of languages do not have.
"""

import itertools
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from morphkit._core.bounds import WORDING
from morphkit._core.documents import read_toml
from morphkit._core.files import write_text_atomically
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.design import Design, Trial
from morphkit.experiment.designs import DESIGNS

#: The language that defines the keys.
REFERENCE = "en"
#: Whether somebody whose language it is has read the texts; a file need not say.
READ = "read_by_native"
#: A word in braces, which a front end fills in.
_FIELD = re.compile(r"\{(\w+)\}")
#: A language tag, as in HTML.
_TAG = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"
#: Labels that every file has: answers that are not expressions.
ANSWER_LABELS = ("left_pair", "right_pair", "same", "different")


def languages() -> dict[str, str]:
    """Return the languages that ship with morphkit: tag -> name in that language."""
    folder = files("morphkit.experiment.texts")
    tags = sorted(
        file.name.removesuffix(".toml")
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    )
    return {tag: str(_shipped(tag)["name"]) for tag in tags}


def read_wording(
    language_or_file: str | Path, labels: Iterable[str] = ()
) -> dict[str, str]:
    """Return every text that a participant sees, by key.

    Parameters
    ----------
    language_or_file : str or Path
        Tag of a language that ships with morphkit (``"da"``), or a TOML file.
    labels : iterable of str, optional
        Labels of the pack that are answers; their texts are under ``label_…``.

    Returns
    -------
    dict of str to str
        Besides the texts, ``language`` holds the language tag, ``file`` where they
        are from, and ``read_by_native`` whether somebody whose language it is has read
        them (``"yes"``, ``"no"``, or empty where the file does not say). An English
        text that is missing for a label is the label itself, with spaces.

    Raises
    ------
    InputError
        If there is no such language or file. With every key that is missing or not
        known, and every text that has other words in braces than the English one.
    """
    tag = str(language_or_file)
    if tag in languages():
        data, where = _shipped(tag), f'wording "{tag}"'
    else:
        data, where = _from_file(Path(language_or_file)), tag
    brought = _brought(str(data.get("language", "")))
    texts = _checked(data, where=where)
    labels_brought = {
        key.removeprefix("label_"): text
        for key, text in brought.items()
        if key.startswith("label_")
    }
    named = labels_brought | data.get("labels", {})
    wanted = dict.fromkeys((*ANSWER_LABELS, *labels))
    if str(data["language"]).split("-")[0] == REFERENCE:
        named = {name: name.replace("_", " ") for name in wanted} | named
    raise_all(
        InputError(
            f'there is no text for the label "{name}"',
            where=f"{where}: labels.{name}",
            remedy="add it to a file of your own: "
            f"morphkit calibrate wording {tag} --output FILE",
        )
        for name in wanted
        if name not in named
    )
    return {
        "language": str(data["language"]),
        "file": where,
        READ: {"True": "yes", "False": "no"}.get(str(data.get(READ)), ""),
        **brought,
        **texts,
        **{f"label_{name}": str(text) for name, text in named.items()},
    }


def write_wording(path: str | Path, language: str) -> None:
    """Write the texts of a language to a file, to be translated or changed.

    Parameters
    ----------
    path : str or Path
        Target; TOML.
    language : str
        Tag of a language that ships with morphkit.

    Raises
    ------
    InputError
        If no such language ships with morphkit.
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.write_wording("texts_da.toml", "da")
    """
    write_text_atomically(path, wording_text(language))


def wording_text(language: str) -> str:
    """Return the TOML file of a language, for translation.

    Texts that designs bring are in it: those that they do not have in the language in
    English.

    Raises
    ------
    InputError
        If no such language ships with morphkit.
    """
    if language not in languages():
        raise _no_language(language)
    file = files("morphkit.experiment.texts") / f"{language}.toml"
    head, labels, rest = file.read_text("utf-8").partition("\n[labels]\n")
    brought = _brought(REFERENCE) | _brought(language)
    for key, text in brought.items():
        line = f"{{}} = {json.dumps(text, ensure_ascii=False)}\n"
        if key.startswith("label_"):
            rest += line.format(key.removeprefix("label_"))
        else:
            head += line.format(key)
    return head + labels + rest


def instructions(
    design: Design, wording: Mapping[str, str], *, feedback: bool = True
) -> str:
    """Return the instructions of a design, its two answers filled in.

    Parameters
    ----------
    design : Design
    wording : mapping of str to str
    feedback : bool, optional
        Whether participants get feedback, where the design says so. Where a
        front end cannot do that, it must not be announced.
    """
    trial = design.lists[0][-1]
    key = _instructions_key(design)
    if feedback and promises_feedback(design):
        key += "_feedback"  # some answers are correct
    names = [wording.get(f"label_{choice}", "") for choice in trial.choices]
    first, second = names if len(names) == 2 else ("", "")
    return fill(_text(wording, key), first=first, second=second)


def check_texts(design: Design, wording: Mapping[str, str]) -> None:
    """Raise an error for a text that a design needs and a language lacks.

    Raises
    ------
    InputError
        With the remedy: a file of one's own. Designs of plug-ins may bring texts in
        other languages alone.
    """
    instructions(design, wording)
    for trial in itertools.chain(*design.lists):
        question(design, trial, wording)


def fill(text: str, **words: str) -> str:
    """Return a text with its words in braces replaced; everything else stays.

    Examples
    --------
    >>> fill("{first} or {second}? {this}", first="{second}", second="b")
    '{second} or b? {this}'
    """
    return _FIELD.sub(lambda found: words.get(found[1], found[0]), text)


def promises_feedback(design: Design) -> bool:
    """Return whether practice gives feedback, so that the instructions announce it."""
    has_feedback = f"{_instructions_key(design)}_feedback" in _model()
    return has_feedback and any(trial.correct for trial in design.lists[0])


def question(design: Design, trial: Trial, wording: Mapping[str, str]) -> str:
    """Return the question of a trial."""
    return _text(wording, f"question_{trial.question or _form(design.kind, trial)}")


def answer_texts(trial: Trial, wording: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of the answers in the order of the screen, from the left.

    The answers to a triad or quadruple are places on the screen, so the left one is
    always called the left pair, whichever pair of the trial it stands for.
    """
    if set(trial.choices) == {FIRST_PAIR, SECOND_PAIR}:
        return wording["label_left_pair"], wording["label_right_pair"]
    return tuple(wording[f"label_{choice}"] for choice in trial.shown_choices)


def anchors(trial: Trial, wording: Mapping[str, str]) -> tuple[str, str]:
    """Return the texts of the two ends of the rating scale of a trial."""
    scale = f"scale_{trial.question}"
    return wording[f"{scale}_low"], wording[f"{scale}_high"]


def _form(kind: str, trial: Trial) -> str:
    """Return the kind of a design, with the form of its trials if it has several."""
    entry = DESIGNS.get(kind)
    form = entry.form(trial) if entry else ""
    return f"{kind}_{form}" if form else kind


def _instructions_key(design: Design) -> str:
    """Return the key of the instructions of a design."""
    return f"instructions_{_form(design.kind, design.lists[0][-1])}"


def _text(wording: Mapping[str, str], key: str) -> str:
    """Return a text that a language may lack: what a design brings in another alone."""
    if key in wording:
        return wording[key]
    tag = wording.get("language", "")
    raise InputError(
        f'there is no text "{key}"',
        where=f'wording "{tag}"',
        remedy="add it to a file of your own: "
        f"morphkit calibrate wording {tag} --output FILE",
    )


def _brought(tag: str) -> dict[str, str]:
    """Return the texts that designs bring in a language, by key."""
    found: dict[str, str] = {}
    for kind in DESIGNS.values():
        found |= kind.texts.get(tag) or kind.texts.get(tag.split("-")[0], {})
    return found


def _model() -> dict[str, str]:
    """Return every text in the language that defines the keys."""
    return {**_brought(REFERENCE), **_shipped(REFERENCE)["texts"]}


@cache
def _shipped(tag: str) -> dict[str, Any]:
    """Return the content of a file that ships with morphkit."""
    return tomllib.loads(
        (files("morphkit.experiment.texts") / f"{tag}.toml").read_text("utf-8")
    )


def _no_language(tag: str) -> InputError:
    """Return the error for a language that does not ship."""
    known = languages()
    return InputError(
        f'no language is called "{tag}"',
        allowed=f"known: {', '.join(known)}, or a .toml file",
        remedy=did_you_mean(tag, known),
    )


def _from_file(path: Path) -> dict[str, Any]:
    """Return the content of a user's file."""
    if path.suffix.lower() != ".toml":
        raise _no_language(str(path))
    return read_toml(
        path, remedy='put every text in quotes; write a quote inside it as \\"'
    )


def _checked(data: Mapping[str, Any], *, where: str) -> dict[str, str]:
    """Return the texts of a file; raise every fault together."""
    model = _shipped(REFERENCE)
    data = _with_current_keys(data)
    faults = _keys(data, {**model, READ: False}, where=where)
    if not isinstance(data.get(READ, False), bool):
        faults.append(
            InputError(
                f"is {str(data[READ])[:60]!r}",
                where=f"{where}: {READ}",
                allowed="true or false",
            )
        )
    faults += [
        InputError("missing", where=f"{where}: {key}", remedy="add this key")
        for key in ("language", "texts", "labels")
        if key not in data
    ]
    for part in ("texts", "labels"):
        table = data.get(part, {})
        if not isinstance(table, dict):
            faults.append(InputError("should be a table", where=f"{where}: {part}"))
            continue
        for key, text in table.items():
            faults += _odd_text(text, f"{where}: {key[:60]}")
    if not re.fullmatch(_TAG, str(data.get("language", REFERENCE))):
        faults.append(
            InputError(
                f"language is {str(data['language'])[:60]!r}",
                where=where,
                allowed="a language tag such as da or pt-BR",
            )
        )
    texts = data.get("texts", {})
    known = _model()
    if isinstance(texts, dict):
        faults += _keys(texts, known, where=f"{where}: texts")
        faults += [
            InputError("missing", where=f"{where}: texts.{key}", remedy="add this key")
            for key in model["texts"]
            if key not in texts
        ]
        for key in set(texts) & set(known):
            faults += _braces(str(texts[key]), known[key], f"{where}: {key}")
    raise_all(sorted(faults, key=str))
    return {key: str(texts[key]) for key in known if key in texts}


def _with_current_keys(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the content of a file with the names that designs have now in its keys."""
    texts = data.get("texts")
    if not isinstance(texts, dict):
        return data
    current = {
        part + former: part + name
        for name, kind in DESIGNS.items()
        for former in kind.former_names
        for part in ("instructions_", "question_")
    }
    renamed: dict[str, Any] = {}
    for key, text in texts.items():
        old = next((o for o in current if key in (o, f"{o}_feedback")), None)
        renamed[key if old is None else key.replace(old, current[old], 1)] = text
    return {**data, "texts": renamed}


def _keys(
    table: Mapping[str, Any], model: Mapping[str, Any], *, where: str
) -> list[InputError]:
    """Return an error for every key that is not known."""
    return [
        InputError(f'unknown key "{key}"', where=where, remedy=did_you_mean(key, model))
        for key in table
        if key not in model
    ]


def _odd_text(text: Any, where: str) -> list[InputError]:
    """Return an error for a text that participants cannot read."""
    if not (isinstance(text, str) and text.strip()):
        return [InputError("should be a non-empty string", where=where)]
    if len(text) > WORDING:
        return [
            InputError(
                f"has {len(text):,} characters",
                where=where,
                allowed=f"at most {WORDING:,}",
            )
        ]
    if found := re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
        return [
            InputError(
                f"contains the control character {found[0]!r}",
                where=where,
                allowed="text, tabs and line breaks",
            )
        ]
    return []


def _braces(text: str, model: str, where: str) -> list[InputError]:
    """Return an error if a text has other words in braces than its model."""
    wanted = _fields(model) or set()
    found = _fields(text)
    if found == wanted:
        return []
    shown = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
    return [InputError(f"words in braces: {text!r}", where=where, allowed=shown)]


def _fields(text: str) -> set[str] | None:
    """Return the words in braces; None if there are other braces."""
    rest = _FIELD.sub("", text)
    return None if "{" in rest or "}" in rest else set(_FIELD.findall(text))
