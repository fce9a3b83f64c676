"""Checks of a recipe before any of its files is read."""

from collections.abc import Iterator

from morphkit.errors import InputError, raise_all
from morphkit.faces.detectors import find_detector
from morphkit.faces.detectors.trained.model_file import is_model_file
from morphkit.pack.model import check_name
from morphkit.recipe import ContinuumPart, Recipe
from morphkit.recipe.composition import Composition, Key

__all__ = ["Key", "check_recipe", "continuum_id", "needed"]


def continuum_id(identity: str, part: ContinuumPart) -> str:
    """Return the name of the continuum of one identity."""
    return f"{identity}_{part.from_}_{part.to}"


def stimulus_id(continuum: str, step: int, n_steps: int) -> str:
    """Return the name of an image; steps are numbered from 1.

    All names of a continuum have the same length, so that they sort by step.

    Examples
    --------
    >>> stimulus_id("maja_happy_sad", 3, 15), stimulus_id("maja_happy_sad", 3, 120)
    ('maja_happy_sad_s03', 'maja_happy_sad_s003')
    """
    return f"{continuum}_s{step:0{max(2, len(str(n_steps)))}d}"


def needed(recipe: Recipe) -> list[Key]:
    """Return the source faces that a recipe needs, sorted.

    Raises
    ------
    InputError
        If a face is made from itself, or from an undefined one.
    """
    return Composition(recipe).photographs()


def check_recipe(recipe: Recipe) -> None:
    """Refuse a recipe that cannot be built, whatever its sources.

    Raises
    ------
    InputError
        Lists every identity whose consent does not cover morphing, every name that a
        front end would not accept, and an unknown detector.
    """
    raise_all([*_without_consent(recipe), *_bad_names(recipe), *_bad_detector(recipe)])


def _without_consent(recipe: Recipe) -> Iterator[InputError]:
    """Yield the identities that may not be morphed."""
    for name in sorted({identity for identity, _ in needed(recipe)}):
        if not recipe.identities[name].may_morph:
            yield InputError(
                "may_morph is not true",
                where=f"identities.{name}",
                remedy="morphing needs consent: record it with may_morph = true and "
                "consent_basis, or leave the identity out",
            )


def _bad_names(recipe: Recipe) -> Iterator[InputError]:
    """Yield names that are too long, ambiguous or not accepted by other programs."""
    owners: dict[str, str] = {}
    for identity, part in recipe.planned():
        name = continuum_id(identity, part)
        where = _place(recipe, part)
        n_steps = part.trajectory().n_steps
        last = stimulus_id(name, n_steps, n_steps)
        via = () if part.via is None else (part.via,)
        try:
            # An identity is the name of a folder, a label the cell of a table.
            for each in (identity, part.from_, *via, part.to, last):
                check_name(each)
        except InputError as error:
            yield InputError(
                error.problem,
                where=where,
                allowed=error.allowed,
                remedy="choose another name for the identity or the label",
            )
        if name in owners:
            yield InputError(
                f'the continua of "{owners[name]}" and "{identity}" would both be '
                f'called "{name}"',
                where=where,
                remedy="choose other names for identities or labels",
            )
        owners[name] = identity


def _place(recipe: Recipe, part: ContinuumPart) -> str:
    """Return the place in a recipe that defines a continuum."""
    if part in recipe.continua:
        return f"continua[{recipe.continua.index(part)}]"
    return "grids"


def _bad_detector(recipe: Recipe) -> Iterator[InputError]:
    """Yield an error for an unknown detector."""
    name = recipe.sources.detector
    # A file is read where the folder of the recipe is known.
    if name != "none" and not is_model_file(name):
        try:
            find_detector(name)
        except InputError as error:
            yield error.at("sources.detector")
