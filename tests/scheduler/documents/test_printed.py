"""Documents of a center as poppler reads them: complete, legible, nothing over something else."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import pytest

from models.errors import UsageError
from scheduler.documents.center_files import CENTER_FILES, Printing, center_file, center_package
from scheduler.documents.room_sheets import (
    door_notices_pdf,
    paper_lists_pdf,
    room_records_pdf,
    sign_in_pdf,
)
from scheduler.documents.rooms import RoomSitting, room_sittings
from scheduler.documents.seat_grid import NAME_FLOOR, seat_grids_pdf
from scheduler.documents.stickers import LABEL_SHEETS, label_sheet, stickers_pdf
from scheduler.documents.texts import Language
from scheduler.documents.ticket import TicketMaker, tickets_pdf
from scheduler.documents.ticket_page import ticket_page
from tests.api.world import facts
from tests.printed import codes_of, letters_of, needs_poppler, overlapping, pages_of
from tests.scheduler.documents.room_people import HOSTILE, LONG, SIXTY, placements, room

ID_NUMBER = "230103199001011234"


def squeezed(text: str) -> str:
    return "".join(text.split())


@needs_poppler
def test_a_room_of_a_hundred_machines_fits_one_page_with_names_of_seven_points() -> None:
    what, made = room()
    content = seat_grids_pdf(what, [made])
    grid, full = pages_of(content)
    for row in made.rows:
        assert row.ticket_number in grid
    letters = letters_of(content)
    han = [letter for letter in letters if letter.text in set("张欧阳修远买提卜杜拉热李𠮷王㼆赵六")]
    assert len(han) > 300
    assert min(letter.size for letter in han) >= NAME_FLOOR == 7
    assert overlapping(letters) == []
    assert min(letter.left for letter in letters) > 20
    assert max(letter.right for letter in letters) < 822
    assert SIXTY in squeezed(full)


def test_the_grid_looks_like_the_room() -> None:
    """Row snake: 1 to 10 from left to right in front, 11 to 20 back again behind."""
    what, made = room()
    ten = RoomSitting(made.center, made.sitting, made.room, made.name, (), made.subjects)
    letters = letters_of(seat_grids_pdf(what, [ten]))
    rows: dict[int, str] = {}
    for letter in sorted(letters, key=lambda each: (-round(each.bottom), each.left)):
        if letter.size == 8:
            key = round(letter.bottom / 5)
            rows[key] = rows.get(key, "") + letter.text
    assert [rows[key] for key in sorted(rows, reverse=True)][:3] == [
        "12345678910", "20191817161514131211", "21222324252627282930",
    ]  # fmt: skip


@needs_poppler
def test_only_those_who_sit_the_subject_sign_in_and_heads_are_repeated() -> None:
    what, made = room()
    content = sign_in_pdf(what, [made])
    pages = pages_of(content)
    assert all("签名" in page and "准考证号" in page for page in pages)
    first = [page for page in pages if "基础知识" in page]
    third = [page for page in pages if "08:30" not in page and "14:00" in page]
    assert len(first) >= 3
    assert f"共 {len(first)} 页" in first[0]
    assert "2022230100013" in "".join(first)
    assert "2022230101013" not in "".join(first)
    assert "2022230101013" in "".join(third)
    assert "延时至 10:23" in "".join(first)
    assert squeezed(LONG) in squeezed("".join(first))
    assert squeezed(SIXTY) in squeezed("".join(first))
    assert all("第 1 版" in page and "010101010101" in page for page in pages)


@needs_poppler
def test_a_door_shows_ranges_and_numbers_but_no_person() -> None:
    what, made = room()
    (page,) = pages_of(door_notices_pdf(what, [made]))
    assert "2022230100001 – 2022230101091" in page
    assert "303 内科学（98）" in page
    assert not any(row.name in page for row in made.rows)


@needs_poppler
def test_stickers_name_both_people_of_a_shared_seat_with_their_hours() -> None:
    what, made = room()
    for labels in LABEL_SHEETS.values():
        content = stickers_pdf(what, [made], labels=labels)
        pages = pages_of(content)
        assert len(pages) == -(-98 // labels.labels)
        text = squeezed("".join(pages))
        for row in made.rows:
            assert row.ticket_number in text
        assert "08:3010:452022230100013" in text
        assert "14:0016:152022230101013" in text
        for page in range(len(pages)):
            assert overlapping(letters_of(content, page)) == []


@pytest.mark.parametrize("text", ["3x9", "3x8:70x37@0", "3x9:70x37", "0x8:70x37", "2x2:30x10", "x"])
def test_labels_that_no_sheet_has_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        label_sheet(text)


def test_labels_of_any_size_stand_in_the_middle_unless_told() -> None:
    made = label_sheet("2x6:90x40+5,2")
    assert (made.left, made.top, made.labels) == (12.5, 23.5, 12)
    assert label_sheet("2x6:90x40@1.5,2").left == 1.5


@needs_poppler
def test_room_record_and_paper_list_count_the_session() -> None:
    what, made = room()
    records = pages_of(room_records_pdf(what, [made]))
    assert len(records) == 4
    assert "98 人" in records[0]
    assert "延时至 10:23" in records[0]
    (papers,) = pages_of(paper_lists_pdf(what, [made]))
    for text in ("303-1", "101-3", "392"):
        assert text in papers


# ---------------------------------------------------------------- ticket


@needs_poppler
@pytest.mark.parametrize("language", list(Language))
def test_a_ticket_says_everything_on_one_page(language: Language) -> None:
    """Ordinary, long, rare and hostile names; one and four subjects."""
    what = facts()
    maker = TicketMaker(what, language)
    base = replace(placements(1)[0], needs=("extra_time",))
    people = [
        replace(
            base, name=name, subjects="3" if i % 2 else "1234", ticket_number=f"20222301{i:05d}"
        )
        for i, name in enumerate(("张三", SIXTY, "李𠮷㼆", "易𫖯思", *HOSTILE))
    ]
    content = tickets_pdf(what, [maker.ticket(p, id_number=ID_NUMBER) for p in people], language)
    pages = pages_of(content)
    assert len(pages) == len(people)
    for number, (person, page) in enumerate(zip(people, pages, strict=True)):
        text = squeezed(page)
        for expected in (
            ID_NUMBER, person.ticket_number, "303内科学", "第230101考场", "示例路230101号",
            "R01机房（R01）", "0451-00000000", "14:00–15:53", "010101010101",
        ):  # fmt: skip
            assert squeezed(expected) in text
        day = "2022年4月9日" if language is Language.ZH else "2022-04-09"
        assert text.count(day) == len(person.subjects)
        shown = person.name.replace("\u202e", "〔U+202E〕").replace("\u200b", "〔U+200B〕")
        assert squeezed(shown) in text
        assert codes_of(content, number) == [f"{person.ticket_number}/1/010101010101"]


def test_a_ticket_printed_by_others_shows_the_last_four() -> None:
    person = placements(1)[0]
    ticket = TicketMaker(facts()).ticket(person)
    assert ticket.document == ("证件号后四位", person.id_last4)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_inert_on_the_page(name: str) -> None:
    what = facts()
    person = replace(placements(1)[0], name=name)
    page = ticket_page(what, TicketMaker(what).ticket(person)).decode()
    assert "<b>张" not in page
    assert "\u202e" not in page
    assert "\u200b" not in page
    assert "<script" not in page
    assert page.count("<td") == 10 + 4 * 4


# ---------------------------------------------------------------- all of a center


def test_every_file_has_the_same_bytes_twice_and_the_package_holds_them_all() -> None:
    what, people = facts(), placements()
    package = center_package(what, people, Printing())
    assert package == center_package(what, people[::-1], Printing())
    archive = zipfile.ZipFile(io.BytesIO(package))
    manifest = json.loads(archive.read("manifest.json"))
    assert [f["name"] for f in manifest["files"]] == list(CENTER_FILES)
    assert manifest["root_hash"] == what.root_hash
    for file in manifest["files"]:
        content = archive.read(file["name"])
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
        assert content == center_file(what, people, file["name"], Printing())
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_english_documents_are_other_documents() -> None:
    what, people = facts(), placements(30)
    for name in CENTER_FILES:
        zh = center_file(what, people, name, Printing())
        en = center_file(what, people, name, Printing(Language.EN))
        assert (zh == en) is (name == "seat-plan.csv")


@needs_poppler
def test_a_room_too_large_for_a_page_is_spread_over_several() -> None:
    """A hall of 20 x 20: every seat stands on exactly one page."""
    what = facts()
    rooms = tuple(
        r.model_copy(update={"rows": 20, "columns": 20}) if r.room_id == "R01" else r
        for r in what.rooms
    )
    large = what.model_copy(update={"rooms": rooms})
    (made,) = room_sittings(large, placements(400))
    pages = pages_of(seat_grids_pdf(large, [made]))
    assert len(pages) > 2
    whole = " ".join(pages[:-1])
    assert all(whole.count(row.ticket_number) == 1 for row in made.rows)
