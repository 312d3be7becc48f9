"""Workbooks (XLSX) that spreadsheet programs cannot misread: every id is text, nothing computes.

Same input, same bytes: the time of creation is fixed, and sheets are written in order.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from models.publication import PublishedFacts
from scheduler.documents import phrases
from scheduler.documents.rooms import RoomSitting
from scheduler.documents.texts import Language, texts
from scheduler.documents.typefaces import visible

ROW_LIMIT: Final = 1_048_576
"""Rows of a sheet, its head among them; a program opens no longer one."""

_CREATED: Final = datetime(2000, 1, 1)
_FORBIDDEN_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_NAME_LENGTH: Final = 31


class Workbook:
    """A workbook in the making."""

    def __init__(self, title: str) -> None:
        """Begin; ``title`` is shown by programs."""
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.set_properties({"title": title, "author": "paikao", "created": _CREATED})
        base = {"font_name": "等线", "font_size": 11, "valign": "vcenter", "text_wrap": True}
        self._cell = self._book.add_format({**base, "num_format": "@", "border": 1})
        self._number = self._book.add_format({**base, "num_format": "0", "border": 1})
        self._ratio = self._book.add_format({**base, "num_format": "0.0%", "border": 1})
        self._head = self._book.add_format(
            {**base, "bold": True, "align": "center", "bg_color": "#EDEDED", "border": 1}
        )
        self._title = self._book.add_format({**base, "bold": True, "font_size": 14})
        self._names: set[str] = set()

    def sheet(
        self,
        name: str,
        title: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[str | int | float]],
        widths: Sequence[float],
        *,
        landscape: bool = False,
        scale_columns: Sequence[int] = (),
    ) -> None:
        """One sheet: a title, a frozen head and rows; printed on A4, as wide as the page.

        Args:
            name: made valid and unique here.
            title: first line of the sheet, also printed on top of every page.
            heads: heads of the columns.
            rows: cells; a text is written as text whatever it looks like.
            widths: of the columns in characters.
            landscape: whether pages lie on their side.
            scale_columns: columns of shares between 0 and 1, coloured by size.

        Raises:
            ValueError: more rows than a sheet holds.
        """
        sheet = self._book.add_worksheet(self._free_name(name))
        sheet.write_string(0, 0, visible(title), self._title)
        sheet.set_row(0, 24)
        for column, head in enumerate(heads):
            sheet.write_string(1, column, head, self._head)
            sheet.set_column(column, column, widths[column])
        last = 1
        for last, cells in enumerate(rows, start=2):
            if last >= ROW_LIMIT:
                raise ValueError(f"more than {ROW_LIMIT} rows do not fit a sheet")
            for column, value in enumerate(cells):
                self._write(sheet, last, column, value)
        columns = len(heads) - 1
        sheet.freeze_panes(2, 0)
        sheet.autofilter(1, 0, max(last, 2), columns)
        sheet.repeat_rows(0, 1)
        sheet.print_area(0, 0, last, columns)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.set_footer("&L&8&F&C&8&A&R&8&P / &N")
        if landscape:
            sheet.set_landscape()
        for column in scale_columns:
            sheet.conditional_format(
                2, column, max(last, 2), column,
                {"type": "2_color_scale", "min_type": "num", "max_type": "num", "min_value": 0,
                 "max_value": 1, "min_color": "#FFFFFF", "max_color": "#D9705E"},
            )  # fmt: skip

    def _write(self, sheet: Any, row: int, column: int, value: str | int | float) -> None:
        if isinstance(value, str):
            sheet.write_string(row, column, visible(value), self._cell)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._number)
        else:
            sheet.write_number(row, column, value, self._ratio)

    def _free_name(self, wanted: str) -> str:
        """A name that programs accept and that no other sheet has, in whatever case."""
        name = _FORBIDDEN_IN_NAMES.sub("-", visible(wanted)).strip("'")[:_NAME_LENGTH] or "-"
        number, tried = 1, name
        while tried.lower() in self._names:
            number += 1
            tried = f"{name[: _NAME_LENGTH - len(str(number)) - 1]}~{number}"
        self._names.add(tried.lower())
        return tried

    def content(self) -> bytes:
        """The file."""
        self._book.close()
        return self._buffer.getvalue()


def seat_plan_workbook(
    facts: PublishedFacts, sittings: Iterable[RoomSitting], language: Language = Language.ZH
) -> bytes:
    """The seat plan with one sheet per room and sitting, ready to print."""
    book = Workbook(f"{facts.exam.name_zh} {phrases.SEAT_PLAN(language)}")
    version = texts(language).version.format(version=facts.plan_version, hash=facts.root_hash[:12])
    for room in sittings:
        heads = [
            phrases.SEAT(language), phrases.TICKET_NUMBER(language), phrases.NAME(language),
            phrases.ID_LAST4(language), phrases.SPECIALTY(language), phrases.NEEDS(language),
            *(f"{s.name}\n{s.start:%m-%d %H:%M}–{s.end:%H:%M}" for s in room.sessions),
        ]  # fmt: skip
        rows = []
        for row in room.rows:
            own = {s.subject: s for s in row.sessions}
            cells: list[str | int] = [
                row.seat, row.ticket_number, row.name, row.id_last4,
                f"{row.specialty} {row.specialty_name}", ";".join(row.needs),
            ]  # fmt: skip
            for session in room.sessions:
                mine = own.get(session.subject)
                if mine is None:
                    cells.append("")
                elif mine.own_end > mine.end:
                    end = f"{mine.own_end:%H:%M}"
                    cells.append(phrases.EXTRA_TIME_END(language, end=end))
                else:
                    cells.append("✓")
            rows.append(cells)
        book.sheet(
            f"{room.sitting.id} {room.room.room_id}",
            f"{room.center.name_zh}  {room.name}  {room.sitting.name_zh}  {version}",
            heads, rows, [7, 20, 24, 11, 26, 14, *(15 for _ in room.sessions)], landscape=True,
        )  # fmt: skip
    return book.content()
