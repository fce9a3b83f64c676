"""A small pack on the disk and exports of it, for tests of front ends."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from small_pack import make_pack

from morphkit.experiment.answer import FIRST_PAIR, SECOND_PAIR
from morphkit.experiment.design import Design, Timing
from morphkit.experiment.texts import read_wording
from morphkit.export.write_export import Exported, write_export
from morphkit.pack import write_pack
from morphkit.pack.model import Pack

#: No waiting in tests.
QUICK = Timing(fixation=0, feedback=40)


def write_small_pack(
    folder: Path,
    *,
    identities: Sequence[str] = ("ada", "ben"),
    n_steps: int = 5,
    size: tuple[int, int] = (48, 64),
    may_show_online: bool = True,
    may_redistribute: bool = True,
    rights: Mapping[str, Mapping[str, bool]] | None = None,
    labels: Sequence[tuple[str, str]] = (("happy", "sad"),),
) -> Pack:
    """Return a pack that lies whole in `folder`, its hashes right.

    `rights` are those of single identities, where they differ from the others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    common = {"may_show_online": may_show_online, "may_redistribute": may_redistribute}
    rights = dict.fromkeys(identities, common) | dict(rights or {})
    made = make_pack(
        folder,
        identities=identities,
        n_steps=n_steps,
        size=size,
        rights=rights,
        labels=labels,
    )
    pack = dataclasses.replace(
        made,
        stimuli=tuple(
            dataclasses.replace(
                row, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
            )
            for row in made.stimuli
            for data in ((folder / row.file).read_bytes(),)
        ),
    )
    write_pack(pack, folder)
    return pack


def export(
    pack: Path,
    front_end: str,
    output: Path,
    design: Design | None,
    *,
    language: str = "en",
    **options,
) -> Exported:
    """Export with the texts of a language."""
    trials = [trial for each in design.lists for trial in each] if design else []
    named = {choice for trial in trials for choice in trial.choices}
    answers = {"happy", "sad", *named} - {FIRST_PAIR, SECOND_PAIR}
    wording = read_wording(language, labels=sorted(answers))
    return write_export(
        pack,
        front_end,
        output,
        design=design,
        wording=wording,
        language=language,
        **options,
    )
