"""Every finding code: its severity, its advice, and the bad-input cases it answers.

The one registry: ``docs/findings.md`` is generated from it, and a test raises each code. ``cases``
name lines of the project's list of bad inputs (X files, R roster rows, C places, S exam, K across
files).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from models.findings import Finding, Severity


class FindingCode(NamedTuple):
    """A code, how bad it is, and what to do about it."""

    code: str
    severity: Severity
    advice: str
    cases: tuple[str, ...] = ()


def _codes(severity: Severity, *entries: tuple[str, str, str]) -> tuple[FindingCode, ...]:
    return tuple(
        FindingCode(c, severity, advice, tuple(cases.split())) for c, cases, advice in entries
    )


FILES = (
    *_codes(
        Severity.REFUSE,
        ("FILE_NOT_FOUND", "", "There is no such file."),
        ("FILE_UNREADABLE", "", "The file is damaged or may not be read; send it again."),
        ("FILE_TYPE_UNSUPPORTED", "X01 X08",
         "Save as .xlsx without macros or as CSV in UTF-8; .xls keeps 65,536 rows only."),
        ("FILE_CONTENT_MISMATCH", "X02",
         "The content is not what the file name says (for example a web page named .xlsx); "
         "open it and save it in the format of its name."),
        ("FILE_ENCRYPTED", "X03", "Remove the password and save again."),
        ("FILE_TOO_LARGE_UNPACKED", "X04", "The workbook unpacks to more than 4 GiB; send CSV."),
        ("XML_DTD_FORBIDDEN", "X07", "The workbook declares a document type; save it again."),
        ("FILE_EMPTY", "X17", "No record below the header."),
        ("FILE_TRUNCATED", "X34", "The file ends in the middle of a record; send it again."),
        ("FILE_MAYBE_TRUNCATED", "X12",
         "Exactly as many rows as a spreadsheet holds: rows may have been cut off. "
         "Confirm the count with --expect-rows or a .sha256 file."),
        ("SHEET_AMBIGUOUS", "X11", "Several sheets hold data; name one with --sheet."),
        ("SHEET_UNKNOWN", "X11", "The workbook has no sheet of this name."),
        ("SHEET_MERGED_CELLS", "X14", "Unmerge the cells; each record needs its own."),
        ("HEADER_TITLE_LINES", "X20",
         "Delete the lines above the header, or give its row with --header-row."),
        ("HEADER_BLANK", "X18", "A column with content has no name."),
        ("HEADER_DUPLICATE", "X18", "Two columns have this name."),
        ("HEADER_MISSING", "X18", "A required column is missing."),
        ("UNKNOWN_COLUMN", "X18",
         "paikao does not know this column; rename it, drop it, or name it in --ignore-columns."),
        ("COLUMN_NOT_NEEDED", "R14 R45 R47 R50",
         "Personal data that planning does not need; drop it, or name it in --ignore-columns."),
        ("ENCODING_AMBIGUOUS", "X26",
         "The bytes read as UTF-8 and as GBK alike; save as UTF-8 with byte-order mark."),
        ("ENCODING_UNKNOWN", "X23", "Neither UTF-8 nor GB18030; save as UTF-8."),
        ("ENCODING_UTF16_WITHOUT_BOM", "X24", "UTF-16 without byte-order mark; save as UTF-8."),
        ("CSV_SEPARATOR_UNCLEAR", "X29", "The header shows several separators; use commas."),
        ("CSV_RAGGED_ROW", "X30 X34", "The record has more or fewer cells than the header."),
        ("CSV_QUOTE_UNBALANCED", "X30",
         'A quotation mark opens here and does not close; close it, or double it inside text.'),
        ("CELL_TOO_LONG", "X30", "A cell of more than 4 KB."),
        ("CONTROL_COUNT_DIFFERS", "X34", "The number of records is not the one announced."),
        ("CONTROL_HASH_DIFFERS", "X34",
         "The file is not the one its .sha256 file describes; send both again."),
        ("CONTROL_FILE_UNREADABLE", "X34", "The .sha256 file is not in the format of sha256sum."),
    ),
    *_codes(
        Severity.WARN,
        ("ENCODING_GB18030", "X23",
         "Not UTF-8, read as GB18030; look at the samples, and save as UTF-8 if they are wrong."),
        ("SHEET_HIDDEN_ROWS", "X11", "Hidden rows are read like all others."),
    ),
    *_codes(
        Severity.NORMALISED,
        ("HEADER_NORMALISED", "X18", "The column name was written differently."),
    ),
)  # fmt: skip

CELLS = (
    *_codes(
        Severity.FIX,
        ("CELL_ERROR", "X16", "A spreadsheet error stands in the cell; enter the value."),
        ("CELL_LINE_BREAK", "X31", "A line break stands inside the cell; remove it."),
        ("TEXT_MOJIBAKE", "X27",
         "The text was garbled before it reached this file; export it again from the source."),
        ("CODE_MISSING", "", "A required code is blank."),
        ("CODE_FORM", "R39", "A code has 1 to 32 of the characters A-Z a-z 0-9 _ -."),
        ("CODE_NUMERIC_CELL", "R25 C14",
         "The cell holds a number, and numbers lose leading zeros; format the column as text "
         "and enter the code again."),
        ("CODE_SPREADSHEET_NUMBER", "R25 R39",
         "A spreadsheet turned the code into a number (12.0, 2.6E+11); enter it as text."),
        ("COORDINATE_FORM", "", "Write degrees with a decimal point, such as 45.80."),
        ("COORDINATE_RANGE", "", "Latitude is -90 to 90, longitude -180 to 180."),
        ("COORDINATE_ZERO", "", "(0, 0) lies in the sea; leave both blank if unknown."),
    ),
    *_codes(
        Severity.NORMALISED,
        ("CODE_FULL_WIDTH", "R08", "Full-width digits were written as plain ones."),
        ("CELL_TRIMMED", "R08 R32", "Blanks or invisible characters at the ends were removed."),
    ),
)  # fmt: skip

ROSTER = (
    *_codes(
        Severity.REFUSE,
        ("ID_COLUMN_SUSPECT", "R04",
         "200 or more resident numbers and none ends in X: the column went through a spreadsheet "
         "as numbers. Export it again as text, or have a second person compare it with the "
         "documents and name that person with --ids-checked-by."),
        ("PROVINCE_MISSING", "K06", "exam.provinces lists a province without a single candidate."),
        ("SET_ASIDE_NO_MATCH", "", "No record has this row number and candidate_id."),
        ("SET_ASIDE_TWICE", "", "The row is set aside twice."),
        ("SET_ASIDE_REASON", "", "A row that is set aside needs a reason."),
        ("ROSTER_ALL_SET_ASIDE", "", "Every row is set aside; nobody is left to plan."),
    ),
    *_codes(
        Severity.FIX,
        ("CANDIDATE_ID_DUPLICATE", "R23", "The archive number stands in several rows."),
        ("CANDIDATE_ID_TWO_PROVINCES", "K07",
         "The archive number comes from two provinces; agree on the ranges."),
        ("ID_TYPE_UNKNOWN", "R16",
         "Use resident, hmt_residence, hk_macau_permit, taiwan_permit, foreign_pr or military."),
        ("ID_MISSING", "R10", "The ID number is blank."),
        ("ID_NUMERIC_CELL", "R01",
         "The cell holds a number: spreadsheets cut 18 digits to 15. Export as text."),
        ("ID_SCIENTIFIC", "R02", "A spreadsheet shortened the number; export as text."),
        ("ID_15_DIGITS", "R09", "An old number of 15 digits; ask for the one of 18."),
        ("ID_LENGTH", "R10", "This kind of number has another length."),
        ("ID_FORM", "R10 R16", "Not the form of this document."),
        ("ID_CHECK_DIGIT", "R01", "The check character is wrong: a typing error."),
        ("ID_PLACEHOLDER", "R18", "An invented number."),
        ("ID_BIRTH_DATE", "R12", "The birth date in the number is not in the calendar."),
        ("ID_BIRTH_RANGE", "R12", "Born before 1920 or younger than 16 in the exam year."),
        ("ID_TYPE_REGION", "R16",
         "Numbers that begin with 81, 82 or 83 belong to hmt_residence, and only they."),
        ("ID_DUPLICATE_NAMES", "R19", "Two names share one ID number."),
        ("PERSON_TWICE", "R21", "The same person stands in several rows."),
        ("NAME_MISSING", "R27", "The name is blank."),
        ("NAME_EMOJI", "R28", "The name holds a pictograph."),
        ("NAME_TOO_LONG", "R33", "Names have at most 100 characters."),
        ("SPECIALTY_UNKNOWN", "R39 R40", "specialties.csv has no such code."),
        ("SPECIALTY_CLOSED", "R40", "No sitting is open to this specialty."),
        ("EXAM_POINT_UNKNOWN", "", "exam_points.csv has no such code."),
        ("SUBJECTS_MISSING", "R42", "No subject left to sit; take the row out."),
        ("SUBJECTS_FORM", "R42", "Write ascending digits without separator, such as 134."),
        ("SUBJECT_WITHOUT_SESSION", "R42", "No open sitting holds all these subjects."),
        ("NEEDS_FORM", "R44", "Write need ids joined by ';', each once."),
        ("NEED_UNKNOWN", "R44 R46", "exam.toml declares no such need."),
        ("COORDINATE_HALF", "", "Give latitude and longitude, or neither."),
        ("PIN_UNKNOWN_CENTER", "", "centers.csv has no such center."),
        ("PIN_OUTSIDE_POINT", "",
         "The pinned center takes nobody from the candidate's exam point."),
        ("PIN_CENTER_WITHOUT_SEATS", "", "The pinned center has no seats for this mode."),
        ("PIN_OWN_EMPLOYER", "", "The pinned center belongs to the candidate's employer."),
        ("PIN_UNKNOWN_SITTING", "", "exam.toml declares no such sitting."),
        ("PIN_WRONG_MODE", "", "The pinned sitting has another mode than the specialty."),
        ("PIN_SITTING_FORBIDDEN", "", "The policy keeps this specialty from the pinned sitting."),
        ("PIN_SITTING_WITHOUT_SUBJECT", "", "The pinned sitting lacks a subject to sit."),
        ("PHOTO_NAME", "R48", "A plain file name ending in .jpg, .jpeg or .png."),
    ),
    *_codes(
        Severity.WARN,
        ("ROW_SET_ASIDE", "", "Left out of planning by the set-aside file."),
        ("ID_COLUMN_CONFIRMED", "R04",
         "No resident number ends in X; planned all the same, on the word of the person named."),
        ("ID_AREA", "R13", "The first two digits are no province of today; check the document."),
        ("NAME_PLACEHOLDER", "R27", "The name reads like a blank; it is kept as it stands."),
        ("NAME_UNUSUAL", "R28 R38", "Digits, signs or only Latin letters; kept as it stands."),
        ("NAME_PRIVATE_USE", "R30", "A private-use character; check that it prints."),
        ("NAME_INNER_SPACE", "R32", "A blank inside a Han name; kept as it stands."),
        ("PERSON_TWO_IDS", "R22", "Same name, birth date and photo under two ID numbers."),
        ("PHOTO_SHARED", "R22", "The same photo under two different names or birth dates."),
        ("EMPLOYER_SIMILAR", "R49", "Employer codes that differ in case only; they count as two."),
        ("COORDINATE_FAR", "", "More than 1,000 km from its exam point."),
    ),
    *_codes(
        Severity.NORMALISED,
        ("ID_LOWER_X", "R05", "The check character x was written as X."),
        ("ID_SEPARATORS", "R08", "Blanks, hyphens or apostrophes were taken out of the number."),
        ("ID_FULL_WIDTH", "R08", "Full-width characters were written as plain ones."),
    ),
)  # fmt: skip

REFERENCE = (
    *_codes(
        Severity.REFUSE,
        ("TOML_SYNTAX", "", "Not valid TOML."),
        ("EXAM_FIELD", "S13", "The value does not fit; see docs/formats.md."),
        ("EXAM_KEY_UNKNOWN", "", "exam.toml has no such key."),
        ("SITTING_TOO_MANY_SESSIONS", "",
         "A sitting has at most four sessions; split it into two sittings."),
        ("SESSION_ZONE", "S06", "Times are local to exam.timezone; remove the offset."),
        ("SESSION_OVERLAP", "S03",
         "Two sessions of a sitting, or of two sittings of one mode, overlap, or a subject stands "
         "twice."),
        ("SESSION_OUTSIDE_YEAR", "S04", "The session is not in exam.year."),
        ("SESSION_OUTSIDE_WINDOW", "S04", "The session is outside the window with key exam."),
        ("NEED_OVERRUN", "S09",
         "With extra time a session runs into the next one; change times or ratio."),
        ("CODE_DUPLICATE", "C01 S01", "The code stands in several rows."),
        ("UNKNOWN_REFERENCE", "C14", "The code is not declared in the file it points to."),
        ("SPECIALTY_WITHOUT_SITTING", "S10", "No sitting of its mode: add one to exam.toml."),
        ("DELEGATION_CHAIN", "", "An exam point delegates to one that delegates itself."),
        ("OVERFLOW_SELF", "", "An exam point overflows to itself or to its own delegate."),
        ("CAPACITY_DIFFERS", "", "The seats of the center are not the sum over its rooms."),
    ),
    *_codes(
        Severity.FIX,
        ("SESSION_TIME", "S05", "Write local times as YYYY-MM-DDTHH:MM."),
        ("TEXT_MISSING", "", "A required cell is blank."),
        ("CHOICE_UNKNOWN", "", "Not one of the allowed values."),
        ("NUMBER_FORM", "C03", "A whole number in digits."),
        ("NUMBER_RANGE", "C03", "The number is outside its range."),
        ("CENTER_WITHOUT_SEATS", "C03", "The center has neither computer nor paper seats."),
        ("LIST_FORM", "", "Write items joined by ';', numbers and ranges such as 7;9-12."),
        ("SEAT_UNKNOWN", "C13", "The room has no such seat."),
        ("FEATURE_FORM", "C13", "Write need or need:seats joined by ';', each need once."),
        ("FEATURE_UNKNOWN", "C13", "exam.toml declares no such need."),
        ("SPARE_EXCEEDS", "C06", "Spare machines equal or exceed the machines present."),
        ("CLOSURE_PLACE", "", "A closure names an exam point or a center, a room's with center."),
        ("CLOSURE_EMPTY", "", "The closure matches nothing: its parts contradict each other."),
    ),
    *_codes(
        Severity.WARN,
        ("BREAK_SHORT", "S09", "Less than 10 minutes between two sessions of a sitting."),
        ("NEED_WITHOUT_SEATS", "S12", "No room offers this need; who has it stays unplaced."),
        ("SITTING_WITHOUT_SPECIALTY", "S10", "No specialty has the mode of this sitting."),
        ("SPARE_BELOW_STANDARD", "C06",
         "Fewer spare machines than usual; rooms.spare_ratio in policy.toml sets the limit."),
        ("ROOM_SIZE_UNUSUAL", "C07",
         "A room of unusual size; [rooms] in policy.toml sets the limits."),
        ("SAME_SITE", "C08", "Two centers share address and coordinates: one hall counted twice?"),
        ("POINT_WITHOUT_CENTER", "C11",
         "No center takes its candidates; they stay unplaced with that reason."),
        ("CODE_LENGTH_MIXED", "C14",
         "Codes of digits in different lengths: a spreadsheet may have cut leading zeros."),
        ("CENTER_WITHOUT_ROOMS", "",
         "The center can be used by plan --until centers only; list its rooms for seats."),
    ),
    *_codes(
        Severity.NORMALISED,
        ("SESSION_TIME_NORMALISED", "S05", "24:00 or a full-width colon was read as meant."),
    ),
)  # fmt: skip

POLICY = (
    *_codes(
        Severity.REFUSE,
        ("POLICY_KEY_UNKNOWN", "", "policy.toml has no such key; see paikao plan --show-policy."),
        ("POLICY_FIELD", "S13 S14", "The value does not fit; see docs/formats.md."),
        ("POLICY_GROUP_UNKNOWN", "", "No paper group has this id."),
        ("POLICY_SITTING_UNKNOWN", "", "exam.toml declares no such sitting."),
        ("POLICY_SITTING_MODE", "", "The sitting has another mode than the paper group."),
        ("POLICY_NO_SITTING_LEFT", "S14", "Every sitting of the paper group is forbidden."),
        ("DATES_SITTING_MODE", "", "The sitting has another mode than the specialty."),
        ("DATES_GROUP_DIFFERS", "", "The paper group is not the one of this specialty."),
        ("DATES_ROW_TWICE", "", "The pair of specialty and sitting stands twice."),
    ),
    *_codes(
        Severity.WARN,
        ("DATES_SPECIALTY_ABSENT", "", "The specialty has no sitting; its people stay unplaced."),
    ),
)  # fmt: skip

GROUPS: Mapping[str, tuple[FindingCode, ...]] = {
    "Files": FILES,
    "Cells": CELLS,
    "Roster": ROSTER,
    "Reference data": REFERENCE,
    "Policy": POLICY,
}
CODES: Mapping[str, FindingCode] = {
    entry.code: entry for entries in GROUPS.values() for entry in entries
}


def finding(
    code: str,
    file: str,
    *,
    sheet: str = "",
    row: int = 0,
    column: str = "",
    candidate_id: str = "",
    value: str = "",
    hint: str = "",
) -> Finding:
    """A finding with the registered severity and advice.

    Args:
        code: one of :data:`CODES`; any other is a defect (``KeyError``).
        file: base name of the file.
        sheet: sheet of a workbook.
        row: record number, header = 1; 0 where no single record is meant.
        column: column name, or dotted key of a TOML file.
        candidate_id: whose row it is.
        value: what stands there, **already masked** where it is personal.
        hint: what this case adds to the general advice.
    """
    entry = CODES[code]
    return Finding(
        severity=entry.severity,
        file=file,
        sheet=sheet,
        row=row,
        column=column,
        candidate_id=candidate_id,
        value=value,
        code=code,
        advice=f"{entry.advice} {hint}" if hint else entry.advice,
    )
