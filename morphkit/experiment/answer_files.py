"""Files of answers: read from every front end, joined, written as one table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Account, Answer, Answers
from morphkit.experiment.choices import SESSIONS
from morphkit.experiment.data_quality import checked_rules, exclude_rows
from morphkit.experiment.participant_codes import (
    similar_codes,
    told_like_nothing,
    told_shortened,
    told_similar,
)
from morphkit.experiment.rating_ranges import (
    Ranges,
    checked_ranges,
    within_range,
    without_missing,
)
from morphkit.experiment.readers import READERS, plain_csv
from morphkit.experiment.readers.cells import is_nothing
from morphkit.experiment.readers.settle import is_rating, settle
from morphkit.experiment.readers.table_row import TableRow
from morphkit.experiment.sessions import by_start, choose_sessions
from morphkit.experiment.shown_images import check_builds
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack, used_nevertheless

_TABLES = (".csv", ".tsv", ".txt")
_BOOKS = (".xlsx", ".xls", ".ods", ".numbers")


def read_answers(
    paths: str | Path | Iterable[str | Path],
    format_name: str = "csv",
    *,
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
    missing: Iterable[str | float] = (),
    range: Ranges | None = None,
    sessions: str | None = None,
    unite: bool = False,
    other_build: bool = False,
    exclude: Mapping[str, float | None] | None = None,
) -> Answers:
    """Return the answers in files, and in folders of files.

    A table is understood whole, or refused with the rows that are not understood. What
    is excluded is counted, by reason.

    Parameters
    ----------
    paths : str, Path or iterable of them
        Files, or folders of which all files are read.
    format_name : str, optional
        Their format: a name in `morphkit.experiment.readers.READERS`. The default is a
        plain table with one answer per row.
    columns : mapping of str to str, optional
        Names of columns in a plain table: ``{"participant": "Subj"}``.
    recode : mapping of str to str, optional
        Labels for coded responses in a plain table: ``{"1": "happy"}``.
    missing : iterable of str or float, optional
        Responses that stand for no answer: ``[-99, "refused"]``.
    range : (float, float) or mapping, optional
        Least and greatest rating, or these by the name of the scale; others are
        excluded.
    sessions : str, optional
        Which of several sessions of a participant counts: ``"first"``, ``"last"``,
        ``"longest"``, or ``"all"`` of them. By default several are refused.
    unite : bool, optional
        Whether codes that differ in case, spaces or leading zeros only, such as P01 and
        p1, are one participant.
    other_build : bool, optional
        Whether the images that were shown may be of another build than those of the
        pack that the answers are held against, or of several; told by a finding.
    exclude : mapping of str to float or None, optional
        Answers to exclude for the quality of the data, by the name of a rule in
        `morphkit.experiment.data_quality.RULES`: ``{"too-fast": 0.1, "hidden": None}``;
        None takes the value that the rule has by itself. Each exclusion is counted.

    Returns
    -------
    Answers
        In the order of the files; `findings` state how they were read, `account` how
        many rows were excluded and why.

    Raises
    ------
    InputError
        If a file cannot be read (all of them are listed), there is no such format, rows
        are not understood, or a participant has several sessions.

    Examples
    --------
    >>> import morphkit as mk
    >>> answers = mk.read_answers("answers.csv")
    >>> answers.frame().participant.nunique(), answers.findings
    (6, ())
    """
    reader = look_up(READERS, format_name, kind="format of answers")
    plain = format_name == "csv"
    if (columns or recode) and not plain:
        raise InputError("columns and recode belong to the format csv")
    given = [paths] if isinstance(paths, str | Path) else paths
    if sessions not in (None, *SESSIONS):
        raise InputError(
            f'sessions is "{sessions}"', allowed=f"one of {', '.join(SESSIONS)}"
        )
    ranges = checked_ranges(range)
    rules = checked_rules(exclude)
    rows: list[TableRow] = []
    account = Account(0, 0)
    findings: list[Finding] = []
    errors: list[InputError] = []
    stated = True
    for path in map(Path, given):
        try:
            for file in files_in(path, format_name):
                if plain:
                    table = plain_csv.read_rows(
                        file, columns=columns or {}, recode=recode or {}
                    )
                    rows += table.rows
                    account += table.account
                    stated = stated and table.unit_is_stated
                else:
                    more, read = _from_program(reader.read(file), file)
                    rows += more
                    account += read
        except InputError as error:
            errors.append(error.at(str(path)))
    raise_all(errors)
    _check_codes(rows, recode or {})
    rows, n_missing = without_missing(rows, missing)
    if not rows:
        raise InputError(
            "every response is named as missing", where="--missing", allowed="some left"
        )
    settled, told = settle(rows)
    rows, findings = [*settled], [*findings, *told]
    similar = similar_codes(row.answer.participant for row in rows)
    findings += told_similar(similar, united=unite)
    findings += told_shortened(row.answer.participant for row in rows)
    codes = {row.answer.participant for row in rows}
    findings += told_like_nothing(filter(is_nothing, codes))
    if unite:
        rows = [
            row.with_answer(
                participant=similar.get(row.answer.participant, row.answer.participant)
            )
            for row in rows
        ]
    rows, n_outside, told_outside = within_range(rows, ranges, [*map(is_rating, rows)])
    rows, excluded, told_sessions = choose_sessions(by_start(rows), sessions)
    account = account.less(
        missing_code=n_missing,
        out_of_range=n_outside,
        duplicate=excluded["duplicate"],
        other_session=excluded["other-session"],
    )
    rows, excluded = exclude_rows(rows, rules)
    account = account.less(**{k.replace("-", "_"): n for k, n in excluded.items()})
    if not stated:
        findings.append(_unit([row.answer for row in rows]))
    return Answers(
        tuple(row.answer for row in rows),
        (*findings, *told_outside, *told_sessions),
        account,
        tuple(row.place for row in rows),
        other_build=other_build,
    )


def _from_program(
    answers: Sequence[Answer], file: Path
) -> tuple[list[TableRow], Account]:
    """Return the answers in a data file of an experiment as rows, and their account."""
    found = answers if isinstance(answers, Answers) else Answers(tuple(answers))
    places = found.places or tuple(f"{file}: trial {a.order}" for a in found)
    rows = [
        TableRow(answer, place, str(file))
        for answer, place in zip(found, places, strict=True)
    ]
    return rows, found.account


def _check_codes(rows: Iterable[TableRow], recode: Mapping[str, str]) -> None:
    """Refuse a translation that translates nothing.

    Raises
    ------
    InputError
        If none of its codes is a response.
    """
    found = {row.answer.response for row in rows}
    if recode and not found.intersection(recode.values()):
        shown = ", ".join(sorted(found)[:10])
        raise InputError(
            f"no response is {' or '.join(recode)}",
            where="--recode",
            allowed=f"responses: {shown}",
        )


def files_in(path: Path, format_name: str) -> list[Path]:
    """Return a file, or the files in a folder, sorted.

    Raises
    ------
    InputError
        If the folder contains none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(
        p
        for p in path.iterdir()
        if p.is_file()
        and not p.name.startswith(".")
        and p.name not in READERS[format_name].beside
        and (format_name != "csv" or p.suffix.lower() in _TABLES)
    )
    if not found:
        books = sorted(p.name for p in path.iterdir() if p.suffix.lower() in _BOOKS)
        raise InputError(
            "the folder contains no file of answers",
            where=str(path),
            remedy=f"save {books[0]} as “CSV UTF-8 (comma delimited)”" if books else "",
        )
    return found


def join_answers(
    answers: Iterable[Answer],
    pack: str | Path | None = None,
    *,
    unverified: bool = False,
) -> Answers:
    """Return the answers of several files, by participant and order.

    Parameters
    ----------
    answers : iterable of Answer
    pack : str or Path, optional
        Folder of the pack that was shown; stimulus names are checked against it.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.

    Returns
    -------
    Answers
        With the account and the findings of those given.

    Raises
    ------
    InputError
        If a participant answered a trial twice, a stimulus is not in the pack or was of
        another build, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> joined = mk.join_answers(mk.read_answers("answers.csv"), "pack")
    >>> joined[0].participant, joined[0].order
    ('sim001', 1)
    """
    found = answers if isinstance(answers, Answers) else Answers(tuple(answers))
    other_build = found.other_build
    counts = Counter(map(_place, found))
    twice = sorted({key[0] for key, n in counts.items() if n > 1})
    if twice:
        raise InputError(
            f"trials occur more than once: {', '.join(twice)}",
            where="participants",
            remedy="give every file once, and every participant a separate code",
        )
    findings = found.findings
    shown = None
    if pack is not None:
        shown = read_whole_pack(Path(pack), unverified=unverified)
        _check_names(found, shown)
        findings = (*used_nevertheless(shown), *findings)
    findings = (*check_builds(found, shown, other_build=other_build), *findings)
    ordered = sorted(found, key=_place)
    return Answers(tuple(ordered), findings, found.account, other_build=other_build)


def _place(one: Answer) -> tuple[str, str, str, str, int]:
    """Return where an answer stands among those of a study."""
    return one.participant, one.visit, one.session, one.design, one.order


def write_answers(
    path: str | Path, answers: Iterable[Answer], *, overwrite: bool = False
) -> None:
    """Write answers as a plain table, one per row.

    Parameters
    ----------
    path : str or Path
        Target; CSV.
    answers : iterable of Answer
    overwrite : bool, optional
        Whether an existing file may be replaced.

    Raises
    ------
    OutputError
        If the file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.write_answers("copy.csv", mk.read_answers("answers.csv"))
    """
    text = plain_csv.format_answers(answers)
    write_text_atomically(path, text, overwrite=overwrite)


def _check_names(given: Iterable[Answer], pack: Pack) -> None:
    """Refuse answers to stimuli that a pack does not have.

    Raises
    ------
    InputError
        With all of their names.
    """
    known = set(pack.by_id)
    strange = sorted({name for answer in given for name in answer.stimuli} - known)
    if strange:
        shown = ", ".join(strange[:5]) + (", …" if len(strange) > 5 else "")
        raise InputError(
            f"the pack does not have {len(strange)} of the stimuli: {shown}",
            where=pack.name,
            remedy="give the pack that was shown to the participants",
        )


def _unit(answers: Iterable[Answer]) -> Finding:
    """Return a finding on how reaction times without a unit were read."""
    times = sorted(a.rt_seconds for a in answers if a.rt_seconds is not None)
    middle = times[len(times) // 2] if times else 0.0
    return Finding(
        "reaction-time-unit",
        "note",
        f"the unit of the reaction times was inferred from their size; the median is "
        f"{middle:.3g} s. Name the column rt_seconds or rt_ms to state it",
        value=middle,
    )
