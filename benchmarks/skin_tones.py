"""Is every skin treated alike? Transforms, and every step and check of a continuum.

Run: python benchmarks/skin_tones.py [--size 256] [--part transforms|steps]

Transforms: every shipped infant, from the lightest skin to the darkest, is transformed
from neutral to happy and to distressed by the difference of infants of light skin and
of dark skin (never by its own), with the difference added by ratio and as a sum. Skin
is the hull of the landmarks without the openings of eyes and mouth. Printed are

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
"""

import argparse
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
from morphkit.morph.settings import DIFFERENCES, MorphSettings
from morphkit.pipeline.demo import demo_identities

GROUP = 3


def read(name: str, size: int) -> Face:
    """Return a shipped face at a size."""
    folder = mk.shipped_faces()
    photo = Image.open(folder / "source_faces" / f"{name}.png").convert("RGB")
    marks = mk.read_landmarks(folder / "landmarks" / f"{name}.json")
    scale = size / photo.width
    small = np.asarray(photo.resize((size, size), Image.Resampling.LANCZOS))
    points = (marks.points + 0.5) * scale - 0.5
    return Face(small, Landmarks(marks.template, points))


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
    hues = []
    for image, place in ((own, was), (code, skin)):
        lab = rgb2lab(image)[place]
        hues.append(np.angle(np.mean(np.exp(1j * np.arctan2(lab[:, 2], lab[:, 1])))))
    turn = abs(np.degrees(np.angle(np.exp(1j * (hues[1] - hues[0])))))
    return float(clipped), float(turn)


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
    code = image / 255.0
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    light = (light * [1.05, 1.0, 0.95]).clip(0, 1)
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
    code = frame[skin] / 255.0
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return float((light @ [0.2126, 0.7152, 0.0722]).std())


def half_detail(frames: list[np.ndarray], skin: np.ndarray) -> float:
    """Return the detail of skin halfway, percent of the line between the ends."""
    ends = (fine(frames[0], skin) + fine(frames[-1], skin)) / 2
    return 100 * fine(frames[len(frames) // 2], skin) / ends


def most_clipped(frames: list[np.ndarray], skin: np.ndarray) -> float:
    """Return the largest share of skin that is clipped, percent."""
    shares = [((f == 0) | (f == 255)).any(axis=2)[skin].mean() for f in frames]
    return float(100 * max(shares))


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
            for key in ("as is", "plain", "matched", "matched within")
        }
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
            "ghost": 100 * ends["ghosting"],
            "bare": 100 * scores("bare", name)["ends"]["ghosting"],
            "eye low": 100 * scores("eye", name)["ends"]["ghosting"],
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
    columns = measure_steps(names, size)
    print(f"{'infant':10}{'L*':>5}" + "".join(f"{title:>10}" for title in columns))
    for name in names:
        cells = "".join(f"{column[name]:10.2f}" for column in columns.values())
        print(f"{name:10}{light[name]:5.0f}{cells}")
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
    parser.add_argument("--part", choices=("transforms", "steps"))
    wanted = parser.parse_args(arguments)
    if wanted.part != "steps":
        transforms(wanted.size)
    if wanted.part != "transforms":
        neutral = {n: read(f"{n}_neutral", wanted.size) for n in demo_identities()}
        light = {
            name: float(np.median(rgb2lab(face.image)[skin_of(face)][:, 0]))
            for name, face in neutral.items()
        }
        print_steps(sorted(light, key=light.get, reverse=True), light, wanted.size)


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
    print(f"{'infant':8}{'L*':>5}  {'to':11}{'learnt on':10}{columns}")
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
                print(f"{name:8}{lightness(name):5.0f}  {label:11}{group:10}{cells}")
    for difference, rows in worst.items():
        clip, hue = np.array(rows).T
        print(
            f"{difference}: clipped at most {100 * clip.max():.2f} % (mean "
            f"{100 * clip.mean():.2f} %), hue turned at most {hue.max():.1f}° (mean "
            f"{hue.mean():.1f}°)"
        )


if __name__ == "__main__":
    main()
