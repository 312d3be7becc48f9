"""The rules about roster rows: each looks at whole columns and names the rows that break it.

A rule is a generator of :class:`Hits`; :data:`RULES` is the table of all of them, in the order in
which they run. A cell with a blocking finding is no longer *sound*, and later rules pass over it,
so one fault is reported once: an unreadable specialty is not also an unknown one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.exam import Mode
from models.findings import mask_personal
from models.policy import OwnEmployer, Policy
from models.reference import ReferenceData
from models.tables import ROSTER
from models.text import parse_items, subjects_to_mask
from scheduler.places import host_points
from scheduler.roster import identity, patterns
from scheduler.roster.columns import Mask, contains, holds, is_blank, numbers, over_unique
from scheduler.roster.open_sittings import open_sittings
from scheduler.roster.printing import not_printable
from scheduler.travel import great_circle_metres

NAME_LIMIT = 100
SUSPECT_COUNT = 200
"""Of this many resident numbers one in eleven ends in X; none at all has probability 5e-9."""

CODE_COLUMNS = (
    "candidate_id", "specialty", "exam_point", "employer", "pinned_center", "pinned_sitting",
)  # fmt: skip
PERSONAL_COLUMNS = frozenset({"name", "id_number", "photo"})
_REQUIRED = frozenset(column.name for column in ROSTER if column.required)

_LINE_BREAKS = "\r\n\v\f\u0085\u2028\u2029"
_PHOTO = r"(?i)^[^./\\\x00-\x1f:][^/\\\x00-\x1f:]{0,150}[.](?:jpe?g|png)$"
_NAME_BLANKS = frozenset({"NULL", "NA", "N/A", "NAN", "NONE", "NIL", "无", "-", "/", "空", "未知"})
_EMOJI = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a-\u23ff]"
_PRIVATE_USE = "[\ue000-\uf8ff\U000f0000-\U0010ffff]"
_HAN_WITH_BLANK = r"\p{Han}[\s\x{00a0}\x{3000}]+\p{Han}"
_UNUSUAL_NAME = r"""[0-9<>{}\[\]=;%$#@*"\\/|&^~`_+]|^[\x00-\x7f]+$"""


@dataclass(frozen=True)
class Hits:
    """Rows that break a rule.

    Attributes:
        code: finding code.
        positions: row positions, 0-based; empty for a finding about the whole file.
        column: the column, the first of several.
        values: what to show, in the order of ``positions``, already masked; by default the cell.
        hints: what to add to the advice, in the order of ``positions``.
        whole_file: one finding without a row, shown with ``values[0]``.
    """

    code: str
    positions: npt.NDArray[np.int64]
    column: str
    values: list[str] | None = None
    hints: list[str] | None = None
    whole_file: bool = False


@dataclass
class Roster:
    """A cleaned roster under examination; every column of the format is there.

    Attributes:
        frame: text columns.
        numeric_cells: masks of the cells that were numbers in the file, by column.
        unsound: masks of the cells that have a blocking finding already, by column.
        ids_checked_by: who vouches for identity numbers that look as if digits were lost.
    """

    frame: pd.DataFrame
    numeric_cells: Mapping[str, Mask]
    reference: ReferenceData
    policy: Policy
    unsound: dict[str, Mask] = field(default_factory=dict)
    ids_checked_by: str = ""

    def sound(self, *columns: str) -> Mask:
        """Rows whose cells in these columns have no blocking finding."""
        mask = np.ones(len(self.frame), dtype=bool)
        for column in columns:
            if column in self.unsound:
                mask &= ~self.unsound[column]
        return mask

    def filled(self, *columns: str) -> Mask:
        """Sound rows where all of these cells are filled."""
        mask = self.sound(*columns)
        for column in columns:
            mask &= ~is_blank(self.frame[column])
        return mask

    def reject(self, hits: Hits) -> None:
        """Take cells out of further examination."""
        mask = self.unsound.setdefault(hits.column, np.zeros(len(self.frame), dtype=bool))
        mask[hits.positions] = True

    @cached_property
    def degrees(self) -> dict[str, npt.NDArray[np.float64]]:
        """Coordinates as numbers, NaN where blank or not a number."""
        return {
            name: numbers(self.frame[name].where(self.sound(name), ""))
            for name in ("latitude", "longitude")
        }


Rule = Callable[[Roster], Iterator[Hits]]


def _hits(code: str, column: str, mask: Mask) -> Iterator[Hits]:
    if mask.any():
        yield Hits(code, np.flatnonzero(mask), column)


# ---------------------------------------------------------------- cells


def spreadsheet_errors(roster: Roster) -> Iterator[Hits]:
    """``#N/A`` and its kin."""
    for column in roster.frame.columns:
        cells = roster.frame[column]
        if holds(cells, "#"):
            yield from _hits("CELL_ERROR", column, contains(cells, patterns.SPREADSHEET_ERROR))


def line_breaks(roster: Roster) -> Iterator[Hits]:
    """A line break inside a cell."""
    for column in roster.frame.columns:
        cells = roster.frame[column]
        if holds(cells, _LINE_BREAKS):
            yield from _hits("CELL_LINE_BREAK", column, contains(cells, f"[{_LINE_BREAKS}]"))


def garbled_text(roster: Roster) -> Iterator[Hits]:
    """Text that was decoded wrongly before it reached the file."""
    for column in ("name", "photo"):
        mask = contains(roster.frame[column], patterns.GARBLED) & roster.sound(column)
        yield from _hits("TEXT_MOJIBAKE", column, mask)


def number_cells(roster: Roster) -> Iterator[Hits]:
    """Numbers in an id or code column, even where the digits look right."""
    for column in ("id_number", *CODE_COLUMNS):
        if column in roster.numeric_cells:
            code = "ID_NUMERIC_CELL" if column == "id_number" else "CODE_NUMERIC_CELL"
            mask = roster.numeric_cells[column] & roster.filled(column)
            yield from _hits(code, column, mask)


def code_forms(roster: Roster) -> Iterator[Hits]:
    """Codes are text of 1 to 32 letters, digits, ``_`` and ``-``."""
    for column in CODE_COLUMNS:
        cells = roster.frame[column]
        sound = roster.sound(column)
        blank = is_blank(cells)
        if column in _REQUIRED:
            yield from _hits("CODE_MISSING", column, blank & sound)
        wrong = ~contains(cells, patterns.CODE) & ~blank & sound
        if wrong.any():
            spreadsheet = wrong & contains(cells, patterns.SPREADSHEET_NUMBER)
            yield from _hits("CODE_SPREADSHEET_NUMBER", column, spreadsheet)
            yield from _hits("CODE_FORM", column, wrong & ~spreadsheet)


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

    def hits(code: str, name_is: Mask) -> Iterator[Hits]:
        yield from _hits(code, "name", name_is[codes] & sound)

    yield from hits("NAME_MISSING", ~filled)
    placeholder = cells.str.upper().isin(_NAME_BLANKS).to_numpy()
    yield from hits("NAME_PLACEHOLDER", placeholder)
    emoji = contains(cells, _EMOJI)
    yield from hits("NAME_EMOJI", emoji)
    yield from hits("NAME_TOO_LONG", (cells.str.len() > NAME_LIMIT).to_numpy(dtype=bool))
    yield from hits("NAME_PRIVATE_USE", contains(cells, _PRIVATE_USE))
    yield from hits("NAME_INNER_SPACE", contains(cells, _HAN_WITH_BLANK))
    unusual = filled & ~placeholder & ~emoji & contains(cells, _UNUSUAL_NAME)
    yield from hits("NAME_UNUSUAL", unusual)


def duplicate_candidates(roster: Roster) -> Iterator[Hits]:
    """The archive number names one candidate."""
    cells = roster.frame["candidate_id"]
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
    yield from _hits_at("CANDIDATE_ID_TWO_PROVINCES", "candidate_id", positions[several])
    yield from _hits_at("CANDIDATE_ID_DUPLICATE", "candidate_id", positions[~several])


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
    yield from _hits_at("ID_DUPLICATE_NAMES", "id_number", positions[differ])
    yield from _hits_at("PERSON_TWICE", "id_number", positions[~differ])


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
    yield from _hits_at("PHOTO_SHARED", "photo", positions[numbers_differ & persons_differ])
    yield from _hits_at("PERSON_TWO_IDS", "photo", positions[numbers_differ & ~persons_differ])


def printable_names(roster: Roster) -> Iterator[Hits]:
    """Names that paper can show only with code points in them; the names are not shown."""
    positions, characters = not_printable(roster.frame["name"], roster.sound("name"))
    if len(positions):
        yield Hits("NAME_NOT_PRINTABLE", positions, "name", values=characters)


def photo_names(roster: Roster) -> Iterator[Hits]:
    """A photo is a plain file name below the photo folder."""
    wrong = roster.filled("photo") & ~contains(roster.frame["photo"], _PHOTO)
    yield from _hits("PHOTO_NAME", "photo", wrong)


def comparable_name(name: str) -> str:
    """A name for comparison: variation selectors and combining marks do not count."""
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))


def _hits_at(code: str, column: str, positions: npt.NDArray[np.int64]) -> Iterator[Hits]:
    if len(positions):
        yield Hits(code, positions, column)


# ---------------------------------------------------------------- what is sat, where, with what


def known_codes(roster: Roster) -> Iterator[Hits]:
    """Specialties and exam points are those of the reference data, byte by byte."""
    for code, column, known in (
        ("SPECIALTY_UNKNOWN", "specialty", set(roster.reference.specialty_by_code)),
        ("EXAM_POINT_UNKNOWN", "exam_point", set(roster.reference.point_by_id)),
    ):
        unknown = roster.filled(column) & ~roster.frame[column].isin(known).to_numpy()
        yield from _hits(code, column, unknown)


def subjects(roster: Roster) -> Iterator[Hits]:
    """Ascending digits of the subjects still to sit, in a sitting that has them all."""
    cells = roster.frame["subjects"]
    sound = roster.sound("subjects")
    blank = is_blank(cells)
    yield from _hits("SUBJECTS_MISSING", "subjects", blank & sound)
    wrong = ~contains(cells, "^1?2?3?4?$") & ~blank & sound
    yield from _hits("SUBJECTS_FORM", "subjects", wrong)


def open_specialties(roster: Roster) -> Iterator[Hits]:
    """The policy leaves a sitting, and that sitting holds the subjects."""
    fit = roster.filled("specialty", "subjects")
    pair = roster.frame["specialty"] + "/" + roster.frame["subjects"]
    codes, uniques = pd.factorize(pair.where(fit, ""))
    closed = np.zeros(len(uniques), dtype=bool)
    missing = np.zeros(len(uniques), dtype=bool)
    for i, text in enumerate(uniques):
        if text:
            specialty, cell = text.split("/")
            sittings = open_sittings(roster.reference, roster.policy, specialty)
            mask = subjects_to_mask(cell)
            closed[i] = not sittings
            missing[i] = bool(sittings) and all(mask & ~s.mask for s in sittings)
    yield from _hits("SPECIALTY_CLOSED", "specialty", closed[codes])
    yield from _hits("SUBJECT_WITHOUT_SESSION", "subjects", missing[codes])


def needs(roster: Roster) -> Iterator[Hits]:
    """Needs are declared in ``exam.toml``."""
    known = {need.id for need in roster.reference.exam.needs}

    def well_formed(cell: str) -> bool:
        try:
            parse_items(cell)
        except ValueError:
            return False
        return True

    cells = roster.frame["needs"]
    filled = roster.filled("needs")
    formed = over_unique(cells, well_formed)
    yield from _hits("NEEDS_FORM", "needs", filled & ~formed)
    unknown = over_unique(cells, lambda cell: bool(cell) and not set(cell.split(";")) <= known)
    yield from _hits("NEED_UNKNOWN", "needs", filled & formed & unknown)


def similar_employers(roster: Roster) -> Iterator[Hits]:
    """Two spellings of one employer would count as two employers."""
    different = roster.frame["employer"].drop_duplicates()
    folded = different.str.lower()
    suspicious = set(different[folded.duplicated(keep=False) & (different != "")])
    if suspicious:
        mask = roster.frame["employer"].isin(suspicious).to_numpy() & roster.sound("employer")
        yield from _hits("EMPLOYER_SIMILAR", "employer", mask)


# ---------------------------------------------------------------- origins


def coordinates(roster: Roster) -> Iterator[Hits]:
    """Degrees in decimal notation, both or neither, on the globe and not at (0, 0)."""
    for name in ("latitude", "longitude"):
        wrong = roster.filled(name) & ~contains(roster.frame[name], patterns.DEGREES)
        yield from _hits("COORDINATE_FORM", name, wrong)


def coordinate_ranges(roster: Roster) -> Iterator[Hits]:
    """Runs after :func:`coordinates`, so every sound cell is a number."""
    blank = {name: is_blank(roster.frame[name]) for name in ("latitude", "longitude")}
    both_sound = roster.sound("latitude", "longitude")
    half = both_sound & (blank["latitude"] != blank["longitude"])
    for name in ("latitude", "longitude"):
        yield from _hits("COORDINATE_HALF", name, half & blank[name])
    latitude, longitude = roster.degrees["latitude"], roster.degrees["longitude"]
    with np.errstate(invalid="ignore"):
        outside_latitude, outside_longitude = np.abs(latitude) > 90, np.abs(longitude) > 180
        swapped = outside_latitude & (np.abs(longitude) <= 90) & (np.abs(latitude) <= 180)
    for name, outside in (("latitude", outside_latitude), ("longitude", outside_longitude)):
        positions = np.flatnonzero(outside)
        if len(positions):
            yield Hits(
                "COORDINATE_RANGE", positions, name,
                hints=["swapped?" if swapped[p] else "" for p in positions],
            )  # fmt: skip
    yield from _hits("COORDINATE_ZERO", "latitude", (latitude == 0) & (longitude == 0))


def far_origins(roster: Roster) -> Iterator[Hits]:
    """More than 1,000 km from the exam point is possible, but rarely meant."""
    usable = roster.filled("latitude", "longitude", "exam_point")
    positions = np.flatnonzero(usable)
    if not len(positions):
        return
    points = roster.reference.point_by_id
    codes, ids = pd.factorize(roster.frame["exam_point"].iloc[positions])
    places = [points.get(point) for point in ids]
    here = np.array(
        [(p.latitude, p.longitude) if p is not None else (np.nan, np.nan) for p in places],
        dtype=np.float64,
    )[codes]
    latitude = roster.degrees["latitude"][positions]
    longitude = roster.degrees["longitude"][positions]
    metres = great_circle_metres(latitude, longitude, here[:, 0], here[:, 1])
    far = metres > patterns.FAR_METRES
    if not far.any():
        return
    mended = np.abs(longitude) <= 90
    mended &= (
        great_circle_metres(longitude, latitude, here[:, 0], here[:, 1]) <= patterns.FAR_METRES
    )
    yield Hits(
        "COORDINATE_FAR",
        positions[far],
        "latitude",
        values=[f"{m // 1000} km" for m in metres[far]],
        hints=["swapped?" if m else "" for m in mended[far]],
    )


# ---------------------------------------------------------------- pins


def pins(roster: Roster) -> Iterator[Hits]:
    """A pinned place must be one that the rules leave to this person."""
    columns = ["exam_point", "specialty", "subjects", "employer", "pinned_center", "pinned_sitting"]
    pinned = roster.sound(*columns) & (
        ~is_blank(roster.frame["pinned_center"]) | ~is_blank(roster.frame["pinned_sitting"])
    )
    broken: dict[tuple[str, str, str], list[int]] = {}
    for keys, group in roster.frame.loc[pinned, columns].groupby(columns, sort=False):
        positions = group.index.to_list()
        case = dict(zip(columns, map(str, keys), strict=True))
        for code, column, hint in _broken_pins(roster, case):
            broken.setdefault((code, column, hint), []).extend(positions)
    for (code, column, hint), positions in broken.items():
        ordered = np.array(sorted(positions), dtype=np.int64)
        yield Hits(code, ordered, column, hints=[hint] * len(ordered))


def _broken_pins(roster: Roster, case: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """``(code, column, hint)`` of what is wrong with one combination of pins."""
    reference = roster.reference
    mode = reference.specialty_by_code[case["specialty"]].mode
    if case["pinned_center"]:
        for code, hint in _broken_center(roster, case, mode):
            yield code, "pinned_center", hint
    if case["pinned_sitting"]:
        sitting = {s.id: s for s in reference.exam.sittings}.get(case["pinned_sitting"])
        code = ""
        if sitting is None:
            code = "PIN_UNKNOWN_SITTING"
        elif sitting.mode is not mode:
            code = "PIN_WRONG_MODE"
        elif sitting not in open_sittings(reference, roster.policy, case["specialty"]):
            code = "PIN_SITTING_FORBIDDEN"
        elif subjects_to_mask(case["subjects"]) & ~sitting.mask:
            code = "PIN_SITTING_WITHOUT_SUBJECT"
        if code:
            yield code, "pinned_sitting", ""


def _broken_center(
    roster: Roster, case: Mapping[str, str], mode: Mode
) -> Iterator[tuple[str, str]]:
    center = roster.reference.center_by_id.get(case["pinned_center"])
    if center is None:
        yield "PIN_UNKNOWN_CENTER", ""
        return
    hosts = host_points(roster.reference, case["exam_point"])
    if center.exam_point not in hosts:
        yield "PIN_OUTSIDE_POINT", f"Its people may sit at {'; '.join(hosts)}."
    if center.seats(mode) == 0:
        yield "PIN_CENTER_WITHOUT_SEATS", f"Mode: {mode}."
    own = center.employer != "" and center.employer == case["employer"]
    if own and roster.policy.rules.own_employer is OwnEmployer.FORBID:
        yield "PIN_OWN_EMPLOYER", ""


# ---------------------------------------------------------------- the whole file


def provinces(roster: Roster) -> Iterator[Hits]:
    """Every province that must be in the roster is."""
    of_point = {p.exam_point: p.province for p in roster.reference.exam_points}
    present = {of_point.get(point) for point in roster.frame["exam_point"].drop_duplicates()}
    for province in sorted(set(roster.reference.exam.provinces) - present):
        yield Hits(
            "PROVINCE_MISSING", np.empty(0, np.int64), "exam_point",
            values=[province], whole_file=True,
        )  # fmt: skip


RULES: tuple[Rule, ...] = (
    spreadsheet_errors,
    line_breaks,
    number_cells,
    garbled_text,
    code_forms,
    identities,
    suspect_column,
    names,
    printable_names,
    photo_names,
    duplicate_candidates,
    duplicate_persons,
    shared_photos,
    known_codes,
    subjects,
    open_specialties,
    needs,
    similar_employers,
    coordinates,
    coordinate_ranges,
    far_origins,
    pins,
    provinces,
)


def shown(column: str, cell: str) -> str:
    """A cell as a report may show it: personal text masked, long text cut.

    A long run of digits in another column may be an ID number in the wrong place.
    """
    if column in PERSONAL_COLUMNS or re.search(r"[0-9]{14}", cell):
        return mask_personal(cell)
    return cell if len(cell) <= 60 else f"{cell[:57]}..."
