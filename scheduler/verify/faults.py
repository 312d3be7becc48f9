"""How a check reports: addresses and messages, at most twenty listed per rule."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from models.plan import Family, Violation

LISTED = 20


class Fault(NamedTuple):
    """One thing that is wrong: its address and what is wrong with it."""

    where: str
    message: str


class Problem(NamedTuple):
    """A file that cannot be judged at all, with the rule that it breaks."""

    rule: str
    where: str
    message: str


class Unreadable(Exception):
    """Some files cannot be read as the contract says; every one of them is named."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


def violations(rule: str, family: Family, faults: Iterable[Fault]) -> tuple[Violation, ...]:
    """The first faults as violations of ``rule``; if there are more, a last one counts them."""
    rest = iter(faults)
    listed = [
        Violation(rule=rule, family=family, where=fault.where, message=fault.message)
        for fault in islice(rest, LISTED)
    ]
    more = sum(1 for _ in rest)
    if more:
        message = f"{more} more of this rule are not listed"
        listed.append(Violation(rule=rule, family=family, where="", message=message))
    return tuple(listed)
