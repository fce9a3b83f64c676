"""Rows of a stimuli table, for tests of designs and observers that need no pictures."""

from dataclasses import replace

from morphkit.experiment.design import Timing
from morphkit.pack.rows import Stimulus


def stimuli_rows(
    identities: tuple[str, ...] = ("ada", "ben"),
    n_steps: int = 15,
    labels: tuple[str, str] = ("happy", "distressed"),
) -> list[Stimulus]:
    """Return the rows that designs look at, equally spaced in level."""
    return [
        Stimulus(
            stimulus_id=f"{identity}_{labels[0]}_{labels[1]}_s{step:02d}",
            continuum_id=f"{identity}_{labels[0]}_{labels[1]}",
            identity_id=identity,
            from_label=labels[0],
            to_label=labels[1],
            step=step,
            n_steps=n_steps,
            level=(step - 1) / (n_steps - 1),
            file=f"materials/stimuli/{identity}/s{step:02d}.png",
            perceptual_position=None,
            width=48,
            height=64,
            bytes=1,
            sha256="0" * 64,
            pixel_sha256="0" * 64,
            kind="endpoint" if step in (1, n_steps) else "morph",
            ambiguous=False,
        )
        for identity in identities
        for step in range(1, n_steps + 1)
    ]


def rows_for(kind: str, identities: tuple[str, ...] = ("ada", "ben")) -> list[Stimulus]:
    """Return rows that a kind of design can be made of: some begin at neutral faces."""
    pairs = [("happy", "distressed")]
    if kind == "identification":
        pairs = [("neutral", "happy"), ("neutral", "distressed")]
    return [row for pair in pairs for row in stimuli_rows(identities, labels=pair)]


def timing_for(kind: str, timing: Timing) -> Timing:
    """Return a timing that a kind of design can have: a dot needs a moment."""
    if kind != "dot_probe":
        return timing
    return replace(timing, stimulus=timing.stimulus or 500, mask=0)
