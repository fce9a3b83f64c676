"""What every landmark format must hold."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import morphkit
from morphkit.errors import InputError
from morphkit.faces.formats import (
    FORMATS,
    builtin_template,
    format_options,
    read_collection,
    write_collection,
)
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template

pytestmark = pytest.mark.filterwarnings("ignore:imglab files hold whole pixels")

WIDTH, HEIGHT = 1350, 1100
NAMES = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]),
    min_size=1,
    max_size=12,
).map(lambda s: f"ä {s}.png")


@st.composite
def templates(draw: st.DrawFn) -> Template:
    n = draw(st.integers(4, 190))
    line = st.lists(st.integers(0, n - 1), min_size=1, max_size=9, unique=True)
    lines = draw(st.lists(line.map(tuple), max_size=6))
    closed = draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    mirror = tuple(reversed(range(n)))
    names = tuple(f'point "{i}", <é>' for i in range(n))
    return Template("custom", names, tuple(lines), tuple(closed), mirror)


@st.composite
def faces(draw: st.DrawFn, template: Template) -> Landmarks:
    x = st.floats(-0.5, WIDTH - 0.5)
    y = st.floats(-0.5, HEIGHT - 0.5)
    n = template.n_points
    # A point at 0 0 stands for a missing one.
    point = st.tuples(x, y).filter(lambda p: max(map(abs, p)) > 0.5)
    return Landmarks(template, np.array(draw(st.lists(point, min_size=n, max_size=n))))


def change(a: Landmarks, b: Landmarks) -> float:
    return float(np.abs(a.points - b.points).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip(name, data):
    """Points come back within the declared precision, in the same order."""
    form = FORMATS[name]
    template = data.draw(templates())
    n_images = data.draw(st.integers(1, 3)) if form.holds_many else 1
    images = data.draw(
        st.lists(NAMES, min_size=n_images, max_size=n_images, unique=True)
    )
    written = {image: data.draw(faces(template)) for image in images}
    text = form.write(written, size=(WIDTH, HEIGHT))
    read = form.read(text, template=template, size=(WIDTH, HEIGHT))
    assert list(read) == (images if form.names_image else [""])
    for before, after in zip(written.values(), read.values(), strict=True):
        assert change(before, after) <= form.precision
        assert after.template == template


def choices(form):
    """Return every choice of options that a format leaves open."""
    values = [option.values for option in form.options.values()]
    return [dict(zip(form.options, each, strict=True)) for each in product(*values)]


@pytest.mark.parametrize(
    ("name", "chosen"),
    [(name, chosen) for name in FORMATS for chosen in choices(FORMATS[name])],
)
def test_text_is_stable(name, chosen):
    """Writing what was read gives the same bytes: nothing creeps."""
    form = FORMATS[name].with_options(chosen)
    rng = np.random.default_rng(7)
    points = rng.uniform([0, 0], [WIDTH - 1, HEIGHT - 1], (68, 2))
    options = {"size": (WIDTH, HEIGHT)}
    first = form.write(
        {"a.png": Landmarks(builtin_template("ibug_68"), points)}, **options
    )
    read = form.read(first, **options)
    image, face = next(iter(read.items()))
    assert form.write({image or "a.png": face}, **options) == first
    assert first.endswith("\n")
    assert "\r" not in first


@pytest.mark.parametrize("name", FORMATS)
def test_options_change_something_and_are_no_ones_else(name):
    form = FORMATS[name]
    assert form.with_options({"no_such": 1}) is form
    points = np.random.default_rng(7).uniform(9, 90, (5, 2)).round()
    face = {"a.png": Landmarks(builtin_template("dlib_5"), points)}
    texts = {
        form.with_options(chosen).write(face, size=(WIDTH, HEIGHT))
        for chosen in choices(form)
    }
    assert len(texts) == len(choices(form))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("template", ["dlib_5", "webmorph_7", "ibug_68", "webmorph_70"])
def test_built_in_is_recognised(name, template):
    """A built-in template need not be named again."""
    t = builtin_template(template)
    points = np.random.default_rng(3).uniform(20, 900, (t.n_points, 2))
    text = FORMATS[name].write({"a.png": Landmarks(t, points)}, size=(WIDTH, HEIGHT))
    (read,) = FORMATS[name].read(text, size=(WIDTH, HEIGHT)).values()
    assert read.template == t


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "text", ["", "\n\n", "hello", "{}", "\0\0", "1 2\n3 4\n", "<a", "a,b\n1,2\n", "]["]
)
def test_garbage_is_an_input_error(name, text):
    with pytest.raises(InputError):
        FORMATS[name].read(text)


@pytest.mark.parametrize("name", FORMATS)
def test_cut_off_text_never_gives_other_points(name):
    """Every prefix is refused, or still holds all points as they were."""
    t = builtin_template("dlib_5")
    points = np.random.default_rng(5).uniform(100, 900, (5, 2)).round(2)
    size = (WIDTH, HEIGHT)
    text = FORMATS[name].write({"a.png": Landmarks(t, points)}, size=size)
    for cut in range(len(text)):
        try:
            read = FORMATS[name].read(text[:cut], size=size, template=t)
        except InputError:
            continue
        face = next(iter(read.values()))
        allowed = FORMATS[name].precision
        last = np.abs(face.points - points)
        assert last.ravel()[:-1].max() <= allowed, text[:cut]


@pytest.mark.parametrize("name", FORMATS)
def test_wrong_number_of_points(name):
    t, other = builtin_template("ibug_68"), builtin_template("dlib_5")
    points = np.random.default_rng(5).uniform(100, 900, (68, 2))
    text = FORMATS[name].write({"a.png": Landmarks(t, points)}, size=(WIDTH, HEIGHT))
    with pytest.raises(InputError, match=r"68|ibug_68"):
        FORMATS[name].read(text, template=other, size=(WIDTH, HEIGHT))


@pytest.mark.parametrize("name", FORMATS)
def test_many_images(name, tmp_path):
    form = FORMATS[name]
    t = builtin_template("dlib_5")
    rng = np.random.default_rng(11)
    sizes = {f"{i}.png": (400 + i, 300 + 50 * i) for i in range(3)}
    faces = {n: Landmarks(t, rng.uniform(9, 290, (5, 2))) for n in sizes}
    path = tmp_path / f"all{form.suffixes[0]}"
    if not form.holds_many:
        with pytest.raises(InputError, match="3 images in a format that holds one"):
            write_collection(path, faces, size=sizes)
        return
    write_collection(path, faces, size=sizes)
    read = read_collection(path, size=sizes)
    assert list(read) == list(faces)
    assert all(change(read[n], faces[n]) <= form.precision for n in faces)


@pytest.mark.parametrize("name", FORMATS)
def test_size_is_asked_for(name):
    form = FORMATS[name]
    face = Landmarks(builtin_template("dlib_5"), np.full((5, 2), 9.0))
    if form.needs_size:
        with pytest.raises(InputError, match="height of the image"):
            form.write({"a.png": face})
    else:
        assert form.write({"a.png": face})


def test_suffixes_are_unique():
    suffixes = [s for form in FORMATS.values() for s in form.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert next(iter(FORMATS)) == "json"


@pytest.mark.parametrize("option", format_options())
def test_an_option_is_named_by_its_format_alone(option):
    """No function of all formats knows the option of one."""
    package = Path(morphkit.__file__).parent
    named = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if f"{option}:" in path.read_text("utf-8")
    }
    assert named == {f"faces/formats/{option.partition('_')[0]}.py"}
