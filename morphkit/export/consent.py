"""Consent to export: who may be shown by a front end, and who may be redistributed.

Front ends for the web and public archives are *gated*: they show only whom the recorded
consent allows. The gate fails closed. It opens only for a whole pack, whose recipe and
table of identities agree, never for one that was read unverified: an edited table would
otherwise be the consent. An approval stands in place of a flag that is false in a whole
pack; it does not mend a pack whose record is damaged.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from morphkit._core.registry import did_you_mean
from morphkit._core.text import counted
from morphkit.errors import InputError, raise_all
from morphkit.export.adapter import Adapter
from morphkit.pack.consent import AGAIN, consent_faults
from morphkit.pack.model import Pack
from morphkit.pack.rows import IdentityRow
from morphkit.recipe.composition import Composition

#: Letters and digits that a reference must have at least.
LEAST_LETTERS = 3
#: Column of the table of identities -> what it allows.
RIGHTS = {
    "may_show_online": "be shown over a network",
    "may_redistribute": "be passed on",
}


@dataclass(frozen=True)
class Consent:
    """What the consent to an export rests on.

    Parameters
    ----------
    needs : tuple of str
        Rights that every identity shown needs: keys of `RIGHTS`.
    identities : tuple of IdentityRow
        Those shown, as recorded in the pack.
    unknown : tuple of str, optional
        Identities shown that have no row.
    faults : tuple of str, optional
        What contradicts itself about consent in the pack.
    approval : str, optional
        Reference of the approval that was needed; empty for none.
    approved : tuple of str, optional
        Identities permitted only by it, sorted.
    lab_only : bool, optional
        Whether the export is for a laboratory's own computers alone.
    """

    needs: tuple[str, ...]
    identities: tuple[IdentityRow, ...]
    unknown: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    approval: str = ""
    approved: tuple[str, ...] = ()
    lab_only: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "needs": list(self.needs),
            "identities": {
                row.identity_id: {
                    "consent_basis": row.consent_basis,
                    **{right: getattr(row, right) for right in RIGHTS},
                    "approval": row.approval or None,
                }
                for row in self.identities
            }
            | dict.fromkeys(self.unknown),
            "faults": list(self.faults),
            "lab_only": self.lab_only,
            "approval": self.approval or None,
            "approved_identities": list(self.approved),
        }

    def sentences(self) -> Iterator[str]:
        """Yield what the export rests on, for its README and for a terminal."""
        bases: dict[str, list[str]] = {}
        for row in self.identities:
            bases.setdefault(row.consent_basis, []).append(row.identity_id)
        said = [f"{basis} ({', '.join(names)})" for basis, names in bases.items()]
        said += [f"not recorded ({', '.join(self.unknown)})"] if self.unknown else []
        yield f"Consent as recorded in the pack: {'; '.join(said)}."
        for right, what in RIGHTS.items():
            lacking = [
                row.identity_id
                for row in self.identities
                if getattr(row, right) is not True
            ] + list(self.unknown)
            if right in self.needs and not lacking:
                yield f"All of them may {what}, which is needed here."
            elif lacking:
                yield f"May NOT {what}: {', '.join(sorted(lacking))}."
        if self.lab_only:
            yield (
                "For the laboratory only: on its own computers, without a network. Do "
                "not put these files on a server."
            )
        elif not self.needs:
            yield (
                "This export is for a laboratory's own computers and needed no right "
                "beyond that to morph. Do not publish it."
            )
        if self.approved:
            yield (
                f'Exported under the approval "{self.approval}", which overrides the '
                f"recorded consent of: {', '.join(self.approved)}."
            )
        for fault in self.faults:
            yield f"The pack contradicts itself: {fault}."


def check_consent(
    pack: Pack,
    stimuli: Iterable[str],
    adapter: Adapter,
    *,
    approval: str | None = None,
    lab_only: bool = False,
) -> Consent:
    """Return what the consent to an export rests on.

    Parameters
    ----------
    pack : Pack
        As read from its folder, with what of it is not as it says.
    stimuli : iterable of str
        Ids of the stimuli used.
    adapter : Adapter
        Target of the export.
    approval : str, optional
        Reference of an approval, such as that of an ethics committee, which stands in
        place of rights that the table of identities denies.
    lab_only : bool, optional
        Whether the export is for a laboratory's own computers alone, without a network.

    Raises
    ------
    InputError
        If an identity may not be shown or redistributed in this way and no approval is
        named, the record of consent is damaged, the approval is no reference, or the
        front end is not for a laboratory; all of them are reported together.
    """
    used = {str(stimulus) for stimulus in stimuli}
    shown = {r.identity_id for r in pack.stimuli if r.stimulus_id in used}
    rows = tuple(row for row in pack.identities if row.identity_id in shown)
    unknown = tuple(sorted(shown - {row.identity_id for row in rows}))
    needs = _needs(adapter, lab_only=lab_only)
    faults = _faults(pack, shown, gated=bool(needs))
    reference = None if approval is None else approval_reference(approval)
    refused: list[str] = []
    if needs:
        errors = [*_unverified(pack), *faults]
        for row in rows:
            lacking = [right for right in needs if getattr(row, right) is not True]
            refused += [row.identity_id] if lacking else []
            if reference is None:
                errors += [_refusal(row.identity_id, right) for right in lacking]
        raise_all(errors)
    return Consent(
        needs,
        rows,
        unknown,
        tuple(f"{error.where}: {error.problem}" for error in faults),
        (reference or "") if refused else "",
        tuple(sorted(refused)),
        lab_only,
    )


def _faults(pack: Pack, shown: Collection[str], *, gated: bool) -> list[InputError]:
    """Return what contradicts itself about the consent of identities shown.

    Raises
    ------
    InputError
        If that cannot be decided, and the front end must know.
    """
    try:
        return [e for name, e in consent_faults(pack) if not name or name in shown]
    except InputError as error:
        if gated:
            raise
        return [error]


def _needs(adapter: Adapter, *, lab_only: bool) -> tuple[str, ...]:
    """Return the rights that an export needs.

    Raises
    ------
    InputError
        If it is to be for the laboratory only, and the front end is not, or anyway.
    """
    if lab_only and not (adapter.runs_offline and adapter.online):
        why = (
            "is made to be passed on"
            if adapter.public
            else "needs a network"
            if adapter.online
            else "runs in the laboratory anyway"
        )
        raise InputError(
            f"this front end {why}",
            where="--lab-only",
            remedy="leave it out; it is for experiments in a browser that need no "
            "server: jspsych, labjs",
        )
    online = adapter.online and not lab_only
    needed = {"may_show_online": online, "may_redistribute": adapter.public}
    return tuple(right for right in RIGHTS if needed[right])


def approval_reference(text: str) -> str:
    """Return the reference of an approval, on one line.

    Raises
    ------
    InputError
        If it is no text that somebody could look up.

    Examples
    --------
    >>> approval_reference(" REC  2024/17 ")
    'REC 2024/17'
    """
    if len(re.findall(r"[^\W_]", text)) < LEAST_LETTERS:
        raise InputError(
            f"{text!r} is no reference of an approval",
            where="--i-have-approval",
            allowed=f"a text with {LEAST_LETTERS} letters or digits at least",
            remedy='give the reference under which it can be found: "REC 2024/17"',
        )
    return " ".join(text.split())


def _unverified(pack: Pack) -> Iterator[InputError]:
    """Yield the error for a pack that was read although it is not whole."""
    if pack.unverified:
        yield InputError(
            f"{counted(len(pack.unverified), 'file')} not as SHA256SUMS says "
            f"({', '.join(pack.unverified)}), so the record of consent proves "
            "nothing; --unverified does not change that for front ends that show or "
            "pass on faces",
            where=pack.name,
            remedy=AGAIN,
        )


def _refusal(identity: str, right: str) -> InputError:
    """Return the error for an identity without consent to the export."""
    place = {
        "may_show_online": "an online study",
        "may_redistribute": "a public archive",
    }
    return InputError(
        f"{right} is not true, and this is {place[right]}",
        where=f"identity {identity}",
        remedy=f"leave the identity out (--without {identity}), have the recipe state "
        "the consent that was given and build again, or name an approval "
        "(--i-have-approval REFERENCE)",
    )


def leave_out(pack: Pack, names: Iterable[str]) -> Pack:
    """Return a pack without some identities.

    Raises
    ------
    InputError
        If it does not show one of them, or shows no other.
    """
    known = {row.identity_id for row in pack.stimuli}
    left_out = set(names)
    raise_all(
        InputError(
            f'the pack does not show the identity "{name}"',
            where="--without",
            allowed=f"one of {', '.join(sorted(known))}",
            remedy=did_you_mean(name, known),
        )
        for name in sorted(left_out - known)
    )
    if known and known == left_out:
        raise InputError("no identity would be left", where="--without")
    return pack.without(left_out)


def made_with(pack: Pack, names: Iterable[str]) -> Iterator[str]:
    """Yield a remark on every identity still shown that is made with one left out."""
    if not (left_out := set(names)):
        return
    shown = {row.identity_id for row in pack.stimuli}
    for identity, used in Composition(pack.recipe).shown().items():
        if identity in shown and (there := sorted(left_out.intersection(used))):
            yield (
                f"{identity} is still shown, and is made with photographs of "
                f"{', '.join(there)}"
            )
