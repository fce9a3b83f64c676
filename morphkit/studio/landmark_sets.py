"""The landmark sets that a study could be of, where its landmark files do not say.

A ``.tem``, ``.pts``, ``.tps``, ``.csv`` or imglab file has points, and says at most
their number. The built-in set of this number is proposed; a lab's own, defined beside
the photographs or the recipe, may have the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from morphkit.errors import InputError
from morphkit.faces.formats import find_template
from morphkit.faces.formats.template_json import builtin_template, builtin_templates
from morphkit.faces.template import Template
from morphkit.pipeline.sources import with_template
from morphkit.studio.study import StudioStudy


@dataclass(frozen=True)
class FittingSets:
    """Landmark sets with the number of landmarks that the files of a study have.

    Parameters
    ----------
    n_points : int
    sets : mapping of str to Template
        By name, the one that is taken unless another is chosen first.
    files : mapping of str to Path
        Definitions of those that are not built in.
    """

    n_points: int
    sets: Mapping[str, Template]
    files: Mapping[str, Path] = field(default_factory=dict)

    def to_dict(self, study: StudioStudy) -> dict[str, Any]:
        """Return what the page shows, with how a choice is made to last."""
        chosen = study.template.name
        given = self.files[chosen].name if chosen in self.files else chosen
        return {
            "n_points": self.n_points,
            "names": list(self.sets),
            "chosen": chosen,
            "lasting": (
                f'template = "{given}" under [sources] of the recipe'
                if study.has_recipe
                else f"--template {given}"
            ),
        }

    def chosen_for(self, study: StudioStudy, name: str) -> StudioStudy:
        """Return the study with its landmarks taken for those of another set.

        Raises
        ------
        InputError
            If no set of the name fits.
        """
        if name not in self.sets:
            raise InputError(
                f'no landmark set "{name}" has {self.n_points} landmarks',
                allowed=", ".join(self.sets),
            )
        file = self.files.get(name)
        return replace(
            study,
            template=self.sets[name],
            definition=file,
            recipe=with_template(study.recipe, file.name if file else name),
        )


def fitting_sets(study: StudioStudy) -> FittingSets | None:
    """Return what the landmarks of a study may be; None where something says it."""
    if not study.is_open:
        return None
    n_points = study.template.n_points
    known = [builtin_template(name) for name in builtin_templates()]
    sets = {study.template.name: study.template}
    sets |= {one.name: one for one in known if one.n_points == n_points}
    files = {}
    for file in sorted(study.folder.glob("*.json")):
        try:
            own = find_template(file)
        except InputError:
            continue  # another file
        if own.n_points == n_points and own.name not in sets:
            sets[own.name], files[own.name] = own, file
    return FittingSets(n_points, sets, files)
