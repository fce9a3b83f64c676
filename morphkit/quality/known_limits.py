"""Every limit that a recipe may change: morphkit's own, and those of checks."""

from morphkit._core.plug_ins import plug_ins_of
from morphkit._core.registry import TABLES
from morphkit.quality.limits import LIMITS, Limit

#: Group of the checks, which other distributions may add to.
_CHECKS = "morphkit.checks"


def known_limits() -> dict[str, Limit]:
    """Return every limit that there is, by name, with those that checks bring along.

    morphkit's own checks bring none: they are not loaded for it.
    """
    limits = dict(LIMITS)
    if _CHECKS not in TABLES and not plug_ins_of(_CHECKS):
        return limits
    from morphkit.quality.checks import CHECKS

    for each in CHECKS.values():
        limits |= each.limits
    return limits
