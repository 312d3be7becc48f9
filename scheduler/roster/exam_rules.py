"""Rules about what a row sits, where and with what: each cell against the reference data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from models.exam import Mode
from models.policy import OwnEmployer
from models.text import parse_items, subjects_to_mask
from scheduler.places import host_points
from scheduler.roster import patterns
from scheduler.roster.columns import contains, is_blank, over_unique
from scheduler.roster.examined import Hits, Roster, hits_where
from scheduler.roster.open_sittings import open_sittings
from scheduler.travel import great_circle_metres

# ---------------------------------------------------------------- what is sat, where, with what


def known_codes(roster: Roster) -> Iterator[Hits]:
    """Specialties and exam points are those of the reference data, byte by byte."""
    for code, column, known in (
        ("SPECIALTY_UNKNOWN", "specialty", set(roster.reference.specialty_by_code)),
        ("EXAM_POINT_UNKNOWN", "exam_point", set(roster.reference.point_by_id)),
    ):
        unknown = roster.filled(column) & ~roster.frame[column].isin(known).to_numpy()
        yield from hits_where(code, column, unknown)


def subjects(roster: Roster) -> Iterator[Hits]:
    """Ascending digits of the subjects still to sit, in a sitting that has them all."""
    cells = roster.frame["subjects"]
    sound = roster.sound("subjects")
    blank = is_blank(cells)
    yield from hits_where("SUBJECTS_MISSING", "subjects", blank & sound)
    wrong = ~contains(cells, "^1?2?3?4?$") & ~blank & sound
    yield from hits_where("SUBJECTS_FORM", "subjects", wrong)


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
    yield from hits_where("SPECIALTY_CLOSED", "specialty", closed[codes])
    yield from hits_where("SUBJECT_WITHOUT_SESSION", "subjects", missing[codes])


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
    yield from hits_where("NEEDS_FORM", "needs", filled & ~formed)
    unknown = over_unique(cells, lambda cell: bool(cell) and not set(cell.split(";")) <= known)
    yield from hits_where("NEED_UNKNOWN", "needs", filled & formed & unknown)


def similar_employers(roster: Roster) -> Iterator[Hits]:
    """Two spellings of one employer would count as two employers."""
    different = roster.frame["employer"].drop_duplicates()
    folded = different.str.lower()
    suspicious = set(different[folded.duplicated(keep=False) & (different != "")])
    if suspicious:
        mask = roster.frame["employer"].isin(suspicious).to_numpy() & roster.sound("employer")
        yield from hits_where("EMPLOYER_SIMILAR", "employer", mask)


# ---------------------------------------------------------------- origins


def coordinates(roster: Roster) -> Iterator[Hits]:
    """Degrees in decimal notation, both or neither, on the globe and not at (0, 0)."""
    for name in ("latitude", "longitude"):
        wrong = roster.filled(name) & ~contains(roster.frame[name], patterns.DEGREES)
        yield from hits_where("COORDINATE_FORM", name, wrong)


def coordinate_ranges(roster: Roster) -> Iterator[Hits]:
    """Runs after :func:`coordinates`, so every sound cell is a number."""
    blank = {name: is_blank(roster.frame[name]) for name in ("latitude", "longitude")}
    both_sound = roster.sound("latitude", "longitude")
    half = both_sound & (blank["latitude"] != blank["longitude"])
    for name in ("latitude", "longitude"):
        yield from hits_where("COORDINATE_HALF", name, half & blank[name])
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
    yield from hits_where("COORDINATE_ZERO", "latitude", (latitude == 0) & (longitude == 0))


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
