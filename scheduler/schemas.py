"""JSON Schemas of every file, made from ``models/`` and written to ``docs/schema``.

``python -m scheduler.schemas docs/schema`` writes them again. A JSON file has a schema of the
whole file. A table has a schema of one row as an object, with three keys of our own:
``x-files`` (where such rows stand), ``x-column-order`` and ``x-row-order`` (columns by which the
rows ascend: numbers as numbers, text as UTF-8 bytes).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from models.findings import Finding, Severity
from models.plan import Manifest, RunRecord, Shortage
from models.tables import (
    CANONICAL_ROSTER,
    COUNTS,
    FINDINGS,
    INPUT_TABLES,
    PLAN_ROW_ORDER,
    PLAN_TABLES,
    ROSTER,
    SET_ASIDE,
    Column,
    names,
)
from scheduler.plan import TABLE_FILES, json_bytes

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """All schemas by file name, ``seats.json`` and so on."""
    made = {
        "manifest": _of_model(Manifest, "manifest.json", output=True),
        "run": _of_model(RunRecord, "run.json", output=True),
        "shortages": _of_model(list[Shortage], "shortages.json", output=False),
        "findings": _of_findings(),
        "findings_row": _of_table(FINDINGS, ["findings, as CSV"], output=True),
        "roster": _of_table(ROSTER, ["roster"]),
        "counts": _of_table(COUNTS, ["counts"]),
        "set_aside": _of_table(SET_ASIDE, ["set-aside file"]),
    }
    for file, columns in INPUT_TABLES.items():
        made[file.removesuffix(".csv")] = _of_table(columns, [file, f"inputs/{file}"])
    for name, files in TABLE_FILES.items():
        made[name] = _of_table(PLAN_TABLES[files[0]], files, PLAN_ROW_ORDER[files[0]], output=True)
    made["canonical_roster"] = _canonical_roster()
    return {f"{name}.json": schema for name, schema in sorted(made.items())}


def _of_model(model: Any, title: str, *, output: bool) -> Schema:
    """Schema of a JSON file; of what we write (every key there) or of what is read."""
    mode: Any = "serialization" if output else "validation"
    body = TypeAdapter(model).json_schema(mode=mode, by_alias=True)
    return {"$schema": DIALECT, **body, "title": title}


def _of_findings() -> Schema:
    """Findings as JSON: their numbers and the list (docs/formats.md, section 3)."""
    listed = _of_model(list[Finding], "findings", output=True)
    count = {"type": "integer", "minimum": 0}
    by_severity = {severity.value: count for severity in Severity}
    summary = {
        "blocking": {"type": "boolean"},
        "severities": _object(by_severity),
        "codes": {"type": "object", "additionalProperties": count},
    }
    content = {
        "summary": _object(summary),
        "findings": {"type": "array", "items": listed["items"]},
    }
    return {
        "$schema": DIALECT, "$defs": listed["$defs"], **_object(content),
        "title": "findings, as JSON",
    }  # fmt: skip


def _object(properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {
        "type": "object", "properties": properties, "required": list(properties),
        "additionalProperties": False,
    }  # fmt: skip


def _of_table(
    columns: tuple[Column, ...],
    files: Sequence[str],
    row_order: Sequence[str] = (),
    *,
    output: bool = False,
) -> Schema:
    """Schema of one row. Output has every column; input may leave optional ones out."""
    schema: Schema = {
        "$schema": DIALECT,
        "title": f"one row of {' or '.join(files)}",
        "type": "object",
        "properties": {c.name: _cell(c) for c in columns},
        "required": [c.name for c in columns if output or c.required],
        "additionalProperties": False,
        "x-files": list(files),
        "x-column-order": names(columns),
    }
    if row_order:
        schema["x-row-order"] = list(row_order)
    return schema


def _cell(column: Column) -> Schema:
    if column.type == "integer":
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "pattern": column.pattern} if column.pattern else {"type": "string"}


def _canonical_roster() -> Schema:
    """The canonical roster: a CSV without header, whose SHA-256 is the roster digest."""
    by_name = {c.name: c for c in ROSTER}
    columns = tuple(by_name[name] for name in CANONICAL_ROSTER)
    return _of_table(columns, ["canonical roster (no header)"], ["candidate_id"], output=True)


def write_schemas(folder: Path) -> None:
    """Write every schema to ``folder``; a schema that is no more is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    current = schemas()
    for path in folder.glob("*.json"):
        if path.name not in current:
            path.unlink()
    for name, schema in current.items():
        (folder / name).write_bytes(json_bytes(schema))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
