"""Concealed allocation: codes of participants that lead to an arm, and their key.

Every front end finds the list of a participant from the number in the code, and every
list belongs to one arm. So an allocation is a list of codes, drawn so that arms are
balanced in blocks of hidden sizes within strata. Who enrols sees codes only, in the
order in which they are to be given out; the key says which code is of which arm, and
belongs to somebody who meets no participant.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any

from morphkit._core.files import encode_text, read_text, write_together
from morphkit._core.registry import did_you_mean
from morphkit._core.tables import check_header, place_of, read_table, table_text
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.experiment.course import first_design
from morphkit.experiment.design import Design
from morphkit.experiment.designs.random_order import Draws
from morphkit.experiment.trial_list import list_of

#: Codes are numbers of five digits: every front end reads them as they are.
FIRST_CODE, LAST_CODE = 10_000, 99_999
#: Stream of draws of an allocation.
_STREAM = (2, 1)
#: A number of a key: far larger than any, and of the digits 0 to 9.
_NUMBER = re.compile("[0-9]{1,9}")
_REMEDY = "use the key that morphkit calibrate allocate wrote, unchanged"


@dataclass(frozen=True)
class Place:
    """One place of an allocation list.

    Parameters
    ----------
    stratum : str
        Of the participant; ``"all"`` where there is one.
    place : int
        Order in which codes of the stratum are given out, from 1.
    code : str
        Of the participant.
    block : int
        Block within the stratum, from 1.
    list_number : int
        Trial list that front ends find from the code.
    arm : str
        Code of the arm.
    arm_name : str
        What the design calls it.
    """

    stratum: str
    place: int
    code: str
    block: int
    list_number: int
    arm: str
    arm_name: str


KEY_COLUMNS = {
    "stratum": "Stratum of the participant",
    "place": "Order in which codes of the stratum are given out, from 1",
    "code": "Code of the participant",
    "block": "Block of the allocation within the stratum, from 1",
    "list_number": "Trial list that front ends find from the code",
    "arm": "Letter of the arm in data and exports",
    "arm_name": "Name of the arm",
}
#: What those who enrol may see.
ENROLMENT_COLUMNS = ("stratum", "place", "code")


@dataclass(frozen=True)
class Allocation:
    """An allocation list.

    Parameters
    ----------
    places : tuple of Place
    """

    places: tuple[Place, ...]

    @property
    def arms(self) -> Mapping[str, str]:
        """Letter of each arm and its name, sorted."""
        return dict(sorted({(one.arm, one.arm_name) for one in self.places}))

    @property
    def by_code(self) -> Mapping[str, Place]:
        """The places by the code of the participant."""
        return {one.code: one for one in self.places}

    def to_dict(self) -> dict[str, Any]:
        """Return counts that tell nothing about any code, as a JSON object."""
        return {
            "participants": len(self.places),
            "strata": dict(Counter(one.stratum for one in self.places)),
            "arms": dict(Counter(one.arm_name for one in self.places)),
        }

    def write(
        self, enrolment: str | Path, key: str | Path, *, overwrite: bool = False
    ) -> None:
        """Write the list for those who enrol, and the key, as two tables.

        Parameters
        ----------
        enrolment : str or Path
            Stratum, place and code: for those who enrol participants.
        key : str or Path
            Everything, with the arms: for nobody who meets participants.
        overwrite : bool, optional
            Whether existing files may be replaced.

        Raises
        ------
        OutputError
            If the two are one file, or a file exists or cannot be written.
        """
        first, second = Path(enrolment), Path(key)
        if first.resolve() == second.resolve():
            raise OutputError(f"{first}: list and key are to be two files")
        short = [[getattr(p, name) for name in ENROLMENT_COLUMNS] for p in self.places]
        whole = [list(astuple(p)) for p in self.places]
        tables = {
            second: table_text([list(KEY_COLUMNS), *whole]),
            first: table_text([list(ENROLMENT_COLUMNS), *short]),
        }
        # A code that was given out without its key would lead nowhere.
        write_together(
            {path: encode_text(text, where=str(path)) for path, text in tables.items()},
            overwrite=overwrite,
        )


def allocate(
    design: Design,
    n: int,
    *,
    strata: Iterable[str] = (),
    blocks: Iterable[int] = (),
    seed: int,
) -> Allocation:
    """Return a concealed allocation to the arms of a design.

    Parameters
    ----------
    design : Design
        With arms; of any visit of a course.
    n : int
        Participants of each stratum at least: the last block is completed.
    strata : iterable of str, optional
        Names of strata; one for all if left out.
    blocks : iterable of int, optional
        Sizes of blocks, of which one is drawn each time; multiples of the number of
        arms. Once and twice that number if left out.
    seed : int
        Of all draws. Who knows it can repeat the allocation: draw it yourself, and
        keep it with the key.

    Returns
    -------
    Allocation

    Raises
    ------
    InputError
        If the design has no arms, a size is no multiple of their number, or there are
        more participants than codes.
    """
    if not design.arms:
        raise InputError(
            "the design has no arms",
            remedy="give it some: morphkit calibrate course PACK --arm raised=2 "
            "--arm control=0",
        )
    n_arms, n_lists = len(design.arms), len(design.lists)
    sizes = sorted({*blocks}) or [n_arms, 2 * n_arms]
    names = list(dict.fromkeys(strata)) or ["all"]
    raise_all(
        InputError(f"a block of {size}", allowed=f"a multiple of the {n_arms} arms")
        for size in sizes
        if size < 1 or size % n_arms
    )
    if n < 1:
        raise InputError(f"{n} participants", allowed="1 or more")
    most = (LAST_CODE - FIRST_CODE + 1) // 2
    if len(names) * (n + sizes[-1]) * n_arms > most:
        raise InputError(
            f"{len(names) * n} participants",
            allowed=f"about {most // n_arms} with {n_arms} arms",
        )
    draws = Draws(seed, *_STREAM)
    lists = {
        arm.code: [k for k, c in enumerate(design.list_arms, 1) if c == arm.code]
        for arm in design.arms
    }
    titles = {arm.code: arm.name for arm in design.arms}
    taken: set[int] = set()
    turns: Counter[tuple[str, str]] = Counter()
    starts = {code: draws.below(len(found)) for code, found in lists.items()}
    places = []
    for stratum in names:
        place, block = 0, 0
        while place < n:
            block += 1
            size = sizes[draws.below(len(sizes))]
            for arm in draws.shuffled([*titles] * (size // n_arms)):
                place += 1
                # The orders of an arm come in turn.
                turn = starts[arm] + turns[stratum, arm]
                turns[stratum, arm] += 1
                number = lists[arm][turn % len(lists[arm])]
                code = _code(draws, number, n_lists, taken)
                places.append(
                    Place(stratum, place, code, block, number, arm, titles[arm])
                )
    return Allocation(tuple(places))


def _code(draws: Draws, number: int, n_lists: int, taken: set[int]) -> str:
    """Return a code that nobody has, which leads to a list."""
    while True:
        drawn = FIRST_CODE + draws.below(LAST_CODE - FIRST_CODE + 1)
        code = drawn - (drawn - 1) % n_lists + number - 1
        if FIRST_CODE <= code <= LAST_CODE and code not in taken:
            taken.add(code)
            return str(code)


def read_allocation(path: str | Path) -> Allocation:
    """Return the allocation in a key.

    Raises
    ------
    InputError
        If the file is no key; with every row that cannot be right.
    """
    where = str(path)
    lines = read_table(read_text(Path(path)), where=where, delimiters=",;\t")
    check_header(lines, KEY_COLUMNS, where=where)
    places, faults = [], []
    for line in lines[1:]:
        row = line.by_column(KEY_COLUMNS, where=where)
        at = place_of(where, line.number)
        numbers = {name: row[name] for name in ("place", "block", "list_number")}
        bad = [name for name, text in numbers.items() if not _NUMBER.fullmatch(text)]
        if bad or not _NUMBER.fullmatch(row["code"]):
            cell = bad[0] if bad else "code"
            faults.append(
                InputError(
                    f'{cell} is "{row[cell]}"',
                    where=at,
                    allowed="a whole number",
                    remedy=_REMEDY,
                )
            )
            continue
        values: dict[str, Any] = row | {k: int(v) for k, v in numbers.items()}
        places.append(Place(**{f.name: values[f.name] for f in fields(Place)}))
    raise_all(faults)
    return Allocation(tuple(places))


def check_allocation(allocation: Allocation, design: Design) -> None:
    """Refuse an allocation that does not lead to the arms that it states.

    Parameters
    ----------
    allocation : Allocation
    design : Design
        Of any visit.

    Raises
    ------
    InputError
        With every code that comes twice, leads to another list or another arm, and
        every block whose arms are not equally many.
    """
    n_lists = len(design.lists)
    titles = {arm.code: arm.name for arm in design.arms}
    counts = Counter(one.code for one in allocation.places)
    faults = [
        InputError(f"the code {code} comes {times} times", remedy=_REMEDY)
        for code, times in counts.items()
        if times > 1
    ]
    for one in allocation.places:
        number = list_of(one.code, n_lists)
        arm = design.arm_of(number)
        if one.list_number != number or arm is None or arm.code != one.arm:
            found = f"list {number}" + (f", arm {arm.code}" if arm else "")
            faults.append(
                InputError(
                    f"the code {one.code} is of list {one.list_number}, arm {one.arm}",
                    allowed=f"in this design it leads to {found}",
                    remedy="allocate with this very design",
                )
            )
        elif titles[one.arm] != one.arm_name:
            faults.append(
                InputError(
                    f'the arm {one.arm} is "{one.arm_name}"',
                    allowed=f'"{titles[one.arm]}" in this design',
                    remedy=did_you_mean(one.arm_name, titles.values()) or _REMEDY,
                )
            )
    if not faults:
        faults += [*_uneven(allocation.places, sorted(titles))]
    raise_all(faults[:20])


def _uneven(places: Sequence[Place], arms: Sequence[str]) -> Iterable[InputError]:
    """Yield an error for every block in which the arms are not equally many."""

    def block(one: Place) -> tuple[str, int]:
        return one.stratum, one.block

    for (stratum, number), members in groupby(places, key=block):
        counts = Counter(one.arm for one in members)
        if len({counts[arm] for arm in arms}) > 1:
            said = ", ".join(f"{counts[arm]} of {arm}" for arm in arms)
            yield InputError(
                f'block {number} of the stratum "{stratum}" has {said}',
                allowed="equally many of every arm",
                remedy=_REMEDY,
            )


def allocate_participants(
    design: str | Path,
    n: int,
    *,
    strata: Iterable[str] = (),
    blocks: Iterable[int] = (),
    seed: int,
) -> Allocation:
    """Return a checked, concealed allocation to the arms of a course or a design.

    Parameters
    ----------
    design : str or Path
        Folder of a course, or of a design with arms.
    n : int
        Participants of each stratum at least: the last block is completed.
    strata : iterable of str, optional
        Names of strata; one for all if left out.
    blocks : iterable of int, optional
        Sizes of blocks, multiples of the number of arms, of which one is drawn each
        time.
    seed : int
        Of all draws; it is as secret as the key.

    Returns
    -------
    Allocation
        `Allocation.write` makes the list for those who enrol, and the key.

    Raises
    ------
    InputError
        As `allocate`, or if the folder holds no design.

    Examples
    --------
    >>> import morphkit as mk
    >>> found = mk.allocate_participants("course", 12, seed=20)
    >>> sorted(found.to_dict()["arms"].values())[0] >= 4
    True
    """
    found = first_design(Path(design))
    allocation = allocate(found, n, strata=strata, blocks=blocks, seed=seed)
    check_allocation(allocation, found)
    return allocation
