"""Of several people in a photograph, the studio asks which one is meant."""

import json

import numpy as np
import pytest
from open_studio import running_studio
from PIL import Image as Pillow
from small_study import FACES, write_study

from morphkit.faces.formats import read_landmarks

pytestmark = pytest.mark.slow

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}}
#: The photograph, and where its two people lie: left, top, width and height.
SIZE = (720, 480)
LARGE = (0, 0, 480, 480)
SMALL = (470, 230, 250, 250)


@pytest.fixture
def study(tmp_path):
    """Return a study; in one photograph a smaller face is beside a larger one."""
    recipe = write_study(tmp_path / "study")
    both = Pillow.new("RGB", SIZE, "#767676")
    for name, (x, y, width, height) in (("nilo", LARGE), ("maja", SMALL)):
        with Pillow.open(FACES / f"{name}_happy.png") as face:
            both.paste(face.convert("RGB").resize((width, height)), (x, y))
    both.save(recipe.parent / "source_faces" / "maja_happy.png")
    file_of(recipe).unlink()
    return recipe


@pytest.fixture
def asked(open_page, study):
    """Return ``asked(options)``: the page, asking which face is meant."""
    with running_studio(study) as running:

        def ask(options):
            page = open_page(running.address, **options).page
            page.wait_for_selector("#faces a")
            page.wait_for_function("() => document.getElementById('work').hidden")
            page.locator('#faces a[data-id="maja.happy"]').click()
            page.wait_for_function("() => window.studio.active?.image")
            page.locator(".pane .empty button", has_text="Detect").click()
            page.wait_for_selector("#which-dialog[open]", timeout=60_000)
            return page

        yield ask


def file_of(study):
    return study.parent / "landmarks" / "maja_happy.json"


def is_in(points, place):
    x, y, width, height = place
    low, high = points.min(axis=0), points.max(axis=0)
    return (low >= (x, y)).all() and (high <= (x + width, y + height)).all()


def chosen(page):
    return page.evaluate(
        "[...document.getElementsByName('which-face')].map((one) => one.checked)"
    )


def saved_face(page, study):
    """Return what was saved once the page has the landmarks."""
    page.wait_for_function("() => window.studio.active.doc.isPlaced", timeout=60_000)
    assert not page.locator("#which-dialog").is_visible()
    shown = page.evaluate("window.studio.active.doc.points")
    kept = json.loads(file_of(study).read_text("utf-8"))
    assert kept["points"] == shown
    return read_landmarks(file_of(study))


def click_on(page, place):
    """Click on the middle of a place of the photograph, in the picture."""
    box = page.locator("#which-picture").bounding_box()
    x, y, width, height = place
    middle = ((x + width / 2) / SIZE[0], (y + height / 2) / SIZE[1])
    page.mouse.click(
        box["x"] + middle[0] * box["width"], box["y"] + middle[1] * box["height"]
    )


def test_a_face_is_chosen_by_mouse_in_the_picture(asked, study):
    page = asked(DESK)
    assert chosen(page) == [False, False]  # nobody is taken unasked
    click_on(page, (0, 0, 8, 8))  # beside both
    assert chosen(page) == [False, False]
    click_on(page, LARGE)
    assert chosen(page) == [True, False]
    click_on(page, SMALL)
    assert chosen(page) == [False, True]
    page.locator("#which-dialog button.primary").click()
    face = saved_face(page, study)
    assert is_in(face.points, SMALL)
    assert face.placement.face == 2


def test_a_face_is_chosen_by_keyboard_alone(asked, study):
    page = asked(DESK)
    page.keyboard.press("Enter")  # without a choice nothing is taken
    assert page.locator("#which-dialog").is_visible()
    assert not file_of(study).exists()
    page.keyboard.press("Space")
    assert chosen(page) == [True, False]
    page.keyboard.press("ArrowDown")
    assert chosen(page) == [False, True]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert is_in(saved_face(page, study).points, LARGE)


def test_no_face_is_a_choice_too(asked, study):
    page = asked(DESK)
    page.keyboard.press("Escape")
    page.wait_for_selector("#which-dialog", state="hidden")
    page.locator(".pane .empty button", has_text="Detect").click()
    page.wait_for_selector("#which-dialog[open]")
    page.locator("#which-dialog button", has_text="Cancel").click()
    page.wait_for_selector("#which-dialog", state="hidden")
    assert not page.evaluate("window.studio.active.doc.isPlaced")
    assert not file_of(study).exists()


@pytest.mark.parametrize("options", [DESK, PHONE], ids=["desk", "phone"])
def test_boxes_lie_on_the_faces_and_rules_of_accessibility_hold(asked, axe, options):
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    page = asked(options)
    click_on(page, SMALL)
    found = axe.run(page, options=rules).response["violations"]
    assert [one["id"] for one in found] == []
    width = options["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#which-picture").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    marked = page.evaluate(
        """() => {
          const canvas = document.getElementById("which-picture");
          const { data } = canvas.getContext("2d").getImageData(
            0, 0, canvas.width, canvas.height);
          const places = [];
          for (let i = 0; i < data.length; i += 4)
            if (data[i] === 255 && data[i + 1] === 230 && data[i + 2] === 0)
              places.push([(i / 4) % canvas.width, Math.floor(i / 4 / canvas.width)]);
          return [canvas.width, places];
        }"""
    )
    places = np.array(marked[1]) * SIZE[0] / marked[0]
    right = places[places[:, 0] > LARGE[2]]
    assert is_in(right, SMALL)
    assert len(right) > 300
