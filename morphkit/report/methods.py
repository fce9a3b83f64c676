"""The methods paragraph: everything that a paper must report of the stimuli."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from morphkit._core.text import counted
from morphkit.faces.embeddings import EMBEDDINGS
from morphkit.geometry.align import ALIGNMENTS
from morphkit.geometry.choices import OUTLINE
from morphkit.geometry.outline import USUAL
from morphkit.geometry.warp import WARPS
from morphkit.morph.blend import BLENDS
from morphkit.pack.model import Pack
from morphkit.quality.checks import Evidence
from morphkit.quality.distances import ADDITIVE, EIGHT_BIT, Spacing
from morphkit.quality.measures import LANDMARKS, measure_names
from morphkit.quality.regions import REGIONS
from morphkit.recipe import Recipe
from morphkit.report.identity import identity_sentence
from morphkit.report.spacing_plots import summary_of

if TYPE_CHECKING:  # answers are seldom there, and load all of experiments
    from morphkit.experiment.analysis.results import Study


def methods_of(
    pack: Pack,
    recipe: Recipe,
    spacings: Mapping[str, Mapping[str, Spacing]],
    study: "Study | None" = None,
    evidence: Mapping[str, Evidence] | None = None,
) -> str:
    """Return the methods paragraph.

    Parameters
    ----------
    pack : Pack
    recipe : Recipe
        Of the pack.
    spacings : mapping
        Continuum -> measure -> spacing.
    study : Study, optional
        Answers of participants to the pack.
    evidence : mapping of str to Evidence, optional
        Continuum -> evidence measured anew.
    """
    sentences = [
        _what(pack),
        _sources(pack, recipe),
        _made(recipe),
        *_measured(recipe, spacings),
        identity_sentence(evidence or {}),
        _software(pack),
    ]
    if study:
        from morphkit.report.answer_methods import human_sentences

        sentences += human_sentences(study)
    return " ".join(sentence for sentence in sentences if sentence)


def _what(pack: Pack) -> str:
    """Return the sentence about the images."""
    steps = sorted({row.n_steps for row in pack.continua})
    sizes = sorted({(row.width, row.height) for row in pack.stimuli})
    labels = _distinct(f"{row.from_label} to {row.to_label}" for row in pack.continua)
    shape = " and ".join(f"{width} × {height}" for width, height in sizes)
    continua = counted(len(pack.continua), "continuum", "continua")
    identities = counted(len(pack.identities), "identity", "identities")
    return (
        f"The set {pack.name} (version {pack.version}) consists of {continua} of "
        f"{' or '.join(map(str, steps))} face morphs each ({labels}), of "
        f"{identities}, as sRGB "
        f"images of {shape} pixels, both ends included."
    )


def _sources(pack: Pack, recipe: Recipe) -> str:
    """Return the sentence about landmarks."""
    placed = _distinct(end.placed_by for row in pack.continua for end in row.ends)
    by = f" (placed by: {placed})" if placed else ""
    template = recipe.sources.template
    return f"Faces were delineated with the landmarks of template {template}{by}."


def _made(recipe: Recipe) -> str:
    """Return the sentences about morphing."""
    morph, align, frame, match = recipe.morph, recipe.align, recipe.frame, recipe.match
    aligned = "kept in the frame of the photographs"
    if align.method != "none":
        aligned = f"aligned by {ALIGNMENTS[align.method].in_methods}"
    if align.share is not None:
        aligned += (
            " in a frame around the faces (of whose height the mean face takes at "
            f"least {align.share:.0%}, from hairline to chin)"
        )
    warped, light = WARPS[morph.warp].in_methods, BLENDS[morph.blend].in_methods
    parts = [f"Photographs were {aligned}, warped by {warped}"]
    if morph.refine != "none":
        parts.append(
            f", refined by dense matching beyond the landmarks ({morph.refine})"
        )
    if morph.outline == OUTLINE and recipe.prototypes:
        parts.append(
            ", with the outlines of alike heads as control points of means of several "
            f"people ({USUAL})"
        )
    elif morph.outline not in (OUTLINE, "none"):
        parts.append(f", with head outlines as control points ({morph.outline})")
    parts.append(
        f", sampled once ({morph.sampling}) and blended in {light}; both ends went "
        "through the same resampling as the images between them."
    )
    if morph.detail == "level":
        parts.append(" Fine detail lost by averaging photographs was restored.")
    if morph.mask != "none":
        parts.append(
            f" A mask ({morph.mask}, feathered over {frame.feather:.0%} of its width) "
            f"hid everything around the face, with the background {frame.background}."
        )
    if frame.grey:
        parts.append(" Images are grey, with the luminance of the colour images.")
    if match.method != "none":
        parts.append(f" Low-level properties were matched ({match.method}).")
    return "".join(parts)


def _measured(
    recipe: Recipe, spacings: Mapping[str, Mapping[str, Spacing]]
) -> Iterable[str]:
    """Return the sentences about predicted spacing."""
    # What an embedding of faces says stands in a sentence on identity.
    every = [
        one
        for table in spacings.values()
        for one in table.values()
        if one.measure not in EMBEDDINGS
    ]
    if not every:
        return
    names = list(dict.fromkeys(one.measure for one in every))
    eight = any(one.precision == EIGHT_BIT for one in every)
    when = "on the 8-bit images" if eight else "before rounding to 8 bits"
    of_names = {measure_names().get(name, ("", ""))[1] for name in names}
    regions = [each.in_methods for key, each in REGIONS.items() if key in of_names]
    seen = f" on {' and on '.join(regions)}" if regions else ""
    described = "; ".join(f"{name}, {summary_of(name)}" for name in names)
    yield (
        f"Distances between neighbouring images were measured {when}{seen}: "
        f"{described}. Distances were summed to a path length only where their local "
        f"exponent was between {ADDITIVE[0]} and {ADDITIVE[1]}."
    )
    primary = recipe.checks.measures[0]
    for name in dict.fromkeys((primary, *names)):
        found = [table[name] for table in spacings.values() if name in table]
        if not found or name == LANDMARKS:
            continue
        yield _evenness(name, found)
    if len(spacings) > 1:
        steps = [
            float(t[primary].steps.mean()) for t in spacings.values() if primary in t
        ]
        if steps and min(steps) > 0:
            yield (
                f"The amount of change per step differed between continua: the "
                f"mean step in {primary} ranged from {min(steps):.3g} to "
                f"{max(steps):.3g}, a factor of {max(steps) / min(steps):.1f}."
            )


def _evenness(name: str, found: Sequence[Spacing]) -> str:
    """Return the sentence about evenness in one measure."""
    ratios = [one.max_min for one in found if one.max_min is not None]
    departures = [one.departure for one in found if one.departure is not None]
    text = f"In {name} the largest step was {_range(ratios, '.2f')} times the smallest"
    if departures:
        text += (
            ", and the path departed from equal steps by at most "
            f"{_range(departures, '.3f')} of its length"
        )
        if len(departures) < len(found):
            of = counted(len(found), "continuum", "continua")
            text += f" ({len(departures)} of {of} could be summed)"
    return f"{text}."


def _range(values: Sequence[float], form: str) -> str:
    """Format the median and range of values."""
    if not values:
        return "infinitely many"
    if len(values) == 1:
        return format(values[0], form)
    low, high = min(values), max(values)
    return f"{median(values):{form}} (median; {low:{form}} to {high:{form}})"


def _software(pack: Pack) -> str:
    """Return the sentence about software."""
    versions = {**pack.software, **pack.plug_ins}
    own = versions.pop("morphkit", "")
    others = ", ".join(
        f"{name} {version}" for name, version in sorted(versions.items())
    )
    return (
        f"Images were made with morphkit {own} ({others}); recipe SHA-256 "
        f"{pack.recipe_sha256}."
    )


def _distinct(values: Iterable[str]) -> str:
    """Return the distinct values in order."""
    return ", ".join(dict.fromkeys(value for value in values if value))
