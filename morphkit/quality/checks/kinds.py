"""What is known of a kind of finding: its name, its remedy, and where to look."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from morphkit._core.arrays import Frame
from morphkit._core.finding import Finding
from morphkit.faces.template import Template

if TYPE_CHECKING:
    from morphkit.quality.checks.evidence import Evidence

#: A point of a frame: x and y, pixels.
Point = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """Where a finding is seen in the frames of a continuum.

    Parameters
    ----------
    step : int
        The step at which it is seen most, from 1.
    marks : tuple of (float, float), optional
        Where it is at every step, pixels of the frame of the mesh: a point of the face
        that moves as the mesh does. Empty if it is seen in the frame as a whole.
    reach : float, optional
        Radius of what is concerned around a mark, pixels.
    word : str, optional
        What is said of the step.
    shown : tuple of (int, str), optional
        Further steps to show, and what is said of them; by default those before and
        after `step`. Both ends are always shown.
    tips : tuple of (float, float), optional
        Where an arrow from the mark leads at every step, pixels of the frame of the
        mesh; empty if nothing is pointed out.
    """

    step: int
    marks: tuple[Point, ...] = ()
    reach: float = 0.0
    word: str = "most here"
    shown: tuple[tuple[int, str], ...] = ()
    tips: tuple[Point, ...] = ()

    def steps(self, n_steps: int) -> dict[int, str]:
        """Return what is said of every step to show, in order.

        Examples
        --------
        >>> Place(4).steps(9)
        {1: '', 3: '', 4: 'most here', 5: '', 9: ''}
        """
        near = ((self.step - 1, ""), (self.step + 1, ""))
        said = {1: "", n_steps: "", **dict(self.shown or near), self.step: self.word}
        return {step: said[step] for step in sorted(said) if 1 <= step <= n_steps}


@dataclass(frozen=True, eq=False)
class Sight:
    """What may be looked at to find the place of a finding.

    Parameters
    ----------
    frame : callable
        ``frame(step)``: the image of a step, from 1, in the frame of the mesh, 8 bits.
    template : Template or None
        Of the landmarks, if it is known.
    """

    frame: Callable[[int], Frame]
    template: Template | None = None


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding, for people: a code says no more than its name.

    Parameters
    ----------
    title : str, optional
        What was found, in a few words.
    remedy : str, optional
        What to do about it.
    recorded : float, optional
        Notes whose value is at most this record how something was made, and ask for no
        decision; infinite for all notes, None for none.
    place : callable, optional
        ``place(finding, evidence, sight)``: where it is seen, or None.
    needs_mesh : bool, optional
        Whether `place` looks at ``evidence.mesh``, which a public copy does not have.
    """

    title: str = ""
    remedy: str = ""
    recorded: float | None = None
    place: "Callable[[Finding, Evidence, Sight], Place | None] | None" = None
    needs_mesh: bool = True

    def decides(self, finding: Finding) -> bool:
        """Return whether a finding may change what someone decides."""
        if finding.severity != "note" or self.recorded is None:
            return True
        return finding.value is not None and finding.value > self.recorded
