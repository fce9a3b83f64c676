"""The parts of the answers that something is fitted to."""

from morphkit.errors import InputError

#: Scope -> whether it names a continuum, and whether it names a participant.
_SCOPES = {
    "pooled": (False, False),
    "continuum": (True, False),
    "participant": (False, True),
    "cell": (True, True),
}


def check_scope(scope: str, continuum_id: str | None, participant: str | None) -> None:
    """Refuse a scope that is not known, or with other names than it has.

    Raises
    ------
    InputError
        With the scopes that there are.
    """
    named = (continuum_id is not None, participant is not None)
    if _SCOPES.get(scope) != named:
        raise InputError(
            f'scope "{scope[:40]}" of continuum {continuum_id!r} and participant '
            f"{participant!r}",
            allowed="pooled; continuum or participant with its name; cell with both",
        )
