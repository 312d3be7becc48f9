"""What a check is: one rule, one function, one family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.plan import Family, Violation
from scheduler.verify.evidence import Evidence
from scheduler.verify.faults import Fault, violations

Examine = Callable[[Evidence], Iterable[Fault]]


@dataclass(frozen=True)
class Check:
    """One rule of docs/rules.md.

    Attributes:
        rule: its id, the name of the function.
        family: completeness, consistency, integrity or evidence.
        examine: finds everything that breaks the rule.
    """

    rule: str
    family: Family
    examine: Examine

    def __call__(self, evidence: Evidence) -> tuple[Violation, ...]:
        """The violations of this rule, at most twenty of them listed."""
        return violations(self.rule, self.family, self.examine(evidence))


def check(family: Family) -> Callable[[Examine], Check]:
    """Make a function the check of the rule that it is named after."""
    return lambda examine: Check(examine.__name__, family, examine)
