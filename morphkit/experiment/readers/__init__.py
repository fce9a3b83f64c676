"""Readers of answers: files of front ends and laboratories to `Answer` values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.registry import Table
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers import (
    expyriment,
    jspsych,
    labjs,
    opensesame,
    plain_csv,
    psychopy,
    psychtoolbox,
)


@dataclass(frozen=True)
class Reader:
    """A reader of files with answers.

    Parameters
    ----------
    read : callable
        ``read(path)`` returns a sequence of `Answer`, best `Answers` with an account of
        the rows that are none; errors name the file and the line.
    about : str
        One line for listings.
    """

    read: Callable[[Path], Sequence[Answer]]
    about: str


READERS = Table(
    "readers",
    Reader,
    {
        "csv": Reader(
            plain_csv.read,
            "a table of one answer per row; columns can be named otherwise",
        ),
        "jspsych": Reader(
            jspsych.read, "data files (CSV) of jsPsych, results of JATOS"
        ),
        "labjs": Reader(labjs.read, "data files (CSV) of lab.js"),
        "psychopy": Reader(psychopy.read, "data files (CSV) of PsychoPy and Pavlovia"),
        "opensesame": Reader(
            opensesame.read, "logs of OpenSesame (CSV), OSWeb and JATOS (JSON)"
        ),
        "psychtoolbox": Reader(
            psychtoolbox.read, "data files (CSV) of the Psychtoolbox script"
        ),
        "expyriment": Reader(expyriment.read, "data files (.xpd) of Expyriment"),
    },
)

__all__ = ["READERS", "Answer", "Reader"]
