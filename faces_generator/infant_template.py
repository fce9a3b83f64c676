"""The infant landmark template: the 68 iBUG points and what infants' faces need more.

Crying opens the mouth, presses the lids together and changes the outline, so the
template adds the inside of the mouth, denser lids and lips, furrows, the outline of the
cranium, ears, collar and shoulders. Its first 68 points are the iBUG points.

Conventions
-----------
*Left* and *right* are those of the picture. Places are (x, y) on the mean infant at
rest, for the right side.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_IBUG = json.loads(
    (Path(__file__).parents[1] / "morphkit/faces/templates/ibug_68.json").read_text(
        "utf-8"
    )
)
IBUG_NAMES = tuple(_IBUG["points"])
JAW = IBUG_NAMES[:17]
NOSE_RIDGE = IBUG_NAMES[27:31]

SIDE_PLACES = {
    "nostril wing top": (0.078, -0.168),
    "upper lid crease inner": (0.150, 0.068),
    "upper lid crease middle": (0.215, 0.066),
    "upper lid crease outer": (0.285, 0.035),
    "lower lid furrow inner": (0.130, -0.090),
    "lower lid furrow outer": (0.240, -0.100),
    "cheek": (0.250, -0.190),
    "mouth fold top": (0.110, -0.200),
    "mouth fold middle": (0.160, -0.275),
    "mouth fold bottom": (0.180, -0.360),
    "temple": (0.385, 0.165),
    "forehead": (0.170, 0.260),
    "chin side": (0.110, -0.500),
}
MIDDLE_PLACES = {
    "forehead": (0.0, 0.270),
    "between the brows": (0.0, 0.105),
    "philtrum": (0.0, -0.265),
    "chin furrow": (0.0, -0.464),
    "chin front": (0.0, -0.505),
}
"""Places on the skin: on both sides, and in the middle."""

_OUTER = {
    "mouth left corner": ("upper", -0.128),
    "upper lip outer left side": ("upper", -0.085),
    "upper lip outer left peak": ("upper", -0.038),
    "upper lip outer middle": ("upper", 0.0),
    "lower lip outer left side": ("lower", -0.090),
    "lower lip outer left middle": ("lower", -0.042),
    "lower lip outer middle": ("lower", 0.0),
    "upper lip outer left end": ("upper", -0.110),
    "upper lip outer left slope": ("upper", -0.062),
    "lower lip outer left end": ("lower", -0.112),
    "lower lip outer left slope": ("lower", -0.066),
}
LIP_PLACES = _OUTER | {
    name.replace("left", "right"): (border, -x)
    for name, (border, x) in _OUTER.items()
    if x
}
"""Border of the lips and x at rest."""

INNER_UPPER_LIP = (
    "upper lip inner left end",
    "upper lip inner left",
    "upper lip inner left slope",
    "upper lip inner middle",
    "upper lip inner right slope",
    "upper lip inner right",
    "upper lip inner right end",
)
INNER_LOWER_LIP = tuple(name.replace("upper", "lower") for name in INNER_UPPER_LIP)
GUM = ("lower gum left", "lower gum middle", "lower gum right")

CRANIUM = (
    *(f"head left {i}" for i in range(1, 8)),
    "head top",
    *(f"head right {i}" for i in range(7, 0, -1)),
)
CLOTHES = (
    *(f"shoulder left {i}" for i in (3, 2, 1)),
    *(f"collar left {i}" for i in (4, 3, 2, 1)),
    "collar middle",
    *(f"collar right {i}" for i in (1, 2, 3, 4)),
    *(f"shoulder right {i}" for i in (1, 2, 3)),
)


def nose_base(side: str) -> tuple[str, ...]:
    """Return the names of wing and nostril on one side."""
    return f"{side} nostril wing", f"{side} nostril"


def brow(side: str) -> tuple[str, ...]:
    """Return the names along one brow, outer end first."""
    return tuple(
        f"{side} brow {part}"
        for part in (
            "outer end",
            "outer quarter",
            "middle",
            "inner quarter",
            "inner end",
        )
    )


def lid(side: str, which: str) -> tuple[str, ...]:
    """Return the names along one lid, outside first."""
    return tuple(
        f"{side} eye {which} lid {part}"
        for part in ("outer end", "outer", "middle", "inner", "inner end")
    )


def ear(side: str) -> tuple[str, ...]:
    """Return the names around one ear, top first."""
    return tuple(
        f"{side} ear {part}" for part in ("top", "upper", "outer", "lower", "lobe")
    )


def _more_names() -> tuple[str, ...]:
    """Return the names of the points that are not among the 68."""
    more = []
    for side in ("left", "right"):
        more += [*lid(side, "upper"), *lid(side, "lower")]
    more += [*LIP_PLACES, *INNER_UPPER_LIP, *INNER_LOWER_LIP, *GUM]
    for side in ("left", "right"):
        more += [f"{side} {place}" for place in SIDE_PLACES]
    more += [*MIDDLE_PLACES, *CRANIUM, *ear("left"), *ear("right"), *CLOTHES]
    return tuple(name for name in more if name not in IBUG_NAMES)


NAMES = (*IBUG_NAMES, *_more_names())


def _mirrored(name: str) -> str:
    """Return the name of a point's partner in the mirrored face."""
    words = {"left": "right", "right": "left"}
    return " ".join(words.get(word, word) for word in name.split())


def _lines() -> list[tuple[Sequence[str], bool]]:
    """Return the lines as names, each with whether it is closed."""
    lines: list[tuple[Sequence[str], bool]] = [
        (JAW, False),
        (CRANIUM, False),
        (NOSE_RIDGE, False),
        (IBUG_NAMES[31:36], False),
    ]
    for side in ("left", "right"):
        upper, lower = lid(side, "upper"), lid(side, "lower")
        eye = (
            f"{side} eye outer corner",
            *upper,
            f"{side} eye inner corner",
            *lower[::-1],
        )
        crease = [f"{side} upper lid crease {p}" for p in ("inner", "middle", "outer")]
        furrow = [f"{side} lower lid furrow {p}" for p in ("inner", "outer")]
        fold = [f"{side} mouth fold {p}" for p in ("top", "middle", "bottom")]
        lines += [
            (brow(side), False),
            (eye, True),
            (crease, False),
            (furrow, False),
            (fold, False),
            (ear(side), False),
        ]
    above = sorted(
        (n for n, (b, _) in LIP_PLACES.items() if b == "upper"),
        key=lambda n: LIP_PLACES[n][1],
    )
    below = sorted(
        (n for n, (b, _) in LIP_PLACES.items() if b == "lower"),
        key=lambda n: -LIP_PLACES[n][1],
    )
    lines.append(((*above, *below), True))
    lines.append(
        (
            (
                "mouth left inner corner",
                *INNER_UPPER_LIP,
                "mouth right inner corner",
                *INNER_LOWER_LIP[::-1],
            ),
            True,
        )
    )
    lines += [(GUM, False), (CLOTHES, False)]
    return lines


def _openings() -> list[tuple[str, Sequence[str], Sequence[str]]]:
    """Return the openings: what opens, and both its edges from left to right."""

    def between(left: str, right: str, edge: Sequence[str]) -> Sequence[str]:
        return (left, *edge, right)

    corners = "mouth left inner corner", "mouth right inner corner"
    edges = [between(*corners, lip) for lip in (INNER_UPPER_LIP, INNER_LOWER_LIP)]
    openings = [("mouth", edges[0], edges[1])]
    for side, order in (("left", 1), ("right", -1)):
        left, right = (
            f"{side} eye {end} corner" for end in ("outer", "inner")[::order]
        )
        edges = [
            between(left, right, lid(side, which)[::order])
            for which in ("upper", "lower")
        ]
        openings.append((f"image-{side} eye", edges[0], edges[1]))
    return openings


def template_dict() -> dict[str, Any]:
    """Return the template as the JSON object that morphkit reads."""
    index = {name: i for i, name in enumerate(NAMES)}
    lines = _lines()
    eyes = [
        [
            index[n]
            for n in (
                f"{side} eye outer corner",
                *lid(side, "upper"),
                f"{side} eye inner corner",
                *lid(side, "lower")[::-1],
            )
        ]
        for side in ("left", "right")
    ]
    return {
        "name": f"infant_{len(NAMES)}",
        "description": "The 68 iBUG points and points for infants: denser lids and "
        "lips, inside of the mouth, furrows, cranium, ears, collar; left and right as "
        "seen in the image",
        "source": "morphkit, faces_generator",
        "points": list(NAMES),
        "lines": [[index[n] for n in line] for line, _ in lines],
        "closed": [closed for _, closed in lines],
        "mirror": [index[_mirrored(name)] for name in NAMES],
        "eyes": eyes,
        "openings": [
            {
                "name": name,
                "upper": [index[n] for n in upper],
                "lower": [index[n] for n in lower],
            }
            for name, upper, lower in _openings()
        ],
    }
