"""Balance points that an export carries over from an earlier session."""

import json
from pathlib import Path
from typing import Any

from morphkit._core.files import write_text_atomically
from morphkit.errors import InputError
from morphkit.experiment.balance_points import (
    NO_POINTS,
    BalancePoints,
    check_balance_points,
    trained_continua,
)
from morphkit.experiment.design import Design
from morphkit.export.adapter import Adapter, Material
from morphkit.pack.model import Pack

#: The table in an export, which programs of a laboratory read when they start.
POINTS_FILE = "balance_points.csv"
#: What programs say to a code that the table lacks, where the design refuses it.
NO_POINT = (
    "there is no balance point of this code: check it, or export again with a table "
    "that has it (morphkit calibrate balance)"
)
_OPTION = "--balance-points"


def checked_points(
    given: BalancePoints | None, design: Design | None, pack: Pack, adapter: Adapter
) -> BalancePoints:
    """Return the balance points of an export; none where none are carried over.

    Raises
    ------
    InputError
        If the design needs a table and there is none, or there is one in vain; with
        every row that does not suit the design.
    """
    training = design.training if design else None
    carried = training is not None and training.is_carried and bool(adapter.reader)
    if design is not None and carried and given is not None:
        check_balance_points(given, design, pack)
        return given
    if carried:
        raise InputError(
            "the design carries balance points over from an earlier session",
            where=_OPTION,
            allowed="a table made by morphkit calibrate balance",
        )
    if given is not None:
        raise InputError(
            "a table of balance points, but nothing looks them up: the design measures "
            "them in each session"
            if adapter.reader
            else "a table of balance points, but this is no program that shows trials",
            where=_OPTION,
            remedy="plan with --balance-from table, or leave the table out",
        )
    return NO_POINTS


def points_study(material: Material) -> dict[str, Any]:
    """Return what a page or program needs to look balance points up, as JSON."""
    design = material.design
    if design is None or design.training is None or not design.training.is_carried:
        return {"trained": [], "rows": []}
    return {
        "trained": list(trained_continua(design, material.pack)),
        "rows": [list(row) for row in material.points.rows],
    }


def write_points(material: Material, folder: Path) -> None:
    """Write the table into an export, if balance points are carried over."""
    if material.points.points:
        write_text_atomically(folder / POINTS_FILE, material.points.text())


def python_points(material: Material, code: str, *, file: bool) -> str:
    """Return code that looks up the balance points of a participant, in Python.

    Parameters
    ----------
    material : Material
    code : str
        Expression of the code of the participant.
    file : bool
        Whether the table is read from its file beside the program.
    """
    training = material.design.training if material.design else None
    if training is None:
        return ""
    study = points_study(material)
    if not training.is_carried:
        return "carried = {}\n"
    rows = repr(study["rows"])
    read = ""
    if file:
        read = f"with open({POINTS_FILE!r}, encoding='utf-8') as points_file:\n"
        read += "    points_text = points_file.read()\n"
        rows = "point_rows(points_text)"
    lines = f"carried = carried_points({rows}, {code}, {study['trained']!r})\n"
    if training.balance_from == "table":
        lines += "if not carried:\n"
        lines += f"    raise ValueError({code} + {': ' + NO_POINT!r})\n"
    return read + lines


def javascript_points(material: Material, code: str, name: str) -> str:
    """Return code that looks up the balance points of a participant, in JavaScript.

    Parameters
    ----------
    material : Material
    code : str
        Expression of the code of the participant.
    name : str
        Variable that gets them.
    """
    training = material.design.training if material.design else None
    if training is None:
        return ""
    study = {key: json.dumps(value) for key, value in points_study(material).items()}
    lines = f"{name} = globalThis.MorphkitRule.carriedPoints("
    lines += f"{study['rows']}, {code}, {study['trained']});\n"
    if training.balance_from == "table":
        lines += f"if (Object.keys({name}).length === 0) {{\n"
        lines += f"  throw new Error({code} + {json.dumps(': ' + NO_POINT)});\n}}\n"
    return lines
