"""The synthetic example: a roster and the reference data to plan it with.

Nothing in it is a real person, site or capacity; ``data/README.md`` tells what is a fact. Same
arguments, same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from models.errors import UsageError
from models.places import Center, Closure, Room, RoomFeature
from models.tables import CENTERS, CLOSURES, ROOMS, Column, names
from models.text import format_numbers, mask_to_subjects
from scheduler.data_folder import default_data_folder
from scheduler.sample import assumptions as assume
from scheduler.sample.demand import Demand, draw_demand
from scheduler.sample.drawing import Stream, generator
from scheduler.sample.facts import COPIED_FILES, read_facts
from scheduler.sample.identity import draw_documents, draw_names
from scheduler.sample.people import draw_employment, draw_needs, draw_pins
from scheduler.sample.sites import Sites, build_sites, point_needs, split_dates

__all__ = ["write_sample"]


def write_sample(
    candidates: int,
    seed: int,
    out: Path,
    *,
    tightness: Decimal = assume.DEFAULT_TIGHTNESS,
) -> None:
    """Write a synthetic roster with reference data of its size; files already there are replaced.

    ``OUT/roster.csv``, ``OUT/roster.csv.sha256`` (its control file) and the reference data in
    ``OUT/data``. Everyone can be placed at the default tightness.

    Args:
        candidates: rows of the roster, at least 300.
        seed: any whole number from 0.
        out: folder, made if missing.
        tightness: seats needed / usable seats of computer candidates over all dates, per exam
            point. Near 1 planning gets hard; above 1 people stay unplaced.

    Raises:
        UsageError: an argument is out of range.
    """
    if candidates < assume.FEWEST_CANDIDATES:
        raise UsageError(f"a sample has at least {assume.FEWEST_CANDIDATES} candidates")
    if seed < 0:
        raise UsageError("the seed of a sample is a whole number from 0")
    if not tightness.is_finite() or tightness <= 0:
        raise UsageError("tightness is a number above 0")
    facts_folder = default_data_folder()
    facts = read_facts(facts_folder)

    demand = draw_demand(facts, candidates, generator(seed, Stream.DEMAND))
    needs = draw_needs(demand, generator(seed, Stream.NEEDS))
    employment = draw_employment(demand, generator(seed, Stream.EMPLOYERS))
    wanted = point_needs(demand, needs, tightness)
    sites = build_sites(
        facts,
        wanted,
        facts.points[demand.points_by_size[0]].exam_point,
        employment.largest,
        generator(seed, Stream.SITES),
    )
    pins = draw_pins(
        demand,
        needs,
        employment.employer,
        sites.centers,
        split_dates(demand, wanted),
        generator(seed, Stream.PINS),
    )
    id_types, id_numbers = draw_documents(demand, generator(seed, Stream.DOCUMENTS))
    order = generator(seed, Stream.ORDER)
    columns: dict[str, Sequence[str]] = {
        "candidate_id": [f"A23{n:08d}" for n in (order.permutation(candidates) + 1).tolist()],
        "name": draw_names(candidates, generator(seed, Stream.NAMES)),
        "id_type": id_types,
        "id_number": id_numbers,
        **_registration(demand),
        "needs": needs,
        "employer": employment.employer,
        "latitude": employment.latitude,
        "longitude": employment.longitude,
        "pinned_center": pins.center,
        "pinned_sitting": pins.sitting,
    }
    rows = list(zip(*columns.values(), strict=True))
    shuffled = (rows[i] for i in order.permutation(candidates).tolist())

    (out / "data").mkdir(parents=True, exist_ok=True)
    _write_places(sites, out / "data")
    for name in COPIED_FILES:
        (out / "data" / name).write_bytes((facts_folder / name).read_bytes())
    content = _csv_bytes(columns, shuffled)
    (out / "roster.csv").write_bytes(content)
    control = f"{hashlib.sha256(content).hexdigest()}  roster.csv\n"
    (out / "roster.csv.sha256").write_bytes(control.encode())


def _registration(demand: Demand) -> dict[str, Sequence[str]]:
    subjects = [mask_to_subjects(mask) for mask in range(16)]
    points = [point.exam_point for point in demand.facts.points]
    return {
        "specialty": [demand.codes[i] for i in demand.specialty.tolist()],
        "exam_point": [points[i] for i in demand.point.tolist()],
        "subjects": [subjects[mask] for mask in demand.mask.tolist()],
    }


def _write_places(sites: Sites, folder: Path) -> None:
    """``centers.csv``, ``rooms.csv`` and ``closures.csv``; the last one even if without rows."""
    tables: list[tuple[str, tuple[Column, ...], Iterable[Mapping[str, str]]]] = [
        ("centers.csv", CENTERS, map(_center_cells, sites.centers)),
        ("rooms.csv", ROOMS, map(_room_cells, sites.rooms)),
        ("closures.csv", CLOSURES, map(_closure_cells, sites.closures)),
    ]
    for file, columns, records in tables:
        header = names(columns)
        rows = ([record.get(name, "") for name in header] for record in records)
        (folder / file).write_bytes(_csv_bytes(header, rows))


def _center_cells(center: Center) -> dict[str, str]:
    cells = {name: str(value) for name, value in center}
    return cells | {
        "latitude": f"{center.latitude:.6f}",
        "longitude": f"{center.longitude:.6f}",
    }


def _room_cells(room: Room) -> dict[str, str]:
    cells = {name: str(value) for name, value in room}
    return cells | {
        "missing": format_numbers(room.missing),
        "spare": "" if room.spare is None else str(room.spare),
        "features": ";".join(map(_feature_cell, room.features)),
    }


def _feature_cell(feature: RoomFeature) -> str:
    # Numbers of one feature are joined by ",": ";" already stands between the features.
    seats = format_numbers(feature.seats).replace(";", ",")
    return f"{feature.need}:{seats}" if seats else feature.need


def _closure_cells(closure: Closure) -> dict[str, str]:
    cells = {name: str(value or "") for name, value in closure}
    return cells | {"seats": format_numbers(closure.seats)}


def _csv_bytes(header: Iterable[str], rows: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180 with LF, UTF-8 without byte-order mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
