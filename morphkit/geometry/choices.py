"""What settings of geometry choose between, for those who need no method itself."""

from morphkit._core.entry_names import NamesOf

#: What a common frame is found from.
FRAMES = ("photos", "faces")
#: Share of the height of a frame found from the faces that the mean face takes, from
#: hairline to chin.
SHARE = 0.55
#: The outline where none is named: that of means of several people alone.
OUTLINE = "auto"
#: The refinement where none is named.
REFINEMENT = "integer-flow"


def wider(refinement: str) -> str:
    """Return the name of the refinement that begins wider; the same where none does.

    Examples
    --------
    >>> wider("flow"), wider("wide-flow"), wider("none")
    ('wide-flow', 'wide-flow', 'none')
    """
    wide = f"wide-{refinement}"
    return wide if wide in NamesOf("refinements") else refinement
