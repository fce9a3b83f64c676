"""A picture of the agreement of two placements, as SVG."""

from collections.abc import Iterator

from markupsafe import Markup

from morphkit._core.text import counted
from morphkit.quality.landmark_agreement import Difference, LandmarkAgreement

#: Width of the drawing, and its margin, pixels.
_WIDTH, _MARGIN, _FOOT = 720.0, 40.0, 64.0
#: Differences are drawn this many times larger than the face.
ENLARGED = 3.0
_STYLE = """\
text { font: 12px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1d2226; }
ellipse { fill: #1f6f8b; fill-opacity: .16; stroke: #1f6f8b; }
line { stroke: #c2571a; stroke-width: 1.6; }
circle { fill: #5c666e; }
.bar { stroke: #1d2226; }
"""


def draw_agreement(agreement: LandmarkAgreement) -> str:
    """Return the mean face with bias and limits of agreement at every landmark.

    Parameters
    ----------
    agreement : LandmarkAgreement

    Returns
    -------
    str
        SVG. Lines are biases, ellipses the limits of agreement around them, both
        `ENLARGED` times.
    """
    low, high = agreement.shape.min(axis=0), agreement.shape.max(axis=0)
    scale = (_WIDTH - 2 * _MARGIN) / float((high - low)[0])
    places = ((agreement.shape - low) * scale + _MARGIN).tolist()
    height = float((high - low)[1]) * scale + 2 * _MARGIN + _FOOT
    parts = [
        part
        for one, (x, y) in zip(agreement.points, places, strict=True)
        for part in _mark(one, x, y, scale * ENLARGED)
    ]
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" '
        'aria-label="{}">\n<style>{}</style>\n<rect width="100%" height="100%" '
        'fill="#fff"/>\n'
    ).format(_WIDTH, round(height, 1), _caption(agreement), Markup(_STYLE))
    return str(head + Markup("\n").join([*parts, *_foot(agreement, height, scale)])) + (
        "\n</svg>\n"
    )


def _mark(one: Difference, x: float, y: float, scale: float) -> Iterator[Markup]:
    """Yield what is drawn at a landmark."""
    there = (x + one.bias_x * scale, y + one.bias_y * scale)
    if one.limits_x and one.limits_y:
        reach = [
            (limits[1] - limits[0]) / 2 * scale
            for limits in (one.limits_x, one.limits_y)
        ]
        yield Markup(
            '<ellipse cx="{}" cy="{}" rx="{}" ry="{}"><title>{}: {} %</title></ellipse>'
        ).format(*_rounded(*there, *reach), one.name, f"{one.distance:.2f}")
    yield Markup('<line x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        *_rounded(x, y, *there)
    )
    yield Markup('<circle cx="{}" cy="{}" r="1.6"/>').format(*_rounded(x, y))


def _foot(
    agreement: LandmarkAgreement, height: float, scale: float
) -> Iterator[Markup]:
    """Yield the caption and a bar of one percent, enlarged as the differences are."""
    y = height - _FOOT + 14
    right = _MARGIN + scale * ENLARGED
    yield Markup('<line class="bar" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
        *_rounded(_MARGIN, y, right, y)
    )
    yield Markup('<text x="{}" y="{}">1 % of the {}</text>').format(
        *_rounded(right + 8, y + 4), agreement.normaliser
    )
    yield Markup('<text x="{}" y="{}">{}</text>').format(
        *_rounded(_MARGIN, y + 26), _caption(agreement)
    )


def _caption(agreement: LandmarkAgreement) -> str:
    """Return what the picture shows."""
    return (
        "Bias (lines) and limits of agreement (ellipses) of "
        f"{counted(agreement.n_faces, 'face')}, {ENLARGED:g} times enlarged"
    )


def _rounded(*values: float) -> tuple[float, ...]:
    """Return coordinates with the digits that can be seen."""
    return tuple(round(float(value), 2) for value in values)
