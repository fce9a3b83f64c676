"""New levels of continua whose steps are equal on a scale of participants."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.documents import restore
from morphkit.errors import InputError, raise_all
from morphkit.experiment.analysis.scale_findings import DIFFERS
from morphkit.pipeline.check_recipe import continuum_id
from morphkit.psychophysics.equivalence import band_holds
from morphkit.psychophysics.respacing import Respacing, respace
from morphkit.psychophysics.scoring import Method
from morphkit.psychophysics.simultaneous_band import MIN_PARTICIPANTS
from morphkit.recipe import Recipe

_FIT_AGAIN = "write the file again with morphkit calibrate scale"


@dataclass(frozen=True, eq=False)
class Measured:
    """What is used of a difference scale in a document.

    Raises
    ------
    InputError
        If the arrays do not match.
    """

    levels: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]
    method: Method
    n_trials: int
    sigma: float
    source: str = "participants"

    def __post_init__(self) -> None:
        n = self.levels.size
        shapes = (self.levels.shape, self.values.shape, self.covariance.shape)
        if shapes != ((n,), (n,), (n, n)):
            raise InputError(f"levels, values and covariance of the shapes {shapes}")


@dataclass(frozen=True)
class Straight:
    """The test of a scale against a straight line."""

    p_value: float


@dataclass(frozen=True)
class Differing:
    """The test whether the scales of continua differ."""

    p_value: float


@dataclass(frozen=True)
class Entry:
    """A scale in a document: of all answers, a continuum or a participant."""

    scope: str
    continuum_id: str | None
    n_participants: int
    linear: Straight
    scale: Measured
    judged: Measured | None = None

    @property
    def certified(self) -> Measured:
        """The scale that the certificate is of: of a continuum, partially pooled."""
        return self.scale if self.judged is None else self.judged


@dataclass(frozen=True)
class Entries:
    """The scales in a document, and whether its continua differ."""

    scales: tuple[Entry, ...]
    heterogeneity: Differing | None = None


def respace_on_people(
    recipe: Recipe,
    document: Mapping[str, Any],
    *,
    scope: str | None,
    margin: float,
    seed: int,
    where: str,
) -> dict[str, tuple[Respacing, Entry]]:
    """Return the proposals of a perceptual scale.

    Parameters
    ----------
    recipe : Recipe
    document : mapping
        What ``morphkit calibrate scale`` wrote.
    scope : {"pooled", "continuum"} or None
        Which of its scales; None takes that of each continuum if there are several that
        were pooled in part, else that of all answers.
    margin : float
        Departure from equal steps that does not matter.
    seed : int
        Of the bootstrap.
    where : str
        Name of the document, for messages.

    Returns
    -------
    dict
        Continuum id -> what is proposed, and the entry of the document it comes from.
        Only continua that were measured.

    Raises
    ------
    InputError
        If the document has no such scale, or is of other continua.
    """
    entries_read = restore(Entries, document, where=where, remedy=_FIT_AGAIN)
    entries = entries_read.scales
    pooled = [one for one in entries if one.scope == "pooled"]
    single = {str(e.continuum_id): e for e in entries if e.scope == "continuum"}
    parts = {continuum_id(i, part): part for i, part in recipe.planned()}
    strange = [name for name in single if name not in parts]
    if strange:
        raise InputError(
            f'the scale is of "{strange[0]}", which is not in the recipe',
            allowed=f"continua: {', '.join(parts)}",
        )
    partial = any(one.judged is not None for one in single.values())
    wanted = scope or ("pooled" if pooled and not partial else "continuum")
    if wanted == "pooled":
        if not pooled:
            raise InputError(
                "there is no pooled scale",
                remedy="use the scales of single continua",
            )
        differ = entries_read.heterogeneity
        if differ is not None and differ.p_value < DIFFERS:
            raise InputError(
                f"the scales of its continua differ (p = {differ.p_value:.2g}), so "
                "that one scale would make some of them worse",
                where=where,
                remedy="respace each continuum on its own scale: leave out --pooled",
            )
        chosen = dict.fromkeys(single or parts, pooled[0])
    else:
        chosen = single
    if not chosen:
        raise InputError("there is no scale of a continuum")
    raise_all(
        InputError(
            f"the scale is of {entry.n_participants} participants, whose answers its "
            "uncertainty takes as independent",
            where=where,
            allowed=f"at least {MIN_PARTICIPANTS} participants, drawn again",
            remedy="ask more people; fit again without --samples 0",
        )
        for entry in {id(one): one for one in chosen.values()}.values()
        if not band_holds(entry.certified.source, entry.n_participants)
    )
    line = min((one.linear.p_value for one in pooled), default=1.0)
    found: dict[str, tuple[Respacing, Entry]] = {}
    known: dict[tuple[int, tuple[float, ...]], Respacing] = {}
    for name, entry in chosen.items():
        present = parts[name].trajectory().levels
        key = (id(entry), tuple(present.tolist()))
        if key not in known:
            # A continuum that was pooled in part has the answers to all as evidence.
            p = min(entry.linear.p_value, line if entry.judged else 1.0)
            known[key] = _on_people(entry, p, present, name, margin, seed)
        found[name] = (known[key], entry)
    return found


def _on_people(
    entry: Entry,
    p_straight: float,
    present: npt.NDArray[np.float64],
    name: str,
    margin: float,
    seed: int,
) -> Respacing:
    """Return the proposal of one scale for one continuum."""
    try:
        scale = entry.certified
        return respace(
            scale.levels,
            scale.values,
            scale.covariance,
            present=present,
            margin=margin,
            generator=np.random.default_rng(seed),
            separated=scale.method != "ml",
            p_straight=p_straight,
        )
    except InputError as error:
        raise error.at(name) from None
