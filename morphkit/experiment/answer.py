"""What a participant answered, in one form for the data of every front end."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

from morphkit._core.finding import Finding
from morphkit._core.text import composed
from morphkit.errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

#: The answers to a triad or a quadruple: which of its two pairs differs more.
FIRST_PAIR, SECOND_PAIR = "pair_1", "pair_2"
#: The answers to two images.
SAME, DIFFERENT = "same", "different"
#: The answers to a probe in the place of one of two images.
PROBE_SIDES = ("left", "right")

#: What front ends record beside an answer, and what it means; kept with the answer.
DETAILS: Mapping[str, str] = {
    "started": "Date and time at which the session began",
    "resumed": "How often the session was gone on with after it was broken off",
    "list": "Trial list of the participant",
    "n_trials": "Trials that the session has when it is whole",
    "choice_order": "The choices as they stood on the screen, from the left",
    "answered_by": "Key, button or touch that gave the answer",
    "balance_point": "Balance point of the participant, in training",
    "balance_source": "Where that comes from: session, or the visit it is carried from",
    "boundary": "Boundary between the labels, in training",
    "fixation_ms": "Time of the fixation cross, where it is drawn for each trial",
    "probe_side": "Side of the dot after two images",
    "images_at": "Date and time (UTC) at which the images appeared",
    "stimulus_ms": "Time for which the images were visible, measured",
    "picture_scale": "Size of the images on the screen, 1 in their own pixels",
    "picture_fit": "1, or how much smaller the window made the images",
    "resampling": "How images became so large: exact, whole (pixels repeated), smooth",
    "picture_height_deg": "Height of the images, degrees of visual angle",
    "pixels_per_mm": "Pixels of the screen for a millimetre, measured or stated",
    "distance_cm": "Distance of the eyes from the screen, centimetres",
    "distance_sd_cm": "Standard deviation of the measured distances, centimetres",
    "distance_by": "How the distance is known: stated, blind-spot",
    "device_pixel_ratio": "Pixels of the screen for one of the page",
    "window_width": "Width of the window",
    "window_height": "Height of the window",
    "was_hidden": "Whether the page was out of sight during the trial",
    "was_blurred": "Whether another window had the keys during the trial",
    "checks_given": "Checks of attention in the session",
    "checks_passed": "Checks of attention that the participant passed",
    "consented": "Date and time at which the participant consented",
    "prolific_pid": "Parameter PROLIFIC_PID of the address",
    "prolific_study_id": "Parameter STUDY_ID of the address",
    "prolific_session_id": "Parameter SESSION_ID of the address",
    "sona_id": "Parameter SONA_ID of the address",
    "was_full_screen": "Whether the page filled the screen during the whole trial",
}

#: What the columns of other parameters of the address begin with, and those of items of
#: questionnaires; they are kept, too.
PARAMETER, ITEM = "param_", "item_"

#: Why a row of a table is not among the answers that are analysed: reason -> what it
#: is called after its number, singular and plural.
EXCLUSIONS: Mapping[str, tuple[str, str]] = {
    "repeated-header": ("header that comes again", "headers that come again"),
    "no-trial": ("row that is no trial", "rows that are no trials"),
    "broken-off": ("trial that was broken off", "trials that were broken off"),
    "duplicate": ("repeated row", "repeated rows"),
    "other-session": ("answer of another session", "answers of other sessions"),
    "missing-code": ("answer coded as missing", "answers coded as missing"),
    "out-of-range": ("rating out of range", "ratings out of range"),
    "too-fast": ("answer that came too fast", "answers that came too fast"),
    "too-slow": ("answer that came too late", "answers that came too late"),
    "hidden": ("trial with the page hidden", "trials with the page hidden"),
    "blurred": (
        "trial with another window in use",
        "trials with another window in use",
    ),
    "shrunk": ("trial with smaller images", "trials with smaller images"),
    "incomplete": (
        "answer of an incomplete session",
        "answers of incomplete sessions",
    ),
    "hasty": ("answer of a hasty session", "answers of hasty sessions"),
    "one-sided": (
        "answer of a session with one button",
        "answers of sessions with one button",
    ),
    "inattentive": (
        "answer of an inattentive session",
        "answers of inattentive sessions",
    ),
    "learning": ("trial of practice or training", "trials of practice or training"),
    "other-phase": ("answer in another phase", "answers in other phases"),
    "other-task": ("answer to another task", "answers to other tasks"),
    "other-continuum": (
        "answer to another continuum",
        "answers to other continua",
    ),
    "unanswered": ("trial without an answer", "trials without an answer"),
}


@dataclass(frozen=True)
class Account:
    """What became of the rows of a table: they are used, or excluded for a reason.

    Parameters
    ----------
    read : int
        Rows below the first header of every file, blank ones left out.
    used : int
        Answers that are left.
    excluded : mapping of str to int
        Rows by reason, a key of `EXCLUSIONS`; ``read`` is their sum and `used`.

    Raises
    ------
    InputError
        If the sum is another.
    """

    read: int
    used: int
    excluded: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {k: self.excluded[k] for k in EXCLUSIONS if self.excluded.get(k)}
        object.__setattr__(self, "excluded", kept)
        if self.read != self.used + sum(kept.values()):
            raise InputError(
                f"{self.read} rows read, but {self.used} used and "
                f"{sum(kept.values())} excluded"
            )

    def less(self, **reasons: int) -> "Account":
        """Return the account after some of the answers were excluded.

        Examples
        --------
        >>> Account(10, 10).less(duplicate=2).excluded
        {'duplicate': 2}
        """
        named = {name.replace("_", "-"): n for name, n in reasons.items()}
        excluded = Counter(self.excluded) + Counter(named)
        return Account(self.read, self.used - sum(named.values()), dict(excluded))

    def __add__(self, other: "Account") -> "Account":
        excluded = Counter(self.excluded) + Counter(other.excluded)
        return Account(self.read + other.read, self.used + other.used, dict(excluded))

    def to_dict(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"read": self.read, "used": self.used, "excluded": dict(self.excluded)}

    def sentence(self) -> str:
        """Return it in words.

        Examples
        --------
        >>> Account(10, 10).less(duplicate=2).sentence()
        '8 of 10 rows used; excluded: 2 repeated rows'
        """
        text = f"{self.used} of {self.read} rows used"
        return f"{text}; excluded: {self.reasons()}" if self.excluded else text

    def reasons(self, without: Sequence[str] = ()) -> str:
        """Return what was excluded in words, some reasons left out."""
        return ", ".join(
            f"{n} {EXCLUSIONS[reason][n != 1]}"
            for reason, n in self.excluded.items()
            if reason not in without
        )


#: Fields of an answer that only some studies have.
OPTIONAL = ("session", "visit", "arm")


@dataclass(frozen=True)
class Answer:
    """One answer of one participant, coded by label and never by key or side.

    Codes and words are kept in one Unicode form: those that look alike are one.

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
    session : str, optional
        Of several sessions of a participant, which.
    image_digests : tuple of str, optional
        Of the images that were shown, `morphkit.pack.link.stimulus_digest`; empty where
        that was not recorded.
    details : mapping of str to str, optional
        What else was recorded, by a key of `DETAILS`.
    visit : str, optional
        Which of the planned sessions of a course, as its design calls it.
    arm : str, optional
        Code of the arm of a training trial.

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
    session: str = ""
    image_digests: tuple[str, ...] = field(default=(), compare=False)
    details: Mapping[str, str] = field(default_factory=dict, compare=False)
    visit: str = ""
    arm: str = ""

    def __post_init__(self) -> None:
        for name in ("participant", "response", "question", *OPTIONAL):
            object.__setattr__(self, name, composed(getattr(self, name)))
        if not self.participant:
            raise InputError("an answer without a participant")
        if self.order < 1:
            raise InputError(f"answer number {self.order}", allowed="numbered from 1")
        if not 1 <= len(self.stimuli) <= 4:
            raise InputError(
                f"an answer to {len(self.stimuli)} stimuli", allowed="one to four"
            )
        if self.image_digests and len(self.image_digests) != len(self.stimuli):
            raise InputError(
                f"{len(self.image_digests)} digests of {len(self.stimuli)} images",
                allowed="one for each",
            )
        rt = self.rt_seconds
        if rt is not None and not (math.isfinite(rt) and rt >= 0):
            raise InputError(f"a reaction time of {rt} s", allowed="0 or more")


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """Answers of a study, findings from reading them, and what was left out.

    Parameters
    ----------
    answers : tuple of Answer
    findings : tuple of Finding, optional
    account : Account, optional
        What became of the rows that were read; by default they all are answers.
    places : tuple of str, optional
        Where each answer stands, for messages; empty if that is not known.
    other_build : bool, optional
        Whether they may be to images of another build of the pack.
    """

    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...] = ()
    account: Account = None  # type: ignore[assignment]
    places: tuple[str, ...] = field(default=(), compare=False)
    other_build: bool = False

    def __post_init__(self) -> None:
        n = len(self.answers)
        if self.account is None:
            object.__setattr__(self, "account", Account(n, n))

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
            `stimulus_4` are empty strings if a trial shows fewer images; those of
            `OPTIONAL` and `DETAILS`, and `image_digests`, are there if an answer has
            them.
        """
        from pandas import DataFrame

        rows = []
        optional = recorded(self.answers)
        for one in self.answers:
            row = dict(vars(one))
            for name in (*OPTIONAL, "image_digests", "details"):
                del row[name]
            names = [*row.pop("stimuli"), *[""] * 4][:4]
            row |= {f"stimulus_{k}": n for k, n in enumerate(names, 1)}
            rows.append(row | {name: optional_cell(one, name) for name in optional})
        return DataFrame(rows)


def recorded(answers: Sequence[Answer]) -> list[str]:
    """Return the columns that only some answers have and these do, in order."""
    found = {name for one in answers for name in one.details}
    return [
        *(n for n in OPTIONAL if any(getattr(one, n) for one in answers)),
        *(["image_digests"] if any(one.image_digests for one in answers) else []),
        *(name for name in DETAILS if name in found),
        *sorted(found.difference(DETAILS)),
    ]


def optional_cell(answer: Answer, column: str) -> str:
    """Return what stands in such a column."""
    if column in OPTIONAL:
        return str(getattr(answer, column))
    if column == "image_digests":
        return "|".join(answer.image_digests)
    return answer.details.get(column, "")
