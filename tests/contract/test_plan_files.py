"""A stranger reads a plan with pyarrow, json and the published schemas alone.

No module of paikao is imported here: what these tests need to know stands in ``docs/schema``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
JSON_FILES = ("manifest.json", "run.json", "shortages.json")


def schema_of(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def plan_tables() -> Iterator[tuple[str, str]]:
    """(file, schema name) of the tables that ``paikao plan`` makes."""
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = schema_of(path.stem)
        if "x-row-order" in schema:
            for file in schema["x-files"]:
                if file.endswith((".csv", ".parquet")):
                    yield file, path.stem


def input_tables() -> Iterator[tuple[str, str]]:
    for path in sorted(SCHEMAS.glob("*.json")):
        for file in schema_of(path.stem).get("x-files", ()):
            if file.startswith("inputs/"):
                yield file, path.stem


def read(path: Path, schema: dict[str, Any]) -> pa.Table:
    """A table with the columns of the file; integers as the schema says, all else text."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    text = path.read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    assert "\r" not in text
    header, *rows = csv.reader(text.splitlines(keepends=True), strict=True)
    assert {len(row) for row in rows} <= {len(header)}
    columns: dict[str, list[str | int]] = {}
    for i, name in enumerate(header):
        cells = [row[i] for row in rows]
        integer = schema["properties"].get(name, {}).get("type") == "integer"
        columns[name] = [int(c) for c in cells] if integer else list(cells)
    return pa.table(columns)


@pytest.mark.parametrize(("file", "name"), list(plan_tables()))
def test_every_cell_of_a_table_fits_its_schema(finished_plan: Path, file: str, name: str) -> None:
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    table = read(finished_plan / file, schema)
    assert table.column_names == schema["x-column-order"] == schema["required"]
    for column, rule in schema["properties"].items():
        assert table[column].null_count == 0
        values = table[column].unique().to_pylist()
        jsonschema.validate(values, {"type": "array", "items": rule})


@pytest.mark.parametrize(("file", "name"), list(plan_tables()))
def test_rows_ascend_as_the_schema_says(finished_plan: Path, file: str, name: str) -> None:
    schema = schema_of(name)
    table = read(finished_plan / file, schema)
    keys = [
        [v.encode() if isinstance(v, str) else v for v in table[column].to_pylist()]
        for column in schema["x-row-order"]
    ]
    rows = list(zip(*keys, strict=True))
    assert rows == sorted(rows)
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize(("file", "name"), list(input_tables()))
def test_input_tables_fit_their_schemas(finished_plan: Path, file: str, name: str) -> None:
    schema = schema_of(name)
    table = read(finished_plan / file, schema)
    assert set(schema["required"]) <= set(table.column_names) <= set(schema["properties"])
    for row in table.to_pylist():
        jsonschema.validate(row, schema)


@pytest.mark.parametrize("file", JSON_FILES)
def test_json_files_fit_their_schemas(finished_plan: Path, file: str) -> None:
    data = (finished_plan / file).read_bytes()
    assert data.endswith(b"\n")
    schema = schema_of(file.removesuffix(".json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(data), schema)


def test_every_file_of_the_plan_is_known(finished_plan: Path) -> None:
    found = {
        p.relative_to(finished_plan).as_posix() for p in finished_plan.rglob("*") if p.is_file()
    }
    known = {"SHA256SUMS", *JSON_FILES, "inputs/exam.toml", "inputs/policy.toml"}
    known |= {file for file, _ in plan_tables()} | {file for file, _ in input_tables()}
    assert found == known


def test_seats_are_stored_as_the_format_says(finished_plan: Path) -> None:
    file = pq.ParquetFile(finished_plan / "seats.parquet")
    assert file.metadata.metadata is None
    types = {field.name: str(field.type) for field in file.schema_arrow}
    assert types.pop("seat") == "int32"
    assert set(types.values()) == {"string"}


def test_unplaced_says_the_same_twice(finished_plan: Path) -> None:
    schema = schema_of("unplaced")
    parquet = read(finished_plan / "unplaced.parquet", schema).to_pylist()
    assert parquet == read(finished_plan / "unplaced.csv", schema).to_pylist()


def test_totals_are_those_of_the_tables(finished_plan: Path) -> None:
    totals = json.loads((finished_plan / "manifest.json").read_bytes())["totals"]
    assert totals["in"] == totals["placed"] + totals["unplaced"] + totals["set_aside"]
    assert totals["placed"] == pq.read_metadata(finished_plan / "seats.parquet").num_rows
    assert totals["unplaced"] == pq.read_metadata(finished_plan / "unplaced.parquet").num_rows


def test_every_unplaced_candidate_has_a_shortage(finished_plan: Path) -> None:
    known = {s["shortage_id"] for s in json.loads((finished_plan / "shortages.json").read_bytes())}
    assert (
        set(pq.read_table(finished_plan / "unplaced.parquet")["shortage_id"].to_pylist()) <= known
    )


def test_the_sums_name_every_other_file_but_the_run(finished_plan: Path) -> None:
    lines = (finished_plan / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert list(sums) == sorted(sums)
    found = {
        p.relative_to(finished_plan).as_posix() for p in finished_plan.rglob("*") if p.is_file()
    }
    assert set(sums) == found - {"SHA256SUMS", "run.json"}
    for name, digest in sums.items():
        assert hashlib.sha256((finished_plan / name).read_bytes()).hexdigest() == digest


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_checks_a_plan_and_finds_a_flipped_byte(
    finished_plan: Path, tmp_path: Path
) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=finished_plan, check=False).returncode == 0
    copy = tmp_path / "plan"
    shutil.copytree(finished_plan, copy)
    data = bytearray((copy / "seats.parquet").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "seats.parquet").write_bytes(bytes(data))
    assert subprocess.run(command, cwd=copy, check=False, capture_output=True).returncode == 1
