"""The data of a browser experiment: trials, texts, images."""

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from morphkit._core.files import write_text_atomically
from morphkit.errors import InputError
from morphkit.experiment.answer import PARAMETER
from morphkit.experiment.design import Design, Trial
from morphkit.experiment.texts import anchors, answer_texts, instructions, question
from morphkit.export.adapter import Material
from morphkit.export.balance_table import points_study
from morphkit.export.participation import KNOWN
from morphkit.export.stimuli import used_rows
from morphkit.pack.link import stimulus_digest

#: Texts that every page needs; questions and answers are looked up trial by trial.
TEXTS = (
    *("title", "welcome", "participant_prompt", "participant_error"),
    *(
        "list_prompt",
        "list_error",
        "balance_error",
        "loading",
        "start_button",
        "continue_button",
    ),
    *("save_button", "retry_button", "discard_button", "discard_sure", "keys_hint"),
    *("unfinished", "unconfirmed", "resume", "resume_button", "begin_button"),
    *("open_elsewhere", "check_saved", "confirm_button", "back_button"),
    *("waiting_for", "picture_label"),
    *("button_hint", "slider_hint", "key_to_continue", "key_to_start", "space_key"),
    *("consent_button", "refuse_button", "refused", "error_window"),
    *("card_hint", "card_slider", "distance_hint", "blind_spot_hint", "blind_spot_far"),
    *("error_phone", "attention_check", "answer_missing", "number_wrong"),
    *("upper_pair", "lower_pair", "stacked_triads"),
    *("completion_code", "completion_button"),
    *("fixation_hint", "block_progress", "break", "feedback_correct"),
    *("feedback_incorrect", "too_slow", "thanks", "saved"),
    *("error_picture", "error_save", "sending"),
    *(f"phase_{name}" for name in ("practice", "baseline", "training", "test", "main")),
)
#: The stage, which all experiments in a browser share: scripts in the order in which a
#: page loads them, each using only those before it.
STAGE_SCRIPTS = (
    *("training_rule.js", "trial_list.js", "kept.js", "stage_page.js"),
    *("stage_entry.js", "stage_size.js"),
    *(
        "stage_pictures.js",
        "stage_trials.js",
        "stage_saving.js",
        "stage_participant.js",
    ),
    *("stage_answers.js", "stage_feedback.js", "stage_trial.js", "stage_questions.js"),
    # An address of the laboratory is known everywhere: a study can be served.
    *("stage_sending.js", "send_post.js"),
    *("stage_session.js", "stage.js"),
)
STYLE = "stage.css"
#: What the first page tells the people who run an export for the laboratory only; the
#: page does not start on any other server than that of the same computer.
LAB_ONLY = (
    "For the laboratory only. These faces may not be shown over a network: run this "
    "page from the disk of this computer, not from a server."
)
#: Meaning of the numbers of a trial, in order.
COLUMNS = ("phase", "block", "flipped", "ask", "correct", "stimuli")
#: One more of them where the fixation is drawn for each trial, in milliseconds.
FIXATION = "fixation"


def study_of(material: Material, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return the data of the pages, as JSON.

    Parameters
    ----------
    material : Material
    sources : mapping of str to str
        Stimulus id -> address of its image, relative to the page.

    Returns
    -------
    dict
        Trials are lists of numbers, to keep long designs small: phase and answers are
        indices into the tables next to them, stimuli are indices into ``stimuli``.
    """
    design = design_of(material)
    _check_attention(material)
    rows = used_rows(material)
    places = {row.stimulus_id: number for number, row in enumerate(rows)}
    asks: dict[str, int] = {}
    phases: dict[str, int] = {}
    lists = [
        [_trial(trial, material, places, asks, phases) for trial in trials]
        for trials in design.lists
    ]
    study: dict[str, Any] = {
        "pack": material.pack.name,
        "pack_version": material.pack.version,
        "recipe": material.pack.recipe_sha256[:12],
        "design": design.kind,
        "seed": design.seed,
        "language": material.language,
        "timing": dict(vars(design.timing)),
        "keys": list(design.keys),
        "scales": {name: list(scale) for name, scale in design.scales.items()},
        "training": _training(design),
        "probe": design.probe,
        "participation": material.participation.to_dict(),
        "questionnaires": material.participation.pages(material.language),
        "parameters": {
            **KNOWN,
            **{name: PARAMETER + name for name in material.participation.parameters},
        },
        "sending": material.sending.to_dict() if material.sending else None,
        "texts": _texts(material),
        "stimuli": {
            row.stimulus_id: {
                "src": sources[row.stimulus_id],
                "width": row.width,
                "height": row.height,
                "continuum": row.continuum_id,
                "step": row.step,
                "digest": stimulus_digest(row),
            }
            for row in rows
        },
        "phases": list(phases),
        "asks": [json.loads(text) for text in asks],
        "columns": [*COLUMNS, *([FIXATION] if design.timing.drawn_fixation else [])],
        "lists": lists,
    }
    if material.lab_only:
        study["lab_only"] = LAB_ONLY
    # Keeps two exports from taking each other's rescued answers for their own.
    identity = hashlib.sha256(json.dumps(study).encode()).hexdigest()
    # The table grows while people come and go: it is the same export with another one.
    return {"export_id": identity[:12], **study, "points": points_study(material)}


def _check_attention(material: Material) -> None:
    """Refuse checks of attention that no trial of the design can be.

    Raises
    ------
    InputError
        If there are no such trials, or they have no answers to choose from.
    """
    wanted = material.participation.attention
    design = design_of(material)
    least = min(map(len, design.lists))
    if wanted and design.scales:
        raise InputError(
            f'"{design.kind}" has no answers to choose from',
            where="attention",
            remedy="leave the key out, or ask in a questionnaire",
        )
    if wanted and wanted[-1] > least:
        raise InputError(
            f"there is no trial {wanted[-1]}",
            where="attention",
            allowed=f"1 to {least}",
        )


def stage_scripts(material: Material) -> tuple[str, ...]:
    """Return the scripts of the stage, and that of where answers go, in their order."""
    if material.sending is None:
        return STAGE_SCRIPTS
    script, last = material.sending.destination.script, STAGE_SCRIPTS[-1]
    return (*dict.fromkeys((*STAGE_SCRIPTS[:-1], script)), last)


def _training(design: Design) -> dict[str, Any] | None:
    """Return what a page needs for training: labels, and of every list arm and shift.

    Arms have no name here but the letter that the design drew for them.
    """
    if design.training is None:
        return None
    numbers = range(1, len(design.lists) + 1)
    return {
        "from_label": design.training.from_label,
        "to_label": design.training.to_label,
        "visit": design.visit,
        "arms": list(design.list_arms),
        "balance": design.training.balance,
        "balance_from": design.training.balance_from,
        "shifts": [design.shift_of(number) for number in numbers],
    }


def design_of(material: Material) -> Design:
    """Return the design of an export that shows trials.

    Raises
    ------
    InputError
        If there is none.
    """
    if material.design is None:
        raise InputError("there is no design")
    return material.design


def _trial(
    trial: Trial,
    material: Material,
    places: Mapping[str, int],
    asks: dict[str, int],
    phases: dict[str, int],
) -> list[Any]:
    """Return a trial as numbers; missing entries are added to the tables."""
    words: dict[str, Any] = {
        "name": trial.question,
        "question": question(design_of(material), trial, material.wording),
        "choices": list(trial.choices),
        "answers": [],
        "ends": [],
    }
    if trial.choices:
        words["answers"] = list(answer_texts(trial, material.wording))
    else:
        words["ends"] = list(anchors(trial, material.wording))
    ask = json.dumps(words, ensure_ascii=False)
    return [
        phases.setdefault(trial.phase, len(phases)),
        trial.block,
        int(trial.flipped),
        asks.setdefault(ask, len(asks)),
        trial.choices.index(trial.correct) if trial.correct else -1,
        [places[name] for name in trial.stimuli],
        *([] if trial.fixation is None else [trial.fixation]),
    ]


def _texts(material: Material) -> dict[str, str]:
    """Return the texts of the pages, including the instructions of the design."""
    design, wording = design_of(material), material.wording
    labels = {name: text for name, text in wording.items() if name.startswith("label_")}
    used = {f"label_{c}" for trials in design.lists for t in trials for c in t.choices}
    return {
        **{name: wording[name] for name in TEXTS},
        **{name: text for name, text in labels.items() if name in used},
        "instructions": instructions(design, wording),
    }


def study_script(study: Mapping[str, Any]) -> str:
    """Return the study as a classic script, one trial per line.

    It is a script because pages opened from disk may not fetch a JSON file.
    """
    lists = ",\n".join(
        " [\n" + ",\n".join("  " + _compact(trial) for trial in trials) + "\n ]"
        for trials in study["lists"]
    )
    rest = json.dumps(
        {name: value for name, value in study.items() if name != "lists"},
        indent=1,
        ensure_ascii=False,
    )
    head = rest.rstrip().removesuffix("}").rstrip()
    # A text of a study must not end the script.
    text = f'{head},\n "lists": [\n{lists}\n ]\n}}'.replace("</", "<\\/")
    return f"window.MORPHKIT = {text};\n"


def _compact(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def page_text(name: str) -> str:
    """Return the text of a page file that ships with morphkit."""
    return (files("morphkit.export") / "pages" / name).read_text("utf-8")


def vendored(name: str) -> str:
    """Return the text of a file of another project that ships with morphkit."""
    return (files("morphkit.export") / "vendor" / name).read_text("utf-8")


def write_new(path: Any, text: str) -> None:
    """Write a text file into an export, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, text)
