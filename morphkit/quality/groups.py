"""Findings grouped for people: one kind over many continua is one thing to decide.

Grouping is a view. Findings, and the documents that hold them, stay as they are.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from morphkit._core.finding import SEVERITIES, Finding
from morphkit._core.text import counted
from morphkit.quality.checks import CHECKS, kind_of


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind, worst first.

    Parameters
    ----------
    code : str
    title : str
        What was found, in a few words; the code where nothing is known of it.
    remedy : str
        What to do about it; empty where nothing is known.
    decides : bool
        Whether they may change what someone decides. Others record how images were
        made.
    findings : tuple of Finding
        At least one.
    """

    code: str
    title: str
    remedy: str
    decides: bool
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """The finding to look at first."""
        return self.findings[0]

    @property
    def severity(self) -> str:
        """That of the worst finding."""
        return self.worst.severity

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by severity, without zeros, gravest first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES if found[severity]}

    @property
    def continua(self) -> tuple[str, ...]:
        """Where they were found, each once, worst first."""
        return tuple(dict.fromkeys(f.where for f in self.findings if f.where))

    def said_counts(self) -> str:
        """Return the number of findings of each severity in words."""
        return ", ".join(counted(n, severity) for severity, n in self.counts.items())

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object, without the findings but for the worst."""
        return {
            "code": self.code,
            "title": self.title,
            "remedy": self.remedy,
            "decides": self.decides,
            "severity": self.severity,
            "counts": self.counts,
            "continua": list(self.continua),
            "worst": self.worst.to_dict(),
        }


def group_findings(findings: Iterable[Finding]) -> tuple[FindingGroup, ...]:
    """Return findings by kind: what asks for a decision first, the gravest first.

    Parameters
    ----------
    findings : iterable of Finding

    Examples
    --------
    >>> from morphkit._core.finding import Finding
    >>> found = [Finding("clipping", "warning", "", f"c{k}", 0.1 * k) for k in (3, 4)]
    >>> [(group.code, group.worst.where) for group in group_findings(found)]
    [('clipping', 'c4')]
    """
    kept: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        decides = kind_of(finding.code).decides(finding)
        kept.setdefault((finding.code, decides), []).append(finding)
    groups = [
        FindingGroup(
            code,
            kind_of(code).title or code,
            kind_of(code).remedy,
            decides,
            tuple(sorted(found, key=_how_bad)),
        )
        for (code, decides), found in kept.items()
    ]
    order = list(CHECKS)
    return tuple(
        sorted(
            groups,
            key=lambda group: (
                not group.decides,
                SEVERITIES.index(group.severity),
                order.index(group.code) if group.code in order else len(order),
            ),
        )
    )


def _how_bad(finding: Finding) -> tuple[int, float]:
    """Return a key that sorts the worst finding of a kind first."""
    return SEVERITIES.index(finding.severity), -abs(finding.value or 0.0)
