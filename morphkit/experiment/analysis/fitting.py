"""Analyses of answers: psychometric functions, difference scales, ratings.

Each function takes answers and the folder of the pack that was shown, and returns a
value with tables, a document and files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from morphkit._core.progress import Progress
from morphkit._core.registry import look_up
from morphkit._core.text import counted
from morphkit.experiment.analysis.answers import Collected, collect
from morphkit.experiment.analysis.categories import (
    FitSettings,
    fit_categories,
)
from morphkit.experiment.analysis.cross_checks import (
    CROSS_CHECKS,
    cross_check,
    fits_to_check,
)
from morphkit.experiment.analysis.departures import departures
from morphkit.experiment.analysis.discrimination import discriminate
from morphkit.experiment.analysis.dot_probe import measure_probes
from morphkit.experiment.analysis.label_values import LabelSettings
from morphkit.experiment.analysis.labelling import labels_between, measure_labelled
from morphkit.experiment.analysis.norms import make_norms
from morphkit.experiment.analysis.probe_settings import ProbeSettings
from morphkit.experiment.analysis.reaction_times import reaction_times
from morphkit.experiment.analysis.scale_values import ScaleSettings
from morphkit.experiment.analysis.scales import fit_scales
from morphkit.experiment.analysis.values import (
    Attention,
    DifferenceScales,
    Discrimination,
    LabelledImages,
    PsychometricFunctions,
    Ratings,
)
from morphkit.experiment.answer import Answer, Answers
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack, used_nevertheless
from morphkit.psychophysics.choices import STANDARD_MARGIN, STANDARD_RATIO


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
    unverified: bool = False,
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
        Unit in which PSE and JND are stated.
    link : str, optional
        Name in `morphkit.psychophysics.links.LINKS`.
    lapses : str, optional
        Guess and lapse rates to fit as well: a name in
        `morphkit.psychophysics.lapses.RATES`, or ``"none"``.
    samples : int, optional
        Bootstrap samples of goodness of fit and of participants; 0 for neither.
    seed : int, optional
        Of the bootstrap.
    continua, phases : sequence of str, optional
        Only these; otherwise every continuum, and all phases but practice and training.
    design : str or Path, optional
        Design that was shown: findings report where pack or participants differ from
        the plan.
    cross_check_by : str, optional
        Name in `morphkit.experiment.analysis.cross_checks.CROSS_CHECKS`.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    PsychometricFunctions

    Raises
    ------
    InputError
        If no answer belongs to the task, stimuli are unknown, all answers are alike, or
        the pack is not whole.
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
        # Report a missing program before anything is fitted.
        library = look_up(CROSS_CHECKS, cross_check_by, kind="cross-check").load()
    content, collected = _collected(
        answers, pack, "category", continua, phases, design, unverified, progress
    )
    settings = FitSettings(axis, link, lapses, samples, seed)
    result = fit_categories(collected, settings)
    progress.advance("fits")
    checked = None
    if cross_check_by is not None and library is not None:
        progress.stage(f"fitting by {cross_check_by}", len(fits_to_check(result)))
        checked = cross_check(result, cross_check_by, library, progress.advance)
    return PsychometricFunctions(
        content, settings, result, checked, reaction_times(collected)
    )


def fit_difference_scales(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    margin: float = STANDARD_MARGIN,
    ratio: float = STANDARD_RATIO,
    samples: int = 2000,
    seed: int = 1,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    unverified: bool = False,
    progress: Progress | None = None,
) -> DifferenceScales:
    """Fit difference scales to answers to triads or quadruples.

    A continuum is called uniform only if all of its images were compared, the
    simultaneous 95 % band of its scale lies within the margin of the straight line, and
    no two neighbouring steps differ by more than the ratio. Several continua are pooled
    in part, as much as they are alike.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    margin : float, optional
        Largest departure from equal steps that counts as uniform, 0.001 to 0.4 of the
        scale.
    ratio : float, optional
        Largest ratio of neighbouring steps that counts as uniform, above 1.
    samples : int, optional
        Bootstrap samples; 0 for none.
    seed : int, optional
        Of the bootstrap.
    continua, phases, design, unverified, progress
        As for `fit_psychometric_functions`.

    Returns
    -------
    DifferenceScales

    Raises
    ------
    InputError
        If no answer belongs to the task, stimuli are unknown, no scale can be fitted,
        or the pack is not whole.

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
        answers, pack, "scale", continua, phases, design, unverified, progress
    )
    settings = ScaleSettings(margin, samples, seed=seed, ratio=ratio)
    result = fit_scales(collected, settings)
    progress.advance("scales")
    return DifferenceScales(content, settings, result, reaction_times(collected))


def measure_discrimination(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    unverified: bool = False,
) -> Discrimination:
    """Measure which steps people see, from answers of same or different.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    continua, phases, design, unverified
        As for `fit_psychometric_functions`.

    Returns
    -------
    Discrimination
        The sensitivity d' of every participant and continuum, by differencing and by
        independent observations, and how often each pair was called different.

    Raises
    ------
    InputError
        If no answer is to a pair, stimuli are unknown, nobody answered pairs of both
        kinds, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.measure_discrimination(mk.read_answers("pairs.csv"), "pack")
    >>> found.frame("discrimination").continuum_id.tolist()
    ['maja_happy_distressed']
    """
    content, collected = _collected(
        answers, pack, "pair", continua, phases, design, unverified
    )
    return Discrimination(content, discriminate(collected), reaction_times(collected))


def measure_labels(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    samples: int = 2000,
    seed: int = 1,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    unverified: bool = False,
) -> LabelledImages:
    """Measure how well images are labelled, from answers with several labels.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    samples : int, optional
        Draws of participants, from which the intervals are; 0 for none.
    seed : int, optional
        Of these draws.
    continua, phases, design, unverified
        As for `fit_psychometric_functions`.

    Returns
    -------
    LabelledImages
        The table of confusions by identity and band of intensity; hit rates, also
        Wagner's unbiased ones beside those of chance; d' and criterion of every pair of
        expressions; and for rising sequences the intensity at which an expression is
        identified.

    Raises
    ------
    InputError
        If no answer is one of several labels, stimuli are unknown, no image has a right
        answer, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> plan = mk.design_study("pack", "labelling", options={"cannot_tell": True})
    >>> answers = mk.simulate_answers(plan.design, "pack", n_participants=6)
    >>> found = mk.measure_labels(answers, "pack")
    >>> [(one.signal, one.noise) for one in found.result.pairs][0]
    ('happy', 'distressed')
    """
    content, collected = _collected(
        answers, pack, "label", continua, phases, design, unverified
    )
    settings = LabelSettings(samples, seed)
    result = measure_labelled(collected, labels_between(content), settings)
    return LabelledImages(content, settings, result)


def measure_attention(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    settings: ProbeSettings | None = None,
    continua: Sequence[str] = (),
    phases: Sequence[str] = (),
    design: str | Path | None = None,
    unverified: bool = False,
) -> Attention:
    """Measure where people look, from answers to a dot in the place of one face of two.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    settings : ProbeSettings, optional
        Limits of reaction times, draws and their seed.
    continua, phases, design, unverified
        As for `fit_psychometric_functions`.

    Returns
    -------
    Attention
        The bias of every participant and pair of labels, its mean with an interval over
        participants, its reliability from halves of the trials, and what was left out.

    Raises
    ------
    InputError
        If no answer is to a probe, an answer does not say where the probe was, stimuli
        are unknown, nobody saw the probe in both places, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> plan = mk.design_study("pack", "dot_probe", repeats=4)
    >>> answers = mk.simulate_answers(plan.design, "pack", n_participants=6)
    >>> found = mk.measure_attention(answers, "pack")
    >>> [(one.first, one.second) for one in found.result.pairs]
    [('happy', 'distressed')]
    """
    content, collected = _collected(
        answers, pack, "probe", continua, phases, design, unverified
    )
    settings = settings or ProbeSettings()
    return Attention(content, settings, measure_probes(collected, settings))


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
    unverified: bool = False,
) -> Ratings:
    """Summarise ratings: norms of every image, and how far raters agree.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    rater_group, instrument, source_doi : str, optional
        Who rated, with which instrument, and where it is published.
    seed : int, optional
        Of the bootstrap.
    continua, phases, design, unverified
        As for `fit_psychometric_functions`.

    Returns
    -------
    Ratings

    Raises
    ------
    InputError
        If no answer is a rating, stimuli are unknown, or the pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.summarise_ratings(mk.read_answers("ratings.csv"), "pack")
    >>> found.frame("norms").measure.unique().tolist()
    ['clarity', 'genuineness', 'intensity', 'valence']
    """
    content, collected = _collected(
        answers, pack, "rating", continua, phases, design, unverified
    )
    result = make_norms(collected, seed=seed)
    return Ratings(content, result, rater_group, instrument, source_doi)


def _collected(
    answers: Iterable[Answer],
    folder: str | Path,
    task: str,
    continua: Sequence[str],
    phases: Sequence[str],
    design: str | Path | None,
    unverified: bool,
    progress: Progress | None = None,
) -> tuple[Pack, Collected]:
    """Return the pack, and the answers of a task that belong to it."""
    pack = read_whole_pack(Path(folder), unverified=unverified)
    answers = answers if isinstance(answers, Answers) else tuple(answers)
    found = collect(answers, pack, task=task, continua=continua, phases=phases)
    found = replace(found, findings=(*used_nevertheless(pack), *found.findings))
    if design is not None:
        departed = departures(
            Path(design),
            pack,
            n_participants=len(found.participants),
            answers=answers,
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
