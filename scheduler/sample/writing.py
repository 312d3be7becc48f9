"""A table of text columns as bytes that depend on its content alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from scheduler.sample.drawing import Integers

Columns = Mapping[str, Sequence[str]]

ROW_GROUP = 1_000_000


def csv_bytes(header: Iterable[str], rows: Iterable[Sequence[str]]) -> bytes:
    """RFC 4180 with LF, UTF-8 without byte-order mark."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def write_csv(columns: Columns, order: Integers) -> bytes:
    """The columns as CSV, rows in the given order."""
    rows = list(zip(*columns.values(), strict=True))
    return csv_bytes(columns, (rows[i] for i in order.tolist()))


def write_parquet(columns: Columns, order: Integers) -> bytes:
    """The columns as Parquet, rows in the given order."""
    indices = pa.array(order)
    table = pa.table({k: pa.array(v, pa.string()).take(indices) for k, v in columns.items()})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=ROW_GROUP)
    return sink.getvalue()
