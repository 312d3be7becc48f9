"""The report of a plan: figures worked out by hand, and the page that shows them."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from models.errors import PlanDirectoryError
from models.plan import Totals
from scheduler.plan import PlanContent, write_plan
from scheduler.report import Report, render, report_data
from tests.finished import plan_content


@pytest.fixture
def content(tmp_path: Path) -> PlanContent:
    return plan_content(tmp_path / "data")


@pytest.fixture
def report(tmp_path: Path, content: PlanContent) -> Report:
    write_plan(tmp_path / "plan", content)
    shutil.rmtree(tmp_path / "data")
    return report_data(tmp_path / "plan")


def page(report: Report) -> str:
    output = io.StringIO()
    Console(file=output, width=120).print(render(report))
    return output.getvalue()


def test_the_report_is_json(report: Report) -> None:
    assert json.loads(json.dumps(report)) == report


def test_totals_add_up(report: Report) -> None:
    assert report["totals"] == {"in": 11, "placed": 9, "unplaced": 1, "set_aside": 1}


def test_each_sitting_has_people_seats_and_its_busiest_point(report: Report) -> None:
    # Computer rooms: five of 50 machines with 5 spare each; paper: two of 30 desks.
    got = {s["sitting"]: (s["candidates"], s["seats"]) for s in report["sittings"]}
    assert got == {"C1": (4, 225), "C2": (2, 225), "C3": (0, 225), "C4": (0, 225), "P1": (3, 60)}
    busiest = {s["sitting"]: s["busiest"] for s in report["sittings"]}
    # C2: one of 45 machines at 2302 is a larger share than one of 180 at 2301.
    assert busiest["C2"] == {
        "exam_point": "2302", "name_zh": "考点2302", "subject": 4, "occupied": 1, "seats": 45,
        "share": 0.0222,
    }  # fmt: skip
    assert (busiest["P1"]["occupied"], busiest["P1"]["seats"]) == (2, 30)
    assert busiest["C3"] is None


def test_groups_on_more_than_one_date_are_listed(report: Report) -> None:
    assert report["split_groups"] == [
        {"paper_group": "368", "specialties": ["368"], "candidates": {"C1": 1, "C2": 2}}
    ]


def test_unplaced_are_told_by_subjects(report: Report) -> None:
    assert report["unplaced_by_subjects"][0] == {"subjects": "1234", "placed": 4, "unplaced": 1}
    assert sum(r["unplaced"] for r in report["unplaced_by_subjects"]) == 1
    assert sum(r["placed"] for r in report["unplaced_by_subjects"]) == 9


def test_pairs_are_summed_over_rooms(report: Report) -> None:
    # Five (room, sitting) are used, one pair each in the hand-made table.
    assert report["same_paper_pairs"] == {
        "pairs": 5, "bound": 5, "same_form_pairs": 5, "same_employer_pairs": 0,
    }  # fmt: skip


def test_the_page_shows_what_a_planner_asks(report: Report) -> None:
    text = page(report)
    for wanted in (
        "set aside",
        "usable seats",
        "2302 考点2302",
        "25.00%",
        "FEASIBLE",
        "Papers in use: 5",
        "C1 1, C2 2",
        "3 seats needed, 2 there, 1 short",
        "S1:1  one more row in room R2",
        "Seconds per stage",
    ):
        assert wanted in text


def test_a_plan_without_unplaced_or_run_shows_less(tmp_path: Path, content: PlanContent) -> None:
    totals = Totals(**{"in": 9}, placed=9, unplaced=0, set_aside=0)
    everyone = dataclasses.replace(
        content,
        manifest=content.manifest.model_copy(update={"totals": totals}),
        shortages=(),
        tables={**content.tables, "unplaced": content.tables["unplaced"].iloc[:0]},
        run=lambda: {},
    )
    write_plan(tmp_path / "plan", everyone)
    text = page(report_data(tmp_path / "plan"))
    assert "Shortages" not in text
    assert "Seconds" not in text


def test_a_folder_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanDirectoryError):
        report_data(tmp_path)


@pytest.mark.parametrize("file", ["exam.toml", "centers.csv"])
def test_missing_inputs_are_named(tmp_path: Path, content: PlanContent, file: str) -> None:
    write_plan(tmp_path / "plan", content)
    (tmp_path / "plan" / "inputs" / file).unlink()
    with pytest.raises(PlanDirectoryError, match=file):
        report_data(tmp_path / "plan")
