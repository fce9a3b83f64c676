"""Code between the items of the OpenSesame experiment, in Python and JavaScript."""
# ruff: noqa: E501 - the code that is written has lines of its own length

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from morphkit.experiment.design import Design
from morphkit.export.adapter import Material
from morphkit.export.balance_table import javascript_points, python_points
from morphkit.export.opensesame_text import shown
from morphkit.export.training_code import (
    javascript_lists,
    javascript_rule,
    python_lists,
    python_rule,
)
from morphkit.export.trial_rows import the_design

#: How the start of a session is written.
_TIME = "%Y-%m-%dT%H:%M:%S"
#: Half the length of the line for ratings, pixels; as it is drawn.
_HALF_LINE = 300


@dataclass(frozen=True)
class Writer:
    """Writes the two pieces of code in one language."""

    setup: Callable[[Material], str]
    score: Callable[[Material], str]


def _python_setup(material: Material) -> str:
    """Return what runs once."""
    design = the_design(material)
    rule = python_rule() if design.training else ""
    n = len(design.lists)
    return (
        f"{rule}{python_lists()}import time\n"
        f"var.planned_list = list_of(str(var.subject_nr), {n})\n"
        f"var.started = time.strftime({_TIME!r})\nbaseline = {{}}\n"
        f"{python_points(material, 'str(var.subject_nr)', file=False)}"
    )


def python_monitor(pixels: tuple[int, int]) -> str:
    """Return code that stops on a monitor with other pixels than were stated."""
    return dedent(f"""
        import pygame
        monitors = pygame.display.get_desktop_sizes()
        if {pixels} not in monitors:
            raise RuntimeError(
                'the monitor has %s pixels, and this experiment is for {pixels}: set '
                'the monitor to that, or export it again with the right '
                'monitor_pixels' % monitors)
    """)


def _python_score(material: Material) -> str:
    """Return what runs after each answer."""
    design, words = the_design(material), material.wording
    value = _PYTHON_RATING if design.scales else _PYTHON_CHOICE
    code = _PYTHON_TIMES + value
    if not design.scales:
        balance = _PYTHON_BALANCE if design.training else ""
        code += "\n    var.right_choice = var.correct_choice\n"
        code += balance + _PYTHON_FEEDBACK
    return _fill(code, design, words, ascii)


def _javascript_setup(material: Material) -> str:
    """Return what runs once."""
    design = the_design(material)
    place = "globalThis.morphkit_carried"
    points = javascript_points(material, "String(vars.subject_nr)", place)
    rule = javascript_rule() if design.training else ""
    # Two lines: OpenSesame would read the braces of a single one as a variable.
    return (
        f"{rule}{javascript_lists()}"
        "vars.planned_list = globalThis.MorphkitLists.listOf(\n"
        f"  String(vars.subject_nr), {len(design.lists)})\n"
        "vars.started = new Date().toISOString().slice(0, 19)\n"
        "// Answers of the baseline.\nglobalThis.morphkit_baseline = {}\n"
        f"{points}"
    )


def _javascript_score(material: Material) -> str:
    """Return what runs after each answer."""
    design, words = the_design(material), material.wording
    value = _JAVASCRIPT_RATING if design.scales else _JAVASCRIPT_CHOICE
    code = _JAVASCRIPT_TIMES + value
    if not design.scales:
        balance = _JAVASCRIPT_BALANCE if design.training else ""
        code += "\n    vars.right_choice = vars.correct_choice\n"
        code += balance + _JAVASCRIPT_FEEDBACK
    # OSWeb runs it as a script of the page: without a block of its own, the second
    # trial would declare its names again.
    return "{\n" + _fill(code, design, words, json.dumps) + "}\n"


def _fill(
    template: str,
    design: Design,
    words: Mapping[str, str],
    literal: Callable[[Any], str],
) -> str:
    """Return a template with its words in capitals replaced, as literals."""
    n_stages = 1
    if design.timing.stimulus is not None and not design.probe:
        n_stages = 3 if design.timing.mask else 2
    values: dict[str, object] = {
        "STAGES": [f"answer_{k}" for k in range(1, n_stages + 1)],
        "KEYS": list(design.keys),
        "PLACES": list(range(1, len(design.keys) + 1)),
        "HALF": _HALF_LINE,
        "RIGHT": _said(words["feedback_correct"]),
        "WRONG": _said(words["feedback_incorrect"]),
        "LATE": shown(words["too_slow"]),
    }
    if design.training is not None:
        values |= {
            "FIRST": design.training.from_label,
            "SECOND": design.training.to_label,
        }
    lines = [line for line in dedent(template).split("\n") if line.strip()]
    return re.sub(
        f"<({'|'.join(values)})>",
        lambda found: literal(values[found[1]]),
        "\n".join(lines) + "\n",
    )


def _said(text: str) -> str:
    """Return a text as HTML that keeps the place of the label."""
    return "{label}".join(map(shown, text.split("{label}")))


_PYTHON_TIMES = """
    # The stage that heard the answer is the last that began in this trial.
    began = max(var.get('time_' + name, default=0) or 0 for name in <STAGES>)
    seconds = (began - var.time_face + var.response_time) / 1000
    var.chosen_choice = 'none'
    var.answer_seconds = 'none'
    var.balance_point = 'none'
    var.balance_source = 'none'
    var.boundary = 'none'
    var.show_feedback = 0
"""
_PYTHON_CHOICE = """
    # OpenSesame turns a digit that was pressed into a number.
    if str(var.response) in <KEYS>:
        var.chosen_choice = var.get('choice_%d' % (1 + <KEYS>.index(str(var.response))))
    if var.chosen_choice != 'none':
        var.answer_seconds = seconds
"""
_PYTHON_RATING = """
    if var.cursor_x not in ('NA', None) and var.response not in ('None', None):
        share = (min(max(var.cursor_x, -<HALF>), <HALF>) + <HALF>) / (2 * <HALF>)
        steps = round(share * (var.scale_greatest - var.scale_least) / var.scale_step)
        var.chosen_choice = var.scale_least + steps * var.scale_step
        var.answer_seconds = seconds
"""
_PYTHON_BALANCE = """
    counts = baseline.setdefault(var.continuum_name, dict())
    if var.phase_name == 'baseline':
        count_baseline(counts, int(var.step_1), var.chosen_choice == <FIRST>, var.chosen_choice != 'none')
    point, var.balance_source = carried.get(var.continuum_name, (None, 'session'))
    if var.feedback_rule == 'by_balance':
        # OpenSesame 4 keeps variables and names of scripts in one place: none has both uses.
        balance, edge, units = move_boundary(counts, int(var.boundary_shift), var.balance_rule, point)
        var.balance_point = four_digits(balance, units)
        var.boundary = four_digits(edge, units)
        var.right_choice = <FIRST> if counts_as_first(int(var.step_1), edge, units) else <SECOND>
"""
_PYTHON_FEEDBACK = """
    right_text = ''
    for place in <PLACES>:
        if var.get('choice_%d' % place) == var.right_choice:
            right_text = var.get('choice_text_%d' % place)
    if var.chosen_choice == 'none':
        var.feedback_text = <LATE>
        var.show_feedback = 1
    elif var.feedback_rule != 'none':
        said = <RIGHT> if var.chosen_choice == var.right_choice else <WRONG>
        var.feedback_text = said.replace('{label}', right_text)
        var.show_feedback = 1
"""
_JAVASCRIPT_TIMES = """
    // The stage that heard the answer is the last that began in this trial.
    let began = Math.max(...<STAGES>.map(name => vars['time_' + name] || 0))
    let seconds = (began - vars.time_face + vars.response_time) / 1000
    vars.chosen_choice = 'none'
    vars.answer_seconds = 'none'
    vars.balance_point = 'none'
    vars.balance_source = 'none'
    vars.boundary = 'none'
    vars.show_feedback = 0
"""
_JAVASCRIPT_CHOICE = """
    let pressed = <KEYS>.indexOf(String(vars.response))
    if (pressed >= 0) vars.chosen_choice = vars['choice_' + (pressed + 1)]
    if (vars.chosen_choice !== 'none') vars.answer_seconds = seconds
"""
_JAVASCRIPT_RATING = """
    if (typeof vars.cursor_x === 'number' && vars.response !== null && vars.response !== 'None') {
        let share = (Math.min(Math.max(vars.cursor_x, -<HALF>), <HALF>) + <HALF>) / (2 * <HALF>)
        let steps = Math.round(share * (vars.scale_greatest - vars.scale_least) / vars.scale_step)
        vars.chosen_choice = vars.scale_least + steps * vars.scale_step
        vars.answer_seconds = seconds
    }
"""
_JAVASCRIPT_BALANCE = """
    let rule = globalThis.MorphkitRule
    let all = globalThis.morphkit_baseline
    if (!(vars.continuum_name in all)) all[vars.continuum_name] = {}
    let counts = all[vars.continuum_name]
    if (vars.phase_name === 'baseline') {
        rule.countBaseline(counts, Number(vars.step_1), vars.chosen_choice === <FIRST>, vars.chosen_choice !== 'none')
    }
    let [point, source] = globalThis.morphkit_carried[vars.continuum_name] || [null, 'session']
    vars.balance_source = source
    if (vars.feedback_rule === 'by_balance') {
        let [balance, boundary, units] = rule.moveBoundary(counts, Number(vars.boundary_shift), vars.balance_rule, point)
        vars.balance_point = rule.fourDigits(balance, units)
        vars.boundary = rule.fourDigits(boundary, units)
        vars.right_choice = rule.countsAsFirst(Number(vars.step_1), boundary, units) ? <FIRST> : <SECOND>
    }
"""
_JAVASCRIPT_FEEDBACK = """
    let right_place = <PLACES>.find(place => vars['choice_' + place] === vars.right_choice)
    let right_text = right_place ? vars['choice_text_' + right_place] : ''
    if (vars.chosen_choice === 'none') {
        vars.feedback_text = <LATE>
        vars.show_feedback = 1
    } else if (vars.feedback_rule !== 'none') {
        let said = (vars.chosen_choice === vars.right_choice) ? <RIGHT> : <WRONG>
        vars.feedback_text = said.split('{label}').join(right_text)
        vars.show_feedback = 1
    }
"""

python = Writer(_python_setup, _python_score)
javascript = Writer(_javascript_setup, _javascript_score)
