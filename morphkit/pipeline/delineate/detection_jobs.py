"""What is to be delineated, and how; refused before the first photograph is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from morphkit._core.journal import Journal
from morphkit._core.names import same_name
from morphkit._core.registry import look_up
from morphkit.errors import InputError, OutputError, raise_all
from morphkit.faces.choices import FaceChoice
from morphkit.faces.detectors import find_detector, template_of_detector
from morphkit.faces.formats import FORMATS
from morphkit.faces.template import Template
from morphkit.pipeline.delineate.photos import images_in


@dataclass(frozen=True)
class Settings:
    """How photographs are delineated.

    Parameters
    ----------
    detector : str, optional
        Name in `morphkit.faces.detectors.DETECTORS`, or the file of a trained one.
    template : str, optional
        Landmarks wanted; by default ``ibug_68``, or what a trained detector places.
    face : int or "largest", optional
        Which of several faces in each photograph, counted from 1 in reading order.
    format : str, optional
        Name in `morphkit.faces.formats.FORMATS`.
    second : str, optional
        Another detector, whose agreement is measured; empty for none.
    overwrite : bool, optional
        Whether files that exist may be replaced.
    """

    detector: str = "mesh"
    template: str | None = None
    face: FaceChoice = None
    format: str = "json"
    second: str = ""
    overwrite: bool = False

    @property
    def placed(self) -> Template:
        """Template that is placed.

        Raises
        ------
        InputError
            If the detector is not known, or cannot place what is wanted.
        """
        entry = find_detector(self.detector)
        name = self.template or template_of_detector(self.detector).name
        try:
            entry.way_to(name)
        except InputError as error:
            raise InputError(
                f'detector "{self.detector}" cannot place "{name}"',
                where=error.where,
                allowed=error.allowed,
            ) from None
        return entry.defines(name)


@dataclass(frozen=True)
class Job:
    """One photograph and the files written for it.

    Parameters
    ----------
    image : Path
        Photograph.
    file : Path
        Landmark file.
    overlay : Path, optional
        Picture of the landmarks.
    """

    image: Path
    file: Path
    overlay: Path | None = None

    @property
    def targets(self) -> tuple[Path, ...]:
        """Files that are written."""
        return (self.file, *((self.overlay,) if self.overlay else ()))


def plan_jobs(
    images: Sequence[Path],
    output: Path,
    *,
    overlay: Path | None = None,
    settings: Settings,
    journal: Journal | None = None,
) -> list[Job]:
    """Return the jobs to do, or refuse all of them.

    Parameters
    ----------
    images : sequence of Path
        Photographs, or folders of them.
    output : Path
        Folder of the landmark files.
    overlay : Path, optional
        Folder of the pictures of the landmarks.
    settings : Settings
    journal : Journal, optional
        What the same command has done before it was killed; this may be there.

    Raises
    ------
    InputError
        If a name in `settings` is not known, nothing leads from the detector to the
        template, a folder holds no image, or two images would have one landmark file.
    OutputError
        If a file exists that may not be replaced.
    """
    _ = settings.placed
    suffix = look_up(FORMATS, settings.format, kind="landmark format").suffixes[0]
    jobs = [
        Job(
            image,
            output / f"{image.stem}{suffix}",
            overlay / f"{image.stem}_landmarks.png" if overlay else None,
        )
        for image in _images(images)
    ]
    _check_distinct(jobs)
    if not settings.overwrite:
        _check_free(jobs, journal)
    return jobs


def _images(given: Sequence[Path]) -> list[Path]:
    """Return the photographs, those of folders sorted, none twice."""
    found: dict[Path, None] = {}
    for path in given:
        for image in images_in(path) if path.is_dir() else [path]:
            found.setdefault(image)
    return list(found)


def _check_distinct(jobs: Sequence[Job]) -> None:
    """Refuse two photographs of one name, which would have one landmark file."""
    by_file: dict[str, list[Job]] = {}
    for job in jobs:
        by_file.setdefault(same_name(str(job.file)), []).append(job)
    raise_all(
        InputError(
            f"{len(alike)} photographs would share the landmark file "
            f"{alike[0].file.name}",
            where=", ".join(str(job.image) for job in alike),
            remedy="rename one, or write them to separate folders",
        )
        for alike in by_file.values()
        if len(alike) > 1
    )


def _check_free(jobs: Sequence[Job], journal: Journal | None) -> None:
    """Refuse to replace files that the same command did not write."""
    there = [
        target
        for job in jobs
        for target in job.targets
        if target.exists()
        and not (journal is not None and journal.made(str(job.image), target))
    ]
    if there:
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise OutputError(
            f"{', '.join(map(str, there[:3]))}{more}: already exists; choose another "
            "folder, or add --overwrite; nothing was written"
        )
