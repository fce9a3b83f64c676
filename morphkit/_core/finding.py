"""Findings: the results of checks that are worth reporting."""

from dataclasses import dataclass
from typing import Any

from morphkit._core.digits import MEASURED, significant
from morphkit.errors import InputError

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """A result of a check that is worth reporting.

    Parameters
    ----------
    code : str
        Name in the table of checks.
    severity : str
        ``"error"`` (unfit for a study), ``"warning"`` (look at it) or ``"note"``.
    message : str
        One sentence with the value found and the value allowed.
    where : str, optional
        Continuum, step or image.
    value : float, optional
        What was measured, with the digits that it means.
    limit : float, optional
        What is allowed.
    points : tuple of int, optional
        Index of every landmark that it is about, the worst first; the message may name
        the first ones only.

    Raises
    ------
    InputError
        If the severity is none of these.
    """

    code: str
    severity: str
    message: str
    where: str = ""
    value: float | None = None
    limit: float | None = None
    points: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise InputError(
                f'unknown severity "{self.severity}"', allowed=f"one of {SEVERITIES}"
            )
        if isinstance(self.value, float):  # counts are whole
            rounded = significant(self.value, MEASURED)
            object.__setattr__(self, "value", rounded)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as a JSON object."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "message": self.message,
            "value": self.value,
            "limit": self.limit,
        }
