"""What the answers of a table are to, where the table does not say it.

It is asked of all rows together: one column holds labels or ratings, never both. Else a
participant whose labels were coded as numbers would vanish from a fit, and a rating
that names its point in words from the norms.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from morphkit._core.finding import Finding
from morphkit.errors import InputError, raise_all
from morphkit.experiment.designs import DESIGNS, fitting_design
from morphkit.experiment.readers.cells import decimal, is_nothing, rating
from morphkit.experiment.readers.table_row import TableRow, named

#: Names of columns that hold the rating scale if they cross with the images.
SCALE_COLUMNS = (
    *("item", "items", "scale", "rating_scale", "scale_name", "dimension"),
    *("attribute", "construct", "rated", "rating_type", "question_text"),
)
#: Most scales that one table is taken to hold.
MOST_SCALES = 12


def settle(
    rows: Sequence[TableRow],
) -> tuple[tuple[TableRow, ...], tuple[Finding, ...]]:
    """Return the rows with a design each, and findings on how they were understood.

    Raises
    ------
    InputError
        If a column holds labels and ratings, a rating is no number, a point of a scale
        has two names, or ratings on several scales cannot be told apart.
    """
    rows = [*rows]
    errors: list[InputError] = []
    for (n, question), members in _unsettled(rows).items():
        numbers = [k for k in members if rating(rows[k].answer.response) is not None]
        words = [
            k for k in members if rows[k].answer.response and k not in set(numbers)
        ]
        if n == 1 and numbers and words:
            errors.append(_mixed(rows, numbers, words, question))
        design = fitting_design(n, is_number=n == 1 and bool(numbers))
        for k in members:
            rows[k] = rows[k].with_answer(design=design)
    raise_all(errors)
    rated = [k for k, row in enumerate(rows) if is_rating(row)]
    raise_all(_faults([rows[k] for k in rated]))
    for k in rated:
        text = rating(rows[k].answer.response) or ""
        rows[k] = rows[k].with_answer(response=text)
    # All of them before the rows are taken: they set the questions.
    findings = tuple(_separate_scales(rows, rated))
    return tuple(rows), findings


def _unsettled(rows: Sequence[TableRow]) -> dict[tuple[int, str], list[int]]:
    """Return the rows without a design by number of images and question."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k, row in enumerate(rows):
        if not row.answer.design:
            groups[len(row.answer.stimuli), row.answer.question].append(k)
    return groups


def is_rating(row: TableRow) -> bool:
    """Return whether a row holds a rating."""
    kind = DESIGNS.get(row.answer.design)
    return (
        kind is not None
        and kind.task == "rating"
        and len(row.answer.stimuli) in kind.n_stimuli
    )


def _mixed(
    rows: Sequence[TableRow], numbers: list[int], words: list[int], question: str
) -> InputError:
    """Return the error for labels and ratings in one column."""
    of = f" to {question}" if question else ""
    few = min((numbers, words), key=len)
    codes = sorted({rows[k].answer.response for k in few})[:3]
    other = "LABEL" if few is numbers else "NUMBER"
    told = ",".join(f"{code}={other}" for code in codes)
    return InputError(
        f"the responses{of} are numbers in {len(numbers)} rows "
        f"({named(rows[k].place for k in numbers)}) and words in {len(words)} rows "
        f"({named(rows[k].place for k in words)})",
        where=rows[few[0]].file,
        allowed="labels or ratings in one column, not both",
        remedy=f"translate what is coded otherwise (--recode {told}), or name what "
        f"stands for no answer (--missing {codes[0]})",
    )


def _faults(rows: Iterable[TableRow]) -> Iterator[InputError]:
    """Yield an error for ratings that are no numbers, and for points of two names."""
    wrong: dict[str, list[str]] = defaultdict(list)
    names: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(dict)
    for row in rows:
        text = row.answer.response
        if is_nothing(text):
            continue
        value = rating(text)
        if value is None:
            wrong[text].append(row.place)
        elif decimal(text) is None:
            name = "".join(filter(str.isalpha, text)).casefold()
            point = names[row.answer.question, value]
            point.setdefault(name, []).append(row.place)
    for text, places in sorted(wrong.items()):
        yield InputError(
            f'the rating "{text}" ({named(places)})',
            allowed="a number, perhaps with the name of the point: 6 very clear",
            remedy=f'translate it: --recode "{text}=NUMBER", or name it as no answer: '
            f'--missing "{text}"',
        )
    for (_, value), found in sorted(names.items()):
        if len(found) > 1:
            places = [place for each in found.values() for place in each[:1]]
            yield InputError(
                f"the point {value} of a scale has {len(found)} names "
                f"({named(places)})",
                allowed="one name for a point",
                remedy="name the column of the scales: --columns question=COLUMN",
            )


def _separate_scales(rows: list[TableRow], rated: list[int]) -> Iterator[Finding]:
    """Set the question of ratings on several scales that a column tells apart."""
    unnamed = [k for k in rated if not rows[k].answer.question]
    columns = Counter(name for k in unnamed for name in rows[k].others)
    for column in columns:
        values = {
            k: rows[k].others[column]
            for k in unnamed
            if not is_nothing(rows[k].others.get(column, ""))
        }
        if not _crosses(rows, values):
            continue
        if column.casefold() not in SCALE_COLUMNS:
            if _parts_repeats(rows, unnamed, values):
                raise InputError(
                    "participants rated an image more than once, and the column "
                    f'"{column}" differs: {", ".join(sorted(set(values.values())))}',
                    where=rows[unnamed[0]].file,
                    remedy="if it names the rating scale: --columns "
                    f"question={column}; otherwise leave it out of the table",
                )
            continue
        for k, value in values.items():
            rows[k] = rows[k].with_answer(question=value)
        scales = ", ".join(sorted(set(values.values())))
        yield Finding(
            "question-column",
            "note",
            f'the column "{column}" is read as the rating scale: {scales}',
            value=len(set(values.values())),
        )
        return


def _crosses(rows: Sequence[TableRow], values: dict[int, str]) -> bool:
    """Return whether an image goes with several of a few values."""
    each: dict[str, set[str]] = defaultdict(set)
    for k, value in values.items():
        each[rows[k].answer.stimuli[0]].add(value)
    found = set(values.values())
    return 2 <= len(found) <= MOST_SCALES and any(len(s) > 1 for s in each.values())


def _parts_repeats(
    rows: Sequence[TableRow], members: list[int], values: dict[int, str]
) -> bool:
    """Return whether words of a column differ between ratings of one image by one."""
    if any(decimal(value) is not None for value in values.values()):
        return False
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for k in members:
        one = rows[k].answer
        groups[one.participant, one.session, one.stimuli[0]].append(k)
    repeated = [group for group in groups.values() if len(group) > 1]
    return bool(repeated) and all(
        len({values.get(k, "") for k in group}) > 1 for group in repeated
    )
