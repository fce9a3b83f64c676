"""A lab's own detector, trained on faces that it has corrected.

Errors are measured on identities that are left out of the training, never on faces that
were learnt from.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morphkit._core.arrays import Points
from morphkit._core.files import write_together
from morphkit._core.leftovers import settle_files
from morphkit._core.progress import Progress
from morphkit._core.tables import table_text
from morphkit.errors import InputError, OutputError
from morphkit.faces.detectors.trained.model import (
    N_PARTS,
    Example,
    TrainedModel,
    common_reference,
    learn,
)
from morphkit.faces.detectors.trained.model_file import (
    SUFFIX,
    TrainedOn,
    about_model,
    is_model_file,
    model_bytes,
)
from morphkit.faces.formats import FormatOptions, find_template
from morphkit.faces.landmarks import Landmarks
from morphkit.faces.template import Template
from morphkit.geometry.align import procrustes
from morphkit.pipeline.delineate.choices import PATTERN
from morphkit.pipeline.delineate.pairs import name_parts
from morphkit.pipeline.delineate.read import landmark_files
from morphkit.pipeline.delineate.training_faces import check_enough, read_training_faces
from morphkit.pipeline.software import software_versions
from morphkit.quality.landmark_checks.measures import scale_of
from morphkit.report.training_figure import draw_errors

#: Parts in which identities are left out to measure the error.
FOLDS = 5


@dataclass(frozen=True)
class PlaceError:
    """Error of a trained detector at a landmark, or over those of a region.

    Parameters
    ----------
    name : str
    n : int
        Landmarks of left-out faces that it was measured at.
    mean, p95 : float
        Mean, and what 95 % of them do not exceed, in percent of the normaliser.
    mean_adapter : float
        Mean error of the linear adapter alone.
    """

    name: str
    n: int
    mean: float
    p95: float
    mean_adapter: float


@dataclass(frozen=True, eq=False)
class Training:
    """A trained detector, and how well it does on identities that it never saw.

    Parameters
    ----------
    output : Path
        File of the detector.
    sha256 : str
        Its hash.
    size : int
        Its bytes.
    template : str
    trained_on : TrainedOn
    normaliser : str
        Name of the length to which percent relate.
    regions, points : tuple of PlaceError
        For each region of the template and ``"all"``; for each landmark.
    uses_descent : bool
        Whether steps of descent follow the adapter: they are kept if they place
        left-out faces better.
    left_out : mapping of str to str
        File of every face that was not used, and why.
    shape : ndarray, shape (N, 2)
        Mean shape, in percent of the normaliser.
    """

    output: Path
    sha256: str
    size: int
    template: str
    trained_on: TrainedOn
    normaliser: str
    regions: tuple[PlaceError, ...]
    points: tuple[PlaceError, ...]
    uses_descent: bool
    left_out: Mapping[str, str]
    shape: Points

    @property
    def error(self) -> float:
        """Mean error over all landmarks, percent of the normaliser."""
        return self.regions[-1].mean

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the mean shape as a JSON object."""
        return {
            "detector": str(self.output),
            "sha256": self.sha256,
            "bytes": self.size,
            "template": self.template,
            "trained_on": asdict(self.trained_on),
            "unit": f"percent of the {self.normaliser}",
            "measured_on": "identities left out of the training",
            "uses_descent": self.uses_descent,
            "regions": [asdict(one) for one in self.regions],
            "points": [asdict(one) for one in self.points],
            "left_out": dict(self.left_out),
        }

    def table(self) -> str:
        """Return a row for each region and landmark, as CSV."""
        rows: list[list[object]] = [
            ["kind", "name", "n", "mean", "p95", "mean_adapter"]
        ]
        for kind, errors in (("region", self.regions), ("point", self.points)):
            for one in errors:
                numbers = (one.mean, one.p95, one.mean_adapter)
                cells = [f"{value:.4f}" for value in numbers]
                rows.append([kind, one.name, one.n, *cells])
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
        write_together(self.files(table, figure), overwrite=overwrite)

    def files(
        self, table: str | Path | None, figure: str | Path | None
    ) -> dict[Path, bytes]:
        """Return the content of the table and the figure, by their files."""
        found: dict[Path, bytes] = {}
        if table is not None:
            found[Path(table)] = self.table().encode()
        if figure is not None:
            found[Path(figure)] = draw_errors(
                self.shape,
                {one.name: one.mean for one in self.points},
                normaliser=self.normaliser,
                n_faces=self.trained_on.n_faces,
            ).encode()
        return found


def train_detector(
    files: Sequence[str | Path],
    output: str | Path,
    *,
    images: str | Path | None = None,
    template: str | Path | None = None,
    pattern: str = PATTERN,
    one_expression: bool = False,
    options: FormatOptions | None = None,
    table: str | Path | None = None,
    figure: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Training:
    """Train a detector for any template on faces whose landmarks were corrected.

    Five faces are enough to begin with: correct five, train, let it place the next
    twenty, correct those, train again. The detector is one file of numbers that
    ``detect``, recipes and all commands take where they take the name of a detector.

    It may take minutes with many faces. A program with a window calls it in a thread of
    its own: `progress` is called from there, first ``stage("reading", n)``, then
    ``stage("training", n)``, with ``advance`` for each part of both; what `progress`
    raises ends the training, and nothing is written.

    Parameters
    ----------
    files : sequence of str or Path
        Landmark files of any format, or folders of them. Faces whose landmarks were
        placed automatically, and nobody moved, are left out.
    output : str or Path
        File of the detector, ``NAME.npz``.
    images : str or Path, optional
        Folder with the photographs; by default they lie beside the landmark files.
    template : str or Path, optional
        What the points are, by name or definition file, where the files do not say so.
    pattern : str, optional
        How files are named. Faces of an identity are left out together when the error
        is measured; a file that is named otherwise is an identity of its own.
    one_expression : bool, optional
        Train although all faces have one expression.
    options : mapping of str to int, optional
        What formats leave open, as in `morphkit.faces.formats.read_landmarks`.
    table, figure : str or Path, optional
        Files for the errors, CSV and SVG, which are written with the detector.
    overwrite : bool, optional
        Whether files may be replaced.
    progress : Progress, optional
        Progress callbacks.

    Returns
    -------
    Training
        Errors of each landmark on identities that were left out.

    Raises
    ------
    InputError
        If a file or photograph cannot be used, there are fewer than five faces or three
        identities, templates differ, or all faces have one expression.
    OutputError
        If a file exists or cannot be written.

    Examples
    --------
    >>> import morphkit as mk
    >>> faces = mk.shipped_faces()
    >>> files = [
    ...     faces / f"landmarks/{identity}_{label}.json"
    ...     for identity in ("maja", "nilo", "oona")
    ...     for label in ("happy", "distressed")
    ... ]
    >>> trained = mk.train_detector(files, "own.npz", images=faces / "source_faces")
    >>> trained.template, trained.trained_on.n_faces
    ('ibug_68', 6)
    >>> mk.read_face(faces / "source_faces/pavo_happy.png", detector="own.npz").size
    (640, 640)
    """
    progress, output = progress or Progress(), Path(output)
    beside = [Path(path) for path in (table, figure) if path is not None]
    _check_output(output, *beside, overwrite=overwrite)
    parts = name_parts(pattern)
    known = None if template is None else find_template(template)
    faces, left_out = read_training_faces(
        list(landmark_files([Path(file) for file in files])),
        None if images is None else Path(images),
        known,
        options,
        pattern=parts,
        progress=progress,
    )
    check_enough(faces, left_out, one_expression=one_expression)
    reference = common_reference([face.mesh for face in faces])
    identities = dict.fromkeys(face.identity for face in faces)
    number = {name: k for k, name in enumerate(identities)}
    examples = [face.example(reference, number[face.identity]) for face in faces]
    used = faces[0].landmarks.template
    n_folds = min(FOLDS, len(number))
    progress.stage("training", (n_folds + 1) * N_PARTS)

    def learnt(some: Sequence[Example], *, descent: bool = True) -> TrainedModel:
        return learn(
            some, used, reference, descent=descent, advance=lambda: progress.advance("")
        )

    alone, after = _left_out_errors(examples, used, n_folds, learnt)
    descent = bool(np.nanmean(after) < np.nanmean(alone))
    model = learnt(examples, descent=descent)
    errors = after if descent else alone
    measured = _measured(used, errors, alone)
    scale = scale_of(faces[0].landmarks).name
    about = TrainedOn(
        len(faces),
        len(number),
        len({face.label for face in faces} - {""}),
        tuple(sorted(face.sha256 for face in faces)),
        len(left_out),
    )
    model.about.update(
        about_model(
            used,
            trained_on=about,
            software=software_versions(),
            error={one.name: round(one.mean, 4) for one in measured[0]},
            normaliser=scale,
        )
    )
    data = model_bytes(model)
    made = Training(
        output,
        hashlib.sha256(data).hexdigest(),
        len(data),
        used.name,
        about,
        scale,
        *measured,
        descent,
        left_out,
        _mean_shape(examples, used),
    )
    write_together({output: data, **made.files(table, figure)}, overwrite=overwrite)
    return made


def _check_output(output: Path, *beside: Path, overwrite: bool) -> None:
    """Refuse a name or place for the detector, or a file beside it, before any work.

    What a killed command had finished takes its place first.
    """
    if not is_model_file(output):
        raise InputError(
            f'"{output.name}" is not a valid name for a detector',
            where="--output",
            remedy=f"choose NAME{SUFFIX}",
        )
    for path in (output, *beside):
        if not path.parent.is_dir():
            raise OutputError(f"{path.parent}: there is no such folder")
        settle_files(path.absolute().parent)
        if path.exists() and not overwrite:
            raise OutputError(
                f"{path}: already exists; choose another name, or add "
                "--overwrite; nothing was trained"
            )


Errors = npt.NDArray[np.float64]


def _left_out_errors(
    examples: Sequence[Example], template: Template, n_folds: int, learnt: Any
) -> tuple[Errors, Errors]:
    """Return errors of the adapter alone and with descent, (faces, points), percent.

    Each face is placed by a model without its identity; hidden points are NaN.
    """
    alone = np.full((len(examples), template.n_points), np.nan)
    after = alone.copy()
    for fold in range(n_folds):
        model = learnt([one for one in examples if one.identity % n_folds != fold])
        for k, one in enumerate(examples):
            if one.identity % n_folds != fold:
                continue
            unit = scale_of(Landmarks(template, one.truth)).length / 100
            for errors, grey in ((alone, None), (after, one.grey)):
                off = model.place_upright(grey, one.mesh) - one.truth
                errors[k] = np.where(one.known, np.hypot(*off.T) / unit, np.nan)
    return alone, after


def _measured(
    template: Template, errors: Errors, alone: Errors
) -> tuple[tuple[PlaceError, ...], tuple[PlaceError, ...]]:
    """Return errors of regions and of landmarks."""

    def over(name: str, indices: Sequence[int]) -> PlaceError:
        some = errors[:, list(indices)]
        known = some[~np.isnan(some)]
        if not known.size:
            return PlaceError(name, 0, 0.0, 0.0, 0.0)
        return PlaceError(
            name,
            int(known.size),
            float(known.mean()),
            float(np.quantile(known, 0.95)),
            float(np.nanmean(alone[:, list(indices)])),
        )

    regions = {**template.regions, "all": tuple(range(template.n_points))}
    return (
        tuple(over(name, indices) for name, indices in regions.items()),
        tuple(over(name, [i]) for i, name in enumerate(template.points)),
    )


def _mean_shape(examples: Sequence[Example], template: Template) -> Points:
    """Return the mean shape of the faces, in percent of the normaliser."""
    shape = procrustes.mean_shape([one.truth for one in examples])
    return np.asarray(shape / scale_of(Landmarks(template, shape)).length * 100)
