"""Files of answers: read from every front end, joined, written as one table."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer, Answers
from morphkit.experiment.readers import READERS, plain_csv
from morphkit.pack.read import read_pack

_TABLES = (".csv", ".tsv", ".txt")


def read_answers(
    paths: str | Path | Iterable[str | Path],
    format_name: str = "csv",
    *,
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
) -> Answers:
    """Return the answers in files, and in folders of files.

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

    Returns
    -------
    Answers
        In the order of the files; `findings` state how reaction times were read.

    Raises
    ------
    InputError
        If a file cannot be read (all of them are listed) or there is no such format.

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
    found: list[Answer] = []
    errors: list[InputError] = []
    stated = True
    for path in map(Path, given):
        try:
            for file in files_in(path, format_name):
                if plain:
                    found += plain_csv.read(
                        file, columns=columns or {}, recode=recode or {}
                    )
                    stated = stated and plain_csv.unit_is_stated(file, columns or {})
                else:
                    found += reader.read(file)
        except InputError as error:
            errors.append(error.at(str(path)))
    raise_all(errors)
    return Answers(tuple(found), () if stated else (_unit(found),))


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
        and (format_name != "csv" or p.suffix.lower() in _TABLES)
    )
    if not found:
        raise InputError("the folder contains no file of answers", where=str(path))
    return found


def join_answers(
    answers: Iterable[Answer], pack: str | Path | None = None
) -> tuple[Answer, ...]:
    """Return the answers of several files, by participant and order.

    Parameters
    ----------
    answers : iterable of Answer
    pack : str or Path, optional
        Folder of the pack that was shown; stimulus names are checked against it.

    Returns
    -------
    tuple of Answer

    Raises
    ------
    InputError
        If a participant answered a trial twice, or a stimulus is not in the pack.

    Examples
    --------
    >>> import morphkit as mk
    >>> joined = mk.join_answers(mk.read_answers("answers.csv"), "pack")
    >>> joined[0].participant, joined[0].order
    ('sim001', 1)
    """
    found = tuple(answers)
    counts = Counter((a.participant, a.design, a.order) for a in found)
    twice = sorted({key[0] for key, n in counts.items() if n > 1})
    if twice:
        raise InputError(
            f"trials occur more than once: {', '.join(twice)}",
            where="participants",
            remedy="give every file once, and every participant a separate code",
        )
    if pack is not None:
        _check_names(found, Path(pack))
    return tuple(sorted(found, key=lambda a: (a.participant, a.design, a.order)))


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


def _check_names(given: tuple[Answer, ...], folder: Path) -> None:
    """Refuse answers to stimuli that a pack does not have.

    Raises
    ------
    InputError
        With all of their names.
    """
    pack = read_pack(folder)
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
