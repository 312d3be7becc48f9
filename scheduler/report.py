"""What a finished plan comes to, in a page: as data and as tables for a person.

Everything is read from the plan directory; neither roster nor reference data is needed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from models.errors import PlanDirectoryError
from models.text import ALL_SUBJECTS, mask_to_subjects
from scheduler.plan import (
    INPUTS,
    read_manifest,
    read_run,
    read_shortages,
    read_table,
    root_hash,
)
from scheduler.roster import read as roster_read
from scheduler.terminal import Cell, table

GOAL_NAMES = {
    1: "fewest unplaced",
    2: "fewest outside their exam point",
    3: "fewest papers in use",
    4: "lowest busiest date",
    5: "least travel",
    6: "fewest same-paper neighbours",
}
"""The goals of docs/model.md, section 4, in a few words."""

Report = dict[str, Any]
"""JSON values; the keys are those of :func:`report_data`."""


def report_data(plan_dir: Path) -> Report:
    """The report as JSON values.

    Returns:
        ``plan`` (identity), ``totals``, ``sittings`` (one entry per sitting), ``papers_in_use``,
        ``same_paper_pairs``, ``goals``, ``split_groups``, ``seconds`` (per stage),
        ``solver_seconds``, ``unplaced_by_subjects``, ``shortages``.

    Raises:
        PlanDirectoryError: the folder is not a finished plan.
    """
    manifest = read_manifest(plan_dir)
    run = read_run(plan_dir)
    neighbours = read_table(plan_dir, "neighbours")
    groups = read_table(plan_dir, "sittings")
    return {
        "plan": {
            "exam_code": manifest.exam_code,
            "plan_version": manifest.plan_version,
            "root_hash": root_hash(plan_dir),
            "roster_digest": manifest.roster.digest,
            "reproducible": manifest.reproducible,
        },
        "totals": manifest.totals.model_dump(by_alias=True),
        "sittings": _sittings(plan_dir, groups),
        "papers_in_use": manifest.papers_in_use.model_dump(),
        "same_paper_pairs": {
            column: int(neighbours[column].sum())
            for column in ("pairs", "bound", "same_form_pairs", "same_employer_pairs")
        },
        "goals": [goal.model_dump(mode="json") for goal in manifest.goals],
        "goals_note": manifest.goals_note,
        "split_groups": _split_groups(groups),
        "seconds": run.seconds,
        "solver_seconds": run.solver_seconds,
        "unplaced_by_subjects": _by_subjects(plan_dir),
        "shortages": [
            s.model_dump(mode="json", exclude_none=True) for s in read_shortages(plan_dir)
        ],
    }


def _sittings(plan_dir: Path, groups: pd.DataFrame) -> list[Report]:
    """Candidates, usable seats and the busiest exam point of every sitting."""
    try:
        exam = tomllib.loads((plan_dir / INPUTS / "exam.toml").read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise PlanDirectoryError(f"{plan_dir}: inputs/exam.toml cannot be read") from error
    point_of = _column(plan_dir, "centers.csv", "center_id", "exam_point")
    name_of = _column(plan_dir, "exam_points.csv", "exam_point", "name_zh")
    rooms = read_table(plan_dir, "utilisation")
    rooms["exam_point"] = rooms["center_id"].map(point_of)
    # A seat that a closure takes for one subject is still usable in the sitting.
    usable = rooms.groupby(["sitting", "center_id", "room_id"])["seats"].max()
    seats = usable.groupby("sitting").sum()
    candidates = groups.groupby("sitting")["candidates"].sum()
    busiest = _busiest_points(rooms)
    return [
        {
            "sitting": sitting["id"],
            "name_zh": sitting["name_zh"],
            "mode": sitting["mode"],
            "candidates": int(candidates.get(sitting["id"], 0)),
            "seats": int(seats.get(sitting["id"], 0)),
            "busiest": _named(busiest.get(sitting["id"]), name_of),
        }
        for sitting in sorted(exam["sitting"], key=lambda s: str(s["id"]))
    ]


def _busiest_points(rooms: pd.DataFrame) -> dict[str, Report]:
    """By sitting, the exam point that uses the largest share of its seats in one session."""
    keys = ["sitting", "exam_point", "subject"]
    load = rooms.groupby(keys, as_index=False)[["occupied", "seats"]].sum()
    load = load[load["seats"] > 0]
    load["share"] = load["occupied"] / load["seats"]
    order = load.sort_values(["share", *keys], ascending=[False, True, True, True])
    top = order.drop_duplicates("sitting")
    return {
        str(row["sitting"]): {
            "exam_point": str(row["exam_point"]),
            "subject": int(row["subject"]),
            "occupied": int(row["occupied"]),
            "seats": int(row["seats"]),
            "share": round(float(row["share"]), 4),
        }
        for row in top.to_dict("records")
        if row["occupied"]
    }


def _named(point: Report | None, name_of: Mapping[str, str]) -> Report | None:
    if point is None:
        return None
    return {"exam_point": point["exam_point"], "name_zh": name_of[point["exam_point"]]} | point


def _column(plan_dir: Path, file: str, key: str, value: str) -> dict[str, str]:
    frame = roster_read.read_table(plan_dir / INPUTS / file).frame
    if not {key, value} <= set(frame.columns):
        raise PlanDirectoryError(f"{plan_dir}: inputs/{file} cannot be read")
    return dict(zip(frame[key], frame[value], strict=True))


def _split_groups(groups: pd.DataFrame) -> list[Report]:
    """Paper groups that use more than one sitting, with their people on each."""
    split: list[Report] = []
    for group, rows in groups.groupby("paper_group", sort=True):
        people = rows.groupby("sitting", sort=True)["candidates"].sum()
        if len(people) > 1:
            split.append(
                {
                    "paper_group": str(group),
                    "specialties": sorted(set(rows["specialty"])),
                    "candidates": {str(k): int(v) for k, v in people.items()},
                }
            )
    return split


def _by_subjects(plan_dir: Path) -> list[Report]:
    """Placed and unplaced people by the subjects they sit; all 15 masks, full one first."""
    placed = read_table(plan_dir, "seats")["subjects"].value_counts()
    unplaced = read_table(plan_dir, "unplaced")["subjects"].value_counts()
    cells = sorted(map(mask_to_subjects, range(1, 16)), key=lambda cell: (-len(cell), cell))
    return [
        {"subjects": c, "placed": int(placed.get(c, 0)), "unplaced": int(unplaced.get(c, 0))}
        for c in cells
        if c == ALL_SUBJECTS or placed.get(c, 0) or unplaced.get(c, 0)
    ]


# ---------------------------------------------------------------- for a person


def render(report: Report) -> RenderableType:
    """The report as tables for a terminal or a plain text file."""
    parts: list[RenderableType] = [_candidates(report), _dates(report), _goals(report)]
    parts.append(_split(report))
    if report["totals"]["unplaced"]:
        parts += [_unplaced(report), _shortages(report)]
    if report["seconds"]:
        parts.append(_seconds(report))
    return Group(*parts)


def _candidates(report: Report) -> RenderableType:
    totals = report["totals"]
    columns = ["in", "placed", "unplaced", "set_aside"]
    plan = report["plan"]
    note = "" if plan["reproducible"] else "; stopped early, not reproducible"
    return table(
        f"Candidates of {plan['exam_code']} (plan {plan['root_hash'][:12]}{note})",
        [c.replace("_", " ") for c in columns],
        [[totals[c] for c in columns]],
    )


def _dates(report: Report) -> RenderableType:
    rows: list[list[Cell]] = []
    for sitting in report["sittings"]:
        busiest = sitting["busiest"]
        use: list[Cell] = ["", ""]
        if busiest is not None:
            use = [f"{busiest['exam_point']} {busiest['name_zh']}", f"{busiest['share']:.1%}"]
        rows.append([*(sitting[c] for c in ("sitting", "mode", "candidates", "seats")), *use])
    return table(
        "Per date",
        ["sitting", "mode", "candidates", "usable seats", "busiest exam point", "seats used"],
        rows,
    )


def _goals(report: Report) -> RenderableType:
    rows = [
        [
            f"{g['goal']} {GOAL_NAMES[g['goal']]}",
            *(g[c] for c in ("unit", "value", "bound")),
            f"{g['gap']:.2%}",
            g["status"],
        ]
        for g in report["goals"]
    ]
    return Group(
        table("Goals, in order", ["goal", "unit", "value", "bound", "gap", "status"], rows),
        Text(report["goals_note"], style="dim"),
    )


def _split(report: Report) -> RenderableType:
    papers, pairs = report["papers_in_use"], report["same_paper_pairs"]
    lines = [
        f"Papers in use: {papers['used']} (paper group, sitting) pairs; optimum "
        f"{papers['optimum']}, bound {papers['bound']}, {papers['extra_pairs_allowed']} more "
        "allowed for an even load.",
        f"Same-paper neighbours: {pairs['pairs']} pairs, bound {pairs['bound']}; "
        f"same form {pairs['same_form_pairs']}, same employer {pairs['same_employer_pairs']}.",
    ]
    groups = report["split_groups"]
    if not groups:
        return Text("\n".join(["", *lines, "Every paper group has one date.", ""]))
    rows: list[list[Cell]] = [
        [
            group["paper_group"],
            ", ".join(f"{sitting} {count}" for sitting, count in group["candidates"].items()),
            sum(group["candidates"].values()),
        ]
        for group in groups
    ]
    return Group(
        Text("\n".join(["", *lines, ""])),
        table("Paper groups on more than one date", ["group", "dates", "candidates"], rows),
    )


def _unplaced(report: Report) -> RenderableType:
    rows = [[r["subjects"], r["placed"], r["unplaced"]] for r in report["unplaced_by_subjects"]]
    return table("Unplaced by subjects", ["subjects", "placed", "unplaced"], rows)


def _shortages(report: Report) -> RenderableType:
    lines: list[str] = []
    for shortage in report["shortages"]:
        need = f", need {shortage['need']}" if shortage["need"] else ""
        group = f", paper group {shortage['paper_group']}" if shortage["paper_group"] else ""
        lines.append(
            f"{shortage['shortage_id']}: exam point {shortage['exam_point']}, "
            f"{shortage['mode']}, sitting {shortage['sitting']}{need}{group}: "
            f"{shortage['demand']} seats needed, {shortage['seats']} there, "
            f"{shortage['short']} short ({shortage['reason']}; "
            f"subjects {' '.join(shortage['subjects'])})"
        )
        lines += [
            f"    {shortage['shortage_id']}:{repair['rank']}  {repair['text_en']} "
            f"({repair['text_zh']})"
            for repair in shortage["repairs"]
        ]
    return Text("\n".join(["Shortages and their repairs, cheapest first", *lines, ""]))


def _seconds(report: Report) -> RenderableType:
    rows: list[list[Cell]] = [[k, f"{v:.1f}"] for k, v in report["seconds"].items()]
    rows.append(["solver, of all", f"{report['solver_seconds']:.1f}"])
    return table("Seconds per stage", ["stage", "seconds"], rows)
