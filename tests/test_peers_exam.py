"""Peers and judge of the whole exam, on instances that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers import (
    fewest_options,
    highs_centers,
    highs_dates,
    per_candidate,
    random_by_distance,
)
from benchmarks.peers.exam import (
    ORIGIN_COLUMNS,
    Exam,
    exam_of,
    in_roster_order,
    plan_of,
    read_exam,
)
from benchmarks.peers.judge import Judgement, judge
from benchmarks.peers.verdict import disagreements, shortcomings
from models.policy import Policy
from models.tables import CANONICAL_ROSTER
from scheduler.pipeline import run_plan
from scheduler.plan import read_manifest, read_table
from scheduler.verify.run import verify_plan
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
)

# One exam point, two dates. Center "0" has two computer seats, one of them accessible, and is
# hosted by E1; center "1", 0.1 degrees (11,120 m) further north, has three.
REFERENCE = small_reference(
    exam=small_exam(
        spare_ratio=Decimal(0),
        sittings=(sitting("C1", "2022-04-09"), sitting("C2", "2022-04-10")),
    ),
    specialties=(specialty("101"), specialty("102")),
    exam_points=(exam_point("2301"),),
    centers=(
        center("0", "2301", employer="E1", latitude=Decimal("45.8")),
        center("1", "2301", latitude=Decimal("45.9")),
    ),
    rooms=(room("0", "R1", 1, 2, features={"accessible": (1,)}), room("1", "R1", 1, 3)),
)
NORTH = 11_120
"""Metres along a tenth of a degree, rounded to ten."""
HOME = {
    "latitude": f"{REFERENCE.centers[0].latitude:.2f}",
    "longitude": f"{REFERENCE.centers[0].longitude:.2f}",
}
"""At center "0"."""


def _exam(*people: dict[str, str]) -> Exam:
    """People of one exam point; of specialty 101 with all subjects unless told otherwise."""
    usual = {"specialty": "101", "exam_point": "2301", "subjects": "1234"}
    blank = dict.fromkeys(CANONICAL_ROSTER, "")
    rows = [blank | usual | {"candidate_id": f"A{i}"} | one for i, one in enumerate(people)]
    return exam_of(pd.DataFrame(rows, dtype="str"), REFERENCE, Policy())


def _plan(*places: str) -> pd.DataFrame:
    """``"C1 0"`` is sitting C1 at center 0; blank is unplaced."""
    parts = [place.split() or ["", ""] for place in places]
    return pd.DataFrame(parts, columns=["sitting", "center_id"], dtype="str")


def _with_subjects(*subjects: str) -> list[dict[str, str]]:
    return [{"subjects": s} for s in subjects]


# ---------------------------------------------------------------- the judge


def test_the_judge_counts_papers_peak_and_metres() -> None:
    exam = _exam(HOME, HOME | {"specialty": "102"}, {"specialty": "102"}, {})
    judged = judge(exam, _plan("C1 0", "C2 1", "C1 1", ""))
    # Groups 101 on C1, 102 on C1 and C2; two seats on C1, one on C2; one of two who travel goes
    # north.
    assert (judged.unplaced, judged.over, judged.own) == (1, 0, 0)
    assert (judged.papers, judged.peak, judged.travelling) == (3, 2, 2)
    assert judged.metres == pytest.approx(NORTH, abs=10)
    assert judged.mean_km == judged.metres / 2 / 1000
    assert judged.lawful


def test_three_pairs_of_subjects_need_three_seats_though_each_session_has_two_people() -> None:
    exam = _exam(*_with_subjects("12", "23", "13"))
    judged = judge(exam, _plan("C1 0", "C1 0", "C1 0"))
    assert (judged.over, judged.peak, judged.lawful) == (1, 2, False)
    assert judge(exam, _plan("C1 1", "C1 1", "C1 1")).over == 0


def test_people_without_a_subject_in_common_share_a_seat() -> None:
    exam = _exam(*_with_subjects("12", "34", "1", "2", "34"))
    judged = judge(exam, _plan(*["C1 0"] * 5))
    assert (judged.over, judged.peak) == (0, 2)


def test_a_need_that_no_free_seat_offers_is_over_capacity() -> None:
    need = {"needs": "accessible"}
    assert judge(_exam(need, need), _plan("C1 0", "C1 0")).over == 1
    assert judge(_exam(need, need), _plan("C1 0", "C2 0")).over == 0
    assert judge(_exam(need), _plan("C1 1")).over == 1


def test_the_own_employer_is_counted_apart() -> None:
    judged = judge(_exam({"employer": "E1"}), _plan("C1 0"))
    assert (judged.own, judged.over, judged.lawful) == (1, 0, False)


@pytest.mark.parametrize("pin", [{"pinned_sitting": "C1"}, {"pinned_center": "0"}])
def test_nobody_is_sent_away_from_a_pin(pin: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="may not be sent to C2 1"):
        judge(_exam(pin), _plan("C2 1"))


def test_the_judge_agrees_with_the_verified_plan(tmp_path: Path) -> None:
    data = write_data_folder(tmp_path / "data")
    roster = tmp_path / "roster.csv"
    roster_rows(40).to_csv(roster, index=False)
    run_plan(roster, data, tmp_path / "plan")
    assert verify_plan(tmp_path / "plan", roster) == ()
    exam = read_exam(roster, data)
    judged = judge(exam, in_roster_order(exam, read_table(tmp_path / "plan", "seats")))
    manifest = read_manifest(tmp_path / "plan")
    assert list(disagreements(judged, manifest)) == []
    wrong = replace(judged, peak=judged.peak + 1)
    assert len(list(disagreements(wrong, manifest))) == 1


# ---------------------------------------------------------------- the peers


def _filled(exam: Exam, seed: int) -> Judgement:
    kinds = exam.kinds()
    parts = (fewest_options.fill(part, seed) for part in kinds.parts)
    return judge(exam, plan_of(exam, kinds, parts, seed))


@pytest.mark.parametrize("seed", range(3))
def test_who_has_fewest_options_is_seated_first(seed: int) -> None:
    # Ten seats. Two people need the accessible one and get one date each; E1's three have six
    # seats; the others, 12 and 34 among them, find room because these two can share.
    need, own = {"needs": "accessible"}, {"employer": "E1"}
    exam = _exam(need, need, own, own, own, *_with_subjects("1234", "1234", "1234", "1234", "12"))
    judged = _filled(exam, seed)
    assert (judged.unplaced, judged.over, judged.own) == (0, 0, 0)


def test_filling_leaves_out_whom_no_seat_is_left_for() -> None:
    # Ten seats for eleven and for a pair who can share: two are left out if the pair finds one
    # seat, three if it comes too late. Nobody is moved again.
    judged = [_filled(_exam(*_with_subjects(*["1234"] * 11, "12", "34")), s) for s in range(3)]
    assert {j.unplaced for j in judged} <= {2, 3}
    assert {j.over for j in judged} == {0}


def test_a_seat_is_for_one_person_where_heads_are_sent() -> None:
    # Ten seats for twelve people of one employer; 12 and 34 could share, but heads know no
    # subjects. Two per cent of two or three seats are none.
    exam = _exam(*_with_subjects(*["12", "34"] * 6))
    kinds = exam.kinds("employer", *ORIGIN_COLUMNS, subjects=False)
    assert len(kinds.parts[0].people) == 1
    plan = plan_of(exam, kinds, (random_by_distance.send(p, 1) for p in kinds.parts), 1)
    judged = judge(exam, plan)
    assert judged.unplaced >= 2
    assert (judged.over, judged.own) == (0, 0)


def test_heads_are_not_sent_to_their_own_employer() -> None:
    exam = _exam(*[{"employer": "E1"}] * 3)
    kinds = exam.kinds("employer", *ORIGIN_COLUMNS, subjects=False)
    plan = plan_of(exam, kinds, (random_by_distance.send(p, 1) for p in kinds.parts), 1)
    assert (plan["center_id"] != "0").all()


def _packed() -> Exam:
    """Five people of each specialty on ten seats: one date each, all five seats on both."""
    return _exam(*[{"specialty": "101"}] * 5, *[{"specialty": "102"}] * 5)


def test_highs_bounds_unplaced_peak_papers_and_metres() -> None:
    assert highs_dates.linear_bounds(_packed()) == {"unplaced": 0, "peak": 5}
    assert highs_dates.papers_bound(_packed(), 30) == 2
    eleven = _exam(*[{}] * 11)
    assert highs_dates.linear_bounds(eleven) == {"unplaced": 1, "peak": 5}


def test_highs_bounds_the_metres_over_all_dates() -> None:
    # Five live at center 0, which seats four on both dates together.
    assert highs_centers.metres_bound(_exam(*[HOME] * 4)) == 0
    assert highs_centers.metres_bound(_exam(*[HOME] * 5)) == pytest.approx(NORTH, abs=10)


def test_highs_plans_in_whole_numbers() -> None:
    exam = _packed()
    sittings, reached = highs_dates.sittings_of(exam, 30)
    assert sittings is not None
    assert reached == [
        "computer unplaced 0 (bound 0)", "computer papers 2 (bound 2)", "computer peak 5 (bound 5)",
    ]  # fmt: skip
    centers, failed = highs_centers.centers_of(exam, sittings, 30)
    judged = judge(exam, pd.DataFrame({"sitting": sittings, "center_id": centers}))
    assert failed == 0
    assert (judged.unplaced, judged.over, judged.own) == (0, 0, 0)
    assert (judged.papers, judged.peak) == (2, 5)


def test_a_boolean_per_candidate_finds_the_fewest_papers() -> None:
    exam = _packed()
    plan = per_candidate.plan(exam, exam.kinds(*ORIGIN_COLUMNS), 30)
    assert plan is not None
    judged = judge(exam, plan)
    assert (judged.unplaced, judged.over, judged.own, judged.papers) == (0, 0, 0, 2)
    crowded = _exam(*[{}] * 11)
    assert per_candidate.plan(crowded, crowded.kinds(*ORIGIN_COLUMNS), 30) is None


def test_kinds_hold_everybody_once() -> None:
    exam = _exam({"needs": "accessible"}, {"employer": "E1"}, {"pinned_sitting": "C2"}, {}, {})
    kinds = exam.kinds()
    (part,) = kinds.parts
    assert np.bincount(kinds.of_person).tolist() == part.people.tolist()
    open_to = ~part.forbidden[kinds.of_person]
    places = [(p.center, p.sitting, p.kind.features) for p in part.places]
    accessible = frozenset({"accessible"})
    assert [p for p, may in zip(places, open_to[0], strict=True) if may] == [
        ("0", "C1", accessible), ("0", "C2", accessible),
    ]  # fmt: skip
    assert {c for (c, _, _), may in zip(places, open_to[1], strict=True) if may} == {"1"}
    assert {t for (_, t, _), may in zip(places, open_to[2], strict=True) if may} == {"C2"}
    assert open_to[3].all()


# ---------------------------------------------------------------- the verdict

OURS = Judgement(unplaced=0, over=0, own=0, papers=104, peak=9, metres=1, travelling=1)
BOUNDS = {"unplaced": 0, "over": 0, "papers": 102}


@pytest.mark.parametrize(
    ("peer", "says"),
    [
        (OURS, ["paikao is not better than peer on papers: 104"]),
        (replace(OURS, papers=103), ["peer is better on papers: 103 against 104"]),
        (replace(OURS, papers=401), []),
        (replace(OURS, papers=3, unplaced=5), []),
    ],
)
def test_the_verdict_names_every_figure_on_which_paikao_is_behind(
    peer: Judgement, says: Sequence[str]
) -> None:
    assert list(shortcomings(OURS, {"peer": peer}, BOUNDS)) == says


def test_the_verdict_asks_for_more_where_a_peer_misses_the_bound() -> None:
    behind = replace(OURS, unplaced=3, over=2)
    peers = {"peer": replace(OURS, unplaced=3, over=0, papers=401)}
    assert list(shortcomings(behind, peers, BOUNDS)) == [
        "paikao: 2 over capacity, 0 at their own employer",
        "paikao is not better than peer on unplaced: 3",
        "peer is better on over: 0 against 2",
    ]
