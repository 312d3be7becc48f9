"""The stage as the pipeline calls it: rules, draw, determinism, executor."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from models.errors import Defect
from models.exam import Mode
from models.policy import Policy
from models.reference import ReferenceData
from scheduler import solver
from scheduler.centers.stage import CentersResult, assign_centers
from scheduler.draw import CENTER_KIND_COLUMNS, Draw
from scheduler.places import Places
from tests.builders import center, exam_point, room, small_reference
from tests.scheduler.centers.instances import placed


def assign(
    reference: ReferenceData,
    frame: pd.DataFrame,
    peaks: dict[tuple[str, Mode], int] | None = None,
    **policy: object,
) -> CentersResult:
    return assign_centers(Places(reference), Policy.model_validate(policy), frame, peaks or {})


def reference_of(*centers: tuple[str, str, int], **points: dict[str, object]) -> ReferenceData:
    """Centers (id, exam point, seats) without rooms; ``p2301`` = extra fields of that point."""
    ids = sorted({p for _, p, _ in centers} | {name[1:] for name in points})
    return small_reference(
        exam_points=[exam_point(p, **points.get(f"p{p}", {})) for p in ids],
        centers=[center(c, p, computer_seats=n) for c, p, n in centers],
        rooms=(),
    )


def outcome(result: CentersResult, name: str) -> tuple[int, int]:
    (found,) = (o for o in result.outcomes if o.name == name)
    return found.value, found.bound


def test_delegated_candidates_sit_at_the_other_point_and_are_not_outside() -> None:
    reference = reference_of(("A", "2301", 5), ("B", "2302", 5), p2301={"delegates_to": "2302"})
    result = assign(reference, placed(3, exam_point=["2301", "2301", "2302"]))
    assert result.center_ids.tolist() == ["B", "B", "B"]
    assert outcome(result, "outside") == (0, 0)


def test_overflow_takes_only_who_does_not_fit_and_in_the_order_of_the_list() -> None:
    reference = reference_of(
        ("A", "2301", 4), ("B", "2302", 2), ("C", "2303", 1),
        p2301={"overflow_to": ("2303", "2302")},
    )  # fmt: skip
    result = assign(reference, placed(7))
    assert Counter(result.center_ids) == {"A": 4, "C": 1, "B": 2}
    assert outcome(result, "outside") == (3, 3)
    assert Counter(assign(reference, placed(5)).center_ids) == {"A": 4, "C": 1}


def test_nobody_goes_outside_while_home_has_seats_however_near() -> None:
    reference = small_reference(
        exam_points=(exam_point("2301", overflow_to=("2302",)), exam_point("2302")),
        centers=(
            center("A", "2301", computer_seats=3, latitude=Decimal(47)),
            center("B", "2302", computer_seats=3, latitude=Decimal(45)),
        ),
        rooms=(),
    )
    frame = placed(2, latitude="45.00", longitude="126.53")
    assert assign(reference, frame).center_ids.tolist() == ["A", "A"]


def test_pins_and_own_employer() -> None:
    frame = placed(4, pinned_center=["230102", "", "", ""], excluded_employer=["", "E1", "E1", ""])
    ids = assign(small_reference(), frame).center_ids
    assert ids[0] == "230102"
    assert ids[1] == ids[2] == "230101"


def test_needs_find_their_seats() -> None:
    frame = placed(6, needs=["accessible"] * 4 + ["separate_room", ""])
    assert set(assign(small_reference(), frame).center_ids[:5]) == {"230101"}


def test_who_is_unplaced_gets_no_center_and_takes_no_seat() -> None:
    reference = reference_of(("A", "2301", 2))
    frame = placed(4, sitting=["C1", "", "C1", ""])
    assert assign(reference, frame).center_ids.tolist() == ["A", "", "A", ""]


def test_nobody_placed_at_all() -> None:
    result = assign(small_reference(), placed(2, sitting=""))
    assert result.center_ids.tolist() == ["", ""]
    assert outcome(result, "metres") == (0, 0)


def test_sharing_lets_disjoint_subjects_use_one_seat_and_may_be_switched_off() -> None:
    reference = reference_of(("A", "2301", 1))
    frame = placed(2, subjects=["12", "34"])
    assert assign(reference, frame).center_ids.tolist() == ["A", "A"]
    with pytest.raises(Defect, match=r"^exam point 2301, sitting C1: .* without a center: 1"):
        assign(reference, frame, seats={"share": False})


def test_peak_of_goal_4_is_kept() -> None:
    # 12 and 34 can share; with a peak of 2 seats they must, so nobody spreads over three seats.
    reference = reference_of(("A", "2301", 1), ("B", "2301", 2))
    frame = placed(4, subjects=["12", "34", "1234", "1234"])
    with pytest.raises(Defect, match="without a center"):
        assign(reference, frame, {("2301", Mode.COMPUTER): 2})
    result = assign(reference, frame, {("2301", Mode.COMPUTER): 3})
    assert Counter(result.center_ids)["A"] in (1, 2)


def test_paper_and_computer_seats_are_different_seats() -> None:
    frame = placed(3, sitting=["P1", "C1", "C1"], specialty=["203", "101", "101"])
    ids = assign(small_reference(), frame).center_ids
    assert ids[0] == "230102"  # the only paper room of the exam point


def crowd(count: int = 108, seed: int = 7) -> tuple[ReferenceData, pd.DataFrame]:
    """A tight exam point of three centers and its neighbour; employers, needs, origins, masks."""
    rng = np.random.default_rng(seed)
    reference = small_reference(
        exam_points=(exam_point("2301", overflow_to=("2302",)), exam_point("2302")),
        centers=(
            center("A", "2301"), center("B", "2301", employer="E1", latitude=Decimal("45.60")),
            center("C", "2301", latitude=Decimal("46.00")), center("D", "2302"),
        ),
        rooms=(
            room("A", "R1", 3, 4, features={"accessible": (1, 2, 3)}),
            room("B", "R1", 3, 4), room("C", "R1", 2, 5), room("D", "R1", 4, 6),
        ),
    )  # fmt: skip
    employers = rng.choice(["", "E1", "E2"], count, p=[0.5, 0.1, 0.4])
    here = rng.random(count) < 0.95
    return reference, placed(
        count,
        exam_point=np.where(here, "2301", "2302").tolist(),
        employer=employers.tolist(),
        excluded_employer=np.where(employers == "E1", "E1", "").tolist(),
        subjects=rng.choice(["1234", "12", "34", "2"], count).tolist(),
        needs=["accessible" if i < 2 else "" for i in range(count)],
        latitude=rng.choice(["45.70", "45.90", "46.00"], count).tolist(),
        longitude=rng.choice(["126.50", "126.60"], count).tolist(),
        sitting=rng.choice(["C1", "C2", "C3"], count).tolist(),
    )


def test_the_draw_is_the_block_filling_of_every_kind() -> None:
    reference, frame = crowd()
    policy = Policy()
    result = assign(reference, frame)
    draw = Draw(reference.exam.code, policy.draw.seed)
    table = frame.assign(center_id=result.center_ids)
    divided = 0
    for key, kind in table.groupby(list(CENTER_KIND_COLUMNS)):
        sitting = dict(zip(CENTER_KIND_COLUMNS, key, strict=True))["sitting"]
        counts = Counter(kind["center_id"])
        order = draw.ordered("center-place", sorted(counts), f"{sitting}/")
        expected = dict(
            zip(
                draw.ordered("center", kind["candidate_id"].tolist()),
                [c for c in order for _ in range(counts[c])],
                strict=True,
            )
        )
        assert dict(zip(kind["candidate_id"], kind["center_id"], strict=True)) == expected
        divided += len(counts) > 1
    assert divided >= 1, "at least one kind goes to several centers"


def test_another_seed_moves_people_but_not_counts() -> None:
    reference = reference_of(("A", "2301", 10), ("B", "2301", 10))
    frame = placed(20)
    one = assign(reference, frame).center_ids
    other = assign(reference, frame, draw={"seed": "ab" * 16}).center_ids
    assert Counter(one) == Counter(other)
    assert one.tolist() != other.tolist()


def test_rows_in_another_order_give_everybody_the_same_center() -> None:
    reference, frame = crowd()
    result = assign(reference, frame)
    shuffled = frame.sample(frac=1.0, random_state=3)
    again = assign(reference, shuffled)
    assert again.center_ids.index.equals(shuffled.index)
    assert again.center_ids.sort_index().tolist() == result.center_ids.tolist()
    assert again.outcomes == result.outcomes


def test_two_processes_give_the_same_answer_and_their_log_arrives() -> None:
    reference, frame = crowd()
    alone = solver.LOG.solves
    expected = assign(reference, frame)
    alone = solver.LOG.solves - alone
    before = solver.LOG.solves, solver.LOG.deterministic_time
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        result = assign_centers(Places(reference), Policy(), frame, {}, executor)
    assert result.center_ids.tolist() == expected.center_ids.tolist()
    assert result.outcomes == expected.outcomes
    assert solver.LOG.solves - before[0] == alone > 0
    assert solver.LOG.deterministic_time > before[1]


def test_threads_are_not_logged_twice() -> None:
    reference, frame = crowd()
    start = solver.LOG.solves
    assign(reference, frame)
    alone = solver.LOG.solves - start
    with ThreadPoolExecutor(1) as executor:
        assign_centers(Places(reference), Policy(), frame, {}, executor)
    assert solver.LOG.solves - start == 2 * alone


def test_outcomes_are_recomputed_from_the_answer() -> None:
    reference, frame = crowd()
    result = assign(reference, frame)
    opened = {(s, c) for s, c in zip(frame["sitting"], result.center_ids, strict=True)}
    value, bound = outcome(result, "center_sittings")
    assert value == len(opened)
    assert bound <= value
    home = result.center_ids.map({c.center_id: c.exam_point for c in reference.centers})
    assert outcome(result, "outside")[0] == int((home != frame["exam_point"]).sum()) > 0
    assert all(o.status is solver.Status.OPTIMAL for o in result.outcomes)
