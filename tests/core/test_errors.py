"""Errors, and looking up a name in a table."""

import copy
import pickle

import pytest

from morphkit._core.registry import did_you_mean, look_up
from morphkit.errors import (
    InputError,
    MissingExtraError,
    MorphkitError,
    OutputError,
    SeveralInputsError,
    folded,
    install_command,
    raise_all,
)

FULL = {"where": "anna.tem:14", "allowed": "two are needed", "remedy": "mend it"}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "3 numbers"),
        (FULL, "anna.tem:14: 3 numbers; two are needed; mend it"),
        (FULL | {"where": ""}, "3 numbers; two are needed; mend it"),
        (FULL | {"allowed": ""}, "anna.tem:14: 3 numbers; mend it"),
        (FULL | {"remedy": ""}, "anna.tem:14: 3 numbers; two are needed"),
    ],
)
def test_form_of_the_message(parts, said):
    error = InputError("3 numbers", **parts)
    assert str(error) == said
    assert error.problem == "3 numbers"
    for name in FULL:
        assert getattr(error, name) == parts.get(name, "")


def test_kinds():
    assert issubclass(InputError, ValueError)
    assert issubclass(OutputError, OSError)
    assert issubclass(MissingExtraError, ImportError)
    for kind in (InputError, SeveralInputsError, OutputError, MissingExtraError):
        assert issubclass(kind, MorphkitError)


def test_at_gives_a_place_once():
    error = InputError("bad", allowed="good", remedy="mend it")
    placed = error.at("recipe")
    assert str(placed) == "recipe: bad; good; mend it"
    assert placed.at("elsewhere") is placed
    assert error.where == ""


def test_at_places_every_one_of_several():
    group = SeveralInputsError([InputError("bad"), InputError("worse", where="b")])
    placed = group.at("a")
    assert str(placed) == "a: bad\nb: worse"
    assert [error.where for error in placed.errors] == ["a", "b"]


def test_raise_all():
    first, second, third = (InputError(text) for text in ("one", "two", "three"))
    raise_all([])
    with pytest.raises(InputError, match=r"\Aone\Z") as alone:
        raise_all(iter([first]))
    assert alone.value is first
    with pytest.raises(SeveralInputsError, match=r"\Aone\ntwo\nthree\Z") as several:
        raise_all([first, SeveralInputsError([second, third])])
    assert several.value.errors == (first, second, third)
    with pytest.raises(InputError) as inner:
        raise_all([SeveralInputsError([second])])
    assert inner.value is second


def of_photographs(n: int, folder: str = "faces") -> list[InputError]:
    return [
        InputError(
            f'there is no "f{k:02}_happy.jpg"',
            where=f"{folder}/f{k:02}_happy.jpg",
            remedy=f'the recipe needs it for "f{k:02}"',
        )
        for k in range(n)
    ]


def test_one_kind_over_many_files_is_one_message():
    errors = of_photographs(16)
    other = InputError("is empty", where="faces/x.png")
    with pytest.raises(SeveralInputsError) as caught:
        raise_all([errors[0], other, *errors[1:]])
    first, more, last = str(caught.value).split("\n")
    assert first == str(errors[0])
    assert more == (
        "(and 15 more of this kind: f01_happy.jpg, f02_happy.jpg, f03_happy.jpg, "
        "f04_happy.jpg, f05_happy.jpg, …)"
    )
    assert last == "faces/x.png: is empty"
    assert len(caught.value.errors) == 17


def test_a_few_errors_are_told_one_by_one():
    errors = of_photographs(5)
    assert folded(errors) == [str(error) for error in errors]
    assert len(folded(of_photographs(6))) == 2
    assert "f05_happy.jpg)" in folded(of_photographs(6))[1]


def test_faults_of_one_file_are_never_folded():
    """What they name is what has to be mended."""
    lines = [InputError(f'no "{k}"', where=f"a.csv:{k}") for k in range(9)]
    nowhere = [InputError(f'no "{k}"') for k in range(9)]
    for errors in (lines, nowhere):
        assert folded(errors) == [str(error) for error in errors]


def test_different_kinds_stay_apart():
    kinds = [
        InputError(f"is {'empty' if k % 2 else 'damaged'}", where=f"{k}.png")
        for k in range(20)
    ]
    assert len(folded(kinds)) == 4


def test_missing_extra_names_the_remedy():
    error = MissingExtraError("the HEIC reader", "heif")
    assert str(error).startswith('the HEIC reader needs the extra "heif"')
    assert str(error).endswith('install it with: pip install "morphkit-faces[heif]"')


def test_the_command_that_installs_names_the_distribution_and_extras():
    assert install_command() == "pip install morphkit-faces"
    assert install_command("heif") == 'pip install "morphkit-faces[heif]"'
    assert install_command("a", "b") == 'pip install "morphkit-faces[a,b]"'


@pytest.mark.parametrize(
    "error",
    [
        InputError("bad", **FULL),
        SeveralInputsError([InputError("bad", **FULL), InputError("worse")]),
        MissingExtraError("the HEIC reader", "heif"),
        OutputError("packs/a: already exists"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_errors_survive_the_way_between_processes(error, clone):
    back = clone(error)
    assert type(back) is type(error)
    assert str(back) == str(error)
    for name, value in vars(error).items():
        if name != "errors":
            assert getattr(back, name) == value
    inner = [(type(e), str(e), vars(e)) for e in getattr(error, "errors", ())]
    assert [(type(e), str(e), vars(e)) for e in getattr(back, "errors", ())] == inner


def test_what_is_wrong_with_a_set_is_told_once():
    same = [InputError("no way", where="template") for _ in range(2)]
    with pytest.raises(InputError) as caught:
        raise_all(same)
    assert str(caught.value) == "template: no way"


TABLE = {"tps": 1, "piecewise_affine": 2}


def test_look_up():
    assert look_up(TABLE, "piecewise_affine", kind="warp") == 2
    with pytest.raises(InputError) as caught:
        look_up(TABLE, "tsp", kind="warp")
    assert str(caught.value) == (
        'no warp is called "tsp"; known: tps, piecewise_affine; did you mean "tps"?'
    )
    with pytest.raises(InputError, match=r"known: tps, piecewise_affine\Z"):
        look_up(TABLE, "zzz", kind="warp")


def test_did_you_mean():
    assert did_you_mean("procrutes", ["two_point", "procrustes"]) == (
        'did you mean "procrustes"?'
    )
    assert did_you_mean("mls", ["tps"]) == ""
    assert did_you_mean("tps", []) == ""
