"""An exported study that is served."""

import pytest
from export_study import QUICK, export, write_small_pack

from morphkit.experiment.designs import DESIGNS
from morphkit.pack import read_pack


@pytest.fixture(scope="session")
def served_pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served_pack")
    write_small_pack(folder, identities=["ada"])
    return folder


@pytest.fixture(scope="session")
def export_served(served_pack):
    """Return ``export_served(front_end, output, **options)``."""

    def export_one(front_end, output, **options):
        design = DESIGNS["categorisation"].make(
            read_pack(served_pack).stimuli, seed=3, timing=QUICK, lists=1
        )
        export(served_pack, front_end, output, design, **options)
        return output

    return export_one


@pytest.fixture(scope="session")
def study_folder(export_served, tmp_path_factory):
    """Return an export of jsPsych, which nobody changes."""
    return export_served("jspsych", tmp_path_factory.mktemp("served") / "study")
