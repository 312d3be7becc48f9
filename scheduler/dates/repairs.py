"""Repairs of a shortage, cheapest first, each tested by counting before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from models.exam import SEPARATE_ROOM, Mode
from models.places import Center, Room, RoomFeature, Use
from models.plan import Edit, Repair, RepairKind
from models.policy import GroupDates, Policy
from models.reference import ReferenceData
from scheduler.dates.components import SpecialtyDates, solve_component
from scheduler.dates.explain import Certificate
from scheduler.dates.problem import SpecialtySittings, build_problem
from scheduler.dates.stage import DatesResult, choose_dates, is_small
from scheduler.places import Places
from scheduler.solver import LOG

MOST_NEIGHBOURS = 3
"""How many other exam points are tried for overflow."""
MOST_SEATS_PER_ROW = 200


@dataclass(frozen=True)
class Change:
    """The world with one repair made, and the edits that make it."""

    kind: RepairKind
    reference: ReferenceData
    policy: Policy
    dates: SpecialtyDates
    given: SpecialtySittings | None
    seats: int
    edits: tuple[Edit, ...]
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Workshop:
    """Everything that repairs of one mode are tried on."""

    reference: ReferenceData
    policy: Policy
    cells: pd.DataFrame
    result: DatesResult
    given: SpecialtySittings | None

    def repairs_for(
        self, part: int, certificate: Certificate, reason: str, taken: Mapping[int, int]
    ) -> tuple[Repair, ...]:
        """Repairs after which at least the people of this shortage are placed."""
        del reason
        repairs: list[Repair] = []
        if LOG.asked_to_stop():
            return ()
        for options in (
            self._allow_sitting(certificate, taken),
            self._share_seats(),
            self._release_spare(part, certificate),
            self._overflow(certificate),
            self._add_seats(part, certificate, taken),
        ):
            change = next((c for c in options if self._mends(c, certificate, taken)), None)
            if change is not None:
                repairs.append(
                    Repair(
                        rank=len(repairs) + 1,
                        kind=change.kind,
                        text_zh=change.text_zh,
                        text_en=change.text_en,
                        seats=change.seats,
                        edits=change.edits,
                    )
                )
        return tuple(repairs)

    # ------------------------------------------------------------------ testing by counting

    def _mends(self, change: Change, certificate: Certificate, taken: Mapping[int, int]) -> bool:
        """Are there fewer unplaced by all the people of the shortage?

        A small problem is planned anew, dates and all. On a large one the dates stay, and only
        the exam points concerned are solved again: a sufficient test.
        """
        problem = self.result.problem
        people = sum(taken.values())
        if is_small(problem):
            places = Places(change.reference)
            trial = build_problem(self.cells, places, change.policy, problem.mode, change.given)
            return choose_dates(trial, change.policy).unplaced.value <= (
                self.result.unplaced.value - people
            )
        point = change.reference.point_by_id[certificate.exam_point]
        concerned = {point.exam_point, *point.overflow_to}
        parts = [i for i, c in enumerate(problem.components) if concerned & set(c.points)]
        linked = {p for i in parts for p in problem.components[i].points}
        before = sum(self.result.unplaced_in(i) for i in parts)
        cells = self.cells[self.cells["exam_point"].isin(linked)].reset_index(drop=True)
        trial = build_problem(
            cells, Places(change.reference), change.policy, problem.mode, change.given
        )
        after = sum(
            solve_component(trial, part, change.dates, (1,)).outcomes[1].value
            for part in trial.cells_by_component
        )
        return after <= before - people

    # ------------------------------------------------------------------ the kinds

    def _allow_sitting(
        self, certificate: Certificate, taken: Mapping[int, int]
    ) -> Iterator[Change]:
        """Let the paper group concerned use one more sitting."""
        problem = self.result.problem
        groups = sorted({c.group for c in problem.cells if c.row in taken})
        for g in groups:
            rule = problem.groups[g]
            members = sorted({c.specialty for c in problem.cells if c.group == g})
            used = frozenset().union(*(self.result.dates[s] for s in members))
            for t, sitting in enumerate(problem.sittings):
                if t in used:
                    continue
                dates = dict(self.result.dates) | {s: self.result.dates[s] | {t} for s in members}
                policy, given, edits = self._allowed(rule.group, members, used, t)
                yield Change(
                    RepairKind.ALLOW_SITTING, self.reference, policy, dates, given, 0, edits,
                    f"允许 {rule.group} 组再使用 {sitting}",
                    f"let paper group {rule.group} use {sitting} as well",
                )  # fmt: skip
        del certificate

    def _allowed(
        self, group: str, members: list[str], used: frozenset[int], t: int
    ) -> tuple[Policy, SpecialtySittings | None, tuple[Edit, ...]]:
        sittings = self.result.problem.sittings
        if self.given is not None:
            given = dict(self.given)
            edits = []
            for specialty in members:
                given[specialty] = tuple(sorted({*given.get(specialty, ()), sittings[t]}))
                row = {"paper_group": group, "specialty": specialty, "sitting": sittings[t],
                       "candidates": "0"}  # fmt: skip
                edits.append(Edit(file=self.policy.dates.from_, append=row))
            return self.policy, given, tuple(edits)
        old = self.policy.dates.group.get(group, GroupDates())
        key = f"dates.group.{group}"
        values: dict[str, str] = {}
        update: dict[str, object] = {}
        if old.fixed:
            fixed = tuple(sorted({*old.fixed, sittings[t]}))
            update["fixed"] = fixed
            values[f"{key}.fixed"] = _toml_list(fixed)
        if sittings[t] in old.forbidden:
            left = tuple(x for x in old.forbidden if x != sittings[t])
            update["forbidden"] = left
            values[f"{key}.forbidden"] = _toml_list(left)
        most = old.max_sittings if old.max_sittings is not None else self.policy.dates.max_sittings
        if len(used) + 1 > most:
            update["max_sittings"] = len(used) + 1
            values[f"{key}.max_sittings"] = str(len(used) + 1)
        decisions = dict(self.policy.dates.group) | {group: old.model_copy(update=update)}
        dates = self.policy.dates.model_copy(update={"group": decisions})
        policy = self.policy.model_copy(update={"dates": dates})
        if not values:  # nothing forbids the sitting: say so explicitly
            values = {f"{key}.max_sittings": str(most)}
        return policy, None, (Edit(file="policy.toml", set=values),)

    def _share_seats(self) -> Iterator[Change]:
        """Let two candidates with disjoint subjects use one seat."""
        if self.policy.seats.share:
            return
        seats = self.policy.seats.model_copy(update={"share": True})
        yield self._change(
            RepairKind.SHARE_SEATS,
            0,
            (Edit(file="policy.toml", set={"seats.share": "true"}),),
            "允许科目不重叠的考生先后使用同一机位",
            "let candidates with disjoint subjects use one seat in turn",
            policy=self.policy.model_copy(update={"seats": seats}),
        )

    def _release_spare(self, part: int, certificate: Certificate) -> Iterator[Change]:
        """Use some of the spare machines, fewest first, largest rooms first."""
        ratio = self.reference.exam.spare_ratio
        rooms = [
            r
            for r in self._rooms(part, certificate)
            if r.spare_seats(ratio) and certificate.needs <= r.features_of(0)
            and (SEPARATE_ROOM in r.features_of(0)) == (SEPARATE_ROOM in certificate.needs)
        ]  # fmt: skip
        rooms.sort(key=lambda r: (-r.spare_seats(ratio), r.center_id, r.room_id))
        total = sum(r.spare_seats(ratio) for r in rooms)
        for wanted in _rising(-(-certificate.short // max(len(certificate.sittings), 1)), total):
            left = wanted
            changed: dict[tuple[str, str], Room] = {}
            for room in rooms:
                give = min(left, room.spare_seats(ratio))
                if give:
                    spare = room.spare_seats(ratio) - give
                    changed[room.center_id, room.room_id] = room.model_copy(update={"spare": spare})
                    left -= give
            edits = [
                Edit(
                    file="rooms.csv",
                    where={"center_id": r.center_id, "room_id": r.room_id},
                    set={"spare": str(r.spare)},
                )
                for r in changed.values()
            ]
            yield self._with_rooms(
                RepairKind.RELEASE_SPARE, changed, wanted, edits,
                f"启用 {wanted} 台备用机", f"use {wanted} of the spare machines",
            )  # fmt: skip

    def _overflow(self, certificate: Certificate) -> Iterator[Change]:
        """Let a near exam point take those who do not fit at home."""
        here = self.reference.point_by_id[certificate.exam_point]
        if here.delegates_to:
            return
        others = [
            p
            for p in self.reference.exam_points
            if p.exam_point != here.exam_point
            and not p.delegates_to
            and p.exam_point not in here.overflow_to
            and any(c.exam_point == p.exam_point for c in self.reference.centers)
        ]
        others.sort(
            key=lambda p: (
                float(p.latitude - here.latitude) ** 2 + float(p.longitude - here.longitude) ** 2,
                p.exam_point,
            )
        )
        for other in others[:MOST_NEIGHBOURS]:
            targets = (*here.overflow_to, other.exam_point)
            points = tuple(
                p.model_copy(update={"overflow_to": targets}) if p is here else p
                for p in self.reference.exam_points
            )
            yield self._change(
                RepairKind.OVERFLOW,
                certificate.short,
                (
                    Edit(
                        file="exam_points.csv",
                        where={"exam_point": here.exam_point},
                        set={"overflow_to": ";".join(targets)},
                    ),
                ),
                f"{here.name_zh}余下的考生安排到{other.name_zh}",
                f"let {other.exam_point} take those who do not fit at {here.exam_point}",
                reference=_copy(self.reference, exam_points=points),
            )

    def _add_seats(
        self, part: int, certificate: Certificate, taken: Mapping[int, int]
    ) -> Iterator[Change]:
        """Add a room with the needed features, in a center that may take these people."""
        component = self.result.problem.components[part]
        rows = {c.row: c.klass for c in self.result.problem.cells_by_component[part]}
        classes = [component.classes[i] for i in sorted({rows[r] for r in taken})]
        host = self.reference.point_by_id[certificate.exam_point].home
        avoided = {c.excluded_employer for c in classes} - {""}
        pinned = {c.pinned_center for c in classes} - {""}
        centers = [
            c
            for c in self.reference.centers
            if c.exam_point == host and c.employer not in avoided
            and (not pinned or pinned == {c.center_id})
        ]  # fmt: skip
        first = -(-certificate.short // max(len(certificate.sittings), 1))
        center = centers[0] if centers else self._new_center(host)
        for wanted in _rising(first, max(certificate.short, first)):
            yield self._add_room(center, not centers, wanted, certificate)

    def _add_room(self, center: Center, new: bool, wanted: int, certificate: Certificate) -> Change:
        mode = self.result.mode
        columns = min(wanted, MOST_SEATS_PER_ROW)
        rows = -(-wanted // columns)
        taken_ids = {r.room_id for r in self.reference.rooms if r.center_id == center.center_id}
        room_id = next(f"X{i}" for i in range(1, 10_000) if f"X{i}" not in taken_ids)
        room = Room(
            center_id=center.center_id, room_id=room_id, name_zh=f"加设试室{room_id}", mode=mode,
            rows=rows, columns=columns, missing=tuple(range(wanted + 1, rows * columns + 1)),
            spare=0, features=tuple(RoomFeature(need=n) for n in sorted(certificate.needs)),
        )  # fmt: skip
        row = {
            "center_id": room.center_id, "room_id": room_id, "name_zh": room.name_zh,
            "mode": mode.value, "rows": str(rows), "columns": str(columns),
            "missing": ";".join(str(n) for n in room.missing), "spare": "0", "use": "exam",
            "features": ";".join(sorted(certificate.needs)),
        }  # fmt: skip
        edits = [Edit(file="rooms.csv", append=row)]
        if new:
            edits.insert(0, Edit(file="centers.csv", append=_center_row(center, mode, wanted)))
        return self._with_rooms(
            RepairKind.ADD_SEATS,
            {(center.center_id, room_id): room},
            wanted,
            edits,
            f"在{center.name_zh}加设 {wanted} 个{'机位' if mode is Mode.COMPUTER else '座位'}",
            f"add {wanted} seats in center {center.center_id}",
            new_center=center if new else None,
        )

    def _new_center(self, host: str) -> Center:
        known = {c.center_id for c in self.reference.centers}
        center_id = next(f"{host}X{i}" for i in range(1, 10_000) if f"{host}X{i}" not in known)
        point = self.reference.point_by_id[host]
        return Center(
            center_id=center_id, name_zh=f"{point.name_zh}加设考场", exam_point=host,
            latitude=point.latitude, longitude=point.longitude, computer_seats=0, paper_seats=0,
        )  # fmt: skip

    # ------------------------------------------------------------------ small helpers

    def _rooms(self, part: int, certificate: Certificate) -> list[Room]:
        component = self.result.problem.components[part]
        hosts = {p.host for p in component.pools if certificate.classes & set(p.takers)}
        return [
            r
            for r in self.reference.rooms
            if self.reference.center_by_id[r.center_id].exam_point in hosts
            and r.mode is self.result.mode
            and r.use is Use.EXAM
        ]

    def _with_rooms(
        self,
        kind: RepairKind,
        changed: Mapping[tuple[str, str], Room],
        seats: int,
        edits: list[Edit],
        text_zh: str,
        text_en: str,
        *,
        new_center: Center | None = None,
    ) -> Change:
        """Rooms replaced or added, and the seat totals of their centers kept in step."""
        by_id = {(r.center_id, r.room_id): r for r in self.reference.rooms} | dict(changed)
        rooms = tuple(by_id[k] for k in sorted(by_id))
        field = f"{self.result.mode.value}_seats"
        centers = []
        ratio = self.reference.exam.spare_ratio
        touched = {center_id for center_id, _ in changed}
        for center in (*self.reference.centers, *([new_center] if new_center else [])):
            if center.center_id not in touched:
                centers.append(center)
                continue
            total = sum(
                r.usable(ratio)
                for r in rooms
                if r.center_id == center.center_id and r.mode is self.result.mode
            )
            centers.append(center.model_copy(update={field: total}))
            if center is not new_center:
                edits.append(
                    Edit(
                        file="centers.csv",
                        where={"center_id": center.center_id},
                        set={field: str(total)},
                    )
                )
        centers.sort(key=lambda c: c.center_id)
        reference = _copy(self.reference, rooms=rooms, centers=tuple(centers))
        return self._change(kind, seats, tuple(edits), text_zh, text_en, reference=reference)

    def _change(
        self,
        kind: RepairKind,
        seats: int,
        edits: tuple[Edit, ...],
        text_zh: str,
        text_en: str,
        *,
        reference: ReferenceData | None = None,
        policy: Policy | None = None,
    ) -> Change:
        return Change(
            kind,
            reference or self.reference,
            policy or self.policy,
            self.result.dates,
            self.given,
            seats,
            edits,
            text_zh,
            text_en,
        )


def _copy(reference: ReferenceData, **update: object) -> ReferenceData:
    """A changed copy; built anew so that no look-up table of the old one is carried along."""
    fields = {name: getattr(reference, name) for name in ReferenceData.model_fields}
    return ReferenceData.model_construct(**(fields | update))


def _center_row(center: Center, mode: Mode, seats: int) -> dict[str, str]:
    computer, paper = (seats, 0) if mode is Mode.COMPUTER else (0, seats)
    return {
        "center_id": center.center_id, "name_zh": center.name_zh,
        "exam_point": center.exam_point, "latitude": str(center.latitude),
        "longitude": str(center.longitude), "computer_seats": str(computer),
        "paper_seats": str(paper),
    }  # fmt: skip


def _toml_list(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def _rising(first: int, most: int) -> Iterator[int]:
    """first, then half as many again each time, up to most: a handful of trials."""
    wanted = max(first, 1)
    while wanted < most:
        yield wanted
        wanted += max(wanted // 2, 1)
    if most >= max(first, 1):
        yield most
