"""The result of building a pack again, and what both ways of doing it share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from morphkit._core.plug_ins import missing_plug_ins
from morphkit._core.progress import Progress
from morphkit.errors import InputError
from morphkit.faces.detectors.trained.detector import is_recorded
from morphkit.faces.images import pixel_sha256
from morphkit.geometry.choices import OUTLINE
from morphkit.geometry.correspondence import CORRESPONDENCE_SPECIFICATION
from morphkit.geometry.correspondence.refinements import REFINEMENTS
from morphkit.morph.correspondence import shows_means
from morphkit.morph.finish import Finish
from morphkit.morph.mixture import Mixture
from morphkit.morph.scene import PreparedScene
from morphkit.pack import contents
from morphkit.pack.maker import Maker, present_maker
from morphkit.pack.model import Pack
from morphkit.pack.older import is_named_before
from morphkit.pack.rows import ContinuumRow, Stimulus
from morphkit.pipeline.check_recipe import Key, stimulus_id
from morphkit.pipeline.find_photographs import OtherDecoding
from morphkit.pipeline.software import software_versions
from morphkit.recipe.composition import Composition

#: Form of the entry in the table of continua for a face chosen from several.
_CHOSEN = re.compile(r", face (\d+)( of \d+)?$")


@dataclass(frozen=True)
class Reproduction:
    """The result of building a pack again.

    Parameters
    ----------
    n_frames : int
        Number of images compared.
    different : tuple of str
        Images whose pixels differ when rendered from the frozen meshes, that cannot be
        read, or that only the recipe or only the pack has.
    not_shared : tuple of str
        The latter: images that only the recipe or only the pack has.
    rebuilt_different : tuple of str
        Images whose pixels differ when everything is repeated.
    moved : mapping of str to float
        Continuum -> largest displacement of its mesh when everything is repeated,
        pixels.
    changed_sources : tuple of str
        Photographs that have the name of one that the pack was made from, and neither
        its file nor its pixels.
    copies : tuple of str
        Other files than those that the pack was made from, with the same pixels.
    decoded_otherwise : tuple of OtherDecoding
        Photographs whose file is that of the pack, and whose decoded pixels are not: a
        JPEG, read by another decoder.
    undecided : tuple of str
        Images that differ and are made from such a photograph, which says nothing
        about the pack.
    same_software : bool
        Whether version and revision, both specification numbers, every library and the
        kind of processor are known to be those that made the pack.
    recipe_changed : bool
        Whether the recipe differs from the one that the pack was built from.
    damaged : tuple of str
        Images of the pack that cannot be read or do not have the pixels of its table.
    made_by, compared_by : Maker
        What made the pack, and what made it again.
    unverified : tuple of str
        Files of the pack that are not as ``SHA256SUMS`` says, if it was made again
        nevertheless.
    public : bool
        Whether the pack is a public copy, which has no meshes: images are compared when
        everything is repeated, and not at all where photographs are missing.
    missing_sources : tuple of str
        Photographs and landmark files that a public copy needs and that were not found,
        by name.
    left_out : int
        Identities that a public copy does not show but on which its images depend, so
        that they cannot be made again from the others.
    repeatable : tuple of str
        Continua whose meshes are the same on every machine: their landmarks are not
        detected, their photographs are decoded as they were, their rules are those of
        this morphkit, and every step is fixed.
    """

    n_frames: int
    different: tuple[str, ...] = ()
    rebuilt_different: tuple[str, ...] = ()
    moved: Mapping[str, float] = field(default_factory=dict)
    changed_sources: tuple[str, ...] = ()
    not_shared: tuple[str, ...] = ()
    same_software: bool = True
    recipe_changed: bool = False
    damaged: tuple[str, ...] = ()
    made_by: Maker = field(default_factory=present_maker)
    compared_by: Maker = field(default_factory=present_maker)
    unverified: tuple[str, ...] = ()
    public: bool = False
    missing_sources: tuple[str, ...] = ()
    left_out: int = 0
    repeatable: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    decoded_otherwise: tuple[OtherDecoding, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def same_pixel_specification(self) -> bool:
        """Whether the pack has the same pixel specification, hence equal pixels."""
        number = self.made_by.pixel_specification
        return number == self.compared_by.pixel_specification

    @property
    def holds(self) -> bool | None:
        """Whether the pack was reproduced as far as it should be.

        None if that cannot be decided: its pixels differ, and follow another
        specification; a photograph is decoded otherwise here; or it is a public copy
        whose photographs were not found or whose images depend on identities left out,
        or that other software makes differently.
        """
        if self.changed_sources or self.recipe_changed or self.not_shared:
            return False
        different, rebuilt = self._decided(self.different, self.rebuilt_different)
        if self.damaged or (self.same_software and rebuilt):
            return False
        if any(self.moved[name] for name in self.repeatable):
            return False
        lacking = self.missing_sources or self.left_out
        if self.public and (lacking or self.rebuilt_different):
            return None
        if different:
            return False if self.same_pixel_specification else None
        return None if self.decoded_otherwise else True

    def _decided(self, *named: Iterable[str]) -> list[set[str]]:
        """Return images without those that photographs here cannot decide."""
        return [set(images) - set(self.undecided) for images in named]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return {
            "holds": self.holds,
            "made_by": self.made_by.to_dict(),
            "compared_by": self.compared_by.to_dict(),
            "same_pixel_specification": self.same_pixel_specification,
            "n_frames": self.n_frames,
            "different": list(self.different),
            "not_shared": list(self.not_shared),
            "damaged": list(self.damaged),
            "rebuilt_different": list(self.rebuilt_different),
            "moved_px": {
                name: None if moved == float("inf") else moved
                for name, moved in self.moved.items()
            },
            "changed_sources": list(self.changed_sources),
            "same_software": self.same_software,
            "recipe_changed": self.recipe_changed,
            "unverified": list(self.unverified),
            "public": self.public,
            "missing_sources": list(self.missing_sources),
            "left_out": self.left_out,
            "repeatable": list(self.repeatable),
            "copies": list(self.copies),
            "decoded_otherwise": [asdict(one) for one in self.decoded_otherwise],
            "undecided": list(self.undecided),
        }


def is_repeatable(
    pack: Pack, ends: "Iterable[End]", anchors: Sequence[Mixture]
) -> bool:
    """Return whether a mesh is the same wherever it is made again.

    Parameters
    ----------
    pack : Pack
    ends : iterable of End
        Of the mesh.
    anchors : sequence of Mixture
        Between which the continuum leads.
    """
    morph = pack.recipe.morph
    same = pack.made_by.correspondence_specification == CORRESPONDENCE_SPECIFICATION
    fixed = morph.refine == "none" or REFINEMENTS[morph.refine].everywhere
    finds = morph.outline == OUTLINE and shows_means(anchors)
    outlined = finds or morph.outline not in (OUTLINE, "none")
    fixed = fixed and not outlined and not pack.plug_ins
    return same and fixed and not any(end.detected for end in ends)


def name_now(row: Stimulus) -> str:
    """Return the name that an image of a pack gets in a build by this version."""
    if is_named_before(row):
        return stimulus_id(row.continuum_id, row.step, row.n_steps)
    return row.stimulus_id


def is_same_software(pack: Pack) -> bool:
    """Return whether a pack is known to be made by the software running here."""
    maker = present_maker()
    same = dict(pack.software) == software_versions()
    same = same and not missing_plug_ins(pack.plug_ins)
    return maker.known and pack.made_by == maker and same


def is_damaged(row: Stimulus, folder: Path) -> bool:
    """Return whether an image does not have the pixel hash in its table."""
    try:
        return pixel_sha256(contents.image_of(row, folder)) != row.pixel_sha256
    except InputError:
        return True


def compare_images(
    prepared: PreparedScene,
    finish: Finish,
    folder: Path,
    rows: Mapping[str, Stimulus],
    progress: Progress,
) -> set[str]:
    """Return the names of the images that a mesh does not reproduce."""
    scene = prepared.scene
    framing = finish.framing(scene)
    wrong = set()
    for step, picture in enumerate(finish.pictures(prepared), start=1):
        name = stimulus_id(scene.name, step, scene.trajectory.n_steps)
        progress.advance(name)
        if name not in rows:
            continue
        try:
            image = contents.image_of(rows[name], folder)
        except InputError:
            wrong.add(name)
            continue
        frame = framing.finished(picture)
        if pixel_sha256(image) != pixel_sha256(frame):
            wrong.add(name)
    return wrong


@dataclass(frozen=True)
class End:
    """An end of a mesh: the face in its photograph, and who placed its landmarks."""

    key: Key
    sha256: str
    placed_by: str
    mirrored: bool = False

    @property
    def placed_by_kind(self) -> str:
        """What placed the landmarks, without its name: ``hand``, ``detector``."""
        return self.placed_by.partition(",")[0].partition(" ")[0]

    @property
    def detected(self) -> bool:
        """Whether a detector placed them that is here and can be asked again."""
        name = self.placed_by.partition(",")[0].partition(" ")[2]
        return self.placed_by_kind == "detector" and not is_recorded(name)

    @property
    def face(self) -> int | None:
        """Which of several faces was taken; None if there was nothing to choose."""
        chosen = _CHOSEN.search(self.placed_by)
        return int(chosen[1]) if chosen else None


def ends_of(row: ContinuumRow, folder: Path, composition: Composition) -> list[End]:
    """Return the ends of the mesh of a continuum, in order.

    Raises
    ------
    InputError
        If the file that lists them is damaged.
    """
    made_from = contents.ends_of(folder, row.continuum_id)
    if made_from is None:
        return [
            End(
                composition.photograph(row.identity_id, end.label),
                end.sha256,
                end.placed_by,
            )
            for end in row.ends
        ]
    return [
        End((end.identity, end.label), end.sha256, end.placed_by, end.mirrored)
        for end in made_from.ends
    ]
