"""PsychoPy: trial tables and an experiment that Builder opens, edits and runs.

The experiment is written as plain XML: PsychoPy fills in omitted parameters with its
defaults. Code components are written in Python and in JavaScript (Pavlovia).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from morphkit._core.files import write_text_atomically
from morphkit.experiment.design import Design
from morphkit.export import psychopy_code, screen_layout
from morphkit.export.adapter import Material
from morphkit.export.balance_table import write_points
from morphkit.export.psychopy_code import CODED
from morphkit.export.trial_rows import (
    DOT,
    DOT_SIDE,
    MASK,
    NONE,
    TrialRow,
    all_rows,
    copy_pictures,
    format_csv,
    is_shown,
    picture_counts,
    the_design,
)

#: Oldest supported version of Builder; PsychoPy warns if its own is older.
_VERSION = "2025.1.0"
_TEXT_HEIGHT = 28
#: A text that stays a text: no number, date, list, blank at an end, code or "\\n".
_PLAIN = re.compile(rf"(?!{CODED})[^\W\d_][^\d\\\n]*(?<!\s)")
#: Words that readers of tables take for a value, a month or nothing: those of pandas in
#: PsychoPy and of SheetJS in PsychoJS.
_WORDS = re.compile(
    "true|false|none|null|nan?|n/a|inf|infinity|"
    "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*",
    re.IGNORECASE,
)

#: One parameter: name, value, kind of value, when it is updated.
Parameter = tuple[str, str, str, str]


def write(material: Material, folder: Path) -> None:
    """Write trial tables, images and the experiment.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    design = the_design(material)
    files = copy_pictures(material, folder)
    tables = []
    (folder / "conditions").mkdir()
    for number, rows in enumerate(all_rows(material, files), start=1):
        name = f"conditions/list_{number:02d}"
        write_text_atomically(folder / f"{name}.csv", format_csv(_carried(rows)))
        tables.append(f"{name}.csv")
    dot = [f"stimuli/{DOT}"] if design.probe else []
    shown = sorted(files.values()) + dot
    tree = _experiment(material, tables, shown)
    write_points(material, folder)
    ET.indent(tree)
    text = ET.tostring(tree, encoding="unicode", xml_declaration=False)
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    name = f"morphkit_{design.kind}.psyexp"
    write_text_atomically(folder / name, head + text + "\n")


def _carried(rows: Iterable[TrialRow]) -> list[TrialRow]:
    """Return rows with texts that PsychoPy's reader of tables gives back."""
    return [
        {
            name: carried(cell) if is_shown(name) and isinstance(cell, str) else cell
            for name, cell in row.items()
        }
        for row in rows
    ]


def carried(text: str) -> str:
    r"""Return a text as a cell of a table of conditions.

    PsychoPy runs cells in brackets as Python, and turns others into numbers, dates,
    nothing or lines. What could be one of these is written in percent code after
    "text:", which the code of the experiment reads.

    Examples
    --------
    >>> carried("Which word?"), carried("[Which word?]"), carried("007")
    ('Which word?', 'text:%5BWhich%20word%3F%5D', 'text:007')
    """
    if text == NONE or (_PLAIN.fullmatch(text) and not _WORDS.fullmatch(text)):
        return text
    return CODED + quote(text, safe="")


def _experiment(material: Material, tables: list[str], shown: list[str]) -> ET.Element:
    """Return the whole experiment."""
    design = the_design(material)
    root = ET.Element("PsychoPy2experiment", encoding="utf-8", version=_VERSION)
    settings = ET.SubElement(root, "Settings")
    _add_parameters(settings, _settings(design, [*tables, *shown]))
    routines = ET.SubElement(root, "Routines")
    _add_welcome(routines, material)
    _add_pause(routines)
    _add_trial(routines, material)
    _add_feedback(routines, design)
    _add_end(routines)
    _add_flow(root)
    return root


def _settings(design: Design, resources: list[str]) -> list[Parameter]:
    """Return the settings of the experiment."""
    name = f"morphkit_{design.kind}"
    return [
        ("expName", name, "str", ""),
        ("Experiment info", "{'participant': '1'}", "code", ""),
        ("Show info dlg", "True", "bool", ""),
        ("Full-screen window", "True", "bool", ""),
        ("Window size (pixels)", "[1280, 800]", "list", ""),
        ("Units", "pix", "str", ""),
        ("color", "$[0, 0, 0]", "color", ""),
        (
            "Data filename",
            "'data/%s_%s_%s' % (expInfo['participant'], expName, expInfo['date'])",
            "code",
            "",
        ),
        ("Save wide csv file", "True", "bool", ""),
        ("Save psydat file", "False", "bool", ""),
        ("Save log file", "True", "bool", ""),
        ("measureFrameRate", "True", "bool", ""),
        ("frameRate", "60", "code", ""),
        # The older backend of the keyboard never sees a key in PsychoPy 2026.2.
        ("keyboardBackend", "PsychToolbox", "str", ""),
        ("Resources", repr(resources), "list", ""),
    ]


def _add_welcome(routines: ET.Element, material: Material) -> None:
    """Add the first page: instructions, and the code that runs at the start."""
    routine = ET.SubElement(routines, "Routine", name="welcome")
    _add_code(routine, "setup", psychopy_code.setup(material))
    _add_text(routine, "welcome_text", "$instruction_text", wrap=1000, each=True)
    _add_hint(routine, "welcome_hint", "$start_hint")
    _add_key(routine, "welcome_key", ["space"], store="nothing")


def _add_pause(routines: ET.Element) -> None:
    """Add the page between blocks."""
    routine = ET.SubElement(routines, "Routine", name="pause")
    _add_skip(routine, "pause", "$pause_text == 'none'")
    _add_code(routine, "before_pause", psychopy_code.prepare_pause())
    _add_text(routine, "pause_words", "$pause_shown", wrap=1000, each=True)
    _add_hint(routine, "pause_hint", "$continue_hint")
    _add_key(routine, "pause_key", ["space"], store="nothing")


def _add_trial(routines: ET.Element, material: Material) -> None:
    """Add the trial: fixation, pictures, mask, question and answer."""
    design = the_design(material)
    timing, n = design.timing, picture_counts(design)
    start = _fixation(timing.fixation)
    routine = ET.SubElement(routines, "Routine", name="trial")
    _add_code(routine, "before", psychopy_code.prepare_trial(material))
    if timing.fixation:
        _add_text(routine, "fixation", "+", start="0.0", stop=start, size=48)
    for place in range(1, n + 1):
        _add_image(
            routine, place, f"$picture_{place}", start, _seconds(timing.stimulus)
        )
    if timing.mask and timing.stimulus is not None:
        after = _fixation(timing.fixation, then=timing.stimulus)
        for place in range(1, n + 1):
            _add_image(routine, place, f"${MASK}", after, _seconds(timing.mask), "mask")
    if design.probe and timing.stimulus is not None:
        # Question, answers and reaction times begin with the dot.
        start = _fixation(timing.fixation, then=timing.stimulus)
        _add_image(routine, 0, f"stimuli/{DOT}", start, "", "dot")
    _add_text(
        routine,
        "question_words",
        "$question_shown",
        start=start,
        place="question_place",
    )
    stop = _seconds(timing.answer)
    if design.scales:
        _add_rating(routine, design, start, stop)
    else:
        _add_choices(routine, design, start, stop)
    _add_code(routine, "after", psychopy_code.after_trial(material))
    _add_code(routine, "save", psychopy_code.save())
    if material.markers is not None:
        _add_code(routine, "markers", psychopy_code.markers(material))


def _add_choices(routine: ET.Element, design: Design, start: str, stop: str) -> None:
    """Add the words for the choices and the keys."""
    n = len(design.keys)
    names = ("left", "right") if n == 2 else [f"answer_{k}" for k in range(1, n + 1)]
    for place, name in enumerate(names, start=1):
        _add_text(
            routine,
            f"choice_{name}",
            f"$choice_caption_{place}",
            start=start,
            place=f"choice_place_{place}",
            size=_TEXT_HEIGHT if n == 2 else _TEXT_HEIGHT - 6,
            wrap=900 if n == 2 else screen_layout.answer_width(n),
        )
    _add_key(routine, "answer_key", design.keys, start=start, stop=stop)


def _add_rating(routine: ET.Element, design: Design, start: str, stop: str) -> None:
    """Add the slider, and the key that confirms it."""
    least, greatest, step = next(iter(design.scales.values()))
    slider = ET.SubElement(
        routine, "SliderComponent", name="rating_slider", plugin="None"
    )
    parameters = [
        ("name", "rating_slider", "code", ""),
        ("styles", "slider", "str", "constant"),
        ("ticks", f"({least:g}, {greatest:g})", "list", "constant"),
        # Labels that change between trials crash PsychoPy 2026.2 (no setLabels), so
        # the words at the ends are texts of their own.
        ("labels", "", "list", "constant"),
        ("granularity", f"{step:g}", "num", "constant"),
        ("pos", "$slider_place", "list", "set every repeat"),
        ("size", "(600, 24)", "list", "constant"),
        ("letterHeight", str(_TEXT_HEIGHT - 6), "num", "constant"),
        ("units", "pix", "str", ""),
        ("forceEndRoutine", "False", "bool", "constant"),
        ("storeRating", "True", "bool", "constant"),
        ("storeRatingTime", "True", "bool", "constant"),
        *_times(start, stop),
    ]
    _add_parameters(slider, parameters)
    for side in ("left", "right"):
        words, place = f"$scale_shown_{side}", f"scale_place_{side}"
        _add_text(
            routine, f"scale_{side}", words, start=start, place=place, size=22, wrap=300
        )
    _add_text(
        routine,
        "confirm_hint",
        "$continue_hint",
        start="$rated",
        stop="",
        place="hint_place",
        condition=True,
    )
    _add_key(
        routine, "confirm_key", ["space"], store="nothing", start="$rated", when=True
    )


def _add_feedback(routines: ET.Element, design: Design) -> None:
    """Add the page that says whether an answer was right."""
    routine = ET.SubElement(routines, "Routine", name="feedback")
    _add_skip(routine, "feedback", "$feedback_text == ''")
    _add_text(
        routine,
        "feedback_words",
        "$feedback_text",
        stop=_seconds(design.timing.feedback),
        each=True,
    )


def _add_end(routines: ET.Element) -> None:
    """Add the last page."""
    routine = ET.SubElement(routines, "Routine", name="finish")
    _add_text(routine, "finish_words", "$thanks_text", wrap=1000)
    _add_hint(routine, "finish_hint", "$continue_hint")
    _add_key(routine, "finish_key", ["space"], store="nothing")


def _add_flow(root: ET.Element) -> None:
    """Add the order of the pages: the loop runs the table of a list in its order."""
    flow = ET.SubElement(root, "Flow")
    ET.SubElement(flow, "Routine", name="welcome")
    loop = ET.SubElement(flow, "LoopInitiator", loopType="TrialHandler", name="trials")
    parameters = [
        ("name", "trials", "code", ""),
        ("loopType", "sequential", "str", ""),
        ("nReps", "1", "num", ""),
        ("conditionsFile", "$conditions_file", "file", ""),
        ("conditions", "", "str", ""),
        ("Selected rows", "", "str", ""),
        ("random seed", "", "code", ""),
        ("isTrials", "True", "bool", ""),
        ("endPoints", "[0, 1]", "num", ""),
    ]
    _add_parameters(loop, parameters)
    for name in ("pause", "trial", "feedback"):
        ET.SubElement(flow, "Routine", name=name)
    ET.SubElement(flow, "LoopTerminator", name="trials")
    ET.SubElement(flow, "Routine", name="finish")


def _add_code(
    routine: ET.Element, name: str, code: Mapping[str, tuple[str, str]]
) -> None:
    """Add a code component: moment -> Python, JavaScript."""
    component = ET.SubElement(routine, "CodeComponent", name=name, plugin="None")
    parameters = [("name", name, "code", ""), ("Code Type", "Both", "str", "")]
    for moment, (python, javascript) in code.items():
        first, _, rest = moment.partition(" ")
        parameters.append((moment, python, "extendedCode", "constant"))
        parameters.append(
            (f"{first} JS {rest}", javascript, "extendedCode", "constant")
        )
    _add_parameters(component, parameters)


def _add_text(
    routine: ET.Element,
    name: str,
    text: str,
    *,
    start: str = "0.0",
    stop: str = "",
    place: str = "",
    size: int = _TEXT_HEIGHT,
    wrap: int = 900,
    each: bool = False,
    condition: bool = False,
) -> None:
    """Add a text; `place` names the variable with its position."""
    component = ET.SubElement(routine, "TextComponent", name=name, plugin="None")
    changes = "set every repeat" if each or text.startswith("$") else "constant"
    parameters = [
        ("name", name, "code", ""),
        ("text", text, "str", changes),
        ("units", "pix", "str", ""),
        ("letterHeight", str(size), "num", "constant"),
        ("wrapWidth", str(wrap), "num", "constant"),
        ("color", "white", "color", "constant"),
        *_times(start, stop, condition=condition),
    ]
    if place:
        parameters.append(("pos", f"${place}", "list", "set every repeat"))
    _add_parameters(component, parameters)


def _add_hint(routine: ET.Element, name: str, text: str) -> None:
    """Add the line at the bottom of a page."""
    _add_text(routine, name, text, place="page_hint_place")


def _add_image(
    routine: ET.Element,
    place: int,
    file: str,
    start: str,
    stop: str,
    kind: str = "face",
) -> None:
    """Add an image in its slot, at full resolution if the screen allows it.

    The dot, with the place 0, has a slot of its own.
    """
    name = f"{kind}_{place}" if place else kind
    slot = f"picture_place_{place}" if place else f"{kind}_place"
    size = "$picture_size" if place else str((DOT_SIDE, DOT_SIDE))
    component = ET.SubElement(routine, "ImageComponent", name=name, plugin="None")
    changes = "set every repeat" if file.startswith("$") else "constant"
    parameters = [
        ("name", name, "code", ""),
        ("image", file, "file", changes),
        ("units", "pix", "str", ""),
        ("size", size, "list", "set every repeat"),
        ("pos", f"${slot}", "list", "set every repeat"),
        ("interpolate", "linear", "str", "constant"),
        *_times(start, stop),
    ]
    _add_parameters(component, parameters)


def _add_key(
    routine: ET.Element,
    name: str,
    keys: Iterable[str],
    *,
    store: str = "first key",
    start: str = "0.0",
    stop: str = "",
    when: bool = False,
) -> None:
    """Add keys that end the page."""
    component = ET.SubElement(routine, "KeyboardComponent", name=name, plugin="None")
    parameters = [
        ("name", name, "code", ""),
        ("allowedKeys", ",".join(map(repr, keys)), "list", "constant"),
        ("store", store, "str", "constant"),
        ("storeCorrect", "False", "bool", "constant"),
        ("forceEndRoutine", "True", "bool", "constant"),
        ("discard previous", "True", "bool", "constant"),
        ("syncScreenRefresh", "True", "bool", "constant"),
        *_times(start, stop, condition=when),
    ]
    _add_parameters(component, parameters)


def _add_skip(routine: ET.Element, name: str, condition: str) -> None:
    """Add the condition under which a page is skipped."""
    component = ET.SubElement(
        routine, "RoutineSettingsComponent", name=name, plugin="None"
    )
    parameters = [("name", name, "code", ""), ("skipIf", condition, "code", "constant")]
    _add_parameters(component, parameters)


def _times(start: str, stop: str, *, condition: bool = False) -> list[Parameter]:
    """Return when a component starts (or under what condition), and for how long."""
    return [
        ("startType", "condition" if condition else "time (s)", "str", ""),
        ("startVal", start, "code", ""),
        ("stopType", "duration (s)", "str", ""),
        ("stopVal", stop, "code", "constant"),
    ]


def _add_parameters(element: ET.Element, parameters: list[Parameter]) -> None:
    """Add parameters to a part of the experiment."""
    for name, value, kind, updates in parameters:
        ET.SubElement(
            element,
            "Param",
            name=name,
            val=value,
            valType=kind,
            updates=updates or "None",
        )


def _fixation(fixation: int | tuple[int, int], *, then: int = 0) -> str:
    """Return the end of the fixation, or a time after it, in PsychoPy's form."""
    if isinstance(fixation, int):
        return _seconds(fixation + then)
    later = f" + {_seconds(then)}" if then else ""
    return f"$fixation_seconds{later}"


def _seconds(milliseconds: int | None) -> str:
    """Return a time in PsychoPy's form; empty for no end."""
    return "" if milliseconds is None else repr(milliseconds / 1000)
