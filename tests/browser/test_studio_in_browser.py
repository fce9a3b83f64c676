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
    open_face(page, "maja.happy")
    return page


def open_face(page, name):
    page.locator(f'#faces a[data-id="{name}"]').click()
    page.wait_for_selector(".pane canvas")
    page.wait_for_function(
        "() => document.querySelectorAll('#points li').length === 68"
    )
    page.wait_for_function("() => !document.getElementById('preview').hidden")


def saved_points(study, name="maja_happy"):
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
    image = f"maja/maja_happy_distressed_s{step:02d}.png"
    made = read_image(tmp_path / "pack" / "materials" / "stimuli" / image)
    assert np.array_equal(shown, made)


def test_snap_soft_drag_and_features(editor, study):
    page = editor
    before = points_of(page)
    page.keyboard.press("s")
    x, y = place_of(page, 8)
    page.mouse.click(x + 30, y + 18)
    after = points_of(page)
    scale = page.evaluate("window.studio.active.view.scale")
    assert after[8] == pytest.approx(
        [before[8][0] + 30 / scale, before[8][1] + 18 / scale], abs=0.75
    )
    assert after[:8] + after[9:] == before[:8] + before[9:]
    # The selected one comes from wherever it is.
    x, y = place_of(page, 30)
    page.mouse.click(x, y)
    moved = points_of(page)
    assert moved[8] == pytest.approx(before[30], abs=0.75)
    assert moved[30] == before[30]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert points_of(page) == before
    # Soft: neighbours follow, the far ones stay.
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.evaluate("window.studio.settings.radius = 60")
    drag(page, 33, 20, 0)
    shift = [b[0] - a[0] for a, b in zip(before, points_of(page), strict=True)]
    assert shift[33] == pytest.approx(20 / scale, abs=0.75)
    assert 0 < shift[32] < shift[33]
    assert 0 < shift[30] < shift[33]
    assert shift[0] == shift[16] == 0
    page.keyboard.press("Control+z")
    # A whole feature moves as one.
    page.keyboard.press("v")
    page.locator("#features button", has_text="mouth").click()
    page.locator(".pane canvas").focus()
    page.keyboard.press("Shift+ArrowRight")
    mouth = list(range(48, 68))
    for i, (a, b) in enumerate(zip(before, points_of(page), strict=True)):
        assert b[0] - a[0] == pytest.approx(10 if i in mouth else 0, abs=1e-9)
    page.keyboard.press("Control+z")
    # Turned and scaled about its centre, by keys.
    page.keyboard.press("r")
    page.keyboard.press("x")
    turned = points_of(page)
    a, b = (np.array(p)[mouth] for p in (before, turned))
    assert b.mean(axis=0) == pytest.approx(a.mean(axis=0), abs=1e-6)
    ratio = np.ptp(b - b.mean(axis=0)) / np.ptp(a - a.mean(axis=0))
    assert 1.0 < ratio < 1.03
    saved(page)
    assert saved_points(study) == turned


def test_a_frame_around_the_selected_scales_and_turns(editor):
    page = editor
    page.keyboard.press("Control+a")
    page.keyboard.press("f")
    page.keyboard.press("-")
    page.keyboard.press("-")
    before = np.array(points_of(page))
    frame = page.evaluate(
        """() => {
          const pane = window.studio.active;
          const box = pane.canvas.getBoundingClientRect();
          const at = ([x, y]) => [x + box.left, y + box.top];
          const { corners, turn } = pane.handles();
          return { corner: at(corners[2]), anchor: at(corners[0]), turn: at(turn) };
        }"""
    )
    (x, y), (ax, ay) = frame["corner"], frame["anchor"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(ax + 0.8 * (x - ax), ay + 0.8 * (y - ay), steps=3)
    page.mouse.up()
    after = np.array(points_of(page))
    ratio = np.ptp(after, axis=0) / np.ptp(before, axis=0)
    assert ratio == pytest.approx([0.8, 0.8], abs=0.01)
    page.keyboard.press("Control+z")
    x, y = frame["turn"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    turned = np.array(points_of(page))
    across = (turned[45] - turned[36], before[45] - before[36])
    angles = [np.degrees(np.arctan2(v[1], v[0])) for v in across]
    assert angles[0] - angles[1] > 3  # clockwise, as the hand went
    assert np.hypot(*across[0]) == pytest.approx(np.hypot(*across[1]), rel=1e-9)


def test_a_side_is_mirrored_onto_the_other(editor):
    page = editor
    before = np.array(points_of(page))
    # The left brow is put far up; the right one follows by its mirror image.
    page.evaluate("window.studio.active.select([17, 18, 19, 20, 21])")
    page.locator(".pane canvas").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("m")
    after = np.array(points_of(page))
    assert (after[22:27, 1] < before[22:27, 1] - 15).all()
    untouched = [i for i in range(68) if i not in range(17, 27)]
    assert np.array_equal(after[untouched], before[untouched])
    assert (np.diff(after[22:27, 0]) > 0).all()  # from the nose outwards, not swapped
    # Of both sides, the left one is meant: nothing on it moves.
    page.keyboard.press("Control+a")
    page.keyboard.press("m")
    whole = np.array(points_of(page))
    assert np.array_equal(whole[17:22], after[17:22])
    assert np.array_equal(whole[36:42], after[36:42])
    assert not np.array_equal(whole[42:48], after[42:48])


def test_hidden_landmarks_are_marked_and_written(editor, study):
    page = editor
    page.evaluate("window.studio.active.select([4, 5])")
    page.locator(".pane canvas").focus()
    page.keyboard.press("h")
    saved(page)
    file = study.parent / "landmarks" / "maja_happy.json"
    assert json.loads(file.read_text("utf-8"))["hidden"] == [4, 5]
    assert page.locator("#points li", has_text="hidden").count() == 2
    assert page.locator("#hide").get_attribute("aria-pressed") == "true"
    page.keyboard.press("h")
    saved(page)
    assert "hidden" not in json.loads(file.read_text("utf-8"))


def test_the_preview_follows_the_landmarks(editor):
    page = editor
    shown = [pixels_of(page, "#preview")]
    count = page.evaluate("window.studio.preview.shown")
    drag(page, 30, 30, 10)
    page.wait_for_function(
        "(n) => window.studio.preview.shown > n && !window.studio.preview.isBusy",
        arg=count,
    )
    shown.append(pixels_of(page, "#preview"))
    page.keyboard.press(".")
    assert page.locator("#step-text").inner_text().startswith("step 4 of 4")
    page.wait_for_function("() => !window.studio.preview.isBusy")
    shown.append(pixels_of(page, "#preview"))
    assert not np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[1], shown[2])


def test_two_windows_are_asked_and_lose_nothing(open_page, studio, study):
    watched = open_page(studio.address, **DESK)
    first = watched.page
    first.wait_for_selector("#faces a")
    open_face(first, "maja.happy")
    second = first.context.new_page()
    second.goto(first.url)
    second.wait_for_selector(".pane canvas")
    second.wait_for_selector("#points li:nth-child(68)")
    drag(first, 30, 25, 0)
    saved(first)
    mine = saved_points(study)
    drag(second, 8, 0, 20)
    second.wait_for_selector("#conflict[open]")
    assert saved_points(study) == mine
    second.locator("#take-theirs").click()
    second.wait_for_function("() => !document.querySelector('#conflict').open")
    assert points_of(second) == mine
    assert saved_points(study) == mine
    # Now the first window is behind; it keeps its own, knowingly.
    drag(second, 8, 0, 20)
    saved(second)
    drag(first, 27, -15, 0)
    first.wait_for_selector("#conflict[open]")
    kept = points_of(first)
    first.locator("#keep-mine").click()
    saved(first)
    assert saved_points(study) == kept
    first.locator(".pane canvas").focus()
    first.keyboard.press("Control+z")  # what was written over comes back
    saved(first)
    assert saved_points(study) == points_of(second)
    watched.problems.clear()  # 409 is a line in the console


def lost(page, asked):
    """Expect that a request to the studio has no answer."""
    return page.expect_event(
        "requestfailed", lambda request: request.url.endswith(f"/api/{asked}")
    )


def test_a_studio_that_is_gone_is_told_and_saved_later(open_page, study):
    with running_studio(study) as studio:
        watched = open_page("about:blank", **DESK)
        page = watched.page
        page.clock.install()
        told = page.locator("#work-errors", has_text="still running")
        for asked in ("compare", "work"):
            page.route(f"**/api/{asked}", lambda route: route.abort(), times=1)
        with lost(page, "compare"):
            page.goto(studio.address)
        told.wait_for()
        with lost(page, "work"):  # the second comparison is answered
            page.clock.fast_forward(3000)
        told.wait_for()
        assert page.locator("#work").is_hidden()
        page.clock.fast_forward(3000)
        told.wait_for(state="hidden")
        assert not [one for one in watched.problems if "ERR_FAILED" not in one]
        watched.problems.clear()
        open_face(page, "maja.happy")
        studio.process.kill()
        studio.process.wait()
        drag(page, 30, 25, 0)
        page.wait_for_function(
            "() => document.getElementById('saved').innerText.includes('still running')"
        )
    watched.problems.clear()


def test_the_way_through_a_study_by_keyboard_alone(open_page, studio, study):
    """From the list to a face, from landmark to landmark, checked, on to the next."""
    page = open_page(studio.address, **DESK).page
    page.wait_for_selector("#faces a")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "filter"
    page.keyboard.type("maja")
    assert page.locator("#faces a").count() == 2
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#faces a')"):
            break
    first = page.evaluate("document.activeElement.dataset.id")
    page.keyboard.press("ArrowRight")
    second = page.evaluate("document.activeElement.dataset.id")
    assert {first, second} == {"maja.happy", "maja.distressed"}
    page.keyboard.press("Enter")
    page.wait_for_selector("#points li:nth-child(68)")
    page.wait_for_function("() => document.activeElement.matches('.pane canvas')")
    page.keyboard.press("]")
    page.keyboard.press("]")
    assert page.evaluate("[...window.studio.active.selected]") == [1]
    assert "jaw left 2" in page.locator("#status").inner_text()
    before = points_of(page)[1]
    page.keyboard.press("ArrowDown")
    assert points_of(page)[1] == pytest.approx([before[0], before[1] + 1])
    saved(page)
    page.keyboard.press("Enter")
    page.wait_for_function("(id) => location.hash.includes(id)", arg=first)
    page.wait_for_function("() => window.studio.active?.doc")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#faces a")
    card = page.locator(f'#faces a[data-id="{second}"]')
    assert "checked" in card.inner_text()


def test_the_next_finding_goes_to_its_landmarks(open_page, studio, study):
    page = open_page(studio.address, **DESK).page
    page.wait_for_selector("#faces a")
    open_face(page, "maja.happy")
    page.evaluate(
        """() => {
          const { doc } = window.studio.active;
          const [a, b] = [doc.points[61], doc.points[67]].map((p) => [...p]);
          doc.edit("swap", [[61, b], [67, a]]);
        }"""
    )
    page.wait_for_selector("#findings .error button")
    page.locator("#findings .error button").first.click()
    chosen = set(page.evaluate("[...window.studio.active.selected]"))
    assert chosen
    assert chosen <= set(range(60, 68))
    assert page.evaluate("window.studio.active.view.scale") > 2
    # Its message names three; each of the eight can be gone to.
    about = page.locator("#findings .error .about button")
    assert about.count() == 8
    about.last.click()
    assert len(page.evaluate("[...window.studio.active.selected]")) == 1
    saved(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("#faces a")
    first = page.locator("#faces a").first
    assert first.get_attribute("data-id") == "maja.happy"
    assert "suspicious" in first.inner_text()


def test_an_answer_that_was_overtaken_is_not_believed(open_page, studio, study):
    """Findings of what the landmarks were may come after those of what they are."""
    page = open_page(studio.address, **DESK).page
    page.wait_for_selector("#faces a")
    kept = []

    def keep_the_first(route):
        if kept:
            route.continue_()
        else:
            kept.append(route)

    page.route("**/findings", keep_the_first)
    with page.expect_request("**/findings"):
        open_face(page, "maja.happy")
    page.evaluate(
        """() => {
          const { doc } = window.studio.active;
          const [a, b] = [doc.points[61], doc.points[67]].map((p) => [...p]);
          doc.edit("swap", [[61, b], [67, a]]);
        }"""
    )
    page.wait_for_selector("#findings .error button")
    with page.expect_response("**/findings") as answered:
        kept[0].continue_()
    assert answered.value.json() == {"findings": []}
    saved(page)
    page.wait_for_timeout(200)  # the page has read it by then, on any fast machine
    assert page.locator("#findings .error button").count()


def test_three_clicks_where_there_are_no_landmarks(open_page, study):
    (study.parent / "landmarks" / "maja_happy.json").unlink()
    with running_studio(study) as studio:
        page = open_page(studio.address, **DESK).page
        page.wait_for_selector("#faces a")
        page.locator('#faces a[data-id="maja.happy"]').click()
        page.locator(".pane .empty button", has_text="three clicks").click()
        assert "pupil" in page.locator("#prompt").inner_text()
        for x, y in ((258, 281), (379, 283), (319, 391)):
            left, top = page.evaluate(
                """([x, y]) => {
                  const pane = window.studio.active;
                  const box = pane.canvas.getBoundingClientRect();
                  const [u, v] = pane.toScreen([x / 5, y / 5]);
                  return [box.left + u, box.top + v];
                }""",
                [x, y],
            )
            page.mouse.click(left, top)
        page.wait_for_function("() => window.studio.active.doc.isPlaced")
        saved(page)
        assert len(saved_points(study)) == 68


def test_three_places_by_keyboard_alone(open_page, study):
    (study.parent / "landmarks" / "maja_happy.json").unlink()
    with running_studio(study) as studio:
        page = open_page(studio.address, **DESK).page
        page.wait_for_selector("#faces a")
        page.locator('#faces a[data-id="maja.happy"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.activeElement.matches('.pane canvas')")
        page.keyboard.press("c")
        for x, y in ((258, 281), (379, 283), (319, 391)):
            go_to(page, x, y)
            page.keyboard.press("Enter")
        page.wait_for_function("() => window.studio.active.doc.isPlaced")
        saved(page)
        eyes = np.array(saved_points(study))[36:48].reshape(2, 6, 2).mean(axis=1)
        assert eyes == pytest.approx(np.array([[258, 281], [379, 283]]), abs=3)


def go_to(page, x, y):
    """Bring the cross to a place of the photograph by arrow keys."""
    page.wait_for_function("() => window.studio.active.cross")
    for axis, keys in ((0, ("ArrowLeft", "ArrowRight")), (1, ("ArrowUp", "ArrowDown"))):
        for modifier, least in (("Shift+", 25), ("", 2)):
            for _ in range(40):
                off = page.evaluate(
                    """([x, y]) => {
                      const { cross, view } = window.studio.active;
                      return [(x - cross[0]) * view.scale, (y - cross[1]) * view.scale];
                    }""",
                    [x, y],
                )[axis]
                if abs(off) <= least:
                    break
                page.keyboard.press(modifier + keys[off > 0])


def test_landmarks_are_carried_from_the_other_photograph(open_page, study):
    (study.parent / "landmarks" / "maja_distressed.json").unlink()
    with running_studio(study) as studio:
        page = open_page(studio.address, **DESK).page
        page.wait_for_selector("#faces a")
        assert page.locator("#carry-missing").inner_text() == "Carry to 1"
        page.locator('#faces a[data-id="maja.distressed"]').click()
        page.locator(".pane .empty button", has_text="Carry").click()
        page.wait_for_selector("#carry-dialog[open]")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("() => window.studio.active.doc.isPlaced")
        file = study.parent / "landmarks" / "maja_distressed.json"
        kept = json.loads(file.read_text("utf-8"))
        assert kept["placement"]["by"] == "propagated"
        assert points_of(page) == kept["points"]
        page.wait_for_function("() => !document.getElementById('preview').hidden")


def test_fingers_move_landmarks_and_zoom(open_page, studio, study):
    """One finger on a landmark moves it, on skin it pans; two zoom."""
    watched = open_page(
        studio.address,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    page = watched.page
    page.wait_for_selector("#faces a")
    open_face(page, "maja.happy")
    before = points_of(page)
    send = page.context.new_cdp_session(page).send

    def touch(kind, *fingers):
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(fingers)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = place_of(page, 8)
    scale = page.evaluate("window.studio.active.view.scale")
    touch("touchStart", (x, y))
    touch("touchMove", (x + 10, y - 10))
    touch("touchMove", (x + 24, y - 16))
    touch("touchEnd")
    saved(page)
    moved = saved_points(study)
    assert moved[8] == pytest.approx(
        [before[8][0] + 24 / scale, before[8][1] - 16 / scale], abs=1.0
    )
    assert moved[:8] + moved[9:] == before[:8] + before[9:]
    box = page.locator(".pane canvas").bounding_box()
    u, v = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch("touchStart", (u - 30, v), (u + 30, v))
    touch("touchMove", (u - 60, v), (u + 60, v))
    touch("touchMove", (u - 90, v), (u + 90, v))
    touch("touchEnd")
    assert page.evaluate("window.studio.active.view.scale") > 2 * scale
    assert points_of(page) == moved  # no landmark moved under the fingers
    page.locator("#undo").click()
    saved(page)
    assert saved_points(study) == before


def test_the_other_end_beside_it_follows_the_zoom(editor):
    page = editor
    page.keyboard.press("b")
    page.wait_for_function("() => window.studio.panes.length === 2")
    page.wait_for_function("() => window.studio.panes[1].width > 100")
    page.keyboard.press("+")
    page.keyboard.press("+")
    first, second = page.evaluate(
        """() => window.studio.panes.map((pane) => {
          const middle = pane.toPhoto([pane.width / 2, pane.height / 2]);
          return { middle, scale: pane.view.scale, nose: pane.doc.points[30] };
        })"""
    )
    off = [
        (np.array(one["middle"]) - one["nose"]) * one["scale"]
        for one in (first, second)
    ]
    assert off[0] == pytest.approx(off[1], abs=25)  # the same part of both faces
    page.keyboard.press("g")
    ghost = page.evaluate("window.studio.panes[0].ghost")
    mine = points_of(page)
    assert np.array(ghost).mean(axis=0) == pytest.approx(
        np.array(mine).mean(axis=0), abs=1e-6
    )
    page.keyboard.press("b")
    page.wait_for_function("() => window.studio.panes.length === 1")


def test_fast_keys_open_one_face_at_a_time(editor):
    page = editor
    for key in ("PageDown", "PageDown", "PageUp", "PageDown", "b", "b", "b"):
        page.keyboard.press(key)
    wanted = page.evaluate("decodeURIComponent(location.hash.split('/')[2])")
    page.wait_for_function(
        """(wanted) => {
          const { panes, isChanging, active } = window.studio;
          return !isChanging && active && panes.every((one) => one.doc && one.image)
            && panes[0].doc.id === wanted
            && document.querySelectorAll("#panes .pane").length === panes.length;
        }""",
        arg=wanted,
    )
    panes = page.evaluate("window.studio.panes.map((pane) => pane.doc.id)")
    assert len(panes) in (1, 2)
    assert len(set(panes)) == len(panes)
    assert page.locator("#panes .pane").count() == len(panes)


SIZES = [(1280, 800), (820, 1180), (390, 844), (320, 640)]


@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_and_rules_of_accessibility_hold(
    open_page, studio, axe, size
):
    """By axe-core: names, roles, contrast of text, and the rest of WCAG A and AA."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    page = open_page(
        studio.address, viewport={"width": size[0], "height": size[1]}
    ).page
    page.wait_for_selector("#faces a")
    page.wait_for_function("() => document.getElementById('work').hidden")

    def look():
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page, options=rules).response["violations"]
        said = [
            (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found
        ]
        assert said == []

    look()
    open_face(page, "maja.happy")
    look()
    page.keyboard.press("?")
    look()
