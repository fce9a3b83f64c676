"""Make the pictures of docs/front_ends.md: one trial in each front end that was run.

Needs Chromium and the extra ``test``. The pictures of programs are what
``validators/run.sh`` has left of its runs. Run as
``python docs/pictures/front_ends.py [SHOTS]``, where SHOTS is the folder ``work/shots``
of the validators; without it, only the front ends of the web are drawn anew.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from morphkit.experiment.designs import DESIGNS
from morphkit.export.export_pack import export_pack
from morphkit.pack import read_pack
from morphkit.pipeline.demo import build_demo

HERE = Path(__file__).parent
QUALITY = 85
SCREEN = {"width": 1280, "height": 800}
SHOWN = (640, 400)
#: Front end -> folder of the pictures of its run.
PROGRAMS = {
    "psychopy": "psychopy_categorisation",
    "opensesame": "opensesame_categorisation",
    "osweb": "osweb_categorisation",
    "psychtoolbox": "octave_categorisation",
    "expyriment": "expyriment_categorisation",
}
#: Front ends of the web: the page to open.
PAGES = {"jspsych": "index.html", "labjs": "standalone/index.html"}


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shots", type=Path, nargs="?", help="work/shots")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        pack = Path(folder) / "pack"
        build_demo(pack)
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, page in PAGES.items():
            write(name, trial_in_browser(browser, pack, name, page, Path(folder)))
        browser.close()
    if wanted.shots:
        for name, run in PROGRAMS.items():
            write(name, first_face(wanted.shots / run))


def trial_in_browser(
    browser: Browser, pack: Path, front_end: str, page_file: str, folder: Path
) -> Image.Image:
    """Export a categorisation and return what its first trial shows."""
    rows = read_pack(pack).stimuli
    design = DESIGNS["categorisation"].make(rows, seed=1, repeats=1, lists=1)
    export_pack(pack, front_end, folder / front_end, design=design)
    page = browser.new_page(viewport=SCREEN)
    page.goto((folder / front_end / page_file).as_uri())
    page.wait_for_selector("[data-mk=participant]")
    page.fill("#mk-code", "P001")
    page.keyboard.press("Enter")
    while page.wait_for_selector("main[data-mk]") and not page.query_selector(
        "[data-mk=trial]"
    ):
        screen = page.query_selector("main")
        if page.query_selector(".mk-go"):
            page.click(".mk-go")
        page.wait_for_function("(old) => !old || !old.isConnected", arg=screen)
    page.wait_for_selector("[data-mk=trial][data-state=stimulus]")
    target = folder / f"{front_end}.png"
    page.screenshot(path=target)
    page.close()
    return _opened(target)


def first_face(folder: Path) -> Image.Image:
    """Return the first picture of a run that shows a face: the most coloured ones."""
    shots = sorted(folder.glob("*.png"))
    if not shots:
        raise SystemExit(f"{folder}: no pictures; run validators/run.sh first")
    pictures = [_opened(path) for path in shots]
    coloured = [np.ptp(np.asarray(picture), axis=2).mean() for picture in pictures]
    return pictures[int(np.argmax(np.array(coloured) > 0.9 * max(coloured)))]


def _opened(path: Path) -> Image.Image:
    """Return a picture of a screen."""
    return Image.open(path).convert("RGB")  # noqa: TID251 - no photograph


def write(front_end: str, picture: Image.Image) -> None:
    """Write a picture of the documentation."""
    path = HERE / f"front_end_{front_end}.jpg"
    picture.resize(SHOWN, Image.Resampling.LANCZOS).save(path, quality=QUALITY)
    print(path.name, path.stat().st_size)  # noqa: T201


if __name__ == "__main__":
    main()
