"""Is every skin treated alike? Transforms, and every step and check of a continuum.

Run: python benchmarks/skin_tones.py [--size 256] [--part transforms|steps|lids]

Transforms: every shipped infant, from the lightest skin to the darkest, is transformed
from neutral to happy and to distressed by the difference of infants of light skin and
of dark skin (never by its own), with the difference added by ratio and as a sum. Skin
is the hull of the landmarks without the openings of eyes and mouth. Printed are

- MST: the group of the Monk Skin Tone Scale [1]_ that was modelled, 1 to 10;
- L*: lightness of the skin of the neutral face, median (CIELAB, D65);
- clip: share of skin with a code value of 0 or 255, less that of the neutral face;
- hue: angle by which the mean hue of skin turns in CIELAB, degrees.

Steps: every shipped infant from happy to distressed in nine images, as the demo makes
them, with one thing changed at a time. One line for each infant, from the lightest skin
to the darkest; below, the rank correlation of every column with lightness, and the mean
of the four lightest and of the four darkest. Changed and printed are

- drift: largest departure of luminance and of RMS contrast from the line between the
  ends, in the face and in skin alone, percent;
- detail: of skin halfway, percent of the line between the ends, kept level and plain;
- clip: share of skin with a code value of 0 or 255, worst image, as photographed and
  after matching luminance over the set (and in each identity), percent;
- hue: angle by which matching over the set turns the mean hue of skin, worst image,
  degrees;
- rim: how far any pixel of the fading edge of a mask lies outside of what it is mixed
  from, face and background, code values;
- ghost: the index on sound landmarks, matched by landmarks alone (bare), and so with
  those of one eye and brow 8 % of the eye distance too low at one end, percent (a
  note from 3 on);
- teeth: the measure of openings on sound landmarks, and where those of an open mouth
  say that it is shut (a warning from 6 on);
- grey, cast: what is measured of one end with half its colours (0.5 is true), and with
  red and blue apart by 10 % of their light (a warning from .40 and from .08 on);
- CIEDE, Gabor: mean step in CIEDE2000 and in Gabor jets;
- found: landmarks found by the default detector, mean error over the ends, percent of
  the eye distance.
- dissolve: the index of ghosting of both photographs as they lie, percent.

Lids (needs the requirements of ``faces_generator``): every shipped infant from happy to
distressed at seven eighths of the way, as eyes shut, beside the true picture at that
level. Printed is light, percent of the truth: in the eyes with their lids, where shade
behind lids is at work, in what one eye alone shows of it at most, and in skin.

References
----------
.. [1] Monk, E. (2023). The Monk Skin Tone Scale. SocArXiv. doi:10.31235/osf.io/pdf4c.
   The scale is CC-BY 4.0 (skintone.google). The groups are those that the infants were
   modelled for (``source_faces/README.md``), not judged in the pictures.
"""

import argparse
import dataclasses
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.stats import spearmanr
from skimage.color import rgb2lab
from skimage.draw import polygon2mask

import morphkit as mk
from morphkit.faces.face import Face
from morphkit.faces.landmarks import Landmarks
from morphkit.geometry.hull import convex_hull
from morphkit.morph.choices import DIFFERENCES
from morphkit.morph.settings import MorphSettings
from morphkit.pipeline.demo import demo_identities
from morphkit.quality.checks.ghosting import measure_ghosting
from morphkit.quality.regions import SIDE, Region

ROOT = Path(__file__).resolve().parents[1]
GROUP = 3
#: A row of the tables of the rendered infants: name, sex, months, group of skin.
_INFANT = re.compile(r"^\| `(\w+)` \| \w+ \| \d+ \| (\d+) \|", re.MULTILINE)


def monk_groups() -> dict[str, int]:
    """Return the group of the Monk scale that each rendered infant is of."""
    tables = sorted((ROOT / "source_faces").rglob("README.md"))
    rows = (_INFANT.findall(table.read_text("utf-8")) for table in tables)
    return {name: int(group) for found in rows for name, group in found}


def read(name: str, size: int) -> Face:
    """Return a shipped face at a size."""
    folder = mk.shipped_faces()
    photo = Image.open(folder / "source_faces" / f"{name}.png").convert("RGB")
    marks = mk.read_landmarks(folder / "landmarks" / f"{name}.json")
    scale = size / photo.width
    small = np.asarray(photo.resize((size, size), Image.Resampling.LANCZOS))
    points = (marks.points + 0.5) * scale - 0.5
    return Face(small, dataclasses.replace(marks, points=points))


def skin_of(face: Face) -> np.ndarray:
    """Return where skin is: the hull of the landmarks without eyes and mouth."""
    from scipy.spatial import ConvexHull

    points, shape = face.landmarks.points, face.image.shape[:2]
    hull = points[ConvexHull(points).vertices]
    skin = polygon2mask(shape, hull[:, ::-1])
    for opening in (range(36, 42), range(42, 48), range(48, 60)):
        place = points[list(opening)]
        middle = place.mean(axis=0)
        skin &= ~polygon2mask(shape, (middle + 1.4 * (place - middle))[:, ::-1])
    return skin


def measure(before: Face, after: Face) -> tuple[float, float]:
    """Return the share of skin that was clipped, and the turn of its hue."""
    skin, was = skin_of(after), skin_of(before)
    code = after.image
    clipped = (((code == 0) | (code == 255)).any(axis=2) & skin).sum() / skin.sum()
    own = before.image
    clipped -= (((own == 0) | (own == 255)).any(axis=2) & was).sum() / was.sum()
    return float(clipped), hue_turn(own[was], code[skin])


def hue_turn(first: np.ndarray, second: np.ndarray) -> float:
    """Return by how much the mean hue of two sets of pixels differs, degrees."""
    hues = []
    for pixels in (first, second):
        lab = rgb2lab(pixels)
        hues.append(np.angle(np.mean(np.exp(1j * np.arctan2(lab[:, 2], lab[:, 1])))))
    return float(abs(np.degrees(np.angle(np.exp(1j * (hues[1] - hues[0]))))))


#: Shares of red, green and blue light in luminance.
LUMINANCE = (0.2126, 0.7152, 0.0722)


def light_of(image: np.ndarray) -> np.ndarray:
    """Return the linear light of sRGB code values, 0 to 1."""
    code = image / 255.0
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


#: Number of images of the measured continua.
STEPS = 9
LABELS = ("happy", "distressed")
#: Landmarks of the image-left eye and brow, and of the inner lips, ibug_68.
EYE = (*range(17, 22), *range(36, 42))
UPPER, LOWER = (61, 62, 63), (67, 66, 65)
Change = Callable[[str, str, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def as_it_is(
    name: str, label: str, image: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a photograph and its landmarks, unchanged."""
    del name, label
    return image, points


def at_last(change: Change) -> Change:
    """Return a change of the second end alone."""

    def changed(
        name: str, label: str, image: np.ndarray, points: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        if label != LABELS[-1]:
            return image, points
        return change(name, label, image, points)

    return changed


@at_last
def eye_too_low(
    name: str, label: str, image: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return landmarks of which those of one eye are too low."""
    apart = np.hypot(*(points[36:42].mean(axis=0) - points[42:48].mean(axis=0)))
    moved = points.copy()
    moved[list(EYE)] += [0.0, 0.08 * apart]
    return image, moved


def lips_shut(
    name: str, label: str, image: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return landmarks that say that the mouth is shut."""
    shut = points.copy()
    middle = (points[list(UPPER)] + points[list(LOWER)]) / 2
    shut[list(UPPER)] = shut[list(LOWER)] = middle
    return image, shut


@at_last
def half_grey(
    name: str, label: str, image: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a photograph with half its colours."""
    grey = image @ np.array([54, 183, 19]) / 256
    return np.rint((image + grey[..., None]) / 2).astype(np.uint8), points


@at_last
def other_white(
    name: str, label: str, image: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a photograph with more red and less blue light."""
    light = (light_of(image) * [1.05, 1.0, 0.95]).clip(0, 1)
    out = np.where(
        light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055
    )
    return np.rint(255 * out).astype(np.uint8), points


def build(
    folder: Path,
    names: Iterable[str],
    size: int,
    change: Change = as_it_is,
    labels: tuple[str, str] = LABELS,
    **parts: Any,
) -> mk.Pack:
    """Return the pack of all infants, with something changed, built in a folder."""
    for place in ("source_faces", "landmarks"):
        (folder / place).mkdir(parents=True)
    for name in names:
        for label in labels:
            face = read(f"{name}_{label}", size)
            image, points = change(name, label, face.image, face.landmarks.points)
            stem = f"{name}_{label}"
            Image.fromarray(image).save(folder / "source_faces" / f"{stem}.png")
            marks = Landmarks(face.landmarks.template, points)
            mk.write_landmarks(folder / "landmarks" / f"{stem}.json", marks)
    who = {"consent_basis": "synthetic", "may_morph": True, "age_months": 7}
    data = {
        "schema": 1,
        "pack": {"name": "tones"},
        "identities": dict.fromkeys(names, who),
        "align": {"method": "none", "width": size, "height": size},
        "continua": [{"from": labels[0], "to": labels[1], "steps": STEPS}],
        "checks": {"measures": ["ciede2000_mean_face256", "gabor_jet_face256"]},
    }
    return mk.build_pack(mk.make_recipe(data | parts), folder / "pack", root=folder)


def frames_of(pack: mk.Pack, folder: Path, name: str) -> list[np.ndarray]:
    """Return the images of an infant."""
    rows = [row for row in pack.stimuli if row.identity_id == name]
    return [np.asarray(Image.open(folder / "pack" / row.file)) for row in rows]


def skins(name: str, size: int) -> list[np.ndarray]:
    """Return where skin is in both photographs, and in none of them anything else."""
    return [skin_of(read(f"{name}_{label}", size)) for label in LABELS]


def drift(values: Sequence[float]) -> float:
    """Return the largest departure from the line between the ends, percent."""
    line = np.linspace(values[0], values[-1], len(values))
    off = np.asarray(values) / line - 1
    return float(100 * off[np.abs(off).argmax()])


def fine(frame: np.ndarray, skin: np.ndarray) -> float:
    """Return the energy of fine detail of skin."""
    grey = frame.astype(np.float64) @ np.array([54, 183, 19]) / 256
    detail = (
        4 * grey[1:-1, 1:-1]
        - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    )  # fmt: skip
    return float((detail[skin[1:-1, 1:-1]] ** 2).mean())


def contrast(frame: np.ndarray, skin: np.ndarray) -> float:
    """Return the RMS contrast of skin, in linear light."""
    return float((light_of(frame[skin]) @ LUMINANCE).std())


def half_detail(frames: list[np.ndarray], skin: np.ndarray) -> float:
    """Return the detail of skin halfway, percent of the line between the ends."""
    ends = (fine(frames[0], skin) + fine(frames[-1], skin)) / 2
    return 100 * fine(frames[len(frames) // 2], skin) / ends


def most_clipped(frames: list[np.ndarray], skin: np.ndarray) -> float:
    """Return the largest share of skin that is clipped, percent."""
    shares = [((f == 0) | (f == 255)).any(axis=2)[skin].mean() for f in frames]
    return float(100 * max(shares))


def most_turned(
    frames: list[np.ndarray], changed: list[np.ndarray], skin: np.ndarray
) -> float:
    """Return the largest turn of the hue of skin in changed images, degrees."""
    return max(hue_turn(a[skin], b[skin]) for a, b in zip(frames, changed, strict=True))


def rim(frames: list[np.ndarray], masked: list[np.ndarray]) -> float:
    """Return how far pixels under a mask lie outside of what they are mixed from."""
    most = 0
    for bare, frame in zip(frames, masked, strict=True):
        background = frame[0, 0].astype(int)  # a corner, which every mask hides
        low, high = np.minimum(bare, background), np.maximum(bare, background)
        most = max(
            most, int((low - frame).max()), int((frame.astype(int) - high).max())
        )
    return float(most)


def dissolve(name: str, size: int) -> float:
    """Return the index of ghosting of both photographs as they lie."""
    ends = [read(f"{name}_{label}", size) for label in LABELS]
    hull = convex_hull(np.vstack([face.landmarks.points for face in ends]))
    low, high = hull.min(axis=0), hull.max(axis=0)
    side = float(1.2 * (high - low).max())
    corner = (low + high) / 2 - side / 2
    inside = (hull - corner) * (SIDE / side) - 0.5
    mask = polygon2mask((SIDE, SIDE), inside[:, ::-1]).astype(np.float32)
    region = Region((float(corner[0]), float(corner[1])), side, mask)
    first, second = (region.cut(face.image) for face in ends)
    return measure_ghosting(first, second, mask).ghosting


def lids(name: str, size: int) -> dict[str, float]:
    """Return the light of eyes that shut, and of skin, percent of the truth."""
    sys.path.insert(0, str(ROOT))
    from faces_generator import render_level

    level = 7 / 8
    true, points, _ = render_level(name, *LABELS, level, size=size)
    made = mk.continuum(
        *(read(f"{name}_{label}", size) for label in LABELS),
        (0.0, level, 1.0),
        frame="photos",
        settings=MorphSettings(align="none"),
    ).frames[1]
    face = Face(true, Landmarks(read(f"{name}_happy", size).landmarks.template, points))
    places = {"skin": skin_of(face)}
    for title, eye in (("left", range(36, 42)), ("right", range(42, 48))):
        edge = points[list(eye)]
        outline = edge.mean(axis=0) + 1.4 * (edge - edge.mean(axis=0))
        places[title] = polygon2mask(true.shape[:2], outline[:, ::-1])
    lights = [light_of(image) @ LUMINANCE for image in (made, true)]
    share = {
        title: 100 * float(lights[0][place].mean() / lights[1][place].mean())
        for title, place in places.items()
    }
    eyes = places["left"] | places["right"]
    return {
        "eyes": 100 * float(lights[0][eyes].mean() / lights[1][eyes].mean()),
        "brighter": max(share["left"], share["right"]),
        "skin": share["skin"],
    }


def found_error(name: str, size: int) -> float:
    """Return the mean error of detected landmarks, percent of the eye distance."""
    errors = []
    for label in LABELS:
        face = read(f"{name}_{label}", size)
        true = face.landmarks.points
        seen = mk.detect(face.image).points
        apart = np.hypot(*(true[36:42].mean(axis=0) - true[42:48].mean(axis=0)))
        errors.append(np.hypot(*(seen - true).T).mean() / apart)
    return float(100 * np.mean(errors))


def measure_steps(names: Sequence[str], size: int) -> dict[str, dict[str, float]]:
    """Return every column by its title: infant -> value."""
    with tempfile.TemporaryDirectory() as place:
        return _columns(names, size, Path(place))


def _columns(names: Sequence[str], size: int, place: Path) -> dict[str, Any]:
    made: dict[str, mk.Pack] = {}

    def make(key: str, change: Change = as_it_is, **parts: Any) -> None:
        made[key] = build(place / key, names, size, change, **parts)

    make("as is")
    make("plain", morph={"detail": "plain"})
    make("matched", match={"method": "luminance"})
    make("matched within", match={"method": "luminance", "within": "identity"})
    make("bare", morph={"refine": "none"})
    make(
        "masked",
        morph={"refine": "none", "mask": "face"},
        frame={"background": "mean"},
    )
    make("eye", eye_too_low, morph={"refine": "none"})
    make("lips", lips_shut, labels=("neutral", "distressed"))
    make("grey", half_grey)
    make("white", other_white)

    def scores(key: str, name: str) -> Mapping[str, Any]:
        return next(v for k, v in made[key].scores.items() if k.startswith(f"{name}_"))

    def apart(key: str, name: str, what: str) -> tuple[float, float]:
        values = scores(key, name)["per_frame"][what]
        return values[0], values[-1]

    columns: dict[str, dict[str, float]] = {}
    for name in names:
        first, last = skins(name, size)
        both = first & last
        frames = {
            key: frames_of(made[key], place / key, name)
            for key in (
                "as is", "plain", "matched", "matched within", "bare", "masked"
            )
        }  # fmt: skip
        own, ends = scores("as is", name), scores("as is", name)["ends"]
        grey, white = apart("grey", name, "colour"), apart("white", name, "cast")
        before = apart("as is", name, "cast")
        row = {
            "drift lum": drift(own["per_frame"]["luminance"]),
            "drift con": drift(own["per_frame"]["contrast"]),
            "of skin": drift([contrast(f, both) for f in frames["as is"]]),
            "detail": half_detail(frames["as is"], both),
            "plain": half_detail(frames["plain"], both),
            "clip": most_clipped(frames["as is"], both),
            "matched": most_clipped(frames["matched"], both),
            "within": most_clipped(frames["matched within"], both),
            "hue": most_turned(frames["as is"], frames["matched"], both),
            "rim": rim(frames["bare"], frames["masked"]),
            "ghost": 100 * ends["ghosting"],
            "bare": 100 * scores("bare", name)["ends"]["ghosting"],
            "eye low": 100 * scores("eye", name)["ends"]["ghosting"],
            "dissolve": 100 * dissolve(name, size),
            "teeth": max(ends["openings"].values(), default=0.0),
            "lips shut": scores("lips", name)["ends"]["openings"]["mouth"],
            "grey": 1 - min(grey) / max(grey),
            "cast": abs((white[1] - white[0]) - (before[1] - before[0])),
            "CIEDE": float(np.mean(own["spacing"]["ciede2000_mean_face256"]["steps"])),
            "Gabor": float(np.mean(own["spacing"]["gabor_jet_face256"]["steps"])),
            "found": found_error(name, size),
        }
        for title, value in row.items():
            columns.setdefault(title, {})[name] = value
    return columns


def print_steps(names: Sequence[str], light: Mapping[str, float], size: int) -> None:
    """Print the table of all steps and checks."""
    print_columns(names, light, measure_steps(names, size))


def print_lids(names: Sequence[str], light: Mapping[str, float], size: int) -> None:
    """Print the light of eyes that shut beside the truth."""
    rows = {name: lids(name, size) for name in names}
    titles = list(rows[names[0]])
    columns = {t: {name: row[t] for name, row in rows.items()} for t in titles}
    print_columns(names, light, columns)


def print_columns(
    names: Sequence[str],
    light: Mapping[str, float],
    columns: Mapping[str, Mapping[str, float]],
) -> None:
    """Print columns by infant, and how they go with lightness."""
    monk = monk_groups()
    print(
        f"{'infant':6}{'MST':>4}{'L*':>5}"
        + "".join(f"{title:>10}" for title in columns)
    )
    for name in names:
        cells = "".join(f"{column[name]:10.2f}" for column in columns.values())
        print(f"{name:6}{monk[name]:4}{light[name]:5.0f}{cells}")
    own = [light[name] for name in names]
    tables = [np.array([column[n] for n in names]) for column in columns.values()]
    for title, of in (("lightest", slice(4)), ("darkest", slice(-4, None))):
        print(f"{title:15}" + "".join(f"{table[of].mean():10.2f}" for table in tables))
    ranks = (spearmanr(own, t).statistic if np.ptp(t) else 0.0 for t in tables)
    print(f"{'rank':15}" + "".join(f"{rank:10.2f}" for rank in ranks))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line for each infant: for transforms, and for every step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--part", choices=("transforms", "steps", "lids"))
    wanted = parser.parse_args(arguments)
    if wanted.part in (None, "transforms"):
        transforms(wanted.size)
    neutral = {n: read(f"{n}_neutral", wanted.size) for n in demo_identities()}
    light = {
        name: float(np.median(rgb2lab(face.image)[skin_of(face)][:, 0]))
        for name, face in neutral.items()
    }
    names = sorted(light, key=light.get, reverse=True)
    if wanted.part in (None, "steps"):
        print_steps(names, light, wanted.size)
    if wanted.part in (None, "lids"):
        print_lids(names, light, wanted.size)


def transforms(size: int) -> None:
    """Print one line for each infant, expression and group of sources."""
    faces = {
        (name, label): read(f"{name}_{label}", size)
        for name in demo_identities()
        for label in ("neutral", "happy", "distressed")
    }

    def lightness(name: str) -> float:
        face = faces[name, "neutral"]
        return float(np.median(rgb2lab(face.image)[skin_of(face)][:, 0]))

    names = sorted(demo_identities(), key=lightness, reverse=True)
    columns = "".join(f"{d:>9} clip %  hue °" for d in DIFFERENCES)
    monk = monk_groups()
    print(f"{'infant':6}{'MST':>4}{'L*':>5}  {'to':11}{'learnt on':10}{columns}")
    worst: dict[str, list[tuple[float, float]]] = {d: [] for d in DIFFERENCES}
    for name in names:
        others = [one for one in names if one != name]
        for label in ("happy", "distressed"):
            for group, of in (("light", others[:GROUP]), ("dark", others[-GROUP:])):
                cells = ""
                for difference in DIFFERENCES:
                    settings = MorphSettings(refine="none", difference=difference)
                    made = mk.transform(
                        faces[name, "neutral"],
                        [faces[one, "neutral"] for one in of],
                        [faces[one, label] for one in of],
                        settings=settings,
                    )
                    found = measure(faces[name, "neutral"], made.face)
                    worst[difference].append(found)
                    cells += f"{100 * found[0]:16.2f} {found[1]:6.1f}"
                tone = f"{monk[name]:4}{lightness(name):5.0f}"
                print(f"{name:6}{tone}  {label:11}{group:10}{cells}")
    for difference, rows in worst.items():
        clip, hue = np.array(rows).T
        print(
            f"{difference}: clipped at most {100 * clip.max():.2f} % (mean "
            f"{100 * clip.mean():.2f} %), hue turned at most {hue.max():.1f}° (mean "
            f"{hue.mean():.1f}°)"
        )


if __name__ == "__main__":
    main()
