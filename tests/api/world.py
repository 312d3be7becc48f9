"""A published store made by hand: two provinces, three centers, any number of candidates.

Written below ``publish`` (which needs a plan directory and a roster), through the same loader, so
every value is known here and nothing is planned. Nobody in it exists.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert

from api.settings import Settings
from models.exam import Exam, Level, Mode, Need, Session, Sitting, Specialty, Subject, Window
from models.places import Center, ExamPoint, Room
from models.publication import BalanceRow, Placement, PublishedFacts
from scheduler.store import pointer
from scheduler.store.database import create_tables, open_engine
from scheduler.store.keys import StoreKey, encoded, load_key, token_hash
from scheduler.store.loading import Loader, Previous, begin_version
from scheduler.store.publish import exam_ends, seal
from scheduler.store.tables import TOKEN
from scheduler.store.times import stored

NOW = datetime(2022, 4, 5, 1, tzinfo=UTC)
"""The clock of most tests: 09:00 in Beijing, the example's morning."""

PUBLISHED = datetime(2022, 3, 25, 1, tzinfo=UTC)
EXAM = "WSZG-2022"
CENTERS = (("230101", "2301"), ("230102", "2301"), ("220101", "2201"))
ROOMS = ("R01", "R02", "R03", "R04")
SEATS_PER_ROOM = 90
MASKS = ("1234", "12", "34", "4", "134", "2")
UNPLACED_EVERY = 97
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN = "伟芳娜敏静丽强磊军洋"


@dataclass(frozen=True)
class Person:
    """A placement and the ID number that only its owner knows."""

    placement: Placement
    id_number: str

    @property
    def name(self) -> str:
        return self.placement.name

    @property
    def number(self) -> str:
        return self.placement.candidate_id


def exam(code: str = EXAM, *, moved: bool = False) -> Exam:
    """Two sittings of four sessions; ``moved`` puts the first one a week later."""
    times = (("08:30", "10:00"), ("10:45", "12:15"), ("14:00", "15:30"), ("16:15", "17:45"))

    def sitting(sitting_id: str, day: str) -> Sitting:
        return Sitting(
            id=sitting_id,
            mode=Mode.COMPUTER,
            name_zh=f"{day} 人机对话",
            session=tuple(
                Session(
                    subject=n,
                    start=datetime.fromisoformat(f"{day}T{start}"),
                    end=datetime.fromisoformat(f"{day}T{end}"),
                )
                for n, (start, end) in enumerate(times, start=1)
            ),
        )

    return Exam(
        code=code,
        name_zh="2022年度卫生专业技术资格考试",
        year=2022,
        timezone="Asia/Shanghai",
        provinces=("22", "23"),
        spare_ratio=Decimal("0.10"),
        subjects=tuple(
            Subject(number=n, key=f"s{n}", name_zh=name)
            for n, name in enumerate(("基础知识", "相关专业知识", "专业知识", "专业实践能力"), 1)
        ),
        sittings=(
            sitting("C1", "2022-04-16" if moved else "2022-04-09"),
            sitting("C2", "2022-04-10"),
        ),
        windows=(
            Window(
                key="ticket_printing",
                opens=datetime(2022, 4, 1).date(),
                closes=datetime(2022, 4, 17).date(),
                note="网上打印准考证",
            ),
            Window(key="scores", note="考后两个月"),
        ),
        needs=(Need(id="accessible"), Need(id="extra_time", extra_time_ratio=Decimal("0.25"))),
    )


def facts(version: int = 1, *, code: str = EXAM, moved: bool = False) -> PublishedFacts:
    """The impersonal part of a version."""
    return PublishedFacts(
        root_hash=f"{version:02x}" * 32 if code == EXAM else f"{version + 100:02x}" * 32,
        plan_version=version,
        published_at=PUBLISHED + timedelta(days=version - 1),
        exam=exam(code, moved=moved),
        specialties=tuple(
            Specialty(
                code=specialty, name_zh=name, level=Level.JUNIOR, mode=Mode.COMPUTER,
                papers=(f"{specialty}-1", f"{specialty}-2", f"{specialty}-3", f"{specialty}-4"),
                needs_licence=False,
            )
            for specialty, name in (("101", "药学"), ("303", "内科学"))
        ),
        exam_points=tuple(
            ExamPoint(
                exam_point=point, name_zh=f"{name}考点", province=point[:2],
                latitude=Decimal("45.75"), longitude=Decimal("126.65"),
                address=f"{name}市示例路1号", phone="0451-00000000", website="https://example.org",
            )
            for point, name in (("2201", "长春"), ("2301", "哈尔滨"))
        ),
        centers=tuple(
            Center(
                center_id=center, name_zh=f"第{center}考场", exam_point=point,
                address=f"示例路{center}号", latitude=Decimal("45.7612"),
                longitude=Decimal("126.66"), computer_seats=360, paper_seats=0,
            )
            for center, point in CENTERS
        ),
        rooms=tuple(
            Room(
                center_id=center, room_id=room, name_zh=f"{room}机房", mode=Mode.COMPUTER,
                rows=10, columns=10,
            )
            for center, _ in CENTERS
            for room in ROOMS
        ),
        dates={"101": ("C1", "C2"), "303": ("C1", "C2")},
        balance=(
            BalanceRow(
                sitting="C1", specialty="101", exam_point="2301", candidates=12,
                peak_use="0.911", mean_km="3.4",
            ),
        ),
    )  # fmt: skip


def people(count: int, *, shift: int = 0) -> tuple[Person, ...]:
    """Candidates; ``shift`` seats everybody that many places on, as a new plan would."""
    places = [
        (sitting, center, point, room, seat)
        for sitting in ("C1", "C2")
        for center, point in CENTERS
        for room in ROOMS
        for seat in range(1, SEATS_PER_ROOM + 1)
    ]
    assert count <= len(places), "more candidates than seats"
    made = []
    for i in range(count):
        sitting, center, _, room, seat = places[(i + shift) % len(places)]
        _, _, point, _, _ = places[i]
        placed = i % UNPLACED_EVERY != 96
        id_number = f"2301{i % 100:02d}1990{i % 12 + 1:02d}{i % 28 + 1:02d}{i:04d}"[:17]
        id_number += "X" if i % 11 == 3 else str(i % 10)
        made.append(
            Person(
                Placement(
                    candidate_id=f"22{point}{i:08d}",
                    ticket_number=f"2022{point}{i + shift:05d}" if placed else "",
                    name=SURNAMES[i % 10] + GIVEN[i // 10 % 10] + ("" if i % 3 else "·海"),
                    id_last4=id_number[-4:],
                    specialty="101" if i % 2 else "303",
                    subjects=MASKS[i % len(MASKS)],
                    exam_point=point,
                    needs=("accessible", "extra_time") if i % 10 == 7 else (),
                    sitting=sitting if placed else "",
                    form="A" if placed else "",
                    center_id=center if placed else "",
                    room_id=room if placed else "",
                    seat=seat if placed else 0,
                    reason="" if placed else "no_seat_left",
                ),
                id_number,
            )
        )
    return tuple(made)


class World:
    """A store in a folder, with helpers to publish, withdraw and give out tokens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'paikao.db'}"
        self.key: StoreKey = load_key(self.url, create=True)
        self.engine = open_engine(self.url, create=True)
        create_tables(self.engine, self.key)
        self._last: dict[str, tuple[int, PublishedFacts]] = {}
        self._tokens = 0

    def copy(self, folder: Path) -> World:
        """The same store in another folder."""
        self.engine.dispose()  # moves the write-ahead log into the file
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = World(folder)
        made._last = dict(self._last)
        return made

    def publish(self, what: PublishedFacts, persons: tuple[Person, ...]) -> int:
        """Load, seal and flip one version."""
        code = what.exam.code
        previous_id, previous = self._last.get(code, (None, None))
        version_id = self.load(what, persons, previous_id, previous)
        self.flip(version_id, what)
        self._last[code] = (version_id, what)
        return version_id

    def load(
        self,
        what: PublishedFacts,
        persons: tuple[Person, ...],
        previous_id: int | None = None,
        previous: PublishedFacts | None = None,
    ) -> int:
        """Load and seal a version without making it live."""
        row = {
            "exam": what.exam.code,
            "plan_version": what.plan_version,
            "root_hash": what.root_hash,
            "parent_root_hash": previous.root_hash if previous else "",
            "published_at": stored(what.published_at),
            "candidates": len(persons),
            "unplaced": sum(not p.placement.placed for p in persons),
            "publisher": "lead",
            "exam_ends": stored(exam_ends(what)),
        }
        version_id = begin_version(self.engine, row, what)
        before = Previous(previous_id, previous, what)
        loader = Loader(self.engine, self.key, what.exam.code, version_id, before)
        loader.people([(p.placement, p.id_number) for p in persons])
        loader.places(what)
        with self.engine.begin() as connection:
            seal(connection, version_id)
        return version_id

    def flip(self, version_id: int, what: PublishedFacts, at: datetime | None = None) -> None:
        """Make a sealed version live; at its time of publication if no other is given."""
        with self.engine.begin() as connection:
            pointer.flip(
                connection, what.exam.code, version_id,
                at=at or what.published_at, actor="lead", root_hash=what.root_hash,
            )  # fmt: skip

    def withdraw(self, at: datetime = NOW, code: str = EXAM) -> None:
        pointer.withdraw(code, self.url, actor="lead", now=at)

    def restore(self, at: datetime, code: str = EXAM) -> None:
        """Publish the withdrawn version again."""
        version_id, what = self._last[code]
        self.flip(version_id, what, at)

    def token(
        self,
        kind: str,
        holder: str,
        *,
        code: str = EXAM,
        expires: datetime = NOW + timedelta(days=30),
        revoked: bool = False,
    ) -> str:
        """A staff token in any state."""
        self._tokens += 1
        token = encoded(self._tokens.to_bytes(32, "big"))
        with self.engine.begin() as connection:
            connection.execute(
                insert(TOKEN).values(
                    token_hash=token_hash(token),
                    exam=code,
                    kind=kind,
                    holder=holder,
                    created_at=stored(NOW),
                    expires_at=stored(expires),
                    revoked_at=stored(NOW) if revoked else "",
                )
            )
        return token

    def settings(self, **changes: object) -> Settings:
        """Settings of a server on this store, with the clock of the example."""
        values: dict[str, object] = {"db": self.url, "now": NOW, "access_log": False} | changes
        return Settings.model_validate(values)


def moved(persons: tuple[Person, ...], **changes: object) -> tuple[Person, ...]:
    """The same people with their placements changed."""
    return tuple(
        dataclasses.replace(p, placement=dataclasses.replace(p.placement, **changes))  # type: ignore[arg-type]
        for p in persons
    )
