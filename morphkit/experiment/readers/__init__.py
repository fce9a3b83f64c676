"""Readers of answers: files of front ends and laboratories to `Answer` values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.registry import Table
from morphkit.experiment.answer import Answer
from morphkit.experiment.readers import (
    eprime,
    expyriment,
    gorilla,
    inquisit,
    jspsych,
    labjs,
    opensesame,
    plain_csv,
    psychopy,
    psychtoolbox,
    psytoolkit,
    qualtrics,
    serve,
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
    beside : tuple of str, optional
        Names of files that lie in a folder of data files and hold no answers.
    """

    read: Callable[[Path], Sequence[Answer]]
    about: str
    beside: tuple[str, ...] = ()


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
        "serve": Reader(serve.read, "answers (JSON lines) that morphkit serve kept"),
        "labjs": Reader(labjs.read, "data files (CSV) of lab.js"),
        "psychopy": Reader(psychopy.read, "data files (CSV) of PsychoPy and Pavlovia"),
        "opensesame": Reader(
            opensesame.read, "logs of OpenSesame (CSV), OSWeb and JATOS (JSON)"
        ),
        "psychtoolbox": Reader(
            psychtoolbox.read, "data files (CSV) of the Psychtoolbox script"
        ),
        "expyriment": Reader(expyriment.read, "data files (.xpd) of Expyriment"),
        "gorilla": Reader(gorilla.read, "data files (CSV) of tasks of Gorilla"),
        "qualtrics": Reader(
            qualtrics.read,
            f"data files (CSV) of Qualtrics, {qualtrics.KEY} beside them",
            beside=(qualtrics.KEY,),
        ),
        "eprime": Reader(eprime.read, "text logs (.txt) of E-Prime"),
        "inquisit": Reader(inquisit.read, "raw data (.iqdat) of Inquisit"),
        "psytoolkit": Reader(
            psytoolkit.read,
            "data files (experiment_data) of PsyToolkit",
            beside=(psytoolkit.SURVEY,),
        ),
    },
)

__all__ = ["READERS", "Answer", "Reader"]
