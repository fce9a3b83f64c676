"""The studio in Firefox ESR: what a person does first, in the other engine."""

import json

import pytest
from open_studio import running_studio
from small_study import write_study

pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "study")


@pytest.fixture
def studio(study):
    with running_studio(study) as running:
        yield running


def place_of(page, index):
    return page.evaluate(
        f"""(() => {{
          const pane = window.studio.active;
          const box = pane.canvas.getBoundingClientRect();
          const [x, y] = pane.toScreen(pane.doc.points[{index}]);
          return [box.left + x, box.top + y];
        }})()"""
    )


def saved_points(study):
    file = study.parent / "landmarks" / "maja_happy.json"
    return json.loads(file.read_text("utf-8"))["points"]


def saved(page):
    page.wait("document.getElementById('saved').textContent === 'Saved'")


def open_face(page, studio):
    page.open(studio.address)
    page.wait("document.querySelector('#faces a')")
    assert studio.token not in page.evaluate("location.href")
    page.evaluate("(location.hash = '#/face/maja.happy')")
    page.wait("window.studio.active?.doc && window.studio.active.width > 100")
    page.wait("!document.getElementById('preview').hidden")


def test_a_landmark_is_moved_undone_saved_and_there_again(firefox, studio, study):
    """By mouse, finger and keyboard, from the address that the terminal printed."""
    page = firefox
    before = saved_points(study)
    open_face(page, studio)
    scale = page.evaluate("window.studio.active.view.scale")
    x, y = map(round, place_of(page, 30))
    page.drag([(x, y), (x + 20, y - 10), (x + 40, y - 20)])
    saved(page)
    moved = saved_points(study)
    assert moved[30] == pytest.approx(
        [before[30][0] + 40 / scale, before[30][1] - 20 / scale], abs=1
    )
    assert moved[:30] + moved[31:] == before[:30] + before[31:]
    x, y = map(round, place_of(page, 8))
    page.drag([(x, y), (x + 12, y - 6), (x + 24, y - 12)], "touch")
    saved(page)
    touched = saved_points(study)
    assert touched[8] == pytest.approx(
        [before[8][0] + 24 / scale, before[8][1] - 12 / scale], abs=1
    )
    page.press("ArrowRight")
    page.press("Shift", "ArrowDown")
    page.press("Alt", "ArrowLeft")
    saved(page)
    nudged = [touched[8][0] + 1 - 0.1, touched[8][1] + 10]
    assert saved_points(study)[8] == pytest.approx(nudged, abs=1e-9)
    for _ in range(5):
        page.press("Control", "z")
    saved(page)
    assert saved_points(study) == before
    for _ in range(5):
        page.press("Control", "y")
    saved(page)
    there = saved_points(study)
    assert there[8] == pytest.approx(nudged, abs=1e-9)
    # A request that a reload cuts off is an error in Firefox's console.
    page.wait("document.getElementById('work').hidden")
    page.wait("!window.studio.preview.isBusy")
    page.send("browsingContext.reload", context=page.context, wait="complete")
    page.wait("window.studio?.active?.doc")
    assert page.evaluate("window.studio.active.doc.points") == there


def test_a_stale_save_is_refused_with_a_choice(firefox, studio, study):
    page = firefox
    open_face(page, studio)
    file = study.parent / "landmarks" / "maja_happy.json"
    data = json.loads(file.read_text("utf-8"))
    data["points"][3][0] += 2.5
    file.write_text(json.dumps(data), "utf-8")
    x, y = map(round, place_of(page, 30))
    page.drag([(x, y), (x + 30, y)])
    page.wait("document.getElementById('conflict').open")
    assert saved_points(study) == data["points"]
    page.evaluate("document.getElementById('take-theirs').click()")
    page.wait("!document.getElementById('conflict').open")
    assert page.evaluate("window.studio.active.doc.points") == data["points"]
    assert saved_points(study) == data["points"]
    page.problems.clear()  # 409 may be a line in the console
