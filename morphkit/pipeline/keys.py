"""Keys: hashes of everything that decides what a build makes.

What is made under a key may be taken from an earlier build with the same key. A key has
the software in it: a hash of the code of morphkit and of its plug-ins, the versions of
the libraries and the kind of processor. It is the code that counts and not the revision
or the numbers of the specifications: a change of the code that was meant to keep every
pixel may have failed to do so, and a commit that changes no code changes no pixel.

Of a recipe, everything counts except what is listed in `_IN_PLANS`: a new setting
belongs to all keys before anybody thinks of them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from morphkit._core.plug_ins import plug_in_code
from morphkit._core.revision import code_sha256
from morphkit.faces.choices import FaceChoice
from morphkit.faces.template import Template
from morphkit.geometry.similarity import Similarity
from morphkit.morph.finish import Finish
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.morph.set_statistics import SetStatistics
from morphkit.morph.settings import FinishSettings, MorphSettings
from morphkit.pack.maker import present_maker
from morphkit.pack.rows import NormRow
from morphkit.pipeline.check_recipe import Key
from morphkit.pipeline.settings import finish_settings
from morphkit.pipeline.software import software_versions
from morphkit.recipe import Recipe

#: Parts of a recipe that reach an image only as far as its continuum is planned by
#: them: the plan counts, and not what is said of other continua.
_IN_PLANS = {
    *("schema", "pack", "identities", "calibration", "continua", "grids"),
    *("prototypes", "transforms", "symmetrised"),
}
#: Keys of ``[sources]`` that say where photographs and landmarks are found.
_PLACES = {"images", "landmarks", "pattern", "detector"}
#: Parts of a recipe that judge images and do not change them.
_JUDGING = {"checks"}


def key_of(**parts: Any) -> str:
    """Return the hash of values by name: plain ones, arrays and dataclasses."""
    text = json.dumps(_plain(parts), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON; of an array, its kind and a hash."""
    if isinstance(value, np.ndarray):
        whole = np.ascontiguousarray(value)
        digest = hashlib.sha256(whole.tobytes()).hexdigest()
        return [whole.dtype.str, list(whole.shape), digest]
    if is_dataclass(value):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return [type(value).__name__, _plain(named)]
    if isinstance(value, Mapping):
        if all(isinstance(name, str) for name in value):
            return {name: _plain(each) for name, each in value.items()}
        return [[_plain(name), _plain(each)] for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


@cache
def software_key() -> str:
    """Return the hash of everything that computes here."""
    return key_of(
        code=code_sha256(), versions=software_versions(), plug_ins=plug_in_code()
    )


def request_key(
    recipe: Recipe,
    template: Template,
    norms: Sequence[NormRow],
    sources: Mapping[Key, Mapping[str, Any]],
) -> str:
    """Return the key of a whole pack.

    Parameters
    ----------
    recipe : Recipe
    template : Template
    norms : sequence of NormRow
    sources : mapping
        What is known of every source face before it is read.
    """
    return key_of(
        made="pack",
        software=software_key(),
        maker=present_maker(),
        recipe=recipe.resolved(),
        template=template.to_dict(),
        norms=tuple(norms),
        sources={" ".join(name): known for name, known in sources.items()},
    )


def detection_key(pixels: str, detector: str, template: str, face: FaceChoice) -> str:
    """Return the key of landmarks that are detected in a picture with a hash."""
    return key_of(
        made="landmarks",
        software=software_key(),
        pixels=pixels,
        detector=detector,
        template=template,
        face=face,
    )


def mesh_key(
    anchors: Sequence[Mixture],
    ends: Sequence[Mapping[str, Any]],
    moves: Mapping[tuple[str, str], Similarity],
    *,
    size: tuple[int, int],
    settings: MorphSettings,
    template: Template,
    keep: Sequence[Ingredient],
    recipe: Recipe,
) -> str:
    """Return the key of the mesh between photographs.

    Parameters
    ----------
    anchors : sequence of Mixture
    ends : sequence of mapping
        Photograph, mirroring and landmarks of every ingredient, in order.
    moves : mapping of (str, str) to Similarity
        Of these photographs, into the frame.
    size, settings, template, keep
        As for `morphkit.morph.correspondence.correspond_mixtures`.
    recipe : Recipe
        Says how the photographs are read.
    """
    return key_of(
        made="mesh",
        software=software_key(),
        anchors=[_shares(anchor) for anchor in anchors],
        ends=list(ends),
        moves={" ".join(name): asdict(move) for name, move in moves.items()},
        size=size,
        settings=settings,
        template=template.to_dict(),
        keep=[list(one) for one in keep],
        sources=_settings(recipe)["sources"],
    )


def _shares(anchor: Mixture) -> Any:
    """Return a mixture as lists."""
    start = anchor.start or {}
    shares = [
        [list(one), list(shares), start.get(one)]
        for one, shares in anchor.shares.items()
    ]
    return [anchor.averaged, shares]


def set_key(recipe: Recipe, scenes: Sequence[str]) -> str:
    """Return the key of the statistics of a set, given the keys of its scenes."""
    return key_of(
        made="statistics",
        recipe=_settings(recipe, without=_JUDGING),
        finish=finish_settings(recipe),
        scenes=list(scenes),
    )


def frames_key(
    recipe: Recipe, scene: str, identity: str, finish: Finish, size: tuple[int, int]
) -> str:
    """Return the key of the images of a continuum, given the key of its scene.

    Of the statistics of the set, those count that its images are finished by.
    """
    return key_of(
        made="continuum",
        recipe=_settings(recipe),
        finish=finish.settings,
        scene=scene,
        learned=_learned(finish.settings, finish.statistics, identity),
        box=finish.boxes[size],
    )


def _learned(settings: FinishSettings, statistics: SetStatistics, identity: str) -> Any:
    """Return the statistics that the images of an identity depend on."""
    found: dict[str, Any] = {}
    if settings.match.method != "none":
        found |= statistics.learnt_of(settings.match.group_of(identity))
    if settings.background == "mean":
        found["background"] = statistics.background()
    return found


def _settings(
    recipe: Recipe, *, without: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Return what a recipe says of all images."""
    resolved = recipe.resolved()
    kept = {k: v for k, v in resolved.items() if k not in _IN_PLANS | without}
    kept["sources"] = {k: v for k, v in kept["sources"].items() if k not in _PLACES}
    return kept
