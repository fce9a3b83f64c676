"""The beginning of a study: a recipe with comments, and folders for its sources."""

from pathlib import Path

from morphkit._core.files import write_text_atomically
from morphkit.errors import OutputError

STUDY = """\
# A morphkit study. Build it with:  morphkit build study.toml --output packs/first
schema = 1

[pack]
name = "my_study"              # lower-case letters, digits, single underscores
version = "1.0.0"
title = ""
description = ""
licence = "LicenseRef-unstated" # an SPDX identifier such as CC-BY-4.0
creators = []                  # ["Family name, Given name"]

[sources]
images = "source_faces"        # folder of the photographs, from here
landmarks = "landmarks"        # folder of the landmark files, from here
template = "auto"              # that of the landmark files; or a name from
                               # morphkit list templates, or a file
detector = "mesh"              # where there is no landmark file; "none" forbids it
pattern = "{identity}_{label}.png"  # file of a photograph: maja_happy.png; end it in
                               # .jpg where yours do

# One table for each person. Use codes, never names; they begin with a letter:
# infant_004, not 004. Nothing is built unless the consent covers morphing.
[identities.maja]
age_months = 7
consent_basis = "unknown"      # guardian-explicit | participant-explicit |
                               # dataset-licence | synthetic | unknown
may_morph = true
may_show_online = false        # web studies
may_redistribute = false       # passing the pack on

# Photographs that are called otherwise are listed by their labels:
# files = {happy = "004-1.jpg", distressed = "004-2.jpg"}
# Which face is meant where a photograph shows several, from 1 in reading order:
# faces = {happy = 2}

[identities.nilo]
age_months = 9
consent_basis = "unknown"
may_morph = true
may_show_online = false
may_redistribute = false

[align]
method = "two_point"           # by the eyes; procrustes (all landmarks) | none
width = 512                    # pixels of the images
height = 512
frame = "faces"                # the mean face in the middle; photos: where they show it
share = 0.55                   # of the height that it takes, from hairline to chin

[morph]
warp = "tps"                   # morphkit list warps
refine = "integer-flow"        # dense matching beyond the landmarks; none
outline = "auto"               # of heads, in means of several people; grabcut | none
blend = "linear"               # in linear light
detail = "level"               # fine detail kept level along the continuum; plain
sampling = "bicubic"
mask = "none"                  # oval | face: one mask for a whole continuum

# [frame]                      # what lies around the face, see docs/framing.md
# background = "#808080"       # or "mean"
# crop = "mask"
# grey = false

[[continua]]
identities = "*"               # all, or a list: ["maja"]
from = "happy"
to = "distressed"
steps = 15                     # exactly 15 images, both ends among them
"""


def write_study(folder: Path) -> None:
    """Write a recipe with comments and the folders that it names.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    try:
        for name in ("source_faces", "landmarks"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None
    write_text_atomically(folder / "study.toml", STUDY)
