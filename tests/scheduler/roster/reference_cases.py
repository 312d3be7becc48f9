"""Reference data that is wrong or looks wrong, one per line of the list of bad inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.builders import (
    Edit,
    center,
    exam_point,
    exam_toml,
    reference_tables,
    room,
    small_exam,
    small_reference,
)

REFERENCE = small_reference()
EXAM = exam_toml(REFERENCE.exam)
C1_1 = 'start = "2022-04-09T08:30"'

Address = tuple[str, str, int, str]


@dataclass(frozen=True)
class ReferenceCase:
    """A data folder with changes, and all findings: (code, file, row, column)."""

    name: str
    expected: Sequence[Address] = ()
    edits: Mapping[str, Sequence[Edit]] = field(default_factory=dict)
    files: Mapping[str, str | bytes | None] = field(default_factory=dict)


def cell(name: str, file: str, row: int, column: str, text: str, code: str = "",
         *more: Address) -> ReferenceCase:  # fmt: skip
    """One cell of one table overwritten."""
    expected = ([(code, file, row, column)] if code else []) + list(more)
    return ReferenceCase(name, expected, {file: [(row, column, text)]})


def exam(name: str, old: str, new: str, code: str = "", column: str = "",
         *more: Address, row: int = 0) -> ReferenceCase:  # fmt: skip
    """A text of ``exam.toml`` replaced, once; it must be there."""
    assert old in EXAM, old
    expected = ([(code, "exam.toml", row, column)] if code else []) + list(more)
    return ReferenceCase(name, expected, files={"exam.toml": EXAM.replace(old, new, 1)})


def session(subject: int, start: str, end: str) -> str:
    return f'[[sitting.session]]\nsubject = {subject}\nstart = "{start}"\nend = "{end}"\n'


def closure(name: str, cells: Mapping[str, str], *codes: tuple[str, str]) -> ReferenceCase:
    """One closure, record 2."""
    return ReferenceCase(
        name,
        [(code, "closures.csv", 2, column) for code, column in codes],
        {"closures.csv": [(2, column, text) for column, text in cells.items()]},
    )


EMPTY_ROOMS = ",".join(reference_tables(REFERENCE)["rooms.csv"].columns) + "\n"
HEADER_ONLY = "code,name_zh,level,mode,paper_1,paper_2,paper_3,paper_4,needs_licence\n"
WITHOUT_LEVEL = HEADER_ONLY.replace("level,", "") + "1,a,computer,a,b,c,d,true\n"
EXTRA_SITTING = '[[sitting]]\nid = "X1"\nmode = "computer"\nname_zh = "X"\n'
NO_PAPER_SITTING = EXAM[: EXAM.index('[[sitting]]\nid = "P1"')] + EXAM[EXAM.index("[[window]]") :]

REFERENCE_CASES = (
    # ------------------------------------------------ exam.toml
    ReferenceCase("as built"),
    ReferenceCase("exam.toml missing", [("FILE_NOT_FOUND", "exam.toml", 0, "")],
                  files={"exam.toml": None}),
    ReferenceCase("exam.toml in GBK", [("ENCODING_UNKNOWN", "exam.toml", 0, "")],
                  files={"exam.toml": EXAM.encode("gbk")}),
    ReferenceCase("exam.toml with mark", files={"exam.toml": b"\xef\xbb\xbf" + EXAM.encode()}),
    exam("not TOML", "year = 2022", "year = = 2022", "TOML_SYNTAX", "", row=4),
    exam("unknown key", "year = 2022", 'year = 2022\nmotto = "x"', "EXAM_KEY_UNKNOWN",
        "exam.motto"),
    exam("unknown key in a sitting", 'mode = "computer"', 'mode = "computer"\ncolour = "red"',
         "EXAM_KEY_UNKNOWN", "sitting.C1.colour"),
    exam("unknown key in a session", C1_1, f'{C1_1}\nroom = "1"', "EXAM_KEY_UNKNOWN",
         "sitting.C1.session.1.room"),
    exam("unknown table", "[exam]", "[party]\n[exam]", "EXAM_KEY_UNKNOWN", "party"),
    exam("exam as a list of tables", "[exam]", "[[exam]]", "EXAM_FIELD", "exam",
         *(("EXAM_FIELD", "exam.toml", 0, f"exam.{key}") for key in
           ("code", "name_zh", "year", "timezone", "spare_ratio"))),
    exam("no year", "year = 2022\n", "", "EXAM_FIELD", "exam.year"),
    exam("unknown zone", "Asia/Shanghai", "Asia/Peking", "EXAM_FIELD", "exam"),
    exam("S13 ratio as text", "spare_ratio = 0.10", 'spare_ratio = "a tenth"', "EXAM_FIELD",
         "exam.spare_ratio"),
    exam("S13 ratio infinite", "spare_ratio = 0.10", "spare_ratio = inf", "EXAM_FIELD",
         "exam.spare_ratio"),
    exam("S13 ratio negative", "spare_ratio = 0.10", "spare_ratio = -0.1", "EXAM_FIELD",
         "exam.spare_ratio"),
    exam("S13 extra time negative", "extra_time_ratio = 0.25", "extra_time_ratio = -1",
         "EXAM_FIELD", "exam.needs.1.extra_time_ratio"),
    exam("a sitting twice", 'id = "C2"', 'id = "C1"', "EXAM_FIELD", "exam"),
    exam("an unknown mode", 'mode = "computer"', 'mode = "oral"', "EXAM_FIELD", "sitting.C1.mode"),
    exam("a subject that is not declared",
         '[[subject]]\nnumber = 4\nkey = "subject_4"\nname_zh = "专业实践能力"\n', "",
         "EXAM_FIELD", "exam"),
    exam("five sessions", '[[sitting]]\nid = "C2"',
         session(1, "2022-04-09T18:30", "2022-04-09T19:00") + '[[sitting]]\nid = "C2"',
         "SITTING_TOO_MANY_SESSIONS", "sitting.C1",
         ("SESSION_OVERLAP", "exam.toml", 0, "sitting.C1")),
    exam("sessions that are no tables", '[[subject]]', EXTRA_SITTING + "session = 3\n[[subject]]",
         "EXAM_FIELD", "sitting.X1"),
    exam("a session of subject nine", '[[sitting]]\nid = "C2"',
         EXTRA_SITTING + session(9, "2022-04-11T09:00",
             "2022-04-11T10:00") + '[[sitting]]\nid = "C2"',
         "EXAM_FIELD", "sitting.X1.session.9.subject"),
    exam("S03 overlapping sessions", 'start = "2022-04-09T10:45"', 'start = "2022-04-09T09:45"',
         "SESSION_OVERLAP", "sitting.C1"),
    exam("S03 a subject twice", "subject = 2\nstart", "subject = 1\nstart", "SESSION_OVERLAP",
         "sitting.C1"),
    exam("a session that ends first", 'end = "2022-04-09T10:00"', 'end = "2022-04-09T08:00"',
         "EXAM_FIELD", "sitting.C1.session.1"),
    exam("S04 another year",
        EXAM[EXAM.index('[[sitting]]\nid = "C4"'):EXAM.index('[[sitting]]\nid = "P1"')],
         '[[sitting]]\nid = "C4"\nmode = "computer"\nname_zh = "C4"\n'
         + session(1, "2023-04-09T08:30", "2023-04-09T10:00"),
         "SESSION_OUTSIDE_YEAR", "sitting.C4.session.1"),
    exam("S04 outside the window", "[[window]]",
         '[[window]]\nkey = "exam"\nopens = "2022-04-09"\ncloses = "2022-04-16"\n[[window]]',
         "SESSION_OUTSIDE_WINDOW", "sitting.C4.session.1",
         *(("SESSION_OUTSIDE_WINDOW", "exam.toml", 0, f"sitting.C4.session.{i}") for i in (2, 3,
             4))),
    exam("a window that closes first", 'closes = "2022-02-25"', 'closes = "2022-02-05"',
         "EXAM_FIELD", "exam.windows.0"),
    exam("S05 full-width colon", C1_1, 'start = "2022-04-09T08：30"', "SESSION_TIME_NORMALISED",
         "sitting.C1.session.1.start"),
    exam("S05 24:00", 'end = "2022-04-09T17:45"', 'end = "2022-04-09T24:00"',
         "SESSION_TIME_NORMALISED", "sitting.C1.session.4.end"),
    *(exam(f"S05 {text}", C1_1, f'start = "{text}"', "SESSION_TIME", "sitting.C1.session.1.start")
      for text in ("2022-04-09T9.5", "下午2点", "0.375", "2022-04-09 9:30", "2022-02-30T09:00",
                   "2022-04-09T24:30")),
    exam("S05 a fraction of a day", C1_1, "start = 0.375", "SESSION_TIME",
         "sitting.C1.session.1.start"),
    exam("a TOML date-time", C1_1, "start = 2022-04-09T08:30:00"),
    *(exam(f"S06 zone {text}", C1_1, f"start = {text}", "SESSION_ZONE",
           "sitting.C1.session.1.start")
      for text in ('"2022-04-09T08:30+08:00"', '"2022-04-09T08:30Z"', "2022-04-09T08:30:00+09:00")),
    exam("S09 short break", 'start = "2022-04-09T10:45"', 'start = "2022-04-09T10:05"',
         "BREAK_SHORT", "sitting.C1.session.1",
         ("NEED_OVERRUN", "exam.toml", 0, "sitting.C1.session.1")),
    exam("S09 extra time runs into the next session", "extra_time_ratio = 0.25",
         "extra_time_ratio = 0.51", "NEED_OVERRUN", "sitting.C1.session.1",
         *(("NEED_OVERRUN", "exam.toml", 0, f"sitting.{s}.session.{i}")
           for s in ("C1", "C2", "C3", "C4") for i in (1, 3) if (s, i) != ("C1", 1))),
    exam("extra time that just fits", "extra_time_ratio = 0.25", "extra_time_ratio = 0.5"),
    exam("S09 extra time runs into the next sitting", 'end = "2022-04-09T17:45"',
         'end = "2022-04-10T08:00"', "NEED_OVERRUN", "sitting.C1.session.4"),
    exam("S03 two sittings of one mode overlap", 'end = "2022-04-09T17:45"',
         'end = "2022-04-10T08:45"', "SESSION_OVERLAP", "sitting.C1.session.4"),
    ReferenceCase("S10 no sitting on paper", [("SPECIALTY_WITHOUT_SITTING", "specialties.csv", 3,
        "mode")],
                  files={"exam.toml": NO_PAPER_SITTING}),
    cell("S10 a sitting for nobody", "specialties.csv", 3, "mode", "computer", "",
         ("SITTING_WITHOUT_SPECIALTY", "exam.toml", 0, "sitting.P1")),
    exam("S12 a need that no room offers", "[[need]]", '[[need]]\nid = "braille"\n[[need]]',
         "NEED_WITHOUT_SEATS", "need.braille"),
    exam("a province without exam point", "provinces = []", 'provinces = ["22", "23"]',
         "UNKNOWN_REFERENCE", "exam.provinces"),
    ReferenceCase("S15 last minute of the year",
                  files={"exam.toml": EXAM.replace(
                      'end = "2022-04-17T17:45"', 'end = "2022-04-17T24:00"').replace(
                      "2022-04-17T", "2022-12-31T")},
                  expected=[("SESSION_TIME_NORMALISED", "exam.toml", 0,
                      "sitting.C4.session.4.end")]),
    # ------------------------------------------------ tables as such
    ReferenceCase("no rooms.csv", [("FILE_NOT_FOUND", "rooms.csv", 0, ""),
                                   *(("CENTER_WITHOUT_ROOMS", "centers.csv", i,
                                       "center_id") for i in (2, 3, 4))],
                  files={"rooms.csv": None}),
    ReferenceCase("rooms.csv with a header only",
                  [("CENTER_WITHOUT_ROOMS", "centers.csv", i, "center_id") for i in (2, 3, 4)],
                  files={"rooms.csv": EMPTY_ROOMS}),
    ReferenceCase("specialties.csv with a header only", [("FILE_EMPTY", "specialties.csv", 0, "")],
                  files={"specialties.csv": HEADER_ONLY}),
    ReferenceCase("X18 a column missing", [("HEADER_MISSING", "specialties.csv", 1, "level")],
                  files={"specialties.csv": WITHOUT_LEVEL}),
    ReferenceCase(
        "X18 an unknown column", [("UNKNOWN_COLUMN", "exam_points.csv", 1, "mayor")],
        files={"exam_points.csv": "mayor," + reference_tables(REFERENCE)["exam_points.csv"].to_csv(
            index=False, lineterminator="\n").replace("\n2", "\n,2")}),
    cell("a blank name", "centers.csv", 2, "name_zh", " ", "TEXT_MISSING"),
    cell("blanks around a code", "centers.csv", 2, "exam_point", " 2301 ", "CELL_TRIMMED"),
    cell("X16 error text", "centers.csv", 2, "address", "#VALUE!", "CELL_ERROR"),
    cell("X27 garbled", "centers.csv", 2, "address", "锟斤拷路", "TEXT_MOJIBAKE"),
    cell("C15 a long address with everything", "centers.csv", 2, "address", 'a,"b"\n' + "c" * 500),
    cell("C14 code with a decimal point", "centers.csv", 3, "exam_point", "2301.0",
         "CODE_SPREADSHEET_NUMBER"),
    cell("code with a blank", "rooms.csv", 2, "room_id", "R 1", "CODE_FORM"),
    cell("code missing", "rooms.csv", 2, "room_id", "", "CODE_MISSING"),
    # ------------------------------------------------ specialties, exam points
    cell("S01 specialty twice", "specialties.csv", 3, "code", "101", "CODE_DUPLICATE"),
    cell("level with plain brackets", "specialties.csv", 2, "level", "初级(士)", "CHOICE_UNKNOWN"),
    cell("licence in words", "specialties.csv", 2, "needs_licence", "是", "CHOICE_UNKNOWN"),
    ReferenceCase(
        "exam point twice", [("CODE_DUPLICATE", "exam_points.csv", 4, "exam_point")],
        {"exam_points.csv": [(4, "name_zh", "x")]}),
    cell("delegates to nobody", "exam_points.csv", 3, "delegates_to", "2309", "UNKNOWN_REFERENCE",
         ("POINT_WITHOUT_CENTER", "exam_points.csv", 3, "exam_point")),
    cell("delegates to itself", "exam_points.csv", 3, "delegates_to", "2302", "DELEGATION_CHAIN"),
    ReferenceCase("delegates in a circle",
                  [("DELEGATION_CHAIN", "exam_points.csv", i, "delegates_to") for i in (2, 3)],
                  {"exam_points.csv": [(2, "delegates_to", "2302"), (3, "delegates_to", "2301")]}),
    ReferenceCase("overflows to a point that delegates",
                  [("DELEGATION_CHAIN", "exam_points.csv", 2, "overflow_to"),
                   ],
                  {"exam_points.csv": [(2, "overflow_to", "2302"),
                                       (3, "delegates_to", "2301")]}),
    cell("overflows to itself", "exam_points.csv", 3, "overflow_to", "2302", "OVERFLOW_SELF"),
    cell("overflows to nobody", "exam_points.csv", 3, "overflow_to", "2301;2309",
         "UNKNOWN_REFERENCE"),
    cell("overflow list with a gap", "exam_points.csv", 3, "overflow_to", "2301;", "LIST_FORM"),
    cell("overflow list with commas", "exam_points.csv", 3, "overflow_to", "2301,2309",
        "CODE_FORM"),
    cell("latitude in words", "exam_points.csv", 3, "latitude", "北纬45度", "COORDINATE_FORM"),
    cell("latitude off the globe", "exam_points.csv", 3, "latitude", "126.5", "COORDINATE_RANGE"),
    cell("longitude off the globe", "exam_points.csv", 3, "longitude", "-181", "COORDINATE_RANGE"),
    ReferenceCase("at sea", [("COORDINATE_ZERO", "exam_points.csv", 3, "latitude")],
                  {"exam_points.csv": [(3, "latitude", "0"), (3, "longitude", "0.0")]}),
    ReferenceCase("C11 a point without center",
                  [("POINT_WITHOUT_CENTER", "exam_points.csv", 4, "exam_point")],
                  {"exam_points.csv": [(4, "exam_point", "2303")]}),
    # ------------------------------------------------ centers
    ReferenceCase("C01 center twice", [("CODE_DUPLICATE", "centers.csv", 5, "center_id")],
                  {"centers.csv": [(5, "address", "elsewhere")]}),
    *(cell(f"C03 capacity {text or 'blank'}", "centers.csv", 2, "computer_seats", text, code)
      for text, code in (("3.5", "NUMBER_FORM"), ("约50", "NUMBER_FORM"), ("-3", "NUMBER_RANGE"),
                         ("", "TEXT_MISSING"), ("100001", "NUMBER_RANGE"))),
    ReferenceCase("C03 capacity zero", [("CENTER_WITHOUT_SEATS", "centers.csv", 2,
        "computer_seats")],
                  {"centers.csv": [(2, "computer_seats", "0"), (2, "paper_seats", "0")]}),
    cell("capacity differs", "centers.csv", 3, "paper_seats", "31", "CAPACITY_DIFFERS"),
    cell("center of an unknown point", "centers.csv", 4, "exam_point", "2399", "UNKNOWN_REFERENCE",
         ("POINT_WITHOUT_CENTER", "exam_points.csv", 3, "exam_point")),
    ReferenceCase("C08 one hall, two names", [("SAME_SITE", "centers.csv", 3, "address")],
                  {"centers.csv": [(row, c, t) for row in (2, 3) for c, t in
                                   (("address", "中山路1号"), ("latitude", "45.8"), ("longitude",
                                       "126.6"))]}),
    ReferenceCase("a center far away", [("COORDINATE_FAR", "centers.csv", 2, "latitude")],
                  {"centers.csv": [(2, "latitude", "23.1"), (2, "longitude", "113.3")]}),
    ReferenceCase("C14 leading zeros lost",
                  [("CODE_LENGTH_MIXED", "centers.csv", 2, "center_id"),
                   *(("UNKNOWN_REFERENCE", "rooms.csv", i, "center_id") for i in (2, 3, 4)),
                   ("CENTER_WITHOUT_ROOMS", "centers.csv", 2, "center_id")],
                  {"centers.csv": [(2, "center_id", "1")],
                   "rooms.csv": [(i, "center_id", "000001") for i in (2, 3, 4)]}),
    cell("center without rooms", "centers.csv", 5, "center_id", "230202", "",
         ("CENTER_WITHOUT_ROOMS", "centers.csv", 5, "center_id"),
         ("SAME_SITE", "centers.csv", 5, "address")),
    # ------------------------------------------------ rooms
    cell("C01 room twice", "rooms.csv", 3, "room_id", "R1", "CODE_DUPLICATE"),
    cell("C03 rows 0", "rooms.csv", 3, "rows", "0", "NUMBER_RANGE"),
    cell("C03 columns in words", "rooms.csv", 3, "columns", "十", "NUMBER_FORM"),
    cell("C06 spare equals present", "rooms.csv", 3, "spare", "50", "SPARE_EXCEEDS"),
    cell("C06 spare exceeds present", "rooms.csv", 3, "spare", "51", "SPARE_EXCEEDS"),
    cell("C06 below the standard", "rooms.csv", 3, "spare", "4", "SPARE_BELOW_STANDARD",
         ("CAPACITY_DIFFERS", "centers.csv", 2, "computer_seats")),
    ReferenceCase("C06 ratio below the standard",
                  [("SPARE_BELOW_STANDARD", "exam.toml", 0, "exam.spare_ratio")],
                  {"centers.csv": [(2, "computer_seats", "138"), (3, "computer_seats", "46"),
                                   (4, "computer_seats", "46")]},
                  {"exam.toml": EXAM.replace("spare_ratio = 0.10", "spare_ratio = 0.07")}),
    cell("C07 a huge room", "rooms.csv", 3, "rows", "101", "ROOM_SIZE_UNUSUAL",
         ("CAPACITY_DIFFERS", "centers.csv", 2, "computer_seats")),
    cell("C07 a paper room above 30", "rooms.csv", 6, "rows", "6", "ROOM_SIZE_UNUSUAL",
         ("CAPACITY_DIFFERS", "centers.csv", 3, "paper_seats")),
    cell("C07 a small separate room", "rooms.csv", 4, "rows", "1", "",
         ("CAPACITY_DIFFERS", "centers.csv", 2, "computer_seats")),
    cell("C07 a room of 5,000 rows", "rooms.csv", 3, "rows", "5000", "NUMBER_RANGE"),
    cell("a small computer room", "rooms.csv", 3, "rows", "3", "ROOM_SIZE_UNUSUAL",
         ("CAPACITY_DIFFERS", "centers.csv", 2, "computer_seats")),
    cell("C13 feature nobody declared", "rooms.csv", 3, "features", "wings", "FEATURE_UNKNOWN"),
    cell("C13 feature at a seat that is not there", "rooms.csv", 3, "features", "accessible:49-51",
         "SEAT_UNKNOWN"),
    cell("C13 feature twice", "rooms.csv", 3, "features", "accessible;accessible:1",
        "FEATURE_FORM"),
    cell("C13 feature without seats", "rooms.csv", 3, "features", "accessible:", "FEATURE_FORM"),
    cell("C13 feature with words", "rooms.csv", 3, "features", "accessible:front", "FEATURE_FORM"),
    cell("C13 part of a separate room", "rooms.csv", 4, "features", "separate_room:1-4",
         "FEATURE_FORM"),
    cell("missing seat outside", "rooms.csv", 3, "missing", "51", "SEAT_UNKNOWN"),
    cell("missing list that falls", "rooms.csv", 3, "missing", "9-7", "LIST_FORM"),
    cell("no seat left", "rooms.csv", 3, "missing", "1-50", "NUMBER_RANGE"),
    cell("unknown use", "rooms.csv", 3, "use", "storage", "CHOICE_UNKNOWN"),
    cell("unknown numbering", "rooms.csv", 3, "numbering", "spiral", "CHOICE_UNKNOWN"),
    cell("a reserve room", "rooms.csv", 3, "use", "reserve", "",
         ("CAPACITY_DIFFERS", "centers.csv", 2, "computer_seats")),
    # ------------------------------------------------ closures
    closure("C10 a center closed for a sitting", {"center_id": "230101", "sitting": "C2",
        "reason": "x"}),
    closure("C10 seats closed in the afternoon",
            {"center_id": "230101", "room_id": "R1", "seats": "7;9-12", "subjects": "34"}),
    closure("an exam point closed for a mode", {"exam_point": "2302", "mode": "paper"}),
    closure("nowhere", {"reason": "x"}, ("CLOSURE_PLACE", "exam_point")),
    closure("room without center", {"exam_point": "2301", "room_id": "R1"},
            ("CLOSURE_PLACE", "center_id")),
    closure("seats without room", {"center_id": "230101", "seats": "1"},
            ("CLOSURE_PLACE", "room_id")),
    closure("unknown center", {"center_id": "9"}, ("UNKNOWN_REFERENCE", "center_id")),
    closure("unknown point", {"exam_point": "9"}, ("UNKNOWN_REFERENCE", "exam_point")),
    closure("unknown room", {"center_id": "230101", "room_id": "R9"},
            ("UNKNOWN_REFERENCE", "room_id")),
    closure("unknown sitting", {"center_id": "230101", "sitting": "C9"},
            ("UNKNOWN_REFERENCE", "sitting")),
    closure("unknown seat", {"center_id": "230101", "room_id": "R1", "seats": "50-51"},
            ("SEAT_UNKNOWN", "seats")),
    closure("center of another point", {"exam_point": "2302", "center_id": "230101"},
            ("CLOSURE_EMPTY", "exam_point")),
    closure("mode of another room", {"center_id": "230101", "room_id": "R1", "mode": "paper"},
            ("CLOSURE_EMPTY", "mode")),
    closure("sitting of another mode", {"center_id": "230101", "mode": "paper", "sitting": "C1"},
            ("CLOSURE_EMPTY", "sitting")),
    closure("subjects in words", {"center_id": "230101", "subjects": "31"},
            ("SUBJECTS_FORM", "subjects")),
    ReferenceCase("closure of a point without center",
                  [("POINT_WITHOUT_CENTER", "exam_points.csv", 4, "exam_point"),
                   ("CLOSURE_EMPTY", "closures.csv", 2, "exam_point")],
                  {"exam_points.csv": [(4, "exam_point", "2303")],
                   "closures.csv": [(2, "exam_point", "2303")]}),
    ReferenceCase("subjects that the sitting lacks", [("CLOSURE_EMPTY", "closures.csv", 2,
        "subjects")],
                  {"closures.csv": [(2, "center_id", "230101"), (2, "sitting", "C4"), (2,
                      "subjects", "4")]},
                  {"exam.toml": EXAM.replace(
                      session(4, "2022-04-17T16:15", "2022-04-17T17:45"), "")}),
)  # fmt: skip

FAR_SWAPPED = small_reference(
    exam=small_exam(),
    exam_points=[exam_point("2301", latitude="45.8", longitude="60")],
    centers=[center("230101", "2301", latitude="60", longitude="45.8")],
    rooms=[
        room("230101", "R1", features=("accessible", "extra_time")),
        room("230101", "R2", features=("separate_room",)),
    ],
)
