"""What answers to a pack say: psychometric functions, difference scales, ratings.

Each function takes answers and the folder of the pack that was shown, and returns a
value that knows its tables, its document and its files.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from morphkit._core.finding import Finding
from morphkit._core.progress import Progress
from morphkit._core.registry import look_up
from morphkit._core.svg import draw_sheet
from morphkit._core.text import counted
from morphkit.experiment.analysis.answers import Collected, collect
from morphkit.experiment.analysis.categories import (
    CategoryResult,
    FitSettings,
    fit_categories,
)
from morphkit.experiment.analysis.cross_checks import (
    CROSS_CHECKS,
    CrossChecked,
    cross_check,
    fits_to_check,
)
from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.analysis.documents import (
    Table,
    agreement_table,
    fit_document,
    fit_table,
    norms_csv,
    norms_document,
    norms_table,
    pooled_table,
    scale_document,
    scale_summary,
    scale_table,
    to_csv,
    to_json,
    write_results,
)
from morphkit.experiment.analysis.norms import NormsResult, make_norms
from morphkit.experiment.analysis.plots import category_plots, scale_plots
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy
from morphkit.experiment.analysis.scales import ScaleResult, ScaleSettings, fit_scales
from morphkit.experiment.answer import Answer
from morphkit.pack.model import Pack
from morphkit.pack.read import read_pack
from morphkit.psychophysics.equivalence import STANDARD_MARGIN

if TYPE_CHECKING:
    from pandas import DataFrame


class Analysis(Protocol):
    """What answers say, whatever was asked."""

    @property
    @abstractmethod
    def findings(self) -> tuple[Finding, ...]:
        """What should be known of it."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object."""

    @abstractmethod
    def tables(self) -> dict[str, Table]:
        """Return every table by the name of its file."""

    @abstractmethod
    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""

    def frame(self, table: str) -> "DataFrame":
        """Return one of the tables as a data frame.

        Parameters
        ----------
        table : str
            A key of `tables`.

        Raises
        ------
        InputError
            If there is no such table.
        """
        from pandas import DataFrame

        return DataFrame(look_up(self.tables(), table, kind="table"))

    def write(self, folder: str | Path, *, overwrite: bool = False) -> tuple[Path, ...]:
        """Write the document, the tables and the figures into a folder.

        Parameters
        ----------
        folder : str or Path
            New, unless `overwrite`.
        overwrite : bool, optional
            Replace files of the same names in a folder that is there.

        Returns
        -------
        tuple of Path
            What was written; everything or nothing is.

        Raises
        ------
        OutputError
            If the folder is there and may not be used, or cannot be written.
        """
        files = self.files()
        write_results(Path(folder), files, overwrite=overwrite)
        return tuple(Path(folder) / name for name in files)


@dataclass(frozen=True, eq=False)
class PsychometricFunctions(Analysis):
    """Psychometric functions of participants, continua and everybody.

    Parameters
    ----------
    pack : Pack
    settings : FitSettings
    result : CategoryResult
    cross_checked : CrossChecked or None
        The same by another program.
    """

    pack: Pack
    settings: FitSettings
    result: CategoryResult
    cross_checked: CrossChecked | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What should be known of the fits."""
        other = self.cross_checked.findings if self.cross_checked else ()
        return (*self.result.findings, *other)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``fit.json``."""
        result = replace(self.result, findings=self.findings)
        document = fit_document(result, self.pack, self.settings)
        if self.cross_checked:
            document["cross_check"] = self.cross_checked.to_dict()
        return document

    def tables(self) -> dict[str, Table]:
        """Return ``fits``, ``pooled`` and, where there is one, ``cross_check``."""
        found = {
            "fits": fit_table(self.result.fits),
            "pooled": pooled_table(self.result),
        }
        if self.cross_checked:
            found["cross_check"] = [one.to_row() for one in self.cross_checked.compared]
        return found

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = {name: to_csv(rows) for name, rows in self.tables().items()}
        drawn = CategoryStudy(self.result, self.settings)
        return {
            "fit.json": to_json(self.to_dict()),
            "fits.csv": tables.pop("fits"),
            "pooled.csv": tables.pop("pooled"),
            "fits.svg": draw_sheet("", category_plots(drawn)),
            **{f"{name}.csv": text for name, text in tables.items()},
        }


@dataclass(frozen=True, eq=False)
class DifferenceScales(Analysis):
    """Difference scales of participants, continua and everybody.

    Parameters
    ----------
    pack : Pack
    settings : ScaleSettings
    result : ScaleResult
    """

    pack: Pack
    settings: ScaleSettings
    result: ScaleResult

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What should be known of the scales."""
        return self.result.findings

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``scale.json``."""
        return scale_document(self.result, self.pack, self.settings)

    def tables(self) -> dict[str, Table]:
        """Return ``scale_values``, one row a level, and ``scales``, one a scale."""
        return {
            "scale_values": scale_table(self.result, self.pack),
            "scales": scale_summary(self.result),
        }

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = {f"{name}.csv": to_csv(rows) for name, rows in self.tables().items()}
        plots = scale_plots(ScaleStudy(self.result, self.settings), self.pack)
        return {
            "scale.json": to_json(self.to_dict()),
            **tables,
            "scales.svg": draw_sheet("", plots),
        }


@dataclass(frozen=True, eq=False)
class Ratings(Analysis):
    """Means of ratings with intervals, and how far raters agree.

    Parameters
    ----------
    pack : Pack
    result : NormsResult
    rater_group, instrument, source_doi : str
        Who rated, with which scale, and where it is published.
    """

    pack: Pack
    result: NormsResult
    rater_group: str = ""
    instrument: str = ""
    source_doi: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What should be known of the ratings."""
        return self.result.findings

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``norms.json``."""
        return norms_document(self.result, self.pack, None)

    def tables(self) -> dict[str, Table]:
        """Return ``norms``, in the columns of a pack, and ``agreement``."""
        norms = norms_table(
            self.result,
            rater_group=self.rater_group,
            instrument=self.instrument,
            source_doi=self.source_doi,
        )
        return {"norms": norms, "agreement": agreement_table(self.result)}

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = self.tables()
        return {
            "norms.json": to_json(self.to_dict()),
            "norms.csv": norms_csv(tables["norms"]),
            "agreement.csv": to_csv(tables["agreement"]),
        }


def fit_psychometric_functions(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    axis: str = "level",
    link: str = "probit",
    lapses: str = "none",
    samples: int = 2000,
    seed: int = 1,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    cross_check_by: str | None = None,
    progress: Progress | None = None,
) -> PsychometricFunctions:
    """Fit psychometric functions to answers that name one of two labels.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    axis : {"level", "step"}, optional
        In what PSE and JND are stated.
    link : str, optional
        Name in `morphkit.psychophysics.links.LINKS`.
    lapses : str, optional
        Guess and lapse rates to fit beside: a name in
        `morphkit.psychophysics.lapses.RATES`, or ``"none"``.
    samples : int, optional
        Bootstrap samples of goodness of fit and of participants; 0 for neither.
    seed : int, optional
        Of the bootstrap.
    continua, phases : sequence of str, optional
        Only these; otherwise every continuum, and all phases but practice and training.
    design : str or Path, optional
        Design that was shown: findings tell where pack or participants are not as
        planned.
    cross_check_by : str, optional
        Name in `morphkit.experiment.analysis.cross_checks.CROSS_CHECKS`.
    progress : Progress, optional
        Whom to tell about it.

    Returns
    -------
    PsychometricFunctions

    Raises
    ------
    InputError
        If no answer fits, stimuli are unknown, or all answers are alike.
    MissingExtraError
        If the program of the cross-check is not installed.

    Examples
    --------
    >>> import morphkit as mk
    >>> answers = mk.read_answers("answers.csv")
    >>> found = mk.fit_psychometric_functions(answers, "pack", samples=0)
    >>> found.result.labels
    ('happy', 'distressed')
    >>> 0.4 < found.result.of("pooled")[0].fit.pse < 0.6
    True
    """
    progress = progress or Progress()
    library = None
    if cross_check_by is not None:
        # A program that is not there should be known before anything is fitted.
        library = look_up(CROSS_CHECKS, cross_check_by, kind="cross-check").load()
    content, collected = _collected(
        answers, pack, "category", continua, phases, design, progress
    )
    settings = FitSettings(axis, link, lapses, samples, seed)
    result = fit_categories(collected, settings)
    progress.advance("fits")
    checked = None
    if cross_check_by is not None and library is not None:
        progress.stage(f"fitting by {cross_check_by}", len(fits_to_check(result)))
        checked = cross_check(result, cross_check_by, library, progress.advance)
    return PsychometricFunctions(content, settings, result, checked)


def fit_difference_scales(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    margin: float = STANDARD_MARGIN,
    samples: int = 2000,
    seed: int = 1,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    progress: Progress | None = None,
) -> DifferenceScales:
    """Fit difference scales to answers to triads or quadruples.

    A continuum is called uniform only if the simultaneous 95 % band of its scale lies
    within the margin of the straight line.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    margin : float, optional
        Largest departure from equal steps that counts as uniform, 0.001 to 0.4 of the
        scale.
    samples : int, optional
        Bootstrap samples; 0 for none.
    seed : int, optional
        Of the bootstrap.
    continua, phases, design, progress
        As for `fit_psychometric_functions`.

    Returns
    -------
    DifferenceScales

    Raises
    ------
    InputError
        If no answer fits, stimuli are unknown, or no scale can be fitted.

    Examples
    --------
    >>> import morphkit as mk
    >>> triads = mk.read_answers("triads.csv")
    >>> found = mk.fit_difference_scales(triads, "pack", samples=0)
    >>> found.frame("scales").scope.tolist()[0]
    'pooled'
    """
    progress = progress or Progress()
    content, collected = _collected(
        answers, pack, "scale", continua, phases, design, progress
    )
    settings = ScaleSettings(margin=margin, samples=samples, seed=seed)
    result = fit_scales(collected, settings)
    progress.advance("scales")
    return DifferenceScales(content, settings, result)


def summarise_ratings(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    rater_group: str = "",
    instrument: str = "",
    source_doi: str = "",
    seed: int = 1,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
) -> Ratings:
    """Summarise ratings: norms of every image, and how far raters agree.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    rater_group, instrument, source_doi : str, optional
        Who rated, with which scale, and where it is published.
    seed : int, optional
        Of the bootstrap.
    continua, phases, design
        As for `fit_psychometric_functions`.

    Returns
    -------
    Ratings

    Raises
    ------
    InputError
        If no answer is a rating, or stimuli are unknown.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.summarise_ratings(mk.read_answers("ratings.csv"), "pack")
    >>> found.frame("norms").measure.unique().tolist()
    ['clarity', 'genuineness', 'intensity', 'valence']
    """
    content, collected = _collected(answers, pack, "rating", continua, phases, design)
    result = make_norms(collected, seed=seed)
    return Ratings(content, result, rater_group, instrument, source_doi)


def _collected(
    answers: Iterable[Answer],
    folder: str | Path,
    task: str,
    continua: Sequence[str],
    phases: Sequence[str],
    design: str | Path | None,
    progress: Progress | None = None,
) -> tuple[Pack, Collected]:
    """Return the pack, and the answers of a task that belong to it."""
    pack = read_pack(folder)
    found = collect(answers, pack, task=task, continua=continua, phases=phases)
    if design is not None:
        departed = departures(
            Path(design), pack, n_participants=len(found.participants)
        )
        found = replace(found, findings=(*departed, *found.findings))
    if progress is not None:
        progress.stage(
            f"fitting {counted(len(found.answers), 'answer')} of "
            f"{counted(len(found.participants), 'participant')} to "
            f"{counted(len(found.continua), 'continuum', 'continua')}",
            1,
        )
    return pack, found
