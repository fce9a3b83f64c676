"""Which of several faces in an image is meant, as users say it."""

from typing import Literal

#: Which face: a number from 1 in reading order, or the largest; None where there is
#: but one.
FaceChoice = int | Literal["largest"] | None
LARGEST: Literal["largest"] = "largest"
