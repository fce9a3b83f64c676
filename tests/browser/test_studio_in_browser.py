"""The studio as a person uses it: mouse, fingers and keys, in a real browser."""

import base64
import json

import numpy as np
import pytest
from open_studio import running_studio
from small_study import build_study, write_study

from morphkit.faces.images import read_image

pytestmark = pytest.mark.slow

DESK = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "study")


@pytest.fixture
def studio(study):
    with running_studio(study) as running:
        yield running


@pytest.fixture
def editor(open_page, studio):
    """Return the page of a face, opened by the address that was printed."""
    page = open_page(studio.address, **DESK).page
    page.wait_for_selector("#faces a")
    open_face(page, "ada.happy")
    return page


def open_face(page, name):
    page.locator(f'#faces a[data-id="{name}"]').click()
    page.wait_for_selector(".pane canvas")
    page.wait_for_function(
        "() => document.querySelectorAll('#points li').length === 68"
    )
    page.wait_for_function("() => !document.getElementById('preview').hidden")


def saved_points(study, name="ada_happy"):
    file = study.parent / "landmarks" / f"{name}.json"
    return json.loads(file.read_text("utf-8"))["points"]


def place_of(page, index):
    """Return where a landmark is on the screen."""
    return page.evaluate(
        """(i) => {
          const pane = window.studio.active;
          const box = pane.canvas.getBoundingClientRect();
          const [x, y] = pane.toScreen(pane.doc.points[i]);
          return [box.left + x, box.top + y];
        }""",
        index,
    )


def points_of(page):
    return page.evaluate("window.studio.active.doc.points")


def saved(page):
    page.wait_for_function(
        "() => document.getElementById('saved').textContent === 'Saved'"
    )


def pixels_of(page, selector):
    """Return the pixels of an image on the page."""
    width, height, data = page.evaluate(
        """(selector) => {
          const image = document.querySelector(selector);
          const canvas = document.createElement("canvas");
          canvas.width = image.naturalWidth;
          canvas.height = image.naturalHeight;
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
          return [canvas.width, canvas.height, btoa(String.fromCharCode(...data))];
        }""",
        selector,
    )
    flat = np.frombuffer(base64.b64decode(data), np.uint8)
    return flat.reshape(height, width, 4)[..., :3]


def drag(page, index, dx, dy):
    x, y = place_of(page, index)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


def test_the_address_opens_one_browser_once(open_page, studio):
    first = open_page(studio.address, **DESK)
    first.page.wait_for_selector("#faces a")
    assert studio.token not in first.page.url
    assert all(url.startswith((studio.root, "blob:")) for url in first.requests)
    second = open_page(studio.address, **DESK)
    second.page.wait_for_function(
        "() => document.body.innerText.includes('has been used')"
    )
    second.problems.clear()  # the refusal is a line in the console
    first.page.reload()
    first.page.wait_for_selector("#faces a")


def test_a_landmark_is_moved_undone_saved_and_built(editor, studio, study, tmp_path):
    """By mouse and keyboard; the same coordinates after a reload and in a build."""
    page = editor
    before = saved_points(study)
    scale = page.evaluate("window.studio.active.view.scale")
    drag(page, 30, 40, -20)
    saved(page)
    moved = saved_points(study)
    assert moved[30] == pytest.approx(
        [before[30][0] + 40 / scale, before[30][1] - 20 / scale], abs=0.75
    )
    assert moved[:30] + moved[31:] == before[:30] + before[31:]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+ArrowLeft")
    saved(page)
    nudged = [moved[30][0] + 1 - 0.1, moved[30][1] + 10]
    assert saved_points(study)[30] == pytest.approx(nudged, abs=1e-9)
    page.keyboard.press("Control+z")
    saved(page)
    for _ in range(3):
        page.keyboard.press("Control+z")
    saved(page)
    assert saved_points(study) == before
    for _ in range(4):
        page.keyboard.press("Control+Shift+z")
    saved(page)
    page.reload()
    page.wait_for_selector(".pane canvas")
    page.wait_for_function("() => window.studio?.active?.doc")
    there = points_of(page)
    assert there == saved_points(study)
    assert there[30] == pytest.approx(nudged, abs=1e-9)
    # The history is still there.
    page.locator(".pane canvas").focus()
    for _ in range(4):
        page.keyboard.press("Control+z")
    saved(page)
    assert saved_points(study) == before
    for _ in range(4):
        page.keyboard.press("Control+y")
    saved(page)
    assert saved_points(study) == there
    # What the page shows in full quality is what a build makes, byte for byte.
    page.locator("#full").click()
    page.wait_for_selector("#preview[data-full=true]")
    shown = pixels_of(page, "#preview")
    step = int(page.locator("#step").input_value()) + 1
    build_study(study, tmp_path / "pack")
    image = f"ada/ada_happy_distressed_s{step:02d}.png"
    made = read_image(tmp_path / "pack" / "materials" / "stimuli" / image)
    assert np.array_equal(shown, made)
