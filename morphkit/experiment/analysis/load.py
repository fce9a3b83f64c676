"""Results read back from the documents that the commands wrote."""

from collections.abc import Mapping
from typing import Any, TypeVar

from morphkit._core.documents import restore
from morphkit.experiment.analysis.categories import CategoryResult, FitSettings
from morphkit.experiment.analysis.norms import NormsResult
from morphkit.experiment.analysis.scale_values import ScaleResult, ScaleSettings

T = TypeVar("T")


def restore_fits(document: Mapping[str, Any], *, where: str) -> CategoryResult:
    """Return the psychometric functions in a document.

    Raises
    ------
    InputError
        If a value is missing, of the wrong type, or does not fit the others.
    """
    return restore_part(CategoryResult, _with_stimuli(document), where=where)


def restore_scales(document: Mapping[str, Any], *, where: str) -> ScaleResult:
    """Return the difference scales in a document; errors as in `restore_fits`."""
    return restore_part(ScaleResult, _with_stimuli(document), where=where)


def restore_norms(document: Mapping[str, Any], *, where: str) -> NormsResult:
    """Return the ratings in a document; errors as in `restore_fits`."""
    named = {**_with_stimuli(document), "summaries": document.get("norms")}
    return restore_part(NormsResult, named, where=where)


def _with_stimuli(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with the names of the stimuli that it says were shown."""
    about = document.get("pack")
    shown = about.get("stimuli") if isinstance(about, dict) else None
    # In documents from before images were recorded there are none.
    return {**document, "stimuli": list(shown) if isinstance(shown, dict) else []}


def restore_part(kind: type[T], values: Any, *, where: str, key: str = "") -> T:
    """Return a part of such a document, which stands below a key."""
    remedy = "write the file again with morphkit calibrate"
    exact = (FitSettings, ScaleSettings)
    return restore(kind, values, where=where, remedy=remedy, key=key, exact=exact)
