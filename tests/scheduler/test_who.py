"""Who sits where, over versions of a plan made by hand (``tests/finished.py``)."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from models.errors import PlanDirectoryError, UsageError
from models.exam import Mode
from models.places import Closure
from models.reference import ReferenceData
from models.tables import SEATS, names
from scheduler.accounts import derived_tables
from scheduler.places import Places
from scheduler.plan import write_plan
from scheduler.plan_places import read_reference, seats_where
from scheduler.who import CandidateHistory, SeatHistory, plan_versions, where_sits, who_sits
from scheduler.who_page import render_history
from tests.builders import room, small_reference
from tests.finished import PLACED, placed_frame, plan_content

Row = tuple[object, ...]


def written(
    folder: Path,
    version: int = 1,
    parent: str = "",
    *,
    rows: tuple[Row, ...] = PLACED,
    reference: ReferenceData | None = None,
    exam_code: str = "",
) -> tuple[Path, str]:
    """A plan with these placed rows as a version; its folder and its root hash."""
    reference = reference or small_reference()
    content = plan_content(folder / f"data-{version}", reference=reference)
    placed = placed_frame(rows)
    tickets = [f"T{c}" for c in placed["candidate_id"]]
    seats = placed.assign(seat=placed["seat"].astype(np.int32), ticket_number=tickets)
    tables = {**content.tables, **derived_tables(placed, Places(reference), 2)}
    tables["seats"] = pd.DataFrame(seats[names(SEATS)])
    manifest = content.manifest.model_copy(
        update={
            "plan_version": version, "parent_root_hash": parent,
            "exam_code": exam_code or content.manifest.exam_code,
        }
    )  # fmt: skip
    path = folder / f"plan-{version}"
    root = write_plan(path, dataclasses.replace(content, manifest=manifest, tables=tables))
    return path, root


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("first"))[0]


def page(history: SeatHistory | CandidateHistory) -> str:
    output = io.StringIO()
    Console(file=output, width=200).print(render_history(history))
    return output.getvalue()


# ---------------------------------------------------------------- a place


def test_two_people_share_a_seat_session_by_session(first: Path) -> None:
    (one,) = who_sits([first], "230101", "R2", 1, "C1").versions
    assert [(s.session, s.candidate_id, s.paper) for s in one.sessions] == [
        ("C1-1", "A2", "101-1"),
        ("C1-2", "A2", "101-2"),
        ("C1-3", "A3", "303-3"),
        ("C1-4", "A3", "303-4"),
    ]
    assert one.sessions[0].ticket_number == "TA2"
    assert (one.sessions[2].specialty, one.sessions[2].specialty_zh) == ("303", "专业303")
    assert (one.center_zh, one.room_zh) == ("考场230101", "试室R2")


def test_times_are_those_of_the_exams_zone(first: Path) -> None:
    (one,) = who_sits([first], "230101", "R2", 1, "C1").versions
    assert (one.sessions[0].starts, one.sessions[0].ends) == (
        "2022-04-09T08:30+08:00", "2022-04-09T10:00+08:00",
    )  # fmt: skip


def test_without_a_sitting_all_of_the_rooms_mode_are_told(first: Path) -> None:
    (one,) = who_sits([first], "230101", "R2", 2).versions
    assert [s.session for s in one.sessions] == [f"C{i}-{j}" for i in "1234" for j in "1234"]
    assert [s.candidate_id for s in one.sessions] == ["A4"] * 4 + ["A5"] * 4 + [""] * 8
    (paper,) = who_sits([first], "230201", "R2", 3).versions
    assert [s.candidate_id for s in paper.sessions] == ["A8", "A9", "A8", "A9"]


def test_a_seat_of_nobody_says_why(tmp_path: Path) -> None:
    reference = small_reference(
        rooms=(
            room("230101", "R1", 5, 10, missing=(7,), spare=5, features={"accessible": (1, 2)}),
            room("230101", "R2"), room("230101", "X1", 1, 4, use="reserve"),
            room("230102", "R1"), room("230201", "R1"), room("230201", "R2", 5, 6, mode=Mode.PAPER),
        ),
        closures=(Closure(center_id="230101", room_id="R1", seats=(9,), subjects="34"),),
    )  # fmt: skip
    path, _ = written(tmp_path, reference=reference)
    (spare, *_) = Places(reference).layouts["230101", "R1"].spare_numbers

    def states(room_id: str, seat: int) -> list[str]:
        (one,) = who_sits([path], "230101", room_id, seat, "C1").versions
        assert all((s.state == "taken") == bool(s.candidate_id) for s in one.sessions)
        return [s.state for s in one.sessions]

    assert states("R1", 1) == ["taken"] * 4
    assert states("R1", 7) == ["missing"] * 4
    assert states("R1", spare) == ["spare"] * 4
    assert states("R1", 9) == ["free", "free", "closed", "closed"]
    assert states("R1", 10) == ["free"] * 4
    assert states("X1", 2) == ["reserve"] * 4
    assert who_sits([path], "230101", "R1", 1).versions[0].features == ("accessible",)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("9", "R1", 1, None), "no center '9'"),
        (("230101", "R9", 1, None), "no room 'R9', but R1, R2, R3"),
        (("230101", "R1", 51, None), "seats 1 to 50"),
        (("230101", "R1", 0, None), "seats 1 to 50"),
        (("230101", "R1", 1, "C9"), "has the sittings C1, C2, C3, C4, not 'C9'"),
        (("230101", "R1", 1, "P1"), "used in computer sittings C1, C2, C3, C4, not 'P1'"),
    ],
)
def test_a_place_that_does_not_exist_is_wrong_usage(
    first: Path, place: tuple[str, str, int, str | None], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        who_sits([first], *place)


# ---------------------------------------------------------------- a candidate


def test_where_a_candidate_sits(first: Path) -> None:
    (one,) = where_sits([first], "A9").versions
    assert (one.state, one.subjects, one.specialty, one.ticket_number) == (
        "placed", "24", "203", "TA9",
    )  # fmt: skip
    assert [(s.session, s.center_id, s.room_id, s.seat, s.paper) for s in one.sessions] == [
        ("P1-2", "230201", "R2", 3, "203-2"),
        ("P1-4", "230201", "R2", 3, "203-4"),
    ]
    assert one.sessions[1].starts == "2022-04-10T14:00+08:00"
    assert one.sessions[0].address == "测试路230201号"


def test_an_unplaced_candidate_has_a_reason(first: Path) -> None:
    (one,) = where_sits([first], "B1").versions
    assert (one.state, one.reason, one.shortage_id) == ("unplaced", "no_seat", "S1")
    assert "unplaced: no_seat (S1)" in page(where_sits([first], "B1"))


def test_an_unknown_candidate_is_wrong_usage(first: Path) -> None:
    with pytest.raises(UsageError, match="'Z1' is not in the plan"):
        where_sits([first], "Z1")


# ---------------------------------------------------------------- versions


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A1 moves to R2 in version 2 and A10 takes the seat; version 3 adds A11 beside."""
    tmp_path = tmp_path_factory.mktemp("three")
    one, root = written(tmp_path)
    moved = (
        ("A1", "101", "1234", "2301", "C1", "230101", "R2", 5),
        ("A10", "368", "1234", "2301", "C1", "230101", "R1", 1),
    )
    two, second_root = written(tmp_path, 2, root, rows=(*moved, *PLACED[1:]))
    late = ("A11", "303", "12", "2301", "C1", "230101", "R1", 2)
    third, _ = written(tmp_path, 3, second_root, rows=(*moved, *PLACED[1:], late))
    return [one, two, third]


def test_versions_come_oldest_first_and_say_what_changed(three: list[Path]) -> None:
    history = who_sits([three[2], three[0], three[1]], "230101", "R1", 1, "C1")
    assert [v.version.plan_version for v in history.versions] == [1, 2, 3]
    assert [v.version.note for v in history.versions] == ["", "", ""]
    assert [v.sessions[0].candidate_id for v in history.versions] == ["A1", "A10", "A10"]
    assert [v.sessions[0].changed for v in history.versions] == [
        (), ("candidate_id", "ticket_number", "paper"), (),
    ]  # fmt: skip


def test_a_moved_candidate_is_flagged_and_a_late_one_was_absent(three: list[Path]) -> None:
    moved = where_sits(three, "A1").versions
    assert [v.sessions[0].changed for v in moved] == [(), ("room_id", "seat"), ()]
    assert [v.changed for v in moved] == [(), (), ()]
    late = where_sits(three, "A11").versions
    assert [v.state for v in late] == ["absent", "absent", "placed"]
    assert "state" in late[2].changed
    assert late[2].sessions[0].changed == ("session",)
    assert "not in this version" in page(where_sits(three, "A11"))


def test_a_change_of_times_is_a_change(tmp_path: Path) -> None:
    one, root = written(tmp_path)
    exam = small_reference().exam
    later = exam.sitting("C1").model_copy(
        update={
            "session": tuple(
                s.model_copy(
                    update={"start": s.start.replace(day=30), "end": s.end.replace(day=30)}
                )
                for s in exam.sitting("C1").session
            )
        }
    )
    sittings = tuple(later if s.id == "C1" else s for s in exam.sittings)
    postponed = small_reference(exam=exam.model_copy(update={"sittings": sittings}))
    two, _ = written(tmp_path, 2, root, reference=postponed)
    after = who_sits([one, two], "230101", "R1", 1, "C1").versions[1]
    assert {s.changed for s in after.sessions} == {("starts", "ends")}


def test_a_room_that_an_older_version_lacks_is_a_problem_of_that_version(tmp_path: Path) -> None:
    one, root = written(tmp_path)
    reference = small_reference(rooms=(*small_reference().rooms, room("230101", "R4")))
    two, _ = written(tmp_path, 2, root, reference=reference)
    before, after = who_sits([one, two], "230101", "R4", 1).versions
    assert before.problem == "center 230101 has no room 'R4', but R1, R2, R3"
    assert (after.problem, after.changed) == ("", ("problem", "sessions"))
    assert "has no room 'R4'" in page(who_sits([one, two], "230101", "R4", 1))


def test_a_gap_in_the_chain_is_noted(three: list[Path]) -> None:
    _, versions = plan_versions([three[0], three[2]])
    assert "is not the plan above" in versions[1].note
    _, versions = plan_versions([three[2]])
    assert "is not given" in versions[0].note


def test_plans_that_do_not_belong_together_are_wrong_usage(tmp_path: Path, first: Path) -> None:
    with pytest.raises(UsageError, match="twice"):
        plan_versions([first, first])
    with pytest.raises(UsageError, match="at least one"):
        plan_versions([])
    other, _ = written(tmp_path / "other", exam_code="OTHER-2022")
    with pytest.raises(UsageError, match="different exams: OTHER-2022, TEST-2022"):
        plan_versions([first, other])
    with pytest.raises(PlanDirectoryError):
        plan_versions([tmp_path])


def test_two_plans_with_one_number_are_noted(tmp_path: Path, first: Path) -> None:
    other, _ = written(tmp_path / "other", rows=PLACED[:8])
    _, versions = plan_versions([first, other])
    assert [bool(v.note) for v in versions] == [False, True]


# ---------------------------------------------------------------- printing and reading


def test_the_answer_is_json_and_names_nobody(first: Path) -> None:
    histories = (who_sits([first], "230101", "R2", 1), where_sits([first], "A2"))
    for history in histories:
        written_out = json.dumps(dataclasses.asdict(history), ensure_ascii=False)
        assert "A2" in written_out
        assert "id_number" not in written_out


def test_the_page_shows_place_people_and_changes(three: list[Path]) -> None:
    text = page(who_sits(three, "230101", "R1", 1, "C1"))
    for wanted in ("Version 2", "230101 考场230101, R1 试室R1, seat 1", "A10", "08:30-10:00",
                   "candidate_id"):  # fmt: skip
        assert wanted in text
    assert "form" not in text


def test_changed_inputs_are_refused(tmp_path: Path) -> None:
    first, _ = written(tmp_path)
    (first / "inputs" / "rooms.csv").write_text("center_id\n")
    with pytest.raises(PlanDirectoryError, match=r"rooms\.csv"):
        read_reference(first)


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    first, _ = written(tmp_path)
    (first / "seats.parquet").write_bytes(b"PAR1")
    with pytest.raises(PlanDirectoryError, match="damaged"):
        seats_where(first, center_id="230101")
    (first / "seats.parquet").unlink()
    with pytest.raises(PlanDirectoryError, match="not a finished plan"):
        seats_where(first, center_id="230101")
