"""Random exams of one or two exam points, small enough to try every seat for everybody.

:func:`random_points` draws one; it can be written as the input files of a run. The search over
them is in ``every_seating.py``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from models.exam import Mode, Sitting, Specialty
from models.places import Closure, ExamPoint, Room
from models.reference import ReferenceData
from tests.builders import (
    center,
    exam_point,
    room,
    roster_rows,
    sitting,
    small_exam,
    small_reference,
    specialty,
    write_data_folder,
    write_roster,
)

DAYS = ("2022-04-09", "2022-04-10")
SUBJECTS = ("1234", "1234", "1", "2", "12", "34", "23", "134", "234", "4", "24", "13")
NEEDS = (
    *[""] * 10, "accessible", "accessible", "extra_time", "accessible;extra_time",
    "separate_room", "separate_room", "accessible;separate_room",
)  # fmt: skip
GROUP_OF = {"101": "101", "303": "303", "304": "303", "368": "368", "203": "203"}
"""303 and 304 share a paper, so they share their dates."""
ON_PAPER = "203"


@dataclass(frozen=True)
class Decisions:
    """What the planner decides; ``fixed``, ``forbidden`` by group, ``given`` from above."""

    share: bool
    forbid_own: bool
    order: tuple[int, ...]
    max_sittings: int
    fixed: Mapping[str, Sequence[str]]
    forbidden: Mapping[str, Sequence[str]]
    given: Mapping[str, Sequence[str]] | None

    def toml(self, seed_hex: str) -> str:
        """``policy.toml``."""
        lines = [
            f'[draw]\nseed = "{seed_hex}"',
            f"[seats]\nshare = {str(self.share).lower()}",
            f'[rules]\nown_employer = "{"forbid" if self.forbid_own else "allow"}"',
            f"[goals]\norder = {list(self.order)}",
            f"[dates]\nmax_sittings = {self.max_sittings}",
        ]
        if self.given is not None:
            lines.append('from = "dates.csv"')
        for key, groups in (("fixed", self.fixed), ("forbidden", self.forbidden)):
            for group, ids in groups.items():
                listed = ", ".join(f'"{one}"' for one in ids)
                lines.append(f"[dates.group.{group}]\n{key} = [{listed}]")
        return "\n".join([*lines, ""])


@dataclass(frozen=True)
class SmallPoints:
    """One random exam, its roster and the planner's decisions."""

    reference: ReferenceData
    people: list[dict[str, str]]
    decisions: Decisions
    seed_hex: str

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write ``data/`` and ``roster.csv``; returns both."""
        files: dict[str, str | bytes | None] = {"policy.toml": self.decisions.toml(self.seed_hex)}
        if self.decisions.given is not None:
            rows = [
                f"{GROUP_OF[code]},{code},{one},0"
                for code, ids in self.decisions.given.items()
                for one in ids
            ]
            files["dates.csv"] = "\n".join(["paper_group,specialty,sitting,candidates", *rows, ""])
        data = write_data_folder(folder / "data", self.reference, files=files)
        return data, write_roster(folder / "roster.csv", pd.DataFrame(self.people, dtype=str))


def random_points(seed: int) -> SmallPoints:
    """An exam of 1-2 points, 1-4 rooms, 1-2 computer sittings and at times a paper one."""
    rng = random.Random(seed)
    sittings = [_sitting(rng, i) for i in range(rng.choice([1, 2, 2]))]
    on_paper = rng.random() < 0.2
    if on_paper:
        sittings.append(sitting("P1", DAYS[0], mode=Mode.PAPER))
    points = ["2301", "2302"][: rng.choice([1, 1, 2, 2])]
    codes = rng.choice([["101"], ["101", "303"], ["303", "304"], ["101", "303", "304", "368"]])
    codes = codes + [ON_PAPER] * on_paper
    rooms = _rooms(rng, points, on_paper)
    reference = small_reference(
        exam=small_exam(spare_ratio=Decimal(0), sittings=sittings),
        specialties=[_specialty(code) for code in codes],
        exam_points=_linked(rng, points),
        centers=[
            center(c, c[:4], employer=rng.choice(["", "", "E1"]))
            for c in sorted({r.center_id for r in rooms})
        ],
        rooms=rooms,
        closures=[_closure(rng, rooms, sittings) for _ in range(rng.choice([0, 0, 0, 0, 1, 2]))],
    )
    decisions = _decisions(rng, codes, [s.id for s in sittings if s.mode is Mode.COMPUTER])
    people = _people(rng, reference, points, decisions)
    return SmallPoints(reference, people, decisions, f"{rng.getrandbits(128):032x}")


def _sitting(rng: random.Random, number: int) -> Sitting:
    """At times with two forms; the second one at times without a session of subject 4."""
    whole = sitting(f"C{number + 1}", DAYS[number], forms=rng.choice([("A",), ("A", "B")]))
    if number == 0 or rng.random() < 0.8:
        return whole
    return whole.model_copy(update={"session": whole.session[:3]})


def _specialty(code: str) -> Specialty:
    if code == ON_PAPER:
        return specialty(code, mode=Mode.PAPER)
    if GROUP_OF[code] == "303":
        return specialty(code, papers=("NK-1", f"{code}-2", f"{code}-3", f"{code}-4"))
    return specialty(code)


def _linked(rng: random.Random, points: Sequence[str]) -> list[ExamPoint]:
    """Two points at times delegate or overflow, one way or both."""
    link = rng.choice(["", "", "delegates", "overflow", "both"]) if len(points) == 2 else ""
    fields: list[dict[str, object]] = [{}, {}]
    if link == "delegates":
        fields[1] = {"delegates_to": points[0]}
    if link in ("overflow", "both"):
        fields[0] = {"overflow_to": (points[1],)}
    if link == "both":
        fields[1] = {"overflow_to": (points[0],)}
    return [exam_point(p, **f) for p, f in zip(points, fields, strict=False)]


def _rooms(rng: random.Random, points: Sequence[str], on_paper: bool) -> list[Room]:
    """Each point has one center or two, each of them a room or two."""
    rooms = []
    for point in points:
        for number in range(rng.choice([1, 1, 2])):
            center_id = f"{point}0{number + 1}"
            rooms.append(_room(rng, center_id, "R1"))
            if rng.random() < 0.25:
                rooms.append(_room(rng, center_id, "R2"))
            if on_paper and (number == 0 or rng.random() < 0.3):
                rooms.append(room(center_id, "R9", 1, rng.randint(1, 2), mode=Mode.PAPER))
    return rooms


def _room(rng: random.Random, center_id: str, room_id: str) -> Room:
    rows, columns = rng.choice([(1, 1), (1, 2), (1, 3), (2, 2), (3, 1), (2, 2)])
    seats = list(range(1, rows * columns + 1))
    missing = tuple(rng.sample(seats, 1)) if len(seats) > 1 and rng.random() < 0.15 else ()
    present = [n for n in seats if n not in missing]
    features: dict[str, Sequence[int]] = {}
    for need, chance in (("accessible", 0.5), ("extra_time", 0.3)):
        if rng.random() < chance:
            some = rng.sample(present, rng.randint(1, len(present)))
            features[need] = rng.choice([(), tuple(sorted(some))])
    if rng.random() < 0.12:
        features["separate_room"] = ()
    spare = 1 if len(present) > 1 and rng.random() < 0.25 else 0
    use = "reserve" if room_id != "R1" and rng.random() < 0.15 else "exam"
    numbering = rng.choice(["row_snake", "column_snake", "row", "column"])
    return room(
        center_id, room_id, rows, columns, features=features,
        missing=missing, spare=spare, use=use, numbering=numbering,
    )  # fmt: skip


def _closure(rng: random.Random, rooms: Sequence[Room], sittings: Sequence[Sitting]) -> Closure:
    """Some seats, a room, a center or an exam point; in a sitting, a mode or always."""
    one = rng.choice(rooms)
    fields: dict[str, object] = {"center_id": one.center_id, "reason": "test"}
    extent = rng.choice(["seats", "seats", "room", "center", "point"])
    if extent in ("seats", "room"):
        fields["room_id"] = one.room_id
    if extent == "seats":
        present = [n for n in range(1, one.rows * one.columns + 1) if n not in one.missing]
        fields["seats"] = tuple(sorted(rng.sample(present, rng.randint(1, min(2, len(present))))))
    if extent == "point":
        fields.update(center_id="", exam_point=one.center_id[:4])
    if rng.random() < 0.6:
        fields["sitting"] = rng.choice([s.id for s in sittings if s.mode is one.mode])
    elif rng.random() < 0.3:
        fields["mode"] = one.mode
    if rng.random() < 0.6:
        fields["subjects"] = rng.choice(["12", "34", "1", "3", "123"])
    return Closure.model_validate(fields)


def _decisions(rng: random.Random, codes: Sequence[str], sittings: Sequence[str]) -> Decisions:
    computer = sorted({GROUP_OF[c] for c in codes if c != ON_PAPER})
    given: dict[str, list[str]] | None = None
    fixed: dict[str, list[str]] = {}
    forbidden: dict[str, list[str]] = {}
    if rng.random() < 0.1:
        given = {c: sorted(rng.sample(sittings, rng.randint(1, len(sittings)))) for c in codes
                 if c != ON_PAPER}  # fmt: skip
        given |= {ON_PAPER: ["P1"]} if ON_PAPER in codes else {}
    else:
        for group in computer:
            if rng.random() < 0.1:
                fixed[group] = sorted(rng.sample(sittings, rng.randint(1, len(sittings))))
            elif len(sittings) > 1 and rng.random() < 0.1:
                forbidden[group] = rng.sample(sittings, 1)
    return Decisions(
        share=rng.random() < 0.7,
        forbid_own=rng.random() < 0.85,
        order=rng.choice([(1, 2, 3, 4, 5, 6), (1, 3, 2, 4, 5, 6), (1, 4, 3, 2, 5, 6)]),
        max_sittings=rng.choice([1, 2]),
        fixed=fixed,
        forbidden=forbidden,
        given=given,
    )


def _people(
    rng: random.Random,
    reference: ReferenceData,
    points: Sequence[str],
    decisions: Decisions,
) -> list[dict[str, str]]:
    count = rng.randint(3, 8)
    offered = {f.need for r in reference.rooms for f in r.features}
    needs = (
        NEEDS if rng.random() < 0.5 else [n for n in NEEDS if set(n.split(";")) <= {"", *offered}]
    )
    frame = roster_rows(
        count,
        specialty=[rng.choice([s.code for s in reference.specialties]) for _ in range(count)],
        exam_point=[rng.choice(points) for _ in range(count)],
        subjects=[rng.choice(SUBJECTS) for _ in range(count)],
        needs=[rng.choice(needs) for _ in range(count)],
        employer=[rng.choice(["", "", "E1", "E2"]) for _ in range(count)],
        pinned_center=["" for _ in range(count)],
        pinned_sitting=["" for _ in range(count)],
    )
    people: list[dict[str, str]] = [
        {str(name): str(cell) for name, cell in row.items()} for row in frame.to_dict("records")
    ]
    for person in people:
        _pin(rng, person, reference, decisions)
    return people


def _pin(
    rng: random.Random,
    person: dict[str, str],
    reference: ReferenceData,
    decisions: Decisions,
) -> None:
    """A pin at times; pins and subjects that the roster check refuses are never made."""
    own = reference.specialty_by_code[person["specialty"]]
    group = GROUP_OF[own.code]
    open_to = [
        s
        for s in reference.exam.sittings
        if s.mode is own.mode
        and s.id in (decisions.fixed.get(group) or [s.id])
        and s.id not in decisions.forbidden.get(group, ())
    ]
    everywhere = {str(s.subject) for one in open_to for s in one.session}
    person["subjects"] = "".join(n for n in person["subjects"] if n in everywhere) or "1"
    fit = [s for s in open_to if set(person["subjects"]) <= {str(x.subject) for x in s.session}]
    if rng.random() < 0.15:
        person["pinned_sitting"] = rng.choice(fit).id
    point = reference.point_by_id[person["exam_point"]]
    hosts = {point.delegates_to or point.exam_point, *point.overflow_to}
    centers = [
        c.center_id
        for c in reference.centers
        if c.exam_point in hosts
        and c.seats(own.mode)
        and not (decisions.forbid_own and c.employer and c.employer == person["employer"])
    ]
    if centers and rng.random() < 0.15:
        person["pinned_center"] = rng.choice(centers)
