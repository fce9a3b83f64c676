"""Recipes: every key, every fault, and the form in which a pack keeps them."""

import hashlib
import json
import re
import tomllib

import jsonschema
import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import DOCS

from morphkit.errors import InputError, SeveralInputsError
from morphkit.geometry.align import ALIGNMENTS
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.warp import WARPS
from morphkit.morph.blend import BLENDS
from morphkit.morph.choices import DIFFERENCES
from morphkit.morph.masks import MASKS
from morphkit.morph.normalise import MATCHINGS
from morphkit.pixels import DETAILS, SAMPLINGS
from morphkit.quality.limits import LIMITS
from morphkit.recipe import (
    MAX_SIDE,
    MAX_STEPS,
    Recipe,
    make_recipe,
    parse_recipe,
    read_recipe,
    recipe_schema,
    to_toml,
    written_sha256,
)
from morphkit.recipe.new_study import STUDY

#: Every key that there is.
FULL = """\
schema = 1

[pack]
name = "demo_infants"
version = "1.2.0-rc.1"
title = "Infants"
description = "A demonstration"
licence = "CC0-1.0"
creators = ["Doe, Jane", "Roe, Richard"]
keywords = ["faces"]
parent = "ab12"
norms = "norms/infants.csv"

[sources]
images = "photos/set one"
landmarks = "marks"
template = "ibug_68"
detector = "none"
pattern = "{identity}/{label}.jpg"

[identities.ada]
age_months = 7.5
sex = "female"
description = "a person"
licence = "LicenseRef-own"
consent_basis = "guardian-explicit"
may_morph = true
may_show_online = true
may_redistribute = false
approval = "REK 2026/1"
files = { happy = "DSC_0012_anna_smith.jpg" }
faces = { happy = 2, distressed = "largest" }

[identities.ben]
may_morph = true

[align]
method = "two_point"
width = 300
height = 400
frame = "faces"
share = 0.5

[morph]
warp = "piecewise_affine"
refine = "none"
outline = "grabcut"
blend = "srgb"
detail = "plain"
sampling = "bilinear"
difference = "sum"
spacing = 12
mask = "oval"

[frame]
background = "#102030"
feather = 0.1
grey = true
crop = [1, 2, 3, 4]
pad = [4, 3, 2, 1]
bit_depth = 16

[match]
method = "luminance"
over = "sources"
within = "identity"
rescale = 2

[calibration]
scale = "mlds"
kind = "human"
trials = 1120
participants = 20
sigma = 0.2
uncertainty = 0.04
margin = 0.05
departure = 0.11
predicted = 0.02

[[continua]]
identities = "*"
from = "happy"
to = "distressed"
steps = 15

[[continua]]
identities = ["ben"]
from = "distressed"
to = "happy"
levels = [0, 0.04, 0.5, 1.25]
positions = [0, 0.1, 0.6, 1.0]
via = "neutral"
shape_levels = [0, 0.5, 0.25, 1.0]
colour_levels = 0.5

[[prototypes]]
identity = "mean"
label = "calm"
of = ["ada", "ben"]
base = "neutral"

[[transforms]]
identities = ["ben"]
label = "calmer"
base = "happy"
by = "mean"
from = "happy"
to = "calm"
shape = -0.5
colour = 0.25
texture = 0.0
region = "everywhere"

[[symmetrised]]
identities = ["ben"]
label = "even"
base = "happy"
shape = 0.5
colour = 0.25
texture = 0.0

[[grids]]
identities = ["ada", "ben"]
identity_steps = 3
from = "happy"
to = "distressed"
via = "neutral"
levels = [0, 1]

[[grids]]
identities = ["ben", "ada"]
identity_levels = [0.25, 0.75]
from = "happy"
to = "distressed"
steps = 2

[checks]
measures = ["gabor_jet_frame256"]
limits.ghosting = {note = 0.01}
"""

SHORT = """\
schema = 1
[pack]
name = "demo"
[identities.ada]
may_morph = true
[[continua]]
from = "happy"
to = "sad"
steps = 5
"""


def data(text=SHORT):
    return tomllib.loads(text)


def changed(old: str, new: str, text: str = SHORT) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def faults(text: str) -> list[str]:
    """Return everything that is said about a recipe that is refused."""
    with pytest.raises(InputError) as caught:
        parse_recipe(text)
    found = caught.value
    several = found.errors if isinstance(found, SeveralInputsError) else (found,)
    assert str(found) == "\n".join(str(error) for error in several)
    return [str(error) for error in several]


# ---- what is accepted


def test_every_key():
    recipe = parse_recipe(FULL)
    assert recipe.pack.creators == ("Doe, Jane", "Roe, Richard")
    assert recipe.sources.pattern == "{identity}/{label}.jpg"
    ada = recipe.identities["ada"]
    assert (ada.age_months, ada.sex, ada.approval) == (7.5, "female", "REK 2026/1")
    assert (ada.may_morph, ada.may_show_online, ada.may_redistribute) == (1, 1, 0)
    assert ada.files == {"happy": "DSC_0012_anna_smith.jpg"}
    assert ada.faces == {"happy": 2, "distressed": "largest"}
    assert recipe.frame_size() == (300, 400)
    first, second = recipe.continua
    assert recipe.identities_of(first) == ("ada", "ben")
    assert recipe.identities_of(second) == ("ben",)
    assert (first.from_, first.to) == ("happy", "distressed")
    assert first.trajectory().n_steps == 15
    assert second.trajectory().levels.tolist() == [0, 0.04, 0.5, 1.25]


def test_no_key_is_missing_above():
    """FULL gives every key of every part another value than its default."""
    given_parts = [data(FULL), *data(FULL)["continua"]]
    for part in ("prototypes", "transforms", "symmetrised", "grids"):
        given_parts += data(FULL)[part]
    keys = {key for part in given_parts for key in part}
    ordinary = ("pack", "sources", "align", "morph", "frame", "match", "calibration")
    ordinary += ("checks",)
    for part in ordinary:
        keys |= {f"{part}.{key}" for key in data(FULL)[part]}
    keys |= {f"identities.{key}" for key in data(FULL)["identities"]["ada"]}
    schema = recipe_schema()
    known = set(schema["properties"])
    for part, name in (
        ("pack", "PackPart"),
        ("sources", "SourcesPart"),
        ("align", "AlignPart"),
        ("morph", "MorphPart"),
        ("frame", "FramePart"),
        ("match", "MatchPart"),
        ("calibration", "CalibrationPart"),
        ("checks", "ChecksPart"),
        ("identities", "Identity"),
    ):
        known |= {f"{part}.{key}" for key in schema["$defs"][name]["properties"]}
    for name in (
        "ContinuumPart",
        "PrototypePart",
        "TransformPart",
        "SymmetrisedPart",
        "GridPart",
    ):
        known |= set(schema["$defs"][name]["properties"])
    assert keys == known


def test_the_recipe_of_the_design():
    text = """
        schema = 1
        [pack]
        name = "demo_infants"
        version = "1.0.0"
        licence = "CC0-1.0"
        creators = ["…"]
        [sources]
        images = "source_faces"
        landmarks = "landmarks"
        template = "ibug_68"
        detector = "mesh"
        pattern = "{identity}_{label}.png"
        [identities.ada]
        age_months = 7
        consent_basis = "synthetic"
        may_morph = true
        may_show_online = true
        may_redistribute = true
        [align]
        method = "procrustes"
        width = 512
        height = 512
        [morph]
        warp = "tps"
        blend = "linear"
        mask = "none"
        [[continua]]
        identities = "*"
        from = "happy"
        to = "distressed"
        steps = 15
    """
    recipe = parse_recipe(text)
    assert recipe.frame_size() == (512, 512)
    # All but the names, and the template, is what the defaults say.
    short = changed("steps = 5", "steps = 15")
    assert parse_recipe(short).align == recipe.align
    assert parse_recipe(short).morph == recipe.morph
    default = parse_recipe(short).sources
    assert default.template == "auto"
    assert default.model_copy(update={"template": "ibug_68"}) == recipe.sources
    jsonschema.validate(data(text), recipe_schema())


def test_a_match_looks_at_what_it_is_made_for():
    """Where the recipe does not say, and in the resolved recipe."""
    for name, matching in MATCHINGS.items():
        extra = {"match": {"method": name}, "frame": {"grey": True}}
        recipe = make_recipe(data() | extra)
        assert recipe.match.over == matching.over[0]
        assert recipe.resolved()["match"]["over"] == matching.over[0]
        if matching.grey:
            (said,) = faults(SHORT + f'[match]\nmethod = "{name}"\n')
            assert said.endswith("is defined on grey images: set frame.grey = true")
    assert "over" not in make_recipe(data()).resolved()["match"]


def test_one_number_pads_and_crops_all_sides():
    recipe = make_recipe(data() | {"frame": {"pad": 5, "crop": 2}})
    assert recipe.frame.pad == (5, 5, 5, 5)
    assert recipe.frame.crop == (2, 2, 2, 2)


def test_the_recipe_of_a_new_study():
    recipe = parse_recipe(STUDY)
    assert recipe.continua[0].steps == 15
    jsonschema.validate(data(STUDY), recipe_schema())


@pytest.mark.parametrize("text", [FULL, SHORT, STUDY], ids=["full", "short", "study"])
def test_a_recipe_that_a_pack_holds_has_the_hash_of_the_recipe(text):
    recipe = parse_recipe(text)
    assert written_sha256(to_toml(recipe)) == recipe.sha256()


def test_the_hash_of_an_earlier_version_stays():
    """Keys that came later are not in its text, whatever they default to."""
    recipe = parse_recipe(SHORT)
    earlier = recipe.resolved()
    del earlier["morph"]["sampling"]
    text = tomli_w.dumps(earlier)
    assert written_sha256(text) != recipe.sha256()
    canonical = json.dumps(earlier, sort_keys=True, ensure_ascii=False)
    assert written_sha256(text) == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_example_of_other_file_names_in_the_new_study_works():
    commented = re.findall(r"^# (files = .*)$", STUDY, re.MULTILINE)
    assert len(commented) == 1
    recipe = parse_recipe(STUDY.replace(f"# {commented[0]}", commented[0]))
    files = recipe.identities["maja"].files
    assert set(files) == {"happy", "distressed"}
    # Numbers are what such photographs are called.
    assert all(re.match(r"\d", name) for name in files.values())


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("align.method", {*ALIGNMENTS, "none"}),
        ("morph.warp", WARPS),
        ("morph.refine", {*REFINEMENTS, "none"}),
        ("morph.blend", BLENDS),
        ("morph.detail", DETAILS),
        ("morph.sampling", SAMPLINGS),
        ("morph.difference", DIFFERENCES),
        ("morph.mask", {*MASKS, "none"}),
    ],
)
def test_every_entry_of_a_table_can_be_chosen(key, table):
    part, name = key.split(".")
    for entry in table:
        recipe = make_recipe(data() | {part: {name: entry}})
        assert getattr(getattr(recipe, part), name) == entry
    (said,) = faults(SHORT + f'[{part}]\n{name} = "{sorted(table)[0]}x"\n')
    assert said.startswith(
        f"recipe: {key}: '{sorted(table)[0]}x' is not known; known: "
    )
    assert all(entry in said for entry in table)
    assert f'did you mean "{sorted(table)[0]}"?' in said


@pytest.mark.parametrize("side", [16, MAX_SIDE])
def test_frame_sizes(side):
    recipe = make_recipe(data() | {"align": {"width": side, "height": side}})
    assert recipe.frame_size() == (side, side)


def test_without_alignment_the_photographs_decide():
    assert make_recipe(data() | {"align": {"method": "none"}}).frame_size() is None


def test_bytes_of_the_file(tmp_path):
    """A mark at its beginning and line ends of Windows are no matter."""
    path = tmp_path / "study.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHORT.replace("\n", "\r\n").encode())
    assert read_recipe(path) == parse_recipe(SHORT)


# ---- what is refused: one fault


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # numbers, truth values and texts are what they look like
        ("steps = 5", 'steps = "5"', "continua[0].steps: should be a whole number"),
        ("steps = 5", "steps = 5.0", "continua[0].steps: should be a whole number"),
        ("steps = 5", "steps = true", "continua[0].steps: should be a whole number"),
        (
            "may_morph = true",
            'may_morph = "yes"',
            "identities.ada.may_morph: should be t",
        ),
        (
            "may_morph = true",
            "may_morph = 1",
            "should be true or false, without quotes",
        ),
        ("may_morph = true", 'age_months = "7"', "age_months: should be a number"),
        ("may_morph = true", "age_months = -1", "should be at least 0"),
        ("may_morph = true", "age_months = nan", "identities.ada.age_months: "),
        ("may_morph = true", 'sex = "f"', "identities.ada.sex: "),
        ("may_morph = true", 'consent_basis = "yes"', "'guardian-explicit'"),
        (
            "may_morph = true",
            'licence = "CC BY"',
            "identities.ada.licence: should match",
        ),
        (
            'name = "demo"',
            "name = 3",
            "pack.name: should be a string in quotes (found 3)",
        ),
        (
            'name = "demo"',
            'name = "Demo 1"',
            "pack.name: names have lower-case letters",
        ),
        ('name = "demo"', 'name = "demo_"', "(found 'demo_')"),
        (
            'name = "demo"',
            f'name = "{"a" * 25}"',
            "pack.name: should have at most",
        ),
        ('name = "demo"', "title = 'x'", "pack.name: missing; add this key"),
        ('name = "demo"', "name='a'\nversion='1.0'", "pack.version: should match"),
        ('name = "demo"', "name='a'\nversion='1.0.0\\u0661'", "pack.version: should m"),
        ("schema = 1", "", "schema: missing; add this key"),
        ("schema = 1", "schema = 2", "schema: should be 1 (found 2)"),
        (
            "schema = 1",
            "schema = true",
            "schema: should be a whole number (found True)",
        ),
        ("schema = 1", "schema = 1.0", "schema: should be a whole number (found 1.0)"),
        # tables and lists
        (
            "[[continua]]",
            "[continua]",
            "continua: should be a list; a list of tables is",
        ),
        ("[identities.ada]", "[[identities.ada]]", "identities.ada: should be a table"),
        ("[pack]", "[[pack]]", "pack: should be a table"),
        ("steps = 5", "levels = 0.5", "continua[0].levels: should be a list"),
        # names
        (
            "[identities.ada]",
            "[identities.Ada]",
            "identities.Ada: names have lower-case",
        ),
        ('from = "happy"', 'from = "Happy 1"', "continua[0].from: names have lower-ca"),
        # steps and levels
        ("steps = 5", "steps = 1", "steps: should be at least 2"),
        (
            "steps = 5",
            f"steps = {MAX_STEPS + 1}",
            "should be at most 999",
        ),
        ("steps = 5", "", "continua[0]: give either steps or levels"),
        (
            "steps = 5",
            "steps = 5\nlevels=[0, 1]",
            "continua[0]: give either steps or lev",
        ),
        (
            "steps = 5",
            "levels = [0, 0.5, 0.5]",
            "continua[0]: the levels do not increase",
        ),
        (
            "steps = 5",
            "levels = [1, 0]",
            "the levels do not increase from step to step",
        ),
        ("steps = 5", "levels = [0, nan, 1]", "the levels do not increase"),
        ("steps = 5", "levels = [0.5]", "a continuum of 1 steps; at least 2 steps"),
        (
            "steps = 5",
            "levels = [0, 50, 100]",
            "levels from 0 to 100; from -0.999 to 1.9",
        ),
        ("steps = 5", "levels = [0, 50, 100]", "levels are fractions, not percent"),
        ("steps = 5", 'levels = ["0"]', "continua[0].levels[0]: should be a number"),
        (
            "steps = 5",
            f"levels = {list(range(1000))}",
            "the list should have at most 999",
        ),
        ('to = "sad"', 'to = "happy"', "continua[0]: from and to are both 'happy'"),
        # identities of a continuum
        (
            "steps = 5",
            "steps=5\nidentities=['adda']",
            "no [identities.adda]; did you mea",
        ),
        (
            "steps = 5",
            "steps=5\nidentities=['ada','ada']",
            "lists the identity 'ada' twi",
        ),
        (
            "steps = 5",
            "steps=5\nidentities=[]",
            "continua[0]: identities is an empty list",
        ),
        (
            "steps = 5",
            "steps=5\nidentities='ada'",
            'identities: should be "*" or a list',
        ),
        (
            "steps = 5",
            "steps=5\nidentities=['Ada']",
            "continua[0].identities[0]: names h",
        ),
        # sizes
        (
            "[pack]",
            "[align]\nwidth = 15\n[pack]",
            "align.width: should be at least",
        ),
        ("[pack]", "[align]\nheight = 8193\n[pack]", "at most 8192"),
        ("[pack]", "[align]\nheight = '9'\n[pack]", "align.height: should be a whole"),
        ("[pack]", "[morph]\nspacing = 1\n[pack]", "morph.spacing: should be"),
        ("[pack]", "[morph]\nmask = 'ova'\n[pack]", "morph.mask: 'ova' is not known"),
    ],
)
def test_one_fault(old, new, said):
    (told,) = faults(changed(old, new))
    assert told.startswith("recipe")
    assert said in told


def test_a_fault_says_once_what_was_found_and_no_remedy_of_another_key():
    (told,) = faults(changed("[pack]", "[morph]\nmask = 'ova'\n[pack]"))
    assert told.count("'ova'") == 1
    (told,) = faults(changed('name = "demo"', 'name = "Demo"'))
    assert "photographs" not in told
    (told,) = faults(SHORT + "[identities.Ben]\nmay_morph = true\n")
    assert "list photographs with other names" in told


@pytest.mark.parametrize("key", ["images", "landmarks"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/home/x", "is not a relative path with forward slashes"),
        ("C:/x", "is not a relative path with forward slashes"),
        ("a\\\\b", "is not a relative path with forward slashes"),
        ("../x", "leaves the folder of the recipe ('..')"),
        ("a/../../x", "leaves the folder of the recipe ('..')"),
        ("a/..", "leaves the folder of the recipe ('..')"),
    ],
)
def test_paths_stay_below_the_recipe(key, path, said):
    (told,) = faults(SHORT + f'[sources]\n{key} = "{path}"\n')
    assert told.startswith(f"recipe: sources.{key}: ")
    assert said in told
    found = f'[identities.ben]\nfiles = {{ happy = "{path}" }}\n'
    (told,) = faults(SHORT + found)
    assert told.startswith("recipe: identities.ben.files.happy: ")
    assert said in told


@pytest.mark.parametrize("path", ["a/b", "a b", "..a/b", "a..", "ä", "./a"])
def test_paths_that_are_fine(path):
    recipe = make_recipe(data() | {"sources": {"images": path}})
    assert recipe.sources.images == path


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{identity}.png", "must hold {label}, may hold {identity}, and nothing else"),
        ("{label}_{age}.png", "nothing else in braces"),
        ("{label}{}.png", "nothing else in braces"),
        ("{label}.png{", "nothing else in braces"),
        ("}{label}.png", "nothing else in braces"),
        ("{label!r}.png", "must hold {label}"),
        ("{{label}}.png", "nothing else in braces"),
        ("../{label}.png", "leaves the folder"),
        ("/{label}.png", "is not a relative path"),
    ],
)
def test_patterns_that_are_refused(pattern, said):
    (told,) = faults(SHORT + f'[sources]\npattern = "{pattern}"\n')
    assert told.startswith("recipe: sources: ")
    assert said in told


@pytest.mark.parametrize("pattern", ["{label}.png", "x/{identity}/{label}_{label}.JPG"])
def test_patterns_that_are_fine(pattern):
    recipe = make_recipe(data() | {"sources": {"pattern": pattern}})
    assert recipe.sources.pattern.format(identity="ada", label="sad").count("sad") >= 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[pack]",
            "[pakc]\nx = 1\n[pack]",
            "pakc: unknown key; known here: schema, pack",
        ),
        ("[pack]", "[pakc]\nx = 1\n[pack]", 'did you mean "pack"?'),
        (
            "[pack]",
            "[pack]\nnmae = 'x'",
            "pack.nmae: unknown key; known here: name, ver",
        ),
        ("may_morph = true", "may_mroph = true", 'did you mean "may_morph"?'),
        ("may_morph = true", "age = 3", "known here: age_months, sex"),
        (
            "steps = 5",
            "steps = 5\nstpes = 6",
            "continua[0].stpes: unknown key; known he",
        ),
        ("steps = 5", "steps = 5\nform = 6", 'did you mean "from"?'),
        (
            'from = "happy"',
            'from_ = "x"\nfrom = "happy"',
            "continua[0].from_: unknown k",
        ),
        ("schema = 1", "schema_ = 1\nschema = 1", "schema_: unknown key"),
        ("steps = 5", 'steps = 5\nvai = "neutral"', "continua[0].vai: unknown key"),
    ],
)
def test_unknown_keys(old, new, said):
    (told,) = faults(changed(old, new))
    assert said in told


# ---- what is refused: several faults, contradictions, no TOML


def test_all_faults_at_once():
    text = """
        schema = 3
        colour = "red"
        [pack]
        name = "Demo"
        [align]
        method = "procrutes"
        width = 3
        [identities.list]
        may_morph = 1
        [[continua]]
        from = "a"
        to = "a"
        [[continua]]
        from = "a"
        to = "b"
        steps = 0
    """
    told = faults(text)
    places = [re.match(r"recipe: ([^:]+): ", said)[1] for said in told]
    assert places == [
        *("schema", "pack.name", "identities.list.may_morph", "align.method"),
        *("align.width", "continua[0]", "continua[0]", "continua[1].steps", "colour"),
    ]


def test_all_contradictions_at_once():
    text = (
        SHORT
        + """
        [[continua]]
        identities = ["ada", "bea", "ada"]
        from = "happy"
        to = "sad"
        steps = 3
        [[continua]]
        identities = ["adam"]
        from = "sad"
        to = "happy"
        steps = 3
    """
    )
    told = faults(text)
    assert len(told) == 4
    assert "'bea', which has no [identities.bea]" in told[0]
    assert "two continua of 'ada' go from happy to sad" in told[1]
    assert "a continuum lists the identity 'ada' twice" in told[2]
    assert "'adam', which has no [identities.adam]; did you mean \"ada\"?" in told[-1]


def test_the_same_continuum_twice():
    twice = SHORT + '[[continua]]\nfrom = "happy"\nto = "sad"\nsteps = 9\n'
    (told,) = faults(twice)
    assert told == "recipe: two continua of 'ada' go from happy to sad"
    back = SHORT + '[[continua]]\nfrom = "sad"\nto = "happy"\nsteps = 9\n'
    assert len(parse_recipe(back).continua) == 2


def test_nothing_to_make():
    told = faults('schema = 1\ncontinua = []\nidentities = {}\n[pack]\nname = "a"\n')
    assert told == [
        "recipe: there is no identity; add an [identities.name]",
        "recipe: there is no continuum; add a [[continua]]",
    ]


def test_an_aligned_set_needs_a_size():
    with pytest.raises(InputError, match="an aligned set needs a width and a height"):
        make_recipe(data() | {"align": {"width": None}})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("schema = 1\n[pack\nname = 'x'\n", 2),
        ("schema = 1\n\nname = x\n", 3),
        (SHORT + "[pack]\nname = 'other'\n", SHORT.count("\n") + 1),
        (changed('name = "demo"', 'name = "a"\nname = "b"'), 4),
    ],
    ids=["bracket", "quotes", "table twice", "key twice"],
)
def test_no_toml(text, line):
    (told,) = faults(text)
    assert told.startswith("recipe: not valid TOML: ")
    assert f"(at line {line}, " in told
    assert "put strings in quotes" in told


def test_files_that_cannot_be_read(tmp_path):
    path = tmp_path / "study.toml"
    with pytest.raises(
        InputError, match="no such file; create a new study with"
    ) as caught:
        read_recipe(path)
    assert caught.value.where == str(path)
    path.write_bytes(b"schema = 1 # \xff\xfe")
    with pytest.raises(InputError, match=r"study.toml:1: is not UTF-8 text"):
        read_recipe(path)
    with pytest.raises(
        InputError, match=r"is a folder; a recipe file is needed; give .*"
    ):
        read_recipe(tmp_path)
    (tmp_path / "other.toml").write_text("")
    with pytest.raises(InputError, match=r"is a folder; a recipe file is needed$"):
        read_recipe(tmp_path)
    path.write_text(changed("steps = 5", "stepz = 5"))
    with pytest.raises(
        InputError, match=r"study.toml: continua\[0\].stepz: unknown key"
    ):
        read_recipe(path)


# ---- the resolved recipe


@pytest.mark.parametrize("text", [FULL, SHORT, STUDY], ids=["full", "short", "study"])
def test_resolved_recipe_makes_the_same(text):
    recipe = parse_recipe(text)
    again = parse_recipe(to_toml(recipe))
    assert again.resolved() == recipe.resolved()
    assert again.sha256() == recipe.sha256()
    assert to_toml(again) == to_toml(recipe)


def test_resolved_recipe_says_every_default():
    resolved = parse_recipe(SHORT).resolved()
    # Lists of what there may be more of, and what a calibration writes, are left out.
    made = {"prototypes", "transforms", "symmetrised", "grids", "calibration"}
    assert set(resolved) == set(recipe_schema()["properties"]) - made
    assert resolved["align"] == {
        "method": "procrustes",
        "width": 512,
        "height": 512,
        "frame": "photos",
    }
    assert resolved["morph"]["warp"] == "tps"
    assert resolved["identities"]["ada"]["may_redistribute"] is False
    assert resolved["continua"] == [
        {"identities": "*", "from": "happy", "to": "sad", "steps": 5}
    ]


def test_names_of_files_are_left_out():
    recipe = parse_recipe(FULL)
    assert recipe.identities["ada"].files
    for text in (to_toml(recipe), json.dumps(recipe.resolved())):
        assert "anna" not in text
        assert "files" not in text
    without = re.sub(r"files = .*\n", "", FULL)
    assert parse_recipe(without).sha256() == recipe.sha256()


def test_hash_is_of_the_sorted_json():
    recipe = parse_recipe(FULL)
    data = recipe.resolved()
    del data["pack"]["norms"]  # about the images, not what they are made from
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    assert recipe.sha256() == hashlib.sha256(text.encode()).hexdigest()


def shuffled(value, rng):
    """Return the same tables with their keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(v, rng) for v in value] if isinstance(value, list) else value


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False))
def test_hash_does_not_depend_on_order_and_form(rng):
    text = tomli_w.dumps(shuffled(data(FULL), rng), multiline_strings=True)
    text = text.replace(" = ", "=" if rng.random() < 0.5 else "  =  ") + "# the end\n"
    assert parse_recipe(text).sha256() == parse_recipe(FULL).sha256()


def test_hash_does_not_depend_on_defaults_being_written():
    written = SHORT + '[morph]\nwarp = "tps"\n[align]\nheight = 512\n'
    assert parse_recipe(written).sha256() == parse_recipe(SHORT).sha256()
    whole, point = (
        changed("may_morph = true", f"may_morph = true\nage_months = {age}")
        for age in ("7", "7.0")
    )
    assert parse_recipe(whole).sha256() == parse_recipe(point).sha256()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("steps = 5", "steps = 6"),
        ("steps = 5", "levels = [0, 0.25, 0.5, 0.75, 1]"),
        ('to = "sad"', 'to = "neutral"'),
        ("may_morph = true", "may_morph = true\nmay_show_online = true"),
        ('name = "demo"', 'name = "demo"\nparent = "ab"'),
        ("schema = 1", "schema = 1\nmorph.warp = 'piecewise_affine'"),
        ("schema = 1", "schema = 1\nmorph.refine = 'none'"),
        ("schema = 1", "schema = 1\nsources.images = 'x'"),
    ],
)
def test_hash_changes_with_the_recipe(old, new):
    assert parse_recipe(changed(old, new)).sha256() != parse_recipe(SHORT).sha256()


def test_a_recipe_does_not_change():
    recipe = parse_recipe(SHORT)
    with pytest.raises(ValueError, match="frozen"):
        recipe.pack.name = "other"
    recipe.resolved()["pack"]["name"] = "other"
    assert recipe.pack.name == "demo"


# ---- the schema for editors


@pytest.mark.parametrize("text", [FULL, SHORT, STUDY], ids=["full", "short", "study"])
def test_schema_accepts(text):
    schema = recipe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data(text), schema)
    jsonschema.validate(parse_recipe(text).resolved(), schema)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[pack]", "[pakc]\nx = 1\n[pack]"),
        ("steps = 5", "steps = '5'"),
        ("steps = 5", "steps = 1"),
        ("steps = 5", "stpes = 5"),
        ("schema = 1", "schema = 2"),
        ("may_morph = true", "may_morph = 'yes'"),
        ('name = "demo"', 'name = "Demo"'),
        ("schema = 1", "schema = 1\nmorph.warp = 'tsp'"),
        ("schema = 1", "schema = 1\nmorph.blend = 'tsp'"),
        ("schema = 1", "schema = 1\nalign.method = 'x'"),
    ],
)
def test_schema_refuses(old, new):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data(changed(old, new)), recipe_schema())


def test_every_key_is_documented():
    text = (DOCS / "recipe.md").read_text("utf-8")
    schema = recipe_schema()
    named = {
        "pack": "PackPart",
        "sources": "SourcesPart",
        "align": "AlignPart",
        "morph": "MorphPart",
        "frame": "FramePart",
        "match": "MatchPart",
        "continua": "ContinuumPart",
    }
    for part, name in named.items():
        for key in schema["$defs"][name]["properties"]:
            assert f"`{part}.{key}`" in text
    for key in schema["$defs"]["Identity"]["properties"]:
        assert f"`….{key}`" in text
    assert isinstance(parse_recipe(SHORT), Recipe)


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        ("{label}/{identity}.jpg", True),
        ("{identity}-{label}.tiff", True),
        ("anna_{label}.png", False),
        ("smith/{identity}_{label}.png", False),
    ],
)
def test_names_in_a_pattern_are_never_in_the_resolved_recipe(pattern, kept):
    recipe = make_recipe(data() | {"sources": {"pattern": pattern}})
    found = recipe.resolved()["sources"]["pattern"]
    assert found == (pattern if kept else "{identity}_{label}.png")
    assert parse_recipe(to_toml(recipe)).sha256() == recipe.sha256()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[0, 0.1, 0.6, 1.0]", "[0, 0.1, 1.0]", "3 positions, 4 levels"),
        ("[0, 0.1, 0.6, 1.0]", "[0, 0.6, 0.6, 1.0]", "the positions do not increase"),
        ('kind = "human"', 'kind = "guess"', "calibration.kind"),
        ("departure = 0.11\n", "", "calibration.departure: missing"),
        ("participants = 20", "participant = 20", 'did you mean "participants"'),
    ],
)
def test_a_wrong_calibration_is_told(old, new, message):
    assert any(message in said for said in faults(changed(old, new, FULL)))


# ---- what is checked


def checks_of(**checks):
    return make_recipe(data() | {"checks": checks}).checks


def test_limits_are_written_out_and_read_again():
    recipe = make_recipe(
        data() | {"checks": {"limits": {"ghosting": {"warning": 0.5}}}}
    )
    limit = recipe.checks.table()["ghosting"]
    assert (limit.note, limit.warning) == (LIMITS["ghosting"].note, 0.5)
    written = recipe.resolved()["checks"]["limits"]
    assert set(written) == set(LIMITS)
    assert parse_recipe(to_toml(recipe)).sha256() == recipe.sha256()
    assert checks_of().table() == dict(LIMITS)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ({"measures": ["gabor_jet_face265"]}, r"did you mean \"gabor_jet_face256\""),
        ({"measures": []}, "at least 1 item"),
        ({"measures": ["ssim_root_face256"] * 2}, "lists one twice"),
        ({"limits": {"ghostin": {"note": 0.1}}}, r"did you mean \"ghosting\""),
        ({"limits": {"ghosting": {"note": 0.5}}}, r"limits are 0\.5, 0\.08"),
        (
            {"limits": {"ghosting": {"notes": 0.5}}},
            r"unknown key; known here: note, warning, error; .*\"note\"",
        ),
    ],
)
def test_checks_that_cannot_be(checks, said):
    with pytest.raises(InputError, match=said):
        checks_of(**checks)
