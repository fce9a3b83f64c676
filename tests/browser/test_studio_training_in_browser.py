"""A lab's own landmark set and its own detector, in a real browser."""

import json
import shutil

import pytest
from open_studio import running_studio
from small_study import FACES, LANDMARKS, PERSON, write_study

from morphkit.faces.formats import find_template, read_landmarks, write_landmarks

pytestmark = pytest.mark.slow

DESK = {"viewport": {"width": 1280, "height": 800}}
PEOPLE = ("maja", "nilo", "oona", "pavo")
LABELS = ("happy", "distressed")


@pytest.fixture
def study(tmp_path):
    """Return a study of four: five faces stand, three have no landmarks."""
    people = {name: dict(PERSON) for name in PEOPLE}
    recipe = write_study(tmp_path / "study", identities=people)
    for name in PEOPLE:
        for label in LABELS:
            shutil.copy(FACES / f"{name}_{label}.png", recipe.parent / "source_faces")
            file = recipe.parent / "landmarks" / f"{name}_{label}.json"
            shutil.copy(LANDMARKS / file.name, file)
    for missing in ("oona_distressed", "pavo_happy", "pavo_distressed"):
        (recipe.parent / "landmarks" / f"{missing}.json").unlink()
    return recipe


def at_rest(page):
    """Wait until nothing is done in the background."""
    page.wait_for_function("() => document.getElementById('work').hidden")


def test_correct_train_and_correct_the_next(open_page, study):
    """Six faces by hand, the last corrected here; the rest is placed by what they say.

    A real training, on the photographs that ship.
    """
    with running_studio(study) as running:
        page = open_page(running.address, **DESK).page
        page.set_default_timeout(120_000)
        page.wait_for_selector("#faces a")
        at_rest(page)
        train = page.locator("#train")
        assert train.text_content() == "Train on 5 placed by hand"
        page.locator("#detect-missing").click()
        page.wait_for_function("() => document.getElementById('detect-missing').hidden")
        at_rest(page)
        assert train.text_content() == "Train on 5 placed by hand"  # not by a machine
        page.locator('#faces a[data-id="oona.distressed"]').click()
        page.wait_for_function(
            "() => window.studio.active?.doc.id === 'oona.distressed'"
        )
        page.wait_for_function("() => window.studio.active.image")
        page.locator(".pane canvas").focus()
        page.keyboard.press("]")
        page.keyboard.press("ArrowDown")
        page.wait_for_function(
            "() => document.getElementById('saved').textContent === 'Saved'"
        )
        page.locator("#back").click()
        page.wait_for_function(
            "() => document.getElementById('train').textContent.includes('on 6 ')"
        )
        at_rest(page)
        assert not page.locator("#place-others").is_visible()
        train.click()
        page.wait_for_function(
            "() => document.getElementById('trained').textContent.includes('6 faces')"
        )
        said = page.locator("#trained").text_content()
        assert "trained.npz" in said
        assert "on people it never saw, from 6 faces of 3" in said
        at_rest(page)
        others = page.locator("#place-others")
        assert others.text_content() == "Place 2 others anew"
        before = points_in(study, "pavo_happy"), points_in(study, "oona_distressed")
        others.click()
        page.wait_for_function("() => !document.getElementById('work').hidden")
        at_rest(page)
        assert page.locator("#work-errors").is_hidden()
    placed = read_landmarks(study.parent / "landmarks" / "pavo_happy.json").placement
    assert placed.by == "detector"
    assert "trained.npz" in placed.detector
    assert points_in(study, "pavo_happy") != before[0]
    assert points_in(study, "oona_distressed") == before[1]


def points_in(study, name):
    file = study.parent / "landmarks" / f"{name}.json"
    return json.loads(file.read_text("utf-8"))["points"]


def test_a_set_that_fits_is_chosen_where_the_files_do_not_say(open_page, tmp_path, axe):
    (tmp_path / "landmarks").mkdir()
    for label in LABELS:
        shutil.copy(FACES / f"maja_{label}.png", tmp_path)
        write_landmarks(
            tmp_path / "landmarks" / f"maja_{label}.pts",
            read_landmarks(LANDMARKS / f"maja_{label}.json"),
        )
    own = find_template("ibug_68").to_dict() | {"name": "ours"}
    own["points"] = [f"ours {name}" for name in own["points"]]
    (tmp_path / "ours.json").write_text(json.dumps(own), "utf-8")
    with running_studio(tmp_path) as running:
        page = open_page(running.address, viewport={"width": 390, "height": 844}).page
        page.wait_for_selector("#faces a")
        assert page.locator("#fitting").is_visible()
        names = page.locator("#fitting-names")
        assert names.locator("option").all_text_contents() == ["ibug_68", "ours"]
        assert axe.run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        names.select_option("ours")
        page.wait_for_function(
            "() => document.getElementById('fitting-lasting').textContent"
            ".includes('--template ours.json')"
        )
        page.locator("#faces a").first.click()
        page.wait_for_selector("#points li", state="attached")
        assert page.locator("#points li").first.text_content() == own["points"][0]
