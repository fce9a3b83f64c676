"""Inquisit 6: a script of items, lists and trials; not verified there."""

from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit.errors import raise_all
from morphkit.experiment.design import Design
from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.masks import mask_file, masks_of_list, write_masks
from morphkit.export.screen_texts import faults, unfit
from morphkit.export.trial_rows import (
    TrialRow,
    fixed_fixation,
    instruction_texts,
    picture_counts,
    the_design,
)
from morphkit.export.vendor_text import (
    NOT_VERIFIED,
    copy_flat,
    flat_rows,
    list_numbers,
    write_notice,
)

_GUIDE = """\
Open inquisit_list_NN.iqx in Inquisit Lab; the images of stimuli/ lie beside it, in the
folder stimuli. One file is one counterbalancing list; a <batch> can assign them to
participants. The raw data (.iqdat) name the trial, its stimuli and the chosen label
(values.chosen).
Pauses between blocks and feedback are not in it; the instructions announce no feedback,
whatever the design says.
"""


def write(material: Material, folder: Path) -> None:
    """Write a script for each list, and the images.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty folder.
    """
    _check_texts(material)
    copy_flat(material, folder)
    write_masks(material, folder, "stimuli")
    for number in list_numbers(material):
        text = _script(material, number)
        write_text_atomically(folder / f"inquisit_list_{number:02d}.iqx", text)
    write_notice(folder, "Inquisit", _GUIDE)


def _check_texts(material: Material) -> None:
    """Refuse what scripts cannot say; the manual has an escape for quotes alone."""
    numbers = list_numbers(material)
    rows = [row for number in numbers for row in flat_rows(material, number)]
    texts = [
        str(row[name])
        for row in rows
        for name in ("question_text", "choice_text_1", "choice_text_2")
    ]
    both: list[tuple[str, str]] = [
        (r"~", "a tilde, which begins a code"),
        (r"<[^\s\d]", 'a "<", which begins an element or an expression'),
        (r"^ | $", "blanks at an end"),
    ]
    line_end = (r"\n", "a line end, and a text has one line")
    pages = instruction_texts(material, feedback=False)
    new_line = (r"\^", 'a "^", which ends a line')
    raise_all(
        [
            *unfit(material, texts, faults(*both, line_end), program="Inquisit"),
            *unfit(material, pages, faults(*both, new_line), program="Inquisit"),
        ]
    )


def _script(material: Material, number: int) -> str:
    """Return the whole script of a list."""
    design, rows = the_design(material), flat_rows(material, number)
    n = picture_counts(design)
    parts = [f"// {NOT_VERIFIED.format(program='Inquisit')}"]
    parts += [_element("defaults", "", {"screencolor": "gray", "txcolor": "white"})]
    places = _places(n)
    for place in range(1, n + 1):
        items = [f"stimuli/{row[f'picture_{place}']}" for row in rows]
        parts.append(_items(f"pictures_{place}", items))
        x, y = places[place - 1]
        parts.append(
            _element(
                "picture",
                f"face_{place}",
                {
                    "items": f"pictures_{place}",
                    "select": f"list.trialorder.{_select(place)}",
                    "position": f"({x}%, {y}%)",
                },
            )
        )
    parts += [_order(len(rows)), *_texts(rows), *_trial(material, n, rows)]
    welcome = instruction_texts(material, feedback=False)[number - 1]
    parts += [_pages(welcome), _flow(len(rows))]
    return "\n\n".join(parts) + "\n"


def _places(n: int) -> list[tuple[int, int]]:
    """Return where the middles of the pictures are, in per cent of the screen."""
    across, down = screen_layout.extent(n, 1, 1)
    return [
        (round(50 + 80 * x / across), round(50 + 60 * y / down * (down > 1)))
        for x, y in screen_layout.centres(n, 1, 1)
    ]


def _select(place: int) -> str:
    """Return how an element takes its item: the first moves on, the others follow."""
    return "nextvalue" if place == 1 else "currentvalue"


def _quoted(text: str) -> str:
    """Return a text in quotation marks; Inquisit escapes them with a tilde."""
    return '"' + text.replace('"', '~"') + '"'


def _element(kind: str, name: str, values: dict[str, str]) -> str:
    """Return an element with its attributes."""
    head = f"<{kind} {name}>" if name else f"<{kind}>"
    lines = [f"/ {key} = {value}" for key, value in values.items()]
    return "\n".join([head, *lines, f"</{kind}>"])


def _items(name: str, items: list[str]) -> str:
    """Return a list of items, numbered from 1."""
    return _element(
        "item", name, {str(k): _quoted(item) for k, item in enumerate(items, start=1)}
    )


def _order(n: int) -> str:
    """Return the list that numbers the trials in their final order."""
    numbers = ", ".join(map(str, range(1, n + 1)))
    values = {"items": f"({numbers})", "selectionmode": "sequence"}
    return _element("list", "trialorder", values)


def _texts(rows: list[TrialRow]) -> list[str]:
    """Return the questions and answers, by trial."""
    parts = []
    wanted = {
        "question": ("question_text", "(50%, 8%)"),
        "left": ("choice_text_1", "(25%, 92%)"),
        "right": ("choice_text_2", "(75%, 92%)"),
    }
    for name, (column, position) in wanted.items():
        parts.append(_items(f"texts_{name}", [str(row[column]) for row in rows]))
        values = {
            "items": f"texts_{name}",
            "select": "list.trialorder.currentvalue",
            "position": position,
        }
        parts.append(_element("text", name, values))
    return parts


def _trial(material: Material, n: int, rows: list[TrialRow]) -> list[str]:
    """Return the trial, with answers coded by label."""
    design = the_design(material)
    parts = [_element("text", "fixation", {"items": '("+")'})]
    parts += _masks(design, n, rows)
    for side, column in (("left", "choice_1"), ("right", "choice_2")):
        parts.append(_items(f"labels_{side}", [str(row[column]) for row in rows]))
    recorded = _recorded(rows[0])
    for name in recorded:
        parts.append(_items(f"trial_{name}", [str(row[name]) for row in rows]))
    parts.append(_element("values", "", dict.fromkeys(("chosen", *recorded), '"none"')))
    columns = [f"picture.face_{place}.currentitem" for place in range(1, n + 1)]
    columns += [f"values.{name}" for name in recorded]
    data = ", ".join(
        ["date", "time", "subject", "trialnum", "values.chosen", "latency", *columns]
    )
    parts.append(_element("data", "", {"columns": f"({data})"}))
    keys = ", ".join(_quoted(" " if key == "space" else key) for key in design.keys)
    values = {
        "stimulustimes": _stimulus_times(design, n),
        "beginresponsetime": str(fixed_fixation(design)),
        "validresponse": f"({keys})",
    }
    if design.timing.answer is not None:
        # It counts from beginresponsetime on, says the reference of the language.
        values["timeout"] = str(design.timing.answer)
    # A trial without an answer must not keep that of the trial before.
    values["ontrialbegin"] = '[values.chosen = "none"]'
    values["ontrialend"] = "\n/ ontrialend = ".join(_at_end(design, recorded))
    return [*parts, _element("trial", "onetrial", values)]


def _stimulus_times(design: Design, n: int) -> str:
    """Return what is on the screen from when on, milliseconds; of n pictures."""
    timing, fixation = design.timing, fixed_fixation(design)
    faces = ", ".join(f"face_{place}" for place in range(1, n + 1))
    shown = f"[0 = fixation; {fixation} = clearscreen, {faces}, question, left, right"
    if timing.stimulus is not None:
        gone = fixation + timing.stimulus
        masks = ", ".join(f"mask_{place}" for place in range(1, n + 1))
        after = f"clearscreen, {masks}" if timing.mask else "clearscreen"
        shown += f"; {gone} = {after}, question, left, right"
        if timing.mask:
            shown += f"; {gone + timing.mask} = clearscreen, question, left, right"
    return shown + "]"


def _masks(design: Design, n: int, rows: list[TrialRow]) -> list[str]:
    """Return the masks that follow n pictures, by trial; nothing if there are none."""
    if not design.timing.mask:
        return []
    drawn = masks_of_list(design, int(rows[0]["list_number"]))
    parts = [_items("masks", [f"stimuli/{mask_file(name)}" for name in drawn])]
    for place, (x, y) in enumerate(_places(n), start=1):
        values = {
            "items": "masks",
            "select": "list.trialorder.currentvalue",
            "position": f"({x}%, {y}%)",
        }
        parts.append(_element("picture", f"mask_{place}", values))
    return parts


def _at_end(design: Design, recorded: list[str]) -> list[str]:
    """Return what a trial does at its end: note the label and what is recorded."""
    chosen = (
        "[if (trial.onetrial.response == {key}) values.chosen = "
        "item.labels_{side}.item(list.trialorder.currentvalue)]"
    )
    codes = [ord(" " if key == "space" else key.upper()) for key in design.keys]
    ended = [
        chosen.format(key=_scan(code), side=side)
        for code, side in zip(codes, ("left", "right"), strict=True)
    ]
    told = "item.trial_{name}.item(list.trialorder.currentvalue)"
    notes = [f"values.{name} = {told.format(name=name)}" for name in recorded]
    return [*ended, f"[{'; '.join(notes)}]"]


def _recorded(row: TrialRow) -> list[str]:
    """Return the columns of the trial table that the data file repeats."""
    return [
        *("trial_order", "list_number", "n_trials"),
        *("design_kind", "phase_name", "question_name"),
        *(name for name in row if name.startswith("stimulus_")),
        *("choice_1", "choice_2", "image_digests"),
    ]


def _scan(code: int) -> int:
    """Return the scan code of a key on an American keyboard."""
    rows = {16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM", 2: "1234567890"}
    letter = chr(code)
    for first, letters in rows.items():
        if letter in letters:
            return first + letters.index(letter)
    return 57


def _pages(welcome: str) -> str:
    """Return the page of instructions."""
    text = welcome.replace("\n", "^")
    return _element("page", "welcome", {}).replace("</page>", f"{text}\n</page>")


def _flow(n: int) -> str:
    """Return the block and the experiment."""
    block = _element("block", "main", {"trials": f"[1-{n} = onetrial]"})
    values = {"preinstructions": "(welcome)", "blocks": "[1 = main]"}
    return f"{block}\n\n{_element('expt', '', values)}"
