"""Filmstrips: what a finding means, cut from the images as they are."""

import io
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image as Pillow
from report_page import Page
from small_pack import make_pack

from morphkit._core.finding import Finding
from morphkit.errors import InputError, OutputError
from morphkit.faces.formats.template_json import find_template
from morphkit.faces.images import read_image
from morphkit.geometry.correspondence.frozen_mesh import UNITS_PER_PIXEL
from morphkit.pack import kept_images
from morphkit.pack.contents import image_of, mesh_of
from morphkit.pack.frozen_mesh import write_frozen
from morphkit.pack.kept_images import KeptImages
from morphkit.pack.places import RecentImages
from morphkit.pack.recheck import recheck, stored_evidence
from morphkit.quality.groups import group_findings
from morphkit.report import filmstrip_files, make_report, write_filmstrips
from morphkit.report.embedded_films import embed_filmstrips
from morphkit.report.filmstrip_picture import draw_filmstrips
from morphkit.report.filmstrips import LEAST, MOST, choose_findings, make_filmstrips

ADA, BEN = "ada_happy_sad", "ben_happy_sad"
SIZE = (300, 240)
FOLD = Finding("fold", "error", "it folds around (150, 120) at step 4", ADA, 2.0, 0.0)
DRIFT = Finding(
    "contrast-drift", "warning", "the contrast of the face at step 2 is off", BEN, 0.2
)
RECORD = Finding("opening", "note", "it opens", where=ADA, value=2.0)


def pack_of(folder, *findings, **options):
    options = {"n_steps": 7, "size": SIZE, "findings": findings} | options
    return make_pack(folder, **options)


def strips_of(pack, folder):
    chosen = choose_findings(pack.groups)
    return tuple(strips_one_by_one(pack, folder, chosen))


def strips_one_by_one(pack, folder, chosen):
    return make_filmstrips(pack, folder, chosen, partial(stored_evidence, pack, folder))


def test_strips_are_cut_one_after_the_other(tmp_path):
    """A page that has no more room asks for no more of them, and no more meshes."""
    pack = pack_of(tmp_path, FOLD, DRIFT)
    for row in pack.stimuli_of(BEN):
        (tmp_path / row.file).unlink()
    asked = []

    def evidence_of(name):
        asked.append(name)
        return stored_evidence(pack, tmp_path, name)

    chosen = choose_findings(pack.groups)
    strips = make_filmstrips(pack, tmp_path, [*chosen[:1], *chosen], evidence_of)
    assert [next(strips).finding, next(strips).finding] == [FOLD, FOLD]
    assert asked == [ADA]
    with pytest.raises(InputError):
        next(strips)
    assert asked == [ADA, BEN]
    assert stored_evidence(pack, tmp_path, "nobody") is None


def test_images_that_were_looked_at_last_are_not_read_again(tmp_path, monkeypatch):
    pack = pack_of(tmp_path)
    rows = dict(enumerate(pack.stimuli_of(ADA), 1))
    read = []

    def recorded(row, folder):
        read.append(row.step)
        return image_of(row, folder)

    monkeypatch.setattr(kept_images, "image_of", recorded)
    size = 3 * SIZE[0] * SIZE[1]
    for max_bytes, expected in ((2 * size, [1, 2, 3, 2]), (0, [1, 2, 1, 3, 1, 2])):
        images = RecentImages(KeptImages(tmp_path), max_bytes)
        for step in (1, 1, 2, 1, 3, 1, 2):
            assert (images.image(rows[step]) == image_of(rows[step], tmp_path)).all()
        assert read == expected
        read.clear()


def image_at(pack, folder, name, step):
    return read_image(folder / pack.stimuli_of(name)[step - 1].file)


def test_a_strip_shows_the_pixels_around_the_place_before_at_and_after(tmp_path):
    pack = pack_of(tmp_path, FOLD)
    (strip,) = strips_of(pack, tmp_path)
    assert [cell.stimulus.step for cell in strip.cells] == [1, 3, 4, 5, 7]
    assert [cell.at for cell in strip.cells] == [False, False, True, False, False]
    assert strip.zoom == 2
    for cell in strip.cells:
        whole = image_at(pack, tmp_path, ADA, cell.stimulus.step)
        left, top = 150 - LEAST // 2, 120 - LEAST // 2
        assert cell.picture.shape == (LEAST, LEAST, 3)
        assert cell.picture.flags.owndata  # the whole image is let go
        assert (cell.picture == whole[top : top + LEAST, left : left + LEAST]).all()
    at = next(cell for cell in strip.cells if cell.at)
    assert at.mark == pytest.approx((LEAST / 2, LEAST / 2), abs=0.01)
    # The mark moves with the mesh by 1.5 pixels on the way; the cut does not.
    moved = np.diff([cell.mark[0] for cell in strip.cells])
    assert moved == pytest.approx([0.5, 0.25, 0.25, 0.5], abs=0.01)


@pytest.mark.parametrize(
    ("said", "corner"), [("(2, 3)", (0, 0)), ("(298, 238)", (-LEAST, -LEAST))]
)
def test_a_place_near_the_edge_is_cut_inside_the_image(tmp_path, said, corner):
    finding = replace(FOLD, message=f"around {said} at step 4")
    pack = pack_of(tmp_path, finding)
    (strip,) = strips_of(pack, tmp_path)
    whole = image_at(pack, tmp_path, ADA, 4)
    rows, columns = (slice(c, c + LEAST or None) for c in corner[::-1])
    assert (strip.cells[2].picture == whole[rows, columns]).all()


def test_a_place_outside_the_images_has_no_strip(tmp_path):
    away = replace(FOLD, message="around (400, 120) at step 4")
    assert strips_of(pack_of(tmp_path, away), tmp_path) == ()


def test_small_images_are_shown_as_far_as_they_go(tmp_path):
    pack = pack_of(tmp_path, replace(FOLD, message="(20, 20) step 4"), size=(40, 60))
    (strip,) = strips_of(pack, tmp_path)
    assert strip.cells[2].picture.shape == (60, 40, 3)


def test_images_cropped_from_the_frame_are_marked_at_the_same_point(tmp_path):
    pack = pack_of(tmp_path, FOLD)
    path = tmp_path / "data" / "correspondence" / f"{ADA}.npz"
    frozen = mesh_of(tmp_path, ADA, pack.stimuli_of(ADA))
    write_frozen(path, replace(frozen, corner=(30, -20)))
    (strip,) = strips_of(pack, tmp_path)
    whole = image_at(pack, tmp_path, ADA, 4)
    left, top = 150 - 30 - LEAST // 2, 120 + 20 - LEAST // 2
    cut = whole[top : top + LEAST, left : left + LEAST]
    assert (strip.cells[2].picture == cut).all()


def off_by(move, folder):
    """Return a pack whose landmark 20 lies off its match at the second end, px."""
    name = find_template("ibug_68").points[20]
    finding = Finding("landmark-error", "warning", "it lies off", ADA, 9.0)
    pack = pack_of(folder, finding)
    frozen = mesh_of(folder, ADA, pack.stimuli_of(ADA))
    landmarks = frozen.correspondence.landmarks.copy()
    landmarks[1, 20] += np.array(move, np.int32) * UNITS_PER_PIXEL
    place = (landmarks[1, 20] / UNITS_PER_PIXEL).tolist()
    moved = replace(frozen.correspondence, landmarks=landmarks)
    path = folder / "data" / "correspondence" / f"{ADA}.npz"
    write_frozen(path, replace(frozen, correspondence=moved))
    pack.scores[ADA]["ends"] = {
        "ghosting": 0.0,
        "ghosting_place": [0.0, 0.0],
        "ghosting_shift": 0.0,
        "agreement": 1.0,
        "landmark_error": 9.0,
        "landmark": name,
        "landmark_place": place,
    }
    return pack


def test_an_arrow_leads_from_a_landmark_to_its_match(tmp_path):
    """Both are one in the first photograph, and part on the way to the second."""
    pack = off_by((16, -12), tmp_path)
    (strip,) = strips_of(pack, tmp_path)
    assert [cell.stimulus.step for cell in strip.cells] == [1, 4, 6, 7]
    assert [cell.at for cell in strip.cells] == [False, False, False, True]
    away = np.array([np.subtract(cell.tip, cell.mark) for cell in strip.cells])
    shares = np.array([0, 3, 5, 6]) / 6
    np.testing.assert_allclose(away, np.outer(shares, (-16, 12)), atol=0.02)
    assert strip.reach >= 1.3 * 20 - 0.1
    (shown,) = embed_filmstrips([strip]).values()
    assert "the arrow leads to its match" in shown.caption
    # At 200 %: a shaft, and two barbs that end at its tip.
    assert shown.cells[0].arrow == ""
    for cell, drawn in zip(strip.cells[1:], shown.cells[1:], strict=True):
        lines = [part.strip().split("L") for part in drawn.arrow.split("M")[1:]]
        ends = [
            " ".join(f"{2 * (at + 0.5):.1f}" for at in point)
            for point in (cell.mark, cell.tip)
        ]
        assert lines[0] == ends
        assert [len(line) for line in lines] == [2, 3]
        assert lines[1][1] == ends[1]


def test_the_picture_has_the_arrow_too(tmp_path):
    (strip,) = strips_of(off_by((16, -12), tmp_path), tmp_path)
    cells = tuple(replace(cell, tip=cell.mark) for cell in strip.cells)
    without = replace(strip, cells=cells)
    groups = group_findings([strip.finding])
    drawn = [draw_filmstrips([one], groups).astype(int) for one in (strip, without)]
    assert drawn[0].shape == drawn[1].shape
    changed = (drawn[0] != drawn[1]).any(axis=2)
    assert 100 < changed.sum() < 2000


@pytest.mark.slow
def test_a_large_place_is_not_enlarged(tmp_path):
    pack = pack_of(tmp_path, FOLD, size=(1200, 900))
    (strip,) = strips_of(
        replace(pack, findings=(replace(FOLD, message="(600, 450) at step 4"),)),
        tmp_path,
    )
    side = strip.cells[2].picture.shape[0] * strip.zoom
    assert side <= 2 * MOST
    assert strip.zoom == (2 if side // 2 <= MOST else 1)


def test_what_is_shown_and_in_which_order():
    findings = [
        DRIFT,
        replace(DRIFT, where=ADA, value=0.1),
        replace(DRIFT, severity="note", value=0.06),
        FOLD,
        RECORD,
        Finding("detail-gain", "note", "a", where=ADA, value=0.3),
        Finding("detail-gain", "note", "b", where=BEN, value=0.4),
    ]
    chosen = choose_findings(group_findings(findings))
    assert [(f.code, f.where) for f in chosen] == [
        ("fold", ADA),
        ("contrast-drift", BEN),
        ("detail-gain", BEN),
        ("contrast-drift", ADA),
    ]


def test_the_report_shows_the_strip_below_its_finding(tmp_path):
    text = make_report(pack_of(tmp_path, FOLD, DRIFT, RECORD), tmp_path)
    page = Page(text)
    reels = page.all("div", "reel")
    assert [reel["tabindex"] for reel in reels] == ["0", "0"]
    assert f"steps 1, 3, 4, 5, 7 of 7 of {ADA}" in reels[0]["aria-label"]
    cells = page.all("a", "cell")
    assert [cell["data-step"] for cell in cells] == [*"13457", *"1237"]
    assert {cell["href"] for cell in cells} == {"#continuum-1", "#continuum-2"}
    cuts = [a for t, a in page.tags if t == "img" and "200 %" in (a.get("alt") or "")]
    assert len(cuts) == 5
    assert {(cut["width"], cut["height"]) for cut in cuts} == {(str(2 * LEAST),) * 2}
    assert "step 4 of 7" in cuts[2]["alt"]
    top = text[text.index('id="findings"') : text.index('id="continua"')]
    assert top.index("it folds") < top.index("studio") < top.index('class="reel"')


def test_a_report_without_meshes_or_measurements_has_no_strip(tmp_path):
    pack = pack_of(tmp_path, FOLD)
    (tmp_path / "data" / "correspondence" / f"{ADA}.npz").unlink()
    assert Page(make_report(pack, tmp_path)).all("div", "reel") == []
    pack = pack_of(tmp_path / "bare", FOLD)
    bare = replace(pack, scores={})
    assert Page(make_report(bare, tmp_path / "bare")).all("div", "reel") == []


def test_strips_that_do_not_fit_are_left_out_the_last_first(tmp_path):
    strips = strips_of(pack_of(tmp_path, FOLD, DRIFT), tmp_path)
    embedded = embed_filmstrips(strips)
    assert list(embedded) == [FOLD, DRIFT]
    room = embedded[FOLD].length
    assert list(embed_filmstrips(strips, budget=room)) == [FOLD]
    assert embed_filmstrips(strips, budget=room - 1) == {}


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """Return a pack in a folder, and what a check of it found."""
    folder = tmp_path / "pack"
    folder.mkdir()
    rights = {"ada": {"may_redistribute": False}}
    pack = pack_of(folder, FOLD, DRIFT, RECORD, rights=rights)
    monkeypatch.setattr(filmstrip_files, "read_whole_pack", lambda *_, **__: pack)
    found = recheck(pack, folder)
    return replace(found, findings=pack.findings), folder


def test_a_picture_of_the_strips_tells_nothing_but_pixels(checked, tmp_path):
    result, folder = checked
    file = tmp_path / "worst.png"
    assert write_filmstrips(result, folder, file) == 2
    data = file.read_bytes()
    assert re.findall(
        rb"(IHDR|IDAT|IEND|gAMA|tEXt|iTXt|zTXt|eXIf|iCCP|tIME)", data
    ) == [
        b"IHDR",
        b"IDAT",
        b"IEND",
    ]
    with Pillow.open(io.BytesIO(data)) as picture:
        assert picture.info == {"srgb": 0}
        assert picture.width > 5 * 2 * LEAST
    again = tmp_path / "again.png"
    write_filmstrips(result, folder, again)
    assert again.read_bytes() == data


def test_a_page_of_the_strips_needs_nothing_but_itself(checked, tmp_path):
    result, folder = checked
    file = tmp_path / "worst.html"
    assert write_filmstrips(result, folder, file) == 2
    text = file.read_text("utf-8")
    page = Page(text)
    assert "script-src 'none'" in text
    assert "img-src data:;" in text
    for tag, attrs in page.tags:
        assert tag not in {"a", "link", "script", "iframe"}
        address = attrs.get("src") or "data:image/jpeg;base64,"
        assert address.startswith("data:image/jpeg;base64,")
    assert len(page.all("div", "reel")) == 2
    assert "may not be passed on: ada." in text
    assert "it folds" in text
    assert "morphkit studio" in text
    for name in ("ada_happy_sad_s", str(tmp_path)):
        assert name not in text


def test_where_strips_are_not_written(checked, tmp_path):
    result, folder = checked
    with pytest.raises(InputError, match="inside the pack"):
        write_filmstrips(result, folder, folder / "worst.png")
    with pytest.raises(InputError, match=r"no page and no picture; \.html or \.png"):
        write_filmstrips(result, folder, tmp_path / "worst.jpg")
    (tmp_path / "worst.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="already exists"):
        write_filmstrips(result, folder, tmp_path / "worst.png")
    assert (tmp_path / "worst.png").read_bytes() == b"mine"
    write_filmstrips(result, folder, tmp_path / "worst.png", overwrite=True)
    nothing = replace(result, findings=(RECORD,))
    assert write_filmstrips(nothing, folder, tmp_path / "none.png") == 0
    assert not (tmp_path / "none.png").exists()


def test_json_gives_every_finding_and_its_group(checked):
    told = checked[0].to_dict()
    assert told["findings"] == [f.to_dict() for f in (FOLD, DRIFT, RECORD)]
    assert [g["decides"] for g in told["groups"]] == [True, True, False]
    assert [g["findings"] for g in told["groups"]] == [[0], [1], [2]]
    for group in told["groups"]:
        (number,) = group["findings"]
        assert group["worst"] == told["findings"][number]


@pytest.mark.parametrize("value", [float("inf"), 1e308, -5.0])
def test_numbers_that_a_pack_may_hold_break_nothing(tmp_path, value):
    ghost = Finding("ghosting", "warning", "doubled", where=ADA, value=0.2)
    pack = pack_of(tmp_path, ghost)
    ends = {
        "ghosting": 0.2,
        "ghosting_place": [150.0, 120.0],
        "ghosting_shift": value,
        "agreement": 0.5,
    }
    pack.scores[ADA]["ends"] = ends
    (strip,) = strips_of(pack, tmp_path)
    assert strip.reach <= max(SIZE)
    pack.scores[ADA]["ends"] = ends | {"ghosting_place": [value, value]}
    assert strips_of(pack, tmp_path) == ()
