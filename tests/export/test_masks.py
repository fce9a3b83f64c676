"""A backward mask of its own for every trial, in every program of the laboratory."""

import csv
import re
import shutil
import subprocess
import tarfile

import numpy as np
import pytest
import scipy.io
from export_study import export, write_small_pack
from lab_exports import category

from morphkit.experiment.design import Design
from morphkit.export import masks
from morphkit.export.masks import masks_of_list
from morphkit.faces.images import read_image


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    write_small_pack(folder, identities=["ada"])
    return folder


def longer():
    """Return a design with two lists of twelve trials."""
    plain = category()
    return Design(**vars(plain) | {"lists": tuple(each * 4 for each in plain.lists)})


def in_tables(folder, pattern):
    """Return the masks of the trials of each list."""
    found = []
    for path in sorted(folder.glob(pattern)):
        with path.open(newline="", encoding="utf-8") as file:
            found.append([row["mask_picture"] for row in csv.DictReader(file)])
    return found


def psychtoolbox(folder):
    data = scipy.io.loadmat(folder / "trials.mat", simplify_cells=True)
    return [[trial.mask_picture for trial in trials] for trials in data["lists"]]


def opensesame(folder):
    """Unpack the pool, and return the masks of the cycles of each loop."""
    (path,) = folder.glob("*.osexp")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    script = (folder / "script.opensesame").read_text("utf-8")
    assert 'draw image center=1 file="{mask_picture}"' in script
    loops = script.split("define loop list_")[1:]
    found = [re.findall(r'setcycle \d+ mask_picture "(.*)"', one) for one in loops]
    return [[f"pool/{name}" for name in one] for one in found]


def inquisit(folder):
    found = []
    for path in sorted(folder.glob("*.iqx")):
        script = path.read_text("utf-8")
        items = script.split("<item masks>")[1].split("</item>")[0]
        found.append(re.findall(r'^/ \d+ = "(.*)"$', items, re.M))
        picture = script.split("<picture mask_1>")[1].split("</picture>")[0]
        assert "/ items = masks\n/ select = list.trialorder.currentvalue\n" in picture
    return found


READ = {
    "psychopy": lambda folder: in_tables(folder, "conditions/*.csv"),
    "pavlovia": lambda folder: in_tables(folder, "conditions/*.csv"),
    "expyriment": lambda folder: in_tables(folder, "conditions/*.csv"),
    "psychtoolbox": psychtoolbox,
    "opensesame": opensesame,
    "osweb": opensesame,
    "inquisit": inquisit,
}


@pytest.mark.parametrize("name", READ)
def test_no_mask_comes_twice_in_a_session(pack, tmp_path, name):
    design = longer()
    folder = tmp_path / "out"
    export(pack, name, folder, design)
    found = READ[name](folder)
    assert [len(each) for each in found] == [len(trials) for trials in design.lists]
    for each in found:
        assert len({*each}) == len(each)
        drawn = {read_image(folder / file).tobytes() for file in each}
        assert len(drawn) == len(each)
    assert len({tuple(each) for each in found}) == len(found)


#: A screen that notes what is drawn, a clock that runs, and keys that nobody presses.
SCREEN = """
function varargout = Screen(what, varargin)
  global made drawn
  switch what
    case 'MakeTexture'
      made{end + 1} = double(varargin{2}(:));
      varargout{1} = numel(made);
    case 'DrawTexture'
      drawn(end + 1) = varargin{2};
    otherwise
      varargout{1} = 0;
  end
end
function seconds = GetSecs()
  global now_is
  now_is = now_is + 0.01;
  seconds = now_is;
end
function [down, seconds, codes] = KbCheck(varargin)
  global now_is
  down = false;
  seconds = now_is;
  codes = zeros(1, 256);
end
function code = KbName(varargin)
  code = 99;
end
function WaitSecs(varargin)
end
function DrawFormattedText(varargin)
end
"""
RUN = """
global made drawn now_is
data = load('trials.mat');
study = data.settings;
study.window = 1;
study.rect = [0 0 1280 800];
study.codes = 70 * ones(1, study.n_choices);
study.pixels_per_cm = 0;
study.answer = 240;
trials = data.lists{2};
format long;
study.textures = load_pictures(1, pwd, trials, study);
for k = 1:numel(trials)
  drawn = [];
  now_is = 0;
  run_trial(study, trials(k));
  last = made{drawn(end)};
  disp(sum(last .* (1:numel(last))'));
end
"""


@pytest.mark.slow
def test_the_script_for_octave_shows_the_mask_of_each_trial(pack, tmp_path):
    """By its own code: what it draws last is the mask that the row names."""
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("Octave is not installed")
    folder = tmp_path / "out"
    export(pack, "psychtoolbox", folder, longer())
    script = (folder / "morphkit_run.m").read_text("utf-8")
    _, _, functions = script.partition("\nfunction number")
    program = folder / "shown.m"
    program.write_text(f"1;\nfunction number{functions}{SCREEN}{RUN}", "utf-8")
    done = subprocess.run(
        [octave, "--no-gui", "--quiet", "--no-init-file", program.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    masks_named = psychtoolbox(folder)[1]
    wanted = []
    for name in masks_named:
        values = np.asarray(read_image(folder / name)).transpose(2, 1, 0).ravel()
        wanted.append(
            int((values.astype(np.int64) * np.arange(1, values.size + 1)).sum())
        )
    assert [int(line) for line in done.stdout.split()] == wanted
    assert len({*wanted}) == len(wanted) == 12


def test_masks_have_the_size_of_the_largest_image_and_all_greys(pack, tmp_path):
    export(pack, "psychopy", tmp_path / "out", category())
    (first, *_) = sorted((tmp_path / "out" / "stimuli").glob("mask_*.png"))
    image = np.asarray(read_image(first))
    assert image.shape == (64, 48, 3)
    assert (image[:, :, 0] == image[:, :, 2]).all()
    values = image[::2, ::2, 0]
    assert (image[1::2, 1::2, 0] == values).all()
    assert values.std() == pytest.approx(256 / 12**0.5, rel=0.1)


def test_the_order_of_masks_is_drawn_from_seed_list_and_visit():
    def drawn(seed, number=1, visit=""):
        changed = {"seed": seed, "visit": visit}
        return masks_of_list(Design(**vars(longer()) | changed), number)

    orders = [drawn(1), drawn(2), drawn(1, 2), drawn(1, visit="visit-2")]
    assert len({*map(tuple, orders)}) == 4
    assert drawn(1) == orders[0] != sorted(orders[0])


def test_a_design_without_masks_has_none(pack, tmp_path):
    design = category(timing=type(category().timing)(stimulus=150, mask=0))
    export(pack, "psychopy", tmp_path / "out", design)
    assert masks.mask_names(design) == ()
    assert not list((tmp_path / "out" / "stimuli").glob("mask_*"))
    text = (tmp_path / "out" / "conditions" / "list_01.csv").read_text("utf-8")
    assert "mask" not in text
