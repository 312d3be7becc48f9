"""What is kept of each published version between requests: serialised once, never changed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

from api import answers
from api.conditional import etag
from api.errors import ApiError, ProblemCode
from api.opening import Opening
from api.settings import Settings
from api.ticket import TicketWriter
from models.publication import PublishedFacts
from scheduler.documents.calendar import exam_calendar
from scheduler.documents.sessions import SessionUse

_KEPT = 3
"""Versions kept: the one in force, the one before, and one during a switch."""


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes and the ETag that names them."""

    content: bytes
    tag: str


class Publication:
    """One published version and what all requests share of it."""

    def __init__(self, facts: PublishedFacts, settings: Settings) -> None:
        """Serialise on first use."""
        self.facts = facts
        self.tickets = TicketWriter(facts, settings.public_url)
        self.opening = Opening(facts, settings.opening)
        self.session_uses: dict[tuple[str, str], tuple[SessionUse, ...]] = {}
        self._specialties: dict[str, Representation] = {}

    def _made(self, content: str | bytes, *parts: str) -> Representation:
        raw = content.encode() if isinstance(content, str) else content
        return Representation(raw, etag(self.facts, *parts))

    @cached_property
    def exam(self) -> Representation:
        """``/v1/exam``."""
        return self._made(answers.exam_answer(self.facts).model_dump_json(), "exam")

    @cached_property
    def exam_calendar(self) -> Representation:
        """``/v1/exam/calendar.ics``."""
        return self._made(exam_calendar(self.facts), "exam-calendar")

    @cached_property
    def specialties(self) -> Representation:
        """``/v1/specialties``."""
        made = answers.specialties_answer(self.facts).model_dump_json()
        return self._made(made, "specialties")

    @cached_property
    def balance(self) -> Representation:
        """``/v1/balance``."""
        return self._made(answers.balance_answer(self.facts).model_dump_json(), "balance")

    def specialty(self, code: str) -> Representation:
        """``/v1/specialties/{code}``.

        Raises:
            ApiError: 404, there is no such specialty.
        """
        found = self._specialties.get(code)
        if found is None:
            if code not in self.facts.specialty_by_code:
                raise ApiError(ProblemCode.NOT_FOUND)
            content = answers.specialty_answer(self.facts, code).model_dump_json()
            found = self._specialties[code] = self._made(content, "specialty", code)
        return found


class Publications:
    """The last few versions by id."""

    def __init__(self, settings: Settings) -> None:
        """Start empty."""
        self._settings = settings
        self._kept: OrderedDict[int, Publication] = OrderedDict()

    def get(self, version_id: int) -> Publication | None:
        """The version if it is kept."""
        return self._kept.get(version_id)

    def keep(self, version_id: int, facts: PublishedFacts) -> Publication:
        """Keep a version; the one kept longest goes."""
        made = self._kept.setdefault(version_id, Publication(facts, self._settings))
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made
