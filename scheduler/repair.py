"""Makes one offered repair: the reference data of a plan with its edits applied."""

from __future__ import annotations

import csv
import io
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from models.errors import PlanDirectoryError, UsageError
from models.findings import Severity
from models.plan import Edit, Repair
from models.tables import INPUT_TABLES, names
from scheduler.plan import INPUTS, read_shortages
from scheduler.roster import read as roster_read
from scheduler.whole_folder import written_aside

Row = dict[str, str]


def apply_repair(plan_dir: Path, shortage_id: str, rank: int, out: Path) -> Repair:
    """Copy ``PLAN_DIR/inputs`` to ``out`` and make the edits of one repair there.

    Files without an edit are copied byte by byte; an edited table is written as UTF-8 with LF.
    The plan is not touched.

    Args:
        plan_dir: a finished plan.
        shortage_id: of ``shortages.json``.
        rank: rank of the repair within the shortage.
        out: folder to make; it must not exist.

    Returns:
        The repair that was made.

    Raises:
        UsageError: there is no such shortage or repair.
        PlanDirectoryError: the plan is not complete, ``out`` exists, or an edit does not fit the
            inputs; ``out`` is not made then.
    """
    repair = _find(plan_dir, shortage_id, rank)
    inputs = plan_dir / INPUTS
    if out.exists():
        raise PlanDirectoryError(f"{out} exists already; name a folder that does not")
    if not inputs.is_dir():
        raise PlanDirectoryError(f"{plan_dir} is not a finished plan: no {INPUTS}/")
    known = {path.name for path in inputs.iterdir()}
    with written_aside(out) as folder:
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        for edit in repair.edits:
            if edit.file not in known:  # also keeps an edit inside the folder
                raise PlanDirectoryError(f"the repair edits {edit.file!r}, which is no input")
            if edit.file.endswith(".toml"):
                _edit_toml(folder / edit.file, edit)
            else:
                _edit_table(folder / edit.file, edit)
    return repair


def _find(plan_dir: Path, shortage_id: str, rank: int) -> Repair:
    shortages = {s.shortage_id: s for s in read_shortages(plan_dir)}
    if shortage_id not in shortages:
        offered = ", ".join(shortages) or "none; everybody is placed"
        raise UsageError(f"{plan_dir} has no shortage {shortage_id!r}; there are: {offered}")
    repairs = {r.rank: r for r in shortages[shortage_id].repairs}
    if rank not in repairs:
        offered = ", ".join(f"{shortage_id}:{r}" for r in repairs) or "none"
        raise UsageError(f"shortage {shortage_id} offers no repair {rank}; it offers: {offered}")
    return repairs[rank]


def _edit_table(path: Path, edit: Edit) -> None:
    header, rows = _read_rows(path)
    touched = {**(edit.where or {}), **(edit.set or {}), **(edit.append or {})}
    header = _with_columns(header, touched, path.name)
    if edit.append is not None:
        rows.append(edit.append)
    if edit.set is not None:
        where = edit.where or {}
        chosen = [r for r in rows if all(r.get(c, "") == v for c, v in where.items())]
        if not where or not chosen:
            raise PlanDirectoryError(f"the repair finds no row of {path.name} where {where}")
        for row in chosen:
            row.update(edit.set)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())


def _read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Header and rows, read as planning reads them."""
    content = roster_read.read_table(path)
    refused = {f.code for f in content.findings if f.severity is Severity.REFUSE}
    if refused - {"FILE_EMPTY"}:
        raise PlanDirectoryError(f"inputs/{path.name} cannot be read: {', '.join(sorted(refused))}")
    frame = content.frame
    if not len(frame.columns):
        return names(INPUT_TABLES[path.name]), []
    return list(frame.columns), [
        {str(c): str(v) for c, v in row.items()} for row in frame.to_dict("records")
    ]


def _with_columns(header: list[str], cells: Mapping[str, str], file: str) -> list[str]:
    """The header, widened by optional columns that the edit needs."""
    known = names(INPUT_TABLES[file]) if file in INPUT_TABLES else header
    absent = [c for c in cells if c not in header]
    unknown = [c for c in absent if c not in known]
    if unknown:
        raise PlanDirectoryError(f"the repair names columns that {file} has not: {unknown}")
    return [*header, *absent]


def _edit_toml(path: Path, edit: Edit) -> None:
    """Set dotted keys to TOML values; comments and the rest of the file stay as they are."""
    if not edit.set or edit.where or edit.append:
        raise PlanDirectoryError(f"an edit of {path.name} sets keys and does nothing else")
    try:
        document = tomlkit.parse(path.read_text("utf-8-sig"))
        for dotted, literal in edit.set.items():
            _set(document, dotted.split("."), tomlkit.parse(f"value = {literal}\n")["value"])
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise PlanDirectoryError(f"inputs/{path.name} cannot be edited: {error}") from error
    text = tomlkit.dumps(document)
    _check(text, edit.set, path.name)
    path.write_bytes(text.encode())


def _set(table: Container | Table, keys: list[str], value: Any) -> None:
    head, *rest = keys
    if not rest:
        table[head] = value
        return
    if head not in table:
        table[head] = tomlkit.table(is_super_table=len(rest) > 1)
    inner = table[head]
    if not hasattr(inner, "keys"):
        raise PlanDirectoryError(f"the repair sets a key below {head!r}, which is a value")
    _set(inner, rest, value)


def _check(text: str, wanted: Mapping[str, str], file: str) -> None:
    """Read the new text with another parser: every key has its value."""
    content = tomllib.loads(text)
    for dotted, literal in wanted.items():
        value: Any = content
        for key in dotted.split("."):
            value = value[key]
        if value != tomllib.loads(f"value = {literal}\n")["value"]:
            raise PlanDirectoryError(f"{file}: {dotted} could not be set to {literal}")
