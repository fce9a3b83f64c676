"""Sessions that were begun again, and tables that were pasted twice.

Nobody answers the same trial twice in a session. So a session ends where the number of
a trial comes again; and, since tables may state none or go on counting, where the
images come again in the order in which they came before. A study in which everybody
sees the same order again and again is told apart by that: everybody does, completely.

Begun again in a new order, without numbers, a session has no end that anybody could
see. It shows by trials that come more often than for most others, and is refused.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from statistics import multimode

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.errors import InputError, raise_all
from morphkit.experiment.readers.table_row import TableRow, named

#: Images that come again in their order, by which a new beginning is known.
LEAST_AGAIN = 5
_MAX_LISTED = 10
_Session = list[int]


def choose_sessions(
    rows: Sequence[TableRow], choice: str | None
) -> tuple[list[TableRow], dict[str, int], list[Finding]]:
    """Return the rows of one session of every participant.

    Without a choice, rows that repeat others exactly are counted once, since it is the
    same which of them counts.

    Parameters
    ----------
    rows : sequence of TableRow
        In the order of the files.
    choice : str or None
        One of `SESSIONS`; None refuses participants with several.

    Returns
    -------
    rows : list of TableRow
    excluded : dict of str to int
        Rows left out, by reason.
    findings : list of Finding

    Raises
    ------
    InputError
        If a participant has several sessions and there is no choice, or sessions cannot
        be told apart.
    """
    by_person: dict[str, list[int]] = defaultdict(list)
    for k, row in enumerate(rows):
        by_person[_who(row)].append(k)
    repeated = _repeats(rows, by_person)
    if choice not in (None, "all"):
        # Sessions are chosen whole, unless their rows do not follow one another.
        mixed = {
            p for p, of in by_person.items() if _mixed(rows, [*_sessions(rows, of)])
        }
        repeated = {k for k in repeated if _who(rows[k]) in mixed}
    left = {p: [k for k in of if k not in repeated] for p, of in by_person.items()}
    sessions = {p: list(_sessions(rows, of)) for p, of in left.items()}
    _refuse_mixed(rows, sessions)
    most = _showings(rows, sessions)
    sessions = _by_images(rows, sessions, most)
    copies = _copies(rows, sessions) if choice is None else set()
    findings = _told_repeats(rows, repeated | copies)
    whole = {
        p: [s for s in found if not copies.issuperset(s)]
        for p, found in sessions.items()
    }
    several = {p: found for p, found in whole.items() if len(found) > 1}
    if choice is None:
        raise_all(_again(rows, several))
    dropped: set[int] = set()
    for found in several.values():
        if choice != "all":
            chosen = _chosen(rows, found, choice or "")
            dropped |= {k for s in found if s is not chosen for k in s}
    if dropped:
        findings.append(_told_others(rows, dropped, choice or ""))
    elif several:
        findings.append(_told_several(several))
    more = _more(rows, sessions, most)
    if choice != "all":
        raise_all(_refused_more(rows, more, most))
    findings += _told_more(more, most)
    numbers = {
        k: str(n)
        for found in (several.values() if choice == "all" else ())
        for n, session in enumerate(found, start=1)
        for k in session
    }
    kept = [
        row.with_answer(session=row.answer.session or numbers.get(k, ""))
        if k in numbers
        else row
        for k, row in enumerate(rows)
        if k not in repeated and k not in copies and k not in dropped
    ]
    excluded = {
        "duplicate": len(repeated | copies),
        "other-session": len(dropped - copies),
    }
    return _numbered(kept), excluded, findings


def by_start(rows: Sequence[TableRow]) -> list[TableRow]:
    """Return rows with the sessions of every participant in the order of their starts.

    Where some of a participant's rows do not state a start, they stay in the order of
    the files.
    """
    starts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        starts[_who(row)].add(row.answer.details.get("started", ""))
    places: dict[str, list[int]] = defaultdict(list)
    for k, row in enumerate(rows):
        if "" not in starts[_who(row)]:
            places[_who(row)].append(k)
    ordered = [*rows]
    for members in places.values():
        begun = sorted(members, key=lambda k: rows[k].answer.details["started"])
        for place, k in zip(members, begun, strict=True):
            ordered[place] = rows[k]
    return ordered


def _who(row: TableRow) -> str:
    """Return a participant, with the visit: visits are no beginnings anew."""
    one = row.answer
    return f"{one.participant}, visit {one.visit}" if one.visit else one.participant


def _numbered(rows: list[TableRow]) -> list[TableRow]:
    """Return rows counted over all files, of whom not every row has a number."""
    counting = {_who(row) for row in rows if not row.ordered}
    counts: Counter[str] = Counter()
    numbered = []
    for row in rows:
        person = _who(row)
        counts[person] += 1
        own = counts[person] if person in counting else row.answer.order
        numbered.append(row if own == row.answer.order else row.with_order(own))
    return numbered


def _trial(row: TableRow) -> tuple[Hashable, ...]:
    """Return what a trial shows and asks."""
    one = row.answer
    return one.design, one.phase, one.question, one.stimuli


def _repeats(rows: Sequence[TableRow], people: dict[str, list[int]]) -> set[int]:
    """Return rows that repeat another with the same number of its trial.

    Only of participants all of whose trials that come again say the same: else they
    answered again, and some of the answers are the same by chance.
    """
    found: set[int] = set()
    for members in people.values():
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for k in members:
            if rows[k].ordered:
                groups[rows[k].answer.session, _number(rows[k])].append(k)
        if all(len({rows[k].answer for k in g}) == 1 for g in groups.values()):
            found |= {k for group in groups.values() for k in group[1:]}
    return found


def _sessions(rows: Sequence[TableRow], members: list[int]) -> Iterator[_Session]:
    """Yield the sessions of a participant by what tables state.

    A session ends where the number of a trial comes again, and where another session is
    named, or another file without numbers begins, that shows some of the same.
    """

    def part(k: int) -> tuple[str, str]:
        return rows[k].answer.session, "" if rows[k].ordered else rows[k].file

    parts: dict[tuple[str, str], _Session] = defaultdict(list)
    for k in members:
        parts[part(k)].append(k)
    current: _Session = []
    seen: set[Hashable] = set()
    for group in parts.values():
        shown = {_trial(rows[k]) for k in current}
        stated = part(group[0]) != ("", "") and len(parts) > 1
        if stated and shown.intersection(_trial(rows[k]) for k in group):
            yield current
            current, seen = [], set()
        for k in group:
            key = _number(rows[k])
            if key in seen:
                yield current
                current, seen = [], set()
            seen.add(key)
            current.append(k)
    if current:
        yield current


def _number(row: TableRow) -> tuple[Hashable, ...]:
    """Return what nobody answers twice in a session."""
    one = row.answer
    return one.design, one.phase, one.question, row.ordered or row.file, one.order


def _mixed(rows: Sequence[TableRow], sessions: list[_Session]) -> bool:
    """Return whether there are more sessions than answers to any one trial."""
    keys = Counter(_number(rows[k]) for s in sessions for k in s if rows[k].ordered)
    return bool(keys) and len(sessions) > max(keys.values())


def _refuse_mixed(rows: Sequence[TableRow], found: dict[str, list[_Session]]) -> None:
    """Refuse rows of several sessions that do not follow one another.

    Raises
    ------
    InputError
        With the participants.
    """
    errors = []
    for person, sessions in found.items():
        if _mixed(rows, sessions):
            again = [k for s in sessions[1:] for k in s[:1]]
            errors.append(
                InputError(
                    f"participant {person} has several answers to a trial, whose rows "
                    f"do not follow one another: {named(rows[k].place for k in again)}",
                    allowed="one session after the other, or a separate code for "
                    "every participant",
                    remedy="sort the table by the time of the answers",
                )
            )
    raise_all(errors[:_MAX_LISTED])


def _by_images(
    rows: Sequence[TableRow], found: dict[str, list[_Session]], most: dict[str, int]
) -> dict[str, list[_Session]]:
    """Return sessions parted where the images come again in their order."""
    usual = _usual(most)
    parted = {
        p: [
            part
            for s in sessions
            for part in _parted(rows, s, LEAST_AGAIN if most[p] <= usual else 3)
        ]
        for p, sessions in found.items()
    }
    begun = [p for p in parted if len(parted[p]) > len(found[p])]
    # The whole table comes again.
    pasted = len(begun) == len(parted) and all(
        _identical(rows, parts) for parts in parted.values()
    )
    for person in begun:
        # One order again and again, for everybody, is a design and no new beginning.
        design = _is_periodic(rows, parted[person]) and most[person] <= usual
        if design and not pasted:
            parted[person] = found[person]
    return parted


def _showings(
    rows: Sequence[TableRow], found: dict[str, list[_Session]]
) -> dict[str, int]:
    """Return how often every participant answered the same trial at most."""
    return {
        p: max(Counter(_trial(rows[k]) for s in sessions for k in s).values())
        for p, sessions in found.items()
    }


def _usual(most: dict[str, int]) -> int:
    """Return how often most participants answered the same trial."""
    return min(multimode(most.values()), default=1)


def _parted(
    rows: Sequence[TableRow], session: _Session, least: int
) -> Iterator[_Session]:
    """Yield a session in parts that begin with the same images in the same order."""
    trials = [_trial(rows[k]) for k in session]
    start = 0
    for at in range(1, len(trials)):
        length = min(at - start, len(trials) - at)
        if length < least or trials[at] != trials[0]:
            continue
        again = trials[at : at + length]
        if len(set(again)) >= 3 and again == trials[:length]:
            yield session[start:at]
            start = at
    yield session[start:]


def _is_periodic(rows: Sequence[TableRow], parts: list[_Session]) -> bool:
    """Return whether all parts show the same, but for a last one that breaks off."""
    trials = [[_trial(rows[k]) for k in part] for part in parts]
    whole = trials[0]
    return all(t == whole for t in trials[1:-1]) and (
        trials[-1] == whole[: len(trials[-1])]
    )


def _identical(rows: Sequence[TableRow], parts: list[_Session]) -> bool:
    """Return whether all parts hold the same answers."""
    contents = [[_content(rows[k]) for k in part] for part in parts]
    return len(parts) > 1 and all(each == contents[0] for each in contents)


def _content(row: TableRow) -> tuple[Hashable, ...]:
    """Return what a row says, but for the number of its trial."""
    one = row.answer
    return *_trial(row), one.response, one.rt_seconds


def _copies(rows: Sequence[TableRow], found: dict[str, list[_Session]]) -> set[int]:
    """Return the rows of sessions that another repeats, perhaps going on from there."""
    copies: set[int] = set()
    for sessions in found.values():
        contents = [[_content(rows[k]) for k in session] for session in sessions]
        for n, one in enumerate(contents):
            held = any(
                one == other[: len(one)] and (len(other), -m) > (len(one), -n)
                for m, other in enumerate(contents)
                if m != n
            )
            if held and len(one) >= LEAST_AGAIN:
                copies |= set(sessions[n])
    return copies


def _chosen(rows: Sequence[TableRow], found: list[_Session], choice: str) -> _Session:
    """Return the session that counts; of two of one length the first."""
    if choice == "longest":
        return max(found, key=lambda s: sum(bool(rows[k].answer.response) for k in s))
    return found[0] if choice == "first" else found[-1]


def _span(rows: Sequence[TableRow], session: _Session) -> str:
    first, last = rows[session[0]].place, rows[session[-1]].place
    many = counted(len(session), "answer")
    return f"{many} from {first} to {last}"


def _again(
    rows: Sequence[TableRow], several: dict[str, list[_Session]]
) -> Iterator[InputError]:
    """Yield an error for every participant with several sessions."""
    for person, sessions in list(several.items())[:_MAX_LISTED]:
        told = "; ".join(_span(rows, session) for session in sessions)
        problem = f"participant {person} answered in {len(sessions)} sessions: {told}"
        if len(sessions[-1]) == 1:
            again = rows[sessions[-1][0]]
            problem = (
                f"participant {person} has two different answers to trial "
                f"{again.answer.order}, the second in {again.place}"
            )
        yield InputError(
            problem,
            remedy="choose the one that counts: --sessions first, last or longest; if "
            "they all count, --sessions all; if two people share a code, give each a "
            "separate code",
        )
    if len(several) > _MAX_LISTED:
        more = len(several) - _MAX_LISTED
        yield InputError(
            f"and {counted(more, 'other participant')} in several sessions"
        )


def _told_repeats(rows: Sequence[TableRow], repeated: set[int]) -> list[Finding]:
    """Return the finding on rows that are counted once."""
    if not repeated:
        return []
    people = sorted({rows[k].answer.participant for k in repeated})
    places = named(rows[k].place for k in sorted(repeated))
    return [
        Finding(
            "duplicate-trial",
            "warning",
            f"{counted(len(repeated), 'row')} repeat others exactly and are counted "
            f"once ({places})",
            where=named(people),
            value=len(repeated),
        )
    ]


def _more(
    rows: Sequence[TableRow], found: dict[str, list[_Session]], most: dict[str, int]
) -> dict[str, list[int]]:
    """Return the rows of few participants with trials that most others had less often.

    A design that draws trials at random shows some of them again by chance: few rows of
    it are told, and refused only where everybody else had every trial as often.
    """
    usual = _usual(most)
    more = {
        p: list(_beyond(rows, sessions[0], usual))
        for p, sessions in found.items()
        if most[p] > usual and len(sessions) == 1
    }
    return more if 2 * len(more) < len(most) else {}


def _beyond(rows: Sequence[TableRow], session: _Session, usual: int) -> Iterator[int]:
    """Yield the rows of a session whose trial had come as often as is usual."""
    counts: Counter[Hashable] = Counter()
    for k in session:
        trial = _trial(rows[k])
        counts[trial] += 1
        if counts[trial] > usual:
            yield k


def _refused_more(
    rows: Sequence[TableRow], more: dict[str, list[int]], most: dict[str, int]
) -> Iterator[InputError]:
    """Yield an error for every participant who must have begun again."""
    others: dict[str, Counter[Hashable]] = defaultdict(Counter)
    for row in rows:
        if _who(row) not in more:
            others[_who(row)][_trial(row)] += 1
    usual = _usual(most)
    even = all(set(counts.values()) == {usual} for counts in others.values())
    times = "once" if usual == 1 else f"{usual} times"
    refused = {p: of for p, of in more.items() if even or len(of) >= LEAST_AGAIN}
    for person, again in list(refused.items())[:_MAX_LISTED]:
        yield InputError(
            f"participant {person} answered trials more than {times}, as most others "
            f"did, and nothing tells which session the "
            f"{counted(len(again), 'answer')} belong to: "
            f"{named(rows[k].place for k in again)}",
            remedy="name the column that tells sessions apart (--columns "
            "session=COLUMN), or take out of the table the rows of the session that "
            "does not count; if they all count, --sessions all; if two people share a "
            "code, give each a separate code",
        )
    if len(refused) > _MAX_LISTED:
        left = counted(len(refused) - _MAX_LISTED, "other participant")
        yield InputError(f"and {left} with more answers than most")


def _told_more(more: dict[str, list[int]], most: dict[str, int]) -> list[Finding]:
    """Return the finding on participants with more answers to an image than others."""
    usual = _usual(most)
    if not more:
        return []
    return [
        Finding(
            "more-answers",
            "warning",
            f"{counted(len(more), 'participant')} answered some trials more often than "
            f"the {usual} times of most others; if a session was begun again, name "
            "the column that tells sessions apart: --columns session=COLUMN",
            where=named(sorted(more)),
            value=len(more),
        )
    ]


def _told_several(several: dict[str, list[_Session]]) -> Finding:
    """Return the finding on participants all of whose sessions count."""
    n = sum(map(len, several.values()))
    return Finding(
        "several-sessions",
        "warning",
        f"{counted(len(several), 'participant')} answered in {n} sessions, which all "
        "count: results of a participant are of them together; the column session "
        "tells them apart",
        where=named(sorted(several)),
        value=n,
    )


def _told_others(rows: Sequence[TableRow], dropped: set[int], choice: str) -> Finding:
    """Return the finding on answers of sessions that do not count."""
    people = sorted({rows[k].answer.participant for k in dropped})
    return Finding(
        "other-session",
        "warning",
        f"{counted(len(dropped), 'answer')} of {counted(len(people), 'participant')} "
        f"are not of the {choice} session and are excluded",
        where=named(people),
        value=len(dropped),
    )
