"""The definition of a landmark set: names, lines and mirror partners."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import index
from typing import Any

from morphkit.errors import InputError


@dataclass(frozen=True)
class Opening:
    """A mouth or an eye: two edges that can meet, with something behind them.

    Parameters
    ----------
    name : str
        What opens.
    upper, lower : tuple of int
        Landmarks along both edges, from the image-left corner to the image-right
        corner, both included; equally many, opposite each other.
    """

    name: str
    upper: tuple[int, ...]
    lower: tuple[int, ...]

    def __post_init__(self) -> None:
        n = len(self.upper)
        ends = (self.upper[:1] + self.upper[-1:], self.lower[:1] + self.lower[-1:])
        if n < 3 or len(self.lower) != n or ends[0] != ends[1]:
            raise InputError(
                f'the edges of the opening "{self.name}" are {self.upper} and '
                f"{self.lower}",
                allowed="equally many on each edge, at least 3, corners included",
            )


@dataclass(frozen=True)
class Template:
    """A landmark set: the names of its points and how they belong together.

    Parameters
    ----------
    name : str
        Name that recipes and landmark files use.
    points : tuple of str
        Name of every landmark, in order.
    lines : tuple of tuple of int, optional
        Indices of the landmarks along each line. A closed curve does not repeat its
        first index.
    closed : tuple of bool, optional
        Whether each line is a closed curve; as many as `lines`.
    mirror : tuple of int, optional
        Index of each landmark's partner in the mirrored face; its own on the midline.
    eyes : tuple of tuple of int, optional
        Landmarks whose mean is the image-left and the image-right eye; both or none.
    regions : mapping of str to tuple of int, optional
        Landmarks of each region of the face: jaw, brows, nose, eyes, mouth.
    outer_eye_corners : tuple of int, optional
        The image-left and the image-right one; both or none.
    clockwise : tuple of bool, optional
        Whether each closed line runs clockwise as seen, where that is known of the face
        of a template; for all of them or none.
    smooth : tuple of bool, optional
        Whether each line is drawn as a curve, not straight from landmark to landmark;
        empty where all are.
    description : str, optional
        One sentence.
    source : str, optional
        Where the definition comes from.

    Raises
    ------
    InputError
        If an index is out of range, a name appears twice, the mirror map is no
        involution, the numbers of `lines` and `closed` differ, or there are not two
        eyes.
    """

    name: str
    points: tuple[str, ...]
    lines: tuple[tuple[int, ...], ...] = ()
    closed: tuple[bool, ...] = ()
    mirror: tuple[int, ...] = ()
    eyes: tuple[tuple[int, ...], ...] = ()
    openings: tuple[Opening, ...] = ()
    regions: Mapping[str, tuple[int, ...]] = field(default_factory=dict, compare=False)
    outer_eye_corners: tuple[int, ...] = field(default=(), compare=False)
    clockwise: tuple[bool, ...] = field(default=(), compare=False)
    smooth: tuple[bool, ...] = field(default=(), compare=False)
    description: str = field(default="", compare=False)
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        n = len(self.points)
        if n < 3:
            raise self._error(f"{n} points", "a template has at least 3")
        if len(set(self.points)) != n:
            twice = next(p for p in self.points if self.points.count(p) > 1)
            raise self._error(f'two points are called "{twice}"', "names are unique")
        if len(self.closed) != len(self.lines):
            raise self._error(
                f"{len(self.lines)} lines but {len(self.closed)} closed flags",
                "one flag per line",
            )
        if self.clockwise and len(self.clockwise) != sum(self.closed):
            raise self._error(
                f"{len(self.clockwise)} directions of {sum(self.closed)} closed lines",
                "one for each closed line",
            )
        if self.smooth and len(self.smooth) != len(self.lines):
            raise self._error(
                f"{len(self.smooth)} smooth flags of {len(self.lines)} lines",
                "one for each line, or none",
            )
        if self.outer_eye_corners and len(self.outer_eye_corners) != 2:
            raise self._error(
                f"{len(self.outer_eye_corners)} outer eye corners", "two of them"
            )
        if self.eyes and (len(self.eyes) != 2 or not all(self.eyes)):
            raise self._error(
                f"eyes of {[len(eye) for eye in self.eyes]} points",
                "two eyes of at least one point each",
            )
        edges = [edge for o in self.openings for edge in (o.upper, o.lower)]
        more = (*self.regions.values(), self.outer_eye_corners)
        groups = (*self.lines, *self.eyes, *edges, *more, self.mirror)
        used = {i for group in groups for i in group}
        if used and not used <= set(range(n)):
            bad = min(used - set(range(n)))
            raise self._error(f"index {bad}", f"points are numbered from 0 to {n - 1}")
        if self.mirror and any(
            len(self.mirror) != n or self.mirror[j] != i
            for i, j in enumerate(self.mirror)
        ):
            raise self._error("the mirror map", "partners must point at each other")

    def _error(self, found: str, allowed: str) -> InputError:
        return InputError(
            f"invalid: {found}", where=f"template {self.name}", allowed=allowed
        )

    @property
    def n_points(self) -> int:
        """Number of landmarks."""
        return len(self.points)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Template":
        """Return the template that a JSON object defines.

        Parameters
        ----------
        data : mapping
            Keys as in `to_dict`.

        Raises
        ------
        InputError
            If a key is missing or of the wrong type, or the definition is invalid.
        """
        try:
            return cls(
                name=str(data["name"]),
                points=tuple(str(p) for p in data["points"]),
                lines=tuple(tuple(index(i) for i in line) for line in data["lines"]),
                closed=tuple(bool(c) for c in data["closed"]),
                mirror=tuple(index(i) for i in data.get("mirror", ())),
                eyes=tuple(tuple(index(i) for i in e) for e in data.get("eyes", ())),
                openings=tuple(
                    Opening(
                        str(o["name"]),
                        tuple(index(i) for i in o["upper"]),
                        tuple(index(i) for i in o["lower"]),
                    )
                    for o in data.get("openings", ())
                ),
                regions={
                    str(name): tuple(index(i) for i in region)
                    for name, region in data.get("regions", {}).items()
                },
                outer_eye_corners=tuple(map(index, data.get("outer_eye_corners", ()))),
                clockwise=tuple(bool(c) for c in data.get("clockwise", ())),
                smooth=tuple(bool(s) for s in data.get("smooth", ())),
                description=str(data.get("description", "")),
                source=str(data.get("source", "")),
            )
        except KeyError as error:
            raise InputError(
                f"a template definition lacks the key {error}",
                allowed="name, points, lines and closed are required",
            ) from None
        except (AttributeError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"not a template definition: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return the definition as a JSON object that `from_dict` reads."""
        optional = {
            "regions": {name: list(region) for name, region in self.regions.items()},
            "outer_eye_corners": list(self.outer_eye_corners),
            "clockwise": list(self.clockwise),
            "smooth": list(self.smooth),
        }
        return {
            "name": self.name,
            "description": self.description,
            "source": self.source,
            "points": list(self.points),
            "lines": [list(line) for line in self.lines],
            "closed": list(self.closed),
            "mirror": list(self.mirror),
            "eyes": [list(eye) for eye in self.eyes],
            "openings": [
                {"name": o.name, "upper": list(o.upper), "lower": list(o.lower)}
                for o in self.openings
            ],
            **{key: value for key, value in optional.items() if value},
        }
