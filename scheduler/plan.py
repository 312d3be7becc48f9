"""Plan directories: written whole or not at all, read back as tables (docs/formats.md, section 4).

A directory is built beside its destination, flushed to disk and renamed, so nobody ever sees
half a plan. ``SHA256SUMS`` covers every file but ``run.json``; its own SHA-256 is the *root hash*
that names the plan. While a plan is being made, the results of finished stages wait under
``PLAN_DIR/.stages`` (:class:`StageStore`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from models.errors import Defect, PlanDirectoryError
from models.plan import Manifest, RunRecord, Shortage
from models.tables import PLAN_TABLES, Column, names
from scheduler.csv_lines import csv_lines
from scheduler.whole_folder import written_aside

STAGES = ".stages"
SUMS = "SHA256SUMS"
RUN = "run.json"
"""What differs from run to run; the only file outside the sums."""
INPUTS = "inputs"

TABLE_FILES: Mapping[str, tuple[str, ...]] = {
    "seats": ("seats.parquet",),
    "unplaced": ("unplaced.parquet", "unplaced.csv"),
    "sittings": ("sittings.csv",),
    "utilisation": ("utilisation.csv",),
    "papers": ("papers.csv",),
    "neighbours": ("neighbours.csv",),
    "balance": ("balance.csv",),
}
"""The files of each table; the first one is read."""

_ROW_GROUP = 1_000_000
_SHORTAGES: TypeAdapter[tuple[Shortage, ...]] = TypeAdapter(tuple[Shortage, ...])


@dataclass(frozen=True)
class PlanContent:
    """Everything that a plan directory holds.

    Attributes:
        manifest: what the plan says of itself.
        shortages: who cannot be seated and why.
        tables: by table name (:data:`TABLE_FILES`), columns and rows in file order.
        inputs: bytes of the input files, by file name.
        run: gives the fields of :class:`models.plan.RunRecord`; asked when all else is written.
    """

    manifest: Manifest
    shortages: tuple[Shortage, ...]
    tables: Mapping[str, pd.DataFrame]
    inputs: Mapping[str, bytes]
    run: Callable[[], Mapping[str, Any]] = dict


# ---------------------------------------------------------------- writing


def require_free(out: Path, *, overwrite: bool = False) -> None:
    """Refuse a destination that holds anything but stage results of an unfinished plan.

    Worth calling before the work as well as after it. With ``overwrite`` a finished plan may be
    replaced, and still nothing else: a mistyped path costs nobody a folder.

    Raises:
        PlanDirectoryError: the destination is taken.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise PlanDirectoryError(f"{out} is not a folder")
    content = {entry.name for entry in out.iterdir()}
    if content <= {STAGES} or (overwrite and {SUMS, "manifest.json"} <= content):
        return
    raise PlanDirectoryError(f"{out} exists already; name a folder that does not, or an empty one")


def write_plan(out: Path, content: PlanContent, *, overwrite: bool = False) -> str:
    """Write a plan directory in one step and return its root hash.

    Stage results that waited in ``out`` are removed with the same step.

    Raises:
        PlanDirectoryError: ``out`` is taken (:func:`require_free`).
        Defect: a table lacks a column, or a text column has a missing value.
    """
    require_free(out, overwrite=overwrite)
    with written_aside(out) as folder:
        files = _plain_files(content)
        for name, data in files.items():
            _write_bytes(folder / name, data)
        for name, frame in content.tables.items():
            for file in TABLE_FILES[name]:
                _write_table(folder / file, frame, PLAN_TABLES[file])
        sums = _sums(folder)
        _write_bytes(folder / SUMS, sums)
        record = RunRecord.model_validate(content.run())
        _write_bytes(folder / RUN, json_bytes(record.model_dump()))
    return hashlib.sha256(sums).hexdigest()


def json_bytes(value: object) -> bytes:
    """JSON as every file of paikao has it: UTF-8, two spaces, the order of the model, LF."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def csv_bytes(frame: pd.DataFrame, columns: tuple[Column, ...]) -> bytes:
    """CSV of RFC 4180 with LF, header first, in UTF-8 without byte-order mark."""
    checked = _checked(frame, columns)
    header = ",".join(names(columns)) + "\n"
    return header.encode() + csv_lines([checked[name] for name in names(columns)])


def _plain_files(content: PlanContent) -> dict[str, bytes]:
    missing = TABLE_FILES.keys() ^ content.tables.keys()
    if missing:
        raise Defect(
            f"a plan has exactly the tables {sorted(TABLE_FILES)}; check {sorted(missing)}"
        )
    shortages = [s.model_dump(mode="json", exclude_none=True) for s in content.shortages]
    files = {
        "manifest.json": json_bytes(content.manifest.model_dump(mode="json", by_alias=True)),
        "shortages.json": json_bytes(shortages),
    }
    for name, data in content.inputs.items():
        if Path(name).name != name or {"\n", "\\"} & set(name):
            raise Defect(f"{name!r} is not the name of an input file")
        files[f"{INPUTS}/{name}"] = data
    return files


def _checked(frame: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    absent = [c.name for c in columns if c.name not in frame]
    if absent:
        raise Defect(f"a table lacks the columns {absent}")
    table = frame[names(columns)]
    missing = [str(name) for name, some in table.isna().any().items() if some]
    if missing:
        raise Defect(f"a table has missing values in {missing}; blank is the empty text")
    return table


def _write_table(path: Path, frame: pd.DataFrame, columns: tuple[Column, ...]) -> None:
    if path.suffix == ".csv":
        _write_bytes(path, csv_bytes(frame, columns))
        return
    checked = _checked(frame, columns)
    types = [pa.string() if c.type == "text" else pa.int32() for c in columns]
    schema = pa.schema(
        [pa.field(c.name, kind, nullable=False) for c, kind in zip(columns, types, strict=True)]
    )
    # One chunk per column: page boundaries, and so the bytes, follow the chunks.
    arrays = [
        pa.chunked_array(pa.array(checked[f.name], type=f.type, from_pandas=True)).combine_chunks()
        for f in schema
    ]
    with path.open("wb") as file:
        pq.write_table(
            pa.Table.from_arrays(arrays, schema=schema), file,
            compression="zstd", row_group_size=_ROW_GROUP, store_schema=False,
        )  # fmt: skip
        _flush(file)


def _sums(folder: Path) -> bytes:
    """``SHA256SUMS`` of the files now in the folder, in the format of sha256sum."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return "".join(f"{_file_hash(folder / name)}  {name}\n" for name in files).encode()


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        _flush(file)


def _flush(file: io.BufferedIOBase) -> None:
    file.flush()
    os.fsync(file.fileno())


# ---------------------------------------------------------------- reading


def read_manifest(plan_dir: Path) -> Manifest:
    """The manifest of a plan; ``PlanDirectoryError`` when there is none or it is damaged."""
    try:
        return Manifest.model_validate_json(_read(plan_dir, "manifest.json"))
    except ValidationError as error:
        raise PlanDirectoryError(f"{plan_dir}: manifest.json is damaged ({error})") from error


def read_shortages(plan_dir: Path) -> tuple[Shortage, ...]:
    """The shortages of a plan; ``PlanDirectoryError`` when missing or damaged."""
    try:
        return _SHORTAGES.validate_json(_read(plan_dir, "shortages.json"))
    except ValidationError as error:
        raise PlanDirectoryError(f"{plan_dir}: shortages.json is damaged ({error})") from error


def read_run(plan_dir: Path) -> RunRecord:
    """What the run took; an empty record when a copy of the plan came without ``run.json``."""
    try:
        return RunRecord.model_validate_json((plan_dir / RUN).read_bytes())
    except (OSError, ValidationError):
        return RunRecord()


def read_table(plan_dir: Path, name: str) -> pd.DataFrame:
    """One table of a plan by its name in :data:`TABLE_FILES`; text columns have no nulls.

    Raises:
        PlanDirectoryError: the file is missing or cannot be read.
    """
    file = TABLE_FILES[name][0]
    columns = PLAN_TABLES[file]
    data = io.BytesIO(_read(plan_dir, file))
    integers = {c.name: "int64" for c in columns if c.type == "integer"}
    try:
        if file.endswith(".csv"):
            frame = pd.read_csv(data, dtype="str", keep_default_na=False, na_filter=False)
        else:
            frame = pq.read_table(data).to_pandas()
        return frame[names(columns)].astype(integers)
    except (ValueError, KeyError, pa.ArrowException) as error:
        raise PlanDirectoryError(f"{plan_dir}: {file} is damaged ({error})") from error


def root_hash(plan_dir: Path) -> str:
    """SHA-256 of ``SHA256SUMS``: the name of the plan. The sums themselves are not checked."""
    return hashlib.sha256(_read(plan_dir, SUMS)).hexdigest()


def _read(plan_dir: Path, name: str) -> bytes:
    try:
        return (plan_dir / name).read_bytes()
    except OSError as error:
        raise PlanDirectoryError(f"{plan_dir} is not a finished plan: no {name}") from error


# ---------------------------------------------------------------- stage results


class StageStore:
    """Results of finished stages of an unfinished plan, each bound to the hash of its inputs."""

    def __init__(self, plan_dir: Path) -> None:
        """Nothing is created before the first :meth:`save`."""
        self._folder = plan_dir / STAGES

    def save(
        self,
        stage: str,
        inputs_hash: str,
        frames: Mapping[str, pd.DataFrame],
        facts: Mapping[str, Any],
    ) -> None:
        """Keep a stage's result in one step, in place of an earlier one.

        Args:
            stage: name of the stage.
            inputs_hash: names everything the result depends on.
            frames: tables by name; column types are kept, the index is not.
            facts: JSON values.
        """
        with written_aside(self._folder / stage) as folder:
            for name, frame in frames.items():
                with (folder / f"{name}.parquet").open("wb") as file:
                    table = pa.Table.from_pandas(frame, preserve_index=False)
                    pq.write_table(table, file, compression="zstd", row_group_size=_ROW_GROUP)
                    _flush(file)
            _write_bytes(folder / "facts.json", json_bytes(dict(facts)))
            hashes = {path.name: _file_hash(path) for path in sorted(folder.iterdir())}
            _write_bytes(
                folder / "stage.json", json_bytes({"inputs": inputs_hash, "files": hashes})
            )

    def load(
        self, stage: str, inputs_hash: str
    ) -> tuple[dict[str, pd.DataFrame], dict[str, Any]] | None:
        """What :meth:`save` kept; None if absent, made from other inputs, or damaged."""
        folder = self._folder / stage
        try:
            record = json.loads((folder / "stage.json").read_bytes())
            if record["inputs"] != inputs_hash:
                return None
            hashes: dict[str, str] = record["files"]
            if any(_file_hash(folder / name) != value for name, value in hashes.items()):
                return None
            facts: dict[str, Any] = json.loads((folder / "facts.json").read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        frames = {
            name.removesuffix(".parquet"): pq.read_table(folder / name).to_pandas()
            for name in hashes
            if name.endswith(".parquet")
        }
        return frames, facts
