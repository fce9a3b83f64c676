"""Whether answers were given to the very images that a pack holds.

Images of another build have the same names. Front ends write a digest of the pixels and
the level of every image beside the answer; tables from elsewhere have none, and are not
checked.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from morphkit._core.finding import Finding
from morphkit._core.text import counted
from morphkit.errors import InputError, raise_all
from morphkit.experiment.answer import Answer
from morphkit.pack.link import stimulus_digest
from morphkit.pack.model import Pack

_MOST_NAMED = 5


def check_builds(
    answers: Sequence[Answer], pack: Pack | None = None, *, other_build: bool = False
) -> tuple[Finding, ...]:
    """Refuse answers to images of another build, or of several.

    Parameters
    ----------
    answers : sequence of Answer
    pack : Pack, optional
        The pack that is said to have been shown; None compares the answers with each
        other alone.
    other_build : bool, optional
        Go on nevertheless.

    Returns
    -------
    tuple of Finding
        What was found, if it goes on.

    Raises
    ------
    InputError
        If there is any such answer.
    """
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answers:
        for name, digest in zip(one.stimuli, one.image_digests, strict=False):
            seen[name][digest] += 1
    faults = [*_several(seen), *(_others(answers, seen, pack) if pack else ())]
    if not other_build:
        raise_all(faults)
    return tuple(
        Finding("other-build", "warning", fault.problem, where=fault.where)
        for fault in faults
    )


def _several(seen: Mapping[str, Counter[str]]) -> list[InputError]:
    """Return the error for answers to images of several builds."""
    mixed = [name for name, digests in sorted(seen.items()) if len(digests) > 1]
    if not mixed:
        return []
    return [
        InputError(
            "the answers are to several builds of the images: "
            f"{counted(len(mixed), 'name')} stand for more than one image "
            f"({_some(mixed)})",
            where="answers",
            allowed="answers to one build",
            remedy="read the files of each build apart; to join them nevertheless: "
            "--other-build",
        )
    ]


def _others(
    answers: Sequence[Answer], seen: Mapping[str, Counter[str]], pack: Pack
) -> list[InputError]:
    """Return the error for images that a pack shows differently."""
    known = {name: stimulus_digest(row) for name, row in pack.by_id.items()}
    wrong = {
        name: digests.total() - digests[known[name]]
        for name, digests in sorted(seen.items())
        if name in known
    }
    strange = [name for name, n in wrong.items() if n]
    if not strange:
        return []
    among = set(strange)
    n = sum(bool(among.intersection(one.stimuli)) for one in answers)
    return [
        InputError(
            f"{counted(n, 'answer')} of {len(answers)} are to images that this pack "
            f"does not hold: {counted(len(strange), 'image')} of the same names have "
            f"other pixels or levels ({_some(strange)})",
            where=pack.name,
            allowed="answers to the images of the pack",
            remedy="give the build of the pack that was shown; to go on with this one "
            "nevertheless: --other-build",
        )
    ]


def _some(names: Sequence[str]) -> str:
    """Return the first names, and that there are others."""
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
