"""Bulk printing: the same bytes however it runs, whole files only, taken up where it was killed."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from models.errors import PlanDirectoryError
from scheduler.cli import main
from scheduler.documents.center_files import Printing, center_file
from scheduler.documents.change_sheet import ChangeKind
from scheduler.documents.rooms import room_sittings
from scheduler.documents.workbook import ROW_LIMIT, Workbook, seat_plan_workbook
from scheduler.export_sources import PlanEdition
from scheduler.plan import read_table
from scheduler.plan_changes import center_changes
from scheduler.plan_figures import plan_figures
from scheduler.printing.files import JOB, print_files
from scheduler.printing.tasks import ticket_tasks
from tests.api.world import facts
from tests.printed import needs_poppler, pages_of
from tests.scheduler.documents.room_people import HOSTILE, placements
from tests.scheduler.test_export import files
from tests.scheduler.verify.plan_factory import make_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_plan(tmp_path_factory.mktemp("plan"))


def export(*words: str | Path) -> str:
    done = CliRunner().invoke(main, ["export", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def requires_sums(folder: Path) -> None:
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    found = {line[66:]: line[:64] for line in sums}
    made = files(folder)
    assert set(made) == {*found, "SHA256SUMS"}
    for name, digest in found.items():
        assert hashlib.sha256(made[name]).hexdigest() == digest


# ---------------------------------------------------------------- the run


def test_processes_change_no_byte_and_packages_are_those_of_the_service(
    plan: tuple[Path, Path], tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    export("documents", *plan, "--all", "--out", one)
    export("documents", *plan, "--all", "--out", two, "--processes", "2")
    assert files(one) == files(two)
    requires_sums(one)
    edition = PlanEdition(*plan)
    for center_id, people in edition.seated([c.center_id for c in edition.facts.centers]):
        whole = center_file(edition.facts, people, "package.zip", Printing())
        assert files(one)[f"{center_id}.zip"] == whole


def test_single_files_are_those_of_the_package(plan: tuple[Path, Path], tmp_path: Path) -> None:
    edition = PlanEdition(*plan)
    center_id = next(edition.seated([c.center_id for c in edition.facts.centers]))[0]
    only = ["--only", "sign-in.pdf", "--only", "seat-plan.csv"]
    export("documents", *plan, "--center", center_id, *only, "--out", tmp_path / "a")
    export("documents", *plan, "--center", center_id, "--out", tmp_path / "b")
    export("stickers", *plan, "--center", center_id, "--labels", "2x5", "--out", tmp_path / "c")
    package = zipfile.ZipFile(tmp_path / "b" / f"{center_id}.zip")
    for name in ("sign-in.pdf", "seat-plan.csv"):
        assert (tmp_path / "a" / center_id / name).read_bytes() == package.read(name)
    assert (tmp_path / "c" / center_id / "stickers.pdf").read_bytes() != package.read(
        "stickers.pdf"
    )


def test_a_run_that_was_killed_is_taken_up_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL at several moments; what is there is whole, and the rest follows."""
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\n"
        "if __name__ == '__main__':\n"
        "    from dataclasses import replace\n"
        "    from pathlib import Path\n"
        "    from scheduler.documents.center_files import Printing\n"
        "    from scheduler.printing.tasks import ticket_tasks\n"
        "    from scheduler.printing.files import print_files\n"
        "    from tests.api.world import facts\n"
        "    from tests.scheduler.documents.room_people import placements\n"
        "    def tasks():\n"
        "        for i in range(10):\n"
        "            people = [replace(p, name='张三', seat=i + 1) for p in placements(9)]\n"
        "            yield from ticket_tasks(f'centers/{i:02d}', people)\n"
        "    out, n = Path(sys.argv[1]), int(sys.argv[2])\n"
        "    print_files(tasks(), out, facts(), Printing(), job={'k': 1}, processes=n)\n"
    )
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}

    def start(out: Path, processes: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(script), str(out), str(processes)]
        return subprocess.Popen(command, env=environment, start_new_session=True)

    assert start(whole, 1).wait(timeout=300) == 0
    expected = files(whole)
    for kill in range(2):
        running = start(broken, 2)
        until, before = time.monotonic() + 200, len(list(broken.rglob("*.pdf")))
        while len(list(broken.rglob("*.pdf"))) < before + 2 and time.monotonic() < until:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert (broken / JOB).exists()
        for name, content in files(broken).items():
            if name.endswith(".pdf"):
                assert content == expected[name], kill
    assert start(broken, 2).wait(timeout=300) == 0
    assert files(broken) == expected
    requires_sums(broken)


def test_another_job_is_not_taken_up(tmp_path: Path) -> None:
    def fail() -> object:
        yield from ticket_tasks("a", placements(2))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        print_files(fail(), tmp_path / "out", facts(), Printing(), job={"k": 1})  # type: ignore[arg-type]
    with pytest.raises(PlanDirectoryError, match="unfinished export of something else"):
        print_files([], tmp_path / "out", facts(), Printing(), job={"k": 2})
    assert print_files(
        ticket_tasks("a", placements(2)), tmp_path / "out", facts(), Printing(), job={"k": 1}
    ) == 1  # fmt: skip
    with pytest.raises(PlanDirectoryError):
        print_files([], tmp_path / "out", facts(), Printing(), job={"k": 1})


# ---------------------------------------------------------------- tickets


@needs_poppler
def test_tickets_come_by_center_unit_and_candidate(plan: tuple[Path, Path], tmp_path: Path) -> None:
    edition = PlanEdition(*plan)
    seated = dict(edition.seated([c.center_id for c in edition.facts.centers]))
    export("tickets", *plan, "--all", "--out", tmp_path / "all")
    for center_id, people in seated.items():
        content = (tmp_path / "all" / "centers" / f"{center_id}-001.pdf").read_bytes()
        pages = pages_of(content)
        assert len(pages) == len(people)
        for person, page in zip(people, pages, strict=True):
            assert person.ticket_number in page
            assert person.id_last4 in page
    roster = pd.read_csv(plan[1], dtype="str", keep_default_na=False)
    someone = next(iter(seated.values()))[0]
    export("tickets", *plan, "--candidate", someone.candidate_id, "--out", tmp_path / "one")
    (page,) = pages_of(
        (tmp_path / "one" / "candidates" / f"{someone.candidate_id}-001.pdf").read_bytes()
    )
    number = str(roster.set_index("candidate_id").loc[someone.candidate_id, "id_number"])
    assert number not in page
    units = Counter(str(e) for e in roster["employer"] if e)
    if units:
        unit = units.most_common(1)[0][0]
        export("tickets", *plan, "--unit", unit, "--out", tmp_path / "unit")
        wanted = set(roster.loc[roster["employer"] == unit, "candidate_id"])
        placed = [p for people in seated.values() for p in people if p.candidate_id in wanted]
        text = pages_of((tmp_path / "unit" / "units" / f"{unit}-001.pdf").read_bytes())
        assert len(text) == len(placed)


def test_a_photo_is_printed_where_the_folder_has_it(tmp_path: Path) -> None:
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (35, 45), "red").save(picture, "PNG")
    (tmp_path / "a.png").write_bytes(picture.getvalue())
    person = placements(1)[0]
    with_photo = next(ticket_tasks("x", [person], {person.candidate_id: tmp_path / "a.png"}))
    without = next(ticket_tasks("x", [person]))
    assert b"/Image" in with_photo.content(facts(), Printing())
    assert b"/Subtype /Image" not in without.content(facts(), Printing())


# ---------------------------------------------------------------- workbooks


def test_whatever_a_name_is_a_workbook_holds_it_as_text() -> None:
    what = facts()
    people = [
        replace(p, name=HOSTILE[i % len(HOSTILE)], id_last4="0012", ticket_number=f"0{i:017d}")
        for i, p in enumerate(placements(20))
    ]
    content = seat_plan_workbook(what, room_sittings(what, people))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("C1 R01")
    rows = sheet.to_python()[2:]
    assert [row[1] for row in rows] == [p.ticket_number for p in people]
    shown = [p.name.replace("\u202e", "〔U+202E〕").replace("\u200b", "〔U+200B〕") for p in people]
    assert [row[2] for row in rows] == shown
    assert {row[3] for row in rows} == {"0012"}
    archive = zipfile.ZipFile(io.BytesIO(content))
    xml = archive.read("xl/worksheets/sheet1.xml").decode()
    for part in ("<f>", "<hyperlink"):
        assert part not in xml
    for part in ('state="frozen"', 'paperSize="9"', 'fitToHeight="0"'):
        assert part in xml
    book = archive.read("xl/workbook.xml").decode()
    assert "_xlnm.Print_Area" in book
    assert "_xlnm.Print_Titles" in book


def test_no_sheet_is_longer_than_programs_open() -> None:
    class Rows:
        def __iter__(self) -> Rows:
            return self

        def __next__(self) -> list[str]:
            return []

    with pytest.raises(ValueError, match=str(ROW_LIMIT)):
        Workbook("x").sheet("a", "a", ["h"], Rows(), [1])


def test_names_of_sheets_are_valid_and_different() -> None:
    book = Workbook("x")
    for name in ("C1 [a]/b", "c1 -a--b", "x" * 40, "x" * 40):
        book.sheet(name, "t", ["h"], [["v"]], [1])
    names = CalamineWorkbook.from_filelike(io.BytesIO(book.content())).sheet_names
    assert names == ["C1 -a--b", "c1 -a--b~2", "x" * 31, "x" * 29 + "~2"]


# ---------------------------------------------------------------- report and changes


@needs_poppler
def test_the_report_counts_what_the_plan_holds(plan: tuple[Path, Path], tmp_path: Path) -> None:
    seats = read_table(plan[0], "seats")
    figures = plan_figures(*plan)
    assert figures.totals[1] == len(seats)
    assert sum(n for _, _, n, _ in figures.dates) == len(seats)
    assert sum(p.candidates for p in figures.places) == len(seats)
    for center_id, _, loads in figures.centers:
        here = seats[seats["center_id"] == center_id]
        for (sitting, subject), load in loads.items():
            there = here[(here["sitting"] == sitting) & here["subjects"].str.contains(str(subject))]
            assert load.occupied == len(there)
    export("report", *plan, "--out", tmp_path / "report")
    assert set(files(tmp_path / "report")) == {"report.pdf", "report.xlsx"}
    text = "".join(pages_of((tmp_path / "report" / "report.pdf").read_bytes()))
    assert f"{len(seats):,}" in text
    for _, name, _ in figures.centers:
        assert name in text


def test_changes_say_who_comes_leaves_and_moves(plan: tuple[Path, Path], tmp_path: Path) -> None:
    """A second version by hand: one leaves, two change seats, one goes to another center."""
    import shutil

    import pyarrow.parquet as pq

    old, new = plan[0], tmp_path / "new"
    shutil.copytree(old, new)
    seats = read_table(old, "seats")
    center_id = seats["center_id"].mode()[0]
    other = next(c for c in seats["center_id"] if c != center_id)
    here = seats.index[seats["center_id"] == center_id]
    moved = seats.drop(here[0]).copy()
    moved.loc[here[1], "seat"] += 1
    moved.loc[here[2], "center_id"] = other
    table = pq.read_table(old / "seats.parquet")
    import pyarrow as pa

    pq.write_table(pa.Table.from_pandas(moved, table.schema, preserve_index=False),
                   new / "seats.parquet")  # fmt: skip
    ids = seats["candidate_id"]

    def names(candidates: object) -> list[str]:
        return [f"name of {c}" for c in candidates]  # type: ignore[attr-defined]

    mine, its = center_changes(old, new, [center_id, other], names)
    found = {c.name: c.kind for c in mine.changes}
    assert found == {
        f"name of {ids[here[0]]}": ChangeKind.LEAVES,
        f"name of {ids[here[1]]}": ChangeKind.MOVES,
        f"name of {ids[here[2]]}": ChangeKind.LEAVES,
    }
    assert mine.unchanged == len(here) - 3
    assert [(c.name, c.kind) for c in its.changes] == [
        (f"name of {ids[here[2]]}", ChangeKind.COMES)
    ]
    assert {c.name: c.elsewhere for c in mine.changes}[f"name of {ids[here[2]]}"]
