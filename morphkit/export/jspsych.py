"""jsPsych 8: a folder that a browser runs from disk or from any web server.

References
----------
de Leeuw, J. R., Gilbert, R. A., & Luchterhandt, B. (2023). jsPsych: Enabling an
open-source collaborative ecosystem of behavioral experiments. Journal of Open Source
Software, 8(85), 5351. https://doi.org/10.21105/joss.05351
"""

from pathlib import Path

from morphkit.export.adapter import Material
from morphkit.export.browser_study import (
    STYLE,
    page_text,
    stage_scripts,
    study_of,
    study_script,
    vendored,
    write_new,
)
from morphkit.export.stimuli import copy_stimuli

#: Files of jsPsych: path in the package -> path in an export.
_VENDORED = {
    "jspsych/jspsych.min.js": "vendor/jspsych.js",
    "jspsych/jspsych.css": "vendor/jspsych.css",
    "jspsych/LICENSE.txt": "vendor/LICENSE-jspsych.txt",
}


def write(material: Material, folder: Path) -> None:
    """Write an experiment that starts with a double click on ``index.html``.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty; filled with the page, its scripts and the pictures.
    """
    write_pages(material, folder, experiment="jspsych_experiment.js", jatos=False)


def write_pages(
    material: Material, folder: Path, *, experiment: str, jatos: bool
) -> None:
    """Write the pages of an experiment.

    Parameters
    ----------
    material : Material
    folder : Path
        Empty.
    experiment : str
        Page that runs it.
    jatos : bool
        Whether a JATOS server gives the page its script ``jatos.js``.
    """
    sources = copy_stimuli(material, folder)
    study = study_of(material, sources)
    write_new(folder / "study.js", study_script(study))
    scripts = stage_scripts(material)
    for name in (*scripts, STYLE, "jspsych_plugin.js", experiment):
        write_new(folder / name, page_text(name))
    for name, target in _VENDORED.items():
        write_new(folder / target, vendored(name))
    write_new(
        folder / "index.html",
        render_page(
            "jspsych_index.html",
            language=material.language,
            title=material.wording["title"],
            experiment=experiment,
            scripts=scripts,
            jatos=jatos,
        ),
    )


def render_page(name: str, **values: object) -> str:
    """Return a page with its values filled in, escaped."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(page_text(name)).render(**values)
