"""Consent to export: who may be shown by a front end, and who may be redistributed."""

from collections.abc import Iterable

from morphkit.errors import InputError, raise_all
from morphkit.export.adapter import Adapter
from morphkit.pack.model import Pack


def check_consent(
    pack: Pack, stimuli: Iterable[str], adapter: Adapter, *, approval: str = ""
) -> tuple[str, ...]:
    """Return the identities permitted only by an approval, sorted.

    Parameters
    ----------
    pack : Pack
    stimuli : iterable of str
        Ids of the stimuli used.
    adapter : Adapter
        Target of the export.
    approval : str, optional
        Reference of an approval, such as that of an ethics committee, which overrides
        the table of identities.

    Raises
    ------
    InputError
        If an identity may not be shown or redistributed in this way and no approval is
        named; all of them are reported together.
    """
    used = {str(stimulus) for stimulus in stimuli}
    shown = {r.identity_id for r in pack.stimuli if r.stimulus_id in used}
    needed = [("may_show_online", "an online study")] if adapter.online else []
    needed += [("may_redistribute", "a public archive")] if adapter.public else []
    errors, refused = [], set()
    for row in pack.identities:
        if row.identity_id not in shown:
            continue
        for right, place in needed:
            if getattr(row, right) is not True:
                refused.add(row.identity_id)
                errors.append(_refusal(row.identity_id, right, place))
    if not approval:
        raise_all(errors)
    return tuple(sorted(refused))


def _refusal(identity: str, right: str, place: str) -> InputError:
    """Return the error for an identity without consent to the export."""
    return InputError(
        f"{right} is not true, and this is {place}",
        where=f"identity {identity}",
        remedy="leave the identity out, have the recipe state the consent that was "
        "given and build again, or name an approval (--i-have-approval REFERENCE)",
    )
