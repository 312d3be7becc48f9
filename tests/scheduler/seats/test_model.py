"""One center and sitting, and all of them: rules, seat counts, determinism, the draw."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import Defect
from models.exam import SEPARATE_ROOM, Mode
from models.places import Closure, Room
from models.policy import Draw as Seed
from models.policy import Fill, Policy, Seats
from models.text import parse_items, subjects_to_mask
from scheduler.draw import Draw
from scheduler.masks import seats_needed
from scheduler.places import Places, SeatKind
from scheduler.seats.stage import seat_everybody
from tests.builders import center, exam_point, room, sitting, small_exam, small_reference
from tests.seating import CenterSeating, seat_center

CENTER = "230101"
SPECIALTIES = ("101", "303", "304", "368")
SUBJECTS = ("1234", "1234", "1234", "12", "34", "1", "2", "3", "4", "123", "24", "234")


def places_with(*rooms: Room, closures: Sequence[Closure] = (), forms: str = "A") -> Places:
    """One center with these rooms."""
    exam = small_exam(
        sittings=(
            sitting("C1", "2022-04-09", forms=tuple(forms)),
            sitting("C2", "2022-04-10"),
            sitting("P1", "2022-04-09", mode=Mode.PAPER),
        )
    )
    return Places(
        small_reference(
            exam=exam,
            exam_points=[exam_point("2301")],
            centers=[center(CENTER, "2301")],
            rooms=rooms,
            closures=closures,
        )
    )


def people_of(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Candidates from (specialty, subjects, needs, employer)."""
    columns = ["specialty", "subjects", "needs", "employer"]
    frame = pd.DataFrame(list(rows), columns=columns, dtype=str)
    frame.insert(0, "candidate_id", [f"A{i:04d}" for i in range(len(rows))])
    return frame


def crowd(count: int, seed: int = 1, employers: int = 6) -> pd.DataFrame:
    """A mixed crowd without needs."""
    draw = random.Random(seed)
    return people_of(
        *(
            (
                draw.choice(SPECIALTIES),
                draw.choice(SUBJECTS),
                "",
                draw.choice(["", *(f"E{i}" for i in range(employers))]),
            )
            for _ in range(count)
        )
    )


def seat(
    places: Places, people: pd.DataFrame, policy: Policy | None = None, at: str = "C1"
) -> CenterSeating:
    """Seat people in the one center."""
    exam = places.reference.exam
    return seat_center(places, policy or Policy(), CENTER, exam.sitting(at), people)


def check_rules(places: Places, people: pd.DataFrame, seating: CenterSeating, at: str) -> None:
    """Every hard rule of this stage, recomputed from the rooms."""
    exam_sitting = places.reference.exam.sitting(at)
    assert seating.seats["candidate_id"].tolist() == sorted(people["candidate_id"])
    rows = people.set_index("candidate_id")
    held: set[tuple[str, int, str]] = set()
    for candidate_id, room_id, number, _ in seating.seats.itertuples(index=False):
        layout = places.layouts[CENTER, room_id]
        cell = layout.numbers.tolist().index(number)
        kind = SeatKind(
            int(places.open_subjects(layout, exam_sitting)[cell]),
            layout.room.features_of(number),
        )
        assert not layout.spare[cell]
        person = rows.loc[candidate_id]
        needs = frozenset(parse_items(person["needs"]))
        assert kind.takes(subjects_to_mask(person["subjects"]), needs)
        for subject in person["subjects"]:
            assert (room_id, number, subject) not in held
            held.add((room_id, number, subject))


def seats_taken(seating: CenterSeating) -> int:
    """Different seats in use."""
    return len(seating.seats[["room_id", "seat"]].drop_duplicates())


def theorem(people: pd.DataFrame) -> int:
    """Seats needed if all seats were alike."""
    return seats_needed(Counter(subjects_to_mask(s) for s in people["subjects"]))


def count_pairs(
    places: Places, people: pd.DataFrame, seating: CenterSeating
) -> tuple[Counter[str], Counter[str]]:
    """Same-paper and same-employer pairs of each room, from the definitions alone."""
    papers = {s.code: s.papers for s in places.reference.specialties}
    rows = people.set_index("candidate_id")
    sits: dict[tuple[str, int, int], list[tuple[set[tuple[str, str]], set[tuple[str, str]]]]] = (
        defaultdict(list)
    )
    for candidate_id, room_id, number, _ in seating.seats.itertuples(index=False):
        layout = places.layouts[CENTER, room_id]
        i = layout.numbers.tolist().index(number)
        person = rows.loc[candidate_id]
        own = {(s, papers[person["specialty"]][int(s) - 1]) for s in person["subjects"]}
        employer = {(s, person["employer"]) for s in person["subjects"] if person["employer"]}
        sits[room_id, int(layout.rows[i]), int(layout.columns[i])].append((own, employer))
    same_paper: Counter[str] = Counter()
    same_employer: Counter[str] = Counter()
    for (room_id, row, column), here in sits.items():
        for near in ((room_id, row + 1, column), (room_id, row, column + 1)):
            there = sits.get(near, [])
            same_paper[room_id] += len({key for a, _ in here for b, _ in there for key in a & b})
            same_employer[room_id] += len(
                {employer for _, a in here for _, b in there for _, employer in a & b}
            )
    return same_paper, same_employer


def test_closed_spare_and_shared_seats() -> None:
    """Rules ``one_person_per_seat_and_subject``, ``spare_seats_kept``, ``closed_seats_kept_free``.

    The closures take the morning from ten seats of R1 and the whole day from R3.
    """
    places = places_with(
        *(room(CENTER, f"R{i}", 5, 8) for i in (1, 2, 3)),
        closures=[
            Closure(center_id=CENTER, room_id="R1", seats=tuple(range(1, 11)), subjects="12"),
            Closure(center_id=CENTER, room_id="R3", sitting="C1"),
        ],
    )
    people = crowd(90)
    seating = seat(places, people)
    check_rules(places, people, seating, "C1")
    assert set(seating.rooms["room_id"]) == {"R1", "R2"}
    assert seats_taken(seating) == theorem(people)


def test_a_closure_of_one_sitting_is_unknown_to_another() -> None:
    """What a room offers is kept for the next sitting, in which the same seats may be open."""
    places = places_with(
        room(CENTER, "R1", 1, 3, spare=0),
        closures=[Closure(center_id=CENTER, room_id="R1", sitting="C1", subjects="34")],
    )
    morning = seat(places, people_of(*[("101", "12", "", "")] * 2), at="C1")
    assert morning.rooms[["pairs", "bound"]].values.tolist() == [[0, 0]]
    whole_day = seat(places, people_of(*[("101", "1234", "", "")] * 3), at="C2")
    assert whole_day.rooms[["pairs", "bound"]].values.tolist() == [[8, 8]]


def test_separate_rooms_and_features_are_honoured() -> None:
    """Rules ``needs_honoured`` and ``separate_room_kept_apart``."""
    places = places_with(
        room(CENTER, "R1", 5, 8, features={"accessible": (1, 2, 3)}),
        room(CENTER, "R2", 2, 3, features=(SEPARATE_ROOM,)),
    )
    people = people_of(
        *[("101", "1234", "", "")] * 20,
        ("303", "12", "accessible", ""),
        ("303", "34", "accessible", ""),
        ("368", "1234", SEPARATE_ROOM, ""),
    )
    seating = seat(places, people)
    check_rules(places, people, seating, "C1")
    assert seating.seats.set_index("candidate_id").loc["A0022", "room_id"] == "R2"
    # The two accessible candidates share one of the three seats.
    needy = seating.seats.iloc[20:22]
    assert needy["seat"].nunique() == 1
    assert seats_taken(seating) == 22


def test_sharing_off_gives_everybody_a_seat() -> None:
    places = places_with(room(CENTER, "R1", 5, 8, spare=0))
    people = people_of(*[("101", "12", "", ""), ("303", "34", "", "")] * 15)
    assert seats_taken(seat(places, people)) == 15
    alone = Policy(seats=Seats(share=False))
    seating = seat(places, people, alone)
    check_rules(places, people, seating, "C1")
    assert seats_taken(seating) == 30
    with pytest.raises(Defect):
        seat(places, pd.concat([people, people.assign(candidate_id="B" + people["candidate_id"])]),
             alone)  # fmt: skip


def test_people_who_do_not_fit_are_a_defect() -> None:
    places = places_with(room(CENTER, "R1", 1, 2, spare=0))
    triangle = people_of(("101", "12", "", ""), ("101", "23", "", ""), ("101", "13", "", ""))
    with pytest.raises(Defect):
        seat(places, triangle)
    assert seats_taken(seat(places, triangle.iloc[:2])) == 2


def test_a_center_without_rooms_is_refused() -> None:
    with pytest.raises(Defect):
        seat(places_with(room(CENTER, "R1", mode=Mode.PAPER)), crowd(3))


def test_fewest_rooms_opens_the_largest_first() -> None:
    places = places_with(
        room(CENTER, "R1", 2, 5, spare=0),
        room(CENTER, "R2", 5, 8, spare=0),
        room(CENTER, "R3", 5, 8, spare=0),
    )
    people = people_of(*[("101", "1234", "", "")] * 20, *[("303", "1234", "", "")] * 20)
    assert seat(places, people).rooms["room_id"].tolist() == ["R2"]
    even = seat(places, people, Policy(seats=Seats(fill=Fill.EVEN)))
    assert Counter(even.seats["room_id"]) == {"R1": 4, "R2": 18, "R3": 18}


def test_fewest_rooms_covers_every_pool() -> None:
    # R3 alone has accessible seats: it is opened although it is the smallest.
    places = places_with(
        room(CENTER, "R1", 5, 6, spare=0),
        room(CENTER, "R2", 5, 6, spare=0),
        room(CENTER, "R3", 3, 5, spare=0, features={"accessible": (1, 2)}),
    )
    people = people_of(*[("101", "1234", "", "")] * 40, ("303", "1234", "accessible", ""))
    seating = seat(places, people)
    check_rules(places, people, seating, "C1")
    assert seating.rooms["room_id"].tolist() == ["R1", "R3"]


def test_a_paper_is_dealt_so_that_no_room_has_more_than_half() -> None:
    places = places_with(*(room(CENTER, f"R{i}", 5, 6, spare=0) for i in range(4)))
    people = people_of(
        *[("101", "1234", "", "")] * 60,
        *[("303", "1234", "", "")] * 30,
        *[("304", "1234", "", "")] * 30,
    )
    seating = seat(places, people)
    assert seating.rooms["pairs"].tolist() == [0] * 4
    assert seating.rooms["bound"].tolist() == [0] * 4
    by_room = people.set_index("candidate_id")["specialty"].groupby(
        seating.seats.set_index("candidate_id")["room_id"]
    )
    assert all((specialties == "101").sum() == 15 for _, specialties in by_room)


@pytest.mark.parametrize("forms", ["A", "AB", "ABC"])
def test_room_figures_are_those_of_the_definitions(forms: str) -> None:
    places = places_with(
        *(room(CENTER, f"R{i}", 4, 7, missing=(3, 11)) for i in range(3)), forms=forms
    )
    people = crowd(75, seed=4, employers=2)
    people.loc[people.index % 9 != 0, "specialty"] = "101"
    seating = seat(places, people)
    same_paper, same_employer = count_pairs(places, people, seating)
    rooms = seating.rooms.set_index("room_id")
    assert rooms["pairs"].to_dict() == {r: same_paper[r] for r in rooms.index}
    assert rooms["same_employer_pairs"].to_dict() == {r: same_employer[r] for r in rooms.index}
    assert rooms["pairs"].sum() > 0
    assert rooms["same_employer_pairs"].sum() > 0
    assert (rooms["bound"] <= rooms["pairs"]).all()
    same_form = rooms["pairs"] if forms == "A" else rooms["pairs"] * 0
    assert rooms["same_form_pairs"].tolist() == same_form.tolist()
    assert set(seating.seats["form"]) == ({""} if forms == "A" else set(forms))


def test_the_draw_is_the_one_of_the_format() -> None:
    """docs/formats.md, section 5: recomputed with sorted() and the keys alone, for every deal."""
    places = places_with(room(CENTER, "R1", 5, 8))
    people = crowd(40, seed=8, employers=3)
    policy = Policy(draw=Seed(seed="ab" * 20))
    seating = seat(places, people, policy)
    (deal,) = seating.rooms["deal"].unique()
    draw = Draw("TEST-2022", "ab" * 20)
    joined = people.merge(seating.seats, on="candidate_id")
    totals = []
    for k in range(16):
        dealt = joined.copy()
        for kind, members in joined.groupby(["specialty", "subjects", "needs"]):
            ids, seats, turn = drawn_by_hand(draw, "/".join(map(str, kind)), members, k)
            for i, person in enumerate(ids):
                row = dealt["candidate_id"] == person
                dealt.loc[row, "seat"] = seats[(i + turn) % len(seats)]
        moved = CenterSeating(dealt[["candidate_id", "room_id", "seat", "form"]], seating.rooms)
        totals.append(sum(count_pairs(places, people, moved)[1].values()))
        if k == deal:
            assert dealt["seat"].tolist() == joined["seat"].tolist()
    assert totals.index(min(totals)) == deal
    assert min(totals) == seating.rooms["same_employer_pairs"].sum()


def drawn_by_hand(
    draw: Draw, kind: str, members: pd.DataFrame, k: int
) -> tuple[list[str], list[int], int]:
    """People and seats (of one room) in drawn order, and how far deal k turns the people."""
    people = by_hand(draw, "seat", f"C1/{CENTER}", kind)
    numbers = by_hand(draw, "seat-place", f"C1/{CENTER}/R1")
    ids = sorted(members["candidate_id"])
    line = sorted(ids, key=lambda i: people(ids.index(i) + 1))
    turn = people(len(ids) + k) % len(ids) if k else 0
    return line, sorted(members["seat"].tolist(), key=numbers), turn


def by_hand(draw: Draw, label: str, *messages: str) -> Callable[[int], int]:
    """G by n: SplitMix64 step by step, in whole numbers, from the keys' first eight bytes."""
    start, bits = 0, 2**64 - 1
    for key in draw.keys(label, messages):
        start ^= int.from_bytes(key[:8], "big")

    def number(n: int) -> int:
        state = (start + n * 0x9E3779B97F4A7C15) & bits
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & bits
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & bits
        return state ^ (state >> 31)

    return number


def test_row_order_does_not_matter_and_the_seed_does() -> None:
    places = places_with(*(room(CENTER, f"R{i}", 5, 8) for i in range(2)))
    people = crowd(70)
    seating = seat(places, people)
    shuffled = seat(places, people.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(seating.seats, shuffled.seats)
    pd.testing.assert_frame_equal(seating.rooms, shuffled.rooms)
    other = seat(places, people, Policy(draw=Seed(seed="cd" * 20)))
    assert (other.seats["seat"] != seating.seats["seat"]).any()
    # Which seats are used by whom of a kind is the draw; which are used at all is not.
    columns = ["room_id", "seat"]
    assert set(other.seats[columns].itertuples(index=False, name=None)) == set(
        seating.seats[columns].itertuples(index=False, name=None)
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(SPECIALTIES),
            st.sampled_from(SUBJECTS),
            st.sampled_from(["", "", "", "", "accessible", SEPARATE_ROOM]),
            st.sampled_from(["", "E1", "E2"]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.booleans(),
    st.sampled_from(list(Fill)),
    st.sampled_from(["", "12", "3"]),
)
def test_any_crowd_is_seated_by_the_rules(
    rows: list[tuple[str, str, str, str]], share: bool, fill: Fill, closed: str
) -> None:
    places = places_with(
        room(CENTER, "R1", 4, 5, missing=(2,), features={"accessible": (3, 4, 5, 9)}),
        room(CENTER, "R2", 5, 5, features=(SEPARATE_ROOM,)),
        room(CENTER, "R3", 4, 7, features=("accessible",)),
        closures=[Closure(center_id=CENTER, room_id="R1", seats=(9, 10), subjects=closed)],
    )
    people = people_of(*rows)
    seating = seat(places, people, Policy(seats=Seats(share=share, fill=fill)))
    check_rules(places, people, seating, "C1")
    assert (seating.rooms["bound"] <= seating.rooms["pairs"]).all()
    same_paper, same_employer = count_pairs(places, people, seating)
    rooms = seating.rooms.set_index("room_id")
    assert rooms["pairs"].to_dict() == {r: same_paper[r] for r in rooms.index}
    assert rooms["same_employer_pairs"].to_dict() == {r: same_employer[r] for r in rooms.index}
    if not share:
        assert seats_taken(seating) == len(people)


def everybody() -> pd.DataFrame:
    """Two sittings of one center, somebody unplaced, in no order."""
    both = pd.concat(
        [
            crowd(60).assign(sitting="C1", center_id=CENTER),
            crowd(50, seed=2).assign(sitting="C2", center_id=CENTER),
            crowd(2, seed=3).assign(sitting="", center_id=""),
        ],
        ignore_index=True,
    )
    both["candidate_id"] = [f"A{i:04d}" for i in range(len(both))]
    return both.sample(frac=1, random_state=1).reset_index(drop=True)


def test_everybody_is_the_sum_of_the_centers() -> None:
    places = places_with(*(room(CENTER, f"R{i}", 5, 8) for i in range(2)))
    candidates = everybody()
    seated, neighbours = seat_everybody(places, Policy(), candidates)
    assert seated["candidate_id"].tolist() == candidates["candidate_id"].tolist()
    unplaced = seated[seated["sitting"] == ""]
    assert unplaced[["room_id", "seat", "form"]].values.tolist() == [["", 0, ""]] * 2
    for at in ("C1", "C2"):
        here = candidates[candidates["sitting"] == at]
        alone = seat(places, here, at=at)
        mine = seated[seated["sitting"] == at].sort_values("candidate_id")
        assert mine["seat"].tolist() == alone.seats["seat"].tolist()
        assert mine["room_id"].tolist() == alone.seats["room_id"].tolist()
        table = neighbours[neighbours["sitting"] == at]
        assert table["pairs"].tolist() == alone.rooms["pairs"].tolist()
    order = neighbours[["center_id", "room_id", "sitting"]]
    assert order.equals(order.sort_values(list(order.columns), ignore_index=True))
    assert seated["seat"].dtype == "int32"


def test_processes_do_not_matter() -> None:
    places = places_with(*(room(CENTER, f"R{i}", 5, 8) for i in range(2)))
    alone = seat_everybody(places, Policy(), everybody())
    with ThreadPoolExecutor(2) as threads:
        in_threads = seat_everybody(places, Policy(), everybody(), threads)
    with ProcessPoolExecutor(2) as processes:
        in_processes = seat_everybody(places, Policy(), everybody(), processes)
    for other in (in_threads, in_processes):
        pd.testing.assert_frame_equal(alone[0], other[0])
        pd.testing.assert_frame_equal(alone[1], other[1])


def test_nobody_placed_gives_an_empty_table() -> None:
    places = places_with(room(CENTER, "R1"))
    candidates = crowd(2).assign(sitting="", center_id="")
    seated, neighbours = seat_everybody(places, Policy(), candidates)
    assert seated["room_id"].tolist() == ["", ""]
    assert neighbours.empty
