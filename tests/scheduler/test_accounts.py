"""The accounts of a plan, each figure worked out by hand from ``tests/finished.py``."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from models.places import Closure, Use
from models.tables import BALANCE, PAPERS, SITTINGS, UTILISATION, names
from scheduler.accounts import (
    balance_table,
    derived_tables,
    papers_table,
    peak_use,
    sittings_table,
    utilisation_table,
)
from scheduler.places import Places
from tests.builders import center, exam_point, room, small_reference
from tests.finished import placed_frame

REFERENCE = small_reference()
PLACES = Places(REFERENCE)


def rows_of(frame: pd.DataFrame, **where: object) -> list[tuple[object, ...]]:
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return list(frame.itertuples(index=False, name=None))


def test_sittings_counts_people_by_group_specialty_and_date() -> None:
    table = sittings_table(placed_frame(), REFERENCE)
    assert list(table.columns) == names(SITTINGS)
    assert rows_of(table) == [
        ("101", "101", "C1", 2),
        ("203", "203", "P1", 3),
        ("303", "303", "C1", 1),
        ("368", "368", "C1", 1),
        ("368", "368", "C2", 2),
    ]


def test_a_specialty_counts_under_the_group_it_shares_papers_with() -> None:
    placed = placed_frame((("A1", "304", "1", "2301", "C1", "230101", "R2", 1),))
    assert rows_of(sittings_table(placed, REFERENCE)) == [("303", "304", "C1", 1)]


def test_papers_counts_copies_of_each_subject_sat() -> None:
    table = papers_table(placed_frame(), REFERENCE)
    assert list(table.columns) == names(PAPERS)
    assert rows_of(table, center_id="230101", room_id="R2", sitting="C1") == [
        ("230101", "R2", "C1", 1, "101-1", "", 1),
        ("230101", "R2", "C1", 1, "368-1", "", 1),
        ("230101", "R2", "C1", 2, "101-2", "", 1),
        ("230101", "R2", "C1", 2, "368-2", "", 1),
        ("230101", "R2", "C1", 3, "303-3", "", 1),
        ("230101", "R2", "C1", 3, "368-3", "", 1),
        ("230101", "R2", "C1", 4, "303-4", "", 1),
        ("230101", "R2", "C1", 4, "368-4", "", 1),
    ]
    assert (table["copies"] > 0).all()


def test_specialties_of_one_paper_share_its_copies_and_forms_part_them() -> None:
    placed = placed_frame(
        (
            ("A1", "303", "1", "2301", "C1", "230101", "R2", 1),
            ("A2", "304", "1", "2301", "C1", "230101", "R2", 3),
            ("A3", "304", "1", "2301", "C1", "230101", "R2", 2),
        )
    )
    placed["form"] = ["A", "B", "A"]
    assert rows_of(papers_table(placed, REFERENCE)) == [
        ("230101", "R2", "C1", 1, "NK-1", "A", 2),
        ("230101", "R2", "C1", 1, "NK-1", "B", 1),
    ]


def test_utilisation_has_every_exam_room_sitting_and_subject() -> None:
    table = utilisation_table(placed_frame(), PLACES)
    assert list(table.columns) == names(UTILISATION)
    computer, paper = 5, 2
    assert len(table) == computer * 4 * 4 + paper * 1 * 4
    keys = ["center_id", "room_id", "sitting", "subject"]
    assert not table.duplicated(keys).any()
    pd.testing.assert_frame_equal(table, table.sort_values(keys, ignore_index=True))


def test_utilisation_counts_a_shared_seat_once_and_calls_it_shared() -> None:
    # R2 of 230101: 50 machines, 5 spare. Seat 1 carries 12 and 34, seat 2 carries 1234.
    table = utilisation_table(placed_frame(), PLACES)
    got = rows_of(table, center_id="230101", room_id="R2", sitting="C1")
    spare = got[0][5]
    assert [(r[3], r[4], r[6], r[7]) for r in got] == [(s, 45, 2, 1) for s in (1, 2, 3, 4)]
    layout = PLACES.layouts["230101", "R2"]
    assert str(spare).replace("-", ";").count(";") >= 1
    assert len(layout.spare_numbers) == 5


def test_a_seat_with_subjects_of_one_half_day_is_free_in_the_other() -> None:
    # Paper room R2 of 230201: seat 1 carries 1234, seat 3 carries 13 and 24: always two in use.
    table = utilisation_table(placed_frame(), PLACES)
    got = rows_of(table, center_id="230201", room_id="R2")
    assert [(r[2], r[3], r[4], r[6], r[7]) for r in got] == [
        ("P1", s, 30, 2, 1) for s in range(1, 5)
    ]
    only_13 = placed_frame((("A8", "203", "13", "2302", "P1", "230201", "R2", 3),))
    got = rows_of(utilisation_table(only_13, PLACES), center_id="230201", room_id="R2")
    assert [(r[3], r[6], r[7]) for r in got] == [(1, 1, 0), (2, 0, 0), (3, 1, 0), (4, 0, 0)]


def test_a_closure_lowers_the_seats_of_its_subjects_only() -> None:
    closure = Closure(center_id="230201", room_id="R2", seats=(1, 2), subjects="12")
    places = Places(small_reference(closures=(closure,)))
    got = rows_of(utilisation_table(placed_frame(), places), center_id="230201", room_id="R2")
    assert [(r[3], r[4]) for r in got] == [(1, 28), (2, 28), (3, 30), (4, 30)]


def test_a_reserve_room_is_listed_without_seats() -> None:
    reference = small_reference(
        exam_points=(exam_point("2301"),),
        centers=(center("230101", "2301"),),
        rooms=(room("230101", "R1"), room("230101", "R9", use=Use.RESERVE)),
    )
    placed = placed_frame((("A1", "101", "1", "2301", "C1", "230101", "R1", 1),))
    got = rows_of(utilisation_table(placed, Places(reference)), room_id="R9")
    assert len(got) == 16
    assert {r[4:] for r in got} == {(0, "", 0, 0)}


def test_peak_use_is_the_share_of_the_busiest_subject() -> None:
    # Point 2302, C2: one person, subject 4, 45 machines open.
    peak = peak_use(utilisation_table(placed_frame(), PLACES), REFERENCE)
    (row,) = peak[(peak["exam_point"] == "2302") & (peak["sitting"] == "C2")].itertuples(
        index=False
    )
    assert (row.occupied, row.seats) == (1, 45)
    assert row.share == pytest.approx(1 / 45)


def balance(sizes: dict[str, int]) -> list[tuple[object, ...]]:
    """Balance of one point and sitting with that many people of each specialty."""
    rows: list[tuple[object, ...]] = []
    for specialty, size in sizes.items():
        rows += [
            (f"{specialty}-{i}", specialty, "1", "2301", "C1", "230101", "R2", len(rows) + i + 1)
            for i in range(size)
        ]
    placed = placed_frame(tuple(rows))
    table = balance_table(placed, PLACES, utilisation_table(placed, PLACES), 2)
    assert list(table.columns) == names(BALANCE)
    return [(r.specialty, r.candidates) for r in table.itertuples(index=False)]


@pytest.mark.parametrize(
    ("sizes", "published"),
    [
        ({"101": 5, "303": 6}, [("101", 5), ("303", 6)]),
        ({"101": 3, "303": 2, "368": 9}, [("368", 9), ("other", 5)]),
        # 3 in `other` point at persons: the smallest remaining row joins, then the smallest code.
        ({"101": 3, "303": 7, "368": 7}, [("368", 7), ("other", 10)]),
        ({"101": 4, "303": 9, "304": 5, "368": 6}, [("303", 9), ("368", 6), ("other", 9)]),
        ({"101": 2}, [("other", 2)]),
    ],
)
def test_balance_merges_specialties_with_few_people(
    sizes: dict[str, int], published: list[tuple[str, int]]
) -> None:
    assert balance(sizes) == published


def test_balance_speaks_of_the_candidates_own_point_and_the_use_of_its_home() -> None:
    # 2302 delegates to 2301: its people sit in 230101, whose busiest subject decides.
    reference = small_reference(
        exam_points=(exam_point("2301"), exam_point("2302", delegates_to="2301"))
    )
    places = Places(reference)
    placed = placed_frame(
        tuple((f"A{i}", "101", "1", "2302", "C1", "230101", "R2", i) for i in range(1, 6))
    )
    utilisation = utilisation_table(placed, places)
    seats = utilisation.query("sitting == 'C1' and subject == 1 and center_id < '2302'")["seats"]
    table = balance_table(placed, places, utilisation, 2)
    assert rows_of(table) == [("C1", "101", "2302", 5, f"{5 / seats.sum():.4f}", "")]


def test_mean_km_is_that_of_people_with_an_origin() -> None:
    # One degree of latitude is 111.195 km on the sphere of R = 6371.0088 km.
    home = next(c for c in REFERENCE.centers if c.center_id == "230101")
    placed = placed_frame(
        tuple((f"A{i}", "101", "1", "2301", "C1", "230101", "R2", i) for i in range(1, 8))
    )
    placed.loc[:4, ["latitude", "longitude"]] = [
        str(round(home.latitude, 2) + Decimal(1)), str(round(home.longitude, 2)),
    ]  # fmt: skip
    table = balance_table(placed, PLACES, utilisation_table(placed, PLACES), 2)
    assert table["mean_km"].tolist() == ["111.195"]


@pytest.mark.parametrize(("origins", "told"), [(1, False), (4, False), (5, True)])
def test_a_mean_of_few_origins_would_be_a_distance_of_persons(origins: int, told: bool) -> None:
    placed = placed_frame(
        tuple((f"A{i}", "101", "1", "2301", "C1", "230101", "R2", i) for i in range(1, 10))
    )
    placed.loc[: origins - 1, ["latitude", "longitude"]] = ["46.00", "126.00"]
    table = balance_table(placed, PLACES, utilisation_table(placed, PLACES), 2)
    assert table["candidates"].tolist() == [9]
    assert (table["mean_km"].tolist() != [""]) == told


def test_nobody_placed_gives_empty_accounts_and_empty_rooms() -> None:
    tables = derived_tables(placed_frame(()), PLACES, 2)
    assert {name: len(frame) for name, frame in tables.items() if name != "utilisation"} == {
        "sittings": 0,
        "papers": 0,
        "balance": 0,
    }
    assert tables["utilisation"]["occupied"].sum() == 0
