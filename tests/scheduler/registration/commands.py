"""Runs commands in this process and writes the files that they take."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from models.registration_tables import APPLICATIONS, DECISIONS, MARKS
from models.tables import Column, names
from scheduler.cli import main
from tests.builders import write_data_folder
from tests.scheduler.registration.cases import PHOTO, POINT, reference_of

ID_NUMBERS = ("230102199003070031", "230103198511120017", "230102198801011533")


def paikao(*arguments: object, code: int = 0) -> Result:
    """One command; another exit code than this one fails the test."""
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def write(path: Path, columns: tuple[Column, ...], rows: Iterable[Mapping[str, str]]) -> Path:
    """A CSV with all columns; blank where a row says nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names(columns), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def data_folder(folder: Path, year: int = 2022) -> Path:
    """Reference data of a year with the terms of the tests."""
    made = write_data_folder(folder, reference_of(year))
    (made / "registration.toml").write_text("fee = 60\n", encoding="utf-8")
    return made


def application(**changes: str) -> dict[str, str]:
    """A row of a file of applications."""
    return {
        "name": "张三", "id_type": "resident", "id_number": ID_NUMBERS[0], "exam_point": POINT,
        "specialty": "101", "school": "示例医科大学", "graduated_on": "2012-07", "major": "药学",
        "degree": "学士", "study_years": "5", "education": "本科",
        "certificate_number": "100001201205000001", "employer_name": "示例医院",
        "employer_affiliation": "市属", "employer_kind": "公立医院", "photo_hash": PHOTO,
    } | changes  # fmt: skip


def applications(path: Path, *rows: Mapping[str, str]) -> Path:
    return write(path, APPLICATIONS, rows)


def decisions(path: Path, *rows: Mapping[str, str]) -> Path:
    return write(path, DECISIONS, rows)


def marks(path: Path, candidate: str, ticket: str, cells: str, **more: str) -> Path:
    """``70,A`` for subjects 1 and 2; ``-`` is no row."""
    words = {"A": "absent", "V": "void"}
    rows = [
        {
            "candidate_id": candidate, "ticket_number": ticket, "subject": str(n),
            "presence": words.get(cell, "present"), "mark": "" if cell in words else cell,
        } | more
        for n, cell in enumerate(cells.split(","), start=1)
        if cell != "-"
    ]  # fmt: skip
    return write(path, MARKS, rows)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


class Office:
    """A registration office: a folder, a database, and the steps that everybody takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'registration.db'}"

    def run(self, *arguments: object, at: str = "", code: int = 0) -> Result:
        time = ("--at", at) if at else ()
        return paikao(*arguments, "--db", self.url, *time, code=code)

    def open(self, year: int = 2022) -> Path:
        data = data_folder(self.folder / f"data-{year}", year)
        self.run("register", "open", "--data", data, at=f"{year - 1}-12-01T00:00")
        return data

    def load(self, *rows: Mapping[str, str], at: str, code: int = 0) -> Result:
        path = applications(self.folder / "applications.csv", *rows)
        return self.run("register", "load", path, at=at, code=code)

    def decide(self, *rows: Mapping[str, str], at: str, code: int = 0) -> Result:
        path = decisions(self.folder / "decisions.csv", *rows)
        return self.run("register", "decide", path, at=at, code=code)

    def take(self, steps: Sequence[tuple[str, str]]) -> None:
        """Everybody who may take a step takes it at that time."""
        for event, at in steps:
            out = self.folder / f"{event}.csv"
            self.run("register", "worklist", event, "--out", out, at=at)
            if rows_of(out):
                self.run("register", "decide", out, at=at)

    def roster(self, at: str) -> Path:
        out = self.folder / "roster.csv"
        self.run("register", "roster", "--out", out, at=at)
        return out


def year_of_steps(year: int = 2022) -> tuple[tuple[str, str], ...]:
    """Confirmation, review and payment at good times."""
    return (
        ("confirm_on_site", f"{year - 1}-12-31T10:00"),
        ("approve", f"{year}-01-10T10:00"),
        ("pay", f"{year}-02-16T10:00"),
    )
