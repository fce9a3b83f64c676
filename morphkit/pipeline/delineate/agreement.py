"""Two folders of landmark files, of the same faces, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PureWindowsPath
from typing import Any

from morphkit._core.files import write_together
from morphkit._core.names import same_name
from morphkit._core.tables import table_text
from morphkit.errors import InputError, raise_all
from morphkit.faces.formats import FormatOptions, find_template, read_collection
from morphkit.faces.images import SUFFIXES
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.photos import PhotoFolder
from morphkit.pipeline.delineate.read import landmark_files
from morphkit.quality.landmark_agreement import (
    Difference,
    LandmarkAgreement,
    compare_placements,
)
from morphkit.report.agreement_figure import draw_agreement


@dataclass(frozen=True, eq=False)
class AgreementOfFiles:
    """How the landmarks of two folders agree.

    Parameters
    ----------
    agreement : LandmarkAgreement
    faces : tuple of str
        Names of the faces that both have.
    alone : tuple of str
        Faces that one of both has, which are left out.
    """

    agreement: LandmarkAgreement
    faces: tuple[str, ...]
    alone: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON object."""
        return {
            **self.agreement.to_dict(),
            "faces": list(self.faces),
            "alone": list(self.alone),
        }

    def table(self) -> str:
        """Return a row for each feature and landmark, as CSV."""
        names = [field.name for field in fields(Difference)]
        rows: list[list[object]] = [["kind", *_columns(names)]]
        parts = (("feature", self.agreement.features), ("point", self.agreement.points))
        for kind, differences in parts:
            for one in differences:
                cells = [_cells(value) for value in asdict(one).values()]
                rows.append([kind, *(cell for part in cells for cell in part)])
        return table_text(rows)

    def write(
        self,
        *,
        table: str | Path | None = None,
        figure: str | Path | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write the table (CSV), the figure (SVG) or both.

        Raises
        ------
        OutputError
            If a file exists that may not be replaced, or cannot be written.
        """
        files: dict[Path, bytes] = {}
        if table is not None:
            files[Path(table)] = self.table().encode()
        if figure is not None:
            files[Path(figure)] = draw_agreement(self.agreement).encode()
        write_together(files, overwrite=overwrite)


def _columns(names: Sequence[str]) -> list[str]:
    """Return the columns of the table; limits have two."""
    found: list[str] = []
    for name in names:
        both = name.startswith("limits")
        found += [f"{name}_low", f"{name}_high"] if both else [name]
    return found


def _cells(value: Any) -> list[object]:
    """Return a value as cells: numbers with four decimals."""
    if isinstance(value, tuple):
        return [f"{one:.4f}" for one in value]
    return [f"{value:.4f}" if isinstance(value, float) else value]


def measure_landmark_agreement(
    first: str | Path,
    second: str | Path,
    *,
    template: str | Path | None = None,
    images: str | Path | None = None,
    options: FormatOptions | None = None,
) -> AgreementOfFiles:
    """Measure how two people, or one on two days, place the same landmarks.

    Parameters
    ----------
    first, second : str or Path
        Landmark files of any format, or folders of them; faces belong together by the
        name of their image or file.
    template : str or Path, optional
        What the points are, by name or definition file, where the files do not say so.
    images : str or Path, optional
        Folder with the photographs, for formats that need their sizes.
    options : mapping of str to int, optional
        What formats leave open, as in `morphkit.faces.formats.read_landmarks`.

    Returns
    -------
    AgreementOfFiles

    Raises
    ------
    InputError
        If a file cannot be read, or no face is in both.

    Examples
    --------
    >>> import morphkit as mk
    >>> folder = mk.shipped_faces() / "landmarks"
    >>> same = mk.measure_landmark_agreement(folder, folder)
    >>> same.agreement.features[-1].distance
    0.0
    """
    known = None if template is None else find_template(template)
    photos = None if images is None else PhotoFolder(Path(images))
    sides = [_read(Path(side), known, photos, options) for side in (first, second)]
    both = [name for name in sides[0] if name in sides[1]]
    if not both:
        raise InputError(
            f"no face of {first} is in {second}",
            allowed="the same faces twice, by the names of their images or files",
            remedy="give both files of a face the same name",
        )
    return AgreementOfFiles(
        compare_placements(*([side[name] for name in both] for side in sides)),
        tuple(both),
        tuple(sorted({*sides[0], *sides[1]} - {*both})),
    )


def _read(
    path: Path,
    template: Template | None,
    photos: PhotoFolder | None,
    options: FormatOptions | None,
) -> Mapping[str, Landmarks]:
    """Return the faces of a file or folder by name, without suffix."""
    found: dict[str, Landmarks] = {}
    errors = []
    for file in landmark_files([path]):
        try:
            faces = read_collection(
                file, template=template, size=photos, options=options
            )
        except InputError as error:
            errors.append(error.at(str(file)))
            continue
        for image, landmarks in faces.items():
            # A file of one face has the name that was given to it on purpose.
            name = same_name(file.stem if len(faces) == 1 else _stem(image))
            if name in found:
                errors.append(
                    InputError(f'a second face called "{name}"', where=str(file))
                )
            found[name] = landmarks
    raise_all(errors)
    return found


def _stem(image: str) -> str:
    """Return the name of an image without folder and suffix."""
    path = PureWindowsPath(image)
    return path.stem if path.suffix.lower() in SUFFIXES else path.name
