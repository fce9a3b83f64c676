"""Numbers with what is counted, and that nothing is said of "1 things"."""

import ast
import re
from pathlib import Path

import pytest

import morphkit
from morphkit._core.text import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (1, ("note",), "1 note"),
        (0, ("note",), "0 notes"),
        (2, ("note",), "2 notes"),
        (1, ("continuum", "continua"), "1 continuum"),
        (12, ("continuum", "continua"), "12 continua"),
        (21, ("image",), "21 images"),
    ],
)
def test_a_number_goes_with_its_word(number, words, said):
    assert counted(number, *words) == said


#: What commands and pages count; each may be one.
COUNTED = (
    "answers|continua|faces|files|findings|identities|images|lists(?! every)|notes|"
    "participants|raters|showings|trials"
)


def said_by(tree: ast.AST) -> list[str]:
    """Return every text with values in it; a value is shown as {}."""
    return [
        "".join(
            part.value if isinstance(part, ast.Constant) else "{}"
            for part in node.values
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    ]


@pytest.mark.parametrize("folder", ["cli", "report", "export", "packs"])
def test_plurals_are_never_written_by_hand(folder):
    root = Path(morphkit.__file__).parent / folder
    wrong = []
    for path in sorted(root.rglob("*.py")):
        for text in said_by(ast.parse(path.read_text("utf-8"))):
            wrong += re.findall(rf"\{{\}} (?:{COUNTED})\b", text)
    assert not wrong
