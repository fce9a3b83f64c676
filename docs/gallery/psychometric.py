"""Simulated observers sort the images of a continuum; functions are fitted."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import morphkit as mk

RECIPE = {
    "schema": 1,
    "pack": {"name": "sorted"},
    "identities": {"pavo": {"consent_basis": "synthetic", "may_morph": True}},
    "align": {"method": "two_point", "width": 96, "height": 96},
    "continua": [{"from": "happy", "to": "distressed", "steps": 11}],
}
with tempfile.TemporaryDirectory() as folder:
    pack = Path(folder) / "pack"
    mk.build_pack(mk.make_recipe(RECIPE), pack, root=mk.shipped_faces())
    plan = mk.design_study(pack, "categorisation", n_participants=12, repeats=4)
    answers = mk.simulate_answers(plan.design, pack, n_participants=12)
    found = mk.fit_psychometric_functions(answers, pack, samples=200)

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
levels = np.linspace(0, 1, 200)
for one in found.result.of("participant"):
    axes.plot(levels, one.fit.predict(levels), color="#0b6e99", alpha=0.25, linewidth=1)
fit = found.result.of("pooled")[0].fit
axes.plot(levels, fit.predict(levels), color="#0b6e99", linewidth=2.5)
axes.plot(fit.levels, fit.chosen / fit.shown, "o", color="#222222")
interval = found.result.pooled.intervals["naive_pse"]
axes.axvspan(interval.low, interval.high, color="#c46a2b", alpha=0.25, linewidth=0)
axes.axvline(fit.pse, color="#c46a2b", label="point of subjective equality, 95 %")
axes.set(xlabel="level", ylabel="answered “distressed”", ylim=(-0.03, 1.03))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
figure.savefig("psychometric.png", dpi=130)
