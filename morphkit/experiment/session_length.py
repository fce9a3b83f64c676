"""How long a session takes, as far as a design tells."""

from morphkit.experiment.design import Design, Trial

#: What a design does not say, seconds: to answer, to rate, to read the instructions, to
#: rest between blocks.
ANSWER, RATING, INSTRUCTIONS, BREAK = 0.9, 4.0, 60.0, 15.0


def session_minutes(design: Design) -> float:
    """Return the minutes that the longest list of a design takes.

    Answers are taken to come after 0.9 s (ratings 4 s), instructions to take a minute,
    and breaks between blocks 15 s. A fixation that is drawn from a range counts with
    the middle of it.

    Parameters
    ----------
    design : Design

    Examples
    --------
    >>> from morphkit.experiment.design import Design, Trial
    >>> trial = Trial("main", 1, ("a",), ("happy", "sad"))
    >>> minutes = session_minutes(Design("categorisation", ((trial,) * 60,), seed=1))
    >>> round(minutes, 3)
    2.4
    """
    return max(_seconds(design, trials) for trials in design.lists) / 60


def _seconds(design: Design, trials: tuple[Trial, ...]) -> float:
    """Return the seconds that a list takes."""
    breaks = len({trial.block for trial in trials}) - 1
    shown = sum(_trial_seconds(design, trial) for trial in trials)
    return INSTRUCTIONS + BREAK * breaks + shown


def _trial_seconds(design: Design, trial: Trial) -> float:
    """Return the seconds that a trial takes."""
    timing = design.timing
    usual = ANSWER if trial.choices else RATING
    if timing.answer is not None:
        usual = min(usual, timing.answer / 1000)
    taught = trial.phase == "training" or (trial.phase == "practice" and trial.correct)
    feedback = timing.feedback / 1000 if taught else 0.0
    return timing.usual_fixation / 1000 + usual + feedback
