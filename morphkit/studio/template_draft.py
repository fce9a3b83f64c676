"""A lab's own landmark set in the making: placed on a photograph, named, joined.

A draft may be wrong in any way while it is worked on; `TemplateDraft.problems` says
what keeps it from being a template, each with the landmarks that it is about.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from morphkit._core.arrays import Points
from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.errors import InputError
from morphkit.faces.formats import builtin_templates
from morphkit.faces.template import Opening, Template

#: What names of templates are made of, since they are names of files, too.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
#: Longest name of a landmark.
LONGEST = 80
#: Landmarks nearer than this lie at one place, pixels.
APART = 0.5
SOURCE = "made in the landmark studio of morphkit"
#: The mouth and the eyes, as openings and in messages.
EYES = ("image-left eye", "image-right eye")


@dataclass(frozen=True)
class Line:
    """A line of a draft.

    Parameters
    ----------
    points : tuple of int
    closed, smooth : bool
    """

    points: tuple[int, ...]
    closed: bool = False
    smooth: bool = True


@dataclass(frozen=True)
class Edges:
    """The edges of an opening; they may not fit each other yet.

    Parameters
    ----------
    name : str
    upper, lower : tuple of int
        From the image-left corner to the image-right one, both included.
    """

    name: str
    upper: tuple[int, ...]
    lower: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class TemplateDraft:
    """A landmark set in the making.

    Parameters
    ----------
    name : str
    points : tuple of str
        Names of the landmarks.
    places : ndarray, shape (N, 2)
        Where they lie on the photograph, pixels.
    lines : tuple of Line
    partners : tuple of int or None
        Mirror partner of each landmark, its own on the midline.
    eyes : tuple of tuple of int
        The image-left and the image-right one; empty where not said.
    regions : mapping of str to tuple of int
    openings : tuple of Edges
    description : str
    """

    name: str
    points: tuple[str, ...]
    places: Points
    lines: tuple[Line, ...] = ()
    partners: tuple[int | None, ...] = ()
    eyes: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    regions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    openings: tuple[Edges, ...] = ()
    description: str = ""

    @classmethod
    def from_template(cls, template: Template, places: Points) -> "TemplateDraft":
        """Return a copy of a template to work on, placed on a face."""
        smooth = template.smooth or (True,) * len(template.lines)
        parts = zip(template.lines, template.closed, smooth, strict=True)
        left, right = template.eyes or ((), ())
        return cls(
            f"{template.name}_copy",
            template.points,
            places,
            tuple(Line(*one) for one in parts),
            template.mirror or (None,) * template.n_points,
            (left, right),
            dict(template.regions),
            tuple(Edges(o.name, o.upper, o.lower) for o in template.openings),
            template.description,
        )

    @classmethod
    def from_dict(cls, data: Any) -> "TemplateDraft":
        """Return the draft that a page sends.

        Raises
        ------
        InputError
            If it has another form than `to_dict`, or a landmark is named that is not
            there.
        """
        try:
            n = len(data["points"])
            draft = cls(
                str(data["name"]).strip(),
                tuple(str(name).strip() for name in data["points"]),
                np.array([(float(x), float(y)) for x, y in data["places"]]).reshape(
                    -1, 2
                ),
                tuple(
                    Line(
                        _indices(one["points"], n),
                        bool(one["closed"]),
                        bool(one["smooth"]),
                    )
                    for one in data["lines"]
                ),
                tuple(None if j is None else _index(j, n) for j in data["partners"]),
                (_indices(data["eyes"][0], n), _indices(data["eyes"][1], n)),
                {str(k): _indices(v, n) for k, v in data["regions"].items()},
                tuple(
                    Edges(
                        str(one["name"]),
                        _indices(one["upper"], n),
                        _indices(one["lower"], n),
                    )
                    for one in data["openings"]
                ),
                str(data.get("description", "")).strip(),
            )
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("this is not the draft of a template") from None
        if len(draft.places) != n or len(draft.partners) != n:
            raise InputError(
                f"{n} names, {len(draft.places)} places and {len(draft.partners)} "
                "mirror partners"
            )
        return draft

    def to_dict(self) -> dict[str, Any]:
        """Return the draft as a JSON object."""
        return {
            "name": self.name,
            "description": self.description,
            "points": list(self.points),
            "places": self.places.tolist(),
            "lines": [
                {"points": list(o.points), "closed": o.closed, "smooth": o.smooth}
                for o in self.lines
            ],
            "partners": list(self.partners),
            "eyes": [list(eye) for eye in self.eyes],
            "regions": {name: list(part) for name, part in self.regions.items()},
            "openings": [
                {"name": o.name, "upper": list(o.upper), "lower": list(o.lower)}
                for o in self.openings
            ],
        }

    def problems(self) -> list[Finding]:
        """Return what keeps the draft from being a template, and what it would lack."""
        found = [
            *self._of_names(),
            *self._of_places(),
            *self._of_lines(),
            *self._of_mirror(),
            *self._of_eyes(),
            *self._of_openings(),
        ]
        if any(one.severity == "error" for one in found):
            return [one for one in found if one.severity == "error"] + [
                one for one in found if one.severity != "error"
            ]
        return found

    def template(self) -> Template:
        """Return the template.

        Raises
        ------
        InputError
            With the first of the problems that are errors.
        """
        errors = [one for one in self.problems() if one.severity == "error"]
        if errors:
            raise InputError(errors[0].message, where="template")
        smooth = tuple(line.smooth for line in self.lines)
        return Template(
            self.name,
            self.points,
            tuple(line.points for line in self.lines),
            tuple(line.closed for line in self.lines),
            tuple(j for j in self.partners if j is not None),
            self.eyes if all(self.eyes) else (),
            tuple(Opening(o.name, o.upper, o.lower) for o in self.openings),
            {name: part for name, part in self.regions.items() if part},
            self._outer_corners(),
            tuple(self._clockwise(line) for line in self.lines if line.closed),
            () if all(smooth) else smooth,
            self.description,
            SOURCE,
        )

    # What is wrong

    def _of_names(self) -> Iterator[Finding]:
        """Yield what is wrong with names."""
        if not NAME.fullmatch(self.name):
            yield _error(
                "name",
                f'"{self.name}" cannot be the name of the set: use letters without '
                "accents, digits, _ and -, 60 at most",
            )
        elif self.name in builtin_templates():
            yield _error(
                "name",
                f'a built-in set is called "{self.name}"; choose another name, so that '
                "files say which one is meant",
            )
        if len(self.points) < 3:
            yield _error(
                "points",
                f"{counted(len(self.points), 'landmark')}: a set has at least 3",
            )
        bad = [
            i
            for i, name in enumerate(self.points)
            if not name or not name.isprintable() or len(name) > LONGEST
        ]
        if bad:
            yield _error(
                "names",
                f"{counted(len(bad), 'landmark')} without a name that can be printed "
                f"in at most {LONGEST} letters",
                bad,
            )
        for name, times in Counter(self.points).items():
            if times > 1 and name:
                same = [i for i, other in enumerate(self.points) if other == name]
                yield _error("names", f'{times} landmarks are called "{name}"', same)

    def _of_places(self) -> Iterator[Finding]:
        """Yield landmarks that lie on each other."""
        for i, j in zip(*np.triu_indices(len(self.places), 1), strict=True):
            if np.hypot(*(self.places[i] - self.places[j])) < APART:
                yield _error(
                    "places",
                    f'"{self.points[i]}" and "{self.points[j]}" lie at one place; move '
                    "one, or remove it",
                    (int(i), int(j)),
                )

    def _of_lines(self) -> Iterator[Finding]:
        """Yield lines that are none, and landmarks on no line."""
        for number, line in enumerate(self.lines, 1):
            least = 3 if line.closed else 2
            if len(line.points) < least:
                yield (_note if line.points else _error)(
                    "lines",
                    f"line {number} has {counted(len(line.points), 'landmark')}; "
                    f"{'a closed' if line.closed else 'an open'} line joins at least "
                    f"{least}",
                    line.points,
                )
            elif len(set(line.points)) < len(line.points):
                yield _error(
                    "lines",
                    f"line {number} goes through a landmark twice; a closed line does "
                    "not repeat its first one",
                    line.points,
                )
        drawn = {i for line in self.lines for i in line.points}
        alone = [i for i in range(len(self.points)) if i not in drawn]
        if alone and self.lines:
            yield _note(
                "lines",
                f"{counted(len(alone), 'landmark')} on no line: morphs use them all "
                "the same, but the picture does not join them",
                alone,
            )
        elif not self.lines and self.points:
            yield _note("lines", "no lines yet: they show what belongs together")

    def _of_mirror(self) -> Iterator[Finding]:
        """Yield what is missing in the mirror pairs."""
        alone = [i for i, j in enumerate(self.partners) if j is None]
        wrong = [
            i
            for i, j in enumerate(self.partners)
            if j is not None and self.partners[j] != i
        ]
        if wrong:
            yield _error("mirror", "mirror partners must be each other's", wrong)
        if alone and len(alone) < len(self.points):
            yield _error(
                "mirror",
                f"{counted(len(alone), 'landmark')} without a mirror partner: pair "
                "them, set them on the midline, or remove all pairs",
                alone,
            )
        elif alone:
            yield _note(
                "mirror",
                "no mirror pairs: symmetrise and mirroring in the studio need them, "
                "and checks judge better with them",
            )

    def _of_eyes(self) -> Iterator[Finding]:
        """Yield what is missing about eyes and mouth."""
        left, right = self.eyes
        if bool(left) != bool(right):
            yield _error(
                "eyes",
                f"the {EYES[1] if left else EYES[0]} is not marked: both or none",
                left or right,
            )
        elif not left:
            yield _note(
                "eyes",
                "the eyes are not marked: alignment by the eyes, distances in percent "
                "of the inter-ocular distance and the start from three clicks need "
                "them",
            )
        elif self.centre(left)[0] >= self.centre(right)[0]:
            yield _error(
                "eyes",
                "the eyes are exchanged: image-left is left in the picture",
                (*left, *right),
            )
        opens = any(one.name == "mouth" for one in self.openings)
        if not (opens or self.regions.get("mouth")):
            yield _note(
                "mouth",
                "the mouth is not marked: the start from three clicks needs it",
            )

    def _of_openings(self) -> Iterator[Finding]:
        """Yield openings whose edges do not fit each other."""
        for one in self.openings:
            n, m = len(one.upper), len(one.lower)
            about = tuple(dict.fromkeys((*one.upper, *one.lower)))
            if n != m or n < 3:
                yield _error(
                    "openings",
                    f"the {one.name}: {n} landmarks on the upper edge and {m} on the "
                    "lower one, corners counted. A morph parts the edges pair by pair: "
                    "equally many are needed, at least 3, opposite each other",
                    about,
                )
            elif (one.upper[0], one.upper[-1]) != (one.lower[0], one.lower[-1]):
                yield _error(
                    "openings",
                    f"the edges of the {one.name} do not have the same corners",
                    about,
                )
        if not self.openings and self.points:
            yield _note(
                "openings",
                "no mouth or eyes that open: morphs would stretch lips and lids over "
                "what lies behind them",
            )

    # Parts

    def centre(self, indices: Sequence[int]) -> Points:
        """Return the mean of some landmarks."""
        return np.asarray(self.places[list(indices)].mean(axis=0))

    def _outer_corners(self) -> tuple[int, ...]:
        """Return the outer eye corners, if each eye has two landmarks."""
        left, right = self.eyes
        if min(len(left), len(right)) < 2:
            return ()
        across = self.centre(right) - self.centre(left)
        along = self.places @ across
        return (
            min(left, key=lambda i: float(along[i])),
            max(right, key=lambda i: float(along[i])),
        )

    def _clockwise(self, line: Line) -> bool:
        """Return whether a closed line runs clockwise as seen (y counts down)."""
        x, y = self.places[list(line.points)].T
        return bool((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0)


def edges_of(draft: TemplateDraft, name: str, chosen: Sequence[int]) -> Edges:
    """Return the edges of an opening from the landmarks around it.

    Parameters
    ----------
    draft : TemplateDraft
    name : str
        What opens.
    chosen : sequence of int
        In any order. Where they are those of a closed line, its order counts; else the
        landmarks above and below a curve through their midst are the edges.

    Raises
    ------
    InputError
        If they are fewer than 4.
    """
    around = tuple(dict.fromkeys(_indices(chosen, len(draft.points))))
    if len(around) < 4:
        raise InputError(
            f"{counted(len(around), 'landmark')} around the {name}",
            allowed="two corners, and at least one on each edge",
        )
    across = np.array([1.0, 0.0])
    if all(draft.eyes):
        across = draft.centre(draft.eyes[1]) - draft.centre(draft.eyes[0])
    down = np.array([-across[1], across[0]])
    along = {i: float(draft.places[i] @ across) for i in around}
    height = {i: float(draft.places[i] @ down) for i in around}
    left, right = min(around, key=along.__getitem__), max(around, key=along.__getitem__)
    for line in draft.lines:
        if line.closed and set(line.points) == set(around):
            one, other = _ways(line.points, left, right)
            break
    else:
        # Between them runs a parabola: both lips of a smile lie below the corners.
        u, v = (np.array([at[i] for i in around]) for at in (along, height))
        middle = np.polynomial.Polynomial.fit(u, v, 2)
        sides: tuple[list[int], list[int]] = ([], [])
        for i in sorted(set(around) - {left, right}, key=along.__getitem__):
            sides[bool(height[i] > middle(along[i]))].append(i)
        one, other = ((left, *side, right) for side in sides)
    upper, lower = sorted(
        (one, other), key=lambda edge: float(np.mean([height[i] for i in edge]))
    )
    return Edges(name, upper, lower)


def _ways(line: Sequence[int], left: int, right: int) -> tuple[tuple[int, ...], ...]:
    """Return both ways along a closed line from one landmark to another."""
    found = []
    for way in (list(line), list(reversed(line))):
        turned = [*way[way.index(left) :], *way[: way.index(left)]]
        found.append(tuple(turned[: turned.index(right) + 1]))
    return tuple(found)


def _error(code: str, message: str, points: Sequence[int] = ()) -> Finding:
    """Return a problem that keeps a draft from being a template."""
    return Finding(code, "error", message, points=tuple(points))


def _note(code: str, message: str, points: Sequence[int] = ()) -> Finding:
    """Return something that a template would lack."""
    return Finding(code, "note", message, points=tuple(points))


def _index(value: Any, n: int) -> int:
    """Return the index of a landmark that is there."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < n:
        raise InputError(f"{value!r} is no landmark of {n}")
    return value


def _indices(values: Any, n: int) -> tuple[int, ...]:
    """Return indices of landmarks that are there."""
    return tuple(_index(value, n) for value in values)
