"""The report as a person uses it."""

from itertools import pairwise

import pytest
from simulated_answers import category_answers, rating_answers, triad_answers
from small_pack import make_pack

from morphkit._core.finding import Finding
from morphkit.experiment.analysis.answers import collect
from morphkit.experiment.analysis.categories import FitSettings, fit_categories
from morphkit.experiment.analysis.norms import make_norms
from morphkit.experiment.analysis.results import CategoryStudy, ScaleStudy, Study
from morphkit.experiment.analysis.scale_values import ScaleSettings
from morphkit.experiment.analysis.scales import fit_scales
from morphkit.report import make_report, write_report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    said = "it folds around (100, 120) at step 4"
    findings = [Finding("fold", "error", said, where="ben_happy_sad")]
    pack = make_pack(folder, n_steps=9, size=(200, 240), findings=findings)
    write_report(pack, folder)
    return folder / "report.html"


def first(page, selector):
    return page.locator(f"#continuum-1 {selector}").first


def test_nothing_but_the_file_is_loaded(open_page, report):
    watched = open_page(report)
    loaded = [url for url in watched.requests if not url.startswith("data:")]
    assert loaded == [report.resolve().as_uri()]


def test_injected_code_does_not_run(open_page, report, tmp_path):
    """Even if escaping failed, the security policy would stop it."""
    text = report.read_text("utf-8").replace(
        "<main>", "<main><script>document.title = 'taken'</script>"
    )
    broken = tmp_path / "broken.html"
    broken.write_text(text, "utf-8")
    watched = open_page(broken)
    assert watched.page.title() != "taken"
    assert any("Content Security Policy" in p for p in watched.problems)
    watched.problems.clear()


def test_arrow_keys_move_the_slider(open_page, report):
    page = open_page(report).page
    slider, shown = first(page, "input[type=range]"), first(page, ".view img")
    slider.focus()
    page.keyboard.press("Home")
    sources = [shown.get_attribute("src")]
    for step in range(2, 10):
        page.keyboard.press("ArrowRight")
        sources.append(shown.get_attribute("src"))
        assert f"step {step} · level" in first(page, "output").inner_text()
        assert f"step {step} ·" in slider.get_attribute("aria-valuetext")
    assert len(set(sources)) == 9
    frames = page.locator("#continuum-1 .frame img")
    assert sources == [frames.nth(k).get_attribute("src") for k in range(9)]
    page.keyboard.press("ArrowRight")
    assert shown.get_attribute("src") == sources[-1]


def test_the_plots_follow_the_slider(open_page, report):
    page = open_page(report).page
    first(page, ".first").click()
    left = [c.get_attribute("x1") for c in page.locator("#continuum-1 .cursor").all()]
    first(page, ".last").click()
    right = [c.get_attribute("x1") for c in page.locator("#continuum-1 .cursor").all()]
    assert (left, right) == (["46.0"] * 4, ["330.0"] * 4)


def test_a_frame_opens_enlarged_and_escape_closes_it(open_page, report):
    page = open_page(report).page
    dialog, frame = (
        page.locator("#enlarged"),
        page.locator("#continuum-1 .frame").nth(2),
    )
    assert not dialog.is_visible()
    frame.click()
    assert dialog.is_visible()
    caption = dialog.locator("figcaption")
    assert "ada_happy_sad_s03" in caption.inner_text()
    page.keyboard.press("ArrowRight")
    assert "ada_happy_sad_s04" in caption.inner_text()
    for _ in range(20):  # to the end, and no further
        page.keyboard.press("ArrowRight")
    assert "ada_happy_sad_s09" in caption.inner_text()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert "step 9 ·" in first(page, "output").inner_text()


def test_frames_are_reached_and_opened_by_keyboard(open_page, report):
    page = open_page(report).page
    page.locator("#continuum-1 .frame[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "ada_happy_sad_s02" in page.locator("#enlarged figcaption").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")  # the focus is back in the strip
    assert "step 3 ·" in first(page, "output").inner_text()
    assert page.locator("#continuum-1 .frame[tabindex='0']").count() == 1


def test_landmarks_lie_over_the_face_and_move(open_page, report):
    page = open_page(report).page
    overlay, toggle = first(page, ".overlay"), first(page, ".landmarks")
    assert not overlay.is_visible()
    toggle.check()
    assert overlay.is_visible()
    first(page, ".first").click()
    paths = [overlay.locator(".points").get_attribute("d")]
    first(page, ".last").click()
    paths.append(overlay.locator(".points").get_attribute("d"))
    starts = [[float(v) for v in p[1:].split("h")[0].split()] for p in paths]
    assert paths[0].count("M") == 68
    # First landmark: 0.3 sizes right of the centre; 1.5 px further at the other end.
    assert starts[0] == pytest.approx([160, 120], abs=0.01)
    assert starts[1] == pytest.approx([161.5, 121.5], abs=0.01)
    boxes = overlay.bounding_box(), first(page, ".view img").bounding_box()
    assert boxes[0] == pytest.approx(boxes[1], abs=0.6)


def test_the_enlarged_view_shows_landmarks_with_their_names(open_page, report):
    page = open_page(report).page
    page.locator("#continuum-1 .frame").nth(0).click()
    dialog = page.locator("#enlarged")
    above, picture = dialog.locator(".overlay"), dialog.locator("img")
    assert not above.is_visible()
    dialog.locator("input.names").check()  # brings the landmarks, too
    assert dialog.locator("input.landmarks").is_checked()
    assert above.is_visible()
    boxes = above.bounding_box(), picture.bounding_box()
    assert boxes[0] == pytest.approx(boxes[1], abs=0.6)
    names = above.locator("text")
    assert names.count() == 68
    assert names.nth(30).text_content() == "nose tip"
    # As large as other letters, however large the image is.
    size = float(names.nth(30).get_attribute("font-size"))
    assert size * boxes[0]["width"] / 200 == pytest.approx(11, abs=0.1)
    # Of names that crowd, the one at the pointer is shown.
    crowded = above.locator("text.crowded").first
    assert not crowded.is_visible()
    place = crowded.bounding_box()
    page.mouse.move(place["x"], place["y"] + place["height"])
    assert above.locator("text.near").count() == 1
    assert above.locator("text.near").is_visible()
    start = above.locator(".points").get_attribute("d")
    page.keyboard.press("ArrowRight")
    assert above.locator(".points").get_attribute("d") != start
    dialog.locator("input.landmarks").uncheck()
    assert not above.is_visible()
    assert not dialog.locator("input.names").is_checked()


def test_the_enlarged_view_has_every_pixel_where_the_pack_is(
    open_page, report, tmp_path
):
    page = open_page(report).page
    page.locator("#continuum-1 .frame").nth(2).click()
    picture = page.locator("#enlarged img")
    page.wait_for_function("!document.querySelector('#enlarged img').src.includes(',')")
    assert picture.evaluate("image => image.naturalWidth") == 200
    assert picture.get_attribute("src").endswith("ada_happy_sad_s03.png")
    assert "preview" not in page.locator("#enlarged figcaption").inner_text()
    # Alone, the page shows its previews, and says so.
    alone = tmp_path / "report.html"
    alone.write_bytes(report.read_bytes())
    watched = open_page(alone)
    watched.page.locator("#continuum-1 .frame").nth(2).click()
    caption = watched.page.locator("#enlarged figcaption")
    watched.page.wait_for_timeout(300)
    assert "(preview)" in caption.inner_text()
    watched.problems[:] = [p for p in watched.problems if "ERR_FILE_NOT_FOUND" not in p]


def test_a_filmstrip_is_reached_and_opened_by_keyboard(open_page, report):
    page = open_page(report).page
    reel = page.locator("#findings .reel")
    assert page.locator("#findings .cell").count() == 5
    reel.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.step"
    assert page.evaluate(focused) == "3"
    page.keyboard.press("Tab")
    ring = page.locator("#findings a.cell:focus circle").last
    assert ring.evaluate("e => getComputedStyle(e).opacity") == "0"
    page.keyboard.press("Enter")
    caption = page.locator("#enlarged figcaption").inner_text()
    assert caption.startswith("step 4 ")
    assert "ben_happy_sad" in caption
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "4"


def test_the_ring_lies_around_the_place(open_page, report):
    page = open_page(report).page
    cell = page.locator("#findings .cell.at")
    cut, ring = (
        cell.locator(what).last.bounding_box() for what in (".cut img", "circle")
    )
    assert cut["width"] == pytest.approx(2 * 88)
    for at, length in (("x", "width"), ("y", "height")):
        middle = ring[at] + ring[length] / 2 - cut[at]
        assert middle == pytest.approx(cut[length] / 2, abs=2)
    assert cell.inner_text().endswith("most here")


def test_no_step_of_a_filmstrip_is_hidden_on_a_screen(open_page, report):
    """They go on in a second row, where five do not fit beside each other."""
    page = open_page(report, viewport={"width": 880, "height": 800}).page
    reel = page.locator("#findings .reel")
    assert reel.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    tops = {cell.bounding_box()["y"] for cell in page.locator(".cell").all()[:5]}
    assert len(tops) == 2


def test_on_a_telephone_the_worst_step_of_a_filmstrip_is_seen_first(open_page, report):
    page = open_page(report, viewport={"width": 390, "height": 844}).page
    reel = page.locator("#findings .reel").bounding_box()
    cell = page.locator("#findings .cell.at").bounding_box()
    assert reel["x"] <= cell["x"]
    assert cell["x"] + cell["width"] <= reel["x"] + reel["width"] + 1


def test_play_moves_and_pauses(open_page, report):
    page = open_page(report).page
    play, output = first(page, ".play"), first(page, "output")
    before = output.inner_text()
    play.click()
    assert play.inner_text() == "Pause"
    page.wait_for_function(
        "old => document.querySelector('#continuum-1 output').textContent !== old",
        arg=before,
    )
    play.click()
    assert play.inner_text() == "Play"
    after = output.inner_text()
    page.wait_for_timeout(700)
    assert output.inner_text() == after


@pytest.mark.parametrize("width", [320, 420, 800, 1400])
def test_nothing_sticks_out_sideways(open_page, report, width):
    page = open_page(report, viewport={"width": width, "height": 900}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_everything_is_there(open_page, report):
    page = open_page(report, java_script_enabled=False).page
    assert page.locator(".frame img").count() == 18
    assert page.locator(".frame img").last.is_visible()
    assert page.locator(".plot svg").count() == 8
    assert not first(page, ".player").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(open_page, report, scheme):
    page = open_page(report, color_scheme=scheme).page
    contrast = """([element, ground]) => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
          .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const find = (s) => getComputedStyle(document.querySelector(s));
      const [a, b] = [light(find(element).color), light(find(ground).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    pairs = [
        ("h1", "body"),
        (".remark", "body"),
        (".badge", ".badge"),
        (".count a", ".group"),
        (".sentence", ".group"),
        (".group code", ".group"),
        (".said", ".group"),
        (".said strong", ".group"),
    ]
    pairs += [(".line", ".continuum"), (".frame span", ".continuum")]
    for pair in pairs:
        assert page.evaluate(contrast, list(pair)) >= 4.5, pair


def test_a_long_strip_scrolls_to_the_step_that_is_shown(open_page, tmp_path):
    pack = make_pack(tmp_path, identities=["ada"], n_steps=400, size=(20, 20))
    write_report(pack, tmp_path)
    page = open_page(tmp_path / "report.html").page
    inside = """() => {
      const strip = document.querySelector(".strip").getBoundingClientRect();
      const shown = document.querySelector("[aria-current]").getBoundingClientRect();
      return strip.top - 1 <= shown.top && shown.bottom <= strip.bottom + 1;
    }"""
    for button in (".first", ".last"):
        first(page, button).click()
        before = page.evaluate("window.scrollY")
        assert page.evaluate(inside), button
        assert page.evaluate("window.scrollY") == before


@pytest.fixture(scope="module")
def spaced_report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spaced")
    findings = [Finding("ghosting", "note", "told", "ben_happy_sad", 0.05, 0.03)]
    write_report(make_pack(folder, spacing=True, findings=findings), folder)
    return folder / "report.html"


def test_spacing_is_drawn_to_scale(open_page, spaced_report):
    """Bars stand on the axis, as high as steps; the path bends above equal steps."""
    page = open_page(spaced_report).page
    plots = page.locator("#continuum-1 .plot")
    titles = plots.locator("strong").all_inner_texts()
    assert titles[:3] == [
        "Gabor jets, face",
        "Structure, face",
        "Path from the first image",
    ]
    assert "Difference between neighbours" not in titles
    boxes = [bar.bounding_box() for bar in plots.nth(0).locator("rect.bar").all()]
    places = [t + 0.3 * t * (1 - t) for t in (0, 0.25, 0.5, 0.75, 1)]
    steps = [b - a for a, b in pairwise(places)]
    for box, step in zip(boxes, steps, strict=True):
        expected = boxes[0]["height"] * step / steps[0]
        assert box["height"] == pytest.approx(expected, rel=0.02)
        assert box["y"] + box["height"] == pytest.approx(
            boxes[0]["y"] + boxes[0]["height"], abs=0.5
        )
    path = plots.nth(2)
    assert path.locator("polyline.curve").count() == 1  # only what adds up
    curve, line = (
        path.locator(f"polyline.{kind}").get_attribute("points").split()
        for kind in ("curve", "straight")
    )
    x, y = (float(v) for v in curve[2].split(","))
    (x0, y0), (x1, y1) = (map(float, end.split(",")) for end in line)
    assert y < y0 + (x - x0) / (x1 - x0) * (y1 - y0) - 3


def test_sections_on_spacing_methods_and_limits(open_page, spaced_report):
    page = open_page(spaced_report).page
    assert page.locator("#spacing tbody tr").count() == 4
    assert "1.58" in page.locator("#spacing").inner_text()  # 1.225 / 0.775
    methods = page.locator("#methods .methods").inner_text()
    assert "2 continua of 5 face morphs each" in methods
    assert "morphkit 0.0.1" in methods
    assert "ghosting" in page.locator("#limits").inner_text()
    assert "found 0.05, limit 0.03" in page.locator("#findings .count").inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_out_of_the_page(open_page, spaced_report, width):
    page = open_page(spaced_report, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def human_report(tmp_path_factory):
    """Return a report with categories, distances and ratings of people."""
    folder = tmp_path_factory.mktemp("human")
    pack = make_pack(folder, identities=("ada", "ben", "cleo"), n_steps=9, spacing=True)
    fits = fit_categories(
        collect(category_answers(pack), pack, task="category"), FitSettings(samples=30)
    )
    triads = triad_answers(
        pack, participants=5, steps=(1, 3, 5, 7, 9), repeats=4, amplitude=0.7
    )
    how = ScaleSettings(samples=30, check_samples=20)
    scales = fit_scales(collect(triads, pack, task="scale"), how)
    norms = make_norms(collect(rating_answers(pack), pack, task="rating"))
    study = Study(
        (CategoryStudy(fits, FitSettings(samples=30)),),
        (ScaleStudy(scales, how),),
        (norms,),
        {"morphkit": "0.0.1"},
    )
    page = folder / "human.html"
    page.write_text(make_report(pack, folder, study=study), "utf-8")
    return page


PEOPLE = ("categories", "scale", "ratings")


def test_answers_of_people_have_sections(open_page, human_report):
    """Sections in order, every plot with its data, every number with its words."""
    page = open_page(human_report).page
    ids = [s.get_attribute("id") for s in page.locator("main > section").all()]
    start = ids.index("categories")
    assert tuple(ids[start : start + 3]) == PEOPLE
    assert ids[start - 1] == "spacing"
    assert ids[start + 3] == "methods"
    for name, dots, bands in (("categories", 9, 0), ("scale", 5, 1)):
        drawn = page.locator(f"#{name} .plot")
        assert drawn.count() == 4  # all answers and three identities
        for plot in drawn.all():
            assert plot.locator("circle").count() == dots
            assert plot.locator(".whisker").count() == dots
            assert plot.locator("polygon.band").count() == bands
    assert page.locator("#categories .plot .reach").count() == 4
    assert page.locator("#scale .plot .margin").count() == 8
    assert page.locator("#ratings .plot").count() == 3
    text = page.locator("#categories").inner_text()
    assert "JND = (x75 - x25) / 2" in text
    assert "Spearman-Kärber" in text
    assert "hierarchical" in text
    verdicts = page.locator("#scale .verdict").all_inner_texts()
    assert len(verdicts) == 4  # each continuum has its own
    assert "margin 0.075" in verdicts[0]
    assert "4 of 9 images were not compared" in verdicts[0]
    assert "participants categorised" in page.locator("#methods").inner_text()
    page.locator("#categories summary").click()
    assert page.locator("#categories details tbody tr").count() == 6


def test_the_band_lies_around_the_curve_and_the_line_rises(open_page, human_report):
    page = open_page(human_report).page
    plot = page.locator("#scale .plot").first
    band, curve, line = (
        plot.locator(kind).first.bounding_box()
        for kind in ("polygon.band", "polyline.curve", "polyline.straight")
    )
    stroke = 2  # half of it counts as the box of the curve
    assert band["y"] <= curve["y"] + stroke
    assert band["y"] + band["height"] >= curve["y"] + curve["height"] - stroke
    assert line["x"] == pytest.approx(curve["x"], abs=stroke)
    assert line["width"] == pytest.approx(curve["width"], abs=stroke)


STICKING_OUT = """(width) => [...document.querySelectorAll("section svg, section p")]
  .filter((e) => { const b = e.getBoundingClientRect();
                   return b.width > 0 && (b.left < 0 || b.right > width + 0.5); })
  .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", [390, 1280])
def test_figures_of_people_stay_inside_the_page(open_page, human_report, width):
    page = open_page(human_report, viewport={"width": width, "height": 844}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(STICKING_OUT, width) == []
    drawn = page.locator("#categories .plot svg").first.bounding_box()
    assert drawn["width"] > 250  # large enough to be read


def test_in_print_everything_is_inside_the_page(open_page, human_report):
    """A4 with margins of 1 cm is 718 CSS pixels wide."""
    page = open_page(human_report, viewport={"width": 718, "height": 1000}).page
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert page.evaluate(STICKING_OUT, 718) == []
    cut = """() => [...document.querySelectorAll("main .scroll")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.closest("section").id + ": " + e.scrollWidth)"""
    assert page.evaluate(cut) == []  # nothing can be scrolled on paper
    for name in PEOPLE:
        assert page.locator(f"#{name} .plot svg").first.is_visible()
    assert page.locator("#categories details table").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
