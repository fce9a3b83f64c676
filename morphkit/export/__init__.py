"""Front ends: packs as folders and files that experiment software runs directly."""

from morphkit._core.registry import Table
from morphkit.experiment.design import Ability
from morphkit.export import (
    bids,
    data_package,
    eprime,
    expyriment,
    gorilla,
    inquisit,
    jatos,
    jspsych,
    labjs,
    media,
    opensesame,
    psychopy,
    psychtoolbox,
    psytoolkit,
    qualtrics,
)
from morphkit.export.adapter import Adapter
from morphkit.export.vendor_text import NOTICE

#: Abilities of programs that can run any design.
EVERYTHING = frozenset(Ability)
#: Abilities of formats that cannot adapt to a participant.
FIXED_TRIALS = EVERYTHING - {Ability.BALANCE_POINT}
#: Abilities of formats that, besides, have one fixation for all trials, or none.
ONE_FIXATION = FIXED_TRIALS - {Ability.DRAWN_FIXATION}
#: What formats lack whose answers are a left and a right one, and nothing after images.
LEFT_OR_RIGHT = {Ability.LABELS, Ability.PROBE}
READ_NOTICE = f"Read {NOTICE}: it explains how to import the files."

#: Where and when the programs were run last (tests/browser, validators).
_WHERE = "on Debian 12, in November 2026"
#: Front ends and standards that packs are exported to, in display order.
FRONT_ENDS = Table(
    "front_ends",
    Adapter,
    {
        "jspsych": Adapter(
            title="jsPsych 8.3.0 (a folder for any browser, online or offline)",
            write=jspsych.write,
            ran="every design to its end, by real clicks and keys, in Chromium 156; "
            "all but labelling, identification and the dot probe in Firefox ESR 153 "
            f"too; {_WHERE}.",
            recruits=True,
            sends=True,
            reader="jspsych",
            online=True,
            abilities=EVERYTHING,
            start="Double-click index.html, or copy the folder to any web server.",
            open_first="index.html",
            runs_offline=True,
        ),
        "jatos": Adapter(
            title="JATOS 3 (the jsPsych experiment as a study archive)",
            write=jatos.write,
            ran="the page in Chromium 156, with jatos.js 3.10.4 of JATOS itself and a "
            f"stand-in for its server; not in a JATOS server; {_WHERE}.",
            recruits=True,
            reader="jspsych",
            online=True,
            abilities=EVERYTHING,
            verified=False,
            start="Import the .jzip file into JATOS and run the study there.",
        ),
        "labjs": Adapter(
            title="lab.js 20.2.4 (a folder for any browser, and a study for the "
            "builder)",
            write=labjs.write,
            ran="every design to its end, by real clicks and keys, in Chromium 156; a "
            f"session in Firefox ESR 153; {_WHERE}.",
            recruits=True,
            sends=True,
            reader="labjs",
            online=True,
            abilities=EVERYTHING,
            start="Double-click standalone/index.html, or open the .study.json file in "
            "the builder of lab.js.",
            open_first="standalone/index.html",
            runs_offline=True,
            evaluates=True,
        ),
        "psychopy": Adapter(
            title="PsychoPy 2026.2 (Builder experiment with trial tables)",
            write=psychopy.write,
            ran=f"every design to its end in PsychoPy 2026.2.5; {_WHERE}.",
            on_monitor=True,
            reader="psychopy",
            marks=True,
            online=False,
            abilities=EVERYTHING,
            start="Open the .psyexp file in PsychoPy Builder and press Run.",
        ),
        "opensesame": Adapter(
            title="OpenSesame 4.1 (desktop)",
            write=opensesame.write_desktop,
            ran=f"every design to its end in OpenSesame 4.1.22; {_WHERE}.",
            on_monitor=True,
            fixed_screen=True,
            reader="opensesame",
            marks=True,
            online=False,
            abilities=EVERYTHING,
            start="Open the .osexp file in OpenSesame and run it; the number of the "
            "participant chooses the list.",
        ),
        "osweb": Adapter(
            title="OSWeb 2.2 (OpenSesame in a browser, JATOS)",
            write=opensesame.write_osweb,
            ran=f"every design to its end in Chromium 156, with OSWeb 2.2.9; {_WHERE}.",
            reader="opensesame",
            online=True,
            abilities=EVERYTHING,
            start="Open the .osexp file in OpenSesame and run it in a browser, or "
            "publish it to JATOS, from the OSWeb menu.",
        ),
        "psychtoolbox": Adapter(
            title="Psychtoolbox-3 (MATLAB or Octave)",
            write=psychtoolbox.write,
            ran="every design to its end in Octave 7.3 with Psychtoolbox 3.0.18, not "
            f"in MATLAB; {_WHERE}.",
            on_monitor=True,
            reader="psychtoolbox",
            online=False,
            abilities=EVERYTHING - {Ability.PROBE},
            start="In MATLAB or Octave, change to this folder and call morphkit_run.",
        ),
        "expyriment": Adapter(
            title="Expyriment 1.0 (Python script with trial tables)",
            write=expyriment.write,
            ran=f"every design to its end in Expyriment 1.0.1; {_WHERE}.",
            on_monitor=True,
            reader="expyriment",
            online=False,
            abilities=EVERYTHING - {Ability.PROBE},
            start="In an environment with Expyriment, run: python run_expyriment.py",
        ),
        "pavlovia": Adapter(
            title="Pavlovia (the PsychoPy experiment for the web)",
            write=psychopy.write,
            ran=f"its JavaScript was compiled by PsychoPy 2026.2.5, not run; {_WHERE}.",
            reader="psychopy",
            online=True,
            abilities=EVERYTHING,
            verified=False,
            start="Open the .psyexp file in PsychoPy Builder and sync it to Pavlovia.",
        ),
        "gorilla": Adapter(
            title="Gorilla Task Builder 2 (spreadsheets)",
            write=gorilla.write,
            reader="gorilla",
            online=True,
            abilities=ONE_FIXATION - LEFT_OR_RIGHT,
            verified=False,
            start=READ_NOTICE,
            open_first=NOTICE,
        ),
        "qualtrics": Adapter(
            title="Qualtrics (surveys in Advanced Format text)",
            write=qualtrics.write,
            reader="qualtrics",
            online=True,
            abilities=ONE_FIXATION - {Ability.FEEDBACK, Ability.PROBE},
            verified=False,
            start=READ_NOTICE,
            open_first=NOTICE,
        ),
        "eprime": Adapter(
            title="E-Prime 3 (lists as tab-delimited text)",
            write=eprime.write,
            reader="eprime",
            online=False,
            abilities=FIXED_TRIALS - LEFT_OR_RIGHT,
            verified=False,
            start=READ_NOTICE,
            open_first=NOTICE,
        ),
        "inquisit": Adapter(
            title="Inquisit 6 (scripts)",
            write=inquisit.write,
            reader="inquisit",
            online=True,
            abilities=ONE_FIXATION
            - LEFT_OR_RIGHT
            - {Ability.FEEDBACK, Ability.SLIDERS},
            verified=False,
            start=READ_NOTICE,
            open_first=NOTICE,
        ),
        "psytoolkit": Adapter(
            title="PsyToolkit 3 (scripts and bitmaps)",
            write=psytoolkit.write,
            reader="psytoolkit",
            online=True,
            abilities=ONE_FIXATION
            - LEFT_OR_RIGHT
            - {Ability.FEEDBACK, Ability.SLIDERS},
            verified=False,
            start=READ_NOTICE,
            open_first=NOTICE,
        ),
        "media": Adapter(
            title="lossless films (APNG and WebP)",
            write=media.write_lossless,
            online=False,
            start="One film per continuum; FILMS.txt describes them.",
            open_first="FILMS.txt",
        ),
        "video": Adapter(
            title="films in H.264 (MP4)",
            write=media.write_video,
            online=False,
            start="One film per continuum; FILMS.txt describes them.",
            open_first="FILMS.txt",
        ),
        "bids": Adapter(
            title="BIDS 1.11 (a data set with the folder stimuli)",
            write=bids.write,
            ran=f"bids-validator 3.0.2 finds it valid; {_WHERE}.",
            online=False,
            public=True,
            start="Merge stimuli/ into the data set of a study.",
            open_first="README.txt",
        ),
        "psych_ds": Adapter(
            title="Psych-DS and Data Package 2 (stimuli and trials as one data set)",
            write=data_package.write,
            ran=f"frictionless 5.21 finds it valid; {_WHERE}.",
            online=False,
            public=True,
            abilities=EVERYTHING,
            start="datapackage.json and dataset_description.json describe every table.",
            open_first="README.md",
        ),
    },
)

__all__ = ["FRONT_ENDS", "Adapter"]
