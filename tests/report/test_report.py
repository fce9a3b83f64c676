"""The report: self-contained, safe, repeatable."""

import base64
import dataclasses
import hashlib
import io
import json
import re
from collections import Counter

import numpy as np
import pytest
from PIL import Image as Pillow
from report_page import Page
from small_pack import make_pack, make_scores

from morphkit._core import plots
from morphkit._core.finding import Finding
from morphkit._core.plots import position, round_numbers
from morphkit.errors import InputError
from morphkit.pack import kept_images
from morphkit.pack.kept_images import KeptImages
from morphkit.report import embedded_images, pack_report, write_report
from morphkit.report.pack_report import make_pages, make_report
from morphkit.report.plots import MAX_DOTS, make_plots


def page_of(folder, **options):
    return Page(make_report(make_pack(folder, **options), folder))


def test_the_page_needs_nothing_but_itself(tmp_path):
    page = page_of(tmp_path, findings=[Finding("fold", "error", "it folds")])
    for tag, attrs in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attrs.get(name) or ""
            assert value.startswith(("data:image/jpeg;base64,", "#")) or not value
        assert not [name for name in attrs if name.startswith("on")]
        assert "style" not in attrs  # the policy would not apply it
    for text in page.inline.values():
        assert not re.search(r"https?:|//[a-z]|url\(|@import|fetch|XMLHttp|eval", text)


def test_a_large_pack_has_pages(tmp_path, monkeypatch):
    """The gravest continua come first; every link leads to what it names."""
    monkeypatch.setattr(pack_report, "make_pages", paged)
    names = [f"p{k}" for k in range(7)]
    findings = [
        Finding("fold", "error", "it folds", where="p5_happy_sad"),
        Finding("ghosting", "warning", "doubled", where="p2_happy_sad"),
    ]
    pack = make_pack(tmp_path, identities=names, n_steps=3, findings=findings)
    write_report(pack, tmp_path)
    texts = {
        path.relative_to(tmp_path).as_posix(): path.read_text("utf-8")
        for path in (tmp_path / "report.html", *(tmp_path / "report_pages").iterdir())
    }
    assert sorted(texts) == [
        "report.html",
        *(f"report_pages/00{k}.html" for k in "123"),
    ]
    links = [a["href"] for a in Page(texts["report.html"]).all("a")]
    led = [link for link in links if "continuum-" in link]
    assert led.count("report_pages/002.html#continuum-6") >= 2  # finding and table
    table = texts["report.html"].partition('id="continua"')[2]
    order = re.findall(r'<th scope="row"><a [^>]*>(p\d)_', table)
    assert order[:7] == ["p5", "p2", "p0", "p1", "p3", "p4", "p6"]
    for link in led:
        file, _, anchor = link.partition("#")
        assert f'id="{anchor}"' in texts[file]
    for number in (1, 2, 3):
        text = texts[f"report_pages/00{number}.html"]
        shown = set(re.findall(r'<article class="continuum" id="(.*?)"', text))
        first = 3 * number - 2
        assert shown == {f"continuum-{k}" for k in range(first, min(first + 3, 8))}
        files = re.findall(r'data-file="(.*?)"', text)
        assert files
        assert all((tmp_path / "report_pages" / file).exists() for file in files)
        for link in (a["href"] for a in Page(text).all("a")):
            assert link == "#continua" or (tmp_path / "report_pages" / link).exists()
    whole = make_report(pack, tmp_path)
    assert whole.count('<article class="continuum"') == 7
    assert "report_pages" not in whole


def paged(*arguments, **options):
    """Return the report with three continua to a page."""
    return make_pages(*arguments, **{"on_a_page": 3} | options)


def test_the_policy_allows_this_style_and_script_only(tmp_path):
    page = page_of(tmp_path)
    policy = next(
        a["content"] for a in page.all("meta") if a.get("http-equiv") is not None
    )
    said = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert said["default-src"] == "'none'"
    # Images of the pack beside the page, and no others, are shown enlarged.
    assert said["img-src"] == "data: 'self' file:"
    for name in ("style", "script"):
        digest = hashlib.sha256(page.inline[name].encode()).digest()
        expected = f"'sha256-{base64.b64encode(digest).decode()}'"
        assert said[f"{name}-src"] == expected


def test_what_users_wrote_is_shown_and_never_run(tmp_path):
    nasty = '<script>alert(1)</script> & "\'" </style> {{ 7 * 7 }}'
    finding = Finding("fold", "error", nasty, where="<b>nowhere</b>")
    page = page_of(
        tmp_path,
        about={"title": nasty, "description": nasty, "creators": [nasty]},
        findings=[finding],
    )
    assert len(page.all("script")) == 1
    assert len(page.all("style")) == 1
    assert page.all("b") == []
    assert page.words.count(nasty) == 4  # heading, description, creators, finding
    assert "<b>nowhere</b>" in page.words


def test_every_image_is_embedded_once(tmp_path):
    pack = make_pack(tmp_path, n_steps=7)
    page = Page(make_report(pack, tmp_path))
    pictures = Counter(a["src"] for a in page.all("img") if a.get("src"))
    # The ends of both identities look alike in this pack: 7 pictures, each twice.
    assert sorted(pictures.values()) == [2] * 7
    assert [a["data-id"] for a in page.all("button", "frame")] == [
        row.stimulus_id for row in pack.stimuli
    ]


def test_previews_show_the_images(tmp_path):
    page = page_of(tmp_path, identities=["ada"], size=(500, 600), n_steps=3)
    sources = [a for a in page.all("img") if a.get("src")]
    for attrs, colour in ((sources[0], [0, 255]), (sources[-1], [255, 0])):
        data = base64.b64decode(attrs["src"].partition(",")[2])
        with Pillow.open(io.BytesIO(data)) as image:
            assert image.size == (384, 461)
            assert (attrs["width"], attrs["height"]) == ("384", "461")
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit"} | {
                "jfif_density"
            }
            pixels = np.asarray(image)
        np.testing.assert_allclose(pixels.mean(axis=(0, 1))[[0, 2]], colour, atol=3)


def test_errors_come_first_and_point_to_their_continuum(tmp_path):
    findings = [
        Finding("clipping", "warning", "too bright", where="ada_happy_sad"),
        Finding("fold-removed", "note", "was smooth", where="ben_happy_sad"),
        Finding("fold", "error", "it folds", where="ben_happy_sad"),
    ]
    page = page_of(tmp_path, findings=findings)
    order = [page.words.index(f.message) for f in findings]
    assert order[2] < order[0] < order[1]
    targets = [a["href"] for a in page.all("a") if "data-step" not in a]
    continua = [target for target in targets if target.startswith("#continuum-")]
    assert continua[:3] == ["#continuum-2", "#continuum-1", "#continuum-2"]
    anchors = {a.get("id") for _, a in page.tags}
    assert {target[1:] for target in targets} <= anchors


def test_notes_for_the_record_do_not_hide_what_is_worse(tmp_path):
    grave = [Finding("fold", "error", "it folds", where="ben_happy_sad")]
    notes = [
        Finding("opening", "note", f"note {k}", where="ada_happy_sad") for k in range(6)
    ]
    text = make_report(make_pack(tmp_path, findings=[*notes, *grave]), tmp_path)
    top = text[text.index('id="findings"') : text.index('id="continua"')]
    shown, folded = top.split('<details class="notes">')
    assert "it folds" in shown
    assert "note 0" not in shown
    assert folded.count("<tr><td>") == 6
    assert "6 notes for the record" in folded
    few = make_report(make_pack(tmp_path / "few", findings=notes[:1]), tmp_path / "few")
    assert "1 note for the record" in few
    assert "nothing to decide" in few


def test_one_kind_of_finding_is_told_once_with_all_of_it_below(tmp_path):
    findings = [
        Finding("clipping", "warning", f"too bright {k}", where=where, value=k / 10)
        for k, where in enumerate(("ada_happy_sad", "ben_happy_sad"), start=1)
    ]
    text = make_report(make_pack(tmp_path, findings=findings), tmp_path)
    top = text[text.index('id="findings"') : text.index('id="continua"')]
    shown, folded = top.split("<details>")
    assert shown.count('class="group"') == 1
    assert "too bright 2" in shown
    assert "too bright 1" not in shown
    assert "In 2 of 2 continua (2 warnings)" in shown
    assert "What to do" in shown
    assert folded.index("too bright 2") < folded.index("too bright 1")


def test_a_clean_pack_says_so(tmp_path):
    page = page_of(tmp_path)
    assert "no finding" in page.words
    assert page.all("table", "findings") == []


def test_it_tells_how_everything_was_made(tmp_path):
    pack = make_pack(tmp_path)
    page = Page(make_report(pack, tmp_path))
    for said in (
        pack.recipe_sha256,
        "a" * 64,
        "b" * 64,
        "9.9.9",
        "morph.warp",
        "procrustes",
        "synthetic",
    ):
        assert said in page.words, said
    assert any("detector mesh" in text for text in page.words)


def test_identities_that_may_not_be_passed_on_are_named(tmp_path):
    pack = make_pack(tmp_path)
    assert "may not be passed on" not in make_report(pack, tmp_path)
    secret = dataclasses.replace(pack.identities[1], may_redistribute=False)
    object.__setattr__(pack, "identities", (pack.identities[0], secret))
    assert "may not be passed on: ben" in make_report(pack, tmp_path)


def test_landmarks_of_both_ends_and_the_lines_of_the_template(tmp_path):
    page = page_of(tmp_path, identities=["ada"], size=(48, 64))
    overlay, enlarged = page.all("svg", "overlay")
    assert "data-landmarks" not in enlarged  # filled when it is opened
    assert overlay["viewbox"] == "-0.5 -0.5 48 64"
    found = json.loads(overlay["data-landmarks"])
    ends = np.array(found["anchors"])
    assert ends.shape == (2, 68, 2)
    np.testing.assert_allclose(ends[1] - ends[0], 1.5, atol=0.01)
    levels = [float(frame["data-level"]) for frame in page.all("button", "frame")]
    assert [second for _, second in found["weights"]] == pytest.approx(levels)
    assert [sum(weights) for weights in found["weights"]] == pytest.approx([1] * 5)
    assert [found["lines"][0][0], found["lines"][0][-1]] == [0, 16]  # the jaw is open
    assert any(line[0] == line[-1] for line in found["lines"])  # eyes are closed
    assert max(map(max, found["lines"])) == 67


def test_without_correspondence_or_scores_the_page_is_still_made(tmp_path):
    pack = make_pack(tmp_path, identities=["ada"])
    (tmp_path / "data" / "correspondence" / "ada_happy_sad.npz").unlink()
    object.__setattr__(pack, "scores", {})
    page = Page(make_report(pack, tmp_path))
    assert page.all("svg") == []
    assert "Nothing was measured on this continuum." in page.words


def test_a_missing_image_is_named(tmp_path):
    pack = make_pack(tmp_path)
    (tmp_path / pack.stimuli[-1].file).unlink()
    with pytest.raises(InputError, match="ben_happy_sad_s05"):
        write_report(pack, tmp_path)


def test_it_replaces_an_older_report(tmp_path):
    pack = make_pack(tmp_path)
    (tmp_path / "report.html").write_text("old")
    write_report(pack, tmp_path)
    assert (tmp_path / "report.html").read_text("utf-8") == make_report(pack, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("n_steps", "size"), [(2, (16, 16)), (999, (16, 24))])
def test_few_and_many_steps(tmp_path, n_steps, size):
    page = page_of(tmp_path, identities=["ada"], n_steps=n_steps, size=size)
    assert len(page.all("button", "frame")) == n_steps
    assert len(page.all("figure", "plot")) == 4
    # Dots would hide a curve of many steps.
    assert bool(page.all("circle")) == (n_steps < MAX_DOTS)


def test_of_very_many_images_some_are_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded_images, "MOST_IMAGES", 10)
    page = page_of(tmp_path, n_steps=21)
    shown = [a["data-step"] for a in page.all("button", "frame")]
    assert shown == ["1", "6", "11", "16", "21"] * 2
    assert any("5 evenly spaced ones are shown" in text for text in page.words)


@pytest.mark.slow
def test_previews_shrink_until_they_fit(tmp_path, monkeypatch):
    noise = np.random.default_rng(5).integers(0, 256, (400, 400, 3), np.uint8)
    monkeypatch.setattr(kept_images, "image_of", lambda *_: noise)
    pack = make_pack(tmp_path, n_steps=20)
    sizes = []
    for budget in (100_000_000, 3_000_000, 400_000):
        monkeypatch.setattr(embedded_images, "BUDGET", budget)
        previews = embedded_images.embed_previews(pack, KeptImages(tmp_path))[
            "ada_happy_sad"
        ]
        used = 2 * sum(len(p.address) for p in previews)
        assert used <= budget
        sizes.append(previews[0].width)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 384 > sizes[-1]


def points_of(text):
    return np.array([[float(v) for v in p.split(",")] for p in text.split()])


def test_plots_show_the_numbers():
    levels = [0.0, 0.1, 0.5, 1.0]
    scores = {
        "per_frame": {"luminance": [0.30, 0.31, 0.33, 0.40]},
        "per_step": {"difference": [1.0, 4.0, 2.5]},
    }
    difference, luminance = make_plots(levels, scores)
    curve = points_of(luminance.curve)
    width = plots.RIGHT - plots.LEFT
    np.testing.assert_allclose((curve[:, 0] - plots.LEFT) / width, levels, atol=1e-3)
    # Upwards on the page is downwards in y; the straight line joins the ends.
    shares = (curve[0, 1] - curve[:, 1]) / (curve[0, 1] - curve[-1, 1])
    np.testing.assert_allclose(shares, [0, 0.1, 0.3, 1.0], atol=0.01)
    np.testing.assert_array_equal(points_of(luminance.line), curve[[0, -1]])
    assert [dot.text for dot in luminance.dots][2] == "step 3: 0.33"
    steps = points_of(difference.curve)
    np.testing.assert_allclose(
        (steps[:, 0] - plots.LEFT) / width, [0.05, 0.3, 0.75], atol=1e-3
    )
    heights = plots.BOTTOM - steps[:, 1]
    np.testing.assert_allclose(heights / heights[0], [1.0, 4.0, 2.5], atol=0.02)
    assert difference.dots[1].text == "step 2 to 3: 4"


def test_the_band_is_what_the_check_allows():
    levels = [0.0, 0.5, 1.0]
    scores = {"per_frame": {"detail": [100.0, 75.0, 100.0]}}
    (plot,) = make_plots(levels, scores)
    band = points_of(plot.band)
    curve = points_of(plot.curve)
    # The curve touches the lower edge of the band, a quarter below the line.
    assert band[:, 1].max() == curve[1, 1]
    assert band[:, 1].min() == curve[0, 1]


def test_plots_stay_inside_for_all_kinds_of_numbers():
    for levels in ([-0.5, 0.0, 1.4], [0.2, 0.3, 0.4], [0.0, 1e-4, 1.0]):
        for value in (0.0, 1e-9, 3.0, -2.0, 1e7):
            scores = {
                "per_frame": {"contrast": [value] * 3, "luminance": [value, 0.0, 1.0]},
                "per_step": {"difference": [0.0, 0.0]},
            }
            for plot in make_plots(levels, scores):
                points = points_of(f"{plot.curve} {plot.line} {plot.band}")
                assert points[:, 0].min() >= plots.LEFT
                assert points[:, 0].max() <= plots.RIGHT
                assert points[:, 1].min() >= plots.TOP
                assert points[:, 1].max() <= plots.BOTTOM
                assert len(plot.y_ticks) >= 2


def test_measurements_of_another_length_are_not_plotted():
    scores = make_scores([0.0, 0.5, 1.0])
    assert make_plots([0.0, 1.0], scores) == ()


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-0.25, 1.3), (0.341, 0.3412), (3e4, 9e5), (0, 1e-7)]
)
def test_round_numbers_are_evenly_spaced_and_inside(low, high):
    values = [value for value, _ in round_numbers(low, high)]
    texts = [text for _, text in round_numbers(low, high)]
    assert 3 <= len(values) <= 8
    assert low - 1e-9 <= values[0]
    assert values[-1] <= high + 1e-9 * abs(high)
    assert len(set(texts)) == len(texts)
    np.testing.assert_allclose([float(text) for text in texts], values, atol=1e-12)


def test_levels_stand_where_the_slider_says():
    levels = [-0.5, 0.0, 1.5]
    assert position(-0.5, levels) == plots.LEFT
    assert position(1.5, levels) == plots.RIGHT
    assert position(0.5, levels) == (plots.LEFT + plots.RIGHT) / 2
