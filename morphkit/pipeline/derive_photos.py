"""Faces made from photographs: prototype, transform and symmetrise, file to file.

Each writes the image ``NAME.png``, its landmarks ``NAME.json`` and a record of how it
was made, ``NAME.made.json``.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from morphkit.errors import InputError
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import recorded_name
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.faces.face import Face
from morphkit.faces.formats.template_json import find_template
from morphkit.faces.template import Template
from morphkit.geometry.align import alignment_for
from morphkit.geometry.correspondence.refinements import DEFAULT, wider
from morphkit.morph.derived_face import DerivedFace
from morphkit.morph.prototype import prototype
from morphkit.morph.settings import MorphSettings
from morphkit.morph.symmetrise import symmetrise
from morphkit.morph.transform import transform
from morphkit.pipeline.face_files import (
    FaceFiles,
    landmarks_beside,
    read_faces,
    write_face,
)
from morphkit.pipeline.source_faces import SourceFace, SourceFiles
from morphkit.pipeline.sources import template_of
from morphkit.quality.checks.framing import find_outside
from morphkit.recipe.settings import AUTO

#: Photographs of several people, and mirror images, need wide matching.
_WIDE = MorphSettings(refine=wider(DEFAULT))
#: Fields of the settings of morphing that are recorded.
_RECORDED = (
    *("align", "warp", "refine", "outline", "blend", "detail", "sampling"),
    "difference",
)


@dataclass(frozen=True)
class PhotoSettings:
    """How photographs are read and faces are made from them.

    Parameters
    ----------
    morph : MorphSettings, optional
        How faces are aligned, matched and rendered.
    template : str, Path or Template, optional
        Landmark set, by name or by the file of its definition; by default that of the
        landmark files, or ``ibug_68`` where all are detected.
    detector : str, optional
        Name of a detector, or the file of a trained one, used if there is no landmark
        file; ``"none"`` forbids it.
    landmarks : str or Path, optional
        Folder of landmark files, each named after its photograph. Missing files are
        looked for next to the photograph, and nothing is detected.
    overwrite : bool, optional
        Whether existing files may be replaced.
    face : int or "largest", optional
        Which of several faces in each photograph without a landmark file, from 1 in
        reading order.
    """

    morph: MorphSettings = _WIDE
    template: str | Path | Template = AUTO
    detector: str = "mesh"
    landmarks: str | Path | None = None
    overwrite: bool = False
    face: FaceChoice = None

    def settled(self, photos: Sequence[str | Path]) -> "PhotoSettings":
        """Return the settings with the template that the landmark files have."""
        if self.template != AUTO:
            return self
        folder = None if self.landmarks is None else Path(self.landmarks)
        sources = []
        for photo in map(Path, photos):
            with suppress(InputError):  # reported when the photographs are read
                file = landmarks_beside(photo, folder)
                own = Path(self.detector) if is_model_file(self.detector) else None
                sources.append(SourceFiles(photo, file, detector=own))
        return replace(self, template=template_of(sources))

    def find_template(self) -> Template:
        """Return the landmark set."""
        if isinstance(self.template, Template):
            return self.template
        return find_template(self.template)

    def find_morph(self) -> MorphSettings:
        """Return the settings of morphing, with the alignment resolved."""
        if self.morph.align != "auto":
            return self.morph
        return replace(self.morph, align=alignment_for(self.find_template()))

    def read(self, photos: Sequence[str | Path]) -> list[SourceFace]:
        """Return the faces in photographs.

        Raises
        ------
        InputError
            Lists every photograph that cannot be used.
        """
        return read_faces(
            [Path(photo) for photo in photos],
            template=self.find_template(),
            detector=self.detector,
            landmarks=None if self.landmarks is None else Path(self.landmarks),
            face=self.face,
        )

    def recorded(self) -> dict[str, Any]:
        """Return everything that affects the result, without paths."""
        morph = asdict(self.find_morph())
        chosen = {name: morph[name] for name in _RECORDED}
        template = self.find_template().name
        return chosen | {
            "detector": recorded_name(self.detector),
            "template": template,
        }


@dataclass(frozen=True, eq=False)
class WrittenFace:
    """A derived face and the files it was written to.

    Parameters
    ----------
    made : DerivedFace
    files : FaceFiles
    about : mapping
        The record of how it was made, as JSON.
    """

    made: DerivedFace
    files: FaceFiles
    about: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        """Whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.made.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return file and record as a JSON object."""
        return {"file": str(self.files.picture)} | dict(self.about)


def prototype_photos(
    photos: Sequence[str | Path],
    output: str | Path,
    *,
    frame: str | None = None,
    size: tuple[int, int] | None = None,
    settings: PhotoSettings | None = None,
) -> WrittenFace:
    """Average the faces in photographs: mean shape, mean colour, detail as in them.

    By giving photographs you state that you may average them.

    Parameters
    ----------
    photos : sequence of str or Path
        2 to 256 photographs.
    output : str or Path
        Picture to write, ``NAME.png``.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the faces, or where the photographs show them. The
        default is ``"faces"`` unless the settings align by nothing.
    size : (int, int), optional
        Width and height, pixels; by default that of the photographs, or 512 × 512 where
        they differ in size.
    settings : PhotoSettings, optional

    Returns
    -------
    WrittenFace
        The face, its files, and what was written about it.

    Raises
    ------
    InputError
        If a photograph cannot be used, or the faces do not fit together.
    OutputError
        If a file exists or cannot be written.
    """
    settings, files = _begun(output, settings, photos)
    sources = settings.read(photos)
    morph = settings.find_morph()
    frame = _frame(frame, morph)
    made = prototype(_faces(sources), frame=frame, size=size, settings=morph)
    chosen = {"frame": frame}
    return _written(made, files, "prototype", chosen, settings, {"faces": sources})


def transform_photo(
    photo: str | Path,
    output: str | Path,
    *,
    source: Sequence[str | Path],
    target: Sequence[str | Path],
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    region: str = "face",
    settings: PhotoSettings | None = None,
) -> WrittenFace:
    """Add fractions of the difference between photographs to the face in a photograph.

    Parameters
    ----------
    photo : str or Path
        Photograph whose frame the result keeps.
    output : str or Path
        Picture to write, ``NAME.png``.
    source, target : sequence of str or Path
        Photographs between which the difference is taken, one or more each.
    shape, colour, texture : float, optional
        Fractions of the difference, -1.5 to 1.5: 0 adds nothing, 1 all of it.
    region : {"face", "everywhere"}, optional
        Where colour and texture change.
    settings : PhotoSettings, optional

    Returns
    -------
    WrittenFace
        The face, its files, and what was written about it.

    Raises
    ------
    InputError
        If a photograph cannot be used, or the faces do not fit together.
    OutputError
        If a file exists or cannot be written.
    """
    photos = (photo, *source, *target)
    settings, files = _begun(output, settings, photos)
    read = settings.read(photos)
    start, end = read[1 : 1 + len(source)], read[1 + len(source) :]
    amounts = {"shape": shape, "colour": colour, "texture": texture}
    made = transform(
        read[0].face,
        _faces(start),
        _faces(end),
        **amounts,
        region=region,
        settings=settings.find_morph(),
    )
    chosen = amounts | {"region": region}
    sources = {"face": read[:1], "from": start, "to": end}
    return _written(made, files, "transform", chosen, settings, sources)


def symmetrise_photo(
    photo: str | Path,
    output: str | Path,
    *,
    shape: float = 1.0,
    colour: float = 1.0,
    texture: float = 1.0,
    frame: str | None = None,
    size: tuple[int, int] | None = None,
    settings: PhotoSettings | None = None,
) -> WrittenFace:
    """Make the face in a photograph symmetric: halfway to its mirror image.

    Parameters
    ----------
    photo : str or Path
    output : str or Path
        Picture to write, ``NAME.png``.
    shape, colour, texture : float, optional
        1 is symmetric, 0 unchanged; negative values increase the asymmetry.
    frame : {"faces", "photos"}, optional
        Where the frame lies: around the faces, or where the photographs show them. The
        default is ``"faces"`` unless the settings align by nothing.
    size : (int, int), optional
        Width and height, pixels; that of the photograph if not given.
    settings : PhotoSettings, optional

    Returns
    -------
    WrittenFace
        The face, its files, and what was written about it.

    Raises
    ------
    InputError
        If the photograph cannot be used, or its template has no mirror partners.
    OutputError
        If a file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> faces = mk.shipped_faces()
    >>> settings = mk.PhotoSettings(landmarks=faces / "landmarks")
    >>> photo = faces / "source_faces/maja_happy.png"
    >>> written = mk.symmetrise_photo(
    ...     photo, "even.png", size=(64, 64), settings=settings
    ... )
    >>> written.files.landmarks.name, written.holds
    ('even.json', True)
    """
    settings, files = _begun(output, settings, (photo,))
    read = settings.read((photo,))
    amounts = {"shape": shape, "colour": colour, "texture": texture}
    morph = settings.find_morph()
    frame = _frame(frame, morph)
    made = symmetrise(read[0].face, **amounts, frame=frame, size=size, settings=morph)
    chosen = {**amounts, "frame": frame}
    return _written(made, files, "symmetrise", chosen, settings, {"face": read})


def _frame(asked: str | None, morph: MorphSettings) -> str:
    """Return the kind of frame that was asked for, or the usual one."""
    return asked or ("photos" if morph.align == "none" else "faces")


def _begun(
    output: str | Path,
    settings: PhotoSettings | None,
    photos: Sequence[str | Path],
) -> tuple[PhotoSettings, FaceFiles]:
    """Return settings and files, after checking that the output is free."""
    settings, files = settings or PhotoSettings(), FaceFiles.beside(Path(output))
    files.check(overwrite=settings.overwrite)
    return settings.settled(photos), files


def _written(
    made: DerivedFace,
    files: FaceFiles,
    verb: str,
    chosen: Mapping[str, Any],
    settings: PhotoSettings,
    sources: Mapping[str, Sequence[SourceFace]],
) -> WrittenFace:
    """Write a derived face."""
    height, width = made.frame.shape[:2]
    outside = find_outside(made.landmarks, (width, height))
    made = replace(made, findings=(*made.findings, *outside))
    about = write_face(
        made,
        files,
        verb=verb,
        settings=dict(chosen) | settings.recorded(),
        sources=sources,
        overwrite=settings.overwrite,
    )
    return WrittenFace(made, files, about)


def _faces(sources: Sequence[SourceFace]) -> list[Face]:
    return [source.face for source in sources]
