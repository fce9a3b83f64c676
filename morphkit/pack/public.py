"""A pack for the public: without what identifies photographs, or places landmarks.

Left out are the hashes of the files of photographs, the landmarks and all that holds
their coordinates (the frozen meshes with their outlines and masks, the place of the
worst landmark in the checks), statistics of the photographs of the set, names of
folders, and identities that no image shows. Images, levels, consent and measurements
stay as they are.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import tomli_w

from morphkit._core.finding import Finding
from morphkit.pack.documents import to_json
from morphkit.pack.model import Pack
from morphkit.pack.reduced_recipe import reduced
from morphkit.quality.agreement import EndAgreement
from morphkit.quality.checks.ends import landmark_error_message
from morphkit.recipe import SourcesPart, written_sha256
from morphkit.recipe.composition import Composition

#: Code of the finding that tells the place of a landmark.
_PLACED = "landmark-error"


def public_pack(pack: Pack) -> Pack:
    """Return a pack without hashes of photographs and places of landmarks.

    Parameters
    ----------
    pack : Pack
        May be public already, which changes nothing.

    Raises
    ------
    InputError
        If its recipe cannot be read.
    """
    text = _public_recipe(pack)
    return replace(
        pack,
        recipe_toml=text,
        recipe_sha256=pack.recipe_sha256
        if text == pack.recipe_toml
        else written_sha256(text),
        continua=tuple(
            replace(row, from_sha256="", to_sha256="") for row in pack.continua
        ),
        findings=tuple(_public_findings(pack)),
        scores={name: _public_scores(scores) for name, scores in pack.scores.items()},
        public=True,
        photographs=(),
    )


def public_ends(text: str) -> str:
    """Return the list of the ends of a mesh without the hashes of its photographs.

    Parameters
    ----------
    text : str
        Content of `morphkit.pack.layout.ends_file`.
    """
    data = json.loads(text)
    ends = [{**end, "sha256": ""} for end in data["ends"]]
    return to_json({**data, "ends": ends})


def _public_recipe(pack: Pack) -> str:
    """Return the recipe without names of folders and identities that are not used.

    Its text stays as it is where it has none of them, and so does its hash.
    """
    data = before = tomllib.loads(pack.recipe_toml)
    usual = SourcesPart()
    places = {"images": usual.images, "landmarks": usual.landmarks}
    shown = Composition(pack.recipe).shown()
    if pack.left_out:
        there = {row.identity_id for row in pack.stimuli}
        data = reduced(data, pack.recipe, there)
        shown = {name: used for name, used in shown.items() if name in there}
    used = {*shown, *(name for names in shown.values() for name in names)}
    people = {n: who for n, who in data["identities"].items() if n in used}
    sources = data.get("sources", {})
    changed = data | {"identities": people}
    if sources:
        changed["sources"] = sources | {k: v for k, v in places.items() if k in sources}
    return pack.recipe_toml if changed == before else tomli_w.dumps(changed)


def _public_scores(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return measurements without the place of a landmark."""
    ends = scores.get("ends")
    if not ends:
        return dict(scores)
    return {**scores, "ends": {**ends, "landmark_place": None}}


def _public_findings(pack: Pack) -> Iterable[Finding]:
    """Yield the findings; that on a landmark does not say where it is."""
    for finding in pack.findings:
        if finding.code != _PLACED:
            yield finding
            continue
        ends = _public_scores(pack.scores.get(finding.where, {})).get("ends")
        message = "a landmark lies far from its matched position"
        if ends and finding.limit is not None:
            message = landmark_error_message(
                EndAgreement.from_dict(ends), finding.limit
            )
        yield replace(finding, message=message)
