"""Every hostile pack × every command that reads a pack: refused, or harmless.

Nothing hangs, no traceback, nothing is written outside, no code of a terminal is shown.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import hostile
import pytest
from hostile import CHECKS, MANIFEST, RECIPE, SUMS, TABLE_FILES, Change
from hostile_commands import COMMANDS, REPLACING, Command, taking_a_pack
from small_study import IDENTITIES as SMALL
from small_study import RUNNER

from morphkit.cli import main
from morphkit.pack.layout import ends_file, mesh_file

pytestmark = pytest.mark.slow

IDENTITY = SMALL[0]
CONTINUUM = f"{IDENTITY}_happy_distressed"
IMAGE = f"materials/stimuli/{IDENTITY}/{CONTINUUM}_s01.png"
MESH = mesh_file(CONTINUUM)
ENDS = ends_file(CONTINUUM)
TEMPLATE = "data/template.json"
STIMULI, CONTINUA, IDENTITIES = (
    TABLE_FILES[name] for name in ("stimuli", "continua", "identities")
)
#: Files that are read by fixed names.
READ = (MANIFEST, CHECKS, RECIPE, SUMS, STIMULI, CONTINUA, IDENTITIES, MESH, IMAGE)

#: The codes of terminals that nobody may send.
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def score(value: Any, table: str = "per_frame", name: str = "luminance") -> Change:
    def edit(data):
        data["scores"][CONTINUUM][table][name] = value

    return hostile.document(CHECKS, edit)


def scores(value: Any) -> Change:
    return hostile.document(CHECKS, lambda d: d.update(scores=value))


def about(**values: Any) -> Change:
    return hostile.document(MANIFEST, lambda d: d["morphkit"].update(values))


def manifest(**values: Any) -> Change:
    return hostile.document(MANIFEST, lambda d: d.update(values))


def resource(key: str, value: Any) -> Change:
    return hostile.document(MANIFEST, lambda d: d["resources"][0].update({key: value}))


def mesh(edit: Callable[[dict[str, Any]], Any]) -> Change:
    return hostile.arrays(edit, CONTINUUM)


def recipe(old: str, new: str) -> Change:
    return hostile.text(RECIPE, old, new)


def ends(data: Any) -> Change:
    return hostile.instead(ENDS, json.dumps(data))


def many_rows(table: str, n: int) -> Change:
    def change(pack: Path) -> None:
        path = pack / TABLE_FILES[table]
        head, first, *rest = path.read_text("utf-8").splitlines()
        name = first.partition(",")[0]
        more = [first.replace(name, f"x{k}", 1) for k in range(n)]
        path.write_text("\n".join([head, first, *rest, *more]) + "\n", "utf-8")

    return change


def without_rows(*names: str) -> Change:
    def change(pack: Path) -> None:
        for name in names:
            path = pack / TABLE_FILES[name]
            path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")

    return change


def one_end(data: dict[str, Any]) -> None:
    for name in ("frame_nodes", "photo_nodes", "landmarks", "photo_landmarks"):
        data[name] = data[name][:1]


def no_ends(data: dict[str, Any]) -> None:
    for name in ("frame_nodes", "photo_nodes", "landmarks", "photo_landmarks"):
        data[name] = data[name][:0]


PHOTO = {"sha256": "0" * 64, "pixel_sha256": "0" * 64, "decoder": "Pillow 10"}
END = {"identity": IDENTITY, "label": "happy", "sha256": "0" * 64, "placed_by": "hand"}
SHARES = {"shares": [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]}

#: Refused by every command that reads the part of the pack.
REFUSED: dict[str, Change] = {
    # Texts that would be run, and paths that leave
    "label that is run": hostile.tables(
        ",happy,", ",[__import__('os').system('touch ran')],"
    ),
    "label of a spreadsheet": hostile.tables(",happy,", ",=1+1,"),
    "file above": hostile.tables(IMAGE, "../../x/y.png", "stimuli"),
    "file by its root": hostile.tables(IMAGE, "/etc/hostname", "stimuli"),
    "file by a drive": hostile.tables(IMAGE, "C:/x.png", "stimuli"),
    "file of a device": hostile.tables(IMAGE, "materials/NUL.png", "stimuli"),
    "id above": hostile.tables(f"{CONTINUUM},", "../../x,"),
    "id by its root": hostile.tables(f"{CONTINUUM},", "/x/y,"),
    "name by its root": manifest(name="/x/y"),
    "name above": manifest(name="../x"),
    "resource above": resource("path", "../x"),
    "no hash": hostile.document(
        MANIFEST, lambda d: d["resources"].append({"path": "x", "hash": "abc"})
    ),
    # Bombs
    "300,000 rows": many_rows("stimuli", 300_000),
    "100,000 continua": many_rows("continua", 100_000),
    "n_steps of 4200 digits": hostile.tables(",3,", f",{'9' * 4200},"),
    "deep manifest": hostile.instead(MANIFEST, "[" * 100_000 + "]" * 100_000),
    "deep checks": hostile.instead(CHECKS, '{"a":' * 5000 + "1" + "}" * 5000),
    "deep enough checks": hostile.document(
        CHECKS, lambda d: d.update(scores=json.loads("[" * 60 + "]" * 60))
    ),
    # Wrong types
    "software a text": about(software="abc"),
    "software numbers": about(software={"morphkit": 1}),
    "no software": about(software={}),
    "made by a text": about(made_by="abc"),
    "made by code": about(made_by={"version": "\x1b[2J"}),
    "plug-ins a list": about(plug_ins=[1]),
    "photographs a text": about(photographs="abc"),
    "photograph without pixels": about(photographs=[{"sha256": "0" * 64}]),
    "hash of pixels a path": about(photographs=[PHOTO | {"pixel_sha256": "../../x"}]),
    "decoder that is printed": about(photographs=[PHOTO | {"decoder": "\x1b[2J"}]),
    "recipe hash a number": about(recipe_sha256=3, keep=True),
    "morphkit a list": manifest(morphkit=[1]),
    "version a number": manifest(version=1),
    "resources a text": manifest(resources="abc"),
    "manifest a text": hostile.instead(MANIFEST, '"abc"'),
    "manifest of half a character": hostile.text(
        MANIFEST, '"title": "', r'"title": "\\ud800'
    ),
    "manifest no text": hostile.instead(MANIFEST, b"\xff\xfe\xff"),
    "scores a list": scores([1]),
    "scores a text": scores("abc"),
    "score a text": score("abc"),
    "score a list of texts": score(["a", "b", "c"]),
    "score NaN": score([0.1, float("nan"), 0.2]),
    "score infinite": hostile.text(CHECKS, r'"luminance": \[', '"luminance": [1e999,'),
    "score too short": score([0.1]),
    "score too long": score([0.1] * 300),
    "steps too short": score([], "per_step", "difference"),
    "spacing a list": hostile.document(
        CHECKS, lambda d: d["scores"][CONTINUUM].update(spacing=[1])
    ),
    "spacing of other levels": hostile.document(
        CHECKS,
        lambda d: next(iter(d["scores"][CONTINUUM]["spacing"].values())).update(
            levels=[0.0, 1.0]
        ),
    ),
    "ends of scores a text": hostile.document(
        CHECKS, lambda d: d["scores"][CONTINUUM].update(ends="abc")
    ),
    "findings a text": hostile.document(CHECKS, lambda d: d.update(findings="abc")),
    "finding a number": hostile.document(CHECKS, lambda d: d.update(findings=[1])),
    "finding of no severity": hostile.document(
        CHECKS,
        lambda d: d.update(findings=[{"code": "x", "severity": "x", "message": "x"}]),
    ),
    "no checks": hostile.instead(CHECKS, "{}"),
    # Tables that do not fit
    "no stimuli": without_rows("stimuli"),
    "no continua": without_rows("continua"),
    "nothing": without_rows("stimuli", "continua"),
    "a step twice": hostile.tables(",2,3,", ",1,3,", "stimuli"),
    "steps from 0": hostile.tables(",1,3,", ",0,3,", "stimuli"),
    "more steps than images": hostile.tables(",3,", ",4,"),
    "continuum of no row": hostile.tables(f",{CONTINUUM},", ",no_such,", "stimuli"),
    "another label": hostile.tables(
        ",happy,distressed,", ",sad,distressed,", "stimuli"
    ),
    "level NaN": hostile.tables(",0.5,", ",nan,", "stimuli"),
    "level infinite": hostile.tables(",0.5,", ",1e999,", "stimuli"),
    "other digits": hostile.tables(",2,3,", ",٢,3,", "stimuli"),
    "digits apart": hostile.tables(",64,72,", ",6_4,72,", "stimuli"),
    "width below 0": hostile.tables(",64,72,", ",-64,72,", "stimuli"),
    # Words of their own, where a column or a document lists the words
    "kind of its own": hostile.tables(",morph,", ",film,", "stimuli"),
    "basis of its own": hostile.tables(",synthetic,", ",\x1b[2J,", "identities"),
    "basis in other words": hostile.tables(",synthetic,", ",consented,", "identities"),
    "basis of nothing": hostile.tables(",synthetic,", ",,", "identities"),
    "sex of its own": hostile.tables(",unknown,", ",infant,", "identities"),
    "warp of no name": hostile.tables(",tps,", ",[tps],", "continua"),
    "placed by a word of its own": hostile.tables(
        ",render,render,", ",ghost,render,", "continua"
    ),
    "precision of its own": hostile.document(
        CHECKS,
        lambda d: next(iter(d["scores"][CONTINUUM]["spacing"].values())).update(
            precision="half"
        ),
    ),
    "a column less": hostile.text(STIMULI, "(?m),[^,]*$", ""),
    "a quote left open": hostile.text(STIMULI, r"\Z", '"abc'),
    "a name twice": hostile.tables("_s02,", "_s01,", "stimuli"),
    "identities without a column": hostile.text(IDENTITIES, "age_months", "age"),
    # Recipes
    "no recipe": hostile.instead(RECIPE, "["),
    "deep recipe": hostile.instead(RECIPE, f"a = {'[' * 5000}{']' * 5000}"),
}
#: Read only by some commands: refused by them, and harmless for the others.
SOMETIMES: dict[str, Change] = {
    "recipe of a large number": recipe("steps = 3", f"steps = {'9' * 4200}"),
    "canvas of 8192": recipe("(width|height) = [0-9]+", r"\1 = 8192"),
    "recipe of a date": recipe('name = "small_study"', "name = 1979-05-27"),
    "empty recipe": hostile.instead(RECIPE, "a = 1"),
    "archive of 300 MB": hostile.instead(MESH, lambda: hostile.bomb(300)),
    "array of 8 TB": hostile.instead(
        MESH, lambda: hostile.npz(("size.npy", hostile.npy((2**43,), "|u1")))
    ),
    "20,000 arrays": hostile.instead(
        MESH, lambda: hostile.npz(*((f"a{k}.npy", b"") for k in range(20_000)))
    ),
    "arrays of no archive": hostile.instead(MESH, b"PK\x03\x04" + bytes(100)),
    "array of objects": hostile.instead(
        MESH, lambda: hostile.npz(("size.npy", hostile.npy((1,), "|O", bytes(8))))
    ),
    "taps of 200,001": mesh(
        lambda d: d.update(feather_0=hostile.np.zeros(200_001, hostile.np.int16))
    ),
    "complex nodes": mesh(lambda d: d.update(frame_nodes=d["frame_nodes"] * 1j)),
    "nodes of text": mesh(lambda d: d.update(size=hostile.np.array(["a", "b"]))),
    "one end": mesh(one_end),
    "no ends": mesh(no_ends),
    "frame of nothing": mesh(lambda d: d.update(size=hostile.np.array([0, 0]))),
    "frame of 16384": mesh(
        lambda d: d.update(size=hostile.np.array([16384, 16384], hostile.np.int32))
    ),
    "size of three": mesh(lambda d: d.update(size=hostile.np.array([1, 2, 3]))),
    "triangle of no node": mesh(lambda d: d.update(triangles=d["triangles"] + 10**6)),
    "corner far away": mesh(
        lambda d: d.update(corner=hostile.np.array([10**6, 0], hostile.np.int32))
    ),
    "landmarks of no number": mesh(
        lambda d: d.update(photo_landmarks=d["photo_landmarks"] * hostile.np.nan)
    ),
    "fewer landmarks": mesh(
        lambda d: d.update(photo_landmarks=d["photo_landmarks"][:, :5])
    ),
    "ends of 0": ends({"ends": [], "anchors": []}),
    "ends of 1": ends({"ends": [END], "anchors": [{"shares": [[1.0, 1.0, 1.0]]}] * 2}),
    "anchors of none": ends({"ends": [END, END], "anchors": []}),
    "anchors of text": ends({"ends": [END, END], "anchors": [{"shares": "abc"}] * 2}),
    "anchors of NaN": ends(
        {"ends": [END, END], "anchors": [{"shares": [[float("nan")] * 3] * 2}] * 2}
    ),
    "anchors of others": ends({"ends": [END], "anchors": [SHARES, SHARES]}),
    "ends a list": ends([1]),
    "image of 100 million pixels": hostile.instead(
        IMAGE, lambda: hostile.png(10_000, 10_000)
    ),
    "image of another size": hostile.instead(IMAGE, lambda: hostile.png(65, 72)),
    "image of 100 million pixels, as told": hostile.both(
        hostile.instead(IMAGE, lambda: hostile.png(10_000, 10_000)),
        hostile.tables(f"({IMAGE}.*),64,72,", r"\1,10000,10000,", "stimuli"),
    ),
    "image no image": hostile.instead(IMAGE, "abc"),
    "template above": recipe('template = "[a-z0-9_]+"', 'template = "../../x.json"'),
    "template a device": recipe(
        'template = "[a-z0-9_]+"', 'template = "/dev/zero.json"'
    ),
    "template of nothing": hostile.both(
        recipe('template = "[a-z0-9_]+"', f'template = "{TEMPLATE}"'),
        hostile.instead(TEMPLATE, '{"name": 1, "points": 3}'),
    ),
    "10^4 more continua": hostile.text(
        RECIPE,
        r"\Z",
        "\n" + "".join(f"[identities.x{k}]\nmay_morph = true\n" for k in range(20_000)),
    ),
    "levels that fall": hostile.tables(",0.5,", ",-1,", "stimuli"),
    "levels far away": hostile.tables(",0.5,", ",1e30,", "stimuli"),
    "identity of no row": without_rows("identities"),
    "sums of elsewhere": lambda pack: (pack / "x").write_text("x"),
    "codes of a terminal in findings": hostile.document(
        CHECKS,
        lambda d: d.update(
            findings=[
                {
                    "code": "x",
                    "severity": "note",
                    "message": "\x1b[2J\x9b31m\u202eabc",
                    "where": "[bold]",
                    "value": None,
                    "limit": None,
                }
            ]
        ),
    ),
    "codes of a terminal in software": about(software={"morphkit": "1\x1b[2J"}),
    "ages of millions": hostile.tables(",7,|,7.0,", ",1e18,", "identities"),
    "a resource more": hostile.document(
        MANIFEST,
        lambda d: d["resources"].append({"path": "x/y", "hash": f"sha256:{'0' * 64}"}),
    ),
}
#: Not regular files, or outside: refused by whoever opens them.
PIPES: dict[str, Change] = {f"pipe as {path}": hostile.pipe(path) for path in READ} | {
    f"pipe as {path}": hostile.both(hostile.instead(path, "x"), hostile.pipe(path))
    for path in (TEMPLATE, ENDS)
}
LINKS: dict[str, Change] = {
    f"{path} from {target}": hostile.link(path, target)
    for path in READ
    for target in ("/dev/zero", "/etc/hostname", "/")
} | {"links in a circle": hostile.link(MANIFEST, MANIFEST)}

CASES = {**REFUSED, **SOMETIMES, **PIPES, **LINKS}
if not hasattr(os, "mkfifo"):
    CASES = {name: change for name, change in CASES.items() if name not in PIPES}

#: How many pairs were run, and refused.
COUNTED = {"pairs": 0, "refused": 0}


def run_sealed(pack: Path, command: Command, place: Path, good: Any):
    """Run a command; see that it ends, and that nothing lies where it should not."""
    out = place / "out"
    out.mkdir()
    before = hostile.tree(place)
    arguments = [str(part) for part in command(pack, out, good)]
    with hostile.at_most():
        result = RUNNER.invoke(main, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    after = {
        name: what
        for name, what in hostile.tree(place).items()
        if not name.startswith("out/")
    }
    assert after == before, "something was written outside"
    shown = result.stdout + result.stderr
    assert not ESCAPES.search(shown), ascii(shown)
    assert "Traceback" not in shown
    COUNTED["pairs"] += 1
    COUNTED["refused"] += result.exit_code in (3, 4)
    shutil.rmtree(out)
    return result


#: What takes long to make or to hash, for the slow part.
LARGE = {
    *("300,000 rows", "100,000 continua", "10^4 more continua", "archive of 300 MB"),
}
#: Commands that every case meets in the quick part, with one of the exports in turn.
QUICK = ("verify", "check", "report", "reproduce", "fit")
EXPORTS = [name for name in COMMANDS if name.startswith("export ")]


#: Commands that read no recipe, and cases in which nothing else is wrong.
WITHOUT_RECIPE = {"answers", "simulate", "balance"}
OF_RECIPE = {"no recipe", "deep recipe"}


def see_unharmed(case: str, names: Iterable[str], place: Path, good: Any) -> None:
    """Run commands on a hostile pack."""
    pack = hostile.copy_of(good.pack, place / "theirs" / "pack")
    hostile.sealed(pack, CASES[case])
    for name in names:
        result = run_sealed(pack, COMMANDS[name], place, good)
        assert result.exit_code in (0, 1, 3, 4), (name, result.stderr)
        untouched = name in WITHOUT_RECIPE and case in OF_RECIPE
        if case in REFUSED and not untouched and name not in REPLACING:
            assert result.exit_code in (3, 4), (name, result.stdout)
        assert not list(place.rglob("ran"))


# Every fourth case; all of them meet a share of all commands in the slow part.
@pytest.mark.parametrize(
    ("number", "case"), [*enumerate(name for name in CASES if name not in LARGE)][::4]
)
def test_no_command_is_harmed(number, case, good, place):
    see_unharmed(case, [*QUICK, EXPORTS[number % len(EXPORTS)]], place, good)


#: Every fourth command meets a case, in turn; all do where this variable is "all".
WHICH = "MORPHKIT_HOSTILE"


@pytest.mark.parametrize(("number", "case"), [*enumerate(CASES)])
def test_no_command_at_all_is_harmed(number, case, good, place, record_property):
    before = dict(COUNTED)
    fourth = slice(number % 4, None, 4)
    whole = os.environ.get(WHICH) == "all"
    see_unharmed(case, [*COMMANDS] if whole else [*COMMANDS][fourth], place, good)
    record_property("pairs", COUNTED["pairs"] - before["pairs"])
    record_property("refused", COUNTED["refused"] - before["refused"])


def test_no_command_is_left_out(good, place):
    (place / "out").mkdir()
    lines = [
        " ".join(map(str, command(good.pack, place / "out", good)))
        for command in COMMANDS.values()
    ]
    taking = [*taking_a_pack(main)]
    assert len(taking) > 15
    run = {name for name in taking for line in lines if line.startswith(f"{name} ")}
    assert not {*taking} - run


def test_the_good_pack_is_good(good, place):
    """Nothing above is refused for another reason: the pack itself is taken."""
    pack = hostile.sealed(
        hostile.copy_of(good.pack, place / "theirs" / "pack"), lambda pack: None
    )
    codes = {
        name: run_sealed(pack, command, place, good).exit_code
        for name, command in COMMANDS.items()
    }
    # Two packs that are the same have no picture, a demo replaces demos alone, and no
    # photographs lie beside a pack.
    other = {"compare", "compare with it", "demo", "build of its recipe"}
    other |= {"scale"}  # of three images there is one triad
    assert {name for name, code in codes.items() if code} == other
