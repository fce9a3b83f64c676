"""Simulated observers, with known truth: for planning studies and testing fits."""

from morphkit._core.registry import Table
from morphkit.experiment.observers.observer import Observer
from morphkit.experiment.observers.respond import answer_design, answer_visits
from morphkit.experiment.observers.truth import SCALES

#: Named observers, for commands; every value can be changed.
OBSERVERS = Table(
    "observers",
    Observer,
    {
        "linear": Observer(),
        "curved": Observer(scale="wave", bend=1 / 3),
        "strongly-curved": Observer(scale="wave", bend=2 / 3, noise=0.1),
        "categorical": Observer(scale="categorical"),
        "noisy": Observer(noise=0.4, category_noise=0.25, lapses=0.05),
        "careless": Observer(lapses=0.2),
    },
)

__all__ = ["OBSERVERS", "SCALES", "Observer", "answer_design", "answer_visits"]
