"""Bad and odd files, one per line of the list of bad inputs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import xlsxwriter

from tests.builders import roster_rows

SMALL = roster_rows(4)
CSV = SMALL.to_csv(index=False, lineterminator="\n")
LINES = CSV.splitlines()
HEADER = LINES[0]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class FileCase:
    """A file and what the check of it must say; ``code`` blank: nothing blocks."""

    name: str
    file: str
    data: bytes | str
    code: str = ""
    row: int = 0
    column: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.data.encode() if isinstance(self.data, str) else self.data


def workbook(
    change: Callable[[xlsxwriter.Workbook, Any], None] | None = None,
    frame: pd.DataFrame = SMALL,
    *,
    write_header: bool = True,
    titles: int = 0,
) -> bytes:
    """An XLSX with the roster in the sheet ``名单``, changed before it is closed."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("名单")
    if write_header:
        sheet.write_row(titles, 0, list(frame.columns))
    for i in range(titles):
        sheet.write_string(i, 0, "2022年报名表")
    for i, record in enumerate(frame.itertuples(index=False), start=titles + 1):
        for j, cell in enumerate(record):
            sheet.write_string(i, j, cell)
    if change is not None:
        change(book, sheet)
    book.close()
    return buffer.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one more (or replaced) part."""
    source = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            if info.filename != name:
                target.writestr(info, source.read(info))
        target.writestr(name, content)
    return buffer.getvalue()


def parquet(frame: pd.DataFrame = SMALL) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def replaced(old: str, new: str, count: int = 1) -> str:
    """The small CSV with a text replaced; the text must be there."""
    assert old in CSV
    return CSV.replace(old, new, count)


def two_sheets(book: Any, sheet: Any) -> None:
    book.add_worksheet("旧").write_string(0, 0, "a")


def hidden_sheet(book: Any, sheet: Any) -> None:
    other = book.add_worksheet("隐藏")
    other.write_string(0, 0, "a")
    other.hide()


def rows_of_file(count: int) -> str:
    """A CSV of exactly ``count`` rows with the header; only the first record differs."""
    return "\n".join([HEADER, *LINES[1:], *[LINES[4]] * (count - len(LINES))]) + "\n"


AMBIGUOUS = "魔".encode("gbk")  # C4 A7 is also valid UTF-8


FILE_CASES = (
    FileCase("X01 old xls", "r.xls", OLE + b"x" * 600, "FILE_TYPE_UNSUPPORTED"),
    FileCase("X01 xls inside xlsx", "r.xlsx", OLE + b"x" * 600, "FILE_TYPE_UNSUPPORTED"),
    FileCase("X01 xls inside csv", "r.csv", OLE + b"x" * 600, "FILE_TYPE_UNSUPPORTED"),
    FileCase("X02 html as xlsx", "r.xlsx", "<html><table></table>", "FILE_CONTENT_MISMATCH"),
    FileCase("X02 csv as xlsx", "r.xlsx", CSV, "FILE_CONTENT_MISMATCH"),
    FileCase("X02 html as csv", "r.csv", " \n<!DOCTYPE html>", "FILE_CONTENT_MISMATCH"),
    FileCase("X02 xlsx as csv", "r.csv", workbook(), "FILE_CONTENT_MISMATCH"),
    FileCase("X02 parquet as csv", "r.csv", parquet(), "FILE_CONTENT_MISMATCH"),
    FileCase("X02 csv as parquet", "r.parquet", CSV, "FILE_CONTENT_MISMATCH"),
    FileCase("X02 zip that is no workbook", "r.xlsx",
             with_part(workbook(), "[Content_Types].xml", b"")[:4] + b"x" * 99, "FILE_UNREADABLE"),
    FileCase("X02 NUL bytes", "r.csv", CSV + "a\0b", "FILE_CONTENT_MISMATCH"),
    FileCase("X03 password", "r.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"),
             "FILE_ENCRYPTED"),
    FileCase("X07 document type", "r.xlsx",
             with_part(workbook(), "xl/sharedStrings.xml",
                 b'<?xml version="1.0"?><!DOCTYPE x []><sst/>'),
             "XML_DTD_FORBIDDEN"),
    FileCase("X08 macros by name", "r.xlsm", workbook(), "FILE_TYPE_UNSUPPORTED"),
    FileCase("X08 macros inside", "r.xlsx", with_part(workbook(), "xl/vbaProject.bin", b"x"),
             "FILE_TYPE_UNSUPPORTED"),
    FileCase("X11 two sheets", "r.xlsx", workbook(two_sheets), "SHEET_AMBIGUOUS"),
    FileCase("X11 hidden sheet", "r.xlsx", workbook(hidden_sheet), "SHEET_AMBIGUOUS"),
    FileCase("X11 sheet named", "r.xlsx", workbook(two_sheets), options={"sheet": "名单"}),
    FileCase("X11 empty second sheet", "r.xlsx", workbook(lambda b, _: b.add_worksheet("空"))),
    FileCase("X11 sheet unknown", "r.xlsx", workbook(), "SHEET_UNKNOWN", options={"sheet": "2"}),
    FileCase("X11 hidden rows", "r.xlsx",
             workbook(lambda _, s: s.set_row(2, None, None, {"hidden": True})),
                 "SHEET_HIDDEN_ROWS"),
    FileCase("X12 65,536 rows", "r.csv", rows_of_file(65_536), "FILE_MAYBE_TRUNCATED"),
    FileCase("X14 merged cells", "r.xlsx",
             workbook(lambda _, s: s.merge_range("B3:B4", "李四")), "SHEET_MERGED_CELLS", 3),
    FileCase("X16 error cell in a workbook", "r.xlsx",
             workbook(lambda _, s: s.write_formula(2, 1, "=NA()", None, "#N/A")),
             "CELL_ERROR", 3, "name"),
    FileCase("X16 error text in CSV", "r.csv", replaced(",1234\n", ",#REF!\n"),
             "CELL_ERROR", 2, "subjects"),
    FileCase("X17 empty file", "r.csv", "", "FILE_EMPTY"),
    FileCase("X17 blank file", "r.csv", " \n\n", "FILE_EMPTY"),
    FileCase("X17 header only", "r.csv", HEADER + "\n", "FILE_EMPTY"),
    FileCase("X17 empty workbook", "r.xlsx",
             workbook(None, SMALL.iloc[:0], write_header=False), "FILE_EMPTY"),
    FileCase("X17 parquet without rows", "r.parquet", parquet(SMALL.iloc[:0]), "FILE_EMPTY"),
    FileCase("X18 missing column", "r.csv", replaced("subjects", "needs"), "HEADER_MISSING", 1,
             "subjects"),
    FileCase("X18 duplicate column", "r.csv", replaced("name,", "exam_point,"),
             "HEADER_DUPLICATE", 1, "exam_point"),
    FileCase("X18 duplicate by spelling", "r.csv",
             CSV.replace("subjects", "subjects,Subjects").replace(",1234\n", ",1234,1\n"),
             "HEADER_DUPLICATE", 1, "subjects"),
    FileCase("X18 unnamed column", "r.csv",
             CSV.replace("subjects\n", "subjects,\n").replace(",1234\n", ",1234,x\n"),
             "HEADER_BLANK", 1),
    FileCase("X18 unnamed blank column", "r.csv", CSV.replace("\n", ",\n")),
    FileCase("X18 unknown column", "r.csv",
             CSV.replace("subjects\n", "subjects,shoe\n").replace(",1234\n", ",1234,42\n"),
             "UNKNOWN_COLUMN", 1, "shoe"),
    FileCase("X18 unknown column ignored", "r.csv",
             CSV.replace("subjects\n", "subjects,shoe\n").replace(",1234\n", ",1234,42\n"),
             options={"ignore_columns": ["Shoe"]}),
    FileCase("X18 Chinese name", "r.csv",
             CSV.replace("subjects\n", "subjects,单位代码\n").replace(",1234\n", ",1234,E2\n"),
             "UNKNOWN_COLUMN", 1, "单位代码"),
    FileCase("X18 blanks and full-width letters", "r.csv", replaced(",name,", ", Ｎａｍｅ ,"),
             "HEADER_NORMALISED", 1, "name"),
    FileCase("X18 line break in a header", "r.csv", replaced("exam_point", '"exam\npoint"'),
             "HEADER_NORMALISED", 1, "exam_point"),
    FileCase("X19 other order", "r.csv", SMALL[SMALL.columns[::-1]].to_csv(index=False)),
    FileCase("X20 title line", "r.csv", "2022年报名表\n" + CSV, "HEADER_TITLE_LINES", 1),
    FileCase("X20 title line with blanks", "r.csv", "报名表,,,,,,\n\n" + CSV,
             "HEADER_TITLE_LINES", 1),
    FileCase("X20 title in a workbook", "r.xlsx",
             workbook(lambda _, s: s.write_row(0, 0, ["名单", *[""] * 6]), write_header=False),
             "HEADER_TITLE_LINES", 1),
    FileCase("X20 header below titles", "r.csv", "2022年报名表\r\n,\r\n" + CSV,
             options={"header_row": 3}),
    FileCase("X20 header below titles in a workbook", "r.xlsx",
             workbook(titles=1), options={"header_row": 2}),
    FileCase("X20 addresses below titles", "r.csv",
             "2022年报名表\n" + replaced("张", "锟斤拷"), "TEXT_MOJIBAKE", 3, "name",
             options={"header_row": 2}),
    FileCase("X20 ragged row below titles", "r.csv",
             f"2022年报名表\n{CSV}x\n{LINES[1]}\n", "CSV_RAGGED_ROW", 7, options={"header_row": 2}),
    FileCase("X20 unclosed quote below titles", "r.csv",
             "2022年报名表\n" + replaced("张", '"张'), "CSV_QUOTE_UNBALANCED", 3,
             options={"header_row": 2}),
    FileCase("X20 missing column below titles", "r.csv",
             "2022年报名表\n" + replaced("name,", "nom,"), "HEADER_MISSING", 2, "name",
             options={"header_row": 2}),
    FileCase("X20 titles only", "r.csv", CSV, "FILE_EMPTY", options={"header_row": 9}),
    FileCase("X20 error in a workbook below titles", "r.xlsx",
             workbook(lambda _, s: s.write_formula(2, 1, "=NA()", value="#N/A"), titles=1),
             "CELL_ERROR", 3, "name", options={"header_row": 2}),
    FileCase("X22 UTF-8 with mark", "r.csv", b"\xef\xbb\xbf" + CSV.encode()),
    FileCase("X23 GB18030", "r.csv", CSV.encode("gb18030"), "ENCODING_GB18030"),
    FileCase("X23 no encoding", "r.csv", CSV.encode() + b"\xff\xff,", "ENCODING_UNKNOWN"),
    FileCase("X24 UTF-16 with mark", "r.csv", CSV.encode("utf-16")),
    FileCase("X24 UTF-16 without mark", "r.csv", CSV.encode("utf-16-le"),
             "ENCODING_UTF16_WITHOUT_BOM"),
    FileCase("X26 GBK that is UTF-8", "r.csv", b"name,a\n" + AMBIGUOUS + b",1\n",
             "ENCODING_AMBIGUOUS"),
    FileCase("X27 locale garbage", "r.csv", replaced("张", "锟斤拷"), "TEXT_MOJIBAKE", 2, "name"),
    FileCase("X27 question marks", "r.csv", replaced("张", "??"), "TEXT_MOJIBAKE", 2, "name"),
    FileCase("X27 Latin-1", "r.csv", replaced("张", "å¼ "), "TEXT_MOJIBAKE", 2, "name"),
    FileCase("X27 replacement character", "r.csv", replaced("张", "\ufffd"),
             "TEXT_MOJIBAKE", 2, "name"),
    FileCase("X29 semicolons", "r.csv", CSV.replace(",", ";")),
    FileCase("X29 tabs", "r.csv", CSV.replace(",", "\t")),
    FileCase("X29 mixed", "r.csv", replaced("name,", "name;"), "CSV_SEPARATOR_UNCLEAR", 1),
    FileCase("X30 unclosed quote", "r.csv", replaced("张", '"张'), "CSV_QUOTE_UNBALANCED", 2),
    FileCase("X30 quote that closes in another row", "r.csv", replaced(",张", ',"张', 2),
             "CSV_QUOTE_UNBALANCED", 2),
    FileCase("X30 quote that swallows 40,000 lines", "r.csv",
             replaced("张", '"张') + (LINES[4] + "\n") * 40_000, "CSV_QUOTE_UNBALANCED", 2),
    FileCase("X30 overlong cell", "r.csv", replaced("张", "张" * 2000), "CELL_TOO_LONG", 2, "name"),
    FileCase("X30 too many cells", "r.csv", replaced(",1234\n", ",1234,1\n"), "CSV_RAGGED_ROW", 2),
    FileCase("X30 too few cells", "r.csv", "\n".join([*LINES[:2], "", "A9,x", *LINES[3:], ""]),
             "CSV_RAGGED_ROW", 4),
    FileCase("X31 line break in a name", "r.csv", replaced(",张芳", ',"张\n芳"').replace('"伟',
        '伟"'),
             "CELL_LINE_BREAK", 2, "name"),
    FileCase("X32 CR LF", "r.csv", CSV.replace("\n", "\r\n")),
    FileCase("X32 CR", "r.csv", CSV.replace("\n", "\r")),
    FileCase("X32 mixed", "r.csv", CSV.replace("\n", "\r\n", 2)),
    FileCase("X32 no final line end", "r.csv", CSV.rstrip("\n")),
    FileCase("X34 cut in a record", "r.csv", CSV[:-30], "FILE_TRUNCATED", 5),
    FileCase("X34 cut in a character", "r.csv", replaced("张", "张|").split("|")[0].encode()[:-1],
             "FILE_TRUNCATED"),
    FileCase("X34 cut UTF-16", "r.csv", CSV.encode("utf-16")[:-1], "FILE_TRUNCATED"),
    FileCase("X34 cut workbook", "r.xlsx", workbook()[:-200], "FILE_UNREADABLE"),
    FileCase("X34 cut parquet", "r.parquet", parquet()[:-20], "FILE_UNREADABLE"),
    FileCase("X34 cut on a row border", "r.csv", CSV, "CONTROL_COUNT_DIFFERS",
             options={"expect_rows": 5}),
    FileCase("X34 count agrees", "r.csv", CSV, options={"expect_rows": 4}),
    FileCase("X34 other content", "r.csv", CSV, "CONTROL_HASH_DIFFERS",
             beside={"r.csv.sha256": "0" * 64 + "  r.csv\n"}),
    FileCase("X34 no sum", "r.csv", CSV, "CONTROL_FILE_UNREADABLE",
             beside={"r.csv.sha256": "hello\n"}),
    FileCase("R50 phone", "r.csv",
             CSV.replace("subjects\n", "subjects,phone\n").replace(",1234\n", ",1234,1\n"),
             "COLUMN_NOT_NEEDED", 1, "phone"),
    FileCase("R50 phone dropped", "r.csv",
             CSV.replace("subjects\n", "subjects,phone\n").replace(",1234\n", ",1234,1\n"),
             options={"ignore_columns": ["phone"]}),
    FileCase("R14 R45 birth date", "r.csv",
             CSV.replace("subjects\n", "subjects,出生日期\n").replace(",1234\n",
                 ",1234,1990/1/2\n"),
             "COLUMN_NOT_NEEDED", 1, "出生日期"),
    FileCase("R47 sex", "r.csv",
             CSV.replace("subjects\n", "subjects,sex\n").replace(",1234\n", ",1234,男\n"),
             "COLUMN_NOT_NEEDED", 1, "sex"),
    FileCase("R01 number in the id column", "r.xlsx",
             workbook(lambda _, s: s.write_number(2, 3, 230102199001011234)),
             "ID_NUMERIC_CELL", 3, "id_number"),
    FileCase("R25 number in a code column", "r.xlsx", workbook(lambda _, s: s.write_number(2, 4,
        101)),
             "CODE_NUMERIC_CELL", 3, "specialty"),
    FileCase("R25 numbers in Parquet", "r.parquet", parquet(SMALL.assign(specialty=101)),
             "CODE_NUMERIC_CELL", 2, "specialty"),
    FileCase("subjects as number", "r.xlsx", workbook(lambda _, s: s.write_number(2, 6, 134))),
    FileCase("workbook", "r.xlsx", workbook()),
    FileCase("parquet", "r.parquet", parquet()),
    FileCase("blank lines", "r.csv", CSV.replace("\n", "\n\n") + ",,,,,,\n"),
)  # fmt: skip
