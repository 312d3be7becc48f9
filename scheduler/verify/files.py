"""The files of a plan directory as the contract types them (docs/formats.md, section 4).

What cannot be judged at all (a missing file, other columns, a null) is a problem found here;
order and patterns are judged by the rule ``files_complete``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from pydantic import TypeAdapter, ValidationError

from models.plan import Manifest, Shortage
from models.tables import PLAN_TABLES, Column, names
from scheduler.verify.faults import Problem, Unreadable
from scheduler.verify.inputs import REQUIRED

COMPLETE = "files_complete"
MANIFEST = "manifest_consistent"
SUMS = "SHA256SUMS"
RUN = "run.json"

FILES = (
    SUMS, "manifest.json", RUN, "shortages.json", *PLAN_TABLES, *(f"inputs/{n}" for n in REQUIRED),
)  # fmt: skip
_SHORTAGES = TypeAdapter(list[Shortage])
_DISTINCT = frozenset({"candidate_id", "ticket_number"})


@dataclass(frozen=True)
class PlanFiles:
    """Typed content of the plan's own files.

    Attributes:
        tables: by file name, in file order; text columns of Parquet that repeat are categorical
            with sorted categories, whole numbers int64, all other columns ``str``.
    """

    manifest: Manifest
    shortages: tuple[Shortage, ...]
    tables: Mapping[str, pd.DataFrame]


def read_plan_files(directory: Path) -> PlanFiles:
    """Read everything but ``inputs/``.

    Raises:
        Unreadable: with every file that is missing or not as the contract says.
    """
    problems = [
        Problem(COMPLETE, name, "is missing") for name in FILES if not (directory / name).is_file()
    ]
    absent = {problem.where for problem in problems}
    tables: dict[str, pd.DataFrame] = {}
    for name, columns in PLAN_TABLES.items():
        if name not in absent:
            try:
                read = _read_parquet if name.endswith(".parquet") else _read_csv
                tables[name] = read(directory / name, columns)
            except (ValueError, OSError, csv.Error, pa.ArrowException) as error:
                problems.append(Problem(COMPLETE, name, _brief(error)))
    manifest: Manifest | None = None
    shortages: list[Shortage] = []
    if "manifest.json" not in absent:
        try:
            manifest = Manifest.model_validate_json((directory / "manifest.json").read_bytes())
        except ValueError as error:
            problems.append(Problem(MANIFEST, "manifest.json", _brief(error)))
    if "shortages.json" not in absent:
        try:
            shortages = _SHORTAGES.validate_json((directory / "shortages.json").read_bytes())
        except ValueError as error:
            problems.append(Problem(COMPLETE, "shortages.json", _brief(error)))
    if RUN not in absent:
        try:
            json.loads((directory / RUN).read_bytes())
        except ValueError as error:
            problems.append(Problem(COMPLETE, RUN, _brief(error)))
    if problems or manifest is None:
        raise Unreadable(problems)
    return PlanFiles(manifest, tuple(shortages), tables)


def _brief(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _read_parquet(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    """Columns, order and types exactly as the contract says, and no nulls."""
    table = pyarrow.parquet.read_table(path)
    if table.column_names != names(columns):
        raise ValueError(f"the columns are {', '.join(table.column_names)}")
    if table.schema.metadata:
        raise ValueError("the schema carries metadata")
    for column, found in zip(columns, table.columns, strict=True):
        wanted = pa.string() if column.type == "text" else pa.int32()
        if found.type != wanted:
            raise ValueError(f"column {column.name} is {found.type}, not {wanted}")
        if found.null_count:
            raise ValueError(f"column {column.name} holds {found.null_count} nulls")
    frame: pd.DataFrame = table.to_pandas()
    for column in columns:
        if column.type == "integer":
            frame[column.name] = frame[column.name].astype("int64")
        elif column.name not in _DISTINCT:
            frame[column.name] = frame[column.name].astype("category")
    return frame


def _read_csv(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    """UTF-8, LF, the contract's header; whole numbers are plain digits."""
    content = path.read_bytes().decode("utf-8-sig")
    if "\r" in content:
        raise ValueError("lines do not end with LF alone")
    records = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    if not records or records[0] != names(columns):
        raise ValueError("the header is not the contract's")
    for number, record in enumerate(records[1:], start=2):
        if len(record) != len(columns):
            raise ValueError(f"row {number} has {len(record)} cells, not {len(columns)}")
    cells = list(zip(*records[1:], strict=True)) or [()] * len(columns)
    frame = pd.DataFrame(index=range(len(records) - 1))
    for column, values in zip(columns, cells, strict=True):
        if column.type == "text":
            frame[column.name] = pd.Series(values, dtype="str")
            continue
        for number, value in enumerate(values, start=2):
            if not (value.isascii() and value.isdigit() and len(value) <= 15):
                raise ValueError(f"row {number}, {column.name}: not a whole number")
        frame[column.name] = pd.Series([int(v) for v in values], dtype="int64")
    return frame
