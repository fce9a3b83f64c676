"""Export what is checked by programs for standards: BIDS, Psych-DS, films, provenance.

    python validators/exports_of_files.py FOLDER

Uses the pack that exports.py made in FOLDER.
"""

import shutil
import sys
from pathlib import Path

from exports import designs, make

from morphkit.export.adapter import Material
from morphkit.export.provenance import with_provenance
from morphkit.export.write_export import write_export
from morphkit.pack import read_pack


def main(folder: Path) -> None:
    """Write the exports."""
    make(folder, ["psych_ds"])
    pack = read_pack(folder / "pack")
    for name in ("bids", "media", "video"):
        shutil.rmtree(folder / name, ignore_errors=True)
        write_export(folder / "pack", name, folder / name, design=None, wording={})
    scratch = folder / "provenance"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    material = Material(pack, folder / "pack", designs(pack)["categorisation"], {})
    with_provenance(material, scratch)
    # Events of one participant, as a study would add them: they name the stimuli.
    beh = folder / "bids" / "sub-01" / "beh"
    beh.mkdir(parents=True)
    lines = ["onset\tduration\ttrial_type\tstim_file"]
    lines += [
        f"{2 * k}.0\t1.0\tmain\t{row.stimulus_id}.png"
        for k, row in enumerate(pack.stimuli)
    ]
    events = beh / "sub-01_task-faces_events.tsv"
    events.write_text("\n".join([*lines, ""]))
    (beh / "sub-01_task-faces_events.json").write_text('{"TaskName": "faces"}\n')
    (folder / "bids" / "participants.tsv").write_text("participant_id\nsub-01\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
