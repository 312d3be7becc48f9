"""Files are taken whole or refused whole, with every reason; and what the lists hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from models.finding_codes import REGISTRATION
from models.registration_tables import (
    APPLICATIONS,
    CERTIFICATES,
    CODE_MAP,
    DECISIONS,
    MARKS,
    PROPOSALS,
    RECEIPTS,
)
from models.tables import Column, names
from scheduler.registration.lists import certificates_by_exam_point
from scheduler.registration.opening import read_facts
from scheduler.registration.rolling import History
from tests.builders import write_data_folder
from tests.scheduler.registration.cases import POINT, edges, examinee, facts, reference_of
from tests.scheduler.registration.commands import (
    ID_NUMBERS,
    Office,
    application,
    marks,
    paikao,
    rows_of,
    write,
    year_of_steps,
)

IN_TIME = "2021-12-21T09:00"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One application, A1, submitted; tests that change nothing share it."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.open()
    office.load(application(candidate_id="A1"), at=IN_TIME)
    return office


def findings(output: str) -> set[str]:
    """Codes in a printed report, also where the table wraps a cell."""
    plain = re.sub(r"\s", "", output)
    return {entry.code for entry in REGISTRATION if entry.code in plain}


# ---------------------------------------------------------------- what refuses a file

APPLICATION_FAULTS: Mapping[str, tuple[dict[str, str], str]] = {
    "a rule": ({"photo_hash": ""}, "RULE_BROKEN"),
    "region": ({"region": "44"}, "REGION_DIFFERS"),
    "photo": ({"photo_hash": "abc"}, "PHOTO_HASH_FORM"),
    "month": ({"graduated_on": "July 2012"}, "MONTH_FORM"),
    "time": ({"time": "yesterday"}, "TIME_FORM"),
    "ahead": ({"time": "2021-12-22T09:00"}, "TIME_AHEAD"),
}
DECISION_FAULTS: Mapping[str, tuple[dict[str, str], str]] = {
    "nobody": ({"candidate_id": "A9"}, "APPLICANT_UNKNOWN"),
    "out of order": ({"event": "pay", "actor": "payments:"}, "RULE_BROKEN"),
    "time": ({"time": "28.12.2021"}, "TIME_FORM"),
    "ahead": ({"time": "2022-12-28T09:00"}, "TIME_AHEAD"),
}
HISTORIC = {
    "name": "张三", "id_type": "resident", "id_number": ID_NUMBERS[0], "exam_point": POINT,
    "specialty": "101",
}  # fmt: skip
ROW = {"candidate_id": "B1", "ticket_number": "T1", "subject": "1", "presence": "present",
       "mark": "60"} | HISTORIC  # fmt: skip
MARK_FAULTS: Mapping[str, tuple[list[Mapping[str, str]], str]] = {
    "blank": ([ROW | {"mark": ""}], "MARK_MISSING"),
    "mark of an absentee": ([ROW | {"presence": "absent"}], "MARK_FORM"),
    "twice": ([ROW, ROW], "MARK_TWICE"),
    "not applied": ([ROW | {"candidate_id": "A1"}], "MARK_UNEXPECTED"),
    "two specialties": ([ROW, ROW | {"subject": "2", "specialty": "303"}], "EXAMINEE_DIFFERS"),
    "another name": ([ROW, ROW | {"subject": "2", "name": "李四"}], "EXAMINEE_DIFFERS"),
    "two tickets": ([ROW, ROW | {"subject": "2", "ticket_number": "T2"}], "EXAMINEE_DIFFERS"),
    "one ticket for two": ([ROW, ROW | {"candidate_id": "B2"}], "TICKET_TWICE"),
    "nobody": ([ROW | {"name": ""}], "EXAMINEE_UNKNOWN"),
}
RAISED_ELSEWHERE = {"MARK_DIFFERS", "MARKS_MISSING", "TERMS_KEY_UNKNOWN", "TERMS_FIELD"}


@pytest.mark.parametrize("name", list(APPLICATION_FAULTS))
def test_a_file_of_applications_is_refused_whole(opened: Office, name: str) -> None:
    changes, code = APPLICATION_FAULTS[name]
    good = application(name="李四", id_number=ID_NUMBERS[1])
    bad = application(name="王五", id_number=ID_NUMBERS[2]) | changes
    refused = opened.load(good, bad, at=IN_TIME, code=3)
    assert findings(refused.output) == {code}
    status = opened.run("register", "status", "--json", at=IN_TIME)
    assert json.loads(status.output)["*"]["in"] == 1, "nothing was half-written"


@pytest.mark.parametrize("name", list(DECISION_FAULTS))
def test_a_decision_file_is_refused_whole(opened: Office, name: str) -> None:
    changes, code = DECISION_FAULTS[name]
    reject = {"candidate_id": "A1", "event": "reject", "actor": f"point:{POINT}", "note": "照片"}
    refused = opened.decide(reject, reject | changes, at="2021-12-28T09:00", code=3)
    assert code in findings(refused.output)
    shown = opened.run("register", "status", "--candidate", "A1", at="2021-12-28T09:00")
    assert "state: submitted" in shown.output


@pytest.mark.parametrize("name", list(MARK_FAULTS))
def test_a_file_of_marks_is_refused_whole(opened: Office, tmp_path: Path, name: str) -> None:
    rows, code = MARK_FAULTS[name]
    path = write(tmp_path / "marks.csv", MARKS, rows)
    refused = opened.run("scores", "load", path, at="2022-05-20T09:00", code=3)
    assert findings(refused.output) == {code}
    assert ID_NUMBERS[0] not in refused.output


def test_every_reason_is_told_at_once(opened: Office) -> None:
    rows = [
        {"candidate_id": f"A{i}", "event": "approve", "actor": f"point:{POINT}"} for i in (7, 8, 9)
    ]
    refused = opened.decide(*rows, at="2021-12-28T09:00", code=3)
    assert refused.output.count("APPLICANT_UNKNOWN") == 3


def test_personal_cells_are_masked(opened: Office) -> None:
    bad = application(name="李四", id_number="230102199003070032")
    refused = opened.load(bad, at=IN_TIME, code=3)
    assert "230102199003070032" not in refused.output
    assert "0032" in refused.output


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fees = 60\n", "TERMS_KEY_UNKNOWN"),
        ("pass_mark = 160\n", "TERMS_FIELD"),
        ("[extended]\n2021 = 2021\n", "TERMS_FIELD"),
    ],
)
def test_wrong_terms_are_refused(tmp_path: Path, text: str, code: str) -> None:
    data = write_data_folder(tmp_path / "data", reference_of(), files={"registration.toml": text})
    url = f"sqlite:///{tmp_path / 'r.db'}"
    refused = paikao("register", "open", "--data", data, "--db", url, code=3)
    assert findings(refused.output) == {code}
    assert not (tmp_path / "r.db").exists()


def test_every_finding_of_a_registration_is_raised_by_a_test() -> None:
    raised = {code for cases in (APPLICATION_FAULTS, DECISION_FAULTS, MARK_FAULTS)
              for _, code in cases.values()}  # fmt: skip
    assert raised | RAISED_ELSEWHERE == {entry.code for entry in REGISTRATION}


def test_terms_and_code_map_are_read(tmp_path: Path) -> None:
    terms = 'fee = 50\npass_mark = 55\n[fee_by_level]\n"中级" = 70\n[extended]\n2021 = 2023\n'
    changes = "year,old_code,subject,new_code\n2022,109,1,101\n"
    data = write_data_folder(
        tmp_path, reference_of(), files={"registration.toml": terms, "code_map.csv": changes}
    )
    made = read_facts(data)
    assert made.terms.fee_of("中级", "134") == 210
    assert made.terms.fee_of("初级（士）", "134") == 150
    assert (made.terms.pass_mark, made.terms.stands_until(2021)) == (55, 2023)
    assert [(c.year, c.old_code, c.subject, c.new_code) for c in made.code_map] == [
        (2022, "109", 1, "101")
    ]


# ---------------------------------------------------------------- what is given out


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Three people: A1 and B2 went all the way, C3 came too late; U1 came by unit."""
    office = Office(tmp_path_factory.mktemp("paid"))
    office.open()
    office.load(
        application(candidate_id="A1"),
        application(candidate_id="B2", name="李四", id_number=ID_NUMBERS[1]),
        at=IN_TIME,
    )
    office.take(year_of_steps())
    late = application(candidate_id="C3", name="王五", id_number=ID_NUMBERS[2])
    path = office.folder / "applications.csv"
    write(path, APPLICATIONS, [late | {"time": "2021-12-22T09:00"}])
    office.run("register", "load", path, at="2022-02-20T09:00")
    return office


def test_status_adds_up_and_the_roster_holds_who_paid(paid: Office) -> None:
    shown = paid.run("register", "status", "--json", at="2022-02-26T00:00")
    counts = json.loads(shown.output)["*"]
    assert (counts["in"], counts["paid"], counts["lapsed"]) == (3, 2, 1)
    roster = paid.roster("2022-02-26T00:00")
    assert [row["candidate_id"] for row in rows_of(roster)] == ["A1", "B2"]
    assert paid.roster("2022-02-16T09:59").read_text().count("\n") == 1, "nobody had paid by then"
    again = paid.roster("2022-02-26T00:00").read_bytes()
    assert again == roster.read_bytes()
    assert Path(f"{roster}.sha256").read_text().endswith("  roster.csv\n")


@pytest.mark.parametrize("edge", list(edges("receipts")))
def test_receipts_are_given_out_in_their_window(paid: Office, tmp_path: Path, edge: str) -> None:
    at, within = edges("receipts")[edge]
    time = at.strftime("%Y-%m-%dT%H:%M:%S")
    out, pdf = tmp_path / "receipts.csv", tmp_path / "receipts.pdf"
    paid.run("register", "receipts", "--out", out, "--pdf", pdf, at=time, code=0 if within else 2)
    assert out.exists() is pdf.exists() is within
    if within:
        assert [row["amount"] for row in rows_of(out)] == ["240", "240"]


def test_marks_are_loaded_once_and_corrected_on_purpose(paid: Office, tmp_path: Path) -> None:
    at = "2022-05-20T09:00"
    first = marks(tmp_path / "a.csv", "A1", "TA", "60,70,80,90")
    loaded = paid.run("scores", "load", first, at=at)
    assert "MARKS_MISSING" in loaded.output, "B2 paid and has none"
    assert paid.run("scores", "load", first, at=at).exit_code == 0, "the same again is no change"
    other = marks(tmp_path / "b.csv", "A1", "TA", "60,70,80,59")
    assert "MARK_DIFFERS" in paid.run("scores", "load", other, at=at, code=3).output
    assert "1 corrected" in paid.run("scores", "load", other, "--correct", at=at).output
    paid.run("scores", "load", first, "--correct", at=at)
    paid.run("scores", "load", marks(tmp_path / "c.csv", "B2", "TB", "A,V,80,90"), at=at)
    paid.run("scores", "certificates", "--out", tmp_path / "out")
    (certificate,) = rows_of(tmp_path / "out" / f"{POINT}.csv")
    assert (certificate["candidate_id"], certificate["ticket_number"]) == ("A1", "TA")
    paid.run("scores", "roll", "--out", tmp_path / "next.csv")
    found = {r["candidate_id"]: r["open_subjects"] for r in rows_of(tmp_path / "next.csv")}
    assert found == {"A1": "", "B2": "12"}


def test_certificates_by_exam_point() -> None:
    passed = "60,60,60,60"
    people = [
        examinee(2022, passed, candidate_id="B", ticket_number="TB", exam_point="2302"),
        examinee(2022, passed, candidate_id="A", ticket_number="TA", document=b"a" * 32),
        examinee(2022, "60,60,60,59", candidate_id="C", ticket_number="TC", document=b"c" * 32),
        examinee(2022, passed, candidate_id="D", ticket_number="TD", document=b"e" * 32),
    ]
    made = certificates_by_exam_point(facts(), History(people), people)
    listed = {point: frame["candidate_id"].tolist() for point, frame in made.items()}
    assert listed == {"2301": ["A", "D"], "2302": ["B"]}


def test_purge_waits_until_nothing_can_be_asked_for(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.open()
    office.load(application(), at=IN_TIME)
    purge = ("register", "purge", "--exam", "WSZG-2022")
    refused = office.run(*purge, at="2023-01-01T00:00", code=3)
    assert "may still be asked for" in refused.output
    office.open(2023)
    office.run(*purge, at="2022-12-31T23:59", code=3)
    dry = office.run(*purge, "--dry-run", at="2022-12-31T23:59")
    assert "applicant 1" in dry.output
    assert "application_event 1" in dry.output
    office.run(*purge, at="2023-01-01T00:00")
    content = b"".join(p.read_bytes() for p in tmp_path.glob("registration.db*"))
    assert "张三".encode() not in content
    again = office.run("register", "status", "--exam", "WSZG-2022", at=IN_TIME, code=3)
    assert "is open in this registration" in again.output


# ---------------------------------------------------------------- the page


PAGE = (ROOT / "docs" / "registration.md").read_text("utf-8")
TABLES: Mapping[str, tuple[Column, ...]] = {
    "Applications": APPLICATIONS,
    "Decisions": DECISIONS,
    "Marks": MARKS,
    "Proposals": PROPOSALS,
    "Certificates": CERTIFICATES,
    "Receipts": RECEIPTS,
    "code_map.csv": CODE_MAP,
}


@pytest.mark.parametrize("title", list(TABLES))
def test_every_column_stands_under_its_file(title: str) -> None:
    section = PAGE.partition(f"\n### {title}\n")[2].partition("\n#")[0]
    assert set(names(TABLES[title])) - set(re.findall(r"`(\w+)", section)) == set()
