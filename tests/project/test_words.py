"""Numbers with what is counted, and that nothing is said of "1 things"."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import DOCS, PACKAGE

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


@pytest.mark.parametrize("folder", ["cli", "report", "export", "pack"])
def test_plurals_are_never_written_by_hand(folder):
    root = PACKAGE / folder
    wrong = []
    for path in sorted(root.rglob("*.py")):
        for text in said_by(ast.parse(path.read_text("utf-8"))):
            wrong += re.findall(rf"\{{\}} (?:{COUNTED})\b", text)
    assert not wrong


#: Words that docs/glossary.md replaces by others, and files that may use them.
NOT_USED = {
    r"key-?points?|feature points?": (),
    r"untangl\w*": (),
    r"cross-?fad\w*": (),
    r"raters?": (
        "psychophysics/agreement.py",
        "psychophysics/ratings.py",
        "experiment/analysis/norms.py",
        "experiment/analysis/documents.py",
        "report/answer_methods.py",
        "report/answers.py",
        "pack/rows.py",
        "pack/schema.py",
    ),
}


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every name, text and comment of a module, with its line.

    Words of identifiers are apart: ``n_raters`` holds "raters".
    """
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type in (tokenize.NAME, tokenize.STRING, tokenize.COMMENT):
                yield (
                    token.start[0],
                    re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", token.string),
                )


#: Lines with words of other programs, of former versions or of tables of ratings.
RATERS_BY_CONTRACT = re.compile(
    r"\"raters\"|--raters|raters\\b|fewer-raters|rater_group|rater-group|rater_spread|"
    r"rater group|\"rater\"|(?:over|between|how far|agreement of|and) raters|n_raters|"
    r"Called raters|called them"
)


def test_maps_lead_from_start_to_end_not_from_src_to_dst():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {getattr(node, key, None) for key in ("id", "arg", "attr", "name")}
            assert not names & {"src", "dst"}, path


@pytest.mark.parametrize("word", NOT_USED)
def test_words_of_the_glossary_alone_are_used(word):
    wrong = []
    # Single words take longer to find than the text as a whole.
    anywhere = re.compile("(?i)" + word.replace(" ", "[ _]?"))
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        source = path.read_text("utf-8")
        if name in NOT_USED[word] or not anywhere.search(source):
            continue
        lines = source.split("\n")
        for number, text in words_of(path):
            for found in re.finditer(rf"(?i)\b(?:{word})\b", text):
                line = lines[number - 1 + text[: found.start()].count("\n")]
                if not ("rater" in word and RATERS_BY_CONTRACT.search(line)):
                    wrong.append(f"{name}:{number}: {found.group()} in {line.strip()}")
    assert not wrong


def test_the_glossary_lists_the_words_that_are_not_used():
    text = (DOCS / "glossary.md").read_text("utf-8")
    listed = text.partition("## Words that are not used")[2].lower()
    for word in ("keypoint", "annotate", "src, dst", "rater", "untangle", "subject"):
        assert word in listed
