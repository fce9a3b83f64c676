"""Do transforms treat every skin alike? Clipping and hue by skin tone.

Run: python benchmarks/skin_tones.py [--size 256]

Every shipped infant, from the lightest skin to the darkest, is transformed from neutral
to happy and to distressed by the difference of infants of light skin and of dark skin
(never by its own), with the difference added by ratio and as a sum. Skin is the hull of
the landmarks without the openings of eyes and mouth. Printed are

- L*: lightness of the skin of the neutral face, median (CIELAB, D65);
- clip: share of skin with a code value of 0 or 255, less that of the neutral face;
- hue: angle by which the mean hue of skin turns in CIELAB, degrees.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from PIL import Image
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line for each infant, expression and group of sources."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    size = parser.parse_args(arguments).size
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
