"""Small falsifications of any finished plan, each the business of one rule.

``mutants(plan_dir, roster)`` looks at a plan and yields, rule by rule, changes at the first, the
last and a random item. A change works on a copy: it gets the copy's plan directory and roster.
Kinds of item that a plan does not have (no separate room, nobody unplaced) yield nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from models.tables import PLAN_TABLES
from models.text import parse_numbers
from tests.scheduler.verify.mutating import (
    MAKERS,
    UNSEALED,
    Mutant,
    Mutate,
    Rows,
    Subject,
    add_json,
    append,
    change,
    change_text,
    drop,
    flip_byte,
    leave_out,
    pop_json,
    read_rows,
    remove,
    repeat,
    repeat_json,
    replace,
    rule,
    set_cells,
    set_json,
    set_policy,
    swap,
    write_rows,
)


def rules_with_mutants() -> tuple[str, ...]:
    """Rules for which mutants are made."""
    return tuple(MAKERS)


def mutants(plan_dir: Path, roster: Path) -> Iterator[Mutant]:
    """All mutants that this plan allows, rule by rule."""
    subject = Subject(plan_dir, roster)
    for name, maker in MAKERS.items():
        for label, mutate in maker(subject):
            reseal = name not in UNSEALED and "SHA256SUMS" not in label
            yield Mutant(name, label, mutate, reseal)


# ---------------------------------------------------------------- completeness


@rule
def everyone_accounted_for(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        yield f"{which} seat row left out", drop("seats.parquet", i)
        yield (
            f"{which} seat row of somebody unknown",
            set_cells("seats.parquet", i, candidate_id="NOBODY"),
        )
        yield f"{which} seat row twice", repeat("seats.parquet", i)
    for which, i in s.picks(range(len(s.table("unplaced.parquet")))):
        yield f"{which} unplaced left out", drop("unplaced.parquet", i)
    yield (
        "one more set aside",
        set_json("manifest.json", "totals", set_aside=1),
    )


@rule
def files_complete(s: Subject) -> Iterator[tuple[str, Mutate]]:
    names = ["SHA256SUMS", "manifest.json", "run.json", "shortages.json", *PLAN_TABLES]
    names += [f"inputs/{n}.csv" for n in ("specialties", "exam_points", "centers", "rooms")]
    for name in [*names, "inputs/exam.toml"]:
        yield f"{name} is missing", remove(name)
    for name in PLAN_TABLES:
        rows = s.table(name)
        for which, i in s.picks(range(len(rows) - 1)):
            exchange = partial(_exchanged, at=i)
            yield f"{name}: rows from the {which} out of order", change(name, exchange)
        yield f"{name}: a column is missing", partial(_rename_column, name)
    for name in ("seats.parquet", "unplaced.parquet"):
        yield f"{name}: large strings", partial(_recast, name, kind="large")
        if s.table(name):
            yield f"{name}: a null", partial(_recast, name, kind="null")
            yield f"{name}: another compression", partial(_recast, name, kind="snappy")
    yield "seats.parquet: wide seat numbers", partial(_recast, "seats.parquet", kind="int64")
    if s.table("unplaced.csv"):
        yield "unplaced.csv differs", set_cells("unplaced.csv", 0, reason="ANOTHER")
    yield "a code with a blank", set_cells("sittings.csv", 0, specialty="1 01")
    yield "a number with a sign", set_cells("papers.csv", 0, copies="+1")
    yield "Windows line ends", change_text("papers.csv", lambda t: t.replace("\n", "\r\n"))
    yield "shortages are no list", replace("shortages.json", b"{}")
    yield "a table of noise", replace("neighbours.csv", b"\xff\xfe\x00")
    yield (
        "a cut Parquet file",
        replace("seats.parquet", (s.plan_dir / "seats.parquet").read_bytes()[:-9]),
    )


def _exchanged(rows: Rows, at: int) -> Rows:
    return [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]


def _rename_column(name: str, plan_dir: Path, roster: Path) -> None:
    path = plan_dir / name
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8")
        path.write_text("x" + text, encoding="utf-8", newline="")
        return
    table = pyarrow.parquet.read_table(path)
    renamed = table.rename_columns(["xcandidate_id", *table.column_names[1:]])
    pyarrow.parquet.write_table(renamed, path, compression="zstd")


def _recast(name: str, plan_dir: Path, roster: Path, *, kind: str) -> None:
    table = pyarrow.parquet.read_table(plan_dir / name)
    fields = {field.name: field.type for field in table.schema}
    if kind == "int64":
        fields["seat"] = pa.int64()
    if kind == "large":
        fields["candidate_id"] = pa.large_string()
    columns = {n: table[n].cast(fields[n]) for n in table.column_names}
    if kind == "null":
        columns["candidate_id"] = pa.array([None] * len(table), pa.string())
    codec = "snappy" if kind == "snappy" else "zstd"
    pyarrow.parquet.write_table(pa.table(columns), plan_dir / name, compression=codec)


@rule
def unplaced_explained(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.picks(range(len(s.table("unplaced.parquet")))):
        for cells in ({"reason": ""}, {"reason": "ANOTHER"}, {"shortage_id": "S999"}):
            yield f"{which} unplaced: {cells}", partial(_in_both, at=i, cells=cells)
    shortages = json.loads((s.plan_dir / "shortages.json").read_text(encoding="utf-8"))
    for which, i in s.picks(range(len(shortages))):
        yield f"{which} shortage left out", pop_json("shortages.json", i)
        yield f"{which} shortage twice", repeat_json("shortages.json", i)
        for more in (
            {"short": 1},
            {"demand": 10**6, "short": 10**6},
            {"seats": 10**6, "demand": 10**6},
        ):
            label = ", ".join(f"{n} + {d}" for n, d in more.items())
            yield f"{which} shortage: {label}", add_json("shortages.json", i, **more)


def _in_both(plan_dir: Path, roster: Path, *, at: int, cells: dict[str, str]) -> None:
    for name in ("unplaced.parquet", "unplaced.csv"):
        set_cells(name, at, **cells)(plan_dir, roster)


# ---------------------------------------------------------------- consistency


@rule
def one_sitting_per_candidate(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        other = s.another(s.mode_of, s.seats[i]["sitting"])
        yield f"{which} seat row in {other} too", append("seats.parquet", i, sitting=other)


@rule
def sitting_of_own_mode(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        mode = s.mode_of[s.seats[i]["sitting"]]
        for other in sorted(t for t in s.mode_of if s.mode_of[t] != mode)[:1]:
            yield f"{which} seat row in {other}", set_cells("seats.parquet", i, sitting=other)
        yield f"{which} seat row in no sitting", set_cells("seats.parquet", i, sitting="NONE")


@rule
def subjects_in_sitting(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        yield f"{which} seat row with subject 5", set_cells("seats.parquet", i, subjects="15")
        row = s.seats[i]
        edit = partial(_without_session, sitting=row["sitting"], subject=row["subjects"][0])
        yield f"{which} seat row: session dropped", change_text("inputs/exam.toml", edit)


def _without_session(text: str, *, sitting: str, subject: str) -> str:
    """``exam.toml`` without one session of one sitting."""
    blocks = re.split(r"(?m)^(?=\s*\[)", text)
    inside, kept = False, []
    for block in blocks:
        if block.lstrip().startswith("[[sitting]]"):
            inside = re.search(rf'(?m)^\s*id\s*=\s*"{re.escape(sitting)}"', block) is not None
        is_session = block.lstrip().startswith("[[sitting.session]]")
        if not (inside and is_session and re.search(rf"(?m)^\s*subject\s*=\s*{subject}\b", block)):
            kept.append(block)
    return "".join(kept)


@rule
def seat_exists(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        yield f"{which} seat row: seat 39999", set_cells("seats.parquet", i, seat=39_999)
        yield f"{which} seat row: seat 0", set_cells("seats.parquet", i, seat=0)
        yield f"{which} seat row: no such room", set_cells("seats.parquet", i, room_id="NOROOM")
        here = s.room(s.seats[i])
        gone = partial(_now_missing, at=here, seat=s.seats[i]["seat"])
        yield f"{which} seat row: the seat is missing", change("inputs/rooms.csv", gone)
        other = "paper" if s.rooms[here]["mode"] == "computer" else "computer"
        yield (
            f"{which} seat row: room of mode {other}",
            set_cells("inputs/rooms.csv", here, mode=other),
        )


def _now_missing(rows: Rows, *, at: int, seat: int) -> None:
    cells = filter(None, [rows[at]["missing"], str(seat)])
    rows[at].update(missing=";".join(cells), features="")


@rule
def spare_seats_kept(s: Subject) -> Iterator[tuple[str, Mutate]]:
    table = s.table("utilisation.csv")
    lists = {(r["center_id"], r["room_id"]): r["spare_seats"] for r in table}
    spare = {place: parse_numbers(cell) for place, cell in lists.items() if cell}
    for which, i in s.seat_rows(lambda row: (row["center_id"], row["room_id"]) in spare):
        seat = spare[s.seats[i]["center_id"], s.seats[i]["room_id"]][0]
        yield f"{which} seat row on a spare machine", set_cells("seats.parquet", i, seat=seat)
    for which, place in s.picks(spare):
        edit = partial(_one_spare_less, place=place, numbers=spare[place])
        yield f"{which} room with one spare machine less", change("utilisation.csv", edit)
    for which, i in s.picks(i for i, r in enumerate(table) if r["spare_seats"] and i):
        yield f"{which} row lists others", set_cells("utilisation.csv", i, spare_seats="")


def _one_spare_less(rows: Rows, *, place: tuple[str, str], numbers: tuple[int, ...]) -> None:
    for row in rows:
        if (row["center_id"], row["room_id"]) == place:
            row["spare_seats"] = ";".join(map(str, numbers[1:]))


@rule
def reserve_rooms_kept_free(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        yield (
            f"{which} seat row's room is reserve",
            set_cells("inputs/rooms.csv", s.room(s.seats[i]), use="reserve"),
        )
    for which, room in s.picks(r for r in s.rooms if r["use"] == "reserve"):
        cells = {"center_id": room["center_id"], "room_id": room["room_id"], "seat": 1}
        yield f"somebody in the {which} reserve room", set_cells("seats.parquet", 0, **cells)


@rule
def closed_seats_kept_free(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        row = s.seats[i]
        place = {"center_id": row["center_id"], "room_id": row["room_id"]}
        seat = place | {"seats": str(row["seat"])}
        for what, cells in (
            (
                "seat in a subject",
                seat | {"sitting": row["sitting"], "subjects": row["subjects"][-1]},
            ),
            ("room in the sitting", place | {"sitting": row["sitting"]}),
            (
                "center in the mode",
                {"center_id": row["center_id"], "mode": s.mode_of[row["sitting"]]},
            ),
            ("exam point", {"exam_point": s.centers[s.center(row)]["exam_point"]}),
        ):
            yield f"{which} seat row: {what} closed", partial(_close, cells=cells)


def _close(plan_dir: Path, roster: Path, *, cells: dict[str, str]) -> None:
    path = plan_dir / "inputs" / "closures.csv"
    columns = [
        "exam_point",
        "center_id",
        "room_id",
        "seats",
        "mode",
        "sitting",
        "subjects",
        "reason",
    ]
    rows = read_rows(path) if path.exists() else []
    write_rows(path, [*rows, dict.fromkeys(columns, "") | cells], columns)


@rule
def one_person_per_seat_and_subject(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, (one, other) in _overlapping(s):
        row = s.seats[one]
        cells = {"room_id": row["room_id"], "seat": row["seat"]}
        yield f"{which} seat taken twice", set_cells("seats.parquet", other, **cells)
    shared: dict[tuple[str, ...], int] = {}
    for row in s.seats:
        place = (row["center_id"], row["sitting"], row["room_id"], str(row["seat"]))
        shared[place] = shared.get(place, 0) + 1
    if max(shared.values(), default=0) > 1:
        yield (
            "sharing switched off",
            set_policy("seats", share=False),
        )


def _overlapping(s: Subject) -> Iterator[tuple[str, tuple[int, int]]]:
    """Picks of two people with a common subject in one center and sitting."""
    first: dict[tuple[str, str], int] = {}
    pairs: list[tuple[int, int]] = []
    for i, row in enumerate(s.seats):
        before = first.setdefault((row["center_id"], row["sitting"]), i)
        if before != i and set(s.seats[before]["subjects"]) & set(row["subjects"]):
            pairs.append((before, i))
    yield from s.picks(pairs)


@rule
def needs_honoured(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows(lambda row: s.people[row["candidate_id"]].get("needs")):
        at = s.room(s.seats[i])
        yield f"{which} with a need: room without", set_cells("inputs/rooms.csv", at, features="")
    bare = {(r["center_id"], r["room_id"]) for r in s.rooms if not r["features"]}
    for which, i in s.seat_rows(lambda row: (row["center_id"], row["room_id"]) in bare):
        person = s.people_order.index(s.seats[i]["candidate_id"])
        yield f"{which} without: a need appears", set_cells("roster", person, needs=s.needs[0])


@rule
def separate_room_kept_apart(s: Subject) -> Iterator[tuple[str, Mutate]]:
    def apart(row: dict[str, Any]) -> bool:
        return "separate_room" in s.people[row["candidate_id"]].get("needs", "").split(";")

    for which, i in s.seat_rows(lambda row: not apart(row)):
        at = s.room(s.seats[i])
        more = ";".join(filter(None, [s.rooms[at]["features"], "separate_room"]))
        yield f"{which} in a separate room", set_cells("inputs/rooms.csv", at, features=more)
    for which, i in s.seat_rows(apart):
        at = s.room(s.seats[i])
        yield f"{which} not in a separate room", set_cells("inputs/rooms.csv", at, features="")


@rule
def own_employer_avoided(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows(lambda row: s.people[row["candidate_id"]].get("employer")):
        employer = s.people[s.seats[i]["candidate_id"]]["employer"]
        at = s.center(s.seats[i])
        yield f"{which} at the own employer", set_cells("inputs/centers.csv", at, employer=employer)


@rule
def pins_honoured(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for column, name in (("pinned_center", "center_id"), ("pinned_sitting", "sitting")):
        pinned = [i for i, r in enumerate(s.seats) if s.people[r["candidate_id"]].get(column)]
        for which, i in [*s.picks(pinned), *s.seat_rows()]:
            row = s.seats[i]
            ids = s.mode_of if name == "sitting" else [c["center_id"] for c in s.centers]
            other = s.another(ids, row[name])
            person = s.people_order.index(row["candidate_id"])
            label = f"{which} seat row {i}: {column} {other}"
            yield label, set_cells("roster", person, **{column: other})


@rule
def home_point_or_overflow(s: Subject) -> Iterator[tuple[str, Mutate]]:
    points = read_rows(s.plan_dir / "inputs" / "exam_points.csv")
    by_id = {p["exam_point"]: p for p in points}
    for which, i in s.seat_rows():
        point = by_id[s.seats[i]["exam_point"]]
        allowed = {point["delegates_to"] or point["exam_point"], *point["overflow_to"].split(";")}
        at = s.center(s.seats[i])
        for elsewhere in [p for p in by_id if p not in allowed][:1]:
            cells = {"exam_point": elsewhere}
            yield f"{which} in a foreign center", set_cells("inputs/centers.csv", at, **cells)
        host = s.centers[at]["exam_point"]
        if any(p["delegates_to"] == host for p in points):
            continue  # chains are refused before any rule looks
        for other in [p for p in by_id if p != host and not by_id[p]["delegates_to"]][:1]:
            number = list(by_id).index(host)
            yield (
                f"{which}: the host delegates",
                set_cells("inputs/exam_points.csv", number, delegates_to=other),
            )


@rule
def group_sittings_allowed(s: Subject) -> Iterator[tuple[str, Mutate]]:
    table = s.table("sittings.csv")
    used: dict[str, set[str]] = {}
    for row in table:
        used.setdefault(row["paper_group"], set()).add(row["sitting"])
    for which, row in s.picks(table):
        group, sitting = row["paper_group"], row["sitting"]
        other = s.another(s.mode_of, *used[group])
        for label, decision in (
            ("forbidden", {"forbidden": [sitting]}),
            ("another fixed", {"fixed": [other]}),
        ):
            yield f"{which} row: {label}", set_policy("dates", "group", **{group: decision})
        yield f"{which} row not in the dates from above", partial(_given_without, row=row)
    for which, group in s.picks(g for g, sittings in used.items() if len(sittings) > 1):
        edit = set_policy("dates", "group", group, max_sittings=1, fixed=[])
        yield f"{which} split group: one sitting allowed", edit
    if any(len(sittings) > 1 for sittings in used.values()):
        yield "one sitting allowed for all", set_policy("dates", group={}, max_sittings=1)


def _given_without(plan_dir: Path, roster: Path, *, row: dict[str, Any]) -> None:
    """Dates from above: the plan's own, but for one row."""
    rows = read_rows(plan_dir / "sittings.csv")
    write_rows(plan_dir / "inputs" / "given.csv", [r for r in rows if r != row], list(row))
    set_policy("dates", **{"from": "given.csv"})(plan_dir, roster)


@rule
def families_within_seats(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, (one, other) in _overlapping(s):
        yield (
            f"{which}: two on a pool of one seat",
            partial(_pool_of_one, row=s.seats[one], other=other),
        )


def _pool_of_one(plan_dir: Path, roster: Path, *, row: dict[str, Any], other: int) -> None:
    """Make a seat a pool by itself and put a second person on it."""

    def feature(rooms: Rows) -> None:
        for room in rooms:
            if (room["center_id"], room["room_id"]) == (row["center_id"], row["room_id"]):
                cells = filter(None, [room["features"], f"unlike_any:{row['seat']}"])
                room["features"] = ";".join(cells)

    change("inputs/rooms.csv", feature)(plan_dir, roster)
    set_cells("seats.parquet", other, room_id=row["room_id"], seat=row["seat"])(plan_dir, roster)


@rule
def forms_alternate(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        yield f"{which} seat row with form Z", set_cells("seats.parquet", i, form="Z")
    for which, i in s.seat_rows(lambda row: row["form"]):
        yield f"{which} seat row without form", set_cells("seats.parquet", i, form="")


@rule
def center_has_rooms(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, center in s.picks(dict.fromkeys(row["center_id"] for row in s.seats)):
        edit = leave_out("inputs/rooms.csv", center_id=center)
        yield f"{which} center without rooms", edit


# ---------------------------------------------------------------- integrity


@rule
def hashes_match(s: Subject) -> Iterator[tuple[str, Mutate]]:
    names = sorted(
        path.relative_to(s.plan_dir).as_posix() for path in s.plan_dir.rglob("*") if path.is_file()
    )
    for name in names:
        if name != "run.json" and (s.plan_dir / name).stat().st_size:
            for at in (0.0, s.random.random(), 1.0):
                yield f"{name}: byte at {at:.3f}", flip_byte(name, at)
    yield "a file more", replace("notes.txt", b"x")
    yield "a hidden file more", replace("inputs/.notes", b"x")
    lines = (s.plan_dir / "SHA256SUMS").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(lines)
    for which, line in s.picks(lines):
        for label, other in (("left out", ""), ("twice", line * 2)):
            content = text.replace(line, other).encode()
            yield f"{which} line {label}", replace("SHA256SUMS", content)
    yield "not sorted", replace("SHA256SUMS", "".join(reversed(lines)).encode())
    yield "run.json listed", replace("SHA256SUMS", f"{'0' * 64}  run.json\n{text}".encode())


@rule
def roster_is_the_one_planned(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.picks(range(len(s.people_order))):
        for column in ("employer", "latitude", "pinned_sitting"):
            if column in s.people[s.people_order[i]]:
                value = "12.5" if column == "latitude" else "OTHER"
                cells = {column: value}
                yield f"{which} record: other {column}", set_cells("roster", i, **cells)
        yield f"{which} record left out", drop("roster", i)
        yield f"{which} record twice", repeat("roster", i)
    for which, i in s.seat_rows():
        other = "1" if s.seats[i]["subjects"] != "1" else "2"
        yield f"{which} seat row: other subjects", set_cells("seats.parquet", i, subjects=other)
    for which, i in s.picks(range(len(s.table("unplaced.parquet")))):
        edit = partial(_in_both, at=i, cells={"exam_point": "9999"})
        yield f"{which} unplaced: other exam point", edit
    yield (
        "digest of another roster",
        set_json("manifest.json", "roster", digest="0" * 64),
    )
    yield (
        "another number of rows",
        add_json("manifest.json", "roster", rows=1),
    )


@rule
def inputs_are_copies(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield "another exam", set_json("manifest.json", exam_code="OTHER")
    for name in ("specialties", "exam_points", "centers", "rooms"):
        rows = read_rows(s.plan_dir / "inputs" / f"{name}.csv")
        column = {"specialties": "mode", "exam_points": "latitude", "centers": "latitude"}
        for which, i in s.picks(range(len(rows))):
            cells = {column.get(name, "rows"): "none"}
            yield (
                f"{name}: {which} record cannot be read",
                set_cells(f"inputs/{name}.csv", i, **cells),
            )
            yield f"{name}: {which} record twice", repeat(f"inputs/{name}.csv", i)
    for which, i in s.picks(range(len(s.rooms))):
        yield f"{which} room of no center", set_cells("inputs/rooms.csv", i, center_id="NOWHERE")
    for which, i in s.picks(range(len(s.centers))):
        yield (
            f"{which} center of no exam point",
            set_cells("inputs/centers.csv", i, exam_point="9999"),
        )
    yield "exam.toml is no TOML", replace("inputs/exam.toml", b"[exam")
    yield (
        "policy.toml is no policy",
        replace("inputs/policy.toml", b"[seats]\nshare = 3\n"),
    )


@rule
def manifest_consistent(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for name in ("in", "placed", "unplaced", "set_aside"):
        yield f"totals.{name} + 1", add_json("manifest.json", "totals", **{name: 1})
    for label, cells in (
        ("another seed", {"seed": "ab" * 16}),
        ("format version 2", {"format_version": 2}),
        ("version 2 without parent", {"plan_version": 2}),
        ("a parent of version 1", {"parent_root_hash": "0" * 64}),
        ("an unknown field", {"more": 1}),
    ):
        yield label, set_json("manifest.json", **cells)
    for section, key, value in (
        ("places", "unplaced", "proportional"),
        ("seats", "share", False),
        ("ticket", "digits", 8),
        ("dates", "extra_pairs", 99),
    ):
        edit = set_json("manifest.json", "policy", section, **{key: value})
        yield f"policy.{section} differs", edit
    yield "no JSON", replace("manifest.json", b"{")


# ---------------------------------------------------------------- evidence


def _facts(s: Subject, row: dict[str, Any], *columns: str) -> tuple[object, ...]:
    return tuple(s.people[row["candidate_id"]].get(c, "") for c in columns)


_KIND = (
    "exam_point",
    "specialty",
    "subjects",
    "needs",
    "employer",
    "pinned_center",
    "pinned_sitting",
)


@rule
def date_draw_recomputed(s: Subject) -> Iterator[tuple[str, Mutate]]:
    pairs = s.pairs_of_a_kind(lambda row: _facts(s, row, *_KIND), "sitting")
    for which, (one, other) in pairs:
        yield f"{which} two change dates", swap("seats.parquet", one, other, "candidate_id")
    unplaced = s.table("unplaced.parquet")
    kinds = {_facts(s, row, *_KIND): i for i, row in enumerate(s.seats)}
    mixed = [
        (kinds[k], j) for j, row in enumerate(unplaced) if (k := _facts(s, row, *_KIND)) in kinds
    ]
    for which, (seat, left_out) in s.picks(mixed):
        change_place = partial(_take_place, seat=seat, left_out=left_out)
        yield f"{which} unplaced takes a seat", change_place


def _take_place(plan_dir: Path, roster: Path, *, seat: int, left_out: int) -> None:
    seats = read_rows(plan_dir / "seats.parquet")
    unplaced = read_rows(plan_dir / "unplaced.parquet")
    one, other = seats[seat]["candidate_id"], unplaced[left_out]["candidate_id"]
    set_cells("seats.parquet", seat, candidate_id=other)(plan_dir, roster)
    _in_both(plan_dir, roster, at=left_out, cells={"candidate_id": one})


@rule
def center_draw_recomputed(s: Subject) -> Iterator[tuple[str, Mutate]]:
    kind = (*_KIND, "latitude", "longitude")
    pairs = s.pairs_of_a_kind(lambda row: (row["sitting"], *_facts(s, row, *kind)), "center_id")
    for which, (one, other) in pairs:
        yield f"{which} two change centers", swap("seats.parquet", one, other, "candidate_id")


@rule
def seat_draw_recomputed(s: Subject) -> Iterator[tuple[str, Mutate]]:
    def kind(row: dict[str, Any]) -> object:
        facts = _facts(s, row, "specialty", "subjects", "needs")
        return row["center_id"], row["sitting"], facts

    for which, (one, other) in s.pairs_of_a_kind(kind, "seat"):
        yield f"{which} two change seats", swap("seats.parquet", one, other, "candidate_id")
    table = s.table("neighbours.csv")
    for which, i in s.picks(range(len(table))):
        place = table[i]["center_id"], table[i]["sitting"]
        for more in (1, 5):
            yield (
                f"{which} deal + {more}",
                change("neighbours.csv", partial(_redeal, place=place, more=more)),
            )
        yield f"{which} deal 16", set_cells("neighbours.csv", i, deal=16)


def _redeal(rows: Rows, *, place: tuple[str, str], more: int) -> None:
    for row in rows:
        if (row["center_id"], row["sitting"]) == place:
            row["deal"] = (int(row["deal"]) + more) % 16


@rule
def ticket_numbers_follow(s: Subject) -> Iterator[tuple[str, Mutate]]:
    for which, i in s.seat_rows():
        ticket = s.seats[i]["ticket_number"]
        wrong_digit = ticket[:-1] + str((int(ticket[-1]) + 1) % 10)
        yield f"{which} check digit", set_cells("seats.parquet", i, ticket_number=wrong_digit)
        other = s.seats[i - 1]["ticket_number"]
        if other != ticket:
            yield f"{which} ticket of another", set_cells("seats.parquet", i, ticket_number=other)
        yield f"{which} blank ticket", set_cells("seats.parquet", i, ticket_number="")
        yield (
            f"{which} check digit in a later version",
            partial(_in_version_2, set_cells("seats.parquet", i, ticket_number=wrong_digit)),
        )
    for which, i in s.picks(
        i
        for i in range(1, len(s.seats))
        if s.seats[i]["exam_point"] == s.seats[i - 1]["exam_point"]
    ):
        yield f"{which} two exchange tickets", swap("seats.parquet", i, i - 1, "ticket_number")


def _in_version_2(mutate: Mutate, plan_dir: Path, roster: Path) -> None:
    mutate(plan_dir, roster)
    later = set_json("manifest.json", plan_version=2, parent_root_hash="0" * 64)
    later(plan_dir, roster)


@rule
def goals_recomputed(s: Subject) -> Iterator[tuple[str, Mutate]]:
    manifest = json.loads((s.plan_dir / "manifest.json").read_text(encoding="utf-8"))
    for i, line in enumerate(manifest["goals"]):
        name = f"goal {line['goal']} {line['unit']}"
        for label, cells in (
            ("value + 1", {"value": line["value"] + 1}),
            ("bound above", {"bound": line["value"] + 1}),
            ("status", {"status": "OPTIMAL" if line["status"] == "FEASIBLE" else "FEASIBLE"}),
            ("gap", {"gap": line["gap"] + 0.25}),
            ("unit", {"unit": "things"}),
        ):
            yield f"{name}: {label}", set_json("manifest.json", "goals", i, **cells)
        yield f"{name} missing", pop_json("manifest.json", "goals", i)
    for field in ("optimum", "used", "bound", "extra_pairs_allowed"):
        edit = add_json("manifest.json", "papers_in_use", **{field: 1})
        yield f"papers_in_use.{field} + 1", edit


def _recounted(s: Subject, name: str, *columns: str) -> Iterator[tuple[str, Mutate]]:
    """Every count of the first, last and a random row, one too many; rows gone and repeated."""
    for which, i in s.picks(range(len(s.table(name)))):
        for column in columns:
            edit = partial(_one_more, at=i, column=column)
            yield f"{which} row: {column}", change(name, edit)
        yield f"{which} row left out", drop(name, i)
        yield f"{which} row twice", repeat(name, i)


def _one_more(rows: Rows, *, at: int, column: str) -> None:
    cell = rows[at][column]
    rows[at][column] = f"{float(cell or 0) + 1:.{len(cell.partition('.')[2])}f}"


@rule
def sittings_recounted(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield from _recounted(s, "sittings.csv", "candidates")
    for which, i in s.picks(range(len(s.table("sittings.csv")))):
        yield f"{which} row: group", set_cells("sittings.csv", i, paper_group="000")


@rule
def utilisation_recounted(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield from _recounted(s, "utilisation.csv", "seats", "occupied", "shared")


@rule
def papers_recounted(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield from _recounted(s, "papers.csv", "copies")
    for which, i in s.picks(range(len(s.table("papers.csv")))):
        yield f"{which} row: paper", set_cells("papers.csv", i, paper="000-0")


@rule
def neighbours_recounted(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield from _recounted(s, "neighbours.csv", "pairs", "same_form_pairs", "same_employer_pairs")
    for which, i in s.picks(range(len(s.table("neighbours.csv")))):
        above = int(s.table("neighbours.csv")[i]["pairs"]) + 1
        yield f"{which} row: bound", set_cells("neighbours.csv", i, bound=str(above))


@rule
def balance_recounted(s: Subject) -> Iterator[tuple[str, Mutate]]:
    yield from _recounted(s, "balance.csv", "candidates", "peak_use", "mean_km")
    for which, i in s.picks(range(len(s.table("balance.csv")))):
        yield f"{which} row: peak_use", set_cells("balance.csv", i, peak_use="0.00")
