"""Limits from which measurements are reported, and their sources."""

from collections.abc import Mapping
from dataclasses import dataclass

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError
from morphkit.morph.clipping import CLIPPED

_LEVELS = ("note", "warning", "error")


@dataclass(frozen=True)
class Limit:
    """The values above which a check reports a measurement.

    Parameters
    ----------
    what : str
        What is measured; larger is worse.
    source : str
        Where the values come from.
    note, warning, error : float, optional
        None if there is no such severity.

    Raises
    ------
    InputError
        If a higher severity has a lower value.
    """

    what: str
    source: str
    note: float | None = None
    warning: float | None = None
    error: float | None = None

    def __post_init__(self) -> None:
        values = [value for value in self._values() if value is not None]
        if values != sorted(values):
            raise InputError(
                "the limits are " + ", ".join(f"{v:g}" for v in values),
                allowed="note <= warning <= error",
            )

    def _values(self) -> tuple[float | None, ...]:
        return tuple(getattr(self, level) for level in _LEVELS)

    def judge(self, value: float) -> tuple[str, float] | None:
        """Return the severity of a value and the limit it exceeds; None if it is fine.

        Examples
        --------
        >>> Limit("clipped", "", warning=0.02).judge(0.03)
        ('warning', 0.02)
        """
        for level in reversed(_LEVELS):
            limit = getattr(self, level)
            if limit is not None and value > limit:
                return level, limit
        return None

    def to_dict(self) -> dict[str, float]:
        """Return the given values by severity."""
        found = zip(_LEVELS, self._values(), strict=True)
        return {level: value for level, value in found if value is not None}


#: Name of a limit, usually that of a check -> its values.
LIMITS: Mapping[str, Limit] = {
    "face-outside-frame": Limit(
        "share of the face, with the forehead, outside the images",
        "a face of 200 pixels may lie a pixel outside",
        error=0.0005,
    ),
    "face-outside-photo": Limit(
        "share of the face, with the forehead, outside a photograph",
        "judgement; the height of the forehead is an estimate",
        warning=0.0005,
        error=0.01,
    ),
    "outside-photo": Limit(
        "share of the frame outside a photograph",
        "rotating a photograph by 1.5 degrees uncovers 1.3 % of a square",
        note=0.01,
        warning=0.05,
    ),
    "enlarged": Limit(
        "frame pixels per photo pixel along a side", "judgement", warning=1.25
    ),
    "grey-end": Limit(
        "colour that an end lacks of another's (fraction)",
        "measured: 12 rendered infants up to 0.28 (blue eyes that shut), 10 adults up "
        "to 0.10; colours halved 0.50, sepia 0.85 to 0.94, a tenth of colour 0.89",
        warning=0.40,
        error=0.75,
    ),
    "colour-cast": Limit(
        "difference of the ends' skin between blue and yellow (fraction of lightness)",
        "measured: 10 adults up to 0.038, rendered infants that cry red up to 0.07, "
        "red and blue apart by 5 % each 0.13",
        warning=0.08,
    ),
    "luminance-drift": Limit(
        "departure of the face's luminance from the line between the ends (fraction)",
        "judgement; over 20 adult pairs the range was 3.6 % (median)",
        warning=0.02,
    ),
    "contrast-drift": Limit(
        "departure of RMS contrast from that line, in face and skin (fraction)",
        "judgement; over 20 adult pairs the range was 3.9 % (median)",
        note=0.05,
        warning=0.10,
    ),
    "detail-loss": Limit(
        "fine detail lost relative to that line (fraction)",
        "a plain blend loses half, a bilinear one 70 %",
        warning=0.25,
    ),
    "detail-gain": Limit(
        "fine detail gained relative to that line (fraction)",
        "judgement; an eye that is squeezed shut gains up to 0.8 over the face",
        note=0.25,
        warning=1.0,
    ),
    "clipping": Limit(
        "share of the face with code values 0 or 255", "judgement", warning=CLIPPED
    ),
    "ghosting": Limit(
        "share of the edges that is doubled",
        "measured: good pairs up to 0.022, without refinement 0.05 to 0.07, one eye "
        "misplaced as well 0.08 to 0.11, a cross-dissolve 0.13 to 0.19",
        note=0.03,
        warning=0.08,
    ),
    "doubled-spot": Limit(
        "darkness of a spot that appears twice (fraction of the skin around it)",
        "measured: a mole that is doubled on a photographed pair 0.03; none in nine "
        "other pairs and 12 rendered infants",
        note=0.02,
        warning=0.06,
    ),
    "opening-state": Limit(
        "median CIEDE2000 between the ends inside a mouth or eye, minus the face's",
        "measured: good pairs up to 4.5, mouths open in one image only 5.9 to 28",
        warning=5.5,
    ),
    "landmark-error": Limit(
        "distance of a landmark from its matched position, % of the eye distance",
        "measured: exact landmarks up to 5.3, a nose tip moved by 10 % 5.3 to 8.2",
        warning=6.0,
    ),
    "spacing-uneven": Limit(
        "largest step over the smallest, in the primary measure",
        "20 adult pairs at equal levels: 1.62 (median), 1.22 to 2.23",
        note=1.10,
        warning=1.5,
        error=2.0,
    ),
    "spacing-departure": Limit(
        "largest departure of the cumulative curve from the line of equal steps",
        "20 adult pairs at equal levels: .043 (median), .014 to .101",
        note=0.02,
        warning=0.05,
    ),
    "edge-steps": Limit(
        "mean of the first and last step over the median of those between",
        "ends that were not resampled like the frames between gave 1.25 to 1.35",
        note=1.10,
        warning=1.30,
    ),
    "identity": Limit(
        "distance between the ends, or of an image from its nearer end, in an "
        "embedding of faces (measured on request)",
        "dlib's own threshold, for adults; measured on 10 adults: one person smiling "
        "or not 0.16 to 0.42, two people from 0.66 on",
        warning=0.6,
    ),
}


def with_limits(
    own: Mapping[str, Mapping[str, float | None]],
    known: Mapping[str, Limit] = LIMITS,
) -> dict[str, Limit]:
    """Return all limits, some of them replaced.

    Parameters
    ----------
    own : mapping
        Name of a limit -> severity -> value. Other severities keep their values.

    known : mapping, optional
        Every limit that there is; those of checks of other distributions are in
        `morphkit.quality.known_limits`.

    Raises
    ------
    InputError
        If there is no such limit, or its values are out of order.
    """
    result = dict(known)
    for name, values in own.items():
        if name not in result:
            raise InputError(
                f'there is no limit "{name}"',
                allowed=f"known: {', '.join(known)}",
                remedy=did_you_mean(name, known),
            )
        try:
            both = result[name].to_dict() | dict(values)
            result[name] = Limit(result[name].what, result[name].source, **both)
        except InputError as error:
            raise InputError(
                f"of {name} {error.problem}", allowed=error.allowed
            ) from None
    return result
