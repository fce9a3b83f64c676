"""How well the two ends of a continuum match, as it was measured.

`morphkit.quality.checks.end_agreement` measures it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from morphkit.errors import InputError


@dataclass(frozen=True)
class EndAgreement:
    """How well the two ends of a continuum match.

    Parameters
    ----------
    ghosting : float
        Fraction of the edge energy that is doubled, 0 to 1; see
        `morphkit.quality.checks.ghosting`.
    ghosting_place : (float, float)
        Centre of it, pixels of the frame.
    ghosting_shift : float
        Distance between the doubled edges there, pixels of the frame.
    agreement : float
        Correlation of the gradients of both ends, -1 to 1.
    openings : mapping of str to float
        For every mouth and eye whose landmarks say the same at both ends: median
        colour difference inside it, less that of the face, CIEDE2000.
    landmark_error : float or None
        Distance of the worst landmark from its position in the mesh, across its line,
        in percent of the eye distance; None without eyes in the template.
    landmark : str
        Its name.
    landmark_place : (float, float) or None
        Its position at the second end, pixels of the frame; None in a public copy of a
        pack, which has no place of a landmark.
    spot : float
        Darkness of a spot of the skin that is doubled, as a fraction of the skin around
        it; 0 if none is. See `morphkit.quality.checks.spots`.
    spot_places : two of (float, float), or None
        Where it is in either face, pixels of the frame.
    """

    ghosting: float
    ghosting_place: tuple[float, float]
    ghosting_shift: float
    agreement: float
    openings: Mapping[str, float] = field(default_factory=dict)
    landmark_error: float | None = None
    landmark: str = ""
    landmark_place: tuple[float, float] | None = (0.0, 0.0)
    spot: float = 0.0
    spot_places: tuple[tuple[float, float], tuple[float, float]] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object that `from_dict` reads.

        A spot is told only where there is one.
        """
        told = asdict(self)
        if self.spot_places is None:
            del told["spot"], told["spot_places"]
        return told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "EndAgreement":
        """Return what a JSON object holds.

        Raises
        ------
        InputError
            If a value is missing or unknown.
        """
        try:
            return cls(**data)
        except TypeError as error:
            raise InputError(f"not a measurement of the ends ({error})") from None
