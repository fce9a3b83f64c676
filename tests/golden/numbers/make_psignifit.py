"""Psychometric functions as psignifit fits them: python make_psignifit.py.

Writes psignifit.json beside this file, from the answers in psychometric.json. Needs
psignifit (Python Package Index).
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psignifit

HERE = Path(__file__).parent
FITS = (("pooled5400", "yes/no"), ("lab300", "equal asymptote"))


def main() -> None:
    """Fit and write."""
    data = json.loads((HERE / "psychometric.json").read_text("utf-8"))["data"]
    found = {}
    for name, kind in FITS:
        rows = np.column_stack([data[name][key] for key in "xkn"])
        fit = psignifit.psignifit(rows, sigmoid="norm", experiment_type=kind)
        found[f"{name}|{kind}|norm|MAP"] = {
            "estimate": {k: float(v) for k, v in fit.parameter_estimate_MAP.items()},
            "ci95": {
                k: [float(end) for end in fit.confidence_intervals[k]["0.95"]]
                for k in ("threshold", "width")
            },
        }
    result = {
        "made_by": Path(__file__).name,
        "versions": {"psignifit": version("psignifit")},
        "fits": found,
    }
    text = json.dumps(result, indent=1) + "\n"
    (HERE / "psignifit.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
