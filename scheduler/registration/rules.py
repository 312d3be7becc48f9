"""The rules of the notice as functions: one id each, the sentences that state it, its texts.

A rule about an event is a guard: a function of an :class:`scheduler.registration.guards.Attempt`
that tells whether the rule is kept. The others decide something else (a window, a mark, a match)
under the same registry, so that docs/rules.md, tests and code stay together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from models.registration import Event

Decision = TypeVar("Decision", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: its id: the function, the heading in docs/rules.md, the test.
        quotes: sentences of the notice, or parts of them, as they stand there.
        decide: the function that decides it.
        zh: what is told to whoever breaks it.
        en: the same in English.
        window: key of the window of ``exam.toml`` that it is about; blank for none.
        events: which it guards; none for a rule that decides something else.
    """

    name: str
    quotes: tuple[str, ...]
    decide: Callable[..., Any]
    zh: str = ""
    en: str = ""
    window: str = ""
    events: frozenset[Event] = frozenset()


RULES: dict[str, Rule] = {}
"""By id, in the order of the notice."""


def rule(
    *quotes: str, zh: str = "", en: str = "", window: str = "", events: tuple[Event, ...] = ()
) -> Callable[[Decision], Decision]:
    """Register a function as the one that decides the rule of its name."""

    def register(decide: Decision) -> Decision:
        name = decide.__name__
        if name in RULES:
            raise ValueError(f"rule {name} is registered twice")
        RULES[name] = Rule(name, quotes, decide, zh, en, window, frozenset(events))
        return decide

    return register
