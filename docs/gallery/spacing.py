"""Predicted spacing before and after its levels are made equal."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import morphkit as mk

METRIC = "gabor_jet_face256"
recipe = mk.make_recipe(
    {
        "schema": 1,
        "pack": {"name": "before"},
        "identities": {"nilo": {"consent_basis": "synthetic", "may_morph": True}},
        "align": {"method": "two_point", "width": 256, "height": 256},
        "continua": [{"from": "happy", "to": "distressed", "steps": 11}],
    }
)
faces = mk.shipped_faces()
with tempfile.TemporaryDirectory() as folder:
    place = Path(folder)
    mk.build_pack(recipe, place / "before", root=faces)
    even = mk.respace_recipe(
        place / "before", metric=METRIC, sources=[faces / "source_faces"]
    )
    mk.build_pack(even.recipe, place / "after", root=faces)
    (before,) = mk.check_pack(place / "before").evidence.values()
    (after,) = mk.check_pack(place / "after").evidence.values()

plt.rcParams["axes.prop_cycle"] = plt.cycler(color=["#c46a2b", "#0b6e99"])
figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for seen, label in ((before, "equal levels"), (after, "levels by the metric")):
    steps = seen.spacings[METRIC].steps
    axes.plot(range(1, len(steps) + 1), steps, "o-", label=label)
axes.set(xlabel="step", ylabel="difference of Gabor jets", ylim=(0, 65))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
figure.savefig("spacing.png", dpi=130)
