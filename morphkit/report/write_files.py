"""The report of a pack as files: the page, tables for R and figures for a paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from morphkit._core.files import write_together
from morphkit._core.leftovers import settle_files
from morphkit._core.progress import Progress
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.pack.layout import REPORT
from morphkit.pack.recheck import check_pack
from morphkit.pack.whole import read_whole_pack
from morphkit.report.figures import make_figures, make_tables
from morphkit.report.pack_report import make_pages

if TYPE_CHECKING:  # answers are seldom there, and load all of experiments
    from morphkit.experiment.rating_ranges import Ranges
    from morphkit.experiment.study_record import StudyRecord


def report_pack(
    folder: str | Path,
    output: str | Path | None = None,
    *,
    answers: Iterable[str | Path] = (),
    format_name: str = "csv",
    columns: Mapping[str, str] | None = None,
    recode: Mapping[str, str] | None = None,
    missing: Iterable[str | float] = (),
    range: "Ranges | None" = None,
    sessions: str | None = None,
    unite: bool = False,
    other_build: bool = False,
    exclude: Mapping[str, float | None] | None = None,
    phases: Sequence[str] = (),
    participants: str | Path | None = None,
    design: str | Path | None = None,
    tables: str | Path | None = None,
    figures: str | Path | None = None,
    embedding: str | None = None,
    unverified: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Write the report of a pack: a self-contained page, and more for a large pack.

    The pack is not changed. Answers are fitted with the default options of the commands
    ``calibrate fit``, ``scale`` and ``norms``.

    Parameters
    ----------
    folder : str or Path
        Folder of the pack.
    output : str or Path, optional
        File of the page; by default ``PACK_report.html`` next to the pack.
    answers : iterable of str or Path, optional
        Answers to the pack, or documents of earlier fits (``fit.json``,
        ``scale.json``, ``norms.json``).
    format_name : str, optional
        Name in `morphkit.experiment.readers.READERS`, of the files of answers.
    columns, recode, missing, range, sessions, unite, other_build, exclude
        How files of answers are read, as in `morphkit.read_answers`.
    phases : sequence of str, optional
        Answers in these phases only; all but practice and training otherwise.
    participants : str or Path, optional
        Who took part, and on what they saw the images, for the paragraph on methods:
        see `morphkit.experiment.study_record.read_participants`.
    design : str or Path, optional
        Folder of the design that was shown, for that paragraph.
    tables, figures : str or Path, optional
        Folders for tables as CSV, and for figures as SVG.
    embedding : str, optional
        Entry of `morphkit.faces.embeddings.EMBEDDINGS` in which faces are compared.
    unverified : bool, optional
        Go on with a pack that is not whole; the page names what is not as it says.
    overwrite : bool, optional
        Replace existing files.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    tuple of Path
        The files written, the page first; all are written, or none.

    Raises
    ------
    InputError
        If the pack or answers cannot be read, the pack is not whole, or a place lies
        inside the pack.
    OutputError
        If a file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> [path.name for path in mk.report_pack("pack", "page.html")]
    ['page.html']
    """
    folder, progress = Path(folder), progress or Progress()
    given = [Path(path) for path in answers]
    pack = read_whole_pack(folder, unverified=unverified)
    beside = folder.resolve().parent / f"{folder.resolve().name}_{REPORT}"
    page = Path(output) if output else beside
    makers = [
        (Path(place), make)
        for place, make in ((tables, make_tables), (figures, make_figures))
        if place is not None
    ]
    _check_outside([page, *(place for place, _ in makers)], folder)
    for place in (page.parent, *(place for place, _ in makers)):
        settle_files(place)
    if page.exists() and not overwrite:
        raise OutputError(
            f"{page}: already exists; choose another name, or add --overwrite"
        )
    record = _record(participants, design, format_name if given else "csv")
    seen = check_pack(
        folder, embedding=embedding, unverified=unverified, progress=progress
    )
    study = None
    if given:
        from morphkit.experiment.analysis.results import read_study

        progress.stage("fitting the answers", 1)
        reading = {
            "columns": columns,
            "recode": recode,
            "missing": missing,
            "range": range,
            "sessions": sessions,
            "unite": unite,
            "other_build": other_build,
            "exclude": exclude,
        }
        study = read_study(
            given,
            pack,
            format_name=format_name,
            reading=reading,
            phases=phases,
            record=record,
        )
        progress.advance("answers")
    # Beside the pack, the page finds its images; from elsewhere no path is told.
    pack_folder = folder.resolve()
    is_beside = page.resolve().parent == pack_folder.parent
    images = f"{quote(pack_folder.name)}/" if is_beside else ""
    made = make_pages(pack, folder, seen, study, images=images, page=page.name)
    written = {page.parent / path: text.encode("utf-8") for path, text in made}
    for place, make in makers:
        files = make(pack, seen, study)
        written |= {place / name: data for name, data in files.items()}
    write_together(written, overwrite=overwrite)
    return tuple(written)


def _record(
    participants: str | Path | None, design: str | Path | None, format_name: str
) -> "StudyRecord":
    """Return who took part and how the study was run, as far as it is said."""
    from morphkit.experiment.designs.files import read_design
    from morphkit.experiment.study_record import StudyRecord, read_participants

    record = StudyRecord() if participants is None else read_participants(participants)
    return replace(
        record,
        design=None if design is None else read_design(Path(design)),
        # A plain table may be of any program.
        front_end="" if format_name == "csv" else format_name,
    )


def _check_outside(places: Iterable[Path], pack: Path) -> None:
    """Refuse output paths inside the pack.

    Raises
    ------
    InputError
        With all of them.
    """
    raise_all(
        InputError(
            "lies inside the pack, which must stay as it is",
            where=str(place),
            remedy="choose a place outside it",
        )
        for place in places
        if place.resolve().is_relative_to(pack.resolve())
    )
