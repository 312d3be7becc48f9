"""Later versions of a plan: numbered on, tickets kept, numbers never given to somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import UsageError
from scheduler.lineage import read_lineage
from scheduler.pipeline import run_plan
from scheduler.plan import read_manifest, read_table, root_hash
from scheduler.plan_inputs import PlanOptions
from scheduler.sample import write_sample
from scheduler.verify.run import verify_plan

LEAVING = 20


def _plan(data: Path, roster: Path, out: Path, *parents: Path) -> Path:
    run_plan(roster, data, out, options=PlanOptions(effort="quick", parents=parents))
    return out


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """Three versions: everybody but the last; without the first twenty; everybody."""
    folder = tmp_path_factory.mktemp("versions")
    write_sample(300, 5, folder)
    header, *rows = (folder / "roster.csv").read_text(encoding="utf-8").splitlines()
    (folder / "roster.csv.sha256").unlink()
    made: list[Path] = []
    for number, kept in enumerate((rows[:-1], rows[LEAVING:], rows), start=1):
        roster = folder / f"roster{number}.csv"
        roster.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
        made.append(_plan(folder / "data", roster, folder / f"plan{number}", *made))
    return folder, made


def test_versions_count_on_and_name_their_parent(versions: tuple[Path, list[Path]]) -> None:
    folder, plans = versions
    manifests = [read_manifest(plan) for plan in plans]
    assert [m.plan_version for m in manifests] == [1, 2, 3]
    assert [m.parent_root_hash for m in manifests] == ["", *(root_hash(p) for p in plans[:2])]
    for number, plan in enumerate(plans, start=1):
        assert verify_plan(plan, folder / f"roster{number}.csv") == ()


def test_a_ticket_number_belongs_to_one_person_for_ever(
    versions: tuple[Path, list[Path]],
) -> None:
    _, plans = versions
    holder: dict[str, str] = {}
    number: dict[str, str] = {}
    for plan in plans:
        seats = read_table(plan, "seats")
        for candidate, ticket in zip(seats["candidate_id"], seats["ticket_number"], strict=True):
            assert holder.setdefault(ticket, candidate) == candidate
            assert number.setdefault(candidate, ticket) == ticket
    assert len(number) == 300


def test_a_line_of_versions_has_no_gap(versions: tuple[Path, list[Path]]) -> None:
    _, (first, second, third) = versions
    code = read_manifest(first).exam_code
    assert read_lineage([third, first, second], code).version == 4
    with pytest.raises(UsageError, match="lacks a version"):
        read_lineage([third, second], code)
    with pytest.raises(UsageError, match="lacks a version"):
        read_lineage([second], code)
    with pytest.raises(UsageError, match="not of OTHER"):
        read_lineage([first], "OTHER")


def test_two_lines_do_not_mix(versions: tuple[Path, list[Path]]) -> None:
    folder, (first, second, _) = versions
    sibling = _plan(folder / "data", folder / "roster3.csv", folder / "sibling", first)
    code = read_manifest(first).exam_code
    with pytest.raises(UsageError, match="not versions of one another"):
        read_lineage([first, second, sibling], code)
