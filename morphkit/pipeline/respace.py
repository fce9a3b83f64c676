"""From a recipe or a pack to a new recipe whose steps are equal on a scale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morphkit._core.files import write_text_atomically
from morphkit._core.progress import Progress
from morphkit.errors import InputError
from morphkit.experiment.analysis.documents import SCALE_SCHEMA, read_document
from morphkit.pack.link import belongs_to
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack
from morphkit.pipeline.respace_on_metric import MetricRespacing, respace_on_metric
from morphkit.pipeline.respace_on_people import Entry, respace_on_people
from morphkit.pipeline.respaced_recipe import (
    NewLevels,
    even_positions,
    recipe_of,
    recipe_text,
    respaced_recipe,
)
from morphkit.psychophysics.choices import STANDARD_MARGIN
from morphkit.psychophysics.respacing import Respacing
from morphkit.psychophysics.simultaneous_band import critical_value
from morphkit.recipe import Recipe

Proposal = Respacing | MetricRespacing
_Used = list[tuple[Respacing, Entry]]


@dataclass(frozen=True, eq=False)
class RespacedRecipe:
    """A recipe with new levels, and why.

    Parameters
    ----------
    recipe : Recipe or None
        None if no continuum would improve.
    text : str
        The recipe as TOML; empty if there is none.
    proposed : mapping of str to Respacing or MetricRespacing
        Continuum id -> its proposed levels.
    other_recipe : bool
        Whether the scale was measured with a pack of another recipe.
    unverified : tuple of str
        Files of the pack that are not as its ``SHA256SUMS`` says.
    """

    recipe: Recipe | None
    text: str
    proposed: Mapping[str, Proposal]
    other_recipe: bool = False
    unverified: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal for every continuum as a JSON object."""
        return {name: _as_json(one) for name, one in self.proposed.items()}

    def sentences(self) -> dict[str, str]:
        """Return the proposal for every continuum in words."""
        return {name: _sentence(one) for name, one in self.proposed.items()}

    def write(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the recipe.

        Parameters
        ----------
        path : str or Path
            Target; TOML.
        overwrite : bool, optional
            Whether an existing file may be replaced.

        Raises
        ------
        InputError
            If there is no new recipe.
        OutputError
            If the file exists or cannot be written.
        """
        if self.recipe is None:
            raise InputError(
                "there is no new recipe: no continuum would be more even",
                where=str(path),
            )
        write_text_atomically(path, self.text, overwrite=overwrite)


def respace_recipe(
    source: str | Path,
    *,
    scale: str | Path | None = None,
    metric: str | None = None,
    pooled: bool = False,
    margin: float = STANDARD_MARGIN,
    sources: Iterable[str | Path] = (),
    seed: int = 1,
    unverified: bool = False,
    progress: Progress | None = None,
) -> RespacedRecipe:
    """Return a new recipe whose steps are equal on a perceptual scale or a metric.

    It does not make things worse: a continuum is left unchanged if its spacing is even
    within the margin, if it may well be even, or if the new levels are not predicted to
    be more even.

    Parameters
    ----------
    source : str or Path
        A recipe, or the folder of a pack.
    scale : str or Path, optional
        Fitted scale: ``scale.json``, or its folder. This or a metric.
    metric : str, optional
        Name of a measure, such as ``"gabor_jet_face256"``.
    pooled : bool, optional
        Use the scale over all answers for every continuum that was measured, not that
        of each. It is refused where the continua differ.
    margin : float, optional
        Departure from equal steps that does not matter, 0.001 to 0.4 of the scale.
    sources : iterable of str or Path, optional
        With a metric and a pack: folders with its photographs, found by their hash.
    seed : int, optional
        Of the bootstrap.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    RespacedRecipe

    Raises
    ------
    InputError
        If not one of scale and metric is given, the source or the scale cannot be
        read, photographs are missing, or a pack is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.respace_recipe("pack", scale="scale")
    >>> list(found.sentences())
    ['maja_happy_distressed']
    """
    if (scale is None) == (metric is None):
        raise InputError("give either a scale or a metric")
    source = Path(source)
    pack = read_whole_pack(source, unverified=unverified) if source.is_dir() else None
    text = pack.recipe_toml if pack else recipe_text(source)
    recipe = pack.recipe if pack else recipe_of(source)
    proposed: dict[str, Proposal] = {}
    other = False
    if metric is not None:
        folders = [Path(folder) for folder in sources]
        proposed |= respace_on_metric(
            source, metric, pack=pack, folders=folders, progress=progress
        )
        calibration = _metric_calibration(metric, proposed)
    else:
        fitted = _scale_file(Path(scale or ""))
        document = read_document(fitted, SCALE_SCHEMA)
        other = not _is_of(document.get("pack"), pack, recipe)
        scope = "pooled" if pooled else None
        found = respace_on_people(
            recipe,
            document,
            scope=scope,
            margin=margin,
            seed=seed,
            where=str(fitted),
        )
        proposed |= {name: one for name, (one, _) in found.items()}
        used = [(one, entry) for one, entry in found.values() if one.applied]
        calibration = _people_calibration(used, margin)
    new = {name: _new_levels(one) for name, one in proposed.items() if one.applied}
    changed = pack.unverified if pack else ()
    if not new:
        return RespacedRecipe(None, "", proposed, other, changed)
    # A pack's recipe has a template; that of a study is told by its landmark files.
    root = None if pack else source.parent
    child, written = respaced_recipe(
        text, new, calibration, where=str(source), root=root
    )
    return RespacedRecipe(child, written, proposed, other, changed)


def _is_of(said: Any, pack: Pack | None, recipe: Recipe) -> bool:
    """Return whether a scale was measured with images of a pack, or of a recipe."""
    if not isinstance(said, dict):
        return False
    if pack is not None:
        return belongs_to(said, pack)
    same = said.get("images_sha256") == recipe.images_sha256()
    return same or said.get("recipe_sha256") == recipe.sha256()


def _scale_file(path: Path) -> Path:
    """Return the file of a scale, in its folder or by itself."""
    return path / "scale.json" if path.is_dir() else path


def _new_levels(one: Proposal) -> NewLevels:
    """Return levels and places as plain numbers."""
    if isinstance(one, MetricRespacing):
        return NewLevels(one.levels, even_positions(len(one.levels)))
    # Where the curve is inverted, rounding may leave equal places by their last digit.
    positions = np.round(one.positions, 9)
    return NewLevels(tuple(one.levels.tolist()), tuple(positions.tolist()))


def _metric_calibration(
    metric: str, proposed: Mapping[str, Proposal]
) -> dict[str, Any]:
    """Return the table ``calibration`` of a recipe that follows a metric."""
    used = [
        one
        for one in proposed.values()
        if isinstance(one, MetricRespacing) and one.applied
    ]
    return {
        "scale": metric,
        "kind": "metric",
        "departure": max((one.departure for one in used), default=0.0),
        "predicted": max((one.predicted for one in used), default=0.0),
    }


def _people_calibration(used: _Used, margin: float) -> dict[str, Any]:
    """Return the table ``calibration`` of a recipe that follows people."""
    if not used:
        return {}
    scales = [entry.certified for _, entry in used]
    covariances = [scale.covariance for scale in scales]
    wide = [critical_value(C) * float(np.sqrt(np.diag(C).max())) for C in covariances]
    return {
        "scale": "mlds",
        "kind": "human",
        "trials": min(scale.n_trials for scale in scales),
        "participants": min(entry.n_participants for _, entry in used),
        "sigma": max(scale.sigma for scale in scales),
        "uncertainty": max(wide),
        "margin": margin,
        "departure": max(one.departure for one, _ in used),
        "predicted": max(one.predicted_departure for one, _ in used),
    }


def _as_json(one: Proposal) -> dict[str, Any]:
    """Return what is proposed as JSON; what is infinite is unknown."""
    if isinstance(one, MetricRespacing):
        return dict(vars(one)) | {"levels": list(one.levels)}
    entry = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(one).items()
        if name != "scale"
    }
    entry["amplitudes"] = one.scale.amplitudes.tolist()
    return {k: None if v == float("inf") else v for k, v in entry.items()}


def _sentence(one: Proposal) -> str:
    """Return what is proposed for people."""
    if not one.applied:
        return one.reason
    if isinstance(one, MetricRespacing):
        return f"largest over smallest step {one.before:.3f}, now {one.after:.3f}"
    return (
        f"departure from equal steps {one.departure:.3f}, predicted "
        f"{one.predicted_departure:.3f} (in 95 % of studies below "
        f"{one.worst_departure:.3f}); largest over smallest step {one.max_min:.2f}, "
        f"predicted {one.predicted_max_min:.2f}"
    )
