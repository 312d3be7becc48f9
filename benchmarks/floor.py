"""The floor: what any planner must do, and nothing else.

The same interpreter and imports as ``paikao plan``; reads the roster, writes a ``seats.parquet``
of the contract's columns and row order, plans nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

import scheduler.pipeline  # noqa: F401  (the same imports as a run of the planner)
from models.tables import SEATS


def write_floor(roster: Path, out: Path) -> None:
    """Read the roster as text, write as many seat rows as it has candidates."""
    table = _read(roster).sort_by("candidate_id")
    rows = table.num_rows
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for column in SEATS:
        if column.name in table.column_names:
            columns[column.name] = table[column.name]
        elif column.type == "integer":
            columns[column.name] = pa.array(range(1, rows + 1), pa.int32())
        elif column.name == "ticket_number":
            columns[column.name] = pa.array([f"20222301{i:06d}0" for i in range(rows)])
        else:
            columns[column.name] = pa.array(["C1"] * rows)
    pq.write_table(pa.table(columns), out, compression="zstd")


def _read(roster: Path) -> pa.Table:
    wanted = ["candidate_id", "specialty", "subjects", "exam_point"]
    if roster.suffix == ".parquet":
        return pq.read_table(roster, columns=wanted)
    options = pacsv.ConvertOptions(
        include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())
    )
    return pacsv.read_csv(roster, convert_options=options)


if __name__ == "__main__":
    write_floor(Path(sys.argv[1]), Path(sys.argv[2]))
