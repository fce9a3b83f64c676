"""What a participant answered, in one form for the data of every front end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from morphkit._core.finding import Finding
from morphkit.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

#: The answers to a triad or a quadruple: which of its two pairs differs more.
FIRST_PAIR, SECOND_PAIR = "pair_1", "pair_2"
#: The answers to two images.
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class Answer:
    """One answer of one participant, coded by label and never by key or side.

    Parameters
    ----------
    participant : str
        Code of the participant; never a name.
    order : int
        Place in the session, from 1.
    stimuli : tuple of str
        Stimulus ids in the order of the trial table: one for a category or a rating,
        two for same or different, three for a triad (the middle one belongs to both
        pairs), four for a quadruple.
    response : str
        The chosen label (``"happy"``), ``"same"`` or ``"different"``, `FIRST_PAIR` or
        `SECOND_PAIR`, or a rating as a number. Empty if time ran out.
    design : str, optional
        Name in the table of designs.
    phase : str, optional
        ``"practice"``, ``"baseline"``, ``"training"``, ``"test"`` or ``"main"``.
    question : str, optional
        Name of a rating scale (``"valence"``); empty where a design has one question.
    rt_seconds : float, optional
        From stimulus onset to the answer; None if not recorded.

    Raises
    ------
    InputError
        If a field is not valid.
    """

    participant: str
    order: int
    stimuli: tuple[str, ...]
    response: str
    design: str = "categorisation"
    phase: str = "main"
    question: str = ""
    rt_seconds: float | None = None

    def __post_init__(self) -> None:
        if not self.participant:
            raise InputError("an answer without a participant")
        if self.order < 1:
            raise InputError(f"answer number {self.order}", allowed="numbered from 1")
        if not 1 <= len(self.stimuli) <= 4:
            raise InputError(
                f"an answer to {len(self.stimuli)} stimuli", allowed="one to four"
            )
        rt = self.rt_seconds
        if rt is not None and not (math.isfinite(rt) and rt >= 0):
            raise InputError(f"a reaction time of {rt} s", allowed="0 or more")


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """Answers of a study, and findings from reading them.

    Parameters
    ----------
    answers : tuple of Answer
    findings : tuple of Finding, optional
    """

    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.answers)

    @overload
    def __getitem__(self, index: int) -> Answer: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Answer, ...]: ...

    def __getitem__(self, index: int | slice) -> Answer | tuple[Answer, ...]:
        return self.answers[index]

    def frame(self) -> "DataFrame":
        """Return the answers as a data frame, one per row.

        Returns
        -------
        pandas.DataFrame
            Columns as in the table that ``morphkit answers`` writes; `stimulus_2` to
            `stimulus_4` are empty strings if a trial shows fewer images.
        """
        from pandas import DataFrame

        rows = []
        for one in self.answers:
            row = dict(vars(one))
            names = [*row.pop("stimuli"), *[""] * 4][:4]
            rows.append(row | {f"stimulus_{k}": n for k, n in enumerate(names, 1)})
        return DataFrame(rows)
