"""Make the pictures of docs/studio.md: the studio with the shipped faces.

Needs Chromium and the extra ``test``. Run as ``python docs/pictures/studio.py``.
With ``--look FOLDER`` the main views are written into a folder in all sizes, too.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tomli_w
from playwright.sync_api import Page, sync_playwright

from morphkit.pipeline.demo import demo_identities, shipped_faces

HERE = Path(__file__).parent
QUALITY = 80
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
TABLET = {"width": 820, "height": 1180}


def write_study(folder: Path) -> None:
    """Write a study in which something is left to do."""
    faces = shipped_faces()
    people = demo_identities()
    for name in ("source_faces", "landmarks"):
        shutil.copytree(faces / name, folder / name)
    person = {"consent_basis": "synthetic", "may_morph": True}
    recipe = {
        "schema": 1,
        "pack": {"name": "infants", "title": "Infants, pilot"},
        "identities": {name: dict(person) for name in people},
        "continua": [{"from": "happy", "to": "distressed", "steps": 15}],
    }
    (folder / "study.toml").write_text(tomli_w.dumps(recipe), "utf-8")
    for name in (f"{people[2]}_happy", f"{people[3]}_distressed"):
        (folder / "landmarks" / f"{name}.json").unlink()


def spoil(folder: Path) -> None:
    """Exchange two landmarks of a mouth."""
    people = demo_identities()
    # Two points of a mouth in each other's place.
    file = folder / "landmarks" / f"{people[1]}_distressed.json"
    data = json.loads(file.read_text("utf-8"))
    data["points"][61], data["points"][67] = data["points"][67], data["points"][61]
    file.write_text(json.dumps(data), "utf-8")


def edit(page: Page, face: str, *, check: bool) -> None:
    """Correct a landmark of a face a little, and mark it."""
    page.evaluate("(id) => { location.hash = `#/face/${id}`; }", face)
    page.wait_for_function("(id) => window.studio.active?.doc.id === id", arg=face)
    page.evaluate(
        """async (check) => {
          const { doc } = window.studio.active;
          doc.edit("Move", [[30, [doc.points[30][0] + 0.5, doc.points[30][1]]]]);
          await doc.save();
          if (check) await doc.mark(true);
        }""",
        check,
    )


def shoot(page: Page, name: str, folder: Path = HERE) -> None:
    """Write a picture of the page."""
    page.wait_for_timeout(1200)
    page.wait_for_function("() => [...document.images].every((one) => one.complete)")
    path = folder / f"{name}.jpg"
    page.screenshot(path=path, type="jpeg", quality=QUALITY)
    print(path.name, path.stat().st_size)  # noqa: T201


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--look", type=Path, help="Folder of all views in all sizes.")
    look = parser.parse_args().look
    with tempfile.TemporaryDirectory() as folder:
        write_study(Path(folder))
        spoil(Path(folder))
        process = subprocess.Popen(
            [sys.executable, "-m", "morphkit", "studio", folder, "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        address = re.search(r"http\S+", process.stdout.readline())
        assert address is not None
        try:
            with sync_playwright() as driver:
                take(driver, address[0], look)
        finally:
            process.terminate()
            process.wait()


def train(page: Page) -> None:
    """Detect what is missing, train on what people placed, and wait for it."""
    page.evaluate("() => { location.hash = '#/'; }")
    page.wait_for_selector("#faces a")
    page.locator("#detect-missing").click()
    page.wait_for_function("() => document.getElementById('detect-missing').hidden")
    page.locator("#train").click()
    page.wait_for_function(
        "() => document.getElementById('trained').textContent", timeout=900_000
    )
    page.wait_for_function(
        "() => document.getElementById('work').hidden", timeout=120_000
    )


def look_at(browser: object, state: object, root: str, folder: Path) -> None:
    """Write the main views in all sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {"desk": DESK, "tablet": TABLET, "phone": PHONE}
    views = {
        "study": ("#/", "#faces a"),
        "face": ("#/face/nilo.distressed", ".pane canvas"),
        "set": ("#/set", "#set"),
    }
    for size, viewport in sizes.items():
        touch = size != "desk"
        context = browser.new_context(  # type: ignore[attr-defined]
            viewport=viewport, has_touch=touch, is_mobile=touch, storage_state=state
        )
        for name, (place, there) in views.items():
            page = context.new_page()
            page.goto(root + place)
            page.wait_for_selector(there)
            shoot(page, f"{name}_{size}", folder)
            page.close()


def take(driver: object, address: str, look: Path | None) -> None:
    """Walk through the studio with a browser."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])  # type: ignore[attr-defined]
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#faces a")
    page.wait_for_function(
        "() => document.getElementById('work').hidden", timeout=120_000
    )
    for face, check in (("maja.happy", True), ("maja.distressed", True)):
        edit(page, face, check=check)
    edit(page, "nilo.happy", check=False)
    page.evaluate("() => { location.hash = '#/'; }")
    page.wait_for_selector("#faces a")
    shoot(page, "studio_faces")
    page.evaluate("() => { location.hash = '#/face/nilo.distressed'; }")
    page.wait_for_selector("#findings .error button")
    page.locator("#findings .error button").first.click()
    shoot(page, "studio_finding")
    page.evaluate("() => { location.hash = '#/face/maja.happy'; }")
    page.wait_for_function("() => window.studio.active?.doc.id === 'maja.happy'")
    page.locator(".pane canvas").focus()
    for key in "bga":
        page.keyboard.press(key)
        page.wait_for_timeout(600)
    shoot(page, "studio_both")
    page.evaluate("() => { location.hash = '#/set'; }")
    page.wait_for_selector("#set-begin[open]")
    page.locator("#set-face").select_option("nilo.neutral")
    page.locator("#set-begin button[value=yes]").click()
    page.wait_for_selector("#set-points li")
    page.fill("#set-name", "infant_lab")
    page.locator("#set-for-mirror").click()
    page.locator("#set-part-all").click()
    page.locator("#set-find-pairs").click()
    page.wait_for_selector("#set-proposed li")
    shoot(page, "studio_set")
    phone = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        storage_state=context.storage_state(),
    ).new_page()
    phone.goto(address.partition("#")[0] + "#/face/maja.distressed")
    phone.wait_for_selector(".pane canvas")
    shoot(phone, "studio_phone")
    root = address.partition("#")[0]
    if look:
        look_at(browser, context.storage_state(), root, look)
    train(page)
    shoot(page, "studio_trained")
    browser.close()


if __name__ == "__main__":
    main()
