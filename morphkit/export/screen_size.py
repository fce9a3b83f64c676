"""How large the pictures of a study are to be, in degrees of visual angle.

In a browser the size of the screen is measured with a bank card (ISO/IEC 7810 ID-1,
85.60 × 53.98 mm), and the distance of the eyes is stated, or measured with the blind
spot.

References
----------
Li, Q., Joo, S. J., Yeatman, J. D., & Reinecke, K. (2020). Controlling for participants'
viewing distance in large-scale, psychophysical online experiments using a virtual
chinrest. Scientific Reports, 10, 904. https://doi.org/10.1038/s41598-019-57204-1
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import atan, degrees, nan, radians, tan

from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError

#: The distance that is measured, not stated.
BLIND_SPOT = "blind-spot"
#: Distances of the eyes and sizes of pictures that can be right.
_CENTIMETRES, _DEGREES, _MONITOR = (20, 150), (0.5, 60), (10, 300)


@dataclass(frozen=True)
class ScreenSize:
    """How large pictures are to be, and how that is known.

    Parameters
    ----------
    distance_cm : float
        From the eyes to the screen; 0 if it is measured.
    picture_height_deg : float, optional
        Height of the pictures, degrees of visual angle; 0 for their own pixels, so that
        their size is recorded and not set.
    whole_pixels : bool, optional
        Whether pictures are shown at the nearest size at which one of their pixels is a
        whole number of pixels of the screen, so that nothing is smoothed.
    monitor_width_cm : float, optional
        Width of the monitor of a laboratory, whose programs have no bank card; 0 if it
        is not stated.
    monitor_pixels : (int, int), optional
        Width and height of that monitor, pixels, for programs whose files state the
        size of the screen; 0 if they are not stated.
    """

    distance_cm: float
    picture_height_deg: float = 0.0
    whole_pixels: bool = True
    monitor_width_cm: float = 0.0
    monitor_pixels: tuple[int, int] = (0, 0)

    @property
    def blind_spot(self) -> bool:
        """Whether the distance is measured with the blind spot."""
        return self.distance_cm == 0

    @property
    def height_cm(self) -> float:
        """Height of the pictures on the screen, cm; 0 for their own pixels.

        Examples
        --------
        >>> round(ScreenSize(57, 1.0).height_cm, 3)
        0.995
        """
        return 2 * self.distance_cm * tan(radians(self.picture_height_deg) / 2)

    def degrees(self, height_cm: float) -> float:
        """Return the visual angle of a height on the screen.

        Examples
        --------
        >>> round(ScreenSize(57).degrees(0.995), 3)
        1.0
        """
        return 2 * degrees(atan(height_cm / 2 / self.distance_cm))

    def to_dict(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {**vars(self), "blind_spot": self.blind_spot}


def read_screen_size(
    table: object, where: str, errors: list[InputError]
) -> ScreenSize | None:
    """Return the table ``[screen]`` of a file; None if it is not there.

    Parameters
    ----------
    table : object
        What the file has there; None if nothing.
    where : str
        File, for messages.
    errors : list of InputError
        What cannot be right is added.
    """
    if table is None:
        return None
    if not isinstance(table, Mapping):
        errors.append(InputError(f"{table!r} is no table", where=f"{where}: screen"))
        return None
    known = ["distance", *[f.name for f in fields(ScreenSize)][1:]]
    errors += [
        InputError(
            f'there is no key "{name}"',
            where=f"{where}: screen",
            allowed=", ".join(known),
            remedy=did_you_mean(name, known),
        )
        for name in table
        if name not in known
    ]
    stated = table.get("picture_height_deg", 0)
    height = _number(stated)
    whole = table.get("whole_pixels", height == 0)
    distance = table.get("distance")
    centimetres = 0.0 if distance == BLIND_SPOT else _number(distance)
    if distance != BLIND_SPOT and not _within(centimetres, _CENTIMETRES):
        errors.append(
            InputError(
                "there is none" if distance is None else f"{distance!r} is none",
                where=f"{where}: screen.distance",
                allowed=f"centimetres from {_CENTIMETRES[0]} to {_CENTIMETRES[1]}, or "
                f'"{BLIND_SPOT}" to measure it',
            )
        )
    if height != 0 and not _within(height, _DEGREES):
        errors.append(
            InputError(
                f"{stated!r} is no size",
                where=f"{where}: screen.picture_height_deg",
                allowed=f"degrees from {_DEGREES[0]} to {_DEGREES[1]}",
            )
        )
    monitor = _number(table.get("monitor_width_cm", 0))
    if monitor != 0 and not _within(monitor, _MONITOR):
        errors.append(
            InputError(
                f"{table['monitor_width_cm']!r} is no width",
                where=f"{where}: screen.monitor_width_cm",
                allowed=f"centimetres from {_MONITOR[0]} to {_MONITOR[1]}",
            )
        )
    pixels = table.get("monitor_pixels", [0, 0])
    if not _are_pixels(pixels):
        errors.append(
            InputError(
                f"{pixels!r} is no size of a monitor",
                where=f"{where}: screen.monitor_pixels",
                allowed="width and height in pixels, such as [1920, 1080]",
            )
        )
    if not isinstance(whole, bool):
        errors.append(
            InputError(
                f"{whole!r}",
                where=f"{where}: screen.whole_pixels",
                allowed="true, false",
            )
        )
    if errors:
        return None
    return ScreenSize(centimetres, height, whole, monitor, (pixels[0], pixels[1]))


def _are_pixels(value: object) -> bool:
    """Return whether a value of the file is the size of a monitor, or none."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(n) is int for n in value)
        and (value == [0, 0] or all(300 <= n <= 20_000 for n in value))
    )


def _number(value: object) -> float:
    """Return a number of the file; not a number for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    # A whole number may have any number of digits, more than a float holds.
    return float(value) if abs(value) < 1e9 else nan


def _within(value: float, limits: tuple[float, float]) -> bool:
    """Return whether a number is within limits."""
    return limits[0] <= value <= limits[1]
