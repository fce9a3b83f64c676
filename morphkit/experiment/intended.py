"""What an image is meant to show, and how strongly: the truth of labelling tasks.

Conventions
-----------
An end called `NEUTRAL` shows nothing: every other image of its continuum is meant to
show the other end, at the intensity of its distance from the neutral one. Between two
expressions an image is meant to show the nearer end, and its intensity is 0 half way
and 1 at the ends.
"""

from morphkit.pack.rows import Stimulus

#: Label of a face without an expression.
NEUTRAL = "neutral"
#: Answer of who sees none of the labels.
CANNOT_TELL = "cannot_tell"
_HALF = 1e-9


def intended_label(row: Stimulus, via: str = "") -> str:
    """Return the label that an image is meant to show; empty half way between two.

    Parameters
    ----------
    row : Stimulus
        Its level must be known.
    via : str, optional
        Label at level 0.5, of a continuum of three anchors.
    """
    level = row.known_level
    for end, other, away in (
        (row.from_label, row.to_label, level),
        (row.to_label, row.from_label, 1 - level),
    ):
        if end == NEUTRAL:
            return other if away > _HALF else NEUTRAL
    if abs(level - 0.5) < _HALF:
        return via
    return row.from_label if level < 0.5 else row.to_label


def intensity(row: Stimulus) -> float:
    """Return how strongly an image shows what it is meant to, from 0 to 1."""
    level = row.known_level
    if row.from_label == NEUTRAL:
        return level
    if row.to_label == NEUTRAL:
        return 1 - level
    return abs(2 * level - 1)
