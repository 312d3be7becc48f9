"""``who``, ``report --rooms`` and ``report --staff``, and the commitment to the roster."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.tables import STAFF, names
from scheduler.cli import main
from scheduler.pipeline import run_plan
from scheduler.places import Places
from scheduler.plan import read_manifest, write_plan
from scheduler.plan_inputs import PlanOptions
from tests.builders import roster_rows, small_reference, write_data_folder, write_roster
from tests.finished import plan_content


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def plan_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write_plan(folder / "plan", plan_content(folder / "data"))
    return folder / "plan"


# ---------------------------------------------------------------- who


def test_who_answers_for_a_place_and_for_a_candidate(plan_dir: Path) -> None:
    place = run("who", plan_dir, "--center", "230101", "--room", "R2", "--seat", "1")
    assert place.exit_code == 0, place.output
    assert re.search(r"C1-3 .*14:00-15:30 .*A3 .*303-3", place.stdout)
    candidate = run("who", plan_dir, "--candidate", "A3")
    assert candidate.exit_code == 0, candidate.output
    assert re.search(r"C1-4 .*230101 考场230101 .*R2 试室R2 .* 1 ", candidate.stdout)


def test_who_as_json(plan_dir: Path) -> None:
    place = ("--center", "230101", "--room", "R2", "--seat", "1", "--sitting", "C1")
    content = json.loads(run("who", plan_dir, *place, "--json").stdout)
    (version,) = content["versions"]
    assert version["version"]["plan_version"] == 1
    assert [s["candidate_id"] for s in version["sessions"]] == ["A2", "A2", "A3", "A3"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "who takes --center, --room and --seat, or --candidate"),
        (("--center", "230101", "--room", "R2"), "who takes"),
        (("--candidate", "A1", "--seat", "1"), "who takes"),
        (("--center", "x", "--room", "R2", "--seat", "1"), "no center 'x'"),
        (("--center", "230101", "--room", "R2", "--seat", "77"), "seats 1 to 50"),
        (("--candidate", "nobody"), "'nobody' is not in the plan"),
    ],
)
def test_who_asked_wrongly_exits_with_2(
    plan_dir: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("who", plan_dir, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_a_seat_without_anybody_is_an_answer(plan_dir: Path) -> None:
    layout = Places(small_reference()).layouts["230101", "R2"]
    free = min(set(layout.numbers.tolist()) - set(layout.spare_numbers) - {1, 2})
    for number, state in ((free, "free"), (layout.spare_numbers[0], "spare")):
        place = ("--center", "230101", "--room", "R2", "--seat", str(number))
        result = run("who", plan_dir, *place)
        assert result.exit_code == 0, result.output
        assert (result.stdout.count("free"), result.stdout.count("spare")) == (
            (16, 0) if state == "free" else (0, 16)
        )


# ---------------------------------------------------------------- report --rooms


def test_rooms_are_drawn_into_a_folder(plan_dir: Path, tmp_path: Path) -> None:
    result = run("report", plan_dir, "--rooms", "230101", "C1", "--out", tmp_path / "rooms")
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert [p.name for p in paths] == ["230101_C1_R1.svg", "230101_C1_R2.svg"]
    assert all(p.read_bytes().startswith(b"<?xml") for p in paths)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rooms", "9", "C1"), "no center '9'"),
        (("--rooms", "230101", "C1", "--json"), "leave out --staff and --json"),
        (("--out", "x"), "--out goes with --rooms"),
        (("--csv", "x.csv"), "--csv with --staff"),
        (("--staff", "--csv-bom"), "--csv-bom with --csv"),
    ],
)
def test_report_asked_wrongly_exits_with_2(
    plan_dir: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("report", plan_dir, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


# ---------------------------------------------------------------- report --staff


def test_staff_is_printed_written_and_given_as_json(plan_dir: Path, tmp_path: Path) -> None:
    printed = run("report", plan_dir, "--staff")
    assert printed.exit_code == 0, printed.output
    assert re.search(r"230101 +04-09 08:30 +C1-1 +2 +3 +1 +4 +2 +1 +8", printed.stdout)
    out = tmp_path / "new" / "staff.csv"
    assert run("report", plan_dir, "--staff", "--csv", out, "--csv-bom").exit_code == 0
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert list(rows[0]) == names(STAFF)
    listed = json.loads(run("report", plan_dir, "--staff", "--json").stdout)
    assert [{k: str(v) for k, v in row.items()} for row in listed] == rows
    assert len(rows) == 13


# ---------------------------------------------------------------- what is published before


def test_the_digest_is_known_before_the_seed_and_the_manifest_records_both(tmp_path: Path) -> None:
    """First the digest is published, then a seed is taken from a public source."""
    data = write_data_folder(tmp_path / "data")
    roster = write_roster(tmp_path / "roster.csv", roster_rows(12))
    checked = run("check", roster, "--data", data)
    (digest,) = re.findall(r"12 rows; roster digest ([0-9a-f]{64})", checked.stdout)
    for seed in ("00112233445566778899aabbccddeeff", "ff" * 32):
        out = tmp_path / seed
        run_plan(roster, data, out, options=PlanOptions(seed_hex=seed, effort="quick"))
        manifest = read_manifest(out)
        assert (manifest.roster.digest, manifest.roster.rows) == (digest, 12)
        assert manifest.seed == manifest.policy.draw.seed == seed
        assert f'seed = "{seed}"' in (out / "inputs" / "policy.toml").read_text("utf-8")
    verified = run("verify", out, roster)
    assert verified.exit_code == 0, verified.output


def test_another_roster_has_another_digest(tmp_path: Path) -> None:
    data = write_data_folder(tmp_path / "data")
    found = set()
    for subjects in ("1234", "124"):
        roster = write_roster(tmp_path / "roster.csv", roster_rows(5, subjects=subjects))
        found |= set(re.findall(r"digest (\w{64})", run("check", roster, "--data", data).stdout))
    assert len(found) == 2
