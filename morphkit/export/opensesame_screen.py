"""The size of OpenSesame's screen, which its file states, and of the images on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from morphkit.export import screen_layout
from morphkit.export.adapter import Material
from morphkit.export.stimuli import used_rows
from morphkit.export.trial_rows import TrialRow

#: Screen sizes to try, smallest first.
_SCREENS = ((1024, 768), (1280, 800), (1920, 1080))


@dataclass(frozen=True)
class Screen:
    """The screen, and the size of images on it.

    Parameters
    ----------
    width, height : int
        Of the screen, pixels.
    scale : float
        Pixels of the screen for one of an image.
    """

    width: int
    height: int
    scale: float

    def degrees(self, material: Material) -> list[str]:
        """Return the lines that record the size of the tallest picture, if stated."""
        stated = material.participation.screen
        if stated is None:
            return []
        per_cm = self.width / stated.monitor_width_cm
        tallest = max(row.height for row in used_rows(material)) * self.scale
        return [
            f"set picture_height_deg {stated.degrees(tallest / per_cm):.3f}",
            f"set pixels_per_mm {per_cm / 10:.4f}",
            f"set distance_cm {stated.distance_cm:g}",
            "set distance_by stated",
        ]


def screen_for(rows: Sequence[TrialRow], n_pictures: int, material: Material) -> Screen:
    """Return the smallest screen that fits the images at full resolution.

    On a monitor that is stated: that one, with the images as high as their degrees say,
    or as large as it has room.

    Parameters
    ----------
    rows : sequence of TrialRow
        Trials of a list, whose images are all as large.
    n_pictures : int
        Images that a trial shows.
    material : Material
    """
    width = max(float(row["picture_width"]) for row in rows)
    height = max(float(row["picture_height"]) for row in rows)
    across, down = screen_layout.extent(n_pictures, width, height)
    stated = material.participation.screen
    if stated is not None:
        pixels = stated.monitor_pixels
        wanted = stated.height_cm * pixels[0] / stated.monitor_width_cm / height or 1.0
        return Screen(*pixels, min(wanted, _most(pixels, across, down)))
    for screen in _SCREENS:
        if (
            across <= 0.96 * screen[0]
            and down <= screen[1] - 2 * screen_layout.TEXT_BAND
        ):
            return Screen(*screen, 1.0)
    largest = _SCREENS[-1]
    return Screen(*largest, _most(largest, across, down))


def _most(screen: tuple[int, int], across: float, down: float) -> float:
    """Return the largest scale at which the images fit a screen."""
    room = screen[1] - 2 * screen_layout.TEXT_BAND
    return min(0.96 * screen[0] / across, room / down)
