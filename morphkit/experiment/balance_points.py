"""Balance points of participants as a table, carried over to later sessions.

A row says where a participant's balance point for a continuum lay in the baseline of
one visit, and by which rule it was found (`morphkit.experiment.training_rule`). Front
ends look the row up by the code of the participant. It tells no arm.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.files import read_text, write_text_atomically
from morphkit._core.finding import Finding
from morphkit._core.tables import check_header, place_of, read_table, table_text
from morphkit.errors import InputError, raise_all
from morphkit.experiment.design import Design
from morphkit.experiment.names_and_keys import is_word
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    OWN_SESSION,
    POINT_UNITS,
    PointRow,
)
from morphkit.pack.model import Pack

POINT_COLUMNS = {
    "participant": "Code of the participant",
    "continuum": "Continuum",
    "balance_point": "Images that count as the first label, at most four decimals",
    "source": "Visit in which it was measured",
    "rule": "How it was estimated: count or fit",
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_CONTINUUM = re.compile(r"[a-z][a-z0-9_]{0,199}")
_POINT = re.compile(r"[0-9]{1,4}([.,][0-9]{1,4})?")


@dataclass(frozen=True)
class BalancePoint:
    """Balance point of a participant for one continuum.

    Parameters
    ----------
    participant, continuum : str
    point : int
        Ten-thousandths of a step.
    source : str
        Visit in which it was measured.
    rule : str
        A key of `morphkit.experiment.training_rule.BALANCE_RULES`.
    """

    participant: str
    continuum: str
    point: int
    source: str
    rule: str


@dataclass(frozen=True)
class BalancePoints:
    """A table of balance points.

    Parameters
    ----------
    points : tuple of BalancePoint
    findings : tuple of Finding, optional
        Who has none, and why.
    """

    points: tuple[BalancePoint, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def rows(self) -> tuple[PointRow, ...]:
        """The rows that front ends look up."""
        return tuple(
            (one.participant, one.continuum, one.point, one.source)
            for one in self.points
        )

    @property
    def participants(self) -> tuple[str, ...]:
        """Codes that have a balance point, each once."""
        return tuple(dict.fromkeys(one.participant for one in self.points))

    def text(self) -> str:
        """Return the table as CSV."""
        rows = (
            [p.participant, p.continuum, p.point / POINT_UNITS, p.source, p.rule]
            for p in self.points
        )
        return table_text([list(POINT_COLUMNS), *rows])

    def write(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the table.

        Raises
        ------
        OutputError
            If the file exists and may not be replaced, or cannot be written.
        """
        write_text_atomically(Path(path), self.text(), overwrite=overwrite)


#: Nothing is carried over.
NO_POINTS = BalancePoints(())


def read_balance_points(path: str | Path) -> BalancePoints:
    """Return the table of balance points in a file.

    Parameters
    ----------
    path : str or Path
        What `BalancePoints.write` or ``morphkit calibrate balance`` wrote; also as a
        spreadsheet has saved it, with semicolons and decimal commas.

    Returns
    -------
    BalancePoints

    Raises
    ------
    InputError
        If the file is no such table; with every row that cannot be right.

    Examples
    --------
    >>> import morphkit as mk
    >>> key = mk.allocate_participants("course", 2, seed=5)
    >>> answers = mk.simulate_answers("course", "pack", allocation=key)
    >>> mk.measure_balance_points(answers, "pack").write("balance.csv")
    >>> mk.read_balance_points("balance.csv").points[0].rule
    'count'
    """
    where = str(path)
    lines = read_table(read_text(Path(path)), where=where, delimiters=",;\t")
    check_header(lines, POINT_COLUMNS, where=where)
    points: list[BalancePoint] = []
    faults: list[InputError] = []
    seen: set[tuple[str, str]] = set()
    for line in lines[1:]:
        row = line.by_column(POINT_COLUMNS, where=where)
        at = place_of(where, line.number)
        fault = _fault(row, seen)
        if fault is not None:
            faults.append(fault.at(at))
            continue
        seen.add((row["participant"], row["continuum"]))
        point = _units(row["balance_point"])
        points.append(
            BalancePoint(
                row["participant"], row["continuum"], point, row["source"], row["rule"]
            )
        )
    raise_all(faults)
    return BalancePoints(tuple(points))


def _units(text: str) -> int:
    """Return a balance point as ten-thousandths of a step."""
    whole, _, decimals = text.replace(",", ".").partition(".")
    return POINT_UNITS * int(whole) + int(decimals.ljust(4, "0"))


def _fault(row: dict[str, str], seen: set[tuple[str, str]]) -> InputError | None:
    """Return what is wrong with a row of the table; None if nothing is."""
    if not _CODE.fullmatch(row["participant"]):
        return InputError(
            f'participant is "{row["participant"]}"',
            allowed="a code: letters, digits, _ and -",
        )
    if not _CONTINUUM.fullmatch(row["continuum"]):
        return InputError(
            f'continuum is "{row["continuum"]}"', allowed="the name of a continuum"
        )
    if not _POINT.fullmatch(row["balance_point"]):
        return InputError(
            f'balance_point is "{row["balance_point"]}"',
            allowed="a number of images, with at most four decimals",
        )
    if not is_word(row["source"]) or row["source"] == OWN_SESSION:
        return InputError(
            f'source is "{row["source"]}"',
            allowed=f"the name of a visit, and not {OWN_SESSION}",
        )
    if row["rule"] not in BALANCE_RULES:
        return InputError(
            f'rule is "{row["rule"]}"', allowed=f"one of {', '.join(BALANCE_RULES)}"
        )
    if (row["participant"], row["continuum"]) in seen:
        return InputError(
            f"{row['participant']} has two balance points for {row['continuum']}",
            allowed="one",
        )
    return None


def trained_continua(design: Design, pack: Pack) -> tuple[str, ...]:
    """Return the continua of trials of training, in the order of the pack."""
    shown = {
        trial.stimuli[0]
        for trials in design.lists
        for trial in trials
        if trial.phase == "training"
    }
    return tuple(
        dict.fromkeys(r.continuum_id for r in pack.stimuli if r.stimulus_id in shown)
    )


def check_balance_points(points: BalancePoints, design: Design, pack: Pack) -> None:
    """Refuse balance points that a design cannot use.

    Parameters
    ----------
    points : BalancePoints
    design : Design
        Whose balance point comes from a table.
    pack : Pack
        What is shown.

    Raises
    ------
    InputError
        With every participant who lacks a trained continuum, or whose balance point was
        found by another rule or lies beyond all images.
    """
    rule = design.training.balance if design.training else ""
    trained = trained_continua(design, pack)
    n_steps = {row.continuum_id: row.n_steps for row in pack.stimuli}
    known: dict[str, set[str]] = defaultdict(set)
    faults = []
    for one in points.points:
        known[one.participant].add(one.continuum)
        if one.continuum in trained and one.rule != rule:
            faults.append(
                InputError(
                    f'by the rule "{one.rule}"',
                    where=f"balance point of {one.participant}, {one.continuum}",
                    allowed=f'"{rule}", by which the design finds it',
                    remedy=f"morphkit calibrate balance … --rule {rule}",
                )
            )
        elif one.point > POINT_UNITS * n_steps.get(one.continuum, 10**4):
            faults.append(
                InputError(
                    f"{one.point / POINT_UNITS:g}",
                    where=f"balance point of {one.participant}, {one.continuum}",
                    allowed=f"0 to {n_steps[one.continuum]}",
                )
            )
    for who, continua in known.items():
        lacking = [name for name in trained if name not in continua]
        if lacking:
            faults.append(
                InputError(
                    f"no balance point for {', '.join(lacking)}",
                    where=who,
                    remedy="give all continua that are trained, or leave the "
                    "participant out",
                )
            )
    raise_all(faults[:20])
