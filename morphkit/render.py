"""From a frozen correspondence to frames: the half that repeats bit for bit.

Nothing here may depend on the machine. Levels become integer weights, nodes move
along straight lines in integers, and `morphkit.pixels` does the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from morphkit.align import ALIGNMENTS, Alignment, align_set, fill_frame
from morphkit.arrays import Frame, Image
from morphkit.blend import BLENDS
from morphkit.continuum import Continuum
from morphkit.correspond import correspond
from morphkit.correspondence import Correspondence
from morphkit.errors import InputError
from morphkit.face import Face
from morphkit.pixels import ONE, Source, blend_nodes, cover_of, render
from morphkit.refine import REFINEMENTS, Refinement
from morphkit.registry import look_up
from morphkit.similarity import Similarity
from morphkit.trajectory import Trajectory
from morphkit.warp import WARPS, Warp


@dataclass(frozen=True)
class Rendering:
    """How pixels are made from a correspondence.

    Parameters
    ----------
    sampling : str
        ``"bicubic"`` or ``"bilinear"``.
    blend : str
        Name in `morphkit.blend.BLENDS`.
    detail : str
        ``"level"`` makes up for the fine structure that blending averages away;
        ``"plain"`` does not.
    """

    sampling: str = "bicubic"
    blend: str = "linear"
    detail: str = "plain"


def prepare_sources(
    correspondence: Correspondence,
    photos: Sequence[Image],
    rendering: Rendering | None = None,
) -> tuple[Source, ...]:
    """Return the photographs made ready for rendering many frames.

    Raises
    ------
    InputError
        If there is not one photograph for every endpoint.
    """
    if len(photos) != correspondence.n_ends:
        raise InputError(
            f"{len(photos)} photographs for {correspondence.n_ends} endpoints"
        )
    blend = look_up(BLENDS, (rendering or Rendering()).blend, kind="blend")
    return tuple(
        Source(
            photo,
            taps=tuple(correspondence.taps[k].tolist()),
            scale=blend.scale,
            cover=cover_of(
                correspondence.insides[k],
                (photo.shape[1], photo.shape[0]),
                correspondence.feathers[k].tolist(),
            ),
        )
        for k, photo in enumerate(photos)
    )


def integer_weights(level: float) -> tuple[int, int]:
    """Return the shares of both endpoints at a level, in units of 1/16384.

    Rounded half to even, so that the level 1 - t gives the exchanged weights of t.

    Examples
    --------
    >>> integer_weights(0.25)
    (12288, 4096)
    """
    second = round(level * ONE)
    return ONE - second, second


def render_frame(
    correspondence: Correspondence,
    sources: Sequence[Source],
    level: float,
    rendering: Rendering | None = None,
) -> Frame:
    """Return the frame of a continuum at one level.

    Parameters
    ----------
    correspondence : Correspondence
        Of two photographs.
    sources : sequence of Source
        From `prepare_sources`.
    level : float
        0 first endpoint, 1 second, outside is caricature.
    rendering : Rendering, optional
        The default is bicubic.

    Returns
    -------
    ndarray, shape (H, W, 3), dtype uint8
    """
    weights = integer_weights(level)
    rendering = rendering or Rendering()
    return render(
        sources,
        list(correspondence.photo_nodes),
        blend_nodes(list(correspondence.frame_nodes), weights),
        correspondence.triangles,
        weights,
        size=correspondence.size,
        sampling=rendering.sampling,
        detail=rendering.detail,
    )


def render_frames(
    correspondence: Correspondence,
    photos: Sequence[Image],
    trajectory: Trajectory,
    rendering: Rendering | None = None,
) -> Iterator[Frame]:
    """Yield the frame of every level of a trajectory, one after the other."""
    sources = prepare_sources(correspondence, photos, rendering)
    for level in trajectory.levels.tolist():
        yield render_frame(correspondence, sources, level, rendering)


def to_common_frame(
    faces: Sequence[Face], *, alignment: Alignment | None, size: tuple[int, int] | None
) -> tuple[list[Similarity], tuple[int, int]]:
    """Return the map of each face to the common frame, and the size of the frame.

    Parameters
    ----------
    faces : sequence of Face
        All of one template.
    alignment : Alignment or None
        None keeps the frame of the photographs.
    size : (int, int) or None
        Width and height of the frame; None takes the size of the photographs, which
        is the only one possible without alignment.

    Raises
    ------
    InputError
        If the photographs differ in size where their size is to be kept, or another
        size is asked for without alignment.
    """
    sizes = sorted({face.size for face in faces})
    if size is None or alignment is None:
        if len(sizes) > 1:
            raise InputError(
                "the photographs differ in size: "
                + ", ".join(f"{w}×{h}" for w, h in sizes),
                remedy="align them to a frame of a stated width and height",
            )
        if size not in (None, sizes[0]):
            raise InputError(
                f"a frame of {size[0]}×{size[1]} for photographs of "
                f"{sizes[0][0]}×{sizes[0][1]} without alignment",
                remedy="choose an alignment, or leave the size out",
            )
        size = sizes[0]
    if alignment is None:
        return [Similarity.identity() for _ in faces], size
    moves = align_set(
        [face.landmarks for face in faces],
        [face.size for face in faces],
        alignment=alignment,
        size=size,
    )
    return fill_frame(moves, [face.size for face in faces], size), size


def continuum(
    first: Face,
    second: Face,
    trajectory: Trajectory,
    *,
    alignment: Alignment | None = ALIGNMENTS["procrustes"],
    warp: Warp = WARPS["tps"],
    refinement: Refinement | None = REFINEMENTS["flow"],
    size: tuple[int, int] | None = None,
    rendering: Rendering | None = None,
) -> Continuum:
    """Return the continuum between two faces.

    Parameters
    ----------
    first, second : Face
        The endpoints.
    trajectory : Trajectory
        Levels of the frames.
    alignment : Alignment or None, optional
        None keeps the frame of the photographs, which must have one size.
    warp : Warp, optional
        An entry of `morphkit.warp.WARPS`.
    refinement : Refinement or None, optional
        An entry of `morphkit.refine.REFINEMENTS`; None matches landmarks alone.
    size : (int, int), optional
        Width and height of the frames, pixels.
    rendering : Rendering, optional
        The default is bicubic.

    Raises
    ------
    InputError
        If the faces do not fit together.
    """
    faces = (first, second)
    moves, size = to_common_frame(faces, alignment=alignment, size=size)
    photos = [face.image for face in faces]
    matched = correspond(
        [face.landmarks for face in faces],
        moves,
        warp=warp,
        size=size,
        photos=photos,
        refinement=refinement,
    )
    frames = render_frames(matched.correspondence, photos, trajectory, rendering)
    return Continuum(trajectory, matched.correspondence, tuple(frames))
