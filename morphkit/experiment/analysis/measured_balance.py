"""Balance points of participants, measured in one visit for later ones."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from morphkit._core.finding import Finding
from morphkit._core.registry import did_you_mean, look_up
from morphkit.errors import InputError
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.thresholds import LEAST_ANSWERED
from morphkit.experiment.analysis.training import in_order
from morphkit.experiment.answer import Answer, Answers
from morphkit.experiment.balance_points import (
    BalancePoint,
    BalancePoints,
)
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    Counts,
    count_baseline,
    measured_point,
)
from morphkit.pack.model import Pack
from morphkit.pack.whole import read_whole_pack, used_nevertheless

#: Source of what was measured in data without visits.
_EARLIER = "earlier"


def measure_balance_points(
    answers: Iterable[Answer],
    pack: str | Path,
    *,
    visit: str = "",
    rule: str = "count",
    unverified: bool = False,
) -> BalancePoints:
    """Return the balance point of each participant and continuum in one visit.

    It is that of the baseline, by the very rule of the front ends.

    Parameters
    ----------
    answers : iterable of Answer
        From `read_answers` or `simulate_answers`.
    pack : str or Path
        Folder of the pack that was shown.
    visit : str, optional
        Visit whose baseline is taken; the first if left out.
    rule : str, optional
        ``"count"``, as published, or ``"fit"``: as the design has it.
    unverified : bool, optional
        Go on with a pack that is not as its ``SHA256SUMS`` says, and record it.

    Returns
    -------
    BalancePoints
        `findings` name participants who answered fewer than 80 % of the trials of a
        baseline; they have none.

    Raises
    ------
    InputError
        If there is no baseline, no such visit or rule, stimuli are unknown, or the pack
        is not whole.

    Examples
    --------
    >>> import morphkit as mk
    >>> key = mk.allocate_participants("course", 4, seed=5)
    >>> answers = mk.simulate_answers("course", "pack", allocation=key)
    >>> points = mk.measure_balance_points(answers, "pack")
    >>> len(points.participants) >= 4
    True
    """
    look_up(BALANCE_RULES, rule, kind="rule of balance points")
    given = answers if isinstance(answers, Answers) else Answers(tuple(answers))
    shown = read_whole_pack(Path(pack), unverified=unverified)
    collected = collect(given, shown, task="category", phases=("baseline",), apart=True)
    trials = [
        one
        for one in given
        if one.phase.casefold() == "baseline" and one.stimuli[0] in shown.by_id
    ]
    chosen = _visit(trials, visit)
    trials = [one for one in trials if one.visit == chosen]
    points, few = _measured(trials, shown, collected.labels[0], chosen, rule)
    return BalancePoints(
        tuple(points), (*used_nevertheless(shown), *collected.findings, *few)
    )


def _visit(trials: Sequence[Answer], visit: str) -> str:
    """Return the visit that is asked for, or the first."""
    known = in_order({one.visit for one in trials})
    if visit and visit not in known:
        raise InputError(
            f'no baseline was answered in the visit "{visit}"',
            allowed=", ".join(known),
            remedy=did_you_mean(visit, known),
        )
    return visit or known[0]


def _measured(
    trials: Iterable[Answer], shown: Pack, first: str, visit: str, rule: str
) -> tuple[list[BalancePoint], list[Finding]]:
    """Return the balance points of a visit, and findings on those who have none."""
    counts: dict[tuple[str, str], Counts] = defaultdict(dict)
    asked: dict[tuple[str, str], int] = defaultdict(int)
    for one in trials:
        row = shown.by_id[one.stimuli[0]]
        key = one.participant, row.continuum_id
        said = one.response.strip().casefold()
        asked[key] += 1
        count_baseline(counts[key], row.step, said == first.casefold(), bool(said))
    points, findings = [], []
    for (who, continuum), found in sorted(counts.items()):
        n = sum(answered for _, answered in found.values())
        if n < LEAST_ANSWERED * asked[who, continuum]:
            findings.append(
                Finding(
                    "no-balance-point",
                    "warning",
                    f"{n} of {asked[who, continuum]} trials of the baseline were "
                    "answered: there is no balance point to carry over",
                    where=f"{who}, {continuum}",
                    value=n,
                    limit=LEAST_ANSWERED * asked[who, continuum],
                )
            )
            continue
        point = measured_point(found, rule)
        points.append(BalancePoint(who, continuum, point, visit or _EARLIER, rule))
    return points, findings
