"""What the faces of a recipe are made of: photographs, or sums of photographs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from morphkit.errors import InputError
from morphkit.morph.mixture import Ingredient, Mixture
from morphkit.recipe.continua import ContinuumPart
from morphkit.recipe.faces import PrototypePart, SymmetrisedPart, TransformPart
from morphkit.recipe.model import Recipe

#: Identity and label, which name a source face.
Key = tuple[str, str]


@dataclass(frozen=True)
class Composition:
    """The faces of a recipe.

    Parameters
    ----------
    recipe : Recipe
    """

    recipe: Recipe

    def face(self, identity: str, label: str) -> Mixture:
        """Return the mixture of a face; a face that no entry makes is a photograph.

        Raises
        ------
        InputError
            If it is made from itself.
        """
        return self._face((identity, label), ())

    def photograph(self, identity: str, label: str) -> Key:
        """Return identity and label of the photograph that shows a face.

        The outermost rows of a grid are photographs of its identities, named after the
        rows. A face that is not in the recipe keeps its own name.
        """
        try:
            mixture = self.face(identity, label)
        except InputError:
            return identity, label
        if not mixture.is_photograph:
            return identity, label
        (photo,) = mixture.ingredients
        return photo.identity, photo.label

    def anchors(self, identity: str, part: ContinuumPart) -> tuple[Mixture, ...]:
        """Return the anchors of a continuum: first, (via,) second."""
        return tuple(self.face(identity, label) for label in labels_of(part))

    def kept(self, identity: str, part: ContinuumPart) -> tuple[Ingredient, ...]:
        """Return the photographs that alone are shown outside the face.

        They are those of the identity itself, if an anchor is a transform of the face
        only; none, unless their shares in colour add up to 1 in every anchor.
        """
        keys = [(identity, label) for label in labels_of(part)]
        if not any(self._in_face(key) for key in keys):
            return ()
        anchors = self.anchors(identity, part)
        own = sorted(
            {i for anchor in anchors for i in anchor.ingredients if i[0] == identity}
        )
        whole = [
            sum(anchor.column("colour").get(one, 0.0) for one in own)
            for anchor in anchors
        ]
        return tuple(own) if all(abs(share - 1) < 1e-9 for share in whole) else ()

    def shown(self) -> dict[str, tuple[str, ...]]:
        """Return the identities shown, each with those that it is made from."""
        found: dict[str, set[str]] = {}
        for identity, part in self.recipe.planned():
            for anchor in self.anchors(identity, part):
                used = {ingredient.identity for ingredient in anchor.ingredients}
                found.setdefault(identity, set()).update(used)
        return {name: tuple(sorted(found[name])) for name in sorted(found)}

    def photographs(self) -> list[Key]:
        """Return every photograph that the recipe needs, sorted."""
        return sorted(
            {
                (ingredient.identity, ingredient.label)
                for identity, part in self.recipe.planned()
                for anchor in self.anchors(identity, part)
                for ingredient in anchor.ingredients
            }
        )

    @cached_property
    def _made(self) -> Mapping[Key, PrototypePart | TransformPart | SymmetrisedPart]:
        """The entry that defines a face."""
        made: dict[Key, PrototypePart | TransformPart | SymmetrisedPart] = {
            (part.identity, part.label): part for part in self.recipe.prototypes
        }
        changed: list[TransformPart | SymmetrisedPart] = [
            *self.recipe.transforms,
            *self.recipe.symmetrised,
        ]
        for each in changed:
            for identity in self.recipe.identities_of(each):
                made[identity, each.label] = each
        return made

    @cached_property
    def _rows(self) -> Mapping[str, tuple[str, str, float]]:
        """The identities of grids: first, second, level."""
        return {
            name: (*grid.identities, level)
            for grid in self.recipe.grids
            for name, level in grid.rows().items()
        }

    def _in_face(self, key: Key) -> bool:
        """Return whether a face is a transform of the face region only."""
        part = self._made.get(key)
        if isinstance(part, SymmetrisedPart):
            return self._in_face((key[0], part.base))
        return isinstance(part, TransformPart) and part.region == "face"

    def _face(self, key: Key, within: tuple[Key, ...]) -> Mixture:
        """Return the mixture of a face, given the faces that are being made from it."""
        if key in within:
            way = " from ".join(f'"{label}" of "{name}"' for name, label in within)
            raise InputError(
                f'{way} from "{key[1]}" of "{key[0]}": it would be made from itself',
                remedy="give the derived faces labels of their own",
            )
        within = (*within, key)
        identity, label = key
        if identity in self._rows:
            first, second, level = self._rows[identity]
            one, other = (self._face((name, label), within) for name in (first, second))
            return one.transformed(one, other, shape=level, colour=level, texture=level)
        part = self._made.get(key)
        if isinstance(part, PrototypePart):
            names = self.recipe.identities_of(part.of)
            base = part.base or part.label
            return Mixture.mean([self._face((name, base), within) for name in names])
        if isinstance(part, TransformPart):
            return self._face((identity, part.base), within).transformed(
                self._face((part.by, part.from_), within),
                self._face((part.by, part.to), within),
                shape=part.shape,
                colour=part.colour,
                texture=part.texture,
            )
        if isinstance(part, SymmetrisedPart):
            return self._face((identity, part.base), within).symmetrised(
                shape=part.shape, colour=part.colour, texture=part.texture
            )
        if identity not in self.recipe.identities:
            raise InputError(
                f'no entry makes the face "{label}" of "{identity}"',
                remedy="add a [[prototypes]] entry of that identity and label",
            )
        return Mixture.of(identity, label)


def labels_of(part: ContinuumPart) -> tuple[str, ...]:
    """Return the labels of the anchors of a continuum, in order."""
    via = () if part.via is None else (part.via,)
    return (part.from_, *via, part.to)
