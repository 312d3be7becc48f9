"""The synthetic example: a roster and the reference data to plan it with.

Nothing in it is a real person, site or capacity; ``data/README.md`` tells what is a fact. Same
arguments, same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pandas as pd

from models.errors import UsageError
from models.places import Center, Closure, Room, RoomFeature
from models.tables import CENTERS, CLOSURES, ROOMS, Column, names
from models.text import format_numbers, mask_to_subjects
from scheduler.data_folder import default_data_folder
from scheduler.sample import assumptions as assume
from scheduler.sample.country import country_files, draw_country, read_country
from scheduler.sample.demand import Demand, draw_demand
from scheduler.sample.drawing import Stream, generator
from scheduler.sample.facts import COPIED_FILES, read_facts
from scheduler.sample.identity import draw_documents, draw_names
from scheduler.sample.people import draw_employment, draw_needs, draw_pins, largest_employer
from scheduler.sample.sites import Sites, build_sites, point_needs, split_dates
from scheduler.sample.writing import csv_bytes, write_csv, write_parquet

__all__ = ["write_country_cells", "write_sample"]


def write_sample(
    candidates: int,
    seed: int,
    out: Path,
    *,
    tightness: Decimal | tuple[Decimal, Decimal] = assume.DEFAULT_TIGHTNESS,
    country: bool = False,
    parquet: bool = False,
) -> None:
    """Write a synthetic roster with reference data of its size; files already there are replaced.

    ``OUT/roster.csv`` (or ``.parquet``), its control file ``.sha256`` and the reference data in
    ``OUT/data``. Everyone can be placed at the default tightness.

    Args:
        candidates: rows of the roster, at least 300; 40,000 for the country.
        seed: any whole number from 0.
        out: folder, made if missing.
        tightness: seats needed / usable seats of computer candidates over all dates, per exam
            point. Near 1 planning gets hard; above 1 people stay unplaced. A pair is a range
            that every exam point draws from.
        country: all exam points of the country instead of the example province.
        parquet: write the roster as Parquet; for millions of rows.

    Raises:
        UsageError: an argument is out of range.
    """
    fewest = assume.FEWEST_IN_COUNTRY if country else assume.FEWEST_CANDIDATES
    if candidates < fewest:
        raise UsageError(f"a sample has at least {fewest} candidates")
    if seed < 0:
        raise UsageError("the seed of a sample is a whole number from 0")
    low, high = tightness if isinstance(tightness, tuple) else (tightness, tightness)
    if not (low.is_finite() and high.is_finite() and 0 < low <= high):
        raise UsageError("tightness is a number above 0, or a range of two, the lower one first")
    data = default_data_folder()
    facts = read_country(data) if country else read_facts(data)
    draw = draw_country if country else draw_demand
    demand = draw(facts, candidates, generator(seed, Stream.DEMAND))
    columns, sites = _allocated(demand, seed, _by_point(low, high, len(facts.points), seed))
    _write_data(sites, out / "data", country_files(facts, data) if country else {})
    id_types, id_numbers = draw_documents(demand, generator(seed, Stream.DOCUMENTS))
    order = generator(seed, Stream.ORDER)
    numbers = order.permutation(candidates) + 1
    prefix = "A" if country else "A23"
    columns = {
        "candidate_id": [f"{prefix}{n:08d}" for n in numbers.tolist()],
        "name": draw_names(candidates, generator(seed, Stream.NAMES)),
        "id_type": id_types,
        "id_number": id_numbers,
        **columns,
    }
    shuffled = order.permutation(candidates)
    write = write_parquet if parquet else write_csv
    content = write(columns, shuffled)
    name = "roster.parquet" if parquet else "roster.csv"
    (out / name).write_bytes(content)
    control = f"{hashlib.sha256(content).hexdigest()}  {name}\n"
    (out / f"{name}.sha256").write_bytes(control.encode())


def _by_point(low: Decimal, high: Decimal, points: int, seed: int) -> list[Decimal]:
    """The tightness of each exam point, to a thousandth."""
    if low == high:
        return [low] * points
    rng = generator(seed, Stream.TIGHTNESS)
    steps = rng.integers(int((high - low) * 1000) + 1, size=points)
    return [low + Decimal(step) / 1000 for step in steps.tolist()]


def write_country_cells(
    candidates: int, seed: int, folder: Path, *, tightness: tuple[Decimal, Decimal]
) -> pd.DataFrame:
    """Write the reference data of a country, and return what dates depend on, by person.

    The people are those of :func:`write_sample`, without names, documents and ids.
    """
    data = default_data_folder()
    facts = read_country(data)
    demand = draw_country(facts, candidates, generator(seed, Stream.DEMAND))
    points = len(facts.points)
    columns, sites = _allocated(demand, seed, _by_point(*tightness, points, seed))
    _write_data(sites, folder, country_files(facts, data))
    return pd.DataFrame(columns, dtype="str")


def _allocated(
    demand: Demand, seed: int, tightness: Sequence[Decimal]
) -> tuple[dict[str, Sequence[str]], Sites]:
    """The columns that planning reads, in order of exam point; and all sites."""
    facts = demand.facts
    needs = draw_needs(demand, generator(seed, Stream.NEEDS))
    employment = draw_employment(demand, generator(seed, Stream.EMPLOYERS))
    wanted = point_needs(demand, needs, tightness)
    hosting = [facts.points[index].exam_point for index in demand.largest_points]
    hosts = {point: largest_employer(point) for point in hosting}
    sites = build_sites(facts, wanted, hosts, generator(seed, Stream.SITES))
    pins = draw_pins(
        demand,
        needs,
        employment.employer,
        sites.centers,
        split_dates(demand, wanted),
        generator(seed, Stream.PINS),
    )
    columns: dict[str, Sequence[str]] = {
        **_registration(demand),
        "needs": needs,
        "employer": employment.employer,
        "latitude": employment.latitude,
        "longitude": employment.longitude,
        "pinned_center": pins.center,
        "pinned_sitting": pins.sitting,
    }
    return columns, sites


def _registration(demand: Demand) -> dict[str, Sequence[str]]:
    subjects = [mask_to_subjects(mask) for mask in range(16)]
    points = [point.exam_point for point in demand.facts.points]
    return {
        "specialty": [demand.codes[i] for i in demand.specialty.tolist()],
        "exam_point": [points[i] for i in demand.point.tolist()],
        "subjects": [subjects[mask] for mask in demand.mask.tolist()],
    }


def _write_data(sites: Sites, folder: Path, changed: Mapping[str, bytes]) -> None:
    """The reference data folder; files that are not ``changed`` are those of the example."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_places(sites, folder)
    for name in COPIED_FILES:
        content = changed[name] if name in changed else (default_data_folder() / name).read_bytes()
        (folder / name).write_bytes(content)


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
        (folder / file).write_bytes(csv_bytes(header, rows))


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
