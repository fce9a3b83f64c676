"""A complete recipe: its tables, their consistency and the resolved form."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from morphkit._core.bounds import CONTINUA
from morphkit._core.registry import did_you_mean
from morphkit.errors import InputError, raise_all
from morphkit.recipe.continua import ContinuumPart, GridPart
from morphkit.recipe.faces import PrototypePart, SymmetrisedPart, TransformPart
from morphkit.recipe.settings import (
    AlignPart,
    CalibrationPart,
    ChecksPart,
    FramePart,
    Identity,
    MatchPart,
    MorphPart,
    PackPart,
    SourcesPart,
)
from morphkit.recipe.values import Id, Part, whole_number


class Recipe(Part):
    """A complete recipe; see the documentation of recipes for every key."""

    schema_: Annotated[Literal[1], Field(alias="schema"), BeforeValidator(whole_number)]
    pack: PackPart
    # Defaults are not validated: it would build the validator of every part by itself.
    sources: SourcesPart = SourcesPart.model_construct()
    identities: dict[Id, Identity]
    align: AlignPart = AlignPart.model_construct()
    morph: MorphPart = MorphPart.model_construct()
    frame: FramePart = FramePart.model_construct()
    match: MatchPart = MatchPart.model_construct()
    calibration: CalibrationPart | None = None
    #: Made when a recipe is: checks of other distributions have limits of their own.
    checks: ChecksPart = Field(default_factory=ChecksPart)
    prototypes: tuple[PrototypePart, ...] = ()
    transforms: tuple[TransformPart, ...] = ()
    symmetrised: tuple[SymmetrisedPart, ...] = ()
    grids: tuple[GridPart, ...] = ()
    continua: tuple[ContinuumPart, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        if self._size() > CONTINUA:
            raise InputError(
                f"{self._size():,} continua and derived faces",
                allowed=f"at most {CONTINUA:,} in one recipe",
            )
        faults = []
        if not self.identities:
            faults.append("there is no identity; add an [identities.name]")
        if not self.continua and not self.grids:
            faults.append("there is no continuum; add a [[continua]]")
        size = (self.align.width, self.align.height)
        found = self.align.frame == "faces" and size == (None, None)
        if self.align.method != "none" and None in size and not found:
            faults.append("an aligned set needs a width and a height")
        if self.frame.crop == "mask" and self.morph.mask == "none":
            faults.append('frame.crop is "mask", but morph.mask is "none"')
        matching = self.match.matching
        if matching is not None and matching.grey and not self.frame.grey:
            faults.append(
                f"match.method {self.match.method} is defined on grey images: set "
                "frame.grey = true"
            )
        if self.frame.bit_depth == 16 and self.match.over == "frames":
            faults.append(
                "frame.bit_depth is 16, but matched frames have 8 bits: set match.over "
                '= "sources" or match.method = "none"'
            )
        faults += [*self._faults_of_derived(), *self._faults_of_continua()]
        raise_all(map(InputError, faults))
        return self

    def _size(self) -> int:
        """Return the number of identities, or of all continua and derived faces."""

        def counted(names: str | tuple[str, ...]) -> int:
            return len(self.identities if isinstance(names, str) else names)

        made = [
            *(counted(part.identities) for part in self.continua),
            *(counted(part.identities) for part in self.transforms),
            *(counted(part.identities) for part in self.symmetrised),
            *(counted(part.of) for part in self.prototypes),
            *(len(grid.rows()) for grid in self.grids),
        ]
        return max(len(self.identities), sum(made))

    def _faults_of_continua(self) -> Iterator[str]:
        """Yield the faults of the continua taken together."""
        seen: set[tuple[str, str, str]] = set()
        made = {part.identity for part in self.prototypes}
        for part in self.continua:
            names = self.identities_of(part)
            given = Counter(names)
            for identity in sorted(set(names) - set(self.identities) - made):
                hint = did_you_mean(identity, self.identities)
                yield (
                    f"continua name the identity '{identity}', which has no "
                    f"[identities.{identity}]; {hint}"
                ).rstrip("; ")
            for identity in sorted(set(names)):
                key = (identity, part.from_, part.to)
                if key in seen:
                    yield (
                        f"two continua of '{identity}' go from {part.from_} to "
                        f"{part.to}"
                    )
                if given[identity] > 1:
                    yield f"a continuum lists the identity '{identity}' twice"
                seen.add(key)

    def _faults_of_derived(self) -> Iterator[str]:
        """Yield the faults of the derived faces."""
        known = {*self.identities, *(part.identity for part in self.prototypes)}
        for part in self.prototypes:
            if part.identity in self.identities:
                yield (
                    f"the prototype '{part.identity}' is also the name of an identity; "
                    "choose another"
                )
            if len(set(self.identities_of(part.of))) < 2:
                yield f"the prototype '{part.identity}' needs at least 2 identities"
        rows = {name for grid in self.grids for name in grid.rows()}
        for name in sorted(known & rows):
            yield f"a row of a grid would have the name '{name}' of an identity"
        named: list[tuple[str, Iterable[str]]] = [
            *(("prototypes", self.identities_of(part.of)) for part in self.prototypes),
            *(("transforms", (*self.identities_of(t), t.by)) for t in self.transforms),
            *(("symmetrised", self.identities_of(even)) for even in self.symmetrised),
            *(("grids", grid.identities) for grid in self.grids),
        ]
        for where, names in named:
            for identity in sorted(set(names) - known):
                hint = did_you_mean(identity, known)
                yield (
                    f"{where} name the identity '{identity}', which is not known; "
                    f"{hint}"
                ).rstrip("; ")
        made = [(part.identity, part.label) for part in self.prototypes]
        changed: list[TransformPart | SymmetrisedPart] = [
            *self.transforms,
            *self.symmetrised,
        ]
        for each in changed:
            made += [(identity, each.label) for identity in self.identities_of(each)]
        twice = sorted(key for key, n in Counter(made).items() if n > 1)
        for identity, label in twice:
            yield f"the face '{label}' of '{identity}' is defined twice"

    def planned(self) -> Iterator[tuple[str, ContinuumPart]]:
        """Yield every continuum of the recipe: its identity and its entry."""
        for part in self.continua:
            for identity in self.identities_of(part):
                yield identity, part
        for grid in self.grids:
            for identity in grid.rows():
                yield identity, grid.continuum(identity)

    def identities_of(
        self,
        part: ContinuumPart | TransformPart | SymmetrisedPart | str | tuple[str, ...],
    ) -> tuple[str, ...]:
        """Return the identities of an entry, sorted; "*" means all with photographs."""
        asked = part if isinstance(part, str | tuple) else part.identities
        return tuple(sorted(self.identities if asked == "*" else asked))

    def frame_size(self) -> tuple[int, int] | None:
        """Return the width and height of the frame; None for those of the photos."""
        width, height = self.align.width, self.align.height
        if self.align.method == "none" or width is None or height is None:
            return None
        return width, height

    def face_choice(self, key: tuple[str, str]) -> int | Literal["largest"] | None:
        """Return which face of its photograph is meant by an identity and a label."""
        identity, label = key
        return self.identities[identity].faces.get(label)

    def resolved(self) -> dict[str, Any]:
        """Return the recipe with every default written out, as plain values.

        Names of source files are omitted: they may reveal whose face it is, and the
        pack identifies its sources by hash. So is which face of them was taken: the
        pack says so beside that hash.
        """
        data = self.model_dump(by_alias=True, exclude_none=True, mode="json")
        for identity in data["identities"].values():
            identity.pop("files", None)
            identity.pop("faces", None)
        if not self.pack.norms:
            del data["pack"]["norms"]
        for name in ("prototypes", "transforms", "symmetrised", "grids", "continua"):
            if not data[name]:
                del data[name]
        words = re.sub(r"{\w*}|\.\w+$", "", self.sources.pattern)
        if any(character.isalnum() for character in words):
            data["sources"]["pattern"] = SourcesPart().pattern
        return data

    @property
    def human_scale(self) -> str:
        """Perceptual scale on which the levels were equalised; empty for none."""
        calibration = self.calibration
        human = calibration is not None and calibration.kind == "human"
        return calibration.scale if calibration is not None and human else ""

    def sha256(self) -> str:
        """Return the hash of the resolved recipe.

        Norms are not part of it: they describe the images and change neither these
        nor any fits to answers.
        """
        return hash_of(self.resolved())

    def images_sha256(self) -> str:
        """Return the hash of what the resolved recipe says of the images alone."""
        return hash_of_images(self.resolved())


def hash_of_images(resolved: Mapping[str, Any]) -> str:
    """Return the hash of what a resolved recipe says of the images.

    Left out are the description of the pack, consent and description of identities,
    folders, checks, and how levels were found: none of them changes an image. So is the
    template, which a recipe may leave to its landmark files, and a pack states.
    """
    sources, people = (
        part if isinstance(part, dict) else {}
        for part in (resolved.get("sources"), resolved.get("identities"))
    )
    sources = {k: v for k, v in sources.items() if k in _OF_IMAGES}
    kept = {k: v for k, v in resolved.items() if k not in _NOT_OF_IMAGES}
    made = kept | {"identities": sorted(people), "sources": sources}
    return hashlib.sha256(
        json.dumps(made, sort_keys=True, default=str).encode()
    ).hexdigest()


#: Keys of the sources that decide images, and tables of a recipe that do not.
_OF_IMAGES = ("detector",)
_NOT_OF_IMAGES = ("pack", "checks", "calibration")


def hash_of(resolved: Mapping[str, Any]) -> str:
    """Return the hash of a resolved recipe, given as plain values."""
    pack = resolved.get("pack")
    if isinstance(pack, dict):
        pack = {key: value for key, value in pack.items() if key != "norms"}
    # Dates and times, which TOML has, are in no recipe that was written by morphkit.
    text = json.dumps(
        {**resolved, "pack": pack}, sort_keys=True, ensure_ascii=False, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()
