"""Distances between pictures as other programs give them: python make_metrics.py.

Writes image_metrics.json beside this file: CIEDE2000 by colour-science, SSIM by
scikit-image, FLIP by its authors' evaluator, and Gabor jets by whole Fourier
transforms, written out here after Yue et al. (2012) and Margalit et al. (2016). Needs
these packages from the Python Package Index.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import colour
import numpy as np
from flip_evaluator import evaluate
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "helpers"))

from face_pictures import LABELS, face  # noqa: E402

_LUMA = np.array([0.2126, 0.7152, 0.0722])


def jets(picture: np.ndarray, grid: range, scale: float) -> np.ndarray:
    """Return the answers of the 40 kernels at a grid, by transforms of the picture."""
    w = 2 * np.pi * np.fft.fftfreq(256)
    x, y = w[None, :], -w[:, None]
    spectrum = np.fft.fft2(np.rint(picture.mean(axis=2)))
    found = []
    for octave in range(5):
        k = np.pi / 2 * 2 ** (-octave / 2)
        c = (2 * np.pi / k) ** 2 / 2
        for turn in range(8):
            a, b = k * np.cos(np.pi * turn / 8), k * np.sin(np.pi * turn / 8)
            kernel = np.exp(-c * ((a - x) ** 2 + (b - y) ** 2))
            kernel -= np.exp(-c * (k**2 + x**2 + y**2))
            answer = np.fft.ifft2(spectrum * 2 * np.pi * kernel)
            found.append(answer[np.ix_(grid, grid)])
    return np.array(found) * scale


def compare(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """Return every distance between two pictures."""
    lab = [rgb2lab(picture / 255) for picture in (a, b)]
    apart = colour.delta_E(*lab, method="CIE 2000")
    luma = [picture @ _LUMA for picture in (a, b)]
    yue = [np.abs(jets(p, range(39, 220, 20), 1.0)) for p in (a, b)]
    applet = [jets(p, range(20, 201, 20), 15 * 256**2 / 1e5 / 10) for p in (a, b)]
    shown = [(p / 255).astype(np.float32) for p in (a, b)]
    errors, _, _ = evaluate(*shown, "LDR", applyMagma=False)
    return {
        "gaborjet_mag_yue10x10_256": float(np.linalg.norm(yue[0] - yue[1])),
        "gaborjet_web_applet_dissimilarity": float(
            np.linalg.norm(applet[0] - applet[1])
        ),
        "ciede2000_mean": float(apart.mean()),
        "ciede2000_rms": float(np.sqrt((apart**2).mean())),
        "ssim_skimage_gauss_1.5_popcov_luma255": float(
            structural_similarity(
                *luma,
                data_range=255,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
        ),
        "flip_ldr_default_ppd": float(np.mean(errors, dtype=np.float64)),
    }


def main() -> None:
    """Measure and write."""
    pictures = dict(zip("ABC", map(face, LABELS), strict=True))
    packages = ("colour-science", "scikit-image", "flip-evaluator", "numpy")
    result = {
        "made_by": Path(__file__).name,
        "versions": {name: version(name) for name in packages},
        "sha256": {
            name: hashlib.sha256(picture.tobytes()).hexdigest()
            for name, picture in pictures.items()
        },
        "A|B": compare(pictures["A"], pictures["B"]),
        "A|C": compare(pictures["A"], pictures["C"]),
    }
    text = json.dumps(result, indent=1) + "\n"
    (HERE / "image_metrics.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
