"""The folder of a new study: a commented recipe, and folders for its sources."""

import shutil
from pathlib import Path

from morphkit._core.folders import FolderKind, check_place, claimed, written_whole
from morphkit.pack.read import is_pack
from morphkit.pipeline.demo import shipped_faces
from morphkit.recipe.new_study import write_study

#: A study is never replaced, since it contains work.
_STUDY = FolderKind("study", lambda folder: frozenset())


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

    Examples
    --------
    >>> import morphkit as mk
    >>> mk.start_study("my_study").name
    'study.toml'
    """
    folder = Path(folder)
    with claimed(folder, closed=is_pack):
        check_place(folder, _STUDY, overwrite=None)
        with written_whole(folder) as study:
            write_study(study)
            if with_faces:
                shipped = shipped_faces()
                for name in ("source_faces", "landmarks"):
                    shutil.copytree(shipped / name, study / name, dirs_exist_ok=True)
    return folder / "study.toml"
