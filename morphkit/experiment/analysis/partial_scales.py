"""Scales of several continua, judged by the same participants and pooled in part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from morphkit._core.arrays import frozen
from morphkit.psychophysics.comparisons import Comparisons
from morphkit.psychophysics.difference_scale import DifferenceScale, with_covariance
from morphkit.psychophysics.partial_pooling import (
    Heterogeneity,
    count_blocks,
    exchange_continua,
    pool_partially,
    resample_together,
)

#: Exchanges of continua for the test whether they differ.
MAX_EXCHANGES = 999


@dataclass(frozen=True, eq=False)
class Part:
    """The answers to one continuum.

    Parameters
    ----------
    continuum_id : str
    comparisons : Comparisons
    participants : tuple of str
        Who answered each of them.
    scale : DifferenceScale
        Fitted to these answers alone.
    """

    continuum_id: str
    comparisons: Comparisons
    participants: tuple[str, ...]
    scale: DifferenceScale


def pool_continua(
    parts: Sequence[Part], generator: np.random.Generator, *, n_samples: int
) -> tuple[dict[str, DifferenceScale], Heterogeneity]:
    """Return the scale of each continuum, and whether they differ.

    Parameters
    ----------
    parts : sequence of Part
        Of two or more continua, over the same levels.
    generator : numpy.random.Generator
    n_samples : int
        Times that participants are drawn again.

    Returns
    -------
    (dict, Heterogeneity)
        Continuum id -> its scale, drawn towards the mean of all, with intervals and
        band for that.
    """
    people = {
        p: k for k, p in enumerate(sorted({p for q in parts for p in q.participants}))
    }
    quads = np.concatenate([part.comparisons.quads for part in parts])
    second = np.concatenate([part.comparisons.second for part in parts])
    who = np.array([people[p] for part in parts for p in part.participants])
    which = np.repeat(np.arange(len(parts)), [len(part.participants) for part in parts])
    together = Comparisons(quads, second, parts[0].comparisons.n_levels)
    blocks = count_blocks(together, who, which)
    wald = np.mean([part.scale.wald_covariance for part in parts], axis=0)
    drawn = resample_together(blocks, generator, n_samples=n_samples)
    J, n = len(people), len(parts[0].scale.levels)
    joint = np.cov(drawn.reshape(len(drawn), -1).T) * J / (J - 1)
    values = np.array([part.scale.values for part in parts])
    pooled = pool_partially(values, joint.reshape(len(parts), n, len(parts), n), wald)
    n_exchanges = min(n_samples, MAX_EXCHANGES)
    statistic, p = exchange_continua(blocks, wald, generator, n_samples=n_exchanges)
    scales = {
        part.continuum_id: with_covariance(
            replace(part.scale, values=frozen(pooled.values[k])),
            pooled.covariance[k],
            source="partial",
            degrees=J - 1,
        )
        for k, part in enumerate(parts)
    }
    test = Heterogeneity(
        statistic=statistic,
        p_value=p,
        n_samples=n_exchanges,
        spread=pooled.spread,
        spread_high=pooled.spread_high,
        weight=pooled.weight,
    )
    return scales, test
