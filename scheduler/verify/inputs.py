"""The copies in ``inputs/``, read again (docs/formats.md, sections 1 and 2)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.exam import Exam, Specialty
from models.findings import Severity
from models.places import Center, Closure, ExamPoint, Room
from models.policy import Policy
from models.tables import CENTERS, CLOSURES, EXAM_POINTS, ROOMS, SPECIALTIES, Column
from models.text import parse_items, parse_numbers
from scheduler.roster.read import read_table
from scheduler.verify.faults import Problem, Unreadable

RULE = "inputs_are_copies"
REQUIRED = ("exam.toml", "specialties.csv", "exam_points.csv", "centers.csv", "rooms.csv")

Record = Mapping[str, str]
Model = TypeVar("Model", bound=BaseModel)
Read = TypeVar("Read")


@dataclass(frozen=True)
class Inputs:
    """What the plan says it was made from.

    Attributes:
        stated_seed: the seed that ``policy.toml`` itself states, or None.
        given_dates: (specialty, sitting) pairs of ``policy.dates.from``, or None.
    """

    exam: Exam
    policy: Policy
    stated_seed: str | None
    specialties: tuple[Specialty, ...]
    exam_points: tuple[ExamPoint, ...]
    centers: tuple[Center, ...]
    rooms: tuple[Room, ...]
    closures: tuple[Closure, ...]
    given_dates: frozenset[tuple[str, str]] | None

    @cached_property
    def group_of(self) -> Mapping[str, str]:
        """Paper group (smallest specialty code in it) of each specialty.

        Groups are the connected components of specialties that share a question paper.
        """
        label = {s.code: s.code for s in self.specialties}
        changed = True
        while changed:
            smallest: dict[str, str] = {}
            for s in self.specialties:
                for paper in s.papers:
                    smallest[paper] = min(smallest.get(paper, label[s.code]), label[s.code])
            after = {s.code: min(smallest[paper] for paper in s.papers) for s in self.specialties}
            changed = after != label
            label = after
        return label

    @cached_property
    def home_of(self) -> Mapping[str, str]:
        """The exam point whose centers seat each exam point's candidates (delegation)."""
        return {p.exam_point: p.delegates_to or p.exam_point for p in self.exam_points}


def read_inputs(directory: Path) -> Inputs:
    """Read ``inputs/`` of a plan directory.

    Raises:
        Unreadable: some file is missing or not as the contract says.
    """
    problems: list[Problem] = []

    def part(name: str, read: Callable[[Path], Read]) -> Read | None:
        try:
            return read(directory / name)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(Problem(RULE, f"inputs/{name}", f"cannot be read: {_brief(error)}"))
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(RULE, f"inputs/{name}", _brief(error)))
        except Unreadable as unreadable:
            problems.extend(unreadable.problems)
        return None

    exam = part("exam.toml", _read_exam)
    policy = part("policy.toml", _read_policy)
    specialties = part("specialties.csv", _reader(SPECIALTIES, _specialty))
    exam_points = part("exam_points.csv", _reader(EXAM_POINTS, _exam_point))
    centers = part("centers.csv", _reader(CENTERS, _plain(Center)))
    rooms = part("rooms.csv", _reader(ROOMS, _room))
    closures = part("closures.csv", _reader(CLOSURES, _closure, optional=True))
    given_dates = None
    if policy is not None and policy[0].dates.from_:
        given_dates = part(PurePosixPath(policy[0].dates.from_).name, _read_given_dates)
    if (
        problems
        or exam is None
        or policy is None
        or specialties is None
        or exam_points is None
        or centers is None
        or rooms is None
        or closures is None
    ):
        raise Unreadable(problems)
    inputs = Inputs(exam, *policy, specialties, exam_points, centers, rooms, closures, given_dates)
    problems = _dangling(inputs)
    if problems:
        raise Unreadable(problems)
    return inputs


def _brief(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)


def _read_exam(path: Path) -> Exam:
    content = _toml(path)
    return Exam(
        **content["exam"],
        subjects=content["subject"],
        sittings=content["sitting"],
        windows=content.get("window", ()),
        needs=content.get("need", ()),
    )


def _read_policy(path: Path) -> tuple[Policy, str | None]:
    """The policy and the seed it states; without a file every default holds."""
    if not path.exists():
        return Policy(), None
    content = _toml(path)
    return Policy.model_validate(content), content.get("draw", {}).get("seed")


def _reader(
    columns: tuple[Column, ...], build: Callable[[Record], Model], *, optional: bool = False
) -> Callable[[Path], tuple[Model, ...]]:
    """A reader of one table into typed rows; all bad rows are reported together."""

    def read(path: Path) -> tuple[Model, ...]:
        where = f"inputs/{path.name}"
        if optional and not path.exists():
            return ()
        table = read_table(path)
        refused = [
            f for f in table.findings if f.severity is Severity.REFUSE and f.code != "FILE_EMPTY"
        ]
        if refused:
            raise Unreadable(Problem(RULE, where, f"refused: {f.code}") for f in refused)
        frame = table.frame
        missing = [c.name for c in columns if c.required and c.name not in frame.columns]
        if missing and (len(frame) or not optional):
            raise Unreadable([Problem(RULE, where, f"lacks the columns {', '.join(missing)}")])
        known = [c.name for c in columns if c.name in frame.columns]
        problems, rows = [], []
        records = zip(*(frame[name].str.strip() for name in known), strict=True)
        for number, cells in zip(table.rows.tolist(), records, strict=True):
            try:
                rows.append(build(dict(zip(known, cells, strict=True))))
            except ValueError as error:
                problems.append(Problem(RULE, f"{where} row {number}", _brief(error)))
        if problems:
            raise Unreadable(problems)
        return tuple(rows)

    return read


def _filled(record: Record) -> dict[str, Any]:
    """Cells that are not blank; a blank cell is the default."""
    return {name: cell for name, cell in record.items() if cell != ""}


def _plain(model: type[Model]) -> Callable[[Record], Model]:
    return lambda record: model.model_validate(_filled(record))


def _specialty(record: Record) -> Specialty:
    cells = _filled(record)
    cells["papers"] = tuple(cells.pop(f"paper_{i}", "") for i in (1, 2, 3, 4))
    return Specialty.model_validate(cells)


def _exam_point(record: Record) -> ExamPoint:
    cells = _filled(record)
    cells["overflow_to"] = parse_items(record.get("overflow_to", ""))
    return ExamPoint.model_validate(cells)


def _room(record: Record) -> Room:
    cells = _filled(record)
    cells["missing"] = parse_numbers(record.get("missing", ""))
    features = []
    for item in parse_items(record.get("features", "")):
        need, _, seats = item.partition(":")
        features.append({"need": need, "seats": parse_numbers(seats.replace(",", ";"))})
    cells["features"] = tuple(features)
    return Room.model_validate(cells)


def _closure(record: Record) -> Closure:
    cells = _filled(record)
    cells["seats"] = parse_numbers(record.get("seats", ""))
    return Closure.model_validate(cells)


def _read_given_dates(path: Path) -> frozenset[tuple[str, str]]:
    table = read_table(path)
    frame = table.frame
    if not {"specialty", "sitting"} <= set(frame.columns):
        raise ValueError("lacks the columns specialty, sitting")
    return frozenset(zip(frame["specialty"].str.strip(), frame["sitting"].str.strip(), strict=True))


def _dangling(inputs: Inputs) -> list[Problem]:
    """Ids that stand twice, and references to nothing."""
    points = [p.exam_point for p in inputs.exam_points]
    centers = [c.center_id for c in inputs.centers]
    problems = [
        Problem(RULE, f"inputs/{file}", f"{one} stands twice")
        for file, ids in (
            ("specialties.csv", [s.code for s in inputs.specialties]),
            ("exam_points.csv", points),
            ("centers.csv", centers),
            ("rooms.csv", [f"{r.center_id}/{r.room_id}" for r in inputs.rooms]),
        )
        for one in _repeated(ids)
    ]
    references = [
        ("exam_points.csv", [p.delegates_to for p in inputs.exam_points], points),
        ("exam_points.csv", [o for p in inputs.exam_points for o in p.overflow_to], points),
        ("centers.csv", [c.exam_point for c in inputs.centers], points),
        ("rooms.csv", [r.center_id for r in inputs.rooms], centers),
    ]
    problems += [
        Problem(RULE, f"inputs/{file}", f"names {one}, which does not exist")
        for file, named, known in references
        for one in sorted({n for n in named if n} - set(known))
    ]
    delegating = {p.exam_point for p in inputs.exam_points if p.delegates_to}
    problems += [
        Problem(RULE, "inputs/exam_points.csv", f"{p.exam_point} delegates to one that delegates")
        for p in inputs.exam_points
        if p.delegates_to in delegating
    ]
    return problems


def _repeated(ids: Collection[str]) -> list[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for one in ids:
        (twice if one in seen else seen).add(one)
    return sorted(twice)
