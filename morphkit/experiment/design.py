"""The plan of an experiment: what is shown and asked, independent of the front end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from morphkit._core.registry import look_up
from morphkit.errors import InputError
from morphkit.experiment.answer import PROBE_SIDES
from morphkit.experiment.names_and_keys import check_keys, check_word
from morphkit.experiment.training_rule import (
    BALANCE_RULES,
    BALANCE_SOURCES,
    OWN_SESSION,
    SHIFT_UNITS,
)


class Ability(StrEnum):
    """Something a front end can do and a design may need."""

    CHOICES = "a choice between two answers"
    LABELS = "a choice between more than two answers"
    SLIDERS = "sliders"
    PICTURES = "several images at once"
    PROBE = "a probe in the place of an image"
    FEEDBACK = "feedback"
    BALANCE_POINT = "a balance point that follows the participant"
    DRAWN_FIXATION = "a fixation of its own in every trial"


#: Largest number of a block, and duration.
MOST_BLOCKS, LONGEST_MS = 100_000, 3_600_000
#: Largest number of answers of a trial: each has a digit as its key.
MOST_CHOICES = 9
#: Largest number of steps of a rating scale.
MOST_POINTS = 10_000
#: Parts of a session, in their order.
PHASES = ("practice", "baseline", "training", "test", "main")


@dataclass(frozen=True)
class Trial:
    """One question to a participant.

    Parameters
    ----------
    phase : str
        One of `PHASES`.
    block : int
        Numbered from 1 through the session; there is a break between blocks.
    stimuli : tuple of str
        Stimulus ids: one (category, rating), two (same or different), three (triad) or
        four (quadruple), in the order of an `Answer`.
    choices : tuple of str
        The possible answers as labels, in canonical order; empty for a rating.
    flipped : bool, optional
        Whether choices, and images shown side by side, are in reverse order on the
        screen and on the keys: counterbalancing, which leaves recorded labels alone.
    question : str, optional
        Name of a rating scale; empty where a design has one question.
    correct : str, optional
        The correct choice; empty if there is none, or if it depends on the participant
        (training).
    fixation : int, optional
        Milliseconds of its fixation cross, where the timing has a range.

    Raises
    ------
    InputError
        If the parts do not fit together.
    """

    phase: str
    block: int
    stimuli: tuple[str, ...]
    choices: tuple[str, ...]
    flipped: bool = False
    question: str = ""
    correct: str = ""
    fixation: int | None = None

    def __post_init__(self) -> None:
        if self.phase not in PHASES:
            raise InputError(f'phase "{self.phase}"', allowed=f"one of {PHASES}")
        if not 1 <= len(self.stimuli) <= 4:
            raise InputError(
                f"a trial of {len(self.stimuli)} stimuli", allowed="one to four"
            )
        for name in (*self.stimuli, *self.choices, self.question or "rating"):
            check_word(name)
        n = len(self.choices)
        if n == 1 or n > MOST_CHOICES or len(set(self.choices)) < n:
            raise InputError(
                f"the choices are {self.choices}",
                allowed=f"two to {MOST_CHOICES} different ones, or none",
            )
        if not 1 <= self.block <= MOST_BLOCKS:
            raise InputError(f"block {self.block}", allowed=f"1 to {MOST_BLOCKS}")
        if self.correct and self.correct not in self.choices:
            raise InputError(
                f'"{self.correct}" is not a choice', allowed=f"one of {self.choices}"
            )

    @property
    def shown_choices(self) -> tuple[str, ...]:
        """The choices in the order of screen and keys, from the left."""
        return self.choices[::-1] if self.flipped else self.choices


@dataclass(frozen=True)
class Timing:
    """How long things are shown, milliseconds; None waits for the answer.

    Parameters
    ----------
    fixation : int or (int, int)
        Fixation cross before a stimulus; 0 shows none. Two numbers are the least and
        the most: every trial then has one of its own between them, drawn from the seed
        (`morphkit.experiment.designs.fixations`).
    stimulus : int or None
        The stimulus; None shows it until the answer.
    mask : int
        Backward mask after the stimulus; 0 shows none.
    answer : int or None
        Time allowed for the answer; None waits.
    feedback : int
        Feedback in training.
    """

    fixation: int | tuple[int, int] = 500
    stimulus: int | None = None
    mask: int = 0
    answer: int | None = None
    feedback: int = 1000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None and not 0 <= one <= LONGEST_MS:
                    raise InputError(
                        f"{name} of {one} ms", allowed=f"0 to {LONGEST_MS} (an hour)"
                    )
        least, most = self.drawn_fixation or (1, 2)
        if not 1 <= least < most:
            raise InputError(
                f"fixation drawn from {least} to {most} ms",
                allowed="from less to more, the least 1 or more",
            )

    @property
    def drawn_fixation(self) -> tuple[int, int] | None:
        """The range that fixations are drawn from; None if all are alike."""
        return self.fixation if isinstance(self.fixation, tuple) else None

    @property
    def usual_fixation(self) -> float:
        """The fixation, or the mean of its range."""
        if isinstance(self.fixation, tuple):
            return sum(self.fixation) / 2
        return self.fixation


@dataclass(frozen=True)
class Training:
    """Feedback relative to a balance point shifted from the participant's own.

    `morphkit.experiment.training_rule` says which images count as `from_label` in
    training: those below the participant's own point of equality in the baseline, which
    is the balance point plus one half, plus `shift_steps`.

    Parameters
    ----------
    shift_steps : float
        Steps of the continuum, in whole thousandths; positive makes more images count
        as the first label.
    from_label, to_label : str
        Labels of the two ends.
    balance : str, optional
        How the balance point is estimated, a key of
        `morphkit.experiment.training_rule.BALANCE_RULES`.
    balance_from : str, optional
        Where it comes from, a key of
        `morphkit.experiment.training_rule.BALANCE_SOURCES`: this session, or a table of
        an earlier one.

    Raises
    ------
    InputError
        If a label is not a name, the shift has more than three decimals, or there is no
        such rule or source.
    """

    shift_steps: float
    from_label: str
    to_label: str
    balance: str = "count"
    balance_from: str = OWN_SESSION

    def __post_init__(self) -> None:
        check_shift(self.shift_steps)
        look_up(BALANCE_RULES, self.balance, kind="rule of balance points")
        look_up(BALANCE_SOURCES, self.balance_from, kind="source of balance points")
        check_word(self.from_label)
        check_word(self.to_label)

    @property
    def shift(self) -> int:
        """The shift in units of the rule: thousandths of a step."""
        return round(self.shift_steps * SHIFT_UNITS)

    @property
    def is_carried(self) -> bool:
        """Whether the balance point is looked up in a table."""
        return self.balance_from != OWN_SESSION


@dataclass(frozen=True)
class Arm:
    """One arm of a training trial: what its feedback does.

    Parameters
    ----------
    code : str
        One capital letter, by which data and exports call it. Which letter is which arm
        is drawn: only the design and the key of an allocation say it.
    name : str
        What the design calls it: ``"raised"``, ``"control"``.
    shift_steps : float
        As in `Training`.
    sham : bool, optional
        Whether feedback follows the trial table instead of the participant's balance
        point: the table says what counts as right, drawn before anybody has answered.

    Raises
    ------
    InputError
        If the code is not a capital letter, the name is none, the shift has more than
        three decimals, or a sham has one.
    """

    code: str
    name: str
    shift_steps: float = 0.0
    sham: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Z]", self.code):
            raise InputError(
                f'the code of an arm is "{self.code}"', allowed="a letter from A to Z"
            )
        check_word(self.name)
        if self.sham and self.shift_steps:
            raise InputError(
                f'the arm "{self.name}" is a sham with a shift of {self.shift_steps:g}',
                allowed="a shift, or a sham",
            )
        check_shift(self.shift_steps)

    @property
    def shift(self) -> int:
        """The shift in units of the rule: thousandths of a step."""
        return round(self.shift_steps * SHIFT_UNITS)


@dataclass(frozen=True, eq=False)
class Design:
    """Trials of a whole experiment.

    Front ends run a list as it is: every order, side and repetition has been drawn here
    from the seed, so that all front ends show the same.

    Parameters
    ----------
    kind : str
        Name in the table of designs.
    lists : tuple of tuple of Trial
        Counterbalancing lists; participant number n (from 1) gets list
        ``(n - 1) % len(lists)``.
    seed : int
        Seed from which the orders were drawn.
    timing : Timing, optional
    keys : tuple of str, optional
        Keys from left to right, lower-case letters, digits or ``"space"``: as many as
        a trial has choices, and two at least.
    scales : mapping of str to (float, float, float), optional
        Rating scales: minimum, maximum, step.
    training : Training, optional
        Only for training.
    arms : tuple of Arm, optional
        Of a training trial; then every list belongs to one, and the shift of `training`
        is 0.
    list_arms : tuple of str, optional
        Code of the arm of each list; as long as `lists` if there are arms.
    visit : str, optional
        Which of the planned sessions of a course it is.
    probe : bool, optional
        Whether a dot appears after two images, in the place of one: on the side that is
        the correct choice. The answer is its side, and reaction times count from it.
    settings : mapping, optional
        Options of the design (repeats, practice, …), for the record.

    Raises
    ------
    InputError
        If there is no trial, a name is none, a scale has no length, or there are not
        two keys that every keyboard has.
    """

    kind: str
    lists: tuple[tuple[Trial, ...], ...]
    seed: int
    timing: Timing = Timing()
    keys: tuple[str, ...] = ("f", "j")
    scales: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    training: Training | None = None
    arms: tuple[Arm, ...] = ()
    list_arms: tuple[str, ...] = ()
    visit: str = ""
    probe: bool = False
    settings: Mapping[str, str | int | float | bool | None] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        if not self.lists or not all(self.lists):
            raise InputError(f'the design "{self.kind}" has an empty list of trials')
        for name in (self.kind, *self.scales):
            check_word(name)
        for name, (least, most, step) in self.scales.items():
            if not (least < most and (most - least) / MOST_POINTS <= step):
                raise InputError(
                    f'the scale "{name}" goes from {least:g} to {most:g} in steps of '
                    f"{step:g}",
                    allowed=f"from less to more, in at most {MOST_POINTS} steps",
                )
        check_keys(self.keys, n=max(2, self.n_choices))
        self._check_fixations()
        self._check_arms()
        self._check_probe()

    @property
    def n_choices(self) -> int:
        """Most choices that a trial has; 0 where all are ratings."""
        return max(len(trial.choices) for each in self.lists for trial in each)

    def _check_fixations(self) -> None:
        """Refuse trials whose fixation is not as the timing says."""
        drawn = self.timing.drawn_fixation
        known = range(drawn[0], drawn[1] + 1) if drawn else (None,)
        others = {t.fixation for each in self.lists for t in each} - {*known}
        if others:
            shown = ", ".join("none" if one is None else str(one) for one in others)
            raise InputError(
                f"trials have a fixation of their own of {shown}",
                allowed=f"{drawn[0]} to {drawn[1]} ms in every trial, as drawn by "
                "with_fixations"
                if drawn
                else "none, where the fixation is not drawn from a range",
            )

    def _check_probe(self) -> None:
        """Refuse a probe without the places and the moment at which it appears."""
        if not self.probe:
            return
        trials = [trial for each in self.lists for trial in each]
        if any(t.choices != PROBE_SIDES or len(t.stimuli) != 2 for t in trials) or not (
            all(t.correct and not t.flipped for t in trials)
        ):
            raise InputError(
                "a probe in a trial of another kind",
                allowed="two images, the choices left and right, one of them correct, "
                "not flipped",
            )
        if self.timing.stimulus is None or self.timing.mask:
            raise InputError(
                "the probe has no moment at which it appears",
                allowed="a duration of the images, and no mask",
                remedy="give --stimulus, and leave out --mask",
            )

    def _check_arms(self) -> None:
        """Refuse arms that have no lists, and lists of arms that there are not."""
        if self.visit:
            check_word(self.visit)
        if not self.arms and not self.list_arms:
            return
        codes = [arm.code for arm in self.arms]
        names = [arm.name for arm in self.arms]
        if len({*codes}) < len(codes) or len({*names}) < len(names):
            raise InputError(
                f"the arms are {', '.join(names)}, with the codes {', '.join(codes)}",
                allowed="different names and codes",
            )
        if self.training is None or self.training.shift:
            raise InputError("a design with arms has no shift of its own")
        if len(self.list_arms) != len(self.lists) or {*self.list_arms} != {*codes}:
            raise InputError(
                f"the lists belong to the arms {', '.join(self.list_arms)}",
                allowed=f"one of {', '.join(codes)} for each of "
                f"{len(self.lists)} lists",
            )

    def arm_of(self, number: int) -> Arm | None:
        """Return the arm of a list, by its number from 1; None if there are no arms."""
        if not self.arms:
            return None
        code = self.list_arms[number - 1]
        return next(arm for arm in self.arms if arm.code == code)

    def shift_of(self, number: int) -> int:
        """Return the shift of a list in units of the rule; 0 without a training."""
        arm = self.arm_of(number)
        if arm is not None:
            return arm.shift
        return self.training.shift if self.training else 0

    @property
    def needs(self) -> frozenset[Ability]:
        """Abilities that a front end must have; feedback in practice is optional."""
        trials = [trial for each in self.lists for trial in each]
        needed = {
            Ability.CHOICES: any(trial.choices for trial in trials),
            Ability.LABELS: self.n_choices > 2,
            Ability.SLIDERS: not all(trial.choices for trial in trials),
            Ability.PICTURES: any(len(trial.stimuli) > 1 for trial in trials),
            Ability.PROBE: self.probe,
            Ability.FEEDBACK: self.training is not None,
            Ability.BALANCE_POINT: self.training is not None,
            Ability.DRAWN_FIXATION: self.timing.drawn_fixation is not None,
        }
        return frozenset(ability for ability, is_needed in needed.items() if is_needed)

    def stimuli(self) -> tuple[str, ...]:
        """Return the ids of all stimuli shown, sorted."""
        return tuple(
            sorted({s for trials in self.lists for t in trials for s in t.stimuli})
        )


def check_shift(shift_steps: float) -> None:
    """Refuse a shift that is not a whole number of the units of the rule.

    Raises
    ------
    InputError
        If it has more than three decimals.
    """
    scaled = shift_steps * SHIFT_UNITS
    if abs(scaled - round(scaled)) > 1e-6:
        raise InputError(
            f"shift_steps is {shift_steps!r}",
            allowed="a number of at most three decimals",
        )
