"""A picture of the errors of a trained detector, as SVG."""

from collections.abc import Mapping

from markupsafe import Markup

from morphkit._core.arrays import Points
from morphkit._core.text import counted

#: Width of the drawing, its margin, and room for the caption, pixels.
_WIDTH, _MARGIN, _FOOT = 720.0, 48.0, 60.0
_STYLE = """\
text { font: 12px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1d2226; }
.error { fill: #1f6f8b; fill-opacity: .18; stroke: #1f6f8b; }
.place { fill: #5c666e; }
line { stroke: #1d2226; stroke-width: 1.6; }
"""
#: Bar of the caption, percent.
_BAR = 10.0


def draw_errors(
    shape: Points, errors: Mapping[str, float], *, normaliser: str, n_faces: int
) -> str:
    """Return the mean face with a circle at each landmark, as large as its error.

    Parameters
    ----------
    shape : ndarray, shape (N, 2)
        Mean shape, percent of the normaliser.
    errors : mapping of str to float
        Mean error of every landmark by its name, in order, percent.
    normaliser : str
        Name of the length to which percent relate.
    n_faces : int

    Returns
    -------
    str
        SVG, drawn to scale: circles have the errors as radii.
    """
    low, high = shape.min(axis=0), shape.max(axis=0)
    scale = (_WIDTH - 2 * _MARGIN) / float((high - low)[0])
    places = ((shape - low) * scale + _MARGIN).tolist()
    height = float((high - low)[1]) * scale + 2 * _MARGIN + _FOOT
    caption = (
        "Mean error of each landmark on identities left out, of "
        f"{counted(n_faces, 'face')} (radius of the circle, to scale)"
    )
    parts = [
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" '
            'aria-label="{}">\n<style>{}</style>\n<rect width="100%" height="100%" '
            'fill="#fff"/>'
        ).format(_WIDTH, round(height, 1), caption, Markup(_STYLE))
    ]
    for (name, error), (x, y) in zip(errors.items(), places, strict=True):
        at = (round(x, 2), round(y, 2))
        parts.append(
            Markup(
                '<circle class="error" cx="{}" cy="{}" r="{}"><title>{}: {} %</title>'
                '</circle><circle class="place" cx="{}" cy="{}" r="1.6"/>'
            ).format(*at, round(error * scale, 2), name, f"{error:.2f}", *at)
        )
    y = round(height - _FOOT + 16, 2)
    right = round(_MARGIN + _BAR * scale, 2)
    parts.append(
        Markup(
            '<line x1="{}" y1="{}" x2="{}" y2="{}"/><text x="{}" y="{}">{} % of the {}'
            '</text><text x="{}" y="{}">{}</text>\n</svg>\n'
        ).format(
            _MARGIN, y, right, y, right + 8, y + 4, f"{_BAR:g}", normaliser,
            _MARGIN, y + 24, caption,
        )
    )  # fmt: skip
    return str(Markup("\n").join(parts))
