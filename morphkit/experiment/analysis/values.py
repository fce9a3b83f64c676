"""Results of analyses as values with tables, a document and files."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from morphkit._core.finding import Finding
from morphkit._core.registry import look_up
from morphkit._core.svg import draw_sheet
from morphkit.experiment.analysis.categories import (
    CategoryResult,
    FitSettings,
)
from morphkit.experiment.analysis.cross_checks import (
    CrossChecked,
)
from morphkit.experiment.analysis.discrimination import DiscriminationResult
from morphkit.experiment.analysis.documents import (
    Table,
    agreement_table,
    attention_document,
    discrimination_document,
    fit_document,
    fit_table,
    labels_document,
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
from morphkit.experiment.analysis.dot_probe import ProbeResult
from morphkit.experiment.analysis.label_values import LabelResult, LabelSettings
from morphkit.experiment.analysis.norms import NormsResult
from morphkit.experiment.analysis.plots import category_plots, scale_plots
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.analysis.reaction_times import ReactionTime
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy
from morphkit.experiment.analysis.scale_values import ScaleResult, ScaleSettings
from morphkit.experiment.analysis.task_methods import label_sentences, probe_sentences
from morphkit.experiment.answer import Account
from morphkit.pack.model import Pack

if TYPE_CHECKING:
    from pandas import DataFrame


class Result(Protocol):
    """What an analysis found, of any task."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings on the answers and on what was found."""

    @property
    def answers(self) -> Account | None:
        """What became of the rows that were read."""


class Analysis(Protocol):
    """The result of an analysis, for any task."""

    if TYPE_CHECKING:
        # At run time a property would be the default of the field of that name.
        @property
        def result(self) -> Result:
            """What was found."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings on the analysis."""
        return self.result.findings

    @property
    def account(self) -> Account | None:
        """What became of the rows that were read."""
        return self.result.answers

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
            Replace files of the same names in an existing folder.

        Returns
        -------
        tuple of Path
            The files written; all are written, or none.

        Raises
        ------
        OutputError
            If the folder exists and may not be used, or cannot be written.
        """
        files = self.files()
        write_results(Path(folder), files, overwrite=overwrite)
        return tuple(Path(folder) / name for name in files)


def _times(found: Sequence[ReactionTime]) -> dict[str, Table]:
    """Return the table of reaction times by its name; nothing without any."""
    return {"reaction_times": [one.to_row() for one in found]} if found else {}


@dataclass(frozen=True, eq=False)
class PsychometricFunctions(Analysis):
    """Psychometric functions per participant, per continuum and pooled.

    Parameters
    ----------
    pack : Pack
    settings : FitSettings
    result : CategoryResult
    cross_checked : CrossChecked or None
        The same functions fitted by another program.
    reaction_times : tuple of ReactionTime
        Of the answers, where they have any.
    """

    pack: Pack
    settings: FitSettings
    result: CategoryResult
    cross_checked: CrossChecked | None = None
    reaction_times: tuple[ReactionTime, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings on the fits."""
        other = self.cross_checked.findings if self.cross_checked else ()
        return (*self.result.findings, *other)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``fit.json``."""
        result = replace(self.result, findings=self.findings)
        document = fit_document(result, self.pack, self.settings)
        if self.cross_checked:
            document["cross_check"] = self.cross_checked.to_dict()
        return document | _times(self.reaction_times)

    def tables(self) -> dict[str, Table]:
        """Return ``fits``, ``pooled``; ``cross_check``, ``reaction_times`` if any."""
        found = {
            "fits": fit_table(self.result.fits),
            "pooled": pooled_table(self.result),
        }
        if self.cross_checked:
            found["cross_check"] = [one.to_row() for one in self.cross_checked.compared]
        return found | _times(self.reaction_times)

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
    """Difference scales per participant, per continuum and pooled.

    Parameters
    ----------
    pack : Pack
    settings : ScaleSettings
    result : ScaleResult
    reaction_times : tuple of ReactionTime
        Of the answers, where they have any.
    """

    pack: Pack
    settings: ScaleSettings
    result: ScaleResult
    reaction_times: tuple[ReactionTime, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``scale.json``."""
        found = scale_document(self.result, self.pack, self.settings)
        return found | _times(self.reaction_times)

    def tables(self) -> dict[str, Table]:
        """Return ``scale_values``, one row per level, and ``scales``, one per scale.

        And ``reaction_times``, if there are any.
        """
        return {
            "scale_values": scale_table(self.result, self.pack),
            "scales": scale_summary(self.result),
            **_times(self.reaction_times),
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
class Discrimination(Analysis):
    """Sensitivity to steps, from answers of same or different.

    Parameters
    ----------
    pack : Pack
    result : DiscriminationResult
    reaction_times : tuple of ReactionTime
        Of the answers, where they have any.
    """

    pack: Pack
    result: DiscriminationResult
    reaction_times: tuple[ReactionTime, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``discrimination.json``."""
        found = discrimination_document(self.result, self.pack)
        return found | _times(self.reaction_times)

    def tables(self) -> dict[str, Table]:
        """Return ``discrimination``, one row per continuum, and ``pairs``.

        And ``reaction_times``, if there are any.
        """
        return {
            "discrimination": [one.to_row() for one in self.result.continua],
            "pairs": [one.to_row() for one in self.result.pairs],
            **_times(self.reaction_times),
        }

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = {f"{name}.csv": to_csv(rows) for name, rows in self.tables().items()}
        return {"discrimination.json": to_json(self.to_dict()), **tables}


@dataclass(frozen=True, eq=False)
class LabelledImages(Analysis):
    """Confusions and accuracies, from answers that are one of several labels.

    Parameters
    ----------
    pack : Pack
    settings : LabelSettings
    result : LabelResult
    """

    pack: Pack
    settings: LabelSettings
    result: LabelResult

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``labels.json``."""
        return labels_document(self.tables(), self.result, self.pack, self.settings)

    def tables(self) -> dict[str, Table]:
        """Return ``confusion``, ``accuracy``, ``sensitivity`` and ``identified``."""
        return self.result.tables()

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name; no file of an empty table."""
        filled = {name: rows for name, rows in self.tables().items() if rows}
        tables = {f"{name}.csv": to_csv(rows) for name, rows in filled.items()}
        said = " ".join(label_sentences(self.result, self.settings)) + "\n"
        return {"labels.json": to_json(self.to_dict()), **tables, "methods.txt": said}


@dataclass(frozen=True, eq=False)
class Attention(Analysis):
    """Biases of attention, from answers to a dot in the place of one of two faces.

    Parameters
    ----------
    pack : Pack
    settings : ProbeSettings
    result : ProbeResult
    """

    pack: Pack
    settings: ProbeSettings
    result: ProbeResult

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object, ``attention.json``."""
        return attention_document(self.tables(), self.result, self.pack, self.settings)

    def tables(self) -> dict[str, Table]:
        """Return ``biases``, ``participants`` and ``exclusions``."""
        return self.result.tables()

    def files(self) -> dict[str, str]:
        """Return the text of every file by its name."""
        tables = {f"{name}.csv": to_csv(rows) for name, rows in self.tables().items()}
        said = " ".join(probe_sentences(self.result, self.settings)) + "\n"
        found = {"attention.json": to_json(self.to_dict()), **tables}
        return found | {"methods.txt": said}


@dataclass(frozen=True, eq=False)
class Ratings(Analysis):
    """Mean ratings with intervals, and agreement between raters.

    Parameters
    ----------
    pack : Pack
    result : NormsResult
    rater_group, instrument, source_doi : str
        Who rated, with which instrument, and where it is published.
    """

    pack: Pack
    result: NormsResult
    rater_group: str = ""
    instrument: str = ""
    source_doi: str = ""

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
