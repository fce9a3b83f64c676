"""OpenSesame: one .osexp file, for the desktop or, as OSWeb, for a browser.

The two differ in one respect: code between items is Python on the desktop and
JavaScript in a browser, and each runs only its own. Everything else is the same,
including the images in their flat pool.
"""

import gzip
import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from morphkit._core.files import write_bytes_atomically
from morphkit.experiment.design import Design
from morphkit.export import opensesame_code, screen_layout
from morphkit.export.adapter import Material
from morphkit.export.markers import DOT as DOT_CODE
from morphkit.export.markers import FIXATION as FIXATION_CODE
from morphkit.export.markers import IMAGES, answer_marker
from morphkit.export.markers import MASK as MASK_CODE
from morphkit.export.masks import mask_file, mask_pngs
from morphkit.export.opensesame_screen import Screen, screen_for
from morphkit.export.opensesame_text import bare, page, quoted, shown
from morphkit.export.stimuli import image_name, shown_stimulus, used_rows
from morphkit.export.trial_rows import (
    FIXATION,
    MASK,
    Cell,
    TrialRow,
    all_rows,
    instruction_texts,
    is_shown,
    key_name,
    picture_counts,
    probe_pngs,
    the_design,
)

_VERSION = "4.1.22"
#: Half the length of the line for ratings, pixels.
HALF_LINE = 300
#: OpenSesame converts the file to ZIP, which has no time before 1980.
_OLD = 946684800


def write_desktop(material: Material, folder: Path) -> None:
    """Write the experiment for the desktop.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    _write(material, folder, "legacy", "inline_script", opensesame_code.python)


def write_osweb(material: Material, folder: Path) -> None:
    """Write the experiment for OSWeb: a browser, JATOS or MindProbe."""
    _write(material, folder, "osweb", "inline_javascript", opensesame_code.javascript)


def _write(
    material: Material,
    folder: Path,
    backend: str,
    language: str,
    code: opensesame_code.Writer,
) -> None:
    """Write one experiment."""
    design = the_design(material)
    rows = used_rows(material)
    pool = {image_name(r): shown_stimulus(r, material.folder) for r in rows}
    pool |= probe_pngs(design)
    names = {r.stimulus_id: image_name(r) for r in rows}
    for name, data in mask_pngs(material):
        names[name] = mask_file(name)
        pool[names[name]] = data
    lists = all_rows(material, names)
    screen = screen_for(lists[0], picture_counts(design), material)
    texts = instruction_texts(material, rating_hint="button_hint")
    script = "\n".join(
        [
            _head(material, lists, backend, screen),
            *_flow(design, lists, texts, material),
            *_trial(material, screen),
            f"define {language} setup\n{_block(_opened(material, code))}",
            f"define {language} score\n{_block(_marked(material, code))}",
        ]
    )
    if backend == "osweb":
        # "sans" is a font from the web there, with a serif where that is not reached.
        script = script.replace("font_family=sans ", "font_family=Arial ")
        script = script.replace("set font_family sans", "set font_family Arial")
    target = folder / f"morphkit_{design.kind}.osexp"
    write_bytes_atomically(target, _archive(script, pool))


def _opened(material: Material, code: opensesame_code.Writer) -> str:
    """Return the code that runs once, and opens the port of the markers."""
    opened = material.markers.code() if material.markers else ""
    stated = material.participation.screen
    if stated is not None:
        opened = opensesame_code.python_monitor(stated.monitor_pixels) + opened
    return code.setup(material) + opened


def _marked(material: Material, code: opensesame_code.Writer) -> str:
    """Return the code after each answer, and its code."""
    if material.markers is None:
        return code.score(material)
    # What the code is follows from the answer, so it comes last.
    sent = answer_marker(the_design(material), "var.chosen_choice", "'none'")
    return code.score(material) + sent


def _archive(script: str, pool: dict[str, bytes]) -> bytes:
    """Return the tar file of a script and its pool; the same bytes every time."""
    data = io.BytesIO()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        folder = tarfile.TarInfo("pool")
        folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, _OLD
        members = [("script.opensesame", script.encode("utf-8"))]
        members += [(f"pool/{name}", content) for name, content in sorted(pool.items())]
        for place, (name, content) in enumerate(members):
            if place == 1:
                archive.addfile(folder)
            about = tarfile.TarInfo(name)
            about.size, about.mtime = len(content), _OLD
            archive.addfile(about, io.BytesIO(content))
    # Pictures are compressed already; gzip stores the time unless it is told one.
    with gzip.GzipFile(fileobj=data, mode="wb", compresslevel=1, mtime=0) as packed:
        packed.write(plain.getvalue())
    return data.getvalue()


def _block(code: str) -> str:
    """Return code as the run phase of an item."""
    lines = "".join(f"\t{line}\n" for line in code.strip("\n").split("\n"))
    return f"\t___run__\n{lines}\t__end__\n"


def _head(
    material: Material, lists: list[list[TrialRow]], backend: str, screen: Screen
) -> str:
    """Return the head of the script, with everything that is constant over trials."""
    pack = material.pack
    lines = [
        "---",
        "API: 3",
        f"OpenSesame: {_VERSION}",
        "Platform: posix",
        "---",
        f"set width {screen.width}",
        f"set height {screen.height}",
        f"set title {quoted(bare(material.wording['title']))}",
        f"set description {quoted(bare(f'{pack.name} {pack.version}, by morphkit'))}",
        "set start experiment",
        "set subject_nr 1",
        "set subject_parity odd",
        "set foreground white",
        "set background gray",
        "set font_family sans",
        "set font_size 22",
        "set uniform_coordinates yes",
        "set coordinates uniform",
        "set compensation 0",
        "set round_decimals 2",
        "set disable_garbage_collection yes",
        "set bidi no",
        f"set canvas_backend {backend}",
        f"set picture_scale {screen.scale!r}",
        *screen.degrees(material),
        "set instruction_text none",
        "set feedback_text none",
        "set show_feedback 0",
        "set chosen_choice none",
        "set answer_seconds none",
        "set balance_point none",
        "set balance_source none",
        "set boundary none",
        "set right_choice none",
        "set started none",
        "set planned_list 0",
        # A variable that does not exist yet is an error in OSWeb.
        *(f"set time_answer_{place} 0" for place in (1, 2, 3)),
    ]
    same = constant_columns(lists)
    lines += [f"set {name} {_cell(name, value)}" for name, value in same.items()]
    return "\n".join([*lines, ""])


def constant_columns(lists: Iterable[Sequence[TrialRow]]) -> TrialRow:
    """Return the columns that have one value in every trial of every list."""
    rows = [row for each in lists for row in each]
    return {n: v for n, v in rows[0].items() if all(row.get(n) == v for row in rows)}


def _cell(column: str, value: Cell) -> str:
    """Return a cell in quotation marks; texts for the screen as HTML."""
    return quoted(shown(str(value)) if is_shown(column) else value)


def _flow(
    design: Design,
    lists: list[list[TrialRow]],
    instructions: list[str],
    material: Material,
) -> list[str]:
    """Return the sequence of the whole session and a loop for each list."""
    runs = ["\trun setup always"]
    for number in range(1, len(lists) + 1):
        condition = quoted(f"var.planned_list == {number}")
        items = (f"welcome_{number:02d}", "welcome_key", f"list_{number:02d}")
        runs += [f"\trun {item} {condition}" for item in items]
    runs += ["\trun thanks always", "\trun thanks_key always"]
    parts = ["define sequence experiment\n\tset flush_keyboard yes\n" + "\n".join(runs)]
    start = material.wording["key_to_start"]
    same = constant_columns(lists)
    for number, (rows, text) in enumerate(
        zip(lists, instructions, strict=True), start=1
    ):
        parts.append(_page(f"welcome_{number:02d}", f"{text}\n\n{start}"))
        parts.append(_loop(f"list_{number:02d}", rows, set(same)))
    go_on = material.wording["key_to_continue"]
    pause = [_text("{pause_text}", 0, -20), _text(shown(go_on), 0, 60)]
    parts += [
        _space_key("welcome_key"),
        _space_key("pause_key"),
        _space_key("thanks_key"),
        _page("thanks", f"{material.wording['thanks']}\n\n{go_on}"),
        _sketchpad("pause", 0, pause),
        _feedback(design.timing.feedback),
    ]
    return [part + "\n" for part in parts]


def _loop(name: str, rows: Sequence[TrialRow], constant: set[str]) -> str:
    """Return the loop that runs one list in its order."""
    lines = [
        f"define loop {name}",
        "\tset source table",
        "\tset repeat 1",
        "\tset order sequential",
        f"\tset cycles {len(rows)}",
        "\tset continuous no",
        "\tset break_if never",
        "\tset break_if_on_first yes",
    ]
    for place, row in enumerate(rows):
        lines += [
            f"\tsetcycle {place} {column} {_cell(column, value)}"
            for column, value in row.items()
            if column not in constant
        ]
    return "\n".join([*lines, "\trun trial"])


def _trial(material: Material, screen: Screen) -> list[str]:
    """Return the sequence of a trial and its items."""
    design = the_design(material)
    timing = design.timing
    runs = ["run pause \"var.pause_text != 'none'\""]
    runs += ["run pause_key \"var.pause_text != 'none'\""]
    items = []
    marked = material.markers is not None
    if timing.fixation:
        row = quoted(f"{{{FIXATION}}}")
        duration = row if timing.drawn_fixation else timing.fixation
        known = f"var.{FIXATION}" if timing.drawn_fixation else str(timing.fixation)
        cross = [_text("+", 0, 0, 48)]
        runs.append("run fixation always")
        items += _timed("fixation", duration, cross, known if marked else "")
        runs += ["run mark_fixation always"] if marked else []
    if design.probe:
        faces = _pictures(["{picture_1}", "{picture_2}"], screen, material)
        runs.append("run pair always")
        known = str(timing.stimulus) if marked else ""
        items += _timed("pair", timing.stimulus, faces, known)
        runs += ["run mark_pair always"] if marked else []
    for place, (name, drawn, milliseconds) in enumerate(_stages(material, screen), 1):
        condition = "always" if place == 1 else quoted(_unanswered(design))
        shown_as = "dot" if design.probe else name
        runs.append(f"run {name} {condition}")
        if marked and shown_as in _EVENTS:
            runs.append(f"run mark_{shown_as} {condition}")
            items.append(_mark(shown_as))
        runs.append(f"run answer_{place} {condition}")
        items.append(_sketchpad(name, 0, drawn))
        items.append(_answer(f"answer_{place}", design, milliseconds))
    runs += ["run score always", "run log always"]
    runs.append('run feedback "var.show_feedback == 1"')
    sequence = "define sequence trial\n\tset flush_keyboard yes\n"
    sequence += "".join(f"\t{run}\n" for run in runs)
    log = "define logger log\n\tset auto_log yes\n"
    return [sequence, *(item + "\n" for item in items), log]


#: What is shown -> the expression of its code.
_EVENTS = {
    "fixation": str(FIXATION_CODE),
    "pair": f"{IMAGES} + int(var.step_1)",
    "face": f"{IMAGES} + int(var.step_1)",
    "mask": str(MASK_CODE),
    "dot": str(DOT_CODE),
}


def _mark(name: str, wait: str = "") -> str:
    """Return the item that sends a code, as soon as something is on the screen."""
    lines = [f"send_marker({_EVENTS[name]})", *([f"clock.sleep({wait})"] * bool(wait))]
    return f"define inline_script mark_{name}\n" + _block("\n".join(lines))


def _timed(name: str, duration: object, drawn: list[str], marked: str) -> list[str]:
    """Return the items of what is shown for a time; with markers, Python waits."""
    if not marked:
        return [_sketchpad(name, duration, drawn)]
    return [_sketchpad(name, 0, drawn), _mark(name, marked)]


def _unanswered(design: Design) -> str:
    """Return the condition that no key or button has been pressed yet."""
    if design.scales:
        return "var.response != 1 and var.response != 3 and var.response != 2"
    # OpenSesame turns a digit that was pressed into a number.
    pressed = [*map(repr, design.keys), *(key for key in design.keys if key.isdigit())]
    return " and ".join(f"var.response != {key}" for key in pressed)


def _stages(
    material: Material, screen: Screen
) -> list[tuple[str, list[str], int | None]]:
    """Return the stages shown until the answer: name, images, duration.

    Every stage collects the answer, so that none is lost while an image or mask is on
    the screen.
    """
    design = the_design(material)
    timing, words = design.timing, _question(material, screen)
    n = picture_counts(design)
    if design.probe:
        dots = _pictures(["{probe_1}", "{probe_2}"], screen, material, own_size=True)
        return [("face", [*dots, *words], timing.answer)]
    faces = _pictures([f"{{picture_{k}}}" for k in range(1, n + 1)], screen, material)
    if timing.stimulus is None:
        return [("face", [*faces, *words], timing.answer)]
    masks = _pictures([f"{{{MASK}}}"] * n, screen, material)
    stages: list[tuple[str, list[str], int | None]] = [
        ("face", [*faces, *words], timing.stimulus)
    ]
    if timing.mask:
        stages.append(("mask", [*masks, *words], timing.mask))
    left = timing.answer
    if left is not None:
        left = max(1, left - timing.stimulus - timing.mask)
    return [*stages, ("blank", words, left)]


def _pictures(
    files: list[str], screen: Screen, material: Material, *, own_size: bool = False
) -> list[str]:
    """Return the elements that draw pictures in their slots."""
    used = used_rows(material)
    width = max(row.width for row in used) * screen.scale
    height = max(row.height for row in used) * screen.scale
    return [
        f'draw image center=1 file="{file}" rotation=0 '
        f"scale={1 if own_size else screen.scale:g} "
        f"show_if=always x={round(x)} y={round(y)} z_index=0"
        for file, (x, y) in zip(
            files, screen_layout.centres(len(files), width, height), strict=True
        )
    ]


def _question(material: Material, screen: Screen) -> list[str]:
    """Return the elements that draw the question and the answers."""
    design = the_design(material)
    used = used_rows(material)
    height = max(row.height for row in used) * screen.scale
    down = screen_layout.extent(picture_counts(design), 1, height)[1] / 2
    drawn = [_text("{question_text}", 0, round(-down - 50))]
    below = round(down + 50)
    if not design.scales:
        n = len(design.keys)
        places = screen_layout.answer_places(n, 440)
        for place, (key, x) in enumerate(zip(design.keys, places, strict=True), 1):
            name = shown(f"{key_name(material, key)} = ")
            caption = f"{name}{{choice_text_{place}}}"
            drawn.append(_text(caption, x, below, 22 if n == 2 else 18))
        return drawn
    line = f"x1={-HALF_LINE} x2={HALF_LINE} y1={below - 20} y2={below - 20}"
    drawn.append(f"draw line color=white penwidth=4 show_if=always {line} z_index=0")
    for x in (-HALF_LINE, HALF_LINE):
        ends = f"x1={x} x2={x} y1={below - 32} y2={below - 8}"
        drawn.append(
            f"draw line color=white penwidth=4 show_if=always {ends} z_index=0"
        )
    drawn.append(_text("{scale_text_left}", -HALF_LINE, below + 12, 18))
    drawn.append(_text("{scale_text_right}", HALF_LINE, below + 12, 18))
    drawn.append(_text(shown(material.wording["button_hint"]), 0, below + 40, 18))
    return drawn


def _text(html: str, x: int, y: int, size: int = 22) -> str:
    """Return the element that draws a text."""
    return (
        f"draw textline center=1 color=white font_bold=no font_family=sans "
        f"font_italic=no font_size={size} html=yes show_if=always "
        f"text={quoted(html)} x={x} y={y} z_index=0"
    )


def _sketchpad(name: str, duration: object, drawn: Iterable[str]) -> str:
    """Return an item that shows something."""
    lines = "".join(f"\t{element}\n" for element in drawn)
    return f"define sketchpad {name}\n\tset duration {duration}\n{lines}"


def _page(name: str, text: str) -> str:
    """Return an item that shows a text."""
    return _sketchpad(name, 0, [_text(page(text), 0, 0)])


def _feedback(milliseconds: int) -> str:
    """Return the item for feedback, which is prepared once the answer is known."""
    lines = [
        "define feedback feedback",
        f"\tset duration {milliseconds}",
        "\tset reset_variables no",
        f"\t{_text('{feedback_text}', 0, 0)}",
    ]
    return "\n".join(lines) + "\n"


def _space_key(name: str) -> str:
    """Return the item that waits for the space bar."""
    return (
        f"define keyboard_response {name}\n\tset allowed_responses space\n"
        "\tset duration keypress\n\tset event_type keypress\n\tset flush yes\n"
        "\tset timeout infinite\n"
    )


def _answer(name: str, design: Design, milliseconds: int | None) -> str:
    """Return the item that waits for an answer.

    Only the first of a trial forgets what was pressed before it.
    """
    timeout = "infinite" if milliseconds is None else str(milliseconds)
    flush = "yes" if name == "answer_1" else "no"
    if design.scales:
        return (
            f"define mouse_response {name}\n\tset duration mouseclick\n"
            f"\tset event_type mouseclick\n\tset flush {flush}\n"
            '\tset linked_sketchpad ""\n'
            f"\tset show_cursor yes\n\tset timeout {timeout}\n"
        )
    keys = quoted(";".join(design.keys))
    return (
        f"define keyboard_response {name}\n\tset allowed_responses {keys}\n"
        f"\tset duration keypress\n\tset event_type keypress\n\tset flush {flush}\n"
        f"\tset timeout {timeout}\n"
    )
