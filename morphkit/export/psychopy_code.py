"""Code of the PsychoPy experiment, in Python and in JavaScript for Pavlovia.

Each function returns the tabs of a code component, each in both languages. Variables
have the names of the components and of the columns of the trial tables.
"""
# ruff: noqa: E501 - the code that is written has lines of its own length

import json
from collections.abc import Mapping
from textwrap import dedent

from morphkit.experiment.answer import PROBE_SIDES
from morphkit.experiment.design import Design
from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.balance_table import javascript_points, python_points
from morphkit.export.markers import DOT as DOT_CODE
from morphkit.export.markers import FIXATION as FIXATION_CODE
from morphkit.export.markers import IMAGES, answer_marker
from morphkit.export.markers import MASK as MASK_CODE
from morphkit.export.screen_size import ScreenSize
from morphkit.export.training_code import (
    javascript_lists,
    javascript_rule,
    python_lists,
    python_rule,
)
from morphkit.export.trial_rows import (
    FIXATION,
    instruction_texts,
    key_name,
    picture_counts,
    the_design,
)

#: Moment -> Python, JavaScript.
Code = dict[str, tuple[str, str]]


#: What begins a text in percent code in a table of conditions.
CODED = "text:"


def _javascript(value: object) -> str:
    """Return a list or text as a literal of JavaScript."""
    return json.dumps(value, ensure_ascii=True)


def _lines(text: str) -> str:
    """Return a block of code without its margin."""
    return dedent(text).strip("\n") + "\n"


def setup(material: Material) -> Code:
    """Return the code that runs once: list, instructions, empty counts."""
    numbers = range(1, len(the_design(material).lists) + 1)
    tables = [f"conditions/list_{number:02d}.csv" for number in numbers]
    words = material.wording
    texts = {
        "instruction_texts": instruction_texts(material),
        "start_hint": words["key_to_start"],
        "continue_hint": words["key_to_continue"],
        "thanks_text": words["thanks"],
    }
    # ascii() writes the literals of Python: JSON splits an emoji into two halves.
    python = "".join(f"{name} = {value!a}\n" for name, value in texts.items())
    javascript = "".join(
        f"{name} = {_javascript(value)};\n" for name, value in texts.items()
    )
    python += python_lists()
    javascript += javascript_lists()
    python += _lines(f"""
        from urllib.parse import unquote
        def plain_text(cell):
            return unquote(cell[{len(CODED)}:]) if cell.startswith({CODED!r}) else cell
        conditions_files = {tables!a}
        list_place = list_of(str(expInfo['participant']).strip(), len(conditions_files)) - 1
        conditions_file = conditions_files[list_place]
        instruction_text = instruction_texts[list_place]
        page_hint_place = [0, 90 - win.size[1] / 2]
        feedback_text = ''
        rated = False
    """)
    javascript += _lines(f"""
        plain_text = (cell) => cell.startsWith({_javascript(CODED)}) ? decodeURIComponent(cell.slice({len(CODED)})) : cell;
        conditions_files = {_javascript(tables)};
        list_place = MorphkitLists.listOf(String(expInfo['participant']).trim(), conditions_files.length) - 1;
        conditions_file = conditions_files[list_place];
        instruction_text = instruction_texts[list_place];
        page_hint_place = [0, 90 - psychoJS.window.size[1] / 2];
        feedback_text = '';
        rated = false;
    """)
    if the_design(material).training is not None:
        code = "str(expInfo['participant']).strip()"
        python += python_rule() + "baseline_counts = {}\n"
        python += python_points(material, code, file=True)
        code = "String(expInfo['participant']).trim()"
        javascript += javascript_rule() + "baseline_counts = {};\n"
        javascript += javascript_points(material, code, "carried")
    return {"Begin Experiment": (python, javascript)}


def prepare_pause() -> Code:
    """Return the code before the page between blocks."""
    return {"Begin Routine": _shown({"pause_shown": "pause_text"})}


def _shown(texts: Mapping[str, str]) -> tuple[str, str]:
    """Return the code that reads texts: variable -> column of the trial table."""
    lines = [f"{name} = plain_text({column})" for name, column in texts.items()]
    return "\n".join(lines) + "\n", ";\n".join(lines) + ";\n"


def before_trial(
    n_pictures: int, n_answers: int = 2, screen: ScreenSize | None = None
) -> Code:
    """Return the code before each trial: sizes and positions in whole pixels.

    Images are shown at full resolution, or as high as their degrees say; if the screen
    is too small, all are reduced by one factor, which is recorded in the data file.
    """
    wanted, measured = "1", []
    if screen is not None:
        width, distance = screen.monitor_width_cm, screen.distance_cm
        measured = [
            f"pixels_per_mm = win.size[0] / {10 * width:g}",
            "picture_height_deg = 360 / pi * atan("
            f"picture_height * picture_scale / pixels_per_mm / {20 * distance:g})",
        ]
        if screen.height_cm:
            height = f"{screen.height_cm:.6g}"
            wanted = f"{height} * win.size[0] / {width:g} / picture_height"
    across, down = screen_layout.extent(n_pictures, 1, 1)
    centres = screen_layout.centres(n_pictures, 1, 1)
    band = screen_layout.TEXT_BAND
    python = [
        f"picture_scale = min({wanted}, 0.96 * win.size[0] / ({across:g} * picture_width),",
        f"                    (win.size[1] - {2 * band}) / ({down:g} * picture_height))",
        *measured,
        "picture_size = [picture_width * picture_scale, picture_height * picture_scale]",
        f"pictures_half = {down:g} * picture_size[1] / 2",
        "question_place = [0, pictures_half + 60]",
        *(
            f"choice_place_{k} = [{x}, -pictures_half - 60]"
            for k, x in enumerate(screen_layout.answer_places(n_answers, 520), start=1)
        ),
        "slider_place = [0, -pictures_half - 35]",
        "scale_place_left = [-300, -pictures_half - 70]",
        "scale_place_right = [300, -pictures_half - 70]",
        "hint_place = [0, -pictures_half - 100]",
        "rated = False",
    ]
    for place, (x, y) in enumerate(centres, start=1):
        python.append(
            f"picture_place_{place} = [round({x:g} * picture_size[0]), "
            f"round({-y:g} * picture_size[1])]"
        )
    joined = " ".join(python[:2]).replace("  ", "")
    javascript = [
        line.replace("min(", "Math.min(")
        .replace("pi * atan(", "Math.PI * Math.atan(")
        .replace("round(", "Math.round(")
        .replace("win.size", "psychoJS.window.size")
        .replace("False", "false")
        + ";"
        for line in [joined, *python[2:]]
    ]
    if measured:
        python.insert(0, "from math import atan, pi")
    return {
        "Begin Routine": ("\n".join(python) + "\n", "\n".join(javascript) + "\n"),
    }


def captions(material: Material) -> tuple[str, str]:
    """Return the code for the words above and below the pictures."""
    design = the_design(material)
    if design.scales:
        sides = {f"scale_shown_{s}": f"scale_text_{s}" for s in ("left", "right")}
        return _shown({"question_shown": "question_text"} | sides)
    names = [f"{key_name(material, key)} = " for key in design.keys]
    places = range(1, len(names) + 1)
    columns = {f"choice_shown_{k}": f"choice_text_{k}" for k in places}
    python, javascript = _shown({"question_shown": "question_text"} | columns)
    for place, name in enumerate(names, start=1):
        line = f"choice_caption_{place} = {{}} + choice_shown_{place}"
        python += line.format(ascii(name)) + "\n"
        javascript += line.format(_javascript(name)) + ";\n"
    return python, javascript


def after_trial(material: Material) -> Code:
    """Return the code after each trial: the chosen label, and feedback."""
    design = the_design(material)
    python, javascript = _rating() if design.scales else _choice(design)
    python += _lines("""
        thisExp.addData('chosen_choice', chosen_choice)
        thisExp.addData('answer_seconds', answer_seconds)
        thisExp.addData('picture_scale', picture_scale)
        feedback_text = ''
        right_choice = correct_choice
    """)
    javascript += _lines("""
        psychoJS.experiment.addData('chosen_choice', chosen_choice);
        psychoJS.experiment.addData('answer_seconds', answer_seconds);
        psychoJS.experiment.addData('picture_scale', picture_scale);
        feedback_text = '';
        right_choice = correct_choice;
    """)
    screen = material.participation.screen
    if screen is not None:
        python += _lines(f"""
            thisExp.addData('picture_height_deg', round(picture_height_deg, 3))
            thisExp.addData('pixels_per_mm', round(pixels_per_mm, 4))
            thisExp.addData('distance_cm', {screen.distance_cm:g})
            thisExp.addData('distance_by', 'stated')
        """)
    if not design.scales:
        both = [_balance(design)] if design.training else []
        for first, second in [*both, _feedback(material)]:
            python, javascript = python + first, javascript + second
    code = {"End Routine": (python, javascript)}
    if design.scales:
        code["Each Frame"] = (
            "rated = rating_slider.getRating() is not None\n",
            "rated = (typeof rating_slider.getRating() !== 'undefined');\n",
        )
    return code


def save() -> Code:
    """Return the code that saves the answers so far; Pavlovia keeps them itself.

    The whole file takes the place of the one before, which PsychoPy is told to expect
    when it saves for the last time.
    """
    python = """
        # The row of this trial is not closed yet: PsychoPy would do this then.
        thisExp.thisEntry.update(thisExp.extraInfo)
        data_file = thisExp.dataFileName + '.csv'
        os.replace(thisExp.saveAsWideText(thisExp.dataFileName + '_part.csv', fileCollisionMethod='overwrite'), data_file)
        thisExp.queueNextCollision('overwrite', data_file)
    """
    return {"End Routine": (_lines(python), "")}


def markers(material: Material) -> Code:
    """Return the code that sends markers, each with the frame that shows its event.

    It stands last in the routine: what begins with a frame has been told by then.
    """
    design = the_design(material)
    if material.markers is None:
        return {}
    parts = {"fixation": FIXATION_CODE, "mask_1": MASK_CODE, "dot": DOT_CODE}
    timing = design.timing
    there = {"fixation": timing.fixation, "mask_1": timing.mask, "dot": design.probe}
    plan = [f"({name}, {code})" for name, code in parts.items() if there[name]]
    plan.append(f"(face_1, {IMAGES} + int(step_1))")
    begin = f"marker_plan = [{', '.join(plan)}]\n"
    each = """
        for marker_event in list(marker_plan):
            if marker_event[0].status == STARTED:
                win.callOnFlip(send_marker, marker_event[1])
                marker_plan.remove(marker_event)
    """
    sent = answer_marker(design, "chosen_choice", "''")
    return {
        "Begin Experiment": (material.markers.code(), ""),
        "Begin Routine": (begin, ""),
        "Each Frame": (_lines(each), ""),
        "End Routine": (sent, ""),
    }


def _choice(design: Design) -> tuple[str, str]:
    """Return the code that turns the key into a label."""
    python = javascript = ""
    for place, key in enumerate(map(_javascript, design.keys), start=1):
        chosen = f"chosen_choice = choice_{place}"
        python += f"{'el' if place > 1 else ''}if answer_key.keys == {key}:\n"
        python += f"    {chosen}\n"
        javascript += (
            f"{'} else ' if place > 1 else ''}if (answer_key.keys === {key}) {{\n"
        )
        javascript += f"  {chosen};\n"
    nothing = "chosen_choice = ''\nanswer_seconds = ''\n"
    timed = "if chosen_choice != '':\n    answer_seconds = answer_key.rt\n"
    python = nothing + python + timed
    javascript = nothing.replace("\n", ";\n") + javascript + "}\n"
    javascript += "if (chosen_choice !== '') {\n  answer_seconds = answer_key.rt;\n}\n"
    return python, javascript


def _rating() -> tuple[str, str]:
    """Return the code that takes the rating."""
    python = """
        chosen_choice = ''
        answer_seconds = ''
        if rating_slider.getRating() is not None:
            chosen_choice = rating_slider.getRating()
            answer_seconds = rating_slider.getRT()
    """
    javascript = """
        chosen_choice = '';
        answer_seconds = '';
        if (typeof rating_slider.getRating() !== 'undefined') {
          chosen_choice = rating_slider.getRating();
          answer_seconds = rating_slider.getRT();
        }
    """
    return _lines(python), _lines(javascript)


def _balance(design: Design) -> tuple[str, str]:
    """Return the code that counts the baseline, and finds what counts as right."""
    training = design.training
    if training is None:
        return "", ""
    first, second = _javascript(training.from_label), _javascript(training.to_label)
    python = f"""
        if continuum_name not in baseline_counts:
            baseline_counts[continuum_name] = {{}}
        if phase_name == 'baseline':
            count_baseline(baseline_counts[continuum_name], int(step_1), chosen_choice == {first}, chosen_choice != '')
        carried_point, balance_source = carried.get(continuum_name, (None, 'session'))
        thisExp.addData('balance_source', balance_source)
        if feedback_rule == 'by_balance':
            rule_balance, rule_boundary, rule_units = move_boundary(baseline_counts[continuum_name], int(boundary_shift), balance_rule, carried_point)
            right_choice = {first} if counts_as_first(int(step_1), rule_boundary, rule_units) else {second}
            thisExp.addData('balance_point', four_digits(rule_balance, rule_units))
            thisExp.addData('boundary', four_digits(rule_boundary, rule_units))
        if feedback_rule != 'none':
            thisExp.addData('right_choice', right_choice)
    """
    javascript = f"""
        if (!(continuum_name in baseline_counts)) {{
          baseline_counts[continuum_name] = {{}};
        }}
        if (phase_name === 'baseline') {{
          MorphkitRule.countBaseline(baseline_counts[continuum_name], Number(step_1), chosen_choice === {first}, chosen_choice !== '');
        }}
        carried_point = carried[continuum_name] || [null, 'session'];
        psychoJS.experiment.addData('balance_source', carried_point[1]);
        if (feedback_rule === 'by_balance') {{
          rule_moved = MorphkitRule.moveBoundary(baseline_counts[continuum_name], Number(boundary_shift), balance_rule, carried_point[0]);
          right_choice = MorphkitRule.countsAsFirst(Number(step_1), rule_moved[1], rule_moved[2]) ? {first} : {second};
          psychoJS.experiment.addData('balance_point', MorphkitRule.fourDigits(rule_moved[0], rule_moved[2]));
          psychoJS.experiment.addData('boundary', MorphkitRule.fourDigits(rule_moved[1], rule_moved[2]));
        }}
        if (feedback_rule !== 'none') {{
          psychoJS.experiment.addData('right_choice', right_choice);
        }}
    """
    return _lines(python), _lines(javascript)


def _feedback(material: Material) -> tuple[str, str]:
    """Return the code that decides whether the answer was correct, or too late."""
    words = material.wording
    said = [words[k] for k in ("feedback_correct", "feedback_incorrect", "too_slow")]
    right, wrong, late = map(ascii, said)
    first, second = _right_text(len(the_design(material).keys))
    python = f"""
        right_text = {first}
        if chosen_choice == '':
            feedback_text = {late}
        elif feedback_rule != 'none' and chosen_choice == right_choice:
            feedback_text = {right}.replace('{{label}}', right_text)
        elif feedback_rule != 'none':
            feedback_text = {wrong}.replace('{{label}}', right_text)
    """
    right, wrong, late = map(_javascript, said)
    # Not by replace, to which "$&" in a text would mean something.
    javascript = f"""
        right_text = {second};
        if (chosen_choice === '') {{
          feedback_text = {late};
        }} else if (feedback_rule !== 'none' && chosen_choice === right_choice) {{
          feedback_text = {right}.split('{{label}}').join(right_text);
        }} else if (feedback_rule !== 'none') {{
          feedback_text = {wrong}.split('{{label}}').join(right_text);
        }}
    """
    return _lines(python), _lines(javascript)


def _right_text(n_answers: int) -> tuple[str, str]:
    """Return the text of the right answer as an expression."""
    python = javascript = f"choice_shown_{n_answers}"
    for place in range(n_answers - 1, 0, -1):
        shown, name = f"choice_shown_{place}", f"choice_{place}"
        python = f"{shown} if right_choice == {name} else {python}"
        javascript = f"(right_choice === {name}) ? {shown} : {javascript}"
    return python, javascript


def prepare_trial(material: Material) -> Code:
    """Return everything that runs before a trial."""
    design = the_design(material)
    places = before_trial(
        picture_counts(design), len(design.keys), material.participation.screen
    )["Begin Routine"]
    words = captions(material)
    python, javascript = places[0] + words[0], places[1] + words[1]
    if design.probe:
        side, places = (
            _javascript(PROBE_SIDES[0]),
            ("picture_place_1", "picture_place_2"),
        )
        python += (
            f"dot_place = {places[0]} if correct_choice == {side} else {places[1]}\n"
        )
        javascript += (
            f"dot_place = (correct_choice === {side}) ? {places[0]} : {places[1]};\n"
        )
    if design.timing.drawn_fixation:
        python += f"fixation_seconds = int({FIXATION}) / 1000\n"
        javascript += f"fixation_seconds = Number({FIXATION}) / 1000;\n"
    return {"Begin Routine": (python, javascript)}
