"""How a copy of a plan is falsified: edits of its files, and the items to choose from."""

from __future__ import annotations

import csv
import json
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet

from models.plan import Violation
from scheduler.verify.evidence import load_evidence
from scheduler.verify.faults import Unreadable
from scheduler.verify.run import CHECKS, verify_plan
from tests.scheduler.verify.plan_factory import write_sums

Mutate = Callable[[Path, Path], None]
Item = TypeVar("Item")
Rows = list[dict[str, Any]]


class Mutant(NamedTuple):
    """One falsification; ``reseal`` says that SHA256SUMS is made to fit it afterwards."""

    rule: str
    label: str
    mutate: Mutate
    reseal: bool = True


def apply(mutant: Mutant, plan_dir: Path, roster: Path) -> None:
    """Falsify a copy of a plan."""
    mutant.mutate(plan_dir, roster)
    if mutant.reseal:
        write_sums(plan_dir)


def judged(rule: str, plan_dir: Path, roster: Path) -> tuple[Violation, ...]:
    """What the rule's own checker says; what reading says where reading already fails."""
    try:
        return CHECKS[rule](load_evidence(plan_dir, roster))
    except Unreadable:
        return tuple(v for v in verify_plan(plan_dir, roster) if v.rule == rule)


# ---------------------------------------------------------------- files


def read_rows(path: Path) -> Rows:
    """Records of a CSV or Parquet file."""
    if path.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(path).to_pylist())
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Rows, columns: Sequence[str] = ()) -> None:
    """Write records back as they were."""
    if path.suffix == ".parquet":
        schema = pyarrow.parquet.read_schema(path)
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd")
        return
    if not columns:
        with path.open(encoding="utf-8-sig", newline="") as file:
            columns = next(csv.reader(file))
        columns = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def change(name: str, edit: Callable[[Rows], Rows | None]) -> Mutate:
    """Edit the records of one file of the plan directory; ``roster`` is the roster."""

    def mutate(plan_dir: Path, roster: Path) -> None:
        path = roster if name == "roster" else plan_dir / name
        rows = read_rows(path)
        edited = edit(rows)
        write_rows(path, rows if edited is None else edited)

    return mutate


def replace(name: str, content: bytes) -> Mutate:
    """Write other bytes into a file, which may be new."""

    def mutate(plan_dir: Path, roster: Path) -> None:
        (plan_dir / name).write_bytes(content)

    return mutate


def set_cells(name: str, at: int, **cells: object) -> Mutate:
    """Overwrite cells of one record."""
    return change(name, lambda rows: rows[at].update(cells))


def drop(name: str, at: int) -> Mutate:
    """Leave a record out."""
    return change(name, lambda rows: rows[:at] + rows[at + 1 :])


def repeat(name: str, at: int) -> Mutate:
    """Write a record twice."""
    return change(name, lambda rows: rows[: at + 1] + rows[at:])


def append(name: str, at: int, **cells: object) -> Mutate:
    """Add a copy of a record with other cells at the end."""
    return change(name, lambda rows: [*rows, rows[at] | cells])


def leave_out(name: str, **cells: str) -> Mutate:
    """Drop the records with these cells."""
    return change(name, lambda rows: [r for r in rows if any(r[n] != cells[n] for n in cells)])


def swap(name: str, one: int, other: int, *columns: str) -> Mutate:
    """Exchange cells of two records."""

    def edit(rows: Rows) -> None:
        for column in columns:
            rows[one][column], rows[other][column] = rows[other][column], rows[one][column]

    return change(name, edit)


def set_json(name: str, *path: str | int, **values: object) -> Mutate:
    """Set members of the object at a path of a JSON file."""
    return _change_json(name, path, lambda found: found.update(values))


def add_json(name: str, *path: str | int, **deltas: float) -> Mutate:
    """Add to numbers of the object at a path of a JSON file."""
    return _change_json(
        name, path, lambda found: found.update({n: found[n] + deltas[n] for n in deltas})
    )


def pop_json(name: str, *path: str | int) -> Mutate:
    """Remove what stands at a path of a JSON file."""
    return _change_json(name, path[:-1], lambda found: found.pop(path[-1]))


def repeat_json(name: str, at: int) -> Mutate:
    """Let a member of a JSON list stand twice."""
    return _change_json(name, (), lambda found: found.append(found[at]))


def _change_json(name: str, path: Sequence[str | int], edit: Callable[[Any], object]) -> Mutate:
    def mutate(plan_dir: Path, roster: Path) -> None:
        content = json.loads((plan_dir / name).read_text(encoding="utf-8"))
        edit(reduce(getitem, path, content))
        (plan_dir / name).write_text(json.dumps(content), encoding="utf-8")

    return mutate


def change_text(name: str, edit: Callable[[str], str]) -> Mutate:
    """Edit a text file."""

    def mutate(plan_dir: Path, roster: Path) -> None:
        text = (plan_dir / name).read_text(encoding="utf-8")
        after = edit(text)
        assert after != text, f"{name}: the edit changes nothing"
        (plan_dir / name).write_text(after, encoding="utf-8", newline="")

    return mutate


def set_policy(*path: str, **values: object) -> Mutate:
    """Set keys of a table of ``inputs/policy.toml`` and of the policy of the manifest alike."""

    def edit(policy: dict[str, Any]) -> None:
        reduce(lambda table, key: table.setdefault(key, {}), path, policy).update(values)

    def mutate(plan_dir: Path, roster: Path) -> None:
        file = plan_dir / "inputs" / "policy.toml"
        policy = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        edit(policy)
        file.write_text("\n".join(_toml(policy)) + "\n", encoding="utf-8")
        manifest = json.loads((plan_dir / "manifest.json").read_text(encoding="utf-8"))
        edit(manifest["policy"])
        (plan_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    return mutate


def _toml(table: dict[str, Any], name: str = "") -> Iterator[str]:
    if name:
        yield f"[{name}]"
    for key, value in table.items():
        if not isinstance(value, dict):
            yield f"{key} = {json.dumps(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _toml(value, f"{name}.{key}" if name else key)


def remove(name: str) -> Mutate:
    """Delete a file."""

    def mutate(plan_dir: Path, roster: Path) -> None:
        (plan_dir / name).unlink()

    return mutate


def flip_byte(name: str, at: float) -> Mutate:
    """Flip one bit of the byte at a share of the file."""

    def mutate(plan_dir: Path, roster: Path) -> None:
        content = bytearray((plan_dir / name).read_bytes())
        content[min(int(at * len(content)), len(content) - 1)] ^= 1
        (plan_dir / name).write_bytes(bytes(content))

    return mutate


# ---------------------------------------------------------------- items


@dataclass
class Subject:
    """What a mutant may look at before it chooses its item."""

    plan_dir: Path
    roster: Path

    def __post_init__(self) -> None:
        self.random = random.Random(20220409)
        self.seats = read_rows(self.plan_dir / "seats.parquet")
        self.people = {r["candidate_id"]: r for r in read_rows(self.roster)}
        self.people_order = [r["candidate_id"] for r in read_rows(self.roster)]
        self.centers = read_rows(self.plan_dir / "inputs" / "centers.csv")
        self.rooms = read_rows(self.plan_dir / "inputs" / "rooms.csv")
        exam = tomllib.loads((self.plan_dir / "inputs" / "exam.toml").read_text(encoding="utf-8"))
        self.mode_of = {s["id"]: s["mode"] for s in exam["sitting"]}
        self.needs = [n["id"] for n in exam.get("need", [])]

    def table(self, name: str) -> Rows:
        """Records of a file of the plan."""
        return read_rows(self.plan_dir / name)

    def picks(self, items: Iterable[Item]) -> list[tuple[str, Item]]:
        """The first, the last and a random item."""
        chosen = list(items)
        if not chosen:
            return []
        named = [("first", chosen[0]), ("last", chosen[-1]), ("random", self.random.choice(chosen))]
        return named[:1] if len(chosen) == 1 else named

    def another(self, ids: Iterable[str], *but: str) -> str:
        """An id that is none of these; one that does not exist where there is no other."""
        return next((one for one in ids if one not in but), "NONE")

    def seat_rows(
        self, wanted: Callable[[dict[str, Any]], object] | None = None
    ) -> Iterator[tuple[str, int]]:
        """Picks among the rows of ``seats.parquet``."""
        yield from self.picks(
            i for i, row in enumerate(self.seats) if wanted is None or wanted(row)
        )

    def room(self, row: dict[str, Any]) -> int:
        """Record of the room of a seat row."""
        return next(
            i for i, r in enumerate(self.rooms)
            if (r["center_id"], r["room_id"]) == (row["center_id"], row["room_id"])
        )  # fmt: skip

    def center(self, row: dict[str, Any]) -> int:
        """Record of the center of a seat row."""
        return next(i for i, c in enumerate(self.centers) if c["center_id"] == row["center_id"])

    def pairs_of_a_kind(
        self, kind: Callable[[dict[str, Any]], object], differ: str
    ) -> Iterator[tuple[str, tuple[int, int]]]:
        """Pairs of seat rows of equal kind that differ in a column."""
        first: dict[object, int] = {}
        pairs: list[tuple[int, int]] = []
        for i, row in enumerate(self.seats):
            before = first.setdefault(kind(row), i)
            if self.seats[before][differ] != row[differ]:
                pairs.append((before, i))
        yield from self.picks(pairs)


Maker = Callable[[Subject], Iterator[tuple[str, Mutate]]]
MAKERS: dict[str, Maker] = {}
"""Makers of mutants by rule."""

UNSEALED = frozenset({"hashes_match"})
"""Rules whose mutants leave SHA256SUMS as it is."""


def rule(maker: Maker) -> Maker:
    """Register the maker of a rule's mutants under its name."""
    MAKERS[maker.__name__] = maker
    return maker
