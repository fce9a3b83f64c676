"""From two faces to the frames between them.

This is a build without files: the same correspondence, renderer and checks, hence the
same pixels and findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from morphkit._core.finding import Finding
from morphkit.faces.face import Face
from morphkit.geometry.align import USUAL_SIZE, share_in, to_common_frame
from morphkit.morph.continuum import Continuum
from morphkit.morph.correspondence import correspond_mixtures
from morphkit.morph.finish import Finish
from morphkit.morph.hidden import with_hidden_filled
from morphkit.morph.masks.shown import shown_mask
from morphkit.morph.measure_set import learn_finish
from morphkit.morph.mixture import Mixture
from morphkit.morph.prepared_scenes import PreparedScenes
from morphkit.morph.scene import Scene, mask_of, mesh_between
from morphkit.morph.settings import FinishSettings, MorphSettings, Rendering
from morphkit.morph.trajectory import Trajectory
from morphkit.pipeline.lost_bits import find_lost_bits
from morphkit.pipeline.measure import Measuring
from morphkit.quality.checks import check
from morphkit.recipe import ChecksPart

#: Identity of a continuum that is made from two faces in memory.
_IDENTITY = "face"


def continuum(
    first: Face,
    second: Face,
    steps: int | Sequence[float] = 15,
    *,
    via: Face | None = None,
    shape_levels: float | Sequence[float] | None = None,
    colour_levels: float | Sequence[float] | None = None,
    frame: str = "faces",
    size: tuple[int, int] | None = None,
    settings: MorphSettings | None = None,
    finish: FinishSettings | None = None,
) -> Continuum:
    """Return the continuum between two faces: frames, levels and the frozen mesh.

    ``morphkit morph`` and a recipe with the same settings give the same frames, byte
    for byte.

    Parameters
    ----------
    first, second : Face
        The endpoints, with landmarks of one template.
    steps : int or sequence of float, optional
        Number of frames in equal steps, including both ends; or the levels
        themselves, increasing fractions: 0 `first`, 1 `second`, caricatures outside.
    via : Face, optional
        Shown at level 0.5: below it the continuum leads from `first` to this face,
        above it from this face to `second`.
    shape_levels, colour_levels : float or sequence of float, optional
        Levels of shape and of colour where they differ from those of the steps: one
        for all frames, or one for each. Texture goes with colour.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the faces, with the mean face in its middle, or
        where it shows on average what the photographs show. Without alignment it is
        that of the photographs.
    size : (int, int), optional
        Width and height of the frames, pixels. By default that of the photographs, or
        512 × 512 if they differ in size; around the faces less, where a photograph
        would be enlarged by more than a quarter.
    settings : MorphSettings, optional
        How faces are aligned, matched and rendered. The photographs are assumed to
        show one person; for two people set ``refine="wide-integer-flow"``.
    finish : FinishSettings, optional
        What happens to the frames afterwards: grey, matching, mask, background, crop,
        padding. Matching is within this continuum.

    Returns
    -------
    Continuum
        `frames` are arrays of shape (H, W, 3), one per level, dtype uint8, or uint16
        with a bit depth of 16; `findings` are those of the pack that ``morphkit morph``
        makes, without its name. To find them takes about as long as the frames, and
        happens when they are first asked for; `matching` are those known before.

    Raises
    ------
    InputError
        If the faces do not fit together, the levels do not increase, a name in the
        settings is unknown, photographs of different sizes are not aligned, or nothing
        is left of a frame.

    Examples
    --------
    >>> from morphkit.faces.formats import read_landmarks
    >>> from morphkit.faces.images import read_image
    >>> from morphkit.pipeline.demo import shipped_faces
    >>> def read(name):
    ...     return Face(
    ...         read_image(shipped_faces() / "source_faces" / f"{name}.png"),
    ...         read_landmarks(shipped_faces() / "landmarks" / f"{name}.json"),
    ...     )
    >>> made = continuum(read("maja_happy"), read("maja_distressed"), 5, size=(96, 96))
    >>> len(made.frames), made.frames[0].shape
    (5, (96, 96, 3))
    >>> made.levels.tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    settings, finish = settings or MorphSettings(), finish or FinishSettings()
    anchors = {"first": first} | ({"via": via} if via else {}) | {"second": second}
    faces = {(_IDENTITY, label): face for label, face in anchors.items()}
    faces = with_hidden_filled(faces)
    mixtures = [Mixture.of(*key) for key in faces]
    trajectory = _trajectory(steps, via=via is not None)
    trajectory = trajectory.apart(shape_levels, colour_levels).between(mixtures)
    alignment = settings.find_alignment(first.landmarks.template)
    share = share_in(frame, alignment)
    sizes = [face.size for face in faces.values()]
    if size is None and alignment and share is None and len(set(sizes)) > 1:
        size = USUAL_SIZE
    moves, size = to_common_frame(
        list(faces.values()), alignment=alignment, size=size, share=share
    )
    matched = correspond_mixtures(
        mixtures,
        faces,
        dict(zip(faces, moves, strict=True)),
        size=size,
        settings=settings,
    )
    mesh = mesh_between(matched.correspondence, mixtures)
    mask = mask_of(
        finish.mask,
        mesh,
        trajectory,
        first.landmarks.template,
        feather=finish.feather,
    )
    hides_outside = False
    if mask is None and share is not None:
        mask = shown_mask(mesh, moves, sizes, feather=finish.feather)
        hides_outside = mask is not None
    scene = Scene(
        f"{_IDENTITY}_first_second",
        _IDENTITY,
        mesh,
        [face.image for face in faces.values()],
        trajectory,
        mask,
    )
    prepared = PreparedScenes(settings.rendering)
    learned = learn_finish([scene], finish, prepared)
    scene = learned.match_photos(scene)
    ready, framing = prepared.take(scene), learned.framing(scene)
    frames = tuple(framing.finished(picture) for picture in learned.pictures(ready))
    own = tuple(faces.values())
    look = _Look(scene, learned, settings.rendering, own, hides_outside)
    return Continuum(trajectory, mesh, frames, matched.findings, look)


@dataclass(frozen=True, eq=False)
class _Look:
    """Measures a continuum and checks it, as a build does.

    Photographs in linear light are made anew, so that they are not held until then.
    """

    scene: Scene
    finish: Finish
    rendering: Rendering
    faces: tuple[Face, ...]
    hides_outside: bool

    def __call__(self) -> tuple[Finding, ...]:
        checks = ChecksPart()
        ready = PreparedScenes(self.rendering).take(self.scene)
        measuring = Measuring(self.finish, ready, self.faces, checks.measures)
        for _ in measuring.pictures():
            pass
        evidence = measuring.evidence(
            self.finish.framing(self.scene),
            checks.table(),
            hides_outside=self.hides_outside,
        )
        lost = find_lost_bits(self.faces, self.finish.settings.bit_depth)
        return (*lost, *check(evidence))


def _trajectory(steps: int | Sequence[float], *, via: bool) -> Trajectory:
    """Return equal steps, or the levels themselves."""
    if isinstance(steps, int):
        return Trajectory.equal_steps(steps, via=via)
    return Trajectory.through(steps, via=via)
