"""Pictures of rooms: what stands in them, read back from the SVG."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from models.errors import PlanDirectoryError, UsageError
from models.places import Closure, Use
from scheduler.documents.room_cells import spoken, tint
from scheduler.documents.room_legend import COLOURS, legend_of
from scheduler.documents.room_legend_block import LegendBlock
from scheduler.documents.room_plan import (
    FOOTER,
    HEADER,
    MARGIN,
    RoomPlan,
    draw_room,
    layout_of,
    room_plans,
    write_rooms,
)
from scheduler.places import Places
from scheduler.plan import root_hash, write_plan
from scheduler.plan_places import State, view_room
from tests.builders import room, small_exam, small_reference, specialty
from tests.finished import placed_frame, plan_content
from tests.scheduler.documents.room_cases import CASES, PICTURES, crowd, room_plan, seating

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def plan_dir(tmp_path: Path) -> Path:
    write_plan(tmp_path / "plan", plan_content(tmp_path / "data"))
    return tmp_path / "plan"


def read(picture: bytes) -> ET.Element:
    return ET.fromstring(picture.decode())


def texts(element: ET.Element) -> list[str]:
    return ["".join(t.itertext()) for t in element.iter(f"{SVG}text")]


def seat(root: ET.Element, number: int) -> list[str]:
    """The texts of one cell."""
    (cell,) = [g for g in root.iter(f"{SVG}g") if g.get("id") == f"seat-{number}"]
    return texts(cell)


def small_plan(people: tuple[tuple[object, ...], ...], **fields: object) -> RoomPlan:
    """Room R1 of 230101 in C1 with these people; fields replace those of the room."""
    closures = fields.pop("closures", ())
    reference = small_reference(
        rooms=(room("230101", "R1", **{"rows": 3, "columns": 4, **fields}),),  # type: ignore[arg-type]
        centers=small_reference().centers[:1],
        closures=closures,  # type: ignore[arg-type]
    )
    sitting = reference.exam.sitting("C1")
    placed = placed_frame(people).assign(ticket_number="T")
    view = view_room(Places(reference), "230101", "R1", sitting, placed)
    legend = legend_of(view, reference)
    return RoomPlan(
        reference.exam, reference.centers[0], view, legend, 3, "0123456789abcdef" * 4, 0, 0
    )


def at(number: int, code: str = "101", subjects: str = "1234") -> tuple[object, ...]:
    return (f"{code}-{number}-{subjects}", code, subjects, "2301", "C1", "230101", "R1", number)


# ---------------------------------------------------------------- the committed pictures


@pytest.mark.parametrize("name", CASES)
def test_the_committed_pictures_are_current(name: str) -> None:
    assert (PICTURES / f"{name}.svg").read_bytes() == draw_room(room_plan(name)), (
        "run: python -m tests.scheduler.documents.room_cases"
    )


@pytest.mark.parametrize("name", CASES)
def test_every_person_of_the_seating_is_in_the_picture(name: str) -> None:
    root = read(draw_room(room_plan(name)))
    people = crowd(name).merge(seating(name)[1].seats, on="candidate_id")
    assert len(people) == len(crowd(name))
    for number, rows in people.groupby("seat"):
        shown = " ".join(seat(root, int(str(number))))
        for code, subjects in zip(rows["specialty"], rows["subjects"], strict=True):
            assert code in shown
            if subjects != "1234":
                circled = "".join("①②③④"[int(s) - 1] for s in subjects)
                assert circled in shown
    for person in people.to_dict("records"):
        for secret in (person["candidate_id"], person["ticket_number"]):
            assert secret not in ET.tostring(root, encoding="unicode")


@pytest.mark.parametrize("name", CASES)
def test_a_committed_picture_shows_what_it_is_there_for(name: str) -> None:
    words = " ".join(texts(read(draw_room(room_plan(name)))))
    assert ("停用③④" in words) == (name == "full_grid")
    assert ("无障碍座位 3 个" in words) == (name == "missing_cells")
    # 27 of 43 open seats have 368-1, 21 have 368-3: above and below half.
    assert ("368-1 ①27份" in words) == (name == "one_paper_above_half")
    assert ("相邻同卷 16 处（下限 16）" in words) == (name == "one_paper_above_half")
    assert "368-3 ③21份" not in words


@pytest.mark.parametrize("name", CASES)
def test_everything_lies_on_the_page(name: str) -> None:
    root = read(draw_room(room_plan(name)))
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    assert {width, height} == {297.0, 210.0}
    body = [e for e in root.iter(f"{SVG}rect") if e.get("height") != root.get("height")]
    for box in body[1:]:
        x, y, w, h = (float(box.get(k, "0")) for k in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width - MARGIN + 0.02 or w < 2
        assert y + h <= height - MARGIN + 0.02


# ---------------------------------------------------------------- cells


def test_states_of_seats_are_told_in_words() -> None:
    closures = (
        Closure(center_id="230101", room_id="R1", seats=(5,)),
        Closure(center_id="230101", room_id="R1", seats=(6,), subjects="34"),
    )
    plan = small_plan((at(2),), missing=(3,), spare=1, closures=closures)
    root = read(draw_room(plan))
    (spare,) = [c.number for c in plan.view.cells if c.spare]
    free = next(n for n in range(7, 13) if n != spare)
    assert seat(root, spare)[0] == "备用"
    assert seat(root, 2) == ["101", "2"]
    assert seat(root, 3) == ["无座"]
    assert seat(root, 5) == ["停用", "5"]
    assert seat(root, 6) == ["停用③④", "6"]
    assert seat(root, free) == ["空", str(free)]
    cells = {c.number: spoken(c, plan.view) for c in plan.view.cells}
    assert cells[2] == "2：101 科目1234"
    assert cells[6] == "6：空，科目34停用"
    counted = " ".join(texts(root))
    for words in ("空 7", "备用 1", "停用 2", "无座 1"):
        assert words in counted


@pytest.mark.parametrize(
    "people",
    [
        (("101", "12"), ("303", "34")),
        (("101", "1"), ("303", "23"), ("368", "4")),
        (("101", "1"), ("303", "2"), ("304", "3"), ("368", "4")),
    ],
)
def test_people_who_share_a_seat_share_its_cell(people: tuple[tuple[str, str], ...]) -> None:
    root = read(draw_room(small_plan(tuple(at(1, c, s) for c, s in people))))
    circled = ["".join("①②③④"[int(s) - 1] for s in subjects) for _, subjects in people]
    expected = [code + shown for (code, _), shown in zip(people, circled, strict=True)]
    assert seat(root, 1) == [*expected, "1"]


def test_a_person_without_all_subjects_has_them_below_the_code() -> None:
    assert seat(read(draw_room(small_plan((at(1, "101", "24"),)))), 1) == ["101", "②④", "1"]


def test_needs_of_seats_are_badges_and_needs_of_rooms_are_notes() -> None:
    plan = small_plan((at(1),), features={"accessible": (1, 2), "extra_time": ()})
    root = read(draw_room(plan))
    assert "障" in seat(root, 1)
    assert "障" not in seat(root, 5)
    assert "时" not in seat(root, 1)
    assert "本室可加时（延长 25%）" in texts(root)
    separate = read(draw_room(small_plan((at(1),), features=("separate_room",))))
    assert "本室为单独试室：只安排需要单独试室的考生" in texts(separate)


def test_the_front_is_at_the_top_and_row_one_next_to_it() -> None:
    plan = small_plan((at(1),))
    root = read(draw_room(plan))
    y = {
        "".join(t.itertext()): float(t.get("y", "0"))
        for t in root.iter(f"{SVG}text")
        if "".join(t.itertext()) in ("讲 台（前）", "1排", "3排")
    }
    assert y["讲 台（前）"] < y["1排"] < y["3排"]
    # Numbers run as a snake: 4 ends the first row at the right, 5 is below it.
    cells = {c.number: (c.row, c.column) for c in plan.view.cells}
    assert (cells[1], cells[4], cells[5]) == ((0, 0), (0, 3), (1, 3))


# ---------------------------------------------------------------- legend


def test_the_legend_counts_every_paper() -> None:
    # 303 and 304 share NK-1 and NK-2. Seat 2 holds 12 and 34.
    plan = small_plan((at(1, "303"), at(2, "304", "12"), at(2, "101", "34"), at(3, "368")), spare=0)
    counts = {(p.paper, p.subject): p.copies for p in plan.legend.papers}
    assert counts == {
        ("NK-1", 1): 2, ("NK-2", 2): 2, ("303-3", 3): 1, ("303-4", 4): 1, ("101-3", 3): 1,
        ("101-4", 4): 1, ("368-1", 1): 1, ("368-2", 2): 1, ("368-3", 3): 1, ("368-4", 4): 1,
    }  # fmt: skip
    assert [p.paper for p in plan.legend.shared] == ["NK-1", "NK-2"]
    assert plan.legend.taken == (3, 3, 3, 3)
    assert [(e.specialty.code, e.counts, e.people) for e in plan.legend.entries] == [
        ("101", (0, 0, 1, 1), 1), ("303", (1, 1, 1, 1), 1), ("304", (1, 1, 0, 0), 1),
        ("368", (1, 1, 1, 1), 1),
    ]  # fmt: skip
    words = texts(read(draw_room(plan)))
    assert "共用试卷：NK-1 ①2份、NK-2 ②2份" in words


@pytest.mark.parametrize(("people", "told"), [(1, False), (6, False), (7, True)])
def test_a_paper_on_more_than_half_of_the_seats_is_pointed_out(people: int, told: bool) -> None:
    # Twelve seats, none spare: half is six.
    plan = small_plan(tuple(at(i) for i in range(1, people + 1)), spare=0)
    assert bool(plan.legend.above_half) == told
    assert any("试卷过半" in t for t in texts(read(draw_room(plan)))) == told


def test_a_paper_for_one_person_is_no_warning() -> None:
    plan = small_plan((at(1),), rows=1, columns=1, spare=0)
    assert plan.legend.open_seats == (1, 1, 1, 1)
    assert plan.legend.above_half == ()


def test_specialties_that_share_papers_share_a_colour_and_differ_in_pattern() -> None:
    plan = small_plan(tuple(at(i, c) for i, c in enumerate(("101", "303", "304", "368"), 1)))
    style = {e.specialty.code: (e.colour, e.pattern) for e in plan.legend.entries}
    assert style["303"][0] == style["304"][0]
    assert len({style[c][0] for c in ("101", "303", "368")}) == 3
    assert len(set(style.values())) == 4


def test_forty_nine_specialties_all_look_different() -> None:
    codes = [f"{n:03d}" for n in range(100, 149)]
    reference = small_reference(
        specialties=[specialty(c) for c in codes], rooms=(room("230101", "R1", 7, 7, spare=0),),
        centers=small_reference().centers[:1],
    )  # fmt: skip
    placed = placed_frame(tuple(at(i, c) for i, c in enumerate(codes, 1)))
    view = view_room(
        Places(reference), "230101", "R1", reference.exam.sitting("C1"),
        placed.assign(ticket_number="T"),
    )  # fmt: skip
    legend = legend_of(view, reference)
    assert len({(e.colour, e.pattern) for e in legend.entries}) == 49


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", COLOURS)
def test_black_letters_read_well_on_every_tint(colour: str) -> None:
    assert contrast("#111111", tint(colour)) > 7


# ---------------------------------------------------------------- page


def test_the_title_says_what_where_when_and_which_version() -> None:
    words = texts(read(draw_room(small_plan((at(1),)))))
    for wanted in (
        "测试考试", "考场230101　试室R1（R1）座次图", "C1　C1　人机对话", "方案第 3 版",
        "0123456789ab", "① 基础知识", "4月9日 星期六 08:30–10:00",
    ):  # fmt: skip
        assert wanted in words, wanted


@pytest.mark.parametrize(
    ("rows", "columns", "least"),
    [
        (10, 10, (17, 13)), (5, 20, (13, 14)), (20, 5, (17, 9)), (12, 8, (15, 11)),
        (1, 40, (6, 7)), (1, 1, (26, 22)),
    ],
)  # fmt: skip
def test_cells_of_a_usual_room_stay_legible(
    rows: int, columns: int, least: tuple[int, int]
) -> None:
    plan = small_plan((at(1),), rows=rows, columns=columns)
    layout = layout_of(plan, LegendBlock(plan.legend, plan.view, ()))
    width, height = layout.cell
    assert (width >= least[0], height >= least[1]) == (True, True), layout.cell
    assert layout.grid[1] >= MARGIN + HEADER
    bottom = layout.grid[1] + rows * height
    assert bottom <= layout.page[1] - MARGIN - FOOTER


def test_a_room_beyond_any_page_is_refused() -> None:
    plan = small_plan((at(1),), rows=4, columns=4)
    tall = plan.room.model_copy(update={"rows": 200, "columns": 200})
    crowded = LegendBlock(plan.legend, plan.view, tuple(f"{i}" for i in range(400)))
    view = dataclasses.replace(plan.view, room=tall)
    with pytest.raises(UsageError, match="one page"):
        layout_of(dataclasses.replace(plan, view=view), crowded)


def test_texts_are_escaped_and_signs_without_xml_left_out() -> None:
    plan = small_plan((at(1),), name_zh='<b>&"\x07', note="a<b")
    root = read(draw_room(plan))
    assert '考场230101　<b>&"（R1）座次图' in texts(root)
    assert "备注：a<b" in texts(root)


def test_a_reserve_room_shows_no_free_seat() -> None:
    plan = small_plan((at(1),), use=Use.RESERVE)
    assert plan.view.state(plan.view.cells[4], 1) is State.RESERVE
    assert seat(read(draw_room(plan)), 5) == ["备用试室", "5"]


def test_forms_stand_after_the_code() -> None:
    reference = small_reference(
        exam=small_exam(), rooms=(room("230101", "R1", 2, 2, spare=0),),
        centers=small_reference().centers[:1],
    )  # fmt: skip
    placed = placed_frame((at(1), at(2))).assign(ticket_number="T", form=["A", "B"])
    view = view_room(Places(reference), "230101", "R1", reference.exam.sitting("C1"), placed)
    plan = RoomPlan(
        reference.exam, reference.centers[0], view, legend_of(view, reference), 1, "0" * 64, 1, 1
    )
    root = read(draw_room(plan))
    assert seat(root, 2) == ["101 B", "2"]
    assert "试卷分卷（专业代码后）：A卷 1人、B卷 1人" in texts(root)
    assert "相邻同卷 1 处（下限 1）" in texts(root)


# ---------------------------------------------------------------- from a plan


def test_used_rooms_of_a_plan_are_drawn_one_file_each(plan_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "pictures"
    paths = write_rooms(plan_dir, "230101", "C1", out)
    assert [p.name for p in paths] == ["230101_C1_R1.svg", "230101_C1_R2.svg"]
    root = read(paths[1].read_bytes())
    assert root_hash(plan_dir)[:12] in texts(root)
    assert seat(root, 1) == ["101①②", "303③④", "1"]
    first = paths[1].read_bytes()
    write_rooms(plan_dir, "230101", "C1", out)
    assert paths[1].read_bytes() == first


def test_one_room_may_go_to_a_named_file(plan_dir: Path, tmp_path: Path) -> None:
    assert write_rooms(plan_dir, "230101", "C2", tmp_path / "a" / "room.svg")[0].is_file()
    with pytest.raises(UsageError, match="2 rooms"):
        write_rooms(plan_dir, "230101", "C1", tmp_path / "room.svg")
    assert not (tmp_path / "room.svg").exists()


@pytest.mark.parametrize(
    ("center_id", "sitting", "said"),
    [
        ("9", "C1", "no center '9'"),
        ("230101", "C9", "no sitting 'C9', but C1, C2, C3, C4, P1"),
        ("230101", "C4", "nobody sits at 230101 in C4"),
    ],
)
def test_what_the_plan_does_not_have_is_said(
    plan_dir: Path, center_id: str, sitting: str, said: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        room_plans(plan_dir, center_id, sitting)


def test_a_folder_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanDirectoryError):
        room_plans(tmp_path, "230101", "C1")
