"""Examples of the OpenAPI document, made by the code that makes real answers.

One specialty, one center, one synthetic candidate; nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from api import answers, schemas
from api.ticket import TicketWriter, calendar_url
from models.exam import Exam, Level, Mode, Session, Sitting, Specialty, Subject, Window
from models.places import Center, ExamPoint, Room
from models.publication import BalanceRow, Placement, PublishedFacts
from scheduler.documents.seat_plan import seat_plan_rows
from scheduler.documents.sessions import session_uses

_ZONE = ZoneInfo("Asia/Shanghai")
_URL = "https://tickets.example.org"
_TOKEN = "EXAMPLE" + "0" * 36

LOOKUP: Mapping[str, object] = {
    "usual": {"number": "22230100000017", "id_number": "230102199003070038"},
    "after five failures": {
        "number": "22230100000017",
        "id_number": "230102199003070038",
        "name": "张三",
    },
}
"""Bodies of a look-up; the ID number is synthetic."""

PLACEMENT = Placement(
    candidate_id="22230100000017",
    ticket_number="2022230100001",
    name="张三",
    id_last4="0038",
    specialty="101",
    subjects="12",
    exam_point="2301",
    needs=(),
    sitting="C1",
    form="A",
    center_id="230101",
    room_id="R01",
    seat=17,
)


@cache
def facts() -> PublishedFacts:
    """The example's published facts."""
    sessions = tuple(
        Session(
            subject=subject,
            start=datetime.fromisoformat(f"2022-04-09T{start}"),
            end=datetime.fromisoformat(f"2022-04-09T{end}"),
        )
        for subject, start, end in ((1, "08:30", "10:00"), (2, "10:45", "12:15"))
    )
    return PublishedFacts(
        root_hash="7f" * 32,
        plan_version=1,
        published_at=datetime(2022, 3, 25, 9, tzinfo=_ZONE),
        exam=Exam(
            code="WSZG-2022",
            name_zh="2022年度卫生专业技术资格考试",
            year=2022,
            timezone=_ZONE.key,
            provinces=("23",),
            spare_ratio=Decimal("0.10"),
            subjects=(
                Subject(number=1, key="basic", name_zh="基础知识"),
                Subject(number=2, key="related", name_zh="相关专业知识"),
            ),
            sittings=(
                Sitting(
                    id="C1", mode=Mode.COMPUTER, name_zh="4月9日 人机对话", session=sessions
                ),
            ),
            windows=(
                Window(
                    key="ticket_printing",
                    opens=datetime(2022, 4, 1).date(),
                    closes=datetime(2022, 4, 17).date(),
                    note="网上打印准考证",
                ),
            ),
        ),
        specialties=(
            Specialty(
                code="101", name_zh="药学", level=Level.ASSISTANT, mode=Mode.COMPUTER,
                papers=("101-1", "101-2", "101-3", "101-4"), needs_licence=False,
            ),
        ),
        exam_points=(
            ExamPoint(
                exam_point="2301", name_zh="哈尔滨考点", province="23",
                latitude=Decimal("45.75"), longitude=Decimal("126.65"),
                address="哈尔滨市示例路1号", phone="0451-00000000", website="https://example.org",
            ),
        ),
        centers=(
            Center(
                center_id="230101", name_zh="示例考场", exam_point="2301",
                address="哈尔滨市示例路2号", latitude=Decimal("45.76"),
                longitude=Decimal("126.66"), computer_seats=90, paper_seats=0,
            ),
        ),
        rooms=(
            Room(
                center_id="230101", room_id="R01", name_zh="第1机房", mode=Mode.COMPUTER,
                rows=10, columns=10,
            ),
        ),
        dates={"101": ("C1",)},
        balance=(
            BalanceRow(
                sitting="C1", specialty="101", exam_point="2301", candidates=1,
                peak_use="0.011", mean_km="0.0",
            ),
        ),
    )  # fmt: skip


def exam() -> schemas.ExamAnswer:
    """Of ``/v1/exam``."""
    return answers.exam_answer(facts())


def specialties() -> schemas.SpecialtiesAnswer:
    """Of ``/v1/specialties``."""
    return answers.specialties_answer(facts())


def specialty() -> schemas.SpecialtyAnswer:
    """Of ``/v1/specialties/{code}``."""
    return answers.specialty_answer(facts(), "101")


def balance() -> schemas.BalanceAnswer:
    """Of ``/v1/balance``."""
    return answers.balance_answer(facts())


def ticket() -> schemas.TicketAnswer:
    """Of ``/v1/tickets/lookup``."""
    content = TicketWriter(facts(), _URL).write(PLACEMENT, _TOKEN)
    return schemas.TicketAnswer.model_validate_json(content)


def seat_plan() -> schemas.SeatPlanAnswer:
    """Of the seat plans."""
    return answers.seat_plan_answer(facts(), seat_plan_rows(facts(), [PLACEMENT]))


def sessions() -> schemas.SessionsAnswer:
    """Of the sessions."""
    uses = session_uses(facts().exam, [PLACEMENT])
    url = calendar_url(_URL, _TOKEN)
    return answers.sessions_answer(facts(), [PLACEMENT.center_id], uses, url)


def health() -> schemas.Health:
    """Of ``/healthz``."""
    made = answers.version(facts())
    return schemas.Health(
        status="ok",
        software="0.1.0",
        exam=made.exam,
        plan_version=made.plan_version,
        root_hash=made.root_hash,
        published_at=made.published_at,
        now=datetime(2022, 4, 5, 9, tzinfo=_ZONE),
        clock="machine",
    )
