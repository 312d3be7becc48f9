"""Roster rows that are wrong or look wrong, one per line of the list of bad inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.places import Center, ExamPoint
from models.policy import Policy
from models.reference import ReferenceData
from tests.builders import (
    center,
    exam_point,
    resident_number,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
)

REFERENCE = small_reference()
DEFAULT = Policy()

Address = tuple[str, int, str]


@dataclass(frozen=True)
class RosterCase:
    """Cells to overwrite in a clean roster of four rows, and the findings that must come.

    ``cells`` are (record number, column, text); ``expected`` are all findings, exactly, as
    (code, record number, column).
    """

    name: str
    cells: Sequence[tuple[int, str, str]]
    expected: Sequence[Address] = ()
    reference: ReferenceData = REFERENCE
    policy: Policy = DEFAULT
    rows: int = 4

    def frame(self) -> Any:
        frame = roster_rows(self.rows)
        for row, column, text in self.cells:
            if column not in frame:
                frame[column] = ""
            frame.loc[row - 2, column] = text
        return frame


def one(name: str, column: str, text: str, code: str = "", **more: Any) -> RosterCase:
    """One cell of record 3 overwritten."""
    return RosterCase(name, [(3, column, text)], [(code, 3, column)] if code else (), **more)


def number(serial: int = 2, **kind: Any) -> str:
    return resident_number(serial, **kind)


def with_check(head: str) -> str:
    """A head of 17 digits with its check character, computed as a sum over powers of two."""
    total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(head))
    return head + "10X98765432"[total % 11]


TWO = number(2)
WRONG_CHECK = TWO[:-1] + ("1" if TWO[-1] != "1" else "2")
X_NUMBER = next(n for n in map(resident_number, range(7, 99)) if n.endswith("X"))

PROVINCES = small_reference(exam=small_exam(provinces=("22", "23")))
TWO_PROVINCES = small_reference(
    exam_points=[exam_point("2301"), exam_point("2201", province="22")],
    centers=[center("230101", "2301"), center("220101", "2201")],
    rooms=[room("230101", "R1"), room("220101", "R1")],
)
NO_PAPER = small_reference(exam=small_exam(sittings=(sitting("C1", "2022-04-09"),)))


def without_subject(number: int) -> ReferenceData:
    full = sitting("C1", "2022-04-09")
    short = full.model_copy(
        update={"session": tuple(s for s in full.session if s.subject != number)}
    )
    return small_reference(
        exam=small_exam(sittings=(short, sitting("C2", "2022-04-10"))),
        specialties=[specialty("101"), specialty("368")],
    )


MORNING = without_subject(4)
FIRST_SITTING_ONLY = Policy.model_validate({"dates": {"group": {"101": {"fixed": ["C1"]}}}})
ALL_FORBIDDEN = Policy.model_validate(
    {"dates": {"group": {"303": {"forbidden": ["C1", "C2", "C3", "C4"]}}}}
)
OWN_ALLOWED = Policy.model_validate({"rules": {"own_employer": "allow"}})


def delegating() -> ReferenceData:
    """2302 delegates to 2301; 2303 overflows to 2301."""
    points: list[ExamPoint] = [
        exam_point("2301"),
        exam_point("2302", delegates_to="2301"),
        exam_point("2303", overflow_to=("2301",)),
    ]
    centers: list[Center] = [
        center("230101", "2301"),
        center("230201", "2302"),
        center("230301", "2303"),
    ]
    return small_reference(
        exam_points=points, centers=centers, rooms=[room(c.center_id, "R1") for c in centers]
    )


DELEGATING = delegating()

ROSTER_CASES = (
    # ------------------------------------------------ identity numbers
    one("R02 scientific", "id_number", "2.30102E+17", "ID_SCIENTIFIC"),
    one("R05 lower-case x", "id_number", X_NUMBER.lower(), "ID_LOWER_X"),
    one("R08 blank inside", "id_number", f"{TWO[:6]} {TWO[6:]}", "ID_SEPARATORS"),
    one("R08 NBSP inside", "id_number", f"{TWO[:6]}\u00a0{TWO[6:]}", "ID_SEPARATORS"),
    one("R08 zero-width inside", "id_number", f"{TWO[:6]}\u200b{TWO[6:]}", "ID_SEPARATORS"),
    one("R08 apostrophe", "id_number", f"'{TWO}", "ID_SEPARATORS"),
    one("R08 hyphens", "id_number", f"{TWO[:6]}-{TWO[6:14]}-{TWO[14:]}", "ID_SEPARATORS"),
    one("R08 tab at the end", "id_number", f"{TWO}\t", "CELL_TRIMMED"),
    one("R08 NBSP before a code", "specialty", "\u00a0101", "CELL_TRIMMED"),
    one("R08 zero-width after a code", "exam_point", "2301\u200b", "CELL_TRIMMED"),
    one("R08 full-width number", "id_number", TWO.replace("2", "２"), "ID_FULL_WIDTH"),
    one("R08 full-width code", "specialty", "１０１", "CODE_FULL_WIDTH"),
    one("R09 fifteen digits", "id_number", "230102700101001", "ID_15_DIGITS"),
    one("R10 seventeen digits", "id_number", TWO[:17], "ID_LENGTH"),
    one("R10 nineteen digits", "id_number", TWO + "1", "ID_LENGTH"),
    one("R10 empty", "id_number", "", "ID_MISSING"),
    one("R10 letter inside", "id_number", "2301021970O1010023", "ID_FORM"),
    one("R01 check digit", "id_number", WRONG_CHECK, "ID_CHECK_DIGIT"),
    one("R12 30 February", "id_number", with_check("23010219700230002"), "ID_BIRTH_DATE"),
    one("R12 month 13", "id_number", with_check("23010219701301002"), "ID_BIRTH_DATE"),
    one("R12 29 February 1900", "id_number", with_check("23010219000229002"), "ID_BIRTH_DATE"),
    one("R12 29 February 2000", "id_number", with_check("23010220000229002")),
    one("R12 in the future", "id_number", number(birth=date(2031, 1, 1)), "ID_BIRTH_RANGE"),
    one("R12 before 1920", "id_number", number(birth=date(1919, 12, 31)), "ID_BIRTH_RANGE"),
    one("R12 under 16", "id_number", number(birth=date(2007, 1, 1)), "ID_BIRTH_RANGE"),
    one("R12 sixteen", "id_number", number(birth=date(2006, 12, 31))),
    one("R13 unknown area", "id_number", number(region="990101"), "ID_AREA"),
    one("R13 abolished county", "id_number", number(region="230124")),
    RosterCase(
        "R16 residence permits",
        [(i, "id_type", "hmt_residence") for i in (2, 3, 4)]
        + [(i, "id_number", number(i, region=r)) for i, r in
           ((2, "810000"), (3, "820000"), (4, "830000"))],
    ),
    one("R16 permit as resident", "id_number", number(region="810000"), "ID_TYPE_REGION"),
    RosterCase("R16 resident as permit", [(3, "id_type", "hmt_residence")],
               [("ID_TYPE_REGION", 3, "id_number")]),
    RosterCase(
        "R16 other documents",
        [
            (2, "id_type", "hk_macau_permit"), (2, "id_number", "H12345678"),
            (3, "id_type", "taiwan_permit"), (3, "id_number", "12345678"),
            (4, "id_type", "foreign_pr"), (4, "id_number", "GBR110000000123"),
            (5, "id_type", "foreign_pr"), (5, "id_number", with_check("91182619800101001")),
            (6, "id_type", "military"), (6, "id_number", "军字第0123号"),
            (7, "id_type", "hk_macau_permit"), (7, "id_number", "M1234567800"),
            (8, "id_type", "taiwan_permit"), (8, "id_number", "A1234567"),
        ],
        rows=7,
    ),
    *(
        RosterCase(f"R16 wrong {kind} {text}", [(3, "id_type", kind), (3, "id_number", text)],
                   [(code, 3, "id_number")])
        for kind, text, code in (
            ("hk_macau_permit", "K12345678", "ID_FORM"),
            ("hk_macau_permit", "H1234567", "ID_FORM"),
            ("taiwan_permit", "123", "ID_FORM"),
            ("foreign_pr", "GBR11000000012X", "ID_FORM"),
            ("foreign_pr", TWO, "ID_FORM"),
            ("foreign_pr", "9118261980", "ID_LENGTH"),
            ("foreign_pr", with_check("91182619800101001")[:-1] + "Z", "ID_FORM"),
            ("foreign_pr", "911826198001010010", "ID_CHECK_DIGIT"),
        )
    ),
    one("R16 unknown type", "id_type", "身份证", "ID_TYPE_UNKNOWN"),
    one("R18 ones", "id_number", "1" * 18, "ID_PLACEHOLDER"),
    one("R18 counting", "id_number", "123456789012345678", "ID_PLACEHOLDER"),
    one("R18 sequence 000", "id_number", with_check("23010219700101000"), "ID_PLACEHOLDER"),
    # ------------------------------------------------ duplicates
    RosterCase("R19 same number, two names", [(3, "id_number", number(1))],
               [("ID_DUPLICATE_NAMES", 2, "id_number"), ("ID_DUPLICATE_NAMES", 3, "id_number")]),
    RosterCase("R21 same person, two specialties",
               [(3, "id_number", number(1)), (3, "name", "张芳伟"), (3, "specialty", "368")],
               [("PERSON_TWICE", 2, "id_number"), ("PERSON_TWICE", 3, "id_number")]),
    RosterCase("R35 variation selectors do not make another person",
               [(3, "id_number", number(1)), (3, "name", "张芳\ufe00伟")],
               [("PERSON_TWICE", 2, "id_number"), ("PERSON_TWICE", 3, "id_number")]),
    RosterCase("R22 one person, two numbers",
               [(2, "photo", "a.jpg"), (3, "photo", "a.jpg"), (2, "name", "李四"), (3, "name",
                   "李四")],
               [("PERSON_TWO_IDS", 2, "photo"), ("PERSON_TWO_IDS", 3, "photo")]),
    RosterCase("R22 one photo, two people", [(2, "photo", "a.jpg"), (3, "photo", "a.jpg")],
               [("PHOTO_SHARED", 2, "photo"), ("PHOTO_SHARED", 3, "photo")]),
    RosterCase("R23 archive number twice", [(3, "candidate_id", "A000001")],
               [("CANDIDATE_ID_DUPLICATE", 2, "candidate_id"),
                ("CANDIDATE_ID_DUPLICATE", 3, "candidate_id")]),
    RosterCase("K07 same archive number in two provinces",
               [(3, "candidate_id", "A000001"), (3, "exam_point", "2201")],
               [("CANDIDATE_ID_TWO_PROVINCES", 2, "candidate_id"),
                ("CANDIDATE_ID_TWO_PROVINCES", 3, "candidate_id")], reference=TWO_PROVINCES),
    RosterCase("K06 province missing", [], [("PROVINCE_MISSING", 0, "exam_point")],
               reference=PROVINCES),
    # ------------------------------------------------ names
    one("R27 empty name", "name", "", "NAME_MISSING"),
    *(one(f"R27 name {text}", "name", text, "NAME_PLACEHOLDER")
      for text in ("NULL", "NA", "nan", "无", "-")),
    one("R28 digits", "name", "张3", "NAME_UNUSUAL"),
    one("R28 Latin", "name", "John Smith", "NAME_UNUSUAL"),
    one("R28 emoji", "name", "张😀", "NAME_EMOJI"),
    one("R30 private use", "name", "张\ue123", "NAME_PRIVATE_USE"),
    one("R32 ends", "name", "\u3000张三 ", "CELL_TRIMMED"),
    one("R32 inside", "name", "张\u3000三", "NAME_INNER_SPACE"),
    one("R33 sixty characters", "name", "张" * 60),
    one("R33 Tibetan", "name", "བསྟན་འཛིན"),
    one("R33 Uyghur", "name", "ئابدۇللا"),
    one("R33 with a dot", "name", "古丽·阿不都"),
    one("R33 too long", "name", "张" * 101, "NAME_TOO_LONG"),
    one("R34 traditional", "name", "張偉"),
    one("R38 SQL", "name", "'; DROP TABLE x; --", "NAME_UNUSUAL"),
    one("R38 HTML", "name", "<script>张</script>", "NAME_UNUSUAL"),
    one("R38 template", "name", "{{张}}", "NAME_UNUSUAL"),
    one("R38 path", "name", "../../张", "NAME_UNUSUAL"),
    one("X31 line separator", "name", "张\u2028三", "CELL_LINE_BREAK"),
    # ------------------------------------------------ codes
    one("R25 decimal", "specialty", "101.0", "CODE_SPREADSHEET_NUMBER"),
    one("R25 exponent", "candidate_id", "2.6E+11", "CODE_SPREADSHEET_NUMBER"),
    one("R39 leading zero", "specialty", "0101", "SPECIALTY_UNKNOWN"),
    one("R39 other characters", "specialty", "101号", "CODE_FORM"),
    one("R40 unknown specialty", "specialty", "999", "SPECIALTY_UNKNOWN"),
    one("R40 no sitting of its mode", "specialty", "203", "SPECIALTY_CLOSED", reference=NO_PAPER),
    one("R40 closed by the policy", "specialty", "304", "SPECIALTY_CLOSED", policy=ALL_FORBIDDEN),
    one("blank archive number", "candidate_id", "", "CODE_MISSING"),
    one("unknown exam point", "exam_point", "2399", "EXAM_POINT_UNKNOWN"),
    one("employer with a blank", "employer", "E 1", "CODE_FORM"),
    RosterCase("R49 employer spelt two ways", [(2, "employer", "e7"), (4, "employer", "E7")],
               [("EMPLOYER_SIMILAR", 2, "employer"), ("EMPLOYER_SIMILAR", 4, "employer")]),
    one("R42 nothing left to sit", "subjects", "", "SUBJECTS_MISSING"),
    one("R42 fifth subject", "subjects", "135", "SUBJECTS_FORM"),
    one("R42 not ascending", "subjects", "21", "SUBJECTS_FORM"),
    one("R42 with separator", "subjects", "1;2", "SUBJECTS_FORM"),
    RosterCase("R42 no sitting holds the subjects",
               [(2, "subjects", "14"), (3, "subjects", "123"), (4, "subjects", "1"), (5, "subjects",
                   "3")],
               [("SUBJECT_WITHOUT_SESSION", 2, "subjects")],
               reference=MORNING, policy=FIRST_SITTING_ONLY),
    one("R44 unknown need", "needs", "wings", "NEED_UNKNOWN"),
    one("R44 one of two unknown", "needs", "accessible;wings", "NEED_UNKNOWN"),
    one("R44 twice", "needs", "accessible;accessible", "NEEDS_FORM"),
    one("R44 empty item", "needs", "accessible;", "NEEDS_FORM"),
    one("two needs", "needs", "separate_room;extra_time"),
    one("R46 yes or no instead of a need", "needs", "是", "NEED_UNKNOWN"),
    one("R48 path", "photo", "../a.jpg", "PHOTO_NAME"),
    one("R48 SVG", "photo", "a.svg", "PHOTO_NAME"),
    one("R48 hidden file", "photo", ".jpg", "PHOTO_NAME"),
    one("R48 photo", "photo", "档案A1.JPEG"),
    # ------------------------------------------------ origins
    RosterCase("origin", [(3, "latitude", "45.8049"), (3, "longitude", "126.5")]),
    RosterCase("origin in words", [(3, "latitude", "45°48'"), (3, "longitude", "126.5")],
               [("COORDINATE_FORM", 3, "latitude")]),
    RosterCase("origin with comma", [(3, "latitude", "45.8"), (3, "longitude", "126,5")],
               [("COORDINATE_FORM", 3, "longitude")]),
    RosterCase("half an origin", [(3, "latitude", "45.8"), (3, "longitude", "")],
               [("COORDINATE_HALF", 3, "longitude")]),
    RosterCase("origin off the globe", [(3, "latitude", "126.5"), (3, "longitude", "45.8")],
               [("COORDINATE_RANGE", 3, "latitude")]),
    RosterCase("longitude off the globe", [(3, "latitude", "45.8"), (3, "longitude", "181")],
               [("COORDINATE_RANGE", 3, "longitude")]),
    RosterCase("origin at sea", [(3, "latitude", "0"), (3, "longitude", "-0.0")],
               [("COORDINATE_ZERO", 3, "latitude")]),
    RosterCase("far origin", [(3, "latitude", "23.1"), (3, "longitude", "113.3")],
               [("COORDINATE_FAR", 3, "latitude")]),
    # ------------------------------------------------ pins
    RosterCase("pins", [(3, "pinned_center", "230101"), (3, "pinned_sitting", "C2")]),
    one("pin unknown center", "pinned_center", "239999", "PIN_UNKNOWN_CENTER"),
    one("pin elsewhere", "pinned_center", "230201", "PIN_OUTSIDE_POINT"),
    RosterCase("pin without seats", [(3, "specialty", "203"), (3, "pinned_center", "230101")],
               [("PIN_CENTER_WITHOUT_SEATS", 3, "pinned_center")]),
    RosterCase("pin at the own employer", [(3, "employer", "E1"), (3, "pinned_center", "230102")],
               [("PIN_OWN_EMPLOYER", 3, "pinned_center")]),
    RosterCase("pin at the own employer, allowed",
               [(3, "employer", "E1"), (3, "pinned_center", "230102")], policy=OWN_ALLOWED),
    one("pin unknown sitting", "pinned_sitting", "C9", "PIN_UNKNOWN_SITTING"),
    one("pin other mode", "pinned_sitting", "P1", "PIN_WRONG_MODE"),
    one("pin forbidden sitting", "pinned_sitting", "C2", "PIN_SITTING_FORBIDDEN",
        policy=FIRST_SITTING_ONLY, reference=small_reference()),
    one("pin sitting without a subject", "pinned_sitting", "C1", "PIN_SITTING_WITHOUT_SUBJECT",
        reference=MORNING),
    RosterCase("pin at the delegate", [(3, "exam_point", "2302"), (3, "pinned_center", "230101")],
               reference=DELEGATING),
    RosterCase("pin at home of a point that delegates",
               [(3, "exam_point", "2302"), (3, "pinned_center", "230201")],
               [("PIN_OUTSIDE_POINT", 3, "pinned_center")], reference=DELEGATING),
    RosterCase("pin at overflow", [(3, "exam_point", "2303"), (3, "pinned_center", "230101")],
               reference=DELEGATING),
    RosterCase("several faults of one pin",
               [(3, "specialty", "203"), (3, "pinned_center", "230301"), (3, "pinned_sitting",
                   "C1")],
               [("PIN_OUTSIDE_POINT", 3, "pinned_center"),
                ("PIN_CENTER_WITHOUT_SEATS", 3, "pinned_center"),
                ("PIN_WRONG_MODE", 3, "pinned_sitting")], reference=DELEGATING),
)  # fmt: skip
