"""OpenSesame without a screen: its own loader, linter and conversions.

    python opensesame_static.py desktop|osweb FOLDER...   (environment of OpenSesame)

Fails unless every item is known, every image is in the pool and every list has its
trials. For OSWeb, its linter must have nothing to say, and the page (one for each of
two participants) and the JATOS archive are written beside the file.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def check(folder: Path, backend: str) -> None:
    """Load one experiment; raise SystemExit if anything is wrong."""
    from libopensesame.experiment import Experiment
    from libopensesame.missing_item import MissingItem

    (path,) = folder.glob("*.osexp")
    experiment = Experiment(experiment_path=str(folder), string=str(path))
    missing = [
        name
        for name in experiment.items
        if isinstance(experiment.items[name], MissingItem)
    ]
    if missing:
        raise SystemExit(f"{path}: unknown items {missing}")
    about = json.loads((folder / "morphkit_export.json").read_text("utf-8"))
    lists = [n for n in experiment.items if n.startswith("list_")]
    lengths = [len(experiment.items[name].dm) for name in sorted(lists)]
    if lengths != about["design"]["n_trials"]:
        raise SystemExit(f"{path}: lists of {lengths} trials")
    shown = {
        str(value)
        for name in lists
        for column in ("picture_1", "picture_2", "picture_3", "picture_4")
        if column in experiment.items[name].dm
        for value in experiment.items[name].dm[column]
    }
    lost = sorted(name for name in shown if name not in experiment.pool)
    if lost or not shown:
        raise SystemExit(f"{path}: not in the pool: {lost}")
    if backend == "osweb":
        convert(experiment, path)
    n_texts = check_texts(experiment, folder)
    print(
        f"{path}: {len(list(experiment.items))} items, lists of {lengths} trials"
        + (f", {n_texts} trials of texts as written" if n_texts else "")
    )


def check_texts(experiment: object, folder: Path) -> int:
    """Compare what OpenSesame's own evaluation makes of texts with texts.json."""
    if not (folder / "texts.json").is_file():
        return 0
    wanted = json.loads((folder / "texts.json").read_text("utf-8"))
    table = experiment.items["list_01"].dm
    for row, answers in zip(table, wanted["answers"], strict=True):
        for name, value in row:
            experiment.var.set(name, value)
        texts = drawn(experiment.items["face"])
        found = [text.partition(" = ")[2] for text in texts[1:]]
        if found != answers:
            raise SystemExit(f"{folder}: {found} for {answers}")
    page, sign = drawn(experiment.items["thanks"])[0], "".join
    if sign(wanted["page"].split()) not in sign(page.split()):
        raise SystemExit(f"{folder}: a page is {page!r} for {wanted['page']!r}")
    return len(table)


def drawn(sketchpad: object) -> list[str]:
    """Return the texts of a sketchpad as they stand on the screen."""
    from qtpy.QtGui import QTextDocument

    texts = []
    for element in sketchpad.elements:
        properties = element.eval_properties()
        if "text" in properties:
            document = QTextDocument()
            # As openexp draws it.
            document.setHtml(str(properties["text"]).replace("\n", "<br />"))
            texts.append(document.toPlainText().replace("\u00a0", " "))
    return texts


def convert(experiment: object, path: Path) -> None:
    """Lint as OpenSesame's OSWeb extension does, and convert."""
    from opensesame_extensions.osweb.oswebext import osweb_linter
    from osweb import convert as osweb

    said = osweb_linter.check_compatibility(experiment, fullscreen=False)
    if said:
        raise SystemExit(f"{path}: the OSWeb linter says {said}")
    for subject in ("1", "2"):
        osweb.exp_to_html(
            experiment,
            index_path=path.parent / f"participant_{subject}.html",
            subject=subject,
            intro_click=True,
            logfile="answers.json",
        )
    osweb.exp_to_jzip(experiment, jzip_path=path.parent / "jatos.jzip")


if __name__ == "__main__":
    for given in sys.argv[2:]:
        check(Path(given), sys.argv[1])
