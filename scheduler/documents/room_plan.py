"""Seat plans of rooms as pictures to hang at the door: one SVG per room and sitting, A4.

The picture names no person: a cell shows the seat number, the specialty code and the sessions. The
front of the room is at the top; left and right are those of a candidate who faces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from models.errors import UsageError
from models.exam import SEPARATE_ROOM, Exam, Mode
from models.places import Center, Room
from scheduler.documents import room_cells, svg
from scheduler.documents.room_legend import CIRCLED, Legend, legend_of
from scheduler.documents.room_legend_block import COLUMN_GAP, LegendBlock
from scheduler.places import Places
from scheduler.plan import read_manifest, read_table, root_hash
from scheduler.plan_places import RoomView, read_reference, seats_where, view_room

MARGIN: Final = 10.0
HEADER: Final = 33.0
FOOTER: Final = 13.0
GAP: Final = 4.0
FRONT: Final = 7.5
"""Height of the bar that marks the front."""
ROW_LABELS: Final = 7.0
COLUMN_LABELS: Final = 4.0
PAPER: Final = ((297.0, 210.0), (210.0, 297.0))
"""A4, landscape and portrait, millimetres."""
LARGEST_CELL: Final = (32.0, 22.0)

WEEKDAYS: Final = "一二三四五六日"
MODES: Final = {Mode.COMPUTER: "人机对话", Mode.PAPER: "纸笔作答"}


@dataclass(frozen=True)
class RoomPlan:
    """Everything that one picture shows."""

    exam: Exam
    center: Center
    view: RoomView
    legend: Legend
    plan_version: int
    root_hash: str
    pairs: int
    pairs_bound: int

    @property
    def room(self) -> Room:
        """The room."""
        return self.view.room


# ---------------------------------------------------------------- from a plan directory


def room_plans(plan_dir: Path, center_id: str, sitting_id: str) -> tuple[RoomPlan, ...]:
    """Every room of a center that is used in a sitting, by room id.

    Raises:
        UsageError: the plan has no such center or sitting, or nobody sits there then.
        PlanDirectoryError: the folder is not a finished plan.
    """
    reference = read_reference(plan_dir)
    if center_id not in reference.center_by_id:
        raise UsageError(f"there is no center {center_id!r}")
    ids = [s.id for s in reference.exam.sittings]
    if sitting_id not in ids:
        raise UsageError(f"there is no sitting {sitting_id!r}, but {', '.join(ids)}")
    seats = seats_where(plan_dir, center_id=center_id, sitting=sitting_id)
    if seats.empty:
        raise UsageError(f"nobody sits at {center_id} in {sitting_id}")
    manifest, root = read_manifest(plan_dir), root_hash(plan_dir)
    pairs = {
        (row["center_id"], row["room_id"], row["sitting"]): (int(row["pairs"]), int(row["bound"]))
        for row in read_table(plan_dir, "neighbours").to_dict("records")
    }
    places, sitting = Places(reference), reference.exam.sitting(sitting_id)
    plans = []
    for room_id in sorted(set(seats["room_id"])):
        view = view_room(places, center_id, room_id, sitting, seats)
        plans.append(
            RoomPlan(
                reference.exam, reference.center_by_id[center_id], view,
                legend_of(view, reference), manifest.plan_version, root,
                *pairs.get((center_id, room_id, sitting_id), (0, 0)),
            )
        )  # fmt: skip
    return tuple(plans)


def write_rooms(plan_dir: Path, center_id: str, sitting_id: str, out: Path) -> tuple[Path, ...]:
    """Draw the used rooms of a center in a sitting; returns the files written.

    Args:
        plan_dir: a finished plan.
        center_id: the center.
        sitting_id: the sitting.
        out: a folder, which gets ``CENTER_SITTING_ROOM.svg`` per room; or, if only one room is
            used, a file name that ends in ``.svg``.

    Raises:
        UsageError: as :func:`room_plans`; or ``out`` is a file and several rooms are used.
        PlanDirectoryError: the folder is not a finished plan.
    """
    plans = room_plans(plan_dir, center_id, sitting_id)
    if out.suffix == ".svg" and not out.is_dir():
        if len(plans) > 1:
            rooms = ", ".join(plan.room.room_id for plan in plans)
            raise UsageError(f"{len(plans)} rooms are used ({rooms}): --out takes a folder")
        files: Mapping[Path, RoomPlan] = {out: plans[0]}
    else:
        files = {out / f"{center_id}_{sitting_id}_{p.room.room_id}.svg": p for p in plans}
    for path, plan in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw_room(plan))
    return tuple(files)


# ---------------------------------------------------------------- where everything goes


@dataclass(frozen=True)
class Layout:
    """Where the parts of a page are, millimetres; ``cell`` is width and height of one cell."""

    page: tuple[float, float]
    grid: tuple[float, float]
    cell: tuple[float, float]
    legend: tuple[float, float]
    legend_columns: int


def layout_of(plan: RoomPlan, block: LegendBlock) -> Layout:
    """The layout with the most legible cells: portrait or landscape, legend below or right."""
    choices = []
    rows, columns = plan.room.rows, plan.room.columns
    for width, height in PAPER:
        inner_width, inner_height = width - 2 * MARGIN, height - 2 * MARGIN - HEADER - FOOTER
        top = MARGIN + HEADER
        below = int((inner_width + COLUMN_GAP) // (block.width + COLUMN_GAP))
        for beside, legend_columns in ((True, 1), (False, below)):
            needed = block.height(legend_columns)
            area_width = inner_width - (block.width + GAP if beside else 0)
            area_height = inner_height - (0 if beside else needed + GAP)
            if beside and needed > inner_height:
                continue
            cell = (
                min((area_width - ROW_LABELS) / columns, LARGEST_CELL[0]),
                min((area_height - FRONT - COLUMN_LABELS) / rows, LARGEST_CELL[1]),
            )
            if min(cell) <= 0:
                continue
            cell = (min(cell[0], 1.9 * cell[1]), min(cell[1], 1.1 * cell[0]))
            grid_width = columns * cell[0] + ROW_LABELS
            grid_height = rows * cell[1] + FRONT + COLUMN_LABELS
            if beside:
                left = MARGIN + (area_width - grid_width) / 2
                legend = (width - MARGIN - block.width, top)
            else:
                left = MARGIN + (area_width - grid_width) / 2
                legend = (MARGIN, top + grid_height + GAP)
            layout = Layout((width, height), (left, top), cell, legend, legend_columns)
            choices.append((min(cell[0] / 1.25, cell[1]), layout))
    if not choices:
        raise UsageError(f"room {plan.room.room_id} has too many rows for one page")
    best = max(score for score, _ in choices)
    # Nearly as legible counts as equal: then landscape with the legend beside, the first choice.
    return next(layout for score, layout in choices if score > 0.97 * best)


# ---------------------------------------------------------------- drawing


def draw_room(plan: RoomPlan) -> bytes:
    """The picture of one room in one sitting, as the bytes of an SVG file."""
    block = LegendBlock(plan.legend, plan.view, _notes(plan))
    layout = layout_of(plan, block)
    title = f"{plan.center.name_zh} {plan.room.name_zh}（{plan.room.room_id}）座次图"
    description = (
        f"{plan.exam.name_zh}；{plan.view.sitting.name_zh}；方案第{plan.plan_version}版 "
        f"{plan.root_hash[:12]}"
    )
    root = svg.page(*layout.page, title, description)
    room_cells.define_patterns(root, plan.legend)
    _header(root, plan, layout)
    _grid(root, plan, layout)
    block.draw(root, *layout.legend, layout.legend_columns, layout.page[0] - MARGIN)
    _footer(root, layout)
    return svg.to_bytes(root)


def _header(root: Element, plan: RoomPlan, layout: Layout) -> None:
    width = layout.page[0]
    right = 46.0
    inner = width - 2 * MARGIN - right - GAP
    svg.text(root, MARGIN, MARGIN + 4, svg.cut(plan.exam.name_zh, inner, 4), 4, fill="#333")
    name = f"{plan.center.name_zh}　{plan.room.name_zh}（{plan.room.room_id}）座次图"
    size = svg.fitted(name, inner, 7.5)
    svg.text(root, MARGIN, MARGIN + 13, name, size, font_weight="bold")
    sitting = plan.view.sitting
    mode = "" if MODES[sitting.mode] in sitting.name_zh else f"　{MODES[sitting.mode]}"
    what = f"{sitting.id}　{sitting.name_zh}{mode}"
    svg.text(root, MARGIN, MARGIN + 19, svg.cut(what, inner, 4), 4)
    _version_box(root, plan, width - MARGIN - right, right)
    _session_boxes(root, plan, layout)


def _version_box(root: Element, plan: RoomPlan, x: float, width: float) -> None:
    svg.rect(root, x, MARGIN, width, 19, fill="none", stroke="#111", stroke_width="0.3")
    svg.text(root, x + 2, MARGIN + 6, f"方案第 {plan.plan_version} 版", 4.4, font_weight="bold")
    svg.text(
        root, x + 2, MARGIN + 11, f"{plan.exam.code}", svg.fitted(plan.exam.code, width - 4, 3.4)
    )
    svg.text(root, x + 2, MARGIN + 16, plan.root_hash[:12], 4, font_family="monospace,sans-serif")


def _session_boxes(root: Element, plan: RoomPlan, layout: Layout) -> None:
    sessions = plan.view.sessions
    names = {s.number: s.name_zh for s in plan.exam.subjects}
    width = (layout.page[0] - 2 * MARGIN) / len(sessions)
    top = MARGIN + 21.5
    for i, session in enumerate(sessions):
        x = MARGIN + i * width
        svg.rect(root, x, top, width, 9, fill="#f3f3f3", stroke="#111", stroke_width="0.2")
        name = f"{CIRCLED[session.subject - 1]} {names[session.subject]}"
        svg.text(root, x + 2, top + 3.8, name, svg.fitted(name, width - 4, 3.4), font_weight="bold")
        day = f"{session.start.month}月{session.start.day}日"
        week = f"星期{WEEKDAYS[session.start.weekday()]}"
        when = f"{day} {week} {session.start:%H:%M}–{session.end:%H:%M}"
        svg.text(root, x + 2, top + 7.8, when, svg.fitted(when, width - 4, 3.4))


def _grid(root: Element, plan: RoomPlan, layout: Layout) -> None:
    left, top = layout.grid
    width, height = layout.cell
    x0, y0 = left + ROW_LABELS, top + FRONT + COLUMN_LABELS
    across = plan.room.columns * width
    svg.rect(root, x0, top, across, FRONT - 1.5, fill="#333", rx="0.8")
    front = "讲 台（前）"
    size = svg.fitted(front, across - 2, 4)
    svg.text(
        root, x0 + across / 2, top + 4.4, front, size, fill="#fff", text_anchor="middle",
        font_weight="bold",
    )  # fmt: skip
    if across > 70:
        for x, side, anchor in ((x0 + 2, "← 左", "start"), (x0 + across - 2, "右 →", "end")):
            svg.text(root, x, top + 4.2, side, 3.2, fill="#fff", text_anchor=anchor)
    label = min(2.8, 0.3 * width, 0.5 * height)
    labels = svg.group(root, fill="#666", text_anchor="middle")
    for column in range(plan.room.columns):
        svg.text(labels, x0 + (column + 0.5) * width, y0 - 1.2, f"{column + 1}列", label)
    for row in range(plan.room.rows):
        y = y0 + (row + 0.5) * height + label / 3
        svg.text(labels, left + ROW_LABELS / 2, y, f"{row + 1}排", label)
    for cell in plan.view.cells:
        box = room_cells.Box(x0 + cell.column * width, y0 + cell.row * height, width, height)
        room_cells.draw_cell(root, box, cell, plan.view, plan.legend)


def _footer(root: Element, layout: Layout) -> None:
    width, height = layout.page
    y = height - MARGIN - 5
    svg.line(root, MARGIN, y - 5.5, width - MARGIN, y - 5.5, stroke="#111", stroke_width="0.2")
    signers = ("主考", "监考员", "监考员", "技术员", "日期")
    step = (width - 2 * MARGIN) / len(signers)
    for i, signer in enumerate(signers):
        x = MARGIN + i * step
        svg.text(root, x, y, signer, 3.6)
        start = x + svg.width_of(signer, 3.6) + 1
        svg.line(root, start, y + 0.6, x + step - 3, y + 0.6, stroke="#111", stroke_width="0.2")
    note = "讲台在上；左、右以考生面向讲台为准。图中无姓名、无证件号码。"
    svg.text(root, MARGIN, y + 5, note, 2.8, fill="#444")


def _notes(plan: RoomPlan) -> tuple[str, ...]:
    """What is to be known of the room as a whole."""
    notes = []
    ratio = {need.id: need.extra_time_ratio for need in plan.exam.needs}
    for feature in plan.room.features:
        if feature.seats:
            continue
        name = room_cells.need_name(feature.need)
        if feature.need == SEPARATE_ROOM:
            notes.append(f"本室为{name}：只安排需要{name}的考生")
        elif ratio.get(feature.need):
            percent = f"{100 * ratio[feature.need]:f}".rstrip("0").rstrip(".")
            notes.append(f"本室可{name}（延长 {percent}%）")
        else:
            notes.append(f"本室各座位：{name}")
    if plan.pairs:
        notes.append(f"相邻同卷 {plan.pairs} 处（下限 {plan.pairs_bound}）")
    else:
        notes.append("左右前后无相邻同卷")
    if plan.room.note:
        notes.append(f"备注：{plan.room.note}")
    return tuple(notes)
