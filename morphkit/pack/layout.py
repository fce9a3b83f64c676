"""The layout of the folder of a pack: every path, stated once.

Paths are relative to the pack, with forward slashes, as in its tables and its manifest;
`morphkit._core.paths.inside` gives the file.
"""

#: The Data Package: every file with its hash.
MANIFEST = "datapackage.json"
#: Sums of every other file, as ``sha256sum`` reads them.
SUMS = "SHA256SUMS"
#: The Psych-DS description.
DESCRIPTION = "dataset_description.json"
README = "README.md"
LICENCE = "LICENSE.txt"
CITATION = "CITATION.cff"
#: The resolved recipe: every default written out.
RECIPE = "recipe.toml"
#: Findings and measurements.
CHECKS = "checks.json"
#: Pictures, plots and findings, for a browser.
REPORT = "report.html"

#: Name of a table -> its file.
TABLE_FILES = {
    "identities": "data/description-identities_data.csv",
    "continua": "data/description-continua_data.csv",
    "stimuli": "data/description-stimuli_data.csv",
    "norms": "data/description-norms_data.csv",
}
#: Folder of the frozen meshes.
CORRESPONDENCE = "data/correspondence"
#: Definition of the landmark set, unless it is built in.
TEMPLATE = "data/template.json"
#: Statistics of the whole set: matching, mean background.
FRAMING = "data/framing.npz"

#: Folder of the images, with a folder for each identity.
STIMULI = "materials/stimuli"
#: Every step of every continuum in one picture.
CONTACT_SHEET = "materials/preview/contact_sheet.png"


def stimulus_file(identity: str, stimulus_id: str) -> str:
    """Return the path of an image.

    Examples
    --------
    >>> stimulus_file("maja", "maja_happy_sad_s01")
    'materials/stimuli/maja/maja_happy_sad_s01.png'
    """
    return f"{STIMULI}/{identity}/{stimulus_id}.png"


def mesh_file(continuum_id: str) -> str:
    """Return the path of the frozen mesh of a continuum, and of its mask."""
    return f"{CORRESPONDENCE}/{continuum_id}.npz"


def ends_file(continuum_id: str) -> str:
    """Return the path of the list of photographs that a continuum is made from.

    It exists only if they are not simply the two at its ends.
    """
    return f"{CORRESPONDENCE}/{continuum_id}.json"
