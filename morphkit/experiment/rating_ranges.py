"""Ratings that are none: codes of missing values, and numbers beyond the scale."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from morphkit._core.finding import Finding
from morphkit._core.text import composed, counted
from morphkit.errors import InputError
from morphkit.experiment.readers.cells import decimal, number_text
from morphkit.experiment.readers.table_row import TableRow, named

#: Least and greatest rating, of every scale or by the name of the scale.
Ranges = tuple[float, float] | Mapping[str, tuple[float, float]]
#: Fewest ratings on a scale of which some can be called far from the others.
_FEWEST = 8
#: Largest share of ratings that can be.
_SHARE = 0.2


def without_missing(
    rows: Sequence[TableRow], codes: Iterable[object]
) -> tuple[list[TableRow], int]:
    """Return the rows whose response is none of the codes, and how many others."""
    texts = {composed(str(code)).strip().casefold() for code in codes}
    numbers = {value for text in texts if (value := decimal(text)) is not None}

    def missing(response: str) -> bool:
        text = response.strip().casefold()
        return text in texts or (bool(numbers) and decimal(text) in numbers)

    kept = [row for row in rows if not missing(row.answer.response)]
    return kept, len(rows) - len(kept)


def checked_ranges(ranges: Ranges | None) -> dict[str, tuple[float, float]]:
    """Return the ranges by scale; "" is that of every other scale.

    Raises
    ------
    InputError
        If one is no pair of numbers, the smaller one first.
    """
    if ranges is None:
        return {}
    named_ranges = ranges if isinstance(ranges, Mapping) else {"": ranges}
    found = {}
    for name, pair in named_ranges.items():
        try:
            least, greatest = map(float, pair)
        except (TypeError, ValueError):
            least, greatest = 1.0, 0.0
        if not least < greatest:
            raise InputError(
                f"{pair!r} is no range of ratings",
                where="range",
                allowed="the least and the greatest rating, such as 1 and 7",
            )
        found[composed(name)] = (least, greatest)
    return found


def within_range(
    rows: Sequence[TableRow],
    ranges: Mapping[str, tuple[float, float]],
    is_rating: Sequence[bool],
) -> tuple[list[TableRow], int, list[Finding]]:
    """Return the rows whose ratings lie in their range, and what is said of others.

    Raises
    ------
    InputError
        If a range is of a scale that the table does not have.
    """
    rated = [row for row, yes in zip(rows, is_rating, strict=True) if yes]
    scales = {row.answer.question for row in rated}
    strange = sorted(set(ranges) - scales - {""})
    if strange and rated:
        raise InputError(
            f'no rating is on "{strange[0]}"',
            where="--range",
            allowed=f"scales: {', '.join(sorted(filter(None, scales))) or 'no names'}",
        )
    outside: list[int] = []
    for k, row in enumerate(rows):
        pair = ranges.get(row.answer.question, ranges.get(""))
        value = decimal(row.answer.response)
        if pair is None or value is None or not is_rating[k]:
            continue
        if not pair[0] <= value <= pair[1]:
            outside.append(k)
    kept = [row for k, row in enumerate(rows) if k not in set(outside)]
    unranged = [
        row
        for k, row in enumerate(rows)
        if is_rating[k] and not ranges.get(row.answer.question, ranges.get(""))
    ]
    findings = list(_far_from_others(unranged))
    if outside:
        values = sorted({rows[k].answer.response for k in outside})
        findings.append(
            Finding(
                "out-of-range",
                "warning",
                f"{counted(len(outside), 'rating')} beyond the range "
                f"({', '.join(values[:5])}; {named(rows[k].place for k in outside)}): "
                "excluded",
                value=len(outside),
            )
        )
    return kept, len(outside), findings


def _far_from_others(rows: Iterable[TableRow]) -> Iterator[Finding]:
    """Yield a finding for every scale with ratings far from all others."""
    scales: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for row in rows:
        value = decimal(row.answer.response)
        if value is not None:
            scales[row.answer.question].append((value, row.place))
    for name, found in sorted(scales.items()):
        far = far_values([value for value, _ in found])
        if far:
            places = [place for value, place in found if value in far]
            codes = ",".join(map(number_text, sorted(far)))
            yield Finding(
                "rating-far-off",
                "warning",
                f"{counted(len(places), 'rating')} far from all others: {codes} "
                f"({named(places)}); if they stand for no answer, add "
                f"--missing {codes}; else state the scale: --range LEAST,GREATEST",
                where=name,
                value=len(places),
            )


def far_values(values: Sequence[float]) -> set[float]:
    """Return the values that lie apart from all others, as codes and slips do.

    They are at most a fifth; and farther from the nearest other than the others reach,
    or negative where the others are not, or 9, 99, … beyond a gap.

    Examples
    --------
    >>> far_values([1, 2, 3, 4, 5, 6, 7, 4, 44, -99, 2, 3])
    {44, -99}
    >>> far_values([0, 20, 40, 55, 60, 80, 95, 100, 10, 30])
    set()
    """
    far: set[float] = set()
    if len(values) < _FEWEST:
        return far
    while True:
        rest = sorted(set(values) - far)
        if len(rest) < 4:
            return far
        span_low, span_high = rest[-1] - rest[1], rest[-2] - rest[0]
        low = rest[1] - rest[0] > span_low or (rest[0] < 0 <= rest[1])
        high = rest[-1] - rest[-2] > span_high or _is_code(rest[-1], rest[-2])
        found = {rest[0]} if low else {rest[-1]} if high else set()
        share = sum(v in far | found for v in values) / len(values)
        if not found or share > _SHARE:
            return far
        far |= found


def _is_code(value: float, below: float) -> bool:
    """Return whether a value is 9, 99, … or 88, … with nothing just below it."""
    text = number_text(value)
    return set(text) in ({"9"}, {"8"}) and value - below >= 2
