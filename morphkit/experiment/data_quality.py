"""Quality of the data of every participant, and answers that are excluded for it.

Front ends record beside an answer whether the page was hidden, how large the images
were, and how many trials a whole session has. What they did not record is empty here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from morphkit._core.files import write_text_atomically
from morphkit._core.registry import did_you_mean
from morphkit._core.tables import table_text
from morphkit.errors import InputError
from morphkit.experiment.answer import Answer
from morphkit.experiment.choices import HASTY_SECONDS, NO_ANSWER_SECONDS, RULE_TEXTS
from morphkit.experiment.readers.cells import decimal
from morphkit.experiment.readers.table_row import TableRow

if TYPE_CHECKING:
    from pandas import DataFrame

_YES = ("true", "1")


@dataclass(frozen=True)
class SessionQuality:
    """The quality of one session of one participant. None means not recorded.

    Parameters
    ----------
    participant, session : str
    expected : int or None
        Trials of the whole session.
    given : int
        Trials in the files.
    unanswered : int
        Those without an answer in time.
    under_100_ms, under_250_ms : float or None
        Shares of the answers that came so fast.
    median_seconds : float or None
        Median time of an answer.
    same_side : float or None
        Share of the answers on the side that was chosen more often; 1 if only one
        button or key was pressed.
    hidden, blurred, left_full_screen : float or None
        Shares of the trials.
    least_scale : float or None
        Smallest size of the images on the screen, 1 in their own pixels.
    checks_given, checks_passed : int or None
        Checks of attention, and those that were passed.
    """

    participant: str
    session: str
    expected: int | None
    given: int
    unanswered: int
    under_100_ms: float | None
    under_250_ms: float | None
    median_seconds: float | None
    same_side: float | None
    hidden: float | None
    blurred: float | None
    left_full_screen: float | None
    least_scale: float | None
    checks_given: int | None
    checks_passed: int | None


@dataclass(frozen=True)
class DataQuality:
    """The quality of the data of a study.

    Parameters
    ----------
    sessions : tuple of SessionQuality
        In the order of the answers.
    """

    sessions: tuple[SessionQuality, ...]

    def table(self) -> list[dict[str, Any]]:
        """Return a row for every session."""
        return [asdict(one) for one in self.sessions]

    def frame(self) -> "DataFrame":
        """Return the table as a data frame."""
        from pandas import DataFrame

        return DataFrame(self.table())

    def write(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the table as CSV.

        Parameters
        ----------
        path : str or Path
        overwrite : bool, optional
            Whether an existing file may be replaced.
        """
        rows = self.table()
        names = [field.name for field in fields(SessionQuality)]
        text = table_text([names, *(row.values() for row in rows)])
        write_text_atomically(path, text, overwrite=overwrite)


def data_quality(answers: Sequence[Answer]) -> DataQuality:
    """Return the quality of the data of every session of every participant.

    Parameters
    ----------
    answers : sequence of Answer
        From `read_answers`.

    Returns
    -------
    DataQuality

    Examples
    --------
    >>> import morphkit as mk
    >>> quality = mk.data_quality(mk.read_answers("answers.csv"))
    >>> bool(quality.frame().given.min() > 0)
    True
    """
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for one in answers:
        groups[one.participant, one.session].append(one)
    return DataQuality(tuple(_session(*key, own) for key, own in groups.items()))


def _session(participant: str, session: str, own: Sequence[Answer]) -> SessionQuality:
    """Return the quality of one session."""
    answered = [one for one in own if one.response]
    times = [one.rt_seconds for one in answered if one.rt_seconds is not None]
    scales = [s for one in own if (s := _number(one, "picture_scale")) is not None]
    return SessionQuality(
        participant=participant,
        session=session,
        expected=_expected(own),
        given=len(own),
        unanswered=len(own) - len(answered),
        under_100_ms=_share([time < NO_ANSWER_SECONDS for time in times]),
        under_250_ms=_share([time < HASTY_SECONDS for time in times]),
        median_seconds=round(median(times), 4) if times else None,
        same_side=_same_side(own),
        hidden=_share(_flags(own, "was_hidden")),
        blurred=_share(_flags(own, "was_blurred")),
        left_full_screen=_share([not full for full in _flags(own, "was_full_screen")]),
        least_scale=min(scales, default=None),
        checks_given=_most(own, "checks_given"),
        checks_passed=_most(own, "checks_passed"),
    )


def _expected(own: Sequence[Answer]) -> int | None:
    """Return how many trials a session has; of several designs, all together."""
    each = {one.design: _number(one, "n_trials") for one in own}
    known = [int(n) for n in each.values() if n is not None]
    return sum(known) if len(known) == len(each) else None


def _most(own: Sequence[Answer], name: str) -> int | None:
    """Return the largest number of a session that was broken off and gone on with."""
    found = [int(n) for one in own if (n := _number(one, name)) is not None]
    return max(found, default=None)


def _same_side(own: Sequence[Answer]) -> float | None:
    """Return the share of answers on the side that was chosen more often."""
    sides: Counter[int] = Counter()
    for one in own:
        choices = one.details.get("choice_order", "").split("|")
        if one.response in choices:
            sides[choices.index(one.response)] += 1
    return round(max(sides.values()) / sides.total(), 4) if sides else None


def _flags(own: Sequence[Answer], name: str) -> list[bool]:
    """Return what was recorded of every trial."""
    return [one.details[name].casefold() in _YES for one in own if name in one.details]


def _share(found: Sequence[bool]) -> float | None:
    """Return a share; None of nothing."""
    return round(sum(found) / len(found), 4) if found else None


def _number(answer: Answer, name: str) -> float | None:
    return decimal(answer.details.get(name, ""))


@dataclass(frozen=True)
class Rule:
    """A rule by which answers are excluded.

    Parameters
    ----------
    about : str
        What is excluded, with N for the value of the rule.
    default : float or None
        Its value where none is given; None if one must be.
    is_bad : callable
        ``is_bad(answer, session, value)``: whether an answer of a session is excluded.
        It raises KeyError if what it needs was not recorded.
    """

    about: str
    default: float | None
    is_bad: Callable[[Answer, SessionQuality, float], bool]


def _recorded(value: float | None) -> float:
    """Return what was recorded; a KeyError if it was not."""
    if value is None:
        raise KeyError
    return value


def _fit(answer: Answer) -> float | None:
    """Return how far a window made the images smaller than they were to be."""
    fit = _number(answer, "picture_fit")
    return _number(answer, "picture_scale") if fit is None else fit


def _is_yes(answer: Answer, name: str) -> bool:
    return answer.details[name].casefold() in _YES


#: Rules by their name; a rule is also the reason in the account of exclusions.
RULES: Mapping[str, Rule] = {
    "too-fast": Rule(
        RULE_TEXTS["too-fast"],
        NO_ANSWER_SECONDS,
        lambda a, s, n: bool(a.response) and _recorded(a.rt_seconds) < n,
    ),
    "too-slow": Rule(
        RULE_TEXTS["too-slow"],
        None,
        lambda a, s, n: bool(a.response) and _recorded(a.rt_seconds) > n,
    ),
    "hidden": Rule(
        RULE_TEXTS["hidden"],
        1.0,
        lambda a, s, n: _is_yes(a, "was_hidden"),
    ),
    "blurred": Rule(
        RULE_TEXTS["blurred"],
        1.0,
        lambda a, s, n: _is_yes(a, "was_blurred"),
    ),
    "shrunk": Rule(
        RULE_TEXTS["shrunk"],
        1.0,
        lambda a, s, n: _recorded(_fit(a)) < n,
    ),
    "incomplete": Rule(
        RULE_TEXTS["incomplete"],
        0.9,
        lambda a, s, n: s.given - s.unanswered < n * _recorded(s.expected),
    ),
    "hasty": Rule(
        RULE_TEXTS["hasty"],
        0.1,
        lambda a, s, n: _recorded(s.under_250_ms) > n,
    ),
    "inattentive": Rule(
        RULE_TEXTS["inattentive"],
        1.0,
        lambda a, s, n: _recorded(s.checks_passed) < n * _recorded(s.checks_given),
    ),
    "one-sided": Rule(
        RULE_TEXTS["one-sided"],
        0.95,
        lambda a, s, n: _recorded(s.same_side) >= n,
    ),
}


def checked_rules(rules: Mapping[str, float | None] | None) -> dict[str, float]:
    """Return the rules by which answers are excluded, each with a value.

    Raises
    ------
    InputError
        If there is no such rule, or it needs a value.
    """
    found = {}
    for name, value in (rules or {}).items():
        if name not in RULES:
            raise InputError(
                f'there is no rule "{name}"',
                where="exclude",
                allowed="one of " + ", ".join(RULES),
                remedy=did_you_mean(name, RULES),
            )
        given = RULES[name].default if value is None else float(value)
        if given is None or not given > 0:
            raise InputError(
                f'the rule "{name}" needs a number N above 0: {RULES[name].about}',
                where="exclude",
                remedy=f"write {name}=N",
            )
        found[name] = given
    return found


def exclude_rows(
    rows: Sequence[TableRow], rules: Mapping[str, float]
) -> tuple[list[TableRow], dict[str, int]]:
    """Return the rows that no rule excludes, and how many others there are by rule.

    Sessions are judged as they were given, before any answer is excluded.

    Raises
    ------
    InputError
        If a rule needs what was not recorded, or nothing is left.
    """
    if not rules:
        return [*rows], {}
    found = data_quality([row.answer for row in rows]).sessions
    quality = {(one.participant, one.session): one for one in found}
    kept = []
    counts: Counter[str] = Counter()
    for row in rows:
        answer = row.answer
        session = quality[answer.participant, answer.session]
        reason = _reason(row, session, rules)
        counts[reason] += 1
        if not reason:
            kept.append(row)
    if not any(row.answer.response for row in kept):
        raise InputError("every answer is excluded", where="exclude")
    return kept, {name: counts[name] for name in rules if counts[name]}


def _reason(row: TableRow, session: SessionQuality, rules: Mapping[str, float]) -> str:
    """Return the first rule that excludes an answer; "" if none does."""
    for name, value in rules.items():
        try:
            if RULES[name].is_bad(row.answer, session, value):
                return name
        except KeyError:
            raise InputError(
                f'the rule "{name}" ({RULES[name].about}) needs what the file did not '
                "record",
                where=row.place,
                remedy="leave the rule out, or read the data file of the front end",
            ) from None
    return ""
