"""Public copies: what they leave out, searched byte by byte, and what they still do."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from small_faces import write_reduced
from small_study import FACES, LANDMARKS, build_study, recipe_data, run

import morphkit as mk
from morphkit.errors import InputError, SeveralInputsError
from morphkit.faces.images import pixel_sha256, read_image
from morphkit.faces.landmarks import Landmarks, Placement
from morphkit.pack.frozen_mesh import read_frozen
from morphkit.pack.layout import FRAMING, RECIPE

#: Packs are built, or a server is started, for nearly every test.
pytestmark = pytest.mark.slow

PERSON = {
    "consent_basis": "guardian-explicit",
    "may_morph": True,
    "may_redistribute": True,
}
FOLDERS = ("photos_of_the_holm_family", "points_of_the_holm_family")
PEOPLE = ("maja", "nilo")
LABELS = ("happy", "distressed")


def photo_name(identity: str, label: str) -> str:
    return f"img_{identity}_holm_{label}.png"


#: So many doubled edges that none are told.
MANY = {"note": 1.0, "warning": 1.0}


def write_private(folder: Path, **parts: object) -> Path:
    """Write a study whose files say whose they are, with landmarks placed by hand."""
    images, points = (folder / name for name in FOLDERS)
    images.mkdir(parents=True)
    points.mkdir()
    for identity in (*PEOPLE, "oona"):
        for label in LABELS:
            name = photo_name(identity, label)
            shutil.copy(FACES / f"{identity}_{label}.png", images / name)
            there = mk.read_landmarks(LANDMARKS / f"{identity}_{label}.json")
            placed = Landmarks(there.template, there.points, Placement("hand"))
            mk.write_landmarks(points / Path(name).with_suffix(".json"), placed)
    people = {
        name: PERSON | {"files": {label: photo_name(name, label) for label in LABELS}}
        for name in PEOPLE
    }
    unused = {"description": "oona who is in no image", **PERSON}
    data = recipe_data(
        identities=people | {"oona": unused},
        sources={"images": FOLDERS[0], "landmarks": FOLDERS[1]},
        align={"method": "two_point", "width": 64, "height": 72},
        frame={"background": "mean"},
        match={"method": "luminance", "over": "frames"},
        morph={"mask": "face"},
        prototypes=[
            {"identity": "two", "label": label, "of": list(PEOPLE)} for label in LABELS
        ],
        continua=[
            {"identities": [*PEOPLE, "two"], "from": LABELS[0], "to": LABELS[1]}
            | {"steps": 3}
        ],
        checks={
            "measures": ["mean_difference_frame256", "gabor_jet_face256"],
            # Where edges are doubled is no landmark, but may be as whole pixels.
            "limits": {"landmark-error": {"note": 0.001}, "ghosting": MANY},
        },
    )
    (folder / "study.toml").write_text(tomli_w.dumps(data | parts), "utf-8")
    return folder / "study.toml"


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("publish")
    build_study(write_private(folder / "study"), folder / "private")
    mk.publish_pack(folder / "private", folder / "public")
    return folder


def contents(pack: Path) -> dict[str, bytes]:
    """Return the bytes of every file, of what a page embeds, and of texts closed up."""
    found = {
        path.relative_to(pack).as_posix(): path.read_bytes()
        for path in sorted(pack.rglob("*"))
        if path.is_file()
    }
    page = found["report.html"].decode("utf-8")
    for number, text in enumerate(re.findall(r"base64,([A-Za-z0-9+/=]+)", page)):
        found[f"report.html, {number}"] = base64.b64decode(text)
    closed = {
        f"{name}, closed up": re.sub(rb"\s", b"", data)
        for name, data in found.items()
        if name.endswith((".json", ".html", ".md", ".csv", ".toml"))
    }
    return found | closed


def hashes(study: Path) -> Iterator[bytes]:
    """Yield every hash of a photograph, as text and as bytes."""
    for path in (study / "study" / FOLDERS[0]).iterdir():
        digest = hashlib.sha256(path.read_bytes())
        for text in (digest.hexdigest(), digest.hexdigest()[:12]):
            yield text.encode()
            yield text.upper().encode()
        yield digest.digest()


def coordinates(study: Path) -> Iterator[bytes]:
    """Yield the coordinates of landmarks, in every form in which they are written."""
    for mesh in sorted((study / "private" / "data" / "correspondence").glob("*.npz")):
        frozen = read_frozen(mesh)
        yield from pairs(frozen.photo_landmarks)
        yield from pairs(frozen.correspondence.landmarks / 256)
        for outline in sum(frozen.correspondence.insides, ()):
            yield from pairs(outline / 256)
        for end in frozen.correspondence.landmarks:
            yield end[0].tobytes()


def pairs(points: np.ndarray) -> Iterator[bytes]:
    for x, y in points.reshape(-1, 2).tolist():
        yield np.array([x, y]).tobytes()
        yield np.rint(np.array([x, y]) * 256).astype("<i4").tobytes()
        for digits in range(3):
            for comma in (",", ", "):
                for bracket in "[(":
                    yield f"{bracket}{x:.{digits}f}{comma}{y:.{digits}f}".encode()
        yield f"[{x:.6g},{y:.6g}]".encode()


def found_in(pack: Path, words: list[bytes]) -> dict[str, int]:
    """Return how many of the words each file of a pack holds."""
    return {
        name: n
        for name, data in contents(pack).items()
        if not name.endswith(".png")
        and (n := sum(word in data for word in dict.fromkeys(words)))
    }


def test_no_hash_of_a_photograph_is_left(study):
    words = list(hashes(study))
    private = found_in(study / "private", words)
    assert set(private) >= {
        "data/description-continua_data.csv",
        "data/correspondence/two_happy_distressed.json",
        "report.html",
    }
    assert found_in(study / "public", words) == {}


def test_no_coordinate_of_a_landmark_is_left(study):
    words = list(coordinates(study))
    private = found_in(study / "private", words)
    assert set(private) >= {
        "data/correspondence/maja_happy_distressed.npz",
        "report.html",
        "checks.json",
        "checks.json, closed up",
    }
    assert sum(private.values()) > 500
    assert found_in(study / "public", words) == {}


def test_no_name_of_a_file_or_a_folder_is_left(study):
    names = [*FOLDERS, "holm", "img_", "oona"]
    words = [name.encode() for name in names]
    assert found_in(study / "private", words)[RECIPE]
    assert found_in(study / "public", words) == {}


def test_what_is_left_out_and_what_stays(study):
    private, public = contents(study / "private"), contents(study / "public")
    gone = {name for name in set(private) - set(public) if ", " not in name}
    meshes = {f"data/correspondence/{n}_happy_distressed.npz" for n in (*PEOPLE, "two")}
    assert gone == meshes | {FRAMING}
    assert set(public) <= set(private)
    same = {name for name in public if public[name] == private[name]}
    assert {name for name in public if name.startswith("materials/")} <= same
    assert "data/description-stimuli_data.csv" in same
    assert "data/description-identities_data.csv" in same
    ends = json.loads(public["data/correspondence/two_happy_distressed.json"])
    assert {end["sha256"] for end in ends["ends"]} == {""}
    assert len(ends["ends"]) == 4
    assert "This is a public copy" in public["README.md"].decode()
    assert "It also holds the SHA-256" in private["README.md"].decode()
    notes = mk.read_pack(study / "public").findings
    assert [f.code for f in notes] == [
        f.code for f in mk.read_pack(study / "private").findings
    ]
    assert "landmark-error" in {f.code for f in notes}


def test_the_ends_are_the_photographs_and_the_readme_says_so(tmp_path):
    """Without alignment they are so to the bit, with it in another frame."""
    pairs = {name: FACES / f"maja_{name}.png" for name in LABELS}
    ways = (("none", "as they are, pixel for pixel"), (None, "in the frame"))
    for align, how in ways:
        pack = mk.morph_photos(
            *pairs.values(),
            tmp_path / f"{align}",
            n_steps=3,
            align=align,
            size=None if align == "none" else (64, 64),
        )
        readme = (tmp_path / f"{align}" / "README.md").read_text("utf-8")
        assert f"level 1 are the photographs themselves, {how}" in readme
        ends = [row.pixel_sha256 for row in (pack.stimuli[0], pack.stimuli[-1])]
        exact = [pixel_sha256(read_image(path)) for path in pairs.values()]
        assert (ends == exact) is (align == "none")


def test_without_the_ends_no_image_is_a_photograph(tmp_path):
    recipe = recipe_data(
        identities={"maja": PERSON},
        morph={"refine": "none"},
        continua=[{"from": "happy", "to": "distressed", "levels": [0.1, 0.5, 0.9]}],
    )
    mk.build_pack(mk.make_recipe(recipe), tmp_path / "pack", root=mk.shipped_faces())
    readme = (tmp_path / "pack" / "README.md").read_text("utf-8")
    assert "No image shows a photograph as it is" in readme


def test_the_recipe_stays_as_it_is_where_it_tells_nothing(study, tmp_path):
    """Then its hash stays too; else it is that of the recipe in the copy."""
    assert mk.read_pack(study / "public").recipe_sha256 != (
        mk.read_pack(study / "private").recipe_sha256
    )
    mk.build_pack(
        mk.make_recipe(
            recipe_data(identities={"maja": PERSON}, morph={"refine": "none"})
        ),
        tmp_path / "pack",
        root=mk.shipped_faces(),
    )
    mk.publish_pack(tmp_path / "pack", tmp_path / "public")
    texts = [(tmp_path / n / RECIPE).read_bytes() for n in ("pack", "public")]
    assert texts[0] == texts[1]


def test_a_public_copy_is_a_pack(study, tmp_path):
    public = study / "public"
    assert mk.verify_pack(public) == ()
    pack = mk.read_pack(public)
    assert pack.public
    assert not mk.read_pack(study / "private").public
    checked = mk.check_pack(public)
    before = mk.check_pack(study / "private")
    assert [f.code for f in checked.findings] == [f.code for f in before.findings]
    for name, seen in before.evidence.items():
        for measure, spacing in seen.spacings.items():
            again = checked.evidence[name].spacings[measure]
            assert again.steps.tolist() == spacing.steps.tolist()
    assert mk.compare_packs(study / "private", public).same_images
    mk.report_pack(public, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "data-landmarks" not in page
    assert "is a public copy" in page
    for front_end in ("psychopy", "psych_ds", "bids"):
        mk.export_pack(public, front_end, tmp_path / front_end)
    with pytest.raises(InputError, match="is a public copy already"):
        mk.publish_pack(public, tmp_path / "again")


def test_what_a_public_copy_cannot_tell_is_said(study, tmp_path):
    """Faces are not found in it, so only what it stores is known of them."""
    recipe = tmp_path / "other.toml"
    checks = {"measures": ["ssim_root_face256", "mean_difference_frame256"]}
    recipe.write_text(tomli_w.dumps(recipe_data(checks=checks)), "utf-8")
    checked = mk.check_pack(study / "public", recipe=recipe)
    notes = [f.message for f in checked.findings if f.code == "not-measured"]
    assert len(notes) == 3
    assert all(note.endswith("not measured: ssim_root_face256") for note in notes)
    spacings = checked.evidence["maja_happy_distressed"].spacings
    assert "mean_difference_frame256" in spacings
    private = mk.check_pack(study / "private", recipe=recipe)
    assert "not-measured" not in {f.code for f in private.findings}
    with pytest.raises(InputError, match="without the landmarks by which faces"):
        mk.check_pack(study / "public", embedding="dlib_resnet")
    with pytest.raises(InputError, match="is a public copy, which has no meshes"):
        mk.respace_recipe(study / "public", metric="mean_difference_frame256")


def test_a_public_data_set_has_no_hash_of_a_photograph_either(study, tmp_path):
    mk.export_pack(study / "private", "psych_ds", tmp_path / "set")
    files = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    data = b"".join(path.read_bytes() for path in files)
    assert not [word for word in hashes(study) if word in data]
    assert "This is a public copy" in (tmp_path / "set" / "README.md").read_text()


def renamed(study: Path, folder: Path) -> Path:
    """Return a folder with photographs and landmarks under the names of the recipe."""
    folder.mkdir()
    for source in FOLDERS:
        for path in (study / "study" / source).iterdir():
            name = path.name.removeprefix("img_").replace("_holm", "")
            shutil.copy(path, folder / name)
    return folder


def test_reproduce_says_what_it_can_still_prove(study, tmp_path):
    public = study / "public"
    nothing = run("reproduce", public, "--sources", tmp_path)
    assert nothing.exit_code == 3
    assert "images: 9 of 9 images as the table of the pack states" in nothing.stdout
    assert "not made again" in nothing.stdout
    assert "maja_happy.png" in nothing.stderr
    sources = renamed(study, tmp_path / "sources")
    whole = run("reproduce", public, "--sources", sources)
    assert whole.exit_code == 0, whole.stdout
    assert "everything: 9 of 9 images identical" in whole.stdout
    told = run("reproduce", public, "--sources", sources, "--json")
    data = json.loads(told.stdout)
    assert data["holds"] is True
    assert data["public"] is True
    assert data["missing_sources"] == []
    (sources / "nilo_happy.json").unlink()
    lacking = mk.reproduce_pack(public, [sources])
    assert lacking.missing_sources == ("landmarks of nilo_happy.png",)
    assert lacking.holds is None


def test_reproduce_of_a_public_copy_sees_another_photograph(study, tmp_path):
    sources = renamed(study, tmp_path / "sources")
    image = read_image(sources / "maja_happy.png").copy()
    image[100:160, 100:160] = 0
    mk.write_png(sources / "maja_happy.png", image, overwrite=True)
    found = mk.reproduce_pack(study / "public", [sources])
    assert not found.holds
    assert "maja_happy_distressed_s01" in found.rebuilt_different
    (sources / "more").mkdir()
    shutil.copy(sources / "nilo_happy.png", sources / "more" / "maja_happy.png")
    again = mk.reproduce_pack(study / "public", [sources])  # what lies highest counts
    assert again.rebuilt_different == found.rebuilt_different
    with pytest.raises(InputError, match="stands for 2 different files"):
        mk.reproduce_pack(study / "public", [sources, sources / "more"])


def test_who_may_not_be_passed_on_is_not_published(study, tmp_path):
    closed = write_private(
        tmp_path / "study",
        identities={
            "maja": PERSON
            | {"files": {label: photo_name("maja", label) for label in LABELS}},
            "nilo": PERSON
            | {"files": {label: photo_name("nilo", label) for label in LABELS}}
            | {"may_redistribute": False},
        },
    )
    build_study(closed, tmp_path / "pack")
    with pytest.raises(SeveralInputsError) as caught:
        mk.publish_pack(tmp_path / "pack", tmp_path / "public")
    said = str(caught.value)
    for name in ("nilo", "two"):  # made with photographs of nilo
        assert f"identity {name}: may_redistribute is not true" in said
    assert "identity maja" not in said
    assert "have the recipe state the consent" in said
    assert not (tmp_path / "public").exists()


def test_only_a_whole_pack_is_published(study, tmp_path):
    shutil.copytree(study / "private", tmp_path / "pack")
    (tmp_path / "pack" / "README.md").write_text("mine", "utf-8")
    result = run("publish", tmp_path / "pack", "--output", tmp_path / "public")
    assert result.exit_code == 3
    assert "README.md has changed" in result.stderr
    assert not (tmp_path / "public").exists()


def test_publish_on_the_command_line(study, tmp_path):
    result = run("publish", study / "private", "--output", tmp_path / "public")
    assert result.exit_code == 0, result.stderr
    assert "Images at level 0 and 1 still show the photographs." in result.stderr
    assert "guardian-explicit (maja, nilo, two)" in " ".join(result.stderr.split())
    again = run("publish", study / "private", "--output", tmp_path / "public")
    assert again.exit_code == 3
    assert "already exists" in again.stderr
    forced = run(
        *("publish", study / "private", "--output", tmp_path / "public"),
        *("--overwrite", "--json"),
    )
    assert json.loads(forced.stdout)["n_images"] == 9
    assert contents(tmp_path / "public") == contents(study / "public")


def test_a_build_for_the_public_is_the_copy(study, tmp_path):
    """Byte for byte; and the private pack is not what stands there already."""
    recipe = study / "study" / "study.toml"
    result = run("build", recipe, "--output", tmp_path / "public", "--public")
    assert result.exit_code == 0, result.stderr
    assert "for the public" not in result.stderr
    assert contents(tmp_path / "public") == contents(study / "public")
    folders = [
        {path.relative_to(pack) for path in pack.rglob("*")}
        for pack in (tmp_path / "public", study / "public")
    ]
    assert folders[0] == folders[1]
    mk.build_pack(recipe, tmp_path / "pack")
    made = mk.build_pack(recipe, tmp_path / "pack", public=True, overwrite=True)
    assert made.public
    assert mk.read_pack(tmp_path / "pack").public
    assert (
        "matching faces"
        not in run(
            *("build", recipe, "--output", tmp_path / "pack", "--public", "--overwrite")
        ).stderr
    )


def test_a_build_for_the_public_needs_consent(tmp_path):
    people = {"maja": PERSON, "nilo": PERSON | {"may_redistribute": False}}
    recipe = mk.make_recipe(recipe_data(identities=people))
    with pytest.raises(InputError, match="identity nilo: may_redistribute is not true"):
        mk.build_pack(recipe, tmp_path / "pack", root=mk.shipped_faces(), public=True)
    assert not (tmp_path / "pack").exists()


# Without identities


def publish_without(study: Path, output: Path, *names: str) -> mk.Pack:
    options = [part for name in names for part in ("--without", name)]
    done = run("publish", study / "private", "--output", output, *options)
    assert done.exit_code == 0, done.stderr
    assert mk.verify_pack(output) == ()
    return mk.read_pack(output)


def test_an_identity_is_left_out(study, tmp_path):
    """Nothing of a face that is left out remains, and the others stay as they are."""
    words = [b"nilo_happy", b'"nilo"', b",nilo,", b"identities.nilo", b"two_happy"]
    assert found_in(study / "public", words)
    pack = publish_without(study, tmp_path / "copy", "nilo", "two")
    assert found_in(tmp_path / "copy", words) == {}
    assert {row.identity_id for row in pack.stimuli} == {"maja"}
    assert [*pack.recipe.identities] == ["maja"]
    assert not pack.recipe.prototypes
    assert pack.left_out == 2
    images = [row.pixel_sha256 for row in mk.read_pack(study / "private").stimuli]
    assert [row.pixel_sha256 for row in pack.stimuli] == images[:3]
    assert not [path for path in (tmp_path / "copy").rglob("*") if "nilo" in path.name]
    readme = (tmp_path / "copy" / "README.md").read_text("utf-8")
    assert "does not show 2 identities" in readme
    before = mk.check_pack(study / "private").evidence["maja_happy_distressed"]
    after = mk.check_pack(tmp_path / "copy").evidence["maja_happy_distressed"]
    for name, spacing in before.spacings.items():
        assert after.spacings[name].steps.tolist() == spacing.steps.tolist()
    mk.report_pack(tmp_path / "copy", tmp_path / "page.html")
    mk.export_pack(tmp_path / "copy", "psych_ds", tmp_path / "set")


def test_a_face_made_with_one_left_out_stays_and_is_named(study, tmp_path):
    done = mk.publish_pack(study / "private", tmp_path / "copy", without=["nilo"])
    told = ("two is still shown, and is made with photographs of nilo",)
    assert done.remarks == told
    assert {row.identity_id for row in done.pack.stimuli} == {"maja", "two"}
    assert {*mk.read_pack(tmp_path / "copy").recipe.identities} == {"maja", "nilo"}
    planned = [name for name, _ in mk.read_pack(tmp_path / "copy").recipe.planned()]
    assert planned == ["maja", "two"]


def test_what_follows_the_whole_set_cannot_be_made_again(study, tmp_path):
    publish_without(study, tmp_path / "copy", "nilo", "two")
    sources = renamed(study, tmp_path / "sources")
    told = run("reproduce", tmp_path / "copy", "--sources", sources)
    assert told.exit_code == 3
    assert "images: 3 of 3 images as the table" in told.stdout
    assert "not made again, since the frame follows the whole set" in told.stdout
    assert "2 identities of the set are left out" in told.stderr
    found = mk.reproduce_pack(tmp_path / "copy", [sources])
    assert (found.holds, found.left_out, found.missing_sources) == (None, 2, ())


def test_only_who_is_there_can_be_left_out(study, tmp_path):
    for names, message in (
        (["eva"], 'does not show the identity "eva"'),
        (["maja", "nilo", "two"], "no identity would be left"),
    ):
        with pytest.raises(InputError, match=message):
            mk.publish_pack(study / "private", tmp_path / "copy", without=names)
        assert not (tmp_path / "copy").exists()


def test_leaving_out_opens_the_gate(tmp_path):
    """Whoever may not be passed on is left out, and the others are published."""
    people = dict.fromkeys(PEOPLE, PERSON)
    people["nilo"] = PERSON | {"may_redistribute": False}
    recipe = recipe_data(
        identities=people,
        align={"method": "none"},
        morph={"refine": "none"},
        transforms=[
            {"identities": ["maja", "nilo"], "label": "half", "base": "happy"}
            | {"by": "maja", "from": "happy", "to": "distressed", "shape": 0.5}
        ],
        continua=[
            {"from": "happy", "to": "distressed", "steps": 2},
            {"from": "happy", "to": "half", "steps": 2},
        ],
    )
    names = [f"{name}_{label}" for name in PEOPLE for label in ("happy", "distressed")]
    root = write_reduced(tmp_path / "faces", names)
    mk.build_pack(mk.make_recipe(recipe), tmp_path / "pack", root=root)
    with pytest.raises(InputError, match=r"may_redistribute.*--without NAME"):
        mk.publish_pack(tmp_path / "pack", tmp_path / "copy")
    mk.publish_pack(tmp_path / "pack", tmp_path / "copy", without=["nilo"])
    copy = mk.read_pack(tmp_path / "copy")
    assert copy.recipe.transforms[0].identities == ("maja",)
    found = mk.reproduce_pack(tmp_path / "copy", [root])
    assert found.holds is True  # nothing here follows the set
    assert found.left_out == 0
