"""Rules about cells as such, and about who a row is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.findings import mask_personal
from models.tables import ROSTER
from scheduler.roster import identity, patterns
from scheduler.roster.columns import Mask, contains, holds, is_blank
from scheduler.roster.examined import Hits, Roster, hits_at, hits_where
from scheduler.roster.printing import not_printable

NAME_LIMIT = 100
SUSPECT_COUNT = 200
"""Of this many resident numbers one in eleven ends in X; none at all has probability 5e-9."""

CODE_COLUMNS = (
    "candidate_id", "specialty", "exam_point", "employer", "pinned_center", "pinned_sitting",
)  # fmt: skip
_REQUIRED = frozenset(column.name for column in ROSTER if column.required)

_LINE_BREAKS = "\r\n\v\f\u0085\u2028\u2029"
_PHOTO = r"(?i)^[^./\\\x00-\x1f:][^/\\\x00-\x1f:]{0,150}[.](?:jpe?g|png)$"
_NAME_BLANKS = frozenset({"NULL", "NA", "N/A", "NAN", "NONE", "NIL", "无", "-", "/", "空", "未知"})
_EMOJI = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a-\u23ff]"
_PRIVATE_USE = "[\ue000-\uf8ff\U000f0000-\U0010ffff]"
_HAN_WITH_BLANK = r"\p{Han}[\s\x{00a0}\x{3000}]+\p{Han}"
_UNUSUAL_NAME = r"""[0-9<>{}\[\]=;%$#@*"\\/|&^~`_+]|^[\x00-\x7f]+$"""


# ---------------------------------------------------------------- cells


def spreadsheet_errors(roster: Roster) -> Iterator[Hits]:
    """``#N/A`` and its kin."""
    for column in roster.frame.columns:
        cells = roster.frame[column]
        if holds(cells, "#"):
            yield from hits_where("CELL_ERROR", column, contains(cells, patterns.SPREADSHEET_ERROR))


def line_breaks(roster: Roster) -> Iterator[Hits]:
    """A line break inside a cell."""
    for column in roster.frame.columns:
        cells = roster.frame[column]
        if holds(cells, _LINE_BREAKS):
            yield from hits_where("CELL_LINE_BREAK", column, contains(cells, f"[{_LINE_BREAKS}]"))


def garbled_text(roster: Roster) -> Iterator[Hits]:
    """Text that was decoded wrongly before it reached the file."""
    for column in ("name", "photo"):
        mask = contains(roster.frame[column], patterns.GARBLED) & roster.sound(column)
        yield from hits_where("TEXT_MOJIBAKE", column, mask)


def number_cells(roster: Roster) -> Iterator[Hits]:
    """Numbers in an id or code column, even where the digits look right."""
    for column in ("id_number", *CODE_COLUMNS):
        if column in roster.numeric_cells:
            code = "ID_NUMERIC_CELL" if column == "id_number" else "CODE_NUMERIC_CELL"
            mask = roster.numeric_cells[column] & roster.filled(column)
            yield from hits_where(code, column, mask)


def code_forms(roster: Roster) -> Iterator[Hits]:
    """Codes are text of 1 to 32 letters, digits, ``_`` and ``-``."""
    for column in CODE_COLUMNS:
        cells = roster.frame[column]
        sound = roster.sound(column)
        blank = is_blank(cells)
        if column in _REQUIRED:
            yield from hits_where("CODE_MISSING", column, blank & sound)
        wrong = ~contains(cells, patterns.CODE) & ~blank & sound
        if wrong.any():
            spreadsheet = wrong & contains(cells, patterns.SPREADSHEET_NUMBER)
            yield from hits_where("CODE_SPREADSHEET_NUMBER", column, spreadsheet)
            yield from hits_where("CODE_FORM", column, wrong & ~spreadsheet)


# ---------------------------------------------------------------- persons


def identities(roster: Roster) -> Iterator[Hits]:
    """Identity numbers by declared type (see :mod:`scheduler.roster.identity`)."""
    found = identity.check_identities(
        roster.frame["id_type"], roster.frame["id_number"], roster.reference.exam.year
    )
    found = found[roster.sound("id_number")[found["position"]]]
    for code, group in found.groupby("code"):
        positions = group["position"].to_numpy(dtype=np.int64)
        column = "id_type" if code == "ID_TYPE_UNKNOWN" else "id_number"
        hints = None
        if code == "ID_15_DIGITS":
            hints = [
                f"Proposed: {mask_personal(identity.eighteen_of_fifteen(number))}."
                for number in roster.frame["id_number"].iloc[positions]
            ]
        yield Hits(str(code), positions, column, hints=hints)


def suspect_column(roster: Roster) -> Iterator[Hits]:
    """Hundreds of resident numbers and no X: digits were lost on the way."""
    resident = (roster.frame["id_type"] == "resident").to_numpy() & roster.filled("id_number")
    count = int(resident.sum())
    ends_in_x = roster.frame["id_number"].str.endswith("X").to_numpy(dtype=bool)
    if count >= SUSPECT_COUNT and not (ends_in_x & resident).any():
        by = roster.ids_checked_by
        yield Hits(
            "ID_COLUMN_CONFIRMED" if by else "ID_COLUMN_SUSPECT",
            np.empty(0, np.int64),
            "id_number",
            values=[f"{count} numbers, checked by {by}" if by else f"{count} numbers"],
            whole_file=True,
        )


def names(roster: Roster) -> Iterator[Hits]:
    """Names are kept as they are; what looks wrong is said."""
    codes, different = pd.factorize(roster.frame["name"])
    cells = pd.Series(different, dtype="str")
    sound = roster.sound("name")
    filled = ~is_blank(cells)

    def named(code: str, name_is: Mask) -> Iterator[Hits]:
        yield from hits_where(code, "name", name_is[codes] & sound)

    yield from named("NAME_MISSING", ~filled)
    placeholder = cells.str.upper().isin(_NAME_BLANKS).to_numpy()
    yield from named("NAME_PLACEHOLDER", placeholder)
    emoji = contains(cells, _EMOJI)
    yield from named("NAME_EMOJI", emoji)
    yield from named("NAME_TOO_LONG", (cells.str.len() > NAME_LIMIT).to_numpy(dtype=bool))
    yield from named("NAME_PRIVATE_USE", contains(cells, _PRIVATE_USE))
    yield from named("NAME_INNER_SPACE", contains(cells, _HAN_WITH_BLANK))
    unusual = filled & ~placeholder & ~emoji & contains(cells, _UNUSUAL_NAME)
    yield from named("NAME_UNUSUAL", unusual)


def duplicate_candidates(roster: Roster) -> Iterator[Hits]:
    """The archive number names one candidate."""
    cells = roster.frame["candidate_id"]
    if cells.is_unique:
        return
    positions = np.flatnonzero(
        cells.duplicated(keep=False).to_numpy() & roster.filled("candidate_id")
    )
    if not len(positions):
        return
    provinces = {p.exam_point: p.province for p in roster.reference.exam_points}
    twice = pd.DataFrame(
        {
            "key": cells.iloc[positions].to_numpy(),
            "province": roster.frame["exam_point"].iloc[positions].map(provinces).to_numpy(),
            "position": positions,
        }
    )
    several = twice.groupby("key")["province"].transform("nunique").to_numpy() > 1
    yield from hits_at("CANDIDATE_ID_TWO_PROVINCES", "candidate_id", positions[several])
    yield from hits_at("CANDIDATE_ID_DUPLICATE", "candidate_id", positions[~several])


def duplicate_persons(roster: Roster) -> Iterator[Hits]:
    """One document, one row; the same document under two names is worse."""
    filled = roster.filled("id_number", "id_type")
    if not filled.any() or roster.frame["id_number"].is_unique:
        return
    key = roster.frame["id_type"] + "/" + roster.frame["id_number"]
    positions = np.flatnonzero(key.where(filled, "").duplicated(keep=False).to_numpy() & filled)
    if not len(positions):
        return
    twice = pd.DataFrame(
        {
            "key": key.iloc[positions].to_numpy(),
            "name": [comparable_name(n) for n in roster.frame["name"].iloc[positions]],
        }
    )
    differ = twice.groupby("key")["name"].transform("nunique").to_numpy() > 1
    yield from hits_at("ID_DUPLICATE_NAMES", "id_number", positions[differ])
    yield from hits_at("PERSON_TWICE", "id_number", positions[~differ])


def shared_photos(roster: Roster) -> Iterator[Hits]:
    """One photo under two numbers: the same person twice, or two people mixed up."""
    filled = roster.filled("photo")
    if not filled.any():
        return
    positions = np.flatnonzero(
        roster.frame["photo"].where(filled, "").duplicated(keep=False).to_numpy() & filled
    )
    if not len(positions):
        return
    rows = roster.frame.iloc[positions]
    shared = pd.DataFrame(
        {
            "photo": rows["photo"].to_numpy(),
            "number": rows["id_number"].to_numpy(),
            "person": [
                f"{comparable_name(name)}/{number[6:14] if len(number) == 18 else ''}"
                for name, number in zip(rows["name"], rows["id_number"], strict=True)
            ],
        }
    )
    groups = shared.groupby("photo")
    numbers_differ = groups["number"].transform("nunique").to_numpy() > 1
    persons_differ = groups["person"].transform("nunique").to_numpy() > 1
    yield from hits_at("PHOTO_SHARED", "photo", positions[numbers_differ & persons_differ])
    yield from hits_at("PERSON_TWO_IDS", "photo", positions[numbers_differ & ~persons_differ])


def printable_names(roster: Roster) -> Iterator[Hits]:
    """Names that paper can show only with code points in them; the names are not shown."""
    positions, characters = not_printable(roster.frame["name"], roster.sound("name"))
    if len(positions):
        yield Hits("NAME_NOT_PRINTABLE", positions, "name", values=characters)


def photo_names(roster: Roster) -> Iterator[Hits]:
    """A photo is a plain file name below the photo folder."""
    wrong = roster.filled("photo") & ~contains(roster.frame["photo"], _PHOTO)
    yield from hits_where("PHOTO_NAME", "photo", wrong)


def comparable_name(name: str) -> str:
    """A name for comparison: variation selectors and combining marks do not count."""
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
