"""The consent of the identities of a pack: what its recipe states of each."""

from collections.abc import Iterator, Sequence

from morphkit.errors import InputError
from morphkit.pack.layout import MANIFEST, RECIPE
from morphkit.pack.model import Pack
from morphkit.pack.rows import IdentityRow
from morphkit.recipe import Identity, Recipe
from morphkit.recipe.composition import Composition

#: Columns of the table of identities on which consent rests.
CONSENT = ("consent_basis", "may_morph", "may_show_online", "may_redistribute")


def identity_rows(recipe: Recipe) -> tuple[IdentityRow, ...]:
    """Return the rows of the identities that the pack of a recipe shows, sorted.

    Raises
    ------
    InputError
        If a face is made from itself, or from an undefined one.
    """
    shown = Composition(recipe).shown()
    return tuple(identity_row(recipe, name, used) for name, used in shown.items())


def identity_row(recipe: Recipe, name: str, used: Sequence[str]) -> IdentityRow:
    """Return the row of an identity in the table of a pack.

    Parameters
    ----------
    recipe : Recipe
    name : str
        The identity shown.
    used : sequence of str
        The identities whose photographs it is made from. A use must be allowed by all
        of them.
    """
    people = [recipe.identities[each] for each in used]
    own = recipe.identities.get(name)
    bases = {person.consent_basis for person in people}
    licences = {person.licence or recipe.pack.licence for person in people}
    others = [each for each in used if each != name]
    description = own.description if own else ""
    if others:
        said = f"Made with photographs of {', '.join(others)}"
        description = f"{description.rstrip('. ')}. {said}" if description else said
    shown = own or Identity()
    approvals = sorted({person.approval for person in people if person.approval})
    return IdentityRow(
        identity_id=name,
        age_months=shown.age_months,
        sex=shown.sex,
        description=description,
        licence=" AND ".join(sorted(licences)),
        consent_basis=bases.pop() if len(bases) == 1 else "unknown",
        may_morph=all(person.may_morph for person in people),
        may_show_online=all(person.may_show_online for person in people),
        may_redistribute=all(person.may_redistribute for person in people),
        approval="; ".join(approvals),
    )


def consent_faults(pack: Pack) -> Iterator[tuple[str, InputError]]:
    """Yield what contradicts itself about consent in a pack, with the identity.

    A pack states the consent twice: in its recipe, and in its table of identities,
    which follows from the recipe. Where they differ, one was changed afterwards, and
    nothing tells which. A recipe that is not the one that the manifest records
    concerns every identity, and comes under an empty name.

    Raises
    ------
    InputError
        If the recipe cannot be read.
    """
    if pack.recipe_changed:
        problem = f"is not the recipe recorded in {MANIFEST}"
        yield "", InputError(problem, where=RECIPE, remedy=AGAIN)
    stated = {row.identity_id: row for row in identity_rows(pack.recipe)}
    there = {row.identity_id: row for row in pack.identities}
    for name in sorted({row.identity_id for row in pack.stimuli}):
        problem = _contradiction(there.get(name), stated.get(name))
        if problem:
            yield name, InputError(problem, where=f"identity {name}", remedy=AGAIN)


def _contradiction(there: IdentityRow | None, stated: IdentityRow | None) -> str:
    """Return in what the table of identities departs from the recipe; "" if it agrees.

    Parameters
    ----------
    there, stated : IdentityRow or None
        The row of one identity in the table, and that which follows from the recipe.
    """
    if there is None:
        return "has no row in the table of identities: its consent is not known"
    if stated is None:
        return "is not an identity that the recipe in the pack shows"
    return "; ".join(
        f"{column} is {_said(getattr(there, column))} in the table and "
        f"{_said(getattr(stated, column))} by the recipe"
        for column in CONSENT
        if getattr(there, column) != getattr(stated, column)
    )


def _said(value: str | bool | None) -> str:
    """Return a value of the table in words."""
    return "empty" if value in (None, "") else str(value).lower()


#: What to do about a pack that contradicts itself.
AGAIN = "obtain the pack again from its source, or build it again from its recipe"
