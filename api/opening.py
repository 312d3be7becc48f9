"""When candidates may look up their ticket: per province, by the server's clock alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.errors import ApiError, ProblemCode
from models.publication import PublishedFacts
from scheduler.documents.texts import TICKET_WINDOW


class Opening:
    """The opening of every province of one published version.

    A province opens at the time that the settings give it, else with the first day of the exam's
    window ``ticket_printing``, else with publication.
    """

    def __init__(self, facts: PublishedFacts, stated: Mapping[str, datetime]) -> None:
        """Work out the times once; ``stated`` overrides by province."""
        default = facts.exam.window_times(TICKET_WINDOW)[0] or facts.published_at
        self._of_point = {
            p.exam_point: stated.get(p.province, default) for p in facts.exam_points
        }  # fmt: skip
        self._earliest = min(self._of_point.values(), default=default)
        # Times in one zone compare much faster than times in two; the clock's is UTC.
        self._earliest_utc = self._earliest.astimezone(UTC)
        self._utc_of_point = {p: t.astimezone(UTC) for p, t in self._of_point.items()}

    def refuse_before_any(self, now: datetime) -> None:
        """Before any province is open, everybody gets the same answer, whatever was sent.

        Raises:
            ApiError: 403 ``not_open`` with the earliest opening.
        """
        if now < self._earliest_utc:
            raise ApiError(ProblemCode.NOT_OPEN, opens_at=self._earliest)

    def refuse_before(self, exam_point: str, now: datetime) -> None:
        """To be asked only after the right ID number: it tells that the candidate exists.

        Raises:
            ApiError: 403 ``not_open`` with the opening of the candidate's province.
        """
        if now < self._utc_of_point[exam_point]:
            raise ApiError(ProblemCode.NOT_OPEN, opens_at=self._of_point[exam_point])
