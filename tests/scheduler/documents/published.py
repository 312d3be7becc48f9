"""Published facts and placements for tests of documents: the example exam, or a small one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from models.exam import Exam, Mode, Session, Sitting
from models.publication import Placement, PublishedFacts
from models.reference import ReferenceData
from scheduler.roster.reference import load_reference
from tests.builders import small_reference

ROOT = Path(__file__).resolve().parents[3]
MASKS = tuple("".join(str(n + 1) for n in range(4) if mask >> n & 1) for mask in range(1, 16))
"""The 15 sets of subjects that a candidate can sit."""


@cache
def example_reference() -> ReferenceData:
    """The reference data of the checkout: the notice's calendar, invented centers."""
    reference, findings = load_reference(ROOT / "data")
    assert reference is not None, findings
    return reference


def facts_of(
    reference: ReferenceData | None = None,
    *,
    version: int = 1,
    published_at: str = "2022-03-28T10:00:00+08:00",
    exam: Exam | None = None,
) -> PublishedFacts:
    """Facts of a version in which every specialty may sit at every sitting of its mode."""
    reference = reference or small_reference()
    exam = exam or reference.exam
    sittings = {mode: tuple(s.id for s in exam.sittings_of(mode)) for mode in Mode}
    return PublishedFacts(
        root_hash=f"{version:064x}",
        plan_version=version,
        published_at=datetime.fromisoformat(published_at),
        exam=exam,
        specialties=reference.specialties,
        exam_points=reference.exam_points,
        centers=reference.centers,
        rooms=reference.rooms,
        dates={s.code: sittings[s.mode] for s in reference.specialties},
    )


PLACED = Placement(
    candidate_id="A000001",
    ticket_number="202223010000017",
    name="张伟",
    id_last4="012X",
    specialty="101",
    subjects="1234",
    exam_point="2301",
    needs=(),
    sitting="C1",
    form="",
    center_id="230101",
    room_id="R1",
    seat=7,
)
"""A candidate of the small reference."""


def placed(**fields: object) -> Placement:
    """:data:`PLACED` with other fields."""
    return replace(PLACED, **fields)  # type: ignore[arg-type]


def moved(exam: Exam, sitting_id: str, days: int) -> Exam:
    """The exam with one sitting put off by so many days; its id stays."""

    def later(sitting: Sitting) -> Sitting:
        if sitting.id != sitting_id:
            return sitting
        by = timedelta(days=days)
        return sitting.model_copy(
            update={
                "session": tuple(
                    Session(subject=s.subject, start=s.start + by, end=s.end + by)
                    for s in sitting.session
                )
            }
        )

    return exam.model_copy(update={"sittings": tuple(later(s) for s in exam.sittings)})
