"""Codes of participants that are spelled in two ways."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from morphkit._core.finding import Finding
from morphkit._core.text import counted


def plain_code(code: str) -> str:
    """Return a code without what spreadsheets and hands change in it.

    Examples
    --------
    >>> {plain_code(code) for code in ("P01", "p1", " P 001 ", "p1.0")}
    {'p1'}
    """
    text = unicodedata.normalize("NFKC", code).casefold()
    text = re.sub(r"\s", "", text).replace("_", "-")
    text = re.sub(r"(?<=\d)[.,]0+$", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


#: A code that ends with the number of a session: P001_s2.
_OF_A_SESSION = re.compile(r"(.*\d)_(s[1-9])")


def parted_code(code: str) -> tuple[str, str]:
    """Return the code of a participant and, where it names one, the session.

    Front ends show the same list in all sessions of a participant.

    Examples
    --------
    >>> parted_code("P001_s2"), parted_code("P001"), parted_code("lab_s2")
    (('P001', 's2'), ('P001', ''), ('lab_s2', ''))
    """
    found = _OF_A_SESSION.fullmatch(code)
    return (found[1], found[2]) if found else (code, "")


def similar_codes(codes: Iterable[str]) -> Mapping[str, str]:
    """Return codes that may be one participant, each with its commonest spelling."""
    counts = Counter(codes)
    groups: dict[str, list[str]] = defaultdict(list)
    for code in counts:
        groups[plain_code(code)].append(code)
    return {
        code: max(group, key=lambda one: counts[one])
        for group in groups.values()
        if len(group) > 1
        for code in group
    }


def told_similar(similar: Mapping[str, str], *, united: bool) -> list[Finding]:
    """Return the finding on codes that are spelled in two ways."""
    if not similar:
        return []
    groups: dict[str, list[str]] = defaultdict(list)
    for code, common in similar.items():
        groups[common].append(code)
    some = "; ".join(" and ".join(map(repr, g)) for g in list(groups.values())[:5])
    many = counted(len(groups), "participant")
    about = (
        f"{len(similar)} codes are counted as {many}: {some}"
        if united
        else f"{len(similar)} codes look like {many}, and are counted as they are: "
        f"{some}; if they are the same people, add --unite"
    )
    return [
        Finding(
            "united-participants" if united else "similar-participants",
            "note" if united else "warning",
            about,
            value=len(similar),
        )
    ]


def told_shortened(codes: Iterable[str]) -> list[Finding]:
    """Return the finding on codes that a spreadsheet has shortened."""
    short = sorted({c for c in codes if re.fullmatch(r"\d([.,]\d+)?E\+\d+", c)})
    if not short:
        return []
    return [
        Finding(
            "shortened-participants",
            "warning",
            f"a spreadsheet has shortened codes of participants ({short[0]}): several "
            "people may have one; export them again as text",
            value=len(short),
        )
    ]


def told_like_nothing(codes: Iterable[str]) -> list[Finding]:
    """Return the finding on codes that are words for nothing; there may be none."""
    words = sorted({*codes})
    if not words:
        return []
    return [
        Finding(
            "participant-like-nothing",
            "warning",
            f'"{words[0]}" is taken for the code of a participant; programs write it '
            "where there is nothing, too: if these rows have no participant, leave "
            "them out",
            value=len(words),
        )
    ]
