"""Identity along continua, for the page, the methods paragraph and a table."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from markupsafe import Markup

from morphkit.faces.embeddings import EMBEDDINGS
from morphkit.quality.checks import Evidence
from morphkit.quality.checks.identity import shows_one_person
from morphkit.quality.checks.identity_distances import IdentityDistances
from morphkit.report.tables import table_of

_ABOUT = (
    "Distance of the face of every image from the faces at both ends in {}: "
    "the Euclidean distance between descriptors, at the landmarks in the pack. "
    "Ends of two people would make every image a mixture, so the ends are judged too."
)
_ADULTS = (
    " The embedding was trained on adults and is not validated for children, whose "
    "distances are reported but not judged."
)


def looked_at(
    evidence: Mapping[str, Evidence],
) -> list[tuple[str, Evidence, IdentityDistances]]:
    """Return the continua whose faces were compared with those at their ends."""
    return [
        (name, seen, seen.identity)
        for name, seen in evidence.items()
        if seen.identity is not None
    ]


def verdict_of(seen: Evidence) -> str:
    """Return the verdict on one person in a word."""
    held = shows_one_person(seen)
    return "not judged" if held is None else "held" if held else "not held"


def identity_html(evidence: Mapping[str, Evidence]) -> Markup:
    """Return the section on the continua compared; nothing if there are none."""
    looked = looked_at(evidence)
    if not looked:
        return Markup("")
    first = looked[0][2]
    about = _ABOUT.format(f"{first.embedding} ({EMBEDDINGS[first.embedding].summary})")
    if first.adults_only:
        about += _ADULTS
    head = (
        ("Continuum", ""),
        ("Ends", "n"),
        ("To nearer end, at most", "n"),
        ("Step", "n"),
        ("Limit", "n"),
        ("Identity", ""),
    )
    rows = []
    for name, seen, found in looked:
        limits = seen.limits["identity"].to_dict().values()
        rows.append(
            Markup(
                '<th scope="row">{}</th><td class="n">{:.3f}</td>'
                '<td class="n">{:.3f}</td><td class="n">{}</td><td class="n">{}</td>'
                "<td>{}</td>"
            ).format(
                name,
                found.ends,
                found.largest,
                found.farthest,
                f"{min(limits):g}" if limits else "–",
                verdict_of(seen),
            )
        )
    return Markup("<p>{}</p>").format(about) + table_of(head, rows)


def identity_sentence(evidence: Mapping[str, Evidence]) -> str:
    """Return the sentence for the methods; nothing if nothing was compared."""
    found = [one for _, _, one in looked_at(evidence)]
    if not found:
        return ""
    named = found[0].embedding
    ends, nearer = ([getattr(o, key) for o in found] for key in ("ends", "largest"))
    text = (
        f"In the face embedding {named} ({EMBEDDINGS[named].summary}), at the same "
        f"landmarks, both ends of a continuum were {_range(ends)} apart, and its "
        f"images at most {_range(nearer)} from the nearer end"
    )
    if not all(one.judged for one in found):
        text += "; the embedding is not validated for children"
    return f"{text}."


def _range(values: Sequence[float]) -> str:
    """Return median and range of distances."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} (median; {min(values):.2f} to {max(values):.2f})"


def identity_rows(evidence: Mapping[str, Evidence]) -> Iterable[Sequence[Any]]:
    """Yield the distances of every image, for a table."""
    yield "continuum_id", "embedding", "step", "from_first", "from_last", "verdict"
    for name, seen, found in looked_at(evidence):
        pairs = zip(found.from_first.tolist(), found.from_last.tolist(), strict=True)
        for step, pair in enumerate(pairs, start=1):
            yield name, found.embedding, step, *pair, verdict_of(seen)
