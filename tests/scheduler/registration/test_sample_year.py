"""Synthetic applications, hundreds daily and 40,000 in the soak, become a roster to plan."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from scheduler.sample import write_sample
from scheduler.sample.applications import write_applications
from tests.scheduler.registration.commands import Office, paikao, rows_of, year_of_steps

ROOMY = Decimal("0.75")
"""In the sample a third shares seats with others; here all are new and nobody shares."""


def registered(folder: Path, candidates: int) -> Office:
    """A sample whose people all went the whole way."""
    sample = folder / "sample"
    write_sample(candidates, 1, sample, tightness=ROOMY)
    web, unit = write_applications(sample)
    assert web + unit == candidates
    office = Office(folder)
    office.run("register", "open", "--data", sample / "data", at="2021-12-01T00:00")
    office.run("register", "load", sample / "applications.csv", at="2021-12-31T00:00")
    office.run("register", "load", sample / "unit_applications.csv", "--unit", "U1",
               at="2021-12-31T00:00")  # fmt: skip
    office.take(year_of_steps())
    return office


def check(folder: Path, candidates: int) -> Path:
    """The roster of the registration is that of the sample, and no finding is about it."""
    office = registered(folder, candidates)
    status = office.run("register", "status", "--json", at="2022-02-26T00:00")
    counts = json.loads(status.output)["*"]
    assert (counts["in"], counts["paid"]) == (candidates, candidates)
    roster = office.roster("2022-02-26T00:00")
    compared = ("candidate_id", "name", "id_type", "id_number", "specialty", "exam_point", "needs",
                "employer", "latitude", "longitude")  # fmt: skip
    ours = {r["candidate_id"]: [r[c] for c in compared] for r in rows_of(roster)}
    theirs = rows_of(folder / "sample" / "roster.csv")
    assert ours == {r["candidate_id"]: [r[c] for c in compared] for r in theirs}
    assert {r["subjects"] for r in rows_of(roster)} == {"1234"}, "everybody is new"
    found = folder / "findings.csv"
    paikao("check", roster, "--data", folder / "sample" / "data", "--findings", found)
    assert [f for f in rows_of(found) if f["file"] == roster.name] == []
    return roster


@pytest.mark.slow
def test_a_small_registration_becomes_a_roster_without_a_finding(tmp_path: Path) -> None:
    check(tmp_path, 300)


@pytest.mark.soak
def test_forty_thousand_applications_become_a_plan(tmp_path: Path) -> None:
    roster = check(tmp_path, 40_000)
    data = tmp_path / "sample" / "data"
    planned = paikao("plan", roster, "--data", data, "--out", tmp_path / "plan",
                     "--effort", "quick")  # fmt: skip
    assert "40,000 placed, 0 unplaced" in planned.output
    paikao("verify", tmp_path / "plan", roster)
