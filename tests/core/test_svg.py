"""Plots as figures of a page and as sheets: the same drawing, readable by everyone."""

import re
import xml.etree.ElementTree as ET

from morphkit._core.plots import Bar, Dot, Plot, Stroke, Tick
from morphkit._core.svg import draw_figure, draw_sheet

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Plot(
    title="Steps <of> ada & ben",
    note='share of “sad” over the level; dashed: the mean of "all"',
    alt_text="from 1 to 3",
    curve="46,100 330,20",
    line="46,60 330,60",
    band="46,90 330,10 330,30 46,110",
    dots=(Dot(46.0, 100.0, "level 0: 1 of 3"),),
    x_ticks=(Tick(46.0, "0"), Tick(330.0, "1")),
    y_ticks=(Tick(142.0, "0.0"),),
    bars=(Bar(50.0, 100.0, 20.0, 42.0, "step 1 to 2"),),
    strokes=(Stroke("whisker", 46.0, 90.0, 46.0, 110.0),),
    up="share of “sad”",
)


def drawn(text, within):
    """Return class and coordinates of what is drawn inside an element."""
    return [
        (element.tag.removeprefix(SVG), tuple(element.attrib.items()))
        for element in ET.fromstring(text).iter()
        if element.tag.removeprefix(SVG) in within
    ]


def test_page_and_sheet_draw_the_same():
    kinds = ("line", "polyline", "polygon", "circle")
    sheet, page = draw_sheet("", [PLOT]), draw_figure(PLOT)
    assert drawn(page, kinds) == drawn(sheet, kinds)
    assert len(drawn(page, kinds)) == 7
    assert draw_sheet("", [PLOT]) == sheet


def test_what_is_drawn_is_the_plot():
    page = draw_figure(PLOT)
    (band,) = drawn(page, ("polygon",))
    assert dict(band[1])["points"] == PLOT.band
    lines = [dict(given) for _, given in drawn(page, ("polyline",))]
    assert {g["class"]: g["points"] for g in lines} == {
        "straight": PLOT.line,
        "curve": PLOT.curve,
    }
    (bar,) = drawn(page, ("rect",))
    assert [float(v) for k, v in bar[1] if k != "class"] == [50, 100, 20, 42]
    (dot,) = drawn(page, ("circle",))
    assert (dict(dot[1])["cx"], dict(dot[1])["cy"]) == ("46.0", "100.0")
    strokes = [dict(given) for _, given in drawn(page, ("line",))]
    (whisker,) = [g for g in strokes if g["class"] == "whisker"]
    assert [float(whisker[k]) for k in ("x1", "y1", "x2", "y2")] == [46, 90, 46, 110]
    told = [e.text for e in ET.fromstring(page).iter("title")]
    assert told == ["step 1 to 2", "level 0: 1 of 3"]
    texts = [e.text for e in ET.fromstring(page).iter("text")]
    assert texts == ["0.0", "0", "1"]


def test_a_sheet_says_what_it_shows():
    root = ET.fromstring(draw_sheet("ada_happy_sad", [PLOT, PLOT]))
    assert root.attrib["role"] == "img"
    named = [root.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert root.attrib["aria-labelledby"].split() == [e.attrib["id"] for e in named]
    assert named[0].text == "ada_happy_sad"
    assert named[1].text.count("Steps <of> ada & ben: from 1 to 3") == 2
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    for told in ("Steps <of> ada & ben", "level", "share of “sad”"):
        assert texts.count(told) == 2
    assert " ".join(texts[2:4]) == PLOT.note or PLOT.note in texts


def test_plots_of_a_sheet_do_not_overlap():
    root = ET.fromstring(draw_sheet("", [PLOT] * 5))
    places = [
        tuple(map(float, re.findall(r"[-\d.]+", element.attrib["transform"])))
        for element in root.findall(f"{SVG}g")
    ]
    assert len(set(places)) == 5
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for x, y in places:
        assert 0 <= x <= width - 340
        assert 0 <= y <= height - 168
    assert {x for x, _ in places[:3]} == {x for x, _ in places}
    rows = sorted({y for _, y in places})
    assert rows[1] - rows[0] > 168


def test_a_sheet_needs_nothing_but_itself():
    text = draw_sheet("", [PLOT])
    for word in ("<script", "href", "url(", "@import", "<image"):
        assert word not in text


def test_a_sheet_without_plots_says_so():
    assert "Nothing to draw" in draw_sheet("", [])


def test_a_sheet_without_a_title_has_no_heading():
    """Nor the text for those who do not see it, drawn across the plots."""
    assert 'class="sheet"' not in draw_sheet("", [PLOT])
    titled = draw_sheet("ada_happy_sad", [PLOT])
    assert '<text class="sheet" x="12" y="22">ada_happy_sad</text>' in titled
