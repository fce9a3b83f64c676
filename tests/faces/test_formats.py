"""Landmark files: dialects, quirks and errors."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest

from morphkit.errors import InputError, OutputError
from morphkit.faces.formats import (
    FORMATS,
    builtin_template,
    read_collection,
    read_landmarks,
    write_collection,
    write_landmarks,
)
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.faces.template import Template

FIVE = builtin_template("dlib_5")
XY = [(10.5, 20.25), (30, 40), (51.125, 6), (70, 80), (90, 7.75)]
ROWS = [f"{x} {y}" for x, y in XY]
TEM = "\n".join(["5", *ROWS, "0", ""])
SIZE = (200, 100)


def face(points=XY, template=FIVE, **more) -> Landmarks:
    return Landmarks(template, np.array(points), **more)


def read(name: str, text: str, **options) -> Landmarks:
    (one,) = FORMATS[name].read(text, **options).values()
    return one


def at_path(tmp_path, name: str, content: str | bytes):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# --- .tem ---------------------------------------------------------------------------

TEM_VARIANTS = {
    "plain": TEM,
    "tabs": TEM.replace(" ", "\t"),
    "crlf": TEM.replace("\n", "\r\n"),
    "cr only": TEM.replace("\n", "\r"),
    "byte order mark": "\ufeff" + TEM,
    "comments and blanks": "# made by hand\n\n" + TEM.replace("30", "# x\n\n 30"),
    "no lines section": TEM.removesuffix("0\n"),
    "nul at the end": TEM + "\x00",
    "control byte": TEM + "\x1a",
    "contour byte": TEM + "+",
    "contour digit": TEM + "43\n",
    "high byte": TEM + "\x85",
    "json tail": TEM + '\n{"image": "a.jpg",\n "history": [1, 2]}\n',
    "count and json": TEM + '43\n{"image": 1}',
    "exponent": TEM.replace("30 40", "3e1 4.0E+1"),
    "signs": TEM.replace("30 40", "+30. +40.0"),
}


@pytest.mark.parametrize("text", TEM_VARIANTS.values(), ids=TEM_VARIANTS)
def test_tem_variants(text):
    found = read("tem", text)
    assert found.points.tolist() == [list(map(float, p)) for p in XY]
    assert found.template == FIVE


def test_tem_bytes(tmp_path):
    found = read_landmarks(at_path(tmp_path, "a.tem", TEM.encode("utf-16")))
    assert found.points[0].tolist() == [10.5, 20.25]
    path = at_path(tmp_path, "b.tem", TEM.encode() + b"\xfe")
    with pytest.warns(UserWarning, match=r"b\.tem:8: is not UTF-8 text"):
        found = read_landmarks(path)
    assert found.points[0].tolist() == [10.5, 20.25]


TEM_LINES = TEM.removesuffix("0\n") + (
    "6\n0\n2\n0 0\n1\n3\n1 2 3\n0\n4\n1 2 3 1\n1\n4\n1 2 3 1\n0\n2\n0 4\n0\n1\n2\n"
)


def test_tem_closed_rule():
    found = read("tem", TEM_LINES).template
    assert found.lines == ((0,), (1, 2, 3), (1, 2, 3), (1, 2, 3), (0, 4), (2,))
    assert found.closed == (True, True, True, True, False, False)
    assert found.name == "unnamed_5"
    assert found.points == tuple(f"point {i}" for i in range(5))


def test_tem_writes_closed_lines_with_first_index_repeated():
    lines = ((0, 1, 2), (3, 4), (2,))
    t = Template("own", tuple("abcde"), lines, (True, False, True))
    text = FORMATS["tem"].write({"": face(template=t)})
    assert text == (
        "5\n10.500\t20.250\n30.000\t40.000\n51.125\t6.000\n70.000\t80.000\n"
        "90.000\t7.750\n3\n0\n4\n0 1 2 0\n0\n2\n3 4\n0\n2\n2 2\n"
    )


def test_tem_never_writes_an_exponent():
    tiny = [(1e-7, -0.0), (1e15, 1 / 3), *XY[2:]]
    text = FORMATS["tem"].write({"": face(tiny)})
    assert text.splitlines()[1:3] == [
        "0.0000001\t0.000",
        "1000000000000000.000\t0.3333333333333333",
    ]


def test_tem_wrapped_indices():
    wrapped = TEM.removesuffix("0\n") + "1\n0\n5\n0 1\n2 3\n4\n"
    assert read("tem", wrapped).template.lines == ((0, 1, 2, 3, 4),)


def test_tem_keeps_the_template_given():
    assert read("tem", TEM_LINES, template=FIVE).template is FIVE


def test_every_real_tem_round_trips(shared):
    files = sorted(shared.rglob("*.tem"))
    assert len(files) >= 22
    for path in files:
        found = read_landmarks(path)
        tokens = [[float(t) for t in r.split()] for r in path.read_text().split("\n")]
        rows = [r for r in tokens if r]
        n = int(rows[0][0])
        assert found.points.tolist() == rows[1 : n + 1], path.name
        text = FORMATS["tem"].write({"": found})
        assert [[float(t) for t in r.split()] for r in text.splitlines()] == rows
        again = read("tem", text)
        assert (again.points == found.points).all()
        assert again.template == found.template
        assert len(found.template.lines) == (rows[n + 1][0])


TEM_ERRORS = [
    (
        TEM.replace("30 40", "12.1 40 7"),
        r"^anna\.tem:3: expected 2 numbers, found 3 \('12\.1 40 7'\); "
        r'a \.tem point line is "x y"$',
    ),
    (TEM.replace("30 40", "30,5 40"), r":3: '30,5' contains a comma; write decimals"),
    (TEM.replace("30 40", "30,5,40"), r":3: expected 2 numbers, found 1"),
    (TEM.replace("30 40", "nan 40"), r":3: 'nan' is not finite"),
    (TEM.replace("30 40", "-Infinity 40"), r":3: '-Infinity' is not finite"),
    (TEM.replace("30 40", "1e999 40"), r":3: '1e999' is not finite"),
    (TEM.replace("30 40", "1_0 40"), r":3: expected a number, found '1_0'"),
    (TEM.replace("30 40", "٣ 40"), ":3: expected a number"),
    (TEM.replace("30 40", "0x1F 40"), ":3: expected a number, found '0x1F'"),
    (TEM.replace("30 40\n", ""), r":6: expected 2 numbers.*declares 5 points, 4 came"),
    ("5\n1 2\n3 4\n", r":3: the file ends after 2 points; line 1 declares 5"),
    (TEM.replace("5\n", "4\n", 1), r":6: expected the number of lines after the 4"),
    (TEM.replace("5\n", "five\n", 1), r":1: expected the number of points"),
    (TEM.removesuffix("\n0\n"), ":6: the file ends here without a line end"),
    ("2\n1 2\n3 4\n0\n", r":1: 2 points; a face has at least 3"),
    ("-4\n1 2\n", r":1: -4 points"),
    ("# only a comment\n", "no content; a .tem starts with"),
    (TEM + "hello there\n", r":8: unexpected 'hello there' after the 0 lines"),
    (TEM + "43\n12 13\n", r":9: unexpected '12 13'"),
    (
        TEM_LINES.replace("0 4\n", "0 5\n"),
        ":22: there is no point 5; points are numbered 0 to 4",
    ),
    (TEM_LINES.replace("0 4\n", "0 4 1\n"), ":22: expected 2 indices, found 3"),
    (TEM_LINES.replace("0 4\n", "0 x\n"), ":22: expected the index of a point, found"),
    (TEM_LINES[:-8], "the file ends inside line|expected"),
    (TEM_LINES.replace("6\n0\n2\n0 0", "6\n2\n2\n0 0"), "expected 0 .open. or 1"),
    (TEM_LINES.replace("0\n1\n2\n", "0\n0\n2\n"), "a line of 0 points"),
    (TEM_LINES.replace("7.75\n6\n", "7.75\n7\n"), "the file ends inside line 7 of 7"),
]


@pytest.mark.parametrize(("text", "match"), TEM_ERRORS)
def test_tem_errors(tmp_path, monkeypatch, text, match):
    monkeypatch.chdir(tmp_path)
    at_path(tmp_path, "anna.tem", text)
    with pytest.raises(InputError, match=match):
        read_landmarks("anna.tem")


# --- .pts ---------------------------------------------------------------------------

PTS = "\n".join(["version: 1", "n_points:  5", "{", *ROWS, "}"])
PTS_VARIANTS = {
    "no newline at the end": PTS,
    "crlf": PTS.replace("\n", "\r\n"),
    "tight": PTS.replace(": ", ":"),
    "no header": PTS.partition("{")[1] + PTS.partition("{")[2],
    "comments": "# by me\n" + PTS + "\n\n# end\n",
    "byte order mark": "\ufeff" + PTS,
}


@pytest.mark.parametrize("text", PTS_VARIANTS.values(), ids=PTS_VARIANTS)
def test_pts_variants(text):
    assert (read("pts", text).points == np.array(XY) - 1).all()
    assert (read("pts", text, pts_origin=0).points == np.array(XY)).all()


def test_pts_golden():
    shifted = "\n".join(f"{x + 1:.6f} {y + 1:.6f}" for x, y in XY)
    text = FORMATS["pts"].write({"": face()})
    assert text == f"version: 1\nn_points: 5\n{{\n{shifted}\n}}\n"
    zero = FORMATS["pts"].write({"": face()}, pts_origin=0)
    assert zero.splitlines()[3] == "10.500000 20.250000"
    minus = FORMATS["pts"].write({"": face([(-1e-9, -1), *XY[1:]])}, pts_origin=0)
    assert minus.splitlines()[3] == "0.000000 -1.000000"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (TEM, 'there is no line "{"'),
        (PTS.replace("}", ""), r':8: the file ends without "}"'),
        (PTS + "\n1 2", r":10: unexpected '1 2' after the \"}\""),
        (PTS.replace("30 40", "30 40 1"), r":5: expected 2 numbers, found 3"),
        (PTS.replace("30 40\n", ""), r":8: found 4 points; n_points is 5"),
        (
            PTS.replace("version: 1", "version: 2"),
            ":1: version 2; only version 1 is supported",
        ),
        (PTS.replace("version", "creator"), ":1: unexpected 'creator: 1'"),
        (PTS.replace("5\n", "x\n", 1), ":2: expected the number of points"),
        (PTS.replace("40", "inf"), ":5: 'inf' is not finite"),
        ("{\n1 2\n3 4\n5 6\n}", "3 points fit no built-in templates.*option template"),
        ("{\n}", "0 points fit no"),
    ],
)
def test_pts_errors(tmp_path, text, match):
    with pytest.raises(InputError, match=match):
        read_landmarks(at_path(tmp_path, "a.pts", text))


# --- .tps ---------------------------------------------------------------------------

TPS = "\n".join(["LM=5", *(f"{x} {100 - y}" for x, y in XY), "IMAGE=a.jpg", "ID=a"])
NEGATED = "\n".join(["LM=5", *(f"{x}\t-{y}" for x, y in XY), "ID=a"])


def test_tps_up_and_negated():
    for text in (TPS, NEGATED, TPS.lower().replace("=", " = "), TPS + "\nCURVES=0"):
        found = FORMATS["tps"].read(text, size=SIZE)
        (image,) = found
        assert image in ("a.jpg", "a")
        assert found[image].points.tolist() == [list(map(float, p)) for p in XY]


def test_tps_scale_leaves_pixels():
    assert (read("tps", TPS + "\nSCALE=0.01", size=SIZE).points == np.array(XY)).all()


def test_tps_negated_needs_no_size():
    assert read("tps", NEGATED).points[0].tolist() == [10.5, 20.25]


def test_tps_golden():
    text = FORMATS["tps"].write({"b/a.jpg": face()}, size=SIZE)
    lines = text.splitlines()
    assert lines[:2] == ["LM=5", "10.500000 79.750000"]
    assert lines[6:] == ["IMAGE=b/a.jpg", "ID=a", "SCALE=1.0"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (TPS, 'height of the image "a.jpg" is unknown.*give the size'),
        ("1 2", 'there is no "LM="'),
        ("hi\n" + TPS, ":1: unexpected 'hi' before the first LM="),
        (TPS.replace("LM", "LM3"), r":1: three-dimensional points \(LM3\)"),
        (TPS.replace("=5", "=0"), ":2: unexpected .* after the points"),
        (TPS.replace("=5", "=-1"), ":1: a specimen of -1 points"),
        (TPS.replace("=5", "=6"), ":7: found 5 points; line 1 declares 6"),
        (TPS.replace("=5", "=4"), ":6: unexpected '90 92.25' after the points"),
        (TPS + "\nCURVES=1\nPOINTS=2\n1 2\n3 4", ":9: CURVES=1; only landmarks"),
        (TPS.replace("30 60", "NA NA"), ":1: 1 of 5 points are missing"),
        (TPS.replace("30 60", "NA 60"), ":3: expected a number, found 'NA'"),
        (NEGATED + "\n" + NEGATED, ':8: a second face for the image "a"'),
    ],
)
def test_tps_errors(tmp_path, text, match):
    with pytest.raises(InputError, match=match):
        read_landmarks(at_path(tmp_path, "a.tps", text))


def test_tps_refuses_what_would_be_read_negated():
    with pytest.raises(InputError, match="all landmarks lie below the image"):
        FORMATS["tps"].write({"a": face(np.array(XY) + 200)}, size=SIZE)


# --- imglab -------------------------------------------------------------------------

WHOLE = [(10, 20), (30, 40), (51, 6), (70, 80), (90, 8)]
PARTS = "".join(
    f"<part name='{i:02}' x='{x}' y='{y}'/>\n" for i, (x, y) in enumerate(WHOLE)
)
XML = (
    "<?xml version='1.0' encoding='ISO-8859-1'?>\n"
    "<?xml-stylesheet type='text/xsl' href='image_metadata_stylesheet.xsl'?>\n"
    "<dataset><name>x</name><images>\n<image file='a.jpg' width='200' height='100'>\n"
    f"<box top='6' left='10' width='81' height='75'>\n{PARTS}</box>\n"
    "<box top='1' left='1' width='5' height='5' ignore='1'/></image>\n"
    "<image file='nobody.jpg'/></images></dataset>\n"
)


def test_imglab_reads():
    found = FORMATS["imglab"].read(XML)
    assert list(found) == ["a.jpg"]
    assert found["a.jpg"].points.tolist() == [list(p) for p in WHOLE]


def test_imglab_latin_name(tmp_path):
    data = XML.replace("a.jpg", "ä.jpg").encode("latin-1")
    path = at_path(tmp_path, "a.xml", data)
    with pytest.warns(UserWarning, match="read as Windows text"):
        assert list(read_collection(path)) == ["ä.jpg"]


def test_imglab_part_order_and_names():
    bare = XML.replace("'0", "'")
    assert read("imglab", bare).points.tolist() == [list(p) for p in WHOLE]
    lines = PARTS.splitlines(keepends=True)
    turned = XML.replace(PARTS, "".join(reversed(lines)))
    assert read("imglab", turned).points.tolist() == [list(p) for p in WHOLE]
    named = XML
    for i, name in enumerate(FIVE.points):
        named = named.replace(f"'{i:02}'", f"'{name}'")
    assert read("imglab", named, template=FIVE).points.tolist() == list(
        map(list, WHOLE)
    )


def test_imglab_golden_and_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = FORMATS["imglab"].write({"a&b's.jpg": face(WHOLE)}, size=SIZE)
    assert "<image file='a&amp;b&apos;s.jpg' width='200' height='100'>" in text
    assert "<box top='6' left='10' width='81' height='75'>" in text
    assert "<part name='04' x='90' y='8'/>" in text
    with pytest.warns(UserWarning, match="whole pixels: landmarks were rounded"):
        text = FORMATS["imglab"].write({"a.jpg": face()})
    assert "x='11' y='20'" in text
    many = Template("many", tuple(map(str, range(101))))
    text = FORMATS["imglab"].write({"a": face(np.ones((101, 2)), many)})
    assert "name='000'" in text


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (XML.replace("<dataset>", BOMB + "<dataset>"), ":3: a document type declarat"),
        (
            XML.replace("<dataset>", "<!DOCTYPE dataset SYSTEM 'x'><dataset>"),
            "document",
        ),
        (XML[:-12], "not well-formed XML"),
        (XML.replace("'a.jpg'", "'&x;'"), ":4: not well-formed XML .undefined entity"),
        ("<html></html>", ":1: the root is <html>"),
        ("<dataset></dataset>", "no box with parts"),
        ("<dataset><box/></dataset>", "a <box> outside an <image>"),
        ("<dataset><part name='1' x='1' y='1'/></dataset>", "a <part> outside a <box>"),
        (XML.replace("file=", "fill="), ':4: <image> lacks the attribute "file"'),
        (XML.replace(" x='30'", ""), ':7: <part> lacks the attribute "x"'),
        (XML.replace("'01'", "'00'"), ':7: a second part "00"'),
        (XML.replace("'04'", "'05'"), ":5: there is no part 4; 5 parts are numbered"),
        (XML.replace("'04'", "'nose'"), ':5: a part is called "nose"'),
        (XML.replace("x='30'", "x='3o'"), ":7: expected a number, found '3o'"),
        (XML.replace("nobody.jpg'/>", f"a.jpg'><box>{PARTS}</box></image>"), "second"),
        (XML.replace("height='5' ignore='1'/>", f"> {PARTS}</box>"), "a second face"),
    ],
)
def test_imglab_errors(tmp_path, text, match):
    with pytest.raises(InputError, match=match):
        read_landmarks(at_path(tmp_path, "a.xml", text))


def test_imglab_needs_a_name(tmp_path):
    with pytest.raises(InputError, match=r"the image has no name.*option image"):
        write_landmarks(tmp_path / "a.xml", face(WHOLE))


# --- .csv ---------------------------------------------------------------------------

LONG = "image,index,name,x,y\n" + "".join(
    f"a.jpg,{i},{FIVE.points[i]},{x!r},{y!r}\n" for i, (x, y) in enumerate(XY)
)
WIDE = (
    "image_name,scale,center_w,center_h,"
    + ",".join(f"original_{i}_x,original_{i}_y" for i in range(5))
    + "\na.jpg,1.2,50,50,"
    + ",".join(f"{x},{y}" for x, y in XY)
    + "\n"
)


def test_csv_long_and_wide():
    shuffled = "\n".join([*LONG.splitlines()[:1], *LONG.splitlines()[:0:-1]])
    short = WIDE.replace("original_0_x", "x0").replace("original_0_y", "y0")
    for text in (LONG, WIDE, shuffled, short, "\ufeff" + WIDE.replace("\n", "\r\n")):
        found = FORMATS["csv"].read(text)
        assert list(found) == ["a.jpg"]
        assert found["a.jpg"].points.tolist() == [list(map(float, p)) for p in XY]
        assert found["a.jpg"].template == FIVE


def test_csv_golden():
    text = FORMATS["csv"].write({'a,"b".jpg': face()})
    assert text.splitlines()[1] == '"a,""b"".jpg",0,right eye outer corner,10.5,20.25'


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (LONG.replace(",", ";"), ":1: the columns are separated by semicolons"),
        (LONG.replace("image,", "photo,"), ":1: no column names the image"),
        (LONG.replace("name,x", "name,z"), ":1: the columns are neither"),
        (LONG.replace("name,x", "y,x"), ':1: two columns are called "y"'),
        (LONG.replace("a.jpg,1,", "a.jpg,0,"), ":3: index 0 occurs twice"),
        (LONG.replace("a.jpg,1,", "a.jpg,9,"), ":2: index 1 is missing"),
        (LONG.replace("a.jpg,1,", "a.jpg,i,"), ":3: expected an index from 0"),
        (LONG.replace("30,40", "30,-"), ":3: expected a number, found '-'"),
        (LONG.replace("30,40", "30,inf"), ":3: 'inf' is not finite"),
        (LONG.replace("30,40", '"3,5",40'), ":3: '3,5' contains a comma"),
        (LONG.replace("30,40", "30"), ":3: expected 5 cells, found 4"),
        (LONG.replace("nose base", "chin"), ':2: point 4 is called "chin"'),
        (LONG.replace("a.jpg", '"a.jpg'), "not a CSV table"),
        (LONG.splitlines()[0], "the table has no rows"),
        (WIDE.replace("original_1_x", "original_7_x"), ":1: the columns are neither"),
        (WIDE.replace("scale", "x0"), 'columns "x0" and "original_0_x" are the same'),
        (WIDE + WIDE.splitlines()[1], ":3: a second face"),
    ],
)
def test_csv_errors(tmp_path, text, match):
    with pytest.raises(InputError, match=match):
        read_landmarks(at_path(tmp_path, "a.csv", text))


# --- own .json ----------------------------------------------------------------------

OWN = {
    "schema": 1,
    "template": "dlib_5",
    "image": "a.jpg",
    "image_sha256": "ab" * 32,
    "placement": {"by": "detector", "detector": "mesh", "models": {"m": "1"}},
    "points": [list(p) for p in XY],
}


def test_json_golden():
    placement = Placement("detector", "mesh", {"b": "2", "a": "1"}, 0.5)
    one = face([(0.1 + 0.2, 1e-7), *XY[1:]], placement=placement, image_sha256="ab")
    text = FORMATS["json"].write({"ä.jpg": one})
    assert text == (
        '{\n "image": "\\u00e4.jpg",\n "image_sha256": "ab",\n'
        ' "placement": {"by": "detector", "detector": "mesh", "models": {"a": "1", '
        '"b": "2"}, "score": 0.5},\n'
        ' "points": [\n  [0.30000000000000004, 1e-07],\n  [30.0, 40.0],\n'
        "  [51.125, 6.0],\n  [70.0, 80.0],\n  [90.0, 7.75]\n ],\n"
        ' "schema": 1,\n "template": "dlib_5"\n}\n'
    )
    again = FORMATS["json"].read(text)["ä.jpg"]
    assert (again.points == one.points).all()
    assert again.placement == one.placement
    assert again.image_sha256 == "ab"


def test_json_embeds_what_is_not_built_in():
    other = replace(FIVE, lines=(), closed=())
    text = FORMATS["json"].write({"": face(template=other)})
    assert json.loads(text)["template"]["name"] == "dlib_5"
    assert read("json", text).template == other
    with pytest.raises(InputError, match="dlib_5 was requested, with a different def"):
        read("json", text, template=FIVE)


def test_json_template_by_name():
    named = json.dumps(OWN | {"template": "mine"})
    mine = replace(FIVE, name="mine")
    assert read("json", named, template=mine).template is mine


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ('{"schema": 1,\n x', r"a\.json:2: not JSON"),
        ({"points": []}, 'no "schema"; a template definition is given as'),
        (OWN | {"schema": 2}, "schema 2; this version of morphkit reads schema 1"),
        (OWN | {"schema": True}, "schema True"),
        (OWN | {"point": 1}, 'unknown key "point".*did you mean "points"'),
        (OWN | {"template": "mine"}, "the template 'mine' of the file is not built in"),
        (OWN | {"template": "ibug_68"}, "expected 68 points, found 5"),
        (OWN | {"template": {"name": "x"}}, "lacks the key 'points'"),
        (OWN | {"points": [[1, 2, 3]]}, "not a list of"),
        (OWN | {"points": []}, "not a list of"),
        (OWN | {"points": [[True, 2]] * 5}, "not a list of"),
        (OWN | {"points": [["1", 2]] * 5}, "not a list of"),
        (OWN | {"points": [[float("inf"), 2]] * 5}, "Infinity is not finite"),
        (OWN | {"points": [[10**400, 2]] * 5}, "a coordinate is too large"),
        (json.dumps(OWN).replace("10.5", "1e999"), "finite numbers"),
        (OWN | {"placement": {"by": "magic"}}, 'unknown placement "magic"'),
        (OWN | {"placement": {"bye": 1}}, 'unknown key "bye"'),
        (OWN | {"placement": []}, '"placement" is not an object'),
        (OWN | {"placement": {"score": "x"}}, '"placement" has an invalid score'),
        (OWN | {"image": 1}, "must be strings"),
        ({"schema": 1, "template": "dlib_5"}, "the key 'points' is missing"),
        ("[" * 100000, "not a landmark file|not JSON"),
    ],
)
def test_json_errors(tmp_path, data, match):
    text = data if isinstance(data, str) else json.dumps(data)
    with pytest.raises(InputError, match=match):
        read_landmarks(at_path(tmp_path, "a.json", text))


# --- the front functions ------------------------------------------------------------


def test_choose_an_image(tmp_path):
    path = tmp_path / "all.csv"
    faces = {f"set/{n}.jpg": face(np.array(XY) + i) for i, n in enumerate("abc")}
    faces["other/a.jpg"] = face(np.array(XY) + 9)
    write_collection(path, faces)
    assert read_landmarks(path, image="set/b.jpg").points[0, 0] == 11.5
    assert read_landmarks(path, image="c.jpg").points[0, 0] == 12.5
    with pytest.raises(
        InputError, match=r'holds several faces for "a.jpg"; it holds: "se'
    ):
        read_landmarks(path, image="a.jpg")
    with pytest.raises(
        InputError, match=r'holds no face for "d.jpg".*; rename the photograph, or'
    ):
        read_landmarks(path, image="d.jpg")
    with pytest.raises(
        InputError, match=r"all.csv: holds 4 faces; it holds.*option image"
    ):
        read_landmarks(path)


def test_one_face_of_another_image(tmp_path):
    write_landmarks(tmp_path / "a.json", face(), image="a.jpg")
    assert read_landmarks(tmp_path / "a.json", image="x/a.jpg")
    with pytest.raises(InputError, match=r'holds no face for "b.jpg"'):
        read_landmarks(tmp_path / "a.json", image="b.jpg")
    write_landmarks(tmp_path / "a.tem", face())
    assert read_landmarks(tmp_path / "a.tem", image="b.jpg")
    assert list(read_collection(tmp_path / "a.tem")) == ["a"]


def test_format_by_suffix_or_name(tmp_path):
    write_landmarks(tmp_path / "a.TEM", face())
    assert (tmp_path / "a.TEM").read_text() == FORMATS["tem"].write({"": face()})
    write_landmarks(tmp_path / "a.txt", face(), format="pts", options={"pts_origin": 0})
    found = read_landmarks(tmp_path / "a.txt", format="pts", options={"pts_origin": 0})
    assert (found.points == np.array(XY)).all()
    with pytest.raises(InputError, match=r'suffix "\.txt"; known: \.json, \.tem'):
        read_landmarks(tmp_path / "a.txt")
    with pytest.raises(InputError, match='did you mean "imglab"'):
        read_landmarks(tmp_path / "a.txt", format="imglib")
    with pytest.raises(InputError, match="pts_origin is 2; 1 or 0"):
        read_landmarks(tmp_path / "a.txt", format="pts", options={"pts_origin": 2})


def test_writing_refuses(tmp_path):
    path = tmp_path / "a.csv"
    with pytest.raises(InputError, match="no landmarks to write"):
        write_collection(path, {})
    for name in ("a\nb", " a", "a\x00", "\ud800"):
        with pytest.raises(InputError, match="control characters, or spaces"):
            write_landmarks(path, face(), image=name)
    with pytest.raises(InputError, match=r"b\.tps: the height of the image"):
        write_landmarks(tmp_path / "b.tps", face())
    assert list(tmp_path.iterdir()) == []
    write_landmarks(path, face(), image="a")
    with pytest.raises(OutputError, match="already exists"):
        write_landmarks(path, face(), image="b")
    write_landmarks(path, face(), image="b", overwrite=True)
    assert list(read_collection(path)) == ["b"]


def test_reading_refuses(tmp_path):
    with pytest.raises(InputError, match=r"a\.tem: there is no such file"):
        read_landmarks(tmp_path / "a.tem")
    (tmp_path / "b.tem").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        read_landmarks(tmp_path / "b.tem")
    with pytest.raises(InputError, match=r"is empty \(0 bytes\)"):
        read_landmarks(at_path(tmp_path, "c.tem", ""))


def test_ambiguous_count(monkeypatch):
    from morphkit.faces.formats import table

    twin = replace(FIVE, name="twin")
    known = {"dlib_5": FIVE, "twin": twin}
    monkeypatch.setattr(table, "builtin_templates", lambda: tuple(known))
    monkeypatch.setattr(table, "builtin_template", known.__getitem__)
    with pytest.raises(InputError, match=r"5 points fit several.*dlib_5 \(5\), twin"):
        read("pts", PTS)


# --- missing points


MISSING = {
    "tem": TEM,
    "pts": PTS,
    "csv": LONG,
    "imglab": XML,
}


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.parametrize("written", [("-1", "-1"), ("0", "0"), ("NaN", "NA")])
def test_missing_points_are_no_places(name, written):
    x, y = written if name != "imglab" else (written[0].replace("NaN", "-1"),) * 2
    text = MISSING[name]
    for whole, gone in (
        ("30 40", f"{x} {y}"),
        ("30,40", f"{x},{y}"),
        ("x='30'", f"x='{x}'"),
        ("y='40'", f"y='{y}'"),
    ):
        text = text.replace(whole, gone)
    assert text != MISSING[name]
    with pytest.raises(InputError, match="1 of 5 points are missing") as caught:
        read(name, text)
    assert '1 "' in str(caught.value)
    assert "detect the landmarks" in caught.value.remedy


@pytest.mark.parametrize("gone", [None, [None, None], [float("nan")] * 2])
def test_missing_points_of_json(gone):
    points = [*map(list, XY)]
    points[3] = gone
    with pytest.raises(InputError, match=r"1 of 5 points are missing \(not a"):
        read("json", json.dumps(OWN | {"points": points}))


def test_corners_of_a_frame_are_places():
    """0 0 is missing, unless other points lie on the edges that meet there."""
    corners = "4\n0 0\n99 0\n99 79\n0 79\n0\n"
    assert read("tem", corners).points[0].tolist() == [0, 0]
