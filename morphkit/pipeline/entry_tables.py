"""Everything that can be chosen by name: all tables, by kind."""

from collections.abc import Callable, Mapping

from morphkit._core.plug_ins import PREFIX, plug_ins_of
from morphkit._core.registry import TABLES
from morphkit.experiment.analysis.cross_checks import CROSS_CHECKS
from morphkit.experiment.designs import DESIGNS
from morphkit.experiment.observers import OBSERVERS
from morphkit.experiment.readers import READERS
from morphkit.experiment.texts import languages
from morphkit.export import FRONT_ENDS
from morphkit.faces.detectors import DETECTORS
from morphkit.faces.embeddings import EMBEDDINGS
from morphkit.faces.formats import FORMATS
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.geometry.align import ALIGNMENTS
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.geometry.outline import OUTLINES
from morphkit.geometry.warp import WARPS
from morphkit.morph.blend import BLENDS
from morphkit.morph.masks import MASKS
from morphkit.morph.normalise import MATCHINGS
from morphkit.quality.checks import CHECKS
from morphkit.quality.landmark_checks import LANDMARK_CHECKS
from morphkit.quality.metrics import METRICS
from morphkit.quality.regions import REGIONS


def _templates() -> dict[str, str]:
    found = {name: builtin_template(name) for name in builtin_templates()}
    return {n: f"{t.n_points} points: {t.description}" for n, t in found.items()}


def _front_ends() -> dict[str, str]:
    return {
        name: adapter.title + ("" if adapter.verified else "; not verified there")
        for name, adapter in FRONT_ENDS.items()
    }


def _plug_ins() -> dict[str, str]:
    return {
        f"{group.removeprefix(PREFIX)} {one.name}": str(one)
        for group in sorted(TABLES)
        for one in plug_ins_of(group)
    }


#: Kind of entry -> its names, each with a summary.
KINDS: Mapping[str, Callable[[], dict[str, str]]] = {
    "answers": lambda: {n: r.about for n, r in READERS.items()},
    "alignments": lambda: {n: a.summary for n, a in ALIGNMENTS.items()},
    "blends": lambda: {n: b.summary for n, b in BLENDS.items()},
    "checks": lambda: {n: c.summary for n, c in CHECKS.items()},
    "cross-checks": lambda: {n: c.summary for n, c in CROSS_CHECKS.items()},
    "detectors": lambda: {n: d.description for n, d in DETECTORS.items()},
    "designs": lambda: {n: d.summary for n, d in DESIGNS.items()},
    "embeddings": lambda: {n: e.summary for n, e in EMBEDDINGS.items()},
    "front-ends": _front_ends,
    "formats": lambda: {n: f.about for n, f in FORMATS.items()},
    "landmark-checks": lambda: {n: c.summary for n, c in LANDMARK_CHECKS.items()},
    "languages": languages,
    "masks": lambda: {n: m.summary for n, m in MASKS.items()},
    "matchings": lambda: {n: m.summary for n, m in MATCHINGS.items()},
    "metrics": lambda: {n: f"{m.summary} ({m.unit})" for n, m in METRICS.items()},
    "observers": lambda: {
        n: f"{o.scale} scale, noise {o.noise:g}, lapses {o.lapses:g}"
        for n, o in OBSERVERS.items()
    },
    "outlines": lambda: {n: o.summary for n, o in OUTLINES.items()},
    "plug-ins": _plug_ins,
    "refinements": lambda: {n: r.summary for n, r in REFINEMENTS.items()},
    "regions": lambda: {n: r.title for n, r in REGIONS.items()},
    "templates": _templates,
    "warps": lambda: {n: w.summary for n, w in WARPS.items()},
}
