"""Kinds of findings in a pack that no check makes: of matching and of the build."""

import math
from collections.abc import Mapping

from morphkit.quality.checks.kinds import FindingKind
from morphkit.quality.checks.places import (
    at_named_landmarks,
    at_said_point,
    at_tied_openings,
)

#: Nodes that move by up to this many pixels cannot be seen.
_UNSEEN = 1.0

#: Code -> what is known of such findings.
MADE_ELSEWHERE: Mapping[str, FindingKind] = {
    "fold-removed": FindingKind(
        "a fold that was smoothed away",
        "look at the mark; if it is drawn awry, correct the landmarks there",
        recorded=_UNSEEN,
        place=at_said_point,
    ),
    "outline": FindingKind("outlines of heads are matched", recorded=math.inf),
    "outline-unsure": FindingKind(
        "outlines of heads could not be used",
        "use photographs with plain backgrounds and heads that are alike",
    ),
    "merged-landmarks": FindingKind(
        "landmarks that coincide share a control point",
        recorded=math.inf,
        place=at_named_landmarks,
    ),
    "hidden-landmarks": FindingKind(
        "hidden landmarks are taken from the others",
        "look at the mark: their place is a guess",
        place=at_named_landmarks,
    ),
    "crossed-landmarks": FindingKind(
        "landmarks that swap places",
        "see that they are not swapped in one photograph (morphkit studio)",
        place=at_named_landmarks,
    ),
    "opening": FindingKind(
        "a mouth or an eye that opens",
        "its inside is taken from the open face, as it should be",
        recorded=math.inf,
        place=at_tied_openings,
    ),
    "catchlights": FindingKind(
        "eyes in which not all photographs are seen",
        "the colour of the irises is that of some people; light all from one side",
    ),
    "one-mouth": FindingKind(
        "a mouth that a difference opens",
        "teeth and tongue are those of one of the people from whom it was learnt",
    ),
    "transparent-photo": FindingKind(
        "a photograph that is transparent in part",
        "use a photograph without transparency, or choose the background under [frame]",
    ),
    "bit-depth": FindingKind(
        "photographs with more bits than the pack",
        "bit_depth = 16 under [frame] keeps them",
    ),
    "spacing-8bit": FindingKind(
        "spacing measured on rounded images",
        "build the pack again to measure before rounding",
        recorded=math.inf,
    ),
    "not-measured": FindingKind(
        "measures that a public copy cannot give",
        "check the pack that it is a copy of",
        recorded=math.inf,
    ),
    "changed-pixels": FindingKind(
        "an image that differs from the one measured", "morphkit verify names it"
    ),
}
