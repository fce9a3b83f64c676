"""The folder of a new study: a recipe with comments, and the places of its sources."""

import shutil
from pathlib import Path

from morphkit.errors import OutputError
from morphkit.pipeline.demo import shipped_faces
from morphkit.recipe.new_study import write_study


def start_study(folder: str | Path, *, with_faces: bool = False) -> Path:
    """Write the recipe of a new study, and folders for its photographs and landmarks.

    Parameters
    ----------
    folder : str or Path
        New or empty.
    with_faces : bool, optional
        Put the faces that ship with morphkit into it.

    Returns
    -------
    Path
        The recipe, ``study.toml``.

    Raises
    ------
    OutputError
        If the folder holds something or cannot be written.
    """
    folder = Path(folder)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder}: already exists; choose a new or empty folder")
        write_study(folder)
        if with_faces:
            shipped = shipped_faces()
            for name in ("source_faces", "landmarks"):
                shutil.copytree(shipped / name, folder / name, dirs_exist_ok=True)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None
    return folder / "study.toml"
