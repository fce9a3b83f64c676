"""All results for one pack: fits, scales and ratings.

They come from answers, which are fitted here, or from documents of earlier fits.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from morphkit._core.documents import read_json
from morphkit._core.finding import Finding
from morphkit.errors import InputError, raise_all
from morphkit.experiment.analysis.answers import Collected, collect
from morphkit.experiment.analysis.categories import (
    CategoryResult,
    FitSettings,
    fit_categories,
)
from morphkit.experiment.analysis.chosen_answers import LEARNING, tasks_of
from morphkit.experiment.analysis.discrimination import (
    DiscriminationResult,
    discriminate,
)
from morphkit.experiment.analysis.documents import (
    FIT_SCHEMA,
    NORMS_SCHEMA,
    SCALE_SCHEMA,
    software_versions,
)
from morphkit.experiment.analysis.dot_probe import ProbeResult, measure_probes
from morphkit.experiment.analysis.label_values import LabelResult, LabelSettings
from morphkit.experiment.analysis.labelling import labels_between, measure_labelled
from morphkit.experiment.analysis.load import (
    restore_fits,
    restore_norms,
    restore_part,
    restore_scales,
)
from morphkit.experiment.analysis.norms import NormsResult, make_norms
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.analysis.reaction_times import ReactionTime, reaction_times
from morphkit.experiment.analysis.scale_values import ScaleResult, ScaleSettings
from morphkit.experiment.analysis.scales import fit_scales
from morphkit.experiment.answer import Answer
from morphkit.experiment.answer_files import read_answers
from morphkit.experiment.study_record import StudyRecord
from morphkit.pack.link import belongs_to
from morphkit.pack.model import Pack

#: Tasks that are analysed here, in the order of the report.
TASKS = ("category", "scale", "rating", "pair", "label", "probe")
_SCHEMAS = (FIT_SCHEMA, SCALE_SCHEMA, NORMS_SCHEMA)
_Read = tuple[Path, dict[str, Any]]


@dataclass(frozen=True)
class CategoryStudy:
    """Psychometric functions, and how they were fitted."""

    result: CategoryResult
    settings: FitSettings

    @property
    def n_answers(self) -> int:
        """Number of answers fitted."""
        return sum(one.n_answers for one in self.result.of("pooled"))


@dataclass(frozen=True)
class ScaleStudy:
    """Difference scales, and how they were fitted."""

    result: ScaleResult
    settings: ScaleSettings

    @property
    def n_trials(self) -> int:
        """Number of trials fitted."""
        shown = self.result.of("pooled") or self.result.of("continuum")
        return sum(one.scale.n_trials for one in shown)

    @property
    def n_participants(self) -> int:
        """Smallest possible number of participants; exact for a pooled scale."""
        shown = self.result.of("pooled") or self.result.of("continuum")
        return max(one.n_participants for one in shown)


@dataclass(frozen=True)
class LabelStudy:
    """Answers that are one of several labels, and how they were analysed."""

    result: LabelResult
    settings: LabelSettings


@dataclass(frozen=True)
class ProbeStudy:
    """Answers to a dot in the place of a face, and how they were analysed."""

    result: ProbeResult
    settings: ProbeSettings


@dataclass(frozen=True)
class Study:
    """Results of participants' answers to a pack.

    Parameters
    ----------
    categories : tuple of CategoryStudy
    scales : tuple of ScaleStudy
    norms : tuple of NormsResult
    software : mapping of str to str
        Version of every library used in fitting.
    not_used, learning : int
        Number of answers to tasks that are not fitted here, and of answers in practice
        and training; 0 if documents do not record it.
    discriminations : tuple of DiscriminationResult
    labels : tuple of LabelStudy
    probes : tuple of ProbeStudy
    reaction_times : mapping of str to tuple of ReactionTime
        Of every task that has any; none of documents.
    trials : mapping of str to mapping of str to int
        Answers of every participant to each task; none of documents.
    record : StudyRecord, optional
        Who took part, and how the study was run.
    """

    categories: tuple[CategoryStudy, ...] = ()
    scales: tuple[ScaleStudy, ...] = ()
    norms: tuple[NormsResult, ...] = ()
    software: dict[str, str] = field(default_factory=dict)
    not_used: int = 0
    learning: int = 0
    discriminations: tuple[DiscriminationResult, ...] = ()
    labels: tuple[LabelStudy, ...] = ()
    probes: tuple[ProbeStudy, ...] = ()
    reaction_times: Mapping[str, tuple[ReactionTime, ...]] = field(default_factory=dict)
    trials: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    record: StudyRecord | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding of every part, once."""
        collected: list[Finding] = []
        for categories in self.categories:
            collected += categories.result.findings
        for scales in self.scales:
            collected += scales.result.findings
        for norms in self.norms:
            collected += norms.findings
        for pairs in self.discriminations:
            collected += pairs.findings
        for labels in self.labels:
            collected += labels.result.findings
        for probes in self.probes:
            collected += probes.result.findings
        return tuple(dict.fromkeys(collected))


def read_study(
    paths: Sequence[Path],
    pack: Pack,
    *,
    format_name: str = "csv",
    reading: Mapping[str, Any] | None = None,
    phases: Sequence[str] = (),
    record: StudyRecord | None = None,
) -> Study:
    """Return the results in files: answers, or documents of earlier fits.

    Answers are fitted with the default options of the commands.

    Parameters
    ----------
    paths : sequence of Path
        Files, or folders of files with answers.
    pack : Pack
        Pack that was shown.
    format_name : str, optional
        Name in `READERS`, for files that are not documents.
    reading : mapping, optional
        Other options of `morphkit.read_answers`.
    phases : sequence of str, optional
        Only these; all but practice and training otherwise.
    record : StudyRecord, optional
        Who took part, and how the study was run.

    Raises
    ------
    InputError
        If a file cannot be read or belongs to another pack.
    """
    documents: list[_Read] = []
    others = []
    for path in paths:
        document = _document(path)
        if document is None:
            others.append(path)
        else:
            documents.append((path, document))
    raise_all(_foreign(documents, pack))
    study = replace(_restored(documents), record=record)
    if not others:
        return study
    given = read_answers(others, format_name, **(reading or {}))
    fitted = fit_answers(given, pack, phases)
    return replace(
        fitted,
        categories=(*study.categories, *fitted.categories),
        scales=(*study.scales, *fitted.scales),
        norms=(*study.norms, *fitted.norms),
        software=study.software | fitted.software,
        record=record,
    )


def fit_answers(
    answers: Sequence[Answer], pack: Pack, phases: Sequence[str] = ()
) -> Study:
    """Return the fits of all tasks that were answered.

    Raises
    ------
    InputError
        If no answer can be fitted, or answers do not belong to the pack.
    """
    tasks = tasks_of(answers, phases)
    known = [task for task in TASKS if tasks[task]]
    if not known:
        collect(
            answers, pack, task="category", phases=phases
        )  # its error says what is there instead
    found: dict[str, Any] = {}
    times: dict[str, tuple[ReactionTime, ...]] = {}
    trials: dict[str, Mapping[str, int]] = {}
    for task in known:
        collected = collect(answers, pack, task=task, phases=phases)
        trials[task] = Counter(a.participant for a in collected.answers)
        # Of a probe they are what is analysed.
        if task != "probe" and (found_times := reaction_times(collected)):
            times[task] = found_times
        found |= _fitted(task, collected, pack)
    return Study(
        **({"categories": (), "scales": (), "norms": ()} | found),
        software=software_versions(),
        not_used=tasks.total() - sum(tasks[task] for task in known),
        learning=sum(a.phase in LEARNING for a in answers),
        reaction_times=times,
        trials=trials,
    )


def _fitted(task: str, collected: Collected, pack: Pack) -> dict[str, Any]:
    """Return what the answers to a task come to, by its name in a `Study`."""
    if task == "category":
        settings = FitSettings()
        fits = fit_categories(collected, settings)
        return {"categories": (CategoryStudy(fits, settings),)}
    if task == "scale":
        how = ScaleSettings()
        return {"scales": (ScaleStudy(fit_scales(collected, how), how),)}
    if task == "rating":
        return {"norms": (make_norms(collected),)}
    if task == "label":
        labelled = LabelSettings()
        means = measure_labelled(collected, labels_between(pack), labelled)
        return {"labels": (LabelStudy(means, labelled),)}
    if task == "probe":
        probed = ProbeSettings()
        return {"probes": (ProbeStudy(measure_probes(collected, probed), probed),)}
    return {"discriminations": (discriminate(collected),)}


def _document(path: Path) -> dict[str, Any] | None:
    """Return the document in a file; None if it is something else."""
    if path.suffix.lower() != ".json" or path.is_dir():
        return None
    try:
        data = read_json(path)
    except InputError:
        return None
    known = isinstance(data, dict) and data.get("schema") in _SCHEMAS
    return dict(data) if known else None


def _foreign(documents: Iterable[_Read], pack: Pack) -> Iterable[InputError]:
    """Yield an error for every document that belongs to another pack."""
    for path, document in documents:
        about = document.get("pack")
        said = about if isinstance(about, dict) else {}
        if not belongs_to(said, pack):
            yield InputError(
                f'was fitted to another pack ("{said.get("name")}", version '
                f"{said.get('version')})",
                where=str(path),
                allowed=f'"{pack.name}", version {pack.version}, of the same images at '
                "the same levels, or of the same recipe",
                remedy="give the answers themselves, or fit them to this pack",
            )


def _restored(documents: Iterable[_Read]) -> Study:
    """Return the results in documents."""
    categories, scales, norms = [], [], []
    software: dict[str, str] = {}
    for path, document in documents:
        where, schema = str(path), document["schema"]
        said = document.get("settings") or {}
        software |= restore_part(
            dict[str, str], document.get("software", {}), where=where, key="software"
        )
        if schema == NORMS_SCHEMA:
            norms.append(restore_norms(document, where=where))
        elif schema == FIT_SCHEMA:
            how = restore_part(FitSettings, said, where=where, key="settings")
            found = restore_fits(document, where=where)
            categories.append(CategoryStudy(found, how))
        else:
            how_scaled = restore_part(ScaleSettings, said, where=where, key="settings")
            scale = restore_scales(document, where=where)
            scales.append(ScaleStudy(scale, how_scaled))
    return Study(tuple(categories), tuple(scales), tuple(norms), software)


__all__ = [
    "CategoryStudy",
    "ScaleStudy",
    "Study",
    "fit_answers",
    "read_study",
]
