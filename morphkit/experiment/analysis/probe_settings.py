"""How answers to a probe are analysed."""

from dataclasses import dataclass

from morphkit.errors import InputError


@dataclass(frozen=True)
class ProbeSettings:
    """How answers to a probe are analysed.

    Parameters
    ----------
    fastest, slowest : float, optional
        Milliseconds outside of which answers do not count.
    outliers : float, optional
        Standard deviations from a participant's own mean beyond which they do not.
    samples : int, optional
        Draws of participants, and random halves; 0 for neither.
    seed : int, optional
    """

    fastest: float = 200.0
    slowest: float = 1500.0
    outliers: float = 3.0
    samples: int = 2000
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.fastest < self.slowest:
            raise InputError(
                f"answers from {self.fastest:g} to {self.slowest:g} ms",
                allowed="from less to more, 0 or more",
            )
        if not self.outliers > 0:
            raise InputError(f"outliers of {self.outliers:g}", allowed="more than 0")
