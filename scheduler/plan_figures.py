"""Counts the figures of the plan report from a plan directory and the roster's origins."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from models.exam import Exam
from models.reference import ReferenceData
from scheduler.documents.figures import Lack, Load, Place, PlanFigures, Spread, Travel
from scheduler.plan import read_manifest, read_shortages, read_table
from scheduler.plan_places import read_reference
from scheduler.roster.columns import plain_digits, rounded, trimmed
from scheduler.roster.read import read_table as read_text_table
from scheduler.travel import great_circle_metres, round_degrees

BANDS = (0, 5, 10, 25, 50, 100, 200, 400)
"""Kilometres at which the bands of travel begin."""
BUSIEST = 20

Origins = Mapping[str, tuple[float, float]]


def plan_figures(plan_dir: Path, roster: Path, *, sheet: str | None = None) -> PlanFigures:
    """The figures of a finished plan.

    Args:
        plan_dir: the plan.
        roster: that it was made from; only archive numbers and coordinates are read.
        sheet: of a workbook.

    Raises:
        PlanDirectoryError: the folder is not a finished plan.
    """
    manifest, reference = read_manifest(plan_dir), read_reference(plan_dir)
    exam, totals = reference.exam, manifest.totals
    rooms = read_table(plan_dir, "utilisation")
    seats = read_table(plan_dir, "seats")
    rooms["exam_point"] = rooms["center_id"].map(
        {c.center_id: c.exam_point for c in reference.centers}
    )
    used = sorted(set(rooms.loc[rooms["occupied"] > 0, "sitting"]))
    sessions = tuple(
        (s.id, session.subject)
        for s in sorted(exam.sittings, key=lambda s: min(x.start for x in s.session))
        if s.id in used
        for session in sorted(s.session, key=lambda x: x.start)
    )
    balance = read_table(plan_dir, "balance")
    return PlanFigures(
        totals=(totals.in_, totals.placed, totals.unplaced, totals.set_aside),
        goals=tuple(
            (g.goal, g.value, g.bound, float(g.gap), g.unit, g.status) for g in manifest.goals
        ),
        dates=_dates(exam, rooms, seats, used),
        sessions=sessions,
        centers=_centers(reference, rooms),
        busiest=_busiest(reference, rooms),
        travel=_travel(reference, seats, roster, sheet, manifest.policy.travel.decimals),
        places=_places(reference, seats),
        shortages=_shortages(plan_dir, reference),
        peak_use=_spread(balance, "peak_use"),
        mean_km=_spread(balance, "mean_km"),
    )


def _dates(
    exam: Exam, rooms: pd.DataFrame, seats: pd.DataFrame, used: list[str]
) -> tuple[tuple[str, str, int, Load], ...]:
    people = seats.groupby("sitting").size()
    load = rooms.groupby(["sitting", "subject"])[["occupied", "seats"]].sum()
    made = []
    for sitting_id in used:
        here = load[load.index.get_level_values("sitting") == sitting_id]
        busiest = here.sort_values("occupied", ascending=False).iloc[0]
        name = exam.sitting(sitting_id).name_zh
        made.append(
            (sitting_id, name, int(people[sitting_id]),
             Load(int(busiest["occupied"]), int(busiest["seats"])))
        )  # fmt: skip
    return tuple(made)


def _centers(
    reference: ReferenceData, rooms: pd.DataFrame
) -> tuple[tuple[str, str, Mapping[tuple[str, int], Load]], ...]:
    load = rooms.groupby(["center_id", "sitting", "subject"])[["occupied", "seats"]].sum()
    by_center: dict[str, dict[tuple[str, int], Load]] = {}
    for row in load[load["seats"] > 0].reset_index().to_dict("records"):
        session = (str(row["sitting"]), int(row["subject"]))
        here = by_center.setdefault(str(row["center_id"]), {})
        here[session] = Load(int(row["occupied"]), int(row["seats"]))
    names = {c.center_id: c.name_zh for c in reference.centers}
    return tuple((center, names[center], here) for center, here in sorted(by_center.items()))


def _busiest(reference: ReferenceData, rooms: pd.DataFrame) -> tuple[tuple[str, str, Load], ...]:
    keys = ["exam_point", "sitting", "subject"]
    load = rooms.groupby(keys, as_index=False)[["occupied", "seats"]].sum()
    load = load[(load["seats"] > 0) & (load["occupied"] > 0)]
    load["share"] = load["occupied"] / load["seats"]
    order = load.sort_values(
        ["share", "occupied", *keys], ascending=[False, False, True, True, True]
    )
    top = order.drop_duplicates("exam_point").head(BUSIEST)
    names = {p.exam_point: p.name_zh for p in reference.exam_points}
    return tuple(
        (names[str(r["exam_point"])], f"{r['sitting']}-{r['subject']}",
         Load(int(r["occupied"]), int(r["seats"])))
        for r in top.to_dict("records")
    )  # fmt: skip


def _places(reference: ReferenceData, seats: pd.DataFrame) -> tuple[Place, ...]:
    point_of = {c.center_id: c.exam_point for c in reference.centers}
    people = seats["center_id"].map(point_of).value_counts()
    return tuple(
        Place(p.name_zh, float(p.latitude), float(p.longitude), int(people.get(p.exam_point, 0)))
        for p in reference.exam_points
    )


def _travel(
    reference: ReferenceData, seats: pd.DataFrame, roster: Path, sheet: str | None, decimals: int
) -> Travel | None:
    frame = read_text_table(roster, sheet=sheet).frame
    if not {"latitude", "longitude"} <= set(frame.columns):
        return None
    origins = pd.DataFrame(
        {
            name: pd.to_numeric(rounded(trimmed(frame[name]), decimals), errors="coerce").to_numpy()
            for name in ("latitude", "longitude")
        },
        index=pd.Index(plain_digits(trimmed(frame["candidate_id"]))),
    )
    known = origins.loc[~origins.index.duplicated()].reindex(seats["candidate_id"]).to_numpy()
    place = {
        c.center_id: [float(round_degrees(Decimal(x), decimals)) for x in (c.latitude, c.longitude)]
        for c in reference.centers
    }
    to = np.array([place[c] for c in seats["center_id"]], dtype=np.float64).reshape(-1, 2)
    there = ~np.isnan(known).any(axis=1)
    if not there.any():
        return None
    known, to = known[there], to[there]
    metres = great_circle_metres(known[:, 0], known[:, 1], to[:, 0], to[:, 1])
    km = metres / 1000
    edges = [*BANDS, np.inf]
    counts, _ = np.histogram(km, edges)
    bands = tuple(
        (low, high, int(count))
        for low, high, count in zip(BANDS, [*BANDS[1:], None], counts, strict=True)
    )
    return Travel(
        bands, len(km), float(km.mean()), float(np.median(km)),
        float(np.quantile(km, 0.95)), float(km.max()),
    )  # fmt: skip


def _shortages(plan_dir: Path, reference: ReferenceData) -> tuple[Lack, ...]:
    names = {p.exam_point: p.name_zh for p in reference.exam_points}
    made = []
    for s in read_shortages(plan_dir):
        best = s.repairs[0] if s.repairs else None
        made.append(
            Lack(
                s.shortage_id, names.get(s.exam_point, s.exam_point), s.sitting, s.demand, s.seats,
                s.short, best.text_zh if best else "", best.text_en if best else "",
            )
        )  # fmt: skip
    return tuple(made)


def _spread(balance: pd.DataFrame, column: str) -> dict[str, Spread]:
    """By sitting; the mean is weighted by candidates."""
    known = balance[balance[column] != ""]
    values = pd.to_numeric(known[column])
    made = {}
    for sitting, rows in values.groupby(known["sitting"]):
        weights = known.loc[rows.index, "candidates"]
        mean = float(np.average(rows, weights=weights))
        made[str(sitting)] = Spread(float(rows.min()), mean, float(rows.max()))
    return made
